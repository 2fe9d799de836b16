/**
 * Soaks the runtime:
 * `npm run soak -- [--minutes 10] [--seed n] [--workers 2] [--tenancy shared] [--lanes 4]`.
 *
 * Honest tenants call at a steady rate, a tenth of the time alone and then beside a tenant who runs
 * attacks of the corpus in random order. The report is `benchmarks/results/soak.json`, the picture
 * `soak.svg` beside it. It exits with 1 when a criterion does not hold.
 *
 * @module
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { commit, machine } from "./machine.ts";
import { plotOf } from "./soak/plot.ts";
import { soak } from "./soak/soak.ts";
import { latencies, verdictOf } from "./soak/verdict.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    workers: { type: "string", default: "2" },
    tenancy: { type: "string", default: "shared" },
    lanes: { type: "string", default: "4" },
  },
});
const { minutes, seed, workers, lanes } = {
  minutes: Number(values.minutes),
  seed: Number(values.seed),
  workers: Number(values.workers),
  lanes: Number(values.lanes),
};
if (!(minutes > 0) || !Number.isSafeInteger(seed) || !(workers >= 1) || !(lanes >= 1)) {
  throw new Error("wants --minutes, --workers and --lanes above 0, a whole number as --seed");
}

const { tenancy } = values;
if (tenancy !== "shared" && tenancy !== "dedicated") {
  throw new Error(`wants --tenancy shared or dedicated, got ${tenancy}`);
}

const about = { date: new Date().toISOString(), commit: commit(), machine: machine() };
const allMs = minutes * 60_000;
console.log(`Soaking for ${minutes} minutes, seed ${seed}, ${workers} workers`);
const times = { quietMs: allMs / 10, attackedMs: 0.9 * allMs };
const soaked = await soak({ ...times, seed, workers, tenancy, lanes });
const verdict = verdictOf(soaked);
const { quiet, attacked, attacks, quietSamples, attackedSamples, after } = soaked;
const samples = [...quietSamples, ...attackedSamples, after];
const report = {
  ...about,
  settings: { minutes, seed, workers, tenancy, lanes },
  verdict,
  honest: {
    quiet: { calls: quiet.length, ...latencies(quiet) },
    attacked: { calls: attacked.length, ...latencies(attacked) },
  },
  attacks,
  samples: samples.map(({ atMs, hostMiB, sandboxesMiB, ...counts }) => ({
    atMs: Math.round(atMs),
    hostMiB: Math.round(hostMiB),
    sandboxesMiB: Math.round(sandboxesMiB),
    ...counts,
  })),
};
const results = new URL("results/", import.meta.url);
mkdirSync(results, { recursive: true });
writeFileSync(new URL("soak.json", results), `${JSON.stringify(report, null, 2)}\n`);
const picture = plotOf([...quiet, ...attacked], samples, soaked.attackedMs);
writeFileSync(new URL("soak.svg", results), picture);
for (const { name, holds, says } of verdict) {
  console.log(`${holds ? "holds" : "FAILS"}  ${name}: ${says}`);
}
process.exitCode = verdict.every(({ holds }) => holds) ? 0 : 1;
