/**
 * Shapes: other views of the same elements, and arrays put together from others.
 *
 * The stock `reshape` reads wrong elements of a view with steps, and the stock slices run over the
 * end of an array; these here do neither.
 *
 * @module
 */

import { argument, axesFrom, axisFrom, numberFrom, placeFrom } from "./numjs-arguments.ts";
import { shapeFrom, shapeText, shapeWithRest, show } from "./numjs-arguments.ts";
import { broadcastTo, promoted } from "./numjs-arithmetic.ts";
import { copy, flat, type Kind, kindOf, type Kit, type NdArray } from "./numjs-types.ts";
import { type Operation, type Operations, room, sizeOf } from "./numjs-types.ts";

/** A view's parts, to be changed. */
interface Parts {
  shape: number[];
  stride: number[];
  offset: number;
}

export const SHAPES: Operations = {
  reshape: (kit, value, ...rest) => reshaped(kit, value, shapeWithRest(rest, value.size)),
  flatten: (kit, value) => {
    const kind = kindOf(value.dtype);
    return kit.make(copy(value.selection, kind), [value.size], kind);
  },
  ravel: (kit, value) => reshaped(kit, value, [value.size]),
  transpose(kit, value, ...rest) {
    const { shape } = value;
    const list = rest.length === 1 && Array.isArray(rest[0]) ? rest[0] : rest;
    const none = list.length === 0 || list[0] === undefined;
    const axes = none ? shape.map((_, i) => shape.length - 1 - i) : axesFrom(list, shape.length);
    if (axes.length === shape.length) return permuted(kit, value, axes);
    throw new RangeError(`nj.transpose wants ${shape.length} axes, got ${axes.length}`);
  },
  swapaxes(kit, value, one, other) {
    const [a, b] = [axisFrom(one, value.shape.length), axisFrom(other, value.shape.length)];
    const axes = value.shape.map((_, i) => (i === a ? b : i === b ? a : i));
    return permuted(kit, value, axes);
  },
  moveaxis(kit, value, from, to) {
    const rank = value.shape.length;
    const [source, target] = [axesFrom(from, rank), axesFrom(to, rank)];
    if (source.length !== target.length) throw new RangeError("nj.moveaxis wants as many as go");
    const axes = value.shape.map((_, i) => i).filter((i) => !source.includes(i));
    const moves = target.map((place, i) => [place, source[i] ?? 0] as const);
    for (const [place, axis] of moves.toSorted(([a], [b]) => a - b)) axes.splice(place, 0, axis);
    return permuted(kit, value, axes);
  },
  expand_dims(kit, value, ...rest) {
    const list = [argument(rest, 0, "axis")].flat();
    const rank = value.shape.length + list.length;
    return changed(kit, value, ({ shape, stride }) => {
      for (const axis of axesFrom(list, rank).toSorted((a, b) => a - b)) {
        shape.splice(axis, 0, 1);
        stride.splice(axis, 0, 0);
      }
    });
  },
  squeeze(kit, value, ...rest) {
    const axis = argument(rest, 0, "axis");
    const said = axis === undefined || axis === null ? [] : axesFrom(axis, value.shape.length);
    const long = said.find((i) => value.shape[i] !== 1);
    if (long !== undefined) {
      throw new RangeError(`nj.squeeze wants an axis of length 1, got ${value.shape[long]}`);
    }
    const gone = (i: number): boolean => {
      return said.length > 0 ? said.includes(i) : value.shape[i] === 1;
    };
    return changed(kit, value, (parts) => {
      parts.stride = parts.stride.filter((_, i) => !gone(i));
      parts.shape = parts.shape.filter((_, i) => !gone(i));
    });
  },
  flip(kit, value, ...rest) {
    const axes = axesFrom(argument(rest, 0, "axis"), value.shape.length);
    return changed(kit, value, (parts) => {
      for (const axis of axes) {
        const [count = 0, step = 0] = [parts.shape[axis], parts.stride[axis]];
        if (count > 0) parts.offset += (count - 1) * step;
        parts.stride[axis] = -step;
      }
    });
  },
  rot90(kit, value, ...rest) {
    const turns = (((Number(argument(rest, 0, "k") ?? 1) % 4) + 4) % 4) as 0 | 1 | 2 | 3;
    const axes = axesFrom(argument(rest, 1, "axes") ?? [0, 1], value.shape.length);
    const [from = 0, to = 0] = axes;
    const flip = SHAPES.flip as Operation;
    if (turns === 0) return value;
    if (turns === 2) return flip(kit, value, axes);
    const swap = SHAPES.swapaxes as Operation;
    return turns === 1
      ? swap(kit, flip(kit, value, to) as NdArray, from, to)
      : flip(kit, swap(kit, value, from, to) as NdArray, to);
  },
  diag(kit, value) {
    if (value.shape.length !== 1) return (SHAPES.diagonal as Operation)(kit, value);
    const kind = kindOf(value.dtype);
    const count = value.size;
    const out = room([count, count], kind);
    for (const [i, one] of flat(value.selection).entries()) out[i * (count + 1)] = one;
    return kit.make(out, [count, count], kind);
  },
  broadcast_to(kit, value, ...shape) {
    const kind = kindOf(value.dtype);
    const wanted = shapeFrom(shape);
    room(wanted, kind);
    return broadcastTo(kit, value, wanted);
  },
  slice(kit, value, ...ranges) {
    if (ranges.length > value.shape.length) {
      throw new RangeError(`nj slices ${value.shape.length} axes here, got ${ranges.length}`);
    }
    return changed(kit, value, (parts) => {
      for (const [axis, range] of ranges.entries()) cut(parts, axis, range);
    });
  },
  pick(kit, value, ...places) {
    return changed(kit, value, (parts) => {
      for (const [axis, place] of [...places.entries()].toReversed()) {
        if (place === null || place === undefined) continue;
        const [count = 0, step = 0] = [parts.shape[axis], parts.stride[axis]];
        parts.offset += placeFrom(place, count) * step;
        parts.shape.splice(axis, 1);
        parts.stride.splice(axis, 1);
      }
    });
  },
  lo: (kit, value, ...firsts) =>
    changed(kit, value, (parts) => {
      for (const [axis, first] of firsts.entries()) {
        if (typeof first === "number") cut(parts, axis, first);
      }
    }),
  hi: (kit, value, ...lengths) =>
    changed(kit, value, (parts) => {
      for (const [axis, length] of lengths.entries()) {
        if (typeof length === "number") cut(parts, axis, [0, length]);
      }
    }),
  split(kit, value, parts, ...rest) {
    const axis = axisFrom(argument(rest, 0, "axis") ?? 0, value.shape.length);
    const count = value.shape[axis] ?? 0;
    const cuts = [0, ...cutsFrom(parts, count), count];
    return cuts.slice(1).map((end, i) => {
      return changed(kit, value, (view) => cut(view, axis, [cuts[i], end]));
    });
  },
  diagonal(kit, value) {
    const [rows, columns] = matrixShape(value, "nj.diagonal");
    return changed(kit, value, (parts) => {
      parts.stride = [(parts.stride[0] ?? 0) + (parts.stride[1] ?? 0)];
      parts.shape = [Math.min(rows, columns)];
    });
  },
};

