/**
 * What a call of a tokenizer asks for: its options, and how ids are cut, padded and put together.
 *
 * Pure: no tokenizer in here, and no text.
 *
 * @module
 */

import type { LibraryWorld } from "../../src/contract/library.ts";
import type { Tensor } from "../../src/contract/tensor.ts";
import { dictFrom, show, wholeFrom } from "./util-arguments.ts";

/** Where a list is cut or padded. */
export type Side = "left" | "right";

/** What a tokenizer is set to, from its configuration. */
export interface Settings {
  readonly lengthMax: number;
  readonly padId: number | undefined;
  readonly padType: number;
  readonly padSide: Side;
  readonly cutSide: Side;
  readonly types: boolean;
}

/** The options of one call, read and checked. */
export interface CallOptions {
  readonly textPair: unknown;
  readonly special: boolean;
  readonly pad: "none" | "longest" | "max_length";
  readonly cut: Cut | "none";
  /** `undefined` when there is no limit. */
  readonly lengthMax: number | undefined;
  readonly multipleOf: number;
  readonly padSide: Side;
  readonly tensors: boolean;
  readonly mask: boolean;
  readonly types: boolean;
}

type Cut = "longest_first" | "only_first" | "only_second";

/** The ids of one text, with what belongs to each. */
export interface Row {
  readonly ids: number[];
  readonly types: number[];
}

/** What a call gives: lists, lists of lists, or tensors of int64. */
export type Encoding = Record<string, number[] | number[][] | Tensor>;

const NAMES = [
  "text_pair",
  "add_special_tokens",
  "padding",
  "truncation",
  "max_length",
  "pad_to_multiple_of",
  "padding_side",
  "return_tensors",
  "return_attention_mask",
  "return_token_type_ids",
];

/** A limit above this is none, as in Python. */
const LENGTH_LARGE = 1e20;

/**
 * Reads the options of a call. Names and defaults are Python's.
 *
 * @throws {TypeError} When an option is unknown or of another kind.
 */
export function callOptions(value: unknown, settings: Settings): CallOptions {
  const options = dictFrom(value, "A tokenizer", NAMES);
  const { padding, truncation, max_length, return_tensors, padding_side } = options;
  const pad = padFrom(padding);
  const given = lengthFrom("max_length", max_length, 0);
  // A limit alone means truncation, as Python warns and does.
  const cut = truncation ?? (given !== undefined && pad === "none");
  const known = settings.lengthMax > LENGTH_LARGE ? undefined : settings.lengthMax;
  if (pad === "max_length" && (given ?? known) === undefined) {
    throw new RangeError('padding "max_length" wants a max_length, for the model has none');
  }
  return {
    textPair: options.text_pair ?? undefined,
    special: options.add_special_tokens !== false,
    pad,
    cut: cutFrom(cut),
    lengthMax: given ?? known,
    multipleOf: lengthFrom("pad_to_multiple_of", options.pad_to_multiple_of, 1) ?? 1,
    padSide: oneOf("padding_side", padding_side ?? settings.padSide, ["left", "right"]),
    tensors: tensorsFrom(return_tensors),
    mask: options.return_attention_mask !== false,
    types: Boolean(options.return_token_type_ids ?? settings.types),
  };
}

function padFrom(value: unknown): CallOptions["pad"] {
  if (value === undefined || value === null || value === false || value === "do_not_pad") {
    return "none";
  }
  return value === true ? "longest" : oneOf("padding", value, ["longest", "max_length"]);
}

function cutFrom(value: unknown): CallOptions["cut"] {
  if (value === false || value === "do_not_truncate") return "none";
  if (value === true) return "longest_first";
  return oneOf("truncation", value, ["longest_first", "only_first", "only_second"]);
}

function tensorsFrom(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  return oneOf("return_tensors", value, ["np", "pt"]) !== undefined;
}

function lengthFrom(name: string, value: unknown, min: number): number | undefined {
  if (value === undefined || value === null) return undefined;
  return wholeFrom(value, `A tokenizer wants ${name}`, min);
}

function oneOf<T extends string>(name: string, value: unknown, words: readonly T[]): T {
  const word = words.find((one) => one === value);
  if (word !== undefined) return word;
  throw new TypeError(`${name} wants one of ${words.join(", ")}, got ${show(value)}`);
}

