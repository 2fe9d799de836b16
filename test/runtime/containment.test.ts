// What a hook that cannot be interrupted costs: its own call, and nothing else.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createRuntime, type FaultCode, type Runtime } from "../../src/index.ts";
import { expectFault, faultOf } from "./faults.ts";
import { orphans, sandboxes, until } from "./processes.ts";

const BUSY = "(d) => { const t = Date.now(); while (Date.now() - t < d); return d }";

const KILLERS: readonly [name: string, source: string, codes: readonly FaultCode[]][] = [
  [
    "a Map that grows until V8 aborts",
    "(d) => { const m = new Map(); for (let i = 0; ; i++) m.set(i, i) }",
    ["HOOK_MEMORY", "HOOK_TIMEOUT"],
  ],
  [
    "a Set that does",
    "(d) => { const m = new Set(); for (let i = 0; ; i++) m.add(i) }",
    ["HOOK_MEMORY", "HOOK_TIMEOUT"],
  ],
  ["a BigInt power", "(d) => { (2n ** 100000000n) ** 5n; return 1 }", ["HOOK_TIMEOUT"]],
  ["a BigInt's digits", "(d) => (3n ** 20000000n).toString().length", ["HOOK_TIMEOUT"]],
  [
    "a fill of a billion",
    "(d) => Array(1e9).fill(0).length",
    ["HOOK_TIMEOUT", "HOOK_MEMORY", "HOOK_CRASHED"],
  ],
  [
    "a rejection whose message never ends",
    "(d) => { Promise.reject({ get message() { for (;;); } }); return 1 }",
    ["HOOK_TIMEOUT"],
  ],
];

describe("a hook that cannot be interrupted", () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createRuntime({ workers: 2 });
  });
  afterAll(() => runtime.close());

  test.each(KILLERS)("%s costs its own call only", async (_name, source, codes) => {
    const honest = await runtime.register({ kind: "pre", source: "(d) => d * 2", tenant: "other" });
    const killer = await runtime.register({ kind: "pre", source, limits: { wallMs: 500 } });
    const kills = killer.call(0);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => honest.call(i)));
    expect(answers.map(({ value }) => value)).toEqual(Array.from({ length: 50 }, (_, i) => 2 * i));
    const fault = await faultOf(kills);
    expect(codes).toContain(fault.code);
    expect((await honest.call(21)).value).toBe(42);
    // The killer again: a hook is not lost with its sandbox.
    expect(codes).toContain((await faultOf(killer.call(0))).code);
    await killer.remove();
  });

  test("it leaves no process and no descriptor behind", async () => {
    const before = openDescriptors();
    const killer = await runtime.register({
      kind: "pre",
      source: "(d) => { const m = new Map(); for (let i = 0; ; i++) m.set(i, i) }",
    });
    for (let i = 0; i < 3; i++) await faultOf(killer.call(0));
    // Two at work and a spare for each.
    expect(await until(() => sandboxes().length <= 4)).toBe(true);
    expect(await until(() => openDescriptors() <= before + 12)).toBe(true);
  });

  function openDescriptors(): number {
    return readdirSync("/proc/self/fd").length;
  }
});

describe("a block of calls", () => {
  test("a call behind a slow one moves to a worker that is free", async () => {
    await using runtime = await createRuntime({ workers: 2 });
    const hook = await runtime.register({ kind: "pre", source: BUSY, limits: { wallMs: 5_000 } });
    // Both workers know the hook, and believe it to be fast.
    await Promise.all(Array.from({ length: 64 }, () => hook.call(0)));
    const order: number[] = [];
    const calls = [1_500, ...Array<number>(15).fill(0)].map(async (ms) => {
      await hook.call(ms);
      order.push(ms);
    });
    await Promise.all(calls);
    expect(order).toEqual([...Array<number>(15).fill(0), 1_500]);
  });

  test("when the sandbox dies, the answers before it stand, one call is blamed, the rest run once", async () => {
    await using runtime = await createRuntime({ workers: 1 });
    const source = `(d) => {
      globalThis.runs = (globalThis.runs ?? 0) + 1;
      if (d === 'kill') (2n ** 100000000n) ** 5n;
      return [d, globalThis.runs];
    }`;
    const hook = await runtime.register({ kind: "pre", source, limits: { wallMs: 400 } });
    for (let i = 0; i < 20; i++) await hook.call("warm");
    const calls = [0, 1, 2, "kill", 4, 5, 6].map((d) => hook.call(d));
    const settled = await Promise.allSettled(calls);
    const values = settled.map((one) => (one.status === "fulfilled" ? one.value.value : "fault"));
    // Runs count from 21 in the old isolate, and from 1 in the new: nothing ran twice.
    expect(values).toEqual([[0, 21], [1, 22], [2, 23], "fault", [4, 1], [5, 2], [6, 3]]);
    await expectFault(calls[3] as Promise<unknown>, {
      code: "HOOK_TIMEOUT",
      detail: "its process was ended",
    });
  });

  test("each call of it keeps its own deadline", async () => {
    await using runtime = await createRuntime({ workers: 1 });
    const hook = await runtime.register({ kind: "pre", source: BUSY, limits: { wallMs: 300 } });
    for (let i = 0; i < 20; i++) await hook.call(0);
    const settled = await Promise.allSettled([200, 200, 2_000, 200].map((ms) => hook.call(ms)));
    const got = settled.map((one) =>
      one.status === "fulfilled" ? one.value.value : one.reason.code,
    );
    expect(got).toEqual([200, 200, "HOOK_TIMEOUT", 200]);
  });
});

