/**
 * The random numbers of numpy's `RandomState`: the Mersenne Twister, seeded by one integer.
 *
 * The same seed gives the same permutation as in Python, so that a split with `random_state=42`
 * here is the split that a model was fitted on there. Without a seed the seed is 0, not the clock:
 * a hook gives the same answer each time.
 *
 * @module
 */

import { either, nothing, whole } from "./sklearn-estimator.ts";

const STATE = 624;

const SHIFT = 397;

/** The parameter of whatever draws random numbers. */
export const seed = either(nothing, whole(0, 0, 2 ** 32 - 1));

/** One stream of numbers. */
export class RandomState {
  readonly #state = new Uint32Array(STATE);
  #next = STATE;

  constructor(from: number | null) {
    let word = (from ?? 0) >>> 0;
    for (let i = 0; i < STATE; i++) {
      this.#state[i] = word;
      word = (Math.imul(1_812_433_253, word ^ (word >>> 30)) + i + 1) >>> 0;
    }
  }

  /** Returns a whole number of 0 to `max`, both included, as numpy's `random_interval`. */
  upTo(max: number): number {
    if (max === 0) return 0;
    const mask = 2 ** (32 - Math.clz32(max)) - 1;
    for (;;) {
      const value = (this.#word() & mask) >>> 0;
      if (value <= max) return value;
    }
  }

  /** Returns a number from 0 up to 1, 1 not included, as numpy's `random_sample`. */
  uniform(): number {
    const [high, low] = [this.#word() >>> 5, this.#word() >>> 6];
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** Returns the seed of another stream, as scikit-learn draws one for each tree. */
  seed(): number {
    return this.upTo(2 ** 31 - 2);
  }

  /** Returns 0 to `length - 1` in random order. */
  permutation(length: number): number[] {
    return this.shuffled(Array.from({ length }, (_, i) => i));
  }

  /** Returns the items in random order, in a new list. */
  shuffled<T>(items: readonly T[]): T[] {
    const list = [...items];
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.upTo(i);
      const held = list[i] as T;
      list[i] = list[j] as T;
      list[j] = held;
    }
    return list;
  }

  #word(): number {
    if (this.#next === STATE) this.#twist();
    let word = this.#state[this.#next++] as number;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c_5680;
    word ^= (word << 15) & 0xefc6_0000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < STATE; i++) {
      const low = (state[(i + 1) % STATE] as number) & 0x7fff_ffff;
      const word = ((state[i] as number) & 0x8000_0000) | low;
      const turned = (word >>> 1) ^ (word & 1 ? 0x9908_b0df : 0);
      state[i] = (state[(i + SHIFT) % STATE] as number) ^ turned;
    }
    this.#next = 0;
  }
}

/** The small generator by which scikit-learn's trees choose columns: xorshift, of 32 bits. */
export class Xorshift {
  #state: number;

  constructor(from: number) {
    // Zero would stay zero.
    this.#state = from || 1;
  }

  /** Returns a whole number of 0 to `count - 1`. */
  below(count: number): number {
    let word = this.#state;
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    this.#state = word >>> 0;
    return (this.#state % 2 ** 31) % count;
  }
}
