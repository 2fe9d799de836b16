/**
 * Makes one start-up snapshot and ends: a process of its own, because V8 ends it when something
 * cannot be kept.
 *
 * Standard input: the libraries, as JSON. 3: a file that takes the bytes. Exit code 0
 * says that they are there and that an isolate woke from them.
 *
 * @module
 */

import { readFileSync, writeSync } from "node:fs";

import type { LibraryFile } from "../contract/library.ts";
import { bundlesIn } from "./bundles.ts";
import { snapshotOf } from "./isolate.ts";

const FILE = 3;

const libraries = JSON.parse(readFileSync(0, "utf8")) as LibraryFile[];
const bundles = bundlesIn(new URL("./", import.meta.url), process.argv.slice(3));
const bytes = new Uint8Array(snapshotOf(libraries, bundles));
for (let at = 0; at < bytes.length;) at += writeSync(FILE, bytes, at);
// Nothing is given back: isolated-vm does that on a thread of its own, and ours ends now.
process.exit(0);
