/**
 * Schemas that will meet: which conflicts are told, in which words, and never one that is none.
 *
 * @module
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Refusal } from "../../src/faults.ts";
import { fit } from "../../src/contract/schema/fit.ts";
import { describeSchema } from "../../src/contract/schema/misfit-describe.ts";
import {
  compileSchema,
  dict,
  list,
  type Schema,
  tensor,
} from "../../src/contract/schema/schema.ts";
import type { DType } from "../../src/contract/tensor.ts";
import { CHOICES, DICTS, KINDS, LISTS, SCALARS, TENSORS } from "./fit-rows.ts";
import { of } from "./schema-rows.ts";

function said(gives: Schema, takes: Schema): string {
  const misfit = fit(gives, takes);
  return misfit ? `${misfit.path} ${misfit.detail}` : "fits";
}

for (const [title, rows] of Object.entries({ KINDS, SCALARS, TENSORS, LISTS, DICTS, CHOICES })) {
  describe(`fit: ${title.toLowerCase()}`, () => {
    test.each(rows)("fit() meets %s", (_, gives, takes, want) => {
      expect(said(gives, takes)).toBe(want);
    });
  });
}

test("fit() refuses what is no schema, and says on which side", () => {
  expect(() => fit({ type: "dict" }, true)).toThrow(Refusal);
  expect(() => fit({ type: "dict" }, true)).toThrow(/^gives\.type wants one of/);
  expect(() => fit(true, { $ref: "#/$defs/a" })).toThrow(/^takes\.\$ref finds no schema/);
});

test("fit() leaves both schemas as they were", () => {
  const [gives, takes] = [list(tensor("int8", ["n"])), dict({ a: { enum: [1] } })];
  const before = structuredClone({ gives, takes });
  fit(gives, takes);
  expect({ gives, takes }).toEqual(before);
});

describe("fit: schemas made to take for ever", () => {
  const wide = (name: string) => ({ type: "object", required: [name] });
  const branches = (count: number, inner: Schema): Schema => ({
    anyOf: Array.from({ length: count }, () => inner),
  });
  const deep = (levels: number): Schema =>
    levels === 0 ? { type: "integer" } : branches(8, dict({ a: deep(levels - 1) }));
  const shared = (type: string) => ({
    $ref: "#/$defs/d20",
    $defs: Object.fromEntries(
      Array.from({ length: 21 }, (_, i) => [
        `d${i}`,
        i === 0
          ? { type }
          : { anyOf: [dict({ a: ref(i - 1) }), dict({ a: ref(i - 1) }, { additional: true })] },
      ]),
    ),
  });
  const ref = (i: number) => ({ $ref: `#/$defs/d${i}` });

  test.each<readonly [string, Schema, Schema]>([
    ["branches in branches", deep(3), deep(3)],
    ["references that double", shared("integer"), shared("string")],
    ["a thousand of a thousand", branches(1000, wide("a")), branches(1000, wide("b"))],
  ])("fit() says nothing of %s", (_, gives, takes) => {
    expect(said(gives, takes)).toBe("fits");
  });
});

// Names are few and ranges small, so that schemas and values meet often.
const KEYS = ["a", "b"] as const;
const small = fc.integer({ min: -1, max: 3 });
const dtype = fc.constantFrom<DType>("int8", "float32");
const axis = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 2 }) },
  { weight: 2, arbitrary: fc.constantFrom("n", "m") },
  { weight: 1, arbitrary: fc.constant(null) },
);
const scalar = fc.constantFrom<unknown>(null, true, 1, 2, 0.5, "a", "bb", 2n);

const { schema } = fc.letrec<{ schema: Schema }>((tie) => {
  const inner = tie("schema");
  const some = fc.array(inner, { minLength: 1, maxLength: 2 });
  const partial = <T>(model: T) =>
    fc.record(model as Record<string, fc.Arbitrary<unknown>>, {
      requiredKeys: [],
      noNullPrototype: true,
    });
  const typed = (type: string, more: Record<string, fc.Arbitrary<unknown>>) =>
    fc
      .tuple(fc.boolean(), partial(more))
      .map(([isTyped, rules]): Schema => (isTyped ? { type, ...rules } : rules));
  const properties = fc.dictionary(fc.constantFrom(...KEYS), inner, {
    maxKeys: 2,
    noNullPrototype: true,
  });
  const numbers = { minimum: small, maximum: small, exclusiveMinimum: small };
  return {
    schema: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constantFrom<Schema>(true, {}, { type: "null" }, { bytes: true }, { type: "boolean" }),
      fc.constantFrom<Schema>({ type: ["string", "null"] }, { type: ["integer", "array"] }, false),
      fc.record({ enum: fc.array(fc.constantFrom(null, 1, 0.5, "a"), { minLength: 1 }) }),
      typed("number", { ...numbers, exclusiveMaximum: small }),
      typed("integer", numbers),
      typed("string", { minLength: fc.nat(2), maxLength: fc.nat(2) }),
      fc
        .record({ dtype, shape: fc.array(axis, { maxLength: 2 }) }, { requiredKeys: ["shape"] })
        .map((tensor): Schema => ({ tensor })),
      typed("array", {
        items: inner,
        prefixItems: some,
        minItems: fc.nat(3),
        maxItems: fc.nat(3),
      }),
      typed("object", {
        properties,
        required: fc.subarray([...KEYS]),
        additionalProperties: inner,
      }),
      some.map((anyOf): Schema => ({ anyOf })),
      some.map((oneOf): Schema => ({ oneOf })),
      some.map((allOf): Schema => ({ allOf })),
      inner.map((not): Schema => ({ not })),
      inner.map((row): Schema => ({ $ref: "#/$defs/row", $defs: { row } })),
    ),
  };
});

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.constant(new Uint8Array(1)),
    fc
      .tuple(dtype, fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 2 }))
      .map(([name, shape]) => of(name, shape)),
    fc.array(tie("value"), { minLength: 1, maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie("value"), { maxKeys: 2 }),
  ),
}));

/** A reference is to the root, so a definition that is deep inside has to go there. */
function hoisted(given: Schema): Schema {
  const $defs: Record<string, unknown> = {};
  const walk = (at: unknown): unknown => {
    if (Array.isArray(at)) return at.map(walk);
    if (typeof at !== "object" || at === null) return at;
    const { $defs: own, $ref, ...rest } = at as { $defs?: { row: unknown }; $ref?: string };
    const entries = Object.entries(rest).map(([key, inner]) => [key, walk(inner)]);
    if (own === undefined || $ref === undefined) return Object.fromEntries(entries);
    const name = `d${Object.keys($defs).length}`;
    $defs[name] = true;
    $defs[name] = walk(own.row);
    return { ...Object.fromEntries(entries), $ref: `#/$defs/${name}` };
  };
  const root = walk(given);
  return typeof root === "object" && root !== null ? { ...root, $defs } : (root as Schema);
}

