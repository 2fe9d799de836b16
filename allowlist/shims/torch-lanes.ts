/**
 * Walks a tensor along one dimension: what softmax, argmax, sort and the reductions have in common.
 *
 * A lane is the elements that differ in that dimension only: element `i` stands at
 * `start + i * step`. Sums are kept in doubles and rounded once.
 *
 * @module
 */

import { dimFrom, dimsFrom } from "./torch-arguments.ts";
import { compute, tfjs } from "./tfjs.ts";
import type { TfOp } from "./tfjs-types.ts";
import { reshaped, sizeOf, type TorchTensor } from "./torch-tensor.ts";

/** A tensor seen along a dim. */
export interface Lanes {
  readonly count: number;
  readonly length: number;
  /** From one element of a lane to the next. */
  readonly step: number;
  /** Where a lane begins. Lanes are numbered as the elements of what they are reduced to. */
  start(lane: number): number;
}

/** Returns the lanes along a dim. */
export function lanesOf(tensor: TorchTensor, dim: unknown): Lanes {
  const { shape } = tensor;
  const at = dimFrom(dim, shape.length);
  const length = shape[at] ?? 1;
  const step = sizeOf(shape.slice(at + 1));
  const count = sizeOf(shape.slice(0, at)) * step;
  return {
    count,
    length,
    step,
    start: (lane) => Math.floor(lane / step) * step * length + (lane % step),
  };
}

/** A tensor whose last dimension is all that is reduced, and the shape of the result. */
export interface Reduced {
  readonly tensor: TorchTensor;
  readonly shape: readonly number[];
}

/** Brings the dims that are reduced to the end, as one. */
export function gathered(tensor: TorchTensor, dim: unknown, keepdim: unknown): Reduced {
  const rank = tensor.shape.length;
  const dims = dimsFrom(dim, rank).filter((at) => at < rank);
  const rest = tensor.shape.map((_, at) => at).filter((at) => !dims.includes(at));
  const order = [...rest, ...dims];
  const moved = order.every((from, to) => from === to) ? tensor : permuted(tensor, order);
  const left = rest.map((at) => tensor.shape[at] ?? 1);
  const length = sizeOf(dims.map((at) => tensor.shape[at] ?? 1));
  const kept = tensor.shape.map((size, at) => (dims.includes(at) ? 1 : size));
  return { tensor: reshaped(moved, [...left, length]), shape: keepdim === true ? kept : left };
}

/** Returns the tensor with its dims in another order. */
export function permuted(tensor: TorchTensor, order: readonly number[]): TorchTensor {
  if (tensor.elements.length === 0) {
    return reshaped(
      tensor,
      order.map((at) => tensor.shape[at] ?? 0),
    );
  }
  return compute([tensor], (x) => (tfjs().transpose as TfOp)(x, order));
}

/** Returns the shape without a dim, or with a 1 in its place. */
export function shapeWithout(shape: readonly number[], dim: number, keepdim: unknown): number[] {
  const kept = shape.map((size, at) => (at === dim ? 1 : size));
  return keepdim === true ? kept : kept.filter((_, at) => at !== dim);
}
