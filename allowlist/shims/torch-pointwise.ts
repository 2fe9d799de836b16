/**
 * The functions of torch that work element by element, with its rules for broadcasting and dtypes.
 *
 * Both sides are brought to the dtype of the result first, as torch does: `x.eq(0.1)` finds 0.1 in
 * a float32. A plain number beside a tensor is an integer when it is a whole one, so `x.add(1)`
 * leaves an int64 what it is. What is a fraction by nature makes float32 of whole numbers.
 *
 * @module
 */

import { isNone, numberFrom, type Op, type Ops, wholeFrom, wordFrom } from "./torch-arguments.ts";
import { cast, dtypeOfScalar, tensorFrom } from "./torch-convert.ts";
import { floatOf, isFloat, outranks, promoted, storeOf } from "./torch-dtypes.ts";
import * as math from "./torch-math.ts";
import { blank, show, type TorchDType, type TorchTensor } from "./torch-tensor.ts";
import { broadcast, broadcastShape, broadcastSteps, walk } from "./torch-walk.ts";

type Unary = (value: number) => number;
type Binary = (one: number, other: number) => number;

/** What makes a fraction of its argument. */
const FRACTIONS: Readonly<Record<string, Unary>> = {
  exp: Math.exp,
  exp2: (x) => 2 ** x,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  log2: Math.log2,
  log10: Math.log10,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  reciprocal: (x) => 1 / x,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  erf: math.erf,
  erfc: math.erfc,
  sigmoid: math.sigmoid,
  deg2rad: (x) => (x * Math.PI) / 180,
  rad2deg: (x) => (x * 180) / Math.PI,
};

/** What keeps the dtype of its argument. */
const KEEPING: Readonly<Record<string, Unary>> = {
  abs: Math.abs,
  absolute: Math.abs,
  // As torch has it: neither above 0 nor below is 0, NaN too.
  sign: (x) => Number(x > 0) - Number(x < 0),
  square: (x) => x * x,
  relu: math.relu,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  fix: Math.trunc,
  frac: (x) => x - Math.trunc(x),
};

const TESTS: Readonly<Record<string, Unary>> = {
  isnan: (x) => Number(x !== x),
  isinf: (x) => Number(Math.abs(x) === Infinity),
  isfinite: (x) => Number(Number.isFinite(x)),
  logical_not: (x) => Number(x === 0),
};

const ARITHMETIC: Readonly<Record<string, Binary>> = {
  mul: (a, b) => a * b,
  multiply: (a, b) => a * b,
  pow: (a, b) => a ** b,
  maximum: Math.max,
  minimum: Math.min,
};

/** What has no answer for a divisor of 0 among whole numbers. */
const DIVISIONS: Readonly<Record<string, Binary>> = {
  remainder: math.remainder,
  fmod: (a, b) => a % b,
  floor_divide: (a, b) => Math.floor(a / b),
};

const COMPARISONS: Readonly<Record<string, Binary>> = {
  eq: (a, b) => Number(a === b),
  ne: (a, b) => Number(a !== b),
  not_equal: (a, b) => Number(a !== b),
  lt: (a, b) => Number(a < b),
  less: (a, b) => Number(a < b),
  le: (a, b) => Number(a <= b),
  less_equal: (a, b) => Number(a <= b),
  gt: (a, b) => Number(a > b),
  greater: (a, b) => Number(a > b),
  ge: (a, b) => Number(a >= b),
  greater_equal: (a, b) => Number(a >= b),
  logical_and: (a, b) => Number(a !== 0 && b !== 0),
  logical_or: (a, b) => Number(a !== 0 || b !== 0),
  logical_xor: (a, b) => Number((a !== 0) !== (b !== 0)),
};

/** By way of bigints: JavaScript's own work on 32 bits only. */
const BITS: Readonly<Record<string, Binary>> = {
  bitwise_and: (a, b) => Number(BigInt(a) & BigInt(b)),
  bitwise_or: (a, b) => Number(BigInt(a) | BigInt(b)),
  bitwise_xor: (a, b) => Number(BigInt(a) ^ BigInt(b)),
};

