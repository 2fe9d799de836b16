/**
 * A fault where somebody catches it: with the hook it happened in, its log lines and its receipt.
 *
 * @module
 */

import { type Fault, FAULTS, type FaultCode, type SourcePlace } from "../faults.ts";
import type { LOG_LEVELS } from "../wire/records.ts";

/** One line that a hook logged. */
export interface LogLine {
  readonly level: (typeof LOG_LEVELS)[number];
  readonly text: string;
}

/** What a call cost. Times in milliseconds; a part that was not reached is 0. */
export interface Receipt {
  /** From `call` to its answer, everything included. */
  readonly totalMs: number;
  /** Waiting for a worker. */
  readonly queueMs: number;
  /** Making the isolate and evaluating the libraries and the hook; 0 when it was warm. */
  readonly loadMs: number;
  /**
   * The hook itself, with decoding and encoding inside its isolate: what `limits.wallMs` bounds.
   */
  readonly wallMs: number;
  /** Processor time of the same. */
  readonly cpuMs: number;
  /** Scanning the answer and holding it to `returns`. */
  readonly checkMs: number;
  /** All the rest: threads and processes woken, bytes carried. */
  readonly transferMs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Heap of the isolate after the call, buffers outside of V8's heap included. */
  readonly heapBytes: number;
  /** Whether the isolate was there before the call. */
  readonly warm: boolean;
  /** Log lines beyond the limits: dropped. */
  readonly logsDropped: number;
}

/** Which hook a fault belongs to. */
export interface HookName {
  readonly id: string;
  readonly kind: "pre" | "post";
  readonly name: string;
  readonly tenant: string;
}

/** A hook that ran in a flow: which it is, what it cost, and what it logged. */
export interface HookRun extends HookName {
  readonly receipt: Receipt;
  readonly logs: readonly LogLine[];
}

/** What ran in one stage of a flow. */
export interface StageRun {
  /** Counted from 1. */
  readonly stage: number;
  readonly name: string | undefined;
  /** The hooks that ran, in the order in which they did. */
  readonly hooks: readonly HookRun[];
  /** The model, and how long it took in milliseconds; none when it did not run. */
  readonly model: { readonly name: string; readonly ms: number } | undefined;
}

/** One thing that is wrong with a flow: a fault, and where it is. */
export interface Problem extends Fault {
  readonly stage?: number | undefined;
  readonly part?: "pre" | "model" | "post" | undefined;
  readonly name?: string | undefined;
  /** All of it in a line: `stage 1 post: $[3].scores wants float32 [batch, 10], got …`. */
  readonly message: string;
}

/** What a `HookError` is made of. */
export interface HookErrorParts {
  readonly hook?: HookName | undefined;
  readonly stage?: number | undefined;
  readonly logs?: readonly LogLine[] | undefined;
  readonly receipt?: Receipt | undefined;
  readonly runId?: string | undefined;
  readonly stages?: readonly StageRun[] | undefined;
  readonly problems?: readonly Problem[] | undefined;
}

/**
 * A call, or a registration, that failed. Match on `code`: `message` is for people and may change.
 *
 * @example
 * ```ts
 * try {
 *   await hook.call(data);
 * } catch (error) {
 *   if (error instanceof HookError && error.code === "HOOK_TIMEOUT") console.log(error.logs);
 *   else throw error;
 * }
 * ```
 */
export class HookError extends Error {
  override readonly name = "HookError";
  readonly code: FaultCode;
  /**
   * Where in the value or the options: `$[3].scores`, `limits.wallMs`. Empty when there is none.
   */
  readonly path: string;
  /** What was wanted, what came, and what to do. */
  readonly detail: string;
  /** Where in the hook's own source; lines and columns count from 1. */
  readonly at: SourcePlace | undefined;
  /** The frames of the hook's own source, innermost first. Empty when none is known. */
  readonly hookStack: string;
  readonly hook: HookName | undefined;
  /** Which stage of its flow, counted from 1. */
  readonly stage: number | undefined;
  readonly logs: readonly LogLine[];
  readonly receipt: Receipt | undefined;
  /** Which run of a flow it was. */
  readonly runId: string | undefined;
  /** What had run in that run by then. */
  readonly stages: readonly StageRun[];
  /** What is wrong with a flow that was refused: all of it. */
  readonly problems: readonly Problem[];

  constructor(fault: Fault, parts: HookErrorParts = {}, options?: ErrorOptions) {
    super(messageOf(fault, parts), options);
    this.code = fault.code;
    this.path = fault.path;
    this.detail = fault.detail;
    this.at = fault.at;
    this.hookStack = fault.stack ?? "";
    this.hook = parts.hook;
    this.stage = parts.stage;
    this.logs = parts.logs ?? [];
    this.receipt = parts.receipt;
    this.runId = parts.runId;
    this.stages = parts.stages ?? [];
    this.problems = parts.problems ?? [];
    // Who prints the error sees the hook's own lines, not those of the code that noticed it.
    if (fault.stack) this.stack = `${this.name}: ${this.message}\n${fault.stack}`;
  }

  /** Whether the very same call may succeed if it is sent once more. */
  get retry(): boolean {
    return FAULTS[this.code].retry;
  }

  /** The fault as plain data: what survives a structured clone or JSON. */
  toFault(): Fault {
    const { code, path, detail, at, hookStack } = this;
    return { code, path, detail, ...(at && { at }), ...(hookStack && { stack: hookStack }) };
  }
}

/** `Hook threw (HOOK_THREW): post argmax, line 3, column 15: TypeError: x is not a function`. */
function messageOf({ code, path, detail, at }: Fault, { hook, stage }: HookErrorParts): string {
  const who = [
    stage === undefined ? "" : `stage ${stage}`,
    hook?.kind ?? (stage === undefined ? "" : "model"),
    hook && hook.name !== hook.kind ? hook.name : "",
  ].filter((part) => part !== "");
  const where = [who.join(" "), at ? `line ${at.line}, column ${at.column}` : ""].filter(
    (part) => part !== "",
  );
  const place = where.length > 0 ? `${where.join(", ")}: ` : "";
  const what = path === "" || at ? "" : `${path} `;
  return `${FAULTS[code].says} (${code}): ${place}${what}${detail}`;
}
