// Tensors to a server that was written from the specification and back, in both forms, against
// numpy's bytes; and what opening a model asks and learns.

import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { compileSchema } from "../../src/contract/schema/schema.ts";
import { type DType, DTYPES, Tensor, type TensorData } from "../../src/contract/tensor.ts";
import { openInference } from "../../src/flow/models/open-inference.ts";
import { type OipModel, startOipServer, startServer } from "./oip-server.ts";
import { identity, plain, served } from "./open-inference-served.ts";

interface Vector {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  /** The elements as numpy lays them out. */
  readonly hex: string;
  /** The elements as Python writes them, flat and nested; none where JSON has no form for them. */
  readonly json: string | null;
  readonly nested: string | null;
}

const VECTORS = JSON.parse(
  readFileSync(new URL("vectors/oip.json", import.meta.url), "utf8"),
) as Vector[];

const DTYPE: Readonly<Record<string, DType>> = {
  BOOL: "bool",
  UINT8: "uint8",
  UINT16: "uint16",
  UINT32: "uint32",
  UINT64: "uint64",
  INT8: "int8",
  INT16: "int16",
  INT32: "int32",
  INT64: "int64",
  FP16: "float16",
  BF16: "bfloat16",
  FP32: "float32",
  FP64: "float64",
};

/** The tensor's elements stand in the middle of other bytes, as those of a slice do. */
function tensorOf({ datatype, shape, hex }: Vector): Tensor {
  const dtype = DTYPE[datatype] as DType;
  const { array, bytes: elementBytes } = DTYPES[dtype];
  const { buffer } = Uint8Array.from(Buffer.from(`${"aa".repeat(8)}${hex}bbbb`, "hex"));
  const data = new array(buffer, 8, hex.length / 2 / elementBytes);
  return new Tensor(dtype, shape, data as TensorData);
}

/** A server that has the metadata of `model` and answers each run with these bytes. */
function cannedServer({ inputs, outputs }: OipModel, text: string) {
  return startServer(({ path }, response) => {
    if (path.endsWith("/infer")) response.end(text);
    else response.end(path === "/v2/models/m" ? JSON.stringify({ inputs, outputs }) : "{}");
  });
}

const VALUES = VECTORS.map((vector) => ({
  ...vector,
  title: `${vector.datatype}: ${vector.name}`,
}));

describe("each datatype there and back", () => {
  test.each(VALUES)("as bytes: $title", async (vector) => {
    const tensor = tensorOf(vector);
    const model = identity(vector.datatype, vector.shape.length);
    await served({ model, binary: true }, async (opened) => {
      expect(plain(await opened.run(tensor))).toEqual(plain(tensor));
    });
    expect(plain(tensor), "the value was changed").toEqual(plain(tensorOf(vector)));
  });

  const hasJson = ({ json, datatype }: Vector) => json !== null && datatype !== "FP16";

  test.each(VALUES.filter(hasJson))("as JSON: $title", async (vector) => {
    const tensor = tensorOf(vector);
    const model = identity(vector.datatype, vector.shape.length);
    await served({ model, binary: false }, async (opened) => {
      expect(plain(await opened.run(tensor))).toEqual(plain(tensor));
    });
  });

  test.each(VALUES.filter(({ json }) => json !== null))(
    "from Python's JSON, flat and nested: $title",
    async (vector) => {
      const { datatype, shape, json, nested } = vector;
      const model = { ...identity(datatype, shape.length), inputs: [] };
      for (const data of [json, nested]) {
        const output = `{"name":"y","datatype":"${datatype}","shape":[${shape}],"data":${data}}`;
        await using server = await cannedServer(model, `{"outputs":[${output}]}`);
        const opened = await openInference(server.url, "m").open();
        expect(plain(await opened.run({}))).toEqual(plain(tensorOf(vector)));
      }
    },
  );

  const isSpecial = ({ json, datatype }: Vector) => json === null && datatype.startsWith("FP");

  test.each(VALUES.filter((one) => isSpecial(one) && one.datatype !== "FP16"))(
    "refused as JSON: $title",
    async (vector) => {
      await served({ model: identity(vector.datatype, 1), binary: false }, async (opened) => {
        await expect(opened.run(tensorOf(vector))).rejects.toMatchObject({
          code: "INPUT_MISMATCH",
          path: "$",
          detail:
            "holds NaN as its element 0, which JSON has no form for; " +
            "it needs a server with binary_tensor_data",
        });
      });
    },
  );

  test.each(["FP16", "BF16"])("%s needs a server with the binary form", async (datatype) => {
    const models = { m: identity(datatype, 1) };
    await using server = await startOipServer({ models }, { binary: false });
    await expect(openInference(server.url, "m").open()).rejects.toMatchObject({
      code: "MODEL_FAILED",
      detail:
        `GET ${server.url}/v2/models/m says that "x" is ${datatype}, which JSON has no form for, ` +
        "and the server does not list binary_tensor_data",
    });
  });
});

