/**
 * Attacks on the allowlist: what is not on it asked for, and what is on it changed.
 *
 * @module
 */

import type { HookAttack } from "../attack.ts";

const refused = ["LIBRARY_REFUSED", "HOOK_THREW"] as const;

/** Names that are on no list, as they would stand in `require`. */
const NAMES: readonly [name: string, says: string, expression: string][] = [
  ["fs", "a module of Node", "'fs'"],
  ["node", "the same by its other name", "'node:fs'"],
  ["path", "a path", "'../x'"],
  ["absolute", "an absolute path", "'/etc/passwd'"],
  ["inside", "a path that leads out of a library", "'numjs/../../x'"],
  ["proto", "a property of every object", "'__proto__'"],
  ["constructor", "another one", "'constructor'"],
  ["valueof", "and another one", "'valueOf'"],
  ["case", "another case of a name", "'NumJS'"],
  ["unicode", "a letter that looks like another", "'num\\u0458s'"],
  ["nul", "a name that ends before its end", "'numjs\\0/../fs'"],
  ["space", "names with spaces between", "'numjs papaparse'"],
  ["version", "a version that is none", "'numjs@../../fs'"],
  ["url", "an address", "'https://example.org/x.js'"],
  ["empty", "no name", "''"],
  ["file", "a file: address", "'file:///etc/passwd'"],
];

const NAME_ROWS = NAMES.map(([name, says, expression]): HookAttack => ({
  id: `B1.${name}`,
  says: `require of ${says}`,
  // Behind a variable, so that the reader of the source cannot refuse it before it runs.
  source: `(d) => { const name = ${expression}; return typeof globalThis.require(name); }`,
  ends: refused,
}));

export const LIBRARIES: readonly HookAttack[] = [
  {
    id: "B1",
    says: "require of a module of Node, as it stands",
    source: "(d) => require('fs').readFileSync('/etc/passwd', 'utf8')",
    ends: refused,
    detail: /not on the list|not allowed|wants the name/,
  },
  ...NAME_ROWS,
  {
    id: "B1.object",
    says: "require of an object that says something else each time",
    source: `(d) => {
      const names = ["numjs", "fs"];
      const r = globalThis.require;
      return typeof r({ toString: () => names.pop(), [Symbol.toPrimitive]: () => names.pop() });
    }`,
    ends: refused,
    detail: /not on the list|not allowed|wants the name/,
  },
  {
    id: "B1.patched",
    says: "require after Map, String and the rest were replaced",
    source: `(d) => {
      Map.prototype.get = Map.prototype.has = () => ({ evil: true });
      String.prototype.lastIndexOf = () => 0;
      String.prototype.slice = () => "numjs";
      Object.prototype.fs = { evil: true };
      const r = globalThis.require;
      return r("fs").evil ? "evil" : "none";
    }`,
    ends: refused,
    detail: /not on the list|not allowed|wants the name/,
  },
  {
    id: "B1.cache",
    says: "require's own properties: cache, resolve, main, extensions",
    source: `(d) => ["cache", "resolve", "main", "extensions", "prototype"].filter(
      (name) => globalThis.require[name] !== undefined,
    )`,
    ends: ["value"],
    holds: (value) => Array.isArray(value) && value.every((name) => name === "prototype"),
  },
  {
    id: "B2",
    says: "a library's function replaced, seen by the next call of a fresh hook",
    source: `(d) => {
      const nj = require("numjs");
      const sum = nj.array([1, 2, 3]).sum();
      nj.array = () => ({ sum: () => "evil" });
      return sum;
    }`,
    state: "fresh",
    rounds: 2,
    ends: ["value", "LIBRARY_REFUSED"],
    holds: (value) => value === 6,
  },
  {
    id: "B3",
    says: "ways from a library's functions to the host",
    source: `(d) => {
      const nj = require("numjs");
      const seen = new Set(), todo = [nj], found = [];
      for (let at = todo.pop(); at !== undefined && seen.size < 2e4; at = todo.pop()) {
        if (at === null || !/^(object|function)$/.test(typeof at) || seen.has(at)) continue;
        seen.add(at);
        if (typeof at === "function") {
          const way = "return typeof process";
          try { if (at.constructor(way)() !== "undefined") found.push(at.name); }
          catch {}
        }
        for (const key of Reflect.ownKeys(at)) {
          const property = Object.getOwnPropertyDescriptor(at, key);
          todo.push(property?.value, property?.get);
        }
        todo.push(Object.getPrototypeOf(at));
      }
      return found;
    }`,
    limits: { wallMs: 2_000 },
    ends: ["value", "LIBRARY_REFUSED"],
    holds: (value) => Array.isArray(value) && value.length === 0,
  },
  {
    id: "B5",
    says: "data left in a library, found by the next call of a fresh hook",
    source: `(d) => {
      const nj = require("numjs");
      const seen = nj.kept ?? Object.getPrototypeOf(nj.array([1])).kept ?? "nothing";
      try { nj.kept = "left"; } catch {}
      try { Object.getPrototypeOf(nj.array([1])).kept = "left"; } catch {}
      return seen;
    }`,
    state: "fresh",
    rounds: 2,
    ends: ["value", "LIBRARY_REFUSED"],
    holds: (value) => value === "nothing",
  },
  {
    id: "B6",
    says: "an array of a library's that says it is vast",
    source: "(d) => require('numjs').zeros([1e5, 1e5]).tolist().length",
    ends: ["HOOK_THREW", "HOOK_MEMORY", "HOOK_TIMEOUT", "HOOK_CRASHED", "LIBRARY_REFUSED"],
  },
  {
    id: "B6.csv",
    says: "a table of a line that never ends and of quotes that never close",
    source: `(d) => {
      const text = '"' + "a,".repeat(2e6) + '""'.repeat(1e5);
      return require("papaparse").parse(text).data.length;
    }`,
    ends: ["value", "HOOK_TIMEOUT", "HOOK_MEMORY", "HOOK_THREW", "LIBRARY_REFUSED"],
  },
];
