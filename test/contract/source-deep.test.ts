/**
 * Goal: a text made to hang or break a parser is refused, and takes nothing down with it.
 *
 * Method: each bomb once as JavaScript and once behind a type, which brings Node's stripper in;
 * after each, an honest text with types must still be read.
 */

import { expect, test } from "vitest";

import { readHook } from "../../src/contract/source/source.ts";
import { stripTypes } from "../../src/pool/strip-types.ts";
import { Refusal } from "../../src/faults.ts";

const KIB = 1024;

function read(text: string) {
  return readHook(text, { kind: "pre", libraries: [], sourceBytesMax: 256 * KIB, stripTypes });
}

function refusalOf(text: string): Refusal {
  try {
    read(text);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error(`no refusal of ${text.slice(0, 200)}`);
}

const DEEP: readonly (readonly [name: string, piece: string, before?: string, after?: string])[] = [
  ["brackets", "["],
  ["parentheses", "("],
  ["arrows", "a=>", "", "1"],
  ["sums", "+a", "a"],
  ["conditions", "a?a:", "", "a"],
  ["properties", ".a", "a"],
  ["calls", "()", "a"],
  ["templates", "`${"],
  ["negations", "!", "", "1"],
  ["else", "if(a);else ", "{", "1}"],
  ["blocks", "{", "{"],
  ["objects", "({a:"],
  ["powers", "a**", "", "a"],
  ["assertions", "<T>("],
  ["type arguments", "f<T>("],
];

for (const [name, piece, before = "", after = ""] of DEEP) {
  for (const head of ["(a) => ", "(a: any) => "]) {
    test(`readHook() refuses 250 KiB of nested ${name} behind ${head}`, { timeout: 20_000 }, () => {
      const text = head + before + piece.repeat((250 * KIB) / piece.length) + after;
      const fault = refusalOf(text);
      expect(fault.code).toBe("SYNTAX_INVALID");
      expect(fault.detail).toMatch(/nested too deeply/);
      expect(read("(a: number) => a").parameters).toBe(1);
    });
  }
}

/** Texts that the stripper alone would read for minutes: a thread of its own is ended in time. */
const SLOW: readonly (readonly [name: string, text: string])[] = [
  ["assertions", `(a: any) => ${"<T>(".repeat(24)}1${")".repeat(24)}`],
  ["conditions and defaults", `(a: any) => ${"a?(b):(a=typeof [".repeat(40)}1`],
  ["type arguments and patterns", `(a: any) => {${"a<({a:[a=".repeat(12)}1`],
];

for (const [name, text] of SLOW) {
  test(`readHook() refuses ${name} that would be read for minutes`, { timeout: 20_000 }, () => {
    expect(refusalOf(text).detail).toContain("nested too deeply");
    expect(read("(a: number) => a").parameters).toBe(1);
  });
}
