// Hostile frames: what scan() refuses, where, and that what it passes always decodes.

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { decode } from "../../src/wire/decode.ts";
import { Encoder } from "../../src/wire/encode.ts";
import { scan } from "../../src/wire/scan.ts";
import { readText } from "../../src/wire/text.ts";
import {
  encode,
  ENCODE_RULES,
  fromHex,
  isTaken,
  readings,
  refusalOf,
  SCAN_RULES,
  tensor,
} from "./bytes.ts";
import { BYTES, LEFT_OUT, NUMBERS, TENSORS, TEXTS, TREES } from "./value-rows.ts";

type Row = readonly [
  name: string,
  frame: string | Uint8Array,
  at: number,
  detail: string,
  code?: string,
];

const repeated = (part: string, times: number, end = "") => fromHex(part.repeat(times) + end);
const filled = (head: string, count: number, byte = 0xc0) =>
  Buffer.concat([fromHex(head), Buffer.alloc(count, byte)]);
const LARGE = "INPUT_TOO_LARGE";
const axes = (...lengths: number[]) =>
  lengths.map((axis) => Buffer.from(Uint32Array.of(axis).buffer).toString("hex")).join("");
/** A tensor whose parts may lie: code of its dtype, rank, axes and data as hex. */
const lying = (code: number, rank: number, rest: string) => {
  const body = `${code.toString(16).padStart(2, "0")}${rank.toString(16).padStart(2, "0")}0000${rest}`;
  return `c8${(body.length / 2).toString(16).padStart(4, "0")}54${body}`;
};

