/**
 * One linear look over MessagePack bytes from outside, before anything is decoded.
 *
 * No recursion, no memory that the bytes could ask for: the only store is one count for each level
 * of depth. What passes decodes without surprise: one value, lengths that lie inside the frame,
 * keys that are strings, and no extension but the tensor, whose shape and bytes agree.
 *
 * Host only: the isolate decodes what the trusted side has scanned.
 *
 * @module
 */

import { isUtf8 } from "node:buffer";

import { DTYPE_NAMES, DTYPES, RANK_MAX } from "../contract/tensor.ts";
import { type FaultCode, Refusal } from "../faults.ts";
import { KEY_REFUSED, TENSOR_EXT } from "./encode.ts";

export interface ScanRules {
  readonly nodesMax: number;
  readonly depthMax: number;
  /** What bytes are called that are not well formed, and what they are called that are too many. */
  readonly malformed: FaultCode;
  readonly tooLarge: FaultCode;
}

/** What stands behind a first byte: how many bytes tell the length, and of what. */
type Kind = "leaf" | "text" | "bytes" | "ext" | "list" | "dict";

/**
 * The rows of the format for the first bytes 0xc0 to 0xdf: kind, bytes of the length or the value.
 */
const ROWS: readonly (readonly [kind: Kind, width: number] | undefined)[] = [
  ["leaf", 0], // nil
  undefined, // never used
  ["leaf", 0],
  ["leaf", 0],
  ["bytes", 1],
  ["bytes", 2],
  ["bytes", 4],
  ["ext", 1],
  ["ext", 2],
  ["ext", 4],
  ["leaf", 4], // float32
  ["leaf", 8], // float64
  ["leaf", 1],
  ["leaf", 2],
  ["leaf", 4],
  ["leaf", 8], // uint64, as Python writes an int64 that is positive
  ["leaf", 1],
  ["leaf", 2],
  ["leaf", 4],
  ["leaf", 8], // int64
  undefined, // fixext 1: a tensor has at least four bytes
  undefined,
  ["ext", 0], // fixext 4
  ["ext", 0],
  ["ext", 0],
  ["text", 1],
  ["text", 2],
  ["text", 4],
  ["list", 2],
  ["list", 4],
  ["dict", 2],
  ["dict", 4],
];

/**
 * Holds `bytes` to be exactly one value that {@link decode} takes.
 *
 * @param bytes Lent for the time of the call; neither kept nor changed.
 * @throws {Refusal} `rules.malformed` or `rules.tooLarge`; `path` is the offset, as `byte 17`.
 *
 * @example
 * ```ts
 * const codes = { malformed: "BAD_REQUEST", tooLarge: "INPUT_TOO_LARGE" } as const;
 * const rules = { nodesMax: 9, depthMax: 2, ...codes };
 * scan(new Uint8Array([0x91, 0x01]), rules); // passes
 * scan(new Uint8Array([0x91]), rules); // throws: the list's value is missing
 * ```
 */
export function scan(bytes: Uint8Array, rules: ScanRules): void {
  new Scanner(bytes, rules).run();
}

interface TensorParts {
  /** Where the axes begin. */
  readonly start: number;
  readonly rank: number;
  /** How many bytes there are from there on. */
  readonly left: number;
  /** How many of them an element takes. */
  readonly bytes: number;
}

class Scanner {
  readonly #bytes: Uint8Array;
  readonly #rules: ScanRules;
  readonly #view: DataView;
  /** Values still to come at each level, and whether the level is a dict's, whose keys are text. */
  readonly #left = [1];
  readonly #isDict = [false];
  #at = 0;
  #nodes = 0;
  #level = 0;

  constructor(bytes: Uint8Array, rules: ScanRules) {
    this.#bytes = bytes;
    this.#rules = rules;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): void {
    while (this.#level >= 0) {
      const left = this.#left[this.#level] as number;
      if (left === 0) {
        this.#level -= 1;
        continue;
      }
      this.#left[this.#level] = left - 1;
      if (++this.#nodes > this.#rules.nodesMax) this.#tooMany("values (limits.nodes)");
      this.#value(this.#isDict[this.#level] === true && left % 2 === 0);
    }
    if (this.#at !== this.#bytes.length) {
      this.#malformed(`wants one value, got ${this.#bytes.length - this.#at} bytes behind it`);
    }
  }

  #value(isKey: boolean): void {
    const first = this.#take(1, "a value");
    const byte = this.#bytes[first] as number;
    if (isKey && !isText(byte)) this.#malformed("wants a string as the key of a dict", first);
    if (byte < 0x80 || byte >= 0xe0) return;
    if (byte < 0x90) return this.#enter(2 * (byte & 0x0f), true);
    if (byte < 0xa0) return this.#enter(byte & 0x0f, false);
    if (byte < 0xc0) return this.#text(byte & 0x1f, isKey);
    const row = ROWS[byte - 0xc0];
    if (row === undefined) {
      return this.#malformed(`wants a value that Bookend knows, got 0x${byte.toString(16)}`, first);
    }
    const [kind, width] = row;
    if (kind === "leaf") this.#number(byte, this.#take(width, "a number"));
    else if (kind === "ext") this.#ext(width === 0 ? 1 << (byte - 0xd4) : this.#length(width));
    else if (kind === "text") this.#text(this.#length(width), isKey);
    else if (kind === "bytes") this.#take(this.#length(width), "bytes");
    else if (kind === "list") this.#enter(this.#length(width), false);
    else this.#enter(2 * this.#length(width), true);
  }

