// The HTTP door over a real service: what each path takes and gives, in each form.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { Packr, Unpackr } from "msgpackr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type FlowRuntime, startRuntime } from "../../src/flow/runtime.ts";
import { flat, rowOf, rowsOf } from "../flow/xgboost-models.ts";
import { ask, json, KEY, openDoor, raw, type Said, type TestDoor } from "./http-server.ts";

// An independent MessagePack, with nothing but the format itself.
const packr = new Packr({ useRecords: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false });
const packed = (value: unknown) => new Uint8Array(packr.pack(value));
const MSGPACK = { "content-type": "application/msgpack" };

const trees = rowOf("reg:squarederror");
const [firstRow = 0] = flat(trees.predict);
const ROWS = rowsOf(trees).slice(0, 2);

let runtime: FlowRuntime;
let door: TestDoor;
beforeAll(async () => {
  runtime = await startRuntime({ workers: 1 });
  door = await openDoor(runtime, { metrics: async () => "calls 7\n", version: "1.2.3" });
  const hooks: Record<string, string> = {
    up: "(d) => ({ n: d.n + 1 })",
    same: "(d) => d",
    sizes: "(d, files) => files.map((f) => [f.name ?? null, f.type ?? null, f.length, f[0] ?? -1])",
    throws: "(d) => {\n  console.warn('before');\n  return d.a.b;\n}",
    forever: "(d) => { while (true) {} }",
    tensor: "(d) => new Tensor('float32', [1, 2], new Float32Array([1.5, NaN]))",
    big: "(d) => 2n ** 60n",
  };
  for (const [name, source] of Object.entries(hooks)) {
    const made = await json(door, "/v1/hooks", { kind: "pre", name, source });
    expect(made.status).toBe(201);
  }
  const post = "(r, i, files) => [r, i, files.length]";
  await json(door, "/v1/hooks", { kind: "post", name: "after", source: post });
  const stages = [{ model: { xgboost: trees.model }, pre: "(d, files) => d" }];
  await json(door, "/v1/flows", { name: "trees", stages });
});
afterAll(async () => {
  await door[Symbol.asyncDispose]();
  await runtime.close();
});

/** Sends MessagePack and returns status and answer. */
async function msgpack(path: string, value: unknown, said: Said = {}) {
  const answer = await ask(door, path, { body: packed(value), headers: MSGPACK, ...said });
  const type = answer.headers.get("content-type");
  const body = unpackr.unpack(new Uint8Array(await answer.arrayBuffer())) as object;
  return { status: answer.status, type, body };
}

