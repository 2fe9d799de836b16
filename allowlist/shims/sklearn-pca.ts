/**
 * `sklearn.decomposition.PCA`, on the singular values of ml-matrix.
 *
 * Directions have scikit-learn's signs: of the rows' projections the largest by size is positive.
 *
 * @module
 */

import { Matrix, SVD } from "ml-matrix";

import type { Tensor } from "../../src/contract/tensor.ts";
import {
  either,
  flag,
  matrix,
  nothing,
  number,
  only,
  optional,
  other,
  Transformer,
  vector,
} from "./sklearn-estimator.ts";
import { seed } from "./sklearn-random.ts";
import { agree, show } from "./sklearn-classes.ts";
import { Table, tableFrom, tensorOf } from "./sklearn-table.ts";
import { dot, sum } from "./sklearn-vectors.ts";

const PARAMS = {
  n_components: either(nothing, other(null, "a number")),
  whiten: flag(false),
  random_state: seed,
  tol: only(0),
  iterated_power: only("auto"),
  n_oversamples: only(10),
  power_iteration_normalizer: only("auto"),
};

/** Principal components: the directions in which rows differ most. */
export class PCA extends Transformer<typeof PARAMS> {
  static override readonly about = {
    name: "PCA",
    params: PARAMS,
    attributes: {
      components_: matrix,
      mean_: vector,
      explained_variance_: optional(vector),
      explained_variance_ratio_: optional(vector),
      singular_values_: optional(vector),
      noise_variance_: optional(number),
    },
  };
  declare components_: Tensor | undefined;
  declare mean_: Tensor | undefined;
  declare explained_variance_: Tensor | undefined;
  declare explained_variance_ratio_: Tensor | undefined;
  declare singular_values_: Tensor | undefined;
  declare noise_variance_: number | undefined;
  declare n_components_: number | undefined;

  override fit(X: unknown): this {
    const table = tableFrom(X);
    if (table.rows < 2) throw new RangeError("PCA wants at least two rows, got one");
    const means = table.means();
    const centred = table.without(means);
    const svd = new SVD(new Matrix(centred.lists()), {
      autoTranspose: true,
      computeLeftSingularVectors: false,
    });
    const all = Math.min(table.rows, table.columns);
    const values = Float64Array.from(svd.diagonal.slice(0, all));
    const variances = values.map((value) => value ** 2 / (table.rows - 1));
    const kept = this.#kept(variances);
    const components = new Table(kept, table.columns);
    for (let i = 0; i < kept; i++) {
      components.row(i).set(turned(centred, svd.rightSingularVectors.getColumn(i)));
    }
    this.mean_ = tensorOf(means);
    this.components_ = components.tensor();
    this.#explain(values, variances, kept);
    this.n_features_in_ = table.columns;
    return this;
  }

  override transform(X: unknown): Tensor {
    const table = this.read(X);
    const components = tableFrom(this.components_);
    const made = new Table(table.rows, components.rows, undefined, table.dtype);
    for (let row = 0; row < table.rows; row++) {
      const centred = table.row(row).map((value, i) => value - Number(this.mean_?.data[i] ?? 0));
      for (let i = 0; i < components.rows; i++) {
        made.row(row)[i] = dot(centred, components.row(i)) / this.#spread(i);
      }
    }
    return made.tensor();
  }

  inverse_transform(X: unknown): Tensor {
    this.needFitted();
    const components = tableFrom(this.components_);
    const table = tableFrom(X, { columns: components.rows });
    const made = new Table(table.rows, components.columns, undefined, table.dtype);
    for (let row = 0; row < table.rows; row++) {
      const scores = table.row(row).map((value, i) => value * this.#spread(i));
      for (let i = 0; i < components.columns; i++) {
        made.row(row)[i] = dot(scores, components.column(i)) + Number(this.mean_?.data[i] ?? 0);
      }
    }
    return made.tensor();
  }

  override complete(): void {
    const { components_, mean_, explained_variance_ } = this;
    if (!components_) return;
    const [kept, columns] = components_.shape as [number, number];
    if (mean_) agree("PCA.mean_", mean_.data.length, columns, "numbers, one for each column");
    if (explained_variance_) {
      agree(
        "PCA.explained_variance_",
        explained_variance_.data.length,
        kept,
        "numbers, one for each row of components_",
      );
    } else if (this.params.whiten) {
      throw new TypeError("PCA with whiten wants explained_variance_, got none");
    }
    this.n_components_ = kept;
  }

  override width(): number | undefined {
    return this.components_?.shape[1];
  }

  /** By what a score is divided: its deviation when it is whitened. */
  #spread(component: number): number {
    if (!this.params.whiten) return 1;
    return Math.sqrt(Number(this.explained_variance_?.data[component]));
  }

  #explain(values: Float64Array, variances: Float64Array, kept: number): void {
    const total = sum(variances);
    const left = variances.subarray(kept);
    this.singular_values_ = tensorOf(values.slice(0, kept));
    this.explained_variance_ = tensorOf(variances.slice(0, kept));
    this.explained_variance_ratio_ = tensorOf(
      variances.slice(0, kept).map((value) => value / total),
    );
    this.noise_variance_ = left.length === 0 ? 0 : sum(left) / left.length;
    this.n_components_ = kept;
  }

  /** A whole number is how many; a share is how much of the variance they must explain. */
  #kept(variances: Float64Array): number {
    const { n_components } = this.params;
    const all = variances.length;
    if (n_components === null) return all;
    if (typeof n_components === "number" && n_components > 0 && n_components < 1) {
      const total = sum(variances);
      let reached = 0;
      const enough = variances.findIndex((value) => (reached += value / total) > n_components);
      return enough < 0 ? all : enough + 1;
    }
    const holds = Number.isSafeInteger(n_components) && Number(n_components) >= 1;
    if (holds && Number(n_components) <= all) return Number(n_components);
    const want = `1 to ${all} components, or a share below 1`;
    throw new RangeError(`PCA wants ${want} as n_components, got ${show(n_components)}`);
  }
}

/** Returns the direction, or its opposite, so that the largest projection is positive. */
function turned(centred: Table, direction: readonly number[]): Float64Array {
  const axis = Float64Array.from(direction);
  let largest = 0;
  for (let row = 0; row < centred.rows; row++) {
    const score = dot(centred.row(row), axis);
    if (Math.abs(score) > Math.abs(largest)) largest = score;
  }
  return largest < 0 ? axis.map((value) => -value) : axis;
}
