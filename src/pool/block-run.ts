/**
 * One block in a sandbox, from the first record sent to the last answer read.
 *
 * Of a block one always knows which calls have ended, which one runs and which have not
 * begun, because a sandbox runs them in order and answers each before it begins the next:
 *
 * - ended: its answer has been read;
 * - running: the first without an answer. When the sandbox dies, this one is to blame;
 * - not begun: all behind it. They go back, and run elsewhere.
 *
 * A sandbox says that a block has reached it before it begins the first call, so when one dies that
 * never said so (it was idle, and somebody killed it), nobody is to blame and all go back.
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

import type { Axes, Checker } from "../contract/schema/schema.ts";
import { type Fault, Refusal } from "../faults.ts";
import type { Limits } from "../limits.ts";
import { nowMs } from "../sandbox/clock.ts";
import { ANSWER, type Answer, writePlace } from "../wire/records.ts";
import {
  answerBytesMax,
  type Checked,
  checkedRecord,
  deathRecord,
  notBegunRecord,
} from "./answers.ts";
import type { WorkerHook } from "./jobs.ts";
import type { End, Sandbox } from "./sandbox-process.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How long the calls of a block may begin; after that those behind a slow one go elsewhere. */
const LEASE_MS = 5;
/** How long past its limit a call may be silent before its process is killed. */
const GRACE_MS = 200;
/** How often a running call is looked at. */
const TICK_MS = 25;

/** A hook with its checks compiled. */
export interface KnownHook {
  readonly hook: WorkerHook;
  readonly accepts: Checker | undefined;
  readonly returns: Checker | undefined;
}

/** One call of the block that runs. */
export interface RunningCall {
  readonly call: number;
  readonly known: KnownHook;
  /** Its own record, for giving it back. */
  readonly request: Bytes;
  readonly axes: Axes;
  isGivenBack: boolean;
}

