/**
 * The operator's list: which libraries there are, and which tenant may use which.
 *
 * A folder of libraries is a lock file with bundles beside it. One is built in; an operator may
 * have another, which `bookend libraries add` writes. Only lock files are read here: a bundle is
 * held against its own when a sandbox loads it.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import {
  type Allowed,
  type LibraryEntry,
  type LibraryFile,
  libraryFinder,
} from "../contract/library.ts";
import { entriesFromLock, fileNameOf } from "../contract/lock.ts";
import { Refusal } from "../faults.ts";
import { named, optionsFrom } from "./options.ts";

/** Which libraries there are, and who may use them. */
export interface AllowlistOptions {
  /** What tenants may use who have no list of their own, by name or alias. Default: all. */
  readonly libraries?: readonly string[] | undefined;
  /** What a tenant may use, by the name of the tenant: this list and nothing else. */
  readonly tenants?: Readonly<Record<string, readonly string[]>> | undefined;
  /**
   * A folder that `bookend libraries add` wrote. Its libraries stand beside those that are built
   * in, and in place of those whose names or aliases they take.
   */
  readonly folder?: string | URL | undefined;
}

/** Entries by the folder that they lie in. */
interface Found {
  readonly folders: readonly string[];
  readonly entries: readonly (readonly [entry: LibraryEntry, folder: number])[];
}

/** The folders in the order that sandboxes know them by. */
const FOLDER = { builtIn: 0, own: 1 };

/**
 * Returns what the option `allowlist` comes to.
 *
 * @param builtIn The folder of the libraries that are built in.
 * @throws {Refusal} `BAD_REQUEST` when it names what is not there, or the folder is none.
 */
export function allowedFrom(option: unknown, builtIn: URL): Allowed {
  const isList = option === undefined || Array.isArray(option);
  const given = isList
    ? { libraries: option }
    : optionsFrom(option, ["libraries", "tenants", "folder"], "allowlist");
  const found = foundIn(given["folder"], builtIn);
  const { folders } = found;
  const entries = found.entries.map(([entry]) => entry);
  const files = found.entries.map(
    ([entry, folder]) => [entry.name, fileOf(entry, folder)] as const,
  );
  const { libraries = entries.map(({ name }) => name), tenants = {} } = given;
  const common = namesFrom(libraries, isList ? "allowlist" : "allowlist.libraries", entries);
  const lists = Object.entries(tenantsFrom(tenants)).map(([tenant, list]) => {
    const path = `allowlist.tenants.${tenant}`;
    return [named(tenant, path), namesFrom(list, path, entries)] as const;
  });
  return { entries, files: new Map(files), folders, common, tenants: new Map(lists) };
}

/** What stands in the operator's folder goes before what is built in, name by name. */
function foundIn(option: unknown, builtIn: URL): Found {
  const stock = entriesIn(builtIn);
  const inStock = (entry: LibraryEntry) => [entry, FOLDER.builtIn] as const;
  if (option === undefined) return { folders: [builtIn.href], entries: stock.map(inStock) };
  const { folder, entries: own } = operatorsFolder(option);
  const taken = new Set(own.flatMap(({ name, aliases }) => [name, ...aliases]));
  const left = stock
    .filter(({ name }) => !taken.has(name))
    .map((entry) => ({ ...entry, aliases: entry.aliases.filter((name) => !taken.has(name)) }));
  const all = [...own.map((entry) => [entry, FOLDER.own] as const), ...left.map(inStock)];
  const entries = all.toSorted(([a], [b]) => (a.name < b.name ? -1 : 1));
  return { folders: [builtIn.href, folder.href], entries };
}

function operatorsFolder(folder: unknown): { folder: URL; entries: LibraryEntry[] } {
  if (typeof folder !== "string" && !(folder instanceof URL)) {
    throw new Refusal("BAD_REQUEST", "allowlist.folder", `wants a path, got ${String(folder)}`);
  }
  const path = folder instanceof URL ? fileURLToPath(folder) : resolve(folder);
  const url = pathToFileURL(`${path}/`);
  try {
    return { folder: url, entries: entriesIn(url) };
  } catch (error) {
    const why =
      (error as NodeJS.ErrnoException).code === "ENOENT"
        ? `there is no lock.json in ${path}`
        : (error as Error).message;
    const detail = `wants a folder that \`bookend libraries add\` wrote: ${why}`;
    throw new Refusal("BAD_REQUEST", "allowlist.folder", detail);
  }
}

function entriesIn(folder: URL): LibraryEntry[] {
  return entriesFromLock(readFileSync(new URL("lock.json", folder), "utf8"), "lock.json");
}

function fileOf({ name, aliases, integrity }: LibraryEntry, folder: number): LibraryFile {
  const names = [name, ...aliases].join(" ");
  return { name, names, folder, file: `${fileNameOf(name)}.js`, integrity };
}

function tenantsFrom(tenants: unknown): Record<string, unknown> {
  if (typeof tenants === "object" && tenants !== null && !Array.isArray(tenants)) {
    return tenants as Record<string, unknown>;
  }
  const detail = `wants lists by the names of tenants, got ${String(tenants)}`;
  throw new Refusal("BAD_REQUEST", "allowlist.tenants", detail);
}

function namesFrom(list: unknown, path: string, entries: readonly LibraryEntry[]): string[] {
  if (!Array.isArray(list)) {
    throw new Refusal("BAD_REQUEST", path, `wants a list of names, got ${String(list)}`);
  }
  const find = libraryFinder(entries);
  return list.map((one: unknown, i) => {
    const entry = find(String(one));
    if (entry) return entry.name;
    const there = entries.map(({ name }) => name).join(", ");
    const detail = `wants a library that is there (${there}), got ${String(one)}`;
    throw new Refusal("BAD_REQUEST", `${path}[${i}]`, detail);
  });
}
