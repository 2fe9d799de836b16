/**
 * The size that an image file says it has, read from its first bytes before any decoder sees it.
 *
 * A 35-byte GIF may ask a decoder for gigabytes. What is read here is what a decoder would believe,
 * so it is also what a bound on pixels must be held against.
 *
 * Invariants:
 * - Nothing throws and nothing is allocated by what the bytes say, however hostile or cut off.
 * - The time is linear in the number of bytes: every loop moves on by at least one byte, and the
 *   parts of a TIFF, which may point anywhere, are together no longer than twice the file.
 * - Where a file holds several sizes, the width and the height are each the largest of them.
 *
 * Not here: decoding, and whether the rest of the file keeps the promise of its header.
 *
 * @module
 */

/** What an image file says about itself. */
export interface ImageHeader {
  readonly format: "png" | "jpeg" | "gif" | "bmp" | "tiff" | "webp";
  readonly width: number;
  readonly height: number;
  /** Pictures in the file: frames of a GIF, APNG or WebP, pages of a TIFF; at least 1. */
  readonly frames: number;
}

/**
 * Returns what the header of an image says, or `undefined` when `bytes` are no image that is known
 * here, end before the size does, or have no pixels.
 *
 * A file that is cut off later, in its pictures, still has its header: what is missing there is for
 * the decoder to find, and the frames are those that could be counted.
 *
 * @param bytes The file. Only read, not kept.
 *
 * @example
 * ```ts
 * const header = imageHeader(files[0]);
 * // header is { format: "png", width: 640, height: 480, frames: 1 }
 * ```
 */
export function imageHeader(bytes: Uint8Array): ImageHeader | undefined {
  for (const { format, magic, read } of FORMATS) {
    if (!magic.some((text) => startsWith(bytes, text))) continue;
    const size = read(new Reader(bytes));
    if (!size || size.width < 1 || size.height < 1) return undefined;
    const { width, height, frames } = size;
    return { format, width, height, frames: Math.max(1, frames) };
  }
  return undefined;
}

interface Size {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
}

interface Format {
  readonly format: ImageHeader["format"];
  /** What a file may begin with; a dot stands for any byte. */
  readonly magic: readonly string[];
  readonly read: (reader: Reader) => Size | undefined;
}

const FORMATS: readonly Format[] = [
  { format: "png", magic: ["\x89PNG\r\n\x1a\n"], read: readPng },
  { format: "jpeg", magic: ["\xff\xd8\xff"], read: readJpeg },
  { format: "gif", magic: ["GIF87a", "GIF89a"], read: readGif },
  { format: "bmp", magic: ["BM"], read: readBmp },
  { format: "tiff", magic: ["II*\0", "MM\0*"], read: readTiff },
  { format: "webp", magic: ["RIFF....WEBP"], read: readWebp },
];

function startsWith(bytes: Uint8Array, text: string, at = 0): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== "." && bytes[at + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}

/**
 * Numbers at a place in the file. Beyond its end they are NaN, which is less and more than nothing.
 */
class Reader {
  readonly bytes: Uint8Array;
  readonly length: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.length = bytes.length;
  }

  u8(at: number): number {
    return this.bytes[at] ?? Number.NaN;
  }

  u16(at: number, little: boolean): number {
    return little ? this.u8(at) + this.u8(at + 1) * 0x100 : this.u8(at) * 0x100 + this.u8(at + 1);
  }

  u24(at: number): number {
    return this.u16(at, true) + this.u8(at + 2) * 0x1_0000;
  }

  u32(at: number, little: boolean): number {
    const first = this.u16(at, little);
    const second = this.u16(at + 2, little);
    return little ? first + second * 0x1_0000 : first * 0x1_0000 + second;
  }

  is(text: string, at: number): boolean {
    return startsWith(this.bytes, text, at);
  }
}

/** A size, unless it was read beyond the end of the file. */
function sizeOf(width: number, height: number, frames = 1): Size | undefined {
  return width > 0 && height > 0 ? { width, height, frames } : undefined;
}

const PNG_CHUNKS = 8;

