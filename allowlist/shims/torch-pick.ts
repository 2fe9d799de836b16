/**
 * The functions of torch that order elements and pick them by place or by a mask.
 *
 * Equal elements keep their order, so the result is always the same one. A NaN is the greatest.
 *
 * @module
 */

import { dimFrom, type Rest, wholeFrom } from "./torch-arguments.ts";
import { cast, show, tensorFrom } from "./torch-convert.ts";
import { type Lanes, lanesOf, shapeWithout } from "./torch-lanes.ts";
import { type Op, Pair } from "./torch-reduce.ts";
import { blank, type Elements, reshaped, TorchTensor } from "./torch-tensor.ts";

/** The functions, by name: functions of torch, and methods. */
export const PICKS: Readonly<Record<string, Op>> = {
  topk: { takes: ["k", "dim", "largest", "sorted"], run: topk },
  sort: { takes: ["dim", "descending", "stable"], run: sort },
  argsort: { takes: ["dim", "descending", "stable"], run: (x, ...rest) => sort(x, ...rest).indices },
  kthvalue: { takes: ["k", "dim", "keepdim"], run: kthvalue },
  gather: { takes: ["dim", "index"], run: gather },
  index_select: { takes: ["dim", "index"], run: indexSelect },
  take: { takes: ["index"], run: take },
  masked_select: { takes: ["mask"], run: maskedSelect },
  nonzero: { takes: ["as_tuple"], run: nonzero },
  unique: { takes: ["sorted"], run: unique },
  tril: { takes: ["diagonal"], run: (x, k) => triangle(x, k, (below) => below >= 0) },
  triu: { takes: ["diagonal"], run: (x, k) => triangle(x, k, (below) => below <= 0) },
};

/** Whether one element stands before another. */
type Before = (one: number, other: number) => number;

const ascending: Before = (one, other) => {
  if (one !== one || other !== other) return Number(one !== one) - Number(other !== other);
  return one - other || 0;
};

const descending: Before = (one, other) => ascending(other, one);

/** Infinity less Infinity is NaN, and those two are equal: hence the `|| 0` above. */
function sort(x: TorchTensor, dim: unknown = -1, down: unknown = false): Pair {
  const lanes = lanesOf(x, dim);
  return ordered(x, lanes, { shape: x.shape, count: lanes.length, before: down === true ? descending : ascending });
}

function topk(
  x: TorchTensor,
  k: unknown,
  dim: unknown = -1,
  largest: unknown = true,
): Pair {
  // tfjs has `sorted` where torch has `dim`.
  const at = dimFrom(typeof dim === "boolean" ? -1 : dim, x.ndim);
  const lanes = lanesOf(x, at);
  const count = wholeFrom(k, "k");
  if (count < 0 || count > lanes.length) {
    throw new RangeError(`selected index k out of range: ${count} of ${lanes.length}`);
  }
  const before = largest === false ? ascending : descending;
  return ordered(x, lanes, { shape: x.ndim === 0 ? [] : x.shape.with(at, count), count, before });
}

interface Order {
  readonly shape: readonly number[];
  /** How many of each lane are wanted, first ones first. */
  readonly count: number;
  readonly before: Before;
}

function ordered(x: TorchTensor, lanes: Lanes, { shape, count, before }: Order): Pair {
  const values = blank(x.dtype, shape);
  const indices = blank("int32", shape);
  const first = count <= FEW ? fewOf : allOf;
  for (let i = 0; i < lanes.count; i++) {
    const start = lanes.start(i);
    const lane = laneAt(x.elements, start, lanes);
    const places = first(lane, count, before);
    // The same lane of the result: its rows are `count` long where those of `x` are `length`.
    const row = Math.floor(i / lanes.step) * lanes.step * count + (i % lanes.step);
    for (let j = 0; j < count; j++) {
      const place = places[j] as number;
      indices.elements[row + j * lanes.step] = place;
      values.elements[row + j * lanes.step] = lane[place] as number;
    }
  }
  return new Pair(values, indices);
}

/** Up to here it is quicker to keep the first few than to sort a lane. */
const FEW = 32;

function allOf(lane: Elements, _: number, before: Before): Uint32Array {
  const places = Uint32Array.from(lane, (_, place) => place);
  return places.sort(
    (one, other) => before(lane[one] as number, lane[other] as number) || one - other,
  );
}

function fewOf(lane: Elements, count: number, before: Before): number[] {
  const places: number[] = [];
  for (let place = 0; place < lane.length; place++) {
    const value = lane[place] as number;
    let to = places.length;
    while (to > 0 && before(value, lane[places[to - 1] as number] as number) < 0) to -= 1;
    if (to >= count) continue;
    if (places.length === count) places.pop();
    places.splice(to, 0, place);
  }
  return places;
}

function laneAt(elements: Elements, start: number, { length, step }: Lanes): Elements {
  if (step === 1) return elements.subarray(start, start + length);
  const lane = elements.slice(0, length);
  for (let i = 0; i < length; i++) lane[i] = elements[start + i * step] as number;
  return lane;
}

function kthvalue(x: TorchTensor, k: unknown, dim: unknown = -1, keepdim: unknown = false): Pair {
  const place = wholeFrom(k, "k") - 1;
  const at = dimFrom(dim, x.ndim);
  const length = x.shape[at] ?? 1;
  if (place < 0 || place >= length) throw new RangeError(`k out of range: ${place + 1} of ${length}`);
  const { values, indices } = sort(x, at);
  const index = reshaped(tensorFrom(place, "int32"), [1]);
  const shape = shapeWithout(x.shape, at, keepdim);
  return new Pair(
    reshaped(indexSelect(values, at, index), shape),
    reshaped(indexSelect(indices, at, index), shape),
  );
}

