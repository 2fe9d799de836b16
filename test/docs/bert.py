"""Stands in for transformers where the pages of docs/ are worked out: it is not installed there.

A tokenizer of BERT by its published algorithm (cleaning, splitting at punctuation, WordPiece), with
as much of padding, truncation and decoding as the pages use. Whatever name `from_pretrained` is
asked for, it has the vocabulary of the repository. What the pages ask of it was held against
transformers 5.18 once: every id, and every text that it decodes.
"""

import os
import unicodedata

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
VOCAB = os.path.join(HERE, "../allowlist/vectors-transformers-vocab.txt")

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


class AutoTokenizer:
    @staticmethod
    def from_pretrained(_name):
        with open(VOCAB, encoding="utf-8") as file:
            return BertTokenizer(file.read().split("\n")[:-1])


class BertTokenizer:
    def __init__(self, words):
        self.words = words
        self.ids = {word: at for at, word in enumerate(words)}

    def __call__(self, texts, padding=False, truncation=False, max_length=512, return_tensors=None):
        rows = [self.tokenize(text) for text in texts]
        if truncation:
            rows = [row[: max_length - 2] for row in rows]
        rows = [[self.ids[token] for token in ["[CLS]", *row, "[SEP]"]] for row in rows]
        length = max(map(len, rows)) if padding is True else 0
        masks = [[1] * len(row) + [0] * (length - len(row)) for row in rows]
        rows = [row + [self.ids["[PAD]"]] * (length - len(row)) for row in rows]
        types = [[0] * len(row) for row in rows]
        made = {"input_ids": rows, "token_type_ids": types, "attention_mask": masks}
        return {key: np.array(value) for key, value in made.items()} if return_tensors else made

    def tokenize(self, text):
        return [piece for word in words_of(text) for piece in self.pieces_of(word)]

    def pieces_of(self, word):
        """The longest word of the vocabulary at each place; nothing for a word that has none."""
        pieces, start = [], 0
        while start < len(word) <= 100:
            lead = "##" if start else ""
            ends = range(len(word), start, -1)
            end = next((end for end in ends if lead + word[start:end] in self.ids), None)
            if end is None:
                return ["[UNK]"]
            pieces.append(lead + word[start:end])
            start = end
        return pieces or ["[UNK]"]

    def batch_decode(self, rows, skip_special_tokens=False):
        return [self.decode(row, skip_special_tokens) for row in rows]

    def decode(self, ids, skip_special_tokens=False):
        tokens = [self.words[int(one)] for one in ids]
        kept = [token for token in tokens if not (skip_special_tokens and token in SPECIAL)]
        text = " ".join(kept).replace(" ##", "")
        for mark in ".?!,":
            text = text.replace(f" {mark}", mark)
        return text


def words_of(text):
    """Small letters without accents, cut at white space and around each punctuation mark."""
    text = unicodedata.normalize("NFD", text.lower())
    out = []
    for char in text:
        kind = unicodedata.category(char)
        if kind == "Mn" or (kind in ("Cc", "Cf") and not char.isspace()):
            continue
        alone = kind.startswith("P") or (ord(char) < 127 and kind.startswith("S"))
        out.append(f" {char} " if alone else char)
    return "".join(out).split()
