/**
 * What all classifiers have in common: labels out of probabilities, and how many of them are right.
 *
 * @module
 */

import type { Tensor } from "../../src/contract/tensor.ts";
import { Estimator, type Params } from "./sklearn-estimator.ts";
import { accuracy_score } from "./sklearn-metrics.ts";
import { classesOf, codesOf, type Label } from "./sklearn-classes.ts";
import { classLabelsFrom, Table, tableFrom } from "./sklearn-table.ts";
import { argmax } from "./sklearn-vectors.ts";

/** What a classifier learns from: a table, and for each row the place of its class. */
export interface Lesson {
  readonly table: Table;
  readonly codes: readonly number[];
  readonly classes: Label[];
}

/** `predict` gives a plain list of labels, `predict_proba` a tensor `[rows, classes]`. */
export abstract class Classifier<P extends Params> extends Estimator<P> {
  declare classes_: Label[] | undefined;

  abstract fit(X: unknown, y: unknown): this;

  /** Returns for each row a share of each class. */
  protected abstract shares(X: unknown): Table;

  predict_proba(X: unknown): Tensor {
    return this.shares(X).tensor();
  }

  predict_log_proba(X: unknown): Tensor {
    return this.shares(X).map(Math.log).tensor();
  }

  predict(X: unknown): Label[] {
    return this.labelled(this.shares(X), argmax);
  }

  /** Returns the share of rows that it gives their label. */
  score(X: unknown, y: unknown): number {
    return accuracy_score(y, this.predict(X));
  }

  /** Returns what `fit` was given, read. */
  protected lesson(X: unknown, y: unknown): Lesson {
    const table = tableFrom(X);
    const labels = classLabelsFrom(y, "y", table.rows);
    const classes = classesOf(labels);
    return { table, codes: codesOf(labels, classes), classes };
  }

  /** Returns the label of each row, by the place of its class. */
  protected labelled(table: Table, placeOf: (cells: Float64Array) => number): Label[] {
    return Array.from({ length: table.rows }, (_, row) => {
      return this.classes_?.[placeOf(table.row(row))] as Label;
    });
  }
}
