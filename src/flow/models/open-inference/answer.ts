/**
 * The answer to an inference request, checked against itself and the metadata, as a value.
 *
 * Each output comes as JSON or as bytes behind the JSON, whatever was asked for. The sizes are
 * said three times (the shape, `binary_data_size`, the length of the body) and have to agree;
 * memory is taken for what is there, not for what a shape says.
 *
 * @module
 */

import { isDict } from "../../../contract/schema/misfit-words.ts";
import { DTYPES, RANK_MAX, sizeOf, Tensor, type TensorData } from "../../../contract/tensor.ts";
import {
  type Datatype,
  DATATYPES_KNOWN,
  DTYPE_OF,
  isDatatype,
  type Slot,
  type TensorDatatype,
} from "./datatypes.ts";
import { type Element, nest, type NestedBytes, splitElements, textsOf } from "./bytes.ts";
import { elementsFrom, flatten } from "./data.ts";
import type { Answer, Words } from "./http.ts";
import { jsonFrom } from "./json.ts";

/** What the answer has to be. */
export interface Expectation {
  /** What the model gives, where that is known. */
  readonly outputs: readonly Slot[] | undefined;
  /** Whether BYTES that are UTF-8 become strings. */
  readonly text: boolean;
}

/** As `NAME_MAX` and `SLOTS_MAX` of metadata: for a model that has none. */
const NAME_MAX = 256;
const OUTPUTS_MAX = 128;
const AXIS_MAX = 2 ** 32 - 1;

type Output = Tensor | NestedBytes;

/**
 * Returns the outputs: the value itself where the model has one, else a dict by name.
 *
 * @param answer Of status 200; nothing in it is believed. The value shares no memory with it.
 * @throws {Refusal} `MODEL_FAILED` with the first thing that is wrong.
 */
