/**
 * The host's end of a model's thread: starts it, sends runs, matches answers, sees it die.
 *
 * ONNX Runtime computes on the thread that calls it, both for Node and as WebAssembly, so each
 * model has a thread that nothing else runs in. It keeps the process alive only while somebody
 * waits for it.
 *
 * A thread is ended from outside only where it runs WebAssembly. The native one aborts the whole
 * process when its thread is taken away in the middle of a run; it is asked to end, and does so
 * after that run.
 *
 * Invariant: every run that was taken is settled exactly once.
 *
 * @module
 */

import { Worker } from "node:worker_threads";

import { type FaultCode, Refusal } from "../../../faults.ts";
import { buffersOf, type Order, type Part, type Report, type ThreadSetup } from "./messages.ts";
import type { RuntimeName } from "./messages.ts";
import type { Slot } from "./slots.ts";

/** Inputs are copied into the thread at once: of a megabyte each, more should not lie there. */
const RUNS_MAX = 1_000;

/** Weights and tensors lie outside of the heap; strings do not, and a model may give any number. */
const HEAP_MIB = 512;

const EXTENSION = import.meta.url.endsWith(".ts") ? "ts" : "js";
const THREAD = new URL(`thread.${EXTENSION}`, import.meta.url);

/** What a thread is started with, and what its messages call the model. */
export interface HostSetup extends ThreadSetup {
  readonly name: string;
  /** The thread's program, where it is another than ours: tests have one that dies. */
  readonly program?: URL | undefined;
}

/** What a model takes and gives. */
export interface Slots {
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
}

interface Waiting {
  readonly resolve: (outputs: readonly Part[]) => void;
  readonly reject: (fault: Refusal) => void;
}

/** A model in a thread of its own. */
export class OnnxHost implements AsyncDisposable {
  readonly #name: string;
  readonly #worker: Worker;
  readonly #exited: Promise<unknown>;
  readonly #opened = Promise.withResolvers<Slots>();
  readonly #waiting = new Map<number, Waiting>();
  #runtime: RuntimeName | undefined;
  #nextId = 1;
  #isGone = false;
  #isClosing = false;

  /** Use {@link OnnxHost.open}, which also waits until the model is there. */
  constructor({ name, program = THREAD, ...setup }: HostSetup) {
    this.#name = name;
    this.#worker = new Worker(program, {
      name,
      workerData: setup,
      env: {},
      execArgv: [],
      // What the runtime prints stays there: it comes as an exception too. To read it, even to
      // throw it away, would keep the process alive.
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    });
    this.#exited = new Promise((resolve) => this.#worker.once("exit", resolve));
    this.#worker.on("message", (report: Report) => this.#reported(report));
    this.#worker.on("messageerror", () => this.#died("its answer could not be read"));
    this.#worker.on("error", (error: unknown) => this.#died(reasonOf(error)));
    this.#worker.on("exit", () => this.#died("its thread ended"));
  }

  /**
   * Starts a thread and opens the model in it.
   *
   * @throws {Refusal} `MODEL_FAILED` when it does not open, `CANCELLED` when the signal says so.
   */
  static async open(setup: HostSetup, signal?: AbortSignal): Promise<OnnxHost> {
    if (signal?.aborted) throw cancelled(setup.name);
    const host = new OnnxHost(setup);
    const abort = () => host.#opened.reject(cancelled(setup.name));
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await host.#opened.promise;
      host.#rest();
      return host;
    } catch (error) {
      void host[Symbol.asyncDispose]();
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Whether the thread has ended: then it takes no run, and another has to be opened. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** What the model takes and gives, once it is open. */
  get slots(): Promise<Slots> {
    return this.#opened.promise;
  }

  /**
   * Runs the model.
   *
   * @param inputs In the order of the slots. Their buffers are moved, and empty afterwards.
   * @throws {Refusal} `MODEL_FAILED`, `POOL_FULL`, `CLOSED`, or `CANCELLED` at once when the signal
   * says so: what has begun goes on for nobody.
   */
  async run(inputs: readonly Part[], signal?: AbortSignal): Promise<readonly Part[]> {
    if (signal?.aborted) throw cancelled(this.#name);
    if (this.#isClosing) throw closed(this.#name);
    if (this.#isGone) throw failed(this.#name, "its thread ended");
    if (this.#waiting.size >= RUNS_MAX) {
      throw fault("POOL_FULL", this.#name, `has ${RUNS_MAX} runs waiting, and takes no more`);
    }
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<readonly Part[]>();
    const abort = () => {
      this.#send({ kind: "cancel", id });
      this.#settle(id)?.reject(cancelled(this.#name));
    };
    this.#waiting.set(id, { resolve, reject });
    this.#worker.ref();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      this.#send({ kind: "run", id, inputs }, buffersOf(inputs));
      return await promise;
    } finally {
      this.#waiting.delete(id);
      this.#rest();
      signal?.removeEventListener("abort", abort);
    }
  }

  /**
   * Takes no more runs, ends those that wait with `CLOSED`, and waits until the thread has ended.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#end(() => closed(this.#name));
      this.#stop();
    }
    if (!this.#isGone) this.#worker.ref();
    await this.#exited;
  }

  #reported(report: Report): void {
    switch (report.kind) {
      case "loaded":
        this.#runtime = report.runtime;
        if (this.#isClosing) this.#stop();
        return;
      case "opened":
        return this.#opened.resolve({ inputs: report.inputs, outputs: report.outputs });
      case "refused":
        return this.#opened.reject(failed(this.#name, report.detail));
      case "ran":
        return this.#settle(report.id)?.resolve(report.outputs);
      case "failed":
        this.#settle(report.id)?.reject(failed(this.#name, report.detail));
    }
  }

  /** WebAssembly stops where it is; before we know which one it is, we wait to be told. */
  #stop(): void {
    this.#send({ kind: "close" });
    if (this.#runtime === "onnxruntime-web") void this.#worker.terminate();
  }

  #died(reason: string): void {
    this.#isGone = true;
    this.#end(() => failed(this.#name, reason));
  }

  #end(why: () => Refusal): void {
    this.#opened.promise.catch(() => undefined);
    this.#opened.reject(why());
    for (const { reject } of this.#waiting.values()) reject(why());
    this.#waiting.clear();
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #send(order: Order, moved: readonly ArrayBuffer[] = []): void {
    if (!this.#isGone) this.#worker.postMessage(order, moved);
  }

  /** A model that nobody waits for keeps no process alive. */
  #rest(): void {
    if (this.#waiting.size === 0 && !this.#isClosing) this.#worker.unref();
  }
}

function reasonOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (code === "ERR_WORKER_OUT_OF_MEMORY") return "its thread ran out of memory";
  return "its thread broke off";
}

/** Returns a refusal that names the model. */
export function failed(name: string, detail: string): Refusal {
  return fault("MODEL_FAILED", name, detail);
}

export function cancelled(name: string): Refusal {
  return fault("CANCELLED", name, "was cancelled by its signal");
}

export function closed(name: string): Refusal {
  return fault("CLOSED", name, "was disposed of, and takes no run any more");
}

function fault(code: FaultCode, name: string, detail: string): Refusal {
  return new Refusal(code, "", `${name} ${detail}`);
}
