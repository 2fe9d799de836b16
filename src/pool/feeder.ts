/**
 * Feeds one sandbox: blocks of calls in, checked answers out, and an end to what does not end.
 *
 * Of a block the feeder always knows which calls have ended, which one runs and which have not
 * begun, because a sandbox runs them in order and answers each before it begins the next:
 *
 * - ended: its answer has been read;
 * - running: the first without an answer. When the sandbox dies, this one is to blame;
 * - not begun: all behind it. They go back, and run elsewhere.
 *
 * A slow call must not hold up those behind it. So each but the first carries a moment by which it
 * has to begin, on the clock that both processes share. Once that is over and every answer that was
 * written before it has been read, those behind the running call can never begin here: they are
 * given back while it still runs.
 *
 * Invariant: no call that began is ever run a second time, and no answer that was given is lost.
 *
 * @module
 */

import { type Axes, type Checker, compileSchema } from "../contract/schema.ts";
import { type Fault, Refusal } from "../faults.ts";
import type { Limits } from "../limits.ts";
import { nowMs } from "../sandbox/clock.ts";
import { decode } from "../wire/decode.ts";
import {
  ANSWER,
  type Answer,
  readRequest,
  REQUEST,
  REQUEST_HEAD_BYTES,
  writeBeginBy,
  writeRequest,
} from "../wire/records.ts";
import { readText } from "../wire/text.ts";
import { checkedRecord, faultRecord, joinRecords, notBegunRecord } from "./answers.ts";
import type { BlockJob, WorkerHook } from "./jobs.ts";
import type { End, Sandbox } from "./sandbox-process.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How long the calls of a block may begin; after that those behind a slow one go elsewhere. */
const LEASE_MS = 5;
/** How long past its limit a call may be silent before its process is killed. */
const GRACE_MS = 200;
/** How often a running call is looked at. */
const TICK_MS = 25;
/** A sandbox is replaced after so many calls: V8 keeps the timer of each until it is due. */
const CALLS_MAX = 200_000;
const STARTS_MAX = 3;
const CHECK_MEMORY_EVERY = 256;

/** A hook with its checks compiled. */
interface KnownHook {
  readonly hook: WorkerHook;
  readonly accepts: Checker | undefined;
  readonly returns: Checker | undefined;
}

/** One call of the block that runs. */
interface RunningCall {
  readonly call: number;
  readonly known: KnownHook;
  /** Its own record, for giving it back. */
  readonly request: Bytes;
  readonly axes: Axes;
  isGivenBack: boolean;
}

/** What the feeder asks of the world. */
export interface FeederOptions {
  readonly limits: Limits;
  /** Gives a sandbox that is ready, or fails when none can be started. */
  readonly takeSandbox: () => Promise<Sandbox>;
  /** Takes answers that should not wait for the end of their block. */
  readonly sendEarly: (block: number, answers: ArrayBuffer) => void;
}

/** The hooks and the sandbox of one worker. */
export class Feeder {
  readonly #options: FeederOptions;
  readonly #hooks = new Map<number, KnownHook>();
  /** Hooks that the sandbox knows, least recently used first, and whether their isolate is warm. */
  readonly #given = new Map<number, boolean>();
  #sandbox: Sandbox | undefined;
  #calls = 0;

  constructor(options: FeederOptions) {
    this.#options = options;
  }

  /** Starts the sandbox before the first call needs it. */
  async start(): Promise<void> {
    await this.#ready();
  }

