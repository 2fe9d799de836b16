/**
 * Who looks on: told of each request when it begins and when it has ended. Logs, metrics and spans
 * stand behind this one interface, so the service knows none of them.
 *
 * @module
 */

import type { TraceContext } from "../flow/model.ts";
import type { HookName, Receipt, StageRun } from "../runtime/hook-error.ts";
import type { FaultCode } from "../faults.ts";
import type { Caller } from "./service.ts";

/** A request that begins. No payload is in it. */
export interface Begun {
  readonly method: string;
  readonly caller: Caller;
  /** The ref of the hook or flow that it asks for, where it does. */
  readonly target?: string | undefined;
  readonly trace?: TraceContext | undefined;
}

/** How it ended. */
export interface Ended {
  /** The fault, where it was one. */
  readonly code?: FaultCode | undefined;
  readonly detail?: string | undefined;
  readonly hook?: HookName | undefined;
  readonly receipt?: Receipt | undefined;
  readonly runId?: string | undefined;
  readonly stages?: readonly StageRun[] | undefined;
}

/** One request that is looked at. */
export interface Observed {
  /** What goes on to models: the trace with this request's own span in it, where there is one. */
  readonly trace: TraceContext | undefined;
  ended(how: Ended): void;
}

/** Looks on. Throws nothing. */
export interface Observer {
  begun(what: Begun): Observed;
  /** A connection was made at a door ("rpc", "http"), until what is returned is disposed of. */
  connected(door: string): Disposable;
  /** Somebody was not let in, or not heard to the end: before there was a request. */
  refused(door: string, code: FaultCode, detail: string): void;
}

/** Nobody looks on. */
export const UNOBSERVED: Observer = {
  begun: ({ trace }) => ({ trace, ended: () => undefined }),
  connected: () => ({ [Symbol.dispose]: () => undefined }),
  refused: () => undefined,
};
