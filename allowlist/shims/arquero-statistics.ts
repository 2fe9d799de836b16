/**
 * What pandas works out of a list of values, by its names: missing values do not count.
 *
 * @module
 */

import { isMissing } from "./arquero-column.ts";

/** From the values of a group, missing ones included, to one value. */
export type Statistic = (values: readonly unknown[]) => unknown;

const some = (values: readonly unknown[]) => values.filter((value) => !isMissing(value));

/** The numbers of a list: booleans count as 0 and 1, and words are no numbers. */
function numbers(values: readonly unknown[]): number[] {
  const list = some(values);
  const stray = list.find((value) => typeof value === "string" || typeof value === "object");
  if (stray === undefined) return list.map(Number);
  const got = typeof stray === "string" ? JSON.stringify(stray.slice(0, 40)) : "a date or a list";
  throw new TypeError(`agg wants numbers for sum, mean, var, std and median, got ${got}`);
}

/** Of 64-bit integers exactly, as far as 64 bits go. */
function total(values: readonly unknown[]): number | bigint {
  const list = some(values);
  const isWide = list.length > 0 && list.every((value) => typeof value === "bigint");
  return isWide ? list.reduce((all: bigint, one) => all + (one as bigint), 0n) : sum(values);
}

function sum(values: readonly unknown[]): number {
  return numbers(values).reduce((all, value) => all + value, 0);
}

function mean(values: readonly unknown[]): number {
  return sum(values) / some(values).length;
}

/** The spread of a sample: divided by one less than there are, as pandas does. */
function variance(values: readonly unknown[]): number {
  const list = numbers(values);
  const middle = mean(list);
  const squares = list.reduce((all, value) => all + (value - middle) ** 2, 0);
  return list.length < 2 ? Number.NaN : squares / (list.length - 1);
}

/** Returns the numbers of `values` in order: what {@link quantile} looks into. */
export function sortedNumbers(values: readonly unknown[]): Float64Array {
  return Float64Array.from(numbers(values)).sort();
}

/** Returns the value below which the part `q` lies, between two neighbours by their distance. */
export function quantile(sorted: Float64Array, q: number): number {
  const place = (sorted.length - 1) * q;
  const low = Math.floor(place);
  const below = sorted[low];
  if (below === undefined) return Number.NaN;
  const above = sorted[low + 1];
  // Between two infinities there is no distance.
  if (above === undefined || place === low) return below;
  return below + (above - below) * (place - low);
}

function extreme(values: readonly unknown[], sign: 1 | -1): unknown {
  const list = some(values) as (number | string | bigint | Date)[];
  let best = list[0];
  for (const value of list) if (compare(value, best) * sign > 0) best = value;
  return best;
}

/** Each statistic by its name in pandas. */
export const STATISTICS: Readonly<Record<string, Statistic>> = {
  count: (values) => some(values).length,
  size: (values) => values.length,
  nunique: (values) => new Set(some(values).map(keyOf)).size,
  sum: total,
  mean,
  var: variance,
  std: (values) => Math.sqrt(variance(values)),
  median: (values) => quantile(sortedNumbers(values), 0.5),
  min: (values) => extreme(values, -1),
  max: (values) => extreme(values, 1),
  first: (values) => some(values)[0],
  last: (values) => some(values).at(-1),
};

/** Those that give one of the values themselves, so that a column keeps its kind. */
export const KEEPS_KIND = ["min", "max", "first", "last"];

/** Those that count, and so give whole numbers. */
export const COUNTS = ["count", "size", "nunique"];

/** Returns a word that two values share exactly when they are equal; all that is missing is. */
export function keyOf(value: unknown): string {
  if (isMissing(value)) return "";
  if (value instanceof Date) return `date ${value.getTime()}`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** Orders values as pandas sorts them: upwards, and what is missing last. */
export function compare(one: unknown, other: unknown): number {
  const missing = Number(isMissing(one)) - Number(isMissing(other));
  if (missing !== 0 || isMissing(one)) return missing;
  if (typeof one === "string" && typeof other === "string") return compareTexts(one, other);
  const [a, b] = [one, other] as [number, number];
  return a < b ? -1 : Number(a > b);
}

/** By code points, as Python does: half of a pair is more than all that takes 16 bits. */
function compareTexts(one: string, other: string): number {
  const end = Math.min(one.length, other.length);
  for (let i = 0; i < end; i++) {
    const [a, b] = [one.charCodeAt(i), other.charCodeAt(i)];
    if (a !== b) return rank(a) - rank(b);
  }
  return one.length - other.length;
}

function rank(unit: number): number {
  return (unit & 0xf800) === 0xd800 ? unit + 0x10000 : unit;
}
