/**
 * Holds every way to a larger image to the bound on pixels, before anything is allocated for it.
 *
 * @module
 */

import { imageHeader } from "../../src/contract/image-header.ts";

/** A picture in memory: 4 bytes for each pixel, red, green, blue, alpha. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface Image {
  readonly bitmap: Bitmap;
}

/** Who decodes what, as it is told to the author of a hook. */
export interface Reader {
  readonly who: string;
  readonly formats: readonly string[];
  readonly pixelsMax: number;
}

/**
 * Checks a file by its header.
 *
 * @returns Its size, in words.
 * @throws {TypeError} When it is of no format that is decoded.
 * @throws {RangeError} When its pixels, all frames together, are more than `pixelsMax`.
 */
export function checkFile(bytes: Uint8Array, { who, formats, pixelsMax }: Reader): string {
  const header = imageHeader(bytes);
  if (!header || !formats.includes(header.format)) {
    const got = header ? `a ${header.format}` : "something else";
    throw new TypeError(`${who} wants a file of ${formats.join(", ")}, got ${got}`);
  }
  const { width, height, frames } = header;
  const size = frames > 1 ? `${width} × ${height} × ${frames} frames` : `${width} × ${height}`;
  if (width * height * frames <= pixelsMax) return size;
  throw new RangeError(`Image of ${size} is over the limit of ${pixelsMax} pixels`);
}

/**
 * Checks the size of a picture that is about to be made.
 *
 * @throws {RangeError} When it is no size, or its pixels are more than `pixelsMax`.
 */
export function checkSize(width: unknown, height: unknown, pixelsMax: number): void {
  const pixels = Number(width) * Number(height);
  if (typeof width !== "number" || typeof height !== "number" || !(pixels >= 0)) {
    throw new RangeError(
      `Image wants a width and a height, got ${String(width)}, ${String(height)}`,
    );
  }
  if (pixels <= pixelsMax) return;
  throw new RangeError(`Image of ${width} × ${height} is over the limit of ${pixelsMax} pixels`);
}

type Method = (this: unknown, image: Image, options?: unknown) => unknown;

/** The tables of methods that jimp's classes look into, one for each plugin. */
export type Plugins = readonly { [method: string]: Method }[];

/**
 * Puts the bound on `resize` and `crop`, the two that allocate: `scale`, `scaleToFit`, `contain`,
 * `cover` and `rotate` all go by these tables.
 */
export function boundMethods(plugins: Plugins, world: { readonly pixelsMax: number }): void {
  for (const plugin of plugins) {
    for (const [name, sizeAfter] of Object.entries(SIZES)) {
      const stock = Object.hasOwn(plugin, name) ? plugin[name] : undefined;
      if (!stock) continue;
      plugin[name] = function (image, options) {
        const size = sizeAfter(image.bitmap, (options ?? {}) as Target);
        if (size) checkSize(size.width, size.height, world.pixelsMax);
        return stock.call(this, image, options);
      };
    }
  }
}

interface Target {
  readonly w?: unknown;
  readonly h?: unknown;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** What each method is about to allocate; `undefined` where the method itself refuses. */
const SIZES = {
  /** Columns first, then rows: between the two stands a picture of the new width, the old height. */
  resize({ width, height }: Bitmap, { w, h }: Target): Size | undefined {
    if (typeof w !== "number" && typeof h !== "number") return undefined;
    const newWidth = typeof w === "number" ? w : width * (Number(h) / height);
    const newHeight = typeof h === "number" ? h : height * (newWidth / width);
    return { width: Math.round(newWidth) || 1, height: Math.max(height, Math.round(newHeight)) };
  },
  crop(_: Bitmap, { w, h }: Target): Size | undefined {
    if (typeof w !== "number" || typeof h !== "number") return undefined;
    return { width: Math.round(w), height: Math.round(h) };
  },
} satisfies { [method: string]: (bitmap: Bitmap, target: Target) => Size | undefined };
