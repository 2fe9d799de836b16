/**
 * What a server says of itself and of a model, narrowed, and the model's schemas made from it.
 *
 * A server may leave a model's inputs or outputs out (MLServer does where nobody wrote them down):
 * then they are not known, which is not the same as none.
 *
 * Axis 0 is not named `batch`, though it often is one: metadata does not say whether it is, and
 * the boxes that a detector found are as free in their number as a batch. A name that is wrong
 * would refuse what is right; the server itself knows its batch.
 *
 * @module
 */

import { dict, list, type Schema, tensor } from "../../../contract/schema/schema.ts";
import { isDict } from "../../../contract/schema/misfit-words.ts";
import { RANK_MAX } from "../../../contract/tensor.ts";
import { DATATYPES_KNOWN, DTYPE_OF, isDatatype, type Slot } from "./datatypes.ts";
import type { Words } from "./http.ts";

/** The inputs and outputs of a model, as far as the server says. */
export interface Metadata {
  readonly inputs: readonly Slot[] | undefined;
  readonly outputs: readonly Slot[] | undefined;
}

/** Inputs, and outputs; a schema of as many tensors stays within its own bounds. */
const SLOTS_MAX = 128;
const NAME_MAX = 256;
const AXIS_MAX = 2 ** 32 - 1;

/**
 * Returns the metadata of a model.
 *
 * @param value The decoded body of the answer, not yet believed.
 * @throws {Refusal} `MODEL_FAILED` with the first thing that is not as the protocol says.
 */
export function metadataFrom(value: unknown, words: Words): Metadata {
  if (!isDict(value)) {
    throw words.failed(`wants {name, platform, inputs, outputs}, got ${words.show(value)}`);
  }
  return {
    inputs: slotsFrom(value["inputs"], "inputs", words),
    outputs: slotsFrom(value["outputs"], "outputs", words),
  };
}

/** Returns whether a server's metadata list the extension for tensors as bytes. */
export function listsBinary(value: unknown): boolean {
  const extensions = isDict(value) ? value["extensions"] : undefined;
  return Array.isArray(extensions) && extensions.includes("binary_tensor_data");
}

/**
 * Returns the schema of what a model takes or gives: the value itself where there is one, and a
 * dict by name where there are several.
 */
export function schemaOf(slots: readonly Slot[] | undefined): Schema | undefined {
  const first = slots?.[0];
  if (!slots || !first) return undefined;
  if (slots.length === 1) return slotSchema(first);
  return dict(Object.fromEntries(slots.map((slot) => [slot.name, slotSchema(slot)])));
}

function slotSchema({ datatype, shape }: Slot): Schema {
  if (datatype !== "BYTES") return tensor(DTYPE_OF[datatype], shape);
  return shape.reduceRight<Schema>(
    (items, axis) => list(items, axis === null ? {} : { minItems: axis, maxItems: axis }),
    { anyOf: [{ type: "string" }, { bytes: true }] },
  );
}

function slotsFrom(value: unknown, at: string, words: Words): Slot[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw words.failed(`wants a list in ${at}, got ${words.show(value)}`);
  if (value.length > SLOTS_MAX) {
    throw words.failed(`wants at most ${SLOTS_MAX} ${at}, got ${value.length}`);
  }
  const slots = value.map((one: unknown, i) => slotFrom(one, `${at}[${i}]`, words));
  const names = new Set<string>();
  for (const { name } of slots) {
    if (names.has(name)) throw words.failed(`names ${words.show(name)} twice in ${at}`);
    names.add(name);
  }
  return slots.length === 0 ? undefined : slots;
}

function slotFrom(value: unknown, at: string, words: Words): Slot {
  if (!isDict(value)) {
    throw words.failed(`wants {name, datatype, shape} in ${at}, got ${words.show(value)}`);
  }
  const { name, datatype, shape } = value;
  if (!isName(name)) {
    const want = `wants a name of 1 to ${NAME_MAX} characters in ${at}.name`;
    throw words.failed(`${want}, got ${words.show(name)}`);
  }
  if (!isDatatype(datatype)) {
    const want = `wants one of ${DATATYPES_KNOWN} in ${at}.datatype`;
    throw words.failed(`${want}, got ${words.show(datatype)}`);
  }
  return { name, datatype, shape: axesFrom(shape, `${at}.shape`, words) };
}

/** A dict cannot have the one name that is refused here. */
function isName(value: unknown): value is string {
  if (typeof value !== "string" || value === "__proto__") return false;
  return value.length > 0 && value.length <= NAME_MAX && value.isWellFormed();
}

function axesFrom(value: unknown, at: string, words: Words): (number | null)[] {
  if (!Array.isArray(value) || value.length > RANK_MAX) {
    const want = `wants a list of at most ${RANK_MAX} axes in ${at}`;
    throw words.failed(`${want}, got ${words.show(value)}`);
  }
  return value.map((axis: unknown, i) => {
    if (axis === -1) return null;
    if (Number.isSafeInteger(axis) && Number(axis) >= 0 && Number(axis) <= AXIS_MAX) {
      return Number(axis);
    }
    throw words.failed(`wants a whole number or -1 in ${at}[${i}], got ${words.show(axis)}`);
  });
}
