/**
 * A tokenizer as Python has it: a function of texts, with methods, over one of the package.
 *
 * @module
 */

import type { LibraryWorld } from "../../src/contract/library.ts";
import {
  callOptions,
  type CallOptions,
  collate,
  type Encoding,
  lengthsAfter,
  type Row,
  type Settings,
  type Side,
} from "./transformers-encode.ts";
import { idFrom, type Inner, listFrom, type PostProcessor } from "./transformers-types.ts";
import { type Dict, dictFrom, show } from "./util-arguments.ts";

const SPECIAL = [
  "bos_token",
  "eos_token",
  "unk_token",
  "sep_token",
  "pad_token",
  "cls_token",
  "mask_token",
];

type Call = (text: unknown, ...rest: readonly unknown[]) => Encoding;

/**
 * Returns a tokenizer of the package under Python's names.
 *
 * Called as `tokenizer(text, options)` or `tokenizer(text, text_pair, options)`, where `text` is a
 * text, a list of texts, or a list of pairs.
 */
export function tokenizerFrom(inner: Inner, config: Dict, world: LibraryWorld): Call {
  const special = specialOf(inner, config);
  const settings = settingsOf(inner, config, special);
  const call: Call = (text, ...rest) => {
    const options = optionsOf(rest, settings);
    const single = typeof text === "string";
    const rows = pairsFrom(text, options.textPair).map((pair) => {
      return rowOf(inner, pair, options, settings.cutSide);
    });
    return collate(rows, single, { options, settings, world });
  };
  return Object.assign(call, {
    ...special,
    ...conversions(inner, special),
    encode: (text: unknown, ...rest: readonly unknown[]) => encode(call, text, rest),
    encode_plus: call,
    batch_encode_plus: call,
    model_max_length: settings.lengthMax,
    padding_side: settings.padSide,
    truncation_side: settings.cutSide,
  });
}

/** The special tokens by name, each with its id beside it. */
function specialOf(inner: Inner, config: Dict): Record<string, string | number> {
  const special: Record<string, string | number> = {};
  for (const name of SPECIAL) {
    const value = config[name];
    const token = typeof value === "string" ? value : (value as { content?: unknown })?.content;
    if (typeof token !== "string") continue;
    special[name] = token;
    const id = inner.token_to_id(token);
    if (id !== undefined) special[`${name}_id`] = id;
  }
  return special;
}

function settingsOf(inner: Inner, config: Dict, special: Dict): Settings {
  const { model_max_length, pad_token_type_id, padding_side, truncation_side } = config;
  const side = (value: unknown): Side => (value === "left" ? "left" : "right");
  return {
    lengthMax: typeof model_max_length === "number" ? model_max_length : 1e30,
    padId: typeof special.pad_token_id === "number" ? special.pad_token_id : undefined,
    padType: typeof pad_token_type_id === "number" ? pad_token_type_id : 0,
    padSide: side(padding_side),
    cutSide: side(truncation_side),
    types: givesTypes(inner, config),
  };
}

/** In Python this is known by the class: all of BERT's kind but DistilBERT, and few others. */
function givesTypes(inner: Inner, { model_input_names, tokenizer_class }: Dict): boolean {
  if (Array.isArray(model_input_names)) return model_input_names.includes("token_type_ids");
  return (
    inner.model.config.type === "WordPiece" && !String(tokenizer_class).startsWith("DistilBert")
  );
}

/** The pair may stand second, as in Python, or among the options. */
function optionsOf(rest: readonly unknown[], settings: Settings): CallOptions {
  const [first, second] = rest;
  const named = typeof first === "object" && first !== null && !Array.isArray(first);
  if (named || first === undefined || first === null) {
    return callOptions(named ? first : second, settings);
  }
  return callOptions({ ...dictFrom(second, "A tokenizer"), text_pair: first }, settings);
}

type Pair = readonly [text: string, pair?: string];

function pairsFrom(text: unknown, textPair: unknown): Pair[] {
  if (typeof text === "string") {
    if (textPair === undefined) return [[text]];
    if (typeof textPair === "string") return [[text, textPair]];
    throw new TypeError(`A tokenizer wants text_pair as text, got ${show(textPair)}`);
  }
  if (!Array.isArray(text)) {
    throw new TypeError(`A tokenizer wants a text or a list of texts, got ${show(text)}`);
  }
  if (textPair === undefined) return text.map((value, i) => pairFrom(value, i));
  if (!Array.isArray(textPair) || textPair.length !== text.length) {
    const got = show(textPair);
    throw new TypeError(`A tokenizer wants text_pair as a list of ${text.length}, got ${got}`);
  }
  return text.map((value, i) => pairFrom([value, textPair[i]], i));
}

function pairFrom(value: unknown, i: number): Pair {
  if (typeof value === "string") return [value];
  const [text, pair]: readonly unknown[] = Array.isArray(value) && value.length === 2 ? value : [];
  if (typeof text === "string" && typeof pair === "string") return [text, pair];
  throw new TypeError(`A tokenizer wants a text or a pair of texts at [${i}], got ${show(value)}`);
}

