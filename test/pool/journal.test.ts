// What a worker makes of the bytes that it finds in a journal, whoever wrote them.

import { ftruncateSync, readSync, writeSync } from "node:fs";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { Inbox, Journal, type Listener } from "../../src/pool/journal.ts";
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
  beforeEach(() => (journal = new Journal()));
  afterEach(() => journal[Symbol.dispose]());

  function drained(): [call: number, bytes: number][] {
    const calls: [number, number][] = [];
    const onAnswer: Listener["onAnswer"] = ({ call, bytes }, { length }) => {
      expect(length).toBe(ANSWER_HEAD_BYTES + bytes);
      calls.push([call, bytes]);
      return undefined;
    };
    expect(journal.drain({ onHead: () => undefined, onAnswer })).toBeUndefined();
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

  test("drain() asks for no memory before a head was judged, and reads nothing behind a lie", () => {
    for (const call of [1, 2, 3]) writeSync(journal.descriptor, record(call, 4));
    const heads: number[] = [];
    const calls: number[] = [];
    const onHead: Listener["onHead"] = ({ call }) => {
      heads.push(call);
      return call === 2 ? "a lie" : undefined;
    };
    const onAnswer: Listener["onAnswer"] = ({ call }) => void calls.push(call);
    expect(journal.drain({ onHead, onAnswer })).toBe("a lie");
    expect([heads, calls]).toEqual([[1, 2], [1]]);
  });

  test("drain() reads nothing behind an answer whose body is a lie", () => {
    for (const call of [1, 2]) writeSync(journal.descriptor, record(call, 4));
    const calls: number[] = [];
    const onAnswer: Listener["onAnswer"] = ({ call }) => (calls.push(call), "a lie");
    expect(journal.drain({ onHead: () => undefined, onAnswer })).toBe("a lie");
    expect(calls).toEqual([1]);
  });

  test("a sandbox can only add to it", () => {
    writeSync(journal.descriptor, record(1, 4));
    expect(() => readSync(journal.descriptor, new Uint8Array(1), 0, 1, 0)).toThrow("EBADF");
    // At a place of its own choosing, too: it lands at the end.
    writeSync(journal.descriptor, record(2, 4), 0, ANSWER_HEAD_BYTES + 4, 0);
    expect(drained()).toEqual([
      [1, 4],
      [2, 4],
    ]);
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

  test("a sandbox can neither write to it nor make it longer", () => {
    using inbox = new Inbox();
    expect(inbox.put([new Uint8Array(8).fill(7)])).toBe(true);
    const got = new Uint8Array(8);
    expect(readSync(inbox.descriptor, got, 0, 8, 0)).toBe(8);
    expect(got).toEqual(new Uint8Array(8).fill(7));
    expect(() => writeSync(inbox.descriptor, got)).toThrow("EBADF");
    expect(() => ftruncateSync(inbox.descriptor, 2 ** 20)).toThrow(/EINVAL|EBADF/);
  });
});
