/**
 * What `vectors.py` worked out with numpy and Pillow, as the tests read it.
 *
 * @module
 */

import { readFileSync } from "node:fs";

import type { ImageHeader } from "../../src/contract/image-header.ts";

/** An expression of numjs and what numpy makes of it; NaN and the infinities are words. */
export interface NumberRow {
  readonly js: string;
  readonly scalar: boolean;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

/** A file (base64) and its header. */
export interface FileRow {
  readonly name: string;
  readonly file: string;
  readonly header: ImageHeader;
}

/** A file, its pixels (base64), and by how much a channel may differ. */
export interface ImageRow extends FileRow {
  readonly width: number;
  readonly height: number;
  readonly rgba: string;
  readonly tolerance: number;
}

interface Vectors {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly numbers: readonly NumberRow[];
  readonly images: readonly ImageRow[];
  readonly headers: readonly FileRow[];
  readonly resize: { readonly file: string; readonly half: string; readonly nearest: string };
}

export const VECTORS = JSON.parse(
  readFileSync(new URL("vectors.json", import.meta.url), "utf8"),
) as Vectors;

/** What `show` gives in the isolate: a tensor, written out. */
export interface Shown {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
