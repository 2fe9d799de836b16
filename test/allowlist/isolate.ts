/**
 * A bare isolate with one library in it, as a hook will find it: for the tests of the allowlist.
 *
 * What the sandbox takes away is deleted before the library is evaluated, not only before the hook
 * runs, so that a library which needs it fails here.
 *
 * @module
 */

import { readFileSync } from "node:fs";

import { build } from "esbuild";
import ivm from "isolated-vm";

const REMOVED = ["WebAssembly", "SharedArrayBuffer", "Atomics", "WeakRef", "FinalizationRegistry"];

const HEAP_MIB = 64;

/** What runs a text in the isolate. `files` are there by name, as Uint8Arrays. */
export interface Bare extends Disposable {
  readonly isolate: ivm.Isolate;
  /** Returns what the text, the body of an async function, returns; it must be plain data. */
  run(text: string, files?: Readonly<Record<string, Uint8Array>>): Promise<unknown>;
}

export interface BareOptions {
  readonly pixelsMax?: number;
  readonly heapMiB?: number;
  /** Whether what anybody gets out of WebAssembly is kept, as `secrets` (`jsquash-secrets.ts`). */
  readonly keepsSecrets?: boolean;
}

/** Returns an isolate in which `lib` is the library of a bundle, and `Tensor` and `show` stand. */
export async function bareIsolate(bundle: URL, options: BareOptions = {}): Promise<Bare> {
  const { pixelsMax = 1_000_000, heapMiB = HEAP_MIB } = options;
  const isolate = new ivm.Isolate({ memoryLimit: heapMiB });
  const context = await isolate.createContext();
  await context.eval(await worldScript(options.keepsSecrets === true));
  await context.eval(REMOVED.map((name) => `delete globalThis.${name};`).join(""));
  await context.eval(`
    const { Tensor, declareWasm, sealWasm, secrets } = tensorModule;
    // The one library that there is, asked as the guest asks all of them.
    const tensorOf = (value) => made.toTensor(value) ?? made.toNumbers(value);
    const made = ${readFileSync(bundle, "utf8")}
      ({ Tensor, pixelsMax: ${pixelsMax}, declareWasm, tensorOf });
    sealWasm();
    const lib = made.exports;
    const show = (value) => {
      const tensor = Tensor.is(value) ? value : made.toTensor(value);
      if (!tensor) return { scalar: true, value: String(value) };
      const { dtype, shape, data } = tensor;
      return { dtype, shape: [...shape], data: Array.from(data, Number) };
    };
  `);
  return {
    isolate,
    async run(text, files = {}) {
      for (const [name, bytes] of Object.entries(files)) {
        const copy = new ivm.ExternalCopy(bytes).copyInto({ release: true });
        await context.global.set(name, copy);
      }
      const script = `(async () => { ${text} })()`;
      return context.eval(script, { promise: true, copy: true, timeout: 20_000 });
    },
    [Symbol.dispose]() {
      if (!isolate.isDisposed) isolate.dispose();
    },
  };
}

/** The guest's own tensor and WebAssembly, which is taken before it is removed. */
async function worldScript(keepsSecrets: boolean): Promise<string> {
  const secrets = `export { secrets } from "../test/allowlist/jsquash-secrets.ts";`;
  const contents = `
    ${keepsSecrets ? secrets : "export const secrets = undefined;"}
    export { Tensor } from "./contract/tensor.ts";
    import { declareWasm, sealWasm, takeWasm } from "./guest/wasm.ts";
    takeWasm();
    export { declareWasm, sealWasm };
  `;
  const resolveDir = new URL("../../src/", import.meta.url).pathname;
  const result = await build({
    stdin: { contents, resolveDir, loader: "ts" },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "tensorModule",
    target: "es2024",
  });
  return result.outputFiles[0]?.text ?? "";
}
