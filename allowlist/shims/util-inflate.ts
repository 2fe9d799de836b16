/**
 * Unpacks gzip, zlib and bare deflate under a bound: what is over it is refused before memory is
 * taken where the format tells, and else as soon as the data says so.
 *
 * fflate does the inflating, a few KiB at a time; a checksum that the format has is held.
 *
 * @module
 */

import { Gunzip, Inflate, Unzlib } from "fflate";

/** How far a hook may be surprised by its input; half of the heap that it has by default. */
export const OUTPUT_BYTES_MAX = 32 * 2 ** 20;

/** What goes in at a time: deflate makes at most 1032 bytes of one, so 4 MiB at a time come out. */
const STEP_BYTES = 4096;

const RATIO_MAX = 1032;

/** What the caller may say of its bound; `maxOutputLength` as in Node. */
export interface UnpackOptions {
  /** The most bytes that may come out. Default 32 MiB; the heap of the hook is the last word. */
  readonly maxOutputLength?: unknown;
  readonly dictionary?: Uint8Array;
}

/**
 * Returns the data of a gzip file, of all its members.
 *
 * @throws {RangeError} When it is more than the bound.
 * @throws {Error} When the file is cut, is none, or its checksum or length is another.
 */
export function gunzip(value: unknown, options: UnpackOptions = {}): Uint8Array {
  const bytes = bytesFrom(value, "gunzipSync");
  if (!isGzip(bytes) || bytes.length < 18)
    throw new Error("gunzipSync wants a gzip file, got none");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const claimed = view.getUint32(bytes.length - 4, true);
  const out = new Output("gunzipSync", options, { claimed, packed: bytes.length });
  const check = (end: number) => {
    const whole = out.crc32() === view.getUint32(end - 8, true);
    if (!whole || out.memberBytes >>> 0 !== view.getUint32(end - 4, true)) {
      throw new Error("gunzipSync wants a whole gzip file, got one that fails its checksum");
    }
    out.beginMember();
  };
  const stream = new Gunzip((chunk) => out.add(chunk));
  stream.onmember = check;
  feed(stream, bytes);
  check(bytes.length);
  return out.bytes();
}

/**
 * Returns the data of a zlib stream.
 *
 * @throws {RangeError} When it is more than the bound.
 * @throws {Error} When the stream is cut, is none, or its checksum is another.
 */
export function unzlib(value: unknown, options: UnpackOptions = {}): Uint8Array {
  const bytes = bytesFrom(value, "unzlibSync");
  const out = new Output("unzlibSync", options);
  const { dictionary } = options;
  feed(new Unzlib(dictionary ? { dictionary } : {}, (chunk) => out.add(chunk)), bytes);
  const data = out.bytes();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (adler32(data) === view.getUint32(bytes.length - 4)) return data;
  throw new Error("unzlibSync wants a whole zlib stream, got one that fails its checksum");
}

/**
 * Returns the data of a deflate stream without a header.
 *
 * @throws {RangeError} When it is more than the bound.
 * @throws {Error} When the stream is cut or is none.
 */
export function inflate(value: unknown, options: UnpackOptions = {}): Uint8Array {
  const bytes = bytesFrom(value, "inflateSync");
  const out = new Output("inflateSync", options);
  const { dictionary } = options;
  if (bytes.length === 0) throw new Error("inflateSync wants a deflate stream, got no bytes");
  feed(new Inflate(dictionary ? { dictionary } : {}, (chunk) => out.add(chunk)), bytes);
  return out.bytes();
}

/** Returns the data of `value`, which is gzip, zlib or bare deflate: its first bytes say what. */
export function unpack(value: unknown, options: UnpackOptions = {}): Uint8Array {
  const bytes = bytesFrom(value, "decompress");
  if (isGzip(bytes)) return gunzip(bytes, options);
  const [first = 0, second = 0] = bytes;
  const isZlib = (first & 15) === 8 && first >> 4 <= 7 && ((first << 8) | second) % 31 === 0;
  return isZlib ? unzlib(bytes, options) : inflate(bytes, options);
}

