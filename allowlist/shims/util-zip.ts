/**
 * The table of contents of a ZIP archive, and its files under a bound.
 *
 * The sizes in the table are added up before anything is unpacked, so files that overlap, or that
 * claim to be large, are refused for nothing; each file is then held to its own size and checksum.
 *
 * Not here: archives of more than 4 GiB (zip64), encryption, methods other than stored and deflate.
 *
 * @module
 */

import {
  bytesFrom,
  crc32,
  inflate,
  outputMax,
  tooLarge,
  type UnpackOptions,
} from "./util-inflate.ts";
import { textFrom } from "./util-text.ts";

/** What a filter sees of a file, as in fflate. */
interface FileInfo {
  readonly name: string;
  /** Bytes in the archive. */
  readonly size: number;
  readonly originalSize: number;
  readonly compression: number;
}

interface Entry extends FileInfo {
  readonly crc: number;
  /** Where its local header is. */
  readonly at: number;
}

interface UnzipOptions extends UnpackOptions {
  readonly filter?: (file: FileInfo) => unknown;
}

const WHO = "unzipSync";
const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
const COMMENT_BYTES_MAX = 0xffff;
/** Names are in utf-8 when this flag is set, and else in the code page of an old machine. */
const UTF8_NAMES = 0x800;
const ENCRYPTED = 1;

/**
 * Returns the files of a ZIP archive by name, folders (names that end in `/`) included.
 *
 * @throws {RangeError} When all files together are more than the bound.
 * @throws {Error} When the archive is cut, is none, or a file fails its checksum.
 */
export function unzip(value: unknown, options: UnzipOptions = {}): Record<string, Uint8Array> {
  const bytes = bytesFrom(value, WHO);
  const { filter } = options;
  const bytesMax = outputMax(WHO, options);
  const all = entriesOf(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), bytes);
  const entries = filter ? all.filter((entry) => filter(infoOf(entry))) : all;
  const total = entries.reduce((sum, { originalSize }) => sum + originalSize, 0);
  if (total > bytesMax) tooLarge(WHO, bytesMax);
  const files: Record<string, Uint8Array> = {};
  for (const entry of entries) {
    // Defined, not assigned: a file may be named `__proto__`.
    const property = { value: fileOf(entry, bytes), writable: true, enumerable: true };
    Object.defineProperty(files, entry.name, { ...property, configurable: true });
  }
  return files;
}

function infoOf({ name, size, originalSize, compression }: Entry): FileInfo {
  return { name, size, originalSize, compression };
}

function entriesOf(view: DataView, bytes: Uint8Array): Entry[] {
  const end = endOf(view);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > view.byteLength || view.getUint32(at, true) !== CENTRAL) throw cut();
    const nameBytes = view.getUint16(at + 28, true);
    const flags = view.getUint16(at + 8, true);
    if (flags & ENCRYPTED) throw new Error(`${WHO} wants files that are not encrypted`);
    const name = bytes.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes);
    entries.push({
      name: textFrom(name, WHO, flags & UTF8_NAMES ? "utf-8" : "latin1"),
      compression: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      size: view.getUint32(at + 20, true),
      originalSize: view.getUint32(at + 24, true),
      at: view.getUint32(at + 42, true),
    });
    const rest = view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    at += CENTRAL_BYTES + nameBytes + rest;
  }
  return entries;
}

/** Looks from the back: the last record may be followed by a comment. */
function endOf(view: DataView): number {
  const first = Math.max(0, view.byteLength - END_BYTES - COMMENT_BYTES_MAX);
  for (let at = view.byteLength - END_BYTES; at >= first; at--) {
    if (view.getUint32(at, true) === END) return at;
  }
  throw new Error(`${WHO} wants a ZIP archive, got none, or one without its end`);
}

function fileOf(entry: Entry, bytes: Uint8Array): Uint8Array {
  const { at, size, originalSize, compression, name } = entry;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (at + LOCAL_BYTES > bytes.length || view.getUint32(at, true) !== LOCAL) throw cut();
  const head = LOCAL_BYTES + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  const start = at + head;
  if (start + size > bytes.length) throw cut();
  const packed = bytes.subarray(start, start + size);
  const data = unpacked(packed, compression, originalSize);
  if (data?.length === originalSize && crc32(data) === entry.crc) return data;
  throw new Error(`${WHO} wants whole files, got ${JSON.stringify(name)} that fails its checksum`);
}

/** Returns `undefined` for what cannot be inflated, or not within the size that it claims. */
function unpacked(packed: Uint8Array, method: number, bytesMax: number): Uint8Array | undefined {
  if (method === 0) return packed.slice();
  if (method === 8) {
    try {
      return inflate(packed, { maxOutputLength: bytesMax });
    } catch {
      return undefined;
    }
  }
  throw new Error(`${WHO} wants files that are stored or deflated, got method ${method}`);
}

function cut(): Error {
  return new Error(`${WHO} wants a whole ZIP archive, got one whose places do not fit`);
}
