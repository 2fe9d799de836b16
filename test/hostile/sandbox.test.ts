// A sandbox that was taken over, as a process of its own: whatever it sends or does not send costs
// one call at most, and itself. Each row lies once; the sandbox after it is a real one.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { limitsFrom } from "../../src/limits.ts";
import { type Launch, launchFor } from "../../src/pool/launch.ts";
import { Pool } from "../../src/pool/pool.ts";
import { SandboxProcess } from "../../src/pool/sandbox-process.ts";
import { HookError } from "../../src/runtime/hook-error.ts";
import type { PreHook } from "../../src/runtime/hook.ts";
import { PooledHooks } from "../../src/runtime/runtime.ts";
import { sandboxes, until } from "../runtime/processes.ts";
import { CALL_LIES, IDLE_LIES, START_LIES } from "./sandbox-lies.ts";
import { LIE, LIE_IDLE } from "./sandbox-stand-in.ts";

const BUNDLES = new URL("../../bundles/", import.meta.url);
/** A worker has no business to need more than this for what a sandbox sends. */
const GROWTH_BYTES_MAX = 256 * 2 ** 20;

let folder = "";
let launch: Launch;
let runtime: PooledHooks;
/** Two hooks, and what the real sandbox makes of a number. */
let victim: PreHook;
let other: PreHook;
const ran = (d: number) => ({ ran: d });
let descriptors = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bookend-lies-"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "sandbox.js"), standIn());
  const folders = { bundles: BUNDLES.href, libraries: [] };
  launch = { ...(await launchFor("off", folders)), bundles: folder };
  descriptors = openDescriptors();
  runtime = new PooledHooks(await Pool.start(options()));
  const source = "(d) => ({ ran: d })";
  victim = await runtime.register({ kind: "pre", name: "victim", source });
  other = await runtime.register({ kind: "pre", name: "other", source });
});
afterAll(async () => {
  await runtime.close();
  rmSync(folder, { recursive: true });
});

/** One process after the file `lie` was written lies as it says; the others are real. */
function standIn(): string {
  const lies = new URL("sandbox-lies.ts", import.meta.url).href;
  const program = new URL("sandbox-stand-in.ts", import.meta.url).href;
  return `
    import { renameSync, readFileSync, writeFileSync } from "node:fs";
    const folder = ${JSON.stringify(folder)};
    let isLiar = true;
    try { renameSync(folder + "/lie", folder + "/taken"); } catch { isLiar = false; }
    if (!isLiar) await import(${JSON.stringify(new URL("sandbox.js", BUNDLES).href)});
    else {
      const [table, row] = JSON.parse(readFileSync(folder + "/taken", "utf8"));
      writeFileSync(folder + "/pid", String(process.pid));
      const lie = (await import(${JSON.stringify(lies)}))[table][row];
      if (table === "START_LIES") lie.act(1);
      const { serve } = await import(${JSON.stringify(program)});
      serve(lie, () => writeFileSync(folder + "/lied", ""));
    }`;
}

function options(): ConstructorParameters<typeof Pool>[0] {
  const limits = limitsFrom({ wallMs: 100, kills: 1_000 });
  const libraries = { entries: [], files: new Map(), folders: [], common: [], tenants: new Map() };
  const start = { workers: 1, isolation: "process", tenancy: "shared" } as const;
  return { ...start, launch, libraries, limits, bundles: BUNDLES.href };
}

