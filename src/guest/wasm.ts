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
 * - What is compiled was declared before the hook was there; nothing can be added later.
 * - A memory never grows beyond `WASM_MEMORY_BYTES_MAX`, whatever the module says, and no instance
 *   is made while those that are alive hold more than `WASM_KEPT_BYTES_MAX`.
 * - What was given back is gone, not only unreachable, once it had grown by `ENDED_BYTES_MAX`.
 * - A module gets functions only: what it imports cannot be a memory or a table.
 * - An instance that threw, by a trap or out of an import, is never entered again.
 * - Nothing is asked of the realm after the hook ran: all of it was taken before.
 *
 * Not here: how often an instance is made anew, which is for the library that has it; how long it
 * runs, which V8 bounds as it does for the hook.
 *
 * @module
 */

import type { WasmImports, WasmInstance, WasmModule, WasmPatch } from "../contract/library.ts";
import { Bytes, byteLengthOf, setBytes, viewOf } from "../wire/captured.ts";
import { apply, construct, ErrorType, getOwnPropertyDescriptor } from "./captured.ts";
import { hasInstance, keysOf, RangeErrorType } from "./captured.ts";
import { clamped, codeFrom, PAGE_BYTES } from "./wasm-code.ts";

/** Room for a photograph of 16 million pixels, its coefficients (progressive JPEG) and its file. */
export const WASM_MEMORY_BYTES_MAX = 2 ** 28;
/** What all instances of an isolate may hold together when one more is wanted. */
export const WASM_KEPT_BYTES_MAX = 2 ** 26;

const PAGES_MAX = WASM_MEMORY_BYTES_MAX / PAGE_BYTES;
/** From here on what was given back is collected at once, which takes 10 to 30 ms. */
const ENDED_BYTES_MAX = 2 ** 25;
/** More than any isolate may have (`limits.heapMiB`), so that V8 looks for garbage first. */
const TOO_MANY_BYTES = 2 ** 30;

type Callable = (...args: readonly number[]) => number;

/** The parts of the API that are used, as they were before the hook was there. */
interface Api {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => object;
  readonly Memory: unknown;
  readonly Table: unknown;
  /** What it throws: each of a class of its own. */
  readonly errors: readonly unknown[];
  readonly exportsOf: () => Readonly<Record<string, unknown>>;
  readonly bufferOf: () => ArrayBuffer;
  readonly grow: (pages: number) => number;
  readonly entryAt: (index: number) => Callable | null;
}

let api: Api | undefined;
let isSealed = false;
/** What the memories hold that are not given back. */
let aliveBytes = 0;
/** What those grew by that were, since the last collection. */
let endedBytes = 0;
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
    Table: found.Table,
    errors: [found.CompileError, found.LinkError, found.RuntimeError, found.Exception],
    exportsOf: property("Instance", "exports")?.get,
    bufferOf: property("Memory", "buffer")?.get,
    grow: property("Memory", "grow")?.value,
    entryAt: property("Table", "get")?.value,
  } as unknown as Api;
}

/** Ends the time in which modules can be declared. Runs before the hook is there. */
export function sealWasm(): void {
  isSealed = true;
}

/**
 * Declares a module of a library; it is compiled when an instance is first wanted.
 *
 * While a start-up snapshot is made its bytes are made at once, so that they need not be made in
 * each isolate that wakes.
 *
 * @throws {Error} After {@link sealWasm}.
 */
export function declareWasm(base64: string, patches: readonly WasmPatch[] = []): WasmModule {
  if (isSealed) throw new ErrorType("WebAssembly is declared before the hook is there");
  let code = api ? undefined : codeFrom(base64, patches);
  let module: object | undefined;
  return {
    start: (imports) => {
      if (module === undefined) {
        module = compiled(code ?? codeFrom(base64, patches));
        code = undefined;
      }
      if (aliveBytes > WASM_KEPT_BYTES_MAX) throw new RangeErrorType("WebAssembly has no room");
      return started(module, functionsOf(imports));
    },
  };
}

function compiled(code: Uint8Array): object {
  if (!api) throw new ErrorType("WebAssembly is not here yet: start when first used");
  const { Module } = api;
  return guarded(() => construct(Module as never, [clamped(code, PAGES_MAX)]) as object);
}

function started(module: object, imports: object): WasmInstance {
  const { Instance } = api as Api;
  return instanceOf(guarded(() => construct(Instance as never, [module, imports]) as object));
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
  let functions: Record<string, Callable> = { __proto__: null } as never;
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
  const room = memoryOf(memory);
  memory = undefined;
  const enter = (callable: Callable | null | undefined, args: readonly number[]): number => {
    if (broken || !callable) throw new ErrorType("WebAssembly has no such function any more");
    try {
      return guarded(() => apply(callable, undefined, args as number[]));
    } catch (error) {
      broken = true;
      throw error;
    } finally {
      room.count();
    }
  };
  return {
    call: (name, ...args) => enter(functions[name], args),
    callAt: (index, ...args) => enter(broken ? null : apply(entryAt, table, [index]), args),
    end: () => {
      broken = true;
      functions = { __proto__: null } as never;
      table = undefined;
      room.end();
    },
    ...room.access,
  };
}

interface Room {
  /** Takes note of how large it has become. */
  count(): void;
  end(): void;
  readonly access: Omit<WasmInstance, "call" | "callAt" | "end">;
}

/** Reads and writes by copies: the views are made anew after the memory has grown. */
function memoryOf(own: unknown): Room {
  const { bufferOf, grow } = api as Api;
  let memory = own;
  let seen = new Bytes(0);
  let counted = 0;
  const bytes = () => {
    if (byteLengthOf(seen) === 0 && memory !== undefined) {
      seen = new Bytes(apply(bufferOf, memory, []));
    }
    return seen;
  };
  const count = () => {
    const now = byteLengthOf(bytes());
    aliveBytes += now - counted;
    counted = now;
  };
  count();
  const atFirst = counted;
  return {
    count,
    end: () => {
      count();
      memory = undefined;
      seen = new Bytes(0);
      // Hardly a page of what it began with was touched, unless it grew.
      endedBytes += counted > atFirst ? counted - atFirst : 0;
      count();
      if (endedBytes > ENDED_BYTES_MAX) collect();
    },
    access: {
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
    },
  };
}

/**
 * Makes V8 look for garbage: it does so before it says that an array is too large for the isolate.
 *
 * An isolate that rests never does it by itself, and a hook has one that rests most of the time.
 */
function collect(): void {
  endedBytes = 0;
  try {
    void construct(Bytes as never, [TOO_MANY_BYTES]);
  } catch {
    // It is too large, which is what was wanted.
  }
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
    const { errors } = api as Api;
    for (let i = 0; i < errors.length; i++) {
      if (!hasInstance(errors[i], error)) continue;
      throw new ErrorType(`WebAssembly: ${(error as Error).message}`);
    }
    throw error;
  }
}
