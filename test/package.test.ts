// What a stranger gets: the packed package, installed into an empty folder, used by plain JavaScript
// and by TypeScript that is only checked.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const PROGRAM = `
import { createRuntime, HookError, Tensor, tensor } from "bookend";
await using runtime = await createRuntime({ workers: 1 });
const hook = await runtime.register({
  kind: "post",
  name: "argmax",
  source: (scores) => require("numpy").argmax(require("numpy").array(scores), 1),
  returns: tensor("int32", ["batch"]),
});
const scores = new Tensor("float32", [2, 3], new Float32Array([1, 3, 2, 9, 7, 8]));
const { value } = await hook.call(scores);
console.log(JSON.stringify([value.dtype, value.shape, value.tolist()]));
const refused = runtime.register({ kind: "pre", source: "(a, b, c) => a" });
console.log(await refused.catch((error) => [error instanceof HookError, error.code].join()));
const { connect, HookError: Remote } = await import("bookend/client");
const lost = connect("unix:./nowhere.sock", { tries: 1 });
console.log(await lost.catch((error) => [Remote === HookError, error.code].join()));
`;
const TYPED = `
import { createRuntime, fn, type HookError, type PreHook, type Stage } from "bookend";
import { type Client, connect, type RemoteStage } from "bookend/client";
import type {} from "bookend/hook";
const runtime = await createRuntime();
const hook: PreHook = await runtime.register({ kind: "pre", source: (data: number[]) => data.length });
const code: HookError["code"] = "HOOK_TIMEOUT";
const stages: Stage[] = [{ model: fn((rows: number[]) => rows.length), post: (n: number) => [n] }];
const endpoint = await runtime.deploy(stages, "lengths", { example: { data: [1] } });
const ran: number = (await endpoint.run([1])).stages.length;
const client: Client = await connect("unix:/run/bookend.sock", { key: "k", deadlineMs: 500 });
const remote = await client.register({ kind: "pre", source: (data: number[]) => data.length });
const described: RemoteStage[] = [{ model: { onnx: new Uint8Array(1) }, post: (n: number) => [n] }];
const there: string = (await (await client.deploy(described, "f")).run(1)).runId;
await remote.call([1], [], { trace: { traceparent: there } });
// @ts-expect-error A model of this process cannot be sent.
await client.deploy(stages, "f");
// @ts-expect-error A stage has a model.
await runtime.check([{ pre: (data: unknown) => data }], { tenant: String(ran) });
// @ts-expect-error A pre is called with data, files and options, and nothing else.
await hook.call([1], [], {}, code);
`;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bookend-"));
  run("npm", ["pack", "--pack-destination", folder], ROOT);
  const [tarball = ""] = readdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
  run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", join(folder, tarball)]);
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, args: readonly string[], cwd = folder): string {
  return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

test("the packed package runs a hook from an empty folder, with no TypeScript at run time", () => {
  writeFileSync(join(folder, "program.js"), PROGRAM);
  const printed = run(process.execPath, ["program.js"]).trim().split("\n");
  expect(printed).toEqual(['["int32",[2],[1,0]]', "true,SIGNATURE_INVALID", "true,CLOSED"]);
});

test("the packed package brings its command, and says which package a model lacks", () => {
  const flow = `
    import { fn, onnx } from "bookend";
    export const example = { data: [3, 4] };
    export default process.env.ONNX
      ? [{ model: onnx(process.env.ONNX) }]
      : [{ model: fn((rows) => rows), pre: (data) => data.map((x) => x * x), post: (r) => r }];`;
  writeFileSync(join(folder, "flow.js"), flow);
  const bin = join(folder, "node_modules/.bin/bookend");
  expect(JSON.parse(run(bin, ["run", "flow.js", "--json"]))).toMatchObject({ result: [9, 16] });
  const env = { ...process.env, ONNX: join(ROOT, "examples/models/digits.onnx") };
  const { status, stdout } = spawnSync(bin, ["check", "flow.js"], { cwd: folder, env });
  expect(status).toBe(1);
  expect(String(stdout)).toContain("npm install onnxruntime-");
});

test("the packed package brings its types, and its hook world for editors", () => {
  writeFileSync(join(folder, "typed.ts"), TYPED);
  const tsc = join(
    dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
    "bin/tsc",
  );
  const strict = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2024"];
  const types = ["--typeRoots", join(ROOT, "node_modules/@types"), "--types", "node"];
  run(process.execPath, [tsc, ...strict, ...types, "typed.ts"]);
});

test("the package holds what it needs and nothing of ours beside", () => {
  const inside = readdirSync(join(folder, "node_modules/bookend")).toSorted();
  expect(inside).toEqual([
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "bundles",
    "dist",
    "docs",
    "package.json",
  ]);
});
