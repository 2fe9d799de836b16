/**
 * The gradient booster of a model file: a forest (gbtree, dart), or the weights of gblinear.
 *
 * Whatever the booster and the version, the same keys are looked for wherever they may stand. The
 * trees are read last, when it is known what they must agree with.
 *
 * @module
 */

import { setImmediate as turn } from "node:timers/promises";

import { quote } from "../../../contract/schema/misfit-words.ts";
import type { Forest } from "./forest.ts";
import type { JsonReader, Mark } from "./json.ts";
import { Planter } from "./trees.ts";

/** The weights of gblinear: for each feature, and at last for the bias, one for each output. */
export interface Linear {
  readonly linear: Float32Array;
}

/** What the head of a file says of training that was stopped early. */
export interface Early {
  /** The rounds that predict; 0 is all. */
  rounds: number;
  roundsAt: Mark | undefined;
}

/** What stands in a gradient booster of any kind and version. */
export interface RawBooster {
  name: string;
  model: Mark | undefined;
  trees: Mark | undefined;
  groups: Float64Array;
  /** Where the trees of each round start, and where the last ends. */
  starts: Float64Array | undefined;
  /** The trees of one round for each output, where `starts` is not there. */
  parallel: number;
  drops: Float64Array | undefined;
  dropsAt: Mark | undefined;
  weights: Float64Array | undefined;
}

/** What the rest of the file says that the booster must agree with. */
interface Within {
  readonly reader: JsonReader;
  readonly features: number;
  readonly outputs: number;
}

/** The bytes of trees that are read in one turn of the event loop, some milliseconds. */
const TURN_BYTES = 512 * 1024;

const BOOSTERS: readonly string[] = ["gbtree", "dart", "gblinear"];

/**
 * Reads the booster that `reader` stands at, but for its trees.
 *
 * @throws {Refusal} `MODEL_FAILED`
 */
export function boosterFrom(reader: JsonReader): RawBooster {
  const raw: RawBooster = {
    name: "",
    model: undefined,
    trees: undefined,
    groups: new Float64Array(0),
    starts: undefined,
    parallel: 1,
    drops: undefined,
    dropsAt: undefined,
    weights: undefined,
  };
  const model = () => readModel(reader, raw);
  const fields = {
    name: () => {
      raw.name = reader.string();
      if (BOOSTERS.includes(raw.name)) return;
      reader.refuse(`wants one of ${BOOSTERS.join(", ")}; got ${quote(raw.name, 20)}`);
    },
    model,
    gbtree: () => reader.dict({ model }),
    weight_drop: () => readDrops(reader, raw),
  };
  reader.dict(fields, ["model", "gbtree", "weight_drop"]);
  if (!raw.model) reader.refuse(`wants key "model", got a dict without it`);
  return raw;
}

function readModel(reader: JsonReader, raw: RawBooster): void {
  if (raw.model) reader.refuse("wants one model, got another");
  raw.model = reader.mark();
  const parallel = () => {
    const text = reader.string();
    raw.parallel = /^\d{1,6}$/.test(text) ? Math.max(1, Number(text)) : NaN;
    if (Number.isNaN(raw.parallel)) reader.refuse(`wants a number, got ${quote(text, 20)}`);
  };
  const fields = {
    gbtree_model_param: () => reader.dict({ num_parallel_tree: parallel }, ["num_parallel_tree"]),
    iteration_indptr: () => (raw.starts = reader.numbers()),
    tree_info: () => (raw.groups = reader.numbers()),
    trees: () => {
      raw.trees = reader.mark();
      reader.skip();
    },
    weight_drop: () => readDrops(reader, raw),
    weights: () => (raw.weights = reader.numbers()),
  };
  reader.dict(fields, Object.keys(fields));
}

function readDrops(reader: JsonReader, raw: RawBooster): void {
  raw.dropsAt = reader.mark();
  raw.drops = reader.numbers();
}

