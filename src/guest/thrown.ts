/**
 * Whatever a hook threw, as a fault: short text and the places in the hook's own source.
 *
 * A thrown value may be anything: `null`, a string of half a gigabyte, an object whose `message` is
 * a getter that never returns. It is turned into text here, inside the isolate and under its
 * timeout, so nothing of it crosses.
 *
 * @module
 */

import type { Fault, FaultCode, SourcePlace } from "../faults.ts";
import { Refusal } from "../faults.ts";
import { apply, getOwnPropertyDescriptor, hasInstance, match, slice, split } from "./captured.ts";
import { cutUtf8 } from "./console.ts";
import { dataText, show, startOf } from "./show.ts";

/** The name of the guest program's own script: its frames are nobody's business. */
const GUEST_FILE = "bookend-guest";
const FRAMES_MAX = 10;
const FRAME_CHARACTERS_MAX = 256;
const STACK_CHARACTERS_MAX = 16_384;
/** `at name (file:3:15)` or `at file:3:15`, where file is a hook's or a library's plain name. */
const FRAME = /^\s*at (?:(.*) \()?([\w@.-]+):(\d+):(\d+)\)?$/;

/**
 * Returns the fault of a thrown value.
 *
 * @param file The name that the hook's script was compiled under.
 */
export function faultOf(thrown: unknown, file: string, errorBytes: number): Fault {
  if (hasInstance(Refusal, thrown)) {
    const { code, path, detail } = thrown as Refusal;
    return { code, path, detail: cutUtf8(detail, errorBytes) };
  }
  const detail = cutUtf8(textOf(thrown, errorBytes), errorBytes);
  return { code: "HOOK_THREW" as FaultCode, path: "", detail, ...framesOf(thrown, file) };
}

function textOf(thrown: unknown, room: number): string {
  if (typeof thrown !== "object" || thrown === null) return `threw ${show(thrown, room)}`;
  const message = dataText(thrown, "message");
  if (message === undefined) return `threw ${show(thrown, room)}`;
  return `${dataText(thrown, "name") ?? "Error"}: ${slice(message, 0, room)}`;
}

function framesOf(thrown: unknown, file: string): { stack?: string; at?: SourcePlace } {
  const text = stackOf(thrown);
  if (text === "") return {};
  const lines = split(startOf(text, STACK_CHARACTERS_MAX), "\n");
  let stack = "";
  let at: SourcePlace | undefined;
  for (let i = 0, kept = 0; i < lines.length && kept < FRAMES_MAX; i++) {
    const line = slice(lines[i] as string, 0, FRAME_CHARACTERS_MAX);
    const frame = match(FRAME, line);
    if (frame === null || frame[2] === GUEST_FILE) continue;
    kept += 1;
    stack += `${stack === "" ? "" : "\n"}${line}`;
    if (at === undefined && frame[2] === file) at = { line: +frame[3]!, column: +frame[4]! };
  }
  return at ? { stack, at } : stack === "" ? {} : { stack };
}

/** The stack as V8 left it; a getter of the hook's own, or a proxy's trap, is not asked. */
function stackOf(thrown: unknown): string {
  if (typeof thrown !== "object" || thrown === null) return "";
  const stack = stackGetter ? apply(stackGetter, thrown, []) : dataText(thrown, "stack");
  return typeof stack === "string" ? stack : "";
}

/** V8's own accessor of `stack`: every error has the same, and it reads nothing but V8's own. */
const stackGetter = getOwnPropertyDescriptor(new Error(), "stack")?.get;
