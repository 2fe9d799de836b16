// What one tenant does to another: nothing but what time they share.

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createRuntime, type Runtime } from "../../src/index.ts";
import { faultOf } from "./faults.ts";
import { sandboxes, until } from "./processes.ts";

const BUSY = "(ms) => { const t = Date.now(); while (Date.now() - t < ms); return ms }";
/** Cannot be interrupted when it is told to kill. */
const KILLER = "(kill) => { if (kill) (2n ** 100000000n) ** 5n; return 1 }";

describe("fairness", () => {
  test("a tenant with a queue full of slow calls does not hold up the one call of another", async () => {
    await using runtime = await createRuntime({ workers: 1 });
    const slow = await runtime.register({ kind: "pre", source: BUSY, tenant: "slow" });
    const quick = await runtime.register({ kind: "pre", source: "(d) => d", tenant: "quick" });
    await slow.call(0);
    let ended = 0;
    const flood = Array.from({ length: 30 }, () => slow.call(30).then(() => (ended += 1)));
    for (let i = 0; i < 5; i++) {
      const before = ended;
      await quick.call(i);
      // The one that ran already, and one that had been sent with it.
      expect(ended - before).toBeLessThanOrEqual(2);
    }
    expect(ended).toBeLessThan(20);
    await Promise.all(flood);
  });

  test("nor do registrations without end", async () => {
    await using runtime = await createRuntime({ workers: 1 });
    const quick = await runtime.register({ kind: "pre", source: "(d) => d", tenant: "quick" });
    let registered = 0;
    const flood = Array.from({ length: 60 }, async (_, i) => {
      const source = `(d) => require("numjs").zeros([${i}])`;
      await runtime.register({ kind: "pre", source, tenant: "flood" });
      registered += 1;
    });
    for (let i = 0; i < 20; i++) await quick.call(i);
    expect(registered).toBeLessThan(30);
    await Promise.all(flood);
  });

  test("a tenant's share is his part of the time that several want", async () => {
    const queue = { shares: { large: 4 } };
    await using runtime = await createRuntime({ workers: 1, queue });
    const hooks = await Promise.all(
      ["large", "small"].map((tenant) => runtime.register({ kind: "pre", source: BUSY, tenant })),
    );
    const done: string[] = [];
    const calls = hooks.flatMap((hook) =>
      Array.from({ length: 40 }, () => hook.call(5).then(() => done.push(hook.tenant))),
    );
    await Promise.all(calls);
    // While both wait: of the first thirty about twenty-four, by time and not by number of calls.
    const large = done.slice(0, 30).filter((tenant) => tenant === "large").length;
    expect(large).toBeGreaterThanOrEqual(18);
  });

  test.each([
    [{ shares: { "a b": 1 } }, "queue.shares.a b"],
    [{ shares: { a: 0 } }, "queue.shares.a"],
    [{ shares: { a: "1" } }, "queue.shares.a"],
    [{ share: {} }, "queue.share"],
    [{ shares: [] }, "queue.shares"],
  ])("createRuntime() refuses the queue %j", async (queue, path) => {
    const made = createRuntime({ queue: queue as object });
    await expect(made).rejects.toMatchObject({ code: "BAD_REQUEST", path });
  });
});

describe("quarantine", () => {
  const limits = { kills: 2, quarantineMs: 400, wallMs: 60 };
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createRuntime({ workers: 1, limits });
  });
  afterAll(() => runtime.close());

  test("a hook that kills again and again waits, under any name; others run meanwhile", async () => {
    const killer = await runtime.register({ kind: "pre", source: KILLER, tenant: "bad" });
    const other = await runtime.register({ kind: "pre", source: KILLER, tenant: "good" });
    const calls = [1, 1, 1, 1].map((kill) => faultOf(killer.call(kill)));
    const codes = (await Promise.all(calls)).map(({ code }) => code);
    expect(codes).toEqual(["HOOK_TIMEOUT", "HOOK_TIMEOUT", "HOOK_QUARANTINED", "HOOK_QUARANTINED"]);
    const again = runtime.register({ kind: "pre", source: KILLER, tenant: "bad", name: "other" });
    expect(await faultOf(again)).toMatchObject({ code: "HOOK_QUARANTINED", retry: true });
    expect((await other.call(0)).value).toBe(1);

    // The trial kills: twice as long. The next one does not: all is well.
    await new Promise((resolve) => setTimeout(resolve, 450));
    expect((await faultOf(killer.call(1))).code).toBe("HOOK_TIMEOUT");
    await new Promise((resolve) => setTimeout(resolve, 450));
    expect((await faultOf(killer.call(0))).code).toBe("HOOK_QUARANTINED");
    await new Promise((resolve) => setTimeout(resolve, 450));
    expect((await killer.call(0)).value).toBe(1);
    expect((await killer.call(0)).value).toBe(1);
  });
});

