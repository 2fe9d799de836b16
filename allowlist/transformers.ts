/**
 * The tokenizers package, the stand-in for transformers in a hook: texts to ids and back, under
 * Python's names; with image processors of our own.
 *
 * Models are no part of it: a flow has them as steps of their own.
 *
 * @module
 */

import type { Library, LibraryWorld } from "../src/contract/library.ts";
import { bertFiles } from "./shims/transformers-bert.ts";
import { imageProcessor } from "./shims/transformers-images.ts";
import { mendFile, mendPackage, mendTokenizer } from "./shims/transformers-mends.ts";
import { CONSTANTS, numbers } from "./shims/transformers-numbers.ts";
import { tokenizerFrom } from "./shims/transformers-tokenizer.ts";
import { type Package, useWorld } from "./shims/transformers-types.ts";
import { type Dict, dictFrom, show } from "./shims/util-arguments.ts";
import { textFrom } from "./shims/util-text.ts";

export default {
  name: "transformers",
  aliases: ["@huggingface/tokenizers", "@huggingface/transformers", "tokenizers"],
  standsIn: "transformers",
  notes:
    "Tokenizers and image processors, no models. Their files come with the hook: " +
    "AutoTokenizer.from_json(tokenizer_json, tokenizer_config), BertTokenizer.from_vocab(" +
    "vocab_txt, options), AutoImageProcessor.from_json(preprocessor_config_json), of text, bytes " +
    "or data. A call takes options by Python's names in a dict; return_tensors np gives int64 " +
    "tensors. No offsets, no overflowing tokens, no words split beforehand; a Precompiled " +
    "normalizer is taken for NFKC. Pictures are uint8 " +
    "tensors [height, width, 3] or images of jimp. softmax, rescale and normalize take tensors " +
    "or lists.",
  packages: ["@huggingface/tokenizers"],
  bundle: {},
  load(world) {
    useWorld(world);
    const stock = require("@huggingface/tokenizers") as Package;
    mendPackage(stock);
    const auto = autoTokenizer(stock, world);
    const bert = bertTokenizer(stock, world);
    return {
      ...stock,
      ...CONSTANTS,
      ...numbers(world),
      AutoTokenizer: auto,
      PreTrainedTokenizerFast: auto,
      BertTokenizer: bert,
      BertTokenizerFast: bert,
      ...imageProcessors(world),
    };
  },
} satisfies Library;

function autoTokenizer(stock: Package, world: LibraryWorld): object {
  const who = "AutoTokenizer.from_json";
  return {
    from_json: (json: unknown, config?: unknown) => {
      const settings = config === undefined ? {} : dataFrom(config, who);
      return make(stock, dataFrom(json, who), settings, world);
    },
    from_pretrained: () => refuse("AutoTokenizer.from_json(tokenizer_json, tokenizer_config)"),
  };
}

function bertTokenizer(stock: Package, world: LibraryWorld): object {
  return {
    from_vocab: (vocab: unknown, options?: unknown) => {
      const { json, config } = bertFiles(vocab, dictFrom(options, "BertTokenizer.from_vocab"));
      return make(stock, json as Dict, config, world);
    },
    from_pretrained: () => refuse("BertTokenizer.from_vocab(vocab_txt, options)"),
  };
}

/** The classes of Python differ in their defaults, and files of models say all that matters. */
function imageProcessors(world: LibraryWorld): object {
  const kind = {
    from_json: (config: unknown) => {
      return imageProcessor(dataFrom(config, "AutoImageProcessor.from_json"), world);
    },
    from_pretrained: () => refuse("AutoImageProcessor.from_json(preprocessor_config_json)"),
  };
  return { AutoImageProcessor: kind, ViTImageProcessor: kind, CLIPImageProcessor: kind };
}

function make({ Tokenizer }: Package, json: Dict, config: Dict, world: LibraryWorld): unknown {
  const inner = new Tokenizer(mendFile(json), config);
  mendTokenizer(inner, json);
  return tokenizerFrom(inner, config, world);
}

/** A file's text, its bytes, or what was parsed of it. */
function dataFrom(value: unknown, who: string): Dict {
  const isFile = typeof value !== "object" || value instanceof Uint8Array;
  const data: unknown = isFile ? JSON.parse(textFrom(value, who)) : value;
  if (typeof data === "object" && data !== null && !Array.isArray(data)) return data as Dict;
  throw new TypeError(`${who} wants a dict, or JSON of one, got ${show(data)}`);
}

function refuse(instead: string): never {
  throw new Error(`from_pretrained needs a network, and a hook has none: use ${instead}`);
}
