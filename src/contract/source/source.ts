/**
 * The text of a hook, checked, as plain data: what it takes, what it asks for, what to evaluate.
 *
 * Text is all that travels of a function, so everything that can be told from text is told here,
 * before any sandbox is involved, with the line and the column in the author's own text.
 *
 * Invariants:
 * - `expression` holds the author's function at its own lines and columns (line 1 moved by
 *   `columnShift`), and nothing else of the text: what stands around it became blanks.
 * - No text makes this crash; hostile ones end in a `Refusal`; who strips types has the one danger.
 *
 * Not here: what the function gives back, and whether `require` is kept to at run time (`guest/`).
 *
 * @module
 */

import type { MethodDefinition, Node } from "acorn";

import type { Refusal } from "../../faults.ts";
import { librariesOf } from "./imports.ts";
import type { LibraryEntry } from "../library.ts";
import { checkNames } from "./names.ts";
import type { HookFunction } from "./names.ts";
import { parseHook, placeOfNode } from "./parse.ts";
import type { Parsed, StripTypes } from "./parse.ts";
import { refusal } from "./place.ts";
import { checkSignature } from "./signature.ts";
import { findingsOf } from "./tree.ts";
import type { Findings } from "./tree.ts";

/** A hook that was read and found good. */
export interface HookSource {
  readonly kind: "pre" | "post";
  /** JavaScript of one expression whose value is the hook; lines and columns are the author's. */
  readonly expression: string;
  /** What stands for `import` in `expression`: six characters, used nowhere else; "" if unused. */
  readonly importName: string;
  /** Characters that `expression` has before the author's first character on line 1. */
  readonly columnShift: number;
  readonly parameters: number;
  readonly async: boolean;
  /** Canonical names of the allowlist entries that it asks for, sorted, each once. */
  readonly libraries: readonly string[];
}

export interface ReadOptions {
  readonly kind: HookSource["kind"];
  readonly libraries: readonly LibraryEntry[];
  readonly sourceBytesMax: number;
  /** Takes TypeScript's types out of a text: not pure, so it is handed in. */
  readonly stripTypes: StripTypes;
}

/**
 * Returns the hook that `text` holds: a function, an arrow function or a method, with or without
 * TypeScript types.
 *
 * Synchronous. Pure, but for `stripTypes`, which is asked when the text is no plain JavaScript. The
 * expression is to be evaluated as strict code of a script.
 *
 * @param text What `String(fn)` gives, or what the author sent; not believed.
 * @param options.sourceBytesMax Bytes of UTF-8, checked before the text is looked at.
 * @returns Plain data.
 * @throws {Refusal} `SOURCE_TOO_LARGE`, `SYNTAX_INVALID`, `SIGNATURE_INVALID`, `NAME_UNDEFINED` or
 * `LIBRARY_REFUSED`, in this order, with `at` where a place is to blame.
 *
 * @example
 * ```ts
 * const options = { kind: "pre", libraries, sourceBytesMax: 1024, stripTypes } as const;
 * const source = readHook("(data) => data + 1", options);
 * // source.parameters is 1 and source.expression is "((data) => data + 1)".
 * ```
 */
export function readHook(text: string, options: ReadOptions): HookSource {
  checkSize(text, options.sourceBytesMax);
  const parsed = parseHook(text.startsWith("\uFEFF") ? text.slice(1) : text, options.stripTypes);
  const place = (node: Node) => placeOfNode(node, parsed);
  const hook = functionIn(parsed);
  const findings = findingsOf(hook, place);
  checkSignature(hook, options.kind, place);
  const tree = { hook, findings, place };
  const required = checkNames(tree, options.libraries);
  const libraries = librariesOf(tree, required, options.libraries);
  const importName = findings.imports.length > 0 ? unusedName(parsed.program, findings.names) : "";
  return {
    kind: options.kind,
    ...expressionOf(parsed, findings, importName),
    importName,
    parameters: hook.params.length,
    async: hook.async,
    libraries,
  };
}

function checkSize(text: string, bytesMax: number): void {
  const bytes = Buffer.byteLength(text, "utf8");
  if (bytes <= bytesMax) return;
  const detail =
    `wants at most ${bytesMax} bytes of UTF-8, got ${bytes}; ` +
    "pass tables and texts with the data, and use an allowed library for the rest";
  throw refusal("SOURCE_TOO_LARGE", detail);
}

function functionIn(parsed: Parsed): HookFunction {
  const { node } = parsed;
  const at = placeOfNode(node, parsed);
  const refused = (detail: string) => refusal("SIGNATURE_INVALID", detail, at);
  const hook = node.type === "MethodDefinition" ? methodValue(node, refused) : node;
  if (hook.type !== "FunctionExpression" && hook.type !== "ArrowFunctionExpression") {
    const got = NOT_FUNCTIONS.get(hook.type) ?? "something else";
    throw refused(`wants one function, got ${got}; pass a text such as \`(data) => data\``);
  }
  if (hook.generator) {
    const got = hook.async ? "an async generator" : "a generator";
    throw refused(`wants a function that returns its value, got ${got}; drop the \`*\``);
  }
  return hook;
}

/** What a text may hold in place of a function. */
const NOT_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ["ClassExpression", "a class"],
  ["ObjectExpression", "an object"],
  ["ArrayExpression", "a list"],
  ["Literal", "a plain value"],
  ["TemplateLiteral", "a plain text"],
  ["Identifier", "a name alone, and what it stands for does not travel"],
  ["CallExpression", "a call"],
  ["AssignmentExpression", "an assignment"],
  ["MemberExpression", "a property"],
]);

function methodValue(method: MethodDefinition, refused: (detail: string) => Refusal) {
  if (method.kind === "get" || method.kind === "set") {
    throw refused(`wants a function, got a ${method.kind}ter; write a plain method or function`);
  }
  if (method.computed) {
    throw refused("is a method with a computed name; write `function name(...) {...}` instead");
  }
  if (method.static) throw refused("is a static method; drop the word `static`");
  if (method.key.type === "PrivateIdentifier") {
    throw refused("is a private method; drop the `#` from its name");
  }
  return method.value;
}

/** A name of six characters, as long as the word `import`, so that columns hold. */
function unusedName(program: string, names: ReadonlySet<string>): string {
  for (let number = 0; ; number++) {
    const name = `$$${number.toString(36).padStart(4, "i")}`;
    if (!names.has(name) && !program.includes(name)) return name;
  }
}

function expressionOf(parsed: Parsed, { imports }: Findings, importName: string) {
  const { program, shift, node } = parsed;
  const [open, close] = node.type === "MethodDefinition" ? methodWrap(node, program) : ["(", ")"];
  const before = program.slice(shift, node.start).replace(/[^\n\r\u2028\u2029]/g, " ");
  const pieces: string[] = [];
  let end = node.start;
  for (const { start } of imports.toSorted((a, b) => a.start - b.start)) {
    pieces.push(program.slice(end, start), importName);
    end = start + importName.length;
  }
  pieces.push(program.slice(end, node.end));
  return { expression: open + before + pieces.join("") + close, columnShift: open.length };
}

function methodWrap({ key }: MethodDefinition, program: string): [open: string, close: string] {
  const name = program.slice(key.start, key.end);
  return ["({", key.type === "Identifier" ? `}).${name}` : `})[${name}]`];
}
