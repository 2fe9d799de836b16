/**
 * `read_csv`: text or bytes to a table, with the types that pandas would find.
 *
 * papaparse cuts the text into fields; what they are is decided here, over the whole column, while
 * arquero's own reader looks at the first thousand rows.
 *
 * @module
 */

import { isMissing } from "./arquero-column.ts";
import { type Columns, tableOf } from "./arquero-frame.ts";
import type { Column, Kit, Options, Table } from "./arquero-types.ts";
import { textFrom } from "./util-text.ts";

/** The part of papaparse that is used. */
export interface Papa {
  parse(
    text: string,
    config: Options,
  ): {
    readonly data: readonly (readonly string[])[];
    readonly errors: readonly { readonly message: string; readonly row?: number }[];
  };
}

/** What pandas takes for missing, unless `keep_default_na` is false. */
const NA = [
  ...["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"],
  ...["<NA>", "N/A", "NA", "NULL", "NaN", "n/a", "nan", "null"],
];

/** Every option there is: one that is misspelt must not pass in silence. */
const OPTIONS = [
  ..."sep delimiter header names usecols dtype parse_dates na_values keep_default_na".split(" "),
  ..."skiprows nrows comment quotechar decimal encoding".split(" "),
];

/**
 * Returns the table that `value`, the text or the bytes of a file, holds.
 *
 * @throws {TypeError} When an option is none, or a field is not of the dtype or the date it should.
 * @throws {RangeError} When a row has more fields than the header.
 */
export function readCsv(value: unknown, options: Options, papa: Papa, kit: Kit): Table {
  const stray = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (stray) throw new TypeError(`read_csv has no ${stray}: there are ${OPTIONS.join(", ")}`);
  const text = textFrom(value, "read_csv", options.encoding);
  const rows = rowsOf(text, options, papa);
  const headed = options.header !== false && options.header !== null && !options.names;
  const header = options.names ? (options.names as readonly string[]) : rows[0];
  const names = headed || options.names ? unique(header ?? []) : numbered(rows[0] ?? []);
  const skip = options.header === 0 || headed ? 1 : 0;
  const end = options.nrows === undefined ? rows.length : skip + Number(options.nrows);
  const body = rows.slice(skip, end);
  for (const [r, row] of body.entries()) {
    if (row.length <= names.length) continue;
    const got = `${row.length} in row ${r + skip + 1}`;
    throw new RangeError(`read_csv wants ${names.length} fields in each row, got ${got}`);
  }
  return tableOf(columnsOf(names, body, options), kit);
}

function rowsOf(text: string, options: Options, papa: Papa): readonly (readonly string[])[] {
  const { sep, delimiter = sep ?? ",", comment = false, quotechar = '"' } = options;
  const { data, errors } = papa.parse(text, {
    delimiter,
    quoteChar: quotechar,
    comments: comment,
    skipEmptyLines: true,
    skipFirstNLines: Number(options.skiprows ?? 0),
  });
  const [error] = errors;
  if (!error) return data;
  throw new TypeError(`read_csv: ${error.message} (row ${Number(error.row ?? 0) + 1})`);
}

/** A second column of a name gets a number, one without a name its place, as in pandas. */
function unique(header: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return header.map((field, c) => {
    const name = field === "" ? `Unnamed: ${c}` : field;
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    return before === 0 ? name : `${name}.${before}`;
  });
}

function numbered(row: readonly string[]): readonly string[] {
  return row.map((_, c) => String(c));
}

function columnsOf(
  names: readonly string[],
  rows: readonly (readonly string[])[],
  options: Options,
): Columns {
  const used = namesIn(options.usecols, names, "usecols") ?? names;
  const dates = namesIn(options.parse_dates, names, "parse_dates") ?? [];
  const dtypes = (options.dtype ?? {}) as Options;
  namesIn(Object.keys(typeof dtypes === "string" ? {} : dtypes), names, "dtype");
  const na = missingWords(options);
  const decimal = options.decimal === undefined ? "." : String(options.decimal);
  return names.flatMap((name, c) => {
    if (!used.includes(name)) return [];
    const fields = rows.map((row) => {
      const field = row[c];
      return field === undefined || na.has(field) ? null : field;
    });
    if (dates.includes(name)) return [[name, fields.map((field, r) => dateOf(field, name, r))]];
    const dtype = typeof dtypes === "string" ? dtypes : dtypes[name];
    return [[name, columnFromFields(fields, { name, dtype, decimal })]];
  });
}

function namesIn(value: unknown, names: readonly string[], option: string) {
  if (value === undefined || value === false || value === null) return undefined;
  if (!Array.isArray(value)) throw new TypeError(`read_csv wants a list of names as ${option}`);
  const stray = value.find((name) => !names.includes(name as string)) as unknown;
  if (stray === undefined) return value as readonly string[];
  throw new RangeError(`read_csv has no column ${JSON.stringify(stray)} for ${option}`);
}

