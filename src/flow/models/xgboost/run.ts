/**
 * From a value to the margins of a model: the rows as 32-bit floats, and the work on them.
 *
 * @module
 */

import { show } from "../../../contract/schema/misfit-words.ts";
import type { Schema } from "../../../contract/schema/plain.ts";
import { Tensor } from "../../../contract/tensor.ts";
import { Refusal } from "../../../faults.ts";
import { type Forest, type Walk, walkOn } from "./forest.ts";
import type { XgboostFile } from "./model.ts";

const f = Math.fround;

/** 256 MiB of one answer: a file may have 65536 outputs, and a request as many rows. */
const MARGINS_MAX = 2 ** 26;

/** A run that is under way. */
export interface Work {
  /** One row for each row; complete when `goOn` has said so. */
  readonly margins: Float32Array<ArrayBuffer>;
  /** Visits about so many nodes or weights; returns whether all is done. */
  goOn(visits: number): boolean;
}

/** Returns what a model of so many features takes. */
export function inputSchema(features: number): Schema {
  const cells = { type: ["number", "null"] };
  const row = { type: "array", minItems: features, maxItems: features, items: cells };
  return {
    anyOf: [
      { tensor: { dtype: ["float32", "float64"], shape: ["batch", features] } },
      { type: "array", items: row },
    ],
  };
}

/**
 * Returns the features of each row, row-major, as 32-bit floats of their own; NaN where a value is
 * missing.
 *
 * @param missing What stands for a missing value beside NaN and null.
 * @throws {Refusal} `INPUT_MISMATCH` for what the schema would have refused.
 */
export function rowsFrom(value: unknown, { features }: XgboostFile, missing: number): Float32Array {
  const rows = Tensor.is(value) ? cellsOf(value, features) : listsFrom(value, features);
  const hole = f(missing);
  if (hole === hole) {
    for (let i = 0; i < rows.length; i++) if (rows[i] === hole) rows[i] = NaN;
  }
  return rows;
}

function cellsOf({ dtype, shape, data }: Tensor, features: number): Float32Array {
  const isFloat = dtype === "float32" || dtype === "float64";
  if (isFloat && shape.length === 2 && shape[1] === features) {
    return new Float32Array(data as Float32Array);
  }
  return misfit("$", `wants float32 or float64 [batch, ${features}], got ${dtype} [${shape}]`);
}

function listsFrom(value: unknown, features: number): Float32Array {
  if (!Array.isArray(value)) return misfit("$", `wants rows of numbers, got ${show(value)}`);
  const cells = new Float32Array(value.length * features);
  for (let i = 0; i < value.length; i++) {
    const row: unknown = value[i];
    if (!Array.isArray(row) || row.length !== features) {
      return misfit(`$[${i}]`, `wants ${features} numbers, got ${show(row)}`);
    }
    for (let j = 0; j < features; j++) cells[i * features + j] = cellFrom(row[j], i, j);
  }
  return cells;
}

function cellFrom(cell: unknown, i: number, j: number): number {
  if (typeof cell === "number") return cell;
  if (cell === null) return NaN;
  if (typeof cell === "bigint") return Number(cell);
  return misfit(`$[${i}][${j}]`, `wants number or null, got ${show(cell)}`);
}

function misfit(path: string, detail: string): never {
  throw new Refusal("INPUT_MISMATCH", path, detail);
}

/**
 * Returns the work on `rows`, with nothing of it done yet.
 *
 * @param rows Kept until the work is done.
 * @throws {Refusal} `MODEL_FAILED` when the answer would be too large.
 */
export function marginsOf(
  { features, outputs, base, booster }: XgboostFile,
  rows: Float32Array,
): Work {
  const count = rows.length / features;
  if (count * outputs > MARGINS_MAX) {
    const got = `${count} rows of ${outputs}`;
    const want = `wants at most ${MARGINS_MAX} numbers in one answer`;
    throw new Refusal("MODEL_FAILED", "", `${want}, got ${got}; send fewer rows at once`);
  }
  const margins = new Float32Array(count * outputs);
  for (let row = 0; row < count; row++) margins.set(base, row * outputs);
  const walk: Walk = { rows, features, margins, outputs, row: 0, tree: 0 };
  if (!("linear" in booster)) return forestWork(walk, booster);
  checkFinite(rows, features);
  return linearWork(walk, booster.linear);
}

function forestWork(walk: Walk, forest: Forest): Work {
  return { margins: walk.margins, goOn: (visits) => walkOn(forest, walk, visits) };
}

/** A tree has a side for infinity; a sum has none, and XGBoost refuses it there as well. */
function checkFinite(rows: Float32Array, features: number): void {
  const bad = rows.findIndex((value) => Math.abs(value) === Infinity);
  if (bad < 0) return;
  const path = `$[${Math.floor(bad / features)}][${bad % features}]`;
  misfit(path, `wants a finite 32-bit float for gblinear, got ${rows[bad]}`);
}

/** Sums up in the order of the features, each step a 32-bit float, as XGBoost does. */
function linearWork(walk: Walk, weights: Float32Array): Work {
  const { margins, features, outputs } = walk;
  const count = margins.length / outputs;
  const goOn = (visits: number) => {
    const stop = Math.min(count, walk.row + Math.ceil(visits / (features * outputs)));
    for (; walk.row < stop; walk.row++) addRow(walk, weights);
    return walk.row === count;
  };
  return { margins, goOn };
}

function addRow({ rows, features, margins, outputs, row }: Walk, weights: Float32Array): void {
  for (let output = 0; output < outputs; output++) {
    const to = row * outputs + output;
    let sum = f((weights[features * outputs + output] as number) + (margins[to] as number));
    for (let i = 0; i < features; i++) {
      const value = rows[row * features + i] as number;
      if (value === value) sum = f(sum + f(value * (weights[i * outputs + output] as number)));
    }
    margins[to] = sum;
  }
}
