/**
 * What a declared schema accepts, and the words for what it does not.
 *
 * Rows are worked out from the rules by hand, never copied from what the code said.
 *
 * @module
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Refusal } from "../../src/faults.ts";
import { type Axes, compileSchema, dict, list, tensor } from "../../src/contract/schema/schema.ts";
import { REFUSED } from "./schema-refused.ts";
import { FREE, HOSTILE, KINDS, NUM, of, PAIR, RULES, TENSORS, UNEVEN } from "./schema-rows.ts";

/** The path and detail of the refusal, or "ok". */
function verdict(schema: unknown, value: unknown, axes?: Axes): string {
  const check = compileSchema(schema, "returns");
  return said("OUTPUT_MISMATCH", () => {
    check(value, { code: "OUTPUT_MISMATCH", ...(axes && { axes }) });
  });
}

function said(code: string, act: () => void): string {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== code) throw error;
    return `${error.path} ${error.detail}`;
  }
  return "ok";
}

const deep = (levels: number): object => (levels === 0 ? {} : { items: deep(levels - 1) });

for (const [title, rows] of Object.entries({ KINDS, RULES, TENSORS, HOSTILE })) {
  describe(`checker: ${title.toLowerCase()}`, () => {
    test.each(rows)("a checker meets %s", (_, schema, value, want) => {
      expect(verdict(schema, value)).toBe(want);
    });
  });
}

test.each(REFUSED)("compileSchema() refuses %s", (_, schema, want) => {
  expect(said("BAD_REQUEST", () => compileSchema(schema, "returns"))).toBe(want);
});

test("compileSchema() takes 64 levels and refuses one more", () => {
  expect(said("BAD_REQUEST", () => compileSchema(deep(63), "returns"))).toBe("ok");
  expect(said("BAD_REQUEST", () => compileSchema(deep(64), "returns"))).toContain(
    "wants at most 64 levels",
  );
});

test("compileSchema() leaves the schema as it was, and does not look at it again", () => {
  const schema = dict({ a: NUM });
  const before = structuredClone(schema);
  const check = compileSchema(schema, "returns");
  expect(schema).toEqual(before);
  Object.assign(schema as object, { type: "array" });
  expect(said("INPUT_MISMATCH", () => check({ a: 1 }, { code: "INPUT_MISMATCH" }))).toBe("ok");
});

test("a checker names the root that it is given", () => {
  const check = compileSchema(list(NUM), "accepts");
  const place = { code: "INPUT_MISMATCH", root: "data" } as const;
  expect(said("INPUT_MISMATCH", () => check([null], place))).toBe("data[0] wants number, got null");
});

describe("axes", () => {
  test("are shared by the checks of one call", () => {
    const axes: Axes = new Map();
    expect(verdict(tensor("int8", ["batch"]), of("int8", [2]), axes)).toBe("ok");
    expect(axes).toEqual(new Map([["batch", { length: 2, path: "$" }]]));
    const want = "$[0] wants batch = 2 (bound by $), got 3";
    expect(verdict(list(tensor("int8", ["batch"])), [of("int8", [3])], axes)).toBe(want);
  });

  test.each(["anyOf", "oneOf"])("of a failed branch of %s are taken back", (keyword) => {
    const axes: Axes = new Map();
    expect(verdict({ [keyword]: [PAIR, FREE] }, UNEVEN, axes)).toBe("ok");
    expect([...axes.keys()]).toEqual(["m", "k"]);
  });

  test("of a refused value are taken back", () => {
    const axes: Axes = new Map();
    expect(verdict(PAIR, UNEVEN, axes)).toBe("$.b wants n = 1 (bound by $.a), got 2");
    expect(axes.size).toBe(0);
  });
});

/** What type, items, properties and required ask, written out: the rules and nothing clever. */
function fits(schema: Simple, value: unknown): boolean {
  const { type, items, properties = {}, required = [] } = schema;
  if (type !== undefined && !isOfType(type, value)) return false;
  if (Array.isArray(value)) return value.every((item) => items === undefined || fits(items, item));
  if (typeof value !== "object" || value === null) return true;
  const entries = new Map(Object.entries(value));
  if (required.some((key) => !entries.has(key))) return false;
  return Object.entries(properties).every(([key, inner]) => {
    return !entries.has(key) || fits(inner, entries.get(key));
  });
}

interface Simple {
  readonly type?: string;
  readonly items?: Simple | undefined;
  readonly properties?: Readonly<Record<string, Simple>>;
  readonly required?: readonly string[];
}

function isOfType(type: string, value: unknown): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  if (type === "object")
    return typeof value === "object" && value !== null && !Array.isArray(value);
  return typeof value === type;
}

test("a checker agrees with the rules on any JSON", () => {
  const keys = fc.constantFrom("a", "b", "constructor", "toString", "a/b~");
  const { schema } = fc.letrec<{ schema: Simple }>((tie) => ({
    schema: fc.record(
      {
        type: fc.constantFrom("null", "boolean", "number", "integer", "string", "array", "object"),
        items: fc.option(tie("schema"), { nil: undefined, maxDepth: 3, depthIdentifier: "s" }),
        properties: fc.dictionary(keys, tie("schema"), {
          maxKeys: 2,
          noNullPrototype: true,
          depthIdentifier: "s",
        }),
        required: fc.uniqueArray(keys, { maxLength: 2 }),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
  }));
  const value = fc.object({
    key: keys,
    withNullPrototype: true,
    maxDepth: 3,
    values: [fc.integer(), fc.double(), fc.string(), fc.boolean(), fc.constant(null)],
  });
  const any = fc.oneof(value, fc.array(value, { maxLength: 3 }), fc.integer(), fc.constant(null));
  fc.assert(
    fc.property(schema, any, (simple, given) => {
      expect(verdict(simple, given) === "ok").toBe(fits(simple, given));
    }),
    { numRuns: 200 },
  );
});
