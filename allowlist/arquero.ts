/**
 * arquero, the stand-in for pandas: the stock package, with a thin façade in the words of pandas.
 *
 * The façade is functions (`read_csv`, `DataFrame`, `merge`, `get_dummies`) and methods that are
 * added to arquero's own tables, so both ways of writing work on the same table. It takes over
 * where the two libraries mean different things; `shims/arquero-*.ts` say what.
 *
 * @module
 */

import type { Library } from "../src/contract/library.ts";
import type { Tensor } from "../src/contract/tensor.ts";
import {
  asBefore,
  columnOf,
  dtypeOf,
  elementsOf,
  tensorIn,
  tensorOf,
} from "./shims/arquero-column.ts";
import { readCsv } from "./shims/arquero-csv.ts";
import { checkName, checkNames, dictOf, frameFrom, recordsOf } from "./shims/arquero-frame.ts";
import { merge } from "./shims/arquero-merge.ts";
import type { Arquero, Kit, Options, Table, TableClass } from "./shims/arquero-types.ts";
import {
  agg,
  concat,
  describe,
  dropna,
  fillna,
  getDummies,
  namesFrom,
  sortValues,
  valueCounts,
} from "./shims/arquero-verbs.ts";
import { textFrom } from "./shims/util-text.ts";

/** Stock functions that need files, addresses or streams. */
const NOT_HERE = /^load|Stream$/;

let loaded: TableClass | undefined;

export default {
  name: "arquero",
  aliases: ["pandas", "pd", "aq"],
  standsIn: "pandas",
  notes:
    "read_csv(text or bytes, options), DataFrame(records, columns or tensor), merge, concat and " +
    "get_dummies; tables have head, tail, describe, groupby(names).agg({column: 'mean'}), " +
    "merge, fillna, dropna, sort_values, value_counts, get_dummies, drop, shape, columns, " +
    "dtypes, to_dict('records' or 'list'), to_numpy(names) and values() (tensors), beside " +
    "arquero's own derive, filter, rollup, join and the rest. There is no index and no " +
    "df[name]: df.array(name) is a list, df.to_numpy(name) a tensor. agg gives plain columns " +
    "(price_min), get_dummies booleans; whole numbers are read as int32 where they fit, else as " +
    "float64, and as int64 (bigints) beyond 2^53. An expression is a function of a row that sees no variables outside: " +
    "df.filter((d) => d.x > 3), or aq.escape((d) => d.x > limit). A table that is returned " +
    "becomes records, its dates ISO strings.",
  bundle: {
    alias: {
      "./byte-stream.js": "./shims/arquero-no-files.ts",
      "./stream/byte-stream.js": "./shims/arquero-no-files.ts",
      stream: "./shims/empty.ts",
    },
  },
  load({ Tensor, tensorOf }) {
    const aq = require("arquero") as Arquero;
    const kit: Kit = { Table: aq.ColumnTable, Tensor, tensorOf };
    loaded = aq.ColumnTable;
    extendTables(kit);
    const here = Object.keys(aq).filter((name) => !NOT_HERE.test(name));
    return {
      ...Object.fromEntries(here.map((name) => [name, aq[name]])),
      table: (columns: unknown, names?: readonly string[]) =>
        tensorIn(columns, kit)
          ? frameFrom(columns, { columns: names }, kit)
          : checkNames(aq.table(withoutTensors(columns, kit), names)),
      from: (values: unknown, names?: readonly string[]) =>
        tensorIn(values, kit)
          ? frameFrom(values, { columns: names }, kit)
          : aq.from(checkRows(values), names),
      fromCSV: (value: unknown, options?: unknown) =>
        checkNames(aq.fromCSV(textFrom(value, "fromCSV"), options)),
      ...facade(kit),
    };
  },
  toNumbers(value) {
    return isTable(value) ? (value as unknown as { to_numpy(): Tensor }).to_numpy() : undefined;
  },
  toPlain(value) {
    return isTable(value) ? recordsOf(value) : undefined;
  },
} satisfies Library;

/** What has nothing but the prototype of a table is none. */
function isTable(value: object): value is Table {
  return loaded !== undefined && value instanceof loaded && Object.hasOwn(value, "_names");
}

/** The functions of pandas. Constructors in JavaScript are written with `new`, or without. */
function facade(kit: Kit): object {
  return {
    read_csv: (value: unknown, options: Options = {}) => readCsv(value, options, kit),
    DataFrame: function DataFrame(data: unknown = {}, options: Options = {}) {
      return frameFrom(data, options, kit);
    },
    merge: (left: unknown, right: unknown, options: Options = {}) =>
      merge(tableFrom(left, kit), tableFrom(right, kit), options, kit),
    concat: (tables: unknown) => {
      if (!Array.isArray(tables)) throw new TypeError("concat wants a list of tables");
      return concat(
        tables.map((table) => tableFrom(table, kit)),
        kit,
      );
    },
    get_dummies: (table: unknown, options: Options = {}) =>
      getDummies(tableFrom(table, kit), options, kit),
  };
}

