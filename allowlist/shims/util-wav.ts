/**
 * The header of a WAV file, read with suspicion: what comes out is as long as the file can be, not
 * as its header says.
 *
 * @module
 */

/** A file with a plain header and nothing behind its samples. */
export interface PlainWav {
  readonly file: Uint8Array;
  readonly bits: number;
  readonly isFloat: boolean;
}

interface Format {
  readonly kind: number;
  readonly channels: number;
  readonly sampleRate: number;
  readonly bits: number;
}

const PCM = 1;
const FLOAT = 3;
/** The kind stands in the first two bytes of a GUID instead. */
const EXTENSIBLE = 0xfffe;

const BITS: Readonly<Record<number, readonly number[]>> = {
  [PCM]: [8, 16, 24, 32],
  [FLOAT]: [32, 64],
};

/** Each takes an array of its own; the widest cinema sound has 64. */
const CHANNELS_MAX = 64;

/** Four more than usual, so that samples of 8 bytes begin at a multiple of 8. */
const HEADER_BYTES = 48;

/**
 * Returns the file of `value` with a plain header: no chunks but the two, and samples that are
 * there in full. A `data` chunk that claims more than there is, as of a stream that was cut, ends
 * with the file.
 *
 * @param value The bytes of a file; not kept.
 * @throws {TypeError} When it is no WAV file, or of a kind that is not decoded.
 */
export function plainWav(value: unknown): PlainWav {
  const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : value;
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(
      `wav.decode wants the bytes of a file, got a value of type ${typeof value}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || textAt(view, 0) !== "RIFF" || textAt(view, 8) !== "WAVE") {
    throw new TypeError("wav.decode wants a file that begins with RIFF and WAVE, got other bytes");
  }
  let format: Format | undefined;
  // Chunks begin at even places; each takes 8 bytes at least, so the loop ends.
  for (let at = 12; at + 8 <= bytes.length;) {
    const start = at + 8;
    const end = Math.min(start + view.getUint32(at + 4, true), bytes.length);
    const name = textAt(view, at);
    if (name === "fmt ") format = formatAt(view, start, end);
    if (name === "data") return assembled(format, bytes.subarray(start, end));
    at = end + (end % 2);
  }
  throw new TypeError("wav.decode wants a file with samples, got one without a data chunk");
}

function formatAt(view: DataView, start: number, end: number): Format {
  if (end - start < 16) throw new TypeError("wav.decode wants a whole fmt chunk, got a cut one");
  const named = view.getUint16(start, true);
  const extended = named === EXTENSIBLE && end - start >= 26;
  const kind = extended ? view.getUint16(start + 24, true) : named;
  const bits = view.getUint16(start + 14, true);
  const channels = view.getUint16(start + 2, true);
  if (!BITS[kind]?.includes(bits)) {
    const want = "PCM of 8, 16, 24 or 32 bits or float of 32 or 64";
    throw new TypeError(`wav.decode wants ${want}, got kind ${kind} of ${bits} bits`);
  }
  if (channels < 1 || channels > CHANNELS_MAX) {
    throw new RangeError(`wav.decode wants 1 to ${CHANNELS_MAX} channels, got ${channels}`);
  }
  return { kind, channels, bits, sampleRate: view.getUint32(start + 4, true) };
}

function assembled(format: Format | undefined, data: Uint8Array): PlainWav {
  if (!format) throw new TypeError("wav.decode wants a fmt chunk before the samples, got none");
  const { kind, channels, sampleRate, bits } = format;
  const frameBytes = (channels * bits) / 8;
  const dataBytes = data.length - (data.length % frameBytes);
  const file = new Uint8Array(HEADER_BYTES + dataBytes);
  const view = new DataView(file.buffer);
  file.set([0x52, 0x49, 0x46, 0x46], 0);
  view.setUint32(4, file.length - 8, true);
  file.set([0x57, 0x41, 0x56, 0x45, 0x66, 0x6d, 0x74, 0x20], 8);
  view.setUint32(16, 20, true);
  view.setUint16(20, kind, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * frameBytes, true);
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, bits, true);
  file.set([0x64, 0x61, 0x74, 0x61], 40);
  view.setUint32(44, dataBytes, true);
  file.set(data.subarray(0, dataBytes), HEADER_BYTES);
  return { file, bits, isFloat: kind === FLOAT };
}

function textAt(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((step) => view.getUint8(at + step)));
}
