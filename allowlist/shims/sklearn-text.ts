/**
 * `sklearn.feature_extraction.text`: texts to counts of words, and to their tf-idf.
 *
 * Tables are dense: a hook sees few texts at a time, and a tensor has no other form.
 *
 * Differs: JavaScript cannot tell 1 from 1.0, so 1 is all texts as `max_df` and one text as
 * `min_df`, which is what they are at first in Python too.
 *
 * @module
 */

import type { Tensor } from "../../src/contract/tensor.ts";
import { analyzer } from "./sklearn-analyzer.ts";
import {
  type Attribute,
  choice,
  either,
  flag,
  nothing,
  only,
  optional,
  other,
  Transformer,
  type ValuesOf,
  vector,
  whole,
  real,
} from "./sklearn-estimator.ts";
import { agree, inOrder, show } from "./sklearn-classes.ts";
import { countsOf, Table, tensorOf } from "./sklearn-table.ts";
import { lengthOf } from "./sklearn-vectors.ts";

const COUNT = {
  lowercase: flag(true),
  strip_accents: either(nothing, choice("unicode", "ascii")),
  stop_words: either(nothing, other(null, "a list of words")),
  token_pattern: other(String.raw`(?u)\b\w\w+\b`, "a pattern of Python's"),
  ngram_range: other([1, 1], "[min, max]"),
  analyzer: choice("word", "char", "char_wb"),
  max_df: real(1, 0),
  min_df: real(1, 0),
  max_features: either(nothing, whole(1)),
  vocabulary: either(nothing, other(null, "a list of words or a dict of their columns")),
  binary: flag(false),
  // A hook reads its files and prepares its texts before it calls.
  input: only("content"),
  encoding: only("utf-8"),
  decode_error: only("strict"),
  preprocessor: only(null),
  tokenizer: only(null),
};

type CountParams = ValuesOf<typeof COUNT>;

/** Words and their columns. */
const VOCABULARY: Attribute = { read: (value) => vocabularyFrom(value) };

/** Counts of a text's words, by column. */
type Counts = Map<number, number>;

abstract class Vectorizer<P extends typeof COUNT> extends Transformer<P> {
  #columns: Map<string, number> | undefined;

