/**
 * The decoders of jSquash, as a library of the allowlist may use them: files in, pictures out.
 *
 * Each is compiled when it is first used, and its instance is kept for the next picture. One that
 * failed is thrown away, because nobody knows what it left behind in its memory; so is one whose
 * memory has grown large, because memory of WebAssembly never shrinks.
 *
 * Not here: the bound on pixels, to which the header of a file is held before it comes here.
 *
 * @module
 */

import type { LibraryWorld, WasmModule } from "../../src/contract/library.ts";
import { Decoder, type Picture } from "./jsquash-emscripten.ts";
import { CODE, JPEG_LETTERS, SCALE_AT, WEBP_LETTERS } from "./jsquash-modules.ts";
import { PngDecoder } from "./jsquash-png.ts";

export type { Picture } from "./jsquash-emscripten.ts";

/** How large a memory may be that is kept. A photograph of 8 million pixels stays below. */
const KEPT_BYTES_MAX = 2 ** 26;

/** What libjpeg prints when the file ends before the picture does, and goes on with grey. */
const CUT_OFF = /premature end/i;

/** Decoders by format. */
export interface Codecs {
  /**
   * Baseline and progressive, as they lie in the file: nothing is turned by EXIF.
   *
   * @param part One over it is the size: width and height are divided by 1, 2, 4 or 8, upwards.
   */
  jpeg(file: Uint8Array, part?: 1 | 2 | 4 | 8): Picture;
  png(file: Uint8Array): Picture;
  webp(file: Uint8Array): Picture;
}

/**
 * Returns the decoders. Nothing is compiled yet.
 *
 * They throw an `Error` for what they cannot decode, a file that is cut off included, and a
 * `RangeError` where the picture does not fit in the heap.
 */
export function codecsFor(world: LibraryWorld): Codecs {
  const jpeg = keeping(world, CODE.jpeg, (module) => new Decoder(module, JPEG_LETTERS));
  const webp = keeping(world, CODE.webp, (module) => new Decoder(module, WEBP_LETTERS));
  const png = keeping(world, CODE.png, (module) => new PngDecoder(module));
  return {
    jpeg: (file, part = 1) =>
      jpeg((decoder) => {
        decoder.set(SCALE_AT, 1, part);
        const picture = decoder.decode(file, 0);
        if (CUT_OFF.test(decoder.printed)) throw new Error("The file ends before its picture");
        return picture;
      }),
    png: (file) => png((decoder) => decoder.decode(file)),
    webp: (file) => webp((decoder) => decoder.decode(file)),
  };
}

/** Returns a function that lends the instance: the one of last time, or a new one. */
function keeping<Instance extends { readonly bytes: number }>(
  world: LibraryWorld,
  code: () => Uint8Array,
  make: (module: WasmModule) => Instance,
): (use: (instance: Instance) => Picture) => Picture {
  let module: WasmModule | undefined;
  let kept: Instance | undefined;
  return (use) => {
    module ??= world.compileWasm(code());
    const instance = kept ?? make(module);
    // It comes back only if nothing is thrown.
    kept = undefined;
    const picture = use(instance);
    if (instance.bytes <= KEPT_BYTES_MAX) kept = instance;
    return picture;
  };
}
