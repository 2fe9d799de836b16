/**
 * Functions of two arrays by the rules of numpy: operands of unlike shapes are broadcast, and the
 * result has a dtype that holds both. The stock methods keep the left one's dtype (`uint8 / 255`
 * is all zeros) and refuse unlike shapes.
 *
 * A plain number bends to the array's dtype where that can hold it.
 *
 * @module
 */

import { show } from "./numjs-arguments.ts";
import { ARRAYS, cast, copy, flat, isWhole, type Kind, type Kit } from "./numjs-types.ts";
import { kindOf, type NdArray, type Numbers, type Operations, room } from "./numjs-types.ts";

type Kernel = (left: number, right: number, kind: Kind) => number;

interface Binary {
  readonly kernel: Kernel;
  /** What the elements of the result are, given what holds both operands. Default: the same. */
  readonly kind?: (both: Kind) => Kind;
}

const float = (both: Kind): Kind => (both === "float32" ? "float32" : "float64");
const bool = (): Kind => "bool";

const BINARY: { readonly [name: string]: Binary } = {
  add: { kernel: (a, b) => a + b },
  subtract: { kernel: (a, b) => a - b },
  multiply: { kernel: multiplied },
  divide: { kernel: (a, b) => a / b, kind: float },
  pow: { kernel: raised },
  mod: { kernel: remainder },
  floor_divide: { kernel: (a, b) => Math.floor(a / b) },
  maximum: { kernel: (a, b) => Math.max(a, b) },
  minimum: { kernel: (a, b) => Math.min(a, b) },
  arctan2: { kernel: (a, b) => Math.atan2(a, b), kind: float },
  hypot: { kernel: (a, b) => Math.hypot(a, b), kind: float },
  greater: { kernel: (a, b) => Number(a > b), kind: bool },
  greater_equal: { kernel: (a, b) => Number(a >= b), kind: bool },
  less: { kernel: (a, b) => Number(a < b), kind: bool },
  less_equal: { kernel: (a, b) => Number(a <= b), kind: bool },
  eq: { kernel: (a, b) => Number(a === b), kind: bool },
  not_equal: { kernel: (a, b) => Number(a !== b), kind: bool },
  logical_and: { kernel: (a, b) => Number(a !== 0 && b !== 0), kind: bool },
  logical_or: { kernel: (a, b) => Number(a !== 0 || b !== 0), kind: bool },
  logical_xor: { kernel: (a, b) => Number((a !== 0) !== (b !== 0)), kind: bool },
};

/** Other names for the same. */
const ALIASES = {
  power: "pow",
  true_divide: "divide",
  remainder: "mod",
} as const;

/** Each as a function of two arrays and as a method; a second argument of `false`: in place. */
export const ARITHMETIC: Operations = Object.fromEntries(
  [...Object.keys(BINARY).map((name) => [name, name]), ...Object.entries(ALIASES)].map(
    ([name = "", row = ""]) => [
      name,
      (kit: Kit, value: NdArray, other: unknown, inPlace: unknown) => {
        const result = combine(kit, row, value, other);
        return inPlace === false ? assign(kit, value, result) : result;
      },
    ],
  ),
);

/**
 * Returns `yes` where the condition holds and `no` elsewhere, all three broadcast; with the
 * condition alone, the places where it holds, one array for each axis.
 */
export const WHERE: Operations = {
  where(kit, condition, yes, no) {
    if (yes === undefined && no === undefined) return placesOf(kit, condition);
    const sides = [yes, no].map((side) => (typeof side === "number" ? side : kit.coerce(side)));
    const [left = 0, right = 0] = sides;
    const kind = kindOfBoth(left, right);
    const shape = [condition, ...sides].reduce<readonly number[]>(
      (all, side) => (typeof side === "number" ? all : broadcastShape(all, side.shape)),
      [],
    );
    const mask = elements(kit, condition, shape);
    const [from, other] = sides.map((side) =>
      typeof side === "number" ? side : elements(kit, side, shape),
    );
    const out = room(shape, kind);
    for (let i = 0; i < out.length; i++) {
      const side = mask[i] === 0 ? other : from;
      out[i] = typeof side === "number" ? side : (side?.[i] ?? 0);
    }
    return kit.make(out, shape, kind);
  },
  nonzero: (kit, value) => placesOf(kit, value),
  argwhere(kit, value) {
    const places = placesOf(kit, value).map(({ selection }) => flat(selection));
    const count = places[0]?.length ?? 0;
    const out = new Int32Array(count * places.length);
    for (let i = 0; i < out.length; i++) {
      out[i] = places[i % places.length]?.[Math.floor(i / places.length)] ?? 0;
    }
    return kit.make(out, [count, places.length], "int32");
  },
};