const FRAMES: readonly Row[] = [
  ["P1: a million lists", repeated("91", 1e6, "c0"), 65, "64 levels (limits.depth)", LARGE],
  ["P1: 200 000 dicts", repeated("81a161", 2e5, "c0"), 193, "64 levels (limits.depth)", LARGE],
  ["P2: a list of 2^32-1", "ddffffffff01", 5, "wants 4294967295 values, got fewer"],
  ["P2: a dict of 2^32-1", "dfffffffff01", 5, "wants 8589934590 values, got fewer"],
  ["P2: a text of 2^32-1", "dbffffffff61", 5, "wants 4294967295 bytes of a string, got 1"],
  ["P2: bytes of 2^32-1", "c6ffffffff00", 5, "wants 4294967295 bytes of bytes, got 1"],
  ["P2: an ext of 2^32-1", "c9ffffffff54", 6, "wants 4294967295 bytes of a tensor, got 0"],
  [
    "P3: 16 million nils",
    filled("dd00ffffff", 0xffffff),
    5,
    "1000000 values (limits.nodes)",
    LARGE,
  ],
  ["P3: many small lists", filled("dd000f4240", 1e6, 0x90), 5, "(limits.nodes)", LARGE],
  [
    "P5: a cycle of msgpackr's ids",
    "d6690000000191d67000000001",
    1,
    "no extension but the tensor (84), got 105",
  ],
  ["P6: a RegExp of msgpackr", "d4780092d90a5e28612b292b2478797aa0", 0, "got 0xd4"],
  ["P6: a RegExp in a longer ext", "c7017800", 2, "got 120"],
  ["P8: a record definition", "d4724091a16101", 0, "got 0xd4"],
  ["P8: a record definition as ext 8", "c7017240", 2, "got 114"],
  ["fixext 2", "d5540000", 0, "got 0xd5"],
  ["a date, ext -1", "d6ff00000000", 1, "got 255"],
  ["a date of 12 bytes", `c70cff${"00".repeat(12)}`, 2, "got 255"],
  ["a structured clone's Set", "c70073", 2, "got 115"],
  ["P10: a list as key", "819001", 1, "a string as the key of a dict"],
  ["P10: a number as key", "810101", 1, "a string as the key"],
  ["P10: null as key", "81c001", 1, "a string as the key"],
  ["P10: bytes as key", "81c4016101", 1, "a string as the key"],
  ["a number as the second key", "82a161010203", 4, "a string as the key"],
  ["a number as key behind a nested dict", "82a16181a162010101", 7, "a string as the key"],
  ["P10: __proto__", "81a95f5f70726f746f5f5f01", 2, "no key `__proto__`"],
  ["__proto__ as str 8", "81d9095f5f70726f746f5f5f01", 3, "no key `__proto__`"],
  ["__proto__ as str 32, deep", "9181db000000095f5f70726f746f5f5f01", 7, "no key `__proto__`"],
  ["P11: uint64 2^63", "cf8000000000000000", 1, "fits int64"],
  ["P11: uint64 2^64-1", "91cfffffffffffffffff", 2, "fits int64"],
  ["P11: no UTF-8", "a2fffe", 1, "UTF-8"],
  ["half of a pair", "a3eda080", 1, "UTF-8"],
  ["a long form", "a2c080", 1, "UTF-8"],
  ["beyond U+10FFFF", "a4f4908080", 1, "UTF-8"],
  ["text that ends in a sequence", "92a1e2a282ac", 2, "UTF-8"],
  ["no UTF-8 as a key", "81a1ff01", 2, "UTF-8"],
  ["P12: nothing", "", 0, "wants 1 bytes of a value, got 0"],
  ["P12: two values", "c0c0", 1, "wants one value, got 1 bytes behind it"],
  ["P12: rest behind a list", "9101c1c1", 2, "got 2 bytes behind it"],
  ["the byte that is none", "c1", 0, "got 0xc1"],
  ["that byte in a list", "9201c1", 2, "got 0xc1"],
  ["ext of no bytes", "c70054", 3, "at least 4 bytes in a tensor, got 0"],
  ["a tensor of 3 bytes", "c703540b0000", 3, "at least 4 bytes in a tensor, got 3"],
  ["dtype 13", lying(13, 0, "00"), 4, "a dtype of 0 to 12, got 13"],
  ["dtype 200", lying(200, 0, "00"), 4, "got 200"],
  ["rank 33", lying(11, 33, axes(...Array(33).fill(1)) + "00"), 5, "at most 32 axes, got 33"],
  ["rank 255", lying(11, 255, "00"), 5, "at most 32 axes, got 255"],
  ["the third byte", "c705540b00010000", 5, "two bytes of 0"],
  ["the fourth byte", "c705540b00000100", 5, "two bytes of 0"],
  ["axes that are not there", lying(11, 2, axes(1)), 8, "wants 2 axes in a tensor, got fewer"],
  ["an axis cut in half", lying(11, 1, "0000"), 8, "wants 1 axes"],
  ["a byte too few", lying(1, 1, `${axes(1)}000000`), 8, "wants 4 bytes in a tensor, got 3"],
  ["a byte too many", lying(1, 1, `${axes(1)}0000000000`), 8, "wants 4 bytes in a tensor, got 5"],
  ["no element for []", lying(11, 0, ""), 8, "wants 1 bytes in a tensor, got 0"],
  ["an element for [0]", lying(11, 1, `${axes(0)}00`), 8, "wants 0 bytes in a tensor, got 1"],
  ["2^16 x 2^16, which is 0 in 32 bits", lying(11, 2, axes(65536, 65536)), 8, "wants 4294967296"],
  [
    "2^32 x 2^32, which is 0 in 64 bits",
    lying(0, 3, axes(2 ** 31, 2 ** 31, 4)),
    8,
    "wants 147573952589676410000",
  ],
  ["beyond every number", lying(0, 32, axes(...Array(32).fill(2 ** 32 - 1))), 8, "wants Infinity"],
  [
    "two negative axes",
    lying(11, 2, `${axes(2 ** 32 - 1, 2 ** 32 - 1)}00`),
    8,
    "wants 18446744065119617000",
  ],
];

