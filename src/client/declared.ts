/**
 * What is registered and deployed, as a server takes it: functions as their text, schemas as plain
 * data, models as descriptions.
 *
 * Only what cannot be sent is refused here; all else is the server's to judge, in the words that
 * the runtime itself has for it.
 *
 * @module
 */

import { isDict } from "../contract/schema/misfit-words.ts";
import { Refusal } from "../faults.ts";
import { isName, named, optionsFrom, schemaFrom, textFrom } from "../runtime/options.ts";

const HOOK_KEYS = ["source", "name", "accepts", "returns", "limits", "state"];
const REGISTER_KEYS = ["kind", ...HOOK_KEYS, "signal"];
const STAGE_KEYS = ["model", "name", "pre", "post"];

/** What goes to a server: plain data and bytes. */
export type Declaration = Readonly<Record<string, unknown>>;

/**
 * Returns the declaration of a hook.
 *
 * @throws {Refusal} `BAD_REQUEST`.
 */
export function hookDeclared(options: unknown): Declaration {
  if (isDict(options) && options["tenant"] !== undefined) {
    const detail = "is not yours to say: whose hook it is, the key decides; leave it out";
    throw new Refusal("BAD_REQUEST", "tenant", detail);
  }
  const { signal: _, kind, ...given } = optionsFrom(options, REGISTER_KEYS);
  if (kind !== "pre" && kind !== "post") {
    throw new Refusal("BAD_REQUEST", "kind", `wants "pre" or "post", got ${String(kind)}`);
  }
  return { kind, ...hookPlain(given, kind, "") };
}

/**
 * Returns the declaration of a flow.
 *
 * @throws {Refusal} `BAD_REQUEST`.
 */
export function flowDeclared(
  stages: unknown,
  name: string | undefined,
  example: unknown,
): Declaration {
  if (!Array.isArray(stages)) {
    const wants = "wants a list of stages, each { model, pre, post }";
    throw new Refusal("BAD_REQUEST", "stages", `${wants}, got ${typeof stages}`);
  }
  const declared = stages.map((stage: unknown, i) => stageDeclared(stage, `stages[${i}]`));
  return stated({ name, stages: declared, example: exampleDeclared(example) });
}

function stageDeclared(stage: unknown, path: string): Declaration {
  const { model, name, pre, post } = optionsFrom(stage, STAGE_KEYS, path);
  return stated({
    ...{ model: modelDeclared(model, `${path}.model`), name },
    pre: hookOf(pre, "pre", path),
    post: hookOf(post, "post", path),
  });
}

function hookOf(value: unknown, kind: "pre" | "post", path: string): unknown {
  if (value === undefined || value === null) return undefined;
  const at = `${path}.${kind}`;
  if (typeof value === "function" || typeof value === "string") {
    return hookPlain({ source: value }, kind, at);
  }
  // A hook that is there already, by its ref.
  if (isDict(value) && "hook" in value) return optionsFrom(value, ["hook"], at);
  return hookPlain(optionsFrom(value, HOOK_KEYS, at), kind, at);
}

function hookPlain(given: Declaration, kind: "pre" | "post", path: string): Declaration {
  const at = (key: string) => (path === "" ? key : `${path}.${key}`);
  const { source, accepts, returns, limits, state } = given;
  const own = typeof source === "function" ? source.name : "";
  const name = given["name"] ?? (isName(own) && own !== "source" ? own : kind);
  return stated({
    source: textFrom(source),
    name: named(name, at("name")),
    accepts: schemaFrom(accepts, at("accepts")),
    returns: schemaFrom(returns, at("returns")),
    limits: limits === undefined ? undefined : stated(Object(limits) as Declaration),
    state,
  });
}

function modelDeclared(model: unknown, path: string): Declaration {
  const wants = "wants a description of a model: { onnx }, { xgboost } or { openInference, model }";
  if (isDict(model) && typeof model["open"] === "function") {
    const hint = "a model of this process cannot be sent; send its bytes, or say where it is";
    throw new Refusal("BAD_REQUEST", path, `${wants}, got ${String(model["name"])}: ${hint}`);
  }
  if (!isDict(model)) throw new Refusal("BAD_REQUEST", path, `${wants}, got ${typeof model}`);
  const entries = Object.entries(model).map(([key, value]) => [key, plainOf(value)] as const);
  return stated(Object.fromEntries(entries));
}

function exampleDeclared(example: unknown): unknown {
  if (example === undefined || example === null) return undefined;
  const { data, files } = optionsFrom(example, ["data", "files"], "example");
  const plain = Array.isArray(files)
    ? files.map((file: unknown) => {
        const { data: bytes, ...about } = Object(file) as Record<string, unknown>;
        return bytes === undefined ? plainOf(file) : { data: plainOf(bytes), ...about };
      })
    : files;
  return { data: data ?? null, ...(plain !== undefined && { files: plain }) };
}

/** A buffer is sent as its bytes, a URL as its text. */
function plainOf(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return value instanceof URL ? value.href : value;
}

/** Leaves out what was not said. */
function stated(given: Declaration): Declaration {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
