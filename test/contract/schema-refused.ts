/**
 * The rows of `schema.test.ts` for schemas that are refused.
 *
 * @module
 */

import { dict, tensor } from "../../src/contract/schema/schema.ts";

// One row is a schema, and the refusal of it.
const ACCESSOR = Object.defineProperty({}, "type", { enumerable: true, get: () => "number" });
const CYCLE: Record<string, unknown> = {};
CYCLE["items"] = CYCLE;

export const REFUSED: readonly (readonly [name: string, schema: unknown, said: string])[] = [
  ["null", null, "returns wants a schema: a dict or boolean, got null"],
  ["a list", [], "returns wants a schema: a dict or boolean, got empty list"],
  ["a Proxy inside", { items: new Proxy({}, {}) }, "returns.items wants plain JSON, got a Proxy"],
  ["an accessor", ACCESSOR, "returns.type wants a value, got an accessor"],
  ["a function", { default: () => 1 }, "returns.default wants plain JSON, got function"],
  ["a cycle", CYCLE, "returns.items wants plain JSON, got a cycle"],
  [
    "__proto__",
    JSON.parse('{"properties":{"__proto__":{}}}'),
    'returns.properties wants no key "__proto__"',
  ],
  [
    "too many values",
    { enum: Array.from({ length: 10_001 }, () => 1) },
    "returns wants at most 10000 values in it",
  ],
  ["too many bytes", { title: "x".repeat(262_145) }, "returns wants at most 262144 bytes as JSON"],
  [
    "too many siblings",
    { allOf: Array.from({ length: 1001 }, () => true) },
    "returns.allOf wants at most 1000 schemas, got 1001",
  ],
  [
    "a typing error",
    { properties: { x: { maxLenght: 1 } } },
    'returns.properties.x has an unknown keyword "maxLenght"; did you mean "maxLength"?',
  ],
  ["an unknown keyword", { colour: 1 }, 'returns has an unknown keyword "colour"'],
  [
    "a format",
    { format: "date" },
    "returns.format is not checked here, so it is refused; say it with pattern",
  ],
  [
    "$dynamicRef",
    { $dynamicRef: "#a" },
    "returns.$dynamicRef is not supported; $ref with $defs does most of it",
  ],
  [
    "a remote $ref",
    { $ref: "http://a.example/b" },
    'returns.$ref wants a reference into this schema, such as "#/$defs/row", got "http://a.example/b"',
  ],
  [
    "a $ref to nowhere",
    { $ref: "#/$defs/rox", $defs: { row: {} } },
    'returns.$ref finds no schema at "#/$defs/rox"; did you mean "#/$defs/row"?',
  ],
  [
    "a $ref to no schema",
    { $ref: "#/title", title: "a" },
    'returns.$ref finds no schema at "#/title"',
  ],
  ["a $ref to itself", { $ref: "#" }, "returns refers back to itself over the very same value"],
  [
    "a type of ours",
    { type: "dict" },
    'returns.type wants one of null, boolean, number, integer, string, array, object, got string "dict"; did you mean "object"?',
  ],
  [
    "a bound that is no number",
    { minItems: "3" },
    'returns.minItems wants a whole number from 0, got string "3"',
  ],
  [
    "an axis of 1.5",
    dict({ scores: tensor("int8", [1, 1.5]) }),
    "returns.properties.scores.tensor.shape[1] wants a whole number, -1 or null for any length, or a name such as batch, got number 1.5",
  ],
  [
    "an unknown dtype",
    { tensor: { dtype: "float31" } },
    'returns.tensor.dtype wants a dtype of float64, float32, float16, bfloat16, int64, int32, int16, int8, uint64, uint32, uint16, uint8, bool, got string "float31"; did you mean "float32"?',
  ],
  [
    "a nested loop",
    { pattern: "^(a+)+$" },
    "returns.pattern wants no loop around a choice or another loop in its pattern",
  ],
  [
    "a loop around a choice",
    { pattern: "^(a|a)*$" },
    "returns.pattern wants no loop around a choice or another loop in its pattern",
  ],
  [
    "a lookahead",
    { pattern: "(?=a)b" },
    "returns.pattern wants no lookaround and no flags in its pattern",
  ],
  [
    "a backreference",
    { pattern: "(a)\\1" },
    "returns.pattern wants no backreference in its pattern",
  ],
  [
    "many choices",
    { pattern: `^${"a?".repeat(40)}$` },
    "returns.pattern wants a pattern with fewer loops and choices: this one may match in too many ways",
  ],
  [
    "many choices of a key",
    { patternProperties: { "(x+)*": {} } },
    'returns.patternProperties["(x+)*"] wants no loop around a choice or another loop in its pattern',
  ],
];
