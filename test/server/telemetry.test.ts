// Telemetry: what is logged and what is not, and metrics whose counts were worked out by hand from
// the requests that were played.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { FAULTS, type FaultCode } from "../../src/faults.ts";
import { startRuntime } from "../../src/flow/runtime.ts";
import type { HookName, HookRun, Receipt } from "../../src/runtime/hook-error.ts";
import { BookendService } from "../../src/server/bookend-service.ts";
import { MemoryRegistry } from "../../src/server/memory-registry.ts";
import type { Begun, Ended } from "../../src/server/observer.ts";
import type { Caller } from "../../src/server/service.ts";
import { createTelemetry, type TelemetryOptions } from "../../src/server/telemetry/telemetry.ts";
import { Packed } from "../../src/wire/packed.ts";
import { readExposition } from "./exposition.ts";

const CALLER: Caller = { tenant: "acme", key: "k1", callsMax: 10 };
const HOOK: HookName = { id: "a".repeat(64), kind: "pre", name: "double", tenant: "acme" };
const RECEIPT: Receipt = {
  ...{ totalMs: 8, queueMs: 1, loadMs: 0, wallMs: 4, cpuMs: 3, checkMs: 0.2, transferMs: 2.8 },
  ...{ bytesIn: 10, bytesOut: 20, heapBytes: 1_000, warm: true, logsDropped: 0 },
};
const COLD: Receipt = { ...RECEIPT, loadMs: 30, totalMs: 38, warm: false };
const ran = (kind: "pre" | "post", receipt: Receipt): HookRun => ({
  ...{ ...HOOK, kind, receipt, logs: [{ level: "log", text: "SECRET" }] },
});
const STAGES = [
  { stage: 1, name: "one", hooks: [ran("pre", COLD)], model: { name: "m", ms: 100 } },
  { stage: 2, name: undefined, hooks: [ran("post", RECEIPT)], model: { name: "m", ms: 50 } },
];

/** Telemetry whose lines are kept, and what plays one request. */
async function watched(options: TelemetryOptions = {}) {
  const lines: string[] = [];
  const stream = (line: string) => void lines.push(line);
  const telemetry = await createTelemetry({ ...options, stream });
  const play = (method: string, ended: Ended, more: Partial<Begun> = {}) =>
    telemetry.observer.begun({ method, caller: CALLER, ...more }).ended(ended);
  const read = async () => readExposition(await telemetry.metrics());
  const records = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { telemetry, lines, play, read, records };
}

