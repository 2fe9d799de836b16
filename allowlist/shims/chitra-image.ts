/**
 * The class `Chitra`: a picture in RGB together with its boxes.
 *
 * @module
 */

import { imageHeader } from "../../src/contract/image-header.ts";
import type { LibraryWorld } from "../../src/contract/library.ts";
import type { Tensor } from "../../src/contract/tensor.ts";
import { BoundingBoxes, type Colour, drawBoxes } from "./chitra-boxes.ts";
import { resample, resampleFrom, type Words } from "./chitra-resample.ts";
import { checkFile, checkSize } from "./jimp-bounds.ts";
import { jpegDecoder, Keeper, type Picture, pngCodec, webpDecoder } from "./jsquash-codecs.ts";
import {
  imageFrom,
  optionsFrom,
  pictureFrom,
  pixelsFrom,
  said,
  withoutAlpha,
  tensorOf,
} from "./jsquash-values.ts";

const FORMATS = ["jpeg", "png", "webp"];
const MARKER_SIZE_MAX = 1_000;

/** What a chitra keeps that its hook does not see. */
interface Tools {
  readonly world: LibraryWorld;
  readonly decode: (file: Uint8Array) => Picture;
}

export type ChitraClass = ReturnType<typeof chitraClass>;

/** Returns the class, with the codecs of this library behind it. */
export function chitraClass(world: LibraryWorld) {
  const tools = { world, decode: decoderFor(world) };
  return class Chitra {
    #image: Words;
    bboxes: BoundingBoxes;

    /**
     * @param data The bytes of a JPEG, PNG or WebP; a uint8 tensor [height, width, 3 or 4]; an
     * image of jimp; another Chitra, whose pixels are shared until one of them is resized.
     */
    constructor(data: unknown, bboxes?: unknown, labels?: unknown, boxFormat: unknown = "xyxy") {
      this.#image = Chitra.is(data) ? data.#image : wordsFrom(data, tools);
      this.bboxes =
        bboxes instanceof BoundingBoxes ? bboxes : new BoundingBoxes(bboxes, labels, boxFormat);
    }

    static is(value: unknown): value is Chitra {
      return typeof value === "object" && value !== null && #image in value;
    }

    get shape(): [height: number, width: number, channels: number] {
      return [this.#image.height, this.#image.width, 3];
    }

    get size(): [width: number, height: number] {
      return [this.#image.width, this.#image.height];
    }

    /** Returns the pixels as a uint8 tensor [height, width, 3], copied. */
    numpy(): Tensor {
      return new world.Tensor("uint8", this.shape, rgbOf(this.#image));
    }

    /** As `numpy`. */
    to_tensor(): Tensor {
      return this.numpy();
    }

    /** Resizes the picture and leaves the boxes: `size` is [width, height]. */
    resize(size: unknown, by: unknown = "bicubic"): this {
      const [width, height] = sizeFrom(size, world.pixelsMax);
      const name = resampleFrom(by);
      // Between the two directions stands a picture of the new width and the old height.
      checkSize(width, this.#image.height, world.pixelsMax);
      this.#image = resample(this.#image, width, height, name);
      return this;
    }

    /** Resizes the picture and its boxes with it. */
    resize_image_with_bbox(size: unknown, by: unknown = "bicubic"): this {
      const [width, height] = this.size;
      this.resize(size, by);
      const [newWidth, newHeight] = this.size;
      this.bboxes = this.bboxes.scaled(newWidth / width, newHeight / height);
      return this;
    }

    /** Returns a copy of the pixels with the boxes drawn onto it; labels are not written. */
    draw_boxes(options?: unknown): Tensor {
      const { marker_size = 2, color = [0, 255, 0] } = optionsFrom(options, "draw_boxes", [
        "marker_size",
        "color",
      ]);
      const lineSize = pixelsFrom(marker_size, "draw_boxes", "marker_size");
      if (lineSize > MARKER_SIZE_MAX) {
        throw new RangeError(`draw_boxes wants a marker_size of at most ${MARKER_SIZE_MAX}`);
      }
      const { width, height } = this.#image;
      const data = rgbOf(this.#image);
      drawBoxes({ width, height, data }, this.bboxes.bboxes, lineSize, colourFrom(color));
      return new world.Tensor("uint8", this.shape, data);
    }
  };
}

/** Returns one decoder for the three formats, as they lie in the file. */
function decoderFor(world: LibraryWorld): (file: Uint8Array) => Picture {
  const keeper = new Keeper(world);
  const [jpeg, png, webp] = [jpegDecoder(keeper), pngCodec(keeper), webpDecoder(keeper)];
  return (file) => {
    checkFile(file, { who: "Chitra", formats: FORMATS, pixelsMax: world.pixelsMax });
    const format = imageHeader(file)?.format;
    return format === "jpeg" ? jpeg(file) : format === "png" ? png.decode(file) : webp(file);
  };
}

function wordsFrom(value: unknown, { world, decode }: Tools): Words {
  const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : value;
  if (bytes instanceof Uint8Array) return wordsOf(decode(bytes));
  const tensor = tensorOf(value, world);
  if (tensor) {
    const picture = pictureFrom(imageFrom(tensor, "Chitra", world));
    return wordsOf(picture.data === tensor.data ? copied(picture) : picture);
  }
  const wants =
    "the bytes of a JPEG, PNG or WebP, a uint8 tensor [height, width, 3], or an image of jimp";
  throw new TypeError(`Chitra wants ${wants}, got ${said(value)}`);
}

interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** What a hook may write into is not kept. */
function copied({ width, height, data }: Pixels): Picture {
  return { width, height, data: new Uint8Array(data) };
}

/** The very pixels, which are four bytes each at the start of their buffer. */
function wordsOf({ width, height, data }: Picture): Words {
  return { width, height, words: new Int32Array(data.buffer, 0, width * height) };
}

function rgbOf({ words }: Words): Uint8Array<ArrayBuffer> {
  return withoutAlpha(new Uint8Array(words.buffer, 0, words.length * 4));
}

function sizeFrom(value: unknown, pixelsMax: number): [width: number, height: number] {
  const pair = Array.isArray(value) ? value : [];
  if (pair.length !== 2) {
    throw new TypeError(`Chitra wants a size as [width, height], got ${said(value)}`);
  }
  const width = pixelsFrom(pair[0], "Chitra", "a width");
  const height = pixelsFrom(pair[1], "Chitra", "a height");
  checkSize(width, height, pixelsMax);
  return [width, height];
}

function colourFrom(value: unknown): Colour {
  const isByte = (one: unknown) => Number.isInteger(one) && Number(one) >= 0 && Number(one) <= 255;
  if (Array.isArray(value) && value.length === 3 && value.every(isByte)) {
    return value as unknown as Colour;
  }
  throw new TypeError(`draw_boxes wants a color of three bytes, got ${said(value)}`);
}
