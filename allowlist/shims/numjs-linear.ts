/**
 * Products of matrices, and the little of linear algebra that hooks ask for: norms, determinants,
 * inverses, systems of equations.
 *
 * @module
 */

import { argument, optionsFrom, shapeText, show } from "./numjs-arguments.ts";
import { broadcastShape, broadcastTo, floats, promoted } from "./numjs-arithmetic.ts";
import { elementsOf, type Line, linesOf } from "./numjs-reduce.ts";
import { matrixShape, SHAPES } from "./numjs-shape.ts";
import { copy, flat, kindOf, type Kit, type NdArray, type Numbers } from "./numjs-types.ts";
import { type Numjs, type Operation, type Operations, room, sizeOf } from "./numjs-types.ts";

export const LINEAR: Operations = {
  matmul: (kit, value, other) => product(kit, value, kit.coerce(other)),
  dot(kit, value, other) {
    const right = kit.coerce(other);
    const plain = value.shape.length <= 2 && right.shape.length <= 2;
    if (plain && value.shape.length > 0 && right.shape.length > 0) {
      const result = product(kit, value, right);
      // numjs gives an array of one for two vectors, and hooks were written against that.
      return typeof result === "number" ? kit.array([result], kindOf(value.dtype)) : result;
    }
    throw new RangeError(
      `nj.dot wants vectors or matrices, got shapes ${shapeText(value)} and ` +
        `${shapeText(right)}: use nj.matmul for stacks of matrices`,
    );
  },
  outer(kit, value, other) {
    const column = reshaped(kit, value, [value.size, 1]);
    const right = kit.coerce(other);
    return product(kit, column, reshaped(kit, right, [1, right.size]));
  },
  trace(kit, value) {
    matrixShape(value, "nj.trace");
    const line = (SHAPES.diagonal as Operation)(kit, value) as NdArray;
    return Float64Array.from(flat(line.selection)).reduce((sum, one) => sum + one, 0);
  },
};

/** Puts `nj.linalg` on the package. */
export function extendLinalg(nj: Numjs, kit: Kit): void {
  nj.linalg = {
    norm: (value: unknown, ...rest: unknown[]) => norm(kit, kit.coerce(value), rest),
    det: (value: unknown) => eliminated(kit.coerce(value)).determinant,
    inv: (value: unknown) => {
      const matrix = kit.coerce(value);
      const count = matrixShape(matrix, "nj.linalg.inv")[0];
      const unit = new Float64Array(count * count);
      for (let i = 0; i < count; i++) unit[i * count + i] = 1;
      return solved(kit, matrix, kit.make(unit, [count, count], "float64"));
    },
    solve: (value: unknown, right: unknown) => {
      const matrix = kit.coerce(value);
      const sides = kit.coerce(right);
      const columns = sides.shape[1] ?? 1;
      const wide = reshaped(kit, sides, [sides.shape[0] ?? 0, columns]);
      return reshaped(kit, solved(kit, matrix, wide), [...sides.shape]);
    },
  };
}

function reshaped(kit: Kit, value: NdArray, shape: number[]): NdArray {
  return (SHAPES.reshape as Operation)(kit, value, shape) as NdArray;
}

/** By the rules of `@` in Python: a vector is a row on the left and a column on the right. */
function product(kit: Kit, value: NdArray, other: NdArray): NdArray | number {
  const [wide, tall] = [value.shape.length, other.shape.length];
  const left = wide === 1 ? reshaped(kit, value, [1, value.size]) : value;
  const right = tall === 1 ? reshaped(kit, other, [other.size, 1]) : other;
  const [rows = 0, inner = 0] = left.shape.slice(-2);
  const [depth = 0, columns = 0] = right.shape.slice(-2);
  if (wide === 0 || tall === 0 || inner !== depth) {
    const shapes = `${shapeText(value)} and ${shapeText(other)}`;
    throw new RangeError(`nj.matmul cannot multiply shapes ${shapes}: ${inner} is not ${depth}`);
  }
  const batch = broadcastShape(left.shape.slice(0, -2), right.shape.slice(0, -2));
  const kind = promoted(kindOf(value.dtype), kindOf(other.dtype));
  const a = flat(broadcastTo(kit, left, [...batch, rows, inner]).selection);
  const b = flat(broadcastTo(kit, right, [...batch, depth, columns]).selection);
  const out = room([...batch, rows, columns], kind);
  const size = { rows, inner, columns };
  for (let i = 0; i < sizeOf(batch); i++) multiply(out, a, b, { ...size, at: i });
  if (wide === 1 && tall === 1) return out[0] ?? 0;
  const shape = [...batch, ...(wide === 1 ? [] : [rows]), ...(tall === 1 ? [] : [columns])];
  return kit.make(out, shape, kind);
}

interface Size {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  readonly at: number;
}

