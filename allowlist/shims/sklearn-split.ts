/**
 * Where a node of a growing tree is split: which column, and at which number.
 *
 * Column by column in the order that chance gives, as scikit-learn draws it: of splits that are
 * equally good the one that was seen first is kept, so the same seed gives the same tree. Columns
 * in which all rows of a node are equal are not looked at again below it.
 *
 * A column is ranked once for all trees, so that the rows of a node are put in order by sorting
 * plain integers.
 *
 * @module
 */

import { Xorshift } from "./sklearn-random.ts";
import type { Table } from "./sklearn-table.ts";

export type Criterion = "gini" | "entropy" | "log_loss";

/** What is learnt from: a table by columns, and the class of each row. */
export class Samples {
  readonly rows: number;
  readonly classes: number;
  readonly codes: readonly number[];
  readonly columns: readonly Column[];

  constructor(table: Table, codes: readonly number[], classes: number) {
    this.rows = table.rows;
    this.codes = codes;
    this.classes = classes;
    this.columns = Array.from({ length: table.columns }, (_, i) => columnOf(table.column(i)));
  }
}

/** The numbers of a column by row, the place of each row in their order, and the rows in it. */
interface Column {
  readonly values: Float32Array;
  readonly ranks: Uint32Array;
  readonly ordered: Uint32Array;
}

function columnOf(numbers: Float64Array): Column {
  const values = Float32Array.from(numbers);
  const ordered = Uint32Array.from(values.keys());
  ordered.sort((i, j) => (values[i] as number) - (values[j] as number));
  const ranks = new Uint32Array(values.length);
  for (const [rank, row] of ordered.entries()) ranks[row] = rank;
  return { values, ranks, ordered };
}

/** The rows of a node: a part of the splitter's list. */
export interface Part {
  readonly start: number;
  readonly end: number;
  /** How many of its columns are known to hold one number only. */
  readonly constants: number;
}

export interface SplitOptions {
  readonly samples: Samples;
  /** How often each row is there, by row; a row may be there no time. */
  readonly weights: Float64Array;
  readonly criterion: Criterion;
  /** How many columns are looked at for each split. */
  readonly columns: number;
  readonly leafMin: number;
  /** Of the columns' order. */
  readonly seed: number;
}

/** Where a node is split, and how impure both sides are. */
export interface Split {
  readonly column: number;
  readonly threshold: number;
  /** Where the right side begins. */
  readonly middle: number;
  readonly impurities: readonly [left: number, right: number];
  readonly weights: readonly [left: number, right: number];
}

interface Candidate extends Omit<Split, "middle"> {
  readonly gain: number;
}

/** Splits the nodes of one tree, from the root on; it keeps the rows in the order of the nodes. */
export class Splitter {
  /** How many different rows there are. */
  readonly size: number;
  readonly #options: SplitOptions;
  readonly #random: Xorshift;
  readonly #rows: Uint32Array;
  readonly #sorted: Uint32Array;
  readonly #features: Uint32Array;
  readonly #constants: Uint32Array;

  constructor(options: SplitOptions) {
    const { samples, weights, seed } = options;
    this.#options = options;
    this.#random = new Xorshift(seed);
    this.#rows = Uint32Array.from({ length: samples.rows }, (_, row) => row);
    this.#rows = this.#rows.filter((row) => weights[row] !== 0);
    this.size = this.#rows.length;
    this.#sorted = new Uint32Array(this.size);
    this.#features = Uint32Array.from(samples.columns.keys());
    this.#constants = new Uint32Array(samples.columns.length);
  }

  /** Returns how often each class is there. */
  counts({ start, end }: Part): Float64Array {
    const { samples, weights } = this.#options;
    const counts = new Float64Array(samples.classes);
    for (const row of this.#rows.subarray(start, end)) {
      (counts[samples.codes[row] as number] as number) += weights[row] as number;
    }
    return counts;
  }

