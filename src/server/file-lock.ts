/**
 * One process at a time has a file.
 *
 * The lock is the operating system's own, so it ends with its process however that ends, and a
 * number of a process that somebody else has by now means nothing to it. Node gives no way to take
 * one; SQLite, which Node brings, does when it begins an exclusive transaction. Nothing is ever
 * written into the file.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";

/** SQLite's own number for a lock that somebody has. */
const BUSY = 5;

/**
 * Takes a file for this process, until what is returned is disposed of.
 *
 * @param path Is made if it is not there.
 * @returns Nothing when somebody has it.
 * @throws {Error} When there can be no such file.
 */
export function lockFile(path: string): Disposable | undefined {
  const file = new DatabaseSync(path, { timeout: 0 });
  try {
    file.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    file.close();
    if ((error as { readonly errcode?: unknown }).errcode === BUSY) return undefined;
    throw error;
  }
  return { [Symbol.dispose]: () => file.close() };
}
