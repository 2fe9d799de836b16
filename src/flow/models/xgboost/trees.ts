/**
 * The trees of a model file, checked and laid out as a {@link Forest}, one at a time.
 *
 * A file may say anything of its children: itself, each other, a node twice. So each tree is walked
 * once from its root, and a node that is met again is refused. Nodes that are never met (XGBoost
 * leaves those that it pruned in the file) are dropped unread.
 *
 * @module
 */

import { CATEGORICAL, CATEGORIES_MAX, DEFAULT_LEFT, type Forest } from "./forest.ts";
import type { JsonReader } from "./json.ts";

/** A tree as the file has it: for each node one entry of each list. */
interface RawTree {
  left_children: Float64Array;
  right_children: Float64Array;
  split_indices: Float64Array;
  split_conditions: Float64Array;
  default_left: Float64Array;
  split_type: Float64Array;
  categories: Float64Array;
  categories_nodes: Float64Array;
  categories_segments: Float64Array;
  categories_sizes: Float64Array;
}

const NONE = new Float64Array(0);
const LISTS = ["left_children", "right_children", "split_indices", "split_conditions"] as const;
const CATEGORY_LISTS = [
  "split_type",
  "categories",
  "categories_nodes",
  "categories_segments",
  "categories_sizes",
] as const;

/** Takes the trees of one file in their order, and gives the forest. */
export class Planter {
  readonly #features: number;
  readonly #nodes = new Words();
  readonly #roots = new Words();
  readonly #depths = new Words();
  readonly #segmentEnds = new Words();
  readonly #categories = new Words();

  /** @param features How many there are: no split may ask for another. */
  constructor(features: number) {
    this.#features = features;
  }

  /** The number of trees so far. */
  get trees(): number {
    return this.#roots.length;
  }

  /**
   * Reads the tree that `reader` stands at.
   *
   * @throws {Refusal} `MODEL_FAILED` with the place of the first thing that is wrong.
   */
  read(reader: JsonReader): void {
    const tree = rawTreeFrom(reader);
    const segments = this.#segmentsFrom(tree, reader);
    this.#plant(tree, segments, reader);
  }

  /**
   * Returns the forest of the first trees.
   *
   * @param groups Which output each tree adds to; no longer than there are trees.
   * @param weights Of each of these trees.
   */
  forest(groups: Int32Array, weights: Float32Array): Forest {
    const nodes = this.#nodes.done();
    return {
      nodes,
      floats: new Float32Array(nodes.buffer),
      roots: this.#roots.done().slice(0, groups.length),
      depths: this.#depths.done().slice(0, groups.length),
      segmentEnds: this.#segmentEnds.done(),
      categories: this.#categories.done(),
      groups,
      weights,
    };
  }

  /** Takes the categories of a tree; returns the segment of each node that splits by them. */
  #segmentsFrom(tree: RawTree, reader: JsonReader): ReadonlyMap<number, number> {
    const { categories, categories_nodes: at, categories_segments: starts } = tree;
    const { categories_sizes: sizes } = tree;
    if (starts.length !== at.length || sizes.length !== at.length) {
      const got = `${starts.length} and ${sizes.length}`;
      const want = `as many entries of categories_segments and categories_sizes as here`;
      reader.refuse(`wants ${want}, ${at.length}, got ${got}`, "categories_nodes");
    }
    const segments = new Map<number, number>();
    let end = 0;
    for (let i = 0; i < at.length; i++) {
      const start = end;
      if (starts[i] !== start) {
        reader.refuse(`wants ${start}, got ${starts[i]}`, "categories_segments", i);
      }
      end = start + (sizes[i] as number);
      if (!(end > start && end <= categories.length)) {
        const want = `1 to ${categories.length - start} categories`;
        reader.refuse(`wants ${want}, got ${sizes[i]}`, "categories_sizes", i);
      }
      segments.set(at[i] as number, this.#segmentEnds.length);
      this.#takeCategories(categories, [start, end], reader);
    }
    return segments;
  }

  #takeCategories(all: Float64Array, range: readonly [number, number], reader: JsonReader): void {
    let before = -1;
    for (let i = range[0]; i < range[1]; i++) {
      const category = all[i] as number;
      if (!Number.isInteger(category) || category <= before || category >= CATEGORIES_MAX) {
        const want = `a whole number from ${before + 1} to ${CATEGORIES_MAX - 1}`;
        reader.refuse(`wants ${want}, got ${category}`, "categories", i);
      }
      before = category;
      this.#categories.push(category);
    }
    this.#segmentEnds.push(this.#categories.length);
  }

  /** Lays out the nodes in the order of a walk that goes left first. */
  #plant(tree: RawTree, segments: ReadonlyMap<number, number>, reader: JsonReader): void {
    const nodes = this.#nodes;
    const root = nodes.length;
    const seen = new Uint8Array(tree.left_children.length);
    // The nodes to come, each with its depth and the parent whose right child it is, or -1.
    const ahead: number[] = [0, 1, -1];
    let depthMost = 1;
    while (ahead.length > 0) {
      const parent = ahead.pop() as number;
      const depth = ahead.pop() as number;
      const i = ahead.pop() as number;
      const at = nodes.length;
      if (parent >= 0) nodes.set(parent + 2, at);
      depthMost = Math.max(depthMost, depth);
      if (tree.left_children[i] === -1) {
        this.#leaf(tree, i, reader);
        continue;
      }
      this.#split(tree, i, { segments, reader });
      const right = childFrom(tree, "right_children", { i, seen, reader });
      const left = childFrom(tree, "left_children", { i, seen, reader });
      ahead.push(right, depth + 1, at, left, depth + 1, -1);
    }
    this.#roots.push(root);
    this.#depths.push(depthMost);
  }

  #leaf(tree: RawTree, i: number, reader: JsonReader): void {
    const right = tree.right_children[i];
    if (right !== -1) {
      reader.refuse(`wants -1 as left_children has, got ${right}`, "right_children", i);
    }
    this.#nodes.push(-1);
    this.#nodes.pushFloat(floatFrom(tree.split_conditions, i, reader));
    this.#nodes.push(0);
  }

  #split(
    tree: RawTree,
    i: number,
    { segments, reader }: { segments: ReadonlyMap<number, number>; reader: JsonReader },
  ): void {
    const feature = tree.split_indices[i] as number;
    if (!Number.isInteger(feature) || feature < 0 || feature >= this.#features) {
      const want = `a feature from 0 to ${this.#features - 1}`;
      reader.refuse(`wants ${want}, got ${feature}`, "split_indices", i);
    }
    const word = feature * 4 + (tree.default_left[i] === 1 ? DEFAULT_LEFT : 0);
    const type = tree.split_type[i] ?? 0;
    const segment = segments.get(i);
    if (type !== 0 && type !== 1) {
      reader.refuse(`wants 0 (by number) or 1 (by category), got ${type}`, "split_type", i);
    }
    if (type === 1 && segment === undefined) {
      reader.refuse(
        "wants categories for its split, got none in categories_nodes",
        "split_type",
        i,
      );
    }
    if (type === 1) {
      this.#nodes.push(word + CATEGORICAL);
      this.#nodes.push(segment ?? 0);
    } else {
      this.#nodes.push(word);
      this.#nodes.pushFloat(floatFrom(tree.split_conditions, i, reader));
    }
    this.#nodes.push(0);
  }
}

