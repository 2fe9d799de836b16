/**
 * A session of ONNX Runtime, in the thread that is its own: loaded, opened, run.
 *
 * `onnxruntime-node` and `onnxruntime-web` have the same interface. Both compute on the thread that
 * asks, whatever their promises look like, so no host calls them on its main thread.
 *
 * What they say in errors goes on as one short line, without places on the machine.
 *
 * @module
 */

import type * as Ort from "onnxruntime-web";

import { type DType, DTYPES } from "../../../contract/tensor.ts";
import { copyOf, type Part, RUNTIMES, type RuntimeName, type ThreadSetup } from "./messages.ts";
import { readModel, Unreadable } from "./protobuf.ts";
import { checkDeclared, type Slot, SlotRefused, slotsFrom } from "./slots.ts";

/** Why a model cannot be had or does not run; its message is the rest of a sentence. */
export class SessionRefused extends Error {
  override readonly name = "SessionRefused";
}

/** A session, and what it takes and gives. */
export interface OpenSession {
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
  run(inputs: readonly Part[]): Promise<Part[]>;
  close(): Promise<void>;
}

type Runtime = typeof Ort;

const DETAIL_MAX = 300;
/** The level of what is printed, straight to the host's stderr, though it is thrown as well. */
const FATAL = 4;
const NEITHER =
  "wants onnxruntime-node or onnxruntime-web, and neither is installed; run " +
  "`npm install onnxruntime-node`, or onnxruntime-web where there may be no native code";

/**
 * Loads ONNX Runtime.
 *
 * @throws {SessionRefused} When it is not installed, or does not load.
 */
