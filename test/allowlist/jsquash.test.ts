/**
 * The library `jsquash` in a bare isolate, against pixels worked out with Pillow.
 *
 * `vectors-pictures.py` and `vectors-jsquash.py` say how the vectors came to be.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { crc32, deflateSync, unzipSync } from "node:zlib";

import { afterAll, beforeAll, expect, test } from "vitest";

import { type Bare, bareIsolate } from "./isolate.ts";

interface PictureRow {
  readonly name: string;
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly rgba: string;
}

interface SizeRow {
  readonly width: number;
  readonly height: number;
  readonly rgb: string;
}

const jsonOf = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
const { pictures } = jsonOf("vectors-pictures.json") as { readonly pictures: PictureRow[] };
const RESIZE = jsonOf("vectors-jsquash.json") as {
  readonly source: SizeRow;
  readonly resized: readonly (SizeRow & { readonly method: string })[];
};

const unpacked = (text: string) => unzipSync(Buffer.from(text, "base64"));
const fileOf = (name: string) =>
  Buffer.from(pictures.find((row) => row.name === name)?.file ?? "", "base64");
const FILES = { jpeg: fileOf("jpeg 4:2:0"), png: fileOf("png rgba"), webp: fileOf("webp lossy") };

let bare: Bare;

beforeAll(async () => {
  bare = await bareIsolate(new URL("../../bundles/libraries/jsquash.js", import.meta.url));
});

afterAll(() => bare[Symbol.dispose]());

interface Shown {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Returns the tensor that an expression gives. */
async function shown(js: string, files: Readonly<Record<string, Uint8Array>>): Promise<Shown> {
  const text = `
    const { dtype, shape, data } = ${js};
    return { dtype, shape: [...shape], data: new Uint8Array(data) };
  `;
  return (await bare.run(text, files)) as Shown;
}

// The codec has no way to print's four colours, and leaves EXIF to who knows of it.
const DECODED = pictures.filter(({ name }) => !/CMYK|EXIF [2-8]/.test(name));

for (const { name, file, width, height, rgba } of DECODED) {
  const format = name.split(" ")[0] ?? "";
  test(`jsquash decodes ${name} to the very pixels of Pillow`, async () => {
    const want = unpacked(rgba);
    for (const channels of [4, 3]) {
      const js = `lib.${format}.decode(file, { channels: ${channels} })`;
      const got = await shown(js, { file: Buffer.from(file, "base64") });
      expect([got.dtype, ...got.shape]).toEqual(["uint8", height, width, channels]);
      // Colours that nobody can see may differ.
      const differs = got.data.findIndex((value, i) => {
        const pixel = Math.floor(i / channels) * 4;
        return want[pixel + 3] !== 0 && value !== want[pixel + (i % channels)];
      });
      expect(differs).toBe(-1);
    }
  });
}

const SOURCE = unpacked(RESIZE.source.rgb);
const IMAGE = `new Tensor("uint8", [${RESIZE.source.height}, ${RESIZE.source.width}, 3], source)`;

for (const { method, width, height, rgb } of RESIZE.resized) {
  test(`jsquash resizes to ${width} × ${height} by ${method} as Pillow does, within 3`, async () => {
    const options = `{ width: ${width}, height: ${height}, method: "${method}", linearRGB: false }`;
    const got = await shown(`lib.resize(${IMAGE}, ${options})`, { source: SOURCE });
    expect([got.dtype, ...got.shape]).toEqual(["uint8", height, width, 3]);
    const want = unpacked(rgb);
    const far = got.data.map((value, i) => Math.abs(value - (want[i] ?? 0)));
    // Pillow rounds between the two directions, where the codec goes on in floats.
    expect(Math.max(...far)).toBeLessThanOrEqual(3);
    expect(far.reduce((sum, value) => sum + value, 0) / far.length).toBeLessThan(0.2);
  });
}

