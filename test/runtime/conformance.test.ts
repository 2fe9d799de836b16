// One suite for every way to run a hook: the same rows hold in a process and in a thread.

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { HOOK_GLOBALS, TOOL_HELPERS } from "../../src/contract/source/globals.ts";
import { createRuntime, type Runtime, Tensor, tensor } from "../../src/index.ts";
import { expectFault, type Wanted } from "./faults.ts";

interface Case {
  readonly name: string;
  readonly kind?: "pre" | "post";
  readonly source: string;
  readonly args?: readonly unknown[];
  readonly value?: unknown;
  readonly fault?: Wanted;
  readonly options?: object;
}

const bytes = (...list: number[]) => new Uint8Array(list);
const T = "new Tensor(";

const VALUES: readonly Case[] = [
  { name: "null", source: "() => null, 1", fault: { code: "SYNTAX_INVALID" } },
  {
    name: "its argument",
    source: "(d) => d",
    args: [{ a: [1, "x", true, null] }],
    value: { a: [1, "x", true, null] },
  },
  { name: "minus zero", source: "(d) => [d, -0, 1 / d]", args: [-0], value: [-0, -0, -Infinity] },
  {
    name: "NaN and infinities",
    source: "(d) => d",
    args: [[NaN, Infinity, -Infinity]],
    value: [NaN, Infinity, -Infinity],
  },
  { name: "a bigint", source: "(d) => d + 1n", args: [2n ** 62n], value: 4611686018427387905n },
  {
    name: "an integer beyond 2^53",
    source: "(d) => d",
    args: [2 ** 60],
    value: 1152921504606846976,
  },
  { name: "text of all planes", source: "(d) => d + '\\u20ac'", args: ["aé😀"], value: "aé😀€" },
  {
    name: "bytes",
    source: "(d) => d.map((b) => b + 1)",
    args: [bytes(1, 255)],
    value: bytes(2, 0),
  },
  {
    name: "a view of a larger buffer",
    source: "() => new Uint8Array(new ArrayBuffer(100), 3, 2)",
    value: bytes(0, 0),
    fault: { code: "SIGNATURE_INVALID" },
  },
  {
    name: "only the view's bytes",
    source: "(d) => new Uint8Array(new ArrayBuffer(1e6), 3, 2)",
    value: bytes(0, 0),
  },
  { name: "a string-keyed Map", source: "(d) => new Map([['a', 1]])", value: { a: 1 } },
  { name: "undefined in a dict", source: "(d) => ({ a: undefined, b: 2 })", value: { b: 2 } },
  {
    name: "an async hook",
    source: "async (d) => { await null; return d * 2; }",
    args: [21],
    value: 42,
  },
  {
    name: "a promise of its own",
    source: "(d) => new Promise((done) => queueMicrotask(() => done(d)))",
    args: [7],
    value: 7,
  },
  {
    name: "a function declaration",
    source: "function twice(d) { return d * 2 }",
    args: [4],
    value: 8,
  },
  { name: "a method", source: "twice(d) { return d * 2 }", args: [4], value: 8 },
  { name: "an async method", source: "async twice(d) { return d * 2 }", args: [4], value: 8 },
  {
    name: "TypeScript",
    source: "(d: number[]): number => d.reduce((a: number, b) => a + b, 0 as number)",
    args: [[1, 2]],
    value: 3,
  },
  {
    name: "a default and destructuring",
    source: "({ a, ...rest }, [file] = []) => [a, rest, file]",
    args: [{ a: 1, b: 2 }, [bytes(9)]],
    value: [1, { b: 2 }, bytes(9)],
  },
  {
    name: "a float32 tensor, transposed by numjs",
    source: "(d) => require('numpy').array(d).T",
    args: [new Tensor("float32", [2, 3], new Float32Array([1, 2, 3, 4, 5, 6]))],
    value: new Tensor("float32", [3, 2], new Float32Array([1, 4, 2, 5, 3, 6])),
  },
  {
    name: "a library by import",
    source: "async (d) => (await import('np')).default.array(d).sum()",
    args: [[1, 2, 3]],
    value: 6,
  },
  {
    name: "a library by its namespace",
    source: "async (d) => { const { array } = await import('numjs'); return array(d).max() }",
    args: [[1, 5, 3]],
    value: 5,
  },
  {
    name: "files, exactly their bytes",
    source:
      "(d, files) => files.map((f) => [f.length, f.buffer.byteLength, f.name ?? null, f.type ?? null])",
    args: [0, [bytes(1, 2), { data: bytes(3).buffer, name: "a.png", type: "image/png" }]],
    value: [
      [2, 2, null, null],
      [1, 1, "a.png", "image/png"],
    ],
  },
  { name: "no files as an empty list", source: "(d, files) => files", args: [0], value: [] },
  {
    name: "a post's three arguments",
    kind: "post",
    source: "(result, input, files) => [result, input, files.length]",
    args: [1, "in", [bytes(1)]],
    value: [1, "in", 1],
  },
  {
    name: "a post without input data",
    kind: "post",
    source: "(result, input) => [result, input]",
    args: [1],
    value: [1, null],
  },
  {
    name: "the globals it may count on",
    source:
      "(d) => [typeof structuredClone, typeof atob, typeof TextDecoder, new TextDecoder().decode(new TextEncoder().encode(d)), btoa('abc'), atob('YWJj')]",
    args: ["ä€"],
    value: ["function", "function", "function", "ä€", "YWJj", "abc"],
  },
  {
    name: "strict mode",
    source: "(d) => (function () { return this === undefined })()",
    value: true,
  },
  { name: "a line comment at its end", source: "(d) => d // done", args: [1], value: 1 },
  {
    name: "a hook that is a thousand lines of comment",
    source: `${"// x\n".repeat(1000)}(d) => d`,
    args: [1],
    value: 1,
  },
];

