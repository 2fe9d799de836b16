/**
 * What a hook holds as a tensor of torch: numbers, nested lists, typed arrays, tensors of the hook's
 * world, arrays of numjs and ndarray, tensors of tfjs, and lists of those.
 *
 * There are three dtypes. What is none of them becomes the one that holds it: floating point of any
 * size float32, rounded to the nearest; whole numbers of any size int32, or they are refused.
 *
 * Invariants:
 * - No whole number changes its value in silence, and none wraps around.
 * - No finite number becomes infinite.
 *
 * @module
 */

import { DTYPE_NAMES, fromBfloat16, type Tensor } from "../../src/contract/tensor.ts";
import { copy, type View } from "./numjs-types.ts";
import { ARRAYS, type Elements, TorchTensor, worldOf } from "./torch-tensor.ts";
import { sizeOf, type TorchDType } from "./torch-tensor.ts";

const RANK_MAX = 32;

/** What torch's names for dtypes mean here. */
const NAMES: Readonly<Record<string, TorchDType>> = {
  float32: "float32",
  float: "float32",
  int32: "int32",
  int: "int32",
  int64: "int32",
  long: "int32",
  bool: "bool",
  boolean: "bool",
};

/** Typed arrays by their tag, and the dtype that holds what is in them. */
const TAGS: Readonly<Record<string, TorchDType>> = {
  Float64Array: "float32",
  Float32Array: "float32",
  Float16Array: "float32",
  BigInt64Array: "int32",
  BigUint64Array: "int32",
  Int32Array: "int32",
  Int16Array: "int32",
  Int8Array: "int32",
  Uint32Array: "int32",
  Uint16Array: "int32",
  Uint8Array: "int32",
  Uint8ClampedArray: "int32",
};

const tagGetter = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
);

type Numbers = ArrayLike<number | bigint>;

/**
 * Returns the dtype that is meant by one of torch's names, `undefined` for none said.
 *
 * @throws {TypeError} For those that are not held here; the message says which are.
 */
export function dtypeFrom(value: unknown): TorchDType | undefined {
  if (value === undefined || value === null) return undefined;
  const dtype = Object.hasOwn(NAMES, String(value)) ? NAMES[String(value)] : undefined;
  if (dtype) return dtype;
  const known = (DTYPE_NAMES as readonly string[]).includes(String(value));
  const hint = known ? "; numjs holds others, and Tensor.from makes them" : "";
  throw new TypeError(`torch holds float32, int32 and bool, got ${show(value)}${hint}`);
}

/**
 * Returns a value as a tensor; the very same, or sharing its elements, where that is possible.
 *
 * @param dtype Default: the one that holds the value. For lists: float32 for numbers, int32 for
 * bigints, bool for booleans, by the first element.
 * @throws {TypeError} For what has no numbers in it.
 * @throws {RangeError} For ragged lists, and for numbers that the dtype cannot hold.
 */
export function tensorFrom(value: unknown, dtype?: TorchDType): TorchTensor {
  if (TorchTensor.is(value)) return cast(value, dtype);
  if (worldOf().Tensor.is(value)) return fromTensor(value, dtype);
  if (Array.isArray(value)) return new Lists(dtype).read(value);
  if (typeof value !== "object" || value === null) return fromScalar(value, dtype);
  const tag = tagGetter?.get?.call(value) as string | undefined;
  if (tag !== undefined) {
    const numbers = value as Numbers;
    return tensorOf(numbers, [numbers.length], dtype ?? TAGS[tag] ?? "float32");
  }
  const other = fromView(value, dtype) ?? fromTf(value, dtype);
  if (other) return other;
  throw new TypeError(`torch wants a tensor, a list or numbers, got ${show(value)}`);
}

/** Returns the tensor in another dtype; the very same when it has that one. */
export function cast(tensor: TorchTensor, dtype: TorchDType = tensor.dtype): TorchTensor {
  if (dtype === tensor.dtype) return tensor;
  return tensorOf(tensor.elements, tensor.shape, dtype);
}

/**
 * Returns numbers as a tensor of that shape and dtype, sharing the array when it is the dtype's own.
 *
 * @throws {RangeError} For numbers that the dtype cannot hold.
 */
export function tensorOf(
  numbers: Numbers,
  shape: readonly number[],
  dtype: TorchDType,
): TorchTensor {
  return new TorchTensor(dtype, shape, elementsFrom(numbers, dtype));
}

function fromTensor(tensor: Tensor, dtype?: TorchDType): TorchTensor {
  if (tensor.dtype === "bfloat16") {
    const floats = Float32Array.from(tensor.data as Uint16Array, fromBfloat16);
    return tensorOf(floats, tensor.shape, dtype ?? "float32");
  }
  if (tensor.dtype === "bool" && (dtype ?? "bool") === "bool") {
    return new TorchTensor("bool", tensor.shape, tensor.data as Uint8Array);
  }
  const own = TAGS[tensor.data.constructor.name] ?? "float32";
  return tensorOf(tensor.data, tensor.shape, dtype ?? own);
}

function fromScalar(value: unknown, dtype?: TorchDType): TorchTensor {
  if (!isScalar(value)) {
    throw new TypeError(`torch wants a tensor, a list or numbers, got ${show(value)}`);
  }
  return tensorOf([Number(value)], [], dtype ?? dtypeOfScalar(value));
}

