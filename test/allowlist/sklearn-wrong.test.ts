/**
 * What the scalers, the encoders and the readers of tables of sklearn refuse, and in which words:
 * what was wanted, what came, what to do.
 *
 * A huge shape that is only declared takes no memory: it is refused before anything is made.
 *
 * @module
 */

import { type Refusals, testRefusals } from "./sklearn.ts";

// Tables, parameters and attributes, on what has little else.
const SCALERS: Refusals = [
  ["P.StandardScaler().fit([[1, 2], [3]])", "RangeError: X wants 2 cells in row 1, got 1"],
  [
    "P.StandardScaler().fit([[1, 2], 3])",
    "RangeError: X wants 2 cells in row 1, got 3, which is no list",
  ],
  [
    "P.StandardScaler().fit([1, 2])",
    "TypeError: X wants a list of rows, got a list of 2; for one sample write [x], for one feature x.map((v) => [v])",
  ],
  ["P.StandardScaler().fit([])", "RangeError: X wants at least one row and one column, got none"],
  [
    "P.StandardScaler().fit([[], []])",
    "RangeError: X wants at least one row and one column, got none",
  ],
  ['P.StandardScaler().fit("table")', 'TypeError: X wants a list or a tensor, got "table"'],
  [
    'P.StandardScaler().fit([[1, "a"]])',
    'TypeError: X[0][1] wants a number, got "a"; words are for preprocessing.OneHotEncoder',
  ],
  [
    "P.StandardScaler().fit([[1, Infinity]])",
    "RangeError: X[0][1] wants a finite number, got Infinity",
  ],
  ["P.StandardScaler().fit([[1, [2]]])", "TypeError: X[0][1] wants a number, got a list of 1"],
  ["P.StandardScaler().fit([[1, undefined]])", "TypeError: X[0][1] wants a number, got undefined"],
  [
    "P.StandardScaler().fit(Tensor.from([[[1]]]))",
    "RangeError: X wants one or two axes, got the shape [1, 1, 1]",
  ],
  [
    "P.StandardScaler().fit(Tensor.from(1))",
    "RangeError: X wants one or two axes, got the shape []",
  ],
  [
    "P.StandardScaler().transform([[1]])",
    "Error: StandardScaler is not fitted (no mean_, scale_); call fit(), or make it with StandardScaler.from({ mean_, scale_ })",
  ],
  [
    "P.StandardScaler().fit([[1, 2]]).transform([[1, 2, 3]])",
    "RangeError: X wants 2 columns, as fitted, got 3",
  ],
  [
    "P.StandardScaler({ with_mean: 1 })",
    "TypeError: StandardScaler wants true or false as with_mean, got 1",
  ],
  [
    "P.StandardScaler({ withMean: true })",
    'TypeError: StandardScaler takes only with_mean, with_std here, got "withMean"',
  ],
  [
    'P.StandardScaler({ __proto__: null, ["__proto__"]: 1 })',
    'TypeError: StandardScaler takes only with_mean, with_std here, got "__proto__"',
  ],
  [
    "P.StandardScaler({ constructor: 1 })",
    'TypeError: StandardScaler takes only with_mean, with_std here, got "constructor"',
  ],
  [
    "P.StandardScaler.from({ mean_: [1, 2], scale_: [1] })",
    "RangeError: StandardScaler.scale_ wants 2 numbers, as many as mean_, got 1",
  ],
  [
    "P.StandardScaler.from({ mean_: [1, 2] })",
    "Error: StandardScaler is not fitted (no scale_); call fit(), or make it with StandardScaler.from({ mean_, scale_ })",
  ],
  [
    "P.StandardScaler.from({ mean_: [[1, 2]], scale_: [1, 2] })",
    "RangeError: StandardScaler.mean_ wants a list of numbers, got rows of 2",
  ],
  [
    "P.StandardScaler.from([1])",
    "TypeError: StandardScaler.from wants a dict of attributes, got a list of 1",
  ],
  [
    "P.StandardScaler.from()",
    "TypeError: StandardScaler.from wants a dict of attributes, got undefined",
  ],
  [
    'P.StandardScaler.from("x")',
    'TypeError: StandardScaler.from wants a dict of attributes, got "x"',
  ],
  [
    "P.MinMaxScaler({ feature_range: [1, 0] }).fit([[1]])",
    "RangeError: MinMaxScaler wants [min, max] as feature_range, the smaller one first",
  ],
  [
    "P.PolynomialFeatures({ degree: 1.5 }).fit([[1]])",
    "TypeError: PolynomialFeatures wants a whole number or [min, max] as degree, got 1.5",
  ],
  [
    "P.PolynomialFeatures({ degree: 100000 }).fit([[1]])",
    "RangeError: PolynomialFeatures multiplies at most 1000000 numbers for a row",
  ],
  [
    "P.PolynomialFeatures({ degree: 10 }).fit([[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]])",
    "RangeError: PolynomialFeatures multiplies at most 1000000 numbers for a row",
  ],
  [
    "P.PolynomialFeatures.from({ powers_: [[1e9]] })",
    "RangeError: PolynomialFeatures multiplies at most 1000000 numbers for a row",
  ],
  [
    "P.PolynomialFeatures.from({ powers_: [[-1e9, 1e9]] })",
    "RangeError: PolynomialFeatures.powers_ wants whole numbers from 0, got -1000000000",
  ],
  [
    "P.PolynomialFeatures({ degree: 0, include_bias: false }).fit([[1]])",
    "RangeError: PolynomialFeatures makes no column of this degree; set include_bias",
  ],
  [
    "P.PolynomialFeatures(2).fit([[1]]).get_feature_names_out(['a', 'b'])",
    "RangeError: input_features wants 1 name, one for each column, got 2",
  ],
  [
    'P.normalize([[1]], { norm: "l3" })',
    'TypeError: normalize wants "l2" or "l1" or "max" as norm, got "l3"',
  ],
  ["P.normalize([[1]], { axis: 2 })", "TypeError: normalize wants 1 or 0 as axis, got 2"],
  [
    "P.Normalizer().fit([[1, 2]]).transform([[1]])",
    "RangeError: X wants 2 columns, as fitted, got 1",
  ],
  [
    "P.Binarizer().transform([[NaN]])",
    "RangeError: X[0][0] wants a finite number, got NaN; fill it in first, with impute.SimpleImputer",
  ],
];

