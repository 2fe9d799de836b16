/**
 * The rows of `fit.test.ts`: what comes, what is wanted, and the conflict between them.
 *
 * Texts are worked out by hand from the rules in `fit.ts`, never copied from what the code said.
 *
 * @module
 */

import { dict, list, type Schema, tensor } from "../../src/contract/schema/schema.ts";

const NULL = { type: "null" };
const INT = { type: "integer" };
const NUM = { type: "number" };
const STR = { type: "string" };
const BOOL = { type: "boolean" };
const BYTES = { bytes: true };
const TREE = {
  type: "object",
  properties: { kids: list({ $ref: "#" }), name: STR },
  required: ["kids", "name"],
};
const TREE_OF_NUMBERS = { ...TREE, properties: { kids: list({ $ref: "#" }), name: NUM } };

type Row = readonly [name: string, gives: Schema, takes: Schema, said: string];

export const KINDS: readonly Row[] = [
  ["the same scalar", INT, INT, "fits"],
  ["an integer for a number", INT, NUM, "fits"],
  ["a number that may be an integer", NUM, INT, "fits"],
  ["anything for a scalar", true, STR, "fits"],
  ["a scalar for anything", STR, {}, "fits"],
  ["a string for an integer", STR, INT, "$ wants integer, gets string"],
  ["an integer for a string", INT, STR, "$ wants string, gets integer; hint: String(value)"],
  ["a boolean for a number", BOOL, NUM, "$ wants number, gets boolean; hint: Number(value)"],
  ["null for a dict", NULL, dict({}), "$ wants dict, gets null"],
  ["a list for a dict", list(NUM), dict({ a: NUM }), "$ wants dict, gets list"],
  [
    "bytes for a string",
    BYTES,
    STR,
    "$ wants string, gets bytes; hint: new TextDecoder().decode(value)",
  ],
  ["a list for bytes", list(INT), BYTES, "$ wants bytes, gets list; hint: Uint8Array.from(value)"],
  ["one kind of two", { type: ["string", "null"] }, { type: ["null", "integer"] }, "fits"],
  [
    "none of two kinds",
    { type: ["string", "null"] },
    { type: ["boolean", "integer"] },
    "$ wants boolean or integer, gets null or string",
  ],
  ["a value where none is wanted", INT, false, "$ wants nothing here, gets integer"],
  ["what never comes", false, INT, "fits"],
  ["what never comes where nothing is wanted", false, false, "fits"],
  ["what cannot be", { type: "string", bytes: true }, INT, "fits"],
  [
    "a fraction for an integer",
    { const: 1.5 },
    INT,
    "$ wants integer, gets 1.5; hint: Math.round(value)",
  ],
];

export const SCALARS: readonly Row[] = [
  ["words in common", { enum: ["a", "b"] }, { enum: ["b", "c"] }, "fits"],
  [
    "no word in common",
    { enum: ["a", "b"] },
    { enum: ["c", "d"] },
    '$ wants one of "c", "d", gets one of "a", "b"',
  ],
  [
    "a near word",
    { const: "dgo" },
    { enum: ["cat", "dog"] },
    '$ wants one of "cat", "dog", gets "dgo"; did you mean "dog"?',
  ],
  ["a number as a constant", { const: 1 }, { const: 1.0 }, "fits"],
  ["words for a number", { enum: ["a", "b"] }, NUM, '$ wants number, gets one of "a", "b"'],
  ["a number for words", NUM, { enum: ["a"] }, '$ wants "a", gets number; hint: String(value)'],
  ["ranges that touch", { ...NUM, maximum: 5 }, { ...NUM, minimum: 5 }, "fits"],
  [
    "ranges that touch at an open end",
    { ...NUM, maximum: 5 },
    { ...NUM, exclusiveMinimum: 5 },
    "$ wants more than 5, gets at most 5",
  ],
  [
    "a range above",
    { ...NUM, minimum: 0, maximum: 255 },
    { ...NUM, minimum: -1, exclusiveMaximum: 0 },
    "$ wants less than 0, gets at least 0",
  ],
  [
    "a range below",
    { ...NUM, maximum: 0.5 },
    { ...INT, minimum: 1 },
    "$ wants at least 1, gets at most 0.5",
  ],
  [
    "an end that is left out and in",
    { ...NUM, minimum: 5, exclusiveMinimum: 5 },
    { ...NUM, maximum: 5 },
    "$ wants at most 5, gets more than 5",
  ],
  ["a range of what may be no number", { maximum: 5 }, { minimum: 6 }, "fits"],
  [
    "strings too short",
    { ...STR, maxLength: 3 },
    { ...STR, minLength: 4 },
    "$ wants at least 4 characters, gets at most 3",
  ],
  [
    "strings of one length",
    { ...STR, minLength: 2, maxLength: 2 },
    { ...STR, maxLength: 1 },
    "$ wants at most 1 character, gets 2",
  ],
  ["patterns", { ...STR, pattern: "^a" }, { ...STR, pattern: "^b" }, "fits"],
  ["what is not wanted", STR, { not: STR }, "fits"],
];

