/**
 * ONNX models: the adapter for what torch, scikit-learn, TensorFlow and others export.
 *
 * The model runs in this process, in a thread of its own, by `onnxruntime-node` or, where that is
 * not installed, by `onnxruntime-web` (WebAssembly). Both are optional peers, so nobody who has no
 * ONNX model carries them. What the model takes and gives is in the file, and becomes the schemas
 * of the stage.
 *
 * A thread that dies (out of memory, broken WebAssembly) fails the runs that it had; the next run
 * starts another from the bytes that were read at {@link Model.open}, which are kept for that.
 *
 * @module
 */

import { basename } from "node:path";

import { didYouMean, isDict, show } from "../../contract/schema/misfit-words.ts";
import { Refusal } from "../../faults.ts";
import type { Model, ModelOptions, OpenModel } from "../model.ts";
import { FileRefused, readShared } from "./onnx/file.ts";
import { cancelled, closed, failed, type HostSetup, OnnxHost, type Slots } from "./onnx/host.ts";
import { RUNTIMES, type RuntimeName } from "./onnx/messages.ts";
import { partsFrom, schemaOf, valueFrom, ValueRefused } from "./onnx/values.ts";
import { atTheDoor } from "./door.ts";

/** How to run an ONNX model. */
export interface OnnxOptions {
  /** The package that runs it. Without it: `onnxruntime-node`, else `onnxruntime-web`. */
  readonly runtime?: RuntimeName | undefined;
  /** On how many threads one run computes. Default 1: a server has more than one thing to do. */
  readonly threads?: number | undefined;
  /** The most bytes of the file. Default 2 GiB less one byte, the most that ONNX files can have. */
  readonly modelBytesMax?: number | undefined;
  /** The most bytes of all outputs of one run together. Default 64 MiB. */
  readonly outputBytesMax?: number | undefined;
}

type Settings = Omit<HostSetup, "model" | "name"> & { readonly modelBytesMax: number };

const MIB = 1024 * 1024;
/** Protobuf counts in 31 bits, so no ONNX file is larger. */
const MODEL_BYTES = { default: 2048 * MIB - 1, min: 1, max: 2048 * MIB - 1 };
/** As the largest message of a flow. */
const OUTPUT_BYTES = { default: 64 * MIB, min: 1, max: 2048 * MIB };
const THREADS = { default: 1, min: 1, max: 64 };
const OPTIONS = ["runtime", "threads", "modelBytesMax", "outputBytesMax"];

/**
 * Returns an ONNX model for a stage of a flow.
 *
 * A model of one input takes the tensor itself, one of several a dict of tensors by their names;
 * outputs likewise. Inputs that have a value in the file are not asked for. Tensors of strings are
 * nested lists. What is no tensor (the dicts of a scikit-learn classifier that was converted with
 * `zipmap`), and the types bfloat16, complex and of less than 8 bits, are refused when it is
 * opened; so are models whose weights lie in further files.
 *
 * A run that is aborted ends at once for its caller. If it has begun, it computes to its end, and
 * those behind it wait. Disposing ends the runs that wait with `CLOSED`.
 *
 * @param model Path or `file:` URL of the file, or its bytes: looked at only when it is opened.
 * @throws {HookError} `BAD_REQUEST` for a model or an option that is none.
 *
 * @example
 * ```ts
 * const digits = onnx("models/digits.onnx", { threads: 2 });
 * await using open = await digits.open();
 * open.input; // { tensor: { dtype: "float32", shape: ["batch", 1, 8, 8] } }
 * ```
 */
export function onnx(
  model: string | URL | Uint8Array | ArrayBuffer,
  options: OnnxOptions = {},
): Model {
  return atTheDoor(() => {
    const settings = settingsFrom(options);
    const source = sourceFrom(model);
    const name = `onnx ${nameOf(source)}`;
    return {
      name,
      open: ({ signal } = {}) => openModel(source, { ...settings, name }, signal),
    };
  });
}

type Source = string | URL | Uint8Array;

function sourceFrom(model: unknown): Source {
  if (typeof model === "string" && model !== "" && !model.includes("\0")) return model;
  if (model instanceof Uint8Array) return model;
  if (model instanceof ArrayBuffer) return new Uint8Array(model);
  if (model instanceof URL && model.protocol === "file:") return model;
  const got = model instanceof URL ? `a URL of ${model.protocol}` : show(model);
  return refuse("model", `wants a path, a file: URL or the bytes of a model, got ${got}`);
}

