/**
 * The first misfit, in plain words: from Ajv's errors to a path and a sentence.
 *
 * One table, from keyword to sentence. The keywords are those of the inner dialect
 * (`translate.ts`). A sentence says what is wanted, what came, and what to do where that is
 * known; Ajv's own words never get out.
 *
 * @module
 */

import type { ErrorObject } from "ajv/dist/2020.js";
import { describe, describeAll, type Resolve } from "./misfit-describe.ts";
import { kindHint } from "./misfit-kind.ts";
import { countSentence, raggedHint } from "./misfit-list.ts";
import { tensorMisfit } from "./misfit-tensor.ts";
import {
  didYouMean,
  isDict,
  kindOf,
  pathOf,
  quote,
  show,
  showKeys,
  showList,
  showScalar,
} from "./misfit-words.ts";
import { type Clash, tensorSpecFrom } from "./axes.ts";
import { patternFrom } from "./pattern.ts";
import { isMultiple } from "./run.ts";
import type { Inner } from "./translate.ts";

/** Where the value is, and the schema as it was compiled, for what its references mean. */
interface Against {
  readonly root: string;
  readonly inner: Inner;
}

/** Returns the path and the words of the misfit that `errors` of one failed check stand for. */
export function misfit(
  errors: readonly ErrorObject[],
  value: unknown,
  { root, inner }: Against,
): { readonly path: string; readonly detail: string } {
  const error = firstOf(errors);
  if (!error) return { path: root, detail: "does not keep to its schema" };
  const { keyword, instancePath, data } = error;
  const detail = SENTENCES[keyword]?.(error, inner);
  const said = detail ?? `does not keep to ${quote(keyword)} of its schema, got ${show(data)}`;
  const hint = COUNTS.has(keyword) ? raggedHint(instancePath, value, root) : "";
  return { path: pathOf(instancePath, value, root), detail: said + hint };
}

/** Keywords about how many items there are. */
const COUNTS = new Set(["minItems", "maxItems", "items"]);

/** Ajv lists errors from the inside out; the last one says most, but for two cases. */
function firstOf(errors: readonly ErrorObject[]): ErrorObject | undefined {
  const last = errors.at(-1);
  if (!last) return undefined;
  const inside = errors.slice(0, -1);
  // `if` says only that `then` or `else` has failed.
  if (last.keyword === "if") return firstOf(inside) ?? last;
  if (last.keyword !== "anyOf" && last.keyword !== "oneOf") return last;
  // Of several alternatives only one is of the value's kind: that one was meant.
  const others = inside.filter((error) => !isOtherKind(error, last.instancePath));
  const branches = (last.schema as unknown[]).length;
  const meant = others.length > 0 && inside.length - others.length === branches - 1;
  return meant ? (firstOf(others) ?? last) : last;
}

function isOtherKind({ keyword, instancePath, data }: ErrorObject, at: string): boolean {
  if (instancePath !== at) return false;
  return (
    keyword === "kind" || keyword === "bytes" || (keyword === "tensor" && kindOf(data) !== "tensor")
  );
}

type Sentence = (error: ErrorObject, inner: Inner) => string;

const SENTENCES: Readonly<Record<string, Sentence>> = {
  kind: kindSentence,
  "false schema": ({ data }) => `wants nothing here, got ${show(data)}`,
  bytes: ({ data }) => `wants bytes, got ${show(data)}${kindHint("bytes", data)}`,
  tensor: ({ data, schema, params }) =>
    tensorMisfit(data, tensorSpecFrom(schema, ""), params["clash"] as Clash | undefined),
  range: ({ data, schema }) => {
    const hint = Number.isNaN(data) ? "; hint: NaN lies in no range" : "";
    return `wants ${rangeBroken(data, schema)}, got ${showScalar(data)}${hint}`;
  },
  length: lengthSentence,
  match: matchSentence,
  among: amongSentence,
  equals: amongSentence,
  unique: ({ data, params }) => {
    const i = Number(params["count"]);
    return `wants items that all differ, got ${show((data as unknown[])[i])} again at [${i}]`;
  },
  minItems: (error) => countSentence("at least", error.params["limit"], error),
  maxItems: (error) => countSentence("at most", error.params["limit"], error),
  items: (error) => countSentence("at most", error.params["limit"], error),
  unevaluatedItems: (error) =>
    countSentence("at most", error.params["limit"] ?? error.params["len"], error),
  minProperties: ({ data, params }) => wantsKeys("at least", params["limit"], data),
  maxProperties: ({ data, params }) => wantsKeys("at most", params["limit"], data),
  contains: containsSentence,
  required: ({ data, params, parentSchema }) =>
    missing(String(params["missingProperty"]), data, knownKeys(parentSchema)),
  dependentRequired: ({ data, params, parentSchema }) => {
    const beside = `beside ${quote(String(params["property"]), 40)}`;
    const known = knownKeys(parentSchema);
    return missing(String(params["missingProperty"]), data, known, beside);
  },
  additionalProperties: ({ data, params, parentSchema }) =>
    extra(String(params["additionalProperty"]), data, parentSchema),
  unevaluatedProperties: ({ data, params, parentSchema }) =>
    extra(String(params["unevaluatedProperty"]), data, parentSchema),
  propertyNames: ({ params, parentSchema }, inner) => {
    const want = describe(parentSchema?.["propertyNames"], resolver(inner));
    return `wants keys that are ${want}, got key ${quote(String(params["propertyName"]), 40)}`;
  },
  anyOf: ({ data, schema }, inner) => wantsOneOf(data, schema as unknown[], inner),
  oneOf: ({ data, schema, params }, inner) => {
    const fits = params["passingSchemas"] as readonly number[] | null;
    if (!fits) return wantsOneOf(data, schema as unknown[], inner);
    const [a = 0, b = 0] = fits;
    const { length } = schema as unknown[];
    return `wants to fit exactly one of ${length} alternatives, fits ${a + 1} and ${b + 1}`;
  },
  not: ({ data, schema }, inner) =>
    `wants anything but ${describe(schema, resolver(inner))}, got ${show(data)}`,
};