const MIXED = { type: ["array", "object"] };
const IMAGE = tensor("float32", ["batch", 3, 224, 224]);

export const TENSORS: readonly Row[] = [
  ["the same tensor", IMAGE, IMAGE, "fits"],
  ["any length for a number", tensor("float32", [null, 3]), tensor("float32", [5, 3]), "fits"],
  ["a number for a name", tensor("int8", [7]), tensor("int8", ["n"]), "fits"],
  ["any dtype", { tensor: { shape: [2] } }, tensor("int8", [-1]), "fits"],
  ["any shape", { tensor: { dtype: "int8" } }, tensor("int8", [2]), "fits"],
  ["one dtype of two", { tensor: { dtype: ["int8", "bool"] } }, tensor("bool", []), "fits"],
  [
    "dtype and shape",
    list(dict({ scores: tensor("float64", ["batch", 9]) })),
    list(dict({ scores: tensor("float32", ["batch", 10]) })),
    "$[*].scores wants float32 [batch, 10], gets float64 [batch, 9]",
  ],
  [
    "another dtype",
    tensor("float64", ["n"]),
    tensor("float32", ["n"]),
    '$ wants float32 [n], gets float64 [n]; hint: new Tensor("float32", value.shape, Float32Array.from(value.data))',
  ],
  [
    "the channels last",
    tensor("float32", [null, 224, 224, 3]),
    IMAGE,
    "$ wants float32 [batch, 3, 224, 224], gets float32 [any, 224, 224, 3]; hint: transpose to axes (0, 3, 1, 2), NHWC to NCHW",
  ],
  [
    "no batch axis",
    tensor("float32", [3, 224, 224]),
    IMAGE,
    "$ wants float32 [batch, 3, 224, 224], gets float32 [3, 224, 224]; hint: add an axis of 1 in front",
  ],
  [
    "an axis of 1 too many",
    tensor("float32", [1, 10]),
    tensor("float32", [10]),
    "$ wants float32 [10], gets float32 [1, 10]; hint: drop the axis of 1 in front",
  ],
  [
    "as many elements",
    tensor("int8", [2, 6]),
    tensor("int8", [3, 4]),
    "$ wants int8 [3, 4], gets int8 [2, 6]; hint: new Tensor(value.dtype, [3, 4], value.data)",
  ],
  [
    "a list for a tensor",
    list(list(NUM)),
    tensor("float32", ["n", 2]),
    '$ wants float32 [n, 2], gets list; hint: Tensor.from(value, "float32")',
  ],
  [
    "a tensor for a list",
    tensor("float32", ["n"]),
    list(NUM),
    "$ wants list, gets float32 [n]; hint: .tolist()",
  ],
  [
    "a tensor for bytes",
    tensor("uint8", [null]),
    BYTES,
    "$ wants bytes, gets uint8 [any]; hint: new Uint8Array(value.data.buffer, value.data.byteOffset, value.data.byteLength)",
  ],
  ["a dict for a tensor", dict({}), tensor("bool", []), "$ wants bool [], gets dict"],
  [
    "one name, two numbers",
    dict({ a: tensor("int8", [3]), b: tensor("int8", [4]) }),
    dict({ a: tensor("int8", ["n"]), b: tensor("int8", ["n"]) }),
    "$.b wants n = 3 (bound by $.a), gets 4",
  ],
  [
    "one name in one tensor",
    tensor("int8", [3, 4]),
    tensor("int8", ["n", "n"]),
    "$ wants n = 3 (bound by $), gets 4",
  ],
  [
    "two numbers for one name that comes",
    dict({ a: tensor("int8", ["m"]), b: tensor("int8", ["m"]) }),
    dict({ a: tensor("int8", [3]), b: tensor("int8", [4]) }),
    "$.b wants int8 [4], gets int8 [m], where m = 3 (bound by $.a)",
  ],
  [
    "one name, one number where it is sure and one where it is not",
    dict({ a: tensor("int8", [3]), b: { anyOf: [tensor("int8", [4]), NULL] } }),
    dict({ a: tensor("int8", ["n"]), b: { anyOf: [tensor("int8", ["n"]), NULL] } }),
    "fits",
  ],
  [
    "one name where it is not sure, and then where it is",
    dict({ a: { anyOf: [tensor("int8", [3]), NULL] }, b: tensor("int8", [4]) }),
    dict({ a: { anyOf: [tensor("int8", ["n"]), NULL] }, b: tensor("int8", ["n"]) }),
    "fits",
  ],
  [
    "one name in a list that may be a dict",
    dict({ a: { ...MIXED, items: tensor("int8", [3]) }, b: tensor("int8", [4]) }),
    dict({ a: { ...MIXED, items: tensor("int8", ["n"]) }, b: tensor("int8", ["n"]) }),
    "fits",
  ],
];

