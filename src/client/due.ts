/**
 * Requests that are due: how many there are, and when there are none any more.
 *
 * @module
 */

/** How long a client that is closed waits for what is due. */
const CLOSE_MS = 30_000;

/** Counts requests from when they are asked to when they are settled. */
export class Due {
  #count = 0;
  #onNone: (() => void) | undefined;

  get count(): number {
    return this.#count;
  }

  begin(): void {
    this.#count += 1;
  }

  end(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#onNone?.();
  }

  /** Settles when none is due, or when that takes too long. */
  async none(): Promise<void> {
    if (this.#count === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onNone = resolve;
    const timer = setTimeout(resolve, CLOSE_MS);
    await promise;
    clearTimeout(timer);
  }
}
