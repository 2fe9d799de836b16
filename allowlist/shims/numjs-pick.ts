/**
 * Elements chosen, put in order, repeated and padded: what numpy has for indices and masks.
 *
 * JavaScript has no `x[mask]`: `nj.extract(mask, x)` gives those elements, `nj.compress(mask, x,
 * axis)` those rows, and `nj.putmask(x, mask, value)` sets them.
 *
 * @module
 */

import { argument, axisFrom, numberFrom, placeFrom, shapeText, show } from "./numjs-arguments.ts";
import { assign, broadcastTo, WHERE } from "./numjs-arithmetic.ts";
import { elementsOf, type Line, linesOf, sorted } from "./numjs-reduce.ts";
import { joined, SHAPES } from "./numjs-shape.ts";
import { cast, copy, flat, type Kind, kindOf, type Kit, type NdArray } from "./numjs-types.ts";
import { type Numbers, type Operation, type Operations, room, sizeOf } from "./numjs-types.ts";

export const PICKS: Operations = {
  take(kit, value, indices, ...rest) {
    const axis = argument(rest, 0, "axis");
    const source = axis === undefined || axis === null ? ravel(kit, value) : value;
    const at = axisFrom(axis ?? 0, source.shape.length);
    if (typeof indices === "number") {
      const places = source.shape.map((_, i) => (i === at ? indices : null));
      const one = (SHAPES.pick as Operation)(kit, source, ...places) as NdArray;
      return one.shape.length === 0 ? flat(one.selection)[0] : one;
    }
    const list = kit.coerce(indices);
    return taken(kit, source, { list: flat(list.selection), shape: list.shape, at });
  },
  compress: (kit, mask, value, ...rest) => {
    const axis = argument(rest, 0, "axis");
    return (PICKS.take as Operation)(kit, kit.coerce(value), kept(mask), axis ?? null);
  },
  extract: (kit, mask, value) => {
    const source = kit.coerce(value);
    const spread = broadcastTo(kit, mask, source.shape);
    return (PICKS.take as Operation)(kit, source, kept(spread), null);
  },
  putmask(kit, value, mask, source) {
    const other = typeof source === "number" ? source : kit.coerce(source);
    const result = (WHERE.where as Operation)(kit, kit.coerce(mask), other, value) as NdArray;
    if (result.shape.join() === value.shape.join()) return assign(kit, value, result);
    throw new RangeError(`nj.putmask wants shape ${shapeText(value)}, got ${shapeText(result)}`);
  },
  repeat(kit, value, times, ...rest) {
    const axis = argument(rest, 0, "axis");
    const source = axis === undefined || axis === null ? ravel(kit, value) : value;
    const at = axisFrom(axis ?? 0, source.shape.length);
    const count = countFrom(times, "nj.repeat");
    const length = source.shape[at] ?? 0;
    room(source.shape.with(at, length * count), kindOf(value.dtype));
    const list = Float64Array.from({ length: length * count }, (_, i) => Math.floor(i / count));
    return taken(kit, source, { list, shape: [list.length], at });
  },
  tile(kit, value, times) {
    const counts = [times].flat().map((count) => countFrom(count, "nj.tile"));
    const rank = Math.max(counts.length, value.shape.length);
    const reshape = SHAPES.reshape as Operation;
    const padded = [...Array<number>(rank - value.shape.length).fill(1), ...value.shape];
    const all = [...Array<number>(rank - counts.length).fill(1), ...counts];
    room(
      padded.map((axis, i) => axis * (all[i] ?? 1)),
      kindOf(value.dtype),
    );
    return all.reduce(
      (made, count, at) => {
        const list = Array.from({ length: count }, () => made);
        if (count > 0) return joined(kit, list, at);
        return (SHAPES.slice as Operation)(kit, made, ...Array(at).fill(null), [0, 0]) as NdArray;
      },
      reshape(kit, value, padded) as NdArray,
    );
  },
  roll(kit, value, shift, ...rest) {
    const axis = argument(rest, 0, "axis");
    const source = axis === undefined || axis === null ? ravel(kit, value) : value;
    const at = axisFrom(axis ?? 0, source.shape.length);
    const count = source.shape[at] ?? 0;
    const by = numberFrom(shift, "the shift");
    const list = Float64Array.from(
      { length: count },
      (_, i) => (((i - by) % count) + count) % count,
    );
    const rolled = taken(kit, source, { list, shape: [count], at });
    return (SHAPES.reshape as Operation)(kit, rolled, ...value.shape);
  },
  pad: (kit, value, width, ...rest) => padded(kit, value, width, rest),
};

