/**
 * A sandbox as a process: reads records from descriptor 3, answers on 4, and knows nothing else.
 *
 * It blocks in `readSync` and `writeSync`, so there is no event loop for a hook to disturb and no
 * buffer that grows; when the pipe ends, so does the process. It is started with no environment and
 * stopped with SIGKILL.
 *
 * Invariant: the body of a request is read straight into buffers of its own, which then move into
 * the isolate: two calls never share memory.
 *
 * @module
 */

import { readSync, writeSync } from "node:fs";

import {
  ANSWER,
  ANSWER_HEAD_BYTES,
  readRequest,
  REQUEST,
  REQUEST_HEAD_BYTES,
  type Request,
  writeAnswer,
} from "../wire/records.ts";
import { bundlesIn } from "./bundles.ts";
import { SandboxCore } from "./core.ts";


const REQUESTS = 3;
const ANSWERS = 4;
const READ_BYTES = 64 * 1024;

/** Reads ahead into one buffer, so that a block of small records takes one system call. */
class Reader {
  readonly #ahead = new Uint8Array(READ_BYTES);
  #at = 0;
  #end = 0;

  /** Returns the next `bytes` bytes in a buffer of their own; nothing when the pipe has ended. */
  take(bytes: number): ArrayBuffer | undefined {
    const out = new Uint8Array(bytes);
    let filled = 0;
    while (filled < bytes) {
      if (this.#at < this.#end) {
        const part = Math.min(bytes - filled, this.#end - this.#at);
        out.set(this.#ahead.subarray(this.#at, this.#at + part), filled);
        this.#at += part;
        filled += part;
      } else if (bytes - filled >= READ_BYTES) {
        const got = readSync(REQUESTS, out, filled, bytes - filled, null);
        if (got === 0) return undefined;
        filled += got;
      } else if (!this.#fill()) return undefined;
    }
    return out.buffer;
  }

  #fill(): boolean {
    this.#at = 0;
    this.#end = readSync(REQUESTS, this.#ahead, 0, READ_BYTES, null);
    return this.#end > 0;
  }
}

function writeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(ANSWERS, bytes, at, bytes.length - at);
}

/** One write for an answer that is small, two for one that is not worth a copy. */
function send(head: Uint8Array, body: Uint8Array): void {
  if (body.length > READ_BYTES) {
    writeAll(head);
    writeAll(body);
    return;
  }
  const whole = new Uint8Array(head.length + body.length);
  whole.set(head, 0);
  whole.set(body, head.length);
  writeAll(whole);
}

function serve(core: SandboxCore, reader: Reader): void {
  for (;;) {
    const head = reader.take(REQUEST_HEAD_BYTES);
    if (!head) return;
    const request = readRequest(new DataView(head), 0);
    if (request.kind === REQUEST.call) {
      if (!call(core, reader, request)) return;
      continue;
    }
    const body = reader.take(request.bytes);
    if (!body) return;
    if (request.kind === REQUEST.load) core.load(JSON.parse(new TextDecoder().decode(body)));
    else if (request.kind === REQUEST.drop) core.drop(request.hook);
    else core.prepare(request);
  }
}

function call(core: SandboxCore, reader: Reader, request: Request): boolean {
  const sizes = reader.take(4 * request.files);
  if (!sizes) return false;
  const view = new DataView(sizes);
  let argsBytes = request.bytes - sizes.byteLength;
  for (let i = 0; i < request.files; i++) argsBytes -= view.getUint32(4 * i, true);
  const args = reader.take(argsBytes);
  const files: ArrayBuffer[] = [];
  for (let i = 0; i < request.files; i++) {
    const file = reader.take(view.getUint32(4 * i, true));
    if (!file) return false;
    files.push(file);
  }
  if (!args) return false;
  core.call(request, args, files);
  return true;
}

const core = new SandboxCore(bundlesIn(new URL("./", import.meta.url)), send);
const ready = new Uint8Array(ANSWER_HEAD_BYTES);
writeAnswer(new DataView(ready.buffer), 0, {
  kind: ANSWER.ready,
  warm: false,
  isKept: false,
  call: 0,
  bytes: 0,
  wallMs: 0,
  cpuMs: 0,
  loadMs: 0,
  heapBytes: 0,
});
writeAll(ready);
serve(core, new Reader());
process.exit(0);


