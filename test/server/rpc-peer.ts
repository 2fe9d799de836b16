// What the tests of the RPC door share: a door before a real service, and a client that is not ours
// but for the socket: msgpackr writes its messages and reads the answers.

import net from "node:net";

import { Packr, Unpackr } from "msgpackr";

import type { FlowRuntime } from "../../src/flow/runtime.ts";
import { DEFAULTS, type LimitOptions, type Limits } from "../../src/limits.ts";
import { BookendService } from "../../src/server/bookend-service.ts";
import type { Door, Gate } from "../../src/server/door.ts";
import { MemoryRegistry } from "../../src/server/memory-registry.ts";
import { type Observer, UNOBSERVED } from "../../src/server/observer.ts";
import { openRpc, type RpcOptions } from "../../src/server/rpc/server.ts";
import type { Caller, Service } from "../../src/server/service.ts";

export const ACME: Caller = { tenant: "acme", key: "a", callsMax: 1_000 };
export const OTHER: Caller = { tenant: "other", key: "o", callsMax: 1_000 };
const KEYS: Readonly<Record<string, Caller>> = { "acme-key": ACME, "other-key": OTHER };

/** A gate that knows two keys, and counts. */
export class TestGate implements Gate {
  readonly anyone: Caller | undefined;
  readonly connectionsMax: number;
  connections = 0;
  byCertificate: Gate["byCertificate"] = () => undefined;

  constructor(anyone?: Caller, connectionsMax = 100) {
    this.anyone = anyone;
    this.connectionsMax = connectionsMax;
  }

  byKey(key: string): Caller | undefined {
    return KEYS[key];
  }

  connected(): Disposable | undefined {
    if (this.connections >= this.connectionsMax) return undefined;
    this.connections += 1;
    return { [Symbol.dispose]: () => void (this.connections -= 1) };
  }
}

/** What a door of a test is made with. */
export interface Opening {
  readonly gate?: TestGate;
  readonly limits?: LimitOptions;
  readonly options?: RpcOptions;
  readonly service?: Service;
}

/** A door that is open, and what was seen at it. */
export interface Opened extends AsyncDisposable {
  readonly door: Door;
  readonly gate: TestGate;
  readonly service: Service;
  /** The codes of those who were refused. */
  readonly refused: string[];
  /** Connects to the first address. */
  connect(framing?: "bare" | "length"): Promise<Client>;
}

/** Opens a door before a service of its own, over a runtime that several may have. */
export async function open(runtime: FlowRuntime, opening: Opening = {}): Promise<Opened> {
  const { gate = new TestGate(ACME), options = { tcp: { host: "127.0.0.1", port: 0 } } } = opening;
  const refused: string[] = [];
  const observer: Observer = { ...UNOBSERVED, refused: (_door, code) => void refused.push(code) };
  const limits: Limits = { ...DEFAULTS, ...opening.limits } as Limits;
  const own = new BookendService({ runtime, registry: new MemoryRegistry(), version: "0" });
  const service = opening.service ?? own;
  const door = await openRpc({ service, gate, limits, observer }, options);
  const [address = ""] = door.addresses;
  return {
    ...{ door, gate, service, refused },
    connect: (framing) => Client.to(address, framing),
    [Symbol.asyncDispose]: () => door.close(),
  };
}

const packr = new Packr({ useRecords: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true });

export function pack(value: unknown): Buffer {
  return Buffer.from(packr.pack(value));
}

/** An answer as it came: `[1, msgid, error, result]`, or a notification. */
export type Reply = readonly unknown[];

/** A client over a socket. */
export class Client implements Disposable {
  readonly socket: net.Socket;
  /** All that came and was not asked for by {@link ask}. */
  readonly replies: Reply[] = [];
  readonly framing: "bare" | "length";
  readonly #waiting = new Map<unknown, (reply: Reply) => void>();
  #wakes: (() => void)[] = [];
  #rest = Buffer.alloc(0);
  #chunks: Buffer[] = [];
  #chunksBytes = 0;
  /** Behind a length: how many bytes there must be before it is worth a look. */
  #wanted = 0;
  #id = 0;
  isClosed = false;

