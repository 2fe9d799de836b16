// Flows as models of the Open Inference Protocol: the specification's examples to the byte, every
// kind of value on its way out, and our own client as the peer.

import { Packr } from "msgpackr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Tensor } from "../../src/contract/tensor.ts";
import { openInference } from "../../src/flow/models/open-inference.ts";
import { type FlowRuntime, startRuntime } from "../../src/flow/runtime.ts";
import { made } from "../flow/onnx-models.ts";
import { plain } from "../flow/open-inference-served.ts";
import { flat, rowOf, rowsOf } from "../flow/xgboost-models.ts";
import { ask, json, KEY, openDoor, type TestDoor } from "./http-server.ts";

const packr = new Packr({ useRecords: false, variableMapSize: true });
const trees = rowOf("reg:squarederror");
const ROWS = rowsOf(trees).slice(0, 2);
const [firstRow = 0, secondRow = 0] = flat(trees.predict);

let runtime: FlowRuntime;
let door: TestDoor;
beforeAll(async () => {
  runtime = await startRuntime({ workers: 1 });
  door = await openDoor(runtime, { version: "1.2.3" });
  door.models.servers.push(door.url);
  const xgboost = trees.model;
  const rows = `(d) => ${JSON.stringify(ROWS)}`;
  await deploy("trees", { model: { xgboost } });
  // Whatever the flow is given, as text, so that a test sees what a hook sees.
  const seen = `(r, d) => {
    const show = (v) => v instanceof Tensor ? [v.dtype, v.shape, String(v.data)] : v;
    const dict = !(d instanceof Tensor) && !Array.isArray(d);
    return { seen: JSON.stringify(dict ? Object.fromEntries(Object.entries(d).map(([k, v]) => [k, show(v)])) : show(d)) };
  }`;
  await deploy("seen", { model: { xgboost }, pre: rows, post: seen });
  const example =
    "(r, d) => ({ output0: new Tensor('float32', [3, 2], new Float32Array([1, 1.1, 2, 2.1, 3, 3.1])) })";
  await deploy("mymodel", { model: { xgboost }, pre: rows, post: example });
  // What a test wants back is text in the flow's input.
  await deploy("eval", {
    model: { xgboost },
    pre: rows,
    post: "(r, d) => (0, eval)(`(${d.js[0]})`)",
  });
  await deploy("two", { model: { onnx: made("two outputs") } });
});
afterAll(async () => {
  await door[Symbol.asyncDispose]();
  await runtime.close();
});

async function deploy(name: string, stage: object): Promise<string> {
  const body = new Uint8Array(packr.pack({ name, stages: [stage] }));
  const headers = { "content-type": "application/msgpack", accept: "application/json" };
  const answer = await ask(door, "/v1/flows", { body, headers });
  const view = (await answer.json()) as { version: string };
  expect(answer.status, JSON.stringify(view)).toBe(201);
  return view.version;
}

const infer = (name: string, request: unknown) => json(door, `/v2/models/${name}/infer`, request);

