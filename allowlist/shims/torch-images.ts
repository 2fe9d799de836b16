/**
 * `torch.nn.functional` for images, channels first as everywhere in torch: padding, pooling and
 * convolution. What changes their size is in `torch-resize.ts`.
 *
 * @module
 */

import { isNone, numberFrom, type Ops, sizesFrom, wholeFrom, wordFrom } from "./torch-arguments.ts";
import { cast, tensorFrom } from "./torch-convert.ts";
import { floatOf, storeOf } from "./torch-dtypes.ts";
import { add } from "./torch-pointwise.ts";
import { blank, reshaped, show, type TorchTensor } from "./torch-tensor.ts";
import { picked } from "./torch-walk.ts";

const POOL = ["kernel_size", "stride", "padding"];

/** The functions, by name. */
export const IMAGES: Ops = {
  pad: { takes: ["pad", "mode", "value"], run: pad },
  max_pool2d: { takes: POOL, run: (x, ...rest) => pooled(x, windowFrom(rest), maximumOf) },
  avg_pool2d: { takes: POOL, run: (x, ...rest) => pooled(x, windowFrom(rest), meanOf) },
  adaptive_avg_pool2d: { takes: ["output_size"], run: adaptivePool },
  conv2d: { takes: ["weight", "bias", "stride", "padding", "dilation", "groups"], run: conv2d },
};

const PAD_MODES = ["constant", "reflect", "replicate", "circular"] as const;

/** Two sizes for each dim, the last dim first: `[left, right, top, bottom]`. Below 0 they cut. */
function pad(x: TorchTensor, sides: unknown, mode: unknown, value: unknown): TorchTensor {
  const list = sizesFrom([sides]);
  const how = wordFrom(mode, "mode", PAD_MODES);
  const dims = list.length / 2;
  // Modes other than constant are for images: the batch and the channels are left alone.
  const spare = how === "constant" ? 0 : 1;
  if (!Number.isInteger(dims) || dims + spare > x.ndim) {
    throw new RangeError(
      `F.pad wants two sizes for each dim of ${show(x)}, got [${list.join(", ")}]`,
    );
  }
  const fill = storeOf(x.dtype)(numberFrom(value, "a value", 0));
  let out = x;
  for (let i = 0; i < dims; i++) {
    const [before, after] = list.slice(2 * i) as [number, number];
    const dim = x.ndim - 1 - i;
    out = picked(out, dim, padPlaces(out.shape[dim] as number, before, after, how), fill);
  }
  return out;
}

/** Returns where each element of the padded dim comes from, -1 for nowhere. */
function padPlaces(
  length: number,
  before: number,
  after: number,
  mode: (typeof PAD_MODES)[number],
): Float64Array {
  const most = { constant: Infinity, replicate: Infinity, reflect: length - 1, circular: length };
  const total = length + before + after;
  if (Math.max(before, after) > most[mode] || total < 0 || (length === 0 && mode !== "constant")) {
    throw new RangeError(`F.pad of mode ${mode} cannot pad ${length} by [${before}, ${after}]`);
  }
  const places = blank("int64", [total]).elements as Float64Array;
  for (let i = 0; i < total; i++) {
    const place = i - before;
    const last = length - 1;
    if (place >= 0 && place <= last) places[i] = place;
    else if (mode === "constant") places[i] = -1;
    else if (mode === "replicate") places[i] = place < 0 ? 0 : last;
    else if (mode === "reflect") places[i] = place < 0 ? -place : 2 * last - place;
    else places[i] = (place + length) % length;
  }
  return places;
}

type Two = readonly [rows: number, columns: number];

/** A window that moves over an image. */
interface Window {
  readonly size: Two;
  readonly step: Two;
  readonly edge: Two;
  readonly spread: Two;
}

function windowFrom([size, step, edge]: readonly unknown[]): Window {
  const window = {
    size: twoFrom(size, "a kernel_size", 1),
    step: twoFrom(isNone(step) ? size : step, "a stride", 1),
    edge: twoFrom(edge ?? 0, "padding", 0),
    spread: [1, 1],
  } as const;
  if (window.edge.every((edge, i) => 2 * edge <= (window.size[i] as number))) return window;
  throw new RangeError(`torch wants padding of at most half the kernel, got [${window.edge}]`);
}

