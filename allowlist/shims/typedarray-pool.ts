/**
 * In place of typedarray-pool, which keeps freed arrays on the global object, old contents and all,
 * for whoever asks next: here a new array is new, and the collector takes the old one.
 *
 * @module
 */

/** Returns `count` doubles, all 0. */
export function mallocDouble(count: number): Float64Array {
  return new Float64Array(count);
}

/** Returns `count` floats, all 0. */
export function mallocFloat(count: number): Float32Array {
  return new Float32Array(count);
}

/** Does nothing: there is no pool. */
export function free(): void {}

export const freeDouble = free;