test("jsquash resizes light, not numbers, unless it is told so", async () => {
  // Black and white side by side: half the light is 187.5 in sRGB, which is cut off.
  const image = "new Tensor('uint8', [1, 2, 3], Uint8Array.of(0, 0, 0, 255, 255, 255))";
  const to = "width: 1, height: 1, method: 'triangle'";
  expect([...(await shown(`lib.resize(${image}, { ${to} })`, {})).data]).toEqual([187, 187, 187]);
  const numbers = await shown(`lib.resize(${image}, { ${to}, linearRGB: false })`, {});
  expect([...numbers.data]).toEqual([128, 128, 128]);
});

test("jsquash gives clear pixels no say in the colour, unless it is told so", async () => {
  const image = "new Tensor('uint8', [1, 2, 4], Uint8Array.of(0, 0, 0, 0, 200, 200, 200, 255))";
  const to = "width: 1, height: 1, method: 'triangle', linearRGB: false";
  const weighed = await shown(`lib.resize(${image}, { ${to} })`, {});
  expect([...weighed.data]).toEqual([200, 200, 200, 128]);
  const plain = await shown(`lib.resize(${image}, { ${to}, premultiply: false })`, {});
  expect([...plain.data]).toEqual([100, 100, 100, 128]);
});

test("jsquash writes a PNG that it reads again", async () => {
  for (const channels of [3, 4]) {
    const image = `lib.png.decode(png, { channels: ${channels} })`;
    const back = `lib.png.decode(lib.png.encode(${image}), { channels: ${channels} })`;
    const [want, got] = [await shown(image, FILES), await shown(back, FILES)];
    expect(got).toEqual(want);
  }
});

test("jsquash decodes a draft: the least part of the size that is large enough", async () => {
  const shapes = [];
  for (const size of [46, 45, 23, 22, 12, 11, 6, 5, 1]) {
    const js = `lib.jpeg.decode(jpeg, { draft: { width: ${size}, height: 1 } })`;
    shapes.push((await shown(js, FILES)).shape[1]);
  }
  expect(shapes).toEqual([45, 45, 45, 23, 23, 12, 12, 6, 6]);
});

test("jsquash goes on after files that it cannot decode", async () => {
  const text = `
    let thrown = 0;
    for (let i = 0; i < 40; i++) {
      for (const [format, file] of Object.entries({ jpeg, png, webp })) {
        try { lib[format].decode(file.subarray(0, file.length - 1 - i * 9)) } catch { thrown++ }
      }
    }
    return [thrown > 60, lib.jpeg.decode(jpeg).shape[1], lib.png.decode(png).shape[1]];
  `;
  expect(await bare.run(text, FILES)).toEqual([true, 45, 45]);
});

/** A WebP whose canvas is one pixel, around a picture that is larger. */
function webpThatLies(flags: number): Uint8Array {
  const canvas = Buffer.alloc(18);
  canvas.write("VP8X");
  canvas.writeUInt32LE(10, 4);
  canvas.writeUInt8(flags, 8);
  const body = Buffer.concat([Buffer.from("WEBP"), canvas, FILES.webp.subarray(12)]);
  const head = Buffer.alloc(8);
  head.write("RIFF");
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

function pngChunk(kind: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(kind), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** A PNG of 2 × 2 grey pixels that says in a later chunk that it has a million. */
function pngThatLies(kind: "IHDR" | "fcTL"): Uint8Array {
  const header = (side: number) => {
    const bytes = Buffer.alloc(13);
    bytes.writeUInt32BE(side, 0);
    bytes.writeUInt32BE(side, 4);
    bytes.writeUInt8(8, 8);
    return bytes;
  };
  const frame = Buffer.concat([Buffer.alloc(4), header(1000).subarray(0, 8), Buffer.alloc(14)]);
  const later =
    kind === "IHDR" ? [pngChunk(kind, header(1000))] : [ONE_FRAME, pngChunk(kind, frame)];
  const pixels = pngChunk("IDAT", deflateSync(new Uint8Array(1001 * 1000)));
  const magic = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  return Buffer.concat([magic, pngChunk("IHDR", header(2)), ...later, pixels]);
}

const ONE_FRAME = pngChunk("acTL", Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]));

