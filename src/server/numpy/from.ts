/**
 * A client's bytes with numpy's dicts in them, as the wire's tensors and numbers.
 *
 * One walk from token to token. What is no dict of numpy's is copied as it is, elements are copied
 * once, and nothing is allocated before the first dict was found. A dict is longer than what it
 * becomes unless it has more than seven axes, so the copy seldom has to grow, and never to more
 * than four times the bytes that came.
 *
 * The bytes are not believed, and are not believed afterwards either: whatever is wrong with what
 * stands around the dicts is still there for `wire/scan.ts` to refuse.
 *
 * @module
 */

import { type DType, DTYPE_NAMES, DTYPES, fromBfloat16 } from "../../contract/tensor.ts";
import { Refusal } from "../../faults.ts";
import { DEFAULTS } from "../../limits.ts";
import { Encoder, TENSOR_EXT } from "../../wire/encode.ts";
import { type Found, type FoundArray, type FoundScalar, numpyAt } from "./layout.ts";
import { type Span, Tokens } from "./tokens.ts";

/** The longest head of a tensor in front of its axes: the extension's, and four bytes. */
const HEAD_BYTES_MAX = 10;
const INT32_MIN = -0x8000_0000;
const UINT32_MAX = 0xffff_ffff;
const INT64_MAX = 2n ** 63n - 1n;

/** Writes single numbers, of which none is refused. */
const ENCODER = new Encoder({
  ...{ nodesMax: 1, depthMax: 1, bytesMax: 16, unsupported: "INTERNAL", tooLarge: "INTERNAL" },
});

/**
 * Returns the bytes of one value with every array and scalar of numpy's as the wire has it: an
 * array is a tensor (`wire/PROTOCOL.md`, extension 84), a scalar a boolean, a number, or an int64
 * where it does not fit 32 bits. Reads the layouts of msgpack-numpy and of openpi, nested anywhere
 * in lists and dicts; elements that came big-endian are turned round.
 *
 * @param bytes One value from a client: not scanned, not believed. Lent for the time of the call.
 * @param nodesMax `limits.nodes`, counted as `scan` counts: an array is one.
 * @returns `bytes` itself when there is nothing of numpy's in them; else the caller's own, perhaps
 * a view of a longer buffer. What is malformed beside the dicts still is: `scan` comes afterwards.
 * @throws {Refusal} `BAD_REQUEST` for a type that is none of our dtypes (object, structured, text,
 * bytes, date, complex), for a dict that is made badly, and for bytes that are cut off behind an
 * array; `INPUT_TOO_LARGE` for too many values. `path` is the offset in `bytes`, as `byte 17`.
 *
 * @example
 * ```ts
 * const bytes = fromNumpy(frame); // what Python packed with `default=msgpack_numpy.encode`
 * scan(bytes, rules);
 * decode(bytes); // { image: Tensor("uint8", [224, 224, 3], …) }
 * ```
 */
export function fromNumpy(
  bytes: Uint8Array<ArrayBuffer>,
  nodesMax: number = DEFAULTS.nodes,
): Uint8Array<ArrayBuffer> {
  const tokens = new Tokens(bytes);
  let copy: Copy | undefined;
  let at = 0;
  let last = 0;
  for (let nodes = 1; at < bytes.length; nodes++) {
    if (nodes > nodesMax) {
      const detail = `wants at most ${nodesMax} values (limits.nodes), got more`;
      throw new Refusal("INPUT_TOO_LARGE", `byte ${at}`, detail);
    }
    last = at;
    const found = tokens.dict(at) === undefined ? undefined : numpyAt(tokens, at);
    if (found) {
      copy ??= new Copy(tokens);
      copy.replace(at, found);
    }
    at = found ? found.end : tokens.end(at);
  }
  if (copy === undefined) return bytes;
  if (at > bytes.length) {
    // In the copy the place would be another one, so it is said here.
    const left = `${bytes.length - last} bytes at the end`;
    throw new Refusal("BAD_REQUEST", `byte ${last}`, `wants a whole value, got ${left}`);
  }
  return copy.end();
}

