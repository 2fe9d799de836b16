/**
 * transformers in a bare isolate: against the published algorithm of BERT, and against the
 * tokenizers package of Python for what stands around it.
 *
 * `vectors-transformers.py` says how the vectors and the vocabulary came to be.
 *
 * @module
 */

import { readFileSync } from "node:fs";

import { afterAll, beforeAll, expect, test } from "vitest";

import type { Bare } from "./isolate.ts";
import { utilIsolate, valueOf } from "./util.ts";

interface TokenRow {
  readonly text: string;
  readonly lower: boolean;
  readonly tokens: readonly string[];
  readonly ids: readonly number[];
}

interface CallRow {
  readonly text: string | readonly string[];
  readonly pair: string | readonly string[] | null;
  readonly options: Readonly<Record<string, unknown>>;
  readonly want: Readonly<Record<string, readonly number[] | readonly (readonly number[])[]>>;
}

interface Vectors {
  readonly tokens: readonly TokenRow[];
  readonly calls: readonly CallRow[];
  readonly decoded: readonly { ids: number[]; skip: boolean; want: string }[];
  readonly licence: readonly number[];
  readonly softmax: readonly { logits: number[][]; axis: number; want: number[][] }[];
}

const VECTORS = JSON.parse(
  readFileSync(new URL("vectors-transformers.json", import.meta.url), "utf8"),
) as Vectors;

const vocab = readFileSync(new URL("vectors-transformers-vocab.txt", import.meta.url));

let bare: Bare;

beforeAll(async () => {
  bare = await utilIsolate("transformers");
  await bare.run(
    `globalThis.small = lib.BertTokenizer.from_vocab(vocab);
     globalThis.cased = lib.BertTokenizer.from_vocab(vocab, { do_lower_case: false });
     globalThis.bert = lib.BertTokenizer.from_vocab;
     globalThis.auto = lib.AutoTokenizer.from_json;
     globalThis.none = { normalizer: null, pre_tokenizer: null };
     Object.assign(none, { post_processor: null, decoder: null });
     globalThis.lists = ({ shape, data }) => {
       const rows = Array.from({ length: shape[0] }, (_, i) => i * shape[1]);
       return rows.map((start) => [...data.slice(start, start + shape[1])].map(Number));
     };`,
    { vocab },
  );
}, 30_000);

afterAll(() => bare[Symbol.dispose]());

for (const { text, lower, tokens, ids } of VECTORS.tokens) {
  const kind = lower ? "small" : "cased";
  test(`${kind}.tokenize() splits ${JSON.stringify(text.slice(0, 30))} as BERT does`, async () => {
    const call = `${kind}(${JSON.stringify(text)}, { add_special_tokens: false }).input_ids`;
    const got = await valueOf(bare, `[${kind}.tokenize(${JSON.stringify(text)}), ${call}]`);
    expect(got).toEqual([tokens, ids]);
  });
}

for (const { text, pair, options, want } of VECTORS.calls) {
  const call = [text, pair, options].map((value) => JSON.stringify(value)).join(", ");
  const short = call.replaceAll(/The quick [a-z ]+/g, "…");
  test(`a tokenizer called with ${short} gives what Python gives`, async () => {
    expect(await valueOf(bare, `small(${call})`)).toEqual(want);
  });

  const rows = Object.values(want).map((value) => (Array.isArray(value[0]) ? value : [value]));
  const same = rows.every(
    (list) => new Set((list as number[][]).map((row) => row.length)).size < 2,
  );
  test(`a tokenizer called with ${short} gives tensors${same ? "" : " to nobody"}`, async () => {
    const js = `small(${call.slice(0, -1)}${call.endsWith("{}") ? "" : ", "}return_tensors: "np"})`;
    if (!same) {
      expect(await valueOf(bare, js)).toMatch(/^RangeError: return_tensors wants texts of equal/);
      return;
    }
    const mapped = `Object.entries(${js}).map(([name, { dtype, shape }], i, all) => [name, dtype])`;
    expect(await valueOf(bare, mapped)).toEqual(Object.keys(want).map((name) => [name, "int64"]));
    const got = await valueOf(bare, `Object.values(${js}).map(lists)`);
    expect(got).toEqual(rows);
  });
}

for (const { ids, skip, want } of VECTORS.decoded) {
  const text = JSON.stringify(want.slice(0, 40));
  test(`decode() gives ${text}${skip ? ", special ones skipped" : ""}`, async () => {
    const tensor = `new Tensor("int64", [1, ${ids.length}], BigInt64Array.from([${ids}], BigInt))`;
    const options = `{ skip_special_tokens: ${skip} }`;
    const calls = [
      `small.decode([${ids}], ${options})`,
      `small.decode(BigInt64Array.from([${ids}], BigInt), ${options})`,
      `small.batch_decode(${tensor}, ${options})[0]`,
    ];
    expect(await valueOf(bare, `[${calls}]`)).toEqual([want, want, want]);
  });
}

