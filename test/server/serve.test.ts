// A server as an operator has it: what it is told and refuses, what it says, how it ends, and what is
// there again after it was killed.

import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { serverConfigFrom, settingsFrom } from "../../src/server/config.ts";
import { startServer } from "../../src/server/serve.ts";
import { sandboxes, until } from "../runtime/processes.ts";
import { begun, ran, type Serving, serving } from "./serving.ts";

let folder = "";
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "bookend-serve-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let made = 0;
/** An empty folder. */
function newFolder(): string {
  const path = join(folder, String(made++));
  mkdirSync(path);
  return path;
}

const BUSY = "(ms) => { const t = Date.now(); while (Date.now() - t < ms); return ms }";
const hook = (name: string, source: string, more: object = {}) => ({
  ...{ kind: "pre", name, source },
  ...more,
});

describe("settingsFrom()", () => {
  test("says where a server is that was told nothing", () => {
    expect(settingsFrom({}, "/srv")).toEqual({
      rpc: { tcp: { host: "127.0.0.1", port: 7070 } },
      http: { host: "127.0.0.1", port: 8080 },
      data: "/srv/bookend-data",
      keys: "/srv/bookend-keys.json",
      isKeysSaid: false,
      clients: [],
      models: { servers: [] },
      log: undefined,
      tracing: undefined,
      runtime: {},
    });
  });

  test("takes every path from beside the base, and leaves absolute ones", () => {
    const tls = { keyFile: "a.key", certFile: "/etc/a.crt", caFile: "../ca.crt" };
    const settings = settingsFrom(
      {
        rpc: { unix: "run/b.sock", unixMode: "660", tls: { host: "::", port: 1, ...tls } },
        http: { host: "h", port: 0, tls },
        ...{ data: "d", keys: "k.json", models: { folder: "m", servers: ["https://a:1"] } },
        clients: [{ fingerprint: `AB:${"cd:".repeat(30)}EF`, tenant: "t", calls: 3 }],
        ...{ workers: 2, log: "warn", tracing: true },
      },
      "/srv/x",
    );
    const files = { keyFile: "/srv/x/a.key", certFile: "/etc/a.crt", caFile: "/srv/ca.crt" };
    expect(settings).toEqual({
      rpc: { unix: "/srv/x/run/b.sock", unixMode: 0o660, tls: { host: "::", port: 1, ...files } },
      http: { host: "h", port: 0, tls: files },
      ...{ data: "/srv/x/d", keys: "/srv/x/k.json", isKeysSaid: true },
      models: { folder: "/srv/x/m", servers: ["https://a:1"] },
      clients: [{ fingerprint: `ab${"cd".repeat(30)}ef`, tenant: "t", calls: 3 }],
      ...{ log: "warn", tracing: true, runtime: { workers: 2 } },
    });
  });

  test("opens one door where only one was said", () => {
    expect(settingsFrom({ http: { port: 1 } }, "/")).toMatchObject({ rpc: undefined });
    expect(settingsFrom({ rpc: { unix: "a" } }, "/")).toMatchObject({ http: undefined });
    expect(settingsFrom({ data: false }, "/").data).toBe(false);
  });

  test.each<[name: string, options: unknown, path: string, detail: string]>([
    ["no object", [], "", "wants options as an object"],
    ["an option of nobody", { port: 1 }, "port", "is not an option; there are rpc, http, data"],
    ["an option of no door", { rpc: { udp: {} } }, "rpc.udp", "there are unix, unixMode, tcp, tls"],
    ["a door that is nowhere", { rpc: {} }, "rpc", "wants unix, tcp or tls, got none"],
    ["no port", { http: {} }, "http.port", "from 0 to 65535, 0 for any, got undefined"],
    ["a port too high", { rpc: { tcp: { port: 65_536 } } }, "rpc.tcp.port", "got 65536"],
    ["a port that is text", { http: { port: "80" } }, "http.port", 'got "80"'],
    ["an empty host", { http: { host: "", port: 1 } }, "http.host", 'wants a text, got ""'],
    ["rights that are none", { rpc: { unix: "a", unixMode: "888" } }, "rpc.unixMode", "octal"],
    ["TLS without a key", { http: { port: 1, tls: {} } }, "http.tls.keyFile", "wants a text"],
    ["true as data", { data: true }, "data", "wants a text, got true"],
    ["one client", { clients: { tenant: "a" } }, "clients", "wants a list"],
    ["a client of no name", { clients: [{ tenant: "a" }] }, "clients[0]", "got neither or both"],
    [
      "a client of two",
      { clients: [{ tenant: "a", commonName: "b", fingerprint: "c" }] },
      "clients[0]",
      "got neither or both",
    ],
    [
      "half a fingerprint",
      { clients: [{ tenant: "a", fingerprint: "ab" }] },
      "clients[0].fingerprint",
      "64 hexadecimal",
    ],
    ["a client of no tenant", { clients: [{ commonName: "a" }] }, "clients[0].tenant", "letters"],
    [
      "a model server that is none",
      { models: { servers: ["a b"] } },
      "models.servers[0]",
      "https://",
    ],
    ["a number as log", { log: 3 }, "log", "wants a text, got 3"],
    ["a text as tracing", { tracing: "yes" }, "tracing", "wants true or false"],
  ])("refuses %s", (_name, options, path, detail) => {
    const refused = { code: "BAD_REQUEST", path, detail: expect.stringContaining(detail) };
    expect(() => settingsFrom(options, "/")).toThrow(expect.objectContaining(refused));
  });
});

