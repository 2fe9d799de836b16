// Heads written and read, bodies cut, and faults taken from what a sandbox sent.

import { describe, expect, test } from "vitest";

import { FAULTS } from "../../src/faults.ts";
import {
  ANSWER,
  ANSWER_HEAD_BYTES,
  BODY_HEAD_BYTES,
  faultFrom,
  faultToDict,
  joinBody,
  OUTCOME,
  readAnswer,
  readRequest,
  REQUEST,
  REQUEST_HEAD_BYTES,
  splitBody,
  writeAnswer,
  writeCheckMs,
  writePlace,
  writeRequest,
} from "../../src/wire/records.ts";
import { encode, fromHex, readings, tensor } from "./bytes.ts";

const REQUESTS = [
  { kind: REQUEST.load, files: 0, isLast: true, call: 0, hook: 1, bytes: 2, beginBy: 0 },
  {
    kind: REQUEST.call,
    files: 1,
    isLast: false,
    call: 2 ** 32 - 1,
    hook: 2 ** 32 - 1,
    bytes: 2 ** 32 - 1,
    beginBy: Infinity,
  },
  { kind: REQUEST.call, files: 256, isLast: false, call: 7, hook: 3, bytes: 9, beginBy: 1234.5 },
  { kind: 255, files: 65535, isLast: true, call: 1, hook: 0, bytes: 0, beginBy: -1 },
];

const COSTS = { wallMs: 1.25, cpuMs: 0.5, loadMs: 0, heapBytes: 2 ** 33 };
const ANSWERS = [
  { kind: ANSWER.notBegun, warm: false, isKept: false, call: 0, bytes: 0, ...COSTS },
  { kind: ANSWER.done, warm: true, isKept: false, call: 2 ** 32 - 1, bytes: 2 ** 32 - 1, ...COSTS },
  { kind: ANSWER.loaded, warm: false, isKept: true, call: 1, bytes: 2, ...COSTS },
  { kind: 255, warm: true, isKept: true, call: 1, bytes: 2, ...COSTS },
];

/** A view in the middle of other bytes, and whether those are still as they were. */
function viewOf(bytes: number): { view: DataView; isClean: () => boolean } {
  const all = new Uint8Array(bytes + 16).fill(0xaa);
  const isClean = () => [...all.subarray(0, 8), ...all.subarray(-8)].every((one) => one === 0xaa);
  return { view: new DataView(all.buffer), isClean };
}

describe("heads", () => {
  test.each(REQUESTS)("readRequest() reads what writeRequest() wrote: %o", (request) => {
    const { view, isClean } = viewOf(REQUEST_HEAD_BYTES);
    writeRequest(view, 8, request);
    expect(readRequest(view, 8)).toStrictEqual(request);
    expect(isClean()).toBe(true);
    for (const isLast of [true, false]) {
      writePlace(view, 8, 99.5, isLast);
      expect(readRequest(view, 8)).toStrictEqual({ ...request, beginBy: 99.5, isLast });
    }
    expect(isClean()).toBe(true);
  });

  test.each(ANSWERS)("readAnswer() reads what writeAnswer() wrote: %o", (answer) => {
    const { view, isClean } = viewOf(ANSWER_HEAD_BYTES);
    writeAnswer(view, 8, answer);
    expect(readAnswer(view, 8)).toStrictEqual({ ...answer, checkMs: 0 });
    writeCheckMs(view, 8, 0.25);
    expect(readAnswer(view, 8)).toStrictEqual({ ...answer, checkMs: 0.25 });
    expect(isClean()).toBe(true);
  });

  test.each([Number.NaN, Infinity, -Infinity, -1, -1e300])(
    "readAnswer() reads a cost of %d as 0",
    (cost) => {
      const { view } = viewOf(ANSWER_HEAD_BYTES);
      const costs = { wallMs: cost, cpuMs: cost, loadMs: cost, heapBytes: cost };
      writeAnswer(view, 0, { ...ANSWERS[1]!, ...costs });
      writeCheckMs(view, 0, cost);
      const none = { wallMs: 0, cpuMs: 0, loadMs: 0, heapBytes: 0, checkMs: 0 };
      expect(readAnswer(view, 0)).toMatchObject(none);
    },
  );

  test("readAnswer() takes no other bit of the flags", () => {
    const view = new DataView(new ArrayBuffer(ANSWER_HEAD_BYTES));
    view.setUint8(1, 0xfc);
    expect(readAnswer(view, 0)).toMatchObject({ warm: false, isKept: false });
  });
});

