/**
 * When a request is given up: at its deadline, at its caller's word, with his connection.
 *
 * @module
 */

/** No timer of Node's goes further. */
const MS_MAX = 2 ** 31 - 1;

/** Gives one request up. Disposing of it lets go of its timer. */
export class GivingUp implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;

  /** @param deadlineMs After how many milliseconds; `undefined` for never. */
  constructor(deadlineMs?: number) {
    if (deadlineMs === undefined) return;
    const ms = Math.max(0, Math.min(MS_MAX, deadlineMs));
    this.#timer = setTimeout(() => this.now(), ms);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Gives it up at once. */
  now(): void {
    this.#controller.abort();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
