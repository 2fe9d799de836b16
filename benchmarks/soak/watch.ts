/**
 * What the host and the processes below it take of the machine, looked at each second.
 *
 * @module
 */

import { treeNow } from "../../src/doctor/processes.ts";

/** What was there at one moment. */
export interface Sample {
  /** Milliseconds since the soak began. */
  readonly atMs: number;
  readonly hostMiB: number;
  /** What each of the processes below the host has for itself. */
  readonly sandboxesMiB: number;
  /** Descriptors that the host has open. */
  readonly descriptors: number;
  /** Processes below the host, what builds a jail and ends with it included. */
  readonly processes: number;
}

const EVERY_MS = 1_000;
const MIB = 2 ** 20;

/** Looks until it is told to stop. */
export class Watch {
  readonly samples: Sample[] = [];
  readonly #beganMs: number;
  readonly #timer: NodeJS.Timeout;

  constructor(beganMs: number) {
    this.#beganMs = beganMs;
    this.#timer = setInterval(() => this.look(), EVERY_MS);
  }

  /** Looks now, too. */
  look(): Sample {
    const tree = treeNow();
    const sample = {
      atMs: performance.now() - this.#beganMs,
      hostMiB: process.memoryUsage.rss() / MIB,
      sandboxesMiB: (tree?.ownBytes ?? 0) / MIB,
      descriptors: tree?.descriptors ?? 0,
      processes: tree?.processes ?? 0,
    };
    this.samples.push(sample);
    return sample;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
