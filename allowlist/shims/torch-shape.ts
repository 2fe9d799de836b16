/**
 * The functions of torch that change shapes, put tensors together and take them apart.
 *
 * There are no views: what would be one in torch shares the elements here only where none of them
 * has to move, and nothing changes a tensor, so nobody can tell.
 *
 * @module
 */

import { dimFrom, dimsFrom, type Rest, sizesFrom, wholeFrom } from "./torch-arguments.ts";
import { compute, tfOp } from "./tfjs.ts";
import { cast, show, tensorFrom } from "./torch-convert.ts";
import { permuted } from "./torch-lanes.ts";
import type { Op } from "./torch-reduce.ts";
import { blank, reshaped, sizeOf, type TorchDType, TorchTensor } from "./torch-tensor.ts";

/** Functions that take any number of sizes, as a list or one after the other. */
export const SIZED: Readonly<Record<string, (x: TorchTensor, ...rest: unknown[]) => unknown>> = {
  reshape: (x, ...rest) => reshape(x, sizesFrom(rest)),
  view: (x, ...rest) => reshape(x, sizesFrom(rest)),
  permute: (x, ...rest) => permute(x, rest),
  expand: (x, ...rest) => expand(x, sizesFrom(rest)),
  broadcast_to: (x, ...rest) => expand(x, sizesFrom(rest)),
  repeat: (x, ...rest) => repeat(x, sizesFrom(rest)),
  tile: (x, ...rest) => repeat(x, sizesFrom(rest)),
  flip: (x, ...rest) => flip(x, sizesFrom(rest)),
};

/** The others, by name: functions of torch, and methods. */
export const SHAPES: Readonly<Record<string, Op>> = {
  transpose: { takes: ["dim0", "dim1"], run: transpose },
  swapaxes: { takes: ["dim0", "dim1"], run: transpose },
  t: { takes: [], run: (x) => (x.ndim < 2 ? x : transpose(x, 0, 1)) },
  squeeze: { takes: ["dim"], run: squeeze },
  unsqueeze: { takes: ["dim"], run: unsqueeze },
  flatten: { takes: ["start_dim", "end_dim"], run: flatten },
  ravel: { takes: [], run: (x) => reshape(x, [-1]) },
  movedim: { takes: ["source", "destination"], run: movedim },
  narrow: { takes: ["dim", "start", "length"], run: narrow },
  select: { takes: ["dim", "index"], run: select },
  split: { takes: ["split_size_or_sections", "dim"], run: split },
  chunk: { takes: ["chunks", "dim"], run: chunk },
  unbind: { takes: ["dim"], run: unbind },
  roll: { takes: ["shifts", "dim"], run: roll },
};

/** Returns the same elements under another shape; one size may be -1, which is what is left. */
export function reshape(x: TorchTensor, sizes: readonly number[]): TorchTensor {
  const size = x.elements.length;
  const known = sizeOf(sizes.filter((axis) => axis !== -1));
  const open = sizes.filter((axis) => axis === -1).length;
  const shape = sizes.map((axis) => (axis === -1 ? size / known : axis));
  if (open <= 1 && shape.every((axis) => Number.isInteger(axis) && axis >= 0)) {
    if (sizeOf(shape) === size) return reshaped(x, shape);
  }
  throw new RangeError(`shape [${sizes.join(", ")}] is invalid for input of size ${size}`);
}

function permute(x: TorchTensor, rest: Rest): TorchTensor {
  const order = sizesFrom(rest).map((dim) => dimFrom(dim, x.ndim));
  if (order.length !== x.ndim || new Set(order).size !== x.ndim) {
    throw new RangeError(`torch.permute wants each of ${x.ndim} dims once, got [${order.join(", ")}]`);
  }
  return permuted(x, order);
}

/** Also takes an order of all dims, as tfjs does, and none, which turns them around. */
export function transpose(x: TorchTensor, one?: unknown, other?: unknown): TorchTensor {
  if (one === undefined) return permuted(x, dimsFrom(undefined, x.ndim).toReversed());
  if (Array.isArray(one)) return permute(x, one);
  const from = dimFrom(one, x.ndim);
  const to = dimFrom(other, x.ndim);
  const order = x.shape.map((_, at) => (at === from ? to : at === to ? from : at));
  return permuted(x, order);
}

