/**
 * The reductions of torch: over all elements, along a dim or along several; softmax and cumsum.
 *
 * Sums are kept in doubles and rounded once. As in torch a NaN is the greatest of numbers for max
 * and argmax, and the least for min and argmin. Means of whole numbers, which torch refuses, are
 * float32.
 *
 * @module
 */

import {
  dimFrom,
  isNone,
  numberFrom,
  type Op,
  type Ops,
  type Rest,
  wordFrom,
} from "./torch-arguments.ts";
import { cast, tensorFrom } from "./torch-convert.ts";
import { dtypeFrom, floatOf, storeOf, totalOf } from "./torch-dtypes.ts";
import { combined } from "./torch-pointwise.ts";
import { blank, type Elements, type TorchDType, type TorchTensor } from "./torch-tensor.ts";
import { gathered, laneAt, lanesOf, shapeWithout } from "./torch-walk.ts";

/** What torch gives where it gives two: by name, by place, or as `const [values, indices] = …`. */
export class Pair {
  readonly values: TorchTensor;
  readonly indices: TorchTensor;

  constructor(values: TorchTensor, indices: TorchTensor) {
    this.values = values;
    this.indices = indices;
  }

  get 0(): TorchTensor {
    return this.values;
  }

  get 1(): TorchTensor {
    return this.indices;
  }

  *[Symbol.iterator](): Iterator<TorchTensor> {
    yield this.values;
    yield this.indices;
  }
}

const ALONG = ["dim", "keepdim"];
const TYPED = [...ALONG, "dtype"];
const SPREAD = ["dim", "unbiased", "keepdim", "correction"];

/** The reductions, by name: functions of torch, and methods. */
export const REDUCTIONS: Ops = {
  sum: { takes: TYPED, run: sum },
  mean: { takes: TYPED, run: mean },
  prod: { takes: TYPED, run: prod },
  logsumexp: { takes: ALONG, run: (x, ...rest) => folded(x, rest, floatOf(x.dtype), logSumExp) },
  all: { takes: ALONG, run: (x, ...rest) => folded(x, rest, truthOf(x), (lane) => every(lane)) },
  any: { takes: ALONG, run: (x, ...rest) => folded(x, rest, truthOf(x), (lane) => some(lane)) },
  count_nonzero: { takes: ["dim"], run: (x, dim) => folded(x, [dim], "int64", countOf) },
  var: { takes: SPREAD, run: spread((variance) => variance) },
  std: { takes: SPREAD, run: spread(Math.sqrt) },
  norm: { takes: ["p", ...ALONG], run: norm },
  amax: { takes: ALONG, run: (x, ...rest) => folded(x, rest, x.dtype, pickBy(1)) },
  amin: { takes: ALONG, run: (x, ...rest) => folded(x, rest, x.dtype, pickBy(-1)) },
  max: { takes: ALONG, run: (x, ...rest) => extreme(x, rest, 1) },
  min: { takes: ALONG, run: (x, ...rest) => extreme(x, rest, -1) },
  argmax: { takes: ALONG, run: (x, ...rest) => folded(x, rest, "int64", (at) => best(at, 1)) },
  argmin: { takes: ALONG, run: (x, ...rest) => folded(x, rest, "int64", (at) => best(at, -1)) },
  median: { takes: ALONG, run: median },
  quantile: { takes: ["q", ...ALONG, "interpolation"], run: quantile },
  softmax: { takes: ["dim", "dtype"], run: softmax },
  log_softmax: { takes: ["dim", "dtype"], run: logSoftmax },
  cumsum: {
    takes: ["dim", "dtype"],
    run: (x, dim, dtype) => running(x, dim, dtype, (a, b) => a + b),
  },
  cumprod: {
    takes: ["dim", "dtype"],
    run: (x, dim, dtype) => running(x, dim, dtype, (a, b) => a * b),
  },
};

/** Folds each lane to one element. */
function folded(
  x: TorchTensor,
  [dim, keepdim]: Rest,
  dtype: TorchDType,
  fold: (lane: Elements) => number,
): TorchTensor {
  const { tensor, shape } = gathered(x, dim, keepdim);
  const length = tensor.shape.at(-1) ?? 1;
  const out = blank(dtype, shape);
  const store = storeOf(dtype);
  for (let i = 0; i < out.elements.length; i++) {
    out.elements[i] = store(fold(tensor.elements.subarray(i * length, (i + 1) * length)));
  }
  return out;
}

export function sum(
  x: TorchTensor,
  dim?: unknown,
  keepdim?: unknown,
  dtype?: unknown,
): TorchTensor {
  const typed = cast(x, dtypeFrom(dtype) ?? totalOf(x.dtype));
  return folded(typed, [dim, keepdim], typed.dtype, totalIn);
}

export function mean(
  x: TorchTensor,
  dim?: unknown,
  keepdim?: unknown,
  dtype?: unknown,
): TorchTensor {
  const typed = cast(x, dtypeFrom(dtype) ?? floatOf(x.dtype));
  return folded(typed, [dim, keepdim], typed.dtype, (lane) => totalIn(lane) / lane.length);
}

