/**
 * How the library named sklearn reads what a hook holds, and in what it answers.
 *
 * A table is read from nested lists, a `Tensor`, and what a library says is a tensor: a matrix of
 * ml-matrix, an array of numjs, a table of arquero. Numbers go out as a `Tensor`, which every other
 * library takes and which travels as it is.
 * Labels go out as plain lists: they are looked up and compared, not computed with.
 *
 * Invariants:
 * - What was given is never changed, and what is given out is fresh.
 * - A table holds no infinity, and no NaN unless its reader said so, as in scikit-learn.
 *
 * @module
 */

import type { LibraryWorld } from "../../src/contract/library.ts";
import { fromBfloat16, type Tensor } from "../../src/contract/tensor.ts";
import { agree, type Cell, isMissing, type Label, show } from "./sklearn-classes.ts";

export type Floats = "float64" | "float32";

let world: LibraryWorld;

/** Says once, before anything else here, which class tensors are of, and what else is one. */
export function useWorld(given: LibraryWorld): void {
  world = given;
}

/** Rows of numbers, row-major. All is counted in float64; `dtype` is what goes out in the end. */
export class Table {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
  readonly dtype: Floats;

  constructor(rows: number, columns: number, data?: Float64Array, dtype: Floats = "float64") {
    this.rows = rows;
    this.columns = columns;
    this.data = data ?? new Float64Array(rows * columns);
    this.dtype = dtype;
  }

  at(row: number, column: number): number {
    return this.data[row * this.columns + column] as number;
  }

  /** A window, not a copy. */
  row(row: number): Float64Array {
    return this.data.subarray(row * this.columns, (row + 1) * this.columns);
  }

  /** A window for each row, for what looks at them time and again. */
  windows(): Float64Array[] {
    return Array.from({ length: this.rows }, (_, row) => this.row(row));
  }

  column(column: number): Float64Array {
    const values = new Float64Array(this.rows);
    for (let row = 0; row < this.rows; row++) values[row] = this.at(row, column);
    return values;
  }

  /** Returns a table of the same dtype, each number made anew from the old one and its column. */
  map(change: (value: number, column: number) => number): Table {
    const { rows, columns, data, dtype } = this;
    const made = new Table(rows, columns, undefined, dtype);
    for (let i = 0; i < data.length; i++) made.data[i] = change(data[i] as number, i % columns);
    return made;
  }

  means(): Float64Array {
    const means = new Float64Array(this.columns);
    for (let i = 0; i < this.data.length; i++) {
      (means[i % this.columns] as number) += this.data[i] as number;
    }
    return means.map((total) => total / this.rows);
  }

  /** Returns a table with an amount less in each column. */
  without(amounts: Float64Array): Table {
    return this.map((value, column) => value - (amounts[column] as number));
  }

  /** Rows one below the other, for ml-matrix. */
  lists(): number[][] {
    return Array.from({ length: this.rows }, (_, row) => [...this.row(row)]);
  }

  tensor(): Tensor {
    const { rows, columns, data, dtype } = this;
    if (dtype === "float64") return tensorOf(data, [rows, columns]);
    return new world.Tensor(dtype, [rows, columns], new Float32Array(data));
  }
}

export interface TableOptions {
  /** What messages call it. */
  readonly name?: string;
  /** Whether a cell may be missing: NaN or null. */
  readonly missing?: boolean;
  /** How many columns it must have: as many as what was fitted. */
  readonly columns?: number | undefined;
  /** How many rows it must have: one for each row of X. */
  readonly rows?: number | undefined;
}

/**
 * Returns a table of numbers.
 *
 * @throws {TypeError} When it is no table, or a cell is no number; the message names the cell.
 * @throws {RangeError} When it is empty, ragged or of another width, or a cell is not finite.
 */
export function tableFrom(value: unknown, options: TableOptions = {}): Table {
  const { name = "X", missing = false } = options;
  const own = opened(value);
  const flat = flatFrom(own, name);
  const columns = widthOf(flat, options);
  const data = numbersFrom(flat, name, missing);
  return new Table(flat.rows, columns, data, floatsOf(own));
}

/** Returns how many columns there are, once it is sure that they are as many as wanted. */
function widthOf(flat: Flat, { name = "X", columns, rows }: TableOptions): number {
  if (flat.rows === 0 || flat.columns === 0) {
    throw new RangeError(`${name} wants at least one row and one column, got none`);
  }
  if (flat.columns === undefined) {
    const fix = "for one sample write [x], for one feature x.map((v) => [v])";
    throw new TypeError(`${name} wants a list of rows, got a list of ${flat.rows}; ${fix}`);
  }
  if (columns !== undefined) agree(name, flat.columns, columns, "columns, as fitted");
  if (rows !== undefined) agree(name, flat.rows, rows, "rows, as many as X has");
  return flat.columns;
}

