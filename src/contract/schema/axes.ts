/**
 * The `tensor` keyword: what it may say, and whether a tensor keeps to it.
 *
 * Reads dtype and shape only, never elements: the price is the rank.
 *
 * @module
 */

import { Refusal } from "../../faults.ts";
import { didYouMean, isDict, pathTo, show } from "./misfit-words.ts";
import { type DType, DTYPE_NAMES, DTYPES, RANK_MAX, Tensor } from "../tensor.ts";

/** One axis: a length, a name, or `null` for any length. */
export type Axis = number | string | null;

/** What one `tensor` keyword says; `null` is any. */
export interface TensorSpec {
  readonly dtypes: readonly DType[] | null;
  readonly shape: readonly Axis[] | null;
}

/** Named axes bound so far in one call: a name means the same number wherever it stands. */
export type Axes = Map<string, { length: number; path: string }>;

/** A name that is bound to another length already. */
export interface Clash {
  readonly name: string;
  readonly length: number;
  readonly path: string;
  readonly got: number;
}

/**
 * Returns the value of a `tensor` keyword, read.
 *
 * @throws {Refusal} `BAD_REQUEST` with the path of the first thing that is not understood.
 */
export function tensorSpecFrom(value: unknown, path: string): TensorSpec {
  if (!isDict(value)) return refuse(path, `wants {dtype, shape}, got ${show(value)}`);
  for (const key of Object.keys(value)) {
    if (key !== "dtype" && key !== "shape") {
      refuse(pathTo(path, key), `is not a part of tensor${didYouMean(key, ["dtype", "shape"])}`);
    }
  }
  const { dtype, shape } = value;
  return {
    dtypes: dtype === undefined ? null : dtypesFrom(dtype, pathTo(path, "dtype")),
    shape: shape === undefined || shape === null ? null : shapeFrom(shape, pathTo(path, "shape")),
  };
}

function dtypesFrom(value: unknown, path: string): DType[] {
  if (!Array.isArray(value)) return [dtypeFrom(value, path)];
  if (value.length === 0) refuse(path, "wants a dtype or a list of them, got an empty list");
  return value.map((dtype, i) => dtypeFrom(dtype, pathTo(path, i)));
}

function dtypeFrom(value: unknown, path: string): DType {
  if (typeof value === "string" && Object.hasOwn(DTYPES, value)) return value as DType;
  const near = typeof value === "string" ? didYouMean(value, DTYPE_NAMES) : "";
  return refuse(path, `wants a dtype of ${DTYPE_NAMES.join(", ")}, got ${show(value)}${near}`);
}

function shapeFrom(value: unknown, path: string): Axis[] {
  if (!Array.isArray(value)) return refuse(path, `wants a list of axes, got ${show(value)}`);
  if (value.length > RANK_MAX) refuse(path, `wants at most ${RANK_MAX} axes, got ${value.length}`);
  return value.map((axis, i) => axisFrom(axis, pathTo(path, i)));
}

function axisFrom(value: unknown, path: string): Axis {
  if (value === null || value === -1) return null;
  if (Number.isSafeInteger(value) && Number(value) >= 0) return Number(value);
  if (typeof value === "string" && /^[A-Za-z_]\w{0,63}$/.test(value)) return value;
  const want = "wants a whole number, -1 or null for any length, or a name such as batch";
  return refuse(path, `${want}, got ${show(value)}`);
}

/** Returns whether dtype, rank and the axes that are numbers fit; names are not looked at. */
export function fitsTensor(value: unknown, { dtypes, shape }: TensorSpec): value is Tensor {
  if (!Tensor.is(value)) return false;
  if (dtypes && !dtypes.includes(value.dtype)) return false;
  return shape === null || fitsShape(value.shape, shape);
}

/** Returns whether rank and the axes that are numbers on both sides fit. */
export function fitsShape(lengths: readonly Axis[], shape: readonly Axis[]): boolean {
  if (lengths.length !== shape.length) return false;
  for (const [i, axis] of shape.entries()) {
    const length = lengths[i];
    if (typeof axis === "number" && typeof length === "number" && axis !== length) return false;
  }
  return true;
}

/** Returns `float32 [batch, 10]`: what the keyword wants, in our words. */
export function describeTensor({ dtypes, shape }: TensorSpec): string {
  const dtype = dtypes ? dtypes.slice(0, 4).join(" or ") : "tensor";
  const more = dtypes && dtypes.length > 4 ? ` or ${dtypes.length - 4} more` : "";
  if (shape === null) return dtypes ? `${dtype}${more} tensor` : dtype;
  const axes = describeShape(shape);
  const shown = axes.length > SHAPE_SHOWN ? `${axes.slice(0, SHAPE_SHOWN - 2)}…]` : axes;
  return `${dtype}${more} ${shown}`;
}

/** Names of axes may be long; eight of a usual length fit. */
const SHAPE_SHOWN = 120;

/** Returns `[batch, 10, any]`. */
export function describeShape(shape: readonly Axis[]): string {
  return `[${shape.map((axis) => axis ?? "any").join(", ")}]`;
}

function refuse(path: string, detail: string): never {
  throw new Refusal("BAD_REQUEST", path, detail);
}
