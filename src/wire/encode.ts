/**
 * A value to MessagePack bytes, on both sides of the isolate: what travels and what does not.
 *
 * One walk does it all: it takes only what is on the list (null, booleans, numbers, bigints that
 * fit int64, well-formed strings, bytes, lists, dicts, string-keyed Maps, tensors, and what a
 * library's converter turns into a tensor), bounds nodes, depth and bytes as it goes, and names the
 * path of the first thing that it refuses.
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
import {
  byteLengthOf,
  getOwnPropertyDescriptor,
  getOwnPropertySymbols,
  getPrototypeOf,
  hasInstance,
  isArray,
  isGone,
  keysOf,
  lookupGetter,
  mapForEach,
  sizeOfMap,
  tagOf,
} from "./captured.ts";
import { type TextForm, utf8Length, writeUtf8 } from "./utf8.ts";
import { ACCESSOR_HINT, describe, hintFor, pathStep, TRAVELS, UNDEFINED_HINT } from "./words.ts";
import { type Allocate, Writer } from "./writer.ts";

export { pathStep } from "./words.ts";
export { TENSOR_EXT } from "./writer.ts";

/** The one key that no dict may have: on its way it could become somebody's prototype. */
export const KEY_REFUSED = "__proto__";

/** What bounds one value, and what a refusal of it is called. */
export interface EncodeRules {
  readonly nodesMax: number;
  readonly depthMax: number;
  readonly bytesMax: number;
  readonly unsupported: FaultCode;
  readonly tooLarge: FaultCode;
  /**
   * Turns a library's own array, image or table into a tensor or plain data; `undefined` for what
   * it does not know.
   */
  readonly convert?: (value: object) => unknown;
  /** Default: in plain JavaScript, with nothing that a hook may have replaced. */
  readonly text?: TextForm;
}

const PLAIN_TEXT: TextForm = { length: utf8Length, write: writeUtf8 };

