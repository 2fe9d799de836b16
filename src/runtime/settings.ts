/**
 * What a runtime is made with, held to its form: each option by itself, and those that must agree.
 *
 * @module
 */

import { availableParallelism } from "node:os";

import { Refusal } from "../faults.ts";
import type { JailOption } from "../pool/launch.ts";
import type { Shares } from "../pool/queue.ts";
import { named, optionsFrom } from "./options.ts";

/** The options, with what they are when nobody said. The last three are looked at elsewhere. */
export interface Settings {
  readonly workers: number;
  readonly isolation: "process" | "thread";
  readonly tenancy: "shared" | "dedicated";
  readonly jail: JailOption;
  readonly shares: Shares;
  readonly limits: unknown;
  readonly allowlist: unknown;
  readonly signal: unknown;
}

const KNOWN = [
  ...["workers", "isolation", "tenancy", "limits", "queue", "allowlist", "jail", "signal"],
];
const SHARE_MAX = 1_000;

/** @throws {Refusal} `BAD_REQUEST` at the first option that is none. */
export function settingsFrom(options: unknown): Settings {
  const given = optionsFrom(options, KNOWN);
  const { limits, allowlist, signal } = given;
  const isolation = oneOf(given, "isolation", ["process", "thread"]);
  const tenancy = oneOf(given, "tenancy", ["shared", "dedicated"]);
  const jail = oneOf(given, "jail", ["auto", "required", "off"]);
  if (isolation === "thread") {
    if (jail === "required") throw onlyProcesses("jail", "required");
    if (tenancy === "dedicated") throw onlyProcesses("tenancy", "dedicated");
  }
  return {
    workers: workersFrom(given["workers"]),
    ...{ isolation, tenancy, jail: isolation === "thread" ? "off" : jail },
    shares: sharesFrom(given["queue"]),
    ...{ limits, allowlist, signal },
  };
}

/** The first of the words is what it is when nobody said. */
function oneOf<Word extends string>(
  given: Record<string, unknown>,
  name: string,
  words: readonly [Word, ...Word[]],
): Word {
  const value = given[name] ?? words[0];
  const word = words.find((one) => one === value);
  if (word !== undefined) return word;
  const listed = words.map((one) => `"${one}"`);
  const wants = `${listed.slice(0, -1).join(", ")} or ${listed.at(-1)}`;
  throw new Refusal("BAD_REQUEST", name, `wants ${wants}, got ${String(value)}`);
}

function onlyProcesses(name: string, word: string): Refusal {
  const detail = `"${word}" wants isolation "process": threads share one process`;
  return new Refusal("BAD_REQUEST", name, detail);
}

function workersFrom(workers: unknown): number {
  if (workers === undefined) return availableParallelism();
  if (Number.isSafeInteger(workers) && Number(workers) >= 1 && Number(workers) <= 256) {
    return Number(workers);
  }
  throw new Refusal("BAD_REQUEST", "workers", `wants 1 to 256, got ${String(workers)}`);
}

function sharesFrom(queue: unknown): Shares {
  const { shares = {} } = optionsFrom(queue ?? {}, ["shares"], "queue");
  const given = optionsFrom(shares, Object.keys(Object(shares)), "queue.shares");
  const rows = Object.entries(given).map(([tenant, share]) => {
    const path = `queue.shares.${tenant}`;
    if (typeof share === "number" && share > 0 && share <= SHARE_MAX) {
      return [named(tenant, path), share] as const;
    }
    const detail = `wants a number over 0, at most ${SHARE_MAX}, got ${String(share)}`;
    throw new Refusal("BAD_REQUEST", path, detail);
  });
  return new Map(rows);
}
