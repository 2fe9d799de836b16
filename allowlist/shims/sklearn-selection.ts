/**
 * `sklearn.model_selection.train_test_split`, with Python's own random numbers: the same seed parts
 * the same rows from each other, also with `stratify`.
 *
 * @module
 */

import type { Tensor } from "../../src/contract/tensor.ts";
import { either, flag, nothing, optionsFrom, other } from "./sklearn-estimator.ts";
import { RandomState, seed } from "./sklearn-random.ts";
import { agree, classesOf, codesOf, type Label, show } from "./sklearn-classes.ts";
import { isTensor, labelsFrom, listOf, opened } from "./sklearn-table.ts";
import { sum } from "./sklearn-vectors.ts";

const SPLIT = {
  test_size: either(nothing, other(null, "a number of rows or a share")),
  train_size: either(nothing, other(null, "a number of rows or a share")),
  random_state: seed,
  shuffle: flag(true),
  stratify: either(nothing, other(null, "a list of labels")),
};

/** Rows to train with, and rows to test with. */
interface Parts {
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/**
 * Returns `[X_train, X_test, y_train, y_test]`, and so on for each array given.
 *
 * Lists stay lists; tensors and what other libraries have as a tensor become tensors. The last
 * argument may be a dict of options.
 *
 * @throws {RangeError} When arrays differ in length, or a part would be empty.
 */
export function train_test_split(...values: unknown[]): unknown[] {
  const last = values.at(-1);
  const given = isDict(last) ? last : undefined;
  const arrays = (given ? values.slice(0, -1) : values).map(listFrom);
  const options = optionsFrom("train_test_split", SPLIT, given);
  const rows = arrays[0] ? lengthOf(arrays[0]) : 0;
  if (rows === 0) throw new RangeError("train_test_split wants at least one array with rows");
  for (const array of arrays) {
    agree("train_test_split", lengthOf(array), rows, "rows in each array, as in the first");
  }
  const [train, test] = sizesFrom(options.train_size, options.test_size, rows);
  const parts = partsOf(rows, [train, test], options);
  return arrays.flatMap((array) => [pick(array, parts.train), pick(array, parts.test)]);
}

interface Options {
  readonly random_state: number | null;
  readonly shuffle: boolean;
  readonly stratify: unknown;
}

function partsOf(rows: number, [train, test]: readonly [number, number], options: Options): Parts {
  const { random_state, shuffle, stratify } = options;
  const random = new RandomState(random_state);
  if (stratify !== null) {
    if (!shuffle) throw new TypeError("train_test_split with stratify wants shuffle: true");
    return stratified(labelsFrom(stratify, "stratify", rows), [train, test], random);
  }
  const order = shuffle ? random.permutation(rows) : Array.from({ length: rows }, (_, row) => row);
  // numpy's order: the test rows are drawn first when all is shuffled.
  if (shuffle) return { test: order.slice(0, test), train: order.slice(test, test + train) };
  return { train: order.slice(0, train), test: order.slice(train, train + test) };
}

/** As `StratifiedShuffleSplit`: each class gives its share to both parts. */
function stratified(
  given: readonly Label[],
  [train, test]: readonly [number, number],
  random: RandomState,
): Parts {
  const classes = classesOf(given, "stratify");
  const members: number[][] = classes.map(() => []);
  for (const [row, code] of codesOf(given, classes).entries()) members[code]?.push(row);
  const counts = members.map((list) => list.length);
  if (Math.min(...counts) < 2) throw new RangeError("stratify wants two rows of each class");
  if (Math.min(train, test) < classes.length) {
    throw new RangeError(`stratify wants ${classes.length} rows in each part, got fewer`);
  }
  const inTrain = drawn(counts, train, random);
  const left = counts.map((count, i) => count - (inTrain[i] as number));
  const inTest = drawn(left, test, random);
  const parts: { train: number[]; test: number[] } = { train: [], test: [] };
  for (const [i, list] of members.entries()) {
    const order = random.permutation(list.length).map((at) => list[at] as number);
    const end = inTrain[i] as number;
    parts.train.push(...order.slice(0, end));
    parts.test.push(...order.slice(end, end + (inTest[i] as number)));
  }
  return { train: random.shuffled(parts.train), test: random.shuffled(parts.test) };
}

/** As `_approximate_mode`: the likeliest numbers of each class among `size` that are drawn. */
function drawn(counts: readonly number[], size: number, random: RandomState): number[] {
  const total = sum(counts);
  const exact = counts.map((count) => (count / total) * size);
  const found = exact.map(Math.floor);
  const rests = exact.map((value, i) => value - (found[i] as number));
  let need = size - sum(found);
  for (const rest of [...new Set(rests)].sort((one, next) => next - one)) {
    if (need <= 0) break;
    const equal = rests.flatMap((value, i) => (value === rest ? [i] : []));
    const chosen = random.permutation(equal.length).slice(0, Math.min(equal.length, need));
    for (const at of chosen) (found[equal[at] as number] as number) += 1;
    need -= chosen.length;
  }
  return found;
}

/** Returns how many rows train and how many test; a quarter tests at first. */
function sizesFrom(train: unknown, test: unknown, rows: number): readonly [number, number] {
  const size = (given: unknown, name: string, round: (value: number) => number) => {
    if (given === null) return undefined;
    if (typeof given === "number" && given > 0 && given < 1) return round(given * rows);
    if (Number.isSafeInteger(given) && Number(given) > 0 && Number(given) < rows) {
      return Number(given);
    }
    throw new RangeError(`${name} wants a share below 1, or 1 to ${rows - 1}, got ${show(given)}`);
  };
  const trains = size(train, "train_size", Math.floor);
  const tests = size(test ?? (train === null ? 0.25 : null), "test_size", Math.ceil);
  const left = [trains ?? rows - (tests ?? 0), tests ?? rows - (trains ?? 0)] as const;
  if (left[0] > 0 && left[1] > 0 && left[0] + left[1] <= rows) return left;
  throw new RangeError(`train_test_split cannot part ${rows} rows into ${left.join(" and ")}`);
}

type Rows = Tensor | readonly unknown[];

function isDict(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function listFrom(given: unknown): Rows {
  const value = opened(given);
  if (isTensor(value)) {
    // Without elements it may claim any number of rows.
    if (value.shape.length > 0 && value.data.length > 0) return value;
    const got = `the shape [${value.shape.join(", ")}]`;
    throw new TypeError(`train_test_split wants arrays with rows, got ${got}`);
  }
  const list = listOf(value);
  if (list) return Array.from(list);
  throw new TypeError(`train_test_split wants lists or tensors, got ${show(value)}`);
}

function lengthOf(rows: Rows): number {
  return isTensor(rows) ? (rows.shape[0] as number) : rows.length;
}

/** Returns those rows, in that order: a tensor of the same dtype, or a list. */
function pick(from: Rows, rows: readonly number[]): Rows {
  if (!isTensor(from)) return rows.map((row) => from[row]);
  const { dtype, shape, data } = from;
  const step = data.length / (shape[0] as number);
  const made = data.slice(0, rows.length * step);
  for (const [i, row] of rows.entries()) {
    made.set(data.subarray(row * step, (row + 1) * step) as never, i * step);
  }
  const TensorClass = from.constructor as new (...parts: unknown[]) => Tensor;
  return new TensorClass(dtype, [rows.length, ...shape.slice(1)], made);
}
