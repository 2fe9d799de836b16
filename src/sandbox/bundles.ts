/**
 * The texts that the build put into `bundles/`: the guest program and the libraries.
 *
 * Read once each, when first asked for.
 *
 * @module
 */

import { readFileSync } from "node:fs";

import type { LibraryEntry } from "../contract/library.ts";
import type { Bundles } from "./isolate.ts";

/**
 * Returns the bundles that lie in `folder`.
 *
 * @throws {Error} When the folder was never built: `npm run build` makes it.
 */
export function bundlesIn(folder: URL): Bundles {
  const guest = readFileSync(new URL("guest.js", folder), "utf8");
  const index = JSON.parse(
    readFileSync(new URL("libraries/index.json", folder), "utf8"),
  ) as LibraryEntry[];
  const texts = new Map<string, { names: string; text: string }>();
  return {
    guest,
    library(name) {
      const known = texts.get(name);
      if (known) return known;
      const entry = index.find((one) => one.name === name);
      if (!entry) throw new Error(`No bundle of ${name}`);
      const text = readFileSync(
        new URL(`libraries/${encodeURIComponent(name)}.js`, folder),
        "utf8",
      );
      const names = [entry.name, ...entry.aliases].join(" ");
      texts.set(name, { names, text });
      return { names, text };
    },
  };
}
