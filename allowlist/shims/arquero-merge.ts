/**
 * `merge`: two tables joined by their keys, in the order and with the names of pandas.
 *
 * arquero's own join lets the longer table decide the order of rows.
 *
 * @module
 */

import { columnOf, listOf, settled, take, typedOf } from "./arquero-column.ts";
import { type Columns, columnsOf, tableOf } from "./arquero-frame.ts";
import { compare, keyOf } from "./arquero-statistics.ts";
import type { Column, Kit, Options, Table } from "./arquero-types.ts";
import { namesFrom } from "./arquero-verbs.ts";
import { dictFrom } from "./util-arguments.ts";

/** The most rows that come out: two columns of one value each would give all pairs. */
const ROWS_MAX = 2 ** 20;

const HOWS = ["inner", "left", "right", "outer"];

/** A row of the left and a row of the right table that belong together; -1 is none. */
type Pair = readonly [left: number, right: number];

/**
 * Returns the rows of `one` and `other` with equal keys, side by side.
 *
 * @param options `on`, or `left_on` and `right_on` (default: the names they share), `how` (`inner`,
 * `left`, `right` or `outer`), `suffixes` for names that both have (default `_x` and `_y`).
 * @throws {RangeError} When a key is no column, or more than a million rows would come out.
 */
export function merge(one: Table, other: Table, options: Options, kit: Kit): Table {
  dictFrom(options, "merge", ["how", "on", "left_on", "right_on", "suffixes"]);
  const { how = "inner", on, left_on: leftNames = on, right_on: rightNames = on } = options;
  const [left, right] = [one.ungroup().reify(), other.ungroup().reify()];
  const shared = left.columnNames().filter((name) => right.columnNames().includes(name));
  const leftOn = namesFrom(leftNames ?? shared, left.columnNames());
  const rightOn = namesFrom(rightNames ?? shared, right.columnNames());
  if (leftOn.length === 0 || leftOn.length !== rightOn.length) {
    const got = `${leftOn.length} left and ${rightOn.length} right`;
    throw new RangeError(`merge wants as many keys left as right, at least one, got ${got}`);
  }
  if (!HOWS.includes(how as string)) {
    throw new RangeError(`merge wants how as one of ${HOWS.join(", ")}, got ${String(how)}`);
  }
  const pairs = pairsOf(keysOf(left, leftOn), keysOf(right, rightOn), how as string);
  const keys = leftOn.map((name, k) => {
    return coalesced(columnOf(left, name), columnOf(right, rightOn[k] as string), pairs);
  });
  const order = [...pairs.keys()];
  if (how === "outer") {
    order.sort((a, b) => keys.reduce((sign, key) => sign || compare(key.at(a), key.at(b)), 0));
  }
  const both = new Map(
    leftOn.flatMap((name, k) => (name === rightOn[k] ? [[name, keys[k] as Column] as const] : [])),
  );
  const sides = [sideOf(left, pairs, 0, both), sideOf(right, pairs, 1, both)] as const;
  const columns = sideBySide(sides, options.suffixes).map(
    ([name, column]) => [name, take(column, order)] as const,
  );
  return tableOf(columns, kit);
}

/** One word for each row, the same for the same values of all keys. */
function keysOf(table: Table, names: readonly string[]): readonly string[] {
  const lists = names.map((name) => listOf(columnOf(table, name)).map(keyOf));
  return Array.from({ length: table.numRows() }, (_, row) =>
    lists.map((list) => list[row]).join("|"),
  );
}

/** In the order of the left table; for `right` in that of the right one. */
function pairsOf(left: readonly string[], right: readonly string[], how: string): Pair[] {
  const flip = how === "right";
  const [scanned, sought] = flip ? [right, left] : [left, right];
  const rows = new Map<string, number[]>();
  for (const [row, key] of sought.entries()) {
    const list = rows.get(key);
    if (list) list.push(row);
    else rows.set(key, [row]);
  }
  const none = how === "inner" ? [] : [-1];
  const count = scanned.reduce((sum, key) => sum + (rows.get(key) ?? none).length, 0);
  if (count > ROWS_MAX) throw new RangeError(`merge would give ${count} rows: are the keys right?`);
  const pairs: Pair[] = [];
  const hit = new Set<number>();
  for (const [row, key] of scanned.entries()) {
    const matches = rows.get(key) ?? none;
    for (const match of matches) {
      pairs.push(flip ? [match, row] : [row, match]);
      hit.add(match);
    }
  }
  if (how !== "outer") return pairs;
  for (const row of sought.keys()) if (!hit.has(row)) pairs.push([-1, row]);
  return pairs;
}

/** Returns the key of each pair, from whichever side is there. */
function coalesced(left: Column, right: Column, pairs: readonly Pair[]): Column {
  if (!pairs.some(([row]) => row < 0)) {
    return take(
      left,
      pairs.map(([row]) => row),
    );
  }
  const values = pairs.map(([l, r]) => (l >= 0 ? left.at(l) : right.at(r)));
  const [one, other] = [typedOf(left), typedOf(right)];
  if (!one || !other || one.constructor !== other.constructor) return settled(values);
  return (one.constructor as unknown as { from(values: unknown[]): Column }).from(values);
}

function sideOf(
  table: Table,
  pairs: readonly Pair[],
  side: 0 | 1,
  both: ReadonlyMap<string, Column>,
): Columns {
  const rows = pairs.map((pair) => pair[side]);
  return columnsOf(table).flatMap(([name, column]) => {
    const key = both.get(name);
    // A key of one name stands once, on the left.
    if (key) return side === 0 ? [[name, key] as const] : [];
    return [[name, take(column, rows)] as const];
  });
}

function sideBySide([left, right]: readonly [Columns, Columns], suffixes: unknown): Columns {
  const [leftSuffix, rightSuffix] = Array.isArray(suffixes) ? suffixes : ["_x", "_y"];
  const renamed = (side: Columns, other: Columns, suffix: unknown): Columns =>
    side.map(([name, column]) => {
      const clash = other.some(([one]) => one === name);
      return [clash ? `${name}${String(suffix ?? "")}` : name, column];
    });
  return [...renamed(left, right, leftSuffix), ...renamed(right, left, rightSuffix)];
}