describe("hooks", () => {
  test("POST /v1/hooks registers, GET looks and lists, DELETE removes", async () => {
    const source = "(d) => [1, d]";
    const made = await ask(door, "/v1/hooks", {
      body: JSON.stringify({ kind: "pre", name: "life", source }),
    });
    const view = (await made.json()) as { ref: string; version: string };
    expect(made.status).toBe(201);
    expect(made.headers.get("location")).toBe(`/v1/hooks/${encodeURIComponent(view.ref)}`);
    expect(await json(door, `/v1/hooks/${view.ref}`)).toEqual({ status: 200, body: view });
    expect(await json(door, made.headers.get("location") ?? "")).toMatchObject({ status: 200 });
    const { body } = await json(door, "/v1/hooks");
    expect(body["hooks"]).toContainEqual({
      name: "life",
      versions: [expect.objectContaining({ version: view.version, isCurrent: true })],
    });
    const gone = await ask(door, "/v1/hooks/life", { method: "DELETE" });
    expect([gone.status, await gone.text()]).toEqual([204, ""]);
    expect(await json(door, "/v1/hooks/life")).toMatchObject({ status: 404 });
  });

  test("POST rollback moves a name back, with and without a body", async () => {
    const refs: string[] = [];
    for (const i of [1, 2, 3]) {
      const source = `(d) => [${i}, d]`;
      const { body } = await json(door, "/v1/hooks", { kind: "pre", name: "back", source });
      refs.push(String(body["ref"]));
    }
    const path = "/v1/hooks/back/rollback";
    const to = await json(door, path, { to: refs[0] });
    expect(to).toMatchObject({ status: 200, body: { ref: refs[0] } });
    await json(door, path, { to: refs[2] });
    const before = await json(door, path, undefined, { method: "POST" });
    expect(before).toMatchObject({ status: 200, body: { ref: refs[1] } });
    expect(await json(door, path, { hook: "up" })).toMatchObject({ body: { name: "back" } });
    expect(await json(door, path, [])).toMatchObject({ status: 400 });
  });

  const CALLS: readonly [says: string, hook: string, body: unknown, value: unknown][] = [
    ["a pre with data", "up", { data: { n: 1 } }, { n: 2 }],
    ["a pre with nothing", "same", {}, null],
    ["a pre with null", "same", { data: null }, null],
    ["a post with a result", "after", { result: 7 }, [7, null, 0]],
    ["a post with both", "after", { result: 7, inputData: "x" }, [7, "x", 0]],
    ["strings of all sorts", "same", { data: ["é🐈", "", '"\\'] }, ["é🐈", "", '"\\']],
    [
      "numbers of all sorts",
      "same",
      { data: [-0.5, 1e300, 2 ** 53 - 1] },
      [-0.5, 1e300, 2 ** 53 - 1],
    ],
  ];
  test.each(CALLS)("POST call calls %s, in both forms", async (_says, hook, body, value) => {
    const path = `/v1/hooks/${hook}/call`;
    const answer = await json(door, path, body);
    expect(answer).toMatchObject({ status: 200, body: { value, hook: { name: hook } } });
    expect(await msgpack(path, body)).toMatchObject({
      ...{ status: 200, type: "application/msgpack", body: { value, logs: [] } },
    });
  });

  test("POST call without a body calls with null", async () => {
    const answer = await json(door, "/v1/hooks/same/call", undefined, { method: "POST" });
    expect(answer).toMatchObject({ status: 200, body: { value: null } });
  });

  test("files come as base64 in JSON and as bin in MessagePack", async () => {
    const about = { name: "a.png", type: "image/png" };
    const value = [
      ["a.png", "image/png", 3, 9],
      [null, null, 0, -1],
    ];
    const base64 = [{ ...about, data: "CQgH" }, { data: "" }];
    const one = await json(door, "/v1/hooks/sizes/call", { data: 0, files: base64 });
    expect(one.body["value"]).toEqual(value);
    const bytes = [{ ...about, data: Buffer.of(9, 8, 7) }, Buffer.alloc(0)];
    const two = await msgpack("/v1/hooks/sizes/call", { data: 0, files: bytes });
    expect(two.body).toMatchObject({ value });
  });

  test("a value is the same bytes on the way back", async () => {
    // A tensor of ours is extension 84; msgpackr hands the bytes of it on.
    const tensor = Buffer.from("c710540102000001000000010000000000c03f", "hex");
    const body = Buffer.concat([Buffer.from("81a464617461", "hex"), tensor]);
    const answer = await ask(door, "/v1/hooks/same/call", {
      body: new Uint8Array(body),
      headers: MSGPACK,
    });
    const got = Buffer.from(await answer.arrayBuffer());
    expect(got.subarray(0, 26).toString("hex")).toBe(`84a576616c7565${tensor.toString("hex")}`);
  });
});

describe("flows", () => {
  test("POST run runs, and says what ran", async () => {
    const answer = await json(door, "/v1/flows/trees/run", { data: ROWS });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        run_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        run_time_ms: expect.any(Number),
        stages: [{ stage: 1, hooks: [{ kind: "pre" }] }],
      },
    });
    expect((answer.body["result"] as number[])[0]).toBeCloseTo(firstRow, 3);
  });

  test("POST check reports, GET looks, POST rollback goes back, DELETE removes", async () => {
    const stages = [{ model: { xgboost: trees.model } }];
    const example = { data: ROWS };
    const good = await json(door, "/v1/check", { stages, example });
    expect(good).toMatchObject({ status: 200, body: { ok: true, isTried: true } });
    const wrong = [{ ...stages[0], post: "(a, b, c, d) => a" }];
    const bad = await json(door, "/v1/check", { stages: wrong });
    expect(bad).toMatchObject({
      ...{ status: 200, body: { ok: false, problems: [{ code: "SIGNATURE_INVALID" }] } },
    });
    const refused = await json(door, "/v1/flows", { name: "other", stages: wrong });
    expect(refused).toMatchObject({
      ...{ status: 422, body: { code: "FLOW_INVALID", problems: [{ part: "post" }] } },
    });
    const one = await json(door, "/v1/flows", { name: "other", stages });
    await json(door, "/v1/flows", { name: "other", stages: [{ ...stages[0], post: "(r) => r" }] });
    const back = await json(door, "/v1/flows/other/rollback", {});
    expect(back).toMatchObject({ status: 200, body: { ref: one.body["ref"] } });
    expect(await json(door, "/v1/flows/other")).toEqual({ status: 200, body: one.body });
    await ask(door, "/v1/flows/other", { method: "DELETE" });
    const { body } = await json(door, "/v1/flows");
    expect(body["flows"]).toEqual([expect.objectContaining({ name: "trees" })]);
  });
});

