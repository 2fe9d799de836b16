/**
 * zod in a bare isolate: what it takes, what it refuses, and in which words.
 *
 * The values follow from the schemas by hand; formats from their own texts (RFC 3339, RFC 9562).
 *
 * @module
 */

import { readFileSync } from "node:fs";

import { afterAll, beforeAll, expect, test } from "vitest";

import type { Bare } from "./isolate.ts";
import { utilIsolate, valueOf } from "./util.ts";

let zod: Bare;

beforeAll(async () => {
  zod = await utilIsolate("zod");
  await zod.run("globalThis.z = lib.z");
});

afterAll(() => zod[Symbol.dispose]());

// A schema, a value, and what comes out: the value, or the path and the code of each issue.
const CASES: readonly [schema: string, value: string, got: unknown][] = [
  ["z.object({ a: z.number() })", "{ a: 1, b: 2 }", { a: 1 }],
  ["z.strictObject({ a: z.number() })", "{ a: 1, b: 2 }", [["", "unrecognized_keys"]]],
  [
    "z.object({ a: z.number().min(3).multipleOf(2) })",
    "{ a: 1 }",
    [
      ["a", "too_small"],
      ["a", "not_multiple_of"],
    ],
  ],
  ["z.array(z.object({ x: z.string() }))", "[{ x: 'a' }, {}]", [["1.x", "invalid_type"]]],
  ["z.object({ n: z.coerce.number() })", "{ n: '4.5' }", { n: 4.5 }],
  ["z.object({ n: z.number().default(7) })", "{}", { n: 7 }],
  ["z.object({ n: z.number().nullable() })", "{ n: null }", { n: null }],
  ["z.enum(['cat', 'dog'])", "'cow'", [["", "invalid_value"]]],
  ["z.union([z.string(), z.number()])", "true", [["", "invalid_union"]]],
  [
    "z.discriminatedUnion('k', [z.object({ k: z.literal('a'), v: z.int() })])",
    "{ k: 'a', v: 1 }",
    { k: "a", v: 1 },
  ],
  ["z.record(z.string(), z.number())", "{ a: 1, b: 'x' }", [["b", "invalid_type"]]],
  ["z.tuple([z.number(), z.number()])", "[1, 2]", [1, 2]],
  ["z.string().transform((text) => text.length)", "'four'", 4],
  ["z.number().refine((n) => n % 2 === 0)", "3", [["", "custom"]]],
  ["z.number()", "NaN", [["", "invalid_type"]]],
  ["z.iso.datetime()", "'2024-02-29T12:00:00Z'", "2024-02-29T12:00:00Z"],
  ["z.iso.date()", "'2023-02-29'", [["", "invalid_format"]]],
  ["z.uuid()", "'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"],
  ["z.email()", "'no mail'", [["", "invalid_format"]]],
  ["z.bigint()", "12n", 12n],
];

for (const [schema, value, want] of CASES) {
  test(`zod: ${schema} on ${value}`, async () => {
    const text = `
      const { success, data, error } = ${schema}.safeParse(${value});
      return success ? data : error.issues.map(({ path, code }) => [path.join("."), code]);
    `;
    expect(await zod.run(text)).toEqual(want);
  });
}

test("zod says in words what is wrong and where", async () => {
  const thrown = await valueOf(zod, "z.object({ age: z.int() }).parse({ age: 'x' })");
  expect(thrown).toContain("Invalid input: expected number, received string");
  const schema = "z.object({ age: z.number() })";
  const got = await valueOf(zod, `made.toPlain(${schema}.safeParse({ age: 'x' }).error)`);
  const message = "Invalid input: expected number, received string";
  const issue = { code: "invalid_type", expected: "number", path: ["age"], message };
  expect(got).toEqual({ issues: [issue] });
  expect(await valueOf(zod, "[{}, new Error('x')].map(made.toPlain)")).toEqual([
    undefined,
    undefined,
  ]);
});

test("zod takes one row of data by the schema that it gives as JSON Schema", async () => {
  const js = "z.toJSONSchema(z.object({ petal: z.number().min(0), name: z.string().optional() }))";
  expect(await valueOf(zod, js)).toEqual({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: { petal: { type: "number", minimum: 0 }, name: { type: "string" } },
    required: ["petal"],
    additionalProperties: false,
  });
});

test("zod is bundled with English only", async () => {
  expect(await valueOf(zod, "Object.keys(lib.locales)")).toEqual(["en"]);
  const bundle = readFileSync(new URL("../../bundles/libraries/zod.js", import.meta.url), "utf8");
  expect(bundle).not.toContain("Ungültige Eingabe");
  expect(bundle).toContain("Invalid input");
});
