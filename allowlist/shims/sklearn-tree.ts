/**
 * `sklearn.tree.DecisionTreeClassifier` and `sklearn.ensemble.RandomForestClassifier`.
 *
 * Trees that Python fitted come in as `tree_` has them, and give what they give there. Forests that
 * are fitted here draw other rows and columns than scikit-learn does, whatever the seed.
 *
 * ml-random-forest is not used: it draws columns once for each tree, throws when a row is in every
 * sample, and gives wrong probabilities (its sum begins with the class that the first tree named).
 *
 * @module
 */

import type { Tensor } from "../../src/contract/tensor.ts";
import {
  type Attribute,
  choice,
  either,
  Estimator,
  flag,
  labels,
  nothing,
  optional,
  other,
  type Params,
  real,
  whole,
} from "./sklearn-estimator.ts";
import { grow, importancesOf, leavesOf, sharesOf, type Tree, treeFrom } from "./sklearn-grow.ts";
import { accuracy_score } from "./sklearn-metrics.ts";
import { RandomState, seed } from "./sklearn-random.ts";
import {
  agree,
  argmax,
  classesOf,
  codesOf,
  countsOf,
  type Label,
  labelsFrom,
  show,
  Table,
  tableFrom,
  tensorOf,
} from "./sklearn-table.ts";

const GROWTH = {
  criterion: choice("gini", "entropy", "log_loss"),
  max_depth: either(nothing, whole(1)),
  min_samples_split: whole(2, 2),
  min_samples_leaf: whole(1),
  max_features: either(nothing, other(null, '"sqrt", "log2", a number of columns or a share')),
  min_impurity_decrease: real(0, 0),
  random_state: seed,
};

interface GrowthParams {
  readonly criterion: "gini" | "entropy" | "log_loss";
  readonly max_depth: number | null;
  readonly min_samples_split: number;
  readonly min_samples_leaf: number;
  readonly max_features: unknown;
  readonly min_impurity_decrease: number;
}

/** A classifier that gives each row shares of the classes. */
abstract class ByShares<P extends Params> extends Estimator<P> {
  declare classes_: Label[] | undefined;

  protected abstract shares(table: Table): Table;

  /** Returns `[rows, classes]`. */
  predict_proba(X: unknown): Tensor {
    return this.shares(this.read(X)).tensor();
  }

  predict(X: unknown): Label[] {
    const shares = this.shares(this.read(X));
    return Array.from({ length: shares.rows }, (_, row) => {
      return this.classes_?.[argmax(shares.row(row))] as Label;
    });
  }

  score(X: unknown, y: unknown): number {
    return accuracy_score(y, this.predict(X));
  }
}

const TREE: Attribute = { read: (value, name) => treeFrom(value, name) };

/** Built from elsewhere as `from({ tree_, classes_ })`; `tree_` is a dict of its lists. */
export class DecisionTreeClassifier extends ByShares<typeof GROWTH> {
  static override readonly about = {
    name: "DecisionTreeClassifier",
    params: GROWTH,
    attributes: { tree_: TREE, classes_: labels, n_features_in_: optional(count()) },
  };
  declare tree_: Tree | undefined;

  fit(X: unknown, y: unknown): this {
    const table = tableFrom(X);
    const given = labelsFrom(y, "y", table.rows);
    this.classes_ = classesOf(given);
    const rows = Array.from({ length: table.rows }, (_, row) => row);
    const growth = growthFrom(this.params, table.columns, this.params.random_state);
    const codes = codesOf(given, this.classes_);
    this.tree_ = grow(table, codes, { classes: this.classes_.length, rows, growth });
    this.n_features_in_ = table.columns;
    return this;
  }

  /** Returns the number of the leaf that each row comes to. */
  apply(X: unknown): Tensor {
    return countsOf(leavesOf(this.tree_ as Tree, this.read(X)));
  }

  get feature_importances_(): Tensor {
    this.needFitted();
    return tensorOf(importancesOf(this.tree_ as Tree, this.n_features_in_ ?? 0));
  }

  override complete(): void {
    if (!this.tree_ || !this.classes_) return;
    agreeTree(this.tree_, this.classes_.length, this.n_features_in_);
  }

  override width(): number | undefined {
    return this.n_features_in_;
  }

