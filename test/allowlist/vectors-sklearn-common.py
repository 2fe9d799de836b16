"""What the two scripts of vectors for sklearn share: the data, and how answers are written down.

The data are those that come with scikit-learn: Iris, Wine, and each third row of Breast Cancer.
"""

import json
import math
import warnings

import numpy as np
from sklearn import datasets

warnings.filterwarnings("ignore")

iris, iris_y = datasets.load_iris(return_X_y=True)
wine, wine_y = datasets.load_wine(return_X_y=True)
cancer, cancer_y = (part[::3] for part in datasets.load_breast_cancer(return_X_y=True))
species = datasets.load_iris().target_names[iris_y].tolist()
few = iris[::10]


def obj(rows):
    return np.array(rows, dtype=object)


def f32(rows):
    return np.array(rows, dtype=np.float32)


def counts(array):
    """What scikit-learn has as int64 and the stand-in as int32."""
    return np.asarray(array).astype(np.int32)


def tree_of(fitted):
    t = fitted.tree_
    names = ("children_left", "children_right", "feature", "threshold", "value", "impurity",
             "n_node_samples", "weighted_n_node_samples")
    return {name: getattr(t, name) for name in names}


def exported(fitted):
    """What a model is sent to a hook as: its parameters, and what it learnt.

    Left out is what is no data: a dtype, and the models that a forest is made after.
    """
    learnt = {name: value for name, value in vars(fitted).items()
              if name.endswith("_") or name.startswith("_")}
    for name, value in list(learnt.items()):
        if name == "tree_":
            learnt[name] = tree_of(fitted)
        elif name == "estimators_":
            learnt[name] = [tree_of(one) for one in value]
        elif name != "vocabulary_" and not isinstance(value, (int, float, str, list, np.ndarray)):
            del learnt[name]
    if hasattr(fitted, "idf_"):
        learnt["idf_"] = fitted.idf_
    params = {name: value for name, value in fitted.get_params().items() if name != "dtype"}
    return {**params, **learnt}


def plain(value, digits=12):
    """As JSON; an array with its dtype and shape."""
    again = lambda one: plain(one, digits)
    if isinstance(value, np.ndarray) and value.dtype == object:
        return again(value.tolist())
    if isinstance(value, np.ndarray):
        return dict(dtype=str(value.dtype), shape=list(value.shape), data=again(value.ravel().tolist()))
    if isinstance(value, dict):
        return {key: again(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [again(one) for one in value]
    if isinstance(value, np.generic):
        return again(value.item())
    if isinstance(value, float):
        return "nan" if math.isnan(value) else float(f"{value:.{digits}g}")
    return value


def lists(value):
    """As JSON, with every digit; arrays are lists."""
    if isinstance(value, np.ndarray):
        return lists(value.tolist())
    if isinstance(value, dict):
        return {key: lists(one) for key, one in value.items()}
    return [lists(one) for one in value] if isinstance(value, (list, tuple)) else plain(value, 17)


def write(inputs, rows):
    made = [dict(js=js, want=plain(want), tolerance=rest[0] if rest else 1e-9)
            for js, want, *rest in rows]
    print(json.dumps(dict(inputs=lists(inputs), rows=made), ensure_ascii=False,
                     separators=(",", ":")))
