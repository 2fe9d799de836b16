/**
 * jimp, the stand-in for Pillow: the stock package on bytes alone, each size held to a bound.
 *
 * The bundle takes the package's ES modules (its `browser` build is empty), and leaves out what an
 * isolate has no use for: files, fonts, streams. JPEG, PNG and WebP are decoded by the codecs of
 * jSquash, in WebAssembly; TIFF is inflated by fflate.
 *
 * @module
 */

import type { Library, LibraryWorld } from "../src/contract/library.ts";
import type { Tensor } from "../src/contract/tensor.ts";
import {
  type Bitmap,
  boundMethods,
  checkFile,
  checkSize,
  type Image,
  type Plugins,
} from "./shims/jimp-bounds.ts";
import { type Format, useCodecs } from "./shims/jimp-formats.ts";

interface JimpClass {
  new (options?: unknown): Image & { readonly formats: Format[] };
  readonly prototype: Image;
  fromBuffer(bytes: unknown, options?: unknown): Promise<Image>;
  fromBitmap(bitmap: unknown): Image;
  read(bytes: unknown, options?: unknown): Promise<Image>;
}

interface Package {
  readonly Jimp: JimpClass;
  readonly defaultPlugins: Plugins;
}

/** Formats that are decoded. */
const FORMATS = ["png", "jpeg", "gif", "bmp", "tiff", "webp"];

let loaded: JimpClass | undefined;

export default {
  name: "jimp",
  aliases: ["Pillow", "PIL", "pillow"],
  standsIn: "Pillow",
  notes:
    "await Jimp.fromBuffer(bytes) decodes PNG, JPEG, WebP, GIF (its first frame), BMP and TIFF (its " +
    "first page) from a Uint8Array; fromBuffer(bytes, {draft: {w: 224, h: 224}}) is Pillow's draft: " +
    "a JPEG as small as still is at least that, in a third of the time. Pixels are RGBA in " +
    "image.bitmap.data, and an image that is returned becomes a uint8 tensor [height, width, 4]. " +
    "No files, no URLs, no text.",
  bundle: {
    alias: {
      jimp: "../node_modules/jimp/dist/esm/index.js",
      zod: "./shims/jimp-schema.ts",
      "file-type": "./shims/file-type.ts",
      pngjs: "./shims/pngjs.ts",
      omggif: "./shims/omggif.ts",
      "./sync-inflate": "./shims/zlib-up-to.cts",
      zlib: "./shims/zlib.ts",
      pako: "./shims/zlib.ts",
      fs: "./shims/no-files.ts",
      "@jimp/file-ops": "./shims/no-files.ts",
      "@jimp/plugin-print": "./shims/no-print.ts",
      "@jimp/plugin-print/load-font": "./shims/no-print.ts",
      "./modules/resize.js": "./shims/jimp-shrink.ts",
    },
    inject: ["./shims/globals.ts"],
    define: { self: "globalThis" },
  },
  // The world is asked for its bound each time: in a start-up snapshot nobody has set it yet.
  load(world) {
    const stock: unknown = require("jimp");
    const { defaultPlugins, ...jimp } = stock as Package & { [name: string]: unknown };
    boundMethods(defaultPlugins, world);
    useCodecs(new jimp.Jimp().formats, world);
    loaded = jimp.Jimp;
    const Jimp = boundClass(jimp.Jimp, world);
    const { loadFont: _font, defaultFormats: _formats, ...rest } = jimp;
    return { ...rest, Jimp };
  },
  toTensor(value, world) {
    const isImage = loaded && value instanceof loaded && Object.hasOwn(value, "bitmap");
    return isImage ? tensorFrom(value.bitmap, world) : undefined;
  },
} satisfies Library;

/** The very bytes of the image, not a copy: a photograph may be half of what the heap can hold. */
function tensorFrom({ width, height, data }: Bitmap, world: LibraryWorld): Tensor {
  const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.length);
  return new world.Tensor("uint8", [height, width, 4], bytes);
}

/**
 * Returns the class as a hook gets it: the same prototype, so that clones are instances too, with
 * doors of its own.
 */
