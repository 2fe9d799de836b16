// "As a service" of the README, as written: a server is started with its first line, and the lines
// in Python, for curl and in TypeScript run against it. Only the ports are free ones.

import { execFileSync, type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const SECTION = /\n## As a service\n([\s\S]*?)\n## /.exec(README)?.[1] ?? "";
const folder = mkdtempSync(join(tmpdir(), "bookend-readme-"));

const blockOf = (language: string, index = 0): string => {
  const blocks = [...SECTION.matchAll(/```([^\n]*)\n([\s\S]*?)```/g)];
  const own = blocks.filter(([, info]) => info === language).map(([, , text = ""]) => text);
  return withPorts(own[index] ?? "");
};

let ports: { readonly rpc: number; readonly http: number };
const withPorts = (text: string) =>
  text.replaceAll("7070", String(ports.rpc)).replaceAll("8080", String(ports.http));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}

let server: ChildProcess;
beforeAll(async () => {
  ports = { rpc: await freePort(), http: await freePort() };
  const listens = ["--rpc", `tcp:127.0.0.1:${ports.rpc}`, "--http", `127.0.0.1:${ports.http}`];
  const args = [join(ROOT, "dist/cli.js"), "serve", ...listens, "--workers", "1"];
  server = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  const isReady = async () => {
    try {
      return (await fetch(`http://127.0.0.1:${ports.http}/readyz`)).ok;
    } catch {
      return false;
    }
  };
  for (let i = 0; i < 400 && !(await isReady()); i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}, 30_000);
afterAll(async () => {
  const gone = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGTERM");
  expect(await gone).toBe(0);
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

// Debian's own Python: another one on the PATH does not have Debian's packages.
const PYTHON = "/usr/bin/python3";
const lacks = spawnSync(PYTHON, ["-c", "import msgpack, msgpack_numpy, numpy"]).status !== 0;

describe("README, as a service", () => {
  // Debian's python3-msgpack, python3-msgpack-numpy and python3-numpy; `.ci/run` installs them.
  test.skipIf(lacks)("the lines in Python", () => {
    const said = execFileSync(PYTHON, ["-c", blockOf("python")], { encoding: "utf8" });
    expect(said).toBe("True\n");
  });

  test.skipIf(spawnSync("curl", ["--version"]).status !== 0)("the lines for curl", () => {
    const options = { cwd: folder, encoding: "utf8" } as const;
    const said = execFileSync("sh", ["-ec", blockOf("sh", 1)], options);
    // The first answer is the hook's, the second that of the call.
    expect(said).toContain('"name":"sizes"');
    expect(said).toContain('"value":[["a.txt",3,7]]');
  });

  test("the lines in TypeScript", () => {
    const script = [
      "--no-warnings",
      "--input-type=module-typescript",
      "--eval",
      blockOf("ts service"),
    ];
    const said = execFileSync(process.execPath, script, { cwd: ROOT, encoding: "utf8", env: {} });
    expect(said).toBe("[ 2, 4, 6 ]\n");
  });
});
