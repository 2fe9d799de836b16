/**
 * The texts that a sandbox evaluates: the guest program, and the bundles of libraries.
 *
 * Read once each, when first asked for. Which file a library is, and what it must hold, the trusted
 * side says; a text that is anything else is not given out.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { LibraryFile } from "../contract/library.ts";
import { Refusal } from "../faults.ts";
import type { Bundles } from "./isolate.ts";

/**
 * Returns the guest program that the build put into `folder`, and the bundles of libraries.
 *
 * @param libraries The folders that libraries lie in, as paths.
 * @throws {Error} When the folder was never built: `npm run build` makes it.
 */
export function bundlesIn(folder: URL, libraries: readonly string[]): Bundles {
  const guest = readFileSync(new URL("guest.js", folder), "utf8");
  const texts = new Map<string, string>();
  return {
    guest,
    library(file) {
      const known = texts.get(file.integrity);
      if (known !== undefined) return known;
      const text = checkedText(file, join(libraries[file.folder] ?? "", file.file));
      texts.set(file.integrity, text);
      return text;
    },
  };
}

/** @throws {Refusal} `INTERNAL` when it is not there, or not what it must be. */
function checkedText({ name, integrity }: LibraryFile, path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    const again = "install Bookend again, or add the library again";
    throw new Refusal("INTERNAL", "", `The bundle of ${name} is not there: ${again}`);
  }
  const got = `sha256-${createHash("sha256").update(bytes).digest("base64")}`;
  if (got === integrity) return bytes.toString("utf8");
  const detail =
    `The bundle of ${name} is not the one of the lock file, and was not loaded: wants ` +
    `${integrity}, got ${got}; find out who changed it, then install it again`;
  throw new Refusal("INTERNAL", "", detail);
}
