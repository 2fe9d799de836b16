// The RPC door before a real runtime: every method, who is let in, and what is refused in a request.

import net from "node:net";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type FlowRuntime, startRuntime } from "../../src/flow/runtime.ts";
import type { FlowView, HookView } from "../../src/server/service.ts";
import { flat, rowOf, rowsOf } from "../flow/xgboost-models.ts";
import { HeldService } from "./rpc-held.ts";
import { ACME, open, type Opened, pack, TestGate } from "./rpc-peer.ts";

let runtime: FlowRuntime;
let opened: Opened;

beforeAll(async () => {
  runtime = await startRuntime({ workers: 1, limits: { queueCallsTenant: 1_000 } });
  opened = await open(runtime);
});
afterAll(async () => {
  await opened.door.close();
  await runtime.close();
});

const SUM =
  "(data, files) => [data.reduce((a, b) => a + b, 0), files.map((f) => [f.name ?? null, f.type ?? null, ...f])]";

describe.each(["bare", "length"] as const)("methods, framing %s", (framing) => {
  test("register(), call() and the others answer as the service does", async () => {
    using client = await opened.connect(framing);
    const name = `sum-${framing}`;
    const declaration = { kind: "pre", name, source: SUM };
    const view = (await client.result("register", [declaration])) as HookView;
    expect(view).toMatchObject({ kind: "pre", name, tenant: "acme", parameters: 2 });
    const file = { data: Buffer.of(7, 8), name: "a.bin", type: "x/y" };
    const files = [file, Buffer.of(9), { data: Buffer.of(), name: null }];
    expect(await client.result("call", [name, [[1, 2, 3.5]], files])).toEqual({
      value: [
        6.5,
        [
          ["a.bin", "x/y", 7, 8],
          [null, null, 9],
          [null, null],
        ],
      ],
      hook: { id: view.id, kind: "pre", name, tenant: "acme" },
      receipt: expect.objectContaining({ warm: true, bytesIn: expect.any(Number) }),
      logs: [],
    });
    expect(await client.result("look", [{ hook: name }])).toEqual(view);
    const next = { ...declaration, source: "(data) => [data]" };
    const now = (await client.result("register", [next])) as HookView;
    expect(await client.result("rollback", [{ hook: name }])).toEqual(view);
    const { hooks } = (await client.result("list")) as { hooks: { name: string }[] };
    expect(hooks.find((one) => one.name === name)).toMatchObject({
      versions: [
        { ref: view.ref, isCurrent: true },
        { ref: now.ref, isCurrent: false },
      ],
    });
    expect(await client.result("describe")).toMatchObject({ service: "bookend", tenant: "acme" });
    expect(await client.result("remove", [{ hook: name }])).toBeNull();
    expect(await client.error("call", [name, [1]])).toMatchObject({
      ...{ code: "UNKNOWN_HOOK", blame: "caller", retry: false, status: 404, path: "hook" },
    });
  });

  test("deploy(), run() and check() answer as the service does", async () => {
    using client = await opened.connect(framing);
    // What XGBoost itself predicts for these rows.
    const trees = rowOf("reg:squarederror");
    const [one = 0] = flat(trees.predict);
    const model = { xgboost: trees.model };
    const stages = [{ model, pre: "(d) => d.rows", post: "(r) => [r.data[0]]" }];
    const name = `trees-${framing}`;
    const view = (await client.result("deploy", [{ name, stages }])) as FlowView;
    expect(view).toMatchObject({ name, tenant: "acme", takesFiles: false });
    const rows = { rows: rowsOf(trees).slice(0, 3) };
    const answer = await client.result("run", [name, rows, null, { deadlineMs: 20_000 }]);
    expect(answer).toEqual({
      result: [expect.closeTo(one, 3)],
      run_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      run_time_ms: expect.any(Number),
      stages: [expect.objectContaining({ stage: 1, hooks: expect.any(Array) })],
    });
    const example = { data: rows };
    const report = await client.result("check", [{ stages, example }]);
    expect(report).toMatchObject({ ok: true, isTried: true, problems: [] });
    expect(await client.error("run", [name, { no: 1 }])).toMatchObject({
      ...{ code: "OUTPUT_UNSUPPORTED", stage: 1, run_id: expect.any(String) },
    });
  });

  test("a thousand calls in flight are each answered with their own value", async () => {
    using client = await opened.connect(framing);
    await client.result("register", [
      { kind: "pre", name: "own", source: "(d) => [d.i, d.i * 2]" },
    ]);
    const calls = Array.from({ length: 1_000 }, (_, i) => client.result("call", ["own", [{ i }]]));
    const values = (await Promise.all(calls)).map((one) => (one as { value: unknown }).value);
    expect(values).toEqual(Array.from({ length: 1_000 }, (_, i) => [i, i * 2]));
  });

  test("values too large to be copied arrive whole, between others", async () => {
    using client = await opened.connect(framing);
    const source = "(d) => [d, 'x'.repeat(d * 1000), 'é']";
    await client.result("register", [{ kind: "pre", name: "long", source }]);
    const sizes = [1, 400, 2, 17, 3_000, 0, 16];
    const calls = sizes.map((size) => client.result("call", ["long", [size]]));
    const values = (await Promise.all(calls)).map((one) => (one as { value: unknown }).value);
    expect(values).toEqual(sizes.map((size) => [size, "x".repeat(size * 1_000), "é"]));
  });

  test("a fault brings the place, the stack and the logs of the hook", async () => {
    using client = await opened.connect(framing);
    const source = "(d) => {\n  console.log('so far');\n  return d.x.y;\n}";
    await client.result("register", [{ kind: "pre", name: "bad", source }]);
    expect(await client.error("call", ["bad", [{}]])).toMatchObject({
      ...{ code: "HOOK_THREW", blame: "hook", status: 422, at: { line: 3, column: 14 } },
      ...{ logs: [{ level: "log", text: "so far" }], hook: { name: "bad" } },
      stack: expect.stringContaining("3:14"),
    });
  });
});

