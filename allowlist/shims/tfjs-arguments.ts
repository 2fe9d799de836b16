/**
 * The door through which every argument of every tfjs function passes, widened: tensors of a hook
 * and what other libraries say is a tensor are taken where tfjs takes its own.
 *
 * The bundle puts this file in the place of tfjs's `tensor_util_env`, which has the same names.
 *
 * @module
 */

import type { TfDType, TfElements, TfTensor } from "./tfjs-types.ts";
import { cast, tensorFrom } from "./torch-convert.ts";
import { isFloat } from "./torch-dtypes.ts";
import { RANK_MAX } from "./torch-tensor.ts";

interface Stock {
  inferShape(value: unknown, dtype?: string): number[];
  convertToTensor(value: unknown, argument: string, name: string, dtype?: string): TfTensor;
}

/** A tensor as tfjs holds it. */
export interface Shaped {
  readonly elements: TfElements;
  readonly shape: number[];
  readonly dtype: TfDType;
}

// The file that this one stands in for, by its path: its name is taken.
const stock = require("../../node_modules/@tensorflow/tfjs-core/dist/tensor_util_env.js") as Stock;
const { ENGINE } = require("../../node_modules/@tensorflow/tfjs-core/dist/engine.js") as {
  readonly ENGINE: { makeTensor(data: unknown, shape: readonly number[], dtype: string): TfTensor };
};

export const { inferShape } = stock;

/**
 * Returns an argument as a tensor of tfjs; without a copy where the elements already fit.
 *
 * @throws {Error} When it holds no tensor, or not one of the dtype that the function wants.
 */
export function convertToTensor(
  value: unknown,
  argument: string,
  name: string,
  dtype = "numeric",
): TfTensor {
  const wanted = dtype === "float32" || dtype === "int32" ? dtype : undefined;
  const shaped = shapedFrom(value, wanted);
  if (!shaped) return stock.convertToTensor(value, argument, name, dtype);
  const tensor = ENGINE.makeTensor(shaped.elements, shaped.shape, shaped.dtype);
  return stock.convertToTensor(tensor, argument, name, dtype);
}

/** As {@link convertToTensor}, for a list of them. */
export function convertToTensorArray(
  values: unknown,
  argument: string,
  name: string,
  dtype = "numeric",
): TfTensor[] {
  const list = Array.isArray(values) ? values : undefined;
  if (!list) throw new TypeError(`tf.${name} wants a list of tensors as ${argument}`);
  return list.map((value, i) => convertToTensor(value, `${argument}[${i}]`, name, dtype));
}

/**
 * Returns what is an array, or a list of such, but none that tfjs knows, with its elements as tfjs
 * holds them.
 *
 * @throws {RangeError} For whole numbers beyond int32, and for numbers beyond float32.
 */
export function shapedFrom(value: unknown, wanted?: TfDType): Shaped | undefined {
  if (typeof value !== "object" || value === null || isTf(value)) return undefined;
  const first = Array.isArray(value) ? firstIn(value) : value;
  if (typeof first !== "object" || first === null || isKnown(first)) return undefined;
  const tensor = tensorFrom(value);
  const whole = tensor.dtype === "bool" ? "bool" : "int32";
  const dtype = wanted ?? (isFloat(tensor.dtype) ? "float32" : whole);
  const { elements, shape } = cast(tensor, dtype);
  return { elements: elements as TfElements, shape: [...shape], dtype };
}

/** Returns the first thing in lists of lists that is none; lists too deep are for tfjs to refuse. */
function firstIn(list: readonly unknown[]): unknown {
  let inner: unknown = list;
  for (let axis = 0; axis < RANK_MAX && Array.isArray(inner); axis++) inner = inner[0] as unknown;
  return Array.isArray(inner) ? undefined : inner;
}

function isTf(value: object): boolean {
  return "dataId" in value;
}

/** Typed arrays that tfjs has right: it makes zeros of the others. */
function isKnown(value: object): boolean {
  return (
    value instanceof Float32Array || value instanceof Int32Array || value instanceof Uint8Array
  );
}
