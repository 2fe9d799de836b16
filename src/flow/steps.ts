/**
 * The three things that can happen in a stage, one function each, and what is carried between them.
 *
 * A value stays in the form that it came in until somebody needs the other one: what a hook gives
 * the next hook passes through this process as bytes.
 *
 * @module
 */

import { show } from "../contract/schema/misfit-words.ts";
import type { Axes, Checker } from "../contract/schema/schema.ts";
import { type FaultCode, Refusal } from "../faults.ts";
import type { Limits } from "../limits.ts";
import type { RegisteredHook } from "../runtime/hook.ts";
import type { FileInput } from "../runtime/arguments.ts";
import type { HookRun } from "../runtime/hook-error.ts";
import { Packed } from "../wire/packed.ts";
import type { ModelOptions, TraceContext } from "./model.ts";
import type { ReadyStage } from "./ready.ts";

/** What a run was given: packed once, so that nobody can change what a later hook sees. */
export interface Given {
  readonly data: Packed;
  readonly files: readonly FileInput[];
  readonly limits: Limits;
  readonly signal: AbortSignal | undefined;
  readonly trace: TraceContext | undefined;
}

/** A value between two steps, as bytes or as itself. */
export type Carried = { readonly packed: Packed } | { readonly plain: unknown };

/** What a hook gave. */
export interface HookStep {
  readonly value: Carried;
  readonly run: HookRun;
}

/** What a model gave, and how long it took in milliseconds. */
export interface ModelStep {
  readonly value: Carried;
  readonly ms: number;
}

/** Runs the `pre` of a stage on what came into it. */
export async function runPre(
  hook: RegisteredHook,
  value: Carried,
  given: Given,
): Promise<HookStep> {
  const { files, signal } = given;
  return runHook(hook, [packed(value, given.limits), files, { signal }]);
}

/** Runs the `post` of a stage, with the data and the files that the flow was given. */
export async function runPost(
  hook: RegisteredHook,
  value: Carried,
  given: Given,
): Promise<HookStep> {
  const { data, files, signal } = given;
  return runHook(hook, [packed(value, given.limits), data, files, { signal }]);
}

async function runHook(hook: RegisteredHook, args: readonly unknown[]): Promise<HookStep> {
  const { payload, receipt, logs } = await hook.callPacked(args);
  const { id, kind, name, tenant, limits } = hook;
  const value = { packed: new Packed(payload, limits) };
  return { value, run: { id, kind, name, tenant, receipt, logs } };
}

/**
 * Runs the model of a stage.
 *
 * @param isChecked Whether the value has been held to the model's input already.
 * @throws {Refusal} `MODEL_FAILED`, or `INPUT_MISMATCH` when the value is not what it takes.
 */
export async function runModel(
  stage: ReadyStage,
  value: Carried,
  { isChecked, signal, trace }: ModelOptions & { readonly isChecked: boolean },
): Promise<ModelStep> {
  const { model, input, output } = stage;
  if (!model) throw new Refusal("MODEL_FAILED", "", "is not there");
  const plain = "plain" in value ? value.plain : value.packed.value();
  const axes: Axes = new Map();
  // Names of axes that the output shares are bound by the input, so it is looked at again.
  if (input.check && (!isChecked || output.check)) {
    input.check(plain, { code: "INPUT_MISMATCH", axes });
  }
  const begunMs = performance.now();
  const given = await model.run(plain, { signal, trace });
  const ms = performance.now() - begunMs;
  if (output.check) held(given, output.check, axes);
  return { value: { plain: given }, ms };
}

/** A model that gives something else than it says has failed, whoever wrote down what it says. */
function held(given: unknown, check: Checker, axes: Axes): void {
  try {
    check(given, { code: "OUTPUT_MISMATCH", axes });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const detail = `${error.detail}; the model gives something else than its own output schema`;
    throw new Refusal("MODEL_FAILED", error.path, detail);
  }
}

/**
 * Returns what a flow ends with, as bytes.
 *
 * @throws {Refusal} `OUTPUT_MISMATCH` when it is no list, dict or tensor.
 */
export function terminal(value: Carried, limits: Limits): Packed {
  const result = packed(value, limits);
  if (result.isTerminal) return result;
  const wants = "wants a list, a dict or a tensor at the end of the flow";
  throw new Refusal("OUTPUT_MISMATCH", "$", `${wants}, got ${show(result.value())}`);
}

/** Returns a value as bytes. What a model gave may be anything: here it may turn out to be none. */
export function packed(value: Carried, limits: Limits): Packed {
  if ("packed" in value) return value.packed;
  const { nodes, depth, frameBytes } = limits;
  try {
    return Packed.of(value.plain, { nodes, depth, bytes: frameBytes });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const code: FaultCode = "MODEL_FAILED";
    throw new Refusal(code, error.path, `${error.detail}; the model gave it`);
  }
}
