/**
 * Pictures that lie: small files that ask a decoder for gigabytes, and files that are none.
 *
 * Each is given to an honest hook that decodes what it gets.
 *
 * @module
 */

import { crc32, deflateSync } from "node:zlib";

import type { HookAttack } from "../attack.ts";

const DECODE = `async (d, files) => {
  const { Jimp } = require("jimp");
  const image = await Jimp.fromBuffer(files[0]);
  return [image.width, image.height];
}`;

/** How a hook ends that decodes what has a size it may have. */
const DECODED = ["value", "HOOK_THREW", "LIBRARY_REFUSED", "HOOK_MEMORY", "HOOK_TIMEOUT"] as const;
const REFUSED = ["HOOK_THREW", "LIBRARY_REFUSED"] as const;
const PIXELS = /over the limit of \d+ pixels|not allowed/;
const NO_PICTURE = /wants a file of|not allowed/;

const PNG = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

interface Png {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample, and the type of colour: 6 is RGBA. */
  readonly bits?: number;
  readonly colour?: number;
  readonly data?: Uint8Array;
  /** Chunks in front of the data. */
  readonly extra?: readonly Buffer[];
}

function png({ width, height, bits = 8, colour = 6, data, extra = [] }: Png): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, colour, 0, 0, 0], 8);
  const pixels = deflateSync(data ?? new Uint8Array(64));
  const chunks = [chunk("IHDR", header), ...extra, chunk("IDAT", pixels)];
  return Buffer.concat([PNG, ...chunks, chunk("IEND", Buffer.alloc(0))]);
}

/** Text, compressed: 300 MB of the same letter in a few hundred KB, made in pieces of one. */
function textBomb(): Buffer {
  const keyword = Buffer.from("Comment\0\0", "latin1");
  return chunk("zTXt", Buffer.concat([keyword, deflateSync(new Uint8Array(32 << 20))]));
}

function gif(width: number, height: number, frames = 1): Uint8Array {
  const head = Buffer.from("GIF89a\0\0\0\0\0\0\0", "latin1");
  head.writeUInt16LE(width, 6);
  head.writeUInt16LE(height, 8);
  const frame = Buffer.from("2c00000000000000000002024401003b", "hex");
  frame.writeUInt16LE(width, 5);
  frame.writeUInt16LE(height, 7);
  const body = Array<Buffer>(frames).fill(frame.subarray(0, 15));
  return Buffer.concat([head, ...body, Buffer.from([0x3b])]);
}

function jpeg(width: number, height: number): Uint8Array {
  const out = Buffer.from("ffd8ffc0001108000000000301220002110103110100ffd9", "hex");
  out.writeUInt16BE(height, 7);
  out.writeUInt16BE(width, 9);
  return out;
}

function bmp(width: number, height: number): Uint8Array {
  const out = Buffer.alloc(58);
  out.write("BM", "latin1");
  out.writeUInt32LE(58, 2);
  out.writeUInt32LE(54, 10);
  out.writeUInt32LE(40, 14);
  out.writeInt32LE(width, 18);
  out.writeInt32LE(height, 22);
  out.writeUInt16LE(1, 26);
  out.writeUInt16LE(24, 28);
  return out;
}

/** A TIFF of one directory, with these tags as four-byte numbers, and where the next one is. */
function tiff(next: number, tags: readonly (readonly [tag: number, value: number])[]): Uint8Array {
  const out = Buffer.alloc(8 + 2 + 12 * tags.length + 4);
  out.write("II*\0", "latin1");
  out.writeUInt32LE(8, 4);
  out.writeUInt16LE(tags.length, 8);
  for (const [i, [tag, value]] of tags.entries()) {
    const at = 10 + 12 * i;
    out.writeUInt16LE(tag, at);
    out.writeUInt16LE(4, at + 2);
    out.writeUInt32LE(1, at + 4);
    out.writeUInt32LE(value, at + 8);
  }
  out.writeUInt32LE(next, out.length - 4);
  return out;
}

