/**
 * The `console` of a hook: lines are collected here, inside the isolate, and leave with the answer.
 *
 * Bounded in lines, in bytes of a line and in bytes of all lines; what is over is dropped and
 * counted, so a flood costs the hook its own time and nobody anything else.
 *
 * @module
 */

import type { Encoder } from "../wire/encode.ts";
import { LOG_LEVELS } from "../wire/records.ts";
import { utf8Length, writeUtf8 } from "../wire/utf8.ts";
import { Bytes, setPrototypeOf, slice, toWellFormed } from "./captured.ts";
import { show } from "./show.ts";

export interface LogLimits {
  readonly logBytes: number;
  readonly logLines: number;
  readonly logLineBytes: number;
}

/** Collects the lines of one call. */
export class Logs {
  #limits: LogLimits = { logBytes: 0, logLines: 0, logLineBytes: 0 };
  /** Level and text in turn, so that one flat list travels. */
  #lines = bareList();
  #count = 0;
  #bytes = 0;
  #dropped = 0;

  /** Sets the bounds; until then nothing is kept. */
  bound(limits: LogLimits): void {
    this.#limits = limits;
  }

  /** Forgets what is there: the next call begins. */
  clear(): void {
    this.#lines = bareList();
    this.#count = 0;
    this.#bytes = 0;
    this.#dropped = 0;
  }

  /** Whether there is nothing to send. */
  get isEmpty(): boolean {
    return this.#count === 0 && this.#dropped === 0;
  }

  /** Writes the list that travels: how many lines were dropped, then level and text in turn. */
  writeTo(encoder: Encoder): void {
    encoder.beginList(1 + this.#lines.length);
    encoder.put(this.#dropped);
    for (let i = 0; i < this.#lines.length; i++) encoder.put(this.#lines[i]);
  }

  add(level: string, values: readonly unknown[]): void {
    const { logBytes, logLines, logLineBytes } = this.#limits;
    if (this.#count >= logLines || this.#bytes >= logBytes) {
      this.#dropped += 1;
      return;
    }
    const text = cutUtf8(this.#line(values), logLineBytes);
    const bytes = utf8Length(text);
    if (this.#bytes + bytes > logBytes) {
      this.#dropped += 1;
      return;
    }
    this.#bytes += bytes;
    this.#lines[2 * this.#count] = level;
    this.#lines[2 * this.#count + 1] = text;
    this.#count += 1;
  }

  #line(values: readonly unknown[]): string {
    // One more than there is room for, so that it shows that a line was cut.
    const room = this.#limits.logLineBytes + 1;
    let line = "";
    for (let i = 0; i < values.length && line.length < room; i++) {
      line += `${i === 0 ? "" : " "}${show(values[i], room)}`;
    }
    return line;
  }
}

/** Returns a list that no setter on a prototype of the hook's can get at. */
function bareList(): string[] {
  const list: string[] = [];
  setPrototypeOf(list, null);
  return list;
}

/** Returns the object that a hook sees as `console`. */
export function consoleFor(logs: Logs): Record<string, (...values: unknown[]) => void> {
  const console: Record<string, (...values: unknown[]) => void> = {};
  for (const level of LOG_LEVELS) console[level] = (...values) => logs.add(level, values);
  for (const name of ["trace", "dir", "table"]) {
    console[name] = (...values) => logs.add("log", values);
  }
  console["assert"] = (holds, ...values) => {
    if (!holds) logs.add("error", ["Assertion failed:", ...values]);
  };
  return console;
}

/**
 * Returns the longest start of `text` that takes at most `bytesMax` bytes, marked when it was cut.
 */
export function cutUtf8(text: string, bytesMax: number): string {
  const short = toWellFormed(slice(text, 0, bytesMax));
  if (short.length === text.length && utf8Length(short) <= bytesMax) return short;
  const mark = "…";
  const room = bytesMax - 3;
  const bytes = new Bytes(4);
  let used = 0;
  let at = 0;
  while (at < short.length) {
    const isPair = (short.charCodeAt(at) & 0xfc00) === 0xd800;
    const next = slice(short, at, at + (isPair ? 2 : 1));
    const size = writeUtf8(next, bytes, 0);
    if (used + size > room) break;
    used += size;
    at += next.length;
  }
  return slice(short, 0, at) + mark;
}
