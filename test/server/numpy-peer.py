"""What Python packs and what it reads: the other side of numpy-peer.test.ts.

`write` prints one JSON line for each value that it packed: its name, its bytes, and of each array
its dtype, its shape and the SHA-256 of its elements, little-endian and in C order, worked out without
msgpack. `read` takes such lines, unpacks each and compares to the bit. The packers are
msgpack-numpy's own, and openpi's and that of old clients as they are described.
"""

import base64
import hashlib
import json
import sys

import msgpack
import msgpack_numpy
import numpy as np

DTYPES = [
    "float64", "float32", "float16", "int64", "int32", "int16", "int8",
    "uint64", "uint32", "uint16", "uint8", "bool",
]
SHAPES = [(), (0,), (1,), (7,), (2, 3), (3, 0, 2), (2, 1, 3, 2), (1,) * 9, (300,), (70, 320)]


def openpi(obj):
    """The dialect of robots, from its description: bytes as keys, scalars as plain numbers."""
    if isinstance(obj, np.ndarray):
        return {b"__ndarray__": True, b"data": obj.tobytes(), b"dtype": obj.dtype.str,
                b"shape": obj.shape}
    if isinstance(obj, np.generic):
        return {b"__npgeneric__": True, b"data": obj.item(), b"dtype": obj.dtype.str}
    return obj


def texts(obj):
    """Old clients: the keys are texts and there is no kind."""
    made = msgpack_numpy.encode(obj)
    if made is obj:
        return obj
    return {key.decode(): value for key, value in made.items() if key != b"kind"}


PACKERS = {"msgpack-numpy": msgpack_numpy.encode, "openpi": openpi, "texts": texts}


def facts(array):
    """What an array is, without msgpack: dtype, shape, and a checksum of its elements."""
    little = np.asarray(array).astype(array.dtype.newbyteorder("<"), copy=True)
    data = little.tobytes(order="C")
    return {"dtype": array.dtype.name, "shape": list(array.shape),
            "sha256": hashlib.sha256(data).hexdigest()}


def filled(dtype, shape, seed):
    """Elements of any bits: of floats some are no numbers; of bools all are 0 or 1."""
    random = np.random.RandomState(seed)
    kind = np.dtype(dtype)
    count = int(np.prod(shape))
    if kind.kind == "b":
        return random.randint(0, 2, count).astype(bool).reshape(shape)
    return np.frombuffer(random.bytes(count * kind.itemsize), dtype=kind).reshape(shape)


def arrays():
    for at, dtype in enumerate(DTYPES):
        for shape in SHAPES:
            array = filled(dtype, shape, at * 100 + len(shape))
            yield f"{dtype} {list(shape)}", array
            yield f"{dtype} {list(shape)}, big-endian", array.astype(array.dtype.newbyteorder(">"))
        square = filled(dtype, (4, 6), at)
        yield f"{dtype} in Fortran order", np.asfortranarray(square)
        yield f"{dtype} with strides", square[::2, ::-3]
        yield f"{dtype} transposed", square.T


def scalars():
    for dtype in DTYPES:
        kind = np.dtype(dtype)
        if kind.kind == "b":
            some = [False, True]
        elif kind.kind == "f":
            some = [0, 1.5, -2, 0.1, np.inf, np.finfo(kind).max]
        else:
            least, most = np.iinfo(kind).min, np.iinfo(kind).max
            some = {0, 1, least, min(most, 2**63 - 1), max(least, -(2**31) - 1)}
            some |= {max(least, -(2**31)), min(most, 2**32 - 1), min(most, 2**32)}
        for one in some:
            yield f"{dtype} {one}", kind.type(one)


def refused():
    yield "objects", np.array([None, {}], dtype=object)
    yield "structures", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i2")])
    yield "texts", np.array(["a", "bc"])
    yield "bytes", np.array([b"a", b"bc"])
    yield "dates", np.array(["2026-11-25"], dtype="datetime64[D]")
    yield "durations", np.array([1], dtype="timedelta64[ns]")
    yield "complex numbers", np.array([1j])
    yield "a complex number", np.complex128(1j)
    yield "long doubles", np.zeros(1, dtype=np.longdouble)


def write():
    for dialect, encode in PACKERS.items():
        def put(kind, name, value, **more):
            packed = msgpack.packb(value, default=encode, use_bin_type=True)
            print(json.dumps({"kind": kind, "name": f"{dialect}: {name}",
                              "packed": base64.b64encode(packed).decode(), **more}))

        every = list(arrays())
        for name, array in every:
            put("array", name, array, facts=facts(array))
        nested = {"list": [array for _, array in every[:20]], "in": {"side": [every[30][1], 1, "a"]}}
        put("nested", "arrays in lists and dicts", nested,
            facts=[facts(array) for _, array in every[:20] + every[30:31]])
        for name, scalar in scalars():
            # As text: JSON has neither integers of 64 bits nor what is no number.
            plain = scalar.item()
            put("scalar", name, scalar, is_a=type(plain).__name__, reads=repr(plain))
        for name, value in refused():
            # With texts as keys a list as the type may mean anything: such a dict is an ordinary one.
            if (dialect, name) == ("texts", "structures"):
                continue
            try:
                put("refused", name, value)
            except (ValueError, TypeError):
                # Of dates there is no buffer, so msgpack-numpy itself does not send them.
                print(json.dumps({"kind": "unpacked", "name": f"{dialect}: {name}"}))


def read():
    """Reads lines of bytes and the facts of the array in them; prints what is wrong with each."""
    for line in sys.stdin:
        case = json.loads(line)
        value = msgpack.unpackb(base64.b64decode(case["packed"]), object_hook=msgpack_numpy.decode)
        array = value["here"][1]
        got = facts(array) if isinstance(array, np.ndarray) else repr(array)
        around = [value["before"], value["here"][0], value["here"][2], value["after"]]
        wrong = got != case["facts"] or around != [2**40, "text", b"\x00\xff", None]
        print(json.dumps(f"{case['name']}: got {got}, {around}" if wrong else None))


def version():
    """Prints a line when all is there that is asked for."""
    print(json.dumps({"numpy": np.__version__, "msgpack": msgpack.version}))


if __name__ == "__main__":
    {"write": write, "read": read, "version": version}[sys.argv[1]]()
