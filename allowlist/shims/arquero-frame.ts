/**
 * Tables from plain data and back: `DataFrame`, `to_dict`, and the records that a table travels as.
 *
 * @module
 */

import type { Tensor } from "../../src/contract/tensor.ts";
import { columnFrom, columnOf, elementsOf, settled, tensorIn } from "./arquero-column.ts";
import type { Column, Kit, Options, Table } from "./arquero-types.ts";
import { dictFrom, show } from "./util-arguments.ts";

/** Columns of a table to be, in their order. */
export type Columns = readonly (readonly [name: string, column: Column])[];

/**
 * Returns a table of `columns`.
 *
 * @throws {RangeError} When they are not of equal length, or two have one name.
 */
export function tableOf(columns: Columns, { Table: Made }: Kit): Table {
  const [first] = columns;
  for (const [name, { length }] of columns) {
    if (length === first?.[1].length) continue;
    const want = `${first?.[1].length} rows, as in ${JSON.stringify(first?.[0])}`;
    throw new RangeError(`Column ${JSON.stringify(name)} wants ${want}, got ${length}`);
  }
  const names = columns.map(([name]) => name);
  if (new Set(names).size < names.length) {
    const twice = names.find((name, c) => names.indexOf(name) < c);
    throw new RangeError(`A table wants each name once, got ${JSON.stringify(twice)} twice`);
  }
  return checkNames(new Made(Object.fromEntries(columns), names));
}

/**
 * Returns the table itself, made sure that arquero can hold its names: it keeps columns as keys of
 * plain objects, where `__proto__` is none.
 *
 * @throws {RangeError} When it cannot.
 */
export function checkNames(table: Table): Table {
  checkName(table.columnNames());
  return table;
}

/** As {@link checkNames}, for names that are not yet those of a table. */
export function checkName(names: readonly string[]): void {
  if (!names.includes("__proto__")) return;
  throw new RangeError('A table cannot have a column "__proto__": give it another name');
}

/** Returns the columns of a table, filtered and in order. */
export function columnsOf(table: Table): Columns {
  const plain = table.ungroup().reify();
  return plain.columnNames().map((name) => [name, columnOf(plain, name)]);
}

/**
 * Returns a table of `data`: a list of dicts, a list of rows, a dict of columns (a single value
 * stands for a whole column), a tensor [rows, columns], what another library has as one, or a
 * table.
 *
 * @param options `columns` names the columns of rows and tensors, and picks them from dicts.
 * @throws {TypeError} When it is nothing of these.
 * @throws {RangeError} When columns are not of equal length.
 */
export function frameFrom(data: unknown, options: Options, kit: Kit): Table {
  dictFrom(options, "DataFrame", ["columns"]);
  const names = namesFrom(options.columns);
  if (data instanceof kit.Table) return names ? data.select(...names) : data;
  const tensor = tensorIn(data, kit);
  if (tensor) return tableOf(columnsOfTensor(tensor, names), kit);
  if (Array.isArray(data)) return tableOf(columnsOfRows(data, names, kit), kit);
  if (typeof data === "object" && data !== null && !ArrayBuffer.isView(data)) {
    return tableOf(columnsOfDict(data as Options, names, kit), kit);
  }
  throw new TypeError(`DataFrame wants records, columns or a tensor, got ${show(data)}`);
}

function namesFrom(names: unknown): readonly string[] | undefined {
  if (names === undefined) return undefined;
  if (Array.isArray(names) && names.every((name) => typeof name === "string")) return names;
  throw new TypeError('DataFrame wants its columns as a list of names, as in {columns: ["a"]}');
}

function columnsOfTensor({ shape, dtype, data }: Tensor, names?: readonly string[]): Columns {
  const [rows = 0, count = 1] = shape;
  if (shape.length < 1 || shape.length > 2) {
    throw new RangeError(`DataFrame wants a tensor of 1 or 2 axes, got [${shape.join(", ")}]`);
  }
  return named(count, names).map((name, c) => {
    const column = data.slice(0, rows);
    for (let r = 0; r < rows; r++) column[r] = data[r * count + c] as never;
    return [name, elementsOf(dtype, column)];
  });
}

