/**
 * A tensor into each library and each library's values out again, through the whole of the runtime.
 *
 * The dtypes that came back are held against the table in docs/conversions.md.
 *
 * @module
 */

import { readFileSync } from "node:fs";

import { afterAll, beforeAll, expect, test } from "vitest";

import { createRuntime, type Runtime, Tensor } from "../../src/index.ts";
import { type ConversionRow, CONVERSIONS, dtypeTable } from "./conversion-rows.ts";
import { plainFrom, tensorFrom } from "./conversion-rows.ts";

type Hook = Awaited<ReturnType<Runtime["register"]>>;

let runtime: Runtime;
const hooks = new Map<string, Promise<Hook>>();
/** What came back, by library and name of the row. */
const came = new Map<string, unknown>();

beforeAll(async () => {
  runtime = await createRuntime({ workers: 1 });
});

afterAll(() => runtime.close());

/** One hook for each body: many rows differ in what goes in only. */
function hookOf(js: string): Promise<Hook> {
  const known = hooks.get(js);
  if (known) return known;
  const made = runtime.register({ kind: "pre", source: `async (x, files) => { ${js} }` });
  hooks.set(js, made);
  return made;
}

async function run(row: ConversionRow): Promise<unknown> {
  const hook = await hookOf(row.js);
  const call = hook.call as (...args: readonly unknown[]) => Promise<{ value: unknown }>;
  const files = row.file === undefined ? [] : [[new Uint8Array(Buffer.from(row.file, "base64"))]];
  const given = row.in === undefined ? null : tensorFrom(row.in);
  return (await call.call(hook, given, ...files)).value;
}

for (const row of CONVERSIONS) {
  test(`${row.library} takes and gives: ${row.name}`, async () => {
    if (row.refused !== undefined) {
      const fault: unknown = await run(row).catch((error: unknown) => error);
      expect(fault).toMatchObject({ code: "HOOK_THREW" });
      expect((fault as { detail: string }).detail).toContain(row.refused);
      return;
    }
    const value = await run(row);
    came.set(`${row.library}: ${row.name}`, value);
    if (row.out === undefined) expect(value).toStrictEqual(plainFrom(row.plain));
    else expectTensor(value, tensorFrom(row.out), row.close);
  });
}

test("an image of jimp, and an array of numjs, go into chitra and jsquash as their pixels", async () => {
  const source = `(d) => {
    const image = new (require("jimp").Jimp)({ width: 2, height: 1, color: 0x102030ff });
    const { Chitra } = require("chitra");
    const array = require("numpy").array([[[1, 2, 3], [4, 5, 6]]], "uint8");
    const { resize } = require("jsquash");
    const same = { width: 2, height: 1, linearRGB: false };
    return [new Chitra(image).numpy(), new Chitra(array).numpy(), resize(image, same), resize(array, same)];
  }`;
  await using hook = await runtime.register({ kind: "pre", source });
  const { value } = await hook.call(0);
  expect((value as Tensor[]).map((one) => [one.shape, [...one.data]])).toEqual([
    [
      [1, 2, 3],
      [16, 32, 48, 16, 32, 48],
    ],
    [
      [1, 2, 3],
      [1, 2, 3, 4, 5, 6],
    ],
    [
      [1, 2, 4],
      [16, 32, 48, 255, 16, 32, 48, 255],
    ],
    [
      [1, 2, 3],
      [1, 2, 3, 4, 5, 6],
    ],
  ]);
});

/** The very same elements; with `close`, up to the last digit of a number around 1. */
function expectTensor(value: unknown, want: Tensor, close = false): void {
  if (!(value instanceof Tensor)) throw new TypeError(`wants a tensor, got ${String(value)}`);
  if (!close) {
    expect(value).toStrictEqual(want);
    return;
  }
  const { dtype, shape } = value;
  expect({ dtype, shape }).toEqual({ dtype: want.dtype, shape: want.shape });
  const share = want.dtype === "float64" ? 1e-15 : 2e-7;
  for (const [i, element] of want.data.entries()) {
    expect(Math.abs(Number(value.data[i]) - Number(element))).toBeLessThanOrEqual(share);
  }
}

test("docs/conversions.md has the dtypes that came back, and names each library", () => {
  const doc = readFileSync(new URL("../../docs/conversions.md", import.meta.url), "utf8");
  const table = dtypeTable((library, dtype) => {
    const value = came.get(`${library}: ${dtype}, as it is`);
    return value instanceof Tensor ? value.dtype : "refused";
  });
  const written = doc.replaceAll(/ +\|/g, " |").replaceAll(/-{3,}/g, "---");
  expect(written).toContain(table);
  for (const { library } of CONVERSIONS) expect(doc).toContain(`\`${library}\``);
});
