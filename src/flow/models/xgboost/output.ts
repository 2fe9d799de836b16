/**
 * From margins to what the model answers, and the schema of that.
 *
 * @module
 */

import type { Schema } from "../../../contract/schema/plain.ts";
import { Tensor } from "../../../contract/tensor.ts";
import type { XgboostFile } from "./model.ts";
import { labelOf, type Objective, OBJECTIVES } from "./objectives.ts";

/** What is asked of a model: probabilities, or what its objective predicts. */
export type Task = "classifier" | "regressor";

/** Numbers of one row of the answer; 0 is one number that has no axis of its own. */
function columnsOf({ objective, outputs }: XgboostFile, task: Task): number {
  if (task === "classifier") return outputs === 1 ? 2 : outputs;
  return outputs === 1 || objective === "multi:softmax" ? 0 : outputs;
}

/** Returns the schema of what {@link predictionsOf} gives. */
export function outputSchema(file: XgboostFile, task: Task): Schema {
  const columns = columnsOf(file, task);
  return { tensor: { dtype: "float32", shape: columns === 0 ? ["batch"] : ["batch", columns] } };
}

/**
 * Returns the predictions of each row.
 *
 * @param margins One row for each row; given away: the predictions may take their place.
 */
export function predictionsOf(
  file: XgboostFile,
  task: Task,
  margins: Float32Array<ArrayBuffer>,
): Tensor {
  const { objective, outputs } = file;
  const count = margins.length / outputs;
  const columns = columnsOf(file, task);
  if (task === "regressor" && objective === "multi:softmax") {
    const labels = Float32Array.from({ length: count }, (_, i) =>
      labelOf(rowOf(margins, i, outputs)),
    );
    return new Tensor("float32", [count], labels);
  }
  const { link } = OBJECTIVES[objective] as Objective;
  for (let i = 0; i < count; i++) link(rowOf(margins, i, outputs));
  if (columns === 0) return new Tensor("float32", [count], margins);
  const both = outputs === columns ? margins : bothOf(margins);
  return new Tensor("float32", [count, columns], both);
}

function rowOf(margins: Float32Array, i: number, outputs: number): Float32Array {
  return margins.subarray(i * outputs, (i + 1) * outputs);
}

/** Returns two columns for one: the probability against, and the one for. */
function bothOf(ones: Float32Array): Float32Array<ArrayBuffer> {
  const both = new Float32Array(ones.length * 2);
  for (let i = 0; i < ones.length; i++) {
    const p = ones[i] as number;
    both[2 * i] = 1 - p;
    both[2 * i + 1] = p;
  }
  return both;
}
