/**
 * The functions of torch that pick elements by place or by a mask, and put them there.
 *
 * A place is a whole number: one with a fraction is refused, not cut off.
 *
 * @module
 */

import { dimFrom, isNone, type Op, type Ops, type Rest, wholeFrom } from "./torch-arguments.ts";
import { placesFrom, tensorFrom } from "./torch-convert.ts";
import { storeOf } from "./torch-dtypes.ts";
import { blank, type Elements, reshaped, show, TorchTensor } from "./torch-tensor.ts";
import { broadcast, broadcastShape, picked, stepsOf, walk } from "./torch-walk.ts";

/** The functions, by name: functions of torch, and methods. */
export const PICKS: Ops = {
  gather: { takes: ["dim", "index"], run: gather },
  scatter: { takes: ["dim", "index", "src"], run: scattering((_, value) => value) },
  scatter_add: { takes: ["dim", "index", "src"], run: scattering((old, value) => old + value) },
  index_select: { takes: ["dim", "index"], run: indexSelect },
  take: { takes: ["index"], run: take },
  take_along_dim: { takes: ["indices", "dim"], run: (x, index, dim) => gather(x, dim, index) },
  masked_select: { takes: ["mask"], run: maskedSelect },
  nonzero: { takes: ["as_tuple"], run: nonzero },
  argwhere: { takes: [], run: (x) => nonzero(x, false) },
  bincount: { takes: ["weights", "minlength"], run: bincount },
};

/** Walks an index, and says where each of its elements stands: in itself, and in the tensor. */
function walkIndex(
  x: TorchTensor,
  dim: unknown,
  index: TorchTensor,
  visit: (own: number, at: number) => void,
): void {
  const along = dimFrom(dim, x.ndim);
  const fits = index.shape.every((size, axis) => axis === along || size <= (x.shape[axis] ?? 1));
  if (Math.max(index.ndim, 1) !== Math.max(x.ndim, 1) || !fits) {
    const wants = `as many dims as ${show(x)} and no larger ones but dim ${along}`;
    throw new RangeError(`torch wants an index with ${wants}, got ${show(index)}`);
  }
  const steps = stepsOf(x.shape);
  const step = steps[along] ?? 1;
  const length = x.shape[along] ?? 1;
  const others = index.shape.map((_, axis) => (axis === along ? 0 : (steps[axis] as number)));
  walk(index.shape, [others], ([start = 0], own, { rows, columns, down, right }) => {
    for (let i = 0; i < rows * columns; i++) {
      const row = Math.floor(i / columns);
      const from = start + row * (down[0] as number) + (i - row * columns) * (right[0] as number);
      visit(own + i, from + placeIn(index.elements[own + i], length) * step);
    }
  });
}

function placeIn(index: number | undefined, length: number): number {
  const place = index ?? -1;
  if (place >= 0 && place < length) return place;
  throw new RangeError(`index ${place} is out of bounds for dimension with size ${length}`);
}

function gather(x: TorchTensor, dim: unknown, index: unknown): TorchTensor {
  const places = placesFrom(index, "gather");
  const out = blank(x.dtype, places.shape);
  walkIndex(x, dim, places, (own, at) => {
    out.elements[own] = x.elements[at] as number;
  });
  return out;
}

/** Puts elements of `src`, or one number again and again, where an index says. */
function scattering(join: (old: number, value: number) => number): Op["run"] {
  return (x, dim, index, src) => {
    const places = placesFrom(index, "scatter");
    const source = tensorFrom(src, typeof src === "object" ? undefined : x.dtype);
    if (source.dtype !== x.dtype || (source.ndim > 0 && source.ndim !== x.ndim)) {
      const wants = `torch.scatter wants a src of ${x.dtype} and ${x.ndim} dims`;
      throw new RangeError(`${wants}, got ${source.dtype} and ${source.ndim}`);
    }
    if (places.shape.some((size, axis) => source.ndim > 0 && size > (source.shape[axis] ?? 1))) {
      throw new RangeError(`torch.scatter wants a src for ${show(places)}, got ${show(source)}`);
    }
    const out = new TorchTensor(x.dtype, x.shape, x.elements.slice());
    const store = storeOf(x.dtype);
    const values = source.ndim > 0 ? corner(source, places.shape) : undefined;
    const [only] = source.elements;
    walkIndex(x, dim, places, (own, at) => {
      const value = (values ? values[own] : only) as number;
      out.elements[at] = store(join(out.elements[at] as number, value));
    });
    return out;
  };
}

