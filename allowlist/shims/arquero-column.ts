/**
 * Columns: made from lists and tensors, taken apart by rows, put together as a tensor.
 *
 * What pandas tells apart by dtype is told apart by the kind of array: numbers are a Float64Array
 * with NaN for what is missing, 64-bit integers a BigInt64Array; everything else is a list with
 * null for what is missing.
 *
 * @module
 */

import { type DType, fromBfloat16, type Tensor } from "../../src/contract/tensor.ts";
import type { Column, Kit, Table } from "./arquero-types.ts";
import { show } from "./util-arguments.ts";

type TypedArray = Tensor["data"];
type TypedArrayClass = new (length: number) => TypedArray;

/** Returns whether `value` is what pandas calls missing. */
export function isMissing(value: unknown): boolean {
  return value === null || value === undefined || value !== value;
}

/** Returns the typed array that a column is, `undefined` for a list. */
export function typedOf(column: Column): TypedArray | undefined {
  return ArrayBuffer.isView(column) ? (column as unknown as TypedArray) : undefined;
}

/** Returns the values of a column as a list. */
export function listOf(column: Column): unknown[] {
  return Array.from({ length: column.length }, (_, row) => column.at(row));
}

/** Returns a column of a table, or says which ones there are. */
export function columnOf(table: Table, name: string): Column {
  const column = table.column(name);
  if (column && table.columnNames().includes(name)) return column;
  const names = table.columnNames().map((one) => JSON.stringify(one));
  throw new RangeError(`A table of ${names.join(", ")} has no column ${JSON.stringify(name)}`);
}

/**
 * Returns a tensor, and what another library has as a tensor; `undefined` for all else. A table is
 * more than that: it has names.
 */
export function tensorIn(value: unknown, kit: Kit): Tensor | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  if (value instanceof kit.Table) return undefined;
  return kit.Tensor.is(value) ? value : kit.tensorOf(value);
}

/**
 * Returns a column of `values`: a list, a typed array, a tensor of one axis, or what another
 * library has as one. Numbers become a Float64Array.
 *
 * @throws {TypeError} When it is nothing of these.
 */
export function columnFrom(values: unknown, name: string, kit: Kit): Column {
  if (Array.isArray(values)) return settled(values);
  if (ArrayBuffer.isView(values) && "at" in values) return columnOfArray(values as TypedArray);
  const tensor = tensorIn(values, kit);
  if (tensor) return columnOfTensor(tensor, name);
  throw new TypeError(
    `Column ${JSON.stringify(name)} wants a list or a tensor, got ${show(values)}`,
  );
}

/** arquero knows no float of 16 bits. */
function columnOfArray(array: TypedArray): Column {
  const isHalf = array[Symbol.toStringTag] === "Float16Array";
  return isHalf ? Float32Array.from(array as Float16Array) : (array as unknown as Column);
}

function columnOfTensor({ shape, dtype, data }: Tensor, name: string): Column {
  if (shape.length !== 1) {
    const got = `[${shape.join(", ")}]`;
    throw new RangeError(`Column ${JSON.stringify(name)} wants a tensor of one axis, got ${got}`);
  }
  return elementsOf(dtype, data);
}

/** Returns elements of a tensor as a column: arquero knows no float of 16 bits and no bool. */
export function elementsOf(dtype: DType, data: TypedArray): Column {
  if (dtype === "bool") return booleans(Array.from(data as Uint8Array, (byte) => byte !== 0));
  if (dtype === "bfloat16") return Float32Array.from(data as Uint16Array, fromBfloat16);
  if (dtype === "float16") return Float32Array.from(data as Float16Array);
  return data.slice() as unknown as Column;
}

/** Lists of booleans without any: nothing else says that of them. */
const EMPTY_BOOLEANS = new WeakSet<object>();

/** Returns a list of booleans as a column that stays one when it has no rows. */
export function booleans(list: boolean[]): Column {
  if (list.length === 0) EMPTY_BOOLEANS.add(list);
  return list;
}

/** Returns a column that was made of another one's rows: without rows it is of the same dtype. */
export function asBefore(column: Column, before: Column): Column {
  const isLost = column.length === 0 && !typedOf(column) && dtypeOf(before) === "bool";
  if (isLost) EMPTY_BOOLEANS.add(column);
  return column;
}

/** Returns a list as the column that holds it best. */
export function settled(list: readonly unknown[]): Column {
  let numbers = 0;
  let bigints = 0;
  let others = 0;
  for (const value of list) {
    if (typeof value === "number" && value === value) numbers += 1;
    else if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) bigints += 1;
    else if (!isMissing(value)) others += 1;
  }
  if (numbers > 0 && bigints + others === 0) {
    return Float64Array.from(list, (value) => (isMissing(value) ? Number.NaN : (value as number)));
  }
  if (bigints > 0 && bigints === list.length) return BigInt64Array.from(list as bigint[]);
  return list.map((value) => value ?? null);
}

/** Returns the rows of a column by their numbers; -1 is a row that is missing. */
export function take(column: Column, rows: readonly number[]): Column {
  const typed = typedOf(column);
  const whole = !rows.includes(-1);
  if (typed && whole) {
    const taken = new (typed.constructor as TypedArrayClass)(rows.length);
    for (const [i, row] of rows.entries()) taken[i] = typed[row] as never;
    return taken as unknown as Column;
  }
  const isWide = typed instanceof BigInt64Array || typed instanceof BigUint64Array;
  const none = isNumeric(column) && !isWide ? Number.NaN : null;
  const list = rows.map((row) => (row < 0 ? none : column.at(row)));
  return typed ? settled(list) : asBefore(list, column);
}

