"""Works out what the arrays, tables and images of each library become in each of the others.

Run as `/usr/bin/python3 test/allowlist/vectors-between.py > test/allowlist/vectors-between.json`,
with the packages of `vectors-conversions.py`, whose tables of dtypes it takes.

A row is as there. `js` takes `x` into one library, gives what that made to another one, and returns
what this holds. A row that is `refused` names a part of the message.
"""

import importlib
import sys
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import accuracy_score

sys.path.insert(0, str(Path(__file__).parent))
conversions = importlib.import_module("vectors-conversions")
DTYPES, HOLDS = conversions.DTYPES, conversions.HOLDS
matrix, rounded, tensor = conversions.matrix, conversions.rounded, conversions.tensor

# Each in a view of its own, so that what lies beneath is not in the order of what is seen.
SOURCES = {
    "numjs": ("require('numjs').array(x).T", lambda a: a.T),
    "torch": ("require('torch').tensor(x).t()", lambda a: a.T),
    "tfjs": ("require('tfjs').tensor(x).transpose()", lambda a: a.T),
    "arquero": ("require('arquero').DataFrame(x).select('2', '0')", lambda a: a[:, [2, 0]]),
    "sklearn": ("require('sklearn').linalg.matrix(x).transpose()", lambda a: a.T),
}
TARGETS = {
    "numjs": "require('numjs').array(%s)",
    "torch": "require('torch').tensor(%s)",
    "tfjs": "require('tfjs').tensor(%s)",
    "arquero": "require('arquero').DataFrame(%s).to_numpy()",
    "sklearn": "require('sklearn').linalg.matrix(%s)",
    "Tensor.from": "Tensor.from(%s)",
}


def held(library, dtype):
    return HOLDS.get(library, {}).get(dtype, dtype)


def pairs():
    """Each array into each library: the dtype that its own library says, and all values."""
    for source, (inner, view) in SOURCES.items():
        for target, js in TARGETS.items():
            if source == target:
                continue
            for dtype in DTYPES:
                values = view(rounded(matrix(dtype), dtype))
                for library in (source, target):
                    kept = held(library, kept if library is target else dtype)
                    values = rounded(values, kept)
                yield {"library": target, "name": f"{dtype}, out of {source}",
                       "js": f"return {js % inner}", "in": tensor(matrix(dtype), dtype),
                       "out": tensor(values, kept)}


PIXELS = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4) * 10
IMAGE = ("const [height, width] = x.shape; "
         "const a = require('jimp').Jimp.fromBitmap({ data: x.data, width, height }); ")
GREYS = "require('transformers').AutoImageProcessor.from_json({ do_resize: false, do_rescale: false, do_normalize: false })"


def images():
    given = {"in": tensor(PIXELS, "uint8")}
    for target in ("numjs", "torch", "tfjs", "Tensor.from"):
        dtype = held(target, "uint8")
        js = IMAGE + f"return {TARGETS[target] % 'a'}"
        yield {"library": target, "name": "an image of jimp", "js": js, **given,
               "out": tensor(PIXELS, dtype)}
        if target != "Tensor.from":
            # Who has a tensor of an image keeps it when the image is changed.
            js = IMAGE + f"const b = {TARGETS[target] % 'a'}; a.invert(); return b"
            yield {"library": target, "name": "an image of jimp that changed", "js": js, **given,
                   "out": tensor(PIXELS, dtype)}
    for target in ("arquero", "sklearn"):
        yield {"library": target, "name": "an image of jimp", **given, "refused": "[2, 3, 4]",
               "js": IMAGE + f"return {TARGETS[target] % 'a'}"}
    yield {"library": "transformers", "name": "an image of jimp", **given,
           "js": IMAGE + f"return {GREYS}(a).pixel_values",
           "out": tensor(PIXELS[None, :, :, :3].transpose(0, 3, 1, 2), "float32")}


X = [[1, 2, 3], [4, 5, 6]]
FROM = ("const nj = require('numjs'), torch = require('torch'), tf = require('tfjs'); "
        "const pd = require('arquero'), sk = require('sklearn'); "
        "const a = nj.array(x), b = torch.tensor(x), c = tf.tensor(x), d = pd.DataFrame(x), "
        "e = sk.linalg.matrix(x); return ")


