/**
 * JSON read from bytes, one value at a time, by code that says what it wants next.
 *
 * Why not `JSON.parse`: 256 MiB of `[],[],` are gigabytes of objects, while here nothing is made
 * but what was asked for; XGBoost writes NaN, which is no JSON, where a split is by category; and a
 * refusal names the place in the file. What nobody asks for is passed over: only its strings and
 * the nesting of its brackets are looked at.
 *
 * Invariants: no value is read twice unless the reader is told to go back; memory taken is bounded
 * by the bounds below, whatever the file says.
 *
 * @module
 */

import { pathTo, quote } from "../../../contract/schema/misfit-words.ts";
import { Refusal } from "../../../faults.ts";

/** XGBoost's own files nest 7 deep. */
const DEPTH_MAX = 64;
/** The longest strings of a file are XGBoost's notes on the estimator: some kilobytes. */
const STRING_BYTES_MAX = 1024 * 1024;
/** Numbers of all lists that are read: 256 MiB of honest trees have some 16 million. */
const NUMBERS_MAX = 2 ** 25;
/** No number that XGBoost writes has over 20 characters. */
const NUMBER_BYTES_MAX = 64;

const NUMBER = /^-?\d+(\.\d*)?([eE][+-]?\d+)?$/;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_DICT = 0x7b;
const CLOSE_DICT = 0x7d;

/** Reads the value of one key, or does not: what is not read is passed over. */
export type Fields = Readonly<Record<string, () => void>>;

/** A place in the file to go back to. */
export interface Mark {
  readonly at: number;
  readonly path: readonly (string | number)[];
  readonly fresh: boolean;
}

/** Reads one JSON text from its start; keeps the bytes, and does not change them. */
export class JsonReader {
  readonly #bytes: Buffer;
  readonly #numbersMax: number;
  #at = 0;
  #numbers = 0;
  /** Whether the innermost dict or list was just opened: no comma comes first. */
  #fresh = false;
  #path: (string | number)[] = [];