/** Also takes tfjs's order of arguments: a list of places, then an axis. */
function gather(x: TorchTensor, dim: unknown, index: unknown): TorchTensor {
  if (typeof dim !== "number") return indexSelect(x, index ?? 0, dim);
  const places = tensorFrom(index, "int32");
  const at = dimFrom(dim, x.ndim);
  if (places.ndim !== x.ndim) {
    throw new RangeError(`torch.gather wants an index of ${x.ndim} dims, got ${show(places)}`);
  }
  const length = x.shape[at] ?? 1;
  const out = blank(x.dtype, places.shape);
  const steps = stepsOf(x.shape);
  const ownSteps = stepsOf(places.shape);
  for (let i = 0; i < out.elements.length; i++) {
    let from = 0;
    for (let axis = 0; axis < x.ndim; axis++) {
      const own = Math.floor(i / (ownSteps[axis] ?? 1)) % (places.shape[axis] ?? 1);
      const place = axis === at ? placeIn(places.elements[i], length) : own;
      if (place >= (x.shape[axis] ?? 1)) {
        throw new RangeError(`torch.gather wants an index within ${show(x)}, got ${show(places)}`);
      }
      from += place * (steps[axis] ?? 1);
    }
    out.elements[i] = x.elements[from] as number;
  }
  return out;
}

function stepsOf(shape: readonly number[]): number[] {
  const steps: number[] = [];
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    steps[axis] = step;
    step *= shape[axis] ?? 1;
  }
  return steps;
}

function placeIn(index: number | undefined, length: number): number {
  const place = index ?? -1;
  if (place >= 0 && place < length) return place;
  throw new RangeError(`index ${place} is out of bounds for a dimension of size ${length}`);
}

function indexSelect(x: TorchTensor, dim: unknown, index: unknown): TorchTensor {
  const places = tensorFrom(index, "int32");
  const at = dimFrom(dim, x.ndim);
  const lanes = lanesOf(x, at);
  const out = blank(x.dtype, x.shape.with(at, places.elements.length));
  const to = lanesOf(out, at);
  for (let i = 0; i < to.count; i++) {
    for (let j = 0; j < to.length; j++) {
      const place = placeIn(places.elements[j], lanes.length);
      const value = x.elements[lanes.start(i) + place * lanes.step] as number;
      out.elements[to.start(i) + j * to.step] = value;
    }
  }
  return out;
}

function take(x: TorchTensor, index: unknown): TorchTensor {
  const places = tensorFrom(index, "int32");
  const out = blank(x.dtype, places.shape);
  for (let i = 0; i < out.elements.length; i++) {
    out.elements[i] = x.elements[placeIn(places.elements[i], x.elements.length)] as number;
  }
  return out;
}

function maskedSelect(x: TorchTensor, mask: unknown): TorchTensor {
  const chosen = tensorFrom(mask, "bool");
  if (chosen.shape.join() !== x.shape.join()) {
    throw new RangeError(`torch.masked_select wants a mask like ${show(x)}, got ${show(chosen)}`);
  }
  const elements = x.elements.filter((_, i) => chosen.elements[i] === 1);
  return new TorchTensor(x.dtype, [elements.length], elements);
}

/** Returns the places that are not zero: one row each, or one tensor for each dim. */
function nonzero(x: TorchTensor, asTuple: unknown = false): TorchTensor | TorchTensor[] {
  const found: number[] = [];
  for (let i = 0; i < x.elements.length; i++) if (x.elements[i] !== 0) found.push(i);
  const steps = stepsOf(x.shape);
  const rank = x.ndim;
  const out = blank("int32", [found.length, rank]);
  for (let i = 0; i < out.elements.length; i++) {
    const axis = i % rank;
    const place = Math.floor((found[(i - axis) / rank] ?? 0) / (steps[axis] ?? 1));
    out.elements[i] = place % (x.shape[axis] ?? 1);
  }
  if (asTuple !== true) return out;
  return Array.from({ length: rank }, (_, axis) =>
    reshaped(indexSelect(out, 1, [axis]), [found.length]),
  );
}

function unique(x: TorchTensor): TorchTensor {
  const sorted = x.elements.toSorted();
  const elements = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
  return new TorchTensor(x.dtype, [elements.length], elements);
}

function triangle(x: TorchTensor, diagonal: unknown, keeps: (below: number) => boolean): TorchTensor {
  const rows = x.shape.at(-2);
  const columns = x.shape.at(-1);
  if (rows === undefined || columns === undefined) throw new RangeError("torch wants a matrix");
  const shift = wholeFrom(diagonal ?? 0, "a diagonal");
  const elements = x.elements.map((value, i) => {
    const row = Math.floor(i / columns) % rows;
    return keeps(row + shift - (i % columns)) ? value : 0;
  });
  return new TorchTensor(x.dtype, x.shape, elements);
}

/** Returns how often each whole number from 0 on is there. */
export function bincount(x: TorchTensor, rest: Rest): TorchTensor {
  const least = wholeFrom(rest[0] ?? 0, "minlength");
  const { elements } = cast(x, "int32");
  const size = elements.reduce((top, value) => Math.max(top, value + 1), least);
  const out = blank("int32", [size]);
  for (const value of elements) {
    if (value < 0) throw new RangeError(`torch.bincount wants no negative numbers, got ${value}`);
    out.elements[value] = (out.elements[value] ?? 0) + 1;
  }
  return out;
}
