/**
 * The runtime as users have it: hooks, and flows over them.
 *
 * @module
 */

import { Refusal } from "../faults.ts";
import type { FileInput } from "../runtime/arguments.ts";
import {
  type Hook,
  hookErrorOf,
  type PostHook,
  type PreHook,
  type RegisteredHook,
} from "../runtime/hook.ts";
import type { Problem } from "../runtime/hook-error.ts";
import { named, optionsFrom } from "../runtime/options.ts";
import {
  type HookRuntime,
  type PooledHooks,
  type RegisterOptions,
  type RuntimeInfo,
  type RuntimeOptions,
  startHooks,
} from "../runtime/runtime.ts";
import { dryRun } from "./dry-run.ts";
import { DeployedFlow, type Endpoint, infoOf, noFiles, type StageInfo } from "./endpoint.ts";
import { givenFrom } from "./given.ts";
import { flowInvalid, problemFrom } from "./problem.ts";
import { type ReadyFlow, readyFlow } from "./ready.ts";
import type { Stage } from "./stage.ts";

/** What a flow may be tried with before it is deployed. */
export interface FlowExample {
  readonly data: unknown;
  readonly files?: readonly FileInput[] | undefined;
}

/** How a flow is checked. */
export interface CheckOptions {
  readonly tenant?: string | undefined;
  /** Input that every part of the flow is tried with. */
  readonly example?: FlowExample | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a flow is deployed. */
export type DeployOptions = CheckOptions;

/** What was found of a flow. */
export interface FlowReport {
  /** Whether nothing is wrong with it. */
  readonly ok: boolean;
  /** All that is, stage by stage. */
  readonly problems: readonly Problem[];
  readonly stages: readonly StageInfo[];
  /** Whether it was tried with an example. */
  readonly isTried: boolean;
}

/** Runs hooks and flows. Made by {@link createRuntime}. */
export interface Runtime extends HookRuntime {
  /**
   * Checks a flow whole and gives an endpoint to run it.
   *
   * Opens the models, registers the hooks, compares what each part gives with what the next one
   * takes, and with an `example` tries every part.
   *
   * @throws {HookError} `FLOW_INVALID` with all that is wrong in `problems`; `BAD_REQUEST` when an
   * option is none.
   *
   * @example
   * ```ts
   * const model = fn((rows) => ({ sum: rows.flat().reduce((a, b) => a + b, 0) }));
   * const endpoint = await runtime.deploy([{ model, pre: (data) => data.rows }], "sums");
   * const { result } = await endpoint.run({ rows: [[1, 2], [3]] }); // { sum: 6 }
   * ```
   */
  deploy(stages: readonly Stage[], name: string, options?: DeployOptions): Promise<Endpoint>;
  /**
   * Finds what {@link Runtime.deploy} would, and deploys nothing.
   *
   * @throws {HookError} `BAD_REQUEST` when an option is none; `CANCELLED`, `CLOSED`.
   */
  check(stages: readonly Stage[], options?: CheckOptions): Promise<FlowReport>;
}

/**
 * Starts a runtime: worker threads, and a sandbox process for each.
 *
 * @throws {HookError} `BAD_REQUEST` when an option is none; `INTERNAL` when a worker does not
 * start.
 *
 * @example
 * ```ts
 * await using runtime = await createRuntime({ limits: { wallMs: 250 } });
 * ```
 */
export async function createRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  return startRuntime(options);
}

/** As `createRuntime`, with what a server needs beside: values that stay bytes. */
export async function startRuntime(options: RuntimeOptions): Promise<FlowRuntime> {
  return new FlowRuntime(await startHooks(options));
}

/** The runtime behind the interface. */
export class FlowRuntime implements Runtime {
  readonly #hooks: PooledHooks;
  readonly #flows = new Set<DeployedFlow>();

  constructor(hooks: PooledHooks) {
    this.#hooks = hooks;
  }

  register(options: RegisterOptions<"pre">): Promise<RegisteredHook & PreHook>;
  register(options: RegisterOptions<"post">): Promise<RegisteredHook & PostHook>;
  register(options: RegisterOptions): Promise<RegisteredHook & Hook>;
  register(options: RegisterOptions): Promise<never> {
    return this.#hooks.register(options) as Promise<never>;
  }

  async deploy(
    stages: readonly Stage[],
    name: string,
    options: DeployOptions = {},
  ): Promise<DeployedFlow> {
    try {
      const called = named(name, "name");
      const { flow, problems, tenant } = await this.#ready(stages, options);
      await using unused = new AsyncDisposableStack();
      unused.use(flow);
      if (problems.length > 0) throw flowInvalid(problems);
      const forget = (one: DeployedFlow) => this.#flows.delete(one);
      const { limits } = this.#hooks;
      this.#hooks.checkOpen();
      const endpoint = new DeployedFlow(flow, { name: called, tenant }, limits, forget);
      this.#flows.add(endpoint);
      unused.move();
      return endpoint;
    } catch (error) {
      throw hookErrorOf(error);
    }
  }

  async check(stages: readonly Stage[], options: CheckOptions = {}): Promise<FlowReport> {
    try {
      const { flow, problems } = await this.#ready(stages, options);
      await using _ = flow;
      const isTried = options.example !== undefined;
      return { ok: problems.length === 0, problems, stages: infoOf(flow), isTried };
    } catch (error) {
      throw hookErrorOf(error);
    }
  }

  describe(): RuntimeInfo {
    return this.#hooks.describe();
  }

  async close(): Promise<void> {
    this.#hooks.refuse();
    await Promise.all([...this.#flows].map((flow) => flow.remove()));
    await this.#hooks.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #ready(
    stages: unknown,
    given: CheckOptions,
  ): Promise<{ flow: ReadyFlow; problems: readonly Problem[]; tenant: string }> {
    const options = optionsFrom(given, ["tenant", "example", "signal"]) as CheckOptions;
    const { example, signal } = options;
    const tenant = named(options.tenant ?? "default", "tenant");
    const flow = await readyFlow(this.#hooks, stages, { tenant, signal });
    try {
      const tried = example ? await this.#try(flow, example, signal) : [];
      return { flow, problems: [...flow.problems, ...tried], tenant };
    } catch (error) {
      await flow[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #try(
    flow: ReadyFlow,
    example: FlowExample,
    signal: AbortSignal | undefined,
  ): Promise<readonly Problem[]> {
    const { data, files = [] } = optionsFrom(example, ["data", "files"]) as unknown as FlowExample;
    try {
      const given = givenFrom(data, files, { options: { signal }, limits: this.#hooks.limits });
      const found = await dryRun(flow.stages, given);
      const isWhole = flow.problems.length === 0;
      const unread = files.length > 0 && isWhole && !flow.takesFiles ? [noFiles()] : [];
      return [...unread.map((one) => problemFrom(one, {})), ...found];
    } catch (error) {
      if (error instanceof Refusal && error.code !== "CANCELLED") return [problemFrom(error, {})];
      throw error;
    }
  }
}
