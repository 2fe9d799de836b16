// What a tensor is: what its constructor refuses, lists both ways, and rounding worked out by hand.

import { describe, expect, test } from "vitest";

import {
  type DType,
  DTYPE_NAMES,
  DTYPES,
  fromBfloat16,
  type Nested,
  sizeOf,
  Tensor,
  toBfloat16,
} from "../../src/contract/tensor.ts";

const make = (dtype: unknown, shape: unknown, data: unknown) => () =>
  new Tensor(dtype as DType, shape as number[], data as never);
const two = Uint8Array.of(1, 2);
const fake = Object.create(Uint8Array.prototype, { length: { value: 2 } });

class Long extends Uint8Array {
  override get length(): number {
    return 2;
  }
}

const REFUSED: readonly (readonly [
  name: string,
  act: () => unknown,
  type: unknown,
  says: string,
])[] = [
  ["a dtype that is none", make("float", [2], two), TypeError, "wants a dtype of float64, float32"],
  ["a dtype in capitals", make("Uint8", [2], two), TypeError, 'got "Uint8"'],
  ["a name that every object has", make("constructor", [2], two), TypeError, 'got "constructor"'],
  [
    "a list of a dtype, which could change later",
    make(["uint8"], [2], two),
    TypeError,
    "got a list of 1",
  ],
  [
    "an object that says a dtype",
    make({ toString: () => "uint8" }, [2], two),
    TypeError,
    "got a Object",
  ],
  ["no dtype", make(undefined, [2], two), TypeError, "got undefined"],
  [
    "a list as data",
    make("uint8", [2], [1, 2]),
    TypeError,
    "wants its data in a Uint8Array, got a list of 2",
  ],
  [
    "another typed array",
    make("float32", [2], new Float64Array(2)),
    TypeError,
    "in a Float32Array, got a Float64Array",
  ],
  [
    "clamped bytes",
    make("uint8", [2], new Uint8ClampedArray(2)),
    TypeError,
    "got a Uint8ClampedArray",
  ],
  [
    "int16 for bfloat16",
    make("bfloat16", [2], new Int16Array(2)),
    TypeError,
    "in a Uint16Array, got a Int16Array",
  ],
  ["an ArrayBuffer", make("uint8", [2], new ArrayBuffer(2)), TypeError, "got a ArrayBuffer"],
  ["what only looks like bytes", make("uint8", [2], fake), TypeError, "in a Uint8Array"],
  ["a Proxy of bytes", make("uint8", [2], new Proxy(two, {})), TypeError, "in a Uint8Array"],
  ["null as data", make("uint8", [2], null), TypeError, "got null"],
  [
    "a shape that is no list",
    make("uint8", 2, two),
    RangeError,
    "a shape of at most 32 axes, got 2",
  ],
  [
    "what only looks like a shape",
    make("uint8", { length: 1, 0: 2 }, two),
    RangeError,
    "a shape of at most 32 axes",
  ],
  [
    "33 axes",
    make("uint8", Array(33).fill(1), two),
    RangeError,
    "at most 32 axes, got a list of 33",
  ],
  [
    "a negative axis",
    make("uint8", [2, -1], two),
    RangeError,
    "whole numbers in its shape, got -1 at axis 1",
  ],
  ["a fraction", make("uint8", [1.5], two), RangeError, "got 1.5 at axis 0"],
  ["NaN", make("uint8", [Number.NaN], two), RangeError, "got NaN at axis 0"],
  ["an axis of 2^32", make("uint8", [2 ** 32], two), RangeError, "got 4294967296 at axis 0"],
  ["text as axis", make("uint8", ["2"], two), RangeError, 'got "2" at axis 0'],
  ["a bigint as axis", make("uint8", [2n], two), RangeError, "got 2 at axis 0"],
  ["a hole in the shape", make("uint8", Array(1), two), RangeError, "got undefined at axis 0"],
  [
    "an element too few",
    make("uint8", [3], two),
    RangeError,
    "of shape [3] wants 3, got 2 elements",
  ],
  [
    "an element too many",
    make("uint8", [1, 1], two),
    RangeError,
    "of shape [1, 1] wants 1, got 2 elements",
  ],
  [
    "elements for an empty shape",
    make("uint8", [2, 0], two),
    RangeError,
    "wants 0, got 2 elements",
  ],
  [
    "two elements for []",
    make("uint8", [], two),
    RangeError,
    "of shape [] wants 1, got 2 elements",
  ],
  [
    "a typed array that lies about its length",
    make("uint8", [2], new Long(1)),
    RangeError,
    "got 1 elements",
  ],
];