/** What is in order, and where it stood. */
export const SORTS: Operations = {
  sort: (kit, value, ...rest) =>
    ordered(kit, value, rest, { kind: kindOf(value.dtype), order: sorted }),
  argsort: (kit, value, ...rest) => ordered(kit, value, rest, { kind: "int32", order: places }),
  unique(kit, value, ...rest) {
    const kind = kindOf(value.dtype);
    const all = copy(value.selection).sort();
    const isNew = (one: number, i: number): boolean =>
      i === 0 || (one !== all[i - 1] && !(Number.isNaN(one) && Number.isNaN(all[i - 1])));
    const firsts = Array.from(all.keys()).filter((i) => isNew(all[i] ?? 0, i));
    const values = firsts.map((i) => all[i] ?? 0);
    const array = kit.make(cast(values, kind), [values.length], kind);
    if (!argument(rest, 0, "return_counts")) return array;
    const counts = firsts.map((from, i) => (firsts[i + 1] ?? all.length) - from);
    return [array, kit.make(Int32Array.from(counts), [counts.length], "int32")];
  },
  searchsorted(kit, value, wanted, ...rest) {
    const data = flat(value.selection);
    const right = argument(rest, 0, "side") === "right";
    const place = (one: number): number => countBelow(data, one, right);
    if (typeof wanted === "number") return place(wanted);
    const list = kit.coerce(wanted);
    return kit.make(Int32Array.from(flat(list.selection), place), list.shape, "int32");
  },
  bincount(kit, value, ...rest) {
    const data = flat(value.selection);
    const least = numberFrom(argument(rest, 0, "minlength"), "minlength", 0);
    const bad = data.find((one) => !Number.isInteger(one) || one < 0);
    if (bad !== undefined) {
      throw new RangeError(`nj.bincount wants whole numbers from 0 on, got ${bad}`);
    }
    const count = Float64Array.from(data).reduce((most, one) => Math.max(most, one + 1), least);
    const out = room([count], "int32");
    for (const one of data) out[one] = (out[one] ?? 0) + 1;
    return kit.make(out, [count], "int32");
  },
};

