// The TextDecoder and TextEncoder of hooks against those of Node, on any bytes.

import fc from "fast-check";
import { expect, test } from "vitest";

import { TextDecoder as OwnDecoder, TextEncoder as OwnEncoder } from "../../src/guest/text.ts";

const ENCODINGS = ["utf-8", "utf-16le", "windows-1252"] as const;
const OPTIONS = [{}, { ignoreBOM: true }, { fatal: true }, { fatal: true, ignoreBOM: true }];

/** What a decoder makes of bytes: text, or the kind of what it throws. */
function outcome(
  Decoder: typeof TextDecoder,
  encoding: string,
  options: object,
  bytes: Uint8Array,
) {
  try {
    return new Decoder(encoding, options).decode(bytes);
  } catch (error) {
    return (error as Error).name;
  }
}

for (const encoding of ENCODINGS) {
  test(`TextDecoder reads ${encoding} as Node's does, whatever the bytes and the options`, () => {
    const marks = [new Uint8Array(0), Uint8Array.of(0xef, 0xbb, 0xbf), Uint8Array.of(0xff, 0xfe)];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(...marks), (tail, mark) => {
        const bytes = Uint8Array.of(...mark, ...tail);
        for (const options of OPTIONS) {
          const own = outcome(OwnDecoder as never, encoding, options, bytes);
          expect(own).toBe(outcome(TextDecoder, encoding, options, bytes));
        }
      }),
      { numRuns: 500 },
    );
  });
}

test("TextDecoder reads every byte of windows-1252, and long texts, as Node's does", () => {
  const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => i % 256);
  for (const encoding of ENCODINGS) {
    const want = new TextDecoder(encoding).decode(bytes);
    expect(new OwnDecoder(encoding).decode(bytes)).toBe(want);
    const view = new DataView(bytes.buffer, 2, 300);
    expect(new OwnDecoder(encoding).decode(view)).toBe(new TextDecoder(encoding).decode(view));
  }
});

const LABELS = " UTF8\t Latin1 ISO-8859-1 cp1252 us-ascii utf-16 UCS-2 Unicode l1 x-cp1252 utf-8";
for (const label of LABELS.split(" ").filter(Boolean)) {
  test(`TextDecoder knows ${label.trim()} by the name that Node knows it by`, () => {
    expect(new OwnDecoder(label).encoding).toBe(new TextDecoder(label).encoding);
  });
}

test("TextDecoder refuses what it does not know, and parts", () => {
  expect(() => new OwnDecoder("shift_jis")).toThrow(
    "TextDecoder wants one of utf-8, utf-16le, windows-1252 in a hook, got shift_jis",
  );
  const part = () => new OwnDecoder().decode(new Uint8Array(1), { stream: true });
  expect(part).toThrow("hand in all bytes at once");
});

test("TextEncoder writes as Node's does, lone surrogates too", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(new OwnEncoder().encode(text)).toEqual(new TextEncoder().encode(text));
    }),
  );
  expect(new OwnEncoder().encode("a\ud800b")).toEqual(new TextEncoder().encode("a\ud800b"));
});
