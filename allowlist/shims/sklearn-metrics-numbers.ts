/**
 * `sklearn.metrics`, as far as it is about probabilities and numbers.
 *
 * Options are scikit-learn's keywords, in a dict after the arrays.
 *
 * Not here: labels (`sklearn-metrics.ts`).
 *
 * @module
 */

import {
  choice,
  either,
  flag,
  nothing,
  only,
  optionsFrom,
  other,
  real,
} from "./sklearn-estimator.ts";
import { agree, classesOf, codesOf } from "./sklearn-classes.ts";
import {
  classLabelsFrom,
  columnsOf,
  floatsOf,
  labelsFrom,
  Table,
  vectorFrom,
} from "./sklearn-table.ts";
import { sum } from "./sklearn-vectors.ts";

const LOSS = {
  labels: either(nothing, other(null, "a list of labels")),
  eps: either(choice("auto"), real(0, 0, 1)),
  normalize: flag(true),
  sample_weight: only(null),
};

/**
 * Returns the mean of `-log` of the probability that each true label was given.
 *
 * @param y_pred Rows of probabilities, one for each class in order; or the one of the second class.
 */
export function log_loss(y_true: unknown, y_pred: unknown, options?: unknown): number {
  const { labels, eps, normalize } = optionsFrom("log_loss", LOSS, options);
  const truth = classLabelsFrom(y_true, "y_true");
  const classes = classesOf(labels === null ? truth : labelsFrom(labels, "labels"));
  if (classes.length < 2) throw new RangeError("log_loss wants labels of two classes; give labels");
  const codes = codesOf(truth, classes, "y_true");
  const table = probabilitiesFrom(y_pred, truth.length);
  agree("y_pred", table.columns, classes.length, "columns, one for each class");
  const least = typeof eps === "number" ? eps : epsilonOf(y_pred);
  let loss = 0;
  for (const [row, code] of codes.entries()) {
    const bounded = table.row(row).map((value) => Math.min(Math.max(value, least), 1 - least));
    loss -= Math.log((bounded[code] as number) / sum(bounded));
  }
  return normalize ? loss / truth.length : loss;
}

const AUC = {
  average: either(choice("macro", "micro", "weighted"), nothing),
  sample_weight: only(null),
  max_fpr: only(null),
  multi_class: only("raise"),
  labels: only(null),
};

/**
 * Returns the area under the ROC curve for two classes; the second in order is the positive one.
 *
 * Worked out from ranks: the share of pairs that are in the right order, ties counting half.
 */
export function roc_auc_score(y_true: unknown, y_score: unknown, options?: unknown): number {
  optionsFrom("roc_auc_score", AUC, options);
  const truth = classLabelsFrom(y_true, "y_true");
  const classes = classesOf(truth, "y_true");
  if (classes.length !== 2) {
    throw new RangeError(`roc_auc_score is for 2 classes here, got ${classes.length} in y_true`);
  }
  const values = vectorFrom(y_score, "y_score", truth.length);
  const isPositive = truth.map((label) => label === classes[1]);
  const positives = isPositive.filter(Boolean).length;
  const ranks = ranksOf(values).filter((_, i) => isPositive[i]);
  const inOrder = sum(ranks) - (positives * (positives + 1)) / 2;
  return inOrder / (positives * (truth.length - positives));
}

/** Returns the rank of each number, from 1; equal ones share the mean of theirs. */
function ranksOf(values: Float64Array): Float64Array {
  const at = (place: number) => values[order[place] as number] as number;
  const order = Array.from(values.keys()).sort(
    (i, j) => (values[i] as number) - (values[j] as number),
  );
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && at(end) === at(start)) end++;
    for (const place of order.slice(start, end)) ranks[place] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

const ERRORS = {
  sample_weight: only(null),
  multioutput: only("uniform_average"),
};

const SQUARED = { ...ERRORS, squared: flag(true) };

const R2 = { ...ERRORS, force_finite: only(true) };

/** Returns the mean of the squared errors, or with `squared: false` its root. */
export function mean_squared_error(y_true: unknown, y_pred: unknown, options?: unknown): number {
  const { squared } = optionsFrom("mean_squared_error", SQUARED, options);
  return overColumns(y_true, y_pred, (truth, guess) => {
    const mean = squares(truth, guess) / truth.length;
    return squared ? mean : Math.sqrt(mean);
  });
}

export function root_mean_squared_error(
  y_true: unknown,
  y_pred: unknown,
  options?: unknown,
): number {
  optionsFrom("root_mean_squared_error", ERRORS, options);
  return mean_squared_error(y_true, y_pred, { squared: false });
}

export function mean_absolute_error(y_true: unknown, y_pred: unknown, options?: unknown): number {
  optionsFrom("mean_absolute_error", ERRORS, options);
  return overColumns(y_true, y_pred, (truth, guess) => {
    return sum(truth.map((value, i) => Math.abs(value - (guess[i] as number)))) / truth.length;
  });
}

/** Returns 1 for a perfect guess, 0 for one as good as the mean, less for worse ones. */
export function r2_score(y_true: unknown, y_pred: unknown, options?: unknown): number {
  optionsFrom("r2_score", R2, options);
  return overColumns(y_true, y_pred, (truth, guess) => {
    if (truth.length < 2) return Number.NaN;
    const left = squares(truth, guess);
    const mean = sum(truth) / truth.length;
    const spread = sum(truth.map((value) => (value - mean) ** 2));
    if (spread === 0) return left === 0 ? 1 : 0;
    return 1 - left / spread;
  });
}

type Loss = (truth: Float64Array, guess: Float64Array) => number;

/** Returns the mean over the outputs: a list is one, a table has a column for each. */
function overColumns(y_true: unknown, y_pred: unknown, loss: Loss): number {
  const truth = columnsOf(y_true, "y_true");
  const guess = columnsOf(y_pred, "y_pred", truth.rows);
  if (truth.rows === 0) throw new RangeError("y_true wants at least one number, got none");
  agree("y_pred", guess.columns, truth.columns, "columns, as many as y_true");
  const losses = Array.from({ length: truth.columns }, (_, i) => {
    return loss(truth.column(i), guess.column(i));
  });
  return sum(losses) / losses.length;
}

function squares(truth: Float64Array, guess: Float64Array): number {
  return sum(truth.map((value, i) => (value - (guess[i] as number)) ** 2));
}

/** One column is the probability of the second class. */
function probabilitiesFrom(y_pred: unknown, rows: number): Table {
  const table = columnsOf(y_pred, "y_pred", rows);
  if (table.data.some((value) => value < 0 || value > 1)) {
    throw new RangeError("y_pred wants probabilities of 0 to 1; give predict_proba's");
  }
  if (table.columns > 1) return table;
  const both = new Table(table.rows, 2);
  for (const [row, value] of table.data.entries()) both.row(row).set([1 - value, value]);
  return both;
}

/** The step from 1 to the next number of the dtype that came. */
function epsilonOf(y_pred: unknown): number {
  return floatsOf(y_pred) === "float32" ? 2 ** -23 : Number.EPSILON;
}
