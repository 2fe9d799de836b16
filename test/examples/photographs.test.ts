/**
 * Goal: what `npm start` shows is what it says. Method: the example runs once, as a user runs it, in
 * a process of its own group, and its output is held to the lines that matter.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

import { beforeAll, describe, expect, test } from "vitest";

const EXAMPLE = fileURLToPath(new URL("../../examples/photographs.ts", import.meta.url));

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly group: number;
}

let outcome: Outcome;
let lines: string[];

beforeAll(async () => {
  outcome = await runExample();
  lines = outcome.out.trimEnd().split("\n");
}, 60_000);

// Of each refusal: what was tried, the code in its message, and the words that name the mistake.
const REFUSALS: readonly (readonly [tried: string, code: string, words: string])[] = [
  ["a pre with three parameters", "SIGNATURE_INVALID", "got 3"],
  ["a library that is not on the list", "LIBRARY_REFUSED", "child_process"],
  ["an output whose channels stand last", "OUTPUT_MISMATCH", "[3, 64, 64, 3]"],
  ["a closure", "NAME_UNDEFINED", "`SIDE`"],
];

describe("examples/photographs.ts", () => {
  test("ends well and says nothing on stderr", () => {
    expect({ code: outcome.code, err: outcome.err }).toEqual({ code: 0, err: "" });
  });

  test("fits a terminal and has no colour in a pipe", () => {
    expect(lines.length).toBeLessThanOrEqual(40);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(outcome.out).not.toContain("\x1b");
  });

  test("answers with a dict from label to class", () => {
    const answer = lines.find((line) => line.startsWith("Answer "))?.slice("Answer ".length) ?? "";
    expect(JSON.parse(answer)).toEqual({ cat: "animal", boats: "harbour", plane: "aircraft" });
  });

  test("shows what went in and what pre made of it", () => {
    expect(outcome.out).toMatch(/cat +locomotion-house-cat\.jpg +270,029 bytes +1024 × 510/);
    expect(outcome.out).toContain("float32 [3, 3, 64, 64]");
  });

  test("shows a cold call and warm ones", () => {
    const states = lines.map((line) => /^ {2}\d pre .*\b(warm|cold)\b/.exec(line)?.[1]);
    const seen = states.filter((state) => state !== undefined).sort();
    expect(seen).toEqual(["cold", "warm", "warm"]);
  });

  test.each(REFUSALS)("shows that %s is %s", (tried, code, words) => {
    const start = lines.indexOf(`  ${tried}:`);
    const end = lines.findIndex((line, i) => i > start && !line.startsWith("    "));
    const message = lines.slice(start + 1, end === -1 ? undefined : end).join(" ");
    expect(start).toBeGreaterThan(0);
    expect(message).toContain(`(${code})`);
    expect(message.replace(/\s+/g, " ")).toContain(words);
  });

  test.runIf(process.platform === "linux")("leaves no process behind", async () => {
    // A sandbox that was told to end may outlive its parent by a moment.
    await expect.poll(() => processesOf(outcome.group), { timeout: 5_000 }).toEqual([]);
  });
});

async function runExample(): Promise<Outcome> {
  const child = spawn(process.execPath, [EXAMPLE], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { code, out, err, group: child.pid ?? 0 };
}

/** Returns the command lines of what lives in a process group; a detached child leads its own. */
function processesOf(group: number): string[] {
  const living: string[] = [];
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const [stat, command] = [readProc(id, "stat"), readProc(id, "cmdline")];
    // After the name in brackets, which may hold anything: state, parent, group.
    const [, , own] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(own) === group) living.push(command.replaceAll("\0", " "));
  }
  return living;
}

/** A process may end between the listing and the look. */
function readProc(id: string, name: string): string {
  try {
    return readFileSync(`/proc/${id}/${name}`, "utf8");
  } catch {
    return "";
  }
}
