/**
 * More rows of `misfit.test.ts`: tensors, and what came instead of one.
 *
 * @module
 */

import { dict, list, tensor } from "../../src/contract/schema/schema.ts";
import type { Row } from "./misfit-rows.ts";
import { of } from "./schema-rows.ts";

const LOGITS = tensor("float32", ["batch", 10]);
const IMAGES = tensor("float32", ["batch", 3, 224, 224]);
const octets = (...values: number[]) => Uint8Array.from(values);

export const TENSORS: readonly Row[] = [
  [
    "float64 for float32",
    LOGITS,
    of("float64", [8, 10]),
    '$ wants float32 [batch, 10], got float64 [8, 10]; hint: new Tensor("float32", value.shape, Float32Array.from(value.data))',
  ],
  [
    "numbers for int64",
    tensor("int64", [null]),
    of("float64", [3]),
    '$ wants int64 [any], got float64 [3]; hint: new Tensor("int64", value.shape, BigInt64Array.from(value.data, BigInt))',
  ],
  [
    "int64 for int32",
    tensor("int32", [2]),
    of("int64", [2]),
    '$ wants int32 [2], got int64 [2]; hint: new Tensor("int32", value.shape, Int32Array.from(value.data, Number))',
  ],
  [
    "int64 for uint64",
    tensor("uint64", [2]),
    of("int64", [2]),
    '$ wants uint64 [2], got int64 [2]; hint: new Tensor("uint64", value.shape, BigUint64Array.from(value.data))',
  ],
  [
    "bfloat16 for float32",
    tensor("float32", [2]),
    of("bfloat16", [2]),
    '$ wants float32 [2], got bfloat16 [2]; hint: Tensor.from(value.tolist(), "float32")',
  ],
  [
    "float32 for float16",
    tensor("float16", [2]),
    of("float32", [2]),
    '$ wants float16 [2], got float32 [2]; hint: new Tensor("float16", value.shape, Float16Array.from(value.data))',
  ],
  [
    "one of two dtypes",
    { tensor: { dtype: ["float32", "float16"], shape: [1] } },
    of("int8", [1]),
    '$ wants float32 or float16 [1], got int8 [1]; hint: new Tensor("float32", value.shape, Float32Array.from(value.data))',
  ],
  [
    "NHWC for NCHW",
    IMAGES,
    of("float32", [1, 224, 224, 3]),
    "$ wants float32 [batch, 3, 224, 224], got float32 [1, 224, 224, 3]; hint: transpose to axes (0, 3, 1, 2), NHWC to NCHW",
  ],
  [
    "NCHW for NHWC",
    tensor("uint8", [null, 8, 8, 3]),
    of("uint8", [2, 3, 8, 8]),
    "$ wants uint8 [any, 8, 8, 3], got uint8 [2, 3, 8, 8]; hint: transpose to axes (0, 2, 3, 1), NCHW to NHWC",
  ],
  [
    "CHW for HWC",
    tensor("uint8", ["h", "w", 3]),
    of("uint8", [3, 8, 9]),
    "$ wants uint8 [h, w, 3], got uint8 [3, 8, 9]; hint: transpose to axes (1, 2, 0), CHW to HWC",
  ],
  [
    "rows for columns",
    tensor("float32", [10, 4]),
    of("float32", [4, 10]),
    "$ wants float32 [10, 4], got float32 [4, 10]; hint: transpose to axes (1, 0)",
  ],
  [
    "both dtype and axes",
    IMAGES,
    of("uint8", [1, 224, 224, 3]),
    "$ wants float32 [batch, 3, 224, 224], got uint8 [1, 224, 224, 3]; hint: transpose to axes (0, 3, 1, 2), NHWC to NCHW",
  ],
  [
    "one image for a batch",
    IMAGES,
    of("float32", [3, 224, 224]),
    "$ wants float32 [batch, 3, 224, 224], got float32 [3, 224, 224]; hint: add an axis of 1 in front",
  ],
  [
    "a batch of one for an image",
    tensor("float32", [10]),
    of("float32", [1, 10]),
    "$ wants float32 [10], got float32 [1, 10]; hint: drop the axis of 1 in front",
  ],
  [
    "an axis of 1 inside",
    LOGITS,
    of("float32", [8, 1, 10]),
    "$ wants float32 [batch, 10], got float32 [8, 1, 10]; hint: drop the axis of 1 at 1",
  ],
  [
    "an axis of 1 at the end",
    LOGITS,
    of("float32", [8, 10, 1]),
    "$ wants float32 [batch, 10], got float32 [8, 10, 1]; hint: drop the axis of 1 at 2",
  ],
  [
    "no axis of 1 at the end",
    tensor("float32", [8, 28, 28, 1]),
    of("float32", [8, 28, 28]),
    "$ wants float32 [8, 28, 28, 1], got float32 [8, 28, 28]; hint: add an axis of 1 at the end",
  ],
  [
    "flat elements",
    tensor("float32", [28, 28]),
    of("float32", [784]),
    "$ wants float32 [28, 28], got float32 [784]; hint: new Tensor(value.dtype, [28, 28], value.data)",
  ],
  [
    "nine classes for ten",
    LOGITS,
    of("float32", [8, 9]),
    "$ wants float32 [batch, 10], got float32 [8, 9]",
  ],
  ["no tensor but null", LOGITS, null, "$ wants float32 [batch, 10], got null"],
  [
    "no tensor but nothing",
    LOGITS,
    undefined,
    "$ wants float32 [batch, 10], got nothing; hint: return a value",
  ],
  [
    "a number for a tensor of rank 0",
    tensor("float32", []),
    0.5,
    '$ wants float32 [], got number 0.5; hint: Tensor.from(value, "float32")',
  ],
  [
    "an image's bytes",
    tensor("uint8", [2, 2]),
    octets(1, 2, 3, 4),
    '$ wants uint8 [2, 2], got bytes of length 4; hint: new Tensor("uint8", [2, 2], value)',
  ],
  [
    "bytes of another length",
    tensor("uint8", [2, 2]),
    octets(1, 2, 3),
    "$ wants uint8 [2, 2], got bytes of length 3",
  ],
  [
    "bytes of any length",
    tensor("uint8", ["n"]),
    octets(1, 2, 3),
    '$ wants uint8 [n], got bytes of length 3; hint: new Tensor("uint8", [value.length], value)',
  ],
  [
    "bytes for float32",
    tensor("float32", ["n"]),
    octets(1),
    "$ wants float32 [n], got bytes of length 1",
  ],
  [
    "nested lists",
    tensor("float32", ["n", 2]),
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    '$ wants float32 [n, 2], got list of shape [3, 2]; hint: Tensor.from(value, "float32")',
  ],
  [
    "a row for rows",
    tensor("float32", ["n", 2]),
    [1, 2],
    '$ wants float32 [n, 2], got list of 2; hint: Tensor.from([value], "float32")',
  ],
  [
    "one row too deep",
    tensor("int64", [2]),
    [[1, 2]],
    '$ wants int64 [2], got list of shape [1, 2]; hint: Tensor.from(value[0], "int64")',
  ],
  [
    "nested lists of other lengths",
    tensor("float32", ["n", 3]),
    [[1, 2]],
    "$ wants float32 [n, 3], got list of shape [1, 2]",
  ],
  [
    "nested lists the wrong way round",
    tensor("float32", [2, 3]),
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    '$ wants float32 [2, 3], got list of shape [3, 2]; hint: Tensor.from(value, "float32"), then transpose to axes (1, 0)',
  ],
  [
    "ragged rows",
    tensor("float32", ["n", 3]),
    [
      [1, 2, 3],
      [4, 5],
    ],
    "$ wants float32 [n, 3], got a ragged list: [0] has 3 items, [1] has 2; hint: pad or cut rows to one length",
  ],
  [
    "ragged rows deep inside",
    dict({ x: tensor("float32", [2, 2, 1]) }),
    {
      x: [
        [[1], [2]],
        [[1], []],
      ],
    },
    "$.x wants float32 [2, 2, 1], got a ragged list: [0][0] has 1 item, [1][1] has 0; hint: pad or cut rows to one length",
  ],
  [
    "numbers beside rows",
    tensor("float32", ["n", 1]),
    [[1], 2],
    "$ wants float32 [n, 1], got a ragged list: [0] is list, [1] is number; hint: pad or cut rows to one length",
  ],
  [
    "words in a list",
    tensor("float32", [2]),
    ["1", "2"],
    "$ wants float32 [2], got list of 2 of string",
  ],
  ["bigints for floats", tensor("float32", [1]), [1n], "$ wants float32 [1], got list of 1"],
  [
    "bigints for int64",
    tensor("int64", [1]),
    [1n],
    '$ wants int64 [1], got list of 1; hint: Tensor.from(value, "int64")',
  ],
  [
    "an empty list",
    tensor("float32", [null]),
    [],
    '$ wants float32 [any], got empty list; hint: Tensor.from(value, "float32")',
  ],
  [
    "an empty list for rows",
    tensor("float32", ["n", 4]),
    [],
    "$ wants float32 [n, 4], got empty list",
  ],
  [
    "batches that disagree",
    dict({ ids: tensor("int64", ["batch", "len"]), mask: tensor("bool", ["batch", "len"]) }),
    { ids: of("int64", [2, 7]), mask: of("bool", [2, 8]) },
    "$.mask wants len = 7 (bound by $.ids), got 8",
  ],
  [
    "items that disagree",
    list(tensor("float32", [1, "dim"])),
    [of("float32", [1, 4]), of("float32", [1, 4]), of("float32", [1, 5])],
    "$[2] wants dim = 4 (bound by $[0]), got 5",
  ],
];
