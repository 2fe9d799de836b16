/**
 * The thread of one ONNX model: opens it, then runs what it is told, one after the other.
 *
 * Started by `host.ts`, never imported. A run that is called off before it has begun does not
 * begin; one that has begun comes to its end.
 *
 * @module
 */

import { parentPort, workerData } from "node:worker_threads";

import { buffersOf, type Order, type Part, type Report, type ThreadSetup } from "./messages.ts";
import { lineOf, loadRuntime, openSession, type OpenSession, SessionRefused } from "./session.ts";

const waiting = new Map<number, readonly Part[]>();
let session: OpenSession | undefined;
let isBusy = true;
let isClosing = false;

parentPort?.on("message", (order: Order) => {
  if (order.kind === "run") waiting.set(order.id, order.inputs);
  else if (order.kind === "cancel") waiting.delete(order.id);
  else isClosing = true;
  void work();
});

await open(workerData as ThreadSetup);
isBusy = false;
await work();

async function open(setup: ThreadSetup): Promise<void> {
  try {
    const { name, runtime } = await loadRuntime(setup.runtime);
    report({ kind: "loaded", runtime: name });
    // One turn, in which we may be told that nobody waits for the model any more.
    await nextTurn();
    if (isClosing) return;
    session = await openSession(runtime, setup);
    report({ kind: "opened", inputs: session.inputs, outputs: session.outputs });
  } catch (error) {
    report({ kind: "refused", detail: detailOf(error) });
    isClosing = true;
  }
}

async function work(): Promise<void> {
  if (isBusy) return;
  isBusy = true;
  while (!isClosing) {
    const [next] = waiting;
    if (!next) break;
    const [id, inputs] = next;
    waiting.delete(id);
    if (session) await run(session, id, inputs);
    // Messages come in between two runs only: a run holds the thread.
    await nextTurn();
  }
  if (isClosing) await close();
  isBusy = false;
}

async function run(open: OpenSession, id: number, inputs: readonly Part[]): Promise<void> {
  try {
    const outputs = await open.run(inputs);
    report({ kind: "ran", id, outputs }, buffersOf(outputs));
  } catch (error) {
    report({ kind: "failed", id, detail: detailOf(error) });
    // Memory of a program that broke off in its middle is not to be trusted with another run.
    if (isBroken(error)) isClosing = true;
  }
}

function isBroken(error: unknown): boolean {
  return error instanceof Error && error.name === "RuntimeError";
}

/** Ends the thread from inside, where no native code is under way that would not stand it. */
async function close(): Promise<void> {
  await session?.close().catch(() => undefined);
  process.exit();
}

function report(message: Report, moved: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, moved);
}

function detailOf(error: unknown): string {
  if (error instanceof SessionRefused) return error.message;
  return `failed in ONNX Runtime: ${lineOf(error)}`;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
