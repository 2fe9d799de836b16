/**
 * The MessagePack-RPC door: where it listens, who is let in, how it closes.
 *
 * What is said over a connection is in `PROTOCOL.md`, and held to it by a test.
 *
 * Invariants:
 * - A connection is counted from when it is made, TLS or not, until it is closed.
 * - A socket file is born with the rights that it is to have.
 * - When `close` or `drain` has settled, no listener, connection or timer is left.
 *
 * @module
 */

import { createPrivateKey, X509Certificate } from "node:crypto";
import { lstatSync, unlinkSync } from "node:fs";
import net from "node:net";
import tls from "node:tls";

import { Refusal } from "../../faults.ts";
import type { Door, DoorParts } from "../door.ts";
import type { Caller } from "../service.ts";
import { Connection } from "./connection.ts";
import { Rooms } from "./rooms.ts";

/** Where a server listens: at one place at least. */
export interface RpcOptions {
  /** The path of a socket file. */
  readonly unix?: string | undefined;
  /** Its rights. Default: `0o600`, for its owner alone. */
  readonly unixMode?: number | undefined;
  readonly tcp?: Address | undefined;
  readonly tls?: TlsAddress | undefined;
}

export interface Address {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

/** An address behind TLS 1.2 or later. All texts are PEM. */
export interface TlsAddress extends Address {
  readonly key: string;
  readonly cert: string;
  /** Who signs the certificates of clients; with it, nobody comes in without one. */
  readonly ca?: string | undefined;
}

const UNIX_MODE = 0o600;
/** How often connections look at the clock: four times in the shortest of what they wait for. */
const SWEEP_MS_MAX = 250;
const SWEEP_MS_MIN = 25;
/** Of a client who vanished without a word the kernel asks after this time. */
const KEEP_ALIVE_MS = 60_000;

/**
 * Opens the door.
 *
 * @throws {Refusal} `BAD_REQUEST` when there is no place to listen at, or somebody is there.
 *
 * @example
 * ```ts
 * await using door = await openRpc({ service, gate, limits, observer }, { unix: "bookend.sock" });
 * door.addresses; // ["unix:bookend.sock"]
 * ```
 */
export async function openRpc(parts: DoorParts, options: RpcOptions): Promise<Door> {
  const door = new RpcDoor(parts);
  try {
    await door.listen(options);
    return door;
  } catch (error) {
    await door.close();
    throw error;
  }
}

class RpcDoor implements Door {
  readonly addresses: string[] = [];
  readonly #parts: DoorParts;
  readonly #servers: net.Server[] = [];
  readonly #rooms = new Rooms();
  readonly #connections = new Set<Connection>();
  /** Every socket, also those that shake hands still. */
  readonly #sockets = new Set<net.Socket>();
  readonly #sweeping: NodeJS.Timeout;
  readonly #emptied = Promise.withResolvers<void>();
  #ended: Promise<void> | undefined;

  constructor(parts: DoorParts) {
    this.#parts = parts;
    const ms = Math.max(SWEEP_MS_MIN, Math.min(SWEEP_MS_MAX, parts.limits.requestMs / 4));
    this.#sweeping = setInterval(() => this.#sweep(), ms);
  }

