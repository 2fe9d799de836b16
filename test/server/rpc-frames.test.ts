// Bytes to messages: the same ones however the bytes are cut, and hostile heads refused as soon as
// they are read. msgpackr, which is not ours, writes what is split.

import fc from "fast-check";
import { Packr } from "msgpackr";
import { describe, expect, test } from "vitest";

import { DEFAULTS } from "../../src/limits.ts";
import { boundsFor, Frames, type Framing, STRANGER_BOUNDS } from "../../src/server/rpc/frames.ts";
import { Rooms } from "../../src/server/rpc/rooms.ts";
import type { SkipBounds } from "../../src/server/rpc/skip.ts";
import { fromHex, refusalOf } from "../wire/bytes.ts";
import { lengthOf } from "./rpc-peer.ts";

const BOUNDS = boundsFor(DEFAULTS);
const PACKRS = [true, false].map(
  (variableMapSize) => new Packr({ useRecords: false, variableMapSize }),
);

/** Messages as bytes, one behind the other. */
function streamOf(messages: readonly Uint8Array[], framing: Framing): Uint8Array<ArrayBuffer> {
  const parts = messages.flatMap((one) => (framing === "bare" ? [one] : [lengthOf(one), one]));
  return Uint8Array.from(Buffer.concat(parts));
}

/** Pushes chunks and returns what came out, looked at when all has gone in. */
function split(chunks: readonly Uint8Array[], bounds: SkipBounds = BOUNDS): string[] {
  const frames = new Frames(bounds);
  const messages: Uint8Array[] = [];
  for (const chunk of chunks) {
    // Each chunk has memory of its own, as those of a socket have.
    frames.push(Uint8Array.from(chunk));
    for (let one = frames.next(); one; one = frames.next()) messages.push(one);
  }
  return messages.map((one) => Buffer.from(one).toString("hex"));
}

/** Cuts bytes at these places. */
function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [...new Set([0, ...places.filter((one) => one < bytes.length), bytes.length])];
  const sorted = at.toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, i) => bytes.subarray(sorted[i], end));
}

const leaf = fc.oneof(
  fc.constantFrom(null, true, false, 0, -1, 127, 128, -33, 65_536, 2 ** 32, 1.5),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(fc.string({ maxLength: 40 }), tie("value"), { maxKeys: 20 }),
  ),
}));
const message = fc
  .tuple(fc.constantFrom(...PACKRS), fc.array(value, { maxLength: 20 }))
  .map(([packr, list]) => Uint8Array.from(packr.pack(list)));

