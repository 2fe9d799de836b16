/**
 * A model file of XGBoost, read: from bytes to what a run needs, and nothing else of it.
 *
 * The layout is that of `save_model("x.json")` from 1.0 on. What changed between versions and is
 * read either way: `base_score` is one number or, since 3.1, one for each output; the weights of
 * dart stand beside `gbtree`, since 3.3 beside `model`, since 3.4 in it; the trees of a round are
 * counted, or since 2.0 listed in `iteration_indptr`.
 *
 * The trees stand before what they must agree with, so they are passed over first and read last.
 *
 * @module
 */

import { quote } from "../../../contract/schema/misfit-words.ts";
import { boosterFrom, type Early, forestFrom, linearFrom, type Linear } from "./booster.ts";
import type { Forest } from "./forest.ts";
import { JsonReader, type Mark } from "./json.ts";
import { type Objective, OBJECTIVES } from "./objectives.ts";

/** What a file says, checked. */
export interface XgboostFile {
  readonly objective: string;
  readonly features: number;
  /** Numbers of one prediction: the classes, or the targets, or 1. */
  readonly outputs: number;
  /** The margin that each output starts with. */
  readonly base: Float32Array;
  /** What scikit-learn's side of XGBoost called it, such as `classifier`. */
  readonly estimator: string | undefined;
  readonly booster: Forest | Linear;
}

/** Texts of millions of words have as many features; a row of these is 64 MiB. */
const FEATURES_MAX = 2 ** 24;
/** Larger than any vocabulary of classes that trees were grown for. */
const OUTPUTS_MAX = 2 ** 16;
/** Gathered on the way through the file, in whatever order its keys are. */
interface Head extends Early {
  objective: string;
  estimator: string | undefined;
  features: number;
  classes: number;
  targets: number;
  baseScores: readonly number[];
  booster: Mark | undefined;
}

/**
 * Reads a model file.
 *
 * @param bytes The whole file; neither kept nor changed. Reading gives way to the event loop.
 * @param checkOn Called between turns; what it throws ends the reading.
 * @throws {Refusal} `MODEL_FAILED` with the place in the file and what is wrong there.
 */
export async function readXgboost(bytes: Uint8Array, checkOn: () => void): Promise<XgboostFile> {
  const reader = new JsonReader(bytes);
  const head: Head = {
    objective: "",
    estimator: undefined,
    rounds: 0,
    roundsAt: undefined,
    features: 0,
    classes: 0,
    targets: 1,
    baseScores: [],
    booster: undefined,
  };
  reader.dict({ learner: () => readLearner(reader, head) });
  reader.end();
  const outputs = outputsOf(head, reader);
  const base = baseFrom(head, outputs, reader);
  const { objective, features, estimator } = head;
  if (head.booster) reader.goTo(head.booster);
  const raw = boosterFrom(reader);
  const booster =
    raw.name === "gblinear"
      ? linearFrom(raw, { reader, features, outputs })
      : await forestFrom(raw, { reader, features, outputs, early: head }, checkOn);
  // So does XGBoost, also where it has a score for each output.
  if ("linear" in booster) base.fill(base[0] as number);
  return { objective, features, outputs, base, estimator, booster };
}

function readLearner(reader: JsonReader, head: Head): void {
  const params = () => readParams(reader, head);
  const fields = {
    attributes: () => readAttributes(reader, head),
    gradient_booster: () => {
      head.booster = reader.mark();
      reader.skip();
    },
    learner_model_param: params,
    objective: () => {
      reader.dict({ name: () => (head.objective = objectiveFrom(reader)) });
    },
  };
  reader.dict(fields, ["attributes"]);
}

/** The notes of an estimator are JSON with NaN in it, so only the one word is looked for. */
function readAttributes(reader: JsonReader, head: Head): void {
  const notes = () => {
    head.estimator = /"_estimator_type"\s*:\s*"(\w{1,40})"/.exec(reader.string())?.[1];
  };
  const best = () => {
    head.roundsAt = reader.mark();
    const text = reader.string();
    if (!/^(-1|\d{1,9})$/.test(text)) {
      reader.refuse(`wants the number of a round, got ${quote(text, 20)}`);
    }
    head.rounds = Number(text) + 1;
  };
  const optional = ["scikit_learn", "best_iteration"];
  reader.dict({ scikit_learn: notes, best_iteration: best }, optional);
}

function readParams(reader: JsonReader, head: Head): void {
  const fields = {
    num_feature: () => (head.features = countFrom(reader, 1, FEATURES_MAX)),
    num_class: () => (head.classes = countFrom(reader, 0, OUTPUTS_MAX)),
    num_target: () => (head.targets = countFrom(reader, 0, OUTPUTS_MAX)),
    base_score: () => (head.baseScores = scoresFrom(reader)),
  };
  reader.dict(fields, ["num_target"]);
}

/** Returns a count that stands in a string, as XGBoost writes all of its parameters. */
function countFrom(reader: JsonReader, least: number, most: number): number {
  const text = reader.string();
  const count = Number(text);
  if (/^\d{1,10}$/.test(text) && count >= least && count <= most) return count;
  return reader.refuse(`wants a whole number from ${least} to ${most}, got ${quote(text, 20)}`);
}

/** Returns what `5E-1` says, or `[5E-1,2E-1]`. */
function scoresFrom(reader: JsonReader): number[] {
  const text = reader.string();
  const bare = /^\[.*\]$/.test(text) ? text.slice(1, -1) : text;
  const scores = bare.split(",", OUTPUTS_MAX + 1).map((part) => {
    const isNumber = /^\s*-?\d+(\.\d*)?([eE][+-]?\d+)?\s*$/.test(part.slice(0, 64));
    return isNumber ? Math.fround(Number(part)) : NaN;
  });
  if (scores.every(Number.isFinite)) return scores;
  return reader.refuse(`wants a number or a list of them, got ${quote(text, 40)}`);
}

function objectiveFrom(reader: JsonReader): string {
  const name = reader.string();
  if (Object.hasOwn(OBJECTIVES, name)) return name;
  const known = Object.keys(OBJECTIVES).join(", ");
  return reader.refuse(`wants one of ${known}; got ${quote(name, 40)}`);
}

const PARAMS = ["learner", "learner_model_param"] as const;

/** After the last word of the file the reader stands at its root. */
function outputsOf(head: Head, reader: JsonReader): number {
  const { classes, targets, objective } = head;
  if (classes > 1 && targets > 1) {
    reader.refuse(`wants classes or targets, got ${classes} and ${targets}`, ...PARAMS);
  }
  if (OBJECTIVES[objective]?.classes && classes < 2) {
    const want = `wants at least 2 classes for ${objective}`;
    reader.refuse(`${want}, got ${classes}`, ...PARAMS, "num_class");
  }
  return Math.max(classes, targets, 1);
}

function baseFrom(head: Head, outputs: number, reader: JsonReader): Float32Array {
  const { baseScores: scores, objective } = head;
  if (scores.length !== 1 && scores.length !== outputs) {
    const want = outputs === 1 ? "1 number" : `1 number or ${outputs}`;
    reader.refuse(`wants ${want}, got ${scores.length}`, ...PARAMS, "base_score");
  }
  const { margin } = OBJECTIVES[objective] as Objective;
  return Float32Array.from({ length: outputs }, (_, i) => {
    const score = scores[scores.length === 1 ? 0 : i] as number;
    const base = Math.fround(margin(score));
    if (Number.isFinite(base)) return base;
    const want = `a score that ${objective} can start from`;
    return reader.refuse(`wants ${want}, got ${score}`, ...PARAMS, "base_score");
  });
}
