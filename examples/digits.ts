/**
 * The flow of two models that Bookend's predecessor showed in its guide, in TypeScript: a network
 * (there TORCH, here the same network as ONNX), then an XGBOOST_CLASSIFIER, with `pre_process` that
 * opens the files and `post_process` that takes the argmax and gives each input its label.
 *
 *     bookend run examples/digits.ts
 *     bookend check examples/digits.ts
 *
 * The models are really trained, on handwritten digits: `models/README.md` says how, and how well
 * they do. The files are digits of the test set, which neither model has seen.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";

import type { HookFile } from "../src/hook.ts";
import { onnx, type Stage, xgboost } from "../src/index.ts";

const HERE = new URL("models/", import.meta.url);
const FILES = readdirSync(new URL("digits/", HERE)).filter((file) => file.endsWith(".png"));

/** `data` is a list of names, `files` a picture for each; the network takes one channel of 8 × 8. */
async function preProcess(data: string[], files: readonly HookFile[]): Promise<Tensor> {
  const { Jimp } = require("PIL");
  const SIDE = 8;
  const pixels = new Float32Array(data.length * SIDE * SIDE);
  for (const [i, name] of data.entries()) {
    const file = files[i];
    if (!file) throw new Error(`There is no picture for ${name}`);
    const image = await Jimp.fromBuffer(file);
    // Each pixel of a digit is a square in the picture: its first pixel stands for all.
    const step = image.width / SIDE;
    for (let at = 0; at < SIDE * SIDE; at++) {
      const [x, y] = [(at % SIDE) * step, Math.floor(at / SIDE) * step];
      pixels[i * SIDE * SIDE + at] = (image.bitmap.data[4 * (y * image.width + x)] ?? 0) / 255;
    }
  }
  console.log(`opened ${data.length} pictures`);
  return new Tensor("float32", [data.length, 1, SIDE, SIDE], pixels);
}

/** `result` is a row of ten probabilities for each input. */
function postProcess(
  result: Tensor,
  inputData: string[],
  files: readonly HookFile[],
): Record<string, number> {
  const nj = require("numpy");
  const rows = nj.array(result).tolist() as number[][];
  console.log(`${files.length} files, ${rows.length} rows`);
  return Object.fromEntries(
    inputData.map((name, i) => {
      const row = rows[i] ?? [];
      return [name, row.indexOf(Math.max(...row))];
    }),
  );
}

export const name = "digits";

export const stages: readonly Stage[] = [
  { name: "network", model: onnx(new URL("digits.onnx", HERE)), pre: preProcess },
  { name: "trees", model: xgboost(new URL("digits-xgb.json", HERE)), post: postProcess },
];

export const example = {
  data: FILES.map((file) => file.replace(".png", "")),
  files: FILES.map((file) => ({ name: file, data: readFileSync(new URL(`digits/${file}`, HERE)) })),
};
