// The service over a real runtime: what it keeps, what a name stands for, and what goes back.

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type FlowRuntime, startRuntime } from "../../src/flow/runtime.ts";
import { BookendService } from "../../src/server/bookend-service.ts";
import { MemoryRegistry } from "../../src/server/memory-registry.ts";
import type { Begun, Ended, Observer } from "../../src/server/observer.ts";
import type { Asking, FlowView, HookView } from "../../src/server/service.ts";
import { decode } from "../../src/wire/decode.ts";
import { Packed } from "../../src/wire/packed.ts";
import { readText } from "../../src/wire/text.ts";
import { flat, rowOf, rowsOf } from "../flow/xgboost-models.ts";

const BOUNDS = { nodes: 1_000, depth: 16, bytes: 10_000 };
const packed = (value: unknown) => Packed.of(value, BOUNDS);
const valueOf = ({ payload }: { payload: Uint8Array<ArrayBuffer> }) => decode(payload, readText);

let runtime: FlowRuntime;
const seen: (Begun & Ended)[] = [];
const observer: Observer = {
  begun: (what) => ({ trace: what.trace, ended: (how) => void seen.push({ ...what, ...how }) }),
  connected: () => ({ [Symbol.dispose]: () => undefined }),
  refused: () => undefined,
};

beforeAll(async () => {
  const limits = { versions: 3, hooksTenant: 4, flowsTenant: 2 };
  runtime = await startRuntime({ workers: 1, limits });
});
afterAll(() => runtime.close());

/** A service of its own, and somebody who asks. */
function make(registry = new MemoryRegistry(), callsMax = 10) {
  const service = new BookendService({ runtime, registry, observer, version: "0" });
  const asking: Asking = { caller: { tenant: "acme", key: "k", callsMax } };
  const register = async (source: string, more: object = {}) =>
    service.register({ kind: "pre", name: "hook", source, ...more }, asking);
  const call = async (hook: string, value: unknown) =>
    valueOf(await service.call({ hook, values: [packed(value)], files: [] }, asking));
  const run = async (flow: string, value: unknown) =>
    valueOf(await service.run({ flow, data: packed(value), files: [] }, asking));
  return { service, registry, asking, register, call, run };
}

const codeOf = async (work: Promise<unknown>) =>
  work.then(
    () => "none",
    (error: { code?: string }) => error.code,
  );

