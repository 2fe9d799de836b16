/**
 * The answer to an inference request, checked against itself and the metadata, as a value.
 *
 * Each output comes as JSON or as bytes behind the JSON, whatever was asked for.
 *
 * @module
 */

import { isDict } from "../../../contract/schema/misfit-words.ts";
import type { Datatype, Slot } from "./datatypes.ts";
import type { Answer, Words } from "./http.ts";
import { jsonFrom } from "./json.ts";
import {
  type Head,
  readHead,
  type Reading,
  readTensor,
  splitBody,
  type WireValue,
} from "./tensors.ts";

/** What the answer has to be. */
export interface Expectation {
  /** What the model gives, where that is known. */
  readonly outputs: readonly Slot[] | undefined;
  /** Whether BYTES that are UTF-8 become strings. */
  readonly text: boolean;
}

/** As `SLOTS_MAX` of metadata: for a model that has none. */
const OUTPUTS_MAX = 128;

/**
 * Returns the outputs: the value itself where the model has one, else a dict by name.
 *
 * @param answer Of status 200; nothing in it is believed. The value shares no memory with it.
 * @throws {Refusal} `MODEL_FAILED` with the first thing that is wrong.
 */
export function valueFrom(answer: Answer, expected: Expectation): unknown {
  const { words } = answer;
  const { json, rest } = splitBody(answer);
  const listed = listedIn(json, expected, words);
  const reading: Reading = { rest, used: 0, text: expected.text, words };
  const outputs = new Map<string, WireValue>();
  for (const [i, one] of listed.entries()) {
    const head = readHead(one, `outputs[${i}]`, words);
    if (outputs.has(head.name)) throw words.failed(`gives output ${words.show(head.name)} twice`);
    checkDatatype(head, expected.outputs, words);
    outputs.set(head.name, readTensor(head, reading));
  }
  if (reading.used !== rest.length) {
    const got = `${rest.length}`;
    throw words.failed(`wants ${reading.used} bytes behind the JSON, as its sizes say, got ${got}`);
  }
  return collect(outputs, expected.outputs, words);
}

function listedIn(json: Uint8Array, expected: Expectation, words: Words): readonly unknown[] {
  const isExact = !expected.outputs || expected.outputs.some(({ datatype }) => is64(datatype));
  const value = jsonFrom(json, words, isExact);
  const listed = isDict(value) ? value["outputs"] : undefined;
  if (!isDict(value) || !Array.isArray(listed)) {
    throw words.failed(`wants {outputs: […]}, got ${words.show(value)}`);
  }
  if (listed.length > OUTPUTS_MAX) {
    throw words.failed(`wants at most ${OUTPUTS_MAX} outputs, got ${listed.length}`);
  }
  return listed;
}

function collect(
  outputs: ReadonlyMap<string, WireValue>,
  slots: readonly Slot[] | undefined,
  words: Words,
): unknown {
  const wanted = slots?.map(({ name }) => name);
  const isAll = wanted?.every((name) => outputs.has(name)) && wanted.length === outputs.size;
  if (wanted && !isAll) {
    const got = outputs.size === 0 ? "none" : words.showNames(outputs.keys());
    const want = `wants the outputs ${words.showNames(wanted)}, as its metadata say`;
    throw words.failed(`${want}, got ${got}`);
  }
  if (outputs.size === 1) return [...outputs.values()][0];
  return Object.fromEntries(outputs);
}

function checkDatatype(
  { at, name, datatype }: Head,
  slots: readonly Slot[] | undefined,
  words: Words,
): void {
  const slot = slots?.find((one) => one.name === name);
  if (!slot || slot.datatype === datatype) return;
  const want = `wants ${slot.datatype} in ${at}.datatype, as its metadata say`;
  throw words.failed(`${want}, got ${datatype}`);
}

function is64(datatype: Datatype): boolean {
  return datatype === "INT64" || datatype === "UINT64";
}
