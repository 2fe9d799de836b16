/**
 * The everyday functions of `scipy.stats`, by their names there. Outcomes are dicts with scipy's
 * names of the parts.
 *
 * @module
 */

import { studentTwoSided } from "./statistics-distributions.ts";
import { pairFrom, type Read } from "./statistics-lists.ts";
import { meanOf, momentOf, productsOf, ranksOf, squaresOf } from "./statistics-sums.ts";
import { dictFrom, show } from "./util-arguments.ts";

type Functions = Readonly<Record<string, (...values: unknown[]) => unknown>>;

/** Returns the functions, bound to a reader of lists. */
export function scipyStatistics(read: Read): Functions {
  return { ...shapes(read), ...relations(read), ...tests(read) };
}

function shapes(read: Read): Functions {
  const biasOf = (options: unknown, who: string, ...more: string[]) =>
    dictFrom(options, who, ["bias", ...more]);
  return {
    zscore: (values, options) => {
      const { ddof = 0 } = dictFrom(options, "zscore", ["ddof"]);
      const list = read(values, "zscore");
      const spread = Math.sqrt(squaresOf(list) / (list.length - Number(ddof)));
      const mean = meanOf(list);
      return list.map((value) => (value - mean) / spread);
    },
    skew: (values, options) => {
      const { bias = true } = biasOf(options, "skew");
      const list = read(values, "skew", bias === false ? 3 : 1);
      const n = list.length;
      const skew = momentOf(list, 3) / momentOf(list, 2) ** 1.5;
      return bias === false ? (skew * Math.sqrt(n * (n - 1))) / (n - 2) : skew;
    },
    kurtosis: (values, options) => {
      const { bias = true, fisher = true } = biasOf(options, "kurtosis", "fisher");
      const list = read(values, "kurtosis", bias === false ? 4 : 1);
      const n = list.length;
      const raw = momentOf(list, 4) / momentOf(list, 2) ** 2;
      const fair = ((n * n - 1) * raw - 3 * (n - 1) ** 2) / ((n - 2) * (n - 3)) + 3;
      return (bias === false ? fair : raw) - (fisher === false ? 0 : 3);
    },
    rankdata: (values) => ranksOf(read(values, "rankdata")),
  };
}

type Lists = readonly [x: readonly number[], y: readonly number[]];

function relations(read: Read): Functions {
  return {
    pearsonr: (...lists) => correlated(pairFrom(read, lists, "pearsonr", 2)),
    spearmanr: (...lists) => {
      const [x, y] = pairFrom(read, lists, "spearmanr", 2);
      return correlated([ranksOf(x), ranksOf(y)]);
    },
    linregress: (...lists) => lineOf(pairFrom(read, lists, "linregress", 2)),
  };
}

/** Pearson's r, and how likely it is as far from 0 where there is none. */
function correlated([x, y]: Lists): { statistic: number; pvalue: number } {
  const r = productsOf(x, y) / Math.sqrt(squaresOf(x) * squaresOf(y));
  const statistic = Math.min(1, Math.max(-1, r));
  const freedom = x.length - 2;
  // Through two points there is always a line.
  if (freedom === 0) return { statistic, pvalue: statistic !== statistic ? statistic : 1 };
  const t = statistic * Math.sqrt(freedom / ((1 - statistic) * (1 + statistic)));
  return { statistic, pvalue: studentTwoSided(t, freedom) };
}

function lineOf([x, y]: Lists): object {
  const across = squaresOf(x);
  if (across === 0) throw new RangeError("linregress wants x that differ, got equal ones");
  const slope = productsOf(x, y) / across;
  const { statistic: rvalue, pvalue } = correlated([x, y]);
  const intercept = meanOf(y) - slope * meanOf(x);
  const freedom = x.length - 2;
  const spread = (1 - rvalue * rvalue) * squaresOf(y);
  const stderr = freedom === 0 ? 0 : Math.sqrt(spread / across / freedom);
  const intercept_stderr = stderr * Math.sqrt(across / x.length + meanOf(x) ** 2);
  return { slope, intercept, rvalue, pvalue, stderr, intercept_stderr };
}

function tests(read: Read): Functions {
  return {
    ttest_1samp: (values, mean) => {
      const list = read(values, "ttest_1samp", 2);
      const [expected = 0] = read([mean], "ttest_1samp");
      const df = list.length - 1;
      const statistic = (meanOf(list) - expected) / Math.sqrt(squaresOf(list) / df / list.length);
      return { statistic, pvalue: studentTwoSided(statistic, df), df };
    },
    ttest_ind: (a, b, options) => {
      const who = "ttest_ind";
      const { equal_var = true } = dictFrom(options, who, ["equal_var"]);
      if (typeof equal_var !== "boolean") {
        throw new TypeError(`${who} wants equal_var as true or false, got ${show(equal_var)}`);
      }
      return compared([read(a, who, 2), read(b, who, 2)], equal_var);
    },
  };
}

/** Student's test of two samples, or Welch's, where they may spread differently. */
function compared([a, b]: Lists, isEqual: boolean): object {
  const [m, n] = [a.length, b.length];
  const [v, w] = [squaresOf(a) / (m - 1) / m, squaresOf(b) / (n - 1) / n];
  const pooled = ((squaresOf(a) + squaresOf(b)) / (m + n - 2)) * (1 / m + 1 / n);
  const df = isEqual ? m + n - 2 : (v + w) ** 2 / (v ** 2 / (m - 1) + w ** 2 / (n - 1));
  const statistic = (meanOf(a) - meanOf(b)) / Math.sqrt(isEqual ? pooled : v + w);
  return { statistic, pvalue: studentTwoSided(statistic, df), df };
}
