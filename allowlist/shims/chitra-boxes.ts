/**
 * Bounding boxes: formats, scaling, drawing, and what detectors need, IoU and suppression.
 *
 * A box is kept by its corners, as numbers of pixels that need not be whole; which pixels are drawn
 * is decided when it is drawn, as imgaug does it for Python's chitra.
 *
 * @module
 */

import { said } from "./jsquash-values.ts";

export type Corners = readonly [x1: number, y1: number, x2: number, y2: number];

export interface Box {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly label: unknown;
}

interface Format {
  readonly toCorners: (...numbers: Corners) => Corners;
  readonly fromCorners: (...corners: Corners) => Corners;
}

const CENTRE: Format = {
  toCorners: (x, y, height, width) => [
    x - width / 2,
    y - height / 2,
    x + width / 2,
    y + height / 2,
  ],
  fromCorners: (x1, y1, x2, y2) => [x1 + (x2 - x1) / 2, y1 + (y2 - y1) / 2, y2 - y1, x2 - x1],
};

const FORMATS: Readonly<Record<string, Format>> = {
  xyxy: {
    toCorners: (...corners) => corners,
    fromCorners: (...corners) => corners,
  },
  xywh: {
    toCorners: (x, y, width, height) => [x, y, x + width, y + height],
    fromCorners: (x1, y1, x2, y2) => [x1, y1, x2 - x1, y2 - y1],
  },
  cxcywh: {
    toCorners: (x, y, width, height) => CENTRE.toCorners(x, y, height, width),
    fromCorners(...corners) {
      const [x, y, height, width] = CENTRE.fromCorners(...corners);
      return [x, y, width, height];
    },
  },
  // Python's chitra: the centre, the height, the width; it calls that xxyy, and xyhw in its text.
  xxyy: CENTRE,
  xyhw: CENTRE,
};

function formatFrom(value: unknown): Format {
  const name = typeof value === "string" ? value.toLowerCase() : "";
  const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  if (format) return format;
  const names = Object.keys(FORMATS).join(", ");
  throw new TypeError(`BoundingBoxes wants a format of ${names}, got ${said(value)}`);
}

/** Boxes with a label each. */
export class BoundingBoxes {
  static readonly CENTER = "XXYY";
  static readonly CORNER = "XYXY";
  readonly bboxes: readonly Box[];

  /**
   * @param bboxes Four numbers, or a list of such.
   * @param labels One for each box, or one for the only box.
   * @throws {TypeError} When there are not as many labels as boxes.
   */
  constructor(bboxes?: unknown, labels?: unknown, boxFormat: unknown = "xyxy") {
    const { toCorners } = formatFrom(boxFormat);
    const boxes = listOf(bboxes).map((box, i) => numbersOf(box, `bboxes[${i}]`));
    const names = labelsOf(labels, boxes.length);
    this.bboxes = boxes.map((numbers, i) => boxOf(toCorners(...numbers), names[i]));
  }

  static center_to_corner(x: number, y: number, height: number, width: number): Corners {
    return CENTRE.toCorners(x, y, height, width);
  }

  static corner_to_center(x1: number, y1: number, x2: number, y2: number): Corners {
    return CENTRE.fromCorners(x1, y1, x2, y2);
  }

  get labels(): unknown[] {
    return this.bboxes.map(({ label }) => label);
  }

  get length(): number {
    return this.bboxes.length;
  }

  /** Returns four numbers for each box. */
  tolist(boxFormat: unknown = "xyxy"): Corners[] {
    const { fromCorners } = formatFrom(boxFormat);
    return this.bboxes.map(({ x1, y1, x2, y2 }) => fromCorners(x1, y1, x2, y2));
  }

  /** Returns the boxes as they lie on a picture that was resized. */
  scaled(across: number, down: number): BoundingBoxes {
    const corners = this.bboxes.map(({ x1, y1, x2, y2 }) => [
      x1 * across,
      y1 * down,
      x2 * across,
      y2 * down,
    ]);
    return new BoundingBoxes(corners, this.labels);
  }
}

/** A single box may come without its list. */
function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    throw new TypeError(`BoundingBoxes wants a list of boxes, got ${said(value)}`);
  }
  return value.length === 4 && value.every((one) => typeof one === "number") ? [value] : value;
}

function labelsOf(value: unknown, count: number): readonly unknown[] {
  const labels =
    value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
  if (labels.length === count || labels.length === 0) return labels;
  throw new TypeError(
    `BoundingBoxes wants a label for each of ${count} boxes, got ${labels.length}`,
  );
}

/** Returns four numbers. */
export function numbersOf(value: unknown, at: string): Corners {
  const four = ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value;
  if (Array.isArray(four) && four.length === 4 && four.every(Number.isFinite)) {
    return four as unknown as Corners;
  }
  const got = Array.isArray(four) ? JSON.stringify(four).slice(0, 60) : said(value);
  throw new TypeError(`${at} wants four numbers, got ${got}`);
}

