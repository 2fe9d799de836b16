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
    globalThis.words = (vocab) => ({
      model: { type: "WordPiece", unk_token: "u", continuing_subword_prefix: "#", vocab },
      pre_tokenizer: { type: "Whitespace" },
    });
    const bpe = { type: "BPE", vocab: { a: 0, b: 1, ab: 2, abab: 3 }, merges: ["a b", "ab ab"] };
    globalThis.unigram = { type: "Unigram", unk_id: 0, vocab: [["u", 0], ["a", -1], ["aa", -1.5]] };
    globalThis.bpe = bpe;
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
