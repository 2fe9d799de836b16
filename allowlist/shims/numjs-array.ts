/**
 * `nj.array` for whatever a hook holds: nested lists, typed arrays, tensors, NdArrays, what other
 * libraries say is a tensor, and lists of those. The stock one turns a `Float32Array` into garbage
 * and plain numbers into boxed ones.
 *
 * Invariants:
 * - The elements are always a fresh typed array, in row-major order.
 * - No number loses its value in silence: an integer beyond 2^53 is refused.
 *
 * @module
 */

import type { LibraryWorld } from "../../src/contract/library.ts";
import type { DType, Tensor } from "../../src/contract/tensor.ts";
import { show } from "./numjs-arguments.ts";
import { ARRAYS, cast, copy, type Kind, type Kit, kindOf, makerOf } from "./numjs-types.ts";
import { type NdArray, type Numbers, type Numjs, room } from "./numjs-types.ts";

/**
 * What numjs holds a dtype of numpy, torch or a `Tensor` as, or the typed array of that name;
 * `array` is its own boxed numbers.
 */
const KINDS: { readonly [dtype: string]: Kind } = {
  ...(Object.fromEntries(Object.keys(ARRAYS).map((kind) => [kind, kind])) as Record<Kind, Kind>),
  array: "float64",
  float16: "float32",
  bfloat16: "float32",
  bigint64: "int64",
  biguint64: "uint64",
  int: "int64",
  float: "float64",
  boolean: "bool",
  uint8clamped: "uint8",
};

/** What a list without a dtype becomes, by its first element. */
const LEAVES: { readonly [type: string]: Kind } = { boolean: "bool", bigint: "int64" };

const RANK_MAX = 32;

/**
 * Returns what makes NdArrays out of other values.
 *
 * `array` throws a TypeError for what holds no numbers, and a RangeError for lists that are ragged
 * or integers beyond 2^53; both name the place.
 */
export function kitOf(nj: Numjs, world: LibraryWorld): Kit {
  const { NdArray } = nj;
  const make = makerOf(nj);
  const array = (value: unknown, dtype?: unknown): NdArray => {
    const kind = kindFrom(dtype);
    if (value instanceof NdArray) {
      const wanted = kind ?? kindOf(value.dtype);
      return make(copy(value.selection, wanted), value.shape, wanted);
    }
    const typed = typedKind(value);
    if (typed) {
      const data = numbersFrom(value as ArrayLike<number | bigint>, kind ?? typed);
      return make(data, [data.length], kind ?? typed);
    }
    const tensor = tensorIn(value, world);
    if (tensor) {
      const own = KINDS[tensor.dtype] ?? "float64";
      return make(elementsOf(tensor, kind ?? own), tensor.shape, kind ?? own);
    }
    const lists = new Lists(nj, world).read(value, kind);
    return make(lists.data, lists.shape, lists.kind);
  };
  const coerce = (value: unknown): NdArray => {
    if (value instanceof NdArray) return value;
    return array(typeof value === "number" ? [value] : value);
  };
  return { nj, array, coerce, make };
}

/** Returns a tensor, and what another library has as a tensor; `undefined` for all else. */
function tensorIn(value: unknown, world: LibraryWorld): Tensor | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return world.Tensor.is(value) ? value : world.tensorOf(value);
}

/**
 * Returns the kind that a hook means by a dtype: a name, or a typed array's constructor.
 *
 * @throws {TypeError} When it is none.
 */
export function kindFrom(dtype: unknown): Kind | undefined {
  if (dtype === undefined || dtype === null) return undefined;
  const name = typeof dtype === "function" ? dtype.name.replace(/Array$/, "") : String(dtype);
  const kind = Object.hasOwn(KINDS, name.toLowerCase()) ? KINDS[name.toLowerCase()] : undefined;
  if (kind) return kind;
  throw new TypeError(`nj wants a dtype of ${Object.keys(ARRAYS).join(", ")}, got ${show(dtype)}`);
}

const TAG = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
);

/** Returns the kind of a typed array, and `undefined` for anything else. */
function typedKind(value: unknown): Kind | undefined {
  const tag = TAG?.get?.call(value) as string | undefined;
  return tag === undefined ? undefined : kindFrom(tag.replace(/Array$/, ""));
}

