/**
 * Where the guest's answers go: the scratch that it shares with the sandbox when they fit, which
 * nearly all do, and a buffer of its own when they do not.
 *
 * The scratch is one piece of memory for the life of the isolate, so a small call makes no buffer
 * that has to be moved, counted and collected. The hook never gets hold of it: what is decoded from
 * it is copied out, and what is encoded is copied in by code that the hook cannot reach.
 *
 * @module
 */

import type { Encoder } from "../wire/encode.ts";
import { BODY_HEAD_BYTES, joinBody, SCRATCH_BODY_AT, writeBodyHead } from "../wire/records.ts";
import { byteLengthOf, setBytes } from "./captured.ts";

/** What a door of the guest gives instead of a number of bytes. */
export const NOT_IN_SCRATCH = { unsettled: 0, large: -1 } as const;

/** Puts bodies of answers where the sandbox finds them. */
export class Outbox {
  readonly #scratch: Uint8Array;
  readonly #size: number;
  #large: ArrayBuffer | undefined;

  constructor(scratch: Uint8Array) {
    this.#scratch = scratch;
    this.#size = byteLengthOf(scratch);
  }

  /**
   * Puts a body together of log lines and of what `encoder` holds.
   *
   * @returns How many bytes of the scratch it takes, or `NOT_IN_SCRATCH.large`.
   */
  put(outcome: number, logs: Uint8Array | undefined, encoder: Encoder): number {
    const logsBytes = logs === undefined ? 0 : byteLengthOf(logs);
    const bytes = BODY_HEAD_BYTES + logsBytes + encoder.bytes;
    if (SCRATCH_BODY_AT + bytes > this.#size) {
      this.#large = joinBody(outcome, logs, encoder.end(0));
      return NOT_IN_SCRATCH.large;
    }
    writeBodyHead(this.#scratch, SCRATCH_BODY_AT, outcome, logsBytes);
    const logsAt = SCRATCH_BODY_AT + BODY_HEAD_BYTES;
    if (logs !== undefined) setBytes(this.#scratch, logs, logsAt);
    encoder.endInto(this.#scratch, logsAt + logsBytes);
    return bytes;
  }

  /** Returns the body that did not fit, and forgets it. */
  takeLarge(): ArrayBuffer | undefined {
    const large = this.#large;
    this.#large = undefined;
    return large;
  }
}
