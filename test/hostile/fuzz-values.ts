/**
 * Values, made with their form in mind, through encode, scan, decode and a schema: what may travel
 * comes back as it left, and what may not is refused.
 *
 * What a value is read as is worked out while it is made, beside the code that is tested.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";

import type { Chance } from "../../benchmarks/soak/random.ts";
import { compileSchema, tensor as tensorSchema } from "../../src/contract/schema/schema.ts";
import { DTYPE_NAMES, DTYPES, Tensor, type TensorData } from "../../src/contract/tensor.ts";
import { Refusal } from "../../src/faults.ts";
import { encode, readings } from "../wire/bytes.ts";

/** A value, what it is read as, and a schema that it keeps to; `isRefused` when it cannot travel. */
export interface Made {
  readonly value: unknown;
  readonly reads: unknown;
  readonly schema: unknown;
  readonly isRefused: boolean;
}

const EDGES = [
  ...[0, -0, 1, -1, 31, 32, -32, -33, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31, -(2 ** 31)],
  ...[2 ** 32 - 1, 2 ** 32, 2 ** 53, Number.NaN, Infinity, -Infinity, 5e-324, 1.5, 1e300],
];
const BIGINTS = [0n, -1n, 2n ** 31n, 2n ** 63n - 1n, -(2n ** 63n)];
const TEXTS = ["", "a", "é", "€", "🐈", "\0", "__proto_", "constructor", "x".repeat(31), "then"];
const LENGTHS = [0, 1, 15, 16, 31, 32, 255, 256];

/** Runs one round; throws when something is not as it should be. */
export function valueRound(chance: Chance): void {
  const made = make(chance, 4);
  let bytes: Uint8Array;
  try {
    bytes = encode(made.value);
  } catch (error) {
    if (made.isRefused && error instanceof Refusal) return;
    throw error;
  }
  if (made.isRefused) throw new Error("A value was encoded that cannot travel");
  for (const read of readings(bytes)) {
    if (!isDeepStrictEqual(read, made.reads)) throw new Error("A value came back as another one");
    holds(made.schema, read, true);
    holds({ anyOf: [{ const: "never said" }] }, read, false);
  }
}

/** Returns a value that travels. */
export function makeWhole(chance: Chance): Made {
  for (;;) {
    const made = make(chance, 4);
    if (!made.isRefused) return made;
  }
}

function holds(schema: unknown, value: unknown, wanted: boolean): void {
  try {
    compileSchema(schema, "returns")(value, { code: "OUTPUT_MISMATCH", axes: new Map() });
  } catch (error) {
    if (!wanted && error instanceof Refusal && error.code === "OUTPUT_MISMATCH") return;
    throw error;
  }
  if (!wanted) throw new Error("A schema took what it does not say");
}

function make(chance: Chance, depth: number): Made {
  const leaves = [number, text, bigint, bytes, tensor, plain];
  if (chance.below(40) === 0) return refused(chance);
  if (depth === 0 || chance.below(3) === 0) return chance.of(leaves)(chance);
  return chance.below(2) === 0 ? list(chance, depth) : dict(chance, depth);
}

const same = (value: unknown, schema: unknown): Made => ({
  value,
  reads: value,
  schema,
  isRefused: false,
});

function number(chance: Chance): Made {
  const value = chance.below(2) === 0 ? chance.of(EDGES) : (chance.next() - 0.5) * 2 ** 40;
  // NaN and the infinities are numbers to nobody but IEEE.
  return same(value, Number.isFinite(value) ? { type: "number" } : {});
}

function text(chance: Chance): Made {
  const parts = Array.from({ length: chance.below(3) }, () => chance.of(TEXTS));
  return same(parts.join(""), { type: "string" });
}

function bigint(chance: Chance): Made {
  return same(chance.of(BIGINTS), {});
}

function plain(chance: Chance): Made {
  const value = chance.of([null, true, false]);
  return same(value, { type: value === null ? "null" : "boolean" });
}

function bytes(chance: Chance): Made {
  const whole = Uint8Array.from({ length: chance.of(LENGTHS) + 2 }, () => chance.below(256));
  const value = whole.subarray(1, -1);
  return { ...same(value, {}), reads: value.slice() };
}

function tensor(chance: Chance): Made {
  const dtype = chance.of(DTYPE_NAMES);
  const shape = Array.from({ length: chance.below(4) }, () => chance.below(4));
  const count = shape.reduce((product, axis) => product * axis, 1);
  const { array, bytes: size } = DTYPES[dtype];
  const data = new array(new ArrayBuffer(count * size)) as TensorData;
  const raw = new Uint8Array(data.buffer);
  // Any bits but those of a bool, which are 0 and 1; NaNs of other bits are equal only as bytes.
  for (let i = 0; i < raw.length; i++) raw[i] = chance.below(dtype === "bool" ? 2 : 120);
  return same(new Tensor(dtype, shape, data), tensorSchema(dtype, shape));
}

function list(chance: Chance, depth: number): Made {
  const items = Array.from({ length: chance.below(6) }, () => make(chance, depth - 1));
  return {
    value: items.map(({ value }) => value),
    reads: items.map(({ reads }) => reads),
    schema: { type: "array", minItems: items.length, maxItems: items.length },
    isRefused: items.some(({ isRefused }) => isRefused),
  };
}

function dict(chance: Chance, depth: number): Made {
  const value: Record<string, unknown> = chance.below(8) === 0 ? Object.create(null) : {};
  const map = new Map<string, unknown>();
  const reads: Record<string, unknown> = {};
  const properties: Record<string, unknown> = {};
  let isRefused = false;
  for (let i = chance.below(6); i > 0; i--) {
    const key = `${chance.of(TEXTS)}${i}`;
    const made = make(chance, depth - 1);
    value[key] = made.value;
    map.set(key, made.value);
    reads[key] = made.reads;
    properties[key] = made.schema;
    isRefused ||= made.isRefused;
  }
  const schema = { type: "object", properties, required: Object.keys(properties) };
  if (chance.below(8) === 0) return { value: map, reads, schema, isRefused };
  if (chance.below(8) === 0) value["left out"] = undefined;
  return { value, reads, schema, isRefused };
}

/** One thing that cannot travel. */
function refused(chance: Chance): Made {
  const cycle: unknown[] = [1];
  cycle.push({ cycle });
  const getter = Object.defineProperty({}, "a", { get: () => 1, enumerable: true });
  const value = chance.of<unknown>([
    ...[undefined, Symbol("s"), () => 1, 2n ** 63n, "\uD800", new Date(0), /a/, new Set([1])],
    ...[new Float32Array(2), new ArrayBuffer(2), Array<number>(3), Object.create({ a: 1 }), getter],
    ...[cycle, new Map([[1, 2]]), JSON.parse('{"__proto__": 1}'), Promise.resolve(1)],
    ...[Object(1), new Error("no"), new WeakMap(), new Proxy(new Uint8Array(1), {})],
  ]);
  // Where a dict has it, undefined is left out; so it stands in a list.
  return { value: [value], reads: undefined, schema: {}, isRefused: true };
}
