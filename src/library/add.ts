/**
 * Adds a library to an operator's folder: an npm package, or a file like those of `allowlist/`.
 *
 * It is made, tried in isolates of a process of its own, and only then written: the bundle, the
 * licences of all that is in it, and the row of the lock file that says what the bundle must be.
 *
 * Invariants:
 * - No script of a package is run, neither when it is installed nor by the bundler.
 * - The lock file is written last, in one step: a folder never names a bundle that is not whole.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { satisfies } from "semver";

import {
  type Library,
  type LibraryEntry,
  type Specifier,
  specifierFrom,
} from "../contract/library.ts";
import { entriesFromLock, fileNameOf, isLibraryName, lockText } from "../contract/lock.ts";
import { type Lack, lacksOf } from "../contract/source/free.ts";
import { launchFor } from "../pool/launch.ts";
import { type Trial, tryLibrary } from "../pool/trial.ts";
import { type LibrarySource, makeLibrary, type MadeLibrary } from "./bundle.ts";
import { entryFile, entryPackage } from "./entry.ts";

/** What to add, and where. */
export interface AddOptions {
  /** The name of an npm package, perhaps with a version (`left-pad@1.3`), or the path of a file. */
  readonly what: string;
  /** The folder that it is written to. Made when it is not there. */
  readonly folder: string;
  /** What `require` finds it by beside its name. */
  readonly aliases: readonly string[];
  /** Where the build put the program that tries it. */
  readonly bundles: URL;
}

/** What came of it. */
export interface Added {
  readonly entry: LibraryEntry;
  readonly trial: Trial;
  readonly made: MadeLibrary;
  /** What it uses and a hook has not, in words: that part of it fails when it is used. */
  readonly lacks: readonly string[];
}

/** A library that hooks cannot have, and why not. */
export class LibraryRefused extends Error {
  override readonly name = "LibraryRefused";
  /** What it uses and a hook has not, in words. */
  readonly lacks: readonly string[];

  constructor(message: string, options: ErrorOptions & { lacks?: readonly string[] } = {}) {
    super(message, options);
    this.lacks = options.lacks ?? [];
  }
}

/**
 * Adds one library; an entry of the same name is replaced.
 *
 * @throws {LibraryRefused} When it is not there, is native, or does not load in an isolate.
 */
