/**
 * `sklearn.preprocessing.PolynomialFeatures`: the products of columns.
 *
 * @module
 */

import type { Tensor } from "../../src/contract/tensor.ts";
import { flag, only, other, Transformer } from "./sklearn-estimator.ts";
import { show } from "./sklearn-classes.ts";
import { countsOf, namesFrom, Table, tableFrom } from "./sklearn-table.ts";
import { sum } from "./sklearn-vectors.ts";

const POLYNOMIAL = {
  degree: other(2, "a whole number or [min, max]"),
  interaction_only: flag(false),
  include_bias: flag(true),
  order: only("C"),
};

/** The most factors that all products together may have: of more, a few rows fill a heap. */
const FACTORS_MAX = 1_000_000;

/** The columns that are multiplied with each other, one of them as often as its power. */
type Product = readonly number[];

/** All products of the columns up to `degree`, in scikit-learn's order. */
export class PolynomialFeatures extends Transformer<typeof POLYNOMIAL> {
  static override readonly about = {
    name: "PolynomialFeatures",
    params: POLYNOMIAL,
    attributes: { powers_: { read: productsFrom } },
  };
  #products: readonly Product[] | undefined;

  /** How often each column is in each product: a tensor `[products, columns]` of int32. */
  get powers_(): Tensor | undefined {
    const columns = this.n_features_in_;
    if (!this.#products || columns === undefined) return undefined;
    const powers = new Int32Array(this.#products.length * columns);
    for (const [i, product] of this.#products.entries()) {
      for (const column of product) (powers[i * columns + column] as number) += 1;
    }
    return countsOf(powers, [this.#products.length, columns]);
  }

  /** As `productsFrom` read them. */
  set powers_(read: unknown) {
    const { products, columns } = read as ReturnType<typeof productsFrom>;
    this.#products = products;
    this.n_features_in_ = columns;
  }

  override fit(X: unknown): this {
    const { columns } = tableFrom(X);
    this.#products = this.#combinations(columns);
    this.n_features_in_ = columns;
    return this;
  }

  override transform(X: unknown): Tensor {
    const table = this.read(X);
    const products = this.#products as readonly Product[];
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
  get_feature_names_out(names?: unknown): string[] {
    this.needFitted();
    const columns = namesFrom(names, this.n_features_in_ as number);
    return (this.#products as readonly Product[]).map((product) => {
      const words = [...new Set(product)].map((column) => {
        const power = product.filter((one) => one === column).length;
        return power > 1 ? `${columns[column]}^${power}` : `${columns[column]}`;
      });
      return words.join(" ") || "1";
    });
  }

  override width(): number | undefined {
    return this.n_features_in_;
  }

  #combinations(columns: number): Product[] {
    const { interaction_only, include_bias } = this.params;
    const [min, max] = this.#range();
    const found: Product[] = include_bias ? [[]] : [];
    let last: Product[] = [[]];
    let factors = 0;
    for (let power = 1; power <= max && last.length > 0; power++) {
      const longer: Product[] = [];
      for (const product of last) {
        const before = product.at(-1);
        const start = before === undefined ? 0 : before + Number(interaction_only);
        for (let column = start; column < columns; column++) {
          boundFactors((factors += power));
          longer.push([...product, column]);
        }
      }
      last = longer;
      if (power >= min) found.push(...last);
    }
    if (found.length > 0) return found;
    throw new RangeError("PolynomialFeatures makes no column of this degree; set include_bias");
  }

  #range(): readonly [number, number] {
    const { degree } = this.params;
    const [min, max] = (Array.isArray(degree) ? degree : [0, degree]) as unknown[];
    const whole = Number.isSafeInteger(min) && Number.isSafeInteger(max);
    if (whole && Number(min) >= 0 && Number(min) <= Number(max)) return [Number(min), Number(max)];
    const want = "a whole number or [min, max] as degree";
    throw new TypeError(`PolynomialFeatures wants ${want}, got ${show(degree)}`);
  }
}

/** Reads Python's `powers_`. */
function productsFrom(value: unknown, name: string): { products: Product[]; columns: number } {
  const powers = tableFrom(value, { name });
  const wrong = powers.data.find((power) => !Number.isSafeInteger(power) || power < 0);
  if (wrong !== undefined) throw new RangeError(`${name} wants whole numbers from 0, got ${wrong}`);
  boundFactors(sum(powers.data));
  const products = Array.from({ length: powers.rows }, (_, row) =>
    [...powers.row(row)].flatMap((power, column) => Array.from({ length: power }, () => column)),
  );
  return { products, columns: powers.columns };
}

function boundFactors(factors: number): void {
  if (factors <= FACTORS_MAX) return;
  throw new RangeError(`PolynomialFeatures multiplies at most ${FACTORS_MAX} numbers for a row`);
}
