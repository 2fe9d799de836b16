"""Works out with scikit-learn what the stand-in named sklearn must give.

Run as `/usr/bin/python3 test/allowlist/vectors-sklearn.py > test/allowlist/vectors-sklearn.json`,
with Debian's python3-sklearn (1.2). The tests only read the JSON. The data are those that come with
scikit-learn: all of Iris and Wine, and each third row of Breast Cancer.
"""

import json
import math
import warnings

import numpy as np
from sklearn import (
    cluster, datasets, decomposition, ensemble, impute, linear_model, metrics, model_selection,
    neighbors, pipeline, preprocessing, tree,
)
from sklearn.feature_extraction import text
from sklearn.metrics import pairwise

warnings.filterwarnings("ignore")

iris, iris_y = datasets.load_iris(return_X_y=True)
wine, wine_y = datasets.load_wine(return_X_y=True)
cancer, cancer_y = (part[::3] for part in datasets.load_breast_cancer(return_X_y=True))
species = datasets.load_iris().target_names[iris_y].tolist()
few = iris[::10]
gaps = [[1.0, math.nan, 3.0], [4.0, 2.0, math.nan], [7.0, 8.0, 9.0], [7.0, 2.0, math.nan]]
constant = [[0.1, 5.0], [0.1, 7.0], [0.1, -9.0]]
pets = [["cat", 3.0], ["dog", 1.0], ["cat", 2.0], ["bird", 1.0]]
texts = [
    "The quick brown fox jumps over the lazy dog.",
    "Über die Straße, a naïve café: the FOX jumped; jumped again!",
    "One fox, two foxes and 3 dogs. x y zz_9",
    "東京 は 大きい city; русский текст, ελληνικά",
    "",
]
truth = [0, 1, 2, 0, 1, 2, 2, 0, 1, 1]
guess = [0, 2, 1, 0, 0, 2, 2, 1, 1, 1]
yes = [1, 0, 1, 1, 0, 0, 1, 0]
maybe = [0.9, 0.4, 0.65, 0.4, 0.4, 0.1, 0.3, 0.8]
said = [1, 0, 1, 0, 0, 0, 0, 1]
numbers = [3.0, -0.5, 2.0, 7.0]
about = [2.5, 0.0, 2.0, 8.0]

inputs = dict(iris=iris, iris_y=iris_y, species=species, wine=wine, wine_y=wine_y, cancer=cancer,
              cancer_y=cancer_y, few=few, gaps=gaps, constant=constant, pets=pets, texts=texts,
              truth=truth, guess=guess, yes=yes, maybe=maybe, said=said, numbers=numbers, about=about)


def obj(rows):
    return np.array(rows, dtype=object)


def f32(rows):
    return np.array(rows, dtype=np.float32)


def dense(matrix):
    return matrix.toarray()


def tree_of(fitted):
    t = fitted.tree_
    return dict(children_left=t.children_left.tolist(), children_right=t.children_right.tolist(),
                feature=t.feature.tolist(), threshold=t.threshold.tolist(), value=t.value.tolist(),
                n_node_samples=t.n_node_samples.tolist(), impurity=t.impurity.tolist())


def counts(array):
    """What scikit-learn has as int64 and the stand-in as int32."""
    return np.asarray(array).astype(np.int32)


P = preprocessing
std = P.StandardScaler().fit(wine)
std_cancer = P.StandardScaler().fit(cancer)
scaled = std_cancer.transform(cancer)
minmax = P.MinMaxScaler((-1, 2)).fit(iris)
pca = decomposition.PCA().fit(wine)
white = decomposition.PCA(2, whiten=True).fit(iris)
share = decomposition.PCA(0.97).fit(iris)
wide = decomposition.PCA().fit(wine[:5])
onehot = P.OneHotEncoder(sparse_output=False).fit(obj(pets))
TIGHT = dict(tol=1e-11, max_iter=100_000)
lr2 = linear_model.LogisticRegression(**TIGHT).fit(scaled, cancer_y)
lr3 = linear_model.LogisticRegression(**TIGHT).fit(iris, species)
lrc = linear_model.LogisticRegression(C=0.05, class_weight="balanced", fit_intercept=False,
                                      **TIGHT).fit(std.transform(wine), wine_y)
