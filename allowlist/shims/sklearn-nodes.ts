/**
 * A decision tree as scikit-learn keeps it (`tree_`: parallel lists, one entry for each node): how
 * it is read, walked and weighed.
 *
 * Invariant: a child stands behind its parent, so that every walk comes to an end, also that
 * through a tree which a hook wrote by hand.
 *
 * Not here: how one is grown (`sklearn-grow.ts`).
 *
 * @module
 */

import { agree, show } from "./sklearn-classes.ts";
import { listOf, type Table, tableFrom, vectorFrom } from "./sklearn-table.ts";

/** `children_left[i]` is -1 for a leaf; `value` has a row of counts for each node. */
export interface Tree {
  readonly children_left: number[];
  readonly children_right: number[];
  readonly feature: number[];
  readonly threshold: number[];
  readonly value: number[][];
  /** These three are known of a whole tree only: `importancesOf` needs them, a walk does not. */
  readonly impurity: number[];
  readonly n_node_samples: number[];
  readonly weighted_n_node_samples: number[];
}

/** In place of a child: there is none. */
export const LEAF = -1;

/** What a tree has to know for each node, and what it may know. */
const WANTED = ["children_left", "children_right", "feature", "threshold"] as const;
const ASIDE = ["impurity", "n_node_samples", "weighted_n_node_samples"] as const;

/**
 * Returns a tree of Python's.
 *
 * @throws {TypeError | RangeError} When a list is missing or of another length, or a child or a
 * feature is none.
 */
export function treeFrom(given: unknown, name: string): Tree {
  const fields = (given ?? {}) as { readonly [key: string]: unknown };
  if (fields.children_left === undefined || fields.value === undefined) {
    const want = `a dict of ${[...WANTED, "value"].join(", ")}`;
    throw new TypeError(`${name} wants ${want}, got ${show(given)}`);
  }
  const value = tableFrom(flattened(fields.value), { name: `${name}.value` }).lists();
  const read = (key: string) => [...vectorFrom(fields[key], `${name}.${key}`, value.length)];
  const aside = (key: string) => (fields[key] === undefined ? [] : read(key));
  const lists = [
    ...WANTED.map((key) => [key, read(key)]),
    ...ASIDE.map((key) => [key, aside(key)]),
  ];
  const tree = { ...Object.fromEntries(lists), value } as Tree;
  for (const node of value.keys()) checkNode(tree, node, name);
  return tree;
}

function checkNode(tree: Tree, node: number, name: string): void {
  const [left, right] = childrenOf(tree, node);
  if (left === LEAF && right === LEAF) return;
  const size = tree.value.length;
  const behind = (child: number) => Number.isSafeInteger(child) && child > node && child < size;
  if (!behind(left) || !behind(right)) {
    const want = `children behind node ${node} and below ${size}`;
    throw new RangeError(`${name} wants ${want}, got ${left} and ${right}`);
  }
  const feature = tree.feature[node] as number;
  if (Number.isSafeInteger(feature) && feature >= 0) return;
  throw new RangeError(`${name}.feature[${node}] wants the number of a column, got ${feature}`);
}

function childrenOf(tree: Tree, node: number): readonly [left: number, right: number] {
  return [tree.children_left[node] as number, tree.children_right[node] as number];
}

/** Takes out the axis of one output: `[nodes, 1, classes]` to `[nodes, classes]`. */
function flattened(value: unknown): unknown {
  const list = listOf(value);
  if (!Array.isArray(list)) return value;
  return list.map((row: unknown) => (Array.isArray(row) && Array.isArray(row[0]) ? row[0] : row));
}

/** Checks that a tree is one for so many classes and columns. */
export function agreeTree(tree: Tree, classes: number, columns: number): void {
  agree("tree_.value", tree.value[0]?.length ?? 0, classes, "columns, one for each class");
  const highest = tree.feature.reduce((one, other) => Math.max(one, other));
  if (highest < columns) return;
  throw new RangeError(
    `tree_.feature wants columns below n_features_in_ ${columns}, got ${highest}`,
  );
}

/**
 * Returns the number of the leaf that each row comes to. Numbers are rounded to float32, as
 * scikit-learn does it, both when a tree is grown and when it is asked.
 */
export function leavesOf(tree: Tree, table: Table): number[] {
  const { children_left, children_right, feature, threshold } = tree;
  return Array.from({ length: table.rows }, (_, row) => {
    const cells = table.row(row);
    let node = 0;
    while (children_left[node] !== LEAF) {
      const value = Math.fround(cells[feature[node] as number] as number);
      const left = value <= (threshold[node] as number);
      node = (left ? children_left[node] : children_right[node]) as number;
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
 * Returns how much each column lessened the impurity, in shares of the whole.
 *
 * @throws {Error} When the tree does not know the impurities of its nodes.
 */
export function importancesOf(tree: Tree, columns: number): Float64Array {
  if (tree.impurity.length === 0 || tree.weighted_n_node_samples.length === 0) {
    const want = "impurity and weighted_n_node_samples in tree_";
    throw new Error(`feature_importances_ wants ${want}, got none; give them to from()`);
  }
  const weighed = (node: number) =>
    (tree.weighted_n_node_samples[node] as number) * (tree.impurity[node] as number);
  const gains = new Float64Array(columns);
  for (const node of tree.value.keys()) {
    const [left, right] = childrenOf(tree, node);
    if (left === LEAF) continue;
    (gains[tree.feature[node] as number] as number) +=
      weighed(node) - weighed(left) - weighed(right);
  }
  return sharesIn(gains);
}

/** Returns numbers as shares of their sum; zeros stay. */
export function sharesIn(values: Float64Array): Float64Array {
  const total = values.reduce((sum, value) => sum + value, 0);
  return total === 0 ? values : values.map((value) => value / total);
}
