/**
 * fflate in a bare isolate, against Python's `gzip`, `zlib` and `zipfile`, and Node's zlib.
 *
 * `vectors-util.py` says how the vectors came to be.
 *
 * @module
 */

import { deflateRawSync, deflateSync, gunzipSync, gzipSync, inflateSync } from "node:zlib";

import { afterAll, beforeAll, expect, test } from "vitest";

import type { Bare } from "./isolate.ts";
import { utilIsolate, valueOf } from "./util.ts";
import { UTIL_VECTORS } from "./vectors-util.ts";

let fflate: Bare;

beforeAll(async () => {
  fflate = await utilIsolate("fflate");
});

afterAll(() => fflate[Symbol.dispose]());

const { packed, zip } = UTIL_VECTORS;
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

for (const { by, name, file, data } of packed) {
  test(`fflate.${by}() and decompress() unpack ${name}`, async () => {
    // A window into a larger buffer, as a file may be.
    const wide = Buffer.concat([Buffer.from("xyz"), bytesOf(file), Buffer.from("xyz")]);
    const window = "file.subarray(3, file.length - 3)";
    const js = `[lib.${by}(${window}), lib.decompress(${window})]`;
    const want = bytesOf(data);
    expect(await valueOf(fflate, js, { file: wide })).toEqual([want, want]);
  });

  test(`fflate.${by}() gives no other data for ${name} cut at any of its last bytes`, async () => {
    const text = `
      const ends = [];
      for (let cut = 1; cut < 16 && cut < file.length; cut++) {
        try {
          const got = lib.${by}(file.subarray(0, file.length - cut));
          // A zero that is missing among the zeros of a checksum of nothing does no harm.
          if (got.length > 0 || data.length > 0) ends.push(cut);
        } catch {}
      }
      return ends;
    `;
    expect(await fflate.run(text, { file: bytesOf(file), data: bytesOf(data) })).toEqual([]);
  });
}

test("fflate.gunzipSync() and unzlibSync() refuse data with any one bit turned", async () => {
  for (const { by, file, data } of packed.filter(({ name }) => !name.startsWith("raw"))) {
    // The header of gzip has flags, a time and a name that are not part of the data.
    const text = `
      const kept = [];
      for (let i = 18; i < file.length; i += 7) {
        const bad = file.slice();
        bad[i] ^= 1 << (i % 8);
        try {
          const got = lib.${by}(bad);
          if (got.length !== data.length || got.some((byte, at) => byte !== data[at])) kept.push(i);
        } catch {}
      }
      return kept;
    `;
    expect(await fflate.run(text, { file: bytesOf(file), data: bytesOf(data) })).toEqual([]);
  }
});

test("fflate.unzipSync() unpacks what zipfile packed, by every name", async () => {
  const got = await valueOf(fflate, "Object.entries(lib.unzipSync(file))", {
    file: bytesOf(zip.file),
  });
  expect(got).toEqual(zip.files.map(([name, data]) => [name, bytesOf(data)]));
});

test("fflate.unzipSync() unpacks only what a filter keeps", async () => {
  const js = "lib.unzipSync(file, { filter: ({ originalSize }) => originalSize === 0 })";
  expect(await valueOf(fflate, js, { file: bytesOf(zip.file) })).toEqual({
    empty: new Uint8Array(0),
  });
});

const IRIS = bytesOf(packed[0]?.data ?? "");

// What fflate packs and Node unpacks.
const PACKS: readonly [js: string, unpack: (bytes: Uint8Array) => Uint8Array][] = [
  ["lib.compress(file)", gunzipSync],
  ["lib.gzipSync(file, { level: 9, mtime: 0 })", gunzipSync],
  ["lib.zlibSync(file)", inflateSync],
];

for (const [js, unpack] of PACKS) {
  test(`Node unpacks ${js}`, async () => {
    const got = (await valueOf(fflate, js, { file: IRIS })) as Uint8Array;
    expect(new Uint8Array(unpack(got))).toEqual(IRIS);
  });
}

test("fflate unpacks the archive that it packs", async () => {
  const js = "lib.unzipSync(lib.zipSync({ 'a/b.csv': file, empty: new Uint8Array(0) }))";
  const got = await valueOf(fflate, js, { file: IRIS });
  expect(got).toEqual({ "a/b.csv": IRIS, empty: new Uint8Array(0) });
});

const MIB = 2 ** 20;
const ZEROS = new Uint8Array(200 * MIB);
const OVER = "stops: the data is over 33554432 bytes; {maxOutputLength} moves the bound";

/** A gzip file whose last word says that it is small. */
function lying(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy.set([1, 0, 0, 0], copy.length - 4);
  return copy;
}

