/**
 * The head of a message, and its params as bytes that are read in their order.
 *
 * Nothing is decoded that the host does not itself need: a value stays the slice of the message
 * that it is.
 *
 * @module
 */

import { isUtf8 } from "node:buffer";

import { Refusal } from "../../faults.ts";
import { readText } from "../../wire/text.ts";
import { STRANGER_BOUNDS } from "./frames.ts";
import { type SkipBounds, Skipper, uintAt } from "./skip.ts";

/** What the first value of a message says that it is. */
export const TYPES = { request: 0, response: 1, notification: 2 } as const;

/** A message whose head was read. */
export interface Message {
  readonly kind: "request" | "notification";
  /** By which its answer is known; of a notification nothing. */
  readonly id: number | undefined;
  readonly method: string;
  readonly params: Params;
}

/** Longer than any name of a method. */
const METHOD_BYTES = 64;

/**
 * Reads the head of a message.
 *
 * @param bytes One whole message. Lent to the params, which give views of it.
 * @throws {Refusal} `BAD_REQUEST` when it is none.
 *
 * @example
 * ```ts
 * // [0, 7, "ping", []]
 * const { id, method, params } = messageFrom(new Uint8Array([0x94, 0, 7, 0xa4, 0x70, …]));
 * // 7, "ping", and params.left is 0
 * ```
 */
export function messageFrom(bytes: Uint8Array<ArrayBuffer>): Message {
  const params = new Params(bytes);
  const parts = params.list("a message");
  const type = params.uint32("the type of a message");
  const isRequest = type === TYPES.request && parts === 4;
  if (!isRequest && !(type === TYPES.notification && parts === 3)) {
    const wants = "wants [0, msgid, method, params] or [2, method, params]";
    throw new Refusal("BAD_REQUEST", "byte 0", `${wants}, got ${parts} values of type ${type}`);
  }
  const id = isRequest ? params.uint32("msgid") : undefined;
  const method = params.text("method", METHOD_BYTES);
  params.begin();
  return { kind: isRequest ? "request" : "notification", id, method, params };
}

/** Returns the msgid of what has come of a request, where it has come: for the answer to it. */
export function idIn(bytes: Uint8Array<ArrayBuffer>): number | undefined {
  try {
    const head = new Params(bytes);
    if (head.list("") !== 4 || head.uint32("") !== TYPES.request) return undefined;
    return head.uint32("");
  } catch {
    return undefined;
  }
}

/** The params of a message, read one after another. */
export class Params {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;
  #left = 0;

  /** @param bytes Lent; what is read from them are views. */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  /** How many are left. */
  get left(): number {
    return this.#left;
  }

