/**
 * The forms of MessagePack, written into bytes that grow: how a value looks, not which may travel.
 *
 * Always the shortest form, but for bigints (always int64) and tensors (always ext 8, 16 or 32).
 *
 * Invariants:
 * - `bytesMax` is held before memory is asked for, and no buffer is longer than that and a little.
 * - Works in an isolate whose hook has replaced every method (`captured.ts`).
 *
 * @module
 */

import {
  bufferOf,
  byteLengthOf,
  Bytes,
  copyOf,
  setBytes,
  setFloat64,
  toNumber,
  View,
  viewOf,
} from "./captured.ts";
import type { TextForm } from "./utf8.ts";

/** The MessagePack extension type of a tensor: "T". No other extension travels. */
export const TENSOR_EXT = 0x54;

const LOW_BITS = 0xffff_ffffn;
const SCRATCH_BYTES = 1024;
/** A buffer that one large value made grow is not kept for the next. */
const SCRATCH_BYTES_KEPT = 64 * 1024;
const LOOP_BYTES_MAX = 128;
/** Room is asked for the longest form before the form is known. */
const SLACK_BYTES = 9;

/** Gives memory for a message; its bytes may be anything. */
export type Allocate = (bytes: number) => Uint8Array<ArrayBuffer>;

/** What stands in front of the elements of a tensor. */
export interface TensorHead {
  readonly code: number;
  readonly shape: readonly number[];
}

export class Writer {
  readonly #bytesMax: number;
  readonly #full: () => never;
  readonly #writeText: TextForm["write"];
  #bytes = new Bytes(SCRATCH_BYTES);
  #view = new View(this.#bytes.buffer);
  #size = SCRATCH_BYTES;
  #at = 0;

  /** @param full Throws: called when there would be more than `bytesMax` bytes. */
  constructor(bytesMax: number, full: () => never, writeText: TextForm["write"]) {
    this.#bytesMax = bytesMax;
    this.#full = full;
    this.#writeText = writeText;
  }

  /** How many bytes there are. */
  get at(): number {
    return this.#at;
  }

  /** Begins anew, with `before` zero bytes in front. */
  reset(before: number): void {
    this.#at = 0;
    this.#room(before);
    for (let i = 0; i < before; i++) this.#bytes[i] = 0;
    this.#at = before;
  }

