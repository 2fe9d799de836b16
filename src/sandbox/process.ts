/**
 * A sandbox as a process: four descriptors, and it knows nothing else.
 *
 * 3: requests, a pipe that it blocks on. 4: the bell, a pipe on which a byte wakes the worker.
 * 5: the journal, where its answers go. 6: the inbox, where requests lie that are too large for a
 * pipe. The last two are files without a name, in memory where there is such a folder: bytes that
 * are written there wake nobody, do not have to be carried in pieces, and outlive this process.
 *
 * There is no event loop for a hook to disturb and no buffer that grows; when the pipe ends, so
 * does the process. It is started with no environment and stopped with SIGKILL.
 *
 * Invariant: the body of a request is read straight into buffers of its own, which then move into
 * the isolate: two calls never share memory.
 *
 * @module
 */

import { readSync, writeSync } from "node:fs";

import { readRequest, REQUEST, REQUEST_HEAD_BYTES, type Request } from "../wire/records.ts";
import { bundlesIn } from "./bundles.ts";
import { SandboxCore } from "./core.ts";

const REQUESTS = 3;
const BELL = 4;
const JOURNAL = 5;
const INBOX = 6;
const RING = new Uint8Array(1);
const NO_BYTES = new ArrayBuffer(0);
const READ_BYTES = 64 * 1024;

/** Reads requests, from the pipe and, when it is told to, from the inbox. */
class Reader {
  /** What the pipe had ready: a block of small records takes one system call. */
  readonly #ahead = new Uint8Array(READ_BYTES);
  readonly #view = new DataView(this.#ahead.buffer);
  #at = 0;
  #end = 0;
  /** Where in the inbox the next byte is, and how many are left; none means the pipe. */
  #inboxAt = 0;
  #inboxLeft = 0;

  /** Reads the next `bytes` bytes from the inbox. */
  openInbox(bytes: number): void {
    this.#inboxAt = 0;
    this.#inboxLeft = bytes;
  }

  /** Returns the head of the next request; nothing when the pipe has ended. */
  head(): Request | undefined {
    if (this.#inboxLeft > 0 || this.#end - this.#at < REQUEST_HEAD_BYTES) {
      const head = this.take(REQUEST_HEAD_BYTES);
      return head && readRequest(new DataView(head), 0);
    }
    const request = readRequest(this.#view, this.#at);
    this.#at += REQUEST_HEAD_BYTES;
    return request;
  }

  /**
   * Returns the next `bytes` bytes, lent until the next are asked for, or in a buffer of their own
   * when they are many; nothing when the pipe has ended.
   */
  lend(bytes: number): Uint8Array<ArrayBuffer> | undefined {
    if (this.#inboxLeft > 0 || this.#end - this.#at < bytes) return this.own(bytes);
    this.#at += bytes;
    return this.#ahead.subarray(this.#at - bytes, this.#at);
  }

  /** As {@link take}, as bytes. */
  own(bytes: number): Uint8Array<ArrayBuffer> | undefined {
    const buffer = this.take(bytes);
    return buffer && new Uint8Array(buffer);
  }

  /** Returns the next `bytes` bytes in a buffer of their own; nothing when the pipe has ended. */
  take(bytes: number): ArrayBuffer | undefined {
    if (this.#inboxLeft > 0) return this.#takeFromInbox(bytes);
    const out = new Uint8Array(bytes);
    let filled = 0;
    while (filled < bytes) {
      if (this.#at < this.#end) {
        const part = Math.min(bytes - filled, this.#end - this.#at);
        out.set(this.#ahead.subarray(this.#at, this.#at + part), filled);
        this.#at += part;
        filled += part;
      } else if (!this.#fill()) return undefined;
    }
    return out.buffer;
  }

  #takeFromInbox(bytes: number): ArrayBuffer {
    // Not zeroed, because each byte is written here, and not of a pool: it is given away.
    const out = Buffer.allocUnsafeSlow(bytes);
    for (let filled = 0; filled < out.length;) {
      const got = readSync(INBOX, out, filled, out.length - filled, this.#inboxAt + filled);
      if (got === 0) throw new Error("The inbox is shorter than was said");
      filled += got;
    }
    this.#inboxAt += out.length;
    this.#inboxLeft -= out.length;
    return out.buffer;
  }

  #fill(): boolean {
    this.#at = 0;
    this.#end = readSync(REQUESTS, this.#ahead, 0, READ_BYTES, null);
    return this.#end > 0;
  }
}

function writeAll(to: number, bytes: Uint8Array, length = bytes.length): void {
  for (let at = 0; at < length;) at += writeSync(to, bytes, at, length - at);
}

function send(front: Uint8Array, bytes: number, rest: Uint8Array, wakes: boolean): void {
  writeAll(JOURNAL, front, bytes);
  if (rest.length > 0) writeAll(JOURNAL, rest);
  if (wakes) writeAll(BELL, RING);
}

function serve(core: SandboxCore, reader: Reader): void {
  for (;;) {
    const request = reader.head();
    if (!request) return;
    if (request.kind === REQUEST.inbox) {
      reader.openInbox(request.bytes);
      continue;
    }
    if (request.kind === REQUEST.call) {
      if (!call(core, reader, request)) return;
      continue;
    }
    const body = reader.take(request.bytes);
    if (!body) return;
    if (request.kind === REQUEST.load) core.load(JSON.parse(new TextDecoder().decode(body)));
    else if (request.kind === REQUEST.drop) core.drop(request.hook);
    else if (request.kind === REQUEST.snapshot) core.wakeFrom(request.hook, body);
    else core.prepare(request);
  }
}

function call(core: SandboxCore, reader: Reader, request: Request): boolean {
  const sizes = request.files === 0 ? NO_BYTES : reader.take(4 * request.files);
  if (!sizes) return false;
  const view = new DataView(sizes);
  let argsBytes = request.bytes - sizes.byteLength;
  for (let i = 0; i < request.files; i++) argsBytes -= view.getUint32(4 * i, true);
  const args = request.files === 0 ? reader.lend(argsBytes) : reader.own(argsBytes);
  if (!args) return false;
  const files: ArrayBuffer[] = [];
  for (let i = 0; i < request.files; i++) {
    const file = reader.take(view.getUint32(4 * i, true));
    if (!file) return false;
    files.push(file);
  }
  core.call(request, args, files);
  return true;
}

// The first argument is the addon's file, which `isolated-vm` stands for here.
const libraries = process.argv.slice(3);
const core = new SandboxCore(bundlesIn(new URL("./", import.meta.url), libraries), send);
// The first ring says that it is there.
writeAll(BELL, RING);
serve(core, new Reader());
process.exit(0);