describe("who is let in", () => {
  test("auth() lets in who has a key, as its tenant", async () => {
    await using own = await open(runtime, { gate: new TestGate() });
    using client = await own.connect();
    expect(await client.result("auth", ["acme-key"])).toEqual({ tenant: "acme" });
    await client.result("register", [{ kind: "pre", name: "mine", source: "(d) => d" }]);
    expect(await client.result("ping")).toBe("pong");
    // Another key, another tenant, who has nothing.
    expect(await client.result("auth", ["other-key", { numpy: false }])).toEqual({
      tenant: "other",
    });
    expect(await client.result("list")).toEqual({ hooks: [], flows: [] });
  });

  const STRANGERS: readonly [says: string, sent: unknown, code: string, id: unknown][] = [
    ["another method", [0, 5, "ping", []], "UNAUTHENTICATED", 5],
    ["a method nobody knows", [0, 5, "nope", [1]], "UNAUTHENTICATED", 5],
    ["a wrong key", [0, 5, "auth", ["acme-kez"]], "UNAUTHENTICATED", 5],
    ["no key", [0, 5, "auth", [null]], "UNAUTHENTICATED", 5],
    ["a key that is none", [0, 5, "auth", [{ key: "acme-key" }]], "BAD_REQUEST", 5],
    ["no params", [0, 5, "auth", []], "BAD_REQUEST", 5],
    ["an option nobody knows", [0, 5, "auth", ["acme-key", { a: 1 }]], "BAD_REQUEST", 5],
    ["a notification", [2, "cancel", [1]], "UNAUTHENTICATED", null],
    ["a long message", [0, 5, "auth", ["a".repeat(5_000)]], "INPUT_TOO_LARGE", 5],
  ];
  test.each(STRANGERS)("a stranger with %s is answered once, and let go", async (...row) => {
    const [, sent, code, id] = row;
    await using own = await open(runtime, { gate: new TestGate() });
    using client = await own.connect();
    // What stands behind it is not read any more.
    client.raw(Buffer.concat([pack(sent), pack([0, 6, "auth", ["acme-key"]])]));
    await client.ended();
    expect(client.replies).toEqual([[1, id, expect.objectContaining({ code }), null]]);
    expect(own.refused).toEqual([code]);
  });

  test("a wrong key ends a connection that was let in, too", async () => {
    using client = await opened.connect();
    expect(await client.result("auth", ["acme-key"])).toEqual({ tenant: "acme" });
    expect(await client.error("auth", ["no"])).toMatchObject({ code: "UNAUTHENTICATED" });
    await client.ended();
  });

  test("auth() without a key keeps who is known, and takes options", async () => {
    using client = await opened.connect();
    expect(await client.result("auth", [null, { numpy: true }])).toEqual({ tenant: "acme" });
  });
});