/** The functions, by name: functions of torch, and methods. */
export const POINTWISE: Ops = {
  ...each(FRACTIONS, (f) => ({ takes: [], run: (x) => mapped(x, f, floatOf(x.dtype)) })),
  ...each(KEEPING, (f) => ({ takes: [], run: (x) => mapped(x, f) })),
  ...each(TESTS, (f) => ({ takes: [], run: (x) => mapped(x, f, "bool") })),
  ...each(ARITHMETIC, (f) => ({ takes: ["other"], run: (x, y) => combined(f, x, y) })),
  ...each(DIVISIONS, (f) => ({ takes: ["other"], run: (x, y) => divided(f, x, y) })),
  ...each(COMPARISONS, (f) => ({ takes: ["other"], run: (x, y) => combined(f, x, y, "bool") })),
  ...each(BITS, (f) => ({ takes: ["other"], run: (x, y) => bits(f, x, y) })),
  bitwise_not: { takes: [], run: bitwiseNot },
  add: { takes: ["other", "alpha"], run: add },
  sub: { takes: ["other", "alpha"], run: sub },
  subtract: { takes: ["other", "alpha"], run: sub },
  neg: { takes: [], run: neg },
  negative: { takes: [], run: neg },
  div: { takes: ["other", "rounding_mode"], run: divide },
  divide: { takes: ["other", "rounding_mode"], run: divide },
  true_divide: { takes: ["other"], run: (x, y) => divide(x, y) },
  atan2: { takes: ["other"], run: (x, y) => fraction(Math.atan2, x, y) },
  hypot: { takes: ["other"], run: (x, y) => combined(Math.hypot, x, y) },
  round: { takes: ["decimals"], run: round },
  clamp: { takes: ["min", "max"], run: clamp },
  clip: { takes: ["min", "max"], run: clamp },
  lerp: { takes: ["end", "weight"], run: (x, y, w) => add(x, product(sub(y, x), w)) },
  masked_fill: { takes: ["mask", "value"], run: maskedFill },
  nan_to_num: { takes: ["nan", "posinf", "neginf"], run: nanToNum },
  isclose: { takes: ["other", "rtol", "atol", "equal_nan"], run: isClose },
};

function each<F>(table: Readonly<Record<string, F>>, op: (f: F) => Op): Record<string, Op> {
  return Object.fromEntries(Object.entries(table).map(([name, f]) => [name, op(f)]));
}

/** Returns each element under a function. */
export function mapped(x: TorchTensor, change: Unary, dtype: TorchDType = x.dtype): TorchTensor {
  const out = blank(dtype, x.shape);
  const store = storeOf(dtype);
  const { elements } = out;
  for (let i = 0; i < elements.length; i++) {
    elements[i] = store(change(x.elements[i] as number));
  }
  return out;
}

/** Returns what a function makes of the elements of two values, under broadcasting. */
export function combined(f: Binary, x: unknown, other: unknown, result?: TorchDType): TorchTensor {
  const dtype = commonDType([x, other]);
  const [left, right] = (
    isFloat(dtype) ? operandsFrom([x, other], dtype) : [x, other].map(wholeOperand)
  ) as [TorchTensor, TorchTensor];
  const shape = broadcastShape([left.shape, right.shape]);
  const out = blank(result ?? dtype, shape);
  const store = storeOf(out.dtype);
  const sides = [left, right].map((side) => broadcastSteps(side.shape, shape));
  const [one, two, into] = [left.elements, right.elements, out.elements];
  walk(
    shape,
    sides,
    ([a = 0, b = 0], to, { rows, columns, down, right: [aStep = 0, bStep = 0] }) => {
      for (let i = 0, next = to; i < rows; i++) {
        const [aRow, bRow] = [a + i * (down[0] as number), b + i * (down[1] as number)];
        for (let j = 0; j < columns; j++) {
          into[next++] = store(f(one[aRow + j * aStep] as number, two[bRow + j * bStep] as number));
        }
      }
    },
  );
  return out;
}

