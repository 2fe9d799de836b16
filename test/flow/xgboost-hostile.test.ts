// Model files that are none, that lie, or that were made to hurt: each is refused when it is
// opened, with the place in the file, what is wanted there and what stands there.

import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { Refusal } from "../../src/faults.ts";
import { Tensor } from "../../src/contract/tensor.ts";
import { JsonReader } from "../../src/flow/models/xgboost/json.ts";
import { xgboost, type XgboostOptions } from "../../src/flow/models/xgboost.ts";
import { edited, openText, rowOf, rowsOf } from "./xgboost-models.ts";

const BOOSTER = "learner.gradient_booster";
const MODEL = `${BOOSTER}.model`;
const TREE = `${MODEL}.trees.0`;
const PARAM = "learner.learner_model_param";

// Two splits by hand: below 2 of feature 1 it is 10; else below 5 of feature 0 it is 20, else 30.
const TREE_OBJECT = {
  tree_param: { num_nodes: "5", size_leaf_vector: "0" },
  left_children: [1, -1, 3, -1, -1],
  right_children: [2, -1, 4, -1, -1],
  split_indices: [1, 0, 0, 0, 0],
  split_conditions: [2, 10, 5, 20, 30],
  default_left: [1, 0, 0, 0, 0],
  split_type: [0, 0, 0, 0, 0],
  categories: [],
  categories_nodes: [],
  categories_segments: [],
  categories_sizes: [],
};
const PARAMS = { base_score: "5E-1", num_class: "0", num_feature: "2", num_target: "1" };
const SMALL = JSON.stringify({
  learner: {
    attributes: {},
    gradient_booster: {
      model: {
        gbtree_model_param: { num_parallel_tree: "1", num_trees: "1" },
        tree_info: [0],
        trees: [TREE_OBJECT],
      },
      name: "gbtree",
    },
    learner_model_param: PARAMS,
    objective: { name: "reg:squarederror" },
  },
});
const LINEAR = edited(SMALL, BOOSTER, {
  model: { boosted_rounds: 1, weights: [1, 10, 100] },
  name: "gblinear",
});
const DART = edited(SMALL, BOOSTER, {
  gbtree: (JSON.parse(SMALL) as { learner: { gradient_booster: unknown } }).learner
    .gradient_booster,
  name: "dart",
  weight_drop: [0.5],
});
const CATEGORIES = edited(SMALL, TREE, {
  ...TREE_OBJECT,
  split_type: [0, 0, 1, 0, 0],
  categories: [0, 3],
  categories_nodes: [2],
  categories_segments: [0],
  categories_sizes: [2],
});

describe("the files that the refused ones are made of", () => {
  const ROWS = [
    [0, 1.9],
    [4.9, 2],
    [5, 2],
    [0, null],
    [null, 2],
    [-Infinity, Infinity],
  ] as const;
  const RIGHT: readonly [name: string, text: string, values: readonly number[]][] = [
    // A missing value goes left in the first split and right in the second.
    ["a tree", SMALL, [10.5, 20.5, 30.5, 10.5, 30.5, 20.5]],
    ["dart", DART, [5.5, 10.5, 15.5, 5.5, 15.5, 10.5]],
    // 0 and 3 go right; what is no category goes left.
    ["categories", CATEGORIES, [10.5, 20.5, 20.5, 10.5, 30.5, 20.5]],
    ["a base score", edited(SMALL, `${PARAM}.base_score`, "[-2]"), [8, 18, 28, 8, 28, 18]],
  ];
  test.each(RIGHT)("%s predicts what it says", async (_name, text, values) => {
    await using model = await openText(text);
    expect(await model.run(ROWS)).toEqual(new Tensor("float32", [6], new Float32Array(values)));
  });

  test("gblinear predicts what it says; a missing value adds nothing", async () => {
    await using model = await openText(LINEAR);
    const output = await model.run([
      [1, 2],
      [null, 2],
      [0, 0],
    ]);
    expect(output).toEqual(new Tensor("float32", [3], new Float32Array([121.5, 120.5, 100.5])));
  });

  test("each class starts with its own base score", async () => {
    let text = edited(SMALL, "learner.objective.name", "multi:softmax");
    const params = { ...PARAMS, num_class: "3", base_score: "[1E0,2E0,-9.5E0]" };
    text = edited(text, PARAM, params);
    await using first = await openText(text, { task: "regressor" });
    // The tree adds 10 to the first class: 11, 2 and -9.5.
    expect(await first.run([[0, 1]])).toEqual(new Tensor("float32", [1], new Float32Array([0])));
    text = edited(text, `${MODEL}.tree_info.0`, 2);
    await using third = await openText(text, { task: "regressor" });
    // To the third: 1, 2 and 0.5; or, on the other side of both splits, 1, 2 and 20.5.
    const labels = await third.run([
      [0, 1],
      [9, 9],
    ]);
    expect(labels).toEqual(new Tensor("float32", [2], new Float32Array([1, 2])));
  });
});

