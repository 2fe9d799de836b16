/**
 * A server: a runtime, what is registered, who comes in, and the doors, opened in this order and
 * closed in the other.
 *
 * What was registered before is made live in the background: a call that comes sooner makes its
 * hook live itself.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

import { Refusal } from "../faults.ts";
import { type FlowRuntime, startRuntime } from "../flow/runtime.ts";
import type { Limits } from "../limits.ts";
import { hookErrorOf } from "../runtime/hook.ts";
import { BookendService } from "./bookend-service.ts";
import {
  bookendVersion,
  type HttpPlace,
  pemFrom,
  type RpcPlaces,
  type ServerOptions,
  type ServerSettings,
  settingsFrom,
  type TlsFiles,
} from "./config.ts";
import type { Door, DoorParts } from "./door.ts";
import { ServerGate } from "./gate.ts";
import { GuardedService } from "./guarded-service.ts";
import { openHttp } from "./http/door.ts";
import { Keys } from "./keys.ts";
import { checkPlaces, placesOf } from "./listening.ts";
import { openRegistry } from "./lmdb-registry.ts";
import { MemoryRegistry } from "./memory-registry.ts";
import { openRpc } from "./rpc/server.ts";
import { createTelemetry, type Telemetry } from "./telemetry/telemetry.ts";

/** What is in force. */
export interface ServerInfo {
  readonly version: string;
  readonly isolation: string;
  readonly jail: string;
  readonly tenancy: string;
  readonly workers: number;
  /** The folder of what is registered; nothing where a server forgets. */
  readonly data: string | undefined;
  /** How many keys open something; nothing where a server runs without. */
  readonly keys: number | undefined;
  /** How many rules there are for certificates. */
  readonly clients: number;
}

/** A server that runs. */
export interface Server extends AsyncDisposable {
  /** Where it listens, as each door says it. */
  readonly addresses: readonly string[];
  readonly info: ServerInfo;
  /**
   * Takes no more requests, lets what is at work come to its end for `limits.drainMs`, gives up the
   * rest, and closes.
   */
  drain(): Promise<void>;
  /** Gives up what is at work, and closes. */
  close(): Promise<void>;
}

/**
 * Starts a server.
 *
 * @throws {HookError} `BAD_REQUEST` when an option is none, an address is taken, a folder is in
 * use, or others could reach a server that has no keys; `CANCELLED` by `signal`.
 *
 * @example
 * ```ts
 * await using server = await startServer({ http: { host: "127.0.0.1", port: 8080 } });
 * server.addresses; // ["http://127.0.0.1:8080"]
 * ```
 */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  try {
    return await start(settingsFrom(options, ""));
  } catch (error) {
    throw hookErrorOf(error);
  }
}

async function start(settings: ServerSettings): Promise<Server> {
  await using held = new AsyncDisposableStack();
  const { data, clients, models, log: level, tracing } = settings;
  const keys = keysOf(settings);
  if (keys) held.use(keys);
  const known = { keys: keys?.size ?? 0, clients: clients.length, file: settings.keys };
  const warnings = checkPlaces(placesOf(settings), known);
  const telemetry = held.use(await createTelemetry({ level, tracing }));
  keys?.tell((problem) => telemetry.log("error", problem));
  const report = (problem: string) => telemetry.log("error", problem);
  const registry = held.use(
    data === false ? new MemoryRegistry() : await openRegistry(data, { report }),
  );
  const runtime = held.use(await startRuntime(settings.runtime));
  telemetry.watch(() => runtime.describe());
  const { limits } = runtime.describe();
  const version = bookendVersion();
  const { observer } = telemetry;
  const own = new BookendService({ runtime, registry, models, observer, version });
  const gate = new ServerGate({ limits, keys, clients });
  const service = new GuardedService(own, gate, observer);
  held.use(warming(own));
  const doors = await opened({ service, gate, limits, observer }, { settings, telemetry, held });
  for (const warning of warnings) telemetry.log("warn", warning);
  const info = { ...levelsOf(runtime), version, data: data === false ? undefined : data };
  const counted = { keys: keys?.size, clients: clients.length };
  return new RunningServer({ doors, limits, info: { ...info, ...counted }, held: held.move() });
}

