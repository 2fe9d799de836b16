/**
 * Spans: one for each request, with the parts of its time as spans below it.
 *
 * The spans go to whatever SDK of OpenTelemetry the application has registered; with none, nothing
 * is made and the caller's trace goes on as it came. The package is an optional peer: without it
 * there are no spans either.
 *
 * A receipt has how long each part took, not when it began. So the spans of the parts stand one
 * behind the other from where the call began, in the order in which they happen; what was lost in
 * between (threads and processes woken, bytes carried) is the gap behind the last.
 *
 * Attributes are names, numbers and codes: no payload and no detail of a fault.
 *
 * @module
 */

import type { Context, Span, Tracer } from "@opentelemetry/api";

import type { TraceContext } from "../../flow/model.ts";
import { traceFrom } from "../../flow/trace-context.ts";
import type { HookName, Receipt, StageRun } from "../../runtime/hook-error.ts";
import type { Begun, Ended } from "../observer.ts";

type Api = typeof import("@opentelemetry/api");

/** One request's span. */
export interface RequestSpan {
  /** The trace with this span in it. */
  readonly trace: TraceContext | undefined;
  end(how: Ended): void;
}

/** Returns what makes spans, or nothing when the package is not there. */
export async function openTracing(): Promise<Tracing | undefined> {
  try {
    return new Tracing(await import("@opentelemetry/api"));
  } catch {
    return undefined;
  }
}

/** Makes spans. */
export class Tracing {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** @param trace Where it comes from: valid, or nothing. */
  begin({ method, caller, target }: Begun, trace: TraceContext | undefined): RequestSpan {
    const { SpanKind, trace: tracing } = this.#api;
    // Asked for each time: an application may register its SDK later than we are made.
    const tracer = tracing.getTracer("bookend");
    const startTime = nowMs();
    const attributes = {
      "bookend.method": method,
      "bookend.tenant": caller.tenant,
      ...(caller.key !== "" && { "bookend.key": caller.key }),
      ...(target !== undefined && { "bookend.target": target.slice(0, 200) }),
    };
    const options = { kind: SpanKind.SERVER, startTime, attributes };
    const span = tracer.startSpan(`bookend.${method}`, options, this.#parent(trace));
    return {
      trace: this.#contextOf(span) ?? trace,
      end: (how) => this.#end({ span, tracer, startTime }, how),
    };
  }

  /** What is active already (a span of the HTTP server, say) is nearer, if it is of that trace. */
  #parent(trace: TraceContext | undefined): Context {
    const { context, createTraceState, trace: tracing } = this.#api;
    const active = context.active();
    const [, traceId = "", spanId = "", flags = ""] = trace?.traceparent.split("-") ?? [];
    if (!trace || tracing.getSpanContext(active)?.traceId === traceId) return active;
    return tracing.setSpanContext(active, {
      ...{ traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true },
      ...(trace.tracestate !== undefined && { traceState: createTraceState(trace.tracestate) }),
    });
  }

  /** An SDK is code of others: what it says goes into headers, so it is held to their form. */
  #contextOf(span: Span): TraceContext | undefined {
    const { traceId, spanId, traceFlags, traceState } = span.spanContext();
    const flags = (traceFlags & 0xff).toString(16).padStart(2, "0");
    return traceFrom(`00-${traceId}-${spanId}-${flags}`, traceState?.serialize());
  }

  #end(open: Open, how: Ended): void {
    const { span, startTime } = open;
    const endTime = Math.max(startTime, nowMs());
    if (span.isRecording()) {
      span.setAttributes(attributesOf(how));
      if (how.code !== undefined) {
        const code = this.#api.SpanStatusCode.ERROR;
        span.setStatus({ code, message: how.code });
      }
      new Below(this.#api, open).parts(how);
    }
    span.end(endTime);
  }
}

interface Open {
  readonly span: Span;
  readonly tracer: Tracer;
  readonly startTime: number;
}

/** The spans below a request's. */
class Below {
  readonly #api: Api;
  readonly #tracer: Tracer;
  #parent: Context;
  /** Where the next one begins, in milliseconds since 1970. */
  #atMs: number;

  constructor(api: Api, { span, tracer, startTime }: Open) {
    this.#api = api;
    this.#tracer = tracer;
    this.#parent = api.trace.setSpan(api.context.active(), span);
    this.#atMs = startTime;
  }

  parts({ hook, receipt, runId, stages = [], code }: Ended): void {
    for (const stage of stages) this.#stage(stage);
    if (!receipt) return;
    if (runId === undefined) this.#receipt(receipt);
    // The hook that a run ended in is in no stage's list: it gave nothing.
    else if (hook) this.#hook(hook, receipt, { "error.type": code ?? "" });
  }

  #stage({ stage, hooks, model }: StageRun): void {
    const attributes = { "bookend.stage": stage };
    const [pre, post] = (["pre", "post"] as const).map((kind) =>
      hooks.find((hook) => hook.kind === kind),
    );
    if (pre) this.#hook(pre, pre.receipt, attributes);
    if (model) this.#span("model", model.ms, { ...attributes, "bookend.model": model.name });
    if (post) this.#hook(post, post.receipt, attributes);
  }

  #hook(
    { id, kind, name }: HookName,
    receipt: Receipt,
    attributes: Readonly<Record<string, string | number>>,
  ): void {
    const [above, fromMs] = [this.#parent, this.#atMs];
    const named = { "bookend.hook.id": id, "bookend.hook.name": name, ...attributes };
    const span = this.#start(kind, named);
    this.#parent = this.#api.trace.setSpan(above, span);
    this.#receipt(receipt);
    this.#parent = above;
    this.#atMs = fromMs + receipt.totalMs;
    span.end(this.#atMs);
  }

  #receipt({ queueMs, loadMs, wallMs, cpuMs, checkMs, warm }: Receipt): void {
    this.#span("queue", queueMs, {});
    if (!warm) this.#span("load", loadMs, {});
    this.#span("hook", wallMs, { "bookend.cpu_ms": cpuMs });
    this.#span("check", checkMs, {});
  }

  #span(name: string, ms: number, attributes: Readonly<Record<string, string | number>>): void {
    const span = this.#start(name, attributes);
    this.#atMs += ms;
    span.end(this.#atMs);
  }

  #start(name: string, attributes: Readonly<Record<string, string | number>>): Span {
    const options = { startTime: this.#atMs, attributes };
    return this.#tracer.startSpan(`bookend.${name}`, options, this.#parent);
  }
}

function attributesOf({ code, hook, receipt, runId }: Ended): Record<string, string | number> {
  return {
    ...(code !== undefined && { "error.type": code }),
    ...(hook && { "bookend.hook.id": hook.id, "bookend.hook.kind": hook.kind }),
    ...(hook && { "bookend.hook.name": hook.name }),
    ...(runId !== undefined && { "bookend.run_id": runId }),
    ...(receipt && { "bookend.bytes_in": receipt.bytesIn, "bookend.bytes_out": receipt.bytesOut }),
  };
}

/** Milliseconds since 1970, with the fraction that `Date.now` has not. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