function rawTreeFrom(reader: JsonReader): RawTree {
  const tree: RawTree = {
    left_children: NONE,
    right_children: NONE,
    split_indices: NONE,
    split_conditions: NONE,
    default_left: NONE,
    split_type: NONE,
    categories: NONE,
    categories_nodes: NONE,
    categories_segments: NONE,
    categories_sizes: NONE,
  };
  let count = "";
  const read = (name: keyof RawTree) => () => {
    tree[name] = reader.numbers();
  };
  const fields = Object.fromEntries(
    [...LISTS, ...CATEGORY_LISTS].map((name) => [name, read(name)]),
  );
  reader.dict(
    {
      ...fields,
      default_left: () => {
        tree.default_left = reader.numbers(() => reader.flag());
      },
      tree_param: () => {
        count = nodesFrom(reader);
      },
    },
    CATEGORY_LISTS,
  );
  checkLengths(tree, count, reader);
  return tree;
}

function nodesFrom(reader: JsonReader): string {
  let count = "";
  const size = () => {
    const text = reader.string();
    if (text === "0" || text === "1") return;
    const say = "use multi_strategy='one_output_per_tree'";
    reader.refuse(`wants trees of one output, got size_leaf_vector = ${text.slice(0, 20)}; ${say}`);
  };
  const fields = { num_nodes: () => (count = reader.string()), size_leaf_vector: size };
  reader.dict(fields, ["size_leaf_vector"]);
  return count;
}

/** Every list has an entry for each node, but those of categories may be left out. */
function checkLengths(tree: RawTree, count: string, reader: JsonReader): void {
  const nodes = tree.left_children.length;
  if (nodes === 0 || String(nodes) !== count) {
    const want = `${count.slice(0, 20)} nodes as tree_param says`;
    reader.refuse(`wants ${want}, at least 1, got ${nodes}`, "left_children");
  }
  for (const name of [...LISTS, "default_left", "split_type"] as const) {
    const { length } = tree[name];
    if (length === nodes || (name === "split_type" && length === 0)) continue;
    reader.refuse(`wants ${nodes} entries as left_children has, got ${length}`, name);
  }
}

interface Parent {
  readonly i: number;
  readonly seen: Uint8Array;
  readonly reader: JsonReader;
}

/** Returns a child of node `i` and marks it as seen. */
function childFrom(
  tree: RawTree,
  side: "left_children" | "right_children",
  { i, seen, reader }: Parent,
): number {
  const child = tree[side][i] as number;
  if (!Number.isInteger(child) || child < 1 || child >= seen.length) {
    const want = `a node from 1 to ${seen.length - 1}, or -1 on both sides`;
    reader.refuse(`wants ${want}, got ${child}`, side, i);
  }
  if (seen[child]) reader.refuse(`wants a node of its own, got ${child} again`, side, i);
  seen[child] = 1;
  return child;
}

/** Returns a number as a 32-bit float, which it must fit. */
function floatFrom(list: Float64Array, i: number, reader: JsonReader): number {
  const value = Math.fround(list[i] as number);
  if (Number.isFinite(value)) return value;
  return reader.refuse(`wants a 32-bit float, got ${list[i]}`, "split_conditions", i);
}

/** A list of 32-bit words that grows; its memory is at most twice of what is in it. */
class Words {
  length = 0;
  #ints = new Int32Array(64);
  #floats = new Float32Array(this.#ints.buffer);

  push(word: number): void {
    if (this.length === this.#ints.length) this.#grow();
    this.#ints[this.length++] = word;
  }

  pushFloat(value: number): void {
    if (this.length === this.#ints.length) this.#grow();
    this.#floats[this.length++] = value;
  }

  set(index: number, word: number): void {
    this.#ints[index] = word;
  }

  /** Returns the words in memory of their own size. */
  done(): Int32Array {
    return this.#ints.slice(0, this.length);
  }

  #grow(): void {
    const ints = new Int32Array(this.#ints.length * 2);
    ints.set(this.#ints);
    this.#ints = ints;
    this.#floats = new Float32Array(ints.buffer);
  }
}
