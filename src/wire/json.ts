/**
 * Values as JSON that any program can read, and JSON from outside as a value.
 *
 * Out: a tensor becomes nested lists, bytes base64, an int64 a number where one holds it and else
 * its digits, and what JSON has no number for (NaN, the infinities) null.
 *
 * In: the text is walked before `JSON.parse` takes memory for it, up to 22 bytes for one of text.
 * A number that a double cannot hold is refused: what stands in its place would be another one.
 *
 * @module
 */

import { isUtf8 } from "node:buffer";

import { Tensor } from "../contract/tensor.ts";
import { Refusal } from "../faults.ts";

/** Returns `value` as JSON. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(plain(value), undefined, indent) ?? "null";
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") {
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  }
  if (typeof value !== "object" || value === null) return value;
  if (Tensor.is(value)) return plain(value.tolist());
  if (value instanceof Uint8Array) {
    const { buffer, byteOffset, byteLength } = value;
    return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
  }
  if (Array.isArray(value)) return value.map(plain);
  const entries = Object.entries(value).map(([key, one]) => [key, plain(one)] as const);
  return Object.fromEntries(entries);
}

/** How much a text may hold. */
export interface JsonBounds {
  /** Values: lists, dicts, keys and leaves; an empty list or dict counts as two. */
  readonly nodes: number;
  readonly depth: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACE = 0x7b;
/** A shorter whole number is within 2^53. */
const DIGITS_SAFE = 15;
/** The largest double has as many; a longer text is not made into a bigint at all. */
const DIGITS_MAX = 310;
const NUMBER_SHOWN = 40;
/** Up to here a loop beats the way into native code. */
const LOOP_BYTES = 32;

/**
 * Returns the value of a JSON text.
 *
 * @param bytes UTF-8, not kept.
 * @param what What the path of a refusal begins with.
 * @throws {Refusal} `BAD_REQUEST` for what is no JSON, `INPUT_TOO_LARGE` for what is over the
 * bounds, `INPUT_MISMATCH` for a number that a double cannot hold.
 *
 * @example
 * ```ts
 * fromJson(Buffer.from('{"a":[1]}'), { nodes: 10, depth: 4 }); // { a: [1] }
 * ```
 */
export function fromJson(bytes: Uint8Array, bounds: JsonBounds, what = "body"): unknown {
  new Survey(bytes, bounds, what).run();
  if (!isUtf8(bytes))
    throw new Refusal("BAD_REQUEST", what, "wants JSON in UTF-8, got other bytes");
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const said = text.trim() === "" ? "nothing" : (error as SyntaxError).message;
    throw new Refusal("BAD_REQUEST", what, `wants JSON, got ${said}`);
  }
}

/** One look over the bytes; that they are JSON is for the parser to say. */
class Survey {
  readonly #bytes: Buffer;
  readonly #bounds: JsonBounds;
  readonly #what: string;
  #nodes = 1;
  #level = 0;

  constructor(bytes: Uint8Array, bounds: JsonBounds, what: string) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#bounds = bounds;
    this.#what = what;
  }

  run(): void {
    const bytes = this.#bytes;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) at = this.#endOfText(at + 1);
      else if (byte === 0x2c || byte === 0x3a) this.#nodes += 1;
      else if (byte === BRACKET || byte === BRACE) this.#enter();
      else if (byte === 0x5d || byte === 0x7d) this.#level -= 1;
      else if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) at = this.#endOfNumber(at);
    }
    const { nodes } = this.#bounds;
    if (this.#nodes > nodes) this.#tooMany(`wants at most ${nodes} values (limits.nodes)`);
  }

  #enter(): void {
    this.#nodes += 1;
    this.#level += 1;
    const { depth } = this.#bounds;
    if (this.#level > depth) this.#tooMany(`wants at most ${depth} levels (limits.depth)`);
  }

  /** Returns where the quote is that ends a string. */
  #endOfText(start: number): number {
    const bytes = this.#bytes;
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) return at;
      if (byte === BACKSLASH) at += 1;
      else if (at - start > LOOP_BYTES) return this.#endOfLongText(at);
    }
    return bytes.length;
  }

  #endOfLongText(start: number): number {
    const bytes = this.#bytes;
    let at = bytes.indexOf(QUOTE, start);
    while (at >= 0) {
      let before = at - 1;
      while (before >= start && bytes[before] === BACKSLASH) before -= 1;
      if ((at - 1 - before) % 2 === 0) return at;
      at = bytes.indexOf(QUOTE, at + 1);
    }
    return bytes.length;
  }

  /** Returns where the last character of a number is. */
  #endOfNumber(start: number): number {
    const bytes = this.#bytes;
    let at = start + 1;
    let isWhole = true;
    let hasExponent = false;
    for (; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte >= 0x30 && byte <= 0x39) continue;
      if (byte === 0x65 || byte === 0x45) hasExponent = true;
      else if (byte !== 0x2e && byte !== 0x2b && byte !== 0x2d) break;
      isWhole = false;
    }
    if (hasExponent || at - start > DIGITS_SAFE) this.#checkNumber(start, at, isWhole);
    return at - 1;
  }

  #checkNumber(start: number, end: number, isWhole: boolean): void {
    const text = this.#bytes.toString("latin1", start, end);
    const value = Number(text);
    const shown = text.length > NUMBER_SHOWN ? `${text.slice(0, NUMBER_SHOWN)}…` : text;
    const path = `${this.#what}, byte ${start}`;
    if (isWhole && !isExact(text, value)) {
      const wants = "wants whole numbers in JSON that a double holds, and does not round";
      const detail = `${wants}, got ${shown}; send MessagePack, or the digits as a string`;
      throw new Refusal("INPUT_MISMATCH", path, detail);
    }
    if (value === Infinity || value === -Infinity) {
      const detail = `wants numbers that a double can hold, got ${shown}`;
      throw new Refusal("INPUT_MISMATCH", path, detail);
    }
  }

  #tooMany(wants: string): never {
    throw new Refusal("INPUT_TOO_LARGE", this.#what, `${wants}, got more`);
  }
}

/** Beyond 2^53 a double holds some whole numbers, and stands for others beside it. */
function isExact(text: string, value: number): boolean {
  if (Number.isSafeInteger(value) || !Number.isFinite(value)) return true;
  return text.length <= DIGITS_MAX && BigInt(value) === BigInt(text);
}
