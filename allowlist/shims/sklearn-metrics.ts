/**
 * `sklearn.metrics`: how good labels and numbers are that a model gave.
 *
 * Options are scikit-learn's keywords, in a dict after the arrays. What would be left unhonoured
 * (`sample_weight`, `multioutput`) is refused. A division by zero counts as `zero_division`, 0 at
 * first, without the warning.
 *
 * @module
 */

import type { Tensor } from "../../src/contract/tensor.ts";
import {
  choice,
  either,
  flag,
  nothing,
  optionsFrom,
  other,
  type Param,
  real,
} from "./sklearn-estimator.ts";
import {
  agree,
  classesOf,
  codesOf,
  countsOf,
  type Label,
  labelsFrom,
  show,
  Table,
  tableFrom,
  tensorOf,
  vectorFrom,
} from "./sklearn-table.ts";

/** Returns the share of labels that are right, or with `normalize: false` their number. */
export function accuracy_score(y_true: unknown, y_pred: unknown, options?: unknown): number {
  const { normalize } = optionsFrom("accuracy_score", { normalize: flag(true) }, options);
  const [truth, guess] = pairFrom(y_true, y_pred);
  const right = truth.filter((label, i) => label === guess[i]).length;
  return normalize ? right / truth.length : right;
}

const LABELS = { labels: either(nothing, other(null, "a list of labels")) };

const CONFUSION = {
  ...LABELS,
  normalize: either(nothing, choice("true", "pred", "all")),
};

/** Returns a tensor `[true, predicted]` of int32, or with `normalize` of float64. */
export function confusion_matrix(y_true: unknown, y_pred: unknown, options?: unknown): Tensor {
  const { labels, normalize } = optionsFrom("confusion_matrix", CONFUSION, options);
  const [truth, guess] = pairFrom(y_true, y_pred);
  const classes = classesFrom(labels, truth, guess);
  const table = confusions(truth, guess, classes);
  const size = classes.length;
  if (normalize === null) return countsOf(table.data, [size, size]);
  const all = sum(table.data);
  const shares = new Table(size, size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const lines = { true: table.row(row), pred: table.column(column) };
      const total = normalize === "all" ? all : sum(lines[normalize]);
      shares.row(row)[column] = total === 0 ? 0 : table.at(row, column) / total;
    }
  }
  return shares.tensor();
}

const AVERAGE = either(choice("binary", "micro", "macro", "weighted"), nothing);

const SCORES = {
  ...LABELS,
  pos_label: other(1, "a label") as Param<unknown>,
  average: AVERAGE,
  zero_division: either(real(0, 0, 1), choice("warn")),
};

const FBETA = { ...SCORES, beta: real(1, 0), average: either(nothing, AVERAGE) };

type Scores = readonly [precision: Score, recall: Score, fscore: Score, support: Tensor | null];
type Score = number | Tensor;

/** Returns a number, or with `average: null` a tensor with one for each class. */
export function precision_score(y_true: unknown, y_pred: unknown, options?: unknown): Score {
  return scores(y_true, y_pred, optionsFrom("precision_score", SCORES, options))[0];
}

/** Returns a number, or with `average: null` a tensor with one for each class. */
export function recall_score(y_true: unknown, y_pred: unknown, options?: unknown): Score {
  return scores(y_true, y_pred, optionsFrom("recall_score", SCORES, options))[1];
}

/** Returns a number, or with `average: null` a tensor with one for each class. */
export function f1_score(y_true: unknown, y_pred: unknown, options?: unknown): Score {
  return scores(y_true, y_pred, optionsFrom("f1_score", SCORES, options))[2];
}

/** Returns `[precision, recall, fscore, support]`; at first one for each class. */
export function precision_recall_fscore_support(
  y_true: unknown,
  y_pred: unknown,
  options?: unknown,
): Scores {
  const given = optionsFrom("precision_recall_fscore_support", FBETA, options);
  return scores(y_true, y_pred, given);
}

const LOSS = { ...LABELS, eps: either(choice("auto"), real(0, 0, 1)), normalize: flag(true) };

/**
 * Returns the mean of `-log` of the probability that each true label was given.
 *
 * @param y_pred Rows of probabilities, one for each class in order; or the one of the second class.
 */
