/**
 * jimp in a bare isolate, against pixels worked out with Pillow, and against hostile files.
 *
 * `vectors.py` says how the vectors came to be.
 *
 * @module
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { crc32, deflateSync } from "node:zlib";

import { afterAll, beforeAll, expect, test } from "vitest";

import { bundleLibraries } from "../../build/libraries.ts";
import { type Bare, bareIsolate } from "./isolate.ts";
import { type Shown, VECTORS } from "./vectors.ts";

const folder = mkdtempSync(join(tmpdir(), "bookend-jimp-"));
const outDir = pathToFileURL(`${folder}/`);

let jimp: Bare;

beforeAll(async () => {
  await bundleLibraries(outDir);
  jimp = await bareIsolate(new URL("jimp.js", outDir));
}, 30_000);

afterAll(() => {
  jimp[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

for (const row of VECTORS.images) {
  test(`jimp decodes ${row.name} as Pillow does, within ${row.tolerance}`, async () => {
    const file = Buffer.from(row.file, "base64");
    const got = (await jimp.run("return show(await lib.Jimp.fromBuffer(file))", { file })) as Shown;
    expect(got.dtype).toBe("uint8");
    expect(got.shape).toEqual([row.height, row.width, 4]);
    expectPixels(got.data, row.rgba, row.tolerance);
  });
}

/** Colours that nobody can see, of pixels that are clear, may differ. */
function expectPixels(got: readonly number[], rgba: string, tolerance: number): void {
  const want = Buffer.from(rgba, "base64");
  expect(got.length).toBe(want.length);
  const far = want.findIndex((value, i) => {
    const clear = want[i | 3] === 0;
    return !clear && Math.abs(value - (got[i] ?? Infinity)) > tolerance;
  });
  expect([far, got[far]]).toEqual([-1, undefined]);
}

// A way to half the size, the vector that Pillow made of it, and how far they may be apart.
const RESIZES: readonly [js: string, vector: "half" | "nearest", tolerance: number][] = [
  ["image.resize({ w: 8, h: 6 })", "half", 1],
  ["image.scale(0.5)", "half", 1],
  ["image.scaleToFit({ w: 8, h: 100 })", "half", 1],
  ["image.clone().resize({ w: 8 })", "half", 1],
  ["image.cover({ w: 8, h: 6 })", "half", 1],
];

for (const [js, vector, tolerance] of RESIZES) {
  test(`jimp gives the pixels of Pillow for ${js}`, async () => {
    const file = Buffer.from(VECTORS.resize.file, "base64");
    const text = `const image = await lib.Jimp.fromBuffer(file); return show(${js})`;
    const got = (await jimp.run(text, { file })) as Shown;
    expect(got.shape).toEqual([6, 8, 4]);
    expectPixels(got.data, VECTORS.resize[vector], tolerance);
  });
}

const PNG = Buffer.from(VECTORS.images[0]?.file ?? "", "base64");

// Ways to hand over the same file.
const BYTES: readonly [name: string, js: string][] = [
  ["a Uint8Array", "file"],
  ["an ArrayBuffer", "file.buffer.slice(file.byteOffset, file.byteOffset + file.length)"],
  [
    "a window on a larger buffer",
    "(() => { const b = new Uint8Array(file.length + 9); b.set(file, 5); return b.subarray(5, 5 + file.length) })()",
  ],
];

for (const [name, js] of BYTES) {
  test(`Jimp.fromBuffer() and Jimp.read() take ${name}`, async () => {
    const text = `
      const image = await lib.Jimp.fromBuffer(${js});
      const other = await lib.Jimp.read(${js});
      return [image.width, image.mime, other.height, image instanceof lib.Jimp];
    `;
    expect(await jimp.run(text, { file: PNG })).toEqual([9, "image/png", 7, true]);
  });
}

test("Jimp writes every format that it reads", async () => {
  const text = `
    const image = await lib.Jimp.fromBuffer(file);
    const sizes = [];
    for (const mime of ["image/png", "image/jpeg", "image/gif", "image/bmp", "image/tiff"]) {
      const back = await lib.Jimp.fromBuffer(await image.clone().getBuffer(mime));
      sizes.push(back.mime, back.width * back.height);
    }
    return sizes.join(" ");
  `;
  const want = ["png", "jpeg", "gif", "bmp", "tiff"].map((name) => `image/${name} 63`).join(" ");
  expect(await jimp.run(text, { file: PNG })).toBe(want);
});

