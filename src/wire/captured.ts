/**
 * The intrinsics that this room uses after a hook has run, taken before it did.
 *
 * A hook may replace any method, getter or species of its own realm, and `bytes.length` is a getter
 * like any other. So code that runs in the isolate asks bytes through what stands here, makes
 * copies with no method that looks for a species, and reads elements by index, which nobody can
 * replace.
 *
 * @module
 */

export const { apply, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
export const { keys: keysOf, getOwnPropertySymbols } = Object;
export const { isArray } = Array;
export const { stringify } = JSON;
export const { fromCharCode } = String;
export const toNumber = Number;
export const Bytes = Uint8Array;
export const View = DataView;

/** Returns `method` as a function that takes its `this` first. */
const uncurry = Function.prototype.bind.bind(Function.prototype.call as never) as unknown as (
  method: unknown,
) => never;

const typedArray = getPrototypeOf(Uint8Array.prototype) as Uint8Array;
const getter = (of: object, name: string | symbol) => {
  return uncurry(getOwnPropertyDescriptor(of, name)?.get);
};

export const hasInstance = uncurry(Function.prototype[Symbol.hasInstance]) as (
  type: unknown,
  value: unknown,
) => boolean;
export const bufferOf = getter(typedArray, "buffer") as (view: unknown) => ArrayBuffer;
export const byteOffsetOf = getter(typedArray, "byteOffset") as (view: unknown) => number;
export const byteLengthOf = getter(typedArray, "byteLength") as (view: unknown) => number;
/**
 * Returns the name of a typed array's kind, and `undefined` for anything else, a Proxy included.
 */
export const tagOf = getter(typedArray, Symbol.toStringTag) as (
  view: unknown,
) => string | undefined;
export const setBytes = uncurry(typedArray.set) as (
  target: Uint8Array,
  source: Uint8Array,
  at: number,
) => void;
export const setFloat64 = uncurry(DataView.prototype.setFloat64) as (
  view: DataView,
  at: number,
  value: number,
) => void;
export const getFloat64 = uncurry(DataView.prototype.getFloat64) as (
  view: DataView,
  at: number,
) => number;
export const mapForEach = uncurry(Map.prototype.forEach) as (
  map: unknown,
  each: (value: unknown, key: unknown) => void,
) => void;
export const lookupGetter = uncurry(
  (Object.prototype as unknown as { __lookupGetter__: unknown }).__lookupGetter__,
) as (value: object, key: string | number) => unknown;
export const cutText = uncurry(String.prototype.slice) as (
  text: string,
  start: number,
  end: number,
) => string;
export const codeAt = uncurry(String.prototype.charCodeAt) as (text: string, at: number) => number;
export const toWellFormed = uncurry(String.prototype.toWellFormed) as (text: string) => string;
export const match = uncurry(RegExp.prototype.exec) as (pattern: RegExp, text: string) => unknown;

const iterate = uncurry(typedArray.keys) as (view: unknown) => unknown;
const mapSize = getter(Map.prototype, "size") as (map: unknown) => number;

/** Returns a copy of the bytes from `start` to `end`, in a buffer exactly as long. */
export function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array<ArrayBuffer> {
  const copy = new Bytes(end - start);
  setBytes(copy, viewOf(bytes, start, end), 0);
  return copy;
}

/** Returns the bytes from `start` to `end` as a view on the same memory. */
export function viewOf(bytes: unknown, start: number, end: number): Uint8Array<ArrayBuffer> {
  return new Bytes(bufferOf(bytes), byteOffsetOf(bytes) + start, end - start);
}

/** Returns whether the memory of a typed array was moved away or cut off: it says 0 bytes then. */
export function isGone(view: unknown): boolean {
  try {
    iterate(view);
    return false;
  } catch {
    return true;
  }
}

/** Returns how many entries a Map has, or -1 for what only looks like one. */
export function sizeOfMap(map: unknown): number {
  try {
    return mapSize(map);
  } catch {
    return -1;
  }
}
