/**
 * Where the package does otherwise than the tokenizers of Python, beside how it cuts texts.
 *
 * Some of it is put right in its classes, some in the tokenizer.json before it is read, and some in
 * a tokenizer that was made.
 *
 * Not here, and as the package does it: `Precompiled` is NFKC with Google's list of spaces, not the
 * table in the file.
 *
 * @module
 */

import { mendSplits, WORD_AT_END, WORD_AT_START } from "./transformers-split.ts";
import type { Inner, Package } from "./transformers-types.ts";
import { type Dict, dictFrom } from "./util-arguments.ts";

/** An instance of a class of the package. */
type Part = { readonly config: Dict } & Dict;

type Method = (this: never, ...values: never[]) => unknown;

/** Puts right the classes of the package. */
export function mendPackage(stock: Package): void {
  mendSplits(stock);
  for (const [name, methods] of Object.entries(METHODS)) {
    const { prototype } = stock[name] as { readonly prototype: object };
    for (const [method, value] of Object.entries(methods)) {
      Object.defineProperty(prototype, method, { value });
    }
  }
}

/** The blocks that BERT's own tokenizer names; later blocks of ideographs are not among them. */
const IDEOGRAPHS = [
  "\\u4e00-\\u9fff",
  "\\u3400-\\u4dbf",
  "\\u{20000}-\\u{2a6df}",
  "\\u{2a700}-\\u{2ceaf}",
  "\\uf900-\\ufaff",
  "\\u{2f800}-\\u{2fa1f}",
];
const IDEOGRAPH = new RegExp(`[${IDEOGRAPHS.join("")}]`, "gu");