test("Jimp.fromBitmap() honours the offset of a window, and copies", async () => {
  const text = `
    const all = new Uint8Array([9, 9, 9, 9, 1, 2, 3, 4]);
    const data = all.subarray(4);
    const image = lib.Jimp.fromBitmap({ width: 1, height: 1, data });
    const other = new lib.Jimp({ width: 1, height: 1, data });
    all.fill(7);
    return [show(image).data, show(other).data, show(image.clone()).data];
  `;
  expect(await jimp.run(text)).toEqual(Array(3).fill([1, 2, 3, 4]));
});

test("jimp exports its helpers", async () => {
  const text = `
    const { r, g, b, a } = lib.intToRGBA(lib.rgbaToInt(1, 2, 3, 4));
    const names = ["ResizeStrategy", "JimpMime", "HorizontalAlign", "VerticalAlign", "BlendMode"];
    return [r, g, b, a, ...names.map((name) => typeof lib[name])];
  `;
  expect(await jimp.run(text)).toEqual([1, 2, 3, 4, ...Array<string>(5).fill("object")]);
});

const OVER = "is over the limit of 1000000 pixels";
const GIF_65535 = Buffer.from("R0lGODlh/////4AAAAAAAP///ywAAAAA/////wACAkQBADs=", "base64");
const NO_FILE = "there is no file and no network here";

// What jimp refuses, and the text that says why.
const JIMP_REFUSES: readonly [js: string, message: string][] = [
  ["lib.Jimp.fromBuffer(gif)", `RangeError: Image of 65535 × 65535 ${OVER}`],
  ["lib.Jimp.read(gif)", `RangeError: Image of 65535 × 65535 ${OVER}`],
  ["lib.Jimp.fromBuffer(many)", `RangeError: Image of 1000 × 500 × 3 frames ${OVER}`],
  [
    "lib.Jimp.read('x.png')",
    `TypeError: Jimp wants the bytes of a file, such as files[0], got "x.png": ${NO_FILE}`,
  ],
  [
    "lib.Jimp.fromBuffer('http://x/')",
    `TypeError: Jimp wants the bytes of a file, such as files[0], got "http://x/": ${NO_FILE}`,
  ],
  [
    "lib.Jimp.read(7)",
    `TypeError: Jimp wants the bytes of a file, such as files[0], got number: ${NO_FILE}`,
  ],
  ["lib.Jimp.fromBuffer(webp)", "Error: The file cannot be decoded"],
  ["small.getBuffer('image/webp')", "Error: jimp writes no WebP here: use image/png or image/jpeg"],
  [
    "lib.Jimp.fromBuffer(new Uint8Array(9))",
    "TypeError: Jimp wants a file of png, jpeg, gif, bmp, tiff, webp, got something else",
  ],
  ["new lib.Jimp({ width: 1001, height: 1000 })", `RangeError: Image of 1001 × 1000 ${OVER}`],
  [
    "new small.constructor({ width: 1e9, height: 1e9 })",
    `RangeError: Image of 1000000000 × 1000000000 ${OVER}`,
  ],
  [
    "new lib.Jimp({ width: -1, height: 3 })",
    "RangeError: Image wants a width and a height, got -1, 3",
  ],
  ["new lib.Jimp({})", "RangeError: Image wants a width and a height, got undefined, undefined"],
  [
    "new lib.Jimp({ width: 2, height: 2, data: new Uint8Array(15) })",
    "RangeError: Image of 2 × 2 wants 16 bytes of RGBA, got 15",
  ],
  ["small.resize({ w: 1e6, h: 2 })", `RangeError: Image of 1000000 × 2 ${OVER}`],
  ["small.resize({ h: 2000 })", `RangeError: Image of 2000 × 2000 ${OVER}`],
  ["small.resize({ w: Infinity, h: 2 })", `RangeError: Image of Infinity × 2 ${OVER}`],
  ["small.clone().scale(1e4)", `RangeError: Image of 20000 × 20000 ${OVER}`],
  ["small.scaleToFit({ w: 5000, h: 5000 })", `RangeError: Image of 5000 × 5000 ${OVER}`],
  ["small.contain({ w: 5000, h: 5000 })", `RangeError: Image of 5000 × 5000 ${OVER}`],
  ["small.cover({ w: 5000, h: 5000 })", `RangeError: Image of 5000 × 5000 ${OVER}`],
  ["small.crop({ x: 0, y: 0, w: 5000, h: 5000 })", `RangeError: Image of 5000 × 5000 ${OVER}`],
  [
    "new lib.Jimp({ width: 1, height: 1e6 }).resize({ w: 5, h: 1 })",
    `RangeError: Image of 5 × 1000000 ${OVER}`,
  ],
  [
    "new lib.Jimp({ width: 1000, height: 1000 }).rotate(45)",
    `RangeError: Image of 1416 × 1416 ${OVER}`,
  ],
  [
    "small.write('x.png')",
    "Error: jimp has no files here: use Jimp.fromBuffer(bytes) and image.getBuffer(mime)",
  ],
  [
    "small.print({ font: {}, x: 0, y: 0, text: 'x' })",
    "Error: jimp prints no text here: its fonts are files, and there are none",
  ],
];

