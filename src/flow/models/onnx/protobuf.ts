/**
 * What an ONNX file says of itself, read from its bytes: the types of its inputs and outputs, and
 * whether weights lie outside of it.
 *
 * ONNX Runtime tells most of it once it has loaded the file, but not all. It gives one answer,
 * `[]`, for a tensor of no axes and for one of any. It has no name for types that it cannot hand
 * over. And the one for Node reads weights from whatever file of the working directory a model
 * names, which would let a model from outside carry off the host's files. So we look before it
 * does.
 *
 * The bytes are protobuf. Lengths are held to what is there, depth to a bound, and what is of no
 * interest is skipped by its length, so the price is the number of nodes, not of weights.
 *
 * Not here: whether the model is a good one. ONNX Runtime says that.
 *
 * @module
 */

/** An input or output of a model as its file declares it. */
export interface Declared {
  readonly name: string;
  /** What kind of value it is; absent when the file leaves that to be worked out. */
  readonly kind?: ValueKind | undefined;
  /** The number of an element's type in `TensorProto.DataType`; 0 when the file does not say. */
  readonly element: number;
  /** Whether the number of axes is said: a shape may be there and be `[]`. */
  readonly hasShape: boolean;
}

export type ValueKind = "tensor" | "sequence" | "map" | "opaque" | "sparse" | "optional";

/** What was read. */
export interface ModelFacts {
  readonly inputs: readonly Declared[];
  readonly outputs: readonly Declared[];
  /** The name of a tensor whose elements are in another file, when there is one. */
  readonly external?: string | undefined;
}

/** Bytes that are no protobuf, or no model. Its message ends a sentence on the file. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
}

/** As many messages inside each other as protobuf's own reader takes. */
const DEPTH_MAX = 100;
/** Old files list every weight as an input too: of a large model, some thousand. */
const DECLARED_MAX = 100_000;
/** More than a name that we take, so that a longer one is seen to be. */
const TEXT_BYTES_MAX = 1_024;

type MessageName = "Model" | "Graph" | "Function" | "Node" | "Attribute" | "Sparse" | "Tensor";

/** The fields of onnx.proto that lead to tensors: each number with what is inside. */
const FIELDS: Readonly<Record<MessageName, Readonly<Record<number, MessageName>>>> = {
  Model: { 7: "Graph", 25: "Function" },
  Graph: { 1: "Node", 5: "Tensor", 15: "Sparse" },
  Function: { 7: "Node", 11: "Attribute" },
  Node: { 5: "Attribute" },
  Attribute: { 5: "Tensor", 6: "Graph", 10: "Tensor", 11: "Graph", 22: "Sparse", 23: "Sparse" },
  Sparse: { 1: "Tensor", 2: "Tensor" },
  Tensor: {},
};

const VALUE_KINDS: Readonly<Record<number, ValueKind>> = {
  1: "tensor",
  4: "sequence",
  5: "map",
  7: "opaque",
  8: "sparse",
  9: "optional",
};

