/**
 * Numbers as the functions of Python's `statistics` and of `scipy.stats` take them: lists, tensors,
 * typed arrays, and what another library has as a tensor.
 *
 * @module
 */

import type { LibraryWorld } from "../../src/contract/library.ts";
import { show } from "./util-arguments.ts";

/** Reads a list of numbers, for the function `who`. */
export type Read = (value: unknown, who: string, atLeast?: number) => readonly number[];

/**
 * Returns the reader of lists, bound to the world's tensor.
 *
 * It throws a TypeError for what is no list of numbers, and a RangeError for too few of them.
 */
export function reader(world: LibraryWorld): Read {
  return (value, who, atLeast = 1) => {
    const list = plainFrom(value, world);
    if (!Array.isArray(list)) {
      throw new TypeError(`${who} wants a list of numbers or a tensor, got ${show(value)}`);
    }
    if (list.length < atLeast) {
      throw new RangeError(`${who} wants at least ${atLeast} values, got ${list.length}`);
    }
    return list.map((one: unknown, i) => {
      // Booleans are numbers in Python.
      if (typeof one === "number" || typeof one === "boolean") return Number(one);
      throw new TypeError(`${who} wants numbers, got ${show(one)} at [${i}]`);
    });
  };
}

/**
 * Returns a value with plain lists in place of tensors and arrays; 64-bit integers become numbers.
 *
 * @throws {RangeError} When one of them is beyond 2^53.
 */
export function plainFrom(value: unknown, world: LibraryWorld): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return numbersFrom(Array.from(value as unknown as ArrayLike<unknown>));
  }
  const tensor = world.Tensor.is(value) ? value : world.tensorOf(value);
  return tensor ? numbersFrom(tensor.tolist()) : value;
}

function numbersFrom(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(numbersFrom);
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new RangeError(`statistics hold integers up to 2^53, got ${value}`);
}

/** Returns two lists that belong together. */
export function pairFrom(read: Read, [x, y]: readonly unknown[], who: string, atLeast: number) {
  const pair = [read(x, who, atLeast), read(y, who, atLeast)] as const;
  if (pair[0].length === pair[1].length) return pair;
  const got = `${pair[0].length} and ${pair[1].length} values`;
  throw new RangeError(`${who} wants two lists of equal length, got ${got}`);
}
