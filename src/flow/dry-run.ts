/**
 * A run of a flow on an example, to find all that is wrong with it and not only the first thing.
 *
 * Where a part fails, the run goes on behind it with a value that is made up from the schema of
 * what it should have given. What such a value brings to light is told as such.
 *
 * @module
 */

import type { Schema } from "../contract/schema/schema.ts";
import { hookErrorOf, type RegisteredHook } from "../runtime/hook.ts";
import type { Problem } from "../runtime/hook-error.ts";
import { hookPlace, problemFrom, type ProblemPlace } from "./problem.ts";
import type { ReadyStage } from "./ready.ts";
import { sampleOf } from "./sample.ts";
import { type Carried, type Given, runModel, runPost, runPre, terminal } from "./steps.ts";

/** A value, or none when a part failed and nothing could be made up in its place. */
interface Tried {
  readonly value: Carried | undefined;
  /** What the value is instead of, when it is made up. */
  readonly insteadOf: string | undefined;
}

/** Runs every part of a flow that can be run, and returns what is wrong. */
export async function dryRun(
  stages: readonly ReadyStage[],
  given: Given,
): Promise<readonly Problem[]> {
  const dry = new DryRun(given);
  let tried: Tried = { value: { packed: given.data }, insteadOf: undefined };
  for (const [i, stage] of stages.entries()) tried = await dry.stage(stage, stages[i - 1], tried);
  dry.end(stages.at(-1), tried);
  return dry.problems;
}

class DryRun {
  readonly problems: Problem[] = [];
  readonly #given: Given;

  constructor(given: Given) {
    this.#given = given;
  }

  async stage(stage: ReadyStage, before: ReadyStage | undefined, incoming: Tried): Promise<Tried> {
    const { pre, post } = stage;
    let tried = incoming;
    if (pre) tried = await this.#hook(stage, pre, tried, stage.input.schema);
    const isChecked = pre !== undefined || before?.post !== undefined;
    tried = await this.#model(stage, tried, isChecked);
    if (post) tried = await this.#hook(stage, post, tried, undefined);
    return tried;
  }

  end(stage: ReadyStage | undefined, { value, insteadOf }: Tried): void {
    if (!stage || value === undefined || insteadOf !== undefined) return;
    try {
      terminal(value, this.#given.limits);
    } catch (error) {
      const part = stage.post ? "post" : "model";
      this.#found(error, { stage: stage.stage, part, name: stage.post?.name }, undefined);
    }
  }

  /** @param schema What follows the hook takes: a value of it is made up if the hook fails. */
  async #hook(
    stage: ReadyStage,
    hook: RegisteredHook,
    { value, insteadOf }: Tried,
    schema: Schema | undefined,
  ): Promise<Tried> {
    const place = hookPlace(stage.stage, hook);
    const next = () => madeUp(schema, `what the model of stage ${stage.stage} takes`);
    if (value === undefined) return next();
    try {
      const run = hook.kind === "pre" ? runPre : runPost;
      const step = await run(hook, value, this.#given);
      return { value: step.value, insteadOf: undefined };
    } catch (error) {
      this.#found(error, place, insteadOf);
      return next();
    }
  }

  async #model(stage: ReadyStage, tried: Tried, isChecked: boolean): Promise<Tried> {
    const place = { stage: stage.stage, part: "model" as const, name: stage.modelName };
    const takes = `what the model of stage ${stage.stage} takes`;
    const next = () => madeUp(stage.output.schema, `what the model of stage ${stage.stage} gives`);
    // A post that failed leaves nothing; what this model takes is made up from its own schema.
    const incoming = tried.value === undefined ? madeUp(stage.input.schema, takes) : tried;
    if (incoming.value === undefined || !stage.model) return next();
    try {
      const { signal } = this.#given;
      const step = await runModel(stage, incoming.value, { isChecked, signal });
      return { value: step.value, insteadOf: undefined };
    } catch (error) {
      this.#found(error, place, incoming.insteadOf);
      return next();
    }
  }

  #found(error: unknown, place: ProblemPlace, insteadOf: string | undefined): void {
    const found = problemFrom(hookErrorOf(error), place);
    const tried = insteadOf === undefined ? "" : ` (tried with a value made up from ${insteadOf})`;
    this.problems.push({ ...found, detail: found.detail + tried, message: found.message + tried });
  }
}

function madeUp(schema: Schema | undefined, insteadOf: string): Tried {
  const sample = sampleOf(schema);
  if (!sample) return { value: undefined, insteadOf: undefined };
  return { value: { plain: sample.value }, insteadOf };
}
