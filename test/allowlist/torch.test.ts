/**
 * torch in a bare isolate, against what torch itself gives for the same expressions.
 *
 * `vectors-torch.py` says how the vectors came to be.
 *
 * @module
 */

import { afterAll, beforeAll, expect, test } from "vitest";

import type { Bare } from "./isolate.ts";
import { torchIsolate } from "./torch-isolate.ts";
import { type Given, TORCH, type Written } from "./vectors-torch.ts";

let torch: Bare;

beforeAll(async () => {
  torch = await torchIsolate();
});

afterAll(() => torch[Symbol.dispose]());

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

test("every function and every method of torch is in a row", async () => {
  const names = (await torch.run(`
    const groups = [torch, F, torch.linalg, torch.ops, torch.Tensor.prototype];
    const own = (group) => Object.getOwnPropertyNames(group).map((name) => {
      return Object.getOwnPropertyDescriptor(group, name).value instanceof Function && name;
    });
    return [...new Set(groups.flatMap(own))].filter(Boolean);
  `)) as string[];
  const said = TORCH.rows.map(({ js }) => js).join("\n");
  expect(names.length).toBeGreaterThan(250);
  // The class itself, and what is JavaScript's own: see torch-borders.test.ts.
  const others = ["Tensor", "constructor", "toTensor", "toString", "toJSON"];
  expect(names.filter((name) => !said.includes(`.${name}(`))).toEqual(others);
});
