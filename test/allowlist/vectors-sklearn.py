"""Works out with scikit-learn what the rooms of sklearn that are no models must give.

Run as `/usr/bin/python3 test/allowlist/vectors-sklearn.py > test/allowlist/vectors-sklearn.json`,
with Debian's python3-sklearn (1.2), and then `npm run format`. The tests only read the JSON.
"""

import math
import runpy
from pathlib import Path

import numpy as np
from sklearn import impute, metrics, model_selection, preprocessing as P
from sklearn.feature_extraction import text
from sklearn.metrics import pairwise

globals().update(runpy.run_path(str(Path(__file__).with_name("vectors-sklearn-common.py"))))

gaps = [[1.0, math.nan, 3.0], [4.0, 2.0, math.nan], [7.0, 8.0, 9.0], [7.0, 2.0, math.nan]]
constant = [[0.1, 5.0], [0.1, 7.0], [0.1, -9.0]]
pets = [["cat", 3.0], ["dog", 1.0], ["cat", 2.0], ["bird", 1.0]]
odd = [["b", True], [None, False], ["a", True], ["\U0001f600", True], ["\uff5e", False]]
texts = [
    "The quick brown fox jumps over the lazy dog.",
    "Über die Straße, a naïve café: the FOX jumped; jumped again!",
    "One fox, two foxes and 3 dogs. x y zz_9",
    "東京 は 大きい city; русский текст, ελληνικά",
    "",
]
marks = ["ส์สวัสดี हिन्दी में é ὅ Å ñandú ⅷ²", "a\x1cb\x85c\u3000d  e\ufeff\t\tf", "well-known x-y 1.5 \U0001f600 \uff5e"]
often = ["aa aa aa aa bb", "bb", "bb cc"]
truth = [0, 1, 2, 0, 1, 2, 2, 0, 1, 1]
guess = [0, 2, 1, 0, 0, 2, 2, 1, 1, 1]
yes = [1, 0, 1, 1, 0, 0, 1, 0]
maybe = [0.9, 0.4, 0.65, 0.4, 0.4, 0.1, 0.3, 0.8]
said = [1, 0, 1, 0, 0, 0, 0, 1]
flags = [bool(one) for one in yes]
numbers = [3.0, -0.5, 2.0, 7.0]
about = [2.5, 0.0, 2.0, 8.0]
doubles = [[0.5, 1], [-1, 1], [7, -6]]
nearly = [[0, 2], [-1, 2], [8, -5]]
many = [int(seed * seed % 7) for seed in range(60)]

std = P.StandardScaler().fit(wine)
minmax = P.MinMaxScaler((-1, 2)).fit(iris)
onehot = P.OneHotEncoder(sparse_output=False).fit(obj(pets))
ordinal = P.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(obj(pets))
median = impute.SimpleImputer(strategy="median").fit(gaps)
powers = P.PolynomialFeatures((2, 3)).fit(few)
count = text.CountVectorizer(stop_words=["the", "over", "and"], min_df=1, binary=True).fit(texts)
tfidf = text.TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit(texts)

fitted = dict(
    std=exported(std), minmax=exported(minmax), maxabs=exported(P.MaxAbsScaler().fit(iris)),
    norm=exported(P.Normalizer().fit(iris)), binary=exported(P.Binarizer(threshold=2).fit(iris)),
    powers=dict(exported(powers), powers_=powers.powers_), onehot=exported(onehot),
    ordinal=exported(ordinal), median=exported(median), count=exported(count), tfidf=exported(tfidf),
    label=exported(P.LabelEncoder().fit(species)),
    binarizer=exported(P.LabelBinarizer().fit(species)),
)
inputs = dict(iris=iris, iris_y=iris_y, species=species, wine=wine, wine_y=wine_y, few=few, gaps=gaps,
              constant=constant, pets=pets, odd=odd, texts=texts, marks=marks, often=often, truth=truth, guess=guess,
              yes=yes, maybe=maybe, said=said, flags=flags, numbers=numbers, about=about,
              doubles=doubles, nearly=nearly, many=many, fitted=fitted)