/** Returns the dtype in which a table of numbers goes out: float32 when it came in as that. */
export function floatsOf(value: unknown): Floats {
  return dtypeOf(opened(value)) === "float32" ? "float32" : "float64";
}

/** Returns a list of numbers; a table of one column counts as one, as in scikit-learn. */
export function vectorFrom(value: unknown, name: string, rows?: number): Float64Array {
  const flat = listIn(value, name, { one: "number", rows });
  return numbersFrom(flat, name, false);
}

/** Returns a table, or a list as the only column of one. */
export function columnsOf(y: unknown, name: string, rows?: number): Table {
  if (isTable(y)) return tableFrom(y, { name, rows });
  const values = vectorFrom(y, name, rows);
  return new Table(values.length, 1, values);
}

export function isTable(y: unknown): boolean {
  const own = opened(y);
  return isTensor(own) ? own.shape.length === 2 : listOf(listOf(own)?.[0]) !== undefined;
}

/**
 * Returns a list of labels, one for each of `rows` when that is given. Where booleans and numbers
 * are mixed they are numbers, as in numpy.
 */
export function labelsFrom(value: unknown, name: string, rows?: number): Label[] {
  const flat = listIn(value, name, { one: "label", rows });
  const labels = Array.from({ length: flat.rows }, (_, row) => {
    return labelFrom(flat.items[row], flat, { name, at: row });
  });
  const mixed = labels.some(isBoolean) && labels.some((label) => typeof label === "number");
  return mixed ? labels.map((label) => (isBoolean(label) ? Number(label) : label)) : labels;
}

/**
 * Returns labels that name classes. A fraction does not: it is what a regression is about, or a
 * probability that was given in place of what it speaks for.
 */
export function classLabelsFrom(value: unknown, name: string, rows?: number): Label[] {
  const labels = labelsFrom(value, name, rows);
  const wrong = labels.find((label) => typeof label === "number" && !Number.isInteger(label));
  if (wrong === undefined) return labels;
  throw new RangeError(`${name} wants labels of classes, got the fraction ${wrong}`);
}

/** Returns the names of columns: `x0`, `x1` and so on where none are given. */
export function namesFrom(given: unknown, columns: number): string[] {
  if (given === undefined || given === null) {
    return Array.from({ length: columns }, (_, column) => `x${column}`);
  }
  const names = labelsFrom(given, "input_features");
  agree("input_features", names.length, columns, "names, one for each column");
  return names.map(String);
}

/** Returns rows of categories: numbers, strings, booleans and missing ones. */
export function cellsFrom(value: unknown, options: TableOptions = {}): Cell[][] {
  const { name = "X" } = options;
  const flat = flatFrom(value, name);
  const width = widthOf(flat, options);
  return Array.from({ length: flat.rows }, (_, row) =>
    Array.from({ length: width }, (__, column) => {
      const at = row * width + column;
      const cell = flat.items[at] ?? null;
      return isMissing(cell) ? (cell as Cell) : labelFrom(cell, flat, { name, at });
    }),
  );
}

/** Returns numbers as a tensor: of `shape`, or of one axis. */
export function tensorOf(data: Float64Array | readonly number[], shape?: number[]): Tensor {
  const own = data instanceof Float64Array ? data : Float64Array.from(data);
  // Whatever its buffer is: there is no other kind in an isolate.
  return new world.Tensor("float64", shape ?? [own.length], own as Float64Array<ArrayBuffer>);
}

/** Returns counts or places as a tensor of int32: one of int64 would hold bigints. */
export function countsOf(data: Iterable<number>, shape?: number[]): Tensor {
  const own = Int32Array.from(data);
  return new world.Tensor("int32", shape ?? [own.length], own);
}

export function isTensor(value: unknown): value is Tensor {
  return world.Tensor.is(value);
}

/** Items in a row; `columns` is undefined for what has one axis. */
interface Flat {
  readonly rows: number;
  readonly columns: number | undefined;
  readonly items: ArrayLike<unknown>;
  /** That of a tensor, or of a Float32Array; lists have none. */
  readonly dtype: string | undefined;
}

