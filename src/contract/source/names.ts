/**
 * The names that a hook uses and does not define: known ones pass, others are explained.
 *
 * A function travels as text, so what stood around it stays behind. This finds that out when the
 * hook is registered, and says for each kind of name what to do.
 *
 * @module
 */

import { analyze } from "eslint-scope";
import type { AnyNode, ArrowFunctionExpression, FunctionExpression, Node } from "acorn";

import type { Refusal, SourcePlace } from "../../faults.ts";
import {
  FOREIGN_NAMES,
  HOOK_GLOBALS,
  LIBRARY_SHORTHANDS,
  TOOL_HELPERS,
  TOOL_NAMES,
} from "./globals.ts";
import type { LibraryEntry } from "../library.ts";
import { tooDeep } from "./parse.ts";
import { refusal, shown } from "./place.ts";
import type { Findings } from "./tree.ts";

/** The function itself, in the two ways that an expression can hold one. */
export type HookFunction = FunctionExpression | ArrowFunctionExpression;

/** What the check of names needs of the hook. */
export interface HookTree {
  readonly hook: HookFunction;
  readonly findings: Findings;
  readonly place: (node: Node) => SourcePlace;
}

/** One use of a name that the hook does not define. */
interface FreeName {
  readonly name: string;
  readonly node: Node;
}

const KNOWN: ReadonlySet<string> = new Set([...HOOK_GLOBALS, ...TOOL_HELPERS]);
const OTHERS_SHOWN_MAX = 5;

/**
 * Returns the identifiers in the hook that mean the guest's own `require`.
 *
 * @returns Nodes of the tree; a `require` that the hook defines for itself is not among them.
 * @throws {Refusal} `NAME_UNDEFINED` at the first name, `this` or `super` that did not travel.
 */
export function checkNames(tree: HookTree, libraries: readonly LibraryEntry[]): ReadonlySet<Node> {
  const { findings, place } = tree;
  const free = freeNames(tree);
  const unknown = free.filter(({ name }) => !KNOWN.has(name) && !findings.probed.has(name));
  const strays = findings.strays.map(({ node, word }) => ({ name: word, node }));
  const [first, ...others] = [...unknown, ...strays].sort((a, b) => a.node.start - b.node.start);
  if (first) throw undefinedName(first, others, { at: place(first.node), tree, libraries });
  return new Set(free.filter(({ name }) => name === "require").map(({ node }) => node));
}

function freeNames({ hook, place }: HookTree): FreeName[] {
  const statement = { type: "ExpressionStatement", expression: hook };
  const program = { type: "Program", sourceType: "script", body: [statement] };
  const options = { ecmaVersion: 2025, impliedStrict: true, ignoreEval: true } as const;
  try {
    const scopes = analyze(program as unknown as Parameters<typeof analyze>[0], options);
    return (scopes.globalScope?.through ?? []).map(({ identifier }) => ({
      name: identifier.name,
      node: identifier as unknown as AnyNode,
    }));
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep(place(hook));
    throw error;
  }
}

interface Context {
  readonly at: SourcePlace;
  readonly tree: HookTree;
  readonly libraries: readonly LibraryEntry[];
}

function undefinedName(first: FreeName, others: FreeName[], context: Context): Refusal {
  const names = [...new Set(others.map(({ name }) => name))].filter((name) => name !== first.name);
  const listed = names.slice(0, OTHERS_SHOWN_MAX).map(shown).join(", ");
  const more = names.length - OTHERS_SHOWN_MAX;
  const also = listed && `; not there either: ${listed}${more > 0 ? ` and ${more} more` : ""}`;
  const detail = adviceOf(first.name, context);
  return refusal("NAME_UNDEFINED", detail + also, context.at);
}

function adviceOf(name: string, { tree, libraries }: Context): string {
  const called = shown(name);
  if (name === "this" || name === "super") {
    return `${called} is not there: the object that the function belonged to does not travel`;
  }
  if (name === "arguments" && tree.hook.type === "ArrowFunctionExpression") {
    return "`arguments` is not there: an arrow function has none; name the parameters instead";
  }
  if (name === "await") {
    return "`await` is a word of async functions; write `async` before the function that uses it";
  }
  if (TOOL_NAMES.some((pattern) => pattern.test(name))) {
    return (
      `${called} was put in by a build or test tool that rewrote the function; ` +
      "pass the text of the function as it was written, as a string"
    );
  }
  const instead = FOREIGN_NAMES.get(name);
  const library = libraryNamed(name, libraries);
  if (library) {
    const variable = /^[\w$]+$/.test(name) ? name : "library";
    const line = `const ${variable} = require("${library}")`;
    return `${called} is not there; import it inside the function: \`${line}\``;
  }
  if (instead) return `${called} is not there inside the sandbox: ${instead}`;
  return (
    `${called} is not defined in the function; an outer variable or import does not travel with ` +
    "the function: define it inside the function, or pass it with the data"
  );
}

/** The name to ask for when `name` is a library's name, alias or usual shorthand in any case. */
function libraryNamed(name: string, libraries: readonly LibraryEntry[]): string | undefined {
  const lower = name.toLowerCase();
  const meant = [lower, ...(LIBRARY_SHORTHANDS.get(lower) ?? [])].map((each) => each.toLowerCase());
  const entry = libraries.find((each) =>
    [each.name, ...each.aliases].some((known) => meant.includes(known.toLowerCase())),
  );
  return entry?.name;
}
