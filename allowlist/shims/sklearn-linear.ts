/**
 * `sklearn.linear_model`, as far as it is about numbers: least squares, with and without a penalty.
 *
 * Both are solved in closed form, by the singular values of ml-matrix: they give the shortest
 * solution, as LAPACK's `gelsd` does for scikit-learn, and bear columns that depend on each other.
 *
 * @module
 */

import { Matrix, SVD } from "ml-matrix";

import type { Tensor } from "../../src/contract/tensor.ts";
import {
  aboutOf,
  agreeLinear,
  Estimator,
  flag,
  matrix,
  number,
  numbers,
  only,
  optional,
  other,
  type Params,
  real,
  vector,
  type Attribute,
} from "./sklearn-estimator.ts";
import { r2_score } from "./sklearn-metrics-numbers.ts";
import { seed } from "./sklearn-random.ts";
import { columnsOf, isTable, isTensor, Table, tableFrom, tensorOf } from "./sklearn-table.ts";
import { dot } from "./sklearn-vectors.ts";

/** One row for each output, or for one output a list. */
export const coefficients: Attribute = {
  read: (value, name) => {
    return (isTable(value) ? matrix : vector).read(value, name);
  },
};

const LINEAR = { coef_: coefficients, intercept_: numbers };

interface LinearParams {
  readonly fit_intercept: boolean;
}

/** A weighted sum of the columns: `X · coef_ + intercept_`. */
abstract class LinearModel<P extends Params> extends Estimator<P> {
  declare coef_: Tensor | undefined;
  declare intercept_: number | Tensor | undefined;

  /** What the squared weights cost. */
  protected abstract get penalty(): number;

  /** Takes the singular values of the centred table, which went into the weights. */
  protected keep(_values: readonly number[], _rank: number): void {}

  /** @param y One number for each row, or a table with a column for each output. */
  fit(X: unknown, y: unknown): this {
    const table = tableFrom(X);
    const targets = columnsOf(y, "y", table.rows);
    const { fit_intercept } = this.params as unknown as LinearParams;
    const means = fit_intercept ? table.means() : new Float64Array(table.columns);
    const offsets = fit_intercept ? targets.means() : new Float64Array(targets.columns);
    const coef = this.#solve(table.without(means), targets.without(offsets));
    const intercepts = offsets.map((offset, output) => offset - dot(means, coef.row(output)));
    const one = !isTable(y);
    this.coef_ = tensorOf(coef.data, one ? [table.columns] : [targets.columns, table.columns]);
    this.intercept_ = !fit_intercept ? 0 : one ? (intercepts[0] as number) : tensorOf(intercepts);
    this.n_features_in_ = table.columns;
    return this;
  }

  /** Returns a row of weights for each output. */
  #solve(X: Table, Y: Table): Table {
    const svd = new SVD(new Matrix(X.lists()), { autoTranspose: true });
    const values = svd.diagonal.slice(0, Math.min(X.rows, X.columns));
    // What is below came of rounding: numpy's bound for the rank of a matrix.
    const least = Math.max(X.rows, X.columns) * Number.EPSILON * (values[0] ?? 0);
    this.keep(values, values.filter((value) => value > least).length);
    const shares = svd.leftSingularVectors.transpose().mmul(new Matrix(Y.lists()));
    for (const [i, value] of values.entries()) {
      shares.mulRow(i, value > least ? value / (value ** 2 + this.penalty) : 0);
    }
    const weights = svd.rightSingularVectors.mmul(shares).transpose();
    return new Table(Y.columns, X.columns, Float64Array.from(weights.to1DArray()));
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
    const { fit_intercept } = this.params as unknown as LinearParams;
    if (!fit_intercept) this.intercept_ ??= 0;
    agreeLinear(aboutOf(this).name, this.coef_, this.intercept_);
  }

  override width(): number | undefined {
    return this.coef_?.shape.at(-1);
  }
}

const ORDINARY = { fit_intercept: flag(true), positive: only(false) };

/** Least squares; of several solutions the shortest. */
export class LinearRegression extends LinearModel<typeof ORDINARY> {
  static override readonly about = {
    name: "LinearRegression",
    params: ORDINARY,
    attributes: { ...LINEAR, rank_: optional(number), singular_: optional(vector) },
  };
  declare rank_: number | undefined;
  declare singular_: Tensor | undefined;

  protected override get penalty(): number {
    return 0;
  }

  protected override keep(values: readonly number[], rank: number): void {
    this.singular_ = tensorOf(values);
    this.rank_ = rank;
  }
}

const PENALTY = {
  alpha: real(1, 0),
  fit_intercept: flag(true),
  positive: only(false),
  // All of scikit-learn's solvers come to what is worked out here.
  solver: other("auto", "a solver"),
  max_iter: other(null, "a number of steps"),
  tol: real(1e-4, 0),
  random_state: seed,
};

/** Least squares with `alpha` times the squared weights; the intercept costs nothing. */
export class Ridge extends LinearModel<typeof PENALTY> {
  static override readonly about = { name: "Ridge", params: PENALTY, attributes: LINEAR };

  protected override get penalty(): number {
    return this.params.alpha;
  }
}

/** Returns `[rows, outputs]`: each row times the weights, plus the intercepts. */
export function linear(table: Table, coef: Tensor, intercept: number | Tensor | undefined): Table {
  const outputs = coef.shape.length === 2 ? (coef.shape[0] as number) : 1;
  const weights = new Table(outputs, table.columns, coef.data as Float64Array);
  const made = new Table(table.rows, outputs);
  const list = isTensor(intercept) ? [...(intercept.data as Float64Array)] : [intercept ?? 0];
  const lines = weights.windows();
  for (let row = 0, next = 0; row < table.rows; row++) {
    const cells = table.row(row);
    for (const [output, line] of lines.entries()) {
      const offset = list[list.length === 1 ? 0 : output] as number;
      made.data[next++] = dot(cells, line) + offset;
    }
  }
  return made;
}
