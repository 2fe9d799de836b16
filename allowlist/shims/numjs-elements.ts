/**
 * Functions of each element by itself, as numpy has them. Several of the stock ones differ: `tanh`
 * of 400 is NaN, `round(2.5)` is 3, `clip` wants both bounds.
 *
 * @module
 */

import { argument, numberFrom } from "./numjs-arguments.ts";
import { assign, floats } from "./numjs-arithmetic.ts";
import { cast, copy, flat, isWhole, type Kit } from "./numjs-types.ts";
import { kindOf, type NdArray, type Operation, type Operations } from "./numjs-types.ts";
import { kindFrom } from "./numjs-array.ts";

/** Functions whose result is no integer. */
const FLOATS: { readonly [name: string]: (value: number) => number } = {
  exp: Math.exp,
  exp2: (value) => 2 ** value,
  expm1: Math.expm1,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  cbrt: Math.cbrt,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  arcsin: Math.asin,
  arccos: Math.acos,
  arctan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  deg2rad: (value) => (value * Math.PI) / 180,
  rad2deg: (value) => (value * 180) / Math.PI,
};

/** Functions that leave integers what they are. */
const SAME: { readonly [name: string]: (value: number) => number } = {
  abs: Math.abs,
  negative: (value) => -value,
  square: (value) => value * value,
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  rint: even,
};

const TESTS: { readonly [name: string]: (value: number) => boolean } = {
  isnan: Number.isNaN,
  isfinite: Number.isFinite,
  isinf: (value) => value === Infinity || value === -Infinity,
  logical_not: (value) => value === 0,
};

const table = <T>(
  rows: { readonly [name: string]: T },
  make: (row: T, name: string) => Operation,
): Operations =>
  Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, make(row, name)]));

export const ELEMENTS: Operations = {
  ...table(FLOATS, (kernel) => (kit, value, inPlace) => {
    const { data, kind } = floats(value);
    for (let i = 0; i < data.length; i++) data[i] = kernel(data[i] ?? 0);
    return finish(kit, value, kit.make(data, value.shape, kind), inPlace);
  }),
  ...table(SAME, (kernel, name) => (kit, value, inPlace) => {
    return finish(kit, value, mapped(kit, value, kernel, name), inPlace);
  }),
  ...table(TESTS, (kernel) => (kit, value) => {
    const out = Uint8Array.from(flat(value.selection), (one) => Number(kernel(one)));
    return kit.make(out, value.shape, "bool");
  }),
  sigmoid(kit, value, steepness) {
    const t = numberFrom(steepness, "the steepness of sigmoid", 1);
    const { data, kind } = floats(value);
    for (let i = 0; i < data.length; i++) data[i] = 1 / (1 + Math.exp(-t * (data[i] ?? 0)));
    return kit.make(data, value.shape, kind);
  },
  leakyRelu(kit, value, slope) {
    const alpha = numberFrom(slope, "the slope of leakyRelu", 1e-3);
    const { data, kind } = floats(value);
    for (let i = 0; i < data.length; i++) data[i] = Math.max(alpha * (data[i] ?? 0), data[i] ?? 0);
    return kit.make(data, value.shape, kind);
  },
  round(kit, value, ...rest) {
    const inPlace = rest[0] === false;
    const decimals = inPlace ? 0 : numberFrom(argument(rest, 0, "decimals"), "decimals", 0);
    const scale = 10 ** Math.abs(decimals);
    const kernel = (one: number): number =>
      decimals < 0 ? even(one / scale) * scale : even(one * scale) / scale;
    return finish(kit, value, mapped(kit, value, kernel, "round"), !inPlace);
  },
  clip(kit, value, ...rest) {
    const low = boundFrom(argument(rest, 0, "min"), -Infinity, 0);
    const high = boundFrom(argument(rest, 1, "max"), Infinity, 1);
    const kind = kindOf(value.dtype);
    const whole = [low, high].every((one) => Number.isInteger(one) || !Number.isFinite(one));
    const wanted = whole || kind === "float32" ? kind : "float64";
    const out = copy(value.selection, wanted);
    for (let i = 0; i < out.length; i++) out[i] = Math.min(high, Math.max(low, out[i] ?? 0));
    return kit.make(out, value.shape, wanted);
  },
  nan_to_num(kit, value, ...rest) {
    const kind = kindOf(value.dtype);
    const most = kind === "float32" ? 3.4028234663852886e38 : Number.MAX_VALUE;
    const nan = numberFrom(argument(rest, 0, "nan"), "nan", 0);
    const high = numberFrom(argument(rest, 1, "posinf"), "posinf", most);
    const low = numberFrom(argument(rest, 2, "neginf"), "neginf", -most);
    return mapped(kit, value, (one) => {
      if (Number.isNaN(one)) return nan;
      return one === Infinity ? high : one === -Infinity ? low : one;
    });
  },
  astype: (kit, value, dtype) => kit.array(value, kindFrom(dtype) ?? "float64"),
};

function mapped(
  kit: Kit,
  value: NdArray,
  kernel: (value: number) => number,
  name?: string,
): NdArray {
  const kind = kindOf(value.dtype);
  if (kind === "bool" && name === "negative") {
    throw new TypeError("nj.negative takes no booleans: use nj.logical_not");
  }
  const data = copy(value.selection);
  for (let i = 0; i < data.length; i++) data[i] = kernel(data[i] ?? 0);
  return kit.make(isWhole(kind) ? cast(data, kind) : data, value.shape, kind);
}

/** In place is what numjs has for `false`. */
function finish(kit: Kit, value: NdArray, result: NdArray, copied: unknown): NdArray {
  return copied === false ? assign(kit, value, result) : result;
}

/** Rounds halves to the even neighbour, as numpy does. */
function even(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : Math.ceil(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** No bound is said by `null`; numjs has 0 and 1 for bounds that are not said at all. */
function boundFrom(bound: unknown, none: number, fallback: number): number {
  return bound === null ? none : numberFrom(bound, "a bound of clip", fallback);
}
