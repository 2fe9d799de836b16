/**
 * What is wrong with a flow: one entry for each thing, so that all of it can be mended at once.
 *
 * @module
 */

import { type Fault, FAULTS, Refusal } from "../faults.ts";
import { HookError, type HookName, type Problem } from "../runtime/hook-error.ts";

/** What a problem belongs to: a stage, counted from 1, and a part of it; or the flow as a whole. */
export type ProblemPlace = Pick<Problem, "stage" | "part" | "name">;

/** Returns a fault as a problem of the part of the flow that it is in. */
export function problemOf(fault: Fault, place: ProblemPlace): Problem {
  const { path, detail, at } = fault;
  const where = placeOf(place) + (at ? `, line ${at.line}, column ${at.column}` : "");
  const what = path === "" || at ? detail : `${path} ${detail}`;
  return { ...fault, ...place, message: `${where}: ${what}` };
}

/**
 * As {@link problemOf}, for whatever was thrown.
 *
 * @throws What is no problem of a flow: a caller that has gone, a host that has no room, our bugs.
 */
export function problemFrom(error: unknown, place: ProblemPlace): Problem {
  const isFault = error instanceof HookError || error instanceof Refusal;
  if (!isFault || error.code === "CANCELLED" || FAULTS[error.code].blame === "host") throw error;
  return problemOf(error.toFault(), place);
}

/** `stage 1 post argmax`, or `flow`. */
function placeOf({ stage, part, name }: ProblemPlace): string {
  if (stage === undefined) return "flow";
  const own = name === undefined || name === part ? "" : ` ${name}`;
  return `stage ${stage}${part === undefined ? "" : ` ${part}`}${own}`;
}

/** Returns what a hook is called in a problem. */
export function hookPlace(stage: number, hook: Pick<HookName, "kind" | "name">): ProblemPlace {
  return { stage, part: hook.kind, name: hook.name };
}

/** The most problems that a message lists; `problems` has them all. */
const LISTED_MAX = 20;

/** Returns `FLOW_INVALID` with all that is wrong. */
export function flowInvalid(problems: readonly Problem[]): HookError {
  const listed = problems.slice(0, LISTED_MAX).map(({ message, code }) => `- ${message} (${code})`);
  const more = problems.length - listed.length;
  if (more > 0) listed.push(`- and ${more} more`);
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const detail = `wants a flow that fits together, got ${count}:\n${listed.join("\n")}`;
  return new HookError({ code: "FLOW_INVALID", path: "", detail }, { problems });
}
