/**
 * One V8 isolate holding one hook: made, filled, called under limits, thrown away.
 *
 * Bytes move in and bytes come out. No reference, no host object and no function of the host is
 * ever in there, so the only way from a hook to the sandbox is the buffer that the guest program
 * returns.
 *
 * Invariants:
 * - No other file imports `isolated-vm`.
 * - An isolate that ended in a timeout, in want of memory, or in any way that V8 does not explain
 *   is disposed of and never entered again: we do not trust V8 to unwind.
 *
 * Not here: which hooks are warm (`core.ts`); what kills a process that cannot be interrupted
 * (`pool/`).
 *
 * @module
 */

import ivm from "isolated-vm";

import type { LibraryFile } from "../contract/library.ts";
import { Refusal } from "../faults.ts";
import { DEFAULTS } from "../limits.ts";
import { SCRATCH_BODY_AT, SCRATCH_BYTES } from "../wire/records.ts";
import { nowMs } from "./clock.ts";
import type { HookSpec } from "./spec.ts";

/** Texts that the build made: the guest program, and each library. */
export interface Bundles {
  readonly guest: string;
  /** @throws {Refusal} `INTERNAL` when the text is not what it must be. */
  library(file: LibraryFile): string;
}

/** The heap of an isolate with the guest program and some libraries in it, to wake others from. */
export type Snapshot = ivm.ExternalCopy<ArrayBuffer>;

/** Returns bytes that {@link snapshotOf} made as what an isolate wakes from. */
export function snapshotFrom(bytes: ArrayBuffer): Snapshot {
  return new ivm.ExternalCopy(bytes, { transferOut: true }) as Snapshot;
}

/**
 * Makes a snapshot with the guest program and `libraries` in it; an isolate wakes from it and is
 * called once, to see that it does.
 *
 * V8 does this without any limit of time or memory, and ends the process when something in it
 * cannot be kept. So it runs in a process of its own, and never over the code of a hook. The
 * isolate is left to the end of the process.
 *
 * @returns The bytes, for the very V8 that made them.
 */
export function snapshotOf(libraries: readonly LibraryFile[], bundles: Bundles): ArrayBuffer {
  const scripts = [{ code: `globalThis.${PROGRAM}=${bundles.guest}`, filename: GUEST_FILE }];
  for (const file of libraries) {
    const text = bundles.library(file);
    const code = `globalThis.${PROGRAM}.define(${JSON.stringify(file.names)},${text})`;
    scripts.push({ code, filename: file.name });
  }
  const bytes = ivm.Isolate.createSnapshot(scripts).copy();
  const expression = "() => [new Tensor('float16', [1], new Float16Array(1))]";
  const spec = { ...TRIAL, expression, libraries };
  const isolate = new HookIsolate(spec, bundles, snapshotFrom(bytes.slice(0)));
  isolate.call(new Uint8Array([0x92, 0xc0, 0x90]), []);
  return bytes;
}

/** What one call gave: the body of its answer, and what it cost. */
export interface Outcome {
  /** It lies in the scratch, at `SCRATCH_BODY_AT`; a body that is too large for that is `large`. */
  readonly bodyBytes: number;
  readonly large: ArrayBuffer | undefined;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly heapBytes: number;
}

/** A call that ended without an answer of the guest's: why, and the log lines that were saved. */
export class Ended extends Error {
  override readonly name = "Ended";
  readonly refusal: Refusal;
  readonly salvaged: Uint8Array<ArrayBuffer> | undefined;

  constructor(refusal: Refusal, salvaged?: Uint8Array<ArrayBuffer>) {
    super(refusal.message);
    this.refusal = refusal;
    this.salvaged = salvaged;
  }
}

const NOTHING_MOVED: never[] = [];
/** Where the program stands in the global of a snapshot; it is taken away before the hook comes. */
const PROGRAM = "bookendProgram";
const GUEST_FILE = "bookend-guest";
const NO_ANSWER = "the guest returned none";
const REJECTION_CHARACTERS_MAX = 500;
/** What isolated-vm says of a rejection with an object that it cannot copy. */
const NO_ERROR = /isolated-vm, but that object was not an instance/;
const TRIAL = { hook: 0, file: "trial", importName: "load", columnShift: 0, limits: DEFAULTS };
/** How long the log lines of a call that ran out of time may take to be fetched. */
const SALVAGE_MS = 50;
/** To ask V8 for its heap takes 50 to 100 µs, which is as long as ten small calls. */
const HEAP_SAMPLE_MS = 50;
/** By how much of its limit a call may be interrupted late; see {@link timeoutAt}. */
const TIMEOUT_LATE = 1 / 16;
const TIMEOUT_LATE_MS_MAX = 64;