describe("what a server says", () => {
  test("GET /v2 has the server's metadata, health needs no key", async () => {
    expect(await json(door, "/v2")).toEqual({
      ...{ status: 200 },
      body: { name: "bookend", version: "1.2.3", extensions: ["binary_tensor_data"] },
    });
    for (const path of ["/v2/health/live", "/v2/health/ready"]) {
      expect((await ask(door, path, { key: null })).status).toBe(200);
    }
    expect((await ask(door, "/v2", { key: null })).status).toBe(401);
  });

  // Axes by hand, from the models' own files: [batch, 4] and so on; what has no schema is left out.
  const METADATA: readonly [name: string, inputs: unknown, outputs: unknown][] = [
    [
      "trees",
      [{ name: "input", datatype: "FP32", shape: [-1, ROWS[0]?.length] }],
      [{ name: "output", datatype: "FP32", shape: [-1] }],
    ],
    [
      "two",
      [{ name: "input", datatype: "FP32", shape: [-1, -1] }],
      [
        { name: "sum", datatype: "FP32", shape: [-1] },
        { name: "largest", datatype: "INT64", shape: [-1] },
      ],
    ],
    ["seen", [], []],
  ];
  test.each(METADATA)(
    "GET /v2/models/%s has its inputs and outputs",
    async (name, inputs, outputs) => {
      const { status, body } = await json(door, `/v2/models/${name}`);
      expect({ status, body }).toEqual({
        ...{ status: 200 },
        body: {
          name,
          versions: [expect.stringMatching(/^[0-9a-f]{12}$/)],
          platform: "bookend",
          inputs,
          outputs,
        },
      });
      const [version] = body["versions"] as string[];
      expect(await json(door, `/v2/models/${name}/versions/${version}`)).toEqual({ status, body });
      const ready = await json(door, `/v2/models/${name}/versions/${version}/ready`);
      expect(ready).toEqual({ status: 200, body: { name, ready: true } });
    },
  );

  test("what hooks declare is what a flow takes and gives", async () => {
    const accepts = {
      type: "object",
      properties: {
        image: { tensor: { dtype: "uint8", shape: ["h", -1, 3] } },
        words: { type: "array", items: { type: "string" } },
      },
    };
    const returns = {
      type: "object",
      properties: {
        label: { type: "string" },
        scores: { type: "array", items: { type: "number" }, minItems: 3, maxItems: 3 },
      },
    };
    const pre = { source: `(d) => ${JSON.stringify(ROWS)}`, accepts };
    const post = { source: "(r) => ({ label: 'cat', scores: [1, 0, 0] })", returns };
    await deploy("declared", { model: { xgboost: trees.model }, pre, post });
    const { body } = await json(door, "/v2/models/declared");
    expect(body).toMatchObject({
      inputs: [
        { name: "image", datatype: "UINT8", shape: [-1, -1, 3] },
        { name: "words", datatype: "BYTES", shape: [-1] },
      ],
      outputs: [
        { name: "label", datatype: "BYTES", shape: [1] },
        { name: "scores", datatype: "FP64", shape: [3] },
      ],
    });
  });
});

describe("the specification's examples", () => {
  const EXAMPLE = {
    id: "42",
    inputs: [
      { name: "input0", shape: [2, 2], datatype: "UINT32", data: [1, 2, 3, 4] },
      { name: "input1", shape: [3], datatype: "BOOL", data: [true] as unknown },
    ],
    outputs: [{ name: "output0" }],
  };
  // The text leaves two of three out.
  if (EXAMPLE.inputs[1]) EXAMPLE.inputs[1].data = [true, false, true];

  test("the JSON request gets the JSON answer", async () => {
    const { status, body } = await infer("mymodel", EXAMPLE);
    const data = [1, 1.1, 2, 2.1, 3, 3.1].map(Math.fround);
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        ...{ model_name: "mymodel", id: "42" },
        outputs: [{ name: "output0", shape: [3, 2], datatype: "FP32", data }],
      },
    });
  });

  test("the hooks see its inputs as tensors by name", async () => {
    const { inputs } = EXAMPLE;
    for (const data of [
      [1, 2, 3, 4],
      [
        [1, 2],
        [3, 4],
      ],
    ]) {
      const { body } = await infer("seen", { inputs: [{ ...inputs[0], data }, inputs[1]] });
      const [output] = body["outputs"] as { data: string[] }[];
      expect(JSON.parse(output?.data[0] ?? "")).toEqual({
        ...{ input0: ["uint32", [2, 2], "1,2,3,4"], input1: ["bool", [3], "1,0,1"] },
      });
    }
  });

  test("the binary request, of 19 bytes behind its JSON, gets a binary answer", async () => {
    const head = {
      model_name: "mymodel",
      inputs: [
        { name: "input0", shape: [2, 2], datatype: "UINT32", parameters: { binary_data_size: 16 } },
        { name: "input1", shape: [3], datatype: "BOOL", parameters: { binary_data_size: 3 } },
      ],
      outputs: [{ name: "output0", parameters: { binary_data: true } }],
    };
    const text = Buffer.from(JSON.stringify(head));
    const rest = Buffer.from("01000000020000000300000004000000010001", "hex");
    const sent = (name: string, headers: Record<string, string>) =>
      ask(door, `/v2/models/${name}/infer`, {
        body: new Uint8Array(Buffer.concat([text, rest])),
        headers: { "inference-header-content-length": String(text.length), ...headers },
      });
    // Some clients say no type with it, one says that it is JSON.
    for (const type of ["application/octet-stream", "application/json", undefined]) {
      const headers = type === undefined ? {} : { "content-type": type };
      const answer = await sent("mymodel", headers);
      const body = Buffer.from(await answer.arrayBuffer());
      const length = Number(answer.headers.get("inference-header-content-length"));
      expect(answer.headers.get("content-type")).toBe("application/octet-stream");
      expect(JSON.parse(body.subarray(0, length).toString())).toEqual({
        model_name: "mymodel",
        outputs: [
          {
            name: "output0",
            shape: [3, 2],
            datatype: "FP32",
            parameters: { binary_data_size: 24 },
          },
        ],
      });
      // numpy: np.array([1, 1.1, 2, 2.1, 3, 3.1], "<f4").tobytes().hex()
      expect(body.subarray(length).toString("hex")).toBe(
        "0000803fcdcc8c3f00000040666606400000404066664640",
      );
    }
  });
});