function keepsTo(given: Schema, candidate: unknown): boolean {
  try {
    compileSchema(given, "schema")(candidate, { code: "OUTPUT_MISMATCH" });
    return true;
  } catch (error) {
    if (error instanceof Refusal && error.code === "OUTPUT_MISMATCH") return false;
    throw error;
  }
}

describe("fit: schemas that nobody thought of", () => {
  const root = schema.map(hoisted);

  test("fit() has no complaint when some value keeps to both", () => {
    let met = 0;
    let conflicts = 0;
    fc.assert(
      fc.property(root, root, fc.array(value, { minLength: 8, maxLength: 8 }), (a, b, values) => {
        const misfit = fit(a, b);
        if (misfit) conflicts++;
        const both = values.find((one) => keepsTo(a, one) && keepsTo(b, one));
        if (both === undefined) return;
        met++;
        expect(misfit).toBeUndefined();
      }),
      { numRuns: 400 },
    );
    // Otherwise the property would say nothing.
    expect(met).toBeGreaterThan(40);
    expect(conflicts).toBeGreaterThan(40);
  });

  test("fit() has no complaint of a schema that some value keeps to, for itself", () => {
    fc.assert(
      fc.property(root, value, (a, one) => {
        if (keepsTo(a, one)) expect(fit(a, a)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });
});

test.each<readonly [string, Schema, string]>([
  ["a tensor", tensor("float32", ["batch", 10]), "float32 [batch, 10]"],
  ["a list", list({ type: "integer" }), "a list of integers"],
  ["lists in lists", list(list({ type: "number" })), "a list of lists of numbers"],
  ["a dict", dict({ a: true, b: true }), 'a dict with keys "a", "b"'],
  ["an integer", { type: "integer" }, "an integer"],
  ["two kinds", { type: ["string", "null"] }, "a string or null"],
  ["bytes", { bytes: true }, "bytes"],
  ["words", { enum: ["a", "b"] }, 'one of "a", "b"'],
  ["branches", { anyOf: [{ type: "null" }, list({ bytes: true })] }, "null, list of bytes"],
  ["a reference", { $ref: "#/$defs/x", $defs: { x: { type: "string" } } }, "a string"],
  ["anything", {}, "anything"],
  ["nothing", false, "nothing"],
])("describeSchema() says %s", (_, given, want) => {
  expect(describeSchema(given)).toBe(want);
});

test("describeSchema() is bounded", () => {
  const keys = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`key${i}`, true]));
  expect(describeSchema(list(dict(keys))).length).toBeLessThanOrEqual(100);
  expect(
    describeSchema(
      list(
        tensor(
          "int8",
          Array.from({ length: 32 }, () => "x".repeat(60)),
        ),
      ),
    ).length,
  ).toBeLessThanOrEqual(100);
});