function rowOf(inner: Inner, [text, pair]: Pair, options: CallOptions, side: Side): Row {
  const lists = [inner.encode_text(text), pair === undefined ? null : inner.encode_text(pair)];
  const [first, second] = cutTo(inner, lists as [string[], string[] | null], options, side);
  const { tokens, types } = joined(inner.post_processor, first, second, options.special);
  const ids = tokens.map((token) => idOf(inner, token) ?? inner.model.unk_token_id);
  const missing = ids.indexOf(undefined);
  if (missing === -1) return { ids: ids as number[], types };
  throw new RangeError(`The vocabulary has no ${show(tokens[missing])} and no unknown token`);
}

type Lists = readonly [string[], string[] | null];

/** Cuts before the special tokens are there, so that they stay. */
function cutTo(inner: Inner, lists: Lists, { cut, lengthMax, special }: CallOptions, side: Side) {
  const [first, second] = lists;
  if (cut === "none" || lengthMax === undefined) return lists;
  const added = joined(inner.post_processor, [], second && [], special).tokens.length;
  if (lengthMax < added) {
    throw new RangeError(`max_length wants room for ${added} special tokens, got ${lengthMax}`);
  }
  const sizes = [first.length, second?.length ?? 0] as const;
  const [a = 0, b = 0] = lengthsAfter(cut, lengthMax - added, sizes);
  const keep = (list: string[], count: number) => {
    return side === "left" ? list.slice(list.length - count) : list.slice(0, count);
  };
  return [keep(first, a), second && keep(second, b)] as const;
}

/** Some processors put nothing around a pair, and leave it to us to put it behind the text. */
function joined(
  processor: PostProcessor | null,
  first: readonly string[],
  second: readonly string[] | null,
  special: boolean,
): { tokens: string[]; types: number[] } {
  const made = processor?.post_process(first, second, special);
  const { tokens, tokens_pair, token_type_ids } = made ?? {
    tokens: [...first],
    tokens_pair: second,
  };
  const all = tokens_pair ? [...tokens, ...tokens_pair] : tokens;
  return { tokens: all, types: token_type_ids ?? all.map((_, i) => Number(i >= tokens.length)) };
}

function idOf(inner: Inner, token: string): number | undefined {
  return inner.added_tokens_map.get(token)?.id ?? inner.token_to_id(token);
}

/** The ids of one text: a batch has `input_ids`. */
function encode(call: Call, text: unknown, rest: readonly unknown[]): unknown {
  if (typeof text === "string") return call(text, ...rest).input_ids;
  throw new TypeError(`encode wants one text, got ${show(text)}; call the tokenizer for a batch`);
}

/** The methods that lead from ids to tokens to text and back. */
function conversions(inner: Inner, special: Dict): object {
  const decode = (ids: unknown, options?: unknown) => decoded(inner, ids, options);
  const toIds = (token: unknown) => idOf(inner, String(token)) ?? inner.model.unk_token_id ?? null;
  const tokens = [...new Set(SPECIAL.flatMap((name) => special[name] ?? []))] as string[];
  const vocab = inner.model.config.vocab;
  return {
    decode,
    batch_decode: (rows: unknown, options?: unknown) => {
      return listFrom(rows, "batch_decode").map((ids) => decode(ids, options));
    },
    tokenize: (text: unknown) => {
      if (typeof text === "string") return inner.encode_text(text);
      throw new TypeError(`tokenize wants one text, got ${show(text)}`);
    },
    convert_ids_to_tokens: (ids: unknown, options?: unknown) => tokensOf(inner, ids, options),
    convert_tokens_to_ids: (value: unknown) => {
      return Array.isArray(value) ? value.map(toIds) : toIds(value);
    },
    convert_tokens_to_string: (value: unknown) => {
      const list = listFrom(value, "convert_tokens_to_string").map(String);
      return inner.decoder ? inner.decoder(list) : list.join(" ");
    },
    get_vocab: () => Object.fromEntries(inner.model.tokens_to_ids),
    vocab_size: Array.isArray(vocab) ? vocab.length : Object.keys(vocab ?? {}).length,
    all_special_tokens: tokens,
    all_special_ids: tokens.flatMap((token) => inner.token_to_id(token) ?? []),
  };
}

/** Ids that no token has are passed over, as in Python. */
function decoded(inner: Inner, value: unknown, options: unknown): string {
  const list = typeof value === "number" || typeof value === "bigint" ? [value] : value;
  const ids = listFrom(list, "decode").map((id) => idFrom(id, "decode"));
  const known = ids.filter((id) => inner.id_to_token(id) !== undefined);
  return known.length === 0 ? "" : inner.decode(known, { ...dictFrom(options, "decode") });
}

function tokensOf(inner: Inner, value: unknown, options: unknown): unknown {
  const who = "convert_ids_to_tokens";
  const tokenOf = (id: unknown) => inner.id_to_token(idFrom(id, who)) ?? null;
  if (typeof value === "number" || typeof value === "bigint") return tokenOf(value);
  const tokens = listFrom(value, who).map(tokenOf);
  if (!dictFrom(options, who).skip_special_tokens) return tokens;
  return tokens.filter((token) => token === null || !inner.special_tokens.includes(token));
}
