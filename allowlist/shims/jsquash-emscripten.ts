/**
 * What Emscripten's own JavaScript does for a decoder of jSquash, and no more: one exported
 * function, which takes the bytes of a file and makes an `ImageData`.
 *
 * The original looks for its constructors in the global object and hands them views on its memory,
 * when the hook may have put others there. Here the two constructors are words, and pixels are
 * copied out. It is also synchronous, and a decoder that failed can be made anew.
 *
 * The names of imports and exports are single letters that the compiler chose: they belong to the
 * exact version of the package, in whose `codec/dec/*.js` they stand as `wasmImports`.
 *
 * @module
 */

import type { WasmImports, WasmInstance, WasmModule } from "../../src/contract/library.ts";

/** A picture in memory: red, green, blue and alpha of each pixel, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Which letter is what. An import that is named nowhere does nothing. */
export interface Letters {
  readonly imports: { readonly [letter: string]: ImportName };
  readonly constructors: string;
  readonly malloc: string;
  readonly free: string;
}

type ImportName = keyof ReturnType<Decoder["importsOf"]> | "nothing";

const PAGE_BYTES = 2 ** 16;
/** Handles below are Emscripten's own constants: `undefined`, `null`, `true` and `false`. */
const FIRST_HANDLE = 10;
/** Handles of what one decoding makes; those below are of constructors, which the codec keeps. */
const FIRST_VALUE = 1_000;
/** How much larger a memory becomes at least, so that it grows seldom. */
const GROWTH = 1.2;
/** Arguments of a constructor lie this far apart. */
const SLOT_BYTES = 8;
const MESSAGE_CHARACTERS_MAX = 1_000;
/** What libjpeg prints when `malloc` gave it nothing. */
const NO_ROOM = /insufficient memory/i;

type Value = Uint8Array<ArrayBuffer> | Picture;

/** A decoder, which is of no use any more once `decode` threw. */
export class Decoder {
  readonly #instance: WasmInstance;
  readonly #letters: Letters;
  #invoker = 0;
  #function = 0;
  readonly #constructors: string[] = [];
  readonly #values: Value[] = [];
  #text = "";

  constructor(module: WasmModule, letters: Letters) {
    this.#letters = letters;
    const named: { readonly [name: string]: (...args: number[]) => number | undefined } =
      this.importsOf();
    const functions: Record<string, (...args: number[]) => number | undefined> = {};
    for (const [letter, name] of Object.entries(letters.imports)) {
      functions[letter] = named[name] ?? (() => 0);
    }
    const imports: WasmImports = { a: functions };
    this.#instance = module.start(imports);
    this.#instance.call(letters.constructors);
  }

  /** How large the memory has become. */
  get bytes(): number {
    return this.#instance.memoryBytes();
  }

  /** What the codec printed while it decoded: its warnings, or why it gave up. */
  get printed(): string {
    return this.#text.trim();
  }

  /** Writes numbers of 32 bits into the memory: settings of the codec. */
  set(at: number, ...values: number[]): void {
    values.forEach((value, i) => this.#instance.write(at + i * 4, bytesOf(value)));
  }

  /**
   * Decodes a file.
   *
   * @param flags Further arguments of the codec's own.
   * @throws {Error} When it cannot.
   */
  decode(file: Uint8Array, ...flags: number[]): Picture {
    const { call, write } = this.#instance;
    this.#values.length = 0;
    this.#text = "";
    const length = file.length;
    const at = call(this.#letters.malloc, 4 + length + 1);
    if (at === 0) throw new RangeError("The codec has no room for the file");
    write(at, bytesOf(length));
    write(at + 4, file);
    const handle = this.#instance.callAt(this.#invoker, this.#function, at, ...flags);
    call(this.#letters.free, at);
    const picture = this.#values[handle - FIRST_VALUE];
    this.#values.length = 0;
    if (picture && "width" in picture) return picture;
    throw new Error(this.printed || "The file cannot be decoded");
  }

  /** Every import that does something, by Emscripten's name for it. */
  importsOf() {
    const of = (): WasmInstance => this.#instance;
    return {
      registerFunction: (name = 0, _count = 0, _types = 0, _sign = 0, invoker = 0, code = 0) => {
        if (textAt(of(), name) !== "decode") return 0;
        this.#invoker = invoker;
        this.#function = code;
        return 0;
      },
      getGlobal: (name = 0) => this.#constructors.push(textAt(of(), name)) - 1 + FIRST_HANDLE,
      /** The caller of a method says no more than that it is one. */
      getMethodCaller: () => 0,
      callMethod: (_caller = 0, type = 0, _destructors = 0, args = 0) => this.#make(type, args),
      create: (type = 0, _count = 0, _types = 0, args = 0) => this.#make(type, args),
      copy: (to = 0, from = 0, length = 0) => {
        of().move(to >>> 0, from >>> 0, length >>> 0);
        return to;
      },
      grow: (bytes = 0) => (growTo(of(), bytes >>> 0) ? 1 : 0),
      print: (_file = 0, parts = 0, count = 0, written = 0) => {
        let total = 0;
        for (let i = 0; i < count; i++) {
          const at = of().readU32(parts + i * 8);
          const length = of().readU32(parts + i * 8 + 4);
          this.#print(of().read(at, length));
          total += length;
        }
        of().write(written, bytesOf(total));
        return 0;
      },
      exit: (): number => {
        if (NO_ROOM.test(this.printed)) throw new RangeError("The codec has no room");
        throw new Error(this.printed || "The file cannot be decoded");
      },
      raise: (): number => {
        throw new RangeError("The codec has no room for the picture");
      },
    };
  }

  #hold(value: Value): number {
    return this.#values.push(value) - 1 + FIRST_VALUE;
  }

  #make(type: number, args: number): number {
    const { read, readU32 } = this.#instance;
    const [first, second, third] = [0, 1, 2].map((i) => args + i * SLOT_BYTES);
    if (first === undefined || second === undefined || third === undefined) return 0;
    if (this.#constructors[type - FIRST_HANDLE] === "Uint8ClampedArray") {
      return this.#hold(read(readU32(first + 4), readU32(first)));
    }
    const data = this.#values[readU32(first) - FIRST_VALUE];
    if (!(data instanceof Uint8Array)) throw new Error("The codec gave a picture without pixels");
    return this.#hold({ width: readU32(second), height: readU32(third), data });
  }

  #print(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length && this.#text.length < MESSAGE_CHARACTERS_MAX; i++) {
      this.#text += String.fromCharCode(bytes[i] ?? 0);
    }
  }
}

function bytesOf(value: number): Uint8Array {
  return Uint8Array.of(value, value >> 8, value >> 16, value >> 24);
}

/** Reads Latin-1 up to its end, a byte of 0. */
function textAt(instance: WasmInstance, at: number): string {
  let text = "";
  for (let i = at; instance.readByte(i) !== 0 && text.length < MESSAGE_CHARACTERS_MAX; i++) {
    text += String.fromCharCode(instance.readByte(i));
  }
  return text;
}

/** Grows the memory to `bytes`, and a bit more when that is possible. */
function growTo(instance: WasmInstance, bytes: number): boolean {
  const now = instance.memoryBytes();
  const pages = (size: number) => Math.ceil((size - now) / PAGE_BYTES);
  const roomy = Math.max(bytes, now * GROWTH);
  return instance.grow(pages(roomy)) || (roomy > bytes && instance.grow(pages(bytes)));
}
