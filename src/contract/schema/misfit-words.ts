/**
 * Values, keys and places in words, each of bounded length: what the texts of misfits are made of.
 *
 * Whatever is shown here may be hostile: a string of 16 MiB, a key of one, a dict of a million
 * keys.
 *
 * @module
 */

import { Tensor } from "../tensor.ts";

/** A value takes one line beside the rest of the sentence. */
const SHOWN = 80;
/** Deep paths lose their middle: where it starts and where it ends say most. */
const PATH_SHOWN = 240;

/**
 * Returns the kind of `value` in our words: null, boolean, number, int64, string, bytes, list, …
 */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "bigint") return "int64";
  if (typeof value !== "object") return typeof value;
  if (Array.isArray(value)) return "list";
  if (Tensor.is(value)) return "tensor";
  if (value instanceof Uint8Array) return "bytes";
  return isDict(value) ? "dict" : "object of a class";
}

/** Returns whether `value` is a dict: a plain object, neither a list nor a tensor nor bytes. */
export function isDict(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Returns `value` with its kind, in at most 80 characters: `string "12"`, `list of 3`. */
export function show(value: unknown): string {
  const kind = kindOf(value);
  if (Array.isArray(value)) return value.length ? `list of ${value.length}` : "empty list";
  if (Tensor.is(value)) return `tensor ${cut(showTensor(value), SHOWN - 10)}`;
  if (value instanceof Uint8Array) return `bytes of length ${value.length}`;
  if (isDict(value)) return showKeys("dict with", value);
  if (value === undefined) return "nothing";
  if (value === null || typeof value === "object") return kind;
  if (typeof value === "function" || typeof value === "symbol") return kind;
  return `${kind} ${showScalar(value)}`;
}

/** Returns a scalar without its kind: `1.5`, `"a string, cut…"`, `12n`. Others as {@link show}. */
export function showScalar(value: unknown): string {
  if (typeof value === "string") return quote(value, SHOWN - 20);
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "bigint") return cut(String(value), SHOWN - 20);
  return typeof value === "number" || typeof value === "boolean" ? String(value) : show(value);
}

/** Returns dtype and shape: `float64 [8, 9]`. */
export function showTensor(tensor: Tensor): string {
  return `${tensor.dtype} [${tensor.shape.join(", ")}]`;
}

/** Returns the keys of `dict` after `lead`: `got keys "a", "b"`, and how many more. */
export function showKeys(lead: string, dict: object): string {
  const keys = Object.keys(dict);
  if (keys.length === 0) return `${lead} no keys`;
  return `${lead} ${keys.length === 1 ? "key" : "keys"} ${showList(keys)}`;
}

/** Returns `values` with commas in at most 80 characters, and how many there are beyond. */
export function showList(values: readonly unknown[]): string {
  let text = "";
  for (const [i, value] of values.entries()) {
    const next =
      text + (text && ", ") + (typeof value === "string" ? quote(value, 30) : showScalar(value));
    if (next.length > SHOWN - 20) return `${text || "…"} and ${values.length - i} more`;
    text = next;
  }
  return text;
}

/** Returns `text` in quotes, cut after `length` characters. */
export function quote(text: string, length = SHOWN - 20): string {
  return JSON.stringify(cut(text, length));
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** Returns the path of what stands at `key` below `path`, as JavaScript writes it. */
export function pathTo(path: string, key: string | number): string {
  if (typeof key === "number") return cutMiddle(`${path}[${key}]`);
  return cutMiddle(
    /^[A-Za-z_$][\w$]{0,63}$/.test(key) ? `${path}.${key}` : `${path}[${quote(key)}]`,
  );
}

function cutMiddle(path: string): string {
  const half = PATH_SHOWN / 2;
  return path.length > PATH_SHOWN ? `${path.slice(0, half - 1)}…${path.slice(-half)}` : path;
}

/** Returns the path of a JSON pointer into `value`: a number is an index in a list only. */
export function pathOf(pointer: string, value: unknown, root: string): string {
  let path = root;
  let at = value;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    path = pathTo(path, Array.isArray(at) ? Number(key) : key);
    at = (at as Record<string, unknown> | undefined)?.[key];
  }
  return path;
}

/** Returns `; did you mean "labels"?` when one of `names` is close to `name`, else nothing. */
export function didYouMean(name: string, names: readonly string[]): string {
  let best: string | undefined;
  let least = Math.min(3, 1 + Math.floor(name.length / 3));
  for (const other of names.slice(0, 200)) {
    const far = distance(name.toLowerCase(), other.toLowerCase());
    if (far < least && other !== name) [best, least] = [other, far];
  }
  return best === undefined ? "" : `; did you mean ${quote(best)}?`;
}

/** The number of letters to change, add, drop or swap; long names are never close. */
function distance(a: string, b: string): number {
  if (a.length > 64 || b.length > 64) return Infinity;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwap ? (before[j - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min(change, swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
