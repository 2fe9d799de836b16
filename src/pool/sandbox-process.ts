/**
 * A sandbox as the worker sees it: a process to hand records to, whose answers are not believed.
 *
 * The process is started in the jail (`launch.ts`), with two pipes and two files without a name
 * (`journal.ts`). It is only ever stopped with SIGKILL: what runs in there owes nobody a
 * goodbye. One that lies, rings or writes without end, closes a pipe, or does not start in time is
 * *distrusted*: ended, and heard no more.
 *
 * Invariants:
 * - After the first lie nothing is read any more.
 * - What it can make this process keep is bounded: a judged answer, and the end of its stderr.
 * - `onEnd` comes, whatever it leaves behind that still holds its pipes.
 *
 * @module
 */

import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";

import { REQUEST, REQUEST_HEAD_BYTES, writeRequest } from "../wire/records.ts";
import { Inbox, Journal, type Listener } from "./journal.ts";
import { type Launch, start } from "./launch.ts";

/** What a feeder needs of a sandbox; a process and a thread both give it. */
export interface Sandbox {
  /** Sends the records of a block, in order. The bytes are lent until the answers are there. */
  send(records: readonly Uint8Array[]): void;
  /** Called for the head of each answer, in order, where the sandbox is not trusted. */
  onHead: Listener["onHead"];
  /** Called for each answer, in order. */
  onAnswer: Listener["onAnswer"];
  /** Called once, when no further answer can come. */
  onEnd: (end: End) => void;
  /** Looks for answers now: done anyway when the sandbox rings, and when it ends. */
  drain(): void;
  /** Between two blocks: whether it is there and has kept silent, so that it may be sent more. */
  isQuiet(): boolean;
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
  /** Whether it was ended because of what it did, which `how` then says. */
  readonly isDistrusted: boolean;
}

/** Answers of one block, large ones too; whoever writes more is no honest sandbox. */
const JOURNAL_BYTES_MAX = 2 ** 30;
/** A block of 32 calls rings 33 times at most, and some of the last one's rings may come late. */
const RINGS_MAX = 256;
/** V8 says some kilobytes when it gives up, and nothing before. */
const STDERR_BYTES_MAX = 2 ** 17;
/** An honest one is there after 50 ms; on a machine that is overrun after some seconds. */
const START_MS_MAX = 10_000;
/** A pipe ends with its process, or it was closed; and the process with it, or others have it. */
const PARTING_MS = 500;
/** What is wrong with whatever it says between two blocks. */
export const UNASKED = "an answer that nobody had asked for";
const SHELL_SIGNAL_FROM = 128;
const PAGE_BYTES = 4_096;
const STDERR_CHARACTERS_KEPT = 4_096;
/** From here on a block goes through the inbox: a pipe holds no more at a time. */
const INBOX_BYTES_MIN = 64 * 1024;

/** A sandbox in a process of its own. */
export class SandboxProcess implements Sandbox {
  onHead: Sandbox["onHead"] = () => UNASKED;
  onAnswer: Sandbox["onAnswer"] = () => UNASKED;
  onEnd: Sandbox["onEnd"] = () => undefined;
  /** Settles when the process says that it is there; rejects when it ends before. */
  readonly ready: Promise<void>;
  readonly kill: () => void;
  readonly #child: ChildProcess;
  /** The sandbox itself: in a jail the child is what built it. */
  #pid: number | undefined;
  readonly #requests: Writable;
  readonly #journal = new Journal();
  readonly #inbox = new Inbox();
  readonly #gone = Promise.withResolvers<void>();
  #rings = 0;
  #stderr = "";
  #stderrBytes = 0;
  #broken = "";
  #end: End | undefined;

  constructor(launch: Launch) {
    const files = [this.#journal, this.#inbox];
    const descriptors = ["pipe", "pipe", ...files.map(({ descriptor }) => descriptor)] as const;
    const fileBytesMax = JOURNAL_BYTES_MAX;
    const program = start(launch, "sandbox", { descriptors, fileBytesMax });
    for (const file of files) file.handedOver();
    this.#child = program.child;
    this.kill = program.kill;
    void program.pid.then((pid) => (this.#pid = pid));
    const [, , stderr, requests, bell] = this.#child.stdio;
    this.#requests = requests as Writable;
    // A write to a process that has just ended fails; that it ended is told elsewhere.
    this.#requests.on("error", () => undefined);
    stderr?.on("data", (text: Buffer) => this.#keepStderr(text));
    this.ready = this.#started(bell as Readable);
    (bell as Readable).on("data", (rings: Buffer) => this.#rung(rings.length));
    for (const pipe of [requests, bell]) pipe?.once("close", () => this.#pipeClosed());
    this.#child.once("exit", () => this.#exited());
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
    const wrong = this.#journal.drain(this);
    if (wrong !== undefined) this.#distrust(`sent ${wrong}`);
  }

  isQuiet(): boolean {
    return !this.#end && this.#broken === "" && this.#journal.bytes === 0;
  }

  endBlock(): void {
    if (this.#end) return;
    this.#rings = 0;
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

  #started(bell: Readable): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let isOver = false;
    const late = () => isOver || this.#distrust(`was not there within ${START_MS_MAX} ms`);
    // A thread that slept hears its timers first, and the bell in the same turn.
    const timer = setTimeout(() => setImmediate(late), START_MS_MAX).unref();
    const over = () => {
      isOver = true;
      clearTimeout(timer);
    };
    bell.once("data", () => (over(), resolve()));
    this.onEnd = ({ how }) => (over(), reject(new Error(`A sandbox did not start: ${how}`)));
    return promise;
  }

  #rung(rings: number): void {
    this.#rings += rings;
    this.drain();
    if (this.#rings > RINGS_MAX) this.#distrust("rang without end");
  }

  #keepStderr(text: Buffer): void {
    this.#stderr = (this.#stderr + text.toString("latin1")).slice(-STDERR_CHARACTERS_KEPT);
    this.#stderrBytes += text.length;
    if (this.#stderrBytes <= STDERR_BYTES_MAX) return;
    this.drain();
    this.#distrust("wrote to stderr without end");
  }

  /** Ends it, and hears it no more: what it had answered before has to have been read. */
  #distrust(what: string): void {
    if (this.#broken === "") this.#broken = what;
    this.kill();
  }

  #pipeClosed(): void {
    const isOpen = () => this.#child.exitCode === null && this.#child.signalCode === null;
    const judge = () => {
      if (!isOpen()) return;
      this.drain();
      this.#distrust("closed a pipe");
    };
    if (isOpen()) setTimeout(judge, PARTING_MS).unref();
  }

  /** Its pipes end with it, unless it has given them to somebody whom nobody here knows. */
  #exited(): void {
    setTimeout(() => {
      for (const pipe of this.#child.stdio) pipe?.destroy();
    }, PARTING_MS).unref();
  }

  #ended(how: string): void {
    if (this.#end) return;
    this.drain();
    const outOfMemory = /is_heap_oom = 1|out of memory|heap limit/i.test(this.#stderr);
    const isDistrusted = this.#broken !== "";
    this.#end = { how: isDistrusted ? `it ${this.#broken}` : how, outOfMemory, isDistrusted };
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
