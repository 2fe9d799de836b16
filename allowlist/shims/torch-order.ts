/**
 * The functions of torch that put elements in order.
 *
 * Equal elements keep their order, so the result is always the same one. A NaN is the greatest.
 *
 * @module
 */

import { dimFrom, type Ops, wholeFrom } from "./torch-arguments.ts";
import { along, Pair } from "./torch-reduce.ts";
import { blank, type Elements, show, type TorchTensor } from "./torch-tensor.ts";
import { laneAt, lanesOf } from "./torch-walk.ts";

/** The functions, by name: functions of torch, and methods. */
export const ORDERS: Ops = {
  topk: { takes: ["k", "dim", "largest", "sorted"], run: topk },
  sort: { takes: ["dim", "descending", "stable"], run: sort },
  argsort: {
    takes: ["dim", "descending", "stable"],
    run: (x, dim, down) => sort(x, dim, down).indices,
  },
  msort: { takes: [], run: (x) => sort(x, 0).values },
  kthvalue: { takes: ["k", "dim", "keepdim"], run: kthvalue },
  unique: { takes: ["sorted", "return_inverse", "return_counts"], run: unique },
};

/** Below 0 when one element stands before another, 0 when they are equal. */
type Before = (one: number, other: number) => number;

const ascending: Before = (one, other) => {
  if (one !== one || other !== other) return Number(one !== one) - Number(other !== other);
  // Infinity less Infinity is NaN, and those two are equal.
  return one - other || 0;
};

const descending: Before = (one, other) => ascending(other, one);

function sort(x: TorchTensor, dim: unknown = -1, down: unknown = false): Pair {
  const at = dimFrom(dim, x.ndim);
  return ordered(x, at, x.shape[at] ?? 1, down === true ? descending : ascending);
}

function topk(x: TorchTensor, k: unknown, dim: unknown = -1, largest: unknown = true): Pair {
  const at = dimFrom(dim, x.ndim);
  const length = x.shape[at] ?? 1;
  const count = wholeFrom(k, "k");
  if (count < 0 || count > length) {
    throw new RangeError(`selected index k out of range: ${count} of ${length} in ${show(x)}`);
  }
  return ordered(x, at, count, largest === false ? ascending : descending);
}

/** Up to here it is quicker to keep the first few than to sort a lane. */
const FEW = 32;

/** Returns the first `count` of each lane, in order. */
function ordered(x: TorchTensor, dim: number, count: number, before: Before): Pair {
  const lanes = lanesOf(x, dim);
  const shape = x.ndim === 0 ? [] : x.shape.with(dim, count);
  const values = blank(x.dtype, shape);
  const indices = blank("int64", shape);
  const to = lanesOf(values, dim);
  const first = count <= FEW ? fewOf : allOf;
  for (let i = 0; i < lanes.count; i++) {
    const lane = laneAt(x, lanes, i);
    const places = first(lane, count, before);
    for (let j = 0, row = to.start(i); j < count; j++, row += to.step) {
      const place = places[j] as number;
      indices.elements[row] = place;
      values.elements[row] = lane[place] as number;
    }
  }
  return new Pair(values, indices);
}

function allOf(lane: Elements, _: number, before: Before): Uint32Array {
  const places = Uint32Array.from(lane, (__, place) => place);
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

/** The k-th least, from 1 on. */
function kthvalue(x: TorchTensor, k: unknown, dim: unknown = -1, keepdim: unknown = false): Pair {
  const place = wholeFrom(k, "k");
  const length = x.shape[dimFrom(dim, x.ndim)] ?? 1;
  if (place < 1 || place > length) {
    throw new RangeError(`torch.kthvalue wants k from 1 to ${length}, got ${place}`);
  }
  return along(x, dim, keepdim, (lane) => allOf(lane, length, ascending)[place - 1] as number);
}

/** Returns each value once, ascending; with where each element went and how many there are. */
function unique(x: TorchTensor, _: unknown, inverse: unknown, counts: unknown): unknown {
  const places = allOf(x.elements, x.elements.length, ascending);
  const values: number[] = [];
  const times: number[] = [];
  const went = blank("int64", x.shape);
  for (const place of places) {
    const value = x.elements[place] as number;
    if (values.length === 0 || value !== values.at(-1)) {
      values.push(value);
      times.push(0);
    }
    times[values.length - 1] = (times.at(-1) as number) + 1;
    went.elements[place] = values.length - 1;
  }
  const parts = [listOf(values, blank(x.dtype, [values.length]))];
  if (inverse === true) parts.push(went);
  if (counts === true) parts.push(listOf(times, blank("int64", [times.length])));
  return parts.length === 1 ? parts[0] : parts;
}

function listOf(values: readonly number[], out: TorchTensor): TorchTensor {
  out.elements.set(values);
  return out;
}
