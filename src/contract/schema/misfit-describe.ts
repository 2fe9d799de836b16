/**
 * A schema in a few words: `number`, `float32 [batch, 10]`, `dict with key "label"`.
 *
 * @module
 */

import { isDict, showKeys, showList, showScalar } from "./misfit-words.ts";
import { describeTensor, tensorSpecFrom } from "./axes.ts";
import type { Inner } from "./translate.ts";

const WORDS_MAX = 80;
const DEPTH_MAX = 4;

/** Returns what a schema of the inner dialect wants, in at most 80 characters. */
export function describe(schema: unknown, root: Inner, depth = 0): string {
  if (!isDict(schema) || depth > DEPTH_MAX) return "something else";
  const { attempt, trial, kind, tensor, bytes, among, equals, anyOf, oneOf, properties } = schema;
  const wrapped = attempt ?? trial ?? targetOf(schema["$ref"], root);
  if (wrapped !== undefined) return describe(wrapped, root, depth + 1);
  if (tensor !== undefined) return describeTensor(tensorSpecFrom(tensor, ""));
  if (bytes === true) return "bytes";
  const values = among ?? equals;
  if (Array.isArray(values)) {
    return values.length === 1 ? showScalar(values[0]) : `one of ${showList(values)}`;
  }
  const branches = anyOf ?? oneOf;
  if (Array.isArray(branches)) return describeAll(branches, root, depth + 1);
  if (isDict(properties)) return showKeys("dict with", properties);
  if (Array.isArray(kind)) return kindsOf(kind, schema["items"], { root, depth });
  const { match, range, length } = schema;
  if (match !== undefined || length !== undefined) return "string of another form";
  return range === undefined ? "something else" : "number in another range";
}

/** Returns what each of the schemas wants, with commas, in at most 80 characters. */
export function describeAll(schemas: readonly unknown[], root: Inner, depth = 0): string {
  const words = new Set(schemas.slice(0, 20).map((schema) => describe(schema, root, depth)));
  const text = [...words].join(", ");
  return text.length > WORDS_MAX ? `${text.slice(0, WORDS_MAX - 1)}…` : text;
}

interface Within {
  readonly root: Inner;
  readonly depth: number;
}

function kindsOf(kinds: readonly unknown[], items: unknown, { root, depth }: Within): string {
  if (kinds.length === 0) return "nothing";
  const words = kinds.map((kind) => (kind === "object" ? "dict" : String(kind)));
  const of = items === undefined || depth > 1 ? "" : ` of ${describe(items, root, depth + 2)}`;
  return words.map((word) => (word === "array" ? `list${of}` : word)).join(" or ");
}

function targetOf(ref: unknown, root: Inner): unknown {
  if (typeof ref !== "string" || !isDict(root["$defs"])) return undefined;
  return root["$defs"][ref.slice("#/$defs/".length)];
}
