/**
 * The functions of torch that put tensors together and take them apart.
 *
 * @module
 */

import { dimFrom, isNone, type Ops, sizesFrom, wholeFrom, wordFrom } from "./torch-arguments.ts";
import { cast, tensorFrom } from "./torch-convert.ts";
import { promoted } from "./torch-dtypes.ts";
import { reshape, unbind, unsqueeze, narrow } from "./torch-shape.ts";
import { blank, show, sizeOf, TorchTensor } from "./torch-tensor.ts";
import { broadcast, broadcastShape } from "./torch-walk.ts";

/** What takes one tensor apart: functions of torch, and methods. */
export const SPLITS: Ops = {
  split: { takes: ["split_size_or_sections", "dim"], run: split },
  chunk: { takes: ["chunks", "dim"], run: chunk },
};

/** What takes a list of tensors: the names of the arguments behind it, and what it does. */
export const JOINS: Readonly<
  Record<string, { takes: readonly string[]; run(list: TorchTensor[], more?: unknown): unknown }>
> = {
  cat: { takes: ["dim"], run: cat },
  concat: { takes: ["dim"], run: cat },
  concatenate: { takes: ["dim"], run: cat },
  stack: { takes: ["dim"], run: stack },
  vstack: { takes: [], run: (list) => cat(list.map((x) => atLeast(x, 2))) },
  hstack: { takes: [], run: hstack },
  meshgrid: { takes: ["indexing"], run: meshgrid },
  broadcast_tensors: { takes: [], run: broadcastAll },
  cartesian_prod: { takes: [], run: cartesianProduct },
};

/** Returns the tensors of a list, brought to one dtype. */
export function listFrom(list: unknown, name: string): TorchTensor[] {
  const values: unknown = TorchTensor.is(list) && list.ndim > 0 ? unbind(list) : list;
  if (!Array.isArray(values) || values.length === 0) {
    throw new TypeError(`torch.${name} wants a list of tensors, got ${show(list)}`);
  }
  const tensors = values.map((value) => tensorFrom(value));
  const dtype = tensors.map(({ dtype }) => dtype).reduce(promoted);
  return tensors.map((tensor) => cast(tensor, dtype));
}

/** Returns tensors one behind the other along a dim. One of shape [0] counts for nothing. */
function cat(list: readonly TorchTensor[], dim: unknown = 0): TorchTensor {
  const tensors = list.filter(({ shape }) => shape.length !== 1 || shape[0] !== 0);
  const first = tensors[0] ?? (list[0] as TorchTensor);
  const at = dimFrom(dim, first.ndim);
  for (const { shape } of tensors) {
    const fits = shape.every((size, i) => i === at || size === first.shape[i]);
    if (!fits || shape.length !== first.ndim || first.ndim === 0) {
      const shapes = tensors.map(({ shape: own }) => `[${own.join(", ")}]`).join(" and ");
      throw new RangeError(`torch.cat wants shapes that differ in dim ${at} only, got ${shapes}`);
    }
  }
  const total = tensors.reduce((sum, { shape }) => sum + (shape[at] as number), 0);
  const out = blank(first.dtype, first.shape.with(at, total));
  const row = sizeOf(out.shape.slice(at));
  let start = 0;
  for (const { shape, elements } of tensors) {
    const length = sizeOf(shape.slice(at));
    for (let i = 0, to = start; i < elements.length; i += length, to += row) {
      out.elements.set(elements.subarray(i, i + length), to);
    }
    start += length;
  }
  return out;
}

/** Returns tensors of one shape under each other along a new dim. */
function stack(list: readonly TorchTensor[], dim: unknown = 0): TorchTensor {
  const [first] = list;
  for (const { shape } of list) {
    if (shape.join() === first?.shape.join()) continue;
    const got = `[${first?.shape.join(", ")}] and [${shape.join(", ")}]`;
    throw new RangeError(`torch.stack wants each tensor to be of equal size, got ${got}`);
  }
  return cat(
    list.map((tensor) => unsqueeze(tensor, dim)),
    dim,
  );
}

function atLeast(x: TorchTensor, rank: number): TorchTensor {
  return x.ndim >= rank ? x : atLeast(unsqueeze(x, 0), rank);
}

function hstack(list: readonly TorchTensor[]): TorchTensor {
  const tall = list.map((x) => atLeast(x, 1));
  return cat(tall, tall[0]?.ndim === 1 ? 0 : 1);
}

/** Returns one tensor for each vector: what it says at each point of the grid. */
function meshgrid(list: readonly TorchTensor[], indexing: unknown): TorchTensor[] {
  const order = wordFrom(indexing, "indexing", ["ij", "xy"]);
  const swaps = order === "xy" && list.length > 1;
  const sizes = list.map(({ elements }) => elements.length);
  const [first = 1, second = 1, ...others] = sizes;
  const shape = swaps ? [second, first, ...others] : sizes;
  return list.map((x, i) => {
    const axis = swaps && i < 2 ? 1 - i : i;
    return broadcast(
      reshape(
        x,
        shape.map((_, at) => (at === axis ? -1 : 1)),
      ),
      shape,
    );
  });
}

function broadcastAll(list: readonly TorchTensor[]): TorchTensor[] {
  const shape = broadcastShape(list.map((x) => x.shape));
  return list.map((x) => broadcast(x, shape));
}

function cartesianProduct(list: readonly TorchTensor[]): TorchTensor {
  if (list.length === 1) return list[0] as TorchTensor;
  return stack(
    meshgrid(list, "ij").map((x) => reshape(x, [-1])),
    1,
  );
}

/** Into parts of a length each (the last may be shorter), or of the lengths in a list. */
export function split(x: TorchTensor, sizes: unknown, dim: unknown = 0): TorchTensor[] {
  const length = lengthAlong(x, dim);
  const each = Array.isArray(sizes)
    ? sizesFrom([sizes])
    : partsOf(length, wholeFrom(sizes, "a size"));
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

function lengthAlong(x: TorchTensor, dim: unknown): number {
  if (x.ndim === 0) throw new RangeError("torch splits no tensor of no dimensions");
  return x.shape[dimFrom(dim, x.ndim)] as number;
}

function partsOf(length: number, size: number): number[] {
  if (size < 1) throw new RangeError(`torch.split wants a size above 0, got ${size}`);
  const count = Math.max(Math.ceil(length / size), 1);
  return Array.from({ length: count }, (_, i) => Math.min(size, length - i * size));
}

function chunk(x: TorchTensor, chunks: unknown, dim: unknown): TorchTensor[] {
  const at = isNone(dim) ? 0 : dim;
  const count = wholeFrom(chunks, "a number of chunks");
  if (count < 1) throw new RangeError(`torch.chunk wants at least one chunk, got ${count}`);
  if (lengthAlong(x, at) === 0) return Array.from({ length: count }, () => x);
  return split(x, Math.max(Math.ceil(lengthAlong(x, at) / count), 1), at);
}
