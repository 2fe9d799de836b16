/**
 * What a hook finds around it: JavaScript's own intrinsics, less what V8 cannot bound, and a few
 * well-known globals that a bare isolate lacks.
 *
 * Removed: `WebAssembly`, `SharedArrayBuffer` and `Atomics` (memory that V8's limit does not count,
 * threads), `FinalizationRegistry` and `WeakRef` (code that runs after the call). Bounded: an
 * `ArrayBuffer` cannot be resizable, because a resizable one is not counted either.
 *
 * The names that are left are listed in `contract/source/globals.ts`, and a test holds the list.
 *
 * @module
 */

import { Tensor } from "../contract/tensor.ts";
import { atob, btoa } from "./base64.ts";
import { construct, defineProperty } from "./captured.ts";
import { TextDecoder, TextEncoder } from "./text.ts";
import { takeWasm } from "./wasm.ts";

const REMOVED = ["WebAssembly", "SharedArrayBuffer", "Atomics", "FinalizationRegistry", "WeakRef"];

/**
 * Takes away what cannot be bounded. Runs before any library.
 *
 * While V8 makes a start-up snapshot most of it is not there yet, and V8 aborts when it wakes
 * without what is: {@link removeLate} takes it away then.
 */
export function removeUnbounded(): void {
  if ("WebAssembly" in globalThis) removeLate();
  for (const name of ["resize", "transfer", "transferToFixedLength"]) {
    delete (ArrayBuffer.prototype as unknown as Record<string, unknown>)[name];
  }
  fixArrayBuffer();
  // A formatter of its own would run on every stack that is read, also on those that we read.
  defineProperty(Error, "prepareStackTrace", { value: undefined });
}

/** Takes away what came with the isolate that wakes from a snapshot. Runs before the hook. */
export function removeLate(): void {
  takeWasm();
  for (const name of REMOVED) delete (globalThis as Record<string, unknown>)[name];
}

/** Adds what hooks may expect: each is a plain property, as browsers have it. */
export function addGlobals(extra: Readonly<Record<string, unknown>>): void {
  const globals = { ...extra, Tensor, TextEncoder, TextDecoder, atob, btoa, structuredClone };
  for (const [name, value] of Object.entries({ ...globals, queueMicrotask, __name: keepName })) {
    defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
}

/** Puts a constructor in the place of `ArrayBuffer` that ignores `maxByteLength`. */
function fixArrayBuffer(): void {
  const Native = ArrayBuffer;
  function Fixed(this: unknown, length: number): object {
    if (new.target === undefined) throw new TypeError("Constructor ArrayBuffer requires 'new'");
    return construct(Native, [length], new.target);
  }
  for (const name of Reflect.ownKeys(Native)) {
    const property = Reflect.getOwnPropertyDescriptor(Native, name);
    if (property && name !== "name" && name !== "length") defineProperty(Fixed, name, property);
  }
  defineProperty(Fixed, "name", { value: "ArrayBuffer" });
  defineProperty(Native.prototype, "constructor", { value: Fixed });
  defineProperty(globalThis, "ArrayBuffer", { value: Fixed });
}

function queueMicrotask(task: () => void): void {
  if (typeof task !== "function") throw new TypeError("queueMicrotask wants a function");
  void Promise.resolve().then(task);
}

/** A deep copy of plain data: what travels between stages, and Map, Set and Date besides. */
function structuredClone(value: unknown): unknown {
  return clone(value, new Map());
}

function clone(value: unknown, seen: Map<object, unknown>): unknown {
  if (typeof value === "function" || typeof value === "symbol") {
    throw new TypeError(`structuredClone wants data, got a ${typeof value}`);
  }
  if (typeof value !== "object" || value === null) return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  const keep = <T extends object>(copy: T): T => {
    seen.set(value, copy);
    return copy;
  };
  if (Array.isArray(value)) {
    const list: unknown[] = keep([]);
    for (const item of value) list.push(clone(item, seen));
    return list;
  }
  if (Tensor.is(value)) return keep(new Tensor(value.dtype, value.shape, value.data.slice()));
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return keep((value as Uint8Array).slice());
  }
  if (value instanceof ArrayBuffer) return keep(value.slice(0));
  if (value instanceof Date) return keep(new Date(value.getTime()));
  if (value instanceof Map) {
    const map = keep(new Map<unknown, unknown>());
    for (const [key, item] of value) map.set(clone(key, seen), clone(item, seen));
    return map;
  }
  if (value instanceof Set) {
    const set = keep(new Set<unknown>());
    for (const item of value) set.add(clone(item, seen));
    return set;
  }
  const dict = keep({} as Record<string, unknown>);
  for (const [key, item] of Object.entries(value)) {
    const property = { value: clone(item, seen), writable: true, enumerable: true };
    defineProperty(dict, key, { ...property, configurable: true });
  }
  return dict;
}

/** What a build tool puts around functions to keep their names; harmless, so it is there. */
function keepName(target: unknown): unknown {
  return target;
}
