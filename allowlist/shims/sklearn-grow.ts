/**
 * A decision tree as scikit-learn keeps it (`tree_`: parallel lists, one entry for each node), how
 * it is read, walked and grown.
 *
 * Grown as scikit-learn grows its own: on numbers rounded to float32, best split by impurity,
 * nodes numbered depth first. Of splits that are equally good the first column's is taken; there,
 * chance decides. ml-cart is not used: its trees stop where a child is as impure as its parent, and
 * know neither `min_samples_leaf` nor columns drawn for each split.
 *
 * @module
 */

import type { RandomState } from "./sklearn-random.ts";
import { agree, show, Table, tableFrom, vectorFrom } from "./sklearn-table.ts";

/** `children_left[i]` is -1 for a leaf; `value` has a row of shares (or counts) for each node. */
export interface Tree {
  readonly children_left: number[];
  readonly children_right: number[];
  readonly feature: number[];
  readonly threshold: number[];
  readonly value: number[][];
  readonly impurity: number[];
  readonly n_node_samples: number[];
}

const LEAF = -1;

/** What scikit-learn has as the feature and the threshold of a leaf. */
const UNDEFINED = -2;

/** Two numbers that are closer than that are one, as in scikit-learn. */
const STEP = 1e-7;

export interface Growth {
  readonly criterion: "gini" | "entropy" | "log_loss";
  readonly depthMax: number;
  readonly splitMin: number;
  readonly leafMin: number;
  readonly decreaseMin: number;
  /** How many columns are looked at for each split. */
  readonly columns: number;
  readonly random: RandomState;
}

/** Returns the number of the leaf that each row comes to. */
export function leavesOf(tree: Tree, table: Table): number[] {
  return Array.from({ length: table.rows }, (_, row) => {
    const cells = table.row(row);
    let node = 0;
    while (tree.children_left[node] !== LEAF) {
      const value = Math.fround(cells[tree.feature[node] as number] as number);
      const left = value <= (tree.threshold[node] as number);
      node = (left ? tree.children_left[node] : tree.children_right[node]) as number;
    }
    return node;
  });
}

/** Returns a row of shares for each node, whether the tree holds counts or shares. */
export function sharesOf({ value }: Tree): number[][] {
  return value.map((cells) => {
    const total = cells.reduce((sum, cell) => sum + cell, 0);
    return cells.map((cell) => (total === 0 ? 0 : cell / total));
  });
}

/**
 * Returns a tree of Python's: each child is behind its parent, so that a walk comes to an end.
 *
 * @throws {TypeError | RangeError} When a list is missing or of another length, or a child or a
 * feature is none.
 */
export function treeFrom(given: unknown, name = "tree_"): Tree {
  const fields = (given ?? {}) as { readonly [key: string]: unknown };
  const read = (key: string) => [...vectorFrom(fields[key] ?? [], `${name}.${key}`)];
  const [children_left, children_right] = [read("children_left"), read("children_right")];
  const [feature, threshold] = [read("feature"), read("threshold")];
  const size = children_left.length;
  if (size === 0) throw new TypeError(`${name} wants children_left and so on, got ${show(given)}`);
  for (const list of [children_right, feature, threshold])
    agree(`${name}, each list,`, list.length, size);
  const value = tableFrom(flattened(fields.value), { name: `${name}.value` }).lists();
  agree(`${name}.value`, value.length, size);
  for (let node = 0; node < size; node++) {
    const [left, right] = [children_left[node] as number, children_right[node] as number];
    if (left === LEAF && right === LEAF) continue;
    const behind = (child: number) => Number.isSafeInteger(child) && child > node && child < size;
    if (!behind(left) || !behind(right) || !(Number(feature[node]) >= 0)) {
      throw new RangeError(`${name} wants children behind their parent, got other ones at ${node}`);
    }
  }
  const impurity = fields.impurity === undefined ? [] : read("impurity");
  const samples = fields.n_node_samples === undefined ? [] : read("n_node_samples");
  return {
    children_left,
    children_right,
    feature,
    threshold,
    value,
    impurity,
    n_node_samples: samples,
  };
}

/** Takes out the axis of one output: `[nodes, 1, classes]` to `[nodes, classes]`. */
function flattened(value: unknown): unknown {
  const { tolist } = (value ?? {}) as { readonly tolist?: unknown };
  const list: unknown = typeof tolist === "function" ? tolist.call(value) : value;
  if (!Array.isArray(list)) return list;
  return list.map((row: unknown) => (Array.isArray(row) && Array.isArray(row[0]) ? row[0] : row));
}

/** Rows that come to one node, and what was counted of them. */
interface Place {
  readonly rows: readonly number[];
  readonly depth: number;
  readonly parent: number;
  readonly left: boolean;
}

