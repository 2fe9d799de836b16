/**
 * What callers declare, held to its form and put into the one form that it is kept in: the same
 * declaration has the same bytes, and so the same version.
 *
 * @module
 */

import { createHash } from "node:crypto";

import { Refusal } from "../faults.ts";
import { named, optionsFrom } from "../runtime/options.ts";
import { decode } from "../wire/decode.ts";
import { Encoder } from "../wire/encode.ts";
import { HOST_TEXT, readText } from "../wire/text.ts";

/** A hook as it was declared. Schemas, limits and state are looked at by the runtime. */
export interface HookDeclaration {
  readonly kind: "pre" | "post";
  readonly source: string;
  readonly name: string;
  readonly accepts?: unknown;
  readonly returns?: unknown;
  readonly limits?: unknown;
  readonly state?: unknown;
}

/** A stage as it was declared: hooks whole, and a model as `models.ts` describes it. */
export interface StageDeclaration {
  readonly name?: string | undefined;
  readonly model: Readonly<Record<string, unknown>>;
  readonly pre?: HookDeclaration | undefined;
  readonly post?: HookDeclaration | undefined;
}

export interface FlowDeclaration {
  readonly name: string;
  readonly stages: readonly StageDeclaration[];
}

/** A declaration in the form that it is kept in. */
export interface Kept<T> {
  readonly plain: T;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly version: string;
}

const HOOK_KEYS = ["kind", "source", "name", "accepts", "returns", "limits", "state"];
const STAGES_MAX = 64;
/** Texts of a flow's hooks and its schemas; models are kept beside it. */
const BYTES_MAX = 64 * 2 ** 20;

/**
 * Returns a hook that was declared.
 *
 * @param path Where it stands, for faults.
 * @throws {Refusal} `BAD_REQUEST`.
 */
export function hookFrom(declaration: unknown, path = "", kind?: "pre" | "post"): HookDeclaration {
  const at = (key: string) => (path === "" ? key : `${path}.${key}`);
  const given = optionsFrom(declaration, HOOK_KEYS, path);
  const declared = given["kind"] ?? kind;
  if (declared !== "pre" && declared !== "post") {
    throw refused(at("kind"), 'wants "pre" or "post"', declared);
  }
  if (kind !== undefined && declared !== kind)
    throw refused(at("kind"), `wants "${kind}"`, declared);
  const { source, name = declared, accepts, returns, limits, state } = given;
  if (typeof source !== "string")
    throw refused(at("source"), "wants the text of a function", source);
  return {
    kind: declared,
    source,
    name: named(name, at("name")),
    ...stated({ accepts, returns, limits, state }),
  };
}

/**
 * Returns stages that were declared.
 *
 * @param hookOf Gives the hook that is declared at a path: a text, a dict, or a ref to one.
 * @param modelOf Gives the model that is described at a path, in the form that it is kept in.
 * @throws {Refusal} `BAD_REQUEST`.
 */
export async function stagesFrom(
  stages: unknown,
  hookOf: (value: unknown, path: string, kind: "pre" | "post") => HookDeclaration,
  modelOf: (value: unknown, path: string) => Promise<Readonly<Record<string, unknown>>>,
): Promise<StageDeclaration[]> {
  if (!Array.isArray(stages) || stages.length === 0 || stages.length > STAGES_MAX) {
    const wants = `wants a list of 1 to ${STAGES_MAX} stages, each { model, pre, post }`;
    throw refused("stages", wants, stages);
  }
  const read: StageDeclaration[] = [];
  for (const [i, stage] of stages.entries()) {
    const path = `stages[${i}]`;
    const given = optionsFrom(stage as unknown, ["name", "model", "pre", "post"], path);
    const hook = (kind: "pre" | "post") =>
      given[kind] === undefined || given[kind] === null
        ? undefined
        : hookOf(given[kind], `${path}.${kind}`, kind);
    const { name } = given;
    read.push({
      model: await modelOf(given["model"], `${path}.model`),
      ...stated({
        name: name === undefined || name === null ? undefined : named(name, `${path}.name`),
        pre: hook("pre"),
        post: hook("post"),
      }),
    });
  }
  return read;
}

/**
 * Returns a declaration as it is kept.
 *
 * @throws {Refusal} `BAD_REQUEST` when something in it does not travel; `INPUT_TOO_LARGE`.
 */
export function kept<T>(plain: T): Kept<T> {
  const encoder = new Encoder({
    ...{ nodesMax: 1_000_000, depthMax: 64, bytesMax: BYTES_MAX },
    ...{ unsupported: "BAD_REQUEST", tooLarge: "INPUT_TOO_LARGE", text: HOST_TEXT },
  });
  const bytes = encoder.encode(ordered(plain), "");
  return { plain, bytes, version: createHash("sha256").update(bytes).digest("hex") };
}

/** Returns what {@link kept} kept. Our own bytes: nobody else writes them. */
export function declarationIn<T>(bytes: Uint8Array): T {
  return decode(new Uint8Array(bytes), readText) as T;
}

/** The keys of dicts in order, so that who writes them in another one declares the same. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null || isLeaf(value)) return value;
  const entries = Object.entries(value).map(([key, one]) => [key, ordered(one)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Bytes and tensors have no keys of their own; what is no dict either is refused later. */
function isLeaf(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== Object.prototype && prototype !== null;
}

/** Leaves out what was not said: null is what JSON and MessagePack have for that. */
function stated<T extends object>(given: T): Partial<T> {
  const entries = Object.entries(given).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  return Object.fromEntries(entries) as Partial<T>;
}

function refused(path: string, wants: string, got: unknown): Refusal {
  const kind = got === null || got === undefined ? String(got) : typeof got;
  const shown = typeof got === "string" ? JSON.stringify(got.slice(0, 40)) : kind;
  return new Refusal("BAD_REQUEST", path, `${wants}, got ${Array.isArray(got) ? "a list" : shown}`);
}
