/**
 * What `vectors-util.py` worked out with Python's own library, as the tests read it.
 *
 * @module
 */

import { readFileSync } from "node:fs";

/** Files are in base64. */
interface Vectors {
  readonly csv: readonly {
    readonly name: string;
    readonly text: string;
    readonly delimiter: string;
    readonly rows: readonly (readonly string[])[];
  }[];
  readonly dicts: readonly Readonly<Record<string, string>>[];
  readonly unparsed: { readonly rows: readonly (readonly string[])[]; readonly text: string };
  readonly packed: readonly {
    readonly by: string;
    readonly name: string;
    readonly file: string;
    readonly data: string;
  }[];
  readonly zip: { readonly file: string; readonly files: readonly [name: string, data: string][] };
  readonly dates: readonly { readonly js: string; readonly value: unknown }[];
  readonly sounds: readonly {
    readonly name: string;
    readonly file: string;
    readonly sampleRate: number;
    readonly channels: readonly (readonly number[])[];
  }[];
  readonly flowers: readonly { readonly species: string; readonly petal: number }[];
  readonly lists: readonly {
    readonly library: "_" | "es";
    readonly js: string;
    readonly value: unknown;
  }[];
}

export const UTIL_VECTORS = JSON.parse(
  readFileSync(new URL("vectors-util.json", import.meta.url), "utf8"),
) as Vectors;
