/**
 * `sklearn.linear_model.LogisticRegression`: two classes by a sigmoid, more by softmax.
 *
 * Fitted by Newton's method, each step solved by conjugate gradients (no matrix of second
 * derivatives is ever made), until the gradient vanishes. The loss is convex and scikit-learn's
 * own, so the weights are those that its solvers approach: they agree as far as `tol` there lets
 * them. ml-logistic-regression is not used: it has no intercept, no penalty, and a fixed number of
 * steps.
 *
 * @module
 */

import type { Tensor } from "../../src/contract/tensor.ts";
import {
  agreeLinear,
  choice,
  either,
  Estimator,
  flag,
  labels,
  nothing,
  numbers,
  optional,
  real,
  whole,
} from "./sklearn-estimator.ts";
import { coefficients, linear } from "./sklearn-linear.ts";
import { accuracy_score } from "./sklearn-metrics.ts";
import { dot } from "./sklearn-pairwise.ts";
import { seed } from "./sklearn-random.ts";
import {
  agree,
  argmax,
  classesOf,
  codesOf,
  type Label,
  labelsFrom,
  Table,
  tableFrom,
  tensorOf,
} from "./sklearn-table.ts";

const LOGISTIC = {
  C: real(1, 0),
  penalty: either(choice("l2", "none"), nothing),
  fit_intercept: flag(true),
  tol: real(1e-8, 0),
  max_iter: whole(100),
  multi_class: choice("auto", "multinomial", "ovr"),
  class_weight: either(nothing, choice("balanced")),
  random_state: seed,
};

/** A linear classifier with probabilities. `predict` gives a plain list of labels. */
export class LogisticRegression extends Estimator<typeof LOGISTIC> {
  static override readonly about = {
    name: "LogisticRegression",
    params: LOGISTIC,
    attributes: { coef_: coefficients, intercept_: optional(numbers), classes_: labels },
  };
  declare coef_: Tensor | undefined;
  declare intercept_: Tensor | undefined;
  declare classes_: Label[] | undefined;
  declare n_iter_: number | undefined;

  fit(X: unknown, y: unknown): this {
    const table = tableFrom(X);
    const given = labelsFrom(y, "y", table.rows);
    const classes = classesOf(given);
    if (classes.length < 2) throw new RangeError("y wants labels of two classes, got one");
    const { C, penalty, fit_intercept, class_weight, multi_class } = this.params;
    if (multi_class === "ovr" && classes.length > 2) {
      throw new TypeError('LogisticRegression fits "multinomial" only; "ovr" can be applied');
    }
    const codes = codesOf(given, classes);
    const outputs = classes.length === 2 ? 1 : classes.length;
    const weights = class_weight === null ? undefined : balanced(codes, classes.length);
    const alpha = penalty === "l2" ? 1 / C : 0;
    const loss = new Loss({ table, codes, outputs, alpha, weights, intercept: fit_intercept });
    const found = minimum(loss, this.params);
    const size = outputs * table.columns;
    this.coef_ = tensorOf(found.point.slice(0, size), [outputs, table.columns]);
    this.intercept_ = tensorOf(fit_intercept ? found.point.slice(size) : new Float64Array(outputs));
    this.n_iter_ = found.steps;
    this.classes_ = classes;
    this.n_features_in_ = table.columns;
    return this;
  }

  /** Returns how far each row is on a class's side: `[rows]` for two classes, else `[rows, n]`. */
  decision_function(X: unknown): Tensor {
    const scores = this.#scores(X);
    return scores.columns === 1 ? tensorOf(scores.data) : scores.tensor();
  }

