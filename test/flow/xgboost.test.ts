// `xgboost(...)` gives what XGBoost gives: each model of the table was trained, saved and asked by
// XGBoost 1.7 itself (`vectors/xgboost.py`). What later versions write otherwise is written here by
// hand, and must give the same.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { describe, expect, test } from "vitest";

import { compileSchema } from "../../src/contract/schema/schema.ts";
import { Tensor } from "../../src/contract/tensor.ts";
import { xgboost, type XgboostOptions } from "../../src/flow/models/xgboost.ts";
import { marginsOf, rowsFrom } from "../../src/flow/models/xgboost/run.ts";
import { readXgboost } from "../../src/flow/models/xgboost/model.ts";
import {
  edited,
  flat,
  type Floats,
  type ModelRow,
  openText,
  partOf,
  ROWS,
  rowOf,
  rowsOf,
} from "./xgboost-models.ts";

/** Holds that a tensor has the shape of `wanted` and its numbers to a part in a million. */
function expectClose(got: unknown, wanted: Floats): void {
  if (!Tensor.is(got)) return expect.unreachable("wanted a tensor");
  expect(got.dtype).toBe("float32");
  expect(got.shape).toEqual(shapeOf(wanted));
  const numbers = flat(wanted);
  for (const [i, value] of [...got.data].entries()) {
    const want = numbers[i] as number;
    const far = Math.abs(Number(value) - want);
    expect(far, `element ${i}: got ${value}, want ${want}`).toBeLessThan(
      1e-6 * Math.abs(want) + 1e-7,
    );
  }
}

function shapeOf(floats: Floats): number[] {
  return Array.isArray(floats) ? [floats.length, ...shapeOf(floats[0] as Floats)] : [];
}

/** Runs a model of the table on its rows. */
async function answerOf(row: ModelRow, options: XgboostOptions = {}, text = row.model) {
  const { missing = NaN } = row;
  await using model = await openText(text, { missing, ...options });
  const input = rowsOf(row);
  const axes = new Map();
  compileSchema(model.input, "input")(input, { code: "INPUT_MISMATCH", axes });
  const output = await model.run(input);
  compileSchema(model.output, "output")(output, { code: "OUTPUT_MISMATCH", axes });
  return output;
}

test.each(ROWS)("a regressor of $name predicts as XGBoost", async (row) => {
  expectClose(await answerOf(row, { task: "regressor" }), row.predict);
});

const WITH_PROBA = ROWS.filter(({ proba }) => proba);

test.each(WITH_PROBA)("a classifier of $name gives its probabilities", async (row) => {
  expectClose(await answerOf(row, { task: "classifier" }), row.proba as Floats);
});

test.each(ROWS)(
  "the margins of $name are XGBoost's to the bit, or to the last two",
  async (row) => {
    const file = await readXgboost(Buffer.from(row.model), () => {});
    const work = marginsOf(file, rowsFrom(rowsOf(row), file, row.missing ?? NaN));
    expect(work.goOn(Infinity)).toBe(true);
    const want = Float32Array.from(flat(row.margin));
    expect(work.margins.length).toBe(want.length);
    const far = [...work.margins].map((margin, i) => Math.abs(margin - (want[i] as number)));
    const ulps = far.map((distance, i) => distance / (Math.abs(want[i] as number) * 2 ** -23));
    expect(Math.max(0, ...ulps.filter((ulp) => !Number.isNaN(ulp)))).toBeLessThanOrEqual(2);
  },
);

describe("without a task, the file decides", () => {
  const DECIDED: readonly [name: string, as: "proba" | "predict"][] = [
    ["binary:logistic", "proba"],
    ["multi:softmax", "proba"],
    ["binary:hinge", "proba"],
    ["two of three labels", "proba"],
    ["reg:logistic", "predict"],
    ["rank:ndcg", "predict"],
  ];
  test.each(DECIDED)("%s by the estimator that saved it: %s", async (name, as) => {
    const row = rowOf(name);
    expectClose(await answerOf(row), row[as] as Floats);
  });
  test.each(DECIDED)("%s by its objective: %s", async (name, as) => {
    const row = rowOf(name);
    const bare = row.model.replace(/"scikit_learn":"(\\.|[^"\\])*"/, '"other":""');
    expect(bare.length).toBeLessThan(row.model.length);
    expectClose(await answerOf(row, {}, bare), row[as] as Floats);
  });
  test("binary:logitraw of a booster gives its margins", async () => {
    const row = rowOf("binary:logitraw");
    const bare = row.model.replace(/"scikit_learn":"(\\.|[^"\\])*"/, '"other":""');
    expectClose(await answerOf(row, {}, bare), row.predict);
  });
});

const LEARNER = "learner";
const PARAM = `${LEARNER}.learner_model_param`;
const BOOSTER = `${LEARNER}.gradient_booster`;
const TREE = `${BOOSTER}.model.trees.0`;

