/**
 * The fields of a column of CSV to the column that pandas would make of them.
 *
 * What they are is decided over the whole column, while arquero's own reader looks at the first
 * thousand rows.
 *
 * @module
 */

import { booleans } from "./arquero-column.ts";
import type { Column } from "./arquero-types.ts";

/** Fields of one column; `null` is missing. */
export type Fields = readonly (string | null)[];

/** How numbers and truth are written, and what the caller wants of the column. */
export interface Reading {
  readonly name: string;
  readonly dtype: unknown;
  readonly isDate: boolean;
  readonly decimal: string;
  /** What stands between thousands, "" for nothing. */
  readonly thousands: string;
  readonly booleans: ReadonlyMap<string, boolean>;
}

/** What pandas takes for true and false. */
export const BOOLEANS: readonly (readonly [string, boolean])[] = [
  ...["True", "TRUE", "true"].map((word) => [word, true] as const),
  ...["False", "FALSE", "false"].map((word) => [word, false] as const),
];

const WHOLE = /^\s*[-+]?\d+\s*$/;
const NUMBER = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/;
const INFINITE = /^([-+]?)inf(?:inity)?$/i;

/** What a field is when it cannot be a number. */
const NO_NUMBER = "?";

/** Returns fields as the column that pandas would make of them. */
export function columnFromFields(raw: Fields, reading: Reading): Column {
  const { dtype, booleans: words } = reading;
  if (reading.isDate) return raw.map((field, row) => dateOf(field, reading, row));
  if (dtype === "str" || dtype === "string" || dtype === "object") return [...raw];
  const fields = numericTexts(raw, reading);
  if (dtype !== undefined) return asked(raw, fields, reading);
  const some = fields.filter((field) => field !== null);
  if (some.length > 0 && some.length === fields.length && some.every(isWhole)) {
    return integers(some) ?? [...raw];
  }
  if (some.every(isNumber)) return Float64Array.from(fields, numberOf);
  if (raw.every((field) => field === null || words.has(field))) {
    return raw.map((field) => (field === null ? null : (words.get(field) as boolean)));
  }
  return [...raw];
}

/** The fields as JavaScript writes numbers: without what stands between thousands. */
function numericTexts(raw: Fields, { decimal, thousands }: Reading): Fields {
  if (decimal === "." && thousands === "") return raw;
  return raw.map((field) => {
    if (field === null) return null;
    const joined = thousands === "" ? field : field.replaceAll(thousands, "");
    if (decimal === ".") return joined;
    return joined.includes(".") ? NO_NUMBER : joined.replace(decimal, ".");
  });
}

function isWhole(field: string): boolean {
  return WHOLE.test(field);
}

/** A number beyond the doubles stays text, as in pandas. */
function isNumber(field: string): boolean {
  return NUMBER.test(field) ? Number.isFinite(Number(field)) : INFINITE.test(field);
}

function numberOf(field: string | null): number {
  if (field === null) return Number.NaN;
  const infinite = INFINITE.exec(field);
  if (infinite) return infinite[1] === "-" ? -Infinity : Infinity;
  return Number(field);
}

function bigintOf(field: string): bigint {
  return BigInt(field.trim().replace(/^\+/, "")); // JavaScript takes no plus there
}

/** The smallest kind that holds them all exactly; arithmetic with bigints is a last resort. */
function integers(fields: readonly string[]): Column | undefined {
  const numbers = fields.map(Number);
  if (numbers.every((number) => (number | 0) === number)) return Int32Array.from(numbers);
  if (numbers.every(Number.isSafeInteger)) return Float64Array.from(numbers);
  const wide = fields.map(bigintOf);
  if (wide.every((number) => BigInt.asIntN(64, number) === number)) return BigInt64Array.from(wide);
  if (wide.every((number) => BigInt.asUintN(64, number) === number)) {
    return BigUint64Array.from(wide);
  }
  return undefined;
}

/** The arrays of whole numbers by dtype, with the words that Python's users write for them. */
const WHOLES = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  int: BigInt64Array,
} as const;

const FLOATS = { float32: Float32Array, float64: Float64Array, float: Float64Array } as const;

/** Returns fields as the dtype that the caller asks for. */
function asked(raw: Fields, fields: Fields, { name, dtype, booleans: words }: Reading): Column {
  const refuse = (row: number): never => {
    const where = `in column ${JSON.stringify(name)}, row ${row + 1} of the data`;
    const got = JSON.stringify(raw[row]);
    throw new TypeError(`read_csv wants ${String(dtype)} ${where}, got ${got}`);
  };
  const kind = String(dtype);
  if (kind === "bool")
    return booleans(raw.map((word, row) => words.get(word ?? "") ?? refuse(row)));
  if (Object.hasOwn(FLOATS, kind)) {
    const made = new FLOATS[kind as keyof typeof FLOATS](fields.length);
    for (const [row, field] of fields.entries()) {
      made[row] = field === null || isNumber(field) ? numberOf(field) : refuse(row);
    }
    return made;
  }
  if (!Object.hasOwn(WHOLES, kind)) {
    const want = ["str", "bool", ...Object.keys(FLOATS), ...Object.keys(WHOLES)].join(", ");
    throw new TypeError(`read_csv wants a dtype of ${want}, got ${kind}`);
  }
  const made = new WHOLES[kind as keyof typeof WHOLES](fields.length);
  for (const [row, field] of fields.entries()) {
    const value = field !== null && isWhole(field) ? bigintOf(field) : refuse(row);
    const isBig = made instanceof BigInt64Array || made instanceof BigUint64Array;
    made[row] = (isBig ? value : Number(value)) as never;
    // What wraps around is not what the text says.
    if (BigInt(made[row] as number | bigint) !== value) refuse(row);
  }
  return made;
}

const DATE = /^(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(.*))?$/;
const ZONE = /^(?:Z|[-+]\d{2}:?\d{2})$/;

/** A date without a zone is in UTC: the same on every machine. */
function dateOf(field: string | null, { name }: Reading, row: number): Date | null {
  if (field === null) return null;
  const [whole, year, month, day, time = "00:00", zone = ""] = DATE.exec(field.trim()) ?? [];
  const date = new Date(`${year}-${month}-${day}T${time}${zone || "Z"}`);
  const known = whole !== undefined && (zone === "" || ZONE.test(zone));
  // 2023-02-30 would be the second of March.
  const same = known && new Date(`${year}-${month}-${day}T00:00Z`).getUTCDate() === Number(day);
  if (same && !Number.isNaN(date.getTime())) return date;
  const where = `in column ${JSON.stringify(name)}, row ${row + 1} of the data`;
  throw new TypeError(`read_csv wants dates as YYYY-MM-DD HH:MM:SS ${where}, got ${field}`);
}
