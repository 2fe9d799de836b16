/**
 * The functions of torch that multiply: matrices, batches of them, vectors, and `einsum`.
 *
 * @module
 */

import { placed, type Rest } from "./torch-arguments.ts";
import { compute, tfOp } from "./tfjs.ts";
import { cast, show, tensorFrom } from "./torch-convert.ts";
import type { Op } from "./torch-reduce.ts";
import { reshaped, type TorchTensor } from "./torch-tensor.ts";

/** The functions, by name: functions of torch, and methods. */
export const PRODUCTS: Readonly<Record<string, Op>> = {
  matmul: { takes: ["other"], run: matmul },
  mm: { takes: ["mat2"], run: (x, other) => ranked("mm", [2, 2], x, other) },
  bmm: { takes: ["mat2"], run: (x, other) => ranked("bmm", [3, 3], x, other) },
  mv: { takes: ["vec"], run: (x, other) => ranked("mv", [2, 1], x, other) },
  dot: { takes: ["other"], run: (x, other) => ranked("dot", [1, 1], x, other) },
  outer: { takes: ["vec2"], run: outer },
};

/** Returns the product as torch's `@` has it: vectors, matrices, and batches that broadcast. */
export function matmul(x: TorchTensor, other: unknown): TorchTensor {
  const right = tensorFrom(other);
  if (x.ndim === 0 || right.ndim === 0) {
    throw new RangeError("torch.matmul wants at least one dimension on both sides");
  }
  const rows = x.ndim === 1 ? reshaped(x, [1, ...x.shape]) : x;
  const columns = right.ndim === 1 ? reshaped(right, [...right.shape, 1]) : right;
  const inner = [rows.shape.at(-1), columns.shape.at(-2)];
  if (inner[0] !== inner[1]) {
    throw new RangeError(`torch.matmul wants shapes that fit, got ${show(x)} and ${show(right)}`);
  }
  const whole = x.dtype !== "float32" && right.dtype !== "float32";
  const floats = [cast(rows, "float32"), cast(columns, "float32")];
  const product = compute(floats, tfOp("matMul"));
  const shape = product.shape.filter((_, at) => {
    const row = x.ndim === 1 && at === product.ndim - 2;
    return !row && !(right.ndim === 1 && at === product.ndim - 1);
  });
  return reshaped(whole ? exactly(product) : product, shape);
}

/** Products of integers are computed in float32, which has them right up to 2^24 only. */
function exactly(product: TorchTensor): TorchTensor {
  const large = product.elements.find((value) => Math.abs(value) >= 2 ** 24);
  if (large === undefined) return cast(product, "int32");
  throw new RangeError(`torch.matmul of int32 holds results up to 2^24, got ${large}: use x.float()`);
}

function ranked(
  name: string,
  ranks: readonly [number, number],
  x: TorchTensor,
  other: unknown,
): TorchTensor {
  const right = tensorFrom(other);
  if (x.ndim === ranks[0] && right.ndim === ranks[1]) return matmul(x, right);
  const want = `${ranks[0]} and ${ranks[1]} dims`;
  throw new RangeError(`torch.${name} wants ${want}, got ${show(x)} and ${show(right)}`);
}

function outer(x: TorchTensor, other: unknown): TorchTensor {
  const right = tensorFrom(other);
  const column = reshaped(x, [x.elements.length, 1]);
  return matmul(column, reshaped(right, [1, right.elements.length]));
}

/** Returns the sum of products that an equation names, of one tensor or of two. */
export function einsum(equation: unknown, rest: Rest): TorchTensor {
  if (typeof equation !== "string") {
    throw new TypeError(`torch.einsum wants an equation, as in "ij,jk->ik", got ${show(equation)}`);
  }
  const list = rest.length === 1 && Array.isArray(rest[0]) ? (rest[0] as Rest) : rest;
  const tensors = list.map((value) => tensorFrom(value, "float32"));
  return compute(tensors, (...inputs) => tfOp("einsum")(withOutput(equation), ...inputs));
}

/** tfjs wants the output to be said; torch takes the letters that are there once, in order. */
function withOutput(equation: string): string {
  const plain = equation.replaceAll(/\s/g, "");
  if (plain.includes("->")) return plain;
  const letters = [...plain.replaceAll(",", "")];
  const once = letters.filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter));
  return `${plain}->${once.toSorted().join("")}`;
}

/** Returns `x @ weight.T + bias`, as `F.linear`. */
export function linear(x: TorchTensor, rest: Rest): TorchTensor {
  const [weight, bias] = placed("linear", ["weight", "bias"], rest);
  const matrix = tensorFrom(weight, "float32");
  const turned = compute([matrix], (tensor) => tfOp("transpose")(tensor));
  const product = matmul(cast(x, "float32"), turned);
  if (bias === undefined || bias === null) return product;
  return compute([product, tensorFrom(bias, "float32")], tfOp("add"));
}