for (const { logits, axis, want } of VECTORS.softmax) {
  test(`softmax(${JSON.stringify(logits)}, ${axis}) is Python's to 1e-15`, async () => {
    const got = (await valueOf(
      bare,
      `lib.softmax(${JSON.stringify(logits)}, ${axis})`,
    )) as number[][];
    for (const [i, row] of want.entries()) {
      for (const [j, value] of row.entries()) expect(got[i]?.[j]).toBeCloseTo(value, 15);
    }
    const float = `Tensor.from(${JSON.stringify(logits)}, "float32")`;
    const tensor = `(({ dtype, shape }) => [dtype, ...shape])(lib.softmax(${float}, ${axis}))`;
    expect(await valueOf(bare, tensor)).toEqual(["float32", want.length, want[0]?.length]);
  });
}

/** A tokenizer.json of two words and no parts, and what a byte-level one looks like. */
const WORDS = { model: { type: "WordPiece", vocab: { a: 0, b: 1 }, unk_token: "[UNK]" } };
const BYTES = {
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, use_regex: true },
  post_processor: { type: "ByteLevel", trim_offsets: true },
  decoder: { type: "ByteLevel" },
  model: {
    type: "BPE",
    vocab: { h: 0, i: 1, Ġ: 2, hi: 3, Ġhi: 4, Ã: 5, "¤": 6, "<|end|>": 7 },
    merges: ["h i", "Ġ hi"],
  },
  added_tokens: [{ id: 7, content: "<|end|>", special: true }],
};
const SETTINGS = { tokenizer_class: "GPT2Tokenizer", pad_token: { content: "<|end|>" } };

// An expression, and what it comes to, worked out by hand.
const VALUES: readonly [js: string, value: unknown][] = [
  ["small.vocab_size", 4907],
  ["[small.cls_token, small.cls_token_id, small.pad_token_id]", ["[CLS]", 2, 0]],
  ["small.all_special_ids.toSorted((a, b) => a - b)", [0, 1, 2, 3, 4]],
  ["small.convert_ids_to_tokens([2, 4, 999999, 3])", ["[CLS]", "[MASK]", null, "[SEP]"]],
  ["small.convert_ids_to_tokens([2n, 5n], { skip_special_tokens: true })", ["!"]],
  ["small.convert_ids_to_tokens(Tensor.from([2n, 3n]))", ["[CLS]", "[SEP]"]],
  ["small.convert_ids_to_tokens(5)", "!"],
  ["small.convert_tokens_to_ids(['!', 'nothing like this'])", [5, 1]],
  ["small.convert_tokens_to_ids('[SEP]')", 3],
  ["small.convert_tokens_to_string(['un', '##able', 'to'])", "unable to"],
  ["small.encode('!', { add_special_tokens: false })", [5]],
  ["small.encode('!', '!')", [2, 5, 3, 5, 3]],
  ["small.get_vocab()['[MASK]']", 4],
  ["small.decode([])", ""],
  [
    "small(['!', ['!', '!']]).input_ids",
    [
      [2, 5, 3],
      [2, 5, 3, 5, 3],
    ],
  ],
  ["small([]).input_ids", []],
  [
    "small('!', { return_attention_mask: false, return_token_type_ids: false })",
    { input_ids: [2, 5, 3] },
  ],
  ["bert('[UNK]\\r\\n[CLS]\\r\\n[SEP]\\r\\na\\r\\n').encode('a b')", [1, 3, 0, 2]],
  ["bert('[UNK]\\n[CLS]\\n[SEP]\\n__proto__\\n_').encode('__proto__')", [1, 4, 4, 0, 4, 4, 2]],
  [
    "bert('<u>\\n[CLS]\\n</s>\\na', { unk_token: '<u>', sep_token: '</s>' }).encode('a')",
    [1, 3, 2],
  ],
  ["bert(vocab, { truncation_side: 'left' }).encode('! ? !', { max_length: 3 })", [2, 5, 3]],
  ["bert(vocab, { model_max_length: 3 }).encode('! ! !', { truncation: true })", [2, 5, 3]],
  ["auto(bytes, settings)('hi hi')", { input_ids: [3, 4], attention_mask: [1, 1] }],
  ["auto(JSON.stringify(bytes), JSON.stringify(settings))('hi', 'hi').input_ids", [3, 3]],
  ["auto(new TextEncoder().encode(JSON.stringify(bytes))).decode([3, 5, 6, 4])", "hiä hi"],
  [
    "auto(bytes, settings)(['hi', 'hi hi'], { padding: true }).input_ids",
    [
      [3, 7],
      [3, 4],
    ],
  ],
  ["new lib.Tokenizer({ added_tokens: [], ...none, ...words }, {}).encode('a').ids", [0]],
  [
    "lib.rescale(Tensor.from([[0, 51, 255]], 'uint8')).tolist().flat().map((x) => +x.toFixed(6))",
    [0, 0.2, 1],
  ],
  [
    "lib.normalize([[[0.5, 0, 1]], [[1, 1, 1]]], [0.5, 0.5, 0.5], [0.5, 0.25, 0.5]).tolist()",
    [[[0, -2, 1]], [[1, 2, 1]]],
  ],
  [
    "lib.normalize([[[1, 2]], [[3, 4]], [[5, 6]]], [1, 2, 3], 2).tolist()",
    [[[0, 0.5]], [[0.5, 1]], [[1, 1.5]]],
  ],
];

