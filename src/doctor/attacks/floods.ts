/**
 * Floods: of results, of log lines.
 *
 * @module
 */

import type { HookAttack, Logged } from "../attack.ts";

/** What the defaults let through of log lines, and no attack asks for more. */
const LINES_MAX = 200;
const CHARACTERS_MAX = 64 * 1024;

function isBounded({ lines }: Logged): boolean {
  const characters = lines.reduce((sum, line) => sum + line.length, 0);
  return lines.length <= LINES_MAX && characters <= CHARACTERS_MAX;
}

function isBoundedAndCounted(logs: Logged): boolean {
  return isBounded(logs) && logs.dropped > 0;
}

export const FLOODS: readonly HookAttack[] = [
  {
    id: "O1",
    says: "ten million numbers",
    source:
      "(d) => { const a = []; for (let i = 0; i < 2e6; i++) a.push(i); return [a, a, a, a, a]; }",
    ends: ["OUTPUT_TOO_LARGE", "HOOK_TIMEOUT"],
  },
  {
    id: "O1.bytes",
    says: "forty megabytes in one buffer",
    source: "(d) => new Uint8Array(40 << 20)",
    ends: ["OUTPUT_TOO_LARGE", "HOOK_THREW", "HOOK_MEMORY"],
  },
  {
    id: "O1.dict",
    says: "half a million keys",
    source: `(d) => {
      const o = {};
      for (let i = 0; i < 5e5; i++) o["k" + i] = i;
      return [o, o, o];
    }`,
    ends: ["OUTPUT_TOO_LARGE", "HOOK_TIMEOUT", "HOOK_MEMORY"],
  },
  {
    id: "O1.empty",
    says: "a million empty dicts, small as bytes and large once they are read",
    source: "(d) => Array.from({ length: 1000001 }, () => ({}))",
    ends: ["OUTPUT_TOO_LARGE", "HOOK_TIMEOUT", "HOOK_MEMORY"],
  },
  {
    id: "O2",
    says: "as much as is let through, many times at once",
    source: "(d) => new Uint8Array(8 << 20)",
    atOnce: 12,
    ends: ["value"],
    holds: (value) => value instanceof Uint8Array && value.length === 2 ** 23,
  },
  {
    id: "L1",
    says: "log lines without end",
    source: '(d) => { for (;;) console.log("x"); }',
    ends: ["HOOK_TIMEOUT"],
    logs: isBoundedAndCounted,
  },
  {
    id: "L1.counted",
    says: "a hundred thousand log lines",
    source: '(d) => { for (let i = 0; i < 1e5; i++) console.log("x"); return 1; }',
    ends: ["value"],
    logs: isBoundedAndCounted,
  },
  {
    id: "L2",
    says: "lines of a megabyte without end",
    source: '(d) => { const s = "x".repeat(1e6); for (;;) console.log(s); }',
    ends: ["HOOK_TIMEOUT"],
    logs: isBoundedAndCounted,
  },
  {
    id: "L3",
    says: "one line of half a billion letters",
    source: '(d) => { console.log("x".repeat(5e8)); return 1; }',
    ends: ["value"],
    logs: isBounded,
  },
  {
    id: "L4",
    says: "logs what answers for ever: getters, proxies, toJSON, cycles",
    source: `(d) => {
      const never = () => { for (;;); };
      const cycle = {};
      cycle.cycle = cycle;
      let shared = [1];
      for (let i = 0; i < 40; i++) shared = [shared, shared];
      console.log({ get a() { never(); }, toJSON: never, toString: never }, cycle, shared);
      console.log(Object.assign(() => 1, { toString: never }), [, , 1], Symbol("s"), 10n ** 5000n);
      return 1;
    }`,
    ends: ["value"],
    logs: isBounded,
  },
  {
    id: "L4.proxy",
    says: "logs a proxy all of whose traps never end",
    source: `(d) => {
      const traps = Object.getOwnPropertyNames(Reflect).map((name) => [name, () => { for (;;); }]);
      console.log(new Proxy([], Object.fromEntries(traps)));
      return 1;
    }`,
    ends: ["value", "HOOK_TIMEOUT"],
    logs: isBounded,
  },
  {
    id: "L4.length",
    says: "logs lists that say they are long",
    source: `(d) => {
      const a = [];
      a.length = 2 ** 32 - 1;
      console.log(a, [a, [a, [a, [a]]]], { a, b: { a } });
      console.log(...Array(1e5).fill(a));
      return 1;
    }`,
    ends: ["value", "HOOK_TIMEOUT"],
    logs: isBounded,
  },
  {
    id: "L4.wide",
    says: "logs letters that take more bytes than they are",
    source:
      '(d) => { for (let i = 0; i < 100; i++) console.log("\\u{1f600}".repeat(1e4)); return 1; }',
    ends: ["value"],
    logs: isBounded,
  },
  {
    id: "L5",
    says: "replaces the console, and what it uses, to be rid of the bounds",
    source: `(d) => {
      const log = console.log;
      String.prototype.slice = function () { return this; };
      Array.prototype.push = function () { return 0; };
      Math.min = () => Infinity;
      Object.defineProperty(Object.prototype, "logLines", { value: 1e9 });
      for (let i = 0; i < 1e4; i++) log.call(null, "x".repeat(1e4));
      return 1;
    }`,
    ends: ["value"],
    logs: isBoundedAndCounted,
  },
  {
    id: "L5.steer",
    says: "lines that steer a terminal and forge other lines",
    source:
      '(d) => { console.error("\\u001b[2J\\n2026-01-01 INFO all is well\\r\\u0000"); return 1; }',
    ends: ["value"],
    logs: ({ lines }) => lines.length === 1,
  },
];
