/**
 * Arrays in the layout of Python's msgpack-numpy, to tensors and back. A stand-in: nothing changes.
 *
 * @module
 */

/** Returns a value with its arrays as tensors. */
export function fromNumpy(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes;
}

/** Returns a value with its tensors as arrays. */
export function toNumpy(payload: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return payload;
}
