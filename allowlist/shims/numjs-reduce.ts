/**
 * What numjs lacks: reductions along an axis, as numpy has them, and softmax along one.
 *
 * Each row of a table is a kernel over numbers that stand `step` apart. Without an axis a reduction
 * gives a number; with one, an array without that axis (or a number, when none is left).
 *
 * Where numpy would give int64, which numjs does not have, sums are float64 and places int32.
 *
 * @module
 */

import { ARRAYS, flat, type Kind, kindOf, type NdArray, type Numbers } from "./numjs-types.ts";
import { type Numjs, sizeOf } from "./numjs-types.ts";

/** One line of numbers along an axis: `data[start]`, `data[start + step]`, `count` of them. */
interface Line {
  readonly data: Numbers;
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

interface Options {
  /** What is taken from the count of elements before `std` divides by it; 0 as in numpy. */
  readonly ddof?: number;
  /** Leaves an axis of length 1 where the one that was reduced stood. */
  readonly keepdims?: boolean;
}

interface Reduction {
  readonly kernel: (line: Line, options: Options) => number;
  /** What the elements of the result are, given those of the array. */
  readonly kind: (of: Kind) => Kind;
  /** Whether there is no answer for no elements. */
  readonly needsOne?: boolean;
}

const same = (of: Kind): Kind => of;
const float = (of: Kind): Kind => (of === "float32" ? "float32" : "float64");

export const REDUCTIONS: { readonly [name: string]: Reduction } = {
  max: { kernel: (line) => at(line, extreme(line, 1)), kind: same, needsOne: true },
  min: { kernel: (line) => at(line, extreme(line, -1)), kind: same, needsOne: true },
  argmax: { kernel: (line) => extreme(line, 1), kind: () => "int32", needsOne: true },
  argmin: { kernel: (line) => extreme(line, -1), kind: () => "int32", needsOne: true },
  sum: { kernel: sum, kind: float },
  mean: { kernel: mean, kind: float },
  std: { kernel: std, kind: float },
};

/**
 * Returns the reduction `name` of an array along `axis`, counted from the end when negative.
 *
 * @throws {RangeError} When there is no such axis, or no element to choose from.
 */
export function reduce(
  nj: Numjs,
  name: string,
  value: NdArray,
  [axis, more]: readonly unknown[],
): NdArray | number {
  const row = REDUCTIONS[name];
  if (!row) throw new TypeError(`nj has no ${name}`);
  const options = optionsFrom(typeof axis === "object" ? axis : more);
  const lines = linesOf(value, typeof axis === "object" ? undefined : axis);
  const first = lines.line(0);
  if (row.needsOne && first.count === 0) {
    throw new RangeError(`nj.${name} wants at least one element, got none`);
  }
  const kind = row.kind(kindOf(value.dtype));
  const shape = options.keepdims ? lines.shapeKept : lines.shape;
  if (shape.length === 0) return row.kernel(first, options);
  const out = new ARRAYS[kind](lines.count);
  for (let i = 0; i < out.length; i++) out[i] = row.kernel(lines.line(i), options);
  return new nj.NdArray(out, shape);
}

/**
 * Returns `exp(x) / sum(exp(x))` along `axis`, or over all elements without one, as float32 for
 * float32 and float64 for the rest. Large values do not overflow.
 *
 * @throws {RangeError} When there is no such axis.
 */
export function softmax(nj: Numjs, value: NdArray, axis: unknown): NdArray {
  const lines = linesOf(value, axis);
  const out = new ARRAYS[float(kindOf(value.dtype))](value.size);
  for (let i = 0; i < lines.count; i++) {
    const line = lines.line(i);
    if (line.count > 0) softmaxLine(line, out);
  }
  return new nj.NdArray(out, value.shape);
}

function softmaxLine(line: Line, out: Numbers): void {
  const { start, step, count } = line;
  const most = at(line, extreme(line, 1));
  let total = 0;
  for (let i = 0; i < count; i++) total += Math.exp(at(line, i) - most);
  for (let i = 0; i < count; i++) out[start + i * step] = Math.exp(at(line, i) - most) / total;
}

interface Lines {
  /** How many lines there are, and each of them, in the order of the result. */
  readonly count: number;
  line(index: number): Line;
  readonly shape: readonly number[];
  readonly shapeKept: readonly number[];
}

function linesOf(value: NdArray, axis: unknown): Lines {
  const data = flat(value.selection);
  const { shape } = value;
  if (axis === undefined || axis === null) {
    const line = { data, start: 0, step: 1, count: data.length };
    return { count: 1, line: () => line, shape: [], shapeKept: shape.map(() => 1) };
  }
  const chosen = axisFrom(axis, shape.length);
  const count = shape[chosen] ?? 0;
  const step = sizeOf(shape.slice(chosen + 1));
  return {
    count: sizeOf(shape.toSpliced(chosen, 1)),
    line(index) {
      const start = Math.floor(index / step) * step * count + (index % step);
      return { data, start, step, count };
    },
    shape: shape.toSpliced(chosen, 1),
    shapeKept: shape.with(chosen, 1),
  };
}

function axisFrom(axis: unknown, rank: number): number {
  if (!Number.isInteger(axis)) throw new TypeError(`nj wants an axis as an integer, got ${axis}`);
  const chosen = Number(axis) < 0 ? Number(axis) + rank : Number(axis);
  if (chosen >= 0 && chosen < rank) return chosen;
  throw new RangeError(`axis ${axis} is out of bounds for an array of dimension ${rank}`);
}

function optionsFrom(value: unknown): Options {
  return typeof value === "object" && value !== null ? value : {};
}

function at({ data, start, step }: Line, index: number): number {
  return data[start + index * step] ?? Number.NaN;
}

/** Returns the place of the first largest (`sign` 1) or smallest (-1); NaN is both, as in numpy. */
function extreme(line: Line, sign: 1 | -1): number {
  let place = 0;
  let best = at(line, 0);
  for (let i = 1; i < line.count && best === best; i++) {
    const value = at(line, i);
    if (value !== value || (value - best) * sign > 0) {
      best = value;
      place = i;
    }
  }
  return place;
}

function sum(line: Line): number {
  let total = 0;
  for (let i = 0; i < line.count; i++) total += at(line, i);
  return total;
}

function mean(line: Line): number {
  return sum(line) / line.count;
}

/** In two passes: the shortcut by squares loses all digits when the spread is small. */
function std(line: Line, { ddof = 0 }: Options): number {
  const middle = mean(line);
  let total = 0;
  for (let i = 0; i < line.count; i++) total += (at(line, i) - middle) ** 2;
  return Math.sqrt(total / (line.count - ddof));
}
