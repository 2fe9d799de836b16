/**
 * `sklearn.cluster.KMeans`: begun `n_init` times, of which the best is kept.
 *
 * Begun and moved as scikit-learn does it, with the same random numbers: the same seed numbers the
 * clusters as it does there. ml-kmeans is not used: it takes none of its draws from a stream that
 * Python has, and a cluster that loses all its rows becomes NaN.
 *
 * @module
 */

import type { Tensor } from "../../src/contract/tensor.ts";
import {
  choice,
  either,
  matrix,
  number,
  optional,
  other,
  Transformer,
  whole,
  real,
} from "./sklearn-estimator.ts";
import { euclidean_distances } from "./sklearn-pairwise.ts";
import { RandomState, seed } from "./sklearn-random.ts";
import { agree, type Label } from "./sklearn-classes.ts";
import { labelsFrom, Table, tableFrom } from "./sklearn-table.ts";
import { squaredDistance, sum } from "./sklearn-vectors.ts";

const PARAMS = {
  n_clusters: whole(8),
  init: either(choice("k-means++", "random"), other(null, "a table of centres")),
  n_init: either(whole(10), choice("auto", "warn")),
  max_iter: whole(300),
  tol: real(1e-4, 0),
  random_state: seed,
};

/** What one beginning came to. */
interface Clusters {
  readonly centres: Table;
  readonly places: number[];
  readonly inertia: number;
  readonly steps: number;
}

/** Centres of clusters. `predict` and `labels_` are plain lists of their numbers. */
export class KMeans extends Transformer<typeof PARAMS> {
  static override readonly about = {
    name: "KMeans",
    params: PARAMS,
    attributes: {
      cluster_centers_: matrix,
      labels_: optional({ read: (value: unknown, name: string) => labelsFrom(value, name) }),
      inertia_: optional(number),
      n_iter_: optional(number),
    },
  };
  declare cluster_centers_: Tensor | undefined;
  declare labels_: Label[] | undefined;
  declare inertia_: number | undefined;
  declare n_iter_: number | undefined;

  override fit(X: unknown): this {
    const table = tableFrom(X);
    const { n_clusters, random_state } = this.params;
    if (table.rows < n_clusters) {
      throw new RangeError(`KMeans wants at least ${n_clusters} rows, got ${table.rows}`);
    }
    const given = this.#given(table.columns);
    // Near zero, sums of squares keep more digits.
    const means = table.means();
    const random = new RandomState(random_state);
    const best = this.#best(table.without(means), given?.without(means), random);
    this.cluster_centers_ = best.centres.without(means.map((mean) => -mean)).tensor();
    this.labels_ = best.places;
    this.inertia_ = best.inertia;
    this.n_iter_ = best.steps;
    this.n_features_in_ = table.columns;
    return this;
  }

  predict(X: unknown): number[] {
    return nearest(this.read(X), tableFrom(this.cluster_centers_)).places;
  }

  fit_predict(X: unknown): Label[] {
    return this.fit(X).labels_ ?? [];
  }

  /** Returns how far each row is from each centre: `[rows, clusters]`. */
  override transform(X: unknown): Tensor {
    this.read(X);
    return euclidean_distances(X, this.cluster_centers_);
  }

  /** Returns the sum of the squared distances to the nearest centres, as a number below zero. */
  score(X: unknown): number {
    return -nearest(this.read(X), tableFrom(this.cluster_centers_)).inertia;
  }

  override width(): number | undefined {
    return this.cluster_centers_?.shape[1];
  }

  /** A table of centres to begin with, when `init` is one. */
  #given(columns: number): Table | undefined {
    const { init, n_clusters } = this.params;
    if (init === "k-means++" || init === "random") return undefined;
    const centres = tableFrom(init, { name: "init" });
    agree("init", centres.columns, columns, "columns, as many as X");
    agree("init", centres.rows, n_clusters, "rows, one for each cluster");
    return centres;
  }

  #best(table: Table, given: Table | undefined, random: RandomState): Clusters {
    const { init, n_init, n_clusters, max_iter, tol } = this.params;
    const often = n_init === "warn" || (n_init === "auto" && init === "random") ? 10 : n_init;
    const times = given || often === "auto" ? 1 : often;
    const enough = tol * spreadOf(table);
    let best: Clusters | undefined;
    for (let time = 0; time < times; time++) {
      const begun = given ?? begin(table, { n_clusters, init, random });
      const found = lloyd(table, begun, { max_iter, enough });
      const better = !best || found.inertia < best.inertia;
      // By rounding alone the same clusters in another order may seem better.
      if (better && !(best && isSame(found.places, best.places))) best = found;
    }
    return best as Clusters;
  }
}

interface Beginning {
  readonly n_clusters: number;
  readonly init: unknown;
  readonly random: RandomState;
}

