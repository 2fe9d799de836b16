/**
 * `read_csv`: text or bytes to a table, with the names and the types that pandas would find.
 *
 * @module
 */

import { type Dialect, rowsOf, SPACES } from "./arquero-fields.ts";
import { type Columns, tableOf } from "./arquero-frame.ts";
import { BOOLEANS, columnFromFields, type Reading } from "./arquero-infer.ts";
import type { Kit, Options, Table } from "./arquero-types.ts";
import { textFrom } from "./util-text.ts";
import { dictFrom, wholeFrom } from "./util-arguments.ts";

const WHO = "read_csv";

/** What pandas takes for missing, unless `keep_default_na` is false. */
const NA = [
  ...["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"],
  ...["<NA>", "N/A", "NA", "NULL", "NaN", "n/a", "nan", "null"],
];

const OPTIONS = [
  ..."sep delimiter header names usecols dtype parse_dates na_values keep_default_na".split(" "),
  ..."skiprows nrows comment quotechar escapechar skipinitialspace decimal thousands".split(" "),
  ..."true_values false_values encoding".split(" "),
];

/**
 * Returns the table that `value`, the text or the bytes of a file, holds.
 *
 * @throws {TypeError} When an option is none, or a field is not of the dtype or the date it should.
 * @throws {RangeError} When a row has more fields than the header.
 */
export function readCsv(value: unknown, options: Options, kit: Kit): Table {
  dictFrom(options, WHO, OPTIONS);
  const text = textFrom(value, WHO, options.encoding);
  const rows = rowsOf(text, dialectFrom(options), skipperFrom(options.skiprows));
  const names = options.names === undefined ? undefined : uniqueFrom(options.names);
  // A number is the row of the header, as `infer` is where there are no names.
  const header = options.header === undefined ? (names ? null : 0) : options.header;
  const skipped =
    header === null || header === false ? -1 : wholeFrom(header, `${WHO} wants header`);
  for (let row = 0; row < skipped; row++) rows.next();
  const first = rows.next().value ?? undefined;
  if (first === undefined) throw new TypeError(`${WHO} wants a row at least, got none`);
  const headed = skipped >= 0;
  const all = names ?? (headed ? unique(first) : first.map((_, c) => String(c)));
  const fields = fieldsOf(all, options, headed ? [] : [first], rows);
  return tableOf(columnsOf(fields, all, options), kit);
}

function dialectFrom(options: Options): Dialect {
  const { sep, delimiter = sep } = options;
  const one = (name: string, value: unknown, usual: string): string => {
    if (value === undefined || value === null) return usual;
    if (typeof value === "string" && value.length === 1) return value;
    throw new TypeError(`${WHO} wants ${name} as one character, got ${JSON.stringify(value)}`);
  };
  return {
    separator: delimiter === SPACES ? SPACES : one("sep", delimiter, ","),
    quote: one("quotechar", options.quotechar, '"'),
    comment: one("comment", options.comment, ""),
    escape: one("escapechar", options.escapechar, ""),
    skipSpace: options.skipinitialspace === true,
  };
}

/** A number is how many rows are passed over, a list which ones. */
function skipperFrom(value: unknown): (row: number) => boolean {
  if (Array.isArray(value)) {
    const gone = new Set(value.map((row) => wholeFrom(row, `${WHO} wants skiprows`)));
    return (row) => gone.has(row);
  }
  const count = value === undefined ? 0 : wholeFrom(value, `${WHO} wants skiprows`);
  return (row) => row < count;
}

function uniqueFrom(value: unknown): readonly string[] {
  const names: readonly unknown[] = Array.isArray(value) ? value : [];
  const texts = names.filter((name): name is string => typeof name === "string");
  if (Array.isArray(value) && texts.length === value.length) {
    if (new Set(texts).size === texts.length) return texts;
  }
  throw new TypeError(`${WHO} wants names as a list of texts, each one once`);
}