/** Returns the rows and columns of what is a matrix. */
export function matrixShape(value: NdArray, who: string): [number, number] {
  const [rows, columns] = value.shape;
  if (value.shape.length === 2) return [rows ?? 0, columns ?? 0];
  throw new RangeError(`${who} wants a matrix, got shape ${shapeText(value)}`);
}

function cutsFrom(parts: unknown, count: number): number[] {
  if (Array.isArray(parts)) return parts.map((end) => clampedEnd(end, count));
  const pieces = numberFrom(parts, "the number of parts");
  if (!Number.isInteger(count / pieces) || pieces < 1) {
    throw new RangeError(`nj.split cannot cut ${count} into ${pieces} equal parts`);
  }
  const size = count / pieces;
  return Array.from({ length: pieces - 1 }, (_, i) => (i + 1) * size);
}

function changed({ make }: Kit, value: NdArray, change: (parts: Parts) => void): NdArray {
  const { data, dtype, shape, stride, offset } = value.selection;
  const parts = { shape: [...shape], stride: [...stride], offset };
  change(parts);
  return make(data, parts.shape, kindOf(dtype), parts);
}

function permuted(kit: Kit, value: NdArray, axes: readonly number[]): NdArray {
  return changed(kit, value, (parts) => {
    const { shape, stride } = value.selection;
    parts.shape = axes.map((axis) => shape[axis] ?? 0);
    parts.stride = axes.map((axis) => stride[axis] ?? 0);
  });
}

