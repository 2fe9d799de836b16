/**
 * simple-statistics, the stand-in for Python's `statistics` and the basics of `scipy.stats`: the
 * stock package on tensors too, with the functions of those two beside it, by their own names.
 *
 * Names that both have mean the same, with one exception that is refused: `variance`.
 *
 * @module
 */

import type { Library, LibraryWorld } from "../src/contract/library.ts";
import { plainFrom, reader } from "./shims/statistics-lists.ts";
import { modes } from "./shims/statistics-modes.ts";
import { pythonStatistics } from "./shims/statistics-python.ts";
import { scipyStatistics } from "./shims/statistics-scipy.ts";

type Package = Readonly<Record<string, unknown>>;

export default {
  name: "simple-statistics",
  aliases: ["statistics"],
  standsIn: "statistics",
  notes:
    "Lists, tensors and arrays of numjs go in. The package's own names (sampleVariance, " +
    "kMeansCluster, ckmeans and the rest), and Python's: mean, median, mode, multimode, stdev, " +
    "pstdev, pvariance, quantiles(list, {n, method}), covariance, correlation, " +
    "linear_regression, NormalDist(mu, sigma); and scipy's zscore, skew, kurtosis, rankdata, " +
    "pearsonr, spearmanr, linregress, ttest_1samp and ttest_ind, which give dicts. variance is " +
    "refused, for it is the sample's in Python and the population's in the package: say " +
    "sampleVariance or pvariance. quantile and iqr are the package's: no interpolation.",
  bundle: {},
  load(world) {
    const stock = require("simple-statistics") as Package;
    const read = reader(world);
    const entries = Object.entries(stock).map(([name, value]) => [name, onLists(value, world)]);
    return {
      ...(Object.fromEntries(entries) as Package),
      ...pythonStatistics(read),
      ...scipyStatistics(read),
      ...modes(world),
      variance: () => {
        const why = "the sample's in Python and the population's in simple-statistics";
        throw new TypeError(`variance is ${why}: use sampleVariance or pvariance`);
      },
    };
  },
} satisfies Library;

type Call = (...values: unknown[]) => unknown;

/** A function of the package, given plain lists. Classes and tables stay what they are. */
function onLists(value: unknown, world: LibraryWorld): unknown {
  if (typeof value !== "function" || isClass(value)) return value;
  return (...values: unknown[]) => {
    return (value as Call)(...values.map((one) => plainFrom(one, world)));
  };
}

/** Its classes are written as functions, with methods. */
function isClass(value: { readonly prototype?: object }): boolean {
  return Object.getOwnPropertyNames(value.prototype ?? {}).length > 1;
}