describe("splitBody()", () => {
  const bytes = (...list: number[]) => Uint8Array.from(list);
  const PARTS = [
    ["nothing but a value", bytes(), bytes(0xc0)],
    ["logs and a value", bytes(1, 2, 3), bytes(4)],
    ["logs alone", bytes(1), bytes()],
    ["neither", bytes(), bytes()],
    ["more than 64 KiB of logs", new Uint8Array(70_000).fill(7), bytes(1)],
  ] as const;
  test.each(PARTS)("gives back what joinBody() joined: %s", (_, logs, payload) => {
    const body = joinBody(OUTCOME.fault, logs, payload);
    expect(body.byteLength).toBe(BODY_HEAD_BYTES + logs.length + payload.length);
    expect(splitBody(new Uint8Array(body))).toStrictEqual({
      outcome: OUTCOME.fault,
      logs,
      payload,
    });
  });

  test("reads views, and gives views on the same memory", () => {
    const whole = Uint8Array.from([9, 9, ...new Uint8Array(joinBody(0, bytes(1), bytes(2)))]);
    const parts = splitBody(whole.subarray(2));
    expect(parts).toStrictEqual({ outcome: 0, logs: bytes(1), payload: bytes(2) });
    expect(parts?.logs.buffer).toBe(whole.buffer);
  });

  const LIES = [
    ["nothing", ""],
    ["a head cut short", "00000000000000"],
    ["one log byte that is not there", "0000000001000000"],
    ["logs of 2^32-1", "00000000ffffffff00"],
    ["a length of one more than there is", "000000000300000001 02"],
    ["a length in the other order", "0000000000000001 00"],
  ] as const;
  test.each(LIES)("gives nothing for %s", (_, hex) => {
    expect(splitBody(fromHex(hex))).toBeUndefined();
  });
});

describe("faultFrom()", () => {
  const FAULT = { code: "HOOK_THREW", path: "$.a", detail: "no" } as const;
  const at = (line: unknown, column: unknown) => ({ ...FAULT, line, column });

  const GOOD = [
    ["the least", FAULT, FAULT],
    ["a place", at(3, 9), { ...FAULT, at: { line: 3, column: 9 } }],
    ["a stack", { ...FAULT, stack: "at f" }, { ...FAULT, stack: "at f" }],
    ["a key too many, which is left", { ...FAULT, blame: "host", __extra: 1 }, FAULT],
    ["a line without a column", { ...FAULT, line: 3 }, FAULT],
    ["line 0", at(0, 1), FAULT],
    ["a negative column", at(1, -1), FAULT],
    ["a fraction of a line", at(1.5, 1), FAULT],
    ["a line as text", at("1", "1"), FAULT],
    ["a line as bigint", at(1n, 1n), FAULT],
    ["line NaN", at(Number.NaN, 1), FAULT],
    ["a stack that is no text", { ...FAULT, stack: ["at f"] }, FAULT],
  ] as const;
  test.each(GOOD)("takes %s", (_, value, fault) => {
    expect(faultFrom(value)).toStrictEqual(fault);
  });

  const BAD = [
    ["null", null],
    ["nothing", undefined],
    ["text", "HOOK_THREW"],
    ["a list", ["HOOK_THREW", "", ""]],
    ["a tensor", tensor("uint8", [1], [1])],
    ["no code", { path: "", detail: "" }],
    ["a code that is none", { ...FAULT, code: "HOOK_DANCED" }],
    ["a name that every object has", { ...FAULT, code: "constructor" }],
    ["a code as list", { ...FAULT, code: ["HOOK_THREW"] }],
    ["a path that is no text", { ...FAULT, path: 1 }],
    ["a detail that is no text", { ...FAULT, detail: null }],
  ] as const;
  test.each(BAD)("gives nothing for %s", (_, value) => {
    expect(faultFrom(value)).toBeUndefined();
  });

  test.each(Object.keys(FAULTS) as (keyof typeof FAULTS)[])("brings %s over the pipe", (code) => {
    const fault = { code, path: "$[1]", detail: "é 🐈", at: { line: 1, column: 2 }, stack: "at f" };
    for (const read of readings(encode(faultToDict(fault)))) {
      expect(faultFrom(read)).toStrictEqual(fault);
    }
  });
});
