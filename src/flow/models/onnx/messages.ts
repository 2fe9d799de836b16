/**
 * What goes between a model's thread and the thread of the host, and in which form a value does.
 *
 * Elements travel as buffers that are moved, not copied on the way. Nothing here imports a runtime.
 *
 * @module
 */

import type { DType } from "../../../contract/tensor.ts";
import type { Slot } from "./slots.ts";

/** The packages that run ONNX models, the faster first. */
export const RUNTIMES = ["onnxruntime-node", "onnxruntime-web"] as const;

export type RuntimeName = (typeof RUNTIMES)[number];

/** What a thread is started with. */
export interface ThreadSetup {
  /** The file. Shared, so that a second thread needs no second copy. */
  readonly model: SharedArrayBuffer;
  /** The package to use; without one, the first of {@link RUNTIMES} that is installed. */
  readonly runtime: RuntimeName | undefined;
  readonly threads: number;
  readonly outputBytesMax: number;
}

/** A tensor on its way: the elements row-major and little-endian, or a list of strings. */
export interface Part {
  readonly type: DType | "string";
  readonly shape: readonly number[];
  readonly elements: ArrayBuffer | readonly string[];
}

/** To the thread. Inputs are in the order of the slots. */
export type Order =
  | { readonly kind: "run"; readonly id: number; readonly inputs: readonly Part[] }
  | { readonly kind: "cancel"; readonly id: number }
  | { readonly kind: "close" };

/** From the thread. A `detail` is the rest of a sentence that begins with the model's name. */
export type Report =
  | { readonly kind: "loaded"; readonly runtime: RuntimeName }
  | { readonly kind: "opened"; readonly inputs: readonly Slot[]; readonly outputs: readonly Slot[] }
  | { readonly kind: "refused"; readonly detail: string }
  | { readonly kind: "ran"; readonly id: number; readonly outputs: readonly Part[] }
  | { readonly kind: "failed"; readonly id: number; readonly detail: string };

/** Returns the buffers of parts, for the list of what is moved. */
export function buffersOf(parts: readonly Part[]): ArrayBuffer[] {
  return parts.flatMap(({ elements }) => (elements instanceof ArrayBuffer ? [elements] : []));
}

/** Returns the bytes of an array of elements in a buffer of their own. */
export function copyOf(elements: ArrayBufferView): ArrayBuffer {
  const copy = new ArrayBuffer(elements.byteLength);
  const { buffer, byteOffset, byteLength } = elements;
  new Uint8Array(copy).set(new Uint8Array(buffer, byteOffset, byteLength));
  return copy;
}
