// Every `ts` block of the README and of the operator's pages runs, as written, against the built
// package; and what the README says of faults and limits is what the tables say.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { LOCK } from "../build/libraries.ts";
import { entriesFromLock } from "../src/contract/lock.ts";
import { FAULTS, LIMITS } from "../src/index.ts";

const ROOT = join(import.meta.dirname, "..");
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const LIBRARIES = entriesFromLock(readFileSync(LOCK, "utf8"), "lock.json");
const pageOf = (path: string) => readFileSync(join(ROOT, path), "utf8");
const PAGES = {
  README,
  libraries: pageOf("docs/libraries.md"),
  serving: pageOf("docs/serving.md"),
};

/** Returns the examples of a page, numbered. */
function blocksOf(page: string): [number: number, text: string][] {
  const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)];
  return blocks.map(([, text = ""], i) => [i + 1, text]);
}

describe.each(Object.entries(PAGES))("%s", (_name, page) => {
  test("it has blocks to run", () => expect(blocksOf(page).length).toBeGreaterThan(0));

  test.each(blocksOf(page))("ts block %i runs", (_i, text) => {
    // A line `expression; // value` or `console.log(x); // text` says what is to come of it.
    const printed = execFileSync(
      process.execPath,
      ["--no-warnings", "--input-type=module-typescript", "--eval", text],
      { cwd: ROOT, encoding: "utf8", env: {} },
    );
    const promised = [...text.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, said]) => said);
    expect(printed.trim().split("\n").filter(Boolean)).toEqual(promised);
  });
});

describe("README", () => {
  test.each(Object.entries(FAULTS))(
    "it has a row for the fault %s, true to the table",
    (code, row) => {
      const said = [row.blame, row.retry ? "yes" : "no", String(row.status), row.says];
      expect(cellsOf(code)).toEqual(said);
    },
  );

  test.each(Object.entries(LIMITS))(
    "it has a row for the limit %s, true to the table",
    (name, row) => {
      const numbers = [text(row.default), text(row.max)];
      expect(cellsOf(name)).toEqual([row.unit, ...numbers, row.scope, row.why]);
    },
  );
});

test.each(LIBRARIES)("README has a row for the library $name, true to the lock file", (entry) => {
  const { name, aliases, standsIn } = entry;
  const names = [name, ...aliases].map((one) => `\`${one}\``).toSorted();
  const rows = README.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const row = rows.find(([, first = ""]) => first.split(", ").includes(`\`${name}\``));
  expect(row?.[1]?.split(", ").toSorted()).toEqual(names);
  expect(row?.[2]).toBe(standsIn);
});

/** Returns the cells of the row that begins with `name`, without it. */
function cellsOf(name: string): string[] {
  const rows = README.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  return rows.find(([, first]) => first === `\`${name}\``)?.slice(2, -1) ?? [];
}

/** A number as the README writes it: digits in threes. */
function text(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, " ");
}
