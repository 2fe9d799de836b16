/**
 * The text of a hook to one node of a syntax tree, whatever way the author wrote the function.
 *
 * A text is tried as an expression and as a member of a class (for methods), first as JavaScript,
 * then with its types taken out. Of several failures the one that got furthest is told. The text is
 * put behind a prefix that makes it strict; places are given without it.
 *
 * Not here: whether the function is one that we take (`source.ts`), what it uses (`names.ts`).
 *
 * @module
 */

import { parse } from "acorn";
import type { Expression, MethodDefinition, Node, Program } from "acorn";

import type { Refusal, SourcePlace } from "../../faults.ts";
import { lineShown, placeAt, placeOf, placeWithin, refusal, shown } from "./place.ts";

/** What came of an attempt: the JavaScript, or the reason and the offset where it stopped. */
export type Stripped =
  | { readonly code: string }
  | {
      readonly reason: string;
      readonly offset: number;
      /** There is a type here that cannot be taken out, which no other reading would mend. */
      readonly first?: boolean;
    }
  | { readonly reason: string; readonly untried: true };

/** Takes the types out of each of `programs`; `shifts` are the characters before the author's. */
export type StripTypes = (
  programs: readonly string[],
  shifts: readonly number[],
) => readonly Stripped[];

/** The text as it was understood. Offsets in the tree are offsets in `program`. */
export interface Parsed {
  readonly program: string;
  /** How many characters of `program` come before the author's first. */
  readonly shift: number;
  readonly form: "expression" | "method";
  /** The expression, or the method whose `value` is the function. */
  readonly node: Expression | MethodDefinition;
}

interface Form {
  readonly form: Parsed["form"];
  readonly before: string;
  readonly after: string;
}

const STRICT = '"use strict";';
const FORMS: readonly [expression: Form, method: Form] = [
  { form: "expression", before: `${STRICT}_= `, after: "" },
  { form: "method", before: `${STRICT}(class{ `, after: "\n})" },
];

/** Why an attempt failed, and at which offset of the author's text: the furthest one counts. */
interface Failure {
  readonly reason: string;
  readonly offset: number;
  /** A reason that is told before all others, however far they came. */
  readonly first?: boolean;
}

/**
 * Returns `text` as one expression or one method.
 *
 * @param text The author's text, without a byte order mark.
 * @param stripTypes Asked only when no reading of the text as JavaScript succeeds.
 * @returns The node and the program that it stands in, JavaScript also where the text has types.
 * @throws {Refusal} `SYNTAX_INVALID` with the place, when no reading of the text succeeds.
 */
export function parseHook(text: string, stripTypes: StripTypes): Parsed {
  if (blanksOf(text) === text.length)
    throw refusal("SYNTAX_INVALID", `is empty; ${PASS_ONE}`, START);
  const failures: Failure[] = [];
  for (const form of FORMS) {
    const parsed = attempt(text, form.before + text + form.after, form);
    if ("node" in parsed) return parsed;
    failures.push(parsed);
  }
  const hint = firstWordsHint(text);
  if (hint) throw hint;
  const programs = FORMS.map(({ before, after }) => before + text + after);
  const shifts = FORMS.map(({ before }) => before.length);
  for (const [index, stripped] of stripTypes(programs, shifts).entries()) {
    if ("untried" in stripped) throw untried(text, stripped.reason, furthest(failures));
    const form = FORMS[index] ?? FORMS[0];
    const parsed = "code" in stripped ? attempt(text, stripped.code, form) : stripped;
    if ("node" in parsed) return parsed;
    failures.push(parsed);
  }
  throw syntaxRefusal(text, furthest(failures));
}

const START: SourcePlace = { line: 1, column: 1 };
const PASS_ONE = "pass the text of one function, such as `(data) => data`";

/** One reading. A stack that overflows is no misreading: no other attempt could go better. */
function attempt(text: string, program: string, { form, before }: Form): Parsed | Failure {
  let reached = 0;
  try {
    const tree = parse(program, {
      ecmaVersion: "latest",
      locations: true,
      ranges: true,
      allowSuperOutsideMethod: true,
      onToken: ({ start }) => void (reached = start),
    });
    const { length: shift } = before;
    const node = form === "expression" ? expressionIn(tree) : methodIn(tree);
    return "reason" in node ? node : { program, shift, form, node };
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep(placeAt(text, reached - before.length));
    const { pos, message } = (error ?? {}) as { pos?: unknown; message?: unknown };
    if (!(error instanceof SyntaxError) || typeof pos !== "number") throw error;
    const offset = Math.min(Math.max(0, pos - before.length), text.length);
    return { reason: String(message).replace(/ \(\d+:\d+\)$/, ""), offset };
  }
}

/** Returns the refusal of a text whose tree is too deep, at the place where that was seen. */
export function tooDeep(at: SourcePlace): Refusal {
  const detail = "is nested too deeply; split the expression up, or pass the values with the data";
  return refusal("SYNTAX_INVALID", detail, at);
}

function expressionIn(tree: Program): Expression | Failure {
  const [, first, ...others] = tree.body;
  const other = others.find((each) => each.type !== "EmptyStatement");
  if (other) return several(other.start, FORMS[0]);
  const assignment = first?.type === "ExpressionStatement" ? first.expression : undefined;
  if (assignment?.type === "AssignmentExpression") return assignment.right;
  const second = assignment?.type === "SequenceExpression" ? assignment.expressions[1] : first;
  return several(second?.start ?? 0, FORMS[0]);
}

