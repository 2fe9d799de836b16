/**
 * What `vectors-torch.py` worked out with torch, as the tests read it.
 *
 * @module
 */

import { readFileSync } from "node:fs";

/** A tensor, written out; NaN and the infinities are words. */
export interface Written {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

/** What an expression gives: a tensor, a plain value, or a list of such. */
export type Given = Written | number | string | boolean | null | readonly Given[];

interface Vectors {
  readonly inputs: Readonly<Record<string, readonly [dtype: string, value: unknown]>>;
  readonly rows: readonly { readonly js: string; readonly value: Given }[];
}

export const TORCH = JSON.parse(
  readFileSync(new URL("vectors-torch.json", import.meta.url), "utf8"),
) as Vectors;
