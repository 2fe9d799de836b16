/**
 * Who runs a call, and when we give up on it: the trusted side of every sandbox.
 *
 * Each worker thread feeds one sandbox and is a *seat* (`crew.ts`). What waits for a seat travels
 * as one block, so that at load the cost of waking a thread and a process is shared. A block goes
 * only to a seat that is idle, preferably one whose sandbox has the hook warm, and holds no more
 * than a seat's share of what waits nor more work than a moment's. Whose calls they are is for the
 * queue to say, which tenants share by time.
 *
 * Invariant: every call that was taken is settled exactly once.
 *
 * @module
 */

import type { Limits } from "../limits.ts";
import { ANSWER, type Answer, answerIn, answersIn } from "../wire/records.ts";
import type * as jobs from "./jobs.ts";
import {
  blockOf,
  cancelled,
  closed,
  type Errand,
  onAbort,
  type PoolAnswer,
  type PoolCall,
  unlessAborted,
  type Waiting,
  waitedTooLong,
  waitingFor,
  workerFault,
} from "./call.ts";
import { Crew } from "./crew.ts";
import { ERRAND_MS, newsFor, Planner, type Seat, seatFor } from "./planner.ts";
import { Quarantine } from "./quarantine.ts";
import { Queue, type Shares } from "./queue.ts";
import { Recycler } from "./recycler.ts";
import { Snapshots } from "./snapshots.ts";
import { Stragglers } from "./stragglers.ts";
import { Tenants } from "./tenants.ts";

export interface PoolOptions extends jobs.WorkerConfig {
  readonly workers: number;
  readonly shares?: Shares | undefined;
}

/** What a death costs beside the call: a process is started, and what was warm in it is cold. */
const DEATH_MS = 100;

/** Runs calls in sandboxes. */
export class Pool {
  /** What it was started with. */
  readonly options: PoolOptions;
  readonly #limits: Limits;
  readonly #crew: Crew;
  readonly #queue: Queue<Waiting | Errand>;
  readonly #quarantine: Quarantine;
  readonly #tenants: Tenants;
  /** Calls that are at a worker, by block. */
  readonly #blocks = new Map<number, Map<number, Waiting>>();
  readonly #planner: Planner;
  readonly #stragglers = new Stragglers();
  readonly #snapshots: Snapshots;
  readonly #recycler = new Recycler();
  #nextCall = 1;
  #nextBlock = 1;
  #isPumpDue = false;
  #isClosing = false;
  #isClosed = false;
  #dueTimer: NodeJS.Timeout | undefined;
  #idle: (() => void) | undefined;

  constructor(options: PoolOptions) {
    const { workers, shares, ...config } = options;
    const now = () => performance.now();
    this.options = options;
    this.#limits = options.limits;
    this.#queue = new Queue(options.limits, shares);
    this.#tenants = new Tenants(options, now);
    this.#planner = new Planner((tenant) => this.#tenants.homeOf(tenant));
    this.#quarantine = new Quarantine(options.limits, now);
    this.#snapshots = new Snapshots(options.launch, options.isolation);
    this.#crew = new Crew(workers, config);
  }