export async function loadRuntime(
  wanted: RuntimeName | undefined,
): Promise<{ name: RuntimeName; runtime: Runtime }> {
  // The one for Node takes float16 only as 16-bit numbers, yet insists on this class where there is
  // one. Nobody else lives in this thread, and `DTYPES` has the class already.
  Reflect.deleteProperty(globalThis, "Float16Array");
  for (const name of wanted ? [wanted] : RUNTIMES) {
    try {
      const loaded = (await import(name)) as Runtime & { default?: Runtime };
      return { name, runtime: loaded.default ?? loaded };
    } catch (error) {
      if (isMissing(error, name)) continue;
      const said = lineOf(error).replaceAll(/[^\s'"]*[\\/]([^\s\\/'"]+)/g, "$1");
      throw new SessionRefused(`wants ${name}, which is installed but does not load: ${said}`);
    }
  }
  if (!wanted) throw new SessionRefused(NEITHER);
  throw new SessionRefused(
    `wants ${wanted}, which is not installed; run \`npm install ${wanted}\``,
  );
}

/** A package may be there and miss another one: that is no reason to say that it is not there. */
function isMissing(error: unknown, name: string): boolean {
  const { code, message } = (error ?? {}) as { [field: string]: unknown };
  return code === "ERR_MODULE_NOT_FOUND" && String(message).includes(`package '${name}'`);
}

/**
 * Opens the model.
 *
 * @throws {SessionRefused} When it is no model, or none that runs here or that we can feed.
 */
export async function openSession(runtime: Runtime, setup: ThreadSetup): Promise<OpenSession> {
  try {
    const model = new Uint8Array(setup.model);
    const facts = readModel(model);
    checkDeclared("input", facts.inputs);
    checkDeclared("output", facts.outputs);
    if (facts.external !== undefined) throw externalData(facts.external);
    quieten(runtime, setup.threads);
    // Neither takes a view of shared memory at all of its doors. The copy is garbage once it is
    // loaded.
    const session = await runtime.InferenceSession.create(model.slice(), {
      executionProviders: ["cpu"],
      intraOpNumThreads: setup.threads,
      interOpNumThreads: 1,
      logSeverityLevel: FATAL,
    });
    const inputs = slotsFrom("input", session.inputMetadata, facts.inputs);
    const outputs = slotsFrom("output", session.outputMetadata, facts.outputs);
    return {
      inputs,
      outputs,
      run: (parts) => runOnce({ runtime, session, inputs, outputs }, parts, setup.outputBytesMax),
      close: () => session.release(),
    };
  } catch (error) {
    if (error instanceof Unreadable || error instanceof SlotRefused) {
      throw new SessionRefused(error.message);
    }
    if (error instanceof SessionRefused) throw error;
    throw new SessionRefused(`was refused by ONNX Runtime: ${lineOf(error)}`);
  }
}

function externalData(name: string): SessionRefused {
  const tensor = JSON.stringify(name.slice(0, 80));
  const hint = "save the model as one file, with torch.onnx.export(..., external_data=False)";
  return new SessionRefused(`keeps the elements of ${tensor} in another file; ${hint}`);
}

function quieten(runtime: Runtime, threads: number): void {
  runtime.env.logLevel = "fatal";
  // The one for Node has no such part.
  if (runtime.env.wasm as unknown) runtime.env.wasm.numThreads = threads;
}

interface Opened {
  readonly runtime: Runtime;
  readonly session: Ort.InferenceSession;
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
}

async function runOnce(opened: Opened, parts: readonly Part[], bytesMax: number): Promise<Part[]> {
  const feeds: Record<string, Ort.Tensor> = {};
  for (const [i, { name }] of opened.inputs.entries()) {
    const part = parts[i];
    if (part) feeds[name] = ortTensorFrom(opened.runtime, part);
  }
  const fetched = await opened.session.run(feeds, { logSeverityLevel: FATAL });
  let bytes = 0;
  const outputs: Ort.Tensor[] = [];
  for (const { name } of opened.outputs) {
    const output = fetched[name];
    if (!output) throw new SessionRefused(`gave no output ${name}`);
    bytes += bytesOf(output.data);
    outputs.push(output);
  }
  if (bytes > bytesMax) {
    const hint = "set outputBytesMax, or give it a smaller batch";
    throw new SessionRefused(`gave ${bytes} bytes, of at most ${bytesMax}; ${hint}`);
  }
  return outputs.map((output) => partFrom(output));
}

function ortTensorFrom(runtime: Runtime, { type, shape, elements }: Part): Ort.Tensor {
  if (!(elements instanceof ArrayBuffer)) return new runtime.Tensor("string", [...elements], shape);
  const data = new (arrayOf(type as DType))(elements);
  // The overloads go by the type, which is known only now; the constructor checks the array.
  return new runtime.Tensor(type as "float32", data as Float32Array, shape);
}

/** The array in which ONNX Runtime takes a type: the same as ours but for float16. */
function arrayOf(type: DType) {
  return type === "float16" ? Uint16Array : DTYPES[type].array;
}

function partFrom({ type, dims, data }: Ort.Tensor): Part {
  const shape = [...dims];
  if (Array.isArray(data)) return { type: "string", shape, elements: data };
  // A copy, because the runtime may have given a view of memory that it keeps.
  return { type: type as DType, shape, elements: copyOf(data as ArrayBufferView) };
}

function bytesOf(data: Ort.Tensor["data"]): number {
  if (!Array.isArray(data)) return (data as ArrayBufferView).byteLength;
  // Of a string its UTF-16, and 8 bytes for the place in the list.
  return data.reduce((sum, text) => sum + 8 + 2 * text.length, 0);
}

/** Returns what an error says on one line, without places on this machine or on its builder's. */
export function lineOf(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  // What C++ calls it when there is no memory.
  if (said.includes("bad_alloc")) return "it ran out of memory; give it a smaller batch";
  const line = said
    .slice(0, 8 * DETAIL_MAX)
    .replaceAll(process.cwd(), ".")
    .replaceAll(/[^\s"']*\/([^\s/]+\.(?:h|hpp|cc|cpp|cu):\d+)/g, "$1")
    .replace(/^.*?ERROR_MESSAGE: /s, "")
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return line.length > DETAIL_MAX ? `${line.slice(0, DETAIL_MAX)}...` : line;
}