/** Returns whether numbers can be worked out of a column. */
export function isNumeric(column: Column): boolean {
  if (typedOf(column)) return true;
  const values = listOf(column).filter((value) => !isMissing(value));
  return values.length > 0 && values.every((value) => typeof value === "number");
}

/** Returns the dtype of a column by its name in pandas, where it has one here. */
export function dtypeOf(column: Column): string {
  const typed = typedOf(column);
  if (typed) return dtypeOfArray(typed);
  if (EMPTY_BOOLEANS.has(column)) return "bool";
  const values = listOf(column);
  if (values.length > 0 && values.every((value) => typeof value === "boolean")) return "bool";
  const some = values.filter((value) => !isMissing(value));
  if (some.length > 0 && some.every((value) => value instanceof Date)) return "datetime64[ns]";
  return some.length > 0 && some.every((value) => typeof value === "number") ? "float64" : "object";
}

function dtypeOfArray(array: TypedArray): DType {
  return KINDS.find(({ name }) => name === array[Symbol.toStringTag])?.dtype ?? "float64";
}

/** The arrays of columns. Those of the contract are not all there in a start-up snapshot. */
const KINDS: readonly { dtype: DType; name: string; array: TypedArrayClass }[] = [
  { dtype: "float64", name: "Float64Array", array: Float64Array },
  { dtype: "float32", name: "Float32Array", array: Float32Array },
  { dtype: "int64", name: "BigInt64Array", array: BigInt64Array },
  { dtype: "int32", name: "Int32Array", array: Int32Array },
  { dtype: "int16", name: "Int16Array", array: Int16Array },
  { dtype: "int8", name: "Int8Array", array: Int8Array },
  { dtype: "uint64", name: "BigUint64Array", array: BigUint64Array },
  { dtype: "uint32", name: "Uint32Array", array: Uint32Array },
  { dtype: "uint16", name: "Uint16Array", array: Uint16Array },
  { dtype: "uint8", name: "Uint8Array", array: Uint8Array },
  { dtype: "bool", name: "no column is one", array: Uint8Array },
];

/**
 * Returns columns side by side as a tensor [rows, columns], or as one [rows] for a single name.
 *
 * The dtype is the one that holds them all, by the rules of numpy.
 *
 * @throws {TypeError} When a column holds no numbers, or integers too long for the floats beside.
 */
export function tensorOf(table: Table, names: string | readonly string[], kit: Kit): Tensor {
  const list = typeof names === "string" ? [names] : names;
  const columns = list.map((name) => numbersOf(columnOf(table, name), name));
  const dtype = columns.map((column) => column.dtype).reduce(promoted, "bool");
  const shared = columns.length === 0 ? "float64" : dtype;
  const rows = table.numRows();
  const Made = KINDS.find((kind) => kind.dtype === shared)?.array ?? Float64Array;
  const data = new Made(rows * list.length);
  const cast = castTo(shared);
  for (const [c, { values, name }] of columns.entries()) {
    for (let r = 0; r < rows; r++) data[r * list.length + c] = cast(values[r] ?? 0, name) as never;
  }
  const shape = typeof names === "string" ? [rows] : [rows, list.length];
  return new kit.Tensor(shared, shape, data as never);
}

/** Returns the dtype that holds what both hold, as numpy has it. */
function promoted(one: DType, other: DType): DType {
  if (one === other || other === "bool") return one;
  if (one === "bool") return other;
  const both = [one, other].map((dtype) => {
    const [, sort = "", size] = /^(u?int|float)(\d+)$/.exec(dtype) ?? [];
    return { dtype, sort, bits: Number(size) };
  });
  const widest = (bitsOf: (kind: { sort: string; bits: number }) => number) =>
    Math.max(...both.map(bitsOf));
  if (both[0]?.sort === both[1]?.sort) {
    return both.find(({ bits }) => bits === widest((kind) => kind.bits))?.dtype ?? one;
  }
  if (both.some(({ sort }) => sort === "float")) {
    // A float holds whole numbers of half its bits.
    return widest(({ sort, bits }) => (sort === "float" ? bits : bits * 2)) > 32
      ? "float64"
      : "float32";
  }
  // An unsigned one needs twice its bits where there is a sign.
  const bits = widest((kind) => (kind.sort === "int" ? kind.bits : kind.bits * 2));
  return bits > 64 ? "float64" : (`int${bits}` as DType);
}

type Cast = (value: number | bigint, name: string) => number | bigint;

function castTo(dtype: DType): Cast {
  if (dtype === "int64" || dtype === "uint64") return (value) => BigInt(value);
  return (value, name) => {
    if (typeof value === "number" || Number.isSafeInteger(Number(value))) return Number(value);
    const why = `as ${value}, which ${dtype} cannot hold: select it alone, or turn it into numbers`;
    throw new TypeError(`Column ${JSON.stringify(name)} holds 64-bit integers such ${why}`);
  };
}

interface Numbers {
  readonly name: string;
  readonly dtype: DType;
  readonly values: ArrayLike<number | bigint>;
}

function numbersOf(column: Column, name: string): Numbers {
  const typed = typedOf(column);
  if (typed) return { name, dtype: dtypeOfArray(typed), values: typed };
  const dtype = dtypeOf(column);
  if (dtype === "bool" || isNumeric(column) || listOf(column).every(isMissing)) {
    const kind = dtype === "bool" ? "bool" : "float64";
    const number = (value: unknown) => (isMissing(value) ? Number.NaN : Number(value));
    return { name, dtype: kind, values: listOf(column).map(number) };
  }
  const what = "get_dummies() makes numbers of words, select() leaves a column out";
  throw new TypeError(`Column ${JSON.stringify(name)} holds ${dtype}, not numbers: ${what}`);
}
