// Servers that say what a test has them say, with an encoder and decoder that are not ours.

import { createServer as createHttp, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createServer as createTls, type TlsOptions } from "node:tls";

import { Packr, Unpackr } from "msgpackr";

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false });

/** One request as it came, and what answers it. */
export interface Heard {
  /** Which connection it came over, counted from 0. */
  readonly connection: number;
  readonly type: number;
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
  readonly socket: Socket;
  /** Returns true, for a script that has done what there was to do. */
  answer(result: unknown): true;
  fail(fault: object): true;
}

export interface Scripted extends AsyncDisposable {
  readonly url: string;
  readonly heard: readonly Heard[];
  readonly sockets: readonly Socket[];
  /** Settles when so many requests, beside those that open a connection, have come. */
  until(count: number): Promise<void>;
}

/** Returns a message behind its length. */
export function frameOf(message: unknown): Buffer {
  const body = Buffer.from(packr.pack(message));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** Requests that a client makes of its own, to open a connection. */
const OPENING = new Set(["auth", "ping"]);

/**
 * Starts a server of MessagePack-RPC. `auth` and `ping` are answered, unless `script` does.
 *
 * @param script Answers a request, later or never; returns true when that was its own business.
 */
export async function startScripted(
  script: (heard: Heard) => boolean | void,
  port = 0,
  tls?: TlsOptions,
): Promise<Scripted> {
  const heard: Heard[] = [];
  const sockets: Socket[] = [];
  const connected = (socket: Socket) => {
    const connection = sockets.push(socket) - 1;
    let bytes = Buffer.alloc(0);
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE(0)) {
        const end = 4 + bytes.readUInt32BE(0);
        const message = unpackr.unpack(bytes.subarray(4, end)) as unknown[];
        bytes = bytes.subarray(end);
        take(message, connection, socket);
      }
    });
  };
  const server = tls ? createTls(tls, connected) : createServer(connected);
  server.on("tlsClientError", () => undefined);
  const take = (message: unknown[], connection: number, socket: Socket) => {
    const isRequest = message[0] === 0;
    const [type, id, method, params] = isRequest ? message : [message[0], -1, ...message.slice(1)];
    const write = (error: unknown, result: unknown) =>
      socket.write(frameOf([1, id, error, result])) || true;
    const one: Heard = {
      ...{ connection, socket, type: Number(type), id: Number(id), method: String(method) },
      params: params as unknown[],
      answer: (result) => (write(null, result), true),
      fail: (fault) => (write({ path: "", detail: "", ...fault }, null), true),
    };
    if (!OPENING.has(one.method)) heard.push(one);
    const isDone = script(one);
    if (isDone !== true && OPENING.has(one.method)) one.answer("pong");
  };
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const { port: listening } = server.address() as AddressInfo;
  return {
    ...{ url: `${tls ? "tls" : "tcp"}://127.0.0.1:${listening}`, heard, sockets },
    until: async (count) => {
      while (heard.length < count) await new Promise((resolve) => setTimeout(resolve, 2));
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One HTTP request as it came. */
export interface HeardHttp {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

export interface ScriptedHttp extends AsyncDisposable {
  readonly url: string;
  readonly heard: readonly HeardHttp[];
}

/** Starts an HTTP server; `/v1/describe` is answered, unless `script` does. */
export async function startScriptedHttp(
  script: (heard: HeardHttp, response: ServerResponse, message: IncomingMessage) => boolean | void,
): Promise<ScriptedHttp> {
  const heard: HeardHttp[] = [];
  const server = createHttp(async (message, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const { method = "", url: path = "", headers } = message;
    const body = bytes.length > 0 ? (unpackr.unpack(bytes) as unknown) : undefined;
    const one = { method, path, headers, body };
    heard.push(one);
    if (script(one, response, message) !== true) respond(response, 200, DESCRIPTION);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${port}`, heard },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers with MessagePack. */
export function respond(response: ServerResponse, status: number, body: unknown): true {
  response.writeHead(status, { "content-type": "application/msgpack" });
  response.end(packr.pack(body));
  return true;
}

/** What `describe` answers. */
export const DESCRIPTION = {
  ...{ service: "bookend", version: "0", tenant: "acme", isolation: "process", tenancy: "shared" },
  ...{ jail: "bubblewrap", workers: 1, busy: 0, waiting: 0, limits: { wallMs: 1000 } },
  libraries: [{ name: "numjs", aliases: ["numpy"], version: "1", standsIn: "numpy" }],
};

/** What `register` and `look` answer of a hook. */
export const VIEW = {
  ...{ id: "a".repeat(64), kind: "pre", name: "double", tenant: "acme", version: "b".repeat(64) },
  ...{ ref: "double@bbbbbbbbbbbb", parameters: 2, libraries: [] },
};

/** What a call cost, with numbers that stand for themselves. */
export const RECEIPT = {
  ...{ totalMs: 1.5, queueMs: 0, loadMs: 0, wallMs: 1, cpuMs: 1, checkMs: 0, transferMs: 0.5 },
  ...{ bytesIn: 1, bytesOut: 2, heapBytes: 3, warm: true, logsDropped: 0 },
};
