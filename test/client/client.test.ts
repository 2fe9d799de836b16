// The client before servers that are slow, lost, odd or hostile: what it sends, what it sends again
// and what never, and what it makes of answers that are none.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { backoffMs } from "../../src/client/backoff.ts";
import { type Client, connect, HookError, type RemotePreHook } from "../../src/client/client.ts";
import { framed, Frames } from "../../src/client/frames.ts";
import { onnx } from "../../src/flow/models/onnx.ts";
import {
  DESCRIPTION,
  frameOf,
  type Heard,
  RECEIPT,
  respond,
  startScripted,
  startScriptedHttp,
  VIEW,
} from "./scripted.ts";

const QUICK = { tries: 3, connectMs: 2_000 };

/** A client and a hook of a scripted server; `calls` answers what is asked of the hook. */
async function hooked(
  calls: (heard: Heard) => boolean | void,
  options: object = {},
): Promise<
  {
    server: Awaited<ReturnType<typeof startScripted>>;
    client: Client;
    hook: RemotePreHook;
  } & AsyncDisposable
> {
  const server = await startScripted((heard) => {
    if (heard.method === "ping" || heard.method === "auth") return;
    if (heard.method !== "register") return calls(heard);
    heard.answer(VIEW);
    return true;
  });
  const client = await connect(server.url, { ...QUICK, ...options });
  const hook = await client.register({ kind: "pre", source: "(d, f) => d", name: "double" });
  return {
    ...{ server, client, hook },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await client.close();
    },
  };
}

const answered = (value: unknown) => ({ value, hook: VIEW, receipt: RECEIPT, logs: [] });

