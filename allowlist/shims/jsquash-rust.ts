/**
 * What wasm-bindgen's own JavaScript does for the codecs of jSquash that are written in Rust, PNG
 * and resizing, and no more.
 *
 * The original can be made only once, so a codec that trapped would stay broken; and it asks the
 * global object for `ImageData`. Here a picture is made of a copy of its pixels.
 *
 * Invariant: as in `jsquash-emscripten.ts`, no line of a hook runs while a codec does.
 *
 * @module
 */

import type { WasmInstance, WasmModule } from "../../src/contract/library.ts";
import { byteLengthOf, hasInstance } from "../../src/wire/captured.ts";
import type { Picture } from "./jsquash-emscripten.ts";

const ErrorType = Error;
const RangeErrorType = RangeError;

/** A codec, which is of no use any more once it threw. */
abstract class RustCodec {
  protected readonly instance: WasmInstance;

  constructor(instance: WasmInstance) {
    this.instance = instance;
  }

  /** How large the memory has become. */
  get bytes(): number {
    return this.instance.memoryBytes();
  }

  end(): void {
    this.instance.end();
  }

  /** Puts bytes where the codec finds them; it gives their room back itself. */
  protected put(bytes: Uint8Array): number {
    const at = this.instance.call("__wbindgen_malloc", byteLengthOf(bytes), 1) >>> 0;
    this.instance.write(at, bytes);
    return at;
  }

  /** Takes the bytes that a function left, which wrote where they are to `slot`. */
  protected take(slot: number): Uint8Array<ArrayBuffer> {
    const { call, read, readU32 } = this.instance;
    const at = readU32(slot);
    const length = readU32(slot + 4);
    const bytes = read(at, length);
    call("__wbindgen_free", at, length, 1);
    return bytes;
  }

  /** Returns where a function may leave what it gives; the place is given back with `-by`. */
  protected slot(by: number): number {
    return this.instance.call("__wbindgen_add_to_stack_pointer", by) >>> 0;
  }
}

const SLOT_BYTES = 16;

/** Reads and writes PNG. */
export class PngCodec extends RustCodec {
  #picture: Picture | undefined;

  constructor(module: WasmModule) {
    const of: { codec?: PngCodec } = {};
    super(module.start({ wbg: importsOf(of) }));
    of.codec = this;
  }

  /**
   * Decodes a file. Of 16 bits a channel keeps the upper 8; of an animation there is the first
   * picture.
   *
   * @throws {Error} When it cannot.
   */
  decode(file: Uint8Array): Picture {
    this.#picture = undefined;
    try {
      this.instance.call("decode", this.put(file), byteLengthOf(file));
    } catch (error) {
      // Whatever is wrong with a file, this one panics and says no more than that.
      if (hasInstance(RangeErrorType, error)) throw error;
    }
    const picture = this.#picture as Picture | undefined;
    this.#picture = undefined;
    if (picture) return picture;
    throw new ErrorType("The file cannot be decoded");
  }

  /** Returns the file of a picture: 8 bits a channel, with alpha. */
  encode({ data, width, height }: Picture): Uint8Array<ArrayBuffer> {
    const slot = this.slot(-SLOT_BYTES);
    this.instance.call("encode", slot, this.put(data), byteLengthOf(data), width, height, 8);
    const file = this.take(slot);
    this.slot(SLOT_BYTES);
    return file;
  }

  /** Keeps the picture that the decoder made. */
  made(at: number, length: number, width: number, height: number): void {
    const data = this.instance.read(at, length);
    this.instance.call("__wbindgen_free", at, length, 1);
    this.#picture = { width, height, data };
  }
}

/** By the names of @jsquash/png 3.1.1; the hashes in them belong to that version. */
function importsOf(of: { readonly codec?: PngCodec }) {
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
      of.codec?.made(at >>> 0, length >>> 0, width >>> 0, height >>> 0);
      return 1;
    },
    __wbindgen_throw: (): number => {
      throw new ErrorType("The file cannot be decoded");
    },
  };
}

/** The ways of @jsquash/resize 2.1.1 to weigh pixels, in its own order. */
export const METHODS = ["triangle", "catrom", "mitchell", "lanczos3"] as const;

export interface ResizeOptions {
  readonly width: number;
  readonly height: number;
  /** The place of a way in {@link METHODS}. */
  readonly method: number;
  /** Whether colours weigh as much as they are opaque. */
  readonly premultiply: boolean;
  /** Whether sums are of light rather than of sRGB's numbers. */
  readonly linearRGB: boolean;
}

/** Makes pictures of another size. */
export class Resizer extends RustCodec {
  constructor(module: WasmModule) {
    super(module.start({}));
  }

  resize(picture: Picture, options: ResizeOptions): Picture {
    const { data } = picture;
    const { width, height, method, premultiply, linearRGB } = options;
    const slot = this.slot(-SLOT_BYTES);
    const from = this.put(data);
    const { call } = this.instance;
    // prettier-ignore
    call("resize", slot, from, byteLengthOf(data), picture.width, picture.height, width, height,
      method, +premultiply, +linearRGB);
    const pixels = this.take(slot);
    this.slot(SLOT_BYTES);
    return { width, height, data: pixels };
  }
}
