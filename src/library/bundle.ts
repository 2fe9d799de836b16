/**
 * A library for hooks, bundled: an npm package, or a file of `allowlist/`, becomes one script.
 *
 * A script is one expression, a factory: `(function (world) { ... })`. Calling it evaluates the
 * library afresh and gives `{ exports, toTensor, toPlain, toNumbers }`.
 *
 * Invariants:
 * - The same sources give the same bytes, on any machine: nothing of the machine's paths or its
 *   clock gets in.
 * - An alias replaces exactly the specifier that it names, never a subpath of it.
 * - What an isolate cannot have is known afterwards: modules of Node, native addons.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { isBuiltin } from "node:module";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

import type { BuildOptions, BuildResult, Plugin, PluginBuild } from "esbuild";

import type { Library, LibraryEntry } from "../contract/library.ts";
import { type BundledPackage, label, noticesOf, packagesIn } from "./notices.ts";

/** What a library is made from. */
export interface LibrarySource {
  readonly library: Omit<Library, "load" | "toTensor" | "toPlain" | "toNumbers">;
  /** TypeScript whose default export takes the world and gives the doors. */
  readonly entry: string;
  /** The folder that the entry stands in: its imports are found from there, and all aliases. */
  readonly folder: URL;
  /** The folder that messages and hashes name files from: that of the project. */
  readonly root: URL;
  /** What a library of no package is a part of. */
  readonly ours?: { readonly version: string; readonly licence: string } | undefined;
}

/** A library that was made, and what was found out about it meanwhile. */
export interface MadeLibrary {
  readonly entry: Omit<LibraryEntry, "load">;
  readonly text: string;
  /** The licences of all packages in it, with their texts. */
  readonly notices: string;
  /** Packages that ship no text of their licence. */
  readonly unlicensed: readonly string[];
  /** Modules of Node that it asks for, with who asks: each fails when it is used. */
  readonly builtins: ReadonlyMap<string, string>;
  /** Native addons, with who asks. */
  readonly natives: ReadonlyMap<string, string>;
}

/** Packages whose one purpose is to find a native addon. */
const ADDON_LOADERS = new Set([
  ...["bindings", "node-gyp-build", "node-gyp-build-optional-packages", "prebuild-install"],
  ...["@mapbox/node-pre-gyp", "node-pre-gyp", "pkg-prebuilds", "napi-macros"],
]);

/**
 * Bundles one library.
 *
 * @throws {Error} When something that it imports is not installed, or does not parse.
 */
export async function makeLibrary(source: LibrarySource): Promise<MadeLibrary> {
  const { library, root } = source;
  const builtins = new Map<string, string>();
  const natives = new Map<string, string>();
  const absent = absentModules(builtins, natives, root);
  const result = await bundle(source, [aliasing(library.bundle.alias ?? {}, source), absent]);
  const text = result.outputFiles[0]?.text;
  const [inputs] = Object.values(result.metafile.outputs).map((output) => output.inputs);
  if (text === undefined || !inputs) throw new Error(`esbuild gave nothing for ${library.name}`);
  const packages = await packagesIn(inputs, root);
  for (const one of packages) if (one.isNative) natives.set(label(one), "its manifest says so");
  return {
    entry: entryOf(source, packages, text),
    text,
    notices: noticesOf(library.name, packages),
    unlicensed: packages.filter(({ texts }) => texts.length === 0).map(label),
    builtins,
    natives,
  };
}

function entryOf(
  { library, ours }: LibrarySource,
  packages: readonly BundledPackage[],
  text: string,
): MadeLibrary["entry"] {
  const { name, aliases, standsIn, notes, packages: [main] = [name] } = library;
  // Of a package that is there twice, the one that all others see is first.
  const of = main === undefined ? ours : packages.find((one) => one.name === main);
  if (of === undefined) throw new Error(`The bundle of ${name} has no code of ${main ?? "ours"}`);
  const hash = createHash("sha256").update(text).digest("base64");
  return {
    ...{ name, aliases, standsIn, notes, version: of.version, licence: of.licence },
    packages: Object.fromEntries(packages.map((one) => [label(one), one.licence])),
    bytes: Buffer.byteLength(text),
    integrity: `sha256-${hash}`,
  };
}