type Row = readonly [name: string, path: string, value: unknown, at: string, detail: string];

/** The value at a path is changed; `at` is where the refusal is, see {@link placeOf}. */
const REFUSED: readonly Row[] = [
  ["no learner", "learner", undefined, "$", 'wants key "learner", got a dict without it'],
  ["a list for a learner", "learner", [], "$.learner", "wants a dict, got a list"],
  ["no objective", "learner.objective", undefined, "$.learner", 'wants key "objective"'],
  [
    "an objective that nobody knows",
    "learner.objective.name",
    "reg:quantileerror",
    "$.learner.objective.name",
    "wants one of reg:squarederror, reg:squaredlogerror, reg:pseudohubererror",
  ],
  ["an objective of Object", "learner.objective.name", "__proto__", "", 'got "__proto__"'],
  [
    "no features",
    `${PARAM}.num_feature`,
    "0",
    "",
    'wants a whole number from 1 to 16777216, got "0"',
  ],
  ["features beyond memory", `${PARAM}.num_feature`, "99999999999", "", "from 1 to 16777216"],
  ["features as a number", `${PARAM}.num_feature`, 2, "", "wants a string, got 2"],
  ["features that are none", `${PARAM}.num_feature`, "0x10", "", 'got "0x10"'],
  ["classes beyond memory", `${PARAM}.num_class`, "65537", "", "from 0 to 65536"],
  ["a base score of words", `${PARAM}.base_score`, "half", "", "wants a number or a list of them"],
  ["a base score of NaN", `${PARAM}.base_score`, "NaN", "", "wants a number or a list of them"],
  ["a base score too large", `${PARAM}.base_score`, "1E39", "", "wants a number or a list of them"],
  ["no base score", `${PARAM}.base_score`, "[]", "", "wants a number or a list of them"],
  ["two base scores for one output", `${PARAM}.base_score`, "[1,2]", "", "wants 1 number, got 2"],
  ["another booster", `${BOOSTER}.name`, "gbforest", "", "wants one of gbtree, dart, gblinear"],
  ["no model", MODEL, undefined, `$.${BOOSTER}`, 'wants key "model"'],
  ["no trees", `${MODEL}.trees`, undefined, "", "wants the trees of gbtree, got none"],
  ["a tree that is none", TREE, 7, `$.${MODEL}.trees[0]`, "wants a dict, got 7"],
  ["a tree too many", `${MODEL}.trees.1`, TREE_OBJECT, `$.${MODEL}.tree_info`, "wants 2 entries"],
  [
    "an output that is none",
    `${MODEL}.tree_info.0`,
    1,
    `$.${MODEL}.tree_info[0]`,
    "from 0 to 0, got 1",
  ],
  ["a child that is its parent", `${TREE}.left_children.2`, 2, "left_children[2]", "got 2 again"],
  [
    "a child that is the root",
    `${TREE}.left_children.2`,
    0,
    "left_children[2]",
    "from 1 to 4, or -1",
  ],
  ["a child beyond the tree", `${TREE}.right_children.0`, 5, "right_children[0]", "got 5"],
  ["a child below the tree", `${TREE}.right_children.0`, -2, "right_children[0]", "got -2"],
  ["half a child", `${TREE}.right_children.0`, 1.5, "right_children[0]", "got 1.5"],
  ["one child twice", `${TREE}.right_children.0`, 1, "left_children[0]", "wants a node of its own"],
  [
    "a leaf with a child",
    `${TREE}.right_children.4`,
    1,
    "right_children[4]",
    "wants -1 as left_children",
  ],
  [
    "a child too few",
    `${TREE}.right_children.2`,
    -1,
    "right_children[2]",
    "or -1 on both sides, got -1",
  ],
  [
    "two nodes that are each other's children",
    TREE,
    { ...TREE_OBJECT, left_children: [1, 2, 1, -1, -1], right_children: [3, 4, 4, -1, -1] },
    "right_children[2]",
    "wants a node of its own, got 4 again",
  ],
  [
    "a feature that is none",
    `${TREE}.split_indices.2`,
    2,
    "split_indices[2]",
    "from 0 to 1, got 2",
  ],
  ["a feature below", `${TREE}.split_indices.0`, -1, "split_indices[0]", "got -1"],
  [
    "a threshold of null",
    `${TREE}.split_conditions.0`,
    null,
    "split_conditions[0]",
    "wants a number, got null",
  ],
  [
    "a threshold too large",
    `${TREE}.split_conditions.0`,
    1e39,
    "split_conditions[0]",
    "32-bit float",
  ],
  ["a leaf of words", `${TREE}.split_conditions.4`, "1", "split_conditions[4]", "got a string"],
  ["a list too short", `${TREE}.split_indices`, [1, 0], "split_indices", "wants 5 entries"],
  ["a list too long", `${TREE}.default_left.5`, 1, "default_left", "wants 5 entries"],
  ["no nodes", `${TREE}.left_children`, [], "left_children", "wants 5 nodes as tree_param says"],
  [
    "another number of nodes",
    `${TREE}.tree_param.num_nodes`,
    "6",
    "left_children",
    "wants 6 nodes",
  ],
  [
    "no thresholds",
    `${TREE}.split_conditions`,
    undefined,
    `$.${MODEL}.trees[0]`,
    'key "split_conditions"',
  ],
  [
    "trees of several outputs",
    `${TREE}.tree_param.size_leaf_vector`,
    "3",
    "tree_param.size_leaf_vector",
    "got size_leaf_vector = 3; use multi_strategy='one_output_per_tree'",
  ],
  [
    "a split of a third kind",
    `${TREE}.split_type.2`,
    2,
    "split_type[2]",
    "wants 0 (by number) or 1",
  ],
  ["a category split without any", `${TREE}.split_type.2`, 1, "split_type[2]", "wants categories"],
  ["rounds of words", "learner.attributes.best_iteration", "x", "", 'got "x"'],
  ["rounds beyond the trees", "learner.attributes.best_iteration", "1", "", "got 1 for 1 trees"],
  [
    "endless trees of a round",
    `${MODEL}.gbtree_model_param.num_parallel_tree`,
    "1e9",
    "",
    "wants a number",
  ],
];