describe("multipart", () => {
  const folder = mkdtempSync(join(tmpdir(), "bookend-http-"));
  const file = join(folder, "a.png");
  writeFileSync(file, Buffer.of(137, 80, 78, 71));
  afterAll(() => rmSync(folder, { recursive: true }));

  async function curl(path: string, ...parts: string[]): Promise<Record<string, unknown>> {
    const form = parts.flatMap((part) => ["-F", part]);
    const key = ["-H", `Authorization: ${KEY}`];
    const args = ["-s", ...key, ...form, door.url + path];
    const { stdout } = await promisify(execFile)("curl", args);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  // What curl sends for each, with the key alone in its header.
  const LINES: readonly [parts: readonly string[], value: unknown][] = [
    [["data=[1]", `files=@${file}`], [["a.png", "image/png", 4, 137]]],
    [
      ["data=[1]", `file0=@${file};type=x/y`, `file1=@${file};filename=b`],
      [
        ["a.png", "x/y", 4, 137],
        ["b", "image/png", 4, 137],
      ],
    ],
    [
      [`files=@${file}`, `files=@${file}`],
      [
        ["a.png", "image/png", 4, 137],
        ["a.png", "image/png", 4, 137],
      ],
    ],
    [["data={}"], []],
  ];
  test.each(LINES)("curl -F %j", async (parts, value) => {
    const answer = await curl("/v1/hooks/sizes/call", ...parts);
    expect(answer["value"]).toEqual(value);
  });

  test("curl runs a flow", async () => {
    const rows = join(folder, "rows.json");
    writeFileSync(rows, JSON.stringify(ROWS));
    const data = `data=<${rows};type=application/json`;
    const answer = await curl("/v1/flows/trees/run", data, `files=@${file}`);
    expect(Object.keys(answer).toSorted()).toEqual(["result", "run_id", "run_time_ms", "stages"]);
    expect((answer["result"] as number[])[0]).toBeCloseTo(firstRow, 3);
    expect(await curl("/v1/flows/trees/run", `data=@${rows}`)).toHaveProperty("result");
  });

  const FORM = { "content-type": "multipart/form-data; boundary=x" };
  const part = (name: string, body: string) =>
    `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${body}\r\n`;
  const REFUSED: readonly [says: string, body: string, status: number, detail: string][] = [
    ["a part that is cut off", part("data", "[1]"), 400, "well formed"],
    ["no part at all", "nothing", 400, "well formed"],
    ["a part nobody knows", `${part("other", "1")}--x--`, 400, "is no part of this request"],
    ["data twice", `${part("data", "1")}${part("data", "2")}--x--`, 400, "twice"],
    ["data that is no JSON", `${part("data", "[1")}--x--`, 400, "wants JSON"],
    ["too many files", `${part("files", "a").repeat(17)}--x--`, 413, "at most 16 files"],
    ["far too many parts", `${part("files", "a").repeat(40)}--x--`, 413, "at most 16 files"],
  ];
  test.each(REFUSED)("call refuses %s", async (_says, body, status, detail) => {
    const answer = await json(door, "/v1/hooks/sizes/call", undefined, { body, headers: FORM });
    expect(answer).toMatchObject({ status, body: { detail: expect.stringContaining(detail) } });
  });

  test("call refuses multipart without a boundary", async () => {
    const headers = { "content-type": "multipart/form-data" };
    const answer = await json(door, "/v1/hooks/sizes/call", undefined, { body: "x", headers });
    expect(answer).toMatchObject({ status: 400, body: { path: "body" } });
  });
});

describe("faults", () => {
  test("a hook's fault is a problem with its place, logs and receipt", async () => {
    const answer = await ask(door, "/v1/hooks/throws/call", { body: '{"data":{}}' });
    expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect([answer.status, await answer.json()]).toMatchObject([
      422,
      {
        ...{ type: "urn:bookend:fault:HOOK_THREW", title: "Hook threw", status: 422 },
        ...{ code: "HOOK_THREW", retry: false, at: { line: 3 }, hook: { name: "throws" } },
        detail: expect.stringContaining("TypeError"),
        stack: "    at throws:3:14",
        logs: [{ level: "warn", text: "before" }],
        receipt: { warm: true },
      },
    ]);
  });

  test("a fault of a run names the run", async () => {
    const { status, body } = await json(door, "/v1/flows/trees/run", { data: "none" });
    expect([status, body]).toMatchObject([422, { code: "OUTPUT_MISMATCH", stage: 1 }]);
    expect(body["instance"]).toBe(`urn:uuid:${String(body["run_id"])}`);
  });

  test("a fault is MessagePack where that was asked for", async () => {
    const answer = await msgpack("/v1/hooks/none/call", {});
    expect(answer).toMatchObject({
      ...{ status: 404, type: "application/msgpack" },
      body: { type: "urn:bookend:fault:UNKNOWN_HOOK", code: "UNKNOWN_HOOK" },
    });
  });

  test("what may be sent again says when", async () => {
    await using small = await openDoor(runtime, { limits: { connectionCalls: 1 }, keyless: true });
    const source = "(d) => d";
    await json(small, "/v1/hooks", { kind: "pre", name: "same", source });
    const { code } = (await full(small)) as { code?: unknown };
    expect(code).toBe("POOL_FULL");
  });

  /** Two requests on one connection that may have one: the second is told to come again. */
  async function full({ port }: TestDoor): Promise<unknown> {
    const body = '{"data":1}';
    const head = "POST /v1/hooks/same/call HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    const one = `${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const got = await raw(port, one + one, /retry-after: 1[\s\S]*\}$/i);
    return JSON.parse(got.slice(got.lastIndexOf("\r\n\r\n"))) as unknown;
  }

  const BODIES: readonly [says: string, body: string, code: string, path: string][] = [
    ["no JSON", "{", "BAD_REQUEST", "body"],
    ["a list", "[]", "BAD_REQUEST", ""],
    ["a name nobody knows", '{"input":1}', "BAD_REQUEST", "input"],
    ["data and result", '{"data":1,"result":1}', "BAD_REQUEST", "data"],
    ["an integer beyond 2^53", '{"data":[9007199254740993]}', "INPUT_MISMATCH", "body, byte 9"],
    ["the key `__proto__`", '{"data":{"__proto__":1}}', "INPUT_MISMATCH", "data.__proto__"],
    ["half of a surrogate pair", '{"data":"\\ud800"}', "INPUT_MISMATCH", "data"],
    ["files that are no list", '{"files":{}}', "BAD_REQUEST", "files"],
    ["a file that is a text", '{"files":["a"]}', "BAD_REQUEST", "files[0]"],
    ["a file that is no base64", '{"files":[{"data":"a b"}]}', "BAD_REQUEST", "files[0].data"],
    ["a name that is a number", '{"files":[{"data":"","name":1}]}', "BAD_REQUEST", "files[0].name"],
  ];
  test.each(BODIES)("call refuses JSON with %s", async (_says, body, code, path) => {
    const answer = await json(door, "/v1/hooks/same/call", undefined, { body });
    expect(answer.body).toMatchObject({ code, path });
  });

  // By hand: 81 a4 "data" is the dict with data in it.
  const PACKED: readonly [says: string, hex: string, path: string][] = [
    ["nothing but a list", "90", "body"],
    ["a value that is cut off", "81a46461746192", "byte 6"],
    ["a value too much", "81a464617461c0c0", "byte 7"],
    ["a key that is no string", "8101c0", "byte 1"],
    ["a key twice", "82a464617461c0a464617461c0", "byte 7"],
    ["a date", "81a464617461d6ff00000000", "data, byte 1"],
    ["an entry nobody knows", "81a178c0", "x"],
    ["a length that lies", "81a464617461ddffffffff", "byte 6"],
    ["files that are no list", "81a566696c6573c3", "files"],
    ["a file that is a text", "81a566696c657391a161", "files[0]"],
    ["a file without its bytes", "81a566696c65739180", "files[0]"],
    [
      "a file that is called a number",
      "81a566696c65739182a464617461c400a46e616d6501",
      "files[0].name",
    ],
  ];
  test.each(PACKED)("call refuses MessagePack with %s", async (_says, hex, path) => {
    const body = new Uint8Array(Buffer.from(hex, "hex"));
    const answer = await ask(door, "/v1/hooks/same/call", { body, headers: MSGPACK });
    const got = unpackr.unpack(new Uint8Array(await answer.arrayBuffer())) as object;
    expect(got).toMatchObject({ code: "BAD_REQUEST", path });
  });
});

describe("the router", () => {
  const ROWS: readonly [
    says: string,
    path: string,
    said: Said & { method: string },
    status: number,
    detail: string,
  ][] = [
    ["a path that is none", "/v1/nope", { method: "GET" }, 404, "there is no"],
    ["a POST of a path that is none", "/nope", { method: "POST", body: "{}" }, 404, "there is no"],
    ["a method that is none", "/v1/hooks", { method: "PUT", body: "{}" }, 405, "wants POST, GET"],
    ["another method", "/v1/hooks/up/call", { method: "GET" }, 405, "wants POST"],
    ["a type it does not take", "/v1/hooks", form("text/plain"), 415, "application/json or"],
    [
      "a form no hook is declared in",
      "/v1/hooks",
      form("multipart/form-data; boundary=x"),
      415,
      "application/json or application/msgpack",
    ],
    ["no body where one is needed", "/v1/hooks", { method: "POST" }, 415, "application/json or"],
    [
      "a body that is compressed",
      "/v1/hooks",
      form("application/json", { "content-encoding": "gzip" }),
      415,
      "without Content-Encoding",
    ],
    [
      "an Accept of neither form",
      "/v1/hooks",
      { method: "GET", headers: { accept: "text/html" } },
      406,
      "wants an Accept",
    ],
    ["a path that cannot be decoded", "/v1/hooks/%ff", { method: "GET" }, 400, "decoded"],
  ];
  function form(type: string, more: Record<string, string> = {}): Said & { method: string } {
    return { method: "POST", body: "{}", headers: { "content-type": type, ...more } };
  }
  test.each(ROWS)("refuses %s", async (_says, path, said, status, detail) => {
    const answer = await ask(door, path, said);
    const body = (await answer.json()) as object;
    expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(body).toMatchObject({ type: "about:blank", status, code: "BAD_REQUEST" });
    expect(body).toMatchObject({ detail: expect.stringContaining(detail) });
    expect(answer.status).toBe(status);
    if (status === 405) expect(answer.headers.get("allow")).toMatch(/POST/);
  });

  const ACCEPTS: readonly [accept: string, sent: "json" | "msgpack", got: string][] = [
    ["*/*", "json", "application/json"],
    ["*/*", "msgpack", "application/msgpack"],
    ["application/json", "msgpack", "application/json"],
    ["application/msgpack", "json", "application/msgpack"],
    ["application/x-msgpack", "json", "application/msgpack"],
    ["application/json;q=0.5, application/msgpack", "json", "application/msgpack"],
    ["application/json;q=0, */*", "json", "application/msgpack"],
    ["text/html, application/*;q=0.8", "msgpack", "application/msgpack"],
    ["text/html,application/xhtml+xml,*/*;q=0.8", "json", "application/json"],
  ];
  test.each(ACCEPTS)("answers Accept %s of %s with %s", async (accept, sent, got) => {
    const body = sent === "json" ? '{"data":1}' : packed({ data: 1 });
    const headers = { accept, ...(sent === "msgpack" && MSGPACK) };
    const answer = await ask(door, "/v1/hooks/same/call", { body, headers });
    await answer.arrayBuffer();
    const type = answer.headers.get("content-type")?.split(";")[0];
    expect([answer.status, type]).toEqual([200, got]);
  });

  test("what JSON has no form for becomes what comes next to it", async () => {
    const tensor = await json(door, "/v1/hooks/tensor/call", {});
    expect(tensor.body["value"]).toEqual([[1.5, null]]);
    const big = await json(door, "/v1/hooks/big/call", {});
    expect(big.body["value"]).toBe("1152921504606846976");
  });

  test("every answer forbids to guess its type and to keep it", async () => {
    for (const path of ["/healthz", "/v1/hooks", "/v1/nope", "/v2/models/none"]) {
      const { headers } = await ask(door, path);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("access-control-allow-origin")).toBeNull();
    }
  });
});

