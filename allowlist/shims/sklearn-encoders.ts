/**
 * `sklearn.preprocessing`, as far as it is about categories, and `sklearn.impute`.
 *
 * Categories are in order, missing ones (null, then NaN) last, as scikit-learn has them.
 *
 * Differs: tables are dense; `LabelEncoder` gives a plain list of codes; a category that is a
 * number is named as JavaScript writes it (`x0_1`, where Python may write `x0_1.0`).
 *
 * @module
 */

import type { Tensor } from "../../src/contract/tensor.ts";
import {
  choice,
  either,
  Estimator,
  labelLists,
  labels,
  nothing,
  other,
  Transformer,
  whole,
} from "./sklearn-estimator.ts";
import {
  agree,
  argmax,
  type Cell,
  cellsFrom,
  classesOf,
  codesOf,
  countsOf,
  floatsOf,
  inOrder,
  type Label,
  labelsFrom,
  show,
  Table,
  tableFrom,
} from "./sklearn-table.ts";

const NONE = {};

/** Labels to their places in `classes_`. */
export class LabelEncoder extends Estimator<typeof NONE> {
  static override readonly about = {
    name: "LabelEncoder",
    params: NONE,
    attributes: { classes_: labels },
  };
  declare classes_: Label[] | undefined;

  fit(y: unknown): this {
    this.classes_ = classesOf(labelsFrom(y, "y"));
    return this;
  }

  transform(y: unknown): number[] {
    this.needFitted();
    return codesOf(labelsFrom(y, "y"), this.classes_ ?? []);
  }

  fit_transform(y: unknown): number[] {
    return this.fit(y).transform(y);
  }

  inverse_transform(y: unknown): Label[] {
    this.needFitted();
    return labelsFrom(y, "y").map((code) => {
      const label = this.classes_?.[Number(code)];
      if (label !== undefined) return label;
      throw new RangeError(`y wants codes below ${this.classes_?.length}, got ${show(code)}`);
    });
  }
}

const BINARIZER = { neg_label: whole(0, -(2 ** 31)), pos_label: whole(1, -(2 ** 31)) };

/** Labels to one column each; two classes share one column. Counts: a tensor of int32. */
export class LabelBinarizer extends Estimator<typeof BINARIZER> {
  static override readonly about = {
    name: "LabelBinarizer",
    params: BINARIZER,
    attributes: { classes_: labels },
  };
  declare classes_: Label[] | undefined;

  fit(y: unknown): this {
    this.classes_ = classesOf(labelsFrom(y, "y"));
    return this;
  }

  /** A label that is not known gets no column. */
  transform(y: unknown): Tensor {
    this.needFitted();
    const classes = this.classes_ ?? [];
    const { neg_label, pos_label } = this.params;
    const list = labelsFrom(y, "y");
    const shown = classes.length === 2 ? classes.slice(1) : classes;
    const cells = list.flatMap((label) =>
      shown.map((one) => (one === label && classes.length > 1 ? pos_label : neg_label)),
    );
    return countsOf(cells, [list.length, shown.length]);
  }

  fit_transform(y: unknown): Tensor {
    return this.fit(y).transform(y);
  }

  inverse_transform(Y: unknown): Label[] {
    this.needFitted();
    const classes = this.classes_ ?? [];
    const table = tableFrom(Y, { name: "Y", columns: classes.length === 2 ? 1 : classes.length });
    const middle = (this.params.neg_label + this.params.pos_label) / 2;
    return Array.from({ length: table.rows }, (_, row) => {
      const cells = table.row(row);
      const place = classes.length === 2 ? Number((cells[0] as number) > middle) : argmax(cells);
      return classes[place] as Label;
    });
  }
}

const CATEGORIES = {
  categories: other("auto", '"auto" or a list of categories for each column'),
};

const ONE_HOT = {
  ...CATEGORIES,
  handle_unknown: choice("error", "ignore"),
  drop: either(nothing, choice("first", "if_binary")),
};

/** A column to one column for each of its categories. */
export class OneHotEncoder extends Transformer<typeof ONE_HOT> {
  static override readonly about = {
    name: "OneHotEncoder",
    params: ONE_HOT,
    attributes: { categories_: labelLists },
  };
  declare categories_: Cell[][] | undefined;

  override fit(X: unknown): this {
    this.categories_ = categoriesFrom(X, this.params.categories);
    this.n_features_in_ = this.categories_.length;
    return this;
  }

