/**
 * The program that stands inside an isolate before the hook does.
 *
 * The sandbox evaluates this file as one script, gives it the libraries, calls `boot` once, gives
 * it the hook, and then calls the hook through it. Only buffers and short strings cross: arguments
 * come in as bytes and are decoded here, so a bomb is charged to the tenant; the answer is encoded
 * here, by code that the hook cannot reach.
 *
 * Nothing here trusts the hook, and nothing outside trusts what this returns.
 *
 * @module
 */

import type { Library, LibraryWorld } from "../contract/library.ts";
import { takeForeign, Tensor, wakeTensor } from "../contract/tensor.ts";
import { Refusal } from "../faults.ts";
import type { Limits } from "../limits.ts";
import { decode } from "../wire/decode.ts";
import { Encoder } from "../wire/encode.ts";
import { faultToDict, OUTCOME } from "../wire/records.ts";
import { apply, Bytes, defineProperty, hasInstance, lastIndexOf, PromiseType } from "./captured.ts";
import { slice, TypeErrorType } from "./captured.ts";
import { consoleFor, Logs } from "./console.ts";
import { NOT_IN_SCRATCH, Outbox } from "./outbox.ts";
import { show } from "./show.ts";
import { faultOf } from "./thrown.ts";
import { declareWasm, sealWasm } from "./wasm.ts";
import { addGlobals, removeLate, removeUnbounded } from "./world.ts";

/** What the sandbox tells the guest once: the hook's limits and the name of its script. */
export interface GuestConfig {
  readonly limits: Limits;
  readonly file: string;
}

/** One built library: made from its file in `allowlist/` by the bundler. */
type Factory = (
  world: LibraryWorld,
) => Pick<Library, "toTensor" | "toPlain" | "toNumbers"> & { readonly exports: unknown };

/** What the program is before it knows its hook: this much may lie in a start-up snapshot. */
export interface Program {
  /** Evaluates one library; the names are what `require` finds it by. */
  define(names: string, factory: Factory): void;
  /** Makes the world of one hook and gives the doors to it. */
  boot(config: GuestConfig, memory: SharedArrayBuffer): Guest;
}

/** The doors that the sandbox holds references to. A hook sees none of them. */
export interface Guest {
  /** Takes the hook: a function of the import function that returns it. */
  install(make: (load: (name: string) => Promise<unknown>) => unknown): void;
  /**
   * Runs the hook.
   *
   * @param args The arguments; nothing when they lie at the start of the scratch.
   * @returns How many bytes of the scratch the body of the answer takes, or a `NOT_IN_SCRATCH`.
   */
  call(args?: ArrayBuffer, ...files: ArrayBuffer[]): number;
  /** As `call`, once microtasks have run, for a promise that was unsettled. */
  settle(): number;
  /** Returns the body that the scratch was too small for. */
  takeLarge(): ArrayBuffer | undefined;
  /** As `call`, for a body that holds nothing but the log lines so far. */
  salvage(): number;
}

const FAULT_RULES = {
  nodesMax: 100_000,
  depthMax: 4,
  bytesMax: 2 ** 22,
  unsupported: "INTERNAL",
  tooLarge: "INTERNAL",
} as const;

/**
 * Makes what all hooks have in common: intrinsics captured, globals set, libraries to be defined.
 *
 * Runs once, in the isolate itself or while a start-up snapshot is made. So nothing of one hook may
 * be in here, and nothing that V8 cannot put into a snapshot.
 */
export function program(): Program {
  // Libraries read the bound each time: while a snapshot is made nobody knows it.
  const tensorOf = (value: object) => libraries.tensorOf(value);
  const world = { Tensor, pixelsMax: 0, declareWasm, tensorOf };
  const libraries = new Libraries(world);
  takeForeign(tensorOf);
  const logs = new Logs();
  removeUnbounded();
  addGlobals({ console: consoleFor(logs), require: (name: unknown) => libraries.require(name) });
  return {
    define: (names, factory) => libraries.define(names, factory),
    boot: (config, memory) => {
      removeLate();
      sealWasm();
      wakeTensor();
      world.pixelsMax = config.limits.pixels;
      logs.bound(config.limits);
      return doorsOf({ ...config, logs, libraries }, memory);
    },
  };
}

