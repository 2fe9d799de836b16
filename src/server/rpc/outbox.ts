/**
 * What waits to go to a client: answers, then bytes, then what the socket has not written yet.
 *
 * Answers of one turn of the loop become bytes together. While the socket has not written what it
 * was given, nothing more is given to it: so a client that does not read shows, and his answers
 * wait here, where they are counted.
 *
 * @module
 */

import type { Socket } from "node:net";

import { type Framing } from "./frames.ts";
import { bytesOf, packedReplies, type Reply } from "./replies.ts";

/**
 * What a socket is given at a time: large enough that its writing costs little, small enough that
 * a slow reader is told from one who does not read.
 */
const WRITE_BYTES = 256 * 1024;

export interface OutboxOptions {
  /** How the client frames his messages. */
  readonly framing: () => Framing;
  /** Called after some of what waits was written. */
  readonly onWritten: () => void;
}

/** Writes replies to a socket. */
export class Outbox {
  readonly #socket: Socket;
  readonly #options: OutboxOptions;
  #replies: Reply[] = [];
  #pieces: Uint8Array[] = [];
  #writingBytes = 0;
  #bytes = 0;
  #isScheduled = false;
  #isEnding = false;
  #isClosed = false;
  #progressMs = 0;

  constructor(socket: Socket, options: OutboxOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** About how many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Since when the socket has taken nothing of what waits; nothing when nothing waits. */
  get stuckSinceMs(): number | undefined {
    return this.#writingBytes > 0 ? this.#progressMs : undefined;
  }

  /** Puts a reply in; it is written at the end of this turn of the loop. */
  put(reply: Reply): void {
    if (this.#isClosed || this.#isEnding) return;
    this.#replies.push(reply);
    this.#bytes += bytesOf(reply);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#turnEnded);
  }

  /** Ends the socket's own side behind what waits. */
  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#write();
  }

  /** Forgets what waits. */
  close(): void {
    this.#isClosed = true;
    this.#replies = [];
    this.#pieces = [];
    this.#bytes = this.#writingBytes = 0;
  }

  readonly #turnEnded = (): void => {
    this.#isScheduled = false;
    this.#write();
  };

  readonly #written = (error?: Error | null): void => {
    // The socket says so itself, too, and is closed.
    if (this.#isClosed || error) return;
    this.#bytes -= this.#writingBytes;
    this.#writingBytes = 0;
    this.#write();
    this.#options.onWritten();
  };

  #write(): void {
    if (this.#isClosed || this.#writingBytes > 0) return;
    if (this.#pieces.length === 0) this.#pack();
    const last = this.#pieces.length === 0 ? undefined : this.#give();
    if (last) this.#socket.write(last, this.#written);
    else if (this.#isEnding) this.#socket.end();
    this.#socket.uncork();
  }

  /** Hands the socket what it may write at a time, but for the last piece, which is returned. */
  #give(): Uint8Array {
    if (this.#pieces.length > 1) this.#socket.cork();
    this.#progressMs = performance.now();
    for (;;) {
      const piece = this.#pieces.shift() as Uint8Array;
      const room = WRITE_BYTES - this.#writingBytes;
      const part = piece.length <= room ? piece : piece.subarray(0, room);
      if (part !== piece) this.#pieces.unshift(piece.subarray(room));
      this.#writingBytes += part.length;
      if (this.#pieces.length === 0 || this.#writingBytes >= WRITE_BYTES) return part;
      this.#socket.write(part);
    }
  }

  /** Turns replies into bytes, as many as a write takes. */
  #pack(): void {
    let [count, bytes] = [0, 0];
    while (count < this.#replies.length && bytes < WRITE_BYTES) {
      bytes += bytesOf(this.#replies[count++] as Reply);
    }
    if (count === 0) return;
    const taken = this.#replies.splice(0, count);
    this.#pieces = packedReplies(taken, this.#options.framing());
    this.#bytes -= bytes;
    for (const piece of this.#pieces) this.#bytes += piece.length;
  }
}