describe("W3C trace context", () => {
  const trace = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  // By the specification: what is not well formed is as if it were not there.
  const TRACES: readonly [says: string, headers: Record<string, string>, trace: unknown][] = [
    ["none", {}, undefined],
    ["a parent", { traceparent: trace }, { traceparent: trace }],
    [
      "a parent and its state",
      { traceparent: trace, tracestate: "v=1" },
      { traceparent: trace, tracestate: "v=1" },
    ],
    ["a state alone", { tracestate: "v=1" }, undefined],
    ["capitals", { traceparent: trace.toUpperCase() }, undefined],
    ["the version ff", { traceparent: trace.replace("00-", "ff-") }, undefined],
    ["a trace of zeros", { traceparent: trace.replaceAll("a", "0") }, undefined],
    ["a span of zeros", { traceparent: trace.replaceAll("b", "0") }, undefined],
    ["something behind it", { traceparent: `${trace}-00` }, undefined],
    [
      "a state that is too long",
      { traceparent: trace, tracestate: `v=${"1".repeat(511)}` },
      { traceparent: trace },
    ],
  ];
  test.each(TRACES)("%s goes with the request", async (_says, headers, expected) => {
    await json(door, "/v1/hooks/up/call", { data: { n: 1 } }, { headers });
    expect(door.traces.at(-1)).toEqual(expected);
  });
});