ovr = linear_model.LogisticRegression(multi_class="ovr", **TIGHT).fit(iris, iris_y)
ols = linear_model.LinearRegression().fit(iris[:, :3], iris[:, 3])
both = linear_model.LinearRegression().fit(iris[:, :2], iris[:, 2:])
short = linear_model.LinearRegression().fit(wine[:5], wine_y[:5] + np.arange(5))
ridge = linear_model.Ridge(2.5).fit(wine, wine_y)
knn = neighbors.KNeighborsClassifier(7, algorithm="brute").fit(std.transform(wine)[::2], wine_y[::2])
knn_far = neighbors.KNeighborsClassifier(4, weights="distance", algorithm="brute", p=1)
knn_far.fit(wine[::2], wine_y[::2])
dt = tree.DecisionTreeClassifier(random_state=3).fit(cancer, cancer_y)
rf = ensemble.RandomForestClassifier(8, max_depth=4, random_state=5).fit(wine, wine_y)
km = cluster.KMeans(3, n_init=10, random_state=0, tol=0).fit(iris)
count = text.CountVectorizer().fit(texts)
tfidf = text.TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit(texts)
names = P.OrdinalEncoder().fit(obj(pets))

inputs["fitted"] = dict(
    std=dict(mean_=std.mean_, scale_=std.scale_, var_=std.var_, n_samples_seen_=178),
    minmax=dict(min_=minmax.min_, scale_=minmax.scale_, feature_range=[-1, 2]),
    white=dict(components_=white.components_, mean_=white.mean_, whiten=True, n_components=2,
               explained_variance_=white.explained_variance_),
    lr2=dict(coef_=lr2.coef_, intercept_=lr2.intercept_, classes_=lr2.classes_),
    lr3=dict(coef_=lr3.coef_, intercept_=lr3.intercept_, classes_=lr3.classes_),
    ovr=dict(coef_=ovr.coef_, intercept_=ovr.intercept_, classes_=ovr.classes_, multi_class="ovr"),
    ols=dict(coef_=ols.coef_, intercept_=ols.intercept_),
    both=dict(coef_=both.coef_, intercept_=both.intercept_),
    knn=dict(_fit_X=knn._fit_X, _y=knn._y, classes_=knn.classes_, n_neighbors=7),
    dt=dict(tree_=tree_of(dt), classes_=dt.classes_, n_features_in_=30),
    rf=dict(estimators_=[tree_of(one) for one in rf.estimators_], classes_=rf.classes_),
    km=dict(cluster_centers_=km.cluster_centers_),
    onehot=dict(categories_=[list(one) for one in onehot.categories_]),
    tfidf=dict(vocabulary_={k: int(v) for k, v in tfidf.vocabulary_.items()}, idf_=tfidf.idf_,
               ngram_range=[1, 2], sublinear_tf=True),
)

# The trees whose splits do not hang on chance: none of 20 seeds changes them.
def settled(make, X, y):
    trees = [tree_of(make(seed).fit(X, y)) for seed in range(20)]
    assert all(one == trees[0] for one in trees)
    return trees[0]


def grown(X, y, **params):
    return settled(lambda seed: tree.DecisionTreeClassifier(random_state=seed, **params), X, y)


def split(*arrays, **params):
    return [part.tolist() if hasattr(part, "tolist") else part
            for part in model_selection.train_test_split(*arrays, **params)]


