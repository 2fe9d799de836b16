/**
 * Tries one library in bare isolates and ends: a process of its own, because V8 may end it.
 *
 * Standard input: the library, as JSON. 3: a pipe that takes one line of JSON for each thing that
 * was found out, so that what is known by the time of a death is not lost: first what the library
 * is and what evaluating it costs, then what waking from a snapshot costs.
 *
 * @module
 */

import { readFileSync, writeSync } from "node:fs";

import type { LibraryFile } from "../contract/library.ts";
import { Refusal } from "../faults.ts";
import { DEFAULTS, LIMITS } from "../limits.ts";
import { decode } from "../wire/decode.ts";
import { SCRATCH_BODY_AT, splitBody } from "../wire/records.ts";
import { bundlesIn } from "./bundles.ts";
import { nowMs } from "./clock.ts";
import { Ended, HookIsolate, type Snapshot, snapshotFrom, snapshotOf } from "./isolate.ts";

const OUT = 3;
/** The median of these is given: the first is slower, and the machine may be busy. */
const ROUNDS = 5;
/** MessagePack of no files and no arguments. */
const NO_ARGUMENTS = [0x92, 0xc0, 0x90];

const asked = JSON.parse(readFileSync(0, "utf8")) as LibraryFile | "hello";
// Who says hello wants to know whether a program can be started at all.
if (asked === "hello") process.exit(0);
const file: LibraryFile = asked;
const bundles = bundlesIn(new URL("./", import.meta.url), process.argv.slice(3));
const expression = `() => {
  const library = require(${JSON.stringify(file.name)});
  const isObject = typeof library === "object" && library !== null;
  return [typeof library, isObject ? Object.keys(library).sort() : []];
}`;
const spec = {
  ...{ hook: 0, file: "trial", expression, importName: "load", columnShift: 0 },
  ...{ libraries: [file], limits: { ...DEFAULTS, heapMiB: LIMITS.heapMiB.max } },
};

function say(found: object): void {
  writeSync(OUT, `${JSON.stringify(found)}\n`);
}

/** Returns how long it took until the library was there, and what a hook finds. */
function round(snapshot?: Snapshot): { ms: number; heapMiB: number; found: unknown } {
  const begun = nowMs();
  // Left to the end of the process: isolated-vm gives isolates back on a thread of its own.
  const isolate = new HookIsolate(spec, bundles, snapshot);
  const ms = nowMs() - begun;
  const { heapBytes, bodyBytes } = isolate.call(new Uint8Array(NO_ARGUMENTS), []);
  const body = isolate.scratch.slice(SCRATCH_BODY_AT, SCRATCH_BODY_AT + bodyBytes);
  const payload = splitBody(body)?.payload ?? new Uint8Array([0xc0]);
  return { ms, heapMiB: heapBytes / 2 ** 20, found: decode(payload) };
}

function median(rounds: readonly { readonly ms: number }[]): number {
  const sorted = rounds.map(({ ms }) => ms).toSorted((one, other) => one - other);
  return Math.round(10 * (sorted[sorted.length >> 1] ?? 0)) / 10;
}

try {
  const rounds = Array.from({ length: ROUNDS }, () => round());
  const heapMiB = Math.round(10 * Math.min(...rounds.map((one) => one.heapMiB))) / 10;
  say({ evaluateMs: median(rounds), heapMiB, found: rounds[0]?.found });
  const bytes = snapshotOf([file], bundles);
  const woken = Array.from({ length: ROUNDS }, () => round(snapshotFrom(bytes.slice(0))));
  say({ wakeMs: median(woken) });
} catch (error) {
  const cause = error instanceof Ended ? error.refusal : error;
  say({ fails: cause instanceof Refusal ? cause.detail : String(cause) });
}
// Nothing is given back, and ours ends now.
process.exit(0);