const DTYPES: readonly [name: string, make: string, value: Tensor][] = [
  [
    "float64",
    `${T}"float64", [2], new Float64Array([1.5, -0]))`,
    new Tensor("float64", [2], new Float64Array([1.5, -0])),
  ],
  [
    "float16",
    `${T}"float16", [1], new Float16Array([0.1]))`,
    new Tensor("float16", [1], new Float16Array([0.0999755859375])),
  ],
  [
    "bfloat16",
    `Tensor.from([1, -2], "bfloat16")`,
    new Tensor("bfloat16", [2], new Uint16Array([0x3f80, 0xc000])),
  ],
  ["bool", `Tensor.from([[true], [false]])`, new Tensor("bool", [2, 1], bytes(1, 0))],
  [
    "int64",
    `${T}"int64", [1], new BigInt64Array([-9n]))`,
    new Tensor("int64", [1], new BigInt64Array([-9n])),
  ],
  [
    "uint64",
    `${T}"uint64", [1], new BigUint64Array([2n ** 64n - 1n]))`,
    new Tensor("uint64", [1], new BigUint64Array([0xffffffffffffffffn])),
  ],
  [
    "a 0-d int32",
    `${T}"int32", [], new Int32Array([7]))`,
    new Tensor("int32", [], new Int32Array([7])),
  ],
  [
    "a zero-size uint8",
    `${T}"uint8", [0, 3], new Uint8Array(0))`,
    new Tensor("uint8", [0, 3], new Uint8Array(0)),
  ],
];

