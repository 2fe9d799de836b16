// Holds PROTOCOL.md to the code: every fenced example is read from the text and checked.

import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { DTYPE_NAMES } from "../../src/contract/tensor.ts";
import {
  ANSWER,
  faultFrom,
  faultToDict,
  joinBody,
  readAnswer,
  readRequest,
  REQUEST,
  splitBody,
  writeAnswer,
  writeCheckMs,
  writeRequest,
} from "../../src/wire/records.ts";
import { encode, fromHex, isTaken, readings, tensor, toHex } from "./bytes.ts";

const TEXT = readFileSync(new URL("../../src/wire/PROTOCOL.md", import.meta.url), "utf8");

/** The lines of the blocks of one kind, as hex and what stands behind it. */
function examples(kind: string): (readonly [hex: string, said: string])[] {
  const blocks = [...TEXT.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  const lines = blocks
    .filter(([, name]) => name === kind)
    .flatMap(([, , body = ""]) => body.split("\n"));
  return lines
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, hex = "", said = ""] = /^((?:[0-9a-f]{2}(?: |$))*)\s*(.*)$/.exec(line) ?? [];
      return [hex.replaceAll(" ", ""), said];
    });
}

/** What a value is written as in the text: JavaScript, with `bytes` and `Tensor`. */
function valueOf(said: string): unknown {
  // oxlint-disable-next-line no-new-func -- the text is our own file
  const make = new Function("bytes", "Tensor", `return (${said});`);
  return make((...list: number[]) => Uint8Array.from(list), tensor);
}

const fieldsOf = (said: string) => valueOf(said) as never;

describe("PROTOCOL.md", () => {
  test.each(examples("values"))("value %s is %s, both ways", (hex, said) => {
    expect(toHex(encode(valueOf(said)))).toBe(hex);
    for (const read of readings(fromHex(hex))) expect(read).toStrictEqual(valueOf(said));
  });

  test.each(examples("reads"))("%s is read as %s, and written otherwise", (hex, said) => {
    for (const read of readings(fromHex(hex))) expect(read).toStrictEqual(valueOf(said));
    expect(toHex(encode(valueOf(said)))).not.toBe(hex);
  });

  test.each(examples("refuses"))("%s is refused: %s", (hex) => {
    expect(isTaken(fromHex(hex))).toBe(false);
  });

  test.each(examples("request"))("request %s is %s", (hex, said) => {
    const bytes = fromHex(hex);
    expect(readRequest(new DataView(bytes.buffer), 0)).toStrictEqual(fieldsOf(said));
    const written = new Uint8Array(24);
    writeRequest(new DataView(written.buffer), 0, fieldsOf(said));
    expect(toHex(written)).toBe(hex);
  });

  test.each(examples("answer"))("answer %s is %s", (hex, said) => {
    const bytes = fromHex(hex);
    expect(readAnswer(new DataView(bytes.buffer), 0)).toStrictEqual(fieldsOf(said));
    const written = new Uint8Array(48);
    writeAnswer(new DataView(written.buffer), 0, fieldsOf(said));
    const { checkMs } = fieldsOf(said) as { checkMs: number };
    writeCheckMs(new DataView(written.buffer), 0, checkMs);
    expect(toHex(written)).toBe(hex);
  });

  test.each(examples("body"))("body %s is %s", (hex, said) => {
    const { outcome, logs, payload } = fieldsOf(said) as {
      outcome: number;
      logs: number[];
      payload: number[];
    };
    const parts = { outcome, logs: Uint8Array.from(logs), payload: Uint8Array.from(payload) };
    expect(splitBody(fromHex(hex))).toStrictEqual(parts);
    expect(toHex(new Uint8Array(joinBody(outcome, parts.logs, parts.payload)))).toBe(hex);
  });

  test.each(examples("fault"))("fault %s%s is taken, and given again", (_, said) => {
    const fault = faultFrom(fieldsOf(said));
    expect(fault && JSON.parse(JSON.stringify(faultToDict(fault)))).toStrictEqual(fieldsOf(said));
  });

  test("has the codes of all dtypes", () => {
    const table = TEXT.slice(TEXT.indexOf("| code | dtype"), TEXT.indexOf("A shape of no axes"));
    const rows = [...table.matchAll(/\| (\d+) +\| (b?float\d+|u?int\d+|bool) +(?=\|)/g)];
    const codes = Object.fromEntries(rows.map(([, code, dtype]) => [dtype, Number(code)]));
    expect(codes).toStrictEqual(Object.fromEntries(DTYPE_NAMES.map((name, code) => [name, code])));
  });

  test("has the kinds of all records, in the heads and in the tables of their bodies", () => {
    const said = (kinds: Readonly<Record<string, number>>) =>
      Object.entries(kinds).map(
        ([name, kind]) => `${kind} ${name === "notBegun" ? "not begun" : name}`,
      );
    for (const kinds of [REQUEST, ANSWER]) expect(TEXT).toContain(` ${said(kinds).join(", ")} `);
    for (const name of Object.keys(REQUEST))
      expect(TEXT).toMatch(new RegExp(`^\\| ${name} +\\|`, "m"));
    for (const name of ["loaded", "done", "not begun"]) {
      expect(TEXT).toMatch(new RegExp(`^\\| ${name} +\\|`, "m"));
    }
  });

  test("has examples of every kind", () => {
    const least = { values: 25, reads: 8, refuses: 15, request: 2, answer: 2, body: 2, fault: 2 };
    for (const [kind, count] of Object.entries(least)) {
      expect(examples(kind).length, kind).toBeGreaterThanOrEqual(count);
    }
  });
});