/** A view where the elements lie in order, else a copy. */
function reshaped(kit: Kit, value: NdArray, shape: readonly number[]): NdArray {
  return kit.make(flat(value.selection), shape, kindOf(value.dtype));
}

/** `n`: from n on. `[end]`, `[start, end]`, `[start, end, step]`: as in Python; null: open. */
function cut(parts: Parts, axis: number, range: unknown): void {
  if (range === null || range === undefined) return;
  const count = parts.shape[axis];
  if (count === undefined) throw new RangeError(`axis ${axis} is not there to be cut`);
  const [start, end, step] = rangeFrom(range);
  const first = clampedEnd(start ?? 0, count);
  const last = Math.max(first, clampedEnd(end ?? count, count));
  const stride = parts.stride[axis] ?? 0;
  const length = Math.ceil((last - first) / Math.abs(step));
  parts.offset += (step < 0 ? Math.max(first, last - 1) : first) * stride;
  parts.shape[axis] = length;
  parts.stride[axis] = stride * step;
}

function rangeFrom(range: unknown): [unknown, unknown, number] {
  if (typeof range === "number") return [range, null, 1];
  if (!Array.isArray(range) || range.length > 4) {
    throw new TypeError(`nj wants a slice as [start, end, step], got ${show(range)}`);
  }
  if (range.length < 2) return [0, range[0], 1];
  // numjs writes a[start::step] with one null more.
  const step: unknown = (range.length === 4 ? range[3] : range[2]) ?? 1;
  if (Number.isInteger(step) && step !== 0) return [range[0], range[1], Number(step)];
  throw new RangeError(`nj wants the step of a slice as an integer but 0, got ${show(step)}`);
}

function clampedEnd(end: unknown, count: number): number {
  if (!Number.isInteger(end)) {
    throw new TypeError(`nj wants the ends of a slice as integers, got ${show(end)}`);
  }
  const place = Number(end) < 0 ? Number(end) + count : Number(end);
  return Math.min(count, Math.max(0, place));
}

/**
 * Returns arrays joined along an axis that they have.
 *
 * @throws {RangeError} When there is none, or the other axes differ.
 */
export function joined(kit: Kit, arrays: readonly NdArray[], axis: number): NdArray {
  const [first] = arrays;
  if (!first) throw new RangeError("nj wants at least one array to join, got none");
  const at = axisFrom(axis, first.shape.length);
  const kind = arrays.map((one) => kindOf(one.dtype)).reduce(promoted);
  for (const one of arrays) {
    const same = one.shape.length === first.shape.length;
    if (same && one.shape.every((count, i) => i === at || count === first.shape[i])) continue;
    const shapes = `${shapeText(first)} and ${shapeText(one)}`;
    throw new RangeError(`nj cannot join shapes ${shapes} along axis ${at}`);
  }
  const counts = arrays.map((one) => one.shape[at] ?? 0);
  const shape = first.shape.with(
    at,
    counts.reduce((sum, count) => sum + count, 0),
  );
  return kit.make(interleaved(arrays, shape, { at, kind }), shape, kind);
}

function interleaved(
  arrays: readonly NdArray[],
  shape: readonly number[],
  { at, kind }: { at: number; kind: Kind },
) {
  const out = room(shape, kind);
  const inner = sizeOf(shape.slice(at + 1));
  const row = (shape[at] ?? 0) * inner;
  let offset = 0;
  for (const one of arrays) {
    const data = copy(one.selection, kind);
    const run = (one.shape[at] ?? 0) * inner;
    for (let i = 0; i * run < data.length; i++) {
      out.set(data.subarray(i * run, (i + 1) * run), i * row + offset);
    }
    offset += run;
  }
  return out;
}

/** Returns arrays of one shape stacked along a new axis. */
export function stacked(kit: Kit, arrays: readonly NdArray[], axis: number): NdArray {
  const wide = arrays.map((one) => (SHAPES.expand_dims as Operation)(kit, one, axis));
  return joined(kit, wide as NdArray[], axis);
}

/** Returns the same elements with axes of length 1 put in front until there are `rank`. */
export function atLeast(kit: Kit, value: NdArray, rank: number): NdArray {
  const missing = Math.max(0, rank - value.shape.length);
  return reshaped(kit, value, [...Array<number>(missing).fill(1), ...value.shape]);
}