function methodIn(tree: Program): MethodDefinition | Failure {
  const [, first, ...others] = tree.body;
  if (others[0]) return several(others[0].start, FORMS[1]);
  const wrapper = first?.type === "ExpressionStatement" ? first.expression : undefined;
  if (wrapper?.type !== "ClassExpression") return several(first?.start ?? 0, FORMS[1]);
  const [member, second] = wrapper.body.body;
  if (second) return several(second.start, FORMS[1]);
  if (member?.type === "MethodDefinition") return member;
  return { reason: `is no function; ${PASS_ONE}`, offset: 0 };
}

function several(start: number, { before }: Form): Failure {
  const reason = "holds more than one function or statement; put helpers inside the one function";
  return { reason, offset: Math.max(0, start - before.length), first: true };
}

function furthest(failures: readonly Failure[]): Failure {
  const rank = ({ first, offset }: Failure) => (first ? Infinity : offset);
  return failures.reduce((best, each) => (rank(each) > rank(best) ? each : best));
}

/** The text may be TypeScript or faulty JavaScript, and nobody can tell: so both are told. */
function untried(text: string, reason: string, plain: Failure): Refusal {
  const at = placeAt(text, plain.offset);
  return refusal("SYNTAX_INVALID", `${reason}; as JavaScript it stops here: ${plain.reason}`, at);
}

function syntaxRefusal(text: string, { reason, offset }: Failure): Refusal {
  const at = placeWithin(text, placeAt(text, offset));
  const rest = text.slice(offset);
  const atEnd =
    rest.trim() === "" && /^(?:Unexpected|Expected|Expression|Unterminated)/.test(reason);
  const row = atEnd ? ENDS_EARLY : REASONS.find(([pattern]) => pattern.test(reason));
  const said = row ? reason.replace(row[0], row[1]) : `does not parse: ${reason}`;
  const awaits = /\bawait\s*$/.test(text.slice(Math.max(0, offset - 20), offset));
  const detail = awaits
    ? "uses `await` in a function that is not async; write `async` before it"
    : said.replace("TOKEN", () => tokenShown(rest));
  return refusal("SYNTAX_INVALID", detail + lineShown(text, at), at);
}

function tokenShown(rest: string): string {
  return shown(/^(?:[\w$]+|[^])/u.exec(rest)?.[0] ?? "");
}

const USE_REQUIRE = 'write `const x = require("y")` or `await import("y")` inside the function';

const ENDS_EARLY = [/^.*$/, "ends too early: a bracket, a quote or an operand is missing"] as const;

/** What acorn or the stripper says, and how we say it to the author of a hook. */
const REASONS: readonly (readonly [reason: RegExp, said: string])[] = [
  [/^(?:holds|is no).*$/, "$&"],
  [
    /^TypeScript (.+) is not supported.*$/,
    "has a TypeScript $1, which is no mere type and cannot be taken out; write it as JavaScript",
  ],
  [
    /^The angle-bracket syntax.*$/,
    "has a TypeScript assertion `<T>value`, which cannot be taken out; write `value as T`",
  ],
  [/^Unexpected token$/, "does not parse: TOKEN does not belong here"],
  [/^.*import\.meta.*$/, "uses `import.meta`, which is not there: a hook is no module"],
  [/^.*'?import'?,? and '?export'? .*$/, `has a static \`import\` or \`export\`; ${USE_REQUIRE}`],
];

/** What the first words tell about a text that is no function, whatever comes behind them. */
const FIRST_WORDS: readonly (readonly [words: RegExp, detail: string])[] = [
  [
    /^export\s+default\b/,
    "begins with `export default`; drop these two words and pass the function alone",
  ],
  [/^export\b/, "begins with `export`; drop it and pass the function alone"],
  [/^import\s*["'{*\w$]/, `has a static \`import\` before the function; ${USE_REQUIRE}`],
  [
    /^(?:const|let|var)\s+[\w$]+/,
    "is a declaration of a variable; pass the function alone, without `const name =`",
  ],
  [
    /^[^(]*\([^)]*\)\s*\{\s*\[native code\]\s*\}/,
    "is a bound or built-in function, which has no text; pass the original function",
  ],
  [/^(?:interface|type|enum|namespace|abstract|declare)\s+[\w$]+/, `is no function; ${PASS_ONE}`],
];

function firstWordsHint(text: string): Refusal | undefined {
  const blanks = blanksOf(text);
  const words = text.slice(blanks, blanks + 200);
  const row = FIRST_WORDS.find(([pattern]) => pattern.test(words));
  return row && refusal("SYNTAX_INVALID", row[1], placeAt(text, blanks));
}

/** How many characters of blanks and comments `text` begins with. */
function blanksOf(text: string): number {
  const blanks = /^(?:\s+|\/\/[^\n\r\u2028\u2029]*|\/\*[^]*?\*\/)*/;
  return blanks.exec(text)?.[0].length ?? 0;
}

/** Returns where `node` begins in the author's text. */
export function placeOfNode(node: Node, { shift }: Pick<Parsed, "shift">): SourcePlace {
  return placeOf(node.loc?.start ?? { line: 1, column: shift }, shift);
}
