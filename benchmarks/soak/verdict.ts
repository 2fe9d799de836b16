/**
 * What a soak is judged by, one criterion each.
 *
 * @module
 */

import { median, quantile } from "../measure.ts";
import type { Called } from "./honest.ts";
import type { Attacked } from "./hostile.ts";
import type { Sample } from "./watch.ts";

/** What was measured. Samples of each phase, and one after all was quiet again. */
export interface Measured {
  readonly workers: number;
  readonly quiet: readonly Called[];
  readonly attacked: readonly Called[];
  readonly attacks: Attacked;
  readonly quietSamples: readonly Sample[];
  readonly attackedSamples: readonly Sample[];
  readonly after: Sample;
}

export interface Criterion {
  readonly name: string;
  readonly holds: boolean;
  readonly says: string;
}

/** What may become of honest calls and of memory. */
export interface Bounds {
  /** By how much the 99th percentile of honest calls may grow. */
  readonly p99Ratio: number;
  /** A host grows by what V8 and the allocator keep, up to a point; a leak goes on. */
  readonly hostMiB: number;
  /** Warm isolates come and go, a spare more or less is 45 MiB. */
  readonly sandboxesMiB: number;
}

export const BOUNDS: Bounds = { p99Ratio: 3, hostMiB: 64, sandboxesMiB: 200 };
/**
 * For each worker a spare, and the sandbox of the tenant who is kept apart; each is two processes
 * with what builds its jail. So many more than at the start.
 */
const SPARE = { descriptors: 12, processes: 4 };

/** Returns the 50th and the 99th percentile of calls, in milliseconds. */
export function latencies(calls: readonly Called[]): { p50: number; p99: number } {
  const all = calls.map(({ ms }) => ms);
  return { p50: quantile(all, 0.5), p99: quantile(all, 0.99) };
}

/** Judges what was measured. Other bounds are for runs that are too short for these. */
export function verdictOf(run: Measured, bounds: Bounds = BOUNDS): Criterion[] {
  return [
    equalToTheBit(run),
    steady(run, bounds.p99Ratio),
    flat("host memory", run.attackedSamples, ({ hostMiB }) => hostMiB, bounds.hostMiB),
    flat("sandbox memory", run.attackedSamples, (one) => one.sandboxesMiB, bounds.sandboxesMiB),
    back("descriptors", run, SPARE.descriptors),
    back("processes", run, SPARE.processes),
    typed(run),
  ];
}

function equalToTheBit({ quiet, attacked }: Measured): Criterion {
  const wanted = new Map<string, string>();
  let failed = 0;
  for (const { key, answer } of [...quiet, ...attacked]) {
    if (!wanted.has(key)) wanted.set(key, answer);
    if (answer.startsWith("failed") || wanted.get(key) !== answer) failed += 1;
  }
  const says = `${attacked.length} answers of ${wanted.size} kinds, ${failed} not as before`;
  return { name: "honest answers", holds: failed === 0 && attacked.length > 0, says };
}

function steady({ quiet, attacked }: Measured, p99RatioMax: number): Criterion {
  const [before, then] = [latencies(quiet), latencies(attacked)];
  const ratio = then.p99 / before.p99;
  const says =
    `p50 ${before.p50.toFixed(1)} to ${then.p50.toFixed(1)} ms, p99 ${before.p99.toFixed(1)} to ` +
    `${then.p99.toFixed(1)} ms: ${ratio.toFixed(2)} times, at most ${p99RatioMax}`;
  return { name: "honest latency", holds: ratio <= p99RatioMax, says };
}

/** Flat is: the middle of the last fifth is no higher than that of the second. */
function flat(
  name: string,
  samples: readonly Sample[],
  of: (sample: Sample) => number,
  growthMax: number,
): Criterion {
  const fifth = Math.max(1, Math.floor(samples.length / 5));
  const [early, late] = [samples.slice(fifth, 2 * fifth), samples.slice(-fifth)];
  const [before, then] = [median(early.map(of)), median(late.map(of))];
  const most = Math.max(...samples.map(of));
  const says =
    `${before.toFixed(0)} to ${then.toFixed(0)} MiB, ${most.toFixed(0)} at most; ` +
    `${growthMax} more would be too many`;
  return { name, holds: then - before <= growthMax, says };
}

/** When all is quiet again there is as much as before, but for what stands by. */
function back(name: "descriptors" | "processes", run: Measured, spare: number): Criterion {
  const before = median(run.quietSamples.map((sample) => sample[name]));
  const then = run.after[name];
  const most = before + spare * run.workers;
  const says = `${before} before, ${then} after, ${most} at most`;
  return { name, holds: then <= most, says };
}

function typed({ attacks }: Measured): Criterion {
  const calls = Object.values(attacks.ends).reduce((sum, count) => sum + count, 0);
  const says = `${attacks.attacks} attacks, ${calls} ends, ${attacks.untyped.length} not typed`;
  return { name: "attacks", holds: attacks.untyped.length === 0 && attacks.attacks > 0, says };
}
