/**
 * MessagePack as a row of tokens: where each one ends, and what its head says.
 *
 * A list or dict is only its head here, and what it holds are the tokens behind it. So a walk from
 * token to token sees every value once, needs no stack, and believes no count: a length takes it
 * past the end at most, which its caller finds out by comparing.
 *
 * Nothing is decoded and nothing is copied. Not here: whether the bytes are well formed
 * (`wire/scan.ts`), and what the tokens mean (`layout.ts`).
 *
 * @module
 */

/** Where the content of a token lies: the characters of a text, the bytes of a bin. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** An extension: which one, and where its content lies. */
export interface Extension extends Span {
  readonly type: number;
}

/** Bytes that always stand behind the first bytes 0xc0 to 0xdf, the length among them. */
// prettier-ignore
const BEHIND = [
  0, 0, 0, 0, 1, 2, 4, 2, 3, 5, 4, 8, 1, 2, 4, 8,
  1, 2, 4, 8, 2, 3, 5, 9, 17, 1, 2, 4, 2, 4, 2, 4,
] as const;
/** How many of them are the length of what stands behind them. */
// prettier-ignore
const LENGTH = [
  0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 0, 0, 0, 0,
] as const;

export class Tokens {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;

  /** @param bytes Lent; any bytes at all. */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /**
   * Returns where the token at `at` ends, of a list or dict its head. Beyond the end of the bytes
   * when it is cut off.
   */
  end(at: number): number {
    const byte = this.bytes[at];
    if (byte === undefined) return Infinity;
    if (byte < 0xa0 || byte >= 0xe0) return at + 1;
    if (byte < 0xc0) return at + 1 + (byte & 0x1f);
    const behind = BEHIND[byte - 0xc0] ?? 0;
    const width = LENGTH[byte - 0xc0] ?? 0;
    return at + 1 + behind + (width === 0 ? 0 : this.#number(at + 1, width));
  }

  /** Returns how many entries the dict at `at` says that it has; nothing when it is none. */
  dict(at: number): number | undefined {
    return this.#count(at, 0x80, 0xde);
  }

  /** Returns how many values the list at `at` says that it has; nothing when it is none. */
  list(at: number): number | undefined {
    return this.#count(at, 0x90, 0xdc);
  }

  /**
   * Returns the content of a bin or a text, which older clients wrote for bytes; nothing when it is
   * neither, or is cut off.
   */
  blob(at: number): Span | undefined {
    const byte = this.bytes[at] ?? 0;
    const isShort = byte >= 0xa0 && byte < 0xc0;
    if (!isShort && !this.isBin(at) && !(byte >= 0xd9 && byte <= 0xdb)) return undefined;
    const end = this.end(at);
    if (end > this.bytes.length) return undefined;
    return { start: at + 1 + (isShort ? 0 : (LENGTH[byte - 0xc0] ?? 0)), end };
  }

  isBin(at: number): boolean {
    const byte = this.bytes[at] ?? 0;
    return byte >= 0xc4 && byte <= 0xc6;
  }

  /** Returns the extension at `at`; nothing when there is none, or it is cut off. */
  extension(at: number): Extension | undefined {
    const byte = this.bytes[at] ?? 0;
    const isFixed = byte >= 0xd4 && byte <= 0xd8;
    const end = this.end(at);
    if ((!isFixed && !(byte >= 0xc7 && byte <= 0xc9)) || end > this.bytes.length) return undefined;
    const start = at + 2 + (isFixed ? 0 : (LENGTH[byte - 0xc0] ?? 0));
    return { type: this.bytes[start - 1] ?? 0, start, end };
  }

  /** Returns the whole number at `at`, of any form but a float; nothing when it is none. */
  integer(at: number): number | undefined {
    const byte = this.bytes[at] ?? 0xc0;
    if (byte < 0x80) return byte;
    if (byte >= 0xe0) return byte - 0x100;
    if (byte < 0xcc || byte > 0xd3 || this.end(at) > this.bytes.length) return undefined;
    const width = 1 << (byte & 3);
    const value = this.#number(at + 1, width);
    const isNegative = byte >= 0xd0 && value >= 2 ** (8 * width - 1);
    return isNegative ? value - 2 ** (8 * width) : value;
  }

  #count(at: number, short: number, wide: number): number | undefined {
    const byte = this.bytes[at] ?? 0;
    if (byte >> 4 === short >> 4) return byte & 0x0f;
    if (byte !== wide && byte !== wide + 1) return undefined;
    return this.#number(at + 1, byte === wide ? 2 : 4);
  }

  /** Returns `width` bytes as a number; infinite when not all of them are there. */
  #number(at: number, width: number): number {
    if (at + width > this.bytes.length) return Infinity;
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 256 + (this.bytes[at + i] ?? 0);
    return value;
  }
}
