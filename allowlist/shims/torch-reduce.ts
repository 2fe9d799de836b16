/**
 * The reductions of torch: over all elements, along a dim or along several.
 *
 * As in torch a NaN is the greatest of numbers: max, min, argmax and argmin find it.
 *
 * @module
 */

import { dimFrom, numberFrom, type Rest } from "./torch-arguments.ts";
import { cast, show, tensorFrom } from "./torch-convert.ts";
import { gathered, lanesOf, shapeWithout } from "./torch-lanes.ts";
import { binary } from "./torch-pointwise.ts";
import { blank, reshaped, type TorchDType, TorchTensor } from "./torch-tensor.ts";

/** One function: the names of its arguments behind the tensor, and what it does. */
export interface Op {
  readonly takes: readonly string[];
  run(tensor: TorchTensor, ...rest: unknown[]): unknown;
}

/** What torch gives where it gives two: by name, or by place as `const [values, indices] = …`. */
export class Pair {
  readonly values: TorchTensor;
  readonly indices: TorchTensor;

  constructor(values: TorchTensor, indices: TorchTensor) {
    this.values = values;
    this.indices = indices;
  }

  *[Symbol.iterator](): Iterator<TorchTensor> {
    yield this.values;
    yield this.indices;
  }
}

const ALONG = ["dim", "keepdim"];

/** The reductions, by name: functions of torch, and methods. */
export const REDUCTIONS: Readonly<Record<string, Op>> = {
  sum: { takes: ALONG, run: (x, ...rest) => folded(x, rest, totalDType(x), (at) => sum(at)) },
  mean: { takes: ALONG, run: (x, ...rest) => folded(x, rest, "float32", mean) },
  prod: { takes: ALONG, run: (x, ...rest) => folded(x, rest, totalDType(x), product) },
  logsumexp: { takes: ALONG, run: (x, ...rest) => folded(x, rest, "float32", logSumExp) },
  all: { takes: ALONG, run: (x, ...rest) => folded(x, rest, "bool", (at) => Number(at.every(Boolean))) },
  any: { takes: ALONG, run: (x, ...rest) => folded(x, rest, "bool", (at) => Number(at.some(Boolean))) },
  count_nonzero: {
    takes: ["dim"],
    run: (x, ...rest) => folded(x, rest, "int32", (at) => at.filter((value) => value !== 0).length),
  },
  var: { takes: ["dim", "unbiased", "keepdim", "correction"], run: (x, ...rest) => spread(x, rest, (v) => v) },
  std: { takes: ["dim", "unbiased", "keepdim", "correction"], run: (x, ...rest) => spread(x, rest, Math.sqrt) },
  norm: { takes: ["p", ...ALONG], run: (x, p, ...rest) => norm(x, p, rest) },
  amax: { takes: ALONG, run: (x, ...rest) => folded(x, rest, x.dtype, (at) => at[best(at, 1)] ?? 0) },
  amin: { takes: ALONG, run: (x, ...rest) => folded(x, rest, x.dtype, (at) => at[best(at, -1)] ?? 0) },
  max: { takes: ALONG, run: (x, ...rest) => extreme(x, rest, 1) },
  min: { takes: ALONG, run: (x, ...rest) => extreme(x, rest, -1) },
  argmax: { takes: ALONG, run: (x, ...rest) => argBest(x, rest, 1) },
  argmin: { takes: ALONG, run: (x, ...rest) => argBest(x, rest, -1) },
  median: { takes: ALONG, run: (x, dim, keepdim) => median(x, dim, keepdim) },
};

type Lane = Float32Array | Int32Array | Uint8Array;

function totalDType({ dtype }: TorchTensor): TorchDType {
  return dtype === "float32" ? "float32" : "int32";
}

/** Folds each lane to one element. */
function folded(
  tensor: TorchTensor,
  [dim, keepdim]: Rest,
  dtype: TorchDType,
  fold: (lane: Lane) => number,
): TorchTensor {
  const { tensor: moved, shape } = gathered(tensor, dim, keepdim);
  const { elements } = moved;
  const length = moved.shape.at(-1) ?? 1;
  const out = blank(dtype, shape);
  for (let i = 0; i < out.elements.length; i++) {
    const value = fold(elements.subarray(i * length, (i + 1) * length));
    if (dtype === "int32" && value !== (value | 0)) {
      throw new RangeError(`torch.int32 holds integers up to 2^31, got ${value}: use x.float()`);
    }
    out.elements[i] = value;
  }
  return out;
}

function sum(lane: Lane, power: (value: number) => number = (value) => value): number {
  let total = 0;
  for (let i = 0; i < lane.length; i++) total += power(lane[i] as number);
  return total;
}

function mean(lane: Lane): number {
  return sum(lane) / lane.length;
}

function product(lane: Lane): number {
  let total = 1;
  for (let i = 0; i < lane.length; i++) total *= lane[i] as number;
  return total;
}

function logSumExp(lane: Lane): number {
  const top = lane[best(lane, 1)] ?? -Infinity;
  if (Math.abs(top) === Infinity) return top;
  return top + Math.log(sum(lane, (value) => Math.exp(value - top)));
}

/** `std(x, false)` says "biased" and no dim, as in torch. */
function spread(x: TorchTensor, values: Rest, finish: (value: number) => number): TorchTensor {
  const [dim, unbiased, keepdim, correction] =
    typeof values[0] === "boolean" ? [undefined, values[0]] : values;
  const ddof = numberFrom(correction, "correction", unbiased === false ? 0 : 1);
  return folded(x, [dim, keepdim], "float32", (lane) => {
    const middle = mean(lane);
    const squares = sum(lane, (value) => (value - middle) ** 2);
    return finish(squares / Math.max(lane.length - ddof, 0));
  });
}

