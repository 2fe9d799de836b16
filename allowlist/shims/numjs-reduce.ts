/**
 * Reductions along one axis or several, as numpy has them, and what runs along an axis: softmax,
 * running sums.
 *
 * Each row of a table is a kernel over numbers that stand `step` apart. Without an axis a reduction
 * gives a number; with one, an array without that axis (or a number, when none is left).
 *
 * Where numpy gives int64, sums are float64 and places int32: a hook's answer is read by code that
 * wants numbers, and int64 leaves as bigints.
 *
 * @module
 */

import { argument, axesFrom, axisFrom, numberFrom, optionsFrom } from "./numjs-arguments.ts";
import { ARRAYS, flat, type Kind, kindOf, type Kit, type NdArray } from "./numjs-types.ts";
import { type Numbers, type Operation, type Operations, room, sizeOf } from "./numjs-types.ts";

/** One line of numbers along an axis: `data[start]`, `data[start + step]`, `count` of them. */
export interface Line {
  readonly data: Numbers;
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

interface Reduction {
  readonly kernel: (line: Line, ddof: number) => number;
  /** What the elements of the result are, given those of the array. */
  readonly kind: (of: Kind) => Kind;
  /** Whether there is no answer for no elements. */
  readonly needsOne?: boolean;
  /** Whether it takes one axis only. */
  readonly oneAxis?: boolean;
}

const same = (of: Kind): Kind => of;
const float = (of: Kind): Kind => (of === "float32" ? "float32" : "float64");
const place = (): Kind => "int32";
const bool = (): Kind => "bool";

const REDUCTIONS: { readonly [name: string]: Reduction } = {
  max: { kernel: (line) => at(line, extreme(line, 1)), kind: same, needsOne: true },
  min: { kernel: (line) => at(line, extreme(line, -1)), kind: same, needsOne: true },
  ptp: { kernel: spread, kind: same, needsOne: true },
  argmax: { kernel: (line) => extreme(line, 1), kind: place, needsOne: true, oneAxis: true },
  argmin: { kernel: (line) => extreme(line, -1), kind: place, needsOne: true, oneAxis: true },
  sum: { kernel: sum, kind: float },
  prod: { kernel: product, kind: float },
  mean: { kernel: mean, kind: float },
  var: { kernel: variance, kind: float },
  std: { kernel: (line, ddof) => Math.sqrt(variance(line, ddof)), kind: float },
  median: { kernel: (line) => quantileOf(sorted(line), 0.5), kind: float },
  any: { kernel: (line) => Number(some(line, (value) => value !== 0)), kind: bool },
  all: { kernel: (line) => Number(!some(line, (value) => value === 0)), kind: bool },
  count_nonzero: { kernel: (line) => counted(line), kind: place },
  nansum: { kernel: (line) => sum(numbers(line)), kind: float },
  nanmean: { kernel: (line) => mean(numbers(line)), kind: float },
  nanstd: { kernel: (line, ddof) => Math.sqrt(variance(numbers(line), ddof)), kind: float },
  nanmax: { kernel: (line) => extremeOfNumbers(line, 1), kind: same, needsOne: true },
  nanmin: { kernel: (line) => extremeOfNumbers(line, -1), kind: same, needsOne: true },
};

const ALIASES = { amax: "max", amin: "min" } as const;

/** Each reduction: `nj.mean(x, axis, { keepdims, ddof })`. */
export const REDUCE: Operations = Object.fromEntries(
  [...Object.keys(REDUCTIONS).map((name) => [name, name]), ...Object.entries(ALIASES)].map(
    ([name = "", row = ""]): [string, Operation] => [
      name,
      (kit, value, ...rest) => reduced(kit, row, value, rest),
    ],
  ),
);

/** What numpy has beside: several quantiles at once, running sums, softmax. */
export const ALONG: Operations = {
  percentile: (kit, value, q, ...rest) => quantiles(kit, value, { q, scale: 100, rest }),
  quantile: (kit, value, q, ...rest) => quantiles(kit, value, { q, scale: 1, rest }),
  cumsum: (kit, value, ...rest) => running(kit, value, (total, one) => total + one, rest),
  cumprod: (kit, value, ...rest) => running(kit, value, (total, one) => total * one, rest),
  /** Large values do not overflow. */
  softmax(kit, value, ...rest) {
    const lines = linesOf(value, argument(rest, 0, "axis"));
    const kind = float(kindOf(value.dtype));
    const out = room(value.shape, kind);
    for (let i = 0; i < lines.count; i++) {
      const line = lines.line(i);
      if (line.count > 0) softmaxLine(line, out);
    }
    return kit.make(out, value.shape, kind);
  },
};

function reduced(kit: Kit, name: string, value: NdArray, rest: readonly unknown[]): unknown {
  const row = REDUCTIONS[name] as Reduction;
  const axis = argument(rest, 0, "axis");
  const options = optionsFrom(rest).options;
  const lines = linesOf(value, row.oneAxis && Array.isArray(axis) ? axisFrom(axis, 0) : axis);
  const first = lines.line(0);
  if (row.needsOne && first.count === 0) {
    throw new RangeError(`nj.${name} wants at least one element, got none`);
  }
  const ddof = numberFrom(options.ddof, "ddof", 0);
  const kind = row.kind(kindOf(value.dtype));
  const shape = options.keepdims ? lines.shapeKept : lines.shape;
  if (shape.length === 0) return scalar(row.kernel(first, ddof), kind);
  const out = room(shape, kind);
  for (let i = 0; i < out.length; i++) out[i] = row.kernel(lines.line(i), ddof);
  return kit.make(out, shape, kind);
}

function scalar(value: number, kind: Kind): number | boolean {
  return kind === "bool" ? value !== 0 : value;
}

interface Quantiles {
  readonly q: unknown;
  /** What stands for the whole: 1 or 100. */
  readonly scale: number;
  readonly rest: readonly unknown[];
}

/** A list of `q` makes an axis of its own, the first one. */
function quantiles(kit: Kit, value: NdArray, { q, scale, rest }: Quantiles): unknown {
  const lines = linesOf(value, argument(rest, 0, "axis"));
  const { keepdims, method = "linear" } = optionsFrom(rest).options;
  if (method !== "linear") throw new TypeError('nj.quantile has the method "linear" only');
  const wanted = (Array.isArray(q) ? q : [q]).map((one) => shareFrom(one, scale));
  const kind = float(kindOf(value.dtype));
  const inner = keepdims ? lines.shapeKept : lines.shape;
  const shape = Array.isArray(q) ? [wanted.length, ...inner] : [...inner];
  const out = room(shape, kind);
  for (let i = 0; i < lines.count; i++) {
    const line = sorted(lines.line(i));
    for (const [j, share] of wanted.entries()) out[j * lines.count + i] = quantileOf(line, share);
  }
  return shape.length === 0 ? out[0] : kit.make(out, shape, kind);
}

function shareFrom(q: unknown, scale: number): number {
  const share = numberFrom(q, "a quantile") / scale;
  if (share >= 0 && share <= 1) return share;
  throw new RangeError(`nj wants quantiles from 0 to ${scale}, got ${q}`);
}

/** Between the two nearest elements it goes in a straight line. */
function quantileOf(line: Numbers, share: number): number {
  const { length } = line;
  if (length === 0 || Number.isNaN(line.at(-1))) return Number.NaN;
  const at = share * (length - 1);
  const low = line[Math.floor(at)] ?? 0;
  const high = line[Math.ceil(at)] ?? 0;
  const part = at - Math.floor(at);
  // From the nearer end, as numpy does it, so that the last digit is the same.
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
}

/** The elements of a line in order, NaN last. */
export function sorted(line: Line): Numbers {
  return elementsOf(line).sort();
}

/** The elements of a line as an array of their own. */
export function elementsOf({ data, start, step, count }: Line): Numbers {
  const own = new (data.constructor as (typeof ARRAYS)[Kind])(count);
  for (let i = 0; i < count; i++) own[i] = data[start + i * step] ?? Number.NaN;
  return own;
}

function running(
  kit: Kit,
  value: NdArray,
  kernel: (total: number, one: number) => number,
  rest: readonly unknown[],
): NdArray {
  const axis = argument(rest, 0, "axis");
  const lines = linesOf(value, axis ?? undefined);
  const kind = float(kindOf(value.dtype));
  const shape = axis === undefined || axis === null ? [value.size] : value.shape;
  const out = room(shape, kind);
  for (let i = 0; i < lines.count; i++) {
    const line = lines.line(i);
    let total = at(line, 0);
    for (let j = 0; j < line.count; j++) {
      if (j > 0) total = kernel(total, at(line, j));
      out[line.start + j * line.step] = total;
    }
  }
  return kit.make(out, shape, kind);
}

function softmaxLine(line: Line, out: Numbers): void {
  const { start, step, count } = line;
  const most = at(line, extreme(line, 1));
  let total = 0;
  for (let i = 0; i < count; i++) total += Math.exp(at(line, i) - most);
  for (let i = 0; i < count; i++) out[start + i * step] = Math.exp(at(line, i) - most) / total;
}

export interface Lines {
  /** How many lines there are, and each of them, in the order of the result. */
  readonly count: number;
  line(index: number): Line;
  readonly shape: readonly number[];
  readonly shapeKept: readonly number[];
}

/** Returns the lines along an axis, or along several at once; along all without one. */
export function linesOf(value: NdArray, axis: unknown): Lines {
  const axes = axesFrom(axis, value.shape.length);
  const { shape } = value;
  const shapeKept = shape.map((count, i) => (axes.includes(i) ? 1 : count));
  const rest = shape.filter((_, i) => !axes.includes(i));
  if (axes.length === 1) return { ...linesAlong(value, axes[0] ?? 0), shape: rest, shapeKept };
  const data = flat(axes.length === shape.length ? value.selection : turned(value, axes));
  const count = sizeOf(axes.map((i) => shape[i] ?? 1));
  const line = (index: number): Line => ({ data, start: index * count, step: 1, count });
  return { count: sizeOf(rest), line, shape: rest, shapeKept };
}

function linesAlong(value: NdArray, axis: number): Pick<Lines, "count" | "line"> {
  const { shape } = value;
  const data = flat(value.selection);
  const count = shape[axis] ?? 0;
  const step = sizeOf(shape.slice(axis + 1));
  return {
    count: sizeOf(shape.toSpliced(axis, 1)),
    line(index) {
      const start = Math.floor(index / step) * step * count + (index % step);
      return { data, start, step, count };
    },
  };
}

/** The same array with these axes last. */
function turned({ selection }: NdArray, axes: readonly number[]): NdArray["selection"] {
  const order = selection.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const pick = (from: readonly number[]): number[] => [...order, ...axes].map((i) => from[i] ?? 0);
  const { data, dtype, offset, size } = selection;
  const { shape, stride } = selection;
  return { data, dtype, offset, size, shape: pick(shape), stride: pick(stride) };
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

function spread(line: Line): number {
  return at(line, extreme(line, 1)) - at(line, extreme(line, -1));
}

function sum(line: Line): number {
  let total = 0;
  for (let i = 0; i < line.count; i++) total += at(line, i);
  return total;
}

function product(line: Line): number {
  let total = 1;
  for (let i = 0; i < line.count; i++) total *= at(line, i);
  return total;
}

function mean(line: Line): number {
  return sum(line) / line.count;
}

/** In two passes: the shortcut by squares loses all digits when the spread is small. */
function variance(line: Line, ddof: number): number {
  const middle = mean(line);
  let total = 0;
  for (let i = 0; i < line.count; i++) total += (at(line, i) - middle) ** 2;
  return total / (line.count - ddof);
}

function some(line: Line, holds: (value: number) => boolean): boolean {
  for (let i = 0; i < line.count; i++) if (holds(at(line, i))) return true;
  return false;
}

function counted(line: Line): number {
  let total = 0;
  for (let i = 0; i < line.count; i++) total += Number(at(line, i) !== 0);
  return total;
}

/** The line without what is no number. */
function numbers(line: Line): Line {
  const data = elementsOf(line).filter((value) => value === value);
  return { data, start: 0, step: 1, count: data.length };
}

function extremeOfNumbers(line: Line, sign: 1 | -1): number {
  const rest = numbers(line);
  return rest.count === 0 ? Number.NaN : at(rest, extreme(rest, sign));
}
