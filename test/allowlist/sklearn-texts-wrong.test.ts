/**
 * What the metrics, the vectorizers, the splits and the pipelines of sklearn refuse, and in which
 * words: what was wanted, what came, what to do.
 *
 * A word in place of a number, or a label that was never seen, is named with its place.
 *
 * @module
 */

import { type Refusals, testRefusals } from "./sklearn.ts";

// Labels that were never seen, probabilities that are none.
const METRICS: Refusals = [
  [
    "metrics.accuracy_score([1, 0], [1])",
    "RangeError: y_pred wants 2 labels, one for each row, got 1",
  ],
  ["metrics.accuracy_score([], [])", "RangeError: y_true wants at least one label, got none"],
  [
    "metrics.accuracy_score([1, 0], [0.7, 0.2])",
    "RangeError: y_pred wants labels of classes, got the fraction 0.7",
  ],
  [
    'metrics.accuracy_score([1, 0], ["1", "0"])',
    "TypeError: y_true and y_pred want labels of one kind, got number and string",
  ],
  [
    "metrics.accuracy_score([1, 0], [1, 0], { sample_weight: [1, 2] })",
    "TypeError: accuracy_score wants nothing but null as sample_weight, got a list of 2",
  ],
  [
    "metrics.f1_score([0, 1, 2], [0, 1, 2])",
    'RangeError: average "binary" is for 2 classes, got 0, 1, 2; say average: "micro", "macro", "weighted" or null',
  ],
  [
    'metrics.f1_score(["a", "b"], ["a", "b"])',
    'RangeError: pos_label wants one of the labels "a", "b", got 1',
  ],
  [
    'metrics.f1_score([0, 1], [0, 1], { average: "samples" })',
    'TypeError: f1_score wants "binary" or "micro" or "macro" or "weighted" or null as average, got "samples"',
  ],
  [
    "metrics.confusion_matrix([0, 1], [0, 1], { labels: [] })",
    "RangeError: labels wants at least one label, got none",
  ],
  [
    "metrics.confusion_matrix([0, 1], [0, 1], { labels: [7] })",
    "RangeError: labels wants at least one that is in y_true, got 7",
  ],
  [
    "metrics.log_loss([1, 1], [0.5, 0.5])",
    "RangeError: log_loss wants labels of two classes; give labels",
  ],
  [
    "metrics.log_loss([1, 0], [0.5, 1.5])",
    "RangeError: y_pred wants probabilities of 0 to 1; give predict_proba's",
  ],
  [
    "metrics.log_loss([1, 0, 2], [[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]])",
    "RangeError: y_pred wants 3 columns, one for each class, got 2",
  ],
  [
    "metrics.log_loss([1, 3], [0.5, 0.5], { labels: [0, 1] })",
    "RangeError: y_true wants one of 0, 1, got 3",
  ],
  [
    "metrics.roc_auc_score([1, 1], [0.5, 0.6])",
    "RangeError: roc_auc_score is for 2 classes here, got 1 in y_true",
  ],
  [
    "metrics.roc_auc_score([1, 0, 1], [0.5, 0.6])",
    "RangeError: y_score wants 3 numbers, one for each row, got 2",
  ],
  [
    "metrics.mean_squared_error([[1, 2]], [[1]])",
    "RangeError: y_pred wants 2 columns, as many as y_true, got 1",
  ],
  ["metrics.r2_score([], [])", "RangeError: y_true wants at least one number, got none"],
  [
    "metrics.pairwise.cosine_similarity([[1, 2]], [[1]])",
    "RangeError: Y wants 2 columns, as many as X, got 1",
  ],
];

