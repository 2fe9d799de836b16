/**
 * What `vectors/xgboost.py` worked out with XGBoost itself, as the tests read it.
 *
 * @module
 */

import { readFileSync } from "node:fs";

import type { XgboostOptions } from "../../src/flow/models/xgboost.ts";
import { xgboost } from "../../src/flow/models/xgboost.ts";
import type { OpenModel } from "../../src/flow/model.ts";

/** 32-bit floats as decimals; NaN is null and the infinities are words. */
export type Floats = number | string | null | readonly Floats[];

/** A model, some rows, and what XGBoost gives for them. */
export interface ModelRow {
  readonly name: string;
  /** The text of the file that XGBoost wrote. */
  readonly model: string;
  readonly x: readonly (readonly (number | string | null)[])[];
  readonly predict: Floats;
  readonly margin: Floats;
  /** Where an estimator gives probabilities. */
  readonly proba?: Floats;
  readonly missing?: number;
}

const VECTORS = JSON.parse(
  readFileSync(new URL("vectors/xgboost.json", import.meta.url), "utf8"),
) as { readonly rows: readonly ModelRow[] };

export const ROWS = VECTORS.rows;

/** Returns the row of that name. */
export function rowOf(name: string): ModelRow {
  const row = ROWS.find((each) => each.name === name);
  if (!row) throw new Error(`vectors/xgboost.json has no row ${name}`);
  return row;
}

/** Returns rows as a client sends them: the infinities are numbers again. */
export function rowsOf({ x }: ModelRow): (number | null)[][] {
  return x.map((row) => row.map((cell) => (cell === null ? null : Number(cell))));
}

/** Opens a model from the text of its file. */
export function openText(text: string, options?: XgboostOptions): Promise<OpenModel> {
  return xgboost(Buffer.from(text), options).open();
}

/** Returns nested numbers flat. */
export function flat(floats: Floats): number[] {
  return (Array.isArray(floats) ? floats.flat(Infinity) : [floats]).map(Number);
}

/** Returns the value at `path` in a file, such as `learner.objective.name`. */
export function partOf(text: string, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], JSON.parse(text));
}

/** Returns the file with another value at `path`; `undefined` takes the key away. */
export function edited(text: string, path: string, value: unknown): string {
  const file = JSON.parse(text) as Record<string, unknown>;
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  const at = keys.reduce((part, key) => part[key] as Record<string, unknown>, file);
  at[last] = value;
  return JSON.stringify(file);
}
