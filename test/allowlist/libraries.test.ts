/**
 * The bundles themselves: the same bytes each time, the ones of the lock file, with the licences of
 * all that is in them; and a lock file that is held to its form.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { bundleLibraries, differencesOf, LOCK } from "../../build/libraries.ts";
import { entriesFromLock, fileNameOf, lockText } from "../../src/contract/lock.ts";
import type { MadeLibrary } from "../../src/library/bundle.ts";
import { LIBRARIES } from "./builtin.ts";
import { utilIsolate } from "./util.ts";

const folder = mkdtempSync(join(tmpdir(), "bookend-libraries-"));
const locked = entriesFromLock(readFileSync(LOCK, "utf8"), "lock.json");
let made: readonly MadeLibrary[];

beforeAll(async () => {
  made = await bundleLibraries(pathToFileURL(`${folder}/`));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

test("every name of the seed finds a library, by its Python name", () => {
  const seed = ["numpy", "scikit-learn", "torch", "pandas", "Pillow", "transformers", "chitra"];
  const names = new Set(locked.flatMap(({ name, aliases }) => [name, ...aliases]));
  expect(seed.filter((name) => !names.has(name))).toEqual([]);
});

test("no two libraries have a name in common", () => {
  const names = locked.flatMap(({ name, aliases }) => [name, ...aliases]);
  expect(names.toSorted()).toEqual([...new Set(names)].toSorted());
});

test("bundleLibraries() gives the bytes of the lock file, and nothing of this machine", () => {
  expect(made.map(({ entry }) => entry.name)).toEqual(locked.map(({ name }) => name));
  for (const { name, bytes, integrity, packages } of locked) {
    const text = readFileSync(join(folder, `${fileNameOf(name)}.js`));
    expect(text.length, name).toBe(bytes);
    const hash = createHash("sha256").update(text).digest("base64");
    expect(`sha256-${hash}`, name).toBe(integrity);
    expect(text.includes(process.cwd()), name).toBe(false);
    const notices = readFileSync(join(folder, `${fileNameOf(name)}.licences.txt`), "utf8");
    for (const label of Object.keys(packages)) expect(notices).toContain(`\n${label}  `);
    expect(notices.includes(process.cwd()), name).toBe(false);
  }
});

test("differencesOf() names what is not as the lock file says", () => {
  const entries = made.map(({ entry }) => entry);
  expect(differencesOf(entries, locked)).toEqual([]);
  const [first, second, ...others] = locked;
  const changed = [{ ...first!, integrity: "sha256-0" }, ...others, { ...second!, name: "gone" }];
  const integrity = `integrity wants sha256-0, got ${first?.integrity}`;
  expect(differencesOf(entries, changed)).toEqual([
    `${first?.name}: ${integrity}`,
    `${second?.name} is new`,
    "gone is gone",
  ]);
});

for (const { name } of locked) {
  test(`${name} leaves nothing on the global object, and its factory makes a new one each time`, async () => {
    using bare = await utilIsolate(name);
    const before = await bare.run("return Object.getOwnPropertyNames(globalThis).sort()");
    const script = readFileSync(new URL(`${fileNameOf(name)}.js`, LIBRARIES), "utf8");
    const same = await bare.run(`
      const again = (0, eval)(${JSON.stringify(script)})({ Tensor, pixelsMax: 1, declareWasm: () => ({}), tensorOf: () => undefined });
      const shared = Object.keys(again.exports).filter(
        (key) => Object(again.exports[key]) === again.exports[key] && again.exports[key] === lib[key],
      );
      const isIntrinsic = (value) => /\\[native code\\] \\}$/.test(value) || value === Tensor;
      return again.exports === lib ? "all of it" : shared.filter((key) => !isIntrinsic(lib[key]));
    `);
    expect(same).toEqual([]);
    const after = await bare.run("return Object.getOwnPropertyNames(globalThis).sort()");
    expect(after).toEqual(before);
  });
}

describe("entriesFromLock()", () => {
  const numjs = locked.find(({ name }) => name === "numjs");
  const text = (change: object) => JSON.stringify({ lockVersion: 1, libraries: [change] });

  test("reads what lockText() writes, sorted by name", () => {
    const written = lockText(locked.toReversed());
    expect(entriesFromLock(written, "lock.json")).toEqual(locked);
    expect(written).toBe(readFileSync(LOCK, "utf8"));
  });

  const REFUSED: readonly [text: string, says: string][] = [
    ["{", "lock.json wants JSON"],
    ["[]", "lock.json wants an object, got []"],
    ['{"lockVersion": 2}', "lock.json: lockVersion wants 1, got 2"],
    ['{"lockVersion": 1}', "lock.json: libraries wants a list, got nothing"],
    [text([]), "lock.json: libraries[0] wants an object, got []"],
    [
      text({ ...numjs, name: "../numjs" }),
      'libraries[0].name wants the name of an npm package, got "../numjs"',
    ],
    [
      text({ ...numjs, aliases: ["a b"] }),
      'libraries[0].aliases wants a list of names, got ["a b"]',
    ],
    [text({ ...numjs, integrity: "sha1-x" }), "libraries[0].integrity wants sha256-"],
    [text({ ...numjs, version: 1 }), "libraries[0].version wants a text, got 1"],
    [text({ ...numjs, packages: { "a@1": 1 } }), "libraries[0].packages.a@1 wants a text, got 1"],
    [text({ ...numjs, bytes: -1 }), "libraries[0].bytes wants a number that is not below zero"],
    [text({ ...numjs, load: null }), "libraries[0].load wants an object, got null"],
  ];
  test.each(REFUSED)("refuses %s", (bad, says) => {
    expect(() => entriesFromLock(bad, "lock.json")).toThrow(says);
  });
});