  override transform(X: unknown): Tensor {
    this.needFitted();
    const lists = this.categories_ ?? [];
    const starts = this.#starts();
    const width = starts.at(-1) ?? 0;
    const rows = cellsFrom(X, { columns: lists.length });
    const table = new Table(rows.length, width);
    const places = lists.map(placesOf);
    for (const [row, cells] of rows.entries()) {
      for (const [column, cell] of cells.entries()) {
        const place = places[column]?.get(keyOf(cell));
        if (place === undefined && this.params.handle_unknown === "error") unknown(cell, column);
        const at = (place ?? -1) - this.#dropped(column);
        if (place !== undefined && at >= 0) table.row(row)[(starts[column] ?? 0) + at] = 1;
      }
    }
    return table.tensor();
  }

  inverse_transform(X: unknown): Cell[][] {
    this.needFitted();
    const lists = this.categories_ ?? [];
    const starts = this.#starts();
    const table = tableFrom(X, { columns: starts.at(-1) ?? 0 });
    return Array.from({ length: table.rows }, (_, row) =>
      lists.map((categories, column) => {
        const cells = table.row(row).subarray(starts[column], starts[column + 1]);
        const dropped = this.#dropped(column);
        if (cells.some((cell) => cell !== 0)) return categories[argmax(cells) + dropped] ?? null;
        // All zeros: the category that was dropped, or one that was not known.
        return dropped > 0 ? (categories[0] ?? null) : null;
      }),
    );
  }

  /** Returns `x0_red` and so on, or with `names` `colour_red`. */
  get_feature_names_out(names?: readonly string[]): string[] {
    this.needFitted();
    return (this.categories_ ?? []).flatMap((categories, column) =>
      categories
        .slice(this.#dropped(column))
        .map((cell) => `${names?.[column] ?? `x${column}`}_${cell === null ? "None" : cell}`),
    );
  }

  override width(): number | undefined {
    return this.categories_?.length;
  }

  #dropped(column: number): number {
    const { drop } = this.params;
    return Number(drop === "first" || (drop !== null && this.categories_?.[column]?.length === 2));
  }

  /** Where the columns of each category begin, and where the last ones end. */
  #starts(): number[] {
    const starts = [0];
    for (const [column, categories] of (this.categories_ ?? []).entries()) {
      starts.push((starts.at(-1) ?? 0) + categories.length - this.#dropped(column));
    }
    return starts;
  }
}

const ORDINAL = {
  ...CATEGORIES,
  handle_unknown: choice("error", "use_encoded_value"),
  unknown_value: either(nothing, other(null, "a number or NaN")),
  encoded_missing_value: other(Number.NaN, "a number or NaN"),
};

/** A column to the places of its categories; what is missing becomes NaN. */
export class OrdinalEncoder extends Transformer<typeof ORDINAL> {
  static override readonly about = {
    name: "OrdinalEncoder",
    params: ORDINAL,
    attributes: { categories_: labelLists },
  };
  declare categories_: Cell[][] | undefined;

  override fit(X: unknown): this {
    this.categories_ = categoriesFrom(X, this.params.categories);
    this.n_features_in_ = this.categories_.length;
    return this;
  }

  override transform(X: unknown): Tensor {
    this.needFitted();
    const lists = this.categories_ ?? [];
    const { handle_unknown, unknown_value, encoded_missing_value } = this.params;
    if (handle_unknown === "use_encoded_value" && typeof unknown_value !== "number") {
      throw new TypeError("OrdinalEncoder wants a number or NaN as unknown_value, got none");
    }
    const rows = cellsFrom(X, { columns: lists.length });
    const table = new Table(rows.length, lists.length);
    const places = lists.map(placesOf);
    for (const [row, cells] of rows.entries()) {
      for (const [column, cell] of cells.entries()) {
        const place = places[column]?.get(keyOf(cell));
        if (place === undefined && handle_unknown === "error") unknown(cell, column);
        const code = place !== undefined && isMissing(cell) ? encoded_missing_value : place;
        table.row(row)[column] = Number(code ?? unknown_value);
      }
    }
    return table.tensor();
  }

  inverse_transform(X: unknown): Cell[][] {
    this.needFitted();
    const lists = this.categories_ ?? [];
    const table = tableFrom(X, { missing: true, columns: lists.length });
    return Array.from({ length: table.rows }, (_, row) =>
      lists.map((categories, column) => categories[table.at(row, column)] ?? null),
    );
  }

  override width(): number | undefined {
    return this.categories_?.length;
  }
}

const IMPUTER = {
  strategy: choice("mean", "median", "most_frequent", "constant"),
  fill_value: either(nothing, other(null, "a number or a string")),
  missing_values: other(Number.NaN, "NaN, null, a number or a string"),
};

