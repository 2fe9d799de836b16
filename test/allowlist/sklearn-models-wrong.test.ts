/**
 * What the models of sklearn refuse, and in which words: what was wanted, what came, what to do.
 *
 * Above all models that come in with `from`: a tree written by hand must not hang a walk.
 *
 * @module
 */

import { type Refusals, testRefusals } from "./sklearn.ts";

/** A tree that is one leaf, and one that has two. */
const MODELS = `
    const leaf = { children_left: [-1], children_right: [-1], feature: [-2], threshold: [-2] };
    globalThis.leaf = { ...leaf, value: [[1, 2]] };
    const children = { children_left: [1, -1, -1], children_right: [2, -1, -1] };
    const splits = { feature: [0, -2, -2], threshold: [0.5, -2, -2] };
    globalThis.fork = { ...children, ...splits, value: [[1, 2], [1, 0], [0, 2]] };
  `;

// Components, centres, neighbours.
const TABLES: Refusals = [
  [
    "PCA(3).fit([[1, 2], [3, 4]])",
    "RangeError: PCA wants 1 to 2 components, or a share below 1 as n_components, got 3",
  ],
  [
    'PCA("mle").fit([[1, 2], [3, 4]])',
    'RangeError: PCA wants 1 to 2 components, or a share below 1 as n_components, got "mle"',
  ],
  ["PCA().fit([[1, 2]])", "RangeError: PCA wants at least two rows, got one"],
  [
    "PCA.from({ components_: [[1, 0]] })",
    "Error: PCA is not fitted (no mean_); call fit(), or make it with PCA.from({ components_, mean_ })",
  ],
  [
    "PCA.from({ components_: [[1, 0]], mean_: [1] })",
    "RangeError: PCA.mean_ wants 2 numbers, one for each column, got 1",
  ],
  [
    "PCA.from({ components_: [[1, 0]], mean_: [1, 1], whiten: true })",
    "TypeError: PCA with whiten wants explained_variance_, got none",
  ],
  [
    "PCA(2).transform([[1]])",
    "Error: PCA is not fitted (no components_, mean_); call fit(), or make it with PCA.from({ components_, mean_ })",
  ],
  ["KMeans(5).fit([[1], [2]])", "RangeError: KMeans wants at least 5 rows, got 2"],
  [
    "KMeans({ n_clusters: 2, init: [[1]] }).fit([[1], [2]])",
    "RangeError: init wants 2 rows, one for each cluster, got 1",
  ],
  [
    'KMeans({ n_clusters: 2, init: "far" }).fit([[1], [2]])',
    'TypeError: init wants a list or a tensor, got "far"',
  ],
  [
    "KMeans({ n_clusters: 0 })",
    "TypeError: KMeans wants a whole number from 1 as n_clusters, got 0",
  ],
  [
    "KMeans().predict([[1]])",
    "Error: KMeans is not fitted (no cluster_centers_); call fit(), or make it with KMeans.from({ cluster_centers_ })",
  ],
  [
    "KNN(3).fit([[1], [2]], [0, 1]).predict([[1]])",
    "RangeError: n_neighbors wants at most the 2 rows fitted, got 3",
  ],
  ["KNN(1).fit([[1], [2]], [0])", "RangeError: y wants 2 labels, one for each row, got 1"],
  ["KNN({ p: 3 })", "TypeError: KNeighborsClassifier wants 2 or 1 as p, got 3"],
  [
    'KNN.from({ _fit_X: [[1], [2]], _y: [0, 5], classes_: ["a", "b"] })',
    "RangeError: KNeighborsClassifier._y wants places in classes_, got 5",
  ],
  [
    'KNN.from({ _fit_X: [[1], [2]], _y: [0], classes_: ["a", "b"] })',
    "RangeError: KNeighborsClassifier._y wants 2 places, one for each row of _fit_X, got 1",
  ],
  [
    "KNN(1).fit([[1], [2]], [0.5, 1])",
    "RangeError: y wants labels of classes, got the fraction 0.5",
  ],
];

