/**
 * The one test that the libraries on lists share: each row of theirs, on flowers of the Iris table.
 *
 * @module
 */

import { afterAll, beforeAll, expect, test } from "vitest";

import type { Bare } from "./isolate.ts";
import { utilIsolate, valueOf } from "./util.ts";
import { UTIL_VECTORS } from "./vectors-util.ts";

/** Runs the rows of the library that they call `name`. */
export function testLists(library: string, name: "_" | "es"): void {
  let bare: Bare;

  beforeAll(async () => {
    bare = await utilIsolate(library);
    const flowers = JSON.stringify(UTIL_VECTORS.flowers);
    await bare.run(`globalThis.${name} = lib; globalThis.flowers = ${flowers};`);
  });

  afterAll(() => bare[Symbol.dispose]());

  for (const { js, value } of UTIL_VECTORS.lists.filter((row) => row.library === name)) {
    test(`${library} agrees with Python on ${js}`, async () => {
      expect(await valueOf(bare, js)).toEqual(value);
    });
  }
}
