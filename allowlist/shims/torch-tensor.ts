/**
 * The tensor that `require("torch")` makes: a dtype, a shape, and its elements in a typed array.
 *
 * It is plain data on the heap, and no entry in the tables of tfjs: nobody has to dispose of it,
 * `tf.tidy` does not take it away, and ten thousand calls leave nothing behind. The functions of
 * torch that tfjs computes (`tfjs.ts`) wrap its elements for the length of one call.
 *
 * Invariants:
 * - Elements lie row-major in an array that is exactly as long as the shape says.
 * - A bool is 0 or 1.
 *
 * Not here: the methods with torch's names; `torch.ts` puts them on the prototype.
 *
 * @module
 */

import type { LibraryWorld } from "../../src/contract/library.ts";
import type { Nested, Tensor } from "../../src/contract/tensor.ts";

/** The arrays of the dtypes that tfjs computes with. */
export const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

export type TorchDType = keyof typeof ARRAYS;
export type Elements = Float32Array | Int32Array | Uint8Array;

let world: LibraryWorld | undefined;

/** Says what world this library is in; once, before anything else is called. */
export function setWorld(given: LibraryWorld): void {
  world = given;
}

/** Returns the world: its `Tensor` is the hook's own class. */
export function worldOf(): LibraryWorld {
  if (!world) throw new Error("torch was not loaded");
  return world;
}

/** An array of elements with a shape. Made by the functions of torch, changed by none. */
export class TorchTensor {
  readonly dtype: TorchDType;
  readonly shape: readonly number[];
  /** Kept, not copied. */
  readonly elements: Elements;
  readonly #brand = true;

  constructor(dtype: TorchDType, shape: readonly number[], elements: Elements) {
    this.dtype = dtype;
    this.shape = Object.freeze([...shape]);
    this.elements = elements;
    const size = sizeOf(shape);
    if (elements.length !== size) {
      const got = `${elements.length} elements`;
      throw new RangeError(`torch wants ${size} elements for shape [${shape}], got ${got}`);
    }
    Object.freeze(this);
  }

  static is(value: unknown): value is TorchTensor {
    return typeof value === "object" && value !== null && #brand in value;
  }

  get ndim(): number {
    return this.shape.length;
  }

  /** The same as the tensor of the hook's world, sharing the elements. */
  toTensor(): Tensor {
    return new (worldOf().Tensor)(this.dtype, this.shape, this.elements as never);
  }

  tolist(): Nested {
    return this.toTensor().tolist();
  }

  /** The one element as a number, or as a boolean. */
  item(): number | boolean {
    const [element] = this.elements;
    if (element === undefined || this.elements.length !== 1) {
      throw new RangeError(`item() wants a tensor of one element, got shape [${this.shape}]`);
    }
    return this.dtype === "bool" ? element !== 0 : element;
  }

  toString(): string {
    const many = this.elements.length > 1000;
    const text = many ? `shape [${this.shape.join(", ")}]` : JSON.stringify(this.tolist());
    return `tensor(${text}, dtype=${this.dtype})`;
  }

  toJSON(): Nested {
    return this.tolist();
  }

  /** Without it `a + b` would be two texts, one behind the other. */
  [Symbol.toPrimitive](hint: string): string | number {
    if (hint === "string") return this.toString();
    if (this.elements.length === 1) return Number(this.item());
    const shape = this.shape.join(", ");
    throw new TypeError(
      `A tensor of shape [${shape}] is no number: JavaScript has no operators for tensors, use ` +
        "torch.add, sub, mul, div, lt, gt, eq or the methods of these names",
    );
  }
}

/** Returns the product of a shape: 1 for `[]`. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, axis) => size * axis, 1);
}

/** Returns a tensor of zeros: its elements are to be filled by who made it. */
export function blank(dtype: TorchDType, shape: readonly number[]): TorchTensor {
  return new TorchTensor(dtype, shape, new ARRAYS[dtype](sizeOf(shape)));
}

/** Returns the same elements under another shape of the same size. */
export function reshaped(tensor: TorchTensor, shape: readonly number[]): TorchTensor {
  return new TorchTensor(tensor.dtype, shape, tensor.elements);
}