/**
 * Returns the weights of gblinear.
 *
 * @throws {Refusal} `MODEL_FAILED`
 */
export function linearFrom(raw: RawBooster, { reader, features, outputs }: Within): Linear {
  goTo(reader, raw.model);
  const { weights } = raw;
  if (!weights) return reader.refuse("wants the weights of gblinear, got none", "weights");
  const count = (features + 1) * outputs;
  if (weights.length !== count) {
    const want = `(${features} features + 1) * ${outputs} numbers`;
    reader.refuse(`wants ${want}, got ${weights.length}`, "weights");
  }
  const linear = Float32Array.from(weights);
  const bad = linear.findIndex((weight) => !Number.isFinite(weight));
  if (bad >= 0) reader.refuse(`wants a 32-bit float, got ${weights[bad]}`, "weights", bad);
  return { linear };
}

/**
 * Reads the trees, giving way to the event loop between them.
 *
 * @param checkOn Called between turns; what it throws ends the reading.
 * @throws {Refusal} `MODEL_FAILED`
 */
export async function forestFrom(
  raw: RawBooster,
  within: Within & { readonly early: Early },
  checkOn: () => void,
): Promise<Forest> {
  const { reader, features } = within;
  const planter = new Planter(features);
  goTo(reader, raw.model);
  if (!raw.trees) reader.refuse(`wants the trees of ${raw.name}, got none`, "trees");
  goTo(reader, raw.trees);
  let turnStart = reader.position;
  reader.enterList();
  while (reader.nextItem()) {
    planter.read(reader);
    if (reader.position - turnStart < TURN_BYTES) continue;
    await turn();
    checkOn();
    turnStart = reader.position;
  }
  const groups = groupsFrom(raw, planter.trees, within);
  const weights = weightsFrom(raw, planter.trees, reader);
  const count = treesOf(raw, planter.trees, within);
  return planter.forest(groups.slice(0, count), weights.slice(0, count));
}

function groupsFrom(raw: RawBooster, trees: number, { reader, outputs }: Within): Int32Array {
  goTo(reader, raw.model);
  const { groups } = raw;
  if (groups.length !== trees) {
    reader.refuse(`wants ${trees} entries as there are trees, got ${groups.length}`, "tree_info");
  }
  const bad = groups.findIndex(
    (group) => !Number.isInteger(group) || group < 0 || group >= outputs,
  );
  if (bad >= 0) {
    reader.refuse(`wants an output from 0 to ${outputs - 1}, got ${groups[bad]}`, "tree_info", bad);
  }
  return Int32Array.from(groups);
}

/** Trees that are not in the list of dart weigh 1. */
function weightsFrom({ drops, dropsAt }: RawBooster, trees: number, reader: JsonReader) {
  const weights = new Float32Array(trees).fill(1);
  if (!drops) return weights;
  goTo(reader, dropsAt);
  if (drops.length > trees) {
    reader.refuse(`wants at most ${trees} weights as there are trees, got ${drops.length}`);
  }
  weights.set(drops);
  const bad = weights.findIndex((weight) => !Number.isFinite(weight));
  if (bad >= 0) reader.refuse(`wants a 32-bit float, got ${drops[bad]}`, bad);
  return weights;
}

/** Returns how many trees predict: those of the rounds up to the best one. */
function treesOf(
  { starts, parallel }: RawBooster,
  trees: number,
  { reader, outputs, early }: Within & { readonly early: Early },
): number {
  const { rounds } = early;
  if (rounds === 0) return trees;
  const count = starts ? starts[rounds] : rounds * parallel * outputs;
  if (count !== undefined && Number.isInteger(count) && count >= 0 && count <= trees) return count;
  goTo(reader, early.roundsAt);
  return reader.refuse(`wants a round of the file, got ${rounds - 1} for ${trees} trees`);
}

function goTo(reader: JsonReader, mark: Mark | undefined): void {
  if (mark) reader.goTo(mark);
}
