/**
 * The part of Node's zlib, and of pako, that the codecs call: fflate in other words.
 *
 * @module
 */

import { inflateSync as inflateBare, unzlibSync, zlibSync } from "fflate";

/** Returns the data of a zlib stream. */
export function inflateSync(stream: Uint8Array): Buffer {
  return bufferOf(unzlibSync(stream));
}

/** Returns the data of a deflate stream that has no header, as strips of a TIFF may. */
export function inflateRaw(stream: Uint8Array): Uint8Array {
  return inflateBare(stream);
}

/** Returns `data` as a zlib stream. */
export function deflateSync(data: Uint8Array, options?: { readonly level?: number }): Buffer {
  const level = Math.min(9, Math.max(0, options?.level ?? 6)) as 0 | 1 | 9;
  return bufferOf(zlibSync(data, { level }));
}

/** Returns the first `maxLength` bytes of a stream's data: more is neither kept nor made room for. */
export function inflateUpTo(stream: Uint8Array, { maxLength }: { maxLength: number }): Buffer {
  return bufferOf(unzlibSync(stream, { out: new Uint8Array(maxLength) }));
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}