for (const [js, message] of JIMP_REFUSES) {
  test(`jimp refuses ${js}`, async () => {
    const image = "const small = new lib.Jimp({ width: 2, height: 2 });";
    const text = `${image} try { return String(await (${js})) } catch (e) { return String(e) }`;
    const began = performance.now();
    const webp = Buffer.from("RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\0\0\0\0", "latin1");
    expect(await jimp.run(text, { gif: GIF_65535, many: gifOf(1000, 500, 3), webp })).toBe(message);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
}

function gifOf(width: number, height: number, frames: number): Uint8Array {
  const size = [width & 255, width >> 8, height & 255, height >> 8];
  const frame = [0x2c, 0, 0, 0, 0, ...size, 0, 2, 0];
  const head = [...Buffer.from("GIF89a"), ...size, 0, 0, 0];
  return Uint8Array.from([...head, ...Array<number[]>(frames).fill(frame).flat(), 0x3b]);
}

test("jimp throws, and does not hang or end the isolate, on a file cut at any byte", async () => {
  for (const row of VECTORS.images.filter(({ file }) => file.length < 1_000)) {
    const file = Buffer.from(row.file, "base64");
    const text = `
      let ends = 0;
      for (let i = 0; i < file.length; i++) {
        await lib.Jimp.fromBuffer(file.subarray(0, i)).then(() => ends++, () => ends++);
      }
      return ends;
    `;
    expect(await jimp.run(text, { file })).toBe(file.length);
  }
}, 30_000);

test("jimp refuses a GIF whose table of codes points at itself", async () => {
  const row = VECTORS.images.find(({ name }) => name === "gif interlaced");
  const file = Buffer.from(row?.file ?? "", "base64");
  // The second code of the frame: one that no table can hold yet.
  file[123] = 1;
  const text = `return lib.Jimp.fromBuffer(file).then(String, String)`;
  expect(await jimp.run(text, { file })).toBe("Error: GIF has a code too large");
});

test("jimp says so when an honest photograph does not fit in the heap", async () => {
  using bare = await bareIsolate(new URL("jimp.js", outDir), { pixelsMax: 20_000_000 });
  const text = `
    try { return String(await lib.Jimp.fromBuffer(file)) } catch (error) { return String(error) }
  `;
  const message = "RangeError: Image of 5000 × 4000 does not fit in the heap";
  expect(await bare.run(text, { file: greyPng(5000, 4000) })).toBe(message);
});

function greyPng(width: number, height: number): Uint8Array {
  const size = Buffer.alloc(13);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  size[8] = 8;
  const pixels = deflateSync(new Uint8Array((width + 1) * height));
  const chunks = [
    pngChunk("IHDR", size),
    pngChunk("IDAT", pixels),
    pngChunk("IEND", Buffer.alloc(0)),
  ];
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...chunks]);
}

function pngChunk(kind: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(kind), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
