/**
 * jimp's shrinking as it is bundled, against the stock package and against means worked out in
 * whole numbers.
 *
 * Method: a new pixel covers so many old ones, on each axis, counted in parts of an old one as many
 * as there are new ones. So every weight is a whole number, and the mean a fraction of two of them.
 *
 * @module
 */

import { Jimp } from "jimp";
import { expect, test } from "vitest";

import { shrink } from "../../allowlist/shims/jimp-shrink.ts";

// Sizes before and after. The last is wider than what the fast way can sum up.
const SIZES: readonly [width: number, height: number, newWidth: number, newHeight: number][] = [
  [40, 30, 20, 15],
  [41, 31, 7, 5],
  [64, 48, 63, 47],
  [100, 3, 99, 1],
  [16, 200, 1, 3],
  [256, 4, 1, 1],
  [600, 5, 2, 2],
];

/** Pixels that look like noise, the same each time. */
function noise(pixels: number, isOpaque: boolean): Uint8Array {
  const data = new Uint8Array(pixels * 4);
  let state = 7;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data[i] = i % 4 === 3 && isOpaque ? 255 : state >>> 24;
  }
  // Some that are wholly clear, whose colours must not count.
  if (!isOpaque) for (let i = 3; i < data.length; i += 28) data[i] = 0;
  return data;
}

/** How much each old pixel of an axis is covered by a new one, in parts of `newLength`. */
function covered(length: number, newLength: number, at: number): readonly [number, number][] {
  const [begin, end] = [at * length, (at + 1) * length];
  const parts: [number, number][] = [];
  for (let i = 0; i < length; i++) {
    const part = Math.min(end, (i + 1) * newLength) - Math.max(begin, i * newLength);
    if (part > 0) parts.push([i, part]);
  }
  return parts;
}

for (const [width, height, newWidth, newHeight] of SIZES) {
  const size = { width, height, newWidth, newHeight };
  const says = `${width} × ${height} to ${newWidth} × ${newHeight}`;

  test(`shrink() rounds the exact means of opaque pixels, ${says}`, () => {
    const data = noise(width * height, true);
    const got = shrink(data, size);
    let far = 0;
    for (let y = 0; y < newHeight; y++) {
      for (let x = 0; x < newWidth; x++) {
        for (let channel = 0; channel < 4; channel++) {
          let sum = 0;
          for (const [row, down] of covered(height, newHeight, y)) {
            for (const [column, across] of covered(width, newWidth, x)) {
              sum += (data[(row * width + column) * 4 + channel] ?? 0) * down * across;
            }
          }
          const mean = sum / (width * height);
          far = Math.max(far, Math.abs((got[(y * newWidth + x) * 4 + channel] ?? 0) - mean));
        }
      }
    }
    expect(got.length).toBe(newWidth * newHeight * 4);
    expect(far).toBeLessThanOrEqual(0.5 + 1e-6);
  });

  for (const isOpaque of [true, false]) {
    test(`shrink() gives jimp's own pixels, ${says}, ${isOpaque ? "opaque" : "clear"}`, () => {
      const data = noise(width * height, isOpaque);
      const stock = new Jimp({ width, height, data: Buffer.from(data) });
      const want = stock.resize({ w: newWidth, h: newHeight }).bitmap.data;
      const got = shrink(data, size);
      const far = Array.from(got, (value, i) => Math.abs(value - (want[i] ?? Number.NaN)));
      expect(got.length).toBe(want.length);
      expect(Math.max(...far)).toBeLessThanOrEqual(isOpaque ? 1 : 0);
      expect(far.filter((value) => value > 0).length).toBeLessThanOrEqual(far.length / 50);
    });
  }
}

test("shrink() takes pixels at any place in their buffer", () => {
  const data = noise(40 * 30, true);
  const shifted = new Uint8Array(data.length + 1).subarray(1);
  shifted.set(data);
  const size = { width: 40, height: 30, newWidth: 9, newHeight: 7 };
  const far = shrink(data, size).map((value, i) =>
    Math.abs(value - (shrink(shifted, size)[i] ?? 0)),
  );
  expect(Math.max(...far)).toBeLessThanOrEqual(1);
});
