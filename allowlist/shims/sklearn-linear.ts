/**
 * `sklearn.linear_model`, as far as it is about numbers: least squares, with and without a penalty.
 *
 * Both are solved in closed form, on ml-matrix: the singular values give the shortest solution, as
 * LAPACK's `gelsd` does for scikit-learn, and Cholesky solves the normal equations of a penalty.
 *
 * @module
 */

import { CholeskyDecomposition, Matrix, SVD } from "ml-matrix";

import type { Tensor } from "../../src/contract/tensor.ts";
import {
  agreeLinear,
  Estimator,
  flag,
  matrix,
  number,
  numbers,
  optional,
  type Params,
  real,
  vector,
  type Attribute,
} from "./sklearn-estimator.ts";
import { r2_score } from "./sklearn-metrics.ts";
import { dot } from "./sklearn-pairwise.ts";
import { agree, isTensor, Table, tableFrom, tensorOf, vectorFrom } from "./sklearn-table.ts";

/** One row for each output, or for one output a list. */
export const coefficients: Attribute = {
  read: (value, name) => {
    const nested = isTensor(value) ? value.shape.length === 2 : Array.isArray(first(value));
    return (nested ? matrix : vector).read(value, name);
  },
};

function first(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}

const LINEAR = {
  coef_: coefficients,
  intercept_: optional(numbers),
};

/** A weighted sum of the columns: `X · coef_ + intercept_`. */
abstract class LinearModel<P extends Params> extends Estimator<P> {
  declare coef_: Tensor | undefined;
  declare intercept_: number | Tensor | undefined;

  /** Returns weights `[columns, outputs]` for a table and targets of which the means are 0. */
  protected abstract solve(X: Matrix, Y: Matrix): Matrix;

  /** @param y One number for each row, or a table with a column for each output. */
  fit(X: unknown, y: unknown): this {
    const table = tableFrom(X);
    const targets = targetsFrom(y);
    agree("y, for its rows,", targets.rows, table.rows);
    const intercept = (this.params as { readonly fit_intercept?: unknown }).fit_intercept === true;
    const [means, offsets] = [meansOf(table, intercept), meansOf(targets, intercept)];
    const [centred, rest] = [without(table, means), without(targets, offsets)];
    const weights = this.solve(new Matrix(centred.lists()), new Matrix(rest.lists())).transpose();
    const coef = Float64Array.from(weights.to1DArray());
    const intercepts = offsets.map((offset, output) => {
      const row = coef.subarray(output * table.columns, (output + 1) * table.columns);
      return offset - dot(means, row);
    });
    const one = targets.columns === 1 && !isTable(y);
    this.coef_ = tensorOf(coef, one ? [table.columns] : [targets.columns, table.columns]);
    this.intercept_ = !intercept ? 0 : one ? (intercepts[0] as number) : tensorOf(intercepts);
    this.n_features_in_ = table.columns;
    return this;
  }

  /** Returns one number for each row, or `[rows, outputs]` for coefficients of two axes. */
  predict(X: unknown): Tensor {
    const table = this.read(X);
    const scores = linear(table, this.coef_ as Tensor, this.intercept_);
    const flat = this.coef_?.shape.length === 1;
    return tensorOf(scores.data, flat ? [scores.rows] : [scores.rows, scores.columns]);
  }

  /** Returns R² of what it predicts. */
  score(X: unknown, y: unknown): number {
    return r2_score(y, this.predict(X));
  }

  override complete(): void {
    agreeLinear("coef_", this.coef_, this.intercept_);
    this.intercept_ ??= 0;
  }

  override width(): number | undefined {
    return this.coef_?.shape.at(-1);
  }
}

const ORDINARY = { fit_intercept: flag(true) };

/** Least squares; of several solutions the shortest. */
export class LinearRegression extends LinearModel<typeof ORDINARY> {
  static override readonly about = {
    name: "LinearRegression",
    params: ORDINARY,
    attributes: { ...LINEAR, rank_: optional(number), singular_: optional(vector) },
  };
  declare rank_: number | undefined;
  declare singular_: Tensor | undefined;

  protected override solve(X: Matrix, Y: Matrix): Matrix {
    const svd = new SVD(X, { autoTranspose: true });
    const [left, right] = [svd.leftSingularVectors, svd.rightSingularVectors];
    const values = svd.diagonal.slice(0, Math.min(X.rows, X.columns));
    // LAPACK's bound for what counts as nothing.
    const least = (values[0] ?? 0) * Number.EPSILON;
    this.singular_ = tensorOf(values);
    this.rank_ = values.filter((value) => value > least).length;
    const share = left.transpose().mmul(Y);
    for (const [i, value] of values.entries()) share.mulRow(i, value > least ? 1 / value : 0);
    return right.mmul(share);
  }
}

const PENALTY = { alpha: real(1, 0), fit_intercept: flag(true) };

/** Least squares with `alpha` times the squared weights; the intercept costs nothing. */
export class Ridge extends LinearModel<typeof PENALTY> {
  static override readonly about = { name: "Ridge", params: PENALTY, attributes: LINEAR };

  protected override solve(X: Matrix, Y: Matrix): Matrix {
    const turned = X.transpose();
    const normal = turned.mmul(X);
    for (let i = 0; i < normal.rows; i++) normal.set(i, i, normal.get(i, i) + this.params.alpha);
    const factor = new CholeskyDecomposition(normal);
    if (factor.isPositiveDefinite()) return factor.solve(turned.mmul(Y));
    throw new RangeError("Ridge cannot be solved: columns depend on each other; raise alpha");
  }
}

/** Returns `[rows, outputs]`: each row times the weights, plus the intercepts. */
export function linear(table: Table, coef: Tensor, intercept: number | Tensor | undefined): Table {
  const outputs = coef.shape.length === 2 ? (coef.shape[0] as number) : 1;
  const weights = new Table(outputs, table.columns, coef.data as Float64Array);
  const made = new Table(table.rows, outputs);
  const list = isTensor(intercept) ? [...(intercept.data as Float64Array)] : [intercept ?? 0];
  for (let row = 0; row < table.rows; row++) {
    for (let output = 0; output < outputs; output++) {
      const offset = list[list.length === 1 ? 0 : output] as number;
      made.row(row)[output] = dot(table.row(row), weights.row(output)) + offset;
    }
  }
  return made;
}

function targetsFrom(y: unknown): Table {
  if (isTable(y)) return tableFrom(y, { name: "y" });
  const values = vectorFrom(y, "y");
  return new Table(values.length, 1, values);
}

function isTable(y: unknown): boolean {
  const shape = (y as { readonly shape?: unknown } | null)?.shape;
  return Array.isArray(shape) ? shape.length === 2 : Array.isArray(first(y));
}

function meansOf(table: Table, wanted: boolean): Float64Array {
  const means = new Float64Array(table.columns);
  if (!wanted) return means;
  for (let i = 0; i < table.data.length; i++) {
    (means[i % table.columns] as number) += table.data[i] as number;
  }
  return means.map((sum) => sum / table.rows);
}

function without(table: Table, means: Float64Array): Table {
  return table.map((value, column) => value - (means[column] as number));
}