/** Returns the tree that tells the classes of `rows` apart; a row may be there several times. */
export function grow(
  table: Table,
  codes: readonly number[],
  { classes, rows, growth }: { classes: number; rows: readonly number[]; growth: Growth },
): Tree {
  const tree = empty();
  const single = table.map(Math.fround);
  const places: Place[] = [{ rows, depth: 0, parent: LEAF, left: false }];
  for (let place = places.pop(); place; place = places.pop()) {
    const counts = countsOf(place.rows, codes, classes);
    const impurity = impurityOf(counts, growth.criterion);
    const node = add(tree, place, counts, impurity);
    const { length } = place.rows;
    const small = length < growth.splitMin || length < 2 * growth.leafMin;
    if (place.depth >= growth.depthMax || small || impurity <= Number.EPSILON) continue;
    const split = bestSplit({ table: single, codes, rows: place.rows, counts, growth });
    const gain = split ? ((impurity - split.impurity) * length) / rows.length : -1;
    if (!split || gain + Number.EPSILON < growth.decreaseMin) continue;
    tree.feature[node] = split.column;
    tree.threshold[node] = split.threshold;
    const goesLeft = (row: number) => single.at(row, split.column) <= split.threshold;
    const below = { depth: place.depth + 1, parent: node };
    places.push({ ...below, rows: place.rows.filter((row) => !goesLeft(row)), left: false });
    places.push({ ...below, rows: place.rows.filter(goesLeft), left: true });
  }
  return tree;
}

/** Returns how much each column lessened the impurity, in shares of the whole. */
export function importancesOf(tree: Tree, columns: number): Float64Array {
  const gains = new Float64Array(columns);
  const weighed = (node: number) =>
    (tree.n_node_samples[node] as number) * (tree.impurity[node] as number);
  for (const [node, left] of tree.children_left.entries()) {
    if (left === LEAF) continue;
    const right = tree.children_right[node] as number;
    const gain = weighed(node) - weighed(left) - weighed(right);
    (gains[tree.feature[node] as number] as number) += gain;
  }
  const total = gains.reduce((sum, gain) => sum + gain, 0);
  return total === 0 ? gains : gains.map((gain) => gain / total);
}

function empty(): Tree {
  return {
    children_left: [],
    children_right: [],
    feature: [],
    threshold: [],
    value: [],
    impurity: [],
    n_node_samples: [],
  };
}

function add(tree: Tree, place: Place, counts: Float64Array, impurity: number): number {
  const node = tree.value.length;
  tree.children_left.push(LEAF);
  tree.children_right.push(LEAF);
  tree.feature.push(UNDEFINED);
  tree.threshold.push(UNDEFINED);
  tree.value.push([...counts]);
  tree.impurity.push(impurity);
  tree.n_node_samples.push(place.rows.length);
  const side = place.left ? tree.children_left : tree.children_right;
  if (place.parent !== LEAF) side[place.parent] = node;
  return node;
}

function countsOf(rows: readonly number[], codes: readonly number[], classes: number) {
  const counts = new Float64Array(classes);
  for (const row of rows) (counts[codes[row] as number] as number) += 1;
  return counts;
}

function impurityOf(counts: Float64Array, criterion: Growth["criterion"]): number {
  let total = 0;
  for (const count of counts) total += count;
  let left = criterion === "gini" ? 1 : 0;
  for (const count of counts) {
    const share = count / total;
    if (criterion === "gini") left -= share * share;
    else if (share > 0) left -= share * Math.log2(share);
  }
  return left;
}

interface Split {
  readonly column: number;
  readonly threshold: number;
  /** That of both sides, weighed by their rows. */
  readonly impurity: number;
}

interface Task {
  readonly table: Table;
  readonly codes: readonly number[];
  readonly rows: readonly number[];
  readonly counts: Float64Array;
  readonly growth: Growth;
}

/** Columns in which all rows are equal do not count among those that are looked at. */
function bestSplit(task: Task): Split | undefined {
  const { table, rows, growth } = task;
  const all = Array.from({ length: table.columns }, (_, column) => column);
  const order = growth.columns < table.columns ? growth.random.shuffled(all) : all;
  let best: Split | undefined;
  let seen = 0;
  for (const column of order) {
    if (seen >= growth.columns) break;
    const values = Float64Array.from(rows, (row) => table.at(row, column));
    const sorted = Uint32Array.from(values.keys());
    sorted.sort((i, j) => (values[i] as number) - (values[j] as number));
    const first = values[sorted[0] as number] as number;
    const last = values[sorted[sorted.length - 1] as number] as number;
    if (last <= first + STEP) continue;
    seen++;
    const found = splitColumn(task, { column, values, sorted });
    if (found && (!best || found.impurity < best.impurity - Number.EPSILON)) best = found;
  }
  return best;
}

interface Sorted {
  readonly column: number;
  readonly values: Float64Array;
  readonly sorted: Uint32Array;
}

/** Moves the rows over to the left one by one, and keeps where both sides are purest. */
function splitColumn(task: Task, { column, values, sorted }: Sorted): Split | undefined {
  const { codes, rows, growth } = task;
  const right = task.counts.slice();
  const left = new Float64Array(right.length);
  const size = rows.length;
  let best: Split | undefined;
  for (let count = 1; count < size; count++) {
    const at = sorted[count - 1] as number;
    const code = codes[rows[at] as number] as number;
    (left[code] as number) += 1;
    (right[code] as number) -= 1;
    const [here, next] = [values[at] as number, values[sorted[count] as number] as number];
    if (next <= here + STEP) continue;
    if (count < growth.leafMin || size - count < growth.leafMin) continue;
    const both =
      count * impurityOf(left, growth.criterion) +
      (size - count) * impurityOf(right, growth.criterion);
    const impurity = both / size;
    if (best && impurity >= best.impurity - Number.EPSILON) continue;
    const middle = here / 2 + next / 2;
    best = { column, threshold: middle < next ? middle : here, impurity };
  }
  return best;
}
