/**
 * What the host and the processes below it take of the machine, looked at each second.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";

/** What was there at one moment. */
export interface Sample {
  /** Milliseconds since the soak began. */
  readonly atMs: number;
  readonly hostMiB: number;
  readonly sandboxesMiB: number;
  /** Descriptors that the host has open. */
  readonly descriptors: number;
  /** Processes below the host, what builds a jail and ends with it included. */
  readonly processes: number;
}

const EVERY_MS = 1_000;
const PAGE_MIB = 4_096 / 2 ** 20;

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
    const below = processesBelow(process.pid);
    const sample = {
      atMs: performance.now() - this.#beganMs,
      hostMiB: residentMiB(process.pid),
      sandboxesMiB: below.reduce((sum, pid) => sum + residentMiB(pid), 0),
      descriptors: readdirSync("/proc/self/fd").length,
      processes: below.length,
    };
    this.samples.push(sample);
    return sample;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** Returns all processes whose parents, or theirs, are `root`. */
function processesBelow(root: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const text = read(`/proc/${entry}/stat`);
    // Behind the name, which is in parentheses and may hold anything: state, parent.
    const parent = Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[1]);
    if (parent > 0) parents.set(Number(entry), parent);
  }
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === root || isBelow(parent));
  };
  return [...parents.keys()].filter(isBelow);
}

function residentMiB(pid: number): number {
  return Number(read(`/proc/${pid}/statm`).split(" ")[1] ?? 0) * PAGE_MIB;
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    // It ended while it was looked at.
    return "";
  }
}
