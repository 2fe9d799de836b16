/**
 * Attacks on processor time: what never ends, what cannot be interrupted, what goes on afterwards.
 *
 * @module
 */

import type { HookAttack } from "../attack.ts";

/** A loop that looks at the clock now and then: what is busy for so long. */
const BUSY = "const busy = (ms) => { const t = Date.now(); while (Date.now() - t < ms); };";

export const CPU: readonly HookAttack[] = [
  {
    id: "C1",
    says: "a loop without end",
    source: "(d) => { for (;;); }",
    ends: ["HOOK_TIMEOUT"],
  },
  {
    id: "C1.recursion",
    says: "recursion without end",
    source: "(d) => { const f = () => f() + 1; return f(); }",
    ends: ["HOOK_THREW"],
    detail: /call stack/,
  },
  {
    id: "C1.catch",
    says: "recursion that starts again whenever the stack is used up",
    source: "(d) => { const f = () => { try { return f(); } finally { f(); } }; return f(); }",
    ends: ["HOOK_TIMEOUT"],
  },
  {
    id: "C1.generator",
    says: "a generator without end, spread into a list of nothing",
    source: "(d) => { for (const _ of (function* () { for (;;) yield 1; })()); }",
    ends: ["HOOK_TIMEOUT"],
  },
  {
    id: "C1.label",
    says: "a finally block that swallows the end of the call",
    source: "(d) => { for (;;) try { for (;;); } finally { continue; } }",
    ends: ["HOOK_TIMEOUT"],
  },
  {
    id: "C2",
    says: "a microtask that queues the next one",
    source: "(d) => { (function f() { Promise.resolve().then(f); })(); return 1; }",
    ends: ["HOOK_TIMEOUT"],
  },
  {
    id: "C2.await",
    says: "awaits without end",
    source: "async (d) => { for (;;) await 0; }",
    ends: ["HOOK_TIMEOUT"],
  },
  {
    id: "C2.thenable",
    says: "a thenable that gives itself for ever",
    source: "async (d) => { const t = { then(r) { r(t); } }; return await t; }",
    ends: ["HOOK_TIMEOUT"],
  },
  {
    id: "C2.queue",
    says: "queueMicrotask in two tasks that queue each other",
    source: `(d) => {
      const a = () => queueMicrotask(b), b = () => queueMicrotask(a);
      a();
      return 1;
    }`,
    ends: ["HOOK_TIMEOUT"],
  },
  {
    id: "C3",
    says: "leftovers of an earlier call end the next one of the same hook",
    source: `(d) => {
      globalThis.calls = (globalThis.calls ?? 0) + 1;
      if (globalThis.calls === 1) (function f() { Promise.resolve().then(f); })();
      return globalThis.calls;
    }`,
    rounds: 2,
    // The first call ends in time, and its isolate with it: the second counts from 1 again.
    ends: ["HOOK_TIMEOUT"],
  },
  {
    id: "C7",
    says: "a regular expression that tries all ways",
    source: '(d) => /^(a+)+$/.test("a".repeat(40) + "b")',
    ends: ["HOOK_TIMEOUT"],
  },
  {
    id: "C7.replace",
    says: "a replaced text, match by match, that backtracks at each place",
    source: '(d) => "x".repeat(60000).replace(/(x+x+)+y/g, "")',
    ends: ["HOOK_TIMEOUT", "value", "HOOK_THREW"],
  },
  {
    id: "C8",
    says: "WebAssembly, which might loop",
    source: "(d) => new ((0, eval)('WebAssembly').Module)(new Uint8Array(8))",
    ends: ["HOOK_THREW"],
    detail: /WebAssembly is not defined/,
  },
  {
    id: "C9",
    says: "a BigInt power that V8 does not interrupt",
    source: "(d) => { (2n ** 100000000n) ** 5n; return 1; }",
    ends: ["HOOK_TIMEOUT", "HOOK_MEMORY", "HOOK_THREW"],
  },
  {
    id: "C9.digits",
    says: "the digits of a BigInt",
    source: "(d) => (3n ** 20000000n).toString().length",
    ends: ["HOOK_TIMEOUT"],
  },
  {
    id: "C9.parse",
    says: "a BigInt of many digits, read from text",
    source: '(d) => BigInt("9".repeat(20000000)) > 0n',
    ends: ["HOOK_TIMEOUT", "HOOK_THREW"],
  },
  {
    id: "C9.divide",
    says: "a division of two large BigInts",
    source: "(d) => { const a = 7n ** 9000000n; return a % (3n ** 5000000n) > 0n; }",
    ends: ["HOOK_TIMEOUT"],
  },
  {
    id: "C10",
    says: "a billion elements filled",
    source: "(d) => Array(1e9).fill(0).length",
    ends: ["HOOK_TIMEOUT", "HOOK_MEMORY", "HOOK_CRASHED", "HOOK_THREW"],
  },
  {
    id: "C10.from",
    says: "a list made from a length",
    source: "(d) => Array.from({ length: 1e9 }).length",
    ends: ["HOOK_TIMEOUT", "HOOK_MEMORY", "HOOK_CRASHED", "HOOK_THREW"],
  },
  {
    id: "C10.slice",
    says: "the letters of a long text, sliced as a list",
    source: '(d) => [].slice.call("1".repeat(2 ** 27)).length',
    ends: ["HOOK_TIMEOUT", "HOOK_MEMORY", "HOOK_CRASHED", "HOOK_THREW"],
  },
  {
    id: "C10.sort",
    says: "a sort over an object that says it is long",
    source: "(d) => [].sort.call({ length: 2 ** 32 - 1, 0: 1 }).length",
    ends: ["HOOK_TIMEOUT", "HOOK_MEMORY", "HOOK_CRASHED", "HOOK_THREW"],
  },
  {
    id: "C10.includes",
    says: "a search in a list of holes",
    source: "(d) => { const a = []; a.length = 2 ** 32 - 1; return a.includes(1) ? 1 : 0; }",
    ends: ["HOOK_TIMEOUT", "value"],
  },
  {
    id: "C10.join",
    says: "holes, joined",
    source: '(d) => { const a = []; a.length = 2 ** 32 - 1; return a.join("xxxxxxxx").length; }',
    ends: ["HOOK_TIMEOUT", "HOOK_THREW", "HOOK_MEMORY", "HOOK_CRASHED"],
  },
  {
    id: "C10.reverse",
    says: "the reverse of an object that says it is long",
    source: "(d) => [].reverse.call({ length: 2 ** 53 - 1 }).length",
    ends: ["HOOK_TIMEOUT"],
  },
  {
    id: "C11",
    says: "each place of a long text replaced",
    source: '(d) => "a".repeat(2 ** 24).replaceAll("a", "bb".repeat(8)).length',
    ends: ["HOOK_TIMEOUT", "HOOK_THREW", "HOOK_MEMORY", "HOOK_CRASHED", "value"],
  },
  {
    id: "C11.normalize",
    says: "a long text normalized, which ICU does and V8 cannot interrupt",
    source:
      '(d) => { let n = 0; for (;;) n += "\\u0344".repeat(2 ** 24).normalize("NFD").length; }',
    ends: ["HOOK_TIMEOUT", "HOOK_THREW", "HOOK_MEMORY", "HOOK_CRASHED"],
  },
  {
    id: "C11.compare",
    says: "long texts compared by the rules of a language",
    source: `(d) => {
      const a = "ä".repeat(2 ** 23), b = "ä".repeat(2 ** 23) + "x";
      for (;;) if (a.localeCompare(b, "de") === 7) return 1;
    }`,
    ends: ["HOOK_TIMEOUT", "HOOK_MEMORY", "HOOK_CRASHED"],
  },
  {
    id: "C12",
    says: "JSON of five million brackets",
    source: '(d) => JSON.parse("[".repeat(5e6) + "]".repeat(5e6)).length',
    ends: ["HOOK_MEMORY", "HOOK_TIMEOUT", "HOOK_THREW", "HOOK_CRASHED"],
  },
  {
    id: "C12.toJSON",
    says: "a toJSON without end",
    source: "(d) => JSON.stringify({ toJSON() { for (;;); } })",
    ends: ["HOOK_TIMEOUT"],
  },
  {
    id: "C13",
    says: "sorts by chance, for ever",
    source: `(d) => {
      const a = Array.from({ length: 1000 }, (_, i) => i);
      for (;;) a.sort(() => Math.random() - 0.5);
    }`,
    ends: ["HOOK_TIMEOUT"],
  },
  {
    id: "C13.typed",
    says: "a comparison without end in the sort of a typed array",
    source: "(d) => new Float64Array(3e6).sort((a, b) => { for (;;); }).length",
    ends: ["HOOK_TIMEOUT", "HOOK_MEMORY"],
  },
  {
    id: "C16",
    says: "a promise that nothing settles",
    source: "(d) => new Promise(() => {})",
    ends: ["HOOK_UNSETTLED"],
  },
  {
    id: "C17",
    says: "a rejection that nobody handles, whose message never ends",
    source: "(d) => { Promise.reject({ get message() { for (;;); } }); return 1; }",
    ends: ["HOOK_TIMEOUT", "value"],
  },
  {
    id: "C17.error",
    says: "the same with an error whose name and stack never end",
    source: `(d) => {
      const error = new Error("x");
      for (const name of ["name", "stack", "message", "toString", "cause"]) {
        Object.defineProperty(error, name, { get() { for (;;); } });
      }
      Promise.reject(error);
      return 1;
    }`,
    ends: ["HOOK_TIMEOUT", "value"],
  },
  {
    id: "C17.prototype",
    says: "an error's name that never ends, for whoever reads it from the prototype",
    source: `(d) => {
      for (const type of [Error, RangeError, TypeError]) {
        Object.defineProperty(type.prototype, "name", { get() { for (;;); } });
      }
      const f = () => f();
      f();
    }`,
    ends: ["HOOK_TIMEOUT", "HOOK_THREW"],
  },
  {
    id: "C17.stack",
    says: "formatters of stacks that never end, wherever they can be put",
    source: `(d) => {
      try { Error.prepareStackTrace = () => { for (;;); }; } catch {}
      try { Object.defineProperty(Error, "prepareStackTrace", { value() { for (;;); } }); } catch {}
      Error.stackTraceLimit = Infinity;
      throw new Error("formatted");
    }`,
    ends: ["HOOK_THREW"],
  },
  {
    id: "C19",
    says: "a finalizer without end, and garbage for it",
    source: `(d) => {
      const Registry = globalThis.FinalizationRegistry;
      if (!Registry) return "none";
      const registry = new Registry(() => { for (;;); });
      for (let i = 0; i < 1e4; i++) registry.register({}, i);
      return "registered";
    }`,
    ends: ["value"],
    holds: (value) => value === "none",
  },
  {
    id: "C20",
    says: "fifty runaway calls at once",
    source: "(d) => { for (;;); }",
    limits: { wallMs: 40 },
    atOnce: 50,
    ends: ["HOOK_TIMEOUT", "POOL_FULL"],
  },
  {
    id: "C20.many",
    says: "a thousand calls at once, of a tenant whose queue holds fewer",
    source: "(d) => 1",
    atOnce: 1000,
    ends: ["value", "POOL_FULL"],
  },
  {
    id: "C21",
    says: "twenty thousand short calls whose timers are due together",
    source: "(d) => 1",
    // As many at a time as a tenant may have waiting.
    rounds: 200,
    atOnce: 100,
    ends: ["value"],
  },
  {
    id: "C22",
    says: "calls that each take just less than they may",
    source: `(d) => { ${BUSY} busy(80); return 1; }`,
    limits: { wallMs: 120 },
    atOnce: 8,
    ends: ["value", "HOOK_TIMEOUT"],
  },
  {
    id: "C23",
    says: "a hook that takes long to compile: a literal of many digits",
    source: `(d) => ${"9".repeat(200_000)}n > 0n`,
    ends: ["value", "SOURCE_TOO_LARGE", "SYNTAX_INVALID", "HOOK_TIMEOUT"],
  },
  {
    id: "C23.size",
    says: "a hook that is longer than it may be",
    source: `(d) => { ${"x=1;".repeat(75_000)} }`,
    ends: ["SOURCE_TOO_LARGE"],
  },
  {
    id: "C23.nested",
    says: "a hook of brackets, deeper than a parser's stack",
    source: `(d) => ${"[".repeat(100_000)}${"]".repeat(100_000)}`,
    ends: ["SYNTAX_INVALID", "SOURCE_TOO_LARGE", "OUTPUT_TOO_LARGE"],
  },
  {
    id: "C23.inside",
    says: "a text of twenty megabytes, compiled inside",
    source: '(d) => new Function("x=1;".repeat(5e6))()',
    ends: ["HOOK_THREW", "HOOK_TIMEOUT", "HOOK_MEMORY", "HOOK_CRASHED"],
  },
  {
    id: "C24",
    says: "a Date that is written for every moment there is",
    source: `(d) => {
      const format = new Intl.DateTimeFormat("en", { dateStyle: "full", timeStyle: "full" });
      for (let i = 0; ; i++) format.formatRange(i, 1e15);
    }`,
    ends: ["HOOK_TIMEOUT"],
  },
  {
    id: "C24.proxy",
    says: "a chain of proxies, each asked for its prototype",
    source: `(d) => {
      let p = {};
      for (let i = 0; i < 1e5; i++) p = new Proxy(p, {});
      return p.x === undefined ? 1 : 2;
    }`,
    ends: ["HOOK_THREW", "value", "HOOK_TIMEOUT", "HOOK_CRASHED"],
  },
];
