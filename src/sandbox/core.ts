/**
 * What a sandbox does with a record: the same code in a process of its own and in a worker thread.
 *
 * One record at a time, in the order they came; the answer of a call is handed to `send` before the
 * next call begins. So of those that were sent, whoever reads the answers always knows which calls
 * have ended, which one may be running, and which have not begun.
 *
 * @module
 */

import { type Fault, Refusal } from "../faults.ts";
import { Encoder } from "../wire/encode.ts";
import {
  ANSWER,
  ANSWER_HEAD_BYTES,
  faultToDict,
  joinBody,
  OUTCOME,
  type Request,
  SCRATCH_BODY_AT,
  splitBody,
  writeAnswer,
} from "../wire/records.ts";
import { nowMs } from "./clock.ts";
import { type Bundles, Ended, HookIsolate, type Snapshot, snapshotFrom } from "./isolate.ts";
import type { HookSpec } from "./spec.ts";

/**
 * Hands one answer on: the first `bytes` of `front`, which begin with its head, then `rest`. Both
 * are lent for the time of the call. Who waits is to be woken by it when `wakes` says so; otherwise
 * it is enough that it can be found.
 */
export type Send = (front: Uint8Array, bytes: number, rest: Uint8Array, wakes: boolean) => void;

const NO_BYTES = new Uint8Array(0);
const FAULT_RULES = {
  nodesMax: 100,
  depthMax: 4,
  bytesMax: 2 ** 20,
  unsupported: "INTERNAL",
  tooLarge: "INTERNAL",
} as const;

interface Cost {
  readonly warm: boolean;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly loadMs: number;
  readonly heapBytes: number;
}

const NO_COST: Cost = { warm: false, wallMs: 0, cpuMs: 0, loadMs: 0, heapBytes: 0 };

/** The isolates of one sandbox and the hooks that it was told of. */
export class SandboxCore {
  readonly #bundles: Bundles;
  readonly #send: Send;
  readonly #specs = new Map<number, HookSpec>();
  /** Warm isolates. How many there may be is the worker's to say: it drops the oldest. */
  readonly #isolates = new Map<number, HookIsolate>();
  readonly #snapshots = new Map<number, Snapshot>();
  readonly #encoder = new Encoder(FAULT_RULES);
  readonly #front = new Uint8Array(ANSWER_HEAD_BYTES);
  readonly #frontView = new DataView(this.#front.buffer);
  /** Whether the last call of a block has been answered, and the next one is not here yet. */
  #isIdle = true;

  constructor(bundles: Bundles, send: Send) {
    this.#bundles = bundles;
    this.#send = send;
  }

  /** Takes a start-up snapshot, which hooks then name. Its bytes are moved. */
  wakeFrom(snapshot: number, bytes: ArrayBuffer): void {
    this.#snapshots.set(snapshot, snapshotFrom(bytes));
  }

  /** Takes a hook, or another text for it. */
  load(spec: HookSpec): void {
    this.#specs.set(spec.hook, spec);
  }

  /** Forgets a hook and gives its isolate back. */
  drop(hook: number): void {
    this.#specs.delete(hook);
    this.#discard(hook);
  }

  /** Makes the isolate of a hook and answers how that went: no line of the hook runs. */
  prepare(request: Request): void {
    this.#reached(request);
    const begun = nowMs();
    try {
      this.#warm(request.hook);
      this.#done(request, { ...NO_COST, loadMs: nowMs() - begun }, VALUE_NIL);
    } catch (error) {
      this.#done(request, NO_COST, this.#faultBody(refusalOf(error)));
    }
  }

  /**
   * Runs one call and answers it, unless the time by which it had to begin is over: then it is
   * given back unrun.
   *
   * @param args Lent when they are small; else they are the whole of a buffer that is moved into
   * the isolate, as the files are.
   */
  call(request: Request, args: Uint8Array<ArrayBuffer>, files: readonly ArrayBuffer[]): void {
    const { hook, beginBy } = request;
    if (nowMs() > beginBy) return this.#answer(ANSWER.notBegun, request, NO_COST, NO_BYTES);
    this.#reached(request);
    let loadMs = 0;
    const warm = this.#isolates.has(hook);
    try {
      if (!warm) loadMs = this.#load(request);
      const isolate = this.#warm(hook);
      const { wallMs, cpuMs, heapBytes, bodyBytes, large } = isolate.call(args, files);
      const cost = { warm, wallMs, cpuMs, loadMs, heapBytes };
      if (large === undefined) this.#doneInScratch(request, cost, isolate, bodyBytes);
      else this.#done(request, cost, new Uint8Array(large));
      // The answer is on its way: what the next call wants is got ready meanwhile.
      if (request.isLast) this.#rest(hook, isolate);
    } catch (error) {
      this.#discard(hook);
      this.#done(request, { ...NO_COST, warm, loadMs }, this.#faultBody(error));
    }
  }

