/**
 * pngjs without its streams: what `PNG.sync` is made of, and a `PNG` that only carries pixels.
 *
 * @module
 */

interface Pixels {
  readonly width: number;
  readonly height: number;
  data?: Uint8Array;
}

const read = require("pngjs/lib/parser-sync.js") as (file: Buffer, options: object) => Pixels;
const write = require("pngjs/lib/packer-sync.js") as (png: Pixels, options: object) => Buffer;

/** What jimp makes of pngjs: a size, pixels, and the two functions beside. */
export class PNG implements Pixels {
  readonly width: number;
  readonly height: number;
  data?: Uint8Array;

  constructor({ width, height }: Pixels) {
    this.width = width;
    this.height = height;
  }

  static readonly sync = {
    read: (file: Buffer, options: object = {}) => read(file, options),
    write: (png: Pixels, options: object = {}) => write(png, options),
  };
}
