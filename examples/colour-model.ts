/**
 * A model that is small enough to read: the nearest of three centroids in four colour statistics.
 *
 * Its twelve numbers were read off the three photographs of the example themselves, so it knows
 * those by heart and says nothing about any other. It is here so that the hooks have something to
 * stand around.
 *
 * @module
 */

import { Tensor } from "../src/index.ts";

/** Mean brightness, spread of brightness, difference between neighbours, red less blue. */
const CENTROIDS: readonly (readonly number[])[] = [
  [-0.012, 0.224, 0.069, 0.252],
  [0.08, 0.572, 0.066, 0.179],
  [-0.318, 0.298, 0.083, 0.134],
];

/** How many numbers the model has learnt. */
export const PARAMETERS = CENTROIDS.flat().length;

/** How fast a score falls with the distance: chosen so that the scores can be read. */
const SHARPNESS = 8;

/**
 * Returns a score for each image and class.
 *
 * @param images float32 `[batch, 3, height, width]`, from -1 to 1.
 * @returns float32 `[batch, 3]`; each row sums to 1.
 */
export function colourModel(images: Tensor): Tensor<"float32"> {
  const [batch = 0, channels = 0, height = 0, width = 0] = images.shape;
  const size = channels * height * width;
  const scores = new Float32Array(batch * CENTROIDS.length);
  for (let i = 0; i < batch; i++) {
    const pixels = (images.data as Float32Array).subarray(i * size, (i + 1) * size);
    scores.set(scoresOf(statisticsOf(pixels, width)), i * CENTROIDS.length);
  }
  return new Tensor("float32", [batch, CENTROIDS.length], scores);
}

/** Returns the four statistics of one image, its channels one after the other. */
export function statisticsOf(pixels: Float32Array, width: number): number[] {
  const count = pixels.length / 3;
  const grey = new Float32Array(count);
  let warmth = 0;
  for (let i = 0; i < count; i++) {
    const [red = 0, green = 0, blue = 0] = [pixels[i], pixels[count + i], pixels[2 * count + i]];
    grey[i] = (red + green + blue) / 3;
    warmth += (red - blue) / count;
  }
  const mean = grey.reduce((sum, value) => sum + value, 0) / count;
  const variance = grey.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
  let edges = 0;
  for (let i = 0; i < count; i++) {
    if (i % width !== 0) edges += Math.abs((grey[i] ?? 0) - (grey[i - 1] ?? 0)) / count;
  }
  return [mean, Math.sqrt(variance), edges, warmth];
}

function scoresOf(statistics: readonly number[]): number[] {
  const weights = CENTROIDS.map((centroid) => {
    const distance = Math.hypot(...centroid.map((value, i) => value - (statistics[i] ?? 0)));
    return Math.exp(-SHARPNESS * distance);
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
