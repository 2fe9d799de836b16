/**
 * Bytes that are nearly right: flipped, cut at each place, spliced. Values through the scan, and
 * answers of a sandbox through the journal and the block that waits for them.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { writeSync } from "node:fs";

import type { Chance } from "../../benchmarks/soak/random.ts";
import { DEFAULTS } from "../../src/limits.ts";
import { answerBytesMax } from "../../src/pool/answers.ts";
import { BlockRun, type RunningCall } from "../../src/pool/block-run.ts";
import { Journal } from "../../src/pool/journal.ts";
import type { Sandbox } from "../../src/pool/sandbox-process.ts";
import { decode } from "../../src/wire/decode.ts";
import {
  ANSWER,
  ANSWER_HEAD_BYTES,
  faultFrom,
  joinBody,
  OUTCOME,
  readAnswer,
  REQUEST_HEAD_BYTES,
  splitBody,
  writeAnswer,
} from "../../src/wire/records.ts";
import { readText } from "../../src/wire/text.ts";
import { encode, isTaken, readings } from "../wire/bytes.ts";
import { makeWhole } from "./fuzz-values.ts";

const LIMITS = { ...DEFAULTS, nodes: 40, outputBytes: 150, logBytes: 256, logLines: 8 };
const LOGS = encode([0, "log", "a line", "warn", "another"]);
const FAULT = encode({ code: "HOOK_THREW", path: "", detail: "Error: no" });
/** A frame is cut at each of its bytes, so it has to be short. */
const CUT_BYTES_MAX = 600;

/** A value as bytes, changed: it is refused, or read, and then written and read alike. */
export function frameRound(chance: Chance): void {
  const frame = encode(makeWhole(chance).value);
  if (frame.length <= CUT_BYTES_MAX) {
    for (let end = 0; end < frame.length; end++) {
      if (isTaken(frame.subarray(0, end))) throw new Error(`A frame cut at ${end} was taken`);
    }
  }
  const other = encode(makeWhole(chance).value);
  for (let i = 0; i < 8; i++) {
    const bytes = changed(chance, frame, other);
    if (!isTaken(bytes)) continue;
    const [host, guest] = readings(bytes);
    if (!isDeepStrictEqual(host, guest)) throw new Error("Host and guest read differently");
    for (const again of readings(encode(host))) {
      if (!isDeepStrictEqual(again, host)) throw new Error("What was read is written otherwise");
    }
  }
}

/** Returns bytes that are changed once to four times. */
function changed(chance: Chance, from: Uint8Array, other: Uint8Array): Uint8Array {
  const bytes = [...from];
  for (let i = chance.below(4); i >= 0; i--) {
    const at = chance.below(bytes.length + 1);
    const piece = [...other.subarray(chance.below(other.length + 1))].slice(0, chance.below(40));
    const how = chance.below(5);
    if (how === 0 && at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.below(8));
    else if (how === 1) bytes.splice(at, 1 + chance.below(4));
    else if (how === 2) bytes.splice(at, 0, chance.below(256));
    else if (how === 3) bytes.splice(at, chance.below(8), ...piece);
    else bytes.length = at;
  }
  return Uint8Array.from(bytes);
}

/** Answers to a block of three calls, changed: each call is settled once, and within its limits. */
export async function answerRound(chance: Chance): Promise<void> {
  const calls = [1, 2, 3].map(runningCall);
  const sent: Uint8Array[] = [];
  const sandbox = played();
  const run = new BlockRun(calls, sandbox, new Map([[7, true]]), LIMITS, (early) => {
    sent.push(...early);
  });
  const answers = run.start([]);
  using journal = new Journal();
  const bytes = changedAnswers(chance);
  const listener = {
    onHead: run.wrongWith.bind(run),
    onAnswer: run.answered.bind(run),
  };
  let wrong: string | undefined;
  for (let at = 0; at < bytes.length && wrong === undefined;) {
    at += writeSync(
      journal.descriptor,
      bytes,
      at,
      Math.min(1 + chance.below(400), bytes.length - at),
    );
    wrong = journal.drain(listener);
  }
  const isDistrusted = wrong !== undefined;
  run.died({ how: `it sent ${wrong ?? "nothing"}`, outOfMemory: false, isDistrusted }, true);
  sent.push(...(await answers));
  settledOnce(sent);
}

