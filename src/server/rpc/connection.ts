/**
 * One connection: who it is, what of it is at work, and when it is over.
 *
 * Bytes are read only as fast as requests are answered and answers are taken. The first message
 * that cannot be read is the last: it is answered, what is at work is given up, and other
 * connections notice nothing.
 *
 * Invariants:
 * - Before its caller is known nothing is read but one message's head and the params of `auth`.
 * - Each request is answered once, unless its connection has ended by then.
 * - What it holds is bounded: messages at work, what came of the next one, answers that wait.
 *
 * Not here: listening (`server.ts`), what the methods do (`methods.ts`).
 *
 * @module
 */

import type { Socket } from "node:net";

import { type FaultCode, Refusal } from "../../faults.ts";
import { hookErrorOf } from "../../runtime/hook.ts";
import type { Answered } from "../answers.ts";
import type { DoorParts } from "../door.ts";
import { toNumpy } from "../numpy.ts";
import type { Caller } from "../service.ts";
import { boundsFor, Frames, STRANGER_BOUNDS } from "./frames.ts";
import { idIn, type Message, messageFrom } from "./message.ts";
import { type Method, METHODS, type Result } from "./methods.ts";
import { Outbox } from "./outbox.ts";
import type { Rooms } from "./rooms.ts";
import { type Bounds, idFrom, keyFrom, type Options, optionsIn } from "./requests.ts";
import { Work } from "./work.ts";

/** What a connection is made of. */
export interface ConnectionParts extends DoorParts {
  /** Memory for messages, of all connections. */
  readonly rooms: Rooms;
  /** Who asks, where that is known without a key. */
  readonly caller: Caller | undefined;
  /** Called once, when nothing of it is left. */
  readonly onClosed: () => void;
}

/** While so much waits for a client who does not read, nothing more is read of what he sends. */
const WAITING_BYTES = 4 * 2 ** 20;
/** How long what still comes is read and thrown away: a reset would lose the last answer. */
const LINGER_MS = 1_000;

const AUTH = "auth [key, options?]";
const PING = "ping []";
const CANCEL = "cancel [msgid]";

/** Where a connection is: it is read, it takes no more requests, or its side is closed. */
type State = "open" | "draining" | "ending" | "closed";

/** A client, for as long as he is connected. */
export class Connection {
  readonly #socket: Socket;
  readonly #parts: ConnectionParts;
  readonly #bounds: Bounds;
  readonly #frames: Frames;
  readonly #outbox: Outbox;
  readonly #work = new Map<number, Work>();
  #workBytes = 0;
  #state: State = "open";
  #caller: Caller | undefined;
  #isNumpy = false;
  /** When the last bytes came or an answer was given, and when what is unfinished began. */
  #heardMs = performance.now();
  #begunMs: number | undefined;
  readonly #sinceMs = performance.now();
  #endingMs = 0;

