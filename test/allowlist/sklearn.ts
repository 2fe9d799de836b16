/**
 * sklearn in a bare isolate, with the names that the vectors use, and how an answer is compared.
 *
 * @module
 */

import { readFileSync } from "node:fs";

import { afterAll, beforeAll, expect, test } from "vitest";

import type { Bare } from "./isolate.ts";
import { utilIsolate, valueOf } from "./util.ts";

/** One expression in JavaScript, and what scikit-learn makes of the same. */
interface Row {
  readonly js: string;
  readonly want: unknown;
  /** By how much a number may differ: a part of it, or of 1 when it is smaller. */
  readonly tolerance: number;
}

interface Vectors {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly rows: readonly Row[];
}

/** Returns what a script of vectors wrote; the script says what is in it. */
export function vectorsOf(name: string): Vectors {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), "utf8")) as Vectors;
}

/** What a value is when it is written down: as `plain` in the script of the vectors. */
const NAMES = `
  const word = (value) => {
    if (Array.isArray(value)) return value.map(word);
    if (typeof value !== "object" || value === null) return value === "nan" ? NaN : value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, word(one)]));
  };
  globalThis.plain = (value) => {
    if (Tensor.is(value)) {
      const { dtype, shape, data } = value;
      return { dtype, shape: [...shape], data: plain(Array.from(data, Number)) };
    }
    if (Array.isArray(value)) return value.map(plain);
    if (value !== value) return "nan";
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
  };
  Object.assign(globalThis, word(inputs), lib.preprocessing, lib.linear_model, lib);
  globalThis.P = lib.preprocessing;
  globalThis.PCA = lib.decomposition.PCA;
  globalThis.lm = lib.linear_model;
  globalThis.KNN = lib.neighbors.KNeighborsClassifier;
  globalThis.DT = lib.tree.DecisionTreeClassifier;
  globalThis.RF = lib.ensemble.RandomForestClassifier;
  globalThis.KMeans = lib.cluster.KMeans;
  globalThis.text = lib.feature_extraction.text;
  globalThis.split = lib.model_selection.train_test_split;
`;

/** Returns an isolate with the inputs of the vectors in it, each by its name. */
export async function sklearnIsolate(inputs: Vectors["inputs"] = {}): Promise<Bare> {
  const sklearn = await utilIsolate("sklearn");
  await sklearn.run(`const inputs = ${JSON.stringify(inputs)};${NAMES}`);
  return sklearn;
}

/** Runs the expression of a row and holds what it gives to scikit-learn's. */
export async function expectRow(sklearn: Bare, { js, want, tolerance }: Row): Promise<void> {
  expectClose(await valueOf(sklearn, `plain(${js})`), want, { tolerance, path: "$" });
}

interface Closeness {
  readonly tolerance: number;
  readonly path: string;
}

/** Holds a value to another: numbers as close as said, all else the same. */
export function expectClose(got: unknown, want: unknown, { tolerance, path }: Closeness): void {
  if (typeof want === "number" && typeof got === "number") {
    const off = Math.abs(got - want) / Math.max(1, Math.abs(want));
    expect(off, `${path}: ${got} instead of ${want}`).toBeLessThanOrEqual(tolerance);
    return;
  }
  if (typeof want !== "object" || want === null || typeof got !== "object" || got === null) {
    expect(got, path).toEqual(want);
    return;
  }
  expect(Object.keys(got), path).toEqual(Object.keys(want));
  for (const [key, one] of Object.entries(want)) {
    const other = (got as Readonly<Record<string, unknown>>)[key];
    expectClose(other, one, { tolerance, path: `${path}.${key}` });
  }
}

/** What is refused, and in which words. */
export type Refusals = readonly (readonly [js: string, message: string])[];

/** Makes a test of each row, in one isolate that `setup` has prepared. */
export function testRefusals(rows: Refusals, setup = ""): void {
  let sklearn: Bare;
  beforeAll(async () => {
    sklearn = await sklearnIsolate();
    await sklearn.run(setup);
  });
  afterAll(() => sklearn[Symbol.dispose]());
  for (const [js, message] of rows) {
    test(`sklearn refuses ${js}`, async () => {
      expect(await valueOf(sklearn, `String(${js})`)).toBe(message);
    });
  }
}
