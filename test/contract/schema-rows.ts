/**
 * The rows of `schema.test.ts`: schemas, values, and what a checker says of them.
 *
 * Rows are worked out from the rules by hand, never copied from what the code said.
 *
 * @module
 */

import { dict, list, tensor } from "../../src/contract/schema/schema.ts";
import { type DType, DTYPES, sizeOf, Tensor } from "../../src/contract/tensor.ts";

export const of = (dtype: DType, shape: readonly number[]) =>
  new Tensor(dtype, shape, new DTYPES[dtype].array(sizeOf(shape)));

const INT = { type: "integer" };
export const NUM = { type: "number" };
const STR = { type: "string" };
const OBJ = { type: "object" };
const CHW = tensor("float32", [3, 224, 224]);
export const PAIR = dict({ a: tensor("float32", ["n"]), b: tensor("float32", ["n"]) });
export const FREE = dict({ a: tensor("float32", ["m"]), b: tensor("float32", ["k"]) });
export const UNEVEN = { a: of("float32", [1]), b: of("float32", [2]) };
const TREE = { type: "object", properties: { kids: list({ $ref: "#" }) }, required: ["kids"] };

type Row = readonly [name: string, schema: unknown, value: unknown, said: string];

export const KINDS: readonly Row[] = [
  ["a number", NUM, 1.5, "ok"],
  ["NaN as a number", NUM, Number.NaN, "ok"],
  ["an infinity as a number", NUM, -Infinity, "ok"],
  ["an int64 as a number", NUM, 5n, "ok"],
  ["an integer", INT, -0, "ok"],
  ["an int64 as an integer", INT, 5n, "ok"],
  ["a fraction as an integer", INT, 1.5, "$ wants integer, got 1.5; hint: Math.round(value)"],
  ["NaN as an integer", INT, Number.NaN, "$ wants integer, got NaN"],
  ["digits as a number", NUM, "12", '$ wants number, got string "12"; hint: Number(value)'],
  ["letters as a number", NUM, "twelve", '$ wants number, got string "twelve"'],
  ["an int64 as a string", STR, 7n, "$ wants string, got int64 7; hint: String(value)"],
  ["null as a boolean", { type: "boolean" }, null, "$ wants boolean, got null"],
  [
    "nothing at all",
    { type: "boolean" },
    undefined,
    "$ wants boolean, got nothing; hint: return a value",
  ],
  ["one of two types", { type: ["number", "null"] }, null, "ok"],
  [
    "none of two types",
    { type: ["array", "null"] },
    true,
    "$ wants list or null, got boolean true",
  ],
  ["a tensor as a dict", OBJ, of("float32", [2]), "$ wants dict, got tensor float32 [2]"],
  ["bytes as a dict", OBJ, new Uint8Array(2), "$ wants dict, got bytes of length 2"],
  ["a list as a dict", OBJ, [1], "$ wants dict, got list of 1"],
  ["a dict without a prototype", OBJ, Object.assign(Object.create(null), { a: 1 }), "ok"],
  [
    "a tensor as a list",
    list(NUM),
    of("float32", [2]),
    "$ wants list, got tensor float32 [2]; hint: .tolist()",
  ],
  [
    "bytes as a list",
    list(NUM),
    new Uint8Array(2),
    "$ wants list, got bytes of length 2; hint: Array.from(value)",
  ],
  [
    "JSON text as a list",
    list(NUM),
    "[1]",
    '$ wants list, got string "[1]"; hint: JSON.parse(value)',
  ],
  ["bytes", { bytes: true }, new Uint8Array(2), "ok"],
  [
    "a list as bytes",
    { bytes: true },
    [1],
    "$ wants bytes, got list of 1; hint: Uint8Array.from(value)",
  ],
  [
    "a reference to nothing",
    { $ref: "#/$defs/no", $defs: { no: false } },
    1,
    "$ wants nothing here, got number 1",
  ],
  ["anything", true, of("bool", []), "ok"],
  ["nothing allowed", false, null, "$ wants nothing here, got null"],
];

