/**
 * The bytes of a connection as messages: one value after another, or each behind its length.
 *
 * The first byte of a connection tells which. A message that lies in one chunk is a view of it;
 * one that lies in several is put together in memory that grows with what has come, never with
 * what was declared. Bytes that were given out are not written again until they are given back.
 *
 * Invariants:
 * - What is kept is one unfinished message: at most `bytesMax`, and the rest of one chunk; while it
 *   grows, what has come of it once more.
 * - Memory is taken for {@link GROWTH} times what has come at most.
 * - No byte is looked at twice but heads of values (at most 5 bytes), however the bytes are cut.
 *
 * Not here: what a message says (`message.ts`); when one takes too long (`connection.ts`).
 *
 * @module
 */

import { Refusal } from "../../faults.ts";
import type { Limits } from "../../limits.ts";
import { Rooms } from "./rooms.ts";
import { type SkipBounds, Skipper, uintAt } from "./skip.ts";

/** How messages are told from each other. */
export type Framing = "bare" | "length";

/** Bytes of the length in front of a message. */
export const LENGTH_BYTES = 4;

/** No length begins with a larger byte: `limits.frameBytes` is at most 256 MiB. */
const FIRST_OF_LENGTH_MAX = 0x10;

/** Who is not known yet says who he is, in so many bytes. */
const STRANGER_BYTES = 4096;
const STRANGER_NODES = 64;
const STRANGER_DEPTH = 8;

/** Lists around a value: the message, its params, its arguments; a numpy array is two more. */
const LEVELS_AROUND = 8;
/** Values around those of the caller: heads, names, options, and what describes his files. */
const NODES_AROUND = 16_384;

const NONE = new Uint8Array(0);
const ROOM_MIN = 64;
/** A message of a megabyte is moved once: its first chunk has 64 KiB. */
const GROWTH = 16;

/** Returns what bounds a message of somebody who is known. */
export function boundsFor({ frameBytes, nodes, depth }: Limits): SkipBounds {
  const says = `wants at most ${frameBytes} bytes in a message (limits.frameBytes)`;
  // A post has two values.
  const nodesMax = 2 * nodes + NODES_AROUND;
  const over = { code: "INPUT_TOO_LARGE", says } as const;
  return { bytesMax: frameBytes, nodesMax, depthMax: depth + LEVELS_AROUND, over };
}

/** What bounds a message of somebody who is not. */
export const STRANGER_BOUNDS: SkipBounds = {
  ...{ bytesMax: STRANGER_BYTES, nodesMax: STRANGER_NODES, depthMax: STRANGER_DEPTH },
  over: { code: "INPUT_TOO_LARGE", says: `wants at most ${STRANGER_BYTES} bytes before auth` },
};

/**
 * Takes chunks, gives messages.
 *
 * @example
 * ```ts
 * const frames = new Frames(boundsFor(limits));
 * frames.push(new Uint8Array([0x93, 0x02, 0xa4]));
 * frames.next(); // undefined: the message goes on
 * ```
 */
export class Frames {
  #bounds: SkipBounds;
  #framing: Framing | undefined;
  readonly #skipper: Skipper;
  readonly #rooms: Rooms;
  #bytes: Uint8Array<ArrayBuffer> = NONE;
  /** Where the next message begins, and where the bytes that have come end. */
  #start = 0;
  #end = 0;

  /** @param rooms Where memory comes from for messages in pieces. */
  constructor(bounds: SkipBounds, rooms = new Rooms()) {
    this.#bounds = bounds;
    this.#skipper = new Skipper(bounds);
    this.#rooms = rooms;
  }

  /** How the messages are framed; nothing before the first byte. */
  get framing(): Framing | undefined {
    return this.#framing;
  }

  /** Holds messages to other bounds from the next one on; the last one must have been whole. */
  bound(bounds: SkipBounds): void {
    this.#bounds = bounds;
    this.#skipper.begin(bounds);
  }

  /** What has come of the next message, without its length: not to be changed. */
  get begun(): Uint8Array<ArrayBuffer> {
    const start = this.#start + (this.#framing === "length" ? LENGTH_BYTES : 0);
    return this.#bytes.subarray(Math.min(start, this.#end), this.#end);
  }

  /** How many bytes have come that were not taken yet. */
  get restBytes(): number {
    return this.#end - this.#start;
  }

