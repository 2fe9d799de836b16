/**
 * The lock file of a folder of libraries: what each bundle must be, and what it costs.
 *
 * Whoever hands a bundle to a sandbox goes by this file, so it is held to its form to the letter.
 *
 * @module
 */

import type { LibraryEntry, LoadCost } from "./library.ts";

/** Other forms than this one are not read. */
const LOCK_VERSION = 1;
const INTEGRITY = /^sha256-[A-Za-z0-9+/]{43}=$/;
const NAME = /^(?:@[a-z0-9~_-][a-z0-9._~-]*\/)?[a-z0-9~_-][a-z0-9._~-]*$/i;

/** Returns whether `name` can be asked for, and be part of the name of a file. */
export function isLibraryName(name: unknown): name is string {
  return typeof name === "string" && name.length <= 100 && NAME.test(name);
}

/**
 * Returns the entries of a lock file.
 *
 * @param text The file, not believed.
 * @param file What messages call it.
 * @throws {Error} That names the first thing which is not as it should be, by its path.
 */
export function entriesFromLock(text: string, file: string): LibraryEntry[] {
  const lock = recordFrom(parsed(text, file), file);
  if (lock["lockVersion"] !== LOCK_VERSION) {
    throw wrong(`${file}: lockVersion`, `${LOCK_VERSION}`, lock["lockVersion"]);
  }
  const list = lock["libraries"];
  if (!Array.isArray(list)) throw wrong(`${file}: libraries`, "a list", list);
  return list.map((one: unknown, i) => entryFrom(one, `${file}: libraries[${i}]`));
}

/** Returns the text of a lock file that has `entries`, sorted by name. */
export function lockText(entries: readonly LibraryEntry[]): string {
  const libraries = entries.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return `${JSON.stringify({ lockVersion: LOCK_VERSION, libraries }, null, 2)}\n`;
}

/** Returns the name of a library's file, without its ending: a scope is no folder. */
export function fileNameOf(name: string): string {
  return name.replace("/", "__");
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} wants JSON: ${(error as Error).message}`, { cause: error });
  }
}

function entryFrom(value: unknown, path: string): LibraryEntry {
  const row = recordFrom(value, path);
  const text = (key: string) => textFrom(row[key], `${path}.${key}`);
  const { name, aliases, integrity } = row;
  if (!isLibraryName(name)) throw wrong(`${path}.name`, "the name of an npm package", name);
  if (!Array.isArray(aliases) || !aliases.every(isLibraryName)) {
    throw wrong(`${path}.aliases`, "a list of names", aliases);
  }
  if (typeof integrity !== "string" || !INTEGRITY.test(integrity)) {
    throw wrong(`${path}.integrity`, "sha256- and 44 characters of base64", integrity);
  }
  const packages = Object.entries(recordFrom(row["packages"], `${path}.packages`));
  return {
    ...{ name, aliases, standsIn: text("standsIn"), notes: text("notes") },
    ...{ version: text("version"), licence: text("licence") },
    packages: Object.fromEntries(
      packages.map(([label, licence]) => [label, textFrom(licence, `${path}.packages.${label}`)]),
    ),
    ...{ bytes: numberFrom(row["bytes"], `${path}.bytes`), integrity },
    load: loadFrom(row["load"], `${path}.load`),
  };
}

function loadFrom(value: unknown, path: string): LoadCost {
  const { evaluateMs, wakeMs, heapMiB } = recordFrom(value, path);
  return {
    evaluateMs: numberFrom(evaluateMs, `${path}.evaluateMs`),
    wakeMs: wakeMs === null ? null : numberFrom(wakeMs, `${path}.wakeMs`),
    heapMiB: numberFrom(heapMiB, `${path}.heapMiB`),
  };
}

function recordFrom(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw wrong(path, "an object", value);
}

function textFrom(value: unknown, path: string): string {
  if (typeof value === "string") return value;
  throw wrong(path, "a text", value);
}

function numberFrom(value: unknown, path: string): number {
  if (typeof value === "number" && value >= 0) return value;
  throw wrong(path, "a number that is not below zero", value);
}

function wrong(path: string, wanted: string, got: unknown): Error {
  const shown = (JSON.stringify(got) ?? "nothing").slice(0, 80);
  return new Error(`${path} wants ${wanted}, got ${shown}`);
}