  /** Words and their columns, as a dict without a prototype: `constructor` may be a word. */
  get vocabulary_(): Readonly<Record<string, number>> | undefined {
    if (!this.#columns) return undefined;
    const dict = Object.create(null) as Record<string, number>;
    for (const [word, column] of this.#columns) dict[word] = column;
    return dict;
  }

  set vocabulary_(columns: unknown) {
    this.#columns = vocabularyFrom(columns);
  }

  /** Returns the words by column. */
  get_feature_names_out(): string[] {
    this.needFitted();
    return [...(this.#columns ?? [])].sort((one, next) => one[1] - next[1]).map(([word]) => word);
  }

  protected get columns(): number {
    return this.#columns?.size ?? 0;
  }

  /** Returns the counts of each text, over the words that it learns on the way. */
  protected learn(raw: unknown): Counts[] {
    const params = this.params as unknown as CountParams;
    const analyze = analyzer(params);
    const bags = textsFrom(raw).map((text) => bagOf(analyze(text)));
    this.#columns = vocabularyFrom(params.vocabulary ?? kept(bags, params));
    return bags.map((bag) => this.#inColumns(bag));
  }

  /** Returns the counts of each text, over the words that it knows. */
  protected count(raw: unknown): Counts[] {
    const { vocabulary } = this.params as unknown as CountParams;
    if (!this.#columns && vocabulary !== null) this.#columns = vocabularyFrom(vocabulary);
    this.needFitted();
    const analyze = analyzer(this.params as unknown as CountParams);
    return textsFrom(raw).map((text) => this.#inColumns(bagOf(analyze(text))));
  }

  #inColumns(bag: ReadonlyMap<string, number>): Counts {
    const counts: Counts = new Map();
    const { binary } = this.params as unknown as CountParams;
    for (const [word, count] of bag) {
      const column = this.#columns?.get(word);
      if (column !== undefined) counts.set(column, binary ? 1 : count);
    }
    return counts;
  }
}

/** How often each word is in each text: a tensor `[texts, words]` of int32. */
export class CountVectorizer extends Vectorizer<typeof COUNT> {
  static override readonly about = {
    name: "CountVectorizer",
    params: COUNT,
    attributes: { vocabulary_: VOCABULARY },
  };

  override fit(texts: unknown): this {
    this.learn(texts);
    return this;
  }

  override transform(texts: unknown): Tensor {
    return this.#tensor(this.count(texts));
  }

  override fit_transform(texts: unknown): Tensor {
    return this.#tensor(this.learn(texts));
  }

  #tensor(bags: readonly Counts[]): Tensor {
    const data = new Int32Array(bags.length * this.columns);
    for (const [row, bag] of bags.entries()) {
      for (const [column, count] of bag) data[row * this.columns + column] = count;
    }
    return countsOf(data, [bags.length, this.columns]);
  }
}

const TFIDF = {
  ...COUNT,
  norm: either(choice("l2", "l1"), nothing),
  use_idf: flag(true),
  smooth_idf: flag(true),
  sublinear_tf: flag(false),
};

/** Counts weighed by how rare a word is: a tensor `[texts, words]` of float64. */
export class TfidfVectorizer extends Vectorizer<typeof TFIDF> {
  static override readonly about = {
    name: "TfidfVectorizer",
    params: TFIDF,
    attributes: { vocabulary_: VOCABULARY, idf_: optional(vector) },
  };
  declare idf_: Tensor | undefined;

  override fit(texts: unknown): this {
    this.#weigh(this.learn(texts));
    return this;
  }

  override transform(texts: unknown): Tensor {
    return this.#tensor(this.count(texts));
  }

  protected override wanted(): string[] {
    return this.params.use_idf ? ["vocabulary_", "idf_"] : ["vocabulary_"];
  }

  override complete(): void {
    if (!this.idf_) return;
    agree(
      "TfidfVectorizer.idf_",
      this.idf_.data.length,
      this.columns,
      "numbers, one for each word",
    );
  }

  #weigh(bags: readonly Counts[]): void {
    const texts = new Float64Array(this.columns);
    for (const bag of bags) for (const column of bag.keys()) (texts[column] as number) += 1;
    const more = Number(this.params.smooth_idf);
    const idf = texts.map((count) => Math.log((bags.length + more) / (count + more)) + 1);
    this.idf_ = this.params.use_idf ? tensorOf(idf) : undefined;
  }

  #tensor(bags: readonly Counts[]): Tensor {
    const { norm, sublinear_tf, use_idf } = this.params;
    const table = new Table(bags.length, this.columns);
    for (const [row, bag] of bags.entries()) {
      const cells = table.row(row);
      for (const [column, count] of bag) {
        const often = sublinear_tf ? Math.log(count) + 1 : count;
        cells[column] = often * (use_idf ? (this.idf_?.data[column] as number) : 1);
      }
      const length = norm === null ? 1 : lengthOf(cells, norm) || 1;
      for (const column of bag.keys()) (cells[column] as number) /= length;
    }
    return table.tensor();
  }
}

function textsFrom(raw: unknown): string[] {
  if (!Array.isArray(raw)) throw new TypeError(`texts wants a list of strings, got ${show(raw)}`);
  return raw.map((text: unknown, i) => {
    if (typeof text === "string") return text;
    throw new TypeError(`texts[${i}] wants a string, got ${show(text)}`);
  });
}

function vocabularyFrom(value: unknown): Map<string, number> {
  const found = new Map(wordsIn(value).map(([word, column]) => [String(word), Number(column)]));
  const columns = new Set(found.values());
  const whole = [...columns].every((at) => Number.isSafeInteger(at) && at >= 0 && at < found.size);
  if (found.size > 0 && columns.size === found.size && whole) return found;
  throw new RangeError("vocabulary wants words with the columns 0, 1, 2 and so on, each once");
}

/** A list, a dict or a Map of words. */
function wordsIn(value: unknown): readonly (readonly unknown[])[] {
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)];
  if (Array.isArray(value)) return value.map((word: unknown, i) => [word, i]);
  return Object.entries((value ?? {}) as object);
}

function bagOf(words: readonly string[]): Map<string, number> {
  const bag = new Map<string, number>();
  for (const word of words) bag.set(word, (bag.get(word) ?? 0) + 1);
  return bag;
}

/** Returns the words that stay, in order: not too rare, not too frequent, not too many. */
function kept(bags: readonly ReadonlyMap<string, number>[], params: CountParams): string[] {
  const { max_df, min_df, max_features } = params;
  const texts = new Map<string, number>();
  const times = new Map<string, number>();
  for (const bag of bags) {
    for (const [word, count] of bag) {
      texts.set(word, (texts.get(word) ?? 0) + 1);
      times.set(word, (times.get(word) ?? 0) + (params.binary ? 1 : count));
    }
  }
  const most = max_df <= 1 ? max_df * bags.length : max_df;
  const least = min_df < 1 ? min_df * bags.length : min_df;
  const words = [...texts.keys()].sort(inOrder).filter((word) => {
    const count = texts.get(word) as number;
    return count >= least && count <= most;
  });
  if (words.length === 0) {
    throw new RangeError("The texts have no words left; look at stop_words, min_df and max_df");
  }
  if (max_features === null || words.length <= max_features) return words;
  const often = (word: string) => times.get(word) as number;
  const first = words.toSorted((one, next) => often(next) - often(one)).slice(0, max_features);
  return first.sort(inOrder);
}
