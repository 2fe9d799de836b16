/**
 * The codecs of jSquash, as a library of the allowlist may use them: files in, pictures out.
 *
 * Each is compiled when it is first used, and its instance is kept for the next picture, as long as
 * all that are kept stay small: memory of WebAssembly never shrinks. One that failed is given back,
 * because nobody knows what it left behind in its memory.
 *
 * Not here: the bound on pixels, to which the header of a file is held before it comes here.
 *
 * @module
 */

import type { LibraryWorld, WasmModule } from "../../src/contract/library.ts";
import { Decoder, type Picture } from "./jsquash-emscripten.ts";
import { JPEG_LETTERS, SCALE_AT, WEBP_LETTERS } from "./jsquash-modules.ts";
import { jpegModule, pngModule, resizeModule, webpModule } from "./jsquash-modules.ts";
import { PngCodec, type ResizeOptions, Resizer } from "./jsquash-rust.ts";

export type { Picture } from "./jsquash-emscripten.ts";

/**
 * How much the codecs of a library may hold between pictures, all together. After a photograph of
 * 1920 × 1080 each of them holds 16 to 23 MiB, of which half was ever touched.
 */
const KEPT_BYTES_MAX = 3 * 2 ** 24;

/** What a codec gives and takes, whatever it is written in. */
interface Codec {
  readonly bytes: number;
  end(): void;
}

/** The codecs of one library, as far as they are kept. */
export class Keeper {
  readonly world: LibraryWorld;
  #bytes = 0;

  constructor(world: LibraryWorld) {
    this.world = world;
  }

  /** Returns a function that lends an instance: the one of last time, or a new one. */
  keeping<Instance extends Codec>(
    module: WasmModule,
    make: (module: WasmModule) => Instance,
  ): <Value>(use: (instance: Instance) => Value) => Value {
    let kept: Instance | undefined;
    return (use) => {
      const instance = kept ?? make(module);
      if (kept) this.#bytes -= instance.bytes;
      kept = undefined;
      let isDone = false;
      try {
        const value = use(instance);
        isDone = true;
        return value;
      } finally {
        if (isDone && this.#bytes + instance.bytes <= KEPT_BYTES_MAX) {
          this.#bytes += instance.bytes;
          kept = instance;
        } else {
          instance.end();
        }
      }
    };
  }
}

// Nothing is compiled before it is used. What is used throws an `Error` for what it cannot decode,
// and a `RangeError` where the picture does not fit in its memory or in the heap.

/**
 * Baseline and progressive, as they lie in the file: nothing is turned by EXIF.
 *
 * @returns A function that takes a part too: one over it is the size. Width and height are divided
 * by 1, 2, 4 or 8, upwards. It throws for a file that is cut off.
 */
export function jpegDecoder(keeper: Keeper): (file: Uint8Array, part?: 1 | 2 | 4 | 8) => Picture {
  const make = (module: WasmModule) => new Decoder(module, JPEG_LETTERS);
  const lend = keeper.keeping(jpegModule(keeper.world), make);
  return (file, part = 1) =>
    lend((decoder) => {
      decoder.set(SCALE_AT, 1);
      decoder.set(SCALE_AT + 4, part);
      return decoder.decode(file);
    });
}

export function webpDecoder(keeper: Keeper): (file: Uint8Array) => Picture {
  const make = (module: WasmModule) => new Decoder(module, WEBP_LETTERS);
  const lend = keeper.keeping(webpModule(keeper.world), make);
  return (file) => lend((decoder) => decoder.decode(file));
}

export function pngCodec(keeper: Keeper): {
  decode(file: Uint8Array): Picture;
  encode(picture: Picture): Uint8Array<ArrayBuffer>;
} {
  const lend = keeper.keeping(pngModule(keeper.world), (module) => new PngCodec(module));
  return {
    decode: (file) => lend((codec) => codec.decode(file)),
    encode: (picture) => lend((codec) => codec.encode(picture)),
  };
}

export function resizer(keeper: Keeper): (picture: Picture, options: ResizeOptions) => Picture {
  const lend = keeper.keeping(resizeModule(keeper.world), (module) => new Resizer(module));
  return (picture, options) => lend((codec) => codec.resize(picture, options));
}
