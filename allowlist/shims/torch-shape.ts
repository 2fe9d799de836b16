/**
 * The functions of torch that change shapes. There are no views: what would be one in torch shares
 * the elements here only where none of them has to move, and nothing changes a tensor.
 *
 * @module
 */

import {
  dimFrom,
  dimsFrom,
  isNone,
  type Ops,
  type Rest,
  sizesFrom,
  wholeFrom,
} from "./torch-arguments.ts";
import { tensorFrom } from "./torch-convert.ts";
import { blank, reshaped, show, sizeOf, TorchTensor } from "./torch-tensor.ts";
import { broadcast, permuted, picked, stepsOf, strided } from "./torch-walk.ts";

/** Functions that take sizes or dims one after the other, or as one list. */
export const SIZED: Readonly<Record<string, (x: TorchTensor, ...rest: unknown[]) => TorchTensor>> =
  {
    reshape: (x, ...rest) => reshape(x, sizesFrom(rest)),
    view: (x, ...rest) => reshape(x, sizesFrom(rest)),
    permute: (x, ...rest) => permute(x, rest),
    expand: (x, ...rest) => expand(x, sizesFrom(rest)),
    broadcast_to: (x, ...rest) => expand(x, sizesFrom(rest)),
    repeat: (x, ...rest) => repeat(x, sizesFrom(rest)),
    tile: (x, ...rest) => tile(x, sizesFrom(rest)),
    flip: (x, ...rest) => flip(x, sizesFrom(rest)),
  };

/** The others, by name: functions of torch, and methods. */
export const SHAPES: Ops = {
  transpose: { takes: ["dim0", "dim1"], run: transpose },
  swapaxes: { takes: ["axis0", "axis1"], run: transpose },
  t: { takes: [], run: (x) => turned(x) },
  squeeze: { takes: ["dim"], run: squeeze },
  unsqueeze: { takes: ["dim"], run: unsqueeze },
  flatten: { takes: ["start_dim", "end_dim"], run: flatten },
  unflatten: { takes: ["dim", "sizes"], run: unflatten },
  ravel: { takes: [], run: (x) => reshape(x, [-1]) },
  movedim: { takes: ["source", "destination"], run: movedim },
  narrow: { takes: ["dim", "start", "length"], run: narrow },
  select: { takes: ["dim", "index"], run: select },
  unbind: { takes: ["dim"], run: unbind },
  roll: { takes: ["shifts", "dims"], run: roll },
  diagonal: { takes: ["offset", "dim1", "dim2"], run: diagonal },
  diag: { takes: ["diagonal"], run: diag },
  tril: { takes: ["diagonal"], run: (x, k) => triangle(x, k, (below) => below >= 0) },
  triu: { takes: ["diagonal"], run: (x, k) => triangle(x, k, (below) => below <= 0) },
  repeat_interleave: { takes: ["repeats", "dim"], run: repeatInterleave },
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
  const order = dimsFrom(sizesFrom(rest), x.ndim);
  if (order.length === x.ndim) return permuted(x, order);
  throw new RangeError(
    `torch.permute wants each of ${x.ndim} dims once, got [${order.join(", ")}]`,
  );
}

export function transpose(x: TorchTensor, one: unknown, other: unknown): TorchTensor {
  const from = dimFrom(one, x.ndim);
  const to = dimFrom(other, x.ndim);
  return permuted(
    x,
    x.shape.map((_, at) => (at === from ? to : at === to ? from : at)),
  );
}

/** Returns a matrix with rows for columns. */
export function turned(x: TorchTensor): TorchTensor {
  if (x.ndim < 2) return x;
  if (x.ndim === 2) return transpose(x, 0, 1);
  throw new RangeError(`t() wants a tensor of at most 2 dims, got ${show(x)}: use transpose(a, b)`);
}

/** A dim that is not of length 1 stays, as in torch. */
function squeeze(x: TorchTensor, dim: unknown): TorchTensor {
  const dims = isNone(dim) ? x.shape.map((_, at) => at) : dimsFrom(dim, x.ndim);
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
  if (from > to) {
    throw new RangeError("flatten() has invalid args: start_dim cannot come after end_dim");
  }
  const size = sizeOf(x.shape.slice(from, to + 1));
  return reshaped(x, x.shape.toSpliced(from, to - from + 1, size));
}

function unflatten(x: TorchTensor, dim: unknown, sizes: unknown): TorchTensor {
  const at = dimFrom(dim, x.ndim);
  const part = reshape(blank("bool", [x.shape[at] ?? 1]), sizesFrom([sizes]));
  return reshaped(x, x.shape.toSpliced(at, 1, ...part.shape));
}

