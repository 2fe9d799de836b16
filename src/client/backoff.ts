/**
 * How long to wait before the next try: twice as long each time, and by chance anything up to that,
 * so that clients who lost the same server do not come back together.
 *
 * @module
 */

import { setTimeout as wait } from "node:timers/promises";

const FIRST_MS = 100;
const MAX_MS = 5_000;

/**
 * Returns milliseconds.
 *
 * @param tries How many tries there were, from 1 on.
 * @param random Gives a number from 0 on and below 1.
 */
export function backoffMs(tries: number, random: () => number): number {
  const most = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(30, tries - 1));
  return Math.floor(random() * most);
}

/** Settles after a pause before the next try, or at once when `signal` is aborted. */
export async function pause(tries: number, signal: AbortSignal): Promise<void> {
  await wait(backoffMs(tries, Math.random), undefined, { signal }).catch(() => undefined);
}
