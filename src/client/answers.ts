/**
 * What a server answers, read into values of our own: nothing of its form is believed.
 *
 * What is not as it should be is `INTERNAL`: the server is another version, or no server of ours.
 *
 * @module
 */

import { plainSchema, type Schema } from "../contract/schema/plain.ts";
import { type Fault, type FaultCode, isFaultCode, Refusal, type SourcePlace } from "../faults.ts";
import type { StageInfo } from "../flow/endpoint.ts";
import type { FlowResult } from "../flow/run.ts";
import type { FlowReport } from "../flow/runtime.ts";
import type { CallResult } from "../runtime/answer.ts";
import {
  HookError,
  type HookName,
  type HookRun,
  type LogLine,
  type Problem,
  type Receipt,
  type StageRun,
} from "../runtime/hook-error.ts";
import { LOG_LEVELS } from "../wire/records.ts";
import type { RemoteName, ServerInfo } from "./interface.ts";

/** What is known of a hook on a server. */
export interface HookView extends HookName {
  readonly version: string;
  readonly ref: string;
  readonly parameters: number;
  readonly libraries: readonly string[];
}

/** What is known of a flow on a server. */
export interface FlowView {
  readonly name: string;
  readonly tenant: string;
  readonly version: string;
  readonly ref: string;
  readonly takesFiles: boolean;
  readonly stages: readonly StageInfo[];
}

type Dict = Readonly<Record<string, unknown>>;

/** Reads the answer to a call. */
export function callResultIn(answer: unknown): CallResult {
  const { value = null, receipt, logs } = dictIn(answer, "an answer to a call");
  return { value, receipt: receiptIn(receipt), logs: logsIn(logs) };
}

/** Reads the answer to a run. */
export function flowResultIn(answer: unknown): FlowResult {
  const { result = null, run_id, run_time_ms, stages } = dictIn(answer, "an answer to a run");
  return {
    ...{ result, runId: textIn(run_id, "run_id"), runTimeMs: numberIn(run_time_ms) },
    stages: stageRunsIn(stages),
  };
}

/** Reads a hook. */
export function hookViewIn(answer: unknown): HookView {
  const view = dictIn(answer, "a hook");
  const { parameters, libraries } = view;
  return {
    ...nameIn(view),
    ...{ version: textIn(view["version"], "version"), ref: textIn(view["ref"], "ref") },
    parameters: numberIn(parameters),
    libraries: listIn(libraries).map((name) => textIn(name, "libraries")),
  };
}

/** Reads a flow. */
export function flowViewIn(answer: unknown): FlowView {
  const view = dictIn(answer, "a flow");
  return {
    ...{ name: textIn(view["name"], "name"), tenant: textIn(view["tenant"], "tenant") },
    ...{ version: textIn(view["version"], "version"), ref: textIn(view["ref"], "ref") },
    takesFiles: view["takesFiles"] === true,
    stages: listIn(view["stages"]).map(stageInfoIn),
  };
}

/** Reads what was found of a flow. */
export function reportIn(answer: unknown): FlowReport {
  const { ok, problems, stages, isTried } = dictIn(answer, "a report");
  return {
    ...{ ok: ok === true, isTried: isTried === true },
    problems: listIn(problems).map(problemIn),
    stages: listIn(stages).map(stageInfoIn),
  };
}

/** Reads what is in force. */
export function serverInfoIn(answer: unknown): ServerInfo {
  const info = dictIn(answer, "a description");
  const text = (key: string) => textIn(info[key], key);
  const limits = Object.entries(dictIn(info["limits"], "limits"));
  return {
    ...{ version: text("version"), tenant: text("tenant"), isolation: text("isolation") },
    ...{ tenancy: text("tenancy"), jail: text("jail"), workers: numberIn(info["workers"]) },
    ...{ busy: numberIn(info["busy"]), waiting: numberIn(info["waiting"]) },
    limits: Object.fromEntries(limits.map(([name, value]) => [name, numberIn(value)])),
    libraries: listIn(info["libraries"]).map((one) => {
      const { name, aliases, version, standsIn } = dictIn(one, "a library");
      return {
        ...{ name: textIn(name, "name"), version: textIn(version, "version") },
        aliases: listIn(aliases).map((alias) => textIn(alias, "aliases")),
        standsIn: textIn(standsIn, "standsIn"),
      };
    }),
  };
}

/** Reads a list of names with their versions. */
export function namesIn(answer: unknown): RemoteName[] {
  return listIn(answer).map((one) => {
    const { name, versions } = dictIn(one, "a name");
    return {
      name: textIn(name, "name"),
      versions: listIn(versions).map((each) => {
        const { version, ref, since, isCurrent } = dictIn(each, "a version");
        return {
          ...{ version: textIn(version, "version"), ref: textIn(ref, "ref") },
          ...{ since: textIn(since, "since"), isCurrent: isCurrent === true },
        };
      }),
    };
  });
}

/** Reads a fault into what is thrown; one that nobody knows is `INTERNAL` and says so. */
export function hookErrorIn(answer: unknown): HookError {
  const said = dictIn(answer, "a fault");
  const { stage, hook, logs, receipt, run_id: runId, stages, problems } = said;
  return new HookError(faultIn(said), {
    hook: hook === undefined || hook === null ? undefined : nameIn(dictIn(hook, "hook")),
    stage: typeof stage === "number" ? stage : undefined,
    logs: logsIn(logs),
    receipt: receipt === undefined || receipt === null ? undefined : receiptIn(receipt),
    runId: typeof runId === "string" ? runId : undefined,
    stages: stageRunsIn(stages),
    problems: listIn(problems ?? []).map(problemIn),
  });
}

