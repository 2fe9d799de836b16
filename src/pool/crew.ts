/**
 * The worker threads as seats: which there are, which are idle, and who gets the next job.
 *
 * Piscina owns the threads and their lives. Which of them does a job is said here, because only the
 * pool knows which sandbox has which hook warm.
 *
 * @module
 */

import type { Piscina } from "piscina";

import { Refusal } from "../faults.ts";
import { workerFault } from "./call.ts";
import type * as jobs from "./jobs.ts";
import { newSeat, type Seat } from "./planner.ts";
import { threadsFor } from "./threads.ts";

/** How often the sandboxes are looked at that nothing is asked of. */
const LOOK_MS = 1_000;

/** The threads of one pool. */
export class Crew {
  readonly #piscina: Piscina;
  readonly #seats = new Map<number, Seat>();
  #target = 0;
  #seated: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<unknown> = Promise.resolve();

  constructor(workers: number, config: jobs.WorkerConfig) {
    this.#piscina = threadsFor(workers, config, () => this.#target);
  }

  /**
   * Waits until so many threads and their sandboxes are there.
   *
   * @param noticed Takes what workers say beside the results of jobs.
   * @param seated Called when a seat is there, or there again.
   * @throws {Refusal} `INTERNAL` when one does not start.
   */
  start(
    workers: number,
    noticed: (notice: jobs.Notice) => void,
    seated: () => void,
  ): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let ready = 0;
    this.#seated = seated;
    this.#timer = setInterval(() => (this.#looking = this.#look()), LOOK_MS).unref();
    this.#piscina.on("workerCreate", ({ id }: { id: number }) => {
      const seat = newSeat(id);
      this.#seats.set(id, seat);
      // Piscina calls a thread ready before its script has run, so it is asked: its sandbox is up
      // when the answer comes.
      this.run(seat, { kind: "hello" }).then(
        () => (++ready >= workers ? resolve() : undefined, seated()),
        (error: unknown) => reject(workerFault(error)),
      );
    });
    this.#piscina.on("workerDestroy", ({ id }: { id: number }) => this.#seats.delete(id));
    this.#piscina.on("message", noticed);
    this.#piscina.on("error", (error: Error) => {
      reject(new Refusal("INTERNAL", "", `A worker did not start: ${error.message}`));
    });
    return promise;
  }

  get seats(): readonly Seat[] {
    return [...this.#seats.values()];
  }

  get idle(): readonly Seat[] {
    return this.seats.filter(({ isBusy }) => !isBusy);
  }

  /** Has a job done by the thread of a seat, which is busy until then. */
  async run(seat: Seat, job: jobs.Job): Promise<unknown> {
    seat.isBusy = true;
    this.#target = seat.threadId;
    try {
      const options = job.kind === "block" ? { transferList: [job.block] } : {};
      return await this.#piscina.run(job, options);
    } finally {
      seat.isBusy = false;
    }
  }

  /** Ends the sandboxes, then the threads. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    const closing = this.seats.map((seat) => this.run(seat, { kind: "close" }));
    await Promise.allSettled(closing);
    await this.#piscina.destroy();
  }

  /** What a thread that sleeps does not hear, it is woken for. */
  async #look(): Promise<void> {
    await this.#looking;
    await Promise.allSettled(this.idle.map((seat) => this.run(seat, { kind: "look" })));
    this.#seated();
  }
}
