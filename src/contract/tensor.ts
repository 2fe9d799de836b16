/**
 * The tensor: `{dtype, shape, data}`, the counterpart of `numpy.array` and of `torch.tensor`.
 *
 * The same class stands on both sides of the isolate: this file is bundled into the guest, so it
 * imports nothing and needs nothing that a bare isolate lacks. Elements are row-major and, like
 * every machine that Node runs on, little-endian.
 *
 * A tensor is frozen and branded: once it is made, nothing can give it another shape, and nothing
 * but the constructor makes one. Its elements stay writable.
 *
 * @module
 */

/** What one element is. `bfloat16` has no typed array of its own and stands as its 16 bits. */
export const DTYPES = Object.freeze({
  float64: { bytes: 8, array: Float64Array },
  float32: { bytes: 4, array: Float32Array },
  float16: { bytes: 2, array: late("Float16Array") as Float16ArrayConstructor },
  bfloat16: { bytes: 2, array: Uint16Array },
  int64: { bytes: 8, array: BigInt64Array },
  int32: { bytes: 4, array: Int32Array },
  int16: { bytes: 2, array: Int16Array },
  int8: { bytes: 1, array: Int8Array },
  uint64: { bytes: 8, array: BigUint64Array },
  uint32: { bytes: 4, array: Uint32Array },
  uint16: { bytes: 2, array: Uint16Array },
  uint8: { bytes: 1, array: Uint8Array },
  bool: { bytes: 1, array: Uint8Array },
} as const);

export type DType = keyof typeof DTYPES;

/** The dtypes in the order of their codes on the wire: a dtype's code is its index here. */
export const DTYPE_NAMES = Object.freeze(Object.keys(DTYPES)) as readonly DType[];

/**
 * Takes what a start-up snapshot could not hold: V8 has no `Float16Array` while it makes one. Runs
 * in the isolate that woke, before the hook is there; elsewhere it has run by now.
 */
export function wakeTensor(): void {
  if (Object.isFrozen(DTYPES.float16)) return;
  (DTYPES.float16 as { array: unknown }).array = late("Float16Array");
  Object.freeze(DTYPES.float16);
}

for (const name of DTYPE_NAMES) if (DTYPES[name].array) Object.freeze(DTYPES[name]);

// What the constructor uses: it also runs after a hook has had its hands on every intrinsic.
const { freeze, hasOwn } = Object;
const { isArray } = Array;
const { isSafeInteger } = Number;
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const getter = (name: string | symbol) =>
  Function.prototype.call.bind(
    Object.getOwnPropertyDescriptor(typedArray, name)?.get as (this: unknown) => unknown,
  );
const lengthOf = getter("length") as (view: unknown) => number;
const tagOf = getter(Symbol.toStringTag) as (value: unknown) => string | undefined;

/**
 * The typed array of each dtype by its own name, which neither a look-alike nor a subclass forges.
 */
const TAGS = Object.fromEntries(
  DTYPE_NAMES.map((name) => [name, name === "float16" ? "Float16Array" : DTYPES[name].array.name]),
) as Readonly<Record<DType, string>>;

/** What may not be there yet: see {@link wakeTensor}. */
function late(name: string): unknown {
  return (globalThis as Record<string, unknown>)[name];
}

/** The typed array that holds the elements of a tensor of `D`. */
export type TensorData<D extends DType = DType> = InstanceType<(typeof DTYPES)[D]["array"]>;

/** Nested lists of elements: what {@link Tensor.from} takes and {@link Tensor.tolist} gives. */
export type Nested = number | bigint | boolean | readonly Nested[];

/** The most lists that `tolist` makes; a tensor of as many elements is 128 MB of doubles. */
const LISTS_MAX = 2 ** 24;

/** What makes a tensor of a library's own array; there is none outside of an isolate. */
let foreign: (value: object) => Tensor | undefined = () => undefined;

/** Says what makes tensors of the arrays of libraries. Runs once, in the guest. */
export function takeForeign(convert: typeof foreign): void {
  foreign = convert;
}

/** The most axes that a tensor may have, as in numpy. */
export const RANK_MAX = 32;

/**
 * An array of elements of one type, with a shape.
 *
 * @example
 * ```ts
 * const scores = new Tensor("float32", [2, 3], new Float32Array([1, 2, 3, 4, 5, 6]));
 * scores.tolist(); // [[1, 2, 3], [4, 5, 6]]
 * ```
 */
export class Tensor<D extends DType = DType> {
  readonly dtype: D;
  /** Outermost axis first. `[]` is one element; an axis of 0 is none. */
  readonly shape: readonly number[];
  /** The elements, row-major. Kept, not copied: the caller and the tensor share it. */
  readonly data: TensorData<D>;
  readonly #brand = true;