function twoFrom(value: unknown, what: string, least: number): Two {
  const [rows = 1, columns = rows] = sizesFrom([value].flat());
  if (rows >= least && columns >= least) return [rows, columns];
  throw new RangeError(`torch wants ${what} from ${least} on, got [${rows}, ${columns}]`);
}

/** A batch of images, and whether there was one in a batch. */
function imagesFrom(x: TorchTensor): TorchTensor {
  const floats = cast(x, floatOf(x.dtype));
  if (x.ndim === 4) return floats;
  if (x.ndim === 3) return reshaped(floats, [1, ...x.shape]);
  throw new RangeError(`torch wants [batch, channels, height, width], got ${show(x)}`);
}

function asGiven(x: TorchTensor, result: TorchTensor): TorchTensor {
  return x.ndim === 3 ? reshaped(result, result.shape.slice(1)) : result;
}

function steps(length: number, { size, step, edge, spread }: Window, axis: 0 | 1): number {
  const reach = spread[axis] * (size[axis] - 1) + 1;
  const count = Math.floor((length + 2 * edge[axis] - reach) / step[axis]) + 1;
  if (count >= 1) return count;
  throw new RangeError(`torch wants images as large as the kernel, ${reach}, got ${length}`);
}

/** What lies under a window in one channel: rows and columns of the image, the edge left out. */
interface Under {
  readonly values: ArrayLike<number>;
  readonly start: number;
  readonly width: number;
  readonly rows: Two;
  readonly columns: Two;
  /** How many elements the window has, those on the edge with it. */
  readonly size: number;
}

function pooled(x: TorchTensor, window: Window, fold: (under: Under) => number): TorchTensor {
  const images = imagesFrom(x);
  const [batch, channels, height, width] = images.shape as [number, number, number, number];
  const [rows, columns] = [steps(height, window, 0), steps(width, window, 1)];
  const out = blank(images.dtype, [batch, channels, rows, columns]);
  const store = storeOf(out.dtype);
  const size = window.size[0] * window.size[1];
  const within = (i: number, axis: 0 | 1, most: number): Two => {
    const first = i * window.step[axis] - window.edge[axis];
    return [Math.max(first, 0), Math.min(first + window.size[axis], most)];
  };
  for (let to = 0; to < out.elements.length; to++) {
    const start = Math.floor(to / (rows * columns)) * height * width;
    const down = within(Math.floor(to / columns) % rows, 0, height);
    const right = within(to % columns, 1, width);
    const under = { values: images.elements, start, width, rows: down, columns: right, size };
    out.elements[to] = store(fold(under));
  }
  return asGiven(x, out);
}

function maximumOf({ values, start, width, rows, columns }: Under): number {
  let most = -Infinity;
  for (let row = rows[0]; row < rows[1]; row++) {
    for (let column = columns[0]; column < columns[1]; column++) {
      most = Math.max(most, values[start + row * width + column] as number);
    }
  }
  return most;
}

/** The edge counts as zeros, as in torch. */
function meanOf({ values, start, width, rows, columns, size }: Under): number {
  let total = 0;
  for (let row = rows[0]; row < rows[1]; row++) {
    for (let column = columns[0]; column < columns[1]; column++) {
      total += values[start + row * width + column] as number;
    }
  }
  return total / size;
}

