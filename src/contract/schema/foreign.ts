/**
 * Schemas of other libraries, as the JSON Schema that they give.
 *
 * Two kinds are taken. TypeBox makes JSON Schema already, with marks of its own that are no part
 * of it and with tuples as an older draft writes them. An object of Standard Schema (zod, arktype,
 * valibot through its converter) is asked for JSON Schema. It is asked for its *input* form
 * wherever it is handed in, for `accepts` as for `returns`: we check values and never change them,
 * so a value is good when the library itself would take it. What a library would do to a value
 * (defaults, coercion) is not done. Where a library says that it cannot tell what a value becomes,
 * because code changes it, or that code checks it, the schema is refused: nothing here would run
 * that code. Not all of them say so: zod and valibot leave a `refine` or `check` out in silence,
 * and arktype some morphs.
 *
 * Only an object that somebody made in this very process has functions in it, so no code of a
 * tenant is called: what comes over a wire is data.
 *
 * Not here: what our dialect says of the JSON Schema that a library gives (`survey.ts`).
 *
 * @module
 */

import { types } from "node:util";
import { Refusal } from "../../faults.ts";
import { isDict, quote } from "./misfit-words.ts";
import type { Schema } from "./plain.ts";
import { KEYWORDS, NOT_OURS } from "./survey.ts";

/** What we use of an object of Standard JSON Schema. */
export interface StandardJsonSchema {
  readonly "~standard": {
    readonly vendor: string;
    readonly jsonSchema: {
      readonly input: (options: { readonly target: "draft-2020-12" }) => object;
      readonly output: (options: { readonly target: "draft-2020-12" }) => object;
    };
  };
}

/** A type of TypeBox: JSON Schema with marks, of which every type has one or the other. */
export type TypeBoxSchema = { readonly "~kind": string } | { readonly "~unsafe": unknown };

/** Whatever is taken for a schema: ours, or one of a library that can give JSON Schema. */
export type SchemaInput = Schema | StandardJsonSchema | TypeBoxSchema;

/** What to do with an object that gives no JSON Schema, by its vendor. */
const WRAPPERS: Readonly<Record<string, string>> = {
  valibot: "wrap it with toStandardJsonSchema of @valibot/to-json-schema",
  zod: 'pass z.toJSONSchema(schema, { io: "input" }), or use zod from 4.2 on',
  arktype: "pass schema.toJsonSchema(), or use arktype from 2.1.28 on",
};

const SAID_MAX = 200;

/**
 * Returns whether `value` says that it is of Standard Schema; runs none of its code.
 *
 * JSON Schema that zod has made carries the mark too, hidden: that is taken as it is written.
 */
export function isStandard(value: unknown): value is object {
  const canHold = (typeof value === "object" && value !== null) || typeof value === "function";
  if (!canHold || types.isProxy(value) || !("~standard" in value)) return false;
  const own = Object.getOwnPropertyDescriptor(value, "~standard");
  return own?.enumerable !== false || !isDict(value);
}

/**
 * Returns the JSON Schema that an object of Standard Schema gives: not believed, not yet plain.
 *
 * @param schema An object for which {@link isStandard} holds. Its converter is called.
 * @param path Where it stands, for the refusal, such as `accepts`.
 * @throws {Refusal} `BAD_REQUEST` when it cannot give JSON Schema, or changes values by code.
 */
export function jsonSchemaOf(schema: object, path: string): unknown {
  const { "~standard": standard } = schema as { readonly "~standard": unknown };
  const held = typeof standard === "object" && standard !== null ? standard : {};
  const { vendor: named, jsonSchema } = held as { [key: string]: unknown };
  const vendor = typeof named === "string" ? quote(named, 40).slice(1, -1) : "an unknown vendor";
  const { input, output } = (jsonSchema ?? {}) as { [key: string]: unknown };
  if (typeof input !== "function" || typeof output !== "function") {
    const known = Object.hasOwn(WRAPPERS, vendor) ? WRAPPERS[vendor] : undefined;
    const todo = known ?? "pass the JSON Schema that its converter makes";
    refuse(path, `wants JSON Schema, got a schema of ${vendor} that gives none; ${todo}`);
  }
  const options = { target: "draft-2020-12", ...LIBRARY_OPTIONS[vendor] };
  try {
    const given: unknown = input(options);
    // Asked only whether there is an answer: a library has none for what its own code makes.
    output(options);
    return given;
  } catch (error) {
    const said = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ");
    const why = /transform|morph/i.test(said) ? "; values are checked here, never changed" : "";
    const got = `what ${vendor} cannot give as such: ${said.slice(0, SAID_MAX)}`;
    return refuse(path, `wants JSON Schema, got ${got}${why}`);
  }
}

