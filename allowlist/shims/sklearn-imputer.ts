/**
 * `sklearn.impute.SimpleImputer`: what stands in for missing cells.
 *
 * Differs: null and NaN are both a missing cell, since a number that is missing in JSON is null.
 *
 * @module
 */

import type { Tensor } from "../../src/contract/tensor.ts";
import { choice, either, nothing, only, other, Transformer } from "./sklearn-estimator.ts";
import { type Cell, classesOf, isMissing, type Label, show } from "./sklearn-classes.ts";
import { cellsFrom, floatsOf, Table, tableFrom } from "./sklearn-table.ts";
import { sum } from "./sklearn-vectors.ts";

const IMPUTER = {
  strategy: choice("mean", "median", "most_frequent", "constant"),
  fill_value: either(nothing, other(null, "a number or a string")),
  missing_values: other(Number.NaN, "NaN, null, a number or a string"),
  add_indicator: only(false),
  keep_empty_features: only(false),
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
    if (kept.length === 0 || filled.some((cells) => cells.some(isWord))) return filled;
    const { rows: height, columns, data } = tableFrom(filled);
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
      return rows.some((cells) => cells.some(isWord)) ? "missing_value" : 0;
    }
    if (known.length === 0) return Number.NaN;
    if (known.some(isMissing)) {
      const got = `cells that are missing beside ${show(this.params.missing_values)}`;
      throw new RangeError(`SimpleImputer wants NaN as missing_values, got ${got}`);
    }
    if (strategy === "most_frequent") return modeOf(known);
    const word = known.find(isWord);
    if (word !== undefined) {
      const fix = 'words want strategy "most_frequent" or "constant"';
      throw new TypeError(`SimpleImputer has no ${strategy} of ${show(word)}; ${fix}`);
    }
    const values = Float64Array.from(known, Number);
    return strategy === "mean" ? sum(values) / values.length : middle(values);
  }
}

function statisticsFrom(value: unknown): Cell[] {
  return cellsFrom([value], { name: "statistics_" })[0] as Cell[];
}

function isWord(cell: unknown): cell is string {
  return typeof cell === "string";
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