/** The last part of the path: where it lies is the host's own business. */
function nameOf(source: Source): string {
  if (source instanceof Uint8Array) return `of ${source.byteLength} bytes`;
  return basename(source instanceof URL ? source.pathname : source).slice(0, 80);
}

function settingsFrom(options: unknown): Settings {
  if (!isDict(options)) return refuse("options", `wants a dict, got ${show(options)}`);
  for (const key of Object.keys(options)) {
    if (!OPTIONS.includes(key)) {
      refuse(`options.${key.slice(0, 40)}`, `is no option${didYouMean(key, OPTIONS)}`);
    }
  }
  const { runtime } = options;
  const known = RUNTIMES.find((name) => name === runtime);
  if (runtime !== undefined && !known) {
    refuse("options.runtime", `wants ${RUNTIMES.join(" or ")}, got ${show(runtime)}`);
  }
  return {
    runtime: known,
    threads: countFrom(options, "threads", THREADS),
    modelBytesMax: countFrom(options, "modelBytesMax", MODEL_BYTES),
    outputBytesMax: countFrom(options, "outputBytesMax", OUTPUT_BYTES),
  };
}

function countFrom(
  options: Readonly<Record<string, unknown>>,
  name: string,
  range: { readonly default: number; readonly min: number; readonly max: number },
): number {
  const value = options[name] ?? range.default;
  const fits = Number.isSafeInteger(value) && Number(value) >= range.min;
  if (fits && Number(value) <= range.max) return Number(value);
  const want = `wants a whole number from ${range.min} to ${range.max}`;
  return refuse(`options.${name}`, `${want}, got ${show(value)}`);
}

function refuse(path: string, detail: string): never {
  throw new Refusal("BAD_REQUEST", path, detail);
}

async function openModel(
  source: Source,
  { modelBytesMax, ...settings }: Settings & { readonly name: string },
  signal: AbortSignal | undefined,
): Promise<OpenModel> {
  const model = await bytesOf(source, modelBytesMax, { name: settings.name, signal });
  const setup = { ...settings, model };
  const host = await OnnxHost.open(setup, signal);
  return new OpenOnnx(setup, host, await host.slots);
}

async function bytesOf(
  source: Source,
  bytesMax: number,
  { name, signal }: ModelOptions & { readonly name: string },
): Promise<SharedArrayBuffer> {
  if (source instanceof Uint8Array) {
    if (source.byteLength > bytesMax) {
      throw failed(name, `has ${source.byteLength} bytes, of at most ${bytesMax}`);
    }
    const shared = new SharedArrayBuffer(source.byteLength);
    new Uint8Array(shared).set(source);
    return shared;
  }
  try {
    return await readShared(source, bytesMax, signal);
  } catch (error) {
    if (error instanceof FileRefused) throw failed(name, error.message);
    if (signal?.aborted) throw cancelled(name);
    throw error;
  }
}

/** A model that is open. Exported for the tests of threads that die. */
export class OpenOnnx implements OpenModel {
  readonly input: OpenModel["input"];
  readonly output: OpenModel["output"];
  readonly #setup: HostSetup;
  readonly #slots: Slots;
  #host: Promise<OnnxHost>;
  #isClosed = false;

  constructor(setup: HostSetup, host: OnnxHost, slots: Slots) {
    this.#setup = setup;
    this.#slots = slots;
    this.#host = Promise.resolve(host);
    this.input = schemaOf(slots.inputs);
    this.output = schemaOf(slots.outputs);
  }

  async run(value: unknown, { signal }: ModelOptions = {}): Promise<unknown> {
    const { name } = this.#setup;
    if (signal?.aborted) throw cancelled(name);
    try {
      const inputs = partsFrom(value, this.#slots.inputs);
      const host = await this.#hostFor();
      return valueFrom(await host.run(inputs, signal), this.#slots.outputs);
    } catch (error) {
      if (error instanceof ValueRefused) throw failed(name, error.message);
      throw error;
    }
  }

  /** The thread; another one when it has died, which those who ask meanwhile share. */
  async #hostFor(): Promise<OnnxHost> {
    const asked = this.#host;
    const host = await asked.catch(() => undefined);
    if (this.#isClosed) throw closed(this.#setup.name);
    if (host && !host.isGone) return host;
    if (this.#host === asked) this.#host = OnnxHost.open(this.#setup);
    return this.#host;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const host = await this.#host.catch(() => undefined);
    await host?.[Symbol.asyncDispose]();
  }
}
