/**
 * Who asks, found before anything of a body is read, and what else the head of a request says.
 *
 * A key stands in `Authorization`, as `Bearer KEY` or alone, as callers of the service before this
 * one send it. Without a key it is the certificate that counts, and without that whoever may come
 * in where a server has no keys.
 *
 * A server without keys is on a machine of somebody who has a browser, too. So whom it lets in
 * without one must not be a page: a request with an Origin, or one to loopback under another name
 * than loopback's, is refused.
 *
 * @module
 */

import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

import { Refusal } from "../../faults.ts";
import type { TraceContext } from "../../flow/model.ts";
import { traceFrom } from "../../flow/trace-context.ts";
import type { Certificate, Gate } from "../door.ts";
import type { Caller } from "../service.ts";

type Socket = IncomingMessage["socket"];

/** Certificates that TLS has verified, by connection: each is read once. */
const certificates = new WeakMap<Socket, Certificate | false>();

/**
 * Returns whose request it is.
 *
 * @param isMutual Whether the door asks for certificates: then nobody comes in without anything.
 * @throws {Refusal} `UNAUTHENTICATED`.
 */
export function callerOf(request: IncomingMessage, gate: Gate, isMutual: boolean): Caller {
  const { headers, socket } = request;
  const key = keyIn(headers.authorization);
  if (key !== undefined) {
    const caller = gate.byKey(key) ?? unkeyed(request, gate, isMutual);
    if (caller) return caller;
    throw new Refusal(
      "UNAUTHENTICATED",
      "authorization",
      "wants a key of this server, got another",
    );
  }
  const certificate = certificateOf(socket);
  const caller = certificate ? gate.byCertificate(certificate) : undefined;
  const found = caller ?? unkeyed(request, gate, isMutual);
  if (found) return found;
  const wants = "wants a key in the header Authorization, as Bearer KEY";
  const got = certificate ? `a certificate of nobody (${certificate.fingerprint})` : "none";
  throw new Refusal("UNAUTHENTICATED", "authorization", `${wants}, got ${got}`);
}

/** Returns the key, whatever stands before it. */
function keyIn(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization === "") return undefined;
  const [first = "", second, ...more] = authorization.split(" ");
  if (second === undefined) return first;
  return first.toLowerCase() === "bearer" && more.length === 0 ? second : "";
}

function unkeyed(request: IncomingMessage, gate: Gate, isMutual: boolean): Caller | undefined {
  if (!gate.anyone || isMutual) return undefined;
  const { headers, socket } = request;
  const { origin, host = "" } = headers;
  if (origin !== undefined) {
    const detail = "wants no request of a web page (Origin) while the server has no keys";
    throw new Refusal("UNAUTHENTICATED", "origin", detail);
  }
  if (isLoopback(socket.localAddress) && !isLoopbackHost(host)) {
    const detail = "wants localhost or an address in Host while the server has no keys, got";
    throw new Refusal("UNAUTHENTICATED", "host", `${detail} ${JSON.stringify(host.slice(0, 100))}`);
  }
  return gate.anyone;
}

/** Returns whether the request comes from this machine, and not through a proxy on it. */
export function isLocal({ headers, socket }: IncomingMessage): boolean {
  const isForwarded = headers["x-forwarded-for"] ?? headers["forwarded"];
  return isForwarded === undefined && isLoopback(socket.remoteAddress);
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(address);
}

function isLoopbackHost(host: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i.test(host);
}

function certificateOf(socket: Socket): Certificate | undefined {
  const known = certificates.get(socket);
  if (known !== undefined) return known === false ? undefined : known;
  const read = readCertificate(socket);
  certificates.set(socket, read ?? false);
  return read;
}

/** Only a certificate that TLS has verified against our own authorities is one. */
function readCertificate(socket: Socket): Certificate | undefined {
  const { authorized, getPeerCertificate } = socket as {
    authorized?: unknown;
    getPeerCertificate?: () => { fingerprint256?: unknown; subject?: { CN?: unknown } };
  };
  if (authorized !== true || !getPeerCertificate) return undefined;
  const { fingerprint256, subject } = getPeerCertificate.call(socket);
  if (typeof fingerprint256 !== "string") return undefined;
  const name = subject?.CN;
  return {
    fingerprint: fingerprint256.replaceAll(":", "").toLowerCase(),
    commonName: typeof name === "string" ? name : "",
  };
}

/** Returns the trace that a request belongs to. One that is not well formed is none. */
export function traceOf(headers: IncomingHttpHeaders): TraceContext | undefined {
  return traceFrom(headers["traceparent"], headers["tracestate"]);
}

/**
 * Returns the milliseconds that a caller gives his request, from `bookend-deadline-ms`.
 *
 * @throws {Refusal} `BAD_REQUEST`.
 */
export function deadlineOf(headers: IncomingHttpHeaders): number | undefined {
  const said = headers["bookend-deadline-ms"];
  if (said === undefined) return undefined;
  if (typeof said === "string" && /^\d{1,9}$/.test(said)) return Number(said);
  const wants = "wants a whole number of milliseconds, got";
  const detail = `${wants} ${JSON.stringify(String(said).slice(0, 40))}`;
  throw new Refusal("BAD_REQUEST", "bookend-deadline-ms", detail);
}
