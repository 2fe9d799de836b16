/**
 * In place of omggif's reader, which a file of 300 bytes can hold for ever (its table of codes may be
 * made to point at itself): the first frame of a GIF. Its writer stays.
 *
 * Every table entry here points to an earlier one, so that a code always ends.
 *
 * @module
 */

const stock = require("omggif/omggif.js") as { readonly GifWriter: unknown };

export const GifWriter = stock.GifWriter;

const CODES_MAX = 4096;

interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  /** Where its table of colours begins, and where its codes. */
  readonly colours: number;
  readonly codes: number;
  /** The colour that is clear, or -1. */
  readonly clear: number;
}

/** A GIF as jimp reads it: the screen's size, and the first frame on a clear screen. */
export class GifReader {
  readonly width: number;
  readonly height: number;
  readonly #bytes: Uint8Array;
  readonly #frame: Frame;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.width = u16(bytes, 6);
    this.height = u16(bytes, 8);
    this.#frame = firstFrame(bytes);
  }

  /** Writes the first frame's pixels, RGBA; those that are clear or beyond the screen are left. */
  decodeAndBlitFrameRGBA(_index: number, pixels: Uint8Array): void {
    const { left, top, width, height, interlaced, colours, clear, codes } = this.#frame;
    const indexes = decode(this.#bytes, codes, width * height);
    const rows = interlaced ? interlacedRows(height) : undefined;
    for (let i = 0; i < indexes.length; i++) {
      const index = indexes[i] ?? 0;
      const x = left + (i % width);
      const row = Math.floor(i / width);
      const y = top + (rows ? (rows[row] ?? row) : row);
      if (index === clear || x >= this.width || y >= this.height) continue;
      const to = (y * this.width + x) * 4;
      const from = colours + index * 3;
      for (let channel = 0; channel < 3; channel++) {
        pixels[to + channel] = this.#bytes[from + channel] ?? 0;
      }
      pixels[to + 3] = 255;
    }
  }
}

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) * 256;
}

function tableBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

function firstFrame(bytes: Uint8Array): Frame {
  const common = 13;
  let clear = -1;
  let at = common + tableBytes(bytes[10] ?? 0);
  while (at < bytes.length && bytes[at] === 0x21) {
    const isControl = bytes[at + 1] === 0xf9 && bytes[at + 2] === 4;
    if (isControl) clear = (bytes[at + 3] ?? 0) & 1 ? (bytes[at + 6] ?? -1) : -1;
    at = blocksEnd(bytes, at + 2);
  }
  if (bytes[at] !== 0x2c) throw new Error("GIF has no frame");
  const flags = bytes[at + 9] ?? 0;
  const own = tableBytes(flags);
  return {
    left: u16(bytes, at + 1),
    top: u16(bytes, at + 3),
    width: u16(bytes, at + 5),
    height: u16(bytes, at + 7),
    interlaced: (flags & 0x40) !== 0,
    colours: own > 0 ? at + 10 : common,
    codes: at + 10 + own,
    clear,
  };
}

function blocksEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] !== 0) at += 1 + (bytes[at] ?? 0);
  return at + 1;
}

/** Every eighth row, then those between, then every second that is missing, then the rest. */
function interlacedRows(height: number): number[] {
  const rows: number[] = [];
  for (const [first, step] of [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ] as const) {
    for (let row = first; row < height; row += step) rows.push(row);
  }
  return rows;
}

/** Returns the bits of a chain of blocks, as numbers of `size` bits; -1 at its end. */
function codeReader(bytes: Uint8Array, start: number): (size: number) => number {
  let at = start;
  let blockEnd = start;
  let bits = 0;
  let held = 0;
  return (size) => {
    while (held < size) {
      if (at === blockEnd) {
        const length = bytes[at] ?? 0;
        if (length === 0) return -1;
        blockEnd = at + 1 + length;
        at += 1;
      }
      bits |= (bytes[at++] ?? 0) << held;
      held += 8;
    }
    const code = bits & ((1 << size) - 1);
    bits >>>= size;
    held -= size;
    return code;
  };
}

/** Returns the indexes of colours: at most `count`, and fewer when the codes end early. */
function decode(bytes: Uint8Array, start: number, count: number): Uint8Array {
  const bitsMin = bytes[start] ?? 0;
  if (bitsMin < 1 || bitsMin > 8) throw new Error(`GIF has codes of ${bitsMin} bits`);
  const read = codeReader(bytes, start + 1);
  const out = new Uint8Array(count);
  const reset = 1 << bitsMin;
  // An entry is a run of pixels that was written before: where it begins in `out`, and its length.
  const begins = new Uint32Array(CODES_MAX);
  const lengths = new Uint16Array(CODES_MAX);
  let next = reset + 2;
  let size = bitsMin + 1;
  let to = 0;
  let before = -1;
  for (let code = read(size); code !== -1 && code !== reset + 1 && to < count; code = read(size)) {
    if (code === reset) {
      next = reset + 2;
      size = bitsMin + 1;
      before = -1;
      continue;
    }
    const began = to;
    if (code > next || (code === next && before === -1))
      throw new Error("GIF has a code too large");
    if (before !== -1 && next < CODES_MAX) {
      begins[next] = before;
      lengths[next] = began - before + 1;
      next += 1;
      if (next === 1 << size && size < 12) size += 1;
    }
    if (code < reset) {
      out[to++] = code;
    } else {
      const from = begins[code] ?? 0;
      const end = Math.min(count, to + (lengths[code] ?? 0));
      for (let i = from; to < end; i++) out[to++] = out[i] ?? 0;
    }
    before = began;
  }
  return out.subarray(0, to);
}

export default { GifReader, GifWriter };
