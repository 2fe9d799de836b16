/**
 * `torch.ops`: what detection needs of torchvision's ops. Boxes are rows of `[x1, y1, x2, y2]`.
 *
 * @module
 */

import { numberFrom, placed, wordFrom } from "./torch-arguments.ts";
import { cast, tensorFrom } from "./torch-convert.ts";
import { floatOf, storeOf } from "./torch-dtypes.ts";
import { blank, type Elements, show, type TorchTensor } from "./torch-tensor.ts";

type BoxOp = (boxes: unknown, ...rest: unknown[]) => TorchTensor;

/** The functions, by name. */
export const BOX_OPS: Readonly<Record<string, BoxOp>> = {
  nms: (boxes, ...rest) => {
    const [scores, threshold] = placed("ops.nms", ["scores", "iou_threshold"], rest);
    return nms(boxesFrom(boxes), scores, threshold);
  },
  batched_nms: (boxes, ...rest) => {
    const names = ["scores", "idxs", "iou_threshold"];
    const [scores, classes, threshold] = placed("ops.batched_nms", names, rest);
    return nms(boxesFrom(boxes), scores, threshold, tensorFrom(classes));
  },
  box_area: (boxes) => boxArea(boxesFrom(boxes)),
  box_iou: (boxes, other) => boxIou(boxesFrom(boxes), boxesFrom(other)),
  box_convert: (boxes, ...rest) => {
    const [from, to] = placed("ops.box_convert", ["in_fmt", "out_fmt"], rest);
    return boxConvert(boxesFrom(boxes), from, to);
  },
};

function boxesFrom(value: unknown): TorchTensor {
  const boxes = tensorFrom(value);
  if (boxes.ndim === 2 && boxes.shape[1] === 4) return cast(boxes, floatOf(boxes.dtype));
  throw new RangeError(`torch.ops wants boxes of shape [N, 4], got ${show(boxes)}`);
}

/**
 * Returns the places of the boxes that stay, the best first: one goes when it overlaps a better one
 * (of its own class, where there are classes) by more than the threshold.
 */
function nms(boxes: TorchTensor, scores: unknown, threshold: unknown, classes?: TorchTensor) {
  const most = numberFrom(threshold, "an iou_threshold");
  const { elements: ranks, shape } = tensorFrom(scores);
  const count = boxes.shape[0] as number;
  for (const sizes of [shape, classes?.shape ?? shape]) {
    if (sizes.length === 1 && sizes[0] === count) continue;
    throw new RangeError(`torch.ops.nms wants a score and a class for each of ${count} boxes`);
  }
  const order = Uint32Array.from({ length: count }, (_, i) => i).toSorted(
    (one, other) => (ranks[other] as number) - (ranks[one] as number) || one - other,
  );
  const gone = new Uint8Array(count);
  const kept: number[] = [];
  for (const [rank, i] of order.entries()) {
    if (gone[i] === 1) continue;
    kept.push(i);
    for (const j of order.subarray(rank + 1)) {
      const apart = classes && classes.elements[i] !== classes.elements[j];
      if (!apart && overlap(boxes.elements, i, boxes.elements, j) > most) gone[j] = 1;
    }
  }
  const out = blank("int64", [kept.length]);
  out.elements.set(kept);
  return out;
}

/** Returns how much of what two boxes cover they share; of boxes without an area NaN, as there. */
function overlap(boxes: Elements, i: number, others: Elements, j: number): number {
  const side = (low: number, high: number): number => {
    const end = Math.min(boxes[4 * i + high] as number, others[4 * j + high] as number);
    return Math.max(end - Math.max(boxes[4 * i + low] as number, others[4 * j + low] as number), 0);
  };
  const shared = side(0, 2) * side(1, 3);
  return shared / (areaAt(boxes, i) + areaAt(others, j) - shared);
}

function areaAt(boxes: Elements, i: number): number {
  const [left = 0, top = 0, right = 0, bottom = 0] = boxes.subarray(4 * i, 4 * i + 4);
  return (right - left) * (bottom - top);
}

function boxArea(boxes: TorchTensor): TorchTensor {
  const out = blank(boxes.dtype, [boxes.shape[0] as number]);
  const store = storeOf(boxes.dtype);
  for (let i = 0; i < out.elements.length; i++) out.elements[i] = store(areaAt(boxes.elements, i));
  return out;
}

function boxIou(boxes: TorchTensor, others: TorchTensor): TorchTensor {
  const [rows, columns] = [boxes.shape[0] as number, others.shape[0] as number];
  const out = blank(boxes.dtype, [rows, columns]);
  const store = storeOf(boxes.dtype);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      out.elements[i * columns + j] = store(overlap(boxes.elements, i, others.elements, j));
    }
  }
  return out;
}

const FORMATS = ["xyxy", "xywh", "cxcywh"] as const;

/** By way of corners: `[left, top, right, bottom]`. */
function boxConvert(boxes: TorchTensor, from: unknown, to: unknown): TorchTensor {
  const [given, wanted] = [wordFrom(from, "in_fmt", FORMATS), wordFrom(to, "out_fmt", FORMATS)];
  const out = blank(boxes.dtype, boxes.shape);
  const store = storeOf(boxes.dtype);
  for (let i = 0; i < boxes.elements.length; i += 4) {
    const [a = 0, b = 0, c = 0, d = 0] = boxes.elements.subarray(i, i + 4);
    const half = given === "cxcywh" ? 0.5 : 0;
    const [left, top] = [a - half * c, b - half * d];
    const [right, bottom] = given === "xyxy" ? [c, d] : [left + c, top + d];
    const [wide, high] = [right - left, bottom - top];
    const box = {
      xyxy: [left, top, right, bottom],
      xywh: [left, top, wide, high],
      cxcywh: [left + wide / 2, top + high / 2, wide, high],
    }[wanted];
    box.forEach((value, k) => (out.elements[i + k] = store(value)));
  }
  return out;
}
