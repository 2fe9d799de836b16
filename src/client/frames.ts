/**
 * Messages on a stream of bytes: each behind its length, as four bytes, the highest first.
 *
 * No memory is taken on the word of a length: a message is put together when all of it is there.
 *
 * @module
 */

import { Refusal } from "../faults.ts";
import type { Bytes } from "./packing.ts";

const LENGTH_BYTES = 4;
/** Up to here a copy costs less than one more piece to write. */
const COPIED_BYTES_MAX = 16 * 1024;
const EMPTY: Bytes = new Uint8Array(0);

/** What MessagePack-RPC calls a message. */
export const MESSAGE = { request: 0, response: 1, notification: 2 } as const;

/**
 * Returns a message as pieces to be written one behind the other.
 *
 * @param head `[type, msgid]` of a request, `[type]` of a notification.
 * @param params Each as MessagePack. Given away: large ones are among the pieces.
 */
export function framed(
  head: readonly number[],
  method: string,
  params: readonly (readonly Bytes[])[],
): Bytes[] {
  const parts = params.flat();
  const front = Buffer.alloc(LENGTH_BYTES + 1 + 5 * head.length + 1 + method.length + 1);
  let at = front.writeUInt8(0x90 | (head.length + 2), LENGTH_BYTES);
  for (const number of head) {
    if (number < 0x80) at = front.writeUInt8(number, at);
    else at = front.writeUInt32BE(number, front.writeUInt8(0xce, at));
  }
  // Names of methods and numbers of params are ours, and short.
  at = front.writeUInt8(0xa0 | method.length, at);
  at += front.write(method, at, "latin1");
  at = front.writeUInt8(0x90 | params.length, at);
  const bytes = parts.reduce((sum, part) => sum + part.length, at);
  front.writeUInt32BE(bytes - LENGTH_BYTES, 0);
  const first = new Uint8Array(front.buffer, front.byteOffset, at);
  if (bytes > COPIED_BYTES_MAX) return [first, ...parts];
  const whole = new Uint8Array(bytes);
  let end = 0;
  for (const part of [first, ...parts]) {
    whole.set(part, end);
    end += part.length;
  }
  return [whole];
}

/** Takes chunks, gives messages. */
export class Frames {
  readonly #bytesMax: number;
  #chunks: Bytes[] = [];
  #bytes = 0;
  /** Bytes of the message at hand, once its length has come. */
  #wanted: number | undefined;

  /** @param bytesMax The most bytes of a message. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** @param chunk Kept: nobody else may change it. */
  push(chunk: Bytes): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /**
   * Returns the next message, when all of it is there: a view on what was pushed, or a copy.
   *
   * @throws {Refusal} `INTERNAL` when it says that it is longer than any message.
   */
  next(): Bytes | undefined {
    if (this.#wanted === undefined) {
      if (this.#bytes < LENGTH_BYTES) return undefined;
      const head = this.#take(LENGTH_BYTES);
      const length = new DataView(head.buffer, head.byteOffset, LENGTH_BYTES).getUint32(0);
      if (length > this.#bytesMax) {
        const detail = `wants an answer of at most ${this.#bytesMax} bytes, got one of ${length}`;
        throw new Refusal("INTERNAL", "", `${detail}; frameBytes says how many there may be`);
      }
      this.#wanted = length;
    }
    if (this.#bytes < this.#wanted) return undefined;
    const message = this.#take(this.#wanted);
    this.#wanted = undefined;
    return message;
  }

  #take(bytes: number): Bytes {
    const first = this.#chunks[0] ?? EMPTY;
    this.#bytes -= bytes;
    if (first.length >= bytes) {
      if (first.length === bytes) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(bytes);
      return first.subarray(0, bytes);
    }
    const whole = new Uint8Array(bytes);
    let at = 0;
    let used = 0;
    while (at < bytes) {
      const chunk = this.#chunks[used] ?? EMPTY;
      const part = chunk.subarray(0, bytes - at);
      whole.set(part, at);
      at += part.length;
      if (part.length < chunk.length) this.#chunks[used] = chunk.subarray(part.length);
      else used += 1;
    }
    this.#chunks.splice(0, used);
    return whole;
  }
}
