/**
 * TextEncoder and TextDecoder, as browsers have them, where a bare isolate has none.
 *
 * Decoded are UTF-8, UTF-16 (little-endian) and windows-1252, which is what browsers and most files
 * mean by latin1. Not here: other code pages, and decoding in parts (`stream`), which is refused.
 *
 * @module
 */

import { readUtf8, utf8Length, writeUtf8 } from "../wire/utf8.ts";

type Encoding = "utf-8" | "utf-16le" | "windows-1252";

/** What an encoding may be called. */
const LABELS: readonly (readonly [encoding: Encoding, labels: string])[] = [
  ["utf-8", "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8"],
  ["utf-16le", "utf-16le utf-16 ucs-2 unicode unicodefeff csunicode iso-10646-ucs-2"],
  [
    "windows-1252",
    "windows-1252 cp1252 x-cp1252 latin1 l1 iso-8859-1 iso8859-1 iso_8859-1 ascii us-ascii",
  ],
];

/** What windows-1252 has between 0x80 and 0x9f; all other bytes are the codes of their letters. */
const WINDOWS_1252 =
  "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d" +
  "\u017d\u008f\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a" +
  "\u0153\u009d\u017e\u0178";

/** Text is put together in parts: a call takes only so many arguments. */
const PART_UNITS = 4096;

export class TextEncoder {
  readonly encoding = "utf-8";

  encode(text = ""): Uint8Array {
    const whole = `${text}`.toWellFormed();
    const bytes = new Uint8Array(utf8Length(whole));
    writeUtf8(whole, bytes, 0);
    return bytes;
  }
}

export class TextDecoder {
  readonly encoding: Encoding;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;

  constructor(label = "utf-8", options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
    const asked = `${label}`.trim().toLowerCase();
    const known = LABELS.find(([, labels]) => labels.split(" ").includes(asked));
    if (!known) {
      const wants = LABELS.map(([encoding]) => encoding).join(", ");
      throw new RangeError(`TextDecoder wants one of ${wants} in a hook, got ${label}`);
    }
    this.encoding = known[0];
    this.fatal = options.fatal === true;
    this.ignoreBOM = options.ignoreBOM === true;
  }

  decode(input?: ArrayBuffer | ArrayBufferView, options: { stream?: boolean } = {}): string {
    if (options.stream === true) {
      throw new TypeError("TextDecoder decodes no parts in a hook: hand in all bytes at once");
    }
    const bytes = bytesOf(input);
    const text = this.#read(bytes);
    const hasMark = this.encoding !== "windows-1252" && text.charCodeAt(0) === 0xfeff;
    return hasMark && !this.ignoreBOM ? text.slice(1) : text;
  }

  #read(bytes: Uint8Array): string {
    if (this.encoding === "windows-1252") return fromUnits(bytes.length, (at) => letter(bytes, at));
    const isUtf8 = this.encoding === "utf-8";
    const text = isUtf8 ? readUtf8(bytes, 0, bytes.length) : readUtf16(bytes);
    if (this.fatal && !(isUtf8 ? isSame(text, bytes) : isWhole(text, bytes))) {
      throw new TypeError(`The encoded data was not valid for encoding ${this.encoding}`);
    }
    return text.toWellFormed();
  }
}

/** A byte too many is a letter that nobody knows, together with half a pair before it. */
function readUtf16(bytes: Uint8Array): string {
  const unit = (at: number) => (bytes[2 * at] as number) | ((bytes[2 * at + 1] as number) << 8);
  const text = fromUnits(bytes.length >> 1, unit);
  if (bytes.length % 2 === 0) return text;
  const last = text.charCodeAt(text.length - 1);
  return `${last >= 0xd800 && last < 0xdc00 ? text.slice(0, -1) : text}\ufffd`;
}

/** Whether nothing was lost: what was not valid became other bytes. */
function isSame(text: string, bytes: Uint8Array): boolean {
  const again = new TextEncoder().encode(text);
  return again.length === bytes.length && again.every((byte, i) => byte === bytes[i]);
}

function isWhole(text: string, bytes: Uint8Array): boolean {
  return bytes.length % 2 === 0 && text.isWellFormed();
}

function letter(bytes: Uint8Array, at: number): number {
  const byte = bytes[at] as number;
  return byte >= 0x80 && byte < 0xa0 ? WINDOWS_1252.charCodeAt(byte - 0x80) : byte;
}

function fromUnits(length: number, unit: (at: number) => number): string {
  let text = "";
  for (let start = 0; start < length; start += PART_UNITS) {
    const units = new Array<number>(Math.min(PART_UNITS, length - start));
    for (let i = 0; i < units.length; i++) units[i] = unit(start + i);
    text += String.fromCharCode(...units);
  }
  return text;
}

function bytesOf(input: ArrayBuffer | ArrayBufferView | undefined): Uint8Array {
  if (input === undefined) return new Uint8Array(0);
  if (!ArrayBuffer.isView(input)) return new Uint8Array(input);
  return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
}