function placesOf(kit: Kit, value: NdArray): NdArray[] {
  const { shape } = value;
  const places: number[][] = shape.map(() => []);
  for (const [index, element] of flat(value.selection).entries()) {
    if (element === 0) continue;
    let rest = index;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const count = shape[axis] ?? 1;
      places[axis]?.push(rest % count);
      rest = Math.floor(rest / count);
    }
  }
  return places.map((list) => kit.make(Int32Array.from(list), [list.length], "int32"));
}

function kindOfBoth(left: NdArray | number, right: NdArray | number): Kind {
  if (typeof left !== "number") {
    return bent(kindOf(left.dtype), typeof right === "number" ? right : kindOf(right.dtype));
  }
  return typeof right === "number" ? "float64" : bent(kindOf(right.dtype), left);
}

function combine(kit: Kit, name: string, value: NdArray, other: unknown): NdArray {
  const { kernel, kind: kindFor = (both: Kind) => both } = BINARY[name] as Binary;
  const scalar = typeof other === "number" || typeof other === "boolean";
  const right = scalar ? Number(other) : kit.coerce(other);
  const both = bent(
    kindOf(value.dtype),
    typeof right === "number" ? (other === right ? right : "bool") : kindOf(right.dtype),
  );
  if (name === "subtract" && both === "bool") {
    throw new TypeError("nj.subtract takes no booleans: use nj.logical_xor");
  }
  const kind = kindFor(both);
  const shape =
    typeof right === "number" ? [...value.shape] : broadcastShape(value.shape, right.shape);
  const out = room(shape, kind);
  const left = elements(kit, value, shape);
  if (typeof right === "number") {
    for (let i = 0; i < out.length; i++) out[i] = kernel(left[i] ?? 0, right, both);
  } else {
    const others = elements(kit, right, shape);
    for (let i = 0; i < out.length; i++) out[i] = kernel(left[i] ?? 0, others[i] ?? 0, both);
  }
  return kit.make(isMarked(kind) ? cast(out, kind) : out, shape, kind);
}

function isMarked(kind: Kind): boolean {
  return kind === "bool" || kind === "int64" || kind === "uint64";
}

/**
 * Writes one array over another, in that one's dtype; views of it see the change.
 *
 * @throws {RangeError} When the shapes do not go together.
 */
export function assign(kit: Kit, target: NdArray, source: NdArray): NdArray {
  const { selection, shape } = target;
  const from = cast(elements(kit, source, shape), kindOf(selection.dtype));
  const data = selection.data;
  const place = shape.map(() => 0);
  let to = selection.offset;
  for (let i = 0; i < from.length; i++) {
    data[to] = from[i] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const step = selection.stride[axis] ?? 0;
      const next = (place[axis] ?? 0) + 1;
      to += step;
      place[axis] = next;
      if (next < (shape[axis] ?? 0)) break;
      place[axis] = 0;
      to -= step * next;
    }
  }
  return target;
}

/** The elements of an array as if it had that shape, in order. */
function elements(kit: Kit, value: NdArray, shape: readonly number[]): Numbers {
  const same = value.shape.length === shape.length && value.shape.every((n, i) => n === shape[i]);
  return flat(same ? value.selection : broadcastTo(kit, value, shape).selection);
}

/**
 * Returns the shape that both can be stretched to.
 *
 * @throws {RangeError} When there is none.
 */