def dense(matrix):
    return matrix.toarray()


def split(*arrays, **params):
    return [part.tolist() if hasattr(part, "tolist") else part
            for part in model_selection.train_test_split(*arrays, **params)]


def scores(**params):
    return [metrics.precision_score(truth, guess, **params),
            metrics.recall_score(truth, guess, **params),
            metrics.f1_score(truth, guess, **params)]


def bag(texts, **params):
    made = text.CountVectorizer(**params).fit(texts)
    return [made.get_feature_names_out().tolist(), dense(made.transform(texts)).tolist()]


def hot(rows, **params):
    return P.OneHotEncoder(sparse_output=False, **params).fit_transform(obj(rows))


KEPT_APART = np.array([1e8 + 1, 1e8 + 2, 1e8 + 4])[:, None]

# The expression in JavaScript, what it is in scikit-learn, and by how much it may differ: the
# share of the number, or of 1 for small ones. 1e-9 where nothing is said.
ROWS = [
    # preprocessing: numbers
    ("P.StandardScaler().fit(wine).transform(wine.slice(0, 9))", std.transform(wine[:9])),
    ("P.StandardScaler().fit(wine).mean_", std.mean_),
    ("P.StandardScaler().fit(wine).scale_", std.scale_),
    ("P.StandardScaler().fit(wine).var_", std.var_),
    ("P.StandardScaler.from(fitted.std).transform(wine.slice(-9))", std.transform(wine[-9:])),
    ("P.StandardScaler.from({ mean_: fitted.std.mean_, var_: fitted.std.var_ }).transform(wine.slice(-2))",
     std.transform(wine[-2:])),
    ("P.StandardScaler.from(fitted.std).inverse_transform(wine.slice(0, 2))",
     std.inverse_transform(wine[:2])),
    ("P.StandardScaler().fit_transform(gaps)", P.StandardScaler().fit_transform(gaps)),
    ("P.StandardScaler().fit_transform(constant)", P.StandardScaler().fit_transform(constant)),
    ("P.StandardScaler().fit_transform([[1e8 + 1], [1e8 + 2], [1e8 + 4]])",
     P.StandardScaler().fit_transform(KEPT_APART)),
    ("P.StandardScaler({ with_mean: false }).fit_transform(few)",
     P.StandardScaler(with_mean=False).fit_transform(few)),
    ("P.StandardScaler({ with_std: false }).fit_transform(few)",
     P.StandardScaler(with_std=False).fit_transform(few)),
    ("P.StandardScaler().fit_transform(Tensor.from(few, 'float32'))",
     P.StandardScaler().fit_transform(f32(few)), 1e-5),
    ("P.MinMaxScaler({ feature_range: [-1, 2] }).fit(iris).transform(few)", minmax.transform(few)),
    ("P.MinMaxScaler.from(fitted.minmax).transform(few)", minmax.transform(few)),
    ("P.MinMaxScaler.from(fitted.minmax).inverse_transform(few)", minmax.inverse_transform(few)),
    ("P.MinMaxScaler().fit_transform(constant)", P.MinMaxScaler().fit_transform(constant)),
    ("P.MinMaxScaler().fit_transform(gaps)", P.MinMaxScaler().fit_transform(gaps)),
    ("P.MinMaxScaler({ clip: true }).fit(few).transform([[9, 9, 0, 0.3]])",
     P.MinMaxScaler(clip=True).fit(few).transform([[9, 9, 0, 0.3]])),
    ("P.MaxAbsScaler().fit_transform(constant)", P.MaxAbsScaler().fit_transform(constant)),
    ("P.MaxAbsScaler().fit(gaps).max_abs_", P.MaxAbsScaler().fit(gaps).max_abs_),
    ("P.MaxAbsScaler.from(fitted.maxabs).inverse_transform(few.slice(0, 2))",
     P.MaxAbsScaler().fit(iris).inverse_transform(few[:2])),
    ("P.Normalizer.from(fitted.norm).transform(few.slice(0, 2))", P.Normalizer().transform(few[:2])),
    ("P.Binarizer.from(fitted.binary).transform(few.slice(0, 2))",
     P.Binarizer(threshold=2).transform(few[:2])),
    ("P.normalize(few)", P.normalize(few)),
    ("P.normalize(few, { norm: 'l1', axis: 0 })", P.normalize(few, norm="l1", axis=0)),
    ("P.Normalizer('max').transform([[-4, 2], [0, 0]])",
     P.Normalizer(norm="max").transform([[-4, 2], [0, 0]])),
    ("P.Binarizer({ threshold: 3 }).transform(few)", P.Binarizer(threshold=3).transform(few)),
    ("P.PolynomialFeatures().fit_transform(few)", P.PolynomialFeatures().fit_transform(few)),
    ("P.PolynomialFeatures({ degree: 3, interaction_only: true, include_bias: false }).fit_transform(few)",
     P.PolynomialFeatures(3, interaction_only=True, include_bias=False).fit_transform(few)),
    ("P.PolynomialFeatures({ degree: [2, 3] }).fit_transform([[2, 3]])",
     P.PolynomialFeatures((2, 3)).fit_transform([[2, 3]])),
    ("P.PolynomialFeatures(3).fit(few).powers_", counts(P.PolynomialFeatures(3).fit(few).powers_)),
    ("P.PolynomialFeatures.from(fitted.powers).transform(few.slice(0, 2))", powers.transform(few[:2])),
    ("P.PolynomialFeatures(3).fit([[2, 3]]).get_feature_names_out(['a', 'b'])",
     P.PolynomialFeatures(3).fit([[2, 3]]).get_feature_names_out(["a", "b"]).tolist()),

    # preprocessing: categories, and impute
    ("P.LabelEncoder().fit_transform(species)", P.LabelEncoder().fit_transform(species).tolist()),
    ("P.LabelEncoder().fit([10, 9, 2]).inverse_transform([2, 0])", [10, 2]),
    ("P.LabelEncoder().fit([10, 9, 2]).classes_", P.LabelEncoder().fit([10, 9, 2]).classes_.tolist()),
    ("P.LabelBinarizer().fit_transform(['b', 'a', 'c'])",
     counts(P.LabelBinarizer().fit_transform(["b", "a", "c"]))),
    ("P.LabelBinarizer().fit_transform(['b', 'a', 'b'])",
     counts(P.LabelBinarizer().fit_transform(["b", "a", "b"]))),
    ("P.LabelBinarizer().fit(['b', 'a', 'c']).transform(['c', 'z'])",
     counts(P.LabelBinarizer().fit(["b", "a", "c"]).transform(["c", "z"]))),
    ("P.LabelBinarizer().fit_transform(['b', 'b'])", counts(P.LabelBinarizer().fit_transform(["b", "b"]))),
    ("P.LabelBinarizer.from(fitted.binarizer).transform(['virginica'])", counts([[0, 0, 1]])),
    ("P.LabelBinarizer.from(fitted.binarizer).inverse_transform([[0, 0.2, 0.1]])",
     P.LabelBinarizer().fit(species).inverse_transform(np.array([[0, 0.2, 0.1]])).tolist()),
    ("P.LabelEncoder.from(fitted.label).transform(['virginica', 'setosa'])", [2, 0]),
    ("P.LabelEncoder().fit(['\uff5e', '\U0001f600', 'a']).classes_", sorted(["\uff5e", "\U0001f600", "a"])),
    ("P.LabelBinarizer({ neg_label: -1 }).fit(['b', 'a']).inverse_transform([[-1], [1]])", ["a", "b"]),
    ("P.OneHotEncoder().fit_transform(pets)", onehot.transform(obj(pets))),
    ("P.OneHotEncoder.from(fitted.onehot).transform(pets)", onehot.transform(obj(pets))),
    ("P.OneHotEncoder().fit(pets).categories_", [list(one) for one in onehot.categories_]),
    ("P.OneHotEncoder().fit(pets).inverse_transform(P.OneHotEncoder().fit_transform(pets))", pets),
    ("P.OneHotEncoder({ drop: 'first' }).fit_transform(pets)", hot(pets, drop="first")),
    ("P.OneHotEncoder({ drop: 'if_binary' }).fit_transform([['a', 1], ['b', 2], ['a', 3]])",
     hot([["a", 1], ["b", 2], ["a", 3]], drop="if_binary")),
    ("P.OneHotEncoder({ drop: 'first' }).fit(pets).inverse_transform([[0, 0, 0, 1]])", [["bird", 3.0]]),
    ("P.OneHotEncoder({ handle_unknown: 'ignore' }).fit(pets).transform([['cow', 2]])",
     P.OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(obj(pets))
     .transform(obj([["cow", 2]]))),
    ("P.OneHotEncoder({ handle_unknown: 'ignore' }).fit(pets).inverse_transform([[0, 0, 0, 0, 0, 1]])",
     [[None, 3.0]]),
    ("P.OneHotEncoder().fit_transform(odd)", hot(odd)),
    ("P.OneHotEncoder().fit(odd).get_feature_names_out(['word', 'flag'])",
     P.OneHotEncoder().fit(obj(odd)).get_feature_names_out(["word", "flag"]).tolist()),
    ("P.OneHotEncoder().fit([[NaN], [2.5]]).get_feature_names_out()",
     P.OneHotEncoder().fit([[math.nan], [2.5]]).get_feature_names_out().tolist()),
    ("P.OneHotEncoder({ drop: 'first' }).fit([['b'], ['a']]).get_feature_names_out()",
     P.OneHotEncoder(drop="first").fit([["b"], ["a"]]).get_feature_names_out().tolist()),
    ("P.OrdinalEncoder().fit_transform(pets)", ordinal.transform(obj(pets))),
    ("P.OrdinalEncoder.from(fitted.ordinal).transform([['cow', 2]])", ordinal.transform(obj([["cow", 2]]))),
    ("P.OrdinalEncoder.from(fitted.ordinal).inverse_transform([[-1, 1], [2, 0]])",
     ordinal.inverse_transform([[-1, 1], [2, 0]]).tolist()),
    ("P.OrdinalEncoder().fit_transform([['b'], [NaN], ['a']])",
     P.OrdinalEncoder().fit_transform(obj([["b"], [math.nan], ["a"]]))),
    ("P.OrdinalEncoder({ categories: [['low', 'mid', 'high']] }).fit_transform([['high'], ['low']])",
     P.OrdinalEncoder(categories=[["low", "mid", "high"]]).fit_transform([["high"], ["low"]])),
    ("P.OrdinalEncoder({ encoded_missing_value: -9 }).fit([['b'], [NaN]]).inverse_transform([[-9], [0]])",
     P.OrdinalEncoder(encoded_missing_value=-9).fit(obj([["b"], [math.nan]]))
     .inverse_transform([[-9], [0]]).tolist()),
    *[(f"new impute.SimpleImputer({{ strategy: '{how}' }}).fit_transform(gaps)",
       impute.SimpleImputer(strategy=how).fit_transform(gaps))
      for how in ("mean", "median", "most_frequent", "constant")],
    ("impute.SimpleImputer({ missing_values: -1, fill_value: 9, strategy: 'constant' }).fit_transform([[-1, 2]])",
     impute.SimpleImputer(missing_values=-1, fill_value=9, strategy="constant").fit_transform([[-1.0, 2.0]])),
    ("impute.SimpleImputer().fit_transform([[NaN, 1], [NaN, 3]])",
     impute.SimpleImputer().fit_transform([[math.nan, 1], [math.nan, 3]])),
    ("impute.SimpleImputer({ strategy: 'most_frequent' }).fit_transform([['b'], [null], ['a']])",
     impute.SimpleImputer(missing_values=None, strategy="most_frequent")
     .fit_transform(obj([["b"], [None], ["a"]])).tolist()),
    ("impute.SimpleImputer({ strategy: 'constant' }).fit_transform([['b'], [NaN]])",
     impute.SimpleImputer(strategy="constant").fit_transform(obj([["b"], [math.nan]])).tolist()),
    ("impute.SimpleImputer.from(fitted.median).transform(gaps)", median.transform(gaps)),
    ("impute.SimpleImputer().fit_transform(Tensor.from(gaps, 'float32'))",
     impute.SimpleImputer().fit_transform(f32(gaps)), 1e-6),

    # metrics
    ("metrics.accuracy_score(truth, guess)", metrics.accuracy_score(truth, guess)),
    ("metrics.accuracy_score(truth, guess, { normalize: false })",
     float(metrics.accuracy_score(truth, guess, normalize=False))),
    *[(f"['precision_score', 'recall_score', 'f1_score'].map((f) => metrics[f](truth, guess, {{ average: '{a}' }}))",
       scores(average=a)) for a in ("micro", "macro", "weighted")],
    ("metrics.accuracy_score(flags, said)", metrics.accuracy_score(flags, said)),
    ("metrics.f1_score(flags, said.map(Boolean))", metrics.f1_score(flags, [one == 1 for one in said])),
    *[(f"metrics.precision_recall_fscore_support({t}, {g}, {{ average: '{a}', zero_division: {z}, labels: {ls} }}).slice(0, 3)",
       list(metrics.precision_recall_fscore_support(t, g, average=a, zero_division=z, labels=ls)[:3]))
      for a in ("weighted", "macro", "micro") for z in (0, 1)
      for t, g, ls in (([0, 0], [0, 1], [1]), ([0, 0], [0, 0], [1]), ([0, 1], [0, 0], [0, 1, 2]))],
    ("metrics.f1_score(truth, guess, { average: null })", metrics.f1_score(truth, guess, average=None)),
    ("metrics.precision_score(truth, guess, { average: 'micro', labels: [0, 2, 7] })",
     metrics.precision_score(truth, guess, average="micro", labels=[0, 2, 7])),
    ("metrics.recall_score(yes, said)", metrics.recall_score(yes, said)),
    ("metrics.precision_score(yes, said, { pos_label: 0 })", metrics.precision_score(yes, said, pos_label=0)),
    ("metrics.precision_score([0, 0], [0, 0])", metrics.precision_score([0, 0], [0, 0])),
    ("metrics.recall_score([0, 0], [0, 0], { zero_division: 1 })",
     metrics.recall_score([0, 0], [0, 0], zero_division=1)),
    ("metrics.precision_recall_fscore_support(truth, guess, { beta: 2 })[2]",
     metrics.precision_recall_fscore_support(truth, guess, beta=2)[2]),
    ("metrics.precision_recall_fscore_support(truth, guess)[3]",
     counts(metrics.precision_recall_fscore_support(truth, guess)[3])),
    ("metrics.confusion_matrix(truth, guess)", counts(metrics.confusion_matrix(truth, guess))),
    ("metrics.confusion_matrix(truth, guess, { labels: [2, 0] })",
     counts(metrics.confusion_matrix(truth, guess, labels=[2, 0]))),
    *[(f"metrics.confusion_matrix(truth, guess, {{ normalize: '{n}' }})",
       metrics.confusion_matrix(truth, guess, normalize=n)) for n in ("true", "pred", "all")],
    ("metrics.log_loss(yes, maybe)", metrics.log_loss(yes, maybe)),
    ("metrics.log_loss(['b', 'a'], [[0, 1], [0.9, 0.1]])",
     metrics.log_loss(["b", "a"], [[0, 1], [0.9, 0.1]])),
    ("metrics.log_loss([1, 0], [0, 0.5])", metrics.log_loss([1, 0], [0, 0.5])),
    ("metrics.log_loss([0, 2], [[0.5, 0.2, 0.2], [0.1, 0.1, 0.8]], { labels: [0, 1, 2] })",
     metrics.log_loss([0, 2], [[0.5, 0.2, 0.2], [0.1, 0.1, 0.8]], labels=[0, 1, 2])),
    ("metrics.log_loss([2, 0], [[0.5, 0.2, 0.3], [0.1, 0.1, 0.8]], { labels: [2, 0, 1] })",
     metrics.log_loss([2, 0], [[0.5, 0.2, 0.3], [0.1, 0.1, 0.8]], labels=[2, 0, 1])),
    ("metrics.log_loss([1, 0], Tensor.from([[0.25, 0.75], [1, 0]], 'float32'), { normalize: false })",
     float(metrics.log_loss([1, 0], f32([[0.25, 0.75], [1, 0]]), normalize=False)), 1e-6),
    ("metrics.log_loss([1, 0], Tensor.from([[0.25, 0.75], [0, 1]], 'float32'))",
     float(metrics.log_loss([1, 0], f32([[0.25, 0.75], [0, 1]]))), 1e-6),
    ("metrics.roc_auc_score(yes, maybe)", metrics.roc_auc_score(yes, maybe)),
    ("metrics.roc_auc_score(['n', 'y', 'y'], [1, 1, 2])", metrics.roc_auc_score(["n", "y", "y"], [1, 1, 2])),
    ("metrics.mean_squared_error(numbers, about)", metrics.mean_squared_error(numbers, about)),
    ("metrics.mean_squared_error(numbers, about, { squared: false })",
     metrics.mean_squared_error(numbers, about, squared=False)),
    ("metrics.mean_absolute_error(numbers, about)", metrics.mean_absolute_error(numbers, about)),
    ("metrics.r2_score(numbers, about)", metrics.r2_score(numbers, about)),
    ("metrics.r2_score([2, 2], [2, 3])", metrics.r2_score([2, 2], [2, 3])),
    ("metrics.r2_score([2, 2], [2, 2])", metrics.r2_score([2, 2], [2, 2])),
    ("metrics.root_mean_squared_error(doubles, nearly)",
     metrics.mean_squared_error(doubles, nearly, squared=False)),
    *[(f"metrics.{one}(doubles, nearly)", getattr(metrics, one)(doubles, nearly))
      for one in ("r2_score", "mean_squared_error", "mean_absolute_error")],
    ("metrics.pairwise.cosine_similarity(few)", pairwise.cosine_similarity(few)),
    ("metrics.pairwise.cosine_similarity([[0, 0], [3, 4]], [[1, 1]])",
     pairwise.cosine_similarity([[0, 0], [3, 4]], [[1, 1]])),
    ("metrics.pairwise.euclidean_distances(few, iris.slice(0, 3))",
     pairwise.euclidean_distances(few, iris[:3]), 1e-7),
    ("metrics.pairwise.cosine_distances(few, [[1, 0, 0, -1]])",
     pairwise.cosine_distances(few, [[1, 0, 0, -1]])),
    ("metrics.pairwise.manhattan_distances(few)", pairwise.manhattan_distances(few)),

    # texts
    ("text.CountVectorizer().fit_transform(texts)",
     counts(dense(text.CountVectorizer().fit_transform(texts)))),
    *[(f"bag(texts, {{ {js} }})", bag(texts, **py)) for js, py in [
        ("", {}),
        ("stop_words: ['the', 'and', 'one'], ngram_range: [2, 3]",
         dict(stop_words=["the", "and", "one"], ngram_range=(2, 3))),
        ("stop_words: ['fox'], lowercase: false, binary: true",
         dict(stop_words=["fox"], lowercase=False, binary=True)),
        ("min_df: 2, max_df: 0.5", dict(min_df=2, max_df=0.5)),
        ("vocabulary: ['fox', 'dog', 'again']", dict(vocabulary=["fox", "dog", "again"])),
        ("vocabulary: new Map([['fox', 1], ['dog', 0]])", dict(vocabulary=dict(fox=1, dog=0))),
    ]],
    *[(f"bag(marks, {{ {js} }})", bag(marks, **py)) for js, py in [
        ("", {}),
        ("strip_accents: 'unicode'", dict(strip_accents="unicode")),
        ("token_pattern: '[\\\\w-]+'", dict(token_pattern=r"[\w-]+")),
        ("token_pattern: '\\\\b(\\\\w)\\\\w*\\\\b'", dict(token_pattern=r"\b(\w)\w*\b")),
        ("token_pattern: '[^\\\\s\\\\-]+|\\\\-'", dict(token_pattern=r"[^\s\-]+|\-")),
        ("token_pattern: '\\\\d+\\\\.\\\\d|\\\\D\\\\W'", dict(token_pattern=r"\d+\.\d|\D\W")),
        ("analyzer: 'char_wb', ngram_range: [3, 4], strip_accents: 'unicode'",
         dict(analyzer="char_wb", ngram_range=(3, 4), strip_accents="unicode")),
        ("analyzer: 'char', ngram_range: [1, 2], strip_accents: 'ascii'",
         dict(analyzer="char", ngram_range=(1, 2), strip_accents="ascii")),
        ("analyzer: 'char', ngram_range: [2, 3]", dict(analyzer="char", ngram_range=(2, 3))),
    ]],
    ("text.CountVectorizer.from(fitted.count).transform(texts)", counts(dense(count.transform(texts)))),
    ("text.CountVectorizer({ max_features: 2 }).fit(texts).get_feature_names_out()",
     text.CountVectorizer(max_features=2).fit(texts).get_feature_names_out().tolist()),
    ("text.TfidfVectorizer().fit_transform(texts)", dense(text.TfidfVectorizer().fit_transform(texts))),
    ("text.TfidfVectorizer({ norm: 'l1', smooth_idf: false }).fit_transform(texts)",
     dense(text.TfidfVectorizer(norm="l1", smooth_idf=False).fit_transform(texts))),
    ("text.TfidfVectorizer({ norm: null, use_idf: false }).fit_transform(texts)",
     dense(text.TfidfVectorizer(norm=None, use_idf=False).fit_transform(texts))),
    ("text.TfidfVectorizer({ vocabulary: ['fox', 'the', 'cow'] }).fit_transform(texts)",
     dense(text.TfidfVectorizer(vocabulary=["fox", "the", "cow"]).fit_transform(texts))),
    ("text.CountVectorizer({ max_features: 1, binary: true }).fit(often).get_feature_names_out()",
     text.CountVectorizer(max_features=1, binary=True).fit(often).get_feature_names_out().tolist()),
    ("text.TfidfVectorizer.from(fitted.tfidf).transform(texts)", dense(tfidf.transform(texts))),
    ("text.TfidfVectorizer.from(fitted.tfidf).transform(['A lazy fox jumped', 'nothing'])",
     dense(tfidf.transform(["A lazy fox jumped", "nothing"]))),

    # splits
    ("split(numbers, about)", split(numbers, about, random_state=0)),
    ("split(iris_y, { random_state: 42 })", split(iris_y, random_state=42)),
    ("split(species, iris_y, { random_state: 7, test_size: 0.33, stratify: iris_y })",
     split(species, iris_y, random_state=7, test_size=0.33, stratify=iris_y)),
    ("split(wine_y, { random_state: 4294967295, train_size: 20, test_size: 9, stratify: wine_y })",
     split(wine_y, random_state=4294967295, train_size=20, test_size=9, stratify=wine_y)),
    *[(f"split(many, {{ random_state: {seed}, stratify: many, test_size: 0.3 }})",
       split(many, random_state=seed, stratify=many, test_size=0.3)) for seed in range(3)],
    ("split(iris_y, { shuffle: false, train_size: 0.4 })", split(iris_y, shuffle=False, train_size=0.4)),]

write(inputs, ROWS)
