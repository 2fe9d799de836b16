// What servers answer that is not as the protocol says, and the text of the refusal.

import {
  bare,
  binary,
  type Canned,
  json,
  metadataOf,
  output,
  outputs,
  sized,
} from "./open-inference-script.ts";

/** One output as text: for what `JSON.stringify` cannot write. */
const literal = (text: string): Canned => ({ body: `{"outputs":[{"name":"y0",${text}}]}` });

const NOTHING = new Uint8Array(2 ** 22 + 4);

// What comes back from a run, and the text of the refusal behind the request's own line.
export const ANSWERS: readonly [name: string, answer: Canned, detail: string, datatype?: string][] =
  [
    ["no JSON", { body: "<html>" }, 'wants JSON, got "<html>"'],
    ["nothing", { body: "" }, "wants JSON, got nothing"],
    [
      "NaN as Triton writes it",
      { body: '{"outputs":[{"data":[1.0,NaN]}]}' },
      'wants JSON, got "{\\"outputs\\":[{\\"data\\":[1.0,NaN]}]}"; ' +
        "it holds NaN or an infinity, which only the binary form can carry",
    ],
    ["no UTF-8", { body: Uint8Array.of(0x22, 0xff, 0x22) }, "wants JSON in UTF-8, got other bytes"],
    ["a list", json([]), "wants {outputs: […]}, got empty list"],
    ["null", json(null), "wants {outputs: […]}, got null"],
    ["no outputs", json({}), "wants {outputs: […]}, got dict with no keys"],
    ["outputs that are a dict", json({ outputs: {} }), "wants {outputs: […]}, got dict with key"],
    ["deep lists", { body: "[".repeat(100_000) }, "wants JSON of at most 64 levels, got more"],
    [
      "a million lists",
      { body: `[${"[],".repeat(4_300_000)}[]]` },
      "wants JSON of at most 4194304",
    ],
    ["an output missing", outputs(), 'wants the outputs "y0", as its metadata say, got none'],
    [
      "another output",
      outputs(output({ name: "z" })),
      'wants the outputs "y0", as its metadata say, got "z"',
    ],
    [
      "one output more",
      outputs(output(), output({ name: "z" })),
      'wants the outputs "y0", as its metadata say, got "y0", "z"',
    ],
    ["an output twice", outputs(output(), output()), 'gives output "y0" twice'],
    ["too many outputs", outputs(...Array(129).fill({})), "wants at most 128 outputs, got 129"],
    ["an output that is null", outputs(null), "wants a dict in outputs[0], got null"],
    ["no name", outputs(output({ name: 1 })), "wants a name of 1 to 256 characters in outputs[0]"],
    ["a name of 257", outputs(output({ name: "n".repeat(257) })), "wants a name of 1 to 256 char"],
    ["__proto__", outputs(output({ name: "__proto__" })), 'outputs[0].name, got "__proto__"'],
    ["no datatype", outputs(output({ datatype: "fp32" })), 'outputs[0].datatype, got "fp32"'],
    [
      "another datatype",
      outputs(output({ datatype: "FP64" })),
      "wants FP32 in outputs[0].datatype, as its metadata say, got FP64",
    ],
    [
      "no shape",
      outputs(output({ shape: 2 })),
      "wants a list of at most 32 axes in outputs[0].shape",
    ],
    [
      "33 axes",
      outputs(output({ shape: Array(33).fill(1) })),
      "at most 32 axes in outputs[0].shape",
    ],
    ["an axis of -1", outputs(output({ shape: [-1] })), "whole number in outputs[0].shape[0], got"],
    [
      "an axis of 1.5",
      outputs(output({ shape: [1.5] })),
      "whole number in outputs[0].shape[0], got",
    ],
    [
      "a shape beyond all numbers",
      outputs(output({ shape: Array(3).fill(2 ** 32 - 1) })),
      "wants a number of elements below 2^53 in outputs[0].shape",
    ],
    [
      "a shape of more than there is",
      outputs(output({ shape: [4_000_000_000] })),
      "wants 4000000000 elements, flat or nested as [4000000000], in outputs[0].data, got a list",
    ],
    [
      "no data",
      outputs(bare),
      "wants data or parameters.binary_data_size in outputs[0], got neither",
    ],
    [
      "data and a size",
      outputs(sized(8, { data: [1, 2] })),
      "wants data or parameters.binary_data_size in outputs[0], got both",
    ],
    ["data that is no list", outputs(output({ data: "1,2" })), "a list in outputs[0].data, got"],
    [
      "too little data",
      outputs(output({ data: [1] })),
      "wants 2 elements, flat or nested as [2], in",
    ],
    [
      "nested otherwise",
      outputs(output({ shape: [2, 2], data: [[1, 2, 3], [4]] })),
      "wants 4 elements, flat or nested as [2, 2], in outputs[0].data, got a list of 2",
    ],
    ["a list in flat data", outputs(output({ data: [1, [2]] })), "got list of 1 as element 1"],
    [
      "a string",
      outputs(output({ data: [1, "2"] })),
      'FP32 in outputs[0].data, got "2" as element 1',
    ],
    [
      "null for NaN",
      outputs(output({ data: [1, null] })),
      "got null as element 1; JSON has no NaN, only the binary form can carry it",
    ],
    ["beyond FP32", outputs(output({ data: [1, 1e39] })), "got number 1e+39 as element 1"],
    [
      "a size of -1",
      outputs(sized(-1)),
      "wants a whole number in outputs[0].parameters.binary_data",
    ],
    [
      "a size of text",
      outputs(sized("8")),
      "wants a whole number in outputs[0].parameters.binary_d",
    ],
    [
      "a size without bytes",
      outputs(sized(8)),
      "wants 8 bytes behind the JSON for outputs[0], got 0",
    ],
    [
      "a size of more than there is",
      binary({ outputs: [sized(2 ** 40)] }, Array(8).fill(0)),
      "wants 1099511627776 bytes behind the JSON for outputs[0], got 8",
    ],
    [
      "a size that is not the shape's",
      binary({ outputs: [sized(4)] }, Array(4).fill(0)),
      "wants 8 bytes for FP32 [2] in outputs[0], got 4",
    ],
    [
      "bytes left over",
      binary({ outputs: [sized(8)] }, Array(9).fill(0)),
      "wants 8 bytes behind the JSON, as its sizes say, got 9",
    ],
    [
      "a header beyond the body",
      binary({ outputs: [sized(8)] }, [], "999"),
      'wants Inference-Header-Content-Length within the 93 bytes of the body, got "999"',
    ],
    [
      "a header that is no number",
      binary({}, [], "-1"),
      'within the 2 bytes of the body, got "-1"',
    ],
    ["a header that cuts the JSON", binary({ outputs: [] }, [], "3"), 'wants JSON, got "{\\"o"'],
    ["256", outputs(output({ datatype: "UINT8", data: [1, 256] })), "UINT8 in outputs[0]", "UINT8"],
    [
      "-129",
      outputs(output({ datatype: "INT8", data: [1, -129] })),
      "INT8 in outputs[0].d",
      "INT8",
    ],
    [
      "1.5",
      outputs(output({ datatype: "INT32", data: [1, 1.5] })),
      "got number 1.5 as el",
      "INT32",
    ],
    [
      "2",
      outputs(output({ datatype: "BOOL", data: [true, 2] })),
      "got number 2 as element",
      "BOOL",
    ],
    [
      "2^63",
      literal('"datatype":"INT64","shape":[1],"data":[9223372036854775808]'),
      "wants elements of INT64 in outputs[0].data, got int64 9223372036854775808 as element 0",
      "INT64",
    ],
    [
      "a byte of 2",
      binary({ outputs: [sized(2, { datatype: "BOOL" })] }, [1, 2]),
      "wants bytes of 0 and 1 for BOOL in outputs[0], got others",
      "BOOL",
    ],
    [
      "an element that is cut",
      binary({ outputs: [sized(6, { datatype: "BYTES" })] }, [9, 0, 0, 0, 1, 1]),
      "wants 2 elements of BYTES in outputs[0], but element 0 wants 9 bytes",
      "BYTES",
    ],
    [
      "a length that is cut",
      binary({ outputs: [sized(6, { datatype: "BYTES" })] }, [0, 0, 0, 0, 1, 0]),
      "wants 2 elements of BYTES in outputs[0], but its last length is cut",
      "BYTES",
    ],
    [
      "too few elements",
      binary({ outputs: [sized(4, { datatype: "BYTES" })] }, [0, 0, 0, 0]),
      "wants 2 elements of BYTES in outputs[0], but there are 1 of 2 elements",
      "BYTES",
    ],
    [
      "too many elements",
      binary({ outputs: [sized(12, { datatype: "BYTES" })] }, Array(12).fill(0)),
      "wants 2 elements of BYTES in outputs[0], but there are more than 2 elements",
      "BYTES",
    ],
    [
      "a million elements of nothing",
      binary(
        { outputs: [sized(2 ** 22 + 4, { datatype: "BYTES", shape: [2 ** 20 + 1] })] },
        NOTHING,
      ),
      "wants 1048577 elements of BYTES in outputs[0], but there may be 1048576 at most",
      "BYTES",
    ],
    [
      "four billion rows of nothing",
      outputs(output({ datatype: "BYTES", shape: [4_000_000_000, 0], data: [] })),
      "wants fewer lists than BYTES [4000000000, 0] makes in outputs[0]",
      "BYTES",
    ],
    [
      "a number",
      outputs(output({ datatype: "BYTES" })),
      "strings in outputs[0].data, got",
      "BYTES",
    ],
  ];

