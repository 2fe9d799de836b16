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

import { Refusal } from "../faults.ts";
import { nowMs } from "./clock.ts";
import type { HookSpec } from "./spec.ts";

/** Texts that the build made: the guest program, and each library by name. */
export interface Bundles {
  readonly guest: string;
  library(name: string): { readonly names: string; readonly text: string };
}

/** What one call gave: the body of its answer, and what it cost. */
export interface Outcome {
  readonly body: ArrayBuffer;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly heapBytes: number;
}

/** A call that ended without an answer of the guest's: why, and the log lines that were saved. */
export class Ended extends Error {
  override readonly name = "Ended";
  readonly refusal: Refusal;
  readonly salvaged: ArrayBuffer | undefined;

  constructor(refusal: Refusal, salvaged?: ArrayBuffer) {
    super(refusal.message);
    this.refusal = refusal;
    this.salvaged = salvaged;
  }
}

/** How long the log lines of a call that ran out of time may take to be fetched. */
const SALVAGE_MS = 50;
const HEAP_SAMPLE_MS = 5;

/** An isolate with its hook inside, ready to be called. */
export class HookIsolate {
  readonly #spec: HookSpec;
  readonly #isolate: ivm.Isolate;
  readonly #call: ivm.Reference;
  readonly #take: ivm.Reference;
  readonly #salvage: ivm.Reference;
  /** Every handle that was made: each is given back before the isolate is. */
  readonly #handles: { release(): void }[] = [];
  #heapBytes = 0;
  #heapAtMs = 0;

  /**
   * Makes the isolate, evaluates the guest program, the libraries and the hook.
   *
   * @throws {Refusal} `SYNTAX_INVALID` when V8 refuses what the parser took, `HOOK_MEMORY` when the
   * libraries alone are over the hook's heap, `INTERNAL` when a bundle does not load.
   */
  constructor(spec: HookSpec, bundles: Bundles) {
    this.#spec = spec;
    this.#isolate = new ivm.Isolate({ memoryLimit: spec.limits.heapMiB });
    try {
      const context = this.#keep(this.#isolate.createContextSync());
      const guest = this.#keep(this.#boot(context, bundles));
      this.#define(context, guest, bundles);
      this.#install(context, guest);
      this.#call = this.#keep(guest.getSync("call", { reference: true }));
      this.#take = this.#keep(guest.getSync("take", { reference: true }));
      this.#salvage = this.#keep(guest.getSync("salvage", { reference: true }));
    } catch (error) {
      throw this.#loadFault(error);
    }
  }

  /**
   * Runs the hook once.
   *
   * @param args MessagePack of the arguments. Moved: the caller has an empty buffer afterwards.
   * @param files The files, one buffer each. Moved as well.
   * @throws {Ended} When there is no answer of the guest's; the isolate is disposed of by then.
   */
  call(args: ArrayBuffer, files: readonly ArrayBuffer[]): Outcome {
    const cpuBefore = this.#isolate.cpuTime;
    const begun = nowMs();
    const body = this.#run([moved(args), ...files.map(moved)]);
    const ended = nowMs();
    const cpuMs = Number(this.#isolate.cpuTime - cpuBefore) / 1e6;
    return { body, wallMs: ended - begun, cpuMs, heapBytes: this.#heap(ended) };
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

  #keep<T extends { release(): void }>(handle: T): T {
    this.#handles.push(handle);
    return handle;
  }

  #run(args: ivm.Copy<ArrayBuffer>[]): ArrayBuffer {
    const { wallMs } = this.#spec.limits;
    try {
      const options = { timeout: wallMs, result: { copy: true } } as const;
      const body: unknown = this.#call.applySync(undefined, args, options);
      if (body instanceof ArrayBuffer) return body;
      // Microtasks have run to their end by now, so a promise is settled or never will be.
      const late: unknown = this.#take.applySync(undefined, [], options);
      if (late instanceof ArrayBuffer) return late;
      throw new Error("the guest returned no buffer");
    } catch (error) {
      throw this.#ended(error);
    }
  }

  #ended(error: unknown): Ended {
    const text = error instanceof Error ? error.message : String(error);
    if (this.#isolate.isDisposed) return new Ended(this.#memoryFault());
    let salvaged: ArrayBuffer | undefined;
    if (/timed out/i.test(text)) {
      salvaged = this.#salvageLogs();
      this[Symbol.dispose]();
      return new Ended(timeoutFault(this.#spec.limits.wallMs), salvaged);
    }
    this[Symbol.dispose]();
    if (/memory|heap|allocation/i.test(text)) return new Ended(this.#memoryFault());
    const detail = `wants an answer from the guest, got ${text.slice(0, 200)}`;
    return new Ended(new Refusal("HOOK_CRASHED", "", detail));
  }

  #salvageLogs(): ArrayBuffer | undefined {
    try {
      const options = { timeout: SALVAGE_MS, result: { copy: true } } as const;
      const body: unknown = this.#salvage.applySync(undefined, [], options);
      return body instanceof ArrayBuffer ? body : undefined;
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

  #boot(context: ivm.Context, bundles: Bundles): ivm.Reference {
    const boot = this.#evaluate(context, bundles.guest, { filename: "bookend-guest" });
    const { limits, file } = this.#spec;
    const config = new ivm.ExternalCopy({ limits, file }).copyInto({ release: true });
    const guest = boot.applySync(undefined, [config], { result: { reference: true } });
    boot.release();
    return guest as ivm.Reference;
  }

  #define(context: ivm.Context, guest: ivm.Reference, bundles: Bundles): void {
    const define = guest.getSync("define", { reference: true });
    for (const name of this.#spec.libraries) {
      const { names, text } = bundles.library(name);
      const factory = this.#evaluate(context, text, { filename: name });
      define.applySync(undefined, [names, factory.derefInto({ release: true })]);
    }
    define.release();
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

/** Returns the fault of a call that ran past its wall clock. */
function timeoutFault(wallMs: number): Refusal {
  const detail = `wants an answer within ${wallMs} ms (limits.wallMs), got none; do less at a time`;
  return new Refusal("HOOK_TIMEOUT", "", detail);
}

function moved(buffer: ArrayBuffer): ivm.Copy<ArrayBuffer> {
  const copy = new ivm.ExternalCopy(buffer, { transferOut: true });
  return copy.copyInto({ release: true, transferIn: true });
}
