// The escaped hook: a sandbox that runs whatever Node code it likes, in each jail that this machine
// can build. What it may not reach, it does not.

import { spawn } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Readable } from "node:stream";
import { pathToFileURL } from "node:url";

// Loaded for its addon alone: this process is to have one that the jail has no need of.
import "isolated-vm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createRuntime } from "../../src/index.ts";
import { type JailLevel, type Launch, launchFor, start } from "../../src/pool/launch.ts";
import { SandboxProcess } from "../../src/pool/sandbox-process.ts";
import { seccompFilter } from "../../src/pool/seccomp.ts";
import { until } from "../runtime/processes.ts";

let folder = "";
let launch: Launch;
let port = 0;
const server = createServer((socket) => socket.end("secret"));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bookend-jail-"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "secret.txt"), "secret");
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as { port: number }).port;
  const app = join(folder, "app");
  mkdirSync(app);
  writeFileSync(join(app, "package.json"), '{ "type": "module" }');
  const bundles = pathToFileURL(`${app}/`).href;
  launch = { ...(await launchFor("auto", { bundles, libraries: [] })), bundles: app };
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** Runs the body of an async function as the sandbox, and gives what it returns or throws. */
async function escaped(level: JailLevel, body: string): Promise<unknown> {
  const program = `
    import fs from "node:fs";
    import net from "node:net";
    import os from "node:os";
    import { execFileSync, spawnSync } from "node:child_process";
    import { createRequire } from "node:module";
    const run = async () => { ${body} };
    const said = await run().catch((error) => "refused: " + (error.code ?? error.message));
    fs.writeSync(4, JSON.stringify(said ?? null));
    process.exit(0);`;
  writeFileSync(join(launch.bundles, "sandbox.js"), program);
  const options = { descriptors: ["pipe", "pipe", "pipe"], fileBytesMax: 2 ** 20 } as const;
  const { child } = start({ ...launch, level }, "sandbox", options);
  let said = "";
  (child.stdio[4] as Readable).on("data", (part: Buffer) => (said += part.toString()));
  let stderr = "";
  child.stderr?.on("data", (part: Buffer) => (stderr += part.toString()));
  const code = await new Promise((resolve) => child.once("close", resolve));
  return said === "" ? `ended: ${String(code)} ${stderr.slice(0, 300)}` : JSON.parse(said);
}

const SECRET = () => JSON.stringify(join(folder, "secret.txt"));

/** What it tries, and what comes of it in the jail. */
const ATTEMPTS: readonly [what: string, body: () => string, jailed: unknown][] = [
  [
    "read /etc/passwd",
    () => 'return fs.readFileSync("/etc/passwd", "utf8").length',
    "refused: ENOENT",
  ],
  [
    "read a file of the host",
    () => `return fs.readFileSync(${SECRET()}, "utf8")`,
    "refused: ENOENT",
  ],
  [
    "see the host's files",
    () => 'return fs.readdirSync("/").sort().filter((name) => !/^lib/.test(name))',
    ["bookend", "isolated-vm.node", "node"],
  ],
  ["see its environment", () => "return Object.keys(process.env)", ["PWD"]],
  ["see other processes", () => 'return fs.readdirSync("/proc").length', "refused: ENOENT"],
  [
    "see its own path",
    () => "return [process.cwd(), process.argv[1], process.execPath]",
    ["/", "/bookend/sandbox.js", "/node"],
  ],
  [
    "signal a process of the host",
    () => `return process.kill(${process.pid}, 0)`,
    "refused: ESRCH",
  ],
  [
    "write beside its script",
    () => 'fs.writeFileSync("/bookend/guest.js", "evil"); return "written"',
    "refused: EROFS",
  ],
  ["write anywhere", () => 'fs.writeFileSync("/x", "x"); return "written"', "refused: EROFS"],
  ["make a folder for files", () => 'return fs.mkdtempSync("/tmp/x")', "refused: ENOENT"],
  ["see the name of the machine", () => "return os.hostname()", "bookend"],
  [
    "see network interfaces",
    () => "return Object.keys(os.networkInterfaces())",
    "refused: ERR_SYSTEM_ERROR",
  ],
  [
    "open a socket",
    () =>
      `return await new Promise((resolve, reject) => net.connect(${port}, "127.0.0.1").on("error", reject).on("data", (d) => resolve(String(d))))`,
    "refused: EPERM",
  ],
  [
    "listen",
    () =>
      'return await new Promise((resolve, reject) => net.createServer().on("error", reject).listen("\\0bookend", () => resolve("listens")))',
    "refused: EPERM",
  ],
  ["start a shell", () => 'return spawnSync("/bin/sh", ["-c", "id"]).error?.code', "EPERM"],
  [
    "start itself again",
    () => 'return spawnSync(process.execPath, ["-e", "1"]).error?.code',
    "EPERM",
  ],
  [
    "make a thread",
    () =>
      'const { Worker } = await import("node:worker_threads"); return await new Promise((resolve) => new Worker("require(\'worker_threads\').parentPort.postMessage(7)", { eval: true }).on("message", resolve))',
    7,
  ],
  [
    "load the addon again",
    () =>
      "const { ivm } = createRequire(import.meta.url)(process.argv[2]); const isolate = new ivm.Isolate(); return isolate.createContextSync().evalSync('6 * 7')",
    42,
  ],
  [
    "open many files",
    () =>
      'const open = []; try { for (;;) open.push(fs.openSync("/node")) } catch (error) { return [error.code, open.length < 64] }',
    ["EMFILE", true],
  ],
];

