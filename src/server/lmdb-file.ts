/**
 * Whether a file is one of LMDB's, seen before LMDB maps it into this process: of a file that is
 * none it makes no error but a crash.
 *
 * Such a file begins with two pages that say the same of it, from their 25th byte on: a magic
 * number, a version of the format, and further on the size of a page and the last page in use, all
 * as the processor writes numbers.
 *
 * @module
 */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const MAGIC = 0xbeef_c0de;
/** Where they are in a page. */
const AT = { magic: 24, pageBytes: 48, lastPage: 144 } as const;
const HEAD_BYTES = 152;
const PAGE_BYTES_MAX = 65_536;

/**
 * Looks at a file; one that is not there, or is empty, is yet to be made.
 *
 * @returns What may be wrong with it all the same: it is shorter than it says.
 * @throws {Error} When it is no file of LMDB's.
 */
export function lookAt(path: string): string | undefined {
  const [bytes, head] = headOf(path, 0);
  if (bytes === 0) return undefined;
  const pageBytes = bytes >= HEAD_BYTES ? head.getUint32(AT.pageBytes, true) : 0;
  const isPage = pageBytes >= 512 && pageBytes <= PAGE_BYTES_MAX;
  if (!isPage || bytes < 2 * pageBytes) throw new Error(`${path} is no file of LMDB`);
  const [, second] = headOf(path, pageBytes);
  const heads = [head, second];
  if (heads.some((one) => one.getUint32(AT.magic, true) !== MAGIC)) {
    throw new Error(`${path} is no file of LMDB`);
  }
  const lastPage = Math.max(...heads.map((one) => Number(one.getBigUint64(AT.lastPage, true))));
  const wants = (lastPage + 1) * pageBytes;
  // Pages at the end that are free may never have been written, so it need not be wrong.
  if (bytes >= wants) return undefined;
  const is = `${path} has ${bytes} bytes of ${wants}`;
  return `${is}: if the server ends with SIGBUS, the file was cut off; put its backup back`;
}

function headOf(path: string, at: number): [bytes: number, head: DataView] {
  const head = new Uint8Array(HEAD_BYTES);
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    readSync(file, head, 0, HEAD_BYTES, at);
    return [fstatSync(file).size, new DataView(head.buffer)];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [0, new DataView(head.buffer)];
    throw error;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