describe("what comes out", () => {
  const tensor = (dtype: string, array: string) => `new Tensor('${dtype}', [2], new ${array})`;
  const str = { content_type: "str" };
  // What a hook returns, and the output without its name: by the table of inference-answer.ts.
  const VALUES: readonly [js: string, output: object][] = [
    [tensor("int8", "Int8Array([-1, 1])"), { datatype: "INT8", shape: [2], data: [-1, 1] }],
    [tensor("int64", "BigInt64Array([2n ** 62n, -1n])"), { datatype: "INT64", shape: [2] }],
    [tensor("bool", "Uint8Array([0, 7])"), { datatype: "BOOL", shape: [2], data: [false, true] }],
    ["[1, 0]", { datatype: "FP64", shape: [2], data: [1, 0] }],
    ["[[1, 2.5], [3, 4]]", { datatype: "FP64", shape: [2, 2], data: [1, 2.5, 3, 4] }],
    ["[]", { datatype: "FP64", shape: [0], data: [] }],
    ["7", { datatype: "FP64", shape: [1], data: [7] }],
    ["7n", { datatype: "INT64", shape: [1], data: [7] }],
    ["[true, false]", { datatype: "BOOL", shape: [2], data: [true, false] }],
    ["'é'", { datatype: "BYTES", shape: [1], parameters: str, data: ["é"] }],
    ["[['a', 'b']]", { datatype: "BYTES", shape: [1, 2], parameters: str, data: ["a", "b"] }],
    [
      "new Uint8Array([255, 0])",
      { datatype: "BYTES", shape: [1], parameters: { content_type: "base64" }, data: ["/wA="] },
    ],
    ["null", { datatype: "BYTES", shape: [1], parameters: str, data: ["null"] }],
    ["({ a: [1] })", { datatype: "BYTES", shape: [1], parameters: str, data: ['{"a":[1]}'] }],
    ["[[1], [2, 3]]", { datatype: "BYTES", shape: [1], parameters: str, data: ["[[1],[2,3]]"] }],
    ["[1, 'a']", { datatype: "BYTES", shape: [1], parameters: str, data: ['[1,"a"]'] }],
    ["[1, true]", { datatype: "BYTES", shape: [1], parameters: str, data: ["[1,true]"] }],
  ];
  const evaluated = (js: string, more: object = {}) =>
    infer("eval", { inputs: [{ name: "js", shape: [1], datatype: "BYTES", data: [js] }], ...more });

  test.each(VALUES)("%s is one output of a dict", async (js, output) => {
    const { status, body } = await evaluated(`{ x: ${js} }`);
    expect([status, body["outputs"]]).toMatchObject([200, [{ name: "x", ...output }]]);
  });

  test("what is no dict is the output `output`, and what is a dict one for each key", async () => {
    const { body } = await evaluated("[1, 2]");
    expect(body["outputs"]).toMatchObject([{ name: "output", datatype: "FP64", data: [1, 2] }]);
    const many = await evaluated("{ b: 1, a: 'x' }");
    expect(many.body["outputs"]).toMatchObject([{ name: "b" }, { name: "a" }]);
    const one = await evaluated("{ b: 1, a: 'x' }", { outputs: [{ name: "a" }] });
    expect(one.body["outputs"]).toMatchObject([{ name: "a", data: ["x"] }]);
  });

  test("an integer beyond 2^53 leaves with all its digits", async () => {
    const request = {
      inputs: [{ name: "js", shape: [1], datatype: "BYTES", data: ["{ x: 2n ** 62n + 1n }"] }],
    };
    const answer = await ask(door, "/v2/models/eval/infer", { body: JSON.stringify(request) });
    expect(await answer.text()).toContain('"data":[4611686018427387905]');
  });

  const REFUSED: readonly [js: string, detail: string][] = [
    ["{ x: [1, NaN] }", "x holds NaN or an infinity"],
    ["{ x: [Infinity] }", "x holds NaN or an infinity"],
    ["{ x: new Tensor('bfloat16', [1], new Uint16Array(1)) }", "x is BF16"],
  ];
  test.each(REFUSED)(
    "%s has no form in JSON, and is bytes where they are asked for",
    async (js, detail) => {
      expect(await evaluated(js)).toMatchObject({
        ...{ status: 422, body: { error: expect.stringContaining(detail) } },
      });
      const inputs = [{ name: "js", shape: [1], datatype: "BYTES", data: [js] }];
      const body = JSON.stringify({ inputs, parameters: { binary_data_output: true } });
      expect((await ask(door, "/v2/models/eval/infer", { body })).status).toBe(200);
    },
  );

  test("an output can be kept out of the bytes, and BYTES are lengths and elements in them", async () => {
    const request = {
      inputs: [{ name: "js", shape: [1], datatype: "BYTES", data: ["{ a: 1, b: ['xy', 'é'] }"] }],
      parameters: { binary_data_output: true },
      outputs: [{ name: "a", parameters: { binary_data: false } }, { name: "b" }],
    };
    const answer = await ask(door, "/v2/models/eval/infer", { body: JSON.stringify(request) });
    const body = Buffer.from(await answer.arrayBuffer());
    const length = Number(answer.headers.get("inference-header-content-length"));
    expect(JSON.parse(body.subarray(0, length).toString())).toMatchObject({
      outputs: [
        { name: "a", data: [1] },
        { name: "b", parameters: { binary_data_size: 12 } },
      ],
    });
    expect(body.subarray(length).toString("hex")).toBe("02000000787902000000c3a9");
  });
});

