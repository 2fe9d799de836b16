/**
 * Any value as one short line of text: what `console.log` and the text of an error need.
 *
 * Bounded in length and depth while it is made, and it calls nothing of the value's own: no getter,
 * no `toString`, no `toJSON`.
 *
 * @module
 */

import { Tensor } from "../contract/tensor.ts";
import { getOwnPropertyDescriptor, getPrototypeOf, isArray, keysOf, slice } from "./captured.ts";
import { hasInstance, ErrorType, stringify, toText } from "./captured.ts";

const DEPTH_MAX = 4;
const ITEMS_MAX = 100;
/** The start of a text that V8 holds in parts costs as much as all of it: not above this. */
const WHOLE_CHARACTERS_MAX = 2 ** 24;
/** More than any line or message may have. */
const DATA_CHARACTERS_MAX = 2 ** 16;

/**
 * Returns `value` as text of about `charactersMax` characters at most.
 *
 * @example
 * ```ts
 * show({ a: [1, "x"] }, 100); // { a: [1, "x"] }
 * ```
 */
export function show(value: unknown, charactersMax: number): string {
  if (typeof value === "string") return startOf(value, charactersMax);
  return slice(inner(value, 0, charactersMax), 0, charactersMax);
}

/** Returns the first characters of a text of the hook's, or how long it is when it is vast. */
export function startOf(text: string, charactersMax: number): string {
  if (text.length <= WHOLE_CHARACTERS_MAX) return slice(text, 0, charactersMax);
  return `[text of ${text.length} characters]`;
}

function inner(value: unknown, depth: number, room: number): string {
  switch (typeof value) {
    case "string":
      return stringify(startOf(value, room));
    case "bigint":
      return "bigint" === typeof value && isShort(value) ? `${value}n` : "[bigint]";
    case "function":
      return "[function]";
    case "object":
      return value === null ? "null" : object(value, depth, room);
    default:
      return startOf(toText(value), room);
  }
}

/** Whether a bigint is short enough to be written out: its digits take quadratic time. */
function isShort(value: bigint): boolean {
  return value < 2n ** 256n && value > -(2n ** 256n);
}

function object(value: object, depth: number, room: number): string {
  if (Tensor.is(value)) return `Tensor ${value.dtype} [${shapeText(value.shape)}]`;
  if (hasInstance(ErrorType, value)) return errorLine(value);
  if (depth >= DEPTH_MAX) return isArray(value) ? "[…]" : "{…}";
  if (isArray(value)) return listText(value, depth, room);
  const names = keysOf(value);
  let text = "{";
  for (let i = 0; i < names.length && text.length < room; i++) {
    if (i === ITEMS_MAX) return `${text}, … ${names.length - i} more }`;
    const name = names[i] as string;
    const property = getOwnPropertyDescriptor(value, name);
    const said = property?.get ? "[getter]" : inner(property?.value, depth + 1, room - text.length);
    text += `${i === 0 ? " " : ", "}${slice(name, 0, room)}: ${said}`;
  }
  return `${classPrefix(value)}${text}${names.length === 0 ? "}" : " }"}`;
}

function listText(list: readonly unknown[], depth: number, room: number): string {
  let text = "[";
  for (let i = 0; i < list.length && text.length < room; i++) {
    if (i === ITEMS_MAX) return `${text}, … ${list.length - i} more]`;
    const property = getOwnPropertyDescriptor(list, i);
    const said = property?.get ? "[getter]" : inner(property?.value, depth + 1, room - text.length);
    text += `${i === 0 ? "" : ", "}${said}`;
  }
  return `${text}]`;
}

function shapeText(shape: readonly number[]): string {
  let text = "";
  for (let i = 0; i < shape.length; i++) text += `${i === 0 ? "" : ", "}${shape[i]}`;
  return text;
}

function classPrefix(value: object): string {
  const prototype = getPrototypeOf(value);
  if (prototype === null) return "";
  const made = getOwnPropertyDescriptor(prototype, "constructor")?.value;
  const name = typeof made === "function" ? getOwnPropertyDescriptor(made, "name")?.value : "";
  return typeof name === "string" && name !== "" && name !== "Object"
    ? `${startOf(name, 64)} `
    : "";
}

/** `TypeError: x is not a function`, from data properties only. */
function errorLine(error: object): string {
  const name = dataText(error, "name") ?? "Error";
  const message = dataText(error, "message") ?? "";
  return message === "" ? name : `${name}: ${message}`;
}

/**
 * Returns the text of a data property, own or inherited, or as much of it as anybody wants;
 * `undefined` for an accessor or no text.
 */
export function dataText(value: object, name: string): string | undefined {
  for (let at: object | null = value, steps = 0; at !== null && steps < 10; steps++) {
    const property = getOwnPropertyDescriptor(at, name);
    if (property) {
      const text: unknown = property.value;
      return typeof text === "string" ? startOf(text, DATA_CHARACTERS_MAX) : undefined;
    }
    at = getPrototypeOf(at);
  }
  return undefined;
}
