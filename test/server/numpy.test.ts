// Python's arrays, in and out: rows worked out by hand, what a model of them says (msgpackr, which
// writes the dicts as Maps), and bytes that nobody ought to send. Python itself is asked in
// numpy-peer.test.ts.

import fc from "fast-check";
import { Packr } from "msgpackr";
import { describe, expect, test } from "vitest";

import { type DType, DTYPE_NAMES, DTYPES, Tensor } from "../../src/contract/tensor.ts";
import { Refusal } from "../../src/faults.ts";
import { fromNumpy, toNumpy } from "../../src/server/numpy.ts";
import { decode } from "../../src/wire/decode.ts";
import { scan } from "../../src/wire/scan.ts";
import { encode, fromHex, isTaken, refusalOf, SCAN_RULES, tensor, toHex } from "../wire/bytes.ts";
import { array, ARRAYS, ORDINARY, REFUSED, SCALARS, TENSORS } from "./numpy-rows.ts";

/** Reads as a door does. */
function read(bytes: Uint8Array<ArrayBuffer>): unknown {
  const ours = fromNumpy(bytes);
  scan(ours, SCAN_RULES);
  return decode(ours);
}

describe("fromNumpy()", () => {
  for (const [name, hex, value, becomes] of [...ARRAYS, ...SCALARS]) {
    test(`reads ${name}`, () => {
      expect(read(fromHex(hex))).toStrictEqual(value);
      if (becomes) expect(toHex(fromNumpy(fromHex(hex)))).toBe(becomes.replaceAll(" ", ""));
    });
  }

  test.each(ORDINARY)("gives back what it was given: %s", (_name, hex) => {
    const bytes = fromHex(hex);
    expect(fromNumpy(bytes)).toBe(bytes);
  });

  test.each(REFUSED)("refuses %s", (_name, hex, path, detail) => {
    expect(refusalOf(() => fromNumpy(fromHex(hex)))).toMatchObject({
      ...{ code: "BAD_REQUEST", path, detail: expect.stringContaining(detail) },
    });
  });

  test("reads a view in the middle of a longer buffer, and does not change it", () => {
    const hex = array(">f2", "91 02", "c4 04 3e00 c000");
    const value = tensor("float16", [2], [1.5, -2]);
    const bytes = fromHex(`ffff ${hex} ffff`);
    expect(read(bytes.subarray(2, -2))).toStrictEqual(value);
    expect(toHex(bytes)).toBe(`ffff${hex.replaceAll(" ", "")}ffff`);
  });

  test("refuses more values than it may read, and reads as many as it may", () => {
    // A list of two arrays: three values, as scan counts them.
    const one = array("<f4", "91 02", "c4 08 0000c03f 000000c0");
    const bytes = fromHex(`92 ${one} ${one}`);
    const ours = fromNumpy(bytes, 3);
    expect(isTaken(ours, { ...SCAN_RULES, nodesMax: 3 })).toBe(true);
    expect(isTaken(ours, { ...SCAN_RULES, nodesMax: 2 })).toBe(false);
    expect(refusalOf(() => fromNumpy(bytes, 2))).toMatchObject({
      ...{ code: "INPUT_TOO_LARGE", path: "byte 50" },
      detail: "wants at most 2 values (limits.nodes), got more",
    });
  });

  test("leaves nesting of any depth to scan", () => {
    const deep = new Uint8Array(900_001).fill(0x91);
    expect(fromNumpy(deep)).toBe(deep);
    expect(isTaken(deep)).toBe(false);
  });
});

describe("toNumpy()", () => {
  test.each(TENSORS)("writes %s", (_name, value, numpy) => {
    const written = toNumpy(encode(["before", { a: value }, 2.5, value]));
    const own = numpy.replaceAll(" ", "");
    // [ "before", { "a": … }, 2.5, … ]
    const around = ["94a66265666f726581a161", "cb4004000000000000"];
    expect(toHex(written)).toBe(around[0] + own + around[1] + own);
  });

  test("gives back what it was given when there is no tensor in it", () => {
    const payload = encode([
      { a: "T", b: Uint8Array.of(0xc7, 5, 0x54, 12, 0, 0, 0, 1) },
      2n ** 62n,
    ]);
    expect(toNumpy(payload)).toBe(payload);
  });

  test("writes tensors of the fixed forms, too", () => {
    // fixext 8: uint8 of shape [0].
    expect(toHex(toNumpy(fromHex("d7 54 0b 01 0000 00000000")))).toBe(
      toHex(toNumpy(encode(tensor("uint8", [0], [])))),
    );
  });
});

const dtypes = fc.constantFrom<DType>(...DTYPE_NAMES);
const tensors = fc
  .tuple(dtypes, fc.array(fc.nat(3), { maxLength: 9 }))
  .filter(([, shape]) => shape.reduce((product, axis) => product * axis, 1) <= 64)
  .chain(([dtype, shape]) => {
    const size = shape.reduce((product, axis) => product * axis, 1) * DTYPES[dtype].bytes;
    return fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => {
      const elements = new Uint8Array(bytes).buffer;
      return new Tensor(dtype, shape, new DTYPES[dtype].array(elements) as Tensor["data"]);
    });
  });
