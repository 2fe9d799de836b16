// Lists and dicts of MessagePack taken apart without being decoded, against an independent packer.

import fc from "fast-check";
import { Packr } from "msgpackr";
import { describe, expect, test } from "vitest";

import { bytesIn, endOf, entriesIn, itemsIn, textIn } from "../../src/wire/slices.ts";

const packr = new Packr({ useRecords: false, variableMapSize: true });
const packed = (value: unknown) => new Uint8Array(packr.pack(value));
const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
const RULES = { itemsMax: 100_000, malformed: "BAD_REQUEST" } as const;
const plain = (slice: Uint8Array | undefined) => Buffer.from(slice ?? []).toString("hex");

const value = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ maxLength: 300 }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.float(),
  fc.array(fc.nat(300), { minLength: 10, maxLength: 40 }),
);

describe("entriesIn()", () => {
  test("finds the bytes that each value was packed as", () => {
    const key = fc.string({ maxLength: 40 }).filter((name) => name !== "__proto__");
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 20 }), (dict) => {
        const found = entriesIn(packed(dict), RULES);
        const entries = Object.entries(dict).map(([name, one]) => [name, plain(packed(one))]);
        expect([...(found ?? [])].map(([name, slice]) => [name, plain(slice)])).toEqual(entries);
      }),
    );
  });

  test("finds the end of every value that a byte can begin", () => {
    // By the table of the specification: what follows a first byte, in bytes.
    const ROWS: Readonly<Record<string, string>> = {
      ...{ c0: "", c2: "", c3: "", c4: "0109", c5: "000109", c6: "0000000109" },
      ...{ c7: "010500", c8: "00010500", c9: "000000010500" },
      ...{ ca: "00".repeat(4), cb: "00".repeat(8), cc: "00", cd: "0000", ce: "00000000" },
      ...{ cf: "00".repeat(8), d0: "00", d1: "0000", d2: "00000000", d3: "00".repeat(8) },
      ...{ d4: "0500", d5: "050000", d6: "0500000000", d7: `05${"00".repeat(8)}` },
      ...{ d8: `05${"00".repeat(16)}`, d9: "0161", da: "000161", db: "0000000161" },
      ...{ dc: "0001c0", dd: "00000001c0", de: "0001a161c0", df: "00000001a161c0" },
      ...{ "00": "", ff: "", a1: "61", bf: "61".repeat(31), 92: "c0c0", 81: "a161c0", 90: "" },
    };
    for (const [first, rest] of Object.entries(ROWS)) {
      const bytes = hex(`${first}${rest}`);
      expect([first, endOf(hex(`${first}${rest}c0`), 0, RULES)]).toEqual([first, bytes.length]);
      for (let cut = 0; cut < bytes.length; cut++) {
        expect(() => endOf(bytes.subarray(0, cut), 0, RULES), `${first} cut`).toThrow("wants");
      }
    }
  });

  const REFUSED: readonly [says: string, bytes: string, path: string][] = [
    ["nothing", "", "byte 0"],
    ["a value behind it", "80c0", "byte 1"],
    ["a key that is a number", "8101c0", "byte 1"],
    ["a key that is bytes", "81c40161c0", "byte 1"],
    ["a key that is there twice", "82a161c0a161c0", "byte 4"],
    ["a count that lies", "dfffffffffa161c0", "byte 0"],
    ["a count that is cut off", "df0000", "byte 0"],
    ["a list in it that lies", "81a161ddffffffff", "byte 3"],
    ["a string in it that lies", "81a161db7fffffff61", "byte 3"],
    ["nesting without an end", `81a161${"91".repeat(100_000)}`, "byte 100003"],
  ];
  test.each(REFUSED)("refuses %s", (_says, bytes, path) => {
    const code = "BAD_REQUEST";
    let refused: unknown;
    try {
      entriesIn(hex(bytes), RULES);
    } catch (error) {
      refused = error;
    }
    expect(refused).toMatchObject({ code, path });
  });

  test("takes so many entries and no more, and nothing but a dict", () => {
    const dict = packed({ a: 1, b: 2 });
    expect(entriesIn(dict, { ...RULES, itemsMax: 2 })?.size).toBe(2);
    expect(() => entriesIn(dict, { ...RULES, itemsMax: 1 })).toThrow("at most 1 items, got 2");
    for (const bytes of ["c0", "90", "a161", "dc0000"]) {
      expect(entriesIn(hex(bytes), RULES)).toBeUndefined();
    }
  });
});

describe("itemsIn()", () => {
  test("finds the bytes that each item was packed as", () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 40 }), (list) => {
        const found = itemsIn(packed(list), RULES);
        expect(found?.map(plain)).toEqual(list.map((one) => plain(packed(one))));
      }),
    );
  });

  test("takes nothing but a list, and looks at no byte in vain", () => {
    for (const bytes of ["c0", "80", "a161"]) expect(itemsIn(hex(bytes), RULES)).toBeUndefined();
    expect(() => itemsIn(hex("9201"), RULES)).toThrow("wants a value");
    expect(() => itemsIn(hex("9100ff"), RULES)).toThrow("behind it");
  });
});

test("bytesIn() and textIn() give views on what is bytes and what is text", () => {
  const bytes = packed(Buffer.alloc(70_000, 7));
  expect(bytesIn(bytes)?.length).toBe(70_000);
  expect(bytesIn(bytes)?.buffer).toBe(bytes.buffer);
  for (const text of ["", "é", "a".repeat(40), "b".repeat(70_000)]) {
    expect(textIn(packed(text))).toBe(text);
    expect(bytesIn(packed(text))).toBeUndefined();
  }
  expect(textIn(bytes)).toBeUndefined();
});
