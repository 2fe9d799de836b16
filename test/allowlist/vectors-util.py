"""Works out with Python's own library what the small utilities of the allowlist must give.

Run as `/usr/bin/python3 test/allowlist/vectors-util.py > test/allowlist/vectors-util.json`, with
Debian's python3-sklearn for its copy of the Iris table. The tests only read the JSON.
"""

import base64
import csv
import gzip
import io
import json
import os
import struct
import wave
import zipfile
import zlib
from collections import Counter
from datetime import datetime, timedelta, timezone
from itertools import groupby

import sklearn.datasets

b64 = lambda data: base64.b64encode(data).decode()
IRIS = open(os.path.join(os.path.dirname(sklearn.datasets.__file__), "data", "iris.csv")).read()

TEXTS = {
    "plain": "a,b\r\n1,2\r\n",
    "no end of line": "a,b\n1,2",
    "quotes": 'name,says\n"Smith, J","he said ""hi"""\n',
    "a line inside a field": 'a,b\n"one\ntwo",3\n',
    "empty fields": "a,,c\n,,\n",
    "an empty quoted field": 'a,""\n',
    "spaces are kept": " a , b \n",
    "beyond ascii": "stadt,größe\nKöln,１\n東京,🗼\n",
    "iris": IRIS,
}

CSV = [{"name": name, "text": text, "delimiter": ",", "rows": list(csv.reader(io.StringIO(text, newline="")))} for name, text in TEXTS.items()]
for delimiter, text in [(";", 'a;"b;c"\n1,5;2\n'), ("\t", "a\tb\n1\t2\n"), ("|", "a|b\n")]:
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    CSV.append({"name": f"delimiter {delimiter!r}", "text": text, "delimiter": delimiter, "rows": rows})

ROWS = [["a", 'say "x"', "b,c"], ["line\nline", "", "1"], ["ü", "🗼", "0.1"]]
out = io.StringIO(newline="")
csv.writer(out).writerows(ROWS)
UNPARSED = {"rows": ROWS, "text": out.getvalue()}
DICTS = [dict(row) for row in csv.DictReader(io.StringIO(TEXTS["quotes"], newline=""))]


def named_gzip(data, name):
    buffer = io.BytesIO()
    with gzip.GzipFile(name, "wb", 9, buffer, mtime=0) as file:
        file.write(data)
    return buffer.getvalue()


def raw(data, level=6):
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


iris = IRIS.encode()
PACKED = [
    ("gunzipSync", "gzip of iris", gzip.compress(iris, mtime=0), iris),
    ("gunzipSync", "gzip, stored", gzip.compress(iris, 0, mtime=0), iris),
    ("gunzipSync", "gzip with a name", named_gzip(iris, "iris.csv"), iris),
    ("gunzipSync", "gzip of nothing", gzip.compress(b"", mtime=0), b""),
    ("gunzipSync", "gzip of two members", gzip.compress(b"one ", mtime=0) + gzip.compress(b"two", mtime=0), b"one two"),
    ("unzlibSync", "zlib of iris", zlib.compress(iris), iris),
    ("unzlibSync", "zlib of iris, level 0", zlib.compress(iris, 0), iris),
    ("unzlibSync", "zlib of nothing", zlib.compress(b""), b""),
    ("inflateSync", "raw deflate of iris", raw(iris), iris),
    ("inflateSync", "raw deflate of nothing", raw(b""), b""),
]

ZIP_FILES = {"iris.csv": iris, "folder/größe.txt": "1 m".encode(), "empty": b"", "__proto__": b"x"}
buffer = io.BytesIO()
with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
    for name, data in ZIP_FILES.items():
        archive.writestr(zipfile.ZipInfo(name, (2020, 1, 2, 3, 4, 6)), data, zipfile.ZIP_STORED if len(data) < 4 else zipfile.ZIP_DEFLATED)
    archive.comment = b"a comment behind the end"
ZIP = buffer.getvalue()

