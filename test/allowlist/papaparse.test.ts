/**
 * papaparse in a bare isolate, against Python's `csv`.
 *
 * `vectors-util.py` says how the vectors came to be.
 *
 * @module
 */

import { afterAll, beforeAll, expect, test } from "vitest";

import type { Bare } from "./isolate.ts";
import { utilIsolate, valueOf } from "./util.ts";
import { UTIL_VECTORS } from "./vectors-util.ts";

let papa: Bare;

beforeAll(async () => {
  papa = await utilIsolate("papaparse");
});

afterAll(() => papa[Symbol.dispose]());

const { csv, dicts, unparsed } = UTIL_VECTORS;

for (const { name, text, delimiter, rows } of csv) {
  // papaparse counts the empty line behind the last end of line, unless it is told not to.
  const options = JSON.stringify({ delimiter, skipEmptyLines: true });
  test(`Papa.parse() reads ${name} as csv.reader does`, async () => {
    const js = `[${JSON.stringify(text)}, file].map((one) => lib.parse(one, ${options}))`;
    const got = (await valueOf(papa, js, { file: Buffer.from(text) })) as { data: unknown }[];
    expect(got.map(({ data }) => data)).toEqual([rows, rows]);
  });
}

test("Papa.parse() with header: true reads dicts as csv.DictReader does", async () => {
  const text = csv.find(({ name }) => name === "quotes")?.text;
  const options = "{ header: true, skipEmptyLines: true }";
  const got = await valueOf(papa, `lib.parse(${JSON.stringify(text)}, ${options}).data`);
  expect(got).toEqual(dicts);
});

test("Papa.unparse() writes what csv.writer writes, without the last end of line", async () => {
  const got = await valueOf(papa, `lib.unparse(${JSON.stringify(unparsed.rows)})`);
  expect(`${String(got)}\r\n`).toBe(unparsed.text);
});

// What a hook asks for, and what it gets: a value, or the words of the refusal.
const ROWS: readonly [js: string, value: unknown][] = [
  ["lib.parse('a,1,true', { dynamicTyping: true }).data", [["a", 1, true]]],
  ["lib.parse('\\ufeffa,b').data", [["a", "b"]]],
  ["lib.parse(new Uint8Array([0xef, 0xbb, 0xbf, 97])).data", [["a"]]],
  ["lib.parse(new Uint8Array([0x4b, 0xf6]), { encoding: 'latin1' }).data", [["Kö"]]],
  [
    "lib.parse(new Uint8Array([0x4b, 0xf6]))",
    'TypeError: Papa.parse wants text in utf-8, got other bytes; try encoding: "latin1"',
  ],
  [
    "lib.parse(new Uint8Array(1), { encoding: 'utf-7' })",
    "TypeError: Papa.parse wants an encoding of utf-8 or latin1, got utf-7",
  ],
  [
    "lib.parse({})",
    "TypeError: Papa.parse wants text, or the bytes of a file such as files[0], " +
      "got a value of type object",
  ],
  [
    "lib.parse('a', { worker: true })",
    "TypeError: Papa.parse has no worker: a hook has one thread",
  ],
  [
    "lib.parse('https://x', { download: true })",
    "TypeError: Papa.parse has no download: there is no network here; give the text or the bytes",
  ],
  ["lib.unparse(Tensor.from([[1, 2.5], [3, 4]]))", "1,2.5\r\n3,4"],
  [
    "lib.parse('a,b\\n\"x,y', { delimiter: ',' }).errors.map(({ code, row }) => [code, row])",
    [["MissingQuotes", 1]],
  ],
];

for (const [js, value] of ROWS) {
  test(`papaparse: ${js}`, async () => expect(await valueOf(papa, js)).toEqual(value));
}
