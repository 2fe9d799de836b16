/**
 * numjs in a bare isolate, against numbers worked out with numpy.
 *
 * `vectors.py` and `vectors-numjs.py` say how the vectors came to be.
 *
 * @module
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { afterAll, beforeAll, expect, test } from "vitest";

import { bundleLibraries } from "../../build/libraries.ts";
import { type Bare, bareIsolate } from "./isolate.ts";
import { type NumberRow, type Shown, VECTORS } from "./vectors.ts";

const folder = mkdtempSync(join(tmpdir(), "bookend-numjs-"));
const outDir = pathToFileURL(`${folder}/`);

interface Input {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

const MORE = JSON.parse(readFileSync(new URL("vectors-numjs.json", import.meta.url), "utf8")) as {
  readonly inputs: Readonly<Record<string, Input>>;
  readonly rows: readonly NumberRow[];
};

/** One isolate for each set of inputs: both have an `M`. */
let numjs: Bare;
let arrays: Bare;

beforeAll(async () => {
  await bundleLibraries(outDir);
  numjs = await bareIsolate(new URL("numjs.js", outDir));
  const inputs = JSON.stringify(VECTORS.inputs);
  await numjs.run(`
    const numbers = { nan: NaN, inf: Infinity };
    const word = (value) => (Array.isArray(value) ? value.map(word) : (numbers[value] ?? value));
    globalThis.nj = lib;
    for (const [name, value] of Object.entries(${inputs})) globalThis[name] = word(value);
  `);
  arrays = await bareIsolate(new URL("numjs.js", outDir));
  await arrays.run(`
    const numbers = { nan: NaN, inf: Infinity };
    globalThis.nj = lib;
    globalThis.touched = (x, change) => (change(x), x);
    for (const [name, { dtype, shape, data }] of Object.entries(${JSON.stringify(MORE.inputs)})) {
      const list = data.map((value) => numbers[value] ?? value);
      globalThis[name] = nj.array(list, dtype).reshape(shape);
    }
  `);
}, 30_000);

