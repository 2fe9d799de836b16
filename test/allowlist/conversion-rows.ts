/**
 * The table of conversions: what goes into a library, the body of a hook, and what must come out.
 *
 * `vectors-conversions.py` works the rows of one library out with numpy, Pillow, scikit-learn and
 * torch, `vectors-between.py` those of what goes from one library into another.
 *
 * @module
 */

import { readFileSync } from "node:fs";

import { type DType, DTYPES, Tensor, toBfloat16 } from "../../src/contract/tensor.ts";

/** A tensor as JSON: NaN, infinities and integers beyond 2^53 are texts. */
export interface Written {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

export interface ConversionRow {
  readonly library: string;
  /** What goes in, and in which view: unique within its library. */
  readonly name: string;
  /** The body of an async function of `x` and `files`. */
  readonly js: string;
  readonly in?: Written;
  /** Base64. */
  readonly file?: string;
  /** One of these three: a tensor, plain data, or a part of the message of its refusal. */
  readonly out?: Written;
  readonly plain?: unknown;
  readonly refused?: string;
  /** Whether something was computed: then the last digit may be another one. */
  readonly close?: boolean;
}

export const CONVERSIONS = ["vectors-conversions.json", "vectors-between.json"].flatMap(
  (file) =>
    JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")) as readonly ConversionRow[],
);

/** Returns the tensor that was written. */
export function tensorFrom({ dtype, shape, data }: Written): Tensor {
  const element = elementOf(dtype);
  const array = new DTYPES[dtype].array(data.length);
  for (const [i, value] of data.entries()) array[i] = element(value) as never;
  return new Tensor(dtype, shape, array as never);
}

function elementOf(dtype: DType): (value: number | string) => number | bigint {
  if (dtype === "int64" || dtype === "uint64") return BigInt;
  const number = (value: number | string): number => Number(WORDS[value] ?? value);
  return dtype === "bfloat16" ? (value) => toBfloat16(number(value)) : number;
}

const WORDS: Readonly<Record<string, number>> = { inf: Infinity, "-inf": -Infinity };

/** Returns plain data with the tensors and bigints that JSON has no words for. */
export function plainFrom(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainFrom);
  if (typeof value !== "object" || value === null) return value;
  const { bigint, tensor } = value as { readonly bigint?: string; readonly tensor?: Written };
  if (bigint !== undefined) return BigInt(bigint);
  if (tensor !== undefined) return tensorFrom(tensor);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plainFrom(one)]));
}

/** The libraries that hold arrays, in the order of the table in docs/conversions.md. */
export const ARRAY_LIBRARIES = ["numjs", "torch", "tfjs", "arquero", "sklearn"] as const;

/** Returns the Markdown table of dtypes, from what each library gave back for each dtype. */
export function dtypeTable(gave: (library: string, dtype: DType) => string): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const head = ["a tensor of", ...ARRAY_LIBRARIES];
  const rows = (Object.keys(DTYPES) as DType[]).map((dtype) => [
    dtype,
    ...ARRAY_LIBRARIES.map((library) => gave(library, dtype)),
  ]);
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
