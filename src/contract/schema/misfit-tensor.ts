/**
 * A tensor that does not fit: what is wanted, what came, and the line of code that mends it.
 *
 * @module
 */

import { listShape } from "./misfit-list.ts";
import { show, showTensor } from "./misfit-words.ts";
import { type Axis, type Clash, describeShape, describeTensor } from "./axes.ts";
import { fitsShape, type TensorSpec } from "./axes.ts";
import { type DType, DTYPES, sizeOf, Tensor } from "../tensor.ts";

/** Orders of axes that have a name, by rank and permutation. */
const LAYOUTS: Readonly<Record<string, string>> = {
  "2, 0, 1": "HWC to CHW",
  "1, 2, 0": "CHW to HWC",
  "0, 3, 1, 2": "NHWC to NCHW",
  "0, 2, 3, 1": "NCHW to NHWC",
};

/** Permutations grow as a factorial: those of 5 axes are 120, and nobody mixes up more. */
const PERMUTED_MAX = 5;

/** A hint spells out a shape of so many axes and no more. */
const RANK_SAID = 8;

/**
 * Returns the words for `value`, which `spec` refuses, or whose axis is in `clash` with another.
 */
export function tensorMisfit(value: unknown, spec: TensorSpec, clash?: Clash): string {
  if (clash) {
    return `wants ${clash.name} = ${clash.length} (bound by ${clash.path}), got ${clash.got}`;
  }
  const want = describeTensor(spec);
  if (Array.isArray(value)) return `wants ${want}, got ${ofList(value, spec)}`;
  if (!Tensor.is(value)) return `wants ${want}, got ${show(value)}${makeHint(value, spec)}`;
  const { dtype, shape } = value;
  const hint = tensorHint({ dtypes: [dtype], shape }, spec);
  return `wants ${want}, got ${showTensor(value)}${hint}`;
}

/** Returns `; hint: …` for a tensor of one spec where another is wanted, or nothing. */
export function tensorHint(got: TensorSpec, want: TensorSpec): string {
  const hint = dtypeHint(got, want) || shapeHint(got, want);
  return hint && `; hint: ${hint}`;
}

/** What a list is, as a tensor would see it, and how to make one of it. */
function ofList(list: readonly unknown[], spec: TensorSpec): string {
  const { shape, leaf, ragged } = listShape(list);
  if (ragged !== undefined) return `a ragged list: ${ragged}; hint: pad or cut rows to one length`;
  const isNumeric = ["number", "int64", "boolean"].includes(leaf) || sizeOf(shape) === 0;
  const of = isNumeric ? "" : ` of ${leaf}`;
  const shown = `[${shape.slice(0, 8).join(", ")}${shape.length > 8 ? ", …" : ""}]`;
  const got = shape.length > 1 ? `list of shape ${shown}${of}` : `${show(list)}${of}`;
  return `${got}${isNumeric ? listHint(shape, leaf, spec) : ""}`;
}

function listHint(shape: readonly number[], leaf: string, want: TensorSpec): string {
  const dtype = want.dtypes?.[0] ?? (leaf === "int64" ? "int64" : "float32");
  if (leaf === "int64" && !isWide(dtype)) return "";
  const from = (made: string): string => `; hint: Tensor.from(${made}, "${dtype}")`;
  if (!want.shape || fitsShape(shape, want.shape)) return from("value");
  if (fitsShape([1, ...shape], want.shape)) return from("[value]");
  if (shape[0] === 1 && fitsShape(shape.slice(1), want.shape)) return from("value[0]");
  const hint = shapeHint({ dtypes: null, shape }, want);
  return hint && `; hint: Tensor.from(value, "${dtype}"), then ${hint}`;
}

