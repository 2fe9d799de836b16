/**
 * The part of arquero that the façade touches, in types: its own describe more than is bundled.
 *
 * @module
 */

import type { LibraryWorld } from "../../src/contract/library.ts";

/** A column as arquero keeps it: a list, a typed array, or what an Arrow file brings. */
export interface Column {
  readonly length: number;
  at(row: number): unknown;
}

/** The groups of a table: which one a row is in, and the values of its keys. */
export interface Groups {
  readonly names: readonly string[];
  readonly size: number;
  /** The group of each row of the table beneath. */
  readonly keys: Uint32Array;
  /** One row of each group. */
  readonly rows: readonly number[];
  readonly get: readonly ((row: number) => unknown)[];
}

export interface Table {
  columnNames(): string[];
  column(name: string): Column | undefined;
  numRows(): number;
  groups(): Groups | null;
  isGrouped(): boolean;
  scan(visit: (row: number) => void, ordered?: boolean): void;
  slice(start: number, end?: number): Table;
  select(...names: string[]): Table;
  ungroup(): Table;
  /** Without filter and order: each column as long as the table. */
  reify(): Table;
  [method: string]: unknown;
}

export interface TableClass {
  new (columns: Readonly<Record<string, Column>>, names: readonly string[]): Table;
  readonly prototype: Table;
}

export interface Arquero {
  readonly ColumnTable: TableClass;
  table(columns: unknown, names?: readonly string[]): Table;
  from(values: unknown, names?: readonly string[]): Table;
  fromCSV(text: string, options?: unknown): Table;
  [name: string]: unknown;
}

/** What every verb of the façade needs: the class of tables, and what is a tensor. */
export interface Kit extends Pick<LibraryWorld, "Tensor" | "tensorOf"> {
  readonly Table: TableClass;
}

/** Options of a call, not yet believed. */
export type Options = Readonly<Record<string, unknown>>;
