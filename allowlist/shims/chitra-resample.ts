/**
 * Resizing of RGB as Pillow does it, to the very byte.
 *
 * Pillow weighs the old pixels around each new one, first along the rows and then along the
 * columns, with weights as whole numbers of 22 bits; between the two it rounds to bytes. The same
 * whole numbers give the same bytes.
 *
 * @module
 */

import { said } from "./jsquash-values.ts";

/** Pixels as numbers of 32 bits, row by row: red in the lowest byte, the highest means nothing. */
export interface Words {
  readonly width: number;
  readonly height: number;
  readonly words: Int32Array<ArrayBuffer>;
}

interface Filter {
  /** How far from its centre it reaches, in pixels of the smaller picture. */
  readonly support: number;
  readonly weight: (x: number) => number;
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));

/** How sharply cubic weights overshoot, as in Pillow. */
const CUBIC = -0.5;

function cubic(at: number): number {
  const x = Math.abs(at);
  if (x < 1) return ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * CUBIC : 0;
}

function hamming(at: number): number {
  const x = Math.abs(at);
  return x < 1 ? sinc(x) * (0.54 + 0.46 * Math.cos(x * Math.PI)) : 0;
}

const FILTERS: Readonly<Record<string, Filter | undefined>> = {
  nearest: undefined,
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: { support: 1, weight: hamming },
  bicubic: { support: 2, weight: cubic },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Pillow's numbers for them. */
const NUMBERS = ["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"];

/** Returns the name of a way to resize, which may be given as Pillow's number. */
export function resampleFrom(value: unknown): string {
  const name = typeof value === "number" ? NUMBERS[value] : value;
  if (typeof name === "string" && Object.hasOwn(FILTERS, name)) return name;
  throw new TypeError(`Chitra resizes by ${Object.keys(FILTERS).join(", ")}, got ${said(value)}`);
}

/** Returns a picture of another size. */
export function resample(image: Words, width: number, height: number, name: string): Words {
  const filter = FILTERS[name];
  if (!filter) return nearest(image, width, height);
  const across = width === image.width ? image : weighed(image, "across", width, filter);
  return height === image.height ? across : weighed(across, "down", height, filter);
}

const BITS = 22;
const ONE = 2 ** BITS;
const HALF = 2 ** (BITS - 1);

/** For each new pixel of an axis: the first old one, how many there are, and their weights. */
interface Cover {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
  /** Where the weights of the next pixel begin. */
  readonly stride: number;
}

function coverOf(length: number, newLength: number, filter: Filter): Cover {
  const scale = length / newLength;
  const wide = Math.max(1, scale);
  const support = filter.support * wide;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(newLength);
  const count = new Int32Array(newLength);
  const weights = new Int32Array(newLength * stride);
  const exact = new Float64Array(stride);
  for (let i = 0; i < newLength; i++) {
    const centre = (i + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(length, Math.trunc(centre + support + 0.5));
    let sum = 0;
    for (let k = 0; k < end - begin; k++) {
      exact[k] = filter.weight((k + begin - centre + 0.5) * (1 / wide));
      sum += exact[k] ?? 0;
    }
    for (let k = 0; k < end - begin; k++) {
      const part = (sum === 0 ? (exact[k] ?? 0) : (exact[k] ?? 0) / sum) * ONE;
      weights[i * stride + k] = Math.trunc(part + (part < 0 ? -0.5 : 0.5));
    }
    first[i] = begin;
    count[i] = end - begin;
  }
  return { first, count, weights, stride };
}

/** Weighs along the rows, or along the columns. */
function weighed(image: Words, way: "across" | "down", length: number, filter: Filter): Words {
  const isAcross = way === "across";
  const { words } = image;
  const width = isAcross ? length : image.width;
  const height = isAcross ? image.height : length;
  const step = isAcross ? 1 : image.width;
  const cover = coverOf(isAcross ? image.width : image.height, length, filter);
  const out = new Int32Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to++) {
      const begin = cover.first[isAcross ? x : y] ?? 0;
      const at = isAcross ? y * image.width + begin : begin * image.width + x;
      out[to] = weigh(words, at, step, isAcross ? x : y, cover);
    }
  }
  return { width, height, words: out };
}

/** Returns one new pixel: the old ones from `at` on, `step` apart, by its weights. */
function weigh(words: Int32Array, at: number, step: number, index: number, cover: Cover): number {
  const { weights, stride } = cover;
  let red = HALF;
  let green = HALF;
  let blue = HALF;
  const end = index * stride + (cover.count[index] ?? 0);
  for (let k = index * stride, i = at; k < end; k++, i += step) {
    const word = words[i] ?? 0;
    const weight = weights[k] ?? 0;
    red = (red + Math.imul(word & 0xff, weight)) | 0;
    green = (green + Math.imul((word >> 8) & 0xff, weight)) | 0;
    blue = (blue + Math.imul((word >> 16) & 0xff, weight)) | 0;
  }
  return byteOf(red) | (byteOf(green) << 8) | (byteOf(blue) << 16);
}

function byteOf(sum: number): number {
  const value = sum >> BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

function nearest({ width, height, words }: Words, newWidth: number, newHeight: number): Words {
  const columns = nearestOf(width, newWidth);
  const rows = nearestOf(height, newHeight);
  const out = new Int32Array(newWidth * newHeight);
  for (let y = 0, to = 0; y < newHeight; y++) {
    const row = (rows[y] ?? 0) * width;
    for (let x = 0; x < newWidth; x++, to++) out[to] = words[row + (columns[x] ?? 0)] ?? 0;
  }
  return { width: newWidth, height: newHeight, words: out };
}

/** Pillow adds up steps, so that its rounding is theirs. */
function nearestOf(length: number, newLength: number): Int32Array {
  const step = length / newLength;
  const places = new Int32Array(newLength);
  for (let i = 0, at = step * 0.5; i < newLength; i++, at += step)
    places[i] = Math.min(at, length - 1);
  return places;
}
