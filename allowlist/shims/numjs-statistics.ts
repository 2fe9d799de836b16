/**
 * What is worked out of samples: differences, covariances, histograms, values between points.
 *
 * @module
 */

import { argument, axisFrom, numberFrom, optionsFrom, shapeFrom } from "./numjs-arguments.ts";
import { placeFrom, shapeText } from "./numjs-arguments.ts";
import { ARITHMETIC } from "./numjs-arithmetic.ts";
import { ELEMENTS } from "./numjs-elements.ts";
import { LINEAR } from "./numjs-linear.ts";
import { countBelow, SORTS } from "./numjs-pick.ts";
import { REDUCE } from "./numjs-reduce.ts";
import { joined, matrixShape, SHAPES } from "./numjs-shape.ts";
import { copy, flat, kindOf, type Kit, type NdArray, type Numbers } from "./numjs-types.ts";
import { type Operation, type Operations, room } from "./numjs-types.ts";

/** Calls a function of ours by its name, on arrays. */
const call = (table: Operations, name: string, ...values: [Kit, NdArray, ...unknown[]]) =>
  (table[name] as Operation)(...values) as NdArray;

export const STATISTICS: Operations = {
  diff(kit, value, ...rest) {
    const times = numberFrom(argument(rest, 0, "n"), "n", 1);
    const axis = axisFrom(argument(rest, 1, "axis") ?? -1, value.shape.length);
    const before = Array<null>(axis).fill(null);
    const cut = (from: NdArray, range: unknown) =>
      call(SHAPES, "slice", kit, from, ...before, range);
    let result = value;
    for (let i = 0; i < times && (result.shape[axis] ?? 0) > 0; i++) {
      result = call(ARITHMETIC, "subtract", kit, cut(result, 1), cut(result, [0, -1]));
    }
    return result;
  },
  average(kit, value, ...rest) {
    const axis = argument(rest, 0, "axis");
    const { weights } = optionsFrom(rest).options;
    if (weights === undefined) return (REDUCE.mean as Operation)(kit, value, axis);
    const shares = spreadWeights(kit, value, kit.coerce(weights), axis);
    const sums = [call(ARITHMETIC, "multiply", kit, value, shares), shares].map((one) =>
      (REDUCE.sum as Operation)(kit, one, axis),
    );
    const [total, whole] = sums as [NdArray | number, NdArray | number];
    if (typeof total === "number") return total / Number(whole);
    return call(ARITHMETIC, "divide", kit, total, whole);
  },
  cov: (kit, value, ...rest) => covariance(kit, samplesOf(kit, value, rest), rest),
  corrcoef(kit, value, ...rest) {
    const matrix = covariance(kit, samplesOf(kit, value, rest), []);
    const spread = call(SHAPES, "diagonal", kit, matrix);
    const deviations = Float64Array.from(flat(spread.selection), Math.sqrt);
    const row = kit.make(deviations, [deviations.length], "float64");
    const scaled = call(ARITHMETIC, "divide", kit, matrix, row);
    const columns = call(SHAPES, "expand_dims", kit, row, 1);
    return call(ARITHMETIC, "divide", kit, scaled, columns);
  },
  histogram(kit, value, ...rest) {
    const data = flat(value.selection);
    const edges = edgesFrom(kit, data, argument(rest, 0, "bins") ?? 10, argument(rest, 1, "range"));
    const counts = new Int32Array(Math.max(0, edges.length - 1));
    const last = edges.at(-1) ?? 0;
    for (const one of data) {
      const bin = one === last ? counts.length - 1 : countBelow(edges, one, true) - 1;
      if (bin >= 0 && bin < counts.length) counts[bin] = (counts[bin] ?? 0) + 1;
    }
    return [kit.make(counts, [counts.length], "int32"), kit.make(edges, [edges.length], "float64")];
  },
  digitize: (kit, value, bins) =>
    call(SORTS, "searchsorted", kit, kit.coerce(bins), value, { side: "right" }),
  interp(kit, value, at, values) {
    const points = copy(kit.coerce(at).selection, "float64") as Float64Array<ArrayBuffer>;
    const heights = flat(kit.coerce(values).selection);
    if (points.length === 0 || points.length !== heights.length) {
      const got = `${points.length} and ${heights.length}`;
      throw new RangeError(
        `nj.interp wants as many values as points, and at least one, got ${got}`,
      );
    }
    const out = Float64Array.from(flat(value.selection), (one) => between(points, heights, one));
    return kit.make(out, value.shape, "float64");
  },
  isclose(kit, value, other, ...rest) {
    const { rtol = 1e-5, atol = 1e-8 } = optionsFrom(rest).options;
    const [share, least] = [numberFrom(rtol, "rtol"), numberFrom(atol, "atol")];
    // As floats: the difference of two unsigned integers may be below 0.
    const [left, right] = [kit.array(value, "float64"), kit.array(other, "float64")];
    const gap = call(ELEMENTS, "abs", kit, call(ARITHMETIC, "subtract", kit, left, right));
    const scaled = call(ARITHMETIC, "multiply", kit, call(ELEMENTS, "abs", kit, right), share);
    const near = call(
      ARITHMETIC,
      "less_equal",
      kit,
      gap,
      call(ARITHMETIC, "add", kit, scaled, least),
    );
    const finite = call(ELEMENTS, "isfinite", kit, gap);
    const both = call(ARITHMETIC, "logical_and", kit, near, finite);
    return call(ARITHMETIC, "logical_or", kit, both, call(ARITHMETIC, "eq", kit, left, right));
  },
  allclose: (kit, value, ...rest) =>
    (REDUCE.all as Operation)(kit, call(STATISTICS, "isclose", kit, value, ...rest)),
  tril: (kit, value, k) => triangle(kit, value, (row, column) => column - row <= offset(k)),
  triu: (kit, value, k) => triangle(kit, value, (row, column) => column - row >= offset(k)),
  unravel_index(kit, value, ...shape) {
    const axes = shapeFrom(shape);
    const size = axes.reduce((product, axis) => product * axis, 1);
    const columns = axes.map((_, i) =>
      axes.slice(i + 1).reduce((product, one) => product * one, 1),
    );
    const indices = Array.from(flat(value.selection), (one) => placeFrom(one, size));
    return columns.map((step, i) => {
      const places = indices.map((one) => Math.floor(one / step) % (axes[i] ?? 1));
      return kit.make(Int32Array.from(places), value.shape, "int32");
    });
  },
};

