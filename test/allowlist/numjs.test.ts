/**
 * numjs in a bare isolate, against numbers worked out with numpy.
 *
 * `vectors.py` says how the vectors came to be.
 *
 * @module
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { afterAll, beforeAll, expect, test } from "vitest";

import { bundleLibraries } from "../../build/libraries.ts";
import { type Bare, bareIsolate } from "./isolate.ts";
import { type Shown, VECTORS } from "./vectors.ts";

const folder = mkdtempSync(join(tmpdir(), "bookend-numjs-"));
const outDir = pathToFileURL(`${folder}/`);

let numjs: Bare;

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
}, 30_000);

afterAll(() => {
  numjs[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

/** Kinds that numpy has and numjs does not, and what stands for them. */
const HELD_AS: Readonly<Record<string, string>> = { int64: "float64", uint64: "float64" };

for (const { js, scalar, dtype, shape, data } of VECTORS.numbers) {
  test(`numjs agrees with numpy on ${js}`, async () => {
    const got = (await numjs.run(`return show(${js})`)) as Shown & { value?: string };
    const want = data.map(wordsAsNumbers);
    if (scalar) {
      expect(Number(got.value)).toBeCloseTo(want[0] ?? Number.NaN, 10);
      return;
    }
    const places = js.includes("arg") && dtype === "int64";
    expect(got.dtype).toBe(places ? "int32" : (HELD_AS[dtype] ?? dtype));
    expect(got.shape).toEqual(shape);
    const digits = got.dtype === "float32" ? 6 : 12;
    expect(got.data.length).toBe(want.length);
    for (const [i, value] of want.entries()) expectClose(got.data[i], value, digits);
  });
}

function wordsAsNumbers(value: number | string): number {
  return value === "inf" ? Infinity : value === "-inf" ? -Infinity : Number(value);
}

function expectClose(got: number | undefined, want: number, digits: number): void {
  if (Number.isFinite(want)) expect(got).toBeCloseTo(want, digits);
  else expect(got).toBe(want);
}

// A tensor's dtype, its elements, and the dtype in which they come back.
const DTYPES: readonly [dtype: string, data: string, back: string, list: readonly number[]][] = [
  ["float64", "new Float64Array([0.1, -2])", "float64", [0.1, -2]],
  ["float32", "new Float32Array([0.5, -2])", "float32", [0.5, -2]],
  ["float16", "new Float16Array([0.5, -2])", "float32", [0.5, -2]],
  ["bfloat16", "new Uint16Array([0x3fc0, 0xc000])", "float32", [1.5, -2]],
  ["int64", "new BigInt64Array([-9007199254740991n, 2n])", "float64", [-9007199254740991, 2]],
  ["uint64", "new BigUint64Array([9007199254740991n, 2n])", "float64", [9007199254740991, 2]],
  ["int32", "new Int32Array([-5, 6])", "int32", [-5, 6]],
  ["int16", "new Int16Array([-5, 6])", "int16", [-5, 6]],
  ["int8", "new Int8Array([-5, 6])", "int8", [-5, 6]],
  ["uint32", "new Uint32Array([4294967295, 6])", "uint32", [4294967295, 6]],
  ["uint16", "new Uint16Array([65535, 6])", "uint16", [65535, 6]],
  ["uint8", "new Uint8Array([255, 6])", "uint8", [255, 6]],
  ["bool", "new Uint8Array([1, 0])", "uint8", [1, 0]],
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
    'TypeError: nj wants a dtype of int8, int16, int32, uint8, uint16, uint32, float32, float64, got "float46"',
  ],
  [
    "nj.array([1], 'constructor')",
    'TypeError: nj wants a dtype of int8, int16, int32, uint8, uint16, uint32, float32, float64, got "constructor"',
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
