/**
 * Whose code went into a bundle, and the licence texts that have to travel with it.
 *
 * What counts is what the bundler put into the output, byte for byte, and not what a manifest
 * promises: a package that was replaced by a shim or shaken away has no notice.
 *
 * A package may have none: neither a text of its own nor one of `NOTICES`. What that means is for
 * whoever asks.
 *
 * @module
 */

import { readdir, readFile } from "node:fs/promises";
import { posix } from "node:path";

/** An npm package that has at least one byte in a bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX, as its manifest says it. */
  readonly licence: string;
  /** Whether it is compiled when it is installed. */
  readonly isNative: boolean;
  /** Licence texts, in the order of their paths below the package. */
  readonly texts: readonly { readonly file: string; readonly text: string }[];
}

/** What esbuild says of one output: the bytes that each input gave, by path below the root. */
export type BytesOfInput = Readonly<Record<string, { readonly bytesInOutput: number }>>;

const PACKAGE_OF = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\/(.+)$/;
const LICENCE_FILE = /^(?:licen[cs]e|copying|notice)\b/i;
const RULE = "=".repeat(80);

/**
 * Returns the packages behind the inputs of a bundle, sorted by name, the outermost folder first
 * where there are several versions of one.
 *
 * @param root The folder that the inputs are named from.
 */
export async function packagesIn(inputs: BytesOfInput, root: URL): Promise<BundledPackage[]> {
  const folders = new Map<string, Set<string>>();
  for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
    const [, folder, file] = PACKAGE_OF.exec(input) ?? [];
    if (bytesInOutput === 0 || folder === undefined || file === undefined) continue;
    const seen = folders.get(folder) ?? new Set([""]);
    folders.set(folder, seen);
    // A part of a package may come with a licence of its own, which lies beside it.
    for (let dir = posix.dirname(file); dir !== "."; dir = posix.dirname(dir)) seen.add(dir);
  }
  const sorted = [...folders].toSorted(([one], [other]) => one.length - other.length);
  const packages = await Promise.all(
    sorted.map(([folder, dirs]) => packageIn(new URL(`${folder}/`, root), [...dirs])),
  );
  return packages.toSorted((one, other) => compare(one.name, other.name));
}

/** By code units: nothing of the machine's language gets in. */
function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** Returns the name and the version of a package in one word. */
export function label({ name, version }: Pick<BundledPackage, "name" | "version">): string {
  return `${name}@${version}`;
}

async function packageIn(folder: URL, dirs: readonly string[]): Promise<BundledPackage> {
  const manifest = JSON.parse(await readFile(new URL("package.json", folder), "utf8")) as {
    [key: string]: unknown;
  };
  const { name, version } = manifest;
  if (typeof name !== "string" || typeof version !== "string") {
    throw new Error(`${folder.pathname}package.json wants a name and a version`);
  }
  const texts = await textsIn(folder, dirs);
  const [only] = texts;
  const unsaid = only ? `SEE LICENSE IN ${only.file}` : "UNLICENSED";
  const licence = licenceOf(manifest) || unsaid;
  const about = { name, version, licence, isNative: manifest["gypfile"] === true };
  if (texts.length > 0) return { ...about, texts };
  const text = await statedText(licence, manifest);
  return { ...about, texts: text === undefined ? [] : [{ file: "stated", text }] };
}

/** Old manifests have an object, or a list of them. */
function licenceOf({ license, licenses }: Readonly<Record<string, unknown>>): string {
  if (typeof license === "string") return license;
  const listed = Array.isArray(licenses) ? (licenses as unknown[]) : [license];
  const types = listed.map((one) => (one as { readonly type?: unknown } | undefined)?.type);
  return types.filter((type) => typeof type === "string").join(" OR ");
}

async function textsIn(folder: URL, dirs: readonly string[]): Promise<BundledPackage["texts"]> {
  const found: { file: string; text: string }[] = [];
  for (const dir of dirs.toSorted()) {
    const here = dir === "" ? folder : new URL(`${dir}/`, folder);
    const entries = await readdir(here, { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && LICENCE_FILE.test(entry.name));
    for (const name of files.map((file) => file.name).toSorted()) {
      // Code may be called so too.
      if (/\.(?:[cm]?[jt]s|json|html|map)$/i.test(name)) continue;
      const text = await readFile(new URL(name, here), "utf8");
      found.push({ file: posix.join(dir, name), text: plain(text) });
    }
  }
  return found;
}

function plain(text: string): string {
  return text
    .replace(/^\uFEFF/, "")
    .replaceAll(/\r\n?/g, "\n")
    .trim();
}

/** What a package without a text says of itself, and the text that its licence's name means. */
async function statedText(
  licence: string,
  { author, homepage, repository }: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  const text = licence === "Apache-2.0" ? await readFile(APACHE, "utf8") : NOTICES[licence];
  if (text === undefined) return undefined;
  const of = (value: unknown, key: string): string | undefined => {
    const inner = (value as Readonly<Record<string, unknown>> | undefined)?.[key];
    return typeof value === "string" ? value : typeof inner === "string" ? inner : undefined;
  };
  const where = of(repository, "url") ?? of(homepage, "url");
  const holder = of(author, "name") ?? (where === undefined ? "its authors" : "the authors");
  const from = where === undefined ? "" : ` (${where})`;
  const states = `The package ships no licence text; it states ${licence}.`;
  return `Copyright (c) ${holder}${from}\n\n${states}\n\n${text.trim()}`;
}

/**
 * Returns the notices of one bundle, as a text.
 *
 * @param library What the bundle is called, for the heading.
 */
export function noticesOf(library: string, packages: readonly BundledPackage[]): string {
  const head =
    packages.length === 0
      ? `${library}.js holds no code but Bookend's own; see LICENSE of Bookend.`
      : `${library}.js holds code of these packages, under their own licences:`;
  const list = packages.map((one) => `  ${label(one)}  ${one.licence}`);
  const texts = packages.map(({ texts: all, ...one }) => {
    const parts = all.map(({ text }) => text).join(`\n\n${"-".repeat(80)}\n\n`);
    return `${RULE}\n${label(one)}  ${one.licence}\n${RULE}\n\n${parts}`;
  });
  return `${[[head, ...list].join("\n"), ...texts].join("\n\n")}\n`;
}

const AS_IS_MIT = `THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;

/** Bookend itself is under it. */
const APACHE = new URL("../../LICENSE", import.meta.url);

/** The texts of other licences that some packages name and do not ship. */
const NOTICES: Readonly<Record<string, string>> = {
  MIT: `Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

${AS_IS_MIT}`,
};
