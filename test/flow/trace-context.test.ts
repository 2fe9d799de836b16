// W3C trace context: what the specification calls valid goes on, to models elsewhere and to
// functions; what it does not goes nowhere.

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { Tensor } from "../../src/contract/tensor.ts";
import { traceFrom } from "../../src/flow/trace-context.ts";
import { fn } from "../../src/flow/models/fn.ts";
import { openInference } from "../../src/flow/models/open-inference.ts";
import { createRuntime } from "../../src/flow/runtime.ts";
import { startOipServer } from "./oip-server.ts";
import { identity } from "./open-inference-served.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const PARENT = `00-${TRACE}-${SPAN}-01`;

describe("traceFrom()", () => {
  const PARENTS: readonly [says: string, traceparent: unknown, isTrace: boolean][] = [
    ["the example of the specification", PARENT, true],
    ["one that is not sampled", `00-${TRACE}-${SPAN}-00`, true],
    ["flags of a later level", `00-${TRACE}-${SPAN}-ff`, true],
    ["another version", `01-${TRACE}-${SPAN}-01`, false],
    ["the version that is never used", `ff-${TRACE}-${SPAN}-01`, false],
    ["a trace of zeros", `00-${"0".repeat(32)}-${SPAN}-01`, false],
    ["a span of zeros", `00-${TRACE}-${"0".repeat(16)}-01`, false],
    ["capital letters", `00-${TRACE.toUpperCase()}-${SPAN}-01`, false],
    ["a trace that is short", `00-${TRACE.slice(1)}-${SPAN}-01`, false],
    ["a span that is long", `00-${TRACE}-${SPAN}0-01`, false],
    ["more behind the flags", `${PARENT}-00`, false],
    ["a line feed at its end", `${PARENT}\n`, false],
    ["a header in front", `x: y\r\n${PARENT}`, false],
    ["nothing", undefined, false],
    ["a list of two", [PARENT, PARENT], false],
  ];
  test.each(PARENTS)("looks at %s", (_says, traceparent, isTrace) => {
    expect(traceFrom(traceparent)).toEqual(isTrace ? { traceparent } : undefined);
  });

  const LONG = `a=${"1".repeat(248)},b=${"2".repeat(254)},c=12`;
  const many = (count: number) => Array.from({ length: count }, (_, i) => `k${i}=v`).join(",");
  const STATES: readonly [says: string, tracestate: unknown, kept: string | undefined][] = [
    ["the example of the specification", "rojo=00f067aa,congo=t61", "rojo=00f067aa,congo=t61"],
    ["a vendor of many tenants", "fw529a3039@dt=FfffffffL", "fw529a3039@dt=FfffffffL"],
    ["spaces and empty members", " a=1 ,, b=2\t,", "a=1,b=2"],
    ["32 members", many(32), many(32)],
    ["33 members", many(33), undefined],
    ["512 characters", LONG, LONG],
    ["513 characters", `${LONG}1`, undefined],
    ["a key twice", "a=1,a=2", undefined],
    ["a key in capital letters", "A=1", undefined],
    ["no value", "a=", undefined],
    ["no key", "=1", undefined],
    ["a line feed", "a=1\r\nx-key: 1", undefined],
    ["what is no ASCII", "a=é", undefined],
    ["nothing in it", "", undefined],
    ["a number", 7, undefined],
  ];
  test.each(STATES)("keeps or drops a state: %s", (_says, tracestate, kept) => {
    const wanted = { traceparent: PARENT, ...(kept !== undefined && { tracestate: kept }) };
    expect(traceFrom(PARENT, tracestate)).toEqual(wanted);
  });

  test("gives nothing that could end a header, whatever comes in", () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(PARENT, "a=1,b=2"));
    const mixed = fc.tuple(text, text).map(([a, b]) => a + b);
    fc.assert(
      fc.property(fc.oneof(text, mixed), fc.oneof(text, mixed), (traceparent, tracestate) => {
        const trace = traceFrom(traceparent, tracestate);
        for (const value of Object.values(trace ?? {})) expect(value).toMatch(/^[\x20-\x7e]+$/);
      }),
    );
  });
});

test("a run tells its trace to functions, and to servers with infer and nothing else", async () => {
  const models = { m: identity("FP32", 1) };
  await using server = await startOipServer({ models }, { binary: true });
  await using runtime = await createRuntime({ workers: 1 });
  const seen: unknown[] = [];
  const model = fn((value, { trace }) => {
    seen.push(trace);
    return value;
  });
  const stages = [{ model }, { model: openInference(server.url, "m") }];
  await using endpoint = await runtime.deploy(stages, "traced");
  const data = new Tensor("float32", [2], new Float32Array([1, 2]));
  const trace = { traceparent: PARENT, tracestate: "rojo=1" };
  const hostile = { traceparent: `${PARENT}\r\nx: y` };
  await endpoint.run(data, [], { trace });
  await endpoint.run(data);
  await endpoint.run(data, [], { trace: hostile });
  expect(seen).toEqual([trace, undefined, hostile]);
  const sent = server.requests.map(({ path, headers: { traceparent, tracestate } }) => [
    ...[path.split("/").at(-1), traceparent, tracestate],
  ]);
  expect(sent.filter(([path]) => path === "infer")).toEqual([
    ["infer", PARENT, "rojo=1"],
    ["infer", undefined, undefined],
    ["infer", undefined, undefined],
  ]);
  expect(sent.filter(([, traceparent]) => traceparent !== undefined)).toHaveLength(1);
});
