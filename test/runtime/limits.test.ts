// Each limit at its edge, one over, and overridden.

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createRuntime, type LimitOptions, LIMITS, type Runtime } from "../../src/index.ts";
import { expectFault, faultOf, type Wanted } from "./faults.ts";

/** One row: a hook and arguments that are at the limit, and the same with one more. */
interface Edge {
  readonly name: string;
  readonly limits: LimitOptions;
  readonly source: string;
  /** The arguments for a size: at the edge, and over it by one. */
  readonly args: (size: number) => readonly unknown[];
  readonly edge: number;
  /** What the hook gives for a size that is let through. */
  readonly gives: (size: number) => unknown;
  readonly over: Wanted;
  /** Limits under which what was over is not. */
  readonly raised: LimitOptions;
}

const HOOK_EDGES: readonly Edge[] = [
  {
    name: "nodes, in",
    limits: { nodes: 10 },
    source: "(d) => 1",
    // A list of nine is ten values.
    args: (size) => [Array(size).fill(0)],
    edge: 9,
    gives: () => 1,
    over: { code: "INPUT_TOO_LARGE", path: "data", detail: "limits.nodes" },
    raised: { nodes: 11 },
  },
  {
    name: "nodes, out",
    limits: { nodes: 10 },
    source: "(d) => Array(d).fill(0)",
    args: (size) => [size],
    edge: 9,
    gives: (size) => Array(size).fill(0),
    over: { code: "OUTPUT_TOO_LARGE", path: "$", detail: "limits.nodes" },
    raised: { nodes: 11 },
  },
  {
    name: "depth, in",
    limits: { depth: 3 },
    source: "(d) => 1",
    args: (size) => [nested(size)],
    edge: 3,
    gives: () => 1,
    over: { code: "INPUT_TOO_LARGE", path: "data[0][0][0]", detail: "limits.depth" },
    raised: { depth: 4 },
  },
  {
    name: "depth, out",
    limits: { depth: 3 },
    source: "(d) => { let v = 0; for (let i = 0; i < d; i++) v = [v]; return v }",
    args: (size) => [size],
    edge: 3,
    gives: nested,
    over: { code: "OUTPUT_TOO_LARGE", path: "$[0][0][0]", detail: "limits.depth" },
    raised: { depth: 4 },
  },
  {
    name: "outputBytes",
    limits: { outputBytes: 100 },
    source: "(d) => 'x'.repeat(d)",
    args: (size) => [size],
    // A string of 98 bytes has a head of two.
    edge: 98,
    gives: (size) => "x".repeat(size),
    over: { code: "OUTPUT_TOO_LARGE", path: "$", detail: "100 bytes" },
    raised: { outputBytes: 101 },
  },
];

