/**
 * Tokenizers of every kind of tokenizer.json in a bare isolate, against the tokenizers package of
 * Python on the same files.
 *
 * `vectors-tokenizers.py` says how the vectors came to be. Hostile files and large texts are here
 * too: what they may cost is bounded by the heap and by the time that the isolate has.
 *
 * @module
 */

import { readFileSync } from "node:fs";

import { afterAll, beforeAll, expect, test } from "vitest";

import type { Bare } from "./isolate.ts";
import { utilIsolate, valueOf } from "./util.ts";

interface Row {
  readonly file: string;
  readonly text: string;
  readonly pair?: string;
  readonly ids: readonly number[];
  /** Of a text without special tokens. */
  readonly tokens?: string;
  /** Of a pair. */
  readonly types?: readonly number[];
  /** Where the file has a decoder. */
  readonly decoded?: string;
}

interface Vectors {
  readonly models: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, { readonly model: string }>>;
  readonly rows: readonly Row[];
  readonly decoded: readonly { file: string; ids: readonly number[]; decoded: string }[];
}

const VECTORS = JSON.parse(
  readFileSync(new URL("vectors-tokenizers.json", import.meta.url), "utf8"),
) as Vectors;

let bare: Bare;

beforeAll(async () => {
  bare = await utilIsolate("transformers");
  const files = Object.entries(VECTORS.files).map(([name, file]) => {
    return [name, { ...file, model: VECTORS.models[file.model] }];
  });
  await bare.run(`
    globalThis.auto = lib.AutoTokenizer.from_json;
    const raw = { clean_up_tokenization_spaces: false };
    const files = ${JSON.stringify(Object.fromEntries(files))};
    globalThis.by = {};
    for (const [name, file] of Object.entries(files)) by[name] = auto(file, raw);
    globalThis.words = { type: "WordPiece", vocab: { a: 0, u: 1 }, unk_token: "u" };
    globalThis.pad = { pad_token: "u" };
  `);
}, 30_000);

afterAll(() => bare[Symbol.dispose]());

for (const { file, text, pair, ids, tokens, types, decoded } of VECTORS.rows) {
  const call = [text, ...(pair === undefined ? [] : [pair])].map((one) => JSON.stringify(one));
  test(`a ${file} tokenizer gives what Python's gives for ${call}`, async () => {
    const got = await valueOf(
      bare,
      `((t) => {
        const { input_ids, token_type_ids } = t(${call}, { return_token_type_ids: true });
        const tokens = t.tokenize(${call[0]}).join(" | ");
        const decoded = t.decode(input_ids, { skip_special_tokens: true });
        return { ids: input_ids, types: token_type_ids, tokens, decoded };
      })(by[${JSON.stringify(file)}])`,
    );
    const want = { ids, tokens, types, decoded };
    const told = Object.entries(want).filter(([, value]) => value !== undefined);
    expect(got).toMatchObject(Object.fromEntries(told));
  });
}

for (const { file, ids, decoded } of VECTORS.decoded) {
  test(`a ${file} tokenizer makes ${JSON.stringify(decoded)} of [${ids}]`, async () => {
    expect(await valueOf(bare, `by[${JSON.stringify(file)}].decode([${ids}])`)).toBe(decoded);
  });
}

// What a file or a call may ask for that costs too much, or is not known: the words that say so.
const REFUSES: readonly [js: string, message: string][] = [
  ...[
    ["['a'], { padding: 'max_length', max_length: 1e9 }", "1 texts of 1000000000"],
    ["Array(3000).fill('a'), { padding: 'max_length', max_length: 512 }", "3000 texts of 512"],
    ["'a', { padding: true, pad_to_multiple_of: 2 ** 21 }", "1 texts of 2097152"],
  ].map(([call, got]): [string, string] => [
    `auto({ model: words }, pad)(${call})`,
    `RangeError: padding wants at most 1048576 ids in a batch, got ${got}`,
  ]),
  [
    "auto({ model: { ...words, type: 'Nope' } })",
    "TypeError: A tokenizer.json wants a model of type WordPiece, BPE, Unigram, WordLevel, got Nope",
  ],
  ["auto({})", 'Error: Tokenizer must contain a "model" property'],
  [
    "auto({ model: { type: 'BPE', vocab: {}, merges: [], continuing_subword_prefix: '#' } })",
    "TypeError: A BPE with a continuing_subword_prefix is not known here",
  ],
  [
    "auto({ model: words, pre_tokenizer: { type: 'Split', pattern: { String: 'a' }, behavior: 'x' } })('a')",
    "RangeError: A tokenizer.json wants a behavior such as Isolated, got x",
  ],
  [
    "auto({ model: words, pre_tokenizer: { type: 'Split', pattern: { Regex: '(' } } })",
    "SyntaxError: Invalid regular expression: /(/gu: Unterminated group",
  ],
];

for (const [js, message] of REFUSES) {
  test(`transformers refuses ${js}`, async () => {
    expect(await valueOf(bare, js)).toBe(message);
  });
}

// Names that objects have already, ids beyond all bounds, texts without a space.
const VALUES: readonly [js: string, value: unknown][] = [
  // A word that is too long is unknown, also where it is a piece.
  [
    `auto({ model: { ...words, vocab: { abc: 0, u: 1, ab: 2 }, max_input_chars_per_word: 2 },
      pre_tokenizer: { type: "WhitespaceSplit" } }).encode("abc ab")`,
    [1, 2],
  ],
  [
    `((t) => [t.encode("__proto__ constructor toString"), t.convert_ids_to_tokens([0, 2])])(auto(
      { model: JSON.parse('{"type": "WordPiece", "unk_token": "u", ' +
        '"vocab": {"__proto__": 0, "u": 1, "constructor": 2}}'),
        pre_tokenizer: { type: "WhitespaceSplit" } }))`,
    [
      [0, 2, 1],
      ["__proto__", "constructor"],
    ],
  ],
  [
    `((t) => [t.encode("a<x>"), t.get_vocab(), t.decode([4294967290])])(auto(
      { model: words, added_tokens: [{ id: 4294967290, content: "<x>", special: true }] }))`,
    [[0, 4294967290], { a: 0, u: 1, "<x>": 4294967290 }, "<x>"],
  ],
  [
    `auto({ model: { type: "Unigram", unk_id: 0, vocab: [["u", 0], ["a", -1], ["b", -1]] } })
      .encode("ab".repeat(200_000)).length`,
    400_000,
  ],
  [
    `auto({ model: { type: "BPE", vocab: { a: 0, b: 1, ab: 2 }, merges: ["a b"] } })
      .encode("ab".repeat(20_000)).length`,
    20_000,
  ],
  [`auto({ model: { ...words, max_input_chars_per_word: 1e9 } }).encode("b".repeat(200_000))`, [1]],
];

for (const [js, value] of VALUES) {
  test(`transformers makes ${js} what it should`, async () => {
    expect(await valueOf(bare, js)).toEqual(value);
  });
}
