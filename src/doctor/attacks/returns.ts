/**
 * Attacks on whoever looks at what a hook returns or throws.
 *
 * @module
 */

import type { HookAttack } from "../attack.ts";

const UNSUPPORTED = ["OUTPUT_UNSUPPORTED"] as const;
const TOO_LARGE = ["OUTPUT_TOO_LARGE"] as const;

/** Values of types that must not travel, each by the expression that makes it. */
const TYPES: readonly [name: string, says: string, expression: string][] = [
  ["function", "a function", "() => 1"],
  ["symbol", "a symbol", "Symbol('x')"],
  ["regexp", "a regular expression", "/a/g"],
  ["error", "an error", "new Error('x')"],
  ["date", "a date that is none", "new Date(NaN)"],
  ["boxed", "a boxed number", "new Number(1)"],
  ["class", "an instance of a class", "new (class Secret { a = 1 })()"],
  ["set", "a set", "new Set([1])"],
  ["weakmap", "a weak map", "new WeakMap()"],
  ["promise", "a promise in a list", "[Promise.resolve(1)]"],
  ["dataview", "a view on a buffer", "new DataView(new ArrayBuffer(8))"],
  ["iterator", "an iterator", "[1].values()"],
  ["generator", "a generator", "(function* () { yield 1; })()"],
  [
    "arguments",
    "the arguments of a call, which are a dict by their own properties",
    "(function () { return arguments; })(1, 2)",
  ],
  ["global", "the global object", "globalThis"],
  ["module", "Math", "{ m: Math.max }"],
  ["undefined", "nothing", "undefined"],
];

const TYPE_ROWS = TYPES.map(([name, says, expression]): HookAttack => ({
  id: `R15.${name}`,
  says: `returns ${says}`,
  source: `(d) => (${expression})`,
  ends: name === "arguments" ? ["value"] : UNSUPPORTED,
}));

