// What the tests of the HTTP door share: a server of its own, and what clients send to it.

import { connect } from "node:net";

import { limitsFrom, type LimitOptions } from "../../src/limits.ts";
import type { TraceContext } from "../../src/flow/model.ts";
import type { FlowRuntime } from "../../src/flow/runtime.ts";
import { BookendService } from "../../src/server/bookend-service.ts";
import type { Door, Gate } from "../../src/server/door.ts";
import { type HttpOptions, openHttp } from "../../src/server/http/door.ts";
import { MemoryRegistry } from "../../src/server/memory-registry.ts";
import type { ModelRules } from "../../src/server/models.ts";
import { type Observer, UNOBSERVED } from "../../src/server/observer.ts";
import type { Caller } from "../../src/server/service.ts";

export const KEY = "k-acme";
const ACME: Caller = { tenant: "acme", key: "a", callsMax: 100 };

export interface Refused {
  readonly code: string;
  readonly detail: string;
}

export interface TestDoor extends AsyncDisposable {
  readonly door: Door;
  readonly url: string;
  readonly port: number;
  readonly refused: readonly Refused[];
  /** The code of each request that has ended; nothing for one that went well. */
  readonly ended: readonly (string | undefined)[];
  /** The trace that each request came with. */
  readonly traces: readonly (TraceContext | undefined)[];
  /** How many connections are counted in at the gate. */
  readonly connected: () => number;
  readonly models: ModelRules & { servers: string[] };
}

export interface DoorOptions extends Partial<HttpOptions> {
  readonly limits?: LimitOptions;
  /** Without keys everybody is acme. */
  readonly keyless?: boolean;
  readonly gate?: Partial<Gate>;
}

/** Opens a door before a service with a registry of its own. */
export async function openDoor(
  runtime: FlowRuntime,
  { limits: limitOptions, keyless = false, gate: own, ...options }: DoorOptions = {},
): Promise<TestDoor> {
  const limits = limitsFrom(limitOptions);
  const refused: Refused[] = [];
  let connections = 0;
  const ended: (string | undefined)[] = [];
  const traces: (TraceContext | undefined)[] = [];
  const observer: Observer = {
    ...UNOBSERVED,
    begun: ({ trace }) => {
      traces.push(trace);
      return { trace, ended: ({ code }) => void ended.push(code) };
    },
    refused: (_door, code, detail) => void refused.push({ code, detail }),
  };
  const gate: Gate = {
    anyone: keyless ? ACME : undefined,
    byKey: (key) => (key === KEY ? ACME : undefined),
    byCertificate: () => undefined,
    connected: () => {
      if (connections >= limits.connections) return undefined;
      connections += 1;
      return { [Symbol.dispose]: () => void (connections -= 1) };
    },
    ...own,
  };
  const models = { servers: [] as string[] };
  const registry = new MemoryRegistry();
  const service = new BookendService({ runtime, registry, models, observer, version: "0" });
  const parts = { service, gate, limits, observer };
  const door = await openHttp(parts, { host: "127.0.0.1", port: 0, ...options });
  const url = door.addresses[0] ?? "";
  const port = Number(new URL(url).port);
  const close = async () => {
    await door.close();
    await registry[Symbol.asyncDispose]();
  };
  const connected = () => connections;
  return {
    door,
    url,
    port,
    refused,
    ended,
    traces,
    connected,
    models,
    [Symbol.asyncDispose]: close,
  };
}

export interface Said {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer> | FormData;
  readonly key?: string | null;
}

/** Sends one request; JSON unless it says something else. */
export function ask({ url }: TestDoor, path: string, said: Said = {}): Promise<Response> {
  const { body, key = KEY } = said;
  const isText = typeof body === "string";
  return fetch(url + path, {
    method: said.method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(isText && { "content-type": "application/json" }),
      ...said.headers,
    },
    ...(body !== undefined && { body }),
  });
}

/** Sends JSON and returns status and answer. */
export async function json(
  door: TestDoor,
  path: string,
  body?: unknown,
  said: Said = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await ask(door, path, { ...text, ...said });
  const { status } = answer;
  return { status, body: (await answer.json()) as Record<string, unknown> };
}

/**
 * Sends bytes as they are, and returns all that comes until the server ends the connection, or until
 * it has said what is waited for.
 */
export function raw(port: number, text: string | Buffer, until?: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.on("data", (chunk) => {
      got += chunk.toString("latin1");
      if (until?.test(got)) socket.destroy();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET" || error.code === "EPIPE") return;
      reject(error);
    });
    socket.on("close", () => resolve(got));
  });
}
