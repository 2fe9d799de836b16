// A client in Python, with its own msgpack: what it sends is understood, and it understands the rest.

import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect, test } from "vitest";

import { startRuntime } from "../../src/flow/runtime.ts";
import { open, TestGate } from "./rpc-peer.ts";

const SCRIPT = fileURLToPath(new URL("rpc-client.py", import.meta.url));

/** The first Python on the way that has msgpack. */
const python = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "python3"))
  .filter((path) => existsSync(path))
  .find((path) => {
    try {
      return execFileSync(path, ["-c", "import msgpack"], { stdio: "pipe" }).length === 0;
    } catch {
      return false;
    }
  });

// Where Python has no msgpack, msgpackr alone is the peer, in the other tests.
test.skipIf(!python).each(["bare", "length"])("Python is answered, framing %s", async (framing) => {
  await using runtime = await startRuntime({ workers: 1, limits: { queueCallsTenant: 1_000 } });
  await using opened = await open(runtime, { gate: new TestGate() });
  const { port } = new URL(opened.door.addresses[0] ?? "");
  const { stdout } = await promisify(execFile)(python ?? "", [SCRIPT, port, framing]);
  expect(JSON.parse(stdout)).toEqual({
    auth: { tenant: "acme" },
    ping: "pong",
    same: [true, true, true],
    bytes: true,
    files: [1, [3, 100_000]],
    faults: ["UNKNOWN_HOOK", "BAD_REQUEST"],
    own: true,
  });
});