/** By itself arktype leaves out what it cannot say; what it leaves out we would not check. */
const LIBRARY_OPTIONS: Readonly<Record<string, object>> = {
  arktype: {
    libraryOptions: {
      fallback: ({ code }: { readonly code: string }): never => {
        throw new Error(`its ${code} cannot be represented`);
      },
    },
  },
};

/**
 * Returns what a library gave, as it can stand at `pointer` of a schema of ours.
 *
 * Annotations of the library go, as do unknown keywords: where JSON Schema was made by a program
 * they are no typing errors. References are made to start at the root that the schema now has.
 *
 * @param schema A plain copy; it is not changed.
 * @param pointer The JSON pointer of the place it stands at, `#` for the root.
 */
export function adopted(schema: Schema, pointer: string): Schema {
  if (typeof schema === "boolean") return schema;
  const { $id: _, ...rest } = schema;
  return adoptedAt(rest, pointer) as Schema;
}

function adoptedAt(schema: unknown, root: string): unknown {
  if (!isDict(schema)) return schema;
  const kept: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    const form = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
    if (form === undefined && !Object.hasOwn(NOT_OURS, keyword)) continue;
    // The pattern beside it is what the library checks the format by.
    if (keyword === "format" && typeof schema["pattern"] === "string") continue;
    const isMap = form?.includes("Map") ?? false;
    if (keyword === "$ref") kept[keyword] = refFrom(value, root);
    else if (isMap && isDict(value)) {
      const entries = Object.entries(value).map(([key, one]) => [key, adoptedAt(one, root)]);
      kept[keyword] = Object.fromEntries(entries);
    } else if (!form?.startsWith("schema")) kept[keyword] = value;
    else if (Array.isArray(value)) kept[keyword] = value.map((one) => adoptedAt(one, root));
    else kept[keyword] = adoptedAt(value, root);
  }
  return kept;
}

function refFrom(ref: unknown, root: string): unknown {
  const isWithin = typeof ref === "string" && (ref === "#" || ref.startsWith("#/"));
  return isWithin ? encodeURI(root) + ref.slice(1) : ref;
}

/** Marks of TypeBox for what its code does to a value: hidden keys since 1.0, symbols before. */
const CODE_OF_TYPEBOX: Readonly<Record<string, string>> = {
  "~codec": "a codec of typebox: values are checked here, never changed",
  "TypeBox.Transform": "a transform of typebox: values are checked here, never changed",
  "~refine": "a refinement of typebox, whose code is not run here",
};

/**
 * Throws when TypeBox has marked `dict` as more than the JSON Schema in it.
 *
 * @throws {Refusal} `BAD_REQUEST`
 */
export function refuseMarked(dict: object, path: string): void {
  for (const key of Reflect.ownKeys(dict)) {
    const property = Object.getOwnPropertyDescriptor(dict, key);
    const mark = typeof key === "symbol" ? (key.description ?? "") : key;
    if (!Object.hasOwn(CODE_OF_TYPEBOX, mark)) continue;
    if (typeof key === "symbol" || !property?.enumerable) {
      refuse(path, `wants JSON Schema, got ${CODE_OF_TYPEBOX[mark]}`);
    }
  }
}

/**
 * Returns the name that `key` of a dict has in 2020-12: TypeBox writes the tuple of an older
 * draft, `items` and `additionalItems`.
 */
export function keyFrom(dict: object, key: string): string {
  if (key !== "items" && key !== "additionalItems") return key;
  if (kindOfTypeBox(dict) !== "Tuple") return key;
  return key === "items" ? "prefixItems" : "items";
}

function kindOfTypeBox(dict: object): unknown {
  const symbol = Object.getOwnPropertySymbols(dict).find((it) => it.description === "TypeBox.Kind");
  return Object.getOwnPropertyDescriptor(dict, symbol ?? "~kind")?.value;
}

function refuse(path: string, detail: string): never {
  throw new Refusal("BAD_REQUEST", path, detail);
}