/** What an imputer puts in where a cell is missing: a statistic of the column, or a constant. */
export class SimpleImputer extends Transformer<typeof IMPUTER> {
  static override readonly about = {
    name: "SimpleImputer",
    params: IMPUTER,
    attributes: { statistics_: { read: (value: unknown) => statisticsFrom(value) } },
  };
  declare statistics_: Cell[] | undefined;

  override fit(X: unknown): this {
    const rows = cellsFrom(X);
    const width = rows[0]?.length ?? 0;
    this.statistics_ = Array.from({ length: width }, (_, column) => {
      const known = rows.map((cells) => cells[column] ?? null).filter((cell) => !this.#gap(cell));
      return this.#statistic(known as Label[], rows);
    });
    this.n_features_in_ = width;
    return this;
  }

  /**
   * Numbers become a tensor, anything else rows of cells. A column that was empty when the imputer
   * was fitted is left out.
   */
  override transform(X: unknown): Tensor | Cell[][] {
    this.needFitted();
    const statistics = this.statistics_ ?? [];
    const rows = cellsFrom(X, { columns: statistics.length });
    const kept = statistics.flatMap((cell, column) => (isMissing(cell) ? [] : [column]));
    const filled = rows.map((cells) =>
      kept.map((column) => {
        const cell = cells[column] ?? null;
        return this.#gap(cell) ? (statistics[column] ?? null) : cell;
      }),
    );
    const words = filled.some((cells) => cells.some((cell) => typeof cell === "string"));
    if (words || kept.length === 0) return filled;
    const { rows: height, columns, data } = tableFrom(filled, { missing: true });
    return new Table(height, columns, data, floatsOf(X)).tensor();
  }

  override width(): number | undefined {
    return this.statistics_?.length;
  }

  #gap(cell: Cell): boolean {
    const { missing_values } = this.params;
    return isMissing(missing_values) ? isMissing(cell) : cell === missing_values;
  }

  #statistic(known: readonly Label[], rows: readonly (readonly Cell[])[]): Cell {
    const { strategy, fill_value } = this.params;
    if (strategy === "constant") {
      if (fill_value !== null) return statisticsFrom([fill_value])[0] ?? null;
      return rows.some((cells) => cells.some((cell) => typeof cell === "string"))
        ? "missing_value"
        : 0;
    }
    if (known.length === 0) return Number.NaN;
    if (strategy === "most_frequent") return modeOf(known);
    const values = tableFrom([known]).row(0);
    return strategy === "mean" ? values.reduce((a, b) => a + b) / values.length : middle(values);
  }
}

function statisticsFrom(value: unknown): Cell[] {
  return cellsFrom([value], { name: "statistics_" })[0] as Cell[];
}

function isMissing(cell: unknown): boolean {
  return cell === null || (typeof cell === "number" && Number.isNaN(cell));
}

/** The smallest of the most frequent ones, as scipy's. */
function modeOf(known: readonly Label[]): Label {
  const counts = new Map<Label, number>();
  for (const cell of known) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return classesOf([...counts.keys()].filter((cell) => counts.get(cell) === most))[0] as Label;
}

function middle(values: Float64Array): number {
  const sorted = values.toSorted();
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2;
}

function categoriesFrom(X: unknown, given: unknown): Cell[][] {
  const rows = cellsFrom(X);
  const width = rows[0]?.length ?? 0;
  if (given !== "auto") {
    const lists = labelLists.read(given, "categories") as Cell[][];
    agree("categories, one list for each column,", lists.length, width);
    return lists;
  }
  return Array.from({ length: width }, (_, column) => {
    const cells = rows.map((row) => row[column] ?? null);
    const known = cells.filter((cell): cell is Label => !isMissing(cell));
    const sorted: Cell[] = classesOf(known, `X, in column ${column},`).sort(inOrder);
    if (cells.includes(null)) sorted.push(null);
    if (cells.some((cell) => Number.isNaN(cell))) sorted.push(Number.NaN);
    return sorted;
  });
}

/** `1` and `"1"` are two categories; a boolean is the number that Python takes it for. */
function keyOf(cell: Cell): string {
  const kind = typeof cell === "string" ? "word" : "number";
  return `${kind} ${typeof cell === "boolean" ? Number(cell) : cell}`;
}

function placesOf(categories: readonly Cell[]): Map<string, number> {
  return new Map(categories.map((cell, place) => [keyOf(cell), place]));
}

function unknown(cell: Cell, column: number): never {
  const fix = "set handle_unknown to take such ones";
  throw new RangeError(`X has ${show(cell)} in column ${column}, which was not fitted; ${fix}`);
}
