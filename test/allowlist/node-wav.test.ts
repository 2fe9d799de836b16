/**
 * node-wav in a bare isolate, against Python's `wave` and the format's own text.
 *
 * `vectors-util.py` says how the vectors came to be.
 *
 * @module
 */

import { readFileSync } from "node:fs";

import { afterAll, beforeAll, expect, test } from "vitest";

import type { Bare } from "./isolate.ts";
import { utilIsolate, valueOf } from "./util.ts";
import { UTIL_VECTORS } from "./vectors-util.ts";

let wav: Bare;

beforeAll(async () => {
  wav = await utilIsolate("node-wav");
});

afterAll(() => wav[Symbol.dispose]());

const fileOf = (index: number) => Buffer.from(UTIL_VECTORS.sounds[index]?.file ?? "", "base64");

for (const [index, { name, sampleRate, channels }] of UTIL_VECTORS.sounds.entries()) {
  test(`wav.decode() reads ${name}`, async () => {
    // At an odd place of a larger buffer: the stock decoder reads from its beginning.
    const wide = Buffer.concat([Buffer.from("x"), fileOf(index)]);
    const js = "made.toPlain(lib.decode(file.subarray(1)))";
    const { samples, ...rest } = (await valueOf(
      wav,
      `((got) => ({ ...got, samples: show(got.samples) }))(${js})`,
      { file: wide },
    )) as { samples: { dtype: string; shape: number[]; data: number[] } };
    expect(rest).toEqual({ sampleRate });
    expect(samples).toEqual({
      dtype: "float32",
      shape: [channels.length, channels[0]?.length],
      data: channels.flat().map(Math.fround),
    });
  });
}

test("wav.decode() reads the recording that comes with the package", async () => {
  const file = readFileSync(new URL("../../node_modules/node-wav/file.wav", import.meta.url));
  // The samples by the format's text: 16-bit words behind the first chunk named data.
  const start = file.indexOf("data", 12, "latin1") + 8;
  const count = file.readUInt32LE(start - 4) / 2;
  const scaled = (word: number) => Math.fround(word < 0 ? word / 32768 : word / 32767);
  const want = Array.from({ length: count }, (_, i) => scaled(file.readInt16LE(start + 2 * i)));
  const channels = file.readUInt16LE(22);
  const got = (await valueOf(wav, "lib.decode(file).channelData", { file })) as Float32Array[];
  expect(got.length).toBe(channels);
  for (const [channel, samples] of got.entries()) {
    expect(Array.from(samples)).toEqual(want.filter((_, i) => i % channels === channel));
  }
});

for (const options of ["bitDepth: 8", "bitDepth: 16", "bitDepth: 24", "bitDepth: 32", "float: 1"]) {
  test(`wav.decode() reads back what wav.encode() writes with ${options}`, async () => {
    const tensor = "Tensor.from([[0, 0.5, -0.5, 1, -1], [0.25, -0.25, 0, 0, 0]], 'float32')";
    const file = `lib.encode(${tensor}, { sampleRate: 8000, ${options} })`;
    const js = `show(lib.decode(${file}).toTensor())`;
    const got = (await valueOf(wav, js)) as { shape: number[]; data: number[] };
    expect(got.shape).toEqual([2, 5]);
    const want = [0, 0.5, -0.5, 1, -1, 0.25, -0.25, 0, 0, 0];
    // Half a step of 8 bits is the coarsest; the stock encoder cuts instead of rounding.
    const step = options === "bitDepth: 8" ? 1 / 64 : 1 / 16_384;
    for (const [i, value] of want.entries()) {
      expect(Math.abs((got.data[i] ?? Number.NaN) - value)).toBeLessThanOrEqual(step);
    }
  });
}

test("wav.encode() writes what the format's text says", async () => {
  const js = "lib.encode([[0, 1, -1]], { sampleRate: 8000 })";
  const got = Buffer.from((await valueOf(wav, js)) as Uint8Array).toString("latin1");
  const words = (...list: number[]) =>
    Buffer.from(Uint16Array.from(list).buffer).toString("latin1");
  const want =
    `RIFF${words(42, 0)}WAVEfmt ${words(16, 0, 1, 1, 8000, 0, 16_000, 0, 2, 16)}` +
    `data${words(6, 0, 0, 32_767, 32_768)}`;
  expect(got).toBe(want);
});

/** A file of the vectors with some of its bytes changed. */
function changed(at: number, ...bytes: number[]): Uint8Array {
  const file = new Uint8Array(fileOf(1));
  file.set(bytes, at);
  return file;
}

// What is no file to decode, or no sound to encode, and the words that it is refused with.
const REFUSED: readonly [js: string, file: Uint8Array, message: string][] = [
  [
    "lib.decode(file)",
    Buffer.from("RIFX"),
    "TypeError: wav.decode wants a file that begins with RIFF and WAVE, got other bytes",
  ],
  [
    "lib.decode(file)",
    fileOf(1).subarray(0, 20),
    "TypeError: wav.decode wants a whole fmt chunk, got a cut one",
  ],
  [
    "lib.decode(file)",
    fileOf(1).subarray(0, 36),
    "TypeError: wav.decode wants a file with samples, got one without a data chunk",
  ],
  [
    "lib.decode(file)",
    changed(12, 0x78),
    "TypeError: wav.decode wants a fmt chunk before the samples, got none",
  ],
  [
    "lib.decode(file)",
    changed(20, 0x55, 0),
    "TypeError: wav.decode wants PCM of 8, 16, 24 or 32 bits or float of 32 or 64, " +
      "got kind 85 of 16 bits",
  ],
  [
    "lib.decode(file)",
    changed(22, 0xff, 0xff),
    "RangeError: wav.decode wants 1 to 64 channels, got 65535",
  ],
  ["lib.decode(file)", changed(22, 0, 0), "RangeError: wav.decode wants 1 to 64 channels, got 0"],
  [
    "lib.decode('x')",
    new Uint8Array(0),
    "TypeError: wav.decode wants the bytes of a file, got a value of type string",
  ],
  [
    "lib.encode([[1, 2], [3]])",
    new Uint8Array(0),
    "RangeError: wav.encode wants a list of channels of equal length, or a tensor of them",
  ],
  [
    "lib.encode(Tensor.from([1], 'int32'))",
    new Uint8Array(0),
    "TypeError: wav.encode wants float32 or float64 [channels, samples], got int32 [1]",
  ],
  [
    "lib.encode([[0]], { bitDepth: 12 })",
    new Uint8Array(0),
    "RangeError: wav.encode wants a bitDepth of 8, 16, 24, 32, got 12",
  ],
];

for (const [index, [js, file, message]] of REFUSED.entries()) {
  test(`node-wav refuses ${js}, row ${index}`, async () => {
    expect(await valueOf(wav, js, { file })).toBe(message);
  });
}

test("wav.decode() gives or throws, and takes no time, on a file cut at any byte", async () => {
  const text = `
    let ends = 0;
    for (let i = 0; i < file.length; i++) {
      try { lib.decode(file.subarray(0, i)); ends++ } catch { ends++ }
    }
    return ends;
  `;
  const file = fileOf(2);
  expect(await wav.run(text, { file })).toBe(file.length);
});
