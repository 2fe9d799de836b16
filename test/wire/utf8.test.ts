// UTF-8 in plain JavaScript against the platform's own TextEncoder and TextDecoder.

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { HOST_TEXT, readText } from "../../src/wire/text.ts";
import { readUtf8, utf8Length, writeUtf8 } from "../../src/wire/utf8.ts";
import { fromHex, toHex } from "./bytes.ts";

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

function written(text: string): string {
  const bytes = new Uint8Array(3 * text.length + 2);
  const end = writeUtf8(text, bytes, 1);
  expect([bytes[0], bytes[end]]).toEqual([0, 0]);
  return toHex(bytes.subarray(1, end));
}

/** Reads as both readers do, with other bytes on both sides; they must agree. */
function read(bytes: Uint8Array): string {
  const whole = Buffer.concat([fromHex("f0"), bytes, fromHex("80bf")]);
  const text = readUtf8(whole, 1, 1 + bytes.length);
  expect(readText(whole, 1, 1 + bytes.length)).toBe(text);
  return text;
}

const WHOLE: readonly (readonly [name: string, text: string, hex: string])[] = [
  ["nothing", "", ""],
  ["U+0000", "\0", "00"],
  ["U+007F", "\x7F", "7f"],
  ["U+0080", "\x80", "c280"],
  ["U+07FF", "\u07FF", "dfbf"],
  ["U+0800", "\u0800", "e0a080"],
  ["U+D7FF, before the surrogates", "\uD7FF", "ed9fbf"],
  ["U+E000, behind them", "\uE000", "ee8080"],
  ["U+FEFF, kept", "\uFEFF", "efbbbf"],
  ["U+FFFF", "\uFFFF", "efbfbf"],
  ["U+10000", "\u{10000}", "f0908080"],
  ["U+10FFFF", "\u{10FFFF}", "f48fbfbf"],
  ["all lengths in one", "a\u00E9\u20AC\u{1F408}", "61c3a9e282acf09f9088"],
];

// Text, its length, and what is written: -1 and U+FFFD for each half that stands alone.
const HALVES: readonly (readonly [name: string, text: string, hex: string])[] = [
  ["a high half", "\uD800", "efbfbd"],
  ["a low half", "\uDC00", "efbfbd"],
  ["a high half before text", "\uD83Da", "efbfbd61"],
  ["a high half at the end", "a\uD83D", "61efbfbd"],
  ["two high halves and a low one", "\uD83D\uD83D\uDC08", "efbfbdf09f9088"],
  ["a pair and a low half", "\uD83D\uDC08\uDC08", "f09f9088efbfbd"],
  ["the wrong order", "\uDC08\uD83D", "efbfbdefbfbd"],
];

// What is no UTF-8, and how many U+FFFD it is by the Encoding Standard.
const BROKEN: readonly (readonly [name: string, hex: string, text: string])[] = [
  ["a byte that only continues", "80", "\uFFFD"],
  ["two of them", "80bf", "\uFFFD\uFFFD"],
  ["c0 and c1, which begin nothing", "c080c1bf", "\uFFFD\uFFFD\uFFFD\uFFFD"],
  ["f5 to ff", "f5f8feff", "\uFFFD\uFFFD\uFFFD\uFFFD"],
  ["two bytes without the second", "c3", "\uFFFD"],
  ["two bytes cut by text", "c361", "\uFFFDa"],
  ["three bytes cut after the second", "e282", "\uFFFD"],
  ["three bytes cut by text", "e28261", "\uFFFDa"],
  ["four bytes cut after the third", "f09f90", "\uFFFD"],
  ["four bytes cut by another four", "f09f90f09f9088", "\uFFFD\u{1F408}"],
  ["three bytes in a long form", "e08080", "\uFFFD\uFFFD\uFFFD"],
  ["four bytes in a long form", "f0808080", "\uFFFD\uFFFD\uFFFD\uFFFD"],
  ["a surrogate", "eda080", "\uFFFD\uFFFD\uFFFD"],
  ["a pair as six bytes", "eda0bdedb088", "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD"],
  ["beyond U+10FFFF", "f4908080", "\uFFFD\uFFFD\uFFFD\uFFFD"],
  ["a good start behind a bad one", "c3c3a9", "\uFFFD\u00E9"],
];

