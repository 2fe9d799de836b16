/**
 * A declared schema, compiled once, and then a checker that says the first misfit in plain words.
 *
 * A schema is JSON Schema 2020-12 with two keywords more: `tensor: {dtype, shape}`, where an axis
 * is a number, `-1` or `null` for any length, or a name that means the same number wherever it
 * stands in one call; and `bytes: true`. Values are what comes off the wire: JSON, int64 (a
 * bigint), bytes (a Uint8Array) and tensors. Three things are as we decide, for JSON Schema knows
 * JSON only:
 *
 * - A tensor and bytes are of no JSON type: they are neither objects nor lists.
 * - An int64 is an integer, so also a number; `enum`, `const` and `uniqueItems` compare by value.
 * - NaN and the infinities are numbers, no integers, and NaN lies in no range.
 *
 * The way of a schema: copied to plain data (`plain.ts`), held to a table of keywords
 * (`survey.ts`), put into our dialect of Ajv (`translate.ts`, `keywords.ts`),
 * and compiled in an Ajv instance of its own, which shares nothing and is dropped with the checker.
 *
 * @module
 */

import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { Refusal } from "../../faults.ts";
import { misfit } from "./misfit.ts";
import type { Axes } from "./axes.ts";
import type { SchemaInput } from "./foreign.ts";
import { keywordsFor } from "./keywords.ts";
import { patternFrom } from "./pattern.ts";
import { plainSchema, type Schema } from "./plain.ts";
import { Run, Stopped } from "./run.ts";
import { type Positions, survey } from "./survey.ts";
import { type Inner, translate } from "./translate.ts";
import type { DType } from "../tensor.ts";

export type { Axes } from "./axes.ts";
export type { SchemaInput, StandardJsonSchema, TypeBoxSchema } from "./foreign.ts";
export type { Schema } from "./plain.ts";

/** Which door a value is at, and what it is called there. */
export interface Place {
  readonly code: "INPUT_MISMATCH" | "OUTPUT_MISMATCH";
  /** What stands first in the path of a misfit: `$` unless it is said. */
  readonly root?: string;
  /** Named axes of the call so far; what the value binds is added, unless it is refused. */
  readonly axes?: Axes;
}

/**
 * Throws at the first misfit of `value`, which must be decoded plain data.
 *
 * @throws {Refusal} `place.code`, with the path of the misfit.
 */
export type Checker = (value: unknown, place: Place) => void;

/**
 * Returns a checker for a declared schema.
 *
 * A check costs 1 to 2 ns for each number of a list, and for a tensor only its rank. Its work is
 * bounded, whatever the schema: one that would take more is a misfit.
 *
 * @param schema What somebody declared, or an object of another library that can give JSON Schema
 * (`foreign.ts`); not believed, not changed, not kept.
 * @param name What stands first in the path of a refusal of the schema, such as `returns`.
 * @throws {Refusal} `BAD_REQUEST` when it is no schema, or none that we take.
 *
 * @example
 * ```ts
 * const check = compileSchema(list(tensor("float32", ["batch", 10])), "returns");
 * check(scores, { code: "OUTPUT_MISMATCH" });
 * // Refusal: $[3] wants float32 [batch, 10], got float64 [8, 9]
 * ```
 */
export function compileSchema(schema: unknown, name: string): Checker {
  const plain = plainSchema(schema, name);
  const positions = survey(plain, name);
  const inner = translate(plain, positions);
  const run = new Run();
  const validate = compileInner(inner, name, run, usesUnevaluated(positions));
  return (value, place) => {
    const root = place.root ?? "$";
    run.begin(value, root, place.axes ?? new Map());
    try {
      if (isValid(validate, value, { root, place, run })) return;
      run.rollback(0);
      const { path, detail } = misfit(validate.errors as ErrorObject[], value, { root, inner });
      throw new Refusal(place.code, path, detail);
    } finally {
      validate.errors = null;
      run.end();
    }
  };
}

/** Returns the schema of a tensor: `tensor("float32", ["batch", 3, 224, 224])`. */
export function tensor<D extends DType>(
  dtype: D,
  shape: readonly (number | string | null)[],
): Schema {
  return { tensor: { dtype, shape } };
}

/**
 * Returns the schema of a list whose items all keep to `items`.
 *
 * @param items One of ours, or of a library that can give JSON Schema: `list(z.string())`.
 * @param options More keywords for lists, such as `{ minItems: 1 }`.
 */
export function list(items: SchemaInput, options: ListOptions = {}): Schema {
  return { type: "array", items, ...options };
}

/** Keywords of a list beside its items. */
export interface ListOptions {
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
}

/**
 * Returns the schema of a dict with these keys: all of them required, and no others allowed.
 *
 * @param options `required` names the keys that must be there; `additional` is the schema of keys
 * that are not named, or `true` for any.
 */
export function dict(
  properties: Readonly<Record<string, SchemaInput>>,
  options: { readonly required?: readonly string[]; readonly additional?: SchemaInput } = {},
): Schema {
  const { required = Object.keys(properties), additional = false } = options;
  return { type: "object", properties, required, additionalProperties: additional };
}

/** Ajv tracks what has been evaluated at a price; only these two keywords look at it. */
function usesUnevaluated(positions: Positions): boolean {
  for (const { schema } of positions.values()) {
    if (typeof schema === "boolean") continue;
    if ("unevaluatedItems" in schema || "unevaluatedProperties" in schema) return true;
  }
  return false;
}

function compileInner(
  inner: Inner,
  name: string,
  run: Run,
  unevaluated: boolean,
): ValidateFunction {
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    allowMatchingProperties: true,
    allErrors: false,
    verbose: true,
    messages: false,
    meta: false,
    validateSchema: false,
    addUsedSchema: false,
    ownProperties: true,
    logger: false,
    // Inlining has no bound of its own: a thousand references to a large schema are a large
    // program.
    inlineRefs: 8,
    // The optimizer of Ajv takes longer than all the rest, and V8 does the same again.
    code: { optimize: false, regExp: regExpFor(run) },
  });
  ajv.opts.unevaluated = unevaluated;
  ajv.removeKeyword("contains");
  for (const keyword of keywordsFor(run)) ajv.addKeyword(keyword);
  try {
    return ajv.compile(inner);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const said =
      error instanceof RangeError ? "it is too deep or too large" : (error as Error).message;
    throw new Refusal("BAD_REQUEST", name, `does not compile: ${said.slice(0, 200)}`);
  }
}

/** The engine behind `patternProperties`: each key is held to the bound of its pattern. */
function regExpFor(run: Run) {
  const engine = (source: string) => {
    const pattern = patternFrom(source, "");
    const test = (key: string): boolean => {
      if (key.length > pattern.lengthMax) {
        throw new Stopped(`wants keys of at most ${pattern.lengthMax} characters for its patterns`);
      }
      return run.match(key, pattern);
    };
    return { test, toString: () => source };
  };
  return Object.assign(engine, { code: "" });
}

interface Check {
  readonly root: string;
  readonly place: Place;
  readonly run: Run;
}

function isValid(validate: ValidateFunction, value: unknown, check: Check): boolean {
  const { root, place, run } = check;
  try {
    return validate(value);
  } catch (error) {
    run.rollback(0);
    if (error instanceof Stopped) throw new Refusal(place.code, root, error.message);
    if (!(error instanceof RangeError)) throw error;
    throw new Refusal(place.code, root, "is nested too deep to be checked against its schema");
  }
}