  constructor(socket: Socket, parts: ConnectionParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#caller = parts.caller;
    this.#bounds = { limits: parts.limits, message: boundsFor(parts.limits) };
    const { message } = this.#bounds;
    this.#frames = new Frames(parts.caller ? message : STRANGER_BOUNDS, parts.rooms);
    this.#outbox = new Outbox(socket, {
      framing: () => this.#frames.framing ?? "bare",
      onWritten: () => this.#goOn(),
    });
    socket.on("data", (chunk: Buffer<ArrayBuffer>) => this.#heard(chunk));
    socket.on("end", () => this.#end());
    // Whatever it is, the socket is closed behind it.
    socket.on("error", () => undefined);
    socket.on("close", () => this.#closed());
  }

  /** Takes no more requests, says so, and ends when all that is at work is answered. */
  drain(): void {
    if (this.#state !== "open") return;
    this.#state = "draining";
    this.#outbox.put({ kind: "notification", method: "drain" });
    this.#endIfDone();
  }

  /** Gives up what is at work and closes at once. */
  close(): void {
    this.#socket.destroy();
  }

  /** Looks at the clock: whether something takes too long. */
  sweep(nowMs: number): void {
    const { requestMs, idleMs } = this.#parts.limits;
    const isOver = (sinceMs: number | undefined, ms: number) =>
      sinceMs !== undefined && nowMs - sinceMs > ms;
    if (isOver(this.#outbox.stuckSinceMs, requestMs)) return this.#letGo(requestMs);
    if (this.#state === "ending") {
      if (isOver(this.#endingMs, LINGER_MS)) this.close();
    } else if (isOver(this.#begunMs, requestMs)) {
      const detail = `wants a message whole within ${requestMs} ms (limits.requestMs)`;
      const refusal = new Refusal("BAD_REQUEST", "", `${detail}, got a part of it`);
      this.#fail(refusal, idIn(this.#frames.begun));
    } else if (!this.#caller && isOver(this.#sinceMs, requestMs)) {
      const detail = `wants ${AUTH} within ${requestMs} ms (limits.requestMs), got nothing`;
      this.#fail(new Refusal("UNAUTHENTICATED", "", detail));
    } else if (this.#work.size === 0 && this.#outbox.bytes === 0 && isOver(this.#heardMs, idleMs)) {
      this.#end();
    }
  }

  #heard(chunk: Buffer<ArrayBuffer>): void {
    if (this.#state === "ending" || this.#state === "closed") return;
    this.#heardMs = performance.now();
    this.#frames.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    this.#take();
  }

  /** Takes the messages that have come, while there is room for what they ask. */
  #take(): void {
    let hasRoom = this.#hasRoom;
    try {
      while (hasRoom) {
        const bytes = this.#frames.next();
        if (!bytes) break;
        this.#begunMs = undefined;
        this.#message(bytes);
        hasRoom = this.#hasRoom;
      }
    } catch (error) {
      return this.#fail(error, idIn(this.#frames.begun));
    }
    // What waits for room is not late.
    const isPart = hasRoom && this.#frames.restBytes > 0;
    this.#begunMs = isPart ? (this.#begunMs ?? this.#heardMs) : undefined;
    if (!hasRoom && this.#isReading) this.#socket.pause();
  }

  get #isReading(): boolean {
    return this.#state === "open" || this.#state === "draining";
  }

  get #hasRoom(): boolean {
    const { connectionCalls, frameBytes } = this.#parts.limits;
    const isBusy = this.#work.size >= connectionCalls || this.#workBytes >= frameBytes;
    return this.#isReading && !isBusy && this.#outbox.bytes < WAITING_BYTES;
  }

  /** Reads on, after there was no room. */
  #goOn(): void {
    this.#endIfDone();
    if (!this.#socket.isPaused() || !this.#hasRoom) return;
    this.#take();
    if (this.#hasRoom) this.#socket.resume();
  }

  #message(bytes: Uint8Array<ArrayBuffer>): void {
    let message: Message;
    try {
      message = messageFrom(bytes);
    } catch (error) {
      return this.#fail(error, idIn(bytes));
    }
    const { id, method } = message;
    if (!this.#caller && method !== "auth") {
      const detail = `wants ${AUTH} first, with a key that this server knows`;
      return this.#fail(new Refusal("UNAUTHENTICATED", "", detail), id);
    }
    if (id === undefined) return this.#notified(message);
    try {
      this.#requested(message, id);
    } catch (error) {
      if (!this.#caller) return this.#fail(error, id);
      this.#outbox.put({ kind: "fault", id, error: hookErrorOf(error) });
    }
  }

  /** Only what nobody waits for may come without an id. */
  #notified(message: Message): void {
    if (message.method !== "cancel") {
      const detail = `wants a request, with a msgid to answer to, got ${message.method} without`;
      return this.#fail(new Refusal("BAD_REQUEST", "", `${detail}; only cancel may be one`));
    }
    try {
      this.#cancel(message);
    } catch (error) {
      this.#fail(error);
    }
  }

  #requested(message: Message, id: number): void {
    const reply = (value: unknown) => this.#outbox.put({ kind: "value", id, value });
    if (message.method === "auth") return reply(this.#auth(message));
    if (message.method === "ping") return reply(this.#ping(message));
    if (message.method === "cancel") return reply(this.#cancel(message));
    const method = METHODS.get(message.method);
    if (!method) throw noMethod(message.method);
    if (this.#state === "draining") {
      const detail = "this server is about to end: connect anew, to another one, and ask there";
      throw new Refusal("CLOSED", "", detail);
    }
    if (this.#work.has(id)) {
      const detail = `wants a msgid of its own, got ${id}, which is at work: its answer comes yet`;
      throw new Refusal("BAD_REQUEST", "msgid", detail);
    }
    this.#begin(message, id, method);
  }

  #auth({ params }: Message): { readonly tenant: string } {
    checkCount(params.left, [1, 2], AUTH);
    const key = keyFrom(params);
    const options = optionsIn(params, this.#bounds, ["numpy"]);
    const caller = key === undefined ? this.#caller : this.#parts.gate.byKey(key);
    if (!caller) {
      // Who guesses has one guess for each connection.
      this.#caller = undefined;
      const detail = "wants a key that this server knows, got another one";
      throw new Refusal("UNAUTHENTICATED", "", detail);
    }
    this.#caller = caller;
    this.#isNumpy = options.numpy ?? this.#isNumpy;
    this.#frames.bound(this.#bounds.message);
    return { tenant: caller.tenant };
  }

  #ping({ params }: Message): "pong" {
    checkCount(params.left, [0, 0], PING);
    return "pong";
  }

  /** Returns whether there was anything to cancel. */
  #cancel({ params }: Message): boolean {
    checkCount(params.left, [1, 1], CANCEL);
    const work = this.#work.get(idFrom(params));
    work?.cancel();
    return work !== undefined;
  }

  #begin({ params }: Message, id: number, method: Method<unknown>): void {
    const [least, most] = method.params;
    checkCount(params.left, [least, most + (most > 0 ? 1 : 0)], method.usage);
    const request = method.read(params, this.#bounds);
    const options = optionsIn(params, this.#bounds);
    const { isLasting } = method;
    const { message } = params;
    const work = new Work({ id, message, isLasting, deadlineMs: options.deadlineMs });
    this.#work.set(id, work);
    this.#workBytes += message.length;
    void this.#ask(method, request, { work, options, caller: this.#caller as Caller });
  }

  /** Settles always: whatever goes wrong becomes the answer. */
  async #ask(method: Method<unknown>, request: unknown, about: About): Promise<void> {
    using work = about.work;
    const { id, message } = work.parts;
    const asking = { caller: about.caller, signal: work.signal, trace: about.options.trace };
    try {
      const result = await method.ask(this.#parts.service, request, asking);
      this.#answer(id, result, about.options.numpy ?? this.#isNumpy);
    } catch (error) {
      this.#outbox.put({ kind: "fault", id, error: work.said(hookErrorOf(error)) });
    }
    this.#work.delete(id);
    this.#workBytes -= message.length;
    this.#frames.giveBack(message);
    this.#heardMs = performance.now();
    this.#goOn();
  }

  #answer(id: number, result: Result, isNumpy: boolean): void {
    if (result.kind === "value") return this.#outbox.put({ id, ...result });
    const { frameBytes } = this.#parts.limits;
    if (this.#outbox.bytes > frameBytes) {
      const wants = `wants answers to be read: over ${frameBytes} bytes (limits.frameBytes) wait`;
      throw new Refusal("POOL_FULL", "", `${wants}, so there is no room for this one`);
    }
    const answered = isNumpy ? withNumpy(result.answered) : result.answered;
    this.#outbox.put({ kind: "answer", id, answered });
  }

  /** Answers what cannot be read any further, and ends. */
  #fail(error: unknown, id?: number): void {
    const fault = hookErrorOf(error);
    this.#refused(fault.code, fault.detail);
    this.#outbox.put({ kind: "fault", id, error: fault });
    this.#end();
  }

  /** The client does not read. */
  #letGo(requestMs: number): void {
    this.#refused("CANCELLED", `wants answers to be read within ${requestMs} ms`);
    this.close();
  }

  #refused(code: FaultCode, detail: string): void {
    this.#parts.observer.refused("rpc", code, detail);
  }

  #endIfDone(): void {
    if (this.#state === "draining" && this.#work.size === 0) this.#end();
  }

  /** Gives up what is at work, and closes behind what is answered already. */
  #end(): void {
    if (!this.#isReading) return;
    this.#state = "ending";
    this.#endingMs = performance.now();
    this.#abandon();
    this.#outbox.end();
    this.#socket.resume();
  }

  #abandon(): void {
    for (const work of this.#work.values()) work.abandon();
  }

  #closed(): void {
    this.#state = "closed";
    this.#outbox.close();
    this.#abandon();
    this.#parts.onClosed();
  }
}

/** What goes along with a request to its answer. */
interface About {
  readonly work: Work;
  readonly options: Options;
  readonly caller: Caller;
}

function withNumpy(answered: Answered): Answered {
  const { payload } = answered;
  return payload ? { ...answered, payload: toNumpy(new Uint8Array(payload)) } : answered;
}

function checkCount(got: number, [least, most]: readonly [number, number], usage: string): void {
  if (got >= least && got <= most) return;
  const count = least === most ? `${least}` : `${least} to ${most}`;
  const detail = `wants ${count} params, as in ${usage}, got ${got}`;
  throw new Refusal("BAD_REQUEST", "params", detail);
}

function noMethod(method: string): Refusal {
  const usages = [AUTH, PING, CANCEL, ...[...METHODS.values()].map(({ usage }) => usage)];
  const name = JSON.stringify(method);
  const detail = `wants a method that there is, got ${name}; there are ${usages.join(", ")}`;
  return new Refusal("BAD_REQUEST", "", detail);
}