  /** Returns a copy of what was written, with room for `after` bytes behind it. */
  copy(after: number, allocate?: Allocate): Uint8Array<ArrayBuffer> {
    if (after === 0 && !allocate) return copyOf(this.#bytes, 0, this.#at);
    const size = this.#at + after;
    const copy = allocate ? allocate(size) : new Bytes(size);
    setBytes(copy, viewOf(this.#bytes, 0, this.#at), 0);
    return copy;
  }

  /** Copies what was written into `target` from `at` on, which must have room for it. */
  copyInto(target: Uint8Array, at: number): void {
    const bytes = this.#bytes;
    const length = this.#at;
    // A view for the copy costs more than so many bytes do.
    if (length > LOOP_BYTES_MAX) return setBytes(target, viewOf(bytes, 0, length), at);
    for (let i = 0; i < length; i++) target[at + i] = bytes[i] as number;
  }

  /** Gives a buffer back that has grown large. */
  rest(): void {
    if (this.#size > SCRATCH_BYTES_KEPT) this.#hold(SCRATCH_BYTES);
  }

  byte(byte: number): void {
    this.#room(1)[this.#at++] = byte;
  }

  number(value: number): void {
    const bytes = this.#room(9);
    let at = this.#at;
    if (value === value >> 0 && (value !== 0 || 1 / value > 0)) {
      if (value >= 0 ? value < 0x80 : value >= -32) bytes[at++] = value & 0xff;
      else at = putInteger(value, bytes, at);
    } else if (value > 0 && value === value >>> 0) {
      bytes[at++] = 0xce;
      at = put32(value, bytes, at);
    } else {
      bytes[at] = 0xcb;
      setFloat64(this.#view, at + 1, value);
      at += 9;
    }
    this.#at = at;
  }

  /** @param value Fits int64. */
  bigint(value: bigint): void {
    const bytes = this.#room(9);
    bytes[this.#at++] = 0xd3;
    this.#at = put32(toNumber((value >> 32n) & LOW_BITS), bytes, this.#at);
    this.#at = put32(toNumber(value & LOW_BITS), bytes, this.#at);
  }

  /** @param bytes How many `value` takes as UTF-8. */
  text(value: string, bytes: number): void {
    if (bytes < 32) this.byte(0xa0 | bytes);
    else this.#tagged(0xd9, bytes);
    this.#room(bytes);
    const write = this.#writeText;
    this.#at = write(value, this.#bytes, this.#at);
  }

  list(length: number): void {
    if (length < 16) this.byte(0x90 | length);
    else this.#wide(0xdc, length);
  }

  dict(length: number): void {
    if (length < 16) this.byte(0x80 | length);
    else this.#wide(0xde, length);
  }

  /** Writes a smaller count into the head of a dict that is already there, at `head`. */
  shrinkDict(head: number, before: number, after: number): void {
    const bytes = this.#bytes;
    if (before < 16) bytes[head] = 0x80 | after;
    else if (before < 0x10000) {
      bytes[head + 1] = after >> 8;
      bytes[head + 2] = after;
    } else put32(after, bytes, head + 1);
  }

  /** @param view A typed array of `bytes` bytes: they leave, and no other byte of its buffer. */
  binary(view: unknown, bytes: number): void {
    this.#tagged(0xc4, bytes);
    this.#raw(view, bytes);
  }

  /** @param data The elements, a typed array of `bytes` bytes. */
  tensor({ code, shape }: TensorHead, data: unknown, bytes: number): void {
    const rank = shape.length;
    this.#tagged(0xc7, 4 + 4 * rank + bytes);
    const head = this.#room(5 + 4 * rank);
    head[this.#at++] = TENSOR_EXT;
    head[this.#at++] = code;
    head[this.#at++] = rank;
    head[this.#at++] = 0;
    head[this.#at++] = 0;
    for (let i = 0; i < rank; i++) this.#at = put32le(shape[i] as number, head, this.#at);
    this.#raw(data, bytes);
  }

  /** Writes bytes as they are. */
  raw(view: Uint8Array): void {
    this.#raw(view, byteLengthOf(view));
  }

  #raw(view: unknown, bytes: number): void {
    if (bytes === 0) return;
    this.#room(bytes);
    setBytes(this.#bytes, viewOf(view, 0, bytes), this.#at);
    this.#at += bytes;
  }

  /** A first byte and a length of 1, 2 or 4 bytes, whose first bytes follow each other. */
  #tagged(tag: number, length: number): void {
    if (length >= 0x100) return this.#wide(tag + 1, length);
    const bytes = this.#room(2);
    bytes[this.#at++] = tag;
    bytes[this.#at++] = length;
  }

  /** A first byte and a length of 2 or 4 bytes. */
  #wide(tag: number, length: number): void {
    const bytes = this.#room(5);
    if (length < 0x10000) {
      bytes[this.#at++] = tag;
      bytes[this.#at++] = length >> 8;
      bytes[this.#at++] = length;
    } else {
      bytes[this.#at++] = tag + 1;
      this.#at = put32(length, bytes, this.#at);
    }
  }

  #room(bytes: number): Uint8Array {
    const wanted = this.#at + bytes;
    if (wanted <= this.#size) return this.#bytes;
    const sizeMax = this.#bytesMax + SLACK_BYTES;
    if (wanted > sizeMax) this.#full();
    const old = this.#bytes;
    const doubled = 2 * this.#size < sizeMax ? 2 * this.#size : sizeMax;
    this.#hold(doubled < wanted ? wanted : doubled);
    setBytes(this.#bytes, viewOf(old, 0, this.#at), 0);
    return this.#bytes;
  }

  #hold(size: number): void {
    const bytes = new Bytes(size);
    this.#view = new View(bufferOf(bytes));
    this.#bytes = bytes;
    this.#size = size;
  }
}

function putInteger(value: number, bytes: Uint8Array, start: number): number {
  let at = start;
  if (value >= 0 ? value < 0x100 : value >= -0x80) {
    bytes[at++] = value >= 0 ? 0xcc : 0xd0;
  } else if (value >= 0 ? value < 0x10000 : value >= -0x8000) {
    bytes[at++] = value >= 0 ? 0xcd : 0xd1;
    bytes[at++] = value >> 8;
  } else {
    bytes[at++] = value >= 0 ? 0xce : 0xd2;
    return put32(value, bytes, at);
  }
  bytes[at++] = value;
  return at;
}

function put32(value: number, bytes: Uint8Array, at: number): number {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
  return at + 4;
}

function put32le(value: number, bytes: Uint8Array, at: number): number {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
  return at + 4;
}
