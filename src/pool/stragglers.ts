/**
 * The sandbox processes of this host, so that none outlives it.
 *
 * A sandbox ends when its pipe does, unless it is inside something that cannot be interrupted. So
 * whoever calls `process.exit` takes those along; only a SIGKILL of the host leaves one behind.
 *
 * @module
 */

import { killGroup } from "./launch.ts";

/** One listener for all runtimes of a process, however many there are. */
const EVERY = new Set<Stragglers>();

/** The sandbox processes of one pool: what is still there when this process exits is killed. */
export class Stragglers {
  readonly #pids = new Set<number>();

  constructor() {
    if (EVERY.size === 0) process.on("exit", killAll);
    EVERY.add(this);
  }

  add(pid: number): void {
    this.#pids.add(pid);
  }

  delete(pid: number): void {
    this.#pids.delete(pid);
  }

  kill(): void {
    for (const pid of this.#pids) killGroup(pid);
  }

  [Symbol.dispose](): void {
    EVERY.delete(this);
    if (EVERY.size === 0) process.off("exit", killAll);
  }
}

function killAll(): void {
  for (const stragglers of EVERY) stragglers.kill();
}
