// The ways to a runtime, behind one interface: in this process, and through each door that is there.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Client, connect, type RemoteStage } from "../../src/client/client.ts";
import type { FlowResult } from "../../src/flow/run.ts";
import { xgboost } from "../../src/flow/models/xgboost.ts";
import { type FlowRuntime, startRuntime } from "../../src/flow/runtime.ts";
import type { CallResult } from "../../src/runtime/answer.ts";
import type { FileInput } from "../../src/runtime/arguments.ts";
import { BookendService } from "../../src/server/bookend-service.ts";
import type { Door, DoorParts, Gate } from "../../src/server/door.ts";
import { MemoryRegistry } from "../../src/server/memory-registry.ts";
import { UNOBSERVED } from "../../src/server/observer.ts";

/** A hook as all of them have it. */
export interface AnyHook {
  readonly id: string;
  readonly kind: "pre" | "post";
  readonly name: string;
  readonly tenant: string;
  readonly parameters: number;
  readonly libraries: readonly string[];
  call(...given: unknown[]): Promise<CallResult>;
}

/** A flow as all of them have it. */
export interface AnyEndpoint {
  readonly name: string;
  readonly takesFiles: boolean;
  run(data: unknown, files?: readonly FileInput[]): Promise<FlowResult>;
}

/** What a suite is played against. Models are the text of an xgboost file. */
export interface Made extends AsyncDisposable {
  register(options: object): Promise<AnyHook>;
  deploy(stages: readonly object[], name: string, options?: object): Promise<AnyEndpoint>;
  check(
    stages: readonly object[],
    options?: object,
  ): Promise<{ readonly problems: readonly object[] }>;
}

/** A way to a runtime, or why there is none now. */
export interface Maker {
  readonly name: string;
  /** The file that it wants; without it the maker is left out. */
  readonly wants: string | undefined;
  make(): Promise<Made>;
}

const LIMITS = { wallMs: 400 };
const KEY = "bk_test_0123456789abcdefghijklmnop";
const CALLER = { tenant: "default", key: "test", callsMax: 1_000 };
const GATE: Gate = {
  anyone: undefined,
  byKey: (key) => (key === KEY ? CALLER : undefined),
  byCertificate: () => undefined,
  connected: () => ({ [Symbol.dispose]: () => undefined }),
};

type Open = (parts: DoorParts, options: object) => Promise<Door>;

const RPC = "../../src/server/rpc/server.ts";
const HTTP = ["../../src/server/http/server.ts", "../../src/server/http/door.ts"];

/** Every way. */
export const MAKERS: readonly Maker[] = [
  { name: "in process", wants: undefined, make: inProcess },
  { name: "rpc over a socket file", wants: wanted([RPC]), make: () => overRpc("unix") },
  { name: "rpc over tcp", wants: wanted([RPC]), make: () => overRpc("tcp") },
  { name: "http", wants: wanted(HTTP), make: overHttp },
];

/** Returns what is missing, or nothing. */
function wanted(paths: readonly string[]): string | undefined {
  return pathOf(paths) === undefined ? paths[0] : undefined;
}

function pathOf(paths: readonly string[]): string | undefined {
  return paths.find((path) => existsSync(new URL(path, import.meta.url)));
}

async function inProcess(): Promise<Made> {
  const runtime = await startRuntime({ workers: 1, limits: LIMITS });
  const modelled = (stages: readonly object[]) =>
    stages.map((stage) => {
      const { model, ...rest } = stage as { model: { xgboost: string } };
      return { ...rest, model: xgboost(new TextEncoder().encode(model.xgboost)) };
    });
  return {
    register: (options) => runtime.register(options as never) as Promise<AnyHook>,
    deploy: (stages, name, options) => runtime.deploy(modelled(stages), name, options),
    check: (stages, options) => runtime.check(modelled(stages), options),
    [Symbol.asyncDispose]: () => runtime.close(),
  };
}

async function overRpc(kind: "unix" | "tcp"): Promise<Made> {
  const folder = mkdtempSync(join(tmpdir(), "bookend-"));
  const where =
    kind === "unix" ? { unix: join(folder, "s") } : { tcp: { host: "127.0.0.1", port: 0 } };
  const { door, runtime } = await opened(await openerOf([RPC], "openRpc"), where);
  const client = await connect(door.addresses[0] ?? "", { key: KEY });
  return made(client, async () => {
    await door.close();
    await runtime.close();
    rmSync(folder, { recursive: true });
  });
}

async function overHttp(): Promise<Made> {
  const where = { host: "127.0.0.1", port: 0 };
  const { door, runtime } = await opened(await openerOf(HTTP, "openHttp"), where);
  const client = await connect(door.addresses[0] ?? "", { key: KEY });
  return made(client, async () => {
    await door.close();
    await runtime.close();
  });
}

async function openerOf(paths: readonly string[], name: string): Promise<Open> {
  const path = pathOf(paths) ?? "";
  return ((await import(path)) as Record<string, Open>)[name] as Open;
}

/** A door before a service over a runtime of its own. */
async function opened(open: Open, where: object): Promise<{ door: Door; runtime: FlowRuntime }> {
  const runtime = await startRuntime({ workers: 1, limits: LIMITS });
  const service = new BookendService({ runtime, registry: new MemoryRegistry(), version: "0.1.0" });
  const { limits } = runtime.describe();
  const door = await open({ service, gate: GATE, limits, observer: UNOBSERVED }, where);
  return { door, runtime };
}

function made(client: Client, end: () => Promise<void>): Made {
  return {
    register: (options) => client.register(options as never) as Promise<AnyHook>,
    deploy: (stages, name, options) => client.deploy(stages as RemoteStage[], name, options),
    check: (stages, options) => client.check(stages as RemoteStage[], options),
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await end();
    },
  };
}
