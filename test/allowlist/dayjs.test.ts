/**
 * dayjs in a bare isolate, against Python's `datetime`.
 *
 * `vectors-util.py` says how the vectors came to be.
 *
 * @module
 */

import { afterAll, beforeAll, expect, test } from "vitest";

import type { Bare } from "./isolate.ts";
import { utilIsolate, valueOf } from "./util.ts";
import { UTIL_VECTORS } from "./vectors-util.ts";

let dayjs: Bare;

beforeAll(async () => {
  dayjs = await utilIsolate("dayjs");
  await dayjs.run("globalThis.dayjs = lib");
});

afterAll(() => dayjs[Symbol.dispose]());

for (const { js, value } of UTIL_VECTORS.dates) {
  test(`dayjs agrees with datetime on ${js}`, async () => {
    const plain = `((got) => (typeof got === "object" ? made.toPlain(got) : got))(${js})`;
    expect(await valueOf(dayjs, plain)).toEqual(value);
  });
}

test("dayjs gives no date that is none, and knows only its own", async () => {
  const none = await valueOf(dayjs, "made.toPlain(dayjs.utc('no date'))");
  expect(none).toBe(
    "RangeError: dayjs holds no date: it was made of text or numbers that are none",
  );
  const strict = await valueOf(dayjs, "dayjs.utc('31/02/2024', 'DD/MM/YYYY', true).isValid()");
  expect(strict).toBe(false);
  const others = "[new Date(0), {}, [1], { $d: new Date(0), toISOString: () => 'x' }]";
  expect(await valueOf(dayjs, `${others}.map(made.toPlain)`)).toEqual(Array(4).fill(undefined));
});