function norm(x: TorchTensor, kind: unknown, rest: Rest): TorchTensor {
  const p = kind === undefined || kind === "fro" ? 2 : numberFrom(kind, "p");
  return folded(x, rest, "float32", (lane) => {
    if (p === 0) return sum(lane, (value) => Number(value !== 0));
    if (Math.abs(p) === Infinity) {
      const sizes = lane.map(Math.abs);
      return sizes[best(sizes, Math.sign(p))] ?? 0;
    }
    return sum(lane, (value) => Math.abs(value) ** p) ** (1 / p);
  });
}

/** Returns the place of the greatest, or with a sign of -1 the least; the first NaN before both. */
function best(lane: Lane, sign: number): number {
  let place = 0;
  for (let i = 0; i < lane.length; i++) {
    const value = lane[i] as number;
    if (value !== value) return i;
    if (sign * value > sign * (lane[place] as number)) place = i;
  }
  if (lane.length > 0) return place;
  throw new RangeError("torch wants at least one element to find the greatest or the least of");
}

function extreme(x: TorchTensor, [dim, keepdim]: Rest, sign: number): TorchTensor | Pair {
  if (dim === undefined || dim === null) {
    return folded(x, [], x.dtype, (lane) => lane[best(lane, sign)] ?? 0);
  }
  if (typeof dim !== "number") return binary(sign > 0 ? "maximum" : "minimum", x, dim);
  return along(x, dim, keepdim, (lane) => best(lane, sign));
}

function argBest(x: TorchTensor, [dim, keepdim]: Rest, sign: number): TorchTensor {
  return folded(x, [dim ?? undefined, keepdim], "int32", (lane) => best(lane, sign));
}

/** The lower of the two in the middle, as in torch. */
function median(x: TorchTensor, dim: unknown, keepdim: unknown): TorchTensor | Pair {
  const middle = (lane: Lane): number => {
    if (lane.some(Number.isNaN)) return lane.findIndex(Number.isNaN);
    const value = lane.toSorted()[(lane.length - 1) >> 1] as number;
    return lane.indexOf(value);
  };
  if (dim === undefined) return folded(x, [], x.dtype, (lane) => lane[middle(lane)] ?? Number.NaN);
  return along(x, dim, keepdim, middle);
}

/** Picks one element of each lane: it, and its place. */
function along(
  x: TorchTensor,
  dim: unknown,
  keepdim: unknown,
  pick: (lane: Lane) => number,
): Pair {
  const at = dimFrom(dim, x.shape.length);
  const lanes = lanesOf(x, at);
  const shape = shapeWithout(x.shape, at, keepdim);
  const values = blank(x.dtype, shape);
  const indices = blank("int32", shape);
  const lane = x.elements.slice(0, lanes.length);
  for (let i = 0; i < lanes.count; i++) {
    const start = lanes.start(i);
    for (let j = 0; j < lane.length; j++) lane[j] = x.elements[start + j * lanes.step] as number;
    const place = pick(lane);
    indices.elements[i] = place;
    values.elements[i] = lane[place] as number;
  }
  return new Pair(values, indices);
}

/** Returns softmax, or its logarithm, along a dim. The greatest is taken off first. */
export function softmax(x: TorchTensor, dim: unknown, log: boolean): TorchTensor {
  if (dim === undefined) throw new TypeError("torch.softmax wants a dim: softmax(x, 1), or -1");
  const { elements } = cast(x, "float32");
  const lanes = lanesOf(x, dim);
  const out = blank("float32", x.shape);
  for (let i = 0; i < lanes.count; i++) {
    const start = lanes.start(i);
    const end = start + lanes.length * lanes.step;
    let top = -Infinity;
    for (let at = start; at < end; at += lanes.step) top = Math.max(top, elements[at] as number);
    let total = 0;
    for (let at = start; at < end; at += lanes.step) total += Math.exp((elements[at] as number) - top);
    const logTotal = Math.log(total);
    for (let at = start; at < end; at += lanes.step) {
      const value = (elements[at] as number) - top;
      out.elements[at] = log ? value - logTotal : Math.exp(value) / total;
    }
  }
  return out;
}

/** Returns running sums along a dim. */
export function cumsum(x: TorchTensor, dim: unknown): TorchTensor {
  const out = blank(totalDType(x), x.shape);
  const lanes = lanesOf(x, dim);
  for (let i = 0; i < lanes.count; i++) {
    let total = 0;
    for (let j = 0, at = lanes.start(i); j < lanes.length; j++, at += lanes.step) {
      total += x.elements[at] as number;
      out.elements[at] = total;
    }
  }
  return out;
}

/** Returns whether two values hold the same elements under the same shape. */
export function equal(x: TorchTensor, value: unknown): boolean {
  if (typeof value !== "object") throw new TypeError(`torch.equal wants a tensor, got ${show(value)}`);
  const other = tensorFrom(value);
  if (other.shape.join() !== x.shape.join()) return false;
  return x.elements.every((element, i) => element === other.elements[i]);
}

/** Returns the tensor as one row. */
export function flat(x: TorchTensor): TorchTensor {
  return reshaped(x, [x.elements.length]);
}
