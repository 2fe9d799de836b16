/**
 * `torch.nn.functional.interpolate`: batches of images, channels first, in another size.
 *
 * @module
 */

import { isNone, type Ops, sizesFrom } from "./torch-arguments.ts";
import { cast } from "./torch-convert.ts";
import { floatOf, storeOf } from "./torch-dtypes.ts";
import { adaptivePool } from "./torch-images.ts";
import { blank, checkShape, show, sizeOf, type TorchTensor } from "./torch-tensor.ts";
import { picked } from "./torch-walk.ts";

/** The function, by its name. */
export const RESIZES: Ops = {
  interpolate: {
    takes: ["size", "scale_factor", "mode", "align_corners", "recompute_scale_factor", "antialias"],
    run: interpolate,
  },
};

/** What an element of the result is made of: places along an axis, each with its weight. */
interface Tap {
  readonly places: readonly number[];
  readonly weights: readonly number[];
}

interface Axis {
  readonly from: number;
  readonly to: number;
  /** How many elements of the old one lie in one of the new. */
  readonly scale: number;
  readonly corners: boolean;
  /** Whether there is one channel. */
  readonly grey: boolean;
}

type Taps = (axis: Axis) => (i: number) => Tap;

interface Mode {
  /** Axes that the mode is for; 0 is any number of them. */
  readonly axes: number;
  readonly taps: Taps;
  /** Taps for smaller images without the artefacts of left out pixels. */
  readonly smooth?: Taps;
}

const CUBIC = -0.75;
/** What Pillow takes, and torch with it where it smooths. */
const CUBIC_SMOOTH = -0.5;

const LINEAR = { taps: linear, smooth: smooth(1, (x) => Math.max(1 - Math.abs(x), 0)) };

const MODES: ReadonlyMap<unknown, Mode> = new Map([
  ["nearest", { axes: 0, taps: nearest(0) }],
  ["nearest-exact", { axes: 0, taps: nearest(0.5) }],
  ["linear", { axes: 1, taps: linear }],
  ["bilinear", { axes: 2, ...LINEAR }],
  ["trilinear", { axes: 3, taps: linear }],
  ["bicubic", { axes: 2, taps: cubic, smooth: smooth(2, (x) => cubicWeight(x, CUBIC_SMOOTH)) }],
]);

/**
 * Returns the tensor with all axes but the first two in another size, or by a factor. The nearest of
 * whole numbers are whole numbers; a mixture of them, which torch refuses, is float32.
 */
function interpolate(x: TorchTensor, ...rest: unknown[]): TorchTensor {
  const [size, factor, name = "nearest", corners, recompute, antialias] = rest;
  const rank = x.ndim - 2;
  if (isNone(size) === isNone(factor)) {
    throw new TypeError("F.interpolate wants either a size or a scale_factor");
  }
  if (name === "area" && rank === 2 && !isNone(size)) return adaptivePool(x, size);
  const mode = MODES.get(name);
  if (!mode || rank < 1 || (mode.axes > 0 && mode.axes !== rank)) {
    const known = [...MODES].filter(([, { axes }]) => axes === 0 || axes === rank);
    const modes = known.map(([key]) => key).join(", ");
    throw new TypeError(`F.interpolate wants one of ${modes} for ${show(x)}, got ${show(name)}`);
  }
  if ((corners === true && mode.axes === 0) || (antialias === true && !mode.smooth)) {
    throw new TypeError(`F.interpolate has no align_corners or antialias for ${show(name)}`);
  }
  const taps = antialias === true ? (mode.smooth ?? mode.taps) : mode.taps;
  const axes = axesOf(x.shape, { size, factor, corners: corners === true, recompute });
  checkShape(x.dtype, [...x.shape.slice(0, 2), ...axes.map(({ to }) => to)]);
  // The last axis first, as torch does where it smooths.
  if (mode.axes > 0) {
    const floats = cast(x, floatOf(x.dtype));
    return axes.reduceRight((image, axis, i) => along(image, i + 2, axis.to, taps(axis)), floats);
  }
  return axes.reduceRight((image, axis, i) => {
    const tapOf = taps(axis);
    const places = Int32Array.from({ length: axis.to }, (_, at) => tapOf(at).places[0] as number);
    return picked(image, i + 2, places);
  }, x);
}

interface Wanted {
  readonly size: unknown;
  readonly factor: unknown;
  readonly corners: boolean;
  readonly recompute: unknown;
}

