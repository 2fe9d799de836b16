/**
 * Hooks are registered here, and called. `flow/` puts flows on top of it.
 *
 * @module
 */

import { createHash } from "node:crypto";

import { allowedFor, type LibraryEntry, type LibraryFile } from "../contract/library.ts";
import type { SchemaInput } from "../contract/schema/foreign.ts";
import type { Schema } from "../contract/schema/schema.ts";
import type { HookSource } from "../contract/source/source.ts";
import { Refusal } from "../faults.ts";
import { type LimitOptions, type Limits, limitsFrom } from "../limits.ts";
import { closed } from "../pool/call.ts";
import type { WorkerHook } from "../pool/jobs.ts";
import { type JailLevel, type JailOption, launchFor } from "../pool/launch.ts";
import { Pool } from "../pool/pool.ts";
import { type AllowlistOptions, allowedFrom } from "./allowlist.ts";
import { resultOf } from "./answer.ts";
import {
  type Hook,
  hookErrorOf,
  type HookParts,
  type PostHook,
  type PreHook,
  RegisteredHook,
} from "./hook.ts";
import { HookError, type HookName } from "./hook-error.ts";
import { isName, named, optionsFrom, schemaFrom, textFrom } from "./options.ts";
import { settingsFrom } from "./settings.ts";

/** How a runtime is made. All have defaults, and the default is the safe one. */
export interface RuntimeOptions {
  /** Worker threads, each with a sandbox of its own. Default: one for each processor. */
  readonly workers?: number | undefined;
  /**
   * Where hooks run: in processes of their own, or ("thread") inside the worker threads of this
   * process, for authors whom one trusts not to take it down.
   */
  readonly isolation?: "process" | "thread" | undefined;
  /**
   * Whether tenants share sandbox processes, one call at a time, each hook in an isolate of its own
   * ("shared", the default), or a process is one tenant's from its start to its end ("dedicated").
   */
  readonly tenancy?: "shared" | "dedicated" | undefined;
  readonly limits?: LimitOptions | undefined;
  /**
   * How tenants share the workers when there is more to do than they can: by time, each as much as
   * the others, or as many times as much as his share says.
   */
  readonly queue?: { readonly shares?: Readonly<Record<string, number>> | undefined } | undefined;
  /**
   * The libraries that hooks may use, by name or alias, or what there is to say for some tenants
   * and of libraries of one's own. Default: all that are built in.
   */
  readonly allowlist?: readonly string[] | AllowlistOptions | undefined;
  /**
   * What stands around each sandbox process: "auto", the default, is the strongest jail that this
   * machine can build; "required" is bubblewrap or no start at all; "off" is none. In thread
   * isolation there is none.
   */
  readonly jail?: JailOption | undefined;
  /** Gives up waiting for the workers to start. */
  readonly signal?: AbortSignal | undefined;
}