const slot = (change: object) => ({
  ...metadataOf("FP32"),
  inputs: [{ name: "x", datatype: "FP32", shape: [-1], ...change }],
});

export const METADATA: readonly [name: string, metadata: Canned, detail: string][] = [
  ["no JSON", { body: "ok" }, 'wants JSON, got "ok"'],
  ["a list", json([]), "wants {name, platform, inputs, outputs}, got empty list"],
  [
    "over its bound",
    { body: " ".repeat(2 ** 20 + 1) },
    "an answer of at most 1048576 bytes, got more",
  ],
  ["inputs that are a dict", json({ inputs: {} }), "wants a list in inputs, got dict with no keys"],
  ["too many outputs", json({ outputs: Array(129) }), "wants at most 128 outputs, got 129"],
  [
    "an input that is a string",
    json({ inputs: ["x"] }),
    "wants {name, datatype, shape} in inputs[0]",
  ],
  [
    "an input twice",
    json({ ...metadataOf("FP32"), inputs: [slot({}).inputs[0], slot({}).inputs[0]] }),
    'names "x" twice in inputs',
  ],
  ["a name of no letters", json(slot({ name: "" })), 'characters in inputs[0].name, got ""'],
  ["a name that no dict has", json(slot({ name: "__proto__" })), 'inputs[0].name, got "__proto__"'],
  ["a name of half a letter", json(slot({ name: "\ud800" })), "characters in inputs[0].name, got"],
  [
    "Triton's own word",
    json(slot({ datatype: "TYPE_FP32" })),
    'inputs[0].datatype, got "TYPE_FP32"',
  ],
  ["a datatype of Object", json(slot({ datatype: "toString" })), 'datatype, got "toString"'],
  ["no shape", json(slot({ shape: null })), "wants a list of at most 32 axes in inputs[0].shape"],
  [
    "an axis of -2",
    json(slot({ shape: [1, -2] })),
    "whole number or -1 in inputs[0].shape[1], got",
  ],
  ["an axis of text", json(slot({ shape: ["n"] })), 'or -1 in inputs[0].shape[0], got "n"'],
  [
    "404",
    { status: 404, ...json({ error: "unknown model: 'm'" }) },
    "got 404 saying \"unknown model: 'm'\"",
  ],
  [
    "an error of two lines",
    { status: 400, ...json({ error: "a\n\u202eb" }) },
    'got 400 saying "a b"',
  ],
  [
    "FastAPI's",
    { status: 422, ...json({ detail: "no" }) },
    'wants status 200, got 422 saying "no"',
  ],
  ["no error", { status: 500, body: "<h1>" }, "wants status 200, got 500"],
  ["a long error", { status: 500, ...json({ error: "e".repeat(9999) }) }, "eee…"],
  ["a huge error", { status: 500, body: "e".repeat(2 ** 21) }, "wants status 200, got 500"],
  ["202", { status: 202, ...json(metadataOf("FP32")) }, "wants status 200, got 202"],
];
