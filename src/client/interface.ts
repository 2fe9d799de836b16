/**
 * What a client has: the runtime's own interface, for a runtime that is elsewhere.
 *
 * Whose hooks and flows they are is decided by the key, so no `tenant` is said. What is registered
 * and deployed outlives the client: disposing of a handle lets go of the handle alone, `remove()`
 * takes away what it stands for.
 *
 * @module
 */

import type { LibraryEntry } from "../contract/library.ts";
import type { StageInfo } from "../flow/endpoint.ts";
import type { TraceContext } from "../flow/model.ts";
import type { FlowResult } from "../flow/run.ts";
import type { FlowExample, FlowReport } from "../flow/runtime.ts";
import type { StageHook } from "../flow/stage.ts";
import type { CallResult } from "../runtime/answer.ts";
import type { FileInput } from "../runtime/arguments.ts";
import type { HookName } from "../runtime/hook-error.ts";
import type { RegisterOptions } from "../runtime/runtime.ts";

/** How a server is reached. All have defaults but what a server asks for. */
export interface ConnectOptions {
  /** Who one is. */
  readonly key?: string | undefined;
  /** After so many milliseconds a request is given up, unless it says another number itself. */
  readonly deadlineMs?: number | undefined;
  /** For `tls://` and `https://`: whom to believe, and a certificate of one's own. All PEM. */
  readonly tls?: TlsOptions | undefined;
  /** Gives up connecting. */
  readonly signal?: AbortSignal | undefined;
  /** How long one attempt to connect may take, in milliseconds. Default 10 000. */
  readonly connectMs?: number | undefined;
  /** How often a connection is tried for before what waits for it fails. Default 5. */
  readonly tries?: number | undefined;
  /**
   * How often a request is sent once more whose fault says that it may succeed then (`retry` of a
   * `HookError`: a full queue, a hook in quarantine, a server that closes). Default 0.
   */
  readonly retries?: number | undefined;
  /** Requests that the server has at a time; more wait here. Default 100. */
  readonly inFlightMax?: number | undefined;
  /** The most bytes of one request, and of one answer. Default 64 MiB, as a server's. */
  readonly frameBytes?: number | undefined;
}

