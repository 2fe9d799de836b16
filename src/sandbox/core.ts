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
  splitBody,
  writeAnswer,
} from "../wire/records.ts";
import { nowMs } from "./clock.ts";
import { type Bundles, Ended, HookIsolate } from "./isolate.ts";
import type { HookSpec } from "./spec.ts";

/**
 * Hands one answer on: its head, then its body. Both are lent for the time of the call. Who waits
 * is to be woken by it when `wakes` says so; otherwise it is enough that it can be found.
 */
export type Send = (head: Uint8Array, body: Uint8Array, wakes: boolean) => void;

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
  readonly #encoder = new Encoder(FAULT_RULES);
  readonly #head = new Uint8Array(ANSWER_HEAD_BYTES);
  readonly #headView = new DataView(this.#head.buffer);

  constructor(bundles: Bundles, send: Send) {
    this.#bundles = bundles;
    this.#send = send;
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
   * @param args Moved into the isolate, as are `files`.
   */
  call(request: Request, args: ArrayBuffer, files: readonly ArrayBuffer[]): void {
    const { hook, beginBy } = request;
    if (nowMs() > beginBy) return this.#answer(ANSWER.notBegun, request, NO_COST, NO_BYTES);
    let loadMs = 0;
    const warm = this.#isolates.has(hook);
    try {
      if (!warm) loadMs = this.#load(request);
      const isolate = this.#warm(hook);
      const { body, ...cost } = isolate.call(args, files);
      this.#done(request, { ...cost, warm, loadMs }, new Uint8Array(body));
    } catch (error) {
      this.#discard(hook);
      this.#done(request, { ...NO_COST, warm, loadMs }, this.#faultBody(error));
    }
  }

  /** Gives everything back. */
  [Symbol.dispose](): void {
    for (const hook of [...this.#isolates.keys()]) this.#discard(hook);
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
    return new HookIsolate(spec, this.#bundles);
  }

  #discard(hook: number): void {
    this.#isolates.get(hook)?.[Symbol.dispose]();
    this.#isolates.delete(hook);
  }

  #faultBody(error: unknown): Uint8Array {
    const fault = faultToDict(refusalOf(error).toFault() satisfies Fault);
    const salvaged = error instanceof Ended ? error.salvaged : undefined;
    const logs = salvaged ? splitBody(new Uint8Array(salvaged))?.logs : undefined;
    return new Uint8Array(joinBody(OUTCOME.fault, logs ?? NO_BYTES, this.#encoder.encode(fault)));
  }

  #done(request: Request, cost: Cost, body: Uint8Array): void {
    this.#answer(ANSWER.done, request, cost, body);
  }

  #answer(kind: number, request: Request, cost: Cost, body: Uint8Array): void {
    const { call, hook, isLast } = request;
    writeAnswer(this.#headView, 0, {
      kind,
      call,
      bytes: body.length,
      isKept: this.#isolates.has(hook),
      ...cost,
    });
    this.#send(this.#head, body, isLast || kind === ANSWER.loaded);
  }
}

const VALUE_NIL = new Uint8Array(joinBody(OUTCOME.value, NO_BYTES, new Uint8Array([0xc0])));

function refusalOf(error: unknown): Refusal {
  if (error instanceof Ended) return error.refusal;
  if (error instanceof Refusal) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new Refusal("INTERNAL", "", `The sandbox failed: ${text.slice(0, 200)}`);
}
