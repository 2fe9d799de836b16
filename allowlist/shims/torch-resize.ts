/**
 * `torch.nn.functional.interpolate`: batches of images, channels first, in another size.
 *
 * @module
 */

import { numberFrom, sizesFrom } from "./torch-arguments.ts";
import { cast, show } from "./torch-convert.ts";
import { blank, type Elements, sizeOf, type TorchTensor } from "./torch-tensor.ts";

/** Where an element of the result comes from: two places along an axis, and how much of the second. */
interface Source {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly part: Float64Array;
}

interface Axis {
  readonly from: number;
  readonly to: number;
  /** How many elements of the old one lie in one of the new. */
  readonly scale: number;
  readonly corners: boolean;
}

const LINEAR: Readonly<Record<string, number>> = { linear: 1, bilinear: 2, trilinear: 3 };

/**
 * Returns the tensor with all axes but the first two in another size.
 *
 * @param size What is wanted: one for all axes, or a list. Or else `scale`, by how much.
 * @param mode `nearest` (torch's own, which takes the lower place), `nearest-exact`, or `linear`,
 * `bilinear`, `trilinear` for as many axes. Nothing is smoothed when an image gets smaller.
 */
export function interpolate(
  x: TorchTensor,
  size?: unknown,
  scale?: unknown,
  mode: unknown = "nearest",
  corners: unknown = false,
): TorchTensor {
  const rank = x.ndim - 2;
  if (rank < 1) throw new RangeError(`F.interpolate wants [batch, channels, ...], got ${show(x)}`);
  if (Object.hasOwn(LINEAR, String(mode)) ? LINEAR[String(mode)] !== rank : !isNearest(mode)) {
    const modes = `nearest, nearest-exact or ${Object.keys(LINEAR)[rank - 1]}`;
    throw new TypeError(`F.interpolate wants mode ${modes} for ${show(x)}, got ${show(mode)}`);
  }
  let image = cast(x, "float32");
  for (let i = 0; i < rank; i++) {
    const axis = axisOf(image.shape[i + 2] ?? 0, at(size, i), at(scale, i), corners === true);
    image = along(image, i + 2, axis.to, isNearest(mode) ? nearest(axis, mode) : linear(axis));
  }
  return cast(image, x.dtype);
}

function isNearest(mode: unknown): boolean {
  return mode === "nearest" || mode === "nearest-exact";
}

function at(value: unknown, axis: number): unknown {
  return Array.isArray(value) ? (value[axis] as unknown) : value;
}

function axisOf(from: number, size: unknown, factor: unknown, corners: boolean): Axis {
  if (size === undefined || size === null) {
    const scale = numberFrom(factor, "size or scale_factor");
    const to = Math.floor(from * scale);
    return { from, to, scale: corners ? (from - 1) / Math.max(to - 1, 1) : 1 / scale, corners };
  }
  const [to = 0] = sizesFrom([size]);
  if (to < 1 || from < 1) throw new RangeError(`F.interpolate wants sizes above 0, got ${from} to ${to}`);
  return { from, to, scale: corners ? (from - 1) / Math.max(to - 1, 1) : from / to, corners };
}

function nearest({ from, to, scale }: Axis, mode: unknown): Source {
  const middle = mode === "nearest-exact" ? 0.5 : 0;
  const low = Int32Array.from({ length: to }, (_, i) =>
    Math.min(Math.floor((i + middle) * scale), from - 1),
  );
  return { low, high: low, part: new Float64Array(to) };
}

function linear({ from, to, scale, corners }: Axis): Source {
  const low = new Int32Array(to);
  const high = new Int32Array(to);
  const part = new Float64Array(to);
  for (let i = 0; i < to; i++) {
    const place = corners ? i * scale : Math.max((i + 0.5) * scale - 0.5, 0);
    low[i] = Math.min(Math.floor(place), from - 1);
    high[i] = Math.min(Math.floor(place) + 1, from - 1);
    part[i] = place - Math.floor(place);
  }
  return { low, high, part };
}

function along(x: TorchTensor, axis: number, length: number, source: Source): TorchTensor {
  const out = blank("float32", x.shape.with(axis, length));
  const step = sizeOf(x.shape.slice(axis + 1));
  const before = sizeOf(x.shape.slice(0, axis));
  const size = (x.shape[axis] ?? 0) * step;
  for (let row = 0; row < before; row++) {
    for (let i = 0; i < length; i++) {
      const part = source.part[i] ?? 0;
      const low = row * size + (source.low[i] ?? 0) * step;
      const high = row * size + (source.high[i] ?? 0) * step;
      const to = (row * length + i) * step;
      mix(out.elements, to, x.elements, { low, high, part, step });
    }
  }
  return out;
}

interface Mix {
  readonly low: number;
  readonly high: number;
  readonly part: number;
  readonly step: number;
}

function mix(out: Elements, to: number, from: Elements, { low, high, part, step }: Mix): void {
  for (let j = 0; j < step; j++) {
    const first = from[low + j] as number;
    // An infinite neighbour that counts for nothing must not make a NaN.
    out[to + j] = part === 0 ? first : first + ((from[high + j] as number) - first) * part;
  }
}
