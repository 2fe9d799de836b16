/**
 * How the library named sklearn reads what a hook holds, and in what it answers.
 *
 * A table is read from nested lists, a `Tensor`, an array of numjs, a matrix of ml-matrix or a data
 * frame with `values`; by what they can do, not by their class, for each lives in a bundle of its
 * own. Numbers go out as a `Tensor`, which every other library takes and which travels as it is.
 * Labels go out as plain lists: they are looked up and compared, not computed with.
 *
 * Invariants:
 * - What was given is never changed, and what is given out is fresh.
 * - A table holds no infinity, and no NaN unless its reader said so, as in scikit-learn.
 *
 * @module
 */

import type { LibraryWorld } from "../../src/contract/library.ts";
import type { Tensor } from "../../src/contract/tensor.ts";

/** What names a class: what a list of labels holds. */
export type Label = number | string | boolean;

/** One cell of a table of categories; `null` is a missing one, and so is NaN. */
export type Cell = Label | null;

export type Floats = "float64" | "float32";

let TensorClass: LibraryWorld["Tensor"];

/** Says once, before anything else here, which class tensors are of. */
export function useTensor(made: LibraryWorld["Tensor"]): void {
  TensorClass = made;
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

  /** Rows one below the other, for ml-matrix. */
  lists(): number[][] {
    return Array.from({ length: this.rows }, (_, row) => [...this.row(row)]);
  }

  tensor(): Tensor {
    const { rows, columns, data, dtype } = this;
    if (dtype === "float64") return tensorOf(data, [rows, columns]);
    return new TensorClass(dtype, [rows, columns], new Float32Array(data));
  }
}

export interface TableOptions {
  /** What messages call it. */
  readonly name?: string;
  /** Whether a cell may be missing: NaN or null. */
  readonly missing?: boolean;
  /** How many columns it must have: as many as what was fitted. */
  readonly columns?: number | undefined;
}

/**
 * Returns a table of numbers.
 *
 * @throws {TypeError} When it is no table, or a cell is no number; the message names the cell.
 * @throws {RangeError} When it is empty, ragged or of another width, or a cell is not finite.
 */
export function tableFrom(value: unknown, options: TableOptions = {}): Table {
  const { name = "X", missing = false, columns } = options;
  const flat = flatFrom(value, name);
  if (flat.columns === undefined) {
    const fix = "for one sample write [x], for one feature x.map((v) => [v])";
    throw new TypeError(`${name} wants a list of rows, got a list of ${flat.rows}; ${fix}`);
  }
  if (flat.rows === 0 || flat.columns === 0) {
    throw new RangeError(`${name} wants at least one row and one column, got none`);
  }
  if (columns !== undefined && flat.columns !== columns) {
    throw new RangeError(`${name} wants ${columns} columns, as fitted, got ${flat.columns}`);
  }
  const data = numbersFrom(flat, name, missing);
  return new Table(flat.rows, flat.columns, data, floatsOf(value));
}

/** Returns the dtype in which a table of numbers goes out: float32 when it came in as that. */
export function floatsOf(value: unknown): Floats {
  return dtypeOf(value) === "float32" ? "float32" : "float64";
}

/** Returns a list of numbers; a table of one column counts as one, as in scikit-learn. */
export function vectorFrom(value: unknown, name: string): Float64Array {
  const flat = flatFrom(value, name);
  if ((flat.columns ?? 1) !== 1) {
    throw new RangeError(`${name} wants one number for each row, got ${flat.columns}`);
  }
  return numbersFrom(flat, name, false);
}

/** Returns a list of labels, one for each of `rows` when that is given. */
export function labelsFrom(value: unknown, name: string, rows?: number): Label[] {
  const flat = flatFrom(value, name);
  if ((flat.columns ?? 1) !== 1) {
    throw new RangeError(`${name} wants one label for each row, got ${flat.columns}`);
  }
  if (rows !== undefined) agree(name, flat.rows, rows);
  return Array.from({ length: flat.rows }, (_, row) => labelFrom(flat.items[row], name, row, flat));
}

/** Returns rows of categories: numbers, strings, booleans and missing ones. */
export function cellsFrom(value: unknown, options: TableOptions = {}): Cell[][] {
  const { name = "X", columns } = options;
  const flat = flatFrom(value, name);
  const width = flat.columns;
  if (width === undefined) throw new TypeError(`${name} wants a list of rows, got a flat list`);
  if (flat.rows === 0 || width === 0) {
    throw new RangeError(`${name} wants at least one row and one column, got none`);
  }
  if (columns !== undefined) agree(`${name}, for its columns,`, width, columns);
  return Array.from({ length: flat.rows }, (_, row) =>
    Array.from({ length: width }, (__, column) => {
      const at = row * width + column;
      const cell = flat.items[at] ?? null;
      return cell === null ? null : labelFrom(cell, name, at, flat, true);
    }),
  );
}

/** @throws {RangeError} When two lengths that must be equal are not. */
export function agree(name: string, got: number, want: number): void {
  if (got !== want) throw new RangeError(`${name} wants ${want}, got ${got}`);
}

/** Returns numbers as a tensor: of `shape`, or of one axis. */
export function tensorOf(data: Float64Array | readonly number[], shape?: number[]): Tensor {
  const own = data instanceof Float64Array ? data : Float64Array.from(data);
  // Whatever its buffer is: there is no other kind in an isolate.
  return new TensorClass("float64", shape ?? [own.length], own as Float64Array<ArrayBuffer>);
}

