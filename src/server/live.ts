/**
 * What is live of all that is registered: made when it is first asked for, once for all who ask
 * meanwhile, and given back when others have been asked for more lately.
 *
 * @module
 */

/** Live things of one kind, by key. */
export class Live<T extends AsyncDisposable> {
  readonly #max: number;
  /** Least recently used first. */
  readonly #things = new Map<string, Promise<T>>();

  /** @param max How many stay live. */
  constructor(max: number) {
    this.#max = max;
  }

  /** How many there are. */
  get size(): number {
    return this.#things.size;
  }

  /** Returns the thing of `key`; when it cannot be made, the next one who asks tries again. */
  get(key: string, make: () => Promise<T>): Promise<T> {
    const there = this.#things.get(key);
    if (there) {
      this.#things.delete(key);
      this.#things.set(key, there);
      return there;
    }
    const made = make();
    this.#things.set(key, made);
    made.catch(() => {
      if (this.#things.get(key) === made) this.#things.delete(key);
    });
    this.#makeRoom();
    return made;
  }

  /** Has `thing` stand for `key`; one that stood for it is given back. */
  put(key: string, thing: T): void {
    this.drop(key);
    this.#things.set(key, Promise.resolve(thing));
    this.#makeRoom();
  }

  /** Gives the thing of `key` back: what uses it comes to its end. */
  drop(key: string): void {
    const there = this.#things.get(key);
    this.#things.delete(key);
    there?.then(
      (thing) => thing[Symbol.asyncDispose](),
      () => undefined,
    );
  }

  #makeRoom(): void {
    for (const key of this.#things.keys()) {
      if (this.#things.size <= this.#max) return;
      this.drop(key);
    }
  }
}
