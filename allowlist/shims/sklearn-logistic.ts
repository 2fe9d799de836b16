/**
 * `sklearn.linear_model.LogisticRegression`: two classes by a sigmoid, more by softmax.
 *
 * Fitted until the gradient vanishes. The loss is convex and scikit-learn's own, so the weights are
 * those that its solvers approach: they agree as far as `tol` there lets them. What Python fitted
 * one against the rest is applied as it is there.
 *
 * ml-logistic-regression is not used: it has no intercept, no penalty, and a fixed number of steps.
 *
 * @module
 */

import type { Tensor } from "../../src/contract/tensor.ts";
import { Classifier } from "./sklearn-classifier.ts";
import {
  agreeLinear,
  choice,
  either,
  flag,
  labels,
  nothing,
  numbers,
  only,
  real,
  whole,
} from "./sklearn-estimator.ts";
import { coefficients, linear } from "./sklearn-linear.ts";
import { LogisticLoss, minimum, sigmoid, softmax } from "./sklearn-logistic-loss.ts";
import { seed } from "./sklearn-random.ts";
import { agree, type Label } from "./sklearn-classes.ts";
import { Table, tensorOf } from "./sklearn-table.ts";
import { argmax, sum } from "./sklearn-vectors.ts";

const LOGISTIC = {
  C: real(1, 0),
  penalty: either(choice("l2", "none"), nothing),
  fit_intercept: flag(true),
  tol: real(1e-8, 0),
  max_iter: whole(100),
  multi_class: choice("auto", "multinomial", "ovr"),
  class_weight: either(nothing, choice("balanced")),
  // All but the last come to what is worked out here.
  solver: choice("lbfgs", "newton-cg", "newton-cholesky", "sag", "saga", "liblinear"),
  random_state: seed,
  dual: only(false),
  intercept_scaling: only(1),
  l1_ratio: only(null),
};

/** A linear classifier with probabilities. */
export class LogisticRegression extends Classifier<typeof LOGISTIC> {
  static override readonly about = {
    name: "LogisticRegression",
    params: LOGISTIC,
    attributes: { coef_: coefficients, intercept_: numbers, classes_: labels },
  };
  declare coef_: Tensor | undefined;
  declare intercept_: number | Tensor | undefined;
  declare n_iter_: number | undefined;

  override fit(X: unknown, y: unknown): this {
    const { table, codes, classes } = this.lesson(X, y);
    if (classes.length < 2) throw new RangeError("y wants labels of two classes, got one");
    this.#checkFit(classes.length);
    const { C, penalty, fit_intercept, class_weight } = this.params;
    const outputs = classes.length === 2 ? 1 : classes.length;
    const weights = class_weight === null ? undefined : balanced(codes, classes.length);
    const alpha = penalty === "l2" ? 1 / C : 0;
    const intercept = fit_intercept;
    const loss = new LogisticLoss({ table, codes, outputs, alpha, weights, intercept });
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

  override predict(X: unknown): Label[] {
    return this.labelled(this.#scores(X), (cells) => {
      return cells.length === 1 ? Number((cells[0] as number) > 0) : argmax(cells);
    });
  }

  override complete(): void {
    const { coef_, classes_ } = this;
    if (!this.params.fit_intercept) this.intercept_ ??= 0;
    agreeLinear("LogisticRegression", coef_, this.intercept_);
    if (!coef_ || !classes_) return;
    const outputs = coef_.shape.length === 2 ? (coef_.shape[0] as number) : 1;
    const wanted = classes_.length === 2 ? 1 : classes_.length;
    agree("LogisticRegression.coef_", outputs, wanted, `rows for ${classes_.length} classes`);
  }

  override width(): number | undefined {
    return this.coef_?.shape.at(-1);
  }

  protected override shares(X: unknown): Table {
    const scores = this.#scores(X);
    const { rows, columns } = scores;
    const made = new Table(rows, Math.max(2, columns));
    const together = this.#isTogether(columns);
    for (let row = 0; row < rows; row++) {
      const [from, to] = [scores.row(row), made.row(row)];
      const score = from[0] as number;
      if (columns === 1 && together) to.set([-score, score]);
      else if (columns === 1) to.set([sigmoid(-score), sigmoid(score)]);
      else to.set(together ? from : from.map(sigmoid));
      if (together) softmax(to);
      else if (columns > 1) to.set(sharesOf(to));
    }
    return made;
  }

  /** Whether all classes are weighed against each other, not each against the rest. */
  #isTogether(outputs: number): boolean {
    const { multi_class, solver } = this.params;
    if (multi_class !== "auto") return multi_class === "multinomial";
    return outputs > 1 && solver !== "liblinear";
  }

  /** What Python may have fitted otherwise can be applied, not fitted. */
  #checkFit(classes: number): void {
    const { multi_class, solver, penalty, C } = this.params;
    if (solver === "liblinear") {
      throw new TypeError('LogisticRegression fits as "lbfgs" does; "liblinear" can be applied');
    }
    if (multi_class !== "auto" && (multi_class === "ovr") === classes > 2) {
      const fix = 'leave multi_class at "auto"; what Python fitted otherwise can be applied';
      throw new TypeError(`LogisticRegression fits no "${multi_class}" of ${classes} here; ${fix}`);
    }
    if (penalty === "l2" && C === 0) throw new RangeError("C wants a number above 0, got 0");
  }

  #scores(X: unknown): Table {
    return linear(this.read(X), this.coef_ as Tensor, this.intercept_);
  }
}

function sharesOf(cells: Float64Array): Float64Array {
  const total = sum(cells);
  return cells.map((cell) => cell / total);
}

function balanced(codes: readonly number[], classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (const code of codes) (counts[code] as number) += 1;
  return Float64Array.from(codes, (code) => codes.length / (classes * (counts[code] as number)));
}