  /**
   * Takes the memory of a message back: nothing of it is looked at any more. Other messages, and
   * the rest of what came, may lie in the same room: it is used again when all are done with it.
   */
  giveBack(message: Uint8Array<ArrayBuffer>): void {
    this.#rooms.give(message.buffer);
  }

  /** @param chunk Given away: messages may be views of it. */
  push(chunk: Uint8Array<ArrayBuffer>): void {
    const kept = this.restBytes;
    if (kept === 0) return this.#hold(chunk, chunk.length);
    // Of a chunk that was given to us nothing is written over: it is as long as what has come.
    if (this.#end + chunk.length > this.#bytes.length) this.#grow(kept + chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * Returns the next message, or nothing when it has not come as a whole.
   *
   * @returns A view that is the caller's: nobody writes to it any more. Without its length.
   * @throws {Refusal} `BAD_REQUEST` or `INPUT_TOO_LARGE`; nothing can be read behind it.
   */
  next(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#start === this.#end) {
      this.#hold(NONE, 0);
      return undefined;
    }
    this.#framing ??= framingOf(this.#bytes[this.#start] as number);
    return this.#framing === "bare" ? this.#nextBare() : this.#nextBehindLength();
  }

  #nextBare(): Uint8Array<ArrayBuffer> | undefined {
    const start = this.#start;
    const first = this.#bytes[start] as number;
    if (!isList(first)) throw noMessage(first);
    const length = this.#skipper.run(this.#bytes, start, this.#end);
    if (length < 0) return undefined;
    this.#skipper.begin(this.#bounds);
    return this.#taken(start, length);
  }

  #nextBehindLength(): Uint8Array<ArrayBuffer> | undefined {
    const start = this.#start + LENGTH_BYTES;
    if (start > this.#end) return undefined;
    const length = uintAt(this.#bytes, this.#start, LENGTH_BYTES);
    const { bytesMax, over } = this.#bounds;
    if (length > bytesMax) throw new Refusal(over.code, "byte 0", `${over.says}, got ${length}`);
    if (length === 0) {
      throw new Refusal("BAD_REQUEST", "byte 0", "wants a message behind its length, got none");
    }
    return start + length > this.#end ? undefined : this.#taken(start, length);
  }

  #taken(start: number, length: number): Uint8Array<ArrayBuffer> {
    this.#start = start + length;
    this.#rooms.share(this.#bytes.buffer);
    return this.#bytes.subarray(start, this.#start);
  }

  /** Looks at other bytes from here on. */
  #hold(bytes: Uint8Array<ArrayBuffer>, end: number): void {
    this.#rooms.give(this.#bytes.buffer);
    this.#bytes = bytes;
    this.#start = 0;
    this.#end = end;
  }

  /** Moves what is kept into memory with room for `bytes`, and more, so that bytes move seldom. */
  #grow(bytes: number): void {
    const kept = this.restBytes;
    const wanted = Math.max(ROOM_MIN, bytes, Math.min(this.#expected(kept), GROWTH * kept));
    const room = this.#rooms.take(wanted);
    room.set(this.#bytes.subarray(this.#start, this.#end));
    this.#hold(room, kept);
  }

  /** How long what has begun is going to be: as it says, or twice what has come of it. */
  #expected(kept: number): number {
    const { bytesMax } = this.#bounds;
    if (this.#framing !== "length" || kept < LENGTH_BYTES) return Math.min(2 * kept, bytesMax);
    const length = uintAt(this.#bytes, this.#start, LENGTH_BYTES);
    return LENGTH_BYTES + Math.min(length, bytesMax);
  }
}

/** Tells how messages are framed by the first byte of all. */
function framingOf(first: number): Framing {
  if (first <= FIRST_OF_LENGTH_MAX) return "length";
  if (isList(first)) return "bare";
  throw noMessage(first);
}

function isList(byte: number): boolean {
  return (byte >= 0x90 && byte < 0xa0) || byte === 0xdc || byte === 0xdd;
}

const TLS_HELLO = 0x16;

function noMessage(first: number): Refusal {
  const isLetter = first >= 0x41 && first <= 0x5a;
  const hint =
    first === TLS_HELLO ? ", as TLS begins with" : isLetter ? ", as HTTP begins with" : "";
  const got = `got the byte 0x${first.toString(16).padStart(2, "0")}${hint}`;
  const wants = "wants a list, or in front of it its length in four bytes";
  return new Refusal("BAD_REQUEST", "byte 0", `${wants}, ${got}`);
}
