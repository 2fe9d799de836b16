/**
 * Pictures of bytes made larger or smaller as Pillow does it, to the last bit.
 *
 * Each new pixel is a sum of old ones, weighed by a filter that grows with the step from pixel to
 * pixel, so that nothing is skipped where a picture becomes smaller. First across, then down, and
 * between the two the sums are bytes again; weights are whole numbers of 22 bits. All of this is
 * Pillow's, and must be: a model was trained on pictures that were made like this.
 *
 * @module
 */

/** Bytes, row by row, with the colours of a pixel side by side. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  readonly colours: number;
  readonly data: Uint8Array;
}

interface Filter {
  /** How far it reaches to both sides, in old pixels where the picture becomes no smaller. */
  readonly reach: number;
  weight(distance: number): number;
}

/** The filters by their numbers in Pillow, which the files of models have. 0 is the nearest. */
const FILTERS: Readonly<Record<number, Filter>> = {
  1: {
    reach: 3,
    weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0),
  },
  2: { reach: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  3: { reach: 2, weight: (x) => cubic(Math.abs(x)) },
  4: { reach: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  5: { reach: 1, weight: (x) => hamming(Math.abs(x)) },
};

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

function cubic(x: number): number {
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

function hamming(x: number): number {
  if (x === 0) return 1;
  return x >= 1 ? 0 : sinc(x) * (0.54 + 0.46 * Math.cos(x * Math.PI));
}

/** The numbers of the filters, for the message of an error. */
export const RESAMPLES: readonly number[] = [0, ...Object.keys(FILTERS).map(Number)];

/**
 * Returns a picture in another size.
 *
 * @param resample A number of {@link RESAMPLES}.
 */
export function resize(
  picture: Picture,
  { height, width }: { readonly height: number; readonly width: number },
  resample: number,
): Picture {
  const filter = FILTERS[resample];
  if (!filter) return nearest(picture, height, width);
  const across = width === picture.width ? picture : resizeAcross(picture, width, filter);
  return height === picture.height ? across : resizeDown(across, height, filter);
}

function nearest(picture: Picture, height: number, width: number): Picture {
  const { colours } = picture;
  const data = new Uint8Array(height * width * colours);
  const place = (i: number, size: number, old: number) => Math.floor(((i + 0.5) * old) / size);
  for (let y = 0, to = 0; y < height; y++) {
    const row = place(y, height, picture.height) * picture.width;
    for (let x = 0; x < width; x++) {
      const from = (row + place(x, width, picture.width)) * colours;
      for (let c = 0; c < colours; c++) data[to++] = picture.data[from + c] ?? 0;
    }
  }
  return { height, width, colours, data };
}

/** For each new pixel of an axis, the first old one that counts, and the weights from there on. */
interface Weights {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
  /** How many places there are for each new pixel. */
  readonly room: number;
}

const BITS = 22;
const HALF = 2 ** (BITS - 1);

function weightsOf(length: number, newLength: number, { reach, weight }: Filter): Weights {
  const step = length / newLength;
  const stretch = Math.max(1, step);
  const room = Math.ceil(reach * stretch) * 2 + 1;
  const first = new Int32Array(newLength);
  const count = new Int32Array(newLength);
  const weights = new Int32Array(newLength * room);
  for (let i = 0; i < newLength; i++) {
    const centre = (i + 0.5) * step;
    const start = Math.max(0, Math.trunc(centre - reach * stretch + 0.5));
    const end = Math.min(length, Math.trunc(centre + reach * stretch + 0.5));
    // Multiplied, for Pillow does: a division would round otherwise.
    const parts = Array.from({ length: end - start }, (_, k) =>
      weight((k + start - centre + 0.5) * (1 / stretch)),
    );
    const sum = parts.reduce((all, part) => all + part, 0);
    first[i] = start;
    count[i] = end - start;
    for (const [k, part] of parts.entries()) weights[i * room + k] = fixed(part / (sum || 1));
  }
  return { first, count, weights, room };
}

function fixed(weight: number): number {
  return Math.trunc(weight * 2 ** BITS + (weight < 0 ? -0.5 : 0.5));
}

function resizeAcross(picture: Picture, width: number, filter: Filter): Picture {
  const { height, colours, data: old } = picture;
  const { first, count, weights, room } = weightsOf(picture.width, width, filter);
  const data = new Uint8ClampedArray(height * width * colours);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const start = (y * picture.width + (first[x] ?? 0)) * colours;
      for (let c = 0; c < colours; c++) {
        let sum = HALF;
        for (let k = 0, from = start + c; k < (count[x] ?? 0); k++, from += colours) {
          sum += (old[from] ?? 0) * (weights[x * room + k] ?? 0);
        }
        data[to++] = sum >> BITS;
      }
    }
  }
  return { height, width, colours, data: new Uint8Array(data.buffer) };
}

function resizeDown(picture: Picture, height: number, filter: Filter): Picture {
  const { width, colours, data: old } = picture;
  const { first, count, weights, room } = weightsOf(picture.height, height, filter);
  const line = width * colours;
  const data = new Uint8ClampedArray(height * line);
  const sums = new Int32Array(line);
  for (let y = 0; y < height; y++) {
    sums.fill(HALF);
    for (let k = 0; k < (count[y] ?? 0); k++) {
      const weight = weights[y * room + k] ?? 0;
      const from = ((first[y] ?? 0) + k) * line;
      for (let i = 0; i < line; i++) sums[i] = (sums[i] ?? 0) + (old[from + i] ?? 0) * weight;
    }
    for (let i = 0; i < line; i++) data[y * line + i] = (sums[i] ?? 0) >> BITS;
  }
  return { height, width, colours, data: new Uint8Array(data.buffer) };
}
