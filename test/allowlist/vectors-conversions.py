"""Works out what a tensor becomes in each library, and what the library's own values come back as.

Run as `/usr/bin/python3 test/allowlist/vectors-conversions.py > test/allowlist/vectors-conversions.json`,
with Debian's python3-numpy, python3-pil, python3-sklearn and python3-torch. The test reads the JSON.

A row is a library, the body of a hook whose argument is `x` (and `files`), what goes in, and what
must come out. Values are those of numpy; a dtype that Python's library has not is said in `HOLDS`.
"""

import base64
import datetime
import io
import json
import math
import wave

import numpy as np
import torch
from PIL import Image
from sklearn.preprocessing import MinMaxScaler

FLOATS = ["float64", "float32", "float16", "bfloat16"]
SIGNED = ["int64", "int32", "int16", "int8"]
UNSIGNED = ["uint64", "uint32", "uint16", "uint8"]
DTYPES = [*FLOATS, *SIGNED, *UNSIGNED, "bool"]

# What each library holds a dtype as. All others it holds as they are.
HOLDS = {
    "numjs": {"float16": "float32", "bfloat16": "float32"},
    "torch": {"uint64": "int64", "uint32": "int64", "uint16": "int32"},
    "tfjs": {**{name: "float32" for name in FLOATS}, **{name: "int32" for name in SIGNED + UNSIGNED}},
    "arquero": {"float16": "float32", "bfloat16": "float32"},
    "sklearn": {name: "float64" for name in DTYPES},
}

# What each says to an integer that it cannot hold.
REFUSES = {
    "numjs": "holds integers up to 2^53",
    "torch": "holds whole numbers",
    "tfjs": "holds whole numbers",
}


def rounded(values, dtype):
    """What values are after they were held in a dtype, as an array of numpy (bfloat16: float32)."""
    if dtype != "bfloat16":
        return np.asarray(values).astype(dtype)
    return torch.tensor(np.asarray(values, np.float64)).to(torch.bfloat16).to(torch.float32).numpy()


def tensor(values, dtype):
    array = rounded(values, dtype)
    return {"dtype": dtype, "shape": list(array.shape), "data": [plain(x) for x in array.ravel()]}


def plain(x):
    """JSON has neither NaN nor all of int64: those are texts."""
    value = x.item() if hasattr(x, "item") else x
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    return value if math.isfinite(value) else str(value)


def matrix(dtype):
    if dtype == "bool":
        return [[1, 0, 1], [0, 0, 1]]
    if dtype in FLOATS:
        return [[0.1, -2.5, 3.75], [1e-3, 0.0, 300.0]]
    sign = 1 if dtype in UNSIGNED else -1
    return [[1 * sign, 2, 3], [100, sign * 120, 0]]


# Each library's way to say the same: what is made of `x`, and views of that.
VIEWS = {
    "as it is": lambda a: a,
    "transposed": lambda a: a.T,
    "a slice": lambda a: a[1:, :2],
    "every second column": lambda a: a[:, ::2],
    "reversed": lambda a: a[:, ::-1],
    "transposed, then a slice": lambda a: a.T[1:, ::-1],
    "a row": lambda a: a[1],
    "a column": lambda a: a[:, 1],
    "of three axes, turned": lambda a: a.reshape(2, 1, 3).transpose(2, 0, 1),
}
NJ = "const a = require('numjs').array(x); return "
PT = "const a = require('torch').tensor(x); return "
TF = "const a = require('tfjs').tensor(x); return "
AQ = "const a = require('arquero').DataFrame(x, { columns: ['p', 'q', 'r'] }); return "
SK = "const a = require('sklearn').linalg.matrix(x); return "
BODIES = {
    "numjs": (NJ, {
        "as it is": "a",
        "transposed": "a.T",
        "a slice": "a.slice(1, [0, 2])",
        "every second column": "a.slice(null, [0, 3, 2])",
        "reversed": "a.step(1, -1)",
        "transposed, then a slice": "a.T.slice(1).step(1, -1)",
        "a row": "a.pick(1)",
        "a column": "a.pick(null, 1)",
        "of three axes, turned": "a.reshape(2, 1, 3).transpose(2, 0, 1)",
    }),
    "torch": (PT, {
        "as it is": "a",
        "transposed": "a.t()",
        "a slice": "a.narrow(0, 1, 1).narrow(1, 0, 2)",
        "every second column": "a.index_select(1, [0, 2])",
        "reversed": "a.flip(1)",
        "transposed, then a slice": "a.t().narrow(0, 1, 2).flip(1)",
        "a row": "a.select(0, 1)",
        "a column": "a.select(1, 1)",
        "of three axes, turned": "a.reshape(2, 1, 3).permute(2, 0, 1)",
    }),
    "tfjs": (TF, {
        "as it is": "a",
        "transposed": "a.transpose()",
        "a slice": "a.slice([1, 0], [1, 2])",
        "every second column": "a.stridedSlice([0, 0], [2, 3], [1, 2])",
        "reversed": "a.reverse(1)",
        "transposed, then a slice": "a.transpose().slice([1, 0]).reverse(1)",
        "a row": "a.slice([1], [1]).reshape([3])",
        "a column": "a.slice([0, 1], [2, 1]).reshape([2])",
        "of three axes, turned": "a.reshape([2, 1, 3]).transpose([2, 0, 1])",
    }),
    "arquero": (AQ, {
        "as it is": "a.to_numpy()",
        "a slice": "a.slice(1).to_numpy(['p', 'q'])",
        "every second column": "a.select('p', 'r').to_numpy()",
        "reversed": "a.select('r', 'q', 'p').values()",
        "a row": "require('numjs').array(a.tail(1)).pick(0)",
        "a column": "a.to_numpy('q')",
    }),
    "sklearn": (SK, {
        "as it is": "a",
        "transposed": "a.transpose()",
        "a slice": "a.subMatrix(1, 1, 0, 1)",
        "every second column": "a.subMatrixColumn([0, 2])",
        "reversed": "a.subMatrixColumn([2, 1, 0])",
        "transposed, then a slice": "a.transpose().selection([1, 2], [1, 0])",
    }),
}


