/**
 * API keys: made, listed and taken back by the command line, looked up by a server that runs.
 *
 * The file is all that the two have in common. It is written whole or not at all, and a server
 * looks at it as soon as it changes: a key that was revoked opens nothing any more.
 *
 * @module
 */

import { timingSafeEqual } from "node:crypto";
import { type FSWatcher, readFileSync, statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";
import { setTimeout } from "node:timers/promises";

import { Refusal } from "../faults.ts";
import { named } from "../runtime/options.ts";
import { writeDurably } from "./durable-file.ts";
import { lockFile } from "./file-lock.ts";
import {
  callsFrom,
  keyFrom,
  keyNameFrom,
  type KeyRow,
  keysFrom,
  keysText,
  keyText,
  newKey,
  secretDigest,
} from "./key-file.ts";

export type { KeyRow } from "./key-file.ts";

/** Who is to have a key. */
export interface KeyOptions {
  readonly tenant: string;
  readonly name?: string | undefined;
  readonly calls?: number | undefined;
  /** After how many milliseconds it ends. */
  readonly expiresMs?: number | undefined;
}

/** For its owner alone. */
const MODE = 0o600;
/** Somebody else at the same file is done in no time; after five seconds he will never be. */
const LOCK_TRIES = 500;
const LOCK_MS = 10;
/** Where the system does not say that a file has changed (on a network), it is looked at. */
const LOOK_MS = 1_000;

/**
 * Makes a key and writes it into a file, which is made if it is not there.
 *
 * @param nowMs Milliseconds since 1970.
 * @returns The key, which nobody can find out again, and what is kept of it.
 * @throws {Refusal} `BAD_REQUEST` when an option is none, or the file is no file of keys.
 *
 * @example
 * ```ts
 * const { key } = await addKey("keys.json", { tenant: "acme", name: "ci" }, Date.now());
 * ```
 */
export async function addKey(
  path: string,
  { tenant, name = "", calls, expiresMs }: KeyOptions,
  nowMs: number,
): Promise<{ readonly key: string; readonly row: KeyRow }> {
  const made = newKey();
  const most = callsFrom(calls, "calls");
  const row: KeyRow = {
    ...{ id: made.id, tenant: named(tenant, "tenant"), name: keyNameFrom(name, "name") },
    ...(most !== undefined && { calls: most }),
    since: new Date(nowMs).toISOString(),
    ...(expiresMs !== undefined && { expires: new Date(nowMs + expiresMs).toISOString() }),
    sha256: secretDigest(made.secret).toString("hex"),
  };
  return change(path, (rows) => [[...rows, row], { key: keyText(made), row }]);
}

/**
 * Returns the keys of a file; none when there is no such file.
 *
 * @throws {Refusal} `BAD_REQUEST` when it is no file of keys.
 */
export function readKeys(path: string): readonly KeyRow[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return [];
    throw new Refusal("BAD_REQUEST", "keys", `wants a file of keys at ${path}, got: ${message}`);
  }
  try {
    return keysFrom(text);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const place = error.path === "" ? "" : `, at ${error.path}`;
    const detail = `wants a file of keys at ${path}${place}: ${error.detail}`;
    throw new Refusal("BAD_REQUEST", "keys", detail, undefined, { cause: error });
  }
}

/**
 * Takes a key out of a file.
 *
 * @returns What was kept of it.
 * @throws {Refusal} `BAD_REQUEST` when the file has no such key.
 */
export async function revokeKey(path: string, id: string): Promise<KeyRow> {
  return change(path, (rows) => {
    const gone = rows.find((row) => row.id === id);
    if (gone) return [rows.filter((row) => row !== gone), gone];
    const there = rows.map((row) => row.id).join(", ") || "none";
    const wants = `wants the id of a key in ${path}, of which there are ${there}`;
    throw new Refusal("BAD_REQUEST", "id", `${wants}; got ${id}`);
  });
}

