/**
 * The libraries that are built in: each `allowlist/<name>.ts`, with the packages that it names,
 * made into a bundle, and all of them held against `allowlist/lock.json`.
 *
 * @module
 */

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";

import type { Library, LibraryEntry } from "../src/contract/library.ts";
import { entriesFromLock, fileNameOf } from "../src/contract/lock.ts";
import { makeLibrary, type MadeLibrary } from "../src/library/bundle.ts";
import { entryFile } from "../src/library/entry.ts";

const ROOT = new URL("../", import.meta.url);
const ALLOWLIST = new URL("allowlist/", ROOT);

/** What each bundle must be. `npm run lock` writes it. */
export const LOCK = new URL("lock.json", ALLOWLIST);

/**
 * Makes every library of the allowlist, and writes bundles and licences into `outDir`.
 *
 * @param outDir A folder, made when it is missing; what is there under the same names is replaced.
 * @returns What was made, sorted by name; the files are complete when the promise resolves.
 * @throws {Error} When a package is not installed or ships no licence, or a bundle asks for what no
 * isolate has.
 *
 * @example
 * ```ts
 * const made = await bundleLibraries(new URL("../bundles/libraries/", import.meta.url));
 * ```
 */
export async function bundleLibraries(outDir: URL): Promise<readonly MadeLibrary[]> {
  const folder = new URL(outDir.href.endsWith("/") ? outDir.href : `${outDir.href}/`);
  await mkdir(folder, { recursive: true });
  const names = (await readdir(ALLOWLIST)).filter((name) => name.endsWith(".ts")).toSorted();
  const made = await Promise.all(names.map((name) => bundleLibrary(name, folder)));
  return made.toSorted((one, other) => (one.entry.name < other.entry.name ? -1 : 1));
}

/**
 * Makes the folder of libraries that is built in: as above, with the lock file beside.
 *
 * @throws {Error} When a bundle is not the one of the lock file.
 */
export async function buildLibraries(outDir: URL): Promise<void> {
  const [made, text] = await Promise.all([bundleLibraries(outDir), readFile(LOCK, "utf8")]);
  const locked = entriesFromLock(text, "allowlist/lock.json");
  const wrong = differencesOf(
    made.map(({ entry }) => entry),
    locked,
  );
  if (wrong.length > 0) {
    const what = wrong.join("\n  ");
    throw new Error(
      `allowlist/lock.json is not what was built:\n  ${what}\nIf that is meant: npm run lock`,
    );
  }
  await writeFile(new URL("lock.json", outDir), text);
}

/** Returns what of `made` is not as the lock file says, in words. */
export function differencesOf(
  made: readonly MadeLibrary["entry"][],
  locked: readonly LibraryEntry[],
): string[] {
  const gone = locked.filter(({ name }) => !made.some((one) => one.name === name));
  const changed = made.flatMap((entry) => {
    const was = locked.find(({ name }) => name === entry.name);
    if (!was) return [`${entry.name} is new`];
    const { load: _, ...before } = was;
    const [wanted, got] = [before, entry].map(flat);
    const keys = Object.keys({ ...wanted, ...got }).filter((key) => wanted?.[key] !== got?.[key]);
    return keys.map((key) => `${entry.name}: ${key} wants ${wanted?.[key]}, got ${got?.[key]}`);
  });
  return [...changed, ...gone.map(({ name }) => `${name} is gone`)];
}

/** The fields of an entry as texts, and each of its packages as a field. */
function flat({ packages, ...entry }: MadeLibrary["entry"]): Record<string, string> {
  const fields = Object.entries({ ...entry, ...packages });
  return Object.fromEntries(fields.map(([key, value]) => [key, String(value)]));
}

async function bundleLibrary(file: string, folder: URL): Promise<MadeLibrary> {
  const module = (await import(new URL(file, ALLOWLIST).href)) as { default: Library };
  const library = module.default;
  const { name } = library;
  if (basename(file, ".ts") !== name) throw new Error(`allowlist/${file} is named ${name} inside`);
  const ours = await about();
  const source = { library, entry: entryFile(`./${file}`), folder: ALLOWLIST, root: ROOT, ours };
  const made = await makeLibrary(source);
  const lacks = [...made.builtins, ...made.natives].map(([what, who]) => `${what} (for ${who})`);
  if (lacks.length > 0) throw new Error(`The bundle of ${name} asks for ${lacks.join(", ")}`);
  if (made.unlicensed.length > 0) {
    const texts = "add the text to src/library/notices.ts";
    throw new Error(`${made.unlicensed.join(", ")} ships no text of its licence: ${texts}`);
  }
  await writeFile(new URL(`${fileNameOf(name)}.js`, folder), made.text);
  await writeFile(new URL(`${fileNameOf(name)}.licences.txt`, folder), made.notices);
  return made;
}

/** A module of ours has the version and the licence of Bookend. */
async function about(): Promise<{ version: string; licence: string }> {
  const text = await readFile(new URL("package.json", ROOT), "utf8");
  const { version, license } = JSON.parse(text) as Record<string, unknown>;
  return { version: String(version), licence: String(license) };
}
