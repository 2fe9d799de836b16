/**
 * What a server is made with: the options of a runtime, and beside them where it listens, where it
 * keeps what was registered, who comes in. In a program they are an object; for the command line
 * they are a JSON file.
 *
 * Relative paths are beside the file. Everything is held to its form before anything is opened.
 *
 * @module
 */

import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

import { Refusal } from "../faults.ts";
import { named, optionsFrom } from "../runtime/options.ts";
import type { RuntimeOptions } from "../runtime/runtime.ts";
import type { ClientRule } from "./gate.ts";
import { callsFrom } from "./key-file.ts";
import type { ModelRules } from "./models.ts";

/** Where a server listens. */
export interface Address {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

/** Files of PEM. */
export interface TlsFiles {
  readonly keyFile: string;
  readonly certFile: string;
  /** Who signs the certificates of clients; with it they are asked for theirs. */
  readonly caFile?: string | undefined;
}

/** The door of MessagePack-RPC. */
export interface RpcPlaces {
  readonly unix?: string | undefined;
  /** The rights of the socket file. */
  readonly unixMode?: number | undefined;
  readonly tcp?: Address | undefined;
  readonly tls?: (Address & TlsFiles) | undefined;
}

/** The door of HTTP. */
export interface HttpPlace extends Address {
  readonly tls?: TlsFiles | undefined;
}

/** What a server is made with. */
export interface ServerOptions extends RuntimeOptions {
  /** Default, where `http` is not said either: loopback, port 7070. */
  readonly rpc?: RpcPlaces | undefined;
  /** Default, where `rpc` is not said either: loopback, port 8080. */
  readonly http?: HttpPlace | undefined;
  /** The folder that keeps what was registered; false keeps it in memory. */
  readonly data?: string | false | undefined;
  /** The file of API keys. Default: `bookend-keys.json`, if it is there. */
  readonly keys?: string | undefined;
  /** Whose certificates come in where TLS asks for them. */
  readonly clients?: readonly ClientRule[] | undefined;
  readonly models?: ModelRules | undefined;
  /** How much is logged: "info", the default, "warn", and others. */
  readonly log?: string | undefined;
  /** Whether there are spans. */
  readonly tracing?: boolean | undefined;
}

/** The options as they hold: nothing is missing, and every path is absolute. */
export interface ServerSettings {
  readonly rpc: RpcPlaces | undefined;
  readonly http: HttpPlace | undefined;
  readonly data: string | false;
  readonly keys: string;
  /** Whether somebody said which file: then there has to be one. */
  readonly isKeysSaid: boolean;
  readonly clients: readonly ClientRule[];
  readonly models: ModelRules;
  readonly log: string | undefined;
  readonly tracing: boolean | undefined;
  readonly runtime: RuntimeOptions;
}

export const DEFAULT_RPC: RpcPlaces = { tcp: { host: "127.0.0.1", port: 7_070 } };
export const DEFAULT_HTTP: HttpPlace = { host: "127.0.0.1", port: 8_080 };
export const DEFAULT_DATA = "bookend-data";
export const DEFAULT_KEYS = "bookend-keys.json";

const OWN = ["rpc", "http", "data", "keys", "clients", "models", "log", "tracing"];
const RUNTIME = ["workers", "isolation", "tenancy", "limits", "queue", "allowlist", "jail"];
const KNOWN = [...OWN, ...RUNTIME, "signal"];
const PORT_MAX = 65_535;
const MODE_MAX = 0o777;
const FINGERPRINT = /^[0-9a-f]{64}$/;

/**
 * Reads the options of a server from a JSON file.
 *
 * @returns What it says, with paths made absolute; what stands nowhere in it is undefined, but for
 * what has a default beside the file.
 * @throws {Refusal} `BAD_REQUEST` when there is no such file, it is no JSON of an object, or an
 * option in it is none.
 */
export function serverConfigFrom(path: string): ServerOptions {
  const options = optionsFrom(parsed(path), [...OWN, ...RUNTIME]);
  const base = resolve(dirname(path));
  const { runtime, isKeysSaid, ...own } = settingsFrom(options, base);
  const { allowlist } = options;
  const isListed = typeof allowlist === "object" && allowlist !== null && "folder" in allowlist;
  return {
    ...runtime,
    ...(isListed && {
      allowlist: { ...allowlist, folder: resolve(base, String(allowlist.folder)) },
    }),
    ...own,
    rpc: options["rpc"] === undefined ? undefined : own.rpc,
    http: options["http"] === undefined ? undefined : own.http,
    keys: isKeysSaid || existsSync(own.keys) ? own.keys : undefined,
  };
}

/**
 * Returns options as they hold.
 *
 * @param base What relative paths are beside.
 * @throws {Refusal} `BAD_REQUEST` at the first option that is none. Those of the runtime are looked
 * at by the runtime.
 */
export function settingsFrom(options: unknown, base: string): ServerSettings {
  const given = optionsFrom(options, KNOWN);
  const path = (value: unknown, name: string) => resolve(base, text(value, name));
  const { data = DEFAULT_DATA, keys, clients = [], models = {}, log, tracing } = given;
  const isSaid = given["rpc"] !== undefined || given["http"] !== undefined;
  const runtime = RUNTIME.concat("signal").filter((name) => given[name] !== undefined);
  return {
    rpc: isSaid ? rpcFrom(given["rpc"], path) : DEFAULT_RPC,
    http: isSaid ? httpFrom(given["http"], path) : DEFAULT_HTTP,
    data: data === false ? false : path(data, "data"),
    keys: path(keys ?? DEFAULT_KEYS, "keys"),
    isKeysSaid: keys !== undefined,
    clients: listOf(clients, "clients").map((one, i) => clientFrom(one, `clients[${i}]`)),
    models: modelsFrom(models, path),
    log: log === undefined ? undefined : text(log, "log"),
    tracing: tracing === undefined ? undefined : flag(tracing, "tracing"),
    runtime: Object.fromEntries(runtime.map((name) => [name, given[name]])),
  };
}

type PathOf = (value: unknown, name: string) => string;

function rpcFrom(value: unknown, path: PathOf): RpcPlaces | undefined {
  if (value === undefined) return undefined;
  const { unix, unixMode, tcp, tls } = optionsFrom(
    value,
    ["unix", "unixMode", "tcp", "tls"],
    "rpc",
  );
  if (unix === undefined && tcp === undefined && tls === undefined) {
    throw new Refusal("BAD_REQUEST", "rpc", "wants unix, tcp or tls, got none of them");
  }
  return {
    ...(unix !== undefined && { unix: path(unix, "rpc.unix") }),
    ...(unixMode !== undefined && { unixMode: modeFrom(unixMode, "rpc.unixMode") }),
    ...(tcp !== undefined && { tcp: addressFrom(tcp, "rpc.tcp") }),
    ...(tls !== undefined && { tls: tlsAddressFrom(tls, "rpc.tls", path) }),
  };
}

function httpFrom(value: unknown, path: PathOf): HttpPlace | undefined {
  if (value === undefined) return undefined;
  const { tls } = optionsFrom(value, ["host", "port", "tls"], "http");
  const address = addressFrom(value, "http", ["tls"]);
  return { ...address, ...(tls !== undefined && { tls: tlsFrom(tls, "http.tls", path) }) };
}

function tlsAddressFrom(value: unknown, name: string, path: PathOf): Address & TlsFiles {
  const address = addressFrom(value, name, TLS_KEYS);
  return { ...address, ...tlsFrom(value, name, path, ["host", "port"]) };
}

const TLS_KEYS = ["keyFile", "certFile", "caFile"];

function tlsFrom(
  value: unknown,
  name: string,
  path: PathOf,
  more: readonly string[] = [],
): TlsFiles {
  const { keyFile, certFile, caFile } = optionsFrom(value, [...TLS_KEYS, ...more], name);
  return {
    keyFile: path(keyFile, `${name}.keyFile`),
    certFile: path(certFile, `${name}.certFile`),
    ...(caFile !== undefined && { caFile: path(caFile, `${name}.caFile`) }),
  };
}

function addressFrom(value: unknown, name: string, more: readonly string[] = []): Address {
  const { host = "127.0.0.1", port } = optionsFrom(value, ["host", "port", ...more], name);
  if (!Number.isSafeInteger(port) || Number(port) < 0 || Number(port) > PORT_MAX) {
    throw refused(`${name}.port`, `wants a port from 0 to ${PORT_MAX}, 0 for any`, port);
  }
  return { host: text(host, `${name}.host`), port: Number(port) };
}

/** JSON has no octal numbers, so there it is a text such as "660". */
function modeFrom(value: unknown, name: string): number {
  const isText = typeof value === "string" && /^0?[0-7]{3}$/.test(value);
  const mode = isText ? Number.parseInt(value, 8) : value;
  if (Number.isSafeInteger(mode) && Number(mode) >= 0 && Number(mode) <= MODE_MAX) {
    return Number(mode);
  }
  throw refused(name, 'wants rights of a file as three octal digits, such as "660"', value);
}

function clientFrom(value: unknown, name: string): ClientRule {
  const given = optionsFrom(value, ["fingerprint", "commonName", "tenant", "calls"], name);
  const { fingerprint, commonName } = given;
  if ((fingerprint === undefined) === (commonName === undefined)) {
    throw new Refusal("BAD_REQUEST", name, "wants fingerprint or commonName, got neither or both");
  }
  const calls = callsFrom(given["calls"], `${name}.calls`);
  return {
    tenant: named(given["tenant"], `${name}.tenant`),
    ...(calls !== undefined && { calls }),
    ...(fingerprint === undefined
      ? { commonName: text(commonName, `${name}.commonName`) }
      : { fingerprint: fingerprintFrom(fingerprint, `${name}.fingerprint`) }),
  };
}

/** With colons and capitals, as tools print it, or without. */
function fingerprintFrom(value: unknown, name: string): string {
  const digits = typeof value === "string" ? value.replaceAll(":", "").toLowerCase() : "";
  if (FINGERPRINT.test(digits)) return digits;
  throw refused(name, "wants the SHA-256 of a certificate, 64 hexadecimal digits", value);
}

function modelsFrom(value: unknown, path: PathOf): ModelRules {
  const { folder, servers = [] } = optionsFrom(value, ["folder", "servers"], "models");
  return {
    ...(folder !== undefined && { folder: path(folder, "models.folder") }),
    servers: listOf(servers, "models.servers").map((one, i) => {
      const name = `models.servers[${i}]`;
      const server = text(one, name);
      if (URL.canParse(server)) return server;
      throw refused(name, "wants the address of a server, such as https://models:8000", one);
    }),
  };
}

/**
 * Returns the text of a file of PEM.
 *
 * @throws {Refusal} `BAD_REQUEST` when there is none.
 */
export function pemFrom(path: string, name: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const detail = `wants a file of PEM, got ${path}: ${(error as Error).message}`;
    throw new Refusal("BAD_REQUEST", name, detail);
  }
}

/** Returns the version of Bookend. */
export function bookendVersion(): string {
  const about: unknown = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  );
  return String(Object(about).version);
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw refused(name, "wants a list", value);
}

function text(value: unknown, name: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw refused(name, "wants a text", value);
}

function flag(value: unknown, name: string): boolean {
  if (typeof value === "boolean") return value;
  throw refused(name, "wants true or false", value);
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const got = code === "ENOENT" ? "none" : message;
    throw new Refusal("BAD_REQUEST", "", `wants a JSON file at ${path}, got ${got}`);
  }
}

function refused(name: string, wants: string, got: unknown): Refusal {
  const shown = typeof got === "string" ? JSON.stringify(got.slice(0, 40)) : String(got);
  return new Refusal("BAD_REQUEST", name, `${wants}, got ${shown}`);
}
