/**
 * The functions of torch that make tensors: of data, of sizes, and of chance.
 *
 * @module
 */

import {
  isDict,
  isNone,
  numberFrom,
  placed,
  type Rest,
  sizesFrom,
  wholeFrom,
} from "./torch-arguments.ts";
import { tensorFrom } from "./torch-convert.ts";
import { castOf, DEFAULT, dtypeFrom, floatOf, isFloat, storeOf } from "./torch-dtypes.ts";
import { bits32, fillNormal, seed, uniform24, uniform53 } from "./torch-random.ts";
import { blank, show, type TorchDType, TorchTensor } from "./torch-tensor.ts";

type Maker = (...values: unknown[]) => unknown;

/** What every maker takes at its end. Where it is and whether it is trained changes nothing. */
const OPTIONS = ["dtype", "device", "requires_grad"];

/** Functions of torch that are no methods, by name. */
export const MAKERS: Readonly<Record<string, Maker>> = {
  tensor: (data, ...rest) => tensor(data, optionsFrom("tensor", rest)),
  as_tensor: (data, ...rest) => tensorFrom(data, optionsFrom("as_tensor", rest)),
  asarray: (data, ...rest) => tensorFrom(data, optionsFrom("asarray", rest)),
  from_numpy: (data) => fromNumpy(data),
  zeros: (...values) => filled("zeros", values, 0),
  ones: (...values) => filled("ones", values, 1),
  empty: (...values) => filled("empty", values, 0),
  full: (...values) => full(values),
  zeros_like: (like, ...rest) => filledLike("zeros_like", like, 0, rest),
  ones_like: (like, ...rest) => filledLike("ones_like", like, 1, rest),
  empty_like: (like, ...rest) => filledLike("empty_like", like, 0, rest),
  full_like: (like, value, ...rest) => filledLike("full_like", like, value, rest),
  arange: (...values) => arange(values),
  linspace: (...values) => linspace(values),
  eye: (...values) => eye(values),
  manual_seed: (value) => seed(wholeFrom(value, "a seed")),
  rand: (...values) => uniform(sizedFrom("rand", values)),
  randn: (...values) => normal(sizedFrom("randn", values)),
  rand_like: (like) => uniform(tensorFrom(like)),
  randn_like: (like) => normal(tensorFrom(like)),
  randint: (...values) => randint(values),
  randperm: (count) => randperm(wholeFrom(count, "a count")),
};

function optionsFrom(name: string, rest: Rest): TorchDType | undefined {
  const [dtype, device, grad] = placed(name, OPTIONS, rest);
  if (!isNone(device)) deviceFrom(device);
  if (grad !== true) return dtypeFrom(dtype);
  throw new TypeError("torch has no autograd in a hook: leave requires_grad away");
}

/** @throws {TypeError} For any device but the processor. */
export function deviceFrom(device: unknown): void {
  if (device === "cpu") return;
  throw new TypeError(`torch has the device "cpu" alone in a hook, got ${show(device)}`);
}

/** A copy, whatever the data is. */
function tensor(data: unknown, dtype?: TorchDType): TorchTensor {
  const made = tensorFrom(data, dtype);
  return Array.isArray(data) || typeof data !== "object" ? made : copied(made);
}

/** Returns the tensor with elements of its own. */
export function copied({ dtype, shape, elements }: TorchTensor): TorchTensor {
  return new TorchTensor(dtype, shape, elements.slice());
}

function fromNumpy(data: unknown): TorchTensor {
  if (typeof data === "object" && data !== null && !Array.isArray(data)) return tensorFrom(data);
  throw new TypeError(`torch.from_numpy wants an array or a Tensor, got ${show(data)}: use tensor`);
}

/** Sizes one after the other or as a list, and a dict of options behind them. */
function sizedFrom(name: string, values: Rest): TorchTensor {
  const options = isDict(values.at(-1)) ? values.slice(-1) : [];
  const dtype = optionsFrom(name, options) ?? DEFAULT;
  return blank(dtype, sizesFrom(options.length > 0 ? values.slice(0, -1) : values));
}

function filled(name: string, values: Rest, value: number): TorchTensor {
  const made = sizedFrom(name, values);
  made.elements.fill(value);
  return made;
}

function full(values: Rest): TorchTensor {
  const [size, value, ...rest] = placed("full", ["size", "fill_value", ...OPTIONS], values);
  const one = tensorFrom(value, optionsFrom("full", rest));
  return filledWith(blank(one.dtype, sizesFrom([size])), one);
}

function filledLike(name: string, like: unknown, value: unknown, rest: Rest): TorchTensor {
  const { shape, dtype } = tensorFrom(like);
  const made = blank(optionsFrom(name, rest) ?? dtype, shape);
  return filledWith(made, tensorFrom(value, made.dtype));
}