function flatFrom(given: unknown, name: string): Flat {
  const value = opened(given);
  if (isTensor(value)) return flatTensor(value, name);
  const list = listOf(value);
  if (!list) throw new TypeError(`${name} wants a list or a tensor, got ${show(value)}`);
  const dtype = dtypeOf(value);
  const first = listOf(list[0]);
  if (!first) return { rows: list.length, columns: undefined, items: list, dtype };
  const items: unknown[] = [];
  for (let row = 0; row < list.length; row++) {
    const cells = listOf(list[row]);
    if (cells?.length !== first.length) {
      const got = cells ? cells.length : `${show(list[row])}, which is no list`;
      throw new RangeError(`${name} wants ${first.length} cells in row ${row}, got ${got}`);
    }
    for (let column = 0; column < first.length; column++) items.push(cells[column]);
  }
  return { rows: list.length, columns: first.length, items, dtype };
}

function flatTensor(value: Tensor, name: string): Flat {
  const { dtype, shape, data } = value;
  if (shape.length !== 1 && shape.length !== 2) {
    throw new RangeError(`${name} wants one or two axes, got the shape [${shape.join(", ")}]`);
  }
  const bits = dtype === "bfloat16";
  const items = bits ? Float32Array.from(data as Uint16Array, fromBfloat16) : data;
  return { rows: shape[0] as number, columns: shape[1], items, dtype };
}

/** Returns what has one element for each row. */
function listIn(
  value: unknown,
  name: string,
  { one, rows }: { one: string; rows?: number | undefined },
) {
  const flat = flatFrom(value, name);
  if (flat.columns !== undefined && flat.columns !== 1) {
    throw new RangeError(`${name} wants a list of ${one}s, got rows of ${flat.columns}`);
  }
  if (rows !== undefined) agree(name, flat.rows, rows, `${one}s, one for each row`);
  return flat;
}

/** Returns what a library has as a tensor as that, and all else as it is. */
export function opened(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return isTensor(value) || ArrayBuffer.isView(value) ? value : (world.tensorOf(value) ?? value);
}

/** Returns what has elements as a list, and `undefined` for an element. */
export function listOf(value: unknown): ArrayLike<unknown> | undefined {
  if (Array.isArray(value)) return value;
  if (ArrayBuffer.isView(value) && "length" in value) return value as unknown as ArrayLike<unknown>;
  const own = opened(value);
  const list = isTensor(own) ? own.tolist() : undefined;
  return Array.isArray(list) ? list : undefined;
}

function dtypeOf(value: unknown): string | undefined {
  if (value instanceof Float32Array) return "float32";
  return isTensor(value) ? value.dtype : undefined;
}

function numbersFrom(flat: Flat, name: string, missing: boolean): Float64Array {
  const { items, rows, columns } = flat;
  const data = new Float64Array(rows * (columns ?? 1));
  for (let i = 0; i < data.length; i++) {
    const item = items[i];
    const number = typeof item === "number" ? item : numberFrom(item, flat, { name, at: i });
    if (!Number.isFinite(number) && !(missing && Number.isNaN(number))) {
      const fix = Number.isNaN(number) ? "; fill it in first, with impute.SimpleImputer" : "";
      const where = placeOf(flat, { name, at: i });
      throw new RangeError(`${where} wants a finite number, got ${number}${fix}`);
    }
    data[i] = number;
  }
  return data;
}

/** A cell, for a message. */
interface Place {
  readonly name: string;
  readonly at: number;
}

function numberFrom(value: unknown, flat: Flat, place: Place): number {
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "bigint") return exactFrom(value, flat, place);
  // What JSON and a data frame have for a missing number.
  if (value === null) return Number.NaN;
  const fix = typeof value === "string" ? "; words are for preprocessing.OneHotEncoder" : "";
  throw new TypeError(`${placeOf(flat, place)} wants a number, got ${show(value)}${fix}`);
}

/** A bigint that is no double would become one with its neighbours. */
function exactFrom(value: bigint, flat: Flat, place: Place): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new RangeError(`${placeOf(flat, place)} wants an integer below 2^53, got ${value}`);
}

function labelFrom(value: unknown, flat: Flat, place: Place): Label {
  if (flat.dtype === "bool") return Boolean(value);
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "bigint") return exactFrom(value, flat, place);
  if (typeof value === "number" && Number.isFinite(value)) return value;
  const want = "a finite number, a string or a boolean";
  throw new TypeError(`${placeOf(flat, place)} wants ${want}, got ${show(value)}`);
}

function placeOf({ columns }: Flat, { name, at }: Place): string {
  if (columns === undefined) return `${name}[${at}]`;
  return `${name}[${Math.floor(at / columns)}][${at % columns}]`;
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}