def rows_of(library):
    start, views = BODIES[library]
    for dtype in DTYPES:
        held = HOLDS[library].get(dtype, dtype)
        given = tensor(matrix(dtype), dtype)
        values = rounded(matrix(dtype), dtype)
        for name, js in views.items():
            row = {"name": f"{dtype}, {name}", "library": library, "in": given, "js": start + js}
            yield {**row, "out": tensor(VIEWS[name](values), held)}


def edges_of(library):
    """The first and last number of each dtype, no axes, no elements."""
    start, views = BODIES[library]
    js = start + views["as it is"]
    for dtype in DTYPES:
        held = HOLDS[library].get(dtype, dtype)
        row = {"library": library, "js": js}
        if library in ("numjs", "torch", "tfjs"):
            one = matrix(dtype)[0][2]
            yield {**row, "name": f"{dtype}, no axes", "in": tensor(one, dtype),
                   "out": tensor(rounded(one, dtype), held)}
        if library != "sklearn":
            none = np.zeros((0, 3))
            yield {**row, "name": f"{dtype}, no elements", "in": tensor(none, dtype),
                   "out": tensor(none, held)}
        yield from extremes(row, dtype, held)


def extremes(row, dtype, held):
    if dtype == "bool":
        return
    if dtype in FLOATS:
        ends = [math.nan, math.inf, -math.inf]
        if row["library"] == "sklearn":
            return
    else:
        info = np.iinfo(dtype)
        ends = [max(info.min, 1 - 2**53), min(info.max, 2**53 - 1), 0]
        if held == "int32" and (ends[0] < -(2**31) or ends[1] >= 2**31):
            given = {"dtype": dtype, "shape": [1, 3], "data": [plain(x) for x in ends]}
            yield {**row, "name": f"{dtype}, first and last", "in": given,
                   "refused": REFUSES[row["library"]]}
            return
    values = np.array([ends], np.float32 if dtype == "bfloat16" else dtype)
    yield {**row, "name": f"{dtype}, first and last", "in": tensor(values, dtype),
           "out": tensor(values, held)}


def beyond():
    """No integer loses its value in silence."""
    for library in ("numjs", "torch", "tfjs"):
        start, views = BODIES[library]
        for dtype, value in [("int64", -(2**53) - 1), ("uint64", 2**64 - 1)]:
            given = {"dtype": dtype, "shape": [1, 3], "data": [str(value), 0, 0]}
            for part in (REFUSES[library], f"got {value}"):
                yield {"library": library, "name": f"{dtype}, beyond 2^53: {part}",
                       "js": start + "a", "in": given, "refused": part}
    for dtype, value in [("int64", -(2**53) - 1), ("uint64", 2**64 - 1)]:
        given = {"dtype": dtype, "shape": [1, 3], "data": [0, str(value), 0]}
        yield {"library": "sklearn", "name": f"{dtype}, beyond 2^53", "js": SK + "a", "in": given,
               "refused": f"X[0][1] wants an integer below 2^53, got {value}"}
    start, views = BODIES["arquero"]
    for dtype, value in [("int64", -(2**63)), ("uint64", 2**64 - 1)]:
        given = {"dtype": dtype, "shape": [1, 3], "data": [str(value), 0, 0]}
        yield {"library": "arquero", "name": f"{dtype}, its last", "js": start + "a.to_numpy()",
               "in": given, "out": given}


