// Layouts of Python's arrays, to the byte: worked out by hand from the MessagePack specification and
// from what msgpack-numpy 0.4.8 and openpi write.

import type { Tensor } from "../../src/contract/tensor.ts";
import { tensor } from "../wire/bytes.ts";

// Keys, as bytes (bin 8) and as texts (fixstr).
const ND = "c4026e64";
const TYPE = "c40474797065";
const KIND = "c4046b696e64";
const SHAPE = "c4057368617065";
const DATA = "c40464617461";
const ARRAY = "c40b5f5f6e6461727261795f5f";
const GENERIC = "c40d5f5f6e7067656e657269635f5f";
const DTYPE = "c4056474797065";
const COMPLEX = "c407636f6d706c6578";
const TEXT = { ND: "a26e64", TYPE: "a474797065", SHAPE: "a57368617065", DATA: "a464617461" };

/** An array of msgpack-numpy: the type as a text, the shape and the data as MessagePack. */
export function array(type: string, shape: string, data: string): string {
  return `85 ${ND} c3 ${TYPE} ${text(type)} ${KIND} c400 ${SHAPE} ${shape} ${DATA} ${data}`;
}

function scalar(type: string, data: string): string {
  const length = (data.length / 2).toString(16).padStart(2, "0");
  return `83 ${ND} c2 ${TYPE} ${text(type)} ${DATA} c4 ${length} ${data}`;
}

function text(value: string): string {
  return (0xa0 | value.length).toString(16) + Buffer.from(value, "latin1").toString("hex");
}

// The array that most rows are a change of: float32 [1.5, -2].
const FLOATS = array("<f4", "91 02", "c4 08 0000c03f 000000c0");
const FLOATS_READ = tensor("float32", [2], [1.5, -2]);

/** What is read: its name, the bytes, the value, and where it is told, the bytes that it becomes. */
export type ReadRow = readonly [name: string, hex: string, value: unknown, becomes?: string];