/** Returns counts or places as a tensor of int32: one of int64 would hold bigints. */
export function countsOf(data: Iterable<number>, shape?: number[]): Tensor {
  const own = Int32Array.from(data);
  return new TensorClass("int32", shape ?? [own.length], own);
}

export function isTensor(value: unknown): value is Tensor {
  return TensorClass.is(value);
}

/** Returns the distinct labels in order, as `numpy.unique` does. */
export function classesOf(labels: readonly Label[], name = "y"): Label[] {
  const classes = [...new Set(labels)];
  const kinds = new Set(classes.map((label) => typeof label));
  if (kinds.size > 1) {
    throw new TypeError(`${name} wants labels of one kind, got ${[...kinds].join(" and ")}`);
  }
  return classes.sort(inOrder);
}

/** Returns each label's place in `classes`. */
export function codesOf(labels: readonly Label[], classes: readonly Label[], name = "y"): number[] {
  const places = new Map(classes.map((label, place) => [label, place]));
  return labels.map((label) => {
    const place = places.get(label);
    if (place !== undefined) return place;
    throw new RangeError(`${name} wants one of the ${classes.length} classes, got ${show(label)}`);
  });
}

export function inOrder(one: Label, other: Label): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Returns the place of the largest, the first of equals, as `numpy.argmax`. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    if ((values[i] as number) > (values[best] as number)) best = i;
  }
  return best;
}

export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? `a list of ${value.length}` : "an object";
}

/** Items in a row; `columns` is undefined for what has one axis. */
interface Flat {
  readonly rows: number;
  readonly columns: number | undefined;
  readonly items: ArrayLike<unknown>;
  readonly dtype: string;
}

function flatFrom(value: unknown, name: string): Flat {
  if (TensorClass.is(value) && value.dtype !== "bfloat16") {
    const { dtype, shape, data } = value;
    if (shape.length === 1 || shape.length === 2) {
      return { rows: shape[0] as number, columns: shape[1], items: data, dtype };
    }
    throw new RangeError(`${name} wants one or two axes, got the shape [${shape.join(", ")}]`);
  }
  const list = listOf(value);
  if (!list) throw new TypeError(`${name} wants a list or a tensor, got ${show(value)}`);
  const dtype = dtypeOf(value);
  const first = listOf(list[0]);
  if (!first) return { rows: list.length, columns: undefined, items: list, dtype };
  const items: unknown[] = [];
  for (let row = 0; row < list.length; row++) {
    const cells = listOf(list[row]);
    if (cells?.length !== first.length) {
      const got = cells ? cells.length : show(list[row]);
      throw new RangeError(`${name} wants ${first.length} cells in row ${row}, got ${got}`);
    }
    for (let column = 0; column < first.length; column++) items.push(cells[column]);
  }
  return { rows: list.length, columns: first.length, items, dtype };
}

/** Returns what has elements as a list, and `undefined` for an element. */
function listOf(value: unknown): ArrayLike<unknown> | undefined {
  if (Array.isArray(value)) return value;
  if (typeof value !== "object" || value === null) return undefined;
  if (ArrayBuffer.isView(value) && "length" in value) return value as unknown as ArrayLike<unknown>;
  const { tolist, to2DArray, values } = value as { readonly [name: string]: unknown };
  // numjs and Tensor, ml-matrix, the data frames.
  const list: unknown =
    typeof tolist === "function"
      ? tolist.call(value)
      : typeof to2DArray === "function"
        ? to2DArray.call(value)
        : values;
  return Array.isArray(list) ? list : undefined;
}

function dtypeOf(value: unknown): string {
  if (value instanceof Float32Array) return "float32";
  return String((value as { readonly dtype?: unknown } | undefined)?.dtype);
}

function numbersFrom(flat: Flat, name: string, missing: boolean): Float64Array {
  const { items, columns } = flat;
  const data = new Float64Array(flat.rows * (columns ?? 1));
  for (let i = 0; i < data.length; i++) {
    const item = items[i];
    const number = typeof item === "number" ? item : numberFrom(item, name, place(i, columns));
    if (!Number.isFinite(number) && !(missing && Number.isNaN(number))) {
      const fix = Number.isNaN(number) ? "; fill it in first, with impute.SimpleImputer" : "";
      const want = `${name} wants finite numbers, got ${number} at ${place(i, columns)}`;
      throw new RangeError(`${want}${fix}`);
    }
    data[i] = number;
  }
  return data;
}

function numberFrom(value: unknown, name: string, at: string): number {
  if (typeof value === "boolean") return Number(value);
  // What JSON and a data frame have for a missing number.
  if (value === null) return Number.NaN;
  if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) return Number(value);
  throw new TypeError(`${name} wants numbers, got ${show(value)} at ${at}`);
}

function labelFrom(
  value: unknown,
  name: string,
  at: number,
  { columns, dtype }: Flat,
  missing = false,
): Label {
  if (dtype === "bool") return Boolean(value);
  if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) return Number(value);
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && (missing || !Number.isNaN(value))) return value;
  const want = "numbers, strings or booleans";
  throw new TypeError(`${name} wants ${want}, got ${show(value)} at ${place(at, columns)}`);
}

function place(at: number, columns: number | undefined): string {
  return columns === undefined ? `$[${at}]` : `$[${Math.floor(at / columns)}][${at % columns}]`;
}
