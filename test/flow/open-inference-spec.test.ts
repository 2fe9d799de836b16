// What goes over the wire, to the byte, against the examples of the specification.

import { describe, expect, test } from "vitest";

import { Tensor } from "../../src/contract/tensor.ts";
import { valueFrom } from "../../src/flow/models/open-inference/answer.ts";
import { writeRequest } from "../../src/flow/models/open-inference/request.ts";
import { plain } from "./open-inference-served.ts";

// The tensors of the examples: UINT32 [2, 2], BOOL [3] (the text leaves two of three out), and the
// FP32 [3, 2] that comes back.
const EXAMPLE_IN = {
  input0: Tensor.from(
    [
      [1, 2],
      [3, 4],
    ],
    "uint32",
  ),
  input1: Tensor.from([true, false, true]),
};
const EXAMPLE_OUT = Tensor.from(
  [
    [1, 1.1],
    [2, 2.1],
    [3, 3.1],
  ],
  "float32",
);

// As the specification prints it, with the comma that it forgets.
const EXAMPLE_ANSWER = `{
  "id" : "42",
  "outputs" : [
    {
      "name" : "output0",
      "shape" : [ 3, 2 ],
      "datatype"  : "FP32",
      "data" : [ 1.0, 1.1, 2.0, 2.1, 3.0, 3.1 ]
    }
  ]
}`;

const EXAMPLE_BINARY_ANSWER = `{
  "outputs" : [
    {
      "name" : "output0",
      "shape" : [ 3, 2 ],
      "datatype"  : "FP32",
      "parameters" : {
        "binary_data_size" : 24
      }
    }
  ]
}`;

const WORDS = {
  failed: (detail: string) => new Error(detail) as never,
  show: String,
  showNames: (names: Iterable<string>) => [...names].join(),
};

describe("the specification's examples", () => {
  test("writeRequest() writes the JSON of the request", () => {
    const { body, headers } = writeRequest(EXAMPLE_IN, {
      inputs: undefined,
      binary: false,
      id: "42",
    });
    expect(Buffer.from(body).toString()).toBe(
      '{"id":"42","inputs":[' +
        '{"name":"input0","shape":[2,2],"datatype":"UINT32","data":[1,2,3,4]},' +
        '{"name":"input1","shape":[3],"datatype":"BOOL","data":[true,false,true]}]}',
    );
    expect(headers).toEqual({ "content-type": "application/json" });
  });

  test("writeRequest() writes 19 bytes behind the JSON of the binary request", () => {
    const { body, headers } = writeRequest(EXAMPLE_IN, {
      inputs: undefined,
      binary: true,
      id: "42",
    });
    const json =
      '{"id":"42","parameters":{"binary_data_output":true},"inputs":[' +
      '{"name":"input0","shape":[2,2],"datatype":"UINT32","parameters":{"binary_data_size":16}},' +
      '{"name":"input1","shape":[3],"datatype":"BOOL","parameters":{"binary_data_size":3}}]}';
    expect(body.length).toBe(json.length + 19);
    expect(Buffer.from(body.subarray(0, json.length)).toString()).toBe(json);
    expect(Buffer.from(body.subarray(json.length)).toString("hex")).toBe(
      "01000000020000000300000004000000010001",
    );
    expect(headers).toEqual({
      "content-type": "application/octet-stream",
      "inference-header-content-length": String(json.length),
    });
  });

  test("valueFrom() reads the JSON of the answer", () => {
    const answer = {
      status: 200,
      body: Buffer.from(EXAMPLE_ANSWER),
      jsonBytes: null,
      words: WORDS,
    };
    const expected = { outputs: undefined, text: true };
    expect(plain(valueFrom(answer, expected))).toEqual(plain(EXAMPLE_OUT));
  });

  test.each([0, 1, 2, 3])("valueFrom() reads the binary answer, %i bytes further on", (more) => {
    const json = Buffer.from(EXAMPLE_BINARY_ANSWER + " ".repeat(more));
    // numpy: np.array([1, 1.1, 2, 2.1, 3, 3.1], "<f4").tobytes().hex()
    const rest = Buffer.from("0000803fcdcc8c3f00000040666606400000404066664640", "hex");
    const jsonBytes = String(json.length);
    const answer = { status: 200, body: Buffer.concat([json, rest]), jsonBytes, words: WORDS };
    const expected = { outputs: undefined, text: true };
    expect(plain(valueFrom(answer, expected))).toEqual(plain(EXAMPLE_OUT));
  });

  test("BYTES are lengths of 4 bytes, little-endian, each before its element", () => {
    const form = { inputs: undefined, binary: true, id: "1" };
    const { body } = writeRequest({ x: ["ab", "", "é"] }, form);
    expect(Buffer.from(body.subarray(-16)).toString("hex")).toBe(
      "0200000061620000000002000000c3a9",
    );
  });
});
