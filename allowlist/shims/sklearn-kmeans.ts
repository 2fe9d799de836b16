/**
 * `sklearn.cluster.KMeans`: ml-kmeans, begun `n_init` times, of which the best is kept.
 *
 * Each time goes on until no centre moves. Clusters are numbered by chance, as in scikit-learn, but
 * by the seed alone: the same table gives the same numbers each time.
 *
 * @module
 */

import { kmeans } from "ml-kmeans";

import type { Tensor } from "../../src/contract/tensor.ts";
import {
  choice,
  either,
  flag,
  matrix,
  number,
  optional,
  other,
  Transformer,
  whole,
  real,
} from "./sklearn-estimator.ts";
import { euclidean_distances, squaredDistance } from "./sklearn-pairwise.ts";
import { seed } from "./sklearn-random.ts";
import { agree, type Label, labelsFrom, Table, tableFrom } from "./sklearn-table.ts";

const PARAMS = {
  n_clusters: whole(8),
  init: either(choice("k-means++", "random"), other(null, "a table of centres")),
  n_init: either(whole(10), choice("auto")),
  max_iter: whole(300),
  tol: real(0, 0),
  copy_x: flag(true),
  random_state: seed,
};

/** Centres of clusters. `predict` and `labels_` are plain lists of their numbers. */
export class KMeans extends Transformer<typeof PARAMS> {
  static override readonly about = {
    name: "KMeans",
    params: PARAMS,
    attributes: {
      cluster_centers_: matrix,
      labels_: optional({ read: (value: unknown, name: string) => labelsFrom(value, name) }),
      inertia_: optional(number),
    },
  };
  declare cluster_centers_: Tensor | undefined;
  declare labels_: Label[] | undefined;
  declare inertia_: number | undefined;
  declare n_iter_: number | undefined;

  override fit(X: unknown): this {
    const table = tableFrom(X);
    const rows = table.lists();
    const { n_clusters, n_init, random_state, init } = this.params;
    if (new Set(rows.map(String)).size < n_clusters) {
      throw new RangeError(`KMeans wants at least ${n_clusters} different rows; lower n_clusters`);
    }
    const once = typeof init !== "string" || (n_init === "auto" && init === "k-means++");
    const times = once ? 1 : n_init === "auto" ? 10 : n_init;
    for (let time = 0; time < times; time++)
      this.#begin(rows, (random_state ?? 0) + time, time > 0);
    this.n_features_in_ = table.columns;
    return this;
  }

  predict(X: unknown): number[] {
    return nearest(this.read(X), tableFrom(this.cluster_centers_)).places;
  }

  fit_predict(X: unknown): number[] {
    return this.fit(X).predict(X);
  }

  /** Returns how far each row is from each centre: `[rows, clusters]`. */
  override transform(X: unknown): Tensor {
    this.read(X);
    return euclidean_distances(X, this.cluster_centers_);
  }

  override width(): number | undefined {
    return this.cluster_centers_?.shape[1];
  }

  /** Keeps what it finds when it is the first, or better than what was found before. */
  #begin(rows: number[][], from: number, compare: boolean): void {
    const { n_clusters, max_iter, tol, init } = this.params;
    const found = kmeans(rows, n_clusters, {
      seed: from,
      maxIterations: max_iter,
      tolerance: tol,
      initialization: this.#initial(init, rows[0]?.length ?? 0),
    });
    const centres = tableFrom(found.centroids);
    const { places, inertia } = nearest(tableFrom(rows), centres);
    if (compare && inertia >= (this.inertia_ ?? Infinity)) return;
    this.cluster_centers_ = centres.tensor();
    this.labels_ = places;
    this.inertia_ = inertia;
    this.n_iter_ = found.iterations;
  }

  #initial(init: unknown, columns: number): "kmeans++" | "random" | number[][] {
    if (init === "k-means++") return "kmeans++";
    if (init === "random") return init;
    const centres = tableFrom(init, { name: "init", columns });
    agree("init, for its rows,", centres.rows, this.params.n_clusters);
    return centres.lists();
  }
}

/** Returns the nearest centre of each row, and the sum of the squared distances to it. */
function nearest(table: Table, centres: Table) {
  let inertia = 0;
  const places = Array.from({ length: table.rows }, (_, row) => {
    let place = 0;
    let least = Infinity;
    for (let i = 0; i < centres.rows; i++) {
      const far = squaredDistance(table.row(row), centres.row(i));
      if (far < least) [place, least] = [i, far];
    }
    inertia += least;
    return place;
  });
  return { places, inertia };
}