type Bundled = BuildResult<{ write: false; metafile: true }>;

async function bundle(
  { library, entry, folder, root }: LibrarySource,
  plugins: Plugin[],
): Promise<Bundled> {
  const { build } = await esbuild();
  const { define, inject = [] } = library.bundle;
  const sourcefile = `${basename(library.name)}-entry.ts`;
  const options = {
    stdin: { contents: entry, resolveDir: fileURLToPath(folder), sourcefile, loader: "ts" },
    absWorkingDir: fileURLToPath(root),
    bundle: true,
    write: false,
    metafile: true,
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
    logLevel: "silent",
    // Modules of WebAssembly travel in the script: an isolate has no files.
    loader: { ".wasm": "base64" },
    define: { ...define },
    inject: inject.map((path) => fileURLToPath(new URL(path, folder))),
    plugins,
  } satisfies BuildOptions;
  return build(options);
}

/** Only who makes libraries needs it. */
async function esbuild(): Promise<typeof import("esbuild")> {
  try {
    return await import("esbuild");
  } catch (error) {
    const says = "Making a library wants esbuild, and it is not installed: npm install esbuild";
    throw new Error(says, { cause: error });
  }
}

/** Replaces module specifiers by files, which are named relative to the entry. */
function aliasing(alias: Readonly<Record<string, string>>, { folder }: LibrarySource): Plugin {
  const pattern = Object.keys(alias).map((text) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
  return {
    name: "alias",
    setup({ onResolve }) {
      if (pattern.length === 0) return;
      onResolve({ filter: new RegExp(`^(${pattern.join("|")})$`) }, ({ path }) => ({
        path: fileURLToPath(new URL(alias[path] ?? "", folder)),
      }));
    },
  };
}

/** Puts a module in the place of each that no isolate can have: it says so when it is used. */
function absentModules(
  builtins: Map<string, string>,
  natives: Map<string, string>,
  root: URL,
): Plugin {
  const rootPath = fileURLToPath(root);
  const absent = (found: Map<string, string>, path: string, importer: string) => {
    const who = importer.startsWith(rootPath) ? importer.slice(rootPath.length) : importer;
    if (!found.has(path)) found.set(path, who);
    return { path, namespace: "absent" };
  };
  return {
    name: "absent",
    setup(build: PluginBuild) {
      build.onResolve({ filter: /\.node$/ }, ({ path, importer }) =>
        absent(natives, path, importer),
      );
      build.onResolve({ filter: /^[@\w]/ }, async ({ path, importer, kind, resolveDir }) => {
        if (ADDON_LOADERS.has(path)) return absent(natives, path, importer);
        if (!isBuiltin(path)) return undefined;
        // A package may have the name of such a module: `buffer`, `punycode`.
        const options = { kind, importer, resolveDir };
        const own = path.startsWith("node:") ? undefined : await resolved(build, path, options);
        return own ?? absent(builtins, path.replace(/^node:/, ""), importer);
      });
      build.onLoad({ filter: /./, namespace: "absent" }, ({ path }) => ({
        contents: absentModule(path),
      }));
    },
  };
}

type ResolveOptions = Parameters<PluginBuild["resolve"]>[1];

async function resolved(build: PluginBuild, path: string, options: ResolveOptions) {
  // With a slash behind it a path is never a module of Node, so no plugin of ours is asked again.
  const { path: found, errors } = await build.resolve(`${path}/`, options);
  return errors.length > 0 || found === "" ? undefined : { path: found };
}

/** What a bundler asks a module for, to see what kind of module it is. */
const ASKED_BY_TOOLS = ["__esModule", "then", "default"];

function absentModule(path: string): string {
  const says = `${path} is a module of Node, and there is none in a hook: `;
  return `
    const asked = new Set(${JSON.stringify(ASKED_BY_TOOLS)});
    module.exports = new Proxy({}, {
      get(_, name) {
        if (typeof name === "symbol" || asked.has(name)) return undefined;
        throw new Error(${JSON.stringify(says)} + name + " was asked for");
      },
    });`;
}
