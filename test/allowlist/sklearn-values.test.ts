/**
 * What goes into sklearn and what comes out: tensors of every dtype, arrays of other libraries,
 * names that are those of JavaScript's own; and estimators that travel out of a hook and back in.
 *
 * @module
 */

import { afterAll, beforeAll, expect, test } from "vitest";

import { createRuntime } from "../../src/index.ts";
import type { Bare } from "./isolate.ts";
import { sklearnIsolate, vectorsOf } from "./sklearn.ts";
import { valueOf } from "./util.ts";

const VECTORS = vectorsOf("vectors-sklearn-models");

let sklearn: Bare;

beforeAll(async () => {
  sklearn = await sklearnIsolate(VECTORS.inputs);
  await sklearn.run(`
    // As a hook's answer leaves: what is an estimator becomes its attributes, at any depth.
    globalThis.sent = (value) => {
      if (typeof value !== "object" || value === null || Tensor.is(value)) return value;
      const data = made.toPlain(value) ?? value;
      if (Array.isArray(data)) return data.map(sent);
      return Object.fromEntries(Object.entries(data).map(([key, one]) => [key, sent(one)]));
    };
    globalThis.less = {
      fit(X) { this.n = X.length; },
      transform(X) { return X.map(([cell]) => [cell - this.n]); },
    };
    globalThis.texts = ["one fox", "two foxes and one dog", "__proto__ constructor one"];
  `);
});

afterAll(() => sklearn[Symbol.dispose]());

// A tensor's dtype, its elements, and the numbers that they are.
const DTYPES: readonly [dtype: string, data: string, numbers: string][] = [
  ["float64", "new Float64Array([0.1, -2, 3, 4])", "[[0.1, -2], [3, 4]]"],
  ["float32", "new Float32Array([0.5, -2, 3, 4])", "[[0.5, -2], [3, 4]]"],
  ["float16", "new Float16Array([0.5, -2, 3, 4])", "[[0.5, -2], [3, 4]]"],
  ["bfloat16", "new Uint16Array([0x3fc0, 0xc000, 0x4040, 0])", "[[1.5, -2], [3, 0]]"],
  ["int64", "new BigInt64Array([-5n, 6n, 2n ** 52n, 1n])", "[[-5, 6], [2 ** 52, 1]]"],
  ["uint64", "new BigUint64Array([5n, 6n, 2n ** 52n, 1n])", "[[5, 6], [2 ** 52, 1]]"],
  ["int32", "new Int32Array([-5, 6, 7, 1])", "[[-5, 6], [7, 1]]"],
  ["int16", "new Int16Array([-5, 6, 7, 1])", "[[-5, 6], [7, 1]]"],
  ["int8", "new Int8Array([-5, 6, 7, 1])", "[[-5, 6], [7, 1]]"],
  ["uint32", "new Uint32Array([5, 4294967295, 7, 1])", "[[5, 4294967295], [7, 1]]"],
  ["uint16", "new Uint16Array([5, 65535, 7, 1])", "[[5, 65535], [7, 1]]"],
  ["uint8", "new Uint8Array([5, 255, 7, 1])", "[[5, 255], [7, 1]]"],
  ["bool", "new Uint8Array([1, 0, 0, 1])", "[[1, 0], [0, 1]]"],
];

for (const [dtype, data, numbers] of DTYPES) {
  test(`sklearn reads a tensor of ${dtype} as the numbers that it holds`, async () => {
    const fit = (table: string) => `plain(P.MaxAbsScaler().fit(${table}).max_abs_)`;
    const got = await valueOf(sklearn, fit(`new Tensor("${dtype}", [2, 2], ${data})`));
    expect(got).toEqual(await valueOf(sklearn, fit(numbers)));
    const out = `P.MaxAbsScaler().fit_transform(new Tensor("${dtype}", [2, 2], ${data}))`;
    const back = dtype === "float32" ? "float32" : "float64";
    expect(await valueOf(sklearn, `${out}.dtype`)).toBe(back);
  });
}

// Whatever holds a table, the table is the same.
const TABLES: readonly [name: string, js: string][] = [
  ["a list of typed arrays", "[new Float32Array([1, 2]), new Uint8Array([3, 5])]"],
  ["a list of tensors", "[Tensor.from([1, 2]), Tensor.from([3n, 5n])]"],
  ["a matrix of linalg", "linalg.matrix([[1, 2], [3, 5]])"],
  ["a list of booleans and bigints", "[[true, 2n], [3, 5]]"],
];

for (const [name, js] of TABLES) {
  test(`sklearn reads ${name}`, async () => {
    const got = await valueOf(sklearn, `P.PolynomialFeatures(1).fit_transform(${js}).tolist()`);
    expect(got).toEqual([
      [1, 1, 2],
      [1, 3, 5],
    ]);
  });
}

