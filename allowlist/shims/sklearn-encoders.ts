/**
 * `sklearn.preprocessing`, as far as it is about categories: cells that are no amounts.
 *
 * Categories are in order, missing ones (null, then NaN) last, as scikit-learn has them.
 *
 * Differs: tables are dense; a category that is a number is named as JavaScript writes it (`x0_1`,
 * where Python may write `x0_1.0`).
 *
 * @module
 */

import type { Tensor } from "../../src/contract/tensor.ts";
import {
  choice,
  either,
  labelLists,
  nothing,
  only,
  other,
  type Params,
  Transformer,
} from "./sklearn-estimator.ts";
import { agree, type Cell, classesOf, isMissing, type Label, show } from "./sklearn-classes.ts";
import { cellsFrom, namesFrom, Table, tableFrom } from "./sklearn-table.ts";
import { argmax } from "./sklearn-vectors.ts";

const CATEGORIES = {
  categories: other("auto", '"auto" or a list of categories for each column'),
  min_frequency: only(null),
  max_categories: only(null),
};

interface CategoryParams {
  readonly categories: unknown;
  readonly handle_unknown: string;
}

/** Calls back with the place of each cell's category, `undefined` where it is not known. */
type Visit = (row: number, column: number, place: number | undefined) => void;

/** What knows the categories of each column. */
abstract class OfCategories<P extends Params> extends Transformer<P> {
  declare categories_: Cell[][] | undefined;

  override fit(X: unknown): this {
    const rows = cellsFrom(X);
    const width = (rows[0] as Cell[]).length;
    const { categories } = this.params as unknown as CategoryParams;
    this.categories_ = categories === "auto" ? categoriesOf(rows, width) : given(categories, width);
    this.n_features_in_ = width;
    this.complete();
    this.visit(X, () => {});
    return this;
  }

  override width(): number | undefined {
    return this.categories_?.length;
  }

  /** Returns how many rows there were. */
  protected visit(X: unknown, visit: Visit): number {
    this.needFitted();
    const lists = this.categories_ as Cell[][];
    const { handle_unknown } = this.params as unknown as CategoryParams;
    const rows = cellsFrom(X, { columns: lists.length });
    const places = lists.map((list) => new Map(list.map((cell, place) => [keyOf(cell), place])));
    for (const [row, cells] of rows.entries()) {
      for (const [column, cell] of cells.entries()) {
        const place = places[column]?.get(keyOf(cell));
        if (place === undefined && handle_unknown === "error") {
          const fix = "set handle_unknown to take such ones";
          throw new RangeError(`X has ${show(cell)} at [${row}][${column}], not fitted; ${fix}`);
        }
        visit(row, column, place);
      }
    }
    return rows.length;
  }
}

const ONE_HOT = {
  ...CATEGORIES,
  handle_unknown: choice("error", "ignore", "infrequent_if_exist"),
  drop: either(nothing, choice("first", "if_binary")),
};

/** A column to one column for each of its categories. */
export class OneHotEncoder extends OfCategories<typeof ONE_HOT> {
  static override readonly about = {
    name: "OneHotEncoder",
    params: ONE_HOT,
    attributes: { categories_: labelLists },
  };

  override transform(X: unknown): Tensor {
    this.needFitted();
    const starts = this.#starts();
    const marks: (readonly [row: number, column: number])[] = [];
    const rows = this.visit(X, (row, column, place) => {
      const at = (place ?? -1) - this.#dropped(column);
      if (place !== undefined && at >= 0) marks.push([row, (starts[column] as number) + at]);
    });
    const table = new Table(rows, starts.at(-1) as number);
    for (const [row, column] of marks) table.row(row)[column] = 1;
    return table.tensor();
  }

  inverse_transform(X: unknown): Cell[][] {
    this.needFitted();
    const starts = this.#starts();
    const table = tableFrom(X, { columns: starts.at(-1) as number });
    return Array.from({ length: table.rows }, (_, row) =>
      (this.categories_ as Cell[][]).map((categories, column) => {
        const cells = table.row(row).subarray(starts[column], starts[column + 1]);
        const dropped = this.#dropped(column);
        if (cells.some((cell) => cell !== 0)) return categories[argmax(cells) + dropped] as Cell;
        // All zeros: the category that was dropped, or one that was not known.
        if (dropped > 0) return categories[0] as Cell;
        if (this.params.handle_unknown !== "error") return null;
        throw new RangeError(`X wants a category of column ${column} in row ${row}, got zeros`);
      }),
    );
  }

