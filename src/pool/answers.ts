/**
 * The answers of one block on their way back to the main thread, checked.
 *
 * What a sandbox says is scanned, held to the hook's limits and to its `returns` schema. What a
 * hook may do wrong becomes a fault; what an honest sandbox never sends is a *lie*, and its sandbox
 * is ended. The result is one buffer of records, so that one move takes them all.
 *
 * @module
 */

import type { Axes, Checker } from "../contract/schema/schema.ts";
import { type Fault, FAULTS, type FaultCode, Refusal } from "../faults.ts";
import type { Limits } from "../limits.ts";
import { nowMs } from "../sandbox/clock.ts";
import { decode } from "../wire/decode.ts";
import { Encoder } from "../wire/encode.ts";
import {
  ANSWER,
  ANSWER_HEAD_BYTES,
  BODY_HEAD_BYTES,
  boundTimes,
  faultFrom,
  faultToDict,
  joinBody,
  OUTCOME,
  splitBody,
  writeAnswer,
  writeCheckMs,
} from "../wire/records.ts";
import { scan } from "../wire/scan.ts";
import { readText } from "../wire/text.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const NO_BYTES = new Uint8Array(0);
const ENCODER = new Encoder({
  nodesMax: 1_000,
  depthMax: 4,
  bytesMax: 2 ** 20,
  unsupported: "INTERNAL",
  tooLarge: "INTERNAL",
});
const FAULT_RULES = {
  nodesMax: 20,
  depthMax: 1,
  malformed: "HOOK_CRASHED",
  tooLarge: "HOOK_CRASHED",
} as const;
/** What no hook can say of itself: that it is in quarantine is for the pool to know. */
const NEVER_CLAIMED: readonly FaultCode[] = ["HOOK_QUARANTINED"];
/** The longest text of an error, ten frames of 256 characters, a path of 256 steps: with room. */
const FAULT_BYTES_MAX = 256 * 1024;
const NO_COST = {
  warm: false,
  isKept: false,
  wallMs: 0,
  cpuMs: 0,
  loadMs: 0,
  heapBytes: 0,
} as const;

/** Returns the record of a fault that the worker itself found. */
export function faultRecord(call: number, fault: Fault, logs: Uint8Array = NO_BYTES): Bytes {
  return record(ANSWER.done, call, faultBody(fault, logs));
}

/** The most bytes that an answer of a hook with these limits has behind its head. */
export function answerBytesMax(limits: Limits): number {
  return BODY_HEAD_BYTES + logBytesMax(limits) + Math.max(limits.outputBytes, FAULT_BYTES_MAX);
}

/** The texts, the head of each, and the list around them. */
function logBytesMax({ logBytes, logLines }: Limits): number {
  return logBytes + 16 * logLines + 64;
}

/** Returns the record of a call that its sandbox did not outlive: only a worker says so. */
export function deathRecord(call: number, fault: Fault): Bytes {
  return record(ANSWER.died, call, faultBody(fault, NO_BYTES));
}

function faultBody(fault: Fault, logs: Uint8Array): Uint8Array {
  return new Uint8Array(joinBody(OUTCOME.fault, logs, ENCODER.encode(faultToDict(fault))));
}

/** Returns the record that gives a call back unrun; `request` is its own record. */
export function notBegunRecord(call: number, request: Uint8Array): Bytes {
  return record(ANSWER.notBegun, call, request);
}

/** An answer as it may leave the worker, or what is wrong with it. */
export type Checked = { readonly record: Bytes } | { readonly lie: string };

/**
 * Returns the record of an answer as it may leave the worker: the same, or a fault in its place
 * when it is not what the hook declares.
 *
 * @param answer The sandbox's record, head and body. Owned from here on.
 */