export const RULES: readonly Row[] = [
  [
    "a number in a list",
    list(NUM),
    [1, 2, "3"],
    '$[2] wants number, got string "3"; hint: Number(value)',
  ],
  [
    "a key that is no name",
    dict({ "odd key": NUM }),
    { "odd key": null },
    '$["odd key"] wants number, got null',
  ],
  [
    "a deep place",
    dict({ a: dict({ b: list(INT) }) }),
    { a: { b: [0.5] } },
    "$.a.b[0] wants integer, got 0.5; hint: Math.round(value)",
  ],
  ["a digit for a key", dict({ 0: NUM }), { 0: null }, '$["0"] wants number, got null'],
  [
    "a missing key",
    dict({ label: STR }),
    { labels: 1, score: 2 },
    '$ wants key "label", got keys "labels", "score"; did you mean "labels"?',
  ],
  ["a missing key of none", dict({ label: STR }), {}, '$ wants key "label", got no keys'],
  [
    "an inherited key",
    { type: "object", required: ["toString"] },
    {},
    '$ wants key "toString", got no keys',
  ],
  [
    "an extra key",
    dict({ label: STR }, { required: [] }),
    { name: 1 },
    '$ wants keys "label" only, got key "name"',
  ],
  [
    "an extra key, near",
    dict({ label: STR }, { required: [] }),
    { labels: 1 },
    '$ wants keys "label" only, got key "labels"; did you mean "label"?',
  ],
  [
    "a near miss of enum",
    { enum: ["cat", "dogs"] },
    "dog",
    '$ wants one of "cat", "dogs", got "dog"; did you mean "dogs"?',
  ],
  ["an int64 among numbers", { enum: [1, 2] }, 2n, "ok"],
  ["a dict among dicts", { enum: [{ a: 1, b: [2] }] }, { b: [2], a: 1 }, "ok"],
  [
    "a dict with a key valueOf",
    { enum: [{ valueOf: 1 }] },
    { valueOf: 2 },
    '$ wants dict with key "valueOf", got dict with key "valueOf"',
  ],
  ["another constant", { const: "a" }, null, '$ wants "a", got null'],
  ["under the minimum", { minimum: 0 }, -1, "$ wants at least 0, got -1"],
  [
    "an int64 under the minimum",
    { type: "integer", minimum: 0 },
    -1n,
    "$ wants at least 0, got -1",
  ],
  ["at the exclusive maximum", { exclusiveMaximum: 1 }, 1, "$ wants less than 1, got 1"],
  [
    "NaN in a range",
    { maximum: 1 },
    Number.NaN,
    "$ wants at most 1, got NaN; hint: NaN lies in no range",
  ],
  ["a string beside minimum", { minimum: 0 }, "a", "ok"],
  ["a multiple, rounded", { multipleOf: 0.1 }, 0.3, "ok"],
  ["no multiple", { multipleOf: 2 }, 3n, "$ wants a multiple of 2, got 3"],
  ["too few items", { minItems: 2 }, [1], "$ wants at least 2 items, got 1"],
  ["too many items", { maxItems: 1 }, [1, 2], "$ wants at most 1 item, got 2"],
  [
    "items after the prefix",
    { prefixItems: [NUM], items: false },
    [1, 2],
    "$ wants at most 1 item, got 2",
  ],
  [
    "equal items",
    { uniqueItems: true },
    ["1", 1, 1n],
    "$ wants items that all differ, got int64 1 again at [2]",
  ],
  ["large integers that differ", { uniqueItems: true }, [2 ** 60, 2n ** 60n + 1n], "ok"],
  ["code points, not units", { maxLength: 2 }, "\u{1f600}\u{1f600}", "ok"],
  ["too short", { minLength: 3 }, "ab", '$ wants at least 3 characters, got 2: "ab"'],
  ["a pattern", { pattern: "^a+$" }, "aab", '$ wants a string that matches "^a+$", got "aab"'],
  [
    "a long string for a pattern",
    { pattern: "^a+$" },
    "a".repeat(10_001),
    "$ wants at most 10000 characters for its pattern, got 10001",
  ],
  [
    "no item that fits",
    { contains: STR },
    [1, 2],
    "$ wants at least 1 of its items to be string, got 0",
  ],
  ["no alternative", { anyOf: [NUM, STR] }, null, "$ wants one of: number, string; got null"],
  [
    "the alternative of its kind",
    { anyOf: [{ type: "null" }, dict({ a: STR })] },
    { a: null },
    "$.a wants string, got null",
  ],
  [
    "two alternatives",
    { oneOf: [NUM, { minimum: 3 }] },
    5,
    "$ wants to fit exactly one of 2 alternatives, fits 1 and 2",
  ],
  ["what is not wanted", { not: STR }, "x", '$ wants anything but string, got string "x"'],
  ["else", { if: STR, else: { minimum: 5 } }, 3, "$ wants at least 5, got 3"],
  [
    "a tree",
    TREE,
    { kids: [{ kids: [] }, { kids: [{ kid: 1 }] }] },
    '$.kids[1].kids[0] wants key "kids", got key "kid"; did you mean "kid"?',
  ],
  ["a dict without type", { properties: { a: STR } }, { a: null }, "$.a wants string, got null"],
  ["a tensor beside properties", { properties: { dtype: NUM } }, of("bool", []), "ok"],
  [
    "what is not evaluated",
    { type: "object", allOf: [{ properties: { a: NUM } }], unevaluatedProperties: false },
    { a: 1, b: 2 },
    '$ wants no keys, got key "b"',
  ],
];

