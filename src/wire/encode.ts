/**
 * A value to MessagePack bytes, on both sides of the isolate: what travels and what does not.
 *
 * One walk does it all: it takes only what is on the list (null, booleans, numbers, bigints that fit
 * int64, well-formed strings, bytes, lists, dicts, string-keyed Maps, tensors, and what a library's
 * converter turns into a tensor), bounds nodes, depth and bytes as it goes, and names the path of the
 * first thing that it refuses.
 *
 * In the isolate the hook ran before it, so it uses nothing that a hook can have replaced: every
 * intrinsic is captured when this file is loaded, and buffers are filled by index.
 *
 * Invariants:
 * - No getter is called on a dict or list, no `toJSON`, no iterator of the value.
 * - A typed array leaves as exactly its own bytes, never as its whole buffer.
 *
 * @module
 */

import { type FaultCode, Refusal } from "../faults.ts";
import { type DType, DTYPE_NAMES, DTYPES, sizeOf, Tensor } from "../contract/tensor.ts";
import { utf8Length, writeUtf8 } from "./utf8.ts";

/** The MessagePack extension type of a tensor: "T". No other extension travels. */
export const TENSOR_EXT = 0x54;

/** The one key that no dict may have: on its way it could become somebody's prototype. */
export const KEY_REFUSED = "__proto__";

/** What bounds one value, and what a refusal of it is called. */
export interface EncodeRules {
  readonly nodesMax: number;
  readonly depthMax: number;
  readonly bytesMax: number;
  readonly unsupported: FaultCode;
  readonly tooLarge: FaultCode;
  /** Turns a library's own array or image into a tensor; `undefined` for what it does not know. */
  readonly convert?: (value: object) => Tensor | undefined;
}

const { getPrototypeOf, getOwnPropertyDescriptor } = Reflect;
const { keys: keysOf, getOwnPropertySymbols } = Object;
const { isArray } = Array;
const uncurry = Function.prototype.bind.bind(Function.prototype.call as never) as unknown as <T, R>(
  method: (this: T, ...rest: never[]) => R,
) => (self: T, ...rest: unknown[]) => R;
const lookupGetter = uncurry(
  (Object.prototype as unknown as { __lookupGetter__(key: unknown): unknown }).__lookupGetter__,
);
const typedArray = getPrototypeOf(Uint8Array.prototype) as Uint8Array;
const getter = (name: string) =>
  uncurry(getOwnPropertyDescriptor(typedArray, name)?.get as (this: unknown) => never);
const bufferOf = getter("buffer") as (view: unknown) => ArrayBuffer;
const byteOffsetOf = getter("byteOffset") as (view: unknown) => number;
const byteLengthOf = getter("byteLength") as (view: unknown) => number;
const tagOf = getter(Symbol.toStringTag as never) as (view: unknown) => string | undefined;
const setBytes = uncurry(Uint8Array.prototype.set as (this: unknown, ...rest: never[]) => void);
const sliceBytes = uncurry(
  Uint8Array.prototype.slice as (this: unknown, ...rest: never[]) => Uint8Array<ArrayBuffer>,
);
const mapForEach = uncurry(Map.prototype.forEach as (this: unknown, ...rest: never[]) => void);
const mapSize = uncurry(
  getOwnPropertyDescriptor(Map.prototype, "size")?.get as (this: unknown) => number,
);
const stringify = JSON.stringify;
const isPlainName = uncurry(RegExp.prototype.test as (this: RegExp, ...rest: never[]) => boolean);
const ObjectPrototype = Object.prototype;
const ArrayPrototype = Array.prototype;
const MapPrototype = Map.prototype;
const Bytes = Uint8Array;

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
const LOW_BITS = 0xffff_ffffn;
const SCRATCH_BYTES = 1024;
/** A buffer that one large value made grow is not kept for the next. */
const SCRATCH_BYTES_KEPT = 64 * 1024;

const F64 = new Float64Array(1);
const F64_BYTES = new Uint8Array(F64.buffer);

/**
 * Encodes values, one after another, under the same rules.
 *
 * @example
 * ```ts
 * const encoder = new Encoder({
 *   nodesMax: 10, depthMax: 4, bytesMax: 100,
 *   unsupported: "INPUT_MISMATCH", tooLarge: "INPUT_TOO_LARGE",
 * });
 * encoder.encode([1, "a"]); // Uint8Array [0x92, 0x01, 0xa1, 0x61]
 * ```
 */