/** An archive of one file under many names: each of them claims all of its data. */
function overlapping(names: number, bytes: number): Uint8Array {
  const data = deflateRawSync(new Uint8Array(bytes));
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  const central = Buffer.alloc(47, "x");
  central.fill(0, 0, 46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(8, 10);
  central.writeUInt32LE(data.length, 20);
  central.writeUInt32LE(bytes, 24);
  central.writeUInt16LE(1, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(names, 8);
  end.writeUInt16LE(names, 10);
  end.writeUInt32LE(local.length + data.length, 16);
  return Buffer.concat([local, data, ...Array<Buffer>(names).fill(central), end]);
}

/** The archive of the vectors with one 32-bit word changed, at a place from the table's start. */
function zipWith(place: number, word: number): Uint8Array {
  const file = Buffer.from(zip.file, "base64");
  const table = file.readUInt32LE(file.lastIndexOf("PK\x05\x06", undefined, "latin1") + 16);
  file.writeUInt32LE(word, table + place);
  return file;
}

// Bombs and broken files, and the words that they are refused with.
const REFUSED: readonly [name: string, js: string, file: () => Uint8Array, message: string][] = [
  [
    "a gzip bomb that says so",
    "lib.gunzipSync(file)",
    () => gzipSync(ZEROS),
    `RangeError: gunzipSync ${OVER}`,
  ],
  [
    "a gzip bomb that lies",
    "lib.gunzipSync(file)",
    () => lying(gzipSync(ZEROS)),
    `RangeError: gunzipSync ${OVER}`,
  ],
  [
    "a zlib bomb",
    "lib.decompress(file)",
    () => deflateSync(ZEROS),
    `RangeError: unzlibSync ${OVER}`,
  ],
  [
    "a raw bomb",
    "lib.inflateSync(file)",
    () => deflateRawSync(ZEROS),
    `RangeError: inflateSync ${OVER}`,
  ],
  [
    "a bound of the caller's",
    "lib.gunzipSync(file, { maxOutputLength: 999 })",
    () => gzipSync(new Uint8Array(1000)),
    "RangeError: gunzipSync stops: the data is over 999 bytes; {maxOutputLength} moves the bound",
  ],
  [
    "no bound",
    "lib.gunzipSync(file, { maxOutputLength: Infinity })",
    () => gzipSync(new Uint8Array(1000)),
    "RangeError: gunzipSync wants a maxOutputLength in bytes, got Infinity",
  ],
  [
    "a gzip file that claims 4 GiB",
    "lib.gunzipSync(file)",
    () => {
      const copy = new Uint8Array(gzipSync(IRIS));
      copy.set([255, 255, 255, 255], copy.length - 4);
      return copy;
    },
    "Error: gunzipSync wants a whole gzip file, got one that fails its checksum",
  ],
  [
    "an archive of files that overlap",
    "lib.unzipSync(file)",
    () => overlapping(60_000, MIB),
    `RangeError: unzipSync ${OVER}`,
  ],
  [
    "an archive whose file claims 4 GiB",
    "lib.unzipSync(file)",
    () => zipWith(24, 0xffff_ffff),
    `RangeError: unzipSync ${OVER}`,
  ],
  [
    "an archive whose file is larger than it says",
    "lib.unzipSync(file)",
    () => zipWith(24, 5),
    'Error: unzipSync wants whole files, got "iris.csv" that fails its checksum',
  ],
  [
    "an archive with another checksum",
    "lib.unzipSync(file)",
    () => zipWith(16, 5),
    'Error: unzipSync wants whole files, got "iris.csv" that fails its checksum',
  ],
  [
    "an archive whose file lies outside",
    "lib.unzipSync(file)",
    () => zipWith(42, 0xffff_fff0),
    "Error: unzipSync wants a whole ZIP archive, got one whose places do not fit",
  ],
  [
    "an archive without its table",
    "lib.unzipSync(file)",
    () => zipWith(0, 0),
    "Error: unzipSync wants a whole ZIP archive, got one whose places do not fit",
  ],
  [
    "no archive",
    "lib.unzipSync(file)",
    () => IRIS,
    "Error: unzipSync wants a ZIP archive, got none, or one without its end",
  ],
  [
    "no gzip file",
    "lib.gunzipSync(file)",
    () => IRIS,
    "Error: gunzipSync wants a gzip file, got none",
  ],
  [
    "text",
    "lib.decompress('abc')",
    () => IRIS,
    "TypeError: decompress wants bytes, such as files[0], got a value of type string",
  ],
  [
    "a callback",
    "lib.gunzip(file, () => 1)",
    () => IRIS,
    "TypeError: fflate.gunzip needs a worker, and there is none here: use gunzipSync",
  ],
];

for (const [name, js, file, message] of REFUSED) {
  test(`fflate refuses ${name}`, async () => {
    expect(await valueOf(fflate, js, { file: file() })).toBe(message);
  });
}

test("fflate has no way to a worker", async () => {
  expect(await valueOf(fflate, "Object.keys(lib).filter((name) => /async/i.test(name))")).toEqual(
    [],
  );
});
