/**
 * The functions of torch that multiply: matrices, batches of them, vectors; and distances.
 *
 * Products are summed in doubles and rounded once.
 *
 * @module
 */

import { isNone, numberFrom, type Ops } from "./torch-arguments.ts";
import { cast, tensorFrom } from "./torch-convert.ts";
import { floatOf, isFloat, promoted, storeOf } from "./torch-dtypes.ts";
import { add } from "./torch-pointwise.ts";
import { lengthIn } from "./torch-reduce.ts";
import { turned } from "./torch-shape.ts";
import { blank, type Elements, reshaped, show, type TorchTensor } from "./torch-tensor.ts";
import { broadcast, broadcastShape } from "./torch-walk.ts";

/** The functions, by name: functions of torch, and methods. */
export const PRODUCTS: Ops = {
  matmul: { takes: ["other"], run: matmul },
  mm: { takes: ["mat2"], run: (x, other) => ranked("mm", [2, 2], x, other) },
  bmm: { takes: ["mat2"], run: (x, other) => ranked("bmm", [3, 3], x, other) },
  mv: { takes: ["vec"], run: (x, other) => ranked("mv", [2, 1], x, other) },
  dot: { takes: ["other"], run: (x, other) => ranked("dot", [1, 1], x, other) },
  outer: { takes: ["vec2"], run: outer },
  cdist: { takes: ["x2", "p"], run: cdist },
  trace: { takes: [], run: trace },
};

/** Two matrices of one dtype, or equal batches of them, with what their products are kept in. */
interface Batches {
  readonly left: Elements;
  readonly right: Elements;
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/** Returns the product as torch's `@` has it: vectors, matrices, and batches that broadcast. */
export function matmul(x: TorchTensor, other: unknown): TorchTensor {
  const y = tensorFrom(other);
  const dtype = promoted(x.dtype, y.dtype);
  if (x.ndim === 0 || y.ndim === 0) {
    throw new RangeError("torch.matmul wants at least one dimension on both sides");
  }
  const one = x.ndim === 1 ? reshaped(x, [1, ...x.shape]) : x;
  const two = y.ndim === 1 ? reshaped(y, [...y.shape, 1]) : y;
  const [rows, inner] = one.shape.slice(-2) as [number, number];
  const [length, columns] = two.shape.slice(-2) as [number, number];
  if (inner !== length) {
    throw new RangeError(`torch.matmul wants shapes that fit, got ${show(x)} and ${show(y)}`);
  }
  const batch = broadcastShape([one.shape.slice(0, -2), two.shape.slice(0, -2)]);
  const out = blank(dtype, [...batch, rows, columns]);
  multiply(out, {
    left: broadcast(cast(one, dtype), [...batch, rows, inner]).elements,
    right: broadcast(cast(two, dtype), [...batch, inner, columns]).elements,
    rows,
    inner,
    columns,
  });
  const ends = [...(x.ndim === 1 ? [] : [rows]), ...(y.ndim === 1 ? [] : [columns])];
  return reshaped(out, [...batch, ...ends]);
}

/** Row by row, so that both matrices are read in the order in which they lie. */
function multiply(out: TorchTensor, { left, right, rows, inner, columns }: Batches): void {
  const store = storeOf(out.dtype);
  const sums = new Float64Array(columns);
  const all = columns === 0 ? 0 : out.elements.length / columns;
  for (let row = 0; row < all; row++) {
    sums.fill(0);
    const batch = Math.floor(row / rows) * inner;
    for (let k = 0; k < inner; k++) {
      const factor = left[row * inner + k] as number;
      const from = (batch + k) * columns;
      for (let j = 0; j < columns; j++) {
        sums[j] = (sums[j] as number) + factor * (right[from + j] as number);
      }
    }
    for (let j = 0; j < columns; j++) out.elements[row * columns + j] = store(sums[j] as number);
  }
}

function ranked(name: string, ranks: readonly number[], x: TorchTensor, other: unknown) {
  const y = tensorFrom(other);
  const batches = x.ndim === 3 && x.shape[0] !== y.shape[0];
  if (x.ndim === ranks[0] && y.ndim === ranks[1] && !batches) return matmul(x, y);
  const want = `${ranks[0]} and ${ranks[1]} dims`;
  throw new RangeError(`torch.${name} wants ${want} that fit, got ${show(x)} and ${show(y)}`);
}

function outer(x: TorchTensor, other: unknown): TorchTensor {
  const y = tensorFrom(other);
  if (x.ndim !== 1 || y.ndim !== 1) {
    throw new RangeError(`torch.outer wants two vectors, got ${show(x)} and ${show(y)}`);
  }
  return matmul(reshaped(x, [...x.shape, 1]), reshaped(y, [1, ...y.shape]));
}

function trace(x: TorchTensor): TorchTensor {
  const [rows = 0, columns = 0] = x.shape;
  if (x.ndim !== 2) throw new RangeError(`torch.trace wants a matrix, got ${show(x)}`);
  const out = blank(isFloat(x.dtype) ? x.dtype : "int64", []);
  let total = 0;
  for (let i = 0; i < Math.min(rows, columns); i++) total += x.elements[i * columns + i] as number;
  out.elements[0] = storeOf(out.dtype)(total);
  return out;
}

/** Returns the distance of each row to each row of the other, `[..., rows, otherRows]`. */
function cdist(x: TorchTensor, other: unknown, p?: unknown): TorchTensor {
  const dtype = floatOf(promoted(x.dtype, tensorFrom(other).dtype));
  const y = tensorFrom(other, dtype);
  const [rows, others] = [x.shape.at(-2), y.shape.at(-2)];
  const width = x.shape.at(-1) ?? 0;
  if (rows === undefined || others === undefined || width !== y.shape.at(-1)) {
    throw new RangeError(`torch.cdist wants rows of one length, got ${show(x)} and ${show(y)}`);
  }
  const power = numberFrom(p, "p", 2);
  const batch = broadcastShape([x.shape.slice(0, -2), y.shape.slice(0, -2)]);
  const left = broadcast(cast(x, dtype), [...batch, rows, width]).elements;
  const right = broadcast(y, [...batch, others, width]).elements;
  const out = blank(dtype, [...batch, rows, others]);
  const gap = new Float64Array(width);
  const store = storeOf(dtype);
  for (let i = 0; i < out.elements.length; i++) {
    const row = Math.floor(i / others);
    const one = row * width;
    const two = (Math.floor(row / rows) * others + (i % others)) * width;
    for (let k = 0; k < width; k++) {
      gap[k] = (left[one + k] as number) - (right[two + k] as number);
    }
    out.elements[i] = store(lengthIn(gap, power));
  }
  return out;
}

/** Returns `x @ weight.T + bias`, as `F.linear`. */
export function linear(x: TorchTensor, weight: unknown, bias: unknown): TorchTensor {
  const y = matmul(x, turned(tensorFrom(weight)));
  return isNone(bias) ? y : add(y, bias);
}
