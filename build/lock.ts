/**
 * Writes `allowlist/lock.json`: what each bundle is, and what it costs an isolate to have it.
 *
 * The cost is measured on this machine, and only where a bundle has changed: else the file would
 * differ each time.
 *
 * @module
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";

import type { LibraryEntry } from "../src/contract/library.ts";
import { entriesFromLock, fileNameOf, lockText } from "../src/contract/lock.ts";
import type { MadeLibrary } from "../src/library/bundle.ts";
import { launchFor } from "../src/pool/launch.ts";
import { tryLibrary } from "../src/pool/trial.ts";
import { bundlePrograms } from "./bundle.ts";
import { bundleLibraries, LOCK } from "./libraries.ts";

const BUNDLES = new URL("../bundles/", import.meta.url);
const LIBRARIES = new URL("libraries/", BUNDLES);

const [made] = await Promise.all([bundleLibraries(LIBRARIES), bundlePrograms(BUNDLES)]);
const before = existsSync(LOCK)
  ? entriesFromLock(readFileSync(LOCK, "utf8"), "allowlist/lock.json")
  : [];
const folders = { bundles: BUNDLES.href, libraries: [LIBRARIES.href] };
const launch = await launchFor("off", folders);
const entries: LibraryEntry[] = [];
// One after the other: they are timed.
for (const one of made) entries.push(await locked(one));
writeFileSync(LOCK, lockText(entries));
writeFileSync(new URL("lock.json", LIBRARIES), lockText(entries));

async function locked({ entry }: MadeLibrary): Promise<LibraryEntry> {
  const was = before.find(({ name }) => name === entry.name);
  if (was?.integrity === entry.integrity) return { ...entry, load: was.load };
  const { name, integrity } = entry;
  const names = [name, ...entry.aliases].join(" ");
  const file = `${fileNameOf(name)}.js`;
  const trial = await tryLibrary(launch, { name, names, folder: 0, file, integrity });
  if ("fails" in trial) throw new Error(`${entry.name} does not load: ${trial.fails}`);
  const { evaluateMs, wakeMs, heapMiB } = trial;
  process.stdout.write(`${entry.name}: ${evaluateMs} ms, awake in ${wakeMs} ms\n`);
  return { ...entry, load: { evaluateMs, wakeMs, heapMiB } };
}
