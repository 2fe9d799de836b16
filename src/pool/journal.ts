/**
 * The two files without a name between a worker and its sandbox.
 *
 * The *journal* takes the sandbox's answers. Bytes in a file wake nobody, so the answers of a block
 * cost no switch of threads each; they outlive the sandbox, so a crash loses none; and a large one
 * does not have to be carried through a pipe in pieces. The *inbox* takes blocks that are too large
 * for the pipe, for the last of these reasons. Both lie in memory where there is such a folder.
 *
 * Linux shows the length of a file only after the bytes are there, so what can be read was written;
 * a record whose end is missing is read the next time.
 *
 * Invariants:
 * - No more memory is taken for an answer than the limits allow, whatever its head says.
 * - Between two blocks the journal is empty, and the inbox holds no more than it may keep.
 *
 * @module
 */

import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statfsSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ANSWER, ANSWER_HEAD_BYTES, type Answer, readAnswer } from "../wire/records.ts";

const SHARED_MEMORY = "/dev/shm";
/** Less room than this, as containers often have, and a folder on a disk is the better place. */
const ROOM_BYTES = 2 ** 30;
const READ_BYTES = 64 * 1024;
/** An inbox keeps so many of its pages: they are the worker's, one set for each sandbox. */
const KEPT_BYTES = 4 * 2 ** 20;

/** Returns the descriptor of a new file that has no name any more. */
export function namelessFile(flags: string): number {
  const folder = mkdtempSync(join(folderForFiles(), "bookend-"));
  try {
    return openSync(join(folder, "journal"), flags, 0o600);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function folderForFiles(): string {
  if (!existsSync(SHARED_MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(SHARED_MEMORY);
  return bavail * bsize >= ROOM_BYTES ? SHARED_MEMORY : tmpdir();
}

/** The worker's end of a journal. */
export class Journal {
  /** The descriptor that the sandbox gets too. Every write to it is put at the end. */
  readonly descriptor = namelessFile("ax+");
  readonly #answerBytesMax: number;
  readonly #buffer = new Uint8Array(READ_BYTES);
  readonly #view = new DataView(this.#buffer.buffer);
  #at = 0;

  constructor(answerBytesMax: number) {
    this.#answerBytesMax = answerBytesMax;
  }

  /** Empties it: a block is over. */
  clear(): void {
    if (this.#at > 0) ftruncateSync(this.descriptor, 0);
    this.#at = 0;
  }

  /** Bytes that are in it, read or not. */
  get bytes(): number {
    return fstatSync(this.descriptor).size;
  }

  /**
   * Hands the whole records that have come to `take`.
   *
   * @returns What was wrong with the bytes, or nothing when they were records.
   */
  drain(take: (answer: Answer, record: Uint8Array<ArrayBuffer>) => void): string | undefined {
    for (;;) {
      const end = readSync(this.descriptor, this.#buffer, 0, READ_BYTES, this.#at);
      let at = 0;
      while (end - at >= ANSWER_HEAD_BYTES) {
        const answer = readAnswer(this.#view, at);
        const isKnown = answer.kind >= ANSWER.loaded && answer.kind <= ANSWER.reached;
        if (!isKnown || answer.bytes > this.#answerBytesMax) {
          return `an answer of kind ${answer.kind} and ${answer.bytes} bytes`;
        }
        const next = at + ANSWER_HEAD_BYTES + answer.bytes;
        const record = next <= end ? this.#copy(at, next) : this.#long(at, next - at);
        if (!record) break;
        this.#at += record.length;
        at = next;
        take(answer, record);
        if (next > end) break;
      }
      if (at < end || end < READ_BYTES) return undefined;
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.descriptor);
  }

  /**
   * Copies a record out. Small ones share a buffer of Node's pool: each of their own is garbage.
   */
  #copy(start: number, end: number): Uint8Array<ArrayBuffer> {
    const record = Buffer.allocUnsafe(end - start);
    record.set(this.#buffer.subarray(start, end));
    return record;
  }

  /** Reads a record that is longer than the buffer; nothing when its end is not there yet. */
  #long(offset: number, length: number): Uint8Array<ArrayBuffer> | undefined {
    if (this.bytes < this.#at + length) return undefined;
    const record = new Uint8Array(length);
    record.set(this.#buffer.subarray(offset, offset + ANSWER_HEAD_BYTES));
    for (let filled = ANSWER_HEAD_BYTES; filled < length;) {
      const got = readSync(this.descriptor, record, filled, length - filled, this.#at + filled);
      if (got === 0) return undefined;
      filled += got;
    }
    return record;
  }
}

/** The worker's end of an inbox. */
export class Inbox {
  readonly descriptor = namelessFile("wx+");
  #bytes = 0;

  /** Bytes that it holds of memory or of a disk. */
  get bytes(): number {
    return fstatSync(this.descriptor).size;
  }

  /** Writes records, and says whether there was room for them. */
  put(records: readonly Uint8Array[]): boolean {
    let at = 0;
    try {
      for (const record of records) {
        for (let put = 0; put < record.length;) {
          put += writeSync(this.descriptor, record, put, record.length - put, at + put);
        }
        at += record.length;
        this.#bytes = at;
      }
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Gives back what a large block took. Pages that were written before are written faster, and what
   * lies in them is nothing that this very sandbox was not sent.
   */
  clear(): void {
    if (this.#bytes > KEPT_BYTES) ftruncateSync(this.descriptor, 0);
    this.#bytes = 0;
  }

  [Symbol.dispose](): void {
    closeSync(this.descriptor);
  }
}