/** Runs one block; its caller hands it what the sandbox says. */
export class BlockRun {
  readonly #calls: readonly RunningCall[];
  readonly #sandbox: Sandbox;
  readonly #given: Map<number, boolean>;
  readonly #limits: Limits;
  readonly #early: (records: Bytes[]) => void;
  readonly #done = Promise.withResolvers<Bytes[]>();
  #answers: Bytes[] = [];
  /** The first call without an answer: the one that runs. */
  #next = 0;
  #startedMs = 0;
  #begunMs = 0;
  #isLoading = false;
  #isReached = false;
  #isLiedTo = false;
  #why: Refusal | undefined;
  #tick: NodeJS.Timeout | undefined;
  #lease: NodeJS.Timeout | undefined;

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
    this.#startedMs = nowMs();
    const beginBy = this.#startedMs + LEASE_MS;
    const last = this.#calls.length - 1;
    for (const [i, { request }] of this.#calls.entries()) {
      const view = new DataView(request.buffer, request.byteOffset);
      writePlace(view, 0, i === 0 ? Infinity : beginBy, i === last);
    }
    this.#tick = setTimeout(() => this.#look(), TICK_MS);
    if (last > 0) this.#lease = setTimeout(() => this.#leaseOver(), LEASE_MS + 1);
    this.#begins();
    this.#sandbox.send(records);
    return this.#done.promise;
  }

  /** What is wrong with the head of an answer; nothing when that answer is due. */
  wrongWith(answer: Answer): string | undefined {
    const wrong = this.#wrongWith(answer);
    if (wrong !== undefined) this.#isLiedTo = true;
    return wrong;
  }

  #wrongWith({ kind, call, bytes }: Answer): string | undefined {
    if (kind < ANSWER.loaded || kind > ANSWER.reached) return `an answer of kind ${kind}`;
    const running = this.#calls[this.#next];
    if (!running || call !== running.call) return "an answer for another call";
    if (!this.#isReached && kind !== ANSWER.reached) return "an answer to a block not yet there";
    if (kind === ANSWER.reached && this.#isReached) return "that a block had reached it twice";
    if (kind === ANSWER.loaded && !this.#isLoading) return "that it loaded a hook twice";
    if (kind === ANSWER.notBegun && !this.#mayRefuse()) return "that a call had not begun in time";
    if (kind === ANSWER.done && running.isGivenBack) return "an answer of a call not begun in time";
    const bytesMax = kind === ANSWER.done ? answerBytesMax(running.known.hook.spec.limits) : 0;
    return bytes > bytesMax ? `an answer of kind ${kind} and ${bytes} bytes` : undefined;
  }

  /** Takes an answer that is due. Returns what is wrong with its body, if anything is. */
  answered(answer: Answer, record: Bytes): string | undefined {
    const running = this.#calls[this.#next];
    if (!running) return "an answer for no call";
    const { hook } = running.known.hook.spec;
    if (answer.kind === ANSWER.reached) {
      this.#isReached = true;
      this.#begins();
      return undefined;
    }
    if (answer.kind === ANSWER.loaded) {
      this.#given.set(hook, true);
      this.#begins();
      return undefined;
    }
    if (answer.kind === ANSWER.notBegun) {
      if (!running.isGivenBack) this.#giveBack(running);
    } else {
      const checked = this.#checked(running, record);
      if ("lie" in checked) return checked.lie;
      this.#given.set(hook, answer.isKept);
      this.#answers.push(checked.record);
    }
    this.#next += 1;
    this.#begins();
    if (this.#next === this.#calls.length) this.#finish();
    return undefined;
  }

  /** A call is given back unrun when its time to begin is over; the first has no such time. */
  #mayRefuse(): boolean {
    return this.#next > 0 && nowMs() > this.#startedMs + LEASE_MS;
  }

  /** Whether the sandbox has had the block. */
  get isReached(): boolean {
    return this.#isReached;
  }

  /**
   * The sandbox has ended: one call is to blame, those behind it go elsewhere.
   *
   * @param mayGoBack Whether all may, if the block had not reached it.
   */
  died(end: End, mayGoBack: boolean): void {
    const suspect = this.#calls[this.#next];
    const isKnown = this.#isReached || this.#isLiedTo || this.#why !== undefined;
    const isToBlame = isKnown || !mayGoBack;
    if (suspect && isToBlame && !suspect.isGivenBack) {
      this.#answers.push(deathRecord(suspect.call, this.#deathFault(end, suspect)));
      suspect.isGivenBack = true;
    }
    for (const call of this.#calls.slice(this.#next)) if (!call.isGivenBack) this.#giveBack(call);
    this.#finish();
  }

  #finish(): void {
    clearTimeout(this.#tick);
    clearTimeout(this.#lease);
    this.#sandbox.endBlock();
    this.#done.resolve(this.#answers);
  }

  /** The next call begins now, or is about to be loaded. */
  #begins(): void {
    const running = this.#calls[this.#next];
    this.#begunMs = nowMs();
    this.#isLoading = running ? this.#given.get(running.known.hook.spec.hook) !== true : false;
  }

  #checked(running: RunningCall, record: Bytes): Checked {
    const { hook, returns } = running.known;
    const { axes, call } = running;
    const timesMsMax = nowMs() - this.#startedMs;
    return checkedRecord(record, call, { limits: hook.spec.limits, returns, axes, timesMsMax });
  }

  #giveBack(call: RunningCall): void {
    call.isGivenBack = true;
    this.#answers.push(notBegunRecord(call.call, call.request));
  }

  /** Looks at the clock and at the memory of the process, whatever its main thread is doing. */
  #look(): void {
    this.#sandbox.drain();
    const running = this.#calls[this.#next];
    if (!running || this.#why) return;
    const { limits } = running.known.hook.spec;
    const mostMs = (this.#isLoading ? this.#limits.loadMs : limits.wallMs) + GRACE_MS;
    if (nowMs() - this.#begunMs > mostMs)
      this.#why = timeoutRefusal(this.#isLoading, limits, this.#limits);
    else if (this.#sandbox.residentBytes() > this.#limits.residentMiB * 2 ** 20) {
      this.#why = residentRefusal(this.#limits.residentMiB);
    }
    if (this.#why) return this.#sandbox.kill();
    this.#tick = setTimeout(() => this.#look(), TICK_MS);
  }

  /** What was not begun by now never will be here; what was, has its answer in the journal. */
  #leaseOver(): void {
    this.#sandbox.drain();
    if (this.#next >= this.#calls.length) return;
    for (const call of this.#calls.slice(this.#next + 1)) {
      if (!call.isGivenBack) this.#giveBack(call);
    }
    if (this.#answers.length > 0) this.#early(this.#answers);
    this.#answers = [];
  }

  #deathFault({ how, outOfMemory, isDistrusted }: End, { known }: RunningCall): Fault {
    if (this.#why) return this.#why.toFault();
    const lied = `The sandbox is not to be trusted (${how}); it was ended and has been replaced`;
    if (isDistrusted) return { code: "HOOK_CRASHED", path: "", detail: lied };
    const { heapMiB } = known.hook.spec.limits;
    const wants = `wants at most ${heapMiB} MiB of heap (limits.heapMiB)`;
    const detail = `${wants}, got more: V8 gave up (${how})`;
    if (outOfMemory) return { code: "HOOK_MEMORY", path: "", detail };
    const said = `The sandbox ended in the middle of the call (${how}); it has been replaced`;
    return { code: "HOOK_CRASHED", path: "", detail: said };
  }
}

function timeoutRefusal(isLoading: boolean, hook: Limits, runtime: Limits): Refusal {
  const detail = isLoading
    ? `wants to be loaded within ${runtime.loadMs} ms (limits.loadMs), was not; its process ended`
    : `wants an answer within ${hook.wallMs} ms (limits.wallMs), got none; what it does cannot ` +
      "be interrupted, so its process was ended";
  return new Refusal("HOOK_TIMEOUT", "", detail);
}

function residentRefusal(residentMiB: number): Refusal {
  const detail = `wants at most ${residentMiB} MiB in its process (limits.residentMiB), got more`;
  return new Refusal("HOOK_MEMORY", "", detail);
}
