/**
 * The inputs and outputs of an ONNX model: what they are called, and their schema.
 *
 * An axis that the model gives a name to becomes a named axis, if the name is one that a schema
 * takes, and else an axis of any length. Tensors of strings are no tensors of ours and stand as
 * nested lists.
 *
 * @module
 */

import { type DType, DTYPES, RANK_MAX } from "../../../contract/tensor.ts";
import type { Declared } from "./protobuf.ts";

/** One input or output. Plain data: it goes from thread to thread. */
export interface Slot {
  readonly name: string;
  readonly type: DType | "string";
  /** `null` is any number of axes, and an axis that is `null` has any length. */
  readonly shape: readonly (number | string | null)[] | null;
}

/** What a model says that we do not take; its message names the input or output. */
export class SlotRefused extends Error {
  override readonly name = "SlotRefused";
}

/** A language model with a cache has some hundred; a file from outside may claim any number. */
const SLOTS_MAX = 1_000;
const NAME_MAX = 256;
/** Lengths are 32-bit where we ask, and the largest of them stands for "not known". */
const AXIS_MAX = 2 ** 31 - 1;

/** `TensorProto.DataType` by number. Those that we take are in `DTYPES`, or string. */
const ELEMENTS =
  "undefined float32 uint8 int8 uint16 int16 int32 int64 string bool float16 float64 uint32 " +
  "uint64 complex64 complex128 bfloat16 float8e4m3fn float8e4m3fnuz float8e5m2 float8e5m2fnuz " +
  "uint4 int4 float4e2m1";
const ELEMENT_NAMES = ELEMENTS.split(" ");

/**
 * Refuses inputs or outputs that are no tensors of a type that we have, as the file declares them.
 *
 * Goes before ONNX Runtime, which has no name for some types.
 *
 * @throws {SlotRefused} The first one.
 */
export function checkDeclared(role: "input" | "output", declared: readonly Declared[]): void {
  for (const { name, kind, element } of declared) {
    if (kind && kind !== "tensor") throw notTensor(role, name, kind);
    if (element !== 0) typeFrom(role, name, ELEMENT_NAMES[element] ?? `type ${element}`);
  }
}

/**
 * Returns the inputs or outputs that ONNX Runtime tells of.
 *
 * @param metadata `inputMetadata` or `outputMetadata` of a session: from a file, so not believed.
 * @param declared The same from the file, for what the session leaves open.
 * @throws {SlotRefused} The first one that we do not take.
 */
export function slotsFrom(
  role: "input" | "output",
  metadata: readonly unknown[],
  declared: readonly Declared[],
): Slot[] {
  if (metadata.length > SLOTS_MAX) {
    throw new SlotRefused(`has ${metadata.length} ${role}s; at most ${SLOTS_MAX} are taken`);
  }
  const saidOf = new Map(declared.map((one) => [one.name, one]));
  return metadata.map((one) => {
    const { name, isTensor, type, shape } = (one ?? {}) as { [field: string]: unknown };
    const called = nameFrom(role, name);
    const said = saidOf.get(called);
    if (isTensor !== true) throw notTensor(role, called, said?.kind ?? "another");
    const axes = Array.isArray(shape) ? (shape as readonly unknown[]) : [];
    if (axes.length > RANK_MAX) {
      throw new SlotRefused(`${role} ${called} has ${axes.length} axes, of at most ${RANK_MAX}`);
    }
    const isAny = axes.length === 0 && !said?.hasShape;
    return {
      name: called,
      type: typeFrom(role, called, type),
      shape: isAny ? null : axes.map((axis) => axisFrom(axis)),
    };
  });
}

function notTensor(role: string, name: string, kind: string): SlotRefused {
  const isZipMap = role === "output" && (kind === "sequence" || kind === "map");
  const hint = isZipMap ? "; for a classifier of scikit-learn, convert it with zipmap=False" : "";
  return new SlotRefused(`${role} ${name} wants the type tensor, got ${kind}${hint}`);
}

function nameFrom(role: string, name: unknown): string {
  if (typeof name === "string" && name.length <= NAME_MAX && name !== "__proto__") return name;
  const said = typeof name === "string" ? JSON.stringify(name.slice(0, 40)) : "no string";
  const want = `wants another name, of at most ${NAME_MAX} characters`;
  throw new SlotRefused(`${role} ${said} ${want}`);
}

function typeFrom(role: string, name: string, type: unknown): Slot["type"] {
  const isKnown = typeof type === "string" && (type === "string" || Object.hasOwn(DTYPES, type));
  // It has no array that ONNX Runtime takes from JavaScript.
  if (isKnown && type !== "bfloat16") return type as Slot["type"];
  const hint = "cast it inside of the model, to float32 or to int32";
  throw new SlotRefused(
    `${role} ${name} is of ${String(type)}, which cannot be handed over; ${hint}`,
  );
}

function axisFrom(axis: unknown): number | string | null {
  if (typeof axis === "string") return /^[A-Za-z_]\w{0,63}$/.test(axis) ? axis : null;
  return Number.isInteger(axis) && Number(axis) >= 0 && Number(axis) <= AXIS_MAX
    ? Number(axis)
    : null;
}
