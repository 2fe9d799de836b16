/**
 * Bodies of hooks by a grammar: each is legal JavaScript that nobody would write, run in the real
 * runtime. It ends with a value of the contract or a typed fault, and the next hook is right.
 *
 * @module
 */

import type { Chance } from "../../benchmarks/soak/random.ts";
import { FAULTS, HookError, type PreHook, type Runtime } from "../../src/index.ts";
import { encode } from "../wire/bytes.ts";

const WALL_MS = 120;

/** Statements that do harm, or try; `E` is an expression, `S` a statement, `N` a number. */
const STATEMENTS: readonly string[] = [
  "let V = E; V = [V, E];",
  "for (let i = 0; i < N; i++) { S }",
  "for (;;) { S break; }",
  "while (E) { S }",
  "try { S } catch (e) { S } finally { S }",
  "try { throw E } catch { S }",
  "throw E;",
  "Object.prototype.K = E;",
  "Array.prototype.M = function () { S return E };",
  "Object.defineProperty(Object.prototype, 'K', { get() { S return E }, configurable: true });",
  "Promise.prototype.then = function (f) { f(E) };",
  "Symbol.prototype[Symbol.toPrimitive] = () => E;",
  "Error.prepareStackTrace = (error, frames) => E;",
  "JSON.stringify = () => E;",
  "globalThis.K = E;",
  "delete globalThis.G;",
  "globalThis.G = E;",
  "Promise.reject(E);",
  "Promise.resolve(E).then(() => { S });",
  "queue.push(E); if (queue.length > N) queue.length = 0;",
  "console.log(E, E);",
  "console.error('x'.repeat(N));",
  "Object.freeze(globalThis.G?.prototype ?? {});",
  "Reflect.setPrototypeOf(queue, new Proxy([], HANDLER));",
  "Function('return this')().K = E;",
];
const EXPRESSIONS: readonly string[] = [
  ...["null", "undefined", "true", "d", "queue", "N", "-N", "1 / 0", "NaN", "'t'", "'\\ud800'"],
  ...["[E, E]", "({ K: E, [E]: E })", "{ K: E }", "E + E", "E == E", "typeof E", "`${E}`"],
  ...[
    "(() => { S return E })()",
    "function () { return E }",
    "class { static K = E }",
    "Symbol('s')",
  ],
  ...["new Proxy(E ?? {}, HANDLER)", "new Proxy(() => E, HANDLER)", "Object(E)", "new Date(N)"],
  ...[
    "new Uint8Array(N)",
    "new Float64Array([E])",
    "new ArrayBuffer(N)",
    "new Uint8Array(N * 1e4)",
  ],
  ...["new Tensor('float32', [2], [1, 2])", "new Tensor(E, E, E)", "Tensor.from(E)"],
  ...["new Map([[E, E]])", "new Set([E])", "new Error(E)", "new Promise(() => {})"],
  ...["Promise.resolve(E)", "({ then(f) { S f(E) } })", "({ get K() { S return E } })"],
  ...[
    "({ toJSON() { S return E } })",
    "({ toString() { S return E } })",
    "/^(a+)+$/.test('a'.repeat(N))",
  ],
  ...[
    "/(.*)*x/.exec('y'.repeat(25))",
    "'x'.repeat(N * 1e3)",
    "Array(N * 1e3).fill(E)",
    "2n ** BigInt(N)",
  ],
  ...["(2n ** 9000000n) ** 9n", "Array.from({ length: N })", "structuredClone?.(E)", "eval('E')"],
  ...[
    "require('numjs').array([1, 2, N])",
    "require('numjs').arange(N).tolist()",
    "require('lodash').K",
  ],
  ...["require('fs')", "arguments", "this", "globalThis", "globalThis.G", "d?.K", "queue.M?.(E)"],
  ...["[].concat(E, E)", "Object.entries(E ?? {})", "JSON.parse('[' + 'N,' + 'N]')", "(S_LOOP)"],
];
const WORDS: Readonly<Record<string, readonly string[]>> = {
  K: ["a", "then", "length", "constructor", "toJSON", "code", "path", "0", "get", "value", "dtype"],
  M: ["map", "push", "indexOf", "join", "slice", "sort", "concat", "at"],
  G: ["Object", "Array", "Promise", "Uint8Array", "Tensor", "Map", "Error", "Proxy", "Reflect"],
  N: ["0", "1", "3", "31", "255", "1e3", "65536"],
  V: ["v", "w", "u"],
  HANDLER: [
    "{}",
    "{ get() { return 1 } }",
    "{ get() { throw null } }",
    "{ ownKeys() { return ['a', 'a'] } }",
    "{ getOwnPropertyDescriptor() { return { value: 1, configurable: true } } }",
    "{ has() { for (;;); } }",
    "{ apply() { return d } }",
  ],
  S_LOOP: ["() => { for (;;); }", "function* () { yield* queue }"],
};
const PLACE = /HANDLER|S_LOOP|\b[ESKMGNV]\b/g;
const DEPTH = 5;

