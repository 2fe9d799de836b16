"""Works out with scikit-learn what the models of sklearn must give.

Run as `/usr/bin/python3 test/allowlist/vectors-sklearn-models.py >
test/allowlist/vectors-sklearn-models.json`, with Debian's python3-sklearn (1.2), and then `npm run
format`. The tests only read the JSON.
"""

import runpy
from pathlib import Path

import numpy as np
from sklearn import cluster, decomposition, ensemble, linear_model, neighbors, pipeline
from sklearn import model_selection, preprocessing as P, tree

globals().update(runpy.run_path(str(Path(__file__).with_name("vectors-sklearn-common.py"))))

std = P.StandardScaler().fit(wine)
scaled = P.StandardScaler().fit_transform(cancer)
pca = decomposition.PCA().fit(wine)
white = decomposition.PCA(2, whiten=True).fit(iris)
share = decomposition.PCA(0.97).fit(iris)
wide = decomposition.PCA().fit(wine[:5])
# To the end: lbfgs stops where the loss no longer falls, which is a good way before.
TIGHT = dict(solver="newton-cg", tol=1e-12, max_iter=100_000)
lr2 = linear_model.LogisticRegression(**TIGHT).fit(scaled, cancer_y)
lr3 = linear_model.LogisticRegression(**TIGHT).fit(iris, species)
lrc = linear_model.LogisticRegression(C=0.05, class_weight="balanced", fit_intercept=False,
                                      **TIGHT).fit(std.transform(wine), wine_y)
free = linear_model.LogisticRegression(penalty=None, **TIGHT).fit(iris[50:, :2], iris_y[50:])
ovr = linear_model.LogisticRegression(multi_class="ovr").fit(iris, iris_y)
liblinear = linear_model.LogisticRegression(solver="liblinear").fit(iris, iris_y)
softmax2 = linear_model.LogisticRegression(multi_class="multinomial").fit(scaled, cancer_y)
flags = linear_model.LogisticRegression().fit(iris, iris_y == 1)
ols = linear_model.LinearRegression().fit(iris[:, :3], iris[:, 3])
both = linear_model.LinearRegression().fit(iris[:, :2], iris[:, 2:])
column = linear_model.Ridge().fit(iris[:, :2], iris[:, 2:3])
short = linear_model.LinearRegression().fit(wine[:5], wine_y[:5] + np.arange(5))
twice = np.hstack([wine, wine[:, :3] * 2])
ridge = linear_model.Ridge(2.5).fit(wine, wine_y)
knn = neighbors.KNeighborsClassifier(7, algorithm="brute").fit(std.transform(wine)[::2], wine_y[::2])
knn_far = neighbors.KNeighborsClassifier(4, weights="distance", algorithm="brute", p=1)
knn_far.fit(wine[::2], wine_y[::2])
dt = tree.DecisionTreeClassifier(random_state=3).fit(cancer, cancer_y)
rf = ensemble.RandomForestClassifier(8, max_depth=4, random_state=5).fit(wine, wine_y)
named = ensemble.RandomForestClassifier(3, random_state=1).fit(iris, species)
km = cluster.KMeans(3, n_init=10, random_state=0, tol=0).fit(iris)

# Iris as a whole, split as a person splits it.
X_train, X_test, y_train, y_test = model_selection.train_test_split(
    iris, species, test_size=0.3, random_state=42, stratify=species)
steps = pipeline.make_pipeline(P.StandardScaler(), decomposition.PCA(2),
                               linear_model.LogisticRegression()).fit(X_train, y_train)

fitted = dict(
    std=exported(std), white=exported(white), lr2=exported(lr2), lr3=exported(lr3), ovr=exported(ovr),
    liblinear=exported(liblinear), softmax2=exported(softmax2), flags=exported(flags),
    ols=exported(ols), both=exported(both), ridge=exported(ridge), knn=exported(knn), dt=exported(dt),
    rf=exported(rf), named=exported(named), km=exported(km),
    steps=[exported(step) for step in steps.named_steps.values()],
)
inputs = dict(iris=iris, iris_y=iris_y, species=species, wine=wine, wine_y=wine_y, cancer=cancer,
              cancer_y=cancer_y, few=few, fitted=fitted)


