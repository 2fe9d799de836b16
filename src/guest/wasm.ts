/**
 * WebAssembly for libraries, behind a door that a hook finds no way through.
 *
 * Its memory is not counted by V8's limit, so `WebAssembly` is taken from every hook. Codecs run an
 * order of magnitude faster with it, so libraries have it here: as functions that take and give
 * numbers and copies of bytes. No object of JavaScript's own API leaves this file. Each of them
 * leads to its constructor (`memory.constructor`), and a library may run after its hook has
 * replaced every prototype that the library goes by.
 *
 * Invariants:
 * - A memory never grows beyond `WASM_MEMORY_BYTES_MAX`, whatever the module says.
 * - A module gets functions only: what it imports cannot be a memory or a table.
 * - An instance that threw, by a trap or out of an import, is never entered again.
 * - Nothing is asked of the realm after the hook ran: all of it was taken before.
 *
 * Not here: how often an instance is made anew, which is for the library that has it; how long it
 * runs, which V8 bounds as it does for the hook.
 *
 * @module
 */

import type { WasmImports, WasmInstance, WasmModule } from "../contract/library.ts";
import { Bytes, byteLengthOf, setBytes, viewOf } from "../wire/captured.ts";
import { apply, construct, ErrorType, getOwnPropertyDescriptor } from "./captured.ts";
import { hasInstance, keysOf } from "./captured.ts";

/** Room for a photograph of 16 million pixels, its coefficients (progressive JPEG) and its file. */
export const WASM_MEMORY_BYTES_MAX = 2 ** 28;

const PAGE_BYTES = 2 ** 16;
const PAGES_MAX = WASM_MEMORY_BYTES_MAX / PAGE_BYTES;

type Callable = (...args: readonly number[]) => number;

/** The parts of the API that are used, as they were before the hook was there. */
interface Api {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => object;
  readonly Memory: unknown;
  readonly Table: unknown;
  readonly CompileError: unknown;
  readonly LinkError: unknown;
  readonly RuntimeError: unknown;
  readonly exportsOf: () => Readonly<Record<string, unknown>>;
  readonly bufferOf: () => ArrayBuffer;
  readonly grow: (pages: number) => number;
  readonly entryAt: (index: number) => Callable | null;
}

let api: Api | undefined;
const copyWithin = Bytes.prototype.copyWithin;

/**
 * Takes the API out of the global object, before it is removed there.
 *
 * While V8 makes a start-up snapshot there is none yet: this runs again when the isolate wakes.
 */
export function takeWasm(): void {
  const found = (globalThis as { WebAssembly?: Record<string, { readonly prototype: object }> })
    .WebAssembly;
  if (!found) return;
  const property = (type: string, name: string) =>
    getOwnPropertyDescriptor(found[type]?.prototype ?? {}, name);
  api = {
    ...{ Module: found.Module, Instance: found.Instance, Memory: found.Memory },
    ...{ Table: found.Table, CompileError: found.CompileError, LinkError: found.LinkError },
    RuntimeError: found.RuntimeError,
    exportsOf: property("Instance", "exports")?.get,
    bufferOf: property("Memory", "buffer")?.get,
    grow: property("Memory", "grow")?.value,
    entryAt: property("Table", "get")?.value,
  } as unknown as Api;
}

/**
 * Compiles a module for a library.
 *
 * @param code The bytes of the module; only read.
 * @throws {Error} When they are no module that V8 takes, or there is no WebAssembly: libraries ask
 * for it at first use, not when they are evaluated.
 */
export function compileWasm(code: Uint8Array): WasmModule {
  if (!api) throw new ErrorType("WebAssembly is not here yet: compile when first used");
  const { Module, Instance } = api;
  const module = guarded(() => construct(Module as never, [clamped(code)]) as object);
  return {
    start: (imports) =>
      instanceOf(guarded(() => construct(Instance as never, [module, functionsOf(imports)]))),
  };
}

/** Copies the imports, so that nothing but functions can be among them. */
function functionsOf(imports: WasmImports): object {
  const copy: Record<string, object> = { __proto__: null } as never;
  const names = keysOf(imports);
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    const group = imports[name] as WasmImports[string];
    const functions: Record<string, unknown> = { __proto__: null } as never;
    const keys = keysOf(group);
    for (let k = 0; k < keys.length; k++) {
      const key = keys[k] as string;
      if (typeof group[key] === "function") functions[key] = group[key];
    }
    copy[name] = functions;
  }
  return copy;
}