function boxOf([x1, y1, x2, y2]: Corners, label: unknown): Box {
  return {
    x1: Math.min(x1, x2),
    y1: Math.min(y1, y2),
    x2: Math.max(x1, x2),
    y2: Math.max(y1, y2),
    label: label ?? null,
  };
}

/** Pixels of three bytes, row by row. */
export interface Rgb {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

export type Colour = readonly [red: number, green: number, blue: number];

/**
 * Draws the edges of boxes onto a picture: lines of `size` pixels that grow outwards, what is beyond
 * the picture left out. Corners are rounded as numpy does.
 */
export function drawBoxes(image: Rgb, boxes: readonly Box[], size: number, colour: Colour): void {
  for (const { x1, y1, x2, y2 } of boxes) {
    const [left, top, right, bottom] = [x1, y1, x2, y2].map(evenly) as [
      number,
      number,
      number,
      number,
    ];
    const out = size - 1;
    for (let i = 0; i < size; i++) {
      fill(image, [left - out, top - i, right + out, top - i], colour);
      fill(image, [left - out, bottom + i, right + out, bottom + i], colour);
      fill(image, [left - i, top - out, left - i, bottom + out], colour);
      fill(image, [right + i, top - out, right + i, bottom + out], colour);
    }
  }
}

/** To the nearest whole number, halves to the even one. */
function evenly(value: number): number {
  const floor = Math.floor(value);
  const half = value - floor === 0.5;
  return half ? floor + (floor & 1) : Math.round(value);
}

function fill({ width, height, data }: Rgb, [x1, y1, x2, y2]: Corners, colour: Colour): void {
  for (let y = Math.max(0, y1); y <= Math.min(height - 1, y2); y++) {
    for (let x = Math.max(0, x1); x <= Math.min(width - 1, x2); x++) {
      const at = (y * width + x) * 3;
      data[at] = colour[0];
      data[at + 1] = colour[1];
      data[at + 2] = colour[2];
    }
  }
}

/** Intersection over union of two boxes by their corners. */
export function iou(one: unknown, other: unknown): number {
  return overlap(numbersOf(one, "iou(box)"), numbersOf(other, "iou(, box)"));
}

function overlap(a: Corners, b: Corners): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  const both = width > 0 && height > 0 ? width * height : 0;
  const either = areaOf(a) + areaOf(b) - both;
  return either > 0 ? both / either : 0;
}

function areaOf([x1, y1, x2, y2]: Corners): number {
  return (x2 - x1) * (y2 - y1);
}

/** More boxes than any detector gives; each is held against each that is kept. */
const BOXES_MAX = 100_000;

/**
 * Non-maximum suppression as in torchvision: the best box is kept, all that overlap it by more than
 * the threshold are not, and so on.
 *
 * @returns The places of the boxes that are kept, best first.
 */
export function nms(boxes: unknown, scores: unknown, threshold: unknown = 0.5): number[] {
  const list = rowsOf(boxes);
  const values = valuesOf(scores);
  if (list.length !== values.length || list.length > BOXES_MAX) {
    const wants = `nms wants a score for each box, at most ${BOXES_MAX}`;
    throw new TypeError(`${wants}, got ${list.length} boxes and ${values.length} scores`);
  }
  if (typeof threshold !== "number" || !(threshold >= 0 && threshold <= 1)) {
    throw new TypeError(`nms wants a threshold from 0 to 1, got ${said(threshold)}`);
  }
  const order = list.map((_, i) => i).sort((i, k) => (values[k] ?? 0) - (values[i] ?? 0));
  const kept: number[] = [];
  for (const i of order) {
    const box = list[i] as Corners;
    const isFree = kept.every((k) => overlap(list[k] as Corners, box) <= threshold);
    if (isFree) kept.push(i);
  }
  return kept;
}

/** Boxes as lists, as a tensor [boxes, 4], or as `BoundingBoxes`. */
function rowsOf(value: unknown): Corners[] {
  if (value instanceof BoundingBoxes) return value.tolist();
  const list = isTensor(value) ? value.tolist() : value;
  if (!Array.isArray(list)) throw new TypeError(`nms wants a list of boxes, got ${said(value)}`);
  return list.map((box, i) => numbersOf(box, `boxes[${i}]`));
}

function valuesOf(value: unknown): readonly number[] {
  const list = isTensor(value)
    ? value.tolist()
    : ArrayBuffer.isView(value)
      ? [...(value as Float64Array)]
      : value;
  if (Array.isArray(list) && list.every((one) => typeof one === "number")) return list;
  throw new TypeError(`nms wants a list of scores, got ${said(value)}`);
}

function isTensor(value: unknown): value is { tolist(): unknown } {
  return typeof (value as { tolist?: unknown } | null)?.tolist === "function";
}