function nested(depth: number): unknown {
  let value: unknown = 0;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

describe("limits of a hook", () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createRuntime({ workers: 1 });
  });
  afterAll(() => runtime.close());

  for (const { name, limits, source, args, edge, gives, over, raised } of HOOK_EDGES) {
    test(`${name}: at the limit, one over, overridden`, async () => {
      const call = async (limited: LimitOptions, size: number) => {
        await using hook = await runtime.register({ kind: "pre", source, limits: limited });
        return (await hook.call(...(args(size) as [unknown]))).value;
      };
      expect(await call(limits, edge)).toEqual(gives(edge));
      await expectFault(call(limits, edge + 1), over);
      expect(await call(raised, edge + 1)).toEqual(gives(edge + 1));
    });
  }

  test("wallMs: a hook that is done within it, one that is not, and the same overridden", async () => {
    const source = "(d) => { const t = Date.now(); while (Date.now() - t < d); return d }";
    await using short = await runtime.register({ kind: "pre", source, limits: { wallMs: 150 } });
    await using long = await runtime.register({ kind: "pre", source, limits: { wallMs: 5_000 } });
    expect((await short.call(1)).value).toBe(1);
    await expectFault(short.call(400), { code: "HOOK_TIMEOUT", detail: "within 150 ms" });
    expect((await long.call(400)).value).toBe(400);
  });

  test("heapMiB: a heap that fits, one that does not, and the same overridden", async () => {
    const source =
      "(d) => { const a = []; for (let i = 0; i < d; i++) a.push({ i }); return a.length }";
    await using small = await runtime.register({ kind: "pre", source, limits: { heapMiB: 16 } });
    const limits = { heapMiB: 256, wallMs: 5_000 };
    await using large = await runtime.register({ kind: "pre", source, limits });
    expect((await small.call(1_000)).value).toBe(1_000);
    await expectFault(small.call(1_500_000), { code: "HOOK_MEMORY", detail: "16 MiB" });
    expect((await large.call(1_500_000)).value).toBe(1_500_000);
  });

  test("logLines: the first lines stay, what is over is dropped and counted", async () => {
    const source = "(d) => { for (let i = 0; i < d; i++) console.log(i); return 1 }";
    await using hook = await runtime.register({ kind: "pre", source, limits: { logLines: 3 } });
    expect((await hook.call(3)).receipt.logsDropped).toBe(0);
    const { logs, receipt } = await hook.call(1_000);
    expect(logs.map(({ text }) => text)).toEqual(["0", "1", "2"]);
    expect(receipt.logsDropped).toBe(997);
  });

  test("logLineBytes: a line is cut at a whole character, and says so", async () => {
    const source = "(d) => { console.log(d); return 1 }";
    await using hook = await runtime.register({
      kind: "pre",
      source,
      limits: { logLineBytes: 16 },
    });
    expect((await hook.call("x".repeat(16))).logs[0]?.text).toBe("x".repeat(16));
    expect((await hook.call("x".repeat(17))).logs[0]?.text).toBe(`${"x".repeat(13)}…`);
    // Six letters of two bytes and the mark's three fit into sixteen; seven do not.
    expect((await hook.call("é".repeat(9))).logs[0]?.text).toBe(`${"é".repeat(6)}…`);
    const half = "(d) => { console.log('\\ud800'); return 1 }";
    await using lone = await runtime.register({ kind: "pre", source: half });
    expect((await lone.call(0)).logs[0]?.text).toBe("\ufffd");
  });

  test("logBytes: all lines of a call together", async () => {
    const source = "(d) => { for (const line of d) console.log(line); return 1 }";
    await using hook = await runtime.register({ kind: "pre", source, limits: { logBytes: 10 } });
    expect((await hook.call(["12345", "67890"])).receipt.logsDropped).toBe(0);
    const { logs, receipt } = await hook.call(["12345", "678901", "x"]);
    expect(logs.map(({ text }) => text)).toEqual(["12345", "x"]);
    expect(receipt.logsDropped).toBe(1);
  });

  test("pixels: an image's header is held to it before the image is decoded", async () => {
    // A GIF of 35 bytes that says it has 65535 by 65535 pixels.
    const head = [0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0xff, 0xff, 0xff, 0xff, 0, 0, 0];
    const image = [0x2c, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 2, 2, 0x4c, 1, 0, 0x3b];
    const bomb = new Uint8Array([...head, ...image]);
    const source = "async (d, [f]) => (await require('jimp').Jimp.fromBuffer(f)).bitmap.width";
    await using hook = await runtime.register({ kind: "pre", source });
    await expectFault(hook.call(0, [bomb]), { code: "HOOK_THREW", detail: "65535" });
  });
});

