/**
 * Who runs a call, and when we give up on it: the trusted side of every sandbox.
 *
 * Piscina owns the threads and their lives; each feeds one sandbox and is a *seat* here. What waits
 * for a seat travels as one block, so that at load the cost of waking a thread and a process is
 * shared. A block goes only to a seat that is idle, preferably one whose sandbox has the hook warm,
 * and holds no more than a seat's share of what waits nor more work than a moment's.
 *
 * Invariant: every call that was taken is settled exactly once.
 *
 * @module
 */

import type { Piscina } from "piscina";

import { Refusal } from "../faults.ts";
import type { Limits } from "../limits.ts";
import { ANSWER, ANSWER_HEAD_BYTES, type Answer, readAnswer } from "../wire/records.ts";
import type * as jobs from "./jobs.ts";
import {
  blockOf,
  cancelled,
  closed,
  onAbort,
  type PoolAnswer,
  type PoolCall,
  unlessAborted,
  type Waiting,
  workerFault,
} from "./call.ts";
import { type Errand, Errands } from "./errands.ts";
import { newSeat, Planner, type Seat } from "./planner.ts";
import { Queue } from "./queue.ts";
import { Recycler } from "./recycler.ts";
import { Snapshots } from "./snapshots.ts";
import { threadsFor } from "./threads.ts";
import { Stragglers } from "./stragglers.ts";

export interface PoolOptions extends jobs.WorkerConfig {
  readonly workers: number;
}

/** A start may be given up. */
export interface PoolStart extends PoolOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Runs calls in sandboxes. */
export class Pool {
  /** What it was started with. */
  readonly options: PoolOptions;
  readonly #limits: Limits;
  readonly #piscina: Piscina;
  readonly #seats = new Map<number, Seat>();
  readonly #queue: Queue<Waiting>;
  /** Calls that are at a worker, by block. */
  readonly #blocks = new Map<number, Map<number, Waiting>>();
  readonly #planner = new Planner();
  readonly #stragglers = new Stragglers();
  readonly #snapshots: Snapshots;
  readonly #recycler = new Recycler();
  readonly #errands = new Errands();
  #target = 0;
  #nextCall = 1;
  #nextBlock = 1;
  #isPumpDue = false;
  #isClosing = false;
  #isClosed = false;
  #dueTimer: NodeJS.Timeout | undefined;
  #idle: (() => void) | undefined;

  constructor(options: PoolOptions) {
    const { workers, ...config } = options;
    this.options = options;
    this.#limits = options.limits;
    this.#queue = new Queue(options.limits);
    this.#snapshots = new Snapshots(options.launch);
    this.#piscina = threadsFor(workers, config, () => this.#target);
  }

