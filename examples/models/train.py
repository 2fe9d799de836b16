"""Trains the models of this folder, and writes down what they give.

Two stages for handwritten digits: a small convolutional network (torch, exported to ONNX) turns an
image of 8x8 into 32 features, and gradient-boosted trees (XGBoost) turn those into probabilities of
the ten digits. And one stage for iris flowers: XGBoost on four lengths. The data come with
scikit-learn; nothing is fetched.

    python3 examples/models/train.py

It takes about a minute on one thread. `README.md` beside this file has the versions of the
packages, where the data come from and the accuracies; a second run gives the same bytes.
"""

import json
from pathlib import Path

import numpy as np
import torch
import xgboost
from PIL import Image
from sklearn.datasets import load_digits, load_iris
from sklearn.model_selection import train_test_split
from torch import nn

SEED = 20
HERE = Path(__file__).parent
FEATURES = 32
# Each pixel of a digit becomes a square of this many, so that a person can see the file.
SCALE = 4


class Network(nn.Module):
    """An image to features: the last layer before the head that training needs."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Dropout(0.25),
            nn.Linear(32 * 4 * 4, FEATURES),
            nn.ReLU(),
        )

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.layers(image)


def main() -> None:
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)

    digits = load_digits()
    images = (digits.images / 16).astype(np.float32)[:, None]
    train, test = split(digits.target)
    labels = digits.target

    network, head = trained(images[train], labels[train])
    features = features_of(network, images)
    says = head(torch.from_numpy(features[test])).argmax(1).numpy()
    report("digits: network with its linear head", says, labels[test])
    export(network)

    trees = boosted(features[train], labels[train], rounds=30, depth=3)
    chances = trees.predict(xgboost.DMatrix(features[test]))
    report("digits: network, then XGBoost", chances.argmax(1), labels[test])
    trees.save_model(HERE / "digits-xgb.json")

    write_examples(network, trees, digits, test)
    iris()


def split(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows to train on and the fifth that is kept back, each with its share of every label."""
    rows = np.arange(len(labels))
    return train_test_split(rows, test_size=0.2, random_state=SEED, stratify=labels)


def trained(images: np.ndarray, labels: np.ndarray) -> tuple[Network, nn.Linear]:
    network, head = Network(), nn.Linear(FEATURES, 10)
    parameters = [*network.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=2e-3, weight_decay=1e-4)
    loss_of = nn.CrossEntropyLoss()
    x, y = torch.from_numpy(images), torch.from_numpy(labels)
    network.train()
    for _epoch in range(60):
        order = torch.randperm(len(x))
        for rows in order.split(64):
            optimizer.zero_grad()
            loss_of(head(network(x[rows])), y[rows]).backward()
            optimizer.step()
    network.eval()
    return network, head.eval()


def features_of(network: Network, images: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return network(torch.from_numpy(images)).numpy()


def export(network: Network) -> None:
    torch.onnx.export(
        network,
        torch.zeros(1, 1, 8, 8),
        HERE / "digits.onnx",
        input_names=["image"],
        output_names=["features"],
        dynamic_axes={"image": {0: "batch"}, "features": {0: "batch"}},
        opset_version=13,
    )


def boosted(rows: np.ndarray, labels: np.ndarray, rounds: int, depth: int, names=None):
    classes = int(labels.max()) + 1
    settings = {
        "objective": "multi:softprob",
        "num_class": classes,
        "max_depth": depth,
        "eta": 0.3,
        "nthread": 1,
        "seed": SEED,
    }
    return xgboost.train(settings, xgboost.DMatrix(rows, labels, feature_names=names), rounds)


def write_examples(network: Network, trees, digits, test: np.ndarray) -> None:
    """For each digit the first image of the test set that comes out right, and its numbers."""
    (HERE / "digits").mkdir(exist_ok=True)
    vectors = []
    for digit in range(10):
        for row in test[digits.target[test] == digit]:
            # What a reader of the file gets: 8 bits for each pixel, white ink on black.
            gray = np.round(digits.images[row] * 255 / 16).astype(np.uint8)
            image = (gray.astype(np.float32) / np.float32(255))[None, None]
            features = features_of(network, image)
            chances = trees.predict(xgboost.DMatrix(features))[0]
            if chances.argmax() == digit:
                break
        else:
            raise SystemExit(f"no {digit} of the test set comes out right")
        name = f"digits/{digit}-row-{row}.png"
        Image.fromarray(gray.repeat(SCALE, 0).repeat(SCALE, 1)).save(HERE / name)
        vectors.append(
            {
                "file": name,
                "label": digit,
                "input": image[0, 0].tolist(),
                "features": features[0].tolist(),
                "probabilities": chances.tolist(),
            }
        )
    write_json("vectors.json", vectors)


def write_json(name: str, rows: list) -> None:
    """One row on a line; each float32 as the shortest decimal that reads back as a double of it."""
    lines = ",\n".join(json.dumps(row) for row in rows)
    (HERE / name).write_text(f"[\n{lines}\n]\n")


def iris() -> None:
    flowers = load_iris()
    names = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    rows = flowers.data.astype(np.float32)
    train, test = split(flowers.target)
    trees = boosted(rows[train], flowers.target[train], rounds=10, depth=3, names=names)
    chances = trees.predict(xgboost.DMatrix(rows[test], feature_names=names))
    report("iris: XGBoost", chances.argmax(1), flowers.target[test])
    trees.save_model(HERE / "iris-xgb.json")


def report(what: str, says: np.ndarray, labels: np.ndarray) -> None:
    right = int((says == labels).sum())
    print(f"{what}: {right} of {len(labels)} right on the test set ({right / len(labels):.2%})")


if __name__ == "__main__":
    main()
