/**
 * `sklearn.metrics.pairwise`: how far apart the rows of two tables are.
 *
 * @module
 */

import type { Tensor } from "../../src/contract/tensor.ts";
import { agree } from "./sklearn-classes.ts";
import { Table, tableFrom } from "./sklearn-table.ts";
import { cosine, type Distance, DISTANCES } from "./sklearn-vectors.ts";

/** Returns `[rows of X, rows of Y]`; `Y` is `X` at first. */
export function cosine_similarity(X: unknown, Y?: unknown): Tensor {
  return between(X, Y, cosine).tensor();
}

/** Returns `[rows of X, rows of Y]`; `Y` is `X` at first. */
export function cosine_distances(X: unknown, Y?: unknown): Tensor {
  return between(X, Y, DISTANCES.cosine).tensor();
}

/** Returns `[rows of X, rows of Y]`; `Y` is `X` at first. */
export function euclidean_distances(X: unknown, Y?: unknown): Tensor {
  return between(X, Y, DISTANCES.euclidean).tensor();
}

/** Returns `[rows of X, rows of Y]`; `Y` is `X` at first. */
export function manhattan_distances(X: unknown, Y?: unknown): Tensor {
  return between(X, Y, DISTANCES.manhattan).tensor();
}

function between(X: unknown, Y: unknown, distance: Distance): Table {
  const rows = tableFrom(X);
  const others = Y === undefined ? rows : tableFrom(Y, { name: "Y" });
  agree("Y", others.columns, rows.columns, "columns, as many as X");
  const single = rows.dtype === "float32" && others.dtype === "float32";
  const made = new Table(rows.rows, others.rows, undefined, single ? "float32" : "float64");
  const columns = others.windows();
  for (let row = 0, next = 0; row < rows.rows; row++) {
    const cells = rows.row(row);
    for (const other of columns) made.data[next++] = distance(cells, other);
  }
  return made;
}