/** What a hook is registered with. */
export interface RegisterOptions<Kind extends "pre" | "post" = "pre" | "post"> {
  readonly kind: Kind;
  /** The function, or its text: JavaScript or TypeScript. A function is sent as its text. */
  readonly source: string | ((...args: never[]) => unknown);
  /** What messages and stacks call it: letters, digits, `_`, `-`. Default: the function's name. */
  readonly name?: string | undefined;
  readonly tenant?: string | undefined;
  /** What its first argument must be. */
  readonly accepts?: SchemaInput | undefined;
  /** What it must return. */
  readonly returns?: SchemaInput | undefined;
  readonly limits?: LimitOptions | undefined;
  /**
   * Whether what a call leaves behind (globals, changed prototypes, state of a library) is there
   * for the next call of the hook: "warm", the default, as on every edge platform, or "fresh",
   * where each call gets a context of its own, made ahead.
   */
  readonly state?: "warm" | "fresh" | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is in force. */
export interface RuntimeInfo {
  readonly isolation: "process" | "thread";
  readonly tenancy: "shared" | "dedicated";
  readonly workers: number;
  /** What stands around each sandbox process, strongest first: README says what each promises. */
  readonly jail: JailLevel;
  readonly limits: Limits;
  /** What the hooks of a tenant may use who has no list of his own. */
  readonly libraries: readonly LibraryEntry[];
  /** The names of what a tenant may use who has a list, by the name of the tenant. */
  readonly tenants: Readonly<Record<string, readonly string[]>>;
  /** Workers at work, and calls that wait for one. */
  readonly busy: number;
  readonly waiting: number;
  /** Sets of libraries whose hooks wake from a start-up snapshot. */
  readonly snapshots: number;
}

/** Runs hooks. */
export interface HookRuntime extends AsyncDisposable {
  /**
   * Takes a hook: reads it, checks its signature, names and libraries, and compiles it in a
   * sandbox.
   *
   * @throws {HookError} `SYNTAX_INVALID`, `SIGNATURE_INVALID`, `NAME_UNDEFINED`, `LIBRARY_REFUSED`
   * or `SOURCE_TOO_LARGE`, with the line and column in the hook's own text; `BAD_REQUEST` when an
   * option is none.
   *
   * @example
   * ```ts
   * const source = (data) => data.map((x) => 2 * x);
   * const double = await runtime.register({ kind: "pre", source });
   * const { value } = await double.call([1, 2, 3]); // [2, 4, 6]
   * ```
   */
  register(options: RegisterOptions<"pre">): Promise<PreHook>;
  register(options: RegisterOptions<"post">): Promise<PostHook>;
  register(options: RegisterOptions): Promise<Hook>;
  /** What is in force, and how busy it is. */
  describe(): RuntimeInfo;
  /** Takes no more calls, waits for those that were taken, and ends every process. */
  close(): Promise<void>;
}

const BUNDLES = new URL("../../bundles/", import.meta.url);
const LIBRARIES = new URL("libraries/", BUNDLES);

/**
 * Starts worker threads, and a sandbox process for each.
 *
 * @throws {HookError} `BAD_REQUEST` when an option is none; `INTERNAL` when a worker does not
 * start.
 */
export async function startHooks(options: RuntimeOptions): Promise<PooledHooks> {
  try {
    return await start(options);
  } catch (error) {
    throw hookErrorOf(error);
  }
}

async function start(options: RuntimeOptions): Promise<PooledHooks> {
  const { isolation, tenancy, jail, workers, shares, ...given } = settingsFrom(options);
  const { limits, allowlist, signal } = given;
  const bounds = limitsFrom(limits);
  const libraries = allowedFrom(allowlist, LIBRARIES);
  const folders = { bundles: BUNDLES.href, libraries: libraries.folders };
  const launch = await launchFor(jail, folders);
  const settings = { workers, isolation, tenancy, shares, launch, libraries, limits: bounds };
  const config = { ...settings, bundles: BUNDLES.href };
  const pool = await Pool.start(config, signal as AbortSignal | undefined);
  return new PooledHooks(pool);
}

/**
 * Returns the libraries that the hooks of a tenant may use, as the option `allowlist` has it.
 *
 * @throws {HookError} `BAD_REQUEST` when it names what is not there.
 */
export function allowedLibraries(allowlist: unknown, tenant: string): readonly LibraryEntry[] {
  try {
    return allowedFor(allowedFrom(allowlist, LIBRARIES), tenant);
  } catch (error) {
    throw hookErrorOf(error);
  }
}

/** Hooks over a pool. */
export class PooledHooks implements HookRuntime {
  readonly #pool: Pool;
  #nextHook = 1;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  register(options: RegisterOptions<"pre">): Promise<RegisteredHook & PreHook>;
  register(options: RegisterOptions<"post">): Promise<RegisteredHook & PostHook>;
  register(options: RegisterOptions): Promise<RegisteredHook & Hook>;
  async register(options: RegisterOptions): Promise<never> {
    return (await this.registerBefore(undefined, options)) as never;
  }

