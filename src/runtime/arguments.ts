/**
 * The arguments of a call as one record: MessagePack for the data, the files behind it as they are.
 *
 * @module
 */

import { Refusal } from "../faults.ts";
import type { Limits } from "../limits.ts";
import { Encoder } from "../wire/encode.ts";
import { HOST_TEXT } from "../wire/text.ts";
import { Packed } from "../wire/packed.ts";
import { REQUEST, REQUEST_HEAD_BYTES, writeRequest } from "../wire/records.ts";
import type { Allocate } from "../wire/writer.ts";

/** A file as callers give it: its bytes, alone or with what they are called. */
export type FileInput =
  | Uint8Array
  | ArrayBuffer
  | { readonly data: Uint8Array | ArrayBuffer; readonly name?: string; readonly type?: string };

export interface File {
  readonly bytes: Uint8Array;
  readonly about: { readonly name?: string; readonly type?: string };
}

/** Makes the records of one hook's calls. */
export class ArgumentsWriter {
  readonly #hook: number;
  readonly #limits: Limits;
  readonly #allocate: Allocate;
  readonly #encoder: Encoder;

  /** @param allocate Gives memory for a record; its bytes may be anything. */
  constructor(hook: number, limits: Limits, allocate: Allocate) {
    this.#allocate = allocate;
    this.#hook = hook;
    this.#limits = limits;
    this.#encoder = new Encoder({
      nodesMax: limits.nodes,
      depthMax: limits.depth,
      bytesMax: limits.frameBytes,
      unsupported: "INPUT_MISMATCH",
      tooLarge: "INPUT_TOO_LARGE",
      text: HOST_TEXT,
    });
  }

  /**
   * Returns the record of one call. The values and files are read, not kept: the record is a copy.
   *
   * @param values The arguments in front of the files, and what a fault calls each. One that is
   * `Packed` travels as the bytes that it is.
   * @param files The files, or `undefined` when the hook is to get none.
   * @throws {Refusal} `INPUT_MISMATCH` with the path of what cannot travel, or `INPUT_TOO_LARGE`.
   */
  write(
    values: readonly (readonly [name: string, value: unknown])[],
    files: readonly FileInput[] | undefined,
  ): Uint8Array<ArrayBuffer> {
    const list = filesFrom(files, this.#limits.files);
    const head = REQUEST_HEAD_BYTES + 4 * list.length;
    const encoder = this.#encoder;
    encoder.begin(head);
    encoder.beginList(2);
    encoder.put(files === undefined ? null : list.map(({ about }) => about), "files");
    encoder.restartCount();
    encoder.beginList(values.length);
    for (const [name, value] of values) {
      if (value instanceof Packed) this.#putPacked(value);
      else encoder.put(value, name);
    }
    const record = encoder.end(
      list.reduce((sum, { bytes }) => sum + bytes.length, 0),
      this.#allocate,
    );
    this.#checkSize(record.length);
    this.#fill(record, list);
    return record;
  }

  #putPacked(value: Packed): void {
    value.holdTo(this.#limits, "INPUT_TOO_LARGE");
    this.#encoder.putEncoded(value.bytes);
  }

  #fill(record: Uint8Array<ArrayBuffer>, files: readonly File[]): void {
    const view = new DataView(record.buffer, record.byteOffset, record.length);
    let at = record.length;
    for (let i = files.length - 1; i >= 0; i--) {
      const { bytes } = files[i] as File;
      at -= bytes.length;
      record.set(bytes, at);
      view.setUint32(REQUEST_HEAD_BYTES + 4 * i, bytes.length, true);
    }
    writeRequest(view, 0, {
      kind: REQUEST.call,
      files: files.length,
      isLast: true,
      call: 0,
      hook: this.#hook,
      bytes: record.length - REQUEST_HEAD_BYTES,
      beginBy: 0,
    });
  }

  #checkSize(bytes: number): void {
    const { frameBytes } = this.#limits;
    if (bytes <= frameBytes) return;
    const wants = `wants at most ${frameBytes} bytes with all files (limits.frameBytes)`;
    const detail = `${wants}, got ${bytes}`;
    throw new Refusal("INPUT_TOO_LARGE", "", detail);
  }
}

/** Returns files as bytes with what they are called; views on the memory of who gave them. */
export function filesFrom(files: unknown, filesMax: number): File[] {
  if (files === undefined) return [];
  if (!Array.isArray(files)) {
    throw new Refusal("INPUT_MISMATCH", "files", `wants a list of files, got ${kindOf(files)}`);
  }
  if (files.length > filesMax) {
    const detail = `wants at most ${filesMax} files (limits.files), got ${files.length}`;
    throw new Refusal("INPUT_TOO_LARGE", "files", detail);
  }
  return files.map((file: unknown, i) => fileFrom(file, `files[${i}]`));
}

function fileFrom(file: unknown, path: string): File {
  const own = bytesFrom(file);
  const about = (file ?? {}) as { data?: unknown; name?: unknown; type?: unknown };
  const bytes = own ?? bytesFrom(about.data);
  if (!bytes) {
    const wants =
      "wants bytes: a Uint8Array, an ArrayBuffer, or { data, name, type } with one in data";
    const hint = typeof file === "string" ? "; a path is not opened: read the file first" : "";
    throw new Refusal("INPUT_MISMATCH", path, `${wants}, got ${kindOf(file)}${hint}`);
  }
  const { name, type } = about;
  return {
    bytes,
    about: {
      ...(typeof name === "string" && { name }),
      ...(typeof type === "string" && { type }),
    },
  };
}

function bytesFrom(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  return Array.isArray(value)
    ? "a list"
    : `an instance of ${value.constructor?.name ?? "no class"}`;
}
