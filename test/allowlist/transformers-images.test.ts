/**
 * Image processors in a bare isolate, bit by bit against Pillow and numpy.
 *
 * `vectors-images.py` says how the vectors came to be.
 *
 * @module
 */

import { readFileSync } from "node:fs";

import { afterAll, beforeAll, expect, test } from "vitest";

import type { Bare } from "./isolate.ts";
import { utilIsolate, valueOf } from "./util.ts";

interface Row {
  readonly picture: readonly [height: number, width: number, colours: number];
  readonly config: Readonly<Record<string, unknown>>;
  readonly shape: readonly number[];
  /** Base64 of the bytes of the numbers. */
  readonly float32: string;
}

const ROWS = JSON.parse(
  readFileSync(new URL("vectors-images.json", import.meta.url), "utf8"),
) as readonly Row[];

let bare: Bare;

beforeAll(async () => {
  bare = await utilIsolate("transformers", { pixelsMax: 4096 });
  await bare.run(`
    globalThis.picture = (height, width, colours) => {
      const byte = (_, i) => {
        const c = i % colours;
        const x = Math.floor(i / colours) % width;
        const y = Math.floor(i / colours / width);
        const dark = (Math.floor(x / 3) + Math.floor(y / 2)) % 2;
        return (x * 37 + y * 101 + c * 59 + x * y * 7 + dark * 128) % 256;
      };
      const data = Uint8Array.from({ length: height * width * colours }, byte);
      return new Tensor("uint8", [height, width, colours], data);
    };
    globalThis.auto = lib.AutoImageProcessor.from_json;
    globalThis.raw = { do_resize: false, do_rescale: false, do_normalize: false };
    globalThis.half = { size: 4, image_mean: 0.5, image_std: 0.5 };
  `);
});

afterAll(() => bare[Symbol.dispose]());

for (const { picture, config, shape, float32 } of ROWS) {
  const { size, resample, crop_size } = config;
  const short = JSON.stringify({ size, resample, crop_size });
  test(`a picture [${picture}] becomes Pillow's by ${short}`, async () => {
    const bytes = Buffer.from(float32, "base64");
    const want = new Float32Array(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
    );
    const js = `auto(${JSON.stringify(JSON.stringify(config))})(picture(${picture})).pixel_values`;
    const got = await bare.run(
      `const { dtype, shape, data } = ${js}; return { dtype, shape: [...shape], data }`,
    );
    expect(got).toEqual({ dtype: "float32", shape, data: want });
  });
}

// What comes out of a call, worked out by hand.
const VALUES: readonly [js: string, value: unknown][] = [
  [
    "auto(raw)([picture(1, 2, 3), picture(1, 2, 3)], { return_tensors: 'pt' }).pixel_values.tolist()",
    Array(2).fill([[[0, 37]], [[59, 96]], [[118, 155]]]),
  ],
  [
    "auto(raw)(new Tensor('uint8', [1, 2], Uint8Array.of(7, 9))).pixel_values.tolist()",
    [Array(3).fill([[7, 9]])],
  ],
  [
    "auto(raw)(new Tensor('uint8', [1, 2, 4], Uint8Array.of(1, 2, 3, 0, 4, 5, 6, 9))).pixel_values.tolist()",
    [[[[1, 4]], [[2, 5]], [[3, 6]]]],
  ],
  ["lib.ViTImageProcessor === lib.CLIPImageProcessor", true],
];

for (const [js, value] of VALUES) {
  test(`transformers makes ${js} ${JSON.stringify(value)}`, async () => {
    expect(await valueOf(bare, js)).toEqual(value);
  });
}

// What is refused, and the words that say why.
const WHO = "An image processor";
const REFUSES: readonly [js: string, message: string][] = [
  [
    "auto({ ...half, size: 65 })(picture(2, 2, 3))",
    `RangeError: ${WHO} wants pictures of at most 4096 pixels, got 65 times 65`,
  ],
  [
    "auto({ ...half, size: { shortest_edge: 64 } })(picture(1, 9, 3))",
    `RangeError: ${WHO} wants pictures of at most 4096 pixels, got 64 times 576`,
  ],
  [
    "auto({ ...half, crop_size: 1e9 })(picture(2, 2, 3))",
    `RangeError: ${WHO} wants pictures of at most 4096 pixels, got 1000000000 times 1000000000`,
  ],
  [
    "auto({ ...half, resample: 6 })",
    `RangeError: ${WHO} wants resample of 0, 1, 2, 3, 4, 5, got 6`,
  ],
  ["auto({ ...half, do_pad: true })", `TypeError: ${WHO} with do_pad is not known here`],
  [
    "auto({ ...half, size: { shortest_edge: 4, longest_edge: 9 } })",
    `TypeError: ${WHO} with longest_edge is not known here`,
  ],
  [
    "auto({ ...half, size: {} })",
    `TypeError: ${WHO} wants size.height as a whole number from 1 on, got undefined`,
  ],
  ["auto({ size: 4 })", `TypeError: ${WHO} wants image_mean as a number, got undefined`],
  ["auto({ ...half, image_std: [1, 2] })", `TypeError: ${WHO} wants image_std as 3 numbers, got 2`],
  [
    "auto(half)(picture(2, 2, 3), { do_resize: false })",
    `TypeError: ${WHO} takes return_tensors alone, and the rest from its file: do_resize`,
  ],
  [
    "auto(half)(picture(2, 2, 3), { return_tensors: 'tf' })",
    `TypeError: ${WHO} wants return_tensors as np or pt, got "tf"`,
  ],
  ["auto(half)([])", `TypeError: ${WHO} wants a picture at least, got an empty list`],
  [
    "auto(half)('a.png')",
    `TypeError: ${WHO} wants uint8 tensors [height, width, 3] or images of jimp, got "a.png"`,
  ],
  [
    "auto(half)(Tensor.from([[[0.5, 0.5, 0.5]]], 'float32'))",
    `TypeError: ${WHO} wants tensors uint8 [height, width, 1, 3 or 4], got float32 [1, 1, 3]`,
  ],
  [
    "auto(half)(picture(2, 2, 2))",
    `TypeError: ${WHO} wants tensors uint8 [height, width, 1, 3 or 4], got uint8 [2, 2, 2]`,
  ],
  [
    "auto(half)(picture(0, 2, 3))",
    `TypeError: ${WHO} wants tensors uint8 [height, width, 1, 3 or 4], got uint8 [0, 2, 3]`,
  ],
  [
    "auto(raw)([picture(1, 2, 3), picture(2, 2, 3)])",
    `RangeError: ${WHO} wants pictures that come out equal in size, got [1, 2] and [2, 2]`,
  ],
  [
    "lib.AutoImageProcessor.from_pretrained('x')",
    "Error: from_pretrained needs a network, and a hook has none: use AutoImageProcessor.from_json(preprocessor_config_json)",
  ],
];

for (const [js, message] of REFUSES) {
  test(`transformers refuses ${js}`, async () => {
    expect(await valueOf(bare, js)).toBe(message);
  });
}