describe("serverConfigFrom()", () => {
  test("reads a file with paths beside it, and says nothing of doors that it does not name", () => {
    const at = newFolder();
    const path = join(at, "server.json");
    const allowlist = { folder: "libraries" };
    writeFileSync(path, JSON.stringify({ allowlist, limits: { wallMs: 5 } }));
    expect(serverConfigFrom(path)).toMatchObject({
      ...{ data: join(at, "bookend-data"), rpc: undefined, http: undefined, keys: undefined },
      ...{ allowlist: { folder: join(at, "libraries") }, limits: { wallMs: 5 } },
    });
    writeFileSync(join(at, "bookend-keys.json"), "{}");
    expect(serverConfigFrom(path).keys).toBe(join(at, "bookend-keys.json"));
  });

  test.each([
    ["no file", undefined, "wants a JSON file at"],
    ["no JSON", "{", "wants a JSON file at"],
    ["an option of nobody", '{"hosts":1}', "is not an option; there are rpc, http, data, keys"],
  ])("refuses %s", (_name, text, detail) => {
    const path = join(newFolder(), "server.json");
    if (text !== undefined) writeFileSync(path, text);
    expect(() => serverConfigFrom(path)).toThrow(detail);
  });
});

describe("startServer()", () => {
  const http = { host: "127.0.0.1", port: 0 };

  test("serves in this process, forgets what it was told to, and leaves nothing behind", async () => {
    const path = join(newFolder(), "bookend.sock");
    {
      const options = {
        http,
        rpc: { unix: path },
        data: false,
        workers: 1,
        log: "silent",
      } as const;
      await using server = await startServer(options);
      expect(server.addresses).toEqual([`unix:${path}`, expect.stringMatching(/^http:.*:\d+$/)]);
      expect(server.info).toMatchObject({ workers: 1, data: undefined, keys: undefined });
      const answer = await fetch(`${server.addresses[1]}/v1/hooks`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(hook("one", "(d) => d")),
      });
      expect(answer.status).toBe(201);
      await server.drain();
      await expect(fetch(String(server.addresses[1]))).rejects.toThrow("fetch failed");
    }
    expect(await until(() => sandboxes().length === 0)).toBe(true);
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  });

  test("gives everything back when its last door cannot be opened", async () => {
    const data = join(newFolder(), "data");
    const options = { data, workers: 1, log: "silent" };
    await using first = await startServer({ ...options, http, data: false });
    const port = Number(new URL(String(first.addresses[0])).port);
    const taken = startServer({ ...options, http: { ...http, port } });
    const detail = expect.stringContaining("EADDRINUSE");
    await expect(taken).rejects.toMatchObject({ code: "BAD_REQUEST", path: "http", detail });
    await using _ = await startServer({ ...options, http });
  });

  test.each<[name: string, options: object, path: string]>([
    ["an address of others, without keys", { http: { host: "0.0.0.0", port: 0 } }, "http"],
    ["a file of keys that is not there", { keys: "none.json" }, "keys"],
    [
      "files of TLS that are not there",
      { http: { ...http, tls: { keyFile: "a", certFile: "b" } } },
      "http.tls.keyFile",
    ],
    ["a limit that is none", { limits: { wallMs: -1 } }, "limits.wallMs"],
  ])("refuses %s", async (_name, options, path) => {
    const starting = startServer({ http, data: false, workers: 1, log: "silent", ...options });
    await expect(starting).rejects.toMatchObject({ code: "BAD_REQUEST", path });
  });
});