function kindSentence({ data, schema }: ErrorObject): string {
  const kinds = schema as readonly string[];
  if (kinds.length === 0) return `wants nothing here, got ${show(data)}`;
  const wants = kinds.map(kindName);
  const bare = typeof data === "number" && kinds.includes("integer");
  const got = bare ? showScalar(data) : show(data);
  const hint = kinds.map((kind) => kindHint(kindName(kind), data)).find(Boolean) ?? "";
  return `wants ${wants.join(" or ")}, got ${got}${hint}`;
}

function kindName(kind: string): string {
  if (kind === "array") return "list";
  return kind === "object" ? "dict" : kind;
}

/** Says the first rule of the range that is broken. */
function rangeBroken(data: unknown, schema: unknown): string {
  const value = data as number | bigint;
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema as Record<
    string,
    number | undefined
  >;
  if (minimum !== undefined && !(value >= minimum)) return `at least ${minimum}`;
  if (maximum !== undefined && !(value <= maximum)) return `at most ${maximum}`;
  if (exclusiveMinimum !== undefined && !(value > exclusiveMinimum))
    return `more than ${exclusiveMinimum}`;
  if (exclusiveMaximum !== undefined && !(value < exclusiveMaximum))
    return `less than ${exclusiveMaximum}`;
  if (multipleOf !== undefined && !isMultiple(value, multipleOf))
    return `a multiple of ${multipleOf}`;
  return "another number";
}

function lengthSentence({ data, schema }: ErrorObject): string {
  const { minLength = 0, maxLength } = schema as { minLength?: number; maxLength?: number };
  const text = String(data);
  // A string of more than 4 units for each code point wanted need not be counted to the end.
  const length = text.length > 1_000_000 ? text.length : [...text].length;
  const want = length < minLength ? `at least ${minLength}` : `at most ${maxLength}`;
  const unit = want.endsWith(" 1") ? "character" : "characters";
  return `wants ${want} ${unit}, got ${length}: ${quote(text, 40)}`;
}

function matchSentence({ data, schema }: ErrorObject): string {
  const text = String(data);
  const { lengthMax } = patternFrom(String(schema), "");
  if (text.length <= lengthMax) {
    return `wants a string that matches ${quote(String(schema))}, got ${quote(text, 40)}`;
  }
  return `wants at most ${lengthMax} characters for its pattern, got ${text.length}`;
}

function amongSentence({ data, schema }: ErrorObject): string {
  const values = schema as readonly unknown[];
  const want = values.length === 1 ? showScalar(values[0]) : `one of ${showList(values)}`;
  const sameKind = values.some((value) => typeof value === typeof data);
  return `wants ${want}, got ${sameKind ? showScalar(data) : show(data)}${nearOf(data, values)}`;
}

/** A word that is close to one of `values`, or a number that is one of them as a word. */
function nearOf(data: unknown, values: readonly unknown[]): string {
  if (typeof data === "number" && values.includes(String(data))) return "; hint: String(value)";
  if (typeof data !== "string") return "";
  if (data.trim() !== "" && values.includes(Number(data))) return "; hint: Number(value)";
  return didYouMean(
    data,
    values.filter((value) => typeof value === "string"),
  );
}

function containsSentence({ schema, params, parentSchema }: ErrorObject, inner: Inner): string {
  const { minContains = 1, maxContains } = (parentSchema ?? {}) as Record<string, number>;
  const count = Number(params["count"]);
  const want = count < minContains ? `at least ${minContains}` : `at most ${maxContains}`;
  return `wants ${want} of its items to be ${describe(schema, resolver(inner))}, got ${count}`;
}

function wantsKeys(bound: string, limit: unknown, data: unknown): string {
  const got = Object.keys(data as object).length;
  return `wants ${bound} ${String(limit)} key${limit === 1 ? "" : "s"}, got ${got}`;
}

function missing(key: string, data: unknown, known: readonly string[], beside = ""): string {
  const keys = Object.keys(data as object).slice(0, 200);
  const near = didYouMean(
    key,
    keys.filter((other) => !known.includes(other)),
  );
  const want = `wants key ${quote(key, 40)}${beside && ` ${beside}`}`;
  return `${want}, ${showKeys("got", data as object)}${near}`;
}

function extra(key: string, data: unknown, schema: unknown): string {
  const known = knownKeys(schema);
  const free = known.filter((name) => !Object.hasOwn(data as object, name));
  const hasPatterns = isDict(schema) && schema["patternProperties"] !== undefined;
  const named = known.length ? `keys ${showList(known)}` : "keys";
  const some = hasPatterns
    ? `${named} ${known.length ? "and those " : ""}of its patterns only`
    : `${named} only`;
  const only = known.length || hasPatterns ? some : "no keys";
  return `wants ${only}, got key ${quote(key, 40)}${didYouMean(key, free)}`;
}

function knownKeys(schema: unknown): string[] {
  const known = isDict(schema) ? schema["properties"] : undefined;
  return isDict(known) ? Object.keys(known) : [];
}

/** References of the inner dialect all lead to `$defs`. */
function resolver({ $defs: defs }: Inner): Resolve {
  return (ref) => (isDict(defs) ? defs[ref.slice("#/$defs/".length)] : undefined);
}

function wantsOneOf(data: unknown, schemas: readonly unknown[], inner: Inner): string {
  return `wants one of: ${describeAll(schemas, resolver(inner))}; got ${show(data)}`;
}
