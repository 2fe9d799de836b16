/**
 * arquero and its façade in a bare isolate, against pandas on the same text.
 *
 * `vectors-arquero.py` says how the vectors came to be: the Iris and the wine table, and one with
 * all that makes a CSV file hard. Numbers may differ by the order in which they are added up.
 *
 * @module
 */

import { readFileSync } from "node:fs";

import { afterAll, beforeAll, expect, test } from "vitest";

import type { Bare } from "./isolate.ts";
import { utilIsolate, valueOf } from "./util.ts";

interface Vectors {
  readonly texts: Readonly<Record<string, string>>;
  readonly rows: readonly { readonly js: string; readonly value: unknown }[];
}

const VECTORS = JSON.parse(
  readFileSync(new URL("vectors-arquero.json", import.meta.url), "utf8"),
) as Vectors;

/** How far a number may be from pandas's, as a part of it. */
const TOLERANCE = 1e-12;

let pandas: Bare;

beforeAll(async () => {
  pandas = await utilIsolate("arquero");
  await pandas.run(`
    Object.assign(globalThis, ${JSON.stringify(VECTORS.texts)});
    globalThis.bytes = (text) => new TextEncoder().encode(text);
    globalThis.read = lib.read_csv;
    globalThis.iris = read(IRIS);
    globalThis.wine = read(WINE);
    globalThis.orders = read(ORDERS);
    globalThis.cities = read(CITIES);
    const k = ["b", "a", null, "b", "c"];
    globalThis.left = lib.DataFrame({ k, n: [1, 2, 3, 4, 5], v: [1.5, 2.5, 3.5, 4.5, 5.5] });
    const other = { k: ["b", "d", "b", null], n: [1, 2, 4, 3], v: [10, 20, 30, 40] };
    globalThis.right = lib.DataFrame(other);
    const cell = (value) => {
      if (value === null || value !== value) return null;
      if (typeof value === "bigint") {
        return Number.isSafeInteger(Number(value)) ? Number(value) : value + "n";
      }
      if (value === Infinity || value === -Infinity) return value < 0 ? "-inf" : "inf";
      return Array.isArray(value) ? value.map(cell) : value;
    };
    globalThis.plain = (value) => {
      if (Tensor.is(value)) {
        const { dtype, shape, data } = value;
        const read = dtype === "bool" ? Boolean : cell;
        return { dtype, shape: [...shape], data: Array.from(data, read) };
      }
      const records = made.toPlain(value);
      if (records === undefined) return Array.isArray(value) ? value.map(plain) : value;
      const columns = value.columnNames();
      return { columns, rows: records.map((record) => columns.map((name) => cell(record[name]))) };
    };
  `);
});

afterAll(() => pandas[Symbol.dispose]());

for (const { js, value } of VECTORS.rows) {
  test(`arquero agrees with pandas on ${js}`, async () => {
    expectClose(await valueOf(pandas, `plain(${js})`), value, "$");
  });
}