/** Where a refusal must be: at a whole path, below the tree, or where nothing is said at `path`. */
function placeOf(path: string, at: string): string {
  if (at.startsWith("$")) return at;
  if (at !== "") return `$.${MODEL}.trees[0].${at}`;
  return `$.${path}`;
}

async function expectRefused(text: string, at: string, detail: string): Promise<void> {
  const wanted = { code: "MODEL_FAILED", path: at, detail: expect.stringContaining(detail) };
  await expect(openText(text)).rejects.toMatchObject(wanted);
}

test.each(REFUSED)("refuses %s", async (_name, path, value, at, detail) => {
  await expectRefused(edited(SMALL, path, value), placeOf(path, at), detail);
});

const OTHERS: readonly [
  name: string,
  text: string,
  path: string,
  value: unknown,
  at: string,
  detail: string,
][] = [
  [
    "too few weights",
    LINEAR,
    `${MODEL}.weights`,
    [1, 2],
    `$.${MODEL}.weights`,
    "wants (2 features + 1) * 1 numbers, got 2",
  ],
  [
    "no weights",
    LINEAR,
    `${MODEL}.weights`,
    undefined,
    `$.${MODEL}.weights`,
    "wants the weights of gblinear",
  ],
  [
    "a weight too large",
    LINEAR,
    `${MODEL}.weights.1`,
    1e39,
    `$.${MODEL}.weights[1]`,
    "32-bit float",
  ],
  [
    "a drop too many",
    DART,
    `${BOOSTER}.weight_drop.1`,
    1,
    `$.${BOOSTER}.weight_drop`,
    "wants at most 1 weights",
  ],
  [
    "a drop too large",
    DART,
    `${BOOSTER}.weight_drop.0`,
    1e39,
    `$.${BOOSTER}.weight_drop[0]`,
    "32-bit float",
  ],
  [
    "a category twice",
    CATEGORIES,
    `${TREE}.categories.1`,
    0,
    "categories[1]",
    "wants a whole number from 1 to",
  ],
  ["a category below", CATEGORIES, `${TREE}.categories.0`, -1, "categories[0]", "got -1"],
  [
    "a category beyond",
    CATEGORIES,
    `${TREE}.categories.1`,
    2 ** 24,
    "categories[1]",
    "to 16777215",
  ],
  [
    "a segment of nothing",
    CATEGORIES,
    `${TREE}.categories_sizes.0`,
    0,
    "categories_sizes[0]",
    "wants 1 to 2 categories",
  ],
  [
    "a segment too long",
    CATEGORIES,
    `${TREE}.categories_sizes.0`,
    3,
    "categories_sizes[0]",
    "got 3",
  ],
  [
    "a segment elsewhere",
    CATEGORIES,
    `${TREE}.categories_segments.0`,
    1,
    "categories_segments[0]",
    "wants 0, got 1",
  ],
  [
    "a segment of no node",
    CATEGORIES,
    `${TREE}.categories_sizes`,
    [1, 1],
    "categories_nodes",
    "1, got 1 and 2",
  ],
  [
    "multi with one class",
    SMALL,
    "learner.objective.name",
    "multi:softprob",
    `$.${PARAM}.num_class`,
    "at least 2 classes",
  ],
  [
    "a logistic base score of 1",
    edited(SMALL, "learner.objective.name", "binary:logistic"),
    `${PARAM}.base_score`,
    "1",
    `$.${PARAM}.base_score`,
    "wants a score that binary:logistic can start from, got 1",
  ],
  [
    "a logarithmic base score of 0",
    edited(SMALL, "learner.objective.name", "count:poisson"),
    `${PARAM}.base_score`,
    "0",
    `$.${PARAM}.base_score`,
    "got 0",
  ],
  [
    "classes and targets",
    edited(SMALL, `${PARAM}.num_class`, "3"),
    `${PARAM}.num_target`,
    "2",
    `$.${PARAM}`,
    "wants classes or targets, got 3 and 2",
  ],
];

