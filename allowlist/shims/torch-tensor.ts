/**
 * The tensor that `require("torch")` makes: a dtype, a shape, and its elements in a typed array.
 *
 * It is plain data on the heap: nobody has to dispose of it, and ten thousand calls leave nothing
 * behind. No function changes one, so what torch would make a view may share its elements here.
 *
 * Invariants:
 * - Elements lie row-major in an array that is exactly as long as the shape says.
 * - A bool is 0 or 1, an int64 a whole number below 2^53, a half exactly what a half can hold.
 * - No memory is taken for a shape before its size was looked at.
 *
 * Not here: the methods with torch's names; `torch-facade.ts` puts them on the prototype.
 *
 * @module
 */

import type { LibraryWorld } from "../../src/contract/library.ts";
import { type Nested, type Tensor, toBfloat16 } from "../../src/contract/tensor.ts";
import { DTYPES, type Elements, type TorchDType } from "./torch-dtypes.ts";

export type { Elements, TorchDType } from "./torch-dtypes.ts";

/** The most axes, as many as a tensor of the hook's world has. */
export const RANK_MAX = 32;

/** The most bytes of one tensor: as large as the largest heap that a hook can have. */
const BYTES_MAX = 2 ** 29;

/** From here on a text shows the shape alone, as torch leaves out the middle. */
const SHOWN_MAX = 1000;

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
    if (shape.length > RANK_MAX || elements.length !== size) {
      const got = `${elements.length} for shape [${shape.join(", ")}]`;
      throw new RangeError(`torch wants ${size} elements in at most ${RANK_MAX} axes, got ${got}`);
    }
    Object.freeze(this);
  }

  static is(value: unknown): value is TorchTensor {
    return typeof value === "object" && value !== null && #brand in value;
  }

  get ndim(): number {
    return this.shape.length;
  }

  /** The same as the tensor of the hook's world, sharing the elements where they are kept alike. */
  toTensor(): Tensor {
    const { dtype, shape, elements } = this;
    return new (worldOf().Tensor)(dtype, shape, outward(dtype, elements) as never);
  }

  /** Nested lists of numbers, also for int64; of booleans for bool. */
  tolist(): Nested {
    const { dtype, shape, elements } = this;
    return new (worldOf().Tensor)(keptAs(dtype), shape, elements as never).tolist();
  }

  /** The one element as a number, or as a boolean. */
  item(): number | boolean {
    const [element] = this.elements;
    if (element === undefined || this.elements.length !== 1) {
      const got = `shape [${this.shape.join(", ")}]`;
      throw new RangeError(`item() wants a tensor of one element, got ${got}: use tolist()`);
    }
    return this.dtype === "bool" ? element !== 0 : element;
  }

  toString(): string {
    const many = this.elements.length > SHOWN_MAX;
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

/** The dtype of the world's tensor that has the kept elements as they are. */
function keptAs(dtype: TorchDType): TorchDType {
  if (dtype === "int64") return "float64";
  return dtype === "float16" || dtype === "bfloat16" ? "float32" : dtype;
}

/** Elements as the world keeps them. */
function outward(dtype: TorchDType, elements: Elements): object {
  if (dtype === "int64") return BigInt64Array.from(elements, BigInt);
  if (dtype === "float16") return new Float16Array(elements);
  if (dtype === "bfloat16") return Uint16Array.from(elements, toBfloat16);
  return elements;
}

/** Returns the product of a shape: 1 for `[]`. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, axis) => size * axis, 1);
}

/**
 * Returns a tensor of zeros: its elements are to be filled by who made it.
 *
 * @throws {RangeError} For sizes below 0, and for more than a hook can hold.
 */
export function blank(dtype: TorchDType, shape: readonly number[]): TorchTensor {
  checkShape(dtype, shape);
  return new TorchTensor(dtype, shape, allocated(DTYPES[dtype].array, shape));
}

/** Refuses a shape that no tensor can have, before memory is taken for it. */
export function checkShape(dtype: TorchDType, shape: readonly number[]): void {
  const text = `shape [${shape.join(", ")}]`;
  if (!shape.every((axis) => Number.isInteger(axis) && axis >= 0)) {
    throw new RangeError(`torch wants whole numbers from 0 on in a shape, got ${text}`);
  }
  const bytes = sizeOf(shape) * DTYPES[dtype].array.BYTES_PER_ELEMENT;
  if (bytes <= BYTES_MAX) return;
  throw new RangeError(`torch makes tensors of up to ${BYTES_MAX} bytes, got ${text}: ${bytes}`);
}

/** The heap of a hook may be less than what is asked for. */
function allocated(array: new (size: number) => Elements, shape: readonly number[]): Elements {
  try {
    return new array(sizeOf(shape));
  } catch {
    const text = `shape [${shape.join(", ")}]`;
    throw new RangeError(`torch wants more memory for ${text} than this hook has: use less of it`);
  }
}

/** Returns the same elements under another shape of the same size. */
export function reshaped(tensor: TorchTensor, shape: readonly number[]): TorchTensor {
  return new TorchTensor(tensor.dtype, shape, tensor.elements);
}

/** Returns a value in a few words, for messages. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (typeof value === "function") return `the function ${value.name.slice(0, 40)}`;
  if (TorchTensor.is(value)) return `a tensor of shape [${value.shape.join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? `a list of ${value.length}` : "an object";
}
