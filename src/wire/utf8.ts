/**
 * Text to UTF-8 bytes and back, in plain JavaScript: what a bare isolate has instead of
 * TextEncoder.
 *
 * The host lays faster ones over it (`wire/text.ts`); both sides agree to the byte, and a test
 * holds that. Uses no method that a hook could have replaced by the time it runs: only what is
 * captured here, when the file is loaded.
 *
 * @module
 */

import { apply, fromCharCode } from "./captured.ts";

const charCodeAt = Function.prototype.call.bind(String.prototype.charCodeAt) as (
  text: string,
  at: number,
) => number;

/**
 * How many units are put together at a time: a string of single additions takes 32 bytes for each.
 */
const CHUNK_UNITS = 1024;
/** Up to here single additions are faster: keys, mostly. */
const SHORT_BYTES = 24;

/** How text becomes bytes: here, or as a host does it faster. */
export interface TextForm {
  /** Returns how many bytes a text takes, or -1 when it holds a lone surrogate. */
  readonly length: (text: string) => number;
  /** Writes a text, for which there is room, and returns the place behind it. */
  readonly write: (text: string, target: Uint8Array, start: number) => number;
}

/** Returns how many bytes `text` takes, or -1 when it holds a lone surrogate. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = charCodeAt(text, i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit < 0xd800 || unit > 0xdfff) bytes += 3;
    else if (unit < 0xdc00 && isLow(text, i + 1)) {
      bytes += 4;
      i += 1;
    } else return -1;
  }
  return bytes;
}

/**
 * Writes `text` at `start`; `target` has room for `utf8Length(text)` bytes. A lone surrogate is
 * written as U+FFFD; who must not lose it asks `utf8Length` first.
 *
 * @returns The place after the last byte.
 */
export function writeUtf8(text: string, target: Uint8Array, start: number): number {
  let at = start;
  for (let i = 0; i < text.length; i++) {
    const unit = charCodeAt(text, i);
    if (unit < 0x80) target[at++] = unit;
    else if (unit < 0x800) {
      target[at++] = 0xc0 | (unit >> 6);
      target[at++] = 0x80 | (unit & 0x3f);
    } else if (unit >= 0xd800 && unit < 0xdc00 && isLow(text, i + 1)) {
      at = writeWide(
        0x10000 + ((unit - 0xd800) << 10) + charCodeAt(text, ++i) - 0xdc00,
        target,
        at,
      );
    } else {
      const known = unit < 0xd800 || unit > 0xdfff ? unit : 0xfffd;
      target[at++] = 0xe0 | (known >> 12);
      target[at++] = 0x80 | ((known >> 6) & 0x3f);
      target[at++] = 0x80 | (known & 0x3f);
    }
  }
  return at;
}

/** Returns the text of the bytes from `start` to `end`; what is no UTF-8 becomes U+FFFD. */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  let i = start;
  for (; i < end && i - start < SHORT_BYTES; i++) {
    const byte = bytes[i] as number;
    if (byte >= 0x80) break;
    text += fromCharCode(byte);
  }
  return i === end ? text : text + readLong(bytes, i, end);
}

function readLong(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  let units: number[] = [];
  for (let i = start; i < end;) {
    const byte = bytes[i] as number;
    if (byte < 0x80) {
      units[units.length] = byte;
      i += 1;
    } else i += readSequence(bytes, i, end, units);
    if (units.length < CHUNK_UNITS) continue;
    text += apply(fromCharCode, undefined, units);
    units = [];
  }
  return text + apply(fromCharCode, undefined, units);
}

/** Adds the one or two units of the sequence at `at`, or U+FFFD, and returns how long it is. */
function readSequence(bytes: Uint8Array, at: number, end: number, units: number[]): number {
  const length = wantedLength(bytes[at] as number);
  const good = length === 0 ? 1 : goodCount(bytes, at, end, length);
  // A broken sequence is one U+FFFD for its longest good start, as the Encoding Standard says.
  if (length === 0 || good < length) units[units.length] = 0xfffd;
  else addUnits(codeOf(bytes, at, length), units);
  return good;
}

function addUnits(code: number, units: number[]): void {
  if (code < 0x10000) {
    units[units.length] = code;
    return;
  }
  units[units.length] = 0xd800 + ((code - 0x10000) >> 10);
  units[units.length] = 0xdc00 + ((code - 0x10000) & 0x3ff);
}

function isLow(text: string, at: number): boolean {
  const unit = at < text.length ? charCodeAt(text, at) : 0;
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function writeWide(code: number, target: Uint8Array, start: number): number {
  target[start] = 0xf0 | (code >> 18);
  target[start + 1] = 0x80 | ((code >> 12) & 0x3f);
  target[start + 2] = 0x80 | ((code >> 6) & 0x3f);
  target[start + 3] = 0x80 | (code & 0x3f);
  return start + 4;
}

/** Returns how long a sequence with this first byte is, 0 when none begins with it. */
function wantedLength(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/** Returns how many bytes from `at` on, at most `length`, can stand at the start of a sequence. */
function goodCount(bytes: Uint8Array, at: number, end: number, length: number): number {
  const lead = bytes[at] as number;
  let count = 1;
  while (count < length && at + count < end) {
    const byte = bytes[at + count] as number;
    // The second byte is bounded more narrowly: no long forms, no surrogates, nothing past
    // U+10FFFF.
    const low = count > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const high = count > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (byte < low || byte > high) return count;
    count += 1;
  }
  return count;
}

function codeOf(bytes: Uint8Array, at: number, length: number): number {
  let code = (bytes[at] as number) & (0x7f >> length);
  for (let i = 1; i < length; i++) code = (code << 6) | ((bytes[at + i] as number) & 0x3f);
  return code;
}
