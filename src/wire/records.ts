/**
 * The records that go to a sandbox and come back from it, as `PROTOCOL.md` lays them out.
 *
 * A block is nothing but records one behind the other, so the same bytes cross the thread border
 * and the pipe. Numbers are little-endian. Both ends check: `readRequest` is used by the sandbox,
 * which trusts the worker to keep the form; `readAnswer` by the worker, which trusts nothing.
 *
 * @module
 */

import { type Fault, isFaultCode } from "../faults.ts";
import { bufferOf, byteLengthOf, Bytes, setBytes } from "./captured.ts";

/** What a record asks the sandbox to do. */
export const REQUEST = {
  load: 1,
  drop: 2,
  prepare: 3,
  call: 4,
  inbox: 5,
  snapshot: 6,
} as const;
/** What a record tells the worker. */
export const ANSWER = { loaded: 1, done: 2, notBegun: 3, reached: 4, died: 5 } as const;
/** How a call ended. */
export const OUTCOME = { value: 0, fault: 1 } as const;

/** The levels of a log line. */
export const LOG_LEVELS = ["debug", "info", "log", "warn", "error"] as const;

export const REQUEST_HEAD_BYTES = 24;
export const ANSWER_HEAD_BYTES = 48;
export const BODY_HEAD_BYTES = 8;
/** Memory that an isolate shares with its sandbox: small arguments come and go there. */
export const SCRATCH_BYTES = 64 * 1024;
/** Where in it a body begins: in front of it the sandbox puts the head of the answer. */
export const SCRATCH_BODY_AT = ANSWER_HEAD_BYTES;

/** The head of a request: what, which call, of which hook, how many bytes and files behind it. */
export interface Request {
  readonly kind: number;
  readonly files: number;
  /** Whether its answer wakes the worker: nothing follows it in the block. */
  readonly isLast: boolean;
  readonly call: number;
  readonly hook: number;
  readonly bytes: number;
  /** The monotonic clock's milliseconds after which the call may not begin any more. */
  readonly beginBy: number;
}

/** The head of an answer. Times in milliseconds. */
export interface Answer {
  readonly kind: number;
  /** Whether the isolate was there before the call. */
  readonly warm: boolean;
  /** Whether it is there after it. */
  readonly isKept: boolean;
  readonly call: number;
  readonly bytes: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly loadMs: number;
  readonly heapBytes: number;
  /** Written by the worker; 0 as it comes from the sandbox. */
  readonly checkMs: number;
}

/** Writes the head of a request at `at`; the view has room for {@link REQUEST_HEAD_BYTES}. */
export function writeRequest(view: DataView, at: number, request: Request): void {
  view.setUint8(at, request.kind);
  view.setUint8(at + 1, request.isLast ? 1 : 0);
  view.setUint16(at + 2, request.files, true);
  view.setUint32(at + 4, request.call, true);
  view.setUint32(at + 8, request.hook, true);
  view.setUint32(at + 12, request.bytes, true);
  view.setFloat64(at + 16, request.beginBy, true);
}

/** Writes what a call's place in its block says: when it must have begun, and if it is the last. */
export function writePlace(view: DataView, at: number, beginBy: number, isLast: boolean): void {
  view.setUint8(at + 1, isLast ? 1 : 0);
  view.setFloat64(at + 16, beginBy, true);
}

/** Returns the head of the request at `at`. */
export function readRequest(view: DataView, at: number): Request {
  return {
    kind: view.getUint8(at),
    files: view.getUint16(at + 2, true),
    isLast: view.getUint8(at + 1) === 1,
    call: view.getUint32(at + 4, true),
    hook: view.getUint32(at + 8, true),
    bytes: view.getUint32(at + 12, true),
    beginBy: view.getFloat64(at + 16, true),
  };
}

/** Writes the head of an answer at `at`; the view has room for {@link ANSWER_HEAD_BYTES}. */
export function writeAnswer(view: DataView, at: number, answer: Omit<Answer, "checkMs">): void {
  view.setUint8(at, answer.kind);
  view.setUint8(at + 1, (answer.warm ? 1 : 0) | (answer.isKept ? 2 : 0));
  view.setUint16(at + 2, 0);
  view.setUint32(at + 4, answer.call, true);
  view.setUint32(at + 8, answer.bytes, true);
  view.setUint32(at + 12, 0);
  view.setFloat64(at + 16, answer.wallMs, true);
  view.setFloat64(at + 24, answer.cpuMs, true);
  view.setFloat64(at + 32, answer.loadMs, true);
  view.setFloat64(at + 40, answer.heapBytes, true);
}

/** Adds to an answer's head how long the worker took to check it, in milliseconds. */
export function writeCheckMs(view: DataView, at: number, checkMs: number): void {
  view.setFloat32(at + 12, checkMs, true);
}

