/**
 * The honest tenants of a soak: hooks of several kinds and a flow, called at a steady rate.
 *
 * A call is due at its moment, whether the ones before it have ended or not, and its time counts
 * from that moment: who waits in a queue is not left out. What a call gives is held together as
 * bytes, so that two answers are the same or are not.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { fn, type Runtime } from "../../src/index.ts";
import { Encoder } from "../../src/wire/encode.ts";

/** One call that was made. */
export interface Called {
  /** Which kind of call, and with which of its inputs. */
  readonly key: string;
  /** When it was due, in milliseconds since the soak began, and how long it took from there. */
  readonly atMs: number;
  readonly ms: number;
  /** The digest of its answer, or what it ended with instead. */
  readonly answer: string;
}

type Call = (input: number) => Promise<unknown>;

const INPUTS = 8;
/** More than one block holds, so that no worker is left out. */
const WARM_CALLS = 64;
const ENCODER = new Encoder({
  nodesMax: 1_000_000,
  depthMax: 64,
  bytesMax: 2 ** 26,
  unsupported: "INTERNAL",
  tooLarge: "INTERNAL",
});
const PICTURE = readFileSync(
  new URL("../../examples/models/digits/7-row-1399.png", import.meta.url),
);

const PLAIN = `(rows) => rows
  .map(({ id, score }) => ({ id, share: Math.sqrt(score) / 7, text: String(id).padStart(4, "0") }))
  .sort((a, b) => b.share - a.share || a.id - b.id)`;
const NUMJS = `(result) => {
  const nj = require("numjs");
  const m = nj.array(result);
  return nj.exp(m.dot(m.T).divide(16)).tolist();
}`;
const JIMP = `async (side, files) => {
  const { Jimp } = require("jimp");
  const image = (await Jimp.fromBuffer(files[0])).resize({ w: side, h: side });
  return new Tensor("uint8", [side, side, 4], Uint8Array.from(image.bitmap.data));
}`;

/** Returns what the honest tenants call, by name. */
export async function honestCalls(runtime: Runtime): Promise<Readonly<Record<string, Call>>> {
  const [plain, numjs, jimp, endpoint] = await Promise.all([
    runtime.register({ kind: "pre", tenant: "plain", source: PLAIN }),
    runtime.register({ kind: "post", tenant: "numjs", source: NUMJS }),
    runtime.register({ kind: "pre", tenant: "jimp", source: JIMP }),
    runtime.deploy(
      [
        {
          pre: "(d) => d.map((x) => x / 3)",
          model: fn((values: number[]) => values.map((x) => x * x), { name: "squares" }),
          post: "(r, d) => ({ sum: r.reduce((a, b) => a + b, 0), of: d.length })",
        },
      ],
      "squares",
    ),
  ]);
  return {
    plain: async (i) => (await plain.call(rows(50 + i, i))).value,
    numjs: async (i) => (await numjs.call(matrix(i))).value,
    jimp: async (i) => (await jimp.call(16 + i, [PICTURE])).value,
    flow: async (i) => (await endpoint.run(Array.from({ length: 20 + i }, (_, n) => n))).result,
  };
}

const rows = (count: number, seed: number) =>
  Array.from({ length: count }, (_, id) => ({ id, score: ((id + 1) * (seed + 3) * 7_919) % 101 }));
const matrix = (seed: number) =>
  Array.from({ length: 12 }, (_, i) =>
    Array.from({ length: 12 }, (_unused, j) => ((i * 31 + j * 17 + seed) % 23) / 11 - 1),
  );

/** Makes every kind of call in so many rounds, many at once, so that all workers have it warm. */
export async function warmUp(calls: Readonly<Record<string, Call>>, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const call of Object.values(calls)) {
      await Promise.all(Array.from({ length: WARM_CALLS }, (_, i) => call(i % INPUTS)));
    }
  }
}

/** Calls, one every `everyMs`, for so long; gives them all when the last has ended. */
export async function callSteadily(
  calls: Readonly<Record<string, Call>>,
  { everyMs, forMs, beganMs }: { everyMs: number; forMs: number; beganMs: number },
): Promise<Called[]> {
  const names = Object.keys(calls);
  const phaseMs = performance.now();
  const running: Promise<Called>[] = [];
  for (let n = 0; n * everyMs < forMs; n++) {
    const dueMs = phaseMs + n * everyMs;
    const restMs = dueMs - performance.now();
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    const name = names[n % names.length] ?? "";
    const input = Math.floor(n / names.length) % INPUTS;
    running.push(called(`${name} ${input}`, calls[name]?.(input), { dueMs, beganMs }));
  }
  return Promise.all(running);
}

async function called(
  key: string,
  call: Promise<unknown> | undefined,
  { dueMs, beganMs }: { dueMs: number; beganMs: number },
): Promise<Called> {
  let answer: string;
  try {
    // Its digest: ten minutes of answers would be the growth that is looked for.
    answer = createHash("sha256")
      .update(ENCODER.encode(await call))
      .digest("base64");
  } catch (error) {
    answer = `failed: ${String(error)}`;
  }
  return { key, atMs: dueMs - beganMs, ms: performance.now() - dueMs, answer };
}
