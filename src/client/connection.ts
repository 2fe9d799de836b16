/**
 * One connection that speaks MessagePack-RPC: questions out, answers in, in any order.
 *
 * Invariants:
 * - Each question is answered once, or lost with its connection.
 * - The first message that is none is the last that is read.
 * - What nobody waits for any more keeps its msgid until it is answered: no answer is mistaken.
 *
 * Not here: which question goes where, and what becomes of it when the connection is lost
 * (`rpc.ts`).
 *
 * @module
 */

import { Refusal } from "../faults.ts";
import { hookErrorIn, misread } from "./answers.ts";
import { framed, Frames, MESSAGE } from "./frames.ts";
import type { Bytes } from "./packing.ts";
import type { Socket } from "./socket.ts";
import { answerBytesMax, decodedAnswer } from "./transport.ts";

/** What is sent, and who waits for it. */
export interface Sending {
  readonly method: string;
  /** Each as MessagePack, in pieces. */
  readonly params: readonly (readonly Bytes[])[];
  resolve(answer: unknown): void;
  reject(error: unknown): void;
  /** The connection ended before there was an answer. */
  lost(error: unknown): void;
}

/** What a connection tells whoever has it. */
export interface Listener {
  /** There is room for more. */
  onRoom(): void;
  /** An answer has come: the server is there. */
  onAnswer(): void;
  /** The server takes no more questions over this connection. */
  onDrain(): void;
  /** It is over. What was sent and not answered is told so afterwards. */
  onLost(): void;
}

/** Bytes that may wait for a server to read them; no more is written before. */
const WAITING_BYTES = 2 ** 20;
const IDS = 2 ** 32;

/** A connection that is open. */
export class Connection {
  readonly #socket: Socket;
  readonly #listener: Listener;
  readonly #inFlightMax: number;
  readonly #frames: Frames;
  /** What waits for an answer by msgid; `undefined` for what was given up. */
  readonly #sent = new Map<number, Sending | undefined>();
  #nextId = 0;
  #isCorked = false;
  #isOver = false;

  constructor(
    socket: Socket,
    { inFlightMax, frameBytes }: { readonly inFlightMax: number; readonly frameBytes: number },
    listener: Listener,
  ) {
    this.#socket = socket;
    this.#listener = listener;
    this.#inFlightMax = inFlightMax;
    this.#frames = new Frames(answerBytesMax(frameBytes));
    socket.on("data", (chunk: Buffer<ArrayBuffer>) => {
      this.#heard(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    });
    socket.on("drain", () => listener.onRoom());
    socket.on("error", (error) => this.#end(error));
    socket.on("close", () => this.#end(new Refusal("CLOSED", "", "the server closed it")));
  }

  /** Whether one more may be sent. */
  get hasRoom(): boolean {
    const isFree = this.#sent.size < this.#inFlightMax;
    return isFree && !this.#isOver && this.#socket.writableLength < WAITING_BYTES;
  }

  /** Whether no answer is due. */
  get isIdle(): boolean {
    return this.#sent.size === 0;
  }

  /** Sends a question, and returns its msgid. */
  send(sending: Sending): number {
    const id = this.#freeId();
    this.#sent.set(id, sending);
    this.#write(framed([MESSAGE.request, id], sending.method, sending.params));
    return id;
  }

  /** Gives a question up: the server is told, and its answer goes to nobody. */
  giveUp(id: number): void {
    if (!this.#sent.has(id) || this.#isOver) return;
    this.#sent.set(id, undefined);
    const msgid = Buffer.alloc(5);
    msgid.writeUInt32BE(id, msgid.writeUInt8(0xce, 0));
    this.#write(framed([MESSAGE.notification], "cancel", [[new Uint8Array(msgid)]]));
  }

  /** Closes it when all that was written has gone out. */
  end(): void {
    this.#socket.end();
  }

  /** Closes it at once: what was sent is lost. */
  destroy(error: unknown): void {
    this.#end(error);
  }

  #freeId(): number {
    while (this.#sent.has(this.#nextId)) this.#nextId = (this.#nextId + 1) % IDS;
    const id = this.#nextId;
    this.#nextId = (id + 1) % IDS;
    return id;
  }

  /** What is sent in one turn goes out together. */
  #write(pieces: readonly Bytes[]): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      // What goes on when an answer has come does so in microtasks: all of that is one turn.
      setImmediate(() => {
        this.#isCorked = false;
        this.#socket.uncork();
      });
    }
    for (const piece of pieces) this.#socket.write(piece);
  }

  #heard(chunk: Bytes): void {
    try {
      this.#frames.push(chunk);
      for (let frame = this.#frames.next(); frame; frame = this.#frames.next()) {
        if (this.#isOver) return;
        this.#message(decodedAnswer(frame));
      }
    } catch (error) {
      this.#end(error);
    }
  }

  #message(message: unknown): void {
    const parts = Array.isArray(message) ? (message as readonly unknown[]) : [];
    const [type, id, error, result] = parts;
    if (type === MESSAGE.notification && parts.length === 3 && id === "drain") {
      return this.#listener.onDrain();
    }
    if (type !== MESSAGE.response || parts.length !== 4) throw misread("a response", message);
    // Without a msgid it is the server's last word to what it could not read.
    if (id === null && error !== null) throw hookErrorIn(error);
    if (typeof id !== "number" || !this.#sent.has(id)) throw misread("a msgid that is due", id);
    // Read before it is taken out: a fault that is none ends the connection, and what is due on it.
    const fault = error === null ? undefined : hookErrorIn(error);
    const sending = this.#sent.get(id);
    this.#sent.delete(id);
    this.#listener.onAnswer();
    if (fault) sending?.reject(fault);
    else sending?.resolve(result);
    this.#listener.onRoom();
  }

  #end(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const lost = [...this.#sent.values()].filter((one) => one !== undefined);
    this.#sent.clear();
    this.#socket.destroy();
    this.#listener.onLost();
    for (const sending of lost) sending.lost(error);
  }
}