def learned():
    """What scikit-learn's own transformers give out."""
    js = "return require('sklearn').preprocessing.MinMaxScaler().fit_transform("
    ways = [
        ("x)", lambda a: a),
        ("require('numjs').array(x).step(-1, -1))", lambda a: a[::-1, ::-1]),
        ("require('torch').tensor(x).t())", lambda a: a.T),
    ]
    for inner, view in ways:
        for dtype in ("float64", "float32", "int32", "uint8", "bool"):
            values = view(rounded(matrix(dtype), dtype))
            wanted = MinMaxScaler().fit_transform(values)
            yield {"library": "sklearn", "name": f"{dtype}, scaled, {inner}", "js": js + inner,
                   "in": tensor(matrix(dtype), dtype), "close": True,
                   "out": tensor(wanted, str(wanted.dtype))}
    column = "require('arquero').DataFrame(x, { columns: ['p', 'q', 'r'] }).to_numpy(['q'])"
    values = rounded(matrix("float64"), "float64")[:, 1:2]
    yield {"library": "sklearn", "name": "a column of arquero, scaled", "js": js + column + ")",
           "in": tensor(matrix("float64"), "float64"), "close": True,
           "out": tensor(MinMaxScaler().fit_transform(values), "float64")}


def records():
    names = "p", "q", "r"
    for dtype in DTYPES:
        values = rounded(matrix(dtype), dtype)
        kind = {"b": bool, "i": int, "u": int, "f": float}[values.dtype.kind]
        wide = "bigint" if dtype in ("int64", "uint64") else None
        cells = [[kind(x) if wide is None else {wide: str(x)} for x in row] for row in values]
        yield {"library": "arquero", "name": f"{dtype}, as records", "js": AQ + "a",
               "in": tensor(matrix(dtype), dtype),
               "plain": [dict(zip(names, row)) for row in cells]}


def pictures():
    y, x = np.mgrid[0:3, 0:4]
    pixels = np.stack([x * 60, y * 100, x * y * 20, 255 - x * 10], -1).astype(np.uint8)
    image = Image.fromarray(pixels, "RGBA")
    out = io.BytesIO()
    image.save(out, "PNG")
    file = base64.b64encode(out.getvalue()).decode()
    open_ = "const { Jimp } = require('jimp'); const a = await Jimp.fromBuffer(files[0]); return "
    views = [
        ("as it is", "a", image),
        ("a crop", "a.crop({ x: 1, y: 1, w: 2, h: 2 })", image.crop((1, 1, 3, 3))),
        ("mirrored", "a.flip({ horizontal: true })", image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
        ("turned", "a.rotate(90)", image.transpose(Image.Transpose.ROTATE_90)),
    ]
    for name, js, wanted in views:
        yield {"library": "jimp", "name": f"a file, {name}", "file": file, "js": open_ + js,
               "out": tensor(np.asarray(wanted), "uint8")}
    given = tensor(pixels, "uint8")
    js = ("const { Jimp } = require('jimp'); const [height, width] = x.shape; "
          "return Jimp.fromBitmap({ data: x.data, width, height })")
    yield {"library": "jimp", "name": "uint8, of its pixels", "in": given, "js": js, "out": given}
    rgb = open_ + "require('numjs').array(a).slice(null, null, [0, 3]).transpose(2, 0, 1)"
    yield {"library": "jimp", "name": "a file, its colours by planes in numjs", "file": file,
           "js": rgb, "out": tensor(pixels[:, :, :3].transpose(2, 0, 1), "uint8")}


def sounds():
    samples = np.array([[0, 32767, -32768, 100], [1, -1, 16384, -200]], np.int16)
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams((2, 2, 8000, 0, "NONE", ""))
        sound.writeframes(samples.T.astype("<i2").tobytes())
    scaled = np.where(samples < 0, samples / 32768, samples / 32767).astype(np.float32)
    file = base64.b64encode(out.getvalue()).decode()
    js = "return require('node-wav').decode(files[0])"
    yield {"library": "node-wav", "name": "a file, its samples", "file": file,
           "js": js + ".toTensor()", "out": tensor(scaled, "float32")}
    yield {"library": "node-wav", "name": "a file, as it is", "file": file, "js": js,
           "plain": {"sampleRate": 8000, "samples": {"tensor": tensor(scaled, "float32")}}}
    wide = "return require('node-wav').decode(require('node-wav').encode("
    ends = ", { sampleRate: 8000, float: true, bitDepth: 32 })).toTensor()"
    yield {"library": "node-wav", "name": "float32, there and back", "js": wide + "x" + ends,
           "in": tensor(scaled, "float32"), "out": tensor(scaled, "float32")}


def dates():
    at = datetime.datetime(2024, 2, 29, 23, 30, 15, 250000, datetime.timezone.utc)
    text = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    later = (at + datetime.timedelta(days=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    js = "return require('dayjs').utc("
    yield {"library": "dayjs", "name": "a text, as a date", "js": js + f"'{text}')", "plain": text}
    yield {"library": "dayjs", "name": "milliseconds, a day later", "plain": later,
           "js": js + f"{int(at.timestamp() * 1000)}).add(1, 'day')"}


def table():
    """All rows of this script, in their order."""
    yield from (row for library in BODIES for row in [*rows_of(library), *edges_of(library)])
    for rows in (beyond, learned, records, pictures, sounds, dates):
        yield from rows()


def write(rows):
    print("[" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "]")


if __name__ == "__main__":
    write(table())
