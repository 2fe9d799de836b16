/**
 * A declared schema as plain data of our own: copied, counted, with nothing in it that can act.
 *
 * A schema comes from a tenant. What is behind this file reads it many times, so it must not
 * change between two reads and must not be without end. Hence the copy, and hence the bounds: they
 * hold the time to compile a schema, not the time to check a value (`keywords.ts` does).
 *
 * An object of another library may stand wherever a schema may (`foreign.ts`). It is the one thing
 * whose code runs, once and before anything is copied.
 *
 * @module
 */

import { types } from "node:util";
import { Refusal } from "../../faults.ts";
import { adopted, isStandard, jsonSchemaOf, keyFrom, refuseMarked } from "./foreign.ts";
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
 * Entries that are `undefined`, keys that are symbols and hidden keys are left out, as
 * `JSON.stringify` does: that is where libraries keep their marks.
 *
 * @param schema Anything at all; it is not changed, and none of its code runs but the converter of
 * an object of Standard Schema.
 * @param name What stands first in the path of a refusal, such as `returns`.
 * @throws {Refusal} `BAD_REQUEST` for what is no plain JSON, has a cycle, or is over a bound, and
 * for an object of another library that cannot give JSON Schema.
 */
export function plainSchema(schema: unknown, name: string): Schema {
  if (typeof schema === "boolean") return schema;
  const copy: Copy = { name, above: new Set(), nodes: 0, bytes: 0 };
  const isDict = typeof schema === "object" && schema !== null && !types.isProxy(schema);
  if (!isStandard(schema) && (!isDict || Array.isArray(schema))) {
    throw new Refusal(
      "BAD_REQUEST",
      name,
      `wants a schema: a dict or boolean, got ${show(schema)}`,
    );
  }
  return plain(schema, { path: name, pointer: "#" }, copy) as Schema;
}

/** Where a value of the schema stands: for messages, and for references. */
interface At {
  readonly path: string;
  readonly pointer: string;
}

function plain(value: unknown, at: At, copy: Copy): unknown {
  const { path } = at;
  copy.nodes++;
  copy.bytes += typeof value === "string" ? Buffer.byteLength(value) + 2 : 4;
  if (copy.nodes > BOUNDS.nodes) refuse(copy.name, `wants at most ${BOUNDS.nodes} values in it`);
  if (copy.bytes > BOUNDS.bytes) refuse(copy.name, `wants at most ${BOUNDS.bytes} bytes as JSON`);
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  const isForeign = isStandard(value);
  if (!isForeign && typeof value !== "object") {
    return refuse(path, `wants plain JSON, got ${show(value)}`);
  }
  if (types.isProxy(value)) return refuse(path, "wants plain JSON, got a Proxy");
  if (copy.above.has(value)) return refuse(path, "wants plain JSON, got a cycle");
  if (copy.above.size === BOUNDS.depth) refuse(path, `wants at most ${BOUNDS.depth} levels`);
  copy.above.add(value);
  const copied = isForeign ? plainForeign(value, at, copy) : plainNested(value, at, copy);
  copy.above.delete(value);
  return copied;
}

/** What the library gives is taken as it is: it is not asked a second time. */
function plainForeign(value: object, at: At, copy: Copy): unknown {
  const given = jsonSchemaOf(value, at.path);
  if (typeof given === "boolean") return given;
  const isDict = typeof given === "object" && given !== null && !types.isProxy(given);
  if (!isDict) return refuse(at.path, `wants JSON Schema from its library, got ${show(given)}`);
  return adopted(plainDict(given, at, copy) as Schema, at.pointer);
}

function plainNested(value: object, at: At, copy: Copy): unknown {
  return Array.isArray(value) ? plainList(value, at, copy) : plainDict(value, at, copy);
}

function plainList(list: readonly unknown[], at: At, copy: Copy): unknown[] {
  const copied: unknown[] = [];
  for (let i = 0; i < list.length; i++) {
    copied.push(plain(read(list, String(i), at.path), below(at, i), copy));
  }
  return copied;
}

function plainDict(dict: object, at: At, copy: Copy): Record<string, unknown> {
  const { path } = at;
  const prototype: unknown = Object.getPrototypeOf(dict);
  if (prototype !== null && prototype !== Object.prototype) {
    refuse(path, `wants plain JSON, got ${show(dict)}`);
  }
  refuseMarked(dict, path);
  const copied: Record<string, unknown> = {};
  for (const key of Object.keys(dict)) {
    if (key === "__proto__") refuse(path, 'wants no key "__proto__"');
    const value = read(dict, key, path);
    const kept = keyFrom(dict, key);
    copy.bytes += Buffer.byteLength(key) + 4;
    if (value !== undefined) copied[kept] = plain(value, below(at, kept), copy);
  }
  return copied;
}

function below({ path, pointer }: At, key: string | number): At {
  const part = String(key).replaceAll("~", "~0").replaceAll("/", "~1");
  return { path: pathTo(path, key), pointer: `${pointer}/${part}` };
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