/** The functions of the guest that a call goes through. */
interface Doors {
  readonly call: ivm.Reference;
  readonly settle: ivm.Reference;
  readonly takeLarge: ivm.Reference;
  readonly salvage: ivm.Reference;
}

/** An isolate with its hook inside, ready to be called. */
export class HookIsolate {
  readonly #spec: HookSpec;
  /** Whether the guest program and the libraries came with it, out of a start-up snapshot. */
  readonly #isAwake: boolean;
  readonly #isolate: ivm.Isolate;
  /** Memory that the guest shares with us and its hook never sees; `PROTOCOL.md` lays it out. */
  readonly scratch = new Uint8Array(new SharedArrayBuffer(SCRATCH_BYTES));
  readonly scratchView = new DataView(this.scratch.buffer);
  readonly #bundles: Bundles;
  #doors: Doors;
  /** Every handle of the context that was made: each is given back before the isolate is. */
  readonly #handles: { release(): void }[] = [];
  /** Whether a call has run in the context at hand. */
  #isUsed = false;
  #heapBytes = 0;
  #heapAtMs = 0;
  #cpuTime = 0n;

  /**
   * Makes the isolate, evaluates the guest program, the libraries and the hook.
   *
   * @throws {Refusal} `SYNTAX_INVALID` when V8 refuses what the parser took, `HOOK_MEMORY` when the
   * libraries alone are over the hook's heap, `INTERNAL` when a bundle does not load.
   */
  constructor(spec: HookSpec, bundles: Bundles, snapshot?: Snapshot) {
    this.#spec = spec;
    this.#bundles = bundles;
    const memoryLimit = spec.limits.heapMiB;
    this.#isAwake = snapshot !== undefined;
    this.#isolate = new ivm.Isolate(snapshot ? { memoryLimit, snapshot } : { memoryLimit });
    try {
      this.#doors = this.#open();
      this.#cpuTime = this.#isolate.cpuTime;
    } catch (error) {
      throw this.#loadFault(error);
    }
  }

