/**
 * The bytes of an XGBoost model, from a file or as they are, and whether they are JSON at all.
 *
 * No path of the host gets into a message: a file is called by its last name only.
 *
 * @module
 */

import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { types } from "node:util";

import { show } from "../../../contract/schema/misfit-words.ts";
import { Refusal } from "../../../faults.ts";

/** Where a model's bytes are, and what messages call it. */
export interface Source {
  readonly name: string;
  readonly from: string | Uint8Array;
}

/** 2.5 million nodes take this much; what is read of them takes a tenth. */
const FILE_BYTES_MAX = 256 * 1024 * 1024;

const SAVE = 'save it with booster.save_model("model.json")';

/**
 * Returns where a model is, without a look at it.
 *
 * @throws {Refusal} `BAD_REQUEST` when it is neither a path, nor a `file:` URL, nor bytes.
 */
export function sourceFrom(model: unknown): Source {
  if (types.isUint8Array(model)) return { name: `of ${model.byteLength} bytes`, from: model };
  if (typeof model === "string" && model !== "" && !model.includes("\0")) {
    return { name: basename(model), from: model };
  }
  if (model instanceof URL && model.protocol === "file:") {
    const path = fileURLToPath(model);
    return { name: basename(path), from: path };
  }
  const got = model instanceof URL ? `a URL of ${model.protocol}` : show(model);
  throw new Refusal("BAD_REQUEST", "model", `wants a path, a file: URL or bytes, got ${got}`);
}

/**
 * Returns the bytes of a model.
 *
 * @returns The caller's own bytes, lent, or those of the file.
 * @throws {Refusal} `MODEL_FAILED` when there is no such file, it is too large, or it is a file of
 * another kind; the text says how to save it as JSON.
 */
export async function bytesOf({ name, from }: Source): Promise<Uint8Array> {
  const bytes = typeof from === "string" ? await readWhole(from, name) : from;
  if (bytes.byteLength > FILE_BYTES_MAX) tooLarge(name, bytes.byteLength);
  const kind = kindOf(bytes);
  if (kind) fail(name, `wants a model as JSON, got ${kind}; ${SAVE}`);
  return bytes;
}

async function readWhole(path: string, name: string): Promise<Uint8Array> {
  try {
    // Opening a pipe would wait for who writes to it.
    const { size } = await stat(path).then((found) => regular(found, name));
    if (size > FILE_BYTES_MAX) return tooLarge(name, size);
    await using file = await open(path, "r");
    const bytes = Buffer.alloc(size);
    // A file that shrinks meanwhile gives less; one that grows is cut, which is no JSON.
    const { bytesRead } = await file.read(bytes, 0, size, 0);
    return bytes.subarray(0, bytesRead);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "an error";
    return fail(name, `wants a file that can be read, got ${code}`);
  }
}

function regular(
  found: { isFile(): boolean; readonly size: number },
  name: string,
): { readonly size: number } {
  return found.isFile() ? found : fail(name, "wants a file, got a folder or a device");
}

/** Names what is no JSON by its first bytes. */
function kindOf(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if (first === undefined) return "an empty file";
  // The second byte of a UBJSON dict is the type of the length of its first key.
  const type = String.fromCharCode(second ?? 0);
  if (first === 0x7b && "iUIlL#$".includes(type)) return "UBJSON (.ubj)";
  if (first === 0x80 && second !== undefined && second <= 5) return "a pickle, which runs code";
  if (first === 0x1f && second === 0x8b) return "a gzip file";
  if (first === 0x50 && second === 0x4b) return "a zip file";
  if (first < 0x20 && ![0x09, 0x0a, 0x0d].includes(first)) return "bytes that are no text";
  return undefined;
}

function tooLarge(name: string, size: number): never {
  return fail(name, `wants a file of at most ${FILE_BYTES_MAX} bytes, got ${size}`);
}

function fail(name: string, detail: string): never {
  throw new Refusal("MODEL_FAILED", "", `${name}: ${detail}`);
}
