// What a worker makes of the bytes that it finds in a journal, whoever wrote them.

import { writeSync } from "node:fs";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { Inbox, Journal } from "../../src/pool/journal.ts";
import { ANSWER, ANSWER_HEAD_BYTES, writeAnswer } from "../../src/wire/records.ts";

const COST = { warm: false, isKept: false, wallMs: 0, cpuMs: 0, loadMs: 0, heapBytes: 0 };

/** A record with a body of `length` bytes that are all `call`. */
function record(call: number, length: number, changes: object = {}): Uint8Array {
  const bytes = new Uint8Array(ANSWER_HEAD_BYTES + length).fill(call, ANSWER_HEAD_BYTES);
  const head = { kind: ANSWER.done, call, bytes: length, ...COST, ...changes };
  writeAnswer(new DataView(bytes.buffer), 0, head);
  return bytes;
}

describe("Journal", () => {
  let journal: Journal;
  beforeEach(() => (journal = new Journal(1_000_000)));
  afterEach(() => journal[Symbol.dispose]());

  function drained(): [call: number, bytes: number][] {
    const calls: [number, number][] = [];
    journal.drain(({ call, bytes }, { length }) => {
      expect(length).toBe(ANSWER_HEAD_BYTES + bytes);
      calls.push([call, bytes]);
    });
    return calls;
  }

  test("drain() hands over each record once, in order, however they were written", () => {
    for (let call = 1; call <= 100; call++) writeSync(journal.descriptor, record(call, call));
    expect(drained()).toEqual(Array.from({ length: 100 }, (_, i) => [i + 1, i + 1]));
    expect(drained()).toEqual([]);
    writeSync(journal.descriptor, record(7, 0));
    expect(drained()).toEqual([[7, 0]]);
  });

  test("drain() takes no record before its last byte is there", () => {
    const bytes = record(5, 20);
    for (let at = 0; at < bytes.length; at++) {
      expect(drained()).toEqual([]);
      writeSync(journal.descriptor, bytes, at, 1);
    }
    expect(drained()).toEqual([[5, 20]]);
  });

  test("drain() reads a record that is longer than it reads at a time, between short ones", () => {
    const lengths = [10, 65_536, 300_000, 65_488, 1];
    for (const [i, length] of lengths.entries()) {
      writeSync(journal.descriptor, record(i + 1, length));
    }
    expect(drained()).toEqual(lengths.map((length, i) => [i + 1, length]));
  });

  test("clear() empties it for the next block", () => {
    writeSync(journal.descriptor, record(1, 1_000));
    expect(drained()).toEqual([[1, 1_000]]);
    journal.clear();
    expect(journal.bytes).toBe(0);
    writeSync(journal.descriptor, record(2, 3));
    expect(drained()).toEqual([[2, 3]]);
  });

  const LIES: readonly [name: string, bytes: Uint8Array, wrong: string][] = [
    ["a kind that is none", record(1, 0, { kind: 9 }), "kind 9"],
    ["a length of 4 GB", record(1, 0, { bytes: 0xffff_ffff }), "4294967295 bytes"],
    ["one byte over the most", record(1, 0, { bytes: 1_000_001 }), "1000001 bytes"],
    ["a kilobyte of zeros", new Uint8Array(1_024), "kind 0"],
  ];
  test.each(LIES)("drain() stops at %s, and says so", (_name, bytes, wrong) => {
    writeSync(journal.descriptor, record(1, 4));
    writeSync(journal.descriptor, bytes);
    const calls: number[] = [];
    expect(journal.drain(({ call }) => calls.push(call))).toContain(wrong);
    expect(calls).toEqual([1]);
  });
});

describe("Inbox", () => {
  test("clear() gives back what a large block took", () => {
    const inbox = new Inbox();
    try {
      expect(inbox.put([new Uint8Array(3_000_000), new Uint8Array(3_000_000)])).toBe(true);
      inbox.clear();
      expect(inbox.bytes).toBe(0);
    } finally {
      inbox[Symbol.dispose]();
    }
  });
});
