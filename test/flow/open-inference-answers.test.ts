// Answers and metadata that are wrong, each refused by name; and some that look odd and are right.

import { describe, expect, test } from "vitest";

import { Tensor } from "../../src/contract/tensor.ts";
import { openInference } from "../../src/flow/models/open-inference.ts";
import { ANSWERS, METADATA } from "./open-inference-rows.ts";
import {
  attempt,
  binary,
  type Canned,
  INPUT,
  json,
  metadataOf,
  output,
  outputs,
  refusalOf,
  scripted,
  sized,
} from "./open-inference-script.ts";

describe("an answer", () => {
  test.each(ANSWERS)("is refused: %s", async (_name, infer, detail, datatype = "FP32") => {
    await using server = await scripted({ metadata: json(metadataOf(datatype)), infer });
    const refusal = await refusalOf(() => attempt(server.url));
    expect(refusal).toMatchObject({ code: "MODEL_FAILED", path: "" });
    const line = `POST ${server.url}/v2/models/m/infer `;
    expect(refusal.detail.slice(0, line.length)).toBe(line);
    expect(refusal.detail.slice(line.length)).toContain(detail);
    expect(refusal.detail.length).toBeLessThan(800);
  });

  test("is taken in any order, with JSON beside bytes, and names the outputs", async () => {
    const head = {
      outputs: [
        { name: "y1", datatype: "INT16", shape: [3], parameters: { binary_data_size: 6 } },
        { name: "y2", datatype: "FP32", shape: [1], data: [0.5] },
        { name: "y0", datatype: "FP64", shape: [], parameters: { binary_data_size: 8 } },
      ],
    };
    // 1, 2, -1 as int16, and 1 as a double, at an offset that is no multiple of 8.
    const rest = Buffer.from("01000200ffff000000000000f03f", "hex");
    const metadata = json(metadataOf("FP64", "INT16", "FP32"));
    await using server = await scripted({ metadata, infer: binary(head, rest) });
    expect(await attempt(server.url)).toEqual({
      y0: new Tensor("float64", [], Float64Array.of(1)),
      y1: Tensor.from([1, 2, -1], "int16"),
      y2: Tensor.from([0.5], "float32"),
    });
  });

  test("without a header may have outputs of no bytes, as Triton sends them", async () => {
    const infer = outputs(sized(0, { shape: [0, 3] }));
    await using server = await scripted({ metadata: json(metadataOf("FP32")), infer });
    expect(await attempt(server.url)).toEqual(new Tensor("float32", [0, 3], new Float32Array()));
  });

  test.each([{}, { id: "1" }, { id: "" }, { id: null }, { id: "its own" }])(
    "may have the id %o",
    async (id) => {
      const infer = json({ ...id, outputs: [output()] });
      await using server = await scripted({ metadata: json(metadataOf("FP32")), infer });
      expect(await attempt(server.url)).toEqual(INPUT);
    },
  );

  test("has exact integers in every place, and is not mistaken by digits in strings", async () => {
    const long = '"datatype":"INT64","shape":[2,1],"data":[[-9007199254740993],[1]]';
    const text = '"datatype":"BYTES","shape":[1],"data":[",12345678901234567890,"]';
    const body = `{"outputs":[{"name":"y0",${long}},{"name":"y1",${text}}]}`;
    const metadata = json(metadataOf("INT64", "BYTES"));
    await using server = await scripted({ metadata, infer: { body } });
    expect(await attempt(server.url)).toEqual({
      y0: Tensor.from([[-9007199254740993n], [1n]]),
      y1: [",12345678901234567890,"],
    });
  });
});

describe("metadata", () => {
  test.each(METADATA)("are refused: %s", async (_name, metadata, detail) => {
    await using server = await scripted({ metadata });
    const refusal = await refusalOf(() => attempt(server.url));
    expect(refusal).toMatchObject({ code: "MODEL_FAILED", path: "" });
    const line = `GET ${server.url}/v2/models/m `;
    expect(refusal.detail.slice(0, line.length)).toBe(line);
    expect(refusal.detail.slice(line.length)).toContain(detail);
    expect(refusal.detail.length).toBeLessThan(800);
  });

  const NOT_READY: readonly [name: string, ready: Canned, detail: string][] = [
    ["by its status", { status: 400, body: "" }, ": status 400"],
    [
      "with a reason",
      { status: 503, ...json({ error: "loading" }) },
      ': status 503 saying "loading"',
    ],
    ["by its body", json({ name: "m", ready: false }), ""],
  ];

  test.each(NOT_READY)("say that the model is not ready: %s", async (_name, ready, detail) => {
    await using server = await scripted({ metadata: json(metadataOf("FP32")), ready });
    await expect(openInference(server.url, "m").open()).rejects.toMatchObject({
      code: "MODEL_FAILED",
      detail: `GET ${server.url}/v2/models/m/ready says that the model is not ready${detail}`,
    });
  });

  test.each([
    ["no such path", { status: 404, body: "" }, { status: 404, body: "" }],
    ["nothing", { body: "" }, { status: 500, body: "" }],
    ["no JSON", { body: "ready" }, json({ extensions: "binary_tensor_data" })],
  ])("may say %s of readiness and extensions: then it is JSON", async (_name, ready, server) => {
    const metadata = json(metadataOf("FP32"));
    await using peer = await scripted({ metadata, ready, server, infer: outputs(output()) });
    expect(await attempt(peer.url)).toEqual(INPUT);
    expect(peer.requests.at(-1)?.headers["content-type"]).toBe("application/json");
  });
});