describe("tenancy", () => {
  const COUNT = "(d) => (globalThis.count = (globalThis.count ?? 0) + 1)";
  const ROWS: readonly [says: string, options: object, after: number][] = [
    ["shared: another's death takes what is warm along", {}, 1],
    ["dedicated: it does not", { tenancy: "dedicated" }, 3],
    ["dedicated, and room for one", { tenancy: "dedicated", limits: { sandboxes: 1 } }, 1],
  ];
  test.each(ROWS)("%s", async (_says, options, after) => {
    await using runtime = await createRuntime({ workers: 1, ...options });
    const limits = { wallMs: 60 };
    const killer = await runtime.register({ kind: "pre", source: KILLER, tenant: "bad", limits });
    const counts = await runtime.register({ kind: "pre", source: COUNT, tenant: "good" });
    expect((await counts.call(0)).value).toBe(1);
    expect((await counts.call(0)).value).toBe(2);
    expect((await faultOf(killer.call(1))).code).toBe("HOOK_TIMEOUT");
    expect((await counts.call(0)).value).toBe(after);
    expect((await killer.call(0)).value).toBe(1);
  });

  test("shared: the second death takes nothing along, nor does one of another hook", async () => {
    await using runtime = await createRuntime({ workers: 1 });
    const bad = { kind: "pre", tenant: "bad", limits: { wallMs: 60 } } as const;
    const killer = await runtime.register({ ...bad, source: KILLER });
    const counts = await runtime.register({ kind: "pre", source: COUNT, tenant: "good" });
    expect((await faultOf(killer.call(1))).code).toBe("HOOK_TIMEOUT");
    expect((await counts.call(0)).value).toBe(1);
    expect((await faultOf(killer.call(1))).code).toBe("HOOK_TIMEOUT");
    expect((await killer.call(0)).value).toBe(1);
    const other = await runtime.register({ ...bad, source: `${KILLER} // another` });
    expect((await faultOf(other.call(1))).code).toBe("HOOK_TIMEOUT");
    expect((await counts.call(0)).value).toBe(2);
    // He has a process of his own only as long as he is using it.
    expect(await until(() => sandboxes().length === 2)).toBe(true);
  });

  test("dedicated: so many processes as tenants, up to the bound, and one that is ready", async () => {
    const limits = { sandboxes: 3 };
    await using runtime = await createRuntime({ workers: 1, tenancy: "dedicated", limits });
    expect(runtime.describe().tenancy).toBe("dedicated");
    for (const [tenant, count] of [
      ["a", 2],
      ["b", 3],
      ["c", 4],
      ["d", 4],
      ["a", 4],
    ] as const) {
      const hook = await runtime.register({ kind: "pre", source: "(d) => d", tenant });
      expect((await hook.call(7)).value).toBe(7);
      expect(await until(() => sandboxes().length === count)).toBe(true);
    }
  });

  test.each([
    ["tenancy", { tenancy: "own" }, 'wants "shared" or "dedicated", got own'],
    ["tenancy", { tenancy: "dedicated", isolation: "thread" }, 'wants isolation "process"'],
  ])("createRuntime() refuses %s %j", async (path, options, detail) => {
    const refused = { code: "BAD_REQUEST", path, detail: expect.stringContaining(detail) };
    await expect(createRuntime(options as object)).rejects.toMatchObject(refused);
  });
});
