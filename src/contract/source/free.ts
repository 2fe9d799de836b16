/**
 * The names that a script takes from its world: what a bundle asks for that a hook may not have.
 *
 * Not here: the names of a hook, which come with a place and with advice (`names.ts`).
 *
 * @module
 */

import { parse, type AnyNode } from "acorn";
import { analyze } from "eslint-scope";

import { FOREIGN_NAMES, HOOK_GLOBALS, TOOL_HELPERS } from "./globals.ts";

/** A name that is not there, and what there is to know about it. */
export interface Lack {
  readonly name: string;
  /** What to do instead, where that is known. */
  readonly advice: string | undefined;
}

/**
 * Returns what `script` uses and an isolate does not have, sorted by name.
 *
 * A name that it asks for with `typeof` somewhere is not listed: it goes on without.
 *
 * @throws {SyntaxError} When it does not parse.
 */
export function lacksOf(script: string): Lack[] {
  const tree = parse(script, { ecmaVersion: "latest", sourceType: "script", ranges: true });
  const options = { ecmaVersion: 2025, impliedStrict: true, ignoreEval: true } as const;
  const { globalScope } = analyze(tree as never, options);
  const has = new Set([...HOOK_GLOBALS, ...TOOL_HELPERS, ...probedIn(tree as AnyNode)]);
  const used = new Set(
    globalScope?.through.map(({ identifier }) => `${identifier.name as string}`),
  );
  return [...used]
    .filter((name) => !has.has(name) && name !== "arguments")
    .sort()
    .map((name) => ({ name, advice: FOREIGN_NAMES.get(name) }));
}

function probedIn(tree: AnyNode): Set<string> {
  const names = new Set<string>();
  const nodes: unknown[] = [tree];
  for (let node = nodes.pop() as AnyNode | undefined; node; node = nodes.pop() as AnyNode) {
    if (node.type === "UnaryExpression" && node.operator === "typeof") {
      if (node.argument.type === "Identifier") names.add(node.argument.name);
    }
    for (const child of Object.values(node).flat()) {
      if (typeof (child as { type?: unknown } | null)?.type === "string") nodes.push(child);
    }
  }
  return names;
}