export function log_loss(y_true: unknown, y_pred: unknown, options?: unknown): number {
  const { labels, eps, normalize } = optionsFrom("log_loss", LOSS, options);
  const truth = labelsFrom(y_true, "y_true");
  const classes = classesFrom(labels, truth, []);
  if (classes.length < 2) throw new RangeError("log_loss wants labels of two classes; give labels");
  const codes = codesOf(truth, classes, "y_true");
  const table = probabilitiesFrom(y_pred);
  agree("y_pred, for its rows,", table.rows, truth.length);
  agree("y_pred, for its columns,", table.columns, classes.length);
  const least = typeof eps === "number" ? eps : epsilonOf(y_pred);
  let loss = 0;
  for (const [row, code] of codes.entries()) {
    const bounded = table.row(row).map((value) => Math.min(Math.max(value, least), 1 - least));
    loss -= Math.log((bounded[code] as number) / sum(bounded));
  }
  return normalize ? loss / truth.length : loss;
}

const AUC = { ...LABELS, average: either(choice("macro", "micro", "weighted"), nothing) };

/**
 * Returns the area under the ROC curve for two classes; the second in order is the positive one.
 *
 * Worked out from ranks: the share of pairs that are in the right order, ties counting half.
 */
export function roc_auc_score(y_true: unknown, y_score: unknown, options?: unknown): number {
  optionsFrom("roc_auc_score", AUC, options);
  const truth = labelsFrom(y_true, "y_true");
  const classes = classesOf(truth, "y_true");
  if (classes.length !== 2) {
    throw new RangeError(`roc_auc_score is for 2 classes here, got ${classes.length} in y_true`);
  }
  const values = vectorFrom(y_score, "y_score");
  agree("y_score", values.length, truth.length);
  const order = Array.from(values.keys()).sort((i, j) => at(values, i) - at(values, j));
  let ranks = 0;
  let positives = 0;
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end++;
    const high = order.slice(start, end).filter((i) => truth[i] === classes[1]).length;
    ranks += high * ((start + end + 1) / 2);
    positives += high;
    start = end;
  }
  return (ranks - (positives * (positives + 1)) / 2) / (positives * (truth.length - positives));
}

/** Returns the mean of the squared errors, or with `squared: false` its root. */
export function mean_squared_error(y_true: unknown, y_pred: unknown, options?: unknown): number {
  const { squared } = optionsFrom("mean_squared_error", { squared: flag(true) }, options);
  const mean = meanError(y_true, y_pred, (error) => error ** 2);
  return squared ? mean : Math.sqrt(mean);
}

export function root_mean_squared_error(y_true: unknown, y_pred: unknown): number {
  return mean_squared_error(y_true, y_pred, { squared: false });
}

export function mean_absolute_error(y_true: unknown, y_pred: unknown): number {
  return meanError(y_true, y_pred, Math.abs);
}

/** Returns 1 for a perfect guess, 0 for one as good as the mean, less for worse ones. */
export function r2_score(y_true: unknown, y_pred: unknown): number {
  const truth = vectorFrom(y_true, "y_true");
  const left = meanError(y_true, y_pred, (error) => error ** 2) * truth.length;
  const mean = sum(truth) / truth.length;
  const spread = sum(truth.map((value) => (value - mean) ** 2));
  if (truth.length < 2) return Number.NaN;
  if (spread === 0) return left === 0 ? 1 : 0;
  return 1 - left / spread;
}

function pairFrom(y_true: unknown, y_pred: unknown): readonly [Label[], Label[]] {
  const truth = labelsFrom(y_true, "y_true");
  if (truth.length === 0) throw new RangeError("y_true wants at least one label, got none");
  return [truth, labelsFrom(y_pred, "y_pred", truth.length)];
}

function classesFrom(given: unknown, truth: readonly Label[], guess: readonly Label[]): Label[] {
  return given === null ? classesOf([...truth, ...guess], "y") : labelsFrom(given, "labels");
}

/** Rows are the true ones; pairs with a label that is not asked for are not counted. */
function confusions(truth: readonly Label[], guess: readonly Label[], classes: readonly Label[]) {
  const places = new Map(classes.map((label, place) => [label, place]));
  const table = new Table(classes.length, classes.length);
  for (const [i, label] of truth.entries()) {
    const row = places.get(label);
    const column = places.get(guess[i] as Label);
    if (row !== undefined && column !== undefined) (table.row(row)[column] as number) += 1;
  }
  return table;
}