function filledWith(made: TorchTensor, one: TorchTensor): TorchTensor {
  made.elements.fill(Number(one.item()));
  return made;
}

/** Whole numbers give int64 as in torch; a fraction among them gives float32. */
function arange(values: Rest): TorchTensor {
  const given = values.filter((value) => !isDict(value));
  const bounds = given.length === 1 ? ["end"] : ["start", "end", "step"];
  const named = isDict(values.at(-1)) && Object.hasOwn(values.at(-1) as object, "start");
  const takes = given.length === 0 || named ? ["start", "end", "step"] : bounds;
  const places = placed("arange", [...takes, ...OPTIONS], values);
  const alone = takes.length === 1;
  const [start, end, step] = alone ? [0, places[0]] : places;
  const asked = optionsFrom("arange", places.slice(takes.length));
  const cut = asked === undefined || isFloat(asked) ? Number : Math.trunc;
  const from = cut(numberFrom(start, "a start", 0));
  const to = cut(numberFrom(end, "an end"));
  const by = cut(numberFrom(step, "a step", 1));
  const count = Math.ceil((to - from) / by);
  if (!(by !== 0 && count >= 0)) {
    throw new RangeError(`torch.arange wants a step from ${from} towards ${to}, got ${by}`);
  }
  const whole = [from, to, by].every(Number.isInteger) ? "int64" : DEFAULT;
  return counted(blank(asked ?? whole, [count]), (i) => from + i * by);
}

function linspace(values: Rest): TorchTensor {
  const [start, end, steps, ...rest] = placed(
    "linspace",
    ["start", "end", "steps", ...OPTIONS],
    values,
  );
  const from = numberFrom(start, "a start");
  const to = numberFrom(end, "an end");
  const count = wholeFrom(steps, "steps");
  const step = (to - from) / Math.max(count - 1, 1);
  const made = blank(optionsFrom("linspace", rest) ?? DEFAULT, [count]);
  // From both ends, as torch does, so that the last one is the end itself.
  return counted(made, (i) => (2 * i < count ? from + i * step : to - (count - 1 - i) * step));
}

function counted(made: TorchTensor, at: (i: number) => number): TorchTensor {
  const convert = castOf(made.dtype);
  for (let i = 0; i < made.elements.length; i++) made.elements[i] = convert(at(i));
  return made;
}

function eye(values: Rest): TorchTensor {
  const [n, m, ...rest] = placed("eye", ["n", "m", ...OPTIONS], values);
  const rows = wholeFrom(n, "n");
  const columns = wholeFrom(m ?? rows, "m");
  const made = blank(optionsFrom("eye", rest) ?? DEFAULT, [rows, columns]);
  for (let i = 0; i < Math.min(rows, columns); i++) made.elements[i * columns + i] = 1;
  return made;
}

function uniform(like: TorchTensor): TorchTensor {
  const made = blank(floatOf(like.dtype), like.shape);
  const draw = made.dtype === "float64" ? uniform53 : uniform24;
  const store = storeOf(made.dtype);
  for (let i = 0; i < made.elements.length; i++) made.elements[i] = store(draw());
  return made;
}

function normal(like: TorchTensor): TorchTensor {
  const made = blank(floatOf(like.dtype), like.shape);
  const { elements } = made;
  if (!(elements instanceof Float32Array || elements instanceof Float64Array)) return made;
  fillNormal(elements);
  const store = storeOf(made.dtype);
  for (let i = 0; i < elements.length; i++) elements[i] = store(elements[i] as number);
  return made;
}

function randint(values: Rest): TorchTensor {
  const short = Array.isArray(values[1]);
  const names = short ? ["high", "size"] : ["low", "high", "size"];
  const places = placed("randint", [...names, ...OPTIONS], values);
  const [low, high, size, ...rest] = short ? [0, ...places] : places;
  const from = wholeFrom(low ?? 0, "low");
  const range = wholeFrom(high, "high") - from;
  if (range < 1 || range > 2 ** 32) {
    throw new RangeError(`torch.randint wants up to 2^32 numbers from low to high, got ${range}`);
  }
  const made = blank(optionsFrom("randint", rest) ?? "int64", sizesFrom([size]));
  return counted(made, () => from + (bits32() % range));
}

function randperm(count: number): TorchTensor {
  const made = counted(blank("int64", [count]), (i) => i);
  const { elements } = made;
  for (let i = 0; i < count - 1; i++) {
    const other = i + (bits32() % (count - i));
    [elements[i], elements[other]] = [elements[other] as number, elements[i] as number];
  }
  return made;
}
