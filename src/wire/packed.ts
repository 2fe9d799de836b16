/**
 * A value that is bytes already: what passes through the host without being looked at twice.
 *
 * @module
 */

import type { FaultCode } from "../faults.ts";
import { decode } from "./decode.ts";
import { Encoder } from "./encode.ts";
import { scan } from "./scan.ts";
import { HOST_TEXT, readText } from "./text.ts";

/** How much a value may hold: what it was held to when it was packed. */
export interface PackedBounds {
  readonly nodes: number;
  readonly depth: number;
}

/**
 * One value as MessagePack: scanned, or written by our own encoder. Nobody changes its bytes.
 *
 * @example
 * ```ts
 * const packed = Packed.of({ a: 1 }, { nodes: 10, depth: 4, bytes: 100 });
 * packed.value(); // { a: 1 }, a copy of its own each time
 * ```
 */
export class Packed {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #bounds: PackedBounds;

  /** @param bytes Scanned within `bounds`. Kept, not copied. */
  constructor(bytes: Uint8Array<ArrayBuffer>, bounds: PackedBounds) {
    this.bytes = bytes;
    this.#bounds = bounds;
  }

  /**
   * Packs a value; it is read, not kept.
   *
   * @param root What the path of a refusal begins with.
   * @throws {Refusal} `INPUT_MISMATCH` or `INPUT_TOO_LARGE`, with the path of what does not travel.
   */
  static of(value: unknown, bounds: PackedBounds & { readonly bytes: number }, root = "$"): Packed {
    const encoder = new Encoder({
      nodesMax: bounds.nodes,
      depthMax: bounds.depth,
      bytesMax: bounds.bytes,
      unsupported: "INPUT_MISMATCH",
      tooLarge: "INPUT_TOO_LARGE",
      text: HOST_TEXT,
    });
    return new Packed(encoder.encode(value, root), bounds);
  }

  /** Returns the value, made anew each time: what is done to it nobody else sees. */
  value(): unknown {
    return decode(this.bytes, readText);
  }

  /** Whether it is a list, a dict or a tensor. */
  get isTerminal(): boolean {
    const first = this.bytes[0] as number;
    const isShort = first >= 0x80 && first < 0xa0;
    const isExt = (first >= 0xc7 && first <= 0xc9) || (first >= 0xd4 && first <= 0xd8);
    return isShort || isExt || (first >= 0xdc && first <= 0xdf);
  }

  /**
   * Holds it to other bounds than those that it was packed under.
   *
   * @throws {Refusal} `tooLarge` when it is over them.
   */
  holdTo({ nodes, depth }: PackedBounds, tooLarge: FaultCode): void {
    if (nodes >= this.#bounds.nodes && depth >= this.#bounds.depth) return;
    scan(this.bytes, { nodesMax: nodes, depthMax: depth, malformed: "INTERNAL", tooLarge });
  }
}
