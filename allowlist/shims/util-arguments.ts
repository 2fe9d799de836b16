/**
 * Arguments of a hook's call, read and checked: an option that is misspelt must not pass in silence.
 *
 * @module
 */

/** A dict of which nothing is known yet. */
export type Dict = Readonly<Record<string, unknown>>;

/**
 * Returns a dict as one; `undefined` and `null` are the empty one.
 *
 * @param who What the message of a refusal begins with, such as `read_csv`.
 * @param names The names that there are; without them every name is one.
 * @throws {TypeError} When it is no dict, or has another name.
 */
export function dictFrom(value: unknown, who: string, names?: readonly string[]): Dict {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new TypeError(`${who} wants a dict of options, got ${show(value)}`);
  }
  const stray = names && Object.keys(value).find((name) => !names.includes(name));
  if (stray === undefined) return value as Dict;
  throw new TypeError(`${who} has no ${stray}: there are ${names?.join(", ")}`);
}

/**
 * Returns a whole number that is at least `min`.
 *
 * @throws {TypeError} When it is none.
 */
export function wholeFrom(value: unknown, what: string, min = 0): number {
  if (Number.isSafeInteger(value) && (value as number) >= min) return value as number;
  throw new TypeError(`${what} as a whole number from ${min} on, got ${show(value)}`);
}

/** Returns a value in a few words, for the message of an error. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? `a list of ${value.length}` : "a dict";
}
