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
export type NumberLists = number | NumberLists[];

/** What numjs makes an array of: lists, typed arrays, tensors, arrays of its own, a plain number. */
export type NumbersLike =
  | number
  | bigint
  | boolean
  | NdArray
  | TensorClass
  | ArrayLike<number>
  | ArrayLike<bigint>
  | readonly NumbersLike[];

/** A dtype of numjs. Those of numpy and of tensors are taken as well, and become one of these. */
export type NumDType =
  "int8" | "uint8" | "int16" | "uint16" | "int32" | "uint32" | "float32" | "float64";

/** What a call may say for a dtype: a name or the constructor of a typed array. */
export type NumDTypeLike = NumDType | DType | { readonly BYTES_PER_ELEMENT: number };

type NumData = Int8Array | Uint8Array | Int16Array | Uint16Array | NumDataWide;
type NumDataWide = Int32Array | Uint32Array | Float32Array | Float64Array;

/** How one axis is cut: all of it, from a place, or from, to and step; null is "not said". */
export type NumSlice = null | number | readonly (number | null)[];

/** How a reduction is asked for. */
export interface ReduceOptions {
  /** Leaves an axis of length 1 where the one that was reduced stood. */
  readonly keepdims?: boolean;
  /** Taken from the count of elements before `std` divides by it. */
  readonly ddof?: number;
}

/**
 * Over all elements, a number; along an axis, an array without that axis. The one axis of a plain
 * list gives a number as well: leave the axis out there.
 */
export interface NumReduction {
  (value: NumbersLike): number;
  (value: NumbersLike, options: ReduceOptions & { readonly keepdims?: false }): number;
  (value: NumbersLike, options: ReduceOptions & { readonly keepdims: true }): NdArray;
  (value: NumbersLike, axis: number, options?: ReduceOptions): NdArray;
}

/** As {@link NumReduction}, as a method. */
export interface NumReductionMethod {
  (): number;
  (options: ReduceOptions & { readonly keepdims?: false }): number;
  (options: ReduceOptions & { readonly keepdims: true }): NdArray;
  (axis: number, options?: ReduceOptions): NdArray;
}

type NumReductionName = "max" | "min" | "argmax" | "argmin" | "sum" | "mean" | "std";

/** An array of numjs. Returned from a hook it becomes a tensor of its dtype and shape. */
export interface NdArray extends Readonly<Record<NumReductionName, NumReductionMethod>> {
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
  flatten(): NdArray;
  reshape(...shape: number[]): NdArray;
  reshape(shape: readonly number[]): NdArray;
  transpose(...axes: number[]): NdArray;
  transpose(axes: readonly number[]): NdArray;
  iteraxis(axis: number, each: (item: NdArray, index: number) => void): void;
  tolist(): NumberLists;
  equal(other: NumbersLike): boolean;
  /** Writes `other` here; a copy instead when `copy` is not false. */
  assign(other: NumbersLike, copy?: boolean): NdArray;
  /** Unlike shapes are broadcast; `copy: false` writes here and then shapes must be the same. */
  add(other: NumbersLike, copy?: boolean): NdArray;
  subtract(other: NumbersLike, copy?: boolean): NdArray;
  multiply(other: NumbersLike, copy?: boolean): NdArray;
  divide(other: NumbersLike, copy?: boolean): NdArray;
  pow(other: NumbersLike, copy?: boolean): NdArray;
  mod(other: NumbersLike, copy?: boolean): NdArray;
  dot(other: NumbersLike): NdArray;
  convolve(filter: NumbersLike): NdArray;
  fftconvolve(filter: NumbersLike): NdArray;
  exp(): NdArray;
  log(): NdArray;
  sqrt(): NdArray;
  negative(): NdArray;
  round(copy?: boolean): NdArray;
  diag(): NdArray;
  softmax(axis?: number): NdArray;
}

type NumBinaryName =
  | ("add" | "subtract" | "multiply" | "divide" | "power" | "mod" | "remainder")
  | ("dot" | "convolve" | "fftconvolve");
type NumUnaryName =
  | ("abs" | "negative" | "round" | "exp" | "log" | "sqrt" | "flatten")
  | ("sin" | "cos" | "tan" | "arcsin" | "arccos" | "arctan" | "tanh" | "fft" | "ifft" | "diag")
  | NumDType;

type NumTables = {
  readonly [name in NumBinaryName]: (left: NumbersLike, right: NumbersLike) => NdArray;
} & { readonly [name in NumUnaryName]: (value: NumbersLike) => NdArray } & {
  readonly [name in NumReductionName]: NumReduction;
};

/** numjs, the stand-in for numpy. Lists become float64 unless a dtype is given. */
export interface NumJs extends NumTables {
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
  softmax(value: NumbersLike, axis?: number): NdArray;
  sigmoid(value: NumbersLike, steepness?: number): NdArray;
  leakyRelu(value: NumbersLike, alpha?: number): NdArray;
  clip(value: NumbersLike, min?: number, max?: number): NdArray;
  equal(left: NumbersLike, right: NumbersLike): boolean;
  reshape(value: NumbersLike, shape: number | readonly number[]): NdArray;
  transpose(value: NumbersLike, axes?: readonly number[]): NdArray;
  flip(value: NumbersLike, axis: number): NdArray;
  rot90(value: NumbersLike, times?: number, axes?: readonly [number, number]): NdArray;
  /** Joins along the last axis. */
  concatenate(...arrays: NumbersLike[]): NdArray;
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
