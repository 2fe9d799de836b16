/**
 * Attacks on memory: what V8's limit stops, what it does not count, and what kills the process.
 *
 * @module
 */

import type { Ending, HookAttack } from "../attack.ts";

const STOPPED: readonly Ending[] = ["HOOK_THREW", "HOOK_MEMORY", "HOOK_TIMEOUT", "HOOK_CRASHED"];
const GROWN: readonly Ending[] = ["HOOK_MEMORY", "HOOK_TIMEOUT", "HOOK_CRASHED"];

const isNone = (value: unknown) => value === "none";

/** Things outside of V8's heap that its limit may not count, each made again and again. */
const NATIVES: readonly [name: string, says: string, expression: string][] = [
  ["collator", "collators", "new Intl.Collator('de', { numeric: true })"],
  ["format", "formats of numbers", "new Intl.NumberFormat('ar-u-nu-thai')"],
  ["dates", "formats of dates", "new Intl.DateTimeFormat('ja', { dateStyle: 'full' })"],
  ["segmenter", "segmenters", "new Intl.Segmenter('th', { granularity: 'word' })"],
  ["regexp", "compiled regular expressions", "new RegExp('(?:a|b){1,200}' + i).exec('b' + i)"],
  ["function", "compiled functions", "new Function('return ' + i + '+' + 'x'.repeat(99))"],
  ["symbol", "registered symbols", "Symbol.for('key' + i)"],
  ["decoder", "decoders", "new TextDecoder('utf-8')"],
];

const NATIVE_ROWS = NATIVES.map(([name, says, expression]): HookAttack => ({
  id: `M17.${name}`,
  says: `${says}, kept for ever`,
  source: `(d) => { const a = []; for (let i = 0; ; i++) a.push(${expression}); }`,
  ends: STOPPED,
}));

/** Ways to a resizable buffer, each by the expression that would give one of `n` bytes at most. */
const RESIZABLE: readonly [name: string, says: string, expression: string][] = [
  ["reflect", "Reflect.construct", "Reflect.construct(ArrayBuffer, [0, { maxByteLength: n }])"],
  [
    "newtarget",
    "another new.target",
    "Reflect.construct(ArrayBuffer, [0, { maxByteLength: n }], class extends ArrayBuffer {})",
  ],
  ["class", "a subclass", "new (class extends ArrayBuffer {})(0, { maxByteLength: n })"],
  [
    "constructor",
    "the constructor of a buffer",
    "new (new Uint8Array(1).buffer.constructor)(0, { maxByteLength: n })",
  ],
  [
    "species",
    "the species of a buffer",
    "new (ArrayBuffer[Symbol.species])(0, { maxByteLength: n })",
  ],
  [
    "prototype",
    "the prototype's constructor",
    "new (Object.getPrototypeOf(new Uint8Array(1).buffer).constructor)(0, { maxByteLength: n })",
  ],
  [
    "eval",
    "the name in code of its own",
    "new Function('n', 'return new ArrayBuffer(0, { maxByteLength: n })')(n)",
  ],
  ["clone", "a clone of one", "structuredClone(new ArrayBuffer(8, { maxByteLength: n }))"],
  [
    "decoded",
    "bytes that were decoded",
    "(Uint8Array.fromBase64?.('AAAA') ?? new TextEncoder().encode('AAAA')).buffer",
  ],
];

const RESIZABLE_ROWS = RESIZABLE.map(([name, says, expression]): HookAttack => ({
  id: `M3.${name}`,
  says: `a buffer that can grow, by ${says}`,
  source: `(d) => {
      const n = 64 << 20, a = [];
      for (let i = 0; i < 400; i++) {
        const buffer = ${expression};
        if (!buffer.resizable) return "none";
        buffer.resize(8 << 20);
        a.push(buffer);
      }
      return "grown";
    }`,
  ends: ["value", "HOOK_THREW"],
  holds: isNone,
}));