/** Without names a column is named by its place, as in pandas. */
function named(count: number, names?: readonly string[]): readonly string[] {
  if (!names) return Array.from({ length: count }, (_, c) => String(c));
  if (names.length === count) return names;
  throw new RangeError(`DataFrame wants ${count} names of columns, got ${names.length}`);
}

function columnsOfRows(
  rows: readonly unknown[],
  names: readonly string[] | undefined,
  kit: Kit,
): Columns {
  if (rows.length > 0 && rowFrom(rows[0], kit)) return columnsOfLists(rows, names, kit);
  for (const [r, row] of rows.entries()) {
    if (typeof row === "object" && row !== null) continue;
    throw new TypeError(`DataFrame wants dicts or lists as its rows, got ${typeof row} at $[${r}]`);
  }
  const dicts = rows as readonly Options[];
  const all = names ?? [...new Set(dicts.flatMap((dict) => Object.keys(dict)))];
  const cell = (dict: Options, name: string) => (Object.hasOwn(dict, name) ? dict[name] : null);
  return all.map((name) => [name, settled(dicts.map((dict) => cell(dict, name)))]);
}

function columnsOfLists(
  rows: readonly unknown[],
  names: readonly string[] | undefined,
  kit: Kit,
): Columns {
  const lists = rows.map((row, r) => {
    const list = rowFrom(row, kit);
    if (list) return list;
    const want = "lists or tensors of one axis as its rows, as the first is";
    throw new TypeError(`DataFrame wants ${want}, got ${show(row)} at $[${r}]`);
  });
  const count = lists.reduce((most, { length }) => Math.max(most, length), 0);
  return named(count, names).map((name, c) => [name, settled(lists.map((row) => row[c]))]);
}

/** Returns a row that has no names as a list, and `undefined` for a dict. */
function rowFrom(row: unknown, kit: Kit): readonly unknown[] | undefined {
  if (Array.isArray(row)) return row;
  if (ArrayBuffer.isView(row) && "at" in row) return Array.from(row as unknown as number[]);
  const list = tensorIn(row, kit)?.tolist();
  return Array.isArray(list) ? list : undefined;
}

function columnsOfDict(dict: Options, names: readonly string[] | undefined, kit: Kit): Columns {
  const entries = (names ?? Object.keys(dict)).map((name) => [name, dict[name]] as const);
  const made = entries.map(([name, value]) => {
    const single = typeof value !== "object" || value === null || value instanceof Date;
    return [name, single ? undefined : columnFrom(value, name, kit), value] as const;
  });
  const rows = made.find(([, column]) => column)?.[1]?.length ?? 1;
  const repeated = (value: unknown) => settled(Array.from({ length: rows }, () => value));
  return made.map(([name, column, value]) => [name, column ?? repeated(value)]);
}

/**
 * Returns the rows of a table as dicts, the data that it travels as: dates are ISO strings, 64-bit
 * integers bigints, what is missing NaN among numbers and else null.
 */
export function recordsOf(table: Table): Record<string, unknown>[] {
  const columns = columnsOf(table);
  const cells = columns.map(([name, column]) => [name, (row: number) => plain(column.at(row))]);
  const readers = cells as [name: string, read: (row: number) => unknown][];
  return Array.from({ length: table.numRows() }, (_, row) =>
    Object.fromEntries(readers.map(([name, read]) => [name, read(row)])),
  );
}

/**
 * Returns a table as plain data.
 *
 * @param orient `records`, a list of dicts, or `list`, a dict of lists.
 * @throws {RangeError} When it is neither.
 */
export function dictOf(table: Table, orient: unknown = "records"): unknown {
  if (orient === "records") return recordsOf(table);
  if (orient === "list") {
    const lists = columnsOf(table).map(([name, column]) => {
      const list = Array.from({ length: column.length }, (_, row) => plain(column.at(row)));
      return [name, list] as const;
    });
    return Object.fromEntries(lists);
  }
  throw new RangeError(`to_dict wants "records" or "list", got ${String(orient)}`);
}

function plain(value: unknown): unknown {
  if (!(value instanceof Date)) return value ?? null;
  return Number.isNaN(value.getTime()) ? null : value.toISOString();
}
