/**
 * `sklearn.tree.DecisionTreeClassifier` and `sklearn.ensemble.RandomForestClassifier`.
 *
 * Trees that Python fitted come in as `tree_` has them, and give what they give there. What is
 * fitted here draws the rows and columns that scikit-learn draws with the same `random_state`.
 *
 * ml-random-forest is not used: it draws columns once for each tree, throws when a row is in every
 * sample, and gives wrong probabilities (its sum begins with the class that the first tree named).
 *
 * @module
 */

import type { Tensor } from "../../src/contract/tensor.ts";
import { Classifier, type Lesson } from "./sklearn-classifier.ts";
import {
  type Attribute,
  choice,
  columnCount,
  either,
  flag,
  labels,
  nothing,
  only,
  other,
  type Params,
  real,
  whole,
} from "./sklearn-estimator.ts";
import { grow } from "./sklearn-grow.ts";
import {
  agreeTree,
  importancesOf,
  leavesOf,
  sharesIn,
  sharesOf,
  type Tree,
  treeFrom,
} from "./sklearn-nodes.ts";
import { RandomState, seed } from "./sklearn-random.ts";
import { type Criterion, Samples } from "./sklearn-split.ts";
import { type Label, show } from "./sklearn-classes.ts";
import { countsOf, Table, tensorOf } from "./sklearn-table.ts";

const GROWTH = {
  criterion: choice("gini", "entropy", "log_loss"),
  max_depth: either(nothing, whole(1)),
  min_samples_split: whole(2, 2),
  min_samples_leaf: whole(1),
  max_features: either(nothing, other(null, '"sqrt", "log2", a number of columns or a share')),
  min_impurity_decrease: real(0, 0),
  random_state: seed,
  min_weight_fraction_leaf: only(0),
  max_leaf_nodes: only(null),
  class_weight: only(null),
  ccp_alpha: only(0),
};

interface GrowthParams {
  readonly criterion: Criterion;
  readonly max_depth: number | null;
  readonly min_samples_split: number;
  readonly min_samples_leaf: number;
  readonly max_features: unknown;
  readonly min_impurity_decrease: number;
}

/** What both have: they know how many columns they look at, and which of them matter. */
abstract class OfTrees<P extends Params> extends Classifier<P> {
  /** Returns how much each column lessened the impurity, in shares of the whole. */
  get feature_importances_(): Tensor {
    this.needFitted();
    return tensorOf(this.importances(this.n_features_in_ as number));
  }

  protected abstract importances(columns: number): Float64Array;

  override width(): number | undefined {
    return this.n_features_in_;
  }

  /** Returns the table, all of which must be numbers that float32 can hold. */
  protected readSingle(X: unknown): Table {
    const table = this.read(X);
    const large = table.data.find((value) => !Number.isFinite(Math.fround(value)));
    if (large === undefined) return table;
    throw new RangeError(`X wants numbers that float32 can hold, got ${large}`);
  }
}

const TREE: Attribute = { read: (value, name) => treeFrom(value, name) };

const ONE_TREE = { ...GROWTH, splitter: only("best") };

/** Built from elsewhere as `from({ tree_, classes_, n_features_in_ })`: `tree_` is a dict. */
export class DecisionTreeClassifier extends OfTrees<typeof ONE_TREE> {
  static override readonly about = {
    name: "DecisionTreeClassifier",
    params: ONE_TREE,
    attributes: { tree_: TREE, classes_: labels, n_features_in_: columnCount },
  };
  declare tree_: Tree | undefined;

  override fit(X: unknown, y: unknown): this {
    const lesson = this.lesson(X, y);
    const growth = growthFrom(this.params, lesson);
    const random = new RandomState(this.params.random_state);
    const weights = new Float64Array(lesson.table.rows).fill(1);
    this.tree_ = grow({ ...growth, weights, seed: random.seed() });
    this.classes_ = lesson.classes;
    this.n_features_in_ = lesson.table.columns;
    return this;
  }

  /** Returns the number of the leaf that each row comes to. */
  apply(X: unknown): Tensor {
    const table = this.readSingle(X);
    return countsOf(leavesOf(this.tree_ as Tree, table));
  }

  override complete(): void {
    const { tree_, classes_, n_features_in_ } = this;
    if (tree_ && classes_ && n_features_in_) agreeTree(tree_, classes_.length, n_features_in_);
  }

  protected override importances(columns: number): Float64Array {
    return importancesOf(this.tree_ as Tree, columns);
  }

  protected override shares(X: unknown): Table {
    const table = this.readSingle(X);
    const made = new Table(table.rows, (this.classes_ as Label[]).length);
    addShares(made, this.tree_ as Tree, table);
    return made;
  }
}

const FOREST = {
  n_estimators: whole(100),
  ...GROWTH,
  max_features: other("sqrt", '"sqrt", "log2", a number of columns, a share or null'),
  bootstrap: flag(true),
  max_samples: either(nothing, other(null, "a number of rows or a share")),
};