// Texts and words.
const TEXTS: Refusals = [
  [
    'text.CountVectorizer().fit("a text")',
    'TypeError: texts wants a list of strings, got "a text"',
  ],
  ["text.CountVectorizer().fit([1])", "TypeError: texts[0] wants a string, got 1"],
  ["text.CountVectorizer().fit([null])", "TypeError: texts[0] wants a string, got null"],
  [
    'text.CountVectorizer().fit(["a", ""])',
    "RangeError: The texts have no words left; look at stop_words, min_df and max_df",
  ],
  [
    'text.CountVectorizer().transform(["a"])',
    "Error: CountVectorizer is not fitted (no vocabulary_); call fit(), or make it with CountVectorizer.from({ vocabulary_ })",
  ],
  [
    'text.CountVectorizer({ ngram_range: [2, 1] }).fit(["a b"])',
    "TypeError: ngram_range wants [min, max] from 1, got a list of 2",
  ],
  [
    'text.CountVectorizer({ token_pattern: "(" }).fit(["a"])',
    'TypeError: token_pattern wants a pattern that JavaScript can read too, got "("',
  ],
  [
    'text.CountVectorizer({ token_pattern: "(a)(b)" }).fit(["ab"])',
    "TypeError: token_pattern wants one group at most, got 2",
  ],
  [
    'text.CountVectorizer({ token_pattern: 5 }).fit(["ab"])',
    "TypeError: token_pattern wants a pattern as a string, got 5",
  ],
  [
    'text.CountVectorizer({ stop_words: "german" }).fit(["ab"])',
    'TypeError: stop_words wants a list of words, got "german"',
  ],
  [
    'text.CountVectorizer({ stop_words: "english" }).fit(["ab"])',
    'TypeError: stop_words wants a list of words, got "english": scikit-learn\'s own list is not here; pass sorted(vectorizer.get_stop_words()) of Python',
  ],
  [
    'text.CountVectorizer({ vocabulary: ["a", "a"] }).transform(["ab"])',
    "RangeError: vocabulary wants words with the columns 0, 1, 2 and so on, each once",
  ],
  [
    "text.CountVectorizer.from({ vocabulary_: { a: 1e9 } })",
    "RangeError: vocabulary wants words with the columns 0, 1, 2 and so on, each once",
  ],
  [
    'text.CountVectorizer.from({ vocabulary_: new Map([["a", 0], ["b", 5]]) })',
    "RangeError: vocabulary wants words with the columns 0, 1, 2 and so on, each once",
  ],
  [
    'text.CountVectorizer({ tokenizer: (t) => t.split(" ") })',
    "TypeError: CountVectorizer wants nothing but null as tokenizer, got a function",
  ],
  [
    "text.TfidfVectorizer.from({ vocabulary_: { a: 0 } })",
    "Error: TfidfVectorizer is not fitted (no idf_); call fit(), or make it with TfidfVectorizer.from({ vocabulary_, idf_ })",
  ],
  [
    "text.TfidfVectorizer.from({ vocabulary_: { a: 0 }, idf_: [1, 2] })",
    "RangeError: TfidfVectorizer.idf_ wants 1 number, one for each word, got 2",
  ],
];

// Splits, pipelines, matrices.
const PARTS: Refusals = [
  [
    "split([1, 2, 3], [1, 2])",
    "RangeError: train_test_split wants 3 rows in each array, as in the first, got 2",
  ],
  ["split()", "RangeError: train_test_split wants at least one array with rows"],
  ["split([1])", "RangeError: train_test_split cannot part 1 rows into 0 and 1"],
  [
    "split([1, 2, 3], { test_size: 1.5 })",
    "RangeError: test_size wants a share below 1, or 1 to 2, got 1.5",
  ],
  [
    "split([1, 2, 3], { test_size: 3 })",
    "RangeError: test_size wants a share below 1, or 1 to 2, got 3",
  ],
  [
    "split([1, 2, 3], { train_size: 2, test_size: 2 })",
    "RangeError: train_test_split cannot part 3 rows into 2 and 2",
  ],
  [
    "split([1, 2, 3], { stratify: [1, 1, 2] })",
    "RangeError: stratify wants two rows of each class",
  ],
  [
    "split([1, 2, 3, 4], { stratify: [1, 1, 2, 2], shuffle: false })",
    "TypeError: train_test_split with stratify wants shuffle: true",
  ],
  ["split([1, 2, 3], 5)", "TypeError: train_test_split wants lists or tensors, got 5"],
  ["pipeline.Pipeline([])", "TypeError: Pipeline wants a list of [name, step], got a list of 0"],
  ['pipeline.Pipeline([["a"]])', "TypeError: Pipeline wants [name, step] at $[0], got a list of 1"],
  ['pipeline.Pipeline([["a", {}], ["a", {}]])', "TypeError: Pipeline wants names that differ"],
  ["pipeline.make_pipeline({}).fit([[1]])", 'TypeError: Step "step" of the pipeline has no fit()'],
  [
    "pipeline.make_pipeline(P.StandardScaler(), PCA()).predict([[1]])",
    "Error: StandardScaler is not fitted (no mean_, scale_); call fit(), or make it with StandardScaler.from({ mean_, scale_ })",
  ],
  [
    "pipeline.make_pipeline(P.StandardScaler.from({ mean_: [1], scale_: [1] }), P.Binarizer()).predict([[1]])",
    'TypeError: Step "binarizer" of the pipeline has no predict()',
  ],
  ["linalg.matrix([[1, 2], [3]])", "RangeError: X wants 2 cells in row 1, got 1"],
];

testRefusals([...METRICS, ...TEXTS, ...PARTS]);