  /** Returns `[rows, classes]`, each row summing up to 1. */
  predict_proba(X: unknown): Tensor {
    const scores = this.#scores(X);
    const { columns } = scores;
    if (columns > 1 && this.params.multi_class !== "ovr") {
      for (let row = 0; row < scores.rows; row++) softmax(scores.row(row));
      return scores.tensor();
    }
    const shares = scores.map(sigmoid);
    const made = new Table(scores.rows, Math.max(2, columns));
    for (let row = 0; row < scores.rows; row++) {
      const cells = shares.row(row);
      const total = cells.reduce((sum, share) => sum + share, 0);
      if (columns > 1) made.row(row).set(cells.map((share) => share / total));
      else made.row(row).set([sigmoid(-scores.at(row, 0)), shares.at(row, 0)]);
    }
    return made.tensor();
  }

  predict_log_proba(X: unknown): Tensor {
    return tableFrom(this.predict_proba(X)).map(Math.log).tensor();
  }

  predict(X: unknown): Label[] {
    const scores = this.#scores(X);
    return Array.from({ length: scores.rows }, (_, row) => {
      const cells = scores.row(row);
      const place = cells.length === 1 ? Number((cells[0] as number) > 0) : argmax(cells);
      return this.classes_?.[place] as Label;
    });
  }

  /** Returns the share of rows that it gives their label. */
  score(X: unknown, y: unknown): number {
    return accuracy_score(y, this.predict(X));
  }

  override complete(): void {
    const { coef_, classes_ } = this;
    if (!coef_ || !classes_) return;
    agreeLinear("coef_", coef_, this.intercept_);
    const outputs = coef_.shape.length === 2 ? (coef_.shape[0] as number) : 1;
    const wanted = classes_.length === 2 ? 1 : classes_.length;
    agree("LogisticRegression.coef_, for its rows,", outputs, wanted);
  }

  override width(): number | undefined {
    return this.coef_?.shape.at(-1);
  }

  #scores(X: unknown): Table {
    return linear(this.read(X), this.coef_ as Tensor, this.intercept_);
  }
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** In place, and without overflow. Returns the logarithm of the sum of the exponentials. */
export function softmax(cells: Float64Array): number {
  const largest = cells.reduce((one, other) => Math.max(one, other));
  let sum = 0;
  for (let i = 0; i < cells.length; i++) {
    cells[i] = Math.exp((cells[i] as number) - largest);
    sum += cells[i] as number;
  }
  for (let i = 0; i < cells.length; i++) (cells[i] as number) /= sum;
  return largest + Math.log(sum);
}

function balanced(codes: readonly number[], classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (const code of codes) (counts[code] as number) += 1;
  return Float64Array.from(codes, (code) => codes.length / (classes * (counts[code] as number)));
}

interface LossOptions {
  readonly table: Table;
  readonly codes: readonly number[];
  /** 1 for two classes, which is a sigmoid; else one for each class. */
  readonly outputs: number;
  /** What half of the squared weights counts; the intercepts are free. */
  readonly alpha: number;
  readonly weights: Float64Array | undefined;
  readonly intercept: boolean;
}

/** The loss at a point, which is the weights row by row and then the intercepts. */
class Loss {
  readonly size: number;
  readonly #options: LossOptions;
  /** The probabilities at the point where the gradient was last asked for. */
  #shares: Table;

  constructor(options: LossOptions) {
    const { table, outputs, intercept } = options;
    this.#options = options;
    this.size = outputs * (table.columns + Number(intercept));
    this.#shares = new Table(table.rows, outputs);
  }

