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
    const rows = [1, 2, 3, 4].map((n) => ({ a: BigInt(n), b: "xy"[1 - (n % 2)], t: new Date(n) }));
    const even = lib.DataFrame(rows).filter((d) => d.b === "y");
    globalThis.part = even.orderby(lib.desc("a"));
    const words = ["__proto__", "toString", "__proto__"];
    globalThis.names = lib.DataFrame({ length: [1, 2, 3], constructor: words });
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

/** A moment so many milliseconds into 1970, as it travels. */
const at = (ms: number) => new Date(ms).toISOString();

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
  // Views: what travels is what the view shows, whatever lies beneath.
  [
    "made.toPlain(part)",
    [
      { a: 4n, b: "y", t: at(4) },
      { a: 2n, b: "y", t: at(2) },
    ],
  ],
  [
    "made.toPlain(part.groupby('b'))",
    [
      { a: 4n, b: "y", t: at(4) },
      { a: 2n, b: "y", t: at(2) },
    ],
  ],
  ["made.toPlain(part.slice(1))", [{ a: 2n, b: "y", t: at(2) }]],
  ["made.toPlain(part.groupby('b').slice(0, 1))", [{ a: 4n, b: "y", t: at(4) }]],
  [
    "made.toPlain(part.groupby('b').agg({ a: ['first', 'sum'] }))",
    [{ b: "y", a_first: 4n, a_sum: 6n }],
  ],
  ["part.groupby('b').to_numpy('a').tolist()", [4n, 2n]],
  ["[part.shape, part.groupby('b').shape, part.dtypes.a]", [[2, 3], [2, 3], "int64"]],
  ["part.groupby('b').dropna().to_dict('list').a", [4n, 2n]],
  ["part.fillna(0).sort_values('a').to_dict('list').a", [2n, 4n]],
  ["made.toPlain(lib.concat([part, part.head(1)])).map((row) => row.a)", [4n, 2n, 4n]],
  ["made.toPlain(part.merge(part, { on: 'b' })).length", 4],
  // Names that objects have already.
  [
    "made.toPlain(names.groupby('constructor').agg({ length: ['min', 'max'] }))",
    [
      { constructor: "__proto__", length_min: 1, length_max: 3 },
      { constructor: "toString", length_min: 2, length_max: 2 },
    ],
  ],
  ["names.value_counts('constructor').to_dict('list').count", [2, 1]],
  ["names.filter((d) => d.length > 1).orderby(lib.desc('length')).array('length')", [3, 2]],
  [
    "Object.keys(names.get_dummies().to_dict()[0])",
    ["length", "constructor___proto__", "constructor_toString"],
  ],
  ["names.merge(names, { on: 'constructor' }).columns", ["length_x", "constructor", "length_y"]],
  ["lib.DataFrame({ a: new Float16Array([0.5]) }).dtypes", { a: "float32" }],
  [
    "lib.DataFrame({ a: [true, false], b: [1, 2] }).to_numpy().tolist()",
    [
      [1, 1],
      [0, 2],
    ],
  ],
  ["lib.DataFrame({ a: new Float32Array([NaN]) }).fillna(2).dtypes", { a: "float32" }],
  ["read(','.repeat(16383) + '\\n').shape", [0, 16384]],
  ["made.toPlain(iris.filter((d) => d.petal_length > 99))", []],
  ["[{}, [1], new Map(), lib.op.mean('x')].map(made.toPlain)", Array(4).fill(undefined)],
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
  // pandas: agg(a=("a", "mean")).
  [
    "lib.DataFrame([{ a: 1, g: 'x' }, { a: 2, g: 'x' }]).groupby('g').agg({ a: ['a', 'mean'] }).to_dict()",
    [{ g: "x", a: 1.5 }],
  ],
  [
    "lib.DataFrame({ a: [1, 2], min: [5, 6] }).agg({ a: ['min', 'max'] }).to_dict()",
    [{ a_min: 1, a_max: 2 }],
  ],
  ["read('x\\n', { dtype: { x: 'bool' } }).dtypes", { x: "bool" }],
  ["lib.DataFrame([Uint8Array.of(1, 2), [3, 4]]).to_dict('list')", { 0: [1, 3], 1: [2, 4] }],
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
  [
    "read(','.repeat(500_000) + '\\n')",
    "RangeError: read_csv wants at most 16384 fields in a row, got more in row 1: is the separator right?",
  ],
  [
    "read('a\\n' + '1,'.repeat(500_000))",
    "RangeError: read_csv wants at most 16384 fields in a row, got more in row 2: is the separator right?",
  ],
  ["read('')", "TypeError: read_csv wants a row at least, got none"],
  ["read('a,b\\n', { sep: '::' })", 'TypeError: read_csv wants sep as one character, got "::"'],
  [
    "read('a\\n128\\n', { dtype: { a: 'int8' } })",
    'TypeError: read_csv wants int8 in column "a", row 1 of the data, got "128"',
  ],
  [
    "read('a\\n1\\n\\n\"\"\\n', { dtype: { a: 'int64' } })",
    'TypeError: read_csv wants int64 in column "a", row 2 of the data, got null',
  ],
  [
    "read('1\\n', { names: ['a', 'a'] })",
    "TypeError: read_csv wants names as a list of texts, each one once",
  ],
  [
    "read('a\\n', { nrows: -1 })",
    "TypeError: read_csv wants nrows as a whole number from 0 on, got -1",
  ],
  [
    "read('__proto__\\n1\\n')",
    'RangeError: A table cannot have a column "__proto__": give it another name',
  ],
  [
    "lib.from(JSON.parse('[{\"__proto__\": 1}]'))",
    'RangeError: A table cannot have a column "__proto__": give it another name',
  ],
  [
    "cities.merge(cities, { on: 'city', suffixes: ['', ''] })",
    'RangeError: A table wants each name once, got "customer" twice',
  ],
  [
    "cities.sort_values('city', { acsending: false })",
    "TypeError: sort_values has no acsending: there are ascending, na_position",
  ],
  [
    "lib.DataFrame({ a: Array.from({ length: 5000 }, (_, i) => 'k' + i) }).get_dummies()",
    'RangeError: get_dummies would give 5000 columns of 5000 rows: is "a" a class?',
  ],
  [
    "cities.agg({ city: 'mean' })",
    'TypeError: agg wants numbers for sum, mean, var, std and median, got "Leeds"',
  ],
  [
    "read('a,b\\n1,2,3\\n')",
    "RangeError: read_csv wants 2 fields in each row, got 3 in row 1 of the data",
  ],
  [
    "read('a\\n1\\n', { seperator: ';' })",
    "TypeError: read_csv has no seperator: there are sep, delimiter, header, names, usecols, " +
      "dtype, parse_dates, na_values, keep_default_na, skiprows, nrows, comment, quotechar, " +
      "escapechar, skipinitialspace, decimal, thousands, true_values, false_values, encoding",
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
  [
    "read('a,b\\n\"x,1\\n')",
    "TypeError: read_csv wants a quote to be closed, got the end of the text in row 2",
  ],
  [
    "read(7)",
    "TypeError: read_csv wants text, or the bytes of a file such as files[0], " +
      "got a value of type number",
  ],
  ["lib.DataFrame({ a: [1], b: [1, 2] })", 'RangeError: Column "b" wants 1 rows, as in "a", got 2'],
  [
    "lib.DataFrame([[1], { a: 1 }])",
    "TypeError: DataFrame wants lists or tensors of one axis as its rows, as the first is, got a " +
      "dict at $[1]",
  ],
  [
    "lib.DataFrame([{ a: 1 }, 5])",
    "TypeError: DataFrame wants dicts or lists as its rows, got number at $[1]",
  ],
  ["lib.DataFrame('x')", 'TypeError: DataFrame wants records, columns or a tensor, got "x"'],
  [
    "cities.to_numpy()",
    'TypeError: Column "customer" holds object, not numbers: get_dummies() makes numbers of ' +
      "words, select() leaves a column out",
  ],
  [
    "orders.to_numpy(['amount', 'serial'])",
    'TypeError: Column "serial" holds 64-bit integers such as 9007199254740993, which float64 ' +
      "cannot hold: select it alone, or turn it into numbers",
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
