/**
 * `mode` and `multimode`: of all kinds of values, not only of numbers.
 *
 * @module
 */

import type { LibraryWorld } from "../../src/contract/library.ts";
import { plainFrom } from "./statistics-lists.ts";
import { show } from "./util-arguments.ts";

/** Returns the two functions: of equal counts, what came first comes first. */
export function modes(world: LibraryWorld): Readonly<Record<string, (values: unknown) => unknown>> {
  return {
    mode: (values) => {
      const [first] = mostOften(values, "mode", world);
      if (first !== undefined) return first;
      throw new RangeError("mode wants at least 1 values, got 0");
    },
    multimode: (values) => mostOften(values, "multimode", world),
  };
}

function mostOften(values: unknown, who: string, world: LibraryWorld): unknown[] {
  const list = plainFrom(values, world);
  if (!Array.isArray(list)) throw new TypeError(`${who} wants a list, got ${show(values)}`);
  const counts = new Map<unknown, number>();
  for (const value of list) counts.set(value, (counts.get(value) ?? 0) + 1);
  let most = 0;
  for (const count of counts.values()) most = Math.max(most, count);
  return [...counts].flatMap(([value, count]) => (count === most ? [value] : []));
}
