/**
 * Text of a file, from what a hook has in its hands: bytes, or text already.
 *
 * @module
 */

import { readUtf8, utf8Length } from "../../src/wire/utf8.ts";

/**
 * Returns the text of `value`, without a byte order mark.
 *
 * @param value A string, or a Uint8Array such as `files[0]`.
 * @param who What the message of a refusal begins with, such as `Papa.parse`.
 * @param encoding `utf-8` (the default) or `latin1`; for bytes only.
 * @throws {TypeError} When `value` is neither, or its bytes are not of the encoding.
 */
export function textFrom(value: unknown, who: string, encoding: unknown = "utf-8"): string {
  if (typeof value === "string") return value.startsWith("\ufeff") ? value.slice(1) : value;
  const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : value;
  if (!(bytes instanceof Uint8Array)) {
    const got = value === null ? "null" : `a value of type ${typeof value}`;
    throw new TypeError(`${who} wants text, or the bytes of a file such as files[0], got ${got}`);
  }
  const name = String(encoding).toLowerCase().replaceAll(/[-_]/g, "");
  if (name === "latin1" || name === "iso88591") return latin1(bytes);
  if (name !== "utf8" && name !== "utf8sig") {
    throw new TypeError(`${who} wants an encoding of utf-8 or latin1, got ${String(encoding)}`);
  }
  const text = readUtf8(bytes, 0, bytes.length);
  // A byte that is none became U+FFFD, which takes three.
  if (utf8Length(text) !== bytes.length) {
    throw new TypeError(`${who} wants text in utf-8, got other bytes; try encoding: "latin1"`);
  }
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

/** How many units are put together at a time: more do not fit the stack. */
const CHUNK_UNITS = 4096;

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += CHUNK_UNITS) {
    text += String.fromCharCode(...bytes.subarray(i, i + CHUNK_UNITS));
  }
  return text;
}
