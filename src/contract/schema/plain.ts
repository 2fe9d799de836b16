/**
 * A declared schema as plain data of our own: copied, counted, with nothing in it that can act.
 *
 * A schema comes from a tenant. What is behind this file reads it many times, so it must not
 * change between two reads and must not be without end. Hence the copy, and hence the bounds: they
 * hold the time to compile a schema, not the time to check a value (`keywords.ts` does).
 *
 * @module
 */

import { types } from "node:util";
import { Refusal } from "../../faults.ts";
import { pathTo, show } from "./misfit-words.ts";

/** JSON Schema 2020-12 with two keywords more: `tensor: {dtype, shape}` and `bytes: true`. */
export type Schema = boolean | { readonly [keyword: string]: unknown };

/**
 * Bounds of one schema. No honest one that we know of comes near: OpenAI's whole API has 256 KiB.
 */
const BOUNDS = { depth: 64, nodes: 10_000, bytes: 256 * 1024 };

interface Copy {
  readonly name: string;
  readonly above: Set<object>;
  nodes: number;
  bytes: number;
}

/**
 * Returns a copy of `schema` that is plain JSON.
 *
 * Entries that are `undefined` are left out, as `JSON.stringify` does.
 *
 * @param schema Anything at all; it is not changed, and none of its code runs.
 * @param name What stands first in the path of a refusal, such as `returns`.
 * @throws {Refusal} `BAD_REQUEST` for what is no plain JSON, has a cycle, or is over a bound.
 */
export function plainSchema(schema: unknown, name: string): Schema {
  if (typeof schema === "boolean") return schema;
  const copy: Copy = { name, above: new Set(), nodes: 0, bytes: 0 };
  const isDict = typeof schema === "object" && schema !== null && !types.isProxy(schema);
  if (!isDict || Array.isArray(schema)) {
    throw new Refusal(
      "BAD_REQUEST",
      name,
      `wants a schema: a dict or boolean, got ${show(schema)}`,
    );
  }
  return plain(schema, name, copy) as Schema;
}

function plain(value: unknown, path: string, copy: Copy): unknown {
  copy.nodes++;
  copy.bytes += typeof value === "string" ? Buffer.byteLength(value) + 2 : 4;
  if (copy.nodes > BOUNDS.nodes) refuse(copy.name, `wants at most ${BOUNDS.nodes} values in it`);
  if (copy.bytes > BOUNDS.bytes) refuse(copy.name, `wants at most ${BOUNDS.bytes} bytes as JSON`);
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value !== "object") return refuse(path, `wants plain JSON, got ${show(value)}`);
  if (types.isProxy(value)) return refuse(path, "wants plain JSON, got a Proxy");
  if (copy.above.has(value)) return refuse(path, "wants plain JSON, got a cycle");
  if (copy.above.size === BOUNDS.depth) refuse(path, `wants at most ${BOUNDS.depth} levels`);
  copy.above.add(value);
  const copied = Array.isArray(value) ? plainList(value, path, copy) : plainDict(value, path, copy);
  copy.above.delete(value);
  return copied;
}

function plainList(list: readonly unknown[], path: string, copy: Copy): unknown[] {
  const copied: unknown[] = [];
  for (let i = 0; i < list.length; i++) {
    copied.push(plain(read(list, String(i), path), pathTo(path, i), copy));
  }
  return copied;
}

function plainDict(dict: object, path: string, copy: Copy): Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(dict);
  if (prototype !== null && prototype !== Object.prototype) {
    refuse(path, `wants plain JSON, got ${show(dict)}`);
  }
  const copied: Record<string, unknown> = {};
  for (const key of Reflect.ownKeys(dict)) {
    if (typeof key === "symbol") refuse(path, "wants plain JSON, got a symbol for a key");
    if (key === "__proto__") refuse(path, 'wants no key "__proto__"');
    const value = read(dict, String(key), path);
    copy.bytes += Buffer.byteLength(String(key)) + 4;
    if (value !== undefined) copied[String(key)] = plain(value, pathTo(path, String(key)), copy);
  }
  return copied;
}

function read(holder: object, key: string, path: string): unknown {
  const property = Object.getOwnPropertyDescriptor(holder, key);
  if (property && !("value" in property)) {
    refuse(
      pathTo(path, Array.isArray(holder) ? Number(key) : key),
      "wants a value, got an accessor",
    );
  }
  return property?.value;
}

function refuse(path: string, detail: string): never {
  throw new Refusal("BAD_REQUEST", path, detail);
}
