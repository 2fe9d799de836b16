/**
 * Functions that make arrays out of numbers or out of lists of arrays.
 *
 * Without a dtype they are float64; the stock ones make boxed numbers.
 *
 * @module
 */

import { argument, numberFrom, optionsFrom, shapeFrom } from "./numjs-arguments.ts";
import { kindFrom } from "./numjs-array.ts";
import { atLeast, joined, SHAPES, stacked } from "./numjs-shape.ts";
import { cast, type Kind, kindOf, type Kit, type NdArray, type Numjs } from "./numjs-types.ts";
import { type Operation, room } from "./numjs-types.ts";

type Maker = (kit: Kit, ...values: unknown[]) => unknown;

const MAKERS: { readonly [name: string]: Maker } = {
  zeros: (kit, shape, ...rest) => full(kit, shape, 0, rest),
  ones: (kit, shape, ...rest) => full(kit, shape, 1, rest),
  empty: (kit, shape, ...rest) => full(kit, shape, 0, rest),
  full: (kit, shape, value, ...rest) => full(kit, shape, numberFrom(value, "a value"), rest),
  zeros_like: (kit, value, ...rest) => like(kit, value, 0, rest),
  ones_like: (kit, value, ...rest) => like(kit, value, 1, rest),
  full_like: (kit, value, filled, ...rest) => {
    return like(kit, value, numberFrom(filled, "a value"), rest);
  },
  identity: (kit, count, ...rest) => eye(kit, count, undefined, kindOfRest(rest)),
  eye(kit, rows, ...rest) {
    const columns = typeof rest[0] === "number" ? rest[0] : undefined;
    return eye(kit, rows, columns, kindOfRest(columns === undefined ? rest : rest.slice(1)));
  },
  arange: (kit, ...rest) => {
    const numbers = rest.filter((value) => typeof value === "number");
    const [start = 0, stop = 0, step = 1] = numbers.length < 2 ? [0, numbers[0]] : numbers;
    if (step === 0) throw new RangeError("nj.arange wants a step that is not 0");
    const kind = kindOfRest(rest.slice(numbers.length));
    return counted(kit, Math.ceil((stop - start) / step), kind, (i) => start + i * step);
  },
  /** From 0 on, below 1; no shape gives an array of one. */
  random: (kit, ...shape) => {
    const wanted = shapeFrom(shape.length === 0 ? [1] : shape);
    const out = room(wanted, "float64");
    for (let i = 0; i < out.length; i++) out[i] = Math.random();
    return kit.make(out, wanted, "float64");
  },
  linspace(kit, from, to, ...rest) {
    const [start, stop] = [numberFrom(from, "a start"), numberFrom(to, "a stop")];
    const count = numberFrom(argument(rest, 0, "num"), "a count", 50);
    const last = argument(rest, 1, "endpoint") === false ? count : count - 1;
    const step = last > 0 ? (stop - start) / last : 0;
    return counted(kit, count, "float64", (i) => (i === last && i > 0 ? stop : start + i * step));
  },
  /** One array for each axis, as in numpy: the first two axes are swapped unless `ij` is said. */
  meshgrid: (kit, ...values) => {
    const { places, options } = optionsFrom(values);
    const rows = places.map((one) => reshape(kit, kit.coerce(one), [-1]));
    const swap = (options.indexing ?? "xy") === "xy" && rows.length > 1;
    const order = rows.map((_, i) => (swap && i < 2 ? 1 - i : i));
    const shape = order.map((i) => rows[i]?.size ?? 0);
    return rows.map((row, i) => {
      const line = reshape(
        kit,
        row,
        shape.map((_, axis) => (order[axis] === i ? row.size : 1)),
      );
      return kit.array((SHAPES.broadcast_to as Operation)(kit, line, shape));
    });
  },
  append: (kit, value, more, ...rest) => {
    const axis = argument(rest, 0, "axis");
    const arrays = [kit.coerce(value), kit.coerce(more)];
    if (typeof axis === "number") return joined(kit, arrays, axis);
    return joined(
      kit,
      arrays.map((one) => reshape(kit, one, [-1])),
      0,
    );
  },
  concatenate: (kit, ...values) => {
    const [first, axis] = values;
    const one = values.length === 1 || typeof axis === "number" || isOptions(axis);
    const arrays = listOf(kit, one ? first : values);
    // Several arrays one by one are numjs's own way of saying it: along the last axis.
    return joined(kit, arrays, one ? axisOf(values.slice(1)) : -1);
  },
  stack: (kit, values, ...rest) => stacked(kit, listOf(kit, values, true), axisOf(rest)),
  vstack: (kit, values) => {
    return joined(
      kit,
      listOf(kit, values).map((one) => atLeast(kit, one, 2)),
      0,
    );
  },
  hstack: (kit, values) => {
    const arrays = listOf(kit, values);
    return joined(kit, arrays, arrays[0]?.shape.length === 1 ? 0 : 1);
  },
  dstack: (kit, values) =>
    joined(
      kit,
      listOf(kit, values).map((one) => deep(kit, one)),
      2,
    ),
  column_stack: (kit, values) => {
    const column = (one: NdArray): NdArray => {
      return one.shape.length > 1 ? one : reshape(kit, one, [one.size, 1]);
    };
    return joined(kit, listOf(kit, values).map(column), 1);
  },
};