/** A dim that is not of length 1 stays, as in torch. */
function squeeze(x: TorchTensor, dim: unknown): TorchTensor {
  const dims = dimsFrom(dim, x.ndim);
  return reshaped(
    x,
    x.shape.filter((size, at) => size !== 1 || !dims.includes(at)),
  );
}

export function unsqueeze(x: TorchTensor, dim: unknown): TorchTensor {
  return reshaped(x, x.shape.toSpliced(dimFrom(dim, x.ndim + 1), 0, 1));
}

function flatten(x: TorchTensor, start: unknown = 0, end: unknown = -1): TorchTensor {
  if (x.ndim === 0) return reshaped(x, [1]);
  const from = dimFrom(start, x.ndim);
  const to = dimFrom(end, x.ndim);
  if (from > to) throw new RangeError("flatten() has invalid args: start_dim cannot come after end_dim");
  const size = sizeOf(x.shape.slice(from, to + 1));
  return reshaped(x, x.shape.toSpliced(from, to - from + 1, size));
}

function movedim(x: TorchTensor, source: unknown, destination: unknown): TorchTensor {
  const from = dimFrom(source, x.ndim);
  const order = x.shape.map((_, at) => at).filter((at) => at !== from);
  return permuted(x, order.toSpliced(dimFrom(destination, x.ndim), 0, from));
}

function expand(x: TorchTensor, sizes: readonly number[]): TorchTensor {
  const more = sizes.length - x.ndim;
  const shape = sizes.map((size, at) => (size === -1 ? (x.shape[at - more] ?? -1) : size));
  return compute([x], (tensor) => tfOp("broadcastTo")(tensor, shape));
}

function repeat(x: TorchTensor, sizes: readonly number[]): TorchTensor {
  const more = Math.max(sizes.length - x.ndim, 0);
  const times = [...Array.from({ length: x.ndim - sizes.length }, () => 1), ...sizes];
  const tall = reshaped(x, [...Array.from({ length: more }, () => 1), ...x.shape]);
  return compute([tall], (tensor) => tfOp("tile")(tensor, times));
}

function flip(x: TorchTensor, dims: readonly number[]): TorchTensor {
  return compute([x], (tensor) => tfOp("reverse")(tensor, dimsFrom(dims, x.ndim)));
}

/** Returns a part along a dim: the elements, copied. */
export function narrow(x: TorchTensor, dim: unknown, start: unknown, length: unknown): TorchTensor {
  const at = dimFrom(dim, x.ndim);
  const size = x.shape[at] ?? 1;
  const count = wholeFrom(length, "a length");
  const from = wholeFrom(start, "a start");
  const first = from < 0 ? from + size : from;
  if (first < 0 || count < 0 || first + count > size) {
    throw new RangeError(`torch.narrow wants ${first} to ${first + count} within 0 to ${size}`);
  }
  const inner = sizeOf(x.shape.slice(at + 1));
  const out = blank(x.dtype, x.shape.with(at, count));
  const rows = sizeOf(x.shape.slice(0, at));
  for (let row = 0; row < rows; row++) {
    const begin = (row * size + first) * inner;
    out.elements.set(x.elements.subarray(begin, begin + count * inner), row * count * inner);
  }
  return out;
}

/** Returns what is at an index of a dim, without that dim: `x[i]` is `select(x, 0, i)`. */
export function select(x: TorchTensor, dim: unknown, index: unknown): TorchTensor {
  if (x.ndim === 0) throw new RangeError("a tensor of no dimensions has no index: use x.item()");
  const at = dimFrom(dim, x.ndim);
  const size = x.shape[at] ?? 0;
  const place = wholeFrom(index, "an index");
  if (place < -size || place >= size) {
    throw new RangeError(`index ${place} is out of bounds for dimension ${at} with size ${size}`);
  }
  return reshaped(narrow(x, at, place, 1), x.shape.toSpliced(at, 1));
}

/** Into parts of a length each (the last may be shorter), or of the lengths in a list. */
function split(x: TorchTensor, sizes: unknown, dim: unknown = 0): TorchTensor[] {
  const length = x.shape[dimFrom(dim, x.ndim)] ?? 1;
  const each = Array.isArray(sizes) ? sizesFrom(sizes) : partsOf(length, wholeFrom(sizes, "a size"));
  const total = each.reduce((sum, part) => sum + part, 0);
  if (total !== length) {
    throw new RangeError(`torch.split wants sizes that sum up to ${length}, got ${total}`);
  }
  let start = 0;
  return each.map((part) => {
    const piece = narrow(x, dim, start, part);
    start += part;
    return piece;
  });
}

