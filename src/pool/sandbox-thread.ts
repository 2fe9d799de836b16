/**
 * The same sandbox inside the worker thread: for authors one trusts.
 *
 * It runs a record the moment that it is sent, so the thread does nothing else meanwhile, and what
 * cannot be interrupted cannot be ended. `isolated-vm` is loaded only when this is asked for.
 *
 * @module
 */

import { readAnswer, readRequest, REQUEST, REQUEST_HEAD_BYTES } from "../wire/records.ts";
import type { Sandbox } from "./sandbox-process.ts";

/**
 * isolated-vm gives an isolate back on a thread of its own, and takes the whole process down when
 * the thread that made it ends meanwhile: in 7 of 50 tries, and in none of 50 after a wait of 150
 * ms.
 */
const DISPOSAL_MS = 250;

/** Returns a sandbox in this thread, which finds libraries in the folders of these paths. */
export async function sandboxInThread(
  bundles: URL,
  libraries: readonly string[],
): Promise<Sandbox> {
  const { SandboxCore } = await import("../sandbox/core.ts");
  const { bundlesIn } = await import("../sandbox/bundles.ts");
  const core = new SandboxCore(bundlesIn(bundles, libraries), (front, bytes, rest) => {
    const record = new Uint8Array(bytes + rest.length);
    record.set(front.subarray(0, bytes));
    record.set(rest, bytes);
    const lie = sandbox.onAnswer(readAnswer(new DataView(record.buffer), 0), record);
    if (lie === undefined) return;
    const end = { how: `it sent ${lie}`, outOfMemory: false, isDistrusted: true };
    queueMicrotask(() => {
      core[Symbol.dispose]();
      sandbox.onEnd(end);
    });
  });
  const sandbox: Sandbox = {
    // What it says is our own: nobody judges it.
    onHead: () => undefined,
    onAnswer: () => undefined,
    onEnd: () => undefined,
    // Answers are handed over the moment that they are there, and nothing is kept.
    drain: () => undefined,
    isQuiet: () => true,
    endBlock: () => undefined,
    kill: () => core[Symbol.dispose](),
    close: async () => {
      core[Symbol.dispose]();
      await new Promise((resolve) => setTimeout(resolve, DISPOSAL_MS));
    },
    residentBytes: () => 0,
    send: (records) => {
      for (const bytes of records) run(bytes);
    },
  };
  const run = (bytes: Uint8Array): void => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length;) {
      const request = readRequest(view, at);
      const body = bytes.slice(at + REQUEST_HEAD_BYTES, at + REQUEST_HEAD_BYTES + request.bytes);
      at += REQUEST_HEAD_BYTES + request.bytes;
      if (request.kind === REQUEST.load) core.load(JSON.parse(new TextDecoder().decode(body)));
      else if (request.kind === REQUEST.drop) core.drop(request.hook);
      else if (request.kind === REQUEST.snapshot) {
        core.wakeFrom(request.hook, body.buffer as ArrayBuffer);
      } else if (request.kind === REQUEST.prepare) core.prepare(request);
      else core.call(request, ...splitCall(body, request.files));
    }
  };
  return sandbox;
}

/** Returns the arguments and the files of a call, each in a buffer of its own. */
function splitCall(
  body: Uint8Array,
  files: number,
): [args: Uint8Array<ArrayBuffer>, files: ArrayBuffer[]] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  let end = body.length;
  const buffers: ArrayBuffer[] = [];
  for (let i = files - 1; i >= 0; i--) {
    const start = end - view.getUint32(4 * i, true);
    buffers[i] = body.slice(start, end).buffer as ArrayBuffer;
    end = start;
  }
  return [body.slice(4 * files, end) as Uint8Array<ArrayBuffer>, buffers];
}
