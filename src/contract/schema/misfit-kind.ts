/**
 * What to do when a value is of another kind than the one wanted: one table of hints.
 *
 * @module
 */

import { kindOf } from "./misfit-words.ts";

/** By the kind that is wanted, then the kind that came: what the author of a hook may write. */
const HINTS: Readonly<Record<string, Readonly<Record<string, (value: never) => string>>>> = {
  number: {
    string: (text: string) => (isNumeric(text) ? "Number(value)" : ""),
    boolean: () => "Number(value)",
    tensor: () => "value.data[0]",
  },
  integer: {
    string: (text: string) => (isNumeric(text) ? "Number(value)" : ""),
    boolean: () => "Number(value)",
    tensor: () => "value.data[0]",
  },
  boolean: { number: () => "value !== 0", int64: () => "value !== 0n" },
  string: {
    number: () => "String(value)",
    int64: () => "String(value)",
    boolean: () => "String(value)",
  },
  list: {
    tensor: () => ".tolist()",
    bytes: () => "Array.from(value)",
    string: (text: string) => (text.trimStart().startsWith("[") ? "JSON.parse(value)" : ""),
  },
  dict: { string: (text: string) => (text.trimStart().startsWith("{") ? "JSON.parse(value)" : "") },
  bytes: {
    list: () => "Uint8Array.from(value)",
    tensor: () => "new Uint8Array(value.data.buffer, value.data.byteOffset, value.data.byteLength)",
  },
};

/** Returns `; hint: Number(value)` or the like, and nothing where no hint is known. */
export function kindHint(want: string, value: unknown): string {
  if (value === undefined) return "; hint: return a value";
  const hint = HINTS[want]?.[kindOf(value)]?.(value as never);
  return hint ? `; hint: ${hint}` : "";
}

function isNumeric(text: string): boolean {
  return text.length < 40 && text.trim() !== "" && Number.isFinite(Number(text));
}
