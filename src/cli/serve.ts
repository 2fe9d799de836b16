/**
 * `bookend serve`: starts a server, says what is in force, and ends it when it is told to.
 *
 * The first SIGTERM or SIGINT lets what is at work come to its end; the second does not wait.
 *
 * @module
 */

import type { Address, RpcPlaces, ServerOptions } from "../server/config.ts";
import { serverConfigFrom } from "../server/config.ts";
import { type Server, type ServerInfo, startServer } from "../server/serve.ts";
import { type ServeCommand, UsageError } from "./arguments.ts";
import { toJson } from "../wire/json.ts";

/** What a shell gives a program that a signal ended. */
const EXITS = { SIGINT: 130, SIGTERM: 143 } as const;
const PORT = /^\d{1,5}$/;

/**
 * Serves until it is told to end.
 *
 * @param print Takes text for standard output.
 * @throws {HookError} When there can be no such server.
 */
export async function serve(
  command: ServeCommand,
  print: (text: string) => unknown,
): Promise<void> {
  const options = optionsFrom(command);
  const starting = new AbortController();
  const told = Promise.withResolvers<void>();
  let isTold = false;
  const onSignal = (signal: keyof typeof EXITS) => {
    // Sandboxes end with this process: they have nobody any more whom they read from.
    if (isTold) process.exit(EXITS[signal]);
    isTold = true;
    starting.abort();
    told.resolve();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    const server = await started(options, starting.signal);
    if (!server) return;
    print(command.isJson ? `${toJson(dataOf(server))}\n` : `${linesOf(server).join("\n")}\n`);
    await told.promise;
    await server.drain();
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}

/** Returns nothing when it was told to end before it had begun. */
async function started(options: ServerOptions, signal: AbortSignal): Promise<Server | undefined> {
  try {
    const server = await startServer({ ...options, signal });
    if (!signal.aborted) return server;
    await server.close();
    return undefined;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

/** What the command line says goes before what the file says. */
function optionsFrom({ config, rpc, http, data, keys, workers }: ServeCommand): ServerOptions {
  const options = config === undefined ? {} : serverConfigFrom(config);
  return {
    ...options,
    ...(rpc.length > 0 && { rpc: { ...options.rpc, ...rpcFrom(rpc) } }),
    ...(http !== undefined && { http: { ...options.http, ...addressFrom(http, "--http") } }),
    ...(data !== undefined && { data }),
    ...(keys !== undefined && { keys }),
    ...(workers !== undefined && { workers }),
  };
}

function rpcFrom(places: readonly string[]): RpcPlaces {
  const parts = places.map((place): RpcPlaces => {
    const [scheme, rest] = cut(place, place.indexOf(":"));
    if (scheme === "unix" && rest !== "") return { unix: rest };
    if (scheme === "tcp") return { tcp: addressFrom(rest, "--rpc") };
    throw new UsageError(`--rpc wants unix:path or tcp:host:port, got ${place}`);
  });
  return Object.assign({}, ...parts) as RpcPlaces;
}

function addressFrom(text: string, option: string): Address {
  const [host, port] = cut(text, text.lastIndexOf(":"));
  if (host === "" || !PORT.test(port)) {
    throw new UsageError(`${option} wants host:port, such as 127.0.0.1:8080, got ${text}`);
  }
  return { host: host.replaceAll(/^\[|\]$/g, ""), port: Number(port) };
}

function cut(text: string, at: number): readonly [before: string, behind: string] {
  return at < 0 ? ["", text] : [text.slice(0, at), text.slice(at + 1)];
}

function dataOf({ addresses, info }: Server): object {
  const { data = null, keys = null, ...rest } = info;
  return { ok: true, addresses, ...rest, data, keys };
}

function linesOf({ addresses, info }: Server): string[] {
  const { version, isolation, jail, tenancy, workers, data } = info;
  const kept = data === undefined ? "nothing is kept after the end" : `all is kept in ${data}`;
  const levels = `isolation ${isolation}, jail ${jail}, tenancy ${tenancy}, workers ${workers}`;
  return [
    `bookend ${version} listens on ${addresses.join(", ")}`,
    levels,
    `${whoLine(info)}; ${kept}`,
  ];
}

function whoLine({ keys, clients }: ServerInfo): string {
  const rules = clients === 0 ? "" : `, certificates by ${clients} rules`;
  if (keys !== undefined) return `keys ${keys}${rules}`;
  return clients === 0 ? "no keys: everybody on this machine is let in" : `no keys${rules}`;
}