def calls():
    """Arrays of others as arguments, in lists, and as columns."""
    x = np.array(X)
    ways = [
        ("numjs", "nj.add(b, c)", x + x, "int32"),
        ("numjs", "nj.dot(d, nj.transpose(e))", x @ x.T, "float64"),
        ("numjs", "nj.array([b.select(0, 1), c.slice([1], [1]).reshape([3])], 'int16')",
         np.stack([x[1], x[1]]), "int16"),
        ("numjs", "nj.concatenate([b, d], 0)", np.concatenate([x, x]), "int32"),
        ("numjs", "nj.array([b.sum(), c.max()])", [21, 6], "int64"),
        ("torch", "torch.cat([a, c, d])", np.concatenate([x, x, x]), "int32"),
        ("torch", "torch.tensor([a.pick(1), c.slice([0], [1]).reshape([3])])",
         np.stack([x[1], x[0]]), "int32"),
        ("torch", "torch.matmul(a, nj.transpose(d))", x @ x.T, "int32"),
        ("torch", "b.add(e)", x + x, "float64"),
        ("tfjs", "tf.add(a, d)", x + x, "int32"),
        ("tfjs", "tf.stack([a, b, d])", np.stack([x, x, x]), "int32"),
        ("tfjs", "tf.tensor([a, b])", np.stack([x, x]), "int32"),
        ("tfjs", "tf.tensor([c, c])", np.stack([x, x]), "int32"),
        ("tfjs", "tf.matMul(a, e.transpose())", (x @ x.T), "float32"),
        ("arquero", "pd.DataFrame([a.pick(0), b.select(0, 1)]).to_numpy()", x, "float64"),
        ("arquero", "pd.DataFrame([b.select(0, 1), [7, 8, 9]]).to_numpy()",
         [[4, 5, 6], [7, 8, 9]], "float64"),
        ("arquero", "pd.DataFrame({ p: a.pick(0), q: b.select(0, 1) }).to_numpy()",
         np.stack([x[0], x[1]], 1), "int32"),
        ("arquero", "pd.table({ p: a.pick(0), q: b.select(0, 1) }).to_numpy()",
         np.stack([x[0], x[1]], 1), "int32"),
        ("arquero", "pd.table(b, ['p', 'q', 'r']).to_numpy('q')", x[:, 1], "int32"),
        ("arquero", "pd.from(c).to_numpy()", x, "int32"),
        ("arquero", "pd.concat([a, b]).to_numpy()", np.concatenate([x, x]), "int32"),
        ("sklearn", "sk.linalg.matrix([a.pick(0), b.select(0, 1)])", x, "float64"),
        ("sklearn", "sk.preprocessing.Binarizer(3).transform(c)", x > 3, "float64"),
        ("sklearn", "sk.preprocessing.Binarizer(3).transform(b.float())", x > 3, "float32"),
        ("sklearn", "sk.model_selection.train_test_split(d, { shuffle: false, test_size: 1 })[1]",
         x[1:], "int32"),
    ]
    given = tensor(x, "int32")
    for library, js, values, dtype in ways:
        yield {"library": library, "name": js, "js": FROM + js, "in": given,
               "out": tensor(values, dtype)}
    counts = ("require('simple-statistics').mean(b.select(0, 1))", float(x[1].mean()))
    texts = ("require('papaparse').unparse(a)", "1,2,3\r\n4,5,6")
    share = ("sk.metrics.accuracy_score(b.select(0, 1), c.slice([1], [1]).reshape([3]))",
             accuracy_score(x[1], x[1]))
    for library, (js, value) in [("simple-statistics", counts), ("papaparse", texts),
                                 ("sklearn", share)]:
        yield {"library": library, "name": js, "js": FROM + js, "in": given, "plain": value}
    softmax = torch.softmax(torch.tensor(x, dtype=torch.float64), -1).numpy()
    js = "require('transformers').softmax(e)"
    yield {"library": "transformers", "name": js, "js": FROM + js, "in": given, "close": True,
           "out": tensor(softmax, "float64")}
    sound = "require('node-wav')"
    js = f"{sound}.decode({sound}.encode(b.float().div(8), {{ sampleRate: 8000, float: true, bitDepth: 32 }}))"
    yield {"library": "node-wav", "name": "a tensor of torch, and back by numjs", "in": given,
           "js": FROM + f"nj.array({js})", "out": tensor(x / 8, "float32")}