/** @param memory The scratch: shared with the sandbox, never with the hook. */
function doorsOf(options: AnswersOptions, memory: SharedArrayBuffer): Guest {
  const { logs, libraries } = options;
  const scratch = new Bytes(memory as unknown as ArrayBuffer);
  const answers = new Answers(scratch, options);
  let hook: unknown;
  return {
    install: (make) => {
      hook = make(async (name) => libraries.namespace(name));
    },
    call: (args, ...files) => {
      logs.clear();
      answers.begin();
      try {
        const bytes = args === undefined ? scratch : new Bytes(args);
        const value = apply(hook as () => unknown, undefined, argumentsOf(bytes, files));
        if (!hasInstance(PromiseType, value)) return answers.returned(value);
        void answers.settle(value);
        return NOT_IN_SCRATCH.unsettled;
      } catch (thrown) {
        return answers.threw(thrown);
      }
    },
    settle: () => answers.settled(),
    takeLarge: () => answers.takeLarge(),
    salvage: () => answers.salvage(),
  };
}

interface AnswersOptions extends GuestConfig {
  readonly logs: Logs;
  readonly libraries: Libraries;
}

/** What a call comes to, put where the sandbox finds it. */
class Answers {
  readonly #options: AnswersOptions;
  readonly #outbox: Outbox;
  readonly #values: Encoder;
  readonly #plain = new Encoder(FAULT_RULES);
  /** Which call it is, so that a promise of an earlier one is known for what it is. */
  #turn = 0;
  #settled: number = NOT_IN_SCRATCH.unsettled;