function boundClass(Stock: JimpClass, world: LibraryWorld): JimpClass {
  const fromBuffer = Stock.fromBuffer.bind(Stock);
  const open = async (value: unknown, options?: unknown): Promise<Image> => {
    const bytes = bytesOf(value);
    const size = checkFile(bytes, { who: "Jimp", formats: FORMATS, pixelsMax: world.pixelsMax });
    return fromBuffer(bytes, optionsFor(options)).catch((error: unknown) => {
      if (noRoom(error)) throw new RangeError(`Image of ${size} does not fit in the heap`);
      // Some decoders throw a bare number.
      throw error instanceof Error ? error : new Error(`Image of ${size} cannot be decoded`);
    });
  };
  Stock.fromBuffer = open;
  Stock.read = open;
  Stock.fromBitmap = (bitmap) => new Stock(bitmapOf(bitmap, world.pixelsMax));
  const Bounded = new Proxy(Stock, {
    construct(target, [options, ...rest], newTarget) {
      const { data, width, height } = (options ?? {}) as Partial<Bitmap>;
      if (data === undefined && options !== undefined) checkSize(width, height, world.pixelsMax);
      const bitmap = data === undefined ? options : bitmapOf(options, world.pixelsMax);
      const values = options === undefined ? [] : [bitmap, ...rest];
      return Reflect.construct(target, values, newTarget) as Image;
    },
  });
  Object.defineProperty(Stock.prototype, "constructor", { value: Bounded });
  return Bounded;
}

/** Options go to decoders by type of file; `draft` stands beside them, and is one for JPEG. */
function optionsFor(value: unknown): unknown {
  const { draft, ...options } = (value ?? {}) as { [name: string]: unknown };
  if (draft === undefined) return value;
  const { w, h } = (draft ?? {}) as { w?: unknown; h?: unknown };
  if (typeof w === "number" && typeof h === "number" && w > 0 && h > 0) {
    return { ...options, "image/jpeg": { ...(options["image/jpeg"] as object), draft: { w, h } } };
  }
  const got = `${String(w)}, ${String(h)}`;
  throw new TypeError(`draft wants the least width and height, as in {w: 224, h: 224}, got ${got}`);
}

/** Whether there was no memory for it: a hook's author cannot know what an array has to do with it. */
function noRoom(error: unknown): boolean {
  return (
    error instanceof RangeError &&
    /^Array buffer allocation failed|^(The codec|WebAssembly) has no room/.test(error.message)
  );
}

/** Returns bytes as the decoders want them, without a copy: exactly the window that was given. */
function bytesOf(value: unknown): Buffer {
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  if (value instanceof Uint8Array || value instanceof Uint8ClampedArray) {
    return Buffer.from(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
  }
  const got = typeof value === "string" ? JSON.stringify(value.slice(0, 40)) : typeof value;
  const why = "there is no file and no network here";
  throw new TypeError(`Jimp wants the bytes of a file, such as files[0], got ${got}: ${why}`);
}

/** Returns a fresh bitmap: jimp's methods write into it. */
function bitmapOf(value: unknown, pixelsMax: number): Bitmap {
  const { width, height, data } = (value ?? {}) as { [key in keyof Bitmap]?: unknown };
  checkSize(width, height, pixelsMax);
  const size = { width: Number(width), height: Number(height) };
  const bytes = Array.isArray(data) ? bytesOfColours(data) : Buffer.from(bytesOf(data));
  const want = size.width * size.height * 4;
  if (bytes.length === want) return { ...size, data: bytes };
  const shape = `${size.width} × ${size.height}`;
  throw new RangeError(`Image of ${shape} wants ${want} bytes of RGBA, got ${bytes.length}`);
}

/** One number for each pixel, `0xRRGGBBAA`, as jimp takes them. */
function bytesOfColours(colours: readonly unknown[]): Buffer {
  const bytes = Buffer.alloc(colours.length * 4);
  for (let i = 0; i < colours.length; i++) bytes.writeUInt32BE(Number(colours[i]) >>> 0, i * 4);
  return bytes;
}