/** IHDR comes first. An animation says its number of frames in acTL, before the first IDAT. */
function readPng(reader: Reader): Size | undefined {
  if (!reader.is("IHDR", PNG_CHUNKS + 4)) return undefined;
  const width = reader.u32(PNG_CHUNKS + 8, false);
  const height = reader.u32(PNG_CHUNKS + 12, false);
  let frames = 1;
  let at = PNG_CHUNKS;
  while (at + 12 <= reader.length && !reader.is("IDAT", at + 4)) {
    if (reader.is("acTL", at + 4)) frames = Math.max(frames, reader.u32(at + 8, false) || 1);
    at += 12 + reader.u32(at, false);
  }
  return sizeOf(width, height, frames);
}

/** Most of a JPEG is a scan without markers. Taken here, before a hook may have replaced it. */
const indexOf = Function.prototype.call.bind(Uint8Array.prototype.indexOf) as (
  bytes: Uint8Array,
  byte: number,
  from: number,
) => number;

const JPEG = { SOF0: 0xc0, SOF15: 0xcf, RST0: 0xd0, RST7: 0xd7, EOI: 0xd9, TEM: 0x01 };

/** In the range of the frame headers, yet tables: DHT, JPG, DAC. */
const JPEG_NO_FRAMES = [0xc4, 0xc8, 0xcc];

/**
 * Reads every frame header to the end of the image, scans between them included: a decoder obeys a
 * second one too, and may meet it after the first scan.
 */
function readJpeg(reader: Reader): Size | undefined {
  let width = 0;
  let height = 0;
  let at = 2;
  while (at >= 0 && at + 1 < reader.length) {
    if (reader.u8(at) !== 0xff) {
      at = indexOf(reader.bytes, 0xff, at);
      continue;
    }
    const code = reader.u8(at + 1);
    if (code === 0xff || code === 0) {
      at += 1;
      continue;
    }
    if (code === JPEG.EOI) break;
    const bare = code === JPEG.TEM || (code >= JPEG.RST0 && code <= JPEG.RST7);
    if (code >= JPEG.SOF0 && code <= JPEG.SOF15 && !JPEG_NO_FRAMES.includes(code)) {
      height = Math.max(height, reader.u16(at + 5, false) || 0);
      width = Math.max(width, reader.u16(at + 7, false) || 0);
    }
    at += bare ? 2 : 2 + Math.max(2, reader.u16(at + 2, false) || 2);
  }
  return sizeOf(width, height);
}

const GIF = { SCREEN: 6, BLOCKS: 13, IMAGE: 0x2c, EXTENSION: 0x21 };

/** The screen, and each frame: one that is larger than the screen is allocated at its own size. */
function readGif(reader: Reader): Size | undefined {
  let width = reader.u16(GIF.SCREEN, true);
  let height = reader.u16(GIF.SCREEN + 2, true);
  let frames = 0;
  let at = GIF.BLOCKS + gifColours(reader.u8(GIF.SCREEN + 4));
  while (at < reader.length) {
    const kind = reader.u8(at);
    if (kind === GIF.IMAGE && at + 10 <= reader.length) {
      width = Math.max(width, reader.u16(at + 5, true));
      height = Math.max(height, reader.u16(at + 7, true));
      frames += 1;
      at = gifBlocksEnd(reader, at + 11 + gifColours(reader.u8(at + 9)));
    } else if (kind === GIF.EXTENSION) {
      at = gifBlocksEnd(reader, at + 2);
    } else if (kind === 0) {
      at += 1;
    } else {
      break;
    }
  }
  return sizeOf(width, height, frames);
}

/** Returns the bytes of the table of colours that a field of flags announces. */
function gifColours(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

function gifBlocksEnd(reader: Reader, start: number): number {
  let at = start;
  while (at < reader.length) {
    const length = reader.u8(at);
    at += 1 + length;
    if (length === 0) break;
  }
  return at;
}

const BMP_CORE_HEADER = 12;
const BMP_HEADERS = [BMP_CORE_HEADER, 16, 40, 52, 56, 64, 108, 124];

/** A negative height says that the rows run from the top. */
function readBmp(reader: Reader): Size | undefined {
  const header = reader.u32(14, true);
  if (!BMP_HEADERS.includes(header)) return undefined;
  if (header === BMP_CORE_HEADER) return sizeOf(reader.u16(18, true), reader.u16(20, true));
  const height = reader.u32(22, true);
  return sizeOf(signed(reader.u32(18, true)), Math.abs(signed(height)));
}

function signed(u32: number): number {
  return u32 >= 2 ** 31 ? u32 - 2 ** 32 : u32;
}

const TIFF = { WIDTH: 256, HEIGHT: 257, BYTE: 1, SHORT: 3, LONG: 4 };

/** Bytes of one value of each type, in the order of their numbers. */
const TIFF_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];

