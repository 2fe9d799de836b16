/**
 * How a decision tree is grown: as scikit-learn grows its own, node by node, depth first, on
 * numbers rounded to float32. The same seed gives the same tree, to the bit with the Gini impurity; that of
 * entropy hangs on how a machine rounds its logarithms.
 *
 * ml-cart is not used: its trees stop where a child is as impure as its parent, and know neither
 * `min_samples_leaf` nor columns drawn for each split.
 *
 * @module
 */

import { LEAF, type Tree } from "./sklearn-nodes.ts";
import { impurityOf, type Part, type Split, type SplitOptions, Splitter } from "./sklearn-split.ts";

/** What scikit-learn has as the feature and the threshold of a leaf. */
const UNDEFINED = -2;

export interface Growth extends SplitOptions {
  readonly depthMax: number;
  readonly splitMin: number;
  readonly decreaseMin: number;
}

/** A node that is to be made. */
interface Place extends Part {
  readonly depth: number;
  readonly parent: number;
  readonly left: boolean;
}

/** Returns the tree that tells the classes of the rows apart. */
export function grow(growth: Growth): Tree {
  const { depthMax, splitMin, leafMin, decreaseMin } = growth;
  const splitter = new Splitter(growth);
  const tree = empty();
  const places: Place[] = [
    { start: 0, end: splitter.size, constants: 0, depth: 0, parent: LEAF, left: false },
  ];
  for (let place = places.pop(); place; place = places.pop()) {
    const counts = splitter.counts(place);
    const node = add(tree, place, counts, growth);
    const size = place.end - place.start;
    const small = size < splitMin || size < 2 * leafMin;
    const pure = (tree.impurity[node] as number) <= Number.EPSILON;
    if (place.depth >= depthMax || small || pure) continue;
    const { best, constants } = splitter.split(place, counts);
    if (!best || decreaseOf(tree, node, best) + Number.EPSILON < decreaseMin) continue;
    tree.feature[node] = best.column;
    tree.threshold[node] = best.threshold;
    const below = { constants, depth: place.depth + 1, parent: node };
    places.push({ ...below, start: best.middle, end: place.end, left: false });
    places.push({ ...below, start: place.start, end: best.middle, left: true });
  }
  return tree;
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
    weighted_n_node_samples: [],
  };
}

/** Adds a leaf, which a split makes a node. Returns its number. */
function add(tree: Tree, place: Place, counts: Float64Array, { criterion }: Growth): number {
  const node = tree.value.length;
  const weight = counts.reduce((sum, count) => sum + count, 0);
  tree.children_left.push(LEAF);
  tree.children_right.push(LEAF);
  tree.feature.push(UNDEFINED);
  tree.threshold.push(UNDEFINED);
  tree.value.push([...counts]);
  tree.impurity.push(impurityOf(counts, weight, criterion));
  tree.n_node_samples.push(place.end - place.start);
  tree.weighted_n_node_samples.push(weight);
  const side = place.left ? tree.children_left : tree.children_right;
  if (place.parent !== LEAF) side[place.parent] = node;
  return node;
}

/** Returns by how much a split lessens the impurity of the whole tree. */
function decreaseOf(tree: Tree, node: number, { impurities, weights }: Split): number {
  const [left, right] = impurities;
  const weight = tree.weighted_n_node_samples[node] as number;
  const all = tree.weighted_n_node_samples[0] as number;
  const below = (weights[1] / weight) * right + (weights[0] / weight) * left;
  return (weight / all) * ((tree.impurity[node] as number) - below);
}