export function broadcastShape(left: readonly number[], right: readonly number[]): number[] {
  const rank = Math.max(left.length, right.length);
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) {
    const a = left[left.length - rank + i] ?? 1;
    const b = right[right.length - rank + i] ?? 1;
    if (a !== b && a !== 1 && b !== 1) {
      const shapes = `[${left.join(", ")}] and [${right.join(", ")}]`;
      throw new RangeError(`operands could not be broadcast together with shapes ${shapes}`);
    }
    shape.push(a === 1 ? b : a);
  }
  return shape;
}

/** Returns a view of `shape` that stands still (stride 0) on the axes that were 1 or missing. */
export function broadcastTo({ make }: Kit, value: NdArray, shape: readonly number[]): NdArray {
  const { selection } = value;
  const missing = shape.length - selection.shape.length;
  const fits = broadcastShape(selection.shape, shape);
  if (fits.length !== shape.length || fits.some((axis, i) => axis !== shape[i])) {
    const shapes = `[${selection.shape.join(", ")}] to [${shape.join(", ")}]`;
    throw new RangeError(`nj cannot broadcast shape ${shapes}`);
  }
  const stride = shape.map((_, axis) => {
    const own = axis - missing;
    return own < 0 || selection.shape[own] === 1 ? 0 : (selection.stride[own] ?? 0);
  });
  const { data, dtype, offset } = selection;
  return make(data, shape, kindOf(dtype), { stride, offset });
}

/** Where a number's own kind is looked for; numpy, too, tries those without a sign first. */
const SMALLEST = ["uint8", "uint16", "uint32", "int8", "int16", "int32"] as const;

/** Returns the kind of both; a plain number bends to the array's own kind where that holds it. */
function bent(left: Kind, right: Kind | number): Kind {
  if (typeof right !== "number") return promoted(left, right);
  if (!isWhole(left)) return left;
  if (!Number.isInteger(right)) return "float64";
  if (left === "bool") return "int64";
  if (holds(left, right)) return left;
  return promoted(left, SMALLEST.find((kind) => holds(kind, right)) ?? "int64");
}

function holds(kind: Kind, value: number): boolean {
  if (kind === "int64") return true;
  if (kind === "uint64") return value >= 0;
  return new ARRAYS[kind]([value])[0] === value;
}

/** Returns the smallest kind that holds every number of both, as numpy's promotion table has it. */
export function promoted(left: Kind, right: Kind): Kind {
  if (left === right || right === "bool") return left;
  if (left === "bool") return right;
  const kinds = [left, right];
  const most = Math.max(bitsOf(left), bitsOf(right));
  if (!kinds.every(isWhole)) {
    const wide = kinds.some((kind) => bitsOf(kind) > (isWhole(kind) ? 16 : 32));
    return wide ? "float64" : "float32";
  }
  const unsigned = kinds.filter((kind) => kind.startsWith("uint"));
  if (unsigned.length !== 1) return bitsOf(left) === most ? left : right;
  const needed = Math.max(most, 2 * Math.max(...unsigned.map(bitsOf)));
  return needed > 64 ? "float64" : (`int${needed}` as Kind);
}

function bitsOf(kind: Kind): number {
  return ARRAYS[kind].BYTES_PER_ELEMENT * 8;
}

/** The product of two 32-bit integers may need more bits than a double has: it wraps around. */
function multiplied(a: number, b: number, kind: Kind): number {
  return kind === "int32" || kind === "uint32" ? Math.imul(a, b) : a * b;
}

function raised(a: number, b: number, kind: Kind): number {
  if (b < 0 && isWhole(kind)) {
    throw new RangeError(`nj.power wants no negative power of integers, got ${show(b)}`);
  }
  return a ** b;
}

/** Has the sign of the divisor, where JavaScript's own has that of the dividend. */
function remainder(a: number, b: number, kind: Kind): number {
  const rest = a % b;
  if (rest === 0) return b < 0 && !isWhole(kind) ? -0 : 0;
  return rest < 0 === b < 0 ? rest : rest + b;
}

/** Returns the elements of an array as floats: float32 stay that, all others become float64. */
export function floats(value: NdArray): { data: Numbers; kind: Kind } {
  const kind = float(kindOf(value.dtype));
  return { data: copy(value.selection, kind), kind };
}
