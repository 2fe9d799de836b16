/**
 * `sklearn.metrics.pairwise`: how far apart the rows of two tables are.
 *
 * @module
 */

import type { Tensor } from "../../src/contract/tensor.ts";
import { lengthOf } from "./sklearn-scalers.ts";
import { Table, tableFrom } from "./sklearn-table.ts";

/** How far apart two rows are. */
export type Distance = (one: Float64Array, other: Float64Array) => number;

export const DISTANCES = {
  euclidean: (one, other) => Math.sqrt(squaredDistance(one, other)),
  manhattan: (one, other) => {
    let sum = 0;
    for (let i = 0; i < one.length; i++) sum += Math.abs((one[i] as number) - (other[i] as number));
    return sum;
  },
  cosine: (one, other) => Math.min(2, Math.max(0, 1 - cosine(one, other))),
} satisfies Record<string, Distance>;

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

export function squaredDistance(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) {
    const apart = (one[i] as number) - (other[i] as number);
    sum += apart * apart;
  }
  return sum;
}

export function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += (one[i] as number) * (other[i] as number);
  return sum;
}

/** A row of zeros is like no other: 0. */
function cosine(one: Float64Array, other: Float64Array): number {
  return dot(one, other) / ((lengthOf(one, "l2") || 1) * (lengthOf(other, "l2") || 1));
}

function between(X: unknown, Y: unknown, distance: Distance): Table {
  const rows = tableFrom(X);
  const others = Y === undefined ? rows : tableFrom(Y, { name: "Y", columns: rows.columns });
  const single = rows.dtype === "float32" && others.dtype === "float32";
  const made = new Table(rows.rows, others.rows, undefined, single ? "float32" : "float64");
  for (let row = 0; row < rows.rows; row++) {
    for (let column = 0; column < others.rows; column++) {
      made.row(row)[column] = distance(rows.row(row), others.row(column));
    }
  }
  return made;
}