// What goes in and what travels out: dtypes, dates, bigints, what is missing.
const ROWS: readonly [js: string, value: unknown][] = [
  [
    "made.toPlain(lib.DataFrame([{ at: new Date(0), n: 2n ** 60n, x: 1, w: null }, { x: NaN }]))",
    [
      { at: "1970-01-01T00:00:00.000Z", n: 2n ** 60n, x: 1, w: null },
      { at: null, n: null, x: Number.NaN, w: null },
    ],
  ],
  ["made.toPlain(lib.DataFrame({ at: [new Date(NaN)] }))", [{ at: null }]],
  ["made.toPlain(lib.DataFrame([]))", []],
  ["made.toPlain(iris.filter((d) => d.petal_length > 99))", []],
  ["[{}, [1], new Map(), lib.op.mean('x')].map(made.toPlain)", Array(4).fill(undefined)],
  ["Object.keys(lib.DataFrame(JSON.parse('[{\"__proto__\": 1}]')).to_dict()[0])", ["__proto__"]],
  [
    "read(ORDERS, { parse_dates: ['ordered at'] }).dtypes",
    {
      id: "int32",
      customer: "object",
      "ordered at": "datetime64[ns]",
      amount: "float64",
      paid: "bool",
      note: "object",
      serial: "int64",
      zip: "int32",
    },
  ],
  ["orders.to_dict('list').serial", [9007199254740993n, 9007199254740995n, 12n, -5n, 0n]],
  ["read('n\\n3000000000\\n').dtypes", { n: "float64" }],
  ["read('n\\n99999999999999999999\\n').to_dict()", [{ n: "99999999999999999999" }]],
  ["read('x\\n1\\n', { dtype: { x: 'float32' } }).dtypes", { x: "float32" }],
  ["read('x\\n1\\n', { dtype: 'int64' }).to_dict()", [{ x: 1n }]],
  ["read('x\\n').to_dict('list')", { x: [] }],
  [
    "lib.DataFrame({ a: [1, 2] }).agg({ a: ['sum', 'mean'] }).to_dict()",
    [{ a_sum: 3, a_mean: 1.5 }],
  ],
  ["lib.fromCSV(bytes('a,b\\n1,x\\n')).to_dict()", [{ a: 1, b: "x" }]],
  ["[...lib.table({ a: [1, 2] }).values('a')]", [1, 2]],
  [
    "lib.table({ a: Tensor.from([1, 2]), b: ['x', 'y'] }).derive({ c: (d) => d.a * 2 }).to_dict()",
    [
      { a: 1, b: "x", c: 2 },
      { a: 2, b: "y", c: 4 },
    ],
  ],
  ["cities.assign({ z: Tensor.from([4, 3, 2, 1], 'int32') }).to_dict('list').z", [4, 3, 2, 1]],
  ["lib.DataFrame({ a: { tolist: () => [1, 2] } }).to_dict('list')", { a: [1, 2] }],
  ["lib.from(Tensor.from([[1, 2]]), ['x', 'y']).to_dict()", [{ x: 1, y: 2 }]],
  ["((limit) => iris.filter(lib.escape((d) => d.petal_width > limit)).shape)(2.4)", [3, 5]],
  [
    "iris.groupby('species').rollup({ w: (d) => lib.op.max(d.petal_width) }).to_dict('list').w",
    [0.6, 1.8, 2.5],
  ],
  ["iris.groupby('species').rollup({ n: lib.op.count() }).to_dict('list').n", [50, 50, 50]],
  ["iris.orderby(lib.desc('petal_width')).head(1).to_numpy('petal_length').tolist()", [6]],
];

for (const [js, value] of ROWS) {
  test(`arquero: ${js}`, async () => {
    const got = await valueOf(pandas, js);
    expect(typeof got === "string" ? got.split("\n")[0] : got).toEqual(value);
  });
}

// The dtype of a tensor, its elements, and the dtype in which a table gives them back.
const DTYPES: readonly [dtype: string, data: string, back: string, list: unknown[]][] = [
  ["float64", "new Float64Array([0.1, -2])", "float64", [0.1, -2]],
  ["float32", "new Float32Array([0.5, -2])", "float32", [0.5, -2]],
  ["float16", "new Float16Array([0.5, -2])", "float32", [0.5, -2]],
  ["bfloat16", "new Uint16Array([0x3fc0, 0xc000])", "float32", [1.5, -2]],
  ["int64", "new BigInt64Array([-5n, 2n ** 62n])", "int64", [-5n, 2n ** 62n]],
  ["uint64", "new BigUint64Array([5n, 2n ** 63n])", "uint64", [5n, 2n ** 63n]],
  ["int32", "new Int32Array([-5, 6])", "int32", [-5, 6]],
  ["int16", "new Int16Array([-5, 6])", "int16", [-5, 6]],
  ["int8", "new Int8Array([-5, 6])", "int8", [-5, 6]],
  ["uint32", "new Uint32Array([4294967295, 6])", "uint32", [4294967295, 6]],
  ["uint16", "new Uint16Array([65535, 6])", "uint16", [65535, 6]],
  ["uint8", "new Uint8Array([255, 6])", "uint8", [255, 6]],
  ["bool", "new Uint8Array([1, 0])", "bool", [true, false]],
];

for (const [dtype, data, back, list] of DTYPES) {
  test(`a tensor of ${dtype} goes into a table and comes back as ${back}`, async () => {
    const text = `
      const shown = ({ dtype, shape, tolist }) => ({ dtype, shape: [...shape] });
      const both = [
        lib.DataFrame({ a: new Tensor("${dtype}", [2], ${data}) }).to_numpy("a"),
        lib.DataFrame(new Tensor("${dtype}", [1, 2], ${data})).head(1).to_numpy(),
      ];
      return both.map((one) => ({ ...shown(one), list: one.tolist() }));
    `;
    expect(await pandas.run(text)).toEqual([
      { dtype: back, shape: [2], list },
      { dtype: back, shape: [1, 2], list: [list] },
    ]);
  });
}