const FAULTS: readonly Case[] = [
  {
    name: "forgot to return",
    source: "(d) => { d }",
    fault: { code: "OUTPUT_UNSUPPORTED", path: "$", detail: "forget to return" },
  },
  {
    name: "an async hook that forgot",
    source: "async (d) => { await d }",
    fault: { code: "OUTPUT_UNSUPPORTED", detail: "forget to return" },
  },
  {
    name: "a function inside",
    source: "(d) => ({ a: [() => 1] })",
    fault: { code: "OUTPUT_UNSUPPORTED", path: "$.a[0]", detail: "got a function" },
  },
  {
    name: "an accessor",
    source: "(d) => ({ get a() { for (;;); } })",
    fault: { code: "OUTPUT_UNSUPPORTED", path: "$.a", detail: "accessor" },
  },
  {
    name: "a cycle",
    source: "(d) => { const a = {}; a.b = [a]; return a }",
    fault: { code: "OUTPUT_UNSUPPORTED", path: "$.b[0]", detail: "cycle" },
  },
  {
    name: "a hole",
    source: "(d) => [1, , 3]",
    fault: { code: "OUTPUT_UNSUPPORTED", path: "$[1]", detail: "hole" },
  },
  {
    name: "a bare Float16Array",
    source: "(d) => new Float16Array(1)",
    fault: { code: "OUTPUT_UNSUPPORTED", path: "$", detail: 'new Tensor("float16"' },
  },
  {
    name: "a Date",
    source: "(d) => ({ when: new Date(0) })",
    fault: { code: "OUTPUT_UNSUPPORTED", path: "$.when", detail: "toISOString" },
  },
  {
    name: "a Map with other keys",
    source: "(d) => new Map([[1, 2]])",
    fault: { code: "OUTPUT_UNSUPPORTED", detail: "Map" },
  },
  {
    name: "an own __proto__ key",
    source: "(d) => JSON.parse('{\"__proto__\": 1}')",
    fault: { code: "OUTPUT_UNSUPPORTED", detail: "__proto__" },
  },
  {
    name: "a shared graph of 2^30 paths",
    source: "(d) => { let a = [1]; for (let i = 0; i < 30; i++) a = [a, a]; return a }",
    fault: { code: "OUTPUT_TOO_LARGE" },
  },
  {
    name: "an error",
    source: "(d) => {\n  return d.a.b;\n}",
    args: [{}],
    fault: {
      code: "HOOK_THREW",
      detail: "TypeError: Cannot read properties of undefined (reading 'b')",
      at: { line: 2, column: 14 },
    },
  },
  {
    name: "an error on the first line",
    source: "(d) => d.a.b",
    args: [{}],
    fault: { code: "HOOK_THREW", at: { line: 1, column: 12 } },
  },
  {
    name: "an error of a method",
    source: "m(d) { return d.a.b }",
    args: [{}],
    fault: { code: "HOOK_THREW", at: { line: 1, column: 19 } },
  },
  {
    name: "an async error",
    source: "async (d) => {\n  await 0;\n  throw new RangeError('late');\n}",
    fault: { code: "HOOK_THREW", detail: "RangeError: late", at: { line: 3, column: 9 } },
  },
  {
    name: "a thrown null",
    source: "(d) => { throw null }",
    fault: { code: "HOOK_THREW", detail: "threw null" },
  },
  {
    name: "a thrown proxy",
    source: "(d) => { throw new Proxy({}, { get() { for (;;); } }) }",
    fault: { code: "HOOK_THREW" },
  },
  {
    name: "a message that never ends",
    source: "(d) => { throw { get message() { for (;;); } } }",
    fault: { code: "HOOK_THREW" },
  },
  {
    name: "a promise that nothing settles",
    source: "(d) => new Promise(() => {})",
    fault: { code: "HOOK_UNSETTLED", detail: "no timer" },
  },
  {
    name: "an endless loop",
    source: "(d) => { console.log('before'); for (;;); }",
    fault: { code: "HOOK_TIMEOUT", detail: "limits.wallMs" },
    options: { limits: { wallMs: 100 } },
  },
  {
    name: "a microtask storm",
    source: "(d) => { (function f() { Promise.resolve().then(f) })(); return 1 }",
    fault: { code: "HOOK_TIMEOUT" },
    options: { limits: { wallMs: 100 } },
  },
  {
    name: "a heap bomb",
    source: "(d) => { const a = []; for (;;) a.push({ a: [1] }) }",
    fault: { code: "HOOK_MEMORY", detail: "limits.heapMiB" },
    options: { limits: { heapMiB: 16 } },
  },
  {
    name: "what it accepts",
    source: "(d) => d",
    args: [{ a: "x" }],
    options: { accepts: { type: "object", properties: { a: { type: "number" } } } },
    fault: { code: "INPUT_MISMATCH", path: "$.a", detail: "wants number, got string" },
  },
  {
    name: "what it returns",
    source: "(d) => [1, 'x']",
    options: { returns: { type: "array", items: { type: "integer" } } },
    fault: { code: "OUTPUT_MISMATCH", path: "$[1]", detail: "wants integer, got string" },
  },
  {
    name: "a tensor's shape",
    source: "(d) => Tensor.from([[1, 2]], 'float32')",
    options: { returns: tensor("float32", ["batch", 3]) },
    fault: {
      code: "OUTPUT_MISMATCH",
      path: "$",
      detail: "wants float32 [batch, 3], got float32 [1, 2]",
    },
  },
  {
    name: "an axis that two places bind",
    source: "(d) => Tensor.from([1, 2, 3], 'int32')",
    args: [new Tensor("int32", [2], new Int32Array(2))],
    options: { accepts: tensor("int32", ["n"]), returns: tensor("int32", ["n"]) },
    fault: { code: "OUTPUT_MISMATCH", detail: "n = 2" },
  },
  {
    name: "a computed require",
    source: "(d) => { const ask = require; return ask('fs') }",
    fault: { code: "HOOK_THREW", detail: "not on the list" },
  },
  {
    name: "input that cannot travel",
    source: "(d) => d",
    args: [{ a: [1, () => 1] }],
    fault: { code: "INPUT_MISMATCH", path: "data.a[1]", detail: "got a function" },
  },
  {
    name: "a path as a file",
    source: "(d, f) => 1",
    args: [1, ["/tmp/a.png"]],
    fault: { code: "INPUT_MISMATCH", path: "files[0]", detail: "read the file first" },
  },
];