// Labels, categories and what is missing.
const CATEGORIES: Refusals = [
  [
    'P.LabelEncoder().fit(["a", "b"]).transform(["__proto__"])',
    'RangeError: y wants one of "a", "b", got "__proto__"',
  ],
  [
    'P.LabelEncoder().fit(["a", 1])',
    "TypeError: y wants labels of one kind, got string and number",
  ],
  [
    'P.LabelEncoder().fit(["a", null])',
    "TypeError: y[1] wants a finite number, a string or a boolean, got null",
  ],
  [
    'P.LabelEncoder().fit(["a", "b"]).inverse_transform([2])',
    "RangeError: y wants codes below 2, got 2",
  ],
  [
    'P.LabelEncoder().fit(["a", "b"]).inverse_transform(["length"])',
    'RangeError: y wants codes below 2, got "length"',
  ],
  [
    'P.LabelEncoder().transform(["a"])',
    "Error: LabelEncoder is not fitted (no classes_); call fit(), or make it with LabelEncoder.from({ classes_ })",
  ],
  ["P.LabelEncoder().fit([[1, 2]])", "RangeError: y wants a list of labels, got rows of 2"],
  [
    "P.LabelEncoder().fit([9007199254740993n])",
    "RangeError: y[0] wants an integer below 2^53, got 9007199254740993",
  ],
  [
    'P.LabelBinarizer({ neg_label: 1 }).fit(["a"])',
    "RangeError: LabelBinarizer wants neg_label below pos_label 1, got 1",
  ],
  [
    "P.LabelBinarizer({ pos_label: 1e10 })",
    "TypeError: LabelBinarizer wants a whole number from -2147483648 to 2147483647 as pos_label, got 10000000000",
  ],
  [
    'P.OneHotEncoder().fit([["a"]]).transform([["__proto__"]])',
    'RangeError: X has "__proto__" at [0][0], not fitted; set handle_unknown to take such ones',
  ],
  [
    'P.OneHotEncoder().fit([["a"], [1]])',
    "TypeError: X, in column 0, wants labels of one kind, got string and number",
  ],
  [
    'P.OneHotEncoder().fit(["a"])',
    "TypeError: X wants a list of rows, got a list of 1; for one sample write [x], for one feature x.map((v) => [v])",
  ],
  [
    "P.OneHotEncoder().fit([[{}]])",
    "TypeError: X[0][0] wants a finite number, a string or a boolean, got an object",
  ],
  [
    'P.OneHotEncoder().fit([["a"]]).transform([["a", "b"]])',
    "RangeError: X wants 1 column, as fitted, got 2",
  ],
  [
    'P.OneHotEncoder().fit([["a"], ["b"]]).inverse_transform([[0, 0]])',
    "RangeError: X wants a category of column 0 in row 0, got zeros",
  ],
  [
    "P.OneHotEncoder({ min_frequency: 2 })",
    "TypeError: OneHotEncoder wants nothing but null as min_frequency, got 2",
  ],
  [
    'P.OneHotEncoder({ drop: ["a"] })',
    'TypeError: OneHotEncoder wants null or "first" or "if_binary" as drop, got a list of 1',
  ],
  [
    'P.OneHotEncoder({ categories: [["a"]] }).fit([["b"]])',
    'RangeError: X has "b" at [0][0], not fitted; set handle_unknown to take such ones',
  ],
  [
    'P.OneHotEncoder({ categories: [["a"]] }).fit([["a", "b"]])',
    "RangeError: categories wants 2 lists, one for each column, got 1",
  ],
  [
    'P.OneHotEncoder({ categories: "none" }).fit([["a", "b"]])',
    'TypeError: categories wants lists, got "none"',
  ],
  [
    'P.OrdinalEncoder({ unknown_value: -1 }).fit([["a"]])',
    "TypeError: OrdinalEncoder wants null beside handle_unknown as unknown_value, got -1",
  ],
  [
    'P.OrdinalEncoder({ handle_unknown: "use_encoded_value" }).fit([["a"]])',
    "TypeError: OrdinalEncoder wants a number or NaN as unknown_value, got null",
  ],
  [
    'P.OrdinalEncoder({ handle_unknown: "use_encoded_value", unknown_value: 0 }).fit([["a"]])',
    "TypeError: OrdinalEncoder wants a number that is no category's as unknown_value, got 0",
  ],
  [
    'P.OrdinalEncoder().fit([["a"]]).inverse_transform([[5]])',
    "RangeError: X[0][0] wants a code below 1, got 5",
  ],
  [
    'impute.SimpleImputer().fit([["a"], ["b"]])',
    'TypeError: SimpleImputer has no mean of "a"; words want strategy "most_frequent" or "constant"',
  ],
  [
    "impute.SimpleImputer({ missing_values: -1 }).fit([[NaN], [-1], [1]])",
    "RangeError: SimpleImputer wants NaN as missing_values, got cells that are missing beside -1",
  ],
  [
    "impute.SimpleImputer().fit([[Infinity]])",
    "TypeError: X[0][0] wants a finite number, a string or a boolean, got Infinity",
  ],
];

// Shapes that hold nothing, however long they say they are.
const EMPTY = "new Tensor('float64', [4294967295, 0], new Float64Array(0))";
const CLAIMS: Refusals = [
  [
    `P.StandardScaler().fit(${EMPTY})`,
    "RangeError: X wants at least one row and one column, got none",
  ],
  [
    `metrics.accuracy_score(${EMPTY}, [1])`,
    "RangeError: y_true wants a list of labels, got rows of 0",
  ],
  [
    `metrics.r2_score(${EMPTY}, [1])`,
    "RangeError: y_true wants at least one row and one column, got none",
  ],
  [
    `P.OneHotEncoder().fit(${EMPTY})`,
    "RangeError: X wants at least one row and one column, got none",
  ],
  [
    `split(${EMPTY})`,
    "TypeError: train_test_split wants arrays with rows, got the shape [4294967295, 0]",
  ],
];

testRefusals([...SCALERS, ...CATEGORIES, ...CLAIMS]);
