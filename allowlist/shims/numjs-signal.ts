/**
 * Convolutions and Fourier transforms. The stock ones compile their kernels while the package is
 * evaluated, which took most of its 40 ms, and give float32 for some sizes of a filter only.
 *
 * @module
 */

import { argument, show, shapeText } from "./numjs-arguments.ts";
import { promoted } from "./numjs-arithmetic.ts";
import { linesOf } from "./numjs-reduce.ts";
import { SHAPES } from "./numjs-shape.ts";
import { copy, flat, kindOf, type Kit, type NdArray } from "./numjs-types.ts";
import { type Operation, type Operations, room } from "./numjs-types.ts";

export const SIGNALS: Operations = {
  convolve: (kit, value, filter, ...rest) => {
    return convolved(kit, value, kit.coerce(filter), argument(rest, 0, "mode") ?? "valid");
  },
  fftconvolve: (kit, value, filter) => convolved(kit, value, kit.coerce(filter), "valid"),
  fft: (kit, value) => transformed(kit, value, 1),
  ifft: (kit, value) => transformed(kit, value, -1),
};

/** `valid` is where the filter lies wholly on the array; `full` and `same` are for one axis. */
function convolved(kit: Kit, value: NdArray, filter: NdArray, mode: unknown): NdArray {
  if (mode !== "valid") return convolved(kit, widened(kit, value, filter, mode), filter, "valid");
  const shape = value.shape.map((count, i) => count - (filter.shape[i] ?? 0) + 1);
  if (filter.shape.length !== value.shape.length || shape.some((count) => count < 1)) {
    const shapes = `${shapeText(value)} and ${shapeText(filter)}`;
    throw new RangeError(`nj.convolve wants a filter that fits on the array, got ${shapes}`);
  }
  const kind = promoted(kindOf(value.dtype), kindOf(filter.dtype));
  const sums = new Float64Array(room(shape, kind).length);
  const slice = SHAPES.slice as Operation;
  for (const [index, factor] of flat(filter.selection).entries()) {
    const place = placeOf(index, filter.shape);
    const ranges = shape.map((count, i) => {
      const start = (filter.shape[i] ?? 1) - 1 - (place[i] ?? 0);
      return [start, start + count];
    });
    const part = flat((slice(kit, value, ...ranges) as NdArray).selection);
    for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + factor * (part[i] ?? 0);
  }
  const out = room(shape, kind);
  out.set(sums);
  return kit.make(out, shape, kind);
}

function placeOf(index: number, shape: readonly number[]): number[] {
  let rest = index;
  return shape
    .toReversed()
    .map((count) => {
      const place = rest % count;
      rest = Math.floor(rest / count);
      return place;
    })
    .toReversed();
}

/** The array with zeros around it, so that `valid` gives what another mode wants. */
function widened(kit: Kit, value: NdArray, filter: NdArray, mode: unknown): NdArray {
  if (mode !== "full" && mode !== "same") {
    throw new TypeError(`nj.convolve has the modes valid, same and full, got ${show(mode)}`);
  }
  if (value.shape.length !== 1 || filter.shape.length !== 1 || filter.size > value.size) {
    const shapes = `${shapeText(value)} and ${shapeText(filter)}`;
    throw new RangeError(
      `nj.convolve in mode ${mode} wants a longer and a shorter row, got ${shapes}`,
    );
  }
  const less = filter.size - 1;
  const before = mode === "full" ? less : Math.floor(less / 2);
  const after = mode === "full" ? less : less - before;
  const kind = kindOf(value.dtype);
  const out = room([value.size + before + after], kind);
  out.set(flat(value.selection), mode === "full" ? before : after);
  return kit.make(out, [out.length], kind);
}

