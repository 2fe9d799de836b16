/**
 * Lists that do not fit: how many items, and rows that differ in length.
 *
 * @module
 */

import type { ErrorObject } from "ajv/dist/2020.js";
import { kindOf, pathOf, pathTo } from "./misfit-words.ts";
import { RANK_MAX } from "../tensor.ts";

/** Nested lists as a tensor would see them. */
export interface ListShape {
  /** The length at each depth, as far as the rows agree. */
  readonly shape: readonly number[];
  /** The kind of what is in the innermost lists, by the first of them. */
  readonly leaf: string;
  /** Where two rows differ, in words. */
  readonly ragged?: string;
}

/** Lists that are looked at; a value may hold millions. */
const LISTS_MAX = 10_000;

/** Returns the shape of nested lists, looking at lists only, never at all the elements. */
export function listShape(list: readonly unknown[]): ListShape {
  const shape: number[] = [];
  let rows: readonly (readonly [path: string, row: readonly unknown[]])[] = [["", list]];
  let leaf = "nothing";
  while (rows.length > 0 && shape.length < RANK_MAX) {
    const [[firstPath, first]] = rows as [readonly [string, readonly unknown[]]];
    const other = rows.find(([, row]) => row.length !== first.length);
    if (other) {
      const [path, row] = other;
      const ragged = `${firstPath} has ${items(first.length)}, ${path} has ${row.length}`;
      return { shape, leaf, ragged };
    }
    shape.push(first.length);
    const inner: [string, readonly unknown[]][] = [];
    const isNested = Array.isArray(first[0]);
    for (const [path, row] of rows) {
      // Beside a list stands no number; a list of numbers is not read to its end.
      for (const [i, item] of (isNested ? row : row.slice(0, 1)).entries()) {
        if (Array.isArray(item) !== isNested) {
          const ragged = `${firstPath}[0] is ${kindOf(first[0])}, ${path}[${i}] is ${kindOf(item)}`;
          return { shape, leaf, ragged };
        }
        if (isNested && inner.length < LISTS_MAX) inner.push([`${path}[${i}]`, item as unknown[]]);
      }
    }
    if (!isNested && first.length > 0) leaf = kindOf(first[0]);
    rows = inner;
  }
  return { shape, leaf };
}

function items(count: number): string {
  return `${count} item${count === 1 ? "" : "s"}`;
}

/** Returns `wants at least 2 items, got 1`, or `wants 2 items` where that is what it comes to. */
export function countSentence(
  bound: "at least" | "at most",
  limit: unknown,
  { data, parentSchema }: ErrorObject,
): string {
  const list = data as readonly unknown[];
  const { minItems, maxItems, prefixItems, items: after } = parentSchema ?? {};
  const most = after === false && Array.isArray(prefixItems) ? prefixItems.length : maxItems;
  const isExact = minItems === limit && most === limit;
  return `wants ${isExact ? "" : `${bound} `}${items(Number(limit))}, got ${list.length}`;
}

/** Returns a hint when the list at `pointer` is one row of several, and another is not as long. */
export function raggedHint(pointer: string, value: unknown, root: string): string {
  const parts = pointer.split("/");
  const above = parts.slice(0, -1).join("/");
  const rows = parts.slice(1, -1).reduce<unknown>(entryOf, value);
  if (parts.length < 2 || !Array.isArray(rows)) return "";
  const row: unknown = rows[Number(parts.at(-1))];
  if (!Array.isArray(row)) return "";
  const some: readonly unknown[] = rows.slice(0, LISTS_MAX);
  const other = some.findIndex((one) => Array.isArray(one) && one.length !== row.length);
  if (other === -1) return "";
  const path = pathTo(pathOf(above, value, root), other);
  return `; hint: the rows are ragged, ${path} has ${(rows[other] as unknown[]).length}`;
}

function entryOf(holder: unknown, part: string): unknown {
  const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
  return (holder as Record<string, unknown> | undefined)?.[key];
}
