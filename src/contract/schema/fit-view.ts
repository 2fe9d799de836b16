/**
 * One side of a comparison of schemas: what is asked of one value, from all the places that ask.
 *
 * Several schemas may lie over one value (`allOf`, `$ref`, `properties` beside
 * `additionalProperties`). A {@link View} holds them side by side, and the functions here say what
 * they ask together. They say only what is certain: a keyword that they do not read makes a
 * schema looser, never stricter.
 *
 * @module
 */

import type { Schema } from "./plain.ts";
import { isDict } from "./misfit-words.ts";
import { tensorSpecFrom, type TensorSpec } from "./axes.ts";
import { keyOf } from "./run.ts";
import type { Positions } from "./survey.ts";
import { targetOf } from "./translate.ts";

/** Kinds of values that share nothing. An integer and a fraction together are a number. */
export const KINDS = [
  "null",
  "boolean",
  "integer",
  "fraction",
  "string",
  "list",
  "dict",
  "tensor",
  "bytes",
] as const;
export type Kind = (typeof KINDS)[number];

const KINDS_OF_TYPE: Readonly<Record<string, readonly Kind[]>> = {
  null: ["null"],
  boolean: ["boolean"],
  number: ["integer", "fraction"],
  integer: ["integer"],
  string: ["string"],
  array: ["list"],
  object: ["dict"],
};

type Part = Exclude<Schema, boolean>;

/** The schemas over one value, `$ref` and `allOf` followed. */
export interface View {
  readonly parts: readonly Part[];
  /** Whether one of them is `false`. */
  readonly isNothing: boolean;
}

/** Work is charged where it is done: a schema may be made to take for ever. */
export interface Side {
  readonly positions: Positions;
  readonly spend: (steps: number) => void;
}

const FREE = { spend: () => undefined };

/** Returns the schemas that lie over one value when all of `schemas` do. */
export function viewOf(schemas: readonly Schema[], { positions, spend }: Side): View {
  const parts = new Set<Part>();
  let isNothing = false;
  const add = (schema: Schema): void => {
    spend(1);
    if (schema === false) isNothing = true;
    if (typeof schema === "boolean" || parts.has(schema)) return;
    parts.add(schema);
    const target = targetOf(schema, "", positions);
    if (target !== undefined) add(target);
    for (const one of listOf(schema["allOf"])) add(one as Schema);
  };
  for (const schema of schemas) add(schema);
  // What says nothing itself is left out, so that a reference is the same as what it leads to.
  return { parts: [...parts].filter(saysMore), isNothing };
}

function saysMore(part: Part): boolean {
  return Object.keys(part).some((keyword) => !["$ref", "allOf", "$defs"].includes(keyword));
}

/** Returns the kinds that a value may be of. */
export function kindsOf({ parts }: View): Set<Kind> {
  const kinds = new Set(KINDS);
  for (const part of parts) {
    for (const allowed of kindsAsked(part)) {
      for (const kind of kinds) if (!allowed.includes(kind)) kinds.delete(kind);
    }
  }
  return kinds;
}

function kindsAsked(part: Part): (readonly Kind[])[] {
  const asked: (readonly Kind[])[] = [];
  const { type, tensor, bytes } = part;
  const types = typeof type === "string" ? [type] : listOf(type);
  if (type !== undefined) asked.push(types.flatMap((one) => KINDS_OF_TYPE[String(one)] ?? []));
  if (tensor !== undefined) asked.push(["tensor"]);
  if (bytes === true) asked.push(["bytes"]);
  const values = valuesAsked(part);
  if (values) asked.push(values.map(kindOfJson));
  return asked;
}

function kindOfJson(value: unknown): Kind {
  if (value === null) return "null";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "fraction";
  if (typeof value === "object") return Array.isArray(value) ? "list" : "dict";
  return typeof value === "boolean" ? "boolean" : "string";
}

function valuesAsked(part: Part): readonly unknown[] | undefined {
  if ("const" in part) return [part["const"]];
  return part["enum"] === undefined ? undefined : listOf(part["enum"]);
}

