/**
 * How a function of torch reads its arguments: by place, or by name in a dict at the end.
 *
 * Python says `torch.argmax(x, dim=1, keepdim=True)`; a hook says `torch.argmax(x, 1, true)` or
 * `torch.argmax(x, { dim: 1, keepdim: true })`. numpy's names for the two are taken as well, as
 * torch takes them.
 *
 * @module
 */

import { show } from "./torch-convert.ts";

const ALSO: Readonly<Record<string, string>> = {
  axis: "dim",
  keepdims: "keepdim",
  keepDims: "keepdim",
};

/** What a function does with the tensor that it is called on, and the rest of its arguments. */
export type Rest = readonly unknown[];

/**
 * Returns the arguments by place, those that were given by name among them.
 *
 * @param name The function, for messages.
 * @param takes The names of the arguments, in their order.
 * @throws {TypeError} For a name that it does not take, and for too many arguments.
 */
export function placed(name: string, takes: readonly string[], values: Rest): unknown[] {
  const places = [...values];
  const named = isDict(places.at(-1)) ? (places.pop() as Readonly<Record<string, unknown>>) : {};
  if (places.length > takes.length) {
    const want = takes.join(", ") || "nothing more";
    throw new TypeError(`torch.${name} takes ${want}, got ${places.length} arguments`);
  }
  for (const [key, value] of Object.entries(named)) {
    const place = takes.indexOf(takes.includes(key) ? key : (ALSO[key] ?? key));
    if (place < 0) {
      throw new TypeError(`torch.${name} takes ${takes.join(", ") || "no names"}, got "${key}"`);
    }
    places[place] = value;
  }
  return places;
}

/** Whether a value is a dict, as one writes it: not a list, a tensor or another class's. */
export function isDict(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Returns a dimension as an index from the front.
 *
 * @param value Negative counts from the end. A tensor of no dimensions has one, as in torch.
 */
export function dimFrom(value: unknown, rank: number): number {
  const count = Math.max(rank, 1);
  if (!Number.isInteger(value)) throw new TypeError(`torch wants a dim as an integer, got ${show(value)}`);
  const dim = value as number;
  if (dim >= -count && dim < count) return dim < 0 ? dim + count : dim;
  const range = `[${-count}, ${count - 1}]`;
  throw new RangeError(`Dimension out of range (expected to be in range of ${range}, but got ${dim})`);
}

/** Returns the dims to reduce over, ascending: all of them when none is said. */
export function dimsFrom(value: unknown, rank: number): number[] {
  if (value === undefined || value === null) return Array.from({ length: rank }, (_, dim) => dim);
  const list = Array.isArray(value) ? value : [value];
  const dims = list.map((dim) => dimFrom(dim, rank));
  if (new Set(dims).size !== dims.length) {
    throw new RangeError(`torch wants each dim once, got [${list.join(", ")}]`);
  }
  return dims.toSorted((one, other) => one - other);
}

/** Returns sizes that were given as one list, or one after the other. */
export function sizesFrom(values: Rest): number[] {
  const list: unknown = values.length === 1 && Array.isArray(values[0]) ? values[0] : values;
  return (list as Rest).map((size) => wholeFrom(size, "a size"));
}

/** Returns an integer. */
export function wholeFrom(value: unknown, what: string): number {
  if (Number.isSafeInteger(value)) return value as number;
  throw new TypeError(`torch wants ${what} as an integer, got ${show(value)}`);
}

/** Returns a number: `otherwise` when none was given. */
export function numberFrom(value: unknown, what: string, otherwise?: number): number {
  const number = value ?? otherwise;
  if (typeof number === "number") return number;
  throw new TypeError(`torch wants ${what} as a number, got ${show(value)}`);
}
