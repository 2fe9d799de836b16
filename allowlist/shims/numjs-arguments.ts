/**
 * Arguments as a hook may write them: an axis, several axes, a shape, options by name.
 *
 * Python's keywords have no counterpart in JavaScript: an object as the last argument stands for
 * them, `nj.sum(x, 1, { keepdims: true })` or `nj.sum(x, { axis: 1, keepdims: true })`.
 *
 * @module
 */

import type { NdArray } from "./numjs-types.ts";
import { sizeOf } from "./numjs-types.ts";

const RANK_MAX = 32;

export type Options = Readonly<Record<string, unknown>>;

/** Splits arguments into those by place and those by name. */
export function optionsFrom(rest: readonly unknown[]): { places: unknown[]; options: Options } {
  const last = rest.at(-1);
  const named = typeof last === "object" && last !== null && isPlain(last);
  const places = named ? rest.slice(0, -1) : [...rest];
  return { places, options: named ? (last as Options) : {} };
}

/** Options are a plain object: neither a list nor an array of numjs, nor a tensor. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Returns an argument that may stand at a place or under a name. */
export function argument(rest: readonly unknown[], place: number, name: string): unknown {
  const { places, options } = optionsFrom(rest);
  return Object.hasOwn(options, name) ? options[name] : places[place];
}

/**
 * Returns an axis, counted from the end when negative.
 *
 * @throws {TypeError} When it is no integer.
 * @throws {RangeError} When there is no such axis.
 */
export function axisFrom(axis: unknown, rank: number): number {
  if (!Number.isInteger(axis)) {
    throw new TypeError(`nj wants an axis as an integer, got ${show(axis)}`);
  }
  const chosen = Number(axis) < 0 ? Number(axis) + rank : Number(axis);
  if (chosen >= 0 && chosen < rank) return chosen;
  throw new RangeError(`axis ${axis} is out of bounds for an array of dimension ${rank}`);
}

/**
 * Returns one axis or a list of them, in order; all of them for none.
 *
 * @throws {RangeError} As `axisFrom`, and when one stands twice.
 */
export function axesFrom(axes: unknown, rank: number): number[] {
  if (axes === undefined || axes === null) return Array.from({ length: rank }, (_, i) => i);
  const list = (Array.isArray(axes) ? axes : [axes]).map((axis) => axisFrom(axis, rank));
  if (new Set(list).size === list.length) return list;
  throw new RangeError(`nj wants each axis once, got [${list.join(", ")}]`);
}

/**
 * Returns a shape from a number, a list, or numbers one by one.
 *
 * @throws {RangeError} When it is none.
 */
export function shapeFrom(values: readonly unknown[]): number[] {
  const list = values.length === 1 && Array.isArray(values[0]) ? values[0] : values;
  if (list.length > RANK_MAX) throw new RangeError(`nj takes at most ${RANK_MAX} axes`);
  for (const axis of list) {
    if (!Number.isInteger(axis) || axis < 0) {
      const got = list.length === 1 ? show(axis) : `[${list.map(show).join(", ")}]`;
      throw new RangeError(`nj wants a shape of whole numbers from 0 on, got ${got}`);
    }
  }
  return [...(list as number[])];
}

/** Returns the shape that has one axis of -1 worked out, for so many elements. */
export function shapeWithRest(values: readonly unknown[], size: number): number[] {
  const list = values.length === 1 && Array.isArray(values[0]) ? values[0] : values;
  const open = list.indexOf(-1);
  const rest = open < 0 ? list : list.toSpliced(open, 1);
  const shape = shapeFrom([rest]);
  if (open >= 0) shape.splice(open, 0, size / sizeOf(shape));
  if (sizeOf(shape) !== size || shape.some((axis) => !Number.isInteger(axis))) {
    throw new RangeError(`cannot reshape array of size ${size} into shape [${list.join(", ")}]`);
  }
  return shape;
}

/**
 * Returns a number.
 *
 * @throws {TypeError} When it is none; `what` says which is meant.
 */
export function numberFrom(value: unknown, what: string, fallback?: number): number {
  if (value === undefined && fallback !== undefined) return fallback;
  if (typeof value === "number") return value;
  throw new TypeError(`nj wants ${what} as a number, got ${show(value)}`);
}

/** Returns a whole number, counted from the end of `count` when negative. */
export function placeFrom(value: unknown, count: number): number {
  const index = Number(value);
  const place = index < 0 ? index + count : index;
  if (Number.isInteger(place) && place >= 0 && place < count) return place;
  throw new RangeError(`index ${show(value)} is out of bounds for an axis of size ${count}`);
}

export function shapeText({ shape }: NdArray): string {
  return `[${shape.join(", ")}]`;
}

/** Returns what came, in a few words. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (typeof value === "function") return `the function ${value.name}`;
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? `a list of ${value.length}` : "an object";
}
