/**
 * UTF-8 to text and back as the host does it: the same result as `utf8.ts`, faster.
 *
 * @module
 */

import { type TextForm, utf8Length, writeUtf8 } from "./utf8.ts";

/** Up to here a loop beats the way into native code. */
const LOOP_BYTES = 16;

/** Returns the text of the bytes from `start` to `end`; what is no UTF-8 becomes U+FFFD. */
export function readText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= LOOP_BYTES) {
    let text = "";
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte >= 0x80) return native(bytes, start, end);
      text += String.fromCharCode(byte);
    }
    return text;
  }
  return native(bytes, start, end);
}

/** Up to here a loop beats the way into native code. */
const LOOP_CHARACTERS = 48;
const ENCODER = new TextEncoder();

/** Text to UTF-8: a caller's large text would keep the thread for as long as it takes. */
export const HOST_TEXT: TextForm = {
  length(text) {
    if (text.length <= LOOP_CHARACTERS) return utf8Length(text);
    return text.isWellFormed() ? Buffer.byteLength(text, "utf8") : -1;
  },
  write(text, target, start) {
    if (text.length <= LOOP_CHARACTERS) return writeUtf8(text, target, start);
    return start + ENCODER.encodeInto(text, target.subarray(start)).written;
  },
};

function native(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8");
}
