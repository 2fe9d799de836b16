/**
 * Carries an attack out and says how each of its calls ended, whether that is allowed, and whether
 * a secret came out.
 *
 * @module
 */

import type { Runtime } from "../flow/runtime.ts";
import { type LimitOptions, type Limits, LIMITS } from "../limits.ts";
import type { CallResult } from "../runtime/answer.ts";
import type { PreHook } from "../runtime/hook.ts";
import { HookError, type LogLine, type Receipt } from "../runtime/hook-error.ts";
import { scan } from "../wire/scan.ts";
import { Refusal } from "../faults.ts";
import type { Attack, Ending, HookAttack, Logged } from "./attack.ts";
import type { Finding } from "./invariants.ts";

/** How one call of an attack ended. */
export interface Ended {
  readonly ending: Ending | "none";
  readonly value: unknown;
  /** What a fault says. */
  readonly detail: string;
  readonly logs: Logged;
  /** From the call to its end, without waiting for a worker and without loading. */
  readonly ms: number;
  /** All that came out, as text to be searched. */
  readonly said: string;
}

/** What the attacker is held to where a row says nothing else. */
export interface Hostile {
  readonly tenant: string;
  readonly limits: LimitOptions;
}

/** The part of a runtime that is needed. */
export type Attacked = Pick<Runtime, "register" | "describe">;

const NOTHING_LOGGED: Logged = { lines: [], dropped: 0 };
/** More than this of one answer is not searched. */
const SAID_CHARACTERS_MAX = 2 ** 20;

/** Makes what an attack needs, and gives the function that does the rest: only that is measured. */
export function prepared(
  runtime: Attacked,
  attack: Attack,
  hostile: Hostile,
): () => Promise<readonly Ended[]> {
  if ("frame" in attack) {
    const bytes = attack.frame();
    const limits = { ...runtime.describe().limits, ...hostile.limits } as Limits;
    return async () => [scanned(bytes, limits)];
  }
  const data = attack.data?.() ?? null;
  const files = attack.files?.();
  return () => called(runtime, attack, hostile, (hook) => hook.call(data, files));
}

/** Returns what of the row does not hold. */
export function judged(attack: Attack, ends: readonly Ended[]): Finding[] {
  const wrong = ends.map((ended) => wrongIn(attack, ended)).find((one) => one !== undefined);
  return wrong === undefined ? [] : [{ invariant: "end", says: wrong }];
}

/** Returns whether one of the secrets came out. */
export function leaked(ends: readonly Ended[], secrets: readonly string[]): Finding[] {
  const out = secrets.find((secret) => ends.some(({ said }) => said.includes(secret)));
  return out === undefined ? [] : [{ invariant: "I5", says: `it gave away ${out}` }];
}

function wrongIn(attack: Attack, { ending, value, detail, logs }: Ended): string | undefined {
  if (ending === "none" || !attack.ends.includes(ending)) {
    return `wants ${attack.ends.join(" or ")}, got ${ending}: ${detail.slice(0, 200)}`;
  }
  if ("frame" in attack) return undefined;
  if (ending === "value" && attack.holds?.(value) === false) {
    return `gave ${textOf(value).slice(0, 200)}`;
  }
  if (ending !== "value" && attack.detail?.test(detail) === false) {
    return `wants a fault like ${attack.detail}, got ${detail.slice(0, 200)}`;
  }
  if (attack.logs?.(logs) !== false) return undefined;
  return `logged ${logs.lines.length} lines, and ${logs.dropped} were dropped`;
}

function scanned(bytes: Uint8Array, { nodes, depth }: Limits): Ended {
  const rules = { nodesMax: nodes, depthMax: depth };
  const begunMs = performance.now();
  try {
    scan(bytes, { ...rules, malformed: "BAD_REQUEST", tooLarge: "INPUT_TOO_LARGE" });
    return { ...valueOf(undefined), ms: performance.now() - begunMs };
  } catch (error) {
    return faultOf(error, performance.now() - begunMs);
  }
}

async function called(
  runtime: Attacked,
  attack: HookAttack,
  hostile: Hostile,
  call: (hook: PreHook) => Promise<CallResult>,
): Promise<readonly Ended[]> {
  const { source, state, tenant = hostile.tenant, rounds = 1, atOnce = 1 } = attack;
  const limits = { ...hostile.limits, ...attack.limits };
  const begunMs = performance.now();
  let hook: PreHook;
  try {
    hook = await runtime.register({ kind: "pre", source, state, tenant, limits });
  } catch (error) {
    return [faultOf(error, performance.now() - begunMs)];
  }
  const ends: Ended[] = [];
  for (let round = 0; round < rounds; round++) {
    ends.push(...(await Promise.all(Array.from({ length: atOnce }, () => oneCall(hook, call)))));
  }
  await hook.remove();
  return ends;
}

async function oneCall(
  hook: PreHook,
  call: (hook: PreHook) => Promise<CallResult>,
): Promise<Ended> {
  const begunMs = performance.now();
  try {
    const { value, logs, receipt } = await call(hook);
    return { ...valueOf(value, logs, receipt), ms: ownMs(performance.now() - begunMs, receipt) };
  } catch (error) {
    return faultOf(error, performance.now() - begunMs);
  }
}

function valueOf(value: unknown, logs: readonly LogLine[] = [], receipt?: Receipt) {
  const logged = loggedOf(logs, receipt);
  const said = [textOf(value), ...logged.lines].join("\n");
  return { ending: "value" as const, value, detail: "", logs: logged, said };
}

function faultOf(error: unknown, ms: number): Ended {
  if (error instanceof Refusal || error instanceof HookError) {
    const { code, detail } = error;
    const { logs, receipt } = error instanceof HookError ? error : {};
    const logged = logs ? loggedOf(logs, receipt) : NOTHING_LOGGED;
    // The stack of the error itself is the host's own: it is for whoever runs the host.
    const hookStack = error instanceof HookError ? error.hookStack : "";
    const said = [error.message, error.path, detail, hookStack, ...logged.lines].join("\n");
    return { ending: code, value: undefined, detail, logs: logged, ms: ownMs(ms, receipt), said };
  }
  const detail = String(error);
  return { ending: "none", value: undefined, detail, logs: NOTHING_LOGGED, ms, said: detail };
}

function ownMs(ms: number, receipt: Receipt | undefined): number {
  return receipt ? ms - receipt.queueMs - receipt.loadMs : ms;
}

function loggedOf(logs: readonly LogLine[], receipt: Receipt | undefined): Logged {
  return { lines: logs.map(({ text }) => text), dropped: receipt?.logsDropped ?? 0 };
}

/** All texts and bytes in a value, one behind the other. */
function textOf(value: unknown): string {
  let text = "";
  for (const todo: unknown[] = [value]; todo.length > 0 && text.length < SAID_CHARACTERS_MAX;) {
    const at = todo.pop();
    const room = SAID_CHARACTERS_MAX - text.length;
    if (ArrayBuffer.isView(at)) {
      const { buffer, byteOffset, byteLength } = at;
      text += Buffer.from(buffer, byteOffset, Math.min(room, byteLength)).toString("latin1");
    } else if (typeof at === "object" && at !== null) {
      for (const [key, one] of Object.entries(at).slice(0, room)) todo.push(one, key);
    } else text += ` ${String(at).slice(0, room)}`;
  }
  return text;
}

/** How long a call may take that is held to these limits. */
export function callMsMax(attack: Attack, hostile: Hostile): number {
  const own = "frame" in attack ? {} : attack.limits;
  return 2 * ({ ...hostile.limits, ...own }.wallMs ?? LIMITS.wallMs.default) + 250;
}
