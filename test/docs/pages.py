"""Runs the Python blocks of a page of docs/, and writes down what they answer.

A page has chores: a heading `### Name`, a block of Python and a block of JavaScript with one
function each. `write_answers` runs every block of Python on the inputs it is given and writes a
JSON file: for each chore the block's hash, so that a block which was changed since is noticed, and
for each case its input and its answer. Not here: the inputs, which are beside each page's script.

What JSON has no word for is a dict of one key: `tensor` (dtype, shape, data), `sample` (every n-th
element of a tensor that is too large to keep), `file` (a path from the root of the repository),
`base64` (a small file), `png` (the pixels of an image in base64), `number` (NaN, an infinity).
"""

import base64
import hashlib
import inspect
import io
import json
import math
import os
import re
import sys

import numpy as np
import pandas as pd
import torch
from PIL import Image

import bert

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))

# The most elements of an answer that are written down whole, and about how many of a larger one.
WHOLE = 64
SAMPLED = 48

WORDS = {"tensor", "sample", "file", "base64", "png", "number"}


class File:
    """A binary file of a call: by its path in the repository, or by its bytes."""

    def __init__(self, source):
        self.source = source

    def open(self):
        if isinstance(self.source, bytes):
            return io.BytesIO(self.source)
        with open(os.path.join(ROOT, self.source), "rb") as file:
            return io.BytesIO(file.read())

    def note(self):
        if isinstance(self.source, bytes):
            return {"base64": base64.b64encode(self.source).decode()}
        return {"file": self.source}


def write_answers(page, inputs):
    """Writes the answers to the chores of docs/<page>.md. `inputs` has a list of cases by name."""
    # The one library that is not installed where this runs.
    sys.modules["transformers"] = bert
    with open(os.path.join(ROOT, f"docs/{page}.md"), encoding="utf-8") as file:
        blocks = python_blocks(file.read())
    unmatched = set(blocks) ^ set(inputs)
    if unmatched:
        raise SystemExit(f"docs/{page}.md or its inputs lack {sorted(unmatched)}")
    out = {}
    for name, text in blocks.items():
        function = function_of(text, name)
        cases = [
            {"input": note(list(case)), "answer": note(answer_of(function, case), WHOLE)}
            for case in inputs[name]
        ]
        out[name] = {"python": hashlib.sha256(text.encode()).hexdigest(), "cases": cases}
    with open(os.path.join(ROOT, f"test/docs/{page}.json"), "w", encoding="utf-8") as file:
        json.dump(out, file, ensure_ascii=False, allow_nan=False, indent=1)
        file.write("\n")


def python_blocks(page):
    """Returns the Python of each chore by its name."""
    blocks = {}
    for part in re.split(r"^### ", page, flags=re.M)[1:]:
        found = re.search(r"^```python\n(.*?)^```$", part, flags=re.M | re.S)
        name = part.split("\n")[0]
        if not found or name in blocks:
            raise SystemExit(f"The chore {name!r} has no block of Python, or is there twice")
        blocks[name] = found.group(1)
    return blocks


def function_of(text, name):
    scope = {}
    exec(compile(text, name, "exec"), scope)
    found = [scope[kind] for kind in ("pre", "post") if kind in scope]
    if len(found) != 1:
        raise SystemExit(f"The chore {name!r} wants one function, pre or post")
    return found[0]


def answer_of(function, case):
    """Calls the function as the flow does: with as many arguments as it takes."""
    wanted = len(inspect.signature(function).parameters)
    opened = [[one.open() for one in value] if is_files(value) else value for value in case]
    return function(*(opened + [None] * wanted)[:wanted])


def is_files(value):
    return isinstance(value, list) and any(isinstance(one, File) for one in value)


def note(value, most=math.inf):
    """Returns a value as JSON has it; of a tensor of more than `most` elements a sample."""
    if isinstance(value, File):
        return value.note()
    if isinstance(value, torch.Tensor):
        return tensor_note(value.numpy(), most)
    if isinstance(value, np.ndarray):
        return tensor_note(value, most)
    if isinstance(value, np.generic):
        return note(value.item())
    if isinstance(value, pd.DataFrame):
        return note(value.to_dict("records"), most)
    if isinstance(value, dict):
        assert len(value) != 1 or not set(value) & WORDS, f"{value} would be read as a note"
        return {str(key): note(one, most) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [note(one, most) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": str(value)}
    if isinstance(value, str) and value.startswith("iVBORw0KGgo") and most < math.inf:
        image = Image.open(io.BytesIO(base64.b64decode(value))).convert("RGBA")
        return {"png": tensor_note(np.asarray(image), most)}
    assert value is None or isinstance(value, (bool, int, float, str)), type(value)
    return value


def tensor_note(array, most):
    about = {"dtype": str(array.dtype), "shape": list(array.shape)}
    if array.size <= most:
        return {"tensor": {**about, "data": note(elements_of(array))}}
    # A step that shares no factor with the axes walks through all rows, columns and channels.
    steps = range(max(2, array.size // SAMPLED), array.size)
    every = next(step for step in steps if math.gcd(step, array.size) == 1)
    return {"sample": {**about, "every": every, "data": note(elements_of(array.ravel()[::every]))}}


def elements_of(array):
    """A float32 in as few digits as make the same float32 again."""
    if array.dtype == np.float32:
        return [float(str(element)) for element in array.ravel()]
    return array.ravel().tolist()
