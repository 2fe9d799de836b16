/**
 * A schema in a few words: `number`, `float32 [batch, 10]`, `dict with key "label"`.
 *
 * Reads both dialects: schemas as they are declared, and the inner one (`translate.ts`) that the
 * errors of a check are about.
 *
 * @module
 */

import { isDict, showKeys, showList, showScalar } from "./misfit-words.ts";
import { describeTensor, tensorSpecFrom } from "./axes.ts";
import { plainSchema, type Schema } from "./plain.ts";
import { survey } from "./survey.ts";

const WORDS_MAX = 80;
const DEPTH_MAX = 4;

/** Returns the schema that a `$ref` leads to, or `undefined`. */
export type Resolve = (ref: string) => unknown;

/**
 * Returns what a schema wants, in at most 100 characters: `float32 [batch, 10]`,
 * `a list of integers`, `a dict with keys "a", "b"`.
 *
 * @throws {Refusal} `BAD_REQUEST` when it is no schema, as `compileSchema` does.
 */
export function describeSchema(schema: Schema): string {
  const plain = plainSchema(schema, "schema");
  if (typeof plain === "boolean") return plain ? "anything" : "nothing";
  const positions = survey(plain, "schema");
  const words = describe(plain, (ref) => positions.get(ref)?.schema);
  if (words === "something else") return "anything";
  if (/^(boolean|number|string|list|dict)\b/.test(words)) return `a ${words}`;
  return words.startsWith("integer") ? `an ${words}` : words;
}

/** Returns what a schema wants, in at most 80 characters. */
export function describe(schema: unknown, resolve: Resolve, depth = 0): string {
  if (!isDict(schema) || depth > DEPTH_MAX) return "something else";
  const { attempt, trial, tensor, bytes, anyOf, oneOf, allOf, properties } = schema;
  const ref = schema["$ref"];
  const wrapped = attempt ?? trial ?? (typeof ref === "string" ? resolve(ref) : undefined);
  if (wrapped !== undefined) return describe(wrapped, resolve, depth + 1);
  if (tensor !== undefined) return describeTensor(tensorSpecFrom(tensor, ""));
  if (bytes === true) return "bytes";
  const values = valuesOf(schema);
  if (values) return values.length === 1 ? showScalar(values[0]) : `one of ${showList(values)}`;
  const branches = anyOf ?? oneOf;
  if (Array.isArray(branches)) return describeAll(branches, resolve, depth + 1);
  if (isDict(properties)) return cut(showKeys("dict with", properties));
  const kinds = kindsOf(schema);
  if (kinds) return cut(describeKinds(kinds, schema["items"], { resolve, depth }));
  if (Array.isArray(allOf)) return describe(allOf[0], resolve, depth + 1);
  return describeRules(schema);
}

/** Returns what each of the schemas wants, with commas, in at most 80 characters. */
export function describeAll(schemas: readonly unknown[], resolve: Resolve, depth = 0): string {
  const words = new Set(schemas.slice(0, 20).map((schema) => describe(schema, resolve, depth)));
  return cut([...words].join(", "));
}

function cut(text: string): string {
  return text.length > WORDS_MAX ? `${text.slice(0, WORDS_MAX - 1)}…` : text;
}

type Words = Readonly<Record<string, unknown>>;

function valuesOf({ among, equals, ...schema }: Words): readonly unknown[] | undefined {
  const constant = "const" in schema ? [schema["const"]] : undefined;
  const values = among ?? equals ?? schema["enum"] ?? constant;
  return Array.isArray(values) ? values : undefined;
}

function kindsOf({ kind, type }: Words): readonly unknown[] | undefined {
  const kinds = kind ?? (typeof type === "string" ? [type] : type);
  return Array.isArray(kinds) ? kinds : undefined;
}

function describeRules({ match, length, range, ...schema }: Words): string {
  const has = (...keywords: readonly string[]) => keywords.some((keyword) => keyword in schema);
  if (match !== undefined || length !== undefined || has("pattern", "minLength", "maxLength")) {
    return "string of another form";
  }
  const isRange =
    range !== undefined ||
    has("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf");
  return isRange ? "number in another range" : "something else";
}

interface Within {
  readonly resolve: Resolve;
  readonly depth: number;
}

function describeKinds(
  kinds: readonly unknown[],
  items: unknown,
  { resolve, depth }: Within,
): string {
  if (kinds.length === 0) return "nothing";
  const inner = items === undefined || depth > 2 ? "" : describe(items, resolve, depth + 2);
  const of = inner && inner !== "something else" ? ` of ${plural(inner)}` : "";
  const words = kinds.map((kind) => (kind === "object" ? "dict" : String(kind)));
  return words.map((word) => (word === "array" ? `list${of}` : word)).join(" or ");
}

function plural(words: string): string {
  return words.replace(/^(boolean|number|integer|string|list|dict)\b/, "$1s");
}