describe("logs", () => {
  test("a request is one line of JSON, with names, codes and the receipt's times", async () => {
    const { play, records, lines } = await watched();
    play("call", { hook: HOOK, receipt: RECEIPT }, { target: "double" });
    const [{ time, ms, ...rest } = {}] = records();
    expect(lines).toHaveLength(1);
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(ms).toBeGreaterThanOrEqual(0);
    expect(rest).toEqual({
      ...{ level: "info", msg: "request", method: "call", code: "OK", tenant: "acme", key: "k1" },
      target: "double",
      hook: { id: "a".repeat(64), kind: "pre", name: "double" },
      times: {
        ...{ totalMs: 8, queueMs: 1, loadMs: 0, wallMs: 4, cpuMs: 3, checkMs: 0.2 },
        transferMs: 2.8,
      },
    });
  });

  test("a run has its id, its trace, and the sum of its times", async () => {
    const { play, records, lines } = await watched();
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const trace = { traceparent };
    play("run", { runId: "r-1", stages: STAGES }, { target: "flow@123456789abc", trace });
    expect(records()[0]).toMatchObject({
      ...{ method: "run", target: "flow@123456789abc", run_id: "r-1", stages: 2 },
      ...{ trace_id: "4bf92f3577b34da6a3ce929d0e0e4736", span_id: "00f067aa0ba902b7" },
      times: { totalMs: 46, loadMs: 30, wallMs: 8, cpuMs: 6, modelMs: 150 },
    });
    expect(lines[0]).not.toContain("SECRET");
  });

  // What a fault's detail holds is another's words, unless the fault is ours.
  const CODES: readonly [code: FaultCode, level: string, detailAtInfo: boolean][] = [
    ["BAD_REQUEST", "warn", false],
    ["INPUT_MISMATCH", "warn", false],
    ["HOOK_THREW", "warn", false],
    ["MODEL_FAILED", "warn", false],
    ["POOL_FULL", "error", true],
    ["INTERNAL", "error", true],
  ];
  test.each(CODES)("%s is a line of level %s", async (code, level, detailAtInfo) => {
    for (const said of ["info", "debug"]) {
      const { play, records } = await watched({ level: said });
      play("call", { code, detail: "card 4111" });
      const isThere = detailAtInfo || said === "debug";
      const [record] = records();
      expect(record).toMatchObject({ level, code });
      expect(record?.["detail"]).toBe(isThere ? "card 4111" : undefined);
    }
  });

  test("the level says how much there is", async () => {
    const { play, records, telemetry } = await watched({ level: "error" });
    play("call", {});
    play("call", { code: "HOOK_THREW" });
    play("call", { code: "INTERNAL" });
    telemetry.log("info", "listens");
    telemetry.log("error", "fell", { port: 7070 });
    expect(records().map(({ msg, code, port }) => [msg, code, port])).toEqual([
      ["request", "INTERNAL", undefined],
      ["fell", undefined, 7070],
    ]);
  });

  test("texts are bounded, and hold nothing that ends a line or gives a terminal orders", async () => {
    const { play, lines, records, telemetry } = await watched();
    const bad = "x\n\u001b[31m\u009b2J\u2028\u202e\ud800";
    play("call", {}, { target: bad + "y".repeat(1e6) });
    telemetry.log("info", bad, { path: bad, long: "z".repeat(1e6) });
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(line).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
      expect(line.length).toBeLessThan(2_000);
    }
    const kept = "x\n\u001b[31m\ufffd2J\ufffd\ufffd\ufffd";
    expect(records()[0]?.["target"]).toMatch(/^x\n.\[31m.*y…$/s);
    expect(records()[1]).toMatchObject({ msg: kept, path: kept });
  });

  test("of a flood that is refused, some lines are written and the rest is counted", async () => {
    const { telemetry, records, read } = await watched();
    const { refused } = telemetry.observer;
    for (let i = 0; i < 500; i++) refused("rpc", "UNAUTHENTICATED", "key SECRET");
    expect(records().length).toBeGreaterThanOrEqual(10);
    // A second may pass meanwhile, on a machine that has other things to do.
    expect(records().length).toBeLessThan(100);
    expect(records()[0]).toMatchObject({ level: "warn", msg: "refused", door: "rpc" });
    expect(JSON.stringify(records())).not.toContain("SECRET");
    const { value } = await read();
    expect(value("bookend_refused_total", { door: "rpc", code: "UNAUTHENTICATED" })).toBe(500);
  });

  test("looking on throws nothing when a reader does", async () => {
    const stream = () => {
      throw new Error("full");
    };
    const telemetry = await createTelemetry({ stream });
    const observed = telemetry.observer.begun({ method: "call", caller: CALLER });
    observed.ended({});
    telemetry.observer.refused("rpc", "BAD_REQUEST", "");
    telemetry.log("error", "x");
    const { value } = readExposition(await telemetry.metrics());
    expect(value("bookend_calls_total", { method: "call", kind: "", code: "OK" })).toBe(1);
  });

  test("lines go to standard output, all of them before the end", () => {
    const program = `
      import { createTelemetry } from "./src/server/telemetry/telemetry.ts";
      await using telemetry = await createTelemetry({ metrics: false });
      for (let i = 0; i < 1000; i++) telemetry.log("info", "line", { i });`;
    const args = ["--input-type=module-typescript", "--eval", program];
    const printed = execFileSync(process.execPath, args, { encoding: "utf8" });
    const lines = printed.trimEnd().split("\n");
    const numbers = lines.map((line) => (JSON.parse(line) as { i: number }).i);
    expect(numbers).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  const REFUSED: readonly [says: string, options: object, path: string][] = [
    ["a level nobody knows", { level: "loud" }, "level"],
    ["a stream that is none", { stream: 7 }, "stream"],
    ["tracing that is neither", { tracing: "yes" }, "tracing"],
    ["no count of tenants", { tenantsMax: -1 }, "tenantsMax"],
    ["an option nobody knows", { trace: true }, "trace"],
  ];
  test.each(REFUSED)("createTelemetry() refuses %s", async (_says, options, path) => {
    const made = createTelemetry(options);
    await expect(made).rejects.toMatchObject({ code: "BAD_REQUEST", path });
  });
});

describe("metrics", () => {
  test("count what was played, by hand", async () => {
    const { telemetry, play, read } = await watched();
    for (let i = 0; i < 3; i++) play("call", { hook: HOOK, receipt: RECEIPT });
    play("call", { hook: HOOK, receipt: COLD });
    play("call", { code: "HOOK_THREW", hook: { ...HOOK, kind: "post" }, receipt: RECEIPT });
    play("call", { code: "UNKNOWN_HOOK" });
    play("register", {});
    play("run", { runId: "r", stages: STAGES }, { target: "flow" });
    const stages = STAGES.slice(0, 1);
    const failed: Ended = { code: "HOOK_TIMEOUT", hook: HOOK, receipt: RECEIPT, stages };
    play("run", { runId: "s", ...failed }, { target: "flow" });
    const open = telemetry.observer.begun({ method: "call", caller: CALLER });
    const { value, types, samples } = await read();

    const calls = (method: string, kind: string, code: string) =>
      value("bookend_calls_total", { method, kind, code });
    expect(calls("call", "pre", "OK")).toBe(4);
    expect(calls("call", "post", "HOOK_THREW")).toBe(1);
    expect(calls("call", "", "UNKNOWN_HOOK")).toBe(1);
    expect(calls("register", "", "OK")).toBe(1);
    expect(calls("run", "flow", "OK")).toBe(1);
    expect(calls("run", "flow", "HOOK_TIMEOUT")).toBe(1);
    const faults = Object.keys(FAULTS).map((code) => value("bookend_faults_total", { code }));
    expect(faults.filter((count) => count === 0)).toHaveLength(Object.keys(FAULTS).length - 3);
    expect(value("bookend_faults_total", { code: "HOOK_THREW" })).toBe(1);
    expect(value("bookend_requests_at_work")).toBe(1);
    open.ended({});
    expect((await read()).value("bookend_requests_at_work")).toBe(0);

    // Receipts: 3 and 1 cold of calls, 1 of a fault, 1 cold and 1 of the run, 1 cold and 1 of the
    // run that failed: nine, three of them cold.
    const parts = (suffix: string, part: string, more: object = {}) =>
      value(`bookend_call_part_seconds_${suffix}`, { part, ...more });
    expect(parts("count", "queue")).toBe(9);
    expect(parts("sum", "queue")).toBeCloseTo(0.009, 9);
    expect(parts("count", "load")).toBe(3);
    expect(parts("sum", "load")).toBeCloseTo(0.09, 9);
    expect(parts("sum", "hook_wall")).toBeCloseTo(0.036, 9);
    expect(parts("sum", "hook_cpu")).toBeCloseTo(0.027, 9);
    expect(parts("sum", "total")).toBeCloseTo((6 * 8 + 3 * 38) / 1_000, 9);
    expect(parts("bucket", "total", { le: "0.01" })).toBe(6);
    expect(parts("bucket", "total", { le: "0.025" })).toBe(6);
    expect(parts("bucket", "total", { le: "0.05" })).toBe(9);
    expect(parts("bucket", "total", { le: "+Inf" })).toBe(9);
    expect(parts("count", "model")).toBe(3);
    expect(parts("sum", "model")).toBeCloseTo(0.25, 9);
    expect(parts("count", "run")).toBe(2);
    const tenant = { tenant: "acme" };
    expect(value("bookend_tenant_hook_cpu_seconds_total", tenant)).toBeCloseTo(0.027, 9);
    expect(value("bookend_tenant_calls_total", { ...tenant, outcome: "value" })).toBe(6);
    expect(value("bookend_tenant_calls_total", { ...tenant, outcome: "hook_fault" })).toBe(2);
    expect(value("bookend_tenant_calls_total", { ...tenant, outcome: "caller_fault" })).toBe(1);

    for (const [name, type] of types) {
      if (!name.startsWith("bookend_")) continue;
      expect(name.endsWith("_total"), name).toBe(type === "counter");
      expect(type === "histogram", name).toBe(name.endsWith("_seconds"));
    }
    expect(samples.some(({ name }) => name === "process_cpu_seconds_total")).toBe(true);
  });

  test("gauges say what is there when they are read", async () => {
    const { telemetry, read } = await watched();
    let busy = 1;
    telemetry.watch(() => ({ workers: 4, busy, waiting: 7, snapshots: 2 }));
    telemetry.watch(() => ({ workers: 3, busy, waiting: 7, snapshots: 2 }));
    const [one, two] = [telemetry.observer.connected("rpc"), telemetry.observer.connected("rpc")];
    telemetry.observer.connected("http");
    one[Symbol.dispose]();
    one[Symbol.dispose]();
    busy = 2;
    const { value } = await read();
    expect(value("bookend_workers")).toBe(3);
    expect(value("bookend_workers_busy")).toBe(2);
    expect(value("bookend_calls_waiting")).toBe(7);
    expect(value("bookend_snapshots")).toBe(2);
    expect(value("bookend_connections", { door: "rpc" })).toBe(1);
    expect(value("bookend_connections", { door: "http" })).toBe(1);
    two[Symbol.dispose]();
    expect((await read()).value("bookend_connections", { door: "rpc" })).toBe(0);
  });

  test("the first tenants have a name, the rest is one, whatever they are called", async () => {
    const { play, read } = await watched({ tenantsMax: 2 });
    for (const tenant of ["a", 'b"\\\n', "c", "d", "a", "c"]) {
      play("call", {}, { caller: { ...CALLER, tenant } });
    }
    const { samples } = await read();
    const counts = samples.filter(({ name }) => name === "bookend_tenant_calls_total");
    expect(counts.map(({ labels, value }) => [labels["tenant"], value])).toEqual([
      ["a", 2],
      ['b"\\\n', 1],
      ["other", 3],
    ]);
  });

  test("two of them share nothing, and one without metrics has none", async () => {
    const [one, two] = [await watched(), await watched()];
    one.play("call", {});
    const labels = { method: "call", kind: "", code: "OK" };
    expect((await one.read()).value("bookend_calls_total", labels)).toBe(1);
    expect((await two.read()).value("bookend_calls_total", labels)).toBeUndefined();
    const none = await watched({ metrics: false });
    none.play("call", {});
    expect(await none.telemetry.metrics()).toBe("");
  });

  test("a service tells what callers did, and no payload gets out", async () => {
    const { telemetry, lines, read, records } = await watched();
    await using runtime = await startRuntime({ workers: 1 });
    const { observer } = telemetry;
    const registry = new MemoryRegistry();
    const service = new BookendService({ runtime, registry, observer, version: "0" });
    telemetry.watch(() => runtime.describe());
    const asking = { caller: CALLER };
    const packed = (value: unknown) => Packed.of(value, { nodes: 99, depth: 9, bytes: 999 });
    const source = "(d) => { if (d.fail) throw new Error(d.secret); return [d.secret]; }";
    await service.register({ kind: "pre", name: "keep", source }, asking);
    const call = (data: object) =>
      service.call({ hook: "keep", values: [packed(data)], files: [] }, asking);
    await call({ secret: "PAYLOAD" });
    await call({ secret: "PAYLOAD" });
    await expect(call({ fail: true, secret: "PAYLOAD" })).rejects.toMatchObject({
      code: "HOOK_THREW",
    });
    expect(lines.join()).not.toContain("PAYLOAD");
    expect(records().map(({ method, code, level }) => [method, code, level])).toEqual([
      ["register", "OK", "info"],
      ["call", "OK", "info"],
      ["call", "OK", "info"],
      ["call", "HOOK_THREW", "warn"],
    ]);
    const { value } = await read();
    expect(value("bookend_calls_total", { method: "call", kind: "pre", code: "OK" })).toBe(2);
    expect(value("bookend_call_part_seconds_count", { part: "hook_wall" })).toBe(3);
    expect(value("bookend_workers")).toBe(1);
  });
});

describe("docs/grafana.json", () => {
  interface Panel {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }
  const dashboard = JSON.parse(readFileSync("docs/grafana.json", "utf8")) as {
    readonly panels: readonly Panel[];
  };

  test("asks only for metrics that there are, by labels that they have", async () => {
    const { telemetry, play, read } = await watched();
    telemetry.watch(() => ({ workers: 1, busy: 0, waiting: 0, snapshots: 0 }));
    telemetry.observer.connected("rpc");
    telemetry.observer.refused("rpc", "UNAUTHENTICATED", "");
    play("call", { code: "HOOK_THREW", hook: HOOK, receipt: COLD });
    const { samples } = await read();
    const exprs = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(exprs.length).toBeGreaterThan(10);
    for (const expr of exprs) {
      const names = expr.match(/\b(?:bookend|process|nodejs)_\w+/g) ?? [];
      expect(names.length, expr).toBeGreaterThan(0);
      const labels = [...expr.matchAll(/by \(([^)]*)\)|(\w+)=~?"/g)]
        .flatMap(([, by, one]) => (by ?? one ?? "").split(/,\s*/))
        .filter((label) => label !== "instance" && label !== "job");
      for (const name of names) {
        const there = samples.filter((sample) => sample.name === name);
        expect(there.length, name).toBeGreaterThan(0);
        for (const label of labels) expect(there[0]?.labels, expr).toHaveProperty(label);
      }
    }
  });

  test("every metric of ours is somewhere in it", async () => {
    const { types } = await (await watched()).read();
    const text = JSON.stringify(dashboard);
    for (const name of types.keys()) {
      if (name.startsWith("bookend_")) expect(text).toContain(name);
    }
  });
});