function settledOnce(records: readonly Uint8Array[]): void {
  const seen: number[] = [];
  for (const record of records) {
    const head = readAnswer(new DataView(record.buffer, record.byteOffset), 0);
    seen.push(head.call);
    const body = Uint8Array.from(record.subarray(ANSWER_HEAD_BYTES));
    if (head.bytes !== body.length) throw new Error("A record is not as long as it says");
    if (body.length > answerBytesMax(LIMITS)) throw new Error("A record is over its limits");
    if (head.kind !== ANSWER.notBegun) isReadable(body);
  }
  if (!isDeepStrictEqual(seen.toSorted(), [1, 2, 3])) {
    throw new Error(`Each call is settled once, got ${seen.join(", ")}`);
  }
}

/** What the main thread does with a body, which must not fail there. */
function isReadable(bytes: Uint8Array<ArrayBuffer>): void {
  const body = splitBody(bytes);
  if (!body) throw new Error("A body left the worker whose lengths do not agree");
  if (body.logs.length > 0) decode(body.logs, readText);
  const isOver = body.payload.length > LIMITS.outputBytes;
  if (body.outcome === OUTCOME.value && isOver) throw new Error("A value is over its limit");
  const payload = decode(body.payload, readText);
  if (body.outcome !== OUTCOME.value && !faultFrom(payload)) throw new Error("A fault is none");
}

/** Three honest answers, with and without logs, values and faults, and then changes to them. */
function changedAnswers(chance: Chance): Uint8Array {
  const parts = [answer(ANSWER.reached, 1)];
  for (const call of [1, 2, 3]) {
    const isValue = chance.below(3) > 0;
    const outcome = isValue ? OUTCOME.value : OUTCOME.fault;
    const payload = isValue ? encode(makeWhole(chance).value) : FAULT;
    const logs = chance.below(2) === 0 ? LOGS : undefined;
    parts.push(answer(ANSWER.done, call, new Uint8Array(joinBody(outcome, logs, payload))));
  }
  if (chance.below(4) === 0) parts.splice(chance.below(4), 0, chance.of(parts));
  if (chance.below(4) === 0) parts.splice(chance.below(4), 1);
  const bytes = Buffer.concat(parts);
  return chance.below(4) === 0 ? bytes : changed(chance, bytes, chance.of(parts));
}

function answer(kind: number, call: number, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(ANSWER_HEAD_BYTES + body.length);
  const cost = { warm: true, isKept: true, wallMs: 0.1, cpuMs: 0.1, loadMs: 0, heapBytes: 0 };
  writeAnswer(new DataView(bytes.buffer), 0, { ...cost, kind, call, bytes: body.length });
  bytes.set(body, ANSWER_HEAD_BYTES);
  return bytes;
}

function runningCall(call: number): RunningCall {
  const spec = { hook: 7, file: "h", expression: "() => 1", importName: "i", columnShift: 0 };
  const hook = { tenant: "t", key: "t/h", spec: { ...spec, libraries: [], limits: LIMITS } };
  const known = { hook, accepts: undefined, returns: undefined };
  const request = new Uint8Array(REQUEST_HEAD_BYTES + 3);
  return { call, known, request, axes: new Map(), isGivenBack: false };
}

function played(): Sandbox {
  return {
    send: () => undefined,
    onHead: () => undefined,
    onAnswer: () => undefined,
    onEnd: () => undefined,
    drain: () => undefined,
    isQuiet: () => true,
    endBlock: () => undefined,
    kill: () => undefined,
    close: async () => undefined,
    residentBytes: () => 0,
  };
}
