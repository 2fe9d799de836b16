// A model on a test server, opened and used.

import { expect } from "vitest";

import { Tensor } from "../../src/contract/tensor.ts";
import type { OpenModel } from "../../src/flow/model.ts";
import { openInference, type OpenInferenceOptions } from "../../src/flow/models/open-inference.ts";
import { type OipModel, type OipTensor, startOipServer } from "./oip-server.ts";

/** A model that gives what it takes. */
export function identity(datatype: string, rank: number): OipModel {
  const shape = Array.from({ length: rank }, () => -1);
  return {
    inputs: [{ name: "x", datatype, shape }],
    outputs: [{ name: "y", datatype, shape }],
    run: ({ x }) => ({ y: x as OipTensor }),
  };
}

interface Site {
  readonly model: OipModel;
  readonly binary: boolean;
  readonly options?: OpenInferenceOptions;
}

/** Opens a model on a server of its own; no request may have been malformed in the end. */
export async function served(
  { model, binary, options }: Site,
  use: (model: OpenModel) => Promise<void>,
) {
  await using server = await startOipServer({ models: { m: model } }, { binary });
  await using opened = await openInference(server.url, "m", options).open();
  await use(opened);
  expect(server.malformed).toEqual([]);
}

/** A tensor as plain data: with its bytes, for -0 and NaN are equal to nothing else. */
export function plain(value: unknown): unknown {
  if (!Tensor.is(value)) return value;
  const { buffer, byteOffset, byteLength } = value.data;
  const hex = Buffer.from(buffer, byteOffset, byteLength).toString("hex");
  return { dtype: value.dtype, shape: value.shape, hex };
}
