/**
 * The functions of torch that work element by element, computed by tfjs under torch's rules.
 *
 * A plain number beside a tensor of integers is an integer when it is a whole one, so `x.add(1)`
 * stays int32. `div` never cuts off, and what is a fraction by nature makes float32 of integers.
 *
 * @module
 */

import { compute, tfOp } from "./tfjs.ts";
import type { Op } from "./torch-reduce.ts";
import { cast, dtypeFrom, show, tensorFrom } from "./torch-convert.ts";
import { type TorchDType, TorchTensor } from "./torch-tensor.ts";

/** Torch's names for functions of two tensors, and tfjs's. */
const BINARY: Readonly<Record<string, string>> = {
  add: "add",
  sub: "sub",
  subtract: "sub",
  mul: "mul",
  multiply: "mul",
  pow: "pow",
  maximum: "maximum",
  minimum: "minimum",
  remainder: "mod",
  floor_divide: "floorDiv",
  eq: "equal",
  ne: "notEqual",
  lt: "less",
  le: "lessEqual",
  gt: "greater",
  ge: "greaterEqual",
};

/** What makes a fraction of its argument. */
const FRACTIONS: Readonly<Record<string, string>> = {
  exp: "exp",
  expm1: "expm1",
  log: "log",
  log1p: "log1p",
  sqrt: "sqrt",
  rsqrt: "rsqrt",
  reciprocal: "reciprocal",
  sin: "sin",
  cos: "cos",
  tan: "tan",
  asin: "asin",
  acos: "acos",
  atan: "atan",
  sinh: "sinh",
  cosh: "cosh",
  tanh: "tanh",
  erf: "erf",
  sigmoid: "sigmoid",
  softplus: "softplus",
  selu: "selu",
};

/** What keeps the dtype of its argument. */
const KEEPING: Readonly<Record<string, string>> = {
  abs: "abs",
  neg: "neg",
  negative: "neg",
  sign: "sign",
  square: "square",
  relu: "relu",
  floor: "floor",
  ceil: "ceil",
};

const TESTS: Readonly<Record<string, string>> = {
  isnan: "isNaN",
  isinf: "isInf",
  isfinite: "isFinite",
};

/** Of truth values. Other dtypes are true where they are not zero. */
const LOGICAL: Readonly<Record<string, string>> = {
  logical_and: "logicalAnd",
  logical_or: "logicalOr",
  logical_xor: "logicalXor",
};

/** The functions, by name: functions of torch, and methods. */
export const POINTWISE: Readonly<Record<string, Op>> = {
  ...each(BINARY, (name) => ({
    takes: ["other", "alpha"],
    run: (x, other, alpha) => binary(name, x, scaled(other, alpha)),
  })),
  ...each(FRACTIONS, (name) => ({ takes: [], run: (x) => unary(name, cast(x, "float32")) })),
  ...each(KEEPING, (name) => ({ takes: [], run: (x) => unary(name, numeric(x)) })),
  ...each(TESTS, (name) => ({ takes: [], run: (x) => unary(name, cast(x, "float32")) })),
  ...each(LOGICAL, (name) => ({ takes: ["other"], run: (x, other) => logical(name, x, other) })),
  logical_not: { takes: [], run: (x) => unary("logicalNot", cast(x, "bool")) },
  div: { takes: ["other", "rounding_mode"], run: divide },
  divide: { takes: ["other", "rounding_mode"], run: divide },
  true_divide: { takes: ["other"], run: (x, other) => divide(x, other) },
  trunc: { takes: [], run: (x) => mapped(x, Math.trunc) },
  round: { takes: ["decimals"], run: round },
  frac: { takes: [], run: (x) => mapped(x, (value) => value - Math.trunc(value)) },
  log2: { takes: [], run: (x) => mapped(cast(x, "float32"), Math.log2) },
  log10: { takes: [], run: (x) => mapped(cast(x, "float32"), Math.log10) },
  clamp: { takes: ["min", "max"], run: clamp },
  clip: { takes: ["min", "max"], run: clamp },
  lerp: { takes: ["end", "weight"], run: lerp },
  masked_fill: { takes: ["mask", "value"], run: (x, mask, value) => where(mask, value, x) },
};

