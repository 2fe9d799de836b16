// BYTES: strings and bytes in nested lists, to a server and back in both forms.

import { isUtf8 } from "node:buffer";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { compileSchema } from "../../src/contract/schema/schema.ts";
import { identity, served } from "./open-inference-served.ts";

const bytes = (...elements: number[]) => Uint8Array.from(elements);

/** What goes in as BYTES of some rank, and what comes out where that is not the same. */
const BYTES_ROWS: readonly [name: string, rank: number, value: unknown, back?: unknown][] = [
  ["strings", 1, ["a", "", "é😀"]],
  [
    "rows of strings",
    2,
    [
      ["a", "b", "c"],
      ["d", "e", "f"],
    ],
  ],
  ["one string without axes", 0, "alone"],
  ["no strings", 1, []],
  ["rows of none", 2, [[], []]],
  ["no rows", 2, []],
  ["bytes that are UTF-8", 1, [bytes(0x61), "b"], ["a", "b"]],
  ["a string with a NUL and a mark of byte order", 1, ["\uFEFFx\u0000"]],
];

const BINARY_ROWS: typeof BYTES_ROWS = [
  ["bytes that are no UTF-8", 1, [bytes(0xff, 0xd8), bytes()]],
  ["strings beside bytes", 1, ["é", bytes(0xff)], [bytes(0xc3, 0xa9), bytes(0xff)]],
  ["rows of bytes", 2, [[bytes(0x80)], [bytes(0xc0)]]],
];

describe("BYTES", () => {
  test.each([...BYTES_ROWS, ...BINARY_ROWS])("as bytes: %s", async (_name, rank, value, back) => {
    await served({ model: identity("BYTES", rank), binary: true }, async (opened) => {
      compileSchema(opened.input, "input")(value, { code: "INPUT_MISMATCH" });
      const result = await opened.run(value);
      compileSchema(opened.output, "output")(result, { code: "OUTPUT_MISMATCH" });
      expect(result).toStrictEqual(back ?? value);
    });
  });

  test.each(BYTES_ROWS)("as JSON: %s", async (_name, rank, value, back) => {
    await served({ model: identity("BYTES", rank), binary: false }, async (opened) => {
      expect(await opened.run(value)).toStrictEqual(back ?? value);
    });
  });

  test.each([true, false])("with text: false all of it is bytes, binary: %s", async (binary) => {
    const options = { text: false };
    await served({ model: identity("BYTES", 1), binary, options }, async (opened) => {
      expect(await opened.run(["é", ""])).toStrictEqual([bytes(0xc3, 0xa9), bytes()]);
    });
  });

  test("the elements of one output are all strings or all bytes", async () => {
    await served({ model: identity("BYTES", 2), binary: true }, async (opened) => {
      const element = fc.oneof(fc.string({ unit: "binary" }), fc.uint8Array({ maxLength: 4 }));
      const row = fc.array(element, { minLength: 3, maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(fc.array(row, { maxLength: 4 }), async (rows) => {
          const raw = rows.map((one) =>
            one.map((item) => new Uint8Array(Buffer.from(item as never))),
          );
          const isText = raw.flat().every((item) => isUtf8(item));
          const texts = raw.map((one) => one.map((item) => Buffer.from(item).toString("utf8")));
          expect(await opened.run(rows)).toStrictEqual(isText ? texts : raw);
        }),
        { numRuns: 50 },
      );
    });
  });

  const MISFITS: readonly [name: string, value: unknown, path: string, detail: string][] = [
    ["ragged rows", [["a"], ["b", "c"]], "$[1]", "wants a list of 1, as its neighbours are"],
    ["a number", [["a"], [1]], "$[1][0]", "wants a string or bytes, got number 1"],
    ["too few levels", ["a"], "$[0]", "wants a list of 0, as its neighbours are"],
    ["too many levels", [[["a"]]], "$[0][0]", "wants a string or bytes, got list of 1"],
    ["a lone surrogate", [["\ud800"]], "$[0][0]", "wants a string or bytes, got string"],
  ];

  test.each(MISFITS)("refused: %s", async (_name, value, path, detail) => {
    await served({ model: identity("BYTES", 2), binary: true }, async (opened) => {
      await expect(opened.run(value)).rejects.toMatchObject({
        code: "INPUT_MISMATCH",
        path,
        detail: expect.stringContaining(detail),
      });
    });
  });

  test("bytes that are no UTF-8 are refused where only JSON is spoken", async () => {
    await served({ model: identity("BYTES", 1), binary: false }, async (opened) => {
      await expect(opened.run([bytes(0xff)])).rejects.toMatchObject({
        code: "INPUT_MISMATCH",
        path: "$",
        detail: expect.stringContaining("holds bytes that are no UTF-8"),
      });
    });
  });
});
