/**
 * What a flow takes and gives, as metadata of the Open Inference Protocol, as far as its schemas
 * say it in tensors. What they do not say is left out, which the protocol's clients take for
 * unknown: a type that is made up would have them refuse what is right.
 *
 * @module
 */

import { isDict } from "../../contract/schema/misfit-words.ts";
import type { Schema } from "../../contract/schema/schema.ts";
import { type DType, DTYPES } from "../../contract/tensor.ts";
import { type Datatype, datatypeOf } from "../../flow/models/open-inference/datatypes.ts";

/** One input or output. An axis of -1 has any length. */
export interface SlotView {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
}

/** Nested lists in a schema: more axes than that no model has. */
const DEPTH_MAX = 32;
/** What an element of a list becomes, by its type in JSON Schema: as `inference-answer.ts` does. */
const OF_TYPE: Readonly<Record<string, Datatype>> = {
  number: "FP64",
  boolean: "BOOL",
  string: "BYTES",
};

/**
 * Returns the inputs or outputs that a schema describes, or none when it describes no tensors.
 *
 * @param whole What a value is called that is no dict.
 */
export function slotsOf(schema: Schema | undefined, whole: "input" | "output"): SlotView[] {
  if (!isDict(schema)) return [];
  const properties = schema["properties"];
  if (isDict(properties)) {
    const slots = Object.entries(properties).map(([name, one]) => slotOf(name, one, whole));
    return slots.every((slot) => slot !== undefined) ? slots : [];
  }
  const slot = slotOf(whole, schema, whole);
  return slot ? [slot] : [];
}

function slotOf(name: string, schema: unknown, whole: "input" | "output"): SlotView | undefined {
  const found = tensorIn(schema);
  if (found) return { name, ...found };
  const listed = listIn(schema, 0);
  if (!listed) return undefined;
  // A flow is fed tensors, which no schema of lists takes; only BYTES are lists on their way in.
  if (whole === "input" && listed.datatype !== "BYTES") return undefined;
  const { datatype, shape } = listed;
  return { name, datatype, shape: shape.length === 0 ? [1] : shape };
}

type Typed = Omit<SlotView, "name">;

/** Of several that are possible the first: what it says is true, though not all. */
function tensorIn(schema: unknown): Typed | undefined {
  if (!isDict(schema)) return undefined;
  const { tensor, anyOf, oneOf } = schema;
  if (isDict(tensor)) return tensorSlot(tensor);
  const choices = anyOf ?? oneOf;
  if (!Array.isArray(choices)) return undefined;
  return choices.map(tensorIn).find((one) => one !== undefined);
}

function tensorSlot({ dtype, shape }: Readonly<Record<string, unknown>>): Typed | undefined {
  const first: unknown = Array.isArray(dtype) ? dtype[0] : dtype;
  if (typeof first !== "string" || !Object.hasOwn(DTYPES, first)) return undefined;
  const axes = Array.isArray(shape) ? shape.map(axisOf) : [-1];
  return { datatype: datatypeOf(first as DType), shape: axes };
}

function axisOf(axis: unknown): number {
  return typeof axis === "number" && axis >= 0 ? axis : -1;
}

function listIn(schema: unknown, depth: number): Typed | undefined {
  if (!isDict(schema) || depth > DEPTH_MAX) return undefined;
  const { type, items, minItems, maxItems, anyOf } = schema;
  if (type === "array") {
    const inner = listIn(items, depth + 1);
    const length = minItems === maxItems ? axisOf(minItems) : -1;
    return inner && { datatype: inner.datatype, shape: [length, ...inner.shape] };
  }
  const isBytes = schema["bytes"] === true || (depth > 0 && isBytesOrText(anyOf));
  const datatype = isBytes ? "BYTES" : OF_TYPE[String(type)];
  return datatype && { datatype, shape: [] };
}

/** As a model of this protocol describes BYTES: strings where they are UTF-8. */
function isBytesOrText(choices: unknown): boolean {
  const isOne = (one: unknown) =>
    isDict(one) && (one["bytes"] === true || one["type"] === "string");
  return Array.isArray(choices) && choices.length > 0 && choices.every(isOne);
}