  /**
   * Runs the hook once.
   *
   * @param args MessagePack of the arguments. Copied into the scratch when they fit; else their
   * whole buffer is moved, and the caller has an empty one afterwards.
   * @param files The files, one buffer each. Moved.
   * @throws {Ended} When there is no answer of the guest's; the isolate is disposed of by then.
   */
  call(args: Uint8Array<ArrayBuffer>, files: readonly ArrayBuffer[]): Outcome {
    this.rest();
    this.#isUsed = true;
    const isSmall = args.length <= SCRATCH_BYTES;
    if (isSmall) this.scratch.set(args);
    const moves =
      isSmall && files.length === 0
        ? NOTHING_MOVED
        : [isSmall ? undefined : moved(args.buffer), ...files.map(moved)];
    const begun = nowMs();
    const { bodyBytes, large } = this.#run(moves, timeoutAt(begun, this.#spec.limits.wallMs));
    const ended = nowMs();
    const cpuTime = this.#isolate.cpuTime;
    const cpuMs = Number(cpuTime - this.#cpuTime) / 1e6;
    this.#cpuTime = cpuTime;
    return { bodyBytes, large, wallMs: ended - begun, cpuMs, heapBytes: this.#heap(ended) };
  }

  /**
   * Makes the next context of a hook that gets a new one for each call, if there is none yet.
   *
   * @throws {Refusal} As the constructor does; the isolate is disposed of by then.
   */
  rest(): void {
    if (!this.#isUsed || this.#spec.isFresh !== true) return;
    try {
      for (const handle of this.#handles.splice(0)) handle.release();
      this.#doors = this.#open();
      this.#isUsed = false;
    } catch (error) {
      throw this.#loadFault(error);
    }
  }

  /** Gives the isolate's memory back. Safe to call twice. */
  [Symbol.dispose](): void {
    try {
      for (const handle of this.#handles.splice(0)) handle.release();
      if (!this.#isolate.isDisposed) this.#isolate.dispose();
    } catch {
      // It went away by itself in between, which is what was wanted.
    }
  }

  /** Makes a context with the hook in it. */
  #open(): Doors {
    const context = this.#keep(this.#isolate.createContextSync());
    const guest = this.#keep(this.#boot(this.#program(context, this.#bundles)));
    this.#install(context, guest);
    const door = (name: keyof Doors) => this.#keep(guest.getSync(name, { reference: true }));
    return {
      call: door("call"),
      settle: door("settle"),
      takeLarge: door("takeLarge"),
      salvage: door("salvage"),
    };
  }

  #keep<T extends { release(): void }>(handle: T): T {
    this.#handles.push(handle);
    return handle;
  }

  #run(
    args: readonly (ivm.Copy<ArrayBuffer> | undefined)[],
    timeout: number,
  ): Pick<Outcome, "bodyBytes" | "large"> {
    try {
      let bytes: unknown = this.#doors.call.applySync(undefined, args as unknown[], { timeout });
      // Microtasks have run to their end by now, so a promise is settled or never will be.
      if (bytes === 0) bytes = this.#doors.settle.applySync(undefined, NOTHING_MOVED, { timeout });
      if (isBodyBytes(bytes)) return { bodyBytes: bytes, large: undefined };
      const options = { timeout, result: { copy: true } } as const;
      const large: unknown = this.#doors.takeLarge.applySync(undefined, NOTHING_MOVED, options);
      if (large instanceof ArrayBuffer) return { bodyBytes: large.byteLength, large };
      throw new Error(NO_ANSWER);
    } catch (error) {
      throw this.#ended(error);
    }
  }

  #ended(error: unknown): Ended {
    const text = error instanceof Error ? error.message : String(error);
    if (this.#isolate.isDisposed) return new Ended(this.#memoryFault());
    const { limits, file } = this.#spec;
    const isTimeout = /timed out/i.test(text);
    const isMemory = !isTimeout && /memory|heap|allocation/i.test(text);
    const salvaged = isMemory ? undefined : this.#salvageLogs();
    this[Symbol.dispose]();
    if (isTimeout) return new Ended(timeoutFault(limits.wallMs), salvaged);
    if (isMemory) return new Ended(this.#memoryFault());
    if (text !== NO_ANSWER) return new Ended(rejectionFault(error, file), salvaged);
    return new Ended(new Refusal("HOOK_CRASHED", "", `wants an answer, but ${text}`), salvaged);
  }

  #salvageLogs(): Uint8Array<ArrayBuffer> | undefined {
    try {
      const timeout = SALVAGE_MS;
      const bytes: unknown = this.#doors.salvage.applySync(undefined, [], { timeout });
      if (isBodyBytes(bytes)) {
        return new Uint8Array(this.scratch.subarray(SCRATCH_BODY_AT, SCRATCH_BODY_AT + bytes));
      }
      const options = { timeout, result: { copy: true } } as const;
      const large: unknown = this.#doors.takeLarge.applySync(undefined, [], options);
      return large instanceof ArrayBuffer ? new Uint8Array(large) : undefined;
    } catch {
      return undefined;
    }
  }

  #memoryFault(): Refusal {
    const { heapMiB } = this.#spec.limits;
    const wants = `wants at most ${heapMiB} MiB of heap (limits.heapMiB)`;
    const detail = `${wants}, got more; hold less at a time`;
    return new Refusal("HOOK_MEMORY", "", detail);
  }

  #heap(at: number): number {
    if (at - this.#heapAtMs < HEAP_SAMPLE_MS || this.#isolate.isDisposed) return this.#heapBytes;
    const heap = this.#isolate.getHeapStatisticsSync();
    this.#heapAtMs = at;
    this.#heapBytes = heap.used_heap_size + heap.externally_allocated_size;
    return this.#heapBytes;
  }

  /** Evaluates the guest program and the libraries, unless they woke with the isolate. */
  #program(context: ivm.Context, bundles: Bundles): ivm.Reference {
    if (this.#isAwake) {
      const program = context.global.getSync(PROGRAM, { reference: true });
      context.global.deleteSync(PROGRAM);
      return program;
    }
    const program = this.#evaluate(context, bundles.guest, { filename: GUEST_FILE });
    const define = program.getSync("define", { reference: true });
    for (const file of this.#spec.libraries) {
      const factory = this.#evaluate(context, bundles.library(file), { filename: file.name });
      define.applySync(undefined, [file.names, factory.derefInto({ release: true })]);
    }
    define.release();
    return program;
  }

  #boot(program: ivm.Reference): ivm.Reference {
    const boot = program.getSync("boot", { reference: true });
    const { limits, file } = this.#spec;
    const config = new ivm.ExternalCopy({ limits, file }).copyInto({ release: true });
    const scratch = new ivm.ExternalCopy(this.scratch.buffer).copyInto({ release: true });
    const guest = boot.applySync(undefined, [config, scratch], { result: { reference: true } });
    boot.release();
    program.release();
    return guest as ivm.Reference;
  }

