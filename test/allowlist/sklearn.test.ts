/**
 * The rooms of sklearn that are no models, in a bare isolate, against scikit-learn's own answers.
 *
 * `vectors-sklearn.py` says how the vectors came to be. Counts are of int32 where Python has int64.
 *
 * @module
 */

import { afterAll, beforeAll, test } from "vitest";

import type { Bare } from "./isolate.ts";
import { expectRow, sklearnIsolate, vectorsOf } from "./sklearn.ts";

const VECTORS = vectorsOf("vectors-sklearn");

let sklearn: Bare;

beforeAll(async () => {
  sklearn = await sklearnIsolate(VECTORS.inputs);
  await sklearn.run(`
    globalThis.bag = (texts, options) => {
      const made = text.CountVectorizer(options).fit(texts);
      return [made.get_feature_names_out(), made.transform(texts).tolist()];
    };
  `);
});

afterAll(() => sklearn[Symbol.dispose]());

for (const row of VECTORS.rows) {
  test(`sklearn agrees with scikit-learn on ${row.js}`, () => expectRow(sklearn, row));
}
