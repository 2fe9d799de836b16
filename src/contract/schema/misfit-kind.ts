/**
 * What to do when a value is of another kind than the one wanted: one table of hints.
 *
 * A hint is an expression on `value` that a hook may hold, and it gives what is wanted: a hint
 * that leads to the next misfit is worse than none. So each row looks at the value first.
 *
 * @module
 */

import { kindOf } from "./misfit-words.ts";
import type { Tensor } from "../tensor.ts";

type Hint = (value: never) => string;

const toNumber: Readonly<Record<string, Hint>> = {
  string: (text: string) => (isNumeric(text) ? "Number(value)" : ""),
  boolean: () => "Number(value)",
  tensor: elementHint,
};

/** By the kind that is wanted, then the kind that came. */
const HINTS: Readonly<Record<string, Readonly<Record<string, Hint>>>> = {
  number: toNumber,
  integer: {
    ...toNumber,
    number: (value: number) => (Number.isFinite(value) ? "Math.round(value)" : ""),
    string: (text: string) =>
      isNumeric(text) && Number.isInteger(Number(text)) ? "Number(value)" : "",
  },
  boolean: {
    number: () => "value !== 0",
    int64: () => "value !== 0n",
    string: (text: string) => (/^(true|false)$/.test(text) ? 'value === "true"' : ""),
  },
  string: {
    number: () => "String(value)",
    int64: () => "String(value)",
    boolean: () => "String(value)",
    bytes: () => "new TextDecoder().decode(value)",
    list: () => "JSON.stringify(value)",
    dict: () => "JSON.stringify(value)",
  },
  list: {
    tensor: ({ shape }: Tensor) => (shape.length > 0 ? ".tolist()" : ""),
    bytes: () => "Array.from(value)",
    string: (text: string) => (text.trimStart().startsWith("[") ? "JSON.parse(value)" : ""),
    dict: (dict: object) => (hasIndexes(dict) ? "Object.values(value)" : ""),
  },
  dict: {
    string: (text: string) => (text.trimStart().startsWith("{") ? "JSON.parse(value)" : ""),
    list: (list: readonly unknown[]) => (isPairs(list) ? "Object.fromEntries(value)" : ""),
  },
  bytes: {
    string: () => "new TextEncoder().encode(value)",
    list: (list: readonly unknown[]) => (isOctets(list) ? "Uint8Array.from(value)" : ""),
    tensor: () => "new Uint8Array(value.data.buffer, value.data.byteOffset, value.data.byteLength)",
  },
};

/** A hint holds for the first items of a list; the rest is not looked at. */
const ITEMS_LOOKED_AT = 1_000;

/** Returns `; hint: Number(value)` or the like, and nothing where no hint is known. */
export function kindHint(want: string, value: unknown): string {
  if (value === undefined) return "; hint: return a value";
  const hint = onlyHint(want, value) || HINTS[want]?.[kindOf(value)]?.(value as never);
  return hint ? `; hint: ${hint}` : "";
}

/** A list of one, where that one is wanted. */
function onlyHint(want: string, value: unknown): string {
  if (!Array.isArray(value) || value.length !== 1) return "";
  const kind = kindOf(value[0]);
  const isWanted = kind === want || (want === "integer" && Number.isInteger(value[0]));
  return isWanted ? "value[0]" : "";
}

function elementHint({ dtype, data }: Tensor): string {
  if (data.length !== 1) return "";
  // The element of a bfloat16 is its bits.
  if (dtype === "bfloat16") return "[value.tolist()].flat(Infinity)[0]";
  return "value.data[0]";
}

function isNumeric(text: string): boolean {
  return text.length < 40 && text.trim() !== "" && Number.isFinite(Number(text));
}

function hasIndexes(dict: object): boolean {
  const keys = Object.keys(dict).slice(0, ITEMS_LOOKED_AT);
  return keys.length > 0 && keys.every((key, i) => key === String(i));
}

function isPairs(list: readonly unknown[]): boolean {
  const some = list.slice(0, ITEMS_LOOKED_AT);
  const isPair = (it: unknown) => Array.isArray(it) && it.length === 2 && typeof it[0] === "string";
  return some.length > 0 && some.every(isPair);
}

function isOctets(list: readonly unknown[]): boolean {
  const isOctet = (it: unknown) => Number.isInteger(it) && Number(it) >= 0 && Number(it) <= 255;
  return list.slice(0, ITEMS_LOOKED_AT).every(isOctet);
}
