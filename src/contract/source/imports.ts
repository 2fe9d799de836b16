/**
 * The libraries that a hook asks for, with `require` or `import()`, held against the allowlist.
 *
 * @module
 */

import { isBuiltin } from "node:module";
import type { Expression, Node, SpreadElement } from "acorn";
import { satisfies, validRange } from "semver";

import { libraryFinder, specifierFrom } from "../library.ts";
import type { LibraryEntry } from "../library.ts";
import type { HookTree } from "./names.ts";
import { refusal, shown } from "./place.ts";

/** One place where a library is asked for. */
interface Ask {
  readonly node: Node;
  readonly word: "require" | "import";
  readonly argument: Expression | SpreadElement | undefined;
}

/** How far a name may be from one that is allowed, in letters, to be taken for it. */
const SLIPS_MAX = 2;
const LISTED_MAX = 12;

/**
 * Returns the canonical names of the libraries that the hook asks for.
 *
 * @param required The identifiers that mean the guest's `require`, from `checkNames`.
 * @returns Sorted, each once.
 * @throws {Refusal} `LIBRARY_REFUSED` at the first call that asks for anything else.
 */
export function librariesOf(
  tree: HookTree,
  required: ReadonlySet<Node>,
  libraries: readonly LibraryEntry[],
): readonly string[] {
  const find = libraryFinder(libraries);
  const names = new Set<string>();
  for (const ask of asksOf(tree, required)) {
    const specifier = literalOf(ask.argument);
    const { name, range } = specifierFrom(specifier ?? "");
    const entry = find(name);
    const refused = entry
      ? whyOtherVersion(ask.word, range, { name, entry })
      : whyRefused(ask.word, specifier, libraries);
    if (!entry || refused !== undefined) {
      throw refusal("LIBRARY_REFUSED", refused ?? "", tree.place(ask.argument ?? ask.node));
    }
    names.add(entry.name);
  }
  return [...names].sort();
}

function asksOf({ findings, place }: HookTree, required: ReadonlySet<Node>): Ask[] {
  const requires = findings.requires.filter(({ callee }) => required.has(callee));
  const asks: Ask[] = requires.map((node) => ({
    node,
    word: "require",
    argument: node.arguments[0],
  }));
  for (const node of findings.imports) {
    const surplus = node.options ?? ("phase" in node && node.phase ? node : undefined);
    if (surplus) {
      const detail = "`import()` wants a name and nothing else; drop what stands beside it";
      throw refusal("LIBRARY_REFUSED", detail, place(surplus));
    }
    asks.push({ node, word: "import", argument: node.source });
  }
  return asks.sort((a, b) => a.node.start - b.node.start);
}

function literalOf(argument: Ask["argument"]): string | undefined {
  if (argument?.type === "Literal" && typeof argument.value === "string") return argument.value;
  if (argument?.type !== "TemplateLiteral" || argument.expressions.length > 0) return undefined;
  return argument.quasis[0]?.value.cooked ?? undefined;
}

/** Versions are those of npm's package, also behind a name of the Python world. */
function whyOtherVersion(
  word: Ask["word"],
  range: string | undefined,
  { name, entry }: { readonly name: string; readonly entry: LibraryEntry },
): string | undefined {
  if (range === undefined || (validRange(range) !== null && satisfies(entry.version, range))) {
    return undefined;
  }
  const asked = shown(`${word}(${JSON.stringify(`${name}@${range}`)})`);
  const what = validRange(range) === null ? "a version that is none" : "a version that is not here";
  const is = name === entry.name ? name : `${name}, which is ${entry.name},`;
  const [major = "", minor = ""] = entry.version.split(".");
  const here = `${is} is here as ${entry.version}`;
  return `${asked} asks for ${what}: ${here}; ask for \`${name}\` or \`${name}@${major}.${minor}\``;
}

function whyRefused(
  word: Ask["word"],
  specifier: string | undefined,
  libraries: readonly LibraryEntry[],
): string {
  const allowed = allowedOf(libraries);
  if (specifier === undefined) {
    return `\`${word}(...)\` wants a literal name, such as \`${word}("numjs")\`; ${allowed}`;
  }
  const hint = hintOf(specifier, libraries);
  const asked = shown(`${word}(${JSON.stringify(specifier)})`);
  return `${asked} asks for a library that is not allowed${hint && `: ${hint}`}; ${allowed}`;
}

function allowedOf(libraries: readonly LibraryEntry[]): string {
  if (libraries.length === 0) return "no library is allowed here";
  const names = libraries.slice(0, LISTED_MAX).map(({ name, aliases }) => {
    return aliases.length > 0 ? `${name} (or ${aliases.join(", ")})` : name;
  });
  const more = libraries.length - LISTED_MAX;
  return `allowed are ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function hintOf(specifier: string, libraries: readonly LibraryEntry[]): string {
  if (/^[a-z][a-z0-9+.-]+:\/\/|^data:/i.test(specifier)) return "it is an address, not a name";
  if (/^(?:\.{0,2}[\\/]|\.{1,2}$|[a-z]:\\|file:)/i.test(specifier)) {
    return "it is a path, and there are no files in the sandbox";
  }
  const [head = "", ...below] = specifierFrom(specifier).name.split("/");
  if (below.length > 0 && libraryFinder(libraries)(head)) {
    return `a library comes whole, so ask for \`${head}\``;
  }
  const near = nearest(specifierFrom(specifier).name, libraries);
  if (near) return `did you mean \`${near}\`?`;
  if (isBuiltin(specifier) || specifier.startsWith("node:")) {
    return "modules of Node are not in the sandbox";
  }
  return "";
}

function nearest(specifier: string, libraries: readonly LibraryEntry[]): string | undefined {
  const asked = specifier.trim().toLowerCase();
  const known = libraries.flatMap(({ name, aliases }) => [name, ...aliases]);
  const ranked = known
    .map((name) => ({ name, slips: slipsBetween(asked, name.toLowerCase()) }))
    .filter(({ name, slips }) => slips === 0 || slips <= Math.min(SLIPS_MAX, (name.length - 1) / 2))
    .sort((a, b) => a.slips - b.slips);
  const [best] = ranked;
  return best && (best.slips === 0 || !isBuiltin(asked)) ? best.name : undefined;
}

/** Letters to add, drop or change between two names; `Infinity` if their lengths are far apart. */
function slipsBetween(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > SLIPS_MAX) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= b.length; column++) {
      const changed = (row[column - 1] ?? 0) + (letter === b[column - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? Infinity;
}