/** Returns how many of the points, which are in order, are below `value`, or also equal to it. */
export function countBelow(points: Numbers, value: number, orEqual: boolean): number {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const point = points[middle] ?? 0;
    if (point < value || (orEqual && point === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function ravel(kit: Kit, value: NdArray): NdArray {
  return (SHAPES.ravel as Operation)(kit, value) as NdArray;
}

/** The places of a mask that are not 0. */
function kept(mask: NdArray): number[] {
  const places: number[] = [];
  for (const [i, one] of flat(mask.selection).entries()) if (one !== 0) places.push(i);
  return places;
}

interface Wanted {
  readonly list: ArrayLike<number>;
  readonly shape: readonly number[];
  readonly at: number;
}

function taken(kit: Kit, value: NdArray, { list, shape, at }: Wanted): NdArray {
  const kind = kindOf(value.dtype);
  const data = flat(value.selection);
  const count = value.shape[at] ?? 0;
  const inner = sizeOf(value.shape.slice(at + 1));
  const outer = sizeOf(value.shape.slice(0, at));
  const whole = value.shape.toSpliced(at, 1, ...shape);
  const out = room(whole, kind);
  for (let i = 0; i < list.length; i++) {
    const from = placeFrom(list[i], count) * inner;
    for (let j = 0; j < outer; j++) {
      const start = j * count * inner + from;
      out.set(data.subarray(start, start + inner), (j * list.length + i) * inner);
    }
  }
  return kit.make(out, whole, kind);
}

interface Order {
  readonly kind: Kind;
  order(line: Line): Numbers;
}

function ordered(kit: Kit, value: NdArray, rest: readonly unknown[], { kind, order }: Order) {
  const said = argument(rest, 0, "axis");
  const source = said === null ? ravel(kit, value) : value;
  const lines = linesOf(source, said === null ? 0 : (said ?? -1));
  const out = room(source.shape, kind);
  for (let i = 0; i < lines.count; i++) {
    const { start, step, ...line } = lines.line(i);
    const row = order({ start, step, ...line });
    for (const [j, one] of row.entries()) out[start + j * step] = one;
  }
  return kit.make(out, source.shape, kind);
}

/** The first of equals stays first; NaN comes last. */
function places(line: Line): Numbers {
  const data = elementsOf(line);
  const rank = (a: number, b: number): number => {
    if (Number.isNaN(a) || Number.isNaN(b))
      return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return a < b ? -1 : Number(a > b);
  };
  const list = Array.from(data.keys()).sort((a, b) => rank(data[a] ?? 0, data[b] ?? 0));
  return Int32Array.from(list);
}

const MODES = ["constant", "edge", "reflect", "symmetric", "wrap"];

function padded(kit: Kit, value: NdArray, width: unknown, rest: readonly unknown[]): NdArray {
  const mode = argument(rest, 0, "mode") ?? "constant";
  if (!MODES.includes(mode as string)) {
    throw new TypeError(`nj.pad has the modes ${MODES.join(", ")}, got ${show(mode)}`);
  }
  const filled = numberFrom(argument(rest, 1, "constant_values"), "constant_values", 0);
  const widths = widthsFrom(width, value.shape.length);
  const kind = kindOf(value.dtype);
  const shape = value.shape.map(
    (count, i) => count + (widths[i] ?? [0, 0])[0] + (widths[i]?.[1] ?? 0),
  );
  room(shape, kind);
  return widths.reduce((made, [before, after], at) => {
    const count = made.shape[at] ?? 0;
    const list = Array.from({ length: before + count + after }, (_, i) => i - before);
    if (mode === "constant") return framed(kit, made, { before, after, at, filled });
    const inside = list.map((place) => mirrored(place, count, mode as string));
    return taken(kit, made, { list: inside, shape: [inside.length], at });
  }, value);
}

function framed(
  kit: Kit,
  value: NdArray,
  { before, after, at, filled }: { before: number; after: number; at: number; filled: number },
): NdArray {
  const kind = kindOf(value.dtype);
  const edge = (count: number): NdArray => {
    const shape = value.shape.with(at, count);
    return kit.make(cast(room(shape, kind).fill(filled), kind), shape, kind);
  };
  return joined(kit, [edge(before), value, edge(after)], at);
}

/** Where the element stands that a place outside of an axis repeats. */
function mirrored(place: number, count: number, mode: string): number {
  if (count === 0) throw new RangeError(`nj.pad cannot ${mode} an axis of length 0`);
  if (mode === "edge") return Math.min(count - 1, Math.max(0, place));
  const turn = mode === "wrap" ? count : mode === "symmetric" ? 2 * count : 2 * (count - 1) || 1;
  const inTurn = ((place % turn) + turn) % turn;
  if (inTurn < count) return inTurn;
  return mode === "symmetric" ? turn - 1 - inTurn : turn - inTurn;
}

/** One number for all sides, a pair for all axes, or a pair for each axis. */
function widthsFrom(width: unknown, rank: number): (readonly [number, number])[] {
  const pair = (value: unknown): readonly [number, number] => {
    const [before, after = before] = [value].flat();
    return [countFrom(before, "nj.pad"), countFrom(after, "nj.pad")];
  };
  const list = Array.isArray(width) && Array.isArray(width[0]) ? width : null;
  if (list && list.length !== rank && list.length !== 1) {
    throw new RangeError(`nj.pad wants a pair for each of ${rank} axes, got ${list.length}`);
  }
  return Array.from({ length: rank }, (_, i) => pair(list ? (list[i] ?? list[0]) : width));
}

function countFrom(value: unknown, who: string): number {
  if (Number.isInteger(value) && Number(value) >= 0) return Number(value);
  throw new RangeError(`${who} wants whole numbers from 0 on, got ${show(value)}`);
}
