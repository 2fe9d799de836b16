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
 * The sandbox has ends of its own: it adds to the journal, and reads the inbox. It can cut the
 * journal short, which only loses its own answers, and can make neither file of the worker grow
 * but the journal, up to what `launch.ts` lets a file be.
 *
 * Invariants:
 * - No memory is taken for the body of an answer before its head was judged.
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

import { ANSWER_HEAD_BYTES, type Answer, readAnswer } from "../wire/records.ts";

const SHARED_MEMORY = "/dev/shm";
/** Less room than this, as containers often have, and a folder on a disk is the better place. */
const ROOM_BYTES = 2 ** 30;
const READ_BYTES = 64 * 1024;
/** An inbox keeps so many of its pages: they are the worker's, one set for each sandbox. */
const KEPT_BYTES = 4 * 2 ** 20;

/** Returns the descriptor of a new file that has no name any more. */
export function namelessFile(flags: string): number {
  return twiceOpened(flags)[0];
}

/** The same, opened once more: what one end sets or reads does not move the other. */
function twiceOpened(flags: string, again?: string): [number, number] {
  const folder = mkdtempSync(join(folderForFiles(), "bookend-"));
  const path = join(folder, "journal");
  try {
    const first = openSync(path, flags, 0o600);
    return [first, again === undefined ? first : openSync(path, again)];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function folderForFiles(): string {
  if (!existsSync(SHARED_MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(SHARED_MEMORY);
  return bavail * bsize >= ROOM_BYTES ? SHARED_MEMORY : tmpdir();
}

/** Who hears what is in a journal. Each says what is wrong with it, or nothing. */
export interface Listener {
  /** Judges an answer by its head, before memory is taken for its body. */
  readonly onHead: (answer: Answer) => string | undefined;
  /** Takes an answer with its record, which is owned by who is called. */
  readonly onAnswer: (answer: Answer, record: Uint8Array<ArrayBuffer>) => string | undefined;
}

/** A file with an end for the worker, and one that is given to a sandbox. */
class SharedFile {
  /** The sandbox's end. */
  readonly descriptor: number;
  /** The worker's. */
  readonly own: number;
  #isHandedOver = false;

  constructor(own: number, descriptor: number) {
    this.own = own;
    this.descriptor = descriptor;
  }

  /** Bytes that are in it, read or not. */
  get bytes(): number {
    return fstatSync(this.own).size;
  }

  /** Told when the sandbox has its end: it is not needed here any more. */
  handedOver(): void {
    if (!this.#isHandedOver) closeSync(this.descriptor);
    this.#isHandedOver = true;
  }

  [Symbol.dispose](): void {
    this.handedOver();
    closeSync(this.own);
  }
}

/** The worker's end of a journal. */
export class Journal extends SharedFile {
  readonly #buffer = new Uint8Array(READ_BYTES);
  readonly #view = new DataView(this.#buffer.buffer);
  #at = 0;

  constructor() {
    // Every write of the sandbox is put at the end.
    const [descriptor, own] = twiceOpened("ax", "r+");
    super(own, descriptor);
  }

  /** Empties it: a block is over. */
  clear(): void {
    if (this.#at > 0) ftruncateSync(this.own, 0);
    this.#at = 0;
  }

  /**
   * Hands over the whole records that have come, until something is wrong with one.
   *
   * @returns What was wrong, or nothing.
   */
  drain({ onHead, onAnswer }: Listener): string | undefined {
    for (;;) {
      const end = readSync(this.own, this.#buffer, 0, READ_BYTES, this.#at);
      let at = 0;
      while (end - at >= ANSWER_HEAD_BYTES) {
        const answer = readAnswer(this.#view, at);
        const wrong = onHead(answer);
        if (wrong !== undefined) return wrong;
        const next = at + ANSWER_HEAD_BYTES + answer.bytes;
        const record = next <= end ? this.#copy(at, next) : this.#long(at, next - at);
        if (!record) break;
        this.#at += record.length;
        at = next;
        const lie = onAnswer(answer, record);
        if (lie !== undefined) return lie;
        if (next > end) break;
      }
      if (at < end || end < READ_BYTES) return undefined;
    }
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
      const got = readSync(this.own, record, filled, length - filled, this.#at + filled);
      if (got === 0) return undefined;
      filled += got;
    }
    return record;
  }
}

/** The worker's end of an inbox. */
export class Inbox extends SharedFile {
  #bytes = 0;

  constructor() {
    const [own, descriptor] = twiceOpened("wx", "r");
    super(own, descriptor);
  }

  /** Writes records, and says whether there was room for them. */
  put(records: readonly Uint8Array[]): boolean {
    let at = 0;
    try {
      for (const record of records) {
        for (let put = 0; put < record.length;) {
          put += writeSync(this.own, record, put, record.length - put, at + put);
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
    if (this.#bytes > KEPT_BYTES) ftruncateSync(this.own, 0);
    this.#bytes = 0;
  }
}