/**
 * Returns how many tokens of a text and of its pair stay, so that together they are `room`.
 *
 * `longest_first` is what the tokenizers of Python do today: the shorter one stays whole while the
 * other is at least as long; of two that are cut, the second has the odd token.
 *
 * @throws {RangeError} When cutting only one of them does not make room.
 */
export function lengthsAfter(cut: Cut, room: number, [a, b]: readonly [number, number]): number[] {
  const excess = a + b - room;
  if (excess <= 0) return [a, b];
  if (cut !== "longest_first") {
    const [first, second] = cut === "only_first" ? [a - excess, b] : [a, b - excess];
    if (first >= 0 && second >= 0) return [first, second];
    const which = cut === "only_first" ? "first text" : "second text";
    throw new RangeError(
      `truncation ${cut} wants ${excess} tokens off, more than the ${which} has`,
    );
  }
  const shorter = Math.min(a, b);
  const half = Math.floor(room / 2);
  const [less, more] = shorter <= half ? [shorter, room - shorter] : [half, room - half];
  return a > b ? [more, less] : [less, more];
}

/**
 * Pads the rows of a batch and gives them the names that models know.
 *
 * @param single Whether the one row is a text by itself, which is no batch unless it is a tensor.
 * @throws {RangeError} When rows of unequal length are to be one tensor.
 * @throws {TypeError} When there is no token to pad with.
 */
export function collate(
  rows: readonly Row[],
  single: boolean,
  { options, settings, world }: Collation,
): Encoding {
  const length = lengthOf(rows, options);
  const fill = (pick: (row: Row) => readonly number[], value: number) => {
    return rows.map((row) => padded(pick(row), length, value, options.padSide));
  };
  const short = rows.some(({ ids }) => ids.length < length);
  if (short && settings.padId === undefined) {
    throw new TypeError("padding wants a pad_token, and this tokenizer has none");
  }
  const lists: Record<string, number[][]> = {
    input_ids: fill(({ ids }) => ids, settings.padId ?? 0),
  };
  if (options.types) lists.token_type_ids = fill(({ types }) => types, settings.padType);
  if (options.mask) lists.attention_mask = fill(({ ids }) => ids.map(() => 1), 0);
  const shaped = (list: number[][]): Encoding[string] => {
    if (options.tensors) return tensorFrom(list, world);
    return single ? (list[0] ?? []) : list;
  };
  return Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, shaped(list)]));
}

/** What {@link collate} goes by. */
export interface Collation {
  readonly options: CallOptions;
  readonly settings: Settings;
  readonly world: LibraryWorld;
}

/** The most ids of a padded batch: 256 texts of 4096; three lists of them are 24 MB. */
const IDS_MAX = 2 ** 20;

/** Rows that are longer stay as they are. */
function lengthOf(rows: readonly Row[], { pad, lengthMax, multipleOf }: CallOptions): number {
  if (pad === "none") return 0;
  const longest = rows.reduce((most, { ids }) => Math.max(most, ids.length), 0);
  const length = pad === "longest" ? longest : (lengthMax ?? longest);
  const whole = Math.ceil(length / multipleOf) * multipleOf;
  if (whole * rows.length <= IDS_MAX) return whole;
  const got = `${rows.length} texts of ${whole}`;
  throw new RangeError(`padding wants at most ${IDS_MAX} ids in a batch, got ${got}`);
}

function padded(list: readonly number[], length: number, value: number, side: Side): number[] {
  const pads = Array.from({ length: Math.max(0, length - list.length) }, () => value);
  return side === "left" ? [...pads, ...list] : [...list, ...pads];
}

function tensorFrom(list: readonly number[][], { Tensor }: LibraryWorld): Tensor {
  const length = list[0]?.length ?? 0;
  const odd = list.find((row) => row.length !== length);
  if (odd) {
    const got = `${length} and ${odd.length}`;
    const todo = "use padding: true, with truncation: true where texts are too long";
    throw new RangeError(`return_tensors wants texts of equal length, got ${got}; ${todo}`);
  }
  const data = BigInt64Array.from(list.flat(), BigInt);
  return new Tensor("int64", [list.length, length], data);
}
