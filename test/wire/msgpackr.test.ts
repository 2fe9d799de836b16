// The msgpackr package as an independent peer: what one side writes, the other reads as the same.

import fc from "fast-check";
import { addExtension, Packr, Unpackr } from "msgpackr";
import { describe, expect, test } from "vitest";

import { encode, fromHex, readings, toHex } from "./bytes.ts";
import { BYTES, LEFT_OUT, NUMBERS, TENSORS, TEXTS, TREES } from "./value-rows.ts";

/** A tensor as msgpackr sees it: the bytes of the extension, unread. */
class Raw {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = Uint8Array.from(bytes);
  }
}

// Global in msgpackr, so in this file alone, whose tests have a process of their own.
addExtension({
  Class: Raw,
  type: 84,
  pack: ({ bytes }: Raw) => Buffer.from(bytes),
  unpack: (bytes: Uint8Array) => new Raw(bytes),
} as Parameters<typeof addExtension>[0]);

const OPTIONS = { useRecords: false, mapsAsObjects: true, int64AsType: "bigint" } as const;
const UNPACKR = new Unpackr(OPTIONS);
const PACKRS = [true, false].map((variableMapSize) => new Packr({ ...OPTIONS, variableMapSize }));

/** Buffers as bytes, whatever class they are of. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null || value instanceof Raw) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}

const bigint = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const text = fc.string({ unit: "grapheme" });
const key = text.filter((one) => one !== "__proto__");
/** What both have: msgpackr packs small bigints as numbers, so bigints are for one way only. */
const values = (leaf: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 5 }, leaf, tie("list"), tie("dict")),
    list: fc.array(tie("value"), { maxLength: 20 }),
    dict: fc.dictionary(key, tie("value"), { maxKeys: 20, noNullPrototype: true }),
  }))["value"] as fc.Arbitrary<unknown>;
const leaf = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  // msgpackr writes -0 as 0, and whole numbers beyond 32 bits may become integers.
  fc.double().filter((one) => !Object.is(one, -0)),
  text,
  fc.uint8Array(),
);

describe("msgpackr reads what encode() writes", () => {
  for (const [name, value, , readAs = value] of [
    ...NUMBERS,
    ...TEXTS,
    ...BYTES,
    ...TREES,
    ...LEFT_OUT,
  ]) {
    test(name, () => expect(plain(UNPACKR.unpack(encode(value)))).toStrictEqual(readAs));
  }

  for (const [name, value, hex] of TENSORS) {
    test(`${name}: the bytes of the extension`, () => {
      const bytes = fromHex(hex);
      const found = UNPACKR.unpack(bytes);
      const raw = (found instanceof Raw ? found : findRaw(found)).bytes;
      expect(toHex(encode(value))).toContain(toHex(raw));
      expect(found instanceof Raw).toBe(!name.startsWith("one "));
    });
  }

  test("any value", () => {
    const property = fc.property(values(fc.oneof(leaf, bigint)), (value) => {
      expect(plain(UNPACKR.unpack(encode(value)))).toStrictEqual(value);
    });
    fc.assert(property, { numRuns: 2000, seed: 1 });
  });
});

function findRaw(value: unknown): Raw {
  const raw = Object.values(value as object).flatMap((one) =>
    Array.isArray(one) || (one && one.constructor === Object)
      ? Object.values(one as object)
      : [one],
  );
  return raw.find((one) => one instanceof Raw) as Raw;
}

describe("scan() and decode() take what msgpackr writes", () => {
  for (const [i, packr] of PACKRS.entries()) {
    const size = i === 0 ? "variable" : "fixed";
    test(`any value, with maps of ${size} size`, () => {
      const property = fc.property(values(leaf), (value) => {
        for (const read of readings(packr.pack(value))) expect(read).toStrictEqual(value);
      });
      fc.assert(property, { numRuns: 2000, seed: 2 });
    });

    test(`every row that JSON has, with maps of ${size} size`, () => {
      for (const [, value, , readAs = value] of [...TEXTS, ...TREES.slice(0, 10), ...NUMBERS]) {
        if (typeof value === "bigint" || (i === 1 && Object.keys(value ?? {}).length > 65_535))
          continue;
        const [read] = readings(packr.pack(value));
        // msgpackr has an integer for whole numbers up to 2^53 beyond 32 bits, and for -0.
        if (typeof read !== "bigint" && !Object.is(value, -0)) expect(read).toStrictEqual(readAs);
      }
    });

    test(`the same bytes again, with maps of ${size} size`, () => {
      const property = fc.property(values(leaf), (value) => {
        const [read] = readings(packr.pack(value));
        expect(plain(UNPACKR.unpack(encode(read)))).toStrictEqual(value);
      });
      fc.assert(property, { numRuns: 500, seed: 3 });
    });
  }

  test("its own extensions are refused: dates, sets, errors, records", () => {
    const records = new Packr({ useRecords: true });
    const clones = new Packr({ structuredClone: true, useRecords: false, moreTypes: true });
    const ring: unknown[] = [];
    ring.push(ring);
    for (const bytes of [
      records.pack([{ a: 1 }, { a: 2 }]),
      ...[new Date(0), new Set([1]), /a/, new Error("no"), ring].map((one) => clones.pack([one])),
    ]) {
      expect(() => readings(bytes)).toThrow(/no extension but|wants a value that Bookend knows/);
    }
  });
});