function axesOf(
  [, channels, ...shape]: readonly number[],
  { size, factor, corners, recompute }: Wanted,
): Axis[] {
  const given = [isNone(size) ? factor : size].flat();
  return shape.map((from, i) => {
    const number: unknown = given.length === 1 ? given[0] : given[i];
    const to = isNone(size) ? Math.floor(from * Number(number)) : sizesFrom([number])[0];
    if (given.length > 1 && given.length !== shape.length) {
      throw new RangeError(`F.interpolate wants a number for each of ${shape.length} axes`);
    }
    if (to === undefined || !(to >= 1 && from >= 1)) {
      throw new RangeError(`F.interpolate wants sizes above 0, got ${from} to ${to}`);
    }
    const kept = isNone(size) && recompute !== true;
    const grey = channels === 1 && shape.length > 1;
    if (corners) return { from, to, scale: to > 1 ? (from - 1) / (to - 1) : 0, corners, grey };
    return { from, to, scale: kept ? 1 / Number(number) : from / to, corners, grey };
  });
}

/**
 * In single floats like torch, whose rounding decides which of two pixels is meant. Where the size
 * of an image of one channel stays or doubles, torch's `nearest` ignores the factor.
 */
function nearest(middle: number): Taps {
  return ({ from, to, scale, grey }) => {
    const even = middle === 0 && grey && (to === from || to === 2 * from);
    const step = Math.fround(even ? from / to : scale);
    return (i) => {
      const place = Math.floor(Math.fround((i + middle) * step));
      return { places: [Math.min(place, from - 1)], weights: [1] };
    };
  };
}

function placeOf({ scale, corners }: Axis, i: number): number {
  return corners ? i * scale : (i + 0.5) * scale - 0.5;
}

function linear(axis: Axis): (i: number) => Tap {
  return (i) => {
    // A size that stays is left alone, whatever the factor says.
    const place = axis.to === axis.from ? i : Math.max(placeOf(axis, i), 0);
    const low = Math.min(Math.floor(place), axis.from - 1);
    const part = place - low;
    // A neighbour that counts for nothing is left out: an infinite one would make a NaN.
    if (part === 0 || low === axis.from - 1) return { places: [low], weights: [1] };
    return { places: [low, low + 1], weights: [1 - part, part] };
  };
}

/** Places beyond the edge are those at the edge. */
function cubic(axis: Axis): (i: number) => Tap {
  return (i) => {
    const place = placeOf(axis, i);
    const low = Math.floor(place);
    const places = [low - 1, low, low + 1, low + 2];
    return {
      places: places.map((at) => Math.min(Math.max(at, 0), axis.from - 1)),
      weights: places.map((at) => cubicWeight(place - at, CUBIC)),
    };
  };
}

function cubicWeight(x: number, a: number): number {
  const size = Math.abs(x);
  if (size <= 1) return ((a + 2) * size - (a + 3)) * size * size + 1;
  return size < 2 ? ((size - 5) * size + 8) * size * a - 4 * a : 0;
}

/** As Pillow resizes: the filter is as wide as what becomes one pixel. */
function smooth(reach: number, weightOf: (x: number) => number): Taps {
  return ({ from, scale }) => {
    const wide = Math.max(scale, 1);
    return (i) => {
      const centre = scale * (i + 0.5);
      const first = Math.max(Math.trunc(centre - reach * wide + 0.5), 0);
      const end = Math.min(Math.trunc(centre + reach * wide + 0.5), from);
      const places = Array.from({ length: end - first }, (_, at) => first + at);
      const weights = places.map((at) => weightOf((at - centre + 0.5) / wide));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return { places, weights: weights.map((weight) => weight / total) };
    };
  };
}

function along(x: TorchTensor, axis: number, to: number, tapOf: (i: number) => Tap): TorchTensor {
  const shape = x.shape.with(axis, to);
  const out = blank(x.dtype, shape);
  const store = storeOf(x.dtype);
  const step = sizeOf(shape.slice(axis + 1));
  const before = sizeOf(shape.slice(0, axis));
  const length = (x.shape[axis] as number) * step;
  const sums = new Float64Array(step);
  for (let i = 0; i < to; i++) {
    const { places, weights } = tapOf(i);
    for (let row = 0; row < before; row++) {
      sums.fill(0);
      for (const [k, place] of places.entries()) {
        const from = row * length + place * step;
        const weight = weights[k] as number;
        for (let j = 0; j < step; j++) {
          sums[j] = (sums[j] as number) + weight * (x.elements[from + j] as number);
        }
      }
      const start = (row * to + i) * step;
      for (let j = 0; j < step; j++) out.elements[start + j] = store(sums[j] as number);
    }
  }
  return out;
}
