/**
 * MessagePack bytes to a value, on both sides of the isolate.
 *
 * The bytes have been scanned (`wire/scan.ts`), so nothing is checked twice here; what did not pass
 * the scan never gets this far. Everything in the result owns its memory: bytes and tensors are
 * copied out, exactly as long as they are, so nobody can see a neighbour through `.buffer`.
 *
 * @module
 */

import { type DType, DTYPE_NAMES, DTYPES, Tensor, type TensorData } from "../contract/tensor.ts";
import { bufferOf, byteLengthOf, byteOffsetOf, copyOf, getFloat64, View } from "./captured.ts";
import { readUtf8 } from "./utf8.ts";

/** How text is read: the isolate has its own JavaScript for it, the host something faster. */
export type ReadText = (bytes: Uint8Array, start: number, end: number) => string;

const { defineProperty } = Object;
const ObjectPrototype = Object.prototype;
const PLAIN = { writable: true, enumerable: true, configurable: true } as const;
const F64 = new Float64Array(1);
const F64_BYTES = new Uint8Array(F64.buffer);
const F32 = new Float32Array(F64.buffer);
const I64 = new BigInt64Array(F64.buffer);

/**
 * Returns the one value that `bytes` are.
 *
 * @param bytes Scanned MessagePack. Lent: nothing of the result points into it.
 * @returns Plain data: null, boolean, number, bigint (int64), string, `Uint8Array`, list, dict,
 * `Tensor`.
 *
 * @example
 * ```ts
 * decode(new Uint8Array([0x81, 0xa1, 0x61, 0x01])); // { a: 1 }
 * ```
 */
export function decode(bytes: Uint8Array, readText: ReadText = readUtf8): unknown {
  return new Decoder(bytes, readText).value();
}

class Decoder {
  readonly #bytes: Uint8Array;
  /** Made for the first float64: most small values have none. */
  #view: DataView | undefined;
  readonly #readText: ReadText;
  #at = 0;

  constructor(bytes: Uint8Array, readText: ReadText) {
    this.#bytes = bytes;
    this.#readText = readText;
  }

  value(): unknown {
    const byte = this.#bytes[this.#at++] as number;
    if (byte < 0x80) return byte;
    if (byte >= 0xe0) return byte - 0x100;
    if (byte < 0x90) return this.#dict(byte & 0x0f);
    if (byte < 0xa0) return this.#list(byte & 0x0f);
    if (byte < 0xc0) return this.#text(byte & 0x1f);
    return byte < 0xca ? this.#short(byte) : this.#long(byte);
  }

  #short(byte: number): unknown {
    switch (byte) {
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#slice(this.#uint(1 << (byte - 0xc4)));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#tensor(this.#uint(1 << (byte - 0xc7)));
      default:
        return null;
    }
  }

  #long(byte: number): unknown {
    if (byte <= 0xcb) return this.#float(byte === 0xca ? 4 : 8);
    if (byte < 0xcf) return this.#uint(1 << (byte - 0xcc));
    if (byte === 0xcf) return this.#int64();
    if (byte <= 0xd2) return this.#int(1 << (byte - 0xd0));
    if (byte === 0xd3) return this.#int64();
    if (byte <= 0xd8) return this.#tensor(1 << (byte - 0xd4));
    if (byte <= 0xdb) return this.#text(this.#uint(1 << (byte - 0xd9)));
    if (byte <= 0xdd) return this.#list(this.#uint(byte === 0xdc ? 2 : 4));
    return this.#dict(this.#uint(byte === 0xde ? 2 : 4));
  }

  #uint(width: number): number {
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 256 + (this.#bytes[this.#at++] as number);
    return value;
  }

  #int(width: number): number {
    const value = this.#uint(width);
    const half = 2 ** (8 * width - 1);
    return value < half ? value : value - 2 * half;
  }

  #int64(): bigint {
    this.#reverse(8);
    return I64[0] as bigint;
  }

  #float(width: 4 | 8): number {
    if (width === 8) {
      const bytes = this.#bytes;
      this.#view ??= new View(bufferOf(bytes), byteOffsetOf(bytes), byteLengthOf(bytes));
      this.#at += 8;
      return getFloat64(this.#view, this.#at - 8);
    }
    this.#reverse(4);
    return F32[0] as number;
  }

  /** Big-endian bytes into the scratch numbers. */
  #reverse(width: number): void {
    for (let i = width - 1; i >= 0; i--) F64_BYTES[i] = this.#bytes[this.#at++] as number;
  }

  #text(length: number): string {
    const start = this.#at;
    this.#at += length;
    return this.#readText(this.#bytes, start, this.#at);
  }

  #slice(length: number): Uint8Array<ArrayBuffer> {
    const start = this.#at;
    this.#at += length;
    return copyOf(this.#bytes, start, this.#at);
  }

  #list(length: number): unknown[] {
    const list: unknown[] = [];
    for (let i = 0; i < length; i++) list[i] = this.value();
    return list;
  }

  #dict(length: number): Record<string, unknown> {
    const dict: Record<string, unknown> = {};
    for (let i = 0; i < length; i++) {
      this.#at += 1;
      const key = this.#key(this.#bytes[this.#at - 1] as number);
      const value = this.value();
      // A setter of that name, or a frozen Object.prototype, would come between.
      if (key in ObjectPrototype)
        defineProperty(dict, key, { __proto__: null, ...PLAIN, value } as PropertyDescriptor);
      else dict[key] = value;
    }
    return dict;
  }

  #key(byte: number): string {
    return this.#text(byte < 0xc0 ? byte & 0x1f : this.#uint(1 << (byte - 0xd9)));
  }

  #tensor(length: number): Tensor {
    const start = this.#at + 1;
    this.#at = start + length;
    const dtype = DTYPE_NAMES[this.#bytes[start] as number] as DType;
    const rank = this.#bytes[start + 1] as number;
    const shape: number[] = [];
    for (let axis = 0; axis < rank; axis++) shape[axis] = this.#axis(start + 4 + 4 * axis);
    const data = copyOf(this.#bytes, start + 4 + 4 * rank, this.#at);
    return new Tensor(dtype, shape, elementsOf(dtype, data));
  }

  #axis(at: number): number {
    let axis = 0;
    for (let i = 3; i >= 0; i--) axis = axis * 256 + (this.#bytes[at + i] as number);
    return axis;
  }
}

function elementsOf(dtype: DType, data: Uint8Array<ArrayBuffer>): TensorData {
  const wanted = DTYPES[dtype].array;
  return new wanted(bufferOf(data)) as TensorData;
}
