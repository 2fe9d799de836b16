"""Works out what the stand-in of transformers must give.

Run as `python3 test/allowlist/vectors-transformers.py`: it reads vectors-transformers-vocab.txt and
writes vectors-transformers.json beside it; format it with prettier. The tests only read these two.

The tokens come from the published algorithm of BERT (BasicTokenizer and WordPiece), written here
from its description and in Python alone. Padding, truncation and decoding are what the tokenizers
package of Python 0.23.2 gives, the one under AutoTokenizer; it also has to agree on every token but
the Greek sigma at the end of a word, where the published algorithm is followed.

The vocabulary is ours: `--train` made it with that package from the licences of Debian
(/usr/share/common-licenses) and the help texts of Python (pydoc_data.topics), with letters of other
scripts. Training is not repeatable to the last token, so the file is kept.
"""

import glob
import json
import math
import os
import sys
import unicodedata

from tokenizers import BertWordPieceTokenizer

HERE = os.path.dirname(os.path.abspath(__file__))
VOCAB = os.path.join(HERE, "vectors-transformers-vocab.txt")
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

LETTERS = (
    "äöüßéèñçøåæœðþłđıàêîôû" "αβγδεζηθικλμνξοπρσςτυφχψω" "абвгдежзийклмнопрстуфхцчшщъыьэюя"
    "あいうえおかきくけこアイウエオ" "한국어한" "ا ب ت م ل".replace(" ", "")
)
ALONE = "中国日本語文字人大京東北上海。、「」€£¥©®™°±²³µ½×÷–—‘’“”…•→∞≈≤≥¿¡😀🚀" + "\U00020000"


def train():
    import pydoc_data.topics as help_texts

    texts = []
    for path in sorted(glob.glob("/usr/share/common-licenses/*")):
        with open(path, errors="replace") as file:
            texts.append(file.read())
    tokenizer = BertWordPieceTokenizer(lowercase=True)
    tokenizer.train_from_iterator(
        texts + list(help_texts.topics.values()),
        vocab_size=4800,
        limit_alphabet=1000,
        initial_alphabet=list(LETTERS + ALONE),
        show_progress=False,
        special_tokens=SPECIAL,
    )
    vocab = tokenizer.get_vocab()
    words = sorted(vocab, key=vocab.get)
    words += ["##" + letter for letter in LETTERS + "😀🚀" if "##" + letter not in vocab]
    with open(VOCAB, "w", encoding="utf-8") as file:
        file.write("\n".join(words) + "\n")


# The published algorithm.


def is_whitespace(char):
    return char in " \t\n\r" or unicodedata.category(char) == "Zs"


def is_control(char):
    if char in "\t\n\r":
        return False
    # Google's names Cc and Cf; that of Hugging Face drops private use and surrogates as well.
    return unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs")


def is_punctuation(char):
    code = ord(char)
    for low, high in ((33, 47), (58, 64), (91, 96), (123, 126)):
        if low <= code <= high:
            return True
    return unicodedata.category(char).startswith("P")


