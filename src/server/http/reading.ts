/**
 * Bodies while they come in: as many bytes as one may have, and as many as all together.
 *
 * Memory is taken for bytes that are there, never for those that a head promises. What a body took
 * is given back when its request has been answered: until then its values are views on it.
 *
 * @module
 */

import type { Readable } from "node:stream";

import { Refusal } from "../../faults.ts";
import type { Limits } from "../../limits.ts";

/** What one request holds of the room for bodies. */
export interface Held {
  bytes: number;
}

/** The room that all bodies of a door have together. */
export class BodyRoom {
  readonly #limits: Limits;
  #bytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * Reads a body to its end.
   *
   * @param held Counts what it takes, also when it throws: {@link BodyRoom.giveBack} wants it.
   * @returns Its bytes in a buffer exactly as long, the caller's own.
   * @throws {Refusal} `INPUT_TOO_LARGE` beyond `limits.frameBytes`, `POOL_FULL` when all bodies
   * together are beyond `limits.queueBytes`, `CANCELLED` when it breaks off.
   */
  read(body: Readable, held: Held): Promise<Uint8Array<ArrayBuffer>> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
    const chunks: Buffer[] = [];
    const end = () => {
      body.off("data", take).off("end", whole).off("error", broken).off("close", broken);
    };
    const take = (chunk: Buffer) => {
      const refused = this.#take(chunk.length, held);
      if (refused) {
        end();
        reject(refused);
      } else chunks.push(chunk);
    };
    const whole = () => {
      end();
      resolve(joined(chunks, held.bytes));
    };
    const broken = () => {
      end();
      // Later errors of a stream that nobody reads are nobody's.
      body.on("error", () => undefined);
      reject(new Refusal("CANCELLED", "body", "wants a whole body, got its beginning"));
    };
    body.on("data", take).on("end", whole).on("error", broken).on("close", broken);
    return promise;
  }

  /** Gives back what a request has taken, when it has been answered. */
  giveBack(held: Held): void {
    this.#bytes -= held.bytes;
    held.bytes = 0;
  }

  #take(bytes: number, held: Held): Refusal | undefined {
    const { frameBytes, queueBytes } = this.#limits;
    if (held.bytes + bytes > frameBytes) {
      const wants = `wants a body of at most ${frameBytes} bytes (limits.frameBytes)`;
      return new Refusal("INPUT_TOO_LARGE", "body", `${wants}, got more`);
    }
    if (this.#bytes + bytes > queueBytes) {
      const wants = `wants at most ${queueBytes} bytes in all bodies (limits.queueBytes)`;
      return new Refusal("POOL_FULL", "body", `${wants}, got more; send it again`);
    }
    held.bytes += bytes;
    this.#bytes += bytes;
    return undefined;
  }
}

function joined(chunks: readonly Buffer[], bytes: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
