// Spans against the real SDK of OpenTelemetry, with an exporter that keeps them.

import { context, propagation, trace as tracing } from "@opentelemetry/api";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { startRuntime } from "../../src/flow/runtime.ts";
import type { HookRun, Receipt } from "../../src/runtime/hook-error.ts";
import { BookendService } from "../../src/server/bookend-service.ts";
import { MemoryRegistry } from "../../src/server/memory-registry.ts";
import type { Begun, Ended } from "../../src/server/observer.ts";
import { createTelemetry } from "../../src/server/telemetry/telemetry.ts";
import { Packed } from "../../src/wire/packed.ts";

const CALLER = { tenant: "acme", key: "k1", callsMax: 10 };
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const GIVEN = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01`, tracestate: "rojo=1" };
const HOOK = { id: "a".repeat(64), kind: "pre", name: "double", tenant: "acme" } as const;
const RECEIPT: Receipt = {
  ...{ totalMs: 8, queueMs: 1, loadMs: 0, wallMs: 4, cpuMs: 3, checkMs: 0.5, transferMs: 2.5 },
  ...{ bytesIn: 10, bytesOut: 20, heapBytes: 1_000, warm: true, logsDropped: 0 },
};
const COLD: Receipt = { ...RECEIPT, loadMs: 30, totalMs: 38, warm: false };
const ran = (kind: "pre" | "post", receipt: Receipt): HookRun => ({
  ...{ ...HOOK, kind, receipt, logs: [{ level: "log", text: "SECRET" }] },
});

let exporter: InMemorySpanExporter;
let provider: BasicTracerProvider;
beforeEach(() => {
  exporter = new InMemorySpanExporter();
  provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  tracing.setGlobalTracerProvider(provider);
});
afterEach(async () => {
  await provider.shutdown();
  for (const api of [tracing, context, propagation]) api.disable();
});

async function traced() {
  const lines: string[] = [];
  const stream = (line: string) => void lines.push(line);
  const telemetry = await createTelemetry({ tracing: true, metrics: false, stream });
  const play = (method: string, ended: Ended, more: Partial<Begun> = {}) => {
    const observed = telemetry.observer.begun({ method, caller: CALLER, ...more });
    observed.ended(ended);
    return observed.trace;
  };
  return { telemetry, play, lines };
}

const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId;
const msOf = ([seconds, nanos]: readonly [number, number]) => seconds * 1e3 + nanos / 1e6;
const shape = (spans: readonly ReadableSpan[]) =>
  spans.map((span) => {
    const above = spans.find((one) => idOf(one) === span.parentSpanContext?.spanId);
    return [span.name, above?.name, Math.round(msOf(span.duration) * 100) / 100];
  });

describe("spans", () => {
  test("a call is one of the caller's trace, with its parts below it", async () => {
    const { play } = await traced();
    const on = play("call", { hook: HOOK, receipt: RECEIPT }, { target: "double", trace: GIVEN });
    const spans = exporter.getFinishedSpans();
    const server = spans.at(-1);
    expect(shape(spans.slice(0, -1))).toEqual([
      ["bookend.queue", undefined, 1],
      ["bookend.hook", undefined, 4],
      ["bookend.check", undefined, 0.5],
    ]);
    for (const span of spans) expect(span.spanContext().traceId).toBe(TRACE);
    for (const span of spans.slice(0, -1))
      expect(span.parentSpanContext?.spanId).toBe(idOf(server));
    expect(server).toMatchObject({ name: "bookend.call", kind: 1, status: { code: 0 } });
    expect(server?.parentSpanContext).toMatchObject({ spanId: "00f067aa0ba902b7", isRemote: true });
    expect(server?.attributes).toEqual({
      ...{ "bookend.method": "call", "bookend.tenant": "acme", "bookend.key": "k1" },
      ...{ "bookend.target": "double", "bookend.hook.id": HOOK.id, "bookend.hook.kind": "pre" },
      ...{ "bookend.hook.name": "double", "bookend.bytes_in": 10, "bookend.bytes_out": 20 },
    });
    expect(on).toEqual({ traceparent: `00-${TRACE}-${idOf(server)}-01`, tracestate: "rojo=1" });
  });

  test("a run has each hook and model in the order in which they ran", async () => {
    const { play } = await traced();
    const hooks = [ran("pre", COLD), ran("post", RECEIPT)];
    const stages = [{ stage: 1, name: "one", hooks, model: { name: "m", ms: 100 } }];
    play("run", { runId: "r-1", stages }, { target: "flow" });
    const spans = exporter.getFinishedSpans();
    expect(shape(spans).slice(0, -1)).toEqual([
      ["bookend.queue", "bookend.pre", 1],
      ["bookend.load", "bookend.pre", 30],
      ["bookend.hook", "bookend.pre", 4],
      ["bookend.check", "bookend.pre", 0.5],
      ["bookend.pre", "bookend.run", 38],
      ["bookend.model", "bookend.run", 100],
      ["bookend.queue", "bookend.post", 1],
      ["bookend.hook", "bookend.post", 4],
      ["bookend.check", "bookend.post", 0.5],
      ["bookend.post", "bookend.run", 8],
    ]);
    const named = (name: string) => spans.find((span) => span.name === name) as ReadableSpan;
    const [pre, model, post] = ["pre", "model", "post"].map((one) => named(`bookend.${one}`));
    const gap = (a?: ReadableSpan, b?: ReadableSpan) =>
      msOf(b?.startTime ?? [0, 0]) - msOf(a?.endTime ?? [0, 0]);
    expect(gap(pre, model)).toBeCloseTo(0, 2);
    expect(gap(model, post)).toBeCloseTo(0, 2);
    expect(named("bookend.run").attributes).toMatchObject({ "bookend.run_id": "r-1" });
    expect(JSON.stringify(spans.map(({ attributes }) => attributes))).not.toContain("SECRET");
  });

  test("a fault is an error with its code, and without its detail", async () => {
    const { play } = await traced();
    play("call", { code: "HOOK_THREW", detail: "SECRET", hook: HOOK, receipt: RECEIPT });
    const [server] = exporter.getFinishedSpans().slice(-1);
    expect(server?.status).toEqual({ code: 2, message: "HOOK_THREW" });
    expect(server?.attributes).toMatchObject({ "error.type": "HOOK_THREW" });
    expect(JSON.stringify(server?.attributes)).not.toContain("SECRET");
  });

  test("the hook that a run ended in is there as well", async () => {
    const { play } = await traced();
    const stages = [{ stage: 1, name: undefined, hooks: [], model: undefined }];
    play("run", { code: "HOOK_TIMEOUT", runId: "r", hook: HOOK, receipt: RECEIPT, stages });
    const names = exporter.getFinishedSpans().map(({ name }) => name);
    expect(names).toEqual([
      ...["bookend.queue", "bookend.hook", "bookend.check", "bookend.pre", "bookend.run"],
    ]);
  });

  test("a trace that is none begins a new one", async () => {
    const { play, lines } = await traced();
    const on = play(
      "call",
      {},
      { trace: { traceparent: `00-${"0".repeat(32)}-00f067aa0ba902b7-01` } },
    );
    const [server] = exporter.getFinishedSpans();
    expect(server?.parentSpanContext).toBeUndefined();
    expect(on?.traceparent).toBe(`00-${server?.spanContext().traceId}-${idOf(server)}-01`);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ span_id: idOf(server) });
  });

  test("the service's own trace goes on to models, with the span of the run above it", async () => {
    const { telemetry } = await traced();
    await using runtime = await startRuntime({ workers: 1 });
    const { observer } = telemetry;
    const parts = { runtime, registry: new MemoryRegistry(), observer, version: "0" };
    const service = new BookendService(parts);
    const asking = { caller: CALLER, trace: GIVEN };
    await service.register({ kind: "pre", name: "one", source: "(d) => [d]" }, asking);
    const values = [Packed.of(1, { nodes: 9, depth: 9, bytes: 99 })];
    await service.call({ hook: "one", values, files: [] }, asking);
    const spans = exporter.getFinishedSpans();
    expect(spans.map(({ name }) => name)).toEqual([
      ...["bookend.register", "bookend.queue", "bookend.hook", "bookend.check", "bookend.call"],
    ]);
    const { attributes } = spans[2] as ReadableSpan;
    expect(attributes["bookend.cpu_ms"]).toBeGreaterThan(0);
  });
});

describe("without an SDK", () => {
  const TRACES: readonly [says: string, given: Begun["trace"], goesOn: Begun["trace"]][] = [
    ["a trace goes on as it came", GIVEN, GIVEN],
    ["none stays none", undefined, undefined],
    ["one that is none goes nowhere", { traceparent: "00-x" }, undefined],
  ];
  test.each(TRACES)("%s", async (_says, given, goesOn) => {
    tracing.disable();
    for (const isTraced of [true, false]) {
      const telemetry = await createTelemetry({ tracing: isTraced, level: "silent" });
      const observed = telemetry.observer.begun({ method: "run", caller: CALLER, trace: given });
      expect(observed.trace).toEqual(goesOn);
      observed.ended({});
    }
  });

  test("without the package a trace goes on as it came, and the log says what is missing", async () => {
    // prom-client brings the package along, so its absence has to be played.
    vi.doMock("@opentelemetry/api", () => {
      throw new Error("Cannot find package");
    });
    const { telemetry, lines } = await traced();
    vi.doUnmock("@opentelemetry/api");
    const observed = telemetry.observer.begun({ method: "run", caller: CALLER, trace: GIVEN });
    observed.ended({});
    expect(observed.trace).toEqual(GIVEN);
    expect(exporter.getFinishedSpans()).toEqual([]);
    expect(lines[0]).toContain("wants the package @opentelemetry/api");
  });
});