/** Returns the only values that are allowed, by the key of each; nothing when there is no list. */
export function valuesOf({ parts }: View, { spend }: Side): Map<string | number, unknown> | null {
  let values: Map<string | number, unknown> | null = null;
  for (const part of parts) {
    const asked = valuesAsked(part);
    if (!asked) continue;
    spend(asked.length);
    const own = new Map(asked.map((value) => [keyOf(value, FREE), value]));
    if (values) for (const key of values.keys()) if (!own.has(key)) values.delete(key);
    values ??= own;
  }
  return values;
}

/** From where to where, and whether an end is itself left out. */
export interface Range {
  readonly low: number;
  readonly high: number;
  readonly lowOpen: boolean;
  readonly highOpen: boolean;
}

/** Returns the range that keywords of `parts` leave: `rangeOf(view, "minLength", "maxLength")`. */
export function rangeOf({ parts }: View, least: string, most: string): Range {
  let [low, high] = [-Infinity, Infinity];
  for (const { [least]: from, [most]: to } of parts) {
    if (typeof from === "number") low = Math.max(low, from);
    if (typeof to === "number") high = Math.min(high, to);
  }
  return { low, high, lowOpen: false, highOpen: false };
}

/** Returns the range of a number: from both pairs of keywords the narrower. */
export function numbersOf(view: View): Range {
  const closed = rangeOf(view, "minimum", "maximum");
  const open = rangeOf(view, "exclusiveMinimum", "exclusiveMaximum");
  return {
    low: Math.max(closed.low, open.low),
    high: Math.min(closed.high, open.high),
    lowOpen: open.low >= closed.low && open.low !== -Infinity,
    highOpen: open.high <= closed.high && open.high !== Infinity,
  };
}

/** Returns how many items a list may have; a prefix with `items: false` says so too. */
export function countOf(view: View): Range {
  const { low, high } = rangeOf(view, "minItems", "maxItems");
  const closed = view.parts.filter(({ items }) => items === false);
  const lengths = closed.map(({ prefixItems }) => listOf(prefixItems).length);
  return {
    low: Math.max(0, low),
    high: Math.min(high, ...lengths),
    lowOpen: false,
    highOpen: false,
  };
}

/** Returns the length of the longest `prefixItems`. */
export function prefixOf({ parts }: View): number {
  return Math.max(0, ...parts.map(({ prefixItems }) => listOf(prefixItems).length));
}

/** Returns the schemas over the item at `i`. */
export function itemsAt({ parts }: View, i: number): Schema[] {
  return parts.flatMap(({ items, prefixItems }) => {
    const prefix = listOf(prefixItems);
    if (i < prefix.length) return [prefix[i] as Schema];
    return items === undefined ? [] : [items as Schema];
  });
}

/** Returns the keys that must be there. */
export function requiredOf({ parts }: View): Set<string> {
  return new Set(parts.flatMap(({ required }) => listOf(required) as string[]));
}

/** Returns the keys that have a schema of their own. */
export function namedKeysOf({ parts }: View): string[] {
  return [...new Set(parts.flatMap(({ properties }) => Object.keys(dictOf(properties))))];
}

/** Returns the schemas over the value of `key`, and whether the dict is closed to it. */
export function keyAt({ parts }: View, key: string): { schemas: Schema[]; isClosed: boolean } {
  const schemas: Schema[] = [];
  let isClosed = false;
  for (const { properties, patternProperties, additionalProperties } of parts) {
    const named = dictOf(properties);
    if (Object.hasOwn(named, key)) schemas.push(named[key] as Schema);
    else if (additionalProperties !== undefined && patternProperties === undefined) {
      schemas.push(additionalProperties as Schema);
      isClosed ||= additionalProperties === false;
    }
  }
  return { schemas, isClosed };
}

/** Returns what each `tensor` keyword says. */
export function tensorsOf({ parts }: View): TensorSpec[] {
  return parts.flatMap(({ tensor }) => (tensor === undefined ? [] : [tensorSpecFrom(tensor, "")]));
}

/** Returns each choice between schemas: the branches of each `anyOf` and `oneOf`. */
export function choicesOf({ parts }: View): (readonly Schema[])[] {
  return parts.flatMap(({ anyOf, oneOf }) =>
    [anyOf, oneOf].flatMap((branches) => (branches ? [branches as readonly Schema[]] : [])),
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function dictOf(value: unknown): Readonly<Record<string, unknown>> {
  return isDict(value) ? value : {};
}
