/**
 * What a pool gave back as what a caller gets: a value with its receipt and logs, or a `HookError`.
 *
 * @module
 */

import type { PoolAnswer } from "../pool/call.ts";
import { decode } from "../wire/decode.ts";
import { faultFrom, LOG_LEVELS, OUTCOME, splitBody } from "../wire/records.ts";
import { readText } from "../wire/text.ts";
import { HookError, type HookName, type LogLine, type Receipt } from "./hook-error.ts";

/** What a call gives. */
export interface CallResult<T = unknown> {
  readonly value: T;
  readonly receipt: Receipt;
  readonly logs: readonly LogLine[];
}

/** The same before it is decoded. */
export interface PackedResult {
  /** Checked by the worker. A view on the answer's own bytes: they are the caller's. */
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly receipt: Receipt;
  readonly logs: readonly LogLine[];
}

/** Returns a result with its value in the caller's own hands. */
export function decoded({ payload, receipt, logs }: PackedResult): CallResult {
  return { value: decode(payload, readText), receipt, logs };
}

/**
 * Returns the result of an answer that the worker has checked.
 *
 * @throws {HookError} When the answer is a fault.
 */
export function resultOf(
  { answer, body, queueMs }: PoolAnswer,
  hook: HookName,
  call: { readonly totalMs: number; readonly bytesIn: number },
): PackedResult {
  const parts = splitBody(body);
  if (!parts) throw new Error("A worker sent a body whose lengths do not agree");
  const { logs, dropped } = logsFrom(parts.logs);
  const { wallMs, cpuMs, loadMs, checkMs, heapBytes, warm } = answer;
  const receipt: Receipt = {
    ...call,
    queueMs,
    loadMs,
    wallMs,
    cpuMs,
    checkMs,
    transferMs: Math.max(0, call.totalMs - queueMs - loadMs - wallMs - checkMs),
    bytesOut: parts.payload.length,
    heapBytes,
    warm,
    logsDropped: dropped,
  };
  if (parts.outcome === OUTCOME.value) return { payload: parts.payload, receipt, logs };
  const fault = faultFrom(decode(parts.payload, readText));
  if (!fault) throw new Error("A worker sent a fault that is none");
  throw new HookError(fault, { hook, logs, receipt });
}

const LEVELS: ReadonlySet<unknown> = new Set(LOG_LEVELS);

/** Returns the lines of a scanned list; what a sandbox may have put in wrong is left out. */
function logsFrom(bytes: Uint8Array): { logs: LogLine[]; dropped: number } {
  if (bytes.length === 0) return { logs: [], dropped: 0 };
  const list = decode(bytes, readText);
  const [dropped, ...rest] = Array.isArray(list) ? (list as unknown[]) : [];
  const logs: LogLine[] = [];
  for (let i = 0; i + 1 < rest.length; i += 2) {
    const [level, text] = [rest[i], rest[i + 1]];
    if (typeof text !== "string" || !LEVELS.has(level)) continue;
    logs.push({ level: level as LogLine["level"], text });
  }
  return { logs, dropped: Number.isSafeInteger(dropped) ? Number(dropped) : 0 };
}