// What comes out, to the kind: labels as they went in, names that are no names of JavaScript's.
const ROWS: readonly [js: string, want: unknown][] = [
  [
    "KNN(1).fit([[1], [2]], new Tensor('bool', [2], new Uint8Array([1, 0]))).predict([[1]])",
    [true],
  ],
  ["KNN(1).fit([[1], [2]], Tensor.from([7n, 5n])).predict([[1]])", [7]],
  ["KNN(1).fit([[1], [2]], ['b', 'a']).predict([[1]])", ["b"]],
  ["KNN(1).fit([[1], [2]], [['b'], ['a']]).predict([[1]])", ["b"]],
  ["KNN(1).fit([[1], [2]], [true, 0]).predict([[1], [2]])", [1, 0]],
  ["LabelEncoder().fit(['constructor', '__proto__']).classes_", ["__proto__", "constructor"]],
  ["LabelEncoder().fit_transform(['constructor', '__proto__'])", [1, 0]],
  ["OneHotEncoder().fit([['__proto__']]).get_feature_names_out(['length'])", ["length___proto__"]],
  [
    "metrics.confusion_matrix(['__proto__', 'a'], ['__proto__', '__proto__']).tolist()",
    [
      [1, 0],
      [1, 0],
    ],
  ],
  [
    "Object.entries(text.CountVectorizer().fit(texts.slice(2)).vocabulary_)",
    [
      ["__proto__", 0],
      ["constructor", 1],
      ["one", 2],
    ],
  ],
  ["text.CountVectorizer().fit(texts).transform(['__proto__ toString']).tolist()[0][0]", 1],
  [
    "text.CountVectorizer({ ngram_range: [1, 1e9] }).fit(['aa bb']).get_feature_names_out().length",
    3,
  ],
  ["Object.keys(pipeline.Pipeline([['__proto__', KNN()]]).named_steps)", ["__proto__"]],
  [
    "pipeline.make_pipeline(KNN(), KNN(), PCA()).steps.map(([name]) => name).join()",
    "kneighborsclassifier-1,kneighborsclassifier-2,pca",
  ],
  // A transformer that a hook wrote, without fit_transform.
  ["pipeline.make_pipeline(less, P.Binarizer()).fit_transform([[5], [6]]).tolist()", [[1], [1]]],
  ["Object.keys(StandardScaler({ n_jobs: 2 }).get_params())", ["with_mean", "with_std"]],
  [
    "made.toTensor(linalg.inverse(linalg.matrix([[2, 0], [0, 4]]))).tolist()",
    [
      [0.5, 0],
      [0, 0.25],
    ],
  ],
  ["linalg.determinant(linalg.matrix([[2, 1], [0, 4]]))", 8],
  [
    "linalg.solve(linalg.matrix([[2, 0], [0, 4]]), linalg.matrix([[2], [2]])).to1DArray()",
    [1, 0.5],
  ],
  ["made.toTensor([1]) ?? made.toPlain({}) ?? 'left alone'", "left alone"],
];

for (const [js, want] of ROWS) {
  test(`sklearn gives ${JSON.stringify(want)} for ${js}`, async () => {
    expect(await valueOf(sklearn, js)).toEqual(want);
  });
}

test("sklearn has these rooms, and no helper of ours in them", async () => {
  const rooms = await sklearn.run(`
    return Object.entries(lib).map(([room, names]) => [room, ...Object.keys(names).sort()].join(" "));
  `);
  expect(rooms).toEqual([
    "preprocessing Binarizer LabelBinarizer LabelEncoder MaxAbsScaler MinMaxScaler Normalizer " +
      "OneHotEncoder OrdinalEncoder PolynomialFeatures StandardScaler normalize",
    "impute SimpleImputer",
    "metrics accuracy_score confusion_matrix f1_score log_loss mean_absolute_error " +
      "mean_squared_error pairwise precision_recall_fscore_support precision_score r2_score " +
      "recall_score roc_auc_score root_mean_squared_error",
    "decomposition PCA",
    "cluster KMeans",
    "neighbors KNeighborsClassifier",
    "tree DecisionTreeClassifier",
    "ensemble RandomForestClassifier",
    "linear_model LinearRegression LogisticRegression Ridge",
    "feature_extraction text",
    "model_selection train_test_split",
    "pipeline Pipeline make_pipeline",
    "linalg EVD LU Matrix QR SVD determinant inverse matrix pseudoInverse solve",
  ]);
});

test("what was given is never changed, and is not kept", async () => {
  const got = await sklearn.run(`
    const X = new Tensor("float64", [3, 2], new Float64Array([1, 2, 3, 4, 5, 7]));
    const model = KNN(1).fit(X, ["a", "b", "c"]);
    const scaled = P.MinMaxScaler().fit_transform(X);
    const before = X.data.join();
    X.data.fill(9);
    return [before, model.predict([[1, 2]])[0], scaled.data[1]];
  `);
  expect(got).toEqual(["1,2,3,4,5,7", "a", 0]);
});

