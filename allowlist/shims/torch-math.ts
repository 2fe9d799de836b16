/**
 * Functions of one number that JavaScript does not have, to the last digits of a double.
 *
 * @module
 */

/** Below it the series of erf is short, from it on the continued fraction of erfc is. */
const SERIES_MAX = 2.5;

/** From here on erf is 1 in a double, and every series would be wasted. */
const ERF_ONE = 6;

/** Terms of the continued fraction: 60 are enough for 16 digits from `SERIES_MAX` on. */
const FRACTION_TERMS = 60;

/** Returns the error function. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (x !== x) return x;
  if (size > ERF_ONE) return Math.sign(x);
  if (size >= SERIES_MAX) return Math.sign(x) * (1 - erfcFar(size));
  // All terms are positive, so nothing cancels out.
  let term = x;
  let total = x;
  for (let n = 1; Math.abs(term) > Math.abs(total) * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

/** Returns 1 - erf(x), exact also where erf is nearly 1. */
export function erfc(x: number): number {
  return x < SERIES_MAX ? 1 - erf(x) : erfcFar(x);
}

function erfcFar(x: number): number {
  let below = x;
  for (let n = FRACTION_TERMS; n > 0; n--) below = x + n / 2 / below;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / below;
}

/** Returns the integer nearest to a number, the even one of two. */
export function roundHalfEven(value: number): number {
  const up = Math.round(value);
  return Math.abs(value % 1) === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

export function logSigmoid(x: number): number {
  return Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));
}

/** Returns the rest of a division, with the sign of the divisor as in Python. */
export function remainder(x: number, y: number): number {
  const rest = x % y;
  return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
}

/** Returns x for what is above 0, for NaN too, else 0. */
export function relu(x: number): number {
  return x > 0 || x !== x ? x : 0;
}

/** Returns the normal distribution function times x. */
export function gelu(x: number): number {
  return (x * (1 + erf(x * Math.SQRT1_2))) / 2;
}

/** Returns gelu as it was before erf was cheap. */
export function geluTanh(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}
