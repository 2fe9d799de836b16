"""Works out what tokenizers of every kind of tokenizer.json must give.

Run as `python3 test/allowlist/vectors-tokenizers.py > test/allowlist/vectors-tokenizers.json`, with
the tokenizers package of Python (0.23.2), the one under AutoTokenizer. The files are written by
hand, in the shape that the models of their kind have; vocabularies are trained on the licence of
Bookend, or are all there is to say. The tests only read the JSON.
"""

import json
import os

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

HERE = os.path.dirname(os.path.abspath(__file__))
LICENCE = open(os.path.join(HERE, "../../LICENSE"), encoding="utf-8").read()

TEXTS = [
    "The license grants each contributor a patent.",
    "Don't  stop: it's they'll, 3.14 or 2024!",
    " leading and trailing ",
    "tabs\tand\nnew\r\n\r\nlines   end\n",
    "naïve café Ångström Straße Ωmega ŁÓDŹ",
    "日本語の文字 한국어 عربي हिन्दी",
    "a😀b 🚀🚀 é e\u0301",
    "x_y-z a.b,c;d (e) [f] {g} <h> $5 100% №5 ½ ² Ⅷ ٣ ४५",
    "nbsp\u00a0here thin\u2009next\u0085line bom\ufeffend zero\u200bwidth",
    "",
    "   ",
    "HELLO hello Hello",
    "...!!! -- ??",
    "the<end>the <end> theend",
    "the <mask>  of<mask>mask",
    "▁under ▁▁ line",
    "a \ufeff b\u0085 !\ufeff! \u0085\u0085x",
]


def trained(model, trainer, **parts):
    tokenizer = Tokenizer(model)
    for name, part in parts.items():
        setattr(tokenizer, name, part)
    tokenizer.train_from_iterator(LICENCE.split("\n"), trainer)
    return json.loads(tokenizer.to_str())["model"]


BYTES = sorted(pre_tokenizers.ByteLevel.alphabet())
BYTE_MODEL = trained(
    models.BPE(),
    trainers.BpeTrainer(vocab_size=330, initial_alphabet=BYTES, show_progress=False, special_tokens=["<end>", "<mask>", "<s>", "</s>"]),
    pre_tokenizer=pre_tokenizers.ByteLevel(add_prefix_space=False),
)
UNIGRAM = trained(
    models.Unigram(),
    trainers.UnigramTrainer(vocab_size=220, unk_token="<unk>", show_progress=False, special_tokens=["<unk>", "</s>", "<pad>"]),
    normalizer=normalizers.NFKC(),
    pre_tokenizer=pre_tokenizers.Metaspace(),
)
FALLBACK = trained(
    models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True),
    trainers.BpeTrainer(vocab_size=400, show_progress=False, special_tokens=["<unk>", "<s>", "</s>", *[f"<0x{i:02X}>" for i in range(256)]]),
    pre_tokenizer=pre_tokenizers.Metaspace(split=False),
)
SUFFIX = trained(
    models.BPE(end_of_word_suffix="</w>", unk_token="<end>"),
    trainers.BpeTrainer(vocab_size=250, end_of_word_suffix="</w>", show_progress=False, special_tokens=["<end>", "<s>"]),
    normalizer=normalizers.Lowercase(),
    pre_tokenizer=pre_tokenizers.Whitespace(),
)
LETTERS = [chr(i) for i in range(33, 127)] + list("éïß日本語한국")
PIECES = ["[UNK]", *LETTERS, *("##" + letter for letter in LETTERS), "the", "license", "##ing", "hello"]
WORDPIECE = {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {piece: i for i, piece in enumerate(PIECES)}}


def added(model, *tokens):
    """Those that the vocabulary lacks are numbered behind it, as the package does on reading."""
    vocab = model["vocab"]
    ids = dict(vocab) if isinstance(vocab, dict) else {piece: i for i, (piece, _) in enumerate(vocab)}
    for token in tokens:
        ids.setdefault(token["content"], len(ids))
    usual = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return [{"id": ids[token["content"]], **usual, **token} for token in tokens]


