/**
 * `sklearn.metrics`, as far as it is about labels: how good those are that a model gave.
 *
 * Options are scikit-learn's keywords, in a dict after the arrays. A division by zero counts as
 * `zero_division`, 0 at first, without the warning.
 *
 * Not here: probabilities and numbers (`sklearn-metrics-numbers.ts`).
 *
 * @module
 */

import type { Tensor } from "../../src/contract/tensor.ts";
import {
  choice,
  either,
  flag,
  nothing,
  only,
  optionsFrom,
  other,
  type Param,
  real,
} from "./sklearn-estimator.ts";
import { classesOf, type Label, show, showAll } from "./sklearn-classes.ts";
import { classLabelsFrom, countsOf, labelsFrom, Table, tensorOf } from "./sklearn-table.ts";
import { sum } from "./sklearn-vectors.ts";

/** Nothing is weighed: what would be left unhonoured is refused. */
const UNWEIGHED = { sample_weight: only(null) };

const ACCURACY = { normalize: flag(true), ...UNWEIGHED };

/** Returns the share of labels that are right, or with `normalize: false` their number. */
export function accuracy_score(y_true: unknown, y_pred: unknown, options?: unknown): number {
  const { normalize } = optionsFrom("accuracy_score", ACCURACY, options);
  const [truth, guess] = pairFrom(y_true, y_pred);
  const right = truth.filter((label, i) => label === guess[i]).length;
  return normalize ? right / truth.length : right;
}

const LABELS = { labels: either(nothing, other(null, "a list of labels")), ...UNWEIGHED };

const CONFUSION = {
  ...LABELS,
  normalize: either(nothing, choice("true", "pred", "all")),
};

/** Returns a tensor `[true, predicted]` of int32, or with `normalize` of float64. */
export function confusion_matrix(y_true: unknown, y_pred: unknown, options?: unknown): Tensor {
  const { labels, normalize } = optionsFrom("confusion_matrix", CONFUSION, options);
  const [truth, guess] = pairFrom(y_true, y_pred);
  const classes = classesFrom(labels, truth, guess);
  if (!classes.some((label) => truth.includes(label))) {
    throw new RangeError(`labels wants at least one that is in y_true, got ${showAll(classes)}`);
  }
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
  zero_division: choice("warn", 0, 1),
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

/** Returns both lists of labels, which are of one kind: 1 and true are the same in Python. */
function pairFrom(y_true: unknown, y_pred: unknown): readonly [Label[], Label[]] {
  const truth = classLabelsFrom(y_true, "y_true");
  if (truth.length === 0) throw new RangeError("y_true wants at least one label, got none");
  const guess = classLabelsFrom(y_pred, "y_pred", truth.length);
  const both = [...truth, ...guess];
  const kinds = new Set(both.map((label) => typeof label));
  if (kinds.size === 1) return [truth, guess];
  if (!kinds.has("string")) return [truth.map(Number), guess.map(Number)];
  throw new TypeError(`y_true and y_pred want labels of one kind, got ${[...kinds].join(" and ")}`);
}

function classesFrom(given: unknown, truth: readonly Label[], guess: readonly Label[]): Label[] {
  if (given === null) return classesOf([...truth, ...guess]);
  const labels = labelsFrom(given, "labels");
  if (labels.length > 0) return labels;
  throw new RangeError("labels wants at least one label, got none");
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
  const zero = Number(zero_division === 1);
  const each = tallies.map((tally) => scoresOf(tally, beta, zero));
  const support = tallies.map(({ actual }) => actual);
  if (average === null) {
    const column = (at: 0 | 1 | 2) => tensorOf(each.map((row) => row[at]));
    return [column(0), column(1), column(2), countsOf(support)];
  }
  const weights = average === "weighted" ? support : support.map(() => 1);
  const total = sum(weights);
  // Without any true label the share of them is set, and so is that of none predicted.
  if (total === 0) {
    const none = tallies.every(({ predicted }) => predicted === 0) ? zero : 0;
    return [none, zero, none, null];
  }
  const mean = (at: 0 | 1 | 2) =>
    sum(each.map((row, i) => row[at] * (weights[i] as number))) / total;
  return [mean(0), mean(1), mean(2), null];
}

function scoresOf({ hits, predicted, actual }: Tally, beta: number, zero: number) {
  const precision = predicted === 0 ? zero : hits / predicted;
  const recall = actual === 0 ? zero : hits / actual;
  const below = beta ** 2 * precision + recall;
  const fscore = below === 0 ? 0 : ((1 + beta ** 2) * precision * recall) / below;
  return [precision, recall, fscore] as const;
}

function askedFor(truth: Label[], guess: Label[], options: ScoreOptions): Label[] {
  const { labels, pos_label, average } = options;
  if (average !== "binary") return classesFrom(labels, truth, guess);
  const present = classesOf([...truth, ...guess]);
  const got = showAll(present);
  const positive = typeof present[0] === "boolean" ? Boolean(pos_label) : (pos_label as Label);
  if (present.length > 2) {
    const fix = 'say average: "micro", "macro", "weighted" or null';
    throw new RangeError(`average "binary" is for 2 classes, got ${got}; ${fix}`);
  }
  if (present.length === 2 && !present.includes(positive)) {
    throw new RangeError(`pos_label wants one of the labels ${got}, got ${show(pos_label)}`);
  }
  return [positive];
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
