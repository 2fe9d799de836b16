/**
 * The dtypes of torch: how their elements are kept, which of two wins, and what each can hold.
 *
 * An int64 is kept as a double: as itself up to 2^53 and refused beyond, so that a hook counts with
 * plain numbers. It leaves as a true int64. The two halves are kept as single floats, rounded to
 * what a half can hold.
 *
 * Invariants:
 * - No whole number changes its value in silence. Where torch would wrap around, this refuses.
 * - A conversion makes no finite number infinite. Arithmetic may, as everywhere.
 *
 * @module
 */

import { fromBfloat16, toBfloat16 } from "../../src/contract/tensor.ts";

interface Kind {
  readonly sort: "bool" | "whole" | "float";
  readonly bits: number;
  readonly array:
    | Float64ArrayConstructor
    | Float32ArrayConstructor
    | Int32ArrayConstructor
    | Int16ArrayConstructor
    | Int8ArrayConstructor
    | Uint8ArrayConstructor;
}

export const DTYPES = {
  bool: { sort: "bool", bits: 1, array: Uint8Array },
  uint8: { sort: "whole", bits: 8, array: Uint8Array },
  int8: { sort: "whole", bits: 8, array: Int8Array },
  int16: { sort: "whole", bits: 16, array: Int16Array },
  int32: { sort: "whole", bits: 32, array: Int32Array },
  int64: { sort: "whole", bits: 64, array: Float64Array },
  float16: { sort: "float", bits: 16, array: Float32Array },
  bfloat16: { sort: "float", bits: 16, array: Float32Array },
  float32: { sort: "float", bits: 32, array: Float32Array },
  float64: { sort: "float", bits: 64, array: Float64Array },
} as const satisfies Readonly<Record<string, Kind>>;

export type TorchDType = keyof typeof DTYPES;
export type Elements = InstanceType<(typeof DTYPES)[TorchDType]["array"]>;

/** The names in the namespace and what they mean. A dtype is its own name, as text. */
export const DTYPE_NAMES: Readonly<Record<string, TorchDType>> = {
  ...(Object.fromEntries(Object.keys(DTYPES).map((name) => [name, name])) as Record<
    TorchDType,
    TorchDType
  >),
  double: "float64",
  float: "float32",
  half: "float16",
  long: "int64",
  int: "int32",
  short: "int16",
};

/** What numbers without a dtype become, and what a fraction of whole numbers is. */
export const DEFAULT: TorchDType = "float32";

/**
 * Returns the dtype that is meant by one of torch's names, `undefined` for none said.
 *
 * @throws {TypeError} For what is no name of a dtype of torch; the message lists them.
 */
export function dtypeFrom(value: unknown): TorchDType | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && Object.hasOwn(DTYPE_NAMES, value)) return DTYPE_NAMES[value];
  const got = typeof value === "string" ? JSON.stringify(value.slice(0, 40)) : typeof value;
  throw new TypeError(`torch wants a dtype of ${Object.keys(DTYPES).join(", ")}, got ${got}`);
}

export function isFloat(dtype: TorchDType): boolean {
  return DTYPES[dtype].sort === "float";
}

/** Returns the dtype itself, or for whole numbers and truth values the one of their fractions. */
export function floatOf(dtype: TorchDType): TorchDType {
  return isFloat(dtype) ? dtype : DEFAULT;
}

/** Returns the dtype of a sum: of whole numbers and truth values int64. */
export function totalOf(dtype: TorchDType): TorchDType {
  return isFloat(dtype) ? dtype : "int64";
}

/** Returns the dtype that holds what both hold, by torch's table. */
export function promoted(one: TorchDType, other: TorchDType): TorchDType {
  if (one === other || other === "bool") return one;
  if (one === "bool") return other;
  if (isFloat(one) !== isFloat(other)) return isFloat(one) ? one : other;
  const [less, more] = DTYPES[one].bits < DTYPES[other].bits ? [one, other] : [other, one];
  if (DTYPES[less].bits < DTYPES[more].bits) return more;
  return isFloat(one) ? "float32" : "int16";
}

/** Returns whether `one` is of a higher sort: floats above whole numbers above truth values. */
export function outranks(one: TorchDType, other: TorchDType): boolean {
  return SORTS.indexOf(DTYPES[one].sort) > SORTS.indexOf(DTYPES[other].sort);
}

const SORTS = ["bool", "whole", "float"];

/**
 * Returns how the result of arithmetic becomes an element: rounded, or refused where a dtype of
 * whole numbers cannot hold it.
 */
export function storeOf(dtype: TorchDType): (value: number) => number {
  if (dtype === "float32" || dtype === "float64") return same;
  if (dtype === "float16") return Math.f16round;
  if (dtype === "bfloat16") return (value) => fromBfloat16(toBfloat16(value));
  if (dtype === "bool") return (value) => (value === 0 ? 0 : 1);
  const [min, max] = rangeOf(dtype);
  return (value) => {
    // Plus 0, for there is no whole number -0.
    if (value >= min && value <= max && Number.isInteger(value)) return value + 0;
    return refuseWhole(dtype, value);
  };
}

function refuseWhole(dtype: TorchDType, value: number | bigint): never {
  const [min, max] = rangeOf(dtype);
  const wants = `${dtype} holds whole numbers from ${min} to ${max}`;
  throw new RangeError(`${wants}, got ${value}: use float(), or a wider dtype`);
}

/**
 * Returns how a number of any dtype becomes an element of this one: as {@link storeOf}, but
 * fractions are cut off and what would become infinite is refused.
 */
export function castOf(dtype: TorchDType): (value: number | bigint) => number {
  const store = storeOf(dtype);
  const { sort, array } = DTYPES[dtype];
  if (sort === "bool" || dtype === "float64") return (value) => store(Number(value));
  if (sort === "whole") return wholeCastOf(dtype, store);
  const cell = new array(1);
  return (value) => {
    const number = Number(value);
    cell[0] = store(number);
    const element = cell[0];
    if (Math.abs(element) !== Infinity || Math.abs(number) === Infinity) return element;
    const most = dtype === "float16" ? "65504" : "3.4e38";
    throw new RangeError(`${dtype} holds numbers up to ${most}, got ${value}: use float64`);
  };
}

/** A bigint beyond the dtype is named as it is: as a number it would be another one. */
function wholeCastOf(
  dtype: TorchDType,
  store: (value: number) => number,
): (value: number | bigint) => number {
  const [min, max] = rangeOf(dtype);
  return (value) => {
    if (typeof value === "number") return store(Math.trunc(value));
    const number = Number(value);
    return number >= min && number <= max ? number : refuseWhole(dtype, value);
  };
}

/** Returns the least and the greatest of a dtype of whole numbers, as they are kept here. */
export function rangeOf(dtype: TorchDType): [min: number, max: number] {
  if (dtype === "int64") return [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  const size = 2 ** DTYPES[dtype].bits;
  return dtype === "uint8" ? [0, size - 1] : [-size / 2, size / 2 - 1];
}

function same(value: number): number {
  return value;
}
