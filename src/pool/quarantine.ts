/**
 * Hooks that keep killing their sandboxes, and are kept away from them for a while.
 *
 * A hook that kills so many times within a while is in quarantine. When that is over, one call of
 * it is let through on trial: if it kills again, the next quarantine is twice as long; if not, all
 * is forgotten.
 *
 * Pure but for the clock, which is handed in.
 *
 * @module
 */

import { Refusal } from "../faults.ts";
import type { Limits } from "../limits.ts";

interface Record {
  /** When it killed, latest last; no more than it takes. */
  killsMs: number[];
  /** How often it was in quarantine without a good call in between. */
  terms: number;
  untilMs: number;
  /** The call on trial, while it has not ended. */
  trial: number | undefined;
}

/** A quarantine does not become longer than the first one times this. */
const FACTOR_MAX = 16;

/** The hooks of a pool, by a key that is the same however often a hook is registered. */
export class Quarantine {
  readonly #limits: Limits;
  readonly #now: () => number;
  readonly #records = new Map<string, Record>();

  constructor(limits: Limits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /**
   * Lets a call in, on trial if it is the first one behind a quarantine.
   *
   * @param call Its number.
   * @throws {Refusal} `HOOK_QUARANTINED`.
   */
  admit(key: string, call: number): void {
    const record = this.#records.get(key);
    if (!record || record.terms === 0) return;
    const leftMs = record.untilMs - this.#now();
    if (leftMs > 0) throw this.#refusal(`in ${Math.ceil(leftMs / 1000)} s one call is tried`);
    if (record.trial !== undefined) throw this.#refusal("one call is being tried now");
    record.trial = call;
  }

  /**
   * A call ended with the death of its sandbox.
   *
   * @returns Whether the hook is in quarantine from now on.
   */
  killed(key: string): boolean {
    const now = this.#now();
    this.#forget(now);
    const record = this.#records.get(key) ?? newRecord();
    this.#records.set(key, record);
    const { kills, killsMs, quarantineMs } = this.#limits;
    record.killsMs = [...record.killsMs, now].filter((at) => at > now - killsMs).slice(-kills);
    const isTrial = record.trial !== undefined;
    record.trial = undefined;
    if (!isTrial && record.killsMs.length < kills) return false;
    // Calls that ran beside the one that was too many make it no longer.
    if (!isTrial && record.untilMs > now) return true;
    record.untilMs = now + quarantineMs * Math.min(FACTOR_MAX, 2 ** record.terms);
    record.terms += 1;
    return true;
  }

  /** A call ended and its sandbox lives. */
  survived(key: string, call: number): void {
    if (this.#records.get(key)?.trial === call) this.#records.delete(key);
  }

  /** A call will not run: it was cancelled, or has waited too long. */
  withdrawn(key: string, call: number): void {
    const record = this.#records.get(key);
    if (record?.trial === call) record.trial = undefined;
  }

  /** What is long over is forgotten, so that no more is kept than was killed of late. */
  #forget(now: number): void {
    const { killsMs, quarantineMs } = this.#limits;
    for (const [key, { killsMs: kills, untilMs, trial }] of this.#records) {
      const lastMs = Math.max(untilMs + FACTOR_MAX * quarantineMs, (kills.at(-1) ?? 0) + killsMs);
      if (trial === undefined && lastMs < now) this.#records.delete(key);
    }
  }

  #refusal(when: string): Refusal {
    const { kills, killsMs } = this.#limits;
    const what = `it killed its process ${kills} times within ${killsMs / 1000} s`;
    const detail = `wants a hook that leaves its sandbox alive, got one in quarantine: ${what}`;
    return new Refusal("HOOK_QUARANTINED", "", `${detail}; ${when}; mend the hook meanwhile`);
  }
}

function newRecord(): Record {
  return { killsMs: [], terms: 0, untilMs: 0, trial: undefined };
}
