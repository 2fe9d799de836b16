/**
 * W3C trace context as it comes from elsewhere: held to the letter of the specification, because it
 * goes on to other servers as a header.
 *
 * Ids that are none belong to no trace: then there is none, and nothing of it is sent on. A list of
 * vendors that is none is left out alone, and the trace goes on without it.
 *
 * @module
 */

import type { TraceContext } from "./model.ts";

/** Version 00, the trace, the span before this one, and flags; small letters only. */
const PARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const STATE_LENGTH_MAX = 512;
const MEMBERS_MAX = 32;
const KEY = "(?:[a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})";
const VALUE = String.raw`[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]`;
const MEMBER = new RegExp(`^${KEY}=${VALUE}$`);

/**
 * Returns the trace that two headers name, or nothing where they name none.
 *
 * @param traceparent The header of that name, not yet believed.
 * @param tracestate The header of that name, where there was one.
 *
 * @example
 * ```ts
 * traceFrom("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "rojo=1");
 * traceFrom("00-00000000000000000000000000000000-00f067aa0ba902b7-01"); // undefined
 * ```
 */
export function traceFrom(traceparent: unknown, tracestate?: unknown): TraceContext | undefined {
  if (typeof traceparent !== "string" || !PARENT.test(traceparent)) return undefined;
  const state = stateFrom(tracestate);
  return state === undefined ? { traceparent } : { traceparent, tracestate: state };
}

function stateFrom(tracestate: unknown): string | undefined {
  if (typeof tracestate !== "string" || tracestate.length > STATE_LENGTH_MAX) return undefined;
  const members = tracestate
    .split(",")
    .map((member) => member.replaceAll(/^[ \t]+|[ \t]+$/g, ""))
    .filter((member) => member !== "");
  if (members.length === 0 || members.length > MEMBERS_MAX) return undefined;
  const keys = new Set(members.map((member) => member.slice(0, member.indexOf("="))));
  const isList = keys.size === members.length && members.every((member) => MEMBER.test(member));
  return isList ? members.join(",") : undefined;
}