  #install(context: ivm.Context, guest: ivm.Reference): void {
    const { expression, importName, columnShift, file } = this.#spec;
    const before = `"use strict";(function(${importName}){return (`;
    const columnOffset = -(before.length + columnShift);
    const text = `${before}${expression}\n)})`;
    const make = this.#evaluate(context, text, { filename: file, columnOffset });
    const install = guest.getSync("install", { reference: true });
    install.applySync(undefined, [make.derefInto({ release: true })]);
    install.release();
  }

  #evaluate(context: ivm.Context, text: string, origin: ivm.ScriptOrigin): ivm.Reference {
    const script = this.#isolate.compileScriptSync(text, origin);
    const result = script.runSync(context, { reference: true });
    script.release();
    return result;
  }

  #loadFault(error: unknown): Refusal {
    if (error instanceof Refusal) {
      this[Symbol.dispose]();
      return error;
    }
    const text = error instanceof Error ? error.message : String(error);
    const isMemory = this.#isolate.isDisposed || /memory|heap|allocation/i.test(text);
    this[Symbol.dispose]();
    if (isMemory) return this.#memoryFault();
    const syntax = error instanceof SyntaxError;
    if (!syntax) return new Refusal("INTERNAL", "", `A bundle did not load: ${text.slice(0, 200)}`);
    const place = /\[[^\]]*:(\d+):(\d+)\]/.exec(text);
    const at = place ? { line: Number(place[1]), column: Number(place[2]) } : undefined;
    return new Refusal("SYNTAX_INVALID", "", text.slice(0, 200), at);
  }
}

/**
 * Returns the timeout of a call that begins at `begun`: its limit, and a little more.
 *
 * isolated-vm keeps the timer of each call until it is due and then wakes a thread for it, which
 * took a tenth of a busy sandbox. So timers are made to be due together: at whole multiples of a
 * sixteenth of the limit.
 */
function timeoutAt(begun: number, wallMs: number): number {
  const step = Math.max(1, Math.min(TIMEOUT_LATE_MS_MAX, Math.floor(wallMs * TIMEOUT_LATE)));
  const due = begun + wallMs;
  return Math.ceil(due / step) * step - Math.floor(begun);
}

function isBodyBytes(bytes: unknown): bytes is number {
  const room = SCRATCH_BYTES - SCRATCH_BODY_AT;
  return Number.isSafeInteger(bytes) && Number(bytes) > 0 && Number(bytes) <= room;
}

/**
 * Returns the fault of a hook that left a rejected promise behind. The guest catches what the hook
 * itself throws, so what isolated-vm throws beside is a rejection that nothing waits for.
 */
function rejectionFault(error: unknown, file: string): Refusal {
  const named = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const what = NO_ERROR.test(named) ? "something that is no Error" : named;
  const [line, column] = placeIn(error instanceof Error ? `${error.stack}` : "", file);
  const cause = `${what.slice(0, REJECTION_CHARACTERS_MAX)} (in a promise that nothing waits for`;
  const detail = `${cause}: await it, return it, or catch it)`;
  return new Refusal("HOOK_THREW", "", detail, line ? { line, column: column ?? 1 } : undefined);
}

/** Returns line and column of the first frame of the hook's own script. */
function placeIn(stack: string, file: string): number[] {
  const frame = stack.split("\n").find((one) => one.includes(`${file}:`)) ?? "";
  const place = /:(\d+):(\d+)\)?$/.exec(frame.trim());
  return place ? [Number(place[1]), Number(place[2])] : [];
}

/** Returns the fault of a call that ran past its wall clock. */
function timeoutFault(wallMs: number): Refusal {
  const detail = `wants an answer within ${wallMs} ms (limits.wallMs), got none; do less at a time`;
  return new Refusal("HOOK_TIMEOUT", "", detail);
}

function moved(buffer: ArrayBuffer): ivm.Copy<ArrayBuffer> {
  const copy = new ivm.ExternalCopy(buffer, { transferOut: true });
  return copy.copyInto({ release: true, transferIn: true });
}
