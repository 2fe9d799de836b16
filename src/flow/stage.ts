/**
 * Stages as somebody writes them down, held to their form before anything is opened.
 *
 * @module
 */

import type { SchemaInput } from "../contract/schema/foreign.ts";
import { type FaultCode, Refusal } from "../faults.ts";
import type { LimitOptions } from "../limits.ts";
import { isName } from "../runtime/options.ts";
import type { Model } from "./model.ts";
import type { Problem } from "../runtime/hook-error.ts";
import { problemOf } from "./problem.ts";

/** A hook of a stage, where more is to be said of it than its text. */
export interface StageHook {
  /** The function, or its text: JavaScript or TypeScript. */
  readonly source: string | ((...args: never[]) => unknown);
  /** What messages and stacks call it. Default: the function's name. */
  readonly name?: string | undefined;
  /** What its first argument must be. */
  readonly accepts?: SchemaInput | undefined;
  /** What it must return, beside what follows it takes. */
  readonly returns?: SchemaInput | undefined;
  readonly limits?: LimitOptions | undefined;
  /** `"fresh"`: each call gets a context of its own. */
  readonly state?: "warm" | "fresh" | undefined;
}

/** One model of a flow, with the functions before and behind it. */
export interface Stage {
  readonly model: Model;
  /** What reports call it. */
  readonly name?: string | undefined;
  /** Applied to what goes into the model: 1 or 2 parameters, the data and the files. */
  readonly pre?: StageHook["source"] | StageHook | undefined;
  /**
   * Applied to what comes out of it: 1 to 3 parameters, the result, and the data and files that the
   * flow was given.
   */
  readonly post?: StageHook["source"] | StageHook | undefined;
}

/** The same, read: hooks in their long form. */
export interface ReadStage {
  /** Counted from 1. */
  readonly stage: number;
  readonly name: string | undefined;
  readonly model: Model | undefined;
  readonly pre: StageHook | undefined;
  readonly post: StageHook | undefined;
}

/** More than any flow has; each takes memory in every worker. */
const STAGES_MAX = 64;
const STAGE_KEYS = ["model", "name", "pre", "post"];
const HOOK_KEYS = ["source", "name", "accepts", "returns", "limits", "state"];

/**
 * Reads stages.
 *
 * @param problems Takes what is wrong with them, stage by stage.
 * @throws {Refusal} `BAD_REQUEST` when they are no list of stages at all.
 */
export function stagesFrom(stages: unknown, problems: Problem[]): ReadStage[] {
  if (!Array.isArray(stages) || stages.length === 0 || stages.length > STAGES_MAX) {
    const got = Array.isArray(stages) ? `a list of ${stages.length}` : kindOf(stages);
    const wants = `wants a list of 1 to ${STAGES_MAX} stages, each { model, pre, post }`;
    throw new Refusal("BAD_REQUEST", "stages", `${wants}, got ${got}`);
  }
  return stages.map((stage: unknown, i) => readStage(stage, i + 1, problems));
}

function readStage(given: unknown, stage: number, problems: Problem[]): ReadStage {
  const wrong = (path: string, detail: string, code: FaultCode = "BAD_REQUEST") =>
    problems.push(problemOf({ code, path, detail }, { stage }));
  const read = { stage, name: undefined, model: undefined, pre: undefined, post: undefined };
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    wrong("", `wants { model, pre, post }, got ${kindOf(given)}`);
    return read;
  }
  const { model, name, pre, post } = given as Record<string, unknown>;
  for (const key of Object.keys(given)) {
    if (!STAGE_KEYS.includes(key))
      wrong(key, `is no part of a stage; there are ${STAGE_KEYS.join(", ")}`);
  }
  if (name !== undefined && !isName(name)) {
    wrong("name", `wants 1 to 64 letters, digits, "_" or "-", got ${String(name)}`);
  }
  if (!isModel(model)) {
    const wants = "wants a model, as fn(), onnx(), xgboost() and openInference() give";
    wrong("model", `${wants}, got ${kindOf(model)}`);
  }
  return {
    stage,
    name: isName(name) ? name : undefined,
    model: isModel(model) ? model : undefined,
    pre: readHook(pre, "pre", wrong),
    post: readHook(post, "post", wrong),
  };
}

function readHook(
  given: unknown,
  kind: "pre" | "post",
  wrong: (path: string, detail: string) => void,
): StageHook | undefined {
  if (given === undefined || given === null) return undefined;
  if (isSource(given)) return { source: given };
  const wants = "wants a function, its text, or { source, name, accepts, returns, limits, state }";
  if (typeof given !== "object" || Array.isArray(given)) {
    wrong(kind, `${wants}, got ${kindOf(given)}`);
    return undefined;
  }
  if ("call" in given) {
    wrong(kind, `${wants}, got a hook that is registered already; pass its source`);
    return undefined;
  }
  for (const key of Object.keys(given)) {
    if (!HOOK_KEYS.includes(key)) {
      wrong(`${kind}.${key}`, `is no part of a hook; there are ${HOOK_KEYS.join(", ")}`);
    }
  }
  const { source, ...rest } = given as Record<string, unknown>;
  if (isSource(source)) return { source, ...pick(rest, HOOK_KEYS) };
  wrong(`${kind}.source`, `wants a function or its text, got ${kindOf(source)}`);
  return undefined;
}

/** Only what we know is passed on: the rest has been refused. */
function pick(given: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([key]) => keys.includes(key)));
}

function isSource(value: unknown): value is StageHook["source"] {
  return typeof value === "function" || typeof value === "string";
}

function isModel(value: unknown): value is Model {
  if (typeof value !== "object" || value === null) return false;
  const { name, open } = value as Record<string, unknown>;
  return typeof name === "string" && typeof open === "function";
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