/** One at a time: who adds a key does not lose that of somebody else. */
async function change<T>(
  path: string,
  next: (rows: readonly KeyRow[]) => readonly [rows: readonly KeyRow[], result: T],
): Promise<T> {
  try {
    using _ = await locked(`${path}.lock`);
    const [rows, result] = next(readKeys(path));
    await writeDurably(path, keysText(rows), MODE);
    return result;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const detail = `wants a file of keys that can be written, ${path}: ${(error as Error).message}`;
    throw new Refusal("BAD_REQUEST", "keys", detail, undefined, { cause: error });
  }
}

async function locked(path: string): Promise<Disposable> {
  for (let tries = 0; tries < LOCK_TRIES; tries++) {
    const lock = lockFile(path);
    if (lock) return lock;
    await setTimeout(LOCK_MS);
  }
  throw new Error("another process is writing it");
}

/** What is compared with where there is no such key. */
const NOBODY = secretDigest("nobody");
/** No key is longer, and nobody has us hash more. */
const KEY_CHARACTERS_MAX = 128;

/** The keys of a file, as they are at the moment. */
export class Keys implements Disposable {
  readonly #path: string;
  #report: (problem: string) => void = () => undefined;
  readonly #clock: () => number;
  readonly #watcher: FSWatcher | undefined;
  readonly #looking: NodeJS.Timeout;
  #rows: ReadonlyMap<string, KeyRow>;
  #seen: string;

  /**
   * @param clock Milliseconds since 1970.
   * @throws {Refusal} `BAD_REQUEST` when the file is no file of keys.
   */
  constructor(path: string, clock: () => number = Date.now) {
    this.#path = path;
    this.#clock = clock;
    this.#seen = stamp(path);
    this.#rows = byId(readKeys(path));
    this.#watcher = watched(path, () => this.look());
    this.#looking = setInterval(() => this.look(), LOOK_MS).unref();
  }

  /** Has somebody told of a file that does not read any more. */
  tell(report: (problem: string) => void): void {
    this.#report = report;
  }

  /** How many keys open something now. */
  get size(): number {
    return [...this.#rows.values()].filter((row) => this.#isOpen(row)).length;
  }

  /**
   * Returns what is kept of a key that somebody shows, if it is one and has not ended, in a time
   * that says nothing about how much of it was right: there is always one hash, and one comparison.
   */
  find(text: string): KeyRow | undefined {
    const key = text.length <= KEY_CHARACTERS_MAX ? keyFrom(text) : undefined;
    const row = this.#rows.get(key?.id ?? "");
    const wanted = row ? Buffer.from(row.sha256, "hex") : NOBODY;
    const isRight = timingSafeEqual(secretDigest(key?.secret ?? ""), wanted);
    return isRight && row && this.#isOpen(row) ? row : undefined;
  }

  /** Returns whether a key is still one. */
  has(id: string): boolean {
    const row = this.#rows.get(id);
    return row !== undefined && this.#isOpen(row);
  }

  /** Reads the file again if it has changed. One that does not read changes nothing. */
  look(): void {
    const now = stamp(this.#path);
    if (now === this.#seen) return;
    this.#seen = now;
    try {
      this.#rows = byId(readKeys(this.#path));
    } catch (error) {
      const { detail = String(error) } = error as { readonly detail?: string };
      this.#report(`the keys stay as they were: ${detail}`);
    }
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
    clearInterval(this.#looking);
  }

  #isOpen({ expires }: KeyRow): boolean {
    return expires === undefined || this.#clock() < Date.parse(expires);
  }
}

function byId(rows: readonly KeyRow[]): ReadonlyMap<string, KeyRow> {
  return new Map(rows.map((row) => [row.id, row]));
}

/** What changes with a file: another one in its place has another number. */
function stamp(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found ? `${found.ino} ${found.size} ${found.mtimeNs}` : "";
}

/** The folder, for the file itself is replaced. Where none can be watched, looking is enough. */
function watched(path: string, changed: () => void): FSWatcher | undefined {
  try {
    const name = basename(path);
    const watcher = watch(dirname(path), { persistent: false }, (_event, what) => {
      if (what === null || what === name) changed();
    });
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