  /** Makes the isolate of a hook, so that its faults are found before a call; gives the answer. */
  async prepare(hook: WorkerHook): Promise<ArrayBuffer> {
    this.#learn(hook);
    // What it answers is that it is there, not what the hook returns.
    const known = { ...this.#known(hook.spec.hook), returns: undefined };
    const request = requestRecord(REQUEST.prepare, 0, hook.spec.hook);
    const call = { call: 0, known, request, axes: new Map(), isGivenBack: false };
    const [answer] = await this.#feed([call], () => undefined);
    return answer ? joinRecords([answer]) : new ArrayBuffer(0);
  }

  /**
   * Runs a block.
   *
   * @returns One buffer of answers, one for each call that was not answered early.
   */
  async run(job: BlockJob): Promise<ArrayBuffer> {
    this.#forget(job.forget);
    for (const hook of job.hooks) this.#learn(hook);
    const refused: Bytes[] = [];
    const calls = this.#callsOf(job.block, refused);
    const early = (records: Bytes[]) => this.#options.sendEarly(job.id, joinRecords(records));
    return joinRecords([...refused, ...(await this.#feed(calls, early))]);
  }

  /** Ends the sandbox. What still runs ends with it. */
  close(): void {
    this.#sandbox?.kill();
  }

  /** Forgets hooks, here and in the sandbox. */
  #forget(hooks: readonly number[]): void {
    for (const hook of hooks) {
      this.#hooks.delete(hook);
      if (this.#given.delete(hook)) this.#sandbox?.send([requestRecord(REQUEST.drop, 0, hook)]);
    }
  }

  #learn(hook: WorkerHook): void {
    const { accepts, returns } = hook;
    this.#hooks.set(hook.spec.hook, {
      hook,
      accepts: accepts === undefined ? undefined : compileSchema(accepts, "accepts"),
      returns: returns === undefined ? undefined : compileSchema(returns, "returns"),
    });
  }

  #known(hook: number): KnownHook {
    const known = this.#hooks.get(hook);
    if (!known) throw new Error(`A worker was never told of hook ${hook}`);
    return known;
  }

  /** Cuts a block into calls; those whose input does not fit are answered at once. */
  #callsOf(block: ArrayBuffer, refused: Bytes[]): RunningCall[] {
    const view = new DataView(block);
    const calls: RunningCall[] = [];
    for (let at = 0; at < block.byteLength; ) {
      const { call, hook, bytes, files } = readRequest(view, at);
      const request = new Uint8Array(block, at, REQUEST_HEAD_BYTES + bytes);
      at += request.length;
      const one = { call, known: this.#known(hook), request, axes: new Map(), isGivenBack: false };
      const fault = inputFault(one, files);
      if (fault) refused.push(faultRecord(call, fault));
      else calls.push(one);
    }
    return calls;
  }

