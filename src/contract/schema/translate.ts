/**
 * A surveyed schema in the dialect that our Ajv speaks.
 *
 * Ajv knows JSON and nothing else: to it a tensor is an object, an int64 is nothing, and a list of
 * int64s is unique only if it is short. So every keyword that looks at a *leaf* is replaced by one
 * of ours (`keywords.ts`), and Ajv keeps what it is best at: `$ref`, the applicators, and the
 * loops over lists and dicts.
 *
 * | standard | ours |
 * | --- | --- |
 * | `type` | `kind` |
 * | `minimum` … `multipleOf` | `range` |
 * | `minLength`, `maxLength` | `length` |
 * | `pattern` | `match` |
 * | `enum`, `const` | `among` |
 * | `uniqueItems` | `unique` |
 *
 * Three more are put in: `step` charges the work of one visit, so that no schema can make a check
 * run for long; `attempt` and `trial` take back the named axes that a failed branch has bound;
 * and keywords for dicts that stand without a `type` go behind a guard, for tensors are not dicts.
 *
 * @module
 */

import { Refusal } from "../../faults.ts";
import { didYouMean, quote } from "./misfit-words.ts";
import { tensorSpecFrom } from "./axes.ts";
import type { Schema } from "./plain.ts";
import { KEYWORDS, type Position, type Positions } from "./survey.ts";

/** A schema of the inner dialect. */
export type Inner = { [keyword: string]: unknown };

type Dict = { readonly [keyword: string]: unknown };

const RANGE = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
const LENGTH = ["minLength", "maxLength"];
const SAME = ["minItems", "maxItems", "minContains", "maxContains"];
const DICT_SAME = ["required", "dependentRequired", "minProperties", "maxProperties"];
const DICT = ["properties", "patternProperties", "additionalProperties", "propertyNames"];
const DICT_ALL = [...DICT_SAME, ...DICT, "dependentSchemas", "unevaluatedProperties"];
const LIST = ["items", "prefixItems", "contains", "unevaluatedItems"];
const HERE = Object.keys(KEYWORDS).filter((keyword) => KEYWORDS[keyword]?.endsWith("Here"));

/** The most schemas that may be laid over one value inside each other. */
const HERE_DEPTH_MAX = 64;

interface Translation {
  readonly positions: Positions;
  /** Targets of `$ref`: each is translated once, as `$defs/d0`, `d1`, … */
  readonly targets: Map<Schema, string>;
  /** Whether any axis has a name, so that failed branches must take their bindings back. */
  readonly named: boolean;
}

/**
 * Returns a surveyed schema as one of the inner dialect.
 *
 * @throws {Refusal} `BAD_REQUEST` for a `$ref` that leads nowhere, out, or round in a circle.
 */
export function translate(schema: Schema, positions: Positions): Inner {
  const targets = new Map<Schema, string>();
  let named = false;
  for (const { schema: here, path } of positions.values()) {
    const target = targetOf(here, path, positions);
    if (target !== undefined && !targets.has(target)) targets.set(target, `d${targets.size}`);
    named ||= hasNames(here, path);
  }
  if (named) shareAlternatives(positions, targets);
  refuseCircles(positions);
  const translation = { positions, targets, named };
  const defs: Inner = {};
  for (const [target, id] of targets) defs[id] = inner(target, true, translation);
  return { ...refOr(schema, true, translation), $defs: defs };
}

/**
 * The branches of `oneOf` are laid over a value twice: as references, lest they double and double.
 */
function shareAlternatives(positions: Positions, targets: Map<Schema, string>): void {
  for (const { schema } of positions.values()) {
    if (typeof schema === "boolean" || schema["oneOf"] === undefined) continue;
    for (const branch of schema["oneOf"] as Schema[]) {
      if (!targets.has(branch)) targets.set(branch, `d${targets.size}`);
    }
  }
}

/**
 * Returns the schema that `$ref` leads to, if there is one.
 *
 * @throws {Refusal} `BAD_REQUEST` when it leads nowhere, or out of the schema.
 */
