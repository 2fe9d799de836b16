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
 * An import that gives up throws a word, not an error: the stack that an error takes down holds the
 * instance, and so its memory, for as long as a hook holds the error.
 *
 * Invariant: nothing here calls a method that a hook may have replaced, so no line of a hook runs
 * while a decoder does. Hence no iteration, no `push`, no global but what was taken at the top.
 *
 * @module
 */

import type { WasmInstance, WasmModule } from "../../src/contract/library.ts";
import { byteLengthOf, Bytes, fromCharCode, match } from "../../src/wire/captured.ts";

/** A picture in memory: red, green, blue and alpha of each pixel, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Which letter is what. An import that is named nowhere does nothing. */
export interface Letters {
  readonly imports: readonly (readonly [letter: string, name: ImportName])[];
  readonly constructors: string;
  readonly malloc: string;
  readonly free: string;
  /** What the codec prints when it goes on with a picture that is not whole. */
  readonly givesUp?: RegExp;
}

export type ImportName = keyof ReturnType<Decoder["importsOf"]>;

const PAGE_BYTES = 2 ** 16;
/** Handles below are Emscripten's own constants: `undefined`, `null`, `true` and `false`. */
const FIRST_HANDLE = 10;
/** What one decoding makes, in this order; handles below are of constructors. */
const PIXELS = 1_000;
const PICTURE = 1_001;
/** How much larger a memory becomes at least, so that it grows seldom. */
const GROWTH = 1.2;
/** Arguments of a constructor lie this far apart. */
const SLOT_BYTES = 8;
const MESSAGE_CHARACTERS_MAX = 1_000;
const LINE_FEED = 10;
/** What libjpeg prints when `malloc` gave it nothing. */
const NO_ROOM = /insufficient memory/i;

const GIVES_UP = "the decoder gives up";

const ErrorType = Error;
const RangeErrorType = RangeError;

/** A decoder, which is of no use any more once `decode` threw. */
export class Decoder {
  readonly #instance: WasmInstance;
  readonly #letters: Letters;
  #invoker = 0;
  #function = 0;
  #handles = FIRST_HANDLE;
  /** The handle of the constructor of pixels; the other one is of `ImageData`. */
  #pixelsType = 0;
  #pixels: Uint8Array<ArrayBuffer> | undefined;
  #picture: Picture | undefined;
  #text = "";
  /** Why an import gave up. */
  #failure = "";
  #isFull = false;

  constructor(module: WasmModule, letters: Letters) {
    this.#letters = letters;
    const named = this.importsOf();
    const functions: Record<string, (...args: number[]) => number> = { __proto__: null } as never;
    for (let i = 0; i < letters.imports.length; i++) {
      const row = letters.imports[i] as Letters["imports"][number];
      functions[row[0]] = named[row[1]];
    }
    this.#instance = module.start({ a: functions });
    this.#instance.call(letters.constructors);
  }

  /** How large the memory has become. */
  get bytes(): number {
    return this.#instance.memoryBytes();
  }

  end(): void {
    this.#instance.end();
  }

  /** Writes a number of 32 bits into the memory: a setting of the codec. */
  set(at: number, value: number): void {
    this.#instance.write(at, bytesOf(value));
  }

  /**
   * Decodes a file.
   *
   * @throws {Error} When it cannot.
   */
  decode(file: Uint8Array): Picture {
    const { call, write } = this.#instance;
    this.#text = "";
    this.#failure = "";
    this.#isFull = false;
    const length = byteLengthOf(file);
    const at = call(this.#letters.malloc, 4 + length + 1);
    if (at === 0) throw new RangeErrorType("The codec has no room for the file");
    write(at, bytesOf(length));
    write(at + 4, file);
    const handle = this.#run(at);
    call(this.#letters.free, at);
    const picture = this.#picture;
    this.#pixels = undefined;
    this.#picture = undefined;
    if (handle === PICTURE && picture) return picture;
    throw new ErrorType(this.#text || "The file cannot be decoded");
  }

  #run(file: number): number {
    try {
      // The last is for JPEG: not to turn the picture by EXIF. WebP has no such argument.
      return this.#instance.callAt(this.#invoker, this.#function, file, 0);
    } catch (error) {
      if (error !== GIVES_UP) throw error;
      throw this.#isFull ? new RangeErrorType(this.#failure) : new ErrorType(this.#failure);
    }
  }

  #giveUp(failure: string, isFull = false): never {
    this.#failure = failure;
    this.#isFull = isFull;
    throw GIVES_UP;
  }

  /** Every import that does something, by Emscripten's name for it. */
  importsOf() {
    const of = (): WasmInstance => this.#instance;
    return {
      nothing: () => 0,
      registerFunction: (name = 0, _count = 0, _types = 0, _sign = 0, invoker = 0, code = 0) => {
        if (textAt(of(), name) !== "decode") return 0;
        this.#invoker = invoker;
        this.#function = code;
        return 0;
      },
      getGlobal: (name = 0) => {
        const handle = this.#handles++;
        if (textAt(of(), name) === "Uint8ClampedArray") this.#pixelsType = handle;
        return handle;
      },
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
        if (match(NO_ROOM, this.#text)) this.#giveUp("The codec has no room", true);
        return this.#giveUp(this.#text || "The file cannot be decoded");
      },
      raise: (): number => this.#giveUp("The codec has no room for the picture", true),
    };
  }

  #make(type: number, args: number): number {
    const { read, readU32 } = this.#instance;
    const { givesUp } = this.#letters;
    if (givesUp && match(givesUp, this.#text)) {
      this.#giveUp("The file ends before its picture");
    }
    if (type === this.#pixelsType) {
      // The first argument: how many bytes, and where.
      this.#pixels = read(readU32(args + 4), readU32(args));
      return PIXELS;
    }
    const data = this.#pixels;
    if (!data) return this.#giveUp("The codec gave a picture without pixels");
    const width = readU32(args + SLOT_BYTES);
    this.#picture = { width, height: readU32(args + 2 * SLOT_BYTES), data };
    return PICTURE;
  }

  #print(bytes: Uint8Array): void {
    const length = byteLengthOf(bytes);
    for (let i = 0; i < length && this.#text.length < MESSAGE_CHARACTERS_MAX; i++) {
      const code = bytes[i] ?? LINE_FEED;
      if (code !== LINE_FEED) this.#text += fromCharCode(code);
    }
  }
}

function bytesOf(value: number): Uint8Array {
  const bytes = new Bytes(4);
  for (let i = 0; i < 4; i++) bytes[i] = value >> (8 * i);
  return bytes;
}

/** Reads Latin-1 up to its end, a byte of 0. */
function textAt(instance: WasmInstance, at: number): string {
  let text = "";
  for (let i = at; instance.readByte(i) !== 0 && text.length < MESSAGE_CHARACTERS_MAX; i++) {
    text += fromCharCode(instance.readByte(i));
  }
  return text;
}

/** Grows the memory to `bytes`, and a bit more when that is possible. */
function growTo(instance: WasmInstance, bytes: number): boolean {
  const now = instance.memoryBytes();
  const roomy = bytes > now * GROWTH ? bytes : now * GROWTH;
  return grow(instance, roomy - now) || (roomy > bytes && grow(instance, bytes - now));
}

function grow(instance: WasmInstance, bytes: number): boolean {
  const pages = (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
  return instance.grow(pages - (pages % 1));
}
