/**
 * A model behind a server that speaks the Open Inference Protocol 2 over HTTP: Triton, KServe,
 * MLServer, TorchServe and others.
 *
 * A run that belongs to a trace says so in the headers `traceparent` and `tracestate` of its POST.
 *
 * Opening asks the server for the model's inputs and outputs, whether it is ready, and whether it
 * takes tensors as bytes; a run is one POST. A model with one input takes the value itself, and one
 * with several takes a dict by name; outputs alike. A tensor stays a tensor. BYTES are lists,
 * nested by their shape, of strings and bytes: what comes out are strings when every element of
 * that output is UTF-8, and bytes otherwise.
 *
 * Where the server does not say what a model takes, a run wants a dict of tensors (and lists of
 * strings) by name, whose dtypes then say what is sent.
 *
 * Not here: retries and balancing (a stage of a flow decides about the first, a gateway about the
 * second), the protocol's gRPC form, shared memory.
 *
 * @module
 */

import type { Model, ModelOptions, OpenModel, TraceContext } from "../model.ts";
import { traceFrom } from "../trace-context.ts";
import { hasJsonForm, type Slot } from "./open-inference/datatypes.ts";
import { ask, type Answer, refusalOf, statusOf } from "./open-inference/http.ts";
import { jsonFrom } from "./open-inference/json.ts";
import { listsBinary, metadataFrom, schemaOf } from "./open-inference/metadata.ts";
import {
  type OpenInferenceOptions,
  type Settings,
  settingsFrom,
} from "./open-inference/options.ts";
import { valueFrom } from "./open-inference/answer.ts";
import { writeRequest } from "./open-inference/request.ts";
import { isDict } from "../../contract/schema/misfit-words.ts";
import { atTheDoor } from "./door.ts";

export type { OpenInferenceOptions } from "./open-inference/options.ts";

/** Metadata of 128 inputs and outputs with the longest names are far below. */
const METADATA_BYTES_MAX = 1024 * 1024;

/** Of these a server says that it does not have the path, not that the model is not ready. */
const NO_SUCH_PATH: readonly number[] = [404, 405, 501];

/**
 * Returns a model on a server as a flow names it; nothing is sent before it is opened.
 *
 * @param url Where the server is, up to where `/v2` follows. A query is sent with each request. It
 * has no user and password: headers do that.
 * @param model The name of the model on that server.
 * @throws {HookError} `BAD_REQUEST` for an option that is not as it should be.
 *
 * @example
 * ```ts
 * const digits = openInference("http://localhost:8000", "digits", { version: "2" });
 * ```
 */
export function openInference(
  url: string | URL,
  model: string,
  options: OpenInferenceOptions = {},
): Model {
  return atTheDoor(() => {
    const settings = settingsFrom(url, model, options);
    const name = `open-inference ${settings.model} at ${settings.server.base}`;
    return { name, open: (open = {}) => openModel(settings, open) };
  });
}

async function openModel(settings: Settings, options: ModelOptions): Promise<OpenModel> {
  const answer = await get(settings, settings.modelPath, options);
  if (answer.status !== 200) throw refusalOf(answer);
  const { body, words } = answer;
  const { inputs, outputs } = metadataFrom(jsonFrom(body, words, false), words);
  await checkReady(settings, options);
  const isBinary = settings.binary ?? (await takesBinary(settings, options));
  const mute = isBinary ? undefined : inputs?.find(({ datatype }) => !hasJsonForm(datatype));
  if (mute) {
    const what = `${words.show(mute.name)} is ${mute.datatype}, which JSON has no form for`;
    throw words.failed(`says that ${what}, and the server does not list binary_tensor_data`);
  }
  return new ServedModel(settings, { inputs, outputs, isBinary });
}

function get(settings: Settings, path: string, options: ModelOptions): Promise<Answer> {
  const question = { path, bytesMax: METADATA_BYTES_MAX, headers: headersOf(options.trace) };
  return ask(settings.server, question, options.signal);
}

/** An application may hand in anything as a trace: what is none is not sent. */
function headersOf(trace: TraceContext | undefined): Readonly<Record<string, string>> {
  const { traceparent, tracestate } = traceFrom(trace?.traceparent, trace?.tracestate) ?? {};
  return { ...(traceparent && { traceparent }), ...(tracestate && { tracestate }) };
}

/** The status says it; KServe says it in the body besides, others send none. */
async function checkReady(settings: Settings, options: ModelOptions): Promise<void> {
  const answer = await get(settings, `${settings.modelPath}/ready`, options);
  const { status, body, words } = answer;
  if (NO_SUCH_PATH.includes(status)) return;
  if (status !== 200) {
    throw words.failed(`says that the model is not ready: status ${statusOf(answer)}`);
  }
  let said: unknown;
  try {
    said = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return;
  }
  const isReady = !isDict(said) || said["ready"] !== false;
  if (!isReady) throw words.failed("says that the model is not ready");
}

/** A server whose own metadata cannot be had is taken at the form that all of them speak. */
async function takesBinary(settings: Settings, options: ModelOptions): Promise<boolean> {
  const { status, body, words } = await get(settings, "/v2", options);
  return status === 200 && listsBinary(jsonFrom(body, words, false));
}

interface Opened {
  readonly inputs: readonly Slot[] | undefined;
  readonly outputs: readonly Slot[] | undefined;
  readonly isBinary: boolean;
}

/** A model that was ready when it was opened. It holds no connection. */
class ServedModel implements OpenModel {
  readonly input;
  readonly output;
  readonly #settings: Settings;
  readonly #opened: Opened;
  #requests = 0;

  constructor(settings: Settings, opened: Opened) {
    this.input = schemaOf(opened.inputs);
    this.output = schemaOf(opened.outputs);
    this.#settings = settings;
    this.#opened = opened;
  }

  /** @throws {Refusal} `INPUT_MISMATCH` besides, for what the form of the request cannot carry. */
  async run(value: unknown, { signal, trace }: ModelOptions = {}): Promise<unknown> {
    const { server, modelPath, text } = this.#settings;
    const { inputs, outputs, isBinary } = this.#opened;
    const id = String(++this.#requests);
    const request = writeRequest(value, { inputs, binary: isBinary, id });
    const headers = { ...request.headers, ...headersOf(trace) };
    const bytesMax = server.answerBytesMax;
    const question = { ...request, headers, path: `${modelPath}/infer`, bytesMax };
    const answer = await ask(server, question, signal);
    if (answer.status !== 200) throw refusalOf(answer);
    return valueFrom(answer, { outputs, text });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The connections are those of `fetch`, which closes them when they are idle.
  }
}