// Where bubblewrap is missing or forbidden there is nothing to try; `.ci/run` installs it.
const { level } = await launchFor("auto", {
  bundles: new URL("../../bundles/", import.meta.url).href,
  libraries: [],
});

describe.skipIf(level !== "bubblewrap")("bubblewrap", () => {
  test.each(ATTEMPTS)("whoever takes over a sandbox can not: %s", async (_what, body, jailed) => {
    expect(await escaped("bubblewrap", body())).toEqual(jailed);
  });

  // Without the jail most of it succeeds: the attempts are real ones.
  const SUCCEEDS = [
    "read a file of the host",
    "open a socket",
    "start a shell",
    "see other processes",
  ];
  test.each(ATTEMPTS.filter(([what]) => SUCCEEDS.includes(what)))(
    "without a jail he can: %s",
    async (_what, body, jailed) => {
      const got = await escaped("none", body());
      expect(got).not.toEqual(jailed);
      expect(String(got)).not.toMatch(/^(refused|ended)/);
    },
  );

  test("what this process has loaded beside Node is not in there", async () => {
    const body = `
      const look = (folder) => fs.readdirSync(folder || "/", { withFileTypes: true }).flatMap((entry) => {
        const path = folder + "/" + entry.name;
        return entry.isDirectory() ? look(path) : [path];
      });
      return look("").filter((path) => path.endsWith(".node"));`;
    expect(await escaped("bubblewrap", body)).toEqual(["/isolated-vm.node"]);
  });

  test("a file that he fills up ends his process, not the disk", async () => {
    const body =
      'for (let i = 0; i < 100; i++) fs.writeSync(5, Buffer.alloc(2 ** 20)); return "filled"';
    const path = join(folder, "filled");
    writeFileSync(
      join(launch.bundles, "sandbox.js"),
      `import fs from "node:fs"; ${body.replace("return ", "")}`,
    );
    const descriptor = openSync(path, "w");
    const options = { descriptors: ["pipe", "pipe", descriptor], fileBytesMax: 2 ** 22 } as const;
    const { child } = start({ ...launch, level: "bubblewrap" }, "sandbox", options);
    child.stderr?.resume();
    (child.stdio[4] as Readable).resume();
    await new Promise((resolve) => child.once("close", resolve));
    closeSync(descriptor);
    expect(statSync(path).size).toBe(2 ** 22);
  });

  test("it ends with the host, even in the middle of what cannot be interrupted", async () => {
    const program = `
      import { createRuntime } from "./src/index.ts";
      const runtime = await createRuntime({ workers: 1, jail: "required" });
      const source = "(d) => (d ? (2n ** 100000000n) ** 5n && 1 : 1)";
      const hook = await runtime.register({ kind: "pre", source, limits: { wallMs: 10_000 } });
      await hook.call(0);
      console.log("ready");
      await hook.call(1);`;
    const args = ["--no-warnings", "--input-type=module-typescript", "--eval", program];
    const cwd = join(import.meta.dirname, "../..");
    const host = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((resolve) => host.stdout.once("data", resolve));
    const sandboxes = inJail().filter(({ parent }) => parent === host.pid);
    expect(sandboxes.length).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 200));
    host.kill("SIGKILL");
    const pids = new Set(sandboxes.map(({ pid }) => pid));
    expect(await until(() => inJail().every(({ pid }) => !pids.has(pid)))).toBe(true);
  });
});