describe("hooks", () => {
  test("call() takes a name, a version by some digits, a version, and an id", async () => {
    const { register, call } = make();
    const view = await register("(d) => d + 1");
    expect(view).toMatchObject({ kind: "pre", name: "hook", tenant: "acme", parameters: 1 });
    expect(view.ref).toBe(`hook@${view.version.slice(0, 12)}`);
    for (const ref of ["hook", view.ref, view.version, view.id]) expect(await call(ref, 1)).toBe(2);
  });

  test("the same declaration is the same version, whatever the order of its keys", async () => {
    const { register, service, asking } = make();
    const limits = { wallMs: 500, depth: 8 };
    const one = await register("(d) => d", { limits });
    const other = { source: "(d) => d", limits: { depth: 8, wallMs: 500 }, name: "hook" };
    expect((await service.register({ ...other, kind: "pre" }, asking)).version).toBe(one.version);
    expect((await register("(d) => d", { limits: { wallMs: 501 } })).version).not.toBe(one.version);
  });

  test("a name moves to what was registered last; older versions answer by their refs", async () => {
    const { register, call, service, asking } = make();
    const [one, two] = [await register("(d) => [1, d]"), await register("(d) => [2, d]")];
    expect(await call("hook", 0)).toEqual([2, 0]);
    expect(await call(one.ref, 0)).toEqual([1, 0]);
    await service.rollback({ hook: "hook" }, asking);
    expect(await call("hook", 0)).toEqual([1, 0]);
    await service.rollback({ hook: "hook", to: two.version.slice(0, 8) }, asking);
    expect(await call("hook", 0)).toEqual([2, 0]);
  });

  test("so many versions are kept, the oldest makes room", async () => {
    const { register, call, service, asking } = make();
    const views: HookView[] = [];
    for (let i = 0; i < 4; i++) views.push(await register(`(d) => [${i}, d]`));
    const [listed] = service.list(asking).hooks;
    expect(listed?.versions.map(({ ref }) => ref)).toEqual(views.slice(1).map(({ ref }) => ref));
    expect(listed?.versions.map(({ isCurrent }) => isCurrent)).toEqual([false, false, true]);
    expect(await codeOf(call(views[0]?.ref ?? "", 0))).toBe("UNKNOWN_HOOK");
  });

  test("remove() takes one version, or the name with all", async () => {
    const { register, call, service, asking } = make();
    const [one, two] = [await register("(d) => [1, d]"), await register("(d) => [2, d]")];
    await service.remove({ hook: two.ref }, asking);
    expect(await call("hook", 0)).toEqual([1, 0]);
    await service.remove({ hook: "hook" }, asking);
    expect(await codeOf(call("hook", 0))).toBe("UNKNOWN_HOOK");
    expect(await codeOf(call(one.version, 0))).toBe("UNKNOWN_HOOK");
  });

  test("another tenant finds none of them", async () => {
    const { register, service } = make();
    const view = await register("(d) => d");
    const asking: Asking = { caller: { tenant: "other", key: "o", callsMax: 1 } };
    for (const hook of ["hook", view.ref, view.version, view.id]) {
      const call = service.call({ hook, values: [packed(1)], files: [] }, asking);
      await expect(call).rejects.toMatchObject({ code: "UNKNOWN_HOOK" });
    }
    expect(service.list(asking)).toEqual({ hooks: [], flows: [] });
  });

  test("a registry that outlives its service answers again without a word", async () => {
    const { register, registry } = make();
    const view = await register("(d) => d * 3");
    const { call } = make(registry);
    expect(await Promise.all([call("hook", 2), call(view.ref, 3)])).toEqual([6, 9]);
  });

  test("a tenant has so many names and no more", async () => {
    const { register } = make();
    for (let i = 0; i < 4; i++) await register("(d) => d", { name: `hook-${i}` });
    const more = register("(d) => d", { name: "hook-4" });
    await expect(more).rejects.toMatchObject({
      ...{ code: "POOL_FULL", detail: expect.stringContaining("limits.hooksTenant") },
    });
    expect((await register("(d) => [d]", { name: "hook-3" })).name).toBe("hook-3");
  });

  test("a key has so many calls at work and no more", async () => {
    const { register, call } = make(new MemoryRegistry(), 2);
    await register("(d) => d");
    await call("hook", 0);
    const codes = await Promise.all([1, 2, 3].map((i) => codeOf(call("hook", i))));
    expect(codes).toEqual(["none", "none", "POOL_FULL"]);
    expect(await call("hook", 4)).toBe(4);
  });

  const REFUSED: readonly [says: string, declaration: unknown, path: string][] = [
    ["no dict", 7, ""],
    ["a key nobody knows", { kind: "pre", source: "(d) => d", tenant: "x" }, "tenant"],
    ["another kind", { kind: "mid", source: "(d) => d" }, "kind"],
    ["no text", { kind: "pre", source: 7 }, "source"],
    ["a name that is none", { kind: "pre", source: "(d) => d", name: "a b" }, "name"],
    ["a limit nobody knows", { kind: "pre", source: "(d) => d", limits: { x: 1 } }, "limits.x"],
    ["a state nobody knows", { kind: "pre", source: "(d) => d", state: "hot" }, "state"],
  ];
  test.each(REFUSED)("register() refuses %s", async (_says, declaration, path) => {
    const { service, asking } = make();
    const made = service.register(declaration, asking);
    await expect(made).rejects.toMatchObject({ code: "BAD_REQUEST", path });
    expect(service.list(asking).hooks).toEqual([]);
  });

  test("a refusal says what there is", async () => {
    const { register, call } = make();
    await register("(d) => d", { name: "there" });
    await expect(call("here", 1)).rejects.toMatchObject({
      detail: "wants a hook of tenant acme: there are there; got here",
    });
  });
});