/** Returns rows to begin with: any, or by k-means++ rows that are far from each other. */
function begin(table: Table, { n_clusters, init, random }: Beginning): Table {
  if (init === "random") {
    return pick(table, random.permutation(table.rows).slice(0, n_clusters));
  }
  const tries = 2 + Math.floor(Math.log(n_clusters));
  const chosen = [random.upTo(table.rows - 1)];
  let far = distancesTo(table, chosen[0] as number, undefined);
  while (chosen.length < n_clusters) {
    const total = sum(far);
    const marks = Array.from({ length: tries }, () => random.uniform() * total);
    const candidates = marks.map((mark) => {
      const row = drawn(far, mark);
      const left = distancesTo(table, row, far);
      return { row, left, total: sum(left) };
    });
    const best = candidates.reduce((one, other) => (other.total < one.total ? other : one));
    chosen.push(best.row);
    far = best.left;
  }
  return pick(table, chosen);
}

/** Returns the first row at which the distances add up to `mark`. */
function drawn(far: Float64Array, mark: number): number {
  let reached = 0;
  const row = far.findIndex((distance) => (reached += distance) >= mark);
  return row < 0 ? far.length - 1 : row;
}

/** Returns each row's squared distance to one of them, or what it is already when that is less. */
function distancesTo(table: Table, row: number, far: Float64Array | undefined): Float64Array {
  const centre = table.row(row);
  const made = new Float64Array(table.rows);
  for (let i = 0; i < table.rows; i++) {
    made[i] = Math.min(squaredDistance(table.row(i), centre), far?.[i] ?? Infinity);
  }
  return made;
}

interface Limits {
  readonly max_iter: number;
  /** Centres that moved no farther, all squares together, have arrived. */
  readonly enough: number;
}

/** Gives rows to their nearest centre and moves the centres to their rows, until nothing moves. */
function lloyd(table: Table, begun: Table, { max_iter, enough }: Limits): Clusters {
  let centres = begun;
  let places: number[] = [];
  for (let steps = 1; ; steps++) {
    const found = nearest(table, centres);
    const moved = movedTo(table, found.places, centres);
    const settled = found.places.every((place, row) => place === places[row]);
    const shift = sum(moved.data.map((value, i) => (value - (centres.data[i] as number)) ** 2));
    centres = moved;
    places = found.places;
    if (settled) return { centres, places, inertia: inertiaOf(table, places, centres), steps };
    if (shift > enough && steps < max_iter) continue;
    const last = nearest(table, centres);
    return { centres, ...last, steps };
  }
}

/** Returns the mean of each cluster's rows; an empty one gets the row that is farthest off. */
function movedTo(table: Table, places: readonly number[], centres: Table): Table {
  const made = new Table(centres.rows, centres.columns, undefined, centres.dtype);
  const counts = new Float64Array(centres.rows);
  const add = (place: number, row: number, sign: 1 | -1) => {
    const cells = made.row(place);
    const values = table.row(row);
    for (let i = 0; i < cells.length; i++) (cells[i] as number) += sign * (values[i] as number);
    (counts[place] as number) += sign;
  };
  for (const [row, place] of places.entries()) add(place, row, 1);
  const empty = Array.from(counts.keys()).filter((place) => counts[place] === 0);
  if (empty.length > 0) {
    const off = places.map((place, row) => squaredDistance(table.row(row), centres.row(place)));
    const farthest = Array.from(off.keys()).sort((i, j) => (off[j] as number) - (off[i] as number));
    for (const [i, place] of empty.entries()) {
      const row = farthest[i] as number;
      add(places[row] as number, row, -1);
      add(place, row, 1);
    }
  }
  for (let place = 0; place < made.rows; place++) {
    const cells = made.row(place);
    for (let i = 0; i < cells.length; i++) (cells[i] as number) /= counts[place] || 1;
  }
  return made;
}

/** Returns the nearest centre of each row, and the sum of the squared distances to it. */
function nearest(table: Table, centres: Table): { places: number[]; inertia: number } {
  let inertia = 0;
  const middles = centres.windows();
  const places = Array.from({ length: table.rows }, (_, row) => {
    const cells = table.row(row);
    let place = 0;
    let least = Infinity;
    for (let i = 0; i < middles.length; i++) {
      const far = squaredDistance(cells, middles[i] as Float64Array);
      if (far >= least) continue;
      place = i;
      least = far;
    }
    inertia += least;
    return place;
  });
  return { places, inertia };
}

function inertiaOf(table: Table, places: readonly number[], centres: Table): number {
  return sum(places.map((place, row) => squaredDistance(table.row(row), centres.row(place))));
}

/** Whether two lists part the rows in the same way, whatever the numbers. */
function isSame(one: readonly number[], other: readonly number[]): boolean {
  const names = new Map<number, number>();
  return one.every((place, row) => {
    if (!names.has(place)) names.set(place, other[row] as number);
    return names.get(place) === other[row];
  });
}

function pick(table: Table, rows: readonly number[]): Table {
  const made = new Table(rows.length, table.columns, undefined, table.dtype);
  for (const [i, row] of rows.entries()) made.row(i).set(table.row(row));
  return made;
}

/** The mean of the columns' variances; of a table whose means are 0. */
function spreadOf(table: Table): number {
  return sum(table.data.map((value) => value * value)) / table.data.length;
}
