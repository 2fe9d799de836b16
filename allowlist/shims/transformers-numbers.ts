/**
 * The arithmetic on tensors that stands around a model: softmax of logits, and pixels as models
 * want them. All of it is done in float64.
 *
 * @module
 */

import type { LibraryWorld } from "../../src/contract/library.ts";
import { fromBfloat16, type Nested, type Tensor } from "../../src/contract/tensor.ts";
import { tensorIn } from "./transformers-types.ts";
import { dictFrom, show } from "./util-arguments.ts";

/** The mean and the deviation of each colour, as models were trained with. */
export const CONSTANTS = {
  IMAGENET_DEFAULT_MEAN: [0.485, 0.456, 0.406],
  IMAGENET_DEFAULT_STD: [0.229, 0.224, 0.225],
  IMAGENET_STANDARD_MEAN: [0.5, 0.5, 0.5],
  IMAGENET_STANDARD_STD: [0.5, 0.5, 0.5],
  OPENAI_CLIP_MEAN: [0.48145466, 0.4578275, 0.40821073],
  OPENAI_CLIP_STD: [0.26862954, 0.26130258, 0.27577711],
} as const;

/** Elements as floats, with what the result is to be: float64 of float64, float32 of the rest. */
interface Floats {
  readonly shape: readonly number[];
  readonly data: Float64Array<ArrayBuffer>;
  readonly wide: boolean;
}

/**
 * Returns the functions, bound to the world's tensor.
 *
 * Each takes a Tensor, what another library has as one, or nested lists, and gives a Tensor;
 * `softmax` gives lists for lists.
 */
export function numbers({ Tensor }: LibraryWorld): Record<string, unknown> {
  const read = (value: unknown, who: string) => floatsFrom(value, who, Tensor);
  const made = ({ shape, data, wide }: Floats): Tensor => {
    return wide ? new Tensor("float64", shape, data) : new Tensor("float32", shape, narrow(data));
  };
  return {
    softmax: (value: unknown, axis: unknown = -1) => {
      const result = made(softmax(read(value, "softmax"), axis));
      return Array.isArray(value) ? result.tolist() : result;
    },
    rescale: (image: unknown, scale: unknown = 1 / 255) => {
      const { data, ...rest } = read(image, "rescale");
      return made({ ...rest, data: data.map((value) => value * Number(scale)) });
    },
    normalize: (image: unknown, mean: unknown, std: unknown, options?: unknown) => {
      const { input_data_format } = dictFrom(options, "normalize");
      return made(normalize(read(image, "normalize"), mean, std, input_data_format));
    },
  };
}

function floatsFrom(value: unknown, who: string, Make: LibraryWorld["Tensor"]): Floats {
  const tensor = tensorIn(value);
  if (!tensor && !Array.isArray(value)) {
    throw new TypeError(`${who} wants a Tensor or nested lists, got ${show(value)}`);
  }
  const { dtype, shape, data } = tensor ?? Make.from(value as Nested);
  const read = dtype === "bfloat16" ? fromBfloat16 : Number;
  const floats = Float64Array.from(data as ArrayLike<number | bigint>, (one) => read(Number(one)));
  return { shape, data: floats, wide: dtype === "float64" };
}

function narrow(data: Float64Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(data);
}

function softmax({ shape, data, wide }: Floats, axis: unknown): Floats {
  const at = Number(axis) < 0 ? Number(axis) + shape.length : Number(axis);
  const count = shape[at];
  if (count === undefined) {
    throw new RangeError(`softmax wants an axis of [${shape.join(", ")}], got ${show(axis)}`);
  }
  const step = shape.slice(at + 1).reduce((size, length) => size * length, 1);
  for (let block = 0; block < data.length; block += step * count) {
    for (let i = 0; i < step; i++) softmaxLine(data, block + i, step, count);
  }
  return { shape, data, wide };
}

/** The largest is taken off first, so that no power overflows. */
function softmaxLine(data: Float64Array, start: number, step: number, count: number): void {
  const end = start + step * count;
  let max = -Infinity;
  for (let i = start; i < end; i += step) max = Math.max(max, data[i] ?? 0);
  let sum = 0;
  for (let i = start; i < end; i += step) {
    const power = Math.exp((data[i] ?? 0) - max);
    data[i] = power;
    sum += power;
  }
  for (let i = start; i < end; i += step) data[i] = (data[i] ?? 0) / sum;
}

/** Takes `(value - mean) / std` for each colour, wherever the axis of colours stands. */
function normalize({ shape, data, wide }: Floats, mean: unknown, std: unknown, format: unknown) {
  const axis = colourAxis(shape, format);
  const count = shape[axis] ?? 0;
  const means = eachColour(mean, count, "mean");
  const deviations = eachColour(std, count, "std");
  const step = shape.slice(axis + 1).reduce((size, length) => size * length, 1);
  const out = data.map((value, i) => {
    const colour = Math.floor(i / step) % count;
    return (value - (means[colour] ?? 0)) / (deviations[colour] ?? 1);
  });
  return { shape, data: out, wide };
}

/** As in Python: the first or the last of three axes, whichever has 1 or 3; the first wins. */
function colourAxis(shape: readonly number[], format: unknown): number {
  const rank = shape.length;
  const isColours = (length: number | undefined) => length === 1 || length === 3;
  const [first, last] = [shape[rank - 3], shape[rank - 1]];
  if (rank >= 3) {
    if (format === "channels_first") return rank - 3;
    if (format === "channels_last") return rank - 1;
    if (format === undefined && isColours(first)) return rank - 3;
    if (format === undefined && isColours(last)) return rank - 1;
  }
  const want = "an image of 1 or 3 colours, or input_data_format channels_first or channels_last";
  throw new RangeError(`normalize wants ${want}, got shape [${shape.join(", ")}]`);
}

function eachColour(value: unknown, count: number, name: string): readonly number[] {
  const list: readonly unknown[] = Array.isArray(value)
    ? value
    : Array.from({ length: count }, () => value);
  const wrong = list.find((one) => typeof one !== "number");
  if (list.length === count && wrong === undefined) return list as readonly number[];
  const got = `${list.length} of them`;
  throw new RangeError(`normalize wants ${name} as ${count} numbers or one, got ${got}`);
}
