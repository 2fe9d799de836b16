/**
 * Places in a hook's text: from a parser's line and column to the author's, and how to show one.
 *
 * @module
 */

import { Refusal } from "../../faults.ts";
import type { FaultCode, SourcePlace } from "../../faults.ts";

/** A line from 1 and a column from 0, as acorn counts. */
interface ParserPosition {
  readonly line: number;
  readonly column: number;
}

const LINE_END = /\r\n|[\n\r\u2028\u2029]/;
/** A longer line would push the reason itself out of the message. */
const SHOWN_LINE_LENGTH_MAX = 100;

/** Returns the author's place of `position`, with `shift` columns put before line 1 taken off. */
export function placeOf(position: ParserPosition, shift: number): SourcePlace {
  const taken = position.line === 1 ? shift : 0;
  return { line: position.line, column: Math.max(1, position.column - taken + 1) };
}

/** Returns the place of the character at `offset` of `text`; one past the end is a place too. */
export function placeAt(text: string, offset: number): SourcePlace {
  const lines = text.slice(0, Math.max(0, offset)).split(LINE_END);
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
}

/** Returns `place`, or the end of `text` when `place` lies behind it. */
export function placeWithin(text: string, place: SourcePlace): SourcePlace {
  const end = placeAt(text, text.length);
  const behind = place.line > end.line || (place.line === end.line && place.column > end.column);
  return behind ? end : place;
}

/** Returns the offending line with a caret below it, on a line of its own; "" if it is long. */
export function lineShown(text: string, place: SourcePlace): string {
  const line = text.split(LINE_END)[place.line - 1] ?? "";
  if (line.trim() === "" || line.length > SHOWN_LINE_LENGTH_MAX) return "";
  const before = line.slice(0, place.column - 1).replace(/[^\t]/g, " ");
  return `\n${line}\n${before}^`;
}

/** Returns `name` in backticks for a message, cut when it is long. */
export function shown(name: string): string {
  const lengthMax = 60;
  return name.length > lengthMax ? `\`${name.slice(0, lengthMax)}...\`` : `\`${name}\``;
}

/** Returns a refusal of the hook's text. */
export function refusal(code: FaultCode, detail: string, at?: SourcePlace): Refusal {
  return new Refusal(code, "source", detail, at);
}