describe("a request", () => {
  const BIG = { x: [[[1]]] };
  const REFUSED: readonly (readonly [string, unknown[], string, string, string])[] = [
    ["nope", [], "BAD_REQUEST", "", 'got "nope"; there are auth'],
    ["toString", [], "BAD_REQUEST", "", 'got "toString"; there are auth'],
    ["ping", [1], "BAD_REQUEST", "params", "wants 0 params, as in ping [], got 1"],
    ["call", ["a"], "BAD_REQUEST", "params", "wants 2 to 4 params, as in call [hook, args"],
    ["call", ["a", [], [], {}, 1], "BAD_REQUEST", "params", "got 5"],
    ["call", [7, [1]], "BAD_REQUEST", "hook", "wants a text"],
    ["call", [null, [1]], "BAD_REQUEST", "hook", "wants hook, got null"],
    ["call", ["a".repeat(900), [1]], "BAD_REQUEST", "hook", "wants at most 800 bytes"],
    ["call", ["a", { data: 1 }], "BAD_REQUEST", "args", "wants a list"],
    ["call", ["a", [1, 2, 3]], "BAD_REQUEST", "args", "wants at most 2 values"],
    ["call", ["a", [1], [1]], "BAD_REQUEST", "files[0]", "wants a dict"],
    ["call", ["a", [1], [{}]], "BAD_REQUEST", "files[0]", "wants bytes, or { data"],
    ["call", ["a", [1], [{ path: "x" }]], "BAD_REQUEST", "files[0].path", "data, name, type"],
    ["call", ["a", [1], [{ data: "x" }]], "BAD_REQUEST", "files[0].data", "wants bytes"],
    ["call", ["a", [1], Array(17).fill("")], "INPUT_TOO_LARGE", "files", "(limits.files), got 17"],
    ["call", ["a", [1], null, 7], "BAD_REQUEST", "options", "wants options as an object"],
    ["call", ["a", [1], null, { x: 1 }], "BAD_REQUEST", "options.x", "numpy, deadlineMs"],
    ["call", ["a", [1], null, { deadlineMs: -1 }], "BAD_REQUEST", "options.deadlineMs", "got -1"],
    ["call", ["a", [1], null, { deadlineMs: "1" }], "BAD_REQUEST", "options.deadlineMs", "number"],
    ["call", ["a", [1], null, { numpy: 1 }], "BAD_REQUEST", "options.numpy", "wants a boolean"],
    ["run", ["a"], "BAD_REQUEST", "params", "wants 2 to 4 params"],
    ["run", ["a", BIG], "UNKNOWN_FLOW", "flow", "there is none yet"],
    ["register", [null], "BAD_REQUEST", "declaration", "got null or nothing"],
    ["register", [7], "BAD_REQUEST", "", "got 7"],
    ["cancel", [-1], "BAD_REQUEST", "msgid", "wants an integer from 0 to 2^32 - 1"],
    ["cancel", [2 ** 33], "BAD_REQUEST", "msgid", "wants an integer"],
  ];
  test.each(REFUSED)("%s %j is refused, and the next one is answered", async (...row) => {
    const [method, params, code, path, says] = row;
    await using own = await open(runtime);
    using client = await own.connect();
    const error = await client.error(method, params);
    expect(error).toMatchObject({ code, path, detail: expect.stringContaining(says) });
    expect(await client.result("ping")).toBe("pong");
    expect(own.refused).toEqual([]);
  });

  // What stands in the place of a value, as hex, in a call of the hook "a".
  const VALUES: readonly [says: string, hex: string, code: string, detail: string][] = [
    ["an extension that is not ours", "d6ff00000000", "BAD_REQUEST", "byte 1: wants no extension"],
    ["text that is no UTF-8", "a2c328", "BAD_REQUEST", "byte 1: wants UTF-8"],
    ["a key that is a number", "810102", "BAD_REQUEST", "byte 1: wants a string as the key"],
    ["a key __proto__", "81a95f5f70726f746f5f5f01", "BAD_REQUEST", "byte 2: wants no key"],
    ["an integer of over 63 bits", "cfffffffffffffffff", "BAD_REQUEST", "byte 1: wants an integer"],
    ["66 levels", `${"91".repeat(66)}c0`, "INPUT_TOO_LARGE", "(limits.depth)"],
  ];
  test.each(VALUES)("a value of %s is refused in its own answer", async (...row) => {
    const [, hex, code, detail] = row;
    using client = await opened.connect();
    client.raw(Buffer.from(`940009a463616c6c92a16191${hex}`, "hex"));
    expect(await client.until(1)).toMatchObject([
      [1, 9, { code, path: "args[0]", detail: expect.stringContaining(detail) }, null],
    ]);
    expect(await client.result("ping")).toBe("pong");
  });

  test("numpy, of a request or of a connection, makes arrays of the tensors of answers", async () => {
    // float32 [2, 1] of 1.5 and -2, as Python's msgpack-numpy writes it.
    const array = `85c4026e64c3c40474797065a33c6634c4046b696e64c400c4057368617065920201c40464617461c4080000c03f000000c0`;
    using setUp = await opened.connect();
    const source = "(d) => d.dtype === 'float32' && d.shape.join() === '2,1' ? d : 'another'";
    await setUp.result("register", [{ kind: "pre", name: "tensor", source }]);
    const request = (id: string, options: string) =>
      Buffer.from(`9400${id}a463616c6c94a674656e736f7291${array}c0${options}`, "hex");
    const isArray = async (sent: readonly Buffer[]) => {
      const socket = net.connect(Number(new URL(opened.door.addresses[0] ?? "").port), "127.0.0.1");
      socket.write(Buffer.concat(sent));
      const chunks: Buffer[] = [];
      const came = () => Buffer.concat(chunks).toString("hex");
      for await (const chunk of socket) {
        chunks.push(chunk as Buffer);
        if (came().split("72656365697074").length > 1) break;
      }
      return came().includes(`a576616c7565${array}`);
    };
    const no = "80";
    const yes = "81a56e756d7079c3";
    const auth = Buffer.from(`940001a46175746892c0${yes}`, "hex");
    expect(await isArray([request("05", no)])).toBe(false);
    expect(await isArray([request("05", yes)])).toBe(true);
    expect(await isArray([auth, request("05", no)])).toBe(true);
    expect(await isArray([auth, request("05", "81a56e756d7079c2")])).toBe(false);
  });

  test("a trace goes to the service, and one that is none is left out", async () => {
    const held = new HeldService();
    await using own = await open(runtime, { service: held.service });
    using client = await own.connect();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const traces = [{ traceparent, tracestate: "a=1" }, { traceparent }, { traceparent: "00-0" }];
    for (const trace of traces) void client.ask("call", ["a", [1], null, trace]);
    const seen = await held.until(3);
    expect(seen.map(({ asking }) => asking.caller)).toEqual([ACME, ACME, ACME]);
    expect(seen.map(({ asking }) => asking.trace)).toEqual([...traces.slice(0, 2), undefined]);
  });
});