  constructor(scratch: Uint8Array, options: AnswersOptions) {
    const { limits, libraries } = options;
    this.#options = options;
    this.#outbox = new Outbox(scratch);
    this.#values = new Encoder({
      nodesMax: limits.nodes,
      depthMax: limits.depth,
      bytesMax: limits.outputBytes,
      unsupported: "OUTPUT_UNSUPPORTED",
      tooLarge: "OUTPUT_TOO_LARGE",
      convert: (value) => libraries.convert(value),
    });
  }

  begin(): void {
    this.#turn += 1;
    this.#settled = NOT_IN_SCRATCH.unsettled;
  }

  returned(value: unknown): number {
    try {
      if (value === undefined) throw forgotReturn();
      this.#values.begin(0);
      this.#values.put(value);
      return this.#outbox.put(OUTCOME.value, this.#logBytes(), this.#values);
    } catch (refusal) {
      return this.threw(refusal);
    }
  }

  threw(thrown: unknown): number {
    const { file, limits } = this.#options;
    const fault = faultToDict(faultOf(thrown, file, limits.errorBytes));
    const lines = this.#logBytes();
    this.#plain.begin(0);
    this.#plain.put(fault);
    return this.#outbox.put(OUTCOME.fault, lines, this.#plain);
  }

  /** Waits for a promise. What one of an earlier call comes to is nobody's answer any more. */
  async settle(promise: unknown): Promise<void> {
    const turn = this.#turn;
    try {
      const value = await promise;
      if (turn === this.#turn) this.#settled = this.returned(value);
    } catch (thrown) {
      if (turn === this.#turn) this.#settled = this.threw(thrown);
    }
  }

  settled(): number {
    return this.#settled === NOT_IN_SCRATCH.unsettled ? this.threw(unsettled()) : this.#settled;
  }

  salvage(): number {
    const lines = this.#logBytes();
    this.#plain.begin(0);
    return this.#outbox.put(OUTCOME.fault, lines, this.#plain);
  }

  takeLarge(): ArrayBuffer | undefined {
    return this.#outbox.takeLarge();
  }

  #logBytes(): Uint8Array | undefined {
    const { logs } = this.#options;
    if (logs.isEmpty) return undefined;
    this.#plain.begin(0);
    logs.writeTo(this.#plain);
    return this.#plain.end(0);
  }
}

/** Returns the hook's arguments: what the caller sent, then the files when it sent any. */
function argumentsOf(args: Uint8Array, files: readonly ArrayBuffer[]): unknown[] {
  const parts = decode(args) as [readonly FileAbout[] | null, unknown[]];
  const about = parts[0];
  const values = parts[1];
  if (about === null) return values;
  const list: Uint8Array[] = [];
  for (let i = 0; i < files.length; i++) {
    const file = new Bytes(files[i] as ArrayBuffer);
    const { name, type } = about[i] ?? {};
    if (name !== undefined) defineProperty(file, "name", { value: name, writable: true });
    if (type !== undefined) defineProperty(file, "type", { value: type, writable: true });
    list[i] = file;
  }
  values[values.length] = list;
  return values;
}

interface FileAbout {
  readonly name?: string;
  readonly type?: string;
}

function forgotReturn(): Refusal {
  const detail =
    "wants a value, got undefined: the hook returned nothing; did it forget to return?";
  return new Refusal("OUTPUT_UNSUPPORTED", "$", detail);
}

function unsettled(): Refusal {
  const detail =
    "wants a promise that settles, got one that nothing can settle: there is no timer, no " +
    "network and no file in a hook; return the value, or a promise of the hook's own work";
  return new Refusal("HOOK_UNSETTLED", "", detail);
}

/** Which versions there are was checked where the hook was read. */
function withoutVersion(name: string): string {
  const at = lastIndexOf(name, "@");
  return at > 0 ? slice(name, 0, at) : name;
}

/** The libraries of one isolate, found by own names only. */
class Libraries {
  readonly #world: LibraryWorld;
  readonly #byName = new Map<string, unknown>();
  readonly #find: (name: string) => unknown;
  readonly #has: (name: string) => boolean;
  readonly #converters: ((value: object, world: LibraryWorld) => unknown)[] = [];
  readonly #tensors: ((value: object, world: LibraryWorld) => Tensor | undefined)[] = [];

  constructor(world: LibraryWorld) {
    this.#world = world;
    // Bound while Map.prototype is still V8's own.
    this.#find = Map.prototype.get.bind(this.#byName);
    this.#has = Map.prototype.has.bind(this.#byName);
  }

  define(names: string, factory: Factory): void {
    const { exports, toTensor, toPlain, toNumbers } = factory(this.#world);
    for (const name of names.split(" ")) this.#byName.set(name, exports);
    for (const converter of [toTensor, toPlain]) {
      if (converter) this.#converters[this.#converters.length] = converter;
    }
    for (const converter of [toTensor, toNumbers]) {
      if (converter) this.#tensors[this.#tensors.length] = converter;
    }
  }

  require(name: unknown): unknown {
    if (typeof name !== "string") {
      throw new TypeErrorType(`require wants the name of a library, got ${show(name, 40)}`);
    }
    const own = withoutVersion(name);
    if (this.#has(own)) return this.#find(own);
    const said = show(name, 80);
    throw new TypeErrorType(
      `"${said}" is not on the list of this hook: a library must be named by a literal, ` +
        'as in require("numjs")',
    );
  }

  namespace(name: string): unknown {
    const exports = this.require(name);
    return typeof exports === "object" && exports !== null && "default" in exports
      ? exports
      : Object.assign(Object.create(null), exports, { default: exports });
  }

  convert(value: object): unknown {
    for (let i = 0; i < this.#converters.length; i++) {
      const converted = this.#converters[i]?.(value, this.#world);
      if (converted !== undefined) return converted;
    }
    return undefined;
  }

  tensorOf(value: object): Tensor | undefined {
    for (let i = 0; i < this.#tensors.length; i++) {
      const tensor = this.#tensors[i]?.(value, this.#world);
      if (tensor !== undefined) return tensor;
    }
    return undefined;
  }
}
