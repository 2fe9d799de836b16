"""Works out with numpy and Pillow what the stand-ins of the allowlist must give.

Run as `/usr/bin/python3 test/allowlist/vectors.py > test/allowlist/vectors.json`, with Debian's
python3-numpy and python3-pil. The tests only read the JSON.
"""

import base64
import io
import json
import math

import numpy as np
from PIL import Image

M = [[3.0, -1.5, 4.0], [1.0, 5.5, -9.0]]
CUBE = np.arange(24, dtype=np.float64).reshape(2, 3, 4)
TIES = [[2, 7, 7], [9, 9, 1]]
IMAGE = [[[0, 51, 102], [153, 204, 255]]]
NAN = [[1.0, math.nan, 3.0], [4.0, 2.0, math.inf]]


def softmax(x, axis=None):
    x = np.asarray(x, dtype=np.float64)
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def f32(x):
    return np.array(x, dtype=np.float32)


# The expression in JavaScript, and what it is in numpy. `dtype` is checked where numjs has it.
NUMBERS = [
    ("nj.argmax(M)", np.argmax(M)),
    ("nj.argmax(M, 0)", np.argmax(M, axis=0)),
    ("nj.argmax(M, 1)", np.argmax(M, axis=1)),
    ("nj.argmax(M, -1)", np.argmax(M, axis=-1)),
    ("nj.argmin(M, 0)", np.argmin(M, axis=0)),
    ("nj.argmax(TIES, 1)", np.argmax(TIES, axis=1)),
    ("nj.argmin(TIES, -1)", np.argmin(TIES, axis=-1)),
    ("nj.argmax(NAN, 1)", np.argmax(NAN, axis=1)),
    ("nj.array(M).argmax(1)", np.argmax(M, axis=1)),
    ("nj.array(M).T.argmax(1)", np.argmax(np.array(M).T, axis=1)),
    ("nj.argmax([1, 3, 2], 0)", np.argmax([1, 3, 2], axis=0)),
    ("nj.softmax(M, 0)", softmax(M, 0)),
    ("nj.softmax(M, 1)", softmax(M, 1)),
    ("nj.softmax(M, -1)", softmax(M, -1)),
    ("nj.softmax(M)", softmax(M)),
    ("nj.softmax([1000, 1001])", softmax([1000, 1001])),
    ("nj.array(M, 'float32').softmax(1)", softmax(M, 1).astype(np.float32)),
    ("nj.mean(M)", np.mean(M)),
    ("nj.mean(M, 0)", np.mean(M, axis=0)),
    ("nj.mean(CUBE, 1)", np.mean(CUBE, axis=1)),
    ("nj.mean(CUBE, -2)", np.mean(CUBE, axis=-2)),
    ("nj.mean(nj.uint8([200, 201]))", np.mean(np.uint8([200, 201]))),
    ("nj.std(M, 0)", np.std(M, axis=0)),
    ("nj.std(M, 1, {ddof: 1})", np.std(M, axis=1, ddof=1)),
    ("nj.std(M, {ddof: 1})", np.std(M, ddof=1)),
    ("nj.std([1e9, 1e9 + 1, 1e9 + 2])", np.std([1e9, 1e9 + 1, 1e9 + 2])),
    ("nj.std(nj.uint8([200, 100]))", np.std(np.uint8([200, 100]))),
    ("nj.max(M)", np.max(M)),
    ("nj.max(M, 0)", np.max(M, axis=0)),
    ("nj.min(CUBE, 2)", np.min(CUBE, axis=2)),
    ("nj.max(NAN, 1)", np.max(NAN, axis=1)),
    ("nj.array(TIES, 'int32').max(1)", np.max(np.array(TIES, dtype=np.int32), axis=1)),
    ("nj.sum(M)", np.sum(M)),
    ("nj.sum(CUBE, 0)", np.sum(CUBE, axis=0)),
    ("nj.sum(CUBE, 1, {keepdims: true})", np.sum(CUBE, axis=1, keepdims=True)),
    ("nj.sum(nj.array(TIES, 'float32'), 0)", np.sum(f32(TIES), axis=0)),
    ("nj.array([])", np.array([])),
    ("nj.array([[], []])", np.array([[], []])),
    ("nj.array(7)", np.array(7.0)),
    ("nj.array(M)", np.array(M)),
    ("nj.array(M, 'float32')", f32(M)),
    ("nj.array(M, Float32Array)", f32(M)),
    ("nj.array(TIES, 'uint8')", np.array(TIES, dtype=np.uint8)),
    ("nj.array(new Float32Array([1.5, 2.5]))", f32([1.5, 2.5])),
    ("nj.array(new BigInt64Array([-1n, 2n]))", np.array([-1, 2], dtype=np.int64)),
    ("nj.array(new BigUint64Array())", np.array([], dtype=np.uint64)),
    ("nj.array(new Uint8ClampedArray([1]))", np.array([1], dtype=np.uint8)),
    ("nj.array([true, false])", np.array([True, False])),
    ("nj.array([[1, 2], [3, 4]], 'array')", np.array([[1.0, 2], [3, 4]])),
    ("nj.array(new Int16Array([-1, 2]))", np.array([-1, 2], dtype=np.int16)),
    ("nj.array([new Uint8Array([1, 2]), [3, 4]])", np.array([[1, 2], [3, 4]], dtype=np.float64)),
    ("nj.array([nj.array([1, 2]), nj.array([3, 4])])", np.array([[1.0, 2], [3, 4]])),
    ("nj.zeros([2, 2])", np.zeros([2, 2])),
    ("nj.ones(3, 'int32')", np.ones(3, dtype=np.int32)),
    ("nj.arange(4)", np.arange(4.0)),
    ("nj.array(M).T", np.array(M).T),
    ("nj.array(CUBE).transpose(2, 0, 1)", CUBE.transpose(2, 0, 1)),
    ("nj.array(CUBE).slice(null, [1, 3], [0, 4, 2])", CUBE[:, 1:3, 0:4:2]),
    ("nj.array(CUBE).step(1, -1, 1)", CUBE[:, ::-1, :]),
    ("nj.array(CUBE).step(-1, -2)", CUBE[::-1, ::-2]),
    ("nj.array(CUBE).pick(1, null, 2)", CUBE[1, :, 2]),
    ("nj.array(CUBE).pick(1, 1, 1)", np.array(CUBE[1, 1, 1])),
    ("nj.array(CUBE).lo(0, 1, 1).hi(2, 1, 2).T", CUBE[:2, 1:2, 1:3].T),
    ("nj.array(M).T.mean(0)", np.mean(np.array(M).T, axis=0)),
    ("nj.array(CUBE).step(1, -1).max(1)", np.max(CUBE[:, ::-1], axis=1)),
    ("nj.array(CUBE).reshape(6, 4)", CUBE.reshape(6, 4)),
    ("nj.uint8(IMAGE).divide(255)", np.uint8(IMAGE) / 255),
    ("nj.float32(IMAGE).divide(255)", f32(IMAGE) / np.float32(255)),
    ("nj.uint8(IMAGE).subtract(0.5)", np.uint8(IMAGE) - 0.5),
    ("nj.array(M).subtract([1, 2, 3])", np.array(M) - [1, 2, 3]),
    ("nj.array(M).multiply([[2], [10]])", np.array(M) * [[2], [10]]),
    ("nj.array([1, 2, 3]).add(M)", np.array([1, 2, 3]) + M),
    ("nj.add(nj.uint8([250]), nj.int8([10]))", np.add(np.uint8([250]), np.int8([10]))),
    ("nj.int32([7]).divide(nj.int32([2]))", np.int32([7]) / np.int32([2])),
    ("nj.float32([1]).add(nj.int32([2]))", f32([1]) + np.int32([2])),
    ("nj.float32([1]).add(nj.int16([2]))", f32([1]) + np.int16([2])),
    ("nj.exp(nj.array([0, 1], 'int32'))", np.exp(np.array([0, 1]))),
    ("nj.sqrt(nj.array([4, 2], 'int32'))", np.sqrt(np.array([4, 2]))),
    ("nj.sin(nj.array([0, 1], 'int32'))", np.sin(np.array([0, 1]))),
    ("nj.dot([[1, 2], [3, 4]], new Float64Array([5, 6]))", np.dot([[1.0, 2], [3, 4]], [5.0, 6])),
    ("nj.clip(M, -1, 4)", np.clip(M, -1, 4)),
    ("nj.sigmoid(M)", 1 / (1 + np.exp(-np.array(M)))),
    ("nj.tanh(M)", np.tanh(M)),
    ("nj.abs(M)", np.abs(M)),
    ("nj.log(nj.uint8([1, 100]))", np.log([1.0, 100.0])),
    ("nj.power(M, 2)", np.power(M, 2)),
    ("nj.array([5, 6, 7]).add(nj.array([1]))", np.array([6.0, 7, 8])),
    ("nj.array([1, 2, 3, 4]).convolve([1, 0.5])", np.convolve([1, 2, 3, 4], [1, 0.5], "valid")),
    ("nj.convolve(CUBE[0], [[1, 2, 1], [0, 0, 0], [-1, -2, -1]])", np.array([[32.0, 32]])),
    ("nj.identity(2)", np.identity(2)),
    ("nj.diag([1, 2])", np.diag([1.0, 2])),
    ("nj.flip(M, 1)", np.flip(M, 1)),
    ("nj.rot90(M)", np.rot90(M)),
    ("nj.round([1.4, 2.6])", np.round([1.4, 2.6])),
    ("nj.array(7).add(1)", np.array(8.0)),
    ("nj.concatenate([[1], [2]], [[3], [4]])", np.array([[1.0, 3], [2, 4]])),
    ("nj.stack([[1, 2], [3, 4]], -1)", np.stack([[1.0, 2], [3, 4]], -1)),
]