def file(model, **parts):
    empty = {"normalizer": None, "pre_tokenizer": None, "post_processor": None, "decoder": None, "added_tokens": []}
    return {"version": "1.0", "truncation": None, "padding": None, **empty, **parts, "model": model}


BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
METASPACE = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
QWEN = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|  ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
CLIP = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"
FILES = {
    "gpt2": file(BYTE_MODEL, pre_tokenizer=BYTE_LEVEL, post_processor=BYTE_LEVEL, decoder=BYTE_LEVEL, added_tokens=added(BYTE_MODEL, {"content": "<end>"})),
    "roberta": file(
        BYTE_MODEL, pre_tokenizer={**BYTE_LEVEL, "add_prefix_space": True}, decoder=BYTE_LEVEL,
        post_processor={"type": "RobertaProcessing", "sep": ["</s>", 3], "cls": ["<s>", 2], "trim_offsets": True, "add_prefix_space": True},
        added_tokens=added(BYTE_MODEL, {"content": "<s>"}, {"content": "</s>"}, {"content": "<mask>", "lstrip": True}),
    ),
    "qwen": file(
        BYTE_MODEL, normalizer={"type": "NFC"}, decoder=BYTE_LEVEL, post_processor=BYTE_LEVEL,
        pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": QWEN}, "behavior": "Isolated", "invert": False}, {**BYTE_LEVEL, "use_regex": False}]},
        added_tokens=added(BYTE_MODEL, {"content": "<end>"}),
    ),
    "t5": file(
        UNIGRAM, normalizer={"type": "NFKC"}, pre_tokenizer=METASPACE, decoder=METASPACE,
        post_processor={
            "type": "TemplateProcessing",
            "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
            "special_tokens": {"</s>": {"id": "</s>", "ids": [1], "tokens": ["</s>"]}},
        },
        added_tokens=added(UNIGRAM, {"content": "</s>"}, {"content": "<end>"}),
    ),
    "llama": file(
        FALLBACK, normalizer={"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
        decoder={"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
        added_tokens=added(FALLBACK, {"content": "<s>"}, {"content": "</s>"}, {"content": "<unk>"}),
    ),
    "mistral": file(FALLBACK, pre_tokenizer={**METASPACE, "prepend_scheme": "first", "split": False}, decoder={**METASPACE, "prepend_scheme": "first"}, added_tokens=added(FALLBACK, {"content": "<s>"}, {"content": "<end>"})),
    "metaspace never": file(FALLBACK, pre_tokenizer={**METASPACE, "prepend_scheme": "never"}, decoder={**METASPACE, "prepend_scheme": "never"}),
    "clip": file(
        SUFFIX, normalizer={"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}, {"type": "Lowercase"}]},
        pre_tokenizer={"type": "Split", "pattern": {"Regex": CLIP}, "behavior": "Removed", "invert": True},
        decoder={"type": "BPEDecoder", "suffix": "</w>"},
        added_tokens=added(SUFFIX, {"content": "<end>"}),
    ),
    "whitespace": file(WORDPIECE, pre_tokenizer={"type": "Whitespace"}, decoder={"type": "WordPiece", "prefix": "##", "cleanup": True}),
    "whitespace split": file(WORDPIECE, pre_tokenizer={"type": "WhitespaceSplit"}, decoder={"type": "WordPiece", "prefix": "##", "cleanup": False}),
    "lower, no accents": file(WORDPIECE, normalizer={"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "Lowercase"}, {"type": "StripAccents"}, {"type": "Strip", "strip_left": True, "strip_right": True}]}, pre_tokenizer={"type": "Whitespace"}),
    "replaced": file(WORDPIECE, normalizer={"type": "Replace", "pattern": {"String": "."}, "content": "$&"}, pre_tokenizer={"type": "WhitespaceSplit"}),
    "digits": file(WORDPIECE, pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Digits", "individual_digits": True}]}),
    "digits together": file(WORDPIECE, pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Digits", "individual_digits": False}]}),
    "fixed length": file(WORDPIECE, pre_tokenizer={"type": "FixedLength", "length": 3}),
    "words": file({"type": "WordLevel", "vocab": {"<unk>": 0, "the": 1, "license": 2, "The": 3, "hello": 4}, "unk_token": "<unk>"}, pre_tokenizer={"type": "Whitespace"}),
    "added": file(
        WORDPIECE, normalizer={"type": "Lowercase"}, pre_tokenizer={"type": "Whitespace"},
        added_tokens=added(WORDPIECE, {"content": "<end>", "single_word": True}, {"content": "<mask>", "lstrip": True, "rstrip": True}, {"content": "Hello", "normalized": True, "special": False}),
    ),
}
TIES = {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["a", -1], ["e", -1], ["he", -2], ["th", -2], ["t", -1], ["h", -1], ["the", -3], ["n", -1.5], ["end", -4], ["d", -1.5]]}
FILES["ties"] = file(TIES, pre_tokenizer={"type": "WhitespaceSplit"})
# A mark of byte order is no space: it may be part of a word of marks.
MARKS = {"type": "BPE", "vocab": {**{letter: i for i, letter in enumerate(BYTES)}, "!ï": 256}, "merges": [["!", "ï"]]}
FILES["marks"] = file(MARKS, pre_tokenizer=BYTE_LEVEL)
OLD = {"type": "Metaspace", "replacement": "▁", "add_prefix_space": True}
FILES["old metaspace"] = file(FALLBACK, pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": False}, OLD]}, decoder=OLD)
for behaviour in ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"):
    FILES[f"punctuation {behaviour}"] = file(WORDPIECE, pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Punctuation", "behavior": behaviour}]})
    FILES[f"split {behaviour}"] = file(WORDPIECE, pre_tokenizer={"type": "Split", "pattern": {"String": " "}, "behavior": behaviour, "invert": False})
    FILES[f"split inverted {behaviour}"] = file(WORDPIECE, pre_tokenizer={"type": "Split", "pattern": {"Regex": "[a-z]+"}, "behavior": behaviour, "invert": True})

PAIRS = [("the license", "a patent"), ("the", "")]


def rows(name, content):
    tokenizer = Tokenizer.from_str(json.dumps(content))
    own = {token["id"] for token in content["added_tokens"]}
    for text in TEXTS:
        made = tokenizer.encode(text)
        bare = tokenizer.encode(text, add_special_tokens=False)
        # Rust shows the spaces that an added token took with it; here it stands without them.
        tokens = [token.strip() if id in own else token for id, token in zip(bare.ids, bare.tokens)]
        row = {"file": name, "text": text, "ids": made.ids, "tokens": " | ".join(tokens)}
        if content["decoder"]:
            row["decoded"] = tokenizer.decode(made.ids, skip_special_tokens=True)
        yield row
    for text, pair in PAIRS:
        made = tokenizer.encode(text, pair)
        yield {"file": name, "text": text, "pair": pair, "ids": made.ids, "types": made.type_ids}


# Bytes that are no text, beside some that are.
BROKEN = [[0xE6, 0x97, 0x41], [0xE6, 0x97, 0xA5], [0xFF], [0x41, 0xC3, 0x28], [0xEF, 0xBB, 0xBF]]
llama = Tokenizer.from_str(json.dumps(FILES["llama"]))
DECODED = []
for run in BROKEN:
    ids = [llama.token_to_id("▁a"), *(llama.token_to_id(f"<0x{byte:02X}>") for byte in run), llama.token_to_id("b")]
    DECODED.append({"file": "llama", "ids": ids, "decoded": llama.decode(ids)})

# A model of the same words is written once.
MODELS = {}
for content in FILES.values():
    name = next((name for name, model in MODELS.items() if model is content["model"]), f"model {len(MODELS)}")
    MODELS[name] = content["model"]
SHORT = {name: {**content, "model": next(key for key, model in MODELS.items() if model is content["model"])} for name, content in FILES.items()}
ROWS = [row for name, content in FILES.items() for row in rows(name, content)]
parts = [f'"{name}": {json.dumps(value, ensure_ascii=False)}' for name, value in (("models", MODELS), ("files", SHORT))]
lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS)
parts.append(f'"decoded": {json.dumps(DECODED, ensure_ascii=False)}')
print("{" + ",\n".join(parts) + ',\n"rows": [\n' + lines + "\n]}")