// Files whose header is held to the bound and whose decoder might believe something else.
const LIARS: readonly [says: string, format: string, file: () => Uint8Array][] = [
  ["a canvas smaller than its picture", "webp", () => webpThatLies(0)],
  ["the same with alpha", "webp", () => webpThatLies(0x10)],
  ["the same that moves, without a frame", "webp", () => webpThatLies(2)],
  ["two headers", "png", () => pngThatLies("IHDR")],
  ["a frame larger than its header", "png", () => pngThatLies("fcTL")],
];

for (const [says, format, file] of LIARS) {
  test(`jsquash decodes no ${format} with ${says}`, async () => {
    const text = `try { return lib.${format}.decode(file).shape } catch (error) { return String(error) }`;
    expect(await bare.run(text, { file: file() })).toBe("Error: The file cannot be decoded");
  });
}

const GIF = Buffer.from("R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw==", "base64");
const SMALL = "new Tensor('uint8', [1, 1, 3], new Uint8Array(3))";
const WANTS = "wants a uint8 tensor [height, width, 3 or 4]";

// What jsquash refuses, and the text that says why.
const REFUSED: readonly [js: string, message: string][] = [
  ["lib.jpeg.decode(png)", "TypeError: jpeg.decode wants a file of jpeg, got a png"],
  ["lib.webp.decode(gif)", "TypeError: webp.decode wants a file of webp, got a gif"],
  [
    "lib.png.decode('x.png')",
    'TypeError: png.decode wants the bytes of a file, such as files[0], got "x.png"',
  ],
  ["lib.png.decode(png, { channels: 1 })", "TypeError: png.decode wants 3 or 4 channels, got 1"],
  [
    "lib.png.decode(png, { draft: {} })",
    "TypeError: png.decode knows the options channels, got draft",
  ],
  [
    "lib.jpeg.decode(jpeg, { draft: { width: 0, height: 1 } })",
    "TypeError: jpeg.decode wants draft.width as a whole number of at least 1, got 0",
  ],
  ["lib.png.encode([1])", `TypeError: png.encode ${WANTS}, got a list`],
  [
    "lib.resize(new Tensor('uint8', [2, 2], new Uint8Array(4)), {})",
    `TypeError: resize ${WANTS}, got uint8 [2, 2]`,
  ],
  [
    "lib.resize(new Tensor('float32', [1, 1, 3], new Float32Array(3)), {})",
    `TypeError: resize ${WANTS}, got float32 [1, 1, 3]`,
  ],
  [
    `lib.resize(${SMALL})`,
    "TypeError: resize wants width as a whole number of at least 1, got undefined",
  ],
  [
    `lib.resize(${SMALL}, { width: 1001, height: 1000 })`,
    "RangeError: Image of 1001 × 1000 is over the limit of 1000000 pixels",
  ],
  [
    `lib.resize(${SMALL}, { width: 2, height: 2, method: "hqx" })`,
    'TypeError: resize wants a method of triangle, catrom, mitchell, lanczos3, got "hqx"',
  ],
  [
    "lib.jpeg.decode(Uint8Array.of(255, 216, 255, 192, 0, 17, 8, 16, 0, 16, 0, 3))",
    "RangeError: Image of 4096 × 4096 is over the limit of 1000000 pixels",
  ],
];

for (const [js, message] of REFUSED) {
  test(`jsquash refuses ${js}`, async () => {
    const text = `try { return String(${js}) } catch (error) { return String(error) }`;
    expect(await bare.run(text, { ...FILES, gif: GIF })).toBe(message);
  });
}
