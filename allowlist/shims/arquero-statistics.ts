/**
 * What pandas works out of a list of values, by its names: missing values do not count.
 *
 * @module
 */

import { isMissing } from "./arquero-column.ts";

/** From the values of a group, missing ones included, to one value. */
export type Statistic = (values: readonly unknown[]) => unknown;

const some = (values: readonly unknown[]) => values.filter((value) => !isMissing(value));
const numbers = (values: readonly unknown[]) => some(values).map(Number);

function sum(values: readonly unknown[]): number {
  return numbers(values).reduce((total, value) => total + value, 0);
}

function mean(values: readonly unknown[]): number {
  return sum(values) / some(values).length;
}

/** The spread of a sample: divided by one less than there are, as pandas does. */
function variance(values: readonly unknown[]): number {
  const list = numbers(values);
  const middle = mean(list);
  const squares = list.reduce((total, value) => total + (value - middle) ** 2, 0);
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
  const above = sorted[low + 1] ?? below;
  return below + (above - below) * (place - low);
}

function extreme(values: readonly unknown[], sign: 1 | -1): unknown {
  const list = some(values) as (number | string | bigint | Date)[];
  let best = list[0];
  for (const value of list) {
    if (best !== undefined && (sign > 0 ? value > best : value < best)) best = value;
  }
  return best;
}

/** Each statistic by its name in pandas. */
export const STATISTICS: Readonly<Record<string, Statistic>> = {
  count: (values) => some(values).length,
  size: (values) => values.length,
  nunique: (values) => new Set(some(values).map(keyOf)).size,
  sum,
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
  const [a, b] = [one, other] as [number, number];
  return a < b ? -1 : Number(a > b);
}