/** Has the next process that is started lie, and ends those that are there. */
async function letLie(table: string, row: number): Promise<void> {
  for (const name of ["pid", "lied", "taken"]) rmSync(join(folder, name), { force: true });
  // Twice: one that has just been forked is not seen yet.
  for (let i = 0; i < 2; i++) {
    for (const pid of sandboxes()) process.kill(pid, "SIGKILL");
    expect(await until(() => sandboxes().length === 0)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  writeFileSync(join(folder, "lie"), JSON.stringify([table, row]));
}

const isThere = (name: string) => existsSync(join(folder, name));
const liar = () => Number(readFileSync(join(folder, "pid"), "utf8"));

/** What became of calls: their values, or the code and detail of their faults. */
async function ends(calls: readonly Promise<{ readonly value: unknown }>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((one) => {
    if (one.status === "fulfilled") return one.value.value;
    const { reason } = one as { reason: unknown };
    if (!(reason instanceof HookError)) throw reason;
    return `${reason.code}: ${reason.detail}`;
  });
}

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** Runs `act`, and gives by how many bytes this process was larger meanwhile. */
async function growth(act: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20);
  await act();
  clearInterval(timer);
  return Math.max(most, process.memoryUsage.rss()) - before;
}

describe("a sandbox that lies about a call", () => {
  test.each(CALL_LIES.map((lie, row) => [lie.name, row] as const))("%s", async (_name, row) => {
    const { said, blames = 0 } = CALL_LIES[row] as (typeof CALL_LIES)[number];
    await letLie("CALL_LIES", row);
    // The stand-in doubles: it is the one that serves, with both hooks loaded.
    expect(await ends([victim.call(3), other.call(4)])).toEqual([6, 8]);
    let got: unknown[] = [];
    const grown = await growth(async () => {
      got = await ends([victim.call(LIE), other.call(1), other.call(2)]);
    });
    // A lie about the second call blames nobody when that was given back before it was read.
    const wanted: unknown[] = [2 * LIE, ran(1), ran(2)];
    if (blames === 0 || typeof got[1] === "string") wanted[blames] = expect.stringMatching(said);
    expect(got).toEqual(wanted);
    expect(grown).toBeLessThan(GROWTH_BYTES_MAX);
    expect(await until(() => !sandboxes().includes(liar()))).toBe(true);
    expect(await ends([victim.call(5)])).toEqual([ran(5)]);
  });
});

describe("a sandbox that is asked nothing", () => {
  test.each(IDLE_LIES.map(({ name }, row) => [name, row] as const))("%s", async (_name, row) => {
    await letLie("IDLE_LIES", row);
    expect(await ends([victim.call(3), other.call(4)])).toEqual([6, 8]);
    expect(await ends([victim.call(LIE_IDLE)])).toEqual([2 * LIE_IDLE]);
    expect(await until(() => isThere("lied") || !sandboxes().includes(liar()))).toBe(true);
    expect(await ends([victim.call(5), other.call(6)])).toEqual([ran(5), ran(6)]);
    expect(await until(() => !sandboxes().includes(liar()))).toBe(true);
  });

  test.each([1, 4])("it does not wait for the next call to be found out: row %i", async (row) => {
    await letLie("IDLE_LIES", row);
    expect(await ends([victim.call(LIE_IDLE)])).toEqual([2 * LIE_IDLE]);
    expect(await until(() => !sandboxes().includes(liar()))).toBe(true);
    expect(await ends([victim.call(5)])).toEqual([ran(5)]);
  });
});

describe("a sandbox that does not start", () => {
  test.each(START_LIES.map(({ name }, row) => [name, row] as const))("%s", async (_name, row) => {
    await letLie("START_LIES", row);
    expect(await ends([victim.call(5), other.call(6)])).toEqual([ran(5), ran(6)]);
    expect(await until(() => !sandboxes().includes(liar()))).toBe(true);
  });

  test("it is given up after ten seconds without a word", async () => {
    const quiet = mkdtempSync(join(folder, "quiet-"));
    writeFileSync(join(quiet, "sandbox.js"), "setInterval(() => 0, 1000)");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const sandbox = new SandboxProcess({ ...launch, bundles: quiet });
      const failed = expect(sandbox.ready).rejects.toThrow("was not there within 10000 ms");
      vi.advanceTimersByTime(9_999);
      expect(sandboxes()).toContain(sandbox.pid);
      vi.advanceTimersByTime(1);
      await failed;
      await sandbox.gone;
    } finally {
      vi.useRealTimers();
    }
  });
});

test("nothing is left when it is closed", async () => {
  await runtime.close();
  expect(await until(() => sandboxes().length === 0)).toBe(true);
  expect(await until(() => openDescriptors() <= descriptors)).toBe(true);
});