for (const [js, value] of VALUES) {
  test(`transformers makes ${js} ${JSON.stringify(value)}`, async () => {
    await bare.run(`globalThis.words = ${JSON.stringify(WORDS)}`);
    await bare.run(`globalThis.bytes = ${JSON.stringify(BYTES)}`);
    await bare.run(`globalThis.settings = ${JSON.stringify(SETTINGS)}`);
    expect(await valueOf(bare, js)).toEqual(value);
  });
}

// What is refused, and a part of the words that say why.
const REFUSES: readonly [js: string, message: string][] = [
  ["small(5)", "TypeError: A tokenizer wants a text or a list of texts, got 5"],
  ["small([5])", "TypeError: A tokenizer wants a text or a pair of texts at [0], got 5"],
  [
    "small([['a', 'b', 'c']])",
    "TypeError: A tokenizer wants a text or a pair of texts at [0], got a list of 3",
  ],
  [
    "small(['a'], ['b', 'c'])",
    "TypeError: A tokenizer wants text_pair as a list of 1, got a list of 2",
  ],
  ["small('a', ['b'])", "TypeError: A tokenizer wants text_pair as text, got a list of 1"],
  [
    "small('a', { paddding: true })",
    "TypeError: A tokenizer has no paddding: there are text_pair, add_special_tokens, padding, ",
  ],
  [
    "small('a', { padding: 'most' })",
    'TypeError: padding wants one of longest, max_length, got "most"',
  ],
  [
    "small('a', { return_tensors: 'tf' })",
    'TypeError: return_tensors wants one of np, pt, got "tf"',
  ],
  [
    "small('a', { padding: 'max_length' })",
    'RangeError: padding "max_length" wants a max_length, for the model has none',
  ],
  [
    "small('a', { max_length: 1.5 })",
    "TypeError: A tokenizer wants max_length as a whole number from 0 on, got 1.5",
  ],
  [
    "small('a', { max_length: 1, truncation: true })",
    "RangeError: max_length wants room for 2 special tokens, got 1",
  ],
  [
    "small('a', '! ! ! !', { max_length: 5, truncation: 'only_first' })",
    "RangeError: truncation only_first wants 3 tokens off, more than the first text has",
  ],
  [
    "bert('a\\nb')",
    'wants "[UNK]" in the vocabulary, got 2 lines without it; name another in the options',
  ],
  [
    "bert({})",
    "TypeError: BertTokenizer.from_vocab wants text, or the bytes of a file such as files[0]",
  ],
  [
    "lib.AutoTokenizer.from_pretrained('bert-base-uncased')",
    "Error: from_pretrained needs a network, and a hook has none: use AutoTokenizer.from_json(",
  ],
  [
    "auto('[1]')",
    "TypeError: AutoTokenizer.from_json wants a dict, or JSON of one, got a list of 1",
  ],
  ["auto(words)('x')", 'RangeError: The vocabulary has no "[UNK]" and no unknown token'],
  [
    "auto(words)(['a', 'ab'], { padding: 'max_length', max_length: 2 })",
    'RangeError: The vocabulary has no "[UNK]" and no unknown token',
  ],
  [
    "auto(bytes)('hi', { padding: 'max_length', max_length: 2 })",
    "TypeError: padding wants a pad_token, and this tokenizer has none",
  ],
  ["small.decode(['a'])", 'TypeError: decode wants ids as whole numbers, got "a"'],
  ["small.decode('a')", 'TypeError: decode wants a list or a Tensor, got "a"'],
  ["lib.softmax([[1, 2]], 2)", "RangeError: softmax wants an axis of [1, 2], got 2"],
  [
    "lib.normalize([[1, 2]], 0, 1)",
    "input_data_format channels_first or channels_last, got shape [1, 2]",
  ],
  [
    "lib.normalize([[[1, 2, 3]], [[1, 2, 3]]], [1, 2], 1)",
    "RangeError: normalize wants mean as 3 numbers or one, got 2 of them",
  ],
];

for (const [js, message] of REFUSES) {
  test(`transformers refuses ${js}`, async () => {
    expect(await valueOf(bare, js)).toContain(message);
  });
}

test("a tokenizer splits a whole licence as BERT does", async () => {
  const licence = readFileSync(new URL("../../LICENSE", import.meta.url));
  const got = await bare.run("return small.encode(new TextDecoder().decode(licence))", { licence });
  expect(got).toEqual(VECTORS.licence);
});

test("a tokenizer gives the same for a text alone, in a batch and padded", async () => {
  const texts = JSON.stringify(VECTORS.tokens.slice(0, 30).map(({ text }) => text));
  const got = await valueOf(
    bare,
    `(() => {
      const { input_ids, attention_mask } = small(${texts}, { padding: true });
      return input_ids.map((row, i) => row.filter((_, j) => attention_mask[i][j] === 1));
    })()`,
  );
  const alone = await valueOf(bare, `${texts}.map((text) => small.encode(text))`);
  expect(got).toEqual(alone);
});
