// JSON from outside as a value: what it may hold, and what is refused before it is parsed.

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { Refusal } from "../../src/faults.ts";
import { fromJson, toJson } from "../../src/wire/json.ts";

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const WIDE = { nodes: 1_000_000, depth: 1_000 };

function refusalOf(work: () => unknown): Pick<Refusal, "code" | "path" | "detail"> | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { code: error.code, path: error.path, detail: error.detail };
  }
}

// JSON.stringify() writes a double beyond 2^53 as a whole number, which need not be the same one.
const number = fc.oneof(fc.integer(), fc.double({ min: -(2 ** 53), max: 2 ** 53 }));
const leaf = fc.oneof(number, fc.string(), fc.boolean(), fc.constant(null));
const json = fc.object({ values: [leaf], maxDepth: 5 });

describe("fromJson()", () => {
  test("gives what JSON.parse gives", () => {
    fc.assert(
      fc.property(json, fc.constantFrom(0, 2), (value, indent) => {
        const written = JSON.stringify(value, undefined, indent);
        expect(fromJson(bytes(written), WIDE)).toEqual(JSON.parse(written));
      }),
    );
  });

  test("finds the end of every string, whatever stands in it", () => {
    const parts = fc.constantFrom("\\", '"', "{", "[", ",", ":", "1234567890123456789", "é", "a");
    const long = fc.array(parts, { maxLength: 80 }).map((list) => list.join(""));
    fc.assert(
      fc.property(fc.array(long, { maxLength: 4 }), (texts) => {
        // So many values, and no more: what stands in a string is none.
        const bounds = { nodes: texts.length + 2, depth: 1 };
        expect(fromJson(bytes(JSON.stringify(texts)), bounds)).toEqual(texts);
      }),
    );
  });

  // By hand: lists, dicts, keys and leaves, an empty list or dict as two.
  const COUNTS: readonly [text: string, nodes: number, depth: number][] = [
    ["1", 1, 0],
    ["[1,2,3]", 4, 1],
    ['{"a":1,"b":2}', 5, 1],
    ["[[1],[2]]", 5, 2],
    ["[]", 2, 1],
    ['{"a":{"b":[]}}', 6, 3],
    ['[",",":","[",1]', 5, 1],
  ];
  test.each(COUNTS)("counts %s as %i values and %i levels", (text, nodes, depth) => {
    fromJson(bytes(text), { nodes, depth });
    const code = "INPUT_TOO_LARGE";
    const few = () => fromJson(bytes(text), { nodes: nodes - 1, depth });
    expect(refusalOf(few)).toMatchObject({ code, path: "body" });
    if (depth === 0) return;
    const flat = () => fromJson(bytes(text), { nodes, depth: depth - 1 });
    expect(refusalOf(flat)).toMatchObject({ code, detail: expect.stringContaining("levels") });
  });

  const NUMBERS: readonly [text: string, value: number | undefined][] = [
    ["9007199254740991", 2 ** 53 - 1],
    ["-9007199254740991", -(2 ** 53 - 1)],
    ["9007199254740992", 2 ** 53],
    ["-100000000000000000000", -1e20],
    ["1234567890123456800", undefined],
    ["9007199254740993", undefined],
    ["-9007199254740993", undefined],
    ["123456789012345678901234567890", undefined],
    ["9007199254740993.0", 2 ** 53],
    ["0.1234567890123456789", 0.12345678901234568],
    ["1e308", 1e308],
    ["1e309", undefined],
    ["-1E+309", undefined],
    ["1e-400", 0],
    ["1234567890123456e3", 1234567890123456000],
  ];
  test.each(NUMBERS)("reads the number %s as %s", (text, value) => {
    const read = () => fromJson(bytes(`[${text}]`), WIDE, "data");
    if (value === undefined) {
      expect(refusalOf(read)).toMatchObject({ code: "INPUT_MISMATCH", path: "data, byte 1" });
    } else expect(read()).toEqual([value]);
  });

  const WRONG: readonly [says: string, text: Uint8Array, detail: string][] = [
    ["nothing", bytes(""), "got nothing"],
    ["spaces", bytes(" \n"), "got nothing"],
    ["a list that is cut off", bytes("[1"), "wants JSON"],
    ["a string that is cut off", bytes('"a\\'), "wants JSON"],
    ["two values", bytes("1 2"), "wants JSON"],
    ["NaN", bytes("[NaN]"), "wants JSON"],
    ["brackets that close nothing", bytes("]]]]"), "wants JSON"],
    ["no UTF-8", Uint8Array.of(0x22, 0xff, 0x22), "UTF-8"],
    ["UTF-16", new Uint8Array(Buffer.from('{"a":1}', "utf16le")), "wants JSON"],
  ];
  test.each(WRONG)("refuses %s", (_says, text, detail) => {
    expect(refusalOf(() => fromJson(text, WIDE))).toMatchObject({
      ...{ code: "BAD_REQUEST", path: "body", detail: expect.stringContaining(detail) },
    });
  });

  test("takes what toJson() writes", () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = toJson(value);
        expect(fromJson(bytes(text), WIDE)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