/** Over all axes but the last one, which holds the real and the imaginary part. */
function transformed(kit: Kit, value: NdArray, sign: 1 | -1): NdArray {
  const { shape } = value;
  const axes = shape.length - 1;
  if (shape[axes] !== 2) {
    const got = shapeText(value);
    throw new RangeError(`nj.fft wants a last axis of 2, real and imaginary, got shape ${got}`);
  }
  const kind = kindOf(value.dtype) === "float32" ? "float32" : "float64";
  const data = copy(value.selection, "float64") as Float64Array<ArrayBuffer>;
  for (let axis = 0; axis < axes; axis++) {
    const lines = linesOf(kit.make(data, shape, "float64"), axis);
    for (let i = 0; i < lines.count; i += 2) {
      const { start, step, count } = lines.line(i);
      const wave = { re: new Float64Array(count), im: new Float64Array(count) };
      for (let j = 0; j < count; j++) {
        wave.re[j] = data[start + j * step] ?? 0;
        wave.im[j] = data[start + 1 + j * step] ?? 0;
      }
      const { re, im } = fourier(wave, sign);
      const share = sign === 1 ? 1 : 1 / count;
      for (let j = 0; j < count; j++) {
        data[start + j * step] = (re[j] ?? 0) * share;
        data[start + 1 + j * step] = (im[j] ?? 0) * share;
      }
    }
  }
  return kit.array(kit.make(data, shape, "float64"), kind);
}

interface Wave {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** A power of two by halves; any other length as a convolution of such a length (Bluestein). */
function fourier(wave: Wave, sign: 1 | -1): Wave {
  const count = wave.re.length;
  if ((count & (count - 1)) === 0) return halved(wave, sign);
  let size = 1;
  while (size < 2 * count - 1) size *= 2;
  // The square is taken modulo 2n: the angle of a large one has no digits left.
  const angle = (i: number): number => (sign * Math.PI * ((i * i) % (2 * count))) / count;
  const chirp: Wave = { re: new Float64Array(size), im: new Float64Array(size) };
  const sent: Wave = { re: new Float64Array(size), im: new Float64Array(size) };
  for (let i = 0; i < count; i++) {
    const [cos, sin] = [Math.cos(angle(i)), Math.sin(angle(i))];
    const [re, im] = [wave.re[i] ?? 0, wave.im[i] ?? 0];
    sent.re[i] = re * cos + im * sin;
    sent.im[i] = im * cos - re * sin;
    for (const at of [i, (size - i) % size]) [chirp.re[at], chirp.im[at]] = [cos, sin];
  }
  const product = times(halved(sent, 1), halved(chirp, 1));
  const back = halved(product, -1);
  const out: Wave = { re: new Float64Array(count), im: new Float64Array(count) };
  for (let i = 0; i < count; i++) {
    const [cos, sin] = [Math.cos(angle(i)), Math.sin(angle(i))];
    const [re, im] = [(back.re[i] ?? 0) / size, (back.im[i] ?? 0) / size];
    out.re[i] = re * cos + im * sin;
    out.im[i] = im * cos - re * sin;
  }
  return out;
}

function times(a: Wave, b: Wave): Wave {
  const product: Wave = { re: a.re.slice(), im: a.im.slice() };
  for (let i = 0; i < a.re.length; i++) {
    const [x = 0, y = 0, u = 0, v = 0] = [a.re[i], a.im[i], b.re[i], b.im[i]];
    product.re[i] = x * u - y * v;
    product.im[i] = x * v + y * u;
  }
  return product;
}

/** The transform of the even elements and that of the odd ones, put together. */
function halved({ re, im }: Wave, sign: 1 | -1): Wave {
  const count = re.length;
  if (count <= 1) return { re: re.slice(), im: im.slice() };
  const half = count / 2;
  const part = (from: Float64Array, odd: number): Float64Array => {
    return Float64Array.from({ length: half }, (_, i) => from[2 * i + odd] ?? 0);
  };
  const even = halved({ re: part(re, 0), im: part(im, 0) }, sign);
  const odd = halved({ re: part(re, 1), im: part(im, 1) }, sign);
  const out: Wave = { re: new Float64Array(count), im: new Float64Array(count) };
  for (let i = 0; i < half; i++) {
    const angle = (-2 * sign * Math.PI * i) / count;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const [u = 0, v = 0] = [odd.re[i], odd.im[i]];
    const [x, y] = [u * cos - v * sin, u * sin + v * cos];
    const [a = 0, b = 0] = [even.re[i], even.im[i]];
    [out.re[i], out.im[i]] = [a + x, b + y];
    [out.re[i + half], out.im[i + half]] = [a - x, b - y];
  }
  return out;
}
