/**
 * Arithmetic by the rules of numpy: operands of unlike shapes are broadcast, and the result has a
 * dtype that holds both. The stock methods keep the left one's dtype (`uint8 / 255` is all zeros)
 * and refuse unlike shapes.
 *
 * @module
 */

import { ARRAYS, copy, type Kind, kindOf, methodsOf } from "./numjs-types.ts";
import type { NdArray, Numjs } from "./numjs-types.ts";
import type { ArrayMaker } from "./numjs-array.ts";

/** Methods of two operands. */
const BINARY = ["add", "subtract", "multiply", "divide", "pow", "mod"];

/** Methods and functions of one operand whose result is no integer. */
const UNARY_METHODS = ["exp", "log", "sqrt"];
const UNARY = ["sin", "cos", "tan", "arcsin", "arccos", "arctan", "tanh", "sigmoid", "leakyRelu"];

/** Puts the rules on the methods of `nj.NdArray`, and on the functions that do not go by them. */
export function extendArithmetic(nj: Numjs, { coerce }: ArrayMaker): void {
  const methods = methodsOf(nj);
  for (const name of BINARY) {
    const stock = methods[name];
    methods[name] = function (other, inPlace) {
      const right = typeof other === "number" ? other : coerce(other);
      if (inPlace === false) return stock?.call(this, right, false);
      const { left, view } = aligned(nj, name, this, right);
      return stock?.call(left, view, false);
    };
  }
  for (const name of UNARY_METHODS) {
    const stock = methods[name];
    methods[name] = function (...rest) {
      return stock?.apply(toFloat(nj, this), rest);
    };
  }
  for (const name of UNARY) {
    const stock = nj[name] as (...values: unknown[]) => unknown;
    nj[name] = (value: unknown, ...rest: unknown[]) => stock(toFloat(nj, coerce(value)), ...rest);
  }
}

function toFloat(nj: Numjs, value: NdArray): NdArray {
  if (value.dtype.startsWith("float")) return value;
  return new nj.NdArray(copy(value.selection, "float64"), value.shape);
}

/** Returns a fresh array for the result, holding the left operand, and the right one to match. */
function aligned(
  nj: Numjs,
  name: string,
  value: NdArray,
  right: NdArray | number,
): { left: NdArray; view: NdArray | number } {
  const scalar = typeof right === "number";
  const kind = resultKind(name, kindOf(value.dtype), scalar ? right : kindOf(right.dtype));
  const shape = scalar ? value.shape : broadcastShape(value.shape, right.shape);
  const spread = broadcast(nj, value, shape).selection;
  const left = new nj.NdArray(copy(spread, kind), shape);
  return { left, view: scalar ? right : broadcast(nj, right, shape) };
}

function broadcastShape(left: readonly number[], right: readonly number[]): number[] {
  const rank = Math.max(left.length, right.length);
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) {
    const a = left[left.length - rank + i] ?? 1;
    const b = right[right.length - rank + i] ?? 1;
    if (a !== b && a !== 1 && b !== 1) {
      const shapes = `[${left.join(", ")}] and [${right.join(", ")}]`;
      throw new RangeError(`operands could not be broadcast together with shapes ${shapes}`);
    }
    shape.push(a === 1 ? b : a);
  }
  return shape;
}

/** Returns a view of `shape` that stands still (stride 0) on the axes that were 1 or missing. */
function broadcast(nj: Numjs, value: NdArray, shape: readonly number[]): NdArray {
  const { selection } = value;
  const missing = shape.length - selection.shape.length;
  const stride = shape.map((_, axis) => {
    const own = axis - missing;
    return own < 0 || selection.shape[own] === 1 ? 0 : (selection.stride[own] ?? 0);
  });
  return new nj.NdArray(selection.data, shape, stride, selection.offset);
}

/** Returns the kind of a result; a plain number bends to the array's own kind where it fits. */
function resultKind(name: string, left: Kind, right: Kind | number): Kind {
  if (typeof right === "number") {
    const whole = Number.isInteger(right) && name !== "divide";
    return whole || left === "float32" ? left : "float64";
  }
  const both = promoted(left, right);
  return name === "divide" && !both.startsWith("float") ? "float64" : both;
}

/** Returns the smallest kind that holds every number of both, as numpy's promotion table has it. */
function promoted(left: Kind, right: Kind): Kind {
  if (left === right) return left;
  const bits = (kind: Kind) => ARRAYS[kind].BYTES_PER_ELEMENT * 8;
  const most = Math.max(bits(left), bits(right));
  const kinds = [left, right];
  const floats = kinds.filter((kind) => kind.startsWith("float"));
  if (floats.length > 0) {
    const wide = kinds.some((kind) => bits(kind) > (kind.startsWith("float") ? 32 : 16));
    return wide ? "float64" : "float32";
  }
  const unsigned = kinds.filter((kind) => kind.startsWith("uint"));
  if (unsigned.length !== 1) return bits(left) === most ? left : right;
  const needed = Math.max(most, 2 * Math.max(...unsigned.map(bits)));
  return needed === 16 ? "int16" : needed === 32 ? "int32" : "float64";
}
