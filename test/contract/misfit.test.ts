/**
 * What the author of a hook is told, and whether the advice is any good.
 *
 * @module
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Refusal } from "../../src/faults.ts";
import { compileSchema } from "../../src/contract/schema/schema.ts";
import { Tensor } from "../../src/contract/tensor.ts";
import { DICTS, LISTS, SCALARS } from "./misfit-rows.ts";
import { TENSORS } from "./misfit-tensor-rows.ts";
import * as schemas from "./schema-rows.ts";

function said(schema: unknown, value: unknown): string {
  try {
    compileSchema(schema, "returns")(value, { code: "OUTPUT_MISMATCH" });
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "OUTPUT_MISMATCH") throw error;
    return `${error.path} ${error.detail}`;
  }
  return "ok";
}

for (const [title, rows] of Object.entries({ SCALARS, DICTS, LISTS, TENSORS })) {
  describe(`misfit: ${title.toLowerCase()}`, () => {
    test.each(rows)("a checker explains %s", (_, schema, value, want) => {
      expect(said(schema, value)).toBe(want);
    });
  });
}

/** Advice for people; every other hint is an expression on `value`. */
const ADVICE = /^(add|drop|transpose|pad|the rows|NaN|return)\b|, then /;

const WITH_CODE = [
  ...[SCALARS, DICTS, LISTS, TENSORS].flat(),
  ...[schemas.KINDS, schemas.RULES, schemas.TENSORS].flat(),
].flatMap(([name, schema, value, want]) => {
  const [, hint] = /^\$ .*; hint: (.*)$/.exec(want) ?? [];
  return hint === undefined || ADVICE.test(hint) ? [] : ([[name, hint, schema, value]] as const);
});

describe("misfit: hints that are code", () => {
  test("are looked at", () => {
    expect(WITH_CODE.length).toBeGreaterThan(35);
  });

  test.each(WITH_CODE)("what is said of %s gives what is wanted: %s", (_, hint, schema, value) => {
    const code = hint.startsWith(".") ? `value${hint}` : hint;
    const make = new Function("value", "Tensor", `return ${code}`);
    const made: unknown = make(value, Tensor);
    expect(said(schema, made)).toBe("ok");
  });
});

test("the words of a misfit are one line of bounded length, whatever the value", () => {
  const long = fc.string({ minLength: 500, maxLength: 600, unit: "binary" });
  const leaf = fc.oneof(long, fc.double(), fc.bigInt(), fc.constant(null), fc.uint8Array());
  const shape = fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: 32 });
  const tensors = shape.map((lengths) => schemas.of("uint8", lengths));
  const value = fc.oneof(
    leaf,
    tensors,
    fc.array(leaf, { maxLength: 50 }),
    fc.array(fc.array(leaf, { maxLength: 3 }), { maxLength: 3 }),
    fc.dictionary(long, leaf, { maxKeys: 20 }),
  );
  const names = Array.from({ length: 32 }, (_, i) => `${"n".repeat(60)}${i}`);
  const wants = fc.constantFrom<unknown>(
    false,
    { type: "boolean" },
    { type: ["integer", "null"] },
    { enum: ["x".repeat(300), "y".repeat(300), ...Array.from({ length: 99 }, (_, i) => i)] },
    { type: "array", items: { type: "array", maxItems: 1 }, maxItems: 2 },
    { type: "object", required: ["z".repeat(300)], additionalProperties: false },
    { type: "object", propertyNames: { maxLength: 1 } },
    { tensor: { dtype: ["int8", "int16", "int32", "int64", "bool"], shape: names.slice(0, 4) } },
    { tensor: { shape: names } },
    { anyOf: [{ bytes: true }, { type: "array", items: { bytes: true } }, { const: "w" }] },
  );
  fc.assert(
    fc.property(wants, value, (schema, given) => {
      const text = said(schema, given);
      expect(text.length).toBeLessThanOrEqual(600);
      expect(text).not.toMatch(/\n/);
    }),
    { numRuns: 300 },
  );
});