async function faultOf(work: Promise<unknown>): Promise<HookError> {
  const error = await work.then(
    (value) => expect.unreachable(`wanted a fault, got ${String(value)}`),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(HookError);
  return error as HookError;
}

describe("what is sent", () => {
  test("a connection begins with its key, and a call has its four params", async () => {
    await using made = await hooked(
      (heard) => heard.method === "call" && heard.answer(answered(2)),
      {
        key: "bk_secret",
        deadlineMs: 5_000,
      },
    );
    const { server, hook } = made;
    const trace = { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`, tracestate: "a=1" };
    const files = [new Uint8Array([1]), { data: new Uint8Array([2]), name: "n", type: "t" }];
    const { value, receipt, logs } = await hook.call({ a: 1 }, files, { trace });
    expect([value, receipt, logs]).toEqual([2, RECEIPT, []]);
    const [register, call] = server.heard;
    expect(register?.params).toEqual([{ kind: "pre", source: "(d, f) => d", name: "double" }]);
    expect(call?.params).toEqual([
      "double@bbbbbbbbbbbb",
      [{ a: 1 }],
      [Buffer.from([1]), { data: Buffer.from([2]), name: "n", type: "t" }],
      { deadlineMs: 5_000, ...trace },
    ]);
  });

  test("a function is sent as its text, under its own name", async () => {
    await using server = await startScripted((heard) => {
      if (heard.method === "register") heard.answer(VIEW);
    });
    await using client = await connect(server.url, QUICK);
    const halve = (data: number) => data / 2;
    const returns = { type: "number" } as const;
    await client.register({ kind: "pre", source: halve, returns, limits: { wallMs: 5 } });
    expect(server.heard[0]?.params).toEqual([
      { kind: "pre", source: "(data) => data / 2", name: "halve", returns, limits: { wallMs: 5 } },
    ]);
  });

  test("stages are sent with models as bytes and hooks as texts", async () => {
    const flow = { ...VIEW, takesFiles: true, stages: [] };
    await using server = await startScripted(
      (heard) => heard.method === "deploy" && heard.answer(flow),
    );
    await using client = await connect(server.url, QUICK);
    const endpoint = await client.deploy(
      [
        { model: { onnx: new Uint8Array([1, 2]).buffer }, pre: (d: unknown) => d, name: "one" },
        { model: { xgboost: "{}" }, post: { source: "(r) => r", state: "fresh" } },
        { model: { openInference: new URL("http://m/"), model: "m" }, pre: { hook: "double" } },
      ],
      "flow",
      { example: { data: [1], files: [new Uint8Array([3]).buffer] } },
    );
    expect(endpoint).toMatchObject({ ref: VIEW.ref, takesFiles: true, stages: [] });
    expect(server.heard[0]?.params).toEqual([
      {
        name: "flow",
        stages: [
          {
            model: { onnx: Buffer.from([1, 2]) },
            name: "one",
            pre: { source: "(d) => d", name: "pre" },
          },
          { model: { xgboost: "{}" }, post: { source: "(r) => r", name: "post", state: "fresh" } },
          { model: { openInference: "http://m/", model: "m" }, pre: { hook: "double" } },
        ],
        example: { data: [1], files: [Buffer.from([3])] },
      },
    ]);
  });

  const REFUSED: readonly [says: string, options: object, path: string][] = [
    ["a tenant", { kind: "pre", source: "(d) => d", tenant: "acme" }, "tenant"],
    ["another kind", { kind: "mid", source: "(d) => d" }, "kind"],
    ["an option nobody knows", { kind: "pre", source: "(d) => d", wall: 1 }, "wall"],
    ["no source", { kind: "pre" }, "source"],
  ];
  test.each(REFUSED)("register() refuses %s before it is sent", async (_says, options, path) => {
    await using server = await startScripted(() => undefined);
    await using client = await connect(server.url, QUICK);
    expect(await faultOf(client.register(options as never))).toMatchObject({
      code: "BAD_REQUEST",
      path,
    });
    expect(server.heard).toEqual([]);
  });

  test("a model of this process is refused with what to send instead", async () => {
    await using server = await startScripted(() => undefined);
    await using client = await connect(server.url, QUICK);
    const model = onnx(new Uint8Array(1)) as never;
    const fault = await faultOf(client.deploy([{ model }], "flow"));
    expect(fault).toMatchObject({ code: "BAD_REQUEST", path: "stages[0].model" });
    expect(fault.detail).toContain("cannot be sent");
  });

  test("a request over frameBytes is refused before it is sent", async () => {
    await using made = await hooked(() => true, { frameBytes: 2_000 });
    const { hook, server } = made;
    const half = new Uint8Array(1_200);
    for (const args of [[new Uint8Array(3_000)], [half, [half]]] as const) {
      const fault = await faultOf(hook.call(...(args as [unknown])));
      expect(fault).toMatchObject({ code: "INPUT_TOO_LARGE", hook: { name: "double" } });
    }
    expect(server.heard).toHaveLength(1);
  });

  test("no more are in flight than may be; the rest follows in order", async () => {
    const waiting: Heard[] = [];
    await using made = await hooked((heard) => heard.method === "call" && waiting.push(heard) > 0, {
      inFlightMax: 4,
    });
    const { hook, server } = made;
    const calls = Array.from({ length: 10 }, (_, i) => hook.call(i));
    await server.until(5);
    await hook.call.call; // A turn passes: nothing more comes.
    expect(waiting.map(({ params }) => params[1])).toEqual([[0], [1], [2], [3]]);
    // Answers come in another order than questions.
    for (let seen = 0; seen < 10;) {
      const [last] = waiting.splice(-1);
      if (!last) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        continue;
      }
      last.answer(answered((last.params[1] as number[])[0]));
      seen += 1;
    }
    const values = (await Promise.all(calls)).map(({ value }) => value);
    expect(values).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe("giving up", () => {
  test("a signal ends a call at once, tells the server, and its late answer goes to nobody", async () => {
    let late: Heard | undefined;
    await using made = await hooked((heard) => {
      if (heard.method !== "call") return true;
      if (late) heard.answer(answered("second"));
      else late = heard;
      return true;
    });
    const { hook, server } = made;
    const stop = new AbortController();
    const call = hook.call(1, [], { signal: stop.signal });
    await server.until(2);
    stop.abort();
    expect(await faultOf(call)).toMatchObject({ code: "CANCELLED", hook: { name: "double" } });
    await server.until(3);
    expect(server.heard[2]).toMatchObject({ type: 2, method: "cancel", params: [late?.id] });
    late?.answer(answered("late"));
    expect((await hook.call(2)).value).toBe("second");
  });

  test("a deadline does the same, and says which", async () => {
    await using made = await hooked(() => true);
    const { hook, server } = made;
    const fault = await faultOf(hook.call(1, [], { deadlineMs: 30 }));
    expect(fault).toMatchObject({ code: "CANCELLED", detail: expect.stringContaining("30 ms") });
    await server.until(3);
    expect(server.heard[2]?.method).toBe("cancel");
  });

  test("a call that has not been sent is not", async () => {
    await using made = await hooked(() => true, { inFlightMax: 1 });
    const { hook, server } = made;
    const first = hook.call(1);
    const stop = new AbortController();
    const second = hook.call(2, [], { signal: stop.signal });
    await server.until(2);
    stop.abort();
    expect(await faultOf(second)).toMatchObject({ code: "CANCELLED" });
    expect(server.heard).toHaveLength(2);
    server.heard[1]?.answer(answered(1));
    await first;
    expect(await faultOf(hook.call(3, [], { signal: stop.signal }))).toMatchObject({
      code: "CANCELLED",
    });
    expect(server.heard).toHaveLength(2);
  });

  test("close() waits for what was asked, and takes nothing after it", async () => {
    const waiting: Heard[] = [];
    await using made = await hooked((heard) => heard.method === "call" && waiting.push(heard) > 0);
    const { hook, server, client } = made;
    const call = hook.call(1);
    await server.until(2);
    const closing = client.close();
    expect(await faultOf(hook.call(2))).toMatchObject({ code: "CLOSED" });
    waiting[0]?.answer(answered("done"));
    expect((await call).value).toBe("done");
    await closing;
    await expect
      .poll(() =>
        server.sockets.every(({ destroyed, readableEnded }) => destroyed || readableEnded),
      )
      .toBe(true);
  });
});

describe("a connection that is lost", () => {
  test("a call that was sent is never sent again, and says that it may have run", async () => {
    await using made = await hooked(
      (heard) => {
        if (heard.method === "call") heard.socket.destroy();
        return heard.method === "call";
      },
      { retries: 5 },
    );
    const { hook, server } = made;
    const fault = await faultOf(hook.call(1));
    expect(fault).toMatchObject({ code: "INTERNAL", retry: false, hook: { name: "double" } });
    expect(fault.detail).toContain("may have run");
    await made.client.ping();
    expect(server.heard.filter(({ method }) => method === "call")).toHaveLength(1);
    expect(server.sockets).toHaveLength(2);
  });

  test("what may be asked twice is asked again over the next one", async () => {
    await using server = await startScripted((heard) => {
      if (heard.method === "describe" && heard.connection < 2) heard.socket.destroy();
      else if (heard.method === "describe") heard.answer(DESCRIPTION);
    });
    await using client = await connect(server.url, QUICK);
    expect(await client.describe()).toMatchObject({ tenant: "acme", jail: "bubblewrap" });
    expect(server.heard.map(({ connection }) => connection)).toEqual([0, 1, 2]);
  });

  test("a question that ends every connection is asked so often and no more", async () => {
    await using server = await startScripted((heard) => {
      if (heard.method === "describe") heard.socket.destroy();
    });
    await using client = await connect(server.url, QUICK);
    expect(await faultOf(client.describe())).toMatchObject({ code: "INTERNAL" });
    expect(server.heard).toHaveLength(3);
  });

  test("what waits is sent over the next one, calls as well", async () => {
    await using made = await hooked(
      (heard) => {
        if (heard.method !== "call") return;
        if (heard.connection === 0) heard.socket.destroy();
        else heard.answer(answered(heard.connection));
        return true;
      },
      { inFlightMax: 1 },
    );
    const { hook } = made;
    const [first, second] = await Promise.allSettled([hook.call(1), hook.call(2)]);
    expect(first).toMatchObject({ status: "rejected", reason: { code: "INTERNAL" } });
    expect(second).toMatchObject({ status: "fulfilled", value: { value: 1 } });
  });

  test("a server that is not there is tried for so often, and CLOSED says so", async () => {
    const server = await startScripted(() => undefined);
    const client = await connect(server.url, QUICK);
    await server[Symbol.asyncDispose]();
    const fault = await faultOf(client.describe());
    expect(fault).toMatchObject({ code: "CLOSED", retry: true });
    expect(fault.detail).toMatch(/3 tries did not reach: ECONNREFUSED/);
    // It comes back at the same place.
    await using back = await startScripted(
      (heard) => heard.method === "describe" && heard.answer(DESCRIPTION),
      Number(new URL(server.url).port),
    );
    expect((await client.describe()).tenant).toBe("acme");
    expect(back.heard).toHaveLength(1);
    await client.close();
  });

  test("drain sends what comes elsewhere, and what was asked is answered where it was", async () => {
    const waiting: Heard[] = [];
    await using made = await hooked((heard) => {
      if (heard.method !== "call") return;
      if (heard.connection > 0) return heard.answer(answered("new"));
      heard.socket.write(frameOf([2, "drain", []]));
      return waiting.push(heard) > 0;
    });
    const { hook, server } = made;
    const old = hook.call(1);
    await server.until(2);
    await expect.poll(async () => (await hook.call(2)).value).toBe("new");
    waiting[0]?.answer(answered("old"));
    expect((await old).value).toBe("old");
    expect(server.sockets).toHaveLength(2);
    await expect.poll(() => server.sockets[0]?.readableEnded ?? false).toBe(true);
  });
});

describe("faults", () => {
  test("every field of one comes over", async () => {
    const fault = {
      ...{ code: "HOOK_THREW", path: "$.a", detail: "Error: no", at: { line: 3, column: 9 } },
      ...{ stack: "    at double:3:9", hook: VIEW, stage: 2, run_id: "r-1", receipt: RECEIPT },
      logs: [{ level: "warn", text: "w" }],
      stages: [
        {
          ...{ stage: 1, name: "one", model: { name: "m", ms: 2 } },
          hooks: [{ ...VIEW, receipt: RECEIPT, logs: [] }],
        },
      ],
      problems: [
        { code: "SYNTAX_INVALID", path: "", detail: "d", message: "m", stage: 1, part: "pre" },
      ],
    };
    await using made = await hooked((heard) => heard.method === "call" && heard.fail(fault));
    const error = await faultOf(made.hook.call(1));
    const hook = { id: VIEW.id, kind: "pre", name: "double", tenant: "acme" };
    expect({ ...error }).toEqual({
      ...{ name: "HookError", code: "HOOK_THREW", path: "$.a", detail: "Error: no" },
      ...{ at: { line: 3, column: 9 }, hookStack: "    at double:3:9", hook, stage: 2 },
      ...{ logs: fault.logs, receipt: RECEIPT, runId: "r-1" },
      stages: [{ ...fault.stages[0], hooks: [{ ...hook, receipt: RECEIPT, logs: [] }] }],
      problems: [{ ...fault.problems[0], name: undefined }],
    });
    expect(error.message).toContain("stage 2 pre double, line 3, column 9");
  });

  // What is tried once more when `retries` says so, and only then.
  const RETRIED: readonly [code: string, retries: number, sent: number][] = [
    ["POOL_FULL", 0, 1],
    ["POOL_FULL", 2, 3],
    ["HOOK_QUARANTINED", 1, 2],
    ["HOOK_TIMEOUT", 2, 1],
    ["INTERNAL", 2, 1],
    ["CANCELLED", 2, 1],
  ];
  test.each(RETRIED)("%s with %i retries is sent %i times", async (code, retries, sent) => {
    await using made = await hooked((heard) => heard.method === "call" && heard.fail({ code }), {
      retries,
    });
    expect(await faultOf(made.hook.call(1))).toMatchObject({ code });
    expect(made.server.heard.filter(({ method }) => method === "call")).toHaveLength(sent);
  });

  test("a code of a later version is INTERNAL and says which it was", async () => {
    const fault = { code: "HOOK_BORED", detail: "yawn" };
    await using made = await hooked((heard) => heard.method === "call" && heard.fail(fault));
    expect(await faultOf(made.hook.call(1))).toMatchObject({
      code: "INTERNAL",
      detail: "the server answered with HOOK_BORED: yawn",
    });
  });

  test("a key that nobody knows is not tried again", async () => {
    await using server = await startScripted((heard) => {
      if (heard.method !== "auth") return;
      heard.fail({ code: "UNAUTHENTICATED", detail: "wants a key" });
      return true;
    });
    const fault = await faultOf(connect(server.url, { ...QUICK, key: "bk_wrong" }));
    expect(fault).toMatchObject({ code: "UNAUTHENTICATED", detail: "wants a key" });
    expect(server.sockets).toHaveLength(1);
    expect(fault.message).not.toContain("bk_wrong");
  });
});

describe("a hostile server", () => {
  const raw = (bytes: readonly number[] | Buffer) => {
    const body = Buffer.from(bytes as Buffer);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    return Buffer.concat([length, body]);
  };
  // What it writes in place of an answer to a call.
  const HOSTILE: readonly [says: string, bytes: (id: number) => Buffer][] = [
    ["a frame of 4 GiB", () => Buffer.from([0xff, 0xff, 0xff, 0xff, 0x94])],
    ["what is no MessagePack", () => raw([0xc1])],
    ["an empty frame", () => raw([])],
    ["a value and a half", () => raw([0x94, 1, 0])],
    ["a value and another", () => Buffer.concat([raw([0x01, 0x02])])],
    ["no list", () => raw([0x81, 0xa1, 0x61, 0x01])],
    ["a list of 2^32 values", () => raw([0xdd, 0xff, 0xff, 0xff, 0xff])],
    ["lists in lists without end", () => raw(Buffer.alloc(5_000, 0x91))],
    ["an extension that is none of ours", () => raw([0x94, 1, 0, 0xc0, 0xd4, 0x05, 0x00])],
    ["a key __proto__", (id) => frameProto(id)],
    ["text that is no UTF-8", () => raw([0x94, 1, 0, 0xc0, 0xa1, 0xff])],
    ["an answer to nobody", () => frameOf([1, 4_000, null, 1])],
    ["an answer with a text for its id", () => frameOf([1, "0", null, 1])],
    ["a request", (id) => frameOf([0, id, "call", []])],
    ["a notification nobody knows", () => frameOf([2, "dance", []])],
    ["a fault that is none", (id) => frameOf([1, id, "no", null])],
    [
      "the last word to a stream",
      () => frameOf([1, null, { code: "BAD_REQUEST", path: "", detail: "no" }, null]),
    ],
    ["half a frame, and an end", () => frameOf([1, 0, null, 1]).subarray(0, 6)],
  ];
  function frameProto(id: number): Buffer {
    return raw([0x94, 1, id, 0xc0, 0x81, 0xa9, ...Buffer.from("__proto__"), 0x80]);
  }
  test.each(HOSTILE)(
    "says %s: the call ends, and the next connection serves",
    async (says, bytes) => {
      let isFirst = true;
      await using made = await hooked((heard) => {
        if (heard.method !== "call") return;
        if (!isFirst) return heard.answer(answered("good"));
        isFirst = false;
        heard.socket.write(bytes(heard.id));
        if (says.startsWith("half")) heard.socket.end();
        return true;
      });
      const fault = await faultOf(made.hook.call(1));
      expect(fault.code).toBe("INTERNAL");
      expect((await made.hook.call(2)).value).toBe("good");
      expect(made.server.sockets).toHaveLength(2);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    },
  );

  // What answers a call, well formed and of no form that an answer has.
  const MISREAD: readonly [says: string, result: unknown][] = [
    ["nothing", null],
    ["a text", "7"],
    ["no receipt", { value: 1, logs: [] }],
    ["a receipt of texts", { value: 1, receipt: { ...RECEIPT, wallMs: "1" }, logs: [] }],
    ["logs that are none", { value: 1, receipt: RECEIPT, logs: [{ level: "shout", text: "x" }] }],
    ["logs that are a dict", { value: 1, receipt: RECEIPT, logs: {} }],
  ];
  test.each(MISREAD)(
    "answers a call with %s: INTERNAL, and the connection stays",
    async (_says, result) => {
      await using made = await hooked((heard) => heard.method === "call" && heard.answer(result));
      expect(await faultOf(made.hook.call(1))).toMatchObject({ code: "INTERNAL" });
      expect(made.server.sockets).toHaveLength(1);
    },
  );

  test("one that never answers is let go after connectMs", async () => {
    await using server = await startScripted(() => true);
    const fault = await faultOf(connect(server.url, { tries: 2, connectMs: 50 }));
    expect(fault).toMatchObject({
      code: "CLOSED",
      detail: expect.stringContaining("within 50 ms"),
    });
    expect(server.sockets).toHaveLength(2);
  });

  test("a signal ends connecting, and nothing stays open", async () => {
    await using server = await startScripted(() => true);
    const stop = new AbortController();
    const connecting = connect(server.url, { signal: stop.signal });
    await expect.poll(() => server.sockets.length).toBe(1);
    stop.abort();
    expect(await faultOf(connecting)).toMatchObject({ code: "CANCELLED" });
    await expect
      .poll(() => server.sockets[0]?.destroyed || server.sockets[0]?.readableEnded)
      .toBe(true);
  });
});

describe("frames", () => {
  test("messages come out whole, wherever the bytes are cut", () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
    const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 10 });
    fc.assert(
      fc.property(messages, cuts, (list, places) => {
        const heads = list.map((one) => [...[0, 0, 0, one.length], ...one]);
        const bytes = Uint8Array.from(heads.flat());
        const frames = new Frames(40);
        const got: number[][] = [];
        let from = 0;
        for (const to of [...places.toSorted((a, b) => a - b), bytes.length]) {
          frames.push(bytes.slice(from, Math.max(from, to)));
          from = Math.min(bytes.length, Math.max(from, to));
          for (let one = frames.next(); one; one = frames.next()) got.push([...one]);
        }
        expect(got).toEqual(list.map((one) => [...one]));
      }),
    );
  });

  test("a length over the bound is refused at once", () => {
    const frames = new Frames(100);
    frames.push(Uint8Array.of(0, 0, 0, 101));
    expect(() => frames.next()).toThrow(expect.objectContaining({ code: "INTERNAL" }));
  });

  const HEADS: readonly [head: readonly number[], hex: string][] = [
    [[0, 5], "0000000b 94 00 05 a4 63616c6c 92 01 c3"],
    [[0, 0x12345678], "0000000f 94 00 ce 12345678 a4 63616c6c 92 01 c3"],
    [[2], "0000000a 93 02 a4 63616c6c 92 01 c3"],
  ];
  test.each(HEADS)("framed() writes %j as the specification has it", (head, hex) => {
    const params = [[Uint8Array.of(1)], [Uint8Array.of(0xc3)]];
    const bytes = Buffer.concat(framed(head, "call", params));
    expect(bytes.toString("hex")).toBe(hex.replaceAll(" ", ""));
  });

  test("a large param is written as it is, and the length counts it", () => {
    const large = new Uint8Array(100_000).fill(7);
    const pieces = framed([0, 1], "call", [[large]]);
    expect(pieces).toContain(large);
    const bytes = Buffer.concat(pieces);
    expect(bytes.readUInt32BE(0)).toBe(bytes.length - 4);
  });
});

test("backoffMs() waits for anything up to twice as long each time, up to five seconds", () => {
  const most = [1, 2, 3, 4, 5, 6, 7, 8, 60].map((tries) => backoffMs(tries, () => 0.999_999));
  expect(most).toEqual([99, 199, 399, 799, 1599, 3199, 4999, 4999, 4999]);
  expect(backoffMs(9, () => 0)).toBe(0);
});

describe("connect()", () => {
  const PEM = "-----BEGIN CERTIFICATE-----\n";
  const WRONG: readonly [says: string, url: unknown, options: object, path: string][] = [
    ["no URL", 7, {}, "url"],
    ["a text that is none", "somewhere", {}, "url"],
    ["another protocol", "ftp://a:1", {}, "url"],
    ["a socket file without a path", "unix:", {}, "url"],
    ["tcp without a port", "tcp://host", {}, "url"],
    ["a password", "http://a:b@host", {}, "url"],
    ["a query", "http://host/?key=1", {}, "url"],
    ["a key that is no header", "tcp://a:1", { key: "a\r\nb" }, "key"],
    ["no key", "tcp://a:1", { key: 7 }, "key"],
    ["no deadline", "tcp://a:1", { deadlineMs: 0 }, "deadlineMs"],
    ["no signal", "tcp://a:1", { signal: 1 }, "signal"],
    ["no tries", "tcp://a:1", { tries: 0 }, "tries"],
    ["TLS where there is none", "tcp://a:1", { tls: { ca: PEM } }, "tls"],
    ["a path for a PEM", "tls://a:1", { tls: { ca: "ca.pem" } }, "tls.ca"],
    ["a certificate without its key", "tls://a:1", { tls: { cert: PEM } }, "tls"],
    ["an option nobody knows", "tcp://a:1", { token: "x" }, "token"],
  ];
  test.each(WRONG)("refuses %s", async (_says, url, options, path) => {
    const fault = await faultOf(connect(url as string, options));
    expect(fault).toMatchObject({ code: "BAD_REQUEST", path });
  });
});

describe("http", () => {
  test("a call is a POST of a dict, with the key, the trace and the deadline in its head", async () => {
    await using server = await startScriptedHttp(({ path }, response) => {
      if (path === "/v1/describe") return;
      if (path === "/v1/hooks") respond(response, 201, { ...VIEW, kind: "post", parameters: 3 });
      else respond(response, 200, answered([2]));
      return true;
    });
    await using client = await connect(server.url, { key: "bk_secret" });
    const hook = await client.register({ kind: "post", source: "(r, d, f) => r" });
    const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
    const options = { trace: { traceparent }, deadlineMs: 5_000 };
    expect((await hook.call([1], { a: 1 }, [new Uint8Array([9])], options)).value).toEqual([2]);
    const [, register, call] = server.heard;
    expect(register).toMatchObject({ method: "POST", path: "/v1/hooks", body: { kind: "post" } });
    expect(call).toMatchObject({
      ...{ method: "POST", path: "/v1/hooks/double%40bbbbbbbbbbbb/call" },
      body: { result: [1], inputData: { a: 1 }, files: [Buffer.from([9])] },
      headers: {
        ...{ authorization: "Bearer bk_secret", accept: "application/msgpack", traceparent },
        ...{ "content-type": "application/msgpack", "bookend-deadline-ms": "5000" },
      },
    });
  });

  test("each method has its path", async () => {
    const flow = { ...VIEW, takesFiles: false, stages: [] };
    await using server = await startScriptedHttp(({ method, path }, response) => {
      if (method === "DELETE") response.writeHead(204).end();
      else if (path === "/healthz") response.writeHead(200).end("ok");
      else if (path === "/v1/check")
        respond(response, 200, { ok: true, problems: [], stages: [], isTried: false });
      else if (path.endsWith("/run"))
        respond(response, 200, { result: [1], run_id: "r", run_time_ms: 1, stages: [] });
      else if (path === "/v1/hooks")
        respond(response, 200, { hooks: [{ name: "a", versions: [] }] });
      else if (path === "/v1/flows" && method === "GET") respond(response, 200, { flows: [] });
      else if (path.startsWith("/v1/flows")) respond(response, method === "POST" ? 201 : 200, flow);
      else if (path.startsWith("/v1/hooks/")) respond(response, 200, VIEW);
      else return;
      return true;
    });
    await using client = await connect(server.url);
    await client.ping();
    expect(await client.list()).toEqual({ hooks: [{ name: "a", versions: [] }], flows: [] });
    await (await client.hook("double")).remove();
    const endpoint = await client.deploy([{ model: { xgboost: "{}" } }], "flow");
    expect((await endpoint.run({ a: 1 })).result).toEqual([1]);
    await (await client.flow("double")).remove();
    expect(await client.check([{ model: { xgboost: "{}" } }])).toMatchObject({ ok: true });
    expect(server.heard.map(({ method, path }) => `${method} ${path}`)).toEqual([
      ...["GET /v1/describe", "GET /healthz", "GET /v1/hooks", "GET /v1/flows"],
      ...["GET /v1/hooks/double", "DELETE /v1/hooks/double", "POST /v1/flows"],
      ...["POST /v1/flows/double%40bbbbbbbbbbbb/run", "GET /v1/flows/double"],
      ...["DELETE /v1/flows/double", "POST /v1/check"],
    ]);
  });

  const json = (problem: object) => JSON.stringify(problem);
  const ANSWERS: readonly [
    says: string,
    status: number,
    type: string,
    body: string,
    code: string,
    detail: string,
  ][] = [
    [
      "problem details",
      422,
      "application/problem+json",
      json({ code: "HOOK_THREW", detail: "d" }),
      "HOOK_THREW",
      "d",
    ],
    ["a proxy's page", 502, "text/html", "<h1>Bad Gateway</h1>", "INTERNAL", "status 502"],
    ["a redirect", 302, "text/html", "", "INTERNAL", "status 302"],
    ["a page in place of an answer", 200, "text/html", "<h1>Hello</h1>", "INTERNAL", "text/html"],
    ["what is no MessagePack", 200, "application/msgpack", "\u0001\u0002", "INTERNAL", "byte"],
    ["a problem that is a list", 400, "application/problem+json", "[]", "INTERNAL", "status 400"],
  ];
  test.each(ANSWERS)("is answered with %s", async (_says, status, type, body, code, detail) => {
    await using server = await startScriptedHttp(({ path }, response) => {
      if (path === "/v1/describe") return;
      response
        .writeHead(status, { "content-type": type, location: "http://127.0.0.1:1/" })
        .end(body);
      return true;
    });
    await using client = await connect(server.url, QUICK);
    const fault = await faultOf(client.hook("double"));
    expect([fault.code, fault.path + fault.detail]).toEqual([
      code,
      expect.stringContaining(detail),
    ]);
    expect(server.heard).toHaveLength(2);
  });

  test("no more of an answer is read than its bound, whatever its length says", async () => {
    let written = 0;
    await using server = await startScriptedHttp(({ path }, response) => {
      if (path === "/v1/describe") return;
      response.writeHead(200, { "content-type": "application/msgpack" });
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(2 ** 16))) written += 2 ** 16;
      };
      response.on("drain", more);
      more();
      return true;
    });
    await using client = await connect(server.url, { frameBytes: 1_024 });
    const fault = await faultOf(client.hook("double"));
    expect(fault).toMatchObject({ code: "INTERNAL", detail: expect.stringContaining("at most") });
    expect(written).toBeLessThan(64 * 2 ** 20);
  });

  test("a call whose connection breaks is not sent again; what is safe is", async () => {
    const counts: Record<string, number> = {};
    await using server = await startScriptedHttp(({ path }, response, message) => {
      counts[path] = (counts[path] ?? 0) + 1;
      if (path === "/v1/hooks/double" && counts[path] > 1) return respond(response, 200, VIEW);
      if (path === "/v1/describe") return;
      message.socket.destroy();
      return true;
    });
    await using client = await connect(server.url, QUICK);
    const hook = (await client.hook("double")) as RemotePreHook;
    const fault = await faultOf(hook.call(1));
    expect(fault).toMatchObject({
      code: "INTERNAL",
      detail: expect.stringContaining("may have run"),
    });
    expect(counts).toEqual({
      "/v1/describe": 1,
      "/v1/hooks/double": 2,
      "/v1/hooks/double/call": 1,
    });
  });

  test("a signal ends the request, and its connection", async () => {
    let isGone = false;
    await using server = await startScriptedHttp(({ path }, _response, message) => {
      if (path === "/v1/describe") return;
      message.socket.once("close", () => (isGone = true));
      return true;
    });
    await using client = await connect(server.url);
    const fault = await faultOf(client.hook("double", { deadlineMs: 30 }));
    expect(fault).toMatchObject({ code: "CANCELLED", detail: expect.stringContaining("30 ms") });
    await expect.poll(() => isGone).toBe(true);
  });

  test("a server that is not there is CLOSED, and a wrong key UNAUTHENTICATED", async () => {
    const fault = await faultOf(connect("http://127.0.0.1:9", QUICK));
    expect(fault).toMatchObject({ code: "CLOSED", detail: expect.stringContaining("3 tries") });
    await using server = await startScriptedHttp((_heard, response) => {
      respond(response, 401, { code: "UNAUTHENTICATED", path: "authorization", detail: "no" });
      return true;
    });
    const refused = await faultOf(connect(server.url, { key: "x" }));
    expect(refused).toMatchObject({ code: "UNAUTHENTICATED", path: "authorization" });
    expect(server.heard).toHaveLength(1);
  });
});

test("the client loads nothing that a sandbox needs", () => {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    const code = readFileSync(path, "utf8").replaceAll(/\/\*[\s\S]*?\*\//g, "");
    const imports = code.matchAll(/^(?:import|export) (?!type\b)[^;]*?from "([^"]+)";/gm);
    for (const [, target = ""] of imports) {
      if (target.startsWith(".")) visit(join(dirname(path), target));
      else packages.add(target);
    }
  };
  visit("src/client/client.ts");
  expect(seen.size).toBeGreaterThan(20);
  expect(
    [...seen].filter((path) => /src\/(pool|sandbox|guest|library|server)\//.test(path)),
  ).toEqual([]);
  expect([...packages].filter((name) => !name.startsWith("node:"))).toEqual([]);
  expect(existsSync("src/client/client.ts")).toBe(true);
});
