/**
 * The thread of a model that dies on certain inputs, as one does that runs out of memory: the real
 * thread, with a listener before its own. Of -1 it exits, of -2 it throws, of -3 its heap bursts.
 */

import { parentPort } from "node:worker_threads";

import type { Order } from "../../src/flow/models/onnx/messages.ts";

parentPort?.on("message", (order: Order) => {
  const elements = order.kind === "run" ? order.inputs[0]?.elements : undefined;
  if (!(elements instanceof ArrayBuffer)) return;
  const [first] = new Float32Array(elements);
  if (first === -1) process.exit(3);
  if (first === -2) throw new Error("/somewhere/on/this/machine");
  if (first === -3) burst();
});

await import("../../src/flow/models/onnx/thread.ts");

/** In small steps: V8 ends the whole process when one step is larger than what it has spare. */
function burst(): never {
  const lists: number[][] = [];
  for (;;) lists.push(Array<number>(1_000).fill(0.5));
}
