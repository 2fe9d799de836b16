/**
 * A BERT tokenizer from a plain `vocab.txt`, one token for each line: the file of the first models.
 *
 * @module
 */

import { type Dict, show } from "./util-arguments.ts";
import { textFrom } from "./util-text.ts";

/** Special tokens and their names in the options; those that every text needs come first. */
const SPECIAL = {
  unk_token: "[UNK]",
  cls_token: "[CLS]",
  sep_token: "[SEP]",
  pad_token: "[PAD]",
  mask_token: "[MASK]",
} as const;

const NEEDED: readonly string[] = ["unk_token", "cls_token", "sep_token"];

const WHO = "BertTokenizer.from_vocab";

/** As in Python: no limit that a text could reach. */
const LENGTH_MAX = 1e30;

/** The two files of a tokenizer, `tokenizer.json` and `tokenizer_config.json`, as data. */
export interface TokenizerFiles {
  readonly json: object;
  readonly config: Dict;
}

/**
 * Returns the files that a vocabulary stands for.
 *
 * @param vocab The text of `vocab.txt`, or its bytes: the id of a token is its line, from 0.
 * @param options As in Python: `do_lower_case` (true), `strip_accents` (as `do_lower_case`),
 * `tokenize_chinese_chars` (true), `model_max_length`, and the special tokens by name.
 * @throws {RangeError} When the vocabulary lacks a token that every text needs.
 */
export function bertFiles(vocab: unknown, options: Dict): TokenizerFiles {
  const ids = idsOf(textFrom(vocab, WHO));
  const special = specialOf(options, ids);
  const { do_lower_case = true, strip_accents = null, tokenize_chinese_chars = true } = options;
  const pairOf = (name: string) => [special[name], ids[special[name] ?? ""]];
  const json = {
    added_tokens: Object.values(special).map((content) => {
      return { content, id: ids[content], special: true, normalized: false };
    }),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: tokenize_chinese_chars !== false,
      strip_accents,
      lowercase: do_lower_case !== false,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "BertProcessing",
      sep: pairOf("sep_token"),
      cls: pairOf("cls_token"),
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: special.unk_token,
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: ids,
    },
  };
  const { do_lower_case: _, strip_accents: __, tokenize_chinese_chars: ___, ...rest } = options;
  return { json, config: { model_max_length: LENGTH_MAX, ...rest, ...special } };
}

/** Lines end as Python's universal newlines do; of two equal lines the later one counts. */
function idsOf(text: string): Record<string, number> {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.at(-1) === "") lines.pop();
  // Without a prototype, so that `__proto__` is a token like another.
  const ids: Record<string, number> = Object.create(null) as Record<string, number>;
  for (const [id, token] of lines.entries()) ids[token] = id;
  return ids;
}

function specialOf(options: Dict, ids: Record<string, number>): Record<string, string> {
  const special: Record<string, string> = {};
  for (const [name, usual] of Object.entries(SPECIAL)) {
    const token = options[name] ?? usual;
    if (typeof token !== "string") throw new TypeError(`${WHO} wants ${name} as text`);
    if (token in ids) special[name] = token;
    else if (NEEDED.includes(name) || options[name] !== undefined) {
      const count = Object.keys(ids).length;
      const got = `${count} lines without it; name another in the options as ${name}`;
      throw new RangeError(`${WHO} wants ${show(token)} in the vocabulary, got ${got}`);
    }
  }
  return special;
}