describe("Tensor", () => {
  for (const [name, act, type, says] of REFUSED) {
    test(`refuses ${name}`, () => {
      expect(act).toThrow(type as typeof Error);
      expect(act).toThrow(says);
    });
  }

  test.each(DTYPE_NAMES)("takes %s with the array of its own", (dtype) => {
    const data = new DTYPES[dtype].array(6) as Uint8Array;
    const tensor = new Tensor(dtype, [2, 3], data as never);
    expect(tensor).toMatchObject({ dtype, shape: [2, 3] });
    expect(tensor.data).toBe(data);
    expect(data.BYTES_PER_ELEMENT).toBe(DTYPES[dtype].bytes);
  });

  test("takes a Buffer, a view, no axis, an axis of 0 and 32 axes", () => {
    const shapes = [[], [0], [2, 0, 3], Array(32).fill(1)] as number[][];
    for (const shape of shapes) {
      expect(new Tensor("uint8", shape, new Uint8Array(sizeOf(shape))).shape).toEqual(shape);
    }
    expect(new Tensor("uint8", [2], Buffer.from([1, 2])).tolist()).toEqual([1, 2]);
    expect(new Tensor("uint8", [1], two.subarray(1)).tolist()).toEqual([2]);
  });

  test("keeps a copy of its shape, and cannot be changed but for its elements", () => {
    const shape = [2];
    const tensor = new Tensor("uint8", shape, Uint8Array.of(1, 2));
    shape[0] = 9;
    expect(tensor.shape).toEqual([2]);
    expect([Object.isFrozen(tensor), Object.isFrozen(tensor.shape)]).toEqual([true, true]);
    expect(() => Object.assign(tensor, { shape: [1] })).toThrow(TypeError);
    tensor.data[0] = 7;
    expect(tensor.tolist()).toEqual([7, 2]);
    expect(() => Object.assign(DTYPES, { int4: 1 })).toThrow(TypeError);
    expect(() => Object.assign(DTYPES.uint8, { bytes: 2 })).toThrow(TypeError);
  });

  test("reads the length of a shape once", () => {
    let reads = 0;
    const shape = new Proxy([2], {
      get: (target, key) => (key === "length" ? (reads += 1) && 1 : Reflect.get(target, key)),
    });
    expect(new Tensor("uint8", shape, two).shape).toEqual([2]);
    expect(reads).toBe(1);
  });

  test("is() knows its own, subclasses among them, and no look-alike", () => {
    class Sub extends Tensor {}
    const tensor = new Tensor("uint8", [2], two);
    expect(Tensor.is(tensor)).toBe(true);
    expect(Tensor.is(new Sub("uint8", [2], two))).toBe(true);
    const { dtype, shape, data } = tensor;
    const alike = [
      { dtype, shape, data },
      Object.assign(Object.create(Tensor.prototype), { dtype, shape, data }),
      Object.create(tensor),
      new Proxy(tensor, {}),
      Tensor.prototype,
      Sub.prototype,
      Tensor,
      structuredClone({ dtype, shape, data }),
      two,
      null,
      undefined,
      "tensor",
    ];
    expect(alike.map((one) => Tensor.is(one))).toEqual(alike.map(() => false));
  });
});

