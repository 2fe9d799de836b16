/**
 * Goal: an ONNX model gives in a flow what it gives elsewhere, and says so when it cannot. Method:
 * numbers of torch, from `examples/models/vectors.json`, and small models made by the `onnx`
 * package (`vectors/onnx-models.py`) whose results are worked out by hand. All of it runs with each
 * runtime that is installed.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import fc from "fast-check";
import { Jimp } from "jimp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { compileSchema } from "../../src/contract/schema/schema.ts";
import { type DType, DTYPES, Tensor } from "../../src/contract/tensor.ts";
import type { OpenModel } from "../../src/flow/model.ts";
import { onnx } from "../../src/flow/models/onnx.ts";
import { DIGITS, f32, failure, faultOf, i64, INSTALLED, made } from "./onnx-models.ts";

const VECTORS = new URL("vectors.json", DIGITS);
const DIGIT_ROWS = JSON.parse(readFileSync(VECTORS, "utf8")) as {
  file: string;
  input: number[][];
  features: number[];
}[];

const plain = (value: unknown): unknown => (Tensor.is(value) ? value.tolist() : value);

test("the pictures of examples/models are the inputs in its vectors", async () => {
  for (const { file, input } of DIGIT_ROWS) {
    const { bitmap } = await Jimp.read(fileURLToPath(new URL(file, DIGITS)));
    expect([bitmap.width, bitmap.height], file).toEqual([32, 32]);
    // Each pixel of a digit is a square of 4 by 4, and its red is its gray.
    const grayAt = (x: number, y: number) => bitmap.data[4 * (4 * y * 32 + 4 * x)] ?? NaN;
    const read = input.map((row, y) => row.map((_, x) => Math.fround(grayAt(x, y) / 255)));
    expect(read, file).toEqual(input);
  }
});

describe.each(INSTALLED)("with %s", (runtime) => {
  const opened = (name: string) => onnx(made(name), { runtime }).open();

  describe("digits.onnx", () => {
    let digits: OpenModel;
    beforeAll(async () => (digits = await onnx(DIGITS, { runtime }).open()));
    afterAll(() => digits[Symbol.asyncDispose]());

    test("says in the file what it takes and gives", () => {
      expect(digits.input).toEqual({ tensor: { dtype: "float32", shape: ["batch", 1, 8, 8] } });
      expect(digits.output).toEqual({ tensor: { dtype: "float32", shape: ["batch", 32] } });
    });

    test("gives for each picture the features that torch gives", async () => {
      for (const { file, input, features } of DIGIT_ROWS) {
        const given = await digits.run(f32([[input]]));
        expect((given as Tensor).shape, file).toEqual([1, 32]);
        expectClose((given as Tensor).data as Float32Array, features);
      }
    });

    test("gives for all pictures in one batch the same", async () => {
      const given = (await digits.run(f32(DIGIT_ROWS.map(({ input }) => [input])))) as Tensor;
      expect(given.shape).toEqual([10, 32]);
      const features = DIGIT_ROWS.flatMap((row) => row.features);
      expectClose(given.data as Float32Array, features);
    });

    test("has runs that overlap, each with its own answer", async () => {
      const rows = [...DIGIT_ROWS, ...DIGIT_ROWS];
      const given = await Promise.all(rows.map(({ input }) => digits.run(f32([[input]]))));
      for (const [i, { features }] of rows.entries()) {
        expectClose((given[i] as Tensor).data as Float32Array, features);
      }
    });

    test("neither changes nor keeps its input", async () => {
      const input = f32([[DIGIT_ROWS[0]?.input ?? []]]);
      const before = [...input.data];
      const running = digits.run(input);
      expect([...input.data]).toEqual(before);
      input.data.fill(9);
      expectClose(((await running) as Tensor).data as Float32Array, DIGIT_ROWS[0]?.features ?? []);
    });

    // What a flow would have refused before: the runtime's own words come up.
    const MISFITS: readonly [what: string, value: unknown, says: RegExp][] = [
      ["too few axes", f32([[1, 2]]), /^onnx digits\.onnx .*Invalid rank for input: image/],
      ["another length", new Tensor("float32", [1, 1, 8, 7], new Float32Array(56)), /dimensions/],
      ["another dtype", new Tensor("float64", [1, 1, 8, 8], new Float64Array(64)), /double/],
      ["what ONNX lacks", new Tensor("bfloat16", [1], new Uint16Array(1)), /digits\.onnx .*type/i],
      ["no tensor", [1, 2], /wants a float32 tensor at \$, got list of 2$/],
    ];
    test.each(MISFITS)("run() refuses %s", async (_what, value, says) => {
      const fault = await faultOf(digits.run(value));
      expect(fault).toEqual(failure(says));
      expect((fault as { detail: string }).detail).not.toMatch(/\n|ERROR_MESSAGE/);
    });
  });

  describe("elements", () => {
    const dtypes = Object.keys(DTYPES).filter((name) => name !== "bfloat16") as DType[];
    test.each(dtypes)("of %s come back to the bit, whatever they are", async (dtype) => {
      await using model = await opened(`identity ${dtype}`);
      expect(model.input).toEqual({ tensor: { dtype, shape: ["n", 3] } });
      const { bytes, array } = DTYPES[dtype];
      const rows = fc.nat(4).chain((n) => {
        const length = n * 3 * bytes;
        return fc.uint8Array({ minLength: length, maxLength: length }).map((raw) => ({ n, raw }));
      });
      await fc.assert(
        fc.asyncProperty(rows, async ({ n, raw }) => {
          const sent = dtype === "bool" ? raw.map((byte) => byte & 1) : raw;
          const x = new Tensor(dtype, [n, 3], new array(sent.slice().buffer));
          const y = (await model.run(x)) as Tensor;
          expect(y).toBeInstanceOf(Tensor);
          expect([y.dtype, y.shape]).toEqual([dtype, [n, 3]]);
          expect(new Uint8Array(y.data.buffer)).toEqual(sent);
        }),
        { numRuns: 30 },
      );
    });

    test("of a view into a larger buffer are only its own", async () => {
      await using model = await opened("identity uint8");
      const data = Buffer.from("abcdefgh").subarray(2, 5);
      const y = await model.run(new Tensor("uint8", [1, 3], data));
      expect(plain(y)).toEqual([[99, 100, 101]]);
    });

    test("that are strings come back as they were", async () => {
      await using model = await opened("identity string");
      const word = fc.string({ unit: "grapheme" }).filter((one) => !one.includes("\0"));
      const rows = fc.array(fc.tuple(word, word, word), { maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(rows, async (sent) => {
          expect(await model.run(sent)).toEqual(sent);
        }),
        { numRuns: 30 },
      );
    });
  });

  const float = (shape: (number | string | null)[]) => ({ tensor: { dtype: "float32", shape } });
  const words = { type: "array", items: { type: "string" } };
  const dictOf = (properties: object) => ({
    type: "object",
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  });
  const SCHEMAS: readonly [model: string, input: unknown, output: unknown][] = [
    ["scalar", float([]), float([])],
    ["rankless", { tensor: { dtype: "float32" } }, { tensor: { dtype: "float32" } }],
    ["axes", float(["batch", null, null, 4]), float(["batch", null, null, 4])],
    ["two inputs", dictOf({ left: float(["n"]), right: float(["n"]) }), float(["n"])],
    ["an input with a default", float(["n"]), float(["n"])],
    ["no input", dictOf({}), float([1])],
    ["words to numbers", words, float(["n"])],
    [
      "identity string",
      { type: "array", items: { ...words, minItems: 3, maxItems: 3 } },
      undefined,
    ],
    ["rankless strings", true, true],
  ];
  test.each(SCHEMAS)("the model %j says in the file what it takes", async (name, input, output) => {
    await using model = await opened(name);
    expect(model.input).toEqual(input);
    expect(model.output).toEqual(output ?? input);
  });

  const PAIRS = new Tensor("float32", [2, 2], new Float32Array([3, 9, 8, 1]));
  const ROWS: readonly [model: string, gives: string, input: unknown, output: unknown][] = [
    ["scalar", "one element for one", f32(2.5), 2.5],
    ["rankless", "any shape for any", f32([[[1, 2]]]), [[[1, 2]]]],
    ["rankless strings", "a string for one", "a", "a"],
    ["rankless strings", "lists of lists", [[["a"], ["é🙂"]]], [[["a"], ["é🙂"]]]],
    ["axes", "the same", f32([[[[1, 2, 3, 4]]]]), [[[[1, 2, 3, 4]]]]],
    ["axes of nothing", "nothing", new Tensor("int32", [0, 2], new Int32Array(0)), []],
    ["two inputs", "left less right", { right: f32([1, 2]), left: f32([10, 20]) }, [9, 18]],
    ["two outputs", "both", PAIRS, { sum: [12, 9], largest: [1n, 0n] }],
    [
      "odd names",
      "both by name",
      { constructor: f32([1]), "0": f32([2]) },
      { "a b": [1], toString: [-2] },
    ],
    ["an input with a default", "2.5 times it", f32([2, 4]), [5, 10]],
    ["no input", "seven", {}, [7]],
    ["words to numbers", "a number for each", ["zwölf", "?", "one"], [12, -1, 1]],
    ["pick", "the picked", i64([2, 0]), [30, 10]],
  ];
  test.each(ROWS)("the model %j gives %s", async (name, _gives, input, output) => {
    await using model = await opened(name);
    const given = await model.run(input);
    if (isPlainDict(output)) {
      const parts = Object.entries(given as object).map(([key, one]) => [key, plain(one)]);
      expect(Object.fromEntries(parts)).toEqual(output);
    } else {
      expect(plain(given)).toEqual(output);
    }
    // The schemas that it says are schemas of ours, and hold for what went in and came out.
    compileSchema(model.input, "input")(input, { code: "INPUT_MISMATCH" });
    compileSchema(model.output, "output")(given, { code: "OUTPUT_MISMATCH" });
  });
});

function isPlainDict(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function expectClose(given: ArrayLike<number>, wanted: readonly number[]): void {
  expect(given.length).toBe(wanted.length);
  for (const [i, one] of wanted.entries()) {
    expect(Math.abs((given[i] ?? NaN) - one)).toBeLessThan(1e-5);
  }
}
