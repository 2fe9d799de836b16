/**
 * The world of a hook, as types for editors: published as `bookend/hook`, and empty when it runs.
 *
 * A file that holds hooks says `import type { Pre, Post } from "bookend/hook"`. That brings the
 * types below, and as globals what stands in an isolate and not in Node: `Tensor`, and `require`
 * for the libraries of the built allowlist under each of their names. Beside `@types/node` it adds
 * to what is there and replaces nothing.
 *
 * What one should know:
 * - Globals are the whole program's: a file beside the hooks sees `Tensor` too, and its own
 *   `require("jimp")` gets the type that hooks get. Put hooks in a project of their own where that
 *   matters.
 * - `@types/node` also shows what a hook does not have (`process`, `Buffer`, `fetch`): `register`
 *   finds those.
 *
 * Not here: `await import("numjs")`, which TypeScript resolves by packages alone; `TextEncoder`,
 * `atob` and the like, which come with `@types/node` or the library `dom`.
 *
 * @module
 */

import type { DType, Tensor as TensorClass } from "./contract/tensor.ts";

export type { DType, Nested, TensorData } from "./contract/tensor.ts";

/** A file as a hook gets it: a copy of its bytes, with what the caller said of it. */
export type HookFile = Uint8Array<ArrayBuffer> & {
  readonly name?: string;
  readonly type?: string;
};

/**
 * A function that is applied to what goes into a model. It may leave `files` out.
 *
 * @example
 * ```ts
 * const pre: Pre<string[]> = (labels, files) => labels.map((label, i) => [label, files[i]?.length]);
 * ```
 */
export type Pre<In = unknown, Out = unknown> = (
  data: In,
  files: readonly HookFile[],
) => Out | Promise<Out>;

/**
 * A function that is applied to what comes out of a model. It may leave out what stands last.
 *
 * @example
 * ```ts
 * const post: Post<Tensor> = (scores) => require("numjs").argmax(scores);
 * ```
 */
export type Post<Result = unknown, Out = unknown, In = unknown> = (
  result: Result,
  inputData: In,
  files: readonly HookFile[],
) => Out | Promise<Out>;

/** What {@link NdArray.tolist} gives. */
export type NumberLists = number | boolean | NumberLists[];

/**
 * What numjs makes an array of: lists, typed arrays, tensors, arrays of its own and of other
 * libraries, a plain number.
 */
export type NumbersLike =
  | number
  | bigint
  | boolean
  | NdArray
  | TensorClass
  | ArrayLike<number>
  | ArrayLike<bigint>
  | readonly NumbersLike[]
  // What a library of the hook has as a tensor: an array, a table, an image.
  | object;

/** A dtype of numjs. Those of numpy and of tensors are taken as well, and become one of these. */
export type NumDType =
  | ("int8" | "int16" | "int32" | "int64" | "uint8" | "uint16" | "uint32" | "uint64")
  | ("float32" | "float64" | "bool");

/** What a call may say for a dtype: a name or the constructor of a typed array. */
export type NumDTypeLike = NumDType | DType | { readonly BYTES_PER_ELEMENT: number };

type NumData = Int8Array | Uint8Array | Int16Array | Uint16Array | NumDataWide;
type NumDataWide = Int32Array | Uint32Array | Float32Array | Float64Array;

/** How one axis is cut: all of it, from a place, or from, to and step; null is "not said". */
export type NumSlice = null | number | readonly (number | null)[];

/** One axis or several, negative from the end; null is all of them. */
export type NumAxis = number | readonly number[] | null;

/** How a reduction is asked for. */
export interface ReduceOptions {
  readonly axis?: NumAxis;
  /** Leaves an axis of length 1 where the one that was reduced stood. */
  readonly keepdims?: boolean;
  /** Taken from the count of elements before `std` divides by it. */
  readonly ddof?: number;
}

/** Over all elements, to a number. */
type ReduceAll = ReduceOptions & { readonly axis?: null; readonly keepdims?: false };

/**
 * Over all elements, a number; along an axis, an array without that axis. The one axis of a plain
 * list gives a number as well: leave the axis out there.
 */
