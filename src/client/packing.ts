/**
 * Values to bytes before they are sent, under the same rules and with the same words as in a
 * process of one's own: what does not travel is refused here, with its path.
 *
 * How much a value may hold is the server's to say; the bounds here are the largest that any server
 * can have, and the bytes of one request.
 *
 * @module
 */

import { type FaultCode, Refusal } from "../faults.ts";
import { LIMITS } from "../limits.ts";
import { filesFrom } from "../runtime/arguments.ts";
import { Encoder } from "../wire/encode.ts";
import { HOST_TEXT } from "../wire/text.ts";

/** Bytes of their own, that nobody else changes. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Makes bytes of values. */
export class Packing {
  readonly #frameBytes: number;
  readonly #values: Encoder;
  readonly #declarations: Encoder;

  /** @param frameBytes The most bytes of one request. */
  constructor(frameBytes: number) {
    this.#frameBytes = frameBytes;
    this.#values = encoder(frameBytes, "INPUT_MISMATCH");
    this.#declarations = encoder(frameBytes, "BAD_REQUEST");
  }

  /**
   * Returns a value as bytes; it is read, not kept.
   *
   * @param root What the path of a refusal begins with.
   * @throws {Refusal} `INPUT_MISMATCH` or `INPUT_TOO_LARGE`.
   */
  value(value: unknown, root: string): Bytes {
    return this.#values.encode(value === undefined ? null : value, root);
  }

  /**
   * Returns files as bytes; nothing where there are none.
   *
   * @throws {Refusal} `INPUT_MISMATCH` when one is no file, or `INPUT_TOO_LARGE`.
   */
  files(files: unknown): Bytes | undefined {
    const list = filesFrom(files ?? undefined, LIMITS.files.max);
    if (list.length === 0) return undefined;
    const plain = list.map(({ bytes, about }) =>
      about.name === undefined && about.type === undefined ? bytes : { data: bytes, ...about },
    );
    return this.#values.encode(plain, "files");
  }

  /**
   * Returns what is said about values as bytes.
   *
   * @throws {Refusal} `BAD_REQUEST` when something in it does not travel, or `INPUT_TOO_LARGE`.
   */
  plain(value: unknown, root = ""): Bytes {
    return this.#declarations.encode(value, root);
  }

  /** @throws {Refusal} `INPUT_TOO_LARGE` when they are too many together. */
  checkSize(parts: readonly Bytes[]): void {
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    if (bytes <= this.#frameBytes) return;
    const wants = `wants at most ${this.#frameBytes} bytes with all files (limits.frameBytes)`;
    throw new Refusal("INPUT_TOO_LARGE", "", `${wants}, got ${bytes}`);
  }
}

function encoder(bytesMax: number, unsupported: FaultCode): Encoder {
  return new Encoder({
    ...{ nodesMax: LIMITS.nodes.max, depthMax: LIMITS.depth.max, bytesMax },
    ...{ unsupported, tooLarge: "INPUT_TOO_LARGE", text: HOST_TEXT },
  });
}
