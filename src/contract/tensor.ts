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
export const DTYPES = {
  float64: { bytes: 8, array: Float64Array },
  float32: { bytes: 4, array: Float32Array },
  float16: { bytes: 2, array: Float16Array },
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
} as const;

export type DType = keyof typeof DTYPES;

/** The dtypes in the order of their codes on the wire: a dtype's code is its index here. */
export const DTYPE_NAMES = Object.freeze(Object.keys(DTYPES)) as readonly DType[];

/** The typed array that holds the elements of a tensor of `D`. */
export type TensorData<D extends DType = DType> = InstanceType<(typeof DTYPES)[D]["array"]>;

/** Nested lists of elements: what {@link Tensor.from} takes and {@link Tensor.tolist} gives. */
export type Nested = number | bigint | boolean | readonly Nested[];

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
    if (!Object.hasOwn(DTYPES, dtype)) {
      throw new TypeError(`Tensor wants a dtype of ${DTYPE_NAMES.join(", ")}, got ${show(dtype)}`);
    }
    const wanted = DTYPES[dtype].array;
    if (!(data instanceof wanted)) {
      throw new TypeError(`Tensor of ${dtype} wants its data in a ${wanted.name}, got ${show(data)}`);
    }
    this.dtype = dtype;
    this.shape = Object.freeze(shapeFrom(shape));
    this.data = data;
    const size = sizeOf(this.shape);
    if (data.length !== size) {
      const got = `${data.length} elements`;
      throw new RangeError(`Tensor of shape [${this.shape.join(", ")}] wants ${size}, got ${got}`);
    }
    Object.freeze(this);
  }

  /** Returns whether `value` was made by this class: a look-alike or a subclass's prototype is not. */
  static is(value: unknown): value is Tensor {
    return typeof value === "object" && value !== null && #brand in value;
  }

  /**
   * Returns nested lists as a tensor. Without `dtype`, numbers become float64, bigints int64 and
   * booleans bool, by the first element.
   *
   * @throws {RangeError} When the lists are ragged; the message names the first place.
   * @throws {TypeError} When an element is of another kind than the dtype takes.
   *
   * @example
   * ```ts
   * Tensor.from([[1, 2], [3, 4]], "int32").shape; // [2, 2]
   * ```
   */
  static from<D extends DType = DType>(list: Nested, dtype?: D): Tensor<D> {
    const shape = shapeOfLists(list);
    const leaf = firstLeaf(list);
    const kind = dtype ?? (dtypeOf(leaf) as D);
    if (!Object.hasOwn(DTYPES, kind)) {
      throw new TypeError(`Tensor wants a dtype of ${DTYPE_NAMES.join(", ")}, got ${show(kind)}`);
    }
    const data = new DTYPES[kind].array(sizeOf(shape)) as TensorData<D>;
    const fill = { data, next: 0, element: elementOf(kind) };
    fillFrom(list, shape, 0, "$", fill);
    return new Tensor(kind, shape, data);
  }

  /** Returns the elements as nested lists: bigints for 64-bit integers, booleans for bool. */
  tolist(): Nested {
    return listOf(this, 0, 0, this.data.length);
  }
}

/** Returns the number of elements of a shape: 1 for `[]`. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const axis of shape) size *= axis;
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

function shapeFrom(shape: unknown): number[] {
  if (!Array.isArray(shape) || shape.length > RANK_MAX) {
    throw new RangeError(`Tensor wants a shape of at most ${RANK_MAX} axes, got ${show(shape)}`);
  }
  const axes: number[] = [];
  for (let i = 0; i < shape.length; i++) {
    const axis: unknown = shape[i];
    if (!Number.isSafeInteger(axis) || Number(axis) < 0 || Number(axis) > 0xffff_ffff) {
      throw new RangeError(`Tensor wants whole numbers in its shape, got ${show(axis)} at axis ${i}`);
    }
    axes.push(Number(axis));
  }
  return axes;
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
  if (dtype === "int64" || dtype === "uint64") {
    return (value, path) => {
      if (typeof value === "bigint") return value;
      return Number.isSafeInteger(value) ? BigInt(Number(value)) : refuse("integers", value, path);
    };
  }
  if (dtype === "bool") {
    return (value, path) => {
      if (value === true || value === 1) return 1;
      return value === false || value === 0 ? 0 : refuse("booleans", value, path);
    };
  }
  const round = dtype === "bfloat16" ? toBfloat16 : (value: number) => value;
  return (value, path) => {
    if (typeof value === "number") return round(value);
    return typeof value === "boolean" ? round(Number(value)) : refuse("numbers", value, path);
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
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? `a list of ${value.length}` : `a ${value.constructor?.name}`;
}
