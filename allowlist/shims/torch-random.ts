/**
 * Chance as torch has it on a processor: the same seed gives the same numbers.
 *
 * Its generator is the Mersenne Twister (MT19937). A float takes 24 bits of one number, a double 53
 * bits of two; normal numbers are made by Box and Muller's way, in blocks of 16 where there are at
 * least 16. Until `manual_seed` is called, the seed is drawn from the machine's chance.
 *
 * @module
 */

const SIZE = 624;
const SHIFT = 397;

const state = new Uint32Array(SIZE);
/** The next number of the state; behind its end the state is stirred. */
let next = SIZE;
let seeded = false;
/** Normal numbers are made in twos: the second of them, for the next who asks. */
let spare: number | undefined;

/** Begins anew: from here on the numbers are those of this seed. */
export function seed(value: number): void {
  state[0] = value >>> 0;
  for (let i = 1; i < SIZE; i++) {
    const before = state[i - 1] as number;
    state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
  }
  next = SIZE;
  seeded = true;
  spare = undefined;
}

function stir(): void {
  for (let i = 0; i < SIZE; i++) {
    const both =
      ((state[i] as number) & 0x80000000) | ((state[(i + 1) % SIZE] as number) & 0x7fffffff);
    const mixed = (both >>> 1) ^ (both & 1 ? 0x9908b0df : 0);
    state[i] = (state[(i + SHIFT) % SIZE] as number) ^ mixed;
  }
  next = 0;
}

/** Returns 32 bits. */
export function bits32(): number {
  if (!seeded) seed(Math.floor(Math.random() * 2 ** 32));
  if (next === SIZE) stir();
  let bits = state[next++] as number;
  bits ^= bits >>> 11;
  bits ^= (bits << 7) & 0x9d2c5680;
  bits ^= (bits << 15) & 0xefc60000;
  return (bits ^ (bits >>> 18)) >>> 0;
}

/** Returns a number from 0 to below 1 in steps of 2^-24, as a float32 is drawn. */
export function uniform24(): number {
  return (bits32() & 0xffffff) / 2 ** 24;
}

/** Returns a number from 0 to below 1 in steps of 2^-53, as a float64 is drawn. */
export function uniform53(): number {
  const high = bits32() & 0x1fffff;
  return (high * 2 ** 32 + bits32()) / 2 ** 53;
}

/** Fills an array with normal numbers, of the mean 0 and the deviation 1. */
export function fillNormal(out: Float32Array | Float64Array): void {
  const uniform = out instanceof Float32Array ? uniform24 : uniform53;
  if (out.length < 16) {
    for (let i = 0; i < out.length; i++) out[i] = normal();
    return;
  }
  for (let i = 0; i < out.length; i++) out[i] = uniform();
  for (let i = 0; i + 16 <= out.length; i += 16) block(out.subarray(i, i + 16));
  if (out.length % 16 === 0) return;
  // The last block overlaps the one before it, and is drawn again.
  const last = out.subarray(out.length - 16);
  for (let i = 0; i < 16; i++) last[i] = uniform();
  block(last);
}

/** The first eight say how far, the others in which direction. */
function block(out: Float32Array | Float64Array): void {
  for (let i = 0; i < 8; i++) {
    const radius = Math.sqrt(-2 * Math.log(1 - (out[i] as number)));
    const angle = 2 * Math.PI * (out[i + 8] as number);
    out[i] = radius * Math.cos(angle);
    out[i + 8] = radius * Math.sin(angle);
  }
}

function normal(): number {
  if (spare !== undefined) {
    const kept = spare;
    spare = undefined;
    return kept;
  }
  const angle = 2 * Math.PI * uniform53();
  const radius = Math.sqrt(-2 * Math.log1p(-uniform53()));
  spare = radius * Math.sin(angle);
  return radius * Math.cos(angle);
}