export interface NumReduction {
  (value: NumbersLike): number;
  (value: NumbersLike, options: ReduceAll): number;
  (value: NumbersLike, options: ReduceOptions): NdArray;
  (value: NumbersLike, axis: number | readonly number[], options?: ReduceOptions): NdArray;
}

/** As {@link NumReduction}, as a method. */
export interface NumReductionMethod {
  (): number;
  (options: ReduceAll): number;
  (options: ReduceOptions): NdArray;
  (axis: number | readonly number[], options?: ReduceOptions): NdArray;
}

type NumReductionName =
  | ("max" | "min" | "amax" | "amin" | "ptp" | "argmax" | "argmin" | "count_nonzero")
  | ("sum" | "prod" | "mean" | "var" | "std" | "median")
  | ("nansum" | "nanmean" | "nanstd" | "nanmax" | "nanmin");

/** Functions of an array alone, which are methods as well. */
type NumEachName =
  | ("exp" | "exp2" | "expm1" | "log" | "log2" | "log10" | "log1p" | "sqrt" | "cbrt" | "square")
  | ("sin" | "cos" | "tan" | "arcsin" | "arccos" | "arctan" | "sinh" | "cosh" | "tanh")
  | ("deg2rad" | "rad2deg" | "abs" | "negative" | "sign" | "floor" | "ceil" | "trunc" | "rint")
  | ("isnan" | "isfinite" | "isinf" | "logical_not" | "flatten" | "ravel" | "diag" | "diagonal")
  | ("fft" | "ifft" | "argwhere");

/** Functions of two arrays, which are methods as well. */
type NumBothName =
  | ("add" | "subtract" | "multiply" | "divide" | "true_divide" | "floor_divide")
  | ("pow" | "power" | "mod" | "remainder" | "maximum" | "minimum" | "arctan2" | "hypot")
  | ("greater" | "greater_equal" | "less" | "less_equal" | "eq" | "not_equal")
  | ("logical_and" | "logical_or" | "logical_xor" | "dot" | "outer" | "fftconvolve" | "isclose");

/** Functions of an array with more arguments: as methods they are called without the first. */
interface NumMore {
  softmax(value: NumbersLike, axis?: number | { readonly axis?: number }): NdArray;
  sigmoid(value: NumbersLike, steepness?: number): NdArray;
  leakyRelu(value: NumbersLike, slope?: number): NdArray;
  clip(value: NumbersLike, min?: number | null, max?: number | null): NdArray;
  nan_to_num(value: NumbersLike, options?: NumInstead): NdArray;
  astype(value: NumbersLike, dtype: NumDTypeLike): NdArray;
  cumsum(value: NumbersLike, axis?: number): NdArray;
  cumprod(value: NumbersLike, axis?: number): NdArray;
  any(value: NumbersLike): boolean;
  any(value: NumbersLike, axis: number, options?: ReduceOptions): NdArray;
  all(value: NumbersLike): boolean;
  all(value: NumbersLike, axis: number, options?: ReduceOptions): NdArray;
  percentile(value: NumbersLike, q: number): number;
  percentile(value: NumbersLike, q: number | readonly number[], axis?: NumAxis): NdArray;
  quantile(value: NumbersLike, q: number): number;
  quantile(value: NumbersLike, q: number | readonly number[], axis?: NumAxis): NdArray;
  sort(value: NumbersLike, axis?: number | null): NdArray;
  argsort(value: NumbersLike, axis?: number | null): NdArray;
  take(value: NumbersLike, places: NumbersLike, axis?: number | null): NdArray;
  repeat(value: NumbersLike, times: number, axis?: number): NdArray;
  tile(value: NumbersLike, times: number | readonly number[]): NdArray;
  roll(value: NumbersLike, shift: number, axis?: number): NdArray;
  pad(value: NumbersLike, width: NumWidths, mode?: NumPadMode | NumPadOptions): NdArray;
  expand_dims(value: NumbersLike, axis: number | readonly number[]): NdArray;
  squeeze(value: NumbersLike, axis?: NumAxis): NdArray;
  swapaxes(value: NumbersLike, one: number, other: number): NdArray;
  moveaxis(value: NumbersLike, from: NumAxis, to: NumAxis): NdArray;
  flip(value: NumbersLike, axis?: NumAxis): NdArray;
  rot90(value: NumbersLike, times?: number, axes?: readonly [number, number]): NdArray;
  broadcast_to(value: NumbersLike, shape: readonly number[]): NdArray;
  split(value: NumbersLike, parts: number | readonly number[], axis?: number): NdArray[];
  convolve(value: NumbersLike, filter: NumbersLike, mode?: "valid" | "same" | "full"): NdArray;
  /** A number for two vectors. */
  matmul(left: NumbersLike, right: NumbersLike): NdArray | number;
  diff(value: NumbersLike, times?: number, axis?: number): NdArray;
  tril(value: NumbersLike, diagonal?: number): NdArray;
  triu(value: NumbersLike, diagonal?: number): NdArray;
}

