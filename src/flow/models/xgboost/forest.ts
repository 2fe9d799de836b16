/**
 * A forest as it runs: all nodes of all trees in one array, walked row by row.
 *
 * A node is three words. The left child stands right behind its parent, so that only the right one
 * needs an address, and a walk touches few lines of the cache:
 *
 * 1. -1 for a leaf, else `feature * 4 + flags`;
 * 2. the bits of a 32-bit float (a leaf's value, or the threshold below which a row goes left), or
 *    for a categorical split the index of its segment of categories;
 * 3. the address of the right child, unused in a leaf.
 *
 * Sums are 32-bit floats in the order of the trees, as XGBoost's own.
 *
 * Invariant: every address points to a node behind it, so every walk ends. Who fills the arrays
 * (`trees.ts`) holds that; nothing here checks it again.
 *
 * @module
 */

const f = Math.fround;

/** Words of a node. */
const NODE_WORDS = 3;
/** A missing value goes left. */
export const DEFAULT_LEFT = 1;
/** The split is by categories: those of its segment go right. */
export const CATEGORICAL = 2;
/** Categories are whole 32-bit floats below this. */
export const CATEGORIES_MAX = 2 ** 24;

/** Trees ready to be walked. */
export interface Forest {
  readonly nodes: Int32Array;
  /** The same memory as `nodes`. */
  readonly floats: Float32Array;
  /** The address of each tree's first node. */
  readonly roots: Int32Array;
  /** Which output each tree adds to. */
  readonly groups: Int32Array;
  /** What each tree's leaves are multiplied with: 1 but for dart. */
  readonly weights: Float32Array;
  /** The nodes of each tree's longest way down. */
  readonly depths: Int32Array;
  /** Where each segment of `categories` ends; it starts where the one before ends. */
  readonly segmentEnds: Int32Array;
  /** Ascending within each segment. */
  readonly categories: Int32Array;
}

/** One run: its rows, its sums, and how far it has come. */
export interface Walk {
  /** Row-major; NaN is a missing value. */
  readonly rows: Float32Array;
  readonly features: number;
  /** One row for each row, starting as the base margins; the trees are added to it. */
  readonly margins: Float32Array<ArrayBuffer>;
  readonly outputs: number;
  /** The row and the tree that come next. */
  row: number;
  tree: number;
}

/**
 * Goes on with a run until about `visits` nodes were visited.
 *
 * @returns Whether the run is done.
 */
export function walkOn(forest: Forest, walk: Walk, visits: number): boolean {
  const { roots, groups, weights, depths, floats } = forest;
  const { margins, outputs, features } = walk;
  const rows = margins.length / outputs;
  let left = visits;
  for (; walk.row < rows; walk.row++, walk.tree = 0) {
    for (; walk.tree < roots.length; walk.tree++) {
      if (left <= 0) return false;
      const { tree } = walk;
      const leaf = leafOf(forest, roots[tree] as number, walk.rows, walk.row * features);
      const to = walk.row * outputs + (groups[tree] as number);
      const value = f((floats[leaf + 1] as number) * (weights[tree] as number));
      margins[to] = (margins[to] as number) + value;
      left -= depths[tree] as number;
    }
    // A forest without trees must come to its end as well.
    left--;
  }
  return true;
}

/** Returns the address of the leaf that the row from `start` on ends in. */
function leafOf(forest: Forest, root: number, rows: Float32Array, start: number): number {
  const { nodes, floats } = forest;
  let at = root;
  for (let word = nodes[at] as number; word >= 0; word = nodes[at] as number) {
    const value = rows[start + (word >> 2)] as number;
    let isLeft: boolean;
    if (value !== value) isLeft = (word & DEFAULT_LEFT) !== 0;
    else if (word & CATEGORICAL) isLeft = !isChosen(forest, nodes[at + 1] as number, value);
    else isLeft = value < (floats[at + 1] as number);
    at = isLeft ? at + NODE_WORDS : (nodes[at + 2] as number);
  }
  return at;
}

/** Returns whether a value is a category of the segment; its fraction is cut off, as there. */
function isChosen({ segmentEnds, categories }: Forest, segment: number, value: number): boolean {
  if (value < 0 || value >= CATEGORIES_MAX) return false;
  const category = Math.trunc(value);
  let low = segment === 0 ? 0 : (segmentEnds[segment - 1] as number);
  let high = segmentEnds[segment] as number;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((categories[middle] as number) < category) low = middle + 1;
    else high = middle;
  }
  return low < (segmentEnds[segment] as number) && categories[low] === category;
}
