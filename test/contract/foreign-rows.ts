/**
 * The rows of `foreign.test.ts`: the same demands in the words of four libraries.
 *
 * @module
 */

import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { scope, type } from "arktype";
import { Type } from "typebox";
import * as v from "valibot";
import * as z from "zod";
import { dict, list, type SchemaInput, tensor } from "../../src/contract/schema/schema.ts";
import { of } from "./schema-rows.ts";

/** One demand: each library's schema of it, values that keep to it, one that does not. */
export interface ForeignRow {
  readonly says: string;
  readonly schemas: Readonly<Record<string, SchemaInput>>;
  readonly good: readonly unknown[];
  readonly bad: readonly (readonly [value: unknown, said: string])[];
}

const json = toStandardJsonSchema;
const ZodTree = z.object({
  name: z.string(),
  get kids() {
    return z.array(ZodTree);
  },
});
const ark = scope({ tree: { name: "string", kids: "tree[]" } }).export();
type Tree = { name: string; kids: Tree[] };
const ValibotTree: v.GenericSchema<Tree> = v.object({
  name: v.string(),
  kids: v.array(v.lazy(() => ValibotTree)),
});
const boxTree = () =>
  Type.Cyclic(
    { Tree: Type.Object({ name: Type.String(), kids: Type.Array(Type.Ref("Tree")) }) },
    "Tree",
  );

