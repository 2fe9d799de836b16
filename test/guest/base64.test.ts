// The atob and btoa of hooks against those of Node, on any text.

import fc from "fast-check";
import { expect, test } from "vitest";

import { atob as ownAtob, btoa as ownBtoa } from "../../src/guest/base64.ts";

/** What a function makes of a text; that it throws is all that is compared of an error. */
function outcome(call: (text: string) => string, text: string): string | false {
  try {
    return call(text);
  } catch {
    return false;
  }
}

test("btoa() writes what Node's does, and refuses what it refuses", () => {
  const binary = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)),
  });
  fc.assert(
    fc.property(fc.oneof(binary, fc.string()), (text) => {
      expect(outcome(ownBtoa, text)).toBe(outcome(btoa, text));
    }),
  );
});

test("atob() reads what Node's does, and refuses what it refuses", () => {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \n-_é";
  const near = fc.string({ unit: fc.constantFrom(...digits), maxLength: 12 });
  fc.assert(
    fc.property(fc.oneof(near, fc.base64String(), fc.string()), (text) => {
      expect(outcome(ownAtob, text)).toBe(outcome(atob, text));
    }),
    { numRuns: 2_000 },
  );
});

test("a text of a million bytes comes back", () => {
  const bytes = Buffer.from(Uint8Array.from({ length: 1_000_001 }, (_, i) => (i * 7919) >> 3));
  const binary = bytes.toString("latin1");
  expect(ownBtoa(binary)).toBe(bytes.toString("base64"));
  expect(ownAtob(bytes.toString("base64"))).toBe(binary);
});

test("errors say what is wrong, and where", () => {
  expect(() => ownAtob("ab*d")).toThrow('atob wants base64, got "*" at place 2');
  expect(() => ownBtoa("aé€")).toThrow("btoa wants bytes: codes up to 255, got 8364 at place 2");
});
