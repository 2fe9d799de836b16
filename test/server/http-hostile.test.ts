// The HTTP door and those who mean it no good: who is let in, what is bounded, what is left behind.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type FlowRuntime, startRuntime } from "../../src/flow/runtime.ts";
import { ask, json, KEY, openDoor, raw, type TestDoor } from "./http-server.ts";

let runtime: FlowRuntime;
beforeAll(async () => {
  runtime = await startRuntime({ workers: 1 });
});
afterAll(() => runtime.close());

const HOST = "Host: 127.0.0.1\r\n";
const AUTH = `Authorization: Bearer ${KEY}\r\n`;
const JSON_TYPE = "Content-Type: application/json\r\n";

/** A request with these header lines, and what is to follow them. */
const post = (path: string, head: string, body = "") =>
  `POST ${path} HTTP/1.1\r\n${HOST}${head}\r\n${body}`;

async function withHook(door: TestDoor, name: string, source: string): Promise<void> {
  const made = await json(door, "/v1/hooks", { kind: "pre", name, source });
  expect(made.status).toBe(201);
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);

describe("who is let in", () => {
  const ROWS: readonly [says: string, header: string | undefined, status: number][] = [
    ["a key as Bearer", `Bearer ${KEY}`, 200],
    ["a key as bearer", `bearer ${KEY}`, 200],
    ["a key alone", KEY, 200],
    ["nothing", undefined, 401],
    ["another key", "Bearer k-other", 401],
    ["the beginning of a key", `Bearer ${KEY.slice(0, -1)}`, 401],
    ["a key and more", `Bearer ${KEY} x`, 401],
    ["a key of another scheme", `Basic ${KEY}`, 401],
    ["a scheme without a key", "Bearer", 401],
  ];
  test.each(ROWS)("%s: %j is %i", async (_says, header, status) => {
    await using door = await openDoor(runtime);
    const headers = header === undefined ? {} : { authorization: header };
    for (const path of ["/v1/hooks", "/v2"]) {
      const answer = await ask(door, path, { key: null, headers });
      await answer.text();
      expect([answer.status, answer.headers.get("www-authenticate")]).toEqual(
        status === 200 ? [200, null] : [401, 'Bearer realm="bookend"'],
      );
    }
    expect(door.refused.map(({ code }) => code)).toEqual(
      status === 200 ? [] : ["UNAUTHENTICATED", "UNAUTHENTICATED"],
    );
  });

  test("who has no key is told so before his body is sent", async () => {
    await using door = await openDoor(runtime);
    const expecting = "Content-Length: 1000000\r\nExpect: 100-continue\r\n";
    const refused = await raw(door.port, post("/v1/check", JSON_TYPE + expecting));
    expect(statusOf(refused)).toBe(401);
    expect(refused).toMatch(/connection: close/i);
    const taken = post("/v1/check", JSON_TYPE + AUTH + expecting);
    expect(await raw(door.port, taken, /Continue/)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  });

  test("a path that is none needs a key, too", async () => {
    await using door = await openDoor(runtime);
    expect(await json(door, "/nope", {}, { key: null })).toMatchObject({ status: 401 });
  });

  // A page of somebody else in the browser of who runs the server, which has no keys.
  const PAGES: readonly [says: string, head: string, status: number][] = [
    ["no page", HOST, 200],
    ["localhost", "Host: localhost:8080\r\n", 200],
    ["a page by its Origin", `${HOST}Origin: https://evil.example\r\n`, 401],
    ["a page without an origin of its own", `${HOST}Origin: null\r\n`, 401],
    ["a page whose name became this address", "Host: evil.example\r\n", 401],
    ["a name that begins as ours does", "Host: 127.0.0.1.evil.example\r\n", 401],
  ];
  test.each(PAGES)("without keys: %s", async (_says, head, status) => {
    await using door = await openDoor(runtime, { keyless: true });
    const line = `GET /v1/hooks HTTP/1.1\r\n${head}Connection: close\r\n\r\n`;
    expect(statusOf(await raw(door.port, line))).toBe(status);
  });
});

describe("what is bounded", () => {
  const limits = { frameBytes: 1024 };

  test("a body at its bound is taken, one byte more is not, chunked or counted", async () => {
    await using door = await openDoor(runtime, { limits });
    await withHook(door, "length", "(d) => d.length");
    const path = "/v1/hooks/length/call";
    const bodyOf = (bytes: number) => `{"data":"${"a".repeat(bytes - 11)}"}`;
    const chunked = (body: string) => {
      const half = body.length >> 1;
      const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
      const chunks = `${chunk(body.slice(0, half))}${chunk(body.slice(half))}0\r\n\r\n`;
      const head = `${AUTH}${JSON_TYPE}Transfer-Encoding: chunked\r\n`;
      return raw(door.port, post(path, head, chunks), /\}$/);
    };
    expect(await json(door, path, undefined, { body: bodyOf(1024) })).toMatchObject({
      ...{ status: 200, body: { value: 1013 } },
    });
    expect(await json(door, path, undefined, { body: bodyOf(1025) })).toMatchObject({
      ...{ status: 413, body: { type: "urn:bookend:fault:INPUT_TOO_LARGE" } },
    });
    expect(statusOf(await chunked(bodyOf(1024)))).toBe(200);
    const over = await chunked(bodyOf(1025));
    expect(statusOf(over)).toBe(413);
    expect(over).toContain('"code":"INPUT_TOO_LARGE"');
  });

  test("a body that only promises to be too large is refused at once", async () => {
    await using door = await openDoor(runtime, { limits });
    const head = `${AUTH}${JSON_TYPE}Content-Length: 99999999999\r\n`;
    const answer = await raw(door.port, post("/v1/check", head));
    expect(statusOf(answer)).toBe(413);
    expect(answer).toContain("limits.frameBytes");
  });

  test("all bodies together have a bound, and what one took is given back", async () => {
    const bounds = { frameBytes: 4096, queueBytes: 4096 };
    await using door = await openDoor(runtime, { limits: bounds });
    await withHook(door, "length", "(d) => d.length");
    const body = `{"data":"${"a".repeat(2000)}"}`;
    const call = () => json(door, "/v1/hooks/length/call", undefined, { body });
    // An upload that stands still, of more than is left beside another one.
    const held = connect(door.port, "127.0.0.1");
    const head = `${AUTH}${JSON_TYPE}Content-Length: 4000\r\n`;
    held.write(post("/v1/hooks/length/call", head, "x".repeat(3000)));
    await expect.poll(call).toMatchObject({
      ...{ status: 503, body: { code: "POOL_FULL", path: "body", retry: true } },
    });
    held.destroy();
    await expect.poll(call).toMatchObject({ status: 200, body: { value: 2000 } });
    for (let i = 0; i < 4; i++) expect(await call()).toMatchObject({ status: 200 });
  });

  test("JSON that would be more values than there may be is refused before it is parsed", async () => {
    await using door = await openDoor(runtime, { limits: { nodes: 10, depth: 4 } });
    await withHook(door, "same", "(d) => d");
    const call = (data: string) =>
      json(door, "/v1/hooks/same/call", undefined, { body: `{"data":${data}}` });
    expect(await call(`[${"[],".repeat(1_000)}[]]`)).toMatchObject({
      ...{ status: 413, body: { code: "INPUT_TOO_LARGE" } },
    });
    expect(await call("[".repeat(100_000))).toMatchObject({ status: 413 });
    expect(await call(`[${"1,".repeat(8)}1]`)).toMatchObject({ status: 200 });
    expect(await call(`[${"1,".repeat(9)}1]`)).toMatchObject({ status: 413 });
    expect(await call("[[[[1]]]]")).toMatchObject({ status: 200 });
    expect(await call("[[[[[1]]]]]")).toMatchObject({ status: 413 });
  });

  test("one connection more than there may be is ended", async () => {
    await using door = await openDoor(runtime, { limits: { connections: 2 } });
    const held = [connect(door.port, "127.0.0.1"), connect(door.port, "127.0.0.1")];
    await expect.poll(door.connected).toBe(2);
    expect(await raw(door.port, `GET /healthz HTTP/1.1\r\n${HOST}\r\n`)).toBe("");
    expect(door.refused).toMatchObject([{ code: "POOL_FULL" }]);
    held[0]?.destroy();
    await expect.poll(door.connected).toBe(1);
    const line = `GET /healthz HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`;
    expect(statusOf(await raw(door.port, line))).toBe(200);
    held[1]?.destroy();
  });
});