def trees(made):
    """All of a forest's or a tree's structure; impurities are in `feature_importances_`."""
    names = ("children_left", "feature", "threshold", "n_node_samples", "value")
    grown = [tree_of(one) for one in getattr(made, "estimators_", [made])]
    return [{name: one[name].tolist() for name in names} for one in grown]


# Few different numbers: many columns are constant in a node.
coarse = np.floor(cancer / 3)
LEARNT = dict(iris=(iris, iris_y), wine=(wine, wine_y), cancer=(cancer, cancer_y),
              coarse=(coarse, cancer_y))


def dt_row(js, data, **params):
    X, y = LEARNT[data]
    return (f"treesOf(DT({js}).fit({data}, {data}_y))",
            trees(tree.DecisionTreeClassifier(**params).fit(X, y)))


def rf_row(js, data, **params):
    X, y = LEARNT[data]
    return (f"treesOf(RF({js}).fit({data}, {data}_y))",
            trees(ensemble.RandomForestClassifier(**params).fit(X, y)))


def km_row(js, data, **params):
    made = cluster.KMeans(**params).fit(dict(iris=iris, wine=wine, ones=np.ones((9, 2)))[data])
    want = [made.labels_.tolist(), made.cluster_centers_, made.inertia_, made.n_iter_]
    return (f"clustersOf(KMeans({js}).fit({data}))", want)


def fit3(X, y):
    return linear_model.LinearRegression().fit(X, y)


CENTRES = [[5, 3, 1, 0], [6, 3, 4, 1], [90, 90, 90, 90]]