function movedim(x: TorchTensor, source: unknown, destination: unknown): TorchTensor {
  const from = dimsFrom(source, x.ndim);
  const to = dimsFrom(destination, x.ndim);
  if (from.length !== to.length) {
    throw new RangeError(`torch.movedim wants as many places as dims, got ${to} for ${from}`);
  }
  const rest = x.shape.map((_, at) => at).filter((at) => !from.includes(at));
  const order = x.shape.map((_, at) => {
    return to.includes(at) ? (from[to.indexOf(at)] as number) : (rest.shift() as number);
  });
  return permuted(x, order);
}

function expand(x: TorchTensor, sizes: readonly number[]): TorchTensor {
  const more = sizes.length - x.ndim;
  const shape = sizes.map((size, at) => (size === -1 ? (x.shape[at - more] ?? -1) : size));
  const fits = x.shape.every((size, at) => size === 1 || size === shape[at + more]);
  if (more >= 0 && fits) return broadcast(x, shape);
  throw new RangeError(`torch.expand wants sizes that ${show(x)} fits, got [${sizes.join(", ")}]`);
}

function repeat(x: TorchTensor, sizes: readonly number[]): TorchTensor {
  const more = sizes.length - x.ndim;
  if (more < 0) {
    const got = `[${sizes.join(", ")}]`;
    throw new RangeError(`torch.repeat wants a number for each dim of ${show(x)}, got ${got}`);
  }
  const tall = reshaped(x, [...Array.from({ length: more }, () => 1), ...x.shape]);
  const shape = tall.shape.flatMap((size, at) => [sizes[at] as number, size]);
  const steps = stepsOf(tall.shape).flatMap((step) => [0, step]);
  const out = strided(tall, shape, steps);
  return reshaped(
    out,
    tall.shape.map((size, at) => size * (sizes[at] as number)),
  );
}

/** As repeat, but for too few numbers the first dims are taken once. */
function tile(x: TorchTensor, sizes: readonly number[]): TorchTensor {
  const missing = Math.max(x.ndim - sizes.length, 0);
  return repeat(x, [...Array.from({ length: missing }, () => 1), ...sizes]);
}

function flip(x: TorchTensor, dims: readonly number[]): TorchTensor {
  return dimsFrom(dims, x.ndim).reduce((out, dim) => {
    const length = out.shape[dim] ?? 1;
    return picked(
      out,
      dim,
      Int32Array.from({ length }, (_, i) => length - 1 - i),
    );
  }, x);
}

/** Returns a part along a dim. */
export function narrow(x: TorchTensor, dim: unknown, start: unknown, length: unknown): TorchTensor {
  if (x.ndim === 0) throw new RangeError("torch.narrow cannot be applied to a 0-dim tensor");
  const at = dimFrom(dim, x.ndim);
  const size = x.shape[at] as number;
  const count = wholeFrom(length, "a length");
  const from = wholeFrom(start, "a start");
  const first = from < 0 ? from + size : from;
  if (first < 0 || count < 0 || first + count > size) {
    throw new RangeError(`torch.narrow wants ${first} to ${first + count} within 0 to ${size}`);
  }
  const shape = x.shape.with(at, count);
  const inner = sizeOf(x.shape.slice(at + 1));
  const rows = sizeOf(x.shape.slice(0, at));
  if (rows === 1) {
    return new TorchTensor(
      x.dtype,
      shape,
      x.elements.subarray(first * inner, (first + count) * inner),
    );
  }
  return picked(
    x,
    at,
    Int32Array.from({ length: count }, (_, i) => first + i),
  );
}

/** Returns what is at an index of a dim, without that dim: `x[i]` is `select(x, 0, i)`. */
export function select(x: TorchTensor, dim: unknown, index: unknown): TorchTensor {
  if (x.ndim === 0) throw new RangeError("a tensor of no dimensions has no index: use x.item()");
  const at = dimFrom(dim, x.ndim);
  const size = x.shape[at] as number;
  const place = wholeFrom(index, "an index");
  if (place < -size || place >= size) {
    throw new RangeError(`index ${place} is out of bounds for dimension ${at} with size ${size}`);
  }
  return reshaped(narrow(x, at, place, 1), x.shape.toSpliced(at, 1));
}

export function unbind(x: TorchTensor, dim: unknown = 0): TorchTensor[] {
  if (x.ndim === 0) throw new RangeError("a tensor of no dimensions has no rows: use x.item()");
  const length = x.shape[dimFrom(dim, x.ndim)] as number;
  return Array.from({ length }, (_, i) => select(x, dim, i));
}

