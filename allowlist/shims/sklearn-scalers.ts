/**
 * `sklearn.preprocessing`, as far as it is about numbers: scalers, norms, thresholds.
 *
 * Scalers pass over NaN when they are fitted and keep it when they transform, as scikit-learn's do.
 * A table of float32 comes back as float32, for the models that want it.
 *
 * @module
 */

import type { Tensor } from "../../src/contract/tensor.ts";
import {
  choice,
  flag,
  only,
  optional,
  optionsFrom,
  other,
  Transformer,
  vector,
  real,
} from "./sklearn-estimator.ts";
import { agree } from "./sklearn-classes.ts";
import { type Table, tableFrom, tensorOf } from "./sklearn-table.ts";
import { lengthOf, type Norm } from "./sklearn-vectors.ts";

const STANDARD = { with_mean: flag(true), with_std: flag(true) };

/** `(x - mean_) / scale_`; the deviation is that of the population, and 1 for a constant column. */
export class StandardScaler extends Transformer<typeof STANDARD> {
  static override readonly about = {
    name: "StandardScaler",
    params: STANDARD,
    attributes: { mean_: optional(vector), scale_: optional(vector), var_: optional(vector) },
  };
  declare mean_: Tensor | undefined;
  declare scale_: Tensor | undefined;
  declare var_: Tensor | undefined;

  override fit(X: unknown): this {
    const table = tableFrom(X, { missing: true });
    const moments = columnsOf(table).map(momentsOf);
    this.mean_ = tensorOf(moments.map(({ mean }) => mean));
    this.var_ = undefined;
    this.scale_ = undefined;
    if (this.params.with_std) {
      this.var_ = tensorOf(moments.map(({ variance }) => variance));
      this.scale_ = tensorOf(moments.map(deviationOf));
    }
    this.n_features_in_ = table.columns;
    return this;
  }

  override transform(X: unknown): Tensor {
    const [mean, scale] = this.#both();
    return this.read(X, true)
      .map((value, column) => (value - at(mean, column, 0)) / at(scale, column, 1))
      .tensor();
  }

  inverse_transform(X: unknown): Tensor {
    const [mean, scale] = this.#both();
    return this.read(X, true)
      .map((value, column) => value * at(scale, column, 1) + at(mean, column, 0))
      .tensor();
  }

  override complete(): void {
    if (!this.scale_ && this.var_) {
      this.scale_ = tensorOf([...elementsOf(this.var_)].map((value) => Math.sqrt(value) || 1));
    }
    if (this.mean_ && this.scale_) {
      agree(
        "StandardScaler.scale_",
        this.scale_.data.length,
        this.mean_.data.length,
        "numbers, as many as mean_",
      );
    }
  }

  override width(): number | undefined {
    return (this.mean_ ?? this.scale_)?.data.length;
  }

  protected override wanted(): string[] {
    const { with_mean, with_std } = this.params;
    return [...(with_mean ? ["mean_"] : []), ...(with_std ? ["scale_"] : [])];
  }

  #both(): readonly [Tensor | undefined, Tensor | undefined] {
    this.needFitted();
    const { with_mean, with_std } = this.params;
    return [with_mean ? this.mean_ : undefined, with_std ? this.scale_ : undefined];
  }
}

const MINMAX = { feature_range: other([0, 1], "[min, max]"), clip: flag(false) };

/** `x * scale_ + min_`, which brings each column into `feature_range`. */
export class MinMaxScaler extends Transformer<typeof MINMAX> {
  static override readonly about = {
    name: "MinMaxScaler",
    params: MINMAX,
    attributes: {
      scale_: vector,
      min_: vector,
      data_min_: optional(vector),
      data_max_: optional(vector),
      data_range_: optional(vector),
    },
  };
  declare scale_: Tensor | undefined;
  declare min_: Tensor | undefined;
  declare data_min_: Tensor | undefined;
  declare data_max_: Tensor | undefined;
  declare data_range_: Tensor | undefined;

  override fit(X: unknown): this {
    const table = tableFrom(X, { missing: true });
    const columns = columnsOf(table);
    this.data_min_ = tensorOf(columns.map((values) => extreme(values, Math.min)));
    this.data_max_ = tensorOf(columns.map((values) => extreme(values, Math.max)));
    this.scale_ = undefined;
    this.min_ = undefined;
    this.complete();
    this.n_features_in_ = table.columns;
    return this;
  }

  override transform(X: unknown): Tensor {
    const table = this.read(X, true);
    const [low, high] = this.#range();
    const bound = (value: number) => (value < low ? low : value > high ? high : value);
    const [scale, min] = [this.scale_, this.min_];
    const scaled = table.map((value, column) => value * at(scale, column, 1) + at(min, column, 0));
    return (this.params.clip ? scaled.map(bound) : scaled).tensor();
  }

  inverse_transform(X: unknown): Tensor {
    const table = this.read(X, true);
    const [scale, min] = [this.scale_, this.min_];
    return table
      .map((value, column) => (value - at(min, column, 0)) / at(scale, column, 1))
      .tensor();
  }

  override complete(): void {
    const [low, high] = this.#range();
    const { data_min_, data_max_ } = this;
    if ((!this.scale_ || !this.min_) && data_min_ && data_max_) {
      const least = elementsOf(data_min_);
      agree(
        "MinMaxScaler.data_max_",
        data_max_.data.length,
        least.length,
        "numbers, as many as data_min_",
      );
      const range = elementsOf(data_max_).map((value, column) => value - (least[column] as number));
      const scale = range.map((value) => (high - low) / withoutZero(value));
      this.data_range_ = tensorOf(range);
      this.scale_ = tensorOf(scale);
      this.min_ = tensorOf(scale.map((value, column) => low - (least[column] as number) * value));
    }
    if (!this.scale_ || !this.min_) return;
    agree(
      "MinMaxScaler.min_",
      this.min_.data.length,
      this.scale_.data.length,
      "numbers, as many as scale_",
    );
  }

