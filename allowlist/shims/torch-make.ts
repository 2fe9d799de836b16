/**
 * The functions of torch that make tensors: of data, of sizes, and of chance.
 *
 * Chance is the machine's own until `manual_seed` is called; then it is the same for each seed, but
 * not the numbers that torch draws.
 *
 * @module
 */

import { isDict, numberFrom, placed, type Rest, sizesFrom, wholeFrom } from "./torch-arguments.ts";
import { compute, tfOp } from "./tfjs.ts";
import { cast, dtypeFrom, show, tensorFrom } from "./torch-convert.ts";
import { reshape } from "./torch-shape.ts";
import { blank, sizeOf, type TorchDType, TorchTensor } from "./torch-tensor.ts";

type Maker = (...values: unknown[]) => unknown;

/** The most elements that a maker makes of sizes: 256 MiB, more than a hook's heap holds. */
const SIZE_MAX = 2 ** 26;

/** Functions of torch that are no methods, by name. */
export const MAKERS: Readonly<Record<string, Maker>> = {
  tensor: (data, ...rest) => tensor(data, rest),
  as_tensor: (data, ...rest) => tensorFrom(data, dtypeFrom(placed("as_tensor", ["dtype"], rest)[0])),
  asarray: (data, ...rest) => tensorFrom(data, dtypeFrom(placed("asarray", ["dtype"], rest)[0])),
  from_numpy: (data) => fromNumpy(data),
  zeros: (...values) => filled(values, 0),
  ones: (...values) => filled(values, 1),
  empty: (...values) => filled(values, 0),
  full: (...values) => full(values),
  zeros_like: (like, ...rest) => filledLike(like, 0, rest),
  ones_like: (like, ...rest) => filledLike(like, 1, rest),
  full_like: (like, value, ...rest) => filledLike(like, value, rest),
  arange: (...values) => arange(values),
  linspace: (...values) => linspace(values),
  eye: (...values) => eye(values),
  manual_seed: (value) => seed(value),
  rand: (...values) => drawn("randomUniform", values),
  randn: (...values) => drawn("randomNormal", values),
  rand_like: (like) => drawn("randomUniform", [[...tensorFrom(like).shape]]),
  randn_like: (like) => drawn("randomNormal", [[...tensorFrom(like).shape]]),
  randint: (...values) => randint(values),
  randperm: (count) => randperm(wholeFrom(count, "a count")),
};

/** As in tfjs a list behind the data is its shape, and a dtype may follow. */
function tensor(data: unknown, rest: Rest): TorchTensor {
  const [one, other] = placed("tensor", ["dtype", "shape"], rest);
  const listed = Array.isArray(one);
  if (typeof data === "string" || (Array.isArray(data) && typeof data[0] === "string")) {
    throw new TypeError("torch.tensor wants numbers, got text; torch.tf.tensor takes texts");
  }
  const made = tensorFrom(data, dtypeFrom(listed ? other : one));
  const { dtype, shape, elements } = made;
  const shared = made === data || (typeof data === "object" && !Array.isArray(data));
  const own = shared ? new TorchTensor(dtype, shape, elements.slice()) : made;
  return listed ? reshape(own, sizesFrom([one])) : own;
}

function fromNumpy(data: unknown): TorchTensor {
  if (typeof data === "object" && data !== null && !Array.isArray(data)) return tensorFrom(data);
  throw new TypeError(`torch.from_numpy wants an array or a Tensor, got ${show(data)}; use tensor()`);
}

interface Sized {
  readonly shape: readonly number[];
  readonly dtype: TorchDType;
}

/** Sizes one after the other, as a list, or with tfjs's dtype behind the list. */
function sizedFrom(values: Rest): Sized {
  const last = values.at(-1);
  const behind = isDict(last) || typeof last === "string";
  const dtype = isDict(last) ? placed("zeros", ["dtype"], [last])[0] : last;
  const shape = sizesFrom(behind ? values.slice(0, -1) : values);
  checkSizes(shape);
  return { shape, dtype: (behind ? dtypeFrom(dtype) : undefined) ?? "float32" };
}

function checkSizes(shape: readonly number[]): void {
  const size = sizeOf(shape);
  if (shape.every((axis) => axis >= 0) && size <= SIZE_MAX) return;
  throw new RangeError(`torch wants sizes from 0 on, ${SIZE_MAX} in all, got [${shape.join(", ")}]`);
}

function filled(values: Rest, value: number): TorchTensor {
  const { shape, dtype } = sizedFrom(values);
  const made = blank(dtype, shape);
  made.elements.fill(value);
  return made;
}

