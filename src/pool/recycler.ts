/**
 * Buffers of large blocks, used again: a fresh megabyte costs more in pages that the system must
 * give, clear and take back than its copying does.
 *
 * A buffer goes to a worker with a block in it, comes back empty-handed when the block is done, and
 * waits here for the next call of about that size. What was in it is overwritten by the next block
 * up to the length that is sent, and nobody looks beyond.
 *
 * @module
 */

/** Smaller ones are not worth their while. */
export const RECYCLED_BYTES_MIN = 64 * 1024;
const BYTES_MAX = 16 * 2 ** 20;
/** So many bytes wait here at most. */
const KEPT_BYTES_MAX = 64 * 2 ** 20;

/** Buffers that wait to be used again. */
export class Recycler {
  readonly #bySize = new Map<number, ArrayBuffer[]>();
  #kept = 0;

  /** Returns memory for so many bytes; they may be anything. Its buffer may be longer. */
  readonly allocate = (bytes: number): Uint8Array<ArrayBuffer> => {
    if (bytes < RECYCLED_BYTES_MIN || bytes > BYTES_MAX) return Buffer.allocUnsafe(bytes);
    const size = sizeFor(bytes);
    const buffer = this.#bySize.get(size)?.pop();
    if (!buffer) return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer, 0, bytes);
    this.#kept -= size;
    return new Uint8Array(buffer, 0, bytes);
  };

  /** Takes back a buffer that {@link allocate} gave; others are let go. */
  give(buffer: ArrayBuffer): void {
    const size = buffer.byteLength;
    const isOurs = size >= RECYCLED_BYTES_MIN && size <= BYTES_MAX && sizeFor(size) === size;
    if (!isOurs || this.#kept + size > KEPT_BYTES_MAX) return;
    const waiting = this.#bySize.get(size);
    if (waiting) waiting.push(buffer);
    else this.#bySize.set(size, [buffer]);
    this.#kept += size;
  }
}

/** The next size that there is: powers of two, and the middles between them. */
function sizeFor(bytes: number): number {
  const power = 2 ** Math.ceil(Math.log2(bytes));
  return bytes <= 0.75 * power ? 0.75 * power : power;
}
