/**
 * What one file of `allowlist/` says: a library that hooks may use, and how it meets the contract.
 *
 * The same file is read twice: by Node at build time, for the data, and by the bundler, which takes
 * `load` and `toTensor` into the isolate. So such a file imports nothing at its top but types and
 * code that runs in a bare isolate; the package itself is asked for inside `load`, with `require`.
 *
 * @module
 */

import type { Tensor } from "./tensor.ts";

/** What a library finds in the isolate beside the intrinsics of JavaScript. */
export interface LibraryWorld {
  readonly Tensor: typeof Tensor;
  /**
   * Returns another library's array, table or image as a tensor, and `undefined` for what is none:
   * a library that takes tensors takes these through here.
   */
  tensorOf(value: object): Tensor | undefined;
  /** The most pixels an image may have, from the hook's limits: width times height times frames. */
  readonly pixelsMax: number;
  /**
   * Declares a module of WebAssembly, in base64, which is how a bundle has it. Only while the
   * library is evaluated: later a hook might do it in its place. It runs in a memory of at most
   * 256 MiB, and only once the hook is there: in a start-up snapshot is no WebAssembly.
   */
  declareWasm(base64: string, patches?: readonly WasmPatch[]): WasmModule;
}

/** A change of a module: bytes at a place, and as many others to put there. */
export interface WasmPatch {
  readonly at: number;
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** What an instance may call, by module and name: functions of numbers and nothing else. */
export type WasmImports = Readonly<
  Record<string, Readonly<Record<string, (...args: number[]) => number | undefined | void>>>
>;

/** A module that was declared. */
export interface WasmModule {
  /**
   * Makes an instance, with a memory of its own; the first time it compiles the module.
   *
   * @throws {Error} When it is no module.
   * @throws {RangeError} When the instances that are there hold too much for one more.
   */
  start(imports: WasmImports): WasmInstance;
}

/** An instance, through copies of its bytes: a view on its memory leaves it to nobody. */
export interface WasmInstance {
  /**
   * Calls an exported function.
   *
   * @throws {Error} When it traps, and whatever an import throws, which had better be no error: its
   * stack would hold the instance. After that it is of no use: end it and make another one.
   */
  call(name: string, ...args: number[]): number;
  /** As `call`, for the function at a place of the exported table. */
  callAt(index: number, ...args: number[]): number;
  /** Gives its memory back; after that it is of no use. One that is forgotten keeps it. */
  end(): void;
  /** How large its memory is. Memory only grows. */
  memoryBytes(): number;
  /** Returns whether the memory has grown by so many pages of 64 KiB. */
  grow(pages: number): boolean;
  read(at: number, length: number): Uint8Array<ArrayBuffer>;
  readByte(at: number): number;
  readU32(at: number): number;
  write(at: number, bytes: Uint8Array): void;
  /** Copies within the memory. */
  move(to: number, from: number, length: number): void;
}

export interface Library {
  /** The name that `require` takes: the npm package's own, where it is one package. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** The library of the Python world that it stands in for. */
  readonly standsIn: string;
  /** What differs from that, in a sentence for the author of a hook. */
  readonly notes: string;
  /**
   * The npm packages that it is made of, most important first: its version is that one's. Default:
   * the package of its own name. Empty for a module of ours, which has the version of Bookend.
   */
  readonly packages?: readonly string[];
  /** How to bundle it for a bare isolate: module specifiers and the modules that replace them. */
  readonly bundle: {
    readonly alias?: Readonly<Record<string, string>>;
    readonly inject?: readonly string[];
    readonly define?: Readonly<Record<string, string>>;
  };
  /** Runs in the isolate, once, before the hook is there. Returns what `require` gives. */
  load(world: LibraryWorld): unknown;
  /** Runs in the isolate: the library's own array or image as a tensor, `undefined` for others. */
  toTensor?(value: object, world: LibraryWorld): Tensor | undefined;
  /**
   * Runs in the isolate: what travels as plain data but is numbers all the same (a data frame), as
   * a tensor for `Tensor.from` and for other libraries; `undefined` for others.
   */
  toNumbers?(value: object, world: LibraryWorld): Tensor | undefined;
  /**
   * Runs in the isolate: what of the library's own is no tensor (a data frame, a date) as data that
   * travels, `undefined` for what is not its own.
   */
  toPlain?(value: object, world: LibraryWorld): unknown;
}

/** One library that is there, as its lock file has it. Plain data. */
export interface LibraryEntry {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly standsIn: string;
  readonly notes: string;
  /** Exact version of the npm package that was bundled. */
  readonly version: string;
  /** SPDX, as that package states it. */
  readonly licence: string;
  /** Every npm package that has code in the bundle, as `name@version`, with its licence. */
  readonly packages: Readonly<Record<string, string>>;
  readonly bytes: number;
  /** Subresource integrity of the bundle: `sha256-` and the hash in base64. */
  readonly integrity: string;
  readonly load: LoadCost;
}

/** What it costs an isolate to have the library, on the machine that wrote the lock file. */
export interface LoadCost {
  /** To make an isolate and evaluate the library in it: the first hooks of a runtime. */
  readonly evaluateMs: number;
  /** To wake one from a start-up snapshot with the library in it; null where none can be made. */
  readonly wakeMs: number | null;
  /** The heap of an isolate that has it. */
  readonly heapMiB: number;
}

/** A bundle as a sandbox is told of it: where it lies, what it must be. Plain data. */
export interface LibraryFile {
  readonly name: string;
  /** What `require` finds it by, with spaces between. */
  readonly names: string;
  /** Which of the folders of libraries it lies in, and as what. */
  readonly folder: number;
  readonly file: string;
  readonly integrity: string;
}

/** The libraries of a runtime and who may use them. Plain data. */
export interface Allowed {
  readonly entries: readonly LibraryEntry[];
  /** Bundles of all entries, by name. */
  readonly files: ReadonlyMap<string, LibraryFile>;
  /** The folders that they lie in: `file:` URLs. */
  readonly folders: readonly string[];
  /** Names that a tenant may use who has no list of his own. */
  readonly common: readonly string[];
  /** Names that a tenant may use, by the name of the tenant. */
  readonly tenants: ReadonlyMap<string, readonly string[]>;
}

/** Returns the libraries that the hooks of `tenant` may use. */
export function allowedFor(allowed: Allowed, tenant: string): readonly LibraryEntry[] {
  const names = allowed.tenants.get(tenant) ?? allowed.common;
  return allowed.entries.filter(({ name }) => names.includes(name));
}

/** What a hook asks for: a name, and behind an `@` the versions that it takes. */
export interface Specifier {
  readonly name: string;
  readonly range: string | undefined;
}

/** Takes `numjs@0.16` apart, and `@scope/name@1`. */
export function specifierFrom(text: string): Specifier {
  const at = text.lastIndexOf("@");
  if (at <= 0) return { name: text, range: undefined };
  return { name: text.slice(0, at), range: text.slice(at + 1) };
}

/**
 * Returns a finder: the library that a hook means by a name or an alias.
 *
 * Own names only (`__proto__` and `constructor` find nothing), exact to the letter.
 */
export function libraryFinder(
  entries: readonly LibraryEntry[],
): (name: string) => LibraryEntry | undefined {
  const table = new Map<string, LibraryEntry>();
  for (const entry of entries) {
    for (const name of [entry.name, ...entry.aliases]) table.set(name, entry);
  }
  return (name) => table.get(name);
}
