/**
 * How the parts of a tokenizer.json that cut text into words cut it, as the tokenizers of Python do.
 *
 * The package takes `\w` and `\s` for what they are in JavaScript ("café" would be two words),
 * knows one of the five behaviours of a split, and leaves runs of marks in one piece. One function
 * does what Python's does for all of them: here each part is only its pattern and its behaviour.
 *
 * @module
 */

import type { Package } from "./transformers-types.ts";

/** What becomes of the places where a pattern matches. */
type Behaviour = "removed" | "isolated" | "mergedwithprevious" | "mergedwithnext" | "contiguous";

interface Piece {
  start: number;
  end: number;
  readonly hit: boolean;
}

/**
 * Returns the pieces of a text; none is empty.
 *
 * @param pattern Global; what it matches is handled as `behaviour` says.
 * @param invert Whether what lies between the matches is taken for them.
 */
export function split(
  text: string,
  pattern: RegExp,
  behaviour: Behaviour,
  invert = false,
): readonly string[] {
  const pieces = piecesOf(text, pattern, invert);
  return HANDLES[behaviour](pieces).map(({ start, end }) => text.slice(start, end));
}

function piecesOf(text: string, pattern: RegExp, invert: boolean): readonly Piece[] {
  const pieces: Piece[] = [];
  const add = (start: number, end: number, hit: boolean) => {
    if (start < end) pieces.push({ start, end, hit: hit !== invert });
  };
  let from = 0;
  for (const { 0: match, index } of text.matchAll(pattern)) {
    add(from, index, false);
    add(index, index + match.length, true);
    from = index + match.length;
  }
  add(from, text.length, false);
  return pieces;
}

const HANDLES: Readonly<Record<Behaviour, (pieces: readonly Piece[]) => readonly Piece[]>> = {
  removed: (pieces) => pieces.filter(({ hit }) => !hit),
  isolated: (pieces) => pieces,
  mergedwithprevious: (pieces) => merged(pieces, (last, next) => (last.end = next.end)),
  mergedwithnext: (pieces) =>
    merged(pieces.toReversed(), (last, next) => (last.start = next.start)).toReversed(),
  contiguous: (pieces) => {
    const out: Piece[] = [];
    for (const piece of pieces) {
      const last = out.at(-1);
      if (last?.hit === piece.hit) last.end = piece.end;
      else out.push({ ...piece });
    }
    return out;
  },
};

/** The first of a row of matches joins the piece before it. */
function merged(pieces: readonly Piece[], join: (last: Piece, next: Piece) => void): Piece[] {
  const out: Piece[] = [];
  let before = false;
  for (const piece of pieces) {
    const last = out.at(-1);
    if (piece.hit && !before && last) join(last, piece);
    else out.push({ ...piece });
    before = piece.hit;
  }
  return out;
}

/** What Rust's `\w` and `\s` are. */
const WORD = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}";
const SPACE = "\\p{White_Space}";
const MARK = "\\p{P}!-/:-@[-`{-~";

const WORDS = new RegExp(`[${WORD}]+|[^${WORD}${SPACE}]+`, "gu");
const NO_SPACES = new RegExp(`[^${SPACE}]+`, "gu");
const BERT = new RegExp(`[^${SPACE}${MARK}]+|[${MARK}]`, "gu");
const MARKS = new RegExp(`[${MARK}]`, "gu");
const DIGITS = /\p{N}/gu;
const BYTE_LEVEL = new RegExp(
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+|" +
    ` ?[^${SPACE}\\p{L}\\p{N}]+|[${SPACE}]+(?![^${SPACE}])|[${SPACE}]+`,
  "gu",
);

/** Whether a text begins, or ends, within a word. */
export const WORD_AT_START = new RegExp(`^[${WORD}]`, "u");
export const WORD_AT_END = new RegExp(`[${WORD}]$`, "u");

interface PreTokenizer {
  readonly config: Readonly<Record<string, unknown>>;
  pattern: RegExp | null;
}

/** Gives the parts of the package that cut texts the rules of Python's. */
export function mendSplits(stock: Package): void {
  const mend = (name: string, cut: (this: PreTokenizer, text: string) => readonly string[]) => {
    const { prototype } = stock[name] as { readonly prototype: object };
    Object.defineProperty(prototype, "pre_tokenize_text", { value: cut });
  };
  // Where only matches stay, there is no need to know what lies between.
  mend("WhitespacePreTokenizer", (text) => text.match(WORDS) ?? []);
  mend("WhitespaceSplitPreTokenizer", (text) => text.match(NO_SPACES) ?? []);
  mend("BertPreTokenizer", (text) => text.match(BERT) ?? []);
  mend("PunctuationPreTokenizer", function (text) {
    return split(text, MARKS, behaviourFrom(this.config.behavior ?? "Isolated"));
  });
  mend("DigitsPreTokenizer", function (text) {
    return split(text, DIGITS, this.config.individual_digits ? "isolated" : "contiguous");
  });
  mend("SplitPreTokenizer", function (text) {
    if (!this.pattern) throw new TypeError("A Split of a tokenizer.json wants a Regex or a String");
    const behaviour = behaviourFrom(this.config.behavior);
    return split(text, this.pattern, behaviour, this.config.invert === true);
  });
  mend("FixedLengthPreTokenizer", function (text) {
    const count = Math.max(1, Math.trunc(Number(this.config.length)) || 1);
    return text.match(new RegExp(`[^]{1,${count}}`, "gu")) ?? [];
  });
  mendByteLevel(stock);
}

function behaviourFrom(value: unknown): Behaviour {
  const name = String(value).toLowerCase().replaceAll("_", "");
  if (Object.hasOwn(HANDLES, name)) return name as Behaviour;
  throw new RangeError(`A tokenizer.json wants a behavior such as Isolated, got ${String(value)}`);
}

type Cut = (this: PreTokenizer, text: string, options?: unknown) => readonly string[];

/** Its pattern has `\s`, and the package keeps it with each instance. */
function mendByteLevel(stock: Package): void {
  const { prototype } = stock.ByteLevelPreTokenizer as { readonly prototype: object };
  const { pre_tokenize_text: cut } = prototype as { pre_tokenize_text: Cut };
  const value: Cut = function (text, options) {
    this.pattern = BYTE_LEVEL;
    return cut.call(this, text, options);
  };
  Object.defineProperty(prototype, "pre_tokenize_text", { value });
}
