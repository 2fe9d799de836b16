// Libraries are no way out and no way across: what a hook can reach through one, and what is left
// of one hook's doings for the next. Each library that is built in, in the real runtime.

import { readFileSync } from "node:fs";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { LOCK } from "../../build/libraries.ts";
import { entriesFromLock } from "../../src/contract/lock.ts";
import { createRuntime, type Runtime } from "../../src/index.ts";
import { until } from "./processes.ts";

const NAMES = entriesFromLock(readFileSync(LOCK, "utf8"), "lock.json").map(({ name }) => name);

const PHOTOGRAPH = readFileSync(
  new URL("../../examples/models/digits/7-row-1399.png", import.meta.url),
);

/** Uses a library, so that what it makes at first use is there too. */
const USED: Readonly<Record<string, string>> = {
  jimp: "things.push(await lib.Jimp.fromBuffer(files[0]));",
  numjs: "things.push(lib.array([[1, 2], [3, 4]]));",
  torch: "things.push(lib.tensor([1, 2]), lib.tf);",
  arquero: "things.push(lib.DataFrame({ a: [1, 2] }));",
  sklearn: "things.push(lib.preprocessing.StandardScaler().fit([[1], [2]]));",
  zod: "things.push(lib.z.object({ a: lib.z.string() }));",
  dayjs: "things.push(lib.utc('2026-01-01'));",
};

/** Walks all that can be had of a library: properties, prototypes, results of getters. */
const walk = (name: string, more = "") => `async (data, files) => {
  const lib = require("${name}");
  const things = [lib];
  ${USED[name] ?? ""}
  ${more}
  const seen = new Set();
  const found = [];
  for (let i = 0; i < things.length && i < 200_000; i++) {
    const thing = things[i];
    if (Object(thing) !== thing || seen.has(thing)) continue;
    seen.add(thing);
    let tag = "";
    try { tag = Object.prototype.toString.call(thing) } catch {}
    const called = typeof thing === "function" ? thing.name : "";
    if (/WebAssembly|SharedArrayBuffer|Atomics|FinalizationRegistry|WeakRef/.test(tag + called)) found.push(tag + called);
    if (/^(declareWasm|takeWasm|sealWasm|pixelsMax)$/.test(called)) found.push(called);
    things.push(Object.getPrototypeOf(thing));
    if (ArrayBuffer.isView(thing)) { things.push(thing.buffer); continue; }
    for (const key of Reflect.ownKeys(thing)) {
      if (key === "declareWasm" || key === "bookendProgram") found.push(key);
      const { value, get, set } = Reflect.getOwnPropertyDescriptor(thing, key);
      things.push(value, get, set);
      if (get) try { things.push(thing[key]) } catch {}
    }
  }
  return { found, seen: seen.size };
}`;

/** Leaves a mark wherever it can, and says where there was one. */
const mark = (name: string, n: number) => `(data) => {
  const lib = require("${name}");
  const places = [lib, ...Object.values(lib), Array.prototype, Function.prototype, globalThis]
    .filter((one) => Object(one) === one);
  const were = places.filter((one) => Object.hasOwn(one, "mark")).length;
  const set = places.filter((one) => Reflect.set(one, "mark", ${n}) && Object.hasOwn(one, "mark"));
  for (const key of Object.keys(lib)) { try { lib[key] = () => "poisoned" } catch {} }
  return { were, set: set.length };
}`;

const intact = (name: string) => `(data) => {
  const lib = require("${name}");
  const values = Object.values(lib);
  const isPoisoned = (one) => typeof one === "function" && one.toString().includes("poisoned");
  return values.filter((one) => Object.hasOwn(Object(one), "mark") || isPoisoned(one)).length
    + Number("mark" in globalThis) + Number("mark" in []);
}`;

describe.each(["evaluated", "woken from a snapshot"])("a library that was %s", (how) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createRuntime({ workers: 1 });
    if (how === "evaluated") return;
    for (const name of NAMES) {
      const source = `(d) => typeof require("${name}")`;
      await (await runtime.register({ kind: "pre", source }))[Symbol.asyncDispose]();
    }
    const all = () => runtime.describe().snapshots === NAMES.length;
    expect(await until(all, 60)).toBe(true);
  }, 90_000);
  afterAll(() => runtime.close());

  test.each(NAMES)("%s leads to nothing that was taken from hooks", async (name) => {
    await using hook = await runtime.register({ kind: "pre", source: walk(name) });
    const { value } = await hook.call(null, [PHOTOGRAPH]);
    expect(value).toMatchObject({ found: [] });
    expect((value as { seen: number }).seen).toBeGreaterThan(40);
  });

  test("the walk finds what is hidden behind a getter of a prototype", async () => {
    const hidden = `class Hidden { get inner() { return { list: [{ declareWasm: 1 }] } } }
      things.push(new Hidden());`;
    await using hook = await runtime.register({ kind: "pre", source: walk("dayjs", hidden) });
    expect((await hook.call(null, [PHOTOGRAPH])).value).toMatchObject({ found: ["declareWasm"] });
  });

  test.each(NAMES)("%s keeps nothing of one tenant for another", async (name) => {
    const first = { kind: "pre", source: mark(name, 1), tenant: "first" } as const;
    const second = { kind: "pre", source: mark(name, 1), tenant: "second" } as const;
    await using one = await runtime.register(first);
    const { set } = (await one.call(0)).value as { set: number };
    expect(set).toBeGreaterThan(3);
    // It was there: the isolate of the same hook is warm.
    const { were } = (await one.call(0)).value as { were: number };
    expect(were).toBeGreaterThan(2);
    await using other = await runtime.register(second);
    expect((await other.call(0)).value).toMatchObject({ were: 0, set });
    const third = { kind: "pre", source: intact(name), tenant: "third" } as const;
    await using last = await runtime.register(third);
    expect((await last.call(0)).value).toBe(0);
  });

  test.each(NAMES)("%s is new for each call of a fresh hook", async (name) => {
    const source = mark(name, 1);
    await using hook = await runtime.register({ kind: "pre", source, state: "fresh" });
    for (let i = 0; i < 3; i++) expect((await hook.call(0)).value).toMatchObject({ were: 0 });
  });
});
