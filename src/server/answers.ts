/**
 * Answers as clients see them, the same through every door: plain data, and the value as bytes.
 *
 * Names are those of the library, but for `run_id` and `run_time_ms`, which the original promised.
 *
 * @module
 */

import { FAULTS } from "../faults.ts";
import type { HookError } from "../runtime/hook-error.ts";
import { Encoder } from "../wire/encode.ts";
import { HOST_TEXT } from "../wire/text.ts";
import type { CallAnswer, RunAnswer } from "./service.ts";

/** Fields of an answer, one of which may be bytes that were encoded already. */
export interface Answered {
  readonly fields: Readonly<Record<string, unknown>>;
  /** The field in front of the others whose value is `payload`. */
  readonly key?: string | undefined;
  readonly payload?: Uint8Array | undefined;
}

/** Returns the answer to a call: `{ value, hook, receipt, logs }`. */
export function callAnswered({ hook, payload, receipt, logs }: CallAnswer): Answered {
  return { key: "value", payload, fields: { hook, receipt, logs } };
}

/** Returns the answer to a run: `{ result, run_id, run_time_ms, stages }`. */
export function runAnswered({ payload, runId, runTimeMs, stages }: RunAnswer): Answered {
  return { key: "result", payload, fields: { run_id: runId, run_time_ms: runTimeMs, stages } };
}

/** Returns a fault as it crosses to a client. */
export function faultAnswered(error: HookError): Record<string, unknown> {
  const { code, message, path, detail, at, hookStack, hook, stage, logs, receipt } = error;
  const { runId, stages, problems, retry } = error;
  const { status, blame } = FAULTS[code];
  return {
    ...{ code, message, path, detail, retry, status, blame },
    ...(at && { at }),
    ...(hookStack !== "" && { stack: hookStack }),
    ...(hook && { hook }),
    ...(stage !== undefined && { stage }),
    ...(logs.length > 0 && { logs }),
    ...(receipt && { receipt }),
    ...(runId !== undefined && { run_id: runId }),
    ...(stages.length > 0 && { stages }),
    ...(problems.length > 0 && { problems }),
  };
}

/** More than any answer of ours has beside its value. */
const NODES_MAX = 10_000_000;
const BYTES_MAX = 2 ** 30;

const encoder = new Encoder({
  ...{ nodesMax: NODES_MAX, depthMax: 64, bytesMax: BYTES_MAX },
  ...{ unsupported: "INTERNAL", tooLarge: "OUTPUT_TOO_LARGE", text: HOST_TEXT },
});

/** Returns one answer as MessagePack. */
export function packedAnswer(answer: Answered): Uint8Array<ArrayBuffer> {
  encoder.begin(0);
  putAnswer(answer);
  return encoder.end(0);
}

function putAnswer({ fields, key, payload }: Answered): void {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  const count = entries.length + (key === undefined ? 0 : 1);
  encoder.putEncoded(count < 16 ? Uint8Array.of(0x80 | count) : Uint8Array.of(0xde, 0, count));
  if (key !== undefined) {
    encoder.put(key);
    encoder.putEncoded(payload ?? new Uint8Array([0xc0]));
  }
  for (const [name, value] of entries) {
    encoder.put(name);
    encoder.put(value);
  }
}