export function checkedRecord(answer: Bytes, call: number, rules: CheckRules): Checked {
  const begun = nowMs();
  const view = new DataView(answer.buffer, answer.byteOffset);
  boundTimes(view, 0, rules.timesMsMax);
  const body = splitBody(answer.subarray(ANSWER_HEAD_BYTES));
  if (!body) return { lie: "a body whose lengths do not agree" };
  try {
    checkLogs(body.logs, rules.limits);
    if (body.outcome === OUTCOME.value) checkValue(body.payload, rules);
    else if (body.outcome === OUTCOME.fault) checkFault(body.payload);
    else throw lied(`an outcome of ${body.outcome}`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, path, detail } = error;
    if (code === "HOOK_CRASHED")
      return { lie: path === "" ? detail : `no value: ${path} ${detail}` };
    return { record: replaced(answer, faultRecord(call, error.toFault(), body.logs)) };
  }
  writeCheckMs(view, 0, nowMs() - begun);
  return { record: answer };
}

/** What an answer is held to. */
export interface CheckRules {
  readonly limits: Limits;
  readonly returns: Checker | undefined;
  readonly axes: Axes;
  /** How long the block has been on its way: no call of it took longer. */
  readonly timesMsMax: number;
}

/** Returns records, one behind the other, as one buffer of their own. */
export function joinRecords(records: readonly Bytes[]): ArrayBuffer {
  const [only] = records;
  if (records.length === 1 && only?.byteLength === only?.buffer.byteLength && only) {
    return only.buffer;
  }
  let bytes = 0;
  for (const one of records) bytes += one.length;
  const joined = new Uint8Array(bytes);
  let at = 0;
  for (const one of records) {
    joined.set(one, at);
    at += one.length;
  }
  return joined.buffer;
}

function record(kind: number, call: number, body: Uint8Array): Bytes {
  const bytes = new Uint8Array(ANSWER_HEAD_BYTES + body.length);
  const view = new DataView(bytes.buffer);
  writeAnswer(view, 0, { ...NO_COST, kind, call, bytes: body.length });
  bytes.set(body, ANSWER_HEAD_BYTES);
  return bytes;
}

/** Keeps the costs in the head of `answer` on the record that replaces it. */
function replaced(answer: Bytes, by: Bytes): Bytes {
  by.set(answer.subarray(1, 2), 1);
  by.set(answer.subarray(16, ANSWER_HEAD_BYTES), 16);
  return by;
}

function checkValue(payload: Bytes, { limits, returns, axes }: CheckRules): void {
  if (payload.length > limits.outputBytes) throw lied("more bytes than its limit");
  scan(payload, {
    nodesMax: limits.nodes,
    depthMax: limits.depth,
    malformed: "HOOK_CRASHED",
    tooLarge: "HOOK_CRASHED",
  });
  if (returns) returns(decode(payload, readText), { code: "OUTPUT_MISMATCH", axes });
}

/** A sandbox may blame its hook, or itself; it has no say in what callers or the host did. */
function checkFault(payload: Bytes): void {
  if (payload.length > FAULT_BYTES_MAX) throw lied("a fault that is too long");
  scan(payload, FAULT_RULES);
  const fault = faultFrom(decode(payload, readText));
  if (!fault || !mayClaim(fault.code)) throw lied("a fault that it cannot know of");
}

function mayClaim(code: FaultCode): boolean {
  if (NEVER_CLAIMED.includes(code)) return false;
  return FAULTS[code].blame === "hook" || code === "INTERNAL";
}

function checkLogs(logs: Bytes, limits: Limits): void {
  if (logs.length === 0) return;
  if (logs.length > logBytesMax(limits)) throw lied("too many log lines");
  scan(logs, {
    nodesMax: 2 * limits.logLines + 2,
    depthMax: 1,
    malformed: "HOOK_CRASHED",
    tooLarge: "HOOK_CRASHED",
  });
}

/** On its way to be a lie. */
function lied(what: string): Refusal {
  return new Refusal("HOOK_CRASHED", "", what);
}
