// `bookend doctor`: what an operator sees of the attacks on his installation, and how it exits.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { diagnosisLine, levelLines, probedLines } from "../../src/cli/doctor.ts";
import { ATTACKS } from "../../src/doctor/corpus.ts";
import { chosen, isOlder, type Levels } from "../../src/doctor/doctor.ts";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

async function doctor(...args: readonly string[]) {
  const child = spawn(process.execPath, [CLI, "doctor", ...args], { env: { NO_COLOR: "1" } });
  let [out, err] = ["", ""];
  child.stdout.on("data", (part: Buffer) => (out += part.toString()));
  child.stderr.on("data", (part: Buffer) => (err += part.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, out, err };
}

describe("bookend doctor", () => {
  const folder = mkdtempSync(join(tmpdir(), "bookend-doctor-"));
  beforeAll(() => {
    writeFileSync(join(folder, "thread.json"), '{ "isolation": "thread" }');
    writeFileSync(
      join(folder, "own.json"),
      '{ "jail": "off", "tenancy": "dedicated", "limits": { "wallMs": 777 }, "allowlist": [] }',
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("says what is in force, what each attack came to, and exits 0 when all were held", async () => {
    const { code, out, err } = await doctor("--only", "C1.catch", "--only", "E1");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^In force\n {2}isolation +process\n {2}jail +\w/);
    expect(out).toMatch(new RegExp(`\\n {2}Node +${process.versions.node.replaceAll(".", "\\.")}`));
    expect(out).toMatch(/\nE1 .* HOOK_THREW +\d+ ms {2}ok\n/);
    expect(out).toMatch(/\nE1\.async .* value +\d+ ms {2}ok\n/);
    expect(out).toMatch(/\nC1\.catch .* HOOK_TIMEOUT +\d+ ms {2}ok\n/);
    expect(out).toMatch(/\nAll 4 attacks were held\.\n$/);
  });

  test("--json gives the same as one object, of the installation that --config describes", async () => {
    const own = join(folder, "own.json");
    const { code, out } = await doctor("--only", "B2", "--only", "P2", "--json", "--config", own);
    expect(code).toBe(0);
    const levels = { jail: "none", seccomp: false, tenancy: "dedicated", limits: { wallMs: 777 } };
    expect(JSON.parse(out)).toMatchObject({ ok: true, levels });
    const { attacks } = JSON.parse(out) as { attacks: { id: string; endings: string[] }[] };
    expect(attacks.map(({ id }) => id)).toEqual([
      ...["P2.list", "P2.dict", "P2.text", "P2.bytes", "P2.ext", "P2.odd", "B2"],
    ]);
    expect(attacks.at(-1)).toMatchObject({ endings: ["LIBRARY_REFUSED"], ok: true, findings: [] });
  });

  test("tries nothing on threads, says why, and exits 1", async () => {
    const { code, out } = await doctor("--config", join(folder, "thread.json"));
    expect(code).toBe(1);
    expect(out).toContain("Threads hold no hostile code");
    expect(out).toContain("seccomp       not known");
  });

  test.each([
    ["an attack that is none", ["--only", "C99"], "There is no attack C99; there are all, escape"],
    ["a word too many", ["C1"], "doctor takes no C1; attacks go behind --only"],
  ])("refuses %s", async (_what, args, says) => {
    const { code, out, err } = await doctor(...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(says);
  });
});

describe("chosen()", () => {
  test("takes a part where nobody chose, of every section", () => {
    const quick = chosen([]);
    expect(quick.length).toBeGreaterThan(50);
    expect(quick.length).toBeLessThan(ATTACKS.length / 2);
    const sections = (list: typeof ATTACKS) => new Set(list.map(({ section }) => section));
    expect(sections(quick)).toEqual(sections(ATTACKS));
  });

  test("takes sections, ids with their variants, one variant, and all", () => {
    expect(chosen(["C9"]).map(({ id }) => id)).toEqual([
      "C9",
      "C9.digits",
      "C9.parse",
      "C9.divide",
    ]);
    expect(chosen(["C9.digits"]).map(({ id }) => id)).toEqual(["C9.digits"]);
    expect(new Set(chosen(["images"]).map(({ section }) => section))).toEqual(new Set(["images"]));
    expect(chosen(["all"])).toEqual(ATTACKS);
  });
});

describe("lines", () => {
  const LEVELS: Levels = {
    ...{ isolation: "process", jail: "permission", seccomp: false, tenancy: "shared" },
    ...{ node: "24.21.0", isNodeOld: true, limits: { wallMs: 1_000 } },
  };
  const attack = ATTACKS[0]!;
  const findings = [{ invariant: "I5", says: "it gave away x" }] as const;
  const bad = { attack, endings: ["value"], ms: 12.3, findings } as const;

  test("say what is weak", () => {
    const text = levelLines(LEVELS).join("\n");
    expect(text).toContain("install bubblewrap");
    expect(text).toMatch(/seccomp +no\n/);
    expect(text).toContain("24.21.0; run 24.22.1 or later");
  });

  test("say what was not held, and why", () => {
    expect(probedLines(bad).join("\n")).toMatch(
      /12 ms {2}.*NOT HELD.*\n.*I5.* no secret .*: it gave/,
    );
    const line = diagnosisLine({ levels: LEVELS, probed: [bad], ok: false });
    expect(line).toContain("1 of 1 attacks were not held");
  });
});

test.each([
  ["24.21.0", true],
  ["24.22.0", true],
  ["24.22.1", false],
  ["24.22.10", false],
  ["24.3.9", true],
  ["22.99.99", true],
  ["26.0.0", false],
])("isOlder(%s) than 24.22.1 is %s", (version, older) => {
  expect(isOlder(version, [24, 22, 1])).toBe(older);
});