interface ScoreOptions {
  readonly labels: unknown;
  readonly pos_label: unknown;
  readonly average: "binary" | "micro" | "macro" | "weighted" | null;
  readonly zero_division: unknown;
  readonly beta?: number;
}

/** What was counted of one class: hits, what was predicted, what is true. */
interface Tally {
  readonly hits: number;
  readonly predicted: number;
  readonly actual: number;
}

function scores(y_true: unknown, y_pred: unknown, options: ScoreOptions): Scores {
  const { average, zero_division, beta = 1 } = options;
  const [truth, guess] = pairFrom(y_true, y_pred);
  let tallies = talliesOf(truth, guess, askedFor(truth, guess, options));
  if (average === "micro") tallies = [tallies.reduce(together)];
  const zero = typeof zero_division === "number" ? zero_division : 0;
  const share = (part: number, whole: number) => (whole === 0 ? zero : part / whole);
  const precision = tallies.map(({ hits, predicted }) => share(hits, predicted));
  const recall = tallies.map(({ hits, actual }) => share(hits, actual));
  const fscore = tallies.map(({ hits, predicted, actual }) =>
    // Without a true and a predicted one, both of its parts are set by zero_division.
    share((1 + beta ** 2) * hits, predicted + beta ** 2 * actual),
  );
  const support = tallies.map(({ actual }) => actual);
  if (average === null) {
    return [tensorOf(precision), tensorOf(recall), tensorOf(fscore), countsOf(support)];
  }
  const weights = average === "weighted" ? support : support.map(() => 1);
  const total = sum(weights);
  const mean = (values: readonly number[]) =>
    total === 0 ? zero : sum(values.map((value, i) => (value * (weights[i] ?? 0)) / total));
  return [mean(precision), mean(recall), mean(fscore), null];
}

function askedFor(truth: Label[], guess: Label[], options: ScoreOptions): Label[] {
  const { labels, pos_label, average } = options;
  const present = classesOf([...truth, ...guess], "y");
  if (average !== "binary") return classesFrom(labels, truth, guess);
  const got = present.map(show).join(", ");
  if (present.length > 2) {
    const fix = 'say average: "micro", "macro", "weighted" or null';
    throw new RangeError(`average "binary" is for 2 classes, got ${got}; ${fix}`);
  }
  if (present.length === 2 && !present.includes(pos_label as Label)) {
    throw new RangeError(`pos_label wants one of the labels ${got}, got ${show(pos_label)}`);
  }
  return [pos_label as Label];
}

function talliesOf(truth: Label[], guess: Label[], classes: readonly Label[]): Tally[] {
  return classes.map((label) => ({
    hits: truth.filter((one, i) => one === label && guess[i] === label).length,
    predicted: guess.filter((one) => one === label).length,
    actual: truth.filter((one) => one === label).length,
  }));
}

function together(one: Tally, other: Tally): Tally {
  return {
    hits: one.hits + other.hits,
    predicted: one.predicted + other.predicted,
    actual: one.actual + other.actual,
  };
}

/** One column is the probability of the second class. */
function probabilitiesFrom(y_pred: unknown): Table {
  let table: Table;
  try {
    table = tableFrom(y_pred, { name: "y_pred" });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const values = vectorFrom(y_pred, "y_pred");
    table = new Table(values.length, 1, values);
  }
  if (table.data.some((value) => value < 0 || value > 1)) {
    throw new RangeError("y_pred wants probabilities of 0 to 1; give predict_proba's");
  }
  if (table.columns > 1) return table;
  const both = new Table(table.rows, 2);
  for (let row = 0; row < table.rows; row++)
    both.row(row).set([1 - table.at(row, 0), table.at(row, 0)]);
  return both;
}

/** The step from 1 to the next number of the dtype that came. */
function epsilonOf(y_pred: unknown): number {
  const single = (y_pred as { readonly dtype?: unknown }).dtype === "float32";
  return single ? 2 ** -23 : Number.EPSILON;
}

function meanError(y_true: unknown, y_pred: unknown, loss: (error: number) => number): number {
  const truth = vectorFrom(y_true, "y_true");
  const guess = vectorFrom(y_pred, "y_pred");
  agree("y_pred", guess.length, truth.length);
  if (truth.length === 0) throw new RangeError("y_true wants at least one number, got none");
  return sum(truth.map((value, i) => loss(value - at(guess, i)))) / truth.length;
}

function at(values: Float64Array, place: number): number {
  return values[place] as number;
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}
