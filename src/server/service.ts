/**
 * What Bookend does for callers elsewhere, as one interface, which every transport stands before.
 *
 * Values stay the bytes that they came as (`Packed`): a transport scans them, the service puts them
 * into records, and what comes back is bytes again. What is said *about* values (declarations,
 * names, options) is plain data, `unknown` until it was held to its form here.
 *
 * A *ref* names a hook or a flow of the caller's tenant: `name` is what its alias stands at,
 * `name@version` one version, where eight digits of the version are enough. A hook may also be
 * named by its id, the sha-256 of its text, as a version alone may.
 *
 * @module
 */

import type { LibraryEntry } from "../contract/library.ts";
import type { StageInfo } from "../flow/endpoint.ts";
import type { TraceContext } from "../flow/model.ts";
import type { FlowReport } from "../flow/runtime.ts";
import type { Limits } from "../limits.ts";
import type { FileInput } from "../runtime/arguments.ts";
import type { HookName, LogLine, Receipt, StageRun } from "../runtime/hook-error.ts";
import type { Packed } from "../wire/packed.ts";

/** Who asks: found by his key, or by his certificate, before anything he sent was parsed. */
export interface Caller {
  readonly tenant: string;
  /** The id of the key, which is no secret; empty where a server runs without keys. */
  readonly key: string;
  /** How many calls and runs this key may have at work at a time. */
  readonly callsMax: number;
}

/** What goes with every request. */
export interface Asking {
  readonly caller: Caller;
  /** Gives the request up: its deadline, its caller's word, the end of his connection. */
  readonly signal?: AbortSignal | undefined;
  readonly trace?: TraceContext | undefined;
}

/** A hook as callers see it. */
export interface HookView extends HookName {
  /** The sha-256 of all that was declared: the same for the same declaration. */
  readonly version: string;
  /** `name@` and the first twelve digits of the version. */
  readonly ref: string;
  readonly parameters: number;
  readonly libraries: readonly string[];
}

/** A flow as callers see it. */
export interface FlowView {
  readonly name: string;
  readonly tenant: string;
  readonly version: string;
  readonly ref: string;
  readonly takesFiles: boolean;
  readonly stages: readonly StageInfo[];
}

/** One version that is kept. */
export interface VersionView {
  readonly version: string;
  readonly ref: string;
  /** When it was declared first: ISO 8601, UTC. */
  readonly since: string;
  /** Whether the name alone stands for it. */
  readonly isCurrent: boolean;
}

/** What a tenant has. */
export interface Listing {
  readonly hooks: readonly { readonly name: string; readonly versions: readonly VersionView[] }[];
  readonly flows: readonly { readonly name: string; readonly versions: readonly VersionView[] }[];
}

export interface CallRequest {
  readonly hook: string;
  /** What stands in front of the files: `[data]` of a pre, `[result, inputData]` of a post. */
  readonly values: readonly Packed[];
  /** Given away. */
  readonly files: readonly FileInput[];
}

export interface CallAnswer {
  readonly hook: HookName;
  /** The value as MessagePack of `wire/PROTOCOL.md`. The caller's own. */
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly receipt: Receipt;
  readonly logs: readonly LogLine[];
}

export interface RunRequest {
  readonly flow: string;
  readonly data: Packed;
  /** Given away. */
  readonly files: readonly FileInput[];
}

export interface RunAnswer {
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly runId: string;
  readonly runTimeMs: number;
  readonly stages: readonly StageRun[];
}

/** What is in force, as far as it is the caller's business. */
export interface Description {
  readonly service: "bookend";
  readonly version: string;
  readonly tenant: string;
  readonly isolation: string;
  readonly tenancy: string;
  readonly jail: string;
  readonly workers: number;
  readonly busy: number;
  readonly waiting: number;
  readonly limits: Limits;
  /** What his hooks may require. */
  readonly libraries: readonly LibraryEntry[];
}

/** All that a caller can ask for. Every method throws a `HookError` with the fault's code. */
export interface Service {
  /** Takes `{ kind, source, name?, accepts?, returns?, limits?, state? }`; kept when it returns. */
  register(declaration: unknown, asking: Asking): Promise<HookView>;
  call(request: CallRequest, asking: Asking): Promise<CallAnswer>;
  /** Takes `{ hook: ref }` or `{ flow: ref }`: all versions of a name, or one. */
  remove(what: unknown, asking: Asking): Promise<void>;
  /** Takes `{ name, stages, example? }`, where models are descriptions (`server/models.ts`). */
  deploy(declaration: unknown, asking: Asking): Promise<FlowView>;
  run(request: RunRequest, asking: Asking): Promise<RunAnswer>;
  /** Finds what `deploy` would. */
  check(declaration: unknown, asking: Asking): Promise<FlowReport>;
  /**
   * Moves an alias back: `{ hook: name, to? }` or `{ flow: name, to? }`, where `to` is a version,
   * by default the one before. With `stage` and `part` ("pre" or "post") one hook of a flow goes
   * back to what it was in `to`, and its models stay open.
   */
  rollback(what: unknown, asking: Asking): Promise<HookView | FlowView>;
  /** Looks at a hook (`{ hook: ref }`) or a flow (`{ flow: ref }`). */
  look(what: unknown, asking: Asking): Promise<HookView | FlowView>;
  list(asking: Asking): Listing;
  describe(asking: Asking): Description;
}
