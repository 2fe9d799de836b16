/**
 * Start-up snapshots: isolates with the guest program and a set of libraries in them, from which
 * others wake in a few milliseconds.
 *
 * A snapshot fits the very V8 that made it, so it is made here and not by the build: once for each
 * set of libraries that a hook asks for, in the background, by a process of its own. Until it is
 * there, and where it cannot be made, isolates evaluate their libraries as ever.
 *
 * @module
 */

import { closeSync, fstatSync, readSync } from "node:fs";

import type { LibraryFile } from "../contract/library.ts";
import type { WorkerHook } from "./jobs.ts";
import { namelessFile } from "./journal.ts";
import { type Launch, start } from "./launch.ts";

/** More sets of libraries than this are not kept: each takes 1 to 5 MB. */
const SETS_MAX = 64;
/** A set that takes longer cannot be made; one of two libraries takes 0.4 s on a busy machine. */
const MAKE_MS_MAX = 20_000;
/** One with everything in it takes 20 MB. */
const SNAPSHOT_BYTES_MAX = 2 ** 27;

/** A snapshot that is there: its bytes lie in a file without a name. Plain data. */
export interface SnapshotFile {
  /** The number that stands for it in records. */
  readonly id: number;
  readonly descriptor: number;
  readonly bytes: number;
}

/** The snapshots of one pool. */
export class Snapshots {
  readonly #launch: Launch;
  readonly #isOn: boolean;
  /** Nothing while one is being made, and for a set that cannot be. */
  readonly #files = new Map<string, SnapshotFile | undefined>();
  #last: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(launch: Launch, isolation: "process" | "thread") {
    this.#launch = launch;
    this.#isOn = isolation === "process";
  }

  /**
   * Returns a hook with what its isolate wakes from, where that is there by now. Not inside a
   * thread: V8 aborts there now and then when it wakes an isolate.
   */
  awake(hook: WorkerHook): WorkerHook {
    return this.#isOn ? { ...hook, snapshot: this.of(hook.spec.libraries) } : hook;
  }

  /** Returns the snapshot of a set of libraries; the first who asks has it made for the others. */
  of(libraries: readonly LibraryFile[]): SnapshotFile | undefined {
    const key = JSON.stringify(libraries.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
    if (this.#files.has(key) || this.#files.size >= SETS_MAX) return this.#files.get(key);
    this.#files.set(key, undefined);
    // One at a time: the calls come first.
    this.#last = this.#last.then(() => this.#make(key));
    return undefined;
  }

  /** How many there are. */
  get count(): number {
    return [...this.#files.values()].filter((file) => file !== undefined).length;
  }

  /** Settles when nothing is being made. */
  get settled(): Promise<void> {
    return this.#last;
  }

  /** Gives the files back. What is being made is not waited for longer than it takes to end it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
    for (const file of this.#files.values()) if (file) closeSync(file.descriptor);
    this.#files.clear();
  }

  async #make(key: string): Promise<void> {
    if (this.#isClosed) return;
    const descriptor = namelessFile("wx+");
    const isMade = await this.#run(key, descriptor);
    const bytes = isMade ? fstatSync(descriptor).size : 0;
    if (bytes === 0) return closeSync(descriptor);
    this.#files.set(key, { id: descriptor, descriptor, bytes });
  }

  #run(libraries: string, descriptor: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const files = { descriptors: [descriptor], fileBytesMax: SNAPSHOT_BYTES_MAX };
    const { child, kill } = start(this.#launch, "snapshot", files);
    const timer = setTimeout(kill, MAKE_MS_MAX);
    child.once("error", () => resolve(false));
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
    child.stderr?.resume();
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(libraries);
    // A program that has nothing else to do may end.
    child.unref();
    return promise;
  }
}

/** Returns the bytes of a snapshot, as a copy behind `before` bytes that are left free. */
export function bytesOf({ descriptor, bytes }: SnapshotFile, before: number): Buffer<ArrayBuffer> {
  const out = Buffer.alloc(before + bytes);
  for (let at = 0; at < bytes;) {
    const got = readSync(descriptor, out, before + at, bytes - at, at);
    if (got === 0) throw new Error("A snapshot is shorter than it was");
    at += got;
  }
  return out;
}
