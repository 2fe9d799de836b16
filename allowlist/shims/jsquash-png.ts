/**
 * What wasm-bindgen's own JavaScript does for the PNG decoder of jSquash, and no more.
 *
 * The original can be made only once, so a decoder that trapped would stay broken; and it asks the
 * global object for `ImageData`. Here a picture is made of a copy of its pixels.
 *
 * @module
 */

import type { WasmInstance, WasmModule } from "../../src/contract/library.ts";
import type { Picture } from "./jsquash-emscripten.ts";

const MESSAGE_BYTES_MAX = 1_000;

/** A decoder, which is of no use any more once `decode` threw. */
export class PngDecoder {
  readonly #instance: WasmInstance;
  #picture: Picture | undefined;

  constructor(module: WasmModule) {
    this.#instance = module.start({ wbg: this.#imports() });
  }

  /** How large the memory has become. */
  get bytes(): number {
    return this.#instance.memoryBytes();
  }

  /**
   * Decodes a file. Of 16 bits a channel keeps the upper 8; of an animation there is the first
   * picture.
   *
   * @throws {Error} When it cannot.
   */
  decode(file: Uint8Array): Picture {
    const { call, write } = this.#instance;
    this.#picture = undefined;
    try {
      const at = call("__wbindgen_malloc", file.length, 1) >>> 0;
      write(at, file);
      call("decode", at, file.length);
    } catch (error) {
      // Whatever is wrong with a file, this one panics and says no more than that.
      if (error instanceof RangeError) throw error;
    }
    const picture = this.#picture as Picture | undefined;
    if (picture) return picture;
    throw new Error("The file cannot be decoded");
  }

  /** By the names of @jsquash/png 3.1.1; the hashes in them belong to that version. */
  #imports() {
    return {
      __wbindgen_memory: () => 0,
      __wbg_buffer_a448f833075b71ba: () => 0,
      __wbg_newwithbyteoffsetandlength_099217381c451830: () => 0,
      __wbindgen_object_drop_ref: () => 0,
      __wbg_newwithownedu8clampedarrayandsh_91db5987993a08fb: (
        at = 0,
        length = 0,
        width = 0,
        height = 0,
      ) => {
        const data = this.#instance.read(at >>> 0, length >>> 0);
        this.#instance.call("__wbindgen_free", at, length, 1);
        this.#picture = { width: width >>> 0, height: height >>> 0, data };
        return 1;
      },
      __wbindgen_throw: (at = 0, length = 0): number => {
        const bytes = this.#instance.read(at >>> 0, Math.min(length >>> 0, MESSAGE_BYTES_MAX));
        throw new Error(String.fromCharCode(...bytes));
      },
    };
  }
}
