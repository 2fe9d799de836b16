/**
 * Which of the calls that wait travel together to a seat that is idle.
 *
 * A block is worth its while because waking a thread and a process costs more than a short hook
 * does. It is kept small enough that nobody waits long for the calls in front of him: no more than
 * a seat's share of what waits, and no more than a moment's work, by what each hook took before.
 *
 * @module
 */

import type { Errand, Waiting } from "./call.ts";
import type { Home, WorkerHook } from "./jobs.ts";
import type { Queue } from "./queue.ts";

/** The most calls of one block. */
const BLOCK_CALLS_MAX = 32;
/** A block that is larger than this holds one call. */
const BLOCK_BYTES_MAX = 256 * 1024;
/** A block holds about so much work: what is behind a slow call would wait for it. */
const BLOCK_WORK_MS = 2;
/** What a job that is no call is expected to take, until it is known what it took. */
export const ERRAND_MS = 5;
/** How much the last call of a hook weighs in what its next is expected to take. */
const LAST_WEIGHT = 0.2;

/** One worker thread. */
export interface Seat {
  readonly threadId: number;
  /**
   * Hooks that it was told of, and whether with a snapshot; those whose isolate is probably warm;
   * and those to forget.
   */
  readonly known: Map<number, boolean>;
  readonly warm: Set<number>;
  toForget: number[];
  isBusy: boolean;
  /** For whom it is busy, or was last. */
  tenant: string;
}

/** Plans blocks, from what the calls of each hook took before. */
export class Planner {
  readonly #homeOf: (tenant: string) => Home;
  /** What a call of a hook is expected to take, in milliseconds. */
  readonly #expectedMs = new Map<number, number>();

  /** @param homeOf Whose sandbox the hooks of a tenant run in: a block goes to one. */
  constructor(homeOf: (tenant: string) => Home) {
    this.#homeOf = homeOf;
  }

  /** Takes note of how long a call of `hook` ran; 0 says that it did not come so far. */
  learn(hook: number, wallMs: number): void {
    if (wallMs === 0) return;
    const before = this.#expectedMs.get(hook) ?? wallMs;
    this.#expectedMs.set(hook, before + LAST_WEIGHT * (wallMs - before));
  }

  /** Forgets a hook. */
  forget(hook: number): void {
    this.#expectedMs.delete(hook);
  }

  /**
   * Takes a call out of the queue, and with it others that are small and whose hooks the seat has
   * warm.
   *
   * @param first The call that is next.
   * @param seats How many seats are idle: each is to have its share.
   */
  takeBlock(queue: Queue<Waiting | Errand>, first: Waiting, seat: Seat, seats: number): Waiting[] {
    const calls = [first];
    const { key: home } = this.#homeOf(first.tenant);
    const callsMax = Math.min(BLOCK_CALLS_MAX, Math.ceil(queue.size / seats));
    let { bytes } = first;
    let workMs = this.#expected(first);
    for (const call of queue) {
      if (calls.length >= callsMax || workMs >= BLOCK_WORK_MS || bytes >= BLOCK_BYTES_MAX) break;
      if (call === first || call.kind === "errand") continue;
      const isWarm = seat.warm.has(call.hook) || call.hook === first.hook;
      const isOthers = call.tenant !== first.tenant && this.#homeOf(call.tenant).key !== home;
      if (isOthers || !isWarm || bytes + call.bytes > BLOCK_BYTES_MAX) continue;
      calls.push(call);
      bytes += call.bytes;
      workMs += this.#expected(call);
    }
    for (const call of calls) {
      call.expectedMs = this.#expected(call);
      queue.take(call, call.expectedMs);
    }
    return calls;
  }

  /** A hook that was never called may take long: it travels alone. */
  #expected({ hook }: Waiting): number {
    return this.#expectedMs.get(hook) ?? BLOCK_WORK_MS;
  }
}

/** Returns the seat of a thread that has just begun. */
export function newSeat(threadId: number): Seat {
  return { threadId, known: new Map(), warm: new Set(), toForget: [], isBusy: false, tenant: "" };
}

/**
 * Returns a hook as the worker of a seat has to be told of it, and notes that it was: because it
 * was not yet, or because there is a snapshot by now that its contexts can be made from. One whose
 * isolate keeps its state is left alone.
 *
 * @param awake Gives the hook with its snapshot, where that is there.
 */
export function newsFor(
  { known }: Seat,
  hook: WorkerHook,
  awake: (hook: WorkerHook) => WorkerHook,
): WorkerHook | undefined {
  const { hook: id, isFresh } = hook.spec;
  const before = known.get(id);
  if (before === true || (before === false && isFresh !== true)) return undefined;
  const told = awake(hook);
  if (before === false && !told.snapshot) return undefined;
  known.set(id, told.snapshot !== undefined);
  return told;
}

/** Returns one whose sandbox has the hook warm, or any. */
export function seatFor(hook: number, idle: readonly Seat[]): Seat | undefined {
  return idle.find(({ warm }) => warm.has(hook)) ?? idle[0];
}