export function targetOf(schema: Schema, path: string, positions: Positions): Schema | undefined {
  if (typeof schema === "boolean" || typeof schema["$ref"] !== "string") return undefined;
  const ref = schema["$ref"];
  if (!ref.startsWith("#") && !positions.has(ref)) {
    const want = 'wants a reference into this schema, such as "#/$defs/row"';
    throw new Refusal("BAD_REQUEST", `${path}.$ref`, `${want}, got ${quote(ref)}`);
  }
  const target = positions.get(decoded(ref));
  if (target !== undefined) return target.schema;
  const near = didYouMean(ref, [...positions.keys()]);
  throw new Refusal("BAD_REQUEST", `${path}.$ref`, `finds no schema at ${quote(ref)}${near}`);
}

function decoded(ref: string): string {
  try {
    return decodeURIComponent(ref);
  } catch {
    return ref;
  }
}

function hasNames(schema: Schema, path: string): boolean {
  if (typeof schema === "boolean" || schema["tensor"] === undefined) return false;
  const { shape } = tensorSpecFrom(schema["tensor"], path);
  return shape !== null && shape.some((axis) => typeof axis === "string");
}

/** Refuses `{$ref: "#"}` and its kin: schemas laid over one value without end. */
function refuseCircles(positions: Positions): void {
  const heights = new Map<Schema, number>();
  const height = ({ schema, path }: Position, above: number): number => {
    if (typeof schema === "boolean") return 0;
    const known = heights.get(schema);
    if (known === Infinity || above > HERE_DEPTH_MAX * 2) {
      throw new Refusal("BAD_REQUEST", path, "refers back to itself over the very same value");
    }
    if (known !== undefined) return known;
    heights.set(schema, Infinity);
    let most = 0;
    for (const next of schemasHere(schema, path, positions)) {
      most = Math.max(most, 1 + height({ schema: next, path }, above + 1));
    }
    heights.set(schema, most);
    if (most <= HERE_DEPTH_MAX) return most;
    const want = `wants at most ${HERE_DEPTH_MAX} schemas over one value`;
    throw new Refusal("BAD_REQUEST", path, want);
  };
  for (const position of positions.values()) height(position, 0);
}

function schemasHere(schema: Dict, path: string, positions: Positions): Schema[] {
  const found: Schema[] = [];
  const target = targetOf(schema, path, positions);
  if (target !== undefined) found.push(target);
  for (const keyword of HERE) {
    const value = schema[keyword];
    if (Array.isArray(value)) found.push(...(value as Schema[]));
    else if (keyword === "dependentSchemas")
      found.push(...Object.values((value ?? {}) as Dict as Record<string, Schema>));
    else if (value !== undefined) found.push(value as Schema);
  }
  return found;
}

/** A position: the schema itself, or a reference to it if something refers to it. */
function refOr(schema: Schema, here: boolean, translation: Translation): Inner {
  const id = translation.targets.get(schema);
  return id === undefined ? inner(schema, here, translation) : { $ref: `#/$defs/${id}` };
}

/**
 * `here`: laid over a value that another schema is laid over too, so that its loops are charged.
 */
function inner(schema: Schema, here: boolean, translation: Translation): Inner {
  if (schema === true) return {};
  if (schema === false) return { kind: [] };
  const into: Inner = {};
  leafKeywords(schema, into);
  for (const keyword of SAME) if (keyword in schema) into[keyword] = schema[keyword];
  for (const keyword of LIST) move(keyword, schema, into, translation);
  branches(schema, into, translation);
  const dict: Inner = {};
  for (const keyword of DICT_SAME) if (keyword in schema) dict[keyword] = schema[keyword];
  for (const keyword of [...DICT, "dependentSchemas", "unevaluatedProperties"]) {
    move(keyword, schema, dict, translation);
  }
  guarded(schema, dict, into);
  const weight = weightOf(schema);
  if (weight > 1 || here) into["step"] = { weight, loops: here };
  return into;
}