function prod(x: TorchTensor, dim?: unknown, keepdim?: unknown, dtype?: unknown): TorchTensor {
  const typed = cast(x, dtypeFrom(dtype) ?? totalOf(x.dtype));
  return folded(typed, [dim, keepdim], typed.dtype, (lane) => {
    let total = 1;
    for (let i = 0; i < lane.length; i++) total *= lane[i] as number;
    return total;
  });
}

function totalIn(lane: Elements): number {
  let total = 0;
  for (let i = 0; i < lane.length; i++) total += lane[i] as number;
  return total;
}

function totalBy(lane: Elements, change: (value: number) => number): number {
  let total = 0;
  for (let i = 0; i < lane.length; i++) total += change(lane[i] as number);
  return total;
}

function truthOf({ dtype }: TorchTensor): TorchDType {
  return dtype === "uint8" ? "uint8" : "bool";
}

function every(lane: Elements): number {
  return Number(!lane.includes(0));
}

function some(lane: Elements): number {
  return Number(countOf(lane) > 0);
}

function countOf(lane: Elements): number {
  return totalBy(lane, (value) => Number(value !== 0));
}

function logSumExp(lane: Elements): number {
  if (lane.length === 0) return -Infinity;
  const top = lane[best(lane, 1)] as number;
  if (Math.abs(top) === Infinity) return top;
  return top + Math.log(totalBy(lane, (value) => Math.exp(value - top)));
}

/** `var(x, false)` says "biased" and no dim, as in torch. */
function spread(finish: (variance: number) => number): Op["run"] {
  return (x, ...values) => {
    const [dim, unbiased, keepdim, correction] =
      typeof values[0] === "boolean" ? [undefined, values[0]] : values;
    const lost = numberFrom(correction, "correction", unbiased === false ? 0 : 1);
    return folded(x, [dim, keepdim], floatOf(x.dtype), (lane) => {
      const middle = totalIn(lane) / lane.length;
      const squares = totalBy(lane, (value) => (value - middle) ** 2);
      return finish(squares / Math.max(lane.length - lost, 0));
    });
  };
}

/** Returns the length of vectors; a matrix counts as one, which is the norm of Frobenius. */
export function norm(
  x: TorchTensor,
  kind?: unknown,
  dim?: unknown,
  keepdim?: unknown,
): TorchTensor {
  const p = isNone(kind) || kind === "fro" ? 2 : numberFrom(kind, 'p (a number, or "fro")');
  return folded(x, [dim, keepdim], floatOf(x.dtype), (lane) => lengthIn(lane, p));
}

/** Returns the length of a vector in the norm of `p`. */
export function lengthIn(vector: Elements, p: number): number {
  if (p === 0) return countOf(vector);
  if (p === 2) return Math.sqrt(totalBy(vector, (value) => value * value));
  if (p === 1) return totalBy(vector, Math.abs);
  if (Math.abs(p) !== Infinity) return totalBy(vector, (value) => Math.abs(value) ** p) ** (1 / p);
  const sizes = vector.map(Math.abs);
  return sizes.length === 0 && p > 0 ? 0 : (sizes[best(sizes, Math.sign(p))] as number);
}

/** Returns the place of the greatest, or with a sign of -1 the least; the first NaN before both. */
function best(lane: Elements, sign: number): number {
  if (lane.length === 0) {
    throw new RangeError("torch wants at least one element to find the greatest or the least of");
  }
  let place = 0;
  let top = sign * (lane[0] as number);
  for (let i = 0; i < lane.length; i++) {
    const value = sign * (lane[i] as number);
    if (value !== value) return i;
    if (value > top) [place, top] = [i, value];
  }
  return place;
}

function pickBy(sign: number): (lane: Elements) => number {
  return (lane) => lane[best(lane, sign)] as number;
}

function extreme(x: TorchTensor, [dim, keepdim]: Rest, sign: number): TorchTensor | Pair {
  if (isNone(dim)) return folded(x, [], x.dtype, pickBy(sign));
  if (typeof dim !== "number") return combined(sign > 0 ? Math.max : Math.min, x, dim);
  return along(x, dim, keepdim, (lane) => best(lane, sign));
}

/** The lower of the two in the middle, as in torch. */
function median(x: TorchTensor, dim: unknown, keepdim: unknown): TorchTensor | Pair {
  const middle = (lane: Elements): number => {
    if (lane.length === 0) throw new RangeError("torch.median wants at least one element");
    const strange = lane.findIndex((value) => value !== value);
    return strange < 0 ? lane.indexOf(lane.toSorted()[(lane.length - 1) >> 1] as number) : strange;
  };
  if (!isNone(dim)) return along(x, dim, keepdim, middle);
  if (x.elements.length === 0) return folded(x, [], x.dtype, () => Number.NaN);
  return folded(x, [], x.dtype, (lane) => lane[middle(lane)] as number);
}

