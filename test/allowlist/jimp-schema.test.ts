/**
 * What checks the options of jimp's methods, against zod itself, which it stands for.
 *
 * Each schema is made twice by the same words, and each value is held to both: they must agree on
 * what fits and on what comes out.
 *
 * @module
 */

import { expect, test } from "vitest";
import { z as zod } from "zod/v3";

import { z as ours } from "../../allowlist/shims/jimp-schema.ts";

/** An enum of words, and one of numbers as TypeScript compiles it. */
const WORDS = { A: "a", B: "b" };
const NUMBERS = { 1: "X", 2: "Y", X: 1, Y: 2 };

/** The part of zod that is meant, as both have it. */
type Words = typeof ours;

const SCHEMAS: readonly [says: string, make: (z: Words) => { parse(value: unknown): unknown }][] = [
  ["a number", (z) => z.number()],
  ["a number from 0", (z) => z.number().min(0)],
  ["a number from -360 to 360", (z) => z.number().min(-360).max(360)],
  ["an optional number", (z) => z.number().max(9).optional()],
  ["a string", (z) => z.string()],
  ["a boolean", (z) => z.boolean()],
  ["a literal", (z) => z.literal("hue")],
  ["an enum of words", (z) => z.nativeEnum(WORDS)],
  ["an enum of numbers", (z) => z.nativeEnum(NUMBERS)],
  ["an instance", (z) => z.instanceof(Uint8Array)],
  ["a matrix", (z) => z.array(z.number()).min(1).array()],
  ["a tuple", (z) => z.tuple([z.number(), z.string()])],
  ["an object", (z) => z.object({ w: z.number(), h: z.number().optional() })],
  [
    "either of two",
    (z) =>
      z.union([
        z.object({ w: z.number(), h: z.number().optional() }),
        z.object({ w: z.number().optional(), h: z.number() }),
      ]),
  ],
  ["a number or an object", (z) => z.union([z.number(), z.object({ f: z.number().min(0) })])],
];

const VALUES: readonly unknown[] = [
  ...[0, 1, 2, 3, -1, -360, 361, 9.5, Number.NaN, Infinity, 1n, undefined, null, true, "a", "X"],
  ...["hue", "", [], [1], [[1]], [[]], [1, "a"], [1, 2], [1, "a", 2], {}, new Uint8Array(2)],
  ...[{ w: 1 }, { h: 1 }, { w: 1, h: 2, more: 3 }, { w: 1, h: undefined }, { w: "1" }, { f: 1 }],
  ...[{ f: -1 }, () => 1, new Date(0), Object.create({ w: 1 })],
];

const MISFIT = "no";

function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch {
    return MISFIT;
  }
}

for (const [says, make] of SCHEMAS) {
  test(`a schema of ${says} takes what zod takes, and gives what zod gives`, () => {
    const [mine, theirs] = [make(ours), make(zod as unknown as Words)];
    for (const value of VALUES) {
      const want = outcome(() => theirs.parse(value));
      expect(
        outcome(() => mine.parse(value)),
        String(value),
      ).toEqual(want);
    }
  });
}

// A schema, a value, and what is said of it.
const SAYS: readonly [make: (z: Words) => { parse(value: unknown): unknown }, unknown, string][] = [
  [
    (z) => z.object({ w: z.number().min(0) }),
    { w: -1 },
    "options.w wants a number of at least 0, got -1",
  ],
  [
    (z) => z.object({ w: z.number().min(0).max(9) }),
    { w: "9" },
    'options.w wants a number of at least 0 and at most 9, got "9"',
  ],
  [(z) => z.number().max(1), 2, "options wants a number of at most 1, got 2"],
  [(z) => z.array(z.boolean()), [true, 1], "options[1] wants true or false, got 1"],
  [(z) => z.nativeEnum(WORDS), "c", 'options wants one of a, b, got "c"'],
  [(z) => z.nativeEnum(NUMBERS), 3, "options wants one of 1, 2, got 3"],
  [(z) => z.tuple([z.number()]), [1, 2], "options wants a list of 1, got a list"],
  [
    (z) => z.union([z.number(), z.object({ f: z.number() })]),
    { f: "x" },
    'options.f wants a number, got "x"',
  ],
];

for (const [make, value, message] of SAYS) {
  test(`a misfit says: ${message}`, () => {
    expect(() => make(ours).parse(value)).toThrow(new TypeError(message));
  });
}