// Trees and forests.
const TREES: Refusals = [
  [
    "DT().fit([[1], [2]], [0.5, 1.5])",
    "RangeError: y wants labels of classes, got the fraction 0.5",
  ],
  [
    "DT().fit([[NaN], [2]], [0, 1])",
    "RangeError: X[0][0] wants a finite number, got NaN; fill it in first, with impute.SimpleImputer",
  ],
  [
    "DT().predict([[1]])",
    "Error: DecisionTreeClassifier is not fitted (no tree_, classes_, n_features_in_); call fit(), or make it with DecisionTreeClassifier.from({ tree_, classes_, n_features_in_ })",
  ],
  [
    "DT({ max_depth: 0 })",
    "TypeError: DecisionTreeClassifier wants null or a whole number from 1 as max_depth, got 0",
  ],
  [
    "DT({ max_features: 5 }).fit([[1], [2]], [0, 1])",
    'RangeError: max_features wants "sqrt", "log2", 1 to 1, a share below 1 or null, got 5',
  ],
  [
    "DT({ ccp_alpha: 0.1 })",
    "TypeError: DecisionTreeClassifier wants nothing but 0 as ccp_alpha, got 0.1",
  ],
  [
    "DT({ random_state: -1 })",
    "TypeError: DecisionTreeClassifier wants null or a whole number from 0 to 4294967295 as random_state, got -1",
  ],
  [
    "DT({ random_state: 2 ** 32 })",
    "TypeError: DecisionTreeClassifier wants null or a whole number from 0 to 4294967295 as random_state, got 4294967296",
  ],
  [
    "DT.from({ tree_: {}, classes_: [0, 1], n_features_in_: 1 })",
    "TypeError: DecisionTreeClassifier.tree_ wants a dict of children_left, children_right, feature, threshold, value, got an object",
  ],
  [
    "DT.from({ tree_: leaf, classes_: [0, 1] })",
    "Error: DecisionTreeClassifier is not fitted (no n_features_in_); call fit(), or make it with DecisionTreeClassifier.from({ tree_, classes_, n_features_in_ })",
  ],
  [
    "DT.from({ tree_: leaf, classes_: [0, 1, 2], n_features_in_: 1 })",
    "RangeError: tree_.value wants 3 columns, one for each class, got 2",
  ],
  [
    "DT.from({ tree_: leaf, classes_: [0, 1], n_features_in_: 1e12 })",
    "RangeError: DecisionTreeClassifier.n_features_in_ wants a whole number of 1 to 1000000, got 1000000000000",
  ],
  [
    "DT.from({ tree_: { ...leaf, children_left: [0], children_right: [0] }, classes_: [0, 1], n_features_in_: 1 })",
    "RangeError: DecisionTreeClassifier.tree_ wants children behind node 0 and below 1, got 0 and 0",
  ],
  [
    "DT.from({ tree_: { ...leaf, children_left: [-1, -1] }, classes_: [0, 1], n_features_in_: 1 })",
    "RangeError: DecisionTreeClassifier.tree_.children_left wants 1 number, one for each row, got 2",
  ],
  [
    "DT.from({ tree_: { ...fork, feature: [0.5, -2, -2] }, classes_: [0, 1], n_features_in_: 1 })",
    "RangeError: DecisionTreeClassifier.tree_.feature[0] wants the number of a column, got 0.5",
  ],
  [
    "DT.from({ tree_: { ...fork, feature: [7, -2, -2] }, classes_: [0, 1], n_features_in_: 1 })",
    "RangeError: tree_.feature wants columns below n_features_in_ 1, got 7",
  ],
  [
    "DT.from({ tree_: fork, classes_: [0, 1], n_features_in_: 1 }).predict([[1e300]])",
    "RangeError: X wants numbers that float32 can hold, got 1e+300",
  ],
  [
    "DT.from({ tree_: fork, classes_: [0, 1], n_features_in_: 1 }).feature_importances_",
    "Error: feature_importances_ wants impurity and weighted_n_node_samples in tree_, got none; give them to from()",
  ],
  [
    "DT.from({ tree_: fork, classes_: [0, 1], n_features_in_: 1 }).predict([[1, 2]])",
    "RangeError: X wants 1 column, as fitted, got 2",
  ],
  [
    "RF.from({ estimators_: [], classes_: [0, 1], n_features_in_: 1 })",
    "TypeError: RandomForestClassifier.estimators_ wants a list of trees, got a list of 0",
  ],
  [
    "RF.from({ estimators_: [fork, {}], classes_: [0, 1], n_features_in_: 1 })",
    "TypeError: RandomForestClassifier.estimators_[1] wants a dict of children_left, children_right, feature, threshold, value, got an object",
  ],
  [
    "RF({ max_samples: 9 }).fit([[1], [2]], [0, 1])",
    "RangeError: max_samples wants 1 to 2 or a share below 1, got 9",
  ],
  [
    'RF({ class_weight: "balanced" })',
    'TypeError: RandomForestClassifier wants nothing but null as class_weight, got "balanced"',
  ],
];

