// Start-up snapshots: made by a process of their own, woken by another, and never a way from one
// hook to the next.

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { HOOK_GLOBALS, TOOL_HELPERS } from "../../src/contract/source/globals.ts";
import type { LibraryFile } from "../../src/contract/library.ts";
import { createRuntime, type Runtime } from "../../src/index.ts";
import { launchFor } from "../../src/pool/launch.ts";
import { bytesOf, type SnapshotFile, Snapshots } from "../../src/pool/snapshots.ts";
import { builtIn } from "../allowlist/builtin.ts";
import { until } from "../runtime/processes.ts";

const BUNDLES = new URL("../../bundles/", import.meta.url);

describe("Snapshots", () => {
  let snapshots: Snapshots;
  beforeAll(async () => {
    const libraries = [new URL("libraries/", BUNDLES).href];
    snapshots = new Snapshots(
      await launchFor("auto", { bundles: BUNDLES.href, libraries }),
      "process",
    );
  });
  afterAll(() => snapshots.close());

  test("are there for the second who asks, in whatever order he names the libraries", async () => {
    expect(snapshots.of(builtIn("numjs", "jimp"))).toBeUndefined();
    await snapshots.settled;
    const file = snapshots.of(builtIn("jimp", "numjs")) as SnapshotFile;
    expect(file.bytes).toBeGreaterThan(2 ** 20);
    const bytes = bytesOf(file, 24);
    expect(bytes.length).toBe(24 + file.bytes);
    expect([...bytes.subarray(0, 24)]).toEqual(Array(24).fill(0));
    expect(snapshots.of(builtIn("numjs", "jimp"))).toBe(file);
  });

  test("of what cannot be made there is none, and the next ones are made all the same", async () => {
    const [numjs] = builtIn("numjs");
    const none = [{ ...numjs, file: "none.js" }] as LibraryFile[];
    snapshots.of(none);
    snapshots.of([]);
    await snapshots.settled;
    expect(snapshots.of(none)).toBeUndefined();
    expect(snapshots.of([])?.bytes).toBeGreaterThan(100_000);
  });
});

describe("a hook whose isolate woke from a snapshot", () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createRuntime({ workers: 1 });
    // The first of each set has its snapshot made; the text differs, so the next is a new hook.
    const sets = ["(d) => 1", "(d) => require('numjs') && 1", "(d) => require('jimp') && 1"];
    for (const source of sets) await runtime.register({ kind: "pre", source });
    expect(await until(() => runtime.describe().snapshots === 3)).toBe(true);
  });
  afterAll(() => runtime.close());

  const ROWS: readonly [says: string, source: string, value: unknown][] = [
    ["finds its library", "(d) => require('numpy').array([[1, 2], [3, 4]]).sum()", 10],
    ["finds it by import", "async (d) => (await import('np')).default.arange(4).size", 4],
    [
      "has tensors of every kind",
      "(d) => new Tensor('float16', [2], new Float16Array([1.5, -2])).tolist()",
      [1.5, -2],
    ],
    [
      "lacks what is taken away",
      "(d) => ['WebAssembly','SharedArrayBuffer','Atomics','FinalizationRegistry','WeakRef'].map((n) => n in globalThis)",
      [false, false, false, false, false],
    ],
    ["sees no door of the guest", "(d) => [typeof globalThis.bookendProgram]", ["undefined"]],
    ["has its own console", "(d) => { console.log('here'); return 1 }", 1],
    ["has fixed buffers", "(d) => [new ArrayBuffer(8, { maxByteLength: 16 }).resizable]", [false]],
    [
      "has random numbers of its own",
      "(d) => { const [a, b] = [Math.random(), Math.random()]; return a !== b }",
      true,
    ],
  ];
  test.each(ROWS)("%s", async (_says, source, value) => {
    await using hook = await runtime.register({ kind: "pre", source });
    expect((await hook.call(0)).value).toEqual(value);
  });

  test("random numbers differ from isolate to isolate", async () => {
    const drawn: unknown[] = [];
    for (let i = 0; i < 5; i++) {
      const source = `(d) => Math.random() // ${i}`;
      await using hook = await runtime.register({ kind: "pre", source });
      drawn.push((await hook.call(0)).value);
    }
    expect(new Set(drawn).size).toBe(5);
  });

  test("keeps the bound on pixels of its own limits", async () => {
    const source = `async (d, files) => { const { Jimp } = require("jimp");
      const image = new Jimp({ width: 100, height: 100 }); return [image.width, d]; }`;
    await using wide = await runtime.register({ kind: "pre", source });
    const limits = { pixels: 9_999 };
    await using narrow = await runtime.register({ kind: "pre", source, limits });
    expect((await wide.call(1)).value).toEqual([100, 1]);
    await expect(narrow.call(1)).rejects.toMatchObject({
      code: "HOOK_THREW",
      detail: expect.stringContaining("over the limit of 9999 pixels"),
    });
  });

  test("has the globals of the golden list and no others", async () => {
    const source = "(d) => Object.getOwnPropertyNames(globalThis).sort()";
    await using hook = await runtime.register({ kind: "pre", source });
    const wanted = [...HOOK_GLOBALS, ...TOOL_HELPERS].sort();
    expect((await hook.call(0)).value).toEqual(wanted);
  });

  test("shares nothing with another one that woke from the same", async () => {
    const source = (n: number) =>
      `(d) => { const nj = require("numjs"); nj.mark = (nj.mark ?? 0) + 1;
        Array.prototype.mark = (Array.prototype.mark ?? 0) + 1; return [nj.mark, [].mark, ${n}] }`;
    for (let n = 0; n < 3; n++) {
      await using hook = await runtime.register({ kind: "pre", source: source(n) });
      const { value } = await hook.call(0);
      expect(value).toEqual([1, 1, n]);
    }
  });
});
