/**
 * `xgboost(...)`: a model file of XGBoost as a model of a flow, without Python.
 *
 * It gives what XGBoost's own Python gives to within the last bit or two of a 32-bit float:
 * `predict_proba` for a classifier, `predict` for everything else, and in both cases only the
 * rounds up to the best one when training was stopped early.
 *
 * Predicting shares the thread with the application, so a run is cut into slices and gives way to
 * the event loop between them.
 *
 * Not here: the layout of the file (`model.ts`), the walk (`forest.ts`).
 *
 * @module
 */

import { setImmediate as turn } from "node:timers/promises";

import type { Schema } from "../../contract/schema/plain.ts";
import { show } from "../../contract/schema/misfit-words.ts";
import { Tensor } from "../../contract/tensor.ts";
import { Refusal } from "../../faults.ts";
import { optionsFrom } from "../../runtime/options.ts";
import type { Model, ModelOptions, OpenModel } from "../model.ts";
import { bytesOf, sourceFrom } from "./xgboost/bytes.ts";
import { readXgboost, type XgboostFile } from "./xgboost/model.ts";
import { OBJECTIVES } from "./xgboost/objectives.ts";
import { inputSchema, marginsOf, rowsFrom } from "./xgboost/run.ts";
import { outputSchema, predictionsOf, type Task } from "./xgboost/output.ts";
import { atTheDoor } from "./door.ts";

/** What may be said of a model beside where it is. */
export interface XgboostOptions {
  /**
   * `classifier` gives probabilities, as `XGBClassifier.predict_proba`: `[batch, classes]`, two of
   * them where the objective is binary. `regressor` gives what `predict` of a booster gives.
   * Without it the file decides: by the estimator that saved it, else by its objective.
   */
  readonly task?: Task;
  /** The number that stands for a missing value, beside NaN and `null`, which always do. */
  readonly missing?: number;
}

/**
 * Returns a model that XGBoost saved as JSON.
 *
 * Takes a float32 or float64 tensor `[batch, features]`, or rows of numbers, in which `null` is a
 * missing value; gives a float32 tensor. Features are by position: names in the file are not
 * looked at. A categorical feature is the number of its category.
 *
 * @param model A path, a `file:` URL, or the bytes of the file, which are lent until it is open.
 * @throws {HookError} `BAD_REQUEST` for a model or an option that is none. Opening throws
 * `MODEL_FAILED` with the place in the file, such as `$.learner.objective.name`.
 *
 * @example
 * ```ts
 * const flow = [{ model: xgboost("churn.json"), post }];
 * ```
 */
export function xgboost(model: string | URL | Uint8Array, options: XgboostOptions = {}): Model {
  return atTheDoor(() => {
    const source = sourceFrom(model);
    const { task, missing } = xgboostOptions(options);
    const name = `xgboost ${source.name}`;
    return {
      name,
      async open({ signal }: ModelOptions = {}) {
        const checkOn = () => checkSignal(signal);
        checkOn();
        const file = await readXgboost(await bytesOf(source), checkOn);
        return new OpenXgboost({ name, file, task: taskOf(file, task), missing });
      },
    };
  });
}

function xgboostOptions(options: unknown): { task: Task | undefined; missing: number } {
  const { task, missing = NaN } = optionsFrom(options, ["task", "missing"]);
  if (task !== undefined && task !== "classifier" && task !== "regressor") {
    throw new Refusal(
      "BAD_REQUEST",
      "task",
      `wants "classifier" or "regressor", got ${show(task)}`,
    );
  }
  if (typeof missing === "number") return { task, missing };
  throw new Refusal("BAD_REQUEST", "missing", `wants a number, got ${show(missing)}`);
}

/** The word of the caller counts first, then that of the estimator, then the objective. */
function taskOf({ objective, estimator }: XgboostFile, said: Task | undefined): Task {
  const { probability = false } = OBJECTIVES[objective] ?? {};
  const meant = probability && !objective.startsWith("reg:");
  const isClassifier = estimator ? estimator === "classifier" : meant;
  const task = said ?? (isClassifier ? "classifier" : "regressor");
  if (task === "regressor" || probability) return task;
  const want = "wants an objective of probabilities for a classifier";
  const detail = `${want}, got ${objective}; say { task: "regressor" } to get what it predicts`;
  throw new Refusal("MODEL_FAILED", "$.learner.objective.name", detail);
}

interface Parts {
  readonly name: string;
  readonly file: XgboostFile;
  readonly task: Task;
  readonly missing: number;
}

/** Nodes that are visited in one turn of the event loop: some milliseconds. */
const TURN_VISITS = 250_000;

class OpenXgboost implements OpenModel {
  readonly input: Schema;
  readonly output: Schema;
  #parts: Parts | undefined;
  readonly #name: string;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#name = parts.name;
    this.input = inputSchema(parts.file.features);
    this.output = outputSchema(parts.file, parts.task);
  }

  async run(value: unknown, { signal }: ModelOptions = {}): Promise<Tensor> {
    const parts = this.#parts;
    if (!parts) throw new Refusal("CLOSED", "", `${this.#name} was disposed of; open it again`);
    checkSignal(signal);
    const { file, missing, task } = parts;
    const work = marginsOf(file, rowsFrom(value, file, missing));
    while (!work.goOn(TURN_VISITS)) {
      await turn();
      checkSignal(signal);
    }
    return predictionsOf(file, task, work.margins);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#parts = undefined;
  }
}

function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new Refusal("CANCELLED", "", "was cancelled by its signal");
}