export function product(one: unknown, other: unknown): TorchTensor {
  return combined((a, b) => a * b, one, other);
}

export function add(one: unknown, other: unknown, alpha?: unknown): TorchTensor {
  return combined((a, b) => a + b, one, isNone(alpha) ? other : product(other, alpha));
}

export function sub(one: unknown, other: unknown, alpha?: unknown): TorchTensor {
  const right = isNone(alpha) ? other : product(other, alpha);
  const difference = combined((a, b) => a - b, one, right);
  if (difference.dtype !== "bool") return difference;
  throw new TypeError("torch.sub is not there for two bools: use logical_xor, or x.int()");
}

function neg(x: TorchTensor): TorchTensor {
  if (x.dtype !== "bool") return mapped(x, (value) => -value);
  throw new TypeError("torch.neg is not there for bool: use logical_not");
}

/** Returns the quotient; two whole numbers give a float32. */
export function divide(one: unknown, other: unknown, rounding?: unknown): TorchTensor {
  if (isNone(rounding)) return fraction((a, b) => a / b, one, other);
  const mode = wordFrom(rounding, "rounding_mode", ["floor", "trunc"]);
  return divided((a, b) => Math[mode](a / b), one, other);
}

function fraction(f: Binary, one: unknown, other: unknown): TorchTensor {
  const dtype = floatOf(commonDType([one, other]));
  const [left, right] = operandsFrom([one, other], dtype);
  return combined(f, left, right);
}

function divided(f: Binary, one: unknown, other: unknown): TorchTensor {
  const dtype = commonDType([one, other]);
  if (!isFloat(dtype) && wholeOperand(other).elements.includes(0)) {
    throw new RangeError(`torch divides no ${dtype} by 0: use float(), or masked_fill before`);
  }
  return combined(f, one, other);
}

function bits(f: Binary, one: unknown, other: unknown): TorchTensor {
  const dtype = commonDType([one, other]);
  if (!isFloat(dtype)) return combined(f, one, other);
  throw new TypeError(`torch has bits of whole numbers and bools only, got ${dtype}`);
}

function bitwiseNot(x: TorchTensor): TorchTensor {
  if (x.dtype === "bool") return mapped(x, (value) => 1 - value);
  const all = x.dtype === "uint8" ? 255 : -1;
  return bits((a, b) => Number(BigInt(a) ^ BigInt(b)), x, all);
}

/** Returns values as tensors of one dtype: that in which torch computes with them. */
export function operandsFrom(
  values: readonly unknown[],
  dtype: TorchDType = commonDType(values),
): TorchTensor[] {
  return values.map((value) => tensorFrom(value, dtype));
}

/**
 * Whole numbers are computed with as they are, whatever their dtype: the result is what has to fit,
 * and 300 is not equal to any uint8.
 */
function wholeOperand(value: unknown): TorchTensor {
  return isPlain(value) ? tensorFrom(value, "int64") : tensorFrom(value);
}

/**
 * Returns the dtype of what values give together. Tensors without dimensions count only where they
 * are of a higher sort than those with, plain numbers only where above both.
 */
function commonDType(values: readonly unknown[]): TorchDType {
  const tensors = values.filter((value) => !isPlain(value)).map((value) => tensorFrom(value));
  const tall = tensors.filter(({ ndim }) => ndim > 0).map(({ dtype }) => dtype);
  const flat = tensors.filter(({ ndim }) => ndim === 0).map(({ dtype }) => dtype);
  const plain = values.filter(isPlain).map((value) => plainDType(value, tensors.length > 0));
  return [tall, flat, plain]
    .filter((level) => level.length > 0)
    .map((level) => level.reduce(promoted))
    .reduce((above, own) => (outranks(own, above) ? promoted(own, above) : above));
}