/** Weights of one axis stand along it; others have the array's own shape. */
function spreadWeights(kit: Kit, value: NdArray, weights: NdArray, axis: unknown): NdArray {
  if (weights.shape.join() === value.shape.join()) return weights;
  const along = axis ?? (value.shape.length === 1 ? 0 : undefined);
  const at = along === undefined ? -1 : axisFrom(along, value.shape.length);
  if (weights.shape.length !== 1 || weights.size !== value.shape[at]) {
    const got = `${shapeText(weights)} for ${shapeText(value)}`;
    throw new RangeError(`nj.average wants a weight for each place of the axis, got ${got}`);
  }
  const shape = value.shape.map((count, i) => (i === at ? count : 1));
  const column = call(SHAPES, "reshape", kit, weights, shape);
  return call(SHAPES, "broadcast_to", kit, column, [...value.shape]);
}

/** A row for each variable: those of the array, and those of a second one. */
function samplesOf(kit: Kit, value: NdArray, rest: readonly unknown[]): NdArray {
  const rows = (one: NdArray): NdArray => {
    if (one.shape.length === 1) return call(SHAPES, "expand_dims", kit, one, 0);
    matrixShape(one, "nj.cov");
    return optionsFrom(rest).options.rowvar === false ? call(SHAPES, "transpose", kit, one) : one;
  };
  const [other] = optionsFrom(rest).places;
  if (other === undefined || other === null) return rows(value);
  return joined(kit, [rows(value), rows(kit.coerce(other))], 0);
}

function covariance(kit: Kit, samples: NdArray, rest: readonly unknown[]): NdArray {
  const ddof = numberFrom(optionsFrom(rest).options.ddof, "ddof", 1);
  const middle = call(REDUCE, "mean", kit, samples, 1, { keepdims: true });
  const centred = call(ARITHMETIC, "subtract", kit, samples, middle);
  const product = call(LINEAR, "matmul", kit, centred, call(SHAPES, "transpose", kit, centred));
  const scaled = call(ARITHMETIC, "divide", kit, product, (samples.shape[1] ?? 0) - ddof);
  return scaled.size === 1 ? call(SHAPES, "reshape", kit, scaled, []) : scaled;
}

function edgesFrom(
  kit: Kit,
  data: Numbers,
  bins: unknown,
  range: unknown,
): Float64Array<ArrayBuffer> {
  if (typeof bins !== "number") {
    return copy(kit.coerce(bins).selection, "float64") as Float64Array<ArrayBuffer>;
  }
  const count = shapeFrom([bins])[0] ?? 0;
  const ends = Array.isArray(range) ? range : [Infinity, -Infinity];
  let [low, high] = [numberFrom(ends[0], "a range"), numberFrom(ends[1], "a range")];
  if (!Array.isArray(range)) {
    for (const one of data) [low, high] = [Math.min(low, one), Math.max(high, one)];
  }
  if (data.length === 0 && !Array.isArray(range)) [low, high] = [0, 1];
  if (!Number.isFinite(low) || !Number.isFinite(high) || count < 1) {
    throw new RangeError(`nj.histogram wants a finite range and a bin, got [${low}, ${high}]`);
  }
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const edges = room([count + 1], "float64") as Float64Array<ArrayBuffer>;
  const step = (high - low) / count;
  for (let i = 0; i < count; i++) edges[i] = i * step + low;
  edges[count] = high;
  return edges;
}

/** Beyond the ends it stays at the height of the end. */
function between(points: Numbers, heights: Numbers, value: number): number {
  if (Number.isNaN(value)) return value;
  const right = countBelow(points, value, true);
  const [from = 0, to = 0] = [heights[right - 1], heights[right]];
  if (right === 0) return heights[0] ?? 0;
  if (right === points.length) return from;
  const [start = 0, end = 0] = [points[right - 1], points[right]];
  return ((to - from) / (end - start)) * (value - start) + from;
}

function offset(k: unknown): number {
  return numberFrom(k, "a diagonal", 0);
}

function triangle(
  kit: Kit,
  value: NdArray,
  keeps: (row: number, column: number) => boolean,
): NdArray {
  const kind = kindOf(value.dtype);
  const [rows = 0, columns = 0] = value.shape.slice(-2);
  if (value.shape.length < 2) matrixShape(value, "nj.tril");
  const out = copy(value.selection, kind);
  for (let i = 0; i < out.length; i++) {
    if (!keeps(Math.floor(i / columns) % rows, i % columns)) out[i] = 0;
  }
  return kit.make(out, value.shape, kind);
}