/** A second column of a name gets the next free number, one without a name its place. */
function unique(header: readonly string[]): readonly string[] {
  const named = header.map((field, c) => (field === "" ? `Unnamed: ${c}` : field));
  const taken = new Set(named);
  const counts = new Map<string, number>();
  return named.map((name) => {
    let count = counts.get(name) ?? 0;
    let free = name;
    while (count > 0 && taken.has(free)) free = `${name}.${count++}`;
    taken.add(free);
    counts.set(name, Math.max(count, 1));
    return free;
  });
}

type FieldColumns = readonly (string | null)[][];

/** Puts the fields of the rows into their columns; what a short row lacks is missing. */
function fieldsOf(
  names: readonly string[],
  options: Options,
  first: readonly string[][],
  rest: Iterable<string[]>,
): FieldColumns {
  const most =
    options.nrows === undefined ? Infinity : wholeFrom(options.nrows, `${WHO} wants nrows`);
  const missing = names.map((name) => missingWords(options, name));
  const columns = names.map((): (string | null)[] => []);
  const add = (row: readonly string[]) => {
    if (row.length > names.length) {
      const got = `${row.length} in row ${(columns[0]?.length ?? 0) + 1} of the data`;
      throw new RangeError(`${WHO} wants ${names.length} fields in each row, got ${got}`);
    }
    for (const [c, column] of columns.entries()) {
      const field = row[c];
      column.push(field === undefined || missing[c]?.has(field) ? null : field);
    }
  };
  let count = 0;
  for (const rows of [first, rest]) {
    for (const row of rows) {
      if (count++ >= most) return columns;
      add(row);
    }
  }
  return columns;
}

/** Columns mostly share one set of words. */
function missingWords({ na_values: more = [], keep_default_na: keep }: Options, name: string) {
  const isDict = typeof more === "object" && more !== null && !Array.isArray(more);
  const own: unknown = isDict ? ((more as Options)[name] ?? []) : more;
  const words = (Array.isArray(own) ? own : [own]).map(String);
  if (words.length === 0 && keep !== false) return NA_WORDS;
  return new Set([...(keep === false ? [] : NA), ...words]);
}

const NA_WORDS: ReadonlySet<string> = new Set(NA);

function columnsOf(fields: FieldColumns, names: readonly string[], options: Options): Columns {
  const used = usedFrom(options.usecols, names);
  const dates = namesIn(options.parse_dates, names, "parse_dates");
  const { dtype, decimal = ".", thousands = "" } = options;
  const each = typeof dtype === "object" && dtype !== null ? (dtype as Options) : undefined;
  if (each) namesIn(Object.keys(each), names, "dtype");
  const words = (list: unknown, value: boolean) =>
    (Array.isArray(list) ? list : []).map((word) => [String(word), value] as const);
  const booleans = new Map([
    ...BOOLEANS,
    ...words(options.true_values, true),
    ...words(options.false_values, false),
  ]);
  return names.flatMap((name, c) => {
    if (!used.has(name)) return [];
    const reading: Reading = {
      name,
      dtype: each ? each[name] : dtype,
      isDate: dates.has(name),
      decimal: String(decimal),
      thousands: String(thousands),
      booleans,
    };
    return [[name, columnFromFields(fields[c] ?? [], reading)] as const];
  });
}

/** Columns by name, or by their places. */
function usedFrom(value: unknown, names: readonly string[]): ReadonlySet<string> {
  if (value === undefined || value === null) return new Set(names);
  const byPlace = Array.isArray(value) && value.every((one) => typeof one === "number");
  if (!byPlace) return namesIn(value, names, "usecols");
  return namesIn(
    value.map((place) => names[place as number] ?? place),
    names,
    "usecols",
  );
}

function namesIn(value: unknown, names: readonly string[], option: string): ReadonlySet<string> {
  if (value === undefined || value === false || value === null) return new Set();
  if (!Array.isArray(value)) throw new TypeError(`${WHO} wants a list of names as ${option}`);
  const known = new Set(names);
  const stray: unknown = value.find((name) => !known.has(name as string));
  if (stray === undefined) return new Set(value as readonly string[]);
  throw new RangeError(`${WHO} has no column ${JSON.stringify(stray)} for ${option}`);
}
