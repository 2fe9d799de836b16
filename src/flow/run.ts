/**
 * One run of a flow: stage by stage, and the record of all that ran.
 *
 * Invariants:
 * - Every hook that is configured runs, or the run fails.
 * - Nothing is fed on that does not fit: the first misfit ends the run.
 *
 * @module
 */

import { Refusal } from "../faults.ts";
import { hookErrorOf, type RegisteredHook } from "../runtime/hook.ts";
import { HookError, type HookRun, type StageRun } from "../runtime/hook-error.ts";
import type { Packed } from "../wire/packed.ts";
import type { ReadyStage } from "./ready.ts";
import { type Carried, type Given, runModel, runPost, runPre, terminal } from "./steps.ts";

/** What a run of a flow gives. */
export interface FlowResult<T = unknown> {
  /** A list, a dict or a tensor. */
  readonly result: T;
  readonly runId: string;
  /** From `run` to its result, in milliseconds. */
  readonly runTimeMs: number;
  /** What ran, in order: each hook with its receipt and logs, each model with its time. */
  readonly stages: readonly StageRun[];
}

/** The same before its result is decoded. */
export interface PackedFlowResult extends Omit<FlowResult, "result"> {
  readonly packed: Packed;
}

/** What is being done. */
interface Doing {
  readonly stage: ReadyStage;
  readonly hook?: RegisteredHook;
}

/** A stage while it runs. */
interface Running {
  readonly stage: number;
  readonly name: string | undefined;
  readonly hooks: HookRun[];
  model: StageRun["model"];
}

/**
 * Runs a flow once.
 *
 * @throws {HookError} With the stage it ended in, and what had run by then.
 */
export async function runFlow(
  stages: readonly ReadyStage[],
  given: Given,
  runId: string,
): Promise<PackedFlowResult> {
  const begunMs = performance.now();
  const run = new FlowRun(given, runId);
  let value: Carried = { packed: given.data };
  let isChecked = false;
  for (const stage of stages) {
    value = await run.stage(stage, value, isChecked);
    // What a post gives has been held to what the next stage takes.
    isChecked = stage.post !== undefined;
  }
  const packed = run.end(value);
  return { packed, runId, runTimeMs: performance.now() - begunMs, stages: run.stages };
}

class FlowRun {
  readonly stages: Running[] = [];
  readonly #given: Given;
  readonly #runId: string;
  /** Whose doing it is when something fails now. */
  #last: Doing | undefined;

  constructor(given: Given, runId: string) {
    this.#given = given;
    this.#runId = runId;
  }

  async stage(stage: ReadyStage, incoming: Carried, wasChecked: boolean): Promise<Carried> {
    const { pre, post } = stage;
    const before = this.#last;
    const running: Running = { ...nameOf(stage), hooks: [], model: undefined };
    this.stages.push(running);
    let value = incoming;
    if (pre) value = await this.#hook(stage, pre, () => runPre(pre, value, this.#given));
    value = await this.#model(stage, value, { wasChecked, before });
    if (post) value = await this.#hook(stage, post, () => runPost(post, value, this.#given));
    return value;
  }

  /** The value that the flow ends with. */
  end(value: Carried): Packed {
    try {
      return terminal(value, this.#given.limits);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  async #hook(
    stage: ReadyStage,
    hook: RegisteredHook,
    run: () => ReturnType<typeof runPre>,
  ): Promise<Carried> {
    this.#last = { stage, hook };
    try {
      this.#goOn();
      const step = await run();
      this.stages.at(-1)?.hooks.push(step.run);
      return step.value;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  async #model(
    stage: ReadyStage,
    value: Carried,
    { wasChecked, before }: { wasChecked: boolean; before: Doing | undefined },
  ): Promise<Carried> {
    const isChecked = stage.pre !== undefined || wasChecked;
    try {
      this.#goOn();
      this.#last = { stage };
      const { signal, trace } = this.#given;
      const step = await runModel(stage, value, { isChecked, signal, trace });
      const running = this.stages.at(-1);
      if (running) running.model = { name: stage.modelName, ms: step.ms };
      return step.value;
    } catch (error) {
      throw this.#failed(modelError(error, stage, before?.stage));
    }
  }

  #goOn(): void {
    if (!this.#given.signal?.aborted) return;
    throw new Refusal("CANCELLED", "", "The caller gave the run up");
  }

  #failed(error: unknown): HookError {
    const { stage, hook } = this.#last ?? {};
    const said = hookErrorOf(error);
    const name = hook && { id: hook.id, kind: hook.kind, name: hook.name, tenant: hook.tenant };
    const { logs, receipt } = said;
    const parts = { hook: said.hook ?? name, logs, receipt, stage: stage?.stage };
    const run = { runId: this.#runId, stages: this.stages };
    const { cause } = said;
    const options = cause === undefined ? {} : { cause };
    return new HookError(said.toFault(), { ...parts, ...run }, options);
  }
}

/** What went into a model and was not what it takes is the doing of the model before it. */
function modelError(error: unknown, stage: ReadyStage, before: ReadyStage | undefined): unknown {
  if (!(error instanceof Refusal)) return error;
  const { code, path, detail, cause } = error;
  const options = cause === undefined ? {} : { cause };
  if (code === "INPUT_MISMATCH" && before) {
    const whose = `; stage ${before.stage} gave it to the model of stage ${stage.stage}`;
    return new Refusal("MODEL_FAILED", path, detail + whose, undefined, options);
  }
  if (code === "INPUT_MISMATCH" || code === "MODEL_FAILED") {
    const who = path === "" ? `${stage.modelName}: ` : "";
    return new Refusal(code, path, who + detail, undefined, options);
  }
  return error;
}

function nameOf({ stage, name }: ReadyStage): Pick<StageRun, "stage" | "name"> {
  return { stage, name };
}
