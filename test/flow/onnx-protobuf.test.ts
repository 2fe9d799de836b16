// What is read from an ONNX file before ONNX Runtime sees it. The numbers of the fields are those
// of onnx.proto; files are put together here by hand, with nothing of the reader.

import { readFileSync } from "node:fs";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { readModel, Unreadable } from "../../src/flow/models/onnx/protobuf.ts";

/** A field with a length: its tag is the number times 8, plus 2. */
function field(number: number, content: readonly number[] | string): number[] {
  const bytes = typeof content === "string" ? [...Buffer.from(content)] : [...content];
  return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

/** Puts `content` into fields inside each other, outermost first. */
function within(path: readonly number[], content: readonly number[]): number[] {
  return path.reduceRight<number[]>((inner, number) => field(number, inner), [...content]);
}

const read = (bytes: readonly number[]) => readModel(new Uint8Array(bytes));
const [MODEL_GRAPH, GRAPH_NODE, NODE_ATTRIBUTE, ATTRIBUTE_GRAPH] = [7, 1, 5, 6];
const EMPTY_GRAPH = field(MODEL_GRAPH, []);
// name = "w", and a data_location of EXTERNAL.
const EXTERNAL = [...field(8, "w"), 14 * 8, 1];

describe("readModel() finds elements in another file", () => {
  const PLACES: readonly [place: string, path: number[]][] = [
    ["an initializer", [7, 5]],
    ["the values of a sparse initializer", [7, 15, 1]],
    ["the indices of a sparse initializer", [7, 15, 2]],
    ["an attribute of a node", [7, 1, 5, 5]],
    ["a list of tensors of a node", [7, 1, 5, 10]],
    ["a sparse attribute", [7, 1, 5, 22, 1]],
    ["a list of sparse attributes", [7, 1, 5, 23, 2]],
    ["an initializer of a branch", [7, 1, 5, 6, 5]],
    ["a node of one of several branches", [7, 1, 5, 11, 1, 5, 5]],
    ["a node of a function", [25, 7, 5, 5]],
    ["the default of an attribute of a function", [25, 11, 5]],
  ];
  test.each(PLACES)("in %s", (_place, path) => {
    expect(read([...EMPTY_GRAPH, ...within(path, EXTERNAL)]).external).toBe("w");
    expect(read([...EMPTY_GRAPH, ...within(path, field(8, "w"))]).external).toBeUndefined();
  });

  test("where only the place is named, and no location is said", () => {
    const tensor = [...field(13, field(1, "location")), ...field(8, "w")];
    expect(read(within([7, 5], tensor)).external).toBe("w");
  });
});

describe("readModel() refuses", () => {
  const ROWS: readonly [what: string, bytes: number[], says: RegExp][] = [
    ["nothing at all", [], /has no graph/],
    ["a model without a graph", field(2, "pytorch"), /has no graph/],
    ["a length beyond the end", [...EMPTY_GRAPH, 8 * 8 + 2, 5, 1], /at byte 4/],
    ["a length beyond what holds it", field(7, [5 * 8 + 2, 5]), /at byte 4/],
    ["a group", [7 * 8 + 3], /at byte 1/],
    ["a field of number 0", [2, 0], /at byte 1/],
    ["a number that does not end", [8, ...Array<number>(10).fill(255)], /at byte 11/],
    ["a number that is cut off", [8, 255], /at byte 2/],
    ["half a double", [2 * 8 + 1, 0, 0, 0, 0], /at byte 1/],
  ];
  test.each(ROWS)("%s", (_what, bytes, says) => {
    expect(() => read(bytes)).toThrow(Unreadable);
    expect(() => read(bytes)).toThrow(says);
  });

  test("graphs nested without end, but not 30 of them", () => {
    const nested = (count: number) =>
      within(
        [MODEL_GRAPH, ...Array(count).fill([GRAPH_NODE, NODE_ATTRIBUTE, ATTRIBUTE_GRAPH]).flat()],
        [],
      );
    expect(() => read(nested(30))).not.toThrow();
    expect(() => read(nested(40))).toThrow(/nested deeper than 100 levels/);
  });
});

test("readModel() gives what comes last when a field stands twice, as protobuf does", () => {
  const type = (element: number) => field(2, field(1, [8, element]));
  const input = [...field(1, "a"), ...type(1), ...field(1, "b"), ...type(7)];
  expect(read(within([7, 11], input)).inputs).toEqual([
    { name: "b", kind: "tensor", element: 7, hasShape: false },
  ]);
});

test("readModel() reads bytes that were changed, or refuses them, and does nothing else", () => {
  const digits = readFileSync(new URL("../../examples/models/digits.onnx", import.meta.url));
  // The weights are skipped, so changes are made where the structure is.
  const places = fc.oneof(fc.nat(600), fc.integer({ min: digits.length - 900, max: 86_000 }));
  const changes = fc.array(fc.tuple(places, fc.nat(255)), { minLength: 1, maxLength: 4 });
  const cut = fc.option(fc.nat(digits.length));
  fc.assert(
    fc.property(changes, cut, (list, end) => {
      const bytes = new Uint8Array(digits.subarray(0, end ?? digits.length));
      for (const [at, byte] of list) bytes[at % bytes.length] = byte;
      try {
        expect(readModel(bytes).outputs.length).toBeLessThan(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(Unreadable);
      }
    }),
    { numRuns: 2_000 },
  );
});
