/**
 * The element types of the Open Inference Protocol beside the dtypes of our tensors.
 *
 * BYTES is the odd one: its elements have no fixed size, so it is no tensor here but a list, nested
 * by its shape, of strings and bytes.
 *
 * @module
 */

import type { DType } from "../../../contract/tensor.ts";

/** The datatypes with elements of a fixed size, and what each is as a tensor. BF16 is Triton's. */
export const DTYPE_OF = Object.freeze({
  BOOL: "bool",
  UINT8: "uint8",
  UINT16: "uint16",
  UINT32: "uint32",
  UINT64: "uint64",
  INT8: "int8",
  INT16: "int16",
  INT32: "int32",
  INT64: "int64",
  FP16: "float16",
  BF16: "bfloat16",
  FP32: "float32",
  FP64: "float64",
} as const satisfies Readonly<Record<string, DType>>);

export type TensorDatatype = keyof typeof DTYPE_OF;
export type Datatype = TensorDatatype | "BYTES";

/** One input or output as the server describes it. A `null` axis has any length. */
export interface Slot {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly (number | null)[];
}

const DATATYPE_OF = Object.fromEntries(
  Object.entries(DTYPE_OF).map(([datatype, dtype]) => [dtype, datatype]),
) as Readonly<Record<DType, TensorDatatype>>;

/** The datatypes in words, for refusals. */
export const DATATYPES_KNOWN = [...Object.keys(DTYPE_OF), "BYTES"].join(", ");

/** Returns what a tensor of `dtype` is called on the wire. */
export function datatypeOf(dtype: DType): TensorDatatype {
  return DATATYPE_OF[dtype];
}

/** Returns whether `value` is a datatype that we know, to the letter. */
export function isDatatype(value: unknown): value is Datatype {
  return typeof value === "string" && (value === "BYTES" || Object.hasOwn(DTYPE_OF, value));
}

/**
 * Returns whether elements of `datatype` may be written as JSON. The protocol leaves the 16-bit
 * floats out: each server would have to guess what a number stands for, and Triton refuses to.
 */
export function hasJsonForm(datatype: Datatype): boolean {
  return datatype !== "FP16" && datatype !== "BF16";
}
