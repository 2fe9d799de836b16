/**
 * Runs the benchmarks:
 * `npm run bench -- [calls] [first] [fresh] [checks] [pictures] [servers] [--rounds 5]
 * [--workers 2] [--seconds 1]`.
 *
 * A fresh process for each variant and round, the order reversed every round; medians of the rounds
 * are printed, and all raw rounds kept in `benchmarks/results/<set>.json`. Bookend is measured as it
 * is installed, so `dist/` is built first (`--no-build` takes what is there).
 *
 * @module
 */

import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";

import { commit, machine } from "./machine.ts";
import { PICTURES } from "./pictures.ts";
import { CALLS, FIRST_CALLS } from "./scenarios.ts";
import { CHECKS } from "./schema.ts";
import { installPeers, SERVERS } from "./servers/servers.ts";
import { type Round, tableOf } from "./table.ts";
import { VARIANTS } from "./variants.ts";

/** A process that takes longer hangs. */
const PROCESS_MS_MAX = 120_000;

interface Settings {
  readonly rounds: number;
  readonly workers: number;
  readonly seconds: number;
}

interface Entry {
  readonly scenario: string;
  readonly variant: string;
}

interface BenchmarkSet {
  readonly scenarios: Readonly<Record<string, { readonly says: string }>>;
  /** The first is the baseline, unless it is alone. */
  readonly variants: (scenario: string) => readonly string[];
}

const SETS = {
  calls: { scenarios: CALLS, variants: () => Object.keys(VARIANTS) },
  first: { scenarios: FIRST_CALLS, variants: () => ["bookend-process"] },
  fresh: { scenarios: FIRST_CALLS, variants: () => ["warm", "fresh"] },
  checks: {
    scenarios: CHECKS,
    variants: (scenario) => Object.keys(CHECKS[scenario]?.variants ?? {}),
  },
  pictures: {
    scenarios: PICTURES,
    variants: (scenario) => PICTURES[scenario]?.variants ?? [],
  },
  servers: { scenarios: CALLS, variants: () => Object.keys(SERVERS) },
} as const satisfies Record<string, BenchmarkSet>;

type SetName = keyof typeof SETS;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  allowNegative: true,
  options: {
    rounds: { type: "string", default: "5" },
    workers: { type: "string", default: "2" },
    seconds: { type: "string", default: "1" },
    build: { type: "boolean", default: true },
  },
});
const settings: Settings = {
  rounds: wholeFrom("rounds", values.rounds),
  workers: wholeFrom("workers", values.workers),
  seconds: Number(values.seconds),
};
if (values.build) execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
const sets = setsFrom(positionals);
if (sets.includes("servers")) installPeers();
for (const name of sets) await runSet(name);

async function runSet(name: SetName): Promise<void> {
  const { scenarios, variants }: BenchmarkSet = SETS[name];
  const about = { set: name, date: new Date().toISOString(), commit: commit(), machine: machine() };
  const entries = Object.keys(scenarios).flatMap((scenario) =>
    variants(scenario).map((variant) => ({ scenario, variant })),
  );
  const rounds: Round[] = [];
  const failures: object[] = [];
  for (let round = 1; round <= settings.rounds; round++) {
    for (const entry of round % 2 === 1 ? entries : entries.toReversed()) {
      process.stderr.write(
        `round ${round} of ${settings.rounds}: ${Object.values(entry).join(" ")}\n`,
      );
      try {
        rounds.push({ round, ...entry, numbers: await measure(name, entry) });
      } catch (error) {
        // One that crashes says so here and in the file; the others are measured all the same.
        failures.push({ round, ...entry, error: String(error) });
        process.stderr.write(`  failed: ${String(error)}\n`);
      }
    }
  }
  const baselines = Object.fromEntries(
    Object.keys(scenarios).map((scenario) => [scenario, baselineOf(variants(scenario))]),
  );
  save(name, { ...about, settings, baselines, rounds, failures });
  for (const [scenario, { says }] of Object.entries(scenarios)) {
    const own = rounds.filter((one) => one.scenario === scenario);
    process.stdout.write(`\n${tableOf(`${scenario}: ${says}`, own, baselines[scenario] ?? "")}\n`);
  }
  if (failures.length > 0) process.exitCode = 1;
}

function baselineOf([first = "", ...others]: readonly string[]): string {
  return others.length > 0 ? first : "";
}

async function measure(set: SetName, { scenario, variant }: Entry): Promise<Round["numbers"]> {
  const file = fileURLToPath(new URL("variant.ts", import.meta.url));
  const words = [file, set, scenario, variant, `${settings.workers}`, `${settings.seconds}`];
  const { stdout } = await promisify(execFile)(process.execPath, words, {
    timeout: PROCESS_MS_MAX,
  });
  return JSON.parse(stdout) as Round["numbers"];
}

function save(name: SetName, result: object): void {
  const folder = new URL("results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(result, null, 2)}\n`);
}

function wholeFrom(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw new RangeError(`--${name} wants a whole number of at least 1, got ${text}`);
}

function setsFrom(names: readonly string[]): readonly SetName[] {
  const known = Object.keys(SETS) as SetName[];
  const unknown = names.find((name) => !Object.hasOwn(SETS, name));
  if (unknown === undefined) return names.length === 0 ? known : (names as SetName[]);
  throw new RangeError(`There are the sets ${known.join(", ")}, got ${unknown}`);
}