/** What was written so far, and what of the bytes that came is in it. */
class Copy {
  readonly #tokens: Tokens;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  #at = 0;
  #taken = 0;

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
    this.#bytes = new Uint8Array(tokens.bytes.length);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Writes what a dict at `start` stands for, behind all that is in front of it. */
  replace(start: number, found: Found): void {
    this.#take({ start: this.#taken, end: start });
    if (found.kind === "array") this.#array(found);
    else if (found.kind === "generic") this.#take(found.data);
    else this.#scalar(found, start);
    this.#taken = found.end;
  }

  /** Returns what was written, with all that is left behind it. */
  end(): Uint8Array<ArrayBuffer> {
    this.#take({ start: this.#taken, end: this.#tokens.bytes.length });
    return this.#bytes.subarray(0, this.#at);
  }

  #array({ type, shape, data }: FoundArray): void {
    this.#room(HEAD_BYTES_MAX + 4 * shape.length);
    this.#extension(4 + 4 * shape.length + data.end - data.start);
    // Little-endian: the dtype's code, the rank, and two bytes of 0.
    this.#uint32(DTYPE_NAMES.indexOf(type.dtype) | (shape.length << 8));
    for (const axis of shape) this.#uint32(axis);
    const start = this.#at;
    this.#take(data);
    if (type.isBigEndian) turnRound(this.#bytes.subarray(start, this.#at), type.size);
  }

  /** Writes the head of an extension; there is room for it. */
  #extension(length: number): void {
    const view = this.#view;
    const width = length < 0x100 ? 1 : length < 0x10000 ? 2 : 4;
    view.setUint8(this.#at, width === 1 ? 0xc7 : width === 2 ? 0xc8 : 0xc9);
    if (width === 1) view.setUint8(this.#at + 1, length);
    else if (width === 2) view.setUint16(this.#at + 1, length);
    else view.setUint32(this.#at + 1, length);
    view.setUint8(this.#at + 1 + width, TENSOR_EXT);
    this.#at += 2 + width;
  }

  #uint32(value: number): void {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  #scalar({ type, data }: FoundScalar, dict: number): void {
    const element = this.#tokens.bytes.slice(data.start, data.end);
    if (type.isBigEndian) element.reverse();
    const value = valueOf(type.dtype, element);
    if (typeof value === "bigint" && value > INT64_MAX) {
      const detail = `wants an integer that fits int64, got the uint64 ${value}`;
      throw new Refusal("BAD_REQUEST", `byte ${dict}`, detail);
    }
    this.#put(ENCODER.encode(value));
  }

  /** Copies bytes that came. */
  #take({ start, end }: Span): void {
    this.#put(this.#tokens.bytes.subarray(start, end));
  }

  #put(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #room(count: number): void {
    const wanted = this.#at + count;
    if (wanted <= this.#bytes.length) return;
    const old = this.#bytes;
    this.#bytes = new Uint8Array(Math.max(wanted, 2 * old.length));
    this.#view = new DataView(this.#bytes.buffer);
    this.#bytes.set(old.subarray(0, this.#at));
  }
}

/** Returns what the bytes of one element stand for, as the wire has it. */
function valueOf(dtype: DType, element: Uint8Array<ArrayBuffer>): boolean | number | bigint {
  const value = new DTYPES[dtype].array(element.buffer)[0] ?? 0;
  if (dtype === "bool") return value !== 0;
  if (dtype === "bfloat16") return fromBfloat16(Number(value));
  const isShort = value >= INT32_MIN && value <= UINT32_MAX;
  return typeof value === "bigint" && isShort ? Number(value) : value;
}

function turnRound(elements: Uint8Array<ArrayBuffer>, size: number): void {
  const { buffer, byteOffset, byteLength } = elements;
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  if (size === 2) bytes.swap16();
  else if (size === 4) bytes.swap32();
  else bytes.swap64();
}
