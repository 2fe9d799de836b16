/**
 * `sklearn.preprocessing`, as far as it is about labels: what is to be guessed.
 *
 * Differs: `LabelEncoder` gives a plain list of codes, for codes are labels.
 *
 * @module
 */

import type { Tensor } from "../../src/contract/tensor.ts";
import { Estimator, labels, whole } from "./sklearn-estimator.ts";
import { classesOf, codesOf, type Label, show } from "./sklearn-classes.ts";
import { classLabelsFrom, countsOf, labelsFrom, tableFrom } from "./sklearn-table.ts";
import { argmax } from "./sklearn-vectors.ts";

const NONE = {};

/** Labels to their places in `classes_`. */
export class LabelEncoder extends Estimator<typeof NONE> {
  static override readonly about = {
    name: "LabelEncoder",
    params: NONE,
    attributes: { classes_: labels },
  };
  declare classes_: Label[] | undefined;

  fit(y: unknown): this {
    this.classes_ = classesOf(labelsFrom(y, "y"));
    return this;
  }

  transform(y: unknown): number[] {
    this.needFitted();
    return codesOf(labelsFrom(y, "y"), this.classes_ ?? []);
  }

  fit_transform(y: unknown): number[] {
    return this.fit(y).transform(y);
  }

  inverse_transform(y: unknown): Label[] {
    this.needFitted();
    return labelsFrom(y, "y").map((code) => {
      const label = this.classes_?.[Number(code)];
      if (label !== undefined) return label;
      throw new RangeError(`y wants codes below ${this.classes_?.length}, got ${show(code)}`);
    });
  }
}

/** Of int32, which is what its table is of. */
const MARK = [-(2 ** 31), 2 ** 31 - 1] as const;

const BINARIZER = { neg_label: whole(0, ...MARK), pos_label: whole(1, ...MARK) };

/** Labels to one column each; two classes share one column. Counts: a tensor of int32. */
export class LabelBinarizer extends Estimator<typeof BINARIZER> {
  static override readonly about = {
    name: "LabelBinarizer",
    params: BINARIZER,
    attributes: { classes_: labels },
  };
  declare classes_: Label[] | undefined;

  fit(y: unknown): this {
    const { neg_label, pos_label } = this.params;
    if (neg_label >= pos_label) {
      const want = `neg_label below pos_label ${pos_label}`;
      throw new RangeError(`LabelBinarizer wants ${want}, got ${neg_label}`);
    }
    this.classes_ = classesOf(classLabelsFrom(y, "y"));
    return this;
  }

  /** A label that is not known gets no column. */
  transform(y: unknown): Tensor {
    this.needFitted();
    const classes = this.classes_ ?? [];
    const { neg_label, pos_label } = this.params;
    const list = labelsFrom(y, "y");
    const shown = classes.length === 2 ? classes.slice(1) : classes;
    const cells = list.flatMap((label) =>
      shown.map((one) => (one === label && classes.length > 1 ? pos_label : neg_label)),
    );
    return countsOf(cells, [list.length, shown.length]);
  }

  fit_transform(y: unknown): Tensor {
    return this.fit(y).transform(y);
  }

  inverse_transform(Y: unknown): Label[] {
    this.needFitted();
    const classes = this.classes_ ?? [];
    const table = tableFrom(Y, { name: "Y", columns: classes.length === 2 ? 1 : classes.length });
    const middle = (this.params.neg_label + this.params.pos_label) / 2;
    return Array.from({ length: table.rows }, (_, row) => {
      const cells = table.row(row);
      const place = classes.length === 2 ? Number((cells[0] as number) > middle) : argmax(cells);
      return classes[place] as Label;
    });
  }
}
