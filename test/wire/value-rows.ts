// Values and their bytes, worked out by hand from the MessagePack spec and PROTOCOL.md.

import { type DType, DTYPE_NAMES, DTYPES, Tensor } from "../../src/contract/tensor.ts";
import { tensor } from "./bytes.ts";

/** A value, its bytes in hex, and what it is read as when that is something else. */
export type Row = readonly [name: string, value: unknown, hex: string, readAs?: unknown];

const times = (hex: string, count: number) => hex.replaceAll(" ", "").repeat(count);
const u32 = (value: number) => value.toString(16).padStart(8, "0");
const dictOf = (length: number, value: unknown = 0) =>
  Object.fromEntries(Array.from({ length }, (_, i) => [keyOf(i), value]));
const keyOf = (i: number) => `k${i.toString(16).padStart(5, "0")}`;
const keyHex = (i: number) => `a6${Buffer.from(keyOf(i)).toString("hex")}`;
const entries = (length: number, value = "00") =>
  Array.from({ length }, (_, i) => keyHex(i) + value).join("");

export const NUMBERS: readonly Row[] = [
  ["0", 0, "00"],
  ["127, the last positive fixint", 127, "7f"],
  ["128, the first uint 8", 128, "cc80"],
  ["255", 255, "ccff"],
  ["256", 256, "cd0100"],
  ["32767", 32767, "cd7fff"],
  ["32768", 32768, "cd8000"],
  ["65535", 65535, "cdffff"],
  ["65536", 65536, "ce00010000"],
  ["2^31-1", 2 ** 31 - 1, "ce7fffffff"],
  ["2^31", 2 ** 31, "ce80000000"],
  ["2^32-1", 2 ** 32 - 1, "ceffffffff"],
  ["2^32", 2 ** 32, "cb41f0000000000000"],
  ["2^53-1", 2 ** 53 - 1, "cb433fffffffffffff"],
  ["-1", -1, "ff"],
  ["-32, the last negative fixint", -32, "e0"],
  ["-33", -33, "d0df"],
  ["-128", -128, "d080"],
  ["-129", -129, "d1ff7f"],
  ["-32768", -32768, "d18000"],
  ["-32769", -32769, "d2ffff7fff"],
  ["-2^31", -(2 ** 31), "d280000000"],
  ["-2^31-1", -(2 ** 31) - 1, "cbc1e0000000200000"],
  ["-0", -0, "cb8000000000000000"],
  ["NaN", NaN, "cb7ff8000000000000"],
  ["Infinity", Infinity, "cb7ff0000000000000"],
  ["-Infinity", -Infinity, "cbfff0000000000000"],
  ["a fraction", 0.1, "cb3fb999999999999a"],
  ["the smallest number", 5e-324, "cb0000000000000001"],
  ["1e300", 1e300, "cb7e37e43c8800759c"],
  ["bigint 0", 0n, "d30000000000000000"],
  ["bigint -1", -1n, "d3ffffffffffffffff"],
  ["bigint 2^32", 2n ** 32n, "d30000000100000000"],
  ["bigint 2^63-1", 2n ** 63n - 1n, "d37fffffffffffffff"],
  ["bigint -2^63", -(2n ** 63n), "d38000000000000000"],
  ["null", null, "c0"],
  ["false", false, "c2"],
  ["true", true, "c3"],
];

export const TEXTS: readonly Row[] = [
  ["no text", "", "a0"],
  ["31 bytes", "a".repeat(31), `bf${times("61", 31)}`],
  ["32 bytes", "a".repeat(32), `d920${times("61", 32)}`],
  ["255 bytes", "a".repeat(255), `d9ff${times("61", 255)}`],
  ["256 bytes", "a".repeat(256), `da0100${times("61", 256)}`],
  ["65535 bytes", "a".repeat(65535), `daffff${times("61", 65535)}`],
  ["65536 bytes", "a".repeat(65536), `db00010000${times("61", 65536)}`],
  ["U+0000", "\0", "a100"],
  ["U+007F and U+0080", "\x7F\x80", "a37fc280"],
  ["U+07FF and U+0800", "\u07FF\u0800", "a5dfbfe0a080"],
  ["U+FFFF and U+10000", "\uFFFF\u{10000}", "a7efbfbff0908080"],
  ["U+10FFFF", "\u{10FFFF}", "a4f48fbfbf"],
  ["a byte order mark, which stays", "\uFEFFa", "a4efbbbf61"],
  ["U+FFFD itself", "\uFFFD", "a3efbfbd"],
  ["11 characters of 3 bytes", "€".repeat(11), `d921${times("e2 82 ac", 11)}`],
  ["a long text of both kinds", "aé".repeat(2000), `da1770${times("61 c3 a9", 2000)}`],
  ["pairs over the edge of a chunk", `a${"🐈".repeat(1500)}`, `da177161${times("f09f9088", 1500)}`],
];

