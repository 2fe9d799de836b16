/**
 * A sandbox as the worker sees it: a process to write records to, whose answers are not believed.
 *
 * The process gets no environment, no arguments but its script, and three pipes. It is only ever
 * stopped with SIGKILL: what runs in there owes nobody a goodbye.
 *
 * Invariants:
 * - No more memory is taken for an answer than the limits allow, whatever its head says.
 * - After the first answer that breaks the form nothing is read any more.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

import { ANSWER, ANSWER_HEAD_BYTES, type Answer, readAnswer } from "../wire/records.ts";

/** What a feeder needs of a sandbox; a process and a thread both give it. */
export interface Sandbox {
  /** Sends records, in order. The bytes are lent until the answers are there. */
  send(records: readonly Uint8Array[]): void;
  /** Called for each answer, with its record: head and body, owned by who is called. */
  onAnswer: (answer: Answer, record: Uint8Array<ArrayBuffer>) => void;
  /** Called once, when no further answer can come. */
  onEnd: (end: End) => void;
  /** Ends it at once. `onEnd` follows, after the answers that it had already given. */
  kill(): void;
  /** Bytes of memory that the process holds; 0 where that cannot be told. */
  residentBytes(): number;
  /** Whether a part of an answer has come and the rest has not. */
  readonly isMidAnswer: boolean;
}

/** How a sandbox ended, in words for a fault. */
export interface End {
  readonly how: string;
  readonly outOfMemory: boolean;
}

const STDERR_CHARACTERS_KEPT = 4_096;
const EMPTY = new Uint8Array(0);

/** A sandbox in a process of its own. */
export class SandboxProcess implements Sandbox {
  onAnswer: Sandbox["onAnswer"] = () => undefined;
  onEnd: Sandbox["onEnd"] = () => undefined;
  /** Settles when the process says that it is there; rejects when it ends before. */
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #requests: Writable;
  readonly #answerBytesMax: number;
  #stderr = "";
  #broken = "";
  /** The bytes of an answer that is not whole yet: `#record` is the place for it once it is known. */
  #head: Uint8Array<ArrayBuffer> = EMPTY;
  #answer: Answer | undefined;
  #record: Uint8Array<ArrayBuffer> = EMPTY;
  #filled = 0;

  constructor(bundles: URL, answerBytesMax: number) {
    this.#answerBytesMax = answerBytesMax;
    const script = fileURLToPath(new URL("sandbox.js", bundles));
    this.#child = spawn(process.execPath, ["--disable-sigusr1", script], {
      // Made without a prototype: `spawn` reads it with for-in, so a polluted one would get in.
      env: Object.create(null) as NodeJS.ProcessEnv,
      stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
    });
    const [, , stderr, requests, answers] = this.#child.stdio;
    this.#requests = requests as Writable;
    // A write to a process that has just ended fails; that it ended is told elsewhere.
    this.#requests.on("error", () => undefined);
    stderr?.on("data", (text: Buffer) => this.#keepStderr(text));
    this.ready = new Promise((resolve, reject) => {
      this.onAnswer = () => resolve();
      this.onEnd = ({ how }) => reject(new Error(`A sandbox did not start: ${how}`));
    });
    (answers as Readable).on("data", (chunk: Buffer) => this.#read(chunk));
    this.#child.on("error", (error) => this.#ended(error.message));
    this.#child.on("close", (code, signal) => this.#ended(signal ?? `exit code ${code}`));
  }

  get isMidAnswer(): boolean {
    return this.#head.length > 0 || this.#answer !== undefined;
  }

  send(records: readonly Uint8Array[]): void {
    if (records.length === 1) {
      this.#requests.write(records[0]);
      return;
    }
    this.#requests.cork();
    for (const record of records) this.#requests.write(record);
    this.#requests.uncork();
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  residentBytes(): number {
    try {
      const pages = readFileSync(`/proc/${this.#child.pid}/statm`, "latin1").split(" ")[1];
      return Number(pages) * 4096;
    } catch {
      return 0;
    }
  }

  #keepStderr(text: Buffer): void {
    this.#stderr = (this.#stderr + text.toString("latin1")).slice(-STDERR_CHARACTERS_KEPT);
  }

  #ended(how: string): void {
    const outOfMemory = /is_heap_oom = 1|out of memory|heap limit/i.test(this.#stderr);
    const end = this.onEnd;
    this.onEnd = () => undefined;
    this.onAnswer = () => undefined;
    end({ how: this.#broken || how, outOfMemory });
  }

  /** Cuts what comes into answers. A chunk may hold several, or a part of one. */
  #read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.#broken === "") {
      at = this.#answer ? this.#readBody(chunk, at) : this.#readHead(chunk, at);
    }
  }

  #readHead(chunk: Buffer, at: number): number {
    const missing = ANSWER_HEAD_BYTES - this.#head.length;
    const part = chunk.subarray(at, at + missing);
    const head = new Uint8Array(this.#head.length + part.length);
    head.set(this.#head);
    head.set(part, this.#head.length);
    this.#head = head;
    if (head.length === ANSWER_HEAD_BYTES) this.#begin(head);
    return at + part.length;
  }

  #begin(head: Uint8Array<ArrayBuffer>): void {
    const answer = readAnswer(new DataView(head.buffer), 0);
    const isKnown = answer.kind >= ANSWER.ready && answer.kind <= ANSWER.notBegun;
    if (!isKnown || answer.bytes > this.#answerBytesMax) {
      return this.#break(`an answer of kind ${answer.kind} and ${answer.bytes} bytes`);
    }
    this.#head = EMPTY;
    this.#answer = answer;
    this.#record = new Uint8Array(ANSWER_HEAD_BYTES + answer.bytes);
    this.#record.set(head);
    this.#filled = ANSWER_HEAD_BYTES;
    if (answer.bytes === 0) this.#finish(answer);
  }

  #readBody(chunk: Buffer, at: number): number {
    const missing = this.#record.length - this.#filled;
    const part = chunk.subarray(at, at + missing);
    this.#record.set(part, this.#filled);
    this.#filled += part.length;
    if (this.#filled === this.#record.length && this.#answer) this.#finish(this.#answer);
    return at + part.length;
  }

  #finish(answer: Answer): void {
    const record = this.#record;
    this.#answer = undefined;
    this.#record = EMPTY;
    this.onAnswer(answer, record);
  }

  #break(what: string): void {
    this.#broken = `it sent ${what}`;
    this.kill();
  }
}
