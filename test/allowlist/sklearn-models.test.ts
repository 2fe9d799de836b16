/**
 * The models of sklearn in a bare isolate, against scikit-learn's own answers: both those that
 * Python fitted and that came in with `from`, and those that were fitted here on the same data.
 *
 * `vectors-sklearn-models.py` says how the vectors came to be.
 *
 * @module
 */

import { afterAll, beforeAll, test } from "vitest";

import type { Bare } from "./isolate.ts";
import { expectRow, sklearnIsolate, vectorsOf } from "./sklearn.ts";

const VECTORS = vectorsOf("vectors-sklearn-models");

let sklearn: Bare;

beforeAll(async () => {
  sklearn = await sklearnIsolate(VECTORS.inputs);
  await sklearn.run(`
    globalThis.twice = wine.map((row) => [...row, ...row.slice(0, 3).map((cell) => 2 * cell)]);
    globalThis.coarse = cancer.map((row) => row.map((cell) => Math.floor(cell / 3)));
    globalThis.coarse_y = cancer_y;
    globalThis.scaled = P.StandardScaler().fit_transform(cancer).tolist();
    globalThis.zwine = P.StandardScaler.from(fitted.std).transform(wine).tolist();
    globalThis.logistic2 = () => lm.LogisticRegression().fit(scaled, cancer_y);
    const names = ["children_left", "feature", "threshold", "n_node_samples", "value"];
    globalThis.treesOf = (made) =>
      (made.estimators_ ?? [made.tree_]).map((tree) => {
        const list = (name) => (name === "value" ? tree.value.map((cells) => [cells]) : tree[name]);
        return Object.fromEntries(names.map((name) => [name, list(name)]));
      });
    globalThis.clustersOf = (made) => {
      return [made.labels_, made.cluster_centers_, made.inertia_, made.n_iter_];
    };
    globalThis.iris_by = (model) => {
      const parts = split(iris, species, { test_size: 0.3, random_state: 42, stratify: species });
      const [X_train, X_test, y_train, y_test] = parts;
      model.fit(X_train, y_train);
      return [model.predict(X_test), model.score(X_test, y_test)];
    };
    globalThis.served = () => {
      const classes = [P.StandardScaler, PCA, lm.LogisticRegression];
      return pipeline.make_pipeline(...classes.map((Class, i) => Class.from(fitted.steps[i])));
    };
  `);
});

afterAll(() => sklearn[Symbol.dispose]());

for (const row of VECTORS.rows) {
  test(`sklearn agrees with scikit-learn on ${row.js}`, () => expectRow(sklearn, row));
}