function isPlain(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

/** Beside a tensor a whole number is an integer. */
function plainDType(value: unknown, beside: boolean): TorchDType {
  return beside && Number.isInteger(value) ? "int64" : dtypeOfScalar(value);
}

/** Returns elements of `yes` where `mask` is true, else of `no`; all three broadcast. */
export function where(mask: unknown, yes: unknown, no: unknown): TorchTensor {
  const [left, right] = operandsFrom([yes, no]) as [TorchTensor, TorchTensor];
  const chosen = tensorFrom(mask, "bool");
  const shape = broadcastShape([chosen.shape, left.shape, right.shape]);
  const [a, b, choice] = [left, right, chosen].map((x) => broadcast(x, shape).elements);
  const out = blank(left.dtype, shape);
  for (let i = 0; i < out.elements.length; i++) {
    out.elements[i] = (choice?.[i] === 1 ? a : b)?.[i] as number;
  }
  return out;
}

/** The value takes the dtype of the tensor, not the other way round. */
function maskedFill(x: TorchTensor, mask: unknown, value: unknown): TorchTensor {
  const one = tensorFrom(value, typeof value === "number" ? "float64" : undefined);
  if (one.ndim > 0) throw new RangeError(`torch.masked_fill wants one value, got ${show(one)}`);
  const fits = isFloat(x.dtype) ? cast(one, x.dtype) : mapped(one, (element) => element, x.dtype);
  return where(mask, fits, x);
}

/** Scaled and rounded in the dtype itself, as torch does it. */
function round(x: TorchTensor, decimals: unknown = 0): TorchTensor {
  const places = wholeFrom(decimals, "decimals");
  if (places === 0) return mapped(x, math.roundHalfEven);
  if (!isFloat(x.dtype))
    throw new TypeError(`torch.round wants decimals of floats, got ${x.dtype}`);
  const factor = 10 ** Math.abs(places);
  const store = storeOf(x.dtype);
  if (places < 0) return mapped(x, (v) => math.roundHalfEven(store(v / factor)) * factor);
  return mapped(x, (v) => math.roundHalfEven(store(v * factor)) / factor);
}

function clamp(x: TorchTensor, min: unknown, max: unknown): TorchTensor {
  if (isNone(min) && isNone(max)) throw new TypeError("torch.clamp wants a min, a max or both");
  const raised = isNone(min) ? x : combined(Math.max, x, min);
  return isNone(max) ? raised : combined(Math.min, raised, max);
}

function nanToNum(x: TorchTensor, nan: unknown, up: unknown, down: unknown): TorchTensor {
  const most = mostOf(x.dtype);
  const [forNan, forUp, forDown] = [
    numberFrom(nan, "nan", 0),
    numberFrom(up, "posinf", most),
    numberFrom(down, "neginf", -most),
  ];
  return mapped(x, (value) => {
    if (value !== value) return forNan;
    if (value === Infinity) return forUp;
    return value === -Infinity ? forDown : value;
  });
}

/** Returns the greatest finite number of a dtype of floats. */
export function mostOf(dtype: TorchDType): number {
  if (dtype === "float64") return Number.MAX_VALUE;
  if (dtype === "float16") return 65504;
  return (dtype === "bfloat16" ? 2 - 2 ** -7 : 2 - 2 ** -23) * 2 ** 127;
}

function isClose(
  x: TorchTensor,
  other: unknown,
  relative: unknown,
  absolute: unknown,
  equalNan: unknown,
): TorchTensor {
  const [part, least] = [numberFrom(relative, "rtol", 1e-5), numberFrom(absolute, "atol", 1e-8)];
  const close: Binary = (a, b) => {
    if (a === b || (equalNan === true && a !== a && b !== b)) return 1;
    // An infinity is close to itself only.
    return Number(Number.isFinite(b) && Math.abs(a - b) <= least + part * Math.abs(b));
  };
  return combined(close, x, other, "bool");
}

/** Returns whether all elements are close to those of the other. */
export function allClose(x: TorchTensor, ...rest: readonly unknown[]): boolean {
  const [other, relative, absolute, equalNan] = rest;
  return !isClose(x, other, relative, absolute, equalNan).elements.includes(0);
}