const LISTS: readonly (readonly [
  list: Nested,
  dtype: DType | undefined,
  shape: number[],
  got?: unknown,
])[] = [
  [
    [
      [1, 2],
      [3, 4.5],
    ],
    undefined,
    [2, 2],
  ],
  [1.5, undefined, []],
  [[], undefined, [0]],
  [[[], []], undefined, [2, 0]],
  [[[[1]], [[2]], [[3]]], "int32", [3, 1, 1]],
  [[1n, -2n], undefined, [2]],
  [[2n ** 64n - 1n, 0n], "uint64", [2]],
  [[-(2n ** 63n), 2n ** 63n - 1n], "int64", [2]],
  [[true, false], undefined, [2]],
  [[true, 0, 1, false], "bool", [4], [true, false, true, false]],
  [[1, 2 ** 53 - 1], "int64", [2], [1n, 2n ** 53n - 1n]],
  [[true, 2], "float32", [2], [1, 2]],
  [[0.1], "float32", [1], [Math.fround(0.1)]],
  [[NaN, -0, Infinity], "float64", [3]],
  [[1.9, -1.9, -0.5], "int32", [3], [1, -1, 0]],
  [[255, 0, -0.9], "uint8", [3], [255, 0, 0]],
  [[-128, 127.9], "int8", [2], [-128, 127]],
  [[2 ** 32 - 1], "uint32", [1]],
  [[65504, 65519, 65520, 1 / 3], "float16", [4], [65504, 65504, Infinity, 0.333251953125]],
  [[1, -2.5, 3.4e38, NaN], "bfloat16", [4], [1, -2.5, Infinity, NaN]],
];

const MISFITS: readonly (readonly [
  list: unknown,
  dtype: DType | undefined,
  type: unknown,
  says: string,
])[] = [
  [[[1, 2], [3]], undefined, RangeError, "lists of equal length: 2 at $[1], got 1"],
  [[[1], [2, 3]], undefined, RangeError, "1 at $[1], got 2"],
  [[[1, 2], 3], undefined, RangeError, "2 at $[1], got 3"],
  [[1, [2]], undefined, RangeError, "wants an element at $[1], got a list"],
  [[[], [1]], undefined, RangeError, "0 at $[1], got 1"],
  [
    [
      [[1], [2]],
      [[3], [4, 5]],
    ],
    undefined,
    RangeError,
    "1 at $[1][1], got 2",
  ],
  [["a"], undefined, TypeError, 'float64 wants numbers at $[0], got "a"'],
  [[1, null], undefined, TypeError, "at $[1], got null"],
  [[1, , 2], undefined, TypeError, "at $[1], got undefined"], // oxlint-disable-line no-sparse-arrays
  [[1, 2n], undefined, TypeError, "float64 wants numbers at $[1], got 2"],
  [[1n, 1.5], undefined, TypeError, "int64 wants integers at $[1], got 1.5"],
  [[2 ** 53], "int64", TypeError, "wants integers at $[0]"],
  [[true, 2], undefined, TypeError, "bool wants booleans at $[1], got 2"],
  [[{}], "uint8", TypeError, "got a Object"],
  [[() => 1], "uint8", TypeError, "got a function"],
  [[256], "uint8", RangeError, "uint8 wants a number that it can hold at $[0], got 256"],
  [[-1], "uint32", RangeError, "at $[0], got -1"],
  [[[0, 128]], "int8", RangeError, "at $[0][1], got 128"],
  [[2 ** 31], "int32", RangeError, "got 2147483648"],
  [[NaN], "int16", RangeError, "got NaN"],
  [[Infinity], "int32", RangeError, "got Infinity"],
  [[2n ** 63n], "int64", RangeError, "got 9223372036854775808"],
  [[-1n], "uint64", RangeError, "got -1"],
  [[-1], "uint64", RangeError, "got -1"],
  [[1], "float" as DType, TypeError, 'got "float"'],
  [[1], ["uint8"] as unknown as DType, TypeError, "got a list of 1"],
];