export const LISTS: readonly Row[] = [
  ["lists of the same", list(INT), list(NUM), "fits"],
  ["lists of others", list(STR), list(NUM), "$[*] wants number, gets string"],
  [
    "lists in lists",
    list(list(BOOL)),
    list(list(STR)),
    "$[*][*] wants string, gets boolean; hint: String(value)",
  ],
  ["lists that are always empty", list(STR, { maxItems: 0 }), list(NUM), "fits"],
  [
    "lists that are too short",
    list(STR, { maxItems: 2 }),
    list(STR, { minItems: 3 }),
    "$ wants at least 3 items, gets at most 2",
  ],
  [
    "lists that are too long",
    list(STR, { minItems: 2 }),
    list(STR, { maxItems: 1 }),
    "$ wants at most 1 item, gets at least 2",
  ],
  [
    "a pair for three",
    { type: "array", prefixItems: [NUM, NUM], items: false, minItems: 2 },
    { type: "array", prefixItems: [NUM, NUM, NUM], minItems: 3 },
    "$ wants at least 3 items, gets 2",
  ],
  [
    "a pair the other way round",
    { type: "array", prefixItems: [STR, NUM], minItems: 2 },
    { type: "array", prefixItems: [STR, STR], minItems: 2 },
    "$[1] wants string, gets number; hint: String(value)",
  ],
  [
    "a list for a pair of others",
    list(NUM),
    { type: "array", prefixItems: [NUM, STR], minItems: 2 },
    "$[1] wants string, gets number; hint: String(value)",
  ],
  [
    "a pair whose second may be missing",
    { type: "array", prefixItems: [STR, NUM] },
    { type: "array", prefixItems: [STR, STR] },
    "fits",
  ],
  [
    "what follows a prefix",
    { type: "array", prefixItems: [STR], items: NUM, minItems: 2 },
    list(STR),
    "$[1] wants string, gets number; hint: String(value)",
  ],
];

