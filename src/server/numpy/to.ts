/**
 * The wire's tensors as the dicts that msgpack-numpy makes arrays of.
 *
 * Two walks from token to token: one finds the tensors and how long all of it will be, so that the
 * other copies everything once. What is no tensor stays as it is, byte for byte.
 *
 * numpy has no bfloat16. Such a tensor leaves as float32, of which each element is the upper half:
 * the same numbers exactly, in twice the bytes.
 *
 * @module
 */

import { type DType, DTYPE_NAMES } from "../../contract/tensor.ts";
import { TENSOR_EXT } from "../../wire/encode.ts";
import { TYPE_STRINGS } from "./dtypes.ts";
import { type Span, Tokens } from "./tokens.ts";

/** A dict of five entries: `nd` and true, and the key `type` with the head of a text of three. */
const BEFORE_TYPE = Buffer.from("\x85\xc4\x02nd\xc3\xc4\x04type\xa3", "latin1");
/** The key `kind` with no bytes, and the key `shape`. */
const BEFORE_SHAPE = Buffer.from("\xc4\x04kind\xc4\x00\xc4\x05shape", "latin1");
const BEFORE_DATA = Buffer.from("\xc4\x04data", "latin1");

interface Place {
  readonly start: number;
  readonly end: number;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Where the elements begin. */
  readonly data: number;
}

/**
 * Returns one value with every tensor as the dict that `msgpack_numpy.decode` reads: keys of bytes,
 * `nd`, `type`, `kind`, `shape` and `data`, in this order.
 *
 * @param payload MessagePack of `wire/PROTOCOL.md`, scanned or written by us. Lent.
 * @returns `payload` itself when there is no tensor in it; else the caller's own.
 *
 * @example
 * ```ts
 * const { payload } = await service.call(request, asking);
 * socket.write(toNumpy(payload)); // Python: msgpack.unpackb(…, object_hook=msgpack_numpy.decode)
 * ```
 */
export function toNumpy(payload: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const places = placesOf(payload);
  if (places.length === 0) return payload;
  let length = payload.length;
  for (const place of places) length += lengthOf(place) - (place.end - place.start);
  const target = new Uint8Array(length);
  const view = new DataView(target.buffer);
  let at = 0;
  let taken = 0;
  for (const place of places) {
    target.set(payload.subarray(taken, place.start), at);
    at = putHead(view, at + place.start - taken, place);
    const elements = payload.subarray(place.data, place.end);
    if (place.dtype === "bfloat16") widen(elements, target, at);
    else target.set(elements, at);
    at += bytesOf(place);
    taken = place.end;
  }
  target.set(payload.subarray(taken), at);
  return target;
}

function placesOf(payload: Uint8Array<ArrayBuffer>): Place[] {
  const tokens = new Tokens(payload);
  const places: Place[] = [];
  for (let at = 0; at < payload.length; at = tokens.end(at)) {
    const extension = tokens.extension(at);
    if (extension?.type === TENSOR_EXT) places.push(placeOf(tokens, at, extension));
  }
  return places;
}

function placeOf({ bytes, view }: Tokens, start: number, content: Span): Place {
  const rank = bytes[content.start + 1] ?? 0;
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) shape.push(view.getUint32(content.start + 4 + 4 * i, true));
  const dtype = DTYPE_NAMES[bytes[content.start] ?? 0] ?? "uint8";
  return { start, end: content.end, dtype, shape, data: content.start + 4 + 4 * rank };
}

/** Returns how many bytes of elements there will be. */
function bytesOf({ dtype, data, end }: Place): number {
  return dtype === "bfloat16" ? 2 * (end - data) : end - data;
}

/** Returns how long the dict of a tensor is. */
function lengthOf(place: Place): number {
  const bytes = bytesOf(place);
  let length = BEFORE_TYPE.length + 3 + BEFORE_SHAPE.length + BEFORE_DATA.length;
  length += place.shape.length < 16 ? 1 : 3;
  for (const axis of place.shape) length += 1 + widthOf(axis, 0x80);
  return length + 1 + widthOf(bytes, 0) + bytes;
}

/** Returns how many bytes a number takes behind its first, where those under `short` take none. */
function widthOf(value: number, short: number): 0 | 1 | 2 | 4 {
  if (value < short) return 0;
  if (value < 0x100) return 1;
  return value < 0x10000 ? 2 : 4;
}

/** Writes a dict up to its elements, and returns where they belong. */
function putHead(view: DataView<ArrayBuffer>, start: number, place: Place): number {
  const target = new Uint8Array(view.buffer);
  const put = (bytes: Uint8Array): void => {
    target.set(bytes, at);
    at += bytes.length;
  };
  let at = start;
  put(BEFORE_TYPE);
  put(Buffer.from(TYPE_STRINGS[place.dtype], "latin1"));
  put(BEFORE_SHAPE);
  const rank = place.shape.length;
  if (rank < 16) view.setUint8(at++, 0x90 | rank);
  else put(Uint8Array.of(0xdc, 0, rank));
  for (const axis of place.shape)
    at = putNumber(view, at, { value: axis, first: 0xcc, short: 0x80 });
  put(BEFORE_DATA);
  return putNumber(view, at, { value: bytesOf(place), first: 0xc4, short: 0 });
}

interface Sized {
  readonly value: number;
  /** The first byte where one more follows; those for two and four follow it. */
  readonly first: number;
  /** Numbers under this one are a first byte of their own. */
  readonly short: number;
}

function putNumber(view: DataView, at: number, { value, first, short }: Sized): number {
  const width = widthOf(value, short);
  if (width === 0) view.setUint8(at, value);
  else view.setUint8(at, first + (width >> 1));
  if (width === 1) view.setUint8(at + 1, value);
  else if (width === 2) view.setUint16(at + 1, value);
  else if (width === 4) view.setUint32(at + 1, value);
  return at + 1 + width;
}

/** Writes 16 bits as the upper half of 32. */
function widen(elements: Uint8Array, target: Uint8Array, start: number): void {
  for (let i = 0, at = start + 2; i < elements.length; i += 2, at += 4) {
    target[at] = elements[i] ?? 0;
    target[at + 1] = elements[i + 1] ?? 0;
  }
}
