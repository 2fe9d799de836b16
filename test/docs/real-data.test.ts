// A hook for each library, on real data: the hook against its Python.

import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { createRuntime } from "../../src/index.ts";
import { contentsOf, testPage } from "./pages.ts";

testPage("real-data", 17);

test("every library that a hook may ask for has a hook on the page", async () => {
  await using runtime = await createRuntime({ workers: 1 });
  const page = readFileSync(new URL("../../docs/real-data.md", import.meta.url), "utf8");
  const shown = new Set(contentsOf(page).flatMap(([, , libraries]) => libraries.split(", ")));
  const there = runtime.describe().libraries.map(({ name }) => name);
  expect([...shown].sort()).toEqual(there.sort());
});
