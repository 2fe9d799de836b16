/**
 * Labels and categories: what they are, their order, their places, and how a message names them.
 *
 * @module
 */

/** What names a class: what a list of labels holds. */
export type Label = number | string | boolean;

/** One cell of a table of categories; `null` is a missing one, and so is NaN. */
export type Cell = Label | null;

/** How many labels a message names. */
const SHOWN_MAX = 8;

/** Whether a cell is missing: null or NaN. */
export function isMissing(cell: unknown): boolean {
  return cell === null || Number.isNaN(cell);
}

/** Returns the distinct labels in order, as `numpy.unique` does. */
export function classesOf(labels: readonly Label[], name = "y"): Label[] {
  const classes = [...new Set(labels)];
  const kinds = new Set(classes.map((label) => typeof label));
  if (kinds.size > 1) {
    throw new TypeError(`${name} wants labels of one kind, got ${[...kinds].join(" and ")}`);
  }
  return classes.sort(inOrder);
}

/** Returns each label's place in `classes`. */
export function codesOf(labels: readonly Label[], classes: readonly Label[], name = "y"): number[] {
  const places = new Map(classes.map((label, place) => [label, place]));
  return labels.map((label) => {
    const place = places.get(label);
    if (place !== undefined) return place;
    throw new RangeError(`${name} wants one of ${showAll(classes)}, got ${show(label)}`);
  });
}

/** Numbers by size, strings by code points: JavaScript's own order is that of UTF-16. */
export function inOrder(one: Label, other: Label): number {
  if (one === other) return 0;
  if (typeof one !== "string" || typeof other !== "string") return one < other ? -1 : 1;
  let at = 0;
  while (at < one.length && one.charCodeAt(at) === other.charCodeAt(at)) at++;
  const [here, there] = [one.charCodeAt(at), other.charCodeAt(at)];
  // Half of a surrogate pair stands for what is behind all other characters.
  const isPair = (code: number) => code >= 0xd800 && code < 0xe000;
  const isOdd = isPair(here) !== isPair(there) && here >= 0xd800 && there >= 0xd800;
  if (isOdd) return isPair(here) ? 1 : -1;
  return one < other ? -1 : 1;
}

export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? `a list of ${value.length}` : "an object";
}

/** As `show`, of a few labels. */
export function showAll(labels: readonly Label[]): string {
  const shown = labels.slice(0, SHOWN_MAX).map(show).join(", ");
  return labels.length > SHOWN_MAX ? `${shown} and ${labels.length - SHOWN_MAX} others` : shown;
}

/**
 * Checks that there are as many as there must be.
 *
 * @param what What is counted, in the plural, and why there must be so many.
 * @throws {RangeError} When `got` is another number than `want`.
 */
export function agree(name: string, got: number, want: number, what: string): void {
  if (got === want) return;
  const words = want === 1 ? what.replace(/^(\w+)s\b/, "$1") : what;
  throw new RangeError(`${name} wants ${want} ${words}, got ${got}`);
}
