/**
 * The functions of Python's `statistics`, by their names there.
 *
 * @module
 */

import { erfc, normalInverse, normalPdf } from "./statistics-distributions.ts";
import { pairFrom, type Read } from "./statistics-lists.ts";
import { fsum, meanOf, productsOf, sortedOf, squaresOf } from "./statistics-sums.ts";
import { dictFrom, show, wholeFrom } from "./util-arguments.ts";

type Functions = Readonly<Record<string, (...values: unknown[]) => unknown>>;

/** Returns the functions, bound to a reader of lists. */
export function pythonStatistics(read: Read): Functions {
  return {
    ...averages(read),
    ...spreads(read),
    ...relations(read),
    NormalDist: (mu: unknown = 0, sigma: unknown = 1) => normalDist(mu, sigma, read),
  };
}

function averages(read: Read): Functions {
  const middle = (who: string, values: unknown, pick: (low: number, high: number) => number) => {
    const sorted = sortedOf(read(values, who));
    const half = sorted.length / 2;
    return pick(sorted[Math.ceil(half) - 1] ?? 0, sorted[Math.floor(half)] ?? 0);
  };
  return {
    mean: (values) => meanOf(read(values, "mean")),
    fmean: (values) => meanOf(read(values, "fmean")),
    median: (values) => middle("median", values, (low, high) => (low + high) / 2),
    median_low: (values) => middle("median_low", values, (low) => low),
    median_high: (values) => middle("median_high", values, (_, high) => high),
    geometric_mean: (values) => {
      const list = positive(read(values, "geometric_mean"), "geometric_mean", false);
      return Math.exp(meanOf(list.map(Math.log)));
    },
    harmonic_mean: (values) => {
      const list = positive(read(values, "harmonic_mean"), "harmonic_mean", true);
      return list.includes(0) ? 0 : list.length / fsum(list.map((value) => 1 / value));
    },
  };
}

function positive(list: readonly number[], who: string, orZero: boolean): readonly number[] {
  const stray = list.findIndex((value) => value < 0 || (value === 0 && !orZero));
  if (stray === -1) return list;
  const want = orZero ? "no negative numbers" : "positive numbers";
  throw new RangeError(`${who} wants ${want}, got ${list[stray]} at [${stray}]`);
}

function spreads(read: Read): Functions {
  const sample = (who: string, values: unknown) => {
    const list = read(values, who, 2);
    return squaresOf(list) / (list.length - 1);
  };
  const population = (who: string, values: unknown) => {
    const list = read(values, who);
    return squaresOf(list) / list.length;
  };
  return {
    stdev: (values) => Math.sqrt(sample("stdev", values)),
    pstdev: (values) => Math.sqrt(population("pstdev", values)),
    pvariance: (values) => population("pvariance", values),
    quantiles: (values, options) => quantiles(read(values, "quantiles", 2), options),
  };
}

/** Returns the values that cut the list, in order, into `n` parts of equal weight. */
function quantiles(list: readonly number[], options: unknown): number[] {
  const { n = 4, method = "exclusive" } = dictFrom(options, "quantiles", ["n", "method"]);
  if (method !== "exclusive" && method !== "inclusive") {
    throw new RangeError(`quantiles wants method as exclusive or inclusive, got ${show(method)}`);
  }
  const sorted = sortedOf(list);
  const parts = wholeFrom(n, "quantiles wants n", 1);
  const isInclusive = method === "inclusive";
  const span = isInclusive ? sorted.length - 1 : sorted.length + 1;
  return Array.from({ length: parts - 1 }, (_, i) => {
    const whole = Math.floor(((i + 1) * span) / parts);
    const at = isInclusive ? whole : Math.min(Math.max(whole, 1), sorted.length - 1);
    const rest = (i + 1) * span - at * parts;
    const first = isInclusive ? at : at - 1;
    const [low = 0, high = 0] = [sorted[first], sorted[first + 1]];
    return (low * (parts - rest) + high * rest) / parts;
  });
}

function relations(read: Read): Functions {
  return {
    covariance: (...lists) => {
      const [x, y] = pairFrom(read, lists, "covariance", 2);
      return productsOf(x, y) / (x.length - 1);
    },
    correlation: (...lists) => {
      const [x, y] = pairFrom(read, lists, "correlation", 2);
      const spread = Math.sqrt(squaresOf(x) * squaresOf(y));
      if (spread === 0)
        throw new RangeError("correlation wants values that differ, got equal ones");
      return productsOf(x, y) / spread;
    },
    linear_regression: (x, y, options) => {
      const who = "linear_regression";
      const { proportional = false } = dictFrom(options, who, ["proportional"]);
      return lineThrough(pairFrom(read, [x, y], who, 2), proportional === true);
    },
  };
}

function lineThrough([x, y]: readonly [readonly number[], readonly number[]], fromZero: boolean) {
  const across = fromZero ? fsum(x.map((value) => value * value)) : squaresOf(x);
  const both = fromZero ? fsum(x.map((value, i) => value * (y[i] ?? 0))) : productsOf(x, y);
  if (across === 0) throw new RangeError("linear_regression wants x that differ, got equal ones");
  const slope = both / across;
  return { slope, intercept: fromZero ? 0 : meanOf(y) - slope * meanOf(x) };
}

/** The normal distribution of a mean and a deviation. */
function normalDist(mu: unknown, sigma: unknown, read: Read): object {
  const number = (value: unknown, who: string) => read([value], who)[0] ?? 0;
  const [mean, stdev] = [number(mu, "NormalDist"), number(sigma, "NormalDist")];
  if (!(stdev > 0)) throw new RangeError(`NormalDist wants sigma above 0, got ${stdev}`);
  const at = (value: unknown, who: string) => (number(value, who) - mean) / stdev;
  return {
    mean,
    stdev,
    variance: stdev * stdev,
    pdf: (x: unknown) => normalPdf(at(x, "pdf")) / stdev,
    cdf: (x: unknown) => erfc(-at(x, "cdf") / Math.SQRT2) / 2,
    zscore: (x: unknown) => at(x, "zscore"),
    inv_cdf: (p: unknown) => {
      const part = number(p, "inv_cdf");
      if (part > 0 && part < 1) return mean + stdev * normalInverse(part, 0);
      throw new RangeError(`inv_cdf wants a probability between 0 and 1, got ${part}`);
    },
  };
}
