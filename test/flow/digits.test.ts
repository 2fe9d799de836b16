// The flow of the seed on models that are really trained: the numbers are Python's (torch and
// XGBoost, written by examples/models/train.py), the pictures are files.

import { readFileSync } from "node:fs";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { example, stages } from "../../examples/digits.ts";
import {
  createRuntime,
  fn,
  onnx,
  openInference,
  type Runtime,
  type Stage,
  Tensor,
} from "../../src/index.ts";
import { expectFault } from "../runtime/faults.ts";
import { startOipServer } from "./oip-server.ts";

interface Vector {
  readonly file: string;
  readonly label: number;
  readonly input: readonly (readonly number[])[];
  readonly features: readonly number[];
  readonly probabilities: readonly number[];
}

const MODELS = new URL("../../examples/models/", import.meta.url);
const VECTORS = JSON.parse(readFileSync(new URL("vectors.json", MODELS), "utf8")) as Vector[];
const LABELS = Object.fromEntries(
  VECTORS.map(({ file, label }) => [file.replace("digits/", "").replace(".png", ""), label]),
);
const [network, trees] = stages as readonly [Stage, Stage];

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createRuntime({ workers: 2 });
});
afterAll(() => runtime.close());

describe("the digits flow", () => {
  test("gives each picture its label", async () => {
    await using endpoint = await runtime.deploy(stages, "digits", { example });
    const { result } = await endpoint.run(example.data, example.files);
    expect(result).toEqual(LABELS);
  });

  test("hands on what Python hands on: pixels, features, probabilities", async () => {
    // A post that looks: it gives what came out of its model, and changes nothing.
    const look = "(result) => result";
    const flows = {
      features: [{ ...network, post: look }],
      probabilities: [network, { ...trees, post: look }],
    };
    const { model: _, ...before } = network;
    const pixels = [{ ...before, model: fn((value) => value) }];
    await using given = await runtime.deploy(pixels, "pixels");
    const { result } = await given.run(example.data, example.files);
    expect(result).toMatchObject({ dtype: "float32", shape: [10, 1, 8, 8] });
    close(
      result,
      VECTORS.map(({ input }) => input),
    );
    for (const [what, list] of Object.entries(flows)) {
      await using endpoint = await runtime.deploy(list, what);
      const { result: rows } = await endpoint.run(example.data, example.files);
      close(
        rows,
        VECTORS.map((vector) => vector[what as keyof typeof flows]),
      );
    }
  });

  test("gives the same over a server of the Open Inference Protocol", async () => {
    await using local = await onnx(new URL("digits.onnx", MODELS)).open();
    const float = (name: string, shape: readonly number[]) => ({ name, datatype: "FP32", shape });
    const model = {
      platform: "onnx_onnxv1",
      inputs: [float("image", [-1, 1, 8, 8])],
      outputs: [float("features", [-1, 32])],
      run: async ({ image }: Record<string, unknown>) => ({
        features: (await local.run(image)) as Tensor,
      }),
    };
    for (const binary of [false, true]) {
      await using server = await startOipServer({ models: { digits: model } }, { binary });
      const remote = { ...network, model: openInference(server.url, "digits") };
      await using endpoint = await runtime.deploy([remote, trees], "remote", { example });
      const { result, stages: ran } = await endpoint.run(example.data, example.files);
      expect(result).toEqual(LABELS);
      expect(ran[0]?.model?.name).toContain("digits");
      expect(server.malformed).toEqual([]);
    }
  });

  const WRONG: readonly [name: string, pre: string, said: string][] = [
    [
      "a batch that has no axis for the colour",
      "(data) => new Tensor('float32', [1, 8, 8], new Float32Array(64))",
      "stage 1 pre: $ wants float32 [batch, 1, 8, 8], got float32 [1, 8, 8]",
    ],
    [
      "the colour behind the pixels",
      "(data) => new Tensor('float32', [1, 8, 8, 1], new Float32Array(64))",
      "stage 1 pre: $ wants float32 [batch, 1, 8, 8], got float32 [1, 8, 8, 1]",
    ],
    [
      "doubles",
      "(data) => new Tensor('float64', [1, 1, 8, 8], new Float64Array(64))",
      "stage 1 pre: $ wants float32 [batch, 1, 8, 8], got float64 [1, 1, 8, 8]",
    ],
    [
      "nested lists",
      "(data) => [[[[0]]]]",
      "stage 1 pre: $ wants float32 [batch, 1, 8, 8], got list",
    ],
  ];
  test.each(WRONG)(
    "the model's own metadata catch a pre that gives %s",
    async (_name, pre, said) => {
      await using endpoint = await runtime.deploy([{ model: network.model, pre }, trees], "wrong");
      const fault = await expectFault(endpoint.run([]), { code: "OUTPUT_MISMATCH" });
      expect(fault.message).toContain(said);
    },
  );

  test("the models' own metadata catch stages in the wrong order, before any value", async () => {
    const swapped = [{ model: trees.model }, { model: network.model }];
    const { problems } = await runtime.check(swapped);
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^stage 1 model: \$ wants float32 \[batch, 1, 8, 8\], gets float32 \[batch, 10\].*the model of stage 2$/,
      ),
    ]);
  });
});

/** Holds that a tensor has these numbers, to 1e-5. */
function close(tensor: unknown, rows: unknown): void {
  if (!Tensor.is(tensor)) throw new Error(`Wanted a tensor, got ${String(tensor)}`);
  const [got, wanted] = [tensor.tolist(), rows].map((one) => [one].flat(9) as number[]);
  expect(got).toHaveLength(wanted?.length ?? 0);
  for (const [i, number] of (wanted ?? []).entries()) expect(got?.[i]).toBeCloseTo(number, 5);
}
