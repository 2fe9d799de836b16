// Buffers that are used again: large ones only, no more than may wait, and never two owners at once.

import { describe, expect, test } from "vitest";

import { Recycler } from "../../src/pool/recycler.ts";

const MIB = 2 ** 20;

describe("Recycler", () => {
  test("gives a buffer again to the next who needs about as much", () => {
    const recycler = new Recycler();
    const first = recycler.allocate(MIB + 1);
    expect([first.length, first.byteOffset, first.buffer.byteLength]).toEqual([
      MIB + 1,
      0,
      1.5 * MIB,
    ]);
    recycler.give(first.buffer);
    const second = recycler.allocate(1.25 * MIB);
    expect(second.buffer).toBe(first.buffer);
    expect(second.length).toBe(1.25 * MIB);
    // It is out: nobody else gets it.
    expect(recycler.allocate(1.25 * MIB).buffer).not.toBe(first.buffer);
  });

  const SIZES: readonly [bytes: number, buffer: number][] = [
    [65_536, 65_536],
    [65_537, 98_304],
    [98_304, 98_304],
    [98_305, 131_072],
    [16 * MIB, 16 * MIB],
  ];
  test.each(SIZES)("%d bytes come in a buffer of %d", (bytes, buffer) => {
    expect(new Recycler().allocate(bytes).buffer.byteLength).toBe(buffer);
  });

  test("takes nothing that it did not give, and no more than 64 MiB", () => {
    const recycler = new Recycler();
    const foreign = [new ArrayBuffer(100_000), new ArrayBuffer(10), new ArrayBuffer(32 * MIB)];
    for (const buffer of foreign) recycler.give(buffer);
    expect(foreign).not.toContain(recycler.allocate(99_000).buffer);
    const given = Array.from({ length: 5 }, () => recycler.allocate(16 * MIB).buffer);
    for (const buffer of given) recycler.give(buffer);
    const again = new Set(Array.from({ length: 5 }, () => recycler.allocate(16 * MIB).buffer));
    expect(given.filter((buffer) => again.has(buffer))).toHaveLength(4);
  });
});