/** Without dims the tensor is rolled as one row. */
function roll(x: TorchTensor, shifts: unknown, dims: unknown): TorchTensor {
  const by = sizesFrom([shifts].flat());
  if (isNone(dims)) return reshaped(roll(reshape(x, [-1]), by, 0), x.shape);
  const axes = [dims].flat().map((dim) => dimFrom(dim, x.ndim));
  if (axes.length !== by.length) {
    throw new RangeError(`torch.roll wants a shift for each dim, got ${by.length}: [${by}]`);
  }
  return axes.reduce((out, dim, at) => {
    const length = out.shape[dim] ?? 1;
    const shift = by[at] as number;
    const places = Array.from({ length }, (_, i) => (((i - shift) % length) + length) % length);
    return picked(out, dim, places);
  }, x);
}

/** The diagonal becomes the last dim. */
function diagonal(x: TorchTensor, offset: unknown = 0, one: unknown = 0, other: unknown = 1) {
  const [rows, columns] = dimsFrom([one, other], x.ndim) as [number, number];
  const shift = wholeFrom(offset, "an offset");
  const steps = stepsOf(x.shape);
  const [height, width] = [x.shape[rows] as number, x.shape[columns] as number];
  const length = Math.max(Math.min(height, width, shift < 0 ? height + shift : width - shift), 0);
  const rest = x.shape.map((_, at) => at).filter((at) => at !== rows && at !== columns);
  const shape = [...rest.map((at) => x.shape[at] as number), length];
  if (length === 0) return blank(x.dtype, shape);
  const [down, right] = [steps[rows] as number, steps[columns] as number];
  const start = shift < 0 ? -shift * down : shift * right;
  const cut = new TorchTensor(x.dtype, [x.elements.length - start], x.elements.subarray(start));
  return strided(cut, shape, [...rest.map((at) => steps[at] as number), down + right]);
}

/** Of a matrix its diagonal; of a vector the matrix with it for a diagonal. */
function diag(x: TorchTensor, offset: unknown = 0): TorchTensor {
  if (x.ndim === 2) return diagonal(x, offset);
  if (x.ndim !== 1) throw new RangeError(`torch.diag wants a vector or a matrix, got ${show(x)}`);
  const shift = wholeFrom(offset, "a diagonal");
  const size = x.elements.length + Math.abs(shift);
  const out = blank(x.dtype, [size, size]);
  const start = shift < 0 ? -shift * size : shift;
  for (let i = 0; i < x.elements.length; i++) {
    out.elements[start + i * (size + 1)] = x.elements[i] as number;
  }
  return out;
}

function triangle(x: TorchTensor, offset: unknown, keeps: (below: number) => boolean): TorchTensor {
  const [rows, columns] = [x.shape.at(-2), x.shape.at(-1)];
  if (rows === undefined || columns === undefined) {
    throw new RangeError(`torch wants a matrix or a batch of them, got ${show(x)}`);
  }
  const shift = wholeFrom(offset ?? 0, "a diagonal");
  const out = blank(x.dtype, x.shape);
  for (let i = 0; i < out.elements.length; i++) {
    const row = Math.floor(i / columns) % rows;
    if (keeps(row + shift - (i % columns))) out.elements[i] = x.elements[i] as number;
  }
  return out;
}

/** Each element, or each row of a dim, a few times; without a dim of the tensor as one row. */
function repeatInterleave(x: TorchTensor, repeats: unknown, dim: unknown): TorchTensor {
  if (isNone(dim)) return repeatInterleave(reshape(x, [-1]), repeats, 0);
  const at = dimFrom(dim, x.ndim);
  const length = x.shape[at] ?? 1;
  const times = tensorFrom(repeats, "int64").elements;
  if ((times.length !== 1 && times.length !== length) || times.some((count) => count < 0)) {
    const got = `[${times.join(", ")}]`;
    throw new RangeError(
      `torch.repeat_interleave wants a count, or one for each of ${length}, got ${got}`,
    );
  }
  const timesAt = (i: number): number => times[times.length === 1 ? 0 : i] as number;
  const total = Array.from({ length }, (_, i) => timesAt(i)).reduce((sum, count) => sum + count, 0);
  const places = blank("int64", [total]).elements;
  let next = 0;
  for (let i = 0; i < length; i++) {
    places.fill(i, next, next + timesAt(i));
    next += timesAt(i);
  }
  return picked(x, at, places);
}
