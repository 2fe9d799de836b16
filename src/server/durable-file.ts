/**
 * Files that are there whole or not at all, whatever happens while they are written.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

const PART = /^\.[^/]*\.[0-9a-f]{12}\.part$/;

/**
 * Writes a file in the place of one that may be there, and settles when a loss of power would not
 * undo it: a temporary file beside it, flushed, renamed, and the folder flushed too.
 *
 * @param bytes Lent until it settles.
 * @param mode Who may read and write it, of those whom the umask lets.
 */
export async function writeDurably(
  path: string,
  bytes: Uint8Array | string,
  mode: number,
): Promise<void> {
  const folder = dirname(path);
  const part = join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}.part`);
  try {
    await using file = await open(part, "wx", mode);
    await file.writeFile(bytes);
    await file.sync();
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  await rename(part, path);
  await flushFolder(folder);
}

/** Returns whether a file is what was left of a write that did not end. */
export function isPart(name: string): boolean {
  return PART.test(name);
}

async function flushFolder(folder: string): Promise<void> {
  // Windows opens no folders, and flushes names with files.
  if (process.platform === "win32") return;
  await using handle = await open(folder, "r");
  await handle.sync();
}