  /**
   * @param dtype A name of {@link DTYPES}.
   * @param shape Outermost axis first; at most 32 whole numbers.
   * @param data A typed array of the dtype's own kind with as many elements as the shape says.
   * @throws {TypeError} When the dtype is none, or the array is of another kind.
   * @throws {RangeError} When the shape is none, or does not fit the number of elements.
   */
  constructor(dtype: D, shape: readonly number[], data: TensorData<D>) {
    const wanted = TAGS[dtypeFrom(dtype) as D];
    if (tagOf(data) !== wanted) {
      throw new TypeError(`Tensor of ${dtype} wants its data in a ${wanted}, got ${show(data)}`);
    }
    this.dtype = dtype;
    this.shape = freeze(shapeFrom(shape));
    this.data = data;
    const size = sizeOf(this.shape);
    const length = lengthOf(data);
    if (length !== size) {
      const got = `${length} elements`;
      throw new RangeError(`Tensor of shape [${this.shape.join(", ")}] wants ${size}, got ${got}`);
    }
    freeze(this);
  }

  /**
   * Returns whether `value` was made by this class: a look-alike or a subclass's prototype is not.
   */
  static is(value: unknown): value is Tensor {
    return typeof value === "object" && value !== null && #brand in value;
  }

  /**
   * Returns nested lists as a tensor. Without `dtype`, numbers become float64, bigints int64 and
   * booleans bool, by the first element. In a hook it takes each library's own arrays, tables and
   * images, too, with the dtype that they have.
   *
   * An integer dtype cuts fractions off, as numpy and torch do, and like them refuses what it
   * cannot hold: nothing wraps around.
   *
   * @throws {RangeError} When the lists are ragged, or a number is beyond the dtype; the message
   * names the first place.
   * @throws {TypeError} When an element is of another kind than the dtype takes.
   *
   * @example
   * ```ts
   * Tensor.from([[1, 2], [3, 4]], "int32").shape; // [2, 2]
   * ```
   */
  static from<D extends DType = DType>(value: Nested | object, dtype?: D): Tensor<D> {
    const tensor = tensorOf(value);
    if (tensor && tensor.dtype === (dtype ?? tensor.dtype)) return tensor as Tensor<D>;
    const list = tensor ? tensor.tolist() : (value as Nested);
    const shape = shapeOfLists(list);
    const leaf = firstLeaf(list);
    const kind = dtypeFrom(dtype ?? dtypeOf(leaf)) as D;
    const data = new DTYPES[kind].array(sizeOf(shape)) as TensorData<D>;
    const fill = { data, next: 0, element: elementOf(kind) };
    fillFrom(list, shape, 0, "$", fill);
    return new Tensor(kind, shape, data);
  }

  /** Returns the elements as nested lists: bigints for 64-bit integers, booleans for bool. */
  tolist(): Nested {
    checkLists(this.shape);
    return listOf(this, 0, 0, this.data.length);
  }
}

function tensorOf(value: unknown): Tensor | undefined {
  if (typeof value !== "object" || value === null || isArray(value)) return undefined;
  return Tensor.is(value) ? value : foreign(value);
}

/** Returns the number of elements of a shape: 1 for `[]`. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i] as number;
  return size;
}

/** Returns the 32-bit float that the 16 bits of a bfloat16 stand for. */
export function fromBfloat16(bits: number): number {
  U32[0] = bits << 16;
  return F32[0] ?? 0;
}