  constructor(socket: net.Socket, framing: "bare" | "length" = "bare") {
    this.socket = socket;
    this.framing = framing;
    socket.on("data", (chunk: Buffer) => this.#heard(chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.isClosed = true;
      this.#wake();
    });
    socket.on("end", () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  static async to(address: string, framing?: "bare" | "length"): Promise<Client> {
    const { port } = address.startsWith("tcp:") ? new URL(address) : { port: "" };
    const socket = port
      ? net.connect(Number(port), "127.0.0.1")
      : net.connect(address.slice("unix:".length));
    socket.setNoDelay(true);
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new Client(socket, framing);
  }

  /** Sends bytes as they are. */
  raw(bytes: Uint8Array | string): void {
    this.socket.write(bytes);
  }

  /** Sends a message, framed as the client frames. */
  send(message: unknown): void {
    const bytes = pack(message);
    this.raw(this.framing === "bare" ? bytes : Buffer.concat([lengthOf(bytes), bytes]));
  }

  /** Sends a request and returns its answer. */
  ask(method: string, params: readonly unknown[] = [], id = ++this.#id): Promise<Reply> {
    const { promise, resolve } = Promise.withResolvers<Reply>();
    this.#waiting.set(id, resolve);
    this.send([0, id, method, params]);
    return promise;
  }

  /** Returns what a request gives. */
  async result(method: string, params: readonly unknown[] = []): Promise<unknown> {
    const [, , error, result] = await this.ask(method, params);
    if (error !== null) throw new Error(`${method} was refused: ${JSON.stringify(error)}`);
    return result;
  }

  /** Returns the error that a request gets, its code alone where nothing more is wanted. */
  async error(method: string, params: readonly unknown[] = []): Promise<Record<string, unknown>> {
    const [, , error] = await this.ask(method, params);
    return error as Record<string, unknown>;
  }

  /** Waits until so many replies came that nobody asked for, or the server has ended. */
  async until(count: number): Promise<readonly Reply[]> {
    while (this.replies.length < count && !this.isClosed) await this.#next();
    return this.replies;
  }

  /** Waits until the server has ended the connection. */
  async ended(): Promise<void> {
    while (!this.isClosed) await this.#next();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #next(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wakes.push(resolve);
    return promise;
  }

  #wake(): void {
    for (const wake of this.#wakes.splice(0)) wake();
  }

  #heard(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#chunksBytes += chunk.length;
    if (this.#rest.length + this.#chunksBytes < this.#wanted) return;
    this.#rest = Buffer.concat([this.#rest, ...this.#chunks]);
    this.#chunks = [];
    this.#chunksBytes = 0;
    for (const reply of this.#split()) {
      const take = this.#waiting.get(reply[1]);
      if (take && reply[0] === 1) {
        this.#waiting.delete(reply[1]);
        take(reply);
      } else this.replies.push(reply);
    }
    this.#wake();
  }

  #split(): Reply[] {
    const replies: Reply[] = [];
    if (this.framing === "length") {
      while (this.#rest.length >= 4 && this.#rest.length >= 4 + this.#rest.readUInt32BE(0)) {
        const end = 4 + this.#rest.readUInt32BE(0);
        replies.push(unpackr.unpack(this.#rest.subarray(4, end)) as Reply);
        this.#rest = this.#rest.subarray(end);
      }
      this.#wanted = this.#rest.length < 4 ? 4 : 4 + this.#rest.readUInt32BE(0);
      return replies;
    }
    let used = 0;
    try {
      unpackr.unpackMultiple(this.#rest, (value: unknown, _start?: number, end?: number) => {
        replies.push(value as Reply);
        used = end ?? used;
      });
    } catch (error) {
      if ((error as { incomplete?: boolean }).incomplete !== true) throw error;
    }
    this.#rest = this.#rest.subarray(used);
    return replies;
  }
}

/** Returns the length that stands in front of a message. */
export function lengthOf(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return length;
}
