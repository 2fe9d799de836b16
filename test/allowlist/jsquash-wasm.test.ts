/**
 * The door to WebAssembly that libraries have (`src/guest/wasm.ts`), with modules written by hand
 * after the binary format of the specification (sections 5.4 and 5.5).
 *
 * @module
 */

import { afterEach, expect, test } from "vitest";

import type { WasmImports, WasmInstance, WasmModule } from "../../src/contract/library.ts";
import { declareWasm, takeWasm } from "../../src/guest/wasm.ts";
import { WASM_KEPT_BYTES_MAX, WASM_MEMORY_BYTES_MAX } from "../../src/guest/wasm.ts";
import { bareIsolate } from "./isolate.ts";

takeWasm();

const declare = (code: Uint8Array) => declareWasm(Buffer.from(code).toString("base64"));

const PAGE = 65_536;
const PAGES_MAX = WASM_MEMORY_BYTES_MAX / PAGE;

/** Unsigned LEB128. */
const leb = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(Math.floor(value / 0x80))];
const name = (text: string) => [text.length, ...Buffer.from(text)];
const vector = (...items: readonly number[][]) => [...leb(items.length), ...items.flat()];
const section = (id: number, body: readonly number[]) => [id, ...leb(body.length), ...body];
const code = (...body: number[]) => [body.length + 2, 0, ...body, 0x0b];

interface Api {
  readonly Memory: new (size: { readonly initial: number }) => object;
}

const I32 = 0x7f;
const FUNCTION = { type: 0, import: 0, export: 0 };

interface Parts {
  /** The memory section: how many, flags, least, most. There is none when the memory is imported. */
  readonly memory?: readonly number[];
  /** Whether `env.out` is imported, which `trap` then calls instead of trapping. */
  readonly calls?: boolean;
}

const IMPORT_OUT = [...name("env"), ...name("out"), FUNCTION.import, 0];
const IMPORT_MEMORY = [...name("env"), ...name("memory"), 2, 0, 1];

/** A module that exports its memory, its table, and functions that grow, trap, store and call out. */
function moduleOf({ memory, calls = false }: Parts): Uint8Array {
  const imports = [...(calls ? [IMPORT_OUT] : []), ...(memory ? [] : [IMPORT_MEMORY])];
  const first = calls ? 1 : 0;
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([0x60, 1, I32, 1, I32], [0x60, 0, 0], [0x60, 2, I32, I32, 0])),
    ...section(2, vector(...imports)),
    ...section(3, vector([0], [1], [2])),
    ...section(4, vector([0x70, 0, 4])),
    ...(memory ? section(5, memory) : []),
    ...section(
      7,
      vector(
        [...name("memory"), 2, 0],
        [...name("table"), 1, 0],
        [...name("grow"), FUNCTION.export, first],
        [...name("trap"), FUNCTION.export, first + 1],
        [...name("store"), FUNCTION.export, first + 2],
      ),
    ),
    // The table holds `grow` at its place 1.
    ...section(9, vector([0, 0x41, 1, 0x0b, ...vector([first])])),
    ...section(
      10,
      vector(
        code(0x20, 0, 0x40, 0),
        code(...(calls ? [0x41, 7, 0x10, 0, 0x1a] : [0x00])),
        code(0x20, 0, 0x20, 1, 0x36, 2, 0),
      ),
    ),
  ]);
}

const ONE_PAGE = [1, 0, 1];
const started: WasmInstance[] = [];

/** Makes an instance that is given back after the test. */
function startOf(module: WasmModule, imports: WasmImports = {}): WasmInstance {
  const instance = module.start(imports);
  started.push(instance);
  return instance;
}

const start = (memory: readonly number[] = ONE_PAGE) => startOf(declare(moduleOf({ memory })));

afterEach(() => {
  for (const instance of started.splice(0)) instance.end();
});

// What the memory section says, and how many pages there are to be had.
const MEMORIES: readonly [says: string, memory: readonly number[], pages: number][] = [
  ["no most", ONE_PAGE, PAGES_MAX],
  ["the largest most", [1, 1, 1, ...leb(65_536)], PAGES_MAX],
  ["one page more than the bound", [1, 1, 1, ...leb(PAGES_MAX + 1)], PAGES_MAX],
  ["less than the bound", [1, 1, 1, ...leb(10)], 10],
  ["all of the bound at once", [1, 0, ...leb(PAGES_MAX)], PAGES_MAX],
];

for (const [says, memory, pages] of MEMORIES) {
  test(`declareWasm() gives a memory that says ${says} ${pages} pages and no more`, () => {
    const { call, grow, memoryBytes } = start(memory);
    const more = pages - memoryBytes() / PAGE;
    expect(call("grow", more)).toBe(pages - more);
    expect(memoryBytes()).toBe(pages * PAGE);
    expect(call("grow", 1)).toBe(-1);
    expect(grow(1)).toBe(false);
  });
}

const REFUSED: readonly [says: string, memory: readonly number[]][] = [
  ["more than the bound at once", [1, 0, ...leb(PAGES_MAX + 1)]],
  ["a memory that threads share", [1, 3, 1, 2]],
  ["a memory of 64 bits", [1, 4, 1]],
  ["two memories", [2, 0, 1, 0, 1]],
];

for (const [says, memory] of REFUSED) {
  test(`declareWasm() refuses ${says}`, () => {
    const wants = `WebAssembly wants one memory of at most ${PAGES_MAX} pages`;
    expect(() => start(memory)).toThrow(wants);
  });
}

test("declareWasm() refuses what is no module with a plain Error", () => {
  for (const bytes of [
    new Uint8Array(),
    new Uint8Array(40),
    moduleOf({ memory: ONE_PAGE }).slice(0, 60),
  ]) {
    const error = thrown(() => declare(bytes).start({}));
    expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
  }
});

