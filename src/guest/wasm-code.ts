/**
 * The bytes of a module of WebAssembly, made ready: out of base64, patched, its memory bounded.
 *
 * They may be made when the hook has already run, so nothing here asks the realm for a method: a
 * hook that decides what a text decodes to would decide what is compiled.
 *
 * @module
 */

import type { WasmPatch } from "../contract/library.ts";
import { byteLengthOf, Bytes, codeAt, setBytes, viewOf } from "../wire/captured.ts";
import { ErrorType } from "./captured.ts";

export const PAGE_BYTES = 2 ** 16;

/**
 * Returns the bytes that `base64` stands for, with `patches` in them.
 *
 * @throws {Error} When the code is not what a patch was written for.
 */
export function codeFrom(base64: string, patches: readonly WasmPatch[]): Uint8Array<ArrayBuffer> {
  const code = bytesOfBase64(base64);
  for (let i = 0; i < patches.length; i++) patch(code, patches[i] as WasmPatch);
  return code;
}

function patch(code: Uint8Array, { at, from, to }: WasmPatch): void {
  for (let i = 0; i < from.length; i++) {
    if (code[at + i] !== from[i]) throw new ErrorType(`WebAssembly is another one at byte ${at}`);
    code[at + i] = to[i] as number;
  }
}

const VALUES = valuesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const PADDING = 0x3d;

function valuesOf(letters: string): Uint8Array {
  const values = new Uint8Array(128);
  for (let i = 0; i < letters.length; i++) values[letters.charCodeAt(i)] = i;
  return values;
}

/** Takes base64 that is well formed, with its padding. */
function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  const { length } = text;
  const padding =
    codeAt(text, length - 2) === PADDING ? 2 : +(codeAt(text, length - 1) === PADDING);
  const bytes = new Bytes((length / 4) * 3 - padding);
  const at = (i: number) => VALUES[codeAt(text, i)] ?? 0;
  for (let i = 0, to = 0; i < length; i += 4, to += 3) {
    const four = (at(i) << 18) | (at(i + 1) << 12) | (at(i + 2) << 6) | at(i + 3);
    bytes[to] = four >> 16;
    bytes[to + 1] = four >> 8;
    bytes[to + 2] = four;
  }
  return bytes;
}

const SECTIONS_AT = 8;
const MEMORY_SECTION = 5;
const HAS_MAX = 1;
/** The longest form of a number of 32 bits. */
const LEB_BYTES = 5;

/**
 * Returns the module with a bound put into its memory section, where it has a memory.
 *
 * @throws {Error} When it wants more to begin with, or not one memory of the plain kind.
 */
export function clamped(code: Uint8Array, pagesMax: number): Uint8Array {
  const length = byteLengthOf(code);
  for (let at = SECTIONS_AT; at < length;) {
    const size = leb(code, at + 1);
    const end = size.end + size.value;
    if (end > length) break;
    if (code[at] === MEMORY_SECTION) {
      const section = memorySection(code, size.end, pagesMax);
      const out = new Bytes(length - (end - at) + byteLengthOf(section));
      setBytes(out, viewOf(code, 0, at), 0);
      setBytes(out, section, at);
      setBytes(out, viewOf(code, end, length), at + byteLengthOf(section));
      return out;
    }
    at = end;
  }
  return code;
}

/** One memory, 32 bits wide and not shared: what it wants to begin with, and at most the bound. */
function memorySection(code: Uint8Array, at: number, pagesMax: number): Uint8Array {
  const count = leb(code, at);
  const flags = leb(code, count.end);
  const min = leb(code, flags.end);
  const max = flags.value === HAS_MAX ? leb(code, min.end).value : pagesMax;
  if (count.value !== 1 || flags.value > HAS_MAX || min.value > pagesMax) {
    throw new ErrorType(`WebAssembly wants one memory of at most ${pagesMax} pages`);
  }
  const section = new Bytes(4 + 2 * LEB_BYTES);
  section[0] = MEMORY_SECTION;
  section[1] = 2 + 2 * LEB_BYTES;
  section[2] = 1;
  section[3] = HAS_MAX;
  putLeb(section, 4, min.value);
  putLeb(section, 4 + LEB_BYTES, max < pagesMax ? max : pagesMax);
  return section;
}

/** Writes a number of 7 bits to the byte, filled up to its longest form. */
function putLeb(section: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < LEB_BYTES; i++) {
    const isLast = i === LEB_BYTES - 1;
    section[at + i] = ((value >>> (7 * i)) & 0x7f) | (isLast ? 0 : 0x80);
  }
}

/** Reads a number of 7 bits to the byte. */
function leb(code: Uint8Array, at: number): { readonly value: number; readonly end: number } {
  let value = 0;
  let scale = 1;
  let end = at;
  for (;;) {
    const byte = code[end] ?? 0;
    end += 1;
    value += (byte & 0x7f) * scale;
    scale *= 0x80;
    if (byte < 0x80 || end - at >= LEB_BYTES) return { value, end };
  }
}