  async listen({ unix, unixMode = UNIX_MODE, tcp, tls: secure }: RpcOptions): Promise<void> {
    if (unix === undefined && !tcp && !secure) {
      throw new Refusal("BAD_REQUEST", "rpc", "wants a place to listen at: unix, tcp or tls");
    }
    if (unix !== undefined) {
      await makeRoom(unix);
      const server = this.#plain();
      await withRights(unixMode, () => listening(server, { path: unix }));
      this.addresses.push(`unix:${unix}`);
    }
    if (tcp) this.addresses.push(await addressOf("tcp", this.#plain(), tcp));
    if (secure) this.addresses.push(await addressOf("tls", this.#secure(secure), secure));
  }

  async drain(): Promise<void> {
    const ended = this.#end();
    for (const connection of this.#connections) connection.drain();
    await ended;
  }

  async close(): Promise<void> {
    const ended = this.#end();
    for (const socket of this.#sockets) socket.destroy();
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Listens no more; settles when the last connection is closed. */
  #end(): Promise<void> {
    if (!this.#ended) {
      // A server says that it is closed before its last socket does.
      const all = Promise.all([this.#emptied.promise, ...this.#servers.map(closed)]);
      this.#ended = all.then(() => clearInterval(this.#sweeping));
      if (this.#sockets.size === 0) this.#emptied.resolve();
    }
    return this.#ended;
  }

  #plain(): net.Server {
    const server = net.createServer({ ...SOCKET_OPTIONS });
    server.on("connection", (socket) => {
      if (this.#isLetIn(socket)) this.#connect(socket, this.#parts.gate.anyone);
    });
    this.#servers.push(server);
    return server;
  }

  #secure(at: TlsAddress): tls.Server {
    const server = tlsServer(at, this.#parts.limits.requestMs);
    server.on("connection", (socket) => this.#isLetIn(socket));
    server.on("secureConnection", (socket) => this.#connect(socket, this.#callerOf(socket)));
    server.on("tlsClientError", ({ message }, socket) => {
      this.#parts.observer.refused("rpc", "UNAUTHENTICATED", message);
      // Who is late with his handshake would stay.
      socket.destroy();
    });
    this.#servers.push(server);
    return server;
  }

  /** Counts a socket in, or closes it. */
  #isLetIn(socket: net.Socket): boolean {
    const slot = this.#parts.gate.connected();
    if (!slot) {
      const detail = "wants fewer connections at a time (limits.connections), got one more";
      this.#parts.observer.refused("rpc", "POOL_FULL", detail);
      socket.destroy();
      return false;
    }
    this.#sockets.add(socket);
    socket.once("close", () => {
      slot[Symbol.dispose]();
      this.#sockets.delete(socket);
      if (this.#ended && this.#sockets.size === 0) this.#emptied.resolve();
    });
    return true;
  }

  #connect(socket: net.Socket, caller: Caller | undefined): void {
    const observed = this.#parts.observer.connected("rpc");
    const connection = new Connection(socket, {
      ...this.#parts,
      rooms: this.#rooms,
      caller,
      onClosed: () => {
        this.#connections.delete(connection);
        observed[Symbol.dispose]();
      },
    });
    this.#connections.add(connection);
    // It shook hands while the others were told to go.
    if (this.#ended) connection.drain();
  }

  #callerOf(socket: tls.TLSSocket): Caller | undefined {
    const { gate } = this.#parts;
    if (!socket.authorized) return gate.anyone;
    const { fingerprint256, subject } = socket.getPeerCertificate();
    const fingerprint = fingerprint256.replaceAll(":", "").toLowerCase();
    const names: unknown = subject.CN;
    const commonName = typeof names === "string" ? names : "";
    return gate.byCertificate({ fingerprint, commonName }) ?? gate.anyone;
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const connection of this.#connections) connection.sweep(nowMs);
  }
}

const SOCKET_OPTIONS = {
  // Its side of a connection is closed by the connection itself, behind the last answer.
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: KEEP_ALIVE_MS,
} as const;

function tlsServer({ key, cert, ca }: TlsAddress, handshakeTimeout: number): tls.Server {
  try {
    // Else the server would listen, and shake hands with nobody.
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
      throw new Error("a key of another certificate");
    }
    return tls.createServer({
      ...SOCKET_OPTIONS,
      ...{ key, cert, minVersion: "TLSv1.2", handshakeTimeout },
      ...(ca !== undefined && { ca, requestCert: true, rejectUnauthorized: true }),
    });
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    const detail = `wants a key, its certificate, and perhaps a ca, as PEM, got ${got}`;
    throw new Refusal("BAD_REQUEST", "rpc.tls", detail);
  }
}

async function addressOf(scheme: string, server: net.Server, at: Address): Promise<string> {
  const { host, port } = at;
  await listening(server, { host, port });
  const found = server.address();
  const bound = typeof found === "object" && found ? found.port : port;
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${bound}`;
}

function listening(server: net.Server, options: net.ListenOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const place = options.path ?? `${options.host}:${options.port}`;
  const refuse = ({ message }: Error) => {
    const detail = `wants an address to listen at, got ${place}: ${message}`;
    reject(new Refusal("BAD_REQUEST", "rpc", detail));
  };
  server.once("error", refuse);
  server.listen(options, () => {
    server.off("error", refuse);
    // One that could not be taken (no descriptor was left) is that client's affair.
    server.on("error", () => undefined);
    resolve();
  });
  return promise;
}

function closed(server: net.Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // It says that it was not listening, where it never did.
  server.close(() => resolve());
  return promise;
}

/** A file is made with the rights that the umask leaves of all: nobody can be there before them. */
async function withRights(mode: number, make: () => Promise<void>): Promise<void> {
  const before = process.umask(0o777 & ~mode);
  let made: Promise<void>;
  try {
    made = make();
  } finally {
    process.umask(before);
  }
  await made;
}

/** Takes a socket file away that nobody listens at any more. */
async function makeRoom(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) {
    const detail = `wants the path of a socket, got ${path}, which is something else`;
    throw new Refusal("BAD_REQUEST", "rpc.unix", `${detail}: give another path`);
  }
  if (await isListening(path)) {
    const detail = `wants a path at which nobody listens, got ${path}`;
    throw new Refusal(
      "BAD_REQUEST",
      "rpc.unix",
      `${detail}: end that server, or give another path`,
    );
  }
  unlinkSync(path);
}

function isListening(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = net.connect({ path });
  socket.once("connect", () => resolve(true));
  // Only a refusal says that nobody is there: a full queue, or missing rights, do not.
  socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED"));
  return promise.finally(() => socket.destroy());
}
