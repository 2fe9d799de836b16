/**
 * The words for what does not travel: what it is, where it stands, and what to send in its place.
 *
 * Runs in the isolate after the hook did, on values that the hook made: no getter is called, and
 * what comes from the value is cut and made well-formed before it becomes part of a text.
 *
 * @module
 */

import { type DType, DTYPE_NAMES, DTYPES } from "../contract/tensor.ts";
import {
  cutText,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  match,
  stringify,
  toWellFormed,
} from "./captured.ts";

/** What may stand in a value, for people. */
export const TRAVELS = "null, boolean, number, bigint, string, bytes, list, dict or Tensor";
export const ACCESSOR_HINT = "return plain data: copy the value";
export const UNDEFINED_HINT = "null can stand in its place";

const NAME_CHARACTERS_MAX = 64;
const PLAIN_NAME = /^[A-Za-z_$][\w$]*$/;

/** Returns one step of a path: `[3]`, `.scores`, or `["odd key"]`. */
export function pathStep(key: string | number): string {
  if (typeof key === "number") return `[${key}]`;
  const short = key.length > NAME_CHARACTERS_MAX ? `${cut(key)}…` : key;
  return match(PLAIN_NAME, short) === null ? `[${stringify(short)}]` : `.${short}`;
}

/** Returns what `value` is, such as `a bare Float32Array` or `an instance of Date`. */
export function describe(value: unknown, tag?: string): string {
  if (tag) return `a bare ${tag}`;
  if (value === null || value === undefined) return `${value}`;
  if (typeof value !== "object") return `a ${typeof value}`;
  const name = classOf(value);
  return name ? `an instance of ${name}` : "an object of a class of its own";
}

/** Returns what to do with a value that cannot travel, or nothing when there is no advice. */
export function hintFor(value: unknown, tag?: string): string | undefined {
  if (tag) return `new Tensor(${stringify(dtypeFor(tag))}, [array.length], array) says its shape`;
  if (value === undefined) return UNDEFINED_HINT;
  if (typeof value === "function") return "call it and send what it gives";
  if (typeof value !== "object" || value === null) return undefined;
  const name = classOf(value);
  if (name === "Date") return "toISOString() or getTime() says it as a value";
  if (name === "Set") return "[...set] makes a list of it";
  if (name === "Promise") return "await it";
  if (name === "ArrayBuffer") return "new Uint8Array(buffer) makes bytes of it";
  return "copy what you need into a plain dict or list";
}

/** Returns the name of the class of `value`, without calling a getter. */
function classOf(value: object): string {
  const prototype = getPrototypeOf(value);
  const made = prototype && getOwnPropertyDescriptor(prototype, "constructor")?.value;
  const name = typeof made === "function" ? getOwnPropertyDescriptor(made, "name")?.value : "";
  return typeof name === "string" ? toWellFormed(cut(name)) : "";
}

function dtypeFor(tag: string): DType {
  for (let i = 0; i < DTYPE_NAMES.length; i++) {
    const name = DTYPE_NAMES[i] as DType;
    if (DTYPES[name].array.name === tag && name !== "bfloat16") return name;
  }
  return "uint8";
}

function cut(text: string): string {
  return cutText(text, 0, NAME_CHARACTERS_MAX);
}
