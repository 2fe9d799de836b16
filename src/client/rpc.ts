/**
 * A server over MessagePack-RPC: one connection at a time, a new one when it is lost.
 *
 * What waits here was not sent, and goes over the next connection. What was sent over one that is
 * lost is sent again where asking twice is as good as once; a call or a run is not, for it may have
 * begun.
 *
 * @module
 */

import { FAULTS, isFaultCode, Refusal } from "../faults.ts";
import { pause } from "./backoff.ts";
import { Due } from "./due.ts";
import { Connection, type Sending } from "./connection.ts";
import type { Place, Settings } from "./options.ts";
import type { Bytes, Packing } from "./packing.ts";
import { openSocket } from "./socket.ts";
import {
  closed,
  givenUp,
  isSafe,
  isUnbelieved,
  mayHaveRun,
  notReached,
  type Question,
  type Told,
  type Transport,
  whyOf,
} from "./transport.ts";

/** Questions that may wait for a connection: one more is refused rather than kept. */
const WAITING_MAX = 10_000;
type SocketPlace = Exclude<Place, { kind: "http" | "https" }>;

const NIL: Bytes = Uint8Array.of(0xc0);

/** A question on its way. */
interface Asked extends Sending {
  /** Over how many connections it was sent. */
  sent: number;
  /** Where it is now, and under which msgid. */
  on: { readonly connection: Connection; readonly id: number } | undefined;
}

/** Asks a server over sockets. */
export class RpcTransport implements Transport {
  readonly #place: SocketPlace;
  readonly #settings: Settings;
  readonly #packing: Packing;
  readonly #waiting = new Set<Asked>();
  /** Every connection that is open: the one in use, and those that come to their end. */
  readonly #open = new Set<Connection>();
  /** Those whose server has said that it takes no more. */
  readonly #drained = new WeakSet<Connection>();
  readonly #closing = new AbortController();
  #current: Connection | undefined;
  #connecting: Promise<void> | undefined;
  /** Connections that were tried for since a server last answered over one in use. */
  #tries = 0;
  /** Questions that somebody waits for. */
  readonly #due = new Due();
  #isClosed = false;

  constructor(place: SocketPlace, settings: Settings, packing: Packing) {
    this.#place = place;
    this.#settings = settings;
    this.#packing = packing;
  }

