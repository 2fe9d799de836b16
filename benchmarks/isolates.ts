/**
 * How an isolate gets its libraries, and whether that holds: evaluated, evaluated with V8's code
 * cache, or woken from a start-up snapshot.
 *
 * `node benchmarks/isolates.ts [--isolates 10000] [--rounds 21]` times each way for each library,
 * then wakes so many isolates one after the other, a library at a time in turn, asks each for an
 * answer that is known, and gives it back. What is printed is kept in `results/isolates.json`.
 *
 * @module
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import ivm from "isolated-vm";

import type { LibraryFile } from "../src/contract/library.ts";
import { DEFAULTS } from "../src/limits.ts";
import { allowedFrom } from "../src/runtime/allowlist.ts";
import { bundlesIn } from "../src/sandbox/bundles.ts";
import { HookIsolate, type Snapshot, snapshotFrom, snapshotOf } from "../src/sandbox/isolate.ts";
import { decode } from "../src/wire/decode.ts";
import { SCRATCH_BODY_AT, splitBody } from "../src/wire/records.ts";
import { commit, machine } from "./machine.ts";
import { median, quantile } from "./measure.ts";

const BUNDLES = new URL("../bundles/", import.meta.url);
const { values } = parseArgs({
  options: {
    isolates: { type: "string", default: "10000" },
    rounds: { type: "string", default: "21" },
  },
});
const LIBRARIES = new URL("libraries/", BUNDLES);
const bundles = bundlesIn(BUNDLES, [fileURLToPath(LIBRARIES)]);
const libraries = [...allowedFrom(undefined, LIBRARIES).files.values()];

/** A hook that uses the library: its type and how many names it exports are known beforehand. */
function specOf(file: LibraryFile) {
  const expression = `(n) => {
    const library = require(${JSON.stringify(file.name)});
    return [n, typeof library, Object.keys(library).length];
  }`;
  const about = { hook: 0, file: "hook", expression, importName: "load", columnShift: 0 };
  return { ...about, libraries: [file], limits: DEFAULTS };
}

/** Makes an isolate, calls its hook with a number below 128, and gives both back. */
function once(
  file: LibraryFile,
  number: number,
  snapshot?: Snapshot,
): { ms: number; got: unknown } {
  const begun = performance.now();
  using isolate = new HookIsolate(specOf(file), bundles, snapshot);
  const { bodyBytes } = isolate.call(new Uint8Array([0x92, 0xc0, 0x91, number]), []);
  const ms = performance.now() - begun;
  const body = isolate.scratch.slice(SCRATCH_BODY_AT, SCRATCH_BODY_AT + bodyBytes);
  return { ms, got: decode(splitBody(body)?.payload ?? new Uint8Array([0xc0])) };
}

/** Compiles and runs a bundle with what V8 kept of an earlier compilation: no guest, no hook. */
function cached(text: string, cachedData: ivm.ExternalCopy<ArrayBuffer> | undefined) {
  const isolate = new ivm.Isolate({ memoryLimit: 64 });
  const context = isolate.createContextSync();
  const begun = performance.now();
  const options = cachedData ? { cachedData } : { produceCachedData: true };
  const script = isolate.compileScriptSync(text, options);
  script.runSync(context, { reference: true });
  const ms = performance.now() - begun;
  const { cachedData: made, cachedDataRejected } = script as unknown as {
    readonly cachedData?: ivm.ExternalCopy<ArrayBuffer>;
    readonly cachedDataRejected?: boolean;
  };
  isolate.dispose();
  return { ms, made, isRejected: cachedDataRejected === true };
}

const rounds = Number(values.rounds);
const snapshots = new Map<string, ArrayBuffer>();
const rows = libraries.map((file) => {
  const bytes = snapshotOf([file], bundles);
  snapshots.set(file.name, bytes);
  const text = bundles.library(file);
  const { made } = cached(`(${text})`, undefined);
  const raw = { evaluated: [] as number[], woken: [] as number[] };
  const compiled = { plain: [] as number[], cached: [] as number[], rejected: 0 };
  for (let i = 0; i < rounds; i++) {
    raw.evaluated.push(once(file, i % 100).ms);
    raw.woken.push(once(file, i % 100, snapshotFrom(bytes.slice(0))).ms);
    compiled.plain.push(cached(`(${text})`, undefined).ms);
    const again = cached(`(${text})`, made);
    compiled.cached.push(again.ms);
    compiled.rejected += Number(again.isRejected);
  }
  const row = {
    library: file.name,
    snapshotKiB: Math.round(bytes.byteLength / 1024),
    evaluatedMs: median(raw.evaluated),
    wokenMs: median(raw.woken),
    compileMs: median(compiled.plain),
    compileCachedMs: median(compiled.cached),
    cacheRejected: compiled.rejected,
  };
  console.log(JSON.stringify(row));
  return { ...row, raw, compiled };
});

const count = Number(values.isolates);
const wants = new Map(libraries.map((file) => [file.name, JSON.stringify(once(file, 0).got)]));
const loaded = new Map([...snapshots].map(([name, bytes]) => [name, snapshotFrom(bytes)]));
const before = process.memoryUsage().rss;
const wokenMs: number[] = [];
let wrong = 0;
for (let i = 0; i < count; i++) {
  const file = libraries[i % libraries.length] as LibraryFile;
  const { ms, got } = once(file, i % 100, loaded.get(file.name));
  const want = wants.get(file.name)?.replace("[0,", `[${i % 100},`);
  if (JSON.stringify(got) !== want) wrong += 1;
  wokenMs.push(ms);
  // isolated-vm gives memory back on a thread of its own, which has to be let through.
  if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
}
const stability = {
  isolates: count,
  wrong,
  medianMs: median(wokenMs),
  p99Ms: quantile(wokenMs, 0.99),
  residentMiBBefore: Math.round(before / 2 ** 20),
  residentMiBAfter: Math.round(process.memoryUsage().rss / 2 ** 20),
};
console.log(JSON.stringify(stability));
const folder = new URL("results/", import.meta.url);
mkdirSync(folder, { recursive: true });
const about = { set: "isolates", date: new Date().toISOString(), commit: commit() };
const result = { ...about, machine: machine(), settings: values, rows, stability };
writeFileSync(new URL("isolates.json", folder), `${JSON.stringify(result, null, 2)}\n`);
// An isolate that was just given back takes the process down when that ends at once.
await new Promise((resolve) => setTimeout(resolve, 500));