  /**
   * Starts the threads and their sandboxes, and waits until they are there.
   *
   * @throws {Refusal} `INTERNAL` when a worker does not start.
   */
  static async start({ signal, ...options }: PoolStart): Promise<Pool> {
    if (signal?.aborted) throw cancelled();
    const pool = new Pool(options);
    try {
      await unlessAborted(signal, pool.#start(options.workers));
      return pool;
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  /** Reads the text of a hook in a worker. */
  async inspect(job: jobs.InspectJob, signal?: AbortSignal): Promise<jobs.InspectResult> {
    const read = this.#errand(() => job);
    return (await unlessAborted(signal, read)) as jobs.InspectResult;
  }

  /** Makes the isolate of a hook in some sandbox and gives the answer to that. */
  async prepare(hook: jobs.WorkerHook, signal?: AbortSignal): Promise<PoolAnswer> {
    const prepared = this.#errand((seat) => {
      seat.known.add(hook.spec.hook);
      seat.warm.add(hook.spec.hook);
      return { kind: "prepare", hook: this.#awake(hook) };
    });
    const record = (await unlessAborted(signal, prepared)) as ArrayBuffer;
    const answer = readAnswer(new DataView(record), 0);
    return { answer, body: new Uint8Array(record, ANSWER_HEAD_BYTES), queueMs: 0 };
  }

  /**
   * Runs a call.
   *
   * @throws {Refusal} `POOL_FULL`, `QUEUE_TIMEOUT`, `CANCELLED`, `CLOSED` or `INTERNAL`: what
   * became of a call that no hook has answered. Faults of the hook are in the answer.
   */
  call(call: PoolCall): Promise<PoolAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<PoolAnswer>();
    if (this.#isClosed) reject(closed());
    else if (call.signal?.aborted) reject(cancelled());
    else this.#enqueue(call, resolve, reject);
    return promise;
  }

  /** Gives memory for the record of a call. */
  get allocate(): Recycler["allocate"] {
    return this.#recycler.allocate;
  }

  /** Forgets a hook: each worker is told with its next block. */
  forget(hook: number): void {
    this.#planner.forget(hook);
    for (const seat of this.#seats.values()) {
      seat.warm.delete(hook);
      if (seat.known.delete(hook)) seat.toForget.push(hook);
    }
  }

  /** Whether it is about to be closed: what is not part of a run that was taken is refused. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Takes no more work but the calls of runs that were taken; {@link close} is to follow. */
  refuse(): void {
    this.#isClosing = true;
  }

  /** Takes no more calls, lets those that were taken come to their end, and ends every process. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#queue.size > 0 || this.#blocks.size > 0) {
      await new Promise<void>((resolve) => (this.#idle = resolve));
    }
    clearTimeout(this.#dueTimer);
    this.#errands.refuseAll(closed());
    const seats = [...this.#seats.values()];
    await Promise.all(
      seats.map((seat) => this.#runOn(seat, { kind: "close" }).catch(() => undefined)),
    );
    await this.#piscina.destroy();
    await this.#snapshots.close();
    this.#stragglers[Symbol.dispose]();
  }

  /**
   * The hook with what its isolate wakes from, where that is there by now. Not inside a thread: V8
   * aborts there now and then when it wakes an isolate.
   */
  #awake(hook: jobs.WorkerHook): jobs.WorkerHook {
    if (this.options.isolation === "thread") return hook;
    return { ...hook, snapshot: this.#snapshots.of(hook.spec.libraries) };
  }

  /** What is there now: for `describe`, and for tests. */
  get state(): { workers: number; busy: number; waiting: number; snapshots: number } {
    const seats = [...this.#seats.values()];
    const busy = seats.filter(({ isBusy }) => isBusy).length;
    const snapshots = this.#snapshots.count;
    return { workers: seats.length, busy, waiting: this.#queue.size, snapshots };
  }

  #start(workers: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let ready = 0;
    this.#piscina.on("workerCreate", ({ id }: { id: number }) => {
      const seat = newSeat(id);
      this.#seats.set(id, seat);
      // Piscina calls a thread ready before its script has run, so it is asked: its sandbox is up
      // when the answer comes.
      this.#runOn(seat, { kind: "hello" }).then(
        () => (++ready >= workers ? resolve() : undefined, this.#pumpSoon()),
        (error: unknown) => reject(workerFault(error)),
      );
    });
    this.#piscina.on("workerDestroy", ({ id }: { id: number }) => this.#seats.delete(id));
    this.#piscina.on("message", (notice: jobs.Notice) => this.#noticed(notice));
    this.#piscina.on("error", (error: Error) => {
      reject(new Refusal("INTERNAL", "", `A worker did not start: ${error.message}`));
    });
    return promise;
  }

  #noticed(notice: jobs.Notice): void {
    switch (notice.kind) {
      case "started":
        return this.#stragglers.add(notice.pid);
      case "gone":
        return this.#stragglers.delete(notice.pid);
      case "spent":
        return this.#recycler.give(notice.block);
      case "early":
        this.#answers(notice.id, notice.answers);
        this.#settled();
    }
  }

  #enqueue(
    call: PoolCall,
    settle: (answer: PoolAnswer) => void,
    fail: (error: unknown) => void,
  ): void {
    const sinceMs = performance.now();
    const waiting: Waiting = {
      id: this.#nextCall,
      tenant: call.tenant,
      hook: call.hook.spec.hook,
      bytes: call.record.length,
      dueMs: sinceMs + this.#limits.queueMs,
      call,
      record: call.record,
      sinceMs,
      queueMs: 0,
      settle,
      fail,
    };
    this.#nextCall = (this.#nextCall % 0xffff_fffe) + 1;
    try {
      this.#queue.add(waiting);
    } catch (error) {
      return fail(error);
    }
    if (call.signal) {
      onAbort(call.signal, waiting, () => {
        this.#queue.remove(waiting);
        this.#settled();
      });
    }
    this.#pumpSoon();
  }

  /** Looks for work after the calls that come in this turn are all there: they make one block. */
  #pumpSoon(): void {
    if (this.#isPumpDue) return;
    this.#isPumpDue = true;
    queueMicrotask(() => {
      this.#isPumpDue = false;
      this.#pump();
    });
  }

  #pump(): void {
    const idle = [...this.#seats.values()].filter(({ isBusy }) => !isBusy);
    for (const seat of idle) {
      const errand = this.#errands.take();
      if (!errand) break;
      void this.#runErrand(seat, errand);
    }
    for (let first = this.#queue.first; first; first = this.#queue.first) {
      const idle = [...this.#seats.values()].filter(({ isBusy }) => !isBusy);
      const { hook } = first;
      const seat = idle.find(({ warm }) => warm.has(hook)) ?? idle[0];
      if (!seat) break;
      void this.#send(seat, this.#planner.takeBlock(this.#queue, seat, idle.length));
    }
    this.#watchQueue();
  }

  async #send(seat: Seat, calls: readonly Waiting[]): Promise<void> {
    const id = this.#nextBlock++;
    const now = performance.now();
    const hooks: jobs.WorkerHook[] = [];
    for (const call of calls) {
      call.queueMs = now - call.sinceMs;
      if (!seat.known.has(call.hook)) hooks.push(this.#awake(call.call.hook));
      seat.known.add(call.hook);
      seat.warm.add(call.hook);
    }
    this.#blocks.set(id, new Map(calls.map((call) => [call.id, call])));
    const forget = seat.toForget.splice(0);
    const job = { kind: "block", id, hooks, forget, ...blockOf(calls) } as const;
    try {
      const answers = await this.#runOn(seat, job);
      this.#answers(id, answers as ArrayBuffer);
    } catch (error) {
      this.#workerFailed(id, error);
    }
    this.#settled();
    this.#pumpSoon();
  }

  async #runOn(seat: Seat, job: jobs.Job): Promise<unknown> {
    seat.isBusy = true;
    this.#target = seat.threadId;
    try {
      return await this.#piscina.run(
        job,
        job.kind === "block" ? { transferList: [job.block] } : {},
      );
    } finally {
      seat.isBusy = false;
    }
  }

  /** Hands the answers of a block to who waits for them; what was not begun waits again. */
  #answers(id: number, answers: ArrayBuffer): void {
    const block = this.#blocks.get(id);
    const view = new DataView(answers);
    const back: Waiting[] = [];
    for (let at = 0; at < answers.byteLength;) {
      const answer = readAnswer(view, at);
      const body = new Uint8Array(answers, at + ANSWER_HEAD_BYTES, answer.bytes);
      at += ANSWER_HEAD_BYTES + answer.bytes;
      const waiting = block?.get(answer.call);
      if (!waiting) continue;
      block?.delete(answer.call);
      if (answer.kind === ANSWER.notBegun)
        back.push(Object.assign(waiting, { record: body.slice() }));
      else this.#answered(waiting, answer, body);
    }
    // Early answers come on a way of their own and may be overtaken by the last ones, so a block is
    // over when each of its calls is, not when its job is.
    if (block?.size === 0) this.#blocks.delete(id);
    if (back.length > 0) this.#putBack(back);
  }

  #answered(waiting: Waiting, answer: Answer, body: Uint8Array<ArrayBuffer>): void {
    this.#planner.learn(waiting.hook, answer.wallMs);
    waiting.settle({ answer, body, queueMs: waiting.queueMs });
  }

  #putBack(calls: readonly Waiting[]): void {
    this.#queue.putBack(calls.filter(({ call }) => call.signal?.aborted !== true));
    this.#pumpSoon();
  }

  /** A worker thread is our own code: when it fails, its calls are told so. */
  #workerFailed(id: number, error: unknown): void {
    for (const call of this.#blocks.get(id)?.values() ?? []) call.fail(workerFault(error));
    this.#blocks.delete(id);
  }

  /** One timer, for the call that has waited longest. */
  #watchQueue(): void {
    clearTimeout(this.#dueTimer);
    const first = this.#queue.first;
    if (!first) return;
    const wait = Math.max(0, first.dueMs - performance.now());
    this.#dueTimer = setTimeout(() => this.#expire(), wait);
  }

  #expire(): void {
    const now = performance.now();
    for (const call of [...this.#queue]) {
      if (call.dueMs > now) continue;
      this.#queue.remove(call);
      const detail = `waited ${this.#limits.queueMs} ms for a worker (limits.queueMs): all busy`;
      call.fail(new Refusal("QUEUE_TIMEOUT", "", detail));
    }
    this.#settled();
    this.#watchQueue();
  }

  #settled(): void {
    if (this.#queue.size === 0 && this.#blocks.size === 0) this.#idle?.();
  }

  /** Has a job done by the next seat that is idle, before any call. */
  #errand(jobFor: (seat: Seat) => jobs.Job): Promise<unknown> {
    if (this.#isClosed || this.#isClosing) return Promise.reject(closed());
    this.#pumpSoon();
    return this.#errands.add(jobFor);
  }

  async #runErrand(seat: Seat, { jobFor, resolve, reject }: Errand): Promise<void> {
    try {
      resolve(await this.#runOn(seat, jobFor(seat)));
    } catch (error) {
      reject(workerFault(error));
    }
    this.#pumpSoon();
  }
}
