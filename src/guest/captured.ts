/**
 * The intrinsics that the guest program uses after a hook has run, taken before it did.
 *
 * A hook may replace any method of its own realm. What is here it cannot reach, so a poisoned
 * prototype harms only the hook itself, never what the guest says about it.
 *
 * @module
 */

type Method = (this: never, ...rest: never[]) => unknown;

/** Returns `method` as a function that takes its `this` first. */
const uncurry = Function.prototype.bind.bind(Function.prototype.call as never) as unknown as (
  method: Method,
) => never;

export const { getPrototypeOf, getOwnPropertyDescriptor, apply, construct } = Reflect;
export const { keys: keysOf, defineProperty, freeze } = Object;
export const { isArray } = Array;
export const ErrorType = Error;
export const TypeErrorType = TypeError;
export const PromiseType = Promise;
export const Bytes = Uint8Array;
export const toText = String;
export const hasInstance = uncurry(Function.prototype[Symbol.hasInstance]) as (
  type: unknown,
  value: unknown,
) => boolean;
export const slice = uncurry(String.prototype.slice) as (
  text: string,
  start: number,
  end?: number,
) => string;
export const split = uncurry(String.prototype.split) as (text: string, by: string) => string[];
export const indexOf = uncurry(String.prototype.indexOf) as (text: string, part: string) => number;
export const toWellFormed = uncurry(String.prototype.toWellFormed) as (text: string) => string;
export const match = uncurry(RegExp.prototype.exec) as (
  pattern: RegExp,
  text: string,
) => RegExpExecArray | null;
export const stringify = JSON.stringify;
export const functionText = uncurry(Function.prototype.toString) as (value: unknown) => string;
