/**
 * A sandbox as the worker sees it: a process to hand records to, whose answers are not believed.
 *
 * The process is started in the jail (`launch.ts`), with two pipes and two files without a name
 * (`journal.ts`). It is only ever stopped with SIGKILL: what runs in there owes nobody a
 * goodbye.
 *
 * Invariant: after the first answer that breaks the form nothing is read any more.
 *
 * @module
 */

import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";

import { type Answer, REQUEST, REQUEST_HEAD_BYTES, writeRequest } from "../wire/records.ts";
import { Inbox, Journal } from "./journal.ts";
import { type Launch, start } from "./launch.ts";

/** What a feeder needs of a sandbox; a process and a thread both give it. */
export interface Sandbox {
  /** Sends the records of a block, in order. The bytes are lent until the answers are there. */
  send(records: readonly Uint8Array[]): void;
  /** Called for each answer, in order, with its record: owned by who is called. */
  onAnswer: (answer: Answer, record: Uint8Array<ArrayBuffer>) => void;
  /** Called once, when no further answer can come. */
  onEnd: (end: End) => void;
  /** Looks for answers now. It is done anyway when the sandbox rings, and when it ends. */
  drain(): void;
  /** Told when the last answer of a block was there: nothing of it is kept. */
  endBlock(): void;
  /** Ends it at once. `onEnd` follows, after the answers that it had already given. */
  kill(): void;
  /** Ends it between two blocks, and waits until nothing of it is left. */
  close(): Promise<void>;
  /** Bytes of memory that the sandbox holds, its answers too; 0 where that cannot be told. */
  residentBytes(): number;
}

/** How a sandbox ended, in words for a fault. */
export interface End {
  readonly how: string;
  readonly outOfMemory: boolean;
}

/** Answers of one block, large ones too; whoever writes more is no honest sandbox. */
const JOURNAL_BYTES_MAX = 2 ** 30;
const SHELL_SIGNAL_FROM = 128;
const PAGE_BYTES = 4_096;
const STDERR_CHARACTERS_KEPT = 4_096;
/** From here on a block goes through the inbox: a pipe holds no more at a time. */
const INBOX_BYTES_MIN = 64 * 1024;

/** A sandbox in a process of its own. */
export class SandboxProcess implements Sandbox {
  onAnswer: Sandbox["onAnswer"] = () => undefined;
  onEnd: Sandbox["onEnd"] = () => undefined;
  /** Settles when the process says that it is there; rejects when it ends before. */
  readonly ready: Promise<void>;
  readonly kill: () => void;
  readonly #child: ChildProcess;
  /** The sandbox itself: in a jail the child is what built it. */
  #pid: number | undefined;
  readonly #requests: Writable;
  readonly #journal: Journal;
  readonly #inbox = new Inbox();
  readonly #gone = Promise.withResolvers<void>();
  #stderr = "";
  #broken = "";
  #end: End | undefined;

  constructor(launch: Launch, answerBytesMax: number) {
    this.#journal = new Journal(answerBytesMax);
    const files = [this.#journal.descriptor, this.#inbox.descriptor];
    const program = start(launch, "sandbox", ["pipe", "pipe", ...files], JOURNAL_BYTES_MAX);
    this.#child = program.child;
    this.kill = program.kill;
    void program.pid.then((pid) => (this.#pid = pid));
    const [, , stderr, requests, bell] = this.#child.stdio;
    this.#requests = requests as Writable;
    // A write to a process that has just ended fails; that it ended is told elsewhere.
    this.#requests.on("error", () => undefined);
    stderr?.on("data", (text: Buffer) => this.#keepStderr(text));
    this.ready = new Promise((resolve, reject) => {
      (bell as Readable).once("data", resolve);
      this.onEnd = ({ how }) => reject(new Error(`A sandbox did not start: ${how}`));
    });
    (bell as Readable).on("data", () => this.drain());
    this.#child.once("error", (error) => this.#ended(error.message));
    this.#child.once("close", (code, signal) => this.#ended(signal ?? howOf(code)));
  }

  send(records: readonly Uint8Array[]): void {
    // It may have ended while it was a spare, when nobody listened.
    if (this.#end) return queueMicrotask(() => this.#end && this.onEnd(this.#end));
    let bytes = 0;
    for (const record of records) bytes += record.length;
    if (bytes >= INBOX_BYTES_MIN && this.#inbox.put(records)) {
      this.#requests.write(inboxRecord(bytes));
      return;
    }
    if (records.length > 1) this.#requests.cork();
    for (const record of records) this.#requests.write(record);
    if (records.length > 1) this.#requests.uncork();
  }

  drain(): void {
    if (this.#end || this.#broken !== "") return;
    const wrong = this.#journal.drain((answer, record) => this.onAnswer(answer, record));
    if (wrong === undefined) return;
    this.#broken = `it sent ${wrong}`;
    this.kill();
  }

  endBlock(): void {
    if (this.#end) return;
    this.#journal.clear();
    this.#inbox.clear();
  }

  async close(): Promise<void> {
    this.kill();
    await this.gone;
  }

  /** Its process id; nothing when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Settles when nothing of it is left. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  residentBytes(): number {
    try {
      const pages = readFileSync(`/proc/${this.#pid}/statm`, "latin1").split(" ")[1];
      return Number(pages) * PAGE_BYTES + this.#journal.bytes;
    } catch {
      return 0;
    }
  }

  #keepStderr(text: Buffer): void {
    this.#stderr = (this.#stderr + text.toString("latin1")).slice(-STDERR_CHARACTERS_KEPT);
  }

  #ended(how: string): void {
    if (this.#end) return;
    this.drain();
    const outOfMemory = /is_heap_oom = 1|out of memory|heap limit/i.test(this.#stderr);
    this.#end = { how: this.#broken || how, outOfMemory };
    this.#journal[Symbol.dispose]();
    this.#inbox[Symbol.dispose]();
    this.#gone.resolve();
    this.onEnd(this.#end);
  }
}

/** What built the jail tells of a signal as shells do. */
function howOf(code: number | null): string {
  const number = Number(code) - SHELL_SIGNAL_FROM;
  const signal = Object.entries(constants.signals).find(([, one]) => one === number);
  return signal ? signal[0] : `exit code ${code}`;
}

/** Says that `bytes` bytes of records lie in the inbox. */
function inboxRecord(bytes: number): Uint8Array {
  const record = new Uint8Array(REQUEST_HEAD_BYTES);
  const view = new DataView(record.buffer);
  const head = { kind: REQUEST.inbox, files: 0, isLast: false, call: 0, hook: 0, beginBy: 0 };
  writeRequest(view, 0, { ...head, bytes });
  return record;
}