describe("permission", () => {
  const ROWS = [
    "read /etc/passwd",
    "read a file of the host",
    "write anywhere",
    "start a shell",
    "make a folder for files",
  ];
  test.each(ATTEMPTS.filter(([what]) => ROWS.includes(what)))(
    "whoever takes over a sandbox can not: %s",
    async (_what, body) => {
      expect(String(await escaped("permission", body()))).toContain("ERR_ACCESS_DENIED");
    },
  );

  test("a runtime works in it, libraries too", async () => {
    const bundles = new URL("../../bundles/", import.meta.url).href;
    const libraries = [new URL("../../bundles/libraries/", import.meta.url).href];
    const folders = await launchFor("off", { bundles, libraries });
    const sandbox = new SandboxProcess({ ...folders, level: "permission" });
    await sandbox.ready;
    await sandbox.close();
  });
});

describe("createRuntime()", () => {
  test("takes the strongest jail there is, and says which", async () => {
    for (const [jail, wanted] of [
      ["auto", level],
      ["off", "none"],
    ] as const) {
      await using runtime = await createRuntime({ workers: 1, jail });
      expect(runtime.describe().jail).toBe(wanted);
      const hook = await runtime.register({
        kind: "pre",
        source: "(d) => require('numjs').array(d).sum()",
      });
      expect((await hook.call([1, 2, 3])).value).toBe(6);
    }
  });

  test('with jail "required" starts in bubblewrap or not at all', async () => {
    const started = createRuntime({ workers: 1, jail: "required" });
    if (level !== "bubblewrap") {
      await expect(started).rejects.toMatchObject({ code: "INTERNAL", path: "jail" });
    } else {
      await using runtime = await started;
      expect(runtime.describe().jail).toBe("bubblewrap");
    }
  });

  test.each([
    ["an option that is none", { jail: "please" }, 'wants "auto", "required" or "off", got please'],
    ["a jail for threads", { jail: "required", isolation: "thread" }, 'wants isolation "process"'],
  ] as const)("refuses %s", async (_what, options, detail) => {
    const refused = { code: "BAD_REQUEST", path: "jail", detail: expect.stringContaining(detail) };
    await expect(createRuntime(options as object)).rejects.toMatchObject(refused);
  });
});

describe("seccompFilter()", () => {
  test.each(["x64", "arm64"])("of %s has whole instructions, and jumps that end in it", (arch) => {
    const filter = seccompFilter(arch);
    expect(filter && filter.length % 8).toBe(0);
    const view = new DataView((filter as Uint8Array<ArrayBuffer>).buffer);
    const count = view.byteLength / 8;
    expect(count).toBeLessThan(256);
    for (let i = 0; i < count; i++) {
      const isJump = (view.getUint16(8 * i, true) & 7) === 5;
      if (!isJump) continue;
      for (const at of [2, 3]) expect(i + 1 + view.getUint8(8 * i + at)).toBeLessThan(count);
    }
  });

  test("there is none for a processor whose numbers nobody looked up", () => {
    expect(seccompFilter("riscv64")).toBeUndefined();
  });
});

/** The processes inside of jails, and who started the jail. */
function inJail(): { pid: number; parent: number }[] {
  return readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const command = readFileSync(`/proc/${entry}/cmdline`, "utf8");
      if (!command.startsWith("/node\0")) return [];
      const parentOf = (pid: string) =>
        /\nPPid:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
      return [{ pid: Number(entry), parent: Number(parentOf(parentOf(entry))) }];
    } catch {
      return [];
    }
  });
}
