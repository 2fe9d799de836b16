/**
 * Jobs that are no calls: texts to be read, isolates to be made. They go before the calls.
 *
 * @module
 */

import type { Job } from "./jobs.ts";
import type { Seat } from "./planner.ts";

/** A job for whichever seat is idle next. */
export interface Errand {
  readonly jobFor: (seat: Seat) => Job;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Errands that wait for a seat, first come, first served. */
export class Errands {
  readonly #waiting: Errand[] = [];

  /** Adds one; settles as its job does. */
  add(jobFor: Errand["jobFor"]): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.push({ jobFor, resolve, reject });
    return promise;
  }

  /** Takes the one that has waited longest. */
  take(): Errand | undefined {
    return this.#waiting.shift();
  }

  /** Refuses all that wait. */
  refuseAll(error: unknown): void {
    for (const errand of this.#waiting.splice(0)) errand.reject(error);
  }
}