function numbersFrom(elements: ArrayLike<number | bigint>, kind: Kind): Numbers {
  const big = elements instanceof BigInt64Array || elements instanceof BigUint64Array;
  if (!big) return cast(elements as ArrayLike<number>, kind);
  return cast(Float64Array.from(elements as ArrayLike<unknown>, elementFrom), kind);
}

function elementFrom(value: unknown, index: number): number {
  return numberFrom(value, `[${index}]`);
}

function elementsOf(tensor: Tensor, kind: Kind): Numbers {
  const dtype: DType = tensor.dtype;
  if (dtype !== "bfloat16") return numbersFrom(tensor.data, kind);
  const bits = new Uint32Array(tensor.data.length);
  for (let i = 0; i < bits.length; i++) bits[i] = Number(tensor.data[i]) << 16;
  return cast(new Float32Array(bits.buffer), kind);
}

function numberFrom(value: unknown, place: string): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "bigint") {
    throw new TypeError(`nj.array wants a number at $${place}, got ${show(value)}`);
  }
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new RangeError(`nj.array holds integers up to 2^53, got ${value} at $${place}`);
}

function isWide(kind: Kind): boolean {
  return kind === "int64" || kind === "uint64";
}

type List = ArrayLike<unknown>;

/** Reads nested lists: the first of each level says the shape, the rest must keep to it. */
class Lists {
  readonly #nj: Numjs;
  readonly #world: LibraryWorld;
  readonly #shape: number[] = [];
  #data: Numbers = new Float64Array();
  #next = 0;

  constructor(nj: Numjs, world: LibraryWorld) {
    this.#nj = nj;
    this.#world = world;
  }

  read(value: unknown, kind?: Kind): { shape: number[]; data: Numbers; kind: Kind } {
    let inner: unknown = this.#opened(value);
    while (isList(inner)) {
      if (this.#shape.length === RANK_MAX) {
        throw new RangeError(`nj.array takes at most ${RANK_MAX} axes`);
      }
      this.#shape.push(inner.length);
      inner = this.#opened(inner[0]);
    }
    const wanted = kind ?? LEAVES[typeof inner] ?? "float64";
    this.#data = room(this.#shape, wanted === "bool" ? "float64" : wanted);
    this.#fill(value, 0, "");
    // A list that begins with `true` may go on with numbers: then it holds numbers.
    const mixed = kind === undefined && wanted === "bool" && this.#data.some((one) => one > 1);
    const sure = mixed ? "float64" : wanted;
    const data = sure === "bool" || isWide(sure) ? cast(this.#data, sure) : this.#data;
    return { shape: this.#shape, data, kind: sure };
  }

  #fill(value: unknown, axis: number, place: string): void {
    const list = this.#opened(value);
    const length = this.#shape[axis];
    if (length === undefined) {
      if (isList(list)) throw new RangeError(`nj.array wants a number at $${place}, got a list`);
      this.#data[this.#next++] = numberFrom(list, place);
      return;
    }
    if (!isList(list) || list.length !== length) {
      const got = isList(list) ? `${list.length}` : show(value);
      const want = `nj.array wants lists of equal length: ${length} at $${place}`;
      throw new RangeError(`${want}, got ${got}`);
    }
    const innermost = axis + 1 === this.#shape.length;
    for (let i = 0; i < length; i++) {
      const inner = list[i];
      // A number needs no place in a message: most elements take this short way.
      if (innermost && typeof inner === "number") this.#data[this.#next++] = inner;
      else this.#fill(inner, axis + 1, `${place}[${i}]`);
    }
  }

  /** Returns what has elements as a list, or as its one element; all else as it is. */
  #opened(value: unknown): unknown {
    if (typeof value !== "object" || value === null || isList(value)) return value;
    if (value instanceof this.#nj.NdArray) return value.tolist();
    return tensorIn(value, this.#world)?.tolist() ?? value;
  }
}

function isList(value: unknown): value is List {
  return Array.isArray(value) || typedKind(value) !== undefined;
}