describe("a sandbox that is killed while it is idle", () => {
  test("costs no call: nothing had begun, so the next one runs in a new sandbox", async () => {
    await using runtime = await createRuntime({ workers: 1 });
    const hook = await runtime.register({ kind: "pre", source: "(d) => d + 1" });
    for (let i = 0; i < 10; i++) {
      expect((await hook.call(i)).value).toBe(i + 1);
      for (const pid of sandboxes()) process.kill(pid, "SIGKILL");
      expect(await until(() => sandboxes().length === 0)).toBe(true);
    }
    expect((await hook.call(41)).value).toBe(42);
  });
});

describe("cancelling and closing", () => {
  test("a signal gives up a call that waits, one that runs, and one that was late", async () => {
    await using runtime = await createRuntime({ workers: 1 });
    const hook = await runtime.register({ kind: "pre", source: BUSY });
    const running = new AbortController();
    const first = hook.call(500, [], { signal: running.signal });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const waiting = new AbortController();
    const second = hook.call(0, [], { signal: waiting.signal });
    waiting.abort();
    await expectFault(second, { code: "CANCELLED" });
    running.abort();
    await expectFault(first, { code: "CANCELLED" });
    await expectFault(hook.call(0, [], { signal: AbortSignal.abort() }), { code: "CANCELLED" });
    expect((await hook.call(1)).value).toBe(1);
  });

  test("a registration and a start can be given up", async () => {
    const signal = AbortSignal.abort();
    await expectFault(createRuntime({ workers: 1, signal }), { code: "CANCELLED" });
    await using runtime = await createRuntime({ workers: 1 });
    const late = runtime.register({ kind: "pre", source: "(d) => d", signal });
    await expectFault(late, { code: "CANCELLED" });
  });

  test("close() lets what was taken come to its end, and takes no more", async () => {
    const runtime = await createRuntime({ workers: 1 });
    const hook = await runtime.register({ kind: "pre", source: BUSY });
    const calls = [hook.call(200), hook.call(1), hook.call(2)];
    const closing = runtime.close();
    await expectFault(hook.call(0), { code: "CLOSED" });
    expect((await Promise.all(calls)).map(({ value }) => value)).toEqual([200, 1, 2]);
    await closing;
    await runtime.close();
    await expectFault(runtime.register({ kind: "pre", source: "(d) => d" }), { code: "CLOSED" });
    expect(await until(() => sandboxes().length === 0)).toBe(true);
  });

  test("a removed hook is unknown, and what it held is given back", async () => {
    await using runtime = await createRuntime({ workers: 1 });
    const hook = await runtime.register({ kind: "pre", source: "(d) => d" });
    const last = hook.call(1);
    await hook.remove();
    expect((await last).value).toBe(1);
    await expectFault(hook.call(1), { code: "UNKNOWN_HOOK" });
  });
});

describe("process isolation", () => {
  test("the host never loads isolated-vm", async () => {
    await using runtime = await createRuntime({ workers: 1 });
    const hook = await runtime.register({ kind: "pre", source: "(d) => d" });
    await hook.call(1);
    const report = process.report.getReport() as unknown as { sharedObjects: string[] };
    expect(report.sharedObjects.length).toBeGreaterThan(3);
    expect(report.sharedObjects.filter((path) => path.includes("isolated_vm"))).toEqual([]);
  });

  test("a sandbox has an empty environment and no open file but its pipes", async () => {
    await using runtime = await createRuntime({ workers: 1 });
    await (await runtime.register({ kind: "pre", source: "(d) => d" })).call(1);
    const [pid] = sandboxes();
    expect(readFileSync(`/proc/${pid}/environ`, "utf8")).toBe("");
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    const named = open.filter((target) => !/^(socket|pipe|anon_inode):/.test(target));
    // The journal has no name any more: nobody else can open it.
    const others = named.filter((target) => target !== "/dev/null");
    expect(others.filter((target) => !target.endsWith("/journal (deleted)"))).toEqual([]);
  });

  test("a host that exits takes a sandbox along that is stuck", async () => {
    const program = `
      import { createRuntime } from "./src/index.ts";
      const runtime = await createRuntime({ workers: 1 });
      const source = "(d) => (d ? (2n ** 100000000n) ** 5n && 1 : 1)";
      const hook = await runtime.register({ kind: "pre", source, limits: { wallMs: 10_000 } });
      await hook.call(0);
      console.log(process.pid);
      setTimeout(() => process.exit(7), 300);
      await hook.call(1);
    `;
    const host = spawnSync(
      process.execPath,
      ["--no-warnings", "--input-type=module-typescript", "--eval", program],
      { encoding: "utf8", cwd: join(import.meta.dirname, "../..") },
    );
    expect(host.status, host.stderr).toBe(7);
    // Who lost its parent is a child of process 1, or of whoever collects them.
    expect(await until(() => orphans().length === 0)).toBe(true);
  });

  test("a polluted Object.prototype does not reach the environment of a sandbox", async () => {
    const polluted = Object.prototype as unknown as Record<string, unknown>;
    polluted["NODE_OPTIONS"] = "--no-such-option";
    try {
      await using runtime = await createRuntime({ workers: 1 });
      const hook = await runtime.register({ kind: "pre", source: "(d) => d" });
      expect((await hook.call(1)).value).toBe(1);
    } finally {
      delete polluted["NODE_OPTIONS"];
    }
  });
});
