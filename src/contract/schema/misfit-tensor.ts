/**
 * A tensor that does not fit: what is wanted, what came, and the line of code that mends it.
 *
 * @module
 */

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

/**
 * Returns the words for `value`, which `spec` refuses, or whose axis is in `clash` with another.
 */
export function tensorMisfit(value: unknown, spec: TensorSpec, clash?: Clash): string {
  if (clash) {
    return `wants ${clash.name} = ${clash.length} (bound by ${clash.path}), got ${clash.got}`;
  }
  const want = describeTensor(spec);
  if (!Tensor.is(value)) return `wants ${want}, got ${show(value)}${makeHint(value, spec)}`;
  const hint = dtypeHint(value, spec) || shapeHint(value, spec);
  return `wants ${want}, got ${showTensor(value)}${hint && `; hint: ${hint}`}`;
}

function makeHint(value: unknown, { dtypes, shape }: TensorSpec): string {
  const dtype = dtypes?.[0] ?? "float32";
  if (Array.isArray(value)) return `; hint: Tensor.from(value, "${dtype}")`;
  if (value === undefined) return "; hint: return a value";
  if (!(value instanceof Uint8Array)) return "";
  const lengths = shape && shape.every((axis) => typeof axis === "number") ? shape : null;
  const said = lengths ? describeShape(lengths) : "[value.length]";
  return `; hint: new Tensor("uint8", ${said}, value)`;
}

function dtypeHint(value: Tensor, { dtypes, shape }: TensorSpec): string {
  const [dtype] = dtypes ?? [];
  if (!dtype || dtypes?.includes(value.dtype) || (shape && !fitsShape(value.shape, shape)))
    return "";
  return conversion(value.dtype, dtype);
}

/** How elements of one dtype become those of another; a bfloat16 is bits, not a number. */
function conversion(from: DType, to: DType): string {
  const isWide = (dtype: DType): boolean => dtype === "int64" || dtype === "uint64";
  const array = DTYPES[to].array.name;
  const make = (map: string) => `new Tensor("${to}", value.shape, ${array}.from(value.data${map}))`;
  if (from === "bfloat16" || to === "bfloat16" || to === "bool") {
    return isWide(from) ? "" : `Tensor.from(value.tolist(), "${to}")`;
  }
  if (isWide(to) && !isWide(from)) return make(", BigInt");
  return make(isWide(from) && !isWide(to) ? ", Number" : "");
}

function shapeHint({ shape: got }: Tensor, { shape }: TensorSpec): string {
  if (!shape || fitsShape(got, shape)) return "";
  if (got.length === shape.length - 1 && shape[0] !== 0 && fitsShape(got, shape.slice(1))) {
    if (typeof shape[0] !== "number" || shape[0] === 1) return "add an axis of 1 in front";
  }
  if (got[0] === 1 && fitsShape(got.slice(1), shape)) return "drop the axis of 1 in front";
  const order = orderOf(got, shape);
  if (order) {
    const layout = LAYOUTS[order.join(", ")];
    return `transpose to axes (${order.join(", ")})${layout ? `, ${layout}` : ""}`;
  }
  if (shape.every((axis) => typeof axis === "number") && sizeOf(shape) === sizeOf(got)) {
    return `new Tensor(value.dtype, ${describeShape(shape)}, value.data)`;
  }
  return "";
}

/** Returns the order in which the axes of `got` fit, `order[i]` being the axis to stand at `i`. */
function orderOf(got: readonly number[], want: readonly Axis[]): readonly number[] | undefined {
  if (got.length !== want.length || got.length > PERMUTED_MAX) return undefined;
  const orders = permutations(got.map((_, i) => i));
  const fits = orders.filter((order) =>
    fitsShape(
      order.map((i) => got[i] ?? 0),
      want,
    ),
  );
  return fits.find((order) => LAYOUTS[order.join(", ")]) ?? fits[0];
}

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}
