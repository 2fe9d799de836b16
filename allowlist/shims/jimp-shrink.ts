/**
 * jimp's own way to make a picture smaller, in another order: row by row instead of column by
 * column, so that the processor finds the next pixel where it looks, and in a fraction of the
 * memory.
 *
 * Each new pixel is the mean of those that it covers, weighed by how much of each it covers; the
 * colours of clear pixels do not count. A picture that is opaque throughout, as every photograph
 * is, is summed up in whole numbers, four times as fast; jimp keeps sums in 32 bits, so in one
 * place of some thousands it is off by one there. Pictures with clear pixels keep jimp's very sums,
 * and so its bytes. What does not become smaller in both directions goes jimp's own way.
 *
 * @module
 */

import * as stock from "../../node_modules/@jimp/plugin-resize/dist/esm/modules/resize.js";

/** Its types know it as a function; it is made with `new`. */
const StockResize = stock.default as unknown as new (...args: ResizeArguments) => {
  resize(pixels: Uint8Array): void;
};

type Done = (pixels: Uint8Array) => void;

/** In place of the class that `image.resize` uses when it is told no mode. */
export default class Resize {
  readonly #size: Sizes;
  readonly #done: Done;

  constructor(...[width, height, newWidth, newHeight, , , done]: ResizeArguments) {
    this.#size = { width, height, newWidth, newHeight };
    this.#done = done;
  }