test.each([true, false])(
  "any byte but 0 is true in a tensor of bool, binary: %s",
  async (binary) => {
    await served({ model: identity("BOOL", 1), binary }, async (opened) => {
      const result = await opened.run(new Tensor("bool", [3], Uint8Array.of(0, 1, 255)));
      expect(result).toEqual(Tensor.from([false, true, true]));
    });
  },
);

/** Adds up two inputs, and says what it did. */
const ADDER: OipModel = {
  inputs: [
    { name: "a", datatype: "FP32", shape: [-1, 2] },
    { name: "b", datatype: "INT64", shape: [2] },
  ],
  outputs: [
    { name: "sum", datatype: "FP64", shape: [-1, 2] },
    { name: "log", datatype: "BYTES", shape: [1] },
  ],
  run: ({ a, b }) => {
    const [left, right] = [a as Tensor<"float32">, b as Tensor<"int64">];
    const sum = Array.from(left.data, (one, i) => one + Number(right.data[i % 2]));
    const data = Float64Array.from(sum);
    return {
      sum: new Tensor("float64", left.shape, data),
      log: { shape: [1], elements: [Buffer.from("added")] },
    };
  },
};

describe("a model of several inputs and outputs", () => {
  test.each([true, false])("takes and gives dicts by name, binary: %s", async (binary) => {
    await served({ model: ADDER, binary }, async (opened) => {
      expect(opened.input).toEqual({
        type: "object",
        properties: {
          a: { tensor: { dtype: "float32", shape: [null, 2] } },
          b: { tensor: { dtype: "int64", shape: [2] } },
        },
        required: ["a", "b"],
        additionalProperties: false,
      });
      const a = Tensor.from(
        [
          [1.5, 2],
          [3, 4],
        ],
        "float32",
      );
      const result = await opened.run({ a, b: Tensor.from([10n, 20n]) });
      expect(result).toEqual({
        sum: Tensor.from([
          [11.5, 22],
          [13, 24],
        ]),
        log: ["added"],
      });
      compileSchema(opened.output, "output")(result, { code: "OUTPUT_MISMATCH" });
    });
  });

  const MISFITS: readonly [name: string, value: unknown, path: string, detail: string][] = [
    ["no dict", Tensor.from([1]), "$", 'wants a dict of the model\'s inputs "a", "b", got tensor'],
    ["one missing", { a: Tensor.from([1], "float32") }, "$.b", "wants a tensor of int64, got"],
    ["one more", { a: 1, b: 1, c: 1 }, "$.c", "is no input of the model"],
    ["another dtype", { a: Tensor.from([1]), b: 1 }, "$.a", "float32, got tensor float64 [1]"],
  ];

  test.each(MISFITS)("refuses %s", async (_name, value, path, detail) => {
    await served({ model: ADDER, binary: true }, async (opened) => {
      await expect(opened.run(value)).rejects.toMatchObject({
        code: "INPUT_MISMATCH",
        path,
        detail: expect.stringContaining(detail),
      });
    });
  });
});

