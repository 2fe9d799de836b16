// A server that answers what it is told to, and what the tests of answers and failures share.

import { Tensor } from "../../src/contract/tensor.ts";
import { Refusal } from "../../src/faults.ts";
import { HookError } from "../../src/runtime/hook-error.ts";
import { openInference, type OpenInferenceOptions } from "../../src/flow/models/open-inference.ts";
import { startServer, type TestServer } from "./oip-server.ts";

/** What a server sends: JSON of a value, or a body as it is. */
export interface Canned {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export const json = (value: unknown): Canned => ({ body: JSON.stringify(value) });

/** JSON with bytes behind it, as the binary extension has it. */
export function binary(
  value: unknown,
  rest: Uint8Array | readonly number[],
  length?: string,
): Canned {
  const head = Buffer.from(JSON.stringify(value));
  const headers = { "inference-header-content-length": length ?? String(head.length) };
  return { headers, body: Buffer.concat([head, Uint8Array.from(rest)]) };
}

/** The model of the tables: it has one input, and outputs of these datatypes. */
export const metadataOf = (...datatypes: string[]) => ({
  name: "m",
  platform: "test",
  inputs: [{ name: "x", datatype: "FP32", shape: [-1] }],
  outputs: datatypes.map((datatype, i) => ({ name: `y${i}`, datatype, shape: [-1] })),
});

export const INPUT = Tensor.from([1, 2], "float32");

/** What each path answers: metadata, ready, server, infer. */
export interface Script {
  readonly metadata: Canned;
  readonly infer?: Canned;
  readonly ready?: Canned;
  readonly server?: Canned;
}

export function scripted(script: Script): Promise<TestServer> {
  return startServer(({ path }, response) => {
    const of = path.endsWith("/infer")
      ? script.infer
      : path.endsWith("/ready")
        ? script.ready
        : path === "/v2"
          ? script.server
          : script.metadata;
    const { status = 200, headers = {}, body } = of ?? json({});
    response.writeHead(status, headers).end(body);
  });
}

export async function refusalOf(act: () => Promise<unknown>): Promise<Refusal | HookError> {
  try {
    await act();
  } catch (error) {
    if (error instanceof Refusal || error instanceof HookError) return error;
    throw error;
  }
  throw new Error("threw nothing");
}

/** Opens and runs once; the first refusal is what it is about. */
export async function attempt(url: string, options: OpenInferenceOptions = {}): Promise<unknown> {
  await using model = await openInference(url, "m", options).open();
  return model.run(INPUT);
}

/** One output of the answer, and what is changed in it. */
export const output = (change: object = {}) => ({
  name: "y0",
  datatype: "FP32",
  shape: [2],
  data: [1, 2],
  ...change,
});
export const outputs = (...all: unknown[]) => json({ outputs: all });
export const { data: _data, ...bare } = output();
export const sized = (size: unknown, change: object = {}) => ({
  ...bare,
  parameters: { binary_data_size: size },
  ...change,
});