describe("Frames", () => {
  test.each(["bare", "length"] as const)(
    "next() gives each message, cut anywhere: %s",
    (framing) => {
      const cut = fc.record({
        messages: fc.array(message, { minLength: 1, maxLength: 8 }),
        places: fc.array(fc.nat(2_000), { maxLength: 40 }),
      });
      fc.assert(
        fc.property(cut, ({ messages, places }) => {
          const stream = streamOf(messages, framing);
          const wanted = messages.map((one) => Buffer.from(one).toString("hex"));
          expect(split(cutAt(stream, places))).toEqual(wanted);
          expect(split([...stream].map((byte) => Uint8Array.of(byte)))).toEqual(wanted);
        }),
        { numRuns: 150 },
      );
    },
  );

  test.each(["bare", "length"] as const)("next() gives nothing for any part: %s", (framing) => {
    const list = [0, 7, "call", ["a", [{ x: [1.5, 2n ** 40n], b: Buffer.alloc(300) }], null]];
    const stream = streamOf([Uint8Array.from(PACKRS[0]?.pack(list) ?? [])], framing);
    for (let end = 1; end < stream.length; end++) {
      const frames = new Frames(BOUNDS);
      frames.push(stream.slice(0, end));
      expect(frames.next()).toBeUndefined();
      expect(frames.restBytes).toBe(end);
    }
    expect(split([stream])).toHaveLength(1);
  });

  test("next() walks on from where it was: a long list that comes byte by byte", () => {
    // A walk that began anew with each byte would look at 10^11 of them.
    const bytes = new Uint8Array(400_005).fill(0xc0);
    bytes.set(fromHex("dd00061a80"));
    const frames = new Frames(BOUNDS);
    let got: Uint8Array | undefined;
    let pushed = 0;
    while (!got && pushed < bytes.length) {
      frames.push(bytes.slice(pushed, ++pushed));
      got = frames.next();
    }
    expect([got?.length, pushed]).toEqual([400_005, 400_005]);
  });

  // What is known of a message when its head is: the bytes end behind what is refused.
  const SMALL: SkipBounds = { ...BOUNDS, bytesMax: 1_000, nodesMax: 100, depthMax: 3 };
  const HOSTILE: readonly [says: string, hex: string, code: string, path: string][] = [
    ["a list of 2^32 values", "dd ff ff ff ff", "INPUT_TOO_LARGE", "byte 0"],
    ["a list that takes more bytes than there may be", "dc 03 e8", "INPUT_TOO_LARGE", "byte 0"],
    ["a dict of 2^31 pairs", "91 df 80 00 00 00", "INPUT_TOO_LARGE", "byte 1"],
    ["bytes of 4 GiB", "91 c6 ff ff ff ff", "INPUT_TOO_LARGE", "byte 1"],
    ["text that is one byte too long", "91 da 03 e5", "INPUT_TOO_LARGE", "byte 1"],
    ["an extension of 4 GiB", "91 c9 ff ff ff ff", "INPUT_TOO_LARGE", "byte 1"],
    ["too many values, told by the head", "dc 00 64", "INPUT_TOO_LARGE", "byte 0"],
    ["too many values, one by one", "dc 00 62 91 90 91", "INPUT_TOO_LARGE", "byte 5"],
    ["too many levels", "91 91 91 91", "INPUT_TOO_LARGE", "byte 4"],
    [
      "lists that owe each other bytes",
      `92 da 03 e1 ${"61".repeat(993)} 93`,
      "INPUT_TOO_LARGE",
      "byte 997",
    ],
    ["the byte that is never used", "92 01 c1", "BAD_REQUEST", "byte 2"],
    ["a length beyond the bound", "00 00 03 e9", "INPUT_TOO_LARGE", "byte 0"],
    ["a length of nothing", "00 00 00 00", "BAD_REQUEST", "byte 0"],
    ["a length beyond any bound", "ff ff ff ff", "BAD_REQUEST", "byte 0"],
    ["a dict", "81 a1 61 01", "BAD_REQUEST", "byte 0"],
    ["HTTP", "47 45 54 20 2f", "BAD_REQUEST", "byte 0"],
    ["TLS", "16 03 01 02 00", "BAD_REQUEST", "byte 0"],
    ["a value that is no list behind a message", "90 a0", "BAD_REQUEST", "byte 0"],
  ];
  test.each(HOSTILE)("next() refuses %s as soon as it is read", (_says, hex, code, path) => {
    const bytes = fromHex(hex);
    const all = () => split([bytes], SMALL);
    expect(refusalOf(all)).toMatchObject({ code, path });
    // Nor is a byte more wanted before it is refused, where they come one by one.
    const single = [...bytes].map((byte) => Uint8Array.of(byte));
    expect(refusalOf(() => split(single, SMALL))).toMatchObject({ code, path });
  });

  // One less of each is taken.
  const HELD: readonly [says: string, hex: string][] = [
    ["text as long as it may be", `91 da 03 e4 ${"61".repeat(996)}`],
    ["a list that takes the bytes that there may be", `92 da 03 e1 ${"61".repeat(993)} a2 61 61`],
    ["as many values as there may be", `dc 00 63 ${"c0".repeat(99)}`],
    ["as many levels as there may be", "91 91 91 05"],
    ["a length at the bound", `00 00 03 e8 91 c5 03 e4 ${"00".repeat(996)}`],
  ];
  test.each(HELD)("next() takes %s", (_says, hex) => {
    expect(split([fromHex(hex)], SMALL)).toHaveLength(1);
  });

  test("next() holds a stranger to 4 KiB, and to more once he is bound otherwise", () => {
    const long = Uint8Array.from(Buffer.concat([fromHex("91c51000"), Buffer.alloc(4096)]));
    expect(refusalOf(() => split([long], STRANGER_BOUNDS)).detail).toContain("before auth");
    const frames = new Frames(STRANGER_BOUNDS);
    frames.push(Uint8Array.of(0x90));
    expect(frames.next()).toHaveLength(1);
    frames.bound(BOUNDS);
    frames.push(long);
    expect(frames.next()).toHaveLength(long.length);
  });

  test("next() says how to tell messages apart to who speaks something else", () => {
    const detail = (hex: string) => refusalOf(() => split([fromHex(hex)])).detail;
    expect(detail("474554")).toBe(
      "wants a list, or in front of it its length in four bytes, got the byte 0x47, as HTTP begins with",
    );
    expect(detail("160301")).toContain("as TLS begins with");
  });

  test("push() takes no more memory than has come, whatever was declared", () => {
    const frames = new Frames(BOUNDS);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 100; i++) {
      const one = new Frames(BOUNDS);
      // 64 MiB less some: it fits, and one byte of it has come.
      one.push(fromHex(i % 2 ? "91c603ffff0000" : "03ffff0000"));
      one.next();
      one.push(Uint8Array.of(0));
      expect(one.next()).toBeUndefined();
    }
    expect(frames.restBytes).toBe(0);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
  });
});

