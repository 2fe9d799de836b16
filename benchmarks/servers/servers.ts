/**
 * The servers that are compared, each in a process of its own, and the requests that ask each of
 * them for the same: a small dict in and out, or a file of 1 MiB in and a small dict out.
 *
 * @module
 */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Packr } from "msgpackr";

import { CALLS, type CallScenario } from "../scenarios.ts";
import { type Client, HttpClient, RpcClient } from "./clients.ts";

/** A server that answers. */
export interface Served extends AsyncDisposable {
  readonly pid: number;
  readonly client: Client;
}

type Open = (scenario: string, workers: number) => Promise<Served>;

/** The first is the baseline. */
export const SERVERS: Readonly<Record<string, Open>> = {
  "workerd-http": (scenario) => openPeer(scenario, "workerd"),
  "deno-http": (scenario) => openPeer(scenario, "deno"),
  "bookend-http": (scenario, workers) => openBookend(scenario, workers, "http"),
  "bookend-tcp": (scenario, workers) => openBookend(scenario, workers, "tcp"),
  "bookend-unix": (scenario, workers) => openBookend(scenario, workers, "unix"),
};

const HERE = fileURLToPath(new URL(".", import.meta.url));
const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const READY_MS_MAX = 20_000;
/** More than are asked at a time: a queue that is full answers quickly. */
const MANY = 512;
const packr = new Packr({ useRecords: false, variableMapSize: true });

/** Installs the servers beside ours: not with everything else, because they are 200 MB. */
export function installPeers(): void {
  if (existsSync(join(HERE, "node_modules/.bin/deno"))) return;
  execFileSync("npm", ["ci", "--prefix", HERE], { stdio: "inherit" });
}

async function openPeer(scenario: string, name: "deno" | "workerd"): Promise<Served> {
  const port = await freePort();
  const address = `http=127.0.0.1:${port}`;
  const [program, args] =
    name === "deno"
      ? ["deno", ["run", "--allow-net", "deno.js", String(port)]]
      : ["workerd", ["serve", "--socket-addr", address, "workerd.capnp"]];
  const child = spawn(join(HERE, "node_modules/.bin", program), args, {
    cwd: HERE,
    stdio: "ignore",
  });
  await reached({ port, host: "127.0.0.1" });
  const { data, files } = givenOf(scenario);
  const [file] = files;
  const body = file ? Buffer.from(file) : Buffer.from(JSON.stringify(data));
  const type = file ? "application/octet-stream" : "application/json";
  const client = new HttpClient(port, httpRequest(`/${scenario}`, type, body));
  return served(child, client);
}

async function openBookend(
  scenario: string,
  workers: number,
  door: "http" | "tcp" | "unix",
): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), "bookend-bench-"));
  const port = await freePort();
  const unix = join(folder, "s");
  const rpc = door === "tcp" ? { tcp: { host: "127.0.0.1", port } } : { unix };
  const listens = door === "http" ? { http: { host: "127.0.0.1", port } } : { rpc };
  const limits = { queueCallsTenant: MANY, connectionCalls: MANY };
  const config = { ...listens, data: false, workers, limits, log: "warn" };
  writeFileSync(join(folder, "serve.json"), JSON.stringify(config));
  const args = [CLI, "serve", "--config", join(folder, "serve.json")];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  const where = door === "unix" ? { path: unix } : { port, host: "127.0.0.1" };
  await reached(where);
  const { run, data, files } = givenOf(scenario);
  const declaration = { kind: "pre", name: scenario, source: String(run) };
  const clean = () => rmSync(folder, { recursive: true, force: true });
  if (door === "http") {
    const body = Buffer.from(JSON.stringify(declaration));
    const response = await fetch(`http://127.0.0.1:${port}/v1/hooks`, {
      ...{ method: "POST", body, headers: { "content-type": "application/json" } },
    });
    if (!response.ok) throw new Error(`register: ${await response.text()}`);
    const path = `/v1/hooks/${scenario}/call`;
    const request =
      files.length > 0
        ? httpRequest(path, "application/msgpack", packr.pack({ data, files }))
        : httpRequest(path, "application/json", Buffer.from(JSON.stringify({ data })));
    return served(child, new HttpClient(port, request), clean);
  }
  using registering = new RpcClient(where, rpcRequest("register", [declaration]));
  await registering.call();
  const call = rpcRequest("call", [scenario, [data], files]);
  return served(child, new RpcClient(where, call), clean);
}

function givenOf(scenario: string): CallScenario {
  const given = CALLS[scenario];
  if (!given) throw new Error(`There is no scenario ${scenario}`);
  return given;
}

function httpRequest(path: string, type: string, body: Uint8Array): Buffer {
  const head =
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${type}\r\n` +
    `content-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** `[0, id, method, params]` behind its length; the client writes the id. */
function rpcRequest(method: string, params: unknown): Buffer {
  const message = Buffer.concat([
    Buffer.of(0x94, 0x00, 0xce, 0, 0, 0, 0),
    packr.pack(method),
    packr.pack(params),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(message.length);
  return Buffer.concat([length, message]);
}

function served(child: ChildProcess, client: Client, clean?: () => void): Served {
  return {
    pid: child.pid ?? 0,
    client,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
      clean?.();
    },
  };
}

async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address === "object" && address) return address.port;
  throw new Error("There is no free port");
}

/** Waits until somebody listens. */
async function reached(where: { path: string } | { port: number; host: string }): Promise<void> {
  const endMs = performance.now() + READY_MS_MAX;
  for (;;) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(where);
      socket.once("connect", () => (socket.destroy(), resolve(true)));
      socket.once("error", () => resolve(false));
    });
    if (isThere) return;
    if (performance.now() > endMs) throw new Error("A server did not start");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
