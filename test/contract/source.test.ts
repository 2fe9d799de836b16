/**
 * Goal: every way to write a hook is read, and every other text is refused where the author looks.
 *
 * Method: rows. A row is a text and what comes of it: `[code, line, column, part of the detail]`
 * for a refusal, or the fields to be found in the result. Places are counted by hand.
 */

import fc from "fast-check";
import { expect, test } from "vitest";

import { HOOK_GLOBALS, TOOL_HELPERS } from "../../src/contract/source/globals.ts";
import type { LibraryEntry } from "../../src/contract/library.ts";
import { readHook } from "../../src/contract/source/source.ts";
import { stripTypes } from "../../src/pool/strip-types.ts";
import type { HookSource } from "../../src/contract/source/source.ts";
import { Refusal } from "../../src/faults.ts";

const KIB = 1024;
const LIBRARIES: readonly LibraryEntry[] = [
  libraryOf("numjs", ["numpy", "@scope/numbers"]),
  libraryOf("jimp", ["pillow", "PIL"]),
];

function libraryOf(name: string, aliases: readonly string[]): LibraryEntry {
  const about = { name, aliases, standsIn: "", notes: "", version: "1.2.3", licence: "MIT" };
  const load = { evaluateMs: 1, wakeMs: 1, heapMiB: 1 };
  return { ...about, packages: {}, bytes: 1, integrity: "", load };
}

function read(text: string, kind: HookSource["kind"] = "pre"): HookSource {
  return readHook(text, { kind, libraries: LIBRARIES, sourceBytesMax: 256 * KIB, stripTypes });
}

