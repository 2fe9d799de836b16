/**
 * What numjs looks like from here. The package has no types of its own; these are the parts we use.
 *
 * @module
 */

/** The typed arrays that numjs knows, by its own names for their elements. */
export const ARRAYS = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

export type Kind = keyof typeof ARRAYS;
export type Numbers = InstanceType<(typeof ARRAYS)[Kind]>;

/** A window on `data`: element `i, j` stands at `offset + i * stride[0] + j * stride[1]`. */
export interface View {
  readonly data: Numbers | number[];
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly offset: number;
  readonly size: number;
}

export interface NdArray {
  readonly selection: View;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly size: number;
  tolist(): unknown;
}

/** The methods of every NdArray, to be replaced one by one. */
export interface Methods {
  [name: string]: (this: NdArray, ...rest: unknown[]) => unknown;
}

export interface NdArrayClass {
  new (
    data: Numbers | number[],
    shape: readonly number[],
    stride?: readonly number[],
    offset?: number,
  ): NdArray;
  new: (value: unknown, dtype?: unknown) => NdArray;
  readonly prototype: NdArray;
}

/** The package: its class, and functions that are all called with plain values. */
export interface Numjs {
  readonly NdArray: NdArrayClass;
  [name: string]: unknown;
}

/** Returns the methods that all arrays share. */
export function methodsOf(nj: Numjs): Methods {
  return nj.NdArray.prototype as unknown as Methods;
}

/** Returns the kind that a view's elements are copied to: its own, or float64 for boxed numbers. */
export function kindOf(dtype: string): Kind {
  return Object.hasOwn(ARRAYS, dtype) ? (dtype as Kind) : "float64";
}

/** Returns the product of a shape: 1 for `[]`. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, axis) => size * axis, 1);
}

/**
 * Returns the elements of a view in row-major order, one after the other.
 *
 * @returns A fresh array, or a window on the view's own where it already lies in that order.
 */
export function flat(view: View): Numbers {
  const { data, shape, offset } = view;
  const size = sizeOf(shape);
  if (ArrayBuffer.isView(data) && Object.hasOwn(ARRAYS, view.dtype) && isRowMajor(view)) {
    return data.subarray(offset, offset + size) as Numbers;
  }
  const out = new ARRAYS[kindOf(view.dtype)](size);
  fill(out, view);
  return out;
}

/** Returns the elements of a view in row-major order as a fresh array of `kind`. */
export function copy(view: View, kind: Kind = kindOf(view.dtype)): Numbers {
  return new ARRAYS[kind](flat(view));
}

function isRowMajor({ shape, stride }: View): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== step) return false;
    step *= shape[axis] ?? 0;
  }
  return true;
}

/** Walks the view as an odometer turns: the last axis fastest. */
function fill(out: Numbers, { data, shape, stride, offset }: View): void {
  const place = shape.map(() => 0);
  let from = offset;
  for (let to = 0; to < out.length; to++) {
    out[to] = data[from] ?? Number.NaN;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const count = shape[axis] ?? 0;
      const step = stride[axis] ?? 0;
      const next = (place[axis] ?? 0) + 1;
      from += step;
      place[axis] = next;
      if (next < count) break;
      place[axis] = 0;
      from -= step * count;
    }
  }
}