/** Puts them on the package. */
export function extendMakers(nj: Numjs, kit: Kit): void {
  for (const [name, maker] of Object.entries(MAKERS)) {
    nj[name] = (...values: unknown[]) => maker(kit, ...values);
  }
  for (const name of ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]) {
    nj[name] = (value: unknown) => kit.array(value, name);
  }
  for (const name of ["float32", "float64"]) nj[name] = (value: unknown) => kit.array(value, name);
  nj.asarray = (value: unknown, dtype?: unknown) => {
    return dtype === undefined && value instanceof nj.NdArray ? value : kit.array(value, dtype);
  };
}

function full(kit: Kit, shape: unknown, value: number, rest: readonly unknown[]): NdArray {
  const wanted = shapeFrom([shape]);
  const kind = kindOfRest(rest);
  return kit.make(cast(room(wanted, kind).fill(value), kind), wanted, kind);
}

function like(kit: Kit, value: unknown, filled: number, rest: readonly unknown[]): NdArray {
  const model = kit.coerce(value);
  return full(kit, [...model.shape], filled, [kindOfRest(rest, kindOf(model.dtype))]);
}

function kindOfRest(rest: readonly unknown[], fallback: Kind = "float64"): Kind {
  return kindFrom(argument(rest, 0, "dtype")) ?? fallback;
}

function eye(kit: Kit, rows: unknown, columns: unknown, kind: Kind): NdArray {
  const shape = shapeFrom([[rows, columns ?? rows]]);
  const out = room(shape, kind);
  const [height = 0, width = 0] = shape;
  for (let i = 0; i < Math.min(height, width); i++) out[i * width + i] = 1;
  return kit.make(out, shape, kind);
}

function counted(kit: Kit, count: number, kind: Kind, at: (i: number) => number): NdArray {
  const shape = shapeFrom([Math.max(0, count)]);
  const out = room(shape, kind);
  for (let i = 0; i < out.length; i++) out[i] = at(i);
  return kit.make(out, shape, kind);
}

/** A list of arrays, or an array whose rows they are. */
function listOf(kit: Kit, values: unknown, scalars = false): NdArray[] {
  if (!Array.isArray(values)) {
    const whole = kit.coerce(values);
    const pick = SHAPES.pick as Operation;
    return Array.from({ length: whole.shape[0] ?? 0 }, (_, i) => pick(kit, whole, i) as NdArray);
  }
  return values.map((one) => (scalars ? kit.array(one) : kit.coerce(one)));
}

function axisOf(rest: readonly unknown[]): number {
  return numberFrom(argument(rest, 0, "axis"), "an axis", 0);
}

function isOptions(value: unknown): boolean {
  return typeof value === "object" && value !== null && "axis" in value;
}

function deep(kit: Kit, value: NdArray): NdArray {
  if (value.shape.length > 2) return value;
  const wide = atLeast(kit, value, 2);
  return reshape(kit, wide, [...wide.shape, 1]);
}

function reshape(kit: Kit, value: NdArray, shape: number[]): NdArray {
  return (SHAPES.reshape as Operation)(kit, value, shape) as NdArray;
}