/** Returns `; hint: …` for what is neither tensor nor list where a tensor is wanted. */
function makeHint(value: unknown, { dtypes, shape }: TensorSpec): string {
  if (value === undefined) return "; hint: return a value";
  const takes = (dtype: DType): boolean => !dtypes || dtypes.includes(dtype);
  const isScalar = typeof value === "number" && (!shape || shape.length === 0);
  if (isScalar) return `; hint: Tensor.from(value, "${dtypes?.[0] ?? "float32"}")`;
  if (!(value instanceof Uint8Array) || !takes("uint8")) return "";
  if (shape && isFixed(shape)) {
    if (sizeOf(shape) !== value.length || shape.length > RANK_SAID) return "";
    return `; hint: new Tensor("uint8", ${describeShape(shape)}, value)`;
  }
  return shape && shape.length !== 1 ? "" : '; hint: new Tensor("uint8", [value.length], value)';
}

function dtypeHint(got: TensorSpec, { dtypes, shape }: TensorSpec): string {
  const [[from] = [], [to] = []] = [got.dtypes ?? [], dtypes ?? []];
  if (!from || !to || dtypes?.includes(from)) return "";
  return shape && got.shape && !fitsShape(got.shape, shape) ? "" : conversion(from, to);
}

function isWide(dtype: DType): boolean {
  return dtype === "int64" || dtype === "uint64";
}

/** How elements of one dtype become those of another; a bfloat16 is bits, not a number. */
function conversion(from: DType, to: DType): string {
  const array = DTYPES[to].array.name;
  const make = (map: string) => `new Tensor("${to}", value.shape, ${array}.from(value.data${map}))`;
  if (from === "bfloat16" || to === "bfloat16" || to === "bool") {
    return isWide(from) ? "" : `Tensor.from(value.tolist(), "${to}")`;
  }
  if (isWide(to) && !isWide(from)) return make(", BigInt");
  return make(isWide(from) && !isWide(to) ? ", Number" : "");
}

function shapeHint({ shape: got }: TensorSpec, { shape }: TensorSpec): string {
  if (!shape || !got || fitsShape(got, shape)) return "";
  const one = axisOfOne(got, shape);
  if (one) return one;
  const order = orderOf(got, shape);
  if (order) {
    const layout = LAYOUTS[order.join(", ")];
    return `transpose to axes (${order.join(", ")})${layout ? `, ${layout}` : ""}`;
  }
  const isShort = shape.length <= RANK_SAID;
  if (isShort && isFixed(shape) && isFixed(got) && sizeOf(shape) === sizeOf(got)) {
    return `new Tensor(value.dtype, ${describeShape(shape)}, value.data)`;
  }
  return "";
}

/** An axis of 1 too few or too many, and where. */
function axisOfOne(got: readonly Axis[], want: readonly Axis[]): string {
  if (fitsShape([1, ...got], want)) return "add an axis of 1 in front";
  if (want.at(-1) === 1 && fitsShape([...got, 1], want)) return "add an axis of 1 at the end";
  const extra = got.findIndex((axis, i) => axis === 1 && fitsShape(got.toSpliced(i, 1), want));
  if (extra === -1) return "";
  return extra === 0 ? "drop the axis of 1 in front" : `drop the axis of 1 at ${extra}`;
}

function isFixed(shape: readonly Axis[]): shape is readonly number[] {
  return shape.every((axis) => typeof axis === "number");
}

/** Returns the order in which the axes of `got` fit, `order[i]` being the axis to stand at `i`. */
function orderOf(got: readonly Axis[], want: readonly Axis[]): readonly number[] | undefined {
  if (got.length !== want.length || got.length > PERMUTED_MAX) return undefined;
  const fits = permutations(got.map((_, i) => i)).filter((order) => {
    const moved = order.map((i) => got[i] ?? null);
    // Where lengths are not known yet, an order needs at least one that is: any would fit.
    return fitsShape(moved, want) && moved.some((axis, i) => isSame(axis, want[i] ?? null));
  });
  return fits.find((order) => LAYOUTS[order.join(", ")]) ?? fits[0];
}

function isSame(axis: Axis, wanted: Axis): boolean {
  return typeof axis === "number" && axis === wanted;
}

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}