describe("Tensor.from() and tolist()", () => {
  for (const [list, dtype, shape, got = list] of LISTS) {
    test(`${dtype ?? "by its first element"}: [${shape.join(", ")}] and back`, () => {
      const tensor = Tensor.from(list, dtype);
      expect(tensor.shape).toEqual(shape);
      expect(tensor.tolist()).toEqual(got);
    });
  }

  test("without a dtype, the first element says it", () => {
    const dtypes = [[1], [[1n]], [true], [], 2n].map((list) => Tensor.from(list as Nested).dtype);
    expect(dtypes).toEqual(["float64", "int64", "bool", "float64", "int64"]);
  });

  for (const [list, dtype, type, says] of MISFITS) {
    test(`refuses what ${says}`, () => {
      const act = () => Tensor.from(list as Nested, dtype);
      expect(act).toThrow(type as typeof Error);
      expect(act).toThrow(says);
    });
  }

  test("takes 32 levels of lists, no more, and ends on a list inside itself", () => {
    const nested = (levels: number): Nested => (levels === 0 ? 1 : [nested(levels - 1)]);
    expect(Tensor.from(nested(32)).shape).toHaveLength(32);
    expect(() => Tensor.from(nested(33))).toThrow("at most 32 axes");
    const ring: Nested[] = [];
    ring.push(ring);
    expect(() => Tensor.from(ring)).toThrow("at most 32 axes");
  });
});

// A float32, and the bfloat16 nearest to it: its upper 16 bits, ties to the even one.
const BF16: readonly (readonly [name: string, value: number, bits: number])[] = [
  ["0", 0, 0x0000],
  ["-0", -0, 0x8000],
  ["1", 1, 0x3f80],
  ["-1", -1, 0xbf80],
  ["1 + 2^-7, the next one", 1.0078125, 0x3f81],
  ["1 + 2^-8, a tie: down to the even one", 1.00390625, 0x3f80],
  ["1 + 3 x 2^-8, a tie: up to the even one", 1.01171875, 0x3f82],
  ["a little over the tie", 1.00390637, 0x3f81],
  ["a little below the tie", 1.0039062, 0x3f80],
  ["-1 - 2^-8", -1.00390625, 0xbf80],
  ["1/3", 1 / 3, 0x3eab],
  ["the largest, 255 x 2^120", 255 * 2 ** 120, 0x7f7f],
  ["half a step over the largest", 255.5 * 2 ** 120, 0x7f80],
  ["just below that", 255.49 * 2 ** 120, 0x7f7f],
  ["3.4e38, which is too large", 3.4e38, 0x7f80],
  ["Infinity", Infinity, 0x7f80],
  ["-Infinity", -Infinity, 0xff80],
  ["1e300", 1e300, 0x7f80],
  ["NaN", NaN, 0x7fc0],
  ["the smallest, 2^-133", 2 ** -133, 0x0001],
  ["half of it, a tie down to 0", 2 ** -134, 0x0000],
  ["2^-126, the smallest normal one", 2 ** -126, 0x0080],
];

describe("bfloat16", () => {
  test.each(BF16)("%s", (_, value, bits) => {
    expect(toBfloat16(value).toString(16)).toBe(bits.toString(16));
  });

  test("every one of the 65536 is itself, there and back", () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = fromBfloat16(bits);
      expect(toBfloat16(value)).toBe(Number.isNaN(value) ? 0x7fc0 : bits);
    }
  });
});

describe("float16", () => {
  const HALF: readonly (readonly [value: number, bits: number])[] = [
    [1, 0x3c00],
    [-2, 0xc000],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [65504, 0x7bff],
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [-0, 0x8000],
    [NaN, 0x7e00],
  ];
  test.each(HALF)("%d", (value, bits) => {
    const { data } = Tensor.from([value], "float16");
    expect(new Uint16Array(data.buffer)[0]?.toString(16)).toBe(bits.toString(16));
  });
});

test("sizeOf() is the product, and 1 for no axis", () => {
  expect([[], [0], [2, 3], [2, 0, 5]].map(sizeOf)).toEqual([1, 0, 6, 0]);
});
