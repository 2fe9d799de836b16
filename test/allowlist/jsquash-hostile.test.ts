/**
 * A hook that watches every function and every getter of its realm, while codecs decode for it.
 *
 * Method: each is replaced by one that looks at its `this`, its arguments and its result, and all
 * intrinsic constructors by ones that look at what they make; then every format is decoded, good
 * files and bad ones. Nothing that the guest ever got out of WebAssembly may be among what is seen,
 * and nothing may be called while a module runs. `jsquash-secrets.ts` knows what there is.
 *
 * @module
 */

import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { bareIsolate } from "./isolate.ts";

interface Row {
  readonly name: string;
  readonly file: string;
}

const { pictures } = JSON.parse(
  readFileSync(new URL("vectors-pictures.json", import.meta.url), "utf8"),
) as { readonly pictures: readonly Row[] };

const fileOf = (name: string) =>
  Buffer.from(pictures.find((row) => row.name === name)?.file ?? "", "base64");

const FILES = {
  jpeg: fileOf("jpeg progressive"),
  cmyk: fileOf("jpeg in CMYK"),
  png: fileOf("png rgba"),
  webp: fileOf("webp lossy with alpha"),
};

/** Replaces everything, and counts what it sees into `seen`. */
const WATCH = `
  // Words, for a list would put its elements into the setters below.
  const seen = { calls: 0, inside: "", secrets: "" };
  const { apply, construct, ownKeys, getOwnPropertyDescriptor, defineProperty } = Reflect;
  const isSecret = secrets.has;
  const { stringify } = JSON;
  const look = (where, value) => {
    seen.calls++;
    if (secrets.depth > 0) seen.inside += where + " ";
    if (isSecret(value)) seen.secrets += where + " ";
  };
  const watched = (where, callable) => new Proxy(callable, {
    apply(target, self, args) {
      look(where, self);
      for (let i = 0; i < args.length; i++) look(where, args[i]);
      const value = apply(target, self, args);
      look(where, value);
      return value;
    },
    construct(target, args, newTarget) {
      for (let i = 0; i < args.length; i++) look(where, args[i]);
      const value = construct(target, args, newTarget === self ? target : newTarget);
      look(where, value);
      return value;
    },
  });
  const self = Symbol();
  const done = new Set([globalThis, secrets, lib, made]);
  const watch = (owner, path) => {
    if (done.has(owner)) return;
    done.add(owner);
    const keys = ownKeys(owner);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      const where = path + "." + String(key);
      const property = getOwnPropertyDescriptor(owner, key);
      const inner = property.value;
      if (key !== "constructor" && inner !== null && /object|function/.test(typeof inner)) {
        watch(inner, where);
      }
      if (!property.configurable || key === "constructor") continue;
      if (typeof inner === "function") property.value = watched(where, inner);
      for (const side of ["get", "set"]) {
        if (property[side]) property[side] = watched(where, property[side]);
      }
      defineProperty(owner, key, property);
    }
  };
  const iterators = [[][Symbol.iterator](), new Map().keys(), new Set().keys(), "".matchAll(/x/g)];
  const hidden = [Object.getPrototypeOf(Uint8Array), ...iterators.map(Object.getPrototypeOf)];
  hidden.push(Object.getPrototypeOf(hidden[1]), async function () {}.constructor.prototype);
  const globals = ownKeys(globalThis).filter((key) => !${JSON.stringify(["tensorModule"])}.includes(key));
  const intrinsics = globals.filter((key) => /^[A-Z]/.test(key) || key === "queueMicrotask");
  for (const key of intrinsics) if (!["NaN", "Infinity"].includes(key)) watch(globalThis[key], key);
  for (const one of hidden) { watch(one, "hidden"); watch(one.prototype ?? {}, "hidden.prototype"); }
  for (const key of intrinsics) {
    const value = globalThis[key];
    if (typeof value === "function") globalThis[key] = watched(key, value);
  }
  // What is looked up but not there lands here.
  const names = ["then", "nothing", "memory", "a", "wbg", "env", "toString"];
  for (const name of [...names, "0", "1", "2", "10", "maximum", "initial", "cause", "length"]) {
    if (Object.hasOwn(Object.prototype, name)) continue;
    const get = function () { look("Object.prototype." + name, this); };
    defineProperty(Object.prototype, name, { __proto__: null, get, set: get, configurable: true });
  }
`;

// What the hook asks for while it watches. Whatever it throws is looked at too.
const RUNS: readonly [library: string, says: string, js: string][] = [
  ["jimp", "decodes a JPEG", "lib.Jimp.fromBuffer(jpeg)"],
  ["jimp", "decodes a draft", "lib.Jimp.fromBuffer(jpeg, { draft: { w: 5, h: 5 } })"],
  ["jimp", "falls back for CMYK", "lib.Jimp.fromBuffer(cmyk)"],
  ["jimp", "refuses a JPEG that is cut off", "lib.Jimp.fromBuffer(jpeg.subarray(0, 900))"],
  ["jimp", "decodes a PNG", "lib.Jimp.fromBuffer(png)"],
  ["jimp", "refuses a PNG that is cut off", "lib.Jimp.fromBuffer(png.subarray(0, 900))"],
  ["jimp", "decodes a WebP", "lib.Jimp.fromBuffer(webp)"],
  ["jimp", "refuses a WebP that is cut off", "lib.Jimp.fromBuffer(webp.subarray(0, 200))"],
  ["chitra", "decodes a PNG", "new lib.Chitra(png).resize([9, 9])"],
  ["jsquash", "decodes a JPEG", "lib.jpeg.decode(jpeg)"],
  ["jsquash", "refuses a JPEG in CMYK", "lib.jpeg.decode(cmyk)"],
  ["jsquash", "writes a PNG", "lib.png.encode(lib.png.decode(png))"],
  ["jsquash", "resizes a WebP", "lib.resize(lib.webp.decode(webp), { width: 9, height: 9 })"],
];

for (const [library, says, js] of RUNS) {
  test(`${library} ${says} and shows its hook nothing of WebAssembly`, async () => {
    const bundle = new URL(`../../bundles/libraries/${library}.js`, import.meta.url);
    using bare = await bareIsolate(bundle, { keepsSecrets: true });
    const text = `
      ${WATCH}
      const before = secrets.entries;
      const run = async () => { look("result", await ${js}); };
      for (let i = 0; i < 2; i++) {
        try { await run(); } catch (error) {
          for (let at = error; at; at = Object.getPrototypeOf(at)) look("error", at);
          look("error", error.constructor);
        }
      }
      return stringify({ ...seen, entries: secrets.entries - before });
    `;
    const got = JSON.parse((await bare.run(text, FILES)) as string) as {
      readonly calls: number;
      readonly entries: number;
      readonly inside: string;
      readonly secrets: string;
    };
    expect([got.secrets, got.inside]).toEqual(["", ""]);
    // It was watching, and there was something to watch.
    expect(got.calls).toBeGreaterThan(10);
    expect(got.entries).toBeGreaterThan(3);
  });
}