/**
 * Lowers the times that an answer's head claims to `mostMs`: they are what tenants are charged by.
 */
export function boundTimes(view: DataView, at: number, mostMs: number): void {
  for (const field of [16, 24, 32]) {
    if (view.getFloat64(at + field, true) > mostMs) view.setFloat64(at + field, mostMs, true);
  }
}

/** Returns the head of the answer at `at`; what it claims is not yet believed. */
export function readAnswer(view: DataView, at: number): Answer {
  return {
    kind: view.getUint8(at),
    warm: (view.getUint8(at + 1) & 1) !== 0,
    isKept: (view.getUint8(at + 1) & 2) !== 0,
    call: view.getUint32(at + 4, true),
    bytes: view.getUint32(at + 8, true),
    checkMs: aCost(view.getFloat32(at + 12, true)),
    wallMs: aCost(view.getFloat64(at + 16, true)),
    cpuMs: aCost(view.getFloat64(at + 24, true)),
    loadMs: aCost(view.getFloat64(at + 32, true)),
    heapBytes: aCost(view.getFloat64(at + 40, true)),
  };
}

/**
 * A cost is a finite number, 0 or more: a receipt adds them up, and one NaN would spoil the sum.
 */
function aCost(cost: number): number {
  return cost >= 0 && cost < Infinity ? cost : 0;
}

/** The three parts of a `done` answer: how it ended, its log lines, and its value or fault. */
export interface Body {
  readonly outcome: number;
  readonly logs: Uint8Array<ArrayBuffer>;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** Returns a body as bytes: outcome, length of the logs, logs, payload. Runs in the isolate too. */
export function joinBody(
  outcome: number,
  logs: Uint8Array | undefined,
  payload: Uint8Array,
): ArrayBuffer {
  const logsBytes = logs === undefined ? 0 : byteLengthOf(logs);
  const body = new Bytes(BODY_HEAD_BYTES + logsBytes + byteLengthOf(payload));
  writeBodyHead(body, 0, outcome, logsBytes);
  if (logs !== undefined) setBytes(body, logs, BODY_HEAD_BYTES);
  setBytes(body, payload, BODY_HEAD_BYTES + logsBytes);
  return bufferOf(body);
}

/** Writes the head of a body at `at`: what {@link joinBody} puts in front. */
export function writeBodyHead(target: Uint8Array, at: number, outcome: number, logs: number): void {
  target[at] = outcome;
  for (let i = 1; i < 4; i++) target[at + i] = 0;
  for (let i = 0; i < 4; i++) target[at + 4 + i] = logs >>> (8 * i);
}

/** Returns the parts of a body as views on it, or `undefined` when its lengths do not agree. */
export function splitBody(body: Uint8Array<ArrayBuffer>): Body | undefined {
  if (body.length < BODY_HEAD_BYTES) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const logsBytes = view.getUint32(4, true);
  if (logsBytes > body.length - BODY_HEAD_BYTES) return undefined;
  const end = BODY_HEAD_BYTES + logsBytes;
  const outcome = view.getUint8(0);
  return { outcome, logs: body.subarray(BODY_HEAD_BYTES, end), payload: body.subarray(end) };
}

/** Returns `value`, decoded from outside, as a fault; `undefined` when it is none. */
export function faultFrom(value: unknown): Fault | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { code, path, detail, line, column, stack } = value as Record<string, unknown>;
  if (!isFaultCode(code) || typeof path !== "string" || typeof detail !== "string")
    return undefined;
  const fault: { -readonly [key in keyof Fault]: Fault[key] } = { code, path, detail };
  if (countsFrom1(line) && countsFrom1(column)) fault.at = { line, column };
  if (typeof stack === "string") fault.stack = stack;
  return fault;
}

function countsFrom1(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

/** Returns `fault` as the dict that crosses the pipe; `faultFrom` reads it. */
export function faultToDict(fault: Fault): Record<string, unknown> {
  const { code, path, detail, at, stack } = fault;
  return { code, path, detail, line: at?.line, column: at?.column, stack };
}

/** An answer that a worker has checked, cut into head and body. A view, not a copy. */
export interface WholeAnswer {
  readonly answer: Answer;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Returns the answer that begins at `at`. */
export function answerIn(answers: ArrayBuffer, at = 0): WholeAnswer {
  const answer = readAnswer(new DataView(answers), at);
  return { answer, body: new Uint8Array(answers, at + ANSWER_HEAD_BYTES, answer.bytes) };
}

/** Cuts a buffer of answers, one behind the other. */
export function* answersIn(answers: ArrayBuffer): Generator<WholeAnswer, void> {
  for (let at = 0; at < answers.byteLength;) {
    const whole = answerIn(answers, at);
    yield whole;
    at += ANSWER_HEAD_BYTES + whole.body.length;
  }
}