describe("what goes in", () => {
  test("one input called `input` is the value itself, another one is in a dict", async () => {
    const input = { shape: [2], datatype: "INT16", data: [1, -2] };
    const seen = async (name: string) => {
      const { body } = await infer("seen", { inputs: [{ name, ...input }] });
      const [output] = body["outputs"] as { data: string[] }[];
      return JSON.parse(output?.data[0] ?? "") as unknown;
    };
    expect(await seen("input")).toEqual(["int16", [2], "1,-2"]);
    expect(await seen("other")).toEqual({ other: ["int16", [2], "1,-2"] });
  });

  test("a model without hooks takes the tensor", async () => {
    const all = rowsOf(trees);
    const whole = all.findIndex((row) => row.every((cell) => Number.isFinite(cell)));
    const data = all[whole] ?? [];
    const input = { name: "input", shape: [1, data.length], datatype: "FP64", data };
    const { body } = await infer("trees", { inputs: [input] });
    expect(body["outputs"]).toEqual([
      expect.objectContaining({
        ...{ name: "output", shape: [1] },
        data: [expect.closeTo(flat(trees.predict)[whole] ?? NaN, 3)],
      }),
    ]);
  });

  const input = { name: "x", shape: [2], datatype: "INT8", data: [1, 2] };
  const REFUSED: readonly [says: string, request: unknown, error: string][] = [
    ["no dict", [], "wants {inputs: […]}"],
    ["no inputs", {}, "in inputs, got nothing"],
    ["an id that is none", { id: 7, inputs: [] }, "in id"],
    ["an input twice", { inputs: [input, input] }, "twice"],
    ["a datatype nobody knows", { inputs: [{ ...input, datatype: "INT4" }] }, "inputs[0].datatype"],
    ["a shape that does not fit", { inputs: [{ ...input, shape: [3] }] }, "inputs[0].data"],
    [
      "an element out of range",
      { inputs: [{ ...input, data: [1, 200] }] },
      "INT8 in inputs[0].data",
    ],
    ["neither data nor bytes", { inputs: [{ ...input, data: undefined }] }, "got neither"],
    [
      "bytes that are not there",
      { inputs: [{ ...input, data: undefined, parameters: { binary_data_size: 2 } }] },
      "wants 2 bytes",
    ],
    ["a shape that lies", { inputs: [{ ...input, shape: [2 ** 31, 2 ** 31] }] }, "2^53"],
    ["a name that is none", { inputs: [{ ...input, name: "__proto__" }] }, "inputs[0].name"],
    [
      "an output that is none",
      { inputs: [input], outputs: [{ name: "y" }] },
      'wants outputs of "seen"',
    ],
    ["a flag that is none", { inputs: [], parameters: { binary_data_output: 1 } }, "true or false"],
  ];
  test.each(REFUSED)("infer refuses %s with a sentence", async (_says, request, error) => {
    const { status, body } = await infer("seen", request);
    expect([status, body]).toEqual([400, { error: expect.stringContaining(error) as string }]);
  });

  test.each(["9999999", "-1", "x", "1.5"])("infer refuses a JSON of %s bytes", async (length) => {
    const headers = { "inference-header-content-length": length };
    const body = JSON.stringify({ inputs: [] });
    const answer = await ask(door, "/v2/models/seen/infer", { body, headers });
    expect([answer.status, await answer.json()]).toEqual([
      ...[400, { error: expect.stringContaining("Inference-Header-Content-Length") as string }],
    ]);
  });

  test("what the router or a flow refuses is a sentence, too", async () => {
    expect(await json(door, "/v2/models/none")).toMatchObject({
      ...{ status: 404, body: { error: expect.stringContaining("UNKNOWN_FLOW") } },
    });
    expect(Object.keys((await json(door, "/v2/nope")).body)).toEqual(["error"]);
    const inputs = [{ name: "js", shape: [1], datatype: "BYTES", data: ["d.no.no"] }];
    expect(await infer("eval", { inputs })).toMatchObject({
      ...{ status: 422, body: { error: expect.stringContaining("HOOK_THREW") } },
    });
    expect(await json(door, "/v2/models/seen/infer")).toMatchObject({ status: 405 });
  });
});