export const ARRAYS: readonly ReadRow[] = [
  ["float32", FLOATS, FLOATS_READ, "c7 10 54 01 01 0000 02000000 0000c03f 000000c0"],
  [
    "the bytes that were measured of Python",
    "81 a1 78 85 c4 02 6e 64 c3 c4 04 74 79 70 65 a3 3c 66 34 c4 04 6b 69 6e 64 c4 00 " +
      "c4 05 73 68 61 70 65 92 02 01 c4 04 64 61 74 61 c4 08 00 00 80 3f 00 00 00 40",
    { x: tensor("float32", [2, 1], [1, 2]) },
  ],
  ["float64", array("<f8", "91 01", "c4 08 000000000000f83f"), tensor("float64", [1], [1.5])],
  ["float16", array("<f2", "91 01", "c4 02 003e"), tensor("float16", [1], [1.5])],
  ["bool", array("|b1", "91 02", "c4 02 0100"), tensor("bool", [2], [1, 0])],
  ["int8", array("|i1", "91 01", "c4 01 fe"), tensor("int8", [1], [-2])],
  ["uint8", array("|u1", "91 01", "c4 01 fe"), tensor("uint8", [1], [254])],
  ["int16", array("<i2", "91 01", "c4 02 feff"), tensor("int16", [1], [-2])],
  ["uint16", array("<u2", "91 01", "c4 02 feff"), tensor("uint16", [1], [65534])],
  ["int32", array("<i4", "91 01", "c4 04 feffffff"), tensor("int32", [1], [-2])],
  ["uint32", array("<u4", "91 01", "c4 04 feffffff"), tensor("uint32", [1], [4294967294])],
  ["int64", array("<i8", "91 01", "c4 08 feffffffffffffff"), tensor("int64", [1], [-2n])],
  [
    "uint64",
    array("<u8", "91 01", "c4 08 feffffffffffffff"),
    tensor("uint64", [1], [2n ** 64n - 2n]),
  ],
  ["a big-endian float32", array(">f4", "91 01", "c4 04 3fc00000"), tensor("float32", [1], [1.5])],
  [
    "a big-endian float64",
    array(">f8", "90", "c4 08 3ff8000000000000"),
    tensor("float64", [], [1.5]),
  ],
  [
    "a big-endian float16",
    array(">f2", "91 02", "c4 04 3e00 c000"),
    tensor("float16", [2], [1.5, -2]),
  ],
  [
    "a big-endian int64",
    array(">i8", "91 01", "c4 08 00000000000000ff"),
    tensor("int64", [1], [255n]),
  ],
  ["a big-endian uint16", array(">u2", "91 01", "c4 02 0102"), tensor("uint16", [1], [258])],
  [
    "a big-endian int8, which has no order",
    array(">i1", "91 01", "c4 01 fe"),
    tensor("int8", [1], [-2]),
  ],
  ["no order", array("f4", "91 01", "c4 04 0000c03f"), tensor("float32", [1], [1.5])],
  ["the name of a dtype", array("uint8", "91 01", "c4 01 07"), tensor("uint8", [1], [7])],
  [
    "bfloat16, which has a name only",
    array("bfloat16", "91 01", "c4 02 c03f"),
    tensor("bfloat16", [1], [0x3fc0]),
  ],
  [
    "no axes",
    array("<i4", "90", "c4 04 01000000"),
    tensor("int32", [], [1]),
    "c7 08 54 05 00 0000 01000000",
  ],
  ["an axis of 0", array("<i4", "92 03 00", "c4 00"), tensor("int32", [3, 0], [])],
  [
    "a long axis beside one of 0",
    array("<i4", "92 00 ce ffffffff", "c4 00"),
    tensor("int32", [0, 4294967295], []),
  ],
  [
    "eight axes, which take more than their dict",
    array("|u1", `98 ${"01".repeat(8)}`, "c4 01 07"),
    tensor("uint8", Array(8).fill(1), [7]),
  ],
  [
    "32 axes",
    array("|u1", `dc 0020 ${"01".repeat(32)}`, "c4 01 07"),
    tensor("uint8", Array(32).fill(1), [7]),
  ],
  [
    "axes in long forms",
    array("|u1", "94 cc01 cd0001 d001 cf0000000000000001", "c5 0001 07"),
    tensor("uint8", [1, 1, 1, 1], [7]),
  ],
  ["data in a long form", array("|u1", "91 01", "c6 00000001 07"), tensor("uint8", [1], [7])],
  [
    "no kind",
    `84 ${ND} c3 ${TYPE} a3 7c7531 ${SHAPE} 91 01 ${DATA} c4 01 07`,
    tensor("uint8", [1], [7]),
  ],
  [
    "keys in another order",
    `84 ${DATA} c4 01 07 ${SHAPE} 91 01 ${ND} c3 ${TYPE} a3 7c7531`,
    tensor("uint8", [1], [7]),
  ],
  [
    "the type as bytes",
    `84 ${ND} c3 ${TYPE} c4 03 7c7531 ${SHAPE} 91 01 ${DATA} c4 01 07`,
    tensor("uint8", [1], [7]),
  ],
  [
    "the head of a long dict",
    `de 0004 ${ND} c3 ${TYPE} a3 7c7531 ${SHAPE} 91 01 ${DATA} c4 01 07`,
    tensor("uint8", [1], [7]),
  ],
  [
    "keys and data as texts, as old clients write",
    `84 ${TEXT.ND} c3 ${TEXT.TYPE} a3 7c7531 ${TEXT.SHAPE} 91 02 ${TEXT.DATA} a2 ff00`,
    tensor("uint8", [2], [255, 0]),
  ],
  [
    "openpi's dialect",
    `84 ${ARRAY} c3 ${DATA} c4 02 0700 ${DTYPE} a3 3c6932 ${SHAPE} 91 01`,
    tensor("int16", [1], [7]),
  ],
  [
    "in lists and dicts, among others",
    `93 01 81 a1 61 92 ${FLOATS} c0 c4 01 ff`,
    [1, { a: [FLOATS_READ, null] }, Uint8Array.of(255)],
  ],
  [
    "in an ordinary dict that has a key of numpy's",
    `82 ${TEXT.SHAPE} 91 ${FLOATS} a0 c2`,
    { shape: [FLOATS_READ], "": false },
  ],
  ["two of them, one behind the other", `92 ${FLOATS} ${FLOATS}`, [FLOATS_READ, FLOATS_READ]],
  [
    "beside a tensor of ours",
    `92 c7 05 54 0c000000 01 ${FLOATS}`,
    [tensor("bool", [], [1]), FLOATS_READ],
  ],
];

