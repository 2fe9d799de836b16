/**
 * Bundles the allowlist: each `allowlist/<name>.ts`, with the package that it names, becomes one
 * script for a bare isolate, and one row of an index for the trusted side.
 *
 * A script is one expression, a factory: `(function (world) { ... })`. Calling it evaluates the
 * library afresh and gives `{ exports, toTensor, toPlain }`.
 *
 * Invariants:
 * - The same sources give the same bytes, on any machine: nothing of the machine's paths or its
 *   clock gets in.
 * - An alias replaces exactly the specifier that it names, never a subpath of it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

import { build, type Plugin } from "esbuild";

import type { Library, LibraryEntry } from "../src/contract/library.ts";

const ROOT = new URL("../", import.meta.url);
const ALLOWLIST = new URL("allowlist/", ROOT);
const OURS = new URL("package.json", ROOT);

/**
 * Bundles every library of the allowlist into `outDir`, as `<name>.js`, with `index.json` beside.
 *
 * @param outDir A folder, made when it is missing; what is there under the same names is replaced.
 * @returns Nothing; the files are complete when the promise resolves.
 * @throws {Error} When a package is not installed, or a bundle asks for what no isolate has.
 *
 * @example
 * ```ts
 * await bundleLibraries(new URL("../bundles/libraries/", import.meta.url));
 * ```
 */
export async function bundleLibraries(outDir: URL): Promise<void> {
  const folder = new URL(outDir.href.endsWith("/") ? outDir.href : `${outDir.href}/`);
  await mkdir(folder, { recursive: true });
  const names = (await readdir(ALLOWLIST)).filter((name) => name.endsWith(".ts")).toSorted();
  const entries = await Promise.all(names.map((name) => bundleLibrary(name, folder)));
  const sorted = entries.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  await writeFile(new URL("index.json", folder), `${JSON.stringify(sorted, null, 2)}\n`);
}

async function bundleLibrary(file: string, folder: URL): Promise<LibraryEntry> {
  const module = (await import(new URL(file, ALLOWLIST).href)) as { default: Library };
  const library = module.default;
  const { name, aliases, standsIn, notes, packages = [name] } = library;
  if (basename(file, ".ts") !== name) throw new Error(`allowlist/${file} is named ${name} inside`);
  const text = await scriptOf(file, library);
  await writeFile(new URL(`${name}.js`, folder), text);
  const bytes = Buffer.byteLength(text);
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { name, aliases, standsIn, notes, ...(await packageOf(packages[0])), bytes, sha256 };
}

/** Without a name it is a module of ours. */
async function packageOf(name?: string): Promise<{ version: string; licence: string }> {
  const path = name === undefined ? OURS : manifestOf(name);
  const { version, license } = JSON.parse(await readFile(path, "utf8")) as {
    [key: string]: unknown;
  };
  if (typeof version === "string" && typeof license === "string") {
    return { version, licence: license };
  }
  throw new Error(`${name}/package.json wants a version and a licence, in words`);
}

/** Read from its folder, for a package may hide its manifest from `require`. */
function manifestOf(name: string): URL {
  return new URL(`node_modules/${name}/package.json`, ROOT);
}

/** What the isolate evaluates: the world comes in, the library's two doors go out. */
function entryOf(file: string): string {
  return `
    import library from "./${file}";
    export default (world) => ({
      exports: library.load(world),
      toTensor: (value) => library.toTensor?.(value, world),
      toPlain: (value) => library.toPlain?.(value, world),
    });
  `;
}

async function scriptOf(file: string, { bundle }: Library): Promise<string> {
  const resolveDir = fileURLToPath(ALLOWLIST);
  const result = await build({
    stdin: { contents: entryOf(file), resolveDir, sourcefile: `${file}-entry.ts`, loader: "ts" },
    absWorkingDir: fileURLToPath(ROOT),
    bundle: true,
    write: false,
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["import", "module"],
    format: "iife",
    globalName: "library",
    banner: { js: '(function (world) {\n"use strict";' },
    footer: { js: "return library.default(world);\n})" },
    target: "es2024",
    charset: "utf8",
    minify: true,
    legalComments: "none",
    logLevel: "error",
    // Modules of WebAssembly travel in the script: an isolate has no files.
    loader: { ".wasm": "base64" },
    define: { ...bundle.define },
    inject: (bundle.inject ?? []).map((path) => fileURLToPath(new URL(path, ALLOWLIST))),
    plugins: [aliasing(bundle.alias ?? {})],
  });
  const text = result.outputFiles[0]?.text;
  if (text === undefined) throw new Error(`esbuild gave nothing for allowlist/${file}`);
  return text;
}

/** Replaces module specifiers by files, which the allowlist names relative to itself. */
function aliasing(alias: Readonly<Record<string, string>>): Plugin {
  const specifiers = Object.keys(alias);
  const pattern = specifiers.map((text) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
  return {
    name: "alias",
    setup({ onResolve }) {
      if (specifiers.length === 0) return;
      onResolve({ filter: new RegExp(`^(${pattern.join("|")})$`) }, ({ path }) => ({
        path: fileURLToPath(new URL(alias[path] ?? "", ALLOWLIST)),
      }));
    },
  };
}

if (import.meta.main) {
  await bundleLibraries(new URL("bundles/libraries/", ROOT));
}
