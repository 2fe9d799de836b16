/**
 * The verbs that pandas has and arquero has under another name, or not at all: on one table.
 *
 * Each takes a table and gives a new one; filters and orders of the table hold.
 *
 * @module
 */

import {
  columnOf,
  dtypeOf,
  isMissing,
  isNumeric,
  listOf,
  settled,
  take,
  typedOf,
} from "./arquero-column.ts";
import { type Columns, columnsOf, tableOf } from "./arquero-frame.ts";
import {
  compare,
  COUNTS,
  KEEPS_KIND,
  keyOf,
  quantile,
  sortedNumbers,
} from "./arquero-statistics.ts";
import { type Statistic, STATISTICS } from "./arquero-statistics.ts";
import type { Column, Kit, Options, Table } from "./arquero-types.ts";
import { dictFrom } from "./util-arguments.ts";

/** Returns the rows of a table by their numbers. */
export function takeRows(table: Table, rows: readonly number[], kit: Kit): Table {
  const columns = columnsOf(table);
  return tableOf(
    columns.map(([name, column]) => [name, take(column, rows)]),
    kit,
  );
}

/** Returns names of columns from what a caller says: one name, a list, or nothing for `all`. */
export function namesFrom(value: unknown, all: readonly string[]): readonly string[] {
  if (value === undefined || value === null) return all;
  const names: unknown[] = Array.isArray(value) ? value : [value];
  for (const name of names) {
    if (all.includes(name as string)) continue;
    const known = all.map((one) => JSON.stringify(one)).join(", ");
    throw new RangeError(`A table of ${known} has no column ${JSON.stringify(name)}`);
  }
  return names as string[];
}

/** Returns count, mean, std, min, quartiles and max of each column of numbers. */
export function describe(table: Table, kit: Kit): Table {
  const columns = columnsOf(table).filter(([, column]) => isNumeric(column));
  if (columns.length === 0) throw new TypeError("describe wants a column of numbers, got none");
  const parts = [0.25, 0.5, 0.75];
  const worked = columns.map(([name, column]) => {
    const values = listOf(column).map((value) => (isMissing(value) ? value : Number(value)));
    const [count, mean, std, min, max] = ["count", "mean", "std", "min", "max"].map((of) =>
      named(of)(values),
    );
    const sorted = sortedNumbers(values);
    const quartiles = parts.map((part) => quantile(sorted, part));
    return [name, settled([count, mean, std, min, ...quartiles, max])] as const;
  });
  const names = ["count", "mean", "std", "min", ...parts.map((part) => `${part * 100}%`), "max"];
  return tableOf([["statistic", names], ...worked], kit);
}

function named(name: string): Statistic {
  const statistic = Object.hasOwn(STATISTICS, name) ? STATISTICS[name] : undefined;
  if (statistic) return statistic;
  const known = Object.keys(STATISTICS).join(", ");
  throw new RangeError(`agg wants a function or one of ${known}, got ${JSON.stringify(name)}`);
}

/** One column of the outcome of `agg`: its name, the column it is made of, and how. */
interface Outcome {
  readonly as: string;
  readonly from: string;
  readonly how: unknown;
}

/**
 * Returns one row for each group, by its keys in order; for a table without groups, one row.
 *
 * @param spec A name (`"mean"`: of all columns of numbers), `{column: name}`, `{column: [names]}`
 * (columns `column_name`), or `{new: [column, name]}`, where `new` may be a column, too. A name may
 * be a function of the values.
 */
export function agg(table: Table, spec: unknown, kit: Kit): Table {
  const groups = table.groups();
  const keys = groups?.names ?? [];
  const rows = groups ? rowsByGroup(table) : [[...Array(table.numRows()).keys()]];
  const plain = groups ? table.ungroup() : table.ungroup().reify();
  const found = keys.map((_, k) => rows.map((list) => groups?.get[k]?.(list[0] ?? 0)));
  const order = [...rows.keys()].filter((g) => !found.some((values) => isMissing(values[g])));
  order.sort((a, b) => found.reduce((sign, values) => sign || compare(values[a], values[b]), 0));
  const heads = keys.map(
    (name, k) => [name, settledAs(plain, name, found[k] ?? [], order)] as const,
  );
  const outcomes = outcomesOf(spec, plain, keys);
  const worked = outcomes.map(({ as, from, how }) => {
    const column = columnOf(plain, from);
    const statistic = typeof how === "function" ? (how as Statistic) : named(String(how));
    const values = order.map((g) => statistic((rows[g] ?? []).map((row) => column.at(row))));
    return [as, kindOf(values, column, how)] as const;
  });
  return tableOf([...heads, ...worked], kit);
}

/** Numbers of rows of each group, in the table's order. */
function rowsByGroup(table: Table): number[][] {
  const groups = table.groups();
  const lists = Array.from({ length: groups?.size ?? 0 }, (): number[] => []);
  table.scan((row) => lists[groups?.keys[row] ?? 0]?.push(row), true);
  return lists;
}

