/**
 * How many calls and runs each key has at work.
 *
 * @module
 */

import { Refusal } from "../faults.ts";
import type { Caller } from "./service.ts";

/** Counts what is at work. */
export class AtWork {
  readonly #counts = new Map<string, number>();

  /**
   * Counts one in, until what is returned is disposed of.
   *
   * @throws {Refusal} `POOL_FULL` when the key has as many as it may.
   */
  begin({ key, callsMax }: Caller): Disposable {
    const now = this.#counts.get(key) ?? 0;
    if (now >= callsMax) {
      const wants = `wants at most ${callsMax} calls of this key at a time (limits.keyCalls)`;
      throw new Refusal("POOL_FULL", "", `${wants}, got one more; wait for one of them`);
    }
    this.#counts.set(key, now + 1);
    return { [Symbol.dispose]: () => this.#end(key) };
  }

  #end(key: string): void {
    const left = (this.#counts.get(key) ?? 1) - 1;
    if (left > 0) this.#counts.set(key, left);
    else this.#counts.delete(key);
  }
}
