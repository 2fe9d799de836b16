/**
 * One request at work: when it is given up, and what its caller hears then.
 *
 * @module
 */

import { HookError } from "../../runtime/hook-error.ts";
import { GivingUp } from "../deadline.ts";

/** What is known of a request when it begins. */
export interface WorkParts {
  readonly id: number;
  /** Its message: what it holds on to. */
  readonly message: Uint8Array<ArrayBuffer>;
  readonly deadlineMs: number | undefined;
  /** Whether it goes on when its connection has ended. */
  readonly isLasting: boolean;
}

/** A request from when it was read to its answer. Disposing of it lets go of its timer. */
export class Work implements Disposable {
  readonly parts: WorkParts;
  readonly #givingUp: GivingUp;
  #isCancelled = false;

  constructor(parts: WorkParts) {
    this.parts = parts;
    this.#givingUp = new GivingUp(parts.deadlineMs);
  }

  get signal(): AbortSignal {
    return this.#givingUp.signal;
  }

  /** Its caller gives it up. */
  cancel(): void {
    this.#isCancelled = true;
    this.#givingUp.now();
  }

  /** Its connection has ended. */
  abandon(): void {
    if (!this.parts.isLasting) this.cancel();
  }

  /** Returns a fault in the words of who gave it up, where somebody did. */
  said(error: HookError): HookError {
    if (error.code !== "CANCELLED" || !this.signal.aborted) return error;
    const detail = this.#isCancelled
      ? "its caller gave the request up (cancel)"
      : `wants an answer within ${this.parts.deadlineMs} ms (options.deadlineMs), got none`;
    return new HookError({ ...error.toFault(), detail }, error, { cause: error });
  }

  [Symbol.dispose](): void {
    this.#givingUp[Symbol.dispose]();
  }
}