/** Returns means over as many windows as are wanted; they overlap where it does not divide. */
export function adaptivePool(x: TorchTensor, size: unknown): TorchTensor {
  const images = imagesFrom(x);
  const [batch, channels, height, width] = images.shape as [number, number, number, number];
  const [rows, columns] = twoFrom(size, "an output_size", 1);
  const out = blank(images.dtype, [batch, channels, rows, columns]);
  const store = storeOf(out.dtype);
  const within = (i: number, parts: number, length: number): Two => {
    return [Math.floor((i * length) / parts), Math.ceil(((i + 1) * length) / parts)];
  };
  for (let to = 0; to < out.elements.length; to++) {
    const start = Math.floor(to / (rows * columns)) * height * width;
    const down = within(Math.floor(to / columns) % rows, rows, height);
    const right = within(to % columns, columns, width);
    const area = (down[1] - down[0]) * (right[1] - right[0]);
    const under = { values: images.elements, start, width, rows: down, columns: right, size: area };
    out.elements[to] = store(meanOf(under));
  }
  return asGiven(x, out);
}

function conv2d(x: TorchTensor, ...rest: unknown[]): TorchTensor {
  const [weight, bias, stride, padding, dilation, groups] = rest;
  const images = imagesFrom(x);
  const filters = tensorFrom(weight, images.dtype);
  const parts = wholeFrom(groups ?? 1, "groups");
  const [kernels, depth, tall, wide] = filters.shape as [number, number, number, number];
  if (filters.ndim !== 4 || depth * parts !== images.shape[1] || kernels % parts !== 0) {
    throw new RangeError(`F.conv2d wants a weight for ${show(x)}, got ${show(filters)}`);
  }
  const window = {
    size: [tall, wide],
    step: twoFrom(stride ?? 1, "a stride", 1),
    edge: twoFrom(padding ?? 0, "padding", 0),
    spread: twoFrom(dilation ?? 1, "dilation", 1),
  } as const;
  const result = convolved(images, filters, window, kernels / parts);
  if (isNone(bias)) return asGiven(x, result);
  return asGiven(x, add(result, reshaped(tensorFrom(bias, images.dtype), [kernels, 1, 1])));
}

/** Adds up one weight after the other over all places that it meets: rows are read as they lie. */
function convolved(
  images: TorchTensor,
  filters: TorchTensor,
  window: Window,
  kernelsEach: number,
): TorchTensor {
  const [batch, channels, height, width] = images.shape as [number, number, number, number];
  const [kernels, depth, tall, wide] = filters.shape as [number, number, number, number];
  const [rows, columns] = [steps(height, window, 0), steps(width, window, 1)];
  const out = blank(images.dtype, [batch, kernels, rows, columns]);
  const store = storeOf(out.dtype);
  const sums = new Float64Array(rows * columns);
  for (let map = 0; map < batch * kernels; map++) {
    const kernel = map % kernels;
    const first = Math.floor(map / kernels) * channels + Math.floor(kernel / kernelsEach) * depth;
    sums.fill(0);
    for (let tap = 0; tap < depth * tall * wide; tap++) {
      const plane = (first + Math.floor(tap / (tall * wide))) * height * width;
      const down = (Math.floor(tap / wide) % tall) * window.spread[0] - window.edge[0];
      const right = (tap % wide) * window.spread[1] - window.edge[1];
      const factor = filters.elements[kernel * depth * tall * wide + tap] as number;
      const shift = { plane, down, right, height, width, rows, columns, factor };
      addShifted(sums, images.elements, shift, window.step);
    }
    for (let i = 0; i < sums.length; i++) {
      out.elements[map * sums.length + i] = store(sums[i] as number);
    }
  }
  return out;
}

interface Shift {
  readonly plane: number;
  readonly down: number;
  readonly right: number;
  readonly height: number;
  readonly width: number;
  readonly rows: number;
  readonly columns: number;
  readonly factor: number;
}

function addShifted(sums: Float64Array, from: ArrayLike<number>, shift: Shift, step: Two): void {
  const { plane, down, right, height, width, rows, columns, factor } = shift;
  for (let i = 0; i < rows; i++) {
    const row = i * step[0] + down;
    if (row < 0 || row >= height) continue;
    const start = plane + row * width;
    for (let j = 0; j < columns; j++) {
      const column = j * step[1] + right;
      if (column < 0 || column >= width) continue;
      const at = i * columns + j;
      sums[at] = (sums[at] as number) + factor * (from[start + column] as number);
    }
  }
}
