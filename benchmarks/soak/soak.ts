/**
 * A soak: honest calls alone, then the same among random attacks, then quiet again.
 *
 * @module
 */

import { createRuntime } from "../../src/index.ts";
import { callSteadily, honestCalls, warmUp } from "./honest.ts";
import { attack, readyAttacks } from "./hostile.ts";
import { Chance } from "./random.ts";
import type { Measured } from "./verdict.ts";
import { Watch } from "./watch.ts";

export interface SoakOptions {
  readonly quietMs: number;
  readonly attackedMs: number;
  readonly seed: number;
  readonly workers: number;
  readonly tenancy: "shared" | "dedicated";
  /** How many attacks the hostile tenant makes at once. */
  readonly lanes: number;
}

/** A soak as it was: what was measured, and when its attacks began. */
export interface Soaked extends Measured {
  readonly attackedMs: number;
}

/** Four honest ones and a hostile one: where each has processes of his own, none makes room. */
const TENANTS = 5;
/** Milliseconds between two honest calls: about a tenth of what one worker can do. */
const EVERY_MS = 20;
const WARM_ROUNDS = 5;
/** How long what attacks left may take to go. */
const SETTLE_MS = 3_000;

/** Runs a soak. */
export async function soak(options: SoakOptions): Promise<Soaked> {
  const { quietMs, attackedMs, seed, workers, tenancy, lanes } = options;
  const limits = { sandboxes: TENANTS };
  await using runtime = await createRuntime({ workers, tenancy, limits });
  const rows = readyAttacks();
  const calls = await honestCalls(runtime);
  await warmUp(calls, WARM_ROUNDS);
  const beganMs = performance.now();
  using watch = new Watch(beganMs);
  const phase = { everyMs: EVERY_MS, beganMs };
  watch.look();
  const quiet = await callSteadily(calls, { ...phase, forMs: quietMs });
  watch.look();
  const quietSamples = watch.samples.splice(0);
  const atMs = performance.now() - beganMs;
  let isOver = false;
  const chance = new Chance(seed);
  const hostile = attack(runtime, rows, { chance, lanes, isOver: () => isOver });
  const attacked = await callSteadily(calls, { ...phase, forMs: attackedMs });
  isOver = true;
  watch.look();
  const attackedSamples = watch.samples.splice(0);
  const attacks = await hostile;
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const after = watch.look();
  const samples = { quietSamples, attackedSamples, after };
  return { workers, quiet, attacked, attacks, ...samples, attackedMs: atMs };
}
