/**
 * Models as callers describe them, and as a server lets them be: its bytes kept beside the flow, a
 * file out of the operator's folder, a model of a server that the operator allows.
 *
 * ```
 * { onnx: bytes | { file: "digits.onnx" }, runtime?, threads?, … }
 * { xgboost: bytes | { file: "trees.json" }, task?, missing? }
 * { openInference: "https://models.example", model: "digits", … }
 * ```
 *
 * A model that several versions of a flow have in common is open once: who rolls a hook back does
 * not touch it.
 *
 * @module
 */

import { isDict } from "../contract/schema/misfit-words.ts";
import { Refusal } from "../faults.ts";
import type { Model, ModelOptions, OpenModel } from "../flow/model.ts";
import { onnx } from "../flow/models/onnx.ts";
import { openInference } from "../flow/models/open-inference.ts";
import { xgboost } from "../flow/models/xgboost.ts";
import { kept } from "./declarations.ts";
import type { Registry } from "./registry.ts";

/** What models the callers of a server may name. */
export interface ModelRules {
  /** Where `{ file }` is looked for. Without it there are no files. */
  readonly folder?: string | undefined;
  /** Servers that flows may call, each as `https://host:port`. Default: none. */
  readonly servers?: readonly string[] | undefined;
}

/** A model as it is kept: its bytes are named by their sha-256. */
export type ModelDeclaration = Readonly<Record<string, unknown>>;

const KINDS = ["onnx", "xgboost", "openInference"] as const;
type Kind = (typeof KINDS)[number];

const FILE_NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;

/** Makes models of descriptions. */
export class Models {
  readonly #registry: Registry;
  readonly #rules: ModelRules;
  readonly #open = new Map<string, Shared>();

  constructor(registry: Registry, rules: ModelRules) {
    this.#registry = registry;
    this.#rules = rules;
  }

  /**
   * Returns a description in the form that it is kept in; bytes in it have been kept, too.
   *
   * @throws {Refusal} `BAD_REQUEST` when it describes no model, or one that the operator does not
   * allow.
   */
  async declared(value: unknown, path: string): Promise<ModelDeclaration> {
    const { kind, source, options } = this.#read(value, path);
    if (kind === "openInference") return { [kind]: source, ...options };
    const at = `${path}.${kind}`;
    if (source instanceof Uint8Array || typeof source === "string") {
      const bytes = typeof source === "string" ? new TextEncoder().encode(source) : source;
      return { [kind]: { sha256: await this.#registry.putBlob(bytes) }, ...options };
    }
    return { [kind]: { file: this.#file(source, at) }, ...options };
  }

  /**
   * Returns the model of a description that was kept, or is to be tried.
   *
   * @throws {Refusal} `BAD_REQUEST` when it is not, or no longer, allowed.
   */
  model(declaration: ModelDeclaration): Model {
    const { kind, source, options } = this.#read(declaration, "model");
    const key = kept(declaration).version;
    const name = nameOf(kind, source);
    const open = async (given?: ModelOptions) => {
      const model = await this.#model({ kind, source, options });
      return model.open(given);
    };
    return { name, open: (given) => this.#shared(key, () => open(given)) };
  }

  #read(value: unknown, path: string): Parts {
    const wants = "wants a model: { onnx }, { xgboost } or { openInference, model }";
    const kinds = isDict(value) ? KINDS.filter((kind) => Object.hasOwn(value, kind)) : [];
    const [kind] = kinds;
    if (!isDict(value) || kind === undefined || kinds.length > 1) {
      const got = isDict(value)
        ? `a dict of ${Object.keys(value).join(", ") || "nothing"}`
        : "none";
      throw new Refusal("BAD_REQUEST", path, `${wants}, got ${got}`);
    }
    const { [kind]: source, ...options } = value;
    if (kind === "openInference") this.#checkServer(source, `${path}.${kind}`);
    return { kind, source, options };
  }

  async #model({ kind, source, options }: Parts): Promise<Model> {
    if (kind === "openInference") {
      const { model, ...rest } = options;
      return openInference(String(source), String(model), rest);
    }
    const bytes = await this.#bytesOf(source, kind);
    return kind === "onnx" ? onnx(bytes, options) : xgboost(bytes as string | Uint8Array, options);
  }

  async #bytesOf(source: unknown, path: string): Promise<string | Uint8Array> {
    const { sha256 } = Object(source) as Record<string, unknown>;
    if (typeof sha256 !== "string") return `${this.#rules.folder}/${this.#file(source, path)}`;
    const bytes = await this.#registry.blob(sha256);
    if (!bytes) throw new Refusal("MODEL_FAILED", path, `its bytes are gone (sha-256 ${sha256})`);
    return bytes;
  }

  #file(source: unknown, path: string): string {
    const { file } = Object(source) as Record<string, unknown>;
    if (typeof file !== "string" || !FILE_NAME.test(file)) {
      const wants = "wants the bytes of the model, or { file } with a name in the models' folder";
      throw new Refusal("BAD_REQUEST", path, `${wants}, got ${String(file ?? typeof source)}`);
    }
    if (this.#rules.folder !== undefined) return file;
    const detail = "wants the bytes of the model: this server has no folder of models";
    throw new Refusal("BAD_REQUEST", path, detail);
  }

  /** A flow must not be a way to servers that its author could not reach himself. */
  #checkServer(url: unknown, path: string): void {
    const { servers = [] } = this.#rules;
    const origin = typeof url === "string" ? URL.parse(url)?.origin : undefined;
    if (origin !== undefined && servers.some((one) => URL.parse(one)?.origin === origin)) return;
    const known = servers.length > 0 ? `one of ${servers.join(", ")}` : "none: it allows no server";
    const detail = `wants a model server that the operator allows, ${known}; got ${String(url)}`;
    throw new Refusal("BAD_REQUEST", path, detail);
  }

  async #shared(key: string, open: () => Promise<OpenModel>): Promise<OpenModel> {
    const there = this.#open.get(key);
    const shared = there ?? { opened: open(), users: 0 };
    if (!there) this.#open.set(key, shared);
    shared.users += 1;
    let isGiven = false;
    const giveBack = async () => {
      if (isGiven) return;
      isGiven = true;
      shared.users -= 1;
      if (shared.users > 0) return;
      if (this.#open.get(key) === shared) this.#open.delete(key);
      await (await shared.opened)[Symbol.asyncDispose]();
    };
    try {
      const model = await shared.opened;
      return {
        input: model.input,
        output: model.output,
        run: (value, options) => model.run(value, options),
        [Symbol.asyncDispose]: giveBack,
      };
    } catch (error) {
      if (this.#open.get(key) === shared) this.#open.delete(key);
      throw error;
    }
  }
}

interface Parts {
  readonly kind: Kind;
  readonly source: unknown;
  readonly options: Readonly<Record<string, unknown>>;
}

/** One that is open, and how many flows have it. */
interface Shared {
  readonly opened: Promise<OpenModel>;
  users: number;
}

function nameOf(kind: Kind, source: unknown): string {
  const { file, sha256 } = Object(source) as Record<string, unknown>;
  if (kind === "openInference") return `open-inference at ${String(source)}`;
  return `${kind} ${String(file ?? `of sha-256 ${String(sha256).slice(0, 12)}`)}`;
}