export const ROWS: readonly ForeignRow[] = [
  {
    says: "a format that the library checks by a pattern beside it",
    schemas: { zod: z.uuid() },
    good: ["123e4567-e89b-42d3-a456-426614174000"],
    bad: [
      [
        "123e4567",
        '$ wants a string that matches "^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB…", got "123e4567"',
      ],
    ],
  },
  {
    says: "a dict, one key of which may be missing",
    schemas: {
      typebox: Type.Object({ label: Type.String(), score: Type.Optional(Type.Number()) }),
      zod: z.object({ label: z.string(), score: z.number().optional() }),
      arktype: type({ label: "string", "score?": "number" }),
      valibot: json(v.object({ label: v.string(), score: v.optional(v.number()) })),
    },
    good: [{ label: "cat" }, { label: "cat", score: 0.5 }, { label: "cat", more: null }],
    bad: [
      [{ labels: "cat" }, '$ wants key "label", got key "labels"; did you mean "labels"?'],
      [
        { label: "cat", score: "0.5" },
        '$.score wants number, got string "0.5"; hint: Number(value)',
      ],
      [null, "$ wants dict, got null"],
    ],
  },
  {
    says: "a dict without other keys",
    schemas: {
      typebox: Type.Object({ id: Type.Integer() }, { additionalProperties: false }),
      zod: z.strictObject({ id: z.int() }),
      arktype: type({ id: "number.integer", "+": "reject" }),
      valibot: json(v.strictObject({ id: v.pipe(v.number(), v.integer()) })),
    },
    good: [{ id: 7 }, { id: 7n }],
    bad: [
      [{ id: 7, ids: 8 }, '$ wants keys "id" only, got key "ids"'],
      [{ id: 0.5 }, "$.id wants integer, got 0.5; hint: Math.round(value)"],
    ],
  },
  {
    says: "a number from 0 to 1 in a list of 1 to 3",
    schemas: {
      typebox: Type.Array(Type.Number({ minimum: 0, maximum: 1 }), { minItems: 1, maxItems: 3 }),
      zod: z.array(z.number().min(0).max(1)).min(1).max(3),
      arktype: type("(0<=number<=1)[]>=1").and("unknown[]<=3"),
      valibot: json(
        v.pipe(
          v.array(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
          v.minLength(1),
          v.maxLength(3),
        ),
      ),
    },
    good: [[0], [0, 0.5, 1]],
    bad: [
      [[], "$ wants at least 1 item, got 0"],
      [[0, 0, 0, 0], "$ wants at most 3 items, got 4"],
      [[0, 1.5], "$[1] wants at most 1, got 1.5"],
    ],
  },
  {
    says: "a pair",
    schemas: {
      typebox: Type.Tuple([Type.String(), Type.Number()]),
      zod: z.tuple([z.string(), z.number()]),
      arktype: type(["string", "number"]),
      valibot: json(v.strictTuple([v.string(), v.number()])),
    },
    good: [["cat", 1]],
    bad: [
      [["cat", "1"], '$[1] wants number, got string "1"; hint: Number(value)'],
      [["cat", 1, 2], "$ wants 2 items, got 3"],
      [["cat"], "$ wants 2 items, got 1"],
    ],
  },
  {
    says: "one of some words",
    schemas: {
      typebox: Type.Enum(["cat", "dog"]),
      "typebox union": Type.Enum({ a: "cat", b: "dog" }),
      zod: z.enum(["cat", "dog"]),
      arktype: type("'cat'|'dog'"),
      valibot: json(v.picklist(["cat", "dog"])),
    },
    good: ["cat", "dog"],
    bad: [["dgo", '$ wants one of "cat", "dog", got "dgo"; did you mean "dog"?']],
  },
  {
    says: "a word of a form",
    schemas: {
      typebox: Type.String({ pattern: "^a+$" }),
      zod: z.string().regex(/^a+$/),
      arktype: type(/^a+$/),
      valibot: json(v.pipe(v.string(), v.regex(/^a+$/))),
    },
    good: ["aaa"],
    bad: [["b", '$ wants a string that matches "^a+$", got "b"']],
  },
  {
    says: "a word or null",
    schemas: {
      typebox: Type.Union([Type.String(), Type.Null()]),
      arktype: type("string|null"),
      valibot: json(v.nullable(v.string())),
    },
    good: ["a", null],
    bad: [[1, "$ wants one of: string, null; got number 1"]],
  },
  {
    says: "a dict of numbers",
    schemas: {
      typebox: Type.Record(Type.String(), Type.Number()),
      zod: z.record(z.string(), z.number()),
      arktype: type({ "[string]": "number" }),
      valibot: json(v.record(v.string(), v.number())),
    },
    good: [{}, { a: 1, b: 2 }],
    bad: [[{ a: null }, "$.a wants number, got null"]],
  },
  {
    says: "a tree",
    schemas: {
      typebox: boxTree(),
      zod: ZodTree,
      arktype: ark.tree,
      valibot: json(ValibotTree),
    },
    good: [{ name: "a", kids: [{ name: "b", kids: [] }] }],
    bad: [
      [
        { name: "a", kids: [{ name: "b", kids: [{ name: 1, kids: [] }] }] },
        "$.kids[0].kids[0].name wants string, got number 1; hint: String(value)",
      ],
    ],
  },
  {
    says: "trees below keys of ours",
    schemas: {
      typebox: dict({ "a/b": list(boxTree()), again: boxTree() }),
      zod: dict({ "a/b": list(ZodTree), again: ZodTree }),
      arktype: dict({ "a/b": list(ark.tree), again: ark.tree }),
      valibot: dict({ "a/b": list(json(ValibotTree)), again: json(ValibotTree) }),
    },
    good: [{ "a/b": [{ name: "a", kids: [] }], again: { name: "b", kids: [] } }],
    bad: [
      [
        { "a/b": [{ name: "a", kids: [null] }], again: { name: "b", kids: [] } },
        '$["a/b"][0].kids[0] wants dict, got null',
      ],
      [{ "a/b": [], again: { name: "b", kids: [null] } }, "$.again.kids[0] wants dict, got null"],
    ],
  },
  {
    says: "a tensor, said with our keyword",
    schemas: {
      typebox: Type.Object({ x: Type.Unsafe({ tensor: { dtype: "float32", shape: ["n", 2] } }) }),
      zod: z.object({ x: z.any().meta({ tensor: { dtype: "float32", shape: ["n", 2] } }) }),
      mixed: dict({ x: tensor("float32", ["n", 2]) }, { additional: z.string() }),
    },
    good: [{ x: of("float32", [5, 2]) }],
    bad: [[{ x: of("float32", [5, 3]) }, "$.x wants float32 [n, 2], got float32 [5, 3]"]],
  },
  {
    says: "what comes in, not what the library makes of it",
    schemas: {
      typebox: Type.Object({ n: Type.Optional(Type.Number({ default: 3 })) }),
      zod: z.object({ n: z.coerce.number<number>().default(3) }),
      arktype: type({ n: "number = 3" }),
      valibot: json(v.object({ n: v.optional(v.number(), 3) })),
    },
    good: [{}, { n: 1 }, { n: 1, more: 2 }],
    bad: [[{ n: "1" }, '$.n wants number, got string "1"; hint: Number(value)']],
  },
  {
    says: "a schema with notes of the library's own",
    schemas: {
      zod: z.object({
        a: z.number().meta({ title: "A", unit: "m", deprecated: true }),
        b: z.number().meta({ id: "shared", examples: [1] }),
      }),
      arktype: type({ a: "number", b: "number" }).describe("two of them"),
      valibot: json(v.object({ a: v.pipe(v.number(), v.title("A")), b: v.number() })),
    },
    good: [{ a: 1, b: 2 }],
    bad: [[{ a: 1, b: null }, "$.b wants number, got null"]],
  },
];

const ENDLESS = `returns${".items".repeat(64)}`;
const NEVER = "values are checked here, never changed";

/** One row is an object that is refused, and the words. */
export const REFUSED: readonly (readonly [name: string, schema: unknown, said: string])[] = [
  [
    "plain valibot",
    v.string(),
    "returns wants JSON Schema, got a schema of valibot that gives none; wrap it with toStandardJsonSchema of @valibot/to-json-schema",
  ],
  [
    "plain valibot in a list of ours",
    list(v.string() as never),
    "returns.items wants JSON Schema, got a schema of valibot that gives none; wrap it with toStandardJsonSchema of @valibot/to-json-schema",
  ],
  [
    "a vendor that nobody knows",
    { "~standard": { version: 1, vendor: "acme", validate: () => ({ value: 1 }) } },
    "returns wants JSON Schema, got a schema of acme that gives none; pass the JSON Schema that its converter makes",
  ],
  [
    "data that says it were one",
    JSON.parse('{"~standard":{"vendor":7,"jsonSchema":{"input":"x"}}}'),
    "returns wants JSON Schema, got a schema of an unknown vendor that gives none; pass the JSON Schema that its converter makes",
  ],
  [
    "a transform of zod",
    z.string().transform((text) => text.length),
    `returns wants JSON Schema, got what zod cannot give as such: Transforms cannot be represented in JSON Schema; ${NEVER}`,
  ],
  [
    "a transform of valibot",
    json(
      v.pipe(
        v.string(),
        v.transform((text) => text.length),
      ),
    ),
    `returns wants JSON Schema, got what valibot cannot give as such: The "transform" action cannot be converted to JSON Schema.; ${NEVER}`,
  ],
  [
    "a date of zod",
    z.date(),
    "returns wants JSON Schema, got what zod cannot give as such: Date cannot be represented in JSON Schema",
  ],
  [
    "a date of arktype, for which it would leave a hole",
    type({ at: "Date" }),
    "returns wants JSON Schema, got what arktype cannot give as such: its date cannot be represented",
  ],
  [
    "a predicate of arktype",
    type("string").narrow((text) => text.length > 1),
    "returns wants JSON Schema, got what arktype cannot give as such: its predicate cannot be represented",
  ],
  [
    "a format of zod",
    z.object({ home: z.url() }),
    "returns.properties.home.format is not checked here, so it is refused; say it with pattern",
  ],
  [
    "a format of valibot, in a dict of ours",
    dict({ mail: json(v.pipe(v.string(), v.email())) }),
    "returns.properties.mail.format is not checked here, so it is refused; say it with pattern",
  ],
  [
    "a bigint of typebox",
    Type.BigInt(),
    'returns.type wants one of null, boolean, number, integer, string, array, object, got string "bigint"; did you mean "integer"?',
  ],
  [
    "a codec of typebox",
    Type.Object({
      at: Type.Codec(Type.String())
        .Decode((text) => text.length)
        .Encode(String),
    }),
    "returns.properties.at wants JSON Schema, got a codec of typebox: values are checked here, never changed",
  ],
  [
    "a refinement of typebox",
    Type.Refine(Type.String(), (text) => text.length > 1),
    "returns wants JSON Schema, got a refinement of typebox, whose code is not run here",
  ],
  [
    "a transform of TypeBox 0.34",
    { [Symbol.for("TypeBox.Transform")]: {}, type: "string" },
    "returns wants JSON Schema, got a transform of typebox: values are checked here, never changed",
  ],
  [
    "a long error",
    standard(() => {
      throw new Error("x\n".repeat(500));
    }),
    `returns wants JSON Schema, got what acme cannot give as such: ${"x ".repeat(100)}`,
  ],
  [
    "a promise of JSON Schema",
    standard(() => Promise.resolve({})),
    "returns wants plain JSON, got object of a class",
  ],
  [
    "a number for JSON Schema",
    standard(() => 7),
    "returns wants JSON Schema from its library, got number 7",
  ],
  [
    "a schema that gives itself without end",
    endless(),
    `${ENDLESS.slice(0, 119)}…${ENDLESS.slice(-120)} wants at most 64 levels`,
  ],
  ["a function", () => 1, "returns wants a schema: a dict or boolean, got function"],
  [
    "# below an $id that is a name",
    { items: { $id: "row", properties: { a: { $ref: "#" } } } },
    "returns.items.properties.a.$ref wants the name of an $id: below an $id, # is not the root",
  ],
  [
    "one $id of two schemas",
    { prefixItems: [{ $id: "row", type: "null" }, { $id: "row" }] },
    'returns.prefixItems[1] has the $id "row" of returns.prefixItems[0], which differs',
  ],
  [
    "an address for $id below the root",
    { items: { $id: "https://a.example/row" } },
    "returns.items wants no $id but at the root or a plain name: # is local",
  ],
];

function standard(give: () => unknown): unknown {
  return {
    "~standard": { version: 1, vendor: "acme", jsonSchema: { input: give, output: () => ({}) } },
  };
}

function endless(): unknown {
  return standard(() => ({ items: endless() }));
}