export class Encoder {
  readonly #rules: EncodeRules;
  #bytes = new Bytes(SCRATCH_BYTES);
  #at = 0;
  #nodes = 0;
  #depth = 0;
  #root = "$";
  /** The key or index at each depth, for the path of a refusal. */
  readonly #keys: (string | number)[];
  /** The list or dict at each depth, to find a cycle. */
  readonly #above: (object | undefined)[];

  constructor(rules: EncodeRules) {
    this.#rules = rules;
    this.#keys = new Array(rules.depthMax + 1).fill(0);
    this.#above = new Array(rules.depthMax + 1).fill(undefined);
  }

  /**
   * Returns `value` as MessagePack, in a buffer of its own that the caller owns.
   *
   * @param root What the path of a refusal begins with.
   * @throws {Refusal} `rules.unsupported` or `rules.tooLarge`, with the path of the first misfit.
   */
  encode(value: unknown, root = "$"): Uint8Array<ArrayBuffer> {
    this.begin(0);
    this.put(value, root);
    return this.end(0);
  }

  /**
   * Starts a message that is put together from several values, as a list of arguments is.
   *
   * @param before Bytes to leave free in front of it, for a head that is not known yet.
   */
  begin(before: number): void {
    this.#at = 0;
    this.#nodes = 0;
    this.#room(before);
    for (let i = 0; i < before; i++) this.#bytes[i] = 0;
    this.#at = before;
  }

  /** Adds the head of a list; `length` calls of `put` must follow. */
  beginList(length: number): void {
    this.#head(length, 0x90, 16, 0xdc);
  }

  /** Counts nodes from here: what was put before is none of the value's. */
  restartCount(): void {
    this.#nodes = 0;
  }