describe("opening", () => {
  test("name says the kind, the model and the place", () => {
    const model = openInference("http://localhost:8000/prefix/?key=hidden", "digits");
    expect(model.name).toBe("open-inference digits at http://localhost:8000/prefix");
  });

  test("the schema of one input is that of the value itself", async () => {
    await served({ model: identity("BYTES", 1), binary: false }, async (opened) => {
      const element = { anyOf: [{ type: "string" }, { bytes: true }] };
      expect(opened.input).toEqual({ type: "array", items: element });
      expect(opened.output).toEqual({ type: "array", items: element });
    });
  });

  test("the schema of BYTES has a list for each axis, outermost first", async () => {
    const model = { ...identity("BYTES", 0), run: () => ({}) };
    const inputs = [{ name: "x", datatype: "BYTES", shape: [-1, 2] }];
    await served({ model: { ...model, inputs }, binary: false }, async (opened) => {
      const element = { anyOf: [{ type: "string" }, { bytes: true }] };
      const row = { type: "array", items: element, minItems: 2, maxItems: 2 };
      expect(opened.input).toEqual({ type: "array", items: row });
      expect(opened.output).toEqual(element);
    });
  });

  test("the name, the version and the query of the URL are in each path", async () => {
    await using server = await startServer((_request, response) => void response.end("{}"));
    const url = `${server.url}/gateway/?key=k%20k`;
    await openInference(url, "a/b ü", { version: "v 1" }).open();
    const model = "/gateway/v2/models/a%2Fb%20%C3%BC/versions/v%201";
    expect(server.requests.map(({ path }) => path)).toEqual([
      `${model}?key=k%20k`,
      `${model}/ready?key=k%20k`,
      "/gateway/v2?key=k%20k",
    ]);
  });

  test("headers go out with each request", async () => {
    await using server = await startOipServer({ models: { m: ADDER } }, { binary: true });
    const options = { headers: { Authorization: "Bearer abcdef" } };
    await openInference(new URL(server.url), "m", options).open();
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(
      Array.from({ length: 3 }, () => "Bearer abcdef"),
    );
  });

  test("binary: true and false go before what the server lists", async () => {
    for (const binary of [true, false]) {
      await using server = await startOipServer({ models: { m: ADDER } }, { binary: true });
      const opened = await openInference(server.url, "m", { binary }).open();
      await opened.run({ a: Tensor.from([[1, 2]], "float32"), b: Tensor.from([1n, 2n]) });
      expect(server.requests.map(({ path }) => path)).not.toContain("/v2");
      const type = binary ? "application/octet-stream" : "application/json";
      expect(server.requests.at(-1)?.headers["content-type"]).toBe(type);
    }
  });

  test("a model that says neither inputs nor outputs takes tensors by name", async () => {
    await using server = await startServer(({ path, body }, response) => {
      if (!path.endsWith("/infer")) return void response.end(JSON.stringify({ name: "m" }));
      const { id, inputs } = JSON.parse(body.toString()) as { id: string; inputs: unknown[] };
      response.end(JSON.stringify({ id, outputs: inputs }));
    });
    const opened = await openInference(server.url, "m").open();
    expect([opened.input, opened.output]).toEqual([undefined, undefined]);
    const image = Tensor.from([[1, 2]], "uint8");
    expect(await opened.run({ image })).toEqual(image);
    expect(await opened.run({ image, words: ["a"] })).toEqual({ image, words: ["a"] });
    await expect(opened.run(image)).rejects.toMatchObject({ code: "INPUT_MISMATCH", path: "$" });
    const half = new Tensor("float16", [1], new Float16Array([1]));
    await expect(opened.run({ half })).rejects.toMatchObject({
      code: "INPUT_MISMATCH",
      path: "$.half",
      detail: "is FP16, which JSON has no form for; it needs a server with binary_tensor_data",
    });
  });

  test("runs may overlap, and each gets its own answer", async () => {
    await served({ model: identity("INT32", 1), binary: true }, async (opened) => {
      const tensors = Array.from({ length: 20 }, (_, i) => Tensor.from([i], "int32"));
      expect(await Promise.all(tensors.map((one) => opened.run(one)))).toEqual(tensors);
    });
  });
});
