/**
 * Methods that the stock package has and that go wrong there: another array that is a list, a place
 * outside of the array, an array of bool; and those that would need its compiled kernels.
 *
 * @module
 */

import { axisFrom, placeFrom, shapeText } from "./numjs-arguments.ts";
import { assign } from "./numjs-arithmetic.ts";
import { type Printing, textOf } from "./numjs-print.ts";
import { SHAPES } from "./numjs-shape.ts";
import { flat, kindOf, type Kit, methodsOf, type NdArray, type Numjs } from "./numjs-types.ts";
import { type Operation } from "./numjs-types.ts";

/** Puts them on the class. */
export function extendMethods(nj: Numjs, kit: Kit): void {
  const methods = methodsOf(nj);
  const { get, set } = methods;
  methods.tolist = methods.toJSON = function (this: NdArray) {
    return listOf(this);
  };
  methods.toString = methods.inspect = function (this: NdArray) {
    return textOf(this, nj.config as Printing);
  };
  methods.get = function (this: NdArray, ...places) {
    return get?.apply(this, placesIn(this, places));
  };
  methods.set = function (this: NdArray, ...values) {
    return set?.apply(this, [...placesIn(this, values.slice(0, -1)), values.at(-1)]);
  };
  methods.clone = methods.copy = function (this: NdArray) {
    return kit.array(this);
  };
  methods.equal = function (this: NdArray, other) {
    return sameArrays(this, kit.coerce(other));
  };
  methods.assign = function (this: NdArray, other, copied) {
    const target = copied === false ? this : kit.array(this);
    return assign(kit, target, kit.coerce(other));
  };
  methods.item = function (this: NdArray, ...places) {
    if (places.length > 0) return get?.apply(this, placesIn(this, places));
    if (this.size === 1) return flat(this.selection)[0];
    throw new RangeError(`nj.item wants an array of one element, got shape ${shapeText(this)}`);
  };
  methods.iteraxis = function (this: NdArray, axis, visit) {
    const at = axisFrom(axis, this.shape.length);
    const before = Array<null>(at).fill(null);
    for (let i = 0; i < (this.shape[at] ?? 0); i++) {
      (visit as (row: unknown, i: number) => void)(
        (SHAPES.pick as Operation)(kit, this, ...before, i),
        i,
      );
    }
  };
}

function sameArrays(one: NdArray, other: NdArray): boolean {
  if (one.shape.join() !== other.shape.join()) return false;
  const data = flat(other.selection);
  return flat(one.selection).every((value: number, i: number) => value === data[i]);
}

function placesIn({ shape }: NdArray, places: readonly unknown[]): number[] {
  if (places.length !== shape.length) {
    throw new RangeError(
      `nj wants ${shape.length} places, one for each axis, got ${places.length}`,
    );
  }
  return places.map((place, axis) => placeFrom(place, shape[axis] ?? 0));
}

function listOf(array: NdArray): unknown {
  const { shape } = array;
  const data = flat(array.selection);
  const leaves = kindOf(array.dtype) === "bool" ? Array.from(data, (one) => one !== 0) : data;
  const level = (axis: number, start: number, size: number): unknown => {
    if (axis === shape.length) return leaves[start];
    if (axis === shape.length - 1)
      return Array.from(leaves.slice(start, start + size) as ArrayLike<unknown>);
    const count = shape[axis] ?? 0;
    const list: unknown[] = [];
    for (let i = 0; i < count; i++) {
      list.push(level(axis + 1, start + (i * size) / count, size / count));
    }
    return list;
  };
  return level(0, 0, data.length);
}
