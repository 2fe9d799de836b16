/**
 * Answers as bytes: all those of one turn in one piece of memory, but for values that are large,
 * which go out as the bytes that they are.
 *
 * @module
 */

import { type Answered, faultAnswered } from "../answers.ts";
import { HookError } from "../../runtime/hook-error.ts";
import { Encoder } from "../../wire/encode.ts";
import { HOST_TEXT } from "../../wire/text.ts";
import { type Framing, LENGTH_BYTES } from "./frames.ts";
import { TYPES } from "./message.ts";

/**
 * What goes to a client. An answer without an id is the last word to a stream that cannot be read
 * any further.
 */
export type Reply =
  | { readonly kind: "value"; readonly id: number; readonly value: unknown }
  | { readonly kind: "answer"; readonly id: number; readonly answered: Answered }
  | { readonly kind: "fault"; readonly id: number | undefined; readonly error: HookError }
  | { readonly kind: "notification"; readonly method: string };

/** Up to here a copy costs less than one more piece to write. */
const COPIED_BYTES_MAX = 16 * 1024;
/** About what an answer has beside its value. */
const ANSWER_BYTES = 512;

/** More than all answers of a turn have beside their values. */
const NODES_MAX = 10_000_000;
const BYTES_MAX = 2 ** 30;
const DEPTH_MAX = 512;

const encoder = new Encoder({
  ...{ nodesMax: NODES_MAX, depthMax: DEPTH_MAX, bytesMax: BYTES_MAX },
  ...{ unsupported: "INTERNAL", tooLarge: "OUTPUT_TOO_LARGE", text: HOST_TEXT },
});

/** Returns about how many bytes a reply takes while it waits. */
export function bytesOf(reply: Reply): number {
  return ANSWER_BYTES + (reply.kind === "answer" ? (reply.answered.payload?.length ?? 0) : 0);
}

/**
 * Returns replies as bytes to be written one behind the other.
 *
 * Large payloads are among them as they are: they belong to the socket from then on.
 *
 * @param framing What the client frames its messages with.
 *
 * @example
 * ```ts
 * packedReplies([{ kind: "value", id: 7, value: "pong" }], "bare"); // [1, 7, nil, "pong"]
 * ```
 */
export function packedReplies(replies: readonly Reply[], framing: Framing): Uint8Array[] {
  try {
    return packed(replies, framing);
  } catch (error) {
    const [only] = replies;
    if (only === undefined) throw error;
    if (replies.length > 1) return replies.flatMap((one) => packedReplies([one], framing));
    return packed([unwritable(only, error)], framing);
  }
}

/** What cannot be written is our doing: the client hears of it, others get their answers. */
function unwritable(reply: Reply, error: unknown): Reply {
  if (reply.kind === "notification") throw error;
  const detail = `wants an answer that travels, got one that does not: ${String(error)}`;
  const fault = { code: "INTERNAL", path: "", detail: detail.toWellFormed() } as const;
  return { kind: "fault", id: reply.id, error: new HookError(fault, {}, { cause: error }) };
}

/** A place in the bytes where others go in. */
interface Cut {
  readonly at: number;
  readonly payload: Uint8Array;
}

const LENGTH = new Uint8Array(LENGTH_BYTES);

function packed(replies: readonly Reply[], framing: Framing): Uint8Array[] {
  const cuts: Cut[] = [];
  /** Where lengths go, and what they are. */
  const lengths: number[] = [];
  encoder.begin(0);
  for (const reply of replies) {
    const head = encoder.bytes;
    const cutsBefore = cuts.length;
    if (framing === "length") encoder.putEncoded(LENGTH);
    putReply(reply, cuts);
    if (framing === "bare") continue;
    const cutBytes = cuts.slice(cutsBefore).reduce((sum, { payload }) => sum + payload.length, 0);
    lengths.push(head, encoder.bytes - head - LENGTH_BYTES + cutBytes);
  }
  const bytes = encoder.end(0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let i = 0; i < lengths.length; i += 2) {
    view.setUint32(lengths[i] as number, lengths[i + 1] as number);
  }
  return cuts.length === 0 ? [bytes] : withCuts(bytes, cuts);
}

function withCuts(bytes: Uint8Array, cuts: readonly Cut[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (const { at, payload } of cuts) {
    pieces.push(bytes.subarray(from, at), payload);
    from = at;
  }
  pieces.push(bytes.subarray(from));
  return pieces;
}

function putReply(reply: Reply, cuts: Cut[]): void {
  encoder.restartCount();
  if (reply.kind === "notification") {
    encoder.beginList(3);
    encoder.put(TYPES.notification);
    encoder.put(reply.method);
    encoder.beginList(0);
    return;
  }
  encoder.beginList(4);
  encoder.put(TYPES.response);
  encoder.put(reply.id ?? null);
  encoder.put(reply.kind === "fault" ? faultAnswered(reply.error) : null);
  if (reply.kind === "answer") putAnswer(reply.answered, cuts);
  else encoder.put(reply.kind === "value" ? (reply.value ?? null) : null);
}

const NIL = Uint8Array.of(0xc0);

function putAnswer({ fields, key, payload = NIL }: Answered, cuts: Cut[]): void {
  const names = Object.keys(fields).filter((name) => fields[name] !== undefined);
  // No answer has more than fifteen fields.
  encoder.putEncoded(Uint8Array.of(0x80 | (names.length + (key === undefined ? 0 : 1))));
  if (key !== undefined) {
    encoder.put(key);
    if (payload.length <= COPIED_BYTES_MAX) encoder.putEncoded(payload);
    else cuts.push({ at: encoder.bytes, payload });
  }
  for (const name of names) {
    encoder.put(name);
    encoder.put(fields[name]);
  }
}
