/**
 * The load: clients that send the same bytes again and again and look at no more of an answer than
 * its end, so that what is measured is the server. HTTP has a connection for each request at a
 * time, MessagePack-RPC one for all.
 *
 * @module
 */

import { connect, type NetConnectOpts, type Socket } from "node:net";

/** Sends one request and waits for its answer. */
export interface Client extends Disposable {
  call(): Promise<void>;
}

const HEAD_END = Buffer.from("\r\n\r\n");

/** Connections that are free are taken again, the last one first. */
export class HttpClient implements Client {
  readonly #port: number;
  readonly #request: Buffer;
  readonly #free: HttpConnection[] = [];
  readonly #all: HttpConnection[] = [];

  constructor(port: number, request: Buffer) {
    this.#port = port;
    this.#request = request;
  }

  async call(): Promise<void> {
    let connection = this.#free.pop();
    if (!connection) {
      connection = new HttpConnection(connect({ port: this.#port, host: "127.0.0.1" }));
      this.#all.push(connection);
    }
    await connection.ask(this.#request);
    this.#free.push(connection);
  }

  [Symbol.dispose](): void {
    for (const connection of this.#all) connection.end();
  }
}

/** One answer at a time: its head says how long it is. */
class HttpConnection {
  readonly #socket: Socket;
  #answered = Promise.withResolvers<void>();
  #head = "";
  #left = -1;

  constructor(socket: Socket) {
    this.#socket = socket.setNoDelay(true);
    socket.on("data", (part: Buffer) => this.#read(part));
    socket.on("error", (error) => this.#answered.reject(error));
    socket.on("close", () => this.#answered.reject(new Error("The server closed a connection")));
    this.#answered.promise.catch(() => undefined);
  }

  ask(request: Buffer): Promise<void> {
    this.#answered = Promise.withResolvers();
    this.#socket.write(request);
    return this.#answered.promise;
  }

  end(): void {
    this.#socket.destroy();
  }

  #read(part: Buffer): void {
    let body = part.length;
    if (this.#left < 0) {
      const end = part.indexOf(HEAD_END);
      this.#head += part.toString("latin1", 0, end < 0 ? part.length : end);
      if (end < 0) return;
      if (!this.#head.startsWith("HTTP/1.1 200")) {
        throw new Error(`wants 200, got ${part.toString("utf8").slice(0, 500)}`);
      }
      const length = /\r\ncontent-length: *(\d+)/i.exec(this.#head)?.[1];
      if (length === undefined) throw new Error(`An answer does not say its length: ${this.#head}`);
      this.#left = Number(length);
      this.#head = "";
      body = part.length - end - HEAD_END.length;
    }
    this.#left -= body;
    if (this.#left > 0) return;
    this.#left = -1;
    this.#answered.resolve();
  }
}

/** Where the number of a request stands, behind its length and three bytes, and where it ends. */
const ID_AT = 7;
const HEAD_BYTES = 11;
const LENGTH_BYTES = 4;

/** Requests of one connection, as many at a time as are asked for. */
export class RpcClient implements Client {
  readonly #socket: Socket;
  readonly #head: Buffer;
  /** The same for each request, and not copied for each. */
  readonly #body: Buffer;
  readonly #waiting = new Map<number, PromiseWithResolvers<void>>();
  #next = 1;
  #rest: Buffer = Buffer.alloc(0);
  #isCorked = false;

  /** @param request With its length in front, its number as a uint 32. */
  constructor(where: NetConnectOpts, request: Buffer) {
    this.#head = request.subarray(0, HEAD_BYTES);
    this.#body = request.subarray(HEAD_BYTES);
    this.#socket = connect(where);
    if ("port" in where) this.#socket.setNoDelay(true);
    this.#socket.on("data", (part: Buffer) => this.#read(part));
    const failed = (error?: Error) => {
      for (const { reject } of this.#waiting.values()) reject(error ?? new Error("closed"));
    };
    this.#socket.on("error", failed);
    this.#socket.on("close", () => failed());
  }

  call(): Promise<void> {
    const id = this.#next++;
    const head = Buffer.from(this.#head);
    head.writeUInt32BE(id, ID_AT);
    this.#cork();
    this.#socket.write(head);
    this.#socket.write(this.#body);
    const waiting = Promise.withResolvers<void>();
    this.#waiting.set(id, waiting);
    return waiting.promise;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  /** What is asked in this turn of the loop goes out together. */
  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#socket.cork();
    queueMicrotask(() => {
      this.#isCorked = false;
      this.#socket.uncork();
    });
  }

  #read(part: Buffer): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, part]) : part;
    let at = 0;
    while (bytes.length - at >= LENGTH_BYTES) {
      const end = at + LENGTH_BYTES + bytes.readUInt32BE(at);
      if (end > bytes.length) break;
      this.#answer(bytes.subarray(at + LENGTH_BYTES, end));
      at = end;
    }
    this.#rest = bytes.subarray(at);
  }

  /** `[1, id, nil, …]`, with an id in the shortest form. */
  #answer(message: Buffer): void {
    const [id, next] = unsigned(message, 2);
    if (message[0] !== 0x94 || message[1] !== 1 || message[next] !== 0xc0) {
      throw new Error(
        `wants an answer that is no error, got ${message.toString("latin1", 0, 500)}`,
      );
    }
    this.#waiting.get(id)?.resolve();
    this.#waiting.delete(id);
  }
}

function unsigned(bytes: Buffer, at: number): [value: number, next: number] {
  const first = bytes[at] ?? 0;
  if (first === 0xcc) return [bytes.readUInt8(at + 1), at + 2];
  if (first === 0xcd) return [bytes.readUInt16BE(at + 1), at + 3];
  if (first === 0xce) return [bytes.readUInt32BE(at + 1), at + 5];
  return [first, at + 1];
}