export const RETURNS: readonly HookAttack[] = [
  {
    id: "R1",
    says: "a getter without end",
    source: "(d) => ({ get a() { for (;;); } })",
    ends: UNSUPPORTED,
  },
  {
    id: "R2",
    says: "a proxy whose keys never come",
    source: "(d) => new Proxy({}, { ownKeys() { for (;;); } })",
    ends: ["OUTPUT_UNSUPPORTED", "HOOK_TIMEOUT"],
  },
  {
    id: "R2.descriptor",
    says: "a proxy that says something else each time it is asked",
    source: `(d) => {
      let n = 0;
      return new Proxy([], {
        get: (t, k) => (k === "length" ? ++n * 1000 : n),
        getOwnPropertyDescriptor: () => ({ value: n++, configurable: true, enumerable: true }),
      });
    }`,
    ends: ["OUTPUT_UNSUPPORTED", "HOOK_THREW", "OUTPUT_TOO_LARGE", "value"],
  },
  {
    id: "R2.revoked",
    says: "a proxy that was revoked",
    source: "(d) => { const p = Proxy.revocable({}, {}); p.revoke(); return { p: p.proxy }; }",
    ends: ["OUTPUT_UNSUPPORTED", "HOOK_THREW"],
  },
  {
    id: "R2.prototype",
    says: "a prototype that is asked and never answers",
    source: "(d) => Object.create(new Proxy({}, { getPrototypeOf() { for (;;); } }))",
    ends: ["OUTPUT_UNSUPPORTED", "HOOK_TIMEOUT"],
  },
  {
    id: "R3",
    says: "a toJSON without end",
    source: "(d) => ({ toJSON() { for (;;); } })",
    ends: UNSUPPORTED,
  },
  {
    id: "R4",
    says: "a thenable without end",
    source: "(d) => ({ then(r) { for (;;); } })",
    ends: ["OUTPUT_UNSUPPORTED", "HOOK_TIMEOUT"],
  },
  {
    id: "R4.promise",
    says: "a promise of a thenable that settles nothing",
    source: "(d) => Promise.resolve({ then() {} })",
    ends: ["HOOK_UNSETTLED"],
  },
  {
    id: "R4.subclass",
    says: "a promise of a class whose constructor and then are the hook's",
    source: `(d) => {
      class P extends Promise { then(a) { for (let i = 0; i < 9; i++) a(i); return this; } }
      return new P((r) => r(1));
    }`,
    ends: ["value", "HOOK_UNSETTLED", "OUTPUT_UNSUPPORTED"],
  },
  {
    id: "R4.constructor",
    says: "a promise that is asked for its constructor for ever",
    source: `(d) => {
      const p = Promise.resolve(1);
      Object.defineProperty(p, "constructor", { get() { for (;;); } });
      return p;
    }`,
    ends: ["HOOK_TIMEOUT"],
  },
  {
    id: "R6",
    says: "a cycle",
    source: "(d) => { const a = { b: [] }; a.b.push(a); return a; }",
    ends: UNSUPPORTED,
  },
  {
    id: "R7",
    says: "thirty lists, each twice in the next: 2^30 paths",
    source: "(d) => { let a = [1]; for (let i = 0; i < 30; i++) a = [a, a]; return a; }",
    ends: TOO_LARGE,
  },
  {
    id: "R7.text",
    says: "one text a hundred thousand times",
    source: '(d) => Array(100000).fill("x".repeat(1000))',
    ends: ["OUTPUT_TOO_LARGE", "HOOK_TIMEOUT"],
  },
  {
    id: "R7.tensor",
    says: "one tensor many times",
    source: `(d) => {
      const t = new Tensor("float32", [250000], new Float32Array(250000));
      return Array.from({ length: 1000 }, () => t);
    }`,
    ends: TOO_LARGE,
  },
  {
    id: "R8",
    says: "two hundred thousand levels",
    source: "(d) => { let a = {}; for (let i = 0; i < 2e5; i++) a = { a }; return a; }",
    ends: TOO_LARGE,
  },
  {
    id: "R9",
    says: "a list with one element at its far end",
    source: "(d) => { const a = []; a[4294967290] = 1; return a; }",
    ends: ["OUTPUT_TOO_LARGE", "OUTPUT_UNSUPPORTED"],
  },
  {
    id: "R9.length",
    says: "a list of holes",
    source: "(d) => { const a = []; a.length = 2 ** 32 - 1; return a; }",
    ends: ["OUTPUT_TOO_LARGE", "OUTPUT_UNSUPPORTED"],
  },
  {
    id: "R9.holes",
    says: "holes between elements, filled by a prototype",
    source: "(d) => { Array.prototype[0] = 'forged'; return [, , 1, ,]; }",
    ends: UNSUPPORTED,
  },
  {
    id: "R11",
    says: "a Float16Array, over which isolated-vm ends the process",
    source: "(d) => new Float16Array(1)",
    ends: ["OUTPUT_UNSUPPORTED", "value"],
  },
  {
    id: "R12",
    says: "memory that the hook still holds, changed after the check",
    source: `(d) => {
      const Shared = globalThis.SharedArrayBuffer;
      return Shared ? new Uint8Array(new Shared(64)) : "none";
    }`,
    ends: ["value", "OUTPUT_UNSUPPORTED"],
    holds: (value) => value === "none",
  },
  {
    id: "R14",
    says: "one byte of a buffer of twenty million",
    source: "(d) => new Uint8Array(new ArrayBuffer(20e6), 0, 1)",
    ends: ["value"],
    holds: (value) => value instanceof Uint8Array && value.buffer.byteLength < 2 ** 20,
  },
  {
    id: "R14.species",
    says: "bytes whose class says how they are copied",
    source: `(d) => {
      class B extends Uint8Array {
        static get [Symbol.species]() { return function () { for (;;); }; }
        get length() { return 2 ** 31; }
        get byteLength() { return 2 ** 31; }
        get buffer() { return new ArrayBuffer(8); }
      }
      return new B([1, 2, 3]);
    }`,
    ends: ["value", "OUTPUT_UNSUPPORTED"],
    holds: (value) => value instanceof Uint8Array && value.length === 3,
  },
  {
    id: "R14.detached",
    says: "bytes whose buffer went away",
    source: `(d) => {
      const a = new Uint8Array(8);
      const move = ArrayBuffer.prototype.transfer;
      if (move) move.call(a.buffer);
      return move ? a : "none";
    }`,
    ends: ["value", "OUTPUT_UNSUPPORTED"],
    holds: (value) => value === "none",
  },
  ...TYPE_ROWS,
  {
    id: "R16",
    says: "half a billion letters",
    source: '(d) => "x".repeat(5e8)',
    ends: ["OUTPUT_TOO_LARGE", "HOOK_MEMORY"],
  },
  {
    id: "R16.rope",
    says: "a rope of 268 million letters",
    source: '(d) => { let s = "abcdefgh"; for (let i = 0; i < 25; i++) s += s; return s; }',
    ends: ["OUTPUT_TOO_LARGE", "HOOK_MEMORY"],
  },
  {
    id: "R16.key",
    says: "a key of a hundred million letters",
    source: '(d) => ({ ["k".repeat(1e8)]: 1 })',
    ends: ["OUTPUT_TOO_LARGE", "HOOK_MEMORY", "HOOK_TIMEOUT"],
  },
  {
    id: "R17",
    says: "numbers and texts at the edges of what they can be",
    source: "(d) => [NaN, Infinity, -Infinity, -0, 2 ** 53 + 2, 1e308, '\\ud800', '\\u0000']",
    ends: ["value", "OUTPUT_UNSUPPORTED"],
  },
  {
    id: "R17.proto",
    says: "a dict with the key __proto__ of its own",
    source: '(d) => JSON.parse(\'{"__proto__": {"polluted": 1}}\')',
    ends: ["OUTPUT_UNSUPPORTED", "value"],
    holds: () => (({}) as { polluted?: unknown }).polluted === undefined,
  },
  {
    id: "R17.constructor",
    says: "dicts with the keys of a prototype",
    source: '(d) => ({ constructor: { prototype: { polluted: 1 } }, toString: 1, valueOf: "x" })',
    ends: ["value", "OUTPUT_UNSUPPORTED"],
    holds: () => (({}) as { polluted?: unknown }).polluted === undefined,
  },
  {
    id: "R18",
    says: "rows of different lengths, made into a tensor",
    source: "(d) => Tensor.from([[1, 2], [3]])",
    ends: ["HOOK_THREW", "OUTPUT_UNSUPPORTED"],
  },
  {
    id: "R18.shape",
    says: "a tensor whose shape was changed behind its back",
    source: `(d) => {
      const t = Tensor.from([[1, 2], [3, 4]]);
      try { t.shape[0] = 2 ** 30; } catch {}
      try { Object.defineProperty(t, "shape", { value: [2 ** 31, 2 ** 31] }); } catch {}
      try { Object.defineProperty(t, "dtype", { value: "evil" }); } catch {}
      return t;
    }`,
    ends: ["value", "OUTPUT_UNSUPPORTED"],
    holds: (value) => String((value as { shape?: unknown }).shape) === "2,2",
  },
  {
    id: "R20",
    says: "throws an object whose message never ends",
    source: "(d) => { throw { get message() { for (;;); } }; }",
    ends: ["HOOK_THREW", "HOOK_TIMEOUT"],
  },
  {
    id: "R20.proxy",
    says: "throws a proxy all of whose traps never end",
    source: `(d) => {
      const never = () => { for (;;); };
      const traps = Object.getOwnPropertyNames(Reflect).map((name) => [name, never]);
      throw new Proxy(new Error("x"), Object.fromEntries(traps));
    }`,
    ends: ["HOOK_THREW", "HOOK_TIMEOUT"],
  },
  {
    id: "R20.symbol",
    says: "throws a symbol",
    source: "(d) => { throw Symbol('x'); }",
    ends: ["HOOK_THREW"],
  },
  {
    id: "R20.null",
    says: "throws null",
    source: "(d) => { throw null; }",
    ends: ["HOOK_THREW"],
  },
  {
    id: "R20.text",
    says: "throws half a billion letters",
    source: '(d) => { throw "x".repeat(5e8); }',
    ends: ["HOOK_THREW", "HOOK_MEMORY"],
    detail: /^.{0,1200}$/s,
  },
  {
    id: "R20.message",
    says: "throws an error with a message of a hundred megabytes, and causes without end",
    source: `(d) => {
      const error = new Error("m".repeat(1e8));
      error.cause = error;
      error.errors = [error];
      error.stack = "    at x (pre:1:1)\\n".repeat(1e6);
      throw error;
    }`,
    ends: ["HOOK_THREW", "HOOK_MEMORY", "HOOK_TIMEOUT"],
    detail: /^.{0,1200}$/s,
  },
  {
    id: "R20.forged",
    says: "throws what looks like a fault of Bookend's own",
    source: `(d) => {
      throw Object.assign(new Error("forged"), {
        name: "Refusal", code: "INTERNAL", path: "$", detail: "forged", toFault: () => 1,
      });
    }`,
    ends: ["HOOK_THREW"],
  },
  {
    id: "R20.frames",
    says: "throws an error whose stack names places that are not its own",
    source: `(d) => {
      const error = new Error("x");
      error.stack = "Error: x\\n    at evil (bookend-guest:1:1)\\n    at /etc/passwd:1:1";
      throw error;
    }`,
    ends: ["HOOK_THREW"],
  },
  {
    id: "R20.async",
    says: "rejects with a proxy that never answers",
    source: `async (d) => {
      const never = () => { for (;;); };
      throw new Proxy({}, { get: never, getPrototypeOf: never });
    }`,
    ends: ["HOOK_THREW", "HOOK_TIMEOUT"],
  },
];