/**
 * Pages are a chain of directories, whose entries point to lists of values: offsets all of them, so
 * that a small file may seem endless. Here both must lie inside the file, and be together no longer
 * than twice the file (a list may serve two entries).
 */
function readTiff(reader: Reader): Size | undefined {
  const little = reader.is("II", 0);
  let size: Size = { width: 0, height: 0, frames: 0 };
  let at = reader.u32(4, little);
  let bytesLeft = 2 * reader.length;
  while (at !== 0) {
    const entries = reader.u16(at, little);
    const bytes = 2 + entries * 12 + 4;
    bytesLeft -= bytes;
    if (!(bytesLeft >= 0 && at + bytes <= reader.length)) return undefined;
    bytesLeft -= tiffListBytes(reader, at);
    if (bytesLeft < 0) return undefined;
    const width = tiffNumber(reader, at, TIFF.WIDTH);
    const height = tiffNumber(reader, at, TIFF.HEIGHT);
    size = {
      width: Math.max(size.width, width),
      height: Math.max(size.height, height),
      frames: size.frames + 1,
    };
    at = reader.u32(at + bytes - 4, little);
  }
  return size;
}

/** Returns the bytes of all lists of a directory: infinite, if one runs beyond the file. */
function tiffListBytes(reader: Reader, directory: number): number {
  const little = reader.is("II", 0);
  const entries = reader.u16(directory, little);
  let total = 0;
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + i * 12;
    const bytes = reader.u32(at + 4, little) * (TIFF_BYTES[reader.u16(at + 2, little)] ?? 0);
    if (bytes <= 4) continue;
    if (reader.u32(at + 8, little) + bytes > reader.length) return Infinity;
    total += bytes;
  }
  return total;
}

/** Returns the largest value that a directory gives a tag, or 0. */
function tiffNumber(reader: Reader, directory: number, tag: number): number {
  const little = reader.is("II", 0);
  const entries = reader.u16(directory, little);
  let value = 0;
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + i * 12;
    if (reader.u16(at, little) !== tag) continue;
    const type = reader.u16(at + 2, little);
    if (type === TIFF.BYTE) value = Math.max(value, reader.u8(at + 8));
    if (type === TIFF.SHORT) value = Math.max(value, reader.u16(at + 8, little));
    if (type === TIFF.LONG) value = Math.max(value, reader.u32(at + 8, little));
  }
  return value;
}

const WEBP_CHUNKS = 12;

/** Lossy (VP8), lossless (VP8L), or a canvas (VP8X) whose frames are chunks of their own (ANMF). */
function readWebp(reader: Reader): Size | undefined {
  const data = WEBP_CHUNKS + 8;
  if (reader.is("VP8 ", WEBP_CHUNKS)) {
    if (!reader.is("\x9d\x01\x2a", data + 3)) return undefined;
    return sizeOf(reader.u16(data + 6, true) & 0x3fff, reader.u16(data + 8, true) & 0x3fff);
  }
  if (reader.is("VP8L", WEBP_CHUNKS)) {
    const bits = reader.u32(data + 1, true);
    if (reader.u8(data) !== 0x2f || Number.isNaN(bits)) return undefined;
    return sizeOf((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
  }
  if (!reader.is("VP8X", WEBP_CHUNKS)) return undefined;
  return sizeOf(reader.u24(data + 4) + 1, reader.u24(data + 7) + 1, webpFrames(reader));
}

function webpFrames(reader: Reader): number {
  let frames = 0;
  let at = WEBP_CHUNKS;
  while (at + 8 <= reader.length) {
    if (reader.is("ANMF", at)) frames += 1;
    const bytes = reader.u32(at + 4, true);
    at += 8 + bytes + (bytes % 2);
  }
  return frames;
}