/** Each file, what it is, and what is said where nothing may decode it. */
const FILES: readonly [
  id: string,
  says: string,
  file: () => Uint8Array,
  refusal: RegExp | undefined,
][] = [
  ["G1", "a GIF of 35 bytes that says 65535 by 65535", () => gif(65535, 65535), PIXELS],
  ["G1.frames", "a GIF of a thousand frames", () => gif(4000, 4000, 1000), PIXELS],
  [
    "G3",
    "a PNG of 20000 by 20000 in black and white",
    () => {
      const data = new Uint8Array(20000 * 2501);
      return png({ width: 20000, height: 20000, bits: 1, colour: 0, data });
    },
    PIXELS,
  ],
  ["G4", "a PNG of 12000 by 12000", () => png({ width: 12000, height: 12000 }), PIXELS],
  [
    "G4.just",
    "a PNG of just as many pixels as are let through, and none of them there",
    () => png({ width: 4000, height: 4000 }),
    undefined,
  ],
  [
    "G5",
    "a PNG of 92 bytes that says 100000 by 100000",
    () => png({ width: 1e5, height: 1e5 }),
    PIXELS,
  ],
  ["G5.zero", "a PNG without pixels", () => png({ width: 0, height: 0 }), undefined],
  [
    "G5.negative",
    "a PNG whose width is 2^32 less one",
    () => png({ width: 2 ** 32 - 1, height: 2 ** 32 - 1 }),
    PIXELS,
  ],
  [
    "G6",
    "a PNG with a compressed text that grows to a hundred times its size",
    () => png({ width: 4, height: 4, data: new Uint8Array(4 * 17), extra: [textBomb()] }),
    undefined,
  ],
  [
    "G6.data",
    "a PNG whose pixels grow beyond their number",
    () => png({ width: 4, height: 4, data: new Uint8Array(64 << 20) }),
    undefined,
  ],
  [
    "G6.again",
    "a PNG with a second header behind the first, a larger one",
    () => {
      const header = Buffer.alloc(13);
      header.writeUInt32BE(30000, 0);
      header.writeUInt32BE(30000, 4);
      header.set([8, 6, 0, 0, 0], 8);
      return png({ width: 4, height: 4, extra: [chunk("IHDR", header)] });
    },
    undefined,
  ],
  ["G7", "a JPEG of 24 bytes that says 65500 by 65500", () => jpeg(65500, 65500), PIXELS],
  [
    "G7.again",
    "a JPEG with two sizes, a small one first",
    () => Buffer.concat([jpeg(8, 8).subarray(0, -2), jpeg(65500, 65500).subarray(2)]),
    PIXELS,
  ],
  ["G8.bmp", "a BMP that says 60000 by 60000", () => bmp(60000, 60000), PIXELS],
  ["G8.negative", "a BMP that says less than nothing", () => bmp(-60000, -2147483648), undefined],
  [
    "G8.tiff",
    "a TIFF that says 60000 by 60000",
    () =>
      tiff(0, [
        [256, 60000],
        [257, 60000],
        [258, 8],
        [259, 1],
        [273, 0],
        [279, 4],
      ]),
    PIXELS,
  ],
  [
    "G8.loop",
    "a TIFF whose directory comes after itself",
    () =>
      tiff(8, [
        [256, 4],
        [257, 4],
        [258, 8],
        [259, 1],
        [273, 8],
        [279, 4],
      ]),
    undefined,
  ],
  [
    "G9.asf",
    "the header of an ASF, which held file-type in a loop",
    () => Buffer.concat([Buffer.from("3026b2758e66cf11a6d900aa0062ce6c", "hex"), Buffer.alloc(64)]),
    NO_PICTURE,
  ],
  [
    "G9.mkv",
    "the header of a Matroska file, which did too",
    () => Buffer.concat([Buffer.from("1a45dfa3", "hex"), Buffer.alloc(64, 0xff)]),
    NO_PICTURE,
  ],
  [
    "G9.cut",
    "a PNG that ends in its size",
    () => png({ width: 4, height: 4 }).subarray(0, 20),
    NO_PICTURE,
  ],
  ["G9.empty", "a picture of no bytes", () => new Uint8Array(0), NO_PICTURE],
  [
    "G10",
    "an SVG with entities that grow",
    () => Buffer.from('<!DOCTYPE s [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>'),
    NO_PICTURE,
  ],
  [
    "G10.script",
    "a PNG that is a script too",
    () => Buffer.concat([PNG, Buffer.from("*/ globalThis.evil = 1; /*")]),
    NO_PICTURE,
  ],
];

const FILE_ROWS = FILES.map(([id, says, file, refusal]): HookAttack => ({
  id,
  says,
  source: DECODE,
  files: () => [file()],
  ends: refusal ? REFUSED : DECODED,
  ...(refusal && { detail: refusal }),
}));

export const IMAGES: readonly HookAttack[] = [
  ...FILE_ROWS,
  {
    id: "G9.every",
    says: "a PNG that ends at each of its bytes",
    source: `async (d, files) => {
      const { Jimp } = require("jimp");
      let refused = 0;
      for (let end = 0; end < files[0].length; end++) {
        try { await Jimp.fromBuffer(files[0].slice(0, end)); } catch { refused += 1; }
      }
      return files[0].length - refused;
    }`,
    // Each of 4 rows is its filter and 4 pixels.
    files: () => [png({ width: 4, height: 4, data: new Uint8Array(4 * 17) })],
    limits: { wallMs: 2_000 },
    ends: ["value", "LIBRARY_REFUSED"],
    // What is cut off behind the pixels may be read.
    holds: (value) => Number(value) <= 16,
  },
  {
    id: "G10.path",
    says: "a path and an address in the place of bytes",
    source: `async (d) => {
      const { Jimp } = require("jimp");
      const said = [];
      for (const what of ["/etc/passwd", "file:///etc/passwd", "https://example.org/x.png"]) {
        for (const name of ["read", "fromBuffer", "fromBitmap"]) {
          try { await Jimp[name](what); said.push(name); } catch {}
        }
      }
      return said;
    }`,
    ends: ["value", "LIBRARY_REFUSED"],
    holds: (value) => Array.isArray(value) && value.length === 0,
  },
  {
    id: "G11",
    says: "a picture made large by a hook, not by a file",
    source: `(d) => {
      const { Jimp } = require("jimp");
      return new Jimp({ width: 60000, height: 60000 }).width;
    }`,
    ends: ["HOOK_THREW", "HOOK_MEMORY", "HOOK_TIMEOUT", "HOOK_CRASHED", "LIBRARY_REFUSED"],
  },
  {
    id: "G11.resize",
    says: "a small picture, made larger than it may be",
    source: `(d) => {
      const { Jimp } = require("jimp");
      return new Jimp({ width: 4, height: 4 }).resize({ w: 50000, h: 50000 }).width;
    }`,
    ends: ["HOOK_THREW", "HOOK_MEMORY", "HOOK_TIMEOUT", "HOOK_CRASHED", "LIBRARY_REFUSED"],
  },
];
