/**
 * atob and btoa, as browsers have them, where a bare isolate has none.
 *
 * Pictures come as base64 inside JSON often enough that these are loops over tables.
 *
 * @module
 */

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** What a digit stands for, by its code; 64 for what is none. */
const VALUES = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = DIGITS.indexOf(String.fromCharCode(code));
  return value < 0 ? 64 : value;
});

/** Text is put together in parts: a call takes only so many arguments. */
const PART_UNITS = 4096;

/**
 * Returns bytes, given as a text of codes up to 255, in base64.
 *
 * @throws {RangeError} When a code is beyond that.
 */
export function btoa(text: string): string {
  const binary = `${text}`;
  const parts = new Parts();
  for (let i = 0; i < binary.length; i += 3) {
    const left = binary.length - i;
    const a = byteAt(binary, i);
    const b = left > 1 ? byteAt(binary, i + 1) : 0;
    const c = left > 2 ? byteAt(binary, i + 2) : 0;
    parts.add(DIGITS.charCodeAt(a >> 2), DIGITS.charCodeAt(((a & 3) << 4) | (b >> 4)));
    parts.add(
      left > 1 ? DIGITS.charCodeAt(((b & 15) << 2) | (c >> 6)) : PADDING,
      left > 2 ? DIGITS.charCodeAt(c & 63) : PADDING,
    );
  }
  return parts.text();
}

const PADDING = 0x3d;

function byteAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code <= 0xff) return code;
  throw new RangeError(`btoa wants bytes: codes up to 255, got ${code} at place ${at}`);
}

/**
 * Returns what base64 stands for, as a text of codes up to 255. White space is passed over, and the
 * padding may be missing.
 *
 * @throws {TypeError} When it is no base64.
 */
export function atob(text: string): string {
  const clean = `${text}`.replace(/[\t\n\f\r ]/g, "");
  const digits = clean.length % 4 === 0 ? clean.replace(/={1,2}$/, "") : clean;
  if (digits.length % 4 === 1) {
    throw new TypeError("atob wants base64, whose length is not one more than a multiple of four");
  }
  const parts = new Parts();
  for (let i = 0; i < digits.length; i += 4) {
    const left = digits.length - i;
    const [a, b] = [digitAt(digits, i), digitAt(digits, i + 1)];
    const c = left > 2 ? digitAt(digits, i + 2) : 0;
    const d = left > 3 ? digitAt(digits, i + 3) : 0;
    parts.add((a << 2) | (b >> 4));
    if (left > 2) parts.add(((b & 15) << 4) | (c >> 2));
    if (left > 3) parts.add(((c & 3) << 6) | d);
  }
  return parts.text();
}

function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  const value = code < 128 ? (VALUES[code] as number) : 64;
  if (value < 64) return value;
  throw new TypeError(`atob wants base64, got ${JSON.stringify(text[at])} at place ${at}`);
}

/** A text of codes, put together a part at a time. */
class Parts {
  #text = "";
  #codes: number[] = [];

  add(...codes: number[]): void {
    for (const code of codes) this.#codes.push(code);
    if (this.#codes.length >= PART_UNITS) this.#flush();
  }

  text(): string {
    this.#flush();
    return this.#text;
  }

  #flush(): void {
    this.#text += String.fromCharCode(...this.#codes);
    this.#codes = [];
  }
}
