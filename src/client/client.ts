/**
 * Bookend's client: the runtime's own interface for a runtime that is elsewhere.
 *
 * It loads no sandbox, no thread and no library of hooks: what it needs is a socket.
 *
 * @example
 * ```ts
 * import { connect } from "bookend/client";
 *
 * await using client = await connect("tls://hooks.example:7070", { key });
 * const double = await client.register({ kind: "pre", source: (d) => d.map((x) => 2 * x) });
 * const { value } = await double.call([1, 2, 3]); // [2, 4, 6]
 * ```
 *
 * @module
 */

import type { FlowReport } from "../flow/runtime.ts";
import { dictIn, flowViewIn, hookViewIn, namesIn, reportIn, serverInfoIn } from "./answers.ts";
import { Asker, errorOf } from "./asker.ts";
import { flowDeclared, hookDeclared } from "./declared.ts";
import { FlowHandle, HookHandle } from "./handles.ts";
import { HttpTransport } from "./http.ts";
import type {
  AskOptions,
  Client,
  ConnectOptions,
  RemoteDeployOptions,
  RemoteEndpoint,
  RemoteHook,
  RemoteName,
  RemotePostHook,
  RemotePreHook,
  RemoteRegisterOptions,
  RemoteStage,
  ServerInfo,
} from "./interface.ts";
import { type Settings, settingsFrom } from "./options.ts";
import { Packing } from "./packing.ts";
import { RpcTransport } from "./rpc.ts";
import type { Question, Transport } from "./transport.ts";

export { type DType, type Nested, Tensor, type TensorData } from "../contract/tensor.ts";
export { type Fault, type FaultCode, FAULTS } from "../faults.ts";
export type { FlowResult } from "../flow/run.ts";
export type { FlowReport } from "../flow/runtime.ts";
export type { CallResult } from "../runtime/answer.ts";
export type { FileInput } from "../runtime/arguments.ts";
export { HookError, type LogLine, type Problem, type Receipt } from "../runtime/hook-error.ts";
export type {
  AskOptions,
  Client,
  ConnectOptions,
  RemoteDeployOptions,
  RemoteEndpoint,
  RemoteHook,
  RemoteModel,
  RemoteName,
  RemotePostHook,
  RemotePreHook,
  RemoteRegisterOptions,
  RemoteStage,
  ServerInfo,
  TlsOptions,
} from "./interface.ts";

/**
 * Connects to a server.
 *
 * @param url Where it is: `unix:/path`, `tcp://host:port`, `tls://host:port` for MessagePack-RPC,
 * `http://host:port` or `https://host:port`. Without TLS a key travels as it is: on this machine
 * that is its own business, over a network it is not.
 * @throws {HookError} `BAD_REQUEST` when an option is none, `UNAUTHENTICATED` when the server does
 * not know the key, `CLOSED` when it was not reached.
 */
export async function connect(url: string | URL, options: ConnectOptions = {}): Promise<Client> {
  try {
    const settings = settingsFrom(url, options);
    const packing = new Packing(settings.frameBytes);
    const client = new RemoteClient(transportOf(settings, packing), settings, packing);
    await client.greet(settings.signal);
    return client;
  } catch (error) {
    throw errorOf(error);
  }
}

function transportOf(settings: Settings, packing: Packing): Transport {
  const { place } = settings;
  return "base" in place
    ? new HttpTransport(place, settings, packing)
    : new RpcTransport(place, settings, packing);
}

class RemoteClient implements Client {
  readonly #asker: Asker;
  readonly #isHttp: boolean;

  constructor(transport: Transport, settings: Settings, packing: Packing) {
    this.#asker = new Asker(transport, settings, packing);
    this.#isHttp = transport instanceof HttpTransport;
  }

  /** Asks for something that only who is known gets, so that a wrong key is known at once. */
  async greet(signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#asker.ask({ method: this.#isHttp ? "describe" : "ping" }, { signal });
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  register(options: RemoteRegisterOptions<"pre">): Promise<RemotePreHook>;
  register(options: RemoteRegisterOptions<"post">): Promise<RemotePostHook>;
  register(options: RemoteRegisterOptions): Promise<RemoteHook>;
  async register(options: RemoteRegisterOptions): Promise<never> {
    const handle = await this.#asked(async (asker) => {
      const declaration = asker.packing.plain(hookDeclared(options));
      const { signal } = options;
      const view = hookViewIn(await asker.ask({ method: "register", declaration }, { signal }));
      return new HookHandle(asker, view, view.ref);
    });
    return handle as never;
  }

  async hook(ref: string, options?: AskOptions): Promise<RemoteHook> {
    const handle = await this.#asked(async (asker) => {
      const question = { method: "look", kind: "hook", ref } as const;
      return new HookHandle(asker, hookViewIn(await asker.ask(question, options)), ref);
    });
    return handle as RemoteHook;
  }

  deploy(
    stages: readonly RemoteStage[],
    name: string,
    options: RemoteDeployOptions = {},
  ): Promise<RemoteEndpoint> {
    return this.#asked(async (asker) => {
      const plain = flowDeclared(stages, name, options.example);
      const question: Question = { method: "deploy", declaration: asker.packing.plain(plain) };
      const view = flowViewIn(await asker.ask(question, options));
      return new FlowHandle(asker, view, view.ref);
    });
  }

  flow(ref: string, options?: AskOptions): Promise<RemoteEndpoint> {
    return this.#asked(async (asker) => {
      const question = { method: "look", kind: "flow", ref } as const;
      return new FlowHandle(asker, flowViewIn(await asker.ask(question, options)), ref);
    });
  }

  check(stages: readonly RemoteStage[], options: RemoteDeployOptions = {}): Promise<FlowReport> {
    return this.#asked(async (asker) => {
      const plain = flowDeclared(stages, undefined, options.example);
      const question: Question = { method: "check", declaration: asker.packing.plain(plain) };
      return reportIn(await asker.ask(question, options));
    });
  }

  list(options?: AskOptions): Promise<{
    readonly hooks: readonly RemoteName[];
    readonly flows: readonly RemoteName[];
  }> {
    return this.#asked(async (asker) => {
      const { hooks, flows } = dictIn(await asker.ask({ method: "list" }, options), "a listing");
      return { hooks: namesIn(hooks), flows: namesIn(flows) };
    });
  }

  describe(options?: AskOptions): Promise<ServerInfo> {
    return this.#asked(async (asker) =>
      serverInfoIn(await asker.ask({ method: "describe" }, options)),
    );
  }

  ping(options?: AskOptions): Promise<void> {
    return this.#asked(async (asker) => {
      await asker.ask({ method: "ping" }, options);
    });
  }

  close(): Promise<void> {
    return this.#asker.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #asked<T>(work: (asker: Asker) => Promise<T>): Promise<T> {
    try {
      return await work(this.#asker);
    } catch (error) {
      throw errorOf(error);
    }
  }
}