// Each estimator, fitted, and what it then gives.
const TRAVELLERS: readonly [made: string, gives: string][] = [
  ["P.StandardScaler().fit(iris)", "transform(few)"],
  ["P.StandardScaler({ with_mean: false }).fit(iris)", "transform(few)"],
  ["P.MinMaxScaler({ feature_range: [-1, 3] }).fit(iris)", "transform(few)"],
  ["P.MaxAbsScaler().fit(iris)", "inverse_transform(few)"],
  ["P.Normalizer('l1').fit(iris)", "transform(few)"],
  ["P.Binarizer({ threshold: 3 }).fit(iris)", "transform(few)"],
  ["P.PolynomialFeatures({ degree: 3, include_bias: false }).fit(iris)", "transform(few)"],
  ["P.LabelEncoder().fit(species)", "transform(['virginica'])"],
  ["P.LabelBinarizer({ neg_label: -1 }).fit(species)", "transform(['virginica'])"],
  ["P.OneHotEncoder({ drop: 'first' }).fit([['a', 1], ['b', null]])", "transform([['b', null]])"],
  ["P.OrdinalEncoder().fit([['a', 1], ['b', NaN]])", "transform([['b', NaN]])"],
  ["impute.SimpleImputer().fit([[1, NaN], [2, NaN]])", "transform([[NaN, 3]])"],
  ["PCA({ n_components: 2, whiten: true }).fit(iris)", "transform(few)"],
  ["PCA(3).fit(iris)", "inverse_transform([[1, 2, 3]])"],
  ["KMeans(3).fit(iris)", "transform(few)"],
  ["KNN({ n_neighbors: 3, weights: 'distance' }).fit(iris, species)", "predict_proba(few)"],
  ["DT({ max_depth: 3 }).fit(iris, species)", "predict(few)"],
  ["DT({ max_depth: 3 }).fit(iris, species)", "feature_importances_"],
  ["RF({ n_estimators: 5 }).fit(iris, species)", "predict_proba(few)"],
  ["lm.LinearRegression().fit(iris, iris_y)", "predict(few)"],
  ["lm.Ridge(2).fit(iris, [...iris])", "predict(few)"],
  ["lm.LogisticRegression().fit(iris, species)", "predict_proba(few)"],
  ["lm.LogisticRegression({ fit_intercept: false }).fit(iris, iris_y)", "predict_log_proba(few)"],
  ["text.CountVectorizer({ binary: true }).fit(texts)", "transform(texts)"],
  ["text.TfidfVectorizer({ ngram_range: [1, 2] }).fit(texts)", "transform(texts)"],
];

for (const [model, gives] of TRAVELLERS) {
  test(`${model} travels as data, and gives the same ${gives} when it is back`, async () => {
    const got = await sklearn.run(`
      const model = ${model};
      const back = model.constructor.from(sent(model));
      return [plain(model.${gives}), plain(back.${gives})];
    `);
    const [before, after] = got as [unknown, unknown];
    expect(before).toBeTypeOf("object");
    expect(after).toEqual(before);
  });
}

test("a hook returns a pipeline as data, and another hook serves it", async () => {
  await using runtime = await createRuntime({ workers: 1 });
  const train = await runtime.register({
    kind: "pre",
    source: `(rows) => {
      const sk = require("scikit-learn");
      const { StandardScaler } = sk.preprocessing;
      const { RandomForestClassifier } = sk.ensemble;
      return sk.pipeline.make_pipeline(StandardScaler(), RandomForestClassifier(5)).fit(
        require("numjs").array(rows), rows.map(([, , , width]) => (width < 1 ? "__proto__" : "b")));
    }`,
  });
  const serve = await runtime.register({
    kind: "pre",
    source: `({ rows, steps }) => {
      const { preprocessing, ensemble, pipeline } = require("sklearn");
      const scaler = preprocessing.StandardScaler.from(steps[0][1]);
      const forest = ensemble.RandomForestClassifier.from(steps[1][1]);
      return pipeline.make_pipeline(scaler, forest).predict(rows);
    }`,
  });
  const iris = VECTORS.inputs.iris as readonly (readonly number[])[];
  const { value } = await train.call(iris);
  const { steps } = value as { readonly steps: readonly [string, unknown][] };
  expect(steps.map(([name]) => name)).toEqual(["standardscaler", "randomforestclassifier"]);
  const served = await serve.call({ rows: iris, steps });
  expect(served.value).toEqual(iris.map((row) => (Number(row[3]) < 1 ? "__proto__" : "b")));
});