  /** Returns the loss, and keeps the probabilities for what is asked next. */
  value(point: Float64Array): number {
    const { codes, outputs, alpha, weights } = this.#options;
    const shares = this.#scores(point);
    let loss = 0;
    for (const [row, code] of codes.entries()) {
      const cells = shares.row(row);
      const weight = weights?.[row] ?? 1;
      const own = cells[outputs === 1 ? 0 : code] as number;
      if (outputs === 1) {
        const side = code === 1 ? own : -own;
        loss += weight * (Math.max(0, -side) + Math.log1p(Math.exp(-Math.abs(side))));
        cells[0] = sigmoid(own);
      } else {
        loss += weight * (softmax(cells) - own);
      }
    }
    this.#shares = shares;
    const penalised = point.subarray(0, outputs * this.#options.table.columns);
    return loss + (alpha / 2) * dot(penalised, penalised);
  }

  gradient(point: Float64Array): Float64Array {
    const { codes, outputs } = this.#options;
    return this.#pull(point, (row, output) => {
      const hit = outputs === 1 ? codes[row] === 1 : codes[row] === output;
      return this.#shares.at(row, output) - Number(hit);
    });
  }

  /** Returns the second derivatives times a direction. */
  curvature(direction: Float64Array): Float64Array {
    const { outputs } = this.#options;
    const scores = this.#scores(direction);
    const shares = this.#shares;
    for (let row = 0; row < scores.rows; row++) {
      const [cells, own] = [scores.row(row), shares.row(row)];
      const mean = outputs === 1 ? (cells[0] as number) * (own[0] as number) : dot(cells, own);
      for (let i = 0; i < outputs; i++)
        cells[i] = (own[i] as number) * ((cells[i] as number) - mean);
    }
    return this.#pull(direction, (row, output) => scores.at(row, output));
  }

  #scores(point: Float64Array): Table {
    const { table, outputs, intercept } = this.#options;
    const size = outputs * table.columns;
    const coef = tensorOf(point.slice(0, size), [outputs, table.columns]);
    return linear(table, coef, intercept ? tensorOf(point.slice(size)) : 0);
  }

  /** Returns what the errors of all rows pull at the weights, and the penalty at `point`. */
  #pull(point: Float64Array, error: (row: number, output: number) => number): Float64Array {
    const { table, outputs, alpha, weights, intercept } = this.#options;
    const size = outputs * table.columns;
    const pull = point.map((value, i) => (i < size ? alpha * value : 0));
    for (let row = 0; row < table.rows; row++) {
      const cells = table.row(row);
      for (let output = 0; output < outputs; output++) {
        const amount = error(row, output) * (weights?.[row] ?? 1);
        const start = output * table.columns;
        for (let i = 0; i < cells.length; i++) {
          (pull[start + i] as number) += amount * (cells[i] as number);
        }
        if (intercept) (pull[size + output] as number) += amount;
      }
    }
    return pull;
  }
}

interface Limits {
  readonly tol: number;
  readonly max_iter: number;
}

/** Newton's method from zero, each step shortened until it does what the slope promises. */
function minimum(loss: Loss, { tol, max_iter }: Limits) {
  let point = new Float64Array(loss.size);
  let value = loss.value(point);
  let steps = 0;
  for (; steps < max_iter; steps++) {
    const gradient = loss.gradient(point);
    if (gradient.every((slope) => Math.abs(slope) <= tol)) break;
    const step = newtonStep(loss, gradient);
    const slope = dot(step, gradient);
    let length = 1;
    let next = point;
    let reached = value;
    do {
      const now = length;
      next = point.map((at, i) => at + now * (step[i] as number));
      reached = loss.value(next);
      length /= 2;
    } while (reached > value + 1e-4 * 2 * length * slope && length > 1e-10);
    if (!(reached < value)) break;
    point = next;
    value = reached;
  }
  return { point, steps };
}

/** Solves `curvature · step = -gradient` by conjugate gradients. */
function newtonStep(loss: Loss, gradient: Float64Array): Float64Array {
  const step = new Float64Array(gradient.length);
  const rest = gradient.map((slope) => -slope);
  let direction = rest.slice();
  let size = dot(rest, rest);
  const enough = size * 1e-20;
  for (let i = 0; i < 2 * gradient.length && size > enough; i++) {
    const bent = loss.curvature(direction);
    const curve = dot(direction, bent);
    // Flat: what is left has no slope that this model could use.
    if (curve <= 0) break;
    const length = size / curve;
    for (let j = 0; j < step.length; j++) {
      (step[j] as number) += length * (direction[j] as number);
      (rest[j] as number) -= length * (bent[j] as number);
    }
    const next = dot(rest, rest);
    const turn = next / size;
    direction = direction.map((value, j) => (rest[j] as number) + turn * value);
    size = next;
  }
  return step;
}
