/**
 * Arithmetic on rows of numbers: sums, lengths, distances.
 *
 * @module
 */

/** How far apart two rows are. */
export type Distance = (one: Float64Array, other: Float64Array) => number;

export const DISTANCES = {
  euclidean: (one, other) => Math.sqrt(squaredDistance(one, other)),
  manhattan: (one, other) => {
    let sum = 0;
    for (let i = 0; i < one.length; i++) sum += Math.abs((one[i] as number) - (other[i] as number));
    return sum;
  },
  cosine: (one, other) => Math.min(2, Math.max(0, 1 - cosine(one, other))),
} satisfies Record<string, Distance>;

export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}

/** Returns the place of the largest, the first of equals, as `numpy.argmax`. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    if ((values[i] as number) > (values[best] as number)) best = i;
  }
  return best;
}

export function squaredDistance(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) {
    const apart = (one[i] as number) - (other[i] as number);
    sum += apart * apart;
  }
  return sum;
}

export function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += (one[i] as number) * (other[i] as number);
  return sum;
}

/** How far two rows point in the same direction. A row of zeros is like no other: 0. */
export function cosine(one: Float64Array, other: Float64Array): number {
  return dot(one, other) / ((lengthOf(one, "l2") || 1) * (lengthOf(other, "l2") || 1));
}

export type Norm = "l1" | "l2" | "max";

/** Returns the length of a row by `l1`, `l2` or `max`. */
export function lengthOf(row: Float64Array, norm: Norm): number {
  let length = 0;
  for (const value of row) {
    if (norm === "l2") length += value * value;
    else length = norm === "l1" ? length + Math.abs(value) : Math.max(length, Math.abs(value));
  }
  return norm === "l2" ? Math.sqrt(length) : length;
}