// What other versions write for the same model: a row of the table, and how its file differs.
const VERSIONS: readonly [what: string, row: string, rewrite: (text: string) => string][] = [
  ["a list of one base score (3.1)", "reg:logistic, base_score", base("[2.5E-1]")],
  ["a base score for each class (3.1)", "multi:softprob", base("[5E-1,5E-1,5E-1]")],
  ["a base score with a space", "reg:logistic, base_score", base("[ 2.5E-1 ]")],
  ["no num_target (1.5)", "reg:gamma", (text) => edited(text, `${PARAM}.num_target`, undefined)],
  ["no categories (1.2)", "reg:gamma", withoutCategories],
  ["flags as booleans (1.5)", "reg:gamma", withBooleans],
  ["the weights of dart beside the model (3.3)", "dart", (text) => movedDart(text, "weight_drop")],
  [
    "the weights of dart in the model (3.4)",
    "dart",
    (text) => movedDart(text, "model.weight_drop"),
  ],
  [
    "the trees of each round (2.0)",
    "early stopping",
    (text) => edited(text, `${BOOSTER}.model.iteration_indptr`, [...Array(40).keys()]),
  ],
  ["a category encoder (3.1)", "categories, parted", withEncoder],
  ["NaN in what is not read", "reg:gamma", withNaN],
  ["white space", "reg:gamma", (text) => JSON.stringify(JSON.parse(text), null, 2)],
  ["keys in another order", "reg:gamma", reversed],
];

function base(score: string): (text: string) => string {
  return (text) => edited(text, `${PARAM}.base_score`, score);
}

function withoutCategories(text: string): string {
  const count = (partOf(text, `${BOOSTER}.model.trees`) as unknown[]).length;
  let less = text;
  for (let i = 0; i < count; i++) {
    for (const key of ["split_type", "categories", "categories_nodes", "categories_segments"]) {
      less = edited(less, `${BOOSTER}.model.trees.${i}.${key}`, undefined);
    }
  }
  return less;
}

function withBooleans(text: string): string {
  const flags = partOf(text, `${TREE}.default_left`) as number[];
  return edited(
    text,
    `${TREE}.default_left`,
    flags.map((flag) => flag === 1),
  );
}

function movedDart(text: string, to: string): string {
  const { gbtree, weight_drop } = partOf(text, BOOSTER) as Record<string, Record<string, unknown>>;
  return edited(edited(text, BOOSTER, gbtree), `${BOOSTER}.${to}`, weight_drop);
}

/** This file cannot be parsed: XGBoost writes NaN where a split is by category. */
function withEncoder(text: string): string {
  expect(text).toContain('"split_conditions":[NaN,');
  const cats = { enc: [{ type: 13, values: [0, 1] }], feature_segments: [0, 2], sorted_idx: [] };
  return text.replace('"model":{', `"model":{"cats":${JSON.stringify(cats)},`);
}

function withNaN(text: string): string {
  const loss = /"loss_changes":\[[^,]*,[^,]*,/g;
  expect(text).toMatch(loss);
  return text.replaceAll(loss, '"loss_changes":[NaN,-Infinity,');
}

function reversed(text: string): string {
  const turned = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(turned);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .toReversed()
        .map(([key, each]) => [key, turned(each)]),
    );
  };
  return JSON.stringify(turned(JSON.parse(text)));
}

test.each(VERSIONS)("a file with %s predicts the same", async (_what, name, rewrite) => {
  const row = rowOf(name);
  const text = rewrite(row.model);
  expect(text).not.toBe(row.model);
  expectClose(await answerOf(row, { task: "regressor" }, text), row.predict);
});

