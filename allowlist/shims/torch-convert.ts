/**
 * What a hook holds as a tensor of torch: numbers, nested lists, typed arrays, tensors of the
 * hook's world, what other libraries say is a tensor, and lists of those.
 *
 * What has a dtype keeps it. Of those that torch does not have, uint16 becomes int32, uint32 and
 * uint64 become int64. JavaScript has one kind of number, so plain numbers are floats, as `1.0` is
 * in Python; bigints are int64 and booleans bool.
 *
 * @module
 */

import { fromBfloat16, type Tensor } from "../../src/contract/tensor.ts";
import { isNone } from "./torch-arguments.ts";
import { castOf, DEFAULT, DTYPES } from "./torch-dtypes.ts";
import {
  blank,
  type Elements,
  RANK_MAX,
  show,
  type TorchDType,
  TorchTensor,
  worldOf,
} from "./torch-tensor.ts";

type Numbers = ArrayLike<number | bigint>;

/** Typed arrays by their tag, and the dtype that holds what is in them. */
const TAGS: Readonly<Record<string, TorchDType>> = {
  Float64Array: "float64",
  Float32Array: "float32",
  Float16Array: "float16",
  BigInt64Array: "int64",
  BigUint64Array: "int64",
  Int32Array: "int32",
  Int16Array: "int16",
  Int8Array: "int8",
  Uint32Array: "int64",
  Uint16Array: "int32",
  Uint8Array: "uint8",
  Uint8ClampedArray: "uint8",
};

const tagGetter = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
);

/** Returns the name of a typed array's kind, `undefined` for what is none. */
function tagOf(value: unknown): string | undefined {
  return tagGetter?.get?.call(value) as string | undefined;
}

/**
 * Returns a value as a tensor; the very same, or sharing its elements, where that is possible.
 *
 * @param dtype Default: the value's own; for lists the one of their first element.
 * @throws {TypeError} For what has no numbers in it.
 * @throws {RangeError} For ragged lists, and for numbers that the dtype cannot hold.
 */
export function tensorFrom(value: unknown, dtype?: TorchDType): TorchTensor {
  if (TorchTensor.is(value)) return cast(value, dtype);
  if (Array.isArray(value)) return new Lists(dtype).read(value);
  if (isScalar(value)) return new Lists(dtype).read(value);
  const tag = tagOf(value);
  if (tag !== undefined) return fromNumbers(value as Numbers, [(value as Numbers).length], dtype);
  if (typeof value === "object" && value !== null) {
    const world = worldOf();
    const tensor = world.Tensor.is(value) ? value : world.tensorOf(value);
    if (tensor) return fromTensor(tensor, dtype);
  }
  throw new TypeError(`torch wants a tensor, a list or numbers, got ${show(value)}`);
}

/** Returns the tensor in another dtype; the very same when it has that one. */
export function cast(tensor: TorchTensor, dtype: TorchDType = tensor.dtype): TorchTensor {
  return dtype === tensor.dtype ? tensor : converted(tensor.elements, tensor.shape, dtype);
}

/**
 * Returns whole numbers that say places: of an int64, or of numbers that are whole.
 *
 * @param what The function that wants them, for the message.
 */
export function placesFrom(value: unknown, what: string): TorchTensor {
  const tensor = tensorFrom(value);
  const odd = tensor.elements.findIndex((element) => !Number.isSafeInteger(element));
  if (odd < 0 && tensor.dtype !== "bool") return cast(tensor, "int64");
  const got = odd < 0 ? "bool" : `${tensor.elements[odd]} at place ${odd}`;
  throw new TypeError(`torch.${what} wants whole numbers for places, got ${got}`);
}

function fromTensor(tensor: Tensor, dtype?: TorchDType): TorchTensor {
  const { data, shape } = tensor;
  if (tensor.dtype === "bfloat16") {
    const floats = Float32Array.from(data as Uint16Array, fromBfloat16);
    return cast(new TorchTensor("bfloat16", shape, floats), dtype);
  }
  if (tensor.dtype === "bool") return cast(converted(data, shape, "bool"), dtype);
  return fromNumbers(data, shape, dtype);
}

/** Shares the array when it is how the dtype is kept. */
function fromNumbers(
  numbers: Numbers,
  shape: readonly number[],
  dtype: TorchDType | undefined,
): TorchTensor {
  const tag = tagOf(numbers) ?? "";
  const own = TAGS[tag] ?? "float64";
  const wanted = dtype ?? own;
  if (wanted !== own || DTYPES[own].array.name !== tag) return converted(numbers, shape, wanted);
  return new TorchTensor(own, shape, numbers as Elements);
}

function converted(numbers: Numbers, shape: readonly number[], dtype: TorchDType): TorchTensor {
  const out = blank(dtype, shape);
  const convert = castOf(dtype);
  const { elements } = out;
  for (let i = 0; i < elements.length; i++) elements[i] = convert(numbers[i] as number | bigint);
  return out;
}

type Scalar = number | bigint | boolean;

function isScalar(value: unknown): value is Scalar {
  return typeof value === "number" || typeof value === "boolean" || typeof value === "bigint";
}

/** Returns the dtype that plain values get. */
export function dtypeOfScalar(value: unknown): TorchDType {
  if (typeof value === "bigint") return "int64";
  return typeof value === "boolean" ? "bool" : DEFAULT;
}

/** Reads nested lists: the first of each level says the shape, the rest must keep to it. */
class Lists {
  readonly #shape: number[] = [];
  /** Whether the dtype was asked for: then fractions are cut off, as torch does. */
  readonly #asked: boolean;
  #dtype: TorchDType | undefined;
  #elements: Elements = new Float32Array();
  #convert: (value: number | bigint) => number = Number;
  #next = 0;

  constructor(dtype: TorchDType | undefined) {
    this.#dtype = dtype;
    this.#asked = dtype !== undefined;
  }

  read(list: unknown): TorchTensor {
    let inner: unknown = list;
    while (Array.isArray(inner)) {
      if (this.#shape.push(inner.length) > RANK_MAX) {
        throw new RangeError(`torch takes at most ${RANK_MAX} axes, got more lists in lists`);
      }
      inner = inner[0] as unknown;
    }
    if (!isScalar(inner) && !isNone(inner)) {
      const first = tensorFrom(inner);
      this.#shape.push(...first.shape);
      this.#dtype ??= first.dtype;
    }
    const dtype = this.#dtype ?? dtypeOfScalar(inner);
    const made = blank(dtype, this.#shape);
    this.#dtype = dtype;
    this.#elements = made.elements;
    this.#convert = castOf(dtype);
    this.#fill(list, 0, "");
    return made;
  }

  #fill(value: unknown, axis: number, place: string): void {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      this.#put(value, axis, place);
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

  #put(value: object, axis: number, place: string): void {
    const tensor = tensorFrom(value, this.#dtype);
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
    if (!isScalar(value)) {
      throw new TypeError(`torch wants a number at $${place}, got ${show(value)}`);
    }
    const number = Number(value);
    const { sort } = DTYPES[this.#dtype ?? DEFAULT];
    const fits = sort === "whole" ? Number.isInteger(number) : number === 0 || number === 1;
    if (!this.#asked && sort !== "float" && !fits) {
      const wants = sort === "whole" ? "whole numbers" : "booleans";
      throw new TypeError(`torch wants ${wants}, as the first is one, got ${value} at $${place}`);
    }
    try {
      return this.#convert(typeof value === "bigint" ? value : number);
    } catch (error) {
      throw new RangeError(`${(error as Error).message}, at $${place}`, { cause: error });
    }
  }
}
