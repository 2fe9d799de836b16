"""Works out with Pillow and numpy the pixel_values that image processors must give.

Run as `/usr/bin/python3 test/allowlist/vectors-images.py > test/allowlist/vectors-images.json`, with
Debian's python3-pil (9.4) and python3-numpy (1.24). The steps are those that the documentation of
transformers names: resize in bytes with Pillow, cut the middle out, rescale and normalize in
float32. The tests only read the JSON; they make the same pictures by the same formula.
"""

import base64
import json

import numpy as np
from PIL import Image


def picture(height, width, colours):
    y, x, c = np.mgrid[0:height, 0:width, 0:colours]
    return ((x * 37 + y * 101 + c * 59 + x * y * 7 + (x // 3 + y // 2) % 2 * 128) % 256).astype(np.uint8)


def shorter(size, edge):
    height, width = size
    long = int(edge * max(size) / min(size))
    return (long, edge) if width <= height else (edge, long)


def wanted(size, config):
    to = config["size"]
    if isinstance(to, int):
        clip = "CLIP" in config.get("feature_extractor_type", "")
        return shorter(size, to) if clip else (to, to)
    return shorter(size, to["shortest_edge"]) if "shortest_edge" in to else (to["height"], to["width"])


def cropped(image, height, width):
    tall, wide = max(height, image.shape[0]), max(width, image.shape[1])
    canvas = np.zeros((tall, wide, 3), image.dtype)
    top, left = -((image.shape[0] - tall) // 2), -((image.shape[1] - wide) // 2)
    canvas[top:top + image.shape[0], left:left + image.shape[1]] = image
    top, left = (tall - height) // 2, (wide - width) // 2
    return canvas[top:top + height, left:left + width]


def processed(array, config):
    image = Image.fromarray(array[:, :, 0] if array.shape[2] == 1 else array).convert("RGB")
    if config.get("do_resize", True):
        height, width = wanted(array.shape[:2], config)
        image = image.resize((width, height), config.get("resample", 2))
    out = np.asarray(image)
    if config.get("do_center_crop", "crop_size" in config):
        crop = config["crop_size"]
        out = cropped(out, *((crop, crop) if isinstance(crop, int) else (crop["height"], crop["width"])))
    out = out.astype(np.float64)
    if config.get("do_rescale", True):
        out = out * config.get("rescale_factor", 1 / 255)
    out = out.astype(np.float32)
    if config.get("do_normalize", True):
        mean, std = (np.broadcast_to(np.array(config[name], np.float32), 3) for name in ("image_mean", "image_std"))
        out = (out - mean) / std
    return out.transpose(2, 0, 1)


HALF = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
CLIP = {"image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]}
VIT = {"do_normalize": True, "do_rescale": True, "do_resize": True, "image_processor_type": "ViTImageProcessor", "rescale_factor": 1 / 255, "size": {"height": 16, "width": 16}, **HALF}
CUT = {"crop_size": {"height": 10, "width": 10}, "do_center_crop": True, "do_convert_rgb": True, "resample": 3, "size": {"shortest_edge": 12}, **CLIP}

CASES = [
    *(((37, 23, 3), {**VIT, "resample": resample}) for resample in (0, 1, 2, 3, 4, 5)),
    *(((5, 9, 3), {**VIT, "resample": resample}) for resample in (0, 1, 2, 3, 4, 5)),
    # Here a weight below 0 that is rounded the other way shows.
    ((4, 17, 3), {**VIT, "resample": 3}),
    ((16, 16, 3), {**VIT, "resample": 3}),
    ((16, 40, 3), {**VIT, "resample": 2}),
    ((40, 16, 3), {**VIT, "resample": 2}),
    ((300, 1, 3), {**VIT, "resample": 3}),
    ((1, 1, 3), {**VIT, "resample": 2}),
    ((37, 23, 1), {**VIT, "resample": 2}),
    ((37, 23, 4), {**VIT, "resample": 3}),
    ((37, 23, 3), CUT),
    ((23, 38, 3), CUT),
    ((37, 23, 3), {**CUT, "crop_size": {"height": 20, "width": 9}}),
    ((8, 11, 3), {**CUT, "do_resize": False, "crop_size": 13}),
    ((37, 23, 3), {"feature_extractor_type": "CLIPFeatureExtractor", "size": 9, "crop_size": 9, "do_center_crop": True, "resample": 3, **CLIP}),
    ((37, 23, 3), {"feature_extractor_type": "ViTFeatureExtractor", "size": 9, "resample": 2, **HALF}),
    ((9, 9, 3), {"do_resize": False, "do_rescale": False, "do_normalize": False}),
    ((9, 9, 3), {"do_resize": False, "rescale_factor": 1 / 127.5, "image_mean": 1, "image_std": 1}),
    ((9, 9, 3), {"do_resize": False, "do_normalize": False}),
]


def row(shape, config):
    values = processed(picture(*shape), config)
    data = base64.b64encode(values.astype("<f4").tobytes()).decode()
    return {"picture": shape, "config": config, "shape": [1, *values.shape], "float32": data}


print(json.dumps([row(*case) for case in CASES]))