  /** One that cannot be got ready is made anew by the call that wants it, which is told why not. */
  #rest(hook: number, isolate: HookIsolate): void {
    try {
      isolate.rest();
    } catch {
      this.#discard(hook);
    }
  }

  /** Gives everything back. */
  [Symbol.dispose](): void {
    for (const hook of [...this.#isolates.keys()]) this.#discard(hook);
  }

  /** Says that a block is here, before its first call begins: from now on a death is its doing. */
  #reached(request: Request): void {
    if (!this.#isIdle) return;
    this.#isIdle = false;
    this.#answer(ANSWER.reached, request, NO_COST, NO_BYTES);
  }

  /** Makes an isolate and says so, because the hook's own time begins only then. */
  #load(request: Request): number {
    const begun = nowMs();
    this.#warm(request.hook);
    this.#answer(ANSWER.loaded, request, NO_COST, NO_BYTES);
    return nowMs() - begun;
  }

  /** Returns the isolate of `hook`, made if it must be. */
  #warm(hook: number): HookIsolate {
    const isolate = this.#isolates.get(hook) ?? this.#make(hook);
    this.#isolates.set(hook, isolate);
    return isolate;
  }

  #make(hook: number): HookIsolate {
    const spec = this.#specs.get(hook);
    if (!spec) throw new Refusal("INTERNAL", "", `The sandbox was never told of hook ${hook}`);
    const { snapshot } = spec;
    const awake = snapshot === undefined ? undefined : this.#snapshots.get(snapshot);
    return new HookIsolate(spec, this.#bundles, awake);
  }

  #discard(hook: number): void {
    this.#isolates.get(hook)?.[Symbol.dispose]();
    this.#isolates.delete(hook);
  }

  #faultBody(error: unknown): Uint8Array {
    const fault = faultToDict(refusalOf(error).toFault() satisfies Fault);
    const salvaged = error instanceof Ended ? error.salvaged : undefined;
    const logs = salvaged && splitBody(salvaged)?.logs;
    return new Uint8Array(joinBody(OUTCOME.fault, logs, this.#encoder.encode(fault)));
  }

  #done(request: Request, cost: Cost, body: Uint8Array): void {
    this.#answer(ANSWER.done, request, cost, body);
  }

  /** The body lies in the scratch, behind the room for its head: nothing is copied. */
  #doneInScratch(request: Request, cost: Cost, isolate: HookIsolate, bytes: number): void {
    this.#head(isolate.scratchView, ANSWER.done, request, cost, bytes);
    this.#isIdle = request.isLast;
    this.#send(isolate.scratch, SCRATCH_BODY_AT + bytes, NO_BYTES, request.isLast);
  }

  #answer(kind: number, request: Request, cost: Cost, body: Uint8Array): void {
    this.#head(this.#frontView, kind, request, cost, body.length);
    const isOver = request.isLast && (kind === ANSWER.done || kind === ANSWER.notBegun);
    if (isOver) this.#isIdle = true;
    this.#send(this.#front, ANSWER_HEAD_BYTES, body, isOver || kind === ANSWER.loaded);
  }

  #head(view: DataView, kind: number, request: Request, cost: Cost, bytes: number): void {
    const { warm, wallMs, cpuMs, loadMs, heapBytes } = cost;
    const { call } = request;
    const isKept = this.#isolates.has(request.hook);
    writeAnswer(view, 0, { kind, call, bytes, isKept, warm, wallMs, cpuMs, loadMs, heapBytes });
  }
}

const VALUE_NIL = new Uint8Array(joinBody(OUTCOME.value, undefined, new Uint8Array([0xc0])));

function refusalOf(error: unknown): Refusal {
  if (error instanceof Ended) return error.refusal;
  if (error instanceof Refusal) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new Refusal("INTERNAL", "", `The sandbox failed: ${text.slice(0, 200)}`);
}
