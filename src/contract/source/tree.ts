/**
 * One walk over a hook's tree, without recursion, that gathers what the checks ask for.
 *
 * It runs before anything that recurses over the tree, and bounds the depth for them.
 *
 * @module
 */

import type { AnyNode, CallExpression, Identifier, ImportExpression, Node } from "acorn";

import type { SourcePlace } from "../../faults.ts";
import { tooDeep } from "./parse.ts";

/** What stands in a hook. */
export interface Findings {
  readonly imports: ImportExpression[];
  /** Calls of something named `require`; whether it is ours is for `names.ts` to say. */
  readonly requires: (CallExpression & { readonly callee: Identifier })[];
  /** Names that `typeof` is asked of. */
  readonly probed: Set<string>;
  /** Every identifier, private ones included, as read: with escapes resolved. */
  readonly names: Set<string>;
  /** `this` and `super` that mean the object which the hook belonged to. */
  readonly strays: { readonly node: Node; readonly word: "this" | "super" }[];
}

/** Whose `this` holds at a node: the hook's own, a method's or a class's, or a plain function's. */
type Home = "hook" | "method" | "function";

interface Visit {
  readonly node: AnyNode;
  readonly depth: number;
  readonly home: Home;
}

/** eslint-scope and V8 recurse, and the first takes references times depth; a person writes 30. */
const TREE_DEPTH_MAX = 500;

/**
 * Returns what stands below `hook`, in no order.
 *
 * @param place Gives the author's place of a node, for the refusal.
 * @throws {Refusal} `SYNTAX_INVALID` when the tree is deeper than any function that was written.
 */
export function findingsOf(hook: AnyNode, place: (node: Node) => SourcePlace): Findings {
  const findings: Findings = {
    imports: [],
    requires: [],
    probed: new Set(),
    names: new Set(),
    strays: [],
  };
  const visits: Visit[] = [{ node: hook, depth: 1, home: "hook" }];
  for (let visit = visits.pop(); visit; visit = visits.pop()) {
    if (visit.depth > TREE_DEPTH_MAX) throw tooDeep(place(visit.node));
    note(visit, findings);
    pushChildren(visit, visits);
  }
  return findings;
}

function note({ node, home }: Visit, findings: Findings): void {
  if (node.type === "Identifier" || node.type === "PrivateIdentifier")
    findings.names.add(node.name);
  if (node.type === "ImportExpression") findings.imports.push(node);
  if (node.type === "ThisExpression" && home === "hook") {
    findings.strays.push({ node, word: "this" });
  }
  if (node.type === "Super" && home !== "method") findings.strays.push({ node, word: "super" });
  if (node.type === "UnaryExpression" && node.operator === "typeof") {
    if (node.argument.type === "Identifier") findings.probed.add(node.argument.name);
  }
  if (node.type === "CallExpression" && node.callee.type === "Identifier") {
    if (node.callee.name === "require") {
      findings.requires.push(node as Findings["requires"][number]);
    }
  }
}

function pushChildren({ node, depth, home }: Visit, visits: Visit[]): void {
  for (const [key, value] of Object.entries(node)) {
    if (typeof value !== "object" || value === null) continue;
    for (const child of Array.isArray(value) ? value : [value]) {
      if (!isNode(child)) continue;
      visits.push({ node: child, depth: depth + 1, home: homeOf(child, { node, key, home }) });
    }
  }
}

function homeOf(child: AnyNode, parent: { node: AnyNode; key: string; home: Home }): Home {
  const { node, key, home } = parent;
  if (node.type === "StaticBlock") return "method";
  if (key === "value") {
    if (node.type === "MethodDefinition" || node.type === "PropertyDefinition") return "method";
    if (node.type === "Property" && (node.method || node.kind !== "init")) return "method";
  }
  const isFunction = child.type === "FunctionExpression" || child.type === "FunctionDeclaration";
  return isFunction ? "function" : home;
}

function isNode(value: unknown): value is AnyNode {
  return typeof (value as { type?: unknown } | null)?.type === "string";
}
