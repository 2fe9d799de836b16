/**
 * In place of Node's Buffer, for node-wav, which calls it once: the bytes as they are.
 *
 * @module
 */

/** Returns the bytes of `memory`, not a copy. */
export function Buffer(memory: ArrayBuffer): Uint8Array {
  return new Uint8Array(memory);
}
