/**
 * One round of one variant, in a process of its own: `node benchmarks/variant.ts <set> <scenario>
 * <variant> <workers> <seconds>` prints its numbers as one line of JSON.
 *
 * @module
 */

import { loop, quantile } from "./measure.ts";
import { measurePicture } from "./pictures.ts";
import { CALLS, FIRST_CALLS } from "./scenarios.ts";
import { measureCheck } from "./schema.ts";
import { measureServer } from "./servers/measure.ts";
import { loadBookend, VARIANTS } from "./variants.ts";

/** V8 has seen the loop by then, and each worker has its isolate. */
const WARMUP_SECONDS = 0.5;
const MANY_CALLS = 64;
const NEW_HOOKS = 15;
/** First calls that are not counted: they load the code of Bookend itself. */
const NEW_HOOKS_UNCOUNTED = 2;
const SNAPSHOT_POLL_MS = 20;
const FRESH_CALLS = 100;
const FRESH_CALLS_UNCOUNTED = 20;
/** A pool that is not saturated: longer than any context takes to be made. */
const FRESH_PAUSE_MS = 15;

type Numbers = Readonly<Record<string, number>>;

async function measureCalls(
  scenario: string,
  variant: string,
  workers: number,
  seconds: number,
): Promise<Numbers> {
  const [given, open] = [CALLS[scenario], VARIANTS[variant]];
  if (!given || !open) throw new Error(`There is no ${scenario} of ${variant}`);
  await using opened = await open(scenario, given, workers);
  await loop(opened.call, 1, WARMUP_SECONDS);
  const one = await loop(opened.call, 1, seconds);
  await loop(opened.call, MANY_CALLS, WARMUP_SECONDS);
  const many = await loop(opened.call, MANY_CALLS, seconds);
  return {
    p50Us: quantile(one.callMs, 0.5) * 1000,
    p99Us: quantile(one.callMs, 0.99) * 1000,
    perSecond1: one.perSecond,
    perSecond64: many.perSecond,
  };
}

async function measureFirst(scenario: string, workers: number): Promise<Numbers> {
  const given = FIRST_CALLS[scenario];
  if (!given) throw new Error(`There is no ${scenario}`);
  const { createRuntime } = await loadBookend();
  await using runtime = await createRuntime({ workers });
  const first = async (source: string): Promise<number> => {
    const beginMs = performance.now();
    const hook = await runtime.register({ kind: "pre", source });
    await hook.call(given.data, given.files);
    return performance.now() - beginMs;
  };
  for (let i = 0; i < NEW_HOOKS_UNCOUNTED; i++) await first(`(d) => ${i}`);
  const evaluatedMs = await first(`${given.source} // the first of its set`);
  // The first hook that asks for a set of libraries has its snapshot made, in the background.
  const sets = given.source.includes("require(") ? 2 : 1;
  while (runtime.describe().snapshots < sets) await pause(SNAPSHOT_POLL_MS);
  const firstMs: number[] = [];
  for (let i = 0; i < NEW_HOOKS; i++) firstMs.push(await first(`${given.source} // ${i}`));
  return { p50Ms: quantile(firstMs, 0.5), maxMs: Math.max(...firstMs), evaluatedMs };
}

/** Calls of one hook with pauses between: what the next call wants is ready by then. */
async function measureFresh(scenario: string, variant: string): Promise<Numbers> {
  const given = FIRST_CALLS[scenario];
  if (!given) throw new Error(`There is no ${scenario}`);
  const { createRuntime } = await loadBookend();
  await using runtime = await createRuntime({ workers: 1 });
  const state = variant === "fresh" ? "fresh" : "warm";
  const hook = await runtime.register({ kind: "pre", source: given.source, state });
  const callMs: number[] = [];
  for (let i = 0; i < FRESH_CALLS_UNCOUNTED + FRESH_CALLS; i++) {
    await pause(FRESH_PAUSE_MS);
    const beginMs = performance.now();
    await hook.call(given.data, given.files);
    if (i >= FRESH_CALLS_UNCOUNTED) callMs.push(performance.now() - beginMs);
  }
  return { p50Ms: quantile(callMs, 0.5), p99Ms: quantile(callMs, 0.99) };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const [set = "", scenario = "", variant = "", workers = "2", seconds = "1"] = process.argv.slice(2);

async function measure(): Promise<Numbers> {
  if (set === "first") return measureFirst(scenario, Number(workers));
  if (set === "fresh") return measureFresh(scenario, variant);
  if (set === "checks") return measureCheck(scenario, variant, Number(seconds));
  if (set === "pictures") return measurePicture(scenario, variant, Number(seconds));
  if (set === "servers") {
    return measureServer(scenario, variant, { workers: Number(workers), seconds: Number(seconds) });
  }
  return measureCalls(scenario, variant, Number(workers), Number(seconds));
}

const numbers = await measure();
process.stdout.write(`${JSON.stringify(numbers)}\n`);
