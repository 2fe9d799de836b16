/**
 * How a text becomes words: what scikit-learn's vectorizers do before they count.
 *
 * Words are what Python's `(?u)\b\w\w+\b` finds, in any script.
 *
 * @module
 */

import { show } from "./sklearn-classes.ts";

/** The parameters of a vectorizer that are about words. */
export interface AnalyzerParams {
  readonly lowercase: boolean;
  readonly strip_accents: "unicode" | "ascii" | null;
  readonly stop_words: unknown;
  readonly token_pattern: unknown;
  readonly ngram_range: unknown;
  readonly analyzer: "word" | "char" | "char_wb";
}

/** Returns what lists the words, or the pieces of them, of a text. */
export function analyzer(params: AnalyzerParams): (text: string) => string[] {
  const { lowercase, strip_accents } = params;
  const [min, max] = rangeFrom(params.ngram_range);
  const prepare = (text: string) => {
    const lower = lowercase ? text.toLowerCase() : text;
    return strip_accents === null ? lower : withoutAccents(lower, strip_accents);
  };
  if (params.analyzer !== "word") {
    const grams = params.analyzer === "char" ? charGrams : wordCharGrams;
    return (text) => grams([...prepare(text).replaceAll(BLANKS_IN_ROW, " ")], min, max);
  }
  const pattern = patternFrom(params.token_pattern);
  const stops = stopsFrom(params.stop_words);
  return (text) => {
    const found = tokensIn(prepare(text), pattern);
    return wordGrams(stops.size > 0 ? found.filter((word) => !stops.has(word)) : found, min, max);
  };
}

function rangeFrom(given: unknown): readonly [number, number] {
  const [min, max] = (Array.isArray(given) ? given : []) as unknown[];
  const whole = Number.isSafeInteger(min) && Number.isSafeInteger(max);
  if (whole && Number(min) >= 1 && Number(max) >= Number(min)) return [Number(min), Number(max)];
  throw new TypeError(`ngram_range wants [min, max] from 1, got ${show(given)}`);
}

function stopsFrom(given: unknown): ReadonlySet<string> {
  if (given === null) return new Set();
  if (Array.isArray(given)) return new Set(given.map(String));
  const hint =
    given === "english"
      ? ": scikit-learn's own list is not here; pass sorted(vectorizer.get_stop_words()) of Python"
      : "";
  throw new TypeError(`stop_words wants a list of words, got ${show(given)}${hint}`);
}

function wordGrams(words: readonly string[], min: number, max: number): string[] {
  const grams: string[] = min === 1 ? [...words] : [];
  for (let size = Math.max(2, min); size <= Math.min(max, words.length); size++) {
    for (let i = 0; i + size <= words.length; i++) grams.push(words.slice(i, i + size).join(" "));
  }
  return grams;
}

function charGrams(characters: readonly string[], min: number, max: number): string[] {
  const grams: string[] = [];
  for (let size = min; size <= Math.min(max, characters.length); size++) {
    for (let i = 0; i + size <= characters.length; i++) {
      grams.push(characters.slice(i, i + size).join(""));
    }
  }
  return grams;
}

/** Within words, with a blank on either side; a word that is shorter counts once. */
function wordCharGrams(characters: readonly string[], min: number, max: number): string[] {
  const words = characters.join("").split(BLANKS).filter(Boolean);
  return words.flatMap((word) => {
    const padded = [...` ${word} `];
    const grams: string[] = [];
    for (let size = min; size <= max; size++) {
      if (padded.length <= size) return [...grams, padded.join("")];
      grams.push(...charGrams(padded, size, size));
    }
    return grams;
  });
}

function withoutAccents(text: string, how: "unicode" | "ascii"): string {
  const parts = text.normalize("NFKD");
  if (how === "ascii") return parts.replaceAll(/[^\0-\x7f]/g, "");
  return parts.replaceAll(/\p{M}/gu, (mark) => (isCombining(mark) ? "" : mark));
}

/**
 * Whether Unicode gives a mark a combining class, as Python's `combining` tells: one that has is
 * moved before a mark of a higher class, or behind one of a lower class, when text is normalised.
 */
function isCombining(mark: string): boolean {
  const [low, high] = [`${mark}\u0334`, `\u0345${mark}`];
  return low.normalize("NFD") !== low || high.normalize("NFD") !== high;
}

const WORD = String.raw`\p{L}\p{N}_`;

/** What is a blank to Python's patterns and to its `split`. */
const BLANK = String.raw`\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;

const BLANKS = new RegExp(`[${BLANK}]+`, "u");

const BLANKS_IN_ROW = new RegExp(`[${BLANK}]{2,}`, "gu");

/** What a part of a pattern is in JavaScript: outside of brackets, and within. */
const PARTS = new Map<string, readonly [outside: string, within: string]>([
  [String.raw`\w`, [`[${WORD}]`, WORD]],
  [String.raw`\W`, [`[^${WORD}]`, String.raw`\W`]],
  [String.raw`\d`, [String.raw`\p{Nd}`, String.raw`\p{Nd}`]],
  [String.raw`\D`, [String.raw`\P{Nd}`, String.raw`\P{Nd}`]],
  [String.raw`\s`, [`[${BLANK}]`, BLANK]],
  [String.raw`\S`, [`[^${BLANK}]`, String.raw`\S`]],
  [String.raw`\b`, [`(?:(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`, String.raw`\b`]],
  // A hyphen needs no backslash there in Python, and may have none here.
  [String.raw`\-`, ["-", String.raw`\-`]],
]);

/**
 * Returns a pattern of Python's as one of JavaScript's: its `\w`, `\d`, `\s` and `\b` are those of
 * Unicode.
 *
 * @throws {TypeError} When it is none, or has what JavaScript's have not.
 */
function patternFrom(given: unknown): RegExp {
  if (typeof given !== "string") {
    throw new TypeError(`token_pattern wants a pattern as a string, got ${show(given)}`);
  }
  let within = false;
  const text = given.replace(/^\(\?u\)/, "").replaceAll(/\\.|\[\^?\]?|\]/gsu, (part) => {
    if (part.startsWith("[")) {
      within = true;
      return part.endsWith("]") ? `${part.slice(0, -1)}\\]` : part;
    }
    if (part === "]") within = false;
    return PARTS.get(part)?.[Number(within)] ?? part;
  });
  try {
    return new RegExp(text, "gu");
  } catch {
    const want = "a pattern that JavaScript can read too";
    throw new TypeError(`token_pattern wants ${want}, got ${show(given)}`);
  }
}

/** Returns what the pattern finds; of a pattern with a group, what is in the group. */
function tokensIn(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), ([all, ...groups]) => {
    if (groups.length > 1) {
      throw new TypeError(`token_pattern wants one group at most, got ${groups.length}`);
    }
    return groups.length === 0 ? all : (groups[0] ?? "");
  });
}
