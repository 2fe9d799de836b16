/**
 * Feeds one sandbox: blocks of calls in, checked answers out, and an end to what does not end.
 *
 * It also keeps the books of its sandbox: which hooks it was told of, which of them are warm, and
 * when it has served long enough. What becomes of one block is `block-run.ts`'s to say.
 *
 * @module
 */

import { type Checker, compileSchema, type Schema } from "../contract/schema/schema.ts";
import { type Fault, Refusal } from "../faults.ts";
import type { Limits } from "../limits.ts";
import { decode } from "../wire/decode.ts";
import { ANSWER, readRequest, REQUEST, REQUEST_HEAD_BYTES, writeRequest } from "../wire/records.ts";
import { readText } from "../wire/text.ts";
import { faultRecord, joinRecords } from "./answers.ts";
import { BlockRun, type KnownHook, type RunningCall } from "./block-run.ts";
import type { BlockJob, WorkerHook } from "./jobs.ts";
import type { HookSpec } from "../sandbox/spec.ts";
import { type Sandbox, UNASKED } from "./sandbox-process.ts";
import { bytesOf, type SnapshotFile } from "./snapshots.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A sandbox is replaced after so many calls: V8 keeps the timer of each until it is due. */
const CALLS_MAX = 200_000;
const STARTS_MAX = 3;
const CHECK_MEMORY_EVERY = 256;
/**
 * Between two blocks a sandbox may hold half of its bound, a call the other half. Bytes for a MiB.
 */
const RESTED_BYTES = 2 ** 20 / 2;

/** What the feeder asks of the world. */
export interface FeederOptions {
  readonly limits: Limits;
  /** The hooks that the worker was told of, by number: the same for all its feeders. */
  readonly hooks: Map<number, KnownHook>;
  /** Gives a sandbox that is ready, or fails when none can be started. */
  readonly takeSandbox: (isApart: boolean) => Promise<Sandbox>;
  /** Takes answers that should not wait for the end of their block. */
  readonly sendEarly: (block: number, answers: ArrayBuffer) => void;
}

/** One sandbox of a worker, one after the other, and what it has of the worker's hooks. */
export class Feeder {
  readonly #options: FeederOptions;
  readonly #isApart: boolean;
  /** Hooks that the sandbox knows, least recently used first, and whether their isolate is warm. */
  readonly #given = new Map<number, boolean>();
  /** Snapshots that the sandbox has. */
  readonly #snapshots = new Set<number>();
  #sandbox: Sandbox | undefined;
  #calls = 0;
  /** Sandboxes in a row that ended before a block had reached them. */
  #deathsBefore = 0;

  /** @param isApart Whether it is for a tenant whose hooks ended sandboxes of late. */
  constructor(options: FeederOptions, isApart = false) {
    this.#options = options;
    this.#isApart = isApart;
  }