# As in vectors-sklearn.py.
ROWS = [
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
    ("lm.LinearRegression().fit(twice, wine_y).coef_", fit3(twice, wine_y).coef_),
    ("lm.LinearRegression().fit(twice, wine_y).rank_", int(fit3(twice, wine_y).rank_)),
    ("lm.LinearRegression().fit(wine, wine_y).singular_", fit3(wine, wine_y).singular_),
    ("lm.LinearRegression().fit(iris.map((r) => r.slice(0, 2)), iris.map((r) => r.slice(2)))"
     ".score(iris.map((r) => r.slice(0, 2)), iris.map((r) => r.slice(2)))",
     both.score(iris[:, :2], iris[:, 2:])),
    ("lm.Ridge().fit(iris.map((r) => r.slice(0, 2)), iris.map((r) => [r[2]])).coef_", column.coef_),
    ("lm.Ridge().fit(iris.map((r) => r.slice(0, 2)), iris.map((r) => [r[2]])).intercept_", column.intercept_),
    ("lm.Ridge(0).fit(twice, wine_y).coef_", fit3(twice, wine_y).coef_, 1e-8),
    ("lm.Ridge({ alpha: 3, fit_intercept: false }).fit(wine, wine_y).predict(wine.slice(0, 4))",
     linear_model.Ridge(3, fit_intercept=False).fit(wine, wine_y).predict(wine[:4])),
    ("lm.Ridge.from(fitted.ridge).predict(wine.slice(0, 4))", ridge.predict(wine[:4])),
    ("lm.LinearRegression({ fit_intercept: false }).fit([[1, 2], [2, 4]], [5, 10]).coef_",
     linear_model.LinearRegression(fit_intercept=False).fit([[1, 2], [2, 4]], [5, 10]).coef_),
    ("lm.LinearRegression.from(fitted.ols).predict(few.map((r) => r.slice(0, 3)))",
     ols.predict(few[:, :3])),
    ("lm.LinearRegression.from(fitted.both).predict(few.map((r) => r.slice(0, 2)))",
     both.predict(few[:, :2])),
    ("lm.Ridge(2.5).fit(wine, wine_y).coef_", ridge.coef_),
    ("lm.Ridge(2.5).fit(wine, wine_y).intercept_", float(ridge.intercept_)),
    ("lm.Ridge(2.5).fit(wine, wine_y).score(wine, wine_y)", ridge.score(wine, wine_y)),
    ("logistic2().coef_", lr2.coef_, 1e-7),
    ("logistic2().intercept_", lr2.intercept_, 1e-7),
    ("logistic2().predict_proba(scaled)", lr2.predict_proba(scaled), 1e-7),
    ("lm.LogisticRegression().fit(iris, species).coef_", lr3.coef_, 1e-7),
    ("lm.LogisticRegression().fit(iris, species).intercept_", lr3.intercept_, 1e-7),
    ("lm.LogisticRegression().fit(iris, species).predict(iris)", lr3.predict(iris).tolist()),
    ("lm.LogisticRegression({ C: 0.05, class_weight: 'balanced', fit_intercept: false })"
     ".fit(P.StandardScaler().fit_transform(wine), wine_y).coef_", lrc.coef_, 1e-7),
    ("lm.LogisticRegression.from(fitted.lr2).decision_function(scaled)", lr2.decision_function(scaled)),
    ("lm.LogisticRegression.from(fitted.lr2).predict(scaled)", lr2.predict(scaled).tolist()),
    ("lm.LogisticRegression.from(fitted.lr3).predict_proba(few)", lr3.predict_proba(few)),
    ("lm.LogisticRegression.from(fitted.lr3).predict_log_proba(few)", lr3.predict_log_proba(few)),
    ("lm.LogisticRegression.from(fitted.lr3).predict(few)", lr3.predict(few).tolist()),
    ("lm.LogisticRegression({ penalty: null }).fit(iris.slice(50).map((r) => r.slice(0, 2)), "
     "iris_y.slice(50)).coef_", free.coef_, 1e-7),
    *[(f"lm.LogisticRegression.from(fitted.{name}).predict_proba({data})", made.predict_proba(X))
      for name, made, data, X in [
          ("ovr", ovr, "few", few), ("liblinear", liblinear, "few", few),
          ("softmax2", softmax2, "scaled.slice(0, 9)", scaled[:9])]],
    ("lm.LogisticRegression.from(fitted.flags).predict(few)", flags.predict(few).tolist()),

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
    dt_row("", "iris", random_state=0),
    dt_row("{ random_state: 11 }", "wine", random_state=11),
    dt_row("{ random_state: 4, max_depth: 3, min_samples_leaf: 8 }", "cancer",
           random_state=4, max_depth=3, min_samples_leaf=8),
    dt_row("{ random_state: 5, max_features: 3, min_samples_split: 9 }", "cancer",
           random_state=5, max_features=3, min_samples_split=9),
    dt_row("{ random_state: 2, criterion: 'entropy', max_features: 'log2', max_depth: 4 }", "wine",
           random_state=2, criterion="entropy", max_features="log2", max_depth=4),
    dt_row("{ random_state: 2, min_impurity_decrease: 0.02, max_features: 0.4 }", "wine",
           random_state=2, min_impurity_decrease=0.02, max_features=0.4),
    dt_row("{ random_state: 6, max_features: 6 }", "coarse", random_state=6, max_features=6),
    rf_row("{ n_estimators: 3, random_state: 12 }", "coarse", n_estimators=3, random_state=12),
    ("DT().fit([[0], [5e-8], [2e-7]], [0, 1, 1]).tree_.threshold",
     tree.DecisionTreeClassifier().fit([[0], [5e-8], [2e-7]], [0, 1, 1]).tree_.threshold.tolist(), 1e-15),
    rf_row("{ n_estimators: 5, random_state: 7 }", "wine", n_estimators=5, random_state=7),
    rf_row("{ n_estimators: 4, random_state: 8, max_depth: 5 }", "cancer",
           n_estimators=4, random_state=8, max_depth=5),
    rf_row("{ n_estimators: 3, random_state: 9, bootstrap: false, max_features: null }", "iris",
           n_estimators=3, random_state=9, bootstrap=False, max_features=None),
    rf_row("{ n_estimators: 3, random_state: 10, max_samples: 0.5, min_samples_leaf: 3 }", "iris",
           n_estimators=3, random_state=10, max_samples=0.5, min_samples_leaf=3),
    ("RF({ n_estimators: 25, random_state: 3 }).fit(cancer, cancer_y).predict_proba(cancer)",
     ensemble.RandomForestClassifier(25, random_state=3).fit(cancer, cancer_y).predict_proba(cancer)),
    ("RF({ n_estimators: 9, random_state: 1 }).fit(wine, wine_y).feature_importances_",
     ensemble.RandomForestClassifier(9, random_state=1).fit(wine, wine_y).feature_importances_),
    ("DT.from(fitted.dt).predict(cancer)", dt.predict(cancer).tolist()),
    ("DT.from(fitted.dt).apply(cancer)", counts(dt.apply(cancer))),
    ("DT.from(fitted.dt).feature_importances_", dt.feature_importances_),
    ("RF.from(fitted.rf).predict_proba(wine)", rf.predict_proba(wine)),
    ("RF.from(fitted.rf).predict(wine)", rf.predict(wine).tolist()),
    ("RF.from(fitted.rf).feature_importances_", rf.feature_importances_),
    ("RF.from(fitted.named).predict(few)", named.predict(few).tolist()),

    # clusters
    ("cluster.KMeans.from(fitted.km).predict(iris)", km.predict(iris).tolist()),
    ("cluster.KMeans.from(fitted.km).transform(few)", km.transform(few), 1e-7),
    ("cluster.KMeans.from(fitted.km).score(few)", km.score(few)),
    km_row("{ random_state: 0 }", "iris", random_state=0, n_init=10),
    km_row("{ n_clusters: 3, random_state: 1, n_init: 1 }", "iris", n_clusters=3, random_state=1, n_init=1),
    km_row("{ n_clusters: 4, random_state: 2, n_init: 'auto', init: 'random' }", "wine",
           n_clusters=4, random_state=2, n_init="auto", init="random"),
    km_row("{ n_clusters: 5, random_state: 3, max_iter: 2, n_init: 3, tol: 0 }", "wine",
           n_clusters=5, random_state=3, max_iter=2, n_init=3, tol=0),
    km_row("{ n_clusters: 4, random_state: 0, n_init: 1, tol: 0.01 }", "wine",
           n_clusters=4, random_state=0, n_init=1, tol=0.01),
    km_row("{ n_clusters: 2, random_state: 2, n_init: 10, max_iter: 2 }", "iris",
           n_clusters=2, random_state=2, n_init=10, max_iter=2),
    km_row("{ n_clusters: 3, init: CENTRES }", "iris", n_clusters=3, init=CENTRES, n_init=1),
    km_row("{ n_clusters: 3, n_init: 2, random_state: 0 }", "ones", n_clusters=3, n_init=2, random_state=0),

    # pipelines, and all of it on real data
    ("pipeline.make_pipeline(P.StandardScaler(), PCA(2)).fit_transform(wine)",
     pipeline.make_pipeline(P.StandardScaler(), decomposition.PCA(2)).fit_transform(wine)),
    ("pipeline.make_pipeline(P.StandardScaler.from(fitted.std), KNN.from(fitted.knn)).predict(wine)",
     knn.predict(std.transform(wine)).tolist()),
    ("pipeline.make_pipeline(P.StandardScaler(), lm.LogisticRegression())"
     ".fit(cancer, cancer_y).score(cancer, cancer_y)", lr2.score(scaled, cancer_y)),
    ("iris_by(pipeline.make_pipeline(P.StandardScaler(), PCA(2), lm.LogisticRegression()))",
     [steps.predict(X_test).tolist(), steps.score(X_test, y_test)]),
    ("iris_by(pipeline.make_pipeline(P.StandardScaler(), RF({ random_state: 0 })))",
     (lambda made: [made.predict(X_test).tolist(), made.score(X_test, y_test)])(
         pipeline.make_pipeline(P.StandardScaler(), ensemble.RandomForestClassifier(random_state=0))
         .fit(X_train, y_train))),
    ("served().predict_proba(few)", steps.predict_proba(few)),
    ("served().predict(iris)", steps.predict(iris).tolist()),
]

write(dict(inputs, CENTRES=CENTRES, ones=np.ones((9, 2))), ROWS)