function settledAs(
  table: Table,
  name: string,
  values: readonly unknown[],
  order: readonly number[],
): Column {
  const list = order.map((g) => values[g]);
  const column = table.columnNames().includes(name) ? columnOf(table, name) : [];
  return kindOf(list, column, "first");
}

/** A smallest integer is an integer: what gives one of the values keeps the kind of the column. */
function kindOf(values: readonly unknown[], column: Column, how: unknown): Column {
  if (COUNTS.includes(how as string)) return Int32Array.from(values as number[]);
  const typed = typedOf(column);
  if (typed && KEEPS_KIND.includes(how as string) && !values.some(isMissing)) {
    const kind = typed.constructor as unknown as { from(values: readonly unknown[]): Column };
    return kind.from(values);
  }
  return settled(values);
}

/** What a statistic by itself is worked out of: those that need no numbers, of every column. */
function outcomesOfAll(how: unknown, table: Table, keys: readonly string[]): readonly Outcome[] {
  const rest = table.columnNames().filter((name) => !keys.includes(name));
  const [from = ""] = table.columnNames();
  if (how === "size") return [{ as: "size", from, how }];
  const isAny = COUNTS.includes(how as string) || KEEPS_KIND.includes(how as string);
  const fits = (name: string) => {
    const column = columnOf(table, name);
    return isAny || isNumeric(column) || dtypeOf(column) === "bool";
  };
  return rest.filter(fits).map((name) => ({ as: name, from: name, how }));
}

function outcomesOf(spec: unknown, table: Table, keys: readonly string[]): readonly Outcome[] {
  const names = table.columnNames();
  if (typeof spec === "string" || typeof spec === "function") {
    return outcomesOfAll(spec, table, keys);
  }
  if (typeof spec !== "object" || spec === null || Array.isArray(spec)) {
    throw new TypeError('agg wants a statistic, as in "mean", or a dict, as in {price: "mean"}');
  }
  return Object.entries(spec as Options).flatMap(([key, how]) => {
    if (!Array.isArray(how)) return [{ as: key, from: key, how }];
    const [from, by] = how as unknown[];
    const isColumn = how.length === 2 && names.includes(from as string);
    // Of a column, a list that names a statistic first is a list of statistics.
    const isNew = isColumn && !(names.includes(key) && Object.hasOwn(STATISTICS, from as string));
    if (isNew) return [{ as: key, from: from as string, how: by }];
    return how.map((one: unknown) => ({ as: `${key}_${nameOf(one)}`, from: key, how: one }));
  });
}

/** A function without a name is what Python calls it. */
function nameOf(how: unknown): string {
  return typeof how === "function" ? how.name || "<lambda>" : String(how);
}

/** Returns the table with `value`, or with a value for each column by name, for what is missing. */
export function fillna(table: Table, value: unknown, kit: Kit): Table {
  const each = typeof value === "object" && value !== null && !(value instanceof Date);
  if (each) namesFrom(Object.keys(value), table.columnNames());
  const filled = columnsOf(table).map(([name, column]) => {
    const fill = each ? (value as Options)[name] : value;
    const values = listOf(column);
    if (fill === undefined || !values.some(isMissing)) return [name, column] as const;
    const full = values.map((one) => (isMissing(one) ? fill : one));
    const isFloat32 = column instanceof Float32Array && typeof fill === "number";
    return [name, isFloat32 ? Float32Array.from(full as number[]) : settled(full)] as const;
  });
  return tableOf(filled, kit);
}

/**
 * Returns the rows of tables one below the other; a column that one lacks is missing there.
 *
 * Columns keep their kind where all tables have them of one, as in pandas.
 */
export function concat(tables: readonly Table[], kit: Kit): Table {
  const parts = tables.map((table) => ({
    rows: table.numRows(),
    columns: new Map(columnsOf(table)),
  }));
  const names = new Set(parts.flatMap(({ columns }) => [...columns.keys()]));
  const joined = [...names].map((name) => {
    const columns = parts.map((part) => part.columns.get(name));
    const values = parts.flatMap(({ rows }, i) => {
      const column = columns[i];
      return column ? listOf(column) : Array.from({ length: rows }, () => null);
    });
    const [first] = columns;
    const kind = first && typedOf(first)?.constructor;
    const isOne =
      kind && columns.every((column) => column && typedOf(column)?.constructor === kind);
    return [name, isOne ? kindOf(values, first, "first") : settled(values)] as const;
  });
  return tableOf(joined, kit);
}

/** Returns the rows without missing values; `how: "all"` drops only those with nothing else. */
export function dropna(table: Table, options: Options, kit: Kit): Table {
  dictFrom(options, "dropna", ["subset", "how"]);
  const { subset, how = "any" } = options;
  if (how !== "any" && how !== "all") {
    throw new RangeError(`dropna wants how as any or all, got ${String(how)}`);
  }
  const names = namesFrom(subset, table.columnNames());
  const columns = columnsOf(table).filter(([name]) => names.includes(name));
  const rows = [...Array(table.numRows()).keys()].filter((row) => {
    const missing = ([, column]: Columns[number]) => isMissing(column.at(row));
    return how === "all" ? !columns.every(missing) : !columns.some(missing);
  });
  return takeRows(table, rows, kit);
}