describe("scan() refuses", () => {
  for (const [name, frame, at, detail, code = "BAD_REQUEST"] of FRAMES) {
    test(name, () => {
      const bytes = typeof frame === "string" ? fromHex(frame) : frame;
      const refusal = refusalOf(() => scan(bytes, SCAN_RULES));
      expect(`${refusal.code} ${refusal.path}`).toBe(`${code} byte ${at}`);
      expect(refusal.detail).toContain(detail);
    });
  }

  // Long rows hold nothing that short ones do not; cutting them everywhere would take minutes.
  const whole = [...NUMBERS, ...TEXTS, ...BYTES, ...TREES, ...LEFT_OUT, ...TENSORS]
    .map(([name, , hex]) => [name, fromHex(hex)] as const)
    .filter(([, bytes]) => bytes.length < 600);
  for (const [name, bytes] of whole) {
    test(`every start and every longer form of ${name}`, () => {
      for (let end = 0; end < bytes.length; end++) {
        expect(isTaken(bytes.subarray(0, end)), `cut at ${end}`).toBe(false);
      }
      expect(isTaken(bytes)).toBe(true);
      expect(isTaken(Buffer.concat([bytes, fromHex("c0")]))).toBe(false);
    });
  }
});

describe("scan() takes", () => {
  const READ: readonly (readonly [name: string, hex: string, value: unknown])[] = [
    ["uint8 where a fixint would do", "cc01", 1],
    ["int64 0", "d30000000000000000", 0n],
    ["uint64 0", "cf0000000000000000", 0n],
    ["uint64 2^63-1", "cf7fffffffffffffff", 2n ** 63n - 1n],
    ["int8 100", "d064", 100],
    ["int16 -1", "d1ffff", -1],
    ["int32 -1", "d2ffffffff", -1],
    ["float32", "ca3fc00000", 1.5],
    ["float32 -0", "ca80000000", -0],
    ["float32 NaN", "ca7fc00000", Number.NaN],
    ["a NaN with its sign and bits", "cbfff8000000000123", Number.NaN],
    ["str 32 of one byte", "db0000000161", "a"],
    ["P10: equal keys, the last wins", "82a16101a16102", { a: 2 }],
    ["P10: constructor", "81ab636f6e7374727563746f7201", { constructor: 1 }],
    ["__proto__ as a value", "a95f5f70726f746f5f5f", "__proto__"],
    ["a key of that length", "81a95f5f70726f746f5f6001", { "__proto_`": 1 }],
    ["fixext 8", "d7540b01000000000000", tensor("uint8", [0], [])],
    [
      "fixext 16",
      `d8540b010000080000000102030405060708`,
      tensor("uint8", [8], [1, 2, 3, 4, 5, 6, 7, 8]),
    ],
    ["map 32 with no key", "df00000000", {}],
    ["bytes that are no UTF-8", "c402fffe", Uint8Array.of(255, 254)],
  ];
  for (const [name, hex, value] of READ) {
    test(name, () => {
      for (const read of readings(fromHex(hex))) expect(read).toStrictEqual(value);
    });
  }

  // A frame, how many nodes or levels it has.
  const EDGES: readonly (readonly [name: string, hex: string, nodes: number, levels: number])[] = [
    ["a number", "01", 1, 0],
    ["an empty list", "90", 1, 1],
    ["a list in a list", "92910102", 4, 2],
    ["a dict", "82a16101a16290", 5, 2],
    ["a tensor", "91c705540b00000001", 2, 1],
    ["siblings", "93919101910190", 7, 3],
  ];
  for (const [name, hex, nodesMax, depthMax] of EDGES) {
    test(`nodes and depth at the limit, not one over: ${name}`, () => {
      const bytes = fromHex(hex);
      expect(isTaken(bytes, { ...SCAN_RULES, nodesMax, depthMax })).toBe(true);
      const nodes = () => scan(bytes, { ...SCAN_RULES, nodesMax: nodesMax - 1 });
      expect(refusalOf(nodes).detail).toContain(`${nodesMax - 1} values (limits.nodes)`);
      if (depthMax === 0) return;
      const depth = () => scan(bytes, { ...SCAN_RULES, depthMax: depthMax - 1 });
      expect(refusalOf(depth)).toMatchObject({
        code: LARGE,
        detail: expect.stringContaining(`${depthMax - 1} levels (limits.depth)`),
      });
    });
  }

  test("what encode() bounds by the same numbers, neither more nor less", () => {
    for (const [, value, hex] of [...TREES, ...LEFT_OUT].filter(([, , one]) => one.length < 2000)) {
      const bytes = fromHex(hex);
      let nodesMax = 1;
      while (!isTaken(bytes, { ...SCAN_RULES, nodesMax })) nodesMax += 1;
      expect(refusesNodes(value, nodesMax)).toBe(false);
      if (nodesMax > 1) expect(refusesNodes(value, nodesMax - 1)).toBe(true);
    }
  });
});

