/**
 * The codecs of jSquash as they lie in the bundle, and the letters of their imports and exports.
 *
 * The JPEG decoder is changed in one place. libjpeg makes a picture of a half, a quarter or an
 * eighth of the size in a fraction of the time, without ever having all of its pixels, but the
 * codec has no argument for that: it leaves the scale at what libjpeg sets, 1 of 1. The instruction
 * that puts down that number is replaced by one that reads it at {@link SCALE_AT}.
 *
 * @module
 */

import type { LibraryWorld, WasmModule, WasmPatch } from "../../src/contract/library.ts";
import type { ImportName, Letters } from "./jsquash-emscripten.ts";

type World = Pick<LibraryWorld, "declareWasm">;

// Each is declared while its library is evaluated: later a hook might do it. One function for each,
// so that a bundle has only what its library asks for.

export const jpegModule = ({ declareWasm }: World): WasmModule =>
  declareWasm(require("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm") as string, [READ_SCALE]);

export const pngModule = ({ declareWasm }: World): WasmModule =>
  declareWasm(require("@jsquash/png/codec/pkg/squoosh_png_bg.wasm") as string);

export const webpModule = ({ declareWasm }: World): WasmModule =>
  declareWasm(require("@jsquash/webp/codec/dec/webp_dec.wasm") as string);

export const resizeModule = ({ declareWasm }: World): WasmModule =>
  declareWasm(require("@jsquash/resize/lib/resize/pkg/squoosh_resize_bg.wasm") as string);

/** Where the JPEG decoder reads its scale: two numbers of 32 bits, numerator and denominator. */
export const SCALE_AT = 512;

const READ_SCALE: WasmPatch = {
  at: 97_572,
  // `i64.const 0x1_0000_0001; i64.store offset=192`: `scale_num = 1, scale_denom = 1`.
  from: [0x42, 0x81, 0x80, 0x80, 0x80, 0x10, 0x37, 0x03, 0xc0, 0x01],
  // `i32.const 0; i64.load offset=512` in place of the constant; nothing else is below 1024.
  to: [0x41, 0x00, 0x29, 0x03, 0x80, 0x04, 0x37, 0x03, 0xc0, 0x01],
};

/** Of @jsquash/jpeg 1.6.0. */
export const JPEG_LETTERS: Letters = {
  imports: [
    ...lettersFor("nothing", "abcdegjlmnpqtuwy"),
    ...lettersFor("exit", "zr"),
    ...[["f", "registerFunction"] as const, ["k", "getGlobal"] as const],
    ...[["h", "getMethodCaller"] as const, ["i", "callMethod"] as const],
    ...[["v", "copy"] as const, ["s", "grow"] as const],
    ...[["x", "print"] as const, ["o", "raise"] as const],
  ],
  constructors: "B",
  malloc: "D",
  free: "E",
  // libjpeg fills up the rest with grey.
  givesUp: /premature end/i,
};

/** Of @jsquash/webp 1.5.0. */
export const WEBP_LETTERS: Letters = {
  imports: [
    ...lettersFor("nothing", "abdfgiklmor"),
    ...[["c", "registerFunction"] as const, ["e", "getGlobal"] as const],
    ...[["h", "create"] as const, ["q", "copy"] as const, ["p", "grow"] as const],
    ...[["j", "exit"] as const, ["n", "raise"] as const],
  ],
  constructors: "t",
  malloc: "u",
  free: "v",
};

function lettersFor(name: ImportName, letters: string): Letters["imports"] {
  return [...letters].map((letter) => [letter, name]);
}
