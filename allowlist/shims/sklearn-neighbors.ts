/**
 * `sklearn.neighbors.KNeighborsClassifier`: the labels of the nearest rows.
 *
 * Each row is compared with each: a hook asks for few rows, and a tree costs more to build than
 * that saves. ml-knn is not used: it tells neither distances nor probabilities. Of rows equally
 * far the first ones are the nearest.
 *
 * @module
 */

import type { Tensor } from "../../src/contract/tensor.ts";
import { Classifier } from "./sklearn-classifier.ts";
import { choice, flag, labels, matrix, only, optionsFrom, whole } from "./sklearn-estimator.ts";
import { agree, type Label, show } from "./sklearn-classes.ts";
import { countsOf, Table, tableFrom, tensorOf } from "./sklearn-table.ts";
import { type Distance, DISTANCES, sum } from "./sklearn-vectors.ts";

const PARAMS = {
  n_neighbors: whole(5),
  weights: choice("uniform", "distance"),
  metric: choice("minkowski", "euclidean", "manhattan", "cosine"),
  p: choice(2, 1),
  metric_params: only(null),
};

interface Neighbour {
  readonly row: number;
  readonly distance: number;
}

/** Built from elsewhere as `from({ _fit_X, _y, classes_ })`: `_y` are places in `classes_`. */
export class KNeighborsClassifier extends Classifier<typeof PARAMS> {
  static override readonly about = {
    name: "KNeighborsClassifier",
    params: PARAMS,
    attributes: { _fit_X: matrix, _y: labels, classes_: labels },
  };
  declare _fit_X: Tensor | undefined;
  declare _y: Label[] | undefined;

  override fit(X: unknown, y: unknown): this {
    const { table, codes, classes } = this.lesson(X, y);
    this.classes_ = classes;
    this._y = [...codes];
    this._fit_X = tensorOf(table.data, [table.rows, table.columns]);
    this.n_features_in_ = table.columns;
    return this;
  }

  /** Returns `[distances, places]`, or with `return_distance: false` the places alone. */
  kneighbors(X: unknown, options?: unknown): readonly [Tensor, Tensor] | Tensor {
    const params = { n_neighbors: whole(this.params.n_neighbors), return_distance: flag(true) };
    const { n_neighbors, return_distance } = optionsFrom("kneighbors", params, options);
    const found = this.#nearest(X, n_neighbors);
    const shape = [found.length, n_neighbors];
    const places = countsOf(
      found.flatMap((list) => list.map(({ row }) => row)),
      shape,
    );
    if (!return_distance) return places;
    const distances = found.flatMap((list) => list.map(({ distance }) => distance));
    return [tensorOf(distances, shape), places];
  }

  override complete(): void {
    const { _fit_X, _y, classes_ } = this;
    if (!_fit_X || !_y || !classes_) return;
    const name = "KNeighborsClassifier._y";
    agree(name, _y.length, _fit_X.shape[0] as number, "places, one for each row of _fit_X");
    const wrong = _y.find((code) => classes_[Number(code)] === undefined);
    if (wrong === undefined) return;
    throw new RangeError(`${name} wants places in classes_, got ${show(wrong)}`);
  }

  override width(): number | undefined {
    return this._fit_X?.shape[1];
  }

  /** The neighbours' votes. */
  protected override shares(X: unknown): Table {
    const found = this.#nearest(X, this.params.n_neighbors);
    const table = new Table(found.length, (this.classes_ as Label[]).length);
    for (const [row, list] of found.entries()) {
      const cells = table.row(row);
      const votes = list.map(this.#vote(list));
      const total = sum(votes);
      for (const [i, one] of list.entries()) {
        (cells[Number(this._y?.[one.row])] as number) += (votes[i] as number) / total;
      }
    }
    return table;
  }

  /** A row that is the very same outvotes all others, when votes go by distance. */
  #vote(list: readonly Neighbour[]): (one: Neighbour) => number {
    if (this.params.weights === "uniform") return () => 1;
    const same = list.some(({ distance }) => distance === 0);
    return same ? ({ distance }) => Number(distance === 0) : ({ distance }) => 1 / distance;
  }

  #distance(): Distance {
    const { metric, p } = this.params;
    return DISTANCES[metric !== "minkowski" ? metric : p === 1 ? "manhattan" : "euclidean"];
  }

  #nearest(X: unknown, count: number): Neighbour[][] {
    const table = this.read(X);
    const known = tableFrom(this._fit_X);
    if (count > known.rows) {
      throw new RangeError(`n_neighbors wants at most the ${known.rows} rows fitted, got ${count}`);
    }
    const distance = this.#distance();
    const rows = known.windows();
    return table.windows().map((cells) => nearestOf(cells, rows, { count, distance }));
  }
}

interface Search {
  readonly count: number;
  readonly distance: Distance;
}

/** Returns the nearest rows, the nearest first. */
function nearestOf(cells: Float64Array, rows: readonly Float64Array[], search: Search) {
  const { count, distance } = search;
  const found: Neighbour[] = [];
  let farthest = Infinity;
  for (const [row, other] of rows.entries()) {
    const far = distance(cells, other);
    if (found.length === count && far >= farthest) continue;
    const behind = found.findIndex((one) => far < one.distance);
    found.splice(behind < 0 ? found.length : behind, 0, { row, distance: far });
    if (found.length > count) found.pop();
    farthest = (found.at(-1) as Neighbour).distance;
  }
  return found;
}