describe("our own client as the peer", () => {
  const headers = { authorization: `Bearer ${KEY}` };
  const ALL: readonly (readonly [string, Tensor])[] = [
    ["float64", Tensor.from([[1, -0, NaN]], "float64")],
    ["float32", Tensor.from([[1.5, -0, Infinity]], "float32")],
    ["float16", Tensor.from([[1.5, -0, NaN]], "float16")],
    ["int64", Tensor.from([[2n ** 63n - 1n, -1n, -(2n ** 63n)]], "int64")],
    ["int32", Tensor.from([[1, -1, -(2 ** 31)]], "int32")],
    ["uint64", Tensor.from([[0n, 1n, 2n ** 64n - 1n]], "uint64")],
    ["uint8", Tensor.from([[0, 1, 255]], "uint8")],
    ["bool", Tensor.from([[true, false, true]], "bool")],
  ];
  test.each(ALL)("a tensor of %s comes back as it went, as bytes", async (dtype, tensor) => {
    await deploy(`same-${dtype}`, { model: { onnx: made(`identity ${dtype}`) } });
    await using model = await openInference(door.url, `same-${dtype}`, { headers }).open();
    expect(model.input).toEqual(expect.objectContaining({ tensor: { dtype, shape: [null, 3] } }));
    expect(plain(await model.run(tensor))).toEqual(plain(tensor));
  });

  test("strings and tensors come by name", async () => {
    await using model = await openInference(door.url, "seen", { headers, binary: false }).open();
    const value = { words: [["a", "é"]], x: Tensor.from([1n], "int64") };
    const got = (await model.run(value)) as string[];
    expect(JSON.parse(got[0] ?? "")).toEqual({ words: [["a", "é"]], x: ["int64", [1], "1"] });
  });

  test("a flow has another flow as its model", async () => {
    await using keyless = await openDoor(runtime, { keyless: true });
    keyless.models.servers.push(keyless.url);
    const inner = { name: "inner", stages: [{ model: { xgboost: trees.model } }] };
    expect(await json(keyless, "/v1/flows", inner)).toMatchObject({ status: 201 });
    const model = { openInference: keyless.url, model: "inner" };
    // A missing value is NaN on its way, which only the binary form can carry.
    const pre = "(d) => Tensor.from(d.map((row) => row.map((cell) => cell ?? NaN)), 'float32')";
    const outer = { name: "outer", stages: [{ model, pre, post: "(r) => r.tolist()" }] };
    expect(await json(keyless, "/v1/flows", outer)).toMatchObject({ status: 201 });
    expect(ROWS.flat()).toContain(null);
    const { body } = await json(keyless, "/v1/flows/outer/run", { data: ROWS });
    expect(body["result"]).toEqual([expect.closeTo(firstRow, 3), expect.closeTo(secondRow, 3)]);
  });
});
