/**
 * Image processors: pictures to the `pixel_values` that a vision model takes, by the model's own
 * preprocessor_config.json.
 *
 * Resize, crop, rescale, normalize, in this order and in the precision of Python's: bytes up to the
 * crop, float32 from there on. Pictures come decoded, as tensors uint8 [height, width, colours]
 * (jimp's come back so), or as images of jimp.
 *
 * Not here: what needs boxes, masks or patches (padding to a common size, tiles); such a file is
 * refused.
 *
 * @module
 */

import type { LibraryWorld } from "../../src/contract/library.ts";
import type { Tensor } from "../../src/contract/tensor.ts";
import { type Picture, RESAMPLES, resize } from "./transformers-resize.ts";
import { tensorIn } from "./transformers-types.ts";
import { type Dict, dictFrom, show, wholeFrom } from "./util-arguments.ts";

const WHO = "An image processor";

interface Size {
  readonly height: number;
  readonly width: number;
}

/** A file, read and checked. */
interface Plan {
  /** How large a picture is to be before it is cut. */
  readonly size: ((picture: Size) => Size) | undefined;
  readonly resample: number;
  readonly crop: Size | undefined;
  readonly scale: number | undefined;
  readonly normal:
    { readonly mean: readonly number[]; readonly std: readonly number[] } | undefined;
}

/** What a file may ask for that is not done here. */
const NOT_HERE = ["do_pad", "do_reduce_labels", "do_image_splitting", "crop_pct", "do_thumbnail"];

/**
 * Returns a processor: a function of a picture, or a list of them, to `{pixel_values}`, a tensor
 * float32 [pictures, 3, height, width].
 *
 * @throws {TypeError} When the file asks for what is not done here, or lacks what it needs.
 */
export function imageProcessor(config: Dict, world: LibraryWorld): object {
  const plan = planFrom(config);
  return Object.assign(
    (images: unknown, options?: unknown) => {
      checkOptions(options);
      const list: readonly unknown[] = Array.isArray(images) ? images : [images];
      const made = list.map((image) => pixelsOf(pictureFrom(image), plan, world));
      return { pixel_values: stacked(made, world) };
    },
    { config },
  );
}

function checkOptions(value: unknown): void {
  const { return_tensors, ...rest } = dictFrom(value, WHO);
  const [stray] = Object.keys(rest);
  if (stray !== undefined) {
    throw new TypeError(`${WHO} takes return_tensors alone, and the rest from its file: ${stray}`);
  }
  if (return_tensors === undefined || return_tensors === "np" || return_tensors === "pt") return;
  throw new TypeError(`${WHO} wants return_tensors as np or pt, got ${show(return_tensors)}`);
}

function planFrom(config: Dict): Plan {
  const asked = NOT_HERE.find((name) => config[name] !== undefined && config[name] !== false);
  if (asked !== undefined) throw new TypeError(`${WHO} with ${asked} is not known here`);
  const { resample = 2, rescale_factor = 1 / 255, image_mean, image_std } = config;
  const { do_resize = true, do_rescale = true, do_normalize = true } = config;
  const { do_center_crop = config.crop_size !== undefined } = config;
  if (!RESAMPLES.includes(resample as number)) {
    throw new RangeError(`${WHO} wants resample of ${RESAMPLES.join(", ")}, got ${show(resample)}`);
  }
  return {
    size: do_resize === true ? sizeFrom(config) : undefined,
    resample: resample as number,
    crop: do_center_crop === true ? bothFrom(config.crop_size, "crop_size") : undefined,
    scale: do_rescale === true ? numberFrom(rescale_factor, "rescale_factor") : undefined,
    normal:
      do_normalize === true
        ? { mean: coloursFrom(image_mean, "image_mean"), std: coloursFrom(image_std, "image_std") }
        : undefined,
  };
}

/** A number alone is the shorter side for those that cut, and both sides for the others. */
function sizeFrom({ size, image_processor_type, feature_extractor_type }: Dict): Plan["size"] {
  const kind = String(image_processor_type ?? feature_extractor_type);
  const isNumber = typeof size === "number";
  const { shortest_edge = isNumber && /CLIP/.test(kind) ? size : undefined, longest_edge } = (
    isNumber ? {} : dictFrom(size, `${WHO}'s size`)
  ) as Dict;
  if (longest_edge !== undefined) throw new TypeError(`${WHO} with longest_edge is not known here`);
  if (shortest_edge === undefined) {
    const both = bothFrom(size, "size");
    return () => both;
  }
  const edge = sideFrom(shortest_edge, "size.shortest_edge");
  return ({ height, width }) => {
    // Cut off, as Python's int() does.
    const long = Math.trunc((edge * Math.max(height, width)) / Math.min(height, width));
    return width <= height ? { height: long, width: edge } : { height: edge, width: long };
  };
}

function bothFrom(value: unknown, name: string): Size {
  if (typeof value === "number") {
    const side = sideFrom(value, name);
    return { height: side, width: side };
  }
  const { height, width } = dictFrom(value, `${WHO}'s ${name}`);
  return {
    height: sideFrom(height, `${name}.height`),
    width: sideFrom(width, `${name}.width`),
  };
}