  /** Adds one value. */
  put(value: unknown, root = "$"): void {
    this.#depth = 0;
    this.#root = root;
    try {
      this.#value(value);
      if (this.#at > this.#rules.bytesMax) this.#tooManyBytes();
    } finally {
      for (let i = 0; i <= this.#depth && i < this.#above.length; i++) this.#above[i] = undefined;
    }
  }

  /** Returns what was put since `begin`, in a buffer of its own, with `after` bytes of room. */
  end(after: number): Uint8Array<ArrayBuffer> {
    const out = after === 0 ? sliceBytes(this.#bytes, 0, this.#at) : new Bytes(this.#at + after);
    if (after !== 0) setBytes(out, new Bytes(this.#bytes.buffer, 0, this.#at), 0);
    if (this.#bytes.length > SCRATCH_BYTES_KEPT) this.#bytes = new Bytes(SCRATCH_BYTES);
    return out;
  }

  #value(value: unknown): void {
    if (++this.#nodes > this.#rules.nodesMax) this.#tooManyNodes();
    switch (typeof value) {
      case "number":
        return this.#number(value);
      case "string":
        return this.#string(value);
      case "boolean":
        return this.#byte(value ? 0xc3 : 0xc2);
      case "bigint":
        return this.#bigint(value);
      case "object":
        return value === null ? this.#byte(0xc0) : this.#object(value);
      default:
        return this.#refuse(describe(value), HINTS[typeof value]);
    }
  }

  #number(value: number): void {
    const bytes = this.#room(9);
    let at = this.#at;
    if (value === value >> 0 && (value !== 0 || 1 / value > 0)) {
      if (value >= 0 ? value < 0x80 : value >= -32) bytes[at++] = value & 0xff;
      else at = putInteger(value, bytes, at);
    } else if (value > 0 && value === value >>> 0) {
      bytes[at++] = 0xce;
      at = put32(value, bytes, at);
    } else {
      F64[0] = value;
      bytes[at++] = 0xcb;
      for (let i = 7; i >= 0; i--) bytes[at++] = F64_BYTES[i] as number;
    }
    this.#at = at;
  }

  #bigint(value: bigint): void {
    if (value > INT64_MAX || value < INT64_MIN) {
      return this.#refuse("a bigint that does not fit 64 bits", "send it as a string");
    }
    const bytes = this.#room(9);
    bytes[this.#at++] = 0xd3;
    this.#at = put32(Number((value >> 32n) & LOW_BITS), bytes, this.#at);
    this.#at = put32(Number(value & LOW_BITS), bytes, this.#at);
  }

  #string(value: string): void {
    const length = value.length;
    if (length > this.#rules.bytesMax) this.#tooManyBytes();
    const bytes = utf8Length(value);
    if (bytes < 0) {
      this.#refuse("a string with half of a surrogate pair", "toWellFormed() mends it");
    }
    if (bytes < 32) this.#byte(0xa0 | bytes);
    else if (bytes < 0x100) this.#tagged(0xd9, bytes, 1);
    else if (bytes < 0x10000) this.#tagged(0xda, bytes, 2);
    else this.#tagged(0xdb, bytes, 4);
    this.#room(bytes);
    this.#at = writeUtf8(value, this.#bytes, this.#at);
  }

  #object(value: object): void {
    if (isArray(value)) return this.#list(value);
    const prototype = getPrototypeOf(value);
    if (prototype === ObjectPrototype || prototype === null) return this.#dict(value);
    if (Tensor.is(value)) return this.#tensor(value);
    const tag = tagOf(value);
    if (tag === "Uint8Array" || tag === "Uint8ClampedArray") return this.#binary(value);
    const converted = this.#rules.convert?.(value);
    if (converted !== undefined) return this.#tensor(converted);
    if (prototype === MapPrototype) return this.#map(value as Map<unknown, unknown>);
    return this.#refuse(describe(value, tag), hintFor(value, tag));
  }

  #list(list: readonly unknown[]): void {
    const length = list.length;
    if (getPrototypeOf(list) !== ArrayPrototype) this.#refuse("a list of a class of its own");
    if (this.#nodes + length > this.#rules.nodesMax) this.#tooManyNodes();
    this.#enter(list);
    this.#head(length, 0x90, 16, 0xdc);
    const depth = this.#depth;
    for (let i = 0; i < length; i++) {
      this.#keys[depth] = i;
      if (lookupGetter(list, i) !== undefined) this.#refuse("an accessor", ACCESSOR_HINT);
      const item = list[i];
      if (item === undefined) this.#refuseGap(list, i);
      this.#value(item);
    }
    this.#leave();
  }

  #dict(dict: object): void {
    this.#enter(dict);
    const names = keysOf(dict);
    const depth = this.#depth;
    const head = this.#at;
    this.#head(names.length, 0x80, 16, 0xde);
    let left = 0;
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string;
      this.#keys[depth] = name;
      const property = getOwnPropertyDescriptor(dict, name);
      if (property === undefined) left += 1;
      else if (property.get !== undefined || property.set !== undefined) {
        this.#refuse("an accessor", ACCESSOR_HINT);
      } else if (property.value === undefined) left += 1;
      else this.#entry(name, property.value);
    }
    const symbols = getOwnPropertySymbols(dict);
    if (symbols.length > 0) this.#refuseSymbols(dict, symbols);
    if (left > 0) this.#shrink(head, names.length, names.length - left);
    this.#leave();
  }

  #map(map: Map<unknown, unknown>): void {
    this.#enter(map);
    this.#head(mapSize(map), 0x80, 16, 0xde);
    const depth = this.#depth;
    mapForEach(map, (value: unknown, key: unknown) => {
      if (typeof key !== "string") {
        this.#keys[depth] = describe(key);
        this.#refuse("a Map with a key that is no string", "use strings, or a list of pairs");
      }
      this.#keys[depth] = key as string;
      if (value === undefined) this.#refuse("undefined in a Map", HINTS["undefined"]);
      this.#entry(key as string, value);
    });
    this.#leave();
  }

  #entry(name: string, value: unknown): void {
    if (name === KEY_REFUSED) this.#refuse("a key `__proto__`", "give it another name");
    if (++this.#nodes > this.#rules.nodesMax) this.#tooManyNodes();
    this.#string(name);
    this.#value(value);
  }

  #binary(view: object): void {
    const bytes = byteLengthOf(view);
    if (bytes < 0x100) this.#tagged(0xc4, bytes, 1);
    else if (bytes < 0x10000) this.#tagged(0xc5, bytes, 2);
    else this.#tagged(0xc6, bytes, 4);
    this.#raw(view, bytes);
  }