export const DICTS: readonly Row[] = [
  ["the same keys", dict({ a: INT }), dict({ a: NUM }), "fits"],
  [
    "a key that never comes",
    dict({ labels: STR }),
    dict({ label: STR }),
    '$ wants key "label", gets key "labels"; did you mean "labels"?',
  ],
  ["a key of none", dict({}), dict({ a: STR }), '$ wants key "a", gets no keys'],
  ["a key that may come", { type: "object" }, dict({ a: STR }), "fits"],
  [
    "a key too many",
    dict({ a: STR, b: STR }),
    dict({ a: STR }),
    '$ wants keys "a" only, gets key "b"',
  ],
  [
    "a key that is misspelt",
    { type: "object", properties: { lable: STR }, required: ["lable"] },
    dict({ label: STR, id: STR }, { required: ["id"] }),
    '$ wants keys "label", "id" only, gets key "lable"; did you mean "label"?',
  ],
  ["a key too many that may be missing", dict({ b: STR }, { required: [] }), dict({}), "fits"],
  [
    "another value",
    dict({ a: dict({ b: STR }) }),
    dict({ a: dict({ b: INT }) }),
    "$.a.b wants integer, gets string",
  ],
  [
    "another value of a key that need not come",
    dict({ a: STR }, { required: [] }),
    dict({ a: INT }, { required: [] }),
    "fits",
  ],
  [
    "another value of a key that must be there",
    dict({ a: STR }, { required: [] }),
    dict({ a: INT }),
    "$.a wants integer, gets string",
  ],
  [
    "another value of any key",
    { type: "object", additionalProperties: STR },
    dict({ "odd key": list(INT) }),
    '$["odd key"] wants list, gets string',
  ],
  [
    "a key of a pattern",
    { type: "object", patternProperties: { "^x": STR }, additionalProperties: false },
    dict({ xy: INT }),
    "fits",
  ],
  ["dicts that may be no dicts", { required: ["a"] }, { properties: { a: false } }, "fits"],
];

export const CHOICES: readonly Row[] = [
  ["one branch that fits", { anyOf: [STR, INT] }, NUM, "fits"],
  [
    "no branch that comes",
    { anyOf: [STR, NULL] },
    INT,
    "$ wants integer; gets one of: string, null",
  ],
  [
    "no branch that is wanted",
    list(BOOL),
    list({ oneOf: [STR, INT] }),
    "$[*] wants one of: string, integer; gets boolean",
  ],
  [
    "no branch on either side",
    { anyOf: [STR, NULL] },
    { anyOf: [INT, list(INT)] },
    "$ wants one of: integer, list of integers; gets one of: string, null",
  ],
  [
    "the branch of its kind",
    dict({ a: STR }),
    { anyOf: [NULL, dict({ a: INT })] },
    "$.a wants integer, gets string",
  ],
  [
    "the branch of its kind among those that come",
    { anyOf: [NULL, dict({ a: STR })] },
    dict({ a: INT }),
    "$.a wants integer, gets string",
  ],
  [
    "all of several",
    { allOf: [{ type: "object" }, { properties: { a: STR } }, { required: ["a"] }] },
    dict({ a: INT }, { additional: true }),
    "$.a wants integer, gets string",
  ],
  [
    "one of all that are wanted",
    INT,
    { allOf: [STR, { minLength: 1 }, { enum: ["a"] }] },
    '$ wants "a", gets integer; hint: String(value)',
  ],
  [
    "references",
    { $ref: "#/$defs/row", $defs: { row: list(STR) } },
    { type: "array", items: { $ref: "#number" }, $defs: { number: { $anchor: "number", ...NUM } } },
    "$[*] wants number, gets string",
  ],
  ["a tree for itself", TREE, TREE, "fits"],
  ["a tree for another", TREE, TREE_OF_NUMBERS, "$.name wants number, gets string"],
  ["a tree for a list", list(TREE), list(list(TREE)), "$[*] wants list, gets dict"],
];