// msgpackr writes -0 as 0; SCALARS has it.
const doubles = fc.double().map((number) => number + 0);
const leaves = [
  ...[fc.constant(null), fc.boolean(), fc.string({ unit: "binary" }), doubles],
  ...[fc.integer(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  fc.uint8Array().map((bytes) => new Uint8Array(bytes)),
] as const;
const keys = fc.oneof(
  fc.string().filter((key) => key !== "__proto__"),
  fc.constantFrom("nd", "type", "kind", "shape", "data", "dtype"),
);
const { values } = fc.letrec<{ values: unknown }>((tie) => ({
  values: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(...leaves, tensors),
    fc.array(tie("values"), { maxLength: 4 }),
    fc.dictionary(keys, tie("values"), { maxKeys: 5, noNullPrototype: true }),
  ),
}));

// Python's types by their names there, worked out apart from the table in src.
const LETTERS: Readonly<Record<string, string>> = { float: "f", int: "i", uint: "u" };
function typeOf(dtype: DType): string {
  const [, letters = "", bits = ""] = /^([a-z]+)(\d*)$/.exec(dtype) ?? [];
  return dtype === "bool" ? "b1" : (LETTERS[letters] ?? "?") + Number(bits) / 8;
}

interface Dialect {
  readonly isOpenpi: boolean;
  readonly isBigEndian: boolean;
  readonly isLong: boolean;
}

/** A value as Python has it before it is packed: dicts are Maps, and so are arrays. */
function pythonOf(value: unknown, dialect: Dialect): unknown {
  if (value instanceof Tensor) return arrayOf(value, dialect);
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (Array.isArray(value)) return value.map((one) => pythonOf(one, dialect));
  if (typeof value !== "object" || value === null) return value;
  return new Map(Object.entries(value).map(([key, one]) => [key, pythonOf(one, dialect)]));
}

function arrayOf({ dtype, shape, data }: Tensor, { isOpenpi, isBigEndian }: Dialect): unknown {
  const bytes = Buffer.from(new Uint8Array(data.buffer));
  const size = DTYPES[dtype].bytes;
  if (isBigEndian)
    for (let i = 0; i < bytes.length; i += size) bytes.subarray(i, i + size).reverse();
  const type = (isBigEndian ? ">" : "<") + typeOf(dtype);
  const entries: [string, unknown][] = isOpenpi
    ? [
        ["__ndarray__", true],
        ["data", bytes],
        ["dtype", type],
        ["shape", shape],
      ]
    : [
        ["nd", true],
        ["type", type],
        ["kind", Buffer.of()],
        ["shape", shape],
        ["data", bytes],
      ];
  return new Map(entries.map(([key, one]) => [Buffer.from(key), one]));
}

function packed(value: unknown, dialect: Dialect): Uint8Array<ArrayBuffer> {
  const packr = new Packr({ useRecords: false, variableMapSize: !dialect.isLong });
  return new Uint8Array(packr.pack(pythonOf(value, dialect)));
}

/** What has no type in numpy leaves as the float32 that it is the upper half of. */
function widened(value: unknown): unknown {
  if (value instanceof Tensor) {
    if (value.dtype !== "bfloat16") return value;
    const bits = Uint32Array.from(value.data as Uint16Array, (half) => half * 0x10000);
    return new Tensor("float32", value.shape, new Float32Array(bits.buffer));
  }
  if (Array.isArray(value)) return value.map(widened);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, widened(one)]));
}

const dialects = fc.record({
  ...{ isOpenpi: fc.boolean(), isBigEndian: fc.boolean(), isLong: fc.boolean() },
});

describe("what holds for every value", () => {
  test("fromNumpy() reads what a model of Python packs", () => {
    fc.assert(
      fc.property(values, dialects, (value, dialect) => {
        const numpy = widened(value);
        // Compared as bytes, so that what is no number keeps its bits.
        const read = decode(fromNumpy(packed(numpy, dialect)));
        expect(toHex(encode(read))).toBe(toHex(encode(numpy)));
      }),
    );
  });

  test("fromNumpy() reads back to the byte what toNumpy() writes", () => {
    fc.assert(
      fc.property(values, (value) => {
        const own = encode(value);
        expect(toHex(fromNumpy(toNumpy(own)))).toBe(toHex(encode(widened(value))));
      }),
    );
  });

  test("fromNumpy() and scan refuse an array that is cut off, wherever", () => {
    fc.assert(
      fc.property(tensors, tensors, dialects, (one, two, dialect) => {
        const bytes = packed(widened([one, { two }]), dialect);
        for (let end = 0; end < bytes.length; end++) {
          const refusal = refusalOf(() => read(bytes.slice(0, end)));
          expect(refusal.code).toBe("BAD_REQUEST");
        }
      }),
      { numRuns: 20 },
    );
  });

  test("fromNumpy() never does worse than to refuse, and never makes much of little", () => {
    const place = fc.tuple(fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(
        values,
        dialects,
        fc.array(place, { maxLength: 4 }),
        (value, dialect, changes) => {
          const bytes = packed(widened(value), dialect);
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          try {
            const ours = fromNumpy(bytes);
            expect(ours.buffer.byteLength).toBeLessThanOrEqual(4 * bytes.length + 200);
            if (isTaken(ours)) decode(ours);
          } catch (error) {
            expect(error).toBeInstanceOf(Refusal);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
