/**
 * The values inside a list or dict of MessagePack, as the bytes that they are: how a door hands on
 * what a request holds without decoding it.
 *
 * The bytes come from outside and were not scanned. One walk without recursion finds where a value
 * ends and believes no length that the bytes do not bear out; whether the value is one that we
 * take, `scan` says afterwards, value by value.
 *
 * @module
 */

import { type FaultCode, Refusal } from "../faults.ts";
import { readText } from "./text.ts";

/** What bounds a list or dict that is taken apart, and what a refusal is called. */
export interface SliceRules {
  readonly itemsMax: number;
  readonly malformed: FaultCode;
}

type Slice = Uint8Array<ArrayBuffer>;

/** A container's head: how many items it has and where the first of them begins. */
interface Head {
  readonly count: number;
  readonly start: number;
}

/**
 * Returns the entries of the one dict that `bytes` are; each value is a view on their memory.
 *
 * @returns `undefined` when it is no dict.
 * @throws {Refusal} `rules.malformed` when the bytes do not make one value, a key is no string or
 * there twice, or there are too many.
 *
 * @example
 * ```ts
 * const rules = { itemsMax: 4, malformed: "BAD_REQUEST" } as const;
 * entriesIn(Uint8Array.of(0x81, 0xa1, 0x61, 0x91, 0x07), rules); // Map { "a" → 91 07 }
 * ```
 */
export function entriesIn(bytes: Slice, rules: SliceRules): Map<string, Slice> | undefined {
  const first = bytes[0];
  if (first === undefined) throw refused(rules, 0, "wants a value, got nothing");
  const head = headAt(bytes, rules, { short: 0x80, long: 0xde });
  if (!head) return undefined;
  const entries = new Map<string, Slice>();
  let at = head.start;
  for (let i = 0; i < head.count; i++) {
    const start = endOf(bytes, at, rules);
    const key = textIn(bytes.subarray(at, start));
    if (key === undefined) throw refused(rules, at, "wants a string as the key of a dict");
    if (entries.has(key)) throw refused(rules, at, "wants each key once, got one twice");
    at = endOf(bytes, start, rules);
    entries.set(key, bytes.subarray(start, at));
  }
  checkEnd(bytes, at, rules);
  return entries;
}

/**
 * Returns the items of the one list that `bytes` are, as views on their memory.
 *
 * @returns `undefined` when it is no list.
 * @throws {Refusal} `rules.malformed`, as {@link entriesIn}.
 */
export function itemsIn(bytes: Slice, rules: SliceRules): Slice[] | undefined {
  const head = headAt(bytes, rules, { short: 0x90, long: 0xdc });
  if (!head) return undefined;
  const items: Slice[] = [];
  let at = head.start;
  for (let i = 0; i < head.count; i++) {
    const end = endOf(bytes, at, rules);
    items.push(bytes.subarray(at, end));
    at = end;
  }
  checkEnd(bytes, at, rules);
  return items;
}

/** Returns the bytes of a bin as a view, or nothing when it is none. */
export function bytesIn(slice: Slice): Slice | undefined {
  const first = slice[0] as number;
  return first >= 0xc4 && first <= 0xc6 ? slice.subarray(1 + (1 << (first - 0xc4))) : undefined;
}

/** Returns the text of a str, or nothing when it is none. */
export function textIn(slice: Slice): string | undefined {
  const first = slice[0] as number;
  if (first >= 0xa0 && first < 0xc0) return readText(slice, 1, slice.length);
  if (first < 0xd9 || first > 0xdb) return undefined;
  return readText(slice, 1 + (1 << (first - 0xd9)), slice.length);
}

/**
 * Returns where the value that begins at `at` ends.
 *
 * @throws {Refusal} `rules.malformed` when it ends behind the bytes.
 */
export function endOf(bytes: Uint8Array, at: number, rules: SliceRules): number {
  let left = 1;
  let next = at;
  while (left > 0) {
    const first = bytes[next];
    if (first === undefined) throw refused(rules, next, "wants a value, got nothing");
    const short = first < 0xc0 ? SHORT[first >> 4] : first >= 0xe0 ? 1 : FIXED[first - 0xc0];
    left -= 1;
    if (short) next += short;
    else {
      const { bytes: own, items } = sizeAt(bytes, next, first);
      // Every value takes a byte at least, so a length that lies is found before it is believed.
      const isThere = own <= bytes.length - next && items <= bytes.length - next;
      if (!isThere) throw refused(rules, next, "wants as much as a length says, got less");
      next += own;
      left += items;
    }
  }
  if (next > bytes.length) throw refused(rules, at, "wants a whole value, got its beginning");
  return next;
}

interface Size {
  /** Of its head, and of what it holds where that is no value. */
  readonly bytes: number;
  /** Values that follow and belong to it. */
  readonly items: number;
}

/** Bytes of a value by the upper half of its first byte; 0 where that is not all it takes. */
const SHORT = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0];
/** Bytes of the values behind 0xc0 to 0xdf, head included; 0 where they say so themselves. */
const FIXED = [
  ...[1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 5, 9, 2, 3, 5, 9],
  ...[2, 3, 5, 9, 3, 4, 6, 10, 18, 0, 0, 0, 0, 0, 0, 0],
];

function sizeAt(bytes: Uint8Array, at: number, first: number): Size {
  if (first < 0x90) return { bytes: 1, items: 2 * (first & 0x0f) };
  if (first < 0xa0) return { bytes: 1, items: first & 0x0f };
  if (first < 0xc0) return { bytes: 1 + (first & 0x1f), items: 0 };
  return longSizeAt(bytes, at, first);
}

function longSizeAt(bytes: Uint8Array, at: number, first: number): Size {
  if (first <= 0xc6) return lengthy(bytes, at, { width: 1 << (first - 0xc4), more: 0 });
  if (first <= 0xc9) return lengthy(bytes, at, { width: 1 << (first - 0xc7), more: 1 });
  if (first <= 0xdb) return lengthy(bytes, at, { width: 1 << (first - 0xd9), more: 0 });
  const width = first % 2 === 0 ? 2 : 4;
  const count = uintAt(bytes, at + 1, width);
  return { bytes: 1 + width, items: first <= 0xdd ? count : 2 * count };
}

function lengthy(
  bytes: Uint8Array,
  at: number,
  { width, more }: { readonly width: number; readonly more: number },
): Size {
  return { bytes: 1 + width + more + uintAt(bytes, at + 1, width), items: 0 };
}

/** What lies behind the end is as good as the largest number: no length bears it out. */
function uintAt(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i++) value = value * 256 + (bytes[at + i] ?? Infinity);
  return value;
}

function headAt(
  bytes: Slice,
  rules: SliceRules,
  { short, long }: { readonly short: number; readonly long: number },
): Head | undefined {
  const first = bytes[0] as number;
  let head: Head | undefined;
  if (first >= short && first < short + 16) head = { count: first & 0x0f, start: 1 };
  else if (first === long) head = { count: uintAt(bytes, 1, 2), start: 3 };
  else if (first === long + 1) head = { count: uintAt(bytes, 1, 4), start: 5 };
  if (head && head.count > rules.itemsMax) {
    throw refused(rules, 0, `wants at most ${rules.itemsMax} items, got ${head.count}`);
  }
  return head;
}

function checkEnd(bytes: Slice, at: number, rules: SliceRules): void {
  if (at === bytes.length) return;
  throw refused(rules, at, `wants one value, got ${bytes.length - at} bytes behind it`);
}

function refused({ malformed }: SliceRules, at: number, detail: string): Refusal {
  return new Refusal(malformed, `byte ${at}`, detail);
}
