/**
 * The normal distribution and Student's t, to nearly all digits of a double: those of the package
 * have seven.
 *
 * @module
 */

/** A continued fraction ends when a step changes nothing that a double shows, or after so many. */
const STEPS_MAX = 500;
const TINY = 1e-300;

/** Lanczos's approximation with g = 7 and nine terms. */
const LANCZOS = [
  ...[0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313],
  ...[-176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6],
  1.5056327351493116e-7,
];

/** The logarithm of the gamma function, for what is above 0. */
function lgamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lgamma(1 - x);
  const base = x - 1 + 7.5;
  const series = LANCZOS.reduce((sum, term, i) => sum + (i === 0 ? term : term / (x - 1 + i)), 0);
  return Math.log(Math.sqrt(2 * Math.PI) * series) + (x - 0.5) * Math.log(base) - base;
}

/** Returns the complement of the error function: 1 - erf(x), small values with all their digits. */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x < 2) return 1 - erfSeries(x);
  // Laplace's continued fraction, from its far end.
  let fraction = 0;
  for (let k = 100; k > 0; k--) fraction = k / 2 / (x + fraction);
  return Math.exp(-x * x) / (x + fraction) / Math.sqrt(Math.PI);
}

function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * sum; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return ((2 * sum) / Math.sqrt(Math.PI)) * Math.exp(-x * x);
}

/** Returns how likely a standard normal value is at most `x`. */
export function normalCdf(x: number): number {
  return erfc(-x / Math.SQRT2) / 2;
}

export function normalPdf(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * Returns the value that a standard normal one is below with probability `p`.
 *
 * @param guess A value near it.
 */
export function normalInverse(p: number, guess: number): number {
  // From the side where the probability is small, for there it has its digits.
  if (p > 0.5) return -normalInverse(1 - p, -guess);
  let x = guess;
  for (let i = 0; i < 20; i++) {
    const step = (normalCdf(x) - p) / normalPdf(x);
    const next = x - step / (1 + (x * step) / 2);
    if (next === x || !Number.isFinite(next)) return x;
    x = next;
  }
  return x;
}

/** Returns how likely a value of Student's t is at least as far from 0 as `t`, on either side. */
export function studentTwoSided(t: number, freedom: number): number {
  if (t !== t) return Number.NaN;
  return betaPart(freedom / 2, 0.5, freedom / (freedom + t * t));
}

/** The regularised incomplete beta function. */
function betaPart(a: number, b: number, x: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  // The fraction is short on one side of the middle only.
  if (x > (a + 1) / (a + b + 2)) return 1 - betaPart(b, a, 1 - x);
  const front = a * Math.log(x) + b * Math.log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b);
  return (Math.exp(front) / a) * betaFraction(a, b, x);
}

/** Lentz's way through a continued fraction: numerator and denominator in step. */
function betaFraction(a: number, b: number, x: number): number {
  const kept = (value: number) => (Math.abs(value) < TINY ? TINY : value);
  let c = 1;
  let d = 1 / kept(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= STEPS_MAX; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / kept(1 + even * d);
    c = kept(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / kept(1 + odd * d);
    c = kept(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return fraction;
}