  /** Makes the isolate of a hook, so that its faults are found before a call; gives the answer. */
  async prepare(hook: WorkerHook): Promise<ArrayBuffer> {
    this.#learn(hook);
    // What it answers is that it is there, not what the hook returns.
    const known = { ...this.#known(hook.spec.hook), returns: undefined };
    const request = requestRecord(REQUEST.prepare, 0, hook.spec.hook);
    for (;;) {
      const call = { call: 0, known, request, axes: new Map(), isGivenBack: false };
      const [answer] = await this.#feed([call], () => undefined);
      // The sandbox was gone before it was asked: the next one is.
      if (call.isGivenBack && answer?.[0] === ANSWER.notBegun) continue;
      return answer ? joinRecords([answer]) : new ArrayBuffer(0);
    }
  }

  /**
   * Runs a block.
   *
   * @returns One buffer of answers, one for each call that was not answered early.
   */
  async run(job: BlockJob): Promise<ArrayBuffer> {
    for (const hook of job.hooks) {
      // One that it knew comes again with a snapshot: its isolate is made anew, from that.
      this.forget([hook.spec.hook]);
      this.#learn(hook);
    }
    const refused: Bytes[] = [];
    const calls = this.#callsOf(job, refused);
    const early = (records: Bytes[]) => this.#options.sendEarly(job.id, joinRecords(records));
    return joinRecords([...refused, ...(await this.#feed(calls, early))]);
  }

  /** Ends the sandbox and waits until it is gone. What still runs ends with it. */
  async close(): Promise<void> {
    await this.#sandbox?.close();
  }

  /** Whether there is a sandbox of its own. */
  get isOn(): boolean {
    return this.#sandbox !== undefined;
  }

  /** Gives the sandbox back, between two blocks: the next one gets another. */
  rest(): void {
    const sandbox = this.#sandbox;
    this.#sandbox = undefined;
    sandbox?.kill();
  }

  /** Between two blocks: a sandbox that spoke, or that grew, is let go. */
  look(): void {
    const sandbox = this.#sandbox;
    if (sandbox && (!sandbox.isQuiet() || this.#isFull(sandbox))) this.rest();
  }

  /** Forgets hooks, here and in the sandbox. */
  forget(hooks: readonly number[]): void {
    for (const hook of hooks) {
      this.#options.hooks.delete(hook);
      if (this.#given.delete(hook)) this.#sandbox?.send([requestRecord(REQUEST.drop, 0, hook)]);
    }
  }

  #learn(hook: WorkerHook): void {
    const { accepts, returns, next } = hook;
    this.#options.hooks.set(hook.spec.hook, {
      hook,
      accepts: accepts === undefined ? undefined : compileSchema(accepts, "accepts"),
      returns: checkerOf([returns, next]),
    });
  }

  #known(hook: number): KnownHook {
    const known = this.#options.hooks.get(hook);
    if (!known) throw new Error(`A worker was never told of hook ${hook}`);
    return known;
  }

  /** Cuts a block into calls; those whose input does not fit are answered at once. */
  #callsOf({ block, bytes: end }: BlockJob, refused: Bytes[]): RunningCall[] {
    const view = new DataView(block);
    const calls: RunningCall[] = [];
    for (let at = 0; at < end;) {
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
      const fault = new Refusal(
        "INTERNAL",
        "",
        error instanceof Error ? error.message : "no sandbox",
      );
      return calls.map(({ call }) => faultRecord(call, fault.toFault()));
    }
    const run = new BlockRun(calls, sandbox, this.#given, this.#options.limits, early);
    sandbox.onHead = (answer) => run.wrongWith(answer);
    sandbox.onAnswer = (answer, record) => run.answered(answer, record);
    sandbox.onEnd = (end) => {
      this.#sandbox = undefined;
      run.died(end, ++this.#deathsBefore < STARTS_MAX);
    };
    const answers = await run.start(this.#recordsFor(calls));
    if (run.isReached) this.#deathsBefore = 0;
    if (this.#sandbox) this.#idle(this.#sandbox, calls.length);
    return answers;
  }

  /** Between two blocks: nothing is due, so an answer is a lie and an end is no call's doing. */
  #idle(sandbox: Sandbox, calls: number): void {
    sandbox.onHead = () => UNASKED;
    sandbox.onEnd = () => {
      if (this.#sandbox === sandbox) this.#sandbox = undefined;
    };
    const before = this.#calls;
    this.#calls += calls;
    const isDue =
      Math.floor(before / CHECK_MEMORY_EVERY) < Math.floor(this.#calls / CHECK_MEMORY_EVERY);
    if ((isDue && this.#isFull(sandbox)) || this.#calls >= CALLS_MAX) this.rest();
  }

  #isFull(sandbox: Sandbox): boolean {
    return sandbox.residentBytes() > this.#options.limits.residentMiB * RESTED_BYTES;
  }

  async #ready(): Promise<Sandbox> {
    if (this.#sandbox?.isQuiet()) return this.#sandbox;
    this.rest();
    for (let starts = 1; ; starts++) {
      try {
        return this.#begin(await this.#options.takeSandbox(this.#isApart));
      } catch (error) {
        if (starts === STARTS_MAX) throw error;
      }
    }
  }

  #begin(sandbox: Sandbox): Sandbox {
    this.#sandbox = sandbox;
    this.#given.clear();
    this.#snapshots.clear();
    this.#calls = 0;
    return sandbox;
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
      if (warm === undefined) {
        records.push(...this.#loads(known.hook), ...this.#drops(needed));
      }
      records.push(request);
    }
    return records;
  }

  /** The hook, behind the snapshot that it wakes from if the sandbox lacks that. */
  #loads({ spec, snapshot }: WorkerHook): Uint8Array[] {
    const load = loadRecord({ ...spec, snapshot: snapshot?.id });
    if (!snapshot || this.#snapshots.has(snapshot.id)) return [load];
    this.#snapshots.add(snapshot.id);
    return [snapshotRecord(snapshot), load];
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

/** Returns one checker for all schemas that there are, in order; names of axes are shared. */
function checkerOf(schemas: readonly (Schema | undefined)[]): Checker | undefined {
  const checks = schemas.flatMap((schema) =>
    schema === undefined ? [] : [compileSchema(schema, "returns")],
  );
  if (checks.length < 2) return checks[0];
  return (value, place) => {
    for (const check of checks) check(value, place);
  };
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

function requestRecord(kind: number, call: number, hook: number, body = 0): Bytes {
  const bytes = new Uint8Array(REQUEST_HEAD_BYTES + body);
  const view = new DataView(bytes.buffer);
  writeRequest(view, 0, { kind, files: 0, isLast: true, call, hook, bytes: body, beginBy: 0 });
  return bytes;
}

function snapshotRecord(snapshot: SnapshotFile): Bytes {
  const record = bytesOf(snapshot, REQUEST_HEAD_BYTES);
  record.set(requestRecord(REQUEST.snapshot, 0, snapshot.id));
  new DataView(record.buffer).setUint32(12, snapshot.bytes, true);
  return record;
}

function loadRecord(spec: HookSpec): Bytes {
  const text = new TextEncoder().encode(JSON.stringify(spec));
  const record = requestRecord(REQUEST.load, 0, spec.hook, text.length);
  record.set(text, REQUEST_HEAD_BYTES);
  return record;
}