def bounds():
    """What a library cannot hold it refuses, whoever brings it, and names it as it was."""
    wide = -(2**53) - 1
    given = {"dtype": "int64", "shape": [1, 2], "data": [0, str(wide)]}
    for target in ("numjs", "torch", "tfjs", "sklearn"):
        js = TARGETS[target] % "require('arquero').DataFrame(x)"
        yield {"library": target, "name": "int64 beyond 2^53, out of arquero", "in": given,
               "js": f"return {js}", "refused": f"got {wide}"}
    most = {"dtype": "int64", "shape": [1, 2], "data": [2**53 - 1, 1 - 2**53]}
    for source, target in [("numjs", "torch"), ("torch", "numjs"), ("torch", "arquero")]:
        js = TARGETS[target] % f"require('{source}').{'array' if source == 'numjs' else 'tensor'}(x)"
        yield {"library": target, "name": f"int64 up to 2^53, out of {source}", "in": most,
               "js": f"return {js}", "out": most}
    words = "require('arquero').DataFrame({ a: ['x'] })"
    for target, js in TARGETS.items():
        if target != "arquero":
            yield {"library": target, "name": "a table of words", "js": f"return {js % words}",
                   "refused": 'Column "a" holds object, not numbers'}


HOSTILE = {
    "a getter that throws": (
        "new Proxy({}, { getPrototypeOf() { throw new Error('of the hook') } })",
        dict.fromkeys(TARGETS, "of the hook")),
    "the prototype of an array of numjs": (
        "Object.create(require('numjs').NdArray.prototype)",
        {"torch": "wants a tensor, a list or numbers", "tfjs": "wants a tensor, a list or numbers",
         "sklearn": "X wants a list or a tensor"}),
    "the prototype of a table": (
        "Object.create(require('arquero').DataFrame({}).constructor.prototype)",
        {"numjs": "wants a number at $, got an object", "torch": "wants a tensor, a list or numbers",
         "tfjs": "wants a tensor, a list or numbers", "sklearn": "X wants a list or a tensor"}),
    "the prototype of a tensor of torch": (
        "Object.create(Object.getPrototypeOf(require('torch').tensor(1)))",
        {"numjs": "wants a number at $, got an object", "tfjs": "wants a tensor, a list or numbers",
         "torch": "wants a tensor, a list or numbers", "sklearn": "X wants a list or a tensor"}),
    "a tolist of its own": (
        "{ tolist: () => [1], toTensor: () => 1, dataSync: () => [1], shape: [1], dtype: 'int32' }",
        {"numjs": "wants a number at $, got an object", "torch": "wants a tensor, a list or numbers",
         "tfjs": "wants a tensor, a list or numbers", "sklearn": "X wants a list or a tensor"}),
}


def hostile():
    """What only looks like an array harms nobody but its hook, which is told so in words."""
    loaded = "require('numjs'); require('torch'); require('tfjs'); require('arquero'); "
    for name, (value, refused) in HOSTILE.items():
        for target, part in refused.items():
            yield {"library": target, "name": name, "refused": part,
                   "js": loaded + f"return {TARGETS[target] % value}"}


def without_rows():
    """A table that has no rows left says all the same what its columns held."""
    given = tensor(matrix("bool"), "bool")
    ways = ["d.slice(0, 0)", "d.filter(() => false)", "d.head(0).select('0', '1', '2')",
            "d.filter(() => false).dropna()", "d.slice(0, 0).sort_values('0')"]
    for way in ways:
        js = f"const d = require('arquero').DataFrame(x); return {way}"
        yield {"library": "arquero", "name": f"bool, {way}", "js": js + ".to_numpy()", "in": given,
               "out": tensor(np.zeros((0, 3)), "bool")}
    js = "const d = require('arquero').DataFrame(x); return d.slice(0, 0).dtypes"
    yield {"library": "arquero", "name": "bool, without rows, its dtypes", "js": js, "in": given,
           "plain": {"0": "bool", "1": "bool", "2": "bool"}}


conversions.write(row for rows in (pairs, images, calls, bounds, hostile, without_rows) for row in rows())