describe("a request is given up", () => {
  test("at its deadline", async () => {
    const headers = { "bookend-deadline-ms": "50" };
    const answer = await json(door, "/v1/hooks/forever/call", {}, { headers });
    expect(answer).toMatchObject({ status: 499, body: { code: "CANCELLED" } });
  });

  test.each(["", "-1", "1.5", "soon"])("but not at the deadline %j", async (ms) => {
    const headers = { "bookend-deadline-ms": ms };
    const answer = await json(door, "/v1/hooks/up/call", { data: { n: 1 } }, { headers });
    expect(answer).toMatchObject({ status: 400, body: { path: "bookend-deadline-ms" } });
  });
});

describe("paths without a key", () => {
  test("say that the process lives and takes calls", async () => {
    for (const path of ["/healthz", "/readyz"]) {
      const answer = await json(door, path, undefined, { key: null });
      expect(answer).toEqual({ status: 200, body: { status: "ok" } });
    }
  });

  test("/metrics answers this machine, and others with a key", async () => {
    const here = await ask(door, "/metrics", { key: null });
    expect([here.status, await here.text()]).toEqual([200, "calls 7\n"]);
    const headers = { "x-forwarded-for": "192.0.2.7" };
    const proxied = await ask(door, "/metrics", { key: null, headers });
    expect(proxied.status).toBe(401);
    expect((await ask(door, "/metrics", { headers })).status).toBe(200);
    await using mute = await openDoor(runtime);
    expect((await ask(mute, "/metrics")).status).toBe(404);
  });
});