export const SCALARS: readonly ReadRow[] = [
  ["true", scalar("|b1", "01"), true, "c3"],
  ["false", scalar("|b1", "00"), false, "c2"],
  ["int8", scalar("|i1", "80"), -128, "d0 80"],
  ["uint16", scalar("<u2", "ffff"), 65535, "cd ffff"],
  ["int32", scalar("<i4", "00000080"), -(2 ** 31), "d2 80000000"],
  ["the largest uint32", scalar("<u4", "ffffffff"), 2 ** 32 - 1, "ce ffffffff"],
  ["an int64 that fits 32 bits", scalar("<i8", "feffffffffffffff"), -2, "fe"],
  ["an int64 of 2^32", scalar("<i8", "0000000001000000"), 2n ** 32n, "d3 0000000100000000"],
  [
    "an int64 of -2^31 - 1",
    scalar("<i8", "ffffff7fffffffff"),
    -(2n ** 31n) - 1n,
    "d3 ffffffff7fffffff",
  ],
  [
    "a uint64 of 2^63 - 1",
    scalar("<u8", "ffffffffffffff7f"),
    2n ** 63n - 1n,
    "d3 7fffffffffffffff",
  ],
  ["a big-endian int16", scalar(">i2", "0102"), 258, "cd 0102"],
  [
    "a float32 that is no short decimal",
    scalar("<f4", "cdcccc3d"),
    0.10000000149011612,
    "cb 3fb99999a0000000",
  ],
  ["float64", scalar("<f8", "9a9999999999b93f"), 0.1, "cb 3fb999999999999a"],
  ["float16", scalar("<f2", "003e"), 1.5],
  ["a float64 of -0", scalar("<f8", "0000000000000080"), -0],
  ["a float32 that is no number", scalar("<f4", "0000c07f"), Number.NaN],
  [
    "openpi's number",
    `83 ${GENERIC} c3 ${DATA} cb 3ff8000000000000 ${DTYPE} a3 3c6634`,
    1.5,
    "cb 3ff8000000000000",
  ],
  ["openpi's boolean", `83 ${GENERIC} c3 ${DATA} c3 ${DTYPE} a3 7c6231`, true, "c3"],
  [
    "openpi's large integer",
    `83 ${GENERIC} c3 ${DATA} cf 0000000100000000 ${DTYPE} a3 3c6938`,
    2n ** 32n,
  ],
];

/** What looks like one of numpy's, and is none: left as it is. */
export const ORDINARY: readonly (readonly [name: string, hex: string])[] = [
  ["nothing at all", ""],
  ["a list", "92 01 a1 61"],
  [
    "a dict of the keys, and one more",
    `85 ${TEXT.ND} c3 ${TEXT.TYPE} a3 7c7531 ${TEXT.SHAPE} 91 01 ${TEXT.DATA} c4 01 07 a1 61 01`,
  ],
  ["a dict of the keys, but one", `83 ${TEXT.ND} c3 ${TEXT.TYPE} a3 7c7531 ${TEXT.SHAPE} 91 01`],
  [
    "a dict whose nd is a number",
    `84 ${TEXT.ND} 01 ${TEXT.TYPE} a3 7c7531 ${TEXT.SHAPE} 91 01 ${TEXT.DATA} c4 01 07`,
  ],
  [
    "a dict whose type is a word",
    `84 ${TEXT.ND} c3 ${TEXT.TYPE} a5 696d616765 ${TEXT.SHAPE} 91 01 ${TEXT.DATA} c4 01 07`,
  ],
  [
    "a dict whose shape is a word",
    `84 ${TEXT.ND} c3 ${TEXT.TYPE} a3 7c7531 ${TEXT.SHAPE} a1 61 ${TEXT.DATA} c4 01 07`,
  ],
  ["a dict whose data is a number", `83 ${TEXT.ND} c2 ${TEXT.TYPE} a3 7c7531 ${TEXT.DATA} 07`],
  ["a dict whose type is a list", `83 ${TEXT.ND} c2 ${TEXT.TYPE} 91 a1 61 ${TEXT.DATA} 07`],
  ["a dict of `complex` and `data`", "82 a7636f6d706c6578 c3 a464617461 a1 61"],
  ["the keys in a text", "ab 6e6420 74797065 20 646174"],
  ["the bytes of an array inside of bytes", `c4 31 ${FLOATS}`],
  ["a tensor of ours", "c7 05 54 0c000000 01"],
];

