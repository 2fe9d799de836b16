/**
 * simple-statistics and the names of Python beside it, in a bare isolate, against Python's
 * statistics and scipy.
 *
 * `vectors-statistics.py` says how the vectors came to be. Each row runs on plain lists, and again
 * on tensors of the same numbers.
 *
 * @module
 */

import { readFileSync } from "node:fs";

import { afterAll, beforeAll, expect, test } from "vitest";

import type { Bare } from "./isolate.ts";
import { utilIsolate, valueOf } from "./util.ts";

interface Vectors {
  readonly lists: Readonly<Record<string, readonly number[]>>;
  readonly rows: readonly { readonly js: string; readonly value: unknown }[];
}

const VECTORS = JSON.parse(
  readFileSync(new URL("vectors-statistics.json", import.meta.url), "utf8"),
) as Vectors;

/** How far a number may be from Python's, as a part of it; and beside 0, of 1. */
const TOLERANCE = 2e-12;

let bare: Bare;

beforeAll(async () => {
  bare = await utilIsolate("simple-statistics");
  await bare.run(`globalThis.s = lib; globalThis.lists = ${JSON.stringify(VECTORS.lists)};`);
});

afterAll(() => bare[Symbol.dispose]());

for (const { js, value } of VECTORS.rows) {
  test(`statistics agree with Python on ${js}`, async () => {
    const names = Object.keys(VECTORS.lists).join(", ");
    const tensors =
      "Object.fromEntries(Object.entries(lists).map(([k, v]) => [k, Tensor.from(v)]))";
    for (const given of ["lists", tensors]) {
      expectClose(await valueOf(bare, `(({ ${names} }) => ${js})(${given})`), value, "$");
    }
  });
}

function expectClose(got: unknown, want: unknown, path: string): void {
  if (typeof want === "number") {
    const far = Math.abs((got as number) - want);
    // A tail of the normal distribution is right in its own digits.
    if (!(far <= TOLERANCE * Math.max(Math.abs(want), path === "$" ? 0 : 1e-3))) {
      if (!(want === 0 && far < 1e-15)) expect.fail(`${path} wants ${want}, got ${String(got)}`);
    }
    return;
  }
  if (typeof want !== "object" || want === null) {
    expect(String(got), path).toBe(want);
    return;
  }
  expect(Object.keys(got as object), path).toEqual(Object.keys(want));
  for (const [key, value] of Object.entries(want)) {
    expectClose((got as Record<string, unknown>)[key], value, `${path}.${key}`);
  }
}

// Other kinds of lists, and what is no number.
const VALUES: readonly [js: string, value: unknown][] = [
  ["s.mean(new Float32Array([0.5, 1]))", 0.75],
  ["s.mean(Tensor.from([1n, 2n]))", 1.5],
  ["s.mode(['b', 'a', 'b'])", "b"],
  ["s.multimode(['b', 'a', 'a', 'b', null])", ["b", "a"]],
  ["s.multimode([])", []],
  ["s.mean([1, NaN])", Number.NaN],
  ["s.fmean([1, Infinity])", Infinity],
  ["s.pearsonr([1, 1, 1], [1, 2, 3]).pvalue", Number.NaN],
  ["s.linearRegression(Tensor.from([[0, 1], [1, 3]]))", { m: 2, b: 1 }],
  ["new s.BayesianClassifier().score({ a: 1 })", {}],
  ["[typeof s.standardNormalTable, s.epsilon]", ["object", 0.0001]],
];

for (const [js, value] of VALUES) {
  test(`statistics make ${js} ${JSON.stringify(value)}`, async () => {
    expect(await valueOf(bare, js)).toEqual(value);
  });
}

// What is refused, and the words that say why.
const REFUSES: readonly [js: string, message: string][] = [
  [
    "s.variance([1, 2])",
    "TypeError: variance is the sample's in Python and the population's in simple-statistics: " +
      "use sampleVariance or pvariance",
  ],
  ["s.mean([])", "RangeError: mean wants at least 1 values, got 0"],
  ["s.stdev([1])", "RangeError: stdev wants at least 2 values, got 1"],
  ["s.mean(5)", "TypeError: mean wants a list of numbers or a tensor, got 5"],
  ["s.mean([1, '2'])", 'TypeError: mean wants numbers, got "2" at [1]'],
  ["s.mean(Tensor.from([[1, 2]]))", "TypeError: mean wants numbers, got a list of 2 at [0]"],
  [
    "s.mean(Tensor.from([2n ** 60n]))",
    "RangeError: statistics hold integers up to 2^53, got 1152921504606846976",
  ],
  ["s.mode([])", "RangeError: mode wants at least 1 values, got 0"],
  [
    "s.correlation([1, 2], [1, 2, 3])",
    "RangeError: correlation wants two lists of equal length, got 2 and 3 values",
  ],
  [
    "s.correlation([1, 1], [1, 2])",
    "RangeError: correlation wants values that differ, got equal ones",
  ],
  [
    "s.linear_regression([1, 1], [1, 2])",
    "RangeError: linear_regression wants x that differ, got equal ones",
  ],
  ["s.geometric_mean([1, 0])", "RangeError: geometric_mean wants positive numbers, got 0 at [1]"],
  ["s.harmonic_mean([-1])", "RangeError: harmonic_mean wants no negative numbers, got -1 at [0]"],
  ["s.quantiles([1, 2], { m: 3 })", "TypeError: quantiles has no m: there are n, method"],
  [
    "s.quantiles([1, 2], { n: 0 })",
    "TypeError: quantiles wants n as a whole number from 1 on, got 0",
  ],
  ["s.NormalDist(0, 0)", "RangeError: NormalDist wants sigma above 0, got 0"],
  ["s.NormalDist().inv_cdf(1)", "RangeError: inv_cdf wants a probability between 0 and 1, got 1"],
];

for (const [js, message] of REFUSES) {
  test(`statistics refuse ${js}`, async () => {
    expect(await valueOf(bare, js)).toBe(message);
  });
}
