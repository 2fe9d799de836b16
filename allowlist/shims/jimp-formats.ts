/**
 * Puts the decoders of jSquash in the place of jimp's own for JPEG and PNG, and adds WebP.
 *
 * jimp's own stay for what the codecs do not know: JPEG in the four colours of print, and whoever
 * hands options to a decoder. Turning by EXIF is jimp's, as before, and so is all writing.
 *
 * @module
 */

import { imageHeader } from "../../src/contract/image-header.ts";
import type { LibraryWorld } from "../../src/contract/library.ts";
import type { Bitmap } from "./jimp-bounds.ts";
import { jpegDecoder, Keeper, pngCodec, webpDecoder } from "./jsquash-codecs.ts";

/** A row of the table that every image of a Jimp class has. */
export interface Format {
  readonly mime: string;
  readonly hasAlpha?: boolean;
  encode(bitmap: Bitmap, options?: object): unknown;
  decode(file: Uint8Array, options?: Draft & object): unknown;
}

/** What libjpeg says of a picture in four colours. */
const FOUR_COLOURS = /unsupported color conversion/i;

/** The option under which {@link useCodecs} is told how large a picture has to be at least. */
export interface Draft {
  readonly draft?: { readonly w: number; readonly h: number };
}

/** Changes the formats of a Jimp class, in place. */
export function useCodecs(formats: Format[], world: LibraryWorld): void {
  const keeper = new Keeper(world);
  const [jpeg, png, webp] = [jpegDecoder(keeper), pngCodec(keeper), webpDecoder(keeper)];
  for (const format of formats) {
    const own = format.decode.bind(format);
    const decode = { "image/jpeg": jpegWith(own, jpeg), "image/png": png.decode }[format.mime];
    if (!decode) continue;
    format.decode = (file, { draft, ...options } = {}) => {
      if (Object.keys(options).length > 0) return own(file, options);
      return bitmapOf(decode(file, draft));
    };
  }
  formats.push({
    mime: "image/webp",
    hasAlpha: true,
    encode() {
      throw new Error("jimp writes no WebP here: use image/png or image/jpeg");
    },
    decode(file) {
      const frames = imageHeader(file)?.frames ?? 1;
      if (frames > 1) throw new Error("jimp decodes no WebP that moves: send one of its pictures");
      return bitmapOf(webp(file));
    },
  });
}

function jpegWith(own: Format["decode"], jpeg: ReturnType<typeof jpegDecoder>) {
  return (file: Uint8Array, draft: Draft["draft"]): Bitmap => {
    try {
      return jpeg(file, draft ? partFor(imageHeader(file), draft) : 1);
    } catch (error) {
      if (error instanceof Error && FOUR_COLOURS.test(error.message)) return own(file) as Bitmap;
      throw error;
    }
  };
}

/** Returns by what a size may be divided so that it still is at least `w` by `h`. */
export function partFor(
  size: { readonly width: number; readonly height: number } | undefined,
  { w, h }: { readonly w: number; readonly h: number },
): 1 | 2 | 4 | 8 {
  const { width, height } = size ?? { width: 0, height: 0 };
  const room = Math.min(width / w, height / h);
  return room >= 8 ? 8 : room >= 4 ? 4 : room >= 2 ? 2 : 1;
}

/** The very pixels, as jimp wants them: its methods write into them. */
function bitmapOf({ width, height, data }: Bitmap): Bitmap {
  const bytes = Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.length);
  return { width, height, data: bytes };
}