describe("rooms", () => {
  /** A message of so many bytes, and a digit that fills it. */
  const messageOf = (bytes: number, digit: number) =>
    PACKRS[1]?.pack(["x", new Uint8Array(bytes).fill(digit)]) as Uint8Array;

  test("what is given out stays as it is until it is given back, in rooms used again", () => {
    const sizes = fc.constantFrom(1, 100, 70_000, 300_000, 600_000);
    const framings = fc.constantFrom<Framing>("bare", "length");
    const row = fc.record({
      sizes: fc.array(sizes, { minLength: 2, maxLength: 12 }),
      framing: framings,
      chunk: fc.integer({ min: 20_000, max: 90_000 }),
      held: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(row, ({ sizes: all, framing, chunk, held }) => {
        const rooms = new Rooms();
        const wanted = all.map((bytes, i) => messageOf(bytes, i));
        const stream = streamOf(wanted, framing);
        const frames = new Frames(BOUNDS, rooms);
        const out: Uint8Array<ArrayBuffer>[] = [];
        let seen = 0;
        const giveBack = (left: number) => {
          while (out.length > left) {
            const message = out.shift() as Uint8Array<ArrayBuffer>;
            expect(Buffer.compare(message, wanted[seen] as Uint8Array)).toBe(0);
            seen += 1;
            frames.giveBack(message);
          }
        };
        for (let at = 0; at < stream.length; at += chunk) {
          frames.push(stream.slice(at, at + chunk));
          for (let one = frames.next(); one; one = frames.next()) {
            out.push(one);
            giveBack(held);
          }
        }
        giveBack(0);
        expect(seen).toBe(wanted.length);
      }),
      { numRuns: 60 },
    );
  });

  test("a room is used again when the last one who looks into it is done", () => {
    const rooms = new Rooms();
    const room = rooms.take(300_000).buffer;
    rooms.share(room);
    rooms.give(room);
    expect(rooms.take(300_000).buffer).not.toBe(room);
    rooms.give(room);
    expect(rooms.take(300_000).buffer).toBe(room);
  });

  test.each([
    ["one that is none of ours", () => new ArrayBuffer(300_000)],
    ["a small one", (rooms: Rooms) => rooms.take(1_000).buffer],
  ])("%s is not used again", (_says, make) => {
    const rooms = new Rooms();
    const room = make(rooms);
    rooms.give(room);
    expect(rooms.take(room.byteLength).buffer).not.toBe(room);
  });

  test("a large one does not serve what is small", () => {
    const rooms = new Rooms();
    const room = rooms.take(600_001).buffer;
    rooms.give(room);
    expect(rooms.take(300_000).buffer).not.toBe(room);
    expect(rooms.take(300_001).buffer).toBe(room);
  });
});
