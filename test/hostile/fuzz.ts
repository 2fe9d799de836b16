/**
 * The fuzzers by hand: `npm run fuzz -- [--minutes 1] [--seed n]`.
 *
 * They take turns. The first round that fails ends it and says its seed; `--seed` begins there.
 *
 * @module
 */

import { parseArgs } from "node:util";

import { createRuntime } from "../../src/index.ts";
import { answerRound, frameRound } from "./fuzz-frames.ts";
import { bystander, hookRound } from "./fuzz-hooks.ts";
import { rounds } from "./fuzz-rounds.ts";
import { valueRound } from "./fuzz-values.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
  },
});
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  throw new Error("wants --minutes above 0, and a whole number as --seed");
}

await using runtime = await createRuntime({ workers: 2 });
const beside = await bystander(runtime);
const ends: Record<string, number> = {};
const endMs = performance.now() + minutes * 60_000;
let turn = 0;
for (; performance.now() < endMs; turn++) {
  const from = seed + 1_000 * turn;
  await rounds({ from, count: 500, round: valueRound });
  await rounds({ from, count: 200, round: frameRound });
  await rounds({ from, count: 200, round: answerRound });
  const hook = async (chance: Parameters<typeof valueRound>[0]) => {
    const end = await hookRound(runtime, beside, chance);
    ends[end] = (ends[end] ?? 0) + 1;
  };
  await rounds({ from, count: 20, round: hook });
}
console.log(`${turn} turns from seed ${seed}, nothing failed; hooks ended so:`, ends);