/** Returns the 16 bits of the bfloat16 nearest to `value`, ties to even, as torch rounds. */
export function toBfloat16(value: number): number {
  F32[0] = value;
  const bits = U32[0] ?? 0;
  if (value !== value) return 0x7fc0;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

const F32 = new Float32Array(1);
const U32 = new Uint32Array(F32.buffer);

/**
 * Only a string is a dtype: a list of one name would pass for it as a key, and can change later.
 */
function dtypeFrom(dtype: unknown): DType {
  if (typeof dtype === "string" && hasOwn(DTYPES, dtype)) return dtype as DType;
  throw new TypeError(`Tensor wants a dtype of ${DTYPE_NAMES.join(", ")}, got ${show(dtype)}`);
}

function shapeFrom(shape: unknown): number[] {
  const rank = isArray(shape) ? shape.length : -1;
  if (rank < 0 || rank > RANK_MAX) {
    throw new RangeError(`Tensor wants a shape of at most ${RANK_MAX} axes, got ${show(shape)}`);
  }
  const axes: number[] = [];
  for (let i = 0; i < rank; i++) {
    const axis: unknown = (shape as readonly unknown[])[i];
    if (!isAxis(axis)) {
      const got = `${show(axis)} at axis ${i}`;
      throw new RangeError(`Tensor wants whole numbers in its shape, got ${got}`);
    }
    axes[i] = axis;
  }
  return axes;
}

function isAxis(axis: unknown): axis is number {
  return isSafeInteger(axis) && (axis as number) >= 0 && (axis as number) <= 0xffff_ffff;
}

function shapeOfLists(list: Nested): number[] {
  const shape: number[] = [];
  let inner: Nested | undefined = list;
  while (Array.isArray(inner)) {
    if (shape.length === RANK_MAX) throw new RangeError(`Tensor has at most ${RANK_MAX} axes`);
    shape.push(inner.length);
    inner = inner[0];
  }
  return shape;
}

function firstLeaf(list: Nested): Nested | undefined {
  let inner: Nested | undefined = list;
  while (Array.isArray(inner)) inner = inner[0];
  return inner;
}

function dtypeOf(leaf: Nested | undefined): DType {
  if (typeof leaf === "bigint") return "int64";
  return typeof leaf === "boolean" ? "bool" : "float64";
}

type Element = (value: unknown, path: string) => number | bigint;

/** How an element of a list becomes an element of the typed array. */
function elementOf(dtype: DType): Element {
  const refuse = (want: string, value: unknown, path: string): never => {
    throw new TypeError(`Tensor of ${dtype} wants ${want} at ${path}, got ${show(value)}`);
  };
  const range = (holds: boolean, value: unknown, path: string): void => {
    if (holds) return;
    const want = "a number that it can hold";
    throw new RangeError(`Tensor of ${dtype} wants ${want} at ${path}, got ${show(value)}`);
  };
  if (dtype === "int64" || dtype === "uint64") {
    const wrap = dtype === "int64" ? BigInt.asIntN : BigInt.asUintN;
    return (value, path) => {
      if (typeof value !== "bigint" && !isSafeInteger(value)) refuse("integers", value, path);
      const whole = BigInt(value as bigint | number);
      range(wrap(64, whole) === whole, value, path);
      return whole;
    };
  }
  if (dtype === "bool") {
    return (value, path) => {
      if (value === true || value === 1) return 1;
      return value === false || value === 0 ? 0 : refuse("booleans", value, path);
    };
  }
  const round = rounding(dtype);
  return (value, path) => {
    if (typeof value !== "number" && typeof value !== "boolean") refuse("numbers", value, path);
    const rounded = round(Number(value));
    range(rounded !== undefined, value, path);
    return rounded as number;
  };
}

/** Returns how a number becomes an element; `undefined` is what the dtype cannot hold. */
function rounding(dtype: DType): (value: number) => number | undefined {
  if (dtype === "bfloat16") return toBfloat16;
  const kind = /^(u?)int(8|16|32)$/.exec(dtype);
  if (!kind) return (value) => value;
  const size = 2 ** Number(kind[2]);
  const min = kind[1] === "u" ? 0 : -size / 2;
  return (value) => {
    const whole = Math.trunc(value);
    return whole >= min && whole < min + size ? whole : undefined;
  };
}

interface Fill {
  readonly data: TensorData;
  readonly element: Element;
  next: number;
}

function fillFrom(list: Nested, shape: number[], axis: number, path: string, fill: Fill): void {
  if (axis === shape.length) {
    if (Array.isArray(list)) throw new RangeError(`Tensor wants an element at ${path}, got a list`);
    fill.data[fill.next++] = fill.element(list, path) as never;
    return;
  }
  const length = shape[axis] ?? 0;
  if (!Array.isArray(list) || list.length !== length) {
    const got = Array.isArray(list) ? `${list.length}` : show(list);
    throw new RangeError(`Tensor wants lists of equal length: ${length} at ${path}, got ${got}`);
  }
  for (let i = 0; i < length; i++) {
    fillFrom(list[i] as Nested, shape, axis + 1, `${path}[${i}]`, fill);
  }
}

/** A tensor of no elements may have 2^32 rows of nothing: that many lists nobody can hold. */
function checkLists(shape: readonly number[]): void {
  let lists = 1;
  for (let axis = 0; axis < shape.length && lists > 0; axis++) {
    if (lists > LISTS_MAX) throw new RangeError(`A list of [${shape}] would have ${lists} rows`);
    lists *= shape[axis] as number;
  }
}

function listOf(tensor: Tensor, axis: number, start: number, length: number): Nested {
  const { dtype, shape, data } = tensor;
  const count = shape[axis];
  if (count === undefined) {
    const element = data[start] as number | bigint;
    if (dtype === "bool") return element !== 0;
    return dtype === "bfloat16" ? fromBfloat16(Number(element)) : element;
  }
  const step = count === 0 ? 0 : length / count;
  const list: Nested[] = [];
  for (let i = 0; i < count; i++) list.push(listOf(tensor, axis + 1, start + i * step, step));
  return list;
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value)
    ? `a list of ${value.length}`
    : `a ${value.constructor?.name ?? "dict"}`;
}
