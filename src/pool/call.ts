/**
 * A call as the pool takes it, while it waits, and what came back for it.
 *
 * @module
 */

import { Refusal } from "../faults.ts";
import { type Answer, REQUEST_HEAD_BYTES } from "../wire/records.ts";
import type { Job, WorkerHook } from "./jobs.ts";
import type { Seat } from "./planner.ts";
import { RECYCLED_BYTES_MIN } from "./recycler.ts";

/** A call as the pool takes it. */
export interface PoolCall {
  readonly hook: WorkerHook;
  /** Its record, ready to travel. Given away. */
  readonly record: Uint8Array<ArrayBuffer>;
  readonly signal?: AbortSignal | undefined;
}

/** What came back for a call. `record` is the answer, head and body; its views are the caller's. */
export interface PoolAnswer {
  readonly answer: Answer;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly queueMs: number;
}

/** A job that is no call: a text to be read, or an isolate to be made. */
export interface Errand {
  readonly kind: "errand";
  readonly tenant: string;
  readonly bytes: number;
  readonly dueMs: number;
  readonly jobFor: (seat: Seat) => Job;
  readonly settle: (result: unknown) => void;
  readonly fail: (error: unknown) => void;
}

/** A call that was taken and is not settled. */
export interface Waiting {
  readonly kind: "call";
  readonly id: number;
  readonly tenant: string;
  readonly hook: number;
  readonly bytes: number;
  readonly dueMs: number;
  readonly call: PoolCall;
  record: Uint8Array<ArrayBuffer>;
  readonly sinceMs: number;
  queueMs: number;
  /** What its tenant was charged for it when it was sent. */
  expectedMs: number;
  settle: (answer: PoolAnswer) => void;
  fail: (error: unknown) => void;
}

/** Returns a call as it waits, from now on and for `queueMs` at most. */
export function waitingFor(
  call: PoolCall,
  id: number,
  queueMs: number,
  ends: Pick<Waiting, "settle" | "fail">,
): Waiting {
  const sinceMs = performance.now();
  const { tenant, spec } = call.hook;
  const bytes = call.record.length;
  const about = { kind: "call", id, tenant, hook: spec.hook, bytes, call } as const;
  const times = { sinceMs, dueMs: sinceMs + queueMs, queueMs: 0, expectedMs: 0 };
  return { ...about, ...times, record: call.record, ...ends };
}

/** The records of some calls, one behind the other: the first `bytes` of a buffer. */
export interface Block {
  readonly block: ArrayBuffer;
  readonly bytes: number;
}

/** Returns the records of `calls` in one buffer, each with its call's number in it. */
export function blockOf(calls: readonly Waiting[]): Block {
  for (const { id, record } of calls) {
    new DataView(record.buffer, record.byteOffset, REQUEST_HEAD_BYTES).setUint32(4, id, true);
  }
  const [only] = calls;
  if (calls.length === 1 && only && only.record.length >= RECYCLED_BYTES_MIN) {
    // As long as this it has a buffer of its own, which begins with it.
    return { block: only.record.buffer, bytes: only.record.length };
  }
  let bytes = 0;
  for (const { record } of calls) bytes += record.length;
  const block = new Uint8Array(bytes);
  let at = 0;
  for (const { record } of calls) {
    block.set(record, at);
    at += record.length;
  }
  return { block: block.buffer, bytes };
}

/** Settles as `work` does, or with `CANCELLED` as soon as the signal says so. */
export async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  work: Promise<T>,
): Promise<T> {
  if (!signal) return work;
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(cancelled());
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

export function workerFault(error: unknown): Refusal {
  const said = error instanceof Error ? error.message : String(error);
  return new Refusal("INTERNAL", "", `A worker failed: ${said}`);
}

export function waitedTooLong(queueMs: number): Refusal {
  const detail = `waited ${queueMs} ms for a worker (limits.queueMs): all busy`;
  return new Refusal("QUEUE_TIMEOUT", "", detail);
}

export function cancelled(): Refusal {
  return new Refusal("CANCELLED", "", "The signal of the call was aborted");
}

export function closed(): Refusal {
  return new Refusal("CLOSED", "", "The runtime was closed; no call is taken any more");
}

/** Fails a call when its signal is aborted; `given` then takes it out of where it waits. */
export function onAbort(signal: AbortSignal, waiting: Waiting, given: () => void): void {
  const abort = () => {
    waiting.fail(cancelled());
    given();
  };
  signal.addEventListener("abort", abort, { once: true });
  const { settle, fail } = waiting;
  waiting.settle = (answer) => {
    signal.removeEventListener("abort", abort);
    settle(answer);
  };
  waiting.fail = (error) => {
    signal.removeEventListener("abort", abort);
    fail(error);
  };
}
