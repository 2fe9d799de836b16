/**
 * How a function of torch reads its arguments: by place, or by name in a dict at the end.
 *
 * Python says `torch.argmax(x, dim=1, keepdim=True)`; a hook says `torch.argmax(x, 1, true)` or
 * `torch.argmax(x, { dim: 1, keepdim: true })`. numpy's names for the two are taken as well, as
 * torch takes them.
 *
 * @module
 */

import { show, type TorchTensor } from "./torch-tensor.ts";

/** One function: the names of its arguments behind the tensor, and what it does. */
export interface Op {
  readonly takes: readonly string[];
  run(tensor: TorchTensor, ...rest: unknown[]): unknown;
}

/** Functions by their names: each a function of torch, and a method of its tensors. */
export type Ops = Readonly<Record<string, Op>>;

/** What stands behind the tensor that a function is called on. */
export type Rest = readonly unknown[];

const ALSO: ReadonlyMap<string, string> = new Map([
  ["axis", "dim"],
  ["keepdims", "keepdim"],
]);

/**
 * Returns the arguments by place, those that were given by name among them.
 *
 * @param name The function, for messages.
 * @param takes The names of the arguments, in their order.
 * @throws {TypeError} For a name that it does not take or that stands twice, and for too many.
 */
export function placed(name: string, takes: readonly string[], values: Rest): unknown[] {
  const places = [...values];
  const named = isDict(places.at(-1)) ? (places.pop() as Readonly<Record<string, unknown>>) : {};
  const given = places.length;
  const wants = `torch.${name} takes ${takes.join(", ") || "nothing more"}`;
  if (given > takes.length) throw new TypeError(`${wants}, got ${given} arguments`);
  for (const [key, value] of Object.entries(named)) {
    const place = takes.indexOf(takes.includes(key) ? key : (ALSO.get(key) ?? key));
    if (place < 0) throw new TypeError(`${wants}, got ${show(key)}`);
    if (place < given) throw new TypeError(`${wants}, got ${takes[place]} twice`);
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

/** Whether an argument was left out. */
export function isNone(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/**
 * Returns a dimension as an index from the front.
 *
 * @param value Negative counts from the end. A tensor of no dimensions has one, as in torch.
 */
export function dimFrom(value: unknown, rank: number): number {
  const count = Math.max(rank, 1);
  if (!Number.isInteger(value)) {
    throw new TypeError(`torch wants a dim as an integer, got ${show(value)}`);
  }
  const dim = value as number;
  if (dim >= -count && dim < count) return dim < 0 ? dim + count : dim;
  const range = `[${-count}, ${count - 1}]`;
  throw new RangeError(
    `Dimension out of range (expected to be in range of ${range}, but got ${dim})`,
  );
}

/** Returns dims that were given as one number or as a list, each once, in their order. */
export function dimsFrom(value: unknown, rank: number): number[] {
  const list: Rest = Array.isArray(value) ? value : [value];
  const dims = list.map((dim) => dimFrom(dim, rank));
  if (new Set(dims).size === dims.length) return dims;
  throw new RangeError(`torch wants each dim once, got [${list.join(", ")}]`);
}

/** Returns sizes that were given as one list, or one after the other. */
export function sizesFrom(values: Rest): number[] {
  const list: unknown = values.length === 1 && Array.isArray(values[0]) ? values[0] : values;
  return Array.from(list as Rest, (size) => wholeFrom(size, "a size"));
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

/** Returns one of a few words: the first when none was given. */
export function wordFrom<W extends string>(value: unknown, what: string, words: readonly W[]): W {
  const word = isNone(value) ? words[0] : words.find((known) => known === value);
  if (word !== undefined) return word;
  throw new TypeError(`torch wants ${what} as one of ${words.join(", ")}, got ${show(value)}`);
}
