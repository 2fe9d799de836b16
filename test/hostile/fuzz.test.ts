// The fuzzers, for as long as a test may take. `npm run fuzz` runs them for as long as one likes.
// Each round has a seed of its own, which is in the error when it fails.

import { expect, test } from "vitest";

import { Chance } from "../../benchmarks/soak/random.ts";
import { createRuntime } from "../../src/index.ts";
import { sandboxes, until } from "../runtime/processes.ts";
import { answerRound, frameRound } from "./fuzz-frames.ts";
import { bystander, hookRound, hookSource } from "./fuzz-hooks.ts";
import { rounds } from "./fuzz-rounds.ts";
import { valueRound } from "./fuzz-values.ts";

test("values come back as they left, or are refused", async () => {
  await rounds({ from: 1, count: 1_500, round: valueRound });
});

test("frames that were changed are refused, or read alike on both sides", async () => {
  await rounds({ from: 1, count: 2_000, round: frameRound });
});

test("answers that were changed settle each call once, within its limits", async () => {
  await rounds({ from: 1, count: 1_500, round: answerRound });
});

test("hooks by a grammar end with a value or a typed fault, and spoil nothing", async () => {
  await using runtime = await createRuntime({ workers: 1 });
  const beside = await bystander(runtime);
  const ends = new Set<string>();
  const round = async (chance: Chance) => void ends.add(await hookRound(runtime, beside, chance));
  await rounds({ from: 1, count: 60, round });
  // It is a fuzzer of bodies only if they come as far as to run, and do not all end alike.
  expect([...ends]).toEqual(expect.arrayContaining(["value", "HOOK_THREW", "HOOK_TIMEOUT"]));
  // That of all tenants, the spare, and the one of who killed.
  expect(await until(() => sandboxes().length <= 3)).toBe(true);
}, 60_000);

test("the same seed gives the same hook, and another one another", () => {
  expect(hookSource(new Chance(7))).toBe(hookSource(new Chance(7)));
  expect(hookSource(new Chance(7))).not.toBe(hookSource(new Chance(8)));
});

test("a round that fails says by which seed it can be had again", async () => {
  const round = (chance: Chance) => {
    if (chance.below(3) === 0) throw new Error("no");
  };
  const failed = await rounds({ from: 1, count: 100, round }).catch(
    (error: Error) => error.message,
  );
  const seed = Number(/seed (\d+)/.exec(String(failed))?.[1]);
  await expect(rounds({ from: seed, count: 1, round })).rejects.toThrow(`seed ${seed}`);
});