describe("/openapi.json", () => {
  interface Document {
    readonly paths: Record<string, Record<string, { readonly operationId?: string }>>;
    readonly components: object;
  }
  let document: Document;
  beforeAll(async () => {
    const answer = await json(door, "/openapi.json", undefined, { key: null });
    document = answer.body as unknown as Document;
  });

  test("is valid, and names each operation once", async () => {
    const found = await new Validator().validate({ ...document });
    expect(found).toEqual({ valid: true });
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).flatMap(({ operationId }) => operationId ?? []),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain("callHook");
    expect(document).toMatchObject({ openapi: "3.1.0", info: { version: "1.2.3" } });
  });

  const ANSWERS: readonly [schema: string, ask: () => ReturnType<typeof json>][] = [
    ["HookView", () => json(door, "/v1/hooks/up")],
    ["HookListing", () => json(door, "/v1/hooks")],
    ["FlowView", () => json(door, "/v1/flows/trees")],
    ["FlowListing", () => json(door, "/v1/flows")],
    ["CallAnswer", () => json(door, "/v1/hooks/up/call", { data: { n: 1 } })],
    ["RunAnswer", () => json(door, "/v1/flows/trees/run", { data: ROWS })],
    ["FlowReport", () => json(door, "/v1/check", { stages: [{ model: { xgboost: "{}" } }] })],
    ["Description", () => json(door, "/v1/describe")],
    ["Problem", () => json(door, "/v1/hooks/throws/call", { data: {} })],
    ["Problem", () => json(door, "/v1/nope")],
  ];
  test.each(ANSWERS)("describes a real %s, and all of it", async (name, answer) => {
    const ajv = new Ajv2020({ strict: false });
    // Closed, so that what is answered and not described is found.
    const closed = JSON.parse(
      JSON.stringify(document).replaceAll(
        '"type":"object","properties"',
        '"type":"object","additionalProperties":false,"properties"',
      ),
    ) as Document;
    ajv.addSchema({ ...closed, $id: "doc" });
    const check = ajv.compile({ $ref: `doc#/components/schemas/${name}` });
    const { body } = await answer();
    expect(check(body) ? [] : check.errors).toEqual([]);
  });
});