export function valueFrom(answer: Answer, expected: Expectation): unknown {
  const { words } = answer;
  const { json, rest } = split(answer);
  const listed = listedIn(json, expected, words);
  const reading: Reading = { rest, used: 0, text: expected.text, words };
  const outputs = new Map<string, Output>();
  for (const [i, one] of listed.entries()) {
    const head = readHead(one, i, words);
    if (outputs.has(head.name)) throw words.failed(`gives output ${words.show(head.name)} twice`);
    checkDatatype(head, expected.outputs, words);
    outputs.set(head.name, readOutput(head, reading));
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

/** Without the header all of the body is JSON: so it is when all outputs are empty (Triton). */
function split({ body, jsonBytes, words }: Answer): { json: Uint8Array; rest: Uint8Array } {
  if (jsonBytes === null) return { json: body, rest: new Uint8Array(0) };
  const length = /^\d{1,10}$/.test(jsonBytes) ? Number(jsonBytes) : Infinity;
  if (length > body.length) {
    const want = `wants Inference-Header-Content-Length within the ${body.length} bytes of the`;
    throw words.failed(`${want} body, got ${words.show(jsonBytes)}`);
  }
  return { json: body.subarray(0, length), rest: body.subarray(length) };
}

function collect(
  outputs: ReadonlyMap<string, Output>,
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

/** What an output says of itself, before its elements are looked at. */
interface Head {
  /** `outputs[0]`, for messages. */
  readonly at: string;
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  /** The number of elements. */
  readonly count: number;
  /** The elements in JSON, when there is no `bytes`. */
  readonly data: unknown;
  readonly bytes: number | undefined;
}

function readHead(value: unknown, index: number, words: Words): Head {
  const at = `outputs[${index}]`;
  if (!isDict(value)) throw words.failed(`wants a dict in ${at}, got ${words.show(value)}`);
  const { name, datatype, data, parameters } = value;
  const isName = typeof name === "string" && name.length > 0 && name.length <= NAME_MAX;
  if (!isName || name === "__proto__" || !name.isWellFormed()) {
    const want = `wants a name of 1 to ${NAME_MAX} characters in ${at}.name`;
    throw words.failed(`${want}, got ${words.show(name)}`);
  }
  if (!isDatatype(datatype)) {
    const want = `wants one of ${DATATYPES_KNOWN} in ${at}.datatype`;
    throw words.failed(`${want}, got ${words.show(datatype)}`);
  }
  const { shape, count } = shapeFrom(value["shape"], `${at}.shape`, words);
  const size = isDict(parameters) ? parameters["binary_data_size"] : undefined;
  if ((data === undefined) === (size === undefined)) {
    const got = data === undefined ? "neither" : "both";
    throw words.failed(`wants data or parameters.binary_data_size in ${at}, got ${got}`);
  }
  if (size !== undefined && !(Number.isSafeInteger(size) && Number(size) >= 0)) {
    const want = `wants a whole number in ${at}.parameters.binary_data_size`;
    throw words.failed(`${want}, got ${words.show(size)}`);
  }
  return {
    at,
    name,
    datatype,
    shape,
    count,
    data,
    bytes: size === undefined ? size : Number(size),
  };
}

function shapeFrom(
  value: unknown,
  at: string,
  words: Words,
): { shape: readonly number[]; count: number } {
  if (!Array.isArray(value) || value.length > RANK_MAX) {
    const want = `wants a list of at most ${RANK_MAX} axes in ${at}`;
    throw words.failed(`${want}, got ${words.show(value)}`);
  }
  const shape = value.map((axis: unknown, i) => {
    if (Number.isSafeInteger(axis) && Number(axis) >= 0 && Number(axis) <= AXIS_MAX) {
      return Number(axis);
    }
    throw words.failed(`wants a whole number in ${at}[${i}], got ${words.show(axis)}`);
  });
  const count = sizeOf(shape);
  if (!Number.isSafeInteger(count)) {
    throw words.failed(`wants a number of elements below 2^53 in ${at}, got [${shape.join(", ")}]`);
  }
  return { shape, count };
}

interface Reading {
  /** What stands behind the JSON, and how much of it earlier outputs took. */
  readonly rest: Uint8Array;
  used: number;
  readonly text: boolean;
  readonly words: Words;
}

function readOutput(head: Head, reading: Reading): Output {
  const { datatype } = head;
  const bytes = head.bytes === undefined ? undefined : take(head, head.bytes, reading);
  if (datatype === "BYTES") return readBytes(head, bytes, reading);
  const data = bytes
    ? binaryData(datatype, head, bytes, reading.words)
    : elementsFrom(datatype, head, reading.words);
  return new Tensor(DTYPE_OF[datatype], head.shape, data);
}

/** Returns the bytes of one output as a copy, which makes them aligned too. */
function take({ at }: Head, bytes: number, reading: Reading): Uint8Array<ArrayBuffer> {
  const { rest, used, words } = reading;
  if (bytes > rest.length - used) {
    const left = rest.length - used;
    throw words.failed(`wants ${bytes} bytes behind the JSON for ${at}, got ${left}`);
  }
  reading.used += bytes;
  return new Uint8Array(rest.subarray(used, used + bytes));
}

function binaryData(
  datatype: TensorDatatype,
  { at, shape, count }: Head,
  bytes: Uint8Array<ArrayBuffer>,
  words: Words,
): TensorData {
  const { array, bytes: elementBytes } = DTYPES[DTYPE_OF[datatype]];
  if (bytes.length !== count * elementBytes) {
    const what = `${datatype} [${shape.join(", ")}] in ${at}`;
    throw words.failed(`wants ${count * elementBytes} bytes for ${what}, got ${bytes.length}`);
  }
  if (datatype === "BOOL" && bytes.some((byte) => byte > 1)) {
    throw words.failed(`wants bytes of 0 and 1 for BOOL in ${at}, got others`);
  }
  return new array(bytes.buffer);
}

function readBytes(
  head: Head,
  bytes: Uint8Array | undefined,
  { text, words }: Reading,
): NestedBytes {
  const { at, shape, count } = head;
  let elements: readonly Element[] | string;
  if (bytes) {
    elements = splitElements(bytes, count);
    if (typeof elements === "string") {
      throw words.failed(`wants ${count} elements of BYTES in ${at}, but ${elements}`);
    }
    if (text) elements = textsOf(elements as readonly Uint8Array[]);
  } else {
    elements = stringsFrom(head, words);
    if (!text) elements = elements.map((one) => new TextEncoder().encode(one as string));
  }
  const nested = nest(elements, shape);
  if (nested === undefined) {
    throw words.failed(`wants fewer lists than BYTES [${shape.join(", ")}] makes in ${at}`);
  }
  return nested;
}

function stringsFrom({ at, data, shape, count }: Head, words: Words): readonly Element[] {
  return flatten(data, { at: `${at}.data`, shape, count, words }).map((one, i) => {
    if (typeof one === "string" && one.isWellFormed()) return one;
    throw words.failed(`wants strings in ${at}.data, got ${words.show(one)} as element ${i}`);
  });
}

function is64(datatype: Datatype): boolean {
  return datatype === "INT64" || datatype === "UINT64";
}