test.each(OTHERS)("refuses %s", async (_name, text, path, value, at, detail) => {
  await expectRefused(edited(text, path, value), placeOf(path, at), detail);
});

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
const DICT = '{"learner":';
const TEXTS: readonly [name: string, text: string, path: string, detail: string][] = [
  ["a list", "[1]", "$", "wants a dict, got a list"],
  ["the dump of a booster", '["0:[f1<2]"]', "$", "wants a dict, got a list"],
  ["words", "hello", "$", "wants a dict, got hello"],
  [
    "half a file",
    SMALL.slice(0, 300),
    "$.learner.gradient_booster",
    "wants the end of a string, got the end of the file",
  ],
  ["two files", SMALL + SMALL, "$", "wants the end of the file, got a dict"],
  [
    "a key twice",
    SMALL.replace('"name":"gbtree"', '"name":"gbtree","name":"dart"'),
    `$.${BOOSTER}.name`,
    "wants a key once",
  ],
  ["a comma too many", `${SMALL.slice(0, -1)},}`, '$[""]', 'wants a string, got "}"'],
  [
    "no comma",
    SMALL.replace('"tree_info":[0],', '"tree_info":[0 0],'),
    `$.${MODEL}.tree_info[0]`,
    "wants a comma",
  ],
  ["no colon", '{"learner"{', "$.learner", "wants a colon, got a dict"],
  ["a bracket that closes nothing", `{"a":}`, "$.a", 'wants a value, got "}"'],
  ["a depth that is read", `${DICT}${nested(1e6)}}`, "$.learner", "wants a dict, got a list"],
  ["a depth that is passed over", `{"x":${nested(1e6)}}`, "$.x", "wants at most 64 levels"],
  ["a string without end", `{"learner`, '$[""]', "wants the end of a string"],
  [
    "a key of megabytes",
    `{"${"k".repeat(2 ** 21)}":1}`,
    '$[""]',
    "at most 1048576 bytes, got 2097152",
  ],
  ["a bad escape", '{"\\x":1}', '$[""]', "wants a string of JSON"],
  [
    "a number of many digits",
    SMALL.replace('"tree_info":[0]', `"tree_info":[${"1".repeat(65)}]`),
    `$.${MODEL}.tree_info[0]`,
    "wants a number, got 111111111111",
  ],
  [
    "a number in hex",
    SMALL.replace('"tree_info":[0]', '"tree_info":[0x0]'),
    `$.${MODEL}.tree_info[0]`,
    "wants a number, got 0x0",
  ],
  [
    "a threshold of Infinity",
    SMALL.replace('"split_conditions":[2', '"split_conditions":[Infinity'),
    `$.${MODEL}.trees[0].split_conditions[0]`,
    "wants a 32-bit float, got Infinity",
  ],
];

