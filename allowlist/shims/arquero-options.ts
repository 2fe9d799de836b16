/**
 * Options of the façade, read and checked: one that is misspelt must not pass in silence.
 *
 * @module
 */

import type { Options } from "./arquero-types.ts";

/**
 * Makes sure that all options are known ones.
 *
 * @throws {TypeError} When they are no dict, or one has no such name.
 */
export function checkOptions(who: string, options: unknown, names: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`${who} wants its options as a dict, got ${shown(options)}`);
  }
  const stray = Object.keys(options as Options).find((name) => !names.includes(name));
  if (stray === undefined) return;
  throw new TypeError(`${who} has no ${stray}: there are ${names.join(", ")}`);
}

/**
 * Returns a whole number that is not negative.
 *
 * @throws {TypeError} When it is none.
 */
export function wholeFrom(who: string, name: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new TypeError(`${who} wants ${name} as a whole number from 0 on, got ${shown(value)}`);
}

/** Returns a value in a few words, for the message of an error. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" && value !== null ? "a dict" : String(value);
}