interface NumInstead {
  readonly nan?: number;
  readonly posinf?: number;
  readonly neginf?: number;
}

type NumPair = number | readonly [number, number];
type NumWidths = NumPair | readonly NumPair[];
type NumPadMode = "constant" | "edge" | "reflect" | "symmetric" | "wrap";
interface NumPadOptions {
  readonly mode?: NumPadMode;
  readonly constant_values?: number;
}

type Method<F> = F extends (value: NumbersLike, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;
type NumMethods = {
  readonly [name in Exclude<keyof NumMore, NumOverloaded>]: Method<NumMore[name]>;
} & {
  readonly [name in NumEachName]: (copy?: boolean) => NdArray;
} & {
  readonly [name in NumBothName]: (other: NumbersLike, copy?: boolean) => NdArray;
};
type NumOverloaded = "any" | "all" | "percentile" | "quantile";

type NumReductionMethods = Readonly<Record<NumReductionName, NumReductionMethod>>;

/** An array of numjs. Returned from a hook it becomes a tensor of its dtype and shape. */
export interface NdArray extends NumReductionMethods, NumMethods {
  readonly shape: readonly number[];
  readonly ndim: number;
  readonly size: number;
  readonly dtype: NumDType;
  /** The axes turned around. A view. */
  readonly T: NdArray;
  /** The window on the elements, as the package `ndarray` has it. */
  readonly selection: {
    readonly data: NumData | number[];
    readonly dtype: string;
    readonly shape: readonly number[];
    readonly stride: readonly number[];
    readonly offset: number;
    readonly size: number;
  };
  get(...place: number[]): number;
  set(...placeAndValue: number[]): unknown;
  /** A view: a number cuts from there on, `[from, to, step]` a range; negative counts from the end. */
  slice(...axes: NumSlice[]): NdArray;
  /** A view on one place of an axis; null leaves an axis whole. */
  pick(...places: (number | null)[]): NdArray;
  lo(...places: (number | null)[]): NdArray;
  hi(...lengths: (number | null)[]): NdArray;
  step(...steps: (number | null)[]): NdArray;
  clone(): NdArray;
  copy(): NdArray;
  reshape(...shape: number[]): NdArray;
  reshape(shape: readonly number[]): NdArray;
  transpose(...axes: number[]): NdArray;
  transpose(axes: readonly number[]): NdArray;
  iteraxis(axis: number, each: (item: NdArray, index: number) => void): void;
  tolist(): NumberLists;
  toTensor(): TensorClass;
  /** The one element, or the one at a place. */
  item(...place: number[]): number;
  any(): boolean;
  any(axis: number, options?: ReduceOptions): NdArray;
  all(): boolean;
  all(axis: number, options?: ReduceOptions): NdArray;
  percentile(q: number): number;
  percentile(q: number | readonly number[], axis?: NumAxis): NdArray;
  quantile(q: number): number;
  quantile(q: number | readonly number[], axis?: NumAxis): NdArray;
  equal(other: NumbersLike): boolean;
  /** Writes `other` here; into a copy when `copy` is not false. */
  assign(other: NumbersLike, copy?: boolean): NdArray;
  /** Sets the elements where the mask holds. */
  putmask(mask: NumbersLike, value: NumbersLike): NdArray;
  /** Halves go to the even neighbour. */
  round(decimals?: number | boolean): NdArray;
}

type NumTables = {
  readonly [name in NumBothName]: (left: NumbersLike, right: NumbersLike) => NdArray;
} & { readonly [name in NumEachName | NumDType]: (value: NumbersLike) => NdArray } & {
  readonly [name in NumReductionName]: NumReduction;
};

/** numjs, the stand-in for numpy. Lists become float64 unless a dtype is given. */
export interface NumJs extends NumTables, NumMore {
  readonly NdArray: {
    new (data: NumData | number[], shape: readonly number[], stride?: readonly number[]): NdArray;
    new: (value: unknown, dtype?: unknown) => NdArray;
    readonly prototype: NdArray;
  };
  array(value: NumbersLike, dtype?: NumDTypeLike): NdArray;
  arange(stop: number): NdArray;
  arange(start: number, stop: number, step?: number, dtype?: NumDTypeLike): NdArray;
  zeros(shape: number | readonly number[], dtype?: NumDTypeLike): NdArray;
  ones(shape: number | readonly number[], dtype?: NumDTypeLike): NdArray;
  empty(shape: number | readonly number[], dtype?: NumDTypeLike): NdArray;
  identity(length: number, dtype?: NumDTypeLike): NdArray;
  random(shape: number | readonly number[]): NdArray;
  full(shape: number | readonly number[], value: number, dtype?: NumDTypeLike): NdArray;
  eye(rows: number, columns?: number | NumDTypeLike, dtype?: NumDTypeLike): NdArray;
  zeros_like(value: NumbersLike, dtype?: NumDTypeLike): NdArray;
  ones_like(value: NumbersLike, dtype?: NumDTypeLike): NdArray;
  full_like(value: NumbersLike, filled: number, dtype?: NumDTypeLike): NdArray;
  linspace(start: number, stop: number, count?: number, endpoint?: boolean): NdArray;
  meshgrid(...axes: (NumbersLike | { readonly indexing: "xy" | "ij" })[]): NdArray[];
  asarray(value: NumbersLike, dtype?: NumDTypeLike): NdArray;
  copy(value: NumbersLike): NdArray;
  round(value: NumbersLike, decimals?: number): NdArray;
  where(condition: NumbersLike): NdArray[];
  where(condition: NumbersLike, yes: NumbersLike, no: NumbersLike): NdArray;
  nonzero(value: NumbersLike): NdArray[];
  /** The elements where the mask holds: `x[mask]`. */
  extract(mask: NumbersLike, value: NumbersLike): NdArray;
  /** The rows, or what else stands along an axis, where the mask holds. */
  compress(mask: NumbersLike, value: NumbersLike, axis?: number): NdArray;
  putmask(value: NdArray, mask: NumbersLike, source: NumbersLike): NdArray;
  unique(value: NumbersLike): NdArray;
  unique(value: NumbersLike, options: { readonly return_counts: true }): [NdArray, NdArray];
  searchsorted(value: NumbersLike, wanted: number): number;
  searchsorted(value: NumbersLike, wanted: NumbersLike): NdArray;
  bincount(value: NumbersLike, options?: { readonly minlength?: number }): NdArray;
  digitize(value: NumbersLike, bins: NumbersLike): NdArray;
  histogram(value: NumbersLike, bins?: NumbersLike): [counts: NdArray, edges: NdArray];
  interp(value: NumbersLike, points: NumbersLike, values: NumbersLike): NdArray;
  cov(value: NumbersLike, other?: NumbersLike): NdArray;
  corrcoef(value: NumbersLike, other?: NumbersLike): NdArray;
  average(value: NumbersLike, options: { readonly weights: NumbersLike }): number;
  average(value: NumbersLike, axis: number, options?: { readonly weights: NumbersLike }): NdArray;
  allclose(left: NumbersLike, right: NumbersLike, options?: object): boolean;
  array_equal(left: NumbersLike, right: NumbersLike): boolean;
  unravel_index(place: NumbersLike, shape: readonly number[]): NdArray[];
  trace(value: NumbersLike): number;
  shape(value: NumbersLike): number[];
  ndim(value: NumbersLike): number;
  size(value: NumbersLike): number;
  readonly linalg: {
    norm(value: NumbersLike, order?: 1 | 2): number;
    norm(value: NumbersLike, order: 1 | 2 | null, axis: number): NdArray;
    det(matrix: NumbersLike): number;
    inv(matrix: NumbersLike): NdArray;
    solve(matrix: NumbersLike, right: NumbersLike): NdArray;
  };
  readonly pi: number;
  readonly e: number;
  readonly inf: number;
  readonly nan: number;
  /** Whether two arrays are the same; element by element it is `eq`. */
  equal(left: NumbersLike, right: NumbersLike): boolean;
  reshape(value: NumbersLike, shape: number | readonly number[]): NdArray;
  transpose(value: NumbersLike, axes?: readonly number[]): NdArray;
  /** A list of arrays along an axis, the first; arrays one by one along the last axis. */
  concatenate(arrays: readonly NumbersLike[], axis?: number | { readonly axis: number }): NdArray;
  concatenate(...arrays: NumbersLike[]): NdArray;
  vstack(arrays: readonly NumbersLike[]): NdArray;
  hstack(arrays: readonly NumbersLike[]): NdArray;
  dstack(arrays: readonly NumbersLike[]): NdArray;
  column_stack(arrays: readonly NumbersLike[]): NdArray;
  append(value: NumbersLike, more: NumbersLike, axis?: number): NdArray;
  stack(arrays: readonly NumbersLike[], axis?: number): NdArray;
  broadcast(left: readonly number[], right: readonly number[]): number[] | undefined;
  /** What else the package has. */
  readonly [name: string]: unknown;
}

/** Formats that jimp writes here. */
export type JimpMimeType = "image/png" | "image/jpeg" | "image/bmp" | "image/gif" | "image/tiff";

/** How pixels in between are found. */
export type JimpResizeMode =
  | "nearestNeighbor"
  | "bilinearInterpolation"
  | "bicubicInterpolation"
  | "hermiteInterpolation"
  | "bezierInterpolation";

/** Pixels in memory: red, green, blue, alpha, 4 bytes for each pixel, rows from the top. */
export interface JimpBitmap {
  width: number;
  height: number;
  data: Uint8Array;
}

interface JimpBox {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

interface JimpFit {
  readonly w: number;
  readonly h: number;
  readonly align?: number;
  readonly mode?: JimpResizeMode;
}

type JimpSize =
  | { readonly w: number; readonly h?: number; readonly mode?: JimpResizeMode }
  | { readonly w?: number; readonly h: number; readonly mode?: JimpResizeMode };

/**
 * An image. Returned from a hook it becomes a uint8 tensor `[height, width, 4]`. Most methods change
 * the image and give it back.
 */
export interface JimpImage {
  bitmap: JimpBitmap;
  background: number;
  mime?: string;
  readonly width: number;
  readonly height: number;
  resize(size: JimpSize): this;
  scale(factor: number | { readonly f: number; readonly mode?: JimpResizeMode }): this;
  scaleToFit(size: {
    readonly w: number;
    readonly h: number;
    readonly mode?: JimpResizeMode;
  }): this;
  contain(size: JimpFit): this;
  cover(size: JimpFit): this;
  crop(box: JimpBox): this;
  autocrop(options?: { readonly tolerance?: number; readonly leaveBorder?: number }): this;
  rotate(
    degrees: number | { readonly deg: number; readonly mode?: boolean | JimpResizeMode },
  ): this;
  flip(axes: { readonly horizontal?: boolean; readonly vertical?: boolean }): this;
  blit(options: { readonly src: JimpImage; readonly x?: number; readonly y?: number }): this;
  composite(image: JimpImage, x?: number, y?: number, options?: object): this;
  mask(options: { readonly src: JimpImage; readonly x?: number; readonly y?: number }): this;
  greyscale(): this;
  invert(): this;
  normalize(): this;
  sepia(): this;
  opaque(): this;
  opacity(factor: number): this;
  fade(factor: number): this;
  brightness(factor: number): this;
  contrast(factor: number): this;
  posterize(levels: number): this;
  blur(radius: number): this;
  gaussian(radius: number): this;
  pixelate(size: number): this;
  dither(): this;
  convolute(kernel: readonly (readonly number[])[]): this;
  color(actions: readonly { readonly apply: string; readonly params?: readonly unknown[] }[]): this;
  threshold(options: {
    readonly max: number;
    readonly replace?: number;
    readonly autoGreyscale?: boolean;
  }): this;
  quantize(options: { readonly colors?: number }): this;
  hash(base?: number): string;
  pHash(): string;
  hasAlpha(): boolean;
  clone(): JimpImage;
  /** Where the pixel's red stands in `bitmap.data`. */
  getPixelIndex(x: number, y: number): number;
  /** `0xRRGGBBAA`. */
  getPixelColor(x: number, y: number): number;
  setPixelColor(colour: number, x: number, y: number): this;
  scan(each: (x: number, y: number, index: number) => void): this;
  getBuffer(mime: JimpMimeType, options?: object): Promise<Uint8Array>;
  getBase64(mime: JimpMimeType, options?: object): Promise<string>;
}

/** The class, which opens bytes: there is no file and no network, so no path and no URL. */
export interface JimpClass {
  new (size?: {
    readonly width: number;
    readonly height: number;
    readonly color?: number | string;
  }): JimpImage;
  readonly prototype: JimpImage;
  fromBuffer(bytes: Uint8Array | ArrayBuffer, options?: object): Promise<JimpImage>;
  /** The same as `fromBuffer`. */
  read(bytes: Uint8Array | ArrayBuffer, options?: object): Promise<JimpImage>;
  fromBitmap(bitmap: {
    readonly width: number;
    readonly height: number;
    readonly data: Uint8Array | Uint8ClampedArray | ArrayBuffer | readonly number[];
  }): JimpImage;
}

/** jimp, the stand-in for Pillow: PNG, JPEG, GIF, BMP and TIFF from bytes. */
export interface JimpModule {
  readonly Jimp: JimpClass;
  readonly JimpMime: Readonly<Record<"bmp" | "gif" | "jpeg" | "png" | "tiff", JimpMimeType>>;
  readonly ResizeStrategy: Readonly<Record<string, JimpResizeMode>>;
  rgbaToInt(red: number, green: number, blue: number, alpha: number): number;
  intToRGBA(colour: number): { r: number; g: number; b: number; a: number };
  cssColorToHex(colour: string | number): number;
  diff(
    left: JimpImage,
    right: JimpImage,
    threshold?: number,
  ): { readonly percent: number; readonly image: JimpImage };
  distance(left: JimpImage, right: JimpImage): number;
  /** Left out: a hook gets the plugins through the methods of an image, each held to a bound. */
  readonly defaultPlugins?: never;
  /** Left out: fonts are files. */
  readonly loadFont?: never;
  /** What else the package has. */
  readonly [name: string]: unknown;
}

declare global {
  namespace NodeJS {
    interface Require {
      // One name a line: TypeScript puts a signature with a single literal before `(id: string)`.
      (name: "numjs"): NumJs;
      (name: "numpy"): NumJs;
      (name: "np"): NumJs;
      (name: "jimp"): JimpModule;
      (name: "Pillow"): JimpModule;
      (name: "PIL"): JimpModule;
      (name: "pillow"): JimpModule;
    }
  }
  var require: NodeJS.Require;

  /** `{dtype, shape, data}`, the counterpart of `numpy.array` and of `torch.tensor`. */
  var Tensor: typeof TensorClass;
  type Tensor<D extends DType = DType> = TensorClass<D>;

  /** Collected inside the isolate and returned with the answer. */
  interface Console {
    debug(...values: unknown[]): void;
    info(...values: unknown[]): void;
    log(...values: unknown[]): void;
    warn(...values: unknown[]): void;
    error(...values: unknown[]): void;
  }
  var console: Console;
}