export async function addLibrary(options: AddOptions): Promise<Added> {
  const folder = resolve(options.folder);
  const scratch = await mkdtemp(join(tmpdir(), "bookend-library-"));
  try {
    const source = await sourceFrom(options, scratch);
    const made = await makeLibrary(source).catch((error: unknown) => {
      throw new LibraryRefused(bundleErrorText(error, options.what), { cause: error });
    });
    refuseNative(made);
    const lacks = [...modulesLacking(made), ...lacksOf(made.text).map(inWords)];
    const trial = await tried(made, { scratch, bundles: options.bundles, lacks });
    const { evaluateMs, wakeMs, heapMiB } = trial;
    const entry = { ...made.entry, load: { evaluateMs, wakeMs, heapMiB } };
    await write(folder, made, entry);
    return { entry, trial, made, lacks };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function sourceFrom({ what, aliases }: AddOptions, scratch: string): Promise<LibrarySource> {
  if (/^\.{0,2}\/|\.[cm]?[jt]s$/.test(what)) return fileSource(resolve(what), aliases);
  const asked = specifierFrom(what);
  if (!isLibraryName(asked.name)) {
    throw new LibraryRefused(`${what} is neither the name of an npm package nor a path`);
  }
  const root = (await installed(asked)) ?? (await install(what, scratch));
  const manifest = join(root, "node_modules", asked.name, "package.json");
  const { description } = JSON.parse(await readFile(manifest, "utf8")) as Record<string, unknown>;
  const notes = typeof description === "string" ? description : "";
  const library = { name: asked.name, aliases, standsIn: "", notes, bundle: {} };
  const url = pathToFileURL(`${root}/`);
  return { library, entry: entryPackage(asked.name), folder: url, root: url };
}

/** The file is code of the operator's, and runs here as such. */
async function fileSource(path: string, aliases: readonly string[]): Promise<LibrarySource> {
  const url = pathToFileURL(path);
  const module = (await import(url.href).catch((error: unknown) => {
    throw new LibraryRefused(`${path} does not load: ${textOf(error)}`, { cause: error });
  })) as { default?: Partial<Library> };
  const { name, load, standsIn = "", notes = "", bundle = {}, ...own } = module.default ?? {};
  if (!isLibraryName(name) || typeof load !== "function") {
    const wants = "wants a default export with a name and a function load(world)";
    throw new LibraryRefused(`${path} ${wants}, as the type Library has it`);
  }
  const all = [...(own.aliases ?? []), ...aliases];
  const library = { ...own, name, aliases: all, standsIn, notes, bundle };
  const root = pathToFileURL(`${(await projectOf(dirname(path))) ?? dirname(path)}/`);
  return { library, entry: entryFile(path), folder: new URL("./", url), root };
}

/** Returns the project that has the package installed, in a version that was asked for. */
async function installed({ name, range }: Specifier): Promise<string | undefined> {
  for (let at = process.cwd(); ; at = dirname(at)) {
    const text = await readFile(join(at, "node_modules", name, "package.json"), "utf8").catch(
      () => undefined,
    );
    if (text !== undefined) {
      const { version } = JSON.parse(text) as { version?: unknown };
      return range === undefined || satisfies(String(version), range) ? at : undefined;
    }
    if (at === dirname(at)) return undefined;
  }
}

/** Installs a package for this one use, as npm is set up here, and returns where. */
async function install(what: string, scratch: string): Promise<string> {
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefix", scratch];
  try {
    await promisify(execFile)("npm", ["install", ...flags, what], { cwd: scratch });
    return scratch;
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? textOf(error));
    const lines = said.split("\n");
    const line = lines.find((one) => /^npm error (?!code |A complete log)/.test(one));
    const why = line?.replace(/^npm error \d*/, "").trim() ?? "npm failed";
    const message = `${what} is not installed here, and npm did not get it: ${why}`;
    throw new LibraryRefused(message, { cause: error });
  }
}

async function projectOf(folder: string): Promise<string | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    if (await exists(join(at, "package.json"))) return at;
    if (at === dirname(at)) return undefined;
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function refuseNative({ entry, natives }: MadeLibrary): void {
  if (natives.size === 0) return;
  const list = [...natives].map(([what, who]) => `${what} (${who})`).join(", ");
  const why = "machine code would run outside the isolate, with all that the process may do";
  throw new LibraryRefused(`${entry.name} has a native addon, ${list}: ${why}`);
}

function modulesLacking({ builtins }: MadeLibrary): string[] {
  return [...builtins].map(
    ([what, who]) => `${what}: there are no modules of Node (asked for by ${who})`,
  );
}

function inWords({ name, advice }: Lack): string {
  return `${name}: ${advice ?? "an isolate has no such thing"}`;
}

async function tried(
  { entry, text }: MadeLibrary,
  where: { readonly scratch: string; readonly bundles: URL; readonly lacks: readonly string[] },
): Promise<Trial> {
  const { name, integrity } = entry;
  const folder = await mkdtemp(join(where.scratch, "trial-"));
  await writeFile(join(folder, "trial.js"), text);
  const libraries = [pathToFileURL(folder).href];
  const launch = await launchFor("auto", { bundles: where.bundles.href, libraries });
  const names = [name, ...entry.aliases].join(" ");
  const trial = await tryLibrary(launch, { name, names, folder: 0, file: "trial.js", integrity });
  if (!("fails" in trial)) return trial;
  const message = `${entry.name} does not load in an isolate: ${trial.fails}`;
  throw new LibraryRefused(message, { lacks: where.lacks });
}

async function write(folder: string, made: MadeLibrary, entry: LibraryEntry): Promise<void> {
  const lock = join(folder, "lock.json");
  await mkdir(folder, { recursive: true });
  const before = (await exists(lock)) ? entriesFromLock(await readFile(lock, "utf8"), lock) : [];
  const others = before.filter(({ name }) => name !== entry.name);
  const taken = [entry.name, ...entry.aliases];
  const rival = others.find(({ name, aliases }) =>
    [name, ...aliases].some((one) => taken.includes(one)),
  );
  if (rival) {
    const says = `${rival.name} in ${folder} has one of its names: ${taken.join(", ")}`;
    throw new LibraryRefused(`${entry.name} is not added: ${says}`);
  }
  const files: readonly (readonly [path: string, text: string])[] = [
    [join(folder, `${fileNameOf(entry.name)}.js`), made.text],
    [join(folder, `${fileNameOf(entry.name)}.licences.txt`), made.notices],
    [lock, lockText([...others, entry])],
  ];
  for (const [path, text] of files) {
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  }
}

/** esbuild says each thing that it could not find. */
function bundleErrorText(error: unknown, what: string): string {
  const { errors } = error as { errors?: readonly { readonly text: string }[] };
  const texts = errors?.map(({ text }) => text) ?? [textOf(error)];
  return `${what} cannot be bundled: ${texts.slice(0, 5).join("; ")}`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