/** A row of the result is summed up in doubles, in the order in which memory lies. */
function multiply(out: Numbers, a: Numbers, b: Numbers, { rows, inner, columns, at }: Size): void {
  const sums = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    sums.fill(0);
    for (let k = 0; k < inner; k++) {
      const factor = a[(at * rows + i) * inner + k] ?? 0;
      const row = (at * inner + k) * columns;
      for (let j = 0; j < columns; j++) sums[j] = (sums[j] ?? 0) + factor * (b[row + j] ?? 0);
    }
    out.set(sums, (at * rows + i) * columns);
  }
}

/** Of vectors along an axis, or of all elements; `ord` is 1, 2 or Infinity. */
function norm(kit: Kit, value: NdArray, rest: readonly unknown[]): unknown {
  const { keepdims } = optionsFrom(rest).options;
  const ord = argument(rest, 0, "ord") ?? 2;
  const axis = argument(rest, 1, "axis");
  const measure = NORMS.get(ord);
  if (!measure || (ord !== 2 && axis === undefined && value.shape.length > 1)) {
    throw new TypeError(`nj.linalg.norm wants an ord of 1, 2 or Infinity, got ${show(ord)}`);
  }
  const { data, kind } = floats(value);
  const lines = linesOf(kit.make(data, value.shape, kind), axis);
  const shape = keepdims ? lines.shapeKept : lines.shape;
  if (shape.length === 0) return measure(wide(lines.line(0)));
  const out = room(shape, kind);
  for (let i = 0; i < out.length; i++) out[i] = measure(wide(lines.line(i)));
  return kit.make(out, shape, kind);
}

const NORMS = new Map<unknown, (line: Float64Array) => number>([
  [1, (line) => line.reduce((sum, one) => sum + Math.abs(one), 0)],
  [2, (line) => Math.sqrt(line.reduce((sum, one) => sum + one * one, 0))],
  [Infinity, (line) => line.reduce((most, one) => Math.max(most, Math.abs(one)), 0)],
]);

function wide(line: Line): Float64Array {
  return Float64Array.from(elementsOf(line));
}

interface Eliminated {
  /** Upper triangular. */
  readonly rows: Float64Array[];
  /** The right sides, changed along. */
  readonly sides: Float64Array[];
  readonly determinant: number;
  readonly singular: boolean;
}

/** Gauss's elimination; the largest element of a column is its pivot. */
function eliminated(matrix: NdArray, right?: NdArray): Eliminated {
  const [count, width] = matrixShape(matrix, "nj.linalg");
  if (count !== width) {
    throw new RangeError(`nj.linalg wants a square matrix, got shape ${shapeText(matrix)}`);
  }
  const rows = rowsOf(matrix, count);
  const sides = right ? rowsOf(right, right.shape[1] ?? 0) : rows.map(() => new Float64Array());
  if (sides.length !== count) {
    throw new RangeError(`nj.linalg.solve wants ${count} rows on the right, got ${sides.length}`);
  }
  let determinant = 1;
  for (let i = 0; i < count; i++) {
    const pivot = pivotOf(rows, i);
    if (pivot !== i) determinant = -determinant;
    for (const list of [rows, sides]) {
      [list[i], list[pivot]] = [list[pivot] as Float64Array, list[i] as Float64Array];
    }
    const top = rows[i]?.[i] ?? 0;
    determinant *= top;
    if (top === 0) return { rows, sides, determinant: 0, singular: true };
    for (let j = i + 1; j < count; j++) {
      const factor = (rows[j]?.[i] ?? 0) / top;
      subtract(rows[j], rows[i], factor);
      subtract(sides[j], sides[i], factor);
    }
  }
  return { rows, sides, determinant, singular: false };
}

function rowsOf(matrix: NdArray, width: number): Float64Array[] {
  const data = copy(matrix.selection, "float64") as Float64Array;
  const count = matrix.shape[0] ?? 0;
  return Array.from({ length: count }, (_, i) => data.slice(i * width, (i + 1) * width));
}

function pivotOf(rows: readonly Float64Array[], column: number): number {
  let best = column;
  for (let i = column + 1; i < rows.length; i++) {
    if (Math.abs(rows[i]?.[column] ?? 0) > Math.abs(rows[best]?.[column] ?? 0)) best = i;
  }
  return best;
}

function subtract(from?: Float64Array, row?: Float64Array, factor = 0): void {
  if (!from || !row) return;
  for (let i = 0; i < from.length; i++) from[i] = (from[i] ?? 0) - factor * (row[i] ?? 0);
}

function solved(kit: Kit, matrix: NdArray, right: NdArray): NdArray {
  const { rows, sides, singular } = eliminated(matrix, right);
  if (singular) throw new RangeError("nj.linalg wants a matrix that is not singular");
  const columns = right.shape[1] ?? 0;
  const out = room([rows.length, columns], "float64");
  for (let i = rows.length - 1; i >= 0; i--) {
    const side = sides[i];
    for (let j = i + 1; j < rows.length; j++) subtract(side, sides[j], rows[i]?.[j]);
    const divisor = rows[i]?.[i] ?? 1;
    for (const [k, one] of side?.entries() ?? []) if (side) side[k] = one / divisor;
    if (side) out.set(side, i * columns);
  }
  return kit.make(out, [rows.length, columns], "float64");
}