iso = lambda date: date.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
utc = lambda *parts: datetime(*parts, tzinfo=timezone.utc)
START = utc(2024, 2, 29, 23, 59, 30)
DATES = [
    ("dayjs.utc('2024-02-29T23:59:30Z')", iso(START)),
    ("dayjs.utc('2024-02-29T23:59:30+05:30')", iso(datetime.fromisoformat("2024-02-29T23:59:30+05:30"))),
    ("dayjs.utc('2024-02-29')", iso(utc(2024, 2, 29))),
    ("dayjs.utc(1709251170123)", iso(datetime.fromtimestamp(1709251170123 / 1000, timezone.utc))),
    ("dayjs.utc('29/02/2024 07:08', 'DD/MM/YYYY HH:mm')", iso(datetime.strptime("29/02/2024 07:08 +0000", "%d/%m/%Y %H:%M %z"))),
    ("dayjs.utc('Mar 5, 2021 4:05 PM', 'MMM D, YYYY h:mm A')", iso(datetime.strptime("Mar 5, 2021 4:05 PM +0000", "%b %d, %Y %I:%M %p %z"))),
    (f"dayjs.utc('{iso(START)}').add(45, 'second')", iso(START + timedelta(seconds=45))),
    (f"dayjs.utc('{iso(START)}').add(1, 'day')", iso(START + timedelta(days=1))),
    (f"dayjs.utc('{iso(START)}').subtract(8, 'week')", iso(START - timedelta(weeks=8))),
    (f"dayjs.utc('{iso(START)}').startOf('day')", iso(START.replace(hour=0, minute=0, second=0))),
    (f"dayjs.utc('{iso(START)}').startOf('year')", iso(utc(2024, 1, 1))),
    (f"dayjs.utc('{iso(START)}').format('YYYY-MM-DD HH:mm:ss')", START.strftime("%Y-%m-%d %H:%M:%S")),
    (f"dayjs.utc('{iso(START)}').format('dddd, D MMMM YYYY')", START.strftime("%A, %-d %B %Y")),
    (f"dayjs.utc('{iso(START)}').diff(dayjs.utc('2023-12-25'), 'day')", (START - utc(2023, 12, 25)).days),
    (f"dayjs.utc('{iso(START)}').unix()", int(START.timestamp())),
    (f"dayjs.utc('{iso(START)}').day()", START.isoweekday() % 7),
    (f"dayjs.utc('{iso(START)}').isBefore('2024-03-01T00:00:00Z')", START < utc(2024, 3, 1)),
]


def wav(width, rate, channels):
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(width)
        file.setframerate(rate)
        frames = [sample for frame in zip(*channels) for sample in frame]
        if width == 1:
            file.writeframes(bytes(sample + 128 for sample in frames))
        else:
            file.writeframes(b"".join(sample.to_bytes(width, "little", signed=True) for sample in frames))
    return out.getvalue()


def scaled(width, channels):
    top = 2 ** (8 * width - 1)
    return [[s / top if s < 0 else s / (top - 1) for s in channel] for channel in channels]