describe("utf8", () => {
  for (const [name, text, hex] of WHOLE) {
    test(`counts, writes and reads ${name}`, () => {
      expect(utf8Length(text)).toBe(hex.length / 2);
      expect(written(text)).toBe(hex);
      expect(read(fromHex(hex))).toBe(text);
    });
  }

  for (const [name, text, hex] of HALVES) {
    test(`utf8Length() finds, writeUtf8() replaces ${name}`, () => {
      expect(utf8Length(text)).toBe(-1);
      expect(written(text)).toBe(hex);
    });
  }

  for (const [name, hex, text] of BROKEN) {
    test(`readUtf8() and readText() replace ${name}`, () => {
      expect(read(fromHex(hex))).toBe(text);
      // The same behind a text that is longer than what is read unit by unit.
      expect(read(Buffer.concat([Buffer.alloc(30, 0x61), fromHex(hex)]))).toBe(
        `${"a".repeat(30)}${text}`,
      );
      expect(DECODER.decode(fromHex(hex))).toBe(text);
    });
  }

  test.each([15, 16, 17, 23, 24, 25, 1023, 1024, 1025, 5000])(
    "reads %d characters of each length, wherever a chunk ends",
    (length) => {
      for (const one of ["a", "é", "€", "🐈"]) {
        for (const before of ["", "b"]) {
          const text = before + one.repeat(length);
          expect(read(ENCODER.encode(text))).toBe(text);
        }
      }
    },
  );

  test("agrees with TextEncoder on any text", () => {
    const property = fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
      const bytes = ENCODER.encode(text);
      expect(utf8Length(text)).toBe(text.isWellFormed() ? bytes.length : -1);
      expect(written(text)).toBe(toHex(bytes));
      expect(read(bytes)).toBe(text.toWellFormed());
    });
    fc.assert(property, { numRuns: 5000, seed: 1 });
  });

  test("HOST_TEXT agrees with it on any text, short and long, halves among them", () => {
    const unit = fc.oneof(fc.integer({ min: 0xd7f0, max: 0xe010 }), fc.nat(0xffff), fc.nat(0x7f));
    const property = fc.property(fc.array(unit, { maxLength: 120 }), fc.nat(9), (units, start) => {
      const text = String.fromCharCode(...units);
      expect(HOST_TEXT.length(text)).toBe(utf8Length(text));
      if (!text.isWellFormed()) return;
      const [own, plain] = [new Uint8Array(400), new Uint8Array(400)];
      expect(HOST_TEXT.write(text, own, start)).toBe(writeUtf8(text, plain, start));
      expect(own).toEqual(plain);
    });
    fc.assert(property, { numRuns: 5000, seed: 4 });
  });

  test("agrees with TextEncoder on any units, halves among them", () => {
    const unit = fc.oneof(fc.integer({ min: 0xd7f0, max: 0xe010 }), fc.nat(0xffff));
    const property = fc.property(fc.array(unit, { maxLength: 30 }), (units) => {
      const text = String.fromCharCode(...units);
      const bytes = ENCODER.encode(text);
      expect(utf8Length(text)).toBe(text.isWellFormed() ? bytes.length : -1);
      expect(written(text)).toBe(toHex(bytes));
    });
    fc.assert(property, { numRuns: 5000, seed: 2 });
  });

  test("agrees with TextDecoder on any bytes", () => {
    const lead = fc.constantFrom(
      0xc2,
      0xe0,
      0xe2,
      0xed,
      0xef,
      0xf0,
      0xf4,
      0x80,
      0x90,
      0xbf,
      0x9f,
      0x61,
    );
    const bytes = fc.array(fc.oneof(lead, fc.integer({ min: 0, max: 255 })), { maxLength: 60 });
    const property = fc.property(bytes, (list) => {
      const one = Uint8Array.from(list);
      expect(read(one)).toBe(DECODER.decode(one));
    });
    fc.assert(property, { numRuns: 20_000, seed: 3 });
  });
});
