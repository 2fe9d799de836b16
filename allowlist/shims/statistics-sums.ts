/**
 * Sums, means and moments: what the rest is made of. Pure numbers in, a number out.
 *
 * @module
 */

/** Returns the sum as `math.fsum` gives it: as if it were exact, and rounded once at the end. */
export function fsum(values: readonly number[]): number {
  // Numbers of which no two overlap, smallest first: together they are the exact sum.
  const parts: number[] = [];
  for (const value of values) {
    let high = value;
    let count = 0;
    for (const part of parts) {
      const [large, small] = Math.abs(high) < Math.abs(part) ? [part, high] : [high, part];
      const sum = large + small;
      const low = small - (sum - large);
      if (low !== 0) parts[count++] = low;
      high = sum;
    }
    parts.length = count;
    parts.push(high);
  }
  // An infinity or a NaN leaves no exact parts.
  if (!values.every(Number.isFinite)) return values.reduce((sum, value) => sum + value, 0);
  return parts.reduceRight((sum, part) => sum + part, 0);
}

/** Returns the arithmetic mean. */
export function meanOf(values: readonly number[]): number {
  return fsum(values) / values.length;
}

/** Returns the sum of squares of the distances from the mean. */
export function squaresOf(values: readonly number[]): number {
  return productsOf(values, values);
}

/** Returns the sum of the products of the distances from the means. */
export function productsOf(x: readonly number[], y: readonly number[]): number {
  const [xMean, yMean] = [meanOf(x), meanOf(y)];
  return fsum(x.map((value, i) => (value - xMean) * ((y[i] ?? 0) - yMean)));
}

/** Returns the mean of a power of the distances from the mean. */
export function momentOf(values: readonly number[], power: number): number {
  const mean = meanOf(values);
  return fsum(values.map((value) => (value - mean) ** power)) / values.length;
}

/** Returns the values in order. */
export function sortedOf(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}

/** Returns the place of each value in the order of all, from 1 on; equals share their mean. */
export function ranksOf(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = Array<number>(values.length).fill(0);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end += 1;
    for (const i of order.slice(start, end)) ranks[i] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}