test("an instance that trapped throws a plain Error, and is not entered again", () => {
  const { call, callAt } = start();
  expect(callAt(1, 1)).toBe(1);
  const error = thrown(() => call("trap"));
  expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
  expect(String(error)).toBe("Error: WebAssembly: unreachable");
  expect(() => call("grow", 0)).toThrow("no such function any more");
  expect(() => callAt(1, 0)).toThrow("no such function any more");
});

test("what an import throws comes out as it is, and breaks the instance", () => {
  const module = declare(moduleOf({ memory: ONE_PAGE, calls: true }));
  const out = (value = 0) => {
    throw new RangeError(`out of ${value}`);
  };
  const { call } = startOf(module, { env: { out } });
  expect(() => call("trap")).toThrow(new RangeError("out of 7"));
  expect(() => call("grow", 0)).toThrow("no such function any more");
  // An instance of its own is as good as new.
  expect(startOf(module, { env: { out } }).call("grow", 0)).toBe(1);
});

test("a module gets no memory and no table from a library, only functions", () => {
  const { WebAssembly: api } = globalThis as unknown as { WebAssembly: Api };
  const memory = new api.Memory({ initial: 1 });
  const module = declare(moduleOf({}));
  expect(() => module.start({ env: { memory } } as unknown as WasmImports)).toThrow(
    /^WebAssembly: .*memory/,
  );
});

test("an instance gives copies of its bytes, and functions of ours alone", () => {
  const instance = start();
  instance.call("store", 8, 0x04030201);
  const copy = instance.read(8, 4);
  expect([...copy, instance.readByte(9), instance.readU32(8)]).toEqual([1, 2, 3, 4, 2, 0x04030201]);
  expect(copy.buffer.byteLength).toBe(4);
  copy.fill(9);
  expect(instance.readU32(8)).toBe(0x04030201);
  instance.write(8, Uint8Array.of(255, 255, 255, 255));
  instance.move(4, 8, 4);
  instance.grow(1);
  expect([instance.readU32(4), instance.memoryBytes()]).toEqual([2 ** 32 - 1, 2 * PAGE]);
  expect(() => instance.read(2 * PAGE - 3, 4)).toThrow(RangeError);
  for (const value of Object.values(instance)) {
    // A function of WebAssembly has its place in the module for a name.
    expect([typeof value, /native|^\d/.test(`${value.name}${value}`)]).toEqual(["function", false]);
  }
});

test("no instance is made while others hold too much, and there is one when they gave it back", () => {
  const pages = WASM_KEPT_BYTES_MAX / PAGE;
  const large = start([1, 0, ...leb(pages)]);
  expect(start().memoryBytes()).toBe(PAGE);
  expect(() => start()).toThrow(new RangeError("WebAssembly has no room"));
  large.end();
  expect(start().memoryBytes()).toBe(PAGE);
});

test("an instance counts with what it grew to, also when it trapped afterwards", () => {
  const { call, end } = start();
  call("grow", WASM_KEPT_BYTES_MAX / PAGE);
  expect(() => call("trap")).toThrow("unreachable");
  expect(() => start()).toThrow(new RangeError("WebAssembly has no room"));
  end();
  expect(start().memoryBytes()).toBe(PAGE);
});

test("an instance that was given back has no memory and no functions", () => {
  const { call, callAt, end, grow, memoryBytes, read } = start();
  end();
  end();
  expect([memoryBytes(), grow(1)]).toEqual([0, false]);
  expect(() => read(0, 1)).toThrow(RangeError);
  for (const enter of [() => call("grow", 0), () => callAt(1, 0)]) {
    expect(enter).toThrow("no such function any more");
  }
});

test("declareWasm() puts a patch where it was written for, and refuses another module", () => {
  const code = moduleOf({ memory: ONE_PAGE });
  const at = code.length - 1 - [0x20, 0, 0x20, 1, 0x36, 2, 0].length;
  const base64 = Buffer.from(code).toString("base64");
  // The function stores its first argument at the second, instead of the second at the first.
  const patch = { at, from: [0x20, 0, 0x20, 1], to: [0x20, 1, 0x20, 0] };
  const instance = startOf(declareWasm(base64, [patch]));
  instance.call("store", 7, 16);
  expect(instance.readU32(16)).toBe(7);
  const other = { ...patch, from: [0x20, 0, 0x20, 2] };
  expect(() => declareWasm(base64, [other]).start({})).toThrow(`another one at byte ${at}`);
});

test("a hook that finds the door declares nothing through it", async () => {
  using bare = await bareIsolate(new URL("../../bundles/libraries/dayjs.js", import.meta.url));
  const base64 = Buffer.from(moduleOf({ memory: ONE_PAGE })).toString("base64");
  const text = `
    try { return typeof tensorModule.declareWasm("${base64}") } catch (error) { return String(error) }
  `;
  expect(await bare.run(text)).toBe("Error: WebAssembly is declared before the hook is there");
});

// Base64 of every length of padding, against Node's own.
for (const length of [0, 1, 2]) {
  test(`declareWasm() reads base64 that stands for ${length} bytes more than threes`, () => {
    // A section of its own kind, which a module may have and V8 skips.
    const padding = (length + 3 - ((moduleOf({ memory: ONE_PAGE }).length + 3) % 3)) % 3;
    const extra = section(0, [1, 0x78, ...Array<number>(padding).fill(0xfe)]);
    const code = Uint8Array.from([...moduleOf({ memory: ONE_PAGE }), ...extra]);
    expect(code.length % 3).toBe((length + 1) % 3);
    expect(startOf(declare(code)).memoryBytes()).toBe(PAGE);
  });
}

function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return expect.unreachable("nothing was thrown");
}
