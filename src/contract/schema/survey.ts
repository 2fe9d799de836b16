/**
 * The keywords of a schema as one table, and the walk that holds a schema to it.
 *
 * The walk finds every position where a schema stands, so that a `$ref` can lead to schemas only,
 * and refuses what the 2020-12 vocabulary does not have. It runs on a copy (`plain.ts`).
 *
 * Not here: what a keyword asks of a value (`translate.ts`, `keywords.ts`).
 *
 * @module
 */

import { Refusal } from "../../faults.ts";
import { didYouMean, isDict, pathTo, show } from "./misfit-words.ts";
import { tensorSpecFrom } from "./axes.ts";
import { patternFrom } from "./pattern.ts";
import type { Schema } from "./plain.ts";

/** How the value of a keyword is formed. `here` ones are laid over the very same value. */
type Form =
  | "schema"
  | "schemaHere"
  | "schemas"
  | "schemasHere"
  | "schemaMap"
  | "schemaMapHere"
  | "patternMap"
  | "count"
  | "number"
  | "positive"
  | "flag"
  | "yes"
  | "text"
  | "names"
  | "namesMap"
  | "types"
  | "values"
  | "any"
  | "pattern"
  | "tensor"
  | "dialect";

/** Every keyword that a schema may use, by the form of its value. */
const KEYWORDS_BY_FORM: Readonly<Record<Form, string>> = {
  dialect: "$schema",
  text: "$id $anchor $ref $comment title description",
  schemaMap: "$defs definitions properties",
  any: "default const",
  values: "examples enum",
  flag: "deprecated readOnly writeOnly uniqueItems",
  types: "type",
  tensor: "tensor",
  yes: "bytes",
  number: "minimum maximum exclusiveMinimum exclusiveMaximum",
  positive: "multipleOf",
  count:
    "minLength maxLength minContains maxContains minItems maxItems minProperties maxProperties",
  pattern: "pattern",
  schema:
    "items contains unevaluatedItems additionalProperties unevaluatedProperties propertyNames",
  schemas: "prefixItems",
  patternMap: "patternProperties",
  names: "required",
  namesMap: "dependentRequired",
  schemaMapHere: "dependentSchemas",
  schemasHere: "allOf anyOf oneOf",
  schemaHere: "not if then else",
};

/** The form of every keyword that a schema may use. */
export const KEYWORDS: Readonly<Record<string, Form>> = Object.fromEntries(
  Object.entries(KEYWORDS_BY_FORM).flatMap(([form, keywords]) =>
    keywords.split(" ").map((keyword) => [keyword, form as Form]),
  ),
);

/** Keywords that people will try, with what to do instead. */
export const NOT_OURS: Readonly<Record<string, string>> = {
  format: "is not checked here, so it is refused; say it with pattern",
  $dynamicRef: "is not supported; $ref with $defs does most of it",
  $dynamicAnchor: "is not supported; $ref with $defs does most of it",
  $recursiveRef: 'is not of 2020-12; write $ref: "#"',
  $vocabulary: "is not supported: the vocabulary is fixed",
  additionalItems: "is not of 2020-12; write prefixItems and items",
  dependencies: "is not of 2020-12; write dependentRequired or dependentSchemas",
  nullable: 'is of OpenAPI; write type: ["number", "null"]',
  discriminator: "is of OpenAPI; anyOf alone will do",
  contentEncoding: "is not checked here, so it is refused; say it with pattern",
  contentMediaType: "is not checked here, so it is refused; say it with pattern",
  contentSchema: "is not checked here, so it is refused; say it with pattern",
};

const TYPES = ["null", "boolean", "number", "integer", "string", "array", "object"];
const OTHER_TYPES: Readonly<Record<string, string>> = {
  list: "array",
  dict: "object",
  int: "integer",
  float: "number",
  bool: "boolean",
  str: "string",
  bigint: "integer",
};

/** A schema where it stands. */
export interface Position {
  readonly schema: Schema;
  readonly path: string;
}

/** Every position of one schema, by its JSON pointer and by its anchor. */
export type Positions = Map<string, Position>;

/**
 * Returns every position of `schema`, after it has been held to the table.
 *
 * @throws {Refusal} `BAD_REQUEST` for an unknown keyword, or a keyword's value of the wrong form.
 */
export function survey(schema: Schema, name: string): Positions {
  const positions: Positions = new Map();
  visit(schema, { pointer: "#", path: name, positions, inNamed: false });
  return positions;
}

interface Visit {
  readonly pointer: string;
  readonly path: string;
  readonly positions: Positions;
  /** Whether a schema around this one, below the root, has an `$id`: `#` would mean that one. */
  readonly inNamed: boolean;
}

function visit(schema: unknown, at: Visit): void {
  if (typeof schema !== "boolean" && !isDict(schema)) {
    return refuse(at.path, `wants a schema: a dict or boolean, got ${show(schema)}`);
  }
  at.positions.set(at.pointer, { schema, path: at.path });
  if (typeof schema === "boolean") return;
  const inNamed = at.inNamed || (at.pointer !== "#" && "$id" in schema);
  const inside = inNamed === at.inNamed ? at : { ...at, inNamed };
  named(schema, inside);
  for (const [keyword, value] of Object.entries(schema)) visitKeyword(keyword, value, inside);
  if ("unevaluatedProperties" in schema && schema["type"] === undefined) {
    refuse(at.path, 'wants type: "object" beside unevaluatedProperties');
  }
  if (typeof schema["$anchor"] === "string") {
    at.positions.set(`#${schema["$anchor"]}`, { schema, path: at.path });
  }
}