function missingWords({ na_values: more = [], keep_default_na: keep }: Options): Set<string> {
  const words = Array.isArray(more) ? more : [more];
  return new Set([...(keep === false ? [] : NA), ...words.map(String)]);
}

interface FieldsOptions {
  readonly name: string;
  readonly dtype: unknown;
  readonly decimal: string;
}

const WHOLE = /^\s*[-+]?\d+\s*$/;
const NUMBER = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/;
const INFINITE = /^\s*([-+]?)inf(?:inity)?\s*$/i;
const BOOLEANS: Readonly<Record<string, boolean>> = {
  True: true,
  TRUE: true,
  true: true,
  False: false,
  FALSE: false,
  false: false,
};

type Fields = readonly (string | null)[];

/** Returns fields as the column that pandas would make of them; `null` is missing. */
function columnFromFields(raw: Fields, { name, dtype, decimal }: FieldsOptions): Column {
  if (dtype === "str" || dtype === "string" || dtype === "object") return [...raw];
  const fields = decimal === "." ? raw : raw.map((field) => field?.replace(decimal, ".") ?? null);
  if (dtype !== undefined) return asked(fields, name, dtype);
  const some = fields.filter((field) => field !== null);
  const every = (test: (field: string) => boolean) => some.every(test);
  if (some.length === fields.length && some.length > 0 && every((field) => WHOLE.test(field))) {
    return integers(some) ?? [...raw];
  }
  if (every(isNumber)) return Float64Array.from(fields, numberOf);
  if (every((field) => Object.hasOwn(BOOLEANS, field))) {
    return fields.map((field) => (field === null ? null : BOOLEANS[field]));
  }
  return [...raw];
}

function isNumber(field: string): boolean {
  return NUMBER.test(field) || INFINITE.test(field);
}

function numberOf(field: string | null): number {
  if (field === null) return Number.NaN;
  const infinite = INFINITE.exec(field);
  if (infinite) return infinite[1] === "-" ? -Infinity : Infinity;
  return Number(field);
}

/** The smallest kind that holds them all exactly; arithmetic with bigints is a last resort. */
function integers(fields: readonly string[]): Column | undefined {
  const numbers = fields.map(Number);
  if (numbers.every((number) => (number | 0) === number)) return Int32Array.from(numbers);
  if (numbers.every(Number.isSafeInteger)) return Float64Array.from(numbers);
  const wide = fields.map((field) => BigInt(field.trim().replace(/^\+/, "")));
  if (wide.every((number) => BigInt.asIntN(64, number) === number)) return BigInt64Array.from(wide);
  return undefined;
}

/** Returns fields as the dtype that the caller asks for. */
function asked(fields: Fields, name: string, dtype: unknown): Column {
  const refuse = (field: string | null, row: number): never => {
    const where = `in column ${JSON.stringify(name)}, row ${row + 1} of the data`;
    throw new TypeError(`read_csv wants ${String(dtype)} ${where}, got ${JSON.stringify(field)}`);
  };
  const number = (field: string | null, row: number): number =>
    field === null || isNumber(field) ? numberOf(field) : refuse(field, row);
  if (dtype === "float64") return Float64Array.from(fields, number);
  if (dtype === "float32") return Float32Array.from(fields, number);
  const whole = (field: string | null, row: number): bigint =>
    field !== null && WHOLE.test(field)
      ? BigInt(field.trim().replace(/^\+/, ""))
      : refuse(field, row);
  if (dtype === "int64") return BigInt64Array.from(fields, whole);
  if (dtype === "int32") {
    return Int32Array.from(fields, (field, row) => {
      const value = Number(whole(field, row));
      return (value | 0) === value ? value : refuse(field, row);
    });
  }
  const want = "str, float64, float32, int64 or int32";
  throw new TypeError(`read_csv wants a dtype of ${want}, got ${String(dtype)}`);
}

const DATE = /^(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(.*))?$/;
const ZONE = /^(?:Z|[-+]\d{2}:?\d{2})$/;

/** A date without a zone is in UTC: the same on every machine. */
function dateOf(field: string | null, name: string, row: number): Date | null {
  if (isMissing(field)) return null;
  const [whole, year, month, day, time = "00:00", zone = ""] =
    DATE.exec(String(field).trim()) ?? [];
  const date = new Date(`${year}-${month}-${day}T${time}${zone || "Z"}`);
  const known = whole !== undefined && (zone === "" || ZONE.test(zone));
  // 2023-02-30 would be the second of March.
  const same = known && new Date(`${year}-${month}-${day}T00:00Z`).getUTCDate() === Number(day);
  if (same && !Number.isNaN(date.getTime())) return date;
  const where = `in column ${JSON.stringify(name)}, row ${row + 1} of the data`;
  throw new TypeError(`read_csv wants dates as YYYY-MM-DD HH:MM:SS ${where}, got ${String(field)}`);
}
