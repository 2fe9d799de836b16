/**
 * Where a MessagePack value ends, found without decoding it, also when its bytes come one by one.
 *
 * There is no recursion, and no memory but one count for each level. A walk that runs out of bytes
 * stays where it is and goes on from there, so that the cost is linear in the bytes however they
 * are cut. A head that declares more than can still come is refused when it is read, before anybody
 * waits, or makes room, for what it declares.
 *
 * Not here: what a value may be (`wire/scan.ts`).
 *
 * @module
 */

import { type FaultCode, Refusal } from "../../faults.ts";

/** What bounds one value. */
export interface SkipBounds {
  readonly bytesMax: number;
  readonly nodesMax: number;
  readonly depthMax: number;
  /** What it is called when it declares more bytes than `bytesMax`, and in which words. */
  readonly over: { readonly code: FaultCode; readonly says: string };
}

/** Of a value whose size the first byte tells: the bytes of it. Of others 0. */
const SIZES = new Uint8Array(256);
/** Of a value whose length stands behind the first byte: in how many bytes it does. Of others 0. */
const WIDTHS = new Uint8Array(256);
/** What the length counts: bytes, bytes and a type, values, or pairs of values. */
const COUNTS = new Uint8Array(256);
const [BYTES, EXTENSION, VALUES, PAIRS] = [0, 1, 2, 3] as const;
const NEVER_USED = 0xc1;

fillTables();

/** Walks over one value after another. */
export class Skipper {
  #bounds: SkipBounds;
  /** Values still to come at each level. */
  readonly #left: number[] = [0];
  #level = 0;
  #nodes = 0;
  /** Values still to come at all levels: each takes a byte at least. */
  #owed = 1;
  /** Where the walk is, from where the value begins; it may be beyond what has come. */
  #at = 0;

  constructor(bounds: SkipBounds) {
    this.#bounds = bounds;
    this.begin(bounds);
  }

  /** Begins with a new value. */
  begin(bounds: SkipBounds): void {
    this.#bounds = bounds;
    this.#level = 0;
    this.#left[0] = 1;
    this.#nodes = 0;
    this.#owed = 1;
    this.#at = 0;
  }

  /**
   * Goes on, as far as the bytes go.
   *
   * @param bytes Lent. The value begins at `start`, at the same byte of it each time; `end` is the
   * end of what has come.
   * @returns How many bytes the value has, or -1 when its end has not come yet.
   * @throws {Refusal} `BAD_REQUEST` for what is no MessagePack, `INPUT_TOO_LARGE` for too many
   * values or levels, `bounds.over.code` for what cannot fit; `path` is the offset in the value.
   *
   * @example
   * ```ts
   * const skipper = new Skipper(bounds);
   * skipper.run(new Uint8Array([0x92, 0x01]), 0, 2); // -1: the second value of the list is missing
   * skipper.run(new Uint8Array([0x92, 0x01, 0xc0, 0x05]), 0, 4); // 3: 0x05 is another value
   * ```
   */
  run(bytes: Uint8Array, start: number, end: number): number {
    const left = this.#left;
    const there = end - start;
    while (this.#owed > 0) {
      if (this.#at >= there) return -1;
      const first = bytes[start + this.#at] as number;
      const size = SIZES[first] as number;
      const width = WIDTHS[first] as number;
      if (this.#at + 1 + width > there) return -1;
      left[this.#level] = (left[this.#level] as number) - 1;
      this.#owed -= 1;
      if (++this.#nodes > this.#bounds.nodesMax) this.#tooManyNodes();
      if (size > 0) this.#step(size);
      else
        this.#open(first, width === 0 ? first & 0x0f : uintAt(bytes, start + this.#at + 1, width));
      while (this.#level > 0 && left[this.#level] === 0) this.#level -= 1;
    }
    return this.#at <= there ? this.#at : -1;
  }

  #open(first: number, length: number): void {
    if (first === NEVER_USED) {
      const detail = "wants MessagePack, got the byte 0xc1, which it never uses";
      throw new Refusal("BAD_REQUEST", `byte ${this.#at}`, detail);
    }
    const head = 1 + (WIDTHS[first] as number);
    const counts = COUNTS[first] as number;
    if (counts === BYTES) return this.#step(head + length);
    if (counts === EXTENSION) return this.#step(head + 1 + length);
    const count = counts === PAIRS ? 2 * length : length;
    this.#owed += count;
    if (this.#nodes + this.#owed > this.#bounds.nodesMax) this.#tooManyNodes();
    this.#step(head);
    if (count > 0) this.#enter(count);
  }

  #enter(count: number): void {
    const { depthMax } = this.#bounds;
    this.#level += 1;
    this.#left[this.#level] = count;
    if (this.#level <= depthMax) return;
    const detail = `wants at most ${depthMax} levels in a message (limits.depth), got more`;
    throw new Refusal("INPUT_TOO_LARGE", `byte ${this.#at}`, detail);
  }

  #step(bytes: number): void {
    this.#at += bytes;
    const { bytesMax, over } = this.#bounds;
    if (this.#at + this.#owed <= bytesMax) return;
    const got = `got a head that declares at least ${this.#at + this.#owed}`;
    throw new Refusal(over.code, `byte ${this.#at - bytes}`, `${over.says}, ${got}`);
  }

  #tooManyNodes(): never {
    const detail = `wants at most ${this.#bounds.nodesMax} values in a message (limits.nodes)`;
    throw new Refusal("INPUT_TOO_LARGE", `byte ${this.#at}`, `${detail}, got more`);
  }
}

/** Returns the number that `width` big-endian bytes are. */
export function uintAt(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i++) value = value * 256 + (bytes[at + i] as number);
  return value;
}

/** The format's own table of first bytes, in its order. */
function fillTables(): void {
  SIZES.fill(1, 0x00, 0x80);
  COUNTS.fill(PAIRS, 0x80, 0x90);
  COUNTS.fill(VALUES, 0x90, 0xa0);
  for (let length = 0; length < 32; length++) SIZES[0xa0 + length] = 1 + length;
  SIZES.set([1, 0, 1, 1], 0xc0);
  WIDTHS.set([1, 2, 4], 0xc4);
  WIDTHS.set([1, 2, 4], 0xc7);
  COUNTS.fill(EXTENSION, 0xc7, 0xca);
  SIZES.set([5, 9, 2, 3, 5, 9, 2, 3, 5, 9], 0xca);
  SIZES.set([3, 4, 6, 10, 18], 0xd4);
  WIDTHS.set([1, 2, 4], 0xd9);
  WIDTHS.set([2, 4, 2, 4], 0xdc);
  COUNTS.fill(VALUES, 0xdc, 0xde);
  COUNTS.fill(PAIRS, 0xde, 0xe0);
  SIZES.fill(1, 0xe0);
}
