# Writes oip.json: tensors of each datatype, as numpy lays them out and as Python writes their JSON.
# Run it beside the file: python3 oip.py > oip.json

import json

import numpy as np

TYPES = {
    "BOOL": "?", "UINT8": "u1", "UINT16": "<u2", "UINT32": "<u4", "UINT64": "<u8",
    "INT8": "i1", "INT16": "<i2", "INT32": "<i4", "INT64": "<i8",
    "FP16": "<f2", "FP32": "<f4", "FP64": "<f8",
}


def row(name, datatype, values, shape=None):
    array = np.array(values, dtype=TYPES[datatype])
    array = array if shape is None else array.reshape(shape)
    try:
        text = json.dumps(array.flatten().tolist(), allow_nan=False)
        nested = json.dumps(array.tolist(), allow_nan=False)
    except ValueError:
        text = nested = None
    return {"name": name, "datatype": datatype, "shape": list(array.shape),
            "hex": array.tobytes().hex(), "json": text, "nested": nested}


def bfloat16(name, values):
    """numpy has no bfloat16: it is the upper half of a float32; these values lose nothing."""
    bits = np.array(values, dtype="<f4").view("<u4")
    assert not (bits & 0xFFFF).any()
    return {"name": name, "datatype": "BF16", "shape": [len(values)],
            "hex": (bits >> 16).astype("<u2").tobytes().hex(), "json": None, "nested": None}


def whole(datatype):
    info = np.iinfo(TYPES[datatype])
    return row("least, most and one", datatype, [info.min, info.max, 1])


rows = [whole(datatype) for datatype in TYPES if "INT" in datatype]
rows += [
    row("2^53 + 1 and its neighbours", "INT64", [2**53 + 1, -(2**53) - 1, 2**53 - 1]),
    row("2^53 + 1 and its neighbours", "UINT64", [2**53 + 1, 2**53 - 1]),
    row("true and false", "BOOL", [True, False, True]),
    row("numbers", "FP32", [0.1, -1.5, 3.4028234663852886e38, 1e-45]),
    row("minus zero", "FP32", [0.0, -0.0, 1.0]),
    row("NaN and infinities", "FP32", [float("nan"), float("inf"), float("-inf")]),
    row("numbers", "FP64", [0.1, -1.5, 1.7976931348623157e308, 5e-324, 1e300, 9007199254740993.0]),
    row("minus zero", "FP64", [-0.0]),
    row("NaN and infinities", "FP64", [float("nan"), float("inf"), float("-inf")]),
    row("numbers", "FP16", [0.1, -1.5, 65504.0, 6e-8]),
    row("NaN, infinity and minus zero", "FP16", [float("nan"), float("inf"), -0.0]),
    bfloat16("numbers", [1.0, -1.5, 3.0, -0.0]),
    bfloat16("infinities", [float("inf"), float("-inf")]),
    row("a matrix", "INT32", range(6), (2, 3)),
    row("a cube", "FP32", np.arange(12) / 4, (2, 3, 2)),
    row("one element without axes", "FP64", [2.5], ()),
    row("one element without axes", "INT64", [2**63 - 1], ()),
    row("no rows", "FP32", [], (0, 4)),
    row("rows of nothing", "INT64", [], (3, 0)),
    row("one row of one", "UINT8", [7], (1, 1)),
]
print(json.dumps(rows, indent=1))