  /** @param numbersMax How many numbers may be read in lists, all together. */
  constructor(bytes: Uint8Array, numbersMax = NUMBERS_MAX) {
    this.#numbersMax = numbersMax;
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The bytes that were read so far. */
  get position(): number {
    return this.#at;
  }

  /**
   * Reads a dict: calls the function of each key that is known, and passes over the others.
   *
   * @param optional The keys that need not be there.
   * @throws {Refusal} `MODEL_FAILED` when a known key is missing or there twice.
   */
  dict(fields: Fields, optional: readonly string[] = []): void {
    const seen = new Set<string>();
    this.#enter(OPEN_DICT, "");
    for (let key = this.#nextKey(); key !== undefined; key = this.#nextKey()) {
      const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (!field) this.skip();
      else if (seen.has(key)) this.refuse("wants a key once, got it again");
      else field();
      if (field) seen.add(key);
    }
    for (const key of Object.keys(fields)) {
      if (!seen.has(key) && !optional.includes(key)) {
        this.refuse(`wants key ${quote(key)}, got a dict without it`);
      }
    }
  }

  /** Opens a list; {@link nextItem} goes to its items. */
  enterList(): void {
    this.#enter(OPEN_LIST, -1);
  }

  /** Goes to the next item of the list, or closes it: `false` when there is none. */
  nextItem(): boolean {
    if (!this.#goesOn(CLOSE_LIST)) return false;
    const last = this.#path.length - 1;
    this.#path[last] = Number(this.#path[last]) + 1;
    return true;
  }

  /** Reads a string of at most 1 MiB. */
  string(): string {
    if (this.#peek() !== QUOTE) this.#wants("a string");
    const start = this.#at + 1;
    const end = this.#passString();
    const length = end - start - 1;
    if (length > STRING_BYTES_MAX) {
      this.refuse(`wants a string of at most ${STRING_BYTES_MAX} bytes, got ${length}`);
    }
    const text = this.#bytes.toString("utf8", start, end - 1);
    return text.includes("\\") ? this.#unescaped(text) : text;
  }

  /** Reads a number; `NaN` and `Infinity` are such, as XGBoost writes them. */
  number(): number {
    this.#peek();
    const start = this.#at;
    const quick = this.#quickNumber();
    if (quick !== undefined) return quick;
    this.#at = start;
    const end = this.#passLiteral();
    if (end - start <= NUMBER_BYTES_MAX) {
      const text = this.#bytes.toString("latin1", start, end);
      if (NUMBER.test(text) || /^(NaN|-?Infinity)$/.test(text)) return Number(text);
    }
    this.#at = start;
    return this.#wants("a number");
  }

  /** Reads `true`, `false` or a number: XGBoost wrote the ones before 1.6 and the other since. */
  flag(): number {
    const byte = this.#peek();
    if (byte !== 0x74 && byte !== 0x66) return this.number();
    this.#passLiteral();
    return byte === 0x74 ? 1 : 0;
  }

  /** Reads a list of what `read` reads, numbers or flags. The caller owns the result. */
  numbers(read: () => number = () => this.number()): Float64Array {
    let numbers = new Float64Array(16);
    let count = 0;
    this.enterList();
    while (this.nextItem()) {
      if (++this.#numbers > this.#numbersMax) {
        this.refuse(`wants at most ${this.#numbersMax} numbers in all`);
      }
      if (count === numbers.length) {
        const longer = new Float64Array(count * 2);
        longer.set(numbers);
        numbers = longer;
      }
      numbers[count++] = read();
    }
    return numbers.subarray(0, count);
  }

  /** Passes over one value of any kind. */
  skip(): void {
    const first = this.#peek();
    if (first === QUOTE) this.#passString();
    else if (first === OPEN_DICT || first === OPEN_LIST) this.#passNested();
    else this.#passLiteral();
  }

  /** Says that nothing but white space is left. */
  end(): void {
    if (this.#peek() !== undefined) this.#wants("the end of the file");
  }

  /** Returns the place, so that {@link goTo} can come back to it. */
  mark(): Mark {
    return { at: this.#at, path: [...this.#path], fresh: this.#fresh };
  }

  /** Goes back to a place of this reader. */
  goTo(mark: Mark): void {
    this.#at = mark.at;
    this.#path = [...mark.path];
    this.#fresh = mark.fresh;
  }

  /** Throws `MODEL_FAILED` at the place that was read last, or at `below` it. */
  refuse(detail: string, ...below: readonly (string | number)[]): never {
    const path = [...this.#path, ...below].reduce<string>(pathTo, "$");
    throw new Refusal("MODEL_FAILED", path, detail);
  }

  #enter(bracket: number, first: string | number): void {
    if (this.#peek() !== bracket) this.#wants(bracket === OPEN_DICT ? "a dict" : "a list");
    this.#step();
    this.#path.push(first);
    this.#fresh = true;
  }

  #nextKey(): string | undefined {
    if (!this.#goesOn(CLOSE_DICT)) return undefined;
    this.#path.pop();
    this.#path.push("");
    const key = this.string();
    this.#path.pop();
    this.#path.push(key);
    if (this.#peek() !== COLON) this.#wants("a colon");
    this.#step();
    return key;
  }

  /** Returns whether one more entry follows; the bracket that says no is read. */
  #goesOn(bracket: number): boolean {
    const byte = this.#peek();
    const fresh = this.#fresh;
    this.#fresh = false;
    if (byte === bracket) {
      this.#step();
      this.#path.pop();
      return false;
    }
    if (fresh) return true;
    if (byte !== COMMA) this.#wants("a comma or the end of it");
    this.#step();
    return true;
  }

  #step(): 1 {
    this.#at++;
    return 1;
  }

  /** Returns the first byte that is no white space; the reader stands at it. */
  #peek(): number | undefined {
    const bytes = this.#bytes;
    let byte = bytes[this.#at];
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
      byte = bytes[++this.#at];
    }
    return byte;
  }

  /** Passes over a string and returns where it ends, behind its quote. */
  #passString(start = this.#at): number {
    const bytes = this.#bytes;
    let end = start;
    for (;;) {
      end = bytes.indexOf(QUOTE, end + 1);
      if (end < 0) this.refuse("wants the end of a string, got the end of the file");
      let first = end;
      while (bytes[first - 1] === BACKSLASH) first--;
      if ((end - first) % 2 === 0) break;
    }
    this.#at = end + 1;
    return this.#at;
  }

  /** Passes over a dict or a list, by its brackets alone: of large files that is most. */
  #passNested(): void {
    const bytes = this.#bytes;
    let at = this.#at;
    let depth = 0;
    do {
      const byte = bytes[at] ?? this.#endsEarly();
      // The brackets of lists and those of dicts differ in this bit.
      const bracket = byte | 0x20;
      at = byte === QUOTE ? this.#passString(at) : at + 1;
      if (bracket === OPEN_DICT) depth++;
      else if (bracket === CLOSE_DICT) depth--;
      if (depth > DEPTH_MAX) this.refuse(`wants at most ${DEPTH_MAX} levels`);
    } while (depth > 0);
    this.#at = at;
  }

  #endsEarly(): never {
    return this.refuse("wants the end of a dict or list, got the end of the file");
  }

  #unescaped(text: string): string {
    try {
      return String(JSON.parse(`"${text}"`));
    } catch {
      return this.refuse(`wants a string of JSON, got ${quote(text)}`);
    }
  }

  /**
   * Reads a number of at most 15 digits whose power of ten is a double of its own: product and
   * quotient of such are rounded once, to what `Number` gives. That is nearly every number that
   * XGBoost writes, in a fifth of the time.
   */
  #quickNumber(): number | undefined {
    const bytes = this.#bytes;
    const isNegative = bytes[this.#at] === MINUS;
    const first = isNegative ? this.#at + 1 : this.#at;
    const point = digitsEnd(bytes, first);
    const end = bytes[point] === POINT ? digitsEnd(bytes, point + 1) : point;
    let power = end === point ? 0 : point + 1 - end;
    this.#at = end;
    if (((bytes[end] ?? 0) | 0x20) === 0x65) {
      const sign = bytes[end + 1] === MINUS ? -1 : 1;
      const from = isSign(bytes[end + 1]) ? end + 2 : end + 1;
      this.#at = digitsEnd(bytes, from);
      if (this.#at === from || this.#at > from + 3) return undefined;
      power += sign * wholeOf(bytes, from, this.#at);
    }
    const isOdd = point === first || end - first > 15 || Math.abs(power) > 22;
    if (isOdd || isLiteral(bytes[this.#at] ?? 0)) return undefined;
    const digits = wholeOf(bytes, first, end);
    const size = power < 0 ? digits / 10 ** -power : digits * 10 ** power;
    return isNegative ? -size : size;
  }

  /** Passes over a number or a word and returns where it ends. */
  #passLiteral(): number {
    const bytes = this.#bytes;
    const start = this.#at;
    let byte = bytes[this.#at];
    while (byte !== undefined && isLiteral(byte)) byte = bytes[++this.#at];
    if (this.#at === start) this.#wants("a value");
    return this.#at;
  }

  #wants(what: string): never {
    return this.refuse(`wants ${what}, got ${this.#found()}`);
  }

  #found(): string {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) return "the end of the file";
    if (byte === OPEN_DICT) return "a dict";
    if (byte === OPEN_LIST) return "a list";
    if (byte === QUOTE) return "a string";
    const text = this.#bytes.toString("latin1", this.#at, this.#at + 12);
    return /^[\w+-][\w.+-]*/.exec(text)?.[0] ?? quote(text.slice(0, 1));
  }
}

/** Returns where the digits from `start` on end. */
function digitsEnd(bytes: Buffer, start: number): number {
  let end = start;
  for (let byte = bytes[end] ?? 0; byte >= 0x30 && byte <= 0x39; byte = bytes[end] ?? 0) end++;
  return end;
}

/** Returns the number that the digits are, without regard to a point among them. */
function wholeOf(bytes: Buffer, start: number, end: number): number {
  let whole = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte !== POINT) whole = whole * 10 + byte - 0x30;
  }
  return whole;
}

function isSign(byte: number | undefined): boolean {
  return byte === MINUS || byte === 0x2b;
}

/** Letters, digits, and the signs of a number. */
function isLiteral(byte: number): boolean {
  if (byte >= 0x30 && byte <= 0x39) return true;
  const letter = byte | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || byte === 0x2d || byte === 0x2e || byte === 0x2b;
}