/** Picks one element of each lane: it, and its place. */
export function along(
  x: TorchTensor,
  dim: unknown,
  keepdim: unknown,
  pick: (lane: Elements) => number,
): Pair {
  const at = dimFrom(dim, x.ndim);
  const lanes = lanesOf(x, at);
  const shape = shapeWithout(x.shape, at, keepdim);
  const values = blank(x.dtype, shape);
  const indices = blank("int64", shape);
  for (let i = 0; i < lanes.count; i++) {
    const lane = laneAt(x, lanes, i);
    const place = pick(lane);
    indices.elements[i] = place;
    values.elements[i] = lane[place] as number;
  }
  return new Pair(values, indices);
}

const BETWEEN = ["linear", "lower", "higher", "nearest", "midpoint"] as const;

/** With a list of `q` the result has a dimension in front for them. */
function quantile(
  x: TorchTensor,
  q: unknown,
  dim?: unknown,
  keepdim?: unknown,
  interpolation?: unknown,
): TorchTensor {
  const parts = tensorFrom(q, x.dtype === "float64" ? "float64" : undefined);
  const between = wordFrom(interpolation, "interpolation", BETWEEN);
  if (parts.ndim > 1 || parts.elements.some((part) => !(part >= 0 && part <= 1))) {
    throw new RangeError(`torch.quantile wants q from 0 to 1, got ${JSON.stringify(parts)}`);
  }
  const rows = Array.from(parts.elements, (part) =>
    folded(x, [dim, keepdim], floatOf(x.dtype), (lane) => quantileOf(lane, part, between)),
  );
  const [first] = rows;
  if (parts.ndim === 0) return first as TorchTensor;
  const shape = [rows.length, ...(first?.shape ?? [])];
  const out = blank(floatOf(x.dtype), shape);
  rows.forEach((row, i) => out.elements.set(row.elements, i * row.elements.length));
  return out;
}

function quantileOf(lane: Elements, part: number, between: (typeof BETWEEN)[number]): number {
  if (lane.length === 0) throw new RangeError("torch.quantile wants at least one element");
  if (lane.some((value) => value !== value)) return Number.NaN;
  const sorted = lane.toSorted();
  const place = part * (lane.length - 1);
  const low = sorted[Math.floor(place)] as number;
  const high = sorted[Math.ceil(place)] as number;
  if (between === "lower") return low;
  if (between === "higher") return high;
  if (between === "midpoint") return (low + high) / 2;
  const rest = place - Math.floor(place);
  if (between === "nearest")
    return rest > 0.5 || (rest === 0.5 && Math.ceil(place) % 2 === 0) ? high : low;
  return low === high ? low : low + (high - low) * rest;
}

/** Returns the softmax along a dim. The greatest is taken off first. */
export function softmax(x: TorchTensor, dim: unknown, dtype?: unknown): TorchTensor {
  return normalised(x, dim, dtype, false);
}

/** Returns the logarithm of softmax, exact also where softmax is 0. */
export function logSoftmax(x: TorchTensor, dim: unknown, dtype?: unknown): TorchTensor {
  return normalised(x, dim, dtype, true);
}

function normalised(x: TorchTensor, dim: unknown, dtype: unknown, log: boolean): TorchTensor {
  if (isNone(dim)) throw new TypeError("torch.softmax wants a dim: softmax(x, 1), or -1");
  const typed = cast(x, dtypeFrom(dtype) ?? floatOf(x.dtype));
  const out = blank(typed.dtype, x.shape);
  const store = storeOf(typed.dtype);
  const lanes = lanesOf(typed, dim);
  for (let i = 0; i < lanes.count; i++) {
    const lane = laneAt(typed, lanes, i);
    const top = lane.length === 0 ? 0 : (lane[best(lane, 1)] as number);
    const total = totalBy(lane, (value) => Math.exp(value - top));
    const taken = log ? Math.log(total) : total;
    for (let j = 0, at = lanes.start(i); j < lane.length; j++, at += lanes.step) {
      const value = (lane[j] as number) - top;
      out.elements[at] = store(log ? value - taken : Math.exp(value) / taken);
    }
  }
  return out;
}

function running(
  x: TorchTensor,
  dim: unknown,
  dtype: unknown,
  join: (one: number, other: number) => number,
): TorchTensor {
  const typed = cast(x, dtypeFrom(dtype) ?? totalOf(x.dtype));
  const out = blank(typed.dtype, x.shape);
  const store = storeOf(typed.dtype);
  const lanes = lanesOf(typed, dim);
  for (let i = 0; i < lanes.count; i++) {
    const lane = laneAt(typed, lanes, i);
    let total = lane[0] ?? 0;
    for (let j = 0, at = lanes.start(i); j < lane.length; j++, at += lanes.step) {
      if (j > 0) total = join(total, lane[j] as number);
      out.elements[at] = store(total);
    }
  }
  return out;
}

/** Returns whether two values hold the same elements under the same shape. */
export function equal(x: TorchTensor, value: unknown): boolean {
  const other = tensorFrom(value);
  if (other.shape.join() !== x.shape.join()) return false;
  return !combined((a, b) => Number(a === b), x, other, "bool").elements.includes(0);
}