/** Returns the part of a tensor from its beginning that has a shape. */
function corner(x: TorchTensor, shape: readonly number[]): Elements {
  return shape.reduce((part, size, axis) => {
    if (size === part.shape[axis]) return part;
    return picked(
      part,
      axis,
      Int32Array.from({ length: size }, (_, i) => i),
    );
  }, x).elements;
}

export function indexSelect(x: TorchTensor, dim: unknown, index: unknown): TorchTensor {
  const places = placesFrom(index, "index_select");
  const at = dimFrom(dim, x.ndim);
  if (places.ndim > 1) {
    throw new RangeError(`torch.index_select wants an index of one dim, got ${show(places)}`);
  }
  for (const place of places.elements) placeIn(place, x.shape[at] ?? 1);
  return picked(x, at, places.elements);
}

/** From the tensor as one row; negative places count from its end. */
function take(x: TorchTensor, index: unknown): TorchTensor {
  const places = placesFrom(index, "take");
  const out = blank(x.dtype, places.shape);
  const size = x.elements.length;
  for (let i = 0; i < out.elements.length; i++) {
    const place = places.elements[i] as number;
    out.elements[i] = x.elements[placeIn(place < 0 ? place + size : place, size)] as number;
  }
  return out;
}

function maskedSelect(x: TorchTensor, mask: unknown): TorchTensor {
  const chosen = tensorFrom(mask, "bool");
  const shape = broadcastShape([x.shape, chosen.shape]);
  const { elements: keep } = broadcast(chosen, shape);
  const elements = broadcast(x, shape).elements.filter((_, i) => keep[i] === 1);
  return new TorchTensor(x.dtype, [elements.length], elements);
}

/** Returns the places that are not zero: one row each, or one tensor for each dim. */
export function nonzero(x: TorchTensor, asTuple: unknown = false): TorchTensor | TorchTensor[] {
  const found: number[] = [];
  for (let i = 0; i < x.elements.length; i++) if (x.elements[i] !== 0) found.push(i);
  const steps = stepsOf(x.shape);
  const out = blank("int64", [found.length, x.ndim]);
  found.forEach((place, row) => {
    steps.forEach((step, axis) => {
      out.elements[row * x.ndim + axis] = Math.floor(place / step) % (x.shape[axis] as number);
    });
  });
  if (asTuple !== true) return out;
  return steps.map((_, axis) => reshaped(picked(out, 1, [axis]), [found.length]));
}

/** Returns how often each whole number from 0 on is there, or the sum of its weights. */
function bincount(x: TorchTensor, weights: unknown, ...[minlength]: Rest): TorchTensor {
  const least = wholeFrom(minlength ?? 0, "minlength");
  const { elements, ndim } = placesFrom(x, "bincount");
  const each = isNone(weights) ? undefined : tensorFrom(weights);
  if (ndim !== 1 || (each && each.elements.length !== elements.length)) {
    throw new RangeError(`torch.bincount wants vectors of one length, got ${show(x)}`);
  }
  let size = least;
  for (const value of elements) {
    if (value < 0) throw new RangeError(`torch.bincount wants no negative numbers, got ${value}`);
    size = Math.max(size, value + 1);
  }
  const dtype = each === undefined ? "int64" : each.dtype === "float32" ? "float32" : "float64";
  const out = blank(dtype, [size]);
  for (let i = 0; i < elements.length; i++) {
    const at = elements[i] as number;
    out.elements[at] = (out.elements[at] as number) + ((each ? each.elements[i] : 1) as number);
  }
  return out;
}
