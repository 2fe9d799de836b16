/**
 * The libraries that are built in, as tests find them: in the bundles that were made before.
 *
 * @module
 */

import type { LibraryFile } from "../../src/contract/library.ts";
import { allowedFrom } from "../../src/runtime/allowlist.ts";

export const LIBRARIES = new URL("../../bundles/libraries/", import.meta.url);

/** Returns what a sandbox is told of each. */
export function builtIn(...names: readonly string[]): LibraryFile[] {
  const { files } = allowedFrom(undefined, LIBRARIES);
  return names.map((name) => {
    const file = files.get(name);
    if (!file) throw new Error(`No library ${name}`);
    return file;
  });
}
