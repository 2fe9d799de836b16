/**
 * Tries a library in isolates of a process of its own, before anybody's hook is given it.
 *
 * @module
 */

import type { Readable } from "node:stream";

import type { LibraryFile, LoadCost } from "../contract/library.ts";
import { type Launch, start } from "./launch.ts";

/** A library that takes longer is none for hooks. */
const TRIAL_MS_MAX = 60_000;
/** The names of what a library exports are the most of it. */
const SAID_BYTES_MAX = 2 ** 20;

/** What was found out about a library that loads. */
export interface Trial extends LoadCost {
  /** What `require` gives: "object" or "function". */
  readonly type: string;
  /** The names of what it exports. */
  readonly exports: readonly string[];
}

/** One that does not, with why. */
export interface FailedTrial {
  readonly fails: string;
}

/** Evaluates a library in bare isolates, and wakes others from a snapshot with it. */
export async function tryLibrary(launch: Launch, file: LibraryFile): Promise<Trial | FailedTrial> {
  const said = await run(launch, JSON.stringify(file));
  const all: Record<string, unknown> = Object.assign({}, ...said.lines);
  const { evaluateMs, wakeMs, heapMiB, found, fails } = all;
  if (typeof evaluateMs !== "number" || typeof heapMiB !== "number") {
    return { fails: typeof fails === "string" ? fails : `its process ended: ${said.how}` };
  }
  const [type, exports] = Array.isArray(found) ? (found as unknown[]) : [];
  return {
    ...{ evaluateMs, heapMiB, wakeMs: typeof wakeMs === "number" ? wakeMs : null },
    type: String(type),
    exports: Array.isArray(exports) ? exports.map(String) : [],
  };
}

/** Nobody knows the library: what comes from its process is bounded and not believed. */
function run(launch: Launch, input: string): Promise<{ lines: object[]; how: string }> {
  const { promise, resolve } = Promise.withResolvers<{ lines: object[]; how: string }>();
  const { child, kill } = start(launch, "trial", { descriptors: ["pipe"], fileBytesMax: 0 });
  const timer = setTimeout(kill, TRIAL_MS_MAX);
  let text = "";
  (child.stdio[3] as Readable).on("data", (part: Buffer) => {
    text += part.toString("utf8");
    if (text.length > SAID_BYTES_MAX) kill();
  });
  child.once("error", (error) => resolve({ lines: [], how: error.message }));
  child.stderr?.resume();
  child.once("close", (code, signal) => {
    clearTimeout(timer);
    resolve({ lines: linesOf(text), how: signal ?? `exit code ${code}` });
  });
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  return promise;
}

function linesOf(text: string): object[] {
  return text.split("\n").flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      return typeof value === "object" && value !== null ? [value] : [];
    } catch {
      return [];
    }
  });
}
