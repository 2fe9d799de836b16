/**
 * A bare isolate with a library of the built allowlist, and with the globals that a hook has: some
 * libraries look for TextDecoder when they are evaluated.
 *
 * @module
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { build } from "esbuild";

import { type Bare, bareIsolate, type BareOptions } from "./isolate.ts";

const LIBRARIES = new URL("../../bundles/libraries/", import.meta.url);

/** Returns an isolate in which `lib` is the library, as the bundles before the tests have it. */
export async function utilIsolate(name: string, options: BareOptions = {}): Promise<Bare> {
  const folder = mkdtempSync(join(tmpdir(), `bookend-${name}-`));
  const file = join(folder, `${name}.js`);
  const factory = readFileSync(new URL(`${name}.js`, LIBRARIES), "utf8");
  writeFileSync(file, `(() => { ${await worldScript()}; return ${factory} })()`);
  try {
    return await bareIsolate(pathToFileURL(file), options);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Returns what the text comes to in the isolate: its value, or the words of what it throws. */
export function valueOf(bare: Bare, js: string, files?: Record<string, Uint8Array>) {
  return bare.run(`try { return await (${js}) } catch (error) { return String(error) }`, files);
}

async function worldScript(): Promise<string> {
  const contents = 'import { addGlobals } from "./src/guest/world.ts"; addGlobals({});';
  const resolveDir = new URL("../../", import.meta.url).pathname;
  const result = await build({
    stdin: { contents, resolveDir, loader: "ts" },
    bundle: true,
    write: false,
    format: "iife",
    target: "es2024",
  });
  return result.outputFiles[0]?.text ?? "";
}