export const MEMORY: readonly HookAttack[] = [
  {
    id: "M1",
    says: "buffers of a megabyte, kept for ever",
    source: "(d) => { const a = []; for (;;) a.push(new ArrayBuffer(1 << 20)); }",
    ends: STOPPED,
  },
  {
    id: "M1.large",
    says: "eight billion bytes at once",
    source: "(d) => new Uint8Array(8e9).length",
    ends: ["HOOK_THREW"],
    detail: /RangeError/,
  },
  {
    id: "M2",
    says: "buffers without end, their refusals caught",
    source: `(d) => {
      const a = [];
      for (;;) try { a.push(new ArrayBuffer(1 << 20)); } catch {}
    }`,
    ends: GROWN,
  },
  {
    id: "M3",
    says: "resizable buffers, which V8's limit does not count",
    source: `(d) => {
      const a = [];
      for (let i = 0; i < 400; i++) {
        const buffer = new ArrayBuffer(0, { maxByteLength: 64 << 20 });
        buffer.resize(8 << 20);
        a.push(buffer);
      }
      return a.length;
    }`,
    ends: ["HOOK_THREW"],
    detail: /resize is not a function/,
  },
  ...RESIZABLE_ROWS,
  {
    id: "M4",
    says: "shared buffers that can grow",
    source: `(d) => {
      const Shared = (0, eval)("typeof SharedArrayBuffer") !== "undefined";
      return Shared ? "shared" : "none";
    }`,
    ends: ["value"],
    holds: isNone,
  },
  {
    id: "M5",
    says: "memories of WebAssembly, by whatever way to them is left",
    source: `async (d) => {
      const ways = [
        () => (0, eval)("WebAssembly"),
        () => new Function("return WebAssembly")(),
        () => globalThis["Web" + "Assembly"].Memory,
        () => Object.getOwnPropertyDescriptor(globalThis, "WebAssembly").value,
        () => Reflect.get(globalThis, "WebAssembly").Memory,
        () => structuredClone(globalThis).WebAssembly.Memory,
      ];
      for (const way of ways) try { if (way()) return String(way); } catch {}
      return "none";
    }`,
    ends: ["value"],
    holds: isNone,
  },
  {
    id: "M8",
    says: "a text that doubles",
    source: '(d) => { let s = "ab"; for (;;) s = s + s; }',
    ends: STOPPED,
  },
  {
    id: "M8.flat",
    says: "flat texts of two-byte letters, kept for ever",
    source: `(d) => {
      const a = [];
      for (let i = 0; ; i++) a.push(("\\u4e00" + i).repeat(1e5).split("").reverse().join(""));
    }`,
    ends: GROWN,
  },
  {
    id: "M9",
    says: "lists of objects without end",
    source: "(d) => { const a = []; for (let i = 0; ; i++) a.push({ i, b: [i] }); }",
    ends: GROWN,
  },
  {
    id: "M9.concat",
    says: "a list, joined to itself",
    source: "(d) => { let a = [1.5, {}]; for (;;) a = a.concat(a); }",
    ends: STOPPED,
  },
  {
    id: "M9.closures",
    says: "closures that hold each other",
    source: "(d) => { let f = () => 1; for (;;) { const g = f; f = () => g(); } }",
    ends: GROWN,
  },
  {
    id: "M9.promises",
    says: "promises that wait for each other",
    source: "(d) => { let p = Promise.resolve(); for (;;) p = p.then(() => {}); }",
    ends: GROWN,
  },
  {
    id: "M9.microtasks",
    says: "microtasks, queued without end",
    source: "(d) => { for (;;) queueMicrotask(() => {}); }",
    ends: GROWN,
  },
  {
    id: "M9.bigint",
    says: "large BigInts, kept",
    source: "(d) => { const a = []; for (let i = 0n; ; i++) a.push((1n << 8000000n) + i); }",
    ends: STOPPED,
  },
  {
    id: "M9.errors",
    says: "errors with long stacks, kept",
    source: `(d) => {
      Error.stackTraceLimit = Infinity;
      const a = [];
      const f = (n) => (n === 0 ? a.push(new Error("x")) : f(n - 1));
      for (;;) f(5000);
    }`,
    ends: STOPPED,
  },
  {
    id: "M10",
    says: "a Map that grows until V8 gives up",
    source: "(d) => { const m = new Map(); for (let i = 0; ; i++) m.set(i, i); }",
    ends: STOPPED,
  },
  {
    id: "M10.set",
    says: "a Set that does",
    source: "(d) => { const s = new Set(); for (let i = 0; ; i++) s.add(i); }",
    ends: STOPPED,
  },
  {
    id: "M10.keys",
    says: "a dict of ten million keys",
    source: '(d) => { const o = {}; for (let i = 0; i < 1e7; i++) o["a" + i] = i; return 1; }',
    ends: GROWN,
  },
  {
    id: "M10.weak",
    says: "a WeakMap whose keys are kept",
    source: `(d) => {
      const m = new WeakMap(), keys = [];
      for (;;) { const key = {}; keys.push(key); m.set(key, [1]); }
    }`,
    ends: STOPPED,
  },
  {
    id: "M13",
    says: "a billion letters, spread into a list",
    source: '(d) => [..."." .repeat(5e8)].length',
    ends: STOPPED,
  },
  {
    id: "M13.split",
    says: "many letters, split",
    source: '(d) => ".".repeat(2 ** 28).split("").length',
    ends: STOPPED,
  },
  {
    id: "M13.regexp",
    says: "a regular expression over 127 megabytes",
    source: '(d) => /1+2/.test("1".repeat(127 << 20))',
    ends: ["HOOK_TIMEOUT", "HOOK_THREW", "HOOK_MEMORY", "value"],
  },
  {
    id: "M13.matches",
    says: "a match for each letter of a long text, kept",
    source: '(d) => [..."ab".repeat(2 ** 22).matchAll(/a(b)/g)].length',
    ends: [...STOPPED, "value"],
  },
  {
    id: "M16",
    says: "a global that grows a little with each call of a fresh hook",
    source: `(d) => {
      globalThis.kept ??= [];
      globalThis.kept.push(new Uint8Array(1 << 20));
      return globalThis.kept.length;
    }`,
    state: "fresh",
    rounds: 80,
    ends: ["value"],
    holds: (value) => value === 1,
  },
  {
    id: "M16.warm",
    says: "the same of a warm hook, which has its own limit to pay from",
    source: `(d) => {
      globalThis.kept ??= [];
      globalThis.kept.push(new Array(1 << 19).fill(1.5));
      return "kept";
    }`,
    rounds: 40,
    ends: ["value", ...STOPPED],
  },
  ...NATIVE_ROWS,
  {
    id: "M18",
    says: "buffers that are made and let go, faster than they are collected",
    source: "(d) => { for (;;) new Uint8Array(16 << 20).fill(1); }",
    ends: STOPPED,
  },
  {
    id: "M18.slice",
    says: "copies of a buffer, kept",
    source: `(d) => {
      const a = [], one = new Uint8Array(1 << 20).fill(7);
      for (;;) a.push(one.slice(), one.buffer.slice(0));
    }`,
    ends: STOPPED,
  },
];
