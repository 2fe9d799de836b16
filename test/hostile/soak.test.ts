// The soak, for ten seconds, and what it is judged by: a verdict that nothing fails says nothing.

import { describe, expect, test } from "vitest";

import type { Called } from "../../benchmarks/soak/honest.ts";
import { plotOf } from "../../benchmarks/soak/plot.ts";
import { soak } from "../../benchmarks/soak/soak.ts";
import { type Measured, verdictOf } from "../../benchmarks/soak/verdict.ts";
import type { Sample } from "../../benchmarks/soak/watch.ts";

/** In ten seconds a percentile is a few calls, and memory has not come to rest. */
const SHORT = { p99Ratio: 25, hostMiB: 200, sandboxesMiB: 600 };

test("honest calls beside random attacks: equal, bounded, and nothing is left", async () => {
  const times = { quietMs: 3_000, attackedMs: 6_000 };
  const run = await soak({ ...times, seed: 1, workers: 2, tenancy: "shared", lanes: 1 });
  expect(verdictOf(run, SHORT).filter(({ holds }) => !holds)).toEqual([]);
  expect(run.attacks.attacks).toBeGreaterThan(5);
}, 60_000);

const called = (change: Partial<Called> = {}): Called => ({
  ...{ key: "plain 0", atMs: 0, ms: 2, answer: "same" },
  ...change,
});
const sample = (change: Partial<Sample> = {}): Sample => ({
  ...{ atMs: 0, hostMiB: 100, sandboxesMiB: 200, descriptors: 40, processes: 4 },
  ...change,
});
const HUNDRED = Array.from({ length: 100 }, () => called());
const TEN = Array.from({ length: 10 }, () => sample());
const GOOD: Measured = {
  workers: 2,
  quiet: HUNDRED,
  attacked: HUNDRED,
  attacks: { attacks: 3, ends: { value: 3 }, others: {}, untyped: [] },
  quietSamples: TEN,
  attackedSamples: TEN,
  after: sample({ descriptors: 64, processes: 12 }),
};
const grown = (change: Partial<Sample>) => [...TEN.slice(0, 8), sample(change), sample(change)];
const slow = (count: number, ms: number) =>
  HUNDRED.map((call, i) => (i < count ? { ...call, ms } : call));

describe("verdictOf()", () => {
  const ROWS: readonly [name: string, change: Partial<Measured>, fails: readonly string[]][] = [
    ["a good run", {}, []],
    ["another answer", { attacked: [...HUNDRED, called({ answer: "other" })] }, ["honest answers"]],
    ["a call that failed", { attacked: [called({ answer: "failed: x" })] }, ["honest answers"]],
    ["one slow call in a hundred", { attacked: slow(1, 500) }, []],
    ["two slow calls in a hundred", { attacked: slow(2, 6.1) }, ["honest latency"]],
    ["two that are three times as slow", { attacked: slow(2, 6) }, []],
    ["a host that grows", { attackedSamples: grown({ hostMiB: 165 }) }, ["host memory"]],
    ["one that grows a little", { attackedSamples: grown({ hostMiB: 164 }) }, []],
    ["sandboxes that grow", { attackedSamples: grown({ sandboxesMiB: 401 }) }, ["sandbox memory"]],
    ["descriptors that stay", { after: sample({ descriptors: 65 }) }, ["descriptors"]],
    ["processes that stay", { after: sample({ processes: 13 }) }, ["processes"]],
    [
      "an end that is no fault",
      { attacks: { ...GOOD.attacks, untyped: ["C1: untyped: x"] } },
      ["attacks"],
    ],
    ["no attack at all", { attacks: { ...GOOD.attacks, attacks: 0 } }, ["attacks"]],
  ];
  test.each(ROWS)("%s", (_name, change, fails) => {
    const failed = verdictOf({ ...GOOD, ...change }).filter(({ holds }) => !holds);
    expect(failed.map(({ name }) => name)).toEqual(fails);
  });
});

test("plotOf() draws four lines, within the picture, each point of memory in them", () => {
  const calls = [called({ atMs: 0, ms: 1 }), called({ atMs: 9_000, ms: 1_000 })];
  const picture = plotOf(calls, [sample({ atMs: 0 }), sample({ atMs: 10_000 })], 1_000);
  const lines = [...picture.matchAll(/points="([^"]*)"/g)].map(([, points = ""]) =>
    points.split(" ").map((point) => point.split(",").map(Number)),
  );
  expect(lines.map(({ length }) => length)).toEqual([2, 2, 2, 2]);
  // The host's memory is half of the sandboxes', whose line is at the top: 220 high, from 560 up.
  expect(lines[3]).toEqual([
    [70, 450],
    [940, 450],
  ]);
  expect(lines[2]?.[0]).toEqual([70, 340]);
});