function instanceOf(instance: object): WasmInstance {
  const { exportsOf, Memory, Table, entryAt } = api as Api;
  const exports = apply(exportsOf, instance, []);
  const functions: Record<string, Callable> = { __proto__: null } as never;
  let table: unknown;
  let memory: unknown;
  const names = keysOf(exports);
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    const value = exports[name];
    if (typeof value === "function") functions[name] = value as Callable;
    else if (hasInstance(Memory, value)) memory = value;
    else if (hasInstance(Table, value)) table = value;
  }
  let broken = false;
  const enter = (callable: Callable | null | undefined, args: readonly number[]): number => {
    if (broken || !callable) throw new ErrorType("WebAssembly has no such function any more");
    try {
      return guarded(() => apply(callable, undefined, args as number[]));
    } catch (error) {
      broken = true;
      throw error;
    }
  };
  return {
    call: (name, ...args) => enter(functions[name], args),
    callAt: (index, ...args) => enter(apply(entryAt, table, [index]), args),
    ...memoryOf(memory),
  };
}

/** Reads and writes by copies: the views are made anew after the memory has grown. */
function memoryOf(memory: unknown): Omit<WasmInstance, "call" | "callAt"> {
  const { bufferOf, grow } = api as Api;
  let seen = new Bytes(0);
  const bytes = () => {
    if (byteLengthOf(seen) === 0 && memory !== undefined) {
      seen = new Bytes(apply(bufferOf, memory, []));
    }
    return seen;
  };
  return {
    memoryBytes: () => byteLengthOf(bytes()),
    grow: (pages) => {
      try {
        apply(grow, memory, [pages]);
        return true;
      } catch {
        return false;
      }
    },
    read: (at, length) => {
      const copy = new Bytes(length);
      setBytes(copy, viewOf(bytes(), at, at + length), 0);
      return copy;
    },
    readByte: (at) => bytes()[at] ?? 0,
    readU32: (at) => u32(bytes(), at),
    write: (at, from) => setBytes(bytes(), from, at),
    move: (to, from, length) => void apply(copyWithin, bytes(), [to, from, from + length]),
  };
}

function u32(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  const high = (bytes[at + 2] ?? 0) | ((bytes[at + 3] ?? 0) << 8);
  return (low | (high << 16)) >>> 0;
}

/** An error of WebAssembly's own becomes a plain one: its constructor is one of the API's. */
function guarded<Value>(run: () => Value): Value {
  try {
    return run();
  } catch (error) {
    const { CompileError, LinkError, RuntimeError } = api as Api;
    const isOwn = hasInstance(RuntimeError, error) || hasInstance(LinkError, error);
    if (!isOwn && !hasInstance(CompileError, error)) throw error;
    throw new ErrorType(`WebAssembly: ${(error as Error).message}`);
  }
}

const SECTIONS_AT = 8;
const MEMORY_SECTION = 5;
const HAS_MAX = 1;
/** The longest form of a number of 32 bits. */
const LEB_BYTES = 5;

/** Returns the module with the bound put into its memory section, where it has a memory. */
function clamped(code: Uint8Array): Uint8Array {
  const length = byteLengthOf(code);
  for (let at = SECTIONS_AT; at < length;) {
    const size = leb(code, at + 1);
    const end = size.end + size.value;
    if (end > length) break;
    if (code[at] === MEMORY_SECTION) {
      const section = memorySection(code, size.end);
      const out = new Bytes(length - (end - at) + byteLengthOf(section));
      setBytes(out, viewOf(code, 0, at), 0);
      setBytes(out, section, at);
      setBytes(out, viewOf(code, end, length), at + byteLengthOf(section));
      return out;
    }
    at = end;
  }
  return code;
}

/** One memory, 32 bits wide and not shared: what it wants to begin with, and at most the bound. */
function memorySection(code: Uint8Array, at: number): Uint8Array {
  const count = leb(code, at);
  const flags = leb(code, count.end);
  const min = leb(code, flags.end);
  const max = flags.value === HAS_MAX ? leb(code, min.end).value : PAGES_MAX;
  if (count.value !== 1 || flags.value > HAS_MAX || min.value > PAGES_MAX) {
    throw new ErrorType(`WebAssembly wants one memory of at most ${PAGES_MAX} pages`);
  }
  const section = new Bytes(4 + 2 * LEB_BYTES);
  section[0] = MEMORY_SECTION;
  section[1] = 2 + 2 * LEB_BYTES;
  section[2] = 1;
  section[3] = HAS_MAX;
  putLeb(section, 4, min.value);
  putLeb(section, 4 + LEB_BYTES, max < PAGES_MAX ? max : PAGES_MAX);
  return section;
}

/** Writes a number of 7 bits to the byte, filled up to its longest form. */
function putLeb(section: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < LEB_BYTES; i++) {
    const isLast = i === LEB_BYTES - 1;
    section[at + i] = ((value >>> (7 * i)) & 0x7f) | (isLast ? 0 : 0x80);
  }
}

/** Reads a number of 7 bits to the byte. */
function leb(code: Uint8Array, at: number): { readonly value: number; readonly end: number } {
  let value = 0;
  let scale = 1;
  let end = at;
  for (;;) {
    const byte = code[end] ?? 0;
    end += 1;
    value += (byte & 0x7f) * scale;
    scale *= 0x80;
    if (byte < 0x80 || end - at >= LEB_BYTES) return { value, end };
  }
}