function refusesNodes(value: unknown, nodesMax: number): boolean {
  try {
    new Encoder({ ...ENCODE_RULES, nodesMax }).encode(value);
    return false;
  } catch {
    return true;
  }
}

describe("scan() and decode()", () => {
  /** Whatever passes must decode, both ways and to the same. */
  const holds = (bytes: Uint8Array): void => {
    if (!isTaken(bytes)) return;
    expect(decode(bytes)).toStrictEqual(decode(bytes, readText));
  };

  test("any bytes are refused or decode", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), holds), { numRuns: 20_000, seed: 1 });
  });

  test("bytes that look like a frame are refused or decode", () => {
    const first = fc.constantFrom(
      0x81,
      0x82,
      0x92,
      0xa1,
      0xc4,
      0xc7,
      0xcb,
      0xcf,
      0xd6,
      0xd7,
      0xde,
      0xdc,
      0x54,
      0,
      1,
      11,
      0x61,
    );
    const bytes = fc.array(first, { maxLength: 40 }).map((list) => Uint8Array.from(list));
    fc.assert(fc.property(bytes, holds), { numRuns: 20_000, seed: 2 });
  });

  test("valid frames with bytes changed, taken out or put in are refused or decode", () => {
    const frames = [
      encode({ image: tensor("uint8", [2, 2, 3], new Uint8Array(12)), labels: ["cat", "dög 🐈"] }),
      encode([[0.5, -1, 70_000, 2n ** 40n], { a: { b: [null, true] } }, new Uint8Array(20)]),
      encode(
        Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`key ${i}`, "v".repeat(i * 3)])),
      ),
    ];
    const change = fc.record({
      at: fc.nat(400),
      byte: fc.integer({ min: 0, max: 255 }),
      how: fc.constantFrom("set", "drop", "add"),
    });
    const mutate = (
      frame: Uint8Array,
      changes: readonly { at: number; byte: number; how: string }[],
    ) => {
      const bytes = [...frame];
      for (const { at, byte, how } of changes) {
        const place = at % (bytes.length + 1);
        bytes.splice(place, how === "add" ? 0 : 1, ...(how === "drop" ? [] : [byte]));
      }
      return Uint8Array.from(bytes);
    };
    const cases = [
      fc.constantFrom(...frames),
      fc.array(change, { minLength: 1, maxLength: 4 }),
    ] as const;
    const property = fc.property(...cases, (frame, changes) => holds(mutate(frame, changes)));
    fc.assert(property, { numRuns: 20_000, seed: 3 });
  });

  test("scan() leaves the bytes as they are, and reads none outside of its view", () => {
    const whole = Buffer.concat([fromHex("ff"), encode([1, "a"]), fromHex("c1c1")]);
    const copy = Uint8Array.from(whole);
    scan(whole.subarray(1, -2), SCAN_RULES);
    expect(Uint8Array.from(whole)).toStrictEqual(copy);
    expect(isTaken(whole.subarray(1, -1))).toBe(false);
  });

  test("scan() asks for no memory by a declared length, and looks at each byte a few times at most", () => {
    const reads = { count: 0 };
    const bytes = encode([Array.from({ length: 500 }, (_, i) => [i, "text", { k: 1.5 }])]);
    const counted = new Proxy(bytes, {
      get: (target, key) => {
        if (typeof key === "string" && /^\d+$/.test(key)) reads.count += 1;
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    scan(counted, SCAN_RULES);
    expect(reads.count).toBeLessThan(2 * bytes.length);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 100; i++) isTaken(fromHex("dd7fffffff01"));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 22);
  });
});