describe("what goes in and out", () => {
  const row = rowOf("multi:softprob");

  test("the schemas are those of its features and classes", async () => {
    await using open = await openText(row.model);
    expect(open.input).toEqual({
      anyOf: [
        { tensor: { dtype: ["float32", "float64"], shape: ["batch", 4] } },
        {
          type: "array",
          items: { type: "array", minItems: 4, maxItems: 4, items: { type: ["number", "null"] } },
        },
      ],
    });
    expect(open.output).toEqual({ tensor: { dtype: "float32", shape: ["batch", 3] } });
  });

  const MISFITS: readonly [name: string, value: unknown, path: string, detail: string][] = [
    ["a row too short", [[1, 2, 3]], "$[0]", "4 items, got 3"],
    [
      "a word",
      [
        [1, 2, 3, 4],
        [1, "x", 3, 4],
      ],
      "$[1][1]",
      'wants number or null, got string "x"',
    ],
    ["one row alone", [1, 2, 3, 4], "$[0]", "wants list, got number 1"],
    [
      "a tensor of bytes",
      new Tensor("uint8", [1, 4], new Uint8Array(4)),
      "$",
      "wants float32 or float64 [batch, 4], got uint8 [1, 4]",
    ],
  ];
  test.each(MISFITS)(
    "%s is a misfit, by the schema and by run",
    async (_n, value, path, detail) => {
      await using open = await openText(row.model);
      const check = compileSchema(open.input, "input");
      const got = () => check(value, { code: "INPUT_MISMATCH" });
      expect(got).toThrow(
        expect.objectContaining({ path, detail: expect.stringContaining(detail) }),
      );
      await expect(open.run(value)).rejects.toMatchObject({ code: "INPUT_MISMATCH", path });
    },
  );

  test("tensors of either float, lists and rows of NaN for null give the same", async () => {
    await using open = await openText(row.model);
    const rows = rowsOf(row).map((cells) => cells.map((cell) => cell ?? NaN));
    const wanted = row.proba as Floats;
    for (const dtype of ["float32", "float64"] as const) {
      const tensor = Tensor.from(rows, dtype);
      const before = tensor.data.slice();
      expectClose(await open.run(tensor), wanted);
      expect(tensor.data).toEqual(before);
    }
    expectClose(await open.run(rows), wanted);
  });

  test.each([[[]], [new Tensor("float32", [0, 4], new Float32Array(0))]])(
    "no rows give no rows",
    async (none) => {
      await using open = await openText(row.model);
      expect(await open.run(none)).toEqual(new Tensor("float32", [0, 3], new Float32Array(0)));
    },
  );

  test("gblinear refuses infinity, as XGBoost does", async () => {
    await using open = await openText(rowOf("gblinear").model);
    const rows = [Array(10).fill(0), [0, 0, 1e39, 0, 0, 0, 0, 0, 0, 0]];
    const wanted = { code: "INPUT_MISMATCH", path: "$[1][2]" };
    await expect(open.run(rows)).rejects.toMatchObject(wanted);
  });
});

describe("where a model is", () => {
  const row = rowOf("reg:gamma");

  test("a path and a file: URL are read when opened, and called by their last name", async () => {
    const folder = mkdtempSync(join(tmpdir(), "xgboost-"));
    const path = join(folder, "gamma.json");
    const [byPath, byUrl] = [xgboost(path), xgboost(pathToFileURL(path))];
    writeFileSync(path, row.model);
    for (const each of [byPath, byUrl]) {
      expect(each.name).toBe("xgboost gamma.json");
      await using open = await each.open();
      expectClose(await open.run(rowsOf(row)), row.predict);
    }
    rmSync(folder, { recursive: true });
    await expect(byPath.open()).rejects.toMatchObject({
      code: "MODEL_FAILED",
      detail: "gamma.json: wants a file that can be read, got ENOENT",
    });
  });

  test("a folder is none", async () => {
    const wanted = { code: "MODEL_FAILED", detail: expect.stringContaining("got a folder") };
    await expect(xgboost(tmpdir()).open()).rejects.toMatchObject(wanted);
  });
});

describe("slices", () => {
  const row = rowOf("early stopping");
  const many = (count: number) => {
    const rows = rowsOf(row);
    return Array.from({ length: count }, (_, i) => rows[i % rows.length]);
  };

  test("a run that is cut into slices gives what each row gives", async () => {
    await using open = await openText(row.model);
    const output = await open.run(many(20_000));
    if (!Tensor.is(output)) return expect.unreachable();
    const short = await open.run(many(12));
    if (!Tensor.is(short)) return expect.unreachable();
    expect([...output.data]).toEqual(Array.from({ length: 20_000 }, (_, i) => short.data[i % 12]));
  });

  test("cut anywhere, the margins are the same", async () => {
    const file = await readXgboost(Buffer.from(row.model), () => {});
    const whole = marginsOf(file, rowsFrom(rowsOf(row), file, NaN));
    whole.goOn(Infinity);
    for (const visits of [1, 2, 3, 7, 20]) {
      const work = marginsOf(file, rowsFrom(rowsOf(row), file, NaN));
      let slices = 1;
      while (!work.goOn(visits)) slices++;
      expect(slices).toBeGreaterThan(3);
      expect(work.margins).toEqual(whole.margins);
    }
  });

  test("the event loop turns meanwhile, and a signal ends the run", async () => {
    await using open = await openText(row.model);
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    const { signal } = controller;
    const run = open.run(many(200_000), { signal });
    await expect(run).rejects.toMatchObject({ code: "CANCELLED" });
  });

  test("a signal that was aborted before ends opening and running", async () => {
    const signal = AbortSignal.abort();
    const opening = xgboost(Buffer.from(row.model)).open({ signal });
    await expect(opening).rejects.toMatchObject({ code: "CANCELLED" });
    await using open = await openText(row.model);
    const run = open.run(rowsOf(row), { signal });
    await expect(run).rejects.toMatchObject({ code: "CANCELLED" });
  });

  test("a model that was disposed of runs no more; a run under way ends", async () => {
    const open = await openText(row.model);
    const run = open.run(many(20_000));
    await open[Symbol.asyncDispose]();
    await open[Symbol.asyncDispose]();
    await expect(open.run(rowsOf(row))).rejects.toMatchObject({ code: "CLOSED" });
    expect(Tensor.is(await run)).toBe(true);
  });
});
