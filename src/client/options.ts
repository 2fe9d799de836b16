/**
 * Where a server is and how it is to be spoken to, held to its form before anything is opened.
 *
 * @module
 */

import { Refusal } from "../faults.ts";
import { LIMITS } from "../limits.ts";
import { optionsFrom } from "../runtime/options.ts";
import type { TlsOptions } from "./interface.ts";

/** Where a server is. */
export type Place =
  | { readonly kind: "unix"; readonly path: string; readonly url: string }
  | {
      readonly kind: "tcp" | "tls";
      readonly host: string;
      readonly port: number;
      readonly url: string;
    }
  /** `base` is the URL up to where `/v1` follows. */
  | { readonly kind: "http" | "https"; readonly base: URL; readonly url: string };

/** All that `connect` was told. */
export interface Settings {
  readonly place: Place;
  readonly key: string | undefined;
  readonly deadlineMs: number | undefined;
  readonly tls: TlsOptions;
  readonly signal: AbortSignal | undefined;
  readonly connectMs: number;
  readonly tries: number;
  readonly retries: number;
  readonly inFlightMax: number;
  readonly frameBytes: number;
}

const KNOWN = [
  ...["key", "deadlineMs", "tls", "signal", "connectMs", "tries", "retries"],
  ...["inFlightMax", "frameBytes"],
];
/** No timer of Node's goes further. */
const MS_MAX = 2 ** 31 - 1;
const FRAME = LIMITS.frameBytes;

const WANTS =
  "wants unix:/path, tcp://host:port, tls://host:port, http://host:port or https://host:port";

/**
 * Returns what was said, checked.
 *
 * @throws {Refusal} `BAD_REQUEST` with the name of the option in its path.
 */
export function settingsFrom(url: unknown, options: unknown): Settings {
  const given = optionsFrom(options, KNOWN);
  const place = placeFrom(url);
  const { key, signal } = given;
  const count = (name: string, usual: number, [min, max]: readonly [number, number]) =>
    countFrom(given[name] ?? usual, name, [min, max]);
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new Refusal("BAD_REQUEST", "signal", `wants an AbortSignal, got ${typeof signal}`);
  }
  return {
    place,
    key: key === undefined ? undefined : keyFrom(key),
    deadlineMs: deadlineFrom(given["deadlineMs"]),
    tls: tlsFrom(given["tls"], place),
    signal,
    connectMs: count("connectMs", 10_000, [1, MS_MAX]),
    tries: count("tries", 5, [1, 1_000]),
    retries: count("retries", 0, [0, 100]),
    inFlightMax: count("inFlightMax", LIMITS.connectionCalls.default, [
      1,
      LIMITS.connectionCalls.max,
    ]),
    frameBytes: count("frameBytes", FRAME.default, [FRAME.min, FRAME.max]),
  };
}

/**
 * Returns a number of milliseconds after which a request is given up.
 *
 * @throws {Refusal} `BAD_REQUEST` when it is none.
 */
export function deadlineFrom(ms: unknown): number | undefined {
  return ms === undefined ? undefined : countFrom(ms, "deadlineMs", [1, MS_MAX]);
}

function placeFrom(value: unknown): Place {
  const text = value instanceof URL ? value.href : value;
  if (typeof text !== "string") return refuse("url", `${WANTS}, got ${typeof value}`);
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length).replace(/^\/\//, "");
    if (path === "" || path.includes("\0")) refuse("url", `${WANTS}, got a unix: without a path`);
    return { kind: "unix", path, url: `unix:${path}` };
  }
  const url = URL.parse(text);
  // A text that is no URL may still hold a key, so it is not shown.
  if (!url) return refuse("url", `${WANTS}, got a string that is none`);
  if (url.username || url.password) refuse("url", "wants no user and password in it, but a key");
  if (url.search || url.hash) refuse("url", "wants nothing behind a ? or #");
  const kind = url.protocol.slice(0, -1);
  if (kind === "http" || kind === "https") {
    return { kind, base: url, url: url.origin + url.pathname.replace(/\/+$/, "") };
  }
  if (kind !== "tcp" && kind !== "tls") return refuse("url", `${WANTS}, got ${url.protocol}`);
  const port = Number(url.port);
  if (url.hostname === "" || port === 0) refuse("url", `${WANTS}, got no host or port`);
  return {
    kind,
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port,
    url: `${kind}://${url.host}`,
  };
}

/** What is no header is no key either. Its value stays unsaid. */
function keyFrom(key: unknown): string {
  if (typeof key === "string" && /^[\x21-\x7e]{1,1024}$/.test(key)) return key;
  return refuse("key", "wants a key: up to 1024 letters, digits and signs without spaces");
}

function tlsFrom(value: unknown, { kind, url }: Place): TlsOptions {
  if (value === undefined) return {};
  if (kind !== "tls" && kind !== "https") {
    refuse(
      "tls",
      `wants a URL of tls:// or https://, got ${url}: nothing there would be encrypted`,
    );
  }
  const given = optionsFrom(value, ["ca", "cert", "key"], "tls");
  const { ca, cert, key } = given;
  for (const [name, text] of Object.entries({ ca, cert, key })) {
    if (text === undefined || (typeof text === "string" && text.includes("-----BEGIN "))) continue;
    refuse(`tls.${name}`, "wants the text of a PEM file; read the file first");
  }
  if ((cert === undefined) !== (key === undefined)) refuse("tls", "wants cert and key together");
  return given as TlsOptions;
}

function countFrom(value: unknown, path: string, [min, max]: readonly [number, number]): number {
  if (Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max) {
    return Number(value);
  }
  return refuse(path, `wants a whole number from ${min} to ${max}, got ${String(value)}`);
}

function refuse(path: string, detail: string): never {
  throw new Refusal("BAD_REQUEST", path, detail);
}