describe("bookend serve", () => {
  test("says where it listens and what is in force, in three lines", async () => {
    const at = newFolder();
    await using server = await serving([], at);
    expect(server.info).toMatchObject({
      ...{ ok: true, isolation: "process", tenancy: "shared", workers: 1 },
      ...{ data: join(at, "bookend-data"), keys: null, clients: 0 },
    });
    const busy = await ran(["serve", "--http", "127.0.0.1:0", "--workers", "1"], at);
    expect(busy.code).toBe(3);
    expect(busy.err).toContain("wants a folder that no other process has open");
  });

  test.each<[line: string, code: number, err: string]>([
    ["serve now", 2, "serve takes no now"],
    ["serve --http 8080", 2, "--http wants host:port"],
    ["serve --rpc /run/a.sock", 2, "--rpc wants unix:path or tcp:host:port"],
    ["serve --rpc tcp:7070", 2, "--rpc wants host:port"],
    ["serve --http 0.0.0.0:0", 3, "bookend keys add --tenant default --keys"],
    ["serve --http 127.0.0.1:0 --keys none.json", 3, "there is none"],
    ["serve --config none.json", 3, "wants a JSON file at none.json"],
    ["keys", 2, "keys wants add, list or revoke, got nothing"],
    ["keys add", 2, "keys add wants --tenant"],
    ["keys add extra --tenant a", 2, "keys add takes no extra"],
    ["keys add --tenant a --calls 0", 2, "--calls wants a number"],
    ["keys add --tenant a --expires soon", 2, "--expires wants a time such as 12h"],
    ["keys revoke", 2, "keys revoke wants the id"],
    ["keys revoke abc", 3, "of which there are none; got abc"],
  ])("bookend %s exits with %i and says why", async (line, code, err) => {
    const { code: got, err: said, out } = await ran(line.split(" "), newFolder());
    expect([got, out]).toEqual([code, ""]);
    expect(said).toContain(err);
  });

  test("SIGTERM lets what is at work come to its end, takes no more, and exits with 0", async () => {
    await using server = await serving([], newFolder());
    await server.post("/v1/hooks", hook("busy", BUSY, { limits: { wallMs: 10_000 } }));
    const call = server.post("/v1/hooks/busy/call", { data: 1_500 });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const pids = sandboxes(server.pid);
    expect(pids.length).toBeGreaterThan(0);
    server.kill("SIGTERM");
    expect(await call).toMatchObject({ status: 200, body: { value: 1_500 } });
    expect(await server.ended).toBe(0);
    await expect(server.post("/v1/hooks/busy/call", { data: 0 })).rejects.toThrow("fetch failed");
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test("what takes longer than limits.drainMs is given up", async () => {
    const at = newFolder();
    writeFileSync(join(at, "server.json"), JSON.stringify({ limits: { drainMs: 100 } }));
    await using server = await serving(["--config", "server.json"], at);
    await server.post("/v1/hooks", hook("busy", BUSY, { limits: { wallMs: 10_000 } }));
    const call = server.post("/v1/hooks/busy/call", { data: 3_000 }).catch(() => "given up");
    await new Promise((resolve) => setTimeout(resolve, 500));
    server.kill("SIGINT");
    const answer = await call;
    expect(answer === "given up" || (typeof answer === "object" && answer.status >= 499)).toBe(
      true,
    );
    expect(await server.ended).toBe(0);
  });

  test("a second signal is at once, and leaves no sandbox", async () => {
    await using server = await serving([], newFolder());
    await server.post("/v1/hooks", hook("busy", BUSY, { limits: { wallMs: 10_000 } }));
    const call = server.post("/v1/hooks/busy/call", { data: 9_000 }).catch(() => "cut off");
    await new Promise((resolve) => setTimeout(resolve, 500));
    const pids = sandboxes(server.pid);
    server.kill("SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, 200));
    server.kill("SIGTERM");
    expect(await server.ended).toBe(143);
    expect(await call).toBe("cut off");
    expect(await until(() => pids.filter(isAlive).length === 0)).toBe(true);
  });

  test("a signal while it starts ends it", async () => {
    const at = newFolder();
    const { child, ended } = begun(["serve", "--http", "127.0.0.1:0", "--workers", "1"], at);
    expect(
      await until(
        () => statSync(join(at, "bookend-data"), { throwIfNoEntry: false }) !== undefined,
        20,
      ),
    ).toBe(true);
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
  });

  test("a key opens the server, another does not, and a revoked one does no more", async () => {
    const at = newFolder();
    const added = await ran(
      ["keys", "add", "--tenant", "acme", "--name", "ci", "--expires", "90d"],
      at,
    );
    const key = added.out.trim();
    expect(added).toMatchObject({ code: 0, err: expect.stringContaining("It is shown this once") });
    const id = key.slice(3, 15);
    const list = await ran(["keys", "list"], at);
    expect(list.out).toMatch(new RegExp(`^id .*\\n${id}  acme    ci `));
    expect(list.out).not.toContain(key.slice(16));
    // The file has the default's name, so nobody has to say it.
    await using server = await serving([], at);
    expect(server.info).toMatchObject({ keys: 1 });
    const registered = await server.post("/v1/hooks", hook("one", "(d) => d"), key);
    expect(registered).toMatchObject({ status: 201, body: { tenant: "acme" } });
    expect((await server.post("/v1/hooks/one/call", { data: 1 })).status).toBe(401);
    expect((await server.post("/v1/hooks/one/call", { data: 1 }, `${key}x`)).status).toBe(401);
    expect(await server.post("/v1/hooks/one/call", { data: 1 }, key)).toMatchObject({
      status: 200,
    });
    const revoked = await ran(["keys", "revoke", id], at);
    expect(revoked).toMatchObject({ code: 0, out: `revoked ${id} of tenant acme\n` });
    let status = 200;
    for (let i = 0; i < 500 && status === 200; i++) {
      ({ status } = await server.post("/v1/hooks/one/call", { data: 1 }, key));
    }
    expect(status).toBe(401);
  });
});

describe("a server that is killed", () => {
  test("leaves no process, and has again all that it answered, without a word", async () => {
    const at = newFolder();
    const answered = new Map<string, number>();
    for (let round = 0; round < 3; round++) {
      await using server = await serving([], at);
      // All that was answered before answers again, by name and by version.
      for (const [ref, number] of answered) {
        expect(await server.post(`/v1/hooks/${ref}/call`, { data: 1 }), ref).toMatchObject({
          ...{ status: 200, body: { value: [number, 1] } },
        });
      }
      const registering = [0, 1, 2].map((lane) => register(server, answered, { round, lane }));
      const wanted = answered.size + 30;
      expect(await until(() => answered.size >= wanted, 30)).toBe(true);
      const pids = sandboxes(server.pid);
      server.kill("SIGKILL");
      await Promise.all([server.ended, ...registering]);
      expect(pids.length).toBeGreaterThan(0);
      expect(await until(() => pids.filter(isAlive).length === 0)).toBe(true);
    }
  }, 120_000);
});

/** Registers one hook after another until nobody answers any more. */
async function register(
  server: Serving,
  answered: Map<string, number>,
  { round, lane }: { readonly round: number; readonly lane: number },
): Promise<void> {
  for (let i = 0; ; i++) {
    const number = 1_000_000 * round + 10_000 * lane + i;
    const declaration = hook(`h${number}`, `(d) => [${number}, d]`);
    const answer = await server.post("/v1/hooks", declaration).catch(() => undefined);
    if (!answer) return;
    expect(answer.status).toBe(201);
    answered.set(i % 2 === 0 ? `h${number}` : String(answer.body["version"]), number);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
