// A server of the Open Inference Protocol, written from the specification and from nothing of ours
// but the tensor: it reads requests its own way and refuses what is not well formed.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { type DType, DTYPES, Tensor, type TensorData } from "../../src/contract/tensor.ts";
import { Digits, type Json, readJson } from "./open-inference-json.ts";

/** A tensor of BYTES, row-major. */
export interface OipBytes {
  readonly shape: readonly number[];
  readonly elements: readonly Uint8Array[];
}

export type OipTensor = Tensor | OipBytes;

export interface OipSlot {
  readonly name: string;
  readonly datatype: string;
  /** -1 for an axis of any length. */
  readonly shape: readonly number[];
}

export interface OipModel {
  readonly platform?: string;
  readonly inputs: readonly OipSlot[];
  readonly outputs: readonly OipSlot[];
  readonly ready?: boolean;
  /** Throws to answer 400 with the error's message. */
  run(
    inputs: Record<string, OipTensor>,
  ): Record<string, OipTensor> | Promise<Record<string, OipTensor>>;
}

/** One request as it came. */
export interface OipRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:41234` */
  readonly url: string;
  readonly requests: readonly OipRequest[];
  close(): Promise<void>;
}

export interface OipServer extends TestServer {
  /** What was wrong with requests; each was answered with 400. */
  readonly malformed: readonly string[];
}

type Handler = (request: OipRequest, response: ServerResponse) => void | Promise<void>;

/** Starts a server that answers with `handler`. */
export async function startServer(handler: Handler): Promise<TestServer> {
  const requests: OipRequest[] = [];
  const server = createServer(async (message, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const { method = "", url: path = "", headers } = message;
    const request = { method, path, headers, body: Buffer.concat(chunks) };
    requests.push(request);
    await handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, requests, close, [Symbol.asyncDispose]: close };
}

/**
 * Starts a server of these models.
 *
 * @param options `binary` says whether it has the extension for tensors as bytes; without it,
 * requests that use it are malformed.
 */
export async function startOipServer(
  { models }: { models: Readonly<Record<string, OipModel>> },
  { binary }: { binary: boolean },
): Promise<OipServer> {
  const malformed: string[] = [];
  const server = await startServer(async (request, response) => {
    try {
      await route(request, response, { models, binary });
    } catch (error) {
      const { message } = error as Error;
      if (!(error instanceof ModelError)) malformed.push(message);
      sendJson(response, 400, JSON.stringify({ error: message }));
    }
  });
  return { ...server, malformed };
}

class ModelError extends Error {}

interface Site {
  readonly models: Readonly<Record<string, OipModel>>;
  readonly binary: boolean;
}

async function route(request: OipRequest, response: ServerResponse, site: Site): Promise<void> {
  const { method, path } = request;
  const match = /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(\/ready|\/infer)?$/.exec(path);
  if (method !== (match?.[3] === "/infer" ? "POST" : "GET"))
    throw new Error(`no ${method} ${path}`);
  if (path === "/v2") {
    const extensions = site.binary ? ["binary_tensor_data"] : [];
    return sendJson(response, 200, JSON.stringify({ name: "oip", version: "1", extensions }));
  }
  if (/^\/v2\/health\/(live|ready)$/.test(path)) return sendJson(response, 200, "");
  if (!match) throw new Error(`no such path: ${path}`);
  const name = decodeURIComponent(match[1] as string);
  const model = site.models[name];
  if (!model || (match[2] ?? "1") !== "1") {
    return sendJson(response, 404, JSON.stringify({ error: `unknown model: '${name}'` }));
  }
  if (match[3] === "/ready") return sendJson(response, model.ready === false ? 400 : 200, "");
  if (match[3] === "/infer") return infer(request, response, { ...site, name, model });
  const { platform = "test", inputs, outputs } = model;
  sendJson(response, 200, JSON.stringify({ name, versions: ["1"], platform, inputs, outputs }));
}

function sendJson(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(text);
}

interface Call extends Site {
  readonly name: string;
  readonly model: OipModel;
}

async function infer(request: OipRequest, response: ServerResponse, call: Call): Promise<void> {
  const { json, inputs } = readInfer(request, call);
  const outputs = await runModel(call.model, inputs);
  const isBinary = call.binary && dictOf(json["parameters"] ?? {})["binary_data_output"] === true;
  const parts: Uint8Array[] = [];
  const texts = call.model.outputs.map(({ name, datatype }) => {
    const tensor = outputs[name] as OipTensor;
    const shape = `[${tensor.shape.join()}]`;
    const head = `"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":${shape}`;
    if (!isBinary) return `{${head},"data":${textOf(datatype, tensor)}}`;
    parts.push(bytesOf(tensor));
    return `{${head},"parameters":{"binary_data_size":${parts.at(-1)?.length}}}`;
  });
  const id = "id" in json ? `"id":${JSON.stringify(json["id"])},` : "";
  const model = `"model_name":${JSON.stringify(call.name)},"model_version":"1"`;
  const text = `{${id}${model},"outputs":[${texts.join()}]}`;
  sendInfer(response, text, Buffer.concat(parts));
}

async function runModel(model: OipModel, inputs: Record<string, OipTensor>) {
  try {
    return await model.run(inputs);
  } catch (error) {
    throw new ModelError((error as Error).message);
  }
}

/** Without a byte of binary data there is no header for it, as with Triton. */
function sendInfer(response: ServerResponse, text: string, rest: Buffer): void {
  if (rest.length === 0) return sendJson(response, 200, text);
  const json = Buffer.from(text);
  response.writeHead(200, {
    "content-type": "application/octet-stream",
    "inference-header-content-length": String(json.length),
    "content-length": String(json.length + rest.length),
  });
  response.end(Buffer.concat([json, rest]));
}

interface Infer {
  readonly json: { [key: string]: Json };
  readonly inputs: Record<string, OipTensor>;
}

/** Reads a request, and throws at the first thing that the specification does not allow. */
function readInfer({ headers, body }: OipRequest, { binary, model }: Call): Infer {
  need(headers["content-length"] === String(body.length), "content-length is not the body's");
  const header = headers["inference-header-content-length"];
  const type = header === undefined ? "application/json" : "application/octet-stream";
  need(headers["content-type"] === type, `content-type is ${headers["content-type"]}`);
  need(header === undefined || binary, "binary data for a server that has no such extension");
  const jsonBytes = header === undefined ? body.length : Number(header);
  need(jsonBytes <= body.length, "the JSON is longer than the body");
  const json = dictOf(readJson(body.subarray(0, jsonBytes).toString("utf8")));
  let rest = body.subarray(jsonBytes);
  const inputs = listOf(json["inputs"]).map((one): [string, OipTensor] => {
    const input = dictOf(one);
    const shape = listOf(input["shape"]).map(wholeOf);
    const { datatype, name, data, parameters = {} } = input;
    const size = dictOf(parameters)["binary_data_size"];
    need(typeof name === "string" && typeof datatype === "string", "no name or datatype");
    need((data === undefined) !== (size === undefined), "data and binary_data_size");
    const bytes = size === undefined ? bytesIn(String(datatype), data) : take(wholeOf(size));
    return [String(name), tensorOf(String(datatype), shape, bytes)];
  });
  need(rest.length === 0, `${rest.length} bytes too many`);
  const names = inputs.map(([name]) => name).sort();
  const wanted = model.inputs.map(({ name }) => name).sort();
  need(names.join() === wanted.join(), `wants inputs ${wanted}, got ${names}`);
  return { json, inputs: Object.fromEntries(inputs) };

  function take(size: number): Uint8Array {
    need(header !== undefined && size <= rest.length, "binary_data_size is not what came");
    const bytes = rest.subarray(0, size);
    rest = rest.subarray(size);
    return bytes;
  }
}

/** The table of the specification, with the BF16 of Triton. */
const KINDS: Readonly<Record<string, { dtype: DType; bytes: number }>> = {
  BOOL: { dtype: "bool", bytes: 1 },
  UINT8: { dtype: "uint8", bytes: 1 },
  UINT16: { dtype: "uint16", bytes: 2 },
  UINT32: { dtype: "uint32", bytes: 4 },
  UINT64: { dtype: "uint64", bytes: 8 },
  INT8: { dtype: "int8", bytes: 1 },
  INT16: { dtype: "int16", bytes: 2 },
  INT32: { dtype: "int32", bytes: 4 },
  INT64: { dtype: "int64", bytes: 8 },
  FP16: { dtype: "float16", bytes: 2 },
  BF16: { dtype: "bfloat16", bytes: 2 },
  FP32: { dtype: "float32", bytes: 4 },
  FP64: { dtype: "float64", bytes: 8 },
};

function tensorOf(datatype: string, shape: number[], bytes: Uint8Array): OipTensor {
  const count = shape.reduce((product, axis) => product * axis, 1);
  if (datatype === "BYTES") {
    const elements: Uint8Array[] = [];
    const from = Buffer.from(bytes);
    for (let at = 0; at < from.length;) {
      const length = from.readUInt32LE(at);
      need(at + 4 + length <= from.length, "an element of BYTES is cut");
      elements.push(new Uint8Array(from.subarray(at + 4, at + 4 + length)));
      at += 4 + length;
    }
    need(elements.length === count, `${elements.length} elements for [${shape}]`);
    return { shape, elements };
  }
  const kind = KINDS[datatype];
  if (!kind) throw new Error(`no such datatype: ${datatype}`);
  need(bytes.length === count * kind.bytes, `${bytes.length} bytes for ${datatype} [${shape}]`);
  need(datatype !== "BOOL" || bytes.every((byte) => byte < 2), "a byte of BOOL beyond 1");
  const data = new DTYPES[kind.dtype].array(new Uint8Array(bytes).buffer) as TensorData;
  return new Tensor(kind.dtype, shape, data);
}

/** Returns the bytes of elements that came as JSON, flat or nested. */
function bytesIn(datatype: string, data: Json | undefined): Uint8Array {
  const elements = (listOf(data) as unknown[]).flat(32) as Json[];
  if (datatype === "BYTES") {
    return Buffer.concat(
      elements.map((one) => {
        need(typeof one === "string", "an element of BYTES that is no string");
        return packed(Buffer.from(String(one)));
      }),
    );
  }
  const { bytes = 0 } = KINDS[datatype] ?? {};
  const whole = Buffer.alloc(elements.length * bytes);
  const view = new DataView(whole.buffer, whole.byteOffset);
  for (const [i, one] of elements.entries()) setElement(view, i * bytes, datatype, one);
  return whole;
}

function setElement(view: DataView, at: number, datatype: string, value: Json): void {
  if (datatype === "BOOL") {
    need(typeof value === "boolean", "an element of BOOL that is no boolean");
    return view.setUint8(at, value ? 1 : 0);
  }
  need(value instanceof Digits, `an element of ${datatype} that is no number`);
  const { text } = value as Digits;
  if (datatype === "FP32") return view.setFloat32(at, Number(text), true);
  if (datatype === "FP64") return view.setFloat64(at, Number(text), true);
  const kind = /^(U?)INT(\d+)$/.exec(datatype);
  if (!kind) throw new Error(`receiving ${datatype} data via JSON is not supported`);
  const bits = Number(kind[2]);
  const one = BigInt(text);
  need((kind[1] ? BigInt.asUintN(bits, one) : BigInt.asIntN(bits, one)) === one, `${text} wraps`);
  for (let byte = 0; byte < bits / 8; byte++) {
    view.setUint8(at + byte, Number((one >> BigInt(8 * byte)) & 0xffn));
  }
}

function bytesOf(tensor: OipTensor): Uint8Array {
  if ("elements" in tensor) return Buffer.concat(tensor.elements.map(packed));
  const { buffer, byteOffset, byteLength } = tensor.data;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function packed(element: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(element.length);
  return Buffer.concat([length, element]);
}

function textOf(datatype: string, tensor: OipTensor): string {
  if ("elements" in tensor) {
    return JSON.stringify(tensor.elements.map((one) => Buffer.from(one).toString("utf8")));
  }
  if (datatype === "BF16") throw new ModelError("sending BF16 data via JSON is not supported");
  const texts = Array.from(tensor.data as ArrayLike<number | bigint>, (one) => {
    if (datatype === "BOOL") return one === 1 ? "true" : "false";
    if (typeof one === "number" && !Number.isFinite(one)) throw new ModelError("NaN in JSON");
    return Object.is(one, -0) ? "-0.0" : String(one);
  });
  return `[${texts.join()}]`;
}

function need(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

function dictOf(value: Json | undefined): { [key: string]: Json } {
  const isDict = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isDict || value instanceof Digits) throw new Error("no dict where one is wanted");
  return value;
}

function listOf(value: Json | undefined): Json[] {
  if (!Array.isArray(value)) throw new Error("no list where one is wanted");
  return value;
}

function wholeOf(value: Json): number {
  if (!(value instanceof Digits) || !/^\d+$/.test(value.text)) throw new Error("no whole number");
  return Number(value.text);
}
