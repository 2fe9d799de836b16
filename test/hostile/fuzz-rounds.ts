/**
 * Rounds of a fuzzer: each has a seed of its own, so that one that fails is had again alone.
 *
 * @module
 */

import { Chance } from "../../benchmarks/soak/random.ts";

export interface Rounds {
  /** The seed of the first round; the next ones count up. */
  readonly from: number;
  readonly count: number;
  readonly round: (chance: Chance) => void | Promise<void>;
}

/** Runs rounds. Throws what the first one that fails throws, with its seed. */
export async function rounds({ from, count, round }: Rounds): Promise<void> {
  for (let seed = from; seed < from + count; seed++) {
    try {
      await round(new Chance(seed));
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      throw new Error(`With seed ${seed}: ${said}`, { cause: error });
    }
  }
}
