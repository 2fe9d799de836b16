/** What the tests of ONNX models share: the models of `vectors/onnx-models.py`, and faults. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { expect } from "vitest";

import { type Nested, Tensor } from "../../src/contract/tensor.ts";
import { RUNTIMES } from "../../src/flow/models/onnx/messages.ts";

const FILE = new URL("vectors/onnx-models.json", import.meta.url);
const MODELS = JSON.parse(readFileSync(FILE, "utf8")) as Record<string, string>;

/** The model that was trained, see `examples/models/README.md`. */
export const DIGITS = new URL("../../examples/models/digits.onnx", import.meta.url);

/** The runtimes that are here: each passes the same tests. */
export const INSTALLED = RUNTIMES.filter((name) => {
  try {
    return createRequire(import.meta.url).resolve(name) !== "";
  } catch {
    return false;
  }
});

/** Returns the bytes of a model by its name. */
export function made(name: string): Uint8Array {
  return new Uint8Array(Buffer.from(MODELS[name] ?? "", "base64"));
}

export const f32 = (list: Nested) => Tensor.from(list, "float32");
export const i64 = (list: Nested) => Tensor.from(list, "int64");

/** Returns what an error of ours says, or what came instead of one. */
export async function faultOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    (value) => ({ value }),
    ({ code, path, detail }: { code?: string; path?: string; detail?: string }) => {
      return { code, path, detail };
    },
  );
}

/** What `faultOf` gives for a failure with such words. */
export const failure = (detail: RegExp, code = "MODEL_FAILED") => ({
  code,
  path: "",
  detail: expect.stringMatching(detail) as string,
});