afterAll(() => {
  numjs[Symbol.dispose]();
  arrays[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

for (const row of VECTORS.numbers) {
  test(`numjs agrees with numpy on ${row.js}`, async () => {
    const places = row.js.includes("arg") && row.dtype === "int64";
    await expectRow(numjs, { ...row, dtype: places ? "int32" : row.dtype });
  });
}

for (const row of MORE.rows) {
  test(`numjs agrees with numpy on ${row.js}`, async () => expectRow(arrays, row));
}

async function expectRow(bare: Bare, { js, scalar, dtype, shape, data }: NumberRow): Promise<void> {
  const got = (await bare.run(`return show(${js})`)) as Shown & { scalar?: true; value?: string };
  const want = data.map(wordsAsNumbers);
  expect(got.scalar).toBe(scalar ? true : undefined);
  if (scalar) {
    const { value } = got;
    const number = value === "true" || value === "false" ? value === "true" : value;
    expectClose(Number(number), want[0] ?? Number.NaN, dtype);
    return;
  }
  expect(got.dtype).toBe(dtype);
  expect(got.shape).toEqual(shape);
  expect(got.data.length).toBe(want.length);
  for (const [i, value] of want.entries()) expectClose(got.data[i], value, got.dtype);
}

function wordsAsNumbers(value: number | string): number {
  return value === "inf" ? Infinity : value === "-inf" ? -Infinity : Number(value);
}

/** Up to the last digits of the dtype: the two libraries add up in another order. */
function expectClose(got: number | undefined, want: number, dtype: string): void {
  if (!Number.isFinite(want)) expect(got).toBe(want);
  else if (!dtype.startsWith("float")) expect(got).toBe(want);
  else {
    const share = dtype === "float32" ? 1e-6 : 1e-13;
    expect(Math.abs((got ?? Number.NaN) - want)).toBeLessThan(share * Math.max(1, Math.abs(want)));
  }
}

// A tensor's dtype, its elements, and the dtype in which they come back.
const DTYPES: readonly [dtype: string, data: string, back: string, list: readonly number[]][] = [
  ["float64", "new Float64Array([0.1, -2])", "float64", [0.1, -2]],
  ["float32", "new Float32Array([0.5, -2])", "float32", [0.5, -2]],
  ["float16", "new Float16Array([0.5, -2])", "float32", [0.5, -2]],
  ["bfloat16", "new Uint16Array([0x3fc0, 0xc000])", "float32", [1.5, -2]],
  ["int64", "new BigInt64Array([-9007199254740991n, 2n])", "int64", [-9007199254740991, 2]],
  ["uint64", "new BigUint64Array([9007199254740991n, 2n])", "uint64", [9007199254740991, 2]],
  ["int32", "new Int32Array([-5, 6])", "int32", [-5, 6]],
  ["int16", "new Int16Array([-5, 6])", "int16", [-5, 6]],
  ["int8", "new Int8Array([-5, 6])", "int8", [-5, 6]],
  ["uint32", "new Uint32Array([4294967295, 6])", "uint32", [4294967295, 6]],
  ["uint16", "new Uint16Array([65535, 6])", "uint16", [65535, 6]],
  ["uint8", "new Uint8Array([255, 6])", "uint8", [255, 6]],
  ["bool", "new Uint8Array([1, 0])", "bool", [1, 0]],
];

for (const [dtype, data, back, list] of DTYPES) {
  test(`nj.array() takes a tensor of ${dtype} and gives it back as ${back}`, async () => {
    const tensor = `new Tensor("${dtype}", [2, 1], ${data})`;
    const got = await numjs.run(`return show(nj.array(${tensor}))`);
    expect(got).toEqual({ dtype: back, shape: [2, 1], data: list });
    const element = `new Tensor("${dtype}", [], ${data}.slice(0, 1))`;
    const one = await numjs.run(`return show(nj.array(${element}))`);
    expect(one).toEqual({ dtype: back, shape: [], data: list.slice(0, 1) });
  });
}

// What nj refuses, and the text that says why.
const NJ_REFUSES: readonly [js: string, message: string][] = [
  ["nj.array([[1, 2], [3]])", "RangeError: nj.array wants lists of equal length: 2 at $[1], got 1"],
  ["nj.array([[1, 2], 3])", "RangeError: nj.array wants lists of equal length: 2 at $[1], got 3"],
  ["nj.array([1, [2]])", "RangeError: nj.array wants a number at $[1], got a list"],
  ["nj.array([[1], ['x']])", 'TypeError: nj.array wants a number at $[1][0], got "x"'],
  ["nj.array([1, , 3])", "TypeError: nj.array wants a number at $[1], got undefined"],
  ["nj.array('x')", 'TypeError: nj.array wants a number at $, got "x"'],
  ["nj.array({})", "TypeError: nj.array wants a number at $, got an object"],
  [
    "nj.array([1], 'float46')",
    'TypeError: nj wants a dtype of int8, int16, int32, uint8, uint16, uint32, float32, float64, int64, uint64, bool, got "float46"',
  ],
  [
    "nj.array([1], 'constructor')",
    'TypeError: nj wants a dtype of int8, int16, int32, uint8, uint16, uint32, float32, float64, int64, uint64, bool, got "constructor"',
  ],
  [
    "nj.array([2n ** 53n])",
    "RangeError: nj.array holds integers up to 2^53, got 9007199254740992 at $[0]",
  ],
  [
    "nj.array(new Tensor('int64', [2], new BigInt64Array([1n, -(2n ** 53n)])))",
    "RangeError: nj.array holds integers up to 2^53, got -9007199254740992 at $[1]",
  ],
  ["nj.max([])", "RangeError: nj.max wants at least one element, got none"],
  ["nj.argmax([[], []], 1)", "RangeError: nj.argmax wants at least one element, got none"],
  ["nj.max(M, 2)", "RangeError: axis 2 is out of bounds for an array of dimension 2"],
  ["nj.max(M, -3)", "RangeError: axis -3 is out of bounds for an array of dimension 2"],
  ["nj.max(M, 0.5)", "TypeError: nj wants an axis as an integer, got 0.5"],
  [
    "nj.array(M).add([1, 2])",
    "RangeError: operands could not be broadcast together with shapes [2, 3] and [2]",
  ],
  [
    "nj.zeros([1e5, 1e5])",
    "RangeError: nj wants arrays of at most 268435456 bytes, got shape [100000, 100000] of float64, 80000000000 bytes",
  ],
  [
    "nj.add(nj.zeros([20000, 1]), nj.zeros(20000))",
    "RangeError: nj wants arrays of at most 268435456 bytes, got shape [20000, 20000] of float64, 3200000000 bytes",
  ],
  [
    "nj.tile([1, 2], 1e9)",
    "RangeError: nj wants arrays of at most 268435456 bytes, got shape [2000000000] of float64, 16000000000 bytes",
  ],
  [
    "nj.repeat([1], 1e9)",
    "RangeError: nj wants arrays of at most 268435456 bytes, got shape [1000000000] of float64, 8000000000 bytes",
  ],
  [
    "nj.pad([1], 1e9)",
    "RangeError: nj wants arrays of at most 268435456 bytes, got shape [2000000001] of float64, 16000000008 bytes",
  ],
  [
    "nj.arange(1e10)",
    "RangeError: nj wants arrays of at most 268435456 bytes, got shape [10000000000] of float64, 80000000000 bytes",
  ],
  [
    "nj.linspace(0, 1, 1e9)",
    "RangeError: nj wants arrays of at most 268435456 bytes, got shape [1000000000] of float64, 8000000000 bytes",
  ],
  [
    "nj.eye(1e5)",
    "RangeError: nj wants arrays of at most 268435456 bytes, got shape [100000, 100000] of float64, 80000000000 bytes",
  ],
  [
    "nj.random([1e5, 1e5])",
    "RangeError: nj wants arrays of at most 268435456 bytes, got shape [100000, 100000] of float64, 80000000000 bytes",
  ],
  [
    "nj.outer(nj.zeros(1e5), nj.zeros(1e5))",
    "RangeError: nj wants arrays of at most 268435456 bytes, got shape [100000, 100000] of float64, 80000000000 bytes",
  ],
  [
    "nj.bincount([4e9])",
    "RangeError: nj wants arrays of at most 268435456 bytes, got shape [4000000001] of int32, 16000000004 bytes",
  ],
  ["nj.zeros(-1)", "RangeError: nj wants a shape of whole numbers from 0 on, got -1"],
  ["nj.zeros([2, 'x'])", 'RangeError: nj wants a shape of whole numbers from 0 on, got [2, "x"]'],
  ["nj.arange(0, 1, 0)", "RangeError: nj.arange wants a step that is not 0"],
  ["nj.array(M).reshape(4)", "RangeError: cannot reshape array of size 6 into shape [4]"],
  ["nj.array(M).reshape(4, -1)", "RangeError: cannot reshape array of size 6 into shape [4, -1]"],
  ["nj.squeeze(M, 0)", "RangeError: nj.squeeze wants an axis of length 1, got 2"],
  ["nj.transpose(M, [0, 0])", "RangeError: nj wants each axis once, got [0, 0]"],
  ["nj.transpose(M, [0])", "RangeError: nj.transpose wants 2 axes, got 1"],
  ["nj.mean(M, [0, 2])", "RangeError: axis 2 is out of bounds for an array of dimension 2"],
  [
    "nj.concatenate([M, [[1, 2]]])",
    "RangeError: nj cannot join shapes [2, 3] and [1, 2] along axis 0",
  ],
  ["nj.concatenate([])", "RangeError: nj wants at least one array to join, got none"],
  ["nj.stack([[1, 2], [1]])", "RangeError: nj cannot join shapes [1, 2] and [1, 1] along axis 0"],
  ["nj.matmul(M, M)", "RangeError: nj.matmul cannot multiply shapes [2, 3] and [2, 3]: 3 is not 2"],
  ["nj.dot(M, [1, 2])", "RangeError: nj.matmul cannot multiply shapes [2, 3] and [2]: 3 is not 2"],
  ["nj.take([1, 2], [2])", "RangeError: index 2 is out of bounds for an axis of size 2"],
  ["nj.array([1, 2]).get(2)", "RangeError: index 2 is out of bounds for an axis of size 2"],
  ["nj.array(M).get(1)", "RangeError: nj wants 2 places, one for each axis, got 1"],
  ["nj.array(M).set(0, 3, 1)", "RangeError: index 3 is out of bounds for an axis of size 3"],
  ["nj.array(M).pick(2)", "RangeError: index 2 is out of bounds for an axis of size 2"],
  ["nj.array(M).slice([0, 'x'])", 'TypeError: nj wants the ends of a slice as integers, got "x"'],
  [
    "nj.array(M).slice([0, 2, 0])",
    "RangeError: nj wants the step of a slice as an integer but 0, got 0",
  ],
  ["nj.array(M).slice(0, 0, 0)", "RangeError: nj slices 2 axes here, got 3"],
  ["nj.array(M).item()", "RangeError: nj.item wants an array of one element, got shape [2, 3]"],
  [
    "nj.power(nj.int32([2]), -1)",
    "RangeError: nj.power wants no negative power of integers, got -1",
  ],
  ["nj.subtract([true], [true])", "TypeError: nj.subtract takes no booleans: use nj.logical_xor"],
  ["nj.percentile(M, 101)", "RangeError: nj wants quantiles from 0 to 100, got 101"],
  ["nj.clip(M, 'a')", 'TypeError: nj wants a bound of clip as a number, got "a"'],
  [
    "nj.pad(M, 1, 'linear')",
    'TypeError: nj.pad has the modes constant, edge, reflect, symmetric, wrap, got "linear"',
  ],
  ["nj.pad(M, -1)", "RangeError: nj.pad wants whole numbers from 0 on, got -1"],
  ["nj.split(M, 2, 1)", "RangeError: nj.split cannot cut 3 into 2 equal parts"],
  ["nj.linalg.inv([[1, 2], [2, 4]])", "RangeError: nj.linalg wants a matrix that is not singular"],
  ["nj.linalg.det(M)", "RangeError: nj.linalg wants a square matrix, got shape [2, 3]"],
  [
    "nj.linalg.solve([[1, 0], [0, 1]], [1])",
    "RangeError: nj.linalg.solve wants 2 rows on the right, got 1",
  ],
  ["nj.linalg.norm(M, 1)", "TypeError: nj.linalg.norm wants an ord of 1, 2 or Infinity, got 1"],
  [
    "nj.broadcast_to(M, [3, 2])",
    "RangeError: operands could not be broadcast together with shapes [2, 3] and [3, 2]",
  ],
  ["nj.broadcast_to(M, [3])", "RangeError: nj cannot broadcast shape [2, 3] to [3]"],
  [
    "nj.where(M, [1, 2], 0)",
    "RangeError: operands could not be broadcast together with shapes [2, 3] and [2]",
  ],
  ["nj.bincount([-1])", "RangeError: nj.bincount wants whole numbers from 0 on, got -1"],
  [
    "show(nj.array([2 ** 53], 'int64').add(2))",
    "RangeError: nj holds int64 up to 2^53, got 9007199254740994: use float64",
  ],
  [
    "nj.fft([1, 2, 3])",
    "RangeError: nj.fft wants a last axis of 2, real and imaginary, got shape [3]",
  ],
  [
    "nj.convolve([1], [1, 2])",
    "RangeError: nj.convolve wants a filter that fits on the array, got [1] and [2]",
  ],
  [
    "nj.convolve([1, 2], [1], 'most')",
    'TypeError: nj.convolve has the modes valid, same and full, got "most"',
  ],
  [
    "nj.array([1, 2]).assign([1, 2, 3])",
    "RangeError: operands could not be broadcast together with shapes [3] and [2]",
  ],
  [
    "nj.images.read('x.png')",
    "Error: nj.images.read needs files: use jimp, Jimp.fromBuffer(bytes)",
  ],
];

for (const [js, message] of NJ_REFUSES) {
  test(`numjs refuses ${js}`, async () => {
    expect(await thrown(js)).toBe(message);
  });
}

test("numjs gives boxed arrays of its own as float64", async () => {
  const got = await numjs.run("return show(new nj.NdArray([1, 2, 3, 4], [2, 2]).T)");
  expect(got).toEqual({ dtype: "float64", shape: [2, 2], data: [1, 3, 2, 4] });
});

// What an array says of itself, as text or as plain data.
const SAYS: readonly [js: string, value: unknown][] = [
  [
    "String(nj.array([[1, 2.123456789], [3, 4]]))",
    "array([[1, 2.12346],\n       [3, 4]], dtype=float64)",
  ],
  ["String(nj.arange(9))", "array([0, 1, 2, ..., 6, 7, 8], dtype=float64)"],
  ["String(nj.greater([1, 2], 1))", "array([false, true], dtype=bool)"],
  ["String(nj.array(5))", "array(5, dtype=float64)"],
  ["nj.greater([[1], [2]], 1).tolist()", [[false], [true]]],
  ["nj.array(new BigInt64Array([1n, -2n])).T.tolist()", [1, -2]],
  ["[nj.images[Symbol.toStringTag], nj.images[Symbol.toPrimitive]]", [undefined, undefined]],
  ["JSON.stringify({ a: nj.array([1, 2]) })", '{"a":[1,2]}'],
  ["nj.equal([1, 2], [1, 2]) && !nj.equal([1, 2], [[1, 2]]) && !nj.equal([1], [2])", true],
  ["nj.array([[1, 2], [3, 4]]).pick(1).dtype", "float64"],
  ["nj.array([[true], [false]]).slice(1).pick(0).dtype", "bool"],
  // numpy's very digits: it goes from the nearer end.
  ["nj.percentile([0.3, 0.9], 58)", 0.6479999999999999],
  ["nj.random([2, 3]).shape", [2, 3]],
  ["nj.random(1000).max() < 1 && nj.random(1000).std() > 0.1", true],
];

for (const [js, value] of SAYS) {
  test(`numjs gives ${JSON.stringify(value)} for ${js}`, async () => {
    expect(await numjs.run(`return ${js}`)).toEqual(value);
  });
}

test("nj.fft() keeps its digits where a length is large and no power of two", async () => {
  // A pure wave has two lines of n / 2, and nothing else.
  const rest = await numjs.run(`
    const n = 30_011;
    const angle = (i) => 2 * Math.PI * (((i * 5) % n) / n);
    const lines = nj.fft(nj.array(Array.from({ length: n }, (_, i) => [Math.cos(angle(i)), 0])));
    for (const place of [5, n - 5]) lines.set(place, 0, lines.get(place, 0) - n / 2);
    return lines.abs().max();
  `);
  expect(rest).toBeLessThan(1e-9);
});

test("numjs leaves other values alone", async () => {
  const got = await numjs.run("return [{}, [1], new Float32Array(1)].map(made.toTensor)");
  expect(got).toEqual([undefined, undefined, undefined]);
});

test("nj.array() copies what it is given", async () => {
  const got = await numjs.run(`
    const data = new Float32Array([1, 2]);
    const one = nj.array(data);
    const other = nj.array(one);
    one.set(0, 9);
    return [data[0], other.get(0)];
  `);
  expect(got).toEqual([1, 1]);
});

async function thrown(js: string): Promise<unknown> {
  return numjs.run(`try { return String(await (${js})) } catch (error) { return String(error) }`);
}
