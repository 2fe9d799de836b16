// A sandbox that was taken over may send anything of the right form; none of it is believed.

import { describe, expect, test } from "vitest";

import { type Checker, compileSchema } from "../../src/contract/schema/schema.ts";
import { DEFAULTS } from "../../src/limits.ts";
import { checkedRecord, joinRecords } from "../../src/pool/answers.ts";
import { decode } from "../../src/wire/decode.ts";
import {
  ANSWER,
  ANSWER_HEAD_BYTES,
  joinBody,
  OUTCOME,
  readAnswer,
  splitBody,
  writeAnswer,
} from "../../src/wire/records.ts";

const NOTHING = new Uint8Array(0);
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

function answer(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(ANSWER_HEAD_BYTES + body.length);
  const cost = { warm: true, isKept: true, wallMs: 1.5, cpuMs: 1, loadMs: 0, heapBytes: 9 };
  const head = { kind: ANSWER.done, call: 3, bytes: body.length, ...cost };
  writeAnswer(new DataView(bytes.buffer), 0, head);
  bytes.set(body, ANSWER_HEAD_BYTES);
  return bytes;
}

const body = (outcome: number, payload: Uint8Array, logs: Uint8Array = NOTHING) =>
  new Uint8Array(joinBody(outcome, logs, payload));

function checked(bytes: Uint8Array, returns?: Checker, limits: object = {}): unknown {
  const rules = { limits: { ...DEFAULTS, ...limits }, returns, axes: new Map(), timesMsMax: 9 };
  const checked = checkedRecord(answer(bytes), 3, rules);
  if ("lie" in checked) return checked;
  const out = checked.record;
  const head = readAnswer(new DataView(out.buffer), 0);
  expect([head.call, head.wallMs, head.bytes]).toEqual([3, 1.5, out.length - ANSWER_HEAD_BYTES]);
  const parts = splitBody(out.subarray(ANSWER_HEAD_BYTES));
  return parts && { outcome: parts.outcome, is: decode(parts.payload), logs: parts.logs.length };
}

describe("checkedRecord()", () => {
  test("lets an honest value pass, and an honest fault", () => {
    expect(checked(body(OUTCOME.value, hex("92 01 02")))).toMatchObject({ outcome: 0, is: [1, 2] });
    const fault = hex(
      "83 a4 636f6465 aa 484f4f4b5f5448524557 a4 70617468 a0 a6 64657461696c a1 78",
    );
    const is = { code: "HOOK_THREW", path: "", detail: "x" };
    expect(checked(body(OUTCOME.fault, fault))).toMatchObject({ outcome: 1, is });
  });

  const cancelled = hex(
    "83 a4 636f6465 a9 43414e43454c4c4544 a4 70617468 a0 a6 64657461696c a1 78",
  );
  const quarantined = hex(
    "83 a4 636f6465 b0 484f4f4b5f51554152414e54494e4544 a4 70617468 a0 a6 64657461696c a1 78",
  );
  const LIES: readonly [name: string, bytes: Uint8Array, limits?: object][] = [
    ["a body of no length", NOTHING],
    ["a body that ends in its head", hex("00 00 00 00 00 00 00")],
    ["logs that are longer than the body", hex("00 00 00 00 ff ff ff ff c0")],
    ["an empty payload", body(OUTCOME.value, NOTHING)],
    ["a payload with bytes behind it", body(OUTCOME.value, hex("c0 c0"))],
    ["an extension that is none", body(OUTCOME.value, hex("d4 72 40"))],
    ["a tensor whose shape lies", body(OUTCOME.value, hex("d6 54 01 01 00 00"))],
    ["more nodes than its limit", body(OUTCOME.value, hex("93 01 02 03")), { nodes: 3 }],
    ["more bytes than its limit", body(OUTCOME.value, hex("93 01 02 03")), { outputBytes: 3 }],
    ["a fault that is none", body(OUTCOME.fault, hex("01"))],
    ["a fault that only a caller can make", body(OUTCOME.fault, cancelled)],
    ["a fault that only the pool knows of", body(OUTCOME.fault, quarantined)],
    ["an outcome that is none", body(2, hex("c0"))],
    ["logs that are no list", body(OUTCOME.value, hex("c0"), hex("c1"))],
    [
      "more log lines than its limit",
      body(OUTCOME.value, hex("c0"), hex("93 00 a0 a0")),
      { logLines: 0 },
    ],
  ];
  test.each(LIES)("calls %s a lie", (_name, bytes, limits) => {
    expect(checked(bytes, undefined, limits)).toEqual({ lie: expect.any(String) });
  });

  test("lets no time stand that is longer than the block was on its way", () => {
    const rules = { limits: DEFAULTS, returns: undefined, axes: new Map(), timesMsMax: 0.25 };
    const checked = checkedRecord(answer(body(OUTCOME.value, hex("c0"))), 3, rules);
    if ("lie" in checked) throw new Error(checked.lie);
    const { wallMs, cpuMs, loadMs } = readAnswer(new DataView(checked.record.buffer), 0);
    expect([wallMs, cpuMs, loadMs]).toEqual([0.25, 0.25, 0]);
  });

  test("keeps the logs of an answer that does not keep to `returns`", () => {
    const returns = compileSchema({ type: "string" }, "returns");
    const logs = hex("93 00 a3 6c6f67 a1 78");
    const wanted = { outcome: 1, is: { code: "OUTPUT_MISMATCH", path: "$" }, logs: logs.length };
    expect(checked(body(OUTCOME.value, hex("01"), logs), returns)).toMatchObject(wanted);
  });
});

test("joinRecords() puts records one behind the other, whatever buffers they lie in", () => {
  const large = new Uint8Array(10).fill(7);
  const joined = joinRecords([large.subarray(2, 4), new Uint8Array([1]), large.subarray(9)]);
  expect(new Uint8Array(joined)).toEqual(new Uint8Array([7, 7, 1, 7]));
  expect(joinRecords([large.subarray(0, 3)]).byteLength).toBe(3);
  expect(joinRecords([]).byteLength).toBe(0);
});