  /** Returns `x0_red` and so on, or with `names` `colour_red`. */
  get_feature_names_out(names?: unknown): string[] {
    this.needFitted();
    const lists = this.categories_ as Cell[][];
    const columns = namesFrom(names, lists.length);
    return lists.flatMap((categories, column) =>
      categories.slice(this.#dropped(column)).map((cell) => `${columns[column]}_${wordOf(cell)}`),
    );
  }

  #dropped(column: number): number {
    const { drop } = this.params;
    const two = drop === "if_binary" && this.categories_?.[column]?.length === 2;
    return Number(drop === "first" || two);
  }

  /** Where the columns of each category begin, and where the last ones end. */
  #starts(): number[] {
    const starts = [0];
    for (const [column, categories] of (this.categories_ as Cell[][]).entries()) {
      starts.push((starts.at(-1) as number) + categories.length - this.#dropped(column));
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
export class OrdinalEncoder extends OfCategories<typeof ORDINAL> {
  static override readonly about = {
    name: "OrdinalEncoder",
    params: ORDINAL,
    attributes: { categories_: labelLists },
  };

  override transform(X: unknown): Tensor {
    const codes: number[] = [];
    const { unknown_value, encoded_missing_value } = this.params;
    const rows = this.visit(X, (_, column, place) => {
      const missing = place !== undefined && isMissing(this.categories_?.[column]?.[place]);
      codes.push(Number(missing ? encoded_missing_value : (place ?? unknown_value)));
    });
    return new Table(rows, this.width() as number, Float64Array.from(codes)).tensor();
  }

  /** What is not known, or was missing as null, becomes null. */
  inverse_transform(X: unknown): Cell[][] {
    this.needFitted();
    const lists = this.categories_ as Cell[][];
    const { handle_unknown, unknown_value, encoded_missing_value } = this.params;
    const table = tableFrom(X, { missing: true, columns: lists.length });
    return Array.from({ length: table.rows }, (_, row) =>
      lists.map((categories, column) => {
        const code = table.at(row, column);
        const last = categories.at(-1) as Cell;
        if (isMissing(last) && Object.is(code, encoded_missing_value)) return last;
        if (handle_unknown !== "error" && Object.is(code, unknown_value)) return null;
        const cell = categories[code];
        if (cell !== undefined) return cell;
        const want = `a code below ${categories.length}`;
        throw new RangeError(`X[${row}][${column}] wants ${want}, got ${code}`);
      }),
    );
  }

  override complete(): void {
    const { handle_unknown, unknown_value, encoded_missing_value } = this.params;
    const says = (name: string, want: string, got: unknown): never => {
      throw new TypeError(`OrdinalEncoder wants ${want} as ${name}, got ${show(got)}`);
    };
    if (typeof encoded_missing_value !== "number") {
      says("encoded_missing_value", "a number or NaN", encoded_missing_value);
    }
    if (handle_unknown === "error") {
      if (unknown_value !== null)
        says("unknown_value", "null beside handle_unknown", unknown_value);
      return;
    }
    if (typeof unknown_value !== "number") says("unknown_value", "a number or NaN", unknown_value);
    const used = (this.categories_ ?? []).some((list) => list[Number(unknown_value)] !== undefined);
    if (used) says("unknown_value", "a number that is no category's", unknown_value);
  }
}

function given(categories: unknown, width: number): Cell[][] {
  const lists = labelLists.read(categories, "categories") as Cell[][];
  agree("categories", lists.length, width, "lists, one for each column");
  return lists;
}

function categoriesOf(rows: readonly (readonly Cell[])[], width: number): Cell[][] {
  return Array.from({ length: width }, (_, column) => {
    const cells = rows.map((row) => row[column] as Cell);
    const known = cells.filter((cell): cell is Label => !isMissing(cell));
    const sorted: Cell[] = classesOf(known, `X, in column ${column},`);
    if (cells.includes(null)) sorted.push(null);
    if (cells.some((cell) => Number.isNaN(cell))) sorted.push(Number.NaN);
    return sorted;
  });
}

/** A boolean is the number that Python takes it for; `1` and `"1"` are two categories. */
function keyOf(cell: Cell): Cell {
  return typeof cell === "boolean" ? Number(cell) : cell;
}

/** As Python writes it. */
function wordOf(cell: Cell): string {
  if (cell === null) return "None";
  if (typeof cell === "boolean") return cell ? "True" : "False";
  return Number.isNaN(cell) ? "nan" : String(cell);
}
