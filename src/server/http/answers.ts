/**
 * Answers as bytes, in the form that was asked for.
 *
 * A value goes into MessagePack as the bytes that it came as. JSON is for people and small values:
 * there it is decoded, in this thread.
 *
 * @module
 */

import { Refusal } from "../../faults.ts";
import { decode } from "../../wire/decode.ts";
import { Encoder } from "../../wire/encode.ts";
import { toJson } from "../../wire/json.ts";
import { HOST_TEXT, readText } from "../../wire/text.ts";
import { type Answered, packedAnswer } from "../answers.ts";
import { toNumpy } from "../numpy.ts";
import type { AnswerForm } from "./bodies.ts";

/** What is answered: an answer of the service, or plain data of ours. */
export type Content = { readonly answered: Answered } | { readonly plain: unknown };

/** How it is to be said. */
export interface Wanted {
  readonly form: AnswerForm;
  /** Whether tensors leave as arrays of msgpack-numpy. */
  readonly numpy: boolean;
}

/** The body of an answer and its media type. */
export interface Written {
  readonly type: string;
  readonly body: string | Buffer;
}

export const JSON_TYPE = "application/json";
export const MSGPACK_TYPE = "application/msgpack";

/** Listings and reports of a tenant with everything that he may have. */
const PLAIN_NODES = 10_000_000;
const PLAIN_BYTES = 2 ** 30;

const encoder = new Encoder({
  ...{ nodesMax: PLAIN_NODES, depthMax: 256, bytesMax: PLAIN_BYTES },
  ...{ unsupported: "INTERNAL", tooLarge: "OUTPUT_TOO_LARGE", text: HOST_TEXT },
});

/**
 * Returns an answer as bytes.
 *
 * @throws {Refusal} `OUTPUT_TOO_LARGE` when it is too much for JSON.
 */
export function written(content: Content, { form, numpy }: Wanted): Written {
  if (form === "json") return { type: JSON_TYPE, body: jsonOf(content) };
  if ("plain" in content) {
    return { type: MSGPACK_TYPE, body: bufferOf(encoder.encode(content.plain)) };
  }
  const { answered } = content;
  const payload = answered.payload as Uint8Array<ArrayBuffer> | undefined;
  const said = numpy && payload ? { ...answered, payload: toNumpy(payload) } : answered;
  return { type: MSGPACK_TYPE, body: bufferOf(packedAnswer(said)) };
}

function jsonOf(content: Content): string {
  if ("plain" in content) return toJson(content.plain);
  const { fields, key, payload } = content.answered;
  const rest = JSON.stringify(fields);
  if (key === undefined || payload === undefined) return rest;
  const value = jsonOfValue(payload);
  return `{${JSON.stringify(key)}:${value}${rest === "{}" ? "" : ","}${rest.slice(1)}`;
}

/** A tensor may have more rows, or a value more text, than JavaScript has lists and strings for. */
function jsonOfValue(payload: Uint8Array): string {
  try {
    return toJson(decode(payload, readText));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const detail = "wants a value that JSON can hold; ask for application/msgpack (Accept)";
    throw new Refusal("OUTPUT_TOO_LARGE", "$", detail);
  }
}

function bufferOf({ buffer, byteOffset, length }: Uint8Array<ArrayBuffer>): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}
