/**
 * In place of pngjs's own inflate, which reaches into Node's zlib: one function, bounded. CommonJS,
 * because pngjs wants the module itself to be the function.
 *
 * @module
 */

const zlib = require("./zlib.ts") as {
  inflateUpTo(stream: Uint8Array, bound: { maxLength: number }): Buffer;
};

module.exports = zlib.inflateUpTo;
