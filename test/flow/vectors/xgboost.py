"""Trains small models with XGBoost, and works out with it what `xgboost(...)` must give.

Run as `/usr/bin/python3 test/flow/vectors/xgboost.py > test/flow/vectors/xgboost.json`, with
Debian's python3-xgboost (1.7) and python3-sklearn, and format the JSON. The tests only read it.
"""

import json
import sys
import tempfile
import warnings

# The folder of this file holds a module of the name that is imported next.
sys.path = [path for path in sys.path if not path.endswith("vectors")]

import numpy as np
import xgboost as xgb
from sklearn import datasets

warnings.filterwarnings("ignore")
RANDOM = np.random.RandomState(7)
ROWS = 12
# The default updater lets threads race, and differs from run to run.
LINEAR = {"booster": "gblinear", "updater": "coord_descent", "n_jobs": 1}


def data(load):
    x, y = load(return_X_y=True)
    x = x.astype(np.float32)
    order = RANDOM.permutation(len(x))
    x, y = x[order], y[order]
    x[RANDOM.rand(*x.shape) < 0.05] = np.nan
    return x, y


DIABETES = data(datasets.load_diabetes)
CANCER = data(datasets.load_breast_cancer)
IRIS = data(datasets.load_iris)
WINE = data(datasets.load_wine)
DIGITS = data(datasets.load_digits)


def floats(array):
    """The shortest decimals of 32-bit floats; NaN is null, the infinities are words."""
    array = np.asarray(array, dtype=np.float32)
    if array.ndim > 0:
        return [floats(each) for each in array]
    if np.isnan(array):
        return None
    return float(str(array)) if np.isfinite(array) else str(array).replace("inf", "Infinity")


def text_of(model):
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        model.save_model(file.name)
        return open(file.name).read()


def rows_at_thresholds(text, rows):
    """Puts rows exactly on, and just beside, thresholds of the first trees."""
    booster = json.loads(text)["learner"]["gradient_booster"]
    trees = booster.get("gbtree", booster)["model"].get("trees", [])
    for row, tree in zip(rows[:4], trees):
        feature, at = tree["split_indices"][0], np.float32(tree["split_conditions"][0])
        if tree["left_children"][0] < 0 or tree["split_type"][0] == 1:
            continue
        row[feature] = [at, np.nextafter(at, np.float32(-np.inf)), np.inf, -np.inf][
            trees.index(tree) % 4
        ]
    return rows


def row_of(name, model, data, **extra):
    """One row of the table, from a fitted estimator or a booster."""
    is_booster = isinstance(model, xgb.Booster)
    booster = model if is_booster else model.get_booster()
    text = text_of(model)
    x = extra.pop("x", rows_at_thresholds(text, data[:ROWS].copy()))
    if '"gblinear"' in text:
        x[np.isinf(x)] = 0
    row = {"name": name, "model": text, "x": floats(x)}
    types = booster.feature_types
    # Infinity is refused by DMatrix but not by the predictor of the estimators.
    finite = xgb.DMatrix(
        np.where(np.isinf(x), np.sign(x) * 3e38, x),
        missing=extra.get("missing", np.nan),
        feature_types=types,
        enable_categorical=types is not None,
    )
    if "best" in extra:
        rounds = {"iteration_range": (0, extra.pop("best") + 1)}
    else:
        rounds = {}
    row["predict"] = floats(booster.predict(finite, **rounds))
    row["margin"] = floats(booster.predict(finite, output_margin=True, **rounds))
    if hasattr(model, "predict_proba") and not extra.pop("no_proba", False):
        loaded = xgb.XGBClassifier()
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            model.save_model(file.name)
            loaded.load_model(file.name)
        row["proba"] = floats(loaded.predict_proba(x))
    return {**row, **extra}


def regressors():
    x, y = DIABETES
    share = y / 400
    small = dict(n_estimators=6, max_depth=3, learning_rate=0.4, random_state=1)
    for objective, target in [
        ("reg:squarederror", y),
        ("reg:squaredlogerror", y / 200),
        ("reg:logistic", share),
        ("reg:pseudohubererror", y / 100),
        ("reg:absoluteerror", y),
        ("reg:gamma", y / 100),
        ("reg:tweedie", y / 100),
        ("count:poisson", np.round(y / 60)),
        ("survival:cox", np.where(y > 200, -y, y)),
    ]:
        model = xgb.XGBRegressor(objective=objective, **small).fit(x, target)
        yield row_of(objective, model, x)
    model = xgb.XGBRegressor(base_score=0.25, objective="reg:logistic", **small).fit(x, share)
    yield row_of("reg:logistic, base_score", model, x)
    model = xgb.XGBRegressor(base_score=3, objective="count:poisson", **small)
    yield row_of("count:poisson, base_score", model.fit(x, np.round(y / 60)), x)
    model = xgb.XGBRegressor(missing=-999, **small)
    holes = np.where(np.isnan(x), -999, x)
    yield row_of("missing -999", model.fit(holes, y), holes, missing=-999)
    model = xgb.XGBRegressor(booster="dart", rate_drop=0.5, one_drop=True, **small)
    yield row_of("dart", model.fit(x, y), x)
    model = xgb.XGBRegressor(n_estimators=5, base_score=2, **LINEAR)
    yield row_of("gblinear", model.fit(x, y), x)
    model = xgb.XGBRFRegressor(n_estimators=5, max_depth=3, random_state=1)
    yield row_of("random forest", model.fit(x, y), x)
    model = xgb.XGBRegressor(n_estimators=4, max_depth=3, tree_method="hist")
    yield row_of("two targets", model.fit(x, np.c_[y, y[::-1]]), x)
    model = xgb.XGBRegressor(n_estimators=3, max_depth=6, gamma=30000, random_state=1)
    yield row_of("pruned", model.fit(x, y), x)
    model = xgb.train({"objective": "survival:aft"}, aft(x, y), num_boost_round=3)
    yield row_of("survival:aft", model, x)
    empty = xgb.train({"base_score": 7}, xgb.DMatrix(x, y), num_boost_round=0)
    yield row_of("no trees", empty, x)
    model = xgb.XGBRegressor(
        early_stopping_rounds=2, n_estimators=12, max_depth=4, learning_rate=1
    )
    model.fit(x[:300], y[:300], eval_set=[(x[300:], y[300:])], verbose=False)
    assert model.best_iteration + 3 == model.get_booster().num_boosted_rounds()
    yield row_of("early stopping", model, x, best=model.best_iteration)


