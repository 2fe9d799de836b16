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
/** Goes on from the README's lines: there and back through a hook that changes nothing. */
const EVERY_DTYPE = `
bookend.call("register", {"kind": "pre", "name": "same", "source": "(d) => d"})
names = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64".split()
for name in names:
    for shape in [(), (0,), (7,), (2, 3, 4), (5, 0, 2)]:
        size = int(np.prod(shape)) * np.dtype(name).itemsize
        raw = np.random.default_rng(size).bytes(size)
        if name == "bool":
            raw = bytes(b & 1 for b in raw)
        sent = np.frombuffer(raw, dtype=name).reshape(shape)
        got = bookend.call("call", "same", [{"x": [sent]}], [], {"numpy": True})["value"]["x"][0]
        assert isinstance(got, np.ndarray), (name, shape, type(got))
        assert (got.dtype, got.shape, got.tobytes()) == (sent.dtype, sent.shape, raw), (name, shape)
print(len(names))
`;

const lacks = spawnSync(PYTHON, ["-c", "import msgpack, msgpack_numpy, numpy"]).status !== 0;

describe("README, as a service", () => {
  // Debian's python3-msgpack, python3-msgpack-numpy and python3-numpy; `.ci/run` installs them.
  test.skipIf(lacks)("the lines in Python", () => {
    const said = execFileSync(PYTHON, ["-c", blockOf("python")], { encoding: "utf8" });
    expect(said).toBe("True\n");
  });

  test.skipIf(lacks)("arrays of every dtype come back equal to the bit", () => {
    const script = blockOf("python") + EVERY_DTYPE;
    expect(execFileSync(PYTHON, ["-c", script], { encoding: "utf8" })).toBe("True\n12\n");
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