/**
 * Returns the table in the order of one or more columns; equal rows stay as they were.
 *
 * @param options `ascending` (one for all columns, or a list), `na_position` (`last` or `first`).
 */
export function sortValues(table: Table, by: unknown, options: Options, kit: Kit): Table {
  dictFrom(options, "sort_values", ["ascending", "na_position"]);
  const names = namesFrom(by ?? [], table.columnNames());
  const { ascending = true, na_position: place = "last" } = options;
  if (Array.isArray(ascending) && ascending.length !== names.length) {
    const got = ascending.length;
    throw new RangeError(`sort_values wants ${names.length} values in ascending, got ${got}`);
  }
  if (place !== "first" && place !== "last") {
    throw new RangeError(`sort_values wants na_position as first or last, got ${String(place)}`);
  }
  const missingSign = place === "last" ? 1 : -1;
  const columns = columnsOf(table);
  const orders = names.map((name, i) => ({
    column: columns.find(([one]) => one === name)?.[1] as Column,
    sign: (Array.isArray(ascending) ? ascending[i] : ascending) ? 1 : -1,
  }));
  const rows = [...Array(table.numRows()).keys()].sort((a, b) =>
    orders.reduce((order, { column, sign }) => {
      if (order !== 0) return order;
      const [one, other] = [column.at(a), column.at(b)];
      // Where what is missing stands does not depend on the direction.
      return compare(one, other) * (isMissing(one) || isMissing(other) ? missingSign : sign);
    }, 0),
  );
  return takeRows(table, rows, kit);
}

/**
 * Returns the values of a column and how often each is there, most often first; equals in the order
 * in which they came. `normalize` gives shares that add up to 1.
 */
export function valueCounts(table: Table, name: unknown, options: Options, kit: Kit): Table {
  dictFrom(options, "value_counts", ["normalize", "ascending", "dropna"]);
  const { normalize = false, ascending = false, dropna: drop = true } = options;
  const [of = ""] = namesFrom(name ?? [], table.columnNames());
  if (of === "") throw new TypeError("value_counts wants the name of a column");
  const column = columnOf(table.ungroup().reify(), of);
  const rows = new Map<string, number[]>();
  for (const [row, value] of listOf(column).entries()) {
    if (drop && isMissing(value)) continue;
    const list = rows.get(keyOf(value));
    if (list) list.push(row);
    else rows.set(keyOf(value), [row]);
  }
  const lists = [...rows.values()];
  lists.sort((a, b) => (ascending ? a.length - b.length : b.length - a.length));
  const counts = lists.map(({ length }) => length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const values = take(
    column,
    lists.map(([row = 0]) => row),
  );
  const shares: Columns = normalize
    ? [["proportion", Float64Array.from(counts, (count) => count / total)]]
    : [["count", Int32Array.from(counts)]];
  return tableOf([[of, values], ...shares], kit);
}

/** The most flags that a column of words becomes: a name in each row would give all pairs. */
const FLAGS_MAX = 2 ** 22;

/**
 * Returns the table with a column of booleans for each word of a column of words; the rest first.
 *
 * @param options `columns` (default: all that hold no numbers), `prefix_sep`, `drop_first`.
 */
export function getDummies(table: Table, options: Options, kit: Kit): Table {
  dictFrom(options, "get_dummies", ["columns", "prefix_sep", "drop_first"]);
  const { prefix_sep: separator = "_", drop_first: dropFirst = false } = options;
  const columns = columnsOf(table);
  const isWords = ([, column]: Columns[number]) =>
    !isNumeric(column) && listOf(column).some((value) => typeof value === "string");
  const words = columns.filter(isWords).map(([name]) => name);
  const names = options.columns ? namesFrom(options.columns, table.columnNames()) : words;
  const dummies = columns
    .filter(([name]) => names.includes(name))
    .flatMap(([name, column]) => {
      const values = listOf(column);
      const keys = values.map((value) => (isMissing(value) ? undefined : keyOf(value)));
      const known = new Map(keys.map((key, row) => [key, values[row]]));
      known.delete(undefined);
      const levels = [...known].sort(([, one], [, other]) => compare(one, other));
      if (levels.length * values.length > FLAGS_MAX) {
        const size = `${levels.length} columns of ${values.length} rows`;
        throw new RangeError(`get_dummies would give ${size}: is ${JSON.stringify(name)} a class?`);
      }
      return levels.slice(dropFirst ? 1 : 0).map(([level, value]) => {
        const flags = keys.map((key) => key === level);
        return [`${name}${String(separator)}${String(value)}`, flags] as const;
      });
    });
  return tableOf([...columns.filter(([name]) => !names.includes(name)), ...dummies], kit);
}