const shared = Uint8Array.of(9, 1, 2, 9);

export const BYTES: readonly Row[] = [
  ["no bytes", new Uint8Array(0), "c400"],
  ["255 bytes", new Uint8Array(255), `c4ff${times("00", 255)}`],
  ["256 bytes", new Uint8Array(256), `c50100${times("00", 256)}`],
  ["65535 bytes", new Uint8Array(65535), `c5ffff${times("00", 65535)}`],
  ["65536 bytes", new Uint8Array(65536), `c600010000${times("00", 65536)}`],
  ["a view: only its bytes leave", shared.subarray(1, 3), "c4020102", Uint8Array.of(1, 2)],
  ["a Buffer", Buffer.from([1, 2]), "c4020102", Uint8Array.of(1, 2)],
  ["a Buffer of the pool", Buffer.from("hi"), "c4026869", Uint8Array.of(0x68, 0x69)],
  ["clamped bytes", Uint8ClampedArray.of(1, 2), "c4020102", Uint8Array.of(1, 2)],
  [
    "bytes in shared memory: a copy leaves",
    new Uint8Array(new SharedArrayBuffer(2)),
    "c4020000",
    new Uint8Array(2),
  ],
  [
    "a view on a buffer that may grow",
    new Uint8Array(new ArrayBuffer(2, { maxByteLength: 8 })),
    "c4020000",
    new Uint8Array(2),
  ],
];

const twice = { a: 1 };

export const TREES: readonly Row[] = [
  ["no list", [], "90"],
  ["15 values", Array(15).fill(0), `9f${times("00", 15)}`],
  ["16 values", Array(16).fill(0), `dc0010${times("00", 16)}`],
  ["65535 values", Array(65535).fill(0), `dcffff${times("00", 65535)}`],
  ["65536 values", Array(65536).fill(0), `dd00010000${times("00", 65536)}`],
  ["no dict", {}, "80"],
  ["15 keys", dictOf(15), `8f${entries(15)}`],
  ["16 keys", dictOf(16), `de0010${entries(16)}`],
  ["65535 keys", dictOf(65535), `deffff${entries(65535)}`],
  ["65536 keys", dictOf(65536), `df00010000${entries(65536)}`],
  ["a dict without prototype", Object.assign(Object.create(null), { a: 1 }), "81a16101", { a: 1 }],
  ["a Map", new Map([["a", 1]]), "81a16101", { a: 1 }],
  ["no Map", new Map(), "80", {}],
  [
    "a Map in a list in a dict",
    { m: [new Map([["k", [true]]])] },
    "81a16d9181a16b91c3",
    {
      m: [{ k: [true] }],
    },
  ],
  ["the same dict twice, which is no cycle", [twice, twice], "9281a1610181a16101"],
  [
    "keys of every object",
    { constructor: 1, toString: 2 },
    "82ab636f6e7374727563746f7201a8746f537472696e6702",
  ],
  ["the key of no letters", { "": null }, "81a0c0"],
  ["keys in their order", { b: 1, a: 2 }, "82a16201a16102"],
  ["a key of 32 bytes", { ["k".repeat(32)]: 0 }, `81d920${times("6b", 32)}00`],
  ["hidden keys stay", Object.defineProperty({ a: 1 }, "b", { value: 2 }), "81a16101", { a: 1 }],
  [
    "hidden symbols stay",
    Object.defineProperty({ a: 1 }, Symbol("s"), { value: 2 }),
    "81a16101",
    { a: 1 },
  ],
  ["names on a list stay", Object.assign([1], { b: 2 }), "9101", [1]],
  ["frozen ones", Object.freeze([Object.freeze({ a: 1 })]), "9181a16101"],
];