/** Returns the most bytes that may come out, by the options of `who`. */
export function outputMax(who: string, { maxOutputLength }: UnpackOptions): number {
  if (maxOutputLength === undefined) return OUTPUT_BYTES_MAX;
  if (Number.isSafeInteger(maxOutputLength) && Number(maxOutputLength) >= 0) {
    return Number(maxOutputLength);
  }
  throw new RangeError(`${who} wants a maxOutputLength in bytes, got ${String(maxOutputLength)}`);
}

/** @throws {RangeError} Always: what came out, or would, is over the bound. */
export function tooLarge(who: string, bytesMax: number): never {
  const why = `the data is over ${bytesMax} bytes`;
  throw new RangeError(`${who} stops: ${why}; {maxOutputLength} moves the bound`);
}

/** Returns `value` when it is bytes. */
export function bytesFrom(value: unknown, who: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw new TypeError(`${who} wants bytes, such as files[0], got a value of type ${typeof value}`);
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/** The last step takes the rest with it: the checksum of a zlib stream must not come apart. */
function feed(stream: Inflate | Gunzip | Unzlib, bytes: Uint8Array): void {
  let at = 0;
  for (; at + 2 * STEP_BYTES < bytes.length; at += STEP_BYTES) {
    stream.push(bytes.subarray(at, at + STEP_BYTES));
  }
  stream.push(bytes.subarray(at), true);
}

interface Claim {
  /** What the file says of itself, and how long it is: it cannot hold 1032 times of that. */
  readonly claimed: number;
  readonly packed: number;
}

/** What has come out so far, and the checksum of the member that it belongs to. */
class Output {
  readonly #who: string;
  readonly #bytesMax: number;
  #bytes: Uint8Array;
  #length = 0;
  #crc = -1;
  #memberStart = 0;

  constructor(who: string, options: UnpackOptions, { claimed, packed }: Claim = NO_CLAIM) {
    this.#who = who;
    this.#bytesMax = outputMax(who, options);
    const likely = claimed <= packed * RATIO_MAX;
    if (likely && claimed > this.#bytesMax) tooLarge(who, this.#bytesMax);
    this.#bytes = new Uint8Array(likely ? claimed : 0);
  }

  get memberBytes(): number {
    return this.#length - this.#memberStart;
  }

  add(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#bytesMax) tooLarge(this.#who, this.#bytesMax);
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(Math.max(length, length * 2), this.#bytesMax));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
    this.#crc = crcOver(this.#crc, chunk);
  }

  beginMember(): void {
    this.#memberStart = this.#length;
    this.#crc = -1;
  }

  crc32(): number {
    return ~this.#crc >>> 0;
  }

  bytes(): Uint8Array {
    const exact = this.#length === this.#bytes.length;
    return exact ? this.#bytes : this.#bytes.slice(0, this.#length);
  }
}

const NO_CLAIM: Claim = { claimed: 0, packed: 0 };

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** Returns the CRC-32 of `bytes`, as gzip and zip have it. */
export function crc32(bytes: Uint8Array): number {
  return ~crcOver(-1, bytes) >>> 0;
}

function crcOver(start: number, bytes: Uint8Array): number {
  let crc = start;
  for (let i = 0; i < bytes.length; i++) {
    crc = (CRC_TABLE[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  }
  return crc;
}

/** So many bytes can be added up before the sums leave 32 bits. */
const ADLER_STEP = 3800;

function adler32(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (let start = 0; start < bytes.length; start += ADLER_STEP) {
    const end = Math.min(start + ADLER_STEP, bytes.length);
    for (let i = start; i < end; i++) {
      low += bytes[i] as number;
      high += low;
    }
    low %= 65521;
    high %= 65521;
  }
  return ((high << 16) | low) >>> 0;
}
