/**
 * The intrinsics that the guest program uses after a hook has run, taken before it did.
 *
 * A hook may replace any method of its own realm. What is here it cannot reach, so a poisoned
 * prototype harms only the hook itself, never what the guest says about it.
 *
 * @module
 */

import { cutText, match as matchAny } from "../wire/captured.ts";

export {
  apply,
  byteLengthOf,
  Bytes,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasInstance,
  isArray,
  keysOf,
  setBytes,
  stringify,
  toWellFormed,
} from "../wire/captured.ts";

export const { construct, setPrototypeOf } = Reflect;
export const { defineProperty } = Object;
export const ErrorType = Error;
export const RangeErrorType = RangeError;
export const TypeErrorType = TypeError;
export const PromiseType = Promise;
export const toText = String;
export const slice = cutText;
export const match = matchAny as (pattern: RegExp, text: string) => RegExpExecArray | null;
export const split = Function.prototype.call.bind(String.prototype.split) as (
  text: string,
  by: string,
) => string[];
export const lastIndexOf = Function.prototype.call.bind(String.prototype.lastIndexOf) as (
  text: string,
  what: string,
) => number;
