/**
 * What callers hand in, held to its form before anything is done with it.
 *
 * @module
 */

import { plainSchema, type Schema } from "../contract/schema/plain.ts";
import { Refusal } from "../faults.ts";

/**
 * Returns the options as a dict of unknowns.
 *
 * @param path Where they stand, for the fault.
 * @throws {Refusal} `BAD_REQUEST` when they are no object or one of them has a name nobody knows.
 */
export function optionsFrom(
  options: unknown,
  known: readonly string[],
  path = "",
): Record<string, unknown> {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new Refusal("BAD_REQUEST", path, `wants options as an object, got ${String(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const where = path === "" ? name : `${path}.${name}`;
    throw new Refusal("BAD_REQUEST", where, `is not an option; there are ${known.join(", ")}`);
  }
  return options as Record<string, unknown>;
}

const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Returns whether `value` may stand in messages and stacks as it is. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && NAME.test(value);
}

/**
 * Returns a name that somebody gave.
 *
 * @throws {Refusal} `BAD_REQUEST` when it is none.
 */
export function named(value: unknown, path: string): string {
  if (isName(value)) return value;
  const detail = `wants 1 to 64 letters, digits, "_" or "-", got ${String(value)}`;
  throw new Refusal("BAD_REQUEST", path, detail);
}

/**
 * Returns the text of a hook's source.
 *
 * @throws {Refusal} `BAD_REQUEST` when it is neither a function nor a text.
 */
export function textFrom(source: unknown): string {
  if (typeof source === "string") return source;
  // Function.prototype.toString itself: a function may carry a toString of its own.
  if (typeof source === "function") return Function.prototype.toString.call(source);
  const got = source === null ? "null" : typeof source;
  throw new Refusal("BAD_REQUEST", "source", `wants a function or the text of one, got ${got}`);
}

/** Returns a declared schema as plain data of its own, so that it can travel to the workers. */
export function schemaFrom(schema: unknown, name: string): Schema | undefined {
  return schema === undefined ? undefined : plainSchema(schema, name);
}