def scores(**params):
    return [metrics.precision_score(truth, guess, **params),
            metrics.recall_score(truth, guess, **params),
            metrics.f1_score(truth, guess, **params)]


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
    ("P.LabelBinarizer({ neg_label: -1 }).fit(['b', 'a']).inverse_transform([[-1], [1]])", ["a", "b"]),
    ("P.OneHotEncoder().fit_transform(pets)", onehot.transform(obj(pets))),
    ("P.OneHotEncoder.from(fitted.onehot).transform(pets)", onehot.transform(obj(pets))),
    ("P.OneHotEncoder().fit(pets).categories_", [list(one) for one in onehot.categories_]),
    ("P.OneHotEncoder().fit(pets).inverse_transform(P.OneHotEncoder().fit_transform(pets))", pets),
    ("P.OneHotEncoder({ drop: 'first' }).fit_transform(pets)",
     P.OneHotEncoder(drop="first", sparse_output=False).fit_transform(obj(pets))),
    ("P.OneHotEncoder({ drop: 'if_binary' }).fit_transform([['a', 1], ['b', 2], ['a', 3]])",
     P.OneHotEncoder(drop="if_binary", sparse_output=False).fit_transform(obj([["a", 1], ["b", 2], ["a", 3]]))),
    ("P.OneHotEncoder({ handle_unknown: 'ignore' }).fit(pets).transform([['cow', 2]])",
     P.OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(obj(pets)).transform(obj([["cow", 2]]))),
    ("P.OneHotEncoder().fit_transform([['b'], [null], ['a']])",
     P.OneHotEncoder(sparse_output=False).fit_transform(obj([["b"], [None], ["a"]]))),
    ("P.OneHotEncoder({ drop: 'first' }).fit([['b'], ['a']]).get_feature_names_out()",
     P.OneHotEncoder(drop="first").fit([["b"], ["a"]]).get_feature_names_out().tolist()),
    ("P.OrdinalEncoder().fit_transform(pets)", names.transform(obj(pets))),
    ("P.OrdinalEncoder({ handle_unknown: 'use_encoded_value', unknown_value: -1 }).fit(pets).transform([['cow', 2]])",
     P.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(obj(pets)).transform(obj([["cow", 2]]))),
    ("P.OrdinalEncoder().fit_transform([['b'], [NaN], ['a']])",
     P.OrdinalEncoder().fit_transform(obj([["b"], [math.nan], ["a"]]))),
    ("P.OrdinalEncoder({ categories: [['low', 'mid', 'high']] }).fit_transform([['high'], ['low']])",
     P.OrdinalEncoder(categories=[["low", "mid", "high"]]).fit_transform([["high"], ["low"]])),
    *[(f"new impute.SimpleImputer({{ strategy: '{how}' }}).fit_transform(gaps)",
       impute.SimpleImputer(strategy=how).fit_transform(gaps))
      for how in ("mean", "median", "most_frequent", "constant")],
    ("impute.SimpleImputer({ missing_values: -1, fill_value: 9, strategy: 'constant' }).fit_transform([[-1, 2]])",
     impute.SimpleImputer(missing_values=-1, fill_value=9, strategy="constant").fit_transform([[-1.0, 2.0]])),
    ("impute.SimpleImputer().fit_transform([[NaN, 1], [NaN, 3]])",
     impute.SimpleImputer().fit_transform([[math.nan, 1], [math.nan, 3]])),
    ("impute.SimpleImputer({ strategy: 'most_frequent' }).fit_transform([['b'], [null], ['a']])",
     [["b"], ["a"], ["a"]]),

    # metrics
    ("metrics.accuracy_score(truth, guess)", metrics.accuracy_score(truth, guess)),
    ("metrics.accuracy_score(truth, guess, { normalize: false })",
     float(metrics.accuracy_score(truth, guess, normalize=False))),
    *[(f"['precision_score', 'recall_score', 'f1_score'].map((f) => metrics[f](truth, guess, {{ average: '{a}' }}))",
       scores(average=a)) for a in ("micro", "macro", "weighted")],
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
    ("metrics.roc_auc_score(yes, maybe)", metrics.roc_auc_score(yes, maybe)),
    ("metrics.roc_auc_score(['n', 'y', 'y'], [1, 1, 2])", metrics.roc_auc_score(["n", "y", "y"], [1, 1, 2])),
    ("metrics.mean_squared_error(numbers, about)", metrics.mean_squared_error(numbers, about)),
    ("metrics.mean_squared_error(numbers, about, { squared: false })",
     metrics.mean_squared_error(numbers, about, squared=False)),
    ("metrics.mean_absolute_error(numbers, about)", metrics.mean_absolute_error(numbers, about)),
    ("metrics.r2_score(numbers, about)", metrics.r2_score(numbers, about)),
    ("metrics.pairwise.cosine_similarity(few)", pairwise.cosine_similarity(few)),
    ("metrics.pairwise.cosine_similarity([[0, 0], [3, 4]], [[1, 1]])",
     pairwise.cosine_similarity([[0, 0], [3, 4]], [[1, 1]])),
    ("metrics.pairwise.euclidean_distances(few, iris.slice(0, 3))",
     pairwise.euclidean_distances(few, iris[:3]), 1e-7),
    ("metrics.pairwise.manhattan_distances(few)", pairwise.manhattan_distances(few)),

    # decomposition
    ("PCA().fit(wine).components_", pca.components_, 1e-8),
    ("PCA().fit(wine).explained_variance_ratio_", pca.explained_variance_ratio_),
    ("PCA().fit(wine).singular_values_", pca.singular_values_),
    ("PCA(4).fit(wine).noise_variance_", decomposition.PCA(4).fit(wine).noise_variance_),
    ("PCA(2).fit_transform(iris)", decomposition.PCA(2).fit_transform(iris)),
    ("PCA({ n_components: 2, whiten: true }).fit_transform(iris)", white.transform(iris)),
    ("PCA.from(fitted.white).transform(few)", white.transform(few)),
    ("PCA.from(fitted.white).inverse_transform([[1, -1]])", white.inverse_transform([[1, -1]])),
    ("PCA(0.97).fit(iris).components_", share.components_),
    ("PCA().fit(wine.slice(0, 5)).explained_variance_", wide.explained_variance_),
    ("PCA(4).fit(wine.slice(0, 5)).components_", wide.components_[:4], 1e-7),

    # linear models
    ("lm.LinearRegression().fit(iris.map((r) => r.slice(0, 3)), iris.map((r) => r[3])).coef_", ols.coef_),
    ("lm.LinearRegression().fit(iris.map((r) => r.slice(0, 3)), iris.map((r) => r[3])).intercept_",
     float(ols.intercept_)),
    ("lm.LinearRegression().fit(iris.map((r) => r.slice(0, 2)), iris.map((r) => r.slice(2))).coef_",
     both.coef_),
    ("lm.LinearRegression().fit(iris.map((r) => r.slice(0, 2)), iris.map((r) => r.slice(2))).intercept_",
     both.intercept_),
    ("lm.LinearRegression().fit(wine.slice(0, 5), wine_y.slice(0, 5).map((y, i) => y + i)).coef_",
     short.coef_, 1e-8),
    ("lm.LinearRegression({ fit_intercept: false }).fit([[1, 2], [2, 4]], [5, 10]).coef_",
     linear_model.LinearRegression(fit_intercept=False).fit([[1, 2], [2, 4]], [5, 10]).coef_),
    ("lm.LinearRegression.from(fitted.ols).predict(few.map((r) => r.slice(0, 3)))",
     ols.predict(few[:, :3])),
    ("lm.LinearRegression.from(fitted.both).predict(few.map((r) => r.slice(0, 2)))",
     both.predict(few[:, :2])),
    ("lm.Ridge(2.5).fit(wine, wine_y).coef_", ridge.coef_),
    ("lm.Ridge(2.5).fit(wine, wine_y).intercept_", float(ridge.intercept_)),
    ("lm.Ridge(2.5).fit(wine, wine_y).score(wine, wine_y)", ridge.score(wine, wine_y)),
    ("logistic2().coef_", lr2.coef_, 1e-5),
    ("logistic2().intercept_", lr2.intercept_, 1e-5),
    ("logistic2().predict_proba(scaled)", lr2.predict_proba(scaled), 1e-5),
    ("lm.LogisticRegression().fit(iris, species).coef_", lr3.coef_, 1e-5),
    ("lm.LogisticRegression().fit(iris, species).intercept_", lr3.intercept_, 1e-5),
    ("lm.LogisticRegression().fit(iris, species).predict(iris)", lr3.predict(iris).tolist()),
    ("lm.LogisticRegression({ C: 0.05, class_weight: 'balanced', fit_intercept: false })"
     ".fit(P.StandardScaler().fit_transform(wine), wine_y).coef_", lrc.coef_, 1e-5),
    ("lm.LogisticRegression.from(fitted.lr2).decision_function(scaled)", lr2.decision_function(scaled)),
    ("lm.LogisticRegression.from(fitted.lr2).predict(scaled)", lr2.predict(scaled).tolist()),
    ("lm.LogisticRegression.from(fitted.lr3).predict_proba(few)", lr3.predict_proba(few)),
    ("lm.LogisticRegression.from(fitted.lr3).predict_log_proba(few)", lr3.predict_log_proba(few)),
    ("lm.LogisticRegression.from(fitted.lr3).predict(few)", lr3.predict(few).tolist()),
    ("lm.LogisticRegression.from(fitted.ovr).predict_proba(few)", ovr.predict_proba(few)),

    # neighbours
    ("KNN(7).fit(zwine.slice(0).filter((_, i) => i % 2 === 0), wine_y.filter((_, i) => i % 2 === 0)).predict_proba(zwine)",
     knn.predict_proba(std.transform(wine))),
    ("KNN.from(fitted.knn).predict(zwine)", knn.predict(std.transform(wine)).tolist()),
    ("KNN.from(fitted.knn).kneighbors(zwine.slice(1, 9))[0]", knn.kneighbors(std.transform(wine)[1:9])[0], 1e-7),
    ("KNN.from(fitted.knn).kneighbors(zwine.slice(1, 9))[1]",
     counts(knn.kneighbors(std.transform(wine)[1:9])[1])),
    ("KNN({ n_neighbors: 4, weights: 'distance', p: 1 }).fit(wine.filter((_, i) => i % 2 === 0), "
     "wine_y.filter((_, i) => i % 2 === 0)).predict_proba(wine)", knn_far.predict_proba(wine)),

    # trees
    *[(f"treeOf(DT({js}).fit({d}, {d}_y))", grown(X, y, **py)) for js, d, X, y, py in [
        ("{ max_depth: 2 }", "wine", wine, wine_y, dict(max_depth=2)),
        ("{ max_depth: 3, criterion: 'entropy' }", "wine", wine, wine_y, dict(max_depth=3, criterion="entropy")),
        ("{ max_depth: 3, min_samples_leaf: 8 }", "cancer", cancer, cancer_y, dict(max_depth=3, min_samples_leaf=8)),
    ]],
    ("DT.from(fitted.dt).predict(cancer)", dt.predict(cancer).tolist()),
    ("DT.from(fitted.dt).apply(cancer)", counts(dt.apply(cancer))),
    ("DT.from(fitted.dt).feature_importances_", dt.feature_importances_),
    ("RF.from(fitted.rf).predict_proba(wine)", rf.predict_proba(wine)),
    ("RF.from(fitted.rf).predict(wine)", rf.predict(wine).tolist()),

    # clusters
    ("cluster.KMeans.from(fitted.km).predict(iris)", km.predict(iris).tolist()),
    ("cluster.KMeans.from(fitted.km).transform(few)", km.transform(few), 1e-7),
    ("cluster.KMeans({ n_clusters: 3 }).fit(iris).inertia_", km.inertia_),
    ("byFirst(cluster.KMeans({ n_clusters: 3 }).fit(iris).cluster_centers_.tolist())",
     sorted(km.cluster_centers_.tolist())),

    # texts
    ("text.CountVectorizer().fit_transform(texts)", counts(dense(count.transform(texts)))),
    ("text.CountVectorizer().fit(texts).get_feature_names_out()", count.get_feature_names_out().tolist()),
    *[(f"bag({{ {js} }})", [v.get_feature_names_out().tolist(), dense(v.transform(texts)).tolist()])
      for js, v in [(js, text.CountVectorizer(**py).fit(texts)) for js, py in [
          ("stop_words: 'english', ngram_range: [2, 3]", dict(stop_words="english", ngram_range=(2, 3))),
          ("stop_words: ['fox'], lowercase: false, binary: true",
           dict(stop_words=["fox"], lowercase=False, binary=True)),
          ("min_df: 2, max_df: 0.5", dict(min_df=2, max_df=0.5)),
          ("token_pattern: '[\\\\w-]+'", dict(token_pattern=r"[\w-]+")),
          ("token_pattern: '\\\\b(\\\\w)\\\\w*\\\\b'", dict(token_pattern=r"\b(\w)\w*\b")),
          ("analyzer: 'char_wb', ngram_range: [3, 4], strip_accents: 'unicode'",
           dict(analyzer="char_wb", ngram_range=(3, 4), strip_accents="unicode")),
          ("analyzer: 'char', ngram_range: [1, 2], strip_accents: 'ascii'",
           dict(analyzer="char", ngram_range=(1, 2), strip_accents="ascii")),
          ("vocabulary: ['fox', 'dog', 'again']", dict(vocabulary=["fox", "dog", "again"])),
      ]]],
    ("text.CountVectorizer({ max_features: 2 }).fit(texts).get_feature_names_out()",
     text.CountVectorizer(max_features=2).fit(texts).get_feature_names_out().tolist()),
    ("text.TfidfVectorizer().fit_transform(texts)", dense(text.TfidfVectorizer().fit_transform(texts))),
    ("text.TfidfVectorizer({ norm: 'l1', smooth_idf: false }).fit_transform(texts)",
     dense(text.TfidfVectorizer(norm="l1", smooth_idf=False).fit_transform(texts))),
    ("text.TfidfVectorizer({ norm: null, use_idf: false }).fit_transform(texts)",
     dense(text.TfidfVectorizer(norm=None, use_idf=False).fit_transform(texts))),
    ("text.TfidfVectorizer.from(fitted.tfidf).transform(['A lazy fox jumped', 'nothing'])",
     dense(tfidf.transform(["A lazy fox jumped", "nothing"]))),

    # splits
    ("split(numbers, about)", split(numbers, about, random_state=0)),
    ("split(iris_y, { random_state: 42 })", split(iris_y, random_state=42)),
    ("split(species, iris_y, { random_state: 7, test_size: 0.33, stratify: iris_y })",
     split(species, iris_y, random_state=7, test_size=0.33, stratify=iris_y)),
    ("split(wine_y, { random_state: 4294967295, train_size: 20, test_size: 9, stratify: wine_y })",
     split(wine_y, random_state=4294967295, train_size=20, test_size=9, stratify=wine_y)),
    ("split(iris_y, { shuffle: false, train_size: 0.4 })", split(iris_y, shuffle=False, train_size=0.4)),

    # pipelines, and all of it on real data
    ("pipeline.make_pipeline(P.StandardScaler(), PCA(2)).fit_transform(wine)",
     pipeline.make_pipeline(P.StandardScaler(), decomposition.PCA(2)).fit_transform(wine)),
    ("pipeline.make_pipeline(P.StandardScaler.from(fitted.std), KNN.from(fitted.knn)).predict(wine)",
     knn.predict(std.transform(wine)).tolist()),
    ("pipeline.make_pipeline(P.StandardScaler(), lm.LogisticRegression()).fit(cancer, cancer_y).score(cancer, cancer_y)",
     lr2.score(scaled, cancer_y)),
]


def plain(value):
    if isinstance(value, np.ndarray) and value.dtype == object:
        return plain(value.tolist())
    if isinstance(value, np.ndarray):
        return dict(dtype=str(value.dtype), shape=list(value.shape), data=plain(value.ravel().tolist()))
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return "nan" if math.isnan(value) else float(f"{value:.15g}")
    return value


def lists(value):
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {key: lists(one) for key, one in value.items()}
    return [lists(one) for one in value] if isinstance(value, list) else plain(value)


rows = [dict(js=js, want=plain(want), tolerance=rest[0] if rest else 1e-9) for js, want, *rest in ROWS]
print(json.dumps(dict(inputs=lists(inputs), rows=rows), ensure_ascii=False, separators=(",", ":")))