/** Returns the text of a hook. */
export function hookSource(chance: Chance): string {
  const body = Array.from({ length: 1 + chance.below(4) }, () => filled(chance, "S", DEPTH));
  const head = chance.below(3) === 0 ? "async function" : "function";
  const returned = filled(chance, "E", DEPTH);
  return `${head} hook(d) { const queue = []; ${body.join(" ")} return ${returned}; }`;
}

/** Fills the places of a template, with less and less in them. */
function filled(chance: Chance, symbol: string, depth: number): string {
  const words = WORDS[symbol];
  if (words) return chance.of(words);
  if (symbol === "S" && depth <= 0) return "queue.length;";
  if (symbol === "E" && depth <= 0) return chance.of(["1", "d", "queue", "'t'", "null"]);
  const template = chance.of(symbol === "S" ? STATEMENTS : EXPRESSIONS);
  return template.replaceAll(PLACE, (one) => filled(chance, one, depth - 1));
}

/** The hooks beside those of the fuzzer, and what they are to give. */
export interface Bystander {
  readonly hook: PreHook;
  readonly wanted: string;
}

/** Returns a hook of another tenant that uses much of what a hostile one would spoil. */
export async function bystander(runtime: Runtime): Promise<Bystander> {
  const source = `(d) => {
    const sums = require("numjs").array(d.rows).sum();
    const keys = Object.entries(d).map(([key]) => key).join();
    return { sums, keys, text: JSON.stringify(d), t: Tensor.from([1, 2]), ok: /^a+$/.test("aa") };
  }`;
  const hook = await runtime.register({ kind: "pre", tenant: "honest", source });
  return { hook, wanted: await said(hook) };
}

async function said(hook: PreHook): Promise<string> {
  const { value } = await hook.call({
    rows: [
      [1, 2],
      [3.5, 4],
    ],
  });
  return Buffer.from(encode(value)).toString("hex");
}

/** Runs one hook twice, and the bystander behind it; throws when something is not right. */
export async function hookRound(
  runtime: Runtime,
  { hook, wanted }: Bystander,
  chance: Chance,
): Promise<string> {
  const source = hookSource(chance);
  const end = await endOf(runtime, source);
  if ((await said(hook)) !== wanted) throw new Error(`The next hook was spoilt by ${source}`);
  return end;
}

async function endOf(runtime: Runtime, source: string): Promise<string> {
  const limits = { wallMs: WALL_MS };
  let fuzzed: PreHook | undefined;
  try {
    fuzzed = await runtime.register({ kind: "pre", tenant: "hostile", source, limits });
    const { value } = await fuzzed.call({ a: [1, 2] });
    encode(value);
    return "value";
  } catch (error) {
    if (!(error instanceof HookError)) throw new Error(`No fault of ${source}`, { cause: error });
    const { blame } = FAULTS[error.code];
    // What is wrong with a hook must not look like a sandbox that was taken over.
    if (blame === "host" || blame === "model" || error.detail.includes("not to be trusted")) {
      throw new Error(`${error.code} of ${source}`, { cause: error });
    }
    return error.code;
  } finally {
    await fuzzed?.remove();
  }
}