  #tensor(tensor: Tensor): void {
    const { dtype, shape, data } = tensor;
    const bytes = byteLengthOf(data);
    if (bytes !== sizeOf(shape) * DTYPES[dtype as DType].bytes) {
      this.#refuse("a tensor whose buffer has changed its length since");
    }
    const total = 4 + 4 * shape.length + bytes;
    if (total < 0x100) this.#tagged(0xc7, total, 1);
    else if (total < 0x10000) this.#tagged(0xc8, total, 2);
    else this.#tagged(0xc9, total, 4);
    this.#byte(TENSOR_EXT);
    const head = this.#room(4 + 4 * shape.length);
    head[this.#at++] = codeOf(dtype);
    head[this.#at++] = shape.length;
    head[this.#at++] = 0;
    head[this.#at++] = 0;
    for (let i = 0; i < shape.length; i++) this.#at = put32le(shape[i] as number, head, this.#at);
    this.#raw(data, bytes);
  }

  /** Adds the bytes that `view` shows, and no other byte of its buffer. */
  #raw(view: unknown, bytes: number): void {
    this.#room(bytes);
    setBytes(this.#bytes, new Bytes(bufferOf(view), byteOffsetOf(view), bytes), this.#at);
    this.#at += bytes;
  }

  #enter(value: object): void {
    for (let i = this.#depth; i > 0; i--) {
      if (this.#above[i] === value) this.#refuse("a cycle: a list or dict inside itself");
    }
    if (this.#depth >= this.#rules.depthMax) {
      const { depthMax, tooLarge } = this.#rules;
      const path = this.#path();
      throw new Refusal(tooLarge, path, `wants at most ${depthMax} levels (limits.depth), got more`);
    }
    this.#above[++this.#depth] = value;
  }

  #leave(): void {
    this.#above[this.#depth--] = undefined;
  }

  #head(length: number, fix: number, fixMax: number, wide: number): void {
    if (length < fixMax) this.#byte(fix | length);
    else if (length < 0x10000) this.#tagged(wide, length, 2);
    else this.#tagged(wide + 1, length, 4);
  }

  /** Writes a smaller count into a head that is already there: `undefined` left keys out. */
  #shrink(head: number, before: number, after: number): void {
    const bytes = this.#bytes;
    if (before < 16) bytes[head] = 0x80 | after;
    else if (before < 0x10000) {
      bytes[head + 1] = after >> 8;
      bytes[head + 2] = after & 0xff;
    } else put32(after, bytes, head + 1);
  }

