/**
 * The rows of `misfit.test.ts`: what a hook's author is told, from scalars to ragged lists.
 *
 * Rows are worked out from the rules by hand, never copied from what the code said. Those of
 * `schema-rows.ts`, which say what a schema accepts, are not repeated.
 *
 * @module
 */

import { dict, list } from "../../src/contract/schema/schema.ts";
import { of } from "./schema-rows.ts";

const INT = { type: "integer" };
const NUM = { type: "number" };
const STR = { type: "string" };
const BOOL = { type: "boolean" };
const BYTES = { bytes: true };
const PAIR = { type: "array", prefixItems: [STR, NUM], items: false, minItems: 2 };
const ROWS = list(list(NUM, { minItems: 3, maxItems: 3 }));
const WORDS = { enum: ["cat", "dog", "horse"] };
const octets = (...values: number[]) => Uint8Array.from(values);

export type Row = readonly [name: string, schema: unknown, value: unknown, said: string];

export const SCALARS: readonly Row[] = [
  ["a word as an integer", INT, "12", '$ wants integer, got string "12"; hint: Number(value)'],
  ["a fraction's text as an integer", INT, "1.5", '$ wants integer, got string "1.5"'],
  ["a score as an integer", INT, 2.7, "$ wants integer, got 2.7; hint: Math.round(value)"],
  ["an infinity as an integer", INT, Infinity, "$ wants integer, got Infinity"],
  ["a truth as a number", NUM, true, "$ wants number, got boolean true; hint: Number(value)"],
  ["a list of one as a number", NUM, [0.5], "$ wants number, got list of 1; hint: value[0]"],
  ["a list of two as a number", NUM, [0.5, 1], "$ wants number, got list of 2"],
  ["an empty list as a number", NUM, [], "$ wants number, got empty list"],
  [
    "a tensor of one as a number",
    NUM,
    of("float32", [1, 1]),
    "$ wants number, got tensor float32 [1, 1]; hint: value.data[0]",
  ],
  [
    "a bfloat16, whose elements are bits, as a number",
    NUM,
    of("bfloat16", []),
    "$ wants number, got tensor bfloat16 []; hint: [value.tolist()].flat(Infinity)[0]",
  ],
  ["a tensor of two as a number", NUM, of("int8", [2]), "$ wants number, got tensor int8 [2]"],
  ["a dict as a number", NUM, { a: 1 }, '$ wants number, got dict with key "a"'],
  ["bytes as a number", NUM, octets(1), "$ wants number, got bytes of length 1"],
  ["null as a number", NUM, null, "$ wants number, got null"],
  ["a 1 as a truth", BOOL, 1, "$ wants boolean, got number 1; hint: value !== 0"],
  ["an int64 as a truth", BOOL, 0n, "$ wants boolean, got int64 0; hint: value !== 0n"],
  ["a word as a truth", BOOL, "true", '$ wants boolean, got string "true"; hint: value === "true"'],
  ["another word as a truth", BOOL, "yes", '$ wants boolean, got string "yes"'],
  ["a number as a string", STR, 0.5, "$ wants string, got number 0.5; hint: String(value)"],
  [
    "bytes as a string",
    STR,
    octets(104, 105),
    "$ wants string, got bytes of length 2; hint: new TextDecoder().decode(value)",
  ],
  [
    "a dict as a string",
    STR,
    { a: 1 },
    '$ wants string, got dict with key "a"; hint: JSON.stringify(value)',
  ],
  ["a list of one word as a string", STR, ["a"], "$ wants string, got list of 1; hint: value[0]"],
  [
    "a string as bytes",
    BYTES,
    "hi",
    '$ wants bytes, got string "hi"; hint: new TextEncoder().encode(value)',
  ],
  ["fractions as bytes", BYTES, [0.5], "$ wants bytes, got list of 1"],
  ["null as bytes", BYTES, null, "$ wants bytes, got null"],
  [
    "a tensor as bytes",
    BYTES,
    of("uint8", [4]),
    "$ wants bytes, got tensor uint8 [4]; hint: new Uint8Array(value.data.buffer, value.data.byteOffset, value.data.byteLength)",
  ],
  [
    "NaN as a probability",
    { type: "number", minimum: 0, maximum: 1 },
    Number.NaN,
    "$ wants at least 0, got NaN; hint: NaN lies in no range",
  ],
  [
    "a percentage as a probability",
    list({ type: "number", minimum: 0, maximum: 1 }),
    [0.5, 97],
    "$[1] wants at most 1, got 97",
  ],
  [
    "an int64 as a step",
    { type: "integer", multipleOf: 8 },
    12n,
    "$ wants a multiple of 8, got 12",
  ],
  [
    "a word with letters swapped",
    WORDS,
    "hosre",
    '$ wants one of "cat", "dog", "horse", got "hosre"; did you mean "horse"?',
  ],
  [
    "a word in capitals",
    WORDS,
    "CAT",
    '$ wants one of "cat", "dog", "horse", got "CAT"; did you mean "cat"?',
  ],
  ["another word", WORDS, "fish", '$ wants one of "cat", "dog", "horse", got "fish"'],
  ["a number as a word", WORDS, 1, '$ wants one of "cat", "dog", "horse", got number 1'],
  [
    "the text of a number",
    { enum: [1, 2] },
    "2",
    '$ wants one of 1, 2, got string "2"; hint: Number(value)',
  ],
  [
    "the number of a text",
    { enum: ["1", "2"] },
    2,
    '$ wants one of "1", "2", got number 2; hint: String(value)',
  ],
  ["null as a word", WORDS, null, '$ wants one of "cat", "dog", "horse", got null'],
];

