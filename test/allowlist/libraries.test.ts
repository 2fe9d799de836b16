/**
 * The bundles themselves: the same bytes each time, and an index that tells the truth about them.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { afterAll, beforeAll, expect, test } from "vitest";

import { bundleLibraries } from "../../build/libraries.ts";
import type { LibraryEntry } from "../../src/contract/library.ts";
import { bareIsolate } from "./isolate.ts";

const folder = mkdtempSync(join(tmpdir(), "bookend-libraries-"));
const outDir = pathToFileURL(`${folder}/`);

beforeAll(() => bundleLibraries(outDir), 30_000);

afterAll(() => rmSync(folder, { recursive: true }));

test("bundleLibraries() gives the same bytes twice, and an index that holds their hashes", async () => {
  const again = new URL("again/", outDir);
  await bundleLibraries(again);
  const index = JSON.parse(readFileSync(new URL("index.json", outDir), "utf8")) as LibraryEntry[];
  expect(index.map(({ name }) => name)).toEqual([
    "dayjs",
    "es-toolkit",
    "fflate",
    "jimp",
    "lodash",
    "node-wav",
    "numjs",
    "papaparse",
    "zod",
  ]);
  for (const { name, bytes, sha256, licence, version } of index) {
    const text = readFileSync(new URL(`${name}.js`, outDir));
    expect(readFileSync(new URL(`${name}.js`, again)).equals(text)).toBe(true);
    expect(text.length).toBe(bytes);
    expect(createHash("sha256").update(text).digest("hex")).toBe(sha256);
    expect([licence, version]).toEqual(["MIT", expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
    expect(text.includes(process.cwd())).toBe(false);
  }
});

for (const name of [
  "dayjs",
  "es-toolkit",
  "fflate",
  "jimp",
  "lodash",
  "node-wav",
  "numjs",
  "papaparse",
  "zod",
]) {
  test(`${name} leaves nothing on the global object, and its factory makes a new one each time`, async () => {
    using bare = await bareIsolate(new URL(`${name}.js`, outDir));
    const script = JSON.stringify(readFileSync(new URL(`${name}.js`, outDir), "utf8"));
    const same = await bare.run(`
      const again = (0, eval)(${script})({ Tensor, pixelsMax: 1 });
      return again.exports === lib || Object.values(again.exports).includes(lib.Jimp ?? lib.NdArray);
    `);
    expect(same).toBe(false);
    const globals = await bare.run("return Object.keys(globalThis)");
    expect(globals).toEqual(["tensorModule"]);
  });
}
