/**
 * Reads the file of a model into memory that threads can share, up to a bound.
 *
 * @module
 */

import { type FileHandle, constants, open } from "node:fs/promises";

/** Why a file cannot be had; its message is the rest of a sentence that begins with its name. */
export class FileRefused extends Error {
  override readonly name = "FileRefused";
}

/** So much is read at a time, and between two times one can give up. */
const CHUNK_BYTES = 16 * 1024 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "is not there: there is no such file",
  ENOTDIR: "is not there: a part of its path is no folder",
  EACCES: "may not be read by this process",
  EPERM: "may not be read by this process",
};

/**
 * Returns the bytes of a regular file.
 *
 * @param bytesMax Looked at before memory is taken.
 * @throws {FileRefused} When it is not there, is no file, or is too large.
 * @throws The signal's reason, when it is aborted meanwhile.
 */
export async function readShared(
  path: string | URL,
  bytesMax: number,
  signal: AbortSignal | undefined,
): Promise<SharedArrayBuffer> {
  try {
    // A pipe would hold up who opens it until there is a writer: not here, and a pipe is refused.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const size = await sizeOf(file, bytesMax);
    const shared = new SharedArrayBuffer(size);
    const bytes = new Uint8Array(shared);
    for (let at = 0; at < size;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(bytes, at, Math.min(CHUNK_BYTES, size - at), at);
      if (bytesRead === 0) throw new FileRefused("became shorter while it was read");
      at += bytesRead;
    }
    return shared;
  } catch (error) {
    const { code } = (error ?? {}) as { readonly code?: unknown };
    if (error instanceof FileRefused || typeof code !== "string") throw error;
    throw new FileRefused(REASONS[code] ?? `cannot be read (${code})`);
  }
}

async function sizeOf(file: FileHandle, bytesMax: number): Promise<number> {
  const stats = await file.stat();
  if (stats.isDirectory()) throw new FileRefused("is a folder; name the file in it");
  if (!stats.isFile()) throw new FileRefused("is no regular file");
  const { size } = stats;
  if (size > bytesMax) throw new FileRefused(`has ${size} bytes, of at most ${bytesMax}`);
  return size;
}