  #number(byte: number, at: number): void {
    if (byte === 0xcf && this.#view.getUint8(at) >= 0x80) {
      this.#malformed("wants an integer that fits int64", at);
    }
  }

  #enter(count: number, isDict: boolean): void {
    // Every value takes a byte at least, so a length that lies is found before it is believed.
    if (count > this.#bytes.length - this.#at) this.#malformed(`wants ${count} values, got fewer`);
    if (this.#nodes + count > this.#rules.nodesMax) this.#tooMany("values (limits.nodes)");
    if (this.#level >= this.#rules.depthMax) this.#tooMany("levels (limits.depth)");
    this.#level += 1;
    this.#left[this.#level] = count;
    this.#isDict[this.#level] = isDict;
  }

  #text(length: number, isKey: boolean): void {
    const start = this.#take(length, "a string");
    const end = start + length;
    let at = start;
    while (at < end && (this.#bytes[at] as number) < 0x80) at += 1;
    const rest = this.#bytes.subarray(at, end);
    if (at < end && !isUtf8(rest)) this.#malformed("wants UTF-8 in a string", start);
    if (isKey && length === KEY_REFUSED.length && this.#is(start, KEY_REFUSED)) {
      this.#malformed("wants no key `__proto__`: give it another name", start);
    }
  }

  #ext(length: number): void {
    const at = this.#take(1, "an extension's type");
    const type = this.#bytes[at];
    if (type !== TENSOR_EXT) {
      this.#malformed(`wants no extension but the tensor (84), got ${type}`, at);
    }
    const start = this.#take(length, "a tensor");
    if (length < 4) this.#malformed(`wants at least 4 bytes in a tensor, got ${length}`, start);
    const head = this.#view.getUint32(start, true);
    const rank = (head >> 8) & 0xff;
    const name = DTYPE_NAMES[head & 0xff];
    if (name === undefined) {
      const most = DTYPE_NAMES.length - 1;
      return this.#malformed(`wants a dtype of 0 to ${most}, got ${head & 0xff}`, start);
    }
    if (rank > RANK_MAX) this.#malformed(`wants at most ${RANK_MAX} axes, got ${rank}`, start + 1);
    if (head >>> 16 !== 0) this.#malformed("wants two bytes of 0 behind the rank", start + 2);
    this.#shape({ start: start + 4, rank, left: length - 4, bytes: DTYPES[name].bytes });
  }

  /** Holds the axes to be there, and their product to be what is left behind them. */
  #shape({ start, rank, left, bytes }: TensorParts): void {
    if (left < 4 * rank) this.#malformed(`wants ${rank} axes in a tensor, got fewer`, start);
    // Beyond 2^53 the product is rounded, but stays far beyond what a frame can hold.
    let wanted = bytes;
    for (let i = 0; i < rank; i++) wanted *= this.#view.getUint32(start + 4 * i, true);
    const got = left - 4 * rank;
    if (wanted !== got) this.#malformed(`wants ${wanted} bytes in a tensor, got ${got}`, start);
  }

  #length(width: number): number {
    const at = this.#take(width, "a length");
    if (width === 1) return this.#view.getUint8(at);
    return width === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  /** Steps over `count` bytes and returns where they begin. */
  #take(count: number, what: string): number {
    const start = this.#at;
    const left = this.#bytes.length - start;
    if (count > left) this.#malformed(`wants ${count} bytes of ${what}, got ${left}`);
    this.#at = start + count;
    return start;
  }

  #is(start: number, text: string): boolean {
    for (let i = 0; i < text.length; i++) {
      if (this.#bytes[start + i] !== text.charCodeAt(i)) return false;
    }
    return true;
  }

  #malformed(detail: string, at = this.#at): never {
    throw new Refusal(this.#rules.malformed, `byte ${at}`, detail);
  }

  #tooMany(what: string): never {
    const { nodesMax, depthMax, tooLarge } = this.#rules;
    const most = what.startsWith("values") ? nodesMax : depthMax;
    throw new Refusal(tooLarge, `byte ${this.#at}`, `wants at most ${most} ${what}, got more`);
  }
}

function isText(byte: number): boolean {
  return (byte >= 0xa0 && byte < 0xc0) || (byte >= 0xd9 && byte <= 0xdb);
}
