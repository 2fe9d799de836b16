/**
 * The server of Node behind the door: its bounds, its connections, and what it says to those who do
 * not speak HTTP.
 *
 * A connection ends when its request takes longer to come than `limits.requestMs`, when nobody
 * reads its answer for as long, and when it lies idle for `limits.idleMs`. While an answer is being
 * worked out nothing ends it but its client.
 *
 * @module
 */

import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";

import { Refusal } from "../../faults.ts";
import type { DoorParts } from "../door.ts";
import { Declined, declined } from "./problem.ts";

type Socket = IncomingMessage["socket"];

/** The key and certificate of the server, PEM; with `ca` clients are asked for theirs. */
export interface TlsOptions {
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
  readonly ca?: string | Buffer | undefined;
}

/** All headers of a request together: a key, a trace and some more are below 2 KiB. */
const HEADERS_BYTES = 16 * 1024;
const HEADERS_MAX = 100;
/** How often connections are looked at that may be over their time, in milliseconds. */
const LOOK_MS = 500;

/** Goes with everything that is answered. */
export const HEADERS_ALWAYS = {
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
} as const;

/** Returns a server that does not listen yet. */
export function makeServer(
  handler: RequestListener,
  parts: DoorParts,
  tls: TlsOptions | undefined,
): Server {
  const { requestMs, idleMs } = parts.limits;
  const options = {
    ...{ maxHeaderSize: HEADERS_BYTES, insecureHTTPParser: false, requireHostHeader: true },
    ...{ requestTimeout: requestMs, headersTimeout: requestMs, keepAliveTimeout: idleMs },
    connectionsCheckingInterval: Math.min(LOOK_MS, requestMs),
  };
  const server = tls
    ? createTlsServer({ ...options, ...tlsRules(tls, requestMs) }, handler)
    : createServer(options, handler);
  server.maxHeadersCount = HEADERS_MAX;
  // With a listener of its own Node sends no `100 Continue`: that is for who has been let in.
  server.on("checkContinue", handler);
  server.on("connection", (socket: Socket) => admit(socket, parts));
  return server;
}

/** Who shows no certificate may still have a key: the gate decides, not the handshake. */
function tlsRules({ key, cert, ca }: TlsOptions, handshakeTimeout: number): object {
  const mutual = ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: false };
  return { key, cert, minVersion: "TLSv1.2", handshakeTimeout, ...mutual };
}

/** Counts a connection in, or ends it when there are too many. */
function admit(socket: Socket, { gate, observer, limits }: DoorParts): void {
  const counted = gate.connected();
  if (!counted) {
    const most = `wants at most ${limits.connections} connections (limits.connections)`;
    observer.refused("http", "POOL_FULL", `${most}, got one more`);
    socket.destroy();
    return;
  }
  const seen = observer.connected("http");
  socket.once("close", () => {
    counted[Symbol.dispose]();
    seen[Symbol.dispose]();
  });
}

/** The requests of each connection that are at work. */
export class Connections {
  readonly #busy = new WeakMap<Socket, number>();
  readonly #callsMax: number;

  constructor(server: Server, { requestMs, connectionCalls }: DoorParts["limits"]) {
    this.#callsMax = connectionCalls;
    // Time without a byte either way: what is at work may take longer, what is not read may not.
    server.setTimeout(requestMs, (socket) => {
      if (!this.#busy.get(socket)) socket.destroy();
    });
  }

  /**
   * Counts a request in, until what is returned is disposed of.
   *
   * @throws {Refusal} `POOL_FULL` when the connection has as many at work as it may.
   */
  begin(socket: Socket): Disposable {
    const busy = this.#busy.get(socket) ?? 0;
    if (busy >= this.#callsMax) {
      const wants = `wants at most ${this.#callsMax} requests of a connection at a time`;
      throw new Refusal("POOL_FULL", "", `${wants} (limits.connectionCalls), got one more`);
    }
    this.#busy.set(socket, busy + 1);
    return {
      [Symbol.dispose]: () => {
        this.#busy.set(socket, (this.#busy.get(socket) ?? 1) - 1);
      },
    };
  }
}

const STATUS_OF: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Tells a client whose request is none, where it can still be told, and ends the connection. */
export function answerBroken(
  error: NodeJS.ErrnoException,
  socket: Socket,
  { observer }: DoorParts,
): void {
  const code = error.code ?? "";
  // A client that went away has no request that we refused.
  if (code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUS_OF[code] ?? 400;
  const detail = `wants a request that keeps to HTTP/1.1 and comes in time, got ${code || "none"}`;
  observer.refused("http", "BAD_REQUEST", detail);
  const { fields } = declined(new Declined(status, detail));
  const body = JSON.stringify(fields);
  const headers = {
    ...HEADERS_ALWAYS,
    "content-type": "application/problem+json",
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const head = [`HTTP/1.1 ${status} ${String(fields["title"])}`, ...lines].join("\r\n");
  socket.end(`${head}\r\n\r\n${body}`, () => socket.destroy());
}