test.each(TEXTS)("refuses %s", async (_name, text, path, detail) => {
  await expectRefused(text, path, detail);
});

describe("JsonReader", () => {
  const reader = (text: string, numbersMax?: number) =>
    new JsonReader(Buffer.from(text), numbersMax);

  test("numbers() takes as many as it may, and no more", () => {
    const within = reader("[[1,2],[3]]", 3);
    within.enterList();
    expect([within.nextItem(), [...within.numbers()]]).toEqual([true, [1, 2]]);
    expect([within.nextItem(), [...within.numbers()], within.nextItem()]).toEqual([
      true,
      [3],
      false,
    ]);
    const wanted = { path: "$[3]", detail: "wants at most 3 numbers in all" };
    expect(() => reader("[1,2,3,4]", 3).numbers()).toThrow(expect.objectContaining(wanted));
    expect(
      reader(`[${"0,".repeat(99_999)}7]`)
        .numbers()
        .at(-1),
    ).toBe(7);
  });

  test("number() reads every number as JSON.parse does, of 32 and of 64 bits", () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    const float = fc.float({ noNaN: true, noDefaultInfinity: true });
    const spelt = fc
      .tuple(fc.oneof(double, float), fc.integer({ min: 0, max: 20 }))
      .chain(([value, digits]) =>
        fc.constantFrom(
          JSON.stringify(value),
          value.toExponential(digits),
          value.toExponential(digits).toUpperCase().replace("+", ""),
          value.toPrecision(digits + 1),
        ),
      );
    const property = fc.property(spelt, (text) => {
      expect(reader(text).number()).toBe(JSON.parse(text));
    });
    fc.assert(property, { numRuns: 3000 });
  });

  const ODD = ["-", "1e", "1e+", ".5", "+1", "1..2", "1e5.5", "1-2", "--1", "1x", "nan", "inf"];
  test.each(ODD)("number() refuses %s", (text) => {
    const wanted = { path: "$", detail: expect.stringContaining("wants a number, got ") };
    expect(() => reader(text).number()).toThrow(expect.objectContaining(wanted));
  });
});

const BYTES: readonly [name: string, bytes: readonly number[], detail: string][] = [
  ["nothing", [], "an empty file"],
  ["UBJSON", [0x7b, 0x4c, 0, 0, 0, 0, 0, 0, 0, 7, ...Buffer.from("learner")], "UBJSON (.ubj)"],
  ["UBJSON of short keys", [0x7b, 0x69, 7, ...Buffer.from("learner")], "UBJSON (.ubj)"],
  ["a pickle", [0x80, 4, 0x95], "a pickle, which runs code"],
  ["a gzip file", [0x1f, 0x8b, 8], "a gzip file"],
  ["a zip file", [...Buffer.from("PK\u0003\u0004")], "a zip file"],
  ["a model of the old binary form", [0, 0, 0, 0x3f, 10, 0, 0, 0], "bytes that are no text"],
];

test.each(BYTES)("refuses %s and says how to save it", async (_name, bytes, detail) => {
  const save = 'save it with booster.save_model("model.json")';
  const said = `wants a model as JSON, got ${detail}; ${save}`;
  const wanted = { code: "MODEL_FAILED", detail: expect.stringContaining(said) };
  await expect(xgboost(Uint8Array.from(bytes)).open()).rejects.toMatchObject(wanted);
});