  /**
   * Starts the threads and their sandboxes, and waits until they are there.
   *
   * @throws {Refusal} `INTERNAL` when a worker does not start.
   */
  static async start(options: PoolOptions, signal?: AbortSignal): Promise<Pool> {
    if (signal?.aborted) throw cancelled();
    const pool = new Pool(options);
    try {
      const noticed = (notice: jobs.Notice) => pool.#noticed(notice);
      const started = pool.#crew.start(options.workers, noticed, () => pool.#pumpSoon());
      await unlessAborted(signal, started);
      return pool;
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  /** Reads the text of a hook in a worker. */
  async inspect(job: jobs.InspectJob, signal?: AbortSignal): Promise<jobs.InspectResult> {
    const read = this.#errand(job.tenant, job.text.length, () => job);
    return (await unlessAborted(signal, read)) as jobs.InspectResult;
  }

  /** Makes the isolate of a hook in some sandbox and gives the answer to that. */
  async prepare(hook: jobs.WorkerHook, signal?: AbortSignal): Promise<PoolAnswer> {
    const { key, tenant, spec } = hook;
    const call = this.#newCall();
    this.#quarantine.admit(key, call);
    const prepared = this.#errand(tenant, spec.expression.length, (seat) => {
      const awake = this.#snapshots.awake(hook);
      seat.known.set(spec.hook, awake.snapshot !== undefined);
      seat.warm.add(spec.hook);
      return { kind: "prepare", home: this.#tenants.homeOf(tenant), hook: awake };
    });
    try {
      const record = (await unlessAborted(signal, prepared)) as ArrayBuffer;
      const { answer, body } = answerIn(record);
      this.#judge(hook, call, answer);
      return { answer, body, queueMs: 0 };
    } finally {
      this.#quarantine.withdrawn(key, call);
    }
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
    for (const seat of this.#crew.seats) {
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
    for (const item of [...this.#queue]) if (item.kind === "errand") this.#refuse(item, closed());
    if (this.#queue.size > 0 || this.#blocks.size > 0) {
      await new Promise<void>((resolve) => (this.#idle = resolve));
    }
    clearTimeout(this.#dueTimer);
    await this.#crew.close();
    await this.#snapshots.close();
    this.#stragglers[Symbol.dispose]();
  }

  /** What is there now: for `describe`, and for tests. */
  get state(): { workers: number; busy: number; waiting: number; snapshots: number } {
    const { workers } = this.options;
    const busy = this.#crew.seats.length - this.#crew.idle.length;
    return { workers, busy, waiting: this.#queue.size, snapshots: this.#snapshots.count };
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

  #newCall(): number {
    const id = this.#nextCall;
    this.#nextCall = (id % 0xffff_fffe) + 1;
    return id;
  }

  #enqueue(
    call: PoolCall,
    settle: (answer: PoolAnswer) => void,
    fail: (error: unknown) => void,
  ): void {
    const { key } = call.hook;
    const ends = { settle, fail };
    const waiting = waitingFor(call, this.#newCall(), this.#limits.queueMs, ends);
    try {
      this.#quarantine.admit(key, waiting.id);
      this.#queue.add(waiting);
      this.#tenants.seen(waiting.tenant);
    } catch (error) {
      this.#quarantine.withdrawn(key, waiting.id);
      return fail(error);
    }
    if (call.signal) onAbort(call.signal, waiting, () => this.#aborted(waiting));
    this.#pumpSoon();
  }

  #aborted(waiting: Waiting): void {
    const { id, call } = waiting;
    if (this.#queue.remove(waiting)) this.#quarantine.withdrawn(call.hook.key, id);
    this.#settled();
  }

  /** Has a job done by the next seat that is idle, when its tenant's turn comes. */
  #errand(tenant: string, bytes: number, jobFor: Errand["jobFor"]): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const dueMs = performance.now() + this.#limits.queueMs;
    const errand: Errand = {
      ...{ kind: "errand", tenant, bytes, dueMs, jobFor, settle: resolve, fail: reject },
    };
    try {
      if (this.#isClosed || this.#isClosing) throw closed();
      this.#queue.add(errand);
      this.#pumpSoon();
    } catch (error) {
      reject(error);
    }
    return promise;
  }

  /**
   * Looks for work when the calls that come together are all there, for they make one block: those
   * of one task, or, where others are at work already, of all sockets that have something to say.
   */
  #pumpSoon(): void {
    if (this.#isPumpDue) return;
    this.#isPumpDue = true;
    (this.#blocks.size > 0 ? setImmediate : queueMicrotask)(() => this.#pump());
  }

  #pump(): void {
    this.#isPumpDue = false;
    for (;;) {
      const { idle, seats } = this.#crew;
      const first = idle[0] && this.#queue.first((one) => this.#tenants.mayHave(one, seats));
      const seat = first?.kind === "call" ? seatFor(first.hook, idle) : idle[0];
      if (!first || !seat) break;
      seat.tenant = first.tenant;
      if (first.kind === "errand") void this.#runErrand(seat, first);
      else void this.#send(seat, this.#planner.takeBlock(this.#queue, first, seat, idle.length));
    }
    this.#watchQueue();
  }

  async #send(seat: Seat, calls: readonly Waiting[]): Promise<void> {
    const id = this.#nextBlock++;
    const now = performance.now();
    const hooks: jobs.WorkerHook[] = [];
    for (const call of calls) {
      call.queueMs = now - call.sinceMs;
      const news = newsFor(seat, call.call.hook, (hook) => this.#snapshots.awake(hook));
      if (news) hooks.push(news);
      seat.warm.add(call.hook);
    }
    this.#blocks.set(id, new Map(calls.map((call) => [call.id, call])));
    const forget = seat.toForget.splice(0);
    const home = this.#tenants.homeOf(seat.tenant);
    const job = { kind: "block", id, home, hooks, forget, ...blockOf(calls) } as const;
    try {
      const answers = await this.#crew.run(seat, job);
      this.#answers(id, answers as ArrayBuffer);
    } catch (error) {
      this.#workerFailed(id, error);
    }
    this.#settled();
    this.#pumpSoon();
  }

  /** Hands the answers of a block to who waits for them; what was not begun waits again. */
  #answers(id: number, answers: ArrayBuffer): void {
    const block = this.#blocks.get(id);
    const back: Waiting[] = [];
    for (const { answer, body } of answersIn(answers)) {
      const waiting = block?.get(answer.call);
      if (!waiting) continue;
      block?.delete(answer.call);
      if (answer.kind !== ANSWER.notBegun) this.#answered(waiting, answer, body);
      else back.push(Object.assign(waiting, { record: body.slice() }));
    }
    // Early answers come on a way of their own and may be overtaken by the last ones, so a block is
    // over when each of its calls is, not when its job is.
    if (block?.size === 0) this.#blocks.delete(id);
    if (back.length > 0) this.#putBack(back);
  }

  #answered(waiting: Waiting, answer: Answer, body: Uint8Array<ArrayBuffer>): void {
    const { id, tenant, hook, call, expectedMs, queueMs } = waiting;
    this.#planner.learn(hook, answer.wallMs);
    this.#queue.charge(tenant, answer.loadMs + answer.wallMs - expectedMs);
    this.#judge(call.hook, id, answer);
    waiting.settle({ answer, body, queueMs });
  }

  /** Whether a call has killed its sandbox, and what follows from that. */
  #judge({ key, tenant, spec }: jobs.WorkerHook, call: number, { kind, wallMs }: Answer): void {
    if (kind !== ANSWER.died) {
      if (wallMs >= spec.limits.wallMs) this.#tenants.overran(tenant, wallMs);
      return this.#quarantine.survived(key, call);
    }
    this.#tenants.killed(tenant);
    this.#queue.charge(tenant, DEATH_MS);
    if (!this.#quarantine.killed(key)) return;
    for (const item of [...this.#queue]) {
      if (item.kind !== "call" || item.call.hook.key !== key) continue;
      try {
        this.#quarantine.admit(key, item.id);
      } catch (error) {
        this.#refuse(item, error);
      }
    }
  }

  #putBack(calls: readonly Waiting[]): void {
    const wanted = calls.filter(({ call }) => call.signal?.aborted !== true);
    this.#queue.putBack(wanted, (item) => (item.kind === "call" ? item.expectedMs : 0));
    this.#pumpSoon();
  }

  /** A worker thread is our own code: when it fails, its calls are told so. */
  #workerFailed(id: number, error: unknown): void {
    for (const call of this.#blocks.get(id)?.values() ?? []) {
      this.#quarantine.withdrawn(call.call.hook.key, call.id);
      call.fail(workerFault(error));
    }
    this.#blocks.delete(id);
  }

  /** One timer, for what has waited longest. */
  #watchQueue(): void {
    clearTimeout(this.#dueTimer);
    const { dueMs } = this.#queue;
    if (dueMs === Infinity) return;
    this.#dueTimer = setTimeout(() => this.#expire(), Math.max(0, dueMs - performance.now()));
  }

  #expire(): void {
    const now = performance.now();
    for (const item of [...this.#queue]) {
      if (item.dueMs > now) continue;
      this.#refuse(item, waitedTooLong(this.#limits.queueMs));
    }
    this.#settled();
    this.#watchQueue();
  }

  /** Takes something out of the queue that will not be run. */
  #refuse(item: Waiting | Errand, error: unknown): void {
    this.#queue.remove(item);
    if (item.kind === "call") this.#quarantine.withdrawn(item.call.hook.key, item.id);
    item.fail(error);
  }

  #settled(): void {
    if (this.#queue.size === 0 && this.#blocks.size === 0) this.#idle?.();
  }

  async #runErrand(seat: Seat, errand: Errand): Promise<void> {
    this.#queue.take(errand, ERRAND_MS);
    const begunMs = performance.now();
    try {
      errand.settle(await this.#crew.run(seat, errand.jobFor(seat)));
    } catch (error) {
      errand.fail(workerFault(error));
    }
    this.#queue.charge(errand.tenant, performance.now() - begunMs - ERRAND_MS);
    this.#pumpSoon();
  }
}
