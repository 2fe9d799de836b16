// Every value that travels: to its bytes, worked out by hand, and back, as the host and the isolate read.

import { describe, expect, test } from "vitest";

import { Tensor } from "../../src/contract/tensor.ts";
import { Encoder } from "../../src/wire/encode.ts";
import { encode, ENCODE_RULES, fromHex, readings, refusalOf, tensor, toHex } from "./bytes.ts";
import { bomb, LARGE, REFUSED, type RefusedRow } from "./refused-rows.ts";
import { BYTES, LEFT_OUT, NUMBERS, TENSORS, TEXTS, TREES } from "./value-rows.ts";

const GROUPS = { NUMBERS, TEXTS, BYTES, TREES, LEFT_OUT, TENSORS };

for (const [title, rows] of Object.entries(GROUPS)) {
  describe(`values: ${title.toLowerCase()}`, () => {
    for (const [name, value, hex, readAs = value] of rows) {
      test(`encode() writes, decode() reads: ${name}`, () => {
        expect(toHex(encode(value))).toBe(hex.replaceAll(" ", ""));
        for (const read of readings(fromHex(hex))) expect(read).toStrictEqual(readAs);
      });
    }
  });
}

function ownsItsMemory(value: unknown): void {
  const view = value instanceof Tensor ? value.data : (value as Uint8Array);
  expect(view.byteOffset).toBe(0);
  expect(view.buffer.byteLength).toBe(view.byteLength);
}

describe("decode()", () => {
  test.each([...BYTES, ...TENSORS.filter(([, value]) => value instanceof Tensor)])(
    "gives memory that nobody else sees: %s",
    (_, value) => {
      const bytes = encode(["before", value, "after"]);
      for (const read of readings(bytes)) {
        const [, one] = read as unknown[];
        ownsItsMemory(one);
        expect(Object.getPrototypeOf(one)).toBe(
          value instanceof Tensor ? Tensor.prototype : Uint8Array.prototype,
        );
      }
    },
  );

  test("reads a Buffer that lies in the middle of a pool", () => {
    const bytes = Buffer.concat([Buffer.from("xx"), encode([1.5, Uint8Array.of(7)])]).subarray(2);
    for (const read of readings(bytes)) expect(read).toStrictEqual([1.5, Uint8Array.of(7)]);
  });
});

function check([, value, path, detail, code = "OUTPUT_UNSUPPORTED"]: RefusedRow): void {
  const refusal = refusalOf(() => encode(typeof value === "function" ? value() : value));
  expect(refusal).toMatchObject({ code, path, detail: expect.stringContaining(detail) });
}

describe("encode() refuses", () => {
  for (const row of [...REFUSED, ...LARGE]) test(row[0], () => check(row));

  test("a tensor whose buffer was resized or moved since it was made", () => {
    const buffer = new ArrayBuffer(8, { maxByteLength: 16 });
    const grows = new Tensor("uint8", [8], new Uint8Array(buffer));
    const moves = tensor("uint8", [2], [1, 2]);
    expect(encode(grows).length).toBe(19);
    buffer.resize(12);
    (moves.data.buffer as ArrayBuffer).transfer();
    for (const one of [grows, moves]) {
      expect(refusalOf(() => encode([one]))).toMatchObject({
        path: "$[0]",
        detail: expect.stringContaining("changed its length"),
      });
    }
  });

  test("R7: a shared bomb of 2^30 paths, after so many values as it may have", () => {
    expect(refusalOf(() => encode(bomb(30)))).toMatchObject({
      code: "OUTPUT_TOO_LARGE",
      detail: expect.stringContaining("at most 1000000 values (limits.nodes)"),
    });
  });

  test("with the path of the list or dict, whatever was read before it", () => {
    const trap = new Proxy({}, { ownKeys: () => null as never });
    expect(refusalOf(() => encode([{ deep: [1, 2] }, { a: trap }])).path).toBe("$[1].a");
  });

  test("what a converter gives is held to the same rules", () => {
    class Frame {
      readonly gives: unknown;
      constructor(gives: unknown) {
        this.gives = gives;
      }
    }
    const convert = (value: object) => (value instanceof Frame ? value.gives : undefined);
    const encoder = new Encoder({ ...ENCODE_RULES, convert });
    // 92 (a list of 2), 81 (a dict of 1), a1 61 ("a"), 01, c0 (null): by MessagePack's table.
    expect([...encoder.encode([new Frame({ a: 1 }), null])]).toEqual([
      0x92, 0x81, 0xa1, 0x61, 1, 0xc0,
    ]);
    const bad = [new Frame(new Frame({ b: () => 1 }))];
    expect(refusalOf(() => encoder.encode(bad))).toMatchObject({ path: "$[0].b" });
    expect(refusalOf(() => encoder.encode(new Date(0))).detail).toContain("an instance of Date");
    const same = new Encoder({ ...ENCODE_RULES, convert: (value: object) => value });
    expect(refusalOf(() => same.encode(new Date(0))).detail).toContain("an instance of Date");
  });
});

