/**
 * The measuring itself: timed loops and what they come to.
 *
 * @module
 */

/** Runs `call` for about `seconds`, always `concurrency` at once; gives each call's milliseconds. */
export async function loop(
  call: () => Promise<unknown>,
  concurrency: number,
  seconds: number,
): Promise<{ readonly callMs: readonly number[]; readonly perSecond: number }> {
  const callMs: number[] = [];
  const beginMs = performance.now();
  const endMs = beginMs + seconds * 1000;
  const lane = async () => {
    for (let now = performance.now(); now < endMs;) {
      await call();
      const then = performance.now();
      callMs.push(then - now);
      now = then;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return { callMs, perSecond: (callMs.length * 1000) / (performance.now() - beginMs) };
}

/** Returns the value below which `share` of all values lie, by the nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Returns the middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}
