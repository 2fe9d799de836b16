/**
 * The result of a flow as outputs of the Open Inference Protocol.
 *
 * A dict has an output for each of its keys; any other result is the one output `output`. What a
 * value becomes is decided by its kind alone, never by what it happens to be: a list of numbers is
 * FP64 though all of them are whole. Who wants another type returns a tensor.
 *
 * | value                                       | output                                       |
 * | ------------------------------------------- | -------------------------------------------- |
 * | tensor                                      | its dtype and shape                          |
 * | number, int64, boolean, and nested lists    | FP64, INT64, BOOL; one alone has shape [1]   |
 * | string, and nested lists of them            | BYTES, `content_type` "str"                  |
 * | bytes, and nested lists of them             | BYTES; in JSON base64, `content_type` says so |
 * | anything else: dicts, null, lists of both   | BYTES [1] of its JSON, `content_type` "str"  |
 *
 * @module
 */

import { isDict, show, showList } from "../../contract/schema/misfit-words.ts";
import { type Nested, Tensor } from "../../contract/tensor.ts";
import { Refusal } from "../../faults.ts";
import { type Element, joinElements, nestedFrom } from "../../flow/models/open-inference/bytes.ts";
import {
  type Datatype,
  datatypeOf,
  hasJsonForm,
} from "../../flow/models/open-inference/datatypes.ts";
import { bytesOf, dataOf, join } from "../../flow/models/open-inference/request.ts";
import { toJson } from "../../wire/json.ts";
import { type OutputWanted, type Requested, WHOLE_OUTPUT } from "./inference-request.ts";

/** Which model it was. */
export interface ModelName {
  readonly name: string;
  readonly version: string | undefined;
}

/** The body of an answer and its headers. */
export interface InferAnswer {
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** One output on its way. */
interface Output {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly content: Tensor | readonly Element[];
}

/**
 * Returns the answer for `value`.
 *
 * @throws {Refusal} `BAD_REQUEST` for an output that is none; `OUTPUT_UNSUPPORTED` for one that
 * JSON has no form for, when it was not asked for as bytes.
 */
export function writeAnswer(value: unknown, wanted: Requested, model: ModelName): InferAnswer {
  const all = isDict(value)
    ? Object.entries(value).map(([name, one]) => outputOf(name, one))
    : [outputOf(WHOLE_OUTPUT, value)];
  const chosen = (wanted.outputs ?? all.map(({ name }) => ({ name, binary: undefined }))).map(
    (one) => ({ output: named(one, all), isBinary: one.binary ?? wanted.binary }),
  );
  const parts = chosen.map(({ output, isBinary }) => (isBinary ? binaryOf(output) : undefined));
  const texts = chosen.map(({ output }, i) => textOf(output, parts[i]));
  const { name, version } = model;
  const head = JSON.stringify({ model_name: name, model_version: version, id: wanted.id });
  const json = `${head.slice(0, -1)},"outputs":[${texts.join(",")}]}`;
  const binary = parts.filter((part) => part !== undefined);
  if (binary.length === 0) return { body: json, headers: { "content-type": "application/json" } };
  const bytes = new TextEncoder().encode(json);
  const { buffer } = join([bytes, ...binary]);
  return {
    body: Buffer.from(buffer),
    headers: {
      "content-type": "application/octet-stream",
      "inference-header-content-length": String(bytes.length),
    },
  };
}

function named({ name }: OutputWanted, all: readonly Output[]): Output {
  const output = all.find((one) => one.name === name);
  if (output) return output;
  const there = showList(all.map((one) => one.name)) || "none";
  throw new Refusal("BAD_REQUEST", "outputs", `wants outputs of ${there}, got ${show(name)}`);
}

function outputOf(name: string, value: unknown): Output {
  if (Tensor.is(value)) return ofTensor(name, value);
  const list = Array.isArray(value) ? value : [value];
  return listed(name, list) ?? { name, ...ofText(toJson(value)) };
}

function ofTensor(name: string, content: Tensor): Output {
  return { name, datatype: datatypeOf(content.dtype), shape: content.shape, content };
}

function ofText(text: string): Omit<Output, "name"> {
  return { datatype: "BYTES", shape: [1], content: [text] };
}

/** Returns a list whose elements are all of one kind and whose rows are all of one length. */
function listed(name: string, list: readonly unknown[]): Output | undefined {
  let leaf: unknown = list;
  while (Array.isArray(leaf)) leaf = leaf[0] as unknown;
  try {
    if (typeof leaf === "string" || leaf instanceof Uint8Array) {
      const { lengths, elements } = nestedFrom(list, "$", undefined);
      const isOneKind = elements.every((one) => typeof one === typeof leaf);
      const content = { datatype: "BYTES", shape: lengths, content: elements } as const;
      return isOneKind ? { name, ...content } : undefined;
    }
    const dtype = DTYPE_OF_LEAF[typeof leaf];
    if (dtype === undefined || !areAll(list, typeof leaf)) return undefined;
    return ofTensor(name, Tensor.from(list as Nested, dtype));
  } catch {
    return undefined;
  }
}

/** An empty list has no leaf: it is no numbers. */
const DTYPE_OF_LEAF: Readonly<Record<string, "float64" | "int64" | "bool" | undefined>> = {
  number: "float64",
  bigint: "int64",
  boolean: "bool",
  undefined: "float64",
};

function areAll(list: readonly unknown[], kind: string): boolean {
  return list.every((one) => (Array.isArray(one) ? areAll(one, kind) : typeof one === kind));
}

function binaryOf({ content }: Output): Uint8Array {
  return Tensor.is(content) ? bytesOf(content) : joinElements(content);
}

function textOf(output: Output, binary: Uint8Array | undefined): string {
  const { name, shape, datatype, content } = output;
  const type = contentTypeOf(content, binary !== undefined);
  const size = binary && { binary_data_size: binary.length };
  const parameters = { ...size, ...(type !== undefined && { content_type: type }) };
  const hasParameters = Object.keys(parameters).length > 0;
  const head = JSON.stringify({ name, shape, datatype, ...(hasParameters && { parameters }) });
  return binary ? head : `${head.slice(0, -1)},"data":[${jsonData(output)}]}`;
}

function contentTypeOf(content: Output["content"], isBinary: boolean): string | undefined {
  if (Tensor.is(content)) return undefined;
  const isBytes = content.length > 0 && typeof content[0] !== "string";
  if (!isBytes) return "str";
  return isBinary ? undefined : "base64";
}

function jsonData({ name, datatype, content }: Output): string {
  if (Tensor.is(content)) {
    if (!hasJsonForm(datatype)) throw noJson(name, `is ${datatype}`);
    const isFloat = datatype === "FP32" || datatype === "FP64";
    const { data } = content;
    if (isFloat && !(data as Float64Array).every(Number.isFinite)) {
      throw noJson(name, "holds NaN or an infinity");
    }
    return dataOf({ path: name, datatype, content });
  }
  const base64 = (one: Uint8Array) =>
    Buffer.from(one.buffer, one.byteOffset, one.length).toString("base64");
  return content
    .map((one) => JSON.stringify(typeof one === "string" ? one : base64(one)))
    .join(",");
}

function noJson(name: string, what: string): Refusal {
  const how = "which JSON has no form for; ask for it with parameters.binary_data_output: true";
  return new Refusal("OUTPUT_UNSUPPORTED", name, `${what}, ${how}`);
}