describe("encode() bounds", () => {
  const within = (rules: Partial<typeof ENCODE_RULES>) =>
    new Encoder({ ...ENCODE_RULES, ...rules });
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

  // Value, the limit at which it still passes, and where the first one too many stands.
  const NODES = [
    ["a list", [1, 2, 3], 4, "$"],
    ["a dict: keys count", { a: 1, b: 2 }, 5, "$.b"],
    ["a Map", new Map([["a", 1]]), 3, "$.a"],
    ["a tensor counts as one", [tensor("uint8", [100], Array(100).fill(0))], 2, "$"],
    ["nested lists", [[1], [2, 3]], 6, "$[1]"],
  ] as const;
  test.each(NODES)("nodes at the limit and one over: %s", (_, value, nodes, path) => {
    expect(() => within({ nodesMax: nodes }).encode(value)).not.toThrow();
    const refusal = refusalOf(() => within({ nodesMax: nodes - 1 }).encode(value));
    expect(refusal).toMatchObject({ code: "OUTPUT_TOO_LARGE", path });
    expect(refusal.detail).toContain(`at most ${nodes - 1} values (limits.nodes)`);
  });

  const BYTE_ROWS = [
    ["a small list", [1, "abc", 0.5]],
    ["a number at the end", [Array(200).fill(7), 2 ** 31]],
    ["a text over the scratch", "a".repeat(5000)],
    ["a text of wide characters", "€".repeat(5000)],
    ["bytes over the scratch", new Uint8Array(5000)],
    ["a tensor", tensor("uint8", [3000], new Uint8Array(3000))],
    ["many small values", Array(4000).fill(1.5)],
    ["a large dict", Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`key${i}`, i]))],
  ] as const;
  test.each(BYTE_ROWS)("bytes at the limit and one over: %s", (_, value) => {
    const { length } = encode(value);
    expect(within({ bytesMax: length }).encode(value).length).toBe(length);
    const refusal = refusalOf(() => within({ bytesMax: length - 1 }).encode(value));
    expect(refusal.code).toBe("OUTPUT_TOO_LARGE");
    expect(refusal.detail).toContain(`at most ${length - 1} bytes`);
  });

  test.each([1, 2, 64, 256])("depth %d at the limit and one over", (depth) => {
    expect(() => within({ depthMax: depth }).encode(nested(depth))).not.toThrow();
    const refusal = refusalOf(() => within({ depthMax: depth }).encode(nested(depth + 1)));
    expect(refusal).toMatchObject({ code: "OUTPUT_TOO_LARGE", path: `$${"[0]".repeat(depth)}` });
  });
});

describe("Encoder", () => {
  test("begin(), beginList(), put() and end() leave room in front and behind", () => {
    const encoder = new Encoder(ENCODE_RULES);
    encoder.begin(3);
    encoder.beginList(2);
    encoder.put("a", "first");
    encoder.put([1], "second");
    expect(toHex(encoder.end(2))).toBe("00000092a16191010000");
    expect(refusalOf(() => encoder.put([{ a: undefined }, Symbol("s")], "third")).path).toBe(
      "third[1]",
    );
  });

  test("works on after a refusal, of whatever depth or size", () => {
    const encoder = new Encoder({ ...ENCODE_RULES, bytesMax: 200_000 });
    const large = ["a".repeat(150_000), [[[() => 1]]]];
    expect(refusalOf(() => encoder.encode(large)).path).toBe("$[1][0][0][0]");
    expect(refusalOf(() => encoder.encode("a".repeat(200_001))).path).toBe("$");
    expect(toHex(encoder.encode([1]))).toBe("9101");
  });

  test("restartCount() counts each value for itself", () => {
    const encoder = new Encoder({ ...ENCODE_RULES, nodesMax: 3 });
    encoder.begin(0);
    for (let i = 0; i < 3; i++) {
      encoder.restartCount();
      encoder.put([1, 2]);
    }
    expect(toHex(encoder.end(0))).toBe("920102920102920102");
    expect(() => encoder.put([1, 2])).toThrow("limits.nodes");
  });

  test("is not begun again by a value that it reads", () => {
    const encoder = new Encoder(ENCODE_RULES);
    let inner: unknown;
    const trap = new Proxy(
      {},
      {
        ownKeys: () => {
          inner = refusalOrError(() => encoder.encode("other"));
          return [];
        },
      },
    );
    expect(toHex(encoder.encode(["a", trap]))).toBe("92a16180");
    expect(String(inner)).toContain("begun again");
  });

  test("reads no getter of a dict or a list, and calls no toJSON", () => {
    let calls = 0;
    const count = () => {
      calls += 1;
      return 1;
    };
    const list = [0, 0];
    Object.defineProperty(list, 1, { get: count, enumerable: true });
    const dict = Object.defineProperty({}, "a", { get: count, enumerable: true });
    class Odd {
      toJSON = count;
      valueOf = count;
      [Symbol.toPrimitive] = count;
    }
    Object.defineProperty(Odd.prototype, "constructor", { get: count });
    for (const value of [list, dict, new Odd(), { toJSON: count }]) refusalOf(() => encode(value));
    expect(calls).toBe(0);
  });
});

function refusalOrError(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