/** An `$id` that is a name, as TypeBox gives one to what refers to itself; `$ref` may say it. */
const NAME = /^[A-Za-z_][\w-]{0,63}$/;

function named(schema: Exclude<Schema, boolean>, { pointer, path, positions, inNamed }: Visit) {
  const { $id: id, $ref: ref } = schema;
  if (inNamed && typeof ref === "string" && ref.startsWith("#")) {
    refuse(pathTo(path, "$ref"), "wants the name of an $id: below an $id, # is not the root");
  }
  if (typeof id !== "string") return;
  if (!NAME.test(id)) {
    if (pointer !== "#") refuse(path, "wants no $id but at the root or a plain name: # is local");
    return;
  }
  const known = positions.get(id);
  if (known && JSON.stringify(known.schema) !== JSON.stringify(schema)) {
    refuse(path, `has the $id ${show(id).replace("string ", "")} of ${known.path}, which differs`);
  }
  if (!known) positions.set(id, { schema, path });
}

function visitKeyword(keyword: string, value: unknown, above: Visit): void {
  const form = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
  if (form === undefined) return refuseKeyword(keyword, above.path);
  const at = below(above, keyword);
  const isSchemas = form.startsWith("schema") || form === "patternMap";
  if (!isSchemas) return checkForm(form, value, at.path);
  if (form === "schema" || form === "schemaHere") return visit(value, at);
  if (form === "schemas" || form === "schemasHere") {
    if (!Array.isArray(value) || value.length === 0) {
      return refuse(at.path, `wants a list of schemas, got ${show(value)}`);
    }
    checkBreadth(value.length, at.path);
    for (const [i, item] of value.entries()) visit(item, below(at, i));
    return;
  }
  if (!isDict(value)) return refuse(at.path, `wants a dict of schemas, got ${show(value)}`);
  checkBreadth(Object.keys(value).length, at.path);
  for (const [key, item] of Object.entries(value)) {
    const place = below(at, key);
    if (form === "patternMap") patternFrom(key, place.path);
    visit(item, place);
  }
}

/** Ajv nests the code of each sibling in that of the one before: at 2 000 its parser overflows. */
const BREADTH_MAX = 1_000;

function checkBreadth(count: number, path: string): void {
  if (count > BREADTH_MAX) refuse(path, `wants at most ${BREADTH_MAX} schemas, got ${count}`);
}

function below({ pointer, path, ...rest }: Visit, key: string | number): Visit {
  const part = String(key).replaceAll("~", "~0").replaceAll("/", "~1");
  return { pointer: `${pointer}/${part}`, path: pathTo(path, key), ...rest };
}

function refuseKeyword(keyword: string, path: string): never {
  if (Object.hasOwn(NOT_OURS, keyword)) refuse(pathTo(path, keyword), NOT_OURS[keyword] ?? "");
  const near = didYouMean(keyword, Object.keys(KEYWORDS));
  return refuse(path, `has an unknown keyword ${show(keyword).replace("string ", "")}${near}`);
}

/** What a keyword's value must be, and the words for it. */
const FORMS: Readonly<Record<string, readonly [says: string, is: (value: unknown) => boolean]>> = {
  count: ["a whole number from 0", (value) => Number.isSafeInteger(value) && Number(value) >= 0],
  number: ["a number", (value) => typeof value === "number"],
  positive: ["a number above 0", (value) => typeof value === "number" && value > 0],
  flag: ["true or false", (value) => typeof value === "boolean"],
  yes: ["true", (value) => value === true],
  text: ["a string", (value) => typeof value === "string"],
  names: ["a list of strings", isNames],
  namesMap: ["a dict of lists of strings", (it) => isDict(it) && Object.values(it).every(isNames)],
  values: ["a list of values", (value) => Array.isArray(value) && value.length > 0],
  any: ["a value", () => true],
};

function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === "string");
}

function checkForm(form: Form, value: unknown, path: string): void {
  if (form === "tensor") return void tensorSpecFrom(value, path);
  if (form === "types") return checkTypes(value, path);
  if (form === "dialect") return checkDialect(value, path);
  if (form === "pattern") {
    if (typeof value !== "string") refuse(path, `wants a string, got ${show(value)}`);
    return void patternFrom(String(value), path);
  }
  const row = FORMS[form];
  if (row && !row[1](value)) refuse(path, `wants ${row[0]}, got ${show(value)}`);
}

function checkTypes(value: unknown, path: string): void {
  const types: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (types.length === 0) refuse(path, `wants one of ${TYPES.join(", ")}, got an empty list`);
  for (const type of types) {
    if (TYPES.includes(type as string)) continue;
    const known = typeof type === "string" && Object.hasOwn(OTHER_TYPES, type);
    const other = known ? OTHER_TYPES[type] : undefined;
    const near = other ? `; did you mean "${other}"?` : didYouMean(String(type), TYPES);
    const hint =
      type === "tensor" || type === "bytes" ? "; hint: tensor and bytes are keywords" : near;
    refuse(path, `wants one of ${TYPES.join(", ")}, got ${show(type)}${hint}`);
  }
}

function checkDialect(value: unknown, path: string): void {
  if (/^https:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/.test(String(value))) return;
  const want = "https://json-schema.org/draft/2020-12/schema";
  refuse(path, `wants "${want}" or nothing, got ${show(value)}`);
}

function refuse(path: string, detail: string): never {
  throw new Refusal("BAD_REQUEST", path, detail);
}