def plain(value):
    """JSON has no NaN and no infinities: they are words."""
    return value if math.isfinite(value) else str(value)


def number_row(js, value):
    array = np.asarray(value)
    return {
        "js": js,
        "scalar": not isinstance(value, np.ndarray),
        "dtype": str(array.dtype),
        "shape": list(array.shape),
        "data": [plain(float(x)) for x in array.ravel()],
    }


def picture(width, height, mode="RGB"):
    """A gradient with an edge in it, different in every channel."""
    y, x = np.mgrid[0:height, 0:width]
    channels = [x * 255 // max(1, width - 1), y * 255 // max(1, height - 1), (x * y * 7) % 256]
    if mode == "RGBA":
        channels.append(255 - (x * 16 + y) % 200)
    return Image.fromarray(np.stack(channels, -1).astype(np.uint8), mode)


def photograph(width, height):
    """Smooth, as photographs are: what JPEG keeps well."""
    y, x = np.mgrid[0:height, 0:width] / 8
    waves = [np.sin(x) + np.cos(y), np.sin(x + y), np.cos(x / 2)]
    return Image.fromarray(np.uint8(127 + 60 * np.stack(waves, -1)), "RGB")


def file_of(image, format, **options):
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def gif_of(image, **options):
    return file_of(image.convert("P", palette=Image.Palette.ADAPTIVE, colors=32), "GIF", **options)


def apng():
    frames = [picture(6, 4), picture(6, 4).transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    return file_of(frames[0], "PNG", save_all=True, append_images=frames[1:])


def exif_turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    return file_of(photograph(24, 16), "JPEG", quality=95, subsampling=0, exif=exif)


SMALL = picture(9, 7)
CLEAR = picture(9, 7, "RGBA")

# Name, file, and by how much a channel may differ from what Pillow decodes.
IMAGES = [
    ("png rgb", file_of(SMALL, "PNG"), 0),
    ("png rgba", file_of(CLEAR, "PNG"), 0),
    ("png grey", file_of(SMALL.convert("L"), "PNG"), 0),
    ("png grey alpha", file_of(CLEAR.convert("LA"), "PNG"), 0),
    ("png palette", file_of(SMALL.convert("P"), "PNG"), 0),
    ("png 1 bit", file_of(SMALL.convert("1"), "PNG"), 0),
    ("apng of 2 frames", apng(), 0),
    ("gif", gif_of(SMALL), 0),
    ("gif interlaced", gif_of(picture(20, 20), interlace=1), 0),
    ("gif of 3 frames", gif_of(SMALL, save_all=True, append_images=[SMALL.rotate(90), SMALL]), 0),
    ("bmp rgb", file_of(SMALL, "BMP"), 0),
    ("bmp palette", file_of(SMALL.convert("P"), "BMP"), 0),
    ("tiff", file_of(SMALL, "TIFF"), 0),
    ("tiff lzw", file_of(SMALL, "TIFF", compression="tiff_lzw"), 0),
    ("tiff deflate", file_of(SMALL, "TIFF", compression="tiff_adobe_deflate"), 0),
    ("tiff of 2 pages", file_of(SMALL, "TIFF", save_all=True, append_images=[SMALL]), 0),
    ("jpeg 4:4:4", file_of(photograph(40, 30), "JPEG", quality=95, subsampling=0), 3),
    ("jpeg 4:2:0", file_of(photograph(40, 30), "JPEG", quality=95, subsampling=2), 24),
    ("jpeg progressive", file_of(photograph(40, 30), "JPEG", progressive=True, subsampling=0), 3),
    ("jpeg grey", file_of(photograph(40, 30).convert("L"), "JPEG", quality=95), 2),
    ("jpeg turned by EXIF", exif_turned(), 3),
]


def image_row(name, data, tolerance):
    image = Image.open(io.BytesIO(data))
    frames = getattr(image, "n_frames", 1)
    header = {"format": image.format.lower(), "width": image.width, "height": image.height}
    upright = image.transpose(Image.Transpose.ROTATE_270) if "EXIF" in name else image
    return {
        "name": name,
        "file": base64.b64encode(data).decode(),
        "header": {**header, "frames": frames},
        "width": upright.width,
        "height": upright.height,
        "rgba": base64.b64encode(upright.convert("RGBA").tobytes()).decode(),
        "tolerance": tolerance,
    }


def webp_rows():
    """Read by their headers only: jimp does not decode them."""
    rows = [
        ("webp lossy", file_of(SMALL, "WEBP")),
        ("webp lossless", file_of(SMALL, "WEBP", lossless=True)),
        ("webp of 2 frames", file_of(SMALL, "WEBP", save_all=True, append_images=[SMALL.rotate(180)])),
    ]
    return [{key: image_row(name, data, 0)[key] for key in ("name", "file", "header")}
            for name, data in rows]


def resize_row():
    image = picture(16, 12)
    half = image.resize((8, 6), Image.Resampling.BOX).convert("RGBA")
    nearest = image.resize((8, 6), Image.Resampling.NEAREST).convert("RGBA")
    return {
        "file": base64.b64encode(file_of(image, "PNG")).decode(),
        "half": base64.b64encode(half.tobytes()).decode(),
        "nearest": base64.b64encode(nearest.tobytes()).decode(),
    }


print(json.dumps({
    "inputs": {"M": M, "TIES": TIES, "CUBE": CUBE.tolist(), "IMAGE": IMAGE,
               "NAN": [[plain(x) for x in row] for row in NAN]},
    "numbers": [number_row(js, value) for js, value in NUMBERS],
    "images": [image_row(*row) for row in IMAGES],
    "headers": webp_rows(),
    "resize": resize_row(),
}, indent=1))