/** None where nobody has said so, and there is no file of the default's name. */
function keysOf({ keys, isKeysSaid }: ServerSettings): Keys | undefined {
  if (existsSync(keys)) return new Keys(keys);
  if (!isKeysSaid) return undefined;
  const make = `make one with: bookend keys add --tenant default --keys ${keys}`;
  throw new Refusal(
    "BAD_REQUEST",
    "keys",
    `wants a file of keys, got ${keys}: there is none; ${make}`,
  );
}

function levelsOf(runtime: FlowRuntime) {
  const { isolation, jail, tenancy, workers } = runtime.describe();
  return { isolation, jail, tenancy, workers };
}

/** Makes live what is registered, until it is disposed of. */
function warming(service: BookendService): AsyncDisposable {
  const controller = new AbortController();
  const warmed = service.warm(controller.signal);
  return {
    [Symbol.asyncDispose]: async () => {
      controller.abort();
      await warmed;
    },
  };
}

interface Opening {
  readonly settings: ServerSettings;
  readonly telemetry: Telemetry;
  readonly held: AsyncDisposableStack;
}

async function opened(parts: DoorParts, opening: Opening): Promise<Door[]> {
  const { settings, telemetry, held } = opening;
  const { rpc, http } = settings;
  const doors: Door[] = [];
  if (rpc) doors.push(held.use(await listening("rpc", () => openRpc(parts, rpcOptions(rpc)))));
  if (http) {
    const more = { metrics: () => telemetry.metrics(), version: bookendVersion() };
    const options = { ...httpOptions(http), ...more };
    doors.push(held.use(await listening("http", () => openHttp(parts, options))));
  }
  return doors;
}

function rpcOptions({ unix, unixMode, tcp, tls }: RpcPlaces): Parameters<typeof openRpc>[1] {
  const secure = tls && { host: tls.host, port: tls.port, ...pemsOf(tls, "rpc.tls") };
  return { unix, unixMode, tcp, tls: secure };
}

function httpOptions({ host, port, tls }: HttpPlace): Parameters<typeof openHttp>[1] {
  return { host, port, tls: tls && pemsOf(tls, "http.tls") };
}

function pemsOf({ keyFile, certFile, caFile }: TlsFiles, name: string) {
  return {
    key: pemFrom(keyFile, `${name}.keyFile`),
    cert: pemFrom(certFile, `${name}.certFile`),
    ca: caFile === undefined ? undefined : pemFrom(caFile, `${name}.caFile`),
  };
}

/** What the system says of an address is the operator's to mend. */
async function listening(option: string, open: () => Promise<Door>): Promise<Door> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const { message } = error as Error;
    const detail = `wants an address that it can listen at, got: ${message}`;
    throw new Refusal("BAD_REQUEST", option, detail, undefined, { cause: error });
  }
}

interface Running {
  readonly doors: readonly Door[];
  readonly limits: Limits;
  readonly info: ServerInfo;
  readonly held: AsyncDisposable;
}

class RunningServer implements Server {
  readonly addresses: readonly string[];
  readonly info: ServerInfo;
  readonly #running: Running;
  #closed: Promise<void> | undefined;

  constructor(running: Running) {
    this.#running = running;
    this.info = running.info;
    this.addresses = running.doors.flatMap(({ addresses }) => addresses);
  }

  async drain(): Promise<void> {
    const { doors, limits } = this.#running;
    const timer = new AbortController();
    const drained = Promise.allSettled(doors.map((door) => door.drain()));
    const late = setTimeout(limits.drainMs, undefined, { signal: timer.signal });
    await Promise.race([drained, late]);
    timer.abort();
    await late.catch(() => undefined);
    await this.close();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const { doors, held } = this.#running;
    await Promise.all(doors.map((door) => door.close()));
    await held[Symbol.asyncDispose]();
  }
}
