/**
 * What numjs looks like from here, and the dtypes that it does not have. The package has no types
 * of its own; these are the parts we use.
 *
 * numjs reads the dtype off the typed array. Three dtypes of numpy have none of their own: bool is
 * held in bytes, and int64 and uint64 in doubles, exactly up to 2^53. Which of them an array is,
 * its data is marked with, so that every view of it (a slice, a transpose) says the same.
 *
 * @module
 */

/** The typed array that holds each dtype. */
export const ARRAYS = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
  int64: Float64Array,
  uint64: Float64Array,
  bool: Uint8Array,
} as const;

export type Kind = keyof typeof ARRAYS;
export type Numbers = InstanceType<(typeof ARRAYS)[Kind]>;

/** The kinds that share another's typed array. */
const MARKED: ReadonlySet<Kind> = new Set(["int64", "uint64", "bool"]);

/** The most bytes that one array may have: as much as an isolate's own memory, and no riddle. */
const BYTES_MAX = 2 ** 28;

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
  readonly dtypes: Record<string, unknown>;
  [name: string]: unknown;
}

/** Where the elements of a view lie in its data. */
export type Place = Pick<View, "stride" | "offset">;

/** What our functions work with. */
export interface Kit {
  readonly nj: Numjs;
  /** Returns whatever holds numbers as an array of its own. */
  array(value: unknown, dtype?: unknown): NdArray;
  /** As `array`, but an array stays the very same, and a number becomes an array of one axis. */
  coerce(value: unknown): NdArray;
  /**
   * Returns an array of these elements, which it keeps: row-major, as many as the shape says, or
   * where `place` says that they lie.
   */
  make(data: View["data"], shape: readonly number[], kind: Kind, place?: Place): NdArray;
}

/** A function of numpy whose first argument is an array: it is a method of arrays, too. */
export type Operation = (kit: Kit, value: NdArray, ...rest: unknown[]) => unknown;
export type Operations = Readonly<Record<string, Operation>>;

/** Returns the methods that all arrays share. */
export function methodsOf(nj: Numjs): Methods {
  return nj.NdArray.prototype as unknown as Methods;
}

/** Returns the kind that a view's elements are copied to: its own, or float64 for boxed numbers. */
export function kindOf(dtype: string): Kind {
  return Object.hasOwn(ARRAYS, dtype) ? (dtype as Kind) : "float64";
}

/** Returns whether a kind holds whole numbers only; bool does. */
export function isWhole(kind: Kind): boolean {
  return !kind.startsWith("float");
}

/** Returns the product of a shape: 1 for `[]`. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, axis) => size * axis, 1);
}

/**
 * Returns a typed array for so many elements, all 0.
 *
 * @throws {RangeError} When they would take more memory than a hook has, before any is taken.
 */
export function room(shape: readonly number[], kind: Kind): Numbers {
  const bytes = sizeOf(shape) * ARRAYS[kind].BYTES_PER_ELEMENT;
  if (bytes > BYTES_MAX) {
    const got = `shape [${shape.join(", ")}] of ${kind}, ${bytes} bytes`;
    throw new RangeError(`nj wants arrays of at most ${BYTES_MAX} bytes, got ${got}`);
  }
  return new ARRAYS[kind](sizeOf(shape));
}

const MARKS = new WeakMap<object, Kind>();

/** Returns what makes arrays of every kind. */
export function makerOf(nj: Numjs): Kit["make"] {
  // What numjs itself makes, it makes by this table.
  Object.assign(nj.dtypes, { int64: Float64Array, uint64: Float64Array, bool: Uint8Array });
  const taught = new Set<object>();
  return (data, shape, kind, place) => {
    if (MARKED.has(kind)) {
      MARKS.set(data, kind);
      for (let rank = 0; rank <= shape.length; rank++) teach(nj, data, rank, taught);
    }
    if (!place) return new nj.NdArray(data, [...shape]);
    return new nj.NdArray(data, [...shape], [...place.stride], place.offset);
  };
}

/** Lets the views of a rank say the kind that their data is marked with. */
function teach(nj: Numjs, data: View["data"], rank: number, taught: Set<object>): void {
  const shape = Array.from({ length: rank }, () => 1);
  const stock = Object.getPrototypeOf(new nj.NdArray(data, shape).selection) as View;
  if (taught.has(stock)) return;
  taught.add(stock);
  const own = stock.dtype;
  Object.defineProperty(stock, "dtype", {
    get(this: View) {
      return MARKS.get(this.data) ?? own;
    },
  });
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
  const out = room(shape, kindOf(view.dtype));
  fill(out, view);
  return out;
}

/** Returns the elements of a view in row-major order as a fresh array of `kind`. */
export function copy(view: View, kind: Kind = kindOf(view.dtype)): Numbers {
  const elements = flat(view);
  const from = kindOf(view.dtype);
  if (from === kind || kind.startsWith("float")) return new ARRAYS[kind](elements);
  return cast(elements, kind);
}

/** Returns numbers as elements of `kind`: what is not 0 is true, fractions are cut off. */
export function cast(elements: ArrayLike<number>, kind: Kind): Numbers {
  if (kind === "bool") return Uint8Array.from(elements, (value) => Number(value !== 0));
  const out = new ARRAYS[kind](elements);
  if (kind === "int64" || kind === "uint64") {
    for (let i = 0; i < out.length; i++) out[i] = Math.trunc(out[i] ?? 0);
  }
  return out;
}

function isRowMajor({ shape, stride }: View): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== step) return false;
    step *= shape[axis] ?? 0;
  }
  return true;
}

/** Walks the view as an odometer turns; the last axis, which turns fastest, is a plain loop. */
function fill(out: Numbers, { data, shape, stride, offset }: View): void {
  const last = shape.length - 1;
  const count = shape[last] ?? 1;
  const step = stride[last] ?? 0;
  const place = shape.map(() => 0);
  let from = offset;
  for (let row = 0; row < out.length; row += count) {
    for (let i = 0; i < count; i++) out[row + i] = data[from + i * step] ?? Number.NaN;
    for (let axis = last - 1; axis >= 0; axis--) {
      const next = (place[axis] ?? 0) + 1;
      from += stride[axis] ?? 0;
      place[axis] = next;
      if (next < (shape[axis] ?? 0)) break;
      place[axis] = 0;
      from -= (stride[axis] ?? 0) * next;
    }
  }
}
