/**
 * Schemas of other libraries: what is taken for a schema, and what a value is then told.
 *
 * @module
 */

import { describe, expect, test } from "vitest";
import * as z from "zod";
import { Refusal } from "../../src/faults.ts";
import { plainSchema } from "../../src/contract/schema/plain.ts";
import { compileSchema, list } from "../../src/contract/schema/schema.ts";
import { REFUSED, ROWS } from "./foreign-rows.ts";

function said(act: () => void): string {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return `${error.path} ${error.detail}`;
  }
  return "ok";
}

describe.each(ROWS)("$says", ({ schemas, good, bad }) => {
  test.each(Object.entries(schemas))("compileSchema() takes it from %s", (_, schema) => {
    const check = compileSchema(schema, "returns");
    const verdict = (value: unknown) => said(() => check(value, { code: "OUTPUT_MISMATCH" }));
    expect(good.map(verdict)).toEqual(good.map(() => "ok"));
    expect(bad.map(([value]) => verdict(value))).toEqual(bad.map(([, want]) => want));
  });

  test.each(Object.entries(schemas))("plainSchema() gives data for it from %s", (_, schema) => {
    const plain = plainSchema(schema, "returns");
    expect(structuredClone(plain)).toEqual(plain);
    expect(JSON.parse(JSON.stringify(plain))).toEqual(plain);
    expect(plainSchema(plain, "returns")).toEqual(plain);
  });
});

test.each(REFUSED)("compileSchema() refuses %s", (_, schema, want) => {
  expect(said(() => compileSchema(schema, "returns"))).toBe(want);
});

test("plainSchema() leaves out hidden keys and symbols, such as the marks of TypeBox 0.34", () => {
  // What `Type.Tuple([Type.Optional(Type.String())])` of @sinclair/typebox 0.34 makes.
  const [kind, optional] = [Symbol.for("TypeBox.Kind"), Symbol.for("TypeBox.Optional")];
  const item = { [kind]: "String", [optional]: "Optional", type: "string" };
  const tuple = {
    [kind]: "Tuple",
    type: "array",
    items: [item],
    additionalItems: false,
    minItems: 1,
    maxItems: 1,
  };
  expect(plainSchema(tuple, "returns")).toEqual({
    type: "array",
    prefixItems: [{ type: "string" }],
    items: false,
    minItems: 1,
    maxItems: 1,
  });
});

test("compileSchema() takes what Type.Recursive of TypeBox 0.34 makes", () => {
  const node = {
    $id: "T0",
    type: "object",
    properties: { kids: { type: "array", items: { $ref: "T0" } } },
    required: ["kids"],
  };
  for (const schema of [node, list(node)]) {
    const check = compileSchema(schema, "returns");
    const value = schema === node ? { kids: [{ kids: null }] } : [{ kids: [{ kids: null }] }];
    const path = schema === node ? "$.kids[0].kids" : "$[0].kids[0].kids";
    expect(said(() => check(value, { code: "OUTPUT_MISMATCH" }))).toBe(
      `${path} wants list, got null`,
    );
  }
});

test("plainSchema() asks a library once, and does not keep its object", () => {
  let asked = 0;
  const input = () => {
    asked++;
    return { type: "number" };
  };
  const schema = { "~standard": { vendor: "acme", jsonSchema: { input, output: input } } };
  expect(plainSchema(list(schema), "returns")).toEqual({
    type: "array",
    items: { type: "number" },
  });
  expect(asked).toBe(2);
});

test("plainSchema() leaves out unknown keywords of a library, but none of ours", () => {
  const schema = z.number().meta({ unit: "m", minimun: 3 });
  expect(plainSchema(schema, "returns")).toMatchObject({ type: "number" });
  expect(Object.keys(plainSchema(schema, "returns") as object)).toEqual(["$schema", "type"]);
  expect(said(() => compileSchema({ type: "number", minimun: 3 }, "returns"))).toBe(
    'returns has an unknown keyword "minimun"; did you mean "minimum"?',
  );
});

test("plainSchema() leaves out the address that a library gives its schema", () => {
  const give = () => ({
    $id: "https://a.example/tree",
    items: { $ref: "#" },
    properties: { $id: { $ref: "#/items" } },
  });
  const schema = { "~standard": { vendor: "acme", jsonSchema: { input: give, output: give } } };
  expect(plainSchema({ properties: { "a b": schema } }, "returns")).toEqual({
    properties: {
      "a b": {
        items: { $ref: "#/properties/a%20b" },
        properties: { $id: { $ref: "#/properties/a%20b/items" } },
      },
    },
  });
});

test("plainSchema() takes what z.toJSONSchema() gives as it is, hidden mark or not", () => {
  const { $schema: _, ...given } = z.toJSONSchema(z.array(z.string()));
  expect(plainSchema(given, "returns")).toEqual({ type: "array", items: { type: "string" } });
  const marked = z.toJSONSchema(z.object({ a: z.string() }), { io: "output" });
  expect(plainSchema(marked, "returns")).toMatchObject({ additionalProperties: false });
});