/** What is refused: its name, the bytes, where, and a part of what is said. */
export type RefusedRow = readonly [name: string, hex: string, path: string, detail: string];

const PICKLE = "object arrays are pickles and are never read: send lists, or an array of numbers";

export const REFUSED: readonly RefusedRow[] = [
  [
    "a pickle, as msgpack-numpy writes it",
    `85 ${ND} c3 ${TYPE} 91 92 a0 a2 7c4f ${KIND} c4 01 4f ${SHAPE} 91 01 ${DATA} c4 02 8002`,
    "byte 0",
    `got "|O"; ${PICKLE}`,
  ],
  [
    "a pickle with a plain type",
    array("|O", "91 01", "c4 02 8002"),
    "byte 0",
    `got "|O"; ${PICKLE}`,
  ],
  [
    "a pickle that says it by its kind only",
    `85 ${ND} c3 ${TYPE} a3 7c7531 ${KIND} c4 01 4f ${SHAPE} 91 01 ${DATA} c4 01 80`,
    "byte 0",
    `got kind "O"; ${PICKLE}`,
  ],
  [
    "a pickle whose keys are texts",
    `84 ${TEXT.ND} c3 ${TEXT.TYPE} 91 92 a0 a2 7c4f ${TEXT.SHAPE} 91 01 ${TEXT.DATA} a2 8002`,
    "byte 0",
    PICKLE,
  ],
  [
    "a structured array",
    `85 ${ND} c3 ${TYPE} 91 92 a1 61 a3 3c6634 ${KIND} c4 01 56 ${SHAPE} 91 01 ${DATA} c4 04 00000000`,
    "byte 0",
    "got a list of fields; structured arrays have no dtype here: send one array for each field",
  ],
  ["text", array("<U1", "91 01", "c4 04 61000000"), "byte 0", 'got "<U1"; arrays of text'],
  ["bytes of numpy", array("|S1", "91 01", "c4 01 61"), "byte 0", "arrays of bytes have no dtype"],
  ["dates", array("<M8[ns]", "91 00", "c4 00"), "byte 0", 'got "<M8[ns]"; dates have no dtype'],
  ["durations", array("<m8[25us]", "91 00", "c4 00"), "byte 0", "durations have no dtype"],
  ["complex numbers", array("<c8", "91 00", "c4 00"), "byte 0", "send array.real and array.imag"],
  ["long doubles", array("<f16", "91 00", "c4 00"), "byte 0", 'send array.astype("float64")'],
  [
    "an array of another's type",
    array("!x9", "91 00", "c4 00"),
    "byte 0",
    `such as "<f4", got "!x9"`,
  ],
  [
    "a complex scalar",
    `82 ${COMPLEX} c3 ${DATA} a6 28312b326a29`,
    "byte 0",
    "got a complex number",
  ],
  [
    "openpi's text",
    `83 ${GENERIC} c3 ${DATA} a1 61 ${DTYPE} a3 3c5531`,
    "byte 0",
    "arrays of text",
  ],
  [
    "openpi's number that is a list",
    `83 ${GENERIC} c3 ${DATA} 90 ${DTYPE} a3 3c6634`,
    "byte 0",
    "wants no list at data",
  ],
  [
    "openpi's number that is a text",
    `83 ${GENERIC} c3 ${DATA} a1 61 ${DTYPE} a3 3c6634`,
    "byte 0",
    "wants a number or a boolean at data",
  ],
  [
    "a byte too few",
    array("<f4", "91 02", "c4 07 00000000000000"),
    "byte 0",
    "wants 8 bytes at data for float32 of shape [2], got 7",
  ],
  [
    "a byte too many",
    array("|u1", "91 01", "c4 02 0000"),
    "byte 0",
    "wants 1 bytes at data for uint8 of shape [1], got 2",
  ],
  [
    "a byte in an array of none",
    array("|u1", "92 00 05", "c4 01 00"),
    "byte 0",
    "wants 0 bytes at data",
  ],
  [
    "axes whose product is beyond every integer",
    array("|u1", `9f ${"ce ffffffff".repeat(15)}`, "c4 01 00"),
    "byte 0",
    "bytes at data",
  ],
  [
    "axes whose product is a multiple of 2^64",
    array("|u1", "94 cd0100 ce01000000 ce01000000 cd0100", "c4 00"),
    "byte 0",
    "wants 18446744073709552000 bytes at data",
  ],
  [
    "an axis below 0",
    array("|u1", "92 ff ff", "c4 01 00"),
    "byte 0",
    "wants a list of whole numbers from 0",
  ],
  [
    "an axis of 2^32",
    array("|u1", "92 00 cf 0000000100000000", "c4 00"),
    "byte 0",
    "wants a list of whole numbers from 0",
  ],
  [
    "an axis that is a fraction",
    array("|u1", "91 cb 3ff0000000000000", "c4 01 00"),
    "byte 0",
    "wants a list of whole numbers from 0",
  ],
  [
    "an axis that is a list",
    array("|u1", "91 90", "c4 00"),
    "byte 0",
    "wants a list of whole numbers from 0",
  ],
  [
    "33 axes",
    array("|u1", `dc 0021 ${"01".repeat(33)}`, "c4 01 07"),
    "byte 0",
    "wants at most 32 axes, got 33",
  ],
  [
    "2^32 - 1 axes",
    array("|u1", "dd ffffffff", "c4 01 07"),
    "byte 0",
    "wants at most 32 axes, got 4294967295",
  ],
  [
    "a shape that is a number",
    array("|u1", "01", "c4 01 07"),
    "byte 0",
    "wants a list of whole numbers from 0",
  ],
  ["data that is a list", array("|u1", "91 01", "91 07"), "byte 0", "wants no list at data"],
  ["data that is a number", array("|u1", "91 01", "07"), "byte 0", "wants bytes at data"],
  ["data that is a dict", array("|u1", "91 01", "80"), "byte 0", "wants no dict at data"],
  [
    "an array without its shape",
    `83 ${ND} c3 ${TYPE} a3 7c7531 ${DATA} c4 01 07`,
    "byte 0",
    "wants the keys nd, type, kind, shape, data",
  ],
  [
    "a scalar with a shape",
    `84 ${ND} c2 ${TYPE} a3 7c7531 ${SHAPE} 90 ${DATA} c4 01 07`,
    "byte 0",
    "wants the keys nd, type, data",
  ],
  [
    "a key that numpy has not",
    `84 ${ND} c3 ${TYPE} a3 7c7531 ${SHAPE} 91 01 a1 61 01`,
    "byte 0",
    "wants numpy's keys only",
  ],
  [
    "a key twice",
    `84 ${ND} c3 ${ND} c3 ${SHAPE} 91 01 ${DATA} c4 01 07`,
    "byte 0",
    "wants numpy's keys only",
  ],
  [
    "an nd that is neither true nor false",
    `83 ${ND} 01 ${TYPE} a3 7c7531 ${DATA} c4 01 07`,
    "byte 0",
    "wants true or false at nd",
  ],
  [
    "a type that is a number",
    `83 ${ND} c2 ${TYPE} 07 ${DATA} c4 01 07`,
    "byte 0",
    "wants a text at type",
  ],
  [
    "a type that is long",
    `83 ${ND} c2 ${TYPE} d9 28 ${"61".repeat(40)} ${DATA} c4 01 07`,
    "byte 0",
    `got "${"a".repeat(24)}…"`,
  ],
  [
    "a scalar of two bytes that is to have one",
    scalar("|u1", "0707"),
    "byte 0",
    "wants 1 bytes at data for one uint8, got 2",
  ],
  [
    "a uint64 of 2^63",
    scalar("<u8", "0000000000000080"),
    "byte 0",
    "wants an integer that fits int64, got the uint64 9223372036854775808",
  ],
  ["the second of two", `92 ${FLOATS} ${array("<U1", "90", "c4 00")}`, "byte 50", "arrays of text"],
  [
    "an array, and then a text that is cut off",
    `92 ${FLOATS} a5 61`,
    "byte 50",
    "wants a whole value, got 2 bytes at the end",
  ],
];

