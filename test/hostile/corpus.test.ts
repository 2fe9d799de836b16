// The corpus against the real stack: every attack under the six invariants (I1 to I6), one runtime
// for all, as it is where tenants share one.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { ATTACKS, CORPUS_LIMITS, SECTIONS } from "../../src/doctor/corpus.ts";
import { Probe } from "../../src/doctor/probe.ts";
import { createRuntime, type Runtime } from "../../src/index.ts";
import { HELD_ELSEWHERE, NO_HOST_FUNCTIONS } from "./elsewhere.ts";

const CANARY = "canary-in-the-environment-91c2";
const ROOT = dirname(dirname(import.meta.dirname));

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

describe("an attack", () => {
  const folder = mkdtempSync(join(tmpdir(), "bookend-hostile-"));
  let runtime: Runtime;
  let probe: Probe;

  beforeAll(async () => {
    process.env["BOOKEND_CANARY"] = CANARY;
    writeFileSync(join(folder, "secret.txt"), CANARY);
    runtime = await createRuntime({ workers: 1 });
    const secrets = [CANARY, folder, ROOT, dirname(process.execPath)];
    probe = await Probe.open(runtime, { limits: CORPUS_LIMITS, secrets, collect });
  });
  afterAll(async () => {
    delete process.env["BOOKEND_CANARY"];
    rmSync(folder, { recursive: true });
    await runtime.close();
  });

  test.each(ATTACKS.map((attack) => [attack.id, attack.says, attack] as const))(
    "%s, %s: costs its own call and nothing else",
    async (_id, _says, attack) => {
      expect((await probe.run(attack)).findings).toEqual([]);
    },
  );
});

describe("the corpus", () => {
  // Sections 1 to 8 and 10 of the threat model, as their rows are numbered there; clients of a
  // server and its store come with those.
  const ROWS: Readonly<Record<string, readonly number[]>> = {
    E: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14],
    R: [1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 14, 15, 16, 17, 18, 20],
    C: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 16, 17, 19, 20, 21, 22],
    M: [1, 2, 3, 4, 5, 8, 9, 10, 11, 13, 14, 16],
    X: [1, 2, 3, 4, 5, 6, 7, 8, 9],
    O: [1],
    L: [1, 2, 3],
    P: [1, 2, 3, 5, 6, 8, 10, 11, 12, 14],
    G: [1, 3, 4, 5, 6, 7, 9, 10],
    B: [1, 2, 4, 5],
  };

  test("has every row of the threat model, here or in a test that is named", () => {
    const held = [...ATTACKS.map(({ id }) => id), ...HELD_ELSEWHERE.map(([id]) => id)];
    const have = new Set([...held.map((id) => id.split(".")[0]), ...NO_HOST_FUNCTIONS]);
    const rows = Object.entries(ROWS).flatMap(([letter, numbers]) =>
      numbers.map((number) => `${letter}${number}`),
    );
    expect(rows.filter((row) => !have.has(row))).toEqual([]);
    // And as many variants again.
    expect(ATTACKS.length).toBeGreaterThan(2 * rows.length);
  });

  test.each(HELD_ELSEWHERE)("%s is held by %s: %s", (_id, file, title) => {
    expect(readFileSync(join(ROOT, file), "utf8")).toContain(`"${title}"`);
  });

  test("names each attack once, in a section, with ways to end", () => {
    const ids = ATTACKS.map(({ id }) => id);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    expect(new Set(ATTACKS.map(({ section }) => section))).toEqual(new Set(SECTIONS));
    for (const { ends, says } of ATTACKS) {
      expect(ends.length).toBeGreaterThan(0);
      expect(says.length).toBeLessThan(100);
    }
  });
});