function sideFrom(value: unknown, name: string): number {
  return wholeFrom(value, `${WHO} wants ${name}`, 1);
}

function numberFrom(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new TypeError(`${WHO} wants ${name} as a number, got ${show(value)}`);
}

const COLOURS = 3;

function coloursFrom(value: unknown, name: string): readonly number[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : Array(COLOURS).fill(value);
  if (list.length === COLOURS) return list.map((one) => numberFrom(one, name));
  throw new TypeError(`${WHO} wants ${name} as ${COLOURS} numbers, got ${list.length}`);
}

/** A picture in red, green and blue: opacity is left out, as Pillow's convert("RGB") does. */
function pictureFrom(value: unknown): Picture {
  const tensor = tensorIn(value);
  if (!tensor) {
    const want = "uint8 tensors [height, width, 3] or images of jimp";
    throw new TypeError(`${WHO} wants ${want}, got ${show(value)}`);
  }
  const { dtype, shape, data } = tensor;
  const [height = 0, width = 0, colours = 1] = shape;
  const fits = (shape.length === 2 || shape.length === 3) && [1, 3, 4].includes(colours);
  if (dtype !== "uint8" || !fits || data.length === 0) {
    const got = `${dtype} [${shape.join(", ")}]`;
    throw new TypeError(`${WHO} wants tensors uint8 [height, width, 1, 3 or 4], got ${got}`);
  }
  return coloured({ height, width, colours, data: data as Uint8Array });
}

function coloured(picture: Picture): Picture {
  const { height, width, colours, data: old } = picture;
  if (colours === COLOURS) return picture;
  const data = new Uint8Array(height * width * COLOURS);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < COLOURS; c++) {
      data[i * COLOURS + c] = old[i * colours + (colours === 1 ? 0 : c)] ?? 0;
    }
  }
  return { height, width, colours: COLOURS, data };
}

interface Pixels extends Size {
  /** Colour by colour. */
  readonly data: Float32Array<ArrayBuffer>;
}

function pixelsOf(picture: Picture, plan: Plan, { pixelsMax }: LibraryWorld): Pixels {
  const wanted = plan.size?.(picture) ?? picture;
  for (const { height, width } of [wanted, plan.crop ?? wanted]) {
    if (height * width <= pixelsMax) continue;
    const got = `${height} times ${width}`;
    throw new RangeError(`${WHO} wants pictures of at most ${pixelsMax} pixels, got ${got}`);
  }
  const sized = plan.size ? resize(picture, wanted, plan.resample) : picture;
  return floatsOf(plan.crop ? cropped(sized, plan.crop) : sized, plan);
}

/** Cuts out the middle; where the picture is smaller, black stands around it. */
function cropped(picture: Picture, { height, width }: Size): Picture {
  const { colours } = picture;
  const top = Math.floor((picture.height - height) / 2);
  const left = Math.floor((picture.width - width) / 2);
  const data = new Uint8Array(height * width * colours);
  const [from, to] = [Math.max(0, left), Math.min(picture.width, left + width)];
  for (let y = Math.max(0, -top); y < Math.min(height, picture.height - top); y++) {
    const row = (y + top) * picture.width;
    const line = picture.data.subarray((row + from) * colours, (row + to) * colours);
    data.set(line, (y * width + from - left) * colours);
  }
  return { height, width, colours, data };
}

/** Rounds to 32 bits after each step, as numpy does. */
function floatsOf({ height, width, data }: Picture, { scale, normal }: Plan): Pixels {
  const out = new Float32Array(COLOURS * height * width);
  for (let c = 0; c < COLOURS; c++) {
    // There are 256 different bytes, and a picture has many more.
    const values = Float32Array.from({ length: 256 }, (_, byte) => {
      const scaled = Math.fround(scale === undefined ? byte : byte * scale);
      const { mean, std } = normal ?? {};
      const centred = Math.fround(scaled - Math.fround(mean?.[c] ?? 0));
      return centred / Math.fround(std?.[c] ?? 1);
    });
    for (let i = 0; i < height * width; i++) {
      out[c * height * width + i] = values[data[i * COLOURS + c] ?? 0] ?? 0;
    }
  }
  return { height, width, data: out };
}

function stacked(list: readonly Pixels[], { Tensor }: LibraryWorld): Tensor {
  const [first] = list;
  if (!first) throw new TypeError(`${WHO} wants a picture at least, got an empty list`);
  const { height, width } = first;
  const data = new Float32Array(list.length * first.data.length);
  for (const [i, one] of list.entries()) {
    if (one.height !== height || one.width !== width) {
      const got = `[${height}, ${width}] and [${one.height}, ${one.width}]`;
      throw new RangeError(`${WHO} wants pictures that come out equal in size, got ${got}`);
    }
    data.set(one.data, i * first.data.length);
  }
  return new Tensor("float32", [list.length, COLOURS, height, width], data);
}
