/**
 * CSV text to rows of fields, by the rules of pandas: a state machine of its own, row by row.
 *
 * pandas and papaparse differ where files are not clean: text behind a closing quote, comments
 * behind a row, lines of spaces, a row that is one quoted nothing. And papaparse has all rows in
 * memory before the first is seen, while a row of this goes into its columns at once.
 *
 * Not here: headers, and what a field means.
 *
 * @module
 */

/** How the text is written. Each is one character, or "" for none. */
export interface Dialect {
  /** `\s+` stands for any run of spaces and tabs. */
  readonly separator: string;
  readonly quote: string;
  readonly comment: string;
  readonly escape: string;
  /** Whether spaces before a field are no part of it. */
  readonly skipSpace: boolean;
}

/** The separator that is a run of spaces and tabs, as it is written in Python. */
export const SPACES = "\\s+";

/** As wide as a table of the widest spreadsheets; a text of commas alone would fill the memory. */
const FIELDS_MAX = 2 ** 14;

interface Scan {
  readonly text: string;
  at: number;
  /** How many rows were read, those that are passed over included. */
  row: number;
}

/**
 * Gives the rows of `text`; blank lines and comments are none.
 *
 * @param isSkipped Whether a row is passed over, by its number in the file: there blank lines and
 * comments count.
 * @throws {TypeError} When a quote is not closed.
 * @throws {RangeError} When a row has more than 16384 fields.
 */
export function* rowsOf(
  text: string,
  dialect: Dialect,
  isSkipped: (row: number) => boolean,
): Generator<string[], void> {
  const scan: Scan = { text, at: 0, row: 0 };
  for (; scan.at < text.length; scan.row += 1) {
    if (skipBlank(scan, dialect)) continue;
    const row = readRow(scan, dialect);
    if (!isSkipped(scan.row)) yield row;
  }
}

/** Passes over a line that is no row, and says whether it did. */
function skipBlank(scan: Scan, { separator, comment }: Dialect): boolean {
  const { text } = scan;
  let at = scan.at;
  while (isBlank(text.charCodeAt(at)) && text[at] !== separator) at += 1;
  const isComment = comment !== "" && text[scan.at] === comment;
  if (at < text.length && !isLineEnd(text.charCodeAt(at)) && !isComment) return false;
  skipLine(scan);
  return true;
}

function readRow(scan: Scan, dialect: Dialect): string[] {
  const { text } = scan;
  const spaced = dialect.separator === SPACES;
  const fields: string[] = [];
  if (spaced) skipSpaces(scan);
  for (;;) {
    if (fields.length === FIELDS_MAX) {
      const got = `more in row ${scan.row + 1}: is the separator right?`;
      throw new RangeError(`read_csv wants at most ${FIELDS_MAX} fields in a row, got ${got}`);
    }
    fields.push(readField(scan, dialect));
    if (scan.at >= text.length || !isSeparator(text, scan.at, dialect.separator)) break;
    if (!spaced) scan.at += 1;
    else if (skipSpaces(scan)) break;
  }
  skipLine(scan);
  return fields;
}

/** Reads a field; what ended it, a separator, a comment or a line's end, is where the scan stands. */
function readField(scan: Scan, dialect: Dialect): string {
  const { quote, skipSpace } = dialect;
  if (skipSpace) while (scan.text[scan.at] === " ") scan.at += 1;
  const isQuoted = quote !== "" && scan.text[scan.at] === quote;
  // What stands behind the closing quote belongs to the field.
  return isQuoted ? readQuoted(scan, dialect) + readPlain(scan, dialect) : readPlain(scan, dialect);
}

function readQuoted(scan: Scan, { quote, escape }: Dialect): string {
  const { text } = scan;
  let out = "";
  let from = scan.at + 1;
  for (let at = from; at < text.length; at++) {
    const isEscape = escape !== "" && text[at] === escape;
    if (!isEscape && text[at] !== quote) continue;
    out += text.slice(from, at);
    if (!isEscape && text[at + 1] !== quote) {
      scan.at = at + 1;
      return out;
    }
    // Of an escape and its character, and of two quotes, the second one stays.
    from = at + 1;
    at += 1;
  }
  const where = `in row ${scan.row + 1}`;
  throw new TypeError(`read_csv wants a quote to be closed, got the end of the text ${where}`);
}

function readPlain(scan: Scan, { separator, comment, escape }: Dialect): string {
  const { text } = scan;
  let out = "";
  let from = scan.at;
  let at = from;
  for (; at < text.length; at++) {
    if (isLineEnd(text.charCodeAt(at)) || isSeparator(text, at, separator)) break;
    if (comment !== "" && text[at] === comment) break;
    if (escape === "" || text[at] !== escape) continue;
    out += text.slice(from, at);
    from = at + 1;
    at += 1;
  }
  scan.at = Math.min(at, text.length);
  return out + text.slice(from, scan.at);
}

function isSeparator(text: string, at: number, separator: string): boolean {
  return separator === SPACES ? isBlank(text.charCodeAt(at)) : text[at] === separator;
}

/** Passes over spaces and tabs, and says whether the row ends there. */
function skipSpaces(scan: Scan): boolean {
  while (isBlank(scan.text.charCodeAt(scan.at))) scan.at += 1;
  return scan.at >= scan.text.length || isLineEnd(scan.text.charCodeAt(scan.at));
}

/** Goes to the start of the next line: behind LF, CR LF, or CR alone. */
function skipLine(scan: Scan): void {
  const { text } = scan;
  while (scan.at < text.length && !isLineEnd(text.charCodeAt(scan.at))) scan.at += 1;
  scan.at += text[scan.at] === "\r" && text[scan.at + 1] === "\n" ? 2 : 1;
}

function isLineEnd(unit: number): boolean {
  return unit === 10 || unit === 13;
}

function isBlank(unit: number): boolean {
  return unit === 32 || unit === 9;
}
