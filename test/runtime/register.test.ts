// What `createRuntime` and `register` refuse, and what they make of what they take.

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createRuntime, type Runtime } from "../../src/index.ts";
import { expectFault, type Wanted } from "./faults.ts";

const ECHO = { kind: "pre", source: "(d) => d" };

const OPTIONS: readonly [name: string, options: unknown, wanted: Wanted][] = [
  [
    "options that are none",
    7,
    { code: "BAD_REQUEST", detail: "wants options as an object, got 7" },
  ],
  [
    "an option nobody knows",
    { worker: 2 },
    { code: "BAD_REQUEST", path: "worker", detail: "there are workers" },
  ],
  [
    "no workers",
    { workers: 0 },
    { code: "BAD_REQUEST", path: "workers", detail: "wants 1 to 256" },
  ],
  [
    "another isolation",
    { isolation: "vm" },
    { code: "BAD_REQUEST", path: "isolation", detail: "got vm" },
  ],
  [
    "a library that is not built in",
    { allowlist: ["numjs", "left-pad"] },
    { code: "BAD_REQUEST", path: "allowlist[1]", detail: "numjs" },
  ],
  [
    "an allowlist that is no list",
    { allowlist: "numjs" },
    { code: "BAD_REQUEST", path: "allowlist" },
  ],
];

test.each(OPTIONS)("createRuntime() refuses %s", async (_name, options, wanted) => {
  await expectFault(createRuntime(options as object), wanted);
});

const REFUSED: readonly [name: string, options: object, wanted: Wanted][] = [
  [
    "no kind",
    { source: "(d) => d" },
    { code: "BAD_REQUEST", path: "kind", detail: '"pre" or "post"' },
  ],
  ["no source", { kind: "pre" }, { code: "BAD_REQUEST", path: "source", detail: "got undefined" }],
  [
    "an option nobody knows",
    { ...ECHO, retruns: {} },
    { code: "BAD_REQUEST", path: "retruns", detail: "returns" },
  ],
  [
    "a name with a slash",
    { ...ECHO, name: "a/b" },
    { code: "BAD_REQUEST", path: "name", detail: "a/b" },
  ],
  [
    "a tenant of a thousand letters",
    { ...ECHO, tenant: "x".repeat(1_000) },
    { code: "BAD_REQUEST", path: "tenant" },
  ],
  [
    "a schema with a keyword nobody knows",
    { ...ECHO, returns: { typ: "string" } },
    { code: "BAD_REQUEST", detail: "typ" },
  ],
  [
    "a schema with a function in it",
    { ...ECHO, accepts: { type: () => 1 } },
    { code: "BAD_REQUEST" },
  ],
  [
    "a wrong signature",
    { ...ECHO, source: "(a, b, c) => a" },
    { code: "SIGNATURE_INVALID", at: { line: 1, column: 8 }, detail: "pre(data, files)" },
  ],
  [
    "an outer variable",
    { ...ECHO, source: "(d) =>\n  d + outer" },
    { code: "NAME_UNDEFINED", at: { line: 2, column: 7 }, detail: "`outer`" },
  ],
  [
    "an outer import",
    { ...ECHO, source: "(d) => np.array(d)" },
    { code: "NAME_UNDEFINED", at: { line: 1, column: 8 }, detail: 'require("num' },
  ],
  [
    "a library off the list",
    { ...ECHO, source: "(d) => require('fs')" },
    { code: "LIBRARY_REFUSED", at: { line: 1, column: 16 }, detail: "numjs" },
  ],
  [
    "what does not parse",
    { ...ECHO, source: "(d) => {\n  return ]\n}" },
    { code: "SYNTAX_INVALID", at: { line: 2, column: 10 } },
  ],
  [
    "a generator",
    { ...ECHO, source: "function* (d) { yield d }" },
    { code: "SIGNATURE_INVALID", detail: "generator" },
  ],
  [
    "a class",
    {
      ...ECHO,
      source: class A {
        b = 1;
      },
    },
    { code: "SIGNATURE_INVALID" },
  ],
  [
    "a bound function",
    { ...ECHO, source: ((d: number) => d).bind(null) },
    { code: "SYNTAX_INVALID", detail: "no text" },
  ],
];

describe("register()", () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createRuntime({ workers: 1, allowlist: ["numpy"] });
  });
  afterAll(() => runtime.close());

  test.each(REFUSED)("refuses %s", async (_name, options, wanted) => {
    await expectFault(runtime.register(options as never), wanted);
  });

  test("takes a function as what String() gives of it, with the sha-256 of the text as its id", async () => {
    const hook = await runtime.register({ kind: "pre", source: "(d) => d" });
    // printf '(d) => d' | sha256sum
    const id = "71ac86300104453fb42a117540e38d0a1f35f1d6553c805615df05b7fc034dd9";
    expect(hook).toMatchObject({ id, kind: "pre", name: "pre", tenant: "default", parameters: 1 });
    function twice(data: number): number {
      return data * 2;
    }
    const named = await runtime.register({ kind: "pre", source: twice });
    expect(named.name).toBe("twice");
    expect((await named.call(21)).value).toBe(42);
  });

  test("knows the libraries of the allowlist, by their own names, and no others", async () => {
    const source = "(d, f) => require('np').array(d).sum()";
    const hook = await runtime.register({ kind: "pre", source });
    expect([hook.libraries, hook.parameters]).toEqual([["numjs"], 2]);
    const jimp = runtime.register({ kind: "pre", source: "(d) => require('jimp')" });
    await expectFault(jimp, { code: "LIBRARY_REFUSED", detail: "numjs" });
    expect(runtime.describe().libraries.map(({ name }) => name)).toEqual(["numjs"]);
  });

  test("registers while every worker is at work", async () => {
    const source = "(d) => { const t = Date.now(); while (Date.now() - t < d); return d }";
    const busy = await runtime.register({ kind: "pre", source });
    const calls = Array.from({ length: 20 }, () => busy.call(30));
    const late = await runtime.register({ kind: "pre", source: "(d) => d" });
    expect((await late.call(1)).value).toBe(1);
    expect(await Promise.all(calls)).toHaveLength(20);
  });
});
