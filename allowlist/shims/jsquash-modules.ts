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

import { bytesOfBase64 } from "./jsquash-base64.ts";
import type { Letters } from "./jsquash-emscripten.ts";

/** Returns the bytes of a module, anew each time: a bundle has them in base64. */
export const CODE = {
  jpeg: () =>
    scalable(bytesOfBase64(require("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm") as string)),
  png: () => bytesOfBase64(require("@jsquash/png/codec/pkg/squoosh_png_bg.wasm") as string),
  webp: () => bytesOfBase64(require("@jsquash/webp/codec/dec/webp_dec.wasm") as string),
};

/** Where the JPEG decoder reads its scale: two numbers of 32 bits, numerator and denominator. */
export const SCALE_AT = 512;

/** `i64.const 0x1_0000_0001; i64.store offset=192`: `scale_num = 1, scale_denom = 1`. */
const SET_SCALE = [0x42, 0x81, 0x80, 0x80, 0x80, 0x10, 0x37, 0x03, 0xc0, 0x01];
/** `i32.const 0; i64.load offset=512`, in place of the constant; nothing else is below 1024. */
const READ_SCALE = [0x41, 0x00, 0x29, 0x03, 0x80, 0x04];

function scalable(code: Uint8Array): Uint8Array {
  const places: number[] = [];
  for (let at = code.indexOf(0x42); at >= 0; at = code.indexOf(0x42, at + 1)) {
    if (SET_SCALE.every((byte, i) => code[at + i] === byte)) places.push(at);
  }
  const [place, ...others] = places;
  if (place === undefined || others.length > 0) {
    throw new Error("The JPEG decoder is another one than @jsquash/jpeg 1.6.0 has");
  }
  code.set(READ_SCALE, place);
  return code;
}

/** Of @jsquash/jpeg 1.6.0. */
export const JPEG_LETTERS: Letters = {
  imports: {
    ...lettersFor("nothing", "abcdegjlmnpqtuwy"),
    ...{ f: "registerFunction", k: "getGlobal", h: "getMethodCaller", i: "callMethod" },
    ...{ v: "copy", s: "grow", x: "print", z: "exit", r: "exit", o: "raise" },
  },
  constructors: "B",
  malloc: "D",
  free: "E",
};

/** Of @jsquash/webp 1.5.0. */
export const WEBP_LETTERS: Letters = {
  imports: {
    ...lettersFor("nothing", "abdfgiklmor"),
    ...{ c: "registerFunction", e: "getGlobal", h: "create", q: "copy", p: "grow" },
    ...{ j: "exit", n: "raise" },
  },
  constructors: "t",
  malloc: "u",
  free: "v",
};

function lettersFor(name: "nothing", letters: string): { readonly [letter: string]: "nothing" } {
  return Object.fromEntries([...letters].map((letter) => [letter, name]));
}
