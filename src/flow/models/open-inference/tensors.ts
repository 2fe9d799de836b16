/**
 * The tensors of a message, on either way: as JSON, or as bytes behind the JSON.
 *
 * The sizes are said three times (the shape, `binary_data_size`, the length of the body) and have
 * to agree; memory is taken for what is there, not for what a shape says.
 *
 * @module
 */

import { isDict } from "../../../contract/schema/misfit-words.ts";
import { DTYPES, RANK_MAX, sizeOf, Tensor, type TensorData } from "../../../contract/tensor.ts";
import { type Element, nest, type NestedBytes, splitElements, textsOf } from "./bytes.ts";
import { elementsFrom, flatten } from "./data.ts";
import {
  type Datatype,
  DATATYPES_KNOWN,
  DTYPE_OF,
  isDatatype,
  type TensorDatatype,
} from "./datatypes.ts";
import type { Answer, Words } from "./http.ts";

/** As `NAME_MAX` of metadata. */
const NAME_MAX = 256;
const AXIS_MAX = 2 ** 32 - 1;

/** A tensor as a value has it: BYTES are lists. */
export type WireValue = Tensor | NestedBytes;

type SplitParts = Pick<Answer, "body" | "jsonBytes" | "words">;

/**
 * Returns the JSON of a body and what stands behind it. Without the header all of the body is JSON:
 * so it is when all tensors are empty (Triton).
 *
 * @throws {Refusal} What `words.failed` gives.
 */
export function splitBody({ body, jsonBytes, words }: SplitParts): {
  json: Uint8Array;
  rest: Uint8Array;
} {
  if (jsonBytes === null) return { json: body, rest: new Uint8Array(0) };
  const length = /^\d{1,10}$/.test(jsonBytes) ? Number(jsonBytes) : Infinity;
  if (length > body.length) {
    const want = `wants Inference-Header-Content-Length within the ${body.length} bytes of the`;
    throw words.failed(`${want} body, got ${words.show(jsonBytes)}`);
  }
  return { json: body.subarray(0, length), rest: body.subarray(length) };
}

/** What a tensor says of itself, before its elements are looked at. */
export interface Head {
  /** Where it stands, such as `outputs[0]`, for messages. */
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

/**
 * Reads what a tensor says of itself.
 *
 * @param at Where it stands, such as `outputs[0]`.
 * @throws {Refusal} What `words.failed` gives.
 */
export function readHead(value: unknown, at: string, words: Words): Head {
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

/** What tensors are read out of. */
export interface Reading {
  /** What stands behind the JSON, and how much of it earlier tensors took. */
  readonly rest: Uint8Array;
  used: number;
  /** Whether BYTES that are UTF-8 become strings. */
  readonly text: boolean;
  readonly words: Words;
}

/**
 * Reads the elements of a tensor. The value shares no memory with what it is read out of.
 *
 * @throws {Refusal} What `words.failed` gives.
 */
export function readTensor(head: Head, reading: Reading): WireValue {
  const { datatype } = head;
  const bytes = head.bytes === undefined ? undefined : take(head, head.bytes, reading);
  if (datatype === "BYTES") return readBytes(head, bytes, reading);
  const data = bytes
    ? binaryData(datatype, head, bytes, reading.words)
    : elementsFrom(datatype, head, reading.words);
  return new Tensor(DTYPE_OF[datatype], head.shape, data);
}

/** Returns the bytes of one tensor as a copy, which makes them aligned too. */
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
