/**
 * An inference request of the Open Inference Protocol as a value for a flow.
 *
 * One input called `input` is fed as it is; all others as a dict by name. BYTES are lists of
 * strings, or of bytes where they are no UTF-8, nested by their shape.
 *
 * @module
 */

import { isDict, show, showList } from "../../contract/schema/misfit-words.ts";
import { Refusal } from "../../faults.ts";
import type { Words } from "../../flow/models/open-inference/http.ts";
import { jsonFrom } from "../../flow/models/open-inference/json.ts";
import {
  readHead,
  type Reading,
  readTensor,
  splitBody,
  type WireValue,
} from "../../flow/models/open-inference/tensors.ts";
import type { Body } from "./bodies.ts";

/** The name of an input that is the whole value, and of an output that is. */
export const WHOLE_INPUT = "input";
export const WHOLE_OUTPUT = "output";

/** What somebody wants of an answer. */
export interface Requested {
  /** Comes back as it is. */
  readonly id: string | undefined;
  /** The outputs by name; without it all of them. */
  readonly outputs: readonly OutputWanted[] | undefined;
  /** Whether tensors are bytes behind the JSON, where an output says nothing else. */
  readonly binary: boolean;
}

export interface OutputWanted {
  readonly name: string;
  readonly binary: boolean | undefined;
}

export interface InferRequest extends Requested {
  readonly inputs: ReadonlyMap<string, WireValue>;
}

const INPUTS_MAX = 128;
const OUTPUTS_MAX = 128;
const ID_LENGTH_MAX = 1024;

/** What is wrong is the caller's doing here, and nothing in it is a secret from him. */
const WORDS: Words = {
  failed: (detail) => new Refusal("BAD_REQUEST", "", detail),
  show,
  showNames: (names) => showList([...names]),
};

/**
 * Reads a request.
 *
 * @param jsonBytes The header Inference-Header-Content-Length, where there is one.
 * @throws {Refusal} `BAD_REQUEST` with the first thing that is not as the protocol says.
 */
export function inferFrom({ bytes }: Body, jsonBytes: string | undefined): InferRequest {
  const { json, rest } = splitBody({ body: bytes, jsonBytes: jsonBytes ?? null, words: WORDS });
  const value = jsonFrom(json, WORDS, Buffer.from(json).includes("INT64"));
  if (!isDict(value)) throw refused(`wants {inputs: […]}, got ${show(value)}`);
  const { id, parameters, inputs, outputs } = value;
  if (id !== undefined && (typeof id !== "string" || id.length > ID_LENGTH_MAX)) {
    const wants = `wants a string of at most ${ID_LENGTH_MAX} characters in id`;
    throw refused(`${wants}, got ${show(id)}`);
  }
  return {
    id,
    binary: flagIn(parameters, "binary_data_output", "parameters") ?? false,
    outputs: outputs === undefined ? undefined : outputsFrom(outputs),
    inputs: inputsFrom(inputs, { rest, used: 0, text: true, words: WORDS }),
  };
}

function inputsFrom(listed: unknown, reading: Reading): Map<string, WireValue> {
  const inputs = new Map<string, WireValue>();
  for (const [i, one] of listOf(listed, "inputs", INPUTS_MAX).entries()) {
    const head = readHead(one, `inputs[${i}]`, WORDS);
    if (inputs.has(head.name)) throw refused(`wants each input once, got ${show(head.name)} twice`);
    inputs.set(head.name, readTensor(head, reading));
  }
  const { used, rest } = reading;
  if (used === rest.length) return inputs;
  throw refused(`wants ${used} bytes behind the JSON, as its sizes say, got ${rest.length}`);
}

function outputsFrom(listed: unknown): OutputWanted[] {
  return listOf(listed, "outputs", OUTPUTS_MAX).map((one, i) => {
    const at = `outputs[${i}]`;
    const { name, parameters } = isDict(one) ? one : {};
    if (typeof name !== "string") throw refused(`wants a name in ${at}, got ${show(one)}`);
    return { name, binary: flagIn(parameters, "binary_data", `${at}.parameters`) };
  });
}

function listOf(value: unknown, at: string, most: number): readonly unknown[] {
  if (Array.isArray(value) && value.length <= most) return value;
  throw refused(`wants a list of at most ${most} in ${at}, got ${show(value)}`);
}

function flagIn(parameters: unknown, name: string, at: string): boolean | undefined {
  if (parameters === undefined || parameters === null) return undefined;
  if (!isDict(parameters)) throw refused(`wants a dict in ${at}, got ${show(parameters)}`);
  const flag = parameters[name];
  if (flag === undefined || typeof flag === "boolean") return flag;
  throw refused(`wants true or false in ${at}.${name}, got ${show(flag)}`);
}

function refused(detail: string): Refusal {
  return WORDS.failed(detail);
}
