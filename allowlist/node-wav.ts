/**
 * node-wav, the stand-in for `wave`: the stock package behind a header that was checked.
 *
 * Stock, it allocates what a header claims, reads a window of a larger buffer at the wrong place,
 * and gives up on odd offsets: here it is handed a plain header and exactly the samples there are.
 *
 * @module
 */

import type { Library, LibraryWorld } from "../src/contract/library.ts";
import type { Tensor } from "../src/contract/tensor.ts";
import { plainWav } from "./shims/util-wav.ts";

interface Decoded {
  readonly sampleRate: number;
  readonly channelData: readonly Float32Array[];
}

interface EncodeOptions {
  readonly sampleRate?: unknown;
  readonly float?: unknown;
  readonly floatingPoint?: unknown;
  readonly bitDepth?: unknown;
}

interface Package {
  decode(bytes: Uint8Array): Decoded;
  encode(channels: readonly ArrayLike<number>[], options: EncodeOptions): Uint8Array;
}

/** What `decode` gives: one list of samples for each channel, of equal length. */
class Sound implements Decoded {
  readonly sampleRate: number;
  readonly channelData: readonly Float32Array[];
  readonly #tensor: typeof Tensor;

  constructor({ sampleRate, channelData }: Decoded, { Tensor }: LibraryWorld) {
    this.sampleRate = sampleRate;
    this.channelData = channelData;
    this.#tensor = Tensor;
  }

  /** Returns the samples as float32 [channels, samples]. */
  toTensor(): Tensor<"float32"> {
    const length = this.channelData[0]?.length ?? 0;
    const data = new Float32Array(this.channelData.length * length);
    for (const [i, channel] of this.channelData.entries()) data.set(channel, i * length);
    return new this.#tensor("float32", [this.channelData.length, length], data);
  }
}

export default {
  name: "node-wav",
  aliases: ["wav"],
  standsIn: "wave",
  notes:
    "wav.decode(bytes) gives {sampleRate, channelData}: a Float32Array from -1 to 1 for each " +
    "channel (positive samples are divided by 32767, negative ones by 32768); its toTensor() " +
    "gives float32 [channels, samples]. wav.encode(channels or tensor, {sampleRate, bitDepth, " +
    "float}) gives bytes. PCM of 8, 16, 24 and 32 bits, float of 32 and 64; a file that was cut " +
    "gives what it holds.",
  bundle: { inject: ["./shims/util-buffer.ts"] },
  load(world) {
    const stock = require("node-wav") as Package;
    return {
      decode: (value: unknown) => new Sound(decode(stock, value), world),
      encode: (value: unknown, options: EncodeOptions = {}) =>
        stock.encode(channelsOf(value, world), checked(options)),
    };
  },
  toNumbers(value) {
    return value instanceof Sound ? value.toTensor() : undefined;
  },
  toPlain(value) {
    if (!(value instanceof Sound)) return undefined;
    return { sampleRate: value.sampleRate, samples: value.toTensor() };
  },
} satisfies Library;

function decode(stock: Package, value: unknown): Decoded {
  const { file, bits, isFloat } = plainWav(value);
  const decoded = stock.decode(file);
  // The stock decoder gives the lowest of all 24-bit samples as the highest, and a bit more.
  if (bits === 24 && !isFloat) {
    for (const channel of decoded.channelData) {
      for (let i = 0; i < channel.length; i++) if ((channel[i] as number) > 1) channel[i] = -1;
    }
  }
  return decoded;
}

/** The bit depths that the stock encoder has. */
const DEPTHS = [8, 16, 24, 32];

function checked(options: EncodeOptions): EncodeOptions {
  const { sampleRate = 16_000, bitDepth = 16 } = options;
  const rate = Number(sampleRate);
  if (!Number.isInteger(rate) || rate < 1 || rate > 0xffff_ffff) {
    throw new RangeError(`wav.encode wants a sampleRate in hertz, got ${String(sampleRate)}`);
  }
  if (!DEPTHS.includes(Number(bitDepth))) {
    const want = DEPTHS.join(", ");
    throw new RangeError(`wav.encode wants a bitDepth of ${want}, got ${String(bitDepth)}`);
  }
  const float = Boolean(options.float) || Boolean(options.floatingPoint);
  return { sampleRate: rate, bitDepth: Number(bitDepth), float };
}

/** Returns one list of samples for each channel; a tensor of one axis is one channel. */
function channelsOf(value: unknown, world: LibraryWorld): readonly ArrayLike<number>[] {
  const isOther = typeof value === "object" && value !== null && !world.Tensor.is(value);
  const tensor = isOther ? world.tensorOf(value) : value;
  const channels = world.Tensor.is(tensor) ? rowsOf(tensor) : value;
  const want = "wav.encode wants a list of channels of equal length, or a tensor of them";
  if (!Array.isArray(channels) || channels.length === 0) throw new TypeError(want);
  const lists = channels.map((channel: unknown) => {
    if (Array.isArray(channel) || ArrayBuffer.isView(channel)) return channel as Float32Array;
    throw new TypeError(want);
  });
  if (lists.some(({ length }) => length !== lists[0]?.length)) throw new RangeError(want);
  return lists;
}

function rowsOf({ shape, data, dtype }: Tensor): unknown[] {
  if (!(data instanceof Float32Array || data instanceof Float64Array) || shape.length > 2) {
    const got = `${dtype} [${shape.join(", ")}]`;
    throw new TypeError(`wav.encode wants float32 or float64 [channels, samples], got ${got}`);
  }
  const [length = 0] = shape.slice(-1);
  const count = shape.length === 2 ? (shape[0] ?? 0) : 1;
  return Array.from({ length: count }, (_, i) => data.subarray(i * length, (i + 1) * length));
}
