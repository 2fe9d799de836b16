/**
 * Makes `bundles/`: the guest program, the sandbox process as one file, and the libraries.
 *
 * The sandbox is one file so that its process starts fast and needs to see nothing else of the disk
 * but Node, isolated-vm and this folder.
 *
 * @module
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { build, type Plugin } from "esbuild";

import { buildLibraries } from "./libraries.ts";

const ROOT = new URL("../", import.meta.url);
const OUT = new URL("bundles/", ROOT);

/** Bundles everything into `out`, which is made when it is not there. */
export async function bundleAll(out = OUT): Promise<void> {
  await Promise.all([bundlePrograms(out), buildLibraries(new URL("libraries/", out))]);
}

/** Bundles all but the libraries. */
export async function bundlePrograms(out: URL): Promise<void> {
  mkdirSync(out, { recursive: true });
  // Node looks here for what kind of modules these are.
  writeFileSync(new URL("package.json", out), '{ "type": "module" }\n');
  await Promise.all([
    bundleGuest(out),
    bundleProcess("process", "sandbox", out),
    bundleProcess("snapshot-process", "snapshot", out),
    bundleProcess("trial-process", "trial", out),
  ]);
}

/** The guest: one script whose value is its program. */
async function bundleGuest(out: URL): Promise<void> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL("src/guest/main.ts", ROOT))],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "guest",
    platform: "neutral",
    target: "es2024",
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
  });
  const [file] = result.outputFiles;
  writeFileSync(new URL("guest.js", out), `(function(){${file?.text}\nreturn guest.program()})()`);
}

/**
 * A program is told by its first argument where the addon lies: in a jail there are no packages to
 * look for it in.
 */
const addonByPath: Plugin = {
  name: "addon-by-path",
  setup(program) {
    const filter = /^isolated-vm$/;
    program.onResolve({ filter }, ({ path }) => ({ path, namespace: "addon" }));
    program.onLoad({ filter, namespace: "addon" }, () => ({
      contents: `
        import { createRequire } from "node:module";
        export default createRequire(import.meta.url)(process.argv[2]).ivm;`,
    }));
  },
};

/** A process of `src/sandbox/`, as one file. */
async function bundleProcess(source: string, name: string, out: URL): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL(`src/sandbox/${source}.ts`, ROOT))],
    outfile: fileURLToPath(new URL(`${name}.js`, out)),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    plugins: [addonByPath],
    legalComments: "none",
  });
}

if (import.meta.main) await bundleAll();
