/**
 * What a request took, part by part: read from receipts once, for logs and metrics alike.
 *
 * @module
 */

import type { Receipt } from "../../runtime/hook-error.ts";
import type { Ended } from "../observer.ts";

/** Parts of a hook's call in the order in which they happen, and where a receipt has them. */
export const PARTS = [
  ["queue", "queueMs"],
  ["load", "loadMs"],
  ["hook_wall", "wallMs"],
  ["hook_cpu", "cpuMs"],
  ["check", "checkMs"],
  ["transfer", "transferMs"],
  ["total", "totalMs"],
] as const satisfies readonly (readonly [part: string, field: keyof Receipt])[];

/** What one part is called in metrics. */
export type Part = (typeof PARTS)[number][0] | "model" | "run";

/** Tells each part that was reached, in milliseconds. A warm call loads nothing. */
export function eachPart(ended: Ended, tell: (part: Part, ms: number) => void): void {
  for (const receipt of receiptsOf(ended)) {
    for (const [part, field] of PARTS) {
      if (part !== "load" || !receipt.warm) tell(part, receipt[field]);
    }
  }
  for (const { model } of ended.stages ?? []) if (model) tell("model", model.ms);
}

/** Returns the receipts of all hooks that ran, the one that failed with them. */
export function receiptsOf({ receipt, stages = [] }: Ended): readonly Receipt[] {
  const ran = stages.flatMap(({ hooks }) => hooks.map((hook) => hook.receipt));
  return receipt ? [...ran, receipt] : ran;
}

/** Returns the sum of each time over all hooks that ran, in milliseconds, to the microsecond. */
export function timesOf(ended: Ended): Readonly<Record<string, number>> {
  const times: Record<string, number> = {};
  for (const receipt of receiptsOf(ended)) {
    for (const [, field] of PARTS) times[field] = (times[field] ?? 0) + receipt[field];
  }
  for (const { model } of ended.stages ?? []) {
    if (model) times["modelMs"] = (times["modelMs"] ?? 0) + model.ms;
  }
  return Object.fromEntries(Object.entries(times).map(([name, ms]) => [name, toMicros(ms)]));
}

/** Returns milliseconds without the digits that no clock of ours has. */
export function toMicros(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
