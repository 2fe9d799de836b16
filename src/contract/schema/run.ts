/**
 * One check under way: its budget, the axes that it bound, and what our keywords ask of leaves.
 *
 * A compiled schema has one `Run` and uses it again for each check: a check is synchronous and
 * never enters itself.
 *
 * @module
 */

import { isDict, pathOf } from "./misfit-words.ts";
import { type Axes, type Clash, fitsTensor, type TensorSpec } from "./axes.ts";
import type { Pattern } from "./pattern.ts";
import { DTYPE_NAMES, Tensor } from "../tensor.ts";

/**
 * Work that one check may do, in steps of 1 ns in optimized code and 100 ns in code that V8 will
 * not optimize for its size. Ten million values, the most that a value may hold, take a few steps
 * each under an honest schema; a schema made to take hours stops after some seconds.
 */
const STEPS_MAX = 50_000_000;

/** Failed branches of one value that are kept for its misfit; a schema has no more branches. */
const ERRORS_MAX = 10_000;

/** Thrown through Ajv when a check stops before it has a verdict. */
export class Stopped extends Error {}

export class Run {
  /** Read and written by generated code. */
  steps = 0;
  /** The name that the last tensor refused disagreed about, if it was that. */
  clash: Clash | undefined;
  #axes: Axes = new Map();
  #bound: string[] = [];
  #value: unknown;
  #root = "$";

  begin(value: unknown, root: string, axes: Axes): void {
    this.steps = STEPS_MAX;
    this.#axes = axes;
    this.#bound = [];
    this.#value = value;
    this.#root = root;
  }

  /** Lets go of the value: a compiled schema holds nothing between two checks. */
  end(): void {
    this.begin(undefined, "$", new Map());
    this.clash = undefined;
  }

  spend(steps: number): void {
    this.steps -= steps;
    if (this.steps < 0) this.exhausted();
  }

  exhausted(): never {
    throw new Stopped("takes more work to check against its schema than a check may take");
  }

  /** Charges a loop over a list or dict that other schemas loop over too. */
  spendLoop(value: unknown): void {
    if (Array.isArray(value)) this.spend(value.length * 4);
    else if (isDict(value)) this.spend(Object.keys(value).length * 4);
  }

  /** How many names are bound: what {@link rollback} goes back to. */
  mark(): number {
    return this.#bound.length;
  }

  /** Takes back what was bound since `mark`. */
  rollback(mark: number): void {
    while (this.#bound.length > mark) this.#axes.delete(this.#bound.pop() ?? "");
  }

  /**
   * A branch has failed: takes back what it bound, and bounds the errors that Ajv keeps meanwhile,
   * for it copies them all at each `$ref` that fails.
   */
  failed(mark: number, errors: number): void {
    this.rollback(mark);
    this.spend(errors >> 3);
    if (errors > ERRORS_MAX) this.exhausted();
  }

  /** Returns whether `value` is the tensor that `spec` wants, and binds the names in it. */
  tensor(value: unknown, spec: TensorSpec, pointer: string): boolean {
    this.clash = undefined;
    if (!fitsTensor(value, spec)) return false;
    for (const [i, name] of (spec.shape ?? []).entries()) {
      if (typeof name === "string" && !this.#bind(name, value.shape[i] ?? 0, pointer)) return false;
    }
    return true;
  }

  #bind(name: string, length: number, pointer: string): boolean {
    const known = this.#axes.get(name);
    if (known) {
      if (known.length === length) return true;
      this.clash = { name, ...known, got: length };
      return false;
    }
    this.#axes.set(name, { length, path: pathOf(pointer, this.#value, this.#root) });
    this.#bound.push(name);
    return true;
  }

  /** Returns whether the length of `text`, in code points, lies within the bounds. */
  length(text: string, min: number, max: number): boolean {
    const units = text.length;
    // Code points are at least half the units: most strings need not be counted.
    if (units < min || units > max * 2) return false;
    if (units >= min * 2 && units <= max) return true;
    this.spend(units >> 3);
    let points = 0;
    for (let i = 0; i < units; i++) if ((text.charCodeAt(i) & 0xfc00) !== 0xdc00) points++;
    return points >= min && points <= max;
  }

  /** Returns whether `text` matches; a string too long for the pattern does not. */
  match(text: string, { regexp, lengthMax, cost }: Pattern): boolean {
    if (text.length > lengthMax) return false;
    this.spend(cost(text.length));
    return regexp.test(text);
  }

  /** Returns whether `value` equals one of those whose keys are in `keys`. */
  among(value: unknown, keys: ReadonlySet<string | number>, hasNested: boolean): boolean {
    if (typeof value === "object" && value !== null && !hasNested) return false;
    return keys.has(keyOf(value, this));
  }

  /** Returns the index of the first item that equals an earlier one, or -1. */
  repeated(list: readonly unknown[]): number {
    const seen = new Set<string | number>();
    for (const [i, item] of list.entries()) {
      const key = keyOf(item, this);
      if (seen.has(key)) return i;
      seen.add(key);
    }
    return -1;
  }
}

/**
 * Returns a key that two values share exactly when they are equal: numbers by value, so that int64
 * 1 equals 1, and -0 equals 0; dicts whatever the order of their keys.
 */
export function keyOf(value: unknown, run: Pick<Run, "spend">): string | number {
  run.spend(4);
  if (typeof value === "string") {
    run.spend(value.length >> 4);
    return `"${value}`;
  }
  if (typeof value === "number") {
    // String(2 ** 60) has rounded digits; a bigint of the same value has them all.
    const rounds = Number.isInteger(value) && !Number.isSafeInteger(value);
    return rounds ? String(BigInt(value)) : value;
  }
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  return typeof value === "object" && value !== null ? nestedKey(value, run) : String(value);
}

function nestedKey(value: object, run: Pick<Run, "spend">): string {
  const inside = (item: unknown): string => {
    const key = keyOf(item, run);
    return typeof item === "string" ? JSON.stringify(item) : String(key);
  };
  if (Array.isArray(value)) return `[${value.map(inside).join()}]`;
  if (Tensor.is(value)) {
    const dtype = DTYPE_NAMES.indexOf(value.dtype);
    return `T${dtype}[${value.shape.join()}]${bytesKey(value.data, run)}`;
  }
  if (value instanceof Uint8Array) return `B${bytesKey(value, run)}`;
  const dict = value as Record<string, unknown>;
  const keys = Object.keys(dict).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${inside(dict[key])}`).join()}}`;
}

function bytesKey(view: ArrayBufferView, run: Pick<Run, "spend">): string {
  run.spend(view.byteLength >> 3);
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString("latin1");
}

/** Returns whether `value` is a whole number of `step`s, up to the rounding of the division. */
export function isMultiple(value: number | bigint, step: number): boolean {
  if (typeof value === "bigint") {
    return Number.isInteger(step) ? value % BigInt(step) === 0n : isMultiple(Number(value), step);
  }
  const times = value / step;
  if (!Number.isFinite(times)) return false;
  if (Number.isInteger(value) && Number.isInteger(step)) return value % step === 0;
  return Math.abs(times - Math.round(times)) <= 2 * Number.EPSILON * Math.abs(times);
}
