/**
 * sklearn, the stand-in for scikit-learn: its names and conventions, on the matrices of ml.js.
 *
 * The estimators are ours, in `shims/sklearn-*`: they are exact, and what was fitted in Python can
 * be put into them with `from`. ml-matrix does the linear algebra. The other packages of ml.js have
 * no place for fitted attributes; what else is wrong with them is said where they would have been.
 *
 * Numbers are given out as our `Tensor`, not as a matrix of ml-matrix: a tensor travels as it is
 * and every other library takes it. Labels are given out as plain lists.
 *
 * @module
 */

import { determinant, EVD, inverse, LU, Matrix, pseudoInverse, QR, solve, SVD } from "ml-matrix";

import type { Library } from "../src/contract/library.ts";
import * as encoders from "./shims/sklearn-encoders.ts";
import { Estimator } from "./shims/sklearn-estimator.ts";
import { SimpleImputer } from "./shims/sklearn-imputer.ts";
import { KMeans } from "./shims/sklearn-kmeans.ts";
import { LinearRegression, Ridge } from "./shims/sklearn-linear.ts";
import { LogisticRegression } from "./shims/sklearn-logistic.ts";
import * as labels from "./shims/sklearn-labels.ts";
import * as numberMetrics from "./shims/sklearn-metrics-numbers.ts";
import * as labelMetrics from "./shims/sklearn-metrics.ts";
import { KNeighborsClassifier } from "./shims/sklearn-neighbors.ts";
import * as pairwise from "./shims/sklearn-pairwise.ts";
import { PCA } from "./shims/sklearn-pca.ts";
import { make_pipeline, Pipeline } from "./shims/sklearn-pipeline.ts";
import { PolynomialFeatures } from "./shims/sklearn-polynomial.ts";
import * as scalers from "./shims/sklearn-scalers.ts";
import { train_test_split } from "./shims/sklearn-selection.ts";
import { tableFrom, tensorOf, useWorld } from "./shims/sklearn-table.ts";
import { CountVectorizer, TfidfVectorizer } from "./shims/sklearn-text.ts";
import { DecisionTreeClassifier, RandomForestClassifier } from "./shims/sklearn-tree.ts";

export default {
  name: "sklearn",
  aliases: ["scikit-learn"],
  standsIn: "scikit-learn",
  packages: ["ml-matrix"],
  notes:
    "Every estimator can be built from what Python fitted, as StandardScaler.from({ mean_, " +
    "scale_ }), and becomes that when it is returned; keywords go in a dict; numbers come as " +
    "float64 tensors (float32 from float32 where it transforms), counts as int32, labels as " +
    "plain lists; tables are dense; random_state is 0 at first, and the same seed splits, clusters and " +
    "grows as in Python.",
  bundle: {},
  load(world) {
    useWorld(world);
    return library();
  },
  toTensor(value) {
    if (!Matrix.isMatrix(value)) return undefined;
    const matrix = value as Matrix;
    return tensorOf(Float64Array.from(matrix.to1DArray()), [matrix.rows, matrix.columns]);
  },
  /**
   * An estimator as its attributes and parameters: what its class's `from` takes. A pipeline as its
   * steps, each of which is then such an estimator.
   */
  toPlain(value) {
    if (value instanceof Pipeline) return { steps: value.steps };
    return value instanceof Estimator ? value.attributes() : undefined;
  },
} satisfies Library;

function library(): object {
  return rooms({
    preprocessing: { ...scalers, ...labels, ...encoders, PolynomialFeatures },
    impute: { SimpleImputer },
    metrics: { ...labelMetrics, ...numberMetrics, pairwise },
    decomposition: { PCA },
    cluster: { KMeans },
    neighbors: { KNeighborsClassifier },
    tree: { DecisionTreeClassifier },
    ensemble: { RandomForestClassifier },
    linear_model: { LinearRegression, Ridge, LogisticRegression },
    feature_extraction: { text: { CountVectorizer, TfidfVectorizer } },
    model_selection: { train_test_split },
    pipeline: { make_pipeline, Pipeline },
    linalg: { Matrix, matrix, SVD, EVD, LU, QR, solve, inverse, pseudoInverse, determinant },
  });
}

/** Returns any table as a matrix of ml-matrix, for what `linalg` has beside. */
function matrix(value: unknown): Matrix {
  return new Matrix(tableFrom(value).lists());
}

/** Lets a hook leave out `new`, as in Python, wherever a class of ours is named. */
function rooms(room: object): object {
  const made: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(room)) {
    const nested = typeof value === "object" && value !== null;
    made[name] = isOurs(value) ? withoutNew(value) : nested ? rooms(value as object) : value;
  }
  return made;
}

type Class = new (...values: unknown[]) => object;

function isOurs(value: unknown): value is Class {
  if (typeof value !== "function") return false;
  const { prototype } = value as { readonly prototype?: unknown };
  return prototype instanceof Estimator || value === Pipeline;
}

function withoutNew(Own: Class): Class {
  const Called = new Proxy(Own, { apply: (Target, _, values: unknown[]) => new Target(...values) });
  // `from` is called on what a hook holds, and makes what that makes.
  Object.defineProperty(Own.prototype, "constructor", { value: Called });
  return Called;
}
