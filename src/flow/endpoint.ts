/**
 * A flow that is deployed: run any number of times, at the same time too, until it is removed.
 *
 * @module
 */

import { randomUUID } from "node:crypto";

import type { Schema } from "../contract/schema/schema.ts";
import { Refusal } from "../faults.ts";
import { type Limits } from "../limits.ts";
import type { FileInput } from "../runtime/arguments.ts";
import { hookErrorOf } from "../runtime/hook.ts";
import { HookError, type HookName } from "../runtime/hook-error.ts";
import type { Packed } from "../wire/packed.ts";
import { type Given, givenFrom, type RunOptions } from "./given.ts";
import type { ReadyFlow } from "./ready.ts";
import { type FlowResult, type PackedFlowResult, runFlow } from "./run.ts";

/** What is known of a stage once its flow is ready. */
export interface StageInfo {
  /** Counted from 1. */
  readonly stage: number;
  readonly name: string | undefined;
  readonly model: string;
  /** What the model takes and gives, where it says so. */
  readonly input: Schema | undefined;
  readonly output: Schema | undefined;
  /** The same of the stage with its hooks, as far as they declare it. */
  readonly takes: Schema | undefined;
  readonly gives: Schema | undefined;
  readonly pre: HookName | undefined;
  readonly post: HookName | undefined;
}

/** A deployed flow. Made by `runtime.deploy`. */
export interface Endpoint extends AsyncDisposable {
  readonly name: string;
  readonly tenant: string;
  readonly stages: readonly StageInfo[];
  /** Whether any hook of it reads files. */
  readonly takesFiles: boolean;
  /**
   * Runs the flow once.
   *
   * @param data Whatever travels. Copied: the first hook gets it, and each `post` once more.
   * @param files Binary files, copied as well.
   * @throws {HookError} With the stage and hook that it ended in, and what had run by then.
   */
  run(data: unknown, files?: readonly FileInput[], options?: RunOptions): Promise<FlowResult>;
  /** Takes no more runs, waits for those that were taken, and gives its hooks and models back. */
  remove(): Promise<void>;
}

/** What a run is asked for with. */
interface Asked {
  readonly data: unknown;
  readonly files: readonly FileInput[];
  readonly options: RunOptions;
  readonly isOwned: boolean;
}

/** The endpoint of a flow that is ready. */
export class DeployedFlow implements Endpoint {
  readonly name: string;
  readonly tenant: string;
  readonly stages: readonly StageInfo[];
  readonly takesFiles: boolean;
  readonly #flow: ReadyFlow;
  readonly #limits: Limits;
  readonly #running = new Set<Promise<unknown>>();
  readonly #onRemoved: (flow: DeployedFlow) => void;
  #removed: Promise<void> | undefined;

  constructor(
    flow: ReadyFlow,
    { name, tenant }: { readonly name: string; readonly tenant: string },
    limits: Limits,
    onRemoved: (flow: DeployedFlow) => void,
  ) {
    this.name = name;
    this.tenant = tenant;
    this.stages = infoOf(flow);
    this.takesFiles = flow.takesFiles;
    this.#flow = flow;
    this.#limits = limits;
    this.#onRemoved = onRemoved;
  }

  async run(
    data: unknown,
    files: readonly FileInput[] = [],
    options: RunOptions = {},
  ): Promise<FlowResult> {
    const { packed, ...rest } = await this.#counted({ data, files, options, isOwned: false });
    return { result: packed.value(), ...rest };
  }

  /**
   * As `run`, but for the result, which stays bytes, and the files, which are not copied: nobody
   * else may have them.
   *
   * @throws {HookError} As `run` does.
   */
  runPacked(
    data: Packed,
    files: readonly FileInput[],
    options: RunOptions,
  ): Promise<PackedFlowResult> {
    return this.#counted({ data, files, options, isOwned: true });
  }

  async #counted(asked: Asked): Promise<PackedFlowResult> {
    const run = this.#run(asked, randomUUID());
    this.#running.add(run);
    try {
      return await run;
    } finally {
      this.#running.delete(run);
    }
  }

  remove(): Promise<void> {
    this.#removed ??= this.#remove();
    return this.#removed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }

  async #run(asked: Asked, runId: string): Promise<PackedFlowResult> {
    const { data, files, ...rules } = asked;
    let read: Given;
    try {
      if (this.#removed) {
        throw new Refusal("UNKNOWN_FLOW", "", `The flow ${this.name} was removed`);
      }
      read = givenFrom(data, files, { ...rules, limits: this.#limits });
      if (files.length > 0 && !this.takesFiles) throw noFiles();
    } catch (error) {
      throw new HookError(hookErrorOf(error).toFault(), { runId });
    }
    return runFlow(this.#flow.stages, read, runId);
  }

  async #remove(): Promise<void> {
    await Promise.allSettled([...this.#running]);
    await this.#flow[Symbol.asyncDispose]();
    this.#onRemoved(this);
  }
}

/** The refusal of files that no hook would see. */
export function noFiles(): Refusal {
  const detail =
    "wants no files: no hook of this flow takes them; a pre reads them as its second parameter, " +
    "a post as its third";
  return new Refusal("INPUT_MISMATCH", "files", detail);
}

/** Returns what is known of the stages of a flow. */
export function infoOf({ stages }: Pick<ReadyFlow, "stages">): StageInfo[] {
  return stages.map(({ stage, name, modelName, input, output, takes, gives, pre, post }) => ({
    stage,
    name,
    model: modelName,
    input: input.schema,
    output: output.schema,
    takes,
    gives,
    pre: pre && nameOf(pre),
    post: post && nameOf(post),
  }));
}

function nameOf({ id, kind, name, tenant }: HookName): HookName {
  return { id, kind, name, tenant };
}