// Linear models.
const LINEAR: Refusals = [
  [
    "lm.LinearRegression().fit([[1], [2]], [1])",
    "RangeError: y wants 2 numbers, one for each row, got 1",
  ],
  [
    'lm.LinearRegression().fit([[1], [2]], ["a", "b"])',
    'TypeError: y[0] wants a number, got "a"; words are for preprocessing.OneHotEncoder',
  ],
  [
    "lm.LinearRegression().fit([[1], [2]], [[1, 2], [3]])",
    "RangeError: y wants 2 cells in row 1, got 1",
  ],
  [
    "lm.LinearRegression.from({ coef_: [1] })",
    "Error: LinearRegression is not fitted (no intercept_); call fit(), or make it with LinearRegression.from({ coef_, intercept_ })",
  ],
  [
    "lm.LinearRegression.from({ coef_: [[1], [2]], intercept_: [1] })",
    "RangeError: LinearRegression.intercept_ wants 2 numbers, one for each row of coef_, got 1",
  ],
  [
    "lm.LinearRegression({ positive: true })",
    "TypeError: LinearRegression wants nothing but false as positive, got true",
  ],
  ["lm.Ridge(-1)", "TypeError: Ridge wants a number from 0 as alpha, got -1"],
  [
    "lm.LogisticRegression().fit([[1], [2]], [1, 1])",
    "RangeError: y wants labels of two classes, got one",
  ],
  [
    'lm.LogisticRegression({ penalty: "l1" })',
    'TypeError: LogisticRegression wants "l2" or "none" or null as penalty, got "l1"',
  ],
  [
    'lm.LogisticRegression({ multi_class: "ovr" }).fit([[1], [2], [3]], [0, 1, 2])',
    'TypeError: LogisticRegression fits no "ovr" of 3 here; leave multi_class at "auto"; what Python fitted otherwise can be applied',
  ],
  [
    'lm.LogisticRegression({ solver: "liblinear" }).fit([[1], [2]], [0, 1])',
    'TypeError: LogisticRegression fits as "lbfgs" does; "liblinear" can be applied',
  ],
  [
    "lm.LogisticRegression.from({ coef_: [[1]], intercept_: [1], classes_: [0, 1, 2] })",
    "RangeError: LogisticRegression.coef_ wants 3 rows for 3 classes, got 1",
  ],
  [
    "lm.LogisticRegression.from({ coef_: [[1], [2], [3]], intercept_: [1, 2], classes_: [0, 1, 2] })",
    "RangeError: LogisticRegression.intercept_ wants 3 numbers, one for each row of coef_, got 2",
  ],
];

testRefusals([...TABLES, ...TREES, ...LINEAR], MODELS);