function leafKeywords(schema: Dict, into: Inner): void {
  const { type } = schema;
  if (type !== undefined) into["kind"] = Array.isArray(type) ? type : [type];
  if (schema["bytes"] === true) into["bytes"] = true;
  if (schema["tensor"] !== undefined) into["tensor"] = schema["tensor"];
  if (schema["pattern"] !== undefined) into["match"] = schema["pattern"];
  if (schema["uniqueItems"] === true) into["unique"] = true;
  if (schema["enum"] !== undefined) into["among"] = schema["enum"];
  if ("const" in schema) into["equals"] = [schema["const"]];
  for (const [name, keywords] of [
    ["range", RANGE],
    ["length", LENGTH],
  ] as const) {
    const found = keywords.filter((keyword) => keyword in schema);
    if (found.length) into[name] = Object.fromEntries(found.map((it) => [it, schema[it]]));
  }
}

/** Moves a keyword that holds schemas, with each of them translated. */
function move(keyword: string, from: Dict, into: Inner, translation: Translation): void {
  const value = from[keyword];
  if (value === undefined) return;
  const here = KEYWORDS[keyword]?.endsWith("Here") ?? false;
  const one = (schema: unknown): Inner => refOr(schema as Schema, here, translation);
  if (Array.isArray(value)) into[keyword] = value.map(one);
  else if (KEYWORDS[keyword]?.includes("Map")) {
    const entries = Object.entries(value as object).map(([key, item]) => [key, one(item)]);
    into[keyword] = Object.fromEntries(entries);
  } else if (typeof value === "boolean" && keyword !== "contains") into[keyword] = value;
  else into[keyword] = one(value);
}

/** The keywords that choose between schemas: each branch takes back what it bound when it fails. */
function branches(schema: Dict, into: Inner, translation: Translation): void {
  const one = (item: unknown): Inner => refOr(item as Schema, true, translation);
  const held = (item: unknown): Inner => ({ attempt: one(item) });
  const tried = (item: unknown): Inner => ({ trial: one(item) });
  const all = (list: unknown, how: (item: unknown) => Inner) => (list as unknown[]).map(how);
  if (schema["$ref"] !== undefined) {
    const target = targetOf(schema, "", translation.positions) as Schema;
    into["$ref"] = `#/$defs/${translation.targets.get(target)}`;
  }
  if (schema["allOf"] !== undefined) into["allOf"] = all(schema["allOf"], one);
  if (schema["anyOf"] !== undefined) into["anyOf"] = all(schema["anyOf"], held);
  if (schema["not"] !== undefined) into["not"] = tried(schema["not"]);
  if (schema["if"] !== undefined) into["if"] = held(schema["if"]);
  for (const keyword of ["then", "else"]) {
    if (schema[keyword] !== undefined) into[keyword] = one(schema[keyword]);
  }
  if (schema["oneOf"] === undefined) return;
  into["oneOf"] = all(schema["oneOf"], tried);
  // Each branch of oneOf is tried from the same start; the one that fits binds in a second round.
  if (translation.named) alsoAllOf(into, { anyOf: all(schema["oneOf"], held) });
}

/** Dict keywords: as they are where a `type` keeps tensors away, else behind a guard. */
function guarded(schema: Dict, dict: Inner, into: Inner): void {
  if (Object.keys(dict).length === 0) return;
  const safe = schema["type"] !== undefined;
  if (safe || DICT_ALL.every((keyword) => dict[keyword] === undefined)) Object.assign(into, dict);
  else alsoAllOf(into, { if: { not: { kind: ["object"] } }, else: dict });
}

function alsoAllOf(into: Inner, schema: Inner): void {
  into["allOf"] = [...((into["allOf"] as Inner[] | undefined) ?? []), schema];
}

/** Keywords and entries that one visit may have to look at. */
function weightOf(schema: Dict): number {
  let weight = 0;
  for (const [keyword, value] of Object.entries(schema)) {
    const form = KEYWORDS[keyword];
    if (form === "any" || form === "text" || form === "flag") continue;
    if (keyword === "type" || keyword === "$defs" || keyword === "definitions") continue;
    if (keyword === "tensor" || keyword === "items" || RANGE.includes(keyword)) continue;
    weight += typeof value === "object" && value !== null ? 1 + Object.keys(value).length : 1;
  }
  return Math.max(1, weight);
}
