/**
 * An array as text, for `console.log`: a row on each line, long axes cut in their middle.
 *
 * @module
 */

import type { NdArray } from "./numjs-types.ts";

/** What `nj.config` says. */
export interface Printing {
  /** An axis longer than this shows its ends only. */
  readonly printThreshold: number;
  readonly nFloatingValues: number;
}

/** Returns such as `array([[1, 2], [3, 4]], dtype=float64)`. */
export function textOf(array: NdArray, { printThreshold, nFloatingValues }: Printing): string {
  const ends = Math.floor(printThreshold / 2);
  const text = (value: unknown, depth: number): string => {
    if (!Array.isArray(value)) {
      return typeof value === "number"
        ? String(Number(value.toFixed(nFloatingValues)))
        : `${value}`;
    }
    const long = value.length > printThreshold;
    const shown = (long ? [...value.slice(0, ends), ...value.slice(-ends)] : value).map((one) =>
      text(one, depth + 1),
    );
    if (long) shown.splice(ends, 0, "...");
    const rows = Array.isArray(value[0]);
    return `[${shown.join(rows ? `,\n${" ".repeat(depth)}` : ", ")}]`;
  };
  return `array(${text(array.tolist(), 7)}, dtype=${array.dtype})`;
}
