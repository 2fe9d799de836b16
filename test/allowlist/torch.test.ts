/**
 * torch in a bare isolate, against what torch itself gives for the same expressions.
 *
 * `vectors-torch.py` says how the vectors came to be.
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
import { type Given, TORCH, type Written } from "./vectors-torch.ts";

const folder = mkdtempSync(join(tmpdir(), "bookend-torch-"));
const outDir = pathToFileURL(`${folder}/`);

let torch: Bare;

beforeAll(async () => {
  await bundleLibraries(outDir);
  torch = await bareIsolate(new URL("torch.js", outDir));
  await torch.run(`
    globalThis.torch = lib;
    globalThis.F = lib.nn.functional;
    const numbers = { nan: NaN, inf: Infinity, "-inf": -Infinity };
    const word = (value) => (Array.isArray(value) ? value.map(word) : (numbers[value] ?? value));
    for (const [name, [dtype, value]] of Object.entries(${JSON.stringify(TORCH.inputs)})) {
      globalThis[name] = torch.tensor(word(value), { dtype });
    }
    // What leaves a hook: a tensor under its own dtype, written out, or a plain value.
    globalThis.write = (value) => {
      const tensor = typeof value === "object" ? made.toTensor(value) : undefined;
      if (tensor) {
        const { dtype, shape } = tensor;
        const list = tensor.tolist();
        const data = (Array.isArray(list) ? list.flat(Infinity) : [list]).map(Number);
        return { dtype, shape: [...shape], data };
      }
      const plain = typeof value === "object" ? made.toPlain(value) : undefined;
      if (plain) return [plain.values, plain.indices].map(write);
      return Array.isArray(value) ? value.map(write) : value;
    };
  `);
}, 30_000);

afterAll(() => {
  torch[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

/** By how much an element may be off: relative to itself, and to the largest of its tensor. */
const APART: Readonly<Record<string, readonly [self: number, largest: number]>> = {
  float64: [1e-13, 1e-14],
  float32: [2e-6, 5e-7],
};

for (const { js, value } of TORCH.rows) {
  test(`torch agrees with torch on ${js}`, async () => {
    expectGiven((await torch.run(`return write(${js})`)) as Given, value);
  });
}

function expectGiven(got: Given, want: Given): void {
  if (Array.isArray(want)) {
    expect(got).toHaveLength(want.length);
    for (const [i, one] of want.entries()) expectGiven((got as Given[])[i] ?? null, one as Given);
  } else if (typeof want === "object" && want !== null) {
    expectWritten(got as Written, want as Written);
  } else if (typeof want === "number") expectNear(got as number, want, 1e-7, 0);
  else expect(got ?? null).toBe(want === "inf" ? Infinity : want);
}

function expectWritten(got: Written, want: Written): void {
  const { dtype, shape, data } = got;
  expect({ dtype, shape }).toEqual({ dtype: want.dtype, shape: want.shape });
  expect(data).toHaveLength(want.data.length);
  const numbers = want.data.map((word) => (word === "inf" ? Infinity : Number(word)));
  const largest = Math.max(...numbers.map(Math.abs).filter(Number.isFinite));
  const [self, most] = APART[dtype] ?? [0, 0];
  for (const [i, value] of want.data.entries()) {
    expectNear(data[i] as number, value, self, most && most * largest);
  }
}

function expectNear(got: number, word: number | string, self: number, absolute: number): void {
  const want = word === "inf" ? Infinity : word === "-inf" ? -Infinity : Number(word);
  if (Number.isFinite(want) && Math.abs(got - want) <= self * Math.abs(want) + absolute) return;
  // Plus 0: torch's own -0 is not held to.
  expect(got + 0).toBe(want + 0);
}