/** `undefined` leaves with its key; the head says the count that is left, in the width of the whole. */
export const LEFT_OUT: readonly Row[] = [1, 15, 16, 17, 65535, 65536].map((length) => {
  const most = { ...dictOf(length - 1), last: undefined };
  const left = length - 1;
  const head =
    length < 16
      ? (0x80 | left).toString(16)
      : length < 65536
        ? `de${left.toString(16).padStart(4, "0")}`
        : `df${u32(left)}`;
  return [`${length} keys, one undefined`, most, head + entries(left), dictOf(left)];
});

const ONES: Readonly<Record<DType, readonly [value: unknown, hex: string]>> = {
  float64: [1.5, "000000000000f83f"],
  float32: [1.5, "0000c03f"],
  float16: [1.5, "003e"],
  bfloat16: [0x3fc0, "c03f"],
  int64: [-2n, "feffffffffffffff"],
  int32: [-2, "feffffff"],
  int16: [-2, "feff"],
  int8: [-2, "fe"],
  uint64: [2n ** 64n - 1n, "ffffffffffffffff"],
  uint32: [2 ** 32 - 1, "ffffffff"],
  uint16: [65535, "ffff"],
  uint8: [255, "ff"],
  bool: [1, "01"],
};

const everyDtype = DTYPE_NAMES.flatMap((dtype, code): Row[] => {
  const [one, hex] = ONES[dtype];
  const head = code.toString(16).padStart(2, "0");
  const total = (axes: number, count: number) =>
    (4 + 4 * axes + count * DTYPES[dtype].bytes).toString(16).padStart(2, "0");
  return [
    [
      `${dtype} [2]`,
      tensor(dtype, [2], [one, one]),
      `c7${total(1, 2)}54${head}01000002000000${hex}${hex}`,
    ],
    [`${dtype} []`, tensor(dtype, [], [one]), `c7${total(0, 1)}54${head}000000${hex}`],
    [`${dtype} [0]`, tensor(dtype, [0], []), `c7${total(1, 0)}54${head}01000000000000`],
  ];
});

const room = new Uint8Array([9, 9, 9, 9, 0, 0, 0x80, 0x3f, 9, 9, 9, 9]);
const RANK32 = [...Array(31).fill(1), 2] as number[];

export const TENSORS: readonly Row[] = [
  ...everyDtype,
  [
    "rank 32",
    tensor("uint8", RANK32, [7, 8]),
    `c78654 0b200000${times("01000000", 31)}020000000708`,
  ],
  [
    "two axes, outermost first",
    tensor("int8", [2, 1], [1, 2]),
    "c70e54070200000200000001000000 0102",
  ],
  [
    "an empty axis among others",
    tensor("int8", [2, 0, 3], []),
    "c710540703000002000000 0000000003000000",
  ],
  [
    "axes whose product is beyond 2^53, times 0",
    tensor("int8", [2 ** 32 - 1, 2 ** 32 - 1, 0], []),
    "c71054 07030000 ffffffff ffffffff 00000000",
  ],
  [
    "247 bytes, the last ext 8",
    tensor("uint8", [247], Array(247).fill(1)),
    `c7ff540b010000f7000000${times("01", 247)}`,
  ],
  [
    "248 bytes, the first ext 16",
    tensor("uint8", [248], Array(248).fill(1)),
    `c80100540b010000f8000000${times("01", 248)}`,
  ],
  [
    "65528 bytes, the first ext 32",
    tensor("uint8", [65528], new Uint8Array(65528)),
    `c900010000540b010000f8ff0000${times("00", 65528)}`,
  ],
  [
    "a view in the middle of a buffer",
    new Tensor("float32", [1], new Float32Array(room.buffer, 4, 1)),
    "c70c5401010000010000000000803f",
    tensor("float32", [1], [1]),
  ],
  [
    "NaN and -0 inside",
    tensor("float32", [2], [NaN, -0]),
    "c7105401010000020000000000c07f00000080",
  ],
  [
    "one in a dict in a list",
    [{ t: tensor("bool", [1], [1]) }],
    "9181a174c709540c010000010000 0001",
  ],
  [
    "one behind an odd byte",
    ["a", tensor("float64", [1], [1])],
    "92a161c7105400010000 01000000000000000000f03f",
  ],
];