  #byte(byte: number): void {
    this.#room(1)[this.#at++] = byte;
  }

  #tagged(tag: number, length: number, width: 1 | 2 | 4): void {
    const bytes = this.#room(5);
    bytes[this.#at++] = tag;
    if (width === 4) this.#at = put32(length, bytes, this.#at);
    else {
      if (width === 2) bytes[this.#at++] = length >> 8;
      bytes[this.#at++] = length & 0xff;
    }
  }

  #room(bytes: number): Uint8Array {
    const wanted = this.#at + bytes;
    if (wanted <= this.#bytes.length) return this.#bytes;
    // Nine bytes of slack: room is asked for the longest form before the form is known.
    if (wanted > this.#rules.bytesMax + 9) this.#tooManyBytes();
    let size = this.#bytes.length * 2;
    if (size < wanted) size = wanted;
    const grown = new Bytes(size);
    setBytes(grown, this.#bytes, 0);
    this.#bytes = grown;
    return grown;
  }

  /** Returns the path of the value at hand, such as `$[3].scores`. */
  #path(): string {
    let path = this.#root;
    for (let i = 1; i <= this.#depth; i++) path += pathStep(this.#keys[i] as string | number);
    return path;
  }

  #refuse(got: string, hint?: string): never {
    const detail = `wants ${TRAVELS}, got ${got}${hint ? `; ${hint}` : ""}`;
    throw new Refusal(this.#rules.unsupported, this.#path(), detail);
  }

  #refuseGap(list: readonly unknown[], at: number): void {
    const hole = getOwnPropertyDescriptor(list, at) === undefined;
    this.#refuse(hole ? "a hole in a list" : "undefined in a list", "null can stand in its place");
  }

  #refuseSymbols(dict: object, symbols: readonly symbol[]): void {
    for (let i = 0; i < symbols.length; i++) {
      if (getOwnPropertyDescriptor(dict, symbols[i] as symbol)?.enumerable !== true) continue;
      this.#keys[this.#depth] = "[symbol]";
      this.#refuse("a key that is a symbol", "use strings");
    }
  }

  #tooManyNodes(): never {
    const { nodesMax, tooLarge } = this.#rules;
    const detail = `wants at most ${nodesMax} values (limits.nodes), got more; a Tensor counts as one`;
    throw new Refusal(tooLarge, this.#path(), detail);
  }

  #tooManyBytes(): never {
    const { bytesMax, tooLarge } = this.#rules;
    throw new Refusal(tooLarge, this.#path(), `wants at most ${bytesMax} bytes encoded, got more`);
  }
}

/** Returns one step of a path: `[3]`, `.scores`, or `["odd key"]`. */
export function pathStep(key: string | number): string {
  if (typeof key === "number") return `[${key}]`;
  const short = key.length > 64 ? `${cut(key)}…` : key;
  return isPlainName(PLAIN_NAME, short as never) ? `.${short}` : `[${stringify(short)}]`;
}

const PLAIN_NAME = /^[A-Za-z_$][\w$]*$/;
const TRAVELS = "null, boolean, number, bigint, string, bytes, list, dict or Tensor";
const ACCESSOR_HINT = "return plain data: copy the value";
const HINTS: Record<string, string> = {
  undefined: "null can stand in its place",
  function: "call it and send what it gives",
};
const cutString = uncurry(String.prototype.slice as (this: string, ...rest: never[]) => string);
const cut = (text: string) => cutString(text, 0, 64);

function describe(value: unknown, tag?: string): string {
  if (tag) return `a bare ${tag}`;
  if (value === null || value === undefined) return `${value}`;
  if (typeof value !== "object") return typeof value === "string" ? "a string" : `a ${typeof value}`;
  const name = classOf(value);
  return name ? `an instance of ${name}` : "an object of a class of its own";
}

/** Returns the name of the class of `value`, without calling a getter or a trap. */
function classOf(value: object): string {
  const prototype = getPrototypeOf(value);
  const made = prototype && getOwnPropertyDescriptor(prototype, "constructor")?.value;
  const name = typeof made === "function" ? getOwnPropertyDescriptor(made, "name")?.value : "";
  return typeof name === "string" ? cut(name) : "";
}

function hintFor(value: object, tag: string | undefined): string {
  if (tag) return `new Tensor(${stringify(dtypeFor(tag))}, [array.length], array) says its shape`;
  const name = classOf(value);
  if (name === "Date") return "toISOString() or getTime() says it as a value";
  if (name === "Set") return "[...set] makes a list of it";
  if (name === "Promise") return "await it";
  if (name === "ArrayBuffer") return "new Uint8Array(buffer) makes bytes of it";
  return "copy what you need into a plain dict or list";
}

function dtypeFor(tag: string): DType {
  for (let i = 0; i < DTYPE_NAMES.length; i++) {
    const name = DTYPE_NAMES[i] as DType;
    if (DTYPES[name].array.name === tag && name !== "bfloat16") return name;
  }
  return "uint8";
}

function codeOf(dtype: string): number {
  let code = 0;
  while (DTYPE_NAMES[code] !== dtype) code += 1;
  return code;
}

function putInteger(value: number, bytes: Uint8Array, start: number): number {
  let at = start;
  if (value >= 0 ? value < 0x100 : value >= -0x80) {
    bytes[at++] = value >= 0 ? 0xcc : 0xd0;
  } else if (value >= 0 ? value < 0x10000 : value >= -0x8000) {
    bytes[at++] = value >= 0 ? 0xcd : 0xd1;
    bytes[at++] = (value >> 8) & 0xff;
  } else {
    bytes[at++] = value >= 0 ? 0xce : 0xd2;
    return put32(value, bytes, at);
  }
  bytes[at++] = value & 0xff;
  return at;
}

function put32(value: number, bytes: Uint8Array, at: number): number {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
  return at + 4;
}

function put32le(value: number, bytes: Uint8Array, at: number): number {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
  return at + 4;
}