function partsOf(length: number, size: number): number[] {
  if (size < 1) throw new RangeError(`torch.split wants a size above 0, got ${size}`);
  const count = Math.max(Math.ceil(length / size), 1);
  return Array.from({ length: count }, (_, i) => Math.min(size, length - i * size));
}

function chunk(x: TorchTensor, chunks: unknown, dim: unknown = 0): TorchTensor[] {
  const length = x.shape[dimFrom(dim, x.ndim)] ?? 1;
  const count = wholeFrom(chunks, "a number of chunks");
  if (count < 1) throw new RangeError(`torch.chunk wants at least one chunk, got ${count}`);
  return split(x, Math.max(Math.ceil(length / count), 1), dim);
}

export function unbind(x: TorchTensor, dim: unknown = 0): TorchTensor[] {
  if (x.ndim === 0) throw new RangeError("a tensor of no dimensions has no rows: use x.item()");
  const length = x.shape[dimFrom(dim, x.ndim)] ?? 0;
  return Array.from({ length }, (_, i) => select(x, dim, i));
}

function roll(x: TorchTensor, shifts: unknown, dim: unknown): TorchTensor {
  const shift = wholeFrom(shifts, "a shift");
  if (dim === undefined) return reshaped(roll(reshape(x, [-1]), shift, 0), x.shape);
  const length = x.shape[dimFrom(dim, x.ndim)] ?? 1;
  if (length === 0) return x;
  const cut = (((-shift % length) + length) % length) as number;
  return cat([narrow(x, dim, cut, length - cut), narrow(x, dim, 0, cut)], dim);
}

/** Returns tensors one behind the other along a dim. */
export function cat(list: unknown, dim: unknown = 0): TorchTensor {
  const tensors = sameDType(list, "cat");
  const at = dimFrom(dim, tensors[0]?.ndim ?? 1);
  const [first] = tensors;
  for (const { shape } of tensors) {
    const fits = shape.length === first?.ndim && shape.every((size, i) => i === at || size === first.shape[i]);
    if (!fits) {
      const shapes = tensors.map(({ shape }) => `[${shape.join(", ")}]`).join(" and ");
      throw new RangeError(`torch.cat wants shapes that differ in dim ${at} only, got ${shapes}`);
    }
  }
  const total = tensors.reduce((sum, { shape }) => sum + (shape[at] ?? 0), 0);
  const shape = (first?.shape ?? []).with(at, total);
  const out = blank(first?.dtype ?? "float32", shape);
  const row = sizeOf(shape.slice(at));
  let start = 0;
  for (const { shape: own, elements } of tensors) {
    const length = sizeOf(own.slice(at));
    for (let i = 0, to = start; i < elements.length; i += length, to += row) {
      out.elements.set(elements.subarray(i, i + length), to);
    }
    start += length;
  }
  return out;
}

/** Returns tensors of one shape under each other along a new dim. */
export function stack(list: unknown, dim: unknown = 0): TorchTensor {
  const tensors = sameDType(list, "stack");
  const [first] = tensors;
  for (const { shape } of tensors) {
    if (shape.join() !== first?.shape.join()) {
      const got = `[${first?.shape.join(", ")}] and [${shape.join(", ")}]`;
      throw new RangeError(`torch.stack wants each tensor to be of equal size, got ${got}`);
    }
  }
  return cat(
    tensors.map((tensor) => unsqueeze(tensor, dim)),
    dim,
  );
}

function sameDType(list: unknown, name: string): TorchTensor[] {
  const values = TorchTensor.is(list) && list.ndim > 0 ? unbind(list) : list;
  if (!Array.isArray(values) || values.length === 0) {
    throw new TypeError(`torch.${name} wants a list of tensors, got ${show(list)}`);
  }
  const tensors = values.map((value) => tensorFrom(value));
  const ranks: readonly TorchDType[] = ["bool", "int32", "float32"];
  const widest = ranks.findLast((dtype) => tensors.some((tensor) => tensor.dtype === dtype));
  return tensors.map((tensor) => cast(tensor, widest));
}
