/**
 * The words of a conflict between two schemas: those of a checker, with `gets` for `got`.
 *
 * Each function gives the words to be made when they are asked for: of many branches that conflict
 * few are told.
 *
 * @module
 */

import { describeTensor, type TensorSpec } from "./axes.ts";
import {
  type Kind,
  kindsOf,
  KINDS,
  namedKeysOf,
  type Range,
  type Side,
  tensorsOf,
  valuesOf,
  type View,
} from "./fit-view.ts";
import { describeAll, type Resolve } from "./misfit-describe.ts";
import { kindHint } from "./misfit-kind.ts";
import { didYouMean, quote, showKeys, showList, showScalar } from "./misfit-words.ts";
import type { Schema } from "./plain.ts";
import { Tensor } from "../tensor.ts";

/** Words that are made when they are asked for. */
export type Words = () => string;

interface Sides {
  readonly gives: Side;
  readonly takes: Side;
}

/** One value of each kind, to look up its hint. */
const SAMPLES: Readonly<Partial<Record<Kind, unknown>>> = {
  null: null,
  boolean: false,
  integer: 0,
  fraction: 0.5,
  string: "",
  list: [],
  dict: {},
  tensor: new Tensor("bool", [0], new Uint8Array(0)),
  bytes: new Uint8Array(0),
};

/** A kind that cannot meet any other. */
export function sayKinds(g: View, t: View, { gives, takes }: Sides): Words {
  return () => {
    const wants = wordsOf(t, takes);
    return `wants ${wants}, gets ${wordsOf(g, gives)}${hintOf(g, t)}`;
  };
}

/** What no value is. */
export function sayNothing(g: View, side: Side): Words {
  return () => `wants nothing here, gets ${wordsOf(g, side)}`;
}

function wordsOf(view: View, side: Side): string {
  const [tensor] = tensorsOf(view);
  if (tensor) return describeTensor(tensor);
  const values = valuesOf(view, side);
  if (values?.size) return wordsOfValues([...values.values()]);
  const names = namesOf(kindsOf(view));
  return names.length === KINDS.length - 1 ? "anything" : names.join(" or ") || "nothing";
}

function wordsOfValues(values: readonly unknown[]): string {
  return values.length === 1 ? showScalar(values[0]) : `one of ${showList(values)}`;
}

/** An integer and a fraction together are a number. */
function namesOf(kinds: ReadonlySet<Kind>): string[] {
  const isNumber = kinds.has("fraction");
  const names = [...kinds].filter(
    (kind) => kind !== "fraction" && !(isNumber && kind === "integer"),
  );
  return isNumber ? ["number", ...names] : names;
}

function hintOf(g: View, t: View): string {
  const [given, taken] = [namesOf(kindsOf(g)), namesOf(kindsOf(t))];
  const [got, want] = [given[0], taken[0]];
  if (given.length !== 1 || !got || !want) return "";
  const sample = SAMPLES[got === "number" ? "fraction" : (got as Kind)];
  const [spec] = tensorsOf(t) as readonly (TensorSpec | undefined)[];
  if (!spec) return kindHint(want, sample);
  return got === "list" ? `; hint: Tensor.from(value, "${spec.dtypes?.[0] ?? "float32"}")` : "";
}

/** Lists of values without one in common. */
export function sayValues(given: readonly unknown[], taken: readonly unknown[]): Words {
  return () => {
    const strings = taken.filter((value) => typeof value === "string");
    const [only] = given;
    const near = given.length === 1 && typeof only === "string" ? didYouMean(only, strings) : "";
    return `wants ${wordsOfValues(taken)}, gets ${wordsOfValues(given)}${near}`;
  };
}

/**
 * Ranges that do not meet, if they do not; an empty `noun` is for numbers.
 */
export function sayRange(given: Range, taken: Range, noun: string): Words | undefined {
  const isBelow = given.high < taken.low || (given.high === taken.low && isOpen("high", "low"));
  const isAbove = given.low > taken.high || (given.low === taken.high && isOpen("low", "high"));
  const want = exact(taken, noun) && counted(taken.low, noun);
  const got = exact(given, noun);
  if (isBelow) return () => `wants ${want ?? from(taken, noun)}, gets ${got ?? to(given)}`;
  if (isAbove) return () => `wants ${want ?? to(taken, noun)}, gets ${got ?? from(given)}`;
  return undefined;

  function isOpen(end: "high" | "low", other: "high" | "low"): boolean {
    return given[`${end}Open`] || taken[`${other}Open`];
  }
}

function from({ low, lowOpen }: Range, noun = ""): string {
  return `${lowOpen ? "more than" : "at least"} ${counted(low, noun)}`;
}

function to({ high, highOpen }: Range, noun = ""): string {
  return `${highOpen ? "less than" : "at most"} ${counted(high, noun)}`;
}

function exact({ low, high }: Range, noun: string): string | undefined {
  return noun && low === high ? String(low) : undefined;
}

function counted(count: number, noun: string): string {
  return noun ? `${count} ${noun}${count === 1 ? "" : "s"}` : String(count);
}

/** A key that is wanted and never comes. */
export function sayMissing(key: string, g: View, t: View): Words {
  return () => {
    const [gets, wants] = [namedKeysOf(g), namedKeysOf(t)];
    const near = didYouMean(
      key,
      gets.filter((name) => !wants.includes(name)),
    );
    const came = showKeys("gets", Object.fromEntries(gets.map((name) => [name, 0])));
    return `wants key ${quote(key, 40)}, ${came}${near}`;
  };
}

/** A key that always comes and is not wanted. */
export function sayExtra(key: string, g: View, t: View): Words {
  return () => {
    const [gets, wants] = [namedKeysOf(g), namedKeysOf(t)];
    const only = wants.length ? `keys ${showList(wants)} only` : "no keys";
    const free = wants.filter((name) => !gets.includes(name));
    return `wants ${only}, gets key ${quote(key, 40)}${didYouMean(key, free)}`;
  };
}

/** Alternatives of which none meets. */
export function sayAlternatives(
  given: readonly Schema[],
  taken: readonly Schema[],
  { gives, takes }: Sides,
): Words {
  const said = (schemas: readonly Schema[], side: Side): string => {
    const resolve: Resolve = (ref) => side.positions.get(ref)?.schema;
    return `${schemas.length > 1 ? "one of: " : ""}${describeAll(schemas, resolve)}`;
  };
  return () => `wants ${said(taken, takes)}; gets ${said(given, gives)}`;
}