  async ask(question: Question, told: Told): Promise<unknown> {
    const { signal } = told;
    if (this.#isClosed) throw closed();
    if (signal.aborted) throw givenUp(signal);
    if (this.#waiting.size >= WAITING_MAX) throw tooMany(this.#place.url);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const asked: Asked = {
      ...messageOf(question, told, this.#packing),
      ...{ sent: 0, on: undefined, resolve, reject },
      lost: (error) => this.#lost(asked, question, error),
    };
    const cancel = () => {
      this.#waiting.delete(asked);
      asked.on?.connection.giveUp(asked.on.id);
      reject(givenUp(signal));
    };
    signal.addEventListener("abort", cancel, { once: true });
    this.#due.begin();
    this.#waiting.add(asked);
    this.#pump();
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", cancel);
      this.#due.end();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#due.none();
    this.#closing.abort();
    this.#failWaiting(closed());
    for (const connection of this.#open) connection.destroy(closed());
    await this.#connecting;
  }

  /** Sends what waits, as far as there is room. */
  #pump(): void {
    if (this.#waiting.size === 0) return;
    if (!this.#current) {
      this.#connecting ??= this.#connect().finally(() => {
        this.#connecting = undefined;
        // The connection may have been lost again by then.
        if (!this.#closing.signal.aborted) this.#pump();
      });
      return;
    }
    for (const asked of this.#waiting) {
      if (!this.#current?.hasRoom) return;
      this.#waiting.delete(asked);
      asked.sent += 1;
      asked.on = { connection: this.#current, id: this.#current.send(asked) };
    }
  }

  /** Tries until there is a connection, or too often. */
  async #connect(): Promise<void> {
    const { tries } = this.#settings;
    const { signal } = this.#closing;
    while (!this.#current && this.#waiting.size > 0 && !signal.aborted) {
      this.#tries += 1;
      if (this.#tries > 1) await pause(this.#tries - 1, signal);
      try {
        this.#use(await this.#opened(signal));
      } catch (error) {
        const isSaid = isRefusal(error);
        if (!isSaid && !isUnbelieved(error) && this.#tries < tries) continue;
        const why = isSaid ? error : notReached(this.#place.url, this.#tries, whyOf(error));
        this.#tries = 0;
        this.#failWaiting(why);
      }
    }
  }

  /** Returns a connection over which the server knows who asks. */
  async #opened(signal: AbortSignal): Promise<Connection> {
    const { key, connectMs } = this.#settings;
    const socket = await openSocket(this.#place, this.#settings, signal);
    const connection: Connection = new Connection(socket, this.#settings, {
      onRoom: () => this.#current === connection && this.#pump(),
      onAnswer: () => this.#answered(connection),
      onDrain: () => this.#drain(connection),
      onLost: () => {
        this.#open.delete(connection);
        if (this.#current !== connection) return;
        this.#current = undefined;
        this.#pump();
      },
    });
    this.#open.add(connection);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const params = key === undefined ? [] : [[this.#packing.plain(key)]];
    const method = key === undefined ? "ping" : "auth";
    const timer = setTimeout(() => {
      connection.destroy(new Refusal("CLOSED", "", `got no answer within ${connectMs} ms`));
    }, connectMs);
    connection.send({ method, params, resolve, reject, lost: reject });
    try {
      await promise;
      return connection;
    } catch (error) {
      connection.destroy(error);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #use(connection: Connection): void {
    // The server may have closed it by then, or said that it takes no more.
    if (!this.#open.has(connection)) throw new Refusal("CLOSED", "", "the server closed it");
    if (this.#drained.has(connection)) throw new Refusal("CLOSED", "", "the server drains");
    this.#current = connection;
    this.#pump();
  }

  #answered(connection: Connection): void {
    if (connection === this.#current) this.#tries = 0;
    else if (this.#drained.has(connection) && connection.isIdle) connection.end();
  }

  #drain(connection: Connection): void {
    this.#drained.add(connection);
    if (connection.isIdle) connection.end();
    if (this.#current !== connection) return;
    this.#current = undefined;
    this.#pump();
  }

  #lost(asked: Asked, question: Question, error: unknown): void {
    asked.on = undefined;
    const isAgain = isSafe(question) && asked.sent < this.#settings.tries;
    if (!isAgain) return asked.reject(mayHaveRun(question.method, whyOf(error)));
    this.#waiting.add(asked);
    this.#pump();
  }

  #failWaiting(error: unknown): void {
    for (const asked of this.#waiting) asked.reject(error);
    this.#waiting.clear();
  }
}

/** What the server said and would say again: that it does not know the key, say. */
function isRefusal(error: unknown): boolean {
  const { code } = Object(error) as { code?: unknown };
  return isFaultCode(code) && !FAULTS[code].retry;
}

function tooMany(url: string): Refusal {
  const detail = `wants at most ${WAITING_MAX} requests that wait for ${url}, got one more`;
  return new Refusal("POOL_FULL", "", detail);
}

/** Returns a question as a method and its params. */
function messageOf(
  question: Question,
  told: Told,
  packing: Packing,
): Pick<Sending, "method" | "params"> {
  const { method } = question;
  const text = (value: string) => [packing.plain(value)];
  switch (method) {
    case "call": {
      const { ref, values, files = NIL } = question;
      const args = [Uint8Array.of(0x90 | values.length), ...values.map(([, value]) => value)];
      return { method, params: [text(ref), args, [files], [optionsOf(told, packing)]] };
    }
    case "run": {
      const { ref, values, files = NIL } = question;
      const data = values.map(([, value]) => value);
      return { method, params: [text(ref), data, [files], [optionsOf(told, packing)]] };
    }
    case "look":
    case "remove":
      return { method, params: [[packing.plain({ [question.kind]: question.ref })]] };
    case "register":
    case "deploy":
    case "check":
      return { method, params: [[question.declaration]] };
    default:
      return { method, params: [] };
  }
}

function optionsOf({ deadlineMs, trace }: Told, packing: Packing): Bytes {
  if (deadlineMs === undefined && !trace) return NIL;
  return packing.plain({ deadlineMs, ...trace });
}