  override width(): number | undefined {
    return this.scale_?.data.length;
  }

  #range(): readonly [number, number] {
    const [low, high] = (this.params.feature_range as readonly unknown[]) ?? [];
    if (typeof low === "number" && typeof high === "number" && low < high) return [low, high];
    throw new RangeError("MinMaxScaler wants [min, max] as feature_range, the smaller one first");
  }
}

const NOTHING = {};

/** `x / scale_`, which brings each column into -1 to 1 and leaves zeros alone. */
export class MaxAbsScaler extends Transformer<typeof NOTHING> {
  static override readonly about = {
    name: "MaxAbsScaler",
    params: NOTHING,
    attributes: { scale_: vector, max_abs_: optional(vector) },
  };
  declare scale_: Tensor | undefined;
  declare max_abs_: Tensor | undefined;

  override fit(X: unknown): this {
    const table = tableFrom(X, { missing: true });
    const largest = columnsOf(table).map((values) => extreme(values.map(Math.abs), Math.max));
    this.max_abs_ = tensorOf(largest);
    this.scale_ = undefined;
    this.complete();
    this.n_features_in_ = table.columns;
    return this;
  }

  override transform(X: unknown): Tensor {
    const table = this.read(X, true);
    return table.map((value, column) => value / at(this.scale_, column, 1)).tensor();
  }

  inverse_transform(X: unknown): Tensor {
    const table = this.read(X, true);
    return table.map((value, column) => value * at(this.scale_, column, 1)).tensor();
  }

  override complete(): void {
    if (this.scale_ || !this.max_abs_) return;
    this.scale_ = tensorOf(elementsOf(this.max_abs_).map(withoutZero));
  }

  override width(): number | undefined {
    return this.scale_?.data.length;
  }
}

const NORM = { norm: choice("l2", "l1", "max") };

/** Brings each row to length 1; a row of zeros stays. */
export class Normalizer extends Transformer<typeof NORM> {
  static override readonly about = { name: "Normalizer", params: NORM, attributes: {} };

  override fit(X: unknown): this {
    this.n_features_in_ = tableFrom(X).columns;
    return this;
  }

  override transform(X: unknown): Tensor {
    return normalized(this.read(X), this.params.norm).tensor();
  }
}

const NORMALIZE = { ...NORM, axis: choice(1, 0), return_norm: only(false) };

/** Returns each row, or with `axis: 0` each column, brought to length 1. */
export function normalize(X: unknown, options?: unknown): Tensor {
  const { norm, axis } = optionsFrom("normalize", NORMALIZE, options);
  const table = tableFrom(X);
  if (axis === 1) return normalized(table, norm).tensor();
  const lengths = columnsOf(table).map((column) => withoutZero(lengthOf(column, norm)));
  return table.map((value, column) => value / (lengths[column] as number)).tensor();
}

function normalized(table: Table, norm: Norm): Table {
  const made = table.map((value) => value);
  for (let row = 0; row < made.rows; row++) {
    const cells = made.row(row);
    const length = withoutZero(lengthOf(cells, norm));
    for (let i = 0; i < cells.length; i++) (cells[i] as number) /= length;
  }
  return made;
}

const THRESHOLD = { threshold: real(0) };

/** 1 where a number is above `threshold`, else 0. */
export class Binarizer extends Transformer<typeof THRESHOLD> {
  static override readonly about = { name: "Binarizer", params: THRESHOLD, attributes: {} };

  override fit(X: unknown): this {
    this.n_features_in_ = tableFrom(X).columns;
    return this;
  }

  override transform(X: unknown): Tensor {
    const { threshold } = this.params;
    return this.read(X)
      .map((value) => (value > threshold ? 1 : 0))
      .tensor();
  }
}

/** Returns the elements of an attribute: those are of float64. */
function elementsOf(tensor: Tensor): Float64Array {
  return tensor.data as Float64Array;
}

function at(tensor: Tensor | undefined, place: number, none: number): number {
  return tensor ? (tensor.data[place] as number) : none;
}

function columnsOf(table: Table): Float64Array[] {
  return Array.from({ length: table.columns }, (_, column) => table.column(column));
}

function extreme(values: Float64Array, pick: (one: number, other: number) => number): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length === 0 ? Number.NaN : known.reduce((one, next) => pick(one, next));
}

/** scikit-learn's own bound for what is as good as no spread. */
function withoutZero(value: number): number {
  return Math.abs(value) < 10 * Number.EPSILON ? 1 : value;
}

interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
}

/** Two passes, and a correction for what rounding left in the mean. */
function momentsOf(values: Float64Array): Moments {
  const known = values.filter((value) => !Number.isNaN(value));
  const count = known.length;
  const mean = known.reduce((sum, value) => sum + value, 0) / count;
  let squares = 0;
  let left = 0;
  for (const value of known) {
    squares += (value - mean) ** 2;
    left += value - mean;
  }
  return { count, mean, variance: (squares - left ** 2 / count) / count };
}

/** 1 for a column whose spread is no more than its rounding: scikit-learn's bound. */
function deviationOf({ count, mean, variance }: Moments): number {
  const bound = count * Number.EPSILON * variance + (count * mean * Number.EPSILON) ** 2;
  return variance <= bound ? 1 : Math.sqrt(variance);
}
