/**
 * The HTTP door: requests in, answers out, with one service behind.
 *
 * The order of a request: who asks is found out from its head; then its body is read, within
 * bounds; then a route of a table acts; and what comes of it, or what went wrong, is written in the
 * form that was asked for. The router is fastify, without its schemas and its logger: bodies are
 * looked at by us, and who wants to know of requests is told by the service's observer.
 *
 * Not here: HTTP/2, CORS, compression, routes of the operator's own. A proxy has them.
 *
 * @module
 */

import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";

import type { FastifyInstance } from "fastify";

import type { Door, DoorParts } from "../door.ts";
import { makeApp } from "./app.ts";
import { AtWork } from "./exchange.ts";
import type { TlsOptions } from "./listener.ts";

export type { TlsOptions } from "./listener.ts";

/** Where the door is, and what it shows besides. */
export interface HttpOptions {
  /** An address, or a name of one. */
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly tls?: TlsOptions | undefined;
  /** Gives the text of `/metrics`; without it there is no such path. */
  readonly metrics?: (() => Promise<string>) | undefined;
  /** The version of Bookend, for `/openapi.json` and `/v2`. */
  readonly version?: string | undefined;
}

/**
 * Opens the door.
 *
 * @throws {Error} When nothing can listen there.
 *
 * @example
 * ```ts
 * await using door = await openHttp(parts, { host: "127.0.0.1", port: 8080 });
 * ```
 */
export async function openHttp(parts: DoorParts, options: HttpOptions): Promise<Door> {
  const work = new AtWork();
  const app = makeApp(parts, options, work);
  await app.ready();
  const sockets = socketsOf(app.server);
  await listening(app.server, options);
  return new HttpDoor({ app, work, sockets }, options);
}

type Socket = IncomingMessage["socket"];

/** What a door holds while it is open. */
interface Opened {
  readonly app: FastifyInstance;
  readonly work: AtWork;
  /** Every connection until it is closed. */
  readonly sockets: ReadonlySet<Socket>;
}

function socketsOf(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return sockets;
}

class HttpDoor implements Door {
  readonly addresses: readonly string[];
  readonly #opened: Opened;
  #drained: Promise<void> | undefined;

  constructor(opened: Opened, { host, tls }: HttpOptions) {
    this.#opened = opened;
    const there = opened.app.server.address();
    const port = typeof there === "object" && there ? there.port : 0;
    const name = host.includes(":") ? `[${host}]` : host;
    this.addresses = [`${tls ? "https" : "http"}://${name}:${port}`];
  }

  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  async close(): Promise<void> {
    const drained = this.drain();
    const { work, sockets } = this.#opened;
    work.giveUp();
    for (const socket of sockets) socket.destroy();
    await drained;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #drain(): Promise<void> {
    const { app, work, sockets } = this.#opened;
    work.isDraining = true;
    await closed(app.server);
    // A server is closed when it has let go of its connections, which is a moment before they are.
    await Promise.all([...sockets].map((socket) => once(socket, "close")));
    await app.close();
  }
}

/** Not by fastify, for which `localhost` would be several servers. */
function listening(server: Server, { host, port }: HttpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Idle connections are closed at once, the others when they have been answered. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
