/**
 * One question to a server and its answer, however it travels: what both ways of it have in common.
 *
 * @module
 */

import { FAULTS, Refusal } from "../faults.ts";
import type { TraceContext } from "../flow/model.ts";
import { LIMITS } from "../limits.ts";
import { decode } from "../wire/decode.ts";
import { scan } from "../wire/scan.ts";
import { readText } from "../wire/text.ts";
import type { Bytes } from "./packing.ts";

/** What is asked. Values are bytes already, so that nobody can change them while they wait. */
export type Question =
  | {
      readonly method: "call";
      readonly ref: string;
      /** `data` of a pre, `result` and `inputData` of a post. */
      readonly values: readonly (readonly [name: string, value: Bytes])[];
      readonly files: Bytes | undefined;
    }
  | {
      readonly method: "run";
      readonly ref: string;
      readonly values: readonly (readonly [name: string, value: Bytes])[];
      readonly files: Bytes | undefined;
    }
  | { readonly method: "register" | "deploy" | "check"; readonly declaration: Bytes }
  | {
      readonly method: "look" | "remove";
      readonly kind: "hook" | "flow";
      readonly ref: string;
    }
  | { readonly method: "describe" | "list" | "ping" };

/** What goes with it. */
export interface Told {
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  readonly deadlineMs: number | undefined;
  readonly trace: TraceContext | undefined;
}

/** A way to a server. */
export interface Transport {
  /**
   * Returns the answer, decoded and not yet believed.
   *
   * @throws {HookError} The fault that the server answered with.
   * @throws {Refusal} `CANCELLED`; `CLOSED` when the server was not reached; `INTERNAL` when the
   * connection was lost after a call was sent, or the server does not keep to the protocol.
   */
  ask(question: Question, told: Told): Promise<unknown>;
  /** Takes no more questions, waits for the answers that are due, and closes what is open. */
  close(): Promise<void>;
}

/** Asking these twice is as good as once. `remove` is not one: the second finds nothing. */
const SAFE: readonly Question["method"][] = [
  ...(["register", "deploy", "check", "look", "describe", "list", "ping"] as const),
];

/** Returns whether a question may be sent again when nobody knows what became of it. */
export function isSafe({ method }: Question): boolean {
  return SAFE.includes(method);
}

/** What an answer has beside the value that the hook gave: receipts, logs, the frame itself. */
const AROUND = { bytes: 2 * 2 ** 20, nodes: 1_000_000, depth: 16 };

/** Returns the most bytes of an answer whose value has `frameBytes`. */
export function answerBytesMax(frameBytes: number): number {
  return frameBytes + AROUND.bytes;
}

/**
 * Returns what a server's bytes say: scanned before anything of them is decoded.
 *
 * @throws {Refusal} `INTERNAL` when they are not well formed, or more than any answer has.
 */
export function decodedAnswer(bytes: Uint8Array): unknown {
  scan(bytes, {
    nodesMax: LIMITS.nodes.max + AROUND.nodes,
    depthMax: LIMITS.depth.max + AROUND.depth,
    ...{ malformed: "INTERNAL", tooLarge: "INTERNAL" },
  });
  return decode(bytes, readText);
}

/** The refusal of a question that may have been answered, had the connection lasted. */
export function mayHaveRun(method: string, why: string): Refusal {
  const detail = `the connection was lost after the ${method} was sent (${why})`;
  return new Refusal("INTERNAL", "", `${detail}: it may have run, and is not sent again`);
}

/** The refusal of a question that nobody has seen. */
export function notReached(url: string, tries: number, why: string): Refusal {
  const times = tries === 1 ? "one try" : `${tries} tries`;
  return new Refusal(
    "CLOSED",
    "",
    `wants a server at ${url}, which ${times} did not reach: ${why}`,
  );
}

/** The refusal of what nobody waits for any more. The signal's reason says why. */
export function givenUp({ reason }: AbortSignal): Refusal {
  if (reason instanceof Refusal) return reason;
  return new Refusal("CANCELLED", "", "The signal of the call was aborted");
}

/** The refusal of what comes when all is over. */
export function closed(): Refusal {
  return new Refusal("CLOSED", "", "The client was closed; connect again");
}

/** Returns whether the very same question may be answered if it is sent once more. */
export function isPassing(error: unknown): boolean {
  const { code } = Object(error) as { code?: unknown };
  const isFault = typeof code === "string" && Object.hasOwn(FAULTS, code);
  return isFault && code !== "CANCELLED" && FAULTS[code as keyof typeof FAULTS].retry;
}

/** Returns whether one side does not believe the other: another try would not change that. */
export function isUnbelieved(error: unknown): boolean {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === "string" && /CERT|TLS|SSL|SIGNATURE/.test(code);
}

/** Why a connection did not come about or did not last: for messages. */
export function whyOf(error: unknown): string {
  if (error instanceof Refusal) return error.detail;
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  if (typeof code === "string" && /^[A-Z0-9_]{1,60}$/.test(code)) return code;
  return typeof message === "string" && message !== "" ? message.slice(0, 200) : "no reason given";
}