  protected override shares(table: Table): Table {
    const made = new Table(table.rows, this.classes_?.length ?? 0);
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

/** Built from elsewhere as `from({ estimators_: [tree_, ...], classes_ })`. */
export class RandomForestClassifier extends ByShares<typeof FOREST> {
  static override readonly about = {
    name: "RandomForestClassifier",
    params: FOREST,
    attributes: { estimators_: TREES, classes_: labels, n_features_in_: optional(count()) },
  };
  /** The `tree_` of each. */
  declare estimators_: Tree[] | undefined;

  fit(X: unknown, y: unknown): this {
    const table = tableFrom(X);
    const given = labelsFrom(y, "y", table.rows);
    const classes = classesOf(given);
    const codes = codesOf(given, classes);
    const { n_estimators, random_state, bootstrap } = this.params;
    const growth = growthFrom(this.params, table.columns, random_state);
    const size = samplesFrom(this.params.max_samples, table.rows);
    this.estimators_ = Array.from({ length: n_estimators }, () => {
      const rows = bootstrap
        ? Array.from({ length: size }, () => growth.random.upTo(table.rows - 1))
        : Array.from({ length: table.rows }, (_, row) => row);
      return grow(table, codes, { classes: classes.length, rows, growth });
    });
    this.classes_ = classes;
    this.n_features_in_ = table.columns;
    return this;
  }

  get feature_importances_(): Tensor {
    this.needFitted();
    const trees = this.estimators_ ?? [];
    const total = new Float64Array(this.n_features_in_ ?? 0);
    for (const tree of trees) {
      const own = importancesOf(tree, total.length);
      for (const [column, share] of own.entries())
        (total[column] as number) += share / trees.length;
    }
    return tensorOf(total);
  }

  override complete(): void {
    for (const tree of this.estimators_ ?? []) {
      agreeTree(tree, this.classes_?.length, this.n_features_in_);
    }
  }

  override width(): number | undefined {
    return this.n_features_in_;
  }

  protected override shares(table: Table): Table {
    const trees = this.estimators_ ?? [];
    const made = new Table(table.rows, this.classes_?.length ?? 0);
    for (const tree of trees) addShares(made, tree, table);
    return made.map((sum) => sum / trees.length);
  }
}

function count(): Attribute {
  return { read: (value) => (Number.isSafeInteger(value) ? value : undefined) };
}

function addShares(made: Table, tree: Tree, table: Table): void {
  const shares = sharesOf(tree);
  for (const [row, leaf] of leavesOf(tree, table).entries()) {
    const cells = made.row(row);
    for (const [i, share] of (shares[leaf] ?? []).entries()) (cells[i] as number) += share;
  }
}

/** Without `n_features_in_` a row must at least have the columns that the tree looks at. */
function agreeTree(tree: Tree, classes: number | undefined, columns: number | undefined): void {
  const width = tree.value[0]?.length ?? 0;
  if (classes !== undefined) agree("tree_.value, for its columns,", width, classes);
  const highest = tree.feature.reduce((one, other) => Math.max(one, other));
  if (columns === undefined || highest < columns) return;
  throw new RangeError(`tree_.feature wants columns below ${columns}, got ${highest}`);
}

function growthFrom(params: GrowthParams, columns: number, from: number | null) {
  return {
    criterion: params.criterion,
    depthMax: params.max_depth ?? Infinity,
    splitMin: params.min_samples_split,
    leafMin: params.min_samples_leaf,
    decreaseMin: params.min_impurity_decrease,
    columns: columnsFrom(params.max_features, columns),
    random: new RandomState(from),
  };
}

function columnsFrom(given: unknown, columns: number): number {
  if (given === null) return columns;
  if (given === "sqrt") return Math.max(1, Math.floor(Math.sqrt(columns)));
  if (given === "log2") return Math.max(1, Math.floor(Math.log2(columns)));
  // 1 is one column, as in Python; 1.0, which is all of them, is null here.
  if (Number.isSafeInteger(given) && Number(given) >= 1 && Number(given) <= columns) {
    return Number(given);
  }
  const share = typeof given === "number" && given > 0 && given < 1;
  if (share) return Math.max(1, Math.floor(given * columns));
  const want = `"sqrt", "log2", 1 to ${columns}, a share below 1 or null`;
  throw new RangeError(`max_features wants ${want}, got ${show(given)}`);
}

function samplesFrom(given: unknown, rows: number): number {
  if (given === null) return rows;
  if (Number.isSafeInteger(given) && Number(given) >= 1 && Number(given) <= rows) {
    return Number(given);
  }
  if (typeof given === "number" && given > 0 && given < 1) {
    return Math.max(1, Math.round(given * rows));
  }
  throw new RangeError(`max_samples wants 1 to ${rows} or a share below 1, got ${show(given)}`);
}