function full(values: Rest): TorchTensor {
  const [shape, value, dtype] = placed("full", ["size", "fill_value", "dtype"], values);
  return fullOf(sizesFrom([shape]), value, dtypeFrom(dtype));
}

function fullOf(shape: readonly number[], value: unknown, dtype?: TorchDType): TorchTensor {
  checkSizes(shape);
  const one = tensorFrom(value, dtype);
  const made = blank(one.dtype, shape);
  made.elements.fill(Number(one.item()));
  return made;
}

function filledLike(like: unknown, value: unknown, rest: Rest): TorchTensor {
  const { shape, dtype } = tensorFrom(like);
  return fullOf(shape, value, dtypeFrom(placed("full_like", ["dtype"], rest)[0]) ?? dtype);
}

/** Whole numbers give int32, as in torch they give int64; a fraction among them gives float32. */
function arange(values: Rest): TorchTensor {
  const alone = values.filter((value) => typeof value === "number").length === 1;
  const takes = alone ? ["end", "dtype"] : ["start", "end", "step", "dtype"];
  const places = placed("arange", takes, values);
  const [start, end, step = 1, dtype] = alone ? [0, places[0], 1, places[1]] : places;
  const bounds = [numberFrom(start, "a start", 0), numberFrom(end, "an end"), numberFrom(step, "a step")];
  const [from = 0, to = 0, by = 1] = bounds;
  const count = Math.max(Math.ceil((to - from) / by), 0);
  checkSizes([count]);
  const whole = bounds.every(Number.isInteger) ? "int32" : "float32";
  const numbers = Float64Array.from({ length: count }, (_, i) => from + i * by);
  return tensorFrom(numbers, dtypeFrom(dtype) ?? whole);
}

function linspace(values: Rest): TorchTensor {
  const [start, end, steps, dtype] = placed("linspace", ["start", "end", "steps", "dtype"], values);
  const from = numberFrom(start, "a start");
  const to = numberFrom(end, "an end");
  const count = wholeFrom(steps, "steps");
  checkSizes([count]);
  const step = (to - from) / Math.max(count - 1, 1);
  const numbers = Float64Array.from({ length: count }, (_, i) =>
    i === count - 1 && count > 1 ? to : from + i * step,
  );
  return tensorFrom(numbers, dtypeFrom(dtype) ?? "float32");
}

function eye(values: Rest): TorchTensor {
  const [n, m, dtype] = placed("eye", ["n", "m", "dtype"], values);
  const rows = wholeFrom(n, "n");
  const columns = wholeFrom(m ?? rows, "m");
  checkSizes([rows, columns]);
  const made = blank(dtypeFrom(dtype) ?? "float32", [rows, columns]);
  for (let i = 0; i < Math.min(rows, columns); i++) made.elements[i * columns + i] = 1;
  return made;
}

let seeded: string | undefined;
let drawings = 0;

function seed(value: unknown): undefined {
  seeded = String(wholeFrom(value, "a seed"));
  drawings = 0;
}

/** tfjs takes any text for a seed, and chance for none. */
function nextSeed(): string | undefined {
  drawings += 1;
  return seeded === undefined ? undefined : `${seeded}:${drawings}`;
}

function drawn(name: "randomUniform" | "randomNormal", values: Rest): TorchTensor {
  const { shape, dtype } = sizedFrom(values);
  if (sizeOf(shape) === 0) return blank(dtype, shape);
  return cast(
    compute([], () => tfOp(name)(shape, 0, 1, "float32", nextSeed())),
    dtype,
  );
}

function randint(values: Rest): TorchTensor {
  const [one, other, size] = Array.isArray(values[1])
    ? [0, ...placed("randint", ["high", "size"], values)]
    : placed("randint", ["low", "high", "size"], values);
  const low = wholeFrom(one, "low");
  const high = wholeFrom(other, "high");
  if (high <= low) throw new RangeError(`torch.randint wants low below high, got ${low}, ${high}`);
  const { shape, elements } = drawn("randomUniform", [sizesFrom([size])]);
  const numbers = Float64Array.from(elements, (part) => low + Math.floor(part * (high - low)));
  return reshape(tensorFrom(numbers, "int32"), shape);
}

function randperm(count: number): TorchTensor {
  const made = arange([count]);
  const { elements: parts } = drawn("randomUniform", [[count]]);
  for (let i = count - 1; i > 0; i--) {
    const other = Math.floor((parts[i] as number) * (i + 1));
    const kept = made.elements[i] as number;
    made.elements[i] = made.elements[other] as number;
    made.elements[other] = kept;
  }
  return made;
}