def is_cjk(char):
    code = ord(char)
    blocks = (
        (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
        (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
    )
    return any(low <= code <= high for low, high in blocks)


def clean(text):
    out = []
    for char in text:
        if ord(char) in (0, 0xFFFD) or is_control(char):
            continue
        out.append(" " if is_whitespace(char) else char)
    return "".join(out)


def basic_tokenize(text, lower=True):
    text = clean(text)
    text = "".join(f" {char} " if is_cjk(char) else char for char in text)
    tokens = []
    for word in text.split():
        if lower:
            word = word.lower()
            word = unicodedata.normalize("NFD", word)
            word = "".join(c for c in word if unicodedata.category(c) != "Mn")
        piece = ""
        for char in word:
            if is_punctuation(char):
                tokens += [piece, char]
                piece = ""
            else:
                piece += char
        tokens.append(piece)
    return [token for token in " ".join(tokens).split()]


def wordpiece(word, vocab, limit=100):
    if len(word) > limit:
        return ["[UNK]"]
    pieces, start = [], 0
    while start < len(word):
        end = len(word)
        while end > start:
            piece = ("##" if start > 0 else "") + word[start:end]
            if piece in vocab:
                break
            end -= 1
        if end == start:
            return ["[UNK]"]
        pieces.append(piece)
        start = end
    return pieces


def split_special(text):
    """Special tokens that stand in a text are taken as they are."""
    parts, rest = [], text
    while rest:
        places = [(rest.find(word), word) for word in SPECIAL if word in rest]
        if not places:
            return parts + [(rest, False)]
        at, word = min(places)
        if at > 0:
            parts.append((rest[:at], False))
        parts.append((word, True))
        rest = rest[at + len(word):]
    return parts


def tokenize(text, vocab, lower=True):
    tokens = []
    for part, special in split_special(text):
        if special:
            tokens.append(part)
            continue
        for word in basic_tokenize(part, lower):
            tokens += wordpiece(word, vocab)
    return tokens


TEXTS = [
    "The license grants each contributor a patent.",
    "Unconditionally unaffable, HE said: don't!",
    "  tabs\tand\nnew lines\r\n  ",
    "",
    "   ",
    "naïve café, Ångström, coöperate — \"quoted\" ‘text’…",
    "nai\u0308ve cafe\u0301",
    "Straße ÆØÅ þorn łódź İstanbul ısı",
    "ΟΔΥΣΣΕΥΣ και Αθήνα",
    "Съешь ещё этих мягких булок Йод",
    "日本語の文字と中国人",
    "東京tokyo京都 北京大学。",
    "a\U00020000b \U0002A6DFx",
    "\uf900\U0002F800",
    "あいうえお アイウエオ カ゛ か\u3099",
    "한국어 한국",
    "سلام العالم",
    "a😀b 🚀🚀 👩\u200d🚀 \U0001f1e9\U0001f1ea",
    "zero\u200bwidth soft\u00adhyphen bom\ufeffhere",
    "nul\x00byte repl\ufffdacement bell\x07 esc\x1b[0m",
    "vertical\x0btab form\x0cfeed next\x85line unit\x1fsep",
    "nbsp\u00a0thin\u2009ideographic\u3000line\u2028para\u2029ogham\u1680end",
    "private\ue000use un\u0378assigned",
    "a_b-c/d\\e|f~g`h^i$j+k<l=m>n",
    "¿Qué? ¡No! «oui» „nein“ 100% 5€ 3×4 ½ ©",
    "x" * 100,
    "x" * 101,
    "word " + "é" * 100 + " word",
    "😀" * 100,
    "😀" * 101,
    "[CLS] inside [SEP] and [MASK]ed [mask] [UNK]",
    "[MASK][MASK] [PAD]",
    "1234567890 3.14159 1e-10 0x7f 192.168.0.1 2024-02-29T12:00:00Z",
    "https://example.org/a?b=c&d=e#f user@example.org",
    "ﬁne ﬀ Ⅷ ① ２０２４ ＡＢＣ",
    "\u0301 \u0301a a\u0301\u0302\u0323",
    "constructor __proto__ toString hasOwnProperty",
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this software",
]


def reference_rows(vocab):
    """The tokens of every text, agreed on by the algorithm and by the package."""
    rows = []
    for lower in (True, False):
        fast = BertWordPieceTokenizer(vocab, lowercase=lower)
        for text in TEXTS:
            tokens = tokenize(text, vocab, lower)
            theirs = fast.encode(text, add_special_tokens=False).tokens
            # Rust makes letters small one by one; Python and JavaScript know the last sigma.
            assert [token.replace("ς", "σ") for token in tokens] == theirs, ascii(text)
            rows.append({
                "text": text, "lower": lower, "tokens": tokens,
                "ids": [vocab[token] for token in tokens],
            })
    return rows


LONG = "The quick brown fox jumps over the lazy dog near the river bank"
SHORT = "A short text"

# The texts, the options as Python's transformers has them, and how the package is set up for it.
CALLS = [
    (LONG, None, {}, {}),
    (LONG, SHORT, {}, {}),
    (SHORT, LONG, {"add_special_tokens": False}, {}),
    (LONG, None, {"truncation": True, "max_length": 8}, {"cut": (8, "longest_first")}),
    (LONG, None, {"max_length": 6}, {"cut": (6, "longest_first")}),
    (LONG, None, {"truncation": True, "max_length": 2}, {"cut": (2, "longest_first")}),
    (SHORT, LONG, {"truncation": True, "max_length": 12}, {"cut": (12, "longest_first")}),
    (LONG, SHORT, {"truncation": True, "max_length": 12}, {"cut": (12, "longest_first")}),
    (LONG, SHORT, {"truncation": True, "max_length": 8}, {"cut": (8, "longest_first")}),
    (SHORT, LONG, {"truncation": True, "max_length": 8}, {"cut": (8, "longest_first")}),
    (SHORT, SHORT, {"truncation": True, "max_length": 8}, {"cut": (8, "longest_first")}),
    (SHORT, LONG, {"truncation": "only_second", "max_length": 10}, {"cut": (10, "only_second")}),
    (LONG, SHORT, {"truncation": "only_first", "max_length": 10}, {"cut": (10, "only_first")}),
    (SHORT, None, {"padding": "max_length", "max_length": 9}, {"pad": {"length": 9}}),
    ([SHORT, LONG, ""], None, {"padding": True}, {"pad": {}}),
    ([SHORT, LONG], None, {"padding": True, "pad_to_multiple_of": 8},
     {"pad": {"pad_to_multiple_of": 8}}),
    ([SHORT, LONG], None, {"padding": True, "padding_side": "left"},
     {"pad": {"direction": "left"}}),
    ([LONG, SHORT], None, {"padding": "max_length", "truncation": True, "max_length": 7},
     {"pad": {"length": 7}, "cut": (7, "longest_first")}),
    ([SHORT, LONG], [LONG, SHORT], {"padding": "longest", "truncation": True, "max_length": 11},
     {"pad": {}, "cut": (11, "longest_first")}),
    ([SHORT], [""], {}, {}),
]


def call_rows(vocab):
    rows = []
    for text, pair, options, setup in CALLS:
        fast = BertWordPieceTokenizer(vocab)
        if "cut" in setup:
            fast.enable_truncation(setup["cut"][0], strategy=setup["cut"][1])
        if "pad" in setup:
            fast.enable_padding(pad_id=vocab["[PAD]"], **setup["pad"])
        special = options.get("add_special_tokens", True)
        texts = [text] if isinstance(text, str) else text
        pairs = [pair] if isinstance(pair, str) else pair
        inputs = texts if pairs is None else list(zip(texts, pairs))
        made = fast.encode_batch(inputs, add_special_tokens=special)
        want = {
            "input_ids": [one.ids for one in made],
            "token_type_ids": [one.type_ids for one in made],
            "attention_mask": [one.attention_mask for one in made],
        }
        if isinstance(text, str):
            want = {name: rows_[0] for name, rows_ in want.items()}
        rows.append({"text": text, "pair": pair, "options": options, "want": want})
    return rows


def clean_up(text):
    """What transformers does after the package has decoded."""
    for mark in (".", "?", "!", ","):
        text = text.replace(" " + mark, mark)
    text = text.replace(" ' ", "'").replace(" n't", "n't")
    for end in ("'m", "'s", "'ve", "'re"):
        text = text.replace(" " + end, end)
    return text


def decode_rows(vocab):
    rows = []
    fast = BertWordPieceTokenizer(vocab)
    for text in TEXTS[:3] + [TEXTS[5], TEXTS[10], TEXTS[23], TEXTS[30], "it ' s , i ' m ? ok !"]:
        ids = fast.encode(text).ids + [999999]
        for skip in (True, False):
            decoded = clean_up(fast.decode(ids, skip_special_tokens=skip))
            rows.append({"ids": ids, "skip": skip, "want": decoded})
    return rows


def licence_row(vocab):
    """A real text, whole: the licence of Bookend."""
    with open(os.path.join(HERE, "../../LICENSE"), encoding="utf-8") as file:
        text = file.read()
    ids = [vocab[token] for token in ["[CLS]", *tokenize(text, vocab), "[SEP]"]]
    assert ids == BertWordPieceTokenizer(vocab).encode(text).ids
    return ids


def softmax_rows():
    rows = []
    for logits in ([[2.0, 1.0, 0.1], [1000.0, 1001.0, -1000.0]], [[0.0, 0.0], [-5.5, 3.25]]):
        for axis in (0, 1, -1):
            lines = logits if axis != 0 else [list(line) for line in zip(*logits)]
            out = []
            for line in lines:
                powers = [math.exp(value - max(line)) for value in line]
                out.append([power / math.fsum(powers) for power in powers])
            out = out if axis != 0 else [list(line) for line in zip(*out)]
            rows.append({"logits": logits, "axis": axis, "want": out})
    return rows


def main():
    if "--train" in sys.argv:
        train()
    with open(VOCAB, encoding="utf-8") as file:
        words = file.read().split("\n")[:-1]
    vocab = {word: i for i, word in enumerate(words)}
    out = {
        "tokens": reference_rows(vocab),
        "calls": call_rows(vocab),
        "decoded": decode_rows(vocab),
        "licence": licence_row(vocab),
        "softmax": softmax_rows(),
    }
    with open(os.path.join(HERE, "vectors-transformers.json"), "w", encoding="utf-8") as file:
        parts = []
        for name, rows in out.items():
            between = ", " if name == "licence" else ",\n"
            parts.append(f'"{name}": [\n' + between.join(map(json.dumps, rows)) + "\n]")
        file.write("{" + ",\n".join(parts) + "}\n")


main()