describe("flows", () => {
  // What XGBoost itself predicts for these rows.
  const trees = rowOf("reg:squarederror");
  const [one = 0, two = 0] = flat(trees.predict);
  const model = { xgboost: trees.model };
  const stages = (post: string) => [{ model, pre: "(d) => d.rows", post }];
  const first = "(r) => [r.data[0]]";
  const rows = { rows: rowsOf(trees).slice(0, 3) };

  test("run() runs what was deployed; a hook goes back alone", async () => {
    const { service, asking, run } = make();
    const old = await service.deploy({ name: "trees", stages: stages(first) }, asking);
    expect(await run("trees", rows)).toEqual([expect.closeTo(one, 3)]);
    const changed = [{ model, pre: "(d) => d.rows.slice(1)", post: "(r) => [-1]" }];
    const now = await service.deploy({ name: "trees", stages: changed }, asking);
    expect(await run("trees", rows)).toEqual([-1]);
    expect(await run(old.ref, rows)).toEqual([expect.closeTo(one, 3)]);
    const back = { flow: "trees", to: old.ref, stage: 1, part: "post" };
    const mixed = (await service.rollback(back, asking)) as FlowView;
    // The pre of the second version, which leaves the first row out, and the post of the first.
    expect(await run("trees", rows)).toEqual([expect.closeTo(two, 3)]);
    expect(new Set([old, now, mixed].map(({ version }) => version)).size).toBe(3);
    await service.rollback({ flow: "trees", to: old.ref }, asking);
    expect(await run("trees", rows)).toEqual([expect.closeTo(one, 3)]);
  });

  test("a stage takes a registered hook by its ref", async () => {
    const { service, asking, register, run } = make();
    const hook = await register("(d) => d.rows.slice(1)", { name: "rows" });
    const stage = { model, pre: { hook: hook.ref }, post: first };
    await service.deploy({ name: "trees", stages: [stage] }, asking);
    expect(await run("trees", rows)).toEqual([expect.closeTo(two, 3)]);
  });

  test("deploy() says all that is wrong, and keeps nothing", async () => {
    const { service, asking } = make();
    const wrong = service.deploy({ name: "trees", stages: stages("(a, b, c, d) => a") }, asking);
    await expect(wrong).rejects.toMatchObject({
      code: "FLOW_INVALID",
      problems: [expect.objectContaining({ code: "SIGNATURE_INVALID", stage: 1, part: "post" })],
    });
    expect(service.list(asking).flows).toEqual([]);
  });

  const MODELS: readonly [says: string, model: unknown, path: string][] = [
    ["none", undefined, "stages[0].model"],
    ["two in one", { onnx: new Uint8Array(1), xgboost: "{}" }, "stages[0].model"],
    ["a file, where there is no folder", { onnx: { file: "a.onnx" } }, "stages[0].model.onnx"],
    ["a path", { onnx: { file: "../a.onnx" } }, "stages[0].model.onnx"],
    [
      "a server that is not allowed",
      { openInference: "http://169.254.169.254", model: "m" },
      "stages[0].model.openInference",
    ],
  ];
  test.each(MODELS)("deploy() refuses a model that is %s", async (_says, one, path) => {
    const { service, asking } = make();
    const made = service.deploy({ name: "flow", stages: [{ model: one }] }, asking);
    await expect(made).rejects.toMatchObject({ code: "BAD_REQUEST", path });
  });

  test("check() reports, and leaves nothing", async () => {
    const { service, asking, registry } = make();
    const example = { data: rows };
    const good = await service.check({ stages: stages(first), example }, asking);
    expect(good).toMatchObject({ ok: true, isTried: true, problems: [] });
    const bad = await service.check({ stages: stages("(r) => r.nope.x"), example }, asking);
    expect(bad.problems.map(({ code }) => code)).toEqual(["HOOK_THREW"]);
    expect(registry.tenants()).toEqual([]);
  });
});

test("who looks on is told of each request, and no payload", async () => {
  const { register, call } = make();
  const view = await register("(d) => { if (d > 1) throw new Error('no'); return d }");
  seen.length = 0;
  await call("hook", 1);
  await codeOf(call("hook", 2));
  await codeOf(call("gone", 2));
  expect(seen).toMatchObject([
    { method: "call", target: "hook", hook: { id: view.id }, receipt: { warm: true } },
    { method: "call", target: "hook", hook: { id: view.id }, code: "HOOK_THREW" },
    { method: "call", target: "gone", code: "UNKNOWN_HOOK" },
  ]);
});

test("warm() makes live what is registered", async () => {
  const { register, registry } = make();
  await register("(d) => d");
  const later = make(registry);
  await later.service.warm(new AbortController().signal);
  seen.length = 0;
  await later.call("hook", 1);
  expect(seen[0]?.receipt?.warm).toBe(true);
});
