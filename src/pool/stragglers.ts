/**
 * The sandbox processes of this host, so that none outlives it.
 *
 * A sandbox ends when its pipe does, unless it is inside something that cannot be interrupted. So
 * whoever calls `process.exit` takes those along; only a SIGKILL of the host leaves one behind.
 *
 * @module
 */

/** Kills what it was told of when this process exits. */
export class Stragglers {
  readonly #pids = new Set<number>();
  readonly #killAll = (): void => {
    for (const pid of this.#pids) kill(pid);
  };

  constructor() {
    process.on("exit", this.#killAll);
  }

  add(pid: number): void {
    this.#pids.add(pid);
  }

  delete(pid: number): void {
    this.#pids.delete(pid);
  }

  [Symbol.dispose](): void {
    process.off("exit", this.#killAll);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It was gone already.
  }
}
