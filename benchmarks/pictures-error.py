"""Compares tensors with what Pillow and numpy make of the same files; `pictures-error.ts` runs it.

The folder named on the command line has files named `scenario`, and tensors named `scenario variant`:
float32 [3, 224, 224], normalised. Differences are given in steps of a byte, the normalising undone.
"""

import pathlib
import sys

import numpy as np
from PIL import Image

STD = np.float32([0.229, 0.224, 0.225]).reshape(3, 1, 1)
MEAN = np.float32([0.485, 0.456, 0.406]).reshape(3, 1, 1)
WAYS = {
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}

folder = pathlib.Path(sys.argv[1])
print("mean and largest difference from Pillow's resize by")
print(f"{'':10}{'':16}" + "".join(f"{way:>16}" for way in WAYS))
for path in sorted(folder.iterdir()):
    scenario, _, variant = path.name.partition(" ")
    if not variant:
        continue
    got = (np.fromfile(path, np.float32).reshape(3, 224, 224) * STD + MEAN) * 255
    cells = []
    for way in WAYS.values():
        image = Image.open(folder / scenario).convert("RGB").resize((224, 224), way)
        far = np.abs(got - np.asarray(image).astype(np.float32).transpose(2, 0, 1))
        cells.append(f"{far.mean():.2f}, {far.max():.0f}")
    print(f"{scenario:10}{variant:16}" + "".join(f"{cell:>16}" for cell in cells))
