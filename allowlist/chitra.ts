/**
 * chitra, the stand-in for Python's chitra: a picture with its boxes, and the pre- and
 * postprocessing of vision models that it has ready.
 *
 * A module of ours. Pictures are decoded by the codecs of jSquash and resized as Pillow does it, to
 * the byte, because that is what a model of the Python world was fed with. Files of other formats
 * come in through jimp.
 *
 * Not here: plots, files and URLs, and what Python's chitra has for training and serving.
 *
 * @module
 */

import type { Library, LibraryWorld } from "../src/contract/library.ts";
import type { Tensor } from "../src/contract/tensor.ts";
import { BoundingBoxes, iou, nms } from "./shims/chitra-boxes.ts";
import { type ChitraClass, chitraClass } from "./shims/chitra-image.ts";
import { optionsFrom, said } from "./shims/jsquash-values.ts";

let loaded: ChitraClass | undefined;

export default {
  name: "chitra",
  aliases: [],
  standsIn: "chitra",
  notes:
    "new Chitra(bytes or tensor or jimp's image, bboxes, labels, format) holds RGB: resize([w, h]), " +
    "resize_image_with_bbox([w, h]) and draw_boxes({marker_size, color}) give Pillow's very pixels, " +
    "numpy() a uint8 tensor [height, width, 3]. Formats of boxes: xyxy, xywh, cxcywh, and chitra's " +
    "own xxyy (centre, height, width). default_preprocess(image, {image_shape}) gives float32 " +
    "[1, height, width, 3] from -1 to 1. batchify, iou, nms. No plots, no labels in pictures.",
  packages: [],
  bundle: {},
  load(world) {
    const Chitra = chitraClass(world);
    loaded = Chitra;
    const vision = new DataProcessor(
      (data: unknown, options?: unknown) => preprocess(new Chitra(data), options, world),
      postprocess,
    );
    return {
      Chitra,
      BoundingBoxes,
      DataProcessor,
      DefaultVisionProcessor: { vision },
      default_preprocess: vision.preprocess_fn,
      default_postprocess: postprocess,
      batchify,
      iou,
      nms,
    };
  },
  toTensor: (value) => (loaded?.is(value) ? value.numpy() : undefined),
  toPlain: (value) => (value instanceof BoundingBoxes ? [...value.bboxes] : undefined),
} satisfies Library;

type Step = (value: unknown, options?: unknown) => unknown;

/** Two functions around a model. */
class DataProcessor {
  preprocess_fn: Step | undefined;
  postprocess_fn: Step | undefined;

  constructor(preprocessFn?: Step, postprocessFn?: Step) {
    this.preprocess_fn = preprocessFn;
    this.postprocess_fn = postprocessFn;
  }

  set_preprocess_fn(step: Step): void {
    this.preprocess_fn = step;
  }

  set_postprocess_fn(step: Step): void {
    this.postprocess_fn = step;
  }

  preprocess(value: unknown, options?: unknown): unknown {
    if (!this.preprocess_fn) throw new TypeError("DataProcessor has no preprocess_fn");
    return this.preprocess_fn(value, options);
  }

  postprocess(value: unknown, options?: unknown): unknown {
    if (!this.postprocess_fn) throw new TypeError("DataProcessor has no postprocess_fn");
    return this.postprocess_fn(value, options);
  }
}

const OPTIONS = ["image_shape", "rescale", "expand_dims"];

/** What chitra does to a picture before a model sees it. */
function preprocess(
  image: InstanceType<ChitraClass>,
  options: unknown,
  { Tensor }: LibraryWorld,
): Tensor {
  const {
    image_shape,
    rescale = true,
    expand_dims = true,
  } = optionsFrom(options, "default_preprocess", OPTIONS);
  if (image_shape !== undefined && image_shape !== null) image.resize(image_shape);
  const pixels = image.numpy().data;
  const data = new Float32Array(pixels.length);
  const values = Float32Array.from({ length: 256 }, (_, byte) => valueOf(byte, rescale === true));
  for (let i = 0; i < data.length; i++) data[i] = values[Number(pixels[i])] ?? 0;
  return new Tensor("float32", expand_dims === true ? [1, ...image.shape] : image.shape, data);
}

/** In float32 at each step, as numpy reckons. */
function valueOf(byte: number, rescale: boolean): number {
  return rescale ? Math.fround(byte / 127.5) - 1 : byte;
}

/** What a model gave, as lists. */
function postprocess(value: unknown, options?: unknown): unknown {
  const { return_type = "list" } = optionsFrom(options, "default_postprocess", ["return_type"]);
  const { tolist } = (value ?? {}) as { readonly tolist?: unknown };
  if (return_type !== "list" || typeof tolist !== "function") return value;
  return (tolist as () => unknown).call(value);
}

/** Returns a list in parts of at most `size`. */
function batchify(list: unknown, size: unknown = 1): unknown[][] {
  if (!Array.isArray(list)) throw new TypeError(`batchify wants a list, got ${said(list)}`);
  if (!Number.isSafeInteger(size) || Number(size) < 1) {
    throw new TypeError(`batchify wants a size of at least 1, got ${said(size)}`);
  }
  const batches: unknown[][] = [];
  for (let i = 0; i < list.length; i += Number(size)) batches.push(list.slice(i, i + Number(size)));
  return batches;
}