  /**
   * Parts the rows where both sides are purest.
   *
   * @returns The split, if there is one, and how many columns are known to be constant now.
   */
  split(part: Part, counts: Float64Array): { best: Split | undefined; constants: number } {
    const features = this.#features;
    const { constants: known } = part;
    let [visited, found, drawn, rest] = [0, 0, 0, features.length];
    let best: Candidate | undefined;
    while (rest > known + found && (visited < this.#options.columns || visited <= found + drawn)) {
      visited++;
      const at = drawn + this.#random.below(rest - found - drawn);
      if (at < known) {
        swap(features, drawn++, at);
        continue;
      }
      const column = features[at + found] as number;
      if (this.#sort(part, column)) {
        swap(features, at + found, known + found++);
        continue;
      }
      swap(features, --rest, at + found);
      best = this.#bestIn(part, column, counts, best);
    }
    // Nodes below find the columns that are known to be constant in the same order.
    features.set(this.#constants.subarray(0, known));
    this.#constants.set(features.subarray(known, known + found), known);
    return { best: best && { ...best, middle: this.#part(part, best) }, constants: known + found };
  }

  /** Puts the rows in the order of a column. Returns whether all are equal there. */
  #sort({ start, end }: Part, column: number): boolean {
    const { ranks, ordered, values } = this.#options.samples.columns[column] as Column;
    const sorted = this.#sorted.subarray(0, end - start);
    for (let i = 0; i < sorted.length; i++) {
      sorted[i] = ranks[this.#rows[start + i] as number] as number;
    }
    sorted.sort();
    for (let i = 0; i < sorted.length; i++) sorted[i] = ordered[sorted[i] as number] as number;
    const [least, most] = [sorted[0] as number, sorted[sorted.length - 1] as number];
    return isNear(values[least] as number, values[most] as number);
  }

  /** Moves the sorted rows to the left one by one, and keeps where both sides are purest. */
  #bestIn(part: Part, column: number, counts: Float64Array, before: Candidate | undefined) {
    const { samples, weights, criterion, leafMin } = this.#options;
    const { values } = samples.columns[column] as Column;
    const size = part.end - part.start;
    const [left, right] = [new Float64Array(counts.length), counts.slice()];
    let [leftWeight, rightWeight] = [0, counts.reduce((sum, count) => sum + count, 0)];
    let best = before;
    for (let count = 1; count < size; count++) {
      const row = this.#sorted[count - 1] as number;
      const [weight, code] = [weights[row] as number, samples.codes[row] as number];
      (left[code] as number) += weight;
      (right[code] as number) -= weight;
      leftWeight += weight;
      rightWeight -= weight;
      const here = values[row] as number;
      const next = values[this.#sorted[count] as number] as number;
      if (isNear(here, next) || count < leafMin || size - count < leafMin) continue;
      const impurities = [
        impurityOf(left, leftWeight, criterion),
        impurityOf(right, rightWeight, criterion),
      ] as const;
      const gain = -rightWeight * impurities[1] - leftWeight * impurities[0];
      if (best && gain <= best.gain) continue;
      const middle = here / 2 + next / 2;
      const threshold = middle === next || !Number.isFinite(middle) ? here : middle;
      best = { column, threshold, impurities, weights: [leftWeight, rightWeight], gain };
    }
    return best;
  }

  /** Puts the rows of the left side first. Returns where those of the right side begin. */
  #part({ start, end }: Part, { column, threshold }: Candidate): number {
    const { values } = this.#options.samples.columns[column] as Column;
    let [at, middle] = [start, end];
    while (at < middle) {
      if ((values[this.#rows[at] as number] as number) <= threshold) at++;
      else swap(this.#rows, at, --middle);
    }
    return middle;
  }
}

/** Returns how mixed the classes are, of which `counts` add up to `total`. */
export function impurityOf(counts: Float64Array, total: number, criterion: Criterion): number {
  let sum = 0;
  if (criterion === "gini") {
    for (const count of counts) sum += count * count;
    return 1 - sum / (total * total);
  }
  for (const count of counts) {
    const share = count / total;
    if (share > 0) sum -= share * (Math.log(share) / Math.LN2);
  }
  return sum;
}

/** Two numbers that are no farther apart are one, as in scikit-learn. */
function isNear(least: number, most: number): boolean {
  return most <= Math.fround(least + Math.fround(1e-7));
}

function swap(list: Uint32Array, one: number, other: number): void {
  const held = list[one] as number;
  list[one] = list[other] as number;
  list[other] = held;
}
