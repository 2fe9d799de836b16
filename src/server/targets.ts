/**
 * What a request is about: `{ hook: ref }` or `{ flow: ref }`, and one hook of a flow.
 *
 * @module
 */

import { Refusal } from "../faults.ts";
import { optionsFrom } from "../runtime/options.ts";
import { declarationIn, type FlowDeclaration } from "./declarations.ts";
import type { Found } from "./refs.ts";
import type { Registered } from "./registry.ts";

/** What a request names, and what else it says. */
export interface Target {
  readonly kind: Registered;
  readonly ref: unknown;
  readonly given: Record<string, unknown>;
}

/**
 * Reads `{ hook: ref }` or `{ flow: ref }`.
 *
 * @param more What else may be said.
 * @throws {Refusal} `BAD_REQUEST`.
 */
export function targetFrom(what: unknown, more: readonly string[] = []): Target {
  const given = optionsFrom(what, ["hook", "flow", ...more]);
  const { hook, flow } = given;
  if ((hook === undefined) === (flow === undefined)) {
    throw new Refusal("BAD_REQUEST", "", "wants { hook } or { flow }, got neither or both");
  }
  return hook === undefined
    ? { kind: "flow", ref: flow, given }
    : { kind: "hook", ref: hook, given };
}

/**
 * Returns the flow that is, with one hook as it was.
 *
 * @throws {Refusal} `BAD_REQUEST` when there is no such hook.
 */
export function withHookOf(now: Found, to: Found, given: Record<string, unknown>): FlowDeclaration {
  const [is, was] = [now, to].map(({ declaration }) => declarationIn<FlowDeclaration>(declaration));
  const { stage, part } = given;
  if (part !== "pre" && part !== "post") {
    throw new Refusal("BAD_REQUEST", "part", `wants "pre" or "post", got ${String(part)}`);
  }
  const index = Number(stage) - 1;
  const [here, there] = [is?.stages[index], was?.stages[index]];
  if (!is || !here || !there) {
    const detail = `wants a stage that both versions have, counted from 1, got ${String(stage)}`;
    throw new Refusal("BAD_REQUEST", "stage", detail);
  }
  const { [part]: _, ...rest } = here;
  const hook = there[part];
  const changed = { ...rest, ...(hook && { [part]: hook }) };
  return { ...is, stages: is.stages.with(index, changed) };
}
