/**
 * What happened, in lines for a terminal.
 *
 * @module
 */

import type { FlowReport } from "../flow/runtime.ts";
import type { FlowResult } from "../flow/run.ts";
import type { HookError, HookRun, LogLine, Problem, StageRun } from "../runtime/hook-error.ts";
import { toJson } from "../wire/json.ts";
import { safe, styled } from "./terminal.ts";

/** More lines of a result are not shown: `--json` gives all of it. */
const RESULT_LINES_MAX = 40;
const NAME_WIDTH = 28;

/** Returns the report of a flow that was checked. */
export function checkLines(name: string, report: FlowReport): string[] {
  const head = report.ok ? styled("green", "ok") : styled("red", "not valid");
  const tried = report.isTried ? ", tried with the example" : "";
  const stages = report.stages.map(({ stage, model, pre, post }) => {
    const parts = [pre && hookName(pre), model || "no model", post && hookName(post)];
    return `  stage ${stage}  ${parts.filter(Boolean).join(" → ")}`;
  });
  const lines = [`${styled("bold", name)}: ${head}${tried}`, ...stages];
  if (report.ok) return lines;
  return [...lines, "", ...problemLines(report.problems)];
}

/** Returns the report of a run. */
export function runLines(name: string, { result, runId, runTimeMs, stages }: FlowResult): string[] {
  const head = `${styled("bold", name)}: ${styled("green", "ok")} in ${ms(runTimeMs)}`;
  return [
    `${head}  ${styled("dim", runId)}`,
    ...stages.flatMap(stageLines),
    "",
    ...resultLines(result),
  ];
}

/** Returns what a fault says, with what had run by then. */
export function faultLines(error: HookError): string[] {
  if (error.problems.length > 0) return problemLines(error.problems);
  return [
    styled("red", error.message),
    ...(error.hookStack === "" ? [] : error.hookStack.split("\n").map((line) => `  ${safe(line)}`)),
    ...logLines(error.logs),
    ...(error.stages.length > 0 ? ["", "What had run:", ...error.stages.flatMap(stageLines)] : []),
  ];
}

function problemLines(problems: readonly Problem[]): string[] {
  return problems.map(({ message, code }) => {
    return `  ${styled("red", "✗")} ${safe(message)} ${styled("dim", `(${code})`)}`;
  });
}

function stageLines({ stage, name, hooks, model }: StageRun): string[] {
  const title = name === undefined ? "" : ` ${name}`;
  const pre = hooks.filter(({ kind }) => kind === "pre").flatMap(hookLines);
  const post = hooks.filter(({ kind }) => kind === "post").flatMap(hookLines);
  const ran = model ? [`    ${column(model.name)} ${ms(model.ms)}`] : [];
  return [`  stage ${stage}${title}`, ...pre, ...ran, ...post];
}

function hookLines(run: HookRun): string[] {
  const { totalMs, queueMs, loadMs, wallMs, checkMs, warm } = run.receipt;
  const around = `queue ${ms(queueMs)}, load ${ms(loadMs)}`;
  const own = `hook ${ms(wallMs)}, check ${ms(checkMs)}, ${warm ? "warm" : "cold"}`;
  const cost = styled("dim", `(${around}, ${own})`);
  return [`    ${column(hookName(run))} ${ms(totalMs)}  ${cost}`, ...logLines(run.logs)];
}

function logLines(logs: readonly LogLine[]): string[] {
  return logs.map(({ level, text }) => `      ${styled("dim", level.padEnd(5))} ${safe(text)}`);
}

function resultLines(result: unknown): string[] {
  const lines = toJson(result, 2).split("\n");
  const short = lines.length > RESULT_LINES_MAX ? toJson(result).split("\n") : lines;
  return short.map((line) =>
    line.length > 2_000 ? `${line.slice(0, 2_000)}… (--json: all)` : line,
  );
}

function hookName({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return name === kind ? kind : `${kind} ${name}`;
}

function column(text: string): string {
  return safe(text).padEnd(NAME_WIDTH);
}

function ms(milliseconds: number): string {
  return `${milliseconds.toFixed(milliseconds < 10 ? 2 : 0)} ms`;
}