// What is refused, and the words that say why.
const REFUSED: readonly [js: string, message: string][] = [
  ["read('a,b\\n1,2,3\\n')", "RangeError: read_csv wants 2 fields in each row, got 3 in row 2"],
  [
    "read('a\\n1\\n', { seperator: ';' })",
    "TypeError: read_csv has no seperator: there are sep, delimiter, header, names, usecols, " +
      "dtype, parse_dates, na_values, keep_default_na, skiprows, nrows, comment, quotechar, " +
      "decimal, encoding",
  ],
  [
    "read('when\\n2023-02-29\\n', { parse_dates: ['when'] })",
    'TypeError: read_csv wants dates as YYYY-MM-DD HH:MM:SS in column "when", row 1 of the data, ' +
      "got 2023-02-29",
  ],
  [
    "read('a\\n1\\n', { parse_dates: ['b'] })",
    'RangeError: read_csv has no column "b" for parse_dates',
  ],
  [
    "read('a\\n1\\nx\\n', { dtype: 'float64' })",
    'TypeError: read_csv wants float64 in column "a", row 2 of the data, got "x"',
  ],
  ["read('a,b\\n\"x,1\\n')", "TypeError: read_csv: Quoted field unterminated (row 2)"],
  [
    "read(7)",
    "TypeError: read_csv wants text, or the bytes of a file such as files[0], " +
      "got a value of type number",
  ],
  ["lib.DataFrame({ a: [1], b: [1, 2] })", 'RangeError: Column "b" wants 1 rows, as in "a", got 2'],
  [
    "lib.DataFrame([{ a: 1 }, 5])",
    "TypeError: DataFrame wants dicts or lists as its rows, got number at $[1]",
  ],
  [
    "lib.DataFrame('x')",
    "TypeError: DataFrame wants records, columns or a tensor, got a value of type string",
  ],
  [
    "cities.to_numpy()",
    'TypeError: Column "customer" holds object, not numbers: get_dummies() makes numbers of ' +
      "words, select() leaves a column out",
  ],
  [
    "orders.to_numpy(['id', 'serial'])",
    'TypeError: Column "serial" holds 64-bit integers: select it alone, or turn it into numbers',
  ],
  [
    "cities.to_numpy('town')",
    'RangeError: A table of "customer", "city", "amount" has no column "town"',
  ],
  [
    "cities.groupby('city').agg('mode')",
    "RangeError: agg wants a function or one of count, size, nunique, sum, mean, var, std, " +
      'median, min, max, first, last, got "mode"',
  ],
  [
    "cities.merge(orders, { on: 'town' })",
    'RangeError: A table of "customer", "city", "amount" has no column "town"',
  ],
  [
    "cities.merge(orders, { on: 'customer', how: 'cross' })",
    "RangeError: merge wants how as one of inner, left, right, outer, got cross",
  ],
  [
    "((t) => t.merge(t, { on: 'a' }))(lib.DataFrame({ a: Array(3000).fill(1) }))",
    "RangeError: merge would give 9000000 rows: are the keys right?",
  ],
  ["cities.to_dict('split')", 'RangeError: to_dict wants "records" or "list", got split'],
];

for (const [js, message] of REFUSED) {
  test(`arquero refuses ${js}`, async () => {
    expect(await valueOf(pandas, js)).toBe(message);
  });
}

/** Equal in everything but the last digits of numbers. */
function expectClose(got: unknown, want: unknown, path: string): void {
  if (typeof want === "number" && typeof got === "number") {
    const far = Math.abs(got - want) > TOLERANCE * Math.max(1, Math.abs(want));
    if (far) expect.fail(`${path} wants ${want}, got ${got}`);
    return;
  }
  if (typeof want !== "object" || want === null || typeof got !== "object" || got === null) {
    expect(got, path).toBe(want);
    return;
  }
  expect(Object.keys(got), path).toEqual(Object.keys(want));
  for (const [key, value] of Object.entries(want)) {
    expectClose((got as Record<string, unknown>)[key], value, `${path}.${key}`);
  }
}