describe("what takes too long", () => {
  const limits = { requestMs: 300 };

  const SLOW: readonly [says: string, text: string][] = [
    ["says nothing", ""],
    ["does not end its head", `POST /v1/check HTTP/1.1\r\n${HOST}X: `],
    ["does not end its body", post("/v1/check", `${AUTH}${JSON_TYPE}Content-Length: 9\r\n`, "{")],
  ];
  test.each(SLOW)("a connection that %s is ended", async (_says, text) => {
    await using door = await openDoor(runtime, { limits });
    const got = await raw(door.port, text);
    expect(["408", undefined]).toContain(/^HTTP\/1\.1 (\d+)/.exec(got)?.[1]);
    await expect.poll(door.connected).toBe(0);
  });

  test("a client that sends byte after byte is ended, too", async () => {
    await using door = await openDoor(runtime, { limits });
    const socket = connect(door.port, "127.0.0.1");
    socket.on("error", () => undefined);
    const drip = setInterval(() => socket.write("a"), 20);
    socket.write(`GET /v1/hooks HTTP/1.1\r\n${HOST}X: `);
    socket.resume();
    await new Promise((resolve) => socket.on("close", resolve));
    clearInterval(drip);
    await expect.poll(door.connected).toBe(0);
  });

  test("who does not read his answer is ended", async () => {
    await using door = await openDoor(runtime, { limits });
    await withHook(door, "much", "(d) => 'a'.repeat(15_000_000)");
    const others = door.connected();
    const socket = connect(door.port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.pause();
    socket.write(post("/v1/hooks/much/call", `${AUTH}Content-Length: 0\r\n`));
    await expect.poll(door.connected).toBe(others + 1);
    await expect.poll(door.connected, { timeout: 10_000 }).toBe(others);
    socket.destroy();
  });

  test("a call may take longer than a request may take to come", async () => {
    await using door = await openDoor(runtime, { limits: { requestMs: 100 } });
    const source =
      "(d) => { const end = Date.now() + 400; while (Date.now() < end); return 'late' }";
    await withHook(door, "slow", source);
    const answer = await json(door, "/v1/hooks/slow/call", {});
    expect(answer).toMatchObject({ status: 200, body: { value: "late" } });
  });

  test("a call whose client has gone is given up", async () => {
    await using door = await openDoor(runtime);
    const source = "(d) => { while (true); }";
    await withHook(door, "forever", source);
    const socket = connect(door.port, "127.0.0.1");
    socket.write(post("/v1/hooks/forever/call", `${AUTH}Content-Length: 0\r\n`));
    await expect.poll(() => runtime.describe().busy).toBe(1);
    socket.destroy();
    await expect.poll(() => door.ended).toEqual([undefined, "CANCELLED"]);
  });
});

describe("what is no request", () => {
  const HEAD = "POST /v1/check HTTP/1.1\r\n";
  // Where two readers could disagree on where a request ends, nobody may read it.
  const ROWS: readonly [says: string, text: string][] = [
    [
      "a length and chunks",
      `${HEAD}${HOST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ["two lengths", `${HEAD}${HOST}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`],
    ["a length that is none", `${HEAD}${HOST}Content-Length: +4\r\n\r\nabcd`],
    ["a coding that is none", `${HEAD}${HOST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    [
      "chunks that are not last",
      `${HEAD}${HOST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    ],
    ["a space before the colon", `${HEAD}${HOST}Content-Length : 4\r\n\r\nabcd`],
    ["a folded header", `${HEAD}${HOST}X: a\r\n b\r\n\r\n`],
    ["a bare line feed in a head", `${HEAD}${HOST}X: a\n\r\n`],
    [
      "a chunk of no length",
      `${HEAD}${HOST}${AUTH}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\nz\r\n\r\n`,
    ],
    ["a NUL in a header", `${HEAD}${HOST}X: a\0b\r\n\r\n`],
    ["no host", `${HEAD}\r\n`],
    ["two hosts", `${HEAD}${HOST}Host: b\r\n\r\n`],
    ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["a TLS handshake", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
  ];
  test.each(ROWS)("%s is answered with 400, and nothing behind it is read", async (_says, text) => {
    await using door = await openDoor(runtime, { keyless: true });
    const smuggled = `GET /healthz HTTP/1.1\r\n${HOST}\r\n`;
    const got = await raw(door.port, Buffer.from(text + smuggled, "latin1"));
    expect(statusOf(got)).toBe(400);
    expect(got).not.toContain("HTTP/1.1 200");
  });

  test("headers of more than 16 KiB are answered with 431, as a problem", async () => {
    await using door = await openDoor(runtime);
    const line = `GET /healthz HTTP/1.1\r\n${HOST}X: ${"a".repeat(17_000)}\r\n\r\n`;
    const got = await raw(door.port, line);
    expect(statusOf(got)).toBe(431);
    expect(JSON.parse(got.slice(got.indexOf("\r\n\r\n")))).toMatchObject({
      ...{ type: "about:blank", status: 431, code: "BAD_REQUEST" },
    });
  });

  const NAMES = ["..%2f..%2fetc", "%00", "__proto__", "a".repeat(300), "%F0%9F%90%88", "a%0d%0ab"];
  test.each(NAMES)("the name %s names nothing", async (name) => {
    await using door = await openDoor(runtime);
    const answer = await json(door, `/v1/hooks/${name}/call`, {});
    expect([400, 404]).toContain(answer.status);
    expect(["BAD_REQUEST", "UNKNOWN_HOOK"]).toContain(answer.body["code"]);
  });
});

describe("a door that closes", () => {
  const SLOW = "(d) => { const end = Date.now() + 500; while (Date.now() < end); return 'done' }";

  test("drain() answers what is at work, tells others to go, and ends idle connections", async () => {
    await using door = await openDoor(runtime);
    await withHook(door, "slow", SLOW);
    const call = post("/v1/hooks/slow/call", `${AUTH}Content-Length: 0\r\n`);
    const next = `GET /v1/hooks HTTP/1.1\r\n${HOST}${AUTH}\r\n`;
    const ready = `GET /readyz HTTP/1.1\r\n${HOST}\r\n`;
    const idle = raw(door.port, `GET /healthz HTTP/1.1\r\n${HOST}\r\n`);
    const working = raw(door.port, call);
    await expect.poll(() => runtime.describe().busy).toBe(1);
    const kept = connect(door.port, "127.0.0.1");
    const said = textOf(kept);
    kept.write(call);
    await expect
      .poll(() => runtime.describe().waiting + runtime.describe().busy)
      .toBeGreaterThan(1);
    const drained = door.door.drain();
    kept.write(ready + next);
    const answer = await working;
    expect(answer).toContain('"value":"done"');
    expect(answer).toMatch(/connection: close/i);
    expect(statusOf(await idle)).toBe(200);
    const all = await said;
    expect(all.match(/HTTP\/1\.1 \d+/g)?.[0]).toBe("HTTP/1.1 200");
    expect(all).toContain('"value":"done"');
    await drained;
    expect(door.connected()).toBe(0);
    await expect(fetch(`${door.url}/healthz`)).rejects.toThrow("fetch failed");
  });

  test("a request on a kept connection of a door that drains is told to go", async () => {
    await using door = await openDoor(runtime);
    const socket = connect(door.port, "127.0.0.1");
    // The beginning of a second request came with the first: the connection is not idle.
    const said = textOf(socket);
    const first = `GET /healthz HTTP/1.1\r\n${HOST}\r\n`;
    socket.write(`${first}GET /v1/hooks HTTP/1.1\r\n${HOST}`);
    await new Promise((resolve) => socket.once("data", resolve));
    const drained = door.door.drain();
    socket.write(`${AUTH}\r\n`);
    const all = await said;
    expect(all.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 503"]);
    expect(all).toMatch(/connection: close/i);
    expect(all).toMatch(/retry-after: 1/i);
    expect(all).toContain('"code":"CLOSED"');
    await drained;
  });

  test("close() gives up what is at work", async () => {
    const door = await openDoor(runtime);
    await withHook(door, "forever", "(d) => { while (true); }");
    const call = ask(door, "/v1/hooks/forever/call", { body: "{}" }).then(
      () => "answered",
      () => "ended",
    );
    await expect.poll(() => runtime.describe().busy).toBe(1);
    await door.door.close();
    expect(await call).toBe("ended");
    await expect.poll(() => door.ended).toEqual([undefined, "CANCELLED"]);
    expect(door.connected()).toBe(0);
  });

  test("leaves no descriptor behind", async () => {
    const open = () =>
      execFileSync("ls", [`/proc/${process.pid}/fd`])
        .toString()
        .split("\n").length;
    const round = async () => {
      const door = await openDoor(runtime, { keyless: true });
      await withHook(door, "same", "(d) => d");
      await Promise.all(Array.from({ length: 8 }, () => json(door, "/v1/hooks/same/call", {})));
      for (let i = 0; i < 8; i++) {
        const socket = connect(door.port, "127.0.0.1");
        socket.on("error", () => undefined);
        socket.write(post("/v1/hooks/same/call", "Content-Length: 5\r\n"), () =>
          socket.resetAndDestroy(),
        );
      }
      await door[Symbol.asyncDispose]();
      await expect.poll(door.connected).toBe(0);
    };
    await round();
    const before = open();
    for (let i = 0; i < 5; i++) await round();
    await expect.poll(() => open() - before).toBeLessThanOrEqual(2);
  });

  test("openHttp() says that a port is taken", async () => {
    await using door = await openDoor(runtime);
    await expect(openDoor(runtime, { port: door.port })).rejects.toThrow("EADDRINUSE");
  });
});

function textOf(socket: Socket): Promise<string> {
  let got = "";
  socket.on("data", (chunk) => (got += chunk.toString()));
  socket.on("error", () => undefined);
  return new Promise((resolve) => socket.on("close", () => resolve(got)));
}

describe("TLS", () => {
  const folder = mkdtempSync(join(tmpdir(), "bookend-tls-"));
  const file = (name: string) => join(folder, name);
  const read = (name: string) => readFileSync(file(name));
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });
  const req = (name: string, ...more: string[]) =>
    openssl(
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-days", "2", "-keyout", file(`${name}.key`), "-out", file(`${name}.crt`)],
      ...["-subj", `/CN=${name}`, ...more],
    );
  beforeAll(() => {
    req("server", "-addext", "subjectAltName=IP:127.0.0.1");
    req("authority");
    req("client", "-CA", file("authority.crt"), "-CAkey", file("authority.key"));
    req("stranger");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function get(door: TestDoor, name?: string): Promise<number> {
    const own = name === undefined ? {} : { key: read(`${name}.key`), cert: read(`${name}.crt`) };
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const options = { ca: read("server.crt"), ...own, agent: false };
    const asked = httpsRequest(`${door.url}/v1/hooks`, options, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on("error", reject).end();
    return promise;
  }

  test("a certificate of the authority is who its fingerprint is; others need a key", async () => {
    const tls = { key: read("server.key"), cert: read("server.crt"), ca: read("authority.crt") };
    const out = openssl("x509", "-in", file("client.crt"), "-noout", "-fingerprint", "-sha256");
    const fingerprint = out.toString().split("=")[1]?.trim().replaceAll(":", "").toLowerCase();
    const seen: unknown[] = [];
    const caller = { tenant: "acme", key: "c", callsMax: 1 };
    const byCertificate = (one: { fingerprint: string }) => {
      seen.push(one);
      return one.fingerprint === fingerprint ? caller : undefined;
    };
    // Whoever may come in without anything, may not at a door that asks for certificates.
    await using door = await openDoor(runtime, { tls, gate: { byCertificate, anyone: caller } });
    expect(door.door.addresses[0]).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(await get(door, "client")).toBe(200);
    expect(seen).toEqual([{ fingerprint, commonName: "client" }]);
    expect(await get(door, "stranger")).toBe(401);
    expect(await get(door)).toBe(401);
    expect(seen.length).toBe(1);
    await expect.poll(door.connected).toBe(0);
  });
});