  /** Hands the new pixels to the callback. */
  resize(pixels: Uint8Array): void {
    const { width, height, newWidth, newHeight } = this.#size;
    if (newWidth < width && newHeight < height) return this.#done(shrink(pixels, this.#size));
    new StockResize(width, height, newWidth, newHeight, true, true, this.#done).resize(pixels);
  }
}

type ResizeArguments = [
  ...[width: number, height: number, newWidth: number, newHeight: number],
  ...[blendAlpha: boolean, interpolate: boolean, done: Done],
];

interface Sizes {
  readonly width: number;
  readonly height: number;
  readonly newWidth: number;
  readonly newHeight: number;
}

/** Returns the pixels of a picture that is smaller both ways: 4 bytes each, row by row. */
export function shrink(pixels: Uint8Array, size: Sizes): Uint8Array {
  const across = coverOf(size.width, size.newWidth, 4);
  const down = coverOf(size.height, size.newHeight, size.newWidth * 4);
  const isWide = size.width / size.newWidth > LANE_PIXELS_MAX;
  const opaque =
    isWide || pixels.byteOffset % 4 > 0 ? undefined : shrinkOpaque(pixels, size, across, down);
  return opaque ?? shrinkClear(pixels, size, across, down);
}

/** How many bytes can be summed up in 16 bits. */
const LANE_PIXELS_MAX = 256;
const ALPHA = 0xff00_0000;

/** Returns nothing when a pixel is not opaque. */
function shrinkOpaque(
  pixels: Uint8Array,
  { width, newWidth, newHeight }: Sizes,
  across: Cover,
  down: Cover,
): Uint8Array | undefined {
  const words = new Int32Array(pixels.buffer, pixels.byteOffset, pixels.length / 4);
  const out = new Uint8Array(newWidth * newHeight * 4);
  const row = new Float64Array(newWidth * 3);
  const sum = new Float64Array(newWidth * 3);
  let summed = -1;
  for (let y = 0; y < newHeight; y++) {
    sum.fill(0);
    let source = down.first[y] ?? 0;
    const end = down.begin[y + 1] ?? 0;
    for (let k = down.begin[y] ?? 0; k < end; k++, source++) {
      // A row on the edge of two new ones counts for both.
      if (source !== summed && !sumColours(words, source * width, row, across)) return undefined;
      summed = source;
      const part = (down.weight[k] ?? 0) * down.scale;
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (row[i] ?? 0) * part;
    }
    for (let i = 0, to = y * newWidth * 4; i < sum.length; i += 3, to += 4) {
      out[to] = (sum[i] ?? 0) + 0.5;
      out[to + 1] = (sum[i + 1] ?? 0) + 0.5;
      out[to + 2] = (sum[i + 2] ?? 0) + 0.5;
      out[to + 3] = 255;
    }
  }
  return out;
}

/**
 * Means of the colours of one row: pixels between two edges count in full, and are summed up two
 * colours at a time, in the halves of one number.
 *
 * @returns Whether all of them are opaque.
 */
function sumColours(words: Int32Array, at: number, row: Float64Array, cover: Cover): boolean {
  const { first, begin, weight, scale } = cover;
  let all = ALPHA | 0;
  for (let x = 0, to = 0; x < first.length; x++, to += 3) {
    const from = begin[x] ?? 0;
    const last = (begin[x + 1] ?? 0) - 1;
    let i = at + (first[x] ?? 0);
    const end = i + last - from;
    const left = weight[from] ?? 0;
    const right = last > from ? (weight[last] ?? 0) : 0;
    const begun = words[i] ?? 0;
    const ended = words[end] ?? 0;
    all &= begun & ended;
    let redBlue = 0;
    let green = 0;
    for (i++; i < end; i++) {
      const word = words[i] ?? 0;
      all &= word;
      redBlue = (redBlue + (word & 0xff00ff)) | 0;
      green = (green + ((word >>> 8) & 0xff)) | 0;
    }
    const red = redBlue & 0xffff;
    const blue = redBlue >>> 16;
    row[to] = ((begun & 0xff) * left + red + (ended & 0xff) * right) * scale;
    row[to + 1] = (((begun >>> 8) & 0xff) * left + green + ((ended >>> 8) & 0xff) * right) * scale;
    row[to + 2] = (((begun >>> 16) & 0xff) * left + blue + ((ended >>> 16) & 0xff) * right) * scale;
  }
  return all === (ALPHA | 0);
}

function shrinkClear(pixels: Uint8Array, size: Sizes, across: Cover, down: Cover): Uint8Array {
  const { width, newWidth, newHeight } = size;
  const out = new Uint8Array(newWidth * newHeight * 4);
  const row = new Float32Array(newWidth * 4);
  const sum = new Float32Array(newWidth * 4);
  const weights = new Float64Array(newWidth);
  let summed = -1;
  for (let y = 0; y < newHeight; y++) {
    sum.fill(0);
    weights.fill(0);
    let source = down.first[y] ?? 0;
    for (let k = down.begin[y] ?? 0; k < (down.begin[y + 1] ?? 0); k++, source++) {
      // A row on the edge of two new ones counts for both.
      if (source !== summed) sumAcross(rowOf(pixels, source, width), row, across);
      summed = source;
      addRow(row, down.weight[k] ?? 0, { sum, weights });
    }
    divideRow(out.subarray(y * newWidth * 4), down.scale, { sum, weights });
  }
  return out;
}

function rowOf(pixels: Uint8Array, row: number, width: number): Uint8Array {
  return pixels.subarray(row * width * 4, (row + 1) * width * 4);
}

/** Which of the old pixels each new one covers along an axis, and how much of each. */
interface Cover {
  readonly first: Int32Array;
  /** Where the weights of each begin. */
  readonly begin: Int32Array;
  readonly weight: Float64Array;
  /** What an old pixel is of a new one. */
  readonly scale: number;
}

/** @param unit How far apart jimp counts two pixels: it decides what is lost to rounding. */
function coverOf(length: number, newLength: number, unit: number): Cover {
  const ratio = length / newLength;
  const first = new Int32Array(newLength);
  const begin = new Int32Array(newLength + 1);
  const weight: number[] = [];
  let at = 0;
  let covered = 0;
  for (let i = 0; i < newLength; i++) {
    first[i] = at / unit;
    begin[i] = weight.length;
    let left = ratio;
    do {
      const toNext = 1 + at - covered;
      weight.push(Math.min(left, toNext));
      if (left < toNext) {
        covered += left;
        break;
      }
      at += unit;
      covered = at;
      left -= toNext;
    } while (left > 0 && at < length * unit);
  }
  begin[newLength] = weight.length;
  return { first, begin, weight: Float64Array.from(weight), scale: 1 / ratio };
}

/** Sums up one row of old pixels to as many as the new row has. */
function sumAcross(pixels: Uint8Array, row: Float32Array, cover: Cover): void {
  const { first, begin, weight, scale } = cover;
  for (let x = 0; x < first.length; x++) {
    let red = 0;
    let green = 0;
    let blue = 0;
    let opacity = 0;
    let count = 0;
    const end = begin[x + 1] ?? 0;
    for (let k = begin[x] ?? 0, i = (first[x] ?? 0) * 4; k < end; k++, i += 4) {
      const part = weight[k] ?? 0;
      const alpha = pixels[i + 3] ?? 0;
      if (alpha === 0) continue;
      red = Math.fround(red + (pixels[i] ?? 0) * part);
      green = Math.fround(green + (pixels[i + 1] ?? 0) * part);
      blue = Math.fround(blue + (pixels[i + 2] ?? 0) * part);
      opacity = Math.fround(opacity + alpha * part);
      count += part;
    }
    const times = count === 0 ? 0 : 1 / count;
    row[x * 4] = red * times;
    row[x * 4 + 1] = green * times;
    row[x * 4 + 2] = blue * times;
    row[x * 4 + 3] = opacity * scale;
  }
}

/** The sums of a new row so far, and of how much of the old rows they are, pixel by pixel. */
interface Sums {
  readonly sum: Float32Array;
  readonly weights: Float64Array;
}

function addRow(row: Float32Array, part: number, { sum, weights }: Sums): void {
  for (let x = 0, i = 0; x < weights.length; x++, i += 4) {
    const alpha = row[i + 3] ?? 0;
    if (alpha === 0) continue;
    sum[i] = (sum[i] ?? 0) + (row[i] ?? 0) * part;
    sum[i + 1] = (sum[i + 1] ?? 0) + (row[i + 1] ?? 0) * part;
    sum[i + 2] = (sum[i + 2] ?? 0) + (row[i + 2] ?? 0) * part;
    sum[i + 3] = (sum[i + 3] ?? 0) + alpha * part;
    weights[x] = (weights[x] ?? 0) + part;
  }
}

function divideRow(out: Uint8Array, scale: number, { sum, weights }: Sums): void {
  for (let x = 0, i = 0; x < weights.length; x++, i += 4) {
    const count = weights[x] ?? 0;
    const times = count === 0 ? 0 : 1 / count;
    out[i] = Math.round((sum[i] ?? 0) * times);
    out[i + 1] = Math.round((sum[i + 1] ?? 0) * times);
    out[i + 2] = Math.round((sum[i + 2] ?? 0) * times);
    out[i + 3] = Math.round((sum[i + 3] ?? 0) * scale);
  }
}