/** Texts of PEM files. */
export interface TlsOptions {
  /** Who signs the server's certificate, where it is nobody whom all the world believes. */
  readonly ca?: string | undefined;
  /** One's own certificate and its key, where the server asks for one. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** What one request may be told beside what it asks for. */
export interface AskOptions {
  /** Gives the request up: it ends with `CANCELLED`, and the server is told. */
  readonly signal?: AbortSignal | undefined;
  /** After so many milliseconds it ends with `CANCELLED`, here and at the server. */
  readonly deadlineMs?: number | undefined;
  /** Which trace it belongs to. */
  readonly trace?: TraceContext | undefined;
}

/** A hook on a server. */
interface RemoteHookInfo extends HookName, AsyncDisposable {
  /** The sha-256 of all that was declared. */
  readonly version: string;
  /** What calls ask for: a version, or a name, which stands for its newest. */
  readonly ref: string;
  readonly parameters: number;
  readonly libraries: readonly string[];
  /** Takes it off the server, for everybody: the version, or all with the name. */
  remove(): Promise<void>;
}

/** A function that is applied to what goes into a model. */
export interface RemotePreHook extends RemoteHookInfo {
  readonly kind: "pre";
  /**
   * Runs the hook once.
   *
   * @param data Whatever travels. Copied before this returns.
   * @param files Binary files, copied as well.
   * @throws {HookError} With the fault's code. `INTERNAL` when the connection was lost after the
   * call was sent: it may have run, and is not sent again.
   */
  call(data: unknown, files?: readonly FileInput[], options?: AskOptions): Promise<CallResult>;
}

/** A function that is applied to what comes out of a model. */
export interface RemotePostHook extends RemoteHookInfo {
  readonly kind: "post";
  /** As {@link RemotePreHook.call}, with the model's result in front. */
  call(
    result: unknown,
    inputData?: unknown,
    files?: readonly FileInput[],
    options?: AskOptions,
  ): Promise<CallResult>;
}

export type RemoteHook = RemotePreHook | RemotePostHook;

/** A flow on a server. */
export interface RemoteEndpoint extends AsyncDisposable {
  readonly name: string;
  readonly tenant: string;
  readonly version: string;
  /** What runs ask for: a version, or a name, which stands for its newest. */
  readonly ref: string;
  readonly takesFiles: boolean;
  readonly stages: readonly StageInfo[];
  /**
   * Runs the flow once.
   *
   * @throws {HookError} As {@link RemotePreHook.call}.
   */
  run(data: unknown, files?: readonly FileInput[], options?: AskOptions): Promise<FlowResult>;
  /** Takes it off the server, for everybody: the version, or all with the name. */
  remove(): Promise<void>;
}

/** A model as a server has it described: its bytes, a file of its own, or a server that it asks. */
export type RemoteModel =
  | {
      readonly onnx: Uint8Array | ArrayBuffer | { readonly file: string };
      readonly [option: string]: unknown;
    }
  | {
      readonly xgboost: string | Uint8Array | ArrayBuffer | { readonly file: string };
      readonly [option: string]: unknown;
    }
  | {
      readonly openInference: string | URL;
      readonly model: string;
      readonly [option: string]: unknown;
    };

/** One model of a flow, with the functions before and behind it. */
export interface RemoteStage {
  readonly model: RemoteModel;
  readonly name?: string | undefined;
  readonly pre?: StageHook["source"] | StageHook | { readonly hook: string } | undefined;
  readonly post?: StageHook["source"] | StageHook | { readonly hook: string } | undefined;
}

/** What a hook is registered with. */
export type RemoteRegisterOptions<Kind extends "pre" | "post" = "pre" | "post"> = Omit<
  RegisterOptions<Kind>,
  "tenant"
>;

/** How a flow is deployed or checked. */
export interface RemoteDeployOptions extends AskOptions {
  /** Input that every part of the flow is tried with. */
  readonly example?: FlowExample | undefined;
}

/** What is in force at the server. */
export interface ServerInfo {
  readonly version: string;
  readonly tenant: string;
  readonly isolation: string;
  readonly tenancy: string;
  readonly jail: string;
  readonly workers: number;
  readonly busy: number;
  readonly waiting: number;
  readonly limits: Readonly<Record<string, number>>;
  /** What hooks may require, as far as it matters to who writes one. */
  readonly libraries: readonly Pick<LibraryEntry, "name" | "aliases" | "version" | "standsIn">[];
}

/** A name, and its versions, oldest first. */
export interface RemoteName {
  readonly name: string;
  readonly versions: readonly {
    readonly version: string;
    readonly ref: string;
    readonly since: string;
    readonly isCurrent: boolean;
  }[];
}

/** Hooks and flows on a server. Made by `connect`. */
export interface Client extends AsyncDisposable {
  /**
   * Has the server take a hook; the same declaration is the same version.
   *
   * @throws {HookError} What the runtime's own `register` throws.
   */
  register(options: RemoteRegisterOptions<"pre">): Promise<RemotePreHook>;
  register(options: RemoteRegisterOptions<"post">): Promise<RemotePostHook>;
  register(options: RemoteRegisterOptions): Promise<RemoteHook>;
  /** Returns a hook that is there already: by its name, or one version of it. */
  hook(ref: string, options?: AskOptions): Promise<RemoteHook>;
  /**
   * Has the server check a flow whole and deploy it.
   *
   * @throws {HookError} `FLOW_INVALID` with all that is wrong in `problems`.
   */
  deploy(
    stages: readonly RemoteStage[],
    name: string,
    options?: RemoteDeployOptions,
  ): Promise<RemoteEndpoint>;
  /** Returns a flow that is there already: by its name, or one version of it. */
  flow(ref: string, options?: AskOptions): Promise<RemoteEndpoint>;
  /** Finds what {@link Client.deploy} would, and deploys nothing. */
  check(stages: readonly RemoteStage[], options?: RemoteDeployOptions): Promise<FlowReport>;
  /** Returns the names that there are. */
  list(options?: AskOptions): Promise<{
    readonly hooks: readonly RemoteName[];
    readonly flows: readonly RemoteName[];
  }>;
  /** What is in force, and how busy it is. */
  describe(options?: AskOptions): Promise<ServerInfo>;
  /** Settles when the server has answered; it does so also when all else of it is busy. */
  ping(options?: AskOptions): Promise<void>;
  /** Takes no more requests, waits for those that were sent, and closes its connections. */
  close(): Promise<void>;
}