  /** The whole message. */
  get message(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** Begins with the list of params. */
  begin(): void {
    this.#left = this.list("params");
  }

  /** Goes on to the next param; returns whether there is one, and it is not null. */
  next(): boolean {
    if (this.#left === 0) return false;
    this.#left -= 1;
    return !this.takeNull();
  }

  /** Takes the head of a list and returns how many values follow. */
  list(what: string): number {
    return this.#head({ what, wants: "a list", fix: 0x90, longs: 0xdc });
  }

  /** Takes the head of a dict and returns how many pairs follow. */
  dict(what: string): number {
    return this.#head({ what, wants: "a dict", fix: 0x80, longs: 0xde });
  }

  /** Takes an integer from 0 to 2^32 - 1. */
  uint32(what: string): number {
    const first = this.#first();
    if (first < 0x80) return this.#take(1, what) && first;
    if (first < 0xcc || first > 0xce) {
      throw this.#refused(what, "an integer from 0 to 2^32 - 1", first);
    }
    const width = 1 << (first - 0xcc);
    this.#take(1 + width, what);
    return uintAt(this.#bytes, this.#at - width, width);
  }

  /**
   * Takes a text.
   *
   * @param bytesMax How many bytes of UTF-8 it may have.
   */
  text(what: string, bytesMax: number): string {
    const first = this.#first();
    const isFix = first >= 0xa0 && first < 0xc0;
    if (!isFix && (first < 0xd9 || first > 0xdb)) throw this.#refused(what, "a text", first);
    const bytes = this.#sized(isFix ? 0 : 1 << (first - 0xd9), first & 0x1f, what);
    if (bytes > bytesMax) {
      const detail = `wants at most ${bytesMax} bytes of text, got ${bytes}`;
      throw new Refusal("BAD_REQUEST", what, detail);
    }
    const start = this.#at - bytes;
    if (!isAscii(this.#bytes, start, this.#at) && !isUtf8(this.#bytes.subarray(start, this.#at))) {
      throw new Refusal("BAD_REQUEST", what, "wants UTF-8, got bytes that are none");
    }
    return readText(this.#bytes, start, this.#at);
  }

  /** Returns whether bytes are next. */
  get isBytes(): boolean {
    const first = this.#first();
    return first >= 0xc4 && first <= 0xc6;
  }

  /** Takes null, where it is next; returns whether it was. */
  takeNull(): boolean {
    if (this.#first() !== 0xc0) return false;
    this.#at += 1;
    return true;
  }

  /** Takes bytes, as a view. */
  bytes(what: string): Uint8Array<ArrayBuffer> {
    const first = this.#first();
    if (!this.isBytes) throw this.#refused(what, "bytes", first);
    const length = this.#sized(1 << (first - 0xc4), 0, what);
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /**
   * Takes a value, whatever it is, as the bytes that it is: a view, not scanned yet.
   *
   * @throws {Refusal} `INPUT_TOO_LARGE` when it is over the bounds.
   */
  value(what: string, bounds: SkipBounds): Uint8Array<ArrayBuffer> {
    const start = this.#at;
    skipper.begin(bounds);
    const length = skipper.run(this.#bytes, start, this.#bytes.length);
    if (length < 0) throw this.#missing(what);
    this.#at = start + length;
    return this.#bytes.subarray(start, this.#at);
  }

  #head(form: Form): number {
    const { what, wants, fix, longs } = form;
    const first = this.#first();
    if (first >= fix && first < fix + 0x10) return this.#take(1, what) && first & 0x0f;
    if (first !== longs && first !== longs + 1) throw this.#refused(what, wants, first);
    const width = first === longs ? 2 : 4;
    this.#take(1 + width, what);
    return uintAt(this.#bytes, this.#at - width, width);
  }

  /** Takes what its length stands before, in `width` bytes, and returns the length. */
  #sized(width: number, fix: number, what: string): number {
    this.#take(1 + width, what);
    const length = width === 0 ? fix : uintAt(this.#bytes, this.#at - width, width);
    this.#take(length, what);
    return length;
  }

  #first(): number {
    // Beyond the end there is the one byte that MessagePack never uses.
    return this.#bytes[this.#at] ?? 0xc1;
  }

  #take(bytes: number, what: string): true {
    if (this.#at + bytes > this.#bytes.length) throw this.#missing(what);
    this.#at += bytes;
    return true;
  }

  #missing(what: string): Refusal {
    const detail = `wants ${what} whole, got a message that ends within it`;
    return new Refusal("BAD_REQUEST", `byte ${this.#at}`, detail);
  }

  #refused(what: string, wants: string, first: number): Refusal {
    if (this.#at >= this.#bytes.length) return this.#missing(what);
    const got = `got what begins with 0x${first.toString(16).padStart(2, "0")}`;
    return new Refusal("BAD_REQUEST", what, `wants ${wants} (byte ${this.#at}), ${got}`);
  }
}

/** What a head may look like. */
interface Form {
  readonly what: string;
  readonly wants: string;
  /** The first of the sixteen short heads, and of the two long ones. */
  readonly fix: number;
  readonly longs: number;
}

/** One for all: it is used from its beginning to its end within a call. */
const skipper = new Skipper(STRANGER_BOUNDS);

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] as number) >= 0x80) return false;
  return true;
}
