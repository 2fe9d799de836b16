/**
 * fflate, the stand-in for `gzip`, `zlib` and `zipfile`: the stock package, with every way to
 * unpack held to a bound and to the file's own checksum.
 *
 * Stock, it makes room for as much as a file claims, and checks no checksum. Its functions with
 * callbacks run in workers, which an isolate has not.
 *
 * @module
 */

import type { Library } from "../src/contract/library.ts";
import { gunzip, inflate, unpack, unzlib } from "./shims/util-inflate.ts";
import { unzip } from "./shims/util-zip.ts";

type Pack = (bytes: Uint8Array, options?: unknown) => Uint8Array;

/** Stock, these take a callback; what does the same at once. */
const WITH_WORKERS = {
  gzip: "gzipSync",
  gunzip: "gunzipSync",
  zlib: "zlibSync",
  unzlib: "unzlibSync",
  deflate: "deflateSync",
  inflate: "inflateSync",
  zip: "zipSync",
  unzip: "unzipSync",
} as const;

export default {
  name: "fflate",
  aliases: ["zlib", "gzip"],
  standsIn: "gzip, zlib and zipfile",
  notes:
    "compress (gzip) and decompress (gzip, zlib or raw, by its first bytes), gzipSync, " +
    "gunzipSync, zlibSync, unzlibSync, deflateSync and inflateSync (raw), zipSync({name: " +
    "bytes}), unzipSync. Unpacking stops at maxOutputLength, 32 MiB unless said, and holds " +
    "checksums. strToU8 and strFromU8 turn text into bytes and back. A gzip header has the time " +
    "in it: {mtime: 0} leaves it out.",
  bundle: {},
  load() {
    const stock = require("fflate") as Readonly<Record<string, unknown>>;
    const names = Object.keys(stock).filter((name) => !name.includes("Async"));
    return {
      ...Object.fromEntries(names.map((name) => [name, stock[name]])),
      ...Object.fromEntries(Object.entries(WITH_WORKERS).map(noWorker)),
      compress: stock["gzipSync"] as Pack,
      decompress: unpack,
      decompressSync: unpack,
      gunzipSync: gunzip,
      unzlibSync: unzlib,
      inflateSync: inflate,
      unzipSync: unzip,
    };
  },
} satisfies Library;

function noWorker([name, instead]: readonly [string, string]): [string, () => never] {
  return [
    name,
    () => {
      throw new TypeError(`fflate.${name} needs a worker, and there is none here: use ${instead}`);
    },
  ];
}
