/**
 * A program that stands in for the sandbox: it speaks the protocol until it is told to lie.
 *
 * It runs no hook. A call whose last argument is a small number is answered with its double, which
 * the real sandbox answers otherwise, so a test sees who ran a call. What it does instead when the
 * number is {@link LIE} or {@link LIE_IDLE} is a row of `sandbox-lies.ts`.
 *
 * Not here: what a worker makes of it (`sandbox.test.ts`).
 *
 * @module
 */

import { readSync, writeSync } from "node:fs";

import { nowMs } from "../../src/sandbox/clock.ts";
import {
  ANSWER,
  ANSWER_HEAD_BYTES,
  type Answer,
  joinBody,
  OUTCOME,
  readRequest,
  REQUEST,
  REQUEST_HEAD_BYTES,
  type Request,
  writeAnswer,
} from "../../src/wire/records.ts";

/** The argument of a call that is lied about, and of one behind which it is lied. */
export const LIE = 77;
export const LIE_IDLE = 50;
export const REQUESTS = 3;
export const BELL = 4;
export const JOURNAL = 5;
export const INBOX = 6;

const NOTHING = new Uint8Array(0);
const COST = { warm: true, isKept: true, wallMs: 0.1, cpuMs: 0.1, loadMs: 0, heapBytes: 0 };

/** What an answer says beside what it has to. */
export type Claims = Partial<Answer> & { readonly body?: Uint8Array };

/** Returns the record of an answer; `claims` may say anything. */
export function record(kind: number, call: number, claims: Claims = {}): Uint8Array {
  const { body = NOTHING, ...head } = claims;
  const bytes = new Uint8Array(ANSWER_HEAD_BYTES + body.length);
  writeAnswer(new DataView(bytes.buffer), 0, {
    ...COST,
    kind,
    call,
    bytes: body.length,
    ...head,
  });
  bytes.set(body, ANSWER_HEAD_BYTES);
  return bytes;
}

/** Returns the body of an answer with a value. */
export function valueBody(payload: Uint8Array, logs: Uint8Array = NOTHING): Uint8Array {
  return new Uint8Array(joinBody(OUTCOME.value, logs, payload));
}

/** Writes to a descriptor, all of it. */
export function put(to: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(to, bytes, at);
}

/** Rings the bell. */
export function ring(times = 1): void {
  put(BELL, new Uint8Array(times));
}

/** Does nothing any more, for ever. */
export function hang(): never {
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
}

/** Says that a block is there. */
export function reached(call: number): void {
  put(JOURNAL, record(ANSWER.reached, call));
}

/** Answers a call as an honest sandbox could. */
export function double(call: number, argument: number, claims: Claims = {}): void {
  const body = valueBody(Uint8Array.of(0xcc, 2 * argument));
  put(JOURNAL, record(ANSWER.done, call, { body, ...claims }));
}

/** What it does when the moment has come. */
export interface Lie {
  /** The call that is lied about, or behind which it is lied. */
  readonly act: (call: number) => void;
  /** Whether the block was said to be there before. */
  readonly isReached?: boolean | undefined;
}

/** Serves until the moment to lie, and then hangs unless the lie ended it. */
export function serve({ act, isReached = true }: Lie, lied: () => void): void {
  const warm = new Set<number>();
  let isIdle = true;
  ring();
  for (;;) {
    const { request, argument } = next();
    const { kind, call, hook, isLast, beginBy } = request;
    if (kind !== REQUEST.call && kind !== REQUEST.prepare) continue;
    if (kind === REQUEST.call && nowMs() > beginBy) {
      put(JOURNAL, record(ANSWER.notBegun, call));
      isIdle = isLast;
      if (isLast) ring();
      continue;
    }
    const isLie = kind === REQUEST.call && argument === LIE;
    if (isIdle && (!isLie || isReached)) reached(call);
    if (isLie) {
      act(call);
      ring();
      hang();
    }
    if (kind === REQUEST.call && !warm.has(hook)) put(JOURNAL, record(ANSWER.loaded, call));
    warm.add(hook);
    double(call, kind === REQUEST.call ? argument : 0);
    isIdle = isLast;
    if (isLast) ring();
    if (argument !== LIE_IDLE) continue;
    // The block is over for the worker before it is lied behind it.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    act(call);
    lied();
    hang();
  }
}

/** Reads the next request, and the last byte of its body: the argument, when that is small. */
function next(): { request: Request; argument: number } {
  const head = take(REQUEST_HEAD_BYTES);
  const request = readRequest(new DataView(head.buffer), 0);
  const body = take(request.kind === REQUEST.inbox ? 0 : request.bytes);
  return { request, argument: body.at(-1) ?? 0 };
}

function take(bytes: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes);
  for (let at = 0; at < bytes;) {
    const got = readSync(REQUESTS, out, at, bytes - at, null);
    if (got === 0) process.exit(0);
    at += got;
  }
  return out;
}