function refusalOf(text: string, kind?: HookSource["kind"]): Refusal {
  try {
    read(text, kind);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error(`no refusal of ${text.slice(0, 200)}`);
}

type Accepted = readonly [name: string, text: string, fields: Partial<HookSource>];
type Refused = readonly [
  name: string,
  text: string,
  fault: readonly [code: Refusal["code"], line: number, column: number, detail: string],
  kind?: HookSource["kind"],
];

const ONE = { parameters: 1, async: false, importName: "", libraries: [] };

const FORMS: readonly Accepted[] = [
  ["an arrow", "a => a", { ...ONE, expression: "(a => a)", columnShift: 1 }],
  ["an async arrow", "async (a) => await a", { parameters: 1, async: true }],
  ["an anonymous function", "function (a) { return a }", ONE],
  ["a declaration", "function hook(a, b) { return a }", { parameters: 2 }],
  ["an async function", "async function f(a) {}", { async: true }],
  [
    "a method",
    "foo(a, b) { return a }",
    { parameters: 2, expression: "({foo(a, b) { return a }}).foo", columnShift: 2 },
  ],
  ["an async method", "async foo(a) {}", { async: true, expression: "({async foo(a) {}}).foo" }],
  ["a method with a quoted name", '"x y"(a) {}', { expression: '({"x y"(a) {}})["x y"]' }],
  ["a method with a numeric name", "12(a) {}", { expression: "({12(a) {}})[12]" }],
  ["a method named get", "get(a) {}", { expression: "({get(a) {}}).get" }],
  ["a method named set", "set(a) {}", ONE],
  ["a method named static", "static(a) {}", { expression: "({static(a) {}}).static" }],
  ["a method named async", "async(a) {}", { async: false }],
  ["an async method named async", "async async(a) {}", { async: true }],
  ["a method named constructor", "constructor(a) { return a }", ONE],
  ["a method named __proto__", "__proto__(a) { return a }", ONE],
  ["a method named function", "function(a) { return a }", { columnShift: 1 }],
  ["a method named import", "import(a) { return a }", { importName: "", columnShift: 2 }],
  ["semicolons behind", "a => a;;  ", { expression: "(a => a)" }],
  ["semicolons behind a method", "foo(a) {};", { expression: "({foo(a) {}}).foo" }],
  ["one pair of parentheses", "(a => a)", { expression: "( a => a)" }],
  ["parentheses and semicolon", " (function (a) {}) ; ", { expression: "(  function (a) {})" }],
  ["comments around", "/* é */ // x\na => a // y", { expression: "(            \na => a)" }],
  ["a byte order mark", "\uFEFFa => a", { expression: "(a => a)" }],
  ["an HTML comment", "<!-- x\na => a", { expression: "(      \na => a)" }],
  ["CRLF before", "\r\n\r\na => a", { expression: "(\r\n\r\na => a)" }],
  ["defaults that use parameters", "(a, b = a) => b", { parameters: 2 }],
  ["destructuring", "({ a, b: [c] = [] }, [d, ...e]) => [a, c, d, e]", { parameters: 2 }],
  ["catch parameters", "a => { try { a() } catch ({ message }) { return message } }", ONE],
  ["a catch without one", "a => { try { a() } catch { return 1 } }", ONE],
  ["labels", "a => { out: for (;;) { break out } }", ONE],
  ["hoisting of var", "a => { x = a; var x; return x }", ONE],
  ["hoisting of functions", "a => { return f(a); function f(b) { return b } }", ONE],
  ["its own name", "function f(a) { return a ? f(a - 1) : 0 }", ONE],
  ["class fields", "a => { class A { #x = this; static y = this.z; static { this.q = 1 } } }", ONE],
  ["this of a nested function", "a => function () { return this }", ONE],
  ["this of a nested method", "a => ({ m() { return this }, get g() { return this } })", ONE],
  ["super of a nested method", "a => ({ m() { return super.x } })", ONE],
  ["super of a class", "a => class extends Array { constructor() { super() } }", ONE],
  ["arguments", "function f(a) { return arguments[0] }", ONE],
  ["new.target", "function f(a) { return new.target }", ONE],
  ["globalThis", "a => globalThis.foo", ONE],
  ["a name asked with typeof", "a => typeof fetch === 'function' ? fetch : 1", ONE],
  ["__name of esbuild", 'a => { const f = __name(() => 1, "f"); return f }', ONE],
  ["unicode names", "(größe) => größe + \\u0067röße", ONE],
  ["direct eval beside locals", "a => { const x = 1; eval('x'); return x }", ONE],
  ["using", "async a => { await using b = a; using c = a; return c }", { async: true }],
  ["for await", "async a => { for await (const x of a) return x }", { async: true }],
  ["no return at all", "a => { throw a }", ONE],
  ["require", "a => require('numjs')", { libraries: ["numjs"] }],
  ["require by alias", "a => require('numpy')", { libraries: ["numjs"] }],
  ["require with its version", "a => require('numjs@1.2')", { libraries: ["numjs"] }],
  ["require with a range", "a => require('@scope/numbers@^1.2.0')", { libraries: ["numjs"] }],
  ["import with the exact version", "a => import('numpy@1.2.3')", { libraries: ["numjs"] }],
  ["require with a template", "a => require(`PIL`)", { libraries: ["jimp"] }],
  ["require, escaped", 'a => \\u0072equire("numjs")', { libraries: ["numjs"] }],
  ["require with an escaped name", 'a => require("num\\x6as")', { libraries: ["numjs"] }],
  ["require?.()", 'a => require?.("numjs")', { libraries: ["numjs"] }],
  ["two of one library", "a => [require('numpy'), require('numjs')]", { libraries: ["numjs"] }],
  [
    "libraries, sorted",
    "a => [require('numjs'), require('jimp')]",
    { libraries: ["jimp", "numjs"] },
  ],
  ["require given away", "a => { const r = require; return r }", { libraries: [] }],
  ["a require of its own", "a => { const require = (x) => x; return require('fs') }", ONE],
  ["require as a parameter", "(a, require) => require('fs')", { libraries: [] }],
  ["require of an object", "a => a.require('fs')", ONE],
  ["import() in a string", "a => 'import(1)'", ONE],
  [
    "import()",
    "async a => await import('numpy')",
    {
      importName: "$$iii0",
      expression: "(async a => await $$iii0('numpy'))",
      libraries: ["numjs"],
    },
  ],
  [
    "two import()",
    "a => [import('numjs'), import (`jimp`)]",
    { expression: "(a => [$$iii0('numjs'), $$iii0 (`jimp`)])" },
  ],
  ["import() beside its new name", "a => [import('numjs'), '$$iii0']", { importName: "$$iii1" }],
  [
    "import() beside its new name, escaped",
    "($$\\u0069ii0) => import('numjs')",
    { importName: "$$iii1" },
  ],
  ["types", "(a: number): number => a", { expression: "((a        )         => a)" }],
  ["types of a method", "foo(a: string) { return a as any }", { columnShift: 2 }],
  ["modifiers of a method", "public async foo(a: string) { return a! }", { async: true }],
  ["type parameters", "<T,>(a: T) => a", ONE],
  ["a this parameter", "function (this: Window, a: number) { return a }", ONE],
  ["optional parameters", "(a?: number, b?: Map<string, Array<number>>) => a", { parameters: 2 }],
  ["import type inside types", "(a: import('x').Y) => a", { importName: "" }],
  ["satisfies", "(a) => ({ a } satisfies object)", ONE],
  ["types beside import()", "async (a: any) => import('numjs')", { libraries: ["numjs"] }],
  ["types with divisions", "(a: any) => (a) / 2 + a / 3 + `${a / 4}`.length / 5", ONE],
  ["types with regular expressions", "(a: any) => [/[\"'`/]/, /x/g.test(a) ? /[(]/ : 1]", ONE],
];

for (const [name, text, fields] of FORMS) {
  test(`readHook() takes ${name}`, () => {
    const source = read(text);
    expect(source).toMatchObject(fields);
    expect(source.columnShift).toBeGreaterThan(0);
    const value: unknown = new Function(`"use strict"; return ${source.expression}`)();
    expect(typeof value).toBe("function");
  });
}

const SHAPES: readonly Refused[] = [
  ["nothing", "", ["SYNTAX_INVALID", 1, 1, "is empty"]],
  ["a comment", "  // x\n", ["SYNTAX_INVALID", 1, 1, "is empty"]],
  ["a generator", "function* (a) {}", ["SIGNATURE_INVALID", 1, 1, "got a generator"]],
  ["an async generator", " async function* (a) {}", ["SIGNATURE_INVALID", 1, 2, "async generator"]],
  ["a generator method", "*foo(a) {}", ["SIGNATURE_INVALID", 1, 1, "got a generator"]],
  ["a class", "class A {}", ["SIGNATURE_INVALID", 1, 1, "got a class"]],
  ["a getter", "\nget x() { return 1 }", ["SIGNATURE_INVALID", 2, 1, "got a getter"]],
  ["a setter", "set x(a) {}", ["SIGNATURE_INVALID", 1, 1, "got a setter"]],
  ["a computed name", "[Symbol.iterator](a) {}", ["SIGNATURE_INVALID", 1, 1, "computed name"]],
  ["a static method", "static foo(a) {}", ["SIGNATURE_INVALID", 1, 1, "drop the word `static`"]],
  ["a private method", "#foo(a) {}", ["SIGNATURE_INVALID", 1, 1, "private method"]],
  ["an object", "({ a() {} })", ["SIGNATURE_INVALID", 1, 2, "got an object"]],
  ["a number", "42", ["SIGNATURE_INVALID", 1, 1, "got a plain value"]],
  ["a name", "hook", ["SIGNATURE_INVALID", 1, 1, "got a name alone"]],
  ["a call", "make(a => a)", ["SIGNATURE_INVALID", 1, 1, "got a call"]],
  ["a list", "[a => a]", ["SIGNATURE_INVALID", 1, 1, "got a list"]],
  [
    "a bound function",
    String(((a: number) => a).bind(null)),
    ["SYNTAX_INVALID", 1, 1, "bound or built-in function"],
  ],
  ["a built-in function", String(Math.max), ["SYNTAX_INVALID", 1, 1, "pass the original function"]],
  [
    "an export",
    "/* x */ export default function (a) {}",
    ["SYNTAX_INVALID", 1, 9, "drop these two words"],
  ],
  ["a named export", "export const f = a => a", ["SYNTAX_INVALID", 1, 1, "begins with `export`"]],
  ["a variable", "const f = a => a", ["SYNTAX_INVALID", 1, 1, "without `const name =`"]],
  ["an assignment", "f = a => a", ["SIGNATURE_INVALID", 1, 1, "got an assignment"]],
  ["two statements", "a => a; b => b", ["SYNTAX_INVALID", 1, 9, "more than one function"]],
  [
    "two functions",
    "function a(b) {}\nfunction c(d) {}",
    ["SYNTAX_INVALID", 2, 1, "more than one"],
  ],
  ["two methods", "a(b) {}\n  c(d) {}", ["SYNTAX_INVALID", 2, 3, "more than one"]],
  ["a sequence", "1, a => a", ["SYNTAX_INVALID", 1, 4, "more than one"]],
  ["a way out of a method", "f(a) {}}); x(); (class { g(b) {}", ["SYNTAX_INVALID", 1, 12, "more"]],
  ["a way out of parentheses", "a => a) + (b => b", ["SYNTAX_INVALID", 1, 7, "`)`"]],
  ["a headless arrow", "=> a", ["SYNTAX_INVALID", 1, 1, "does not parse"]],
  ["a headless equals", "= a => a", ["SYNTAX_INVALID", 1, 1, "does not parse"]],
];

const SYNTAX: readonly Refused[] = [
  [
    "a missing operand",
    "a => {\n  return a +;\n}",
    ["SYNTAX_INVALID", 2, 13, "`;` does not belong"],
  ],
  ["a missing brace", "a => {\n  return a", ["SYNTAX_INVALID", 2, 11, "ends too early"]],
  ["a brace too many", "a => {}}", ["SYNTAX_INVALID", 1, 8, "`}` does not belong here"]],
  ["a string without end", "a =>\n 'abc", ["SYNTAX_INVALID", 2, 2, "Unterminated string"]],
  ["a template without end", "a => `", ["SYNTAX_INVALID", 1, 7, "ends too early"]],
  ["await outside async", "a => { await a }", ["SYNTAX_INVALID", 1, 14, "write `async` before it"]],
  ["with", "a => { with (a) {} }", ["SYNTAX_INVALID", 1, 8, "strict mode"]],
  ["an octal number", "a => 010", ["SYNTAX_INVALID", 1, 6, "does not parse"]],
  ["delete of a name", "a => { delete a }", ["SYNTAX_INVALID", 1, 8, "does not parse"]],
  ["parameters of one name", "(a, a) => 1", ["SYNTAX_INVALID", 1, 5, "name clash"]],
  ["eval as a name", "(eval) => 1", ["SYNTAX_INVALID", 1, 2, "eval"]],
  ["a static import inside", "a => { import x from 'y' }", ["SYNTAX_INVALID", 1, 8, "require("]],
  ["a static import before", "import x from 'y'; a => x", ["SYNTAX_INVALID", 1, 1, "require("]],
  ["import.meta", "a =>\n  import.meta.url", ["SYNTAX_INVALID", 2, 3, "a hook is no module"]],
  ["new.target of an arrow", "a => new.target", ["SYNTAX_INVALID", 1, 6, "new.target"]],
  ["an enum", "(a: number) => {\n enum X { A }\n}", ["SYNTAX_INVALID", 2, 2, "TypeScript enum"]],
  ["an assertion", "a => { return <any>a }", ["SYNTAX_INVALID", 1, 15, "`value as T`"]],
  ["a fault in TypeScript", "(a: number) => {\n  return a +;\n}", ["SYNTAX_INVALID", 2, 13, ""]],
  ["a fault in the column of a method", "foo(a) { return a + }", ["SYNTAX_INVALID", 1, 21, "`}`"]],
  ["a fault behind CRLF", "a => {\r\n  ]\r\n}", ["SYNTAX_INVALID", 2, 3, "`]` does not belong"]],
];

const PRE = "pre(data, files)";
const POST = "post(result, inputData, files)";
const SIGNATURES: readonly Refused[] = [
  ["no parameter", "() => 1", ["SIGNATURE_INVALID", 1, 1, PRE]],
  ["no parameter of a post", "\n () => 1", ["SIGNATURE_INVALID", 2, 2, POST], "post"],
  ["three parameters", "(a, b, c) => 1", ["SIGNATURE_INVALID", 1, 8, "got 3"]],
  ["a third with default", "(a, b,\n  c = 1) => 1", ["SIGNATURE_INVALID", 2, 3, PRE]],
  ["four parameters", "(a, b, c, { d }) => 1", ["SIGNATURE_INVALID", 1, 11, "got 4"], "post"],
  ["a rest parameter", "(a, ...b) => 1", ["SIGNATURE_INVALID", 1, 5, "rest parameter"]],
  ["nothing but this", "function (this: X) {}", ["SIGNATURE_INVALID", 1, 1, "got none"]],
];

const FREE: readonly Refused[] = [
  ["an outer variable", "a =>\n  a * factor", ["NAME_UNDEFINED", 2, 7, "does not travel with"]],
  [
    "several, the first told",
    "a => [x, y, x, z]",
    ["NAME_UNDEFINED", 1, 7, "there either: `y`, `z`"],
  ],
  ["many names", "a => [a1,b1,c1,d1,e1,f1,g1,h1]", ["NAME_UNDEFINED", 1, 7, "`f1` and 2 more"]],
  ["an assignment", "a => { total = a }", ["NAME_UNDEFINED", 1, 8, "`total` is not defined"]],
  ["a name in a default", "(a, b = c) => 1", ["NAME_UNDEFINED", 1, 9, "`c`"]],
  ["a body's var in a default", "(a, b = c) => { var c }", ["NAME_UNDEFINED", 1, 9, "`c`"]],
  ["a name in a computed key", "a => ({ [k]: 1 })", ["NAME_UNDEFINED", 1, 10, "`k`"]],
  ["a name out of its block", "a => { { let x = 1 } return x }", ["NAME_UNDEFINED", 1, 29, "`x`"]],
  ["a method's own name", "foo(a) { return foo }", ["NAME_UNDEFINED", 1, 17, "`foo`"]],
  ["a shorthand property", "a => ({ a, size })", ["NAME_UNDEFINED", 1, 12, "`size`"]],
  ["an escaped name", "a => \\u0066oo", ["NAME_UNDEFINED", 1, 6, "`foo`"]],
  ["a name behind an emoji", "a => '😀' + x", ["NAME_UNDEFINED", 1, 13, "`x`"]],
  ["a name behind types", "(a: string) => x", ["NAME_UNDEFINED", 1, 16, "`x`"]],
  ["Buffer", "a => Buffer.from(a)", ["NAME_UNDEFINED", 1, 6, "use `Uint8Array`"]],
  ["process", "a => process.env", ["NAME_UNDEFINED", 1, 6, "no environment"]],
  ["setTimeout", "a => setTimeout(a)", ["NAME_UNDEFINED", 1, 6, "no timers"]],
  ["fetch", "async a => await fetch(a)", ["NAME_UNDEFINED", 1, 18, "no network"]],
  ["fs", "a => fs.readFileSync(a)", ["NAME_UNDEFINED", 1, 6, "`files`"]],
  ["window", "a => window.x", ["NAME_UNDEFINED", 1, 6, "no browser"]],
  ["module", "a => module.exports", ["NAME_UNDEFINED", 1, 6, "no module"]],
  ["__dirname", "a => __dirname", ["NAME_UNDEFINED", 1, 6, "no module"]],
  ["WebAssembly", "a => WebAssembly", ["NAME_UNDEFINED", 1, 6, "taken away"]],
  ["np", "a => np.array(a)", ["NAME_UNDEFINED", 1, 6, 'const np = require("numjs")']],
  ["Jimp", "a => Jimp.read(a)", ["NAME_UNDEFINED", 1, 6, 'const Jimp = require("jimp")']],
  ["an alias", "a => Pillow(a)", ["NAME_UNDEFINED", 1, 6, 'require("jimp")']],
  ["vite's import", "a => __vite_ssr_import_0__.x", ["NAME_UNDEFINED", 1, 6, "test tool"]],
  ["vite's import()", "a => __vite_ssr_dynamic_import__(a)", ["NAME_UNDEFINED", 1, 6, "tool"]],
  [
    "a coverage counter",
    "a => { cov_1a().s[0]++ }",
    ["NAME_UNDEFINED", 1, 8, "build or test tool"],
  ],
  ["esbuild's interop", "a => __toESM(a)", ["NAME_UNDEFINED", 1, 6, "as it was written"]],
  ["this", "a => this.x", ["NAME_UNDEFINED", 1, 6, "object that the function belonged to"]],
  ["this of a nested arrow", "foo(a) { return () => this }", ["NAME_UNDEFINED", 1, 23, "`this`"]],
  ["this in a computed key", "a => ({ [this.k]() {} })", ["NAME_UNDEFINED", 1, 10, "`this`"]],
  ["this in extends", "a => class extends this.B {}", ["NAME_UNDEFINED", 1, 20, "`this`"]],
  ["super", "foo(a) { return super.foo(a) }", ["NAME_UNDEFINED", 1, 17, "`super` is not there"]],
  ["arguments of an arrow", "a => arguments[1]", ["NAME_UNDEFINED", 1, 6, "an arrow function"]],
];

const ALLOWED = "allowed are numjs (or numpy, @scope/numbers), jimp (or pillow, PIL)";
const ASKED: readonly Refused[] = [
  ["an unknown name", "a => require('left-pad')", ["LIBRARY_REFUSED", 1, 14, ALLOWED]],
  ["fs", "a => {\n  require('fs') }", ["LIBRARY_REFUSED", 2, 11, "modules of Node"]],
  ["node:fs", "a => require('node:fs')", ["LIBRARY_REFUSED", 1, 14, "modules of Node"]],
  ["net, escaped", "a => \\u0072equire('net')", ["LIBRARY_REFUSED", 1, 19, "modules of Node"]],
  ["a URL", "a => import('https://x.y/z')", ["LIBRARY_REFUSED", 1, 13, "an address"]],
  ["a data URL", "a => import('data:text/javascript,1')", ["LIBRARY_REFUSED", 1, 13, "an address"]],
  ["a path", "a => require('./x')", ["LIBRARY_REFUSED", 1, 14, "it is a path"]],
  ["an absolute path", "a => require('/etc/passwd')", ["LIBRARY_REFUSED", 1, 14, "it is a path"]],
  [
    "another version",
    "a => require('numjs@1.3')",
    [
      "LIBRARY_REFUSED",
      1,
      14,
      "asks for a version that is not here: numjs is here as 1.2.3; ask for `numjs` or `numjs@1.2`",
    ],
  ],
  [
    "another version of an alias",
    "a => import('@scope/numbers@^2')",
    ["LIBRARY_REFUSED", 1, 13, "@scope/numbers, which is numjs, is here as 1.2.3"],
  ],
  [
    "a version that is none",
    "a => require('numjs@one')",
    ["LIBRARY_REFUSED", 1, 14, "a version that is none"],
  ],
  [
    "an unknown name with a version",
    "a => require('nunjs@1')",
    ["LIBRARY_REFUSED", 1, 14, "did you mean `numjs`?"],
  ],
  ["a version alone", "a => require('@1.0.0')", ["LIBRARY_REFUSED", 1, 14, "not allowed"]],
  ["a subpath", "a => require('numjs/x')", ["LIBRARY_REFUSED", 1, 14, "ask for `numjs`"]],
  ["a space", "a => require('numjs ')", ["LIBRARY_REFUSED", 1, 14, "did you mean `numjs`?"]],
  ["another case", "a => require('Numjs')", ["LIBRARY_REFUSED", 1, 14, "did you mean `numjs`?"]],
  ["a slip", "a => import(`nunjs`)", ["LIBRARY_REFUSED", 1, 13, "did you mean `numjs`?"]],
  ["__proto__", "a => require('__proto__')", ["LIBRARY_REFUSED", 1, 14, "not allowed"]],
  ["an empty name", "a => require('')", ["LIBRARY_REFUSED", 1, 14, "not allowed"]],
  ["a computed name", "a => require('num' + 'js')", ["LIBRARY_REFUSED", 1, 14, "a literal name"]],
  ["a template with parts", "a => require(`${a}`)", ["LIBRARY_REFUSED", 1, 14, "a literal name"]],
  ["no name", "a => require()", ["LIBRARY_REFUSED", 1, 6, "a literal name"]],
  ["a spread", "a => require(...a)", ["LIBRARY_REFUSED", 1, 14, "a literal name"]],
  ["a computed import()", "a => import(a)", ["LIBRARY_REFUSED", 1, 13, "a literal name"]],
  ["attributes", "a => import('numjs', {})", ["LIBRARY_REFUSED", 1, 22, "and nothing else"]],
];

for (const [name, text, [code, line, column, detail], kind] of [
  ...SHAPES,
  ...SYNTAX,
  ...SIGNATURES,
  ...FREE,
  ...ASKED,
]) {
  test(`readHook() refuses ${name} with ${code}: ${JSON.stringify(text).slice(0, 60)}`, () => {
    const fault = refusalOf(text, kind);
    expect(fault).toMatchObject({ code, path: "source", at: { line, column } });
    expect(fault.detail).toContain(detail);
    expect(fault.detail.length).toBeLessThanOrEqual(300);
  });
}

test("readHook() takes three parameters of a post", () => {
  expect(read("(a, { b }, c = 1) => 1", "post").parameters).toBe(3);
});

test("readHook() counts bytes of UTF-8, and takes a text at the limit", () => {
  const options = { kind: "pre", libraries: [], sourceBytesMax: 10, stripTypes } as const;
  expect(readHook("a => 'é' ", options).parameters).toBe(1);
  const over = () => readHook("a => 'éé' ", options);
  expect(over).toThrow(expect.objectContaining({ code: "SOURCE_TOO_LARGE" }));
  expect(over).toThrow(/at most 10 bytes of UTF-8, got 12/);
});

test("readHook() shows the line, with a caret under the place", () => {
  const { detail } = refusalOf("a => {\n\treturn a +;\n}");
  expect(detail.split("\n").slice(1)).toEqual(["\treturn a +;", "\t          ^"]);
});

test("readHook() does not print the warning of Node's stripper, and leaves emitWarning be", () => {
  const { emitWarning } = process;
  read("(a: number) => a");
  expect(process.emitWarning).toBe(emitWarning);
});

test("HOOK_GLOBALS has what the guest adds and lacks what it removes", () => {
  for (const name of ["require", "Tensor", "structuredClone", "Float16Array", "undefined"]) {
    expect(HOOK_GLOBALS).toContain(name);
  }
  for (const name of ["WebAssembly", "SharedArrayBuffer", "Atomics", "WeakRef", "process"]) {
    expect(HOOK_GLOBALS).not.toContain(name);
  }
  expect(new Set(HOOK_GLOBALS).size).toBe(HOOK_GLOBALS.length);
  expect(TOOL_HELPERS).toEqual(["__name"]);
});

/** Blanks and comments in any number, none of them with the name that is looked for. */
const padding = fc
  .array(
    fc.constantFrom(
      " ",
      "\t",
      "\n",
      "\r\n",
      "\u2028",
      "\u00A0",
      "/* é */",
      "/*\n*/",
      "// 😀\n",
      ";\n",
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(""));

test("readHook() gives the place of a free name, whatever stands before it", () => {
  const types = fc.constantFrom("a", "a: string", "{ b, c: [d] }", "a = 1");
  fc.assert(
    fc.property(padding, types, (blanks, parameter) => {
      const before = `(${parameter}) => {${blanks}`;
      const lines = before.split(/\r\n|[\n\u2028]/);
      const at = { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
      expect(refusalOf(`${before}missing }`)).toMatchObject({ code: "NAME_UNDEFINED", at });
    }),
  );
});