  /**
   * As `register`, for a hook of a flow.
   *
   * @param next What comes after it wants of its answer, where that is known: plain, and compiled
   * once by whoever hands it in.
   */
  async registerBefore(
    next: Schema | undefined,
    options: RegisterOptions,
  ): Promise<RegisteredHook> {
    let name: HookName | undefined;
    try {
      const schemas = ["accepts", "returns"];
      const known = ["kind", "source", "name", "tenant", ...schemas, "limits", "state", "signal"];
      const given = optionsFrom(options, known);
      const text = textFrom(given["source"]);
      name = nameFrom(given, text);
      const limits = limitsFrom(given["limits"], this.#pool.options.limits, "hook");
      return await this.#register(name, text, { ...given, next }, limits);
    } catch (error) {
      throw hookErrorOf(error, name);
    }
  }

  /** The limits that hold for hooks which set none of their own. */
  get limits(): Limits {
    return this.#pool.options.limits;
  }

  describe(): RuntimeInfo {
    const { isolation, tenancy, limits, launch, libraries: allowed } = this.#pool.options;
    const libraries = allowed.entries.filter(({ name }) => allowed.common.includes(name));
    const tenants = Object.fromEntries(allowed.tenants);
    const jail = launch.level;
    return { isolation, tenancy, jail, limits, libraries, tenants, ...this.#pool.state };
  }

  /** @throws {Refusal} `CLOSED` when {@link refuse} was called. */
  checkOpen(): void {
    if (this.#pool.isClosing) throw closed();
  }

  /** Takes no more work but the calls of runs that were taken; {@link close} is to follow. */
  refuse(): void {
    this.#pool.refuse();
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #register(
    name: HookName,
    text: string,
    given: Record<string, unknown>,
    limits: Limits,
  ): Promise<RegisteredHook> {
    const accepts = schemaFrom(given["accepts"], "accepts");
    const returns = schemaFrom(given["returns"], "returns");
    const signal = given["signal"] as AbortSignal | undefined;
    const { kind: hookKind, tenant } = name;
    const job = { kind: "inspect", text, hookKind, tenant, accepts, returns } as const;
    const read = await this.#pool.inspect(job, signal);
    if ("fault" in read) throw new HookError(read.fault, { hook: name });
    const schemas = { accepts, returns, next: given["next"] as Schema | undefined };
    const isFresh = isFreshFrom(given["state"]);
    const worker = this.#workerHook(name, read.source, { limits, isFresh }, schemas);
    // The isolate is made once here, so that V8 has seen the hook before it is said to be there.
    resultOf(await this.#pool.prepare(worker, signal), name, { totalMs: 0, bytesIn: 0 });
    const { parameters, libraries } = read.source;
    const parts: HookParts = { name, parameters, libraries, worker, pool: this.#pool };
    return new RegisteredHook(parts);
  }

  #workerHook(
    { id, name, tenant }: HookName,
    source: HookSource,
    own: Pick<WorkerHook["spec"], "limits" | "isFresh">,
    schemas: Pick<WorkerHook, "accepts" | "returns" | "next">,
  ): WorkerHook {
    const { expression, importName, columnShift } = source;
    const { files } = this.#pool.options.libraries;
    const libraries = source.libraries.map((one) => files.get(one) as LibraryFile);
    const hook = this.#nextHook++;
    const spec = { hook, file: name, expression, importName, columnShift, libraries, ...own };
    return { spec, tenant, key: `${tenant}/${id}`, ...schemas };
  }
}

function isFreshFrom(state: unknown): boolean {
  if (state === undefined || state === "warm" || state === "fresh") return state === "fresh";
  throw new Refusal("BAD_REQUEST", "state", `wants "warm" or "fresh", got ${String(state)}`);
}

function nameFrom(given: Record<string, unknown>, text: string): HookName {
  const { kind, tenant = "default" } = given;
  if (kind !== "pre" && kind !== "post") {
    throw new Refusal("BAD_REQUEST", "kind", `wants "pre" or "post", got ${String(kind)}`);
  }
  const own = typeof given["source"] === "function" ? given["source"].name : "";
  const name = given["name"] ?? (isName(own) && own !== "source" ? own : kind);
  const id = createHash("sha256").update(text).digest("hex");
  return { id, kind, name: named(name, "name"), tenant: named(tenant, "tenant") };
}