function each(names: Readonly<Record<string, string>>, op: (name: string) => Op): Record<string, Op> {
  return Object.fromEntries(Object.entries(names).map(([name, tf]) => [name, op(tf)]));
}

/** Returns what tfjs makes of two values, after it brought them to one dtype and one shape. */
export function binary(name: string, one: unknown, other: unknown): TorchTensor {
  const [left, right] = operands(one, other);
  return compute([left, right], tfOp(name));
}

/** Returns what tfjs makes of each element. */
export function unary(name: string, x: TorchTensor): TorchTensor {
  return compute([x], tfOp(name));
}

/** Returns each element under a function of our own; the dtype stays. */
export function mapped(x: TorchTensor, change: (value: number) => number): TorchTensor {
  const { dtype, shape, elements } = numeric(x);
  return new TorchTensor(dtype, shape, elements.map(change));
}

/** Returns elements of `yes` where `mask` is true, else of `no`; all three broadcast. */
export function where(mask: unknown, yes: unknown, no: unknown): TorchTensor {
  const [left, right] = operands(yes, no);
  return compute([tensorFrom(mask, "bool"), left, right], tfOp("where"));
}

function operands(one: unknown, other: unknown): [TorchTensor, TorchTensor] {
  const left = typeof one === "number" ? undefined : tensorFrom(one);
  const right = typeof other === "number" ? undefined : tensorFrom(other);
  const pair = [left ?? scalarBeside(one, right), right ?? scalarBeside(other, left)] as const;
  const bools = pair.every(({ dtype }) => dtype === "bool");
  return bools ? [numeric(pair[0]), numeric(pair[1])] : [pair[0], pair[1]];
}

function scalarBeside(value: unknown, tensor: TorchTensor | undefined): TorchTensor {
  const whole = tensor !== undefined && tensor.dtype !== "float32" && Number.isInteger(value);
  return tensorFrom(value, whole ? "int32" : "float32");
}

/** Truth values count as 0 and 1. */
function numeric(x: TorchTensor): TorchTensor {
  return x.dtype === "bool" ? cast(x, "int32") : x;
}

function scaled(other: unknown, alpha: unknown): unknown {
  return alpha === undefined ? other : binary("mul", other, alpha);
}

function logical(name: string, one: unknown, other: unknown): TorchTensor {
  return compute([tensorFrom(one, "bool"), tensorFrom(other, "bool")], tfOp(name));
}

function divide(x: TorchTensor, other: unknown, rounding?: unknown): TorchTensor {
  const [left, right] = operands(x, other);
  const dtype: TorchDType = left.dtype === right.dtype ? left.dtype : "float32";
  const floats = [cast(left, "float32"), cast(right, "float32")];
  const quotient = compute(floats, tfOp("div"));
  if (rounding === undefined || rounding === null) return quotient;
  if (rounding !== "floor" && rounding !== "trunc") {
    throw new TypeError(`torch.div wants rounding_mode "floor" or "trunc", got ${show(rounding)}`);
  }
  const whole = rounding === "floor" ? unary("floor", quotient) : mapped(quotient, Math.trunc);
  return cast(whole, dtype);
}

/** Halves go to the even neighbour. */
function round(x: TorchTensor, decimals: unknown = 0): TorchTensor {
  const factor = 10 ** Number(decimals);
  if (factor === 1 || x.dtype !== "float32") return unary("round", numeric(x));
  return mapped(x, (value) => Math.round(value * factor) / factor);
}

function clamp(x: TorchTensor, min: unknown, max: unknown): TorchTensor {
  const none = (bound: unknown): boolean => bound === undefined || bound === null;
  if (none(min) && none(max)) throw new TypeError("torch.clamp wants a min, a max or both");
  const raised = none(min) ? x : binary("maximum", x, min);
  return none(max) ? raised : binary("minimum", raised, max);
}

function lerp(x: TorchTensor, end: unknown, weight: unknown): TorchTensor {
  return binary("add", x, binary("mul", weight, binary("sub", end, x)));
}

/** Returns the tensor in the dtype that is named, and refuses what cannot be held. */
export function toDType(x: TorchTensor, dtype: unknown): TorchTensor {
  return cast(x, dtypeFrom(dtype));
}