  async #feed(calls: RunningCall[], early: (records: Bytes[]) => void): Promise<Bytes[]> {
    if (calls.length === 0) return [];
    let sandbox: Sandbox;
    try {
      sandbox = await this.#ready();
    } catch (error) {
      const fault = new Refusal("INTERNAL", "", error instanceof Error ? error.message : "no sandbox");
      return calls.map(({ call }) => faultRecord(call, fault.toFault()));
    }
    const run = new BlockRun(calls, sandbox, this.#given, this.#options.limits, early);
    sandbox.onAnswer = (answer, record) => run.answered(answer, record);
    sandbox.onEnd = (end) => {
      this.#sandbox = undefined;
      run.died(end);
    };
    const answers = await run.start(this.#recordsFor(calls));
    if (this.#sandbox) this.#rest(this.#sandbox, calls.length);
    return answers;
  }

  /** Between two blocks: nothing is due, so an answer is a lie and an end is no call's doing. */
  #rest(sandbox: Sandbox, calls: number): void {
    sandbox.onAnswer = () => sandbox.kill();
    sandbox.onEnd = () => {
      if (this.#sandbox === sandbox) this.#sandbox = undefined;
    };
    const before = this.#calls;
    this.#calls += calls;
    const isDue = Math.floor(before / CHECK_MEMORY_EVERY) < Math.floor(this.#calls / CHECK_MEMORY_EVERY);
    const isFull = isDue && sandbox.residentBytes() > this.#options.limits.residentMiB * 2 ** 19;
    if (!isFull && this.#calls < CALLS_MAX) return;
    this.#sandbox = undefined;
    sandbox.kill();
  }

  async #ready(): Promise<Sandbox> {
    for (let starts = 1; !this.#sandbox; starts++) {
      try {
        this.#sandbox = await this.#options.takeSandbox();
        this.#given.clear();
        this.#calls = 0;
      } catch (error) {
        if (starts === STARTS_MAX) throw error;
      }
    }
    return this.#sandbox;
  }

  /** The records to send: hooks that the sandbox lacks, hooks it must drop for them, the calls. */
  #recordsFor(calls: readonly RunningCall[]): Uint8Array[] {
    const records: Uint8Array[] = [];
    const needed = new Set(calls.map(({ known }) => known.hook.spec.hook));
    for (const { known, request } of calls) {
      const { spec } = known.hook;
      const warm = this.#given.get(spec.hook);
      this.#given.delete(spec.hook);
      this.#given.set(spec.hook, warm ?? false);
      if (warm === undefined) records.push(loadRecord(known.hook), ...this.#drops(needed));
      records.push(request);
    }
    return records;
  }

  #drops(needed: ReadonlySet<number>): Uint8Array[] {
    const drops: Uint8Array[] = [];
    for (const hook of [...this.#given.keys()]) {
      if (this.#given.size <= this.#options.limits.isolates) break;
      if (needed.has(hook)) continue;
      this.#given.delete(hook);
      drops.push(requestRecord(REQUEST.drop, 0, hook));
    }
    return drops;
  }
}

/** One block in a sandbox, from the first record sent to the last answer read. */
class BlockRun {
  readonly #calls: readonly RunningCall[];
  readonly #sandbox: Sandbox;
  readonly #given: Map<number, boolean>;
  readonly #limits: Limits;
  readonly #early: (records: Bytes[]) => void;
  readonly #done = Promise.withResolvers<Bytes[]>();
  #answers: Bytes[] = [];
  /** The first call without an answer: the one that runs. */
  #next = 0;
  #begunMs = 0;
  #isLoading = false;
  #why: Refusal | undefined;
  #tick: NodeJS.Timeout | undefined;
  #lease: NodeJS.Timeout | undefined;
  #seen = 0;

  constructor(
    calls: readonly RunningCall[],
    sandbox: Sandbox,
    given: Map<number, boolean>,
    limits: Limits,
    early: (records: Bytes[]) => void,
  ) {
    this.#calls = calls;
    this.#sandbox = sandbox;
    this.#given = given;
    this.#limits = limits;
    this.#early = early;
  }

  start(records: readonly Uint8Array[]): Promise<Bytes[]> {
    const beginBy = nowMs() + LEASE_MS;
    for (const [i, { request }] of this.#calls.entries()) {
      const view = new DataView(request.buffer, request.byteOffset);
      writeBeginBy(view, 0, i === 0 ? Infinity : beginBy);
    }
    this.#tick = setTimeout(() => this.#look(), TICK_MS);
    if (this.#calls.length > 1) this.#watchLease(LEASE_MS + 1);
    this.#begins();
    this.#sandbox.send(records);
    return this.#done.promise;
  }

  answered(answer: Answer, record: Bytes): void {
    const running = this.#calls[this.#next];
    this.#seen += 1;
    if (!running || answer.call !== running.call) return this.#lied("an answer for another call");
    const { hook } = running.known.hook.spec;
    switch (answer.kind) {
      case ANSWER.loaded:
        if (!this.#isLoading) return this.#lied("that it loaded a hook twice");
        this.#given.set(hook, true);
        return this.#begins();
      case ANSWER.notBegun:
        if (!running.isGivenBack) this.#giveBack(running);
        break;
      case ANSWER.done:
        if (running.isGivenBack) return this.#lied("an answer of a call that it had given back");
        this.#given.set(hook, answer.isKept);
        this.#answers.push(this.#checked(running, record));
        break;
      default:
        return this.#lied("an answer of another kind");
    }
    this.#next += 1;
    this.#begins();
    if (this.#next === this.#calls.length) this.#finish();
  }

  /** The sandbox has ended: one call is to blame, those behind it go elsewhere. */
  died(end: End): void {
    const suspect = this.#calls[this.#next];
    if (suspect && !suspect.isGivenBack) {
      this.#answers.push(faultRecord(suspect.call, this.#deathFault(end, suspect)));
      suspect.isGivenBack = true;
    }
    for (const call of this.#calls.slice(this.#next)) if (!call.isGivenBack) this.#giveBack(call);
    this.#finish();
  }

  #finish(): void {
    clearTimeout(this.#tick);
    clearTimeout(this.#lease);
    this.#done.resolve(this.#answers);
  }

  /** The next call begins now, or is about to be loaded. */
  #begins(): void {
    const running = this.#calls[this.#next];
    this.#begunMs = nowMs();
    this.#isLoading = running ? this.#given.get(running.known.hook.spec.hook) !== true : false;
  }

  #checked(running: RunningCall, record: Bytes): Bytes {
    const { hook, returns } = running.known;
    const { axes, call } = running;
    return checkedRecord(record, call, { limits: hook.spec.limits, returns, axes });
  }

  #giveBack(call: RunningCall): void {
    call.isGivenBack = true;
    this.#answers.push(notBegunRecord(call.call, call.request));
  }

  /** Looks at the clock and at the memory of the process, whatever its main thread is doing. */
  #look(): void {
    const running = this.#calls[this.#next];
    if (!running) return;
    const { limits } = running.known.hook.spec;
    const mostMs = (this.#isLoading ? this.#limits.loadMs : limits.wallMs) + GRACE_MS;
    if (nowMs() - this.#begunMs > mostMs) this.#why = timeoutRefusal(this.#isLoading, limits, this.#limits);
    else if (this.#sandbox.residentBytes() > this.#limits.residentMiB * 2 ** 20) {
      this.#why = residentRefusal(this.#limits.residentMiB);
    }
    if (this.#why) return this.#sandbox.kill();
    this.#tick = setTimeout(() => this.#look(), TICK_MS);
  }

  #watchLease(afterMs: number): void {
    this.#lease = setTimeout(() => {
      const seen = this.#seen;
      // Two turns of the loop read all that was in the pipe; if anything was, look again later.
      setImmediate(() => setImmediate(() => this.#leaseOver(seen)));
    }, afterMs);
  }

  #leaseOver(seen: number): void {
    if (this.#next >= this.#calls.length) return;
    if (this.#seen !== seen || this.#sandbox.isMidAnswer) return this.#watchLease(1);
    for (const call of this.#calls.slice(this.#next + 1)) {
      if (!call.isGivenBack) this.#giveBack(call);
    }
    if (this.#answers.length > 0) this.#early(this.#answers);
    this.#answers = [];
  }

  #lied(what: string): void {
    this.#why ??= new Refusal("HOOK_CRASHED", "", `The sandbox sent ${what}; it was ended`);
    this.#sandbox.kill();
  }

  #deathFault({ how, outOfMemory }: End, { known }: RunningCall): Fault {
    if (this.#why) return this.#why.toFault();
    const { heapMiB } = known.hook.spec.limits;
    const detail = `wants at most ${heapMiB} MiB of heap (limits.heapMiB), got more: V8 gave up (${how})`;
    if (outOfMemory) return { code: "HOOK_MEMORY", path: "", detail };
    const said = `The sandbox ended in the middle of the call (${how}); it has been replaced`;
    return { code: "HOOK_CRASHED", path: "", detail: said };
  }
}

function inputFault({ known, request, axes }: RunningCall, files: number): Fault | undefined {
  if (!known.accepts) return undefined;
  const view = new DataView(request.buffer, request.byteOffset);
  let end = request.length;
  const sizes = REQUEST_HEAD_BYTES;
  for (let i = 0; i < files; i++) end -= view.getUint32(sizes + 4 * i, true);
  const args = request.subarray(sizes + 4 * files, end);
  const [, values] = decode(args, readText) as [unknown, unknown[]];
  try {
    known.accepts(values[0], { code: "INPUT_MISMATCH", axes });
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.toFault();
    throw error;
  }
}

function timeoutRefusal(isLoading: boolean, hook: Limits, runtime: Limits): Refusal {
  const detail = isLoading
    ? `wants to be loaded within ${runtime.loadMs} ms (limits.loadMs), was not; its process was ended`
    : `wants an answer within ${hook.wallMs} ms (limits.wallMs), got none; what it does cannot be ` +
      "interrupted, so its process was ended";
  return new Refusal("HOOK_TIMEOUT", "", detail);
}

function residentRefusal(residentMiB: number): Refusal {
  const detail = `wants at most ${residentMiB} MiB in its process (limits.residentMiB), got more`;
  return new Refusal("HOOK_MEMORY", "", detail);
}

function requestRecord(kind: number, call: number, hook: number, body = 0): Bytes {
  const bytes = new Uint8Array(REQUEST_HEAD_BYTES + body);
  const view = new DataView(bytes.buffer);
  writeRequest(view, 0, { kind, files: 0, call, hook, bytes: body, beginBy: 0 });
  return bytes;
}

function loadRecord({ spec }: WorkerHook): Bytes {
  const text = new TextEncoder().encode(JSON.stringify(spec));
  const record = requestRecord(REQUEST.load, 0, spec.hook, text.length);
  record.set(text, REQUEST_HEAD_BYTES);
  return record;
}