/** A stretch of the file. */
interface Span {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

interface Field {
  readonly number: number;
  /** The number itself, of a field that is one. */
  readonly value: number;
  /** What is inside, of a field that has a length. */
  readonly inside?: Span;
}

interface Walk {
  readonly inputs: Declared[];
  readonly outputs: Declared[];
  graphs: number;
  external?: string;
}

/**
 * Returns what the file says.
 *
 * @param bytes The whole file; not kept.
 * @throws {Unreadable} When it is no ONNX model, or a part of one.
 */
export function readModel(bytes: Uint8Array): ModelFacts {
  const walk: Walk = { inputs: [], outputs: [], graphs: 0 };
  walkMessage("Model", { bytes, start: 0, end: bytes.length }, walk, 0);
  if (walk.graphs === 0) throw new Unreadable("has no graph in it");
  return walk;
}

function walkMessage(name: MessageName, span: Span, walk: Walk, depth: number): void {
  if (depth > DEPTH_MAX) throw new Unreadable(`is nested deeper than ${DEPTH_MAX} levels`);
  for (const field of fieldsOf(span)) {
    const within = FIELDS[name][field.number];
    if (within && field.inside) walkMessage(within, field.inside, walk, depth + 1);
    if (name === "Tensor") lookAtTensor(field, span, walk);
    // Only the graph of the model itself has inputs and outputs that a caller sees.
    if (name === "Model" && within === "Graph" && field.inside) lookAtGraph(field.inside, walk);
  }
}

function lookAtGraph(span: Span, walk: Walk): void {
  walk.graphs++;
  for (const { number, inside } of fieldsOf(span)) {
    if (number === 11 && inside) walk.inputs.push(declaredFrom(inside));
    if (number === 12 && inside) walk.outputs.push(declaredFrom(inside));
    if (walk.inputs.length + walk.outputs.length > DECLARED_MAX) {
      throw new Unreadable(`has over ${DECLARED_MAX} inputs and outputs`);
    }
  }
}

/** `external_data` is field 13, and `data_location` field 14, where 1 is another file. */
function lookAtTensor({ number, value }: Field, tensor: Span, walk: Walk): void {
  if (number !== 13 && !(number === 14 && value === 1)) return;
  walk.external ??= textOf(tensor, 8);
}

/** A field that stands twice is merged, as everywhere in protobuf: what comes last counts. */
function declaredFrom(span: Span): Declared {
  const declared = { name: textOf(span, 1), kind: undefined, element: 0, hasShape: false };
  for (const { number, inside } of fieldsOf(span)) {
    if (number === 2 && inside) readType(inside, declared);
  }
  return declared;
}

function readType(
  type: Span,
  into: { kind: ValueKind | undefined; element: number; hasShape: boolean },
): void {
  for (const { number, inside } of fieldsOf(type)) {
    into.kind = VALUE_KINDS[number] ?? into.kind;
    if (number !== 1 || !inside) continue;
    for (const part of fieldsOf(inside)) {
      if (part.number === 1) into.element = part.value;
      if (part.number === 2) into.hasShape = true;
    }
  }
}

function textOf(span: Span, wanted: number): string {
  let text: Uint8Array | undefined;
  for (const { number, inside } of fieldsOf(span)) {
    if (number !== wanted || !inside) continue;
    text = inside.bytes.subarray(inside.start, Math.min(inside.end, inside.start + TEXT_BYTES_MAX));
  }
  // A decoder takes no view of memory that threads share, hence the copy.
  return new TextDecoder().decode(text?.slice());
}

function* fieldsOf(span: Span): Generator<Field> {
  const cursor = { ...span, at: span.start };
  while (cursor.at < span.end) {
    const tag = varint(cursor);
    yield fieldFrom(Math.floor(tag / 8), tag % 8, cursor);
  }
}

type Cursor = Span & { at: number };

function fieldFrom(number: number, wire: number, cursor: Cursor): Field {
  const start = cursor.at;
  if (number < 1) throw noProtobuf(start);
  if (wire === 0) return { number, value: varint(cursor) };
  if (wire === 1 || wire === 5) {
    skip(cursor, wire === 1 ? 8 : 4);
    return { number, value: 0 };
  }
  // 3 and 4 are groups, which ONNX has none of; 6 and 7 are nothing.
  if (wire !== 2) throw noProtobuf(start);
  const length = varint(cursor);
  const inside = { bytes: cursor.bytes, start: cursor.at, end: cursor.at + length };
  skip(cursor, length);
  return { number, value: 0, inside };
}

function skip(cursor: Cursor, bytes: number): void {
  if (bytes > cursor.end - cursor.at) throw noProtobuf(cursor.at);
  cursor.at += bytes;
}

/** A number of up to 10 bytes, 7 bits in each; beyond 2^53 it is not exact, and is no length. */
function varint(cursor: Cursor): number {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    if (cursor.at >= cursor.end) throw noProtobuf(cursor.at);
    const byte = cursor.bytes[cursor.at++] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return value;
  }
  throw noProtobuf(cursor.at);
}

function noProtobuf(at: number): Unreadable {
  return new Unreadable(`makes no sense at byte ${at}: it is no ONNX model, or only part of one`);
}