/** A list of `tree_`s, or of dicts that have one each. */
const TREES: Attribute = {
  read: (value, name) => {
    if (!Array.isArray(value) || value.length === 0) {
      throw new TypeError(`${name} wants a list of trees, got ${show(value)}`);
    }
    return value.map((one: unknown, i) => {
      const { tree_ = one } = (one ?? {}) as { readonly tree_?: unknown };
      return treeFrom(tree_, `${name}[${i}]`);
    });
  },
};

/** Built from elsewhere as `from({ estimators_: [tree_, ...], classes_, n_features_in_ })`. */
export class RandomForestClassifier extends OfTrees<typeof FOREST> {
  static override readonly about = {
    name: "RandomForestClassifier",
    params: FOREST,
    attributes: { estimators_: TREES, classes_: labels, n_features_in_: columnCount },
  };
  /** The `tree_` of each. */
  declare estimators_: Tree[] | undefined;

  override fit(X: unknown, y: unknown): this {
    const lesson = this.lesson(X, y);
    const { n_estimators, random_state, bootstrap, max_samples } = this.params;
    const { rows } = lesson.table;
    const growth = growthFrom(this.params, lesson);
    const size = samplesFrom(max_samples, rows);
    // As scikit-learn: all seeds first, and of each the rows and then the columns of one tree.
    const random = new RandomState(random_state);
    const seeds = Array.from({ length: n_estimators }, () => random.seed());
    this.estimators_ = seeds.map((from) => {
      const weights = bootstrap ? drawnFrom(from, rows, size) : new Float64Array(rows).fill(1);
      return grow({ ...growth, weights, seed: new RandomState(from).seed() });
    });
    this.classes_ = lesson.classes;
    this.n_features_in_ = lesson.table.columns;
    return this;
  }

  override complete(): void {
    const { estimators_ = [], classes_, n_features_in_ } = this;
    if (!classes_ || !n_features_in_) return;
    for (const tree of estimators_) agreeTree(tree, classes_.length, n_features_in_);
  }

  /** The mean of the trees' own; a tree that is one leaf has none. */
  protected override importances(columns: number): Float64Array {
    const total = new Float64Array(columns);
    for (const tree of this.estimators_ as Tree[]) {
      const shares = importancesOf(tree, columns);
      for (const [column, share] of shares.entries()) (total[column] as number) += share;
    }
    return sharesIn(total);
  }

  protected override shares(X: unknown): Table {
    const table = this.readSingle(X);
    const trees = this.estimators_ as Tree[];
    const made = new Table(table.rows, (this.classes_ as Label[]).length);
    for (const tree of trees) addShares(made, tree, table);
    return made.map((sum) => sum / trees.length);
  }
}

/** Returns how often each row is drawn, among `size` that are drawn and put back. */
function drawnFrom(from: number, rows: number, size: number): Float64Array {
  const random = new RandomState(from);
  const weights = new Float64Array(rows);
  for (let i = 0; i < size; i++) (weights[random.upTo(rows - 1)] as number) += 1;
  return weights;
}

function addShares(made: Table, tree: Tree, table: Table): void {
  const shares = sharesOf(tree);
  for (const [row, leaf] of leavesOf(tree, table).entries()) {
    const cells = made.row(row);
    for (const [i, share] of (shares[leaf] as number[]).entries()) (cells[i] as number) += share;
  }
}

function growthFrom(params: GrowthParams, { table, codes, classes }: Lesson) {
  return {
    samples: new Samples(table, codes, classes.length),
    criterion: params.criterion,
    columns: columnsFrom(params.max_features, table.columns),
    leafMin: params.min_samples_leaf,
    depthMax: params.max_depth ?? Infinity,
    splitMin: params.min_samples_split,
    decreaseMin: params.min_impurity_decrease,
  };
}

function columnsFrom(given: unknown, columns: number): number {
  if (given === null) return columns;
  if (given === "sqrt") return Math.max(1, Math.floor(Math.sqrt(columns)));
  if (given === "log2") return Math.max(1, Math.floor(Math.log2(columns)));
  // 1 is one column, as in Python; 1.0, which is all of them, is null here.
  const share = typeof given === "number" && given > 0 && given < 1;
  if (share) return Math.max(1, Math.floor(given * columns));
  if (isWithin(given, columns)) return given;
  const want = `"sqrt", "log2", 1 to ${columns}, a share below 1 or null`;
  throw new RangeError(`max_features wants ${want}, got ${show(given)}`);
}

function samplesFrom(given: unknown, rows: number): number {
  if (given === null) return rows;
  const share = typeof given === "number" && given > 0 && given < 1;
  if (share) return Math.max(1, Math.round(given * rows));
  if (isWithin(given, rows)) return given;
  throw new RangeError(`max_samples wants 1 to ${rows} or a share below 1, got ${show(given)}`);
}

function isWithin(given: unknown, max: number): given is number {
  return Number.isSafeInteger(given) && Number(given) >= 1 && Number(given) <= max;
}
