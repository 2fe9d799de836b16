/**
 * `sklearn.preprocessing.PolynomialFeatures`: the products of columns.
 *
 * @module
 */

import type { Tensor } from "../../src/contract/tensor.ts";
import { flag, matrix, other, Transformer } from "./sklearn-estimator.ts";
import { show, Table, tableFrom } from "./sklearn-table.ts";

const POLYNOMIAL = {
  degree: other(2, "a whole number or [min, max]"),
  interaction_only: flag(false),
  include_bias: flag(true),
};

/** The most columns that powers may make: of a few tables, all that a heap holds. */
const COLUMNS_MAX = 100_000;

/** All products of the columns up to `degree`, in scikit-learn's order. */
export class PolynomialFeatures extends Transformer<typeof POLYNOMIAL> {
  static override readonly about = {
    name: "PolynomialFeatures",
    params: POLYNOMIAL,
    attributes: { powers_: matrix },
  };
  declare powers_: Tensor | undefined;
  #products: number[][] | undefined;

  override fit(X: unknown): this {
    const { columns } = tableFrom(X);
    const products = this.#combinations(columns);
    const powers = new Table(products.length, columns);
    for (const [i, product] of products.entries()) {
      for (const column of product) (powers.row(i)[column] as number) += 1;
    }
    this.powers_ = powers.tensor();
    this.#products = products;
    this.n_features_in_ = columns;
    return this;
  }

  override transform(X: unknown): Tensor {
    const table = this.read(X);
    const products = this.#products ?? [];
    const data = new Float64Array(table.rows * products.length);
    let next = 0;
    for (let row = 0; row < table.rows; row++) {
      const cells = table.row(row);
      for (const product of products) {
        let value = 1;
        for (const column of product) value *= cells[column] as number;
        data[next++] = value;
      }
    }
    return new Table(table.rows, products.length, data, table.dtype).tensor();
  }

  /** Returns `["1", "x0", "x0^2", "x0 x1"]` and so on. */
  get_feature_names_out(names?: readonly string[]): string[] {
    this.needFitted();
    return (this.#products ?? []).map((product) => {
      const words = [...new Set(product)].map((column) => {
        const power = product.filter((one) => one === column).length;
        const name = names?.[column] ?? `x${column}`;
        return power > 1 ? `${name}^${power}` : name;
      });
      return words.join(" ") || "1";
    });
  }

  override complete(): void {
    if (!this.powers_) return;
    const powers = tableFrom(this.powers_);
    this.#products = Array.from({ length: powers.rows }, (_, row) =>
      [...powers.row(row)].flatMap((power, column) => Array.from({ length: power }, () => column)),
    );
  }

  override width(): number | undefined {
    return this.powers_?.shape[1];
  }

  #combinations(columns: number): number[][] {
    const { degree, interaction_only, include_bias } = this.params;
    const [min, max] = (Array.isArray(degree) ? degree : [0, degree]) as unknown[];
    if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || Number(min) > Number(max)) {
      const want = "a whole number or [min, max] as degree";
      throw new TypeError(`PolynomialFeatures wants ${want}, got ${show(degree)}`);
    }
    const found: number[][] = include_bias ? [[]] : [];
    let last: number[][] = [[]];
    for (let power = 1; power <= Number(max); power++) {
      last = last.flatMap((product) => {
        const start =
          product.length > 0 ? (product.at(-1) as number) + Number(interaction_only) : 0;
        const length = Math.max(0, columns - start);
        return Array.from({ length }, (_, i) => [...product, start + i]);
      });
      if (last.length > COLUMNS_MAX) {
        throw new RangeError(`PolynomialFeatures makes at most ${COLUMNS_MAX} columns`);
      }
      if (power >= Number(min)) found.push(...last);
    }
    return found;
  }
}
