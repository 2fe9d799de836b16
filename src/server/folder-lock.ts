/**
 * One process at a time has a folder.
 *
 * The lock is the operating system's own, so it ends with its process however that ends, and a
 * number of a process that somebody else has by now means nothing to it. Node gives no way to take
 * one; SQLite, which Node brings, does when it begins an exclusive transaction. Nothing is ever
 * written into that file.
 *
 * @module
 */

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { Refusal } from "../faults.ts";

/** SQLite's own number for a lock that somebody has. */
const BUSY = 5;

/**
 * Takes a folder for this process, until what is returned is disposed of.
 *
 * @throws {Refusal} `BAD_REQUEST` when another one has it.
 */
export function lockFolder(folder: string): Disposable {
  let file: DatabaseSync | undefined;
  try {
    file = new DatabaseSync(join(folder, "lock"), { timeout: 0 });
    file.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    file?.close();
    throw refused(folder, error);
  }
  return { [Symbol.dispose]: () => file.close() };
}

function refused(folder: string, error: unknown): Refusal {
  const { errcode, message } = error as Error & { readonly errcode?: number };
  const got =
    errcode === BUSY
      ? `got ${folder}, which is open: end that process, or choose another folder`
      : `${folder} cannot be locked: ${message}`;
  const detail = `wants a folder that no other process has open; ${got}`;
  return new Refusal("BAD_REQUEST", "data", detail, undefined, { cause: error });
}
