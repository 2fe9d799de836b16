/**
 * A value of a flow as the inputs of an ONNX model, and its outputs as a value again.
 *
 * A model of one input takes the tensor itself, one of several a dict by their names; outputs
 * likewise. Tensors of strings stand as nested lists, for we have no such tensor.
 *
 * @module
 */

import { dict, list, type Schema, tensor } from "../../../contract/schema/schema.ts";
import { isDict, pathTo, show } from "../../../contract/schema/misfit-words.ts";
import { DTYPES, RANK_MAX, Tensor } from "../../../contract/tensor.ts";
import { copyOf, type Part } from "./messages.ts";
import type { Slot } from "./slots.ts";

/** A value that is not what the model takes, or cannot be held; its message names the place. */
export class ValueRefused extends Error {
  override readonly name = "ValueRefused";
}

/** As many as `Tensor.tolist` makes at most. */
const LISTS_MAX = 2 ** 24;

/** Returns the schema of the inputs or of the outputs of a model. */
export function schemaOf(slots: readonly Slot[]): Schema {
  const [only] = slots;
  if (only && slots.length === 1) return slotSchema(only);
  return dict(Object.fromEntries(slots.map((slot) => [slot.name, slotSchema(slot)])));
}

function slotSchema({ type, shape }: Slot): Schema {
  if (type !== "string") return shape ? tensor(type, shape) : { tensor: { dtype: type } };
  if (!shape) return true;
  const text: Schema = { type: "string" };
  return shape.reduceRight<Schema>((items, axis) => {
    return list(items, typeof axis === "number" ? { minItems: axis, maxItems: axis } : {});
  }, text);
}

/**
 * Returns `value` as inputs in the order of the slots, in buffers of their own.
 *
 * Dtypes and shapes are not looked at: ONNX Runtime does.
 *
 * @throws {ValueRefused} The first place that is no tensor, or no list of strings, or not there.
 */
export function partsFrom(value: unknown, slots: readonly Slot[]): Part[] {
  const [only] = slots;
  if (only && slots.length === 1) return [partFrom(value, only, "$")];
  if (!isDict(value)) throw new ValueRefused(`wants a dict of its inputs at $, got ${show(value)}`);
  return slots.map((slot) => {
    const path = pathTo("$", slot.name);
    if (!Object.hasOwn(value, slot.name)) throw new ValueRefused(`wants an input at ${path}`);
    return partFrom(value[slot.name], slot, path);
  });
}

function partFrom(value: unknown, slot: Slot, path: string): Part {
  if (slot.type === "string") return stringsFrom(value, slot, path);
  if (!Tensor.is(value)) {
    throw new ValueRefused(`wants a ${slot.type} tensor at ${path}, got ${show(value)}`);
  }
  return { type: value.dtype, shape: [...value.shape], elements: copyOf(value.data) };
}

function stringsFrom(value: unknown, slot: Slot, path: string): Part {
  const shape: number[] = [];
  let inner = value;
  while (Array.isArray(inner)) {
    if (shape.length === RANK_MAX) throw new ValueRefused(`wants at most ${RANK_MAX} axes`);
    shape.push(inner.length);
    inner = (inner as readonly unknown[])[0];
  }
  const elements: string[] = [];
  flatten(value, { shape, axis: 0, path }, elements);
  // An empty list does not show the axes within; their lengths are free, or in the schema.
  for (let axis = shape.length; axis < (slot.shape?.length ?? 0); axis++) {
    const length = slot.shape?.[axis];
    shape.push(typeof length === "number" ? length : 0);
  }
  return { type: "string", shape, elements };
}

interface Level {
  readonly shape: readonly number[];
  readonly axis: number;
  readonly path: string;
}

function flatten(value: unknown, { shape, axis, path }: Level, into: string[]): void {
  const length = shape[axis];
  if (length === undefined) {
    if (typeof value !== "string") {
      throw new ValueRefused(`wants a string at ${path}, got ${show(value)}`);
    }
    // ONNX Runtime would end it there, or put other letters in.
    if (value.includes("\0") || !value.isWellFormed()) {
      throw new ValueRefused(`wants a string at ${path} with no NUL and no half of a letter`);
    }
    into.push(value);
    return;
  }
  if (!Array.isArray(value) || value.length !== length) {
    throw new ValueRefused(`wants a list of ${length} at ${path}, got ${show(value)}`);
  }
  for (let i = 0; i < length; i++) {
    const inner = (value as readonly unknown[])[i];
    flatten(inner, { shape, axis: axis + 1, path: pathTo(path, i) }, into);
  }
}

/**
 * Returns outputs as a value; it shares its elements with their buffers.
 *
 * @throws {ValueRefused} When an output is nothing that we can hold.
 */
export function valueFrom(parts: readonly Part[], slots: readonly Slot[]): unknown {
  const values = slots.map(({ name }, i) => valueOf(parts[i], name));
  if (values.length === 1) return values[0];
  return Object.fromEntries(slots.map(({ name }, i) => [name, values[i]]));
}

function valueOf(part: Part | undefined, name: string): unknown {
  if (!part) throw new ValueRefused(`gave no output ${name}`);
  const { type, shape, elements } = part;
  if (type === "string" || !(elements instanceof ArrayBuffer)) return nested(part, name);
  try {
    return new Tensor(type, shape, new DTYPES[type].array(elements));
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new ValueRefused(`gave an output ${name} that is no tensor of ours: ${said}`);
  }
}

/** From the innermost axis out, so that it takes no recursion. */
function nested({ shape, elements }: Part, name: string): unknown {
  let level: readonly unknown[] = elements instanceof ArrayBuffer ? [] : elements;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] ?? 0;
    const lists = shape.slice(0, axis).reduce((product, each) => product * each, 1);
    if (lists > LISTS_MAX) throw new ValueRefused(`gave an output ${name} of ${lists} lists`);
    const inner = level;
    level = Array.from({ length: lists }, (_, i) => inner.slice(i * length, (i + 1) * length));
  }
  return level[0];
}