export const TENSORS: readonly Row[] = [
  ["a tensor", CHW, of("float32", [3, 224, 224]), "ok"],
  ["rank 0", tensor("int64", []), of("int64", []), "ok"],
  ["any dtype", { tensor: { shape: [2] } }, of("bool", [2]), "ok"],
  ["any shape", { tensor: { dtype: ["int8", "uint8"] } }, of("uint8", [1, 2]), "ok"],
  [
    "dtype and shape",
    list(dict({ scores: tensor("float32", ["batch", 10]) })),
    [{ scores: of("float64", [8, 9]) }],
    "$[0].scores wants float32 [batch, 10], got float64 [8, 9]",
  ],
  [
    "another dtype",
    tensor("float32", [2]),
    of("float64", [2]),
    '$ wants float32 [2], got float64 [2]; hint: new Tensor("float32", value.shape, Float32Array.from(value.data))',
  ],
  [
    "int64 for float32",
    tensor("float32", [2]),
    of("int64", [2]),
    '$ wants float32 [2], got int64 [2]; hint: new Tensor("float32", value.shape, Float32Array.from(value.data, Number))',
  ],
  [
    "HWC for CHW",
    CHW,
    of("float32", [224, 224, 3]),
    "$ wants float32 [3, 224, 224], got float32 [224, 224, 3]; hint: transpose to axes (2, 0, 1), HWC to CHW",
  ],
  [
    "no batch axis",
    tensor("float32", ["batch", 3, 4]),
    of("float32", [3, 4]),
    "$ wants float32 [batch, 3, 4], got float32 [3, 4]; hint: add an axis of 1 in front",
  ],
  [
    "a list",
    tensor("float32", [2, 3]),
    [[1], [2]],
    "$ wants float32 [2, 3], got list of shape [2, 1]",
  ],
  [
    "a look-alike",
    tensor("bool", [1]),
    { dtype: "bool", shape: [1], data: null },
    '$ wants bool [1], got dict with keys "dtype", "shape", "data"',
  ],
  [
    "a name in one tensor",
    tensor("int8", ["n", "n"]),
    of("int8", [3, 4]),
    "$ wants n = 3 (bound by $), got 4",
  ],
  [
    "a name in two places",
    dict({ image: tensor("int8", ["batch", 1]), y: tensor("int8", ["batch"]) }),
    { image: of("int8", [8, 1]), y: of("int8", [9]) },
    "$.y wants batch = 8 (bound by $.image), got 9",
  ],
  [
    "a name of a failed branch",
    { anyOf: [PAIR, dict({ a: tensor("float32", [null]), b: tensor("float32", ["n"]) })] },
    UNEVEN,
    "ok",
  ],
  [
    "a name under not",
    {
      allOf: [{ not: dict({ a: tensor("float32", ["n"]) }) }],
      type: "object",
      properties: { b: tensor("float32", ["n"]) },
    },
    UNEVEN,
    "ok",
  ],
];

const LONG = "x".repeat(1_000_000);
const SHORT = `"${"x".repeat(59)}…"`;
const BOMB = {
  anyOf: [list({ $ref: "#" }, { minItems: 1 }), list({ $ref: "#" }, { minItems: 1 })],
};
const nest = (levels: number): unknown[] => (levels === 0 ? [] : [nest(levels - 1)]);
const SPENT = "takes more work to check against its schema than a check may take";

export const HOSTILE: readonly Row[] = [
  [
    "an own key __proto__",
    { type: "object", additionalProperties: NUM },
    JSON.parse('{"__proto__": null}'),
    "$.__proto__ wants number, got null",
  ],
  [
    "an own key __proto__ too many",
    dict({}),
    JSON.parse('{"__proto__": 1}'),
    '$ wants no keys, got key "__proto__"',
  ],
  ["a huge string", NUM, LONG, `$ wants number, got string ${SHORT}`],
  [
    "a huge key",
    { additionalProperties: NUM },
    { [LONG]: null },
    `$[${SHORT}] wants number, got null`,
  ],
  [
    "a thousand keys",
    NUM,
    Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, 1])),
    '$ wants number, got dict with keys "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9" and 990 more',
  ],
  ["a check without end", BOMB, nest(62), `$ ${SPENT}`],
];