test("a file over 256 MiB is refused before it is read", async () => {
  const folder = mkdtempSync(join(tmpdir(), "xgboost-"));
  const path = join(folder, "large.json");
  writeFileSync(path, "{");
  truncateSync(path, 2 ** 28 + 1);
  const detail = "large.json: wants a file of at most 268435456 bytes, got 268435457";
  await expect(xgboost(path).open()).rejects.toMatchObject({ code: "MODEL_FAILED", detail });
  rmSync(folder, { recursive: true });
});

describe("xgboost() refuses at once", () => {
  const ARGUMENTS: readonly [
    name: string,
    model: unknown,
    options: unknown,
    path: string,
    detail: string,
  ][] = [
    ["a number", 7, {}, "model", "wants a path, a file: URL or bytes, got number 7"],
    ["an empty path", "", {}, "model", "wants a path"],
    [
      "a URL of another kind",
      new URL("https://example.com/m.json"),
      {},
      "model",
      "got a URL of https:",
    ],
    ["an option nobody knows", "m.json", { tasks: 1 }, "tasks", "there are task, missing"],
    ["a task nobody knows", "m.json", { task: "ranker" }, "task", '"classifier" or "regressor"'],
    [
      "a missing that is no number",
      "m.json",
      { missing: null },
      "missing",
      "wants a number, got null",
    ],
  ];
  test.each(ARGUMENTS)("%s", (_name, model, options, path, detail) => {
    const make = () => xgboost(model as string, options as XgboostOptions);
    const wanted = { code: "BAD_REQUEST", path, detail: expect.stringContaining(detail) };
    expect(make).toThrow(expect.objectContaining(wanted));
  });
});

test("a classifier without probabilities is refused, with what to do", async () => {
  const opening = openText(rowOf("binary:logitraw").model);
  await expect(opening).rejects.toMatchObject({
    code: "MODEL_FAILED",
    path: "$.learner.objective.name",
    detail: expect.stringContaining('got binary:logitraw; say { task: "regressor" }'),
  });
});

test("an answer beyond memory is refused before it is taken", async () => {
  const text = edited(SMALL, `${PARAM}.num_class`, "65536");
  await using model = await openText(text);
  const rows = new Tensor("float32", [1025, 2], new Float32Array(2050));
  const wanted = { code: "MODEL_FAILED", detail: expect.stringContaining("1025 rows of 65536") };
  await expect(model.run(rows)).rejects.toMatchObject(wanted);
});

describe("a real file with something wrong", () => {
  const ROWS = ["multi:softprob", "dart", "categories, parted", "gblinear"].map(rowOf);

  /** Opens it, or is refused; what opens must run to its end. */
  async function opensOrRefuses(
    row: (typeof ROWS)[number],
    text: string | Buffer,
  ): Promise<boolean> {
    try {
      await using model = await xgboost(Buffer.from(text)).open();
      const width = Number((/"num_feature":"(\d+)"/.exec(String(text)) ?? [])[1]);
      if (width === row.x[0]?.length) await model.run(rowsOf(row));
      return true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      expect(["MODEL_FAILED", "INPUT_MISMATCH"]).toContain(error.code);
      return false;
    }
  }

  test("cut off anywhere, it is refused", async () => {
    const position = fc.nat().map((n) => n / 2 ** 31);
    const property = fc.asyncProperty(fc.constantFrom(...ROWS), position, async (row, share) => {
      const cut = row.model.slice(0, Math.floor(row.model.length * share));
      expect(await opensOrRefuses(row, cut)).toBe(false);
    });
    await fc.assert(property, { numRuns: 300 });
  });

  test("with other bytes anywhere, it is refused or runs to its end", async () => {
    const byte = fc.oneof(fc.constantFrom(...Buffer.from('{}[]",:-0129E.tN\\ ')), fc.nat(255));
    const change = fc.tuple(fc.nat(), byte);
    const changes = fc.array(change, { minLength: 1, maxLength: 4 });
    const property = fc.asyncProperty(fc.constantFrom(...ROWS), changes, async (row, list) => {
      const bytes = Buffer.from(row.model);
      for (const [at, value] of list) bytes[at % bytes.length] = value;
      await opensOrRefuses(row, bytes);
    });
    await fc.assert(property, { numRuns: 1000 });
  });
});