const CONTROL = /[\0\ufffd]|(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu;

const SPACES_AT_START = /^\p{White_Space}+/u;
const SPACES_AT_END = /\p{White_Space}+$/u;

const METHODS: Readonly<Record<string, Readonly<Record<string, Method>>>> = {
  BertNormalizer: {
    // The package looks at halves of ideographs beyond 16 bits, and so does not set them apart.
    tokenize_chinese_chars: (text: string) => text.replaceAll(IDEOGRAPH, " $& "),
    // What the package does one letter at a time, and slowly.
    clean_text: (text: string) => text.replaceAll(CONTROL, "").replaceAll(/\s/g, " "),
  },
  ReplaceNormalizer: {
    // Not a pattern of JavaScript: `$&` is two letters.
    normalize(this: Part, text: string) {
      const pattern = this.pattern as RegExp | null;
      return pattern === null ? text : text.replaceAll(pattern, () => String(this.config.content));
    },
  },
  StripNormalizer: {
    normalize(this: Part, text: string) {
      const left = this.config.strip_left ? text.replace(SPACES_AT_START, "") : text;
      return this.config.strip_right ? left.replace(SPACES_AT_END, "") : left;
    },
  },
  Model: {
    // The package joins unknown pieces over the borders of words too.
    _call(this: Inner["model"], tokens: readonly string[]) {
      if (!this.fuse_unk) return this.encode(tokens);
      return tokens.flatMap((token) => fused(this, this.encode([token])));
    },
  },
  WordPiece: {
    encode(this: WordPiece, tokens: readonly string[]) {
      const longest = longestOf(this);
      return tokens.flatMap((token) => {
        const isPiece = this.tokens_to_ids.has(token);
        const isShort = token.length <= this.max_input_chars_per_word;
        return isPiece && isShort ? token : wordPieces(this, Array.from(token), longest);
      });
    },
  },
  Unigram: {
    // The package hands all pieces of a text to `push` at once, and long ones do not fit the stack.
    encode(this: Unigram, tokens: readonly string[]) {
      return tokens.flatMap((token) => bestPieces(this, token));
    },
  },
  RobertaProcessingPostProcessor: {
    // It has no types: a pair is told apart by what stands between.
    post_process(this: Part, tokens: string[], pair: string[] | null, special = true) {
      const [cls = ""] = this.cls as readonly string[];
      const [sep = ""] = this.sep as readonly string[];
      if (!special) return { tokens, tokens_pair: pair };
      const all = [cls, ...tokens, sep, ...(pair ? [sep, ...pair, sep] : [])];
      return { tokens: all, token_type_ids: all.map(() => 0) };
    },
  },
  MetaspaceDecoder: {
    decode_chain(this: Part, tokens: readonly string[]) {
      const mark = this.replacement as string;
      const keeps = this.config.prepend_scheme === "never";
      return tokens.map((token, i) => token.replaceAll(mark, i === 0 && !keeps ? "" : " "));
    },
  },
  ByteFallbackDecoder: { decode_chain: decodeBytes },
};

/** Makes one of unknown pieces side by side. */
function fused(model: Inner["model"], pieces: readonly string[]): string[] {
  const out: string[] = [];
  let before = false;
  for (const piece of pieces) {
    const id = model.tokens_to_ids.get(piece) ?? model.unk_token_id;
    const isUnknown = id === model.unk_token_id;
    if (!isUnknown || !before) out.push(piece);
    // Some models give the word for unknown, others the text itself.
    else if (piece !== model.unk_token) out[out.length - 1] += piece;
    before = isUnknown;
  }
  return out;
}

interface WordPiece {
  readonly tokens_to_ids: ReadonlyMap<string, number>;
  readonly unk_token: string;
  readonly max_input_chars_per_word: number;
  readonly config: Dict;
}

const LONGEST = new WeakMap<WordPiece, number>();

/** Returns the length of the longest piece there is: no piece of a word is longer. */
function longestOf(model: WordPiece): number {
  const known = LONGEST.get(model);
  if (known !== undefined) return known;
  let longest = 0;
  for (const piece of model.tokens_to_ids.keys()) longest = Math.max(longest, piece.length);
  LONGEST.set(model, longest);
  return longest;
}

/**
 * Returns the longest pieces of a word, from its start on. The package tries every length at every
 * letter: a text of words like a hundred x took a second for 40 KB.
 */
function wordPieces(model: WordPiece, letters: readonly string[], longest: number): string[] {
  const { tokens_to_ids: ids, unk_token: unknown, config } = model;
  if (letters.length > model.max_input_chars_per_word) return [unknown];
  const prefix = String(config.continuing_subword_prefix ?? "##");
  const pieces: string[] = [];
  for (let start = 0; start < letters.length;) {
    let end = Math.min(letters.length, start + longest);
    let piece = (start > 0 ? prefix : "") + letters.slice(start, end).join("");
    for (; end > start && !ids.has(piece); end--) {
      piece = piece.slice(0, piece.length - (letters[end - 1]?.length ?? 0));
    }
    if (end === start) return [unknown];
    pieces.push(piece);
    start = end;
  }
  return pieces;
}

interface Trie {
  readonly is_leaf: boolean;
  readonly children: ReadonlyMap<string, Trie>;
}

interface Unigram {
  readonly trie: { readonly root: Trie };
  readonly tokens_to_ids: ReadonlyMap<string, number>;
  readonly scores: readonly number[];
  readonly unk_score: number;
}

/**
 * Returns the pieces of a text with the greatest sum of scores. The package keeps a lattice of
 * objects, a kilobyte for each letter, and a long text fills the memory.
 */
function bestPieces(model: Unigram, text: string): string[] {
  const letters = Array.from(text);
  const best = new Float64Array(letters.length + 1).fill(-Infinity);
  const from = new Int32Array(letters.length + 1);
  best[0] = 0;
  const reach = (start: number, end: number, score: number) => {
    const sum = (best[start] ?? 0) + score;
    if (sum <= (best[end] ?? 0)) return;
    best[end] = sum;
    from[end] = start;
  };
  for (let start = 0; start < letters.length; start++) {
    let node: Trie | undefined = model.trie.root;
    let piece = "";
    for (let end = start; node && end < letters.length; end++) {
      const letter = letters[end] ?? "";
      piece += letter;
      node = node.children.get(letter);
      if (!node?.is_leaf) continue;
      reach(start, end + 1, model.scores[model.tokens_to_ids.get(piece) ?? 0] ?? 0);
    }
    // Less than any piece: where the letter is one, this changes nothing.
    reach(start, start + 1, model.unk_score);
  }
  const pieces: string[] = [];
  for (let end = letters.length; end > 0; end = from[end] ?? 0) {
    pieces.push(letters.slice(from[end], end).join(""));
  }
  return pieces.toReversed();
}

const BYTE = /^<0x([0-9A-Fa-f]{2})>$/;

/** A run of bytes that is no text gives a mark for each of them. */
function decodeBytes(tokens: readonly string[]): readonly string[] {
  const out: string[] = [];
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let bytes: number[] = [];
  const flush = () => {
    if (bytes.length === 0) return;
    try {
      out.push(decoder.decode(Uint8Array.from(bytes)));
    } catch {
      out.push(...bytes.map(() => "\ufffd"));
    }
    bytes = [];
  };
  for (const token of tokens) {
    const [, byte] = BYTE.exec(token) ?? [];
    if (byte !== undefined) bytes.push(Number.parseInt(byte, 16));
    else {
      flush();
      out.push(token);
    }
  }
  flush();
  return out;
}

const MODELS = ["WordPiece", "BPE", "Unigram", "WordLevel"];

/** Returns a tokenizer.json in which everything is there that the package wants to see. */
export function mendFile(json: Dict): Dict {
  // In files of old these may be missing.
  const parts = { normalizer: null, post_processor: null, decoder: null, added_tokens: [] };
  const model = dictFrom(json.model, "A tokenizer.json");
  const { type = "WordPiece" } = model;
  if (!MODELS.includes(String(type))) {
    const want = MODELS.join(", ");
    throw new TypeError(`A tokenizer.json wants a model of type ${want}, got ${String(type)}`);
  }
  if (type === "BPE" && model.continuing_subword_prefix) {
    throw new TypeError("A BPE with a continuing_subword_prefix is not known here");
  }
  return { ...parts, ...json, pre_tokenizer: splitMetaspace(json.pre_tokenizer ?? null) };
}

/** The package joins words with a mark, and does not cut at it. */
function splitMetaspace(part: unknown): unknown {
  if (typeof part !== "object" || part === null) return part;
  const { type, pretokenizers, split = true, replacement = "▁" } = part as Dict;
  if (type === "Sequence" && Array.isArray(pretokenizers)) {
    return { ...part, pretokenizers: pretokenizers.map(splitMetaspace) };
  }
  if (type !== "Metaspace" || split === false) return part;
  const pattern = { String: replacement };
  const cut = { type: "Split", pattern, behavior: "MergedWithNext", invert: false };
  return { type: "Sequence", pretokenizers: [part, cut] };
}

/** Puts right what the package leaves out of a tokenizer that it made. */
export function mendTokenizer(inner: Inner, json: Dict): void {
  mendWordLevel(inner, json.model as Dict);
  for (const splitter of [inner.splitter_unnormalized, inner.splitter_normalized]) {
    const { split } = splitter;
    splitter.split = (text) => withoutParts(inner, split.call(splitter, text));
  }
}

/** The package lets words through that are not in the vocabulary. */
function mendWordLevel({ model }: Inner, { type, unk_token: unknown }: Dict): void {
  if (type !== "WordLevel" || typeof unknown !== "string") return;
  const known = model.tokens_to_ids;
  model.unk_token_id = known.get(unknown);
  model.encode = (tokens) => tokens.map((token) => (known.has(token) ? token : unknown));
}

/** A token of a single word is none where it is part of a longer one. */
function withoutParts(inner: Inner, sections: readonly string[]): string[] {
  const out: string[] = [];
  let isOpen = false; // whether the section before is text that goes on
  for (const [i, section] of sections.entries()) {
    const token = inner.added_tokens_map.get(section);
    const isPart =
      token?.single_word === true &&
      (WORD_AT_END.test(sections[i - 1] ?? "") || WORD_AT_START.test(sections[i + 1] ?? ""));
    const isText = token === undefined || isPart;
    if (isText && isOpen) out[out.length - 1] += section;
    else out.push(section);
    isOpen = isText;
  }
  return out;
}
