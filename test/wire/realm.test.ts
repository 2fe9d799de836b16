// The wire inside a bare realm whose every method a hook has replaced: same bytes, nothing called.

import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";

import { build } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";

import { ENCODE_RULES } from "./bytes.ts";

let bundle = "";

beforeAll(async () => {
  const from = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));
  const lines = [
    `export { Encoder } from "${from("wire/encode.ts")}";`,
    `export { decode } from "${from("wire/decode.ts")}";`,
    `export { joinBody } from "${from("wire/records.ts")}";`,
    `export { Tensor } from "${from("contract/tensor.ts")}";`,
  ];
  const { outputFiles } = await build({
    stdin: { contents: lines.join("\n"), resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "wire",
    platform: "neutral",
    target: "es2024",
  });
  bundle = outputFiles[0]?.text ?? "";
});

/** Replaces every method and getter that a script can reach, and says which were called. */
const POISON = `
  var called = [];
  const real = { define: Object.defineProperty, describe: Object.getOwnPropertyDescriptor, keys: Reflect.ownKeys };
  const text = String;
  const typedArray = Object.getPrototypeOf(Uint8Array);
  const owners = { Array, Object, String, Number, BigInt, Map, Set, RegExp, Error, RangeError, TypeError, JSON, Reflect, Math,
    ArrayBuffer, DataView, Uint8Array, Float32Array, BigInt64Array, typedArray, Tensor: wire.Tensor };
  const lie = (name) => function () { called[called.length] = name; return 0; };
  const poison = (owner, name) => {
    const keys = real.keys(owner);
    for (let i = 0; i < keys.length; i++) { const key = keys[i];
      const property = real.describe(owner, key);
      if (!property.configurable || key === "prototype") continue;
      const label = name + "." + text(key);
      if (property.get) real.define(owner, key, { get: lie(label) });
      else if (typeof property.value === "function") real.define(owner, key, { value: lie(label) });
    }
  };
  const names = real.keys(owners);
  for (let i = 0; i < names.length; i++) { const name = names[i];
    const owner = owners[name];
    if (owner.prototype) poison(owner.prototype, name + ".prototype");
    if (name !== "Reflect") poison(owner, name);
    real.define(owner, Symbol.hasInstance, { value: lie(name + "[hasInstance]"), configurable: true });
  }
  poison(Reflect, "Reflect");
  const globals = real.keys(globalThis);
  for (let i = 0; i < globals.length; i++) { const name = globals[i];
    const property = real.describe(globalThis, name);
    if (property.configurable && typeof property.value === "function" && name !== "wire") {
      real.define(globalThis, name, { value: lie(name) });
    }
  }
`;

const VALUE = `({
  numbers: [0, -1, 1.5, 70000, -0, 2n ** 40n], text: "h\\u00e9 \\ud83d\\udc08 ".repeat(300),
  list: new Array(40).fill(true), odd: new Map([["a b", null]]), gone: undefined,
  bytes: new Uint8Array([1, 2, 3]).subarray(1), tensor: new Tensor("float32", [2, 1], new Float32Array([1, 2])),
})`;

/** Runs in a realm of its own, clean or poisoned, and returns the bytes as text. */
function run(isPoisoned: boolean): { hex: string; refusal: string; called: string[] } {
  const context = createContext({});
  runInContext(bundle, context);
  runInContext(
    `
    const { Encoder, decode, joinBody, Tensor } = wire;
    const encoder = new Encoder(${JSON.stringify(ENCODE_RULES)});
    const value = ${VALUE};
    const misfits = [[{ "odd key": new Date(0) }], [() => 1], [, 1], [new Float32Array(1)], [new Map([[1, 1]])]];
    const first = encoder.encode(value);
    const toHex = (bytes) => { let hex = ""; for (let i = 0; i < bytes.length; i++) hex += bytes[i].toString(16) + " "; return hex; };
    var body, again, refusals = "";
    const act = () => {
      const bytes = encoder.encode(value);
      again = encoder.encode(decode(bytes));
      for (let i = 0; i < misfits.length; i++) {
        try { encoder.encode(misfits[i]); } catch (error) { refusals += error.code + error.path + error.detail; }
      }
      body = joinBody(1, bytes, again);
    };
    const plain = { hex: (buffer) => toHex(new Uint8Array(buffer)) };
  `,
    context,
  );
  const show = runInContext(
    `(() => {
    const Bytes = Uint8Array, toText = Function.prototype.call.bind(Number.prototype.toString);
    return (buffer, length) => { const bytes = new Bytes(buffer); let hex = "";
      for (let i = 0; i < length; i++) hex += toText(bytes[i], 16) + " "; return hex; };
  })()`,
    context,
  ) as (buffer: ArrayBuffer, length: number) => string;
  runInContext(`{ ${isPoisoned ? POISON : "var called = [];"} }`, context);
  runInContext("act()", context);
  const called: unknown = runInContext("called", context);
  const length = 2000;
  return {
    hex: show(runInContext("body", context) as ArrayBuffer, length),
    refusal: String(runInContext("refusals", context)),
    called: listOf(called),
  };
}

function listOf(called: unknown): string[] {
  const list = called as { readonly length: number; readonly [index: number]: string };
  return Array.from({ length: list.length }, (_, i) => String(list[i]));
}

describe("the wire in a bare realm", () => {
  test("works, and refuses with words", () => {
    const { hex, refusal } = run(false);
    expect(hex).toMatch(/^1 0 0 0 /);
    expect(refusal).toContain('OUTPUT_UNSUPPORTED$[0]["odd key"]');
    expect(refusal).toContain("an instance of Date");
  });

  test("gives the same bytes and words when every method there is was replaced, and calls none", () => {
    const clean = run(false);
    const poisoned = run(true);
    // The poison itself pushes onto its list; what it replaced must not be ours.
    expect([...new Set(poisoned.called)]).toEqual([]);
    expect(poisoned.hex).toBe(clean.hex);
    expect(poisoned.refusal.length).toBeGreaterThan(100);
  });
});