/** @throws {Refusal} `INTERNAL` when it is none. */
export function dictIn(value: unknown, what: string): Dict {
  const isDict = typeof value === "object" && value !== null && !Array.isArray(value);
  if (isDict && Object.getPrototypeOf(value) === Object.prototype) return value as Dict;
  throw misread(what, value);
}

/** Returns the refusal of an answer that is not of the form that it should be. */
export function misread(wants: string, got: unknown): Refusal {
  const kind = Array.isArray(got) ? "a list" : got === null ? "null" : typeof got;
  const hint = "is it a Bookend server, and of this version?";
  return new Refusal("INTERNAL", "", `wants ${wants} in the server's answer, got ${kind}; ${hint}`);
}

function faultIn(said: Dict): Fault {
  const { code, path, detail, at, stack } = said;
  const text = typeof detail === "string" ? detail : "";
  const place = at === undefined || at === null ? undefined : placeIn(at);
  return {
    code: codeIn(code),
    path: typeof path === "string" ? path : "",
    detail: isFaultCode(code) ? text : `the server answered with ${String(code)}: ${text}`,
    ...(place && { at: place }),
    ...(typeof stack === "string" && { stack }),
  };
}

function codeIn(code: unknown): FaultCode {
  return isFaultCode(code) ? code : "INTERNAL";
}

function placeIn(value: unknown): SourcePlace {
  const { line, column } = dictIn(value, "a place");
  return { line: numberIn(line), column: numberIn(column) };
}

function problemIn(value: unknown): Problem {
  const said = dictIn(value, "a problem");
  const { stage, part, name, message } = said;
  const isPart = part === "pre" || part === "model" || part === "post";
  return {
    ...faultIn(said),
    stage: typeof stage === "number" ? stage : undefined,
    part: isPart ? part : undefined,
    name: typeof name === "string" ? name : undefined,
    message: textIn(message, "message"),
  };
}

function stageInfoIn(value: unknown): StageInfo {
  const said = dictIn(value, "a stage");
  const { stage, name, model, input, output, pre, post } = said;
  const hook = (one: unknown) =>
    one === undefined || one === null ? undefined : nameIn(dictIn(one, "a hook"));
  return {
    ...{ stage: numberIn(stage), name: typeof name === "string" ? name : undefined },
    ...{ model: textIn(model, "model"), input: schemaIn(input), output: schemaIn(output) },
    ...{ takes: schemaIn(said["takes"]), gives: schemaIn(said["gives"]) },
    ...{ pre: hook(pre), post: hook(post) },
  };
}

function schemaIn(value: unknown): Schema | undefined {
  return value === undefined || value === null ? undefined : plainSchema(value, "schema");
}

function stageRunsIn(value: unknown): StageRun[] {
  return listIn(value ?? []).map((one) => {
    const { stage, name, hooks, model } = dictIn(one, "a stage");
    return {
      ...{ stage: numberIn(stage), name: typeof name === "string" ? name : undefined },
      hooks: listIn(hooks).map(hookRunIn),
      model: model === undefined || model === null ? undefined : modelRunIn(model),
    };
  });
}

function hookRunIn(value: unknown): HookRun {
  const run = dictIn(value, "a hook");
  return { ...nameIn(run), receipt: receiptIn(run["receipt"]), logs: logsIn(run["logs"]) };
}

function modelRunIn(value: unknown): { readonly name: string; readonly ms: number } {
  const { name, ms } = dictIn(value, "a model");
  return { name: textIn(name, "name"), ms: numberIn(ms) };
}

function nameIn({ id, kind, name, tenant }: Dict): HookName {
  if (kind !== "pre" && kind !== "post") throw misread('"pre" or "post"', kind);
  const [hash, called, whose] = [id, name, tenant].map((one) => textIn(one, "a hook's name"));
  return { id: hash ?? "", kind, name: called ?? "", tenant: whose ?? "" };
}

function receiptIn(value: unknown): Receipt {
  const said = dictIn(value, "a receipt");
  const number = (key: keyof Receipt) => numberIn(said[key]);
  return {
    ...{ totalMs: number("totalMs"), queueMs: number("queueMs"), loadMs: number("loadMs") },
    ...{ wallMs: number("wallMs"), cpuMs: number("cpuMs"), checkMs: number("checkMs") },
    ...{ transferMs: number("transferMs"), bytesIn: number("bytesIn") },
    ...{ bytesOut: number("bytesOut"), heapBytes: number("heapBytes") },
    ...{ warm: said["warm"] === true, logsDropped: number("logsDropped") },
  };
}

function logsIn(value: unknown): LogLine[] {
  return listIn(value ?? []).map((one) => {
    const { level, text } = dictIn(one, "a log line");
    const known = LOG_LEVELS.find((each) => each === level);
    if (!known) throw misread(`one of ${LOG_LEVELS.join(", ")}`, level);
    return { level: known, text: textIn(text, "text") };
  });
}

function textIn(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw misread(`a text (${what})`, value);
}

function numberIn(value: unknown): number {
  if (typeof value === "number") return value;
  // A whole number beyond 32 bits is an int64 on the wire.
  if (typeof value === "bigint") return Number(value);
  throw misread("a number", value);
}

function listIn(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw misread("a list", value);
}
