/**
 * The JSON of a server: counted before it is parsed, and with integers that are exact.
 *
 * `JSON.parse` takes up to 22 bytes of memory for one of text, recurses without a bound once it
 * calls back, and rounds integers beyond 2^53. So the text is walked first, which takes 4 ns for a
 * byte and no memory; and where it holds a long integer it is parsed with a look at the source of
 * each number, which is twenty times slower and has a bound of its own.
 *
 * @module
 */

import type { Words } from "./http.ts";

/** Levels: the answer, its outputs, one of them, its data nested by up to 32 axes. */
const DEPTH_MAX = 64;
/** Values of one answer; 16 MiB of float32 are as many. They take 280 MB if all are dicts. */
const VALUES_MAX = 2 ** 22;
/** Values of an answer that is parsed with a look at each source: about 1.3 s for so many. */
const VALUES_EXACT_MAX = 2 ** 20;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/**
 * Returns the value of a JSON text; an integer beyond 2^53 is a bigint where `exact` asks for it.
 *
 * @param bytes UTF-8, not kept.
 * @throws {Refusal} `MODEL_FAILED` for what is no JSON, too deep or too much.
 */
export function jsonFrom(bytes: Uint8Array, words: Words, exact: boolean): unknown {
  const { values, depth } = survey(bytes);
  if (depth > DEPTH_MAX) throw words.failed(`wants JSON of at most ${DEPTH_MAX} levels, got more`);
  if (values > VALUES_MAX) throw tooMany(words, VALUES_MAX, values);
  const text = textFrom(bytes, words);
  const isLong = exact && /(?<![\d.])\d{16}/.test(text);
  if (isLong && values > VALUES_EXACT_MAX) throw tooMany(words, VALUES_EXACT_MAX, values);
  try {
    return isLong ? parseWithSource(text, wholeFrom) : JSON.parse(text);
  } catch {
    const nan = /[[,:]\s*-?(NaN|Inf)/.test(text);
    const hint = nan ? "; it holds NaN or an infinity, which only the binary form can carry" : "";
    throw words.failed(`wants JSON, got ${showText(text, words)}${hint}`);
  }
}

/** Counts what `JSON.parse` would make: each comma, colon and opening bracket is one value. */
function survey(bytes: Uint8Array): { values: number; depth: number } {
  let values = 1;
  let level = 0;
  let depth = 0;
  let isText = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (isText) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) isText = true;
    else if (byte === COMMA || byte === 0x3a) values++;
    else if (byte === 0x5b || byte === 0x7b) {
      values++;
      level++;
      if (level > depth) depth = level;
    } else if (byte === 0x5d || byte === 0x7d) level--;
  }
  return { values, depth };
}

function tooMany(words: Words, most: number, values: number): Error {
  return words.failed(
    `wants JSON of at most ${most} values, got about ${values}; let the tensors travel as bytes`,
  );
}

function textFrom(bytes: Uint8Array, words: Words): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw words.failed("wants JSON in UTF-8, got other bytes; BYTES may need the binary form");
  }
}

function showText(text: string, words: Words): string {
  return text.trim() === "" ? "nothing" : words.show(text);
}

/** The library of TypeScript does not know the third argument of a reviver yet. */
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown;

function wholeFrom(_key: string, value: unknown, { source }: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  return source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
}