describe("limits of a runtime", () => {
  const echo = { kind: "pre", source: "(d) => d" } as const;

  test("sourceBytes: at the limit, one over, overridden", async () => {
    await using small = await createRuntime({ workers: 1, limits: { sourceBytes: 20 } });
    await using large = await createRuntime({ workers: 1, limits: { sourceBytes: 21 } });
    const source = "(d) => d /* padded*/";
    expect((await (await small.register({ kind: "pre", source })).call(1)).value).toBe(1);
    const over = small.register({ kind: "pre", source: `${source} ` });
    await expectFault(over, { code: "SOURCE_TOO_LARGE", detail: "21" });
    await large.register({ kind: "pre", source: `${source} ` });
  });

  test("frameBytes and files: at the limit, one over, overridden", async () => {
    const limits = { frameBytes: 1_100, files: 1 };
    await using runtime = await createRuntime({ workers: 1, limits });
    const hook = await runtime.register({ kind: "pre", source: "(d, files) => files.length" });
    // Head 24, size 4, two lists 2, nil 1, list of files 1, an empty dict 1: 33 beside the file.
    expect((await hook.call(null, [new Uint8Array(1_067)])).value).toBe(1);
    const over = hook.call(null, [new Uint8Array(1_068)]);
    await expectFault(over, { code: "INPUT_TOO_LARGE", detail: "limits.frameBytes), got 1101" });
    const two = hook.call(null, [new Uint8Array(1), new Uint8Array(1)]);
    await expectFault(two, { code: "INPUT_TOO_LARGE", path: "files", detail: "limits.files" });
  });

  test("errorBytes: the text of a thrown error is cut inside the isolate", async () => {
    await using runtime = await createRuntime({ workers: 1, limits: { errorBytes: 64 } });
    const source = "(d) => { throw new Error('x'.repeat(d)) }";
    const hook = await runtime.register({ kind: "pre", source });
    // `Error: ` is seven bytes.
    expect((await faultOf(hook.call(57))).detail).toBe(`Error: ${"x".repeat(57)}`);
    expect((await faultOf(hook.call(58))).detail).toBe(`Error: ${"x".repeat(54)}…`);
  });

  test("queueCalls and queueCallsTenant: one more than may wait is POOL_FULL", async () => {
    for (const limits of [{ queueCalls: 2 }, { queueCallsTenant: 2 }]) {
      await using runtime = await createRuntime({ workers: 1, limits });
      const hook = await runtime.register(echo);
      // All are taken in one turn, before the first can be sent off.
      const calls = [hook.call(1), hook.call(2), hook.call(3)];
      await expectFault(calls[2] as Promise<unknown>, { code: "POOL_FULL", detail: "already" });
      expect((await Promise.all(calls.slice(0, 2))).map(({ value }) => value)).toEqual([1, 2]);
    }
  });

  test("queueBytes: calls wait only while their bytes fit", async () => {
    await using runtime = await createRuntime({ workers: 1, limits: { queueBytes: 2_048 } });
    const hook = await runtime.register(echo);
    // A record of a thousand letters takes 1 030 bytes: one fits beside a small one, two do not.
    const texts = ["x".repeat(1_000), "y".repeat(1_000), "z"];
    const settled = await Promise.allSettled(texts.map((text) => hook.call(text)));
    const got = settled.map((one) =>
      one.status === "fulfilled" ? one.value.value : one.reason.code,
    );
    expect(got).toEqual([texts[0], "POOL_FULL", "z"]);
  });

  test("queueMs: a call that waited longer gets QUEUE_TIMEOUT, and the one before it its answer", async () => {
    await using runtime = await createRuntime({ workers: 1, limits: { queueMs: 100 } });
    const source = "(d) => { const t = Date.now(); while (Date.now() - t < d); return d }";
    const hook = await runtime.register({ kind: "pre", source });
    const first = hook.call(600);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expectFault(hook.call(0), { code: "QUEUE_TIMEOUT", detail: "limits.queueMs" });
    expect((await first).value).toBe(600);
  });

  test("isolates: the one used longest ago is dropped, and made again when it is called", async () => {
    await using runtime = await createRuntime({ workers: 1, limits: { isolates: 2 } });
    const hooks = [];
    for (const n of [1, 2, 3]) {
      hooks.push(await runtime.register({ kind: "pre", source: `(d) => ${n}` }));
    }
    const [a, b, c] = hooks;
    expect((await b?.call(0))?.receipt.warm).toBe(true);
    expect((await c?.call(0))?.receipt.warm).toBe(true);
    const again = await a?.call(0);
    expect(again?.value).toBe(1);
    expect(again?.receipt.warm).toBe(false);
    expect((await c?.call(0))?.receipt.warm).toBe(true);
    expect((await b?.call(0))?.receipt.warm).toBe(false);
  });

  test("residentMiB: memory that V8 does not count ends the process, and the fault says so", async () => {
    await using runtime = await createRuntime({ workers: 1, limits: { residentMiB: 256 } });
    const source = `(d) => {
      const keep = [];
      for (let i = 0; i < 40; i++) keep.push(new Uint8Array(2 ** 23).fill(1));
      const t = Date.now(); while (Date.now() - t < 2000);
      return keep.length;
    }`;
    const hook = await runtime.register({
      kind: "pre",
      source,
      limits: { heapMiB: 512, wallMs: 5_000 },
    });
    await expectFault(hook.call(0), { code: "HOOK_MEMORY", detail: "limits.residentMiB" });
    const next = await runtime.register(echo);
    expect((await next.call(1)).value).toBe(1);
  });

  const REFUSED: readonly [name: string, limits: object, path: string, detail: string][] = [
    ["a name that is none", { wallTime: 1 }, "limits.wallTime", "there are wallMs"],
    ["more than the most", { wallMs: 10_001 }, "limits.wallMs", "from 1 to 10000, got 10001"],
    ["less than the least", { heapMiB: 7 }, "limits.heapMiB", "from 8 to 512, got 7"],
    ["no whole number", { depth: 1.5 }, "limits.depth", "got 1.5"],
    ["a text", { nodes: "9" }, "limits.nodes", "got 9"],
  ];
  test.each(REFUSED)("limits: %s is BAD_REQUEST", async (_name, limits, path, detail) => {
    await expectFault(createRuntime({ limits }), { code: "BAD_REQUEST", path, detail });
  });

  test("limits: a hook may not set what holds for the whole runtime", async () => {
    await using runtime = await createRuntime({ workers: 1 });
    const limits = { queueMs: 5 };
    const wanted = {
      code: "BAD_REQUEST",
      path: "limits.queueMs",
      detail: "whole runtime",
    } as const;
    await expectFault(runtime.register({ ...echo, limits }), wanted);
  });

  test("every limit has a reason, a unit, and a default within its bounds", () => {
    for (const [name, row] of Object.entries(LIMITS)) {
      expect(row.why.length, name).toBeGreaterThan(20);
      expect(row.guardsNot.length, name).toBeGreaterThan(10);
      expect(row.min <= row.default && row.default <= row.max, name).toBe(true);
    }
  });
});
