/**
 * What codecs hold in memory that V8's limit does not count, seen from outside: the resident memory
 * of this process.
 *
 * @module
 */

import sharp from "sharp";
import { beforeAll, expect, test } from "vitest";

import { bareIsolate } from "./isolate.ts";

const MIB = 2 ** 20;
const BUNDLE = new URL("../../bundles/libraries/jsquash.js", import.meta.url);

/** Progressive, of 16 million pixels: its coefficients alone are 96 MB. */
let large: Uint8Array;

beforeAll(async () => {
  const size = { width: 4600, height: 3450 };
  const create = { ...size, channels: 3, background: "#8090a0" } as const;
  large = await sharp({ create }).jpeg({ progressive: true }).toBuffer();
}, 60_000);

const residentMiB = () => process.memoryUsage.rss() / MIB;

const DECODE = "lib.jpeg.decode(large).shape[1]";
const CUT_OFF = "lib.jpeg.decode(large.subarray(0, large.length - 200)).shape[1]";

// How often, and what the isolate does. At rest it would keep what it let go: 100 MiB and more.
const CASES: readonly [says: string, rounds: number, js: string][] = [
  ["decoded it once", 1, DECODE],
  ["decoded it six times", 6, DECODE],
  ["gave up on it once", 1, CUT_OFF],
  ["gave up on it six times", 6, CUT_OFF],
];

for (const [says, rounds, js] of CASES) {
  test(`an isolate that ${says} gives back what 16 million pixels took`, async () => {
    using bare = await bareIsolate(BUNDLE, { pixelsMax: 16_000_000, heapMiB: 256 });
    const tiny = "new Tensor('uint8', [1, 1, 3], new Uint8Array(3))";
    // Compiles, and makes the first garbage.
    await bare.run(`return lib.png.decode(lib.png.encode(${tiny})).shape[0]`);
    const before = residentMiB();
    const text = `try { return ${js} } catch (error) { return String(error) }`;
    for (let i = 0; i < rounds; i++) await bare.run(text, { large });
    // V8 frees on a thread of its own. The pixels themselves, 61 MiB, may still be there: they count
    // in the heap of the isolate.
    await expect.poll(() => residentMiB() - before, { timeout: 5_000 }).toBeLessThan(90);
  }, 120_000);
}