const ObjectPrototype = Object.prototype;
const ArrayPrototype = Array.prototype;
const MapPrototype = Map.prototype;
const RangeErrorType = RangeError;
/** Not `Tensor.is`: a hook has the class and can put another function there. */
const isTensor = Tensor.is;

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

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
  readonly #out: Writer;
  readonly #textLength: TextForm["length"];
  #nodes = 0;
  #depth = 0;
  #root = "$";
  #isWalking = false;
  /** The key or index at each depth, for the path of a refusal. */
  readonly #keys: (string | number)[];
  /** The list or dict at each depth, to find a cycle. */
  readonly #above: (object | undefined)[];

  constructor(rules: EncodeRules) {
    this.#rules = rules;
    const { length, write } = rules.text ?? PLAIN_TEXT;
    this.#textLength = length;
    this.#out = new Writer(rules.bytesMax, () => this.#tooManyBytes(), write);
    this.#keys = Array.from({ length: rules.depthMax + 1 }, () => 0);
    this.#above = Array.from({ length: rules.depthMax + 1 });
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
    if (this.#isWalking) throw new Error("An encoder was begun again by the value that it reads");
    this.#nodes = 0;
    this.#out.reset(before);
  }

  /** Counts nodes from here: what was put before is none of the value's. */
  restartCount(): void {
    this.#nodes = 0;
  }

  /** Adds the head of a list; `length` calls of `put` must follow. */
  beginList(length: number): void {
    this.#out.list(length);
  }

  /** Adds one value. */
  put(value: unknown, root = "$"): void {
    this.#root = root;
    this.#isWalking = true;
    try {
      this.#value(value);
      if (this.#out.at > this.#rules.bytesMax) this.#tooManyBytes();
    } catch (error) {
      this.#out.rest();
      throw this.#misfit(error);
    } finally {
      this.#isWalking = false;
      while (this.#depth > 0) this.#leave();
    }
  }

  /** Adds one value that is encoded already. */
  putEncoded(bytes: Uint8Array): void {
    this.#out.raw(bytes);
    if (this.#out.at > this.#rules.bytesMax) this.#tooManyBytes();
  }

  /**
   * Returns what was put since `begin`, and room for `after` bytes behind it.
   *
   * @param allocate Gives the memory; without it, a buffer of its own whose room is zero.
   */
  end(after: number, allocate?: Allocate): Uint8Array<ArrayBuffer> {
    const copy = this.#out.copy(after, allocate);
    this.#out.rest();
    return copy;
  }

  /** How many bytes were put since `begin`. */
  get bytes(): number {
    return this.#out.at;
  }

  /**
   * As {@link end}, into memory that is there: `target` has room for {@link bytes} from `at` on.
   */
  endInto(target: Uint8Array, at: number): void {
    this.#out.copyInto(target, at);
    this.#out.rest();
  }

  #value(value: unknown): void {
    if (++this.#nodes > this.#rules.nodesMax) this.#tooManyNodes();
    switch (typeof value) {
      case "number":
        return this.#out.number(value);
      case "string":
        return this.#string(value);
      case "boolean":
        return this.#out.byte(value ? 0xc3 : 0xc2);
      case "bigint":
        return this.#bigint(value);
      case "object":
        return value === null ? this.#out.byte(0xc0) : this.#object(value);
      default:
        return this.#refuse(describe(value), hintFor(value));
    }
  }

  #bigint(value: bigint): void {
    if (value > INT64_MAX || value < INT64_MIN) {
      this.#refuse("a bigint that does not fit 64 bits", "send it as a string");
    }
    this.#out.bigint(value);
  }

  #string(value: string): void {
    if (value.length > this.#rules.bytesMax) this.#tooManyBytes();
    const length = this.#textLength;
    const bytes = length(value);
    if (bytes < 0) {
      this.#refuse("a string with half of a surrogate pair", "toWellFormed() mends it");
    }
    this.#out.text(value, bytes);
  }

  #object(value: object): void {
    if (isArray(value)) return this.#list(value);
    const prototype = getPrototypeOf(value);
    if (prototype === ObjectPrototype || prototype === null) return this.#dict(value);
    if (isTensor(value)) return this.#tensor(value);
    const tag = tagOf(value);
    if (tag === "Uint8Array" || tag === "Uint8ClampedArray") return this.#binary(value);
    const converted = this.#rules.convert?.(value);
    if (isTensor(converted)) return this.#tensor(converted);
    if (converted !== undefined && converted !== value) return this.#value(converted);
    if (prototype === MapPrototype && sizeOfMap(value) >= 0) return this.#map(value);
    return this.#refuse(describe(value, tag), hintFor(value, tag));
  }

  #list(list: readonly unknown[]): void {
    const length = list.length;
    if (getPrototypeOf(list) !== ArrayPrototype) this.#refuse("a list of a class of its own");
    if (this.#nodes + length > this.#rules.nodesMax) this.#tooManyNodes();
    this.#out.list(length);
    this.#enter(list);
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
    const names = keysOf(dict);
    const head = this.#out.at;
    this.#out.dict(names.length);
    this.#enter(dict);
    const depth = this.#depth;
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
    if (left > 0) this.#out.shrinkDict(head, names.length, names.length - left);
    this.#leave();
  }

  #map(map: object): void {
    const size = sizeOfMap(map);
    let count = 0;
    this.#out.dict(size);
    this.#enter(map);
    const depth = this.#depth;
    mapForEach(map, (value, key) => {
      if (typeof key !== "string") {
        const got = `a Map with a key that is ${describe(key)}`;
        return this.#refuseAbove(got, "use strings, or a list of pairs");
      }
      count += 1;
      this.#keys[depth] = key;
      if (value === undefined) this.#refuse("undefined in a Map", UNDEFINED_HINT);
      this.#entry(key, value);
    });
    // Reading a Proxy in it runs code, which can reach the Map itself.
    if (count !== size) this.#refuseAbove("a Map that changed while it was read");
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
    if (bytes === 0 && isGone(view)) this.#refuse("bytes whose buffer was moved away or cut off");
    this.#out.binary(view, bytes);
  }

  #tensor(tensor: Tensor): void {
    const { dtype, shape, data } = tensor;
    const bytes = byteLengthOf(data);
    if (bytes !== sizeOf(shape) * DTYPES[dtype].bytes) {
      this.#refuse("a tensor whose buffer has changed its length since");
    }
    this.#out.tensor({ code: codeOf(dtype), shape }, data, bytes);
  }

  #enter(value: object): void {
    for (let i = this.#depth; i > 0; i--) {
      if (this.#above[i] === value) this.#refuse("a cycle: a list or dict inside itself");
    }
    if (this.#depth >= this.#rules.depthMax) {
      const { depthMax, tooLarge } = this.#rules;
      const path = this.#path();
      throw new Refusal(
        tooLarge,
        path,
        `wants at most ${depthMax} levels (limits.depth), got more`,
      );
    }
    this.#above[++this.#depth] = value;
  }

  #leave(): void {
    this.#above[this.#depth--] = undefined;
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

  /** Refuses the list, dict or Map at hand, not the value in it. */
  #refuseAbove(got: string, hint?: string): never {
    this.#leave();
    return this.#refuse(got, hint);
  }

  #refuseGap(list: readonly unknown[], at: number): void {
    const property = getOwnPropertyDescriptor(list, at);
    if (property === undefined) this.#refuse("a hole in a list", UNDEFINED_HINT);
    if (property.set !== undefined) this.#refuse("an accessor", ACCESSOR_HINT);
    this.#refuse("undefined in a list", UNDEFINED_HINT);
  }

  #refuseSymbols(dict: object, symbols: readonly symbol[]): void {
    for (let i = 0; i < symbols.length; i++) {
      if (getOwnPropertyDescriptor(dict, symbols[i] as symbol)?.enumerable !== true) continue;
      this.#refuseAbove("a dict with a key that is a symbol", "use strings");
    }
  }

  /**
   * Returns what to throw for what was thrown. A Proxy throws what it likes, and whoever calls is
   * promised a refusal. A RangeError is V8's own word for want of memory or of stack, and stays.
   */
  #misfit(error: unknown): unknown {
    if (hasInstance(Refusal, error) || hasInstance(RangeErrorType, error)) return error;
    const detail = `wants ${TRAVELS}, got a value that throws when it is read; ${ACCESSOR_HINT}`;
    return new Refusal(this.#rules.unsupported, this.#path(), detail);
  }

  #tooManyNodes(): never {
    const { nodesMax, tooLarge } = this.#rules;
    const wants = `wants at most ${nodesMax} values (limits.nodes)`;
    const detail = `${wants}, got more; a Tensor counts as one`;
    throw new Refusal(tooLarge, this.#path(), detail);
  }

  #tooManyBytes(): never {
    const { bytesMax, tooLarge } = this.#rules;
    throw new Refusal(tooLarge, this.#path(), `wants at most ${bytesMax} bytes encoded, got more`);
  }
}

function codeOf(dtype: DType): number {
  let code = 0;
  while (code < DTYPE_NAMES.length && DTYPE_NAMES[code] !== dtype) code += 1;
  return code;
}