/** An array of numjs, or of the package `ndarray` that is inside one. */
function fromView(value: object, dtype?: TorchDType): TorchTensor | undefined {
  const { selection } = value as { readonly selection?: unknown };
  const view = typeof selection === "object" && selection !== null ? selection : value;
  const { data, shape, stride, offset } = view as { [key in keyof View]?: unknown };
  if (!Array.isArray(shape) || !Array.isArray(stride) || typeof offset !== "number") {
    return undefined;
  }
  if (!Array.isArray(data) && !ArrayBuffer.isView(data)) return undefined;
  const numbers = copy(view as View);
  const own = TAGS[numbers.constructor.name] ?? "float32";
  return tensorOf(numbers, shape as number[], dtype ?? own);
}

/** A tensor of tfjs, this one's or of another copy of it. */
function fromTf(value: object, dtype?: TorchDType): TorchTensor | undefined {
  const tf = value as { readonly dataSync?: () => Numbers; readonly shape?: readonly number[] };
  if (typeof tf.dataSync !== "function" || !Array.isArray(tf.shape)) return undefined;
  const own = dtypeFrom((value as { readonly dtype?: unknown }).dtype);
  return tensorOf(tf.dataSync(), tf.shape as number[], dtype ?? own ?? "float32");
}

/** Returns the numbers in the array of a dtype: the very same array when it is one already. */
function elementsFrom(numbers: Numbers, dtype: TorchDType): Elements {
  if (numbers instanceof ARRAYS[dtype] && dtype !== "bool") return numbers;
  const elements = new ARRAYS[dtype](numbers.length);
  for (let i = 0; i < elements.length; i++) elements[i] = elementFrom(numbers[i], dtype, i);
  return elements;
}

function elementFrom(value: number | bigint | undefined, dtype: TorchDType, place: unknown): number {
  const number = Number(value);
  if (dtype === "bool") return number === 0 ? 0 : 1;
  if (dtype === "float32") {
    const float = Math.fround(number);
    if (Math.abs(float) !== Infinity || Math.abs(number) === Infinity) return float;
    throw new RangeError(`torch.float32 holds numbers up to 3.4e38, got ${value} at [${place}]`);
  }
  const whole = Math.trunc(number);
  if (whole === (whole | 0)) return whole;
  const hint = "numjs holds integers up to 2^53, a Tensor of int64 all of them";
  throw new RangeError(`torch.int32 holds integers up to 2^31, got ${value} at [${place}]: ${hint}`);
}

function isScalar(value: unknown): value is number | bigint | boolean {
  return typeof value === "number" || typeof value === "boolean" || typeof value === "bigint";
}

function dtypeOfScalar(value: number | bigint | boolean): TorchDType {
  if (typeof value === "bigint") return "int32";
  return typeof value === "boolean" ? "bool" : "float32";
}

/** Reads nested lists: the first of each level says the shape, the rest must keep to it. */
class Lists {
  readonly #shape: number[] = [];
  #dtype: TorchDType | undefined;
  #elements: Elements = new Float32Array();
  #next = 0;

  constructor(dtype: TorchDType | undefined) {
    this.#dtype = dtype;
  }

  read(list: readonly unknown[]): TorchTensor {
    let inner: unknown = list;
    while (Array.isArray(inner)) {
      if (this.#shape.push(inner.length) > RANK_MAX) {
        throw new RangeError(`torch takes at most ${RANK_MAX} axes`);
      }
      inner = inner[0];
    }
    if (typeof inner === "object" && inner !== null) {
      const first = tensorFrom(inner);
      this.#shape.push(...first.shape);
      this.#dtype ??= first.dtype;
    }
    this.#dtype ??= isScalar(inner) ? dtypeOfScalar(inner) : "float32";
    this.#elements = new ARRAYS[this.#dtype](sizeOf(this.#shape));
    this.#fill(list, 0, "");
    return new TorchTensor(this.#dtype, this.#shape, this.#elements);
  }

  #fill(value: unknown, axis: number, place: string): void {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      this.#put(tensorFrom(value, this.#dtype), axis, place);
      return;
    }
    const length = this.#shape[axis];
    if (length === undefined) {
      this.#elements[this.#next++] = this.#element(value, place);
      return;
    }
    if (!Array.isArray(value) || value.length !== length) {
      const got = Array.isArray(value) ? `${value.length}` : show(value);
      throw new RangeError(`torch wants lists of equal length: ${length} at $${place}, got ${got}`);
    }
    for (let i = 0; i < length; i++) this.#fill(value[i], axis + 1, `${place}[${i}]`);
  }

  #put(tensor: TorchTensor, axis: number, place: string): void {
    const want = this.#shape.slice(axis).join(", ");
    const got = tensor.shape.join(", ");
    if (got !== want) {
      throw new RangeError(`torch wants shape [${want}] at $${place}, got [${got}]`);
    }
    this.#elements.set(tensor.elements, this.#next);
    this.#next += tensor.elements.length;
  }

  #element(value: unknown, place: string): number {
    if (Array.isArray(value)) throw new RangeError(`torch wants a number at $${place}, got a list`);
    if (!isScalar(value)) throw new TypeError(`torch wants a number at $${place}, got ${show(value)}`);
    const dtype = this.#dtype ?? "float32";
    if (dtype === "bool" && typeof value === "number" && value !== 0 && value !== 1) {
      throw new TypeError(`torch wants booleans, as the first is one, got ${value} at $${place}`);
    }
    return elementFrom(typeof value === "boolean" ? Number(value) : value, dtype, place);
  }
}

/** Returns a value in a few words, for messages. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (typeof value === "function") return `the function ${value.name}`;
  if (TorchTensor.is(value)) return `a tensor of shape [${value.shape.join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? `a list of ${value.length}` : "an object";
}
