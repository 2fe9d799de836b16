/**
 * The thread of a model that dies on certain inputs: the real thread, with a listener before its
 * own. Of -1 it exits, of -2 it throws. A heap that bursts is not tried: V8 then ends the whole
 * process now and then, whatever the limits of the thread.
 */

import { parentPort } from "node:worker_threads";

import type { Order } from "../../src/flow/models/onnx/messages.ts";

parentPort?.on("message", (order: Order) => {
  const elements = order.kind === "run" ? order.inputs[0]?.elements : undefined;
  if (!(elements instanceof ArrayBuffer)) return;
  const [first] = new Float32Array(elements);
  if (first === -1) process.exit(3);
  if (first === -2) throw new Error("/somewhere/on/this/machine");
});

await import("../../src/flow/models/onnx/thread.ts");