const ESCAPES: readonly [name: string, expression: string, value: unknown][] = [
  [
    "nothing of Node or of a browser",
    "[typeof globalThis.process, typeof globalThis.Buffer, typeof globalThis.fetch, typeof globalThis.setTimeout, typeof globalThis.gc, typeof globalThis.ivm]",
    Array(6).fill("undefined"),
  ],
  [
    "nothing through a constructor",
    "d.constructor.constructor('return typeof process')()",
    "undefined",
  ],
  [
    "no WebAssembly, threads or finalizers",
    "['WebAssembly','SharedArrayBuffer','Atomics','FinalizationRegistry','WeakRef'].map((n) => n in globalThis)",
    Array(5).fill(false),
  ],
  [
    "no resizable buffer",
    "[new ArrayBuffer(8, { maxByteLength: 1e9 }).resizable, 'resize' in ArrayBuffer.prototype, new (new ArrayBuffer(1).constructor)(8, { maxByteLength: 1e9 }).resizable]",
    [false, false, false],
  ],
  [
    "no formatter of stacks",
    "{ try { Error.prepareStackTrace = () => 1 } catch {} return typeof Error.prepareStackTrace }",
    "undefined",
  ],
];

describe.each(["process", "thread"] as const)("isolation %s", (isolation) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createRuntime({ workers: 1, isolation });
  });
  afterAll(() => runtime.close());

  async function run({
    kind = "pre",
    source,
    args = [{}],
    options,
  }: Omit<Case, "name">): Promise<unknown> {
    await using hook = await runtime.register({ kind, source, ...options });
    const call = hook.call as (...args: readonly unknown[]) => Promise<{ value: unknown }>;
    return (await call.apply(hook, args as unknown[])).value;
  }

  for (const { name, fault, value, ...rest } of VALUES) {
    test(`call() gives ${name}`, async () => {
      if (fault) await expectFault(run(rest), fault);
      else expect(await run(rest)).toStrictEqual(value);
    });
  }

  for (const [name, make, value] of DTYPES) {
    test(`call() gives and takes a tensor: ${name}`, async () => {
      expect(await run({ source: `(d) => ${make}` })).toStrictEqual(value);
      expect(await run({ source: "(d) => d", args: [value] })).toStrictEqual(value);
    });
  }

  for (const { name, fault, ...rest } of FAULTS) {
    test(`call() refuses ${name}, and the next call works`, async () => {
      await expectFault(run(rest), fault as Wanted);
      expect(await run({ source: "(d) => d + 1", args: [1] })).toBe(2);
    });
  }

  for (const [name, expression, value] of ESCAPES) {
    test(`a hook finds ${name}`, async () => {
      const body = expression.startsWith("{") ? expression : `(${expression})`;
      expect(await run({ source: `(d) => ${body}` })).toEqual(value);
    });
  }

  test("call() keeps module-level state in the isolate, and loses it with the isolate", async () => {
    const source =
      "(d) => { globalThis.n = (globalThis.n ?? 0) + 1; if (d) for (;;); return globalThis.n }";
    await using hook = await runtime.register({ kind: "pre", source, limits: { wallMs: 100 } });
    expect((await hook.call(0)).value).toBe(1);
    expect((await hook.call(0)).value).toBe(2);
    await expectFault(hook.call(1), { code: "HOOK_TIMEOUT" });
    expect((await hook.call(0)).value).toBe(1);
  });

  test("a hook's globals are the golden list, so that a new V8 shows itself", async () => {
    const names = await run({ source: "(d) => Object.getOwnPropertyNames(globalThis)" });
    const golden = [...HOOK_GLOBALS, ...TOOL_HELPERS].toSorted();
    expect((names as string[]).toSorted()).toEqual(golden);
  });

  // Arguments and answers up to these sizes go through memory that the isolate shares with its
  // sandbox (PROTOCOL.md, the scratch); beyond it they have buffers of their own.
  const edges = [0, 1, 64, 128].flatMap((less) => [65_536 - less, 65_520 - less, 65_480 - less]);
  test("a value travels whole on both sides of every edge of the scratch", async () => {
    await using hook = await runtime.register({ kind: "pre", source: "(d) => d" });
    await using grow = await runtime.register({ kind: "pre", source: "(d) => 'b'.repeat(d)" });
    await using eat = await runtime.register({ kind: "pre", source: "(d) => d.length" });
    for (const edge of edges) {
      for (let length = edge - 3; length <= edge + 3; length++) {
        const text = `<${"a".repeat(length - 2)}>`;
        expect((await hook.call(text)).value).toBe(text);
        expect((await grow.call(length)).value).toBe("b".repeat(length));
        expect((await eat.call(text)).value).toBe(length);
      }
    }
  });

  test("large files arrive whole and alone, though their buffers are used again", async () => {
    const source = `(d, files) => files.map((f) =>
      [f.length, f.buffer.byteLength, f.every((byte) => byte === d)])`;
    await using hook = await runtime.register({ kind: "pre", source });
    const sizes = [900_000, 700_000, 1_000_000, 800_000, 70_000, 65_000];
    for (const [i, size] of [...sizes, ...sizes].entries()) {
      const { value } = await hook.call(i, [new Uint8Array(size).fill(i)]);
      expect(value).toEqual([[size, size, true]]);
    }
    const calls = sizes.map((size, i) => hook.call(i, [new Uint8Array(size).fill(i)]));
    const values = (await Promise.all(calls)).map(({ value }) => value);
    expect(values).toEqual(sizes.map((size) => [[size, size, true]]));
  });

  test("nothing of the scratch is in what a hook is given", async () => {
    const source = `(d, files) => [d.bytes, d.tensor.data, files[0]].map((v) =>
      [v.buffer.byteLength - v.byteLength, Object.prototype.toString.call(v.buffer)])`;
    await using hook = await runtime.register({ kind: "pre", source });
    const data = { bytes: bytes(1, 2), tensor: new Tensor("float32", [1], new Float32Array(1)) };
    const { value } = await hook.call(data, [bytes(3)]);
    expect(value).toEqual(Array(3).fill([0, "[object ArrayBuffer]"]));
  });

  test("a promise of an earlier call that settles late changes no later answer", async () => {
    const source = `(d) => {
      if (d === "wait") return new Promise((done) => { globalThis.done = done; });
      if (d === "settle") { globalThis.done("stale"); return "mine"; }
      return (async () => { globalThis.done("stale"); await null; return "mine, too"; })();
    }`;
    await using hook = await runtime.register({ kind: "pre", source });
    for (const [how, wanted] of [
      ["settle", "mine"],
      ["settle and wait", "mine, too"],
    ]) {
      await expectFault(hook.call("wait"), { code: "HOOK_UNSETTLED" });
      expect((await hook.call(how)).value).toBe(wanted);
    }
  });

  const STATE = `(d) => {
    globalThis.n = (globalThis.n ?? 0) + 1;
    Array.prototype.mark = ([].mark ?? 0) + 1;
    const nj = require("numjs");
    nj.mark = (nj.mark ?? 0) + 1;
    if (d === "throw") throw new Error("on purpose");
    return [globalThis.n, [].mark, nj.mark];
  }`;

  test("a fresh hook finds nothing of the calls before it, one by one or together", async () => {
    await using hook = await runtime.register({ kind: "pre", source: STATE, state: "fresh" });
    for (let i = 0; i < 5; i++) expect((await hook.call(i)).value).toEqual([1, 1, 1]);
    await expectFault(hook.call("throw"), { code: "HOOK_THREW" });
    const calls = Array.from({ length: 40 }, (_, i) => hook.call(i));
    for (const { value } of await Promise.all(calls)) expect(value).toEqual([1, 1, 1]);
  });

  test("a warm hook does, which is the default", async () => {
    await using hook = await runtime.register({ kind: "pre", source: STATE });
    const first = (await hook.call(0)).value as number[];
    const refused = runtime.register({ kind: "pre", source: STATE, state: "cold" as "warm" });
    await expectFault(refused, { code: "BAD_REQUEST", path: "state" });
    const later = await Promise.all(Array.from({ length: 10 }, () => hook.call(0)));
    const counts = later.map(({ value }) => (value as number[])[0]);
    expect(Math.max(...(counts as number[]))).toBeGreaterThan(first[0] ?? 0);
  });

  test("a fresh hook's contexts are given back: many calls fit a small heap", async () => {
    const source = "(d) => { return (globalThis.kept = new Array(20_000).fill(d)).length }";
    const limits = { heapMiB: 16 };
    await using hook = await runtime.register({ kind: "pre", source, state: "fresh", limits });
    for (let i = 0; i < 300; i++) expect((await hook.call(i)).value).toBe(20_000);
  });

  test("two hooks share nothing", async () => {
    await run({
      source: "(d) => { globalThis.secret = 1; Array.prototype.map = () => 'evil'; return 1 }",
    });
    expect(await run({ source: "(d) => [globalThis.secret ?? null, [1].map((x) => x)]" })).toEqual([
      null,
      [1],
    ]);
  });

  test("a hook that poisons what it can reach harms only what it says itself", async () => {
    const source = `(d) => {
      Object.prototype.toJSON = () => 'evil';
      Array.prototype[Symbol.iterator] = () => { throw 1 };
      Uint8Array.prototype.set = () => { throw 2 };
      Object.getOwnPropertyDescriptor = Reflect.getOwnPropertyDescriptor = () => ({ value: 'evil' });
      JSON.stringify = String.prototype.slice = Function.prototype.call = () => 'evil';
      Object.keys = () => ['evil'];
      return { a: [1, 'x'], b: new Uint8Array(1) };
    }`;
    await using hook = await runtime.register({ kind: "pre", source });
    for (let i = 0; i < 3; i++) {
      expect((await hook.call({ k: [1] })).value).toEqual({ a: [1, "x"], b: bytes(0) });
    }
  });

  test("a fault carries logs, receipt, hook and the hook's own stack", async () => {
    const source =
      "function scale(d) {\n  console.warn('got', d, [1, { a: 2 }]);\n  return inner();\n  function inner() { return null.x }\n}";
    await using hook = await runtime.register({
      kind: "pre",
      source,
      name: "scale",
      tenant: "acme",
    });
    const fault = await expectFault(hook.call({ a: 1 }), {
      code: "HOOK_THREW",
      at: { line: 4, column: 34 },
    });
    expect(fault.logs).toEqual([{ level: "warn", text: "got { a: 1 } [1, { a: 2 }]" }]);
    expect(fault.hookStack.split("\n").map((line) => line.trim())).toEqual([
      "at inner (scale:4:34)",
      "at scale (scale:3:10)",
    ]);
    expect(fault.hook).toMatchObject({ name: "scale", tenant: "acme", kind: "pre" });
    expect(fault.receipt?.bytesIn).toBeGreaterThan(0);
    expect(fault.message).not.toMatch(/\/|bookend-guest/);
  });

  test("a call that ran out of time still gives the lines that it logged", async () => {
    const source = "(d) => { console.log('step', 1); for (;;); }";
    await using hook = await runtime.register({ kind: "pre", source, limits: { wallMs: 100 } });
    const fault = await expectFault(hook.call(0), { code: "HOOK_TIMEOUT" });
    expect(fault.logs).toEqual([{ level: "log", text: "step 1" }]);
  });

  test("a receipt says what the call cost, and whether its isolate was warm", async () => {
    await using hook = await runtime.register({ kind: "pre", source: "(d) => 'x'.repeat(100)" });
    const { receipt } = await hook.call("abc");
    expect(receipt.warm).toBe(true);
    // Head 24, list of two, list of one, "abc" as four bytes, nil.
    expect(receipt.bytesIn).toBe(24 + 1 + 1 + 4 + 1);
    expect(receipt.bytesOut).toBe(2 + 100);
    expect(receipt.totalMs).toBeGreaterThanOrEqual(receipt.wallMs + receipt.queueMs);
    expect(receipt.heapBytes).toBeGreaterThan(100_000);
  });
});