def aft(x, y):
    matrix = xgb.DMatrix(x)
    matrix.set_float_info("label_lower_bound", y)
    matrix.set_float_info("label_upper_bound", y + 10)
    return matrix


def rankers():
    x, y = DIABETES
    for objective in ["rank:pairwise", "rank:ndcg", "rank:map"]:
        model = xgb.XGBRanker(objective=objective, n_estimators=4, max_depth=3, random_state=1)
        grades = (y > 150).astype(int)
        yield row_of(objective, model.fit(x, grades, group=[21] * 21 + [1]), x)


def classifiers():
    small = dict(n_estimators=5, max_depth=3, learning_rate=0.5, random_state=1)
    x, y = CANCER
    for objective in ["binary:logistic", "binary:hinge", "binary:logitraw"]:
        model = xgb.XGBClassifier(objective=objective, **small).fit(x, y)
        yield row_of(objective, model, x, no_proba=objective == "binary:logitraw")
    model = xgb.train({"objective": "binary:logistic", "max_depth": 3}, xgb.DMatrix(x, y), 4)
    yield row_of("binary:logistic, booster", model, x)
    model = xgb.XGBClassifier(booster="dart", rate_drop=0.3, **small).fit(x, y)
    yield row_of("binary:logistic, dart", model, x)
    model = xgb.XGBClassifier(n_estimators=4, **LINEAR).fit(x, y)
    yield row_of("binary:logistic, gblinear", model, x)
    x, y = IRIS
    for objective in ["multi:softprob", "multi:softmax"]:
        for name, booster in [("", "gbtree"), (", gblinear", "gblinear"), (", dart", "dart")]:
            params = {"rate_drop": 0.4} if booster == "dart" else {}
            params |= LINEAR if booster == "gblinear" else {"booster": booster, "max_depth": 2}
            model = xgb.XGBClassifier(objective=objective, n_estimators=3, **params)
            yield row_of(objective + name, model.fit(x, y), x)
    x, y = WINE
    model = xgb.XGBRFClassifier(n_estimators=3, max_depth=2, random_state=1).fit(x, y)
    yield row_of("random forest, classes", model, x)
    x, y = DIGITS
    model = xgb.XGBClassifier(n_estimators=2, max_depth=3).fit(x, y)
    yield row_of("multi:softprob, digits", model, x)
    x, y = CANCER
    model = xgb.XGBClassifier(n_estimators=3, max_depth=2, tree_method="hist")
    labels = np.c_[y, x[:, 0] > 14, x[:, 1] > 18]
    yield row_of("two of three labels", model.fit(x, labels), x)


def categorical():
    codes = RANDOM.randint(0, 40, size=(400, 2)).astype(np.float32)
    x = np.c_[codes, RANDOM.rand(400)].astype(np.float32)
    x[RANDOM.rand(*x.shape) < 0.05] = np.nan
    y = np.nan_to_num(x[:, 0] % 3 + (x[:, 1] > 20) * (x[:, 1] % 2)) + np.nan_to_num(x[:, 2])
    odd = x[:ROWS].copy()
    odd[:9, 0] = [40, 63, 64, 1e6, 2**24, np.nan, 1.75, 39, 0]
    odd[:5, 1] = [39, 31, 32, 33, 1e9]
    odd[9:11, 0] = -1, -0.5
    for name, onehot in [("categories, one each", 100), ("categories, parted", 1)]:
        params = {"tree_method": "hist", "max_cat_to_onehot": onehot, "max_depth": 4}
        matrix = xgb.DMatrix(x, y, feature_types=["c", "c", "q"], enable_categorical=True)
        model = xgb.train(params, matrix, 4)
        yield row_of(name, model, x, x=odd)


ALL = [*regressors(), *rankers(), *classifiers(), *categorical()]
LINES = ",\n".join(json.dumps(row) for row in ALL)
print(f'{{"version": "{xgb.__version__}", "rows": [\n{LINES}\n]}}')
