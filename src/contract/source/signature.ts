/**
 * How many parameters a hook takes, read from its tree: `length` does not count defaults.
 *
 * @module
 */

import type { Function as FunctionNode, Node } from "acorn";

import type { SourcePlace } from "../../faults.ts";
import { refusal } from "./place.ts";

/** What each kind of hook is called with, in order; the first is the one that it must take. */
const SIGNATURES = {
  pre: { names: ["data", "files"], wants: "1 or 2 parameters" },
  post: { names: ["result", "inputData", "files"], wants: "1 to 3 parameters" },
} as const;

/**
 * Throws unless `hook` takes the parameters that a hook of `kind` is called with.
 *
 * @throws {Refusal} `SIGNATURE_INVALID` at the first surplus parameter, the rest parameter, or the
 * function that has none.
 */
export function checkSignature(
  hook: FunctionNode,
  kind: keyof typeof SIGNATURES,
  place: (node: Node) => SourcePlace,
): void {
  const { names, wants } = SIGNATURES[kind];
  const wanted = `wants ${wants}, as in \`${kind}(${names.join(", ")})\``;
  const rest = hook.params.find(({ type }) => type === "RestElement");
  if (rest) {
    const detail = `${wanted}, got a rest parameter; name the parameters one by one`;
    throw refusal("SIGNATURE_INVALID", detail, place(rest));
  }
  const count = hook.params.length;
  if (count === 0) {
    const detail = `${wanted}, got none; take at least \`${names[0]}\`, also if it is not used`;
    throw refusal("SIGNATURE_INVALID", detail, place(hook));
  }
  const surplus = hook.params[names.length];
  if (surplus) {
    const detail = `${wanted}, got ${count}; drop those from the ${ORDINALS[kind]} on`;
    throw refusal("SIGNATURE_INVALID", detail, place(surplus));
  }
}

const ORDINALS = { pre: "third", post: "fourth" } as const;