export const DICTS: readonly Row[] = [
  [
    "a key in another style",
    dict({ input_ids: list(INT) }),
    { inputIds: [1] },
    '$ wants key "input_ids", got key "inputIds"; did you mean "inputIds"?',
  ],
  [
    "a key with letters swapped",
    dict({ label: STR }, { required: [] }),
    { lable: "a" },
    '$ wants keys "label" only, got key "lable"; did you mean "label"?',
  ],
  [
    "a key that is missing",
    dict({ label: STR, score: NUM }),
    { label: "a" },
    '$ wants key "score", got key "label"',
  ],
  ["a key that is null", dict({ score: NUM }), { score: null }, "$.score wants number, got null"],
  [
    "a key in an item",
    list(dict({ box: list(NUM) })),
    [{ box: [1] }, { bbox: [1] }],
    '$[1] wants key "box", got key "bbox"; did you mean "bbox"?',
  ],
  ["too few keys", { type: "object", minProperties: 1 }, {}, "$ wants at least 1 key, got 0"],
  [
    "too many keys",
    { type: "object", maxProperties: 1 },
    { a: 1, b: 2 },
    "$ wants at most 1 key, got 2",
  ],
  [
    "a key of another form",
    { type: "object", propertyNames: { pattern: "^[a-z]+$" } },
    { A: 1 },
    '$ wants keys that are string of another form, got key "A"',
  ],
  [
    "a key outside the patterns",
    { type: "object", patternProperties: { "^x": NUM }, additionalProperties: false },
    { y: 1 },
    '$ wants keys of its patterns only, got key "y"',
  ],
  [
    "a key that another asks for",
    { type: "object", dependentRequired: { mean: ["std"] } },
    { mean: 0.5 },
    '$ wants key "std" beside "mean", got key "mean"',
  ],
  ["a dict as a list", list(NUM), { a: 1 }, '$ wants list, got dict with key "a"'],
  [
    "a dict of indexes as a list",
    list(NUM),
    { 0: 1, 1: 2 },
    '$ wants list, got dict with keys "0", "1"; hint: Object.values(value)',
  ],
  [
    "pairs as a dict",
    dict({ a: NUM }),
    [["a", 1]],
    "$ wants dict, got list of 1; hint: Object.fromEntries(value)",
  ],
  [
    "a list of one dict",
    dict({ a: NUM }),
    [{ a: 1 }],
    "$ wants dict, got list of 1; hint: value[0]",
  ],
  [
    "JSON text as a dict",
    dict({ a: NUM }),
    '{"a": 1}',
    '$ wants dict, got string "{\\"a\\": 1}"; hint: JSON.parse(value)',
  ],
  ["null as a dict", dict({ a: NUM }), null, "$ wants dict, got null"],
];

export const LISTS: readonly Row[] = [
  ["an empty list", list(NUM, { minItems: 1 }), [], "$ wants at least 1 item, got 0"],
  ["one item too few", list(NUM, { minItems: 3, maxItems: 3 }), [1, 2], "$ wants 3 items, got 2"],
  ["a pair of three", PAIR, ["a", 1, 2], "$ wants 2 items, got 3"],
  ["a pair of one", PAIR, ["a"], "$ wants 2 items, got 1"],
  [
    "a pair the wrong way round",
    PAIR,
    [1, "a"],
    "$[0] wants string, got number 1; hint: String(value)",
  ],
  [
    "a short row",
    ROWS,
    [
      [1, 2, 3],
      [4, 5],
    ],
    "$[1] wants 3 items, got 2; hint: the rows are ragged, $[0] has 3",
  ],
  [
    "a long row in front",
    ROWS,
    [
      [1, 2, 3, 4],
      [4, 5, 6],
    ],
    "$[0] wants 3 items, got 4; hint: the rows are ragged, $[1] has 3",
  ],
  ["rows that are all short", ROWS, [[1], [2]], "$[0] wants 3 items, got 1"],
  [
    "a short row deep inside",
    dict({ "a b": list(ROWS) }),
    { "a b": [[[1, 2, 3], []]] },
    '$["a b"][0][1] wants 3 items, got 0; hint: the rows are ragged, $["a b"][0][0] has 3',
  ],
  ["a row that is no list", ROWS, [[1, 2, 3], 4], "$[1] wants list, got number 4"],
  ["a hole in a row", ROWS, [[1, null, 3]], "$[0][1] wants number, got null"],
  ["a number as a list", list(NUM), 5, "$ wants list, got number 5"],
  ["a tensor of rank 0 as a list", list(NUM), of("int8", []), "$ wants list, got tensor int8 []"],
  [
    "a matrix of bools as nested lists",
    list(list(BOOL)),
    of("bool", [2, 2]),
    "$ wants list, got tensor bool [2, 2]; hint: .tolist()",
  ],
  [
    "what a list must hold",
    { type: "array", contains: { const: 0 }, minContains: 2 },
    [0, 1],
    "$ wants at least 2 of its items to be 0, got 1",
  ],
  [
    "none of two forms of items",
    list({ anyOf: [NUM, list(NUM)] }),
    ["a"],
    '$[0] wants one of: number, list of numbers; got string "a"',
  ],
];
