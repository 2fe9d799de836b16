/**
 * tfjs in a bare isolate: the stock package, and the doors that take what a hook holds.
 *
 * What tfjs computes is tested by tfjs. Here it is asked for numbers that torch worked out, to see
 * that the bundle and its backend are whole.
 *
 * @module
 */

import { readFileSync } from "node:fs";

import { afterAll, beforeAll, expect, test } from "vitest";

import { type Bare, bareIsolate } from "./isolate.ts";
import { TORCH, type Written } from "./vectors-torch.ts";

let tf: Bare;

beforeAll(async () => {
  tf = await bareIsolate(new URL("../../bundles/libraries/tfjs.js", import.meta.url));
  const [A, B, C, X] = ["A", "B", "C", "X"].map((name) => TORCH.inputs[name]?.[1]);
  await tf.run(`
    globalThis.tf = lib;
    Object.assign(globalThis, ${JSON.stringify({ A, B, C, X })});
  `);
});

afterAll(() => tf[Symbol.dispose]());

// What tfjs says, and what torch says for the same numbers.
const AGREES: readonly [js: string, torch: string][] = [
  ["tf.softmax(A)", "torch.softmax(A, 1)"],
  ["tf.matMul(A, B)", "A.matmul(B)"],
  ["tf.tensor(C).transpose([2, 0, 1])", "C.permute(2, 0, 1)"],
  ["tf.tensor(C).mean(1)", "C.mean({ dim: 1 })"],
  ["tf.logSumExp(A, 1)", "A.logsumexp({ dim: -1 })"],
  ["tf.cumsum(C, 1)", "C.cumsum(1)"],
  ["tf.erf(A)", "torch.erf(A)"],
  ["tf.einsum('ij,jk->ik', A, B)", "torch.einsum('ij,jk->ik', A, B)"],
  [
    "tf.maxPool(tf.transpose(X, [0, 2, 3, 1]), 2, 2, 'valid').transpose([0, 3, 1, 2])",
    "F.max_pool2d(X, 2)",
  ],
];

for (const [js, torch] of AGREES) {
  test(`tfjs has ${js} right`, async () => {
    const want = TORCH.rows.find((row) => row.js === torch)?.value as Written;
    const got = (await tf.run(`return show(${js})`)) as Written;
    expect([got.dtype, got.shape]).toEqual([want.dtype, want.shape]);
    for (const [i, value] of want.data.entries()) expect(got.data[i]).toBeCloseTo(Number(value), 4);
  });
}

// What a hook holds, and the dtype that tfjs has it in.
const TAKES: readonly [js: string, dtype: string, data: readonly number[]][] = [
  ["new Tensor('float64', [2], new Float64Array([0.5, -2]))", "float32", [0.5, -2]],
  ["new Tensor('float16', [2], new Float16Array([0.5, -2]))", "float32", [0.5, -2]],
  ["new Tensor('bfloat16', [1], new Uint16Array([0x3fc0]))", "float32", [1.5]],
  ["new Tensor('int64', [2], new BigInt64Array([-5n, 7n]))", "int32", [-5, 7]],
  ["new Tensor('uint32', [1], new Uint32Array([7]))", "int32", [7]],
  ["new Tensor('uint8', [2], new Uint8Array([255, 1]))", "int32", [255, 1]],
  ["new Tensor('bool', [2], new Uint8Array([1, 0]))", "bool", [1, 0]],
  ["new Float64Array([0.5])", "float32", [0.5]],
  ["new Float32Array([0.5])", "float32", [0.5]],
  ["[1.5, 2]", "float32", [1.5, 2]],
];

for (const [js, dtype, data] of TAKES) {
  test(`tf.tensor() and tf.clone() take ${js}`, async () => {
    const want = { dtype, shape: [data.length], data };
    expect(await tf.run(`return [tf.tensor, tf.clone].map((f) => show(f(${js})))`)).toEqual([
      want,
      want,
    ]);
  });
}

// What is refused, and the text that says why.
const REFUSES: readonly [js: string, message: RegExp][] = [
  [
    "tf.tensor(new Tensor('int64', [1], new BigInt64Array([2n ** 31n])))",
    /^RangeError: int32 holds whole numbers from -2147483648 to 2147483647, got 2147483648/,
  ],
  ["tf.add(new Float64Array([1e39]), 1)", /^RangeError: float32 holds numbers up to 3.4e38/],
  ["tf.add(A, [1, 2])", /^Error: Operands could not be broadcast together/],
  ["tf.env().platform.fetch('x')", /^Error: tf has no network and no files in a hook/],
  [
    "{ const x = tf.tensor([1]); x.dispose(); show(x); }",
    /^Error: This tensor was disposed of: return it from tf.tidy/,
  ],
  ["show(tf.complex([1], [2]))", /^TypeError: A hook gives float32, int32 and bool, got complex64/],
];

for (const [js, message] of REFUSES) {
  test(`tfjs refuses ${js}`, async () => {
    const code = js.startsWith("{ ") ? js : `return ${js}`;
    expect(await tf.run(`try { ${code} } catch (error) { return String(error) }`)).toMatch(message);
  });
}

test("tfjs gives texts as lists, and a part of a larger buffer by itself", async () => {
  const got = await tf.run(`
    // As the guest has them.
    globalThis.TextEncoder = class { encode = (text) => Uint8Array.from(text, (c) => c.charCodeAt()); };
    globalThis.TextDecoder = class { decode = (bytes) => String.fromCharCode(...bytes); };
    const [, part] = tf.split(tf.tensor([1, 2, 3, 4]), 2);
    const { data } = made.toTensor(part);
    const texts = made.toPlain(tf.tensor(["a", "b"]));
    delete globalThis.TextEncoder;
    delete globalThis.TextDecoder;
    return [texts, [...data], data.buffer.byteLength];
  `);
  expect(got).toEqual([["a", "b"], [3, 4], 8]);
});

test("tfjs keeps nothing in ten thousand calls: neither entries in a tidy nor elements without", async () => {
  const work =
    "for (let i = 0; i < 10_000; i++) tf.tidy(() => tf.softmax([[i, 1, 2]]).dataSync());";
  const count = "tf.memory().numTensors";
  expect(await tf.run(`const start = ${count}; ${work} return ${count} - start`)).toBe(0);
  const loose = "for (let i = 0; i < 10_000; i++) tf.softmax(new Float32Array(256)).dataSync();";
  await tf.run(loose);
  const before = tf.isolate.getHeapStatisticsSync().externally_allocated_size;
  await tf.run(loose);
  const after = tf.isolate.getHeapStatisticsSync().externally_allocated_size;
  // 10 000 tensors of 1 KiB would be 10 MB.
  expect(after).toBeLessThan(before + 3_000_000);
});

test("tfjs keeps its engine off the global object, and never asks for WebAssembly", async () => {
  const bundle = new URL("../../bundles/libraries/tfjs.js", import.meta.url);
  expect(readFileSync(bundle, "utf8").includes("WebAssembly")).toBe(false);
  const globals = await tf.run("return Object.keys(globalThis)");
  expect(globals).toEqual(["tensorModule", "tf", "A", "B", "C", "X"]);
});