def riff(*chunks):
    body = b"WAVE" + b"".join(name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


SOUNDS = []
for width in (1, 2, 3, 4):
    top = 2 ** (8 * width - 1)
    channels = [[0, 1, -1, top - 1, -top], [top // 3, -top // 3, 5, -7, 0]]
    SOUNDS.append({"name": f"PCM of {8 * width} bits, 2 channels", "file": b64(wav(width, 44100, channels)), "sampleRate": 44100, "channels": scaled(width, channels)})

# By the format's text: kind, channels, rate, bytes a second, bytes a frame, bits; here the samples
# begin at a place that is no multiple of their size, behind a chunk of odd length.
floats = [0.0, 0.5, -1.0, 0.25]
for kind, bits, letter in ((3, 32, "f"), (3, 64, "d")):
    fmt = struct.pack("<HHIIHH", kind, 1, 8000, 8000 * bits // 8, bits // 8, bits)
    file = riff((b"fmt ", fmt), (b"LIST", b"odd"), (b"data", struct.pack(f"<4{letter}", *floats)))
    SOUNDS.append({"name": f"float of {bits} bits", "file": b64(file), "sampleRate": 8000, "channels": [floats]})
guid = struct.pack("<H", 1) + bytes.fromhex("000000001000800000aa00389b71")
fmt = struct.pack("<HHIIHH", 0xFFFE, 1, 8000, 16000, 2, 16) + struct.pack("<HHI", 22, 16, 4) + guid
SOUNDS.append({"name": "PCM by its GUID", "file": b64(riff((b"fmt ", fmt), (b"data", struct.pack("<2h", -32768, 32767)))), "sampleRate": 8000, "channels": [[-1.0, 1.0]]})
whole = wav(2, 8000, [[100, -100, 300]])
for name, change in (("cut in its samples", whole[:-1]), ("that claims 4 GiB", whole[:40] + b"\xff" * 4 + whole[44:])):
    count = 2 if "cut" in name else 3
    SOUNDS.append({"name": name, "file": b64(change), "sampleRate": 8000, "channels": scaled(2, [[100, -100, 300][:count]])})

FLOWERS = [{"species": row[4], "petal": float(row[2])} for row in list(csv.reader(io.StringIO(IRIS)))[1::13]]
by_species = lambda flowers: {key: list(group) for key, group in groupby(sorted(flowers, key=lambda f: f["species"]), key=lambda f: f["species"])}
LISTS = [
    ("_", "_.groupBy(flowers, 'species')", by_species(FLOWERS)),
    ("_", "_.countBy(flowers, 'species')", dict(Counter(f["species"] for f in FLOWERS))),
    ("_", "_.sumBy(flowers, 'petal').toFixed(9)", f"{sum(f['petal'] for f in FLOWERS):.9f}"),
    ("_", "_.orderBy(flowers, ['species', 'petal'], ['desc', 'asc'])", sorted(sorted(FLOWERS, key=lambda f: f["petal"]), key=lambda f: f["species"], reverse=True)),
    ("_", "_.maxBy(flowers, 'petal')", max(FLOWERS, key=lambda f: f["petal"])),
    ("_", "_.chunk([1, 2, 3, 4, 5], 2)", [[1, 2], [3, 4], [5]]),
    ("_", "_.zip([1, 2], ['a', 'b'])", [list(pair) for pair in zip([1, 2], ["a", "b"])]),
    ("_", "_.uniq([3, 1, 3, 2, 1])", list(dict.fromkeys([3, 1, 3, 2, 1]))),
    ("_", "_.get({a: [{b: 7}]}, 'a[0].b')", {"a": [{"b": 7}]}["a"][0]["b"]),
    ("_", "_.template('<%= a %>-<%= b %>')({a: 1, b: 'x'})", "{a}-{b}".format(a=1, b="x")),
    ("_", "_.range(1, 10, 3)", list(range(1, 10, 3))),
    ("es", "es.groupBy(flowers, (flower) => flower.species)", by_species(FLOWERS)),
    ("es", "es.countBy(flowers, (flower) => flower.species)", dict(Counter(f["species"] for f in FLOWERS))),
    ("es", "es.sortBy(flowers, ['species', 'petal'])", sorted(FLOWERS, key=lambda f: (f["species"], f["petal"]))),
    ("es", "es.chunk([1, 2, 3, 4, 5], 2)", [[1, 2], [3, 4], [5]]),
    ("es", "es.zip([1, 2], ['a', 'b'])", [list(pair) for pair in zip([1, 2], ["a", "b"])]),
    ("es", "es.uniq([3, 1, 3, 2, 1])", list(dict.fromkeys([3, 1, 3, 2, 1]))),
    ("es", "es.sum(flowers.map((flower) => flower.petal)).toFixed(9)", f"{sum(f['petal'] for f in FLOWERS):.9f}"),
    ("es", "es.range(1, 10, 3)", list(range(1, 10, 3))),
    ("es", "es.partition([1, 2, 3, 4], (n) => n % 2 === 0)", [[2, 4], [1, 3]]),
    ("es", "es.snakeCase('petalWidthCm')", "petal_width_cm"),
]

print(json.dumps({
    "csv": CSV,
    "dicts": DICTS,
    "unparsed": UNPARSED,
    "packed": [{"by": by, "name": name, "file": b64(file), "data": b64(data)} for by, name, file, data in PACKED],
    "zip": {"file": b64(ZIP), "files": [[name, b64(data)] for name, data in ZIP_FILES.items()]},
    "dates": [{"js": js, "value": value} for js, value in DATES],
    "sounds": SOUNDS,
    "flowers": FLOWERS,
    "lists": [{"library": library, "js": js, "value": value} for library, js, value in LISTS],
}, indent=1, ensure_ascii=False))