function tableFrom(value: unknown, kit: Kit): Table {
  return frameFrom(value, {}, kit);
}

/** arquero takes the names of columns from the first row. */
function checkRows(rows: unknown): unknown {
  const [first] = Array.isArray(rows) ? (rows as readonly unknown[]) : [];
  if (typeof first === "object" && first !== null) checkName(Object.keys(first));
  return rows;
}

/** A dict of columns with the elements of each tensor in its place. */
function withoutTensors(columns: unknown, kit: Kit): unknown {
  if (typeof columns !== "object" || columns === null || Symbol.iterator in columns) return columns;
  const plain = (value: unknown) => {
    const tensor = tensorIn(value, kit);
    return tensor?.shape.length === 1 ? elementsOf(tensor.dtype, tensor.data) : value;
  };
  return Object.fromEntries(Object.entries(columns).map(([name, value]) => [name, plain(value)]));
}

type Methods = Record<string, (this: Table, ...values: never[]) => unknown>;

/** Puts the methods of pandas beside arquero's own. */
function extendTables(kit: Kit): void {
  const { prototype } = kit.Table;
  Object.assign(prototype, verbsOf(kit), doorsOf(prototype as unknown as Methods, kit));
  define(prototype, "shape", (table) => [table.numRows(), table.columnNames().length]);
  define(prototype, "columns", (table) => table.columnNames());
  define(prototype, "dtypes", (table) => {
    const plain = table.ungroup().reify();
    const names = plain.columnNames();
    return Object.fromEntries(names.map((name) => [name, dtypeOf(columnOf(plain, name))]));
  });
}

/** From a table to another one. */
function verbsOf(kit: Kit): Methods {
  return {
    head(n = 5) {
      return this.slice(0, n);
    },
    tail(n = 5) {
      // Of each group, where there are groups; -0 would be the start.
      return n === 0 ? this.slice(0, 0) : this.slice(-n);
    },
    describe() {
      return describe(this, kit);
    },
    agg(spec: unknown) {
      return agg(this, spec, kit);
    },
    merge(other: unknown, options: Options = {}) {
      return merge(this, tableFrom(other, kit), options, kit);
    },
    fillna(value: unknown) {
      return fillna(this, value, kit);
    },
    dropna(options: Options = {}) {
      return dropna(this, options, kit);
    },
    sort_values(by: unknown, options: Options = {}) {
      return sortValues(this, by, options, kit);
    },
    value_counts(name: unknown, options: Options = {}) {
      return valueCounts(this, name, options, kit);
    },
    get_dummies(options: Options = {}) {
      return getDummies(this, options, kit);
    },
    drop(names: unknown) {
      const gone = namesFrom((names as Options | null)?.columns ?? names, this.columnNames());
      return this.select(...this.columnNames().filter((name) => !gone.includes(name)));
    },
    reset_index() {
      return this.ungroup().reify();
    },
  };
}

/**
 * Data out of a table and into it; `values` and `assign` are arquero's too, by arguments. Where
 * arquero leaves no rows, `reify` keeps in mind which columns held booleans.
 */
function doorsOf({ values, assign, reify }: Methods, kit: Kit): Methods {
  const tensor = (table: Table, names?: string | readonly string[]) =>
    tensorOf(table.ungroup().reify(), names ?? table.columnNames(), kit);
  return {
    to_dict(orient?: unknown) {
      return dictOf(this, orient);
    },
    to_numpy(names?: string | readonly string[]) {
      return tensor(this, names);
    },
    values(name?: string) {
      return name === undefined ? tensor(this) : values?.call(this, name as never);
    },
    reify(indices?: unknown) {
      const made = reify?.call(this, indices as never) as Table;
      if (made.numRows() > 0 || made === this) return made;
      for (const name of made.columnNames()) asBefore(columnOf(made, name), columnOf(this, name));
      return made;
    },
    assign(...tables: unknown[]) {
      return assign?.apply(this, tables.map((table) => tableFrom(table, kit)) as never[]);
    },
  };
}

function define(prototype: object, name: string, read: (table: Table) => unknown): void {
  const get = function (this: Table): unknown {
    return read(this);
  };
  Object.defineProperty(prototype, name, { get, configurable: true });
}
