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

import { build } from "esbuild";

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

/** A process of `src/sandbox/`, as one file. */
async function bundleProcess(source: string, name: string, out: URL): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL(`src/sandbox/${source}.ts`, ROOT))],
    outfile: fileURLToPath(new URL(`${name}.js`, out)),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    external: ["isolated-vm"],
    legalComments: "none",
  });
}

if (import.meta.main) await bundleAll();