/** What goes out: a tensor, and the bytes that msgpack-numpy would write for it. */
export const TENSORS: readonly (readonly [name: string, value: Tensor, numpy: string])[] = [
  ["float32", FLOATS_READ, FLOATS],
  ["float64", tensor("float64", [1], [1.5]), array("<f8", "91 01", "c4 08 000000000000f83f")],
  ["float16", tensor("float16", [1], [1.5]), array("<f2", "91 01", "c4 02 003e")],
  ["bfloat16, as float32", tensor("bfloat16", [2], [0x3fc0, 0xc000]), FLOATS],
  ["int64", tensor("int64", [1], [-2n]), array("<i8", "91 01", "c4 08 feffffffffffffff")],
  ["int32", tensor("int32", [1], [-2]), array("<i4", "91 01", "c4 04 feffffff")],
  ["int16", tensor("int16", [1], [-2]), array("<i2", "91 01", "c4 02 feff")],
  ["int8", tensor("int8", [1], [-2]), array("|i1", "91 01", "c4 01 fe")],
  ["uint64", tensor("uint64", [1], [2n]), array("<u8", "91 01", "c4 08 0200000000000000")],
  ["uint32", tensor("uint32", [1], [2]), array("<u4", "91 01", "c4 04 02000000")],
  ["uint16", tensor("uint16", [1], [2]), array("<u2", "91 01", "c4 02 0200")],
  ["uint8", tensor("uint8", [1], [2]), array("|u1", "91 01", "c4 01 02")],
  ["bool", tensor("bool", [2], [1, 0]), array("|b1", "91 02", "c4 02 0100")],
  ["no axes", tensor("uint8", [], [7]), array("|u1", "90", "c4 01 07")],
  ["no elements", tensor("int32", [3, 0], []), array("<i4", "92 03 00", "c4 00")],
  [
    "axes of 127, 128, 255, 256, 65535 and 65536",
    tensor("uint8", [127, 128, 255, 256, 65535, 65536, 0], []),
    array("|u1", "97 7f cc80 ccff cd0100 cdffff ce00010000 00", "c4 00"),
  ],
  [
    "15 axes",
    tensor("uint8", Array(15).fill(1), [7]),
    array("|u1", `9f ${"01".repeat(15)}`, "c4 01 07"),
  ],
  [
    "16 axes",
    tensor("uint8", Array(16).fill(1), [7]),
    array("|u1", `dc 0010 ${"01".repeat(16)}`, "c4 01 07"),
  ],
  [
    "255 bytes",
    tensor("uint8", [255], Array(255).fill(1)),
    array("|u1", "91 ccff", `c4 ff ${"01".repeat(255)}`),
  ],
  [
    "256 bytes",
    tensor("uint8", [256], Array(256).fill(1)),
    array("|u1", "91 cd0100", `c5 0100 ${"01".repeat(256)}`),
  ],
  [
    "65536 bytes",
    tensor("uint8", [65536], Array(65536).fill(1)),
    array("|u1", "91 ce00010000", `c6 00010000 ${"01".repeat(65536)}`),
  ],
];
